"""Boxes: what they say and that they close; every one is opened for real, off the screen."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QMessageBox

from station_app.domain.problems import Problem, Severity, UserError
from station_app.domain.text import Text
from station_app.ui import i18n, messages


@pytest.fixture(autouse=True)
def chinese():
    i18n.set_language("zh_CN")
    yield
    i18n.set_language("zh_CN")


def when_open(qtbot, act):
    """Run ``act(box)`` as soon as a box stands on the screen."""

    def look():
        box = QApplication.activeModalWidget()
        if box is None:
            QTimer.singleShot(10, look)
        else:
            act(box)

    QTimer.singleShot(0, look)


def press(qtbot, box, words):
    button = next(b for b in box.buttons() if b.text() == words)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


PROBLEMS = (
    Problem("FLD-001", Severity.WARN, Text("面积偏大。", "Area is large."), "area_mu"),
    Problem("FLD-003", Severity.ERROR, Text("头数应为整数。", "Head must be whole."), "head", 3),
)


def test_user_error_says_sentence_code_and_problems_worst_first(qtbot):
    error = UserError("REC-001", Text("没有保存。", "Not saved."), problems=PROBLEMS)
    seen = {}

    def act(box):
        seen["text"], seen["detail"] = box.text(), box.informativeText()
        press(qtbot, box, "复制")
        seen["copied"] = QGuiApplication.clipboard().text()
        assert box.isVisible()  # copying does not close
        press(qtbot, box, "知道了")

    when_open(qtbot, act)
    messages.show_error(None, error)
    assert seen["text"] == "没有保存。"
    assert seen["detail"].index("头数应为整数") < seen["detail"].index("面积偏大")
    assert "REC-001" in seen["detail"]
    assert "第 3 行" in seen["detail"]
    assert "FLD-003" in seen["copied"]


def test_a_fault_is_said_plainly_and_its_trace_can_be_copied(qtbot):
    try:
        raise RuntimeError("inner words")
    except RuntimeError as error:
        box = messages.error_box(None, error)
    qtbot.addWidget(box)
    assert "inner words" not in box.text()
    assert "草稿" in box.text()
    assert "RuntimeError" in box.detailedText() and "test_messages.py:" in box.detailedText()
    assert "inner words" not in box.detailedText(), "what is sent to support holds no values"


@pytest.mark.parametrize(("words", "answer"), [("作废", True), ("取消", False)])
def test_question_has_verbs_and_a_safe_default(qtbot, words, answer):
    def act(box):
        assert box.defaultButton().text() == "取消"
        press(qtbot, box, words)

    when_open(qtbot, act)
    assert messages.ask(None, Text("作废这条记录?", "Void this record?"), yes=Text("作废", "Void")) is answer


def test_escape_is_the_safe_answer(qtbot):
    when_open(qtbot, lambda box: qtbot.keyClick(box, Qt.Key.Key_Escape))
    assert messages.ask(None, Text("作废这条记录?", "Void this record?"), yes=Text("作废", "Void")) is False


def test_a_problem_list_speaks_the_current_language(qtbot):
    i18n.set_language("en")
    seen = []

    def act(box):
        assert isinstance(box, QMessageBox)
        seen.append((box.text(), box.informativeText()))
        press(qtbot, box, "OK")

    when_open(qtbot, act)
    messages.show_problems(None, Text("有问题", "Problems"), PROBLEMS * 10)
    assert seen[0][0] == "Problems"
    assert "and 8 more" in seen[0][1]
