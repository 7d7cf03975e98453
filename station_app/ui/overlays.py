"""What lies over a page for a while: work under way that holds the window, help, the notice of a crash."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QGuiApplication, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QFrame, QPlainTextEdit, QProgressBar, QToolButton, QVBoxLayout, QWidget

from station_app.domain.text import Text
from station_app.services import threats
from station_app.ui import code_list, theme
from station_app.ui.help_texts import HELP, KEYS, Help
from station_app.ui.i18n import Retranslated, tr
from station_app.ui.pages.base import scrolled
from station_app.ui.parts import across, button, card, clear, down, label, text_width

if TYPE_CHECKING:
    from station_app.ui.crash import Report
    from station_app.ui.jobs import Job

STOP = Text("停止", "Stop")
STOPPING = Text("正在停止…", "Stopping …")
ELAPSED = Text("已用 {seconds} 秒", "{seconds} s so far")
STEP = Text("{what}  {done} / {total}", "{what}  {done} / {total}")
STEP_OPEN = Text("{what}  {done}", "{what}  {done}")
HELP_TITLE = Text("帮助：{page}", "Help: {page}")
KEYS_TITLE = Text("键盘", "Keys")
ALL_CODES = Text("查问题代码", "Look up a code")
PAGE_HELP = Text("返回本页帮助", "Back to the help of this page")
THREATS = Text("谁还能做什么", "Who could still do what")
CLOSE = Text("关闭(Esc)", "Close (Esc)")
CRASHED = Text("程序遇到意外情况，刚才的操作可能没有完成。已保存的内容都在。", "Something unexpected happened; the last step "
               "may not be complete. Everything saved is safe.")  # fmt: skip
CRASHED_BEFORE = Text("上次运行意外中断。已保存的内容都在，没有写完的在草稿里。", "The last run ended unexpectedly. Everything "
                      "saved is safe; unfinished entries are in Drafts.")  # fmt: skip
SHOW_REPORT = Text("查看报告", "Show report")
HIDE_REPORT = Text("收起报告", "Hide report")
COPY_REPORT = Text("复制报告", "Copy report")
COPIED = Text("已复制", "Copied")
DISMISS = Text("知道了", "Dismiss")


class BusyCover(QWidget, Retranslated):
    """Covers the pages while a job writes: what it is doing, how far, how long, and a way to stop it."""

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self.follow_language()
        self._job: Job | None = None
        self._since = 0.0
        self._title = label("heading")
        self._step = label("", state="muted")
        self._time = label("hint")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self.stop = self.said(button("", self._cancel), STOP)
        box = card(down(self._title, self._step, self._bar, across(self._time, None, self.stop), spacing=8,
                        margins=(20, 16, 20, 16)))  # fmt: skip
        box.setFixedWidth(text_width(self, 34))
        self.setLayout(down(None, across(None, box, None), None, None))
        self._timer = QTimer(self)
        self._timer.setInterval(500)
        self._timer.timeout.connect(self._tick)
        over.installEventFilter(self)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        QApplication.instance().focusChanged.connect(self._keep_keyboard)  # type: ignore[union-attr]
        self.hide()

    def _keep_keyboard(self, _before: QWidget | None, now: QWidget | None) -> None:
        """Take the keyboard back: whatever was put off until now, no key reaches the work below the cover."""
        parent = self.parentWidget()
        if now is None or parent is None or now is self or not self.isVisible():
            return
        if parent.isAncestorOf(now) and not self.isAncestorOf(now):
            (self.stop if self.stop.isEnabled() else self).setFocus()

    def cover(self, job: Job | None) -> None:
        """Cover for a job, or uncover."""
        self._job = job
        if job is None:
            self._timer.stop()
            self.hide()
            return
        self._since = time.monotonic()
        self.say(self._title.setText, job.title)
        self._step.setText("")
        self._bar.setRange(0, 0)
        self.say(self.stop.setText, STOP)
        self.stop.setEnabled(True)
        job.progressed.connect(self._progressed)
        self._tick()
        self._timer.start()
        parent = self.parentWidget()
        if parent is not None:
            self.setGeometry(parent.rect())
        self.show()
        self.raise_()
        self.stop.setFocus()

    def _progressed(self, done: int, total: int | None, text: Text) -> None:
        said = STEP if total else STEP_OPEN
        self._step.setText(tr(said, what=text, done=f"{done:,}", total=f"{total or 0:,}"))
        self._bar.setRange(0, total or 0)
        self._bar.setValue(done if total else 0)

    def _tick(self) -> None:
        self._time.setText(tr(ELAPSED, seconds=int(time.monotonic() - self._since)))

    def _cancel(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self.setFocus()  # a button that is switched off would hand the keyboard to what is below
            self.stop.setEnabled(False)
            self.say(self.stop.setText, STOPPING)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        veil = QColor(theme.current().window)
        veil.setAlpha(215)
        painter.fillRect(self.rect(), veil)
        painter.end()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if event.type() is QEvent.Type.Resize and isinstance(watched, QWidget):
            self.setGeometry(watched.rect())
        return super().eventFilter(watched, event)


class HelpPanel(QFrame, Retranslated):
    """Help of the page in sight, on the right over the work."""

    closed = Signal()

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self.follow_language()
        self.setProperty("part", "panel")
        self._over = over
        self._title = label("heading", wrap=True)
        away = QToolButton()
        away.setIcon(theme.icon("close"))
        away.clicked.connect(lambda _checked=False: self.shut())
        self.say(away.setToolTip, CLOSE)
        self.say(away.setAccessibleName, CLOSE)
        self._content = QVBoxLayout()
        self._content.setContentsMargins(0, 0, 8, 0)
        self._content.setSpacing(8)
        self._area = scrolled(self._content)
        self._turn = button("link", self.turn)
        self._threats = button("link", self.turn_to_threats)
        self._at_threats = False
        self.codes: code_list.CodeList | None = None
        head = across(self._title, away)
        head.setStretch(0, 1)
        self._rows = down(head, across(self._turn, self._threats, None), self._area, spacing=8, margins=(16, 12, 8, 12))
        self.setLayout(self._rows)
        self._page: Text | None = None
        self._help: Help | None = None
        over.installEventFilter(self)
        self.hide()

    def show_for(self, key: str, page: Text) -> None:
        """Show the help of a page; the codes only where they were looked up."""
        at_codes = page == self._page and self.codes is not None and not self.codes.isHidden()
        self._at_threats = self._at_threats and page == self._page
        self._page, self._help = page, HELP.get(key)
        self._show_codes(at_codes)
        self._place()
        self.show()
        self.raise_()

    def turn(self) -> None:
        """Turn from the help of the page to the codes of all problems, and back."""
        if self.codes is None:
            self.codes = code_list.CodeList()
            self.codes.hide()
            self._rows.addWidget(self.codes, 1)
        to_codes = self.codes.isHidden()
        self._show_codes(to_codes)
        (self.codes if to_codes else self._turn).setFocus(Qt.FocusReason.OtherFocusReason)

    def turn_to_threats(self) -> None:
        """Turn from the help of the page to who could still do what, and back."""
        self._at_threats = not self._at_threats
        self._show_codes(False)
        self._area.verticalScrollBar().setValue(0)

    def _show_codes(self, at_codes: bool) -> None:
        if self.codes is not None:
            self.codes.setVisible(at_codes)
        self._area.setVisible(not at_codes)
        self._fill()

    def shut(self) -> None:
        """Close and tell."""
        self.hide()
        self.closed.emit()

    def _fill(self) -> None:
        clear(self._content)
        at_codes = self.codes is not None and not self.codes.isHidden()
        self._turn.setText(tr(PAGE_HELP if at_codes else ALL_CODES))
        self._threats.setText(tr(PAGE_HELP if self._at_threats else THREATS))
        self._threats.setVisible(not at_codes)
        self._turn.setVisible(not self._at_threats)
        if self._at_threats:
            (title, words), *parts = threats.threats()
            self._title.setText(tr(title))
            self._add("", words)
            for who, what in parts:
                self._add("strong", who)
                self._add("", what)
            self._content.addStretch(1)
            return
        if at_codes:
            self._title.setText(tr(code_list.TITLE))
        elif self._page is not None:
            self._title.setText(tr(HELP_TITLE, page=self._page))
        if self._help is not None:
            self._add("", self._help.what)
            for number, step in enumerate(self._help.steps, 1):
                line = label("", wrap=True)
                line.setText(tr(step))
                mark = label("strong")
                mark.setText(str(number))
                row = across(mark, line, spacing=10)
                row.setStretch(1, 1)
                row.setAlignment(mark, Qt.AlignmentFlag.AlignTop)
                self._content.addLayout(row)
        self._content.addSpacing(8)
        self._add("strong", KEYS_TITLE)
        for keys, meaning in KEYS:
            name = label("hint")
            name.setText(keys)
            name.setFixedWidth(text_width(self, 9))
            line = label("", wrap=True)
            line.setText(tr(meaning))
            row = across(name, line, spacing=8)
            row.setStretch(1, 1)
            self._content.addLayout(row)
        self._content.addStretch(1)

    def _add(self, part: str, text: Text) -> None:
        line = label(part, wrap=True)
        line.setText(tr(text))
        self._content.addWidget(line)

    def retranslate(self) -> None:
        super().retranslate()
        if self.isVisible():
            self._fill()

    def _place(self) -> None:
        width = text_width(self, 29)
        self.setGeometry(self._over.width() - width, 0, width, self._over.height())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if event.type() is QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)


class CrashNotice(QFrame, Retranslated):
    """Says once that something unexpected happened; the report opens below and can be copied."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.follow_language()
        self.setProperty("part", "strip")
        self.setProperty("state", "error")
        self.shown: list[str] = []
        self._report = ""
        self._words = label("strong", wrap=True)
        self._toggle = button("link", self._open)
        self._copy = button("link", self._to_clipboard)
        away = self.said(button("", self.hide), DISMISS)
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setFixedHeight(170)
        self.text.hide()
        row = across(self._words, self._toggle, self._copy, away)
        row.setStretch(0, 1)
        self.setLayout(down(row, self.text, margins=(12, 6, 8, 6)))
        self.hide()

    def tell(self, report: Report) -> None:
        """Show a report; a further kind is added below the first."""
        self.shown.append(report.kind)
        self._report = f"{self._report}\n\n{report.text}" if self._report and self.isVisible() else report.text
        self._show(CRASHED)

    def tell_left(self, trace: str) -> None:
        """Show what a hard crash of the last run left."""
        self.shown.append("fault")
        self._report = trace
        self._show(CRASHED_BEFORE)

    def _show(self, text: Text) -> None:
        self.say(self._words.setText, text)
        self.say(self._copy.setText, COPY_REPORT)
        self.text.setPlainText(self._report)
        self.say(self._toggle.setText, HIDE_REPORT if self.text.isVisible() else SHOW_REPORT)
        self.show()

    def _open(self) -> None:
        self.text.setVisible(not self.text.isVisible())
        self.say(self._toggle.setText, HIDE_REPORT if self.text.isVisible() else SHOW_REPORT)

    def _to_clipboard(self) -> None:
        QGuiApplication.clipboard().setText(self._report)
        self.say(self._copy.setText, COPIED)
