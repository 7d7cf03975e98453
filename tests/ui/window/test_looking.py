"""Opened to look at: said above every page, no act that writes is offered, and nothing of the workspace changes."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from station_app import paths
from station_app.domain.registry import Role
from station_app.storage.problems import StorageProblem
from station_app.storage.workspace import DATABASE, Workspace
from station_app.ui import crash, messages
from station_app.ui.application import Shell
from station_app.ui.main_window import MainWindow

REFUSED = StorageProblem.LOOKED_AT_ONLY.code
PATIENCE = 60_000


@pytest.fixture
def shell(qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shell]:
    monkeypatch.setenv(paths.DATA, str(tmp_path / "data"))
    made = Shell(qapp, crash.CrashReporter())
    yield made
    if made.start is not None:
        made.start.jobs.wait()
        made.start.close()
    made.close()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def seen(folder: Path) -> dict[str, str]:
    return {
        str(p.relative_to(folder)): f"{p.stat().st_mtime_ns} {hashlib.sha256(p.read_bytes()).hexdigest()}"
        for p in folder.rglob("*")
        if p.is_file()
    }


def settled(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not window.session.jobs.running, timeout=PATIENCE)


def press_all(window: MainWindow, qtbot: QtBot, page: str) -> list[str]:
    """Press every button of a page that is in sight and may be pressed; return what was told of what may not be written."""
    told: list[str] = []
    window.session.noticed.connect(lambda notice: told.append(notice.text.en))
    window.open_page(page)
    settled(window, qtbot)
    tabs = getattr(window.pages[page], "tabs", None)
    for key in [key for key, _ in tabs.items()] if tabs is not None else [""]:
        if key:
            window.pages[page].choose(key)  # type: ignore[attr-defined]
            settled(window, qtbot)
        for each in window.pages[page].findChildren(QPushButton):
            if isValid(each) and each.isVisible() and each.isEnabled() and each.menu() is None:
                each.click()
                settled(window, qtbot)
                if window.current_key != page:
                    window.open_page(page)
    return [said for said in told if REFUSED in said]


@pytest.mark.parametrize("which", ["station", "county"])
def test_no_button_of_any_page_writes(
    shell: Shell, qtbot: QtBot, training: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, which: str
) -> None:
    folder = Path(shutil.copytree(training / which, tmp_path / which))
    for name in ("ask_folder", "ask_open_file", "ask_save_file", "ask_choice"):
        monkeypatch.setattr(messages, name, lambda *_args, **_named: None)
    monkeypatch.setattr(messages, "ask", lambda *_args, **_named: True)
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda _url: True)
    before = seen(folder)
    window = shell.open(folder, look=True)
    assert window is not None
    qtbot.waitUntil(lambda: bool(window.current_key), timeout=PATIENCE)
    assert {"today", "inbox", "exchange", "worklist"}.isdisjoint(window.entries)
    told = {page: said for page in window.entries if (said := press_all(window, qtbot, page))}
    assert told == {}
    assert seen(folder) == before


def test_a_damaged_workspace_is_opened_to_look_beside_taking_out_what_is_sound(
    shell: Shell, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "站"
    with Workspace.create(folder, org_code="152522200", org_name="示例站", role=Role.STATION, author="示例员"):
        pass
    (folder / "backups").mkdir(exist_ok=True)
    opened, real = [], Workspace.open

    def damaged(path: Path) -> Workspace:
        opened.append(path)
        raise StorageProblem.NOT_SOUND.error(where=path / DATABASE)

    monkeypatch.setattr(Workspace, "open", damaged)
    assert shell.open(folder) is None and shell.start is not None and opened == [folder]
    assert not shell.start.look_button.isHidden() and not shell.start.salvage_button.isHidden()
    shell.start.look_button.click()
    assert shell.window is not None and shell.window.session.workspace.looked_at_only
    said = " ".join(w.text() for w in shell.window.findChildren(type(shell.window.doors.offline)))
    assert "只读打开" in said or "Opened to look" in said
    assert shell.window.person.isHidden() and shell.window.doors.send.isHidden()
    monkeypatch.setattr(Workspace, "open", real)


def test_a_folder_is_opened_to_look_from_the_start_page(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "站"
    with Workspace.create(
        folder, org_code="152522200", org_name="示例站", role=Role.STATION, author="示例员"
    ) as writing:
        start = shell.show_start()
        monkeypatch.setattr(messages, "ask_folder", lambda *_args, **_named: folder)
        start.choose_folder_to_look()
        assert shell.window is not None and not shell.window.session.may_write
        assert not shell.window.session.may_author("household")
        assert writing.journal.count() == 0
