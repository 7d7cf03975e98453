"""Losing the laptop, in the window: a password, a sheet typed back, and a backup put back from the start window."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from station_app import paths
from station_app.domain.registry import Role
from station_app.domain.samples import sample
from station_app.services.entry import Entry
from station_app.storage import key_slots, stored_backups
from station_app.storage.workspace import Workspace
from station_app.ui import crash, messages
from station_app.ui.application import Shell
from station_app.ui.pdf import read_back

PASSWORD = "long-enough-1"
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
def folder(tmp_path: Path) -> Path:
    with Workspace.create(
        tmp_path / "站", org_code="152522200", org_name="测试草原站", role=Role.STATION, author="示例员"
    ) as made:
        Entry(made).save(sample("household", 1, code="1525222002010001", village_code="152522200201"))
    return tmp_path / "站"


def said(shell: Shell) -> str:
    assert shell.window is not None
    return " | ".join(shell.window.notices.texts())


def backup_card(shell: Shell) -> Any:
    assert shell.window is not None
    page: Any = shell.window.open_page("settings")
    page.choose("general")
    return page.views["general"].backup


def test_from_the_first_password_to_another_laptop(
    shell: Shell, folder: Path, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = shell.open(folder)
    assert window is not None
    card = backup_card(shell)
    assert "电脑丢了" in card.ways.text() and "WSP-106" in {p.code for p in window.session.workspace.gate}
    card.password_button.click()
    QTest.keyClicks(card.password.first, PASSWORD)
    QTest.keyClicks(card.password.second, "another")
    QTest.keyClick(card.password.second, Qt.Key.Key_Return)
    assert "不一样" in card.password.error.text() and not card.password.isHidden()
    card.password.second.clear()
    QTest.keyClicks(card.password.second, PASSWORD)
    QTest.keyClick(card.password.second, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "密码已设好" in said(shell), timeout=PATIENCE)
    assert card.password.isHidden() and "密码" in card.ways.text() and "示例员" in card.ways.text()
    shell.window.session.workspace.attachments.keep("示例照片".encode(), "示例.jpg")
    card.back_up()
    qtbot.waitUntil(lambda: "备份已写好并检查" in said(shell), timeout=PATIENCE)
    assert [each.sealed for each in card.table.items()] == [True]
    stick = tmp_path / card.table.items()[0].path.name
    shutil.copy(card.table.items()[0].path, stick)
    shell.close()
    shutil.rmtree(folder)

    start = shell.show_start()
    monkeypatch.setattr(messages, "ask_open_file", lambda *_, **__: stick)
    start.choose_backup()
    form = start.restore_form
    assert start.stack.currentIndex() == 2 and "测试草原站" in form.about.text()
    QTest.keyClicks(form.secret.line, "wrong-wrong")
    QTest.keyClick(form.secret.line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "KEY-001" in form.error.text(), timeout=PATIENCE)
    assert form.incomplete.isHidden()
    form.secret.clear()
    QTest.keyClicks(form.secret.line, PASSWORD)
    QTest.keyClick(form.secret.line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "WSP-053" in form.error.text(), timeout=PATIENCE)
    form.incomplete.click()
    form.secret.line.setText(PASSWORD)
    form.restore()
    qtbot.waitUntil(lambda: shell.window is not None, timeout=PATIENCE)
    assert shell.window is not None
    workspace = shell.window.session.workspace
    assert workspace.folder == tmp_path / "data" / "workspace-152522200"
    assert workspace.read.type_counts()["household"] == 1
    start = shell.show_start()
    start.begin_restore(stick)
    start.restore_form.secret.line.setText(PASSWORD)
    start.restore_form.restore()
    qtbot.waitUntil(lambda: "WSP-001" in start.restore_form.error.text(), timeout=PATIENCE)
    broken = tmp_path / f"x{stick.name}"
    broken.write_bytes(stick.read_bytes()[:-3])
    start.begin_restore(broken)
    assert "WSP-033" in start.error.text()


def test_a_sheet_is_printed_and_typed_back(
    shell: Shell, folder: Path, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell.open(folder)
    card = backup_card(shell)
    card.sheet_button.click()
    code = list(card.sheet.code)
    target = tmp_path / "恢复单.pdf"
    monkeypatch.setattr(messages, "ask_save_file", lambda *_, **__: target)
    card.sheet.print_it()
    qtbot.waitUntil(lambda: "已排好" in said(shell), timeout=PATIENCE)
    pages, characters = read_back(target)
    assert pages == 1 and set("".join(code)) <= characters
    for number, (field, line) in enumerate(zip(card.sheet.fields, code, strict=True)):
        QTest.keyClicks(field, line[::-1] if number == 2 else f"{line[:4]} {line[4:]}".lower())
    assert [field.property("problem") or "" for field in card.sheet.fields] == ["", "", "error", ""]
    card.sheet.count_button.click()
    qtbot.waitUntil(lambda: "KEY-005" in card.sheet.error.text(), timeout=PATIENCE)
    assert not key_slots.opens_elsewhere(key_slots.read_slots(folder / "keys"))
    card.sheet.fields[2].clear()
    QTest.keyClicks(card.sheet.fields[2], code[2])
    card.sheet.count_button.click()
    qtbot.waitUntil(lambda: "恢复单已生效" in said(shell), timeout=PATIENCE)
    assert "恢复单" in card.ways.text()


def test_a_backup_is_tried_and_put_back_from_settings(
    shell: Shell, folder: Path, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = shell.open(folder)
    assert window is not None
    backup_card(shell).back_up()
    qtbot.waitUntil(lambda: "备份已写好并检查" in said(shell), timeout=PATIENCE)
    backup_card(shell).drill()  # nothing opens it elsewhere: nobody is asked
    qtbot.waitUntil(lambda: "试恢复通过" in said(shell), timeout=PATIENCE)
    while window.notices.dismiss_newest():
        pass
    key_slots.set_password(folder / "keys", PASSWORD, "示例员")
    card = backup_card(shell)
    monkeypatch.setattr(messages, "ask_folder", lambda *_, **__: tmp_path)
    card.choose_second()
    card.back_up()
    qtbot.waitUntil(lambda: "备份已写好并检查" in said(shell), timeout=PATIENCE)
    assert len(stored_backups.stored(tmp_path)[0]) == 1
    card.drill_button.click()
    QTest.keyClicks(card.drill_panel.secret.line, "wrong-wrong")
    QTest.keyClick(card.drill_panel.secret.line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "KEY-001" in card.drill_panel.secret.error.text(), timeout=PATIENCE)
    card.drill_panel.secret.line.setText(PASSWORD)
    card.drill_panel.go_button.click()
    qtbot.waitUntil(lambda: "试恢复通过" in said(shell), timeout=PATIENCE)
    assert card.drill_panel.isHidden() and card.drill_panel.secret.text() == ""
    Entry(window.session.workspace).save(sample("household", 2, code="1525222002010002", village_code="152522200201"))
    monkeypatch.setattr(messages, "ask", lambda *_, **__: True)
    window.session.jobs.wait()
    card.restore()
    assert shell.window is not None and shell.window is not window
    assert shell.window.session.workspace.read.type_counts()["household"] == 1
    assert "那以后保存的内容不在里面" in said(shell)
    card = backup_card(shell)
    card.let_county()
    assert "KEY-009" in said(shell)
