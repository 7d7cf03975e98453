"""What happened to a record: per version who, when, why, and per field old and new."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QWidget

from station_app.ui.i18n import Retranslated
from station_app.ui.link_picker import LinkSource


class HistoryPanel(QWidget, Retranslated):
    """History of one record, newest first."""

    def __init__(self, entry: Any, *, links: LinkSource | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)

    def show_record(self, record_id: str | None) -> None:
        """Show the history of a record; ``None`` empties the panel."""
