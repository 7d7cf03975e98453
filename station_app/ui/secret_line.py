"""A line for a password or the code of a recovery sheet."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QLineEdit, QWidget

from station_app.domain.problems import UserError
from station_app.domain.text import Text
from station_app.ui.i18n import Retranslated
from station_app.ui.parts import down, label

SECRET = Text("密码", "Password")
SECRET_HINT = Text("密码，或恢复单上的四行", "The password, or the four lines of the sheet")
SHOW_SECRET = Text("显示输入的内容", "Show what is typed")


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
        self.say(self.line.setPlaceholderText, hint)
        self.say(self.line.setAccessibleName, SECRET)
        self.shown = self.said(QCheckBox(), SHOW_SECRET)
        self.shown.toggled.connect(self._show)
        self.error = label("", wrap=True)
        self.error.setProperty("problem", "error")
        self.error.hide()
        self.setFocusProxy(self.line)
        self.setLayout(down(self.line, self.shown, self.error, spacing=6))

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
        if not isinstance(error, UserError):
            raise error
        self.say(self.error.setText, Text(f"{error.text.zh} [{error.code}]", f"{error.text.en} [{error.code}]"))
        self.error.show()
        self.line.selectAll()
        self.line.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show(self, on: bool) -> None:
        self.line.setEchoMode(QLineEdit.EchoMode.Normal if on else QLineEdit.EchoMode.Password)
