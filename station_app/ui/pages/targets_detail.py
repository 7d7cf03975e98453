"""One target beside the table: goal and what it was before, actual and whose word it is, gap, chain, cause and measure."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QLayout, QToolButton, QVBoxLayout, QWidget

from station_app.domain.codes import label_of, word_of
from station_app.domain.problems import Problem, Severity
from station_app.domain.text import Text
from station_app.services.figures.gap_rows import GapRow, GapTable
from station_app.services.figures.references import RecordReference, parse_reference
from station_app.ui import i18n, theme
from station_app.ui.charts import BarChart, LineChart
from station_app.ui.charts.figures import figure_text
from station_app.ui.freeze_strip import FREEZE
from station_app.ui.i18n import Retranslated, tr
from station_app.ui.pages.base import scrolled
from station_app.ui.pages.targets_model import (
    UNCERTAIN,
    actual_tip,
    cause_said,
    draw,
    figure,
    name_said,
    state_of,
    trend_said,
    unit_of,
    verdict,
)
from station_app.ui.parts import ElidedLabel, LinkLine, MenuButton, across, button, card, clear, down, label
from station_app.ui.why_panel import WHY, place_of

if TYPE_CHECKING:
    from station_app.ui.session import Session

CLOSE = Text("关闭(Esc)", "Close (Esc)")
WRITE = Text("写差距分析", "Write the assessment")
CORRECT = Text("更正差距分析", "Correct the assessment")
OPEN, THE_TARGET, THE_ASSESSMENT = Text("打开", "Open"), Text("目标", "The target"), Text("差距分析", "The assessment")
GOAL_CARD, REVISIONS, CHAIN = (
    Text("目标与实际", "Goal and actual"),
    Text("目标调整", "Revisions"),
    Text("分解", "Handed down"),
)
ACTION, MIND = Text("原因与措施", "Cause and measure"), Text("请注意", "Mind")
GOAL, FIRST, BASELINE = Text("目标值", "Goal"), Text("最初目标值", "First goal"), Text("基期值", "Baseline")
DIRECTION, ACTUAL, ACTUAL_OF = (
    Text("方向", "Direction"),
    Text("实际值", "Actual"),
    Text("实际值({year} 年)", "Actual ({year})"),
)
SOURCE, GAP, DONE, TREND = (
    Text("来源", "Source"),
    Text("差距", "Gap"),
    Text("自基期完成", "Way gone"),
    Text("趋势(每年)", "Trend (a year)"),
)
OTHER_WORD = Text("按记录计算", "From the records")
PERCENT = Text("{n}%", "{n}%")
REVISION = Text("{day} {before} → {after} {who}：{reason}", "{day} {before} → {after} {who}: {reason}")
BELOW, SHORTFALL = Text("下级目标合计", "Targets below"), Text("分解缺口", "Not handed down")
CAUSE, MEASURE, WHO_DOES, UNTIL, STATUS = (
    Text("原因", "Cause"), Text("措施", "Measure"), Text("责任人", "Responsible"), Text("期限", "Until"), Text("状态", "Status"))  # fmt: skip
NO_TARGET_SAID = Text("没有下达这项目标。没有目标不等于零，也不算未达到。",
                      "No target was set for this. No target is not zero, and no failure.")  # fmt: skip
NO_ASSESSMENT = Text("还没有差距分析。", "No assessment yet.")
NONE = Text("—", "—")
MOST = 12

Write = Callable[[GapRow], None]


class TargetDetail(QFrame, Retranslated):
    """The target in sight.

    Signals:
        closed(): the person is done with it.
        why_asked(): why the gap is what it is.
        freeze_asked(): the person wants to keep this result.
        write_asked(): the assessment is to be written or corrected.
    """

    closed = Signal()
    why_asked = Signal()
    freeze_asked = Signal()
    write_asked = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.follow_language()
        self.setProperty("part", "panel")
        self._session = session
        self.row: GapRow | None = None
        self._table: GapTable | None = None
        self._title = ElidedLabel("heading")
        self._chip = label("chip")
        away = QToolButton()
        away.setIcon(theme.icon("close", "soft_text"))
        away.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        away.clicked.connect(lambda _checked=False: self.close_panel())
        self.say(away.setToolTip, CLOSE)
        self.say(away.setAccessibleName, CLOSE)
        head = across(self._title, self._chip, None, away, spacing=8, margins=(12, 6, 6, 0))
        self.write = button("primary", self.write_asked.emit)
        self.why = button("", self.why_asked.emit)
        self.freeze = button("", self.freeze_asked.emit)
        self.go = MenuButton(OPEN)
        self.say(self.why.setText, WHY)
        self.say(self.freeze.setText, FREEZE)
        verbs = across(self.write, self.why, self.freeze, self.go, None, margins=(12, 0, 12, 0))
        self._above, self._below = QVBoxLayout(), QVBoxLayout()
        self.bars, self.lines = BarChart(), LineChart()
        cards = down(self._above, self.lines, self.bars, self._below, None, margins=(12, 0, 8, 8))
        outer = down(head, verbs, scrolled(cards), spacing=6)
        outer.setStretch(2, 1)
        self.setLayout(outer)
        theme.signals().changed.connect(self._size)
        self._size()

    def _size(self) -> None:
        for chart in (self.bars, self.lines):
            chart.setMinimumHeight(round(25 * theme.current().font_pt))

    def show_row(self, row: GapRow, table: GapTable) -> None:
        """Show a target as it stands in the year of a table."""
        self.row, self._table = row, table
        self.retranslate()

    def close_panel(self) -> None:
        """Hide and tell."""
        self.closed.emit()

    def retranslate(self) -> None:
        super().retranslate()
        row, table = self.row, self._table
        if row is None or table is None:
            return
        self._title.setText(name_said(row, table.year))
        self._chip.setText(tr(verdict(row)))
        theme.mark(self._chip, state=state_of(row))
        may_write = bool(row.record_id) and self._session.may_author("assessment")
        self.write.setVisible(may_write)
        self.write.setText(tr(CORRECT if self.corrects(row) else WRITE))
        self.freeze.setVisible(bool(row.record_id) and row.gap.gap is not None)
        self.go.empty()
        for text, type_name, record_id in (
            (THE_TARGET, "target", row.record_id),
            (THE_ASSESSMENT, "assessment", row.assessment_id),
        ):
            if record_id:
                self.go.offer(text, partial(self._go, RecordReference(type_name, record_id)))
        self.go.setVisible(bool(row.record_id))
        self._fill(row)
        draw(self.bars, self.lines, row, table)
        self.bars.setVisible(len(self.bars.categories) > 1)

    def corrects(self, row: GapRow) -> bool:
        """Whether the assessment of today is there already: then it is corrected, not written a second time."""
        return bool(row.assessment_id) and row.assessed_on == self._session.today()

    def _go(self, reference: RecordReference) -> None:
        self._session.go(place_of(reference))

    # --- cards

    def _fill(self, row: GapRow) -> None:
        clear(self._above)
        clear(self._below)
        self._above.addWidget(self._goal(row))
        if row.revisions:
            self._above.addWidget(self._revisions(row))
        if row.record_id:
            self._above.addWidget(self._action(row))
        if row.gap.children_value is not None:
            lines = [(BELOW, figure(row, row.gap.children_value), ""), (SHORTFALL, figure(row, row.gap.shortfall), "")]
            self._below.addWidget(_titled(CHAIN, _grid(lines, {1: "warn" if row.gap.shortfall else "ok"})))
        if row.problems or row.not_computed is not None:
            self._below.addWidget(self._problems(row))

    def _goal(self, row: GapRow) -> QFrame:
        found, unit = row.gap, unit_of(row)

        def value(number: Any) -> str:
            said = figure(row, number)
            return f"{said} {unit}" if said else tr(NONE)

        used = row.actual
        lines: list[tuple[Text, str, str]] = []
        if found.has_target:
            lines.append((GOAL, value(found.target_value), "strong"))
            if row.revisions:
                lines.append((FIRST, value(found.first_value), ""))
            lines.append((DIRECTION, tr(word_of("target_direction", row.direction)), ""))
            if row.baseline is not None:
                lines.append((BASELINE, value(row.baseline), ""))
        heading = ACTUAL_OF.format(year=used.year) if used is not None else ACTUAL
        lines.append((heading, value(found.actual_value), "strong"))
        lines.append((SOURCE, actual_tip(row).partition("\n")[0] or tr(NONE), ""))
        if row.computed is not None and used is not None and not used.computed:
            lines.append((OTHER_WORD, value(row.computed.value), ""))
        gap_line = None
        if found.has_target:
            gap_line = len(lines)
            lines.append((GAP, value(found.gap), "strong"))
        if found.done_percent is not None:
            lines.append((DONE, tr(PERCENT, n=figure_text(found.done_percent, 1)), ""))
        if found.trend is not None:
            lines.append((TREND, trend_said(row), ""))
        grid = _grid(lines, {} if gap_line is None else {gap_line: state_of(row)})
        said = label("hint", wrap=True)
        said.setText(tr(NO_TARGET_SAID))
        if found.has_target:
            said.hide()  # never shown by hand before it has a parent: it would flash as a window of its own
        doubt = label("", state="warn")
        doubt.setText(tr(UNCERTAIN))
        if not row.doubtful:
            doubt.hide()
        return _titled(GOAL_CARD, down(said, doubt, grid, spacing=4))

    def _revisions(self, row: GapRow) -> QFrame:
        box = QVBoxLayout()
        box.setSpacing(3)
        for each in reversed(row.revisions):
            said = label("", wrap=True, selectable=True)
            said.setText(tr(REVISION, day=each.revised_on.isoformat(), before=figure(row, each.before),
                            after=figure(row, each.value), who=each.author, reason=each.reason))  # fmt: skip
            box.addWidget(said)
        return _titled(REVISIONS, box)

    def _action(self, row: GapRow) -> QFrame:
        if not row.assessment_id:
            said = label("", state="muted")
            said.setText(tr(NO_ASSESSMENT))
            return _titled(ACTION, down(said))
        status = label_of("assessment_status", row.assessment_status).to(i18n.language())
        until = row.deadline_on.isoformat() if row.deadline_on else ""
        lines = [(CAUSE, cause_said(row), ""), (MEASURE, row.measure, ""), (WHO_DOES, row.responsible, ""),
                 (UNTIL, until, ""), (STATUS, status, "")]  # fmt: skip
        late = (
            row.deadline_on is not None
            and row.assessment_status != "closed"
            and row.deadline_on < self._session.today()
        )
        return _titled(ACTION, _grid([line for line in lines if line[1]], {}, warn=until if late else ""))

    def _problems(self, row: GapRow) -> QFrame:
        lines = QVBoxLayout()
        lines.setSpacing(2)
        found = [*row.problems, *([row.not_computed] if row.not_computed is not None else [])]
        for each in sorted(found, key=lambda p: list(Severity).index(p.severity))[:MOST]:
            lines.addLayout(self._problem(each))
        return _titled(MIND, lines)

    def _problem(self, found: Problem) -> QLayout:
        sign = label("hint", state=theme.state_of(found.severity))
        sign.setText(tr(found.severity.label.inside))
        reference = parse_reference(found.place)
        words: QWidget
        if isinstance(reference, RecordReference) and reference.record_id != (self.row.record_id if self.row else ""):
            words = LinkLine(lambda: self._go(reference))
            words.setText(tr(found.text))
        else:
            plain = label("", wrap=True)
            plain.setText(tr(found.text))
            words = plain
        words.setToolTip(f"{tr(found.text)}\n{found.code}")
        line = across(sign, words, spacing=8)
        line.setStretch(1, 1)
        line.setAlignment(sign, Qt.AlignmentFlag.AlignTop)
        return line


def _grid(lines: list[tuple[Text, str, str]], states: dict[int, str], warn: str = "") -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(14)
    grid.setVerticalSpacing(3)
    for number, (name, text, part) in enumerate(lines):
        said, value = label("hint"), label(part, wrap=True, selectable=True)
        said.setText(tr(name))
        value.setText(text)
        state = "warn" if warn and text == warn else states.get(number, "")
        if state:
            theme.mark(value, state=state)
        grid.addWidget(said, number, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(value, number, 1)
    grid.setColumnStretch(1, 1)
    return grid


def _titled(title: Text, inner: Any) -> QFrame:
    heading = label("strong")
    heading.setText(tr(title))
    return card(down(heading, inner, spacing=4, margins=(12, 8, 12, 8)))
