"""The livestock count of a village as a grid: one row a household, classes as columns."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from station_app.ui.i18n import Retranslated


class CountGrid(QWidget, Retranslated):
    """Typed digits go right in; a row is saved (through ``Entry``) when it is left; what cannot be saved stays a draft.

    Signals:
        progressed(done, total): households counted of all.
        row_selected(household record_id), row_opened(livestock_count record_id or ""), problems_changed(list[Problem]).
        saved(Changes).
    """

    progressed = Signal(int, int)
    row_selected = Signal(str)
    row_opened = Signal(str)
    problems_changed = Signal(object)
    saved = Signal(object)

    def __init__(
        self, workspace: Any, village_code: str, year: int, occasion: str, *, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)

    def set_scope(self, village_code: str, year: int, occasion: str) -> None:
        """Lay out the rows of another village, year or occasion."""

    def progress(self) -> tuple[int, int]:
        """Households counted, of all."""
        raise NotImplementedError

    def problems(self) -> list[Any]:
        """Problems of all rows (``place`` names the household)."""
        raise NotImplementedError

    def refresh(self, changes: Any = None) -> None:
        """Read again what ``changes`` names, unsaved rows stay as typed."""

    def save_pending(self) -> None:
        """Save every row that can be saved (leaving the page)."""
