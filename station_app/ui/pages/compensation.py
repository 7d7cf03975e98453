"""Compensation: where each batch stands, what stops it, and the run from plan and parcels to lines."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QLayout, QVBoxLayout, QWidget

from station_app.domain.codes import code_list, label_of
from station_app.domain.text import Text
from station_app.storage.changes import Changes
from station_app.storage.reader import Filter, Query
from station_app.ui import theme
from station_app.ui.actions import REPORTS_OF_PAGE, export_report
from station_app.ui.flow_layout import FlowLayout
from station_app.ui.i18n import Retranslated, language, tr
from station_app.ui.pages.base import scrolled
from station_app.ui.pages.detail import Extra
from station_app.ui.pages.family import FamilyPage
from station_app.ui.pages.section import SectionOptions, year_filters
from station_app.ui.parts import TextCombo, across, button, card, clear, down, label
from station_app.ui.session import Place
from station_app.ui.titles import record_title, village_choices, village_name
from station_app.ui.why_panel import WHY, WHY_KEY, WhyPanel

if TYPE_CHECKING:
    from collections.abc import Callable

    from station_app.storage.reader import Row
    from station_app.ui.pages.catalogue import PageEntry
    from station_app.ui.session import Session

RUN = Text("计算批次", "Run batch")
RAN = Text("计算批次 {village}", "Ran the batch of {village}")
RUNNING = Text("正在计算 {village} 的批次", "Running the batch of {village}")
PLAN = Text("方案", "Plan")
VILLAGE = Text("嘎查村", "Village")
TAKEN = Text("这个嘎查村已有批次；要重算请先作废它。", "This village has its batch; void it to run again.")
NO_PLAN = Text("还没有这一年的补奖方案。方案由县里下达，随回执到达；到了就能在这里计算批次。",
               "No plan for this year yet. It comes from the county with a receipt; then a batch can be run here.")  # fmt: skip
RUN_HINT = Text("按地块面积 × 方案标准逐户计算", "Area × rate, household by household")
DONE = Text("{village}：{n} 户，应发合计 {yuan} 元。", "{village}: {n} households, CNY {yuan} in all.")
OPEN = Text("打开批次", "Open the batch")
WHERE = Text("到哪一步", "Where it stands")
STATE = Text("进度", "Standing")
SUMS = Text("合计", "Totals")
STOPS = Text("什么卡住了", "What stops it")
NOTHING_STOPS = Text("没有待处理的明细。", "No line waits for a decision.")
HELD = Text("{n} 户暂缓或退回", "{n} lines held or returned")
LINES = Text("看明细", "Show lines")
REGISTER = Text("导出发放清册", "Export the register")
NOTICE = Text("导出公示表", "Export the public notice")
HOUSEHOLDS = Text("户数", "Households")
BAN_MU = Text("禁牧面积(亩)", "Grazing ban (mu)")
BALANCE_MU = Text("草畜平衡面积(亩)", "Balance (mu)")
GROSS = Text("应发合计(元)", "Gross (CNY)")
NET = Text("实发合计(元)", "Net (CNY)")
LIMITED = Text("{done}其中 {n} 户封顶或保底。", "{done} {n} of them at a cap or floor.")
WHY_LINE = Text("{name} 的补奖金额", "The award of {name}")
CHOOSE_LINE = Text(
    "请先打开“发放明细”，选中一户再按 F8。", "Open the disbursement lines and select a household, then press F8."
)
NO_WHY = Text("不能说明这个金额：{why}", "This amount can not be explained: {why}")
STOPPING = ("held", "returned", "recovery_due", "supplement")


class RunStrip(QFrame, Retranslated):
    """Plan, village and the button that computes a batch."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.follow_language()
        self.setProperty("part", "strip")
        self._session = session
        self.plan, self.village = TextCombo(), TextCombo()
        self.run_button = button("primary", self.run)
        self._hint = label("hint")
        self._open = button("link", self._open_batch)
        self.say(self._open.setText, OPEN)
        self._none = label("", wrap=True, state="muted")
        self.say(self._none.setText, NO_PLAN)
        self.say(self._hint.setText, RUN_HINT)
        self.say(self.run_button.setText, RUN)
        names = []
        for combo, text in ((self.plan, PLAN), (self.village, VILLAGE)):
            name = label("hint")
            self.say(name.setText, text)
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
        from station_app.domain.registry import record_type

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

    def _batches(self) -> dict[str, str]:
        """Return the batch of each village that has one under the chosen plan."""
        rows = self._session.read.sql(
            "SELECT village_code, record_id FROM compensation_batch WHERE void=0 AND plan_id=?", (self.plan.value(),))  # fmt: skip
        return dict(rows)

    def _look(self, choose: bool = False) -> None:
        """A village is paid once: where a batch stands, the way leads there."""
        there = self._batches()
        if choose:
            free = next((code for code, _ in village_choices(self._session) if code not in there), None)
            if free is not None:
                self.village.choose(free)
        taken = self.village.value() in there
        self.run_button.setEnabled(not taken)
        self._open.setVisible(taken)
        self.say(self._hint.setText, TAKEN if taken else RUN_HINT)
        theme.mark(self._hint, state="warn" if taken else "")

    def _open_batch(self) -> None:
        batch = self._batches().get(self.village.value())
        if batch is not None:
            self._session.go(Place(record_type="compensation_batch", record_id=batch))

    def run(self) -> None:
        """Compute the batch off the window's thread, then open it."""
        plan_id, village = self.plan.value(), self.village.value()
        if plan_id is None or village is None:
            return
        session, name, today = self._session, village_name(self._session, village), self._session.today()

        def work(workspace: Any, context: Any) -> Any:
            from station_app.services.compensation import run_batch
            from station_app.services.entry import Entry

            with workspace.operation(RAN.format(village=name)):
                return run_batch(Entry(workspace), workspace, plan_id, village, today=today, context=context)

        def done(made: Any) -> None:
            place = Place(record_type="compensation_batch", record_id=made.batch_id)
            said = DONE.format(village=name, n=made.lines, yuan=f"{made.net_yuan:,.2f}")
            if made.limited:
                said = LIMITED.format(done=said, n=made.limited)
            session.say(said, "ok", action_text=OPEN, action=lambda: session.go(place))
            session.go(place)

        session.write(work, title=RUNNING.format(village=name), on_done=done)


class BatchStory(QWidget, Retranslated):
    """Steps of a batch, its totals, and what stops it."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.follow_language()
        self._session = session
        self._row: Row | None = None
        self._cards = QVBoxLayout()
        self._cards.setContentsMargins(0, 4, 6, 4)
        self._cards.setSpacing(8)
        box = QVBoxLayout()
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(scrolled(self._cards))
        self.setLayout(box)

    def show_row(self, row: Row | None) -> None:
        """Show this batch."""
        self._row = row
        self._fill()

    def retranslate(self) -> None:
        super().retranslate()
        self._fill()

    def _fill(self) -> None:
        clear(self._cards)
        if self._row is None:
            return
        batch = self._row.record
        self._steps(batch.state)
        self._totals(batch)
        self._stops()
        self._cards.addStretch(1)

    def _titled(self, title: Text, content: QLayout) -> None:
        heading = label("strong")
        heading.setText(tr(title))
        self._cards.addWidget(card(down(heading, content, spacing=6, margins=(12, 8, 12, 8))))

    def _steps(self, state: str) -> None:
        items = code_list("batch_state").items
        reached = next((i for i, item in enumerate(items) if item.code == state), 0)
        steps = FlowLayout(spacing=4)
        for number, item in enumerate(items):
            said = label("chip", state="ok" if number < reached else "info" if number == reached else "")
            sign = "✓ " if number < reached else "● " if number == reached else ""
            said.setText(f"{sign}{item.label.to(language())}")
            steps.addWidget(said)
        self._titled(WHERE, steps)

    def _totals(self, batch: Any) -> None:
        assert self._row is not None
        ban, balance, gross, net, number = self._session.read.sql(
            """SELECT coalesce(sum(ban_area_mu), 0), coalesce(sum(balance_area_mu), 0), coalesce(sum(gross_yuan), 0),
               coalesce(sum(net_yuan), 0), count(*) FROM compensation_line WHERE void=0 AND batch_id=?""",
            (self._row.record_id,),
        )[0]
        grid = QGridLayout()
        grid.setHorizontalSpacing(20)
        shown = (
            (HOUSEHOLDS, f"{number:,}"),
            (BAN_MU, f"{Decimal(ban).scaleb(-3):,.3f}"),
            (BALANCE_MU, f"{Decimal(balance).scaleb(-3):,.3f}"),
            (GROSS, f"{Decimal(gross).scaleb(-2):,.2f}"),
            (NET, f"{Decimal(net).scaleb(-2):,.2f}"),
        )
        for line, (title, value) in enumerate(shown):
            name = label("hint")
            name.setText(tr(title))
            said = QLabel(value)
            said.setAlignment(Qt.AlignmentFlag.AlignRight)
            if title is NET:
                said.setProperty("part", "strong")
            grid.addWidget(name, line, 0)
            grid.addWidget(said, line, 1)
        grid.setColumnStretch(2, 1)
        lines = button("", self._show_lines)
        lines.setText(tr(LINES))
        register = button("", lambda: export_report(self._session, self, "disbursement-register"))
        register.setText(tr(REGISTER))
        notice = button("", lambda: export_report(self._session, self, "public-notice"))
        notice.setText(tr(NOTICE))
        grid.addLayout(across(lines, register, notice, None), len(shown), 0, 1, 3)
        self._titled(SUMS, grid)

    def _stops(self) -> None:
        assert self._row is not None
        rows = self._session.read.rows(
            Query("compensation_line", (Filter("batch_id", "eq", self._row.record_id),
                                        Filter("state", "in", list(STOPPING)))), 8)  # fmt: skip
        grid = QGridLayout()
        if not rows:
            said = label("", state="ok")
            said.setText(tr(NOTHING_STOPS))
            grid.addWidget(said, 0, 0)
        for number, row in enumerate(rows):
            line = row.record
            name = button("link", partial(
                self._session.go, Place(record_type="compensation_line", record_id=row.record_id)))  # fmt: skip
            name.setText(line.head_name)
            why = label("", state="warn")
            reason = label_of("line_reason", line.state_reason).to(language()) if line.state_reason else ""
            why.setText(" · ".join(t for t in (label_of("line_state", line.state).to(language()), reason) if t))
            grid.addWidget(name, number, 0)
            grid.addWidget(why, number, 1)
        grid.setColumnStretch(2, 1)
        self._titled(STOPS, grid)

    def _show_lines(self) -> None:
        if self._row is not None:
            self._session.go(Place(record_type="compensation_line", state=f"batch:{self._row.record_id}"))


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
        """Explain this line."""
        if row is None:
            return
        from station_app.domain.problems import UserError
        from station_app.services.compensation_why import award_why

        try:
            result = award_why(self._session.read, row.record_id)
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

    def __init__(self, session: Session, entry: PageEntry) -> None:
        super().__init__(session, entry)
        self.run_strip = RunStrip(session, self)
        self.body.insertWidget(1, self.run_strip)
        self.choose("compensation_batch")
        shortcut = QShortcut(QKeySequence(WHY_KEY), self)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.activated.connect(lambda: self.why())

    def why(self) -> None:
        """Say why the line in sight has its amount."""
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
            self.run_strip.setVisible(key == "compensation_batch" and not self.session.is_county)

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
