"""Before a workspace is open: open one, make one, or try the training station."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QLayout,
    QLineEdit,
    QMainWindow,
    QProgressBar,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from station_app import paths
from station_app.county import training
from station_app.domain.official_time import official_text
from station_app.domain.problems import UserError
from station_app.domain.registry import Role
from station_app.domain.text import CHINESE, ENGLISH, Text
from station_app.exchange import opening, salvage
from station_app.services import divisions, founding
from station_app.storage import backup, restore, stored_backups
from station_app.storage.problems import StorageProblem
from station_app.storage.workspace import DATABASE
from station_app.ui import i18n, messages, opened_file, theme, updates
from station_app.ui.i18n import Retranslated, tr
from station_app.ui.jobs import Jobs
from station_app.ui.parts import LinkLine, TextCombo, across, button, card, clear, down, label, literal, text_width
from station_app.ui.pick_edit import Choice, PickEdit
from station_app.ui.recent import Recent, recent
from station_app.ui.secret_line import SECRET, SecretLine
from station_app.ui.unlock_form import UnlockForm

SHOWN_PATH = 40
SHOWN_PLACES = 20
TITLE = Text("草原站", "Grassland Station")
WELCOME = Text(
    "记录、检查、导出、上报。全部功能不需要网络。", "Record, check, export, send. Everything works without a network."
)
LANGUAGE = Text("English", "中文")
TRY = Text("先试试：培训站", "Try it: the training station")
TRY_BODY = Text("一个小而完整的苏木草原站，牧户和读数都是示例。随便改，不会影响任何真实数据。",
                "A small but complete township station; households and readings are invented. Change what you like.")  # fmt: skip
TRY_STATION, TRY_COUNTY = (
    Text("打开培训站", "Open the training station"),
    Text("打开培训旗县", "Open the training county"),
)
LOOK = Text("只读打开", "Open to look")
LOOK_FOLDER = Text("只读打开文件夹…", "Open a folder to look …")
SALVAGE = Text("取出完好的部分…", "Take out what is sound …")
SALVAGE_WHERE = Text("放到哪个空文件夹", "The empty folder it goes into")
SALVAGING = Text("正在取出完好的部分…", "Taking out what is sound …")
DAMAGED = frozenset(
    code.code for code in (StorageProblem.NOT_SOUND, StorageProblem.VERSION_ALTERED, StorageProblem.NO_WORKSPACE)
)
BUILDING = Text("第一次打开，正在建立培训数据…", "First time: building the training records …")
NEW = Text("新建工作站", "Make a new workspace")
NEW_BODY = Text("在这台电脑上为本单位建立数据文件夹。一台电脑、一个单位建一次。",
                "Makes the data folder of your unit on this machine, once.")  # fmt: skip
NEW_STATION, NEW_COUNTY = Text("新建站级工作站", "New station"), Text("新建旗县工作站", "New county")
OPEN_LAST = Text("打开 {name}", "Open {name}")
OPEN = Text("打开已有的工作站", "Open a workspace")
OPEN_BODY = Text(
    "选择以前建立的工作站文件夹，或从最近用过的里面选。", "Choose a workspace folder made before, or a recent one."
)
OPEN_FOLDER = Text("选择文件夹…", "Choose a folder …")
SAME_NAME = Text("{name} · {folder}", "{name} · {folder}")
NO_RECENT = Text("还没有打开过工作站。", "None opened yet.")
ROLE, CODE, NAME, DEVICE, AUTHOR, FOLDER = (
    Text("级别", "Level"), Text("单位代码", "Code"), Text("单位名称", "Name"), Text("这台电脑叫", "This machine"),
    Text("操作人", "Who works here"), Text("数据放在", "Data folder"))  # fmt: skip
WHERE = Text("所在地", "Place")
WHERE_HINT = Text("苏木乡镇或旗县的名称，例如 阿巴嘎 那仁", "Township or county by name or code")
CODE_HINT = Text("6、9 或 12 位行政区划代码；选了所在地会自动填上", "6, 9 or 12 digits; filled in with the place")
CODE_IS = Text("{code} 是 {place}", "{code} is {place}")
NAME_HINT = Text("例如 某某苏木草原站；以后可以更正", "For example: … Grassland Station; can be corrected later")
# Names of offices are Chinese in either language.
PROPOSED_NAMES = {Role.STATION: "草原站", Role.COUNTY: "草原工作站"}
DEVICE_HINT = Text("例如 一号笔记本，可不填", "For example: laptop 1; may stay empty")
AUTHOR_HINT = Text("您的姓名，写进每一次保存", "Your name, kept with every save")
CHANGE = Text("更改…", "Change …")
FROM_BACKUP = Text("从备份恢复", "Restore from a backup")
FROM_BACKUP_VERB = Text("从备份恢复…", "Restore from a backup …")
OTHER_IN_USE = Text("原来的电脑还在用（这里作为新设备）", "The other computer stays in use (this becomes a new device)")
INCOMPLETE = Text("缺附件也恢复（附件以后再补）", "Restore although attachments are missing (they follow later)")
ABOUT_BACKUP = Text("{name} · {when} · {kind}", "{name} · {when} · {kind}")
RESTORE = Text("恢复并打开", "Restore and open")
CREATE = Text("建立并打开", "Make and open")
BACK = Text("返回", "Back")
OPEN_FIRST = Text("“{name}”是身份卡。请先打开或新建工作站，再登记它。",
                  "{name} is a card. Open or make a workspace first, then register it.")  # fmt: skip
WITH_VILLAGES = Text("同时加入本苏木(乡镇)的嘎查村：{n} 个", "Add the villages of this township: {n}")
ROLES = ((Text("站(苏木、乡镇)", "Station (township)"), Role.STATION), (Text("旗县", "County"), Role.COUNTY),
         (Text("盟市以上", "Region"), Role.REGION))  # fmt: skip


class NewForm(QFrame, Retranslated):
    """What is asked to make a workspace.

    Signals:
        created(Path): it was made.
        cancelled().
    """

    created = Signal(object)
    cancelled = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.follow_language()
        self.setProperty("part", "card")
        title = self.said(label("heading"), NEW)
        self.role = TextCombo(ROLES)
        self.where = PickEdit(self._find_places, self._place_name)
        self.where.picked.connect(self._take_place)
        self.role.currentIndexChanged.connect(lambda _index: self._role_changed())
        self.code, self.name, self.device, self.author = QLineEdit(), QLineEdit(), QLineEdit(), QLineEdit()
        self.code.setMaxLength(12)
        self.code_said = label("hint", wrap=True)
        self.code_said.hide()
        self.code.textEdited.connect(lambda _text: self._suggest())
        self._proposed_name = ""
        self.with_villages = QCheckBox()
        self.with_villages.setChecked(True)
        self.with_villages.hide()
        for field, hint in ((self.where, WHERE_HINT), (self.code, CODE_HINT), (self.name, NAME_HINT), (self.device, DEVICE_HINT),
                            (self.author, AUTHOR_HINT)):  # fmt: skip
            self.say(field.setPlaceholderText, hint)
            if field is not self.where:
                field.returnPressed.connect(self.create_workspace)
        self.where.returnPressed.connect(self._leave_place)
        self.folder = label("", selectable=True)
        self._folder = paths.default_workspace()
        self._chosen = False
        change = self.said(button("", self._choose), CHANGE)
        place = across(self.folder, change)
        place.setStretch(0, 1)
        self.error = label("", wrap=True)
        self.error.setProperty("problem", "error")
        self.error.hide()
        rows: list[Any] = []
        asked: tuple[tuple[Text, Any], ...] = ((ROLE, self.role), (WHERE, self.where), (CODE, self.code), (NAME, self.name), (DEVICE, self.device),
                            (AUTHOR, self.author), (FOLDER, place))  # fmt: skip
        for text, field in asked:
            caption = self.said(label("hint"), text)
            caption.setFixedWidth(text_width(caption, 7))
            if isinstance(field, QWidget):
                self.say(field.setAccessibleName, text)
            row = across(caption, field)
            row.setStretch(1, 1)
            rows.append(row)
            if field is self.code:
                rows.append(self.code_said)
        self.create_button = self.said(button("primary", self.create_workspace), CREATE)
        back = self.said(button("", self.cancelled.emit), BACK)
        self.setLayout(down(title, 4, *rows, self.with_villages, self.error, 4, across(None, back, self.create_button), spacing=8,
                            margins=(24, 18, 24, 18)))  # fmt: skip
        self._suggest()

    def begin(self, role: Role) -> None:
        """Show the empty form for a level."""
        self.role.choose(role)
        self.error.hide()
        self.where.setFocus(Qt.FocusReason.OtherFocusReason)

    # --- the place, chosen from the list of divisions

    def _find_places(self, text: str) -> list[Choice]:
        levels = ("township",) if self.role.value() is Role.STATION else ("county",) if self.role.value() is Role.COUNTY else (
            "province", "prefecture")  # fmt: skip
        found = [unit for level in levels for unit in divisions.find(text, level=level, limit=SHOWN_PLACES)]
        return [Choice(unit.code, unit.name, divisions.full_name(unit.parent_code)) for unit in found[:SHOWN_PLACES]]

    @staticmethod
    def _place_name(code: str) -> str | None:
        return divisions.full_name(code) or None

    def _take_place(self, code: str) -> None:
        unit = divisions.division(code)
        if unit is None:
            return
        digits = dict(divisions.LEVELS)[unit.level]
        self.code.setText(code[: max(digits, 6)])  # a workplace has 6, 9 or 12 digits
        proposed = PROPOSED_NAMES.get(self.role.value())
        if proposed is not None and self.name.text() in ("", self._proposed_name):
            self._proposed_name = unit.name + proposed
            self.name.setText(self._proposed_name)
        self._suggest()

    def _leave_place(self) -> None:
        """Enter in the place goes on to what is still empty."""
        later = next((f for f in (self.code, self.name, self.author) if not f.text().strip()), self.author)
        later.setFocus(Qt.FocusReason.OtherFocusReason)

    def _role_changed(self) -> None:
        if self.where.key() and not any(
            choice.key == self.where.key() for choice in self._find_places(self.where.key())
        ):
            self.where.set_value("")
        self._suggest()

    def _suggest(self) -> None:
        self._say_code()
        townships = self.role.value() is Role.STATION and len(self.code.text().strip()) in (9, 12)
        number = len(divisions.children(self.code.text().strip())) if townships else 0
        self.with_villages.setVisible(number > 0)
        self.say(self.with_villages.setText, WITH_VILLAGES.format(n=number))
        if not self._chosen:
            code = self.code.text().strip()
            self._folder = paths.data_folder() / (f"workspace-{code}" if code else "workspace")
        whole = str(self._folder)
        self.folder.setText(
            whole if len(whole) <= SHOWN_PATH else f"…{whole[-SHOWN_PATH:]}"
        )  # the tooltip has all of it
        self.folder.setToolTip(str(self._folder))

    def _say_code(self) -> None:
        """Say under a whole code which place it is, where that is not the place chosen, or that the list has no such code."""
        code = self.code.text().strip()
        unit = divisions.division(code) if len(code) in (6, 9, 12) and code.isdigit() else None
        known = unit is not None and unit.code == self.where.key()
        self.code_said.setVisible(len(code) in (6, 9, 12) and not known)
        if not known:
            names = divisions.full_name(code) if unit is not None else ""
            self.say(
                self.code_said.setText,
                CODE_IS.format(code=code, place=names) if names else divisions.UNLISTED.format(code=code),
            )
        theme.mark(self.code_said, state="" if unit is not None else "warn")

    def _choose(self) -> None:
        found = messages.ask_folder(self, FOLDER, folder=paths.data_folder())
        if found is not None:
            self._folder, self._chosen = found, True
            self._suggest()

    def create_workspace(self) -> None:
        """Make it, or say at the form what is wrong."""
        try:
            made = founding.found_workspace(
                self._folder, org_code=self.code.text().strip(), org_name=self.name.text().strip(),
                role=self.role.value(), device_name=self.device.text().strip(), author=self.author.text().strip())  # fmt: skip
            if not self.with_villages.isHidden() and self.with_villages.isChecked():
                founding.add_listed_units(made, [unit.code for unit in founding.listed_villages(made)])
        except UserError as error:
            self.error.setText(f"{error.text.to(i18n.language())} [{error.code}]")
            self.error.show()
            return
        made.close()
        self.created.emit(self._folder)


class RestoreForm(QFrame, Retranslated):
    """What is asked to put a backup back on this computer, which may never have seen the station.

    Signals:
        restored(Path): the workspace is there.
        cancelled().
    """

    restored = Signal(object)
    cancelled = Signal()

    def __init__(self, jobs: Jobs) -> None:
        super().__init__()
        self.follow_language()
        self.setProperty("part", "card")
        self._jobs = jobs
        self.file: Path | None = None
        self.folder = paths.default_workspace()
        title, self.about = self.said(label("heading"), FROM_BACKUP), label("", wrap=True, selectable=True)
        self.secret = SecretLine()
        self.secret.entered.connect(self.restore)
        self.other_in_use = self.said(QCheckBox(), OTHER_IN_USE)
        self.incomplete = self.said(QCheckBox(), INCOMPLETE)
        self.where = label("", selectable=True)
        change = self.said(button("", self._choose_folder), CHANGE)
        self._captions, rows = [self.said(label("hint"), text) for text in (SECRET, FOLDER)], []
        fields: tuple[QWidget | QLayout, ...] = (self.secret, across(self.where, None, change))
        for caption, field in zip(self._captions, fields, strict=True):
            caption.setFixedSize(text_width(caption, 7), self.secret.line.sizeHint().height())
            rows.append(across((caption, 0, Qt.AlignmentFlag.AlignTop), (field, 1)))
        self.error = self.secret.error
        self.restore_button = self.said(button("primary", self.restore), RESTORE)
        back = self.said(button("", self.cancelled.emit), BACK)
        self.setLayout(down(title, self.about, 4, rows[0], rows[1], self.other_in_use, self.incomplete, 4,
                            across(None, back, self.restore_button), spacing=8, margins=(24, 18, 24, 18)))  # fmt: skip

    def begin(self, file: Path) -> None:
        """Show what a file is as a backup, and ask for what opens it.

        Raises:
            UserError: WSP-030, WSP-033, WSP-037 it is none.
        """
        found = stored_backups.look_at(file)
        self.file, self._sealed = file, found.sealed
        code = found.path.name
        self.say(self.about.setText, ABOUT_BACKUP.format(name=found.organisation or code, when=official_text(found.made_at),
                                                         kind=stored_backups.KINDS[found.sealed]))  # fmt: skip
        self.folder = paths.data_folder() / (f"workspace-{found.org_code}" if found.org_code else "workspace")
        for each in (self._captions[0], self.secret.line, self.secret.shown):
            each.setVisible(found.sealed)
        for box in (self.other_in_use, self.incomplete):
            box.setChecked(False)
        self.incomplete.setVisible(False)
        self._say_folder()
        self.secret.begin()

    def _say_folder(self) -> None:
        self.where.setText(str(self.folder)[-SHOWN_PATH:])
        self.where.setToolTip(str(self.folder))

    def _choose_folder(self) -> None:
        found = messages.ask_folder(self, FOLDER, folder=paths.data_folder())
        if found is not None:
            self.folder = found
            self._say_folder()

    def restore(self) -> None:
        """Put it back, off the window's thread; what is wrong is said here."""
        file, folder, secret = self.file, self.folder, self.secret.text() or None
        name, incomplete = "" if self.other_in_use.isChecked() else None, self.incomplete.isChecked()
        if file is None or not self.restore_button.isEnabled():
            return
        self.restore_button.setEnabled(False)

        def work(_context: object) -> restore.Restored:
            if (folder / DATABASE).exists():
                raise StorageProblem.ALREADY_THERE.error(folder=folder)
            return restore.restore_backup(folder, file, secret=secret, new_device=name, incomplete=incomplete)

        def done(_found: object) -> None:
            self.restore_button.setEnabled(True)
            self.secret.clear()
            self.restored.emit(folder)

        def failed(error: BaseException) -> None:
            self.restore_button.setEnabled(True)
            self.secret.fail(error)
            if isinstance(error, UserError) and error.code == StorageProblem.NOT_BESIDE.code:
                self.incomplete.setVisible(True)

        self._jobs.run(work, title=FROM_BACKUP, on_done=done, on_error=failed)


class StartWindow(QMainWindow, Retranslated):
    """Three ways to begin.

    Signals:
        chosen(Path): open this workspace.
        look_asked(Path): open it to look at only.
        unlocked(Path, str, str): an encrypted workspace is open for this process (``UnlockForm.opened``).
        leave_asked(Launch): the program is to close and an installer to run.
    """

    chosen = Signal(object)
    look_asked = Signal(object)
    unlocked = Signal(object, str, str)
    leave_asked = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.follow_language()
        self.say(self.setWindowTitle, TITLE)
        self.jobs = Jobs(None, self)
        name, welcome = label("big"), label("", state="muted")
        self.say(name.setText, TITLE)
        self.say(welcome.setText, WELCOME)
        self._logo = label()
        self._logo.setPixmap(theme.pixmap("grassland-station", "accent", 52))
        language = self.said(button("quiet", self._switch), LANGUAGE)
        head = across(self._logo, down(name, welcome, spacing=0), None, language, spacing=14)
        head.setAlignment(language, Qt.AlignmentFlag.AlignTop)

        self.stack = QStackedWidget()
        self.form = NewForm()
        self.form.cancelled.connect(lambda: self.stack.setCurrentIndex(0))
        self.form.created.connect(self.chosen)
        self.stack.addWidget(self._ways())
        self.restore_form = RestoreForm(self.jobs)
        self.restore_form.cancelled.connect(lambda: self.stack.setCurrentIndex(0))
        self.restore_form.restored.connect(self.chosen)
        self.unlock_form = UnlockForm(self.jobs)
        self.unlock_form.cancelled.connect(lambda: self.stack.setCurrentIndex(0))
        self.unlock_form.opened.connect(self.unlocked)
        for form in (self.form, self.restore_form, self.unlock_form):
            holder = QWidget()
            form.setFixedWidth(text_width(self, 44))
            holder.setLayout(down(across(None, form, None), None))
            self.stack.addWidget(holder)
        self.error = label("", wrap=True)
        self.salvage_button = self.said(button("", self.salvage), SALVAGE)
        self.look_button = self.said(button("", self.look_at_damaged), LOOK)
        self.look_button.hide()
        self.salvage_button.hide()
        self._damaged: Path | None = None
        strip = across(self.error, self.look_button, self.salvage_button, margins=(12, 6, 12, 6))
        strip.setStretch(0, 1)
        self.error_strip = card(strip, part="strip", state="error")
        self.error_strip.hide()
        self.update_panel: updates.UpdatePanel | None = None
        page = QWidget()
        page.setProperty("part", "page")
        page.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._page = down(head, self.error_strip, 6, self.stack, spacing=12, margins=(72, 84, 72, 32))
        page.setLayout(self._page)
        self.setCentralWidget(page)
        self.resize(1366, 768)
        self.setMinimumSize(1024, 600)
        theme.changed.connect(self._redraw)

    def _redraw(self) -> None:
        self._logo.setPixmap(theme.pixmap("grassland-station", "accent", 52))

    def _ways(self) -> QWidget:
        """Three ways to begin; what a person most likely wants is marked, has the keyboard, and Enter presses it."""
        self.open_last = button("", self._open_last)
        self.try_station = button("", lambda: self.open_training("station"))
        self.try_county = button("", lambda: self.open_training("county"))
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.hide()
        self._progress = label("hint")
        self._progress.hide()
        self.new_station = button("", lambda: self.begin_new(Role.STATION))
        self.new_county = button("", lambda: self.begin_new(Role.COUNTY))
        open_folder = button("", self.choose_folder)
        look_folder = button("", self.choose_folder_to_look)
        from_backup = button("", self.choose_backup)
        for made, text in ((self.try_station, TRY_STATION), (self.try_county, TRY_COUNTY), (self.new_station, NEW_STATION),
                           (self.new_county, NEW_COUNTY), (open_folder, OPEN_FOLDER), (look_folder, LOOK_FOLDER),
                           (from_backup, FROM_BACKUP_VERB)):  # fmt: skip
            self.say(made.setText, text)
        self._recent = QVBoxLayout()
        self._recent.setSpacing(2)
        ways = across(
            self._way(OPEN, OPEN_BODY, self.open_last, self._recent, open_folder, look_folder, from_backup),
            self._way(NEW, NEW_BODY, self.new_station, self.new_county),
            self._way(TRY, TRY_BODY, self.try_station, self.try_county, self._progress, self._bar),
            spacing=16,
        )
        for number in range(3):
            ways.setStretch(number, 1)
        holder = QWidget()
        holder.setLayout(down(ways, None))
        self._fill_recent()
        return holder

    def marked(self) -> QPushButton:
        """The button a person most likely wants: open the own workspace used last, else make one."""
        return self.open_last if self._own() else self.new_station

    def _own(self) -> list[Recent]:
        """Workspaces used before that are no training, be it a copy elsewhere."""
        training = paths.training_folder().absolute()
        return [item for item in recent() if not item.training and training not in item.path.absolute().parents]

    def _open_last(self) -> None:
        own = self._own()
        if own:
            self.chosen.emit(own[0].path)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._fill_recent()
        if self.stack.currentIndex() == 0:
            self.marked().setFocus(Qt.FocusReason.OtherFocusReason)

    def _way(self, title: Text, body: Text, *content: Any) -> QWidget:
        heading, words = label("heading"), label("", wrap=True, state="muted")
        self.say(heading.setText, title)
        self.say(words.setText, body)
        words.setMinimumHeight(words.fontMetrics().lineSpacing() * 3)
        words.setAlignment(Qt.AlignmentFlag.AlignTop)
        made = card(down(heading, words, 4, *content, None, spacing=8, margins=(20, 16, 20, 18)))
        made.setMinimumHeight(260)
        return made

    def _fill_recent(self) -> None:
        clear(self._recent)
        own = self._own()
        for made in (self.open_last, self.new_station):
            theme.mark(made, part="primary" if made is self.marked() else "")
        self.open_last.setVisible(bool(own))
        if own:
            self.say(self.open_last.setText, OPEN_LAST.format(name=literal(own[0].name)))
            self.open_last.setToolTip(own[0].folder)
        found = [item for item in recent() if not own or item.folder != own[0].folder]
        names = [item.name for item in found]
        for item in found[:5]:
            made = LinkLine(partial(self.chosen.emit, item.path))
            # Two of one name are told apart by their folders.
            made.setText(
                tr(SAME_NAME, name=item.name, folder="/".join(item.path.parts[-2:]))
                if names.count(item.name) > 1
                else item.name
            )
            made.hint = item.folder
            self._recent.addWidget(made)
        if not found and not own:
            said = label("hint")
            said.setText(tr(NO_RECENT))
            self._recent.addWidget(said)

    def retranslate(self) -> None:
        super().retranslate()
        if hasattr(self, "_recent"):
            self._fill_recent()

    # --- verbs

    def begin_new(self, role: Role) -> None:
        self.stack.setCurrentIndex(1)
        self.form.begin(role)

    def choose_folder(self) -> None:
        found = messages.ask_folder(self, OPEN, folder=paths.data_folder())
        if found is not None:
            self.chosen.emit(found)

    def choose_folder_to_look(self) -> None:
        """Ask for a workspace to look at only, be it on a medium nobody can write."""
        found = messages.ask_folder(self, OPEN, folder=paths.data_folder())
        if found is not None:
            self.look_asked.emit(found)

    def look_at_damaged(self) -> None:
        """Open what can be read of the workspace that does not open."""
        if self._damaged is not None:
            self.look_asked.emit(self._damaged)

    def choose_backup(self) -> None:
        """Ask for a backup, be it on a stick, and for what opens it."""
        file = messages.ask_open_file(self, FROM_BACKUP, f"*{backup.SEALED_SUFFIX} *{backup.SUFFIX}")
        if file is not None:
            self.begin_restore(file)

    def begin_restore(self, file: Path) -> None:
        """Show the form that puts a backup back."""
        try:
            self.restore_form.begin(file)
        except UserError as error:
            self.show_error(error)
            return
        self.stack.setCurrentIndex(2)

    def begin_unlock(self, folder: Path) -> None:
        """Ask for what opens an encrypted workspace."""
        self.error_strip.hide()
        name = next((item.name for item in recent() if item.path.absolute() == folder.absolute()), folder.name)
        self.unlock_form.begin(folder, name)
        self.stack.setCurrentIndex(3)
        self.unlock_form.secret.line.setFocus(Qt.FocusReason.OtherFocusReason)

    def open_training(self, which: str) -> None:
        """Open the training station or its county; they are built at the first time."""
        folder = paths.training_folder()
        if (folder / training.READY).is_file():
            self.chosen.emit(folder / which)
            return
        for made in (self.try_station, self.try_county):
            made.setEnabled(False)
        self._progress.show()
        self._bar.show()
        self._bar.setRange(0, 0)
        self.say(self._progress.setText, BUILDING)

        def ended() -> None:
            for made in (self.try_station, self.try_county):
                made.setEnabled(True)
            self._progress.hide()
            self._bar.hide()

        def done(_result: object) -> None:
            ended()
            self.chosen.emit(folder / which)

        def failed(error: BaseException) -> None:
            ended()
            self.show_error(error)

        self.jobs.run(
            lambda context: training.training_workspace(folder, which, context=context),
            title=BUILDING,
            on_done=done,
            on_error=failed,
        )

    def show_error(self, error: BaseException, folder: Path | None = None) -> None:
        """Say why a workspace could not be opened; of a damaged one in ``folder`` the sound part can be taken out."""
        if not isinstance(error, UserError):
            raise error
        there = (
            folder is not None and (folder / "backups").is_dir()
        )  # a folder that was chosen by mistake holds nothing of ours
        self._damaged = folder if there and error.code in DAMAGED else None
        self._tell(Text(f"{error.text.zh} [{error.code}]", f"{error.text.en} [{error.code}]"), "error")

    def salvage(self) -> None:
        """Ask where to, and take what is sound out of the workspace that does not open; then open what came out."""
        damaged = self._damaged
        place = messages.ask_folder(self, SALVAGE_WHERE, folder=paths.data_folder()) if damaged is not None else None
        if damaged is None or place is None:
            return
        language = i18n.language()

        def work(context: Any) -> salvage.Salvaged:
            return salvage.salvage(damaged, place, language=language, context=context)

        def done(told: salvage.Salvaged) -> None:
            said = [told.said, *(p.text for p in told.problems)]
            self._tell(Text("".join(t.zh for t in said), " ".join(t.en for t in said)), "ok")

        def failed(error: BaseException) -> None:
            self.show_error(error)
            self._damaged = damaged
            self.salvage_button.show()

        self._tell(SALVAGING, "muted")
        self.jobs.run(work, title=SALVAGING, on_done=done, on_error=failed)

    def look_at(self, wish: opening.Wish, *, quiet: bool = False) -> None:
        """Check a file while no workspace is open, and say what it is; ``quiet``: only what has a place of its own."""
        path = wish.path
        if wish.what is opening.What.UPDATE:
            if self.update_panel is None:
                self.update_panel = updates.UpdatePanel(self._write, None)
                self.update_panel.leave_asked.connect(self.leave_asked)
                self._page.insertWidget(2, self.update_panel)
            self.update_panel.look_at(path)
        if wish.what is opening.What.UPDATE or quiet:
            return
        if wish.what is opening.What.CARD:
            self._tell(OPEN_FIRST.format(name=path.name), "info")
            return

        self.jobs.ask(
            self,
            lambda _context: opened_file.verdict_of(path),
            on_done=lambda found: self._tell(*found),
            on_error=self.show_error,
        )

    def _write(self, work: Any, *, title: Text, on_done: Any, on_error: Any) -> None:
        self.jobs.run(lambda context: work(None, context), title=title, on_done=on_done, on_error=on_error)

    def _tell(self, text: Text, state: str) -> None:
        self.say(self.error.setText, text)
        theme.mark(self.error_strip, state=state)
        for made in (self.look_button, self.salvage_button):
            made.setVisible(state == "error" and self._damaged is not None)
        self.error_strip.show()

    def _switch(self) -> None:
        i18n.set_language(ENGLISH if i18n.language() == CHINESE else CHINESE)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() == Qt.Key.Key_Escape and self.stack.currentIndex() != 0:
            self.stack.setCurrentIndex(0)
            return
        super().keyPressEvent(event)
