"""What if: choose parcels, a measure and years; see what it would change, with its range and what was assumed."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QCheckBox, QGridLayout, QLineEdit, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from station_app.domain.calc.problems import CalculationProblem
from station_app.domain.codes import code_list
from station_app.domain.problems import UserError
from station_app.domain.records.parcel import Parcel
from station_app.domain.text import Text
from station_app.services.figures.carbon_scenarios import BAN, IMPROVE, MEASURES, Answer, Scenario, what_if_range
from station_app.services.figures.problems import CarbonProblem
from station_app.storage.changes import Changes
from station_app.storage.reader import Filter, Query
from station_app.ui import record_table
from station_app.ui.charts import RangeChart
from station_app.ui.charts.figures import figure_text, unit_said
from station_app.ui.i18n import Retranslated, tr
from station_app.ui.pages.base import scrolled
from station_app.ui.pages.carbon_choices import SCENARIO, CarbonChoices, ChoicesStrip
from station_app.ui.parts import TextCombo, across, button, card, clear, down, label, text_width
from station_app.ui.why_panel import WHY, WHY_KEY, WhyPanel

if TYPE_CHECKING:
    from station_app.ui.jobs import Context
    from station_app.ui.session import Session

PICK = Text("选一块或几块地（按住 Shift 或 Ctrl 多选）", "Choose one parcel or several (with Shift or Ctrl)")
PICKED = Text("已选 {n} 块", "{n} chosen")
MEASURE = Text("措施", "Measure")
RECOVERS = Text("假定恢复到", "Assumed to recover to")
AS_IS = Text("保持现状", "stays as it is")
HIGH = Text("多于一项改良（高投入）", "More than one improvement (high input)")
FEWER_BY = Text("存栏减少", "Fewer animals")
YEARS = Text("年数", "Years")
DO = Text("试算", "Work it out")
OTHERS = Text("换系数看看", "Try other coefficients")
WORKING = Text("正在试算", "Working it out")
SOIL, ANIMALS, NET = Text("土壤碳", "Soil carbon"), Text("牲畜排放", "Livestock"), Text("净变化", "Net change")
A_YEAR = Text(
    "每年变化（减少为负）：{measure}，{n} 块地", "Change a year (less is below zero): {measure}, parcels: {n}"
)
RESULT = Text("{what} {value} {unit}", "{what} {value} {unit}")
WITH_RANGE = Text("{value}（{low} 至 {high}）", "{value} ({low} to {high})")
TOTAL = Text("{n} 年合计", "Over {n} years")
CERTAIN = Text("✓ 方向确定：95% 范围不含零。", "✓ The direction is certain: the 95 % range does not hold zero.")
UNCERTAIN = Text("⚠ 方向不确定：95% 范围含零，可能减少也可能增加。",
                 "⚠ The direction is not certain: the 95 % range holds zero; it may be less or more.")  # fmt: skip
NO_RANGE = Text("⚠ 没有范围，不能判断方向是否确定。", "⚠ There is no range, so the direction may not be certain.")
ASSUMED = Text("假定", "Assumed")
TITLE = Text("情景：{measure}，{n} 块地，{years} 年", "What if: {measure}, parcels: {n}, years: {years}")
FIRST = Text(
    "在左边选地块，再选措施和年数，按“试算”。",
    "Choose parcels on the left, then measure and years, and press “Work it out”.",
)
NO_ANSWER = Text("还没有可以说明的结果。", "There is no result to explain yet.")
COLUMNS = ("code", "degradation", "area_mu", "grassland_class", "village_code")


class ScenarioView(QWidget, Retranslated):
    """Parcels on the left, the question and its answer on the right."""

    def __init__(self, session: Session, choices: CarbonChoices, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.follow_language()
        self.session, self.choices = session, choices
        self.answer: Answer | None = None
        self._make_parcels()
        self._make_form()
        self._make_answer()
        form = QVBoxLayout()
        form.setContentsMargins(0, 0, 4, 0)
        form.setSpacing(8)
        form.addWidget(self._form)
        form.addWidget(self.strip)
        form.addWidget(self._first)
        form.addWidget(self._result)
        form.addStretch(1)
        self.why_panel = WhyPanel(session)
        self.why_panel.closed.connect(self._why_closed)
        self._beside = QStackedWidget()
        self._beside.addWidget(scrolled(form))
        self._beside.addWidget(self.why_panel)
        left = QWidget()
        left.setLayout(down(self._hint, self.parcels, spacing=4))
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.addWidget(left)
        self.splitter.addWidget(self._beside)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setSizes([560, 620])
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.splitter)
        choices.changed.connect(self._choices_changed)
        shortcut = QShortcut(QKeySequence(WHY_KEY), self)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.activated.connect(self.why)

    # --- building

    def _make_parcels(self) -> None:
        self._hint = label("hint")
        self.say(self._hint.setText, PICK)
        self.parcels: record_table.RecordTableView = record_table.RecordTableView(
            self.session.read, Query(Parcel, sort=(("code", False),)), columns=COLUMNS,
            new_reader=self.session.workspace.new_reader,
        )  # fmt: skip
        self.parcels.selection_changed.connect(lambda _ids: self._say_picked())
        self.parcels.opened.connect(lambda _id: self.ask())

    def _make_form(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(6)
        self.measure = TextCombo([(text, key) for key, text in MEASURES.items()])
        self.measure.chosen.connect(lambda _value: self._fit_form())
        degrees = [(item.label, item.code) for item in code_list("degradation").items[:-1]]
        self.recovers = TextCombo([(AS_IS, ""), *degrees])
        self.recovers.choose("1")
        self.high = QCheckBox()
        self.say(self.high.setText, HIGH)
        self.fewer, self.years = QLineEdit("0"), QLineEdit("20")
        self._labels: dict[QWidget, QWidget] = {}
        for place, (text, widget, unit) in enumerate((
            (MEASURE, self.measure, ""), (RECOVERS, self.recovers, ""), (FEWER_BY, self.fewer, "%"), (YEARS, self.years, ""),
        )):  # fmt: skip
            said, sign = label(""), label("hint")
            self.say(said.setText, text)
            self.say(widget.setAccessibleName, text)
            said.setBuddy(widget)
            if isinstance(widget, QLineEdit):
                widget.setFixedWidth(text_width(self, 5))
                widget.setAlignment(Qt.AlignmentFlag.AlignRight)
                widget.returnPressed.connect(self.ask)
            sign.setText(unit)
            line, column = divmod(place, 2)
            grid.addWidget(said, line, 2 * column)
            grid.addLayout(across(widget, sign, None, spacing=4), line, 2 * column + 1)
            self._labels[widget] = said
        grid.addWidget(self.high, 0, 2, 1, 2)
        grid.setColumnStretch(3, 1)
        self._picked = label("strong")
        self.do = button("primary", self.ask)
        self.say(self.do.setText, DO)
        self._error = label("", state="error", wrap=True)
        self._error.hide()
        self.others = button("", self._show_others)
        self.others.setCheckable(True)
        self.say(self.others.setText, OTHERS)
        verbs = across(self.do, self.others, None)
        self._form = card(down(self._picked, grid, self._error, verbs, spacing=8, margins=(12, 8, 12, 8)))
        self.strip = ChoicesStrip(self.choices, SCENARIO)
        self.strip.hide()
        self._fit_form()
        self._say_picked()

    def _make_answer(self) -> None:
        self._first = label("", state="muted", wrap=True)
        self.say(self._first.setText, FIRST)
        self.chart = RangeChart()
        self._lines = QVBoxLayout()
        self._lines.setSpacing(3)
        self._assumed = QVBoxLayout()
        self._assumed.setSpacing(3)
        self._result = card(down(self._lines, self.chart, self._assumed, spacing=6, margins=(12, 8, 12, 8)))
        self._result.hide()

    def verbs(self) -> list[QWidget]:
        """Return the buttons of this tab."""
        why = button("", self.why)
        self.say(why.setText, WHY)
        return [why]

    def _fit_form(self) -> None:
        improves = self.measure.value() == IMPROVE
        self.recovers.setVisible(not improves)
        self._labels[self.recovers].setVisible(not improves)
        self.high.setVisible(improves)

    def _show_others(self) -> None:
        self.strip.setVisible(self.others.isChecked())
        self.strip.show_choices()

    def _say_picked(self) -> None:
        number = len(self.parcels.selected_ids())
        self.say(self._picked.setText, PICKED.format(n=f"{number:,}"))

    # --- asking

    @property
    def scenario(self) -> Scenario:
        """What is asked.

        Raises:
            UserError: CRB-074, CRB-075 what is typed is no number.
        """
        measure = self.measure.value()
        return Scenario(
            measure=measure,
            parcels=tuple(self.parcels.selected_ids()),
            recovers_to="" if measure == IMPROVE else self.recovers.value(),
            high_input=self.high.isChecked(),
            fewer_percent=_number(self.fewer.text(), CarbonProblem.BAD_SHARE),
            years=int(_number(self.years.text(), CarbonProblem.BAD_YEARS)),
        )

    def ask(self) -> None:
        """Work the scenario out, off the window's thread."""
        try:
            asked = self.scenario
        except UserError as error:
            self._refused(error)
            return
        year, settings = self.choices.year, self.choices.asked

        def work(context: Context) -> Answer:
            found = what_if_range(context.reader, year, asked, settings)
            _ = found.result.explanation  # made here, off the window's thread
            return found

        def done(answer: Answer) -> None:
            self._error.hide()
            self.answer = answer
            self._fill()

        def failed(error: BaseException) -> None:
            if isinstance(error, UserError):
                self._refused(error)
            else:
                self.session.show_error(error)

        self.session.ask(self, work, title=WORKING, on_done=done, on_error=failed)

    def _refused(self, error: UserError) -> None:
        self.answer = None
        self._result.hide()
        self._first.hide()
        self.say(self._error.setText, error.text)
        self._error.setToolTip(error.code)
        self._error.show()

    def _choices_changed(self) -> None:
        self.strip.show_choices()
        if self.answer is not None and self.isVisible():
            self.ask()

    # --- the answer

    def _fill(self) -> None:
        answer = self.answer
        self._first.setVisible(answer is None)
        self._result.setVisible(answer is not None)
        if answer is None:
            return
        outcome, asked = answer.result.outcome, answer.scenario
        rows = []
        if outcome.soil_t_co2 is not None:
            rows.append((SOIL, outcome.soil_low_t_co2, outcome.soil_t_co2, outcome.soil_high_t_co2))
        if outcome.emissions_change_t_co2e is not None:
            ends = outcome.emissions_change_low_t_co2e, outcome.emissions_change_high_t_co2e
            rows.append((ANIMALS, ends[0], outcome.emissions_change_t_co2e, ends[1]))
        rows.append((NET, outcome.low_t_co2e, outcome.net_t_co2e, outcome.high_t_co2e))
        title = A_YEAR.format(measure=MEASURES[asked.measure], n=str(len(asked.parcels)))
        self.chart.show_ranges(title, rows, "t CO2e/a", places=1, name=NET)
        clear(self._lines)
        clear(self._assumed)
        self._line(NET, outcome.net_t_co2e, outcome.low_t_co2e, outcome.high_t_co2e, "t CO2e/a")
        total = TOTAL.format(n=str(asked.years))
        self._line(total, outcome.total_t_co2e, outcome.total_low_t_co2e, outcome.total_high_t_co2e, "t CO2e")
        if outcome.low_t_co2e is None:
            self._say_line(self._lines, NO_RANGE, "warn")
        elif outcome.direction_is_certain:
            self._say_line(self._lines, CERTAIN, "ok")
        else:
            self._say_line(self._lines, UNCERTAIN, "warn")
        heading = label("strong")
        heading.setText(tr(ASSUMED))
        self._assumed.addWidget(heading)
        for text in answer.assumptions:
            self._say_line(self._assumed, Text(f"· {text.zh}", f"· {text.en}"), "")
        for found in answer.problems:
            if found.code != CalculationProblem.NO_UNCERTAINTY.code:
                self._say_line(self._assumed, Text(f"⚠ {found.text.zh}", f"⚠ {found.text.en}"), "warn")

    def _line(self, what: Text, value: Decimal | None, low: Decimal | None, high: Decimal | None, unit: str) -> None:
        if value is None:
            return
        said = figure_text(value, 1)
        if low is not None and high is not None:
            said = tr(WITH_RANGE, value=said, low=figure_text(low, 1), high=figure_text(high, 1))
        made = label("number", selectable=True, wrap=True)
        made.setText(tr(RESULT, what=what, value=said, unit=unit_said(unit)))
        self._lines.addWidget(made)

    def _say_line(self, box: QVBoxLayout, text: Text, state: str) -> None:
        made = label("", state=state, wrap=True)
        made.setText(tr(text))
        box.addWidget(made)

    def retranslate(self) -> None:
        super().retranslate()
        if self.answer is not None:
            self._fill()

    # --- why

    def why(self) -> None:
        answer = self.answer
        if answer is None:
            self.session.say(NO_ANSWER, "info")
            return
        asked = answer.scenario
        title = TITLE.format(measure=MEASURES[asked.measure], n=str(len(asked.parcels)), years=str(asked.years))
        self.why_panel.show_result(title, answer.result, "net_t_co2e")
        self._beside.setCurrentWidget(self.why_panel)
        self.why_panel.show()
        self.why_panel.setFocus(Qt.FocusReason.OtherFocusReason)

    def _why_closed(self) -> None:
        self._beside.setCurrentIndex(0)
        self.parcels.table.setFocus(Qt.FocusReason.OtherFocusReason)

    # --- as every view

    def reload(self, changes: Changes | None = None) -> None:
        """Show parcels and choices again; an answer of other data goes."""
        self.parcels.refresh(changes)
        self.strip.show_choices()
        if changes is not None:
            self.answer = None
            self._fill()

    def show_example(self) -> None:
        """Ask about the first parcels whose degree of degradation can still improve."""
        degraded = Query(Parcel, (Filter("degradation", "in", ("3", "4")),), sort=(("code", False),))
        rows = self.session.read.rows(degraded, limit=1)
        if rows and self.parcels.select_id(rows[0].record_id):
            self.measure.choose(BAN)
            self.fewer.setText("30")
            self._fit_form()
            self.ask()

    def focus_work(self) -> None:
        if self._beside.currentWidget() is self.why_panel:
            self.why_panel.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.parcels.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def focus_filter(self) -> None:
        """Put the cursor into the filter line of the parcels."""
        self.parcels.focus_filter()

    def escape(self) -> bool:
        """Close the innermost open thing."""
        if self._beside.currentWidget() is self.why_panel:
            return self.why_panel.escape()
        if self.others.isChecked():
            self.others.setChecked(False)
            self._show_others()
            return True
        return False


def _number(text: str, wrong: CarbonProblem) -> Decimal:
    """Return a typed number.

    Raises:
        UserError: it is none, or has a fraction where years are asked.
    """
    plain = text.strip() or "0"
    try:
        value = Decimal(plain)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or (wrong is CarbonProblem.BAD_YEARS and value != value.to_integral_value()):
        raise wrong.error(value=plain[:20])
    return value
