"""The quadrats of a plot as a grid: one row a quadrat."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from station_app.ui.i18n import Retranslated


class QuadratGrid(QWidget, Retranslated):
    """As ``CountGrid``: rows are saved when they are left, drafts keep the rest.

    Signals: as ``CountGrid``.
    """

    progressed = Signal(int, int)
    row_opened = Signal(str)
    problems_changed = Signal(object)
    saved = Signal(object)

    def __init__(
        self, workspace: Any, plot_id: str, *, record_type: str = "herb_quadrat", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)

    def set_plot(self, plot_id: str) -> None:
        """Show the quadrats of another plot."""

    def refresh(self, changes: Any = None) -> None:
        """Read again what ``changes`` names, unsaved rows stay as typed."""

    def save_pending(self) -> None:
        """Save every row that can be saved (leaving the page)."""
