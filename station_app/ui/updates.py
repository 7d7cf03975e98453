"""Newer versions of the program: quietly looked for, shown with what would happen, installed when a person says so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from station_app import __version__
from station_app.domain.problems import UserError
from station_app.domain.text import Text
from station_app.exchange.update import applying, finding, installed
from station_app.logs import log
from station_app.ui import actions, theme
from station_app.ui.i18n import Retranslated, tr
from station_app.ui.parts import ElidedLabel, across, button, clear, down, label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from station_app.domain.problems import Problem
    from station_app.storage.workspace import Workspace
    from station_app.ui.jobs import Context
    from station_app.ui.session import Session

EVERY_MS = 5 * 60_000
FOLDER_SETTING = "updates.folder"
LAST_FOLDER = "last_folder"  # where packages and workbooks went last

UPDATES = Text("更新", "Updates")
HINT = Text("现在是 {version}。更新不用联网：插上带更新文件的 U 盘，或打开更新文件。",
            "This is {version}. Updates need no network: put in a stick that has one, or open an update file.")  # fmt: skip
LOOK = Text("查找更新", "Look for updates")
OPEN_FILE = Text("打开更新文件…", "Open update file …")
PICK = Text("选择更新文件", "Choose an update file")
FOLDER = Text("也在这里查找", "Look here too")
NO_FOLDER = Text("没有另设文件夹", "No folder set")
CHANGE, REMOVE = Text("更改…", "Change …"), Text("取消", "Remove")
PICK_FOLDER = Text("选择放更新文件的文件夹", "Choose the folder with update files")
NOTHING = Text("没有找到更新文件。", "No update file found.")
LOOKING = Text("正在核对 {name}", "Checking {name}")
PREPARING = Text("正在备份并核对安装包", "Backing up and checking the installer")
TITLE = Text("{version}（{released}）", "{version} ({released})")
SOUND = Text("签名有效，文件完好。", "Signature valid, file sound.")
WILL = Text("将会：备份工作站，拷出并再次核对安装包，关闭程序，安装，然后重新打开。没有保存的内容留在草稿里。",
            "This will back the workspace up, copy the installer out and check it again, close the program, install, and "
            "open it again. What is not saved stays as drafts.")  # fmt: skip
WILL_PORTABLE = Text("将会：备份工作站，把新版本放在旧版本旁边，然后换到新版本。旧版本留在原处。",
                     "This will back the workspace up, lay the new version beside the old one and change over to it. The "
                     "old one stays where it is.")  # fmt: skip
INSTALL = Text("备份并安装", "Back up and install")
LATER, PUT_AWAY = Text("以后再说", "Later"), Text("收起", "Put away")
BY_HAND = Text("已备份，安装包已核对。本账户不能安装软件，请在终端执行下面的命令（已复制），再重新打开本程序：",
               "Backed up, and the installer is checked. This account may not install software: run this command in a "
               "terminal (it is copied), then open the program again:")  # fmt: skip
COPY, COPIED = Text("复制命令", "Copy the command"), Text("命令已复制。", "The command is copied.")
BAD_LINE = Text("{name}：{text}（{code}）", "{name}: {text} ({code})")

Work = Callable[[Any, Any], Any]


def search_folders(settings: Any) -> list[Path]:
    """Return where update files are looked for: sticks, the folder set for them, and where packages went last."""
    return [
        *finding.removable_folders(),
        *finding.named_folders(settings.get(FOLDER_SETTING), settings.get(LAST_FOLDER)),
    ]


class UpdateWatch(QObject):
    """Looks for an update that fits, off the window's thread, when the window is up and every few minutes."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY_MS)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    def look(self) -> None:
        """Look now; nothing is said when nothing fits, and nothing is asked of a session that is closed."""
        if self._session.closed:
            self.stop()
            return
        named = {k: self._session.workspace.settings.get(k) for k in (FOLDER_SETTING, LAST_FOLDER)}

        self._session.run(
            lambda _context: finding.look(search_folders(_Settings(named))), on_done=self._found, on_error=self._failed
        )

    def _found(self, found: Sequence[finding.Candidate]) -> None:
        best = next((c for c in found if c.ok), None)
        known = self._session.update
        if (best and best.opened) != (known and known.opened):
            self._session.update = best
            self._session.update_found.emit()

    def _failed(self, error: BaseException) -> None:
        if not isinstance(error, UserError):
            raise error
        log.ui.info("no update looked for: %s", error)

    def stop(self) -> None:
        """Look no more (closing)."""
        self._timer.stop()


class _Settings:
    """Settings read before a job began: the database belongs to the window's thread."""

    def __init__(self, values: dict[str, str]) -> None:
        self._values = values

    def get(self, key: str) -> str:
        return self._values.get(key, "")


class UpdatePanel(QFrame, Retranslated):
    """One update file: what it brings, what stands against it, and the button that installs it.

    ``write(work, title=, on_done=, on_error=)`` runs ``work(workspace or None, context)`` off the window's thread.

    Signals:
        leave_asked(Launch): all is prepared; close the program and run this.
        closed(): the person does not want it now.
    """

    leave_asked = Signal(object)
    closed = Signal()

    def __init__(self, write: Callable[..., Any], database: Path | None) -> None:
        super().__init__()
        self.follow_language()
        self._write, self._database = write, database
        self.plan: applying.Plan | None = None
        self.prepared: applying.Prepared | None = None
        self.setProperty("part", "strip")
        self.title, self.verdict, self.notes = (
            label("strong"),
            label("", wrap=True),
            label("", wrap=True, selectable=True),
        )
        self.problems = QVBoxLayout()
        self.problems.setSpacing(4)
        self.command = label("code", wrap=True, selectable=True)
        self.install_button, self.later_button = button("primary", self.install), button("", self.shut)
        self.copy_button = button("", self.copy)
        for made, text in ((self.install_button, INSTALL), (self.later_button, LATER), (self.copy_button, COPY)):
            self.say(made.setText, text)
        self.setLayout(down(self.title, self.notes, self.verdict, self.problems, self.command,
                            across(None, self.copy_button, self.later_button, self.install_button),
                            spacing=6, margins=(12, 8, 12, 10)))  # fmt: skip
        self.hide()

    # --- looking

    def look_at(self, path: Path) -> None:
        """Check a file to its last byte and show what it would do; nothing is changed."""
        database = self._database

        self._write(
            lambda _workspace, context: applying.plan_update(path, workspace=database, context=context),
            title=LOOKING.format(name=path.name),
            on_done=self.show_plan,
            on_error=lambda error: self._refused(path, error),
        )

    def show_plan(self, plan: applying.Plan) -> None:
        """Show what an update would do, or why it is not installed."""
        self.plan, self.prepared = plan, None
        manifest = plan.manifest
        self.say(self.title.setText, TITLE.format(version=manifest.version, released=manifest.released.isoformat()))
        self.say(self.notes.setText, manifest.notes)
        self.notes.setVisible(bool(tr(manifest.notes)))
        will = WILL_PORTABLE if plan.here.kind == installed.PORTABLE else WILL
        verdict = Text(f"{SOUND.zh}{will.zh}", f"{SOUND.en} {will.en}") if plan.ok else SOUND
        self._show(verdict, plan.problems, plan.ok)

    def _refused(self, path: Path, error: BaseException) -> None:
        if not isinstance(error, UserError):
            raise error
        self.plan = self.prepared = None
        self.say(self.title.setText, lambda: path.name)
        self.notes.hide()
        self._show(None, error.problems or (), False, error)

    def _show(
        self, verdict: Text | None, problems: Sequence[Problem], ok: bool, error: UserError | None = None
    ) -> None:
        clear(self.problems)
        texts = [(p.text, p.code) for p in problems] or ([(error.text, error.code)] if error is not None else [])
        for text, code in texts:
            said = label("", wrap=True, state="error")
            self.say(said.setText, Text(f"{text.zh}（{code}）", f"{text.en} ({code})"))
            self.problems.addWidget(said)
        self.verdict.setVisible(verdict is not None)
        if verdict is not None:
            self.say(self.verdict.setText, verdict)
        self.command.hide()
        self.copy_button.hide()
        self.install_button.setVisible(ok)
        self.say(self.later_button.setText, LATER if ok else PUT_AWAY)
        theme.mark(self, state="ok" if ok else "warn")
        self.show()
        if ok:
            self.install_button.setFocus()

    # --- installing

    def install(self) -> None:
        """Back up, copy the installer out, then ask to close; what fails is shown and nothing was changed."""
        plan = self.plan
        if plan is None or not plan.ok:
            return

        def work(workspace: Workspace, context: Context) -> Any:
            prepared = applying.prepare(plan, workspace, context=context)
            return prepared, applying.launch_of(prepared)

        self._write(work, title=PREPARING, on_done=self._ready,
                    on_error=lambda error: self._refused(plan.opened.path, error))  # fmt: skip

    def _ready(self, made: tuple[applying.Prepared, applying.Launch]) -> None:
        self.prepared, launch = made
        if not launch.manual:
            self.leave_asked.emit(launch)
            return
        self.say(self.verdict.setText, BY_HAND)
        self.verdict.show()
        self.command.setText(launch.manual)
        self.command.show()
        self.copy_button.show()
        self.install_button.hide()
        self.copy()

    def copy(self) -> None:
        """Put the command into the clipboard."""
        QGuiApplication.clipboard().setText(self.command.text())

    def shut(self) -> None:
        self.plan = self.prepared = None
        self.hide()
        self.closed.emit()


class UpdatesView(QWidget, Retranslated):
    """The card of the Settings page."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.follow_language()
        self.session = session
        hint = label("hint", wrap=True)
        self.answer = label("", wrap=True)
        self.answer.hide()
        look, open_file = button("", self.look, icon="search"), button("", self.open_file)
        name, self.folder = label("hint"), ElidedLabel()
        change, self.remove = button("link", self.change_folder), button("link", self.remove_folder)
        self.panel = UpdatePanel(session.write, session.workspace.database_path)
        self.panel.leave_asked.connect(session.leave_asked)
        self.say(hint.setText, HINT.format(version=__version__))
        for made, text in ((look, LOOK), (open_file, OPEN_FILE), (change, CHANGE), (self.remove, REMOVE)):
            self.say(made.setText, text)
        self.say(name.setText, FOLDER)
        self.setLayout(down(hint, across(look, open_file, None), self.answer, self.panel,
                            across(name, self.folder, change, self.remove, None), spacing=6))  # fmt: skip
        self._show_folder()

    def begin(self, path: Path | None = None) -> None:
        """Look at a file, at the update that was found, or for one."""
        if path is None and self.session.update is not None:
            path = self.session.update.path
        if path is not None:
            self.answer.hide()
            self.panel.look_at(path)
        else:
            self.look()

    def look(self) -> None:
        """Look for update files and show the best, or why none fits."""
        named = _Settings({k: self.session.workspace.settings.get(k) for k in (FOLDER_SETTING, LAST_FOLDER)})

        self.session.ask(self, lambda _context: finding.look(search_folders(named)), title=LOOK, on_done=self._found)

    def _found(self, found: Sequence[finding.Candidate]) -> None:
        if found and found[0].ok:
            self.session.update = found[0]
            self.session.update_found.emit()
            self.begin(found[0].path)
            return
        self.panel.shut()
        parts = [BAD_LINE.format(name=c.path.name, text=c.problems[0].text, code=c.problems[0].code) for c in found[:3]]
        text = Text("\n".join(p.zh for p in parts), "\n".join(p.en for p in parts)) if parts else NOTHING
        self.say(self.answer.setText, text)
        theme.mark(self.answer, state="warn" if parts else "muted")
        self.answer.show()

    def open_file(self) -> None:
        path = actions.ask_open_file(self.session, self, PICK, "*.gsupdate")
        if path is not None:
            self.begin(path)

    # --- the folder

    def _show_folder(self) -> None:
        set_to = self.session.workspace.settings.get(FOLDER_SETTING)
        self.say(self.folder.setText, (lambda: set_to) if set_to else NO_FOLDER)
        self.remove.setVisible(bool(set_to))

    def change_folder(self) -> None:
        """Ask for a folder that is looked at as well, for example one the county shares."""
        found = actions.ask_folder(self.session, self, PICK_FOLDER)
        if found is not None:
            self.session.workspace.settings.set(FOLDER_SETTING, str(found))
            self._show_folder()
            self.look()

    def remove_folder(self) -> None:
        self.session.workspace.settings.set(FOLDER_SETTING, "")
        self._show_folder()
