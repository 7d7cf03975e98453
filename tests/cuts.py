"""An act ended before each of its file operations, as by a power cut: what was written and not synced is lost with it."""

from __future__ import annotations

import os
import shutil
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

_OPERATIONS = ("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.chmod", "os.link", "shutil.rmtree")
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
_CUT, _FAILED = 77, 78


def at_every_operation(before: Path, act: Callable[[Path], object], look: Callable[[Path, str], object]) -> int:
    """Let ``act`` work on copies of the folder ``before``, each cut one operation later, until it is done in one; ``look`` at
    every copy (with the operation it was cut at). Return at how many it was cut."""
    number = 0
    while True:
        number += 1
        copy = before.with_name(f"{before.name} {number}")
        if before.is_dir():
            shutil.copytree(before, copy)
        told, tell = os.pipe()
        child = os.fork()
        if child == 0:
            _Cut(copy, number, tell)
            try:
                act(copy)
            except BaseException:
                traceback.print_exc()
                os._exit(_FAILED)
            os._exit(0)
        os.close(tell)
        with os.fdopen(told, "rb") as pipe:
            where = pipe.read().decode()
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        assert code in (0, _CUT), f"the act failed by itself: {code}"
        look(copy, f"cut {number}: {where}" if code else "whole")
        shutil.rmtree(copy, ignore_errors=True)
        if code == 0:
            return number - 1


class _Cut:
    """Ends this process before the operation ``number`` on a file below ``folder``."""

    def __init__(self, folder: Path, number: int, tell: int) -> None:
        self._folder, self._left, self._tell = str(folder), number, tell
        self._opened: set[str] = set()
        self._written: set[int] = set()
        self._synced: set[int] = set()
        self._busy = False
        real = os.fsync

        def fsync(file: Any) -> None:
            real(file)
            self._note()
            self._synced.add(os.fstat(file).st_ino)

        os.fsync = fsync
        sys.addaudithook(self._look)

    def _look(self, event: str, given: tuple[Any, ...]) -> None:
        if self._busy or event not in _OPERATIONS or not isinstance(given[0], str | bytes | Path):
            return
        path = os.fsdecode(given[0])
        reads = event == "open" and not (isinstance(given[2], int) and given[2] & _WRITES)
        if not path.startswith(self._folder) or reads:
            return
        self._busy = True
        try:
            self._note()
            self._left -= 1
            if self._left == 0:
                self._lose()
                os.write(self._tell, f"{event} {path[len(self._folder) :]}".encode())
                os._exit(_CUT)
            if event == "open":
                self._opened.add(path)
        finally:
            self._busy = False

    def _note(self) -> None:
        for path in list(self._opened):
            if Path(path).exists():
                number = Path(path).stat().st_ino
                self._written.add(number)
                self._synced.discard(number)  # it was opened to be written again
                self._opened.discard(path)

    def _lose(self) -> None:
        for path in Path(self._folder).rglob("*"):
            if path.is_file() and path.stat().st_ino in self._written - self._synced:
                os.truncate(path, 0)
