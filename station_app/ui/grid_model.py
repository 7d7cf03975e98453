"""Cells of typed text with undo, problems and pasting: what the grids and the lists inside forms stand on."""

from __future__ import annotations

import csv
import io
import itertools
import uuid
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from station_app.domain.codes import code_list, has_list
from station_app.domain.fields import Field, Kind
from station_app.domain.problems import Problem, Severity
from station_app.domain.registry import has_type, record_type
from station_app.domain.text import CHINESE, Text
from station_app.domain.units import unit_text
from station_app.domain.validation import parse_value
from station_app.domain.value_text import format_value
from station_app.ui import i18n
from station_app.ui.cell_history import CellHistory
from station_app.ui.i18n import tr
from station_app.ui.pick_edit import code_name, yes_no_name

Index = QModelIndex | QPersistentModelIndex
Cell = tuple[int, str, str]
"""Row number, column key, text."""
Face = tuple[str, Severity | None, str]
"""What a cell looks like: its text, the worst problem, the state where the column shows it."""

PROBLEM_ROLE = Qt.ItemDataRole.UserRole + 10
STATE_ROLE = Qt.ItemDataRole.UserRole + 11
_WIDEST_COLUMN = 24
PASTE_ROWS, PASTE_COLUMNS = 20_000, 500


@dataclass(frozen=True)
class GridColumn:
    """One column. ``field`` says what is typed in it; columns of one ``group`` stand under a common heading."""

    key: str
    title: Text
    field: Field | None = None
    group: Text | None = None
    editable: bool = True
    characters: int = 8
    state: bool = False
    derived: Callable[[GridRow], str] | None = None  # computed from the row, never typed
    number: bool = False  # a derived figure stands right without a field

    @property
    def right(self) -> bool:
        return self.number or (self.field is not None and self.field.is_number)

    def heading(self) -> str:
        """Return the heading with its unit."""
        unit = unit_text(self.field.unit, i18n.language()) if self.field is not None else ""
        title = tr(self.title)
        if not unit or self.group is not None:
            return title
        return f"{title}({unit})" if i18n.language() == CHINESE else f"{title} ({unit})"


@dataclass(eq=False, slots=True)
class GridRow:
    """One row: its texts as typed, and what the owner found about it. Of one that is ``unread`` only the name is known."""

    key: str
    label: str = ""
    texts: dict[str, str] = field(default_factory=dict)
    beside: dict[str, str] = field(default_factory=dict)  # what stood here the last time, by column
    problems: dict[str, list[Problem]] = field(default_factory=dict)
    state: str = ""
    payload: Any = None
    faces: list[Face] | None = None  # as last shown, kept by the model
    read: Callable[[], None] | None = None  # brings what stands in the row, while it waits for that

    @classmethod
    def unread(cls, key: str, label: str, read: Callable[[], None]) -> GridRow:
        """Return a row that has ``read`` called when somebody first looks into it; it fills the row, and others with it."""
        row = cls.__new__(cls)
        row.key, row.label, row.faces, row.read = key, label, None, read
        return row

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:  # asked for what is not there: an unread row has no texts yet
            if name not in self.__slots__:
                raise AttributeError(name)
            self.read()
            return object.__getattribute__(self, name)

    def text(self, key: str) -> str:
        return self.texts.get(key, "")

    def is_blank(self) -> bool:
        return not any(text.strip() for text in self.texts.values())

    def put(self, key: str, text: str) -> None:
        if text:
            self.texts[key] = text
        else:
            self.texts.pop(key, None)

    def worst(self, key: str) -> Severity | None:
        """Return the worst severity at a column."""
        found = self.problems.get(key)
        return min((p.severity for p in found), key=lambda s: s.rank) if found else None


class GridModel(QAbstractTableModel):
    """Rows of typed texts.

    Signals:
        edited(rows): texts of these rows were changed by a person (typing, pasting, undo).
        rows_changed(): rows were added or taken away by a person.
    """

    edited = Signal(object)
    rows_changed = Signal()

    def __init__(
        self, columns: Sequence[GridColumn], *, growing: bool = False, link_title: Callable[[str, str], str | None] |
        None = None, parent: QObject | None = None,
    ) -> None:  # fmt: skip
        """``growing``: a blank last row is always there; ``link_title(type, id)`` names linked records."""
        super().__init__(parent)
        self.columns = list(columns)
        self.rows: list[GridRow] = []
        self._numbers: dict[str, int] = {}  # row numbers by key, built when asked for
        self.history = CellHistory()
        self.growing = growing
        self.read_only = False
        self._link_title = link_title or (lambda _type, _id: None)

    # --- layout ------------------------------------------------------------------------------------------------------

    def set_columns(self, columns: Sequence[GridColumn]) -> None:
        """Show other columns; the texts of the others stay in the rows."""
        self.beginResetModel()
        self.columns = list(columns)
        for row in self.rows:
            row.faces = None
        self.endResetModel()

    def set_rows(
        self, rows: Sequence[GridRow], columns: Sequence[GridColumn] | None = None, *, same: bool = False
    ) -> None:
        """Show other rows (and columns). Undo begins anew, unless the same rows were only read again (``same``)."""
        self.beginResetModel()
        if columns is not None:
            self.columns = list(columns)
        if not same:
            self.history.clear()
        self.rows = list(rows)
        self._numbers.clear()
        if self.growing and not self.read_only:
            self._grow_silently()
        self.endResetModel()

    def column_of(self, key: str) -> int:
        """Return the number of a column, -1 when it is not shown."""
        return next((i for i, c in enumerate(self.columns) if c.key == key), -1)

    def row_of(self, key: str) -> int:
        """Return the number of a row, -1 when it is not there."""
        if len(self._numbers) != len(self.rows):
            self._numbers = {row.key: number for number, row in enumerate(self.rows)}
        return self._numbers.get(key, -1)

    def row(self, key: str) -> GridRow | None:
        """Return the row of a key, ``None`` when it is not there."""
        number = self.row_of(key)
        return self.rows[number] if number >= 0 else None

    def blank_row(self) -> GridRow:
        """Return a new row nobody has typed in."""
        return GridRow(key=f"new-{uuid.uuid4().hex[:12]}")  # stands in drafts: never used twice

    def _grow_silently(self) -> None:
        if not self.rows or not self.rows[-1].is_blank():
            self.rows.append(self.blank_row())

    def grow(self, least: int = 0) -> None:
        """Make sure of a blank last row, and of ``least`` rows at all."""
        while len(self.rows) < least or (self.growing and (not self.rows or not self.rows[-1].is_blank())):
            self.beginInsertRows(QModelIndex(), len(self.rows), len(self.rows))
            self.rows.append(self.blank_row())
            self.endInsertRows()

    def remove_rows(self, numbers: Iterable[int]) -> None:
        """Take rows away; one step of undo."""
        chosen = sorted({n for n in numbers if 0 <= n < len(self.rows)}, reverse=True)
        if chosen and not self.read_only:
            self.history.push(_RemoveRows(self, chosen))

    def insert_row(self, number: int, row: GridRow) -> None:
        """Put a row in at ``number`` without undo."""
        self.beginInsertRows(QModelIndex(), number, number)
        self.rows.insert(number, row)
        self._numbers.clear()
        self.endInsertRows()

    def take_row(self, number: int) -> GridRow:
        """Take a row out without undo."""
        self.beginRemoveRows(QModelIndex(), number, number)
        row = self.rows.pop(number)
        self._numbers.clear()
        self.endRemoveRows()
        return row

    # --- what Qt asks ------------------------------------------------------------------------------------------------

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.columns)

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        if self.is_editable(index.column()):
            flags |= Qt.ItemFlag.ItemIsEditable
        return flags

    def is_editable(self, column: int) -> bool:
        """Whether something can be typed in a column."""
        return self.columns[column].editable and not self.read_only

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row, column = self.rows[index.row()], self.columns[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self.shown(row, column)
        if role == Qt.ItemDataRole.EditRole:
            return row.text(column.key)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if column.right else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        if role == PROBLEM_ROLE:
            return row.worst(column.key)
        if role == STATE_ROLE:
            return row.state if column.state else None
        if role == Qt.ItemDataRole.ToolTipRole:
            found = row.problems.get(column.key)
            return "\n".join(tr(p.text) for p in found) if found else None
        return None

    def shown(self, row: GridRow, column: GridColumn) -> str:
        """Return how a cell reads: parsed and formatted, or as typed while it cannot be read."""
        text = row.text(column.key) if column.derived is None else column.derived(row)
        if not text or column.field is None:
            return text
        if column.field.name == "record_type" and has_type(text):
            return tr(record_type(text).label)
        if column.field.kind is Kind.CODE:
            return code_name(column.field.codes, text) or text
        if column.field.kind is Kind.BOOL:
            return yes_no_name(text) or text
        if column.field.coefficients:
            return self._link_title(f"{column.field.coefficients}@", text) or text
        if column.field.kind is Kind.LINK:
            return self._link_title(column.field.target, text) or text
        value, wrong = parse_value(column.field, text)
        if value in (None, ()) or (wrong is not None and wrong.severity is Severity.ERROR):
            return text
        return format_value(column.field, value, i18n.language())

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.EditRole or not index.isValid() or not self.is_editable(index.column()):
            return False
        return self.type_in([(index.row(), self.columns[index.column()].key, str(value).strip())])

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation is Qt.Orientation.Horizontal:
            if not 0 <= section < len(self.columns):
                return None
            column = self.columns[section]
            if role == Qt.ItemDataRole.DisplayRole:
                return column.heading()
            if role == Qt.ItemDataRole.TextAlignmentRole:
                side = Qt.AlignmentFlag.AlignRight if column.right else Qt.AlignmentFlag.AlignLeft
                return side | Qt.AlignmentFlag.AlignVCenter
            if role == Qt.ItemDataRole.ToolTipRole and column.field is not None and column.field.help is not None:
                return tr(column.field.help)
        elif 0 <= section < len(self.rows):
            row = self.rows[section]
            if role == Qt.ItemDataRole.DisplayRole:
                if row.label:
                    return row.label
                return "＊" if self.growing and row.is_blank() and section == len(self.rows) - 1 else str(section + 1)
            if role == Qt.ItemDataRole.TextAlignmentRole:
                side = Qt.AlignmentFlag.AlignLeft if row.label else Qt.AlignmentFlag.AlignHCenter
                return side | Qt.AlignmentFlag.AlignVCenter
        return None

    # --- changing ----------------------------------------------------------------------------------------------------

    def type_in(self, cells: Iterable[Cell]) -> bool:
        """Put texts in as typed by a person, as one step of undo; cells that do not change are left out."""
        changed = [
            (n, key, text) for n, key, text in cells
            if n >= len(self.rows) or self.rows[n].text(key) != text
        ]  # fmt: skip
        if not changed:
            return False
        if self.growing:
            self.grow(max(n for n, _, _ in changed) + 1)
        self.history.push(_TypeIn(self, changed))
        return True

    def put(self, cells: Sequence[Cell]) -> None:
        """Put texts in without undo and tell the views and the owner."""
        for number, key, text in cells:
            self.rows[number].put(key, text)
        touched = sorted({number for number, _, _ in cells})
        self.tell(touched)
        self.edited.emit(touched)
        if self.growing:
            self.grow()

    def tell(self, rows: Sequence[int]) -> None:
        """Let the views draw anew what looks different now in these rows."""
        whole: list[int] = []
        for number in rows:
            row = self.rows[number]
            before, row.faces = row.faces, None
            after = self.faces(row)
            if before is None or len(before) != len(after):
                whole.append(number)
                continue
            for first, end in _runs(n for n, face in enumerate(after) if face != before[n]):
                self.dataChanged.emit(self.index(number, first), self.index(number, end))
        for first, end in _runs(whole):
            self.dataChanged.emit(self.index(first, 0), self.index(end, len(self.columns) - 1))

    def faces(self, row: GridRow) -> list[Face]:
        """Return what the cells of a row look like; computed when the row is told about, or first shown."""
        if row.faces is None:
            row.faces = [
                (self.shown(row, c), row.worst(c.key), row.state if c.state else "") for c in self.columns
            ]  # fmt: skip
        return row.faces

    def set_problems(self, row: GridRow, found: Iterable[tuple[str, Problem]]) -> None:
        """Keep what was found about a row, by column key; the owner then tells the views."""
        row.problems = {}
        for key, each in found:
            row.problems.setdefault(key, []).append(each)

    def retranslate(self) -> None:
        """Show everything in the current language."""
        for row in self.rows:
            row.faces = None
        if self.columns:
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(self.columns) - 1)
        if self.rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.rows) - 1, len(self.columns) - 1))
            self.headerDataChanged.emit(Qt.Orientation.Vertical, 0, len(self.rows) - 1)


class _TypeIn:
    """Cells before and after."""

    def __init__(self, model: GridModel, cells: Sequence[Cell]) -> None:
        self._model = model
        # Rows are remembered by key: other rows may come and go before an undo.
        self._after = [(model.rows[n].key, key, text) for n, key, text in cells]
        self._before = [(model.rows[n].key, key, model.rows[n].text(key)) for n, key, _ in cells]

    def _put(self, there: list[tuple[str, str, str]], cells: list[tuple[str, str, str]]) -> None:
        """Put texts in where still stands what this step left; what was typed over it since stays."""
        found = []
        for (row_key, key, now), (_, _, text) in zip(there, cells, strict=True):
            number = self._model.row_of(row_key)
            if number >= 0 and self._model.rows[number].text(key) == now:
                found.append((number, key, text))
        if found:
            self._model.put(found)

    def redo(self) -> None:
        self._put(self._before, self._after)

    def undo(self) -> None:
        self._put(self._after, self._before)

    def touches(self, row_key: str) -> bool:
        return any(row == row_key for row, _, _ in self._after)

    def let_go(self, row_keys: Collection[str]) -> bool:
        self._after = [cell for cell in self._after if cell[0] not in row_keys]
        self._before = [cell for cell in self._before if cell[0] not in row_keys]
        return not self._after


class _RemoveRows:
    def __init__(self, model: GridModel, numbers: Sequence[int]) -> None:
        self._model = model
        self._numbers = list(numbers)  # from the last to the first
        self._taken: list[GridRow] = []

    def redo(self) -> None:
        self._taken = [self._model.take_row(n) for n in self._numbers]
        self._model.grow()
        self._model.rows_changed.emit()

    def undo(self) -> None:
        for number, row in zip(reversed(self._numbers), reversed(self._taken), strict=True):
            self._model.insert_row(min(number, len(self._model.rows)), row)
        self._model.rows_changed.emit()

    def touches(self, row_key: str) -> bool:
        return True  # the row is gone: it comes back wherever the cursor stands

    def let_go(self, row_keys: Collection[str]) -> bool:
        return False


def _runs(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Return first and last of each unbroken run of row numbers."""
    out: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        if out and number == out[-1][1] + 1:
            out[-1] = (out[-1][0], number)
        else:
            out.append((number, number))
    return out


def read_block(text: str) -> list[list[str]]:
    """Return the cells of a block copied from a spreadsheet (tabs and lines, quotes around cells with lines)."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    quoted = '"' in text
    read = csv.reader(io.StringIO(text), delimiter="\t") if quoted else (line.split("\t") for line in text.split("\n"))
    rows = [row[:PASTE_COLUMNS] for row in itertools.islice(read, PASTE_ROWS)]
    while rows and not any(cell.strip() for cell in rows[-1]):
        rows.pop()
    return [[" ".join(cell.split()) for cell in row] for row in rows]


def write_block(rows: Iterable[Sequence[str]]) -> str:
    """Return cells as a spreadsheet takes them."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_MINIMAL)
    writer.writerows(rows)
    return out.getvalue()


def column_characters(item: Field) -> int:
    """Return a sensible width of a field's column, in digits."""
    if item.is_number:
        return 9 + item.places // 2
    if item.kind in (Kind.DATE, Kind.BOOL):
        return 11
    if item.kind is Kind.INSTANT:
        return 19
    if item.kind is Kind.LINK:
        return 28
    if item.kind in (Kind.CODE, Kind.CODES) and has_list(item.codes):
        labels = code_list(item.codes).labels.values()
        widest = max((len(t.zh) * 2 if i18n.language() == CHINESE else len(t.en) for t in labels), default=8)
        return max(8, min(widest, _WIDEST_COLUMN))
    if item.max_length <= _WIDEST_COLUMN:
        return item.max_length + 1  # codes and numbers are read whole
    return min(max(12, item.max_length // 4), 22)
