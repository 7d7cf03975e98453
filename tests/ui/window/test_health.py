"""Settings › Health: reached from Today, a line a part, and the support file shown before it is saved."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from station_app.storage.problems import StorageProblem
from station_app.ui import messages
from station_app.ui.health_view import HealthView
from station_app.ui.lost_files import LostFiles
from station_app.ui.main_window import MainWindow
from station_app.ui.pages.settings import SettingsPage
from station_app.ui.session import Place

PATIENCE = 60_000


def health_of(window: MainWindow, qtbot: QtBot) -> HealthView:
    window.go(Place("settings", state="health"))
    page = window.pages["settings"]
    assert isinstance(page, SettingsPage)
    view = page.views["health"]
    assert isinstance(view, HealthView)
    qtbot.waitUntil(lambda: bool(view.table.items()), timeout=PATIENCE)
    return view


def test_each_part_is_a_line_and_enter_goes_where_it_is_looked_after(station: MainWindow, qtbot: QtBot) -> None:
    view = health_of(station, qtbot)
    parts = {part.key: part for part in view.table.items()}
    assert list(parts) == [
        "disk",
        "database",
        "clock",
        "backups",
        "keys",
        "files",
        "to_send",
        "to_answer",
        "versions",
        "errors",
    ]
    view.table.selectRow(6)
    assert view.words.text() and not view.go_button.isHidden()
    QTest.keyClick(view.table, Qt.Key.Key_Return)
    assert station.current_key == "exchange"


def test_what_the_start_warned_of_leads_to_health(station: MainWindow, qtbot: QtBot) -> None:
    station.session.workspace.gate.append(StorageProblem.LITTLE_ROOM.problem(megabytes=99))
    view = health_of(station, qtbot)
    assert "clock" in [part.key for part in view.table.items()]
    today = station.open_page("today")
    today.reload(None)
    line = next(b for b in today.findChildren(type(view.go_button)) if "99 MB" in b.text())
    line.click()
    assert station.current_key == "settings" and station.pages["settings"].current == "health"  # type: ignore[attr-defined]


def test_the_support_file_is_seen_before_it_is_saved_as_it_was_seen(
    station: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = health_of(station, qtbot)
    assert view.panel.isHidden()
    view.support_button.click()
    qtbot.waitUntil(lambda: not view.panel.isHidden(), timeout=PATIENCE)
    target = tmp_path / "支持.json"
    monkeypatch.setattr(messages, "ask_save_file", lambda *_args, **_named: target)
    view.save_button.click()
    assert target.read_text("ascii") == view.preview.toPlainText() and view.preview.isReadOnly()
    assert station.session.workspace.identity.org_name not in view.preview.toPlainText()


def test_a_file_that_vanishes_while_the_window_is_open_is_told_until_it_is_back(
    station: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    workspace = station.session.workspace
    watch = LostFiles(station.session)
    name = workspace.attachments.keep(b"example of the test", "示例.jpg")
    watch.look()
    qtbot.waitUntil(lambda: not station.session.jobs.running, timeout=PATIENCE)
    taken = workspace.attachments.path(name).rename(tmp_path / "quarantine")
    watch.look()
    code = StorageProblem.KEPT_FILES_GONE.code
    qtbot.waitUntil(lambda: code in [p.code for p in workspace.gate], timeout=PATIENCE)
    assert any(name in said for said in station.notices.texts())
    taken.rename(workspace.attachments.path(name))
    watch.look()
    qtbot.waitUntil(lambda: code not in [p.code for p in workspace.gate], timeout=PATIENCE)
    assert not any(name in said for said in station.notices.texts())
    watch.stop()
