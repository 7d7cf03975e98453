"""The wheel never changes a value in passing: not the year of the program, no filter, no tab, on no page."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QScrollBar,
    QTabBar,
    QWidget,
)
from window_helpers import settle

from station_app.ui.main_window import MainWindow

VALUES = (QComboBox, QAbstractSpinBox, QAbstractSlider, QTabBar, QLineEdit, QPlainTextEdit)


def wheel(widget: QWidget, steps: int) -> None:
    middle = QPointF(widget.rect().center())
    event = QWheelEvent(middle, QPointF(widget.mapToGlobal(middle.toPoint())), QPoint(), QPoint(0, 120 * steps),
                        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False)  # fmt: skip
    QApplication.sendEvent(widget, event)


def value(widget: Any) -> object:
    for read in ("currentIndex", "value", "text", "toPlainText"):
        if hasattr(widget, read):
            return getattr(widget, read)()
    raise AssertionError(widget)


@pytest.mark.parametrize("which", ["station", "county"])
def test_the_wheel_changes_no_value_on_any_page(which: str, request: pytest.FixtureRequest) -> None:
    window: MainWindow = request.getfixturevalue(which)
    year = window.session.year
    seen: set[type] = set()
    for key in window.entries:
        page: Any = window.open_page(key)
        tabs = getattr(page, "tabs", None)
        for tab in [k for k, _ in tabs.items()] if tabs is not None else [""]:
            if tabs is not None:
                tabs.choose(tab)
            settle(window)
            for widget in window.findChildren(QWidget):
                if not isinstance(widget, VALUES) or isinstance(widget, QScrollBar) or not widget.isVisible():
                    continue
                for focused in (False, True):  # not even where the keyboard happens to be
                    if focused:
                        widget.setFocus()
                    before = value(widget)
                    for steps in (1, -1, -3, 3, 1):
                        wheel(widget, steps)
                        assert value(widget) == before, (key, tab, widget)
                seen.add(type(widget))
    assert window.session.year == year
    assert {"TextCombo", "TextTabs", "QLineEdit"} <= {kind.__name__ for kind in seen} and window.year.count() > 3
