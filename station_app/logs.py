"""Logs by topic, for the person who helps: what the program did, never about whom.

``log.store.warning("…")`` and its sisters write below the logger ``station``. Until ``start`` is called nothing is
written anywhere but to handlers of the caller (tests, the crash window).

What a log may hold is listed, not taken out again: the sentence written in the source, numbers, codes, kinds of errors,
and words of the program that are marked as such (``Own``). Of any other text its length is told, of a file its ending, of
an error what it is and where in our source. So no name, number or reading of a person, and no folder, can get there.

Hard crashes are written to their own file by ``ui/crash.py``.
"""

from __future__ import annotations

import logging
import re
import sys
import time
import traceback
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Final, NamedTuple

from station_app import __version__
from station_app.domain.official_time import BEIJING

ROOT: Final = "station"
FILE: Final = "station.log"
FAULT, LEFT, START_FAULT = (
    "fault.txt",
    "fault-left.txt",
    "start-fault.txt",
)  # a hard crash, that of a run before, of a start
_LARGEST = 1_000_000
_KEPT = 3
_LONG = 10**10  # eleven digits may be a telephone number, an identity, an account
_ENDING = re.compile(r"\.[A-Za-z0-9]{1,8}")
_CODE = re.compile(r"[A-Z]{2,4}-\d{3}")
_MOST_LINES = 20_000
_LINE = re.compile(
    r"(?P<when>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d),\d{3} (?P<level>[A-Z]+) (?P<topic>station\.\w+): (?P<said>[ -~]*)",
    re.ASCII,
)
_TRACE_LINE = re.compile(r"  [\w.<>-]+:\d+ [\w.<>]+|error [A-Za-z_]\w*( [A-Z]{2,4}-\d{3})?", re.ASCII)
_FAULT_PLACE = re.compile(r'( *File ")(?:[^"]*[\\/])?([\w.<>-]+", line \d+ in [\w.<>]+)', re.ASCII)
_FAULT_LINE = re.compile(
    r"(Fatal Python error|Windows fatal exception): [\w ]+|(Current t|T)hread 0x[0-9a-f]+ \(most recent call first\):",
    re.ASCII,
)


class Own(str):
    """Words of the program itself (a version, a kind of record, a class), which a log may hold as they are."""

    __slots__ = ()


def named(error: BaseException) -> str:
    """Return what an error is: its kind, and its code where it has one."""
    code = getattr(error, "code", None)
    known = isinstance(code, str) and _CODE.fullmatch(code)
    return f"{type(error).__name__} {code}" if known else type(error).__name__


def trace_of(error: BaseException) -> str:
    """Return how an error came about, back to its first cause: what each is and where in the source. No values, no folders."""
    lines: list[str] = []
    seen: BaseException | None = error
    while seen is not None:
        lines.append(f"error {named(seen)}")
        lines += [f"  {Path(f.filename).name}:{f.lineno} {f.name}" for f in traceback.extract_tb(seen.__traceback__)]
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
    return "\n".join(lines)


def sieved(text: str) -> list[str]:
    """Return of what a log, a trace or a hard crash left the lines that have the form these have, places without folders."""
    kept = []
    for line in text.splitlines():
        if found := _FAULT_PLACE.fullmatch(line):
            kept.append(f"{found[1]}{found[2]}")
        elif any(form.fullmatch(line) for form in (_LINE, _TRACE_LINE, _FAULT_LINE)):
            kept.append(line)
    return kept


def _kept(value: object) -> object:
    """Return what a log holds of an argument."""
    if isinstance(value, int | float):  # no longer one: no decimals either
        return value if abs(value) < _LONG else 0
    if isinstance(value, Own) or value is None:
        return value
    if isinstance(value, BaseException):
        return named(value)
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, str):
        return f"<{len(value)} characters>"
    if isinstance(value, Path):
        return f"<file {value.suffix}>" if _ENDING.fullmatch(value.suffix) else "<file>"
    return f"<{type(value).__name__}>"


class Sieve(logging.Filter):
    """Keeps of a record, before any handler formats it, what a log may hold."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.args:  # of one mapping ``logging`` makes the arguments themselves
            record.args = tuple(map(_kept, record.args if isinstance(record.args, tuple) else (record.args,)))
        try:
            record.msg, record.args = record.getMessage(), None
        except (TypeError, ValueError):
            record.msg, record.args = f"log call with wrong arguments: {record.msg}", None
        found = record.exc_info
        if isinstance(found, tuple) and found[1] is not None:
            record.exc_text = trace_of(found[1])
        # The text stays, the objects go: a formatter of its own could print the values again.
        record.exc_info = record.stack_info = None
        return True


class Topics:
    """One logger a topic. Each sieves by itself, so that a handler anywhere above gets sieved records."""

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
        if not any(isinstance(each, Sieve) for each in made.filters):
            made.addFilter(Sieve())
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
    made.addFilter(Sieve())
    lines = logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
    lines.converter = _official_time
    made.setFormatter(lines)
    root.addHandler(made)
    _handler = made
    return file


def begin(folder: Path) -> None:
    """Write the log to a file in ``folder`` from here on, and begin it with which program runs on what."""
    start(folder)
    log.app.info("program %s on %s, Python %s", Own(__version__), Own(sys.platform), Own(sys.version.split()[0]))


class Trouble(NamedTuple):
    """A line of the log that says something went wrong; ``fault``: of ours, not a sentence a person was told."""

    when: str
    fault: bool
    short: str


def lines_of(folder: Path, most: int) -> list[str]:
    """Return the newest lines of the log in ``folder``, as many as are wanted, oldest first; only lines as it writes them."""
    found: list[str] = []
    for name in (FILE, f"{FILE}.1"):
        try:
            text = (folder / name).read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        found = sieved(text) + found
        if len(found) >= most:
            break
    return found[-most:]


def troubles(folder: Path) -> list[Trouble]:
    """Return what went wrong as far as the log in ``folder`` goes back, oldest first."""
    found = filter(None, map(_LINE.fullmatch, lines_of(folder, _MOST_LINES)))
    return [
        Trouble(line["when"], line["level"] != "WARNING", f"{line['when']} {line['said']}")
        for line in found
        if line["level"] in ("WARNING", "ERROR", "CRITICAL")
    ]


def stop() -> None:
    """Write no more."""
    global _handler
    if _handler is None:
        return
    logging.getLogger(ROOT).removeHandler(_handler)
    _handler.close()
    _handler = None
