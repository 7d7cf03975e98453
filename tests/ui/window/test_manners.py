"""Manners of the window: the keyboard stays in the work, notices go with their cause and cover nothing that is typed, records
that come about by an act are only read, and no key of ours is on the screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from window_helpers import keys, type_text

from station_app.domain.problems import UserError
from station_app.domain.registry import all_types
from station_app.domain.text import Text
from station_app.ui.main_window import MainWindow
from station_app.ui.notices import NoticeStack
from station_app.ui.parts import MenuButton, TextTabs
from station_app.ui.tour import internal_name


def in_work(window: MainWindow) -> bool:
    focus = QApplication.focusWidget()
    page: Any = window.pages[window.current_key]
    work = page.stack if hasattr(page, "stack") else page
    section = getattr(page, "section", None)
    if section is not None and section.table.isVisible() and not section.detail.isVisible():
        work = section.table
    focus = focus.focusProxy() or focus if focus is not None else None
    if focus is work:
        return True
    return focus is not None and (focus is page or work.isAncestorOf(focus)) and focus.isVisible()


def where() -> str:
    focus = QApplication.focusWidget()
    return f"{type(focus).__name__} in {type(focus.parentWidget()).__name__}" if focus is not None else "nowhere"


def click_tab(tabs: TextTabs, number: int) -> None:
    QTest.mouseClick(tabs, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, tabs.tabRect(number).center())
    QApplication.processEvents()
    QApplication.processEvents()


@pytest.mark.parametrize("which", ["station", "county"])
def test_the_keyboard_is_in_the_work_after_page_tab_menu_and_escape(
    open_window: Callable[..., MainWindow], which: str, qtbot: QtBot
) -> None:
    window = open_window(which)
    lost = []
    for key, entry in window.entries.items():
        if entry.hidden:
            continue
        page: Any = window.open_page(key)
        window.session.jobs.wait()
        QApplication.processEvents()
        if not in_work(window):
            lost.append(f"{key}: {where()}")
        tabs = [t for t in page.findChildren(TextTabs) if t.isVisible() and t.count() > 1][:1]
        for bar in tabs:
            for number in [*range(1, bar.count()), 0]:
                click_tab(bar, number)
                window.session.jobs.wait()
                QApplication.processEvents()
                if not in_work(window) or isinstance(QApplication.focusWidget(), TextTabs):
                    lost.append(f"{key} tab {number}: {where()}")
                keys(window, Qt.Key.Key_Escape)
                if not in_work(window):
                    lost.append(f"{key} tab {number} Esc: {where()}")
        for menu in [m for m in page.findChildren(MenuButton) if m.isVisible()]:
            before = QApplication.focusWidget()
            opened = menu.menu()
            opened.popup(menu.mapToGlobal(QPoint(0, menu.height())))
            QApplication.processEvents()
            QTest.keyClick(opened, Qt.Key.Key_Escape)
            QApplication.processEvents()
            if QApplication.focusWidget() is not before or menu.focusPolicy() & Qt.FocusPolicy.ClickFocus:
                lost.append(f"{key} menu {menu.text()}: {where()}")
    assert lost == []


def test_escape_from_a_record_leads_back_to_its_row(station: MainWindow) -> None:
    page: Any = station.open_page("households")
    page.section.table.setFocus()
    row = station.session.read.sql("SELECT record_id FROM household ORDER BY rowkey LIMIT 1")[0][0]
    for tab in ("form", "history"):
        page.section.open(row)
        QApplication.processEvents()
        detail = page.section.detail
        click_tab(detail.tabs, [k for k, _ in detail.tabs.items()].index(tab))
        assert detail.isAncestorOf(QApplication.focusWidget()), where()
        keys(station, Qt.Key.Key_Escape)
        assert not detail.isVisible()
        assert page.section.table.isAncestorOf(QApplication.focusWidget()), where()


# --- notices ---------------------------------------------------------------------------------------------------------------


def test_a_button_keeps_the_keyboard_over_its_work(station: MainWindow, qtbot: QtBot) -> None:
    today = station.pages["today"]
    verb = today.steps[1].verb
    verb.setFocus()
    verb.click()
    assert not verb.isEnabled()
    qtbot.waitUntil(verb.isEnabled, timeout=30_000)
    assert verb.hasFocus()
    verb.click()
    today.steps[3].verb.setFocus()  # gone on to something else meanwhile: the keyboard stays there
    qtbot.waitUntil(verb.isEnabled, timeout=30_000)
    assert today.steps[3].verb.hasFocus()


def test_a_notice_goes_when_its_cause_is_mended(station: MainWindow, qtbot: QtBot) -> None:
    page: Any = station.open_page("households")
    page.section.new()
    qtbot.waitUntil(page.section.detail.isVisible)
    detail = page.section.detail
    detail._refused(UserError("SAV-013", Text("已有一条相同的记录。", "There is one already.")))
    assert any("SAV-013" in t for t in station.notices.texts())
    detail.form.focus_field("head_name")
    type_text("示例改正")
    qtbot.waitUntil(lambda: not station.notices.texts())


def test_a_notice_goes_when_the_form_it_is_about_is_closed(station: MainWindow, qtbot: QtBot) -> None:
    page: Any = station.open_page("households")
    page.section.new()
    qtbot.waitUntil(page.section.detail.isVisible)
    page.section.detail._refused(UserError("SAV-013", Text("已有一条相同的记录。", "There is one already.")))
    keys(station, Qt.Key.Key_Escape)
    assert station.notices.texts() == []


def test_what_went_through_takes_the_warning_of_its_act_away(station: MainWindow, qtbot: QtBot) -> None:
    title = Text("示例工作", "Example work")

    def refuse(_workspace: Any, _context: Any) -> None:
        raise UserError("PKG-060", Text("没有要上报的内容。", "There is nothing to send."))

    station.session.beside(refuse, title=title)
    qtbot.waitUntil(lambda: any("PKG-060" in t for t in station.notices.texts()), timeout=20_000)
    station.session.say(Text("另一件事", "Another thing"), "error", lasting=True, about="another")
    station.session.beside(lambda _w, _c: 1, title=title)
    assert station.notices.texts() == ["另一件事"]


def test_what_waits_to_be_read_is_not_pushed_away(station: MainWindow) -> None:
    station.session.say(Text("要看的", "To be read"), "error", lasting=True, about="another")
    for number in range(5):
        station.session.say(Text(f"顺利 {number}", f"Done {number}"), "ok")
    assert station.notices.texts() == ["要看的", "顺利 3", "顺利 4"]


def covered(window: MainWindow, focus: QWidget) -> bool:
    over = window.centralWidget()
    place = QRect(focus.mapTo(over, QPoint(0, 0)), focus.size())
    return window.notices.geometry().intersects(place)


def test_a_notice_never_covers_what_is_being_typed(station: MainWindow, qtbot: QtBot) -> None:
    page: Any = station.open_page("households")
    page.section.new()
    qtbot.waitUntil(page.section.detail.isVisible)
    detail = page.section.detail
    for name in ("village_code", "persons", "account_number", "note"):
        detail.form.focus_field(name)
        QApplication.processEvents()
        station.session.say(Text("示例提示" * 12, "Example " * 20), "error", lasting=True, about=f"about {name}")
        station.session.say(Text("示例提示二" * 9, "Example two " * 20), "error", lasting=True, about=f"more {name}")
        focus = QApplication.focusWidget()
        assert focus is not None and not covered(station, focus)
    for name in ("village_code", "persons", "account_number", "note"):  # the keyboard comes to where they stand
        detail.form.focus_field(name)
        focus = QApplication.focusWidget()
        assert focus is not None
        qtbot.waitUntil(lambda f=focus: not covered(station, f))


def test_a_notice_never_covers_the_cell_being_typed_in(station: MainWindow, qtbot: QtBot) -> None:
    page: Any = station.open_page("livestock")
    grid = page.views[page.current].grid if hasattr(page, "views") else page.grid
    view = grid.view
    view.setFocus()
    station.resize(1024, 600)
    for n in range(3):  # a high pile
        station.session.say(Text(f"示例提示{n}" * 30, f"Example {n} " * 30), "error", lasting=True, about=str(n))
    QApplication.processEvents()
    middle = view.viewport().mapFrom(station.centralWidget(), station.notices.geometry().center())
    under = view.indexAt(middle)
    assert under.isValid()
    view.setCurrentIndex(under)
    keys(station, Qt.Key.Key_5)

    def free() -> bool:
        place = view.visualRect(view.currentIndex())
        cell = QRect(view.viewport().mapTo(station.centralWidget(), place.topLeft()), place.size())
        return not station.notices.geometry().intersects(cell)

    qtbot.waitUntil(free)


def test_the_pile_stays_in_the_corner_while_nothing_is_typed(station: MainWindow) -> None:
    station.session.say(Text("示例", "Example"), "info")
    pile: NoticeStack = station.notices
    over = station.centralWidget().rect()
    assert pile.geometry().center().x() > over.center().x() and pile.geometry().center().y() > over.center().y()


# --- results of acts -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("which", ["station", "county"])
def test_results_of_acts_are_read_and_never_filled_in(open_window: Callable[..., MainWindow], which: str) -> None:
    window = open_window(which)
    exchange: Any = window.open_page("exchange")
    for kind in [k for k in all_types() if k.by_act and k.is_about_others]:
        exchange.choose(kind.name)
        section = exchange.sections[kind.name]
        assert section.new_button is None, kind.name
        rows = window.session.read.sql(f'SELECT record_id FROM "{kind.name}" LIMIT 1')
        if not rows:
            continue
        section.open(rows[0][0])
        form = section.detail.form
        assert form._read_only and not form.submit(), kind.name
        verbs = [a.text() for a in section.detail.more.menu().actions() if a.text()]
        assert len(verbs) == 1, verbs  # print
        keys(window, Qt.Key.Key_Escape)


# --- keys of ours ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["new-d55bf31677ae", "01900000-3f9a-7b12-8c44-0a1b2c3d4e5f", "survey_ranges.csv", "livestock_count", "workspace.db",
             "见 9f86d081884c7d65 版本"])  # fmt: skip
def test_the_tour_sees_what_only_the_program_knows(text: str) -> None:
    assert internal_name(text)


@pytest.mark.parametrize("text", ["1525222002010001", "GSP_152522200_bd7ffd13e8_000002.zip", "SHA256:pXJx0aBcD3f4", "羊 5,670 → 5,812",
                                  "2026-06-30", "nyt635-2015", "open.gstation", "名册.csv", "example.csv"])  # fmt: skip
def test_the_tour_lets_pass_what_people_read(text: str) -> None:
    assert not internal_name(text)


def test_a_row_without_a_name_is_called_by_its_number(station: MainWindow, qtbot: QtBot) -> None:
    page: Any = station.open_page("surveys")
    grids = [w for w in page.findChildren(QWidget) if type(w).__name__ == "QuadratGrid"]
    if not grids:
        from station_app.ui.quadrat_grid import QuadratGrid

        plot = station.session.read.sql("SELECT record_id FROM plot WHERE void=0 ORDER BY rowkey LIMIT 1")[0][0]
        grids = [QuadratGrid(station.session.workspace, plot)]
        qtbot.addWidget(grids[0])
    grid: Any = grids[0]
    blank = len(grid.grid.rows) - 1
    key = next(c.key for c in grid.grid.columns if c.field is not None and c.field.is_number)
    grid.grid.type_in([(blank, key, "x")])
    places = [p.place for p in grid.problems()]
    assert places and all("new-" not in place and place for place in places)
    assert any(f"第 {blank + 1} 行" == place for place in places)


def test_a_window_closed_before_it_is_on_the_screen_asks_nothing_of_its_workspace(station: MainWindow) -> None:
    asked: list[int] = []
    station._shown = False
    station.after_first_paint(lambda: asked.append(1))
    station.hide()
    station._painted()
    assert not asked
    station.show()
    station._painted()
    assert asked
