"""Rows of a query for a table, over any number of records: keys in an array, pages read when they are looked at.

With ``new_reader`` the keys of a big table are read off the UI thread; where an index carries the order the first page
is there at once, and the rest follows.
"""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QFont

from station_app.domain.fields import Field, Form, Kind
from station_app.domain.problems import UserError
from station_app.domain.registry import record_type
from station_app.domain.text import Text
from station_app.domain.value_text import format_value
from station_app.ui import i18n, layouts, theme
from station_app.ui.i18n import tr
from station_app.ui.jobs import Jobs
from station_app.ui.link_picker import ReaderLinks
from station_app.ui.states import STATE, state_text

if TYPE_CHECKING:
    from station_app.storage.reader import Query, Reader, Row

T = TypeVar("T")
Index = QModelIndex | QPersistentModelIndex
PAGE = 100
KEPT_PAGES = 40
BIG = 5_000
STATE_COLUMN = "_state"
ROW_ROLE = Qt.ItemDataRole.UserRole + 20
RAW_ROLE = Qt.ItemDataRole.UserRole + 21
READING = Text("正在读取", "Reading")


@dataclass(frozen=True, slots=True)
class _Page:
    rows: list[Row]
    titles: dict[str, str]


class RecordTableModel(QAbstractTableModel):
    """Rows of a ``storage.reader.Query``.

    Signals:
        loaded(): all row keys are here (``rowCount`` is the whole).
        loading(): reading has begun off the UI thread.
    """

    loaded = Signal()
    loading = Signal()

    def __init__(
        self, reader: Reader, query: Query, *, columns: Sequence[str] | None = None,
        new_reader: Callable[[], Reader] | None = None, links: ReaderLinks | None = None, read: bool = True,
        parent: QObject | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._reader = reader
        self._jobs = Jobs(new_reader, self) if new_reader is not None else None
        self._links = links or ReaderLinks(reader)
        self._keys: array[int] = array("q")
        self._pages: OrderedDict[int, _Page] = OrderedDict()
        self.is_loading = False
        self.kind = record_type(query.type_name)
        self.columns: tuple[str, ...] = (STATE_COLUMN, *(columns or layouts.list_columns(self.kind)))
        self.query, self._sorts = query, frozenset[str]()
        if read:
            self.set_query(query)

    # --- what is shown -----------------------------------------------------------------------------------------------

    def set_columns(self, columns: Sequence[str]) -> None:
        """Show other fields; the state stays the first column."""
        self.beginResetModel()
        self.columns = (STATE_COLUMN, *(c for c in columns if c in self.kind.by_name))
        self.endResetModel()

    def set_query(self, query: Query) -> None:
        self.query = query
        self._sorts = self._reader.sorts(query.type_name)
        if self._jobs is not None:
            self._jobs.ask_no_more(self)
        if self._jobs is None or not self._is_big():
            self._take(self._reader.row_keys(query))
            return
        if self._is_quick(query):
            self._take(self._reader.row_keys(query, PAGE), whole=False)
        self._read_on(self._jobs, query)

    def _read_on(self, jobs: Jobs, query: Query) -> None:
        self.is_loading = True
        self.loading.emit()

        def failed(error: BaseException) -> None:
            self.is_loading = False
            self.loaded.emit()
            if not isinstance(error, UserError):
                raise error

        jobs.ask(
            self, lambda context: context.reader.row_keys(query), title=READING, on_done=self._take, on_error=failed
        )

    def _is_big(self) -> bool:
        return self._reader.last_key(self.kind.name) > BIG

    def _is_quick(self, query: Query) -> bool:
        """Whether the first rows can be read without looking at all: no conditions, and an index that has the order."""
        if query.filters or query.text.strip():
            return False
        return not query.sort or (
            len(query.sort) == 1 and query.sort[0][0] in self._reader.quick_sorts(query.type_name)
        )

    def _take(self, keys: array[int], *, whole: bool = True) -> None:
        before = self._keys
        if whole:
            self.is_loading = False
        if len(keys) > len(before) > 0 and keys[: len(before)] == before:
            self.beginInsertRows(QModelIndex(), len(before), len(keys) - 1)
            self._keys = keys
            self._pages.pop((len(before) - 1) // PAGE, None)
            self.endInsertRows()
        elif keys == before and len(keys):
            self._pages.clear()
            self.dataChanged.emit(self.index(0, 0), self.index(len(keys) - 1, len(self.columns) - 1))
        else:
            self.beginResetModel()
            self._keys = keys
            self._pages.clear()
            self.endResetModel()
        if whole:
            self.loaded.emit()

    def refresh(self, query: Query | None = None) -> None:
        """Read everything anew: records changed, or others are asked for."""
        self._links.forget()
        self._pages.clear()
        self.set_query(query or self.query)

    def ask(self, question: Callable[[Reader], T], done: Callable[[T], None]) -> None:
        """Answer a question about the table: at once for a small one, off the UI thread for a big one; the newest alone."""
        if self._jobs is not None:
            self._jobs.ask_no_more(self, "table")
        if self._jobs is None or not self._is_big():
            done(question(self._reader))
        else:
            self._jobs.ask(self, lambda context: question(context.reader), title=READING, on_done=done, about="table")

    def close(self) -> None:
        """Stop reading (the window goes)."""
        if self._jobs is not None:
            self._jobs.close()

    # --- rows --------------------------------------------------------------------------------------------------------

    def _page(self, number: int) -> _Page:
        page = self._pages.get(number)
        if page is not None:
            self._pages.move_to_end(number)
            return page
        keys = self._keys[number * PAGE : (number + 1) * PAGE]
        found = {row.rowkey: row for row in self._reader.rows_by_keys(self.kind.name, keys)}
        rows = [found[key] for key in keys if key in found]
        if len(rows) < len(keys):  # gone meanwhile: the place stays until the next refresh
            rows = [found.get(key, rows[0] if rows else None) for key in keys]  # type: ignore[misc]
        page = _Page(rows, self._titles(rows))
        self._pages[number] = page
        while len(self._pages) > KEPT_PAGES:
            self._pages.popitem(last=False)
        return page

    def _titles(self, rows: Sequence[Row]) -> dict[str, str]:
        """Return the names of all records the shown columns of a page point to, one question a column."""
        out: dict[str, str] = {}
        for name in self.columns:
            field = self.kind.by_name.get(name)
            if field is None or field.kind is not Kind.LINK:
                continue
            ids = {value for row in rows if (value := getattr(row.record, name))}
            out.update(self._links.titles(field.target, ids))
        return out

    def row(self, number: int) -> Row | None:
        if not 0 <= number < len(self._keys):
            return None
        rows = self._page(number // PAGE).rows
        return rows[number % PAGE] if number % PAGE < len(rows) else None

    def find_rows(self, record_ids: Sequence[str]) -> list[int]:
        """Return the places of several records, those that are in the table, in one pass."""
        keys = self._reader.keys_of(self.kind.name, record_ids)
        return [n for n, key in enumerate(self._keys) if key in keys] if keys else []

    def find_row(self, record_id: str) -> int:
        """Return the place of a record, -1 when it is not in the table."""
        for key in self._reader.keys_of(self.kind.name, [record_id]):
            if key in self._keys:
                return self._keys.index(key)
        return -1

    def is_sortable(self, column: int) -> bool:
        return self.columns[column] in self._sorts

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort in SQL by a column."""
        if 0 <= column < len(self.columns) and self.is_sortable(column):
            name = self.columns[column]
            self.set_query(replace(self.query, sort=((name, order == Qt.SortOrder.DescendingOrder),)))

    # --- what Qt asks ------------------------------------------------------------------------------------------------

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._keys)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.columns)

    def _is_right(self, field: Field | None) -> bool:
        return field is not None and field.is_number

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        name = self.columns[index.column()]
        field = self.kind.by_name.get(name)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if self._is_right(field) else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.ForegroundRole,
                        Qt.ItemDataRole.FontRole, ROW_ROLE, RAW_ROLE):  # fmt: skip
            return None
        page = self._page(index.row() // PAGE)
        place = index.row() % PAGE
        row = page.rows[place] if place < len(page.rows) else None
        if row is None:
            return None
        if role == ROW_ROLE:
            return row
        if role == RAW_ROLE:
            return row.state if field is None else getattr(row.record, name)
        if role == Qt.ItemDataRole.ForegroundRole:
            return theme.colour("faint_text") if row.void else None
        if role == Qt.ItemDataRole.FontRole:
            return _struck() if row.void and field is not None else None
        if field is None:
            return state_text(row.state)
        value = getattr(row.record, name)
        if field.kind is Kind.LINK:
            return page.titles.get(value, "") if value else ""
        if field.form is Form.REGION and value and role == Qt.ItemDataRole.DisplayRole:
            return self._links.region_name(value) or value  # the tooltip has the code
        text = format_value(field, value, i18n.language())
        if role == Qt.ItemDataRole.DisplayRole and field.form is Form.LONG:
            return text.replace("\n", " ")
        return text

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(self.columns):
            return None
        field = self.kind.by_name.get(self.columns[section])
        if role == Qt.ItemDataRole.DisplayRole:
            if field is None:
                return tr(STATE)
            named = field.form is Form.REGION  # the cells have the name, their tooltip the code
            return field.place_heading(i18n.language()) if named else field.heading(i18n.language())
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if self._is_right(field) else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.ToolTipRole and field is not None and field.help is not None:
            return tr(field.help)
        return None

    def retranslate(self) -> None:
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(self.columns) - 1)
        if self._keys:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._keys) - 1, len(self.columns) - 1))


def _struck() -> QFont:
    from PySide6.QtWidgets import QApplication

    font = QFont(QApplication.font())
    font.setStrikeOut(True)
    return font
