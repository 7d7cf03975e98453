"""A forgotten PIN: the three ways to another one, without any network; each opens this account alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from station_app.domain.text import Text
from station_app.services import accounts
from station_app.ui import messages
from station_app.ui.i18n import Retranslated
from station_app.ui.parts import across, button, down, label
from station_app.ui.secret_line import NEW_PIN, NewSecret, SecretLine

if TYPE_CHECKING:
    from station_app.storage.workspace import Workspace
    from station_app.ui.session import Session

TITLE = Text("“{name}”忘了口令", "{name} forgot the PIN")
WAYS = Text(
    "在的话，请管理用户的人在“设置 › 用户”里重设；不在，就用锁起来的恢复单，或请旗县带着钥匙来。登记的内容和草稿都不会动。",
    "If who manages accounts is here: Settings, Accounts. If not: the recovery sheet from the safe, or the county with its key. "
    "Records and drafts stay as they are.",
)
SHEET = Text("恢复单上的四行", "The four lines of the recovery sheet")
BY_SHEET, BY_COUNTY, BACK = (
    Text("用恢复单重设", "Reset with the sheet"),
    Text("旗县的钥匙…", "The county's key …"),
    Text("返回", "Back"),
)
COUNTY_KEYS = Text("旗县工作站的 keys 文件夹", "The folder keys of the county's workspace")


class ResetPanel(QWidget, Retranslated):
    """Asks for what opens the way to a new PIN, and for the PIN.

    Signals:
        done(Account): it has its new PIN.
        left(): not now.
    """

    done = Signal(object)
    left = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.follow_language()
        self.session = session
        self._mark = ""
        self.title = label("strong", wrap=True)
        ways = self.said(label("hint", wrap=True), WAYS)
        self.pin, self.sheet = NewSecret(NEW_PIN), SecretLine(SHEET)
        self.sheet.entered.connect(self.by_sheet)
        self.sheet_button = self.said(button("primary", self.by_sheet), BY_SHEET)
        self.county_button = self.said(button("", self.by_county), BY_COUNTY)
        back = self.said(button("", self.left.emit), BACK)
        self.setLayout(
            down(
                self.title,
                ways,
                self.pin,
                self.sheet,
                across(self.sheet_button, self.county_button, None, back),
                spacing=8,
            )
        )
        self.hide()

    def begin(self, mark: str) -> None:
        """Ask for the account with this mark."""
        self._mark = mark
        self.say(self.title.setText, TITLE.format(name=accounts.named(self.session.workspace, mark).name))
        self.clear()
        self.show()
        self.pin.setFocus()

    def clear(self) -> None:
        """Forget what was typed."""
        self.pin.begin()
        self.sheet.clear()
        self.sheet.error.hide()

    def by_sheet(self) -> None:
        """Take the code of the sheet for it."""
        self._reset(sheet=self.sheet.text())

    def by_county(self) -> None:
        """Take the county's key for it, which lies on what the county brought."""
        folder = messages.ask_folder(self, COUNTY_KEYS)
        if folder is not None:
            self._reset(county=folder)

    def _reset(self, sheet: str | None = None, county: Path | None = None) -> None:
        pin, mark = self.pin.value(), self._mark
        if pin is None or not self.isEnabled():
            return
        self.setEnabled(False)

        def work(workspace: Workspace, _context: object) -> accounts.Account:
            account = accounts.named(workspace, mark)
            accounts.reset(workspace, account, pin, sheet=sheet, county=county)
            return accounts.sign_in(workspace, mark, pin)

        def done(account: accounts.Account) -> None:
            self.setEnabled(True)
            self.done.emit(account)

        def failed(error: BaseException) -> None:
            self.setEnabled(True)
            self.sheet.fail(error)

        self.session.beside(work, title=BY_SHEET, on_done=done, on_error=failed)
