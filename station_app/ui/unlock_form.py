"""Opening an encrypted workspace: the password, the recovery sheet, or the county's key; nothing here deletes anything."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame

from station_app.domain.text import Text
from station_app.storage import key_slots, protection
from station_app.ui import messages
from station_app.ui.forgotten_pin import BACK, BY_COUNTY, COUNTY_KEYS
from station_app.ui.i18n import Retranslated
from station_app.ui.parts import across, button, down, label
from station_app.ui.secret_line import SecretLine

if TYPE_CHECKING:
    from station_app.ui.jobs import Jobs

TITLE = Text("打开“{name}”", "Open {name}")
ENCRYPTED = Text("这个工作站已加密。能打开它的有：{ways}。", "This workspace is encrypted. What opens it: {ways}.")
NO_WAY = Text("没有", "nothing")
OTHER_WAYS = Text(
    "密码不在了：锁起来的恢复单上有四行，照着输入即可；也可以请旗县带着钥匙来。数据都在，打不开也不会被删除。",
    "If the password is gone: type the four lines of the recovery sheet from the safe, or ask the county to come with its key. All "
    "data is there; nothing is deleted because it does not open.",
)
OPEN, OPENING = Text("打开", "Open"), Text("正在核对…", "Checking …")


class UnlockForm(QFrame, Retranslated):
    """Asks for what opens a workspace.

    Signals:
        opened(Path, str, str): it is open for this process; what was typed, and whose password it was.
        cancelled().
    """

    opened = Signal(object, str, str)
    cancelled = Signal()

    def __init__(self, jobs: Jobs) -> None:
        super().__init__()
        self.follow_language()
        self.setProperty("part", "card")
        self._jobs = jobs
        self.folder = Path()
        self.title, self.ways = label("heading", wrap=True), label("", wrap=True)
        self.secret = SecretLine()
        self.secret.entered.connect(self.open)
        hint = self.said(label("hint", wrap=True), OTHER_WAYS)
        self.county_button = self.said(button("", self.by_county), BY_COUNTY)
        back = self.said(button("", self.cancelled.emit), BACK)
        self.open_button = self.said(button("primary", self.open), OPEN)
        self.setLayout(down(self.title, self.ways, self.secret, hint, 4,
                            across(self.county_button, None, back, self.open_button), spacing=8, margins=(24, 18, 24, 18)))  # fmt: skip

    def begin(self, folder: Path, name: str) -> None:
        """Ask for the workspace in ``folder``."""
        self.folder = folder
        self.say(self.title.setText, TITLE.format(name=name))
        slots = [each for each in key_slots.read_slots(folder / "keys") if each.way is not key_slots.Way.MACHINE]
        named = [(each.way.text, f"({each.label})" if each.label else "") for each in slots]
        ways = Text("、".join(w.zh + who for w, who in named), ", ".join(f"{w.en} {who}".strip() for w, who in named))
        self.say(self.ways.setText, ENCRYPTED.format(ways=ways if slots else NO_WAY))
        self.county_button.setVisible(any(each.way is key_slots.Way.COUNTY for each in slots))
        self._rest(False)
        self.secret.begin()

    def open(self) -> None:
        """Try what was typed, off the window's thread."""
        secret, folder = self.secret.text(), self.folder
        if secret:
            self._try(lambda: protection.unlock(folder, secret))

    def by_county(self) -> None:
        """Open with the county's key, which lies on what the county brought."""
        place, folder = messages.ask_folder(self, COUNTY_KEYS), self.folder
        if place is not None:
            self._try(lambda: self._opened_by_county(folder, place))

    @staticmethod
    def _opened_by_county(folder: Path, place: Path) -> str:
        protection.unlock_by_county(folder, place)
        return ""

    def _try(self, unlock: Callable[[], str]) -> None:
        if not self.open_button.isEnabled():
            return
        self._rest(True)

        def done(whose: str) -> None:
            self._rest(False)
            secret = self.secret.text()
            self.secret.clear()
            self.opened.emit(self.folder, secret, whose)

        def failed(error: BaseException) -> None:
            self._rest(False)
            self.secret.fail(error)

        self._jobs.run(lambda _context: unlock(), title=OPENING, on_done=done, on_error=failed)

    def _rest(self, on: bool) -> None:
        for each in (self.secret.line, self.county_button, self.open_button):
            each.setEnabled(not on)
        self.say(self.open_button.setText, OPENING if on else OPEN)
        if on:
            self.secret.error.hide()
