"""Files that were there and are gone: the program's own, held against the list made with it, and those of a workspace, held
against what lay there at the first look. A security program takes files away; that is named, and nothing is recorded as deleted.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from station_app.domain.official_time import official_text
from station_app.domain.problems import Problem
from station_app.exchange.update.installed import SOURCE, installed
from station_app.storage import keys
from station_app.storage.clock import Clock
from station_app.storage.problems import StorageProblem

LIST = "program-files.txt"  # beside the program, made with its package
CODES = frozenset({StorageProblem.PROGRAM_FILES_GONE.code, StorageProblem.KEPT_FILES_GONE.code})
_SHOWN = 5  # names that are told
_LINE = re.compile(r"([0-9a-f]{64}) (\d+) (.+)")
# What is written once and never taken away by us.
_KEPT = {"keys": (keys.PRIVATE_NAME, keys.PUBLIC_NAME), "attachments": ("*",), "inbox": ("*.zip",)}
_ATTACHMENT = re.compile(r"[0-9a-f]{64}")


class FileWatch:
    """Looks from time to time whether files are gone; remembers when that was noticed. One thread at a time may look."""

    def __init__(self, workspace: Path, clock: Clock, program: Path | None = None) -> None:
        """Take the folder of the workspace, and that of the program where it is not the running one's."""
        self._workspace, self._clock = workspace, clock
        self._program = program or program_folder()
        self._known: set[str] = set()
        self._noticed: dict[str, datetime] = {}

    def look(self, *, whole: bool = False) -> list[Problem]:
        """Return what is gone now, with where and since when; ``whole``: the content of the program's files is read, too."""
        found = []
        if gone := list(_altered(self._program, whole=whole)) if self._program else []:
            found.append(self._told(StorageProblem.PROGRAM_FILES_GONE, self._program or Path(), gone))
        here = set(_kept(self._workspace))
        if lost := sorted(self._known - here):
            found.append(self._told(StorageProblem.KEPT_FILES_GONE, self._workspace, lost))
        self._known |= here
        return found

    def _told(self, problem: StorageProblem, folder: Path, names: list[str]) -> Problem:
        for name in names:
            self._noticed.setdefault(name, self._clock.now())
        more = " …" if len(names) > _SHOWN else ""
        since = official_text(min(self._noticed[name] for name in names))
        return problem.problem(number=len(names), files=", ".join(names[:_SHOWN]) + more, folder=folder, since=since)


def program_folder() -> Path | None:
    """Return where the installed program lies, ``None`` where it runs from its source."""
    found = installed()
    return None if found.kind == SOURCE else found.root


def _altered(folder: Path, *, whole: bool) -> Iterator[str]:
    """Yield the files of the program that are not there as its list says; nothing where there is no list."""
    try:
        lines = (folder / LIST).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return
    for line in filter(None, map(_LINE.fullmatch, lines)):
        file = folder / line[3]
        try:
            sound = file.stat().st_size == int(line[2])
            if sound and whole:
                with file.open("rb") as opened:
                    sound = hashlib.file_digest(opened, "sha256").hexdigest() == line[1]
        except OSError:
            sound = False
        if not sound:
            yield line[3]


def _kept(workspace: Path) -> Iterator[str]:
    for name, patterns in _KEPT.items():
        for pattern in patterns:
            for file in (workspace / name).glob(pattern):
                if name != "attachments" or _ATTACHMENT.fullmatch(file.name):
                    yield f"{name}/{file.name}"
