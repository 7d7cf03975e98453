"""One window a workspace: a second start hands its file to the window that is open, and goes.

The running window listens on a local socket named after the person and the folder; only the same person can reach it.
What arrives is a path, treated like a file the person chose: it is looked at and shown, nothing is applied. Without the
network part of Qt (some bundles leave it out) there is simply no hand-over.
"""

from __future__ import annotations

import contextlib
import getpass
import hashlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from station_app.logs import log

WAIT_MS = 15_000  # an overloaded machine answers late; where no window listens, it is known at once
LARGEST = 8 * 1024
MUTEX = "GrasslandStationRunning"  # the Windows setup asks for it before it replaces files

_mutex: Any = None


def note_running() -> None:
    """Let the Windows setup see that a window is open; the system takes the note back when this process ends."""
    global _mutex
    if sys.platform == "win32" and _mutex is None:
        import ctypes

        create = ctypes.windll.kernel32.CreateMutexW
        create.restype = ctypes.c_void_p
        _mutex = create(None, False, MUTEX)


def name_of(folder: Path) -> str:
    """Return the name of the socket of a workspace's window."""
    try:
        person = getpass.getuser()
    except (OSError, KeyError):
        person = "?"
    return "grassland-station-" + hashlib.sha256(f"{person}\n{folder.resolve()}".encode()).hexdigest()[:20]


def offer(folder: Path, path: Path | None) -> bool:
    """Ask the window that is open on ``folder`` to come to the front and to look at ``path``; whether it answered."""
    try:
        from PySide6.QtNetwork import QLocalSocket
    except ImportError:
        return False
    socket = QLocalSocket()
    socket.connectToServer(name_of(folder))
    if not socket.waitForConnected(WAIT_MS):
        return False
    socket.write(json.dumps({"open": str(path) if path is not None else ""}).encode() + b"\n")
    socket.waitForBytesWritten(WAIT_MS)
    answered = bool(socket.waitForReadyRead(WAIT_MS)) and bytes(socket.readAll().data()).startswith(b"ok")
    socket.disconnectFromServer()
    return answered


class Doorbell:
    """Listens for what a second start hands over. Belongs to the window's thread."""

    def __init__(self, folder: Path, take: Callable[[Path | None], None]) -> None:
        self._take = take
        self._server: Any = None
        try:
            from PySide6.QtNetwork import QLocalServer
        except ImportError:
            log.ui.info("no local sockets here: a second start is only refused")
            return
        name = name_of(folder)
        QLocalServer.removeServer(name)  # left by a crash: the workspace's lock says that nobody else is there
        server = QLocalServer()
        server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        if not server.listen(name):
            log.ui.warning("cannot listen for a second start: %s", server.errorString())
            return
        server.newConnection.connect(self._arrived)
        self._server = server

    def _arrived(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            socket.readyRead.connect(lambda s=socket: self._read(s))
            socket.disconnected.connect(socket.deleteLater)
            if socket.bytesAvailable():
                self._read(socket)

    def _read(self, socket: Any) -> None:
        if not socket.canReadLine():
            if socket.bytesAvailable() > LARGEST:
                socket.abort()
            return
        line = socket.readLine(LARGEST).data()
        path: Path | None = None
        with contextlib.suppress(ValueError, AttributeError, TypeError):
            named = json.loads(line).get("open", "")
            path = Path(named) if isinstance(named, str) and named else None
        socket.write(b"ok\n")
        socket.flush()
        self._take(path)

    def close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server.deleteLater()
            self._server = None
