"""The way to the county and back, by the buttons of both windows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from station_app.domain.registry import Role
from station_app.domain.samples import sample
from station_app.exchange.package import cards as cards_of
from station_app.exchange.package import receipts
from station_app.exchange.package.cards import export_card, registered_cards, signing_key
from station_app.exchange.package.handover import replace_key
from station_app.services.entry import Entry
from station_app.storage.engine import connect
from station_app.storage.reader import Query, State
from station_app.storage.workspace import Workspace
from station_app.ui import messages
from station_app.ui.main_window import MainWindow
from station_app.ui.session import Place


@pytest.fixture
def pair(open_window: Callable[..., MainWindow], tmp_path: Path) -> Iterator[tuple[MainWindow, MainWindow]]:
    """A station with one household and its county, not yet introduced to each other."""
    with Workspace.create(tmp_path / "s", org_code="152522200", org_name="测试草原站", role=Role.STATION,
                          author="测试员") as made:  # fmt: skip
        household = sample("household", 1, code="1525222002010001", village_code="152522200201")
        Entry(made).save(household)
    Workspace.create(
        tmp_path / "c", org_code="152522", org_name="测试旗", role=Role.COUNTY, author="县级测试员"
    ).close()
    yield open_window(tmp_path / "s"), open_window(tmp_path / "c")


def until_free(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: window._busy is None, timeout=30_000)


def said(window: MainWindow) -> str:
    return " | ".join(window.notices.texts())


def go_on(qtbot: QtBot, window: MainWindow) -> None:
    """Wait until it is shown what changes, and press what is marked: go on."""
    page: Any = window.pages["exchange"]
    qtbot.waitUntil(lambda: page.outbox.stack.currentWidget() is page.outbox.step, timeout=30_000)
    window.activateWindow()
    qtbot.waitUntil(page.outbox.step.go_button.hasFocus, timeout=10_000)
    QTest.keyClick(page.outbox.step.go_button, Qt.Key.Key_Space)


def test_the_whole_way_by_buttons(
    pair: tuple[MainWindow, MainWindow], qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    station, county = pair
    stick = tmp_path / "stick"
    stick.mkdir()
    monkeypatch.setattr(messages, "ask_folder", lambda *a, **k: stick)
    asked: list[str] = []
    monkeypatch.setattr(messages, "ask", lambda *a, **k: asked.append(k["detail"].zh) or True)

    exchange: Any = station.open_page("exchange")
    exchange.hand_out_card()
    qtbot.waitUntil(lambda: "身份卡已写好" in said(station), timeout=30_000)
    stations: Any = county.open_page("stations")
    stations.hand_out_card()
    cards = {p.name: p for p in stick.glob("GSC_*.json")}
    mine = next(p for n, p in cards.items() if "152522200" in n)
    theirs = next(p for n, p in cards.items() if "152522200" not in n)
    stations.take_card(mine)
    exchange.take_card(theirs)
    assert len(asked) == 2 and all("SHA256:" in text for text in asked)
    assert "测试旗" in exchange.outbox._pair_words.text()

    exchange.pack()
    go_on(qtbot, station)
    until_free(qtbot, station)
    qtbot.waitUntil(lambda: "上报包已生成" in said(station), timeout=30_000)
    package = next(stick.glob("GSP_152522200_*.zip"))
    row = station.session.read.rows(Query("household"))[0]
    assert row.state is State.PACKAGED

    inbox: Any = county.open_page("inbox")
    inbox.look(package)
    qtbot.waitUntil(lambda: inbox.plan_view.plan is not None, timeout=30_000)
    assert inbox.plan_view.plan.ok and inbox.plan_view.numbers["new"].text() == "1"
    assert county.session.read.type_counts()["household"] == 0
    inbox.apply()
    until_free(qtbot, county)
    qtbot.waitUntil(lambda: "已接收" in said(county), timeout=30_000)
    assert county.session.read.type_counts()["household"] == 1
    answers = [p for p in stick.glob("GSP_152522_*.zip")]
    assert len(answers) == 1

    exchange.take_receipt(answers[0])
    until_free(qtbot, station)
    qtbot.waitUntil(lambda: "回执已导入" in said(station), timeout=30_000)
    assert station.session.read.rows(Query("household"))[0].state is State.RECEIVED

    # The station lost its laptop: the county hands back what it sent to the new one.
    with Workspace.create(tmp_path / "s2", org_code="152522200", org_name="测试草原站", role=Role.STATION,
                          author="测试员") as again:  # fmt: skip
        stations.take_card(cards_of.export_card(again, tmp_path))
        number = [each.device_id for each in stations.table.items()].index(again.identity.device_id)
        stations.table.selectRow(number)
        answers[0].unlink()
        stations.hand_back_button.click()
        until_free(qtbot, county)
        qtbot.waitUntil(lambda: "已写好 GSP_152522" in said(county), timeout=30_000)
        cards_of.accept_card(again, theirs)
        receipts.apply_receipt(again, next(stick.glob("GSP_152522_*.zip")))
        assert again.read.type_counts()["household"] == 1

    # The county accepts from its list; the next receipt tells the station.
    county.open_page("households")
    section: Any = county.pages["households"].section
    section.table.select_id(row.record_id)
    section.accept_selected()
    assert county.session.read.type_counts()["review"] == 1

    # A package that was taken in before is answered again, and changes nothing.
    inbox.look(package)
    qtbot.waitUntil(lambda: inbox.plan_view.plan is not None, timeout=30_000)
    assert inbox.plan_view.plan.repeat
    inbox.close_plan()


def test_a_foreign_package_is_refused_in_sight(
    pair: tuple[MainWindow, MainWindow], qtbot: QtBot, tmp_path: Path
) -> None:
    from station_app.exchange.package.build import build_package

    station, county = pair
    package = build_package(station.session.workspace, tmp_path).path
    inbox: Any = county.open_page("inbox")
    inbox.look(package)
    qtbot.waitUntil(lambda: inbox.plan_view.plan is not None, timeout=30_000)
    assert not inbox.plan_view.plan.ok and not inbox.plan_view.apply_button.isEnabled()
    assert inbox.plan_view.problems.findings
    assert inbox.escape() and inbox.plan_view.plan is None


def test_nothing_to_send_is_a_sentence(
    pair: tuple[MainWindow, MainWindow], qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    station, _ = pair
    monkeypatch.setattr(messages, "ask_folder", lambda *a, **k: tmp_path)
    exchange: Any = station.open_page("exchange")
    exchange.pack()
    go_on(qtbot, station)
    until_free(qtbot, station)
    exchange.pack()
    until_free(qtbot, station)
    qtbot.waitUntil(lambda: "PKG-060" in said(station), timeout=30_000)


def test_a_damaged_file_is_refused_with_its_code(
    pair: tuple[MainWindow, MainWindow], qtbot: QtBot, tmp_path: Path
) -> None:
    _, county = pair
    broken = tmp_path / "broken.zip"
    broken.write_bytes(b"PK\x03\x04 nothing")
    inbox: Any = county.open_page("inbox")
    inbox.look(broken)
    qtbot.waitUntil(lambda: "PKG-" in said(county), timeout=30_000)


def test_selected_records_are_sent_back_with_a_reason(county: MainWindow, qtbot: QtBot) -> None:
    county.open_page("households")
    section: Any = county.pages["households"].section
    rows = county.session.read.rows(Query("household"), 1)
    section.table.select_id(rows[0].record_id)
    section.ask_send_back()
    assert section.returning.isVisible()
    section.returning.edit.setText("身份证号请核对")
    section.returning._go()
    assert county.session.read.get("household", rows[0].record_id).state is State.RETURNED  # type: ignore[union-attr]
    county.go(Place("worklist", state="question"))
    page: Any = county.pages["worklist"]
    assert not page.table.items()  # it waits for the station, not for the county


def test_a_key_that_takes_the_place_of_another_is_asked_about_only_without_its_word(
    pair: tuple[MainWindow, MainWindow], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, county = pair
    asked: list[str] = []
    monkeypatch.setattr(messages, "ask", lambda *a, **k: asked.append(k["detail"].zh) or True)
    stations: Any = county.open_page("stations")
    with Workspace.create(tmp_path / "站", org_code="152522201", org_name="示例站", role=Role.STATION) as workspace:
        folder, former = workspace.folder, signing_key(workspace).public.fingerprint
        stations.take_card(export_card(workspace, tmp_path))
    for lost in (False, True):
        replace_key(folder, lost=lost)
        with Workspace.open(folder) as workspace:
            stations.take_card(export_card(workspace, tmp_path))
            now = signing_key(workspace).public.fingerprint
        assert len(asked) == 1 + lost
        if lost:
            assert former in asked[1] and now in asked[1]
        former = now
    assert "旧钥匙已签名交接" in said(county)
    assert [card.revoked_at != "" for card in registered_cards(county.session.workspace)].count(False) == 1
    states = [stations._standing(each).zh for each in stations.table.items()]
    assert len(states) == 3 and set(states[1:]) == {"已换新钥匙", "丢失，已由新钥匙代替"}


def test_a_machine_is_revoked_and_reinstated(county: MainWindow) -> None:
    stations: Any = county.open_page("stations")
    stations.revoke()
    assert stations.table.items()[0].revoked
    county.notices.cards[-1].action.click()
    assert not stations.table.items()[0].revoked


def test_backup_and_check_from_settings(station: MainWindow, qtbot: QtBot) -> None:
    page: Any = station.open_page("settings")
    view = page.views["general"]
    view.backup.back_up()
    qtbot.waitUntil(lambda: "备份已写好并检查" in said(station), timeout=30_000)
    qtbot.waitUntil(lambda: station.counts.now.last_backup is not None, timeout=10_000)
    view.check()
    qtbot.waitUntil(lambda: "完好" in view.verdict.text(), timeout=60_000)
    view.name.setText("示例员乙")
    view.save_person()
    assert station.person.text() == "示例员乙"
    assert station.session.workspace.identity.author == "示例员乙"


def test_tables_that_differ_are_made_anew_from_settings(station: MainWindow, qtbot: QtBot) -> None:
    with closing(connect(station.session.workspace.database_path)) as behind_its_back:
        behind_its_back.execute("UPDATE household SET head_name='别人'")
    view = cast(Any, station.open_page("settings")).views["general"]
    view.check()
    qtbot.waitUntil(lambda: view.rebuild_button.isVisible(), timeout=60_000)
    view.rebuild_button.click()
    qtbot.waitUntil(lambda: "完好" in view.verdict.text(), timeout=120_000)
    assert not view.rebuild_button.isVisible()
    assert station.session.read.sql("SELECT count(*) FROM household WHERE head_name='别人'") == [(0,)]


def test_two_laptops_of_a_station_exchange_by_buttons(
    open_window: Callable[..., MainWindow], qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    for name in ("one", "two"):
        with Workspace.create(tmp_path / name, org_code="152522200", org_name="测试草原站", role=Role.STATION,
                              author="测试员", device_name=name) as made:  # fmt: skip
            if name == "one":
                Entry(made).save(sample("household", 1, code="1525222002010001", village_code="152522200201"))
    one, two = open_window(tmp_path / "one"), open_window(tmp_path / "two")
    monkeypatch.setattr(messages, "ask_folder", lambda *a, **k: stick)
    monkeypatch.setattr(messages, "ask", lambda *a, **k: True)
    pages: list[Any] = [window.open_page("exchange") for window in (one, two)]
    pages[0].pack_for_colleague()
    assert "还没有登记" in said(one)
    for window, page in zip((one, two), pages, strict=True):
        page.hand_out_card()
        qtbot.waitUntil(lambda w=window: "身份卡已写好" in said(w), timeout=30_000)
    cards = {
        window: next(stick.glob(f"GSC_*{window.session.workspace.identity.device_id}.json")) for window in (one, two)
    }
    pages[0].take_card(cards[two])
    pages[1].take_card(cards[one])
    pages[0].pack_for_colleague()
    go_on(qtbot, one)
    qtbot.waitUntil(lambda: "给同事的包已生成" in said(one), timeout=30_000)
    (package,) = stick.glob("GSP_*.zip")
    until_free(qtbot, two)
    pages[1].take_receipt(package)
    go_on(qtbot, two)
    qtbot.waitUntil(lambda: "同事的记录已并入" in said(two), timeout=30_000)
    assert two.session.read.state_counts("household") == {State.BROUGHT: 1}
    assert one.session.read.state_counts("household") == {State.COMPLETE: 1}
