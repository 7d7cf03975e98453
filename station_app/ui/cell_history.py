"""What was changed in the cells of a grid and is not saved yet, step by step.

A grid whose rows are saved one by one lets go of what is saved (``settle``): from then on the history of the workspace takes
it back. There a step is looked for in the row with the cursor alone, so that nothing is changed out of sight.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol


class CellChange(Protocol):
    """One step: it can be done, taken back and done again."""

    def redo(self) -> None: ...

    def undo(self) -> None: ...

    def touches(self, row_key: str) -> bool:
        """Whether it changed this row."""
        ...

    def let_go(self, row_keys: Collection[str]) -> bool:
        """Forget what it changed in these rows; ``True``: nothing of it is left."""
        ...


class CellHistory:
    """Steps done and steps taken back."""

    def __init__(self) -> None:
        self._done: list[CellChange] = []
        self._undone: list[CellChange] = []

    def push(self, change: CellChange) -> None:
        """Do a step; what had been taken back can not be done again any more."""
        self._undone.clear()
        self._done.append(change)
        change.redo()

    def can_undo(self, row_key: str | None = None) -> bool:
        """Whether there is something to take back, in all rows or in one."""
        return _last(self._done, row_key) is not None

    def can_redo(self, row_key: str | None = None) -> bool:
        """Whether there is something to do again."""
        return _last(self._undone, row_key) is not None

    def undo(self, row_key: str | None = None) -> None:
        """Take back the last step, of all rows or of one."""
        change = _last(self._done, row_key)
        if change is not None:
            self._done.remove(change)
            self._undone.append(change)
            change.undo()

    def redo(self, row_key: str | None = None) -> None:
        """Do again what was taken back last."""
        change = _last(self._undone, row_key)
        if change is not None:
            self._undone.remove(change)
            self._done.append(change)
            change.redo()

    def settle(self, row_keys: Collection[str]) -> None:
        """These rows are saved as they stand."""
        for steps in (self._done, self._undone):
            steps[:] = [change for change in steps if not change.let_go(row_keys)]

    def clear(self) -> None:
        self._done.clear()
        self._undone.clear()


def _last(steps: list[CellChange], row_key: str | None) -> CellChange | None:
    return next((change for change in reversed(steps) if row_key is None or change.touches(row_key)), None)
