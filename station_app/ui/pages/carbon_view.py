"""One carbon ledger: its rows with their ranges, the same as a chart, and why a figure is what it is."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QVBoxLayout, QWidget

from station_app.domain.codes import label_of
from station_app.domain.problems import Problem
from station_app.domain.text import Text
from station_app.services.figures import carbon, freeze
from station_app.services.figures.carbon_columns import carbon_columns
from station_app.services.figures.carbon_rows import (
    ACCEPTED_SUM,
    IN_SIGHT,
    LEVELS,
    PLACES,
    SOIL,
    STOCK,
    SUM,
    TITLES,
    TOTAL,
    UNITS,
    VEGETATION,
    CarbonReport,
    Ledger,
    LedgerRow,
    part_label,
    ranked,
    sum_in_sight,
)
from station_app.services.figures.carbon_settings import CarbonSettings
from station_app.services.figures.problems import CarbonProblem
from station_app.services.figures.rows import SINGLE
from station_app.storage.changes import Changes
from station_app.ui.charts import RangeChart
from station_app.ui.figure_view import LEVEL, VILLAGE, FigureView
from station_app.ui.figures import Figures
from station_app.ui.freeze_strip import FREEZE
from station_app.ui.i18n import tr
from station_app.ui.pages.base import scrolled
from station_app.ui.pages.carbon_choices import CarbonChoices, ChoicesStrip
from station_app.ui.pages.carbon_needs import CarbonNeeds
from station_app.ui.parts import ElidedLabel, TextCombo, across, button, label
from station_app.ui.session import Place
from station_app.ui.why_panel import WHY

if TYPE_CHECKING:
    from collections.abc import Callable

    from station_app.ui.session import Session

PART = Text("碳库", "Pool")
OTHERS = Text("换系数看看", "Try other coefficients")
COUNTED = Text("计入：{counted}。{sign}", "Counted: {counted}. {sign}")
COMPUTING = Text("正在计算碳汇", "Computing carbon")
WHAT = Text("{name}{part}，{year} 年{ledger}", "{name}{part}, {ledger} of {year}")
OF_PART = Text("({part})", " ({part})")
CHART = Text("{ledger}，{year} 年", "{ledger}, {year}")
ONLY_SOME = Text("图中只画前 {n} 项，可用筛选缩小范围。", "The chart shows the first {n}; filter to see others.")
NOT_SCHEMES = Text("这是换了系数的试算，不能固定。请先恢复方案的选择。",
                   "This is a trial with other coefficients and can not be frozen. Go back to the scheme first.")  # fmt: skip
ONLY_TOTAL = Text("储量按“植被加土壤”的合计固定。请选合计这一行。",
                  "A stock is frozen as the total of vegetation and soil. Choose that row.")  # fmt: skip
ONLY_ADDED = Text("这一行只是所列各行相加。请选其中一行，或清除筛选后看合计。",
                  "This line only adds the rows in sight. Choose one of them, or clear the filter for the total.")  # fmt: skip
MAIN = {STOCK: "total_t_c", "change": "annual_t_c", "emissions": "total_t_co2e"}
KINDS = {STOCK: "carbon_stock", "change": "carbon_change", "emissions": "emissions"}
NO_CHOICE = CarbonProblem.NOT_CHOSEN.code
MOST_DRAWN = 40
SOURCES = frozenset({
    "livestock_count", "plot", "plot_new", "herb_quadrat", "soil_sample", "carbon_registration", "carbon_activity",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ask:
    """Which ledger; without ``settings`` those of the scheme in force, an empty village is all."""

    year: int
    ledger: str
    level: str
    within: str = ""
    settings: CarbonSettings | None = None


def ledger_figures(session: Session) -> Figures[Ask, CarbonReport]:
    """Return the reports of one ledger each that the tabs of a page share."""

    return Figures(
        session,
        COMPUTING,
        SOURCES,
        lambda context, ask: carbon.carbon_report(
            context.reader,
            ask.year,
            level=ask.level,
            within=ask.within,
            settings=ask.settings,
            ledgers=(ask.ledger,),
            context=context,
        ),
    )


class LedgerView(FigureView):
    """One tab of the page: table, chart beside it, the explanation in its place, problems below."""

    needing = frozenset({CarbonProblem.NO_SCHEME.code, NO_CHOICE})
    side_stays = True

    def __init__(
        self, session: Session, ledger: str, choices: CarbonChoices, figures: Figures[Ask, CarbonReport],
        parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(session, figures, parent=parent)
        self.ledger, self.choices = ledger, choices
        self._drawn: list[LedgerRow] = []
        self._part_chosen = False
        choices.changed.connect(self._choose)
        filters = self._make_filters()
        self.strip = ChoicesStrip(choices, ledger)
        self.strip.hide()
        self._counted = ElidedLabel("hint")
        self.chart = RangeChart()
        self.chart.opened.connect(self._chart_opened)
        self.order = label("", state="warn", wrap=True)
        self._some = label("hint", wrap=True)
        box = QVBoxLayout()
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(6)
        for widget in (
            self.order,
            self.chart,
            self._some,
        ):  # above the chart: what compares the rows must not be missed
            box.addWidget(widget)
        box.addStretch(1)
        self.needs = CarbonNeeds(session, ledger, choices.propose)
        self.put_together([filters, self.strip, self._counted], self.table, scrolled(box), self.needs)
        self.splitter.setSizes([700, 480])

    def _make_filters(self) -> QWidget:
        levels = ("village", *(name for name in LEVELS if name != "village"))
        self.level = TextCombo([(label_of("figure_level", name), name) for name in levels])
        self.village = TextCombo(self.villages()[:1])
        self.part = TextCombo()
        for combo, name in ((self.level, LEVEL), (self.village, VILLAGE), (self.part, PART)):
            self.say(combo.setAccessibleName, name)
            self.say(combo.setToolTip, name)
        self.level.chosen.connect(lambda _value: self._choose())
        self.village.chosen.connect(lambda _value: self._choose())
        self.part.chosen.connect(lambda _value: self._choose_part())
        if self.ledger != STOCK:
            self.part.hide()  # never shown here: without a parent it would be a window of its own
        self.others = button("", self._show_others)
        self.others.setCheckable(True)
        self.say(self.others.setText, OTHERS)
        row = across(self.level, self.village, self.part, self.filter_line, self.others)
        row.setStretchFactor(self.filter_line, 1)
        filters = QWidget()
        filters.setLayout(row)
        return filters

    def verbs(self) -> list[QWidget]:
        """Return the buttons of this tab."""
        why, freeze = button("primary", self.why), button("", self.ask_freeze)
        self.say(why.setText, WHY)
        self.say(freeze.setText, FREEZE)
        return [why, freeze]

    # --- what is shown

    @property
    def year(self) -> int:
        return self.choices.year

    @property
    def ask(self) -> Ask:
        level = self.level.value()
        within = self.village.value() or "" if level in SINGLE else ""
        return Ask(self.year, self.ledger, level, within, self.choices.asked)

    def reload(self, changes: Changes | None = None) -> None:
        """Show again; the page has let go of what is old."""
        self.village.set_items(self.villages())
        self._choose()

    def _choose(self) -> None:
        self.village.setEnabled(self.level.value() in SINGLE)
        if not self.isVisible():
            return
        self.strip.show_choices()
        if self.choices.base is None:
            self.need()
        else:
            self.figures.want(self.ask)

    def _show_others(self) -> None:
        self.strip.setVisible(self.others.isChecked())
        self.strip.show_choices()

    def _ready(self, asked: object) -> None:
        if self.isVisible():
            super()._ready(asked)

    def _failed(self, asked: object, error: BaseException) -> None:
        if self.isVisible():
            super()._failed(asked, error)

    def need(self) -> None:
        self.needs.reload(self.year)
        super().need()

    def show_table(self, report: CarbonReport) -> None:
        ledger = report.ledger(self.ledger)
        if not any(row.value is not None for row in (*ledger.rows, *ledger.entered)) and not self.choices.asked:
            codes = {each.code for row in ledger.totals for each in row.problems} | {p.code for p in ledger.problems}
            if NO_CHOICE not in codes:
                self.need()
                return
        self._fill_parts(report, ledger)
        part = self.part.value() if self.ledger == STOCK else ""
        fits = self.words_fit()
        rows = [row for row in (*ledger.rows, *ledger.entered) if row.part == part and fits(row)]
        sums = []
        if self.filter_line.text().strip():  # what is not accepted is in no sum
            in_sight = sum_in_sight([row for row in rows if all(row is not each for each in ledger.entered)])
            sums = [in_sight] if in_sight is not None else []
        elif report.level != "station":
            whose = ACCEPTED_SUM if self.session.is_county else SUM
            sums = [(whose, dataclasses.replace(row, rank=None)) for row in ledger.totals if row.part == part]
        self.table.show_rows(carbon_columns(report, self.ledger, at_county=self.session.is_county), rows, sums)
        self.say(self._counted.setText, COUNTED.format(counted=ledger.counted, sign=ledger.sign))
        self._draw(report, ledger, rows)
        self.show_problems((*report.problems, *ledger.problems), rows)

    def _fill_parts(self, report: CarbonReport, ledger: Ledger) -> None:
        if self.ledger != STOCK:
            return
        before, parts = self.part.value(), (TOTAL, VEGETATION, SOIL)
        self.part.set_items([(part_label(part, report.settings), part) for part in parts])
        known = {row.part for row in (*ledger.rows, *ledger.entered) if row.value is not None}
        first = next((part for part in parts if part in known), TOTAL)
        self.part.choose(before if self._part_chosen else first)

    def _choose_part(self) -> None:
        self._part_chosen = True
        self._keep()

    def _draw(self, report: CarbonReport, ledger: Ledger, rows: list[LedgerRow]) -> None:
        known = [row for row in rows if row.value is not None]
        self._drawn = known[:MOST_DRAWN]
        name = ledger.title
        if self.ledger == STOCK:
            name = Text("{title}·{part}", "{title}: {part}").format(
                title=name, part=part_label(self.part.value(), report.settings)
            )
        made = [(row.name or row.code, row.low, row.value, row.high) for row in self._drawn]
        self.chart.show_ranges(CHART.format(ledger=name, year=str(report.year)), made, UNITS[self.ledger],
                               places=PLACES[self.ledger], name=ledger.title,
                               along=label_of("figure_level", report.level))  # fmt: skip
        self.say(self._some.setText, ONLY_SOME.format(n=MOST_DRAWN))
        self._some.setVisible(len(known) > MOST_DRAWN)
        order = self._order_of(rows, ledger)
        self.say(self.order.setText, lambda: "\n".join(tr(each.text) for each in order))
        self.order.setVisible(bool(order))

    def _order_of(self, rows: list[LedgerRow], ledger: Ledger) -> list[Problem]:
        """What must be said where these rows are compared; what is not accepted is compared apart."""
        entered = {(row.key, row.part) for row in ledger.entered}
        apart = [row for row in rows if (row.key, row.part) in entered and not row.accepted]
        others = [row for row in rows if row not in apart]
        return list(dict.fromkeys((*ranked(others)[1], *ranked(apart)[1])))

    # --- a row

    def open(self, row: LedgerRow) -> None:
        """Open the record of a row, or the rows it is made of."""
        if row.level in SINGLE:
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

    def why(self, result: str = "") -> None:
        row, report = self.table.current(), self.current_table
        if row is None or report is None:
            return
        part = OF_PART.format(part=part_label(row.part, report.settings)) if row.part else Text("", "")
        title = WHAT.format(name=row.name or row.code, part=part, year=str(report.year), ledger=TITLES[self.ledger])
        self._explain(row, lambda found: self.show_why(title, found, result or MAIN[self.ledger]))

    def _explain(self, row: LedgerRow, then: Callable[[Any], None]) -> None:
        if row.level == IN_SIGHT:
            self.session.say(ONLY_ADDED, "info")
            return
        ask, at_county, report = self.ask, self.session.is_county, self.current_table
        entered = report is not None and any(each is row for each in report.ledger(self.ledger).entered)

        def how(reader: Any) -> Any:
            # A sum below the table is one of the whole station.
            return carbon.carbon_why(reader, ask.year, ask.ledger, row.key, part=row.part, level=row.level,
                              settings=ask.settings, accepted=not (at_county and entered))  # fmt: skip

        self.explain(how, then)

    def ask_freeze(self) -> None:
        """Ask whether to keep the figure of the current row as a decision."""
        row, report = self.table.current(), self.current_table
        if row is None or report is None:
            return
        if not self.choices.is_the_schemes:
            self.session.say(NOT_SCHEMES, "warn")
            return
        if row.part not in ("", TOTAL):
            self.session.say(ONLY_TOTAL, "warn")
            return
        subject = freeze.subject_of(row, report.year, report.settings.scheme.record_id)
        self._explain(row, lambda found: self.freezing.ask(KINDS[self.ledger], subject, found))

    # --- as every view

    def escape(self) -> bool:
        """Close the innermost open thing."""
        if super().escape():
            return True
        if self.others.isChecked():
            self.others.setChecked(False)
            self._show_others()
            return True
        return False
