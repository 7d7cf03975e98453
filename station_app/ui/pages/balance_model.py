"""The rows of a balance as a table shows them: filtered, sorted, said in the current language."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt
from PySide6.QtWidgets import QApplication

from station_app.domain.text import Text
from station_app.services.figures.balance import BalanceRow, BalanceTable, worst_first
from station_app.services.figures.rows import VIEW_SHORT
from station_app.ui import theme
from station_app.ui.charts.figures import Value, figure_text, unit_said
from station_app.ui.charts.gauge import GAUGE_ROLE, OVER, WITHIN, Gauge
from station_app.ui.grid_model import Index
from station_app.ui.i18n import tr

LEVEL_LABELS = {
    "household": Text("牧户", "Households"), "parcel": Text("地块", "Parcels"), "village": Text("嘎查村", "Villages"),
    "township": Text("苏木乡镇", "Townships"), "station": Text("全部合计", "Altogether"),
}  # fmt: skip
LEVEL_ONE = {
    "household": Text("牧户", "Household"), "parcel": Text("地块", "Parcel"), "village": Text("嘎查村", "Village"),
    "township": Text("苏木乡镇", "Township"), "station": Text("范围", "Whole"),
}  # fmt: skip
OVERLOADED, NOT_OVER = Text("超载", "overloaded"), Text("未超载", "not overloaded")
DOUBTFUL = Text("⚠ 存疑", "⚠ in doubt")
SOUND = Text("✓", "✓")
ACCEPTED, ENTERED = Text("✓ 已认可", "✓ accepted"), Text("○ 未认可", "○ not yet")
OF_VIEW = Text("{what}·{view}", "{what}, {view}")
WITH_UNIT = Text("{what}({unit})", "{what} ({unit})")
SURPLUS_TIP = Text("负数表示缺草", "Below zero: a shortage")


@dataclass(frozen=True, slots=True)
class BalanceColumn:
    """One column. ``value`` gives what is sorted by and, with ``places``, what is shown.

    Attributes:
        why: The name of the result that explains the cell, for F8.
    """

    key: str
    title: Text
    unit: str
    width: int
    value: Callable[[BalanceRow], Any]
    places: int = -1
    view: str = ""
    why: str = ""

    @property
    def right(self) -> bool:
        return self.places >= 0

    def heading(self) -> str:
        """Return the heading with view and unit."""
        what: Text = self.title if not self.view else OF_VIEW.format(what=self.title, view=VIEW_SHORT[self.view])
        return tr(WITH_UNIT, what=what, unit=unit_said(self.unit)) if self.unit else tr(what)

    def text(self, row: BalanceRow) -> str:
        """Return what the cell says."""
        value = self.value(row)
        if self.places >= 0:
            return figure_text(value, self.places) if value is not None else ""
        return tr(value) if isinstance(value, Text) else str(value or "")


RATE, OVER_SU, CAPACITY = Text("超载率", "Overload"), Text("超载", "Over by"), Text("载畜量", "Capacity")
GAUGE = Text("存栏占载畜量", "Stock of capacity")
STOCK = Text("存栏", "Stock")
GRADE = Text("等级", "Grade")
TRUST = Text("可信", "Trust")
AREA = Text("草场面积", "Land")
SUPPLY, DEMAND, SURPLUS = Text("供草", "Supply"), Text("需草", "Demand"), Text("余缺", "Surplus")
HOUSEHOLDS, HOUSEHOLDS_OVER = Text("户数", "Households"), Text("超载户", "Overloaded")
COMPARED, STOCK_COMPARED = Text("可算户", "Compared"), Text("可算存栏", "Stock compared")
STATE = Text("认可", "Accepted")
VILLAGE = Text("嘎查村", "Village")
CODE = Text("编码", "Code")


def columns_of(level: str, main: str, village_name: Callable[[str], str], others: Sequence[str]) -> list[BalanceColumn]:
    """Return the columns of a level: the main view first, the other views beside it."""

    def rate(view: str) -> Callable[[BalanceRow], Value]:
        return lambda row: row.view(view).rate_percent

    def capacity(view: str) -> Callable[[BalanceRow], Value]:
        return lambda row: row.view(view).capacity_su

    many = level not in ("household", "parcel")
    out = [BalanceColumn("name", LEVEL_ONE[level], "", 170 if many else 118, lambda row: row.name or row.code)]
    if not many:
        out.append(BalanceColumn("village", VILLAGE, "", 136, lambda row: village_name(row.village_code)))
    out += [
        BalanceColumn("gauge", GAUGE, "", 176, lambda row: gauge_of(row, main).percent, why=f"{main}_rate_percent"),
        BalanceColumn("rate", RATE, "%", 84, rate(main), 2, why=f"{main}_rate_percent"),
        BalanceColumn("over", OVER_SU, "SU", 100, lambda row: row.view(main).overloaded_su, 1,
                      why=f"{main}_overloaded_su"),
        BalanceColumn("grade", GRADE, "", 112, lambda row: grade_text(row, main), why=f"{main}_rate_percent"),
        BalanceColumn("trust", TRUST, "", 76, lambda row: DOUBTFUL if row.doubtful else SOUND),
        BalanceColumn("stock", STOCK, "SU", 106, lambda row: row.stock_su, 1, why="stock_su"),
        BalanceColumn("capacity", CAPACITY, "SU", 112, capacity(main), 1, why=f"{main}_capacity_su"),
    ]  # fmt: skip
    for view in others:
        out += [
            BalanceColumn(f"rate_{view}", RATE, "%", 122, rate(view), 2, view, f"{view}_rate_percent"),
            BalanceColumn(f"capacity_{view}", CAPACITY, "SU", 150, capacity(view), 1, view, f"{view}_capacity_su"),
        ]
    if many:
        out += [
            BalanceColumn("households", HOUSEHOLDS, "", 76, lambda row: Decimal(row.households), 0),
            BalanceColumn("compared", COMPARED, "", 88, lambda row: Decimal(row.view(main).households), 0),
            BalanceColumn("stock_compared", STOCK_COMPARED, "SU", 120, lambda row: row.view(main).stock_su, 1),
            BalanceColumn(
                "households_over", HOUSEHOLDS_OVER, "", 88, lambda row: Decimal(row.view(main).overloaded), 0
            ),
        ]
    return [
        *out,
        BalanceColumn("area", AREA, "mu", 112, lambda row: row.area_mu, 1),
        BalanceColumn("supply", SUPPLY, "kg", 112, lambda row: row.supply_kg, 0, why="supply_kg"),
        BalanceColumn("demand", DEMAND, "kg", 112, lambda row: row.demand_kg, 0, why="demand_kg"),
        BalanceColumn("surplus", SURPLUS, "kg", 112, lambda row: row.surplus_kg, 0, why="surplus_kg"),
        BalanceColumn("state", STATE, "", 96, lambda row: ACCEPTED if row.accepted else ENTERED),
    ]


def gauge_of(row: BalanceRow, view: str) -> Gauge:
    """Return stock against capacity; of many households, those whose capacity is known."""
    figures = row.view(view)
    return Gauge(row.stock_su if figures.stock_su is None else figures.stock_su, figures.capacity_su)


def is_over(row: BalanceRow, view: str) -> bool:
    """Whether a row carries more than its capacity in a view."""
    return bool(row.view(view).overloaded_su)


def grade_text(row: BalanceRow, view: str) -> str:
    """Return sign and word of the grade; empty where there is no rate."""
    figures = row.view(view)
    if figures.overloaded_su is None:
        return ""
    word = figures.grade or (OVERLOADED if figures.overloaded_su else NOT_OVER)
    return f"{OVER if figures.overloaded_su else WITHIN} {tr(word)}"


class BalanceModel(QAbstractTableModel):
    """The rows in sight, worst first until a heading says otherwise."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.columns: list[BalanceColumn] = []
        self.main_view = "natural"
        self.rows: list[BalanceRow] = []
        self._all: list[BalanceRow] = []
        self._keep: Callable[[BalanceRow], bool] = lambda row: True
        self._sort: tuple[str, bool] | None = None

    def show(self, table: BalanceTable | None, columns: Sequence[BalanceColumn], main_view: str,
             keep: Callable[[BalanceRow], bool]) -> None:  # fmt: skip
        """Show those rows of another balance that fulfil a condition, or of the same in another view."""
        self.beginResetModel()
        self._keep = keep
        self.columns, self.main_view = list(columns), main_view
        self._all = list(table.rows) if table is not None else []
        if self._sort is not None and self._sort[0] not in {c.key for c in self.columns}:
            self._sort = None
        self._arrange()
        self.endResetModel()

    def keep(self, condition: Callable[[BalanceRow], bool]) -> None:
        """Show only rows that fulfil a condition."""
        self.beginResetModel()
        self._keep = condition
        self._arrange()
        self.endResetModel()

    @property
    def sorting(self) -> tuple[str, bool] | None:
        """Column key and whether it falls; ``None``: worst first."""
        return self._sort

    def sort_by(self, sorting: tuple[str, bool] | None) -> None:
        """Sort by a column, or worst first."""
        self.beginResetModel()
        self._sort = sorting
        self._arrange()
        self.endResetModel()

    def _arrange(self) -> None:
        kept = [row for row in self._all if self._keep(row)]
        if self._sort is None:
            self.rows = worst_first(kept, self.main_view)
            return
        key, falling = self._sort
        column = next(c for c in self.columns if c.key == key)
        known = [(value, row) for row in kept if (value := _sortable(column.value(row))) is not None]
        unknown = [row for row in kept if _sortable(column.value(row)) is None]
        known.sort(key=lambda pair: pair[0], reverse=falling)
        self.rows = [*(row for _, row in known), *unknown]

    def row_of(self, key: str) -> int:
        """Return where the row with a key stands, -1 when it is not in sight."""
        return next((n for n, row in enumerate(self.rows) if row.key == key), -1)

    def column_of(self, key: str) -> int:
        """Return the number of a column, -1 when there is none."""
        return next((n for n, column in enumerate(self.columns) if column.key == key), -1)

    # --- as every model

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self.rows):
            return None
        return cell(self.rows[index.row()], self.columns[index.column()], self.main_view, role)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is not Qt.Orientation.Horizontal or section >= len(self.columns):
            return None
        column = self.columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.heading()
        if role == Qt.ItemDataRole.ToolTipRole:
            return tr(SURPLUS_TIP) if column.key == "surplus" else column.heading()
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if column.right else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        return None

    def retranslate(self) -> None:
        """Say everything in another language."""
        if self.columns:
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(self.columns) - 1)
            if self.rows:
                self.dataChanged.emit(self.index(0, 0), self.index(len(self.rows) - 1, len(self.columns) - 1))


def cell(row: BalanceRow, column: BalanceColumn, main_view: str, role: int) -> Any:
    """Return what a cell of a row, or of a sum, says and how it looks."""
    if column.key == "gauge" and role in (GAUGE_ROLE, Qt.ItemDataRole.DisplayRole):
        gauge = gauge_of(row, main_view)
        return gauge if role == GAUGE_ROLE else gauge.said()
    if role == Qt.ItemDataRole.DisplayRole:
        return column.text(row)
    if role == Qt.ItemDataRole.ToolTipRole:
        if column.key in ("trust", "name") and row.problems:
            return "\n".join(tr(found.text) for found in row.problems[:8])
        return column.text(row) or None
    if role == Qt.ItemDataRole.TextAlignmentRole:
        side = Qt.AlignmentFlag.AlignRight if column.right else Qt.AlignmentFlag.AlignLeft
        return side | Qt.AlignmentFlag.AlignVCenter
    if role == Qt.ItemDataRole.ForegroundRole:
        if column.key == "trust":
            return theme.colour("warn" if row.doubtful else "soft_text")
        if column.key == "grade" and row.view(main_view).overloaded_su is not None:
            return theme.colour("error" if is_over(row, main_view) else "ok")
        if column.key == "state":
            return theme.colour("ok" if row.accepted else "soft_text")
        if column.key == "surplus" and row.surplus_kg is not None and row.surplus_kg < 0:
            return theme.colour("error")
    if role == Qt.ItemDataRole.FontRole and column.key in ("rate", "name"):
        font = QApplication.font()
        font.setBold(column.key == "rate")
        return font
    return None


def _sortable(value: Any) -> Any:
    if isinstance(value, Text):
        return tr(value)
    return None if value in (None, "") else value
