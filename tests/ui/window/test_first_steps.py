"""A new station with the keyboard alone: place from the list, first steps on Today, numbers proposed; Enter presses what is marked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from window_helpers import keys, type_text

from station_app import paths
from station_app.domain.registry import Role
from station_app.domain.text import CHINESE
from station_app.services.first_steps import Step, first_steps
from station_app.services.founding import add_listed_units, found_workspace
from station_app.storage import key_slots
from station_app.storage.reader import Query
from station_app.ui import actions, crash, i18n, recent
from station_app.ui.application import Shell
from station_app.ui.main_window import MainWindow
from station_app.ui.pages.settings import GeneralView
from station_app.ui.session import Place

VILLAGE = "152522200201"


@pytest.fixture
def shell(qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.setenv(paths.DATA, str(tmp_path / "data"))
    i18n.set_language(CHINESE)
    made = Shell(qapp, crash.CrashReporter())
    yield made
    if made.start is not None:
        made.start.close()
    if made.window is not None:
        made.window.session.jobs.wait()
    made.close()
    i18n.set_language(CHINESE)


@pytest.fixture
def fresh(open_window: Callable[..., MainWindow], tmp_path: Path) -> MainWindow:
    found_workspace(
        tmp_path / "new", org_code="152522200", org_name="示例草原站", role=Role.STATION, author="示例员"
    ).close()
    return open_window(tmp_path / "new")


def focus() -> object:
    return QApplication.focusWidget()


def press(key: Qt.Key) -> None:
    target = QApplication.focusWidget()
    assert target is not None
    keys(target, key)  # type: ignore[arg-type]
    QApplication.processEvents()


def test_without_a_workspace_the_new_station_is_marked_and_enter_begins_it(shell: Shell, qtbot: QtBot) -> None:
    start = shell.show_start()
    with qtbot.waitActive(start):
        start.activateWindow()
    assert start.marked() is start.new_station and focus() is start.new_station
    assert start.new_station.property("part") == "primary" and start.try_station.property("part") != "primary"
    assert start.open_last.isHidden()
    press(Qt.Key.Key_Return)
    assert start.stack.currentIndex() == 1 and focus() is start.form.where


def test_a_station_is_founded_by_typing_a_place_and_a_name(shell: Shell, qtbot: QtBot) -> None:
    start = shell.show_start()
    with qtbot.waitActive(start):
        start.activateWindow()
    press(Qt.Key.Key_Return)
    type_text("阿巴嘎 那仁")
    press(Qt.Key.Key_Return)
    form = start.form
    assert form.code.text() == "152522200" and form.name.text() == "那仁宝拉格苏木草原站" and focus() is form.author
    press(Qt.Key.Key_Return)
    assert shell.window is None and "WSP-013" in form.error.text()
    type_text("示例员")
    press(Qt.Key.Key_Return)
    window = shell.window
    assert window is not None
    villages = [r.record for r in window.session.read.rows(Query("organisation")) if r.record.level == "village"]
    assert len(villages) == 9
    qtbot.waitUntil(lambda: window.counts.known)


def test_a_place_that_is_not_found_is_said_in_the_list_and_one_typed_by_its_initials_is_taken(
    shell: Shell, qtbot: QtBot
) -> None:
    start = shell.show_start()
    with qtbot.waitActive(start):
        start.activateWindow()
    press(Qt.Key.Key_Return)
    where = start.form.where
    type_text("152599")
    shown = where.suggestions()
    assert where.is_offering() and [shown.item(n).text() for n in range(shown.count())] == ["没有找到"]
    press(Qt.Key.Key_Down)
    qtbot.mouseClick(shown.viewport(), Qt.MouseButton.LeftButton, pos=shown.visualItemRect(shown.item(0)).center())
    press(Qt.Key.Key_Return)
    assert where.key() == "" and where.text() == "152599" and not where.is_offering() and start.form.code.text() == ""
    where.setFocus()
    where.selectAll()
    type_text("abg nr")
    press(Qt.Key.Key_Return)
    assert start.form.code.text() == "152522200"


def test_a_code_is_said_in_words_before_a_station_is_founded_under_it(shell: Shell, qtbot: QtBot) -> None:
    start = shell.show_start()
    with qtbot.waitActive(start):
        start.activateWindow()
    form = start.form
    start.begin_new(Role.STATION)
    said = form.code_said
    for typed, words in (("15252220", None), ("152522299", "152522299"), ("152522200", "那仁宝拉格苏木")):
        form.code.setFocus()
        form.code.selectAll()
        type_text(typed)
        assert said.isVisible() == (words is not None), typed
        assert words is None or words in said.text()
    form.where.pick("152522200000")
    assert said.isHidden()  # the place chosen says it already


def test_the_last_own_workspace_is_opened_by_enter_and_training_is_never_marked(
    shell: Shell, qtbot: QtBot, tmp_path: Path
) -> None:
    own = tmp_path / "own"
    found_workspace(own, org_code="152522200", org_name="示例草原站", role=Role.STATION, author="示例员").close()
    recent.remember(own, "示例草原站", "station")
    training = paths.training_folder() / "station"
    training.mkdir(parents=True)
    recent.remember(training, "培训站", "station")  # used last
    start = shell.show_start()
    with qtbot.waitActive(start):
        start.activateWindow()
    assert start.marked() is start.open_last and "示例草原站" in start.open_last.text()
    assert focus() is start.open_last
    press(Qt.Key.Key_Return)
    window = shell.window
    assert window is not None and window.session.workspace.folder == own
    qtbot.waitUntil(lambda: window.counts.known)


def test_a_copy_of_the_training_station_is_not_marked_either(shell: Shell, qtbot: QtBot, tmp_path: Path) -> None:
    moment = datetime(2026, 11, 21, 4, tzinfo=UTC)
    found_workspace(tmp_path / "copy", org_code="152522200", org_name="示例草原站", role=Role.STATION, author="示例员",
                    not_before=moment).close()  # fmt: skip
    window = shell.open(tmp_path / "copy")
    assert window is not None
    qtbot.waitUntil(lambda: window.counts.known)
    start = shell.show_start()
    assert start.marked() is start.new_station and start.open_last.isHidden()


def test_today_names_the_first_steps_and_each_leads_to_its_work(
    fresh: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    today = fresh.open_page("today")
    card = today.first_steps
    qtbot.waitUntil(card.isVisible)
    stand = {s.step: s.done for s in first_steps(fresh.session.workspace)}
    assert stand == {Step.UNIT: True, Step.PEOPLE: False, Step.ACCOUNTS: False, Step.PASSWORD: False, Step.SHEET: False,
                     Step.VILLAGES: False, Step.ROSTER: False, Step.PLAN: False}  # fmt: skip
    assert all(step.verb.property("part") != "primary" for step in today.steps)  # one marked button in sight
    today.focus_work()
    assert focus() is card.next_verb and card.next_verb.property("part") == "primary"
    press(Qt.Key.Key_Return)
    form = fresh.page("settings").sections["staff"].detail.form
    assert form is not None and form.blocks["organisation_id"].editor.text() != ""  # the own unit, not an empty list
    assert (form.values()["code"], form.values()["name"]) == ("01", "示例员")
    assert form.submit()
    fresh.go(Place(record_type="staff", record_id="new"))
    again = fresh.page("settings").sections["staff"].detail.form
    assert (again.values()["code"], again.values()["name"]) == ("02", "")  # that name is on record
    again.discard()
    asked: list[object] = []
    monkeypatch.setattr(actions, "ask_workbook", lambda *a, **k: asked.append(a))
    fresh.go(Place("today"))
    card._do(Step.VILLAGES)
    qtbot.waitUntil(lambda: {s.step: s.number for s in first_steps(fresh.session.workspace)}[Step.VILLAGES] == 9)
    card._do(Step.ROSTER)
    assert fresh.page("households").isVisible() and len(asked) == 1


def test_who_works_here_a_password_and_a_sheet_are_first_steps_that_may_wait(
    fresh: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_slots, "MEMORY_KIB", 64)
    card = fresh.open_page("today").first_steps
    card._do(Step.ACCOUNTS)
    view = fresh.findChild(GeneralView)
    assert view is not None and view.people.panel.isVisible() and view.people.panel.name.text() == "示例员"
    view.people.panel.hide()
    card._do(Step.SHEET)
    assert view.backup.sheet.isVisible() and not view.backup.password.isVisible()
    card._do(Step.PASSWORD)
    assert view.backup.password.isVisible() and not view.backup.sheet.isVisible()
    view.backup.set_password("示例的密码-九八")
    qtbot.waitUntil(view.backup.password.isHidden, timeout=30_000)
    fresh.open_page("today")
    stand = {s.step: s.done for s in first_steps(fresh.session.workspace)}
    assert stand[Step.PASSWORD] and not stand[Step.SHEET] and not stand[Step.ACCOUNTS]
    assert card.isVisible()


def test_the_card_goes_when_it_is_put_away(fresh: MainWindow, qtbot: QtBot) -> None:
    today = fresh.open_page("today")
    qtbot.waitUntil(today.first_steps.isVisible)
    today.first_steps.dismiss()
    assert today.first_steps.isHidden()
    today.reload(None)
    assert today.first_steps.isHidden()


def test_a_station_at_work_sees_no_first_steps(station: MainWindow) -> None:
    assert station.open_page("today").first_steps.isHidden()


def test_the_next_number_follows_the_village_until_somebody_types_another(station: MainWindow, qtbot: QtBot) -> None:
    station.go(Place(record_type="household", record_id="new"))
    section = station.page("households").sections["household"]
    form = section.detail.form
    assert form is not None
    assert form.values()["code"] == ""
    form.set_values({"village_code": VILLAGE})
    assert form.values()["code"] == VILLAGE + "0013" and not form.blocks["code"].problems()
    form.set_values({"village_code": "152522200202"})
    assert form.values()["code"] == "1525222002020013"
    form.set_values({"code": "1525222002020099"})
    form.set_values({"village_code": VILLAGE})
    assert form.values()["code"] == "1525222002020099"
    form.discard()


def test_the_name_of_the_unit_is_corrected_from_the_settings(fresh: MainWindow, qtbot: QtBot) -> None:
    settings = fresh.open_page("settings")
    view = fresh.findChild(GeneralView)
    assert view is not None
    view.identity.correct_unit()
    form = settings.sections["organisation"].detail.form
    assert form is not None
    form.set_values({"name": "示例改名草原站"})
    assert form.submit()
    assert fresh.session.workspace.identity.org_name == "示例改名草原站"
    assert "示例改名草原站" in fresh.windowTitle() and "示例改名草原站" in fresh.workplace.text()


def test_the_operator_is_never_emptied(fresh: MainWindow) -> None:
    fresh.open_page("settings").entered()
    view = fresh.findChild(GeneralView)
    assert view is not None
    view.name.setText("  ")
    view.save_person()
    assert fresh.session.workspace.identity.author == "示例员" and view.name.text() == "示例员"


def test_units_taken_from_the_list_wait_to_be_sent_and_not_for_a_review(fresh: MainWindow, qtbot: QtBot) -> None:
    session = fresh.session
    add_listed_units(session.workspace, [VILLAGE])
    units = session.read.count(Query("organisation"))
    assert units > 2
    qtbot.waitUntil(lambda: fresh.counts.now.to_send == units, timeout=15_000)
    assert fresh.counts.now.to_review == 1  # its own unit: somebody typed its name
    session.go(Place("worklist", state="review"))
    page: Any = fresh.page("worklist")
    assert [item.who for item in page.table.items()] == ["示例员"]
    page.tabs.choose("send")
    page.reload(None)
    assert len(page.table.items()) == units
