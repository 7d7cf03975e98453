"""One carbon ledger: its rows with their ranges, the same as a chart, and why a figure is what it is."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QLineEdit, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from station_app.domain.calc.explanation import Result
from station_app.domain.problems import Problem, Severity, UserError
from station_app.domain.text import Text
from station_app.services.figures import carbon
from station_app.services.figures.carbon_rows import (
    LEVELS,
    PLACES,
    SOIL,
    STOCK,
    TITLES,
    TOTAL,
    UNITS,
    VEGETATION,
    CarbonReport,
    Ledger,
    LedgerRow,
    part_label,
    ranked,
)
from station_app.services.figures.freeze import Subject
from station_app.services.figures.references import CoefficientReference, RecordReference, parse_reference
from station_app.storage.changes import Changes
from station_app.storage.reader import Query
from station_app.ui.charts import RangeChart
from station_app.ui.freeze_strip import FREEZE, FreezeStrip
from station_app.ui.i18n import Retranslated, tr
from station_app.ui.pages.balance_model import LEVEL_LABELS
from station_app.ui.pages.base import scrolled
from station_app.ui.pages.carbon_choices import CarbonChoices, ChoicesStrip
from station_app.ui.pages.carbon_figures import Ask, CarbonFigures
from station_app.ui.pages.carbon_needs import CarbonNeeds
from station_app.ui.pages.carbon_table import LedgerTable, columns_of
from station_app.ui.parts import ElidedLabel, TextCombo, across, button, label, text_width
from station_app.ui.problem_list import Finding, ProblemList
from station_app.ui.session import Place
from station_app.ui.titles import village_choices, village_name
from station_app.ui.why_panel import WHY, WHY_KEY, WhyPanel, place_of

if TYPE_CHECKING:
    from station_app.ui.session import Session

LEVEL, VILLAGE, PART = Text("层级", "Level"), Text("嘎查村", "Village"), Text("碳库", "Pool")
ALL_VILLAGES = Text("全部嘎查村", "All villages")
FILTER = Text("筛选：名称、编码", "Filter: name, code")
OTHERS = Text("换系数看看", "Try other coefficients")
COUNTED = Text("计入：{counted}。{sign}", "Counted: {counted}. {sign}")
EXPLAINING = Text("正在说明", "Explaining")
WHAT = Text("{name}{part}，{year} 年{ledger}", "{name}{part}, {ledger} of {year}")
OF_PART = Text("({part})", " ({part})")
NO_FIGURE = Text("没有可以说明的数：{why}", "There is no figure to explain: {why}")
CHART = Text("{ledger}，{year} 年", "{ledger}, {year}")
ONLY_SOME = Text("图中只画前 {n} 项，可用筛选缩小范围。", "The chart shows the first {n}; filter to see others.")
NOT_SCHEMES = Text("这是换了系数的试算，不能固定。请先恢复方案的选择。",
                   "This is a trial with other coefficients and can not be frozen. Go back to the scheme first.")  # fmt: skip
ONLY_TOTAL = Text("储量按“植被加土壤”的合计固定。请选合计这一行。",
                  "A stock is frozen as the total of vegetation and soil. Choose that row.")  # fmt: skip
MAIN = {STOCK: "total_t_c", "change": "annual_t_c", "emissions": "total_t_co2e"}
KINDS = {STOCK: "carbon_stock", "change": "carbon_change", "emissions": "emissions"}
NEEDING = frozenset({"CRB-001", "CRB-002"})
AND_OTHERS = Text("{name}等 {n} 项", "{name} and others, {n} in all")
MOST_DRAWN = 40
MOST_FINDINGS = 30


class LedgerView(QWidget, Retranslated):
    """One tab of the page: table, chart beside it, the explanation in its place, problems below."""

    def __init__(
        self, session: Session, ledger: str, choices: CarbonChoices, figures: CarbonFigures,
        parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self.follow_language()
        self.session, self.ledger, self.choices, self.figures = session, ledger, choices, figures
        self._shown: Ask | None = None
        self._drawn: list[LedgerRow] = []
        self._part_chosen = False
        self._sizes: list[int] = []  # of the splitter before an explanation took more room
        figures.ready.connect(self._ready)
        figures.failed.connect(self._failed)
        choices.changed.connect(self._choose)
        self._make_filters()
        self._make_work()
        shortcut = QShortcut(QKeySequence(WHY_KEY), self)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.activated.connect(lambda: self.why())

    # --- building

    def _make_filters(self) -> None:
        self.level = TextCombo(
            [(LEVEL_LABELS[name], name) for name in ("village", *(n for n in LEVELS if n != "village"))]
        )
        self.village = TextCombo([(ALL_VILLAGES, "")])
        self.part = TextCombo()
        for combo, name in ((self.level, LEVEL), (self.village, VILLAGE), (self.part, PART)):
            self.say(combo.setAccessibleName, name)
            self.say(combo.setToolTip, name)
        self.level.chosen.connect(lambda _value: self._choose())
        self.village.chosen.connect(lambda _value: self._choose())
        self.part.chosen.connect(lambda _value: self._choose_part())
        if self.ledger != STOCK:
            self.part.hide()
        self.filter_line = QLineEdit()
        self.filter_line.setClearButtonEnabled(True)
        self.filter_line.setMinimumWidth(text_width(self, 9))
        self.say(self.filter_line.setPlaceholderText, FILTER)
        self.say(self.filter_line.setAccessibleName, FILTER)
        self.filter_line.installEventFilter(self)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(150)
        self._later.timeout.connect(self._keep)
        self.filter_line.textChanged.connect(lambda _text: self._later.start())
        self.others = button("", self._show_others)
        self.others.setCheckable(True)
        self.say(self.others.setText, OTHERS)
        row = across(self.level, self.village, self.part, self.filter_line, self.others)
        row.setStretchFactor(self.filter_line, 1)
        self._filters = QWidget()
        self._filters.setLayout(row)
        self.strip = ChoicesStrip(self.choices, self.ledger)
        self.strip.hide()

    def _make_work(self) -> None:
        self._counted = ElidedLabel("hint")
        self.table = LedgerTable()
        self.table.opened.connect(self.open)
        self.table.why_asked.connect(lambda: self.why())
        self.table.letter.connect(self._type_to_filter)
        self.chart = RangeChart()
        self.chart.opened.connect(self._chart_opened)
        self.order = label("", state="warn", wrap=True)
        self._some = label("hint", wrap=True)
        box = QVBoxLayout()
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(6)
        box.addWidget(self.order)  # above the chart: what compares the rows must not be missed
        box.addWidget(self.chart)
        box.addWidget(self._some)
        box.addStretch(1)
        self.why_panel = WhyPanel(self.session)
        self.why_panel.closed.connect(self._why_closed)
        self._beside = QStackedWidget()
        self._beside.addWidget(scrolled(box))
        self._beside.addWidget(self.why_panel)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.addWidget(self.table)
        self.splitter.addWidget(self._beside)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setSizes([700, 480])
        self.freezing = FreezeStrip(self.session)
        self.freezing.left.connect(self.focus_work)
        self.problems = ProblemList(rows=2)
        work = QWidget()
        inner = QVBoxLayout(work)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(6)
        for widget in (self._filters, self.strip, self.freezing, self._counted):
            inner.addWidget(widget)
        inner.addWidget(self.splitter, 1)
        inner.addWidget(self.problems)
        self.needs = CarbonNeeds(self.session, self.ledger, self.choices.propose)
        self.stack = QStackedWidget()
        self.stack.addWidget(work)
        self.stack.addWidget(self.needs)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.stack)

    def verbs(self) -> list[QWidget]:
        """Return the buttons of this tab."""
        why, freeze = button("primary", self.why), button("", self.ask_freeze)
        self.say(why.setText, WHY)
        self.say(freeze.setText, FREEZE)
        return [why, freeze]

    # --- what is shown

    @property
    def ask(self) -> Ask:
        """What is chosen."""
        level = self.level.value()
        within = (self.village.value() or "") if level in ("household", "parcel") else ""
        return Ask(self.choices.year, self.ledger, level, within, self.choices.asked)

    @property
    def report(self) -> CarbonReport | None:
        """The report in sight."""
        return self.figures.report(self._shown) if self._shown is not None else None

    @property
    def shown_ledger(self) -> Ledger | None:
        """The ledger in sight."""
        report = self.report
        return report.ledger(self.ledger) if report is not None else None

    def reload(self, changes: Changes | None = None) -> None:
        """Show again; the page has let go of what is old."""
        names = village_choices(self.session)
        self.village.set_items([(ALL_VILLAGES, ""), *((name, code) for code, name in names)])
        self.strip.show_choices()
        self._choose()

    def _choose(self) -> None:
        self.village.setEnabled(self.level.value() in ("household", "parcel"))
        if not self.isVisible():
            return
        self.strip.show_choices()
        if self.choices.base is None:
            self._need()
        else:
            self.figures.want(self.ask)

    def _show_others(self) -> None:
        self.strip.setVisible(self.others.isChecked())
        self.strip.show_choices()

    def _ready(self, ask: Ask) -> None:
        if ask != self.ask or not self.isVisible():
            return
        report = self.figures.report(ask)
        if report is None:
            return
        self._shown = ask
        ledger = report.ledger(self.ledger)
        if not any(row.value is not None for row in (*ledger.rows, *ledger.entered)) and not self.choices.asked:
            codes = {each.code for row in ledger.totals for each in row.problems} | {p.code for p in ledger.problems}
            if not codes & {"CRB-002"}:
                self._need()
                return
        self.stack.setCurrentIndex(0)
        self._fill_parts(report)
        self._show(report)

    def _failed(self, ask: Ask, error: BaseException) -> None:
        if ask != self.ask or not self.isVisible():
            return
        if isinstance(error, UserError) and error.code in NEEDING:
            self._need()
        else:
            self.session.show_error(error)

    def _need(self) -> None:
        self.needs.reload(self.choices.year)
        self.stack.setCurrentWidget(self.needs)

    def _fill_parts(self, report: CarbonReport) -> None:
        if self.ledger != STOCK:
            return
        before = self.part.value()
        settings = report.settings
        self.part.set_items([(part_label(part, settings), part) for part in (TOTAL, VEGETATION, SOIL)])
        if self._part_chosen:
            self.part.choose(before)
            return
        ledger = report.ledger(self.ledger)
        known = {row.part for row in (*ledger.rows, *ledger.entered) if row.value is not None}
        self.part.choose(next((part for part in (TOTAL, VEGETATION, SOIL) if part in known), TOTAL))

    def _choose_part(self) -> None:
        self._part_chosen = True
        self._keep()

    def _keep(self) -> None:
        self._later.stop()
        report = self.report
        if report is not None:
            self._show(report)

    def _rows(self, ledger: Ledger) -> tuple[list[LedgerRow], list[LedgerRow]]:
        """Rows of the part and filter in sight, and their sums."""
        part = self.part.value() if self.ledger == STOCK else ""
        words = self.filter_line.text().strip().lower()
        found = self._households_called(words)
        rows = [
            row
            for row in (*ledger.rows, *ledger.entered)
            if row.part == part
            and (not words or words in row.name.lower() or words in row.code.lower() or row.key in found)
        ]
        sums = [] if words or self.level.value() == "station" else [row for row in ledger.totals if row.part == part]
        return rows, sums

    def _households_called(self, words: str) -> frozenset[str]:
        if not words or self.level.value() != "household":
            return frozenset()
        return frozenset(row.record_id for row in self.session.read.rows(Query("household", text=words), 500))

    def _show(self, report: CarbonReport) -> None:
        ledger = report.ledger(self.ledger)
        rows, sums = self._rows(ledger)
        columns = columns_of(self.ledger, report.level, partial(village_name, self.session), self.session.is_county)
        self.table.show_rows(columns, rows, sums)
        self.say(self._counted.setText, lambda: tr(COUNTED, counted=ledger.counted, sign=ledger.sign))
        self._draw(report, rows)
        self._show_problems(report, ledger, rows)

    def _draw(self, report: CarbonReport, rows: list[LedgerRow]) -> None:
        known = [row for row in rows if row.value is not None]
        self._drawn = known[:MOST_DRAWN]
        title = CHART.format(ledger=self._title(report), year=str(report.year))
        made = [(row.name or row.code, row.low, row.value, row.high) for row in self._drawn]
        self.chart.show_ranges(title, made, UNITS[self.ledger], places=PLACES[self.ledger], name=TITLES[self.ledger],
                               along=LEVEL_LABELS[report.level])  # fmt: skip
        self.say(self._some.setText, ONLY_SOME.format(n=MOST_DRAWN))
        self._some.setVisible(len(known) > MOST_DRAWN)
        order = self._order_of(rows, report.ledger(self.ledger))
        self.say(self.order.setText, lambda: "\n".join(tr(each.text) for each in order))
        self.order.setVisible(bool(order))

    def _order_of(self, rows: list[LedgerRow], ledger: Ledger) -> list[Problem]:
        """What must be said where these rows are compared; what is not accepted is compared apart."""
        entered = {(row.key, row.part) for row in ledger.entered}
        apart = [row for row in rows if (row.key, row.part) in entered and not row.accepted]
        others = [row for row in rows if row not in apart]
        return list(dict.fromkeys((*ranked(others)[1], *ranked(apart)[1])))

    def _title(self, report: CarbonReport) -> Text:
        title = TITLES[self.ledger]
        if self.ledger != STOCK:
            return title
        part = part_label(self.part.value(), report.settings)
        return Text(f"{title.zh}·{part.zh}", f"{title.en}: {part.en}")

    def _show_problems(self, report: CarbonReport, ledger: Ledger, rows: list[LedgerRow]) -> None:
        findings = [Finding(found, "", self.door_of(found)) for found in (*report.problems, *ledger.problems)]
        rows_of: dict[Problem, list[str]] = {}
        for row in rows:
            for found in row.problems:
                if found.severity is not Severity.INFO:
                    rows_of.setdefault(found, []).append(row.name or row.code)
        # What is wrong with the records comes before doubts about coefficients.
        for found in sorted(rows_of, key=lambda each: each.code.startswith("CALC"))[:MOST_FINDINGS]:
            names = rows_of[found]
            where = names[0] if len(names) == 1 else tr(AND_OTHERS, name=names[0], n=len(names))
            findings.append(Finding(found, where, self.door_of(found)))
        self.problems.show_findings(findings)

    def door_of(self, found: Problem) -> Callable[[], None] | None:
        """Return what opens the record a problem stands at."""
        reference = parse_reference(found.place) if found.place else None
        if isinstance(reference, RecordReference):
            return partial(self.session.go, place_of(reference))
        if isinstance(reference, CoefficientReference):
            return partial(self.session.go, Place("standards", state=found.place, back=True))
        return None

    # --- filters

    def _type_to_filter(self, text: str) -> None:
        self.filter_line.setFocus(Qt.FocusReason.ShortcutFocusReason)
        if text:
            self.filter_line.setText(text)
        else:
            self.filter_line.selectAll()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if watched is self.filter_line and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter):
                if self._later.isActive():
                    self._keep()
                self.table.setFocus(Qt.FocusReason.ShortcutFocusReason)
                return True
            if event.key() == Qt.Key.Key_Escape and self.filter_line.text():
                self.filter_line.clear()
                return True
        return super().eventFilter(watched, event)

    # --- a row

    def open(self, row: LedgerRow) -> None:
        """Open the record of a row, or the rows it is made of."""
        if row.level in ("household", "parcel"):
            self.session.go(Place(record_type=row.level, record_id=row.key, back=True))
        elif row.level == "village":
            self.level.choose("household" if self.ledger == "emissions" else "parcel")
            self.village.choose(row.key)
            self._choose()
        elif row.level == "township":
            self.level.choose("village")
            self._choose()
        else:
            self.why()

    def _chart_opened(self, index: int) -> None:
        if 0 <= index < len(self._drawn):
            self.table.select(self._drawn[index].key)
            self.why()

    def why(self) -> None:
        """Explain the figure of the current row."""
        row, report = self.table.current(), self.report
        if row is None or report is None:
            return
        part = Text("", "")
        if row.part:
            part = OF_PART.format(part=part_label(row.part, report.settings))
        title = WHAT.format(name=row.name or row.code, part=part, year=str(report.year), ledger=TITLES[self.ledger])

        def done(found: Result[Any]) -> None:
            self.why_panel.show_result(title, found, MAIN[self.ledger])
            self._widen(self._beside.currentWidget() is not self.why_panel)
            self._beside.setCurrentWidget(self.why_panel)
            self.why_panel.show()
            self.why_panel.setFocus(Qt.FocusReason.OtherFocusReason)

        self._explain(row, done)

    def _explain(self, row: LedgerRow, then: Callable[[Result[Any]], None]) -> None:
        ask, at_county = self.ask, self.session.is_county
        report = self.report
        entered = report is not None and any(each is row for each in report.ledger(self.ledger).entered)

        def work(context: Any) -> Result[Any]:
            # A sum below the table is one of the whole station.
            found = carbon.carbon_why(context.reader, ask.year, ask.ledger, row.key, part=row.part, level=row.level,
                               settings=ask.settings, accepted=not (at_county and entered))  # fmt: skip
            _ = found.explanation  # made here, off the window's thread
            return found

        self.session.ask(self, work, title=EXPLAINING, on_done=then, on_error=self._not_explained)

    def _not_explained(self, error: BaseException) -> None:
        if isinstance(error, UserError):
            self.session.say(NO_FIGURE.format(why=error.text), "info")
        else:
            self.session.show_error(error)

    def _widen(self, first: bool) -> None:
        """Give the explanation more room than the chart had."""
        if not first:
            return
        self._sizes = self.splitter.sizes()
        whole = max(sum(self._sizes), 2)
        wanted = max(self._sizes[1], min(text_width(self, 54), whole * 2 // 3))
        self.splitter.setSizes([whole - wanted, wanted])

    def _why_closed(self) -> None:
        if self._sizes:
            self.splitter.setSizes(self._sizes)
        self._beside.setCurrentIndex(0)
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def ask_freeze(self) -> None:
        """Ask whether to keep the figure of the current row as a decision."""
        row, report = self.table.current(), self.report
        if row is None or report is None:
            return
        if not self.choices.is_the_schemes:
            self.session.say(NOT_SCHEMES, "warn")
            return
        if row.part not in ("", TOTAL):
            self.session.say(ONLY_TOTAL, "warn")
            return
        types = {"household": "household", "parcel": "parcel"}
        subject = Subject(
            level=row.level, name=row.name or row.code, year=report.year, record_type=types.get(row.level, ""),
            record_id=row.key if row.level in types else "", code=row.key if row.level not in types else row.code,
            scheme_id=report.settings.scheme_id,
        )  # fmt: skip
        self._explain(row, lambda found: self.freezing.ask(KINDS[self.ledger], subject, found))

    # --- as every view

    def focus_work(self) -> None:
        """Put the keyboard where the work is."""
        if self.stack.currentWidget() is self.needs:
            self.needs.focus_first()
        elif self._beside.currentWidget() is self.why_panel:
            self.why_panel.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def focus_filter(self) -> None:
        """Put the cursor into the filter line."""
        self._type_to_filter("")

    def escape(self) -> bool:
        """Close the innermost open thing."""
        if self.freezing.isVisible():
            self.freezing.leave()
            return True
        if self._beside.currentWidget() is self.why_panel:
            return self.why_panel.escape()
        if self.others.isChecked():
            self.others.setChecked(False)
            self._show_others()
            return True
        return False
