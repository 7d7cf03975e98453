"""What was changed in a form since it shows its record, field by field: taken back and done again before it is saved."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from weakref import WeakMethod

from station_app.ui.undo_keys import UNDO

MOST = 200


@dataclass(frozen=True, slots=True)
class _Change:
    name: str
    before: str
    after: str


class FormSteps:
    """``values()`` tells every field as typed, ``put(name, text)`` puts one back and goes there."""

    def __init__(self, values: Callable[[], Mapping[str, str]], put: Callable[[str, str], None]) -> None:
        # Weak: the form holds its steps, and a window that was closed is to go at once.
        self._values_of, self._put_in = WeakMethod(values), WeakMethod(put)
        self._known: dict[str, str] = {}
        self._done: list[_Change] = []
        self._undone: list[_Change] = []

    def begin(self) -> None:
        self._known = self._values()
        self._done, self._undone = [], []

    def _values(self) -> dict[str, str]:
        read = self._values_of()
        return dict(read()) if read is not None else {}

    def accept(self, name: str, text: str) -> None:
        """Take what the page proposes for as good as saved."""
        self._known[name] = text

    def note(self, name: str, text: str) -> None:
        """A field was left, or changed by a click."""
        before = self._known.get(name, "")
        if text != before:
            self._known[name] = text
            self._done = [*self._done[-MOST:], _Change(name, before, text)]
            self._undone = []

    def can_step(self, way: int) -> bool:
        """Whether there is something to take back, or to do again."""
        for name, text in self._values().items():
            self.note(name, text)
        return bool(self._done if way == UNDO else self._undone)

    def step(self, way: int) -> None:
        """Take back the last change, or do again the last one taken back."""
        source, target = (self._done, self._undone) if way == UNDO else (self._undone, self._done)
        change = source.pop()
        target.append(change)
        text = change.before if way == UNDO else change.after
        self._known[change.name] = text
        put = self._put_in()
        if put is not None:
            put(change.name, text)
