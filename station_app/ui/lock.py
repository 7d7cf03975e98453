"""The lock of the window: after a while without anybody, or when asked, the work is covered until somebody says who is there."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QWindow
from PySide6.QtWidgets import QApplication, QDialog, QMainWindow, QWidget
from shiboken6 import isValid

from station_app.domain.text import Text
from station_app.storage import key_slots
from station_app.ui.i18n import Retranslated
from station_app.ui.parts import across, button, card, down, label, text_width
from station_app.ui.secret_line import SecretLine

if TYPE_CHECKING:
    from station_app.storage.workspace import Workspace
    from station_app.ui.session import Session

MINUTES = "lock.minutes"
USUAL = 15  # where a password is set and nobody chose otherwise
LOOK_MS = 15_000
LOCKED = Text("已锁定", "Locked")
WHOSE = Text("{unit} · {name}", "{unit} · {name}")
KEPT = Text("没有写完的内容都在，解锁后接着写。", "What you were typing is where it was; it goes on after unlocking.")
LOOKING = Text("正在核对…", "Checking …")
OPEN, GO_ON = Text("解锁", "Unlock"), Text("继续", "Go on")
NO_PASSWORD = Text("还没有设密码，谁都可以继续。请在“设置 › 备份”中设密码。",
                   "No password is set yet, so anybody can go on. Set one in Settings, Backup.")  # fmt: skip
_SIGNS_OF_LIFE = frozenset((QEvent.Type.KeyPress, QEvent.Type.MouseMove, QEvent.Type.MouseButtonPress, QEvent.Type.Wheel,
                            QEvent.Type.TouchBegin, QEvent.Type.TouchUpdate))  # fmt: skip


def seconds_awake_or_not() -> float:
    """Return seconds since some moment, those the machine slept counted: who comes back to a laptop that was shut is asked."""
    with_sleep = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if with_sleep is None else time.clock_gettime(with_sleep)


def minutes_of(workspace: Workspace) -> int:
    """Return after how many minutes without anybody the window locks; 0: never."""
    stored = workspace.settings.get(MINUTES)
    if stored.isdigit():
        return int(stored)
    return USUAL if key_slots.opens_elsewhere(key_slots.read_slots(workspace.keys_folder)) else 0


class IdleWatch(QObject):
    """Notices that nobody typed, pointed or scrolled in any window of the program for a while.

    Signals:
        idle(): so many minutes went by, by ``minutes()``, which is asked each time; 0: never.
    """

    idle = Signal()

    def __init__(
        self, minutes: Callable[[], int], parent: QObject, now: Callable[[], float] = seconds_awake_or_not
    ) -> None:
        super().__init__(parent)
        self._minutes, self._now = minutes, now
        self._last = now()
        self._watched: list[QWindow] = []
        application = QGuiApplication.instance()
        if isinstance(application, QGuiApplication):
            application.focusWindowChanged.connect(self._watch)
            # What an input method writes is no key of the window, but it moves the cursor.
            application.inputMethod().cursorRectangleChanged.connect(self.touched)
            self._watch(application.focusWindow())
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    def _watch(self, window: QWindow | None) -> None:
        self._watched = [each for each in self._watched if isValid(each)]
        if window is not None and window not in self._watched:
            self._watched.append(window)
            window.installEventFilter(self)

    def touched(self) -> None:
        """Somebody is there."""
        self._last = self._now()

    def look(self) -> None:
        """Tell when it has been long enough."""
        minutes = self._minutes()
        if minutes and self._now() - self._last >= 60 * minutes:
            self.touched()
            self.idle.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if event.type() in _SIGNS_OF_LIFE:
            self._last = self._now()
        return super().eventFilter(watched, event)


class LockCover(QWidget, Retranslated):
    """Covers all of a window, whose content is switched off: no key, click or shortcut reaches it, nothing of it is seen, and
    it stays as it was, with what was being typed.

    Signals:
        opened(): the work is in sight again.
    """

    opened = Signal()

    def __init__(self, window: QMainWindow, session: Session) -> None:
        super().__init__(window)
        self.follow_language()
        self.session = session
        self._window = window
        self._before: QWidget | None = None
        self.setProperty("part", "page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        title = self.said(label("heading"), LOCKED)
        self.whose, self.hint = label("strong", wrap=True), label("hint", wrap=True)
        self.secret = SecretLine()
        self.secret.entered.connect(self.open)
        self.open_button = button("primary", self.open)
        box = card(down(title, self.whose, self.secret, self.hint, across(None, self.open_button), spacing=10,
                        margins=(24, 18, 24, 18)))  # fmt: skip
        box.setFixedWidth(text_width(self, 32))
        self.setLayout(down(None, across(None, box, None), None, None))
        window.installEventFilter(self)
        self.hide()

    @property
    def _content(self) -> QWidget:
        return self._window.centralWidget()

    def lock(self) -> None:
        """Cover the window; what asks something over it is answered as by Esc."""
        if not self.isHidden():
            return
        while (popup := QApplication.activePopupWidget()) is not None:
            popup.close()
        while isinstance(asking := QApplication.activeModalWidget(), QDialog) and asking.isVisible():
            asking.reject()
        self._before = QApplication.focusWidget()
        workspace = self.session.workspace
        self.say(self.whose.setText, WHOSE.format(unit=workspace.identity.org_name, name=workspace.identity.author))
        asks = key_slots.opens_elsewhere(key_slots.read_slots(workspace.keys_folder))
        self.secret.setVisible(asks)
        self.say(self.hint.setText, KEPT if asks else NO_PASSWORD)
        self.say(self.open_button.setText, OPEN if asks else GO_ON)
        self.setGeometry(self._window.rect())
        self.show()
        self.raise_()
        # As for a list that opens over a field: what is being typed is interrupted, not ended.
        self.setFocus(Qt.FocusReason.PopupFocusReason)
        self._content.setEnabled(False)
        if asks:
            self.secret.begin()
        else:
            self.open_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def open(self) -> None:
        """Look whether what was typed opens it, off the window's thread; keys typed meanwhile go nowhere."""
        if self.secret.isHidden():
            self._uncover()
            return
        folder, text = self.session.workspace.keys_folder, self.secret.text()
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        self._rest(True)
        self.secret.error.hide()

        def failed(error: BaseException) -> None:
            self._rest(False)
            self.secret.fail(error)

        self.session.ask(
            self,
            lambda _context: key_slots.open_typed(key_slots.read_slots(folder), text),
            on_done=lambda _key: self._uncover(),
            on_error=failed,
        )

    def _rest(self, on: bool) -> None:
        for each in (self.secret, self.open_button):
            each.setEnabled(not on)
        self.say(self.hint.setText, LOOKING if on else KEPT)

    def _uncover(self) -> None:
        self._rest(False)
        self.secret.clear()
        self._content.setEnabled(True)
        before, self._before = self._before, None
        if before is not None and isValid(before) and before.isVisible():
            before.setFocus(Qt.FocusReason.PopupFocusReason)
        self.hide()
        self.opened.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        event.accept()  # it ends here: the window below has meanings for many keys

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if event.type() is QEvent.Type.Resize and watched is self._window:
            self.setGeometry(self._window.rect())
        return super().eventFilter(watched, event)
