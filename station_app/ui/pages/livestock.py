"""Livestock: the count grid of a village, the list of counts, the forage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QSplitter, QStackedWidget, QWidget

from station_app.domain.codes import code_list
from station_app.domain.problems import Problem, UserError
from station_app.domain.registry import record_type
from station_app.domain.text import Text
from station_app.services.figures.references import record_reference
from station_app.storage.changes import Changes
from station_app.ui import actions, count_grid
from station_app.ui.i18n import Retranslated
from station_app.ui.live_herd import NO_SCHEME, HerdLineOfForm, LiveHerd, load
from station_app.ui.pages.family import FamilyPage
from station_app.ui.pages.section import EXPORT, SectionOptions, verbs_row
from station_app.ui.parts import ElidedLabel, EmptyState, MenuButton, Meter, TextCombo, across, down, label
from station_app.ui.problem_list import Finding, ProblemList
from station_app.ui.session import Place
from station_app.ui.titles import village_choices
from station_app.ui.why_panel import WHY_KEY, WhyPanel

if TYPE_CHECKING:
    from station_app.ui.session import Session

GRID = Text("清点表", "Count grid")
LIST = Text("清点记录", "Counts")
VILLAGE = Text("嘎查村", "Village")
OCCASION = Text("时点", "Occasion")
COUNTED = Text("已清点 {done} / {total} 户", "{done} / {total} households counted")
NO_ROSTER = Text("先有牧户花名册", "The roster comes first")
NO_ROSTER_BODY = Text("清点表按花名册排好每一户。请先登记牧户，或从 Excel 导入花名册。",
                      "The grid is laid out from the roster: one row a household. Add households first, or import the "
                      "roster from Excel.")  # fmt: skip
HERD_OF = Text("{name} 的羊单位", "sheep units of {name}")
TO_HOUSEHOLDS = Text("去登记牧户", "Go to households")
KEYS = Text(
    "直接输入头数，Enter 向下，Tab 向右；离开一行就保存。F8：羊单位怎么来的。",
    "Type heads. Enter: down, Tab: right. Leaving a row saves it. F8: why so many sheep units.",
)


class CountView(QWidget, Retranslated):
    """Village, occasion, progress, and the grid."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.follow_language()
        self.session = session
        self.village = TextCombo()
        self.occasion = TextCombo([(item.label, item.code) for item in code_list("occasion").items])
        for combo, name in ((self.village, VILLAGE), (self.occasion, OCCASION)):
            self.say(combo.setAccessibleName, name)
            combo.chosen.connect(lambda _value: self.lay_out())
        village_name, occasion_name, hint = label("hint"), label("hint"), ElidedLabel("hint")
        self.say(village_name.setText, VILLAGE)
        self.say(occasion_name.setText, OCCASION)
        self.say(hint.setText, KEYS)
        self._progress_text = label("hint")
        self._progress = Meter()
        filters = across(village_name, self.village, 8, occasion_name, self.occasion, 12, hint, None,
                         self._progress_text, self._progress)  # fmt: skip
        self._filters = QWidget()
        self._filters.setLayout(filters)
        self._beside = holder = QSplitter(Qt.Orientation.Horizontal)
        holder.setChildrenCollapsible(False)
        self.empty = EmptyState("livestock")
        self.empty.tell(NO_ROSTER, NO_ROSTER_BODY)
        self.empty.offer(TO_HOUSEHOLDS, lambda: session.go(Place("households")), primary=True)
        self.stack = QStackedWidget()
        self.stack.addWidget(holder)
        self.stack.addWidget(self.empty)
        self.problems = ProblemList()
        self.setLayout(down(self._filters, (self.stack, 1), self.problems))
        self.grid: count_grid.CountGrid | None = None
        self._live_year = 0
        shortcut = QShortcut(QKeySequence(WHY_KEY), self)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.activated.connect(lambda: self.why())

    @cached_property
    def why_panel(self) -> WhyPanel:
        """Where sheep units are explained, made when that is first asked."""
        made = WhyPanel(self.session)
        made.closed.connect(self.focus_work)
        made.hide()
        self._beside.addWidget(made)
        return made

    def _explains(self) -> bool:
        return "why_panel" in self.__dict__ and self.why_panel.isVisible()

    @property
    def year(self) -> int:
        return self.session.year or self.session.today().year

    def _fill_villages(self, changes: Changes | None) -> None:
        choices = [(name, code) for code, name in village_choices(self.session)]
        self.village.set_items(choices)
        self._filters.setVisible(bool(choices))
        self.stack.setCurrentIndex(0 if choices else 1)
        if choices:
            self.lay_out(changes)

    def lay_out(self, changes: Changes | None = None) -> None:
        """Show the grid of the chosen village and occasion."""
        village, occasion = self.village.value(), self.occasion.value()
        if self.grid is None:
            self.grid = count_grid.CountGrid(
                self.session.workspace, village, self.year, occasion, entry=self.session.entry, today=self.session.today
            )
            self.grid.grid.read_only = not self.session.may_author("livestock_count")
            self.grid.draft_kept.connect(self.session.drafts_changed)
            self.grid.progressed.connect(self._progressed)
            self.grid.problems_changed.connect(self._show_problems)
            self.grid.row_opened.connect(self._open)
            self._beside.insertWidget(0, self.grid)
            self._beside.setStretchFactor(0, 1)
        elif (village, self.year, occasion) == (self.grid.village_code, self.grid.year, self.grid.occasion):
            self.grid.refresh(changes)  # somebody may be typing
        else:
            self.grid.set_scope(village, self.year, occasion)
        self._ask_scheme()
        done, total = self.grid.progress()
        self._progressed(done, total)

    def go_on_with(self, draft_key: str) -> None:
        """Show the village, year and occasion of a draft, with the cursor where it was."""
        _, village, year, occasion = draft_key.split(":")
        self.session.set_year(int(year))
        self.village.choose(village)
        self.occasion.choose(occasion)
        self.lay_out()
        self.focus_work()

    def _ask_scheme(self, again: bool = False) -> None:
        """Have the scheme of the year read, for the sheep units beside the heads."""
        year = self.year
        if year == self._live_year and not again:
            return
        self._live_year = year

        def take(live: LiveHerd | None) -> None:
            if self.grid is not None:
                before = self.grid.live.scheme if self.grid.live is not None else None
                if before != (live.scheme if live is not None else None):
                    self.grid.take_live(live)

        load(self.session, self, year, take)

    def why(self) -> None:
        """Show beside the grid why the row with the cursor has so many sheep units."""
        grid = self.grid
        if grid is None or grid.live is None:
            self.session.say(NO_SCHEME.format(year=str(self.year)), "info")
            return
        grid.view.commit()
        number = grid.view.currentIndex().row()
        if number < 0:
            return
        row = grid.grid.rows[number]
        record_id = row.payload.record_id if row.payload and row.payload.texts == row.texts else ""
        reference = record_reference("livestock_count", record_id, "class_counts") if record_id else ""
        try:
            result = grid.live.why(grid.herd(row), reference)
        except UserError as error:
            self.session.say(error.text, "info")
            return
        first = not self.why_panel.isVisible()
        self.why_panel.show_result(HERD_OF.format(name=row.label), result)
        self.why_panel.show()
        if first:
            whole = max(self._beside.width(), 2)
            self._beside.setSizes([whole * 45 // 100, whole - whole * 45 // 100])
        self.why_panel.setFocus(Qt.FocusReason.OtherFocusReason)

    def escape(self) -> bool:
        return self._explains() and self.why_panel.escape()

    def _progressed(self, done: int, total: int) -> None:
        self.say(self._progress_text.setText, COUNTED.format(done=done, total=total))
        self._progress.tell(done, total)

    def _show_problems(self, problems: Sequence[Problem]) -> None:
        self.problems.show_findings([Finding(p, p.place) for p in problems])

    def _open(self, record_id: str) -> None:
        if record_id:
            self.session.go(Place(record_type="livestock_count", record_id=record_id))

    def reload(self, changes: Changes | None = None) -> None:
        """Read again."""
        if changes is None or (changes.tables & {"household", "organisation"}):
            self._fill_villages(changes)
        elif self.grid is not None:
            self.grid.refresh(changes)
        if changes is None or changes.tables & {"calculation_scheme", "coefficient_edition"}:
            self._ask_scheme(again=True)

    def focus_work(self) -> None:
        """Put the keyboard into the grid, or the explanation beside it."""
        if self._explains():
            self.why_panel.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        (self.grid or self.empty).setFocus(Qt.FocusReason.OtherFocusReason)

    def leave(self) -> None:
        if self.grid is not None:
            self.grid.save_pending()


class LivestockPage(FamilyPage):
    """Counts and forage."""

    def tab_keys(self) -> Sequence[tuple[str, Text]]:
        return [("grid", GRID), ("livestock_count", LIST), ("forage_supply", record_type("forage_supply").plural)]

    def options(self, type_name: str) -> SectionOptions:
        usual = super().options(type_name)
        return replace(usual, footer=HerdLineOfForm) if type_name == "livestock_count" else usual

    def make_view(self, key: str) -> tuple[QWidget, QWidget]:
        if key != "grid":
            return super().make_view(key)
        view: Any = CountView(self.session)
        menu = MenuButton(EXPORT)
        for report in actions.REPORTS_OF_PAGE["livestock"]:
            menu.offer(actions.REPORT_LABELS[report], partial(actions.export_report, self.session, self, report))
        return view, verbs_row([menu])

    def open_place(self, place: Place) -> None:
        super().open_place(place)
        if place.draft.startswith("count:"):
            self.views["grid"].go_on_with(place.draft)  # type: ignore[attr-defined]

    def new(self) -> None:
        if self.current == "grid":
            self.choose("livestock_count")
        super().new()

    def tab_shown(self, key: str) -> None:
        if key != "grid" and "grid" in self.views:
            self.views["grid"].leave()  # type: ignore[attr-defined]

    def parts_for_tour(self) -> list[tuple[str, Place]]:
        return [("livestock_count", Place("livestock", record_type="livestock_count")),
                ("forage_supply", Place("livestock", record_type="forage_supply")),
                ("grid", Place("livestock", record_type="grid"))]  # fmt: skip
