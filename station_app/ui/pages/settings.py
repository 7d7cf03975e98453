"""Settings and health: who works here, language and look, backup, checks, keys, code lists, version."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QLayout, QLineEdit, QPushButton, QWidget

from station_app import __version__
from station_app.domain.codes import CodeList, all_lists
from station_app.domain.registry import record_type
from station_app.domain.text import CHINESE, ENGLISH, Text
from station_app.exchange import whole_check
from station_app.storage.changes import Changes
from station_app.storage.check import REBUILT
from station_app.ui import i18n, lock, theme, updates
from station_app.ui.backup_card import BackupCard
from station_app.ui.health_view import HealthView
from station_app.ui.i18n import Retranslated
from station_app.ui.identity_card import IDENTITY, IdentityCard
from station_app.ui.items_table import Column, ItemsTable
from station_app.ui.pages.base import scrolled
from station_app.ui.pages.family import FamilyPage
from station_app.ui.parts import TextCombo, across, button, card, down, hold, label, text_width
from station_app.ui.people_card import PeopleCard
from station_app.ui.problem_list import Finding, ProblemList
from station_app.ui.session import Place

if TYPE_CHECKING:
    from station_app.storage.check import CheckReport
    from station_app.storage.workspace import Workspace
    from station_app.ui.session import Session

GENERAL = Text("常规", "General")
HEALTH_TAB = Text("健康", "Health")
CODES = Text("代码表与标准", "Code lists and standards")
PERSON = Text("操作人", "Who works here")
PEOPLE = Text("用户", "Accounts")
PERSON_HINT = Text("写进每一次保存，县里能看到是谁填的。", "Named in every save; the county sees who entered it.")
PERSON_NAME = Text("姓名", "Name")
SAVE = Text("保存", "Save")
PERSON_SAVED = Text("操作人：{name}", "Who works here: {name}")
LOCK_AFTER = Text("自动锁定", "Lock by itself")
LOCK_CHOICES = (
    *(
        (Text("{n} 分钟无人操作后", "after {n} minutes without anybody").format(n=n), n)
        for n in (5, 10, lock.USUAL, 30, 60)
    ),
    (Text("从不", "never"), 0),
)
LOOK = Text("语言和外观", "Language and look")
LANGUAGE, THEME = Text("语言", "Language"), Text("外观", "Look")
# Each language is called by its own name, in every language.
CHINESE_NAME, ENGLISH_NAME = "中文", "English"
THEMES = (
    (Text("浅色", "Light"), "light"),
    (Text("深色", "Dark"), "dark"),
    (Text("高对比(户外)", "High contrast (outdoors)"), "contrast"),
)
LARGE = Text("大字", "Large print")
BACKUP = Text("备份", "Backup")
PERSON_NEEDED = Text(
    "操作人不能为空：每次保存都要记下是谁做的。", "The name may not be empty: every save says who made it."
)
HEALTH = Text("检查数据", "Check the data")
HEALTH_HINT = Text(
    "重算每个版本的编号，重建查询表并逐行比较。", "Recomputes every version id, rebuilds the tables and compares them."
)
CHECK_NOW = Text("开始检查", "Check now")
REBUILD = Text("重建查询表", "Rebuild the tables")
REBUILDING = Text("正在重建查询表", "Rebuilding the tables")
CHECKING = Text("正在检查工作站数据", "Checking the workspace")
SOUND = Text("完好：{versions} 个版本，{records} 条记录。", "Sound: {versions} versions, {records} records.")
FINDINGS = Text("数据完好：{versions} 个版本，{records} 条记录。有要处理的，见下。",
                "The data is sound: {versions} versions, {records} records. There are findings, see below.")  # fmt: skip
UNSOUND = Text("发现 {n} 处问题，见下。", "{n} problems found, see below.")
ABOUT = Text("关于", "About")
VERSION = Text("草原站 {version}", "Grassland Station {version}")
ABOUT_HINT = Text(
    "数据只在这台电脑上，不联网也能使用全部功能。", "Data stays on this machine; everything works without a network."
)
MARKS = Text("标记：A 读自原文 · B 转引 · C 未核实 · P 本程序拟定。未核实的内容不当作标准使用。",
             "Marks: A read in the document · B quoted elsewhere · C not verified · P proposed by us. Unverified entries are "
             "not used as standards.")  # fmt: skip
LIST, EDITION, ITEMS, SOURCE, MARK = (
    Text("代码表", "Code list"), Text("版本", "Edition"), Text("项数", "Items"), Text("来源", "Source"),
    Text("标记", "Mark"))  # fmt: skip


def titled(title: Text, owner: Retranslated, *content: QWidget | QLayout | int | None) -> QWidget:
    """Return a card with a heading."""
    heading = owner.said(label("heading"), title)
    return card(down(heading, *content, spacing=6, margins=(16, 12, 16, 12)))


class GeneralView(QWidget, Retranslated):
    """The cards of the first tab."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.follow_language()
        self.session = session
        left = down(self._person(), self._people(), self._look(), self._updates(), None, spacing=10)
        right = down(self._backup(), self._health(), self._identity(), self._about(), None, spacing=10)
        both = across(left, right, spacing=10, margins=(0, 0, 8, 0))
        both.setStretch(0, 1)
        both.setStretch(1, 1)
        self.area = scrolled(both)
        self.setLayout(down(self.area))

    # --- cards

    def _person(self) -> QWidget:
        hint = self.said(label("hint", wrap=True), PERSON_HINT)
        self.name = QLineEdit()
        self.name.setMaxLength(40)
        self.name.returnPressed.connect(self.save_person)
        save = self.said(button("", self.save_person), SAVE)
        self.say(self.name.setPlaceholderText, PERSON_NAME)
        self.say(self.name.setAccessibleName, PERSON)
        row = across(self.name, save)
        row.setStretch(0, 1)
        self.lock_after = TextCombo(LOCK_CHOICES)
        self.lock_after.chosen.connect(lambda minutes: self.session.workspace.settings.set(lock.MINUTES, str(minutes)))
        self.say(self.lock_after.setAccessibleName, LOCK_AFTER)
        caption = self.said(label("hint"), LOCK_AFTER)
        self._named = (self.name, save, hint)
        return titled(PERSON, self, row, hint, across(caption, self.lock_after, None))

    def _people(self) -> QWidget:
        self.people = PeopleCard(self.session)
        return titled(PEOPLE, self, self.people)

    def _look(self) -> QWidget:
        self.language = TextCombo([(CHINESE_NAME, CHINESE), (ENGLISH_NAME, ENGLISH)])
        self.theme = TextCombo(THEMES)
        self.large = self.said(QCheckBox(), LARGE)
        self.language.chosen.connect(self._set_language)
        self.theme.chosen.connect(lambda _name: self._set_theme())
        self.large.toggled.connect(lambda _on: self._set_theme())
        rows = []
        for text, field in ((LANGUAGE, self.language), (THEME, self.theme)):
            name = self.said(label("hint"), text)
            name.setFixedWidth(text_width(name, 5))
            self.say(field.setAccessibleName, text)
            rows.append(across(name, field, None))
        return titled(LOOK, self, *rows, self.large)

    def _backup(self) -> QWidget:
        self.backup = BackupCard(self.session)
        return titled(BACKUP, self, self.backup)

    def _health(self) -> QWidget:
        hint = self.said(label("hint", wrap=True), HEALTH_HINT)
        self.verdict = label("strong", wrap=True)
        self.verdict.hide()
        self.check_button = self.said(button("", self.check), CHECK_NOW)
        self.problems = ProblemList(rows=4)
        self.rebuild_button = self.said(button("", self.rebuild), REBUILD)
        self.rebuild_button.hide()
        doing = across(self.check_button, self.rebuild_button, self.verdict, None)
        return titled(HEALTH, self, hint, doing, self.problems)

    def _identity(self) -> QWidget:
        self.identity = IdentityCard(self.session)
        return titled(IDENTITY, self, self.identity)

    def _updates(self) -> QWidget:
        self.updates = updates.UpdatesView(self.session)
        return titled(updates.UPDATES, self, self.updates)

    def _about(self) -> QWidget:
        version, hint = label("strong"), label("hint", wrap=True)
        self.say(version.setText, VERSION.format(version=__version__))
        self.say(hint.setText, ABOUT_HINT)
        return titled(ABOUT, self, version, hint)

    # --- what is shown

    def reload(self, _changes: Changes | None = None) -> None:
        """Read again."""
        workspace = self.session.workspace
        if not self.name.hasFocus():
            self.name.setText(workspace.identity.author)
        for each in self._named:  # where there are accounts, who works here has signed in
            each.setVisible(not workspace.has_accounts)
        self.people.reload()
        self.lock_after.choose(lock.minutes_of(workspace))
        self.language.choose(i18n.language())
        self.theme.choose(theme.current_name().value)
        self.large.blockSignals(True)
        self.large.setChecked(workspace.settings.get("large_print") == "1")
        self.large.blockSignals(False)
        self.backup.reload()
        self.identity.reload()

    def retranslate(self) -> None:
        super().retranslate()
        if hasattr(self, "language"):
            self.language.choose(i18n.language())

    # --- verbs

    def show_updates(self, path: Path | None = None) -> None:
        """Bring the card of updates into sight; look at a file, at what was found, or for something."""
        self.updates.begin(path)
        self.area.ensureWidgetVisible(self.updates)

    def save_person(self) -> None:
        """Keep the name."""
        name = self.name.text().strip()
        if not name:
            self.name.setText(self.session.workspace.identity.author)
            self.session.say(PERSON_NEEDED, "warn")
            return
        if name != self.session.workspace.identity.author:
            self.session.set_author(name)
            self.session.say(PERSON_SAVED.format(name=name or "—"), "ok")

    def _set_language(self, name: str) -> None:
        i18n.set_language(name)
        self.session.workspace.settings.set("language", name)

    def _set_theme(self) -> None:
        name, large = self.theme.value(), self.large.isChecked()
        self.session.workspace.settings.set("theme", name)
        self.session.workspace.settings.set("large_print", "1" if large else "")
        theme.apply(name, large=large)

    def check(self) -> None:
        """Check the workspace off the window's thread."""
        folder = self.session.workspace.folder
        release = hold(self.check_button)

        def done(report: CheckReport) -> None:
            release()
            self.verdict.show()
            text = (FINDINGS if report.problems else SOUND).format(versions=f"{report.counts.get('versions', 0):,}",
                                records=f"{report.counts.get('records', 0):,}") if report.ok else \
                UNSOUND.format(n=len(report.problems))  # fmt: skip
            self.say(self.verdict.setText, text)
            theme.mark(self.verdict, state="error" if not report.ok else "warn" if report.problems else "ok")
            self.problems.show_findings([Finding(p, p.place) for p in report.problems])
            self.rebuild_button.setVisible(report.can_be_rebuilt)

        def failed(error: BaseException) -> None:
            release()
            self.session.show_error(error)

        self.session.run(lambda _context: whole_check.check_all(folder), title=CHECKING, on_done=done, on_error=failed)

    def rebuild(self) -> None:
        """Make anew what follows from the versions, then check again."""

        def work(workspace: Workspace, _context: object) -> None:
            workspace.rebuild()

        def done(_nothing: object) -> None:
            gate = self.session.workspace.gate
            gate[:] = [p for p in gate if p.code not in REBUILT]
            self.session.data_changed.emit(Changes())
            self.check()

        self.session.write(work, title=REBUILDING, on_done=done)

    def focus_work(self) -> None:
        """Put the keyboard into the first field."""
        self.name.setFocus(Qt.FocusReason.OtherFocusReason)


class CodesView(QWidget, Retranslated):
    """Every code list with its edition, source and mark."""

    def __init__(self) -> None:
        super().__init__()
        self.follow_language()
        hint = self.said(label("hint", wrap=True), MARKS)
        self.table = ItemsTable((
            Column(LIST, lambda c: c.label, width=240),
            Column(EDITION, lambda c: c.edition, width=240),
            Column(ITEMS, lambda c: f"{len(c.items):,}", right=True, width=70),
            Column(MARK, _marks, width=80),
            Column(SOURCE, _sources),
        ))  # fmt: skip
        self.setLayout(down(hint, self.table))
        self.reload()

    def reload(self, _changes: Changes | None = None) -> None:
        """Show what is installed."""
        self.table.set_items(sorted(all_lists(), key=lambda c: c.name))

    def focus_work(self) -> None:
        """Put the keyboard into the list."""
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)


_DOCUMENTS = {
    "compensation": Text("补奖资料", "compensation"),
    "survey": Text("调查资料", "survey"),
    "carbon": Text("碳汇资料", "carbon"),
}


OWN_TABLE, _TABLE = re.compile(r"\w+\.csv"), ("本程序附表", "table of the program")


def _sources(codes: CodeList) -> Text:
    named = [each.replace("station_app", "—") for item in codes.items for each in item.source.split("; ") if each]
    zh, en = ("; ".join(dict.fromkeys(OWN_TABLE.sub(name, each) for each in named)) for name in _TABLE)
    return Text(re.sub(rf"\b({'|'.join(_DOCUMENTS)})(?= )", lambda m: _DOCUMENTS[m[1]].zh, zh), en)


def _marks(codes: CodeList) -> str:
    return " ".join(sorted({i.confidence for i in codes.items}))


class SettingsPage(FamilyPage):
    """General, the people and units, the code lists."""

    def tab_keys(self) -> Sequence[tuple[str, Text]]:
        return [
            *([("general", GENERAL)] if self.session.may_write else []),
            ("health", HEALTH_TAB),
            *((n, record_type(n).plural) for n in self.entry.types),
            ("codes", CODES),
        ]

    def make_view(self, key: str) -> tuple[QWidget, QWidget]:
        if key == "general":
            return GeneralView(self.session), QWidget()
        if key == "health":
            return HealthView(self.session), QWidget()
        if key == "codes":
            return CodesView(), QWidget()
        return super().make_view(key)

    def tab_shown(self, key: str) -> None:
        view = self.views[key]
        if isinstance(view, HealthView):
            view.look()

    def open_place(self, place: Place) -> None:
        super().open_place(place)
        if place.state == "health":
            self.choose("health")
        places = ("person", "people", "backup", "password", "sheet", "updates", "check")
        if place.state in places and self.session.may_write:
            self.choose("general")
            view = self.views["general"]
            if isinstance(view, GeneralView):
                view.reload()
                if place.state == "updates":
                    view.show_updates()
                    return
                backup = view.backup
                wanted = {"person": view.name, "people": view.people.add_button, "backup": backup.now_button,
                          "password": backup.password_button, "sheet": backup.sheet_button, "check": view.check_button,
                          }[place.state]  # fmt: skip
                wanted.setFocus(Qt.FocusReason.OtherFocusReason)
                view.area.ensureWidgetVisible(wanted)
                if isinstance(wanted, QPushButton) and place.state in ("people", "password", "sheet"):
                    wanted.click()
