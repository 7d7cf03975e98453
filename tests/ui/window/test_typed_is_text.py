"""What somebody typed is shown as it was typed: never as markup, and an ampersand in it names no key."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QMessageBox, QToolTip, QWidget
from window_helpers import settle

from station_app.domain.problems import UserError
from station_app.domain.samples import sample
from station_app.domain.text import Text
from station_app.ui import messages
from station_app.ui.main_window import MainWindow
from station_app.ui.parts import LinkLine

TYPED = "<b>示例甲</b> & <i>乙</i>"
PLAIN = Qt.TextFormat.PlainText


def tip_at(widget: QWidget, place: QPoint) -> QLabel:
    """Rest the pointer over a place; return the tooltip that comes."""
    QToolTip.hideText()
    QApplication.sendEvent(widget, QHelpEvent(QEvent.Type.ToolTip, place, widget.mapToGlobal(place)))
    (tip,) = [w for w in QApplication.topLevelWidgets() if w.metaObject().className() == "QTipLabel" and w.isVisible()]
    assert isinstance(tip, QLabel)
    return tip


@pytest.mark.parametrize("which", ["station", "county"])
def test_no_label_of_any_page_reads_markup(which: str, request: pytest.FixtureRequest) -> None:
    window: MainWindow = request.getfixturevalue(which)
    seen = 0
    for key in window.entries:
        page: Any = window.open_page(key)
        tabs = getattr(page, "tabs", None)
        for tab in [k for k, _ in tabs.items()] if tabs is not None else [""]:
            if tabs is not None:
                tabs.choose(tab)
            settle(window)
            for label in window.findChildren(QLabel):
                if label.isVisible():
                    assert label.textFormat() == PLAIN, (key, tab, label.text())
                    seen += 1
    assert seen > 200


def test_a_name_that_looks_like_markup_stands_in_tips_as_it_was_typed(station: MainWindow) -> None:
    station.session.entry.save(
        sample("household", 7, village_code="152522200201", code="1525222002010098", head_name=TYPED)
    )
    page: Any = station.open_page("households")
    settle(station)
    table = page.section.table.table
    model = table.model()
    row = next(r for r in range(model.rowCount()) if TYPED in [model.index(r, c).data() for c in range(9)])
    column = next(c for c in range(model.columnCount()) if model.index(row, c).data() == TYPED)
    table.scrollTo(model.index(row, column))
    tip = tip_at(table.viewport(), table.visualRect(model.index(row, column)).center())
    assert tip.text() == TYPED and tip.textFormat() == PLAIN
    name = QLabel(TYPED, station)
    name.setToolTip(TYPED)
    name.show()
    assert tip_at(name, QPoint(1, 1)).textFormat() == PLAIN == name.textFormat()


def test_boxes_show_what_was_typed(station: MainWindow) -> None:
    error = UserError("REC-001", Text(TYPED, TYPED))
    question, _ = messages.question_box(station, Text(TYPED, TYPED), yes=Text("是", "Yes"), detail=Text(TYPED, TYPED))
    for box in (messages.error_box(station, error), question):
        assert isinstance(box, QMessageBox)
        box.show()
        said = [label for label in box.findChildren(QLabel) if TYPED in label.text()]
        assert said and {label.textFormat() for label in said} == {PLAIN}
        box.close()


def test_a_link_says_what_else_there_is_to_say_of_it(station: MainWindow) -> None:
    link = LinkLine(lambda: None)
    link.setParent(station)
    link.hint = "示例文件夹"
    link.setText("甲&乙")
    for width, tip in ((400, "示例文件夹"), (60, "甲&乙的一个很长的名字\n示例文件夹")):
        link.resize(width, 30)
        link.show()
        link.grab()
        assert link.toolTip() == tip
        link.setText("甲&乙的一个很长的名字")


def test_an_ampersand_is_no_key(station: MainWindow) -> None:
    link = LinkLine(lambda: None)
    link.setText("甲&乙")
    station.session.workspace.set_author("甲&乙")
    station.session.workspace.identity = replace(station.session.workspace.identity, org_name="甲&乙")
    station._name_workplace()
    station.retranslate()
    for button in (link, station.person, station.workplace):
        assert isinstance(button, QAbstractButton)
        assert button.text().endswith("甲&&乙") and button.shortcut().isEmpty()
    assert "甲&乙" in station.windowTitle()
