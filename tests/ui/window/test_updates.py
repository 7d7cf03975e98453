"""Updates in the window: found quietly, shown with what would happen, prepared, and the program asks to be closed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from update_helpers import DEB, PORTABLE, here, make_key, signers_line, update_file

from station_app import __version__, paths
from station_app.exchange.package.sshsig import SigningKey
from station_app.exchange.update import applying, finding
from station_app.storage.workspace import Workspace
from station_app.ui import crash, i18n, messages
from station_app.ui.application import SEEN, Shell
from station_app.ui.main_window import MainWindow
from station_app.ui.session import Place
from station_app.ui.updates import FOLDER_SETTING, UpdateWatch

NEWER = "99.0.0"


@pytest.fixture
def key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SigningKey:
    """A release key that this copy of the program believes; data of its own; no sticks but those of the test."""
    made = make_key(tmp_path / "release")
    resources = tmp_path / "resources"
    resources.mkdir()
    for item in paths.resource_folder().iterdir():
        if item.name != "release":
            (resources / item.name).symlink_to(item)
    (resources / "release").mkdir()
    (resources / "release" / "allowed_signers").write_text(signers_line(made) + "\n", encoding="utf-8")
    monkeypatch.setenv(paths.RESOURCES, str(resources))
    monkeypatch.setenv(paths.DATA, str(tmp_path / "data"))
    monkeypatch.setattr(finding, "removable_folders", lambda: [tmp_path / "stick"])
    return made


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    folder = tmp_path / "stick"
    folder.mkdir()
    return folder


@pytest.fixture
def install_as(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Let the program believe it was installed: what runs here is a source checkout."""

    def set_kind(kind: str) -> Path:
        root = tmp_path / "programs" / "grassland-station-now"
        root.mkdir(parents=True)
        for module in (applying, finding):
            monkeypatch.setattr(module, "installed", lambda: here(root, kind, __version__))
        return root

    return set_kind


def view_of(window: MainWindow) -> Any:
    page: Any = window.open_page("settings")
    page.choose("general")
    return page.views["general"].updates


def today_lines(window: MainWindow) -> str:
    window.open_page("today")
    QApplication.processEvents()
    page: Any = window.pages["today"]
    texts = []
    for index in range(page._waiting.count()):
        widget = page._waiting.itemAt(index).widget()
        if widget is not None:
            texts += [c.text() for c in widget.children() if hasattr(c, "text")]
    return " ".join(texts)


def shown(panel: Any) -> str:
    labels = [panel.problems.itemAt(n).widget().text() for n in range(panel.problems.count())]
    return " ".join([panel.title.text(), panel.verdict.text(), *labels])


def test_an_update_on_a_stick_is_a_quiet_line_on_today(
    station: MainWindow, qtbot: QtBot, key: SigningKey, stick: Path, install_as: Callable[[str], Path]
) -> None:
    install_as(DEB)
    assert "新版本" not in today_lines(station)
    watch = UpdateWatch(station.session)
    watch.look()
    station.session.jobs.wait()
    QApplication.processEvents()
    assert station.session.update is None
    update_file(stick, key, NEWER)
    with qtbot.waitSignal(station.session.update_found, timeout=10_000):
        watch.look()
    assert f"新版本 {NEWER} 可以安装" in today_lines(station)
    assert not station.notices.texts(), "nothing pops up"
    station.go(Place("settings", state="updates"))
    panel = view_of(station).panel
    qtbot.waitUntil(lambda: panel.plan is not None, timeout=30_000)
    assert NEWER in panel.title.text() and panel.install_button.isVisible()
    watch.stop()


def test_a_foreign_file_makes_no_line_but_the_settings_say_why(
    station: MainWindow, qtbot: QtBot, key: SigningKey, stick: Path, tmp_path: Path, install_as: Callable[[str], Path]
) -> None:
    install_as(DEB)
    update_file(stick, make_key(tmp_path / "stranger"), NEWER)
    watch = UpdateWatch(station.session)
    watch.look()
    station.session.jobs.wait()
    QApplication.processEvents()
    assert station.session.update is None
    view = view_of(station)
    view.look()
    qtbot.waitUntil(lambda: "UPD-011" in view.answer.text(), timeout=10_000)
    assert view.answer.isVisible() and not view.panel.isVisible()
    watch.stop()


def test_nothing_found_says_so(station: MainWindow, qtbot: QtBot, key: SigningKey) -> None:
    view = view_of(station)
    view.look()
    qtbot.waitUntil(lambda: "没有找到更新文件" in view.answer.text(), timeout=10_000)


@pytest.mark.skipif(os.name != "posix", reason="a portable copy is a Linux thing")
def test_an_opened_file_is_checked_backed_up_laid_out_and_the_program_asks_to_leave(
    station: MainWindow, qtbot: QtBot, key: SigningKey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    install_as: Callable[[str], Path],
) -> None:  # fmt: skip
    root = install_as(PORTABLE)
    file = update_file(tmp_path / "mail", key, NEWER)
    monkeypatch.setattr(messages, "ask_open_file", lambda *a, **k: file)
    view = view_of(station)
    view.open_file()
    qtbot.waitUntil(lambda: view.panel.plan is not None, timeout=30_000)
    assert "签名有效" in view.panel.verdict.text() and "示例：修正两处问题。" in view.panel.notes.text()
    with qtbot.waitSignal(station.session.leave_asked, timeout=60_000) as asked:
        view.panel.install_button.click()
    launch = asked.args[0]
    assert launch.program == root.parent / f"grassland-station-{NEWER}" / "grassland-station"
    assert launch.program.is_file() and not launch.command
    backups = list((station.session.workspace.folder / "backups").glob(f"*before-update-{NEWER}*"))
    assert len(backups) == 1


def test_without_rights_the_command_is_shown_and_copied(
    station: MainWindow, qtbot: QtBot, key: SigningKey, stick: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    install_as: Callable[[str], Path],
) -> None:  # fmt: skip
    install_as(DEB)
    monkeypatch.setenv("PATH", str(tmp_path))
    if hasattr(os, "geteuid"):
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
    view = view_of(station)
    view.begin(update_file(stick, key, NEWER))
    qtbot.waitUntil(lambda: view.panel.plan is not None, timeout=30_000)
    view.panel.install()
    qtbot.waitUntil(lambda: bool(view.panel.command.text()), timeout=30_000)
    assert "sudo dpkg --install" in view.panel.command.text() and "已复制" in view.panel.verdict.text()
    assert QGuiApplication.clipboard().text() == view.panel.command.text()
    assert not view.panel.install_button.isVisible()
    view.panel.shut()
    assert not view.panel.isVisible()


@pytest.mark.parametrize(("version", "code"), [("0.0.1", "UPD-020"), (__version__, "UPD-021")])
def test_older_and_same_are_shown_and_not_offered(
    station: MainWindow, qtbot: QtBot, key: SigningKey, tmp_path: Path, install_as: Callable[[str], Path], version: str,
    code: str,
) -> None:  # fmt: skip
    install_as(DEB)
    view = view_of(station)
    view.begin(update_file(tmp_path / "f", key, version))
    qtbot.waitUntil(lambda: code in shown(view.panel), timeout=30_000)
    assert not view.panel.install_button.isVisible()
    view.panel.install()
    assert view.panel.prepared is None


def test_a_damaged_file_and_a_file_that_is_none(
    station: MainWindow, qtbot: QtBot, key: SigningKey, tmp_path: Path, install_as: Callable[[str], Path]
) -> None:
    install_as(DEB)
    view = view_of(station)
    file = update_file(tmp_path / "f", key, NEWER)
    file.write_bytes(file.read_bytes()[:-100])
    view.begin(file)
    qtbot.waitUntil(lambda: "UPD-002" in shown(view.panel), timeout=30_000)
    i18n.set_language("en")
    assert "damaged" in shown(view.panel)
    view.begin(tmp_path / "gone.gsupdate")
    qtbot.waitUntil(lambda: "UPD-001" in shown(view.panel), timeout=30_000)


def test_a_folder_for_updates_is_kept_and_looked_at(
    station: MainWindow, qtbot: QtBot, key: SigningKey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    install_as: Callable[[str], Path],
) -> None:  # fmt: skip
    install_as(DEB)
    shared = tmp_path / "旗县共享"
    update_file(shared, key, NEWER)
    monkeypatch.setattr(messages, "ask_folder", lambda *a, **k: shared)
    view = view_of(station)
    view.change_folder()
    assert station.session.workspace.settings.get(FOLDER_SETTING) == str(shared)
    qtbot.waitUntil(lambda: view.panel.plan is not None, timeout=30_000)
    view.remove_folder()
    assert station.session.workspace.settings.get(FOLDER_SETTING) == ""


def test_a_source_checkout_is_told_so(station: MainWindow, qtbot: QtBot, key: SigningKey, tmp_path: Path) -> None:
    view = view_of(station)
    view.begin(update_file(tmp_path / "f", key, NEWER))
    qtbot.waitUntil(lambda: "UPD-025" in shown(view.panel), timeout=30_000)


# --- the frame around it ---------------------------------------------------------------------------------------------


@pytest.fixture
def shell(qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv(paths.DATA, str(tmp_path / "data"))
    made = Shell(qapp, crash.CrashReporter())
    yield made
    if made.start is not None:
        made.start.close()
    made.close()


def _workspace(folder: Path) -> Path:
    from station_app.domain.registry import Role

    Workspace.create(folder, org_code="152522200", org_name="测试草原站", role=Role.STATION).close()
    return folder


def test_leaving_closes_the_workspace_and_keeps_what_runs_afterwards(
    shell: Shell, qtbot: QtBot, tmp_path: Path
) -> None:
    window = shell.open(_workspace(tmp_path / "w"))
    assert window is not None
    qtbot.waitUntil(lambda: window.counts.known)
    launch = applying.Launch((), tmp_path / "program")
    window.session.leave_asked.emit(launch)
    assert shell.afterwards is launch and not window.isVisible()
    shell.close()
    Workspace.open(tmp_path / "w").close()  # nobody holds it any more


def test_the_first_start_of_a_new_version_says_so_once(shell: Shell, qtbot: QtBot, tmp_path: Path) -> None:
    folder = _workspace(tmp_path / "w")
    with Workspace.open(folder) as opened:
        opened.settings.set(SEEN, "0.0.1")
    window = shell.open(folder)
    assert window is not None
    qtbot.waitUntil(lambda: any("程序已更新到" in t for t in window.notices.texts()), timeout=10_000)
    again = shell.open(folder)
    assert again is not None
    qtbot.wait(600)
    assert not again.notices.texts()


def test_the_start_page_shows_an_update_without_a_workspace(
    shell: Shell, qtbot: QtBot, key: SigningKey, tmp_path: Path, install_as: Callable[[str], Path]
) -> None:
    from station_app.exchange.opening import wish_for

    install_as(DEB)
    start = shell.show_start(wish=wish_for(update_file(tmp_path / "f", key, NEWER)))
    assert start.update_panel is not None
    qtbot.waitUntil(lambda: start.update_panel.plan is not None, timeout=30_000)
    assert start.update_panel.install_button.isVisible()


def test_a_session_that_is_closed_is_asked_nothing(station: MainWindow) -> None:
    watch = UpdateWatch(station.session)
    station.close()
    station.session.close()
    watch.look()  # five minutes later
    assert not watch._timer.isActive()
