"""The tour: opens every page and dialog of a workspace, saves a picture of each, and says what does not look right.

Used by ``grassland-station tour``, by the demo and by tests. What it says: text that is clipped, names that only the
program knows (keys, tables, types), and in Chinese screens words without a Chinese character that are not on the list of things
that have none.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication, QEvent, QRect, Qt, QTimer
from PySide6.QtGui import QFont, QFontMetrics, QImage, QInputMethodEvent, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QCheckBox,
    QComboBox,
    QDialog,
    QLabel,
    QLineEdit,
    QPushButton,
    QTabBar,
    QTableView,
    QWidget,
)

from station_app.county.training import DAY
from station_app.domain.problems import Problem, Severity, UserError
from station_app.domain.records.household import Household
from station_app.domain.registry import Role
from station_app.domain.text import CHINESE, ENGLISH, Text
from station_app.exchange.package import sshsig
from station_app.exchange.update import applying, finding, installed, reading
from station_app.exchange.update.manifest import Manifest, Payload
from station_app.storage.clock import Clock
from station_app.storage.reader import Filter, Query
from station_app.storage.workspace import Workspace
from station_app.ui import actions, crash, i18n, messages, qt_words, theme
from station_app.ui.application import make_application
from station_app.ui.figure_table import FigureModel
from station_app.ui.jobs import Context
from station_app.ui.main_window import MainWindow
from station_app.ui.parts import ElidedLabel, LinkLine
from station_app.ui.session import Place, Session
from station_app.ui.start_window import StartWindow

SIZE = (1366, 768)
WAIT_MS = 300_000  # for what must come, on a machine that does ten other things; no budget

# Names, codes, keys and units that are the same in every language.
ALLOWED_ASCII = re.compile(
    r"""^(?:
        [\d\s.,:;/%()\[\]+×✓●·…°²³\-–—*#"'|&<>=_]*            # figures and signs
        | EN | English | (?:Ctrl|Alt)\+.* | Enter | Esc | F\d+ | Excel | xlsx
        | [A-Z]{2,4}-\d{3}                                     # codes of findings
        | …?[A-Za-z0-9_.\-/\\:+=~ ]*[\d_/\\][A-Za-z0-9_.\-/\\:+=~ ]*  # file names, ids, places, editions
        | [a-z0-9./_\-]+@[\w.]+ | [a-z0-9]+(?:-[a-z0-9]+)+       # coefficient sets by name
        | SHA256:\S+ | \S+![A-Z]+\d+                               # keys; cells of a sheet
        | [A-Z](?:[ ,/][A-Z]\S*)*                              # marks
        | (?:S\d+|[A-Z]{1,3})(?:[;, ].*)?                      # source marks
        | kg|g|cm|m|mm|ha|hm²|m²|t|pH|GB|UUID|RFC.*
    )$""",
    re.VERBOSE,
)
# Never on a screen: keys of records and rows, names of our tables and of record types.
INTERNAL = re.compile(
    r"""new-[0-9a-f]{6,} | [0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}- | (?<![0-9A-Za-z:+/=_])(?=[0-9]*[a-f])[0-9a-f]{12,}(?![0-9A-Za-z+/=_])
      | \b\w+\.(?:db|sqlite)\b | \b[a-z]+(?:_[a-z]+)+\.csv\b | (?<![\w./\\-])[a-z]+(?:_[a-z]+)+(?![\w./\\-])""",
    re.VERBOSE,
)
HAN = re.compile(r"[㐀-鿿]")
LATIN_WORD = re.compile(r"[A-Za-z]{3,}")


def internal_name(text: str) -> str:
    """Return the first name in a text that only the program knows: a key, a table or file of ours, a type; else nothing."""
    found = INTERNAL.search(text)
    return found[0] if found is not None else ""


class Tour:
    """One walk through a window."""

    def __init__(self, out: Path, language: str, look: str) -> None:
        self.out = out
        self.language = language
        self.look = look
        self.pictures: list[Path] = []
        self.findings: list[str] = []
        self._seen: set[str] = set()
        out.mkdir(parents=True, exist_ok=True)

    # --- pictures

    def settle(self, window: QWidget, ready: Callable[[], bool] | None = None) -> None:
        """Let the window draw and its jobs come back."""
        waited = 0
        for _ in range(6):
            QApplication.processEvents()
        while ready is not None and not ready() and waited < WAIT_MS:
            QTest.qWait(20)
            waited += 20
        if isinstance(window, MainWindow) and ready is None:
            window.session.jobs.wait(WAIT_MS)
        QTest.qWait(30)
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        QApplication.processEvents()

    def shoot(self, name: str, widget: QWidget) -> None:
        QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)  # what has just been said has its place
        path = self.out / f"{len(self.pictures) + 1:03d}-{name}.png"
        widget.grab().save(str(path), "PNG", 80)  # hardly larger, in half the time
        self.pictures.append(path)
        self.judge(name, widget)

    # --- judging

    def judge(self, name: str, root: QWidget) -> None:
        """Note clipped texts, in Chinese screens texts without Chinese, and what stands in a window of its own by mistake."""
        for widget in QApplication.topLevelWidgets():
            astray = widget.windowType() is Qt.WindowType.Window and not widget.windowTitle()
            if astray and widget.isVisible() and widget is not root:
                self._note(name, "astray", widget, " ".join(self._texts(widget)))
        for widget in root.findChildren(QWidget):
            if not widget.isVisible() or widget.visibleRegion().isEmpty():
                continue
            for text in self._texts(widget):
                if self.language == CHINESE:
                    self._judge_language(name, widget, text)
                if ours := internal_name(text):
                    self._note(name, "internal", widget, ours)
            if clipped := self._is_clipped(widget) or self._is_cut_off(widget):
                self._note(name, "clipped", widget, clipped)

    def _texts(self, widget: QWidget) -> Iterator[str]:
        """Yield what a widget says in the program's own words; what a source says stands as it was published."""
        if widget.property("published"):
            return
        if isinstance(widget, QLabel | QAbstractButton):
            yield widget.text()
        elif isinstance(widget, QTabBar):
            for index in range(widget.count()):
                yield widget.tabText(index)
        elif isinstance(widget, QComboBox):
            yield widget.currentText()
        elif isinstance(widget, QLineEdit):
            yield widget.placeholderText()
        elif isinstance(widget, QTableView) and widget.model() is not None:
            model = widget.model()
            for section in range(model.columnCount()):
                yield str(model.headerData(section, Qt.Orientation.Horizontal) or "")
            for row in range(min(model.rowCount(), 12)):
                for column in range(model.columnCount()):
                    if isinstance(model, FigureModel) and model.columns[column].published:
                        continue
                    value = model.index(row, column).data()
                    if isinstance(value, str):
                        yield value

    def _judge_language(self, name: str, widget: QWidget, text: str) -> None:
        plain = text.replace("&", "").strip()
        if plain and not HAN.search(plain) and LATIN_WORD.search(plain) and not ALLOWED_ASCII.match(plain):
            self._note(name, "english", widget, plain)

    @staticmethod
    def _is_cut_off(widget: QWidget) -> str:
        """Whether the right side of a text lies outside what holds it."""
        if not isinstance(widget, QLabel | QPushButton) or not widget.text() or isinstance(widget.parent(), QTabBar):
            return ""
        return widget.text() if widget.visibleRegion().boundingRect().width() < widget.width() - 2 else ""

    @staticmethod
    def _is_clipped(widget: QWidget) -> str:
        if isinstance(widget, ElidedLabel | LinkLine):
            return ""
        if isinstance(widget, QLabel):
            if not widget.text() or widget.pixmap().width():
                return ""
            room = widget.contentsRect()
            if widget.wordWrap():
                needed = widget.heightForWidth(widget.width())
                return widget.text() if needed > widget.height() + 2 else ""
            need = widget.fontMetrics().horizontalAdvance(widget.text())
            return widget.text() if need > room.width() + 1 and widget.minimumWidth() == 0 else ""
        if isinstance(widget, QPushButton | QCheckBox):
            text = widget.text().replace("&", "")
            if text and widget.sizeHint().width() > widget.width() + 1:
                return text
        if isinstance(widget, QComboBox):
            need = widget.fontMetrics().horizontalAdvance(widget.currentText()) + 30
            return widget.currentText() if need > widget.width() + 2 else ""
        return ""

    def _note(self, name: str, kind: str, widget: QWidget, text: str) -> None:
        said = f"{self.language}/{self.look} {name}: {kind}: {text[:60]!r} ({type(widget).__name__})"
        if said not in self._seen:
            self._seen.add(said)
            self.findings.append(said)

    # --- the walk

    def walk(self, window: MainWindow) -> None:
        """Open every page of a window, its parts, and what lies over it."""
        self.settle(window, lambda: window.counts.known)
        for key, entry in window.entries.items():
            page = window.open_page(key)
            self.settle(window)
            if not entry.hidden:
                self.shoot(key, window)
            for part, place in page.parts_for_tour():
                if getattr(page, "current", "") == part:
                    continue  # the first tab is in the picture of the page
                window.go(place)
                self.settle(window)
                self.shoot(f"{key}-{part}", window)
            self._records(window, key)
        self._plans(window)
        self._today_checked(window)
        self._search(window)
        self._help(window)
        self._refused(window)
        self._void(window)
        self._update(window)
        self._dialogs(window)
        window.lock()
        self.settle(window)
        self.shoot("locked", window)

    def _records(self, window: MainWindow, key: str) -> None:
        """Open the first record of the main list of a page, each tab of it, and an empty form."""
        page: Any = window.pages[key]
        for type_name in page.entry.types if hasattr(page, "sections") else ():
            page.choose(type_name)
            section = page.sections.get(type_name)
            if section is None:
                continue
            if not window.session.read.type_counts().get(type_name):
                continue
            section.open(window.session.read.rows(Query(type_name), limit=1)[0].record_id)
            self.settle(window)
            for tab, _ in section.detail.tabs.items():
                section.detail.tabs.choose(tab)
                self.settle(window)
                self.shoot(f"{key}-{type_name}-{tab}", window)
            section.detail.close_panel()
            if section.new_button is not None and type_name == page.entry.types[0]:
                section.new()
                self.settle(window)
                self.shoot(f"{key}-{type_name}-new", window)
                section.detail.form.submit()
                self.settle(window)
                self.shoot(f"{key}-{type_name}-problems", window)
                section.detail.form.discard()
                section.detail.close_panel()
            self.settle(window)

    def _plans(self, window: MainWindow) -> None:
        """What a workbook and a package would change, before anything is written."""
        if window.session.may_author("household"):
            file = self.out / "example.csv"
            file.write_text("嘎查村代码,户编码,户主姓名,家庭人口\n152522200201,1525222002010090,示例新户,4\n"
                            "152522200201,152522,示例错户,-1\n", encoding="utf-8")  # fmt: skip
            page: Any = window.open_page("households")
            page.choose("household")
            page.section.begin_import(file)
            self.settle(window, lambda: page.section._import.plan is not None)
            self.shoot("import-plan", window)
            page.section.escape()
            file.unlink()
        packages = sorted((window.session.workspace.folder / "inbox").glob("*_GSP_*.zip"))
        if "inbox" in window.entries and packages:
            inbox: Any = window.open_page("inbox")
            package = self.out / packages[0].name.partition("_")[2]  # as it arrived, without the mark it is kept under
            shutil.copyfile(packages[0], package)
            inbox.look(package)
            self.settle(window, lambda: inbox.plan_view.plan is not None)
            self.shoot("inbox-plan", window)
            inbox.close_plan()
            package.unlink()

    def _today_checked(self, window: MainWindow) -> None:
        page: Any = window.open_page("today")
        if not window.session.is_county:
            page.check()
            self.settle(window, lambda: page.look is not None)
            self.shoot("today-checked", window)

    def _search(self, window: MainWindow) -> None:
        row = window.session.read.rows(Query(Household), limit=1)
        window.search.setText(row[0].record.head_name[:3] if row else "草")
        window.search.look()
        self.settle(window)
        self.shoot("search", window)
        window.search.setText("qqqq")
        window.search.look()
        self.settle(window)
        self.shoot("search-nothing", window)
        window.search.clear()
        window.search.hide_results()

    def _help(self, window: MainWindow) -> None:
        window.toggle_help()
        self.settle(window)
        self.shoot("help", window)
        window.toggle_help()

    def _refused(self, window: MainWindow) -> None:
        """A notice of each kind, the cover of a running job, and the crash notice."""
        session = window.session
        session.say(Text("示例牧户一：已保存。", "Example household: saved."), "ok",
                    action_text=Text("撤销", "Undo"), action=lambda: None)  # fmt: skip
        session.show_error(UserError("PKG-060", Text("没有要上报的内容。", "There is nothing to send.")))
        self.settle(window)
        self.shoot("notices", window)
        while window.notices.dismiss_newest():
            pass
        blocked = {"stop": False}

        def work(_workspace: Workspace, context: Context) -> None:
            import time

            while not context.cancelled and not blocked["stop"]:
                context.progress(120, 480, Text("正在保存", "Saving"))
                time.sleep(0.02)

        session.write(work, title=Text("正在导入 名册.xlsx", "Importing roster.xlsx"))
        QTest.qWait(250)
        self.shoot("busy", window)
        blocked["stop"] = True
        self.settle(window, lambda: window._busy is None)
        window.show_crash(
            crash.Report("Example", "ValueError (example.py:1)", "Grassland Station\n  example.py:1 example")
        )
        self.settle(window)
        self.shoot("crash", window)
        if window.crash_notice is not None:
            window.crash_notice.hide()

    def _void(self, window: MainWindow) -> None:
        rows = window.session.read.rows(Query(Household), limit=1)
        if not rows or not window.session.may_author("household"):
            return
        window.go(Place(record_type="household", record_id=rows[0].record_id))
        self.settle(window)
        page: Any = window.pages["households"]
        page.section.detail.ask_void()
        self.settle(window)
        self.shoot("void-reason", window)
        page.section.detail.escape()
        page.section.detail.close_panel()

    def _update(self, window: MainWindow) -> None:
        """An update that fits, one that is refused, the command for those who may not install, and the line on Today."""
        payload = Payload("linux-x86_64-deb", "grassland-station_99.0.0_amd64.deb", 1, "0" * 64)
        notes = Text("示例：样方表可以批量粘贴；修正两处问题。", "Example: quadrats take pasted blocks; two fixes.")
        manifest = Manifest("99.0.0", DAY, "0.1.0", 1, notes, {payload.platform: payload})
        opened = reading.Opened(self.out / manifest.file_name, manifest, sshsig.PublicKey(b""))
        here = installed.Installed("0.1.0", "linux-x86_64", installed.DEB, Path("/opt"), Path("/opt"))
        page: Any = window.open_page("settings")
        page.choose("general")
        view = page.views["general"]
        panel = view.updates.panel
        plan = applying.Plan(opened, here, payload, ())
        panel.show_plan(plan)
        view.area.ensureWidgetVisible(panel)
        self.settle(window)
        self.shoot("update-fits", window)
        panel._ready(
            (
                applying.Prepared(plan, None, opened.path, opened.path),
                applying.Launch((), None, f"sudo apt-get install {payload.name}"),
            )
        )
        self.settle(window)
        view.area.ensureWidgetVisible(panel)
        self.shoot("update-by-hand", window)
        old = installed.Installed("100.0.0", "linux-loongarch64", installed.DEB, Path("/opt"), Path("/opt"))
        panel.show_plan(applying.Plan(opened, old, None, tuple(applying.judge(manifest, old))))
        self.settle(window)
        view.area.ensureWidgetVisible(panel)
        self.shoot("update-refused", window)
        panel.shut()
        window.session.update = finding.Candidate(opened.path, opened, ())
        window.session.update_found.emit()
        window.open_page("today")
        self.settle(window)
        self.shoot("update-today", window)
        window.session.update = None
        window.session.update_found.emit()

    def _dialogs(self, window: MainWindow) -> None:
        """The boxes of ``messages``: each is opened, pictured, closed."""
        problem = Problem("FLD-001", Severity.ERROR, Text("身份证号第 18 位应为 X。请核对证件。",
                          "Digit 18 of the identity number should be X. Check the document."), place="第 12 行")  # fmt: skip
        error = UserError("REC-001", Text("有 1 处必须改正。", "One place must be put right."), problems=(problem,))
        self._box("dialog-error", lambda: messages.show_error(window, error))
        self._box("dialog-problems", lambda: messages.show_problems(window, Text("导入", "Import"), [problem]))
        self._box("dialog-card", lambda: messages.ask(
            window, actions.TRUST_CARD.format(name="阿巴嘎旗草原工作站"), yes=actions.REGISTER, no=actions.NOT_YET,
            detail=actions.CARD_DETAIL.format(code="152522", device="0123456789", fingerprint="SHA256:…")))  # fmt: skip

    def _box(self, name: str, open_it: Callable[[], object]) -> None:
        def picture() -> None:
            box = QApplication.activeModalWidget()
            if isinstance(box, QDialog):
                self.shoot(name, box)
                box.reject()

        QTimer.singleShot(150, picture)
        open_it()
        self.settle(QApplication.activeWindow() or QWidget())

    def start(self) -> None:
        window = StartWindow()
        window.resize(*SIZE)
        window.show()
        self.settle(window)
        self.shoot("start", window)
        window.begin_new(Role.STATION)
        self.settle(window)
        window.form.create_workspace()
        self.settle(window)
        self.shoot("start-new", window)
        window.close()
        window.deleteLater()
        self.settle(window)


def run_tour(workspace: Path, out: Path, *, language: str = CHINESE, theme: str = "light", large: bool = False
             ) -> dict[str, object]:  # fmt: skip
    """Walk through a workspace; return pictures (paths) and findings, also written to ``report.json``."""
    app = make_application()
    app.setQuitOnLastWindowClosed(False)
    tour = Tour(out, language, theme)
    before = i18n.language()
    i18n.set_language(language)
    _apply(theme, large)
    session = Session(Workspace.open(workspace, Clock.standing(DAY)))
    session._year = DAY.year
    window = MainWindow(session)
    try:
        if not session.is_county:
            tour.start()
        window.resize(*SIZE)
        window.show()
        tour.walk(window)
    finally:
        window.close()
        session.close()
        session.deleteLater()
        window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        i18n.set_language(before)
    report: dict[str, object] = {"pictures": [str(p) for p in tour.pictures], "findings": tour.findings}
    (out / "report.json").write_text(json.dumps(report, ensure_ascii=False, indent=2), encoding="utf-8")
    return report


def _apply(look: str, large: bool) -> None:
    theme.apply(look, large=large)


def open_once(workspace: Path, *, language: str = CHINESE) -> None:
    """Open the window, let it paint, close it: proof that it opens here.

    Raises:
        AssertionError: it painted nothing, or Qt's own words are not in the language.
    """
    app = make_application()
    app.setQuitOnLastWindowClosed(False)
    i18n.set_language(language if language in (CHINESE, ENGLISH) else CHINESE)
    words = qt_words.QtWords(app)
    theme.apply(theme.current_name())
    session = Session(Workspace.open(workspace))
    window = MainWindow(session)
    try:
        window.show()
        waited = 0
        while not window.counts.known and waited < WAIT_MS:
            QTest.qWait(20)
            waited += 20
        picture = window.grab()
        assert not picture.isNull() and picture.rect().contains(QRect(0, 0, 100, 100))
        cancel = QCoreApplication.translate("QPlatformTheme", "Cancel")
        assert cancel == ("取消" if language == CHINESE else "Cancel"), cancel
    finally:
        words.close()
        words.deleteLater()
        window.close()
        session.close()
        session.deleteLater()
        window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def type_household(workspace: Path, village: str, code: str, name: str, *, picture: Path | None = None) -> str:
    """Open the window, type a household with real key events, save it, and see that it is there.

    Keys go to the field itself, so that it also works where no window manager gives the window the focus. Returns how
    Qt draws here, for example ``xcb``.

    Raises:
        AssertionError: it was not saved as typed.
    """
    app = make_application()
    app.setQuitOnLastWindowClosed(False)
    i18n.set_language(CHINESE)
    theme.apply(theme.current_name())
    session = Session(Workspace.open(workspace))
    window = MainWindow(session)
    try:
        window.show()
        _until(lambda: window.counts.known)
        page: Any = window.open_page("households")
        page.choose("household")
        page.section.new()
        _until(page.section.detail.isVisible)
        form = page.section.detail.form
        for field, text in (("village_code", village), ("code", code), ("head_name", name)):
            form.focus_field(field)
            line = form.blocks[field].editor.line
            line.setFocus()
            QApplication.processEvents()
            QTest.keyClick(line, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)  # a draft may stand there
            _type(line, text)
            QTest.keyClick(line, Qt.Key.Key_Tab)
            QApplication.processEvents()
        QTest.mouseClick(form._save, Qt.MouseButton.LeftButton)
        QApplication.processEvents()
        problems = [p.text.en for p in form.problems() if p.severity is Severity.ERROR]
        found = session.read.rows(Query(Household, (Filter("code", "eq", code),)), 1)
        assert found, problems
        saved = (found[0].record.head_name, found[0].record.village_code)
        assert saved == (name, village), saved
        if picture is not None:
            QTest.qWait(200)
            picture.parent.mkdir(parents=True, exist_ok=True)
            assert window.grab().save(str(picture)), picture
    finally:
        window.close()
        session.close()
        session.deleteLater()
        window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    return app.platformName()


def _until(ready: Callable[[], bool]) -> None:
    waited = 0
    while not ready() and waited < WAIT_MS:
        QTest.qWait(20)
        waited += 20


def _type(line: QWidget, text: str) -> None:
    """Type: ASCII by keys, Chinese as an input method commits it."""
    if text.isascii():
        QTest.keyClicks(line, text)
        return
    event = QInputMethodEvent()
    event.setCommitString(text)
    QApplication.sendEvent(line, event)


def judge_fonts(text: str) -> None:
    """See that every character of a text has a drawing of its own in the window's font, not a box.

    Raises:
        AssertionError: a character is missing, or drawn like another one.
    """
    make_application()
    theme.apply(theme.current_name())
    font = QFont(QApplication.font())
    metrics = QFontMetrics(font)
    missing = [c for c in text if not metrics.inFontUcs4(ord(c))]
    assert not missing, f"not in the font {font.family()}: {missing}"
    drawn: dict[bytes, str] = {}
    for character in text:
        image = QImage(48, 48, QImage.Format.Format_Grayscale8)
        image.fill(255)
        painter = QPainter(image)
        font.setPixelSize(36)
        painter.setFont(font)
        painter.drawText(image.rect(), Qt.AlignmentFlag.AlignCenter, character)
        painter.end()
        bits = bytes(image.constBits())
        assert min(bits) < 128, f"nothing is drawn for {character}"
        assert bits not in drawn, f"{character} looks like {drawn.get(bits)}: both are boxes"
        drawn[bits] = character
