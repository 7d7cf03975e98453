"""Who is there: accounts in Settings, signing in at the start, another person at the same laptop, a forgotten PIN."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from burst_helpers import send_burst
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit
from pytestqt.qtbot import QtBot
from window_helpers import settle

from station_app.domain.accounts import AccountRole, mark_of
from station_app.domain.records.household import Household
from station_app.domain.samples import sample
from station_app.domain.text import CHINESE, ENGLISH
from station_app.services import accounts
from station_app.storage import key_slots
from station_app.storage.changes import Changes
from station_app.storage.reader import Query
from station_app.storage.workspace import Workspace
from station_app.ui.main_window import MainWindow
from station_app.ui.session import Place

HEAD, CLERK = "示例站长", "示例登记员"
PINS = {HEAD: "246810-a", CLERK: "135791-b"}
PATIENCE = 60_000


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_slots, "MEMORY_KIB", 64)
    monkeypatch.setattr(key_slots, "PASSES", 1)


def card_of(window: MainWindow) -> Any:
    page: Any = window.open_page("settings")
    page.choose("general")
    view = page.views["general"]
    view.reload()
    return view.people


def fill(card: Any, name: str, pin: str) -> None:
    card.panel.name.clear()
    QTest.keyClicks(card.panel.name, "")
    card.panel.name.setText(name)
    QTest.keyClicks(card.panel.pin.first, pin)
    QTest.keyClicks(card.panel.pin.second, pin)
    QTest.keyClick(card.panel.pin.second, Qt.Key.Key_Return)


def two_people(workspace: Workspace) -> None:
    accounts.add(workspace, HEAD, AccountRole.HEAD, PINS[HEAD])
    accounts.add(workspace, CLERK, AccountRole.RECORDER, "first-pin-1")
    clerk = accounts.named(workspace, CLERK)
    accounts.change_pin(workspace, clerk, "first-pin-1", PINS[CLERK])


def sign_in(window: MainWindow, qtbot: QtBot, name: str) -> None:
    cover = window.lock_cover
    assert cover is not None and window.is_locked
    cover.who.choose(accounts.named(window.session.workspace, name).mark)
    cover.secret.line.setFocus()
    QTest.keyClicks(cover.secret.line, PINS[name])
    QTest.keyClick(cover.secret.line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not window.is_locked, timeout=PATIENCE)


def test_the_first_and_the_second_account_from_settings(station: MainWindow, qtbot: QtBot) -> None:
    card = card_of(station)
    assert "还没有用户" in card.standing.text()
    card.add_button.click()
    assert card.panel.role.isHidden()  # the first manages the others
    fill(card, HEAD, PINS[HEAD])
    qtbot.waitUntil(lambda: station.session.workspace.identity.account is not None, timeout=PATIENCE)
    assert station.person.text() == HEAD and card.panel.isHidden()
    station.session.entry.save(sample("household", 77, code="1525222002010077", village_code="152522200201"))
    rows = station.session.read.rows(Query(Household))
    row = next(each for each in rows if each.record.code == "1525222002010077")
    assert mark_of(station.session.workspace.journal.load(row.version_id).author) == card.table.items()[0].mark
    card.add_button.click()
    fill(card, HEAD, PINS[CLERK])
    qtbot.waitUntil(lambda: "ACC-006" in card.panel.error.text(), timeout=PATIENCE)
    fill(card, CLERK, "first-pin-1")  # what was typed stands, and is typed over
    qtbot.waitUntil(lambda: len(card.table.items()) == 2, timeout=PATIENCE)
    assert any("两人规则" in text for text in station.notices.texts())
    clerk = next(n for n, each in enumerate(card.table.items()) if each.name == CLERK)
    card.table.selectRow(clerk)
    card.active_button.click()
    qtbot.waitUntil(lambda: not accounts.named(station.session.workspace, CLERK).is_active, timeout=PATIENCE)
    view: Any = station.pages["settings"]
    assert not view.views["general"].name.isVisible()


def test_nothing_is_seen_before_somebody_signed_in(
    open_window: Callable[..., MainWindow], tmp_path: Path, qtbot: QtBot
) -> None:
    from station_app.domain.registry import Role

    with Workspace.create(tmp_path / "s", org_code="152522200", org_name="测试草原站", role=Role.STATION) as made:
        two_people(made)
    window = open_window(tmp_path / "s")
    assert window.is_locked and window.pages == {}
    cover: Any = window.lock_cover
    send_burst(window, ["escape", "9", "9", "return"])
    qtbot.waitUntil(lambda: "ACC-003" in cover.secret.error.text(), timeout=PATIENCE)
    QTest.keyClick(window.windowHandle(), Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(window.windowHandle(), Qt.Key.Key_Escape)
    assert window.is_locked and window.pages == {} and cover.back_button.isHidden()
    cover.secret.line.clear()
    sign_in(window, qtbot, CLERK)
    assert window.current_key == "today" and window.person.text() == CLERK
    assert window.session.workspace.identity.account.role is AccountRole.RECORDER  # type: ignore[union-attr]


def test_two_people_take_turns_and_neither_sees_what_the_other_typed(station: MainWindow, qtbot: QtBot) -> None:
    two_people(station.session.workspace)
    station.session.person_changed.emit()
    page: Any = station.open_page("households")
    settle(station)
    page.new()
    form = page.section.detail.form
    form.focus_field("head_name")
    QTest.keyClicks(form.blocks["head_name"].editor.line, "half typed")
    control = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(station.windowHandle(), Qt.Key.Key_L, control)
    cover: Any = station.lock_cover
    assert station.is_locked and accounts.named(station.session.workspace, CLERK).mark == cover.who.value()
    QTest.keyClick(station.windowHandle(), Qt.Key.Key_Escape)  # nobody else after all
    assert not station.is_locked and QApplication.focusWidget() is form.blocks["head_name"].editor.line

    QTest.keyClick(station.windowHandle(), Qt.Key.Key_L, control)
    QTest.keyClicks(cover.secret.line, PINS[CLERK])
    QTest.keyClick(cover.secret.line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not station.is_locked, timeout=PATIENCE)
    assert station.person.text() == CLERK and set(station.pages) == {"today"}
    assert station.session.workspace.drafts.all() == []
    settle(station)

    station.ask_who()
    sign_in(station, qtbot, HEAD)
    kept = station.session.workspace.drafts.all()
    assert ["half typed" in each.values.get("head_name", "") for each in kept] == [True]
    station.lock()
    assert station.lock_cover is not None and station.lock_cover.who.value() == kept_mark(station)
    sign_in(station, qtbot, HEAD)
    assert station.session.workspace.drafts.count() == 1


def test_pages_put_away_hear_nothing_any_more(station: MainWindow, qtbot: QtBot) -> None:
    two_people(station.session.workspace)
    for key in station.entries:
        station.open_page(key)
    settle(station)
    for name in (CLERK, HEAD):
        station.ask_who()
        sign_in(station, qtbot, name)
        assert set(station.pages) == {"today"}
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        session = station.session
        session.data_changed.emit(Changes())
        session.year_changed.emit()
        session.person_changed.emit()
        session.drafts_changed.emit()
        for language in (ENGLISH, CHINESE):
            station.set_language(language)
        settle(station)
    assert station.person.text() == HEAD and station.current_key == "today"


def test_each_reviews_what_others_made_and_is_told_what_is_left(station: MainWindow, qtbot: QtBot) -> None:
    two_people(station.session.workspace)
    for name, number in ((CLERK, 81), (HEAD, 82)):
        station.ask_who()
        sign_in(station, qtbot, name)
        village = sample("household", number, code=f"15252220020100{number}", village_code="152522200201")
        station.session.entry.save(village)
    station.session.go(Place("worklist", state="review"))
    page: Any = station.pages["worklist"]
    waiting = {item.place.record_id: item.who for item in page.table.items()}
    assert {CLERK, HEAD} <= set(waiting.values())  # the name, without the mark of the account
    page.review_button.click()
    assert any("不能由您复核" in text and CLERK not in text.split("：")[0] for text in station.notices.texts())
    left = {item.who for item in page.table.items()}
    assert HEAD in left and CLERK not in left
    assert (
        not page.review_button.isEnabled()
        and "ACC" not in page.review_button.toolTip()
        and page.review_button.toolTip()
    )
    story: Any = station.open_page("households")
    settle(station)
    row = next(r for r in station.session.read.rows(Query(Household)) if r.record.code == "1525222002010081")
    story.section.open(row.record_id)
    settle(station)
    said = [each.text() for each in station.findChildren(QLabel)]
    assert not any("#" in text and mark_of(text) for text in said)


def test_an_auditor_reads_and_changes_nothing(station: MainWindow, qtbot: QtBot) -> None:
    workspace = station.session.workspace
    accounts.add(workspace, HEAD, AccountRole.HEAD, PINS[HEAD])
    accounts.add(workspace, CLERK, AccountRole.AUDITOR, PINS[CLERK])
    station.ask_who()
    sign_in(station, qtbot, CLERK)
    households: Any = station.open_page("households")
    settle(station)
    new = households.section.new_button
    assert not new.isEnabled() and "审计员" in new.toolTip()
    station.session.go(Place("worklist", state="review"))
    review = station.pages["worklist"].review_button  # type: ignore[attr-defined]
    assert not review.isEnabled() and "审计员" in review.toolTip()


def kept_mark(window: MainWindow) -> str:
    me = window.session.workspace.identity.account
    return me.mark if me else ""


def test_another_person_waits_for_what_is_under_way(station: MainWindow, qtbot: QtBot) -> None:
    from threading import Event

    from station_app.domain.text import Text

    two_people(station.session.workspace)
    going_on = Event()
    station.session.run(lambda _context: going_on.wait(60), title=Text("正在导出示例", "Exporting an example"))
    station.ask_who()
    cover: Any = station.lock_cover
    cover.who.choose(accounts.named(station.session.workspace, CLERK).mark)
    cover.secret.line.setText(PINS[CLERK])
    cover.open()
    qtbot.waitUntil(lambda: "正在导出示例" in cover.secret.error.text(), timeout=PATIENCE)
    going_on.set()
    station.session.jobs.wait()
    settle(station)
    sign_in(station, qtbot, CLERK)
    assert station.person.text() == CLERK


def test_a_forgotten_pin_is_reset_with_the_sheet(station: MainWindow, qtbot: QtBot) -> None:
    workspace = station.session.workspace
    code = key_slots.new_code()
    key_slots.set_sheet(workspace.keys_folder, code, "\n".join(code))
    two_people(workspace)
    station.lock()
    cover: Any = station.lock_cover
    cover.who.choose(accounts.named(workspace, CLERK).mark)
    cover.forgot.click()
    reset = cover.reset
    assert reset.isVisible() and CLERK in reset.title.text()
    QTest.keyClicks(reset.pin.first, "new-pin-77")
    QTest.keyClicks(reset.pin.second, "new-pin-78")
    reset.sheet_button.click()
    assert "不一样" in reset.pin.error.text()
    reset.pin.second.setText("new-pin-77")
    reset.sheet.line.setText(" ".join(["2" * 8] * 4))
    reset.sheet_button.click()
    qtbot.waitUntil(lambda: reset.sheet.error.isVisible(), timeout=PATIENCE)
    assert "KEY-0" in reset.sheet.error.text() and station.is_locked
    reset.sheet.line.setText(" ".join(code))
    reset.sheet_button.click()
    qtbot.waitUntil(lambda: not station.is_locked, timeout=PATIENCE)
    assert station.person.text() == CLERK
    assert all(not line.text() for line in cover.findChildren(QLineEdit))


def test_what_the_role_may_not_do_rests_and_says_why(station: MainWindow, qtbot: QtBot) -> None:
    two_people(station.session.workspace)
    station.ask_who()
    sign_in(station, qtbot, CLERK)
    card = card_of(station)
    assert not card.add_button.isEnabled() and "站长" in card.add_button.toolTip()
    exchange: Any = station.open_page("exchange")
    assert not exchange.pack_button.isEnabled() and "复核员" in exchange.pack_button.toolTip()
    station.ask_who()
    sign_in(station, qtbot, HEAD)
    assert card_of(station).add_button.isEnabled()
    exchange = station.open_page("exchange")
    assert exchange.pack_button.isEnabled() and "站长" not in exchange.pack_button.toolTip()


def test_cards_and_keys_are_changed_by_two(
    station: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from PySide6.QtCore import QTimer

    from station_app.domain.registry import Role
    from station_app.exchange.package import cards
    from station_app.ui import messages
    from station_app.ui.second_person import SecondPerson

    with Workspace.create(
        tmp_path / "县", org_code="152522", org_name="示例二旗", role=Role.COUNTY, author="县员"
    ) as county:
        card = cards.export_card(county, tmp_path)
    two_people(station.session.workspace)
    station.ask_who()
    sign_in(station, qtbot, HEAD)
    monkeypatch.setattr(messages, "ask", lambda *_, **__: True)
    exchange: Any = station.open_page("exchange")
    names = {each.org_name for each in cards.registered_cards(station.session.workspace)}

    def nobody_comes() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, SecondPerson)
        QTest.keyClick(dialog, Qt.Key.Key_Escape)

    QTimer.singleShot(100, station, nobody_comes)
    exchange.take_card(card)
    assert any("ACC-011" in text for text in station.notices.texts())
    assert {each.org_name for each in cards.registered_cards(station.session.workspace)} == names

    def the_other_comes() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, SecondPerson) and dialog.who.count() == 1
        QTest.keyClicks(dialog.secret.line, PINS[CLERK])
        QTest.keyClick(dialog.secret.line, Qt.Key.Key_Return)

    QTimer.singleShot(100, station, the_other_comes)
    exchange.take_card(card)
    assert "示例二旗" in {each.org_name for each in cards.registered_cards(station.session.workspace)}
    assert station.session.workspace.present == ""

    monkeypatch.setattr(messages, "ask_choice", lambda *_, **__: 0)
    asked: list[object] = []
    station.closed_work_asked.connect(asked.append)
    settings: Any = station.open_page("settings")
    card_of_key = settings.views["general"].identity
    for act in (card_of_key.ask_replace, card_of_key.ask_separate):
        asked.clear()
        QTimer.singleShot(100, station, nobody_comes)
        act()
        assert not asked  # the key stays
        QTimer.singleShot(100, station, the_other_comes)
        act()
        assert len(asked) == 1
