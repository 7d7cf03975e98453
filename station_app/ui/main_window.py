"""The window: pages on the left, one search and one year above, doors below; every page in the same frame."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QApplication, QFrame, QMainWindow, QStackedWidget, QWidget
from shiboken6 import isValid

from station_app.domain.problems import UserError
from station_app.domain.text import CHINESE, ENGLISH, Text
from station_app.logs import log
from station_app.storage.problems import StorageProblem
from station_app.storage.record_state import State
from station_app.ui import actions, i18n, left_drafts, lock, lost_files, messages, notices, overlays, theme, updates
from station_app.ui.counts import Counts
from station_app.ui.i18n import Retranslated, tr
from station_app.ui.navigation import Navigation
from station_app.ui.pages.catalogue import entries_for, load_ahead, page_of_type
from station_app.ui.parts import MenuButton, TextCombo, across, button, card, down, give_icon, label, literal
from station_app.ui.search_box import PAGE, Found, SearchBox
from station_app.ui.session import ALL_YEARS, REDO, REDO_IT, UNDO, UNDO_IT, Notice, Place, Session
from station_app.ui.status_doors import StatusDoors

if TYPE_CHECKING:
    from station_app.ui.crash import Report
    from station_app.ui.jobs import Job
    from station_app.ui.pages.base import Page

WATCH_AFTER_MS = 4_000
LOAD_AFTER_MS = 500
TITLE = Text("草原站 · {name}", "Grassland Station · {name}")
WORKPLACE = Text("草原站 · {name}", "{name}")
YEAR = Text("{year} 年度", "Year {year}")
EVERY_YEAR = Text("全部年度", "All years")
YEAR_NAME = Text("年度", "Year")
LANGUAGE = Text("中 / EN", "EN / 中")
LANGUAGE_TIP = Text("换成英文", "Switch to Chinese")
NO_PERSON = Text("填写姓名", "Enter your name")
PERSON_TIP = Text("操作人，写进每一次保存；点这里更改或换人(Ctrl+Shift+L)",
                  "Who works here, named in every save. Click to change, or for another person (Ctrl+Shift+L)")  # fmt: skip
HELP_TIP = Text("本页帮助(F1)", "Help of this page (F1)")
OPEN_OTHER = Text("打开另一个工作站…", "Open another workspace …")
OPEN_FOLDER = Text("打开工作站文件夹", "Open the workspace folder")
LOCK, OTHER = Text("锁定(Ctrl+L)", "Lock (Ctrl+L)"), Text("换人(Ctrl+Shift+L)", "Another person (Ctrl+Shift+L)")
QUIT = Text("退出", "Quit")
LOOKING = Text(
    "只读打开：可以查看和导出，什么也不会写入这个工作站。",
    "Opened to look at: see and export; nothing is written into this workspace.",
)
TO_START = Text("回到开始页", "Back to the start page")
WRITING = Text("正在写入，请等它结束或点“停止”。", "Writing is under way; wait for its end or stop it.")


class EarlyKeys(QWidget):
    """Has the keyboard while the frame is on the screen and its first page is not: no key is lost or presses the frame, and
    none overtakes another."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._typed: list[QKeyEvent | Callable[[], object]] | None = []

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if self._typed is not None:
            self._typed.append(event.clone())

    def in_turn(self, act: Callable[[], object]) -> None:
        """Do what a shortcut asks for after the keys before it: they belong to the page that was in front then."""
        if self._typed is None:
            act()
        else:
            self._typed.append(act)

    def focusNextPrevChild(self, _next: bool) -> bool:  # noqa: N802
        return False  # Tab is a key like the others

    def hand_on(self) -> None:
        """Give what was typed to the work, which has the keyboard now."""
        typed, self._typed = self._typed or [], None
        self.hide()
        for each in typed:
            if isinstance(each, QKeyEvent):
                QApplication.sendEvent(QApplication.focusWidget() or self.window(), each)
            else:
                each()


class MainWindow(QMainWindow, Retranslated):
    """One open workspace.

    Signals:
        switch_asked(): the person wants another workspace.
        closed_work_asked(function): it needs the workspace closed, is given its folder, and says what it did; then the
            workspace is opened again.
    """

    switch_asked = Signal()
    closed_work_asked = Signal(object)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.follow_language()
        self.session = session
        self.counts = Counts(session)
        self.entries = {e.key: e for e in entries_for(session.role, may_write=session.may_write)}
        self.pages: dict[str, Page] = {}
        self._trail: list[str] = []
        self._looked_up = ""  # the page where something is only looked up: Esc leads back from it
        self._busy: Job | None = None
        self._first_paint: list[Callable[[], object]] = []
        self._till_unlocked: list[Callable[[], object]] = []
        self._early = EarlyKeys(self)
        self._shown = False
        self._cover: overlays.BusyCover | None = None
        self._help: overlays.HelpPanel | None = None
        self.crash_notice: overlays.CrashNotice | None = None
        self.update_watch: updates.UpdateWatch | None = None
        self.file_watch: lost_files.LostFiles | None = None
        self.lock_cover: lock.LockCover | None = None
        self._idle: lock.IdleWatch | None = None
        self._build()
        self._shortcuts()
        self._notices: notices.NoticeStack | None = None
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._focus_moved)
        session.place_asked.connect(self.go)
        session.noticed.connect(self._say)
        session.mended.connect(lambda about: self._notices is not None and self._notices.mended(about))
        session.busy_changed.connect(self._busy_changed)
        session.person_changed.connect(self.retranslate)
        session.data_changed.connect(lambda _changes: self._name_workplace())
        self.counts.changed.connect(self._numbers)
        self.resize(1366, 768)
        self.setMinimumSize(QSize(1024, 600))

    # --- building

    def _build(self) -> None:
        self._org_name: str = ""
        self.workplace: MenuButton = MenuButton(WORKPLACE, "quiet")
        self._name_workplace()
        self.workplace.setProperty("strong", True)
        self._undo_verb = self.workplace.offer(UNDO, self.session.undo)
        self._redo_verb = self.workplace.offer(REDO, self.session.redo)
        self.workplace.menu().aboutToShow.connect(self._name_undo)
        self.workplace.separate()
        self.workplace.offer(OPEN_OTHER, self.switch_asked.emit)
        self.workplace.offer(OPEN_FOLDER, self._open_folder)
        self.workplace.separate()
        self._other_verb = self.workplace.offer(OTHER, self.ask_who)
        self.workplace.offer(LOCK, self.lock)
        self.workplace.offer(QUIT, self.close)
        self.search = SearchBox(self.session, self._find_pages)
        self.search.chosen.connect(self.go)
        self.search.left.connect(self.focus_work)
        self.search.setMinimumWidth(300)
        self.search.setMaximumWidth(460)
        self.year = TextCombo(self._years())
        self.year.setProperty("part", "bar")
        self.year.choose(self.session.year)
        self.year.chosen.connect(self.session.set_year)
        self.say(self.year.setAccessibleName, YEAR_NAME)
        self.language = self.said(button("quiet", self._switch_language), LANGUAGE, LANGUAGE_TIP)
        self.person = button("quiet", self.ask_who)
        give_icon(self.person, "user", "soft_text")
        self.say(self.person.setToolTip, PERSON_TIP)
        self.help_button = button("quiet", self.toggle_help)
        give_icon(self.help_button, "help", "soft_text")
        self.say(self.help_button.setToolTip, HELP_TIP)
        self.say(self.help_button.setAccessibleName, HELP_TIP)
        bar = QFrame()
        bar.setProperty("part", "bar")
        row = across(self.workplace, None, self.search, None, self.year, self.language, self.person, self.help_button,
                     spacing=4, margins=(4, 6, 8, 6))  # fmt: skip
        row.setStretchFactor(self.search, 4)
        bar.setLayout(row)

        self.navigation = Navigation([e for e in self.entries.values() if not e.hidden])
        self.navigation.chosen.connect(self._chosen)
        self.navigation.left.connect(self.focus_work)
        self.stack = QStackedWidget()
        self.stack.setObjectName("pages")
        self.doors = StatusDoors(self.session, self.counts)
        self._right = down((self.stack, 1), self.doors, spacing=0)
        if not self.session.may_write:
            self.person.hide()
            self._right.insertWidget(0, self._look_strip())
        middle = across(self.navigation, (self._right, 1), spacing=0)
        holder = QWidget()
        holder.setLayout(down(bar, (middle, 1), spacing=0))
        self.setCentralWidget(holder)

    def _look_strip(self) -> QWidget:
        """Say above every page that one only looks, and what of a damaged workspace is missing."""
        part = [p.text for p in self.session.workspace.gate if p.code == StorageProblem.PART_SHOWN.code]
        words = self.said(label("strong", wrap=True), part[0] if part else LOOKING)
        leave = self.said(button("", self.switch_asked.emit), TO_START)
        row = across(words, leave, margins=(12, 6, 12, 6))
        row.setStretch(0, 1)
        return card(row, part="strip", state="error" if part else "info")

    def _name_workplace(self) -> None:
        """Say whose window this is, again when the name of the own unit was corrected."""
        name = self.session.workspace.identity.org_name
        if name != self._org_name:
            self._org_name = name
            self.say(self.setWindowTitle, TITLE.format(name=name))
            self.workplace.say(self.workplace.setText, WORKPLACE.format(name=literal(name)))

    def _years(self) -> list[tuple[Text, int]]:
        this_year = self.session.today().year
        wanted = sorted({*range(this_year - 8, this_year + 2), self.session.year} - {ALL_YEARS}, reverse=True)
        return [*((YEAR.format(year=y), y) for y in wanted), (EVERY_YEAR, ALL_YEARS)]

    def _shortcuts(self) -> None:
        for number, key in enumerate([k for k, e in self.entries.items() if not e.hidden][:10]):
            self._on(f"Ctrl+{(number + 1) % 10}", partial(self.open_page, key))
        self._on("Ctrl+K", self._to_search)
        self._on("Ctrl+PgDown", lambda: self.open_page(self.navigation.step(1)))
        self._on("Ctrl+PgUp", lambda: self.open_page(self.navigation.step(-1)))
        self._on("Alt+Left", self.back)
        self._on("F1", self.toggle_help)
        self._on("F5", self._read_again)
        self._on("F6", self._next_region)
        self._on("Ctrl+Z", self.session.undo)
        self._on("Ctrl+Y", self.session.redo)
        self._on("Ctrl+Shift+Z", self.session.redo)
        self._on("Ctrl+L", self.lock)
        self._on("Ctrl+Shift+L", self.ask_who)

    def _on(self, keys: str, act: Callable[[], object]) -> None:
        shortcut = QShortcut(QKeySequence(keys), self)
        shortcut.activated.connect(lambda: None if self.is_locked else self._early.in_turn(act))

    # --- pages

    def page(self, key: str) -> Page:
        """Return a page, built at its first use."""
        if key not in self.pages:
            made = self.entries[key].make(self.session)
            made.counts = self.counts
            self.pages[key] = made
            self.stack.addWidget(made)
        return self.pages[key]

    @property
    def notices(self) -> notices.NoticeStack:
        """The pile of notices, made with the first one."""
        if self._notices is None:
            self._notices = notices.NoticeStack(self.centralWidget())
        return self._notices

    def _say(self, notice: Notice) -> None:
        """Show a notice; one that names no cause is about the page in sight."""
        self.notices.show_notice(notice if notice.about else notice._replace(about=f"page:{self.current_key}"))

    @property
    def current_key(self) -> str:
        found = self.stack.currentWidget()
        return next((k for k, p in self.pages.items() if p is found), "")

    def open_page(self, key: str) -> Page:
        """Bring a page into sight; the keyboard goes to its work."""
        before = self.current_key
        if before and before != key:
            self.pages[before].leave()
            self._looked_up = ""
            self._trail = [*self._trail[-20:], before]
        page = self.page(key)
        self.stack.setCurrentWidget(page)
        self.navigation.show_current(key)
        page.entered()
        if self._help is not None and self._help.isVisible():
            self._help.show_for(key, self.entries[key].label)
        if self._shown:
            page.focus_work()
        return page

    def _chosen(self, key: str) -> None:
        self.open_page(key)

    def go(self, place: Place) -> None:
        """Go to a place: a page, a list, a record."""
        key = place.page or page_of_type(place.record_type)
        if key not in self.entries:
            return
        before = self.current_key
        page = self.open_page(key)
        page.open_place(place)
        self._looked_up = key if place.back and before != key else ""

    def back(self) -> None:
        """Return to the page before."""
        if self._trail:
            key = self._trail.pop()
            self.open_page(key)
            self._trail.pop()

    def focus_work(self) -> None:
        """Put the keyboard into the page."""
        if self.current_key:
            self.pages[self.current_key].focus_work()

    def _focus_moved(self, old: QWidget | None, new: QWidget | None) -> None:
        """What had the keyboard may have gone with what it stood in: then the keyboard goes to the work, not to the frame."""
        if (
            self._shown
            and old is not None
            and (new is None or not self.stack.isAncestorOf(new))
            and self.stack.isAncestorOf(old)
        ):
            QTimer.singleShot(0, self, lambda: self._keep_focus(old))

    def _keep_focus(self, old: QWidget) -> None:
        if not isValid(old) or not old.isVisible():
            now = QApplication.focusWidget()
            if self.isActiveWindow() and (now is None or not self.stack.isAncestorOf(now)) and now is not self.search:
                self.focus_work()

    def _find_pages(self, text: str) -> list[Found]:
        wanted = text.strip().lower()
        return [
            Found(tr(e.label), PAGE, Place(e.key))
            for e in self.entries.values()
            if not e.hidden and (wanted in e.label.zh.lower() or (len(wanted) > 1 and wanted in e.label.en.lower()))
        ]

    # --- verbs of the window

    def _to_search(self) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def _read_again(self) -> None:
        if self.current_key:
            self.pages[self.current_key].reload(None)
        self.counts.refresh()

    def _next_region(self) -> None:
        focus = self.focusWidget()
        if focus is not None and self.navigation.isAncestorOf(focus):
            self.focus_work()
        elif focus is not None and self.stack.isAncestorOf(focus):
            self.doors.drafts.setFocus(Qt.FocusReason.ShortcutFocusReason)
        else:
            self.navigation.focus()

    def toggle_help(self) -> None:
        """Open or close the help of the page in sight."""
        if self._help is None:
            self._help = overlays.HelpPanel(self.stack)
            self._help.closed.connect(self.focus_work)
        if self._help.isVisible():
            self._help.shut()
        elif self.current_key:
            self._help.show_for(self.current_key, self.entries[self.current_key].label)

    def _switch_language(self) -> None:
        self.set_language(ENGLISH if i18n.language() == CHINESE else CHINESE)

    def set_language(self, name: str) -> None:
        """Switch the language and remember it."""
        i18n.set_language(name)
        self.session.workspace.settings.set("language", name)

    def set_theme(self, name: str, large: bool) -> None:
        """Switch the look and remember it."""
        theme.apply(name, large=large)
        self.session.workspace.settings.set("theme", name)
        self.session.workspace.settings.set("large_print", "1" if large else "")

    def _name_undo(self) -> None:
        """Say in the menu what undo and redo would do."""
        actions = self.session.workspace.actions
        for verb, action, plain, named, keys in (
            (self._undo_verb, actions.last, UNDO, UNDO_IT, "Ctrl+Z"), (self._redo_verb, actions.next, REDO, REDO_IT, "Ctrl+Y"),
        ):  # fmt: skip
            text = tr(plain) if action is None else tr(named, what=self.session.name_of(action))
            verb.setText(f"{literal(text)}\t{keys}")
            verb.setEnabled(action is not None and self.session.may_write)

    def _open_folder(self) -> None:
        actions.show_in_folder(self.session.workspace.database_path)

    # --- what lies over the pages

    def _busy_changed(self, job: Job | None) -> None:
        self._busy = job
        if job is not None and self._cover is None:
            self._cover = overlays.BusyCover(self.centralWidget())
        if self._cover is not None:
            self._cover.cover(job)
        if job is None:
            self.focus_work()

    @property
    def is_locked(self) -> bool:
        return self.lock_cover is not None and not self.lock_cover.isHidden()

    def lock(self, *, may_go_back: bool = False) -> None:
        """Cover the work until somebody says who is there."""
        if self.lock_cover is None:
            self.lock_cover = lock.LockCover(self, self.session)
            self.lock_cover.opened.connect(self._unlocked)
            self.lock_cover.leaving.connect(self._put_away)
        self.lock_cover.lock(may_go_back=may_go_back)

    def ask_who(self) -> None:
        """Let another person sign in; where there are no accounts, go to where one says who works here."""
        if self.session.workspace.has_accounts:
            self.lock(may_go_back=self.session.workspace.identity.account is not None)
        else:
            self.go(Place("settings", state="person"))

    def sign_in_if_it_is(self, name: str, pin: str) -> None:
        """Sign somebody in whose password for the workspace is their PIN, too; else the cover goes on asking."""
        if self.is_locked and self.lock_cover is not None:
            self.lock_cover.try_first(name, pin)

    def _put_away(self) -> None:
        """Keep what is typed as drafts of who typed it, and close every page: the next person opens none of it."""
        for page in self.pages.values():
            page.leave()
            self.stack.removeWidget(page)
            page.deleteLater()
        self.pages.clear()
        self._trail.clear()
        self._looked_up = ""
        self.session.cache.clear()
        if self._notices is not None:
            while self._notices.dismiss_newest():
                pass

    def _unlocked(self) -> None:
        if not self.current_key:
            self.open_page(next(iter(self.entries)))
            self.counts.refresh()
        if not self.stack.isAncestorOf(QApplication.focusWidget() or self):
            self.focus_work()
        waiting, self._till_unlocked = self._till_unlocked, []
        for act in waiting:
            act()

    def when_unlocked(self, act: Callable[[], object]) -> None:
        """Do something now, or when the window is locked as soon as it is not."""
        if self.is_locked:
            self._till_unlocked.append(act)
        else:
            act()

    def _crash_strip(self) -> overlays.CrashNotice:
        if self.crash_notice is None:
            self.crash_notice = overlays.CrashNotice()
            self._right.insertWidget(0, self.crash_notice)
        return self.crash_notice

    def show_crash(self, report: Report) -> None:
        """Say that something unexpected happened."""
        self._crash_strip().tell(report)

    def show_fault(self, trace: str) -> None:
        """Say that the last run ended unexpectedly."""
        self._crash_strip().tell_left(trace)

    def _numbers(self) -> None:
        now = self.counts.now
        asked = now.of(State.CONFLICT) if self.session.is_county else now.in_question
        self.navigation.set_number("today", now.drafts + asked, urgent=asked > 0)
        self.navigation.set_number("exchange", 0 if self.session.is_county else now.to_send)
        self.navigation.set_number("inbox", now.quarantined, urgent=True)

    def retranslate(self) -> None:
        super().retranslate()
        author = self.session.workspace.identity.author
        self.person.setText(literal(author) or tr(NO_PERSON))

    # --- events

    def after_first_paint(self, act: Callable[[], object]) -> None:
        """Do something once the window is on the screen."""
        if self._shown:
            act()
        else:
            self._first_paint.append(act)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        super().showEvent(event)
        if not self._shown:
            self.retranslate()
            self._early.setFocus()
            self.windowHandle().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """The frame comes to the screen with the event that is looked at here; what it shows is made after it."""
        if event.type() is QEvent.Type.Expose:
            watched.removeEventFilter(self)
            QTimer.singleShot(0, self, self._painted)
        return super().eventFilter(watched, event)

    def _painted(self) -> None:
        if (
            self._shown or not self.isVisible()
        ):  # closed again before it came to the screen: its workspace is closed too
            return
        self._shown = True
        try:
            workspace = self.session.workspace
            if workspace.has_accounts and workspace.identity.account is None:
                self.lock()  # nothing of the work is made before somebody has signed in
            elif not self.current_key:  # the frame is on the screen first, then the work
                self.open_page(next(iter(self.entries)))
            self.counts.refresh()
            self.focus_work()
        finally:
            self._early.hand_on()
        waiting, self._first_paint = self._first_paint, []
        for act in waiting:
            act()
        if self.session.may_write:
            self.when_unlocked(lambda: left_drafts.begin(self.session))
        QTimer.singleShot(LOAD_AFTER_MS, self, self._load_ahead)
        QTimer.singleShot(WATCH_AFTER_MS, self, self._watch)

    def _load_ahead(self) -> None:
        """Load what the other pages need while nobody waits for it."""
        if self._is_in_use():
            self.style()  # Qt's style and its enumerations are made for Python when it is first asked for
            self.session.ask(
                self,
                lambda context: load_ahead(self.entries.values(), context.reader),
                on_done=lambda _done: None,
                on_error=lambda error: log.ui.info("not loaded ahead: %s", error),  # who asks for it is told
            )

    def _is_in_use(self) -> bool:
        """Whether the window is there still: what was put off is not done for one that was closed meanwhile."""
        return self.isVisible() and not self.session.closed

    def _watch(self) -> None:
        """Look for newer versions of the program now and then, long after the first paint."""
        if not self._is_in_use():
            return
        if self.session.may_write:
            self.update_watch = updates.UpdateWatch(self.session)
            self.update_watch.look()
        self.file_watch = lost_files.LostFiles(self.session)
        self.file_watch.look()
        self._idle = lock.IdleWatch(lambda: 0 if self.session.closed else lock.minutes_of(self.session.workspace), self)
        self._idle.idle.connect(self.lock)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() == Qt.Key.Key_Escape:
            if self._help is not None and self._help.isVisible():
                self._help.shut()
                return
            closed = bool(self.current_key and self.pages[self.current_key].escape())
            if self._looked_up and self._looked_up == self.current_key:
                self.back()
            elif not closed:
                self.notices.dismiss_newest()
            return
        super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        if self._busy is not None:
            self.session.say(WRITING, "warn")
            event.ignore()
            return
        for page in self.pages.values():
            page.leave()
        self.counts.stop()
        for watch in (self.update_watch, self.file_watch):
            if watch is not None:
                watch.stop()
        try:
            self.session.workspace.look()
        except UserError as error:  # last saved into a file that is gone: it was rescued, and that is said now
            messages.show_error(self, error)
        super().closeEvent(event)
