"""Logs by topic, for the person who helps: what the program did, never about whom.

``log.store.warning("…")`` and its sisters write below the logger ``station``. Until ``start`` is called nothing is
written anywhere but to handlers of the caller (tests, the crash window). No names of households and no amounts belong
in a log; identity numbers, accounts and telephone numbers cannot get there, see ``masked``.

Hard crashes are written to their own file by ``ui/crash.py``.
"""

from __future__ import annotations

import logging
import re
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Final

from station_app.domain.official_time import BEIJING

ROOT: Final = "station"
FILE: Final = "station.log"
_LARGEST = 1_000_000
_KEPT = 3
# Eleven digits are a telephone number, 12 a village, 15 and 18 an identity, 16 to 19 an account, alone or printed in
# groups of four. The last digit of an identity may be X. Any script's digits count (full width).
_NUMBERS = re.compile(r"\d{11,}[Xx]?|\d{4}(?:[ \u00a0]\d{3,4}){2,}(?:[ \u00a0]\d{1,3})?[Xx]?")


def masked(text: str) -> str:
    """Return the text with every run of eleven or more digits replaced by its length."""
    return _NUMBERS.sub(lambda found: f"<{sum(c.isdigit() for c in found.group())} digits>", text)


class Mask(logging.Filter):
    """Masks a record before any handler formats it: message, arguments, exception text, stack."""

    def filter(self, record: logging.LogRecord) -> bool:
        try:
            message = record.getMessage()
        except Exception:
            message = f"log call with wrong arguments: {record.msg!s}"
        record.msg, record.args = masked(message), None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        # The text stays, the objects go: a formatter of its own could print the values again.
        record.exc_info = None
        if record.exc_text:
            record.exc_text = masked(record.exc_text)
        if record.stack_info:
            record.stack_info = masked(record.stack_info)
        return True


class Topics:
    """One logger a topic. Each masks by itself, so that a handler anywhere above gets masked records."""

    def __init__(self) -> None:
        self.app = self._topic("app")
        self.store = self._topic("store")
        self.entry = self._topic("entry")
        self.excel = self._topic("excel")
        self.package = self._topic("package")
        self.sync = self._topic("sync")
        self.county = self._topic("county")
        self.ui = self._topic("ui")
        self.jobs = self._topic("jobs")
        self.crash = self._topic("crash")

    def _topic(self, name: str) -> logging.Logger:
        made = logging.getLogger(f"{ROOT}.{name}")
        if not any(isinstance(each, Mask) for each in made.filters):
            made.addFilter(Mask())
        return made


log: Final = Topics()
_handler: logging.Handler | None = None


class _File(logging.FileHandler):
    """A file of a megabyte, the last three kept.

    ``logging.handlers`` has one, at 7 ms of the way to the first paint.
    """

    def emit(self, record: logging.LogRecord) -> None:
        try:
            if self.stream is not None and self.stream.tell() > _LARGEST:
                self._turn()
        except OSError:
            pass  # held by another copy: the file grows a little longer
        super().emit(record)

    def _turn(self) -> None:
        file = Path(self.baseFilename)
        if self.stream is not None:
            self.stream.close()
            self.stream = None  # the next line opens it again
        for number in range(_KEPT, 0, -1):
            older = file if number == 1 else file.with_name(f"{file.name}.{number - 1}")
            if older.exists():
                older.replace(file.with_name(f"{file.name}.{number}"))

    def handleError(self, record: logging.LogRecord) -> None:
        """A full disk loses a log line, nothing else."""


def _official_time(seconds: float | None) -> time.struct_time:
    return datetime.fromtimestamp(seconds or 0, BEIJING).timetuple()


def start(folder: Path, *, level: int = logging.INFO) -> Path | None:
    """Write the log to a file in ``folder`` and return it.

    A folder that cannot be written is no reason to stop: warnings then go to standard error and ``None`` is returned.
    Calling it again moves the log, which is what opening a workspace does.
    """
    global _handler
    stop()
    root = logging.getLogger(ROOT)
    root.setLevel(level)
    file: Path | None = folder / FILE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        made: logging.Handler = _File(folder / FILE, encoding="utf-8")
    except OSError:
        file, made = None, logging.StreamHandler(sys.stderr)
        made.setLevel(logging.WARNING)
    made.addFilter(Mask())
    lines = logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
    lines.converter = _official_time
    made.setFormatter(lines)
    root.addHandler(made)
    _handler = made
    return file


def stop() -> None:
    global _handler
    if _handler is None:
        return
    logging.getLogger(ROOT).removeHandler(_handler)
    _handler.close()
    _handler = None
