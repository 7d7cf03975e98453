"""Targets and gaps as a tree: each target below its parent, goal, actual, gap, trend, cause, measure and deadline beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, Qt
from PySide6.QtGui import QColor, QFont
from PySide6.QtWidgets import QApplication

from station_app.domain.calc.gap import decimals
from station_app.domain.codes import label_of, word_of
from station_app.domain.text import CHINESE, Text
from station_app.services.figures.gap_rows import GapRow, GapTable
from station_app.ui import i18n, theme
from station_app.ui.charts import BarChart, LineChart, Series
from station_app.ui.charts.figures import figure_text
from station_app.ui.grid_model import Index
from station_app.ui.i18n import tr

TARGET = Text("目标", "Target")
REACHED, MISSED = Text("✓ 已达到", "✓ reached"), Text("△ 未达到", "△ not reached")
NO_ACTUAL, NO_TARGET = Text("? 没有实际值", "? no actual value"), Text("— 没有目标", "— no target")
NOT_ACCEPTED = Text("{verdict} · 未认可", "{verdict} · not accepted")
FROM_RECORDS = Text("按记录计算：{how}", "Computed from the records: {how}")
REPORTED = Text("填报：{how}", "Reported: {how}")
REVISED = Text("最初 {first}，后调整", "First {first}, revised since")
UNCERTAIN = Text("⚠ 依据不全或系数未核实", "⚠ rests on a part, or on unverified coefficients")
GOAL, ACTUAL, PLACES = Text("目标", "Goal"), Text("实际", "Actual"), Text("地区", "Place")
BESIDE = Text("{indicator}：目标与实际，{year} 年", "{indicator}: goal and actual, {year}")
YEARS = Text("{name}：历年目标与实际", "{name}: goal and actual over the years")
TREND = Text("{trend} {change}", "{trend} {change}")


def verdict(row: GapRow) -> Text:
    """Return where a target stands, with a sign beside the word."""
    if not row.gap.has_target:
        return NO_TARGET
    if row.gap.reached is None:
        return NO_ACTUAL
    return REACHED if row.gap.reached else MISSED


def state_of(row: GapRow) -> str:
    """Return the colour state of a row's verdict; no target and no actual value are no failure."""
    return {True: "ok", False: "error", None: ""}[row.gap.reached if row.gap.has_target else None]


def unit_of(row: GapRow) -> str:
    """Return the unit of a row's values in the current language."""
    return label_of("target_unit", row.unit).to(i18n.language())


def figure(row: GapRow, value: Decimal | None) -> str:
    """Return a value of a row as printed, with the places it was told in; empty where there is none."""
    return "" if value is None else figure_text(value, min(decimals(value), row.places))


def trend_said(row: GapRow) -> str:
    """Return the trend and the change a year; without a target there is nothing to come nearer to, only the change."""
    found = row.gap
    if found.trend is None or found.trend_per_year is None:
        return ""
    change = figure_text(found.trend_per_year, max(row.places, 1))
    change = f"+{change}" if found.trend_per_year > 0 else change
    return tr(TREND, trend=word_of("gap_trend", found.trend), change=change) if found.has_target else change


def cause_said(row: GapRow) -> str:
    """Return the causes of the latest assessment, named and in words."""
    mark = "、" if i18n.language() == CHINESE else ", "
    named = mark.join(label_of("gap_cause", code).to(i18n.language()) for code in row.causes)
    return ("；" if i18n.language() == CHINESE else "; ").join(piece for piece in (named, row.cause_text) if piece)


def name_said(row: GapRow, year: int, above: GapRow | None = None) -> str:
    """Return place and indicator, with the year where it is another one than that in sight.

    Below a target of the same indicator the place says enough.
    """
    indicator = label_of("target_indicator", row.indicator).to(i18n.language())
    same = above is not None and (above.indicator, above.place) != (row.indicator, row.place)
    name = row.place if same and above is not None and above.indicator == row.indicator else f"{row.place} {indicator}"
    return name if row.year == year else f"{name} {row.year}"


def draw(bars: BarChart, lines: LineChart, row: GapRow, table: GapTable) -> None:
    """Draw goal and actual of the row's indicator side by side, and of the row over the years."""
    family = [r for r in table.rows if (r.indicator, r.unit) == (row.indicator, row.unit)]
    bars.show_bars(
        BESIDE.format(indicator=label_of("target_indicator", row.indicator), year=str(table.year)),
        [r.place if r.year == table.year else f"{r.place} {r.year}" for r in family],
        [Series(GOAL, [r.gap.target_value for r in family]), Series(ACTUAL, [r.gap.actual_value for r in family])],
        row.unit, places=max(r.places for r in family), along=PLACES,
    )  # fmt: skip
    targets = {year: value for year, value in row.targets if year <= table.year}
    if row.gap.target_value is not None:
        targets[row.year] = row.gap.target_value
    actuals = {a.year: a.value for a in row.actuals}
    known = [*targets, *actuals] or [table.year]
    years = list(range(min(known), max(known) + 1))
    series = [Series(GOAL, [targets.get(y) for y in years]), Series(ACTUAL, [actuals.get(y) for y in years])]
    label = label_of("target_indicator", row.indicator)
    name = Text(f"{row.place} {label.zh}", f"{row.place}: {label.en}")
    lines.show_lines(YEARS.format(name=name), years, series, row.unit, places=row.places)


def actual_tip(row: GapRow) -> str:
    """Return where the actual value comes from."""
    used = row.actual
    if used is None:
        return tr(row.not_computed.text) if row.not_computed is not None else ""
    said = tr(FROM_RECORDS if used.computed else REPORTED, how=used.source)
    return f"{said}\n{tr(UNCERTAIN)}" if row.doubtful else said


@dataclass(frozen=True, slots=True)
class GapColumn:
    """One column: its heading, its text, its width in pixels at 10 pt."""

    key: str
    heading: Text
    text: Callable[[GapRow], str]
    width: int
    right: bool = False
    fits: bool = False  # made as wide as its longest cell


COLUMNS: tuple[GapColumn, ...] = (
    GapColumn("name", TARGET, lambda row: "", 250),
    GapColumn("unit", Text("单位", "Unit"), unit_of, 70),
    GapColumn("target", Text("目标值", "Goal"), lambda row: figure(row, row.gap.target_value), 78, True),
    GapColumn("actual", Text("实际值", "Actual"), lambda row: figure(row, row.gap.actual_value), 84, True),
    GapColumn("gap", Text("差距", "Gap"), lambda row: figure(row, row.gap.gap), 80, True),
    GapColumn("verdict", Text("结论", "Verdict"), lambda row: tr(verdict(row)), 90, fits=True),
    GapColumn("trend", Text("趋势(每年)", "Trend (a year)"), trend_said, 90, fits=True),
    GapColumn("cause", Text("原因", "Cause"), cause_said, 130),
    GapColumn("measure", Text("措施", "Measure"), lambda row: row.measure, 140),
    GapColumn(
        "deadline", Text("期限", "Deadline"), lambda row: row.deadline_on.isoformat() if row.deadline_on else "", 92
    ),
)


class GapModel(QAbstractItemModel):
    """The rows of a table of gaps; parents that are not in the table leave their targets at the top."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.table: GapTable | None = None
        self._below: dict[str, list[GapRow]] = {}
        self._rows: dict[str, GapRow] = {}
        self._place: dict[str, int] = {}
        self._numbers: dict[int, str] = {}

    def show(self, table: GapTable | None) -> None:
        """Show these rows."""
        self.beginResetModel()
        self.table = table
        rows = table.rows if table is not None else ()
        self._rows = {row.gap.code: row for row in rows}
        self._below = {"": []}
        self._place = {}
        for row in rows:
            line = self._below.setdefault(row.parent_id if row.parent_id in self._rows else "", [])
            self._place[row.gap.code] = len(line)
            line.append(row)
        self._numbers = dict(enumerate(self._rows, 1))
        self._ids = {code: number for number, code in self._numbers.items()}
        self.endResetModel()

    @property
    def year(self) -> int:
        return self.table.year if self.table is not None else 0

    def row_at(self, index: Index) -> GapRow | None:
        """Return the row at an index."""
        return self._rows.get(self._numbers.get(index.internalId(), "")) if index.isValid() else None

    def index_of(self, code: str) -> QModelIndex:
        """Return where a row stands; an invalid index when it is not here."""
        row = self._rows.get(code)
        if row is None:
            return QModelIndex()
        return self.createIndex(self._place[code], 0, self._ids[code])

    # --- as every model

    def _line(self, parent: Index) -> list[GapRow]:
        above = self.row_at(parent)
        if parent.isValid() and above is None:
            return []
        return self._below.get(above.gap.code if above is not None else "", [])

    def index(self, row: int, column: int, parent: Index = QModelIndex()) -> QModelIndex:  # noqa: B008
        line = self._line(parent)
        if 0 <= row < len(line) and 0 <= column < len(COLUMNS):
            return self.createIndex(row, column, self._ids[line[row].gap.code])
        return QModelIndex()

    def parent(self, index: Index = QModelIndex()) -> QModelIndex:  # type: ignore[override]  # noqa: B008
        row = self.row_at(index)
        return self.index_of(row.parent_id) if row is not None else QModelIndex()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.column() > 0 else len(self._line(parent))

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return tr(COLUMNS[section].heading)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if COLUMNS[section].right else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.row_at(index)
        if row is None:
            return None
        column = COLUMNS[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self.cell(row, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tip(row, column)
        if role == Qt.ItemDataRole.TextAlignmentRole and column.right:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.ForegroundRole:
            return self._colour(row, column)
        if role == Qt.ItemDataRole.FontRole and column.key in ("gap", "verdict"):
            font = QFont(QApplication.font())
            font.setBold(True)
            return font
        return None

    def cell(self, row: GapRow, column: GapColumn) -> str:
        """Return the text of a cell in the current language."""
        if column.key == "name":
            return name_said(row, self.year, self._rows.get(row.parent_id))
        if column.key == "verdict" and not row.accepted:
            return tr(NOT_ACCEPTED, verdict=verdict(row))
        text = column.text(row)
        return f"⚠ {text}" if column.key == "actual" and row.doubtful and text else text

    def _tip(self, row: GapRow, column: GapColumn) -> str | None:
        if column.key == "name":
            return f"{name_said(row, self.year)}\n{row.number}".strip()
        if column.key == "actual":
            return actual_tip(row) or None
        if column.key == "target" and row.revisions:
            return tr(REVISED, first=figure(row, row.gap.first_value))
        return self.cell(row, column) or None

    @staticmethod
    def _colour(row: GapRow, column: GapColumn) -> QColor | None:
        if column.key in ("gap", "verdict"):
            state = state_of(row)
            return theme.colour(state) if state else theme.colour("soft_text")
        return theme.colour("soft_text") if column.key == "unit" else None

    def retranslate(self) -> None:
        """Say everything in another language."""
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(COLUMNS) - 1)
        self._tell(QModelIndex())

    def _tell(self, parent: QModelIndex) -> None:
        number = self.rowCount(parent)
        if not number:
            return
        self.dataChanged.emit(self.index(0, 0, parent), self.index(number - 1, len(COLUMNS) - 1, parent))
        for row in range(number):
            self._tell(self.index(row, 0, parent))

    def lines(self) -> list[list[str]]:
        """Return the whole table as cells, headings first, for the clipboard."""
        rows = self.table.rows if self.table is not None else ()
        return [[tr(c.heading) for c in COLUMNS], *([self.cell(row, c) for c in COLUMNS] for row in rows)]
