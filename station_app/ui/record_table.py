"""The table of any record type over any number of rows: paged from SQLite, sorted and filtered there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QObject, Signal
from PySide6.QtWidgets import QWidget

from station_app.ui.i18n import Retranslated


class RecordTableModel(QAbstractTableModel):
    """Rows of a ``storage.reader.Query``; keys cached in an array, pages in a small LRU."""

    def __init__(
        self, reader: Any, query: Any, *, columns: Sequence[str] | None = None,
        new_reader: Callable[[], Any] | None = None, parent: QObject | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)


class RecordTableView(QWidget, Retranslated):
    """Filter line, state chips, the table and its count; keyboard first.

    Signals:
        opened(record_id): Enter or double click on a row.
        selection_changed(list of record_ids).
        query_changed(Query): the person filtered or sorted.
    """

    opened = Signal(str)
    selection_changed = Signal(object)
    query_changed = Signal(object)

    def __init__(
        self, reader: Any, query: Any, *, columns: Sequence[str] | None = None,
        new_reader: Callable[[], Any] | None = None, parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)

    def set_query(self, query: Any) -> None:
        """Show other rows; the page's own filters (village, year) come in here."""

    def query(self) -> Any:
        """Return the query in force, filter line and chips included."""
        raise NotImplementedError

    def refresh(self, changes: Any = None) -> None:
        """Read again when ``changes`` (services.changes.Changes) names this table; selection and place stay."""

    def selected_ids(self) -> list[str]:
        """Return the record ids of the selected rows, in table order."""
        raise NotImplementedError

    def select_id(self, record_id: str) -> bool:
        """Go to a record; ``False`` when it is not in the list."""
        raise NotImplementedError

    def focus_filter(self) -> None:
        """Put the cursor into the filter line."""
