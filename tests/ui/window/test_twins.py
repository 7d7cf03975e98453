"""Something entered on two laptops waits behind its own door until one is kept."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from window_helpers import keys

from station_app.domain.registry import Role
from station_app.exchange.package.build import build_package
from station_app.exchange.package.cards import accept_card, export_card
from station_app.services.entry import Entry
from station_app.storage.clock import new_record_id
from station_app.storage.codec import to_json_fields
from station_app.storage.reader import Query, State
from station_app.storage.versions import make_version
from station_app.storage.workspace import Workspace
from station_app.ui import messages
from station_app.ui.main_window import MainWindow
from station_app.ui.session import Place


def enter_elsewhere(window: MainWindow) -> tuple[str, str]:
    """Bring in a household another laptop entered under the same code; return both record ids."""
    workspace = window.session.workspace
    here = window.session.read.rows(Query("household"), 1)[0]
    record = dataclasses.replace(here.record, head_name="示例重复户")
    version = make_version(
        record_type="household", schema_version=1, record_id=new_record_id(), parent_ids=(),
        hlc=workspace.journal.clock.next(), author="示例员乙", device="0123456789", reason="", void=False,
        fields=to_json_fields(record))  # fmt: skip
    with workspace.journal.transaction():
        workspace.journal.append([version])
    window.counts.refresh()
    return here.record_id, version.record_id


def test_one_of_two_is_kept(station: MainWindow, qtbot: QtBot) -> None:
    assert not station.doors.twice.isVisible()
    kept, gone = enter_elsewhere(station)
    qtbot.waitUntil(lambda: station.doors.twice.isVisible() and "1" in station.doors.twice.text())
    qtbot.mouseClick(station.doors.twice, Qt.MouseButton.LeftButton)
    page = station.pages["worklist"]
    assert {item.place.record_id for item in page.table.items()} == {kept, gone}
    page.table.selectRow([i.place.record_id for i in page.table.items()].index(kept))
    page.keep_button.setFocus()
    keys(station, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: not station.doors.twice.isVisible())
    row = station.session.read.get("household", gone)
    assert row is not None and row.void and station.session.read.get("household", kept).state is not State.VOID  # type: ignore[union-attr]
    assert "保留" in station.notices.texts()[-1]
    assert page.empty.isVisible()


def test_a_county_returns_the_others(county: MainWindow, qtbot: QtBot) -> None:
    kept, other = enter_elsewhere(county)
    county.session.go(Place("worklist", state="twice"))
    page = county.pages["worklist"]
    qtbot.waitUntil(lambda: len(page.table.items()) == 2)
    page.table.selectRow([i.place.record_id for i in page.table.items()].index(kept))
    page.keep_button.setFocus()
    keys(county, Qt.Key.Key_Space)
    row = county.session.read.get("household", other)
    assert row is not None and row.state is State.RETURNED and not row.void
    assert county.session.read.get("household", kept).state is not State.RETURNED  # type: ignore[union-attr]


def two_laptops(window: MainWindow, folder: Path) -> tuple[Path, Workspace]:
    """Return the package of another station whose laptop registered a household that is on record here, and that laptop."""
    mine = window.session.workspace
    here = window.session.read.rows(Query("household"), 1)[0].record
    code = mine.identity.org_code if mine.identity.role is Role.STATION else here.village_code[:9]
    laptop = Workspace.create(folder / "乙", org_code=code, org_name="示例乙站", role=Role.STATION, author="示例员乙")
    for giver, taker in ((laptop, mine), (mine, laptop)):
        accept_card(taker, export_card(giver, folder))
    Entry(laptop).save(dataclasses.replace(here, head_name="示例重复户"))
    recipient = mine.identity.device_id if mine.identity.role is Role.STATION else None
    return build_package(laptop, folder, recipient=recipient).path, laptop


def test_the_inbox_says_what_would_be_on_record_twice(
    county: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package, laptop = two_laptops(county, tmp_path)
    laptop.close()
    monkeypatch.setattr(messages, "ask_folder", lambda *a, **k: tmp_path)
    inbox: Any = county.open_page("inbox")
    inbox.look(package)
    qtbot.waitUntil(lambda: inbox.plan_view.plan is not None, timeout=30_000)
    view = inbox.plan_view
    assert [f.problem.code for f in view.problems.findings] == ["TWN-004"] and view.problems.isVisible()
    assert "示例重复户" in view.problems.findings[0].problem.text.zh
    assert "重复登记" in view.comparison.verdict.text() and "看过" in view.apply_button.text()
    county.activateWindow()
    qtbot.waitUntil(view.apply_button.hasFocus, timeout=10_000)
    keys(county, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: any("重复登记" in t for t in county.notices.texts()), timeout=30_000)
    qtbot.waitUntil(lambda: county.doors.twice.isVisible(), timeout=30_000)


def test_a_colleagues_package_says_what_both_entered(station: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    package, laptop = two_laptops(station, tmp_path)
    laptop.close()
    page: Any = station.open_page("exchange")
    page.take_receipt(package)
    step = page.outbox.step
    qtbot.waitUntil(lambda: page.outbox.stack.currentWidget() is step, timeout=30_000)
    assert [f.problem.code for f in step.twice.findings] == ["TWN-004"] and step.twice.isVisible()
    assert "重复登记" in step.view.verdict.text()
    station.activateWindow()
    qtbot.waitUntil(step.go_button.hasFocus, timeout=10_000)
    keys(station, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: any("重复登记" in t for t in station.notices.texts()), timeout=30_000)
