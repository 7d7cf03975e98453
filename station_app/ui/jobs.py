"""Work off the UI thread: the only way. Results, errors and progress come back on the UI thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal

from station_app.domain.text import Text


class Job(QObject):
    """One piece of work under way.

    Signals:
        progressed(done, total or None, Text), finished(result), failed(exception); all on the UI thread.
    """

    progressed = Signal(object, object, object)
    finished = Signal(object)
    failed = Signal(object)

    title: Text

    def cancel(self) -> None:
        """Ask the work to stop at its next step; it then fails with ``Cancelled``."""
        raise NotImplementedError


class Jobs(QObject):
    """Runs work in the pool. ``work`` receives a context with ``progress(done, total, Text)``, ``cancelled`` and
    ``reader`` (an own read-only connection of this job, opened on first use).

    Signals:
        started(Job), ended(Job): for the status line.
    """

    started = Signal(object)
    ended = Signal(object)

    def __init__(self, new_reader: Callable[[], Any] | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)

    def run(
        self,
        work: Callable[[Any], Any],
        *,
        title: Text | None = None,
        on_done: Callable[[Any], None] | None = None,
        on_error: Callable[[BaseException], None] | None = None,
        on_progress: Callable[[int, int | None, Text], None] | None = None,
    ) -> Job:
        """Start ``work(context)``; without ``on_error`` a failure goes to the exception hook."""
        raise NotImplementedError

    def wait(self, milliseconds: int = 30_000) -> bool:
        """Wait until nothing runs (closing, tests)."""
        raise NotImplementedError
