"""Backups in Settings: make one, see which there are, put one back, and say what opens them when the laptop is lost."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QWidget

from station_app.domain.problems import Problem, UserError
from station_app.domain.text import Text
from station_app.exchange.package import cards
from station_app.storage import backup_rounds, encrypting, key_slots, protection, restore, stored_backups
from station_app.storage.changes import Changes
from station_app.storage.problems import StorageProblem
from station_app.storage.stored_backups import Stored
from station_app.ui import actions, main_window, messages, print_actions, printing, theme
from station_app.ui.flow_layout import in_rows
from station_app.ui.i18n import Retranslated
from station_app.ui.items_table import Column, ItemsTable
from station_app.ui.parts import across, button, down, hold, label
from station_app.ui.second_person import with_second
from station_app.ui.secret_line import NewSecret, SecretLine, said_of
from station_app.ui.status_doors import when_text

if TYPE_CHECKING:
    from station_app.storage.workspace import Workspace
    from station_app.ui.session import Session

NONE = Text("还没有备份。", "No backup yet.")
LAST = Text("上次核对过的备份：{when}", "Last proven backup: {when}")
NOW = Text("立即备份", "Back up now")
TO_STICK = Text("备份到 U 盘…", "Back up to a stick …")
WHERE = Text("备份到哪里", "Where to put the backup")
DONE = Text("备份已写好并检查：{name}", "Backup written and checked: {name}")
BACKING_UP = Text("正在备份", "Backing up")
OPENED_BY = Text("电脑丢了，备份用这些打开：{ways}。", "If this computer is lost, backups open with: {ways}.")
PASSWORD = Text("设置密码…", "Set the password …")
SHEET = Text("打印恢复单…", "Print a recovery sheet …")
COUNTY = Text("让旗县也能打开", "Let the county open them")
ENCRYPT = Text("加密数据库…", "Encrypt the database …")
ENCRYPT_ASK = Text("现在加密这个工作站的数据库？", "Encrypt the database of this workspace now?")
ENCRYPT_DETAIL = Text(
    "要关上工作站一会儿，磁盘上要有再放一份数据库的地方。加密后的每个版本都与原来的核对，一致才换上；原来的数据库留作副本，由您决定何时删除。",
    "The workspace is closed for a moment, and the disk needs room for a second database. Every version is compared before the "
    "encrypted one takes its place; the former one stays as a copy until you remove it.",
)
ENCRYPT_YES = Text("加密", "Encrypt")
REMOVE_PLAIN = Text("删除未加密的副本…", "Remove plain copies …")
REMOVE_ASK = Text("删除谁都能看的 {n} 个副本？", "Remove {n} copies that anybody can read?")
REMOVE_DETAIL = Text(
    "{files}。删除后不能恢复；加密的数据库和加密的备份不受影响。",
    "{files}. They can not be brought back; the encrypted database and the sealed backups stay.",
)
REMOVE_YES = Text("删除", "Remove")
SAVE, PRINT, COUNT, BACK = (
    Text("保存", "Save"),
    Text("打印…", "Print …"),
    Text("照单输入好了", "Typed back"),
    Text("返回", "Back"),
)
PASSWORD_SET = Text(
    "密码已设好。以后的备份在任何电脑上都能用它打开。",
    "The password is set: it opens backups from now on, on any computer.",
)
SHEET_HINT = Text(
    "先打印或抄下这四行，再看着纸逐行输入；输入对了才算数。纸要锁好，不要和电脑放在一起。",
    "Print or copy these four lines, then type them back from the paper; only then it counts. Lock the paper away, not beside "
    "the computer.",
)
SHEET_SET = Text("恢复单已生效，请锁好。", "The recovery sheet counts now. Lock it away.")
SHEET_NAME = Text("恢复单", "Recovery sheet")
LINE = Text("第 {n} 行", "Line {n}")
COUNTY_SET = Text("以后的备份也能由旗县打开：{names}", "Backups from now on open with the county's key, too: {names}")
WHEN, KIND, FILE = Text("时间", "Made"), Text("类型", "Kind"), Text("文件", "File")
RESTORE = Text("恢复选中的备份…", "Restore the chosen one …")
RESTORE_ASK = Text("把数据换成 {when} 的备份？", "Put the backup of {when} in the place of the data?")
RESTORE_DETAIL = Text(
    "那以后保存的内容不在备份里。现在的数据会另存一份，在 backups 文件夹中，不会删除。",
    "What was saved since is not in it. The data of now is kept as a copy in the folder backups; nothing is deleted.",
)
RESTORE_YES = Text("恢复", "Restore")
SECOND = Text("第二处…", "Second place …")
SECOND_WHERE = Text("每次备份另存到哪里", "Where each backup is copied to")
SECOND_SET = Text("以后每次备份都另存到 {folder}", "Each backup is copied to {folder} from now on")
DRILL = Text("试恢复", "Try a restore")
DRILL_HINT = Text(
    "像电脑丢了以后那样试：用密码或恢复单把最近的备份恢复到临时文件夹并核对，现有数据不动。",
    "As if this computer were gone: the newest backup is opened with the password or the sheet, restored into a scratch folder "
    "and compared. Nothing here is touched.",
)
DRILLING = Text("正在试恢复", "Trying a restore")
DRILLED = Text("试恢复通过：{when} 的备份，{versions} 个版本，{files} 个附件。",
               "The drill passed: the backup of {when} gives {versions} versions, {files} attachments.")  # fmt: skip
NOT_USABLE = Text("{n} 个文件不能当备份用：{first}", "{n} files are no backups: {first}")


class PasswordPanel(NewSecret):
    """Asks for a new password twice; ``save(password)`` is called with it."""

    def __init__(self, save: Callable[[str], None]) -> None:
        super().__init__()
        self._save = save
        self.entered.connect(self.save)
        self.save_button = self.said(button("primary", self.save), SAVE)
        back = self.said(button("", self.hide), BACK)
        self.rows.addLayout(across(self.save_button, back, None))

    def begin(self) -> None:
        super().begin()
        self.first.setFocus(Qt.FocusReason.OtherFocusReason)

    def save(self) -> None:
        """Hand the password on, where both are the same."""
        if (password := self.value()) is not None:
            self._save(password)


class DrillPanel(QWidget, Retranslated):
    """Asks for what would open a backup elsewhere; ``drill(secret)`` is called with it."""

    def __init__(self, drill: Callable[[str], None]) -> None:
        super().__init__()
        self.follow_language()
        self.secret = SecretLine()
        self.secret.entered.connect(self.go)
        self._drill = drill
        hint = self.said(label("hint", wrap=True), DRILL_HINT)
        self.go_button = self.said(button("primary", self.go), DRILL)
        back = self.said(button("", self.hide), BACK)
        self.setLayout(down(hint, self.secret, across(self.go_button, back, None), spacing=6))

    def begin(self) -> None:
        """Show it empty."""
        self.show()
        self.secret.begin()

    def go(self) -> None:
        """Hand on what was typed."""
        if self.secret.text() and self.go_button.isEnabled():
            self._drill(self.secret.text())


class SheetPanel(QWidget, Retranslated):
    """A recovery sheet: its lines, and a field beside each to type it back from the paper."""

    def __init__(self, print_it: Callable[[list[str]], object], count: Callable[[list[str], str], None]) -> None:
        super().__init__()
        self.follow_language()
        self._print, self._count = print_it, count
        self.code: list[str] = []
        hint = self.said(label("hint", wrap=True), SHEET_HINT)
        self.lines = [label("code") for _ in range(key_slots.LINES)]
        self.fields = [QLineEdit() for _ in range(key_slots.LINES)]
        rows = []
        for number, (line, field) in enumerate(zip(self.lines, self.fields, strict=True)):
            self.say(field.setPlaceholderText, LINE.format(n=number + 1))
            self.say(field.setAccessibleName, LINE.format(n=number + 1))
            field.textEdited.connect(partial(self._look, number))
            field.returnPressed.connect(self.count)
            row = across(line, field)
            row.setStretch(1, 1)
            rows.append(row)
        self.error = label("", wrap=True, state="error")
        self.error.hide()
        print_button = self.said(button("", self.print_it), PRINT)
        self.count_button = self.said(button("primary", self.count), COUNT)
        back = self.said(button("", self.hide), BACK)
        self.setLayout(down(hint, *rows, self.error, across(print_button, self.count_button, back, None), spacing=6))

    def begin(self) -> None:
        """Show a new code."""
        self.code = key_slots.new_code()
        for line, text, field in zip(self.lines, self.code, self.fields, strict=True):
            line.setText(f"{text[:4]} {text[4:]}")
            field.clear()
            theme.mark(field, problem="")
        self.error.hide()
        self.show()
        self.fields[0].setFocus(Qt.FocusReason.OtherFocusReason)

    def _look(self, number: int, text: str) -> None:
        """A whole line that is not as printed is marked while it is typed."""
        whole = len("".join(text.split())) >= key_slots.LINE_SIGNS
        wrong = whole and key_slots.read_line(number + 1, text) != self.code[number]
        theme.mark(self.fields[number], problem="error" if wrong else "")

    def print_it(self) -> None:
        """Lay it out for paper."""
        self._print(self.code)

    def count(self) -> None:
        """Hand on what was typed back."""
        self._count(self.code, "\n".join(field.text() or "-" for field in self.fields))

    def fail(self, error: BaseException) -> None:
        """Say what is wrong."""
        self.say(self.error.setText, said_of(error))
        self.error.show()


class BackupCard(QWidget, Retranslated):
    """What Settings says and does about backups."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.follow_language()
        self.session = session
        self.last, self.ways = label("", wrap=True), label("hint", wrap=True)
        self.now_button = self.said(button("primary", self.back_up, icon="backup"), NOW)
        to = self.said(button("", self.back_up_to), TO_STICK)
        self.password_button = self.said(button("", self.ask_password), PASSWORD)
        self.sheet_button = self.said(button("", self.ask_sheet), SHEET)
        county = self.said(button("", self.let_county), COUNTY)
        if session.is_county:
            county.hide()
        self.encrypt_button = self.said(button("", self.encrypt), ENCRYPT)
        self.remove_button = self.said(button("", self.remove_plain), REMOVE_PLAIN)
        self.password, self.sheet = PasswordPanel(self.set_password), SheetPanel(self.print_sheet, self.set_sheet)
        self.drill_panel = DrillPanel(self.drill_with)
        for each in (self.password, self.sheet, self.drill_panel, self.encrypt_button, self.remove_button):
            each.hide()
        self.table = ItemsTable((
            Column(WHEN, lambda each: when_text(each.made_at, session.workspace.clock.now()), width=120),
            Column(KIND, lambda each: stored_backups.KINDS[each.sealed], width=200),
            Column(FILE, lambda each: each.path.name),
        ))  # fmt: skip
        self.table.setFixedHeight(5 * theme.current().row)
        self.unusable = label("hint", wrap=True)
        self.restore_button = self.said(button("", self.restore), RESTORE)
        second = self.said(button("", self.choose_second), SECOND)
        self.drill_button = self.said(button("", self.drill), DRILL)
        self.setLayout(down(
            self.last, in_rows(self.now_button, to, second), self.ways,
            in_rows(self.password_button, self.sheet_button, county, self.encrypt_button, self.remove_button), self.password, self.sheet, self.table,
            self.unusable, in_rows(self.restore_button, self.drill_button), self.drill_panel, spacing=6,
        ))  # fmt: skip

    def reload(self) -> None:
        """Read again what there is."""
        workspace = self.session.workspace
        moment = workspace.last_backup
        said = NONE if moment is None else LAST.format(when=when_text(moment, workspace.clock.now()))
        self.say(self.last.setText, said)
        theme.mark(self.last, state="warn" if moment is None else "ok")
        slots = [slot for slot in key_slots.read_slots(workspace.keys_folder) if slot.way is not key_slots.Way.MACHINE]
        if slots:
            named = [(slot.way.text, f"({slot.label})" if slot.label else "") for slot in slots]
            ways = Text(
                "、".join(way.zh + who for way, who in named),
                ", ".join(f"{way.en} {who}".strip() for way, who in named),
            )
            self.say(self.ways.setText, OPENED_BY.format(ways=ways))
        else:
            self.say(self.ways.setText, StorageProblem.BACKUP_STAYS_HERE.text)
        theme.mark(self.ways, state="" if slots else "warn")
        usable, problems = stored_backups.stored(workspace.folder / "backups")
        self.table.set_items(usable)
        self.restore_button.setEnabled(bool(usable))
        encrypted = protection.state(workspace.folder).encrypted
        self.encrypt_button.setVisible(not encrypted)
        self.remove_button.setVisible(
            encrypted and any(each.sealed for each in usable) and bool(encrypting.plain_copies(workspace.folder))
        )
        self._say_unusable(problems)

    def _say_unusable(self, problems: list[Problem]) -> None:
        self.unusable.setVisible(bool(problems))
        if problems:
            self.say(self.unusable.setText, NOT_USABLE.format(n=len(problems), first=problems[0].text))

    # --- backing up

    def back_up(self, folder: Path | None = None) -> None:
        """Write a proven backup, into the workspace's backups or a folder."""

        def work(workspace: Workspace, _context: object) -> backup_rounds.Round:
            return backup_rounds.back_up(workspace, folder)

        def done(made: backup_rounds.Round) -> None:
            self.reload()
            self.session.data_changed.emit(Changes())
            actions.say_written(self.session, DONE.format(name=made.path.name), made.path)
            for problem in made.problems:
                self.session.say(problem.text, "warn", lasting=True)

        self.session.beside(work, title=BACKING_UP, on_done=done)

    def back_up_to(self) -> None:
        """Ask for a stick or folder, and write a backup there."""
        folder = actions.ask_folder(self.session, self, WHERE)
        if folder is not None:
            self.back_up(folder)

    def choose_second(self) -> None:
        """Ask for the folder every backup is copied to."""
        folder = actions.ask_folder(self.session, self, SECOND_WHERE)
        if folder is not None:
            self.session.workspace.settings.set(stored_backups.SECOND, str(folder))
            self.session.say(SECOND_SET.format(folder=str(folder)), "ok")

    def drill(self) -> None:
        """Try a restore as it would be elsewhere; where nothing opens backups elsewhere, with this computer's own key."""
        if self.session.workspace.backups_open_elsewhere:
            self.drill_panel.begin()
        else:
            self.drill_with(None)

    def drill_with(self, secret: str | None) -> None:
        """Restore the newest backup into a scratch folder, off the window's thread; ``None``: this computer opens it."""
        folder, release = (
            self.session.workspace.folder,
            hold(self.drill_panel.go_button if secret else self.drill_button),
        )

        def done(found: restore.Restored) -> None:
            release()
            self.drill_panel.hide()
            self.drill_panel.secret.clear()
            when = when_text(found.made_at, self.session.workspace.clock.now())
            self.session.say(DRILLED.format(when=when, versions=found.versions, files=found.files), "ok")

        def failed(error: BaseException) -> None:
            release()
            (self.session.show_error if secret is None else self.drill_panel.secret.fail)(error)

        self.session.run(
            lambda _context: backup_rounds.drill(folder, secret=secret), title=DRILLING, on_done=done, on_error=failed
        )

    def restore(self) -> None:
        """Put the chosen backup in the place of the data: that needs the workspace closed, and opens it again."""
        chosen: Stored | None = self.table.current()
        window = self.window()
        if chosen is None or not isinstance(window, main_window.MainWindow):
            return
        when = when_text(chosen.made_at, self.session.workspace.clock.now())
        if messages.ask(self, RESTORE_ASK.format(when=when), yes=RESTORE_YES, detail=RESTORE_DETAIL):
            window.closed_work_asked.emit(lambda folder: restore.restore_backup(folder, chosen.path).text)

    def encrypt(self) -> None:
        """Encrypt the database of a workspace from before: that needs it closed, and opens it again."""
        window = self.window()
        asked = messages.ask(self, ENCRYPT_ASK, yes=ENCRYPT_YES, detail=ENCRYPT_DETAIL)
        if asked and isinstance(window, main_window.MainWindow):
            window.closed_work_asked.emit(lambda folder: encrypting.encrypt(folder).text)

    def remove_plain(self) -> None:
        """Remove the copies that anybody can read, once somebody saw their names and said so."""
        folder = self.session.workspace.folder
        plain = encrypting.plain_copies(folder)
        detail = REMOVE_DETAIL.format(files=", ".join(path.name for path in plain))
        if not messages.ask(self, REMOVE_ASK.format(n=len(plain)), yes=REMOVE_YES, detail=detail):
            return
        try:
            self.session.say(encrypting.remove_plain(folder, plain), "ok")
        except UserError as error:
            self.session.show_error(error)
        self.reload()

    # --- the ways to open one

    def ask_password(self) -> None:
        """Show the fields of a new password."""
        self.sheet.hide()
        self.password.begin()

    def ask_sheet(self) -> None:
        """Show a new recovery sheet."""
        self.password.hide()
        self.sheet.begin()

    def set_password(self, password: str) -> None:
        """Make it the password of who works here."""
        author = self.session.workspace.identity.author
        self._make(self.password, self.password.save_button, partial(key_slots.set_password, password=password, label=author),
                   PASSWORD_SET)  # fmt: skip

    def set_sheet(self, code: list[str], typed: str) -> None:
        """Let the sheet count that was typed back."""
        self._make(
            self.sheet, self.sheet.count_button, partial(key_slots.set_sheet, code=code, typed_back=typed), SHEET_SET
        )

    def _make(
        self, panel: PasswordPanel | SheetPanel, pressed: QWidget, make: Callable[[Path], object], said: Text
    ) -> None:
        folder, release = self.session.workspace.keys_folder, hold(pressed)

        def done(_key: object) -> None:
            release()
            panel.hide()
            self.reload()
            self.session.data_changed.emit(Changes())  # Today says what is not protected yet
            self.session.say(said, "ok")

        def failed(error: BaseException) -> None:
            release()
            panel.fail(error)

        self.session.run(lambda _context: make(folder), on_done=done, on_error=failed)

    def print_sheet(self, code: list[str]) -> None:
        """Lay the sheet out for paper."""
        workspace = self.session.workspace
        mark = key_slots.fingerprint(key_slots.begin(workspace.keys_folder).id)
        name, today = workspace.identity.org_name, self.session.today()

        def write(_context: object, path: Path, language: str) -> object:
            return printing.print_recovery_sheet(name, mark, code, path, language=language, today=today)

        print_actions.print_other(self.session, self, SHEET_NAME, write)

    def let_county(self) -> None:
        """Let the county whose card is registered open them."""
        try:
            names = with_second(self.session, self, lambda: cards.give_county_a_way(self.session.workspace))
        except UserError as error:
            self.session.show_error(error)
            return
        self.reload()
        self.session.say(COUNTY_SET.format(names=", ".join(names)), "ok")
