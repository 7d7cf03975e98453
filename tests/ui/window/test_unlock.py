"""Opening an encrypted workspace in the window: what is wrong is told apart, each with its next step, and nothing is deleted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from station_app import paths
from station_app.domain.accounts import AccountRole
from station_app.domain.registry import Role
from station_app.services import accounts
from station_app.storage import key_slots, protection
from station_app.storage.workspace import Workspace
from station_app.ui import crash, messages
from station_app.ui.application import Shell
from station_app.ui.unlock_form import UnlockForm

PASSWORD, NAME = "示例的密码-九八", "示例员"
PATIENCE = 60_000


@pytest.fixture
def shell(qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shell]:
    monkeypatch.setenv(paths.DATA, str(tmp_path / "data"))
    monkeypatch.setattr(key_slots, "MEMORY_KIB", 64)
    monkeypatch.setattr(key_slots, "PASSES", 1)
    made = Shell(qapp, crash.CrashReporter())
    yield made
    if made.start is not None:
        made.start.jobs.wait()
        made.start.close()
    made.close()


@pytest.fixture
def folder(shell: Shell, tmp_path: Path) -> Path:
    """A workspace that asks for its password."""
    place = tmp_path / "站"
    with Workspace.create(place, org_code="152522200", org_name="测试草原站", role=Role.STATION, author=NAME):
        key_slots.set_password(place / "keys", PASSWORD, NAME)
    protection.lock(place)
    return place


def form(shell: Shell) -> UnlockForm:
    assert shell.start is not None and shell.start.stack.currentIndex() == 3
    return shell.start.unlock_form


def try_it(shell: Shell, secret: str) -> None:
    form(shell).secret.line.setText(secret)
    QTest.keyClick(form(shell).secret.line, Qt.Key.Key_Return)


def test_wrong_then_right(shell: Shell, folder: Path, qtbot: QtBot) -> None:
    assert shell.open(folder) is None and shell.window is None
    asked = form(shell)
    assert (
        NAME in asked.ways.text() and shell.start.focusWidget() is asked.secret.line and asked.county_button.isHidden()
    )
    before = sorted(path.name for path in folder.rglob("*"))
    try_it(shell, "wrong-wrong")
    qtbot.waitUntil(lambda: "KEY-001" in asked.secret.error.text(), timeout=PATIENCE)
    assert sorted(path.name for path in folder.rglob("*")) == before
    try_it(shell, PASSWORD)
    qtbot.waitUntil(lambda: shell.window is not None, timeout=PATIENCE)
    assert shell.window is not None
    assert shell.window.session.workspace.identity.org_name == "测试草原站"
    shell.window.switch_asked.emit()  # who opens it again is asked again
    assert shell.open(folder) is None and shell.window is None


def test_damage_and_too_little_memory_are_no_wrong_password(
    shell: Shell, folder: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell.open(folder)
    with monkeypatch.context() as poor:

        def no_memory(_password: str, slot: key_slots.Slot) -> bytes:
            raise key_slots.StorageProblem.TOO_LITTLE_MEMORY.error(megabytes=slot.memory_kib // 1024)

        poor.setattr(key_slots, "_from_password", no_memory)
        try_it(shell, PASSWORD)
        qtbot.waitUntil(lambda: "KEY-002" in form(shell).secret.error.text(), timeout=PATIENCE)
    slot = next((folder / "keys").glob("password*.slot"))
    content = bytearray(slot.read_bytes())
    content[len(content) // 2] ^= 1
    slot.write_bytes(bytes(content))
    try_it(shell, PASSWORD)
    qtbot.waitUntil(lambda: "KEY-003" in form(shell).secret.error.text(), timeout=PATIENCE)
    assert shell.window is None


def test_the_sheet_and_the_county_open_it_too(
    shell: Shell, folder: Path, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    protection.unlock(folder, PASSWORD)
    code = key_slots.new_code()
    key_slots.set_sheet(folder / "keys", code, "\n".join(code))
    with Workspace.create(tmp_path / "县", org_code="152522", org_name="测试旗", role=Role.COUNTY, author="县员"):
        pass
    key_slots.set_county(folder / "keys", (tmp_path / "县" / "keys" / "device.pub").read_text("utf-8"), "测试旗")
    protection.lock(folder)
    shell.open(folder)
    try_it(shell, " ".join(code)[:-1] + ("2" if code[-1][-1] != "2" else "3"))
    qtbot.waitUntil(lambda: "KEY-005" in form(shell).secret.error.text(), timeout=PATIENCE)
    try_it(shell, " ".join(code).lower())
    qtbot.waitUntil(lambda: shell.window is not None, timeout=PATIENCE)
    assert shell.window is not None
    shell.window.switch_asked.emit()
    monkeypatch.setattr(messages, "ask_folder", lambda *_, **__: tmp_path / "县" / "keys")
    shell.open(folder)
    assert not form(shell).county_button.isHidden()
    form(shell).county_button.click()
    qtbot.waitUntil(lambda: shell.window is not None, timeout=PATIENCE)


def test_one_secret_for_both_is_asked_for_once(shell: Shell, folder: Path, qtbot: QtBot) -> None:
    protection.unlock(folder, PASSWORD)
    with Workspace.open(folder) as workspace:
        accounts.add(workspace, NAME, AccountRole.HEAD, PASSWORD)
    protection.lock(folder)
    shell.open(folder)
    try_it(shell, PASSWORD)
    qtbot.waitUntil(lambda: shell.window is not None and bool(shell.window.pages), timeout=PATIENCE)
    assert shell.window is not None and not shell.window.is_locked and shell.window.person.text() == NAME
