"""The rows of a ledger as a table shows them: value, range, what it is worth; sums below, never across ledgers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QItemSelectionModel, QModelIndex, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QMenu, QVBoxLayout, QWidget

from station_app.domain.text import Text
from station_app.services.figures.carbon_rows import CHANGE, EMISSIONS, PLACES, STOCK, UNITS, LedgerRow
from station_app.ui import theme
from station_app.ui.charts.figures import figure_text, unit_said
from station_app.ui.grid_model import Index, write_block
from station_app.ui.i18n import Retranslated, tr
from station_app.ui.pages.balance_model import DOUBTFUL, ENTERED, LEVEL_ONE, SOUND
from station_app.ui.parts import label
from station_app.ui.record_table import ListTable
from station_app.ui.why_panel import WHY

WITH_UNIT = Text("{what}({unit})", "{what} ({unit})")
VALUE = {
    STOCK: Text("碳储量", "Stock"),
    CHANGE: Text("年变化 ΔC", "Change ΔC"),
    EMISSIONS: Text("年排放", "Emitted"),
}
RANGE = Text("95% 范围", "95 % range")
HALF, HALF_TIP = (
    Text("±%", "±%"),
    Text("不确定性：95% 半宽占数值的百分比", "Uncertainty: 95 % half-width in percent of the value"),
)
RANK, OVERLAPS, NO_RANGE = Text("名次", "Rank"), Text("重叠", "overlaps"), Text("无范围", "no range")
TRUST = Text("可信", "Trust")
AREA = Text("面积", "Area")
DENSITY = Text("密度", "Density")
CO2 = Text("以 CO2 计（移除为负）", "In CO2 (removal below zero)")
ITEMS = {STOCK: Text("地块", "Parcels"), CHANGE: Text("登记", "Registered"), EMISSIONS: Text("已清点户", "Counted")}
VILLAGE = Text("嘎查村", "Village")
STATE = Text("认可", "Accepted")
ACCEPTED = Text("✓ 已认可", "✓ accepted")
TOTAL, ACCEPTED_TOTAL = Text("合计", "Total"), Text("已认可合计", "Total accepted")
MISSING = Text("—", "—")
NOTHING = Text("没有符合条件的行", "No row fits")
OPEN = Text("打开记录（Enter）", "Open the record (Enter)")
COPY = Text("复制所选行（Ctrl+C）", "Copy the selected rows (Ctrl+C)")
RANGE_SAID = Text("{low} 至 {high}", "{low} to {high}")


@dataclass(frozen=True, slots=True)
class LedgerColumn:
    """One column: what a row says in it."""

    key: str
    title: Text
    unit: str
    width: int
    text: Callable[[LedgerRow], str]
    right: bool = False

    def heading(self) -> str:
        """Return the heading with its unit."""
        return tr(WITH_UNIT, what=self.title, unit=unit_said(self.unit)) if self.unit else tr(self.title)


def columns_of(ledger: str, level: str, village_name: Callable[[str], str], at_county: bool) -> list[LedgerColumn]:
    """Return the columns of a ledger at a level."""
    places = PLACES[ledger]

    def number(read: Callable[[LedgerRow], Decimal | None], digits: int) -> Callable[[LedgerRow], str]:
        return lambda row: figure_text(read(row), digits) or tr(MISSING)

    out = [
        LedgerColumn("name", LEVEL_ONE[level], "", 158, lambda row: row.name or row.code),
        LedgerColumn("value", VALUE[ledger], UNITS[ledger], 118, number(lambda row: row.value, places), True),
        LedgerColumn("range", RANGE, UNITS[ledger], 168, lambda row: range_text(row, places), True),
        LedgerColumn("half", HALF, "", 62, number(lambda row: row.uncertainty_percent, 1), True),
        LedgerColumn("trust", TRUST, "", 90, lambda row: tr(DOUBTFUL if row.doubtful else SOUND) if row.value is not None else ""),
        LedgerColumn("rank", RANK, "", 78, rank_text),
    ]  # fmt: skip
    if level in ("household", "parcel"):
        out.insert(1, LedgerColumn("village", VILLAGE, "", 130, lambda row: village_name(row.village_code)))
    if ledger == CHANGE:
        out.append(LedgerColumn("co2", CO2, "t CO2/a", 150, number(lambda row: row.co2_t, 1), True))
    if ledger == STOCK:
        out.append(LedgerColumn("density", DENSITY, "t C/ha", 120, number(lambda row: row.per_ha, 2), True))
    if ledger != EMISSIONS:
        out.append(LedgerColumn("area", AREA, "ha", 110, number(lambda row: row.area_ha, 2), True))
    out.append(LedgerColumn("items", ITEMS[ledger], "", 90, lambda row: f"{row.items:,}", True))
    if at_county:
        out.insert(1, LedgerColumn("state", STATE, "", 92, lambda row: tr(ACCEPTED if row.accepted else ENTERED)))
    return out


def range_text(row: LedgerRow, places: int) -> str:
    """Return the ends of the range; a dash where there is none."""
    if row.low is None or row.high is None:
        return tr(MISSING)
    return tr(RANGE_SAID, low=figure_text(row.low, places), high=figure_text(row.high, places))


def rank_text(row: LedgerRow) -> str:
    """Return the rank, or why there is none."""
    if row.value is None or row.level == "station":
        return ""
    if row.rank is not None:
        return str(row.rank)
    return tr(NO_RANGE if row.low is None else OVERLAPS)


class LedgerModel(QAbstractTableModel):
    """Rows in the order of their codes, then the sums."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.columns: list[LedgerColumn] = []
        self.rows: list[LedgerRow] = []
        self.sums: list[LedgerRow] = []

    def show(self, columns: Sequence[LedgerColumn], rows: Sequence[LedgerRow], sums: Sequence[LedgerRow]) -> None:
        """Show other rows."""
        self.beginResetModel()
        self.columns, self.rows, self.sums = list(columns), list(rows), list(sums)
        self.endResetModel()

    def row_at(self, number: int) -> LedgerRow | None:
        """Return a row, or a sum below them."""
        every = [*self.rows, *self.sums]
        return every[number] if 0 <= number < len(every) else None

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows) + len(self.sums)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.row_at(index.row()) if index.isValid() else None
        if row is None:
            return None
        column, is_sum = self.columns[index.column()], index.row() >= len(self.rows)
        if role == Qt.ItemDataRole.DisplayRole:
            if is_sum and column.key == "name":
                return tr(ACCEPTED_TOTAL if any(c.key == "state" for c in self.columns) else TOTAL)
            return "" if is_sum and column.key in ("rank", "village", "state") else column.text(row)
        if role == Qt.ItemDataRole.ToolTipRole:
            if row.problems and column.key in ("name", "value", "range", "trust", "rank"):
                return "\n".join(tr(found.text) for found in row.problems[:8])
            return column.text(row) or None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if column.right else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.ForegroundRole:
            return self._colour(row, column)
        if role == Qt.ItemDataRole.FontRole and (is_sum or column.key == "value"):
            font = QApplication.font()
            font.setBold(True)
            return font
        return None

    def _colour(self, row: LedgerRow, column: LedgerColumn) -> Any:
        if column.key == "trust":
            return theme.colour("warn" if row.doubtful else "soft_text")
        if column.key == "rank" and row.rank is None:
            return theme.colour("soft_text")
        if column.key == "state":
            return theme.colour("ok" if row.accepted else "soft_text")
        if row.value is None and column.key in ("name", "value"):
            return theme.colour("soft_text")
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is not Qt.Orientation.Horizontal or section >= len(self.columns):
            return None
        column = self.columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.heading()
        if role == Qt.ItemDataRole.ToolTipRole:
            return tr(HALF_TIP) if column.key == "half" else column.heading()
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if column.right else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        return None

    def retranslate(self) -> None:
        """Say everything in another language."""
        if self.columns:
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(self.columns) - 1)
            if self.rowCount():
                self.dataChanged.emit(self.index(0, 0), self.index(self.rowCount() - 1, len(self.columns) - 1))


class LedgerTable(QWidget, Retranslated):
    """The table of one ledger.

    Keys: Enter opens the record of a row, Ctrl+C copies (with Shift: with headings), a letter goes to the filter.

    Signals:
        opened(row), picked(row or None), why_asked(), letter(text).
    """

    opened = Signal(object)
    picked = Signal(object)
    why_asked = Signal()
    letter = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.follow_language()
        self.model = LedgerModel(self)
        self.table = ListTable()
        self.table.setModel(self.model)
        self.table.horizontalHeader().setStretchLastSection(False)
        self.table.open_row.connect(self._open)
        self.table.copy_rows.connect(self.copy)
        self.table.letter.connect(self.letter.emit)
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.table.customContextMenuRequested.connect(self._menu)
        self.table.selectionModel().currentRowChanged.connect(lambda *_: self.picked.emit(self.current()))
        self._nothing = label("", state="muted")
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.say(self._nothing.setText, NOTHING)
        self._nothing.hide()
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(self.table, 1)
        box.addWidget(self._nothing)
        self.setFocusProxy(self.table)
        theme.signals().changed.connect(self._size)

    def show_rows(self, columns: Sequence[LedgerColumn], rows: Sequence[LedgerRow], sums: Sequence[LedgerRow]) -> None:
        """Show rows and their sums; the row that was current stays so."""
        before = self.current()
        same = [c.key for c in columns] == [c.key for c in self.model.columns]
        self.model.show(columns, rows, sums)
        if not same:
            self._size()
        if rows or sums:
            key = (before.key, before.part) if before is not None else None
            at = next((n for n, row in enumerate(rows) if (row.key, row.part) == key), 0)
            self.table.choose_row(at)
        self._nothing.setVisible(not rows)

    def current(self) -> LedgerRow | None:
        """Return the current row."""
        return self.model.row_at(self.table.currentIndex().row())

    def select(self, key: str) -> bool:
        """Go to a row; ``False`` when it is not in sight."""
        at = next((n for n, row in enumerate(self.model.rows) if row.key == key), -1)
        if at < 0:
            return False
        flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
        self.table.selectionModel().setCurrentIndex(self.model.index(at, 0), flags)
        self.table.scrollTo(self.model.index(at, 0))
        return True

    def _size(self) -> None:
        made = theme.current()
        self.table.verticalHeader().setDefaultSectionSize(made.row)
        header = self.table.horizontalHeader()
        for number, column in enumerate(self.model.columns):
            heading = header.fontMetrics().horizontalAdvance(column.heading()) * 11 // 10 + 20
            header.resizeSection(number, max(round(column.width * made.font_pt / 10), heading))

    def _open(self, _row: int) -> None:
        row = self.current()
        if row is not None:
            self.opened.emit(row)

    def copy(self, with_headings: bool = False) -> None:
        """Copy the selected rows as a spreadsheet takes them."""
        numbers = sorted(index.row() for index in self.table.selectionModel().selectedRows())
        block = [[column.heading() for column in self.model.columns]] if with_headings else []
        for number in numbers:
            cells = [self.model.index(number, c).data() for c in range(len(self.model.columns))]
            block.append([str(cell or "") for cell in cells])
        QGuiApplication.clipboard().setText(write_block(block))

    def _menu(self, at: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for text, act in ((WHY, self.why_asked.emit), (OPEN, lambda: self._open(0)), (COPY, self.copy)):
            menu.addAction(tr(text)).triggered.connect(lambda _checked=False, do=act: do())
        menu.popup(self.table.viewport().mapToGlobal(at))

    def retranslate(self) -> None:
        super().retranslate()
        self.model.retranslate()
        self._size()
