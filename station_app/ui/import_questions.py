"""What an import asks: each question in its line, with the answers there are; what is suggested stands there already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QCheckBox, QFrame, QGridLayout, QSizePolicy, QWidget

from station_app.domain.text import Text
from station_app.exchange.excel.questions import Asked
from station_app.ui import theme
from station_app.ui.i18n import Retranslated, tr
from station_app.ui.pages.base import scrolled
from station_app.ui.parts import TextCombo, clear, down, label

if TYPE_CHECKING:
    from station_app.exchange.excel.questions import Question

TITLE = Text("请先回答 {n} 项，程序不会替您猜", "{n} questions first; nothing is guessed for you")
SAID = Text("可以改的选择", "Choices you may change")
CHOOSE = Text("请选择", "choose")
WRITE = Text("选择或填写", "choose or write")
_TALLEST = 212
_CHOICE_WIDTH = 300


class AnswerCombo(TextCombo):
    """A choice that may also be written, where the question allows it."""

    def __init__(self, question: Question, given: str) -> None:
        first = [] if given and not question.free else [(CHOOSE, "")]
        super().__init__([*first, *((text, value) for value, text in question.options)])
        self.setSizeAdjustPolicy(TextCombo.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumWidth(_CHOICE_WIDTH)
        if question.free:
            self.setEditable(True)
            self.setInsertPolicy(TextCombo.InsertPolicy.NoInsert)
            self.setItemText(0, "")
            line = self.lineEdit()
            assert line is not None
            line.setPlaceholderText(tr(WRITE))
            line.textEdited.connect(lambda _text: self.chosen.emit(self.value()))
        known = any(given == value for value, _ in question.options)
        self.choose(given if known or not given else "")
        if given and not known and question.free:
            self.setEditText(given)

    def value(self) -> Any:
        """Return the answer: of the option whose text stands there, else what was written."""
        if not self.isEditable():
            return super().value()
        text = self.currentText().strip()
        found = next((data for shown, data in self._items[1:] if text in (_said(shown), data)), None)
        return text if found is None else found

    def retranslate(self) -> None:
        written = self.currentText() if self.isEditable() else ""
        super().retranslate()
        if self.isEditable():
            self.setItemText(0, "")
            if self.currentIndex() <= 0:
                self.setEditText(written)


def _said(value: object) -> str:
    return tr(value) if isinstance(value, Text) else str(value)


class ImportQuestions(QFrame, Retranslated):
    """The questions of a plan and their answers.

    Signals:
        changed(): somebody answered, or said something else.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.follow_language()
        self.setProperty("part", "card")
        self._title = label("strong", state="warn")
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 8, 0)
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(1, 1)
        self._area = scrolled(self._grid)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.setLayout(down(self._title, self._area, spacing=6, margins=(12, 8, 8, 8)))
        self.choices: list[tuple[Question, QWidget]] = []
        self.hide()

    def ask(self, questions: Sequence[Question], given: Mapping[str, str], open_ones: Sequence[Question]) -> None:
        """Show these questions; ``given`` are the answers there are, else what is suggested stands."""
        clear(self._grid)
        self.choices = []
        kinds = list(Asked)
        ordered = sorted(questions, key=lambda q: (q not in open_ones, kinds.index(q.asked)))
        for row, question in enumerate(ordered):
            place = label("hint")
            place.setText(question.place)
            words = self.said(label("", wrap=True), question.text)
            answer = given.get(question.key) or question.default or question.suggested
            choice = self._choice(question, answer)
            words.setBuddy(choice)
            self._grid.addWidget(place, row, 0)
            self._grid.addWidget(words, row, 1)
            self._grid.addWidget(choice, row, 2)
            self.choices.append((question, choice))
        self._grid.setRowStretch(len(ordered), 1)
        self.say(self._title.setText, TITLE.format(n=len(open_ones)) if open_ones else SAID)
        theme.mark(self._title, state="warn" if open_ones else "muted")
        self.setVisible(bool(questions))
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._fit()

    def retranslate(self) -> None:
        super().retranslate()
        self._fit()

    def _fit(self) -> None:
        """Be as high as the questions, up to a third of a small screen."""
        room = max(self.width(), 600) - 40
        self._grid.invalidate()
        wrapped = self._grid.hasHeightForWidth()
        height = self._grid.totalHeightForWidth(room) if wrapped else self._grid.totalSizeHint().height()
        self._area.setFixedHeight(min(_TALLEST, max(height, self._area.widget().minimumSizeHint().height()) + 8))

    def _choice(self, question: Question, answer: str) -> QWidget:
        if len(question.options) == 1 and not question.free:
            box = QCheckBox()
            self.say(box.setText, question.options[0][1])
            box.setChecked(answer == question.options[0][0])
            box.toggled.connect(lambda _on: self.changed.emit())
            return box
        combo = AnswerCombo(question, answer)
        combo.chosen.connect(lambda _value: self.changed.emit())
        return combo

    def answers(self) -> dict[str, str]:
        """Return what is answered now, by the key of the question."""
        return {q.key: value for q, choice in self.choices if (value := _value(q, choice))}

    @property
    def is_complete(self) -> bool:
        return all(_value(question, choice) for question, choice in self.choices)

    def focus_first(self) -> bool:
        """Stand on the first question without an answer; return whether there is one."""
        for question, choice in self.choices:
            if not _value(question, choice):
                choice.setFocus(Qt.FocusReason.OtherFocusReason)
                return True
        return False


def _value(question: Question, choice: QWidget) -> str:
    if isinstance(choice, QCheckBox):
        return question.options[0][0] if choice.isChecked() else ""
    assert isinstance(choice, AnswerCombo)
    return str(choice.value() or "")
