"""Fields for what nobody else may see: a password, a PIN, the code of a recovery sheet; one there is, or a new one typed twice."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QLineEdit, QWidget

from station_app.domain.problems import UserError
from station_app.domain.text import Text
from station_app.ui.i18n import Retranslated
from station_app.ui.parts import down, label

SECRET = Text("密码", "Password")
SECRET_HINT = Text("密码，或恢复单上的四行", "The password, or the four lines of the sheet")
PIN = Text("口令", "PIN")
NEW_PASSWORD, NEW_PIN, TWICE = (
    Text("新密码（至少 8 个字符）", "New password (8 characters or more)"),
    Text("新口令（至少 6 个字符）", "New PIN (6 characters or more)"),
    Text("再输一遍", "Once more"),
)
DIFFERENT = Text("两遍输入的不一样，请重新输入。", "The two differ. Type them again.")
SHOW_SECRET = Text("显示输入的内容", "Show what is typed")


def said_of(error: BaseException) -> Text:
    """Return the sentence of an error and its code; what no person can mend is raised."""
    if not isinstance(error, UserError):
        raise error
    return Text(f"{error.text.zh} [{error.code}]", f"{error.text.en} [{error.code}]")


class SecretLine(QWidget, Retranslated):
    """Shows dots unless the person wants to see what is typed; below it what was wrong with it.

    Signals:
        entered(): Enter was pressed.
    """

    entered = Signal()

    def __init__(self, hint: Text = SECRET_HINT) -> None:
        super().__init__()
        self.follow_language()
        self.line = QLineEdit()
        self.line.setEchoMode(QLineEdit.EchoMode.Password)
        self.line.returnPressed.connect(self.entered)
        self.ask_for(hint)
        self.shown = self.said(QCheckBox(), SHOW_SECRET)
        self.shown.toggled.connect(self._show)
        self.error = label("", wrap=True)
        self.error.setProperty("problem", "error")
        self.error.hide()
        self.setFocusProxy(self.line)
        self.setLayout(down(self.line, self.shown, self.error, spacing=6))

    def ask_for(self, what: Text) -> None:
        """Say what is to be typed."""
        self.say(self.line.setPlaceholderText, what)
        self.say(self.line.setAccessibleName, what)

    def begin(self) -> None:
        """Show it empty, with the keyboard."""
        self.clear()
        self.shown.setChecked(False)
        self.error.hide()
        self.line.setFocus(Qt.FocusReason.OtherFocusReason)

    def text(self) -> str:
        """Return what was typed."""
        return self.line.text()

    def clear(self) -> None:
        """Forget what was typed, and what Ctrl+Z would bring back of it."""
        self.line.setText("")

    def fail(self, error: BaseException) -> None:
        """Say what was wrong; what no person can mend is raised."""
        self.tell(said_of(error))
        self.line.selectAll()
        self.line.setFocus(Qt.FocusReason.OtherFocusReason)

    def tell(self, text: Text) -> None:
        """Say what stands in the way."""
        self.say(self.error.setText, text)
        self.error.show()

    def _show(self, on: bool) -> None:
        self.line.setEchoMode(QLineEdit.EchoMode.Normal if on else QLineEdit.EchoMode.Password)


class NewSecret(QWidget, Retranslated):
    """Asks for a new password or PIN twice, and says what is wrong with it.

    Signals:
        entered(): Enter was pressed.
    """

    entered = Signal()

    def __init__(self, what: Text = NEW_PASSWORD) -> None:
        super().__init__()
        self.follow_language()
        self.first, self.second = QLineEdit(), QLineEdit()
        for field, text in ((self.first, what), (self.second, TWICE)):
            field.setEchoMode(QLineEdit.EchoMode.Password)
            self.say(field.setPlaceholderText, text)
            self.say(field.setAccessibleName, text)
            field.returnPressed.connect(self.entered)
        self.error = label("", wrap=True, state="error")
        self.error.hide()
        self.setFocusProxy(self.first)
        self.rows = down(self.first, self.second, self.error, spacing=6)
        self.setLayout(self.rows)

    def begin(self) -> None:
        """Show it empty."""
        self.first.setText("")
        self.second.setText("")
        self.error.hide()
        self.show()

    def value(self) -> str | None:
        """Return what was typed, ``None`` where the two differ, which is said."""
        if self.first.text() == self.second.text():
            return self.first.text()
        self.tell(DIFFERENT)
        return None

    def fail(self, error: BaseException) -> None:
        """Say what was wrong; what no person can mend is raised."""
        self.tell(said_of(error))

    def tell(self, text: Text) -> None:
        """Say what is wrong."""
        self.say(self.error.setText, text)
        self.error.show()
