"""Keys as a person presses them: where the focus is."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

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
