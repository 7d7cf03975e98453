"""Unit, machine and key: who this is to others, and what becomes of the key."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from station_app.domain.guards import Act
from station_app.domain.problems import UserError
from station_app.domain.text import Text
from station_app.exchange.package import cards, handover
from station_app.services import founding, guarding
from station_app.storage import separate
from station_app.storage.problems import StorageProblem
from station_app.ui import i18n, main_window, messages
from station_app.ui.i18n import Retranslated, tr
from station_app.ui.parts import across, button, down, label, text_width
from station_app.ui.second_person import with_second
from station_app.ui.session import Place

if TYPE_CHECKING:
    from station_app.ui.session import Session

IDENTITY = Text("单位、设备和密钥", "Workplace, machine and key")
ORG, ROLE, DEVICE, FINGERPRINT, FOLDER = (
    Text("单位", "Workplace"), Text("级别", "Level"), Text("设备", "Machine"), Text("公钥指纹", "Key fingerprint"),
    Text("数据位置", "Folder"))  # fmt: skip
COPY = Text("复制指纹", "Copy fingerprint")
COPIED = Text("指纹已复制。", "Fingerprint copied.")
CORRECT_UNIT = Text("更正单位名称…", "Correct the unit's name …")
SEPARATE = Text("作为新设备使用…", "Make this a device of its own…")
SEPARATE_ASK = Text("把这个工作站变成一台新设备？", "Make this workspace a device of its own?")
SEPARATE_DETAIL = Text(
    "用于把工作站文件夹复制到第二台电脑之后：两台不能共用一把钥匙。记录都保留；没有回执的会重新打包。之后要把新的身份卡交给县里登记。",
    "For a workspace folder that was copied to a second computer: two must not share one key. All records stay; what has no "
    "receipt is packed again. Afterwards the county needs the new card.",
)
SEPARATE_YES = Text("变成新设备", "Make it a new device")
SEPARATED = Text("这个工作站现在是一台新设备。请在“上报”页重新导出身份卡，交给县里登记。",
                 "This workspace is a device of its own now. Hand out its card again on the Exchange page.")  # fmt: skip
ONLY_MOVED = Text("只是换了电脑", "Only moved here")
MOVED_SAID = Text("已记住：这个工作站现在在这台电脑上。", "Noted: this workspace lives on this computer now.")
REPLACE = Text("换新钥匙…", "Replace the key…")
REPLACE_ASK = Text(
    "换一把新的签名钥匙。记录都保留；没有回执的会用新钥匙重新打包。旧钥匙怎么样了？",
    "Make a new signing key. All records stay; what has no receipt is packed again with it. What became of the old key?",
)
STILL_OURS = Text(
    "还在这里，只有我们有：由它签名交接，对方不用再核对", "It is here and ours alone: it signs that it hands over"
)
IN_DOUBT = Text(
    "丢失，或别人可能有：要县里在电话里核对新指纹",
    "Lost, or others may have it: the county compares the new fingerprint",
)


class IdentityCard(QWidget, Retranslated):
    """What others know this workplace by, and the acts on its key."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.follow_language()
        self.session = session
        identity = session.workspace.identity
        self.facts = {}
        rows = []
        for text, value in (
            (ORG, ""),
            (ROLE, identity.role.label),
            (DEVICE, f"{identity.device_name} {identity.device_id}".strip()),
            (FINGERPRINT, ""),
            (FOLDER, str(session.workspace.folder)),
        ):
            name, said = label("hint"), label("", wrap=True, selectable=True)
            name.setFixedWidth(text_width(name, 7))
            self.say(name.setText, text)
            if isinstance(value, Text):
                self.say(said.setText, value)
            else:
                said.setText(value)
            row = across(name, said)
            row.setStretch(1, 1)
            row.setAlignment(name, Qt.AlignmentFlag.AlignTop)
            rows.append(row)
            self.facts[text] = said
        copy = self.said(button("", self._copy), COPY)
        correct = self.said(button("", self.correct_unit), CORRECT_UNIT)
        replace = self.said(button("", self.ask_replace), REPLACE)
        separate = self.said(button("", self.ask_separate), SEPARATE)
        self.moved_button = self.said(button("", self.only_moved), ONLY_MOVED)
        if not any(p.code == StorageProblem.MOVED_OR_COPIED.code for p in session.workspace.gate):
            self.moved_button.hide()
        self.setLayout(
            down(*rows, across(correct, copy, None), across(replace, separate, self.moved_button, None), spacing=6)
        )

    def reload(self) -> None:
        """Read again."""
        identity = self.session.workspace.identity
        self.facts[ORG].setText(f"{identity.org_name}({identity.org_code})")
        self.facts[FINGERPRINT].setText(self._fingerprint())

    def _fingerprint(self) -> str:
        try:
            return cards.signing_key(self.session.workspace).public.fingerprint
        except UserError as error:
            return error.text.to(i18n.language())

    # --- verbs

    def _while_closed(self, work: Callable[[Path], Text]) -> None:
        workspace, window = self.session.workspace, self.window()
        try:
            with_second(self.session, self, lambda: guarding.refuse(workspace, Act.KEYS))
        except UserError as error:
            self.session.show_error(error)
            return
        if isinstance(window, main_window.MainWindow):
            window.closed_work_asked.emit(work)

    def ask_separate(self) -> None:
        """This folder was copied to a second computer: give the copy a key of its own."""

        def work(folder: Path) -> Text:
            separate.become_new_device(folder)
            return SEPARATED

        if messages.ask(self, SEPARATE_ASK, yes=SEPARATE_YES, detail=SEPARATE_DETAIL):
            self._while_closed(work)

    def ask_replace(self) -> None:
        """Make a new key that takes the place of this one, with its word or without."""
        chosen = messages.ask_choice(self, REPLACE_ASK, [tr(STILL_OURS), tr(IN_DOUBT)])
        if chosen is None:
            return
        lost = bool(chosen)

        def work(folder: Path) -> Text:
            device = handover.replace_key(folder, lost=lost)
            return (handover.LOST if lost else handover.REPLACED).format(device=device)

        self._while_closed(work)

    def only_moved(self) -> None:
        """The other computer is out of use: this one goes on under its name."""
        self.session.workspace.settle_here()
        self.moved_button.hide()
        self.session.say(MOVED_SAID, "ok")

    def correct_unit(self) -> None:
        """Open the own unit, a record like any other, to correct its name."""
        workspace = self.session.workspace
        own = founding.own_unit_id(workspace) or founding.record_own_unit(workspace)
        self.session.go(Place(record_type="organisation", record_id=own))

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.facts[FINGERPRINT].text())
        self.session.say(COPIED, "ok")
