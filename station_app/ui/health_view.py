"""The health of the workspace: a line a part with its next step, and the support file, shown before it is saved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from station_app.domain.problems import UserError
from station_app.domain.text import Text
from station_app.exchange import health, support
from station_app.services.figures.columns import SCREEN, on
from station_app.ui import actions, theme
from station_app.ui.i18n import Retranslated
from station_app.ui.items_table import Column, ItemsTable
from station_app.ui.parts import across, button, down, label
from station_app.ui.session import Place

if TYPE_CHECKING:
    from station_app.storage.changes import Changes
    from station_app.storage.workspace import Workspace
    from station_app.ui.session import Session

LOOKING = Text("正在查看工作站的健康", "Looking how the workspace is")
AGAIN = Text("再看一次", "Look again")
GO = Text("去那里处理", "Go there")
SUPPORT = Text("支持文件…", "Support file …")
SUPPORT_HINT = Text(
    "下面就是文件的全部内容，一个字节也不多。里面没有记录、姓名、号码，也没有文件夹的名字。看过以后再保存，交给技术支持。",
    "This is all of the file, byte for byte. No record, name or number is in it, and no name of a folder. Read it, save it, and "
    "hand it to support.",
)
SAVE, SHUT = Text("保存…", "Save …"), Text("收起", "Close")
NAME, SAVED = "grassland-support.json", Text("支持文件已写好：{name}", "Support file written: {name}")


class HealthView(QWidget, Retranslated):
    """Settings › Health."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.follow_language()
        self.session = session
        self.table = ItemsTable(
            [Column(c.label, c.value, width=c.width, state=c.state) for c in on(SCREEN, health.COLUMNS)]
        )
        self.table.picked.connect(self._tell)
        self.table.opened.connect(self._go_to)
        self._make_room(10)
        self.words = label("strong", wrap=True, selectable=True)
        self.go_button = self.said(button("", self.go), GO)
        self.go_button.hide()
        self.again_button = self.said(button("", self.look), AGAIN)
        self.support_button = self.said(button("", self.show_support), SUPPORT)
        self.content = b""
        self.preview = QPlainTextEdit()
        self.preview.setReadOnly(True)
        self.preview.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.say(self.preview.setAccessibleName, SUPPORT)
        hint = self.said(label("hint", wrap=True), SUPPORT_HINT)
        self.save_button = self.said(button("primary", self.save_support), SAVE)
        shut = self.said(button("", self.hide_support), SHUT)
        self.panel = QWidget()
        self.panel.setLayout(down(hint, (self.preview, 1), across(self.save_button, shut, None), spacing=6))
        self.panel.hide()
        said = across(self.words, self.go_button, spacing=12)
        said.setStretch(0, 1)
        said.setAlignment(self.go_button, Qt.AlignmentFlag.AlignTop)
        self.lines = QWidget()
        self.lines.setLayout(
            down(self.table, said, across(self.again_button, self.support_button, None), None, spacing=10)
        )
        self.setLayout(down((self.lines, 1), (self.panel, 1)))

    def reload(self, _changes: Changes | None = None) -> None:
        """Look again where the lines are in sight."""
        if self.isVisible():
            self.look()

    def look(self) -> None:
        """Look again, off the window's thread."""
        found = list(self.session.workspace.gate)  # what the start saw, with what was mended since taken out

        def work(workspace: Workspace, _context: object) -> list[health.Part]:
            return health.health(workspace, found)

        self.session.beside(work, title=LOOKING, on_done=self._show)

    def _show(self, parts: list[health.Part]) -> None:
        self._make_room(len(parts))
        first = not self.table.items()
        self.table.set_items(parts)
        if first:  # the gravest is told first
            self.table.selectRow(
                parts.index(min(parts, key=lambda part: part.worst.rank if part.worst else len(parts)))
            )

    def _make_room(self, rows: int) -> None:
        self.table.setFixedHeight((rows + 1) * theme.current().row + 8)

    def _tell(self, part: health.Part | None) -> None:
        self.go_button.setVisible(part is not None)
        if part is not None:
            self.say(self.words.setText, part.next_step)
            theme.mark(self.words, state=health.COLOURS[part.worst] if part.problems else "")

    def go(self) -> None:
        """Go where the part of the current row is looked after."""
        self._go_to(self.table.current())

    def _go_to(self, part: health.Part | None) -> None:
        if part is None:
            return
        if part.place == ("settings", "health"):
            self.show_support()
        else:
            page, state = part.place
            self.session.go(Place(page, state=state))

    # --- the support file

    def show_support(self) -> None:
        """Make the support file and show all of it."""
        found = list(self.session.workspace.gate)

        def work(workspace: Workspace, _context: object) -> bytes:
            return support.support_file(workspace, found)

        self.session.beside(work, title=LOOKING, on_done=self._show_support)

    def _show_support(self, content: bytes) -> None:
        self.content = content
        self.preview.setPlainText(content.decode("ascii"))
        self.lines.hide()
        self.panel.show()
        self.save_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def hide_support(self) -> None:
        """Show the lines alone."""
        self.panel.hide()
        self.lines.show()
        self.focus_work()

    def save_support(self) -> None:
        """Ask where to, and save what is shown."""
        path = actions.ask_save_file(self.session, self, NAME)
        if path is None:
            return
        try:
            support.save_support_file(self.content, path)
        except UserError as error:
            self.session.show_error(error)
            return
        actions.say_written(self.session, SAVED.format(name=path.name), path)

    def focus_work(self) -> None:
        """Put the keyboard into the lines."""
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)
