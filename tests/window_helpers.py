"""Keys as a person presses them: where the focus is."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from station_app.domain.registry import record_type
from station_app.services.figures.scheme import proposed_scheme, scheme_of
from station_app.services.figures.standards import standards_of
from station_app.ui.main_window import MainWindow

CTRL = Qt.KeyboardModifier.ControlModifier


def keys(window: MainWindow, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """Press a key where the focus is."""
    QTest.keyClick(QApplication.focusWidget() or window, key, modifier)
    QApplication.processEvents()


def type_text(text: str) -> None:
    """Type where the focus is: ASCII by keys, Chinese as an input method commits it."""
    focus = QApplication.focusWidget()
    assert focus is not None
    if text.isascii():
        QTest.keyClicks(focus, text)
    else:
        event = QInputMethodEvent()
        event.setCommitString(text)
        QApplication.sendEvent(focus, event)
    QApplication.processEvents()


def settle(window: MainWindow) -> None:
    """Let every job come back and the window draw."""
    for _ in range(4):
        window.session.jobs.wait()
        QTest.qWait(20)


def choose_scheme(window: MainWindow, year: int = 2026) -> None:
    """Save the proposed scheme, with a typed yield for every class, unless there is one already."""
    session = window.session
    if scheme_of(session.read, year) is not None:
        return
    made = proposed_scheme(standards_of(session.read), year, "152522")
    line: Any = record_type("calculation_scheme").by_name["yields"].line
    classes = [c for (c,) in session.read.sql("SELECT DISTINCT grassland_class FROM parcel WHERE void=0") if c]
    yields = tuple(line(grassland_class=c, hay_kg_per_ha=Decimal(900), source="示例") for c in classes)
    session.entry.save(dataclasses.replace(made, yields=yields))
