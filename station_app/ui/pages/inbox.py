"""Inbox: a package arrives, its plan is shown, it is taken in, its receipt goes back. What was set aside stays in sight."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QStackedWidget, QWidget

from station_app.county import quarantine, receive
from station_app.domain import guards
from station_app.domain.official_time import official_text
from station_app.domain.problems import Severity, UserError
from station_app.domain.registry import has_type, record_type
from station_app.domain.text import Text
from station_app.exchange.package import shipments
from station_app.storage.changes import Changes
from station_app.ui import actions, theme
from station_app.ui.comparison_view import ComparisonView
from station_app.ui.guarded import NO_TIP, refusal
from station_app.ui.i18n import Retranslated, language
from station_app.ui.items_table import Column, ItemsTable
from station_app.ui.pages.base import Page, scrolled
from station_app.ui.pages.exchange import outcome_list, tell_twins
from station_app.ui.parts import Act, EmptyState, TextTabs, across, button, card, clear, down, label
from station_app.ui.problem_list import Finding, ProblemList
from station_app.ui.session import Place

if TYPE_CHECKING:
    from station_app.ui.pages.catalogue import PageEntry
    from station_app.ui.session import Session

OPEN = Text("打开上报包", "Open a package")
PICK = Text("选择上报包", "Choose a package")
DROP = Text("把上报包拖到这里，或点“打开上报包”", "Drop a package here, or open one")
LOOKING = Text("正在核对 {name}", "Checking {name}")
TAKING = Text("正在接收 {name}", "Taking in {name}")
RECEIVED, ASIDE = Text("已收的包", "Taken in"), Text("隔离", "Set aside")
STATION, SEQUENCE, FILE, WHEN, RECEIPT, ITEMS = (
    Text("站", "Station"), Text("序号", "No."), Text("文件", "File"), Text("接收时间", "Taken in"),
    Text("回执", "Receipt"), Text("条数", "Versions"))  # fmt: skip
KIND, WHY = Text("类别", "Kind"), Text("原因", "Why")
PLAN_TITLE = Text("{org} · 第 {n} 包", "{org} · package no. {n}")
PLAN_OK = Text("签名有效，包完好。还没有写入。", "Signature valid, package sound. Nothing written yet.")
PLAN_BAD = Text(
    "这个包不能接收，原因在下面。没有写入任何内容。",
    "This package cannot be taken in; see why below. Nothing was written.",
)
PLAN_REPEAT = Text("这个包以前收过。再接收一次只会重新写出当时的回执。",
                   "This package was taken in before. Doing it again only writes its receipt once more.")  # fmt: skip
NEW, HAD, HELD = Text("新的", "new"), Text("已有", "already here"), Text("将隔离", "to be set aside")
CONTENT = Text("内容", "Content")
APPLY = Text("接收并写回执", "Take in and write the receipt")
CANCEL = Text("不接收", "Do not take in")
WHERE_TO = Text("回执存到哪里", "Where to put the receipt")
DONE = Text("已接收“{name}”：{list}。回执：{receipt}", "{name} taken in: {list}. Receipt: {receipt}")
EMPTY = Text("还没有收到上报包", "Nothing received yet")
EMPTY_BODY = Text("把站里交来的包文件拖到上面。第一次收某站的包之前，请先在“站点”里登记它的身份卡。",
                  "Drop a station's package above. Before its first package, register the station's card under Stations.")  # fmt: skip
NONE_ASIDE = Text("没有被隔离的内容", "Nothing is set aside")
NONE_ASIDE_BODY = Text("无权填写、签名不符等的内容会放在这里，不会写入，也不会丢。",
                       "What may not be applied is kept here with its reason, never lost.")  # fmt: skip
JUDGE = Text("重新判断", "Judge again")
JUDGED = Text("已采用 {n} 个版本。", "{n} versions applied.")
PUT_AWAY = Text("维持拒收，收起", "Keep refused, put away")
TO_STATIONS = Text("去登记身份卡", "Register a card")
STILL_APPLY = Text("看过，仍然接收并写回执", "I have looked: take in and write the receipt")


class DropZone(QFrame, Retranslated):
    """Takes files dropped on it."""

    dropped = Signal(object)

    def __init__(self, open_act: Act) -> None:
        super().__init__()
        self.follow_language()
        self.setProperty("part", "strip")
        self.setAcceptDrops(True)
        words = self.said(label("", state="muted"), DROP)
        choose = self.said(button("primary", open_act, icon="inbox"), OPEN)
        self.setLayout(across(None, words, choose, None, spacing=16, margins=(16, 14, 16, 14)))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802
        if any(u.isLocalFile() for u in event.mimeData().urls()):
            event.acceptProposedAction()
            theme.mark(self, state="ok")

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:  # noqa: N802
        theme.mark(self, state="")

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802
        theme.mark(self, state="")
        files = [Path(u.toLocalFile()) for u in event.mimeData().urls() if u.isLocalFile()]
        if files:
            event.acceptProposedAction()
            self.dropped.emit(files[0])


class PlanView(QWidget, Retranslated):
    """What taking a package in would do."""

    apply_asked = Signal()
    cancelled = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.follow_language()
        self.session = session
        self.plan: receive.ReceivePlan | None = None
        self._title = label("heading")
        self._verdict = label("strong", wrap=True)
        self.numbers = {}
        cards = []
        for key, text in (("new", NEW), ("already_had", HAD), ("held", HELD)):
            number, words = label("big"), label("hint")
            self.say(words.setText, text)
            self.numbers[key] = number
            cards.append(card(down(number, words, spacing=0, margins=(16, 8, 24, 8))))
        self._content = QGridLayout()
        self._content.setHorizontalSpacing(20)
        self._content.setVerticalSpacing(2)
        content_title = self.said(label("strong"), CONTENT)
        self._left = card(down(content_title, self._content, None, margins=(14, 10, 14, 10)))
        self.comparison = ComparisonView()
        self.problems = ProblemList(rows=4)
        self.apply_button = self.said(button("primary", self.apply_asked.emit), APPLY)
        cancel = self.said(button("", self.cancelled.emit), CANCEL)
        inner = down(
            self._title, self._verdict, across(*cards, self._left), self.problems, self.comparison, None, spacing=10
        )
        inner.setContentsMargins(0, 0, 8, 0)
        self.setLayout(down(scrolled(inner), across(None, cancel, self.apply_button), spacing=8))

    def show_plan(self, plan: receive.ReceivePlan) -> None:
        self.plan = plan
        station = plan.manifest.station
        self.say(self._title.setText, PLAN_TITLE.format(org=station.org_name, n=station.sequence))
        text, state = (PLAN_BAD, "error") if not plan.ok else (PLAN_REPEAT, "info") if plan.repeat else (PLAN_OK, "ok")
        self.say(self._verdict.setText, text)
        theme.mark(self._verdict, state=state)
        for key, number in self.numbers.items():
            number.setText(f"{getattr(plan, key):,}")
        theme.mark(self.numbers["held"], state="warn" if plan.held else "")
        self.problems.show_findings([Finding(p, p.place) for p in plan.problems if p.severity is not Severity.INFO])
        refused = refusal(self.session, guards.Act.TAKE_IN)
        self.apply_button.setEnabled(plan.ok and refused is None)
        self.say(self.apply_button.setToolTip, refused.text if refused is not None else NO_TIP)
        self.comparison.show_comparison(plan.comparison)
        self.say(self.apply_button.setText, STILL_APPLY if plan.comparison.asks else APPLY)
        self._fill()
        self.apply_button.setFocus()

    def _fill(self) -> None:
        clear(self._content)
        if self.plan is None:
            return
        self._left.setVisible(bool(self.plan.counts))  # a package taken in before is not opened again
        named = [
            (record_type(n).label.to(language()) if has_type(n) else n, f"{c:,}")
            for n, c in self.plan.counts.items()
            if c
        ]
        for number, (name, value) in enumerate(named[:24]):
            title, shown = label("hint"), label()
            title.setText(name)
            shown.setText(value)
            column = number % 3 * 2
            self._content.addWidget(title, number // 3, column)
            self._content.addWidget(shown, number // 3, column + 1, Qt.AlignmentFlag.AlignRight)
        self._content.setColumnStretch(6, 1)

    def retranslate(self) -> None:
        super().retranslate()
        if hasattr(self, "_content"):
            self._fill()


class InboxPage(Page):
    """Packages of the stations, at the county."""

    def __init__(self, session: Session, entry: PageEntry) -> None:
        super().__init__(session, entry)
        self.zone = DropZone(self.choose)
        self.zone.dropped.connect(self.look)
        self.tabs = TextTabs([("received", RECEIVED), ("quarantine", ASIDE)])
        self.tabs.chosen.connect(self._tab)
        self.table = ItemsTable((
            Column(WHEN, lambda a: official_text(a.received_at), width=150),
            Column(STATION, lambda a: a.org, width=220),
            Column(SEQUENCE, lambda a: str(a.sequence), right=True, width=70),
            Column(FILE, lambda a: a.name),
            Column(RECEIPT, lambda a: a.receipt),
        ))  # fmt: skip
        self.aside = ItemsTable((
            Column(WHEN, lambda q: official_text(q.received_at), width=150),
            Column(STATION, lambda q: q.org_code, width=130),
            Column(KIND, lambda q: record_type(q.record_type).label if has_type(q.record_type) else q.record_type, width=140),
            Column(WHY, lambda q: q.reason, state=lambda _q: "warn"),
        ))  # fmt: skip
        self.empty, self.none_aside = EmptyState("inbox"), EmptyState("check")
        self.empty.tell(EMPTY, EMPTY_BODY)
        self.empty.offer(TO_STATIONS, lambda: session.go(Place("stations")))
        self.none_aside.tell(NONE_ASIDE, NONE_ASIDE_BODY)
        self.judge_button, self.away_button = button("", self.judge), button("", self.put_away)
        self.say(self.judge_button.setText, JUDGE)
        self.say(self.away_button.setText, PUT_AWAY)
        self.lists = QStackedWidget()
        for widget in (self.table, self.empty, self.aside, self.none_aside):
            self.lists.addWidget(widget)
        work = QWidget()
        work.setLayout(down(self.zone, across(self.tabs, None, self.away_button, self.judge_button), self.lists))
        work.layout().setStretch(2, 1)  # type: ignore[union-attr]
        self.plan_view = PlanView(session)
        self.plan_view.apply_asked.connect(self.apply)
        self.plan_view.cancelled.connect(self.close_plan)
        self.stack = QStackedWidget()
        self.stack.addWidget(work)
        self.stack.addWidget(self.plan_view)
        self.body.addWidget(self.stack, 1)
        self._path: Path | None = None

    # --- lists

    def reload(self, changes: Changes | None = None) -> None:
        self.table.set_items(shipments.arrived(self.session.read))
        waiting = quarantine.set_aside(self.session.workspace)
        self.aside.set_items(waiting)
        self.tabs.set_count("quarantine", len(waiting))
        self._tab(self.tabs.key())

    def _tab(self, key: str) -> None:
        if key == "quarantine":
            self.lists.setCurrentWidget(self.aside if self.aside.items() else self.none_aside)
        else:
            self.lists.setCurrentWidget(self.table if self.table.items() else self.empty)
        for made in (self.judge_button, self.away_button):
            made.setVisible(key == "quarantine" and bool(self.aside.items()))

    def open_place(self, place: Place) -> None:
        if place.state == "quarantine":
            self.tabs.choose("quarantine")

    def focus_work(self) -> None:
        if self.stack.currentWidget() is self.plan_view:
            self.plan_view.apply_button.setFocus()
        else:
            self.lists.currentWidget().setFocus(Qt.FocusReason.OtherFocusReason)

    def escape(self) -> bool:
        if self.stack.currentWidget() is self.plan_view:
            self.close_plan()
            return True
        return False

    # --- a package

    def choose(self) -> None:
        path = actions.ask_open_file(self.session, self, PICK, "*.zip")
        if path is not None:
            self.look(path)

    def look(self, path: Path) -> None:
        """Check a package and show its plan; nothing is written."""
        self._path = path

        self.session.beside(
            lambda workspace, context: receive.plan_receive(workspace, path, context=context),
            title=LOOKING.format(name=path.name),
            on_done=self._planned,
        )

    def _planned(self, plan: receive.ReceivePlan) -> None:
        self.plan_view.show_plan(plan)
        self.stack.setCurrentWidget(self.plan_view)
        self.zone.setEnabled(True)

    def apply(self, folder: Path | None = None) -> None:
        """Take the planned package in and write its receipt."""
        plan = self.plan_view.plan
        if plan is None:
            return
        out = actions.ask_folder(self.session, self, WHERE_TO, folder)
        if out is None:
            return

        def done(received: receive.Received) -> None:
            self.close_plan()
            self.reload(None)
            self.counts.refresh()
            bad = any(received.counts.get(k) for k in ("refused", "conflict", "quarantined"))
            receipt, outcomes = received.receipt_path, outcome_list(received.counts)
            said = DONE.format(name=plan.path.name, list=outcomes, receipt=receipt.name)
            actions.say_written(self.session, said, receipt, "warn" if bad else "ok", lasting=True)
            tell_twins(self.session, received.problems)

        self.session.write(
            lambda workspace, context: receive.apply_receive(workspace, plan, out, context=context),
            title=TAKING.format(name=plan.path.name),
            on_done=done,
        )

    def close_plan(self) -> None:
        self.plan_view.plan = None
        self.stack.setCurrentIndex(0)

    # --- what was set aside

    def judge(self) -> None:
        """Apply what may be applied by now."""

        def done(number: int) -> None:
            self.reload(None)
            self.counts.refresh()
            self.session.say(JUDGED.format(n=number), "ok" if number else "info")

        self.session.write(lambda workspace, _context: quarantine.reconsider(workspace), title=JUDGE, on_done=done)

    def put_away(self) -> None:
        """Keep the selected version refused and take it out of sight."""
        item = self.aside.current()
        if item is None:
            return
        try:
            quarantine.close(self.session.workspace, item.version_id, item.package_sha256)
        except UserError as error:
            self.session.show_error(error)
        self.reload(None)
        self.counts.refresh()

    def parts_for_tour(self) -> Sequence[tuple[str, Place]]:  # type: ignore[override]
        return [("quarantine", Place("inbox", state="quarantine"))]
