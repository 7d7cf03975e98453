"""The file an open database was opened from: whether it still lies in its place, and what is in it where it does not."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

from station_app.storage import backup, files
from station_app.storage.clock import Clock
from station_app.storage.problems import StorageProblem


class OpenFile:
    """The database file ``path`` as ``connection`` holds it open.

    Deleted or replaced by another program, it can still be read through the connection until that is closed, and whatever
    is written is lost with it. So everybody who is about to write looks.
    """

    def __init__(self, connection: Any, path: Path, clock: Clock) -> None:
        self._connection, self._path, self._clock = connection, path, clock
        self._opened = _mark(path)
        self._rescued: Path | None = None
        self._left = False

    def look(self) -> None:
        """Look whether the file still lies where it was opened.

        Raises:
            UserError: DB-006 it does not: everything saved was copied to a place that is named. It is the place of the file
                where nothing lies there now. DB-002 and WSP-011: it cannot be copied.
        """
        if self._left or _mark(self._path) == self._opened:
            return
        if self._rescued is None:
            self._rescued = self._rescue()
        raise StorageProblem.FILE_GONE.error(path=self._path, rescued=self._rescued)

    def leave(self) -> None:
        """Look no more: the connection is closed."""
        self._left = True

    def _rescue(self) -> Path:
        """Copy what the connection holds to the place of the file, or beside what lies there now."""
        target = self._path
        with suppress(OSError):  # the copy says what is wrong with the folder
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.exists():
                target = target.parent / "backups" / backup.backup_name(self._clock.now(), "rescued")
                target.parent.mkdir(exist_ok=True)
        copied = backup.copy_database(self._connection, target.with_name(target.name + ".rescued"))
        with suppress(OSError):
            for ending in ("-wal", "-shm"):  # they belong to the file that is gone
                target.with_name(target.name + ending).unlink(missing_ok=True)
            files.give_name(copied, target)
            return target
        return copied


def _mark(path: Path) -> tuple[int, int] | None:
    """Return what tells a file from any other, whatever it is called."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
