"""How long work reports what it is doing, without knowing who listens."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from station_app.domain.text import Text
from station_app.services.problems import ServiceProblem


class JobContext(Protocol):
    """Given to long work; the window shows it, the command line prints it, tests ignore it."""

    @property
    def cancelled(self) -> bool:
        """Whether the person asked to stop."""
        ...

    def progress(self, done: int, total: int | None, text: Text) -> None:
        """Report that ``done`` of ``total`` steps are through (``None``: unknown)."""
        ...


class Quiet:
    """A context nobody listens to."""

    cancelled = False

    def progress(self, done: int, total: int | None, text: Text) -> None:
        """Ignore the report."""


def stop_if_cancelled(context: JobContext) -> None:
    """Leave long work at a safe place.

    Raises:
        UserError: JOB-001 the person asked to stop; nothing was written.
    """
    if context.cancelled:
        raise ServiceProblem.STOPPED.error()


@contextmanager
def collector_at_rest() -> Iterator[None]:
    """Keep Python from searching tens of thousands of new rows for cycles again and again; up to a third of the time goes there."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
