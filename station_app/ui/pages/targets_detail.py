"""One target beside the table: goal and what it was before, actual and whose word it is, gap, chain, cause and measure."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from station_app.domain.codes import label_of, word_of
from station_app.domain.problems import Problem
from station_app.domain.text import Text
from station_app.services.figures.gap_columns import (
    ACTUAL,
    BASELINE,
    BELOW,
    CAUSE,
    DEADLINE,
    DIRECTION,
    DONE,
    FIRST,
    GAP,
    GOAL,
    MEASURE,
    RESPONSIBLE,
    SHORTFALL,
    SOURCE,
    STATUS,
    TREND,
    UNCERTAIN,
    actual_tip,
    cause_said,
    figure,
    name_said,
    source_said,
    state_of,
    trend_said,
    verdict,
)
from station_app.services.figures.gap_rows import GapRow, GapTable
from station_app.services.figures.references import RecordReference, parse_reference
from station_app.ui.charts import BarChart, LineChart, Series
from station_app.ui.charts.figures import figure_text
from station_app.ui.figure_detail import MISSING, FigureDetail, grid, titled, words
from station_app.ui.figure_view import door_of
from station_app.ui.i18n import tr
from station_app.ui.parts import button, down
from station_app.ui.why_panel import place_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from station_app.ui.session import Session

WRITE = Text("写差距分析", "Write the assessment")
CORRECT = Text("更正差距分析", "Correct the assessment")
THE_TARGET, THE_ASSESSMENT = Text("目标", "The target"), Text("差距分析", "The assessment")
GOAL_CARD, REVISIONS, CHAIN = (
    Text("目标与实际", "Goal and actual"),
    Text("目标调整", "Revisions"),
    Text("分解", "Handed down"),
)
ACTION = Text("原因与措施", "Cause and measure")
ACTUAL_OF = Text("实际值({year} 年)", "Actual ({year})")
OTHER_WORD = Text("按记录计算", "From the records")
REVISION = Text("{day} {before} → {after} {who}：{reason}", "{day} {before} → {after} {who}: {reason}")
NO_TARGET_SAID = Text("没有下达这项目标。没有目标不等于零，也不算未达到。",
                      "No target was set for this. No target is not zero, and no failure.")  # fmt: skip
NO_ASSESSMENT = Text("还没有差距分析。", "No assessment yet.")
PURSUED, REACHED, PLACES = Text("目标", "Goal"), Text("实际", "Actual"), Text("地区", "Place")
BESIDE = Text("{indicator}：目标与实际，{year} 年", "{indicator}: goal and actual, {year}")
YEARS = Text("{name}：历年目标与实际", "{name}: goal and actual over the years")
Line = tuple[Text, str, str, str]


def draw(bars: BarChart, lines: LineChart, row: GapRow, table: GapTable) -> None:
    """Draw goal and actual of the row's indicator side by side, and of the row over the years."""
    family = [r for r in table.rows if (r.indicator, r.unit) == (row.indicator, row.unit)]
    label = label_of("target_indicator", row.indicator)
    bars.show_bars(
        BESIDE.format(indicator=label, year=str(table.year)),
        [r.place if r.year == table.year else f"{r.place} {r.year}" for r in family],
        [Series(PURSUED, [r.gap.target_value for r in family]), Series(REACHED, [r.gap.actual_value for r in family])],
        row.unit, places=max(r.places for r in family), along=PLACES,
    )  # fmt: skip
    targets = {year: value for year, value in row.targets if year <= table.year}
    if row.gap.target_value is not None:
        targets[row.year] = row.gap.target_value
    actuals = {a.year: a.value for a in row.actuals}
    known = [*targets, *actuals] or [table.year]
    years = list(range(min(known), max(known) + 1))
    series = [Series(PURSUED, [targets.get(y) for y in years]), Series(REACHED, [actuals.get(y) for y in years])]
    name = Text(f"{row.place} {label.zh}", f"{row.place}: {label.en}")
    lines.show_lines(YEARS.format(name=name), years, series, row.unit, places=row.places)


class TargetDetail(FigureDetail):
    """The target in sight.

    Signals:
        write_asked(): the assessment is to be written or corrected.
    """

    write_asked = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        self.bars, self.lines = BarChart(), LineChart()
        self.write = button("primary", lambda: self.write_asked.emit())
        super().__init__(session, (self.lines, self.bars), 25, (self.write,), parent)
        self._table: GapTable | None = None

    def show_row(self, row: GapRow, table: GapTable) -> None:
        self.row, self._table = row, table
        self.retranslate()

    def retranslate(self) -> None:
        super().retranslate()
        row, table = self.row, self._table
        if row is None or table is None:
            return
        self.head(tr(name_said(row, table.year)), tr(verdict(row)), state_of(row))
        self.write.setVisible(bool(row.record_id) and self.session.may_author("assessment"))
        self.write.setText(tr(CORRECT if self.corrects(row) else WRITE))
        self.freeze.setVisible(bool(row.record_id) and row.gap.gap is not None)
        records = ((THE_TARGET, "target", row.record_id), (THE_ASSESSMENT, "assessment", row.assessment_id))
        self.offer(
            (text, partial(self._go, type_name, record_id)) for text, type_name, record_id in records if record_id
        )
        self._fill(row)
        draw(self.bars, self.lines, row, table)
        self.bars.setVisible(len(self.bars.categories) > 1)

    def corrects(self, row: GapRow) -> bool:
        """Whether the assessment of today is there already: then it is corrected, not written a second time."""
        return bool(row.assessment_id) and row.assessed_on == self.session.today()

    def _go(self, type_name: str, record_id: str) -> None:
        self.session.go(place_of(RecordReference(type_name, record_id)))

    # --- cards

    def _fill(self, row: GapRow) -> None:
        above: list[QWidget] = []
        if not row.gap.has_target:
            above.append(words(tr(NO_TARGET_SAID), "hint", wrap=True))
        if row.doubtful:
            above.append(words(tr(UNCERTAIN), state="warn"))
        self.above.addWidget(titled(GOAL_CARD, down(*above, _lines(self._goal(row)), spacing=4)))
        if row.revisions:
            self.above.addWidget(
                titled(REVISIONS, down(*map(partial(_revision, row), reversed(row.revisions)), spacing=3))
            )
        if row.assessment_id:
            self.above.addWidget(titled(ACTION, _lines(self._action(row))))
        elif row.record_id:
            self.above.addWidget(titled(ACTION, words(tr(NO_ASSESSMENT), state="muted")))
        if row.gap.children_value is not None:
            missing = row.gap.shortfall
            chain = [(BELOW, figure(row, row.gap.children_value), "", ""),
                     (SHORTFALL, figure(row, missing), "", "warn" if missing else "ok")]  # fmt: skip
            self.below.addWidget(titled(CHAIN, _lines(chain)))
        found = [*row.problems, *([row.not_computed] if row.not_computed is not None else [])]
        self.show_problems(found, partial(self._door, row))

    def _door(self, row: GapRow, found: Problem) -> Callable[[], None] | None:
        reference = parse_reference(found.place)
        is_own = isinstance(reference, RecordReference) and reference.record_id == row.record_id
        return None if is_own else door_of(self.session, found)

    def _goal(self, row: GapRow) -> list[Line]:
        found, used = row.gap, row.actual
        unit = tr(label_of("target_unit", row.unit))

        def value(name: Text, number: Any, part: str = "", state: str = "") -> Line:
            said = figure(row, number)
            return name, f"{said} {unit}" if said else MISSING, part, state

        lines = []
        if found.has_target:
            lines.append(value(GOAL, found.target_value, "strong"))
            if row.revisions:
                lines.append(value(FIRST, found.first_value))
            lines.append((DIRECTION, tr(word_of("target_direction", row.direction)), "", ""))
            if row.baseline is not None:
                lines.append(value(BASELINE, row.baseline))
        lines.append(
            value(ACTUAL_OF.format(year=used.year) if used is not None else ACTUAL, found.actual_value, "strong")
        )
        source = source_said(used) or actual_tip(row)
        lines.append((SOURCE, tr(source) if source is not None else MISSING, "", ""))
        if row.computed is not None and used is not None and not used.computed:
            lines.append(value(OTHER_WORD, row.computed.value))
        if found.has_target:
            lines.append(value(GAP, found.gap, "strong", state_of(row)))
        if found.done_percent is not None:
            lines.append((DONE, f"{figure_text(found.done_percent, 1)}%", "", ""))
        trend = trend_said(row)
        return [*lines, *([(TREND, tr(trend), "", "")] if trend is not None else [])]

    def _action(self, row: GapRow) -> list[Line]:
        until = row.deadline_on.isoformat() if row.deadline_on else ""
        is_late = row.deadline_on is not None and row.deadline_on < self.session.today()
        status = tr(label_of("assessment_status", row.assessment_status))
        lines = [
            (CAUSE, tr(cause_said(row)), "", ""),
            (MEASURE, row.measure, "", ""),
            (RESPONSIBLE, row.responsible, "", ""),
            (DEADLINE, until, "", "warn" if is_late and row.assessment_status != "closed" else ""),
            (STATUS, status, "", ""),
        ]
        return [line for line in lines if line[1]]


def _revision(row: GapRow, each: Any) -> QWidget:
    said = tr(REVISION, day=each.revised_on.isoformat(), before=figure(row, each.before), after=figure(row, each.value),
              who=each.author, reason=each.reason)  # fmt: skip
    return words(said, wrap=True, selectable=True)


def _lines(lines: list[Line]) -> Any:
    return grid([[(tr(name), "hint", ""), (text, part, state)] for name, text, part, state in lines])
