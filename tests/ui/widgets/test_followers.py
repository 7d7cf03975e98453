"""What follows the language and the look: as long as it lives, in order, and nobody is held by it."""

from __future__ import annotations

import gc
import weakref

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QPushButton
from shiboken6 import delete

from station_app.domain.text import ENGLISH, Text
from station_app.ui import i18n, theme
from station_app.ui.followers import Followers
from station_app.ui.parts import TextCombo, give_icon


class Told(QObject):
    def __init__(self, told: list[str], name: str) -> None:
        super().__init__()
        self.told, self.name = told, name

    def tell(self) -> None:
        self.told.append(self.name)
        if self.name == "b":
            raise ValueError("示例")


def test_all_are_told_in_order_though_one_fails_and_a_deleted_one_is_left_out(monkeypatch) -> None:
    told: list[str] = []
    failed: list[object] = []
    monkeypatch.setattr("sys.excepthook", lambda kind, error, trace: failed.append(kind))
    followers = Followers()
    objects = [Told(told, name) for name in "abcd"]
    for each in objects:
        followers.connect(each.tell)
    delete(objects[2])
    assert len(followers) == 3
    followers.emit()
    assert told == ["a", "b", "d"] and failed == [ValueError]


def test_who_is_deleted_while_all_are_told_is_told_no_more(monkeypatch) -> None:
    failed: list[object] = []
    monkeypatch.setattr("sys.excepthook", lambda kind, error, trace: failed.append(error))
    followers, told, objects = Followers(), [], [Told([], name) for name in "acd"]
    followers.add(objects[0], lambda _a: delete(objects[1]) if not told else None)
    followers.add(objects[0], lambda _a: told.append("again") or followers.emit() if not told else None)
    followers.add(objects[1], lambda _c: told.append("c"))
    followers.add(objects[2], lambda d: delete(d))
    followers.add(objects[2], lambda d: d.objectName())
    followers.emit()
    assert told == ["again"] and failed == []


def test_nobody_is_held() -> None:
    followers, held = Followers(), Told([], "a")
    followers.connect(held.tell)
    followers.add(held, lambda follower: None)
    gone = weakref.ref(held)
    del held
    gc.collect()
    assert gone() is None and len(followers) == 0


def test_a_button_and_a_text_follow_until_they_are_deleted(qtbot) -> None:
    followed = len(theme.changed), len(i18n.language_changed)
    pressed = QPushButton()
    qtbot.addWidget(pressed)
    give_icon(pressed, "help")
    before = pressed.icon().cacheKey()
    theme.apply("dark")
    assert pressed.icon().cacheKey() != before
    combo = TextCombo([(Text("户", "Household"), 1)])
    i18n.set_language(ENGLISH)
    assert combo.currentText() == "Household"
    delete(combo)
    delete(pressed)
    theme.apply("light")
    assert (len(theme.changed), len(i18n.language_changed)) == followed
