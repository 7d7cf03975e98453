"""Who is there: after a while without anybody, when asked, and at the start where there are accounts, the work is covered until
somebody signs in.

Where there are accounts one signs in with a PIN, and another person may come: then nothing of the one before stays open. Where there
are none the password of the workspace opens it again; where there is no password either, Enter does.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QWindow
from PySide6.QtWidgets import QApplication, QDialog, QMainWindow, QWidget
from shiboken6 import isValid

from station_app.domain.accounts import SignedIn
from station_app.domain.text import Text
from station_app.services import accounts
from station_app.storage import key_slots
from station_app.ui import forgotten_pin
from station_app.ui.i18n import Retranslated
from station_app.ui.jobs import WORKING
from station_app.ui.parts import TextCombo, across, button, card, down, label, text_width
from station_app.ui.secret_line import SECRET_HINT, SecretLine

if TYPE_CHECKING:
    from station_app.storage.workspace import Workspace
    from station_app.ui.session import Session

MINUTES = "lock.minutes"
LAST = "account.last"  # mark of the account that signed in last here
USUAL = 15  # where there is a password or a PIN, and nobody chose otherwise
LOOK_MS = 15_000
LOCKED, SIGN_IN, OTHER = Text("已锁定", "Locked"), Text("登录", "Sign in"), Text("换人", "Another person")
WHOSE = Text("{unit} · {name}", "{unit} · {name}")
KEPT = Text("没有写完的内容都在，解锁后接着写。", "What you were typing is where it was; it goes on after unlocking.")
NOTHING = Text("", "")
LOOKING = Text("正在核对…", "Checking …")
OPEN, GO_ON, BACK = Text("解锁", "Unlock"), Text("继续", "Go on"), Text("返回(Esc)", "Back (Esc)")
WHO, PIN = Text("姓名", "Name"), Text("口令", "PIN")
WITH_ROLE = Text("{name}（{role}）", "{name} ({role})")
STAYS = Text("换人后，前一位没写完的留作他的草稿。", "What the one before has not finished stays a draft of theirs.")
UNDER_WAY = Text(
    "“{title}”还在进行。等它结束再换人。", "{title} is under way. Wait for its end before another person signs in."
)
FORGOT = Text("忘了口令…", "Forgot the PIN …")
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
    asks = workspace.has_accounts or key_slots.opens_elsewhere(key_slots.read_slots(workspace.keys_folder))
    return USUAL if asks else 0


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
        leaving(): another account signs in: what the one before had open is to be put away, as long as it is theirs.
    """

    opened = Signal()
    leaving = Signal()

    def __init__(self, window: QMainWindow, session: Session) -> None:
        super().__init__(window)
        self.follow_language()
        self.session = session
        self._window = window
        self._before: QWidget | None = None
        self._hint = KEPT
        self.setProperty("part", "page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.title, self.whose, self.hint = label("heading"), label("strong", wrap=True), label("hint", wrap=True)
        self.secret, self.who = SecretLine(), TextCombo()
        self.secret.entered.connect(self.open)
        self.say(self.who.setAccessibleName, WHO)
        self.who.chosen.connect(lambda _mark: self.secret.begin())
        self.forgot = self.said(button("link", self.ask_reset), FORGOT)
        self.reset = forgotten_pin.ResetPanel(session)
        self.reset.done.connect(self._signed_in)
        self.reset.left.connect(self._ask)
        self.back_button = self.said(button("", self.go_back), BACK)
        self.open_button = button("primary", self.open)
        box = card(down(self.title, self.whose, self.who, self.secret, self.hint, self.reset,
                        across(self.forgot, None, self.back_button, self.open_button), spacing=10,
                        margins=(24, 18, 24, 18)))  # fmt: skip
        box.setFixedWidth(text_width(self, 34))
        self.setLayout(down(None, across(None, box, None), None, None))
        window.installEventFilter(self)
        self.hide()

    @property
    def _content(self) -> QWidget:
        return self._window.centralWidget()

    # --- covering

    def lock(self, *, may_go_back: bool = False) -> None:
        """Cover the window; what asks something over it is answered as by Esc.

        ``may_go_back``: nobody left, somebody only asks for another person to sign in.
        """
        if not self.isHidden():
            return
        while (popup := QApplication.activePopupWidget()) is not None:
            popup.close()
        while isinstance(asking := QApplication.activeModalWidget(), QDialog) and asking.isVisible():
            asking.reject()
        self._before = QApplication.focusWidget()
        workspace = self.session.workspace
        me = workspace.identity
        unit = Text(me.org_name, me.org_name)
        self.say(self.whose.setText, WHOSE.format(unit=me.org_name, name=me.author) if me.author else unit)
        known = [each for each in accounts.accounts(workspace) if each.is_active] if workspace.has_accounts else []
        self._mine = me.account.mark if me.account else ""
        self.who.set_items([(WITH_ROLE.format(name=each.name, role=each.role.label), each.mark) for each in known])
        others = [each.mark for each in known if each.mark != self._mine]
        self.who.choose(others[0] if may_go_back and others else self._mine or workspace.settings.get(LAST))
        self.who.setVisible(bool(known))
        self.back_button.setVisible(may_go_back)
        self._asks = bool(known) or key_slots.opens_elsewhere(key_slots.read_slots(workspace.keys_folder))
        nobody_yet = bool(known) and not self._mine
        self._hint = NO_PASSWORD if not self._asks else STAYS if may_go_back else NOTHING if nobody_yet else KEPT
        self.say(self.title.setText, OTHER if may_go_back else SIGN_IN if nobody_yet else LOCKED)
        self.say(self.open_button.setText, GO_ON if not self._asks else SIGN_IN if known else OPEN)
        self.secret.ask_for(PIN if known else SECRET_HINT)
        self.setGeometry(self._window.rect())
        self.show()
        self.raise_()
        # As for a list that opens over a field: what is being typed is interrupted, not ended.
        self.setFocus(Qt.FocusReason.PopupFocusReason)
        self._content.setEnabled(False)
        self._ask()

    def _ask(self) -> None:
        """Ask who is there."""
        self.reset.hide()
        self._rest(False)
        self.secret.setVisible(self._asks)
        self.forgot.setVisible(self.who.count() > 0)
        for each in (self.open_button, self.hint):
            each.show()
        if self._asks:
            self.secret.begin()
        else:
            self.open_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def ask_reset(self) -> None:
        """Show the ways to a new PIN for the account that is chosen."""
        for each in (self.secret, self.hint, self.open_button, self.forgot):
            each.hide()
        self.reset.begin(self.who.value())

    # --- opening

    def open(self) -> None:
        """Look whether what was typed opens it, off the window's thread; keys typed meanwhile go nowhere."""
        workspace, text, mark = self.session.workspace, self.secret.text(), self.who.value()
        if not self._asks:
            self._uncover()
            return
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        self._rest(True)
        self.secret.error.hide()
        if mark is None:
            folder = workspace.keys_folder
            self.session.ask(
                self,
                lambda _context: key_slots.open_typed(key_slots.read_slots(folder), text),
                on_done=lambda _key: self._uncover(),
                on_error=self._failed,
            )
            return
        self.session.beside(
            lambda own, _context: accounts.sign_in(own, mark, text), title=SIGN_IN, on_done=self._signed_in,
            on_error=self._failed,
        )  # fmt: skip

    def try_first(self, name: str, pin: str) -> None:
        """Try a PIN for an account by name, silently: the person may have to type another one."""
        known = [
            each.mark for each in accounts.accounts(self.session.workspace) if each.is_active and each.name == name
        ]
        if known and not self.secret.text():
            self.who.choose(known[0])
            self.secret.line.setText(pin)
            self.open()

    def _failed(self, error: BaseException) -> None:
        self._rest(False)
        self.secret.fail(error)

    def _signed_in(self, account: accounts.Account) -> None:
        """Let the account work here; when it is another one, nothing of the one before stays open."""
        workspace = self.session.workspace
        if account.mark != self._mine:
            deed = next(
                (job.title for job in self.session.jobs.running if job.asker is None and job.title != WORKING), None
            )
            if deed is not None:
                self._ask()
                self.secret.tell(UNDER_WAY.format(title=deed))
                return
            self.leaving.emit()
            self._before = None
        workspace.work_as(SignedIn(account.name, account.mark, account.role, account.own_pin))
        workspace.settings.set(LAST, account.mark)
        self.session.person_changed.emit()
        self._uncover()

    def _rest(self, on: bool) -> None:
        for each in (self.who, self.secret, self.open_button, self.forgot, self.back_button):
            each.setEnabled(not on)
        self.say(self.hint.setText, LOOKING if on else self._hint)

    def go_back(self) -> None:
        """Nobody else signs in: the work goes on."""
        if not self.back_button.isHidden():
            self._uncover()

    def _uncover(self) -> None:
        self._rest(False)
        self.secret.clear()
        self.reset.clear()
        self._content.setEnabled(True)
        before, self._before = self._before, None
        if before is not None and isValid(before) and before.isVisible():
            before.setFocus(Qt.FocusReason.PopupFocusReason)
        self.hide()
        self.opened.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() == Qt.Key.Key_Escape and self.open_button.isEnabled():
            self.go_back()
        event.accept()  # it ends here: the window below has meanings for many keys

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if event.type() is QEvent.Type.Resize and watched is self._window:
            self.setGeometry(self._window.rect())
        return super().eventFilter(watched, event)
