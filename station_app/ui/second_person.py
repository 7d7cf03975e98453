"""A second person looks on: where an act on keys needs two, the other account gives its PIN for this one act."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QWidget

from station_app.domain.accounts import AccountProblem, AccountRole
from station_app.domain.problems import UserError
from station_app.domain.text import Text
from station_app.services import accounts
from station_app.ui.i18n import Retranslated
from station_app.ui.lock import PIN, WITH_ROLE
from station_app.ui.parts import TextCombo, across, button, down, label, text_width
from station_app.ui.secret_line import SecretLine

if TYPE_CHECKING:
    from station_app.services.accounts import Account
    from station_app.storage.workspace import Workspace
    from station_app.ui.session import Session

A = TypeVar("A")

TITLE = Text("要有两个人在场", "Two persons are needed")
BODY = Text(
    "更改身份卡和密钥由两个人一起做。请另一位也看过，再输入口令；只对这一次有效。",
    "Cards and keys are changed by two. The other person looks, too, and gives the PIN; it holds for this one act.",
)
ALONE = Text(
    "这里没有别的用户能在场：要另一位在用、口令由本人设定、不是审计员的用户。",
    "No other account here can be present: it has to be in use, with a PIN of its own choosing, and no auditor.",
)
WHO = Text("另一位", "The other person")
GO_ON, CANCEL = Text("我在场，继续", "I am present: go on"), Text("取消", "Cancel")


class SecondPerson(QDialog, Retranslated):
    """Asks the other person; ``mark`` is that account's when the dialog was accepted."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self.follow_language()
        self.session, self.mark = session, ""
        workspace = session.workspace
        me = workspace.identity.account
        fit = [each for each in accounts.accounts(workspace) if each.is_active and each.own_pin
               and each.role is not AccountRole.AUDITOR and not (me and each.mark == me.mark)]  # fmt: skip
        self.say(self.setWindowTitle, TITLE)
        body = self.said(label("", wrap=True), BODY if fit else ALONE)
        self.who = TextCombo([(WITH_ROLE.format(name=each.name, role=each.role.label), each.mark) for each in fit])
        self.say(self.who.setAccessibleName, WHO)
        self.secret = SecretLine(PIN)
        self.secret.entered.connect(self.go_on)
        self.go_button, cancel = (
            self.said(button("primary", self.go_on), GO_ON),
            self.said(button("", self.reject), CANCEL),
        )
        self.go_button.setDefault(True)  # else Enter in the line would press the first button there is
        for each in (self.who, self.secret, self.go_button):
            each.setVisible(bool(fit))
        self.setLayout(down(body, self.who, self.secret, across(None, cancel, self.go_button), spacing=10,
                            margins=(20, 16, 20, 16)))  # fmt: skip
        self.setFixedWidth(text_width(self, 32))
        if fit:
            self.secret.line.setFocus(Qt.FocusReason.OtherFocusReason)

    def go_on(self) -> None:
        """Look whether the PIN is right, off the window's thread."""
        mark, pin = self.who.value(), self.secret.text()
        if not pin or not self.go_button.isEnabled():
            return
        self.go_button.setEnabled(False)

        def work(workspace: Workspace, _context: object) -> Account:
            with accounts.with_second(workspace, mark, pin) as second:
                return second

        def done(second: Account) -> None:
            self.mark = second.mark
            self.secret.clear()
            self.accept()

        def failed(error: BaseException) -> None:
            self.go_button.setEnabled(True)
            self.secret.fail(error)

        self.session.beside(work, title=TITLE, on_done=done, on_error=failed)

    @classmethod
    def ask(cls, session: Session, parent: QWidget) -> str:
        """Return the mark of the account that is present, empty where nobody came."""
        dialog = cls(session, parent)
        dialog.exec()
        mark = dialog.mark
        dialog.deleteLater()
        return mark


def with_second(session: Session, parent: QWidget, act: Callable[[], A]) -> A:
    """Do an act, and where only a second person is missing ask for one and do it then.

    Raises:
        UserError: what the act raises; ACC-011 nobody came.
    """
    try:
        return act()
    except UserError as error:
        if error.code != AccountProblem.TWO_PRESENT.code or not (mark := SecondPerson.ask(session, parent)):
            raise
    session.workspace.present = mark
    try:
        return act()
    finally:
        session.workspace.present = ""
