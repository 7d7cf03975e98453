"""Two editions side by side: every field of every row in which they differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from station_app.domain.calc.edition_diff import differences
from station_app.domain.text import Text
from station_app.services.figures.standards_columns import DIFFERENCE_COLUMNS, difference_lines
from station_app.ui.figure_table import FigureTable
from station_app.ui.i18n import Retranslated
from station_app.ui.link_picker import TITLE
from station_app.ui.parts import EmptyState, TextCombo, across, button, down, label

if TYPE_CHECKING:
    from station_app.domain.calc.coefficients import CoefficientSet, Standards

WITH = Text("原有的一版", "Compared with")
BACK = Text("返回", "Back")
SUMMARY = Text("{rows} 行不同", "{rows} rows differ")
SAME = Text("两版完全相同", "Both say the same")
SAME_BODY = Text("没有一行不同。", "No row differs.")


class ComparePanel(QWidget, Retranslated):
    """The set in sight against another of its kind.

    Signals:
        left(): the person is done.
    """

    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.follow_language()
        name = label("hint")
        self.say(name.setText, WITH)
        self.other = TextCombo()
        self.say(self.other.setAccessibleName, WITH)
        self.other.chosen.connect(lambda _set: self._show())
        self._count = label("hint")
        back = button("", self.left.emit)
        self.say(back.setText, BACK)
        self.table = FigureTable()
        self.same = EmptyState("ok")
        self.same.tell(SAME, SAME_BODY)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.table)
        self.stack.addWidget(self.same)
        box = down(across(name, self.other, self._count, None, back), self.stack, spacing=6)
        box.setStretch(1, 1)
        self.setLayout(box)
        self._chosen: CoefficientSet | None = None

    def show_set(self, standards: Standards, chosen: CoefficientSet) -> None:
        """Compare ``chosen`` with the edition it was made from, or another of its kind."""
        self._chosen = chosen
        others = [each for each in standards.of_kind(chosen.kind) if each is not chosen]
        others.sort(key=lambda each: (each.name != chosen.name, each.reference != chosen.based_on))
        self.other.set_items([(TITLE.format(title=each.title, edition=each.edition), each) for each in others])
        first = next((each for each in others if each.reference == chosen.based_on), others[0] if others else None)
        self.other.choose(first)
        self._show()

    def _show(self) -> None:
        other = self.other.value()
        if self._chosen is None or other is None:
            return
        found = differences(other, self._chosen)
        self.table.show_rows(DIFFERENCE_COLUMNS, difference_lines(found))
        self.say(self._count.setText, SUMMARY.format(rows=len(found)))
        self.stack.setCurrentWidget(self.table if found else self.same)

    def focus_work(self) -> None:
        """Put the keyboard into the choice."""
        self.other.setFocus(Qt.FocusReason.OtherFocusReason)
