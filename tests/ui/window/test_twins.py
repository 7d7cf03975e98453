"""Something entered on two laptops waits behind its own door until one is kept."""

from __future__ import annotations

import dataclasses

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from window_helpers import keys

from station_app.storage.clock import new_record_id
from station_app.storage.codec import to_json_fields
from station_app.storage.reader import Query, State
from station_app.storage.versions import make_version
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
