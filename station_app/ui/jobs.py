"""Work off the UI thread: the only way. Results, errors and progress come back on the UI thread."""

from __future__ import annotations

import gc
import sys
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import QCoreApplication, QObject, QRunnable, Qt, QThreadPool, Signal, Slot
from shiboken6 import isValid

from station_app.domain.problems import UserError
from station_app.domain.text import Text
from station_app.services.problems import ServiceProblem
from station_app.ui import messages

if TYPE_CHECKING:
    from station_app.storage.reader import Reader

A = TypeVar("A")  # what a piece of work answers

CANCELLED = ServiceProblem.STOPPED.code
WORKERS = 2
WORKING = Text("正在处理", "Working")
_PROGRESS_EVERY_S = 0.1
_NEVER = 1_000_000


class Context:
    """What the work is given; fulfils ``services.progress.JobContext`` and adds an own reader."""

    def __init__(self, number: int, relay: _Relay, new_reader: Callable[[], Reader] | None) -> None:
        self._number = number
        self._relay = relay
        self._new_reader = new_reader
        self._reader: Reader | None = None
        self._stop = threading.Event()
        self._last = 0.0

    @property
    def cancelled(self) -> bool:
        return self._stop.is_set()

    @property
    def reader(self) -> Reader:
        """An own read-only connection of this job, opened on first use, closed when the job ends."""
        if self._reader is None:
            if self._new_reader is None:
                raise RuntimeError("these jobs have no workspace to read")
            self._reader = self._new_reader()
        return self._reader

    def progress(self, done: int, total: int | None, text: Text) -> None:
        """Report a step; reports that come faster than the eye are left out, the last one never."""
        now = time.monotonic()
        if done == total or now - self._last >= _PROGRESS_EVERY_S:
            self._last = now
            self._relay.progressed.emit(self._number, done, total, text)

    def stop(self) -> None:
        self._stop.set()

    def close(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None


class _Relay(QObject):
    """Made on the UI thread, one for all jobs, and never freed while a worker may be inside ``emit``."""

    progressed = Signal(int, object, object, object)
    ended = Signal(int, object, object)


class _Runnable(QRunnable):
    def __init__(self, number: int, work: Callable[[Context], object], context: Context, relay: _Relay) -> None:
        super().__init__()
        self.setAutoDelete(False)  # Python keeps it until the thread has come back from it
        self._number = number
        self._work = work
        self._context = context
        self._relay = relay

    def run(self) -> None:
        result: object = None
        error: BaseException | None = None
        try:
            result = self._work(self._context)
        except BaseException as caught:  # handed over: it must not reach the hook on this thread
            error = caught
        finally:
            self._context.close()
        self._relay.ended.emit(self._number, result, error)


class Job(QObject):
    """One piece of work under way.

    Signals:
        progressed(done, total or None, Text), finished(result), failed(exception); all on the UI thread.
    """

    progressed = Signal(object, object, object)
    finished = Signal(object)
    failed = Signal(object)

    def __init__(
        self,
        title: Text,
        context: Context,
        on_done: Callable[[Any], None] | None,
        on_error: Callable[[BaseException], None] | None,
        on_progress: Callable[[int, int | None, Text], None] | None,
    ) -> None:
        super().__init__()
        self.title = title
        self.started_at = time.monotonic()
        self._context = context
        self._on_done, self._on_error, self._on_progress = on_done, on_error, on_progress
        self.asker: QObject | None = None  # the widget that shows the answer, and about what
        self.about = ""
        self._dropped = False

    def cancel(self) -> None:
        """Ask the work to stop at its next step; it then fails with JOB-001."""
        self._context.stop()

    def drop(self) -> None:
        """Stop, and answer nobody: there is a newer question."""
        self._dropped = True
        self.cancel()

    @property
    def cancelled(self) -> bool:
        return self._context.cancelled

    def report(self, done: int, total: int | None, text: Text) -> None:
        """Pass a step on (called by ``Jobs``)."""
        if self._on_progress is not None:
            self._on_progress(done, total, text)
        self.progressed.emit(done, total, text)

    def end(self, result: object, error: BaseException | None) -> None:
        """Pass the end on (called by ``Jobs``), unless nobody waits for it any more."""
        if self._dropped or (self.asker is not None and not isValid(self.asker)):
            return
        if error is None:
            if self._on_done is not None:
                self._on_done(result)
            self.finished.emit(result)
            return
        if self._on_error is not None:
            self._on_error(error)
        elif isinstance(error, UserError):
            if error.code != CANCELLED:
                messages.show_error(None, error)
        else:
            sys.excepthook(type(error), error, error.__traceback__)
        self.failed.emit(error)


class Jobs(QObject):
    """Runs work in the pool. ``work`` receives a :class:`Context`. Call ``close`` before the window goes.

    Signals:
        started(Job), ended(Job): for the status line.
    """

    started = Signal(object)
    ended = Signal(object)

    def __init__(self, new_reader: Callable[[], Reader] | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._new_reader = new_reader
        self._next = 0
        self._running: dict[int, tuple[Job, _Runnable]] = {}
        self._collects = gc.get_threshold()
        self._returning: list[_Runnable] = []
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(WORKERS)
        self._relay = _Relay(self)
        queued = Qt.ConnectionType.QueuedConnection
        self._relay.progressed.connect(self._progressed, queued)
        self._relay.ended.connect(self._ended, queued)
        app = QCoreApplication.instance()
        if app is not None:
            app.aboutToQuit.connect(self._quitting)

    @Slot()
    def _quitting(self) -> None:
        self.close()

    def run(
        self,
        work: Callable[[Context], A],
        *,
        title: Text = WORKING,
        on_done: Callable[[A], None] | None = None,
        on_error: Callable[[BaseException], None] | None = None,
        on_progress: Callable[[int, int | None, Text], None] | None = None,
    ) -> Job:
        """Start ``work(context)``. Without ``on_error`` a ``UserError`` is shown (a wished stop is not an error) and
        anything else goes to the exception hook, on the UI thread."""
        if self._pool.activeThreadCount() == 0:
            self._returning.clear()
        self._next += 1
        context = Context(self._next, self._relay, self._new_reader)
        job = Job(title, context, on_done, on_error, on_progress)
        runnable = _Runnable(self._next, work, context, self._relay)
        # A full collection of garbage looks at every object there is and stops every thread for that long: seconds, when a
        # job holds a million of them. None begins while a job runs; young objects are collected as ever.
        gc.set_threshold(self._collects[0], self._collects[1], _NEVER)
        self._running[self._next] = (job, runnable)
        self.started.emit(job)
        self._pool.start(runnable)
        return job

    def ask(self, asker: QObject, work: Callable[[Context], A], *, about: str = "", **how: Any) -> Job:
        """Run, as ``run`` does, a question whose answer ``asker`` shows: of its questions ``about`` one thing the newest alone
        is answered.

        An older one is asked to stop, and what still comes of it is dropped, result or error; so is what comes after its
        asker went.
        """
        self.ask_no_more(asker, about)
        job = self.run(work, **how)
        job.asker, job.about = asker, about
        return job

    def ask_no_more(self, asker: QObject, about: str = "") -> None:
        """Drop what is not answered yet: something else is shown there now."""
        for job in self.running:
            if job.asker is asker and job.about == about:
                job.drop()

    @property
    def running(self) -> tuple[Job, ...]:
        """What is under way, oldest first."""
        return tuple(job for job, _ in self._running.values())

    @Slot(int, object, object, object)
    def _progressed(self, number: int, done: int, total: int | None, text: Text) -> None:
        if number in self._running:
            self._running[number][0].report(done, total, text)

    @Slot(int, object, object)
    def _ended(self, number: int, result: object, error: BaseException | None) -> None:
        job, runnable = self._running.pop(number)
        if not self._running:
            gc.set_threshold(*self._collects)
        self._returning.append(runnable)  # its thread may still stand in the last lines of run()
        self.ended.emit(job)
        job.end(result, error)

    def cancel_all(self) -> None:
        for job, _ in self._running.values():
            job.cancel()

    def wait(self, milliseconds: int = 30_000) -> bool:
        """Wait until nothing runs in the pool; results already waiting are delivered by the event loop."""
        return self._pool.waitForDone(milliseconds)

    def close(self, milliseconds: int = 30_000) -> bool:
        """Stop everything and wait (closing the window)."""
        self.cancel_all()
        return self.wait(milliseconds)
