"""How long a test waits for what must come: long enough for a machine ten times overloaded, and never a budget.

Speed is measured in ``tests/bench``. What never comes is found by this limit, and a hanging test by pytest-timeout.
"""

from __future__ import annotations

import functools
import os
import time
from collections.abc import Callable
from typing import Any

from pytestqt.qtbot import QtBot

SECONDS = int(os.environ.get("GRASSLAND_PATIENCE", "300"))
MILLISECONDS = SECONDS * 1000


def wait_patiently() -> None:
    """Give every wait of pytest-qt this limit, whatever was written at the call, and every wait for the jobs of a window."""
    from station_app.ui.jobs import Jobs

    Jobs.wait.__defaults__ = (MILLISECONDS,)
    for name in ("waitSignal", "waitSignals", "waitUntil", "waitActive", "waitExposed", "waitCallback"):
        setattr(QtBot, name, _patient(getattr(QtBot, name)))


def _patient(wait: Any) -> Any:
    @functools.wraps(wait)
    def waits(*args: Any, **kwargs: Any) -> Any:
        return wait(*args, **{**kwargs, "timeout": MILLISECONDS})

    return waits


def wait_for(condition: Callable[[], Any], what: str) -> None:
    """Look again and again until a condition is true; used where no signal says so."""
    end = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < end, f"waited in vain: {what}"
        time.sleep(0.05)
