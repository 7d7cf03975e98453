"""The status line: every number is a door to the list it counts."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QFrame, QProgressBar, QPushButton, QToolButton, QWidget

from station_app.domain.official_time import official_day, official_text
from station_app.domain.text import Text
from station_app.storage.record_state import State
from station_app.ui import theme
from station_app.ui.i18n import Retranslated, tr
from station_app.ui.jobs import WORKING
from station_app.ui.parts import across, button, label, literal
from station_app.ui.session import UNDO_IT, Place

if TYPE_CHECKING:
    from station_app.ui.counts import Counts
    from station_app.ui.jobs import Job
    from station_app.ui.session import Session

DRAFTS = Text("草稿 {n}", "Drafts {n}")
REVIEW = Text("待复核 {n}", "To review {n}")
SEND = Text("待上报 {n}", "To send {n}")
ANSWER = Text("等回执 {n}", "Awaiting receipt {n}")
QUESTION = Text("退回与冲突 {n}", "Returned, in conflict {n}")
CONFLICTS = Text("冲突 {n}", "In conflict {n}")
TWICE = Text("重复登记 {n}", "Entered twice {n}")
NO_BACKUP = Text("还没有备份", "No backup yet")
BACKUP = Text("上次备份 {when}", "Last backup {when}")
OFFLINE = Text("离线可用 · 北京时间", "Works offline · Beijing time")
OFFLINE_TIP = Text("全部功能不需要网络；数据只在这台电脑上，上报时才离开。窗口、表格和打印中的时间一律是北京时间，与电脑设置的时区无关。",
                   "Nothing here needs a network. Data stays on this machine until it is sent. Every time in the window, in workbooks and "
                   "in print is Beijing time, whatever zone the machine is set to.")  # fmt: skip
TODAY_AT = Text("今天 {time}", "today {time}")
STOP = Text("停止", "Stop")
TIPS = {
    "drafts": Text("打开没有写完的记录", "Open what is not finished"),
    "review": Text("打开已保存、还没有复核的记录", "Open what is saved and not yet reviewed"),
    "send": Text("去上报", "Go and send"),
    "question": Text("打开退回、拒收和冲突的记录", "Open what was returned, refused or is in conflict"),
    "twice": Text("打开重复登记的记录，保留一条", "Open what is entered twice and keep one"),
    "backup": Text("去设置里备份", "Go to Settings and back up"),
}
BACKUP_DAYS = 7
UNDO_CHARACTERS = 46


def when_text(moment: datetime, now: datetime) -> Text | str:
    """Return a moment as people say it: the time today, the date before."""
    day, today, text = official_day(moment), official_day(now), official_text(moment)
    if day == today:
        return TODAY_AT.format(time=text.partition(" ")[2])
    return text if day.year == today.year else day.isoformat()


class StatusDoors(QFrame, Retranslated):
    """Drafts, to review, to send, returned, last backup; on the right the work under way."""

    def __init__(self, session: Session, counts: Counts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.follow_language()
        self.setProperty("part", "doors")
        self._session, self._counts = session, counts
        go = session.go
        self.drafts = button("door", lambda: go(Place("worklist", state="drafts")))
        self.review = button("door", lambda: go(Place("worklist", state="review")))
        self.send = button("door", lambda: go(Place("inbox" if session.is_county else "exchange")))
        self.question = button("door", lambda: go(Place("worklist", state="question")))
        self.twice = button("door", lambda: go(Place("worklist", state="twice")))
        self.backup = button("door", lambda: go(Place("settings", state="backup")))
        self.twice.setProperty("state", "warn")
        self.undo = button("door", session.undo)
        self.undo.hide()
        self.offline = self.said(label("", state="muted"), OFFLINE, OFFLINE_TIP)
        for key, made in self._doors().items():
            self.say(made.setToolTip, TIPS[key])
        if session.is_county:
            self.review.hide()
            self.send.hide()
        if not session.may_write:
            for door in (*self._doors().values(), self.offline):
                door.hide()
        self._work = label("hint")
        self._bar = QProgressBar()
        self._bar.setFixedWidth(120)
        self._bar.setTextVisible(False)
        self._stop = self.said(QToolButton(), STOP)
        self._stop.clicked.connect(lambda _checked=False: self._job.cancel() if self._job is not None else None)
        self._job: Job | None = None
        self.setLayout(across(self.drafts, self.review, self.send, self.question, self.twice, self.backup,
                              self.offline, None, self.undo, self._work, self._bar, self._stop, spacing=2, margins=(8, 1, 8, 1)))  # fmt: skip
        self._show_work(None)
        counts.changed.connect(self.retranslate)
        counts.changed.connect(self._show_undo)  # what was done before the window was opened, too
        # Only after the act that announces has ended: it may be one of several in one operation.
        session.data_changed.connect(lambda _changes: QTimer.singleShot(0, self, self._show_undo))
        session.history_moved.connect(self._show_undo)
        session.jobs.started.connect(self._started)
        session.jobs.ended.connect(self._ended)
        # The time of the last backup grows old while the window stays open.
        self._clock = QTimer(self)
        self._clock.setInterval(60_000)
        self._clock.timeout.connect(self.retranslate)
        self._clock.start()
        self.retranslate()

    def _doors(self) -> dict[str, QPushButton]:
        return {"drafts": self.drafts, "review": self.review, "send": self.send, "question": self.question,
                "twice": self.twice, "backup": self.backup}  # fmt: skip

    def retranslate(self) -> None:
        super().retranslate()
        if not self.undo.isHidden():
            self._show_undo()
        now = self._counts.now
        self.drafts.setText(tr(DRAFTS, n=f"{now.drafts:,}"))
        self.review.setText(tr(REVIEW, n=f"{now.to_review:,}"))
        self.send.setText(tr(SEND, n=f"{now.to_send:,}"))
        county = self._session.is_county
        asked = now.of(State.CONFLICT) if county else now.in_question
        self.question.setText(tr(CONFLICTS if county else QUESTION, n=f"{asked:,}"))
        # Rare, and never to be overlooked: the door is there only while something waits behind it.
        self.twice.setVisible(now.twins > 0 and self._session.may_write)
        self.twice.setText(tr(TWICE, n=f"{now.twins:,}"))
        theme.mark(self.drafts, state="info" if now.drafts else "")
        theme.mark(self.review, state="info" if now.to_review else "")
        theme.mark(self.send, state="info" if now.to_send else "")
        theme.mark(self.question, state="warn" if asked else "")
        moment = self._session.workspace.clock.now()
        if now.last_backup is None:
            self.backup.setText(tr(NO_BACKUP))
            theme.mark(self.backup, state="warn" if self._counts.known and now.records else "")
        else:
            old = (moment - now.last_backup).days >= BACKUP_DAYS
            sign = "" if old else " ✓"
            self.backup.setText(tr(BACKUP, when=when_text(now.last_backup, moment)) + sign)
            theme.mark(self.backup, state="warn" if old else "ok")

    def _show_undo(self) -> None:
        """Say what Ctrl+Z would take back."""
        if self._session.closed:
            return
        action = self._session.workspace.actions.last
        self.undo.setVisible(action is not None and self._session.may_write)
        if action is not None:
            text = tr(UNDO_IT, what=self._session.name_of(action))
            room = self.undo.fontMetrics().averageCharWidth() * UNDO_CHARACTERS
            shown = self.undo.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room)
            self.undo.setText(literal(shown))
            self.undo.setAccessibleName(text)
            self.undo.setToolTip(f"{text} (Ctrl+Z)")

    def _started(self, job: Job) -> None:
        if job.title != WORKING:
            job.progressed.connect(self._progressed)
            self._show_work(job)

    def _ended(self, job: Job) -> None:
        if job is self._job:
            self._show_work(None)

    def _show_work(self, job: Job | None) -> None:
        self._job = job
        for part in (self._work, self._bar, self._stop):
            part.setVisible(job is not None)
        if job is not None:
            self._work.setText(tr(job.title))
            self._bar.setRange(0, 0)

    def _progressed(self, done: int, total: int | None, text: Text) -> None:
        self._work.setText(tr(text) + (f" {done:,} / {total:,}" if total else f" {done:,}"))
        self._bar.setRange(0, total or 0)
        self._bar.setValue(done if total else 0)
