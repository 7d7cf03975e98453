"""The real program on a virtual screen of its own: keys go through the X server, as a person's do."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from patience import SECONDS, wait_for

NEEDED = ("Xvfb", "xdotool")


def need_screen() -> None:
    """Skip, saying what is absent and how to get it."""
    absent = [name for name in NEEDED if shutil.which(name) is None]
    if absent:
        pytest.skip(f"{', '.join(absent)} not installed (bash installer/bootstrap.sh setup brings it): no real keys")


@contextmanager
def virtual_screen(size: str = "1400x900") -> Iterator[str]:
    """Run an X server on a display of this process; yield its name.

    A server that looks for a free number itself may take the one of a server that is just ending, which then removes its door.
    """
    need_screen()
    name = f":{1_000 + os.getpid() % 50_000}"
    server = subprocess.Popen(["Xvfb", name, "-displayfd", "1", "-screen", "0", f"{size}x24", "-nolisten", "tcp"],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)  # fmt: skip
    try:
        assert server.stdout is not None
        assert server.stdout.readline().strip(), "Xvfb did not start"
        yield name
    finally:
        server.terminate()
        server.communicate()


class Program:
    """The program in a process of its own, with a window on ``display``."""

    def __init__(self, display: str, folder: Path, *, command: Sequence[str] = ()) -> None:
        self.environment = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb", "QT_IM_MODULE": "compose",
                            "XMODIFIERS": "", "LANG": "C.UTF-8"}  # fmt: skip
        self._log = (folder.parent / f"{folder.name}-program.log").open("a")
        self.process = subprocess.Popen(command or [sys.executable, "-m", "station_app.start", str(folder)],
                                        env=self.environment, stdout=self._log, stderr=self._log)  # fmt: skip
        self.window = ""
        wait_for(self._find_window, "the window of the program")
        self._tool("windowfocus", "--sync", self.window)

    def _find_window(self) -> bool:
        assert self.process.poll() is None, f"the program ended: {Path(self._log.name).read_text()[-2000:]}"
        found = self._tool("search", "--onlyvisible", "--pid", str(self.process.pid), check=False).split()
        self.window = found[-1] if found else ""
        return bool(self.window)

    def _tool(self, *words: str, check: bool = True) -> str:
        return subprocess.run(["xdotool", *words], env=self.environment, check=check, capture_output=True, text=True,
                              timeout=SECONDS).stdout  # fmt: skip

    def keys(self, keys: Sequence[str], every_ms: int = 60) -> None:
        """Press keys by their X names, one after the other; returns when the server has them all."""
        if keys:
            self._tool("key", "--clearmodifiers", "--delay", str(every_ms), *keys)

    def stop(self) -> None:
        """Stop the process where it is; keys wait for it."""
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Let it run again."""
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it as a power cut does."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._log.close()

    def __enter__(self) -> Program:
        return self

    def __exit__(self, *_error: object) -> None:
        self.kill()
