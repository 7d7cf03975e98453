"""Today: the four steps of the work, what waits for a person, and the season."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from station_app.domain.problems import Severity
from station_app.domain.text import CHINESE, Text
from station_app.exchange.standing import WorkCounts
from station_app.services import checking
from station_app.storage.changes import Changes
from station_app.storage.problems import StorageProblem
from station_app.storage.record_state import State
from station_app.ui import actions, i18n, theme, titles
from station_app.ui.i18n import Retranslated, tr
from station_app.ui.pages.base import Page, scrolled
from station_app.ui.pages.first_steps import FirstStepsCard
from station_app.ui.pages.season import SEASON, Task
from station_app.ui.parts import Act, LinkLine, MenuButton, across, button, card, clear, down, hold, label
from station_app.ui.session import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtWidgets import QPushButton

    from station_app.ui.pages.catalogue import PageEntry
    from station_app.ui.session import Session

HELLO = Text("{day} · {name}", "{day} · {name}")
RECORD, CHECK, EXPORT, SEND = (
    Text("记录", "Record"),
    Text("检查", "Check"),
    Text("导出", "Export"),
    Text("上报", "Send"),
)
RECORD_N = Text("条记录", "records")
CHECK_N = Text("条待检查", "to check")
FOUND_N = Text("处需处理", "to look at")
EXPORT_N = Text("种表格", "workbooks")
SEND_N = Text("条待上报", "to send")
DRAFTS_HINT = Text("另有 {n} 份草稿没有写完", "Drafts not finished: {n}")
NO_DRAFTS = Text("没有未写完的草稿", "No unfinished drafts")
BEGIN_HINT = Text("从牧户花名册开始", "Begin with the roster")
CHECK_HINT = Text("核对规则、链接和缺项", "Rules, links, what is missing")
CHECKED_CLEAN = Text("{n} 条已检查，没有问题", "{n} checked, nothing found")
CHECKED = Text("{n} 条已检查", "{n} checked")
CHECKED_ROSTER = Text("没有待上报的；花名册与清点已核对", "Nothing to send; roster and counts compared")
NOTHING_TO_CHECK = Text("没有等待上报的记录", "Nothing waits to be sent")
EXPORT_HINT = Text("写完会读回核对", "Written, then read back")
SEND_HINT = Text("打成签名的包，U 盘或网络都行", "A signed package, by stick or network")
SEND_WAIT = Text("{n} 个包在等县里的回执", "{n} packages await the county's receipt")
SEND_ALL = Text("全部已上报", "All is sent")
DO_RECORD, DO_CHECK, DO_EXPORT, DO_SEND = (
    Text("开始记录", "Record"), Text("检查", "Check"), Text("导出", "Export"), Text("去上报", "Go and send"))  # fmt: skip
GO_ON = Text("继续写草稿", "Go on with a draft")
NEW_COUNT = Text("清点牲畜", "Count livestock")
NEW_HOUSEHOLD = Text("登记牧户", "Add a household")
NEW_PARCEL = Text("登记地块", "Add a parcel")
NEW_PLOT = Text("新建样地(监测表)", "New plot (monitoring form)")
NEW_INSPECTION = Text("记录巡查", "Record an inspection")
WAITING = Text("等我处理", "Waiting for me")
ALL_CLEAR = Text("没有等您处理的事。", "Nothing is waiting for you.")
SEASON_TITLE = Text("这一季", "The season")
DUE = Text("正当时", "due now")
MONTH_SPAN = Text("{first}–{last} 月", "{first}–{last}")
MONTH_ONE = Text("{first} 月", "{first}")
MORE = Text("还有 {n} 处，检查后逐条处理", "and {n} more")
LINE_DRAFTS = Text("{n} 份草稿没有写完", "Drafts not finished: {n}")
LINE_RETURNED = Text("{n} 条被县里退回，等更正", "Returned by the county, to be corrected: {n}")
LINE_REFUSED = Text("{n} 条没有被接收", "Not taken in by the county: {n}")
LINE_CONFLICT = Text("{n} 条有冲突，要选定以哪个为准", "In conflict, choose which version stands: {n}")
LINE_REVIEW = Text("{n} 条等复核", "Waiting for review: {n}")
LINE_UPDATE = Text("新版本 {version} 可以安装", "Version {version} of the program can be installed")
LINE_QUARANTINE = Text("{n} 个版本被隔离，等处理", "Set aside, to be decided: {n}")
COUNTY_STEPS = (
    (Text("收件", "Receive"), Text("打开各站的上报包", "Open the stations' packages"), Text("去收件", "Go to inbox"), Place("inbox")),
    (Text("审核", "Review"), Text("认可，或带原因退回", "Accept, or return with a reason"), Text("看牧户", "See households"),
     Place("households")),
    (Text("方案与目标", "Plan and targets"), Text("补奖方案、标准、年度目标", "Plan, rates, targets of the year"),
     Text("去补奖", "Go to compensation"), Place("compensation")),
    (Text("下达", "Send down"), Text("随每份回执送到各站", "Goes down with every receipt"), Text("看各站", "See stations"),
     Place("stations")),
)  # fmt: skip
SHOWN_FINDINGS = 40


def _month(number: int) -> str:
    """Return a month as a figure in Chinese, by its short name elsewhere."""
    if i18n.language() == CHINESE:
        return str(number)
    return QLocale(QLocale.Language.English).monthName(number, QLocale.FormatType.ShortFormat)


class Arrow(QWidget):
    """The way from one step to the next."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedWidth(16)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        icon = theme.icon("forward", "strong_border")
        size = 16
        icon.paint(painter, 0, (self.height() - size) // 2, size, size)
        painter.end()


class StepCard(QFrame, Retranslated):
    """One step: its number, what it is, how many, and the verb."""

    def __init__(self, number: int, title: Text, verb: QPushButton) -> None:
        super().__init__()
        self.follow_language()
        self.setProperty("part", "card")
        mark = label("badge")
        mark.setText(str(number))
        mark.setFixedSize(20, 20)
        mark.setAlignment(Qt.AlignmentFlag.AlignCenter)
        heading = self.said(label("heading"), title)
        self.number, self.unit, self.hint = label("big"), label("hint"), label("hint", wrap=True)
        self.hint.setMinimumHeight(self.hint.fontMetrics().height() * 2 + 2)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.verb = verb
        self.more = QHBoxLayout()
        row = across(self.number, self.unit, None, spacing=6)
        row.setAlignment(self.unit, Qt.AlignmentFlag.AlignBottom)
        self.setLayout(down(across(mark, heading, None), row, self.hint, None, across(verb, self.more, None),
                            spacing=4, margins=(14, 10, 14, 12)))  # fmt: skip
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)

    def tell(self, number: str, unit: Text, hint: Text, state: str = "") -> None:
        self.number.setText(number)
        theme.mark(self.number, state=state)
        self.say(self.unit.setText, unit)
        self.say(self.hint.setText, hint)

    def point(self, here: bool) -> None:
        theme.mark(self.verb, part="primary" if here else "")
        theme.mark(self, state="ok" if here else "")

    def sizeHint(self) -> QSize:  # noqa: N802
        hint = super().sizeHint()
        return QSize(200, hint.height())


class WaitingLine(QWidget):
    """One thing that waits: its sign, its sentence, its door."""

    def __init__(self, text: str, state: str, act: Callable[[], None] | None) -> None:
        super().__init__()
        dot = label("hint", state=state)
        dot.setText("●")
        said = LinkLine(act) if act is not None else label("", wrap=True)
        said.setText(text)
        row = across(dot, said, None, spacing=8)
        if act is None:
            row.setStretch(1, 1)
        row.setAlignment(dot, Qt.AlignmentFlag.AlignTop if act is None else Qt.AlignmentFlag.AlignVCenter)
        self.setLayout(row)


class TodayPage(Page):
    """The first page: what is due and what waits."""

    def __init__(self, session: Session, entry: PageEntry) -> None:
        super().__init__(session, entry)
        self.look: checking.Look | None = None
        self._release: Act | None = None  # while one looks
        self.steps: list[StepCard] = []
        row = self._county_steps() if session.is_county else self._station_steps()
        self.body.addLayout(row)
        self._waiting = QVBoxLayout()
        self._waiting.setContentsMargins(0, 0, 0, 0)
        self._waiting.setSpacing(2)
        self._season = QVBoxLayout()
        self._season.setContentsMargins(0, 0, 0, 0)
        self._season.setSpacing(2)
        waiting_title, season_title = label("heading"), label("heading")
        self.say(waiting_title.setText, WAITING)
        self.say(season_title.setText, SEASON_TITLE)
        self.first_steps = FirstStepsCard(session)
        left = down(self.first_steps, card(down(waiting_title, scrolled(self._waiting), spacing=6, margins=(14, 10, 8, 8))),
                    spacing=12)  # fmt: skip
        left.setStretch(1, 1)
        right = card(down(season_title, scrolled(self._season), spacing=6, margins=(14, 10, 8, 8)))
        lower = across(left, right, spacing=12)
        lower.setStretch(0, 3)
        lower.setStretch(1, 2)
        self.body.addSpacing(4)
        self.body.addLayout(lower, 1)

    # --- steps

    def _station_steps(self) -> QHBoxLayout:
        begin = MenuButton(DO_RECORD)
        for text, place in (
            (NEW_COUNT, Place("livestock")),
            (NEW_HOUSEHOLD, Place(record_type="household", record_id="new")),
            (NEW_PARCEL, Place(record_type="parcel", record_id="new")),
            (NEW_PLOT, Place(record_type="plot", record_id="new")),
            (NEW_INSPECTION, Place(record_type="inspection", record_id="new")),
        ):
            begin.offer(text, partial(self.session.go, place))
        check = self.said(button("", self.check), DO_CHECK)
        export = MenuButton(DO_EXPORT)
        for name, text in actions.REPORT_LABELS.items():
            export.offer(text, partial(actions.export_report, self.session, self, name))
        send = self.said(button("", lambda: self.session.go(Place("exchange"))), DO_SEND)
        self.steps = [StepCard(1, RECORD, begin), StepCard(2, CHECK, check), StepCard(3, EXPORT, export),
                      StepCard(4, SEND, send)]  # fmt: skip
        self.drafts = self.said(button("link", lambda: self.session.go(Place("worklist", state="drafts"))), GO_ON)
        self.steps[0].more.addWidget(self.drafts)
        return self._with_arrows()

    def _county_steps(self) -> QHBoxLayout:
        for number, (title, hint, verb, place) in enumerate(COUNTY_STEPS, 1):
            do = self.said(button("", partial(self.session.go, place)), verb)
            step = StepCard(number, title, do)
            step.tell("", Text("", ""), hint)
            step.number.hide()
            step.unit.hide()
            step.point(number == 1)
            self.steps.append(step)
        return self._with_arrows()

    def _with_arrows(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(4)
        for number, step in enumerate(self.steps):
            if number:
                row.addWidget(Arrow())
            row.addWidget(step, 1)
        return row

    def _show_steps(self, now: WorkCounts) -> None:
        if self.session.is_county:
            return
        record, check, export, send = self.steps
        records = sum(n for name, n in now.by_type.items() if name not in ("receipt", "review", "device"))
        hint = DRAFTS_HINT.format(n=now.drafts) if now.drafts else (NO_DRAFTS if records else BEGIN_HINT)
        record.tell(f"{records:,}", RECORD_N, hint)
        self.drafts.setVisible(now.drafts > 0)
        open_findings = 0
        if self.look is None:
            check.tell(f"{now.to_send + now.in_question:,}", CHECK_N, CHECK_HINT if now.to_send else NOTHING_TO_CHECK)
        else:
            open_findings = len(self.look.findings)
            said = CHECKED_CLEAN if not open_findings else CHECKED if self.look.checked else CHECKED_ROSTER
            check.tell(f"{open_findings:,}", FOUND_N, said.format(n=f"{self.look.checked:,}"),
                       "warn" if open_findings else "ok")  # fmt: skip
        export.tell(f"{len(actions.REPORT_LABELS)}", EXPORT_N, EXPORT_HINT)
        waits = SEND_WAIT.format(n=now.unanswered) if now.unanswered else SEND_HINT
        send.tell(f"{now.to_send:,}", SEND_N, waits if now.to_send or now.unanswered or not records else SEND_ALL)
        nothing_yet = records == 0
        step = 0 if nothing_yet or (not now.to_send and not now.in_question) else 1 if self.look is None else 3
        if (
            self.look is not None
            and open_findings
            and any(f.problem.severity in (Severity.ERROR, Severity.HOLD) for f in self.look.findings)
        ):
            step = 1
        for number, made in enumerate(self.steps):
            made.point(number == step and self.first_steps.next_verb is None)

    # --- checking

    def check(self) -> None:
        """Look at everything that waits to be sent, off the window's thread."""
        today, year = self.session.today(), self.session.year

        self._release = self._release or hold(self.steps[1].verb)
        self.session.ask(
            self,
            lambda context: checking.look_before_sending(context.reader, today, year=year, context=context),
            title=Text("正在检查待上报的记录", "Checking what waits to be sent"),
            on_done=self._checked,
            on_error=self._check_failed,
        )

    def _checked(self, look: checking.Look) -> None:
        self._looked()
        self.look = look
        self._show()

    def _check_failed(self, error: BaseException) -> None:
        self._looked()
        self.session.show_error(error)

    def _looked(self) -> None:
        if self._release is not None:
            self._release()
        self._release = None

    # --- what waits

    def _show(self) -> None:
        self.first_steps.refresh()
        self._show_steps(self.counts.now)
        self._show_waiting(self.counts.now)
        self._show_season()
        self.say(self._subtitle.setText, self._greeting)

    def _greeting(self) -> str:
        today = self.session.today()
        locale = QLocale(QLocale.Language.Chinese if i18n.language() == CHINESE else QLocale.Language.English)
        day = f"{today.isoformat()} {locale.dayName(today.isoweekday())}"
        author = self.session.workspace.identity.author
        return tr(HELLO, day=day, name=author) if author else day

    def _show_waiting(self, now: WorkCounts) -> None:
        clear(self._waiting)
        go = self.session.go
        county = self.session.is_county

        def ours(state: State) -> int:
            """What a station has to put right; at the county it waits for the station."""
            return 0 if county else now.of(state)

        lines: list[tuple[str, str, Callable[[], None] | None]] = []
        for problem in self.session.workspace.gate:
            backup = problem.code in (StorageProblem.BACKUP_OLD.code, StorageProblem.NEVER_BACKED_UP.code)
            stays = problem.code == StorageProblem.BACKUP_STAYS_HERE.code
            act = partial(go, Place("settings", state="backup" if backup or stays else "health"))
            if problem.code == StorageProblem.MOVED_OR_COPIED.code:
                act = partial(go, Place("settings"))
            if not (backup and now.last_backup is not None or stays and self.session.workspace.backups_open_elsewhere):
                lines.append((tr(problem.text), theme.state_of(problem.severity), act))
        for text, number, state, place in (
            (LINE_CONFLICT, now.of(State.CONFLICT), "error", Place("worklist", state="question")),
            (LINE_REFUSED, ours(State.REFUSED), "error", Place("worklist", state="question")),
            (LINE_RETURNED, ours(State.RETURNED), "warn", Place("worklist", state="question")),
            (LINE_QUARANTINE, now.quarantined, "warn", Place("inbox", state="quarantine")),
            (LINE_DRAFTS, now.drafts, "info", Place("worklist", state="drafts")),
            (LINE_REVIEW, 0 if county else now.to_review, "info", Place("worklist", state="review")),
        ):
            if number:
                lines.append((tr(text, n=f"{number:,}"), state, partial(go, place)))
        lines += self._finding_lines()
        update = self.session.update
        if update is not None and update.opened is not None:
            newer = tr(LINE_UPDATE, version=update.opened.manifest.version)
            lines.append((newer, "info", partial(go, Place("settings", state="updates"))))
        for words, state, door in lines:
            self._waiting.addWidget(WaitingLine(words, state, door))
        if not lines and self.first_steps.next_verb is None:
            said = label("", state="muted")
            said.setText(tr(ALL_CLEAR))
            self._waiting.addWidget(said)
        self._waiting.addStretch(1)

    def _finding_lines(self) -> Sequence[tuple[str, str, Callable[[], None] | None]]:
        if self.look is None:
            return []
        out: list[tuple[str, str, Callable[[], None] | None]] = []
        findings = sorted(self.look.findings, key=lambda f: f.problem.severity.rank)
        for finding in findings[:SHOWN_FINDINGS]:
            row = self.session.read.get(finding.record_type, finding.record_id)
            title = titles.record_title(self.session, finding.record_type, row.record) if row is not None else ""
            place = Place(record_type=finding.record_type, record_id=finding.record_id)
            sign = tr(finding.problem.severity.label.inside)
            out.append((f"{title}：{tr(finding.problem.text)}" if i18n.language() == CHINESE else
                        f"{title}: {tr(finding.problem.text)} ({sign})",
                        theme.state_of(finding.problem.severity), partial(self.session.go, place)))  # fmt: skip
        if len(findings) > SHOWN_FINDINGS:
            out.append((tr(MORE, n=len(findings) - SHOWN_FINDINGS), "muted", None))
        return out

    def _show_season(self) -> None:
        clear(self._season)
        today = self.session.today()
        ordered: list[Task] = sorted(SEASON, key=lambda t: (not t.is_due(today), (t.first - today.month) % 12))
        for task in ordered:
            span = MONTH_ONE if task.first == task.last else MONTH_SPAN
            when = label("hint")
            when.setText(tr(span, first=_month(task.first), last=_month(task.last)))
            when.setFixedWidth(when.fontMetrics().horizontalAdvance("Nov–Dec  "))
            title = LinkLine(partial(self.session.go, task.place))
            title.setText(tr(task.title))
            row = across(when, title, None, spacing=6)
            if task.is_due(today):
                chip = label("chip", state="ok")
                chip.setText(tr(DUE))
                row.addWidget(chip)
            holder = QWidget()
            holder.setLayout(row)
            self._season.addWidget(holder)
        self._season.addStretch(1)

    # --- as every page

    def entered(self) -> None:
        if not self._stale:
            self._show()
            return
        super().entered()

    def reload(self, changes: Changes | None = None) -> None:
        if not hasattr(self, "_connected"):
            self._connected = True
            self.counts.changed.connect(self._counted)
            self.session.update_found.connect(self._counted)
        if changes is not None:
            self.look = None
            if self._release is not None:
                self.check()  # what is under way looked at what has changed since
        self._show()

    def _counted(self) -> None:
        if self.isVisible():
            self._show()

    def retranslate(self) -> None:
        super().retranslate()
        if hasattr(self, "_connected"):
            self._show()

    def focus_work(self) -> None:
        if self.first_steps.next_verb is not None:
            self.first_steps.next_verb.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        here = next((s for s in self.steps if s.verb.property("part") == "primary"), self.steps[0])
        here.verb.setFocus(Qt.FocusReason.OtherFocusReason)
