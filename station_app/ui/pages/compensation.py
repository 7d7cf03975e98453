"""Compensation: where each batch stands, what stops it, and the run from plan and parcels to lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QWidget

from station_app.domain.problems import UserError
from station_app.domain.records.compensation import CompensationBatch
from station_app.domain.registry import record_type
from station_app.domain.text import Text
from station_app.services import compensation, compensation_why
from station_app.services.entry import Entry
from station_app.storage.changes import Changes
from station_app.storage.reader import Filter, Query
from station_app.ui import theme
from station_app.ui.actions import REPORTS_OF_PAGE
from station_app.ui.i18n import Retranslated
from station_app.ui.pages.batch_story import BatchStory
from station_app.ui.pages.detail import Extra
from station_app.ui.pages.family import FamilyPage
from station_app.ui.pages.section import SectionOptions, year_filters
from station_app.ui.parts import TextCombo, across, button, down, label
from station_app.ui.session import Place
from station_app.ui.titles import record_title, village_choices, village_name
from station_app.ui.why_panel import WHY, WHY_KEY, WhyPanel

if TYPE_CHECKING:
    from collections.abc import Callable

    from station_app.storage.reader import Row
    from station_app.storage.workspace import Workspace
    from station_app.ui.jobs import Context
    from station_app.ui.pages.catalogue import PageEntry
    from station_app.ui.session import Session

RUN = Text("计算批次", "Run batch")
RAN = Text("计算批次 {village}", "Ran the batch of {village}")
RUNNING = Text("正在计算 {village} 的批次", "Running the batch of {village}")
PLAN = Text("方案", "Plan")
VILLAGE = Text("嘎查村", "Village")
MORE = Text("计算补发批次", "Run a supplement")
TAKEN = Text("已有第 {n} 批；再算只补漏发的户和新增的面积。要重算请先作废它。",
             "There is batch {n}; a further one pays only who was missed and land added. Void it to run again.")  # fmt: skip
NO_PLAN = Text("还没有这一年的补奖方案。方案由县里下达，随回执到达；到了就能在这里计算批次。",
               "No plan for this year yet. It comes from the county with a receipt; then a batch can be run here.")  # fmt: skip
RUN_HINT = Text("按地块面积 × 方案标准逐户计算", "Area × rate, household by household")
DONE = Text("{village}：{n} 户，应发合计 {yuan} 元。", "{village}: {n} households, CNY {yuan} in all.")
NOT_PAID = Text("{done}{held} 户暂缓，{out} 户未列入，原因和办法见批次。",
                "{done} {held} held, {out} left out; the batch says why and what to do.")  # fmt: skip
OPEN = Text("打开批次", "Open the batch")
STATE = Text("进度", "Standing")
LIMITED = Text("{done}其中 {n} 户封顶或保底。", "{done} {n} of them at a cap or floor.")
WHY_LINE = Text("{name} 的补奖金额", "The award of {name}")
CHOOSE_LINE = Text(
    "请先打开“发放明细”，选中一户再按 F8。", "Open the disbursement lines and select a household, then press F8."
)
NO_WHY = Text("不能说明这个金额：{why}", "This amount can not be explained: {why}")


class RunStrip(QFrame, Retranslated):
    """Plan, village and the button that computes a batch."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.follow_language()
        self.setProperty("part", "strip")
        self._session = session
        self.plan, self.village = TextCombo(), TextCombo()
        self.run_button = self.said(button("primary", self.run), RUN)
        self._hint = self.said(label("hint"), RUN_HINT)
        self._open = self.said(button("link", self._open_batch), OPEN)
        self._none = self.said(label("", wrap=True, state="muted"), NO_PLAN)
        names = []
        for combo, text in ((self.plan, PLAN), (self.village, VILLAGE)):
            name = self.said(label("hint"), text)
            self.say(combo.setAccessibleName, text)
            names.append(name)
        self.plan.setMaximumWidth(320)
        self._choice = QWidget()
        self._choice.setLayout(across(names[0], self.plan, 8, names[1], self.village, 8,
                                      self.run_button, self._hint, self._open, None, spacing=6))  # fmt: skip
        self.setLayout(down(self._choice, self._none, margins=(12, 5, 8, 5)))
        self.village.chosen.connect(lambda _code: self._look())
        self.plan.chosen.connect(lambda _plan: self._look())
        self.reload()

    def reload(self) -> None:
        """Read plans and villages again."""
        kind = record_type("compensation_plan")
        rows = self._session.read.rows(Query(kind.name, year_filters(kind, self._session.year), (("year", True),)))
        self.plan.set_items([(r.record.short_name or record_title(self._session, kind, r.record), r.record_id)
                             for r in rows])  # fmt: skip
        self.village.set_items([(name, code) for code, name in village_choices(self._session)])
        ready = bool(rows) and self.village.count() > 0 and self._session.may_author("compensation_batch")
        self._choice.setVisible(ready)
        self._none.setVisible(not rows)
        self.setVisible(ready or not rows)
        if ready:
            self._look(choose=True)

    def _batches(self) -> dict[str, tuple[int, str]]:
        """Return the last batch of each village that has one under the chosen plan: its number and record."""
        rows = self._session.read.rows(
            Query(CompensationBatch, (Filter("plan_id", "eq", self.plan.value()),), (("batch_number", False),)))  # fmt: skip
        return {row.record.village_code: (row.record.batch_number, row.record_id) for row in rows}

    def _look(self, choose: bool = False) -> None:
        """A village is paid once: where a batch stands, the way leads there, and a further run is a supplement."""
        there = self._batches()
        if choose:
            free = next((code for code, _ in village_choices(self._session) if code not in there), None)
            if free is not None:
                self.village.choose(free)
        number, _ = there.get(self.village.value() or "", (0, ""))
        self._open.setVisible(bool(number))
        self.say(self.run_button.setText, MORE if number else RUN)
        self.say(self._hint.setText, TAKEN.format(n=number) if number else RUN_HINT)
        theme.mark(self._hint, state="warn" if number else "")
        theme.mark(self.run_button, part="" if number else "primary")  # a supplement is not the usual next step

    def _open_batch(self) -> None:
        _, batch = self._batches().get(self.village.value() or "", (0, ""))
        if batch:
            self._session.go(Place(record_type="compensation_batch", record_id=batch))

    def run(self) -> None:
        """Compute the batch off the window's thread, then open it."""
        plan_id, village = self.plan.value(), self.village.value()
        if plan_id is None or village is None:
            return
        session, name, today = self._session, village_name(self._session, village), self._session.today()

        def work(workspace: Workspace, context: Context) -> Any:
            with workspace.operation(RAN.format(village=name)):
                return compensation.run_batch(
                    Entry(workspace), workspace, plan_id, village, today=today, context=context
                )

        def done(made: Any) -> None:
            place = Place(record_type="compensation_batch", record_id=made.batch_id)
            said = DONE.format(village=name, n=made.lines, yuan=f"{made.net_yuan:,.2f}")
            if made.limited:
                said = LIMITED.format(done=said, n=made.limited)
            if made.held or made.left_out:
                said = NOT_PAID.format(done=said, held=len(made.held), out=len(made.left_out))
            session.say(
                said, "warn" if made.held or made.left_out else "ok", action_text=OPEN, action=lambda: session.go(place)
            )
            session.go(place)

        session.write(work, title=RUNNING.format(village=name), on_done=done)


class LineWhy(QWidget, Retranslated):
    """Why a line has this amount: rates of the plan, areas of the parcels, cap and floor, deduction."""

    def __init__(self, session: Session, leave: Callable[[], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.follow_language()
        self._session, self._leave = session, leave
        self.panel = WhyPanel(session)
        self.panel.closed.connect(self._closed)
        self._refused = label("", wrap=True, state="warn")
        self._refused.hide()
        box = down(self._refused, self.panel, spacing=0)
        box.setStretch(1, 1)
        self.setLayout(box)

    def show_row(self, row: Row | None) -> None:
        if row is None:
            return
        try:
            result = compensation_why.award_why(self._session.read, row.record_id)
            self.panel.show_result(WHY_LINE.format(name=row.record.head_name or "—"), result, "net_yuan")
        except UserError as error:
            self.say(self._refused.setText, NO_WHY.format(why=error.text))
            self._refused.show()
            self.panel.hide()
            return
        self._refused.hide()
        self.panel.show()

    def _closed(self) -> None:
        self.panel.show()
        self._leave()


class CompensationPage(FamilyPage):
    """Plans, batches, lines, notices, objections, bank feedback; batches in front."""

    first_tab = "compensation_batch"

    def __init__(self, session: Session, entry: PageEntry) -> None:
        super().__init__(session, entry)
        self.run_strip = RunStrip(session, self)
        self.body.insertWidget(1, self.run_strip)
        self.tab_shown(self.current)
        shortcut = QShortcut(QKeySequence(WHY_KEY), self)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.activated.connect(lambda: self.why())

    def why(self) -> None:
        section = self.sections.get("compensation_line") if self.current == "compensation_line" else None
        row = section.detail.row if section is not None and section.detail.isVisible() else None
        ids = [row.record_id] if row is not None else section.table.selected_ids() if section is not None else []
        if section is None or not ids:
            self.session.say(CHOOSE_LINE, "info")
            return
        if row is None:
            section.open(ids[0])
        section.detail.tabs.choose("why")
        section.detail.focus()

    def _make_why(self, session: Session) -> LineWhy:
        return LineWhy(session, lambda: self.sections["compensation_line"].detail.tabs.choose("form"))

    def options(self, type_name: str) -> SectionOptions:
        if type_name == "compensation_batch":
            return SectionOptions((Extra("story", STATE, BatchStory, first=True),), REPORTS_OF_PAGE["compensation"])
        if type_name == "compensation_line":
            return SectionOptions((Extra("why", WHY, self._make_why),))
        return super().options(type_name)

    def tab_shown(self, key: str) -> None:
        if hasattr(self, "run_strip"):
            self.run_strip.setVisible(
                key == "compensation_batch" and not self.session.is_county and self.session.may_write
            )

    def open_place(self, place: Place) -> None:
        if place.state.startswith("batch:"):
            self.choose("compensation_line")
            self.sections["compensation_line"].show_only((Filter("batch_id", "eq", place.state[6:]),))
            return
        super().open_place(place)

    def reload(self, changes: Changes | None = None) -> None:
        super().reload(changes)
        if changes is None or changes.tables & {"compensation_plan", "compensation_batch", "household", "organisation"}:
            self.run_strip.reload()
            self.tab_shown(self.current)
