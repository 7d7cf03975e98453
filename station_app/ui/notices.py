"""Sentences that come in the lower right corner and go by themselves; errors stay until they are read."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QFrame, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from station_app.domain.text import Text
from station_app.ui import theme
from station_app.ui.i18n import Retranslated
from station_app.ui.parts import across, button, label, text_width
from station_app.ui.session import Notice

SECONDS = 7
MOST = 3
ICONS = {"ok": "check", "info": "info", "warn": "warning", "error": "error"}
CLOSE = Text("关闭", "Close")


class NoticeCard(QFrame, Retranslated):
    """One notice: sign, sentence, an action, a way to close it."""

    def __init__(self, notice: Notice, parent: NoticeStack) -> None:
        super().__init__(parent)
        self.follow_language()
        self.notice = notice
        self.setProperty("part", "notice")
        self.setProperty("state", notice.state)
        sign = label()
        sign.setPixmap(theme.icon(ICONS.get(notice.state, "info"), notice.state).pixmap(theme.current().icon))
        self.words = label("", wrap=True, selectable=True)
        row = across(sign, self.words, None, spacing=8, margins=(10, 6, 6, 6))
        row.setAlignment(sign, Qt.AlignmentFlag.AlignTop)
        if notice.action is not None and notice.action_text is not None:
            self.action = button("link", self._act)
            self.say(self.action.setText, notice.action_text)
            row.addWidget(self.action)
        away = QToolButton()
        away.setIcon(theme.icon("close", "soft_text"))
        away.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        away.clicked.connect(lambda _checked=False: parent.dismiss(self))
        self.say(away.setToolTip, CLOSE)
        self.say(away.setAccessibleName, CLOSE)
        row.addWidget(away)
        row.setAlignment(away, Qt.AlignmentFlag.AlignTop)
        self.setLayout(row)
        self.say(self.tell, notice.text)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Minimum)

    def tell(self, text: str) -> None:
        """Show the sentence and take the room it needs."""
        self.words.setText(text)
        width = min(text_width(self.words, 30), self.words.fontMetrics().horizontalAdvance(text) + 4)
        self.words.setFixedSize(width, self.words.heightForWidth(width))

    def _act(self) -> None:
        stack = self.parent()
        if self.notice.action is not None:
            self.notice.action()
        if isinstance(stack, NoticeStack):
            stack.dismiss(self)


class NoticeStack(QWidget):
    """The pile of notices over a window; takes no place and no focus."""

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self._over = over
        self.cards: list[NoticeCard] = []
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._box = QVBoxLayout()
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(8)
        self.setLayout(self._box)
        over.installEventFilter(self)
        self.hide()

    def show_notice(self, notice: Notice) -> NoticeCard:
        """Show a sentence; the same sentence is not piled up."""
        for shown in list(self.cards):
            if shown.notice.text == notice.text or len(self.cards) >= MOST:
                self.dismiss(shown)
        made = NoticeCard(notice, self)
        self.cards.append(made)
        self._box.addWidget(made, alignment=Qt.AlignmentFlag.AlignRight)
        made.show()  # a layout leaves out what is not shown yet
        if not notice.lasting:
            timer = QTimer(made)
            timer.setSingleShot(True)
            timer.timeout.connect(lambda: self.dismiss(made))
            timer.start(SECONDS * 1000)
        self._place()
        return made

    def dismiss(self, shown: NoticeCard) -> None:
        """Take a notice away."""
        if shown in self.cards:
            self.cards.remove(shown)
            self._box.removeWidget(shown)
            shown.hide()
            shown.deleteLater()
            self._place()

    def dismiss_newest(self) -> bool:
        """Take the newest away; ``False`` when there is none."""
        if not self.cards:
            return False
        self.dismiss(self.cards[-1])
        return True

    def texts(self) -> list[str]:
        return [c.words.text() for c in self.cards]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if watched is self._over and event.type() is QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    def _place(self) -> None:
        if not self.cards:
            self.hide()
            return
        self.show()
        for made in self.cards:
            made.ensurePolished()
            made.say(made.tell, made.notice.text)
        self._box.invalidate()
        self._box.activate()
        size = self._box.sizeHint()
        self.resize(size)
        area = self._over.rect()
        self.move(area.right() - size.width() - 16, area.bottom() - size.height() - theme.current().control - 20)
        self.raise_()
