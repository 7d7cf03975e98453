"""What waits for a person: drafts, records to review, what came back, what contradicts itself. The doors lead here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QStackedWidget

from station_app.county import review
from station_app.domain.accounts import name_of
from station_app.domain.guards import Act
from station_app.domain.official_time import official_text
from station_app.domain.problems import Problem, UserError
from station_app.domain.registry import all_types, record_type
from station_app.domain.text import Text
from station_app.services import guarding
from station_app.services.review import WAITS, mark_reviewed
from station_app.services.twins import find_twins, keep_one
from station_app.storage.changes import Changes
from station_app.storage.reader import STATE_LABELS, Filter, Query, State
from station_app.ui.guarded import NO_TIP, refusal
from station_app.ui.i18n import tr
from station_app.ui.items_table import Column, ItemsTable
from station_app.ui.left_drafts import place_of
from station_app.ui.pages.base import Page
from station_app.ui.pages.detail import CHIP_STATES
from station_app.ui.parts import EmptyState, TextTabs, across, button
from station_app.ui.session import Place
from station_app.ui.titles import record_title

if TYPE_CHECKING:
    from station_app.services.twins import Twins
    from station_app.storage.reader import Row
    from station_app.ui.pages.catalogue import PageEntry
    from station_app.ui.session import Session

DRAFTS = Text("草稿", "Drafts")
REVIEW = Text("待复核", "To review")
SEND = Text("待上报", "To send")
QUESTION = Text("退回与冲突", "Returned, in conflict")
CONFLICTS = Text("冲突", "In conflict")
TWICE = Text("重复登记", "Entered twice")
KIND = Text("类别", "Kind")
WHAT = Text("内容", "What")
WHO = Text("操作人", "By")
WHEN = Text("时间", "When")
STANDING = Text("状态", "State")
FIELDS = Text("已填 {n} 项", "{n} fields filled in")
UNNAMED = Text("新的一条", "A new one")
DISCARD = Text("放弃这份草稿", "Discard this draft")
REVIEWED = Text("复核通过 {n} 条", "Mark {n} as reviewed")
REVIEWED_DONE = Text("已复核 {n} 条。", "{n} reviewed.")
LEFT = Text("另有 {n} 条不能由您复核：{why}", "{n} more are not yours to review: {why}")
OPEN = Text("打开", "Open")
KEEP = Text("保留这一条", "Keep this one")
KEEP_TIP = Text("其余的作废，属于它们的记录转到这一条；历史里都还在。",
                "The others are voided and what belongs to them moves here; all stays in the history.")  # fmt: skip
KEPT = Text("已保留一条，处理 {n} 条记录。", "One is kept; {n} records were moved or voided.")
KEEP_REASON = Text("与“{title}”重复登记", "Entered twice: {title}")
SEND_BACK = Text("其余退回给站里", "Return the others to the station")
SENT_BACK = Text("已退回 {n} 条，站里收到回执后会看到原因。", "{n} returned; the station sees why with its receipt.")
GROUP = Text("第 {n} 组", "Pair {n}")
NONE_TWICE = Text("没有重复登记的记录", "Nothing is entered twice")
NONE_TWICE_BODY = Text(
    "两台电脑各自登记了同一户、同一次清点时，会在这里请您保留一条。",
    "When two laptops entered the same household or count, they wait here until one is kept.",
)
NONE_DRAFTS = Text("没有草稿", "No drafts")
NONE_DRAFTS_BODY = Text(
    "填到一半的内容会自动留在这里，断电也不会丢。", "What is half typed is kept here by itself, a power cut included."
)
NONE = Text("这里没有等待处理的记录", "Nothing waits here")
NONE_BODY = Text(
    "新保存、被退回或有冲突的记录会出现在这里。", "Records newly saved, returned or in conflict appear here."
)
LIMIT = 300


def _in(*states: State) -> tuple[Filter, ...]:
    return (Filter("_state", "in", tuple(s.value for s in states)),)


OF_TAB = {
    "review": WAITS,
    "send": _in(State.COMPLETE, State.REVIEWED),
    "question": _in(State.RETURNED, State.REFUSED, State.CONFLICT),
}


@dataclass(frozen=True, slots=True)
class Item:
    """One thing in a list."""

    kind: Text
    title: str | Text
    who: str
    when: str
    state: Text
    state_colour: str
    place: Place
    draft: Any = None
    row: Row | None = None
    twins: Twins | None = None


class WorklistPage(Page):
    """The lists behind the doors of the status line."""

    def __init__(self, session: Session, entry: PageEntry) -> None:
        super().__init__(session, entry)
        tabs = [("drafts", DRAFTS), ("review", REVIEW), ("send", SEND), ("question", QUESTION), ("twice", TWICE)]
        if session.is_county:  # what came from below is the stations' to review and to send
            tabs = [tabs[0], ("question", CONFLICTS), ("twice", TWICE)]
        self.tabs = TextTabs(tabs)
        self.tabs.chosen.connect(lambda _key: self.reload(None))
        self.table = ItemsTable((
            Column(KIND, lambda i: i.kind, width=130),
            Column(WHAT, lambda i: i.title),
            Column(STANDING, lambda i: i.state, width=150, state=lambda i: i.state_colour),
            Column(WHO, lambda i: i.who, width=110),
            Column(WHEN, lambda i: i.when, width=130),
        ))  # fmt: skip
        self.table.opened.connect(lambda item: session.go(item.place))
        self.table.picked.connect(lambda _item: self._buttons())
        self.open_button = self.said(button("primary", self._open), OPEN)
        self.discard_button = self.said(button("", self._discard), DISCARD)
        self.review_button = button("", self._review)
        self._mine_to_review: list[Item] = []
        self._why_left: Problem | None = None
        session.person_changed.connect(self.read_again)
        self.keep_button = button("", self._send_others_back if session.is_county else self._keep)
        self.say(self.keep_button.setText, SEND_BACK if session.is_county else KEEP)
        if not session.is_county:
            self.say(self.keep_button.setToolTip, KEEP_TIP)
        self.empty = EmptyState("check")
        self.stack = QStackedWidget()
        self.stack.addWidget(self.table)
        self.stack.addWidget(self.empty)
        self.body.addLayout(across(self.tabs, None, self.review_button, self.discard_button, self.keep_button,
                                   self.open_button))  # fmt: skip
        self.body.addWidget(self.stack, 1)
        session.drafts_changed.connect(self.read_again)

    def open_place(self, place: Place) -> None:
        self.tabs.choose(place.state or "drafts")
        self.reload(None)
        self.focus_work()

    def reload(self, changes: Changes | None = None) -> None:
        key = self.tabs.key()
        wanted = _in(State.CONFLICT) if self.session.is_county else OF_TAB.get(key, ())
        items = {"drafts": self._drafts, "twice": self._twice}.get(key, lambda: self._records(wanted))()
        self.table.set_items(items)
        self.stack.setCurrentWidget(self.table if items else self.empty)
        if key == "drafts":
            self.empty.tell(NONE_DRAFTS, NONE_DRAFTS_BODY)
        elif key == "twice":
            self.empty.tell(NONE_TWICE, NONE_TWICE_BODY)
        else:
            self.empty.tell(NONE, NONE_BODY)
        self._look_whose()
        self._buttons()

    def _look_whose(self) -> None:
        """See which of what waits for review this person may review: where two are needed, what others made."""
        self._mine_to_review, self._why_left = list(self.table.items()), None
        if self.tabs.key() != "review" or self.session.is_county:
            return
        ids, workspace = [item.place.record_id for item in self._mine_to_review], self.session.workspace
        left = guarding.left_to_others(workspace, Act.REVIEW, ids)
        self._why_left = guarding.problem_of(workspace, Act.REVIEW, ids) if left else None
        self._mine_to_review = [item for item in self._mine_to_review if item.place.record_id not in left]
        refused = refusal(self.session, Act.REVIEW) or (None if self._mine_to_review else self._why_left)
        self.review_button.setEnabled(refused is None)
        self.say(self.review_button.setToolTip, refused.text if refused is not None else NO_TIP)

    def _drafts(self) -> list[Item]:
        out = []
        for draft in self.session.workspace.drafts.all():
            kind = record_type(draft.record_type)
            row = self.session.read.get(kind.name, draft.record_id) if draft.record_id else None
            title: str | Text = record_title(self.session, kind, row.record) if row else self._typed_title(draft)
            filled = sum(bool(v) and not n.startswith("_") for n, v in draft.values.items())
            place = place_of(self.session, draft)
            out.append(
                Item(kind.label, title, "", official_text(draft.changed_at), FIELDS.format(n=filled), "", place, draft)
            )
        return out

    def _typed_title(self, draft: Any) -> str | Text:
        kind = record_type(draft.record_type)
        parts = [draft.values[name] for name in kind.title if draft.values.get(name)]
        return " · ".join(parts) or UNNAMED

    def _records(self, wanted: tuple[Filter, ...]) -> list[Item]:
        out: list[Item] = []
        for kind in all_types():
            if kind.is_about_others or len(out) >= LIMIT:
                continue
            rows = self.session.read.rows(Query(kind.name, wanted, (("_hlc", True),)), LIMIT - len(out))
            for row in rows:
                when = official_text(row.made_at)
                out.append(Item(
                    kind.label, record_title(self.session, kind, row.record), name_of(row.author), when,
                    STATE_LABELS[row.state], CHIP_STATES[row.state], Place(record_type=kind.name, record_id=row.record_id),
                    row=row))  # fmt: skip
        out.sort(key=lambda i: i.when, reverse=True)
        return out

    def _twice(self) -> list[Item]:
        out: list[Item] = []
        for number, twins in enumerate(find_twins(self.session.read, LIMIT), 1):
            kind = record_type(twins.type_name)
            for row in twins.rows:
                when = official_text(row.made_at)
                out.append(Item(
                    kind.label, record_title(self.session, kind, row.record), name_of(row.author), when,
                    GROUP.format(n=number), "warn", Place(record_type=kind.name, record_id=row.record_id), row=row,
                    twins=twins))  # fmt: skip
        return out

    def _buttons(self) -> None:
        key, item = self.tabs.key(), self.table.current()
        some = bool(self.table.items())
        self.open_button.setVisible(some)
        self.open_button.setEnabled(item is not None)
        self.discard_button.setVisible(key == "drafts" and some)
        may = key == "review" and some and not self.session.is_county
        self.review_button.setVisible(may)
        self.keep_button.setVisible(key == "twice" and some)
        self.keep_button.setEnabled(item is not None and (
            self.session.is_county or self.session.may_author(item.place.record_type)))  # fmt: skip
        if may:
            self.say(self.review_button.setText, REVIEWED.format(n=len(self._mine_to_review)))

    def _open(self) -> None:
        item = self.table.current()
        if item is not None:
            self.session.go(item.place)

    def _discard(self) -> None:
        item = self.table.current()
        if item is not None and item.draft is not None:
            self.session.discard_draft(item.draft.key)

    def _review(self) -> None:
        left = len(self.table.items()) - len(self._mine_to_review)
        found = [(i.place.record_type, i.row.record_id, i.row.version_id) for i in self._mine_to_review if i.row]
        try:
            number = mark_reviewed(self.session.workspace, self.session.entry, found)
        except UserError as error:
            self.session.show_error(error)
            return
        self.session.say(REVIEWED_DONE.format(n=number), "ok")
        if left and self._why_left is not None:
            self.session.say(LEFT.format(n=left, why=self._why_left.text), "info")
        self.reload(None)

    def _keep(self) -> None:
        item = self.table.current()
        if item is None or item.twins is None:
            return
        reason = tr(KEEP_REASON, title=item.title)
        try:
            number = keep_one(self.session.workspace, self.session.entry, item.twins, item.place.record_id, reason)
        except UserError as error:
            self.session.show_error(error)
            return
        self.session.say(KEPT.format(n=number), "ok")
        self._changed()

    def _send_others_back(self) -> None:
        """A county keeps what it picked and asks the station about the rest; it never voids a station's record."""
        item = self.table.current()
        if item is None or item.twins is None:
            return
        others = [row.record_id for row in item.twins.rows if row.record_id != item.place.record_id]
        try:
            review.send_back(self.session.workspace, item.twins.type_name, others, tr(KEEP_REASON, title=item.title))
        except UserError as error:
            self.session.show_error(error)
            return
        self.session.say(SENT_BACK.format(n=len(others)), "ok")
        self._changed()

    def _changed(self) -> None:
        self.reload(None)
        self.counts.refresh()

    def focus_work(self) -> None:
        (self.table if self.table.items() else self.tabs).setFocus()

    def parts_for_tour(self) -> list[tuple[str, Place]]:
        return [(key, Place("worklist", state=key)) for key, _ in self.tabs.items()]
