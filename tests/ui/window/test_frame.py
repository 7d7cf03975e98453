"""The frame: pages by keys, one search, doors, language, look, notices, crashes."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot
from window_helpers import CTRL, keys, settle, type_text

from station_app.domain.problems import sentences
from station_app.domain.registry import Role, all_types
from station_app.domain.text import CHINESE, ENGLISH, Text
from station_app.services.threats import threats
from station_app.storage.reader import Reader
from station_app.storage.workspace import Workspace
from station_app.ui import crash, i18n, theme
from station_app.ui.actions import REPORT_LABELS
from station_app.ui.help_texts import HELP
from station_app.ui.main_window import MainWindow
from station_app.ui.notices import SECONDS
from station_app.ui.pages.catalogue import ENTRIES, entries_for, page_of_type
from station_app.ui.pages.settings import GeneralView
from station_app.ui.session import Notice, Place
from station_app.ui.tour import Tour

HAN = re.compile(r"[一-鿿]")


def test_every_record_type_has_a_page() -> None:
    for kind in all_types():
        assert page_of_type(kind.name) in {e.key for e in ENTRIES}, kind.name


def test_every_page_has_help() -> None:
    assert {e.key for e in ENTRIES} == set(HELP)


def test_export_menu_names_every_report() -> None:
    from station_app.exchange.excel.reports import REPORTS

    assert set(REPORT_LABELS) == set(REPORTS)
    for name, label in REPORT_LABELS.items():
        assert REPORTS[name].label.zh == label.zh


def test_window_opens_on_the_station(station: MainWindow) -> None:
    assert "那仁宝拉格" in station.windowTitle()
    assert station.current_key == "today"
    assert "inbox" not in station.entries


def test_window_opens_on_the_county(county: MainWindow) -> None:
    assert "阿巴嘎旗" in county.windowTitle()
    assert {"inbox", "stations"} <= set(county.entries)


def test_pages_are_built_when_first_opened(station: MainWindow) -> None:
    assert set(station.pages) == {"today"}


@pytest.mark.parametrize("which", ["station", "county"])
def test_keyboard_reaches_every_page(open_window: Callable[..., MainWindow], which: str) -> None:
    window = open_window(which)
    listed = [e.key for e in entries_for(Role(which)) if not e.hidden]
    numbered = [Qt.Key(Qt.Key.Key_1 + n) for n in range(9)] + [Qt.Key.Key_0]
    for key, number in zip(listed, numbered, strict=False):
        keys(window, number, CTRL)
        assert window.current_key == key
    seen = set()
    for _ in listed:
        keys(window, Qt.Key.Key_PageDown, CTRL)
        seen.add(window.current_key)
    assert seen == set(listed)


def test_f6_and_arrows_walk_the_navigation(station: MainWindow, qtbot: QtBot) -> None:
    keys(station, Qt.Key.Key_F6)
    keys(station, Qt.Key.Key_F6)
    assert station.navigation.buttons["today"].hasFocus()
    keys(station, Qt.Key.Key_Down)
    keys(station, Qt.Key.Key_Return)
    assert station.current_key == "households"


def test_search_finds_a_household_by_initials_and_opens_it(station: MainWindow, qtbot: QtBot) -> None:
    keys(station, Qt.Key.Key_K, CTRL)
    assert station.search.hasFocus()
    type_text("slbte")  # 示例巴特尔
    qtbot.waitUntil(lambda: bool(station.search.results))
    assert "示例巴特尔" in station.search.results[0].title
    keys(station, Qt.Key.Key_Return)
    assert station.current_key == "households"
    detail = station.pages["households"].section.detail
    assert detail.isVisible() and "示例巴特尔" in detail.row.record.head_name


def test_search_finds_a_page(station: MainWindow, qtbot: QtBot) -> None:
    keys(station, Qt.Key.Key_K, CTRL)
    type_text("设置")
    keys(station, Qt.Key.Key_Return)
    assert station.current_key == "settings"


def test_search_says_when_nothing_is_found(station: MainWindow) -> None:
    station.search.setText("qqqq")
    station.search.look()
    assert station.search.is_open() and not station.search.results
    keys(station, Qt.Key.Key_K, CTRL)
    keys(station, Qt.Key.Key_Escape)
    assert not station.search.is_open()


def test_a_notice_waits_while_the_window_is_busy(station: MainWindow, qtbot: QtBot) -> None:
    card = station.notices.show_notice(Notice(Text("示例：已保存", "Example: saved"), "info"))
    QTest.qSleep((SECONDS + 1) * 1000)  # the window answers nothing, as a machine that is busy
    QTest.qWait(1)
    assert card in station.notices.cards
    qtbot.waitUntil(lambda: card not in station.notices.cards)


def visible_texts(root: QWidget) -> list[str]:
    return [w.text() for w in root.findChildren(QWidget)
            if isinstance(w, QLabel | QAbstractButton) and w.isVisible() and w.text()]  # fmt: skip


def test_language_switches_while_running(station: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    tour = Tour(tmp_path / "tour", CHINESE, "light")
    for key in ("households", "compensation", "exchange", "settings", "today"):
        station.open_page(key)
    qtbot.mouseClick(station.language, Qt.MouseButton.LeftButton)
    assert i18n.language() == ENGLISH
    assert "Record" in visible_texts(station)
    assert station.session.workspace.settings.get("language") == ENGLISH
    # What people named stays as it is: units and persons of the training station.
    names = [station.session.workspace.identity.org_name]
    names += [u for (u,) in station.session.read.sql("SELECT name FROM organisation ORDER BY length(name) DESC")]
    for text in visible_texts(station):
        cleaned = text
        for name in names:
            cleaned = cleaned.replace(name, "")
        if "示例" not in cleaned and "苏木" not in cleaned:
            assert not HAN.search(cleaned.replace("中", "")), text
    qtbot.mouseClick(station.language, Qt.MouseButton.LeftButton)
    for key in ("households", "compensation", "exchange", "settings", "today"):
        station.open_page(key)
        QApplication.processEvents()
        tour.judge(key, station)
    assert [f for f in tour.findings if "english" in f] == []


@pytest.mark.parametrize("look", ["dark", "contrast", "light"])
def test_look_switches_and_is_remembered(station: MainWindow, look: str) -> None:
    station.set_theme(look, large=look == "contrast")
    assert theme.current_name() == look
    assert station.session.workspace.settings.get("theme") == look
    picture = station.grab().toImage()
    assert (
        picture.pixelColor(700, 400).lightness() < 90
        if look == "dark"
        else picture.pixelColor(700, 400).lightness() > 200
    )
    assert theme.current().row == (36 if look == "contrast" else 28)


def test_drafts_door_opens_drafts(station: MainWindow, qtbot: QtBot) -> None:
    station.session.workspace.drafts.put("form:household:new", "household", None, {"head_name": "示例草稿"})
    station.counts.refresh()
    qtbot.waitUntil(lambda: station.counts.now.drafts == 1)
    assert "1" in station.doors.drafts.text()
    qtbot.mouseClick(station.doors.drafts, Qt.MouseButton.LeftButton)
    assert station.current_key == "worklist"
    page = station.pages["worklist"]
    assert page.table.items()[0].title == "示例草稿"
    page.table.setFocus()
    keys(station, Qt.Key.Key_Return)
    assert station.current_key == "households"
    form = station.pages["households"].section.detail.form
    assert form.values()["head_name"] == "示例草稿"


def test_a_discarded_draft_can_be_brought_back(station: MainWindow, qtbot: QtBot) -> None:
    drafts = station.session.workspace.drafts
    drafts.put("form:household:new", "household", None, {"head_name": "示例草稿"})
    station.go(Place("worklist", state="drafts"))
    page = station.pages["worklist"]
    qtbot.mouseClick(page.discard_button, Qt.MouseButton.LeftButton)
    assert drafts.count() == 0
    station.notices.cards[-1].action.click()
    assert drafts.count() == 1
    station.open_page("households")
    station.session.discard_draft("form:household:new")
    station.open_page("worklist")
    assert page.table.items() == []


def test_a_draft_brought_back_overwrites_no_newer_one(station: MainWindow) -> None:
    drafts, key = station.session.workspace.drafts, "form:household:new"
    drafts.put(key, "household", None, {"head_name": "示例旧稿"})
    station.session.discard_draft(key)
    drafts.put(key, "household", None, {"head_name": "示例新稿"})
    station.notices.cards[-1].action.click()
    assert drafts.get(key).values == {"head_name": "示例新稿"}
    # What the notice advises: the newer one is discarded, then the older one comes back from the notice.
    drafts.remove(key)
    station.notices.cards[-1].action.click()
    assert drafts.get(key).values == {"head_name": "示例旧稿"}


def test_year_in_sight_filters_and_is_remembered(station: MainWindow) -> None:
    station.open_page("inspections")
    section = station.pages["inspections"].section
    assert station.session.read.count(section.table.query()) > 0
    station.session.set_year(2020)
    assert station.session.read.count(section.table.query()) == 0
    assert section.stack.currentWidget() is section.empty
    assert station.session.workspace.settings.get("year") == "2020"


def test_unexpected_exception_is_told_once(station: MainWindow, qtbot: QtBot) -> None:
    reporter = crash.CrashReporter()
    try:
        for _ in range(3):
            try:
                raise ZeroDivisionError("张三 152522199001010011")
            except ZeroDivisionError as error:
                reporter.take(error)
        reporter.attach(station.show_crash)
        qtbot.waitUntil(lambda: len(reporter.reports) == 3)
        assert station.crash_notice is not None
        assert station.crash_notice.shown == [
            "ZeroDivisionError@test_frame.py:" + station.crash_notice.shown[0].split(":")[1]
        ]
        assert station.crash_notice.isVisible()
        assert "152522" not in reporter.reports[0].text
    finally:
        reporter.uninstall()


def test_exception_of_a_thread_reaches_the_window(station: MainWindow, qtbot: QtBot) -> None:
    import threading

    reporter = crash.CrashReporter()
    reporter.install()
    reporter.attach(station.show_crash)
    try:
        thread = threading.Thread(target=lambda: 1 // 0)
        thread.start()
        thread.join()
        qtbot.waitUntil(lambda: len(reporter.reports) == 1)
        assert station.crash_notice is not None and station.crash_notice.isVisible()
    finally:
        reporter.uninstall()


def test_hard_crash_is_offered_at_the_next_start(tmp_path: Path) -> None:
    (tmp_path / "fault.txt").write_text("Fatal Python error: Segmentation fault", encoding="utf-8")
    try:
        assert "Segmentation" in crash.watch_faults(tmp_path)
    finally:
        crash.stop_watching()
    assert not (tmp_path / "fault.txt").exists()
    assert crash.watch_faults(tmp_path) == ""
    crash.stop_watching()


def test_notices_pile_up_and_escape_takes_them_away(station: MainWindow) -> None:
    for n in range(5):
        station.session.say(Text(f"第 {n} 句", f"Sentence {n}"))
    assert len(station.notices.cards) <= 3
    station.session.say(Text("第 4 句", "Sentence 4"))
    assert station.notices.texts().count("第 4 句") == 1
    for _ in range(3):
        keys(station, Qt.Key.Key_Escape)
    assert not station.notices.cards


def test_a_page_is_read_once_when_it_is_first_opened(station: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    for of, name in ((Reader, "states_of"), (GeneralView, "reload")):
        act = getattr(of, name)
        monkeypatch.setattr(of, name, lambda self, *what, act=act, name=name: (asked.append(name), act(self, *what))[1])
    page: Any = station.open_page("households")
    settle(station)
    assert asked.count("states_of") == 1 and page.section.table.model.rowCount() > 5
    station.open_page("settings")
    assert asked.count("reload") == 1


def test_help_opens_with_f1_and_closes_with_escape(station: MainWindow) -> None:
    keys(station, Qt.Key.Key_F1)
    assert station._help is not None and station._help.isVisible()
    station.setFocus()
    keys(station, Qt.Key.Key_Escape)
    assert not station._help.isVisible()


def test_help_says_who_could_still_do_what(station: MainWindow) -> None:
    keys(station, Qt.Key.Key_F1)
    panel = station._help
    assert panel is not None

    def missing(language: str) -> set[str]:
        settle(station)
        shown = {each.text() for each in panel.findChildren(QLabel) if each.isVisible()}
        return {text.to(language) for part in threats() for text in part} - shown

    panel.turn_to_threats()
    assert missing(CHINESE) == set()
    station.set_language(ENGLISH)
    assert missing(ENGLISH) == set()
    station.set_language(CHINESE)
    panel.turn_to_threats()
    assert len(missing(CHINESE)) > 10 and panel._turn.isVisible()
    panel.turn_to_threats()
    station.open_page("parcels")
    assert "草场" in panel._title.text() and len(missing(CHINESE)) > 10


def test_help_has_every_code_and_finds_it_as_one_types_in_either_language(station: MainWindow) -> None:
    keys(station, Qt.Key.Key_F1)
    help_panel = station._help
    assert help_panel is not None
    help_panel.turn()
    codes = help_panel.codes
    assert codes is not None and codes.isVisible() and codes.line.hasFocus()
    assert len(codes.found.toPlainText().split("\n\n")) == len(sentences())
    type_text("snd-005")
    found = codes.found.toPlainText()
    assert found.startswith("SND-005  请确认\n") and "没有清点" in found and "{" not in found and "\n\n" not in found
    station.set_language("en")
    assert codes.found.toPlainText() == "SND-005  Please confirm\nThis household's animals were not counted in …."
    codes.line.clear()
    type_text("身份证 核对")  # words, whatever the language shown
    assert codes.found.toPlainText().startswith("C02  ")
    station.set_language("zh_CN")
    help_panel.turn()
    assert not codes.isVisible() and help_panel.isVisible()
    help_panel.turn()
    station.open_page("parcels")  # its help, not the codes that were looked up on the page before
    assert not codes.isVisible() and help_panel._area.isVisible() and "草场" in help_panel._title.text()
    help_panel.turn()
    keys(station, Qt.Key.Key_Escape)
    assert not help_panel.isVisible()
    station.open_page("households")
    keys(station, Qt.Key.Key_F1)
    assert help_panel._area.isVisible() and not codes.isVisible()


def test_an_empty_workspace_says_what_belongs_where(
    open_window: Callable[..., MainWindow], tmp_path: Path, qtbot: QtBot
) -> None:
    Workspace.create(tmp_path / "new", org_code="152522200", org_name="测试草原站", role=Role.STATION).close()
    window = open_window(tmp_path / "new")
    for key, entry in window.entries.items():
        page = window.open_page(key)
        QApplication.processEvents()
        for type_name in entry.types:
            if hasattr(page, "sections"):
                page.choose(type_name)
                section = page.sections[type_name]
                qtbot.waitUntil(lambda section=section: section.stack.currentWidget() is section.empty)
                assert HAN.search(" ".join(visible_texts(section.empty)))


def test_a_job_beside_the_window_hands_over_at_once(qapp: QApplication) -> None:
    # With turns of 5 ms a grid is painted two to three times slower while a thread computes.
    assert sys.getswitchinterval() <= 0.001
