"""The application: style, fonts, language, crash reports, and which window is open."""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSize, Qt, QTimer
from PySide6.QtGui import QFontDatabase, QGuiApplication, QIcon
from PySide6.QtWidgets import QApplication, QWidget

from station_app import __version__, paths
from station_app.domain.problems import UserError
from station_app.domain.program_version import is_newer
from station_app.domain.text import CHINESE, ENGLISH, Text
from station_app.exchange import opening
from station_app.exchange.update import applying
from station_app.logs import Own, log
from station_app.storage import protection
from station_app.storage.problems import StorageProblem
from station_app.storage.workspace import Workspace
from station_app.ui import crash, handover, i18n, opened_file, qt_start, qt_words, recent, start_window, theme
from station_app.ui.main_window import MainWindow
from station_app.ui.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable


IN_USE, LOCKED = StorageProblem.IN_USE.code, StorageProblem.LOCKED.code
HANDED_OVER = Text(
    "这个工作站已经打开，已请那个窗口处理。", "This workspace is open already; its window was asked to go on."
)
UPDATED = Text("程序已更新到 {version}（原来是 {before}）。", "The program was updated to {version} (from {before}).")
SEEN = "program.seen"
LISTEN_AFTER_MS = 300
FRAME, TITLE_BAR = 4, 40  # what a desktop puts around a window, in pixels; the real figures are known once it is shown
WITHOUT_SCREEN = ("offscreen", "minimal")
TURN_SECONDS = 0.0005  # Python's own 5 ms: each call into Qt waits that long for a job that computes beside it
MEASURE = "GRASSLAND_MEASURE_START"  # 1: leave after the first paint, for the figures of the build report


def make_application(arguments: list[str] | None = None) -> QApplication:
    """Return the QApplication with style, fonts and look; the one there is when there is one."""
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        app = existing
    else:
        # The wheel holds no fcitx plugin; fcitx answers the ibus protocol. UOS and Kylin name fcitx in their sessions.
        wanted = os.environ.get("QT_IM_MODULE") or os.environ.get("XMODIFIERS", "").replace("@im=", "")
        if sys.platform.startswith("linux") and wanted.startswith("fcitx"):
            os.environ["QT_IM_MODULE"] = "ibus"
        # As an argument: what setStyle returns would have Qt's style with all its enumerations made for Python.
        app = qt_start.make([*(arguments if arguments is not None else sys.argv[:1]), "-style", "Fusion"])
    sys.setswitchinterval(TURN_SECONDS)
    app.setApplicationName("grassland-station")
    app.setApplicationVersion(__version__)
    app.setDesktopFileName("grassland-station")
    load_fonts()
    app.setWindowIcon(QIcon(str(paths.resource("icons", "grassland-station.svg"))))
    return app


def show_fitting(window: QWidget) -> None:
    """Show a window, filling the screen where its own size with a title bar would not fit beside the desktop's panels."""
    room = window.screen().availableSize() - QSize(2 * FRAME, TITLE_BAR)
    if QGuiApplication.platformName() not in WITHOUT_SCREEN and room.boundedTo(window.size()) != window.size():
        window.showMaximized()
    else:
        window.show()


_fonts_loaded = False


def load_fonts() -> None:
    """Make the fonts of the resource folder known, once."""
    global _fonts_loaded
    if _fonts_loaded:
        return
    _fonts_loaded = True
    for file in sorted(paths.resource("fonts").glob("*.ttf")):
        if QFontDatabase.addApplicationFont(str(file)) < 0:
            log.ui.warning("font %s cannot be read", Own(file.name))


class Shell(QObject):
    """Opens and closes windows: the start page, or one workspace."""

    def __init__(self, app: QApplication, reporter: crash.CrashReporter, *, language: str | None = None,
                 look: str | None = None) -> None:  # fmt: skip
        super().__init__(app)
        self._app = app
        self.reporter = reporter
        self._language, self._look = language, look
        self.start: start_window.StartWindow | None = None
        self.window: MainWindow | None = None
        self.handed_over = False
        self.afterwards: applying.Launch | None = None
        self._bell: handover.Doorbell | None = None
        self._left = ""
        self._wished: tuple[Path, opening.Wish | None, bool] | None = None  # what is done when a workspace was unlocked
        app.aboutToQuit.connect(self.close)

    # --- windows

    def show_start(
        self, error: UserError | None = None, wish: opening.Wish | None = None, folder: Path | None = None
    ) -> start_window.StartWindow:
        """Show the start page, with a file it looks at, or with what is wrong (in ``folder``): that must not be written over."""
        if self._language:
            i18n.set_language(self._language)
        if self.start is None:
            theme.apply(self._look or theme.current_name(), large=False)
            self.start = start_window.StartWindow()
            self.start.chosen.connect(self.open)
            self.start.look_asked.connect(partial(self.open, look=True))
            self.start.unlocked.connect(self._unlocked)
            self.start.leave_asked.connect(self.leave)
        show_fitting(self.start)
        if wish is not None:
            self.start.look_at(wish, quiet=error is not None)
        if error is not None:
            log.ui.warning("not opened: %s", error)
            self.start.show_error(error, folder)
        return self.start

    def open(self, folder: Path, wish: opening.Wish | None = None, *, look: bool = False) -> MainWindow | None:
        """Open a workspace in place of what is open, and show what was wished there; ``look``: to look at only.

        A workspace that is open in another window gets the wish handed over; other refusals are said on the start page.
        """
        self._close_window()
        try:
            workspace = Workspace.open_to_look(folder) if look else Workspace.open(folder)
        except UserError as error:
            if not look and error.code == IN_USE and self._hand_over(folder, wish):
                return None
            if error.code == LOCKED:
                self._wished = (folder, wish, look)
                self.show_start().begin_unlock(folder)
                return None
            self.show_start(error, wish, folder)
            return None
        workspace.begin_log("window")
        self._left = crash.watch_faults(workspace.log_folder)
        window, identity = self._show(workspace), workspace.identity
        window.after_first_paint(
            lambda: recent.remember(folder, identity.org_name, identity.role.value, training=workspace.is_training)
        )
        if wish is not None:
            window.after_first_paint(lambda: window.when_unlocked(lambda: self._take(window, wish)))
        if self.start is not None:
            self.start.close()
            self.start.deleteLater()
            self.start = None
        return window

    def _unlocked(self, folder: Path, secret: str, whose: str) -> None:
        """Open what was unlocked, with what was wished there; a password that is somebody's PIN, too, signs them in."""
        wished, self._wished = self._wished, None
        _, wish, look = wished if wished is not None and wished[0] == folder else (folder, None, False)
        window = self.open(folder, wish, look=look)
        if window is not None and whose:
            window.after_first_paint(lambda: window.sign_in_if_it_is(whose, secret))

    def _hand_over(self, folder: Path, wish: opening.Wish | None) -> bool:
        self.handed_over = handover.offer(folder, wish.path if wish is not None else None)
        return self.handed_over

    def _show(self, workspace: Workspace) -> MainWindow:
        settings = workspace.settings
        stored = settings.get("language")
        i18n.set_language(self._language or (stored if stored in (CHINESE, ENGLISH) else i18n.language()))
        look = self._look or settings.get("theme", theme.ThemeName.LIGHT.value)
        if look not in {t.value for t in theme.ThemeName}:
            look = theme.ThemeName.LIGHT.value
        theme.apply(look, large=settings.get("large_print") == "1")
        window = MainWindow(Session(workspace))
        window.switch_asked.connect(self._switch)
        window.closed_work_asked.connect(self._while_closed)
        window.session.leave_asked.connect(self.leave)
        self.window = window
        show_fitting(window)
        self.reporter.attach(window.show_crash)
        if self._left:
            window.after_first_paint(lambda: window.show_fault(self._left))
        if os.environ.get(MEASURE) == "1":
            window.after_first_paint(lambda: QTimer.singleShot(0, window, QApplication.quit))
        window.after_first_paint(lambda: QTimer.singleShot(LISTEN_AFTER_MS, window, lambda: self._settled(window)))
        return window

    def _settled(self, window: MainWindow) -> None:
        """What may wait until the window is on the screen: listen for a second start, note a new program version."""
        if self.window is not window or not window.session.may_write:
            return
        self._bell = handover.Doorbell(window.session.workspace.folder, self.ring)
        settings = window.session.workspace.settings
        seen = settings.get(SEEN)
        if seen != __version__:
            settings.set(SEEN, __version__)
            if seen and is_newer(__version__, seen):
                window.session.say(UPDATED.format(version=__version__, before=seen), "ok", lasting=True)
                applying.clean_up(__version__)

    # --- what arrives

    def ring(self, path: Path | None) -> None:
        """A second start rang: come to the front and look at the file it names."""
        window = self.window
        if window is None:
            return
        window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
        window.raise_()
        window.activateWindow()
        if path is None:
            return
        try:
            wish = opening.wish_for(path)
        except UserError as error:
            window.session.show_error(error)
            return
        if wish.what is not opening.What.WORKSPACE:
            window.when_unlocked(lambda: self._take(window, wish))

    @staticmethod
    def _take(window: MainWindow, wish: opening.Wish) -> None:
        opened_file.show_file(window, wish)

    # --- leaving

    def leave(self, launch: applying.Launch) -> None:
        """Close everything; ``launch`` runs when this process has ended."""
        if self.window is not None and not self.window.close():
            return
        self.afterwards = launch
        self._app.quit()

    def _switch(self) -> None:
        if self.window is not None and self.window.close():
            folder = self.window.session.workspace.folder
            self.show_start()
            self._close_window()
            protection.lock(folder)  # who opens it again is asked

    def _while_closed(self, work: Callable[[Path], Text]) -> None:
        """Do what needs the workspace closed, and open it again; what was wrong is said where it then stands open."""
        if self.window is None or not self.window.close():
            return
        folder = self.window.session.workspace.folder
        self._close_window()
        try:
            text, state = work(folder), "ok"
        except UserError as error:
            text, state = Text(f"{error.text.zh}（{error.code}）", f"{error.text.en} ({error.code})"), "error"
        window = self.open(folder)
        if window is not None:
            window.session.say(text, state, lasting=True)

    def _close_window(self) -> None:
        if self._bell is not None:
            self._bell.close()
            self._bell = None
        if self.window is not None:
            window, self.window = self.window, None
            self.reporter.detach()
            window.hide()
            window.session.close()
            window.session.deleteLater()
            window.deleteLater()

    def close(self) -> None:
        """Close the workspace; called when the application ends."""
        self._close_window()
        crash.stop_watching()


def run(folder: Path | None = None, *, language: str | None = None, look: str | None = None, wish: opening.Wish | None = None,
        say: Callable[[Text], None] | None = None, read_only: bool = False) -> int:  # fmt: skip
    """Open the window on a workspace, or the start page, and stay until it is closed; return the exit code.

    Raises:
        UserError: UPD-034 an installer that was to run after the window cannot be started.
    """
    reporter = crash.CrashReporter()
    reporter.install()
    try:
        app = make_application()
        shell = Shell(app, reporter, language=language, look=look)
        if folder is None:
            shell.show_start(wish=wish)
        else:
            shell.open(folder, wish, look=read_only)
        if shell.window is not None:
            shell.window.after_first_paint(lambda: qt_words.QtWords(app))
        else:
            qt_words.QtWords(app)
        if shell.handed_over:
            if say is not None:
                say(HANDED_OVER)
            return 0
        if sys.platform == "win32":
            handover.note_running()
        code = app.exec()
    finally:
        reporter.uninstall()
    if shell.afterwards is not None:
        applying.start(shell.afterwards)
    return code
