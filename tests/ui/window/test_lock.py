"""The lock: no key and no shortcut reaches the work below it, nothing of the work is seen, and what was typed goes on."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from burst_helpers import CTRL, LEAVING, NAMED, NONE, send_burst
from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot
from window_helpers import settle

from station_app.domain.text import Text
from station_app.storage import key_slots
from station_app.ui import lock, messages
from station_app.ui.main_window import MainWindow
from station_app.ui.session import Place

PASSWORD = "示例的密码-一二"


@pytest.fixture
def with_password(station: MainWindow, monkeypatch: pytest.MonkeyPatch) -> MainWindow:
    monkeypatch.setattr(key_slots, "MEMORY_KIB", 64)
    monkeypatch.setattr(key_slots, "PASSES", 1)
    key_slots.set_password(station.session.workspace.keys_folder, PASSWORD, "示例员")
    return station


def unlock(window: MainWindow, qtbot: QtBot, password: str = PASSWORD) -> None:
    assert window.lock_cover is not None
    secret = window.lock_cover.secret
    QApplication.processEvents()  # keys that came after an answer ask once more
    qtbot.waitUntil(secret.isEnabled)
    secret.line.setText(password)
    QTest.keyClick(secret.line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not window.is_locked)


def press(window: MainWindow, key: Qt.Key, modifier: Qt.KeyboardModifier = CTRL) -> None:
    """A key as the window system delivers it, shortcuts included."""
    QTest.keyClick(window.windowHandle(), key, modifier)
    QApplication.processEvents()


def test_what_is_being_typed_in_a_grid_goes_on_after_the_lock(with_password: MainWindow, qtbot: QtBot) -> None:
    window = with_password
    window.session.go(Place("livestock", record_type="grid"))
    settle(window)
    page: Any = window.pages["livestock"]
    view = page.views["grid"].grid.view
    model = view.grid
    column = next(n for n in range(len(model.columns)) if model.is_editable(n))
    key = model.columns[column].key
    view.setFocus()
    view.setCurrentIndex(model.index(0, column))
    send_burst(window, ["4", "2"])
    before = [dict(row.texts) for row in model.rows]
    versions = window.session.read.type_counts()
    press(window, Qt.Key.Key_L)
    assert window.is_locked and not window.centralWidget().isEnabled()

    chance = random.Random(7)
    for _ in range(10):
        sent = [chance.choice("0123456789") for _ in range(12)] + [chance.choice(LEAVING) for _ in range(6)]
        chance.shuffle(sent)
        send_burst(window, sent)
    for number in range(10):
        press(window, Qt.Key(Qt.Key.Key_0 + number))
    for other in (Qt.Key.Key_Z, Qt.Key.Key_Y, Qt.Key.Key_N, Qt.Key.Key_K, Qt.Key.Key_Return):
        press(window, other)
    press(window, Qt.Key.Key_F1, NONE)
    settle(window)
    assert window.is_locked and window.current_key == "livestock"
    assert [dict(row.texts) for row in model.rows] == before and window.session.read.type_counts() == versions
    focus = QApplication.focusWidget()
    assert focus is not None and window.lock_cover is not None and window.lock_cover.isAncestorOf(focus)

    unlock(window, qtbot)
    send_burst(window, ["7", "return"])
    assert model.rows[0].texts[key] == "427"


def test_wrong_right_and_keys_while_it_looks(with_password: MainWindow, qtbot: QtBot) -> None:
    window = with_password
    window.open_page("households")
    window.lock()
    cover = window.lock_cover
    assert cover is not None and cover.geometry() == window.rect() and "示例" in cover.whose.text()
    QTest.keyClicks(cover.secret.line, "wrong-wrong")
    QTest.keyClick(cover.secret.line, Qt.Key.Key_Return)
    handle = window.windowHandle()
    for name in ("9", "return", "escape", "tab"):  # already in the queue when the answer comes
        key, modifiers, text = NAMED.get(name) or (Qt.Key.Key_9, NONE, "9")
        QCoreApplication.postEvent(handle, QKeyEvent(QEvent.Type.KeyPress, key, modifiers, text))
    qtbot.waitUntil(lambda: "KEY-001" in cover.secret.error.text())
    assert window.is_locked and not window.centralWidget().isEnabled()
    unlock(window, qtbot)
    assert cover.secret.text() == "" and window.centralWidget().isEnabled()
    focus = QApplication.focusWidget()
    assert focus is not None and window.stack.isAncestorOf(focus)


def test_without_a_password_the_lock_says_so_and_enter_goes_on(station: MainWindow) -> None:
    station.lock()
    assert station.lock_cover is not None
    assert "没有设密码" in station.lock_cover.hint.text() and not station.lock_cover.secret.isVisible()
    send_burst(station, ["return"])
    assert not station.is_locked


def test_a_question_that_stands_open_is_answered_with_no(with_password: MainWindow, qtbot: QtBot) -> None:
    answers: list[bool] = []
    QTimer.singleShot(50, with_password, with_password.lock)
    answers.append(messages.ask(with_password, Text("删除示例？", "Remove the example?"), yes=Text("删除", "Remove")))
    assert answers == [False] and with_password.is_locked
    happened: list[str] = []
    with_password.when_unlocked(lambda: happened.append("looked at"))
    assert happened == []
    unlock(with_password, qtbot)
    assert happened == ["looked at"]


def test_it_locks_after_the_minutes_chosen_in_settings(with_password: MainWindow, qtbot: QtBot) -> None:
    window = with_password
    workspace = window.session.workspace
    assert lock.minutes_of(workspace) == lock.USUAL
    page: Any = window.open_page("settings")
    view = page.views["general"]
    view.reload()
    view.lock_after.choose(5)
    view.lock_after.chosen.emit(5)
    seconds = [0.0]
    owner = QObject()
    watch = lock.IdleWatch(lambda: lock.minutes_of(workspace), owner, now=lambda: seconds[0])
    watch.idle.connect(window.lock)
    window.activateWindow()
    watch._watch(window.windowHandle())
    seconds[0] = 299
    press(window, Qt.Key.Key_Shift, NONE)
    seconds[0] = 598
    watch.look()
    assert not window.is_locked
    seconds[0] = 599
    watch.look()
    assert window.is_locked
    unlock(window, qtbot)
    workspace.settings.set(lock.MINUTES, "0")
    seconds[0] = 99_999
    watch.look()
    assert not window.is_locked
    owner.deleteLater()


def test_nothing_of_the_work_is_seen_under_the_lock(with_password: MainWindow, tmp_path: Path) -> None:
    window = with_password
    window.open_page("households")
    settle(window)
    seen = window.grab().toImage()
    window.lock()
    window.session.say(Text("示例牧户一：已保存。", "Example household: saved."), "ok")
    QApplication.processEvents()
    locked = window.grab().toImage()
    corners = [(5, 5), (locked.width() - 6, 5), (5, locked.height() - 6), (locked.width() - 6, locked.height() - 6)]
    assert len({locked.pixel(*at) for at in corners}) == 1 and locked != seen
    assert window.childAt(window.rect().center()) is not None
    for at in (window.rect().center(), window.rect().topLeft(), window.rect().bottomRight()):
        shown = window.childAt(at)
        assert shown is window.lock_cover or window.lock_cover.isAncestorOf(shown)  # type: ignore[union-attr]
    assert isinstance(window.lock_cover.secret.line, QLineEdit)  # type: ignore[union-attr]
    assert window.lock_cover.secret.line.echoMode() is QLineEdit.EchoMode.Password  # type: ignore[union-attr]
