"""Exchange: pair with the county once, then pack, send, take the answer; nothing refused goes out of sight."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QStackedWidget, QWidget

from station_app.domain import guards
from station_app.domain.official_time import official_text
from station_app.domain.problems import Problem, UserError
from station_app.domain.registry import record_type
from station_app.domain.text import Text
from station_app.exchange.package import build, cards, colleagues, receipts, shipments
from station_app.services import checking, review
from station_app.services.problems import TwinProblem
from station_app.storage.changes import Changes
from station_app.storage.reader import State
from station_app.ui import actions, messages, theme
from station_app.ui.comparison_view import ComparisonStep
from station_app.ui.guarded import guard
from station_app.ui.i18n import Retranslated
from station_app.ui.items_table import Column, ItemsTable
from station_app.ui.pages.family import FamilyPage
from station_app.ui.pages.section import verbs_row
from station_app.ui.parts import Act, EmptyState, MenuButton, across, button, down, label
from station_app.ui.session import Place

if TYPE_CHECKING:
    from station_app.exchange.package.comparison import Comparison
    from station_app.exchange.package.intake import IntakePlan
    from station_app.storage.workspace import Workspace
    from station_app.ui.counts import Counts
    from station_app.ui.jobs import Context
    from station_app.ui.pages.catalogue import PageEntry
    from station_app.ui.session import Session

OUTBOX = Text("已打包", "Packages built")
PACK = Text("打包上报", "Build package")
TAKE = Text("导入回执或同事的包", "Take a receipt or colleague's package")
MORE = Text("更多", "More")
MY_CARD = Text("导出本站身份卡", "Hand out this station's card")
THEIR_CARD = Text("登记县里的身份卡", "Take the county's card")
TO_COLLEAGUE = Text("打包给同事(本站另一台电脑)", "Package for a colleague (another laptop)")
NO_COLLEAGUE = Text("还没有登记本站另一台电脑的身份卡。请两台电脑互换身份卡（“更多”中的导出和登记），再打包。",
                    "No other laptop of this station is registered. Exchange cards first: More, hand out and take a card.")  # fmt: skip
WHICH = Text("打包给哪台电脑", "For which laptop")
FOR_COLLEAGUE = Text("给同事的包已生成：{name}（{n} 条）。请在那台电脑上用“导入回执或同事的包”打开。",
                     "Package for your colleague: {name} ({n} versions). Open it there with “Take a receipt or colleague's package”.")  # fmt: skip
MERGED = Text("同事的记录已并入：{list}。", "A colleague's records were taken in: {list}.")
MERGED_CONFLICTS = Text("其中 {n} 条两台电脑改得不一样，请决定以哪个为准。",
                        "{n} of them were changed on both laptops: decide which stands.")  # fmt: skip
ALREADY_MERGED = Text("这个包以前已并入，没有变化。", "This package was taken in before; nothing changed.")
NOW_TWICE = Text(
    "有的记录现在重复登记了，两条都算进合计。", "Some things are on record twice now, and sums count both."
)
SHOW_THEM = Text("查看", "Show them")
AGAIN = Text("再写出所选的包", "Write the selected package again")
WHERE_TO = Text("把上报包存到(U 盘或文件夹)", "Where to put the package (a stick or folder)")
CARD_TO = Text("把身份卡存到", "Where to put the card")
PICK_RECEIPT = Text("选择县里交回的回执，或同事给的包", "Choose the county's receipt, or a colleague's package")
UNVERIFIED = Text("要上报的方案用了未核实的系数({n} 个系数集)。确认按这些系数上报吗?",
                  "What is to be sent rests on unverified coefficients ({n} sets). Send it with them?")  # fmt: skip
CONFIRM, LOOK_FIRST = Text("已看过，确认上报", "I have looked; send"), Text("先去看看", "Look first")
MOST_NAMED = 6
COMPARING = Text("正在与上次比较", "Comparing with the last time")
LOOKING = Text("正在查看文件", "Looking into the file")
CHANGES = Text("要上报的与上次相比", "What is to be sent, beside the last time")
WRITE = Text("看过，打包…", "I have looked: build …")
MERGE_CHANGES = Text("同事的包会改变什么", "What the colleague's package changes")
MERGE = Text("看过，并入", "I have looked: take in")
PACKING = Text("正在打包", "Building the package")
TAKING = Text("正在导入回执", "Taking the receipt")
WRITING = Text("正在写出上报包", "Writing the package")
BUILT = Text("上报包已生成并签名：{name}({n} 条)。请交给县里。",
             "Package built and signed: {name} ({n} versions). Hand it to the county.")  # fmt: skip
AGAIN_TOO = Text(
    "县里还缺 {n} 个以前的包，已一并写出。", "The county lacked {n} earlier packages; they were written again."
)
APPLIED = Text("回执已导入：{list}。", "Receipt taken: {list}.")
REPEATED = Text("这份回执以前已导入，没有变化。", "This receipt was taken before; nothing changed.")
CARD_OUT = Text(
    "身份卡已写好：{name}。请用可靠的途径交给县里。", "Card written: {name}. Hand it to the county by a way both trust."
)
SEQUENCE, FILE, BUILT_AT, ITEMS, ANSWER = (
    Text("序号", "No."), Text("文件", "File"), Text("打包时间", "shipments.Sent"), Text("条数", "Versions"), Text("回执", "Answer"))  # fmt: skip
ANSWERED = Text("已回执", "answered")
WAITING = Text("等回执", "awaiting receipt")
DOWNWARD = Text("下达给{name}", "sent down to {name}")
PAIR = Text("第一次上报前，先与县里互换身份卡：双方据此核对签名。",
            "Before the first package, exchange cards with the county: each checks the other's signature by it.")  # fmt: skip
PAIRED = Text("已与“{name}”配对，可以上报和导入回执。", "Paired with {name}: packages can go and receipts be believed.")
EMPTY = Text("还没有打过包", "No package yet")
EMPTY_BODY = Text("“打包上报”把新保存的记录打成一个签名的文件，存到 U 盘或网络文件夹交给县里；县里的回执导入后，每条记录的状态随之更新。",
                  "Build package puts everything newly saved into one signed file, for a stick or a shared folder. When "
                  "the county's receipt comes back, every record's state follows.")  # fmt: skip
TO_SEND = Text("待上报", "To send")
AWAIT = Text("等回执", "Awaiting receipt")
RECEIVED = Text("县已收", "Received")
REFUSED = Text("退回、拒收、冲突", "Returned, refused, conflict")

OUTCOMES: dict[str, Text] = {
    "applied": Text("已收 {n}", "{n} received"),
    "already_had": Text("早已有 {n}", "{n} already there"),
    "superseded": Text("已被更新 {n}", "{n} superseded"),
    "conflict": Text("冲突 {n}", "{n} in conflict"),
    "refused": Text("拒收 {n}", "{n} refused"),
    "quarantined": Text("待县里核定 {n}", "{n} set aside by the county"),
    "other": Text("县里下达 {n}", "{n} sent down by the county"),
    "set_aside": Text("本站未采用 {n}", "{n} not applied here"),
}


def answer(package: shipments.Sent) -> Text:
    """Return what the person who sent a package waits for."""
    if package.below:
        return DOWNWARD.format(name=package.below)
    return WAITING if package.waiting else ANSWERED


def outcome_list(counts: dict[str, int]) -> Text:
    parts = [OUTCOMES[k].format(n=f"{n:,}") for k, n in counts.items() if n and k in OUTCOMES]
    return Text("、".join(p.zh for p in parts) or "没有内容", ", ".join(p.en for p in parts) or "nothing in it")


def tell_twins(session: Session, problems: Sequence[Problem]) -> None:
    """Say that what was taken in is on record twice now, with the way there."""
    if any(problem.code == TwinProblem.WOULD_BE_TWICE.code for problem in problems):
        session.say(NOW_TWICE, "warn", lasting=True, action_text=SHOW_THEM,
                    action=lambda: session.go(Place("worklist", state="twice")))  # fmt: skip


class Figure(QFrame, Retranslated):
    """A number that is a door."""

    def __init__(self, title: Text, act: Act) -> None:
        super().__init__()
        self.follow_language()
        self.setProperty("part", "card")
        self.number = label("number")
        name = self.said(button("link", act), title)
        self.setLayout(across(self.number, name, None, spacing=4, margins=(14, 4, 8, 4)))

    def tell(self, number: int, state: str = "") -> None:
        self.number.setText(f"{number:,}")
        theme.mark(self.number, state=state if number else "muted")


class OutboxView(QWidget, Retranslated):
    """Pairing, what waits, the packages built."""

    def __init__(self, page: ExchangePage) -> None:
        super().__init__()
        self.follow_language()
        self.page, self.session = page, page.session
        go = self.session.go
        self.pair = QFrame()
        self.pair.setProperty("part", "strip")
        self._pair_words = label("", wrap=True)
        self._out, self._in = button("", page.hand_out_card), button("", page.take_card)
        self.say(self._out.setText, MY_CARD)
        self.say(self._in.setText, THEIR_CARD)
        row = across(self._pair_words, self._out, self._in, margins=(12, 5, 8, 5))
        row.setStretch(0, 1)
        self.pair.setLayout(row)
        self.figures = {
            "send": Figure(TO_SEND, lambda: go(Place("worklist", state="send"))),
            "await": Figure(AWAIT, lambda: page.choose("outbox")),
            "received": Figure(RECEIVED, lambda: page.choose("receipt")),
            "question": Figure(REFUSED, lambda: go(Place("worklist", state="question"))),
        }
        self.table = ItemsTable((
            Column(SEQUENCE, lambda b: str(b.sequence), right=True, width=70),
            Column(FILE, lambda b: b.name),
            Column(BUILT_AT, lambda b: official_text(b.built_at), width=150),
            Column(ITEMS, lambda b: f"{b.versions:,}", right=True, width=90),
            Column(ANSWER, answer, width=280,
                   state=lambda b: "soft_text" if b.below else "warn" if b.waiting else "ok"),
        ))  # fmt: skip
        self.empty = EmptyState("package")
        self.empty.tell(EMPTY, EMPTY_BODY)
        self.empty_pack = self.empty.offer(PACK, page.pack, primary=True)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.table)
        self.stack.addWidget(self.empty)
        self.step = ComparisonStep()
        self.step.gone_on.connect(self._go_on)
        self.step.left.connect(self.close_step)
        self.stack.addWidget(self.step)
        self._on_going: Callable[[], None] | None = None
        self.setLayout(down(self.pair, across(*self.figures.values(), spacing=8), self.stack))
        self.layout().setStretch(2, 1)  # type: ignore[union-attr]
        self.reload()

    def reload(self, _changes: Changes | None = None) -> None:
        """Read packages and cards again."""
        rows = shipments.sent(self.session.read)
        self.table.set_items(rows)
        if self._on_going is None:
            self.stack.setCurrentWidget(self.table if rows else self.empty)
        above = shipments.name_above(self.session.read, self.session.role)
        paired = above is not None
        self._show_head(self._on_going is None)
        self.say(self._pair_words.setText, PAIRED.format(name=above) if paired else PAIR)
        theme.mark(self.pair, state="ok" if paired else "warn")
        theme.mark(self._out, part="link" if paired else "")
        self._in.setVisible(not paired)
        self.show_counts()

    def show_counts(self) -> None:
        """Show the numbers of the window's count."""
        counts: Counts | None = getattr(self.page, "counts", None)
        if counts is None:
            return
        now = counts.now
        self.figures["send"].tell(now.to_send, "info")
        self.figures["await"].tell(now.of(State.PACKAGED), "warn")
        self.figures["received"].tell(now.of(State.RECEIVED, State.ACCEPTED), "ok")
        self.figures["question"].tell(now.in_question, "error")

    def show_step(self, title: Text, verb: Text, found: Comparison, on_going: Callable[[], None]) -> None:
        """Show what changes, and go on when the person has looked."""
        self._on_going = on_going
        self._show_head(False)
        self.stack.setCurrentWidget(self.step)
        self.step.show_comparison(title, verb, found)

    def _show_head(self, shown: bool) -> None:
        """Pairing and numbers stand above the packages; a step has the room for itself."""
        for each in (self.pair, *self.figures.values()):
            each.setVisible(shown and not self.session.is_county)

    def _go_on(self) -> None:
        on_going = self._on_going
        self.close_step()
        if on_going is not None:
            on_going()

    def close_step(self) -> None:
        self._on_going = None
        self._show_head(True)
        self.stack.setCurrentWidget(self.table if self.table.items() else self.empty)
        self.focus_work()

    def escape(self) -> bool:
        """Close the comparison; ``False`` when there is none."""
        if self._on_going is None:
            return False
        self.close_step()
        return True

    def focus_work(self) -> None:
        """Put the keyboard into the list, or on the button of the step."""
        self.stack.currentWidget().setFocus(Qt.FocusReason.OtherFocusReason)


class ExchangePage(FamilyPage):
    """Packages and answers, and the records they consist of."""

    def __init__(self, session: Session, entry: PageEntry) -> None:
        super().__init__(session, entry)
        self._connected = False

    def tab_keys(self) -> Sequence[tuple[str, Text]]:
        return [("outbox", OUTBOX), *((name, record_type(name).plural) for name in self.entry.types)]

    def make_view(self, key: str) -> tuple[QWidget, QWidget]:
        if key != "outbox":
            return super().make_view(key)
        view = OutboxView(self)
        self.outbox = view
        pack = self.pack_button = view.said(button("primary", self.pack, icon="package"), PACK)
        take = view.said(button("", self.take_receipt, icon="receipt"), TAKE)
        guard(view, self.session, guards.Act.SEND, pack, view.empty_pack)
        guard(view, self.session, guards.Act.TAKE_IN, take)
        more = MenuButton(MORE)
        more.offer(TO_COLLEAGUE, self.pack_for_colleague)
        more.separate()
        more.offer(MY_CARD, self.hand_out_card)
        more.offer(THEIR_CARD, self.take_card)
        more.separate()
        more.offer(AGAIN, self.write_again)
        return view, verbs_row([pack, take, more])

    def entered(self) -> None:
        if not self._connected:
            self._connected = True
            self.counts.changed.connect(self.outbox.show_counts)
        super().entered()
        self.outbox.show_counts()

    # --- verbs

    def pack_for_colleague(self) -> None:
        """Build a package for another laptop of this organisation."""
        known = colleagues.colleagues(self.session.workspace)
        if not known:
            self.session.say(NO_COLLEAGUE, "warn", lasting=True)
            return
        chosen = 0
        if len(known) > 1:
            names = [card.device_name or card.device_id for card in known]
            picked = messages.ask_choice(self, WHICH, names)
            if picked is None:
                return
            chosen = picked
        self._pack(known[chosen].device_id, FOR_COLLEAGUE)

    def pack(self) -> None:
        """Build a package of everything new, into a folder the person names."""
        self._pack(None, BUILT)

    def _confirmed(self) -> bool:
        """Ask about what rests on unverified coefficients; a yes is kept as a review by this person."""
        waits = checking.unconfirmed(self.session.read)
        if not waits:
            return True
        shown = [each.said for each in waits[:MOST_NAMED]]
        detail = Text("\n".join(f"⚠ {t.zh}" for t in shown), "\n".join(f"⚠ {t.en}" for t in shown))
        if not messages.ask(self, UNVERIFIED.format(n=len(waits)), yes=CONFIRM, no=LOOK_FIRST, detail=detail):
            first = waits[0].finding
            self.session.go(Place(record_type=first.record_type, record_id=first.record_id))
            return False
        versions = {(w.finding.record_type, w.finding.record_id, w.version_id) for w in waits}
        try:
            review.mark_reviewed(self.session.workspace, self.session.entry, sorted(versions))
        except UserError as error:
            self.session.show_error(error)
            return False
        return True

    def _pack(self, recipient: str | None, said: Text) -> None:
        """Show what the package changes; build it when the person goes on."""
        if recipient is None and not self._confirmed():
            return

        def done(found: Comparison) -> None:
            self._ask_then(CHANGES, WRITE, found, lambda: self._build(recipient, said))

        self.session.beside(
            lambda workspace, context: build.compare_package(workspace, recipient=recipient, context=context),
            title=COMPARING,
            on_done=done,
        )

    def _ask_then(self, title: Text, verb: Text, found: Comparison, act: Callable[[], None]) -> None:
        """Show a comparison before ``act``; where no number changes and nothing is asked there is nothing to look at."""
        if not found.totals and not found.asks:
            act()
            return
        self.choose("outbox")
        self.outbox.show_step(title, verb, found, act)

    def _build(self, recipient: str | None, said: Text) -> None:
        folder = actions.ask_folder(self.session, self, WHERE_TO)
        if folder is None:
            return
        out = folder

        def done(built: build.BuiltPackage) -> None:
            self._after_exchange()
            done_said = said.format(name=built.path.name, n=f"{built.versions:,}")
            actions.say_written(self.session, done_said, built.path, lasting=True)
            if built.again:
                self.session.say(AGAIN_TOO.format(n=len(built.again)), "info")

        self.session.write(
            lambda workspace, context: build.build_package(workspace, out, recipient=recipient, context=context),
            title=PACKING,
            on_done=done,
        )

    def write_again(self) -> None:
        """Write a package built before once more: the same bytes."""
        chosen = self.outbox.table.current()
        folder = actions.ask_folder(self.session, self, WHERE_TO) if chosen is not None else None
        if chosen is None or folder is None:
            return
        sequence, out = chosen.sequence, folder

        self.session.write(
            lambda workspace, _context: build.rewrite_package(workspace, sequence, out),
            title=WRITING,
            on_done=lambda path: actions.say_written(
                self.session, BUILT.format(name=path.name, n=f"{chosen.versions:,}"), path
            ),
        )

    def take_receipt(self, path: Path | None = None) -> None:
        """Take the county's answer, or the package of a colleague: the file says which it is."""
        chosen = actions.ask_open_file(self.session, self, PICK_RECEIPT, "*.zip", path)
        if chosen is None:
            return

        def looked(plan: IntakePlan | None) -> None:
            if plan is None or not plan.ok or plan.repeat:
                self._take(chosen, None)
            else:
                self._ask_then(MERGE_CHANGES, MERGE, plan.comparison, lambda: self._take(chosen, plan))

        self.session.beside(
            lambda workspace, context: (
                colleagues.plan_taking(workspace, chosen, context)
                if colleagues.is_from_colleague(workspace, chosen)
                else None
            ),
            title=LOOKING,
            on_done=looked,
        )

    def _take(self, path: Path, plan: IntakePlan | None) -> None:
        def work(workspace: Workspace, context: Context) -> colleagues.TakenIn | receipts.ReceiptApplied:
            if colleagues.is_from_colleague(workspace, path):
                return colleagues.take_in(workspace, path, plan=plan, context=context)
            return receipts.apply_receipt(workspace, path, context=context)

        def done(applied: colleagues.TakenIn | receipts.ReceiptApplied) -> None:
            self._after_exchange()
            if isinstance(applied, colleagues.TakenIn):
                self._merged(applied)
                tell_twins(
                    self.session, applied.problems
                )  # last: a notice that all went well takes those before it away
                return
            text = REPEATED if applied.repeat else APPLIED.format(list=outcome_list(applied.counts))
            bad = any(applied.counts.get(k) for k in ("refused", "conflict", "quarantined", "set_aside"))
            self.session.say(text, "warn" if bad else "ok", lasting=bad)
            tell_twins(self.session, applied.problems)

        self.session.write(work, title=TAKING, on_done=done)

    def _merged(self, taken: colleagues.TakenIn) -> None:
        if taken.repeat:
            self.session.say(ALREADY_MERGED, "ok")
            return
        self.session.say(MERGED.format(list=outcome_list(taken.counts)), "ok", lasting=True)
        if taken.conflicts:
            self.session.say(MERGED_CONFLICTS.format(n=taken.conflicts), "warn", lasting=True, action_text=SHOW_THEM,
                             action=lambda: self.session.go(Place("worklist", state="question")))  # fmt: skip

    def hand_out_card(self) -> None:
        """Write this device's card for the other side."""
        folder = actions.ask_folder(self.session, self, CARD_TO)
        if folder is None:
            return
        out = folder

        self.session.beside(
            lambda workspace, _context: cards.export_card(workspace, out),
            title=MY_CARD,
            on_done=lambda path: actions.say_written(self.session, CARD_OUT.format(name=path.name), path),
        )

    def take_card(self, path: Path | None = None) -> None:
        """Register the other side's card."""
        if actions.take_card(self.session, self, path):
            self._after_exchange()

    def _after_exchange(self) -> None:
        """Packages and cards are no records: nobody announces them."""
        self.reload(None)
        self.counts.refresh()
