"""The unexpected: logged with its trace, told once per kind, the report in sight and ready to copy.

``install`` comes before the window: what fails earlier waits in a queue and is shown when ``attach`` names a presenter.
Exceptions of other threads arrive on those threads and are handed over by a signal. A hard crash of the interpreter
writes its trace to a file that the next start offers.
"""

from __future__ import annotations

import contextlib
import faulthandler
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO, NamedTuple

from PySide6.QtCore import QObject, QSysInfo, Qt, Signal, Slot

from station_app import __version__, logs
from station_app.logs import Own, log, trace_of


class Report(NamedTuple):
    """One kind of unexpected failure, without any record content.

    Attributes:
        kind: Exception type and the innermost place of ours: the same kind is shown once.
        text: What a person may read and copy: program, platform and trace, no values.
    """

    kind: str
    title: str
    text: str


Presenter = Callable[[Report], None]


def describe(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> Report:
    """Make the report: file names without folders and no exception text beyond its type, which may hold records."""
    frames = traceback.extract_tb(trace)
    ours = next((f for f in reversed(frames) if "station_app" in f.filename), frames[-1] if frames else None)
    place = f"{Path(ours.filename).name}:{ours.lineno}" if ours else "?"
    head = (
        f"Grassland Station {__version__} · Python {sys.version.split()[0]} · {QSysInfo.kernelType()} "
        f"{QSysInfo.kernelVersion()}"
    )
    title = f"{kind.__name__} ({place})"
    return Report(f"{kind.__name__}@{place}", title, "\n".join([head, title, trace_of(error)]))


class CrashReporter(QObject):
    """Collects what nobody caught. Lives on the window's thread."""

    _arrived = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._presenter: Presenter | None = None
        self._waiting: list[Report] = []
        self._shown: set[str] = set()
        self.reports: list[Report] = []
        self._previous = sys.excepthook
        self._previous_thread = threading.excepthook
        self._arrived.connect(self._take, Qt.ConnectionType.QueuedConnection)

    def install(self) -> None:
        sys.excepthook = self._hook
        threading.excepthook = self._thread_hook

    def uninstall(self) -> None:
        sys.excepthook = self._previous
        threading.excepthook = self._previous_thread
        self._presenter = None

    def attach(self, presenter: Presenter) -> None:
        """Show reports with ``presenter`` from now on, beginning with those that waited."""
        self._presenter = presenter
        waiting, self._waiting = self._waiting, []
        for report in waiting:
            self._take(report)

    def detach(self) -> None:
        """The window is gone: what comes now waits for the next one."""
        self._presenter = None

    def take(self, error: BaseException) -> None:
        """Report an exception somebody else caught (a job's)."""
        self._hook(type(error), error, error.__traceback__)

    def _hook(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            self._previous(kind, error, trace)
            return
        report = describe(kind, error, trace)
        log.crash.error("unexpected: %s\n%s", Own(report.title), Own(report.text))
        self._arrived.emit(report)

    def _thread_hook(self, arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value is not None:
            self._hook(arguments.exc_type, arguments.exc_value, arguments.exc_traceback)

    @Slot(object)
    def _take(self, report: Report) -> None:
        self.reports.append(report)
        if report.kind in self._shown:
            return
        if self._presenter is None:
            self._waiting.append(report)
            return
        self._shown.add(report.kind)
        self._presenter(report)


_fault_file: IO[str] | None = None


def watch_faults(folder: Path) -> str:
    """Write hard crashes to a file in ``folder``; return where in the source the last run ended, empty when it
    ended well."""
    global _fault_file
    file = folder / logs.FAULT
    left = ""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if file.is_file():
            left = "\n".join(logs.sieved(file.read_text(encoding="utf-8", errors="replace")))
        if left:
            (folder / logs.LEFT).write_text(left, encoding="utf-8")
        if _fault_file is not None:
            _fault_file.close()
        _fault_file = file.open("w", encoding="utf-8")
    except OSError:
        log.crash.warning("fault file cannot be written")
        return left
    faulthandler.enable(_fault_file)
    return left


def stop_watching() -> None:
    """Close the fault file and remove it when nothing happened."""
    global _fault_file
    if _fault_file is None:
        return
    faulthandler.disable()
    file = Path(_fault_file.name)
    _fault_file.close()
    _fault_file = None
    with contextlib.suppress(OSError):
        if file.stat().st_size == 0:
            file.unlink()
