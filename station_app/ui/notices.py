"""Sentences that come in a corner where nothing is typed and go by themselves; errors stay until they are read or mended."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, QTimer
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QComboBox,
    QFrame,
    QLineEdit,
    QPlainTextEdit,
    QSizePolicy,
    QTextEdit,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from station_app.domain.text import Text
from station_app.ui import theme
from station_app.ui.i18n import Retranslated
from station_app.ui.parts import across, button, label, text_width
from station_app.ui.session import REDO, UNDO, Notice

SECONDS = 7
MOST = 3
LOOK_MS = 100
ICONS = {"ok": "check", "info": "info", "warn": "warning", "error": "error"}
CLOSE = Text("关闭", "Close")


class NoticeCard(QFrame, Retranslated):
    """One notice: sign, sentence, an action, a way to close it."""

    def __init__(self, notice: Notice, parent: NoticeStack) -> None:
        super().__init__(parent)
        self.follow_language()
        self.notice = notice
        self.seconds = 0  # that the window was alive with it
        self.setProperty("part", "notice")
        self.setProperty("state", notice.state)
        sign = label()
        sign.setPixmap(theme.icon(ICONS.get(notice.state, "info"), notice.state).pixmap(theme.current().icon))
        self.words = label("", wrap=True, selectable=True)
        row = across(sign, self.words, None, spacing=8, margins=(10, 6, 6, 6))
        row.setAlignment(sign, Qt.AlignmentFlag.AlignTop)
        if notice.action is not None and notice.action_text is not None:
            self.action = self.said(button("link", self._act), notice.action_text)
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
        # The keyboard may come to where a notice stands: then the notice goes elsewhere.
        self._look = QTimer(self)
        self._look.setInterval(LOOK_MS)
        self._look.timeout.connect(self.make_way)
        self.hide()

    def show_notice(self, notice: Notice) -> NoticeCard:
        """Show a sentence; the same sentence is not piled up."""
        if notice.state == "ok":  # it went through: what stood in the way of it is mended
            self.mended(notice.about)
        history = (UNDO, REDO)  # only what was done last can be taken back: an older offer goes with the next
        for shown in list(self.cards):
            stale = notice.action_text in history and shown.notice.action_text in history
            if stale or shown.notice.text == notice.text:
                self.dismiss(shown)
        if len(self.cards) >= MOST:  # what goes by itself makes room before what waits to be read
            self.dismiss(min(self.cards, key=lambda card: card.notice.lasting))
        made = NoticeCard(notice, self)
        self.cards.append(made)
        self._box.addWidget(made, alignment=Qt.AlignmentFlag.AlignRight)
        made.show()  # a layout leaves out what is not shown yet
        if not notice.lasting:
            timer = QTimer(made)
            timer.timeout.connect(partial(self._older, made))
            timer.start(1000)
        self._place()
        return made

    def _older(self, shown: NoticeCard) -> None:
        """Another second in which the window was alive: while it is busy nobody sees a notice, and its time stands still."""
        shown.seconds += 1
        if shown.seconds >= SECONDS:
            self.dismiss(shown)

    def dismiss(self, shown: NoticeCard) -> None:
        if shown in self.cards:
            self.cards.remove(shown)
            self._box.removeWidget(shown)
            shown.hide()
            shown.deleteLater()
            self._place()

    def mended(self, about: str) -> None:
        """Take away what warned of a cause that is put right, or gone."""
        for shown in list(self.cards):
            if about and shown.notice.about == about and shown.notice.state in ("warn", "error"):
                self.dismiss(shown)

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
            self._look.stop()
            self.hide()
            return
        self._look.start()
        self.show()
        for made in self.cards:
            made.ensurePolished()
            made.say(made.tell, made.notice.text)
        self._box.invalidate()
        self._box.activate()
        self.resize(self._box.sizeHint())
        self.move(self._free_place())
        self.raise_()

    def make_way(self) -> None:
        """Go elsewhere when the keyboard has come to where the notices stand."""
        place = self._free_place()
        if self.cards and place != self.pos():
            self.move(place)

    def _free_place(self) -> QPoint:
        """Return the first corner where the notices cover nothing that is being typed in; the lower right comes first."""
        size, area, edge = self.size(), self._over.rect(), theme.current().control + 20
        right, left = area.right() - size.width() - 16, 16
        low, high = area.bottom() - size.height() - edge, edge
        corners = [QPoint(right, low), QPoint(right, high), QPoint(left, low), QPoint(left, high)]
        typed = self._typed_in()
        return next((p for p in corners if not QRect(p, size).intersects(typed)), corners[0])

    def _typed_in(self) -> QRect:
        """Return where the keyboard is: the field, or the cell of a grid; with a little room around it."""
        focus = QApplication.focusWidget()
        if focus is None or not self._over.isAncestorOf(focus):
            return QRect()
        place, shown = focus.rect(), focus
        inside = focus.parentWidget()  # an editor stands in the viewport of its grid
        view = focus if isinstance(focus, QAbstractItemView) else inside.parentWidget() if inside is not None else None
        if isinstance(view, QAbstractItemView) and view.currentIndex().isValid():
            place, shown = view.visualRect(view.currentIndex()), view.viewport()
        elif not isinstance(focus, QLineEdit | QAbstractItemView | QPlainTextEdit | QTextEdit | QComboBox):
            return QRect()
        return QRect(shown.mapTo(self._over, place.topLeft()), place.size()).adjusted(-8, -8, 8, 8)
