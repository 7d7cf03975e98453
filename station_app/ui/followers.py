"""Who follows what changes for the whole program: its language, its look.

Thousands of widgets do. As connections of signals they cost: Qt for Python goes through all that are alive whenever an
object with a connection is deleted, so a window with many pages took seconds to close.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

from PySide6.QtCore import QObject
from shiboken6 import isValid


class Followers:
    """Is called like a signal, for as long as the follower lives; holds nobody alive."""

    def __init__(self) -> None:
        self._acts: WeakKeyDictionary[QObject, list[Callable[[Any], object]]] = WeakKeyDictionary()

    def __len__(self) -> int:
        """How many follow, the deleted ones that were not noticed yet left out."""
        return sum(isValid(follower) for follower in list(self._acts))

    def connect(self, method: Any) -> None:
        """Call a method of a QObject at every change."""
        self.add(method.__self__, method.__func__)

    def add(self, follower: QObject, act: Callable[[Any], object]) -> None:
        """Call ``act(follower)`` at every change; ``act`` must not hold the follower."""
        self._acts.setdefault(follower, []).append(act)

    def emit(self) -> None:
        """Tell everybody, in the order they came; what fails at one of them is reported and keeps nothing from the others."""
        for follower, acts in list(self._acts.items()):
            if not isValid(follower):
                self._acts.pop(follower, None)  # one who was told may have changed it again, and noticed before
                continue
            for act in acts:
                try:
                    if isValid(follower):
                        act(follower)
                except Exception:
                    sys.excepthook(*sys.exc_info())
