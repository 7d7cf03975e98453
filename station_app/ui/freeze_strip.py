"""Keeping a figure that becomes a decision: names what nobody has verified, and takes the confirmation in place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCheckBox, QFrame, QVBoxLayout, QWidget

from station_app.domain.calc.explanation import Result
from station_app.domain.calc.published import published
from station_app.domain.problems import UserError
from station_app.domain.text import Text
from station_app.services.figures import freeze
from station_app.ui.charts.figures import figure_text
from station_app.ui.i18n import Retranslated, tr
from station_app.ui.pages.base import scrolled
from station_app.ui.parts import across, button, clear, down, label, literal, text_width
from station_app.ui.session import Place

if TYPE_CHECKING:
    from station_app.ui.session import Session

FREEZE = Text("固定这个结果…", "Freeze this result …")
QUESTION = Text("固定“{name}”的结果？以后可以按当时的系数版本重算到最后一位。",
                "Freeze the result of {name}? It can be worked out again to the last digit with the editions of today.")  # fmt: skip
DOUBTS = Text(
    "用到 {n} 个未核实的系数，请逐项核实后勾选：",
    "It rests on {n} unverified coefficients; tick each you have checked:",
)
COEFFICIENT = Text("{label} = {value}（标记 {mark}；{source}）", "{label} = {value} (mark {mark}; {source})")
DO = Text("固定", "Freeze")
LEAVE = Text("不固定", "Do not freeze")
KEPT = Text("“{name}”的结果已固定。", "The result of {name} is frozen.")
SHOW = Text("打开", "Open")
MOST_LINES = 5


class FreezeStrip(QFrame, Retranslated):
    """Asks, shows what is unverified, freezes.

    Signals:
        frozen(record_id): the result is kept.
        left(): the person is done with the strip.
    """

    frozen = Signal(str)
    left = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.follow_language()
        self.setProperty("part", "strip")
        self.setProperty("state", "warn")
        self._session = session
        self._asked: tuple[str, freeze.Subject, Result] | None = None
        self._question = label("strong", wrap=True)
        self._doubts = label("", wrap=True)
        self._lines = QVBoxLayout()
        self._lines.setContentsMargins(0, 0, 0, 0)
        self._lines.setSpacing(0)
        self._area = scrolled(self._lines)
        self.boxes: list[tuple[str, QCheckBox]] = []
        self.do = self.said(button("primary", self.freeze), DO)
        self._away = self.said(button("", self.leave), LEAVE)
        self.setLayout(down(self._question, self._doubts, self._area, across(None, self.do, self._away), spacing=4,
                            margins=(10, 6, 8, 6)))  # fmt: skip
        self.hide()

    def ask(self, kind: str, subject: freeze.Subject, result: Result) -> None:
        """Ask whether to freeze a result; its explanation has been made."""
        self._asked = (kind, subject, result)
        self._fill()
        self.show()
        (self.boxes[0][1] if self.boxes else self.do).setFocus(Qt.FocusReason.OtherFocusReason)

    def _fill(self) -> None:
        ticked = {reference for reference, box in self.boxes if box.isChecked()}
        clear(self._lines)
        self.boxes = []
        if self._asked is None:
            return
        _, subject, result = self._asked
        self._question.setText(tr(QUESTION, name=subject.name))
        doubtful = freeze.to_confirm(result.explanation)
        for given in doubtful:
            origin = given.origin
            said = tr(COEFFICIENT, label=given.label, value=figure_text(given.value, given.places),
                      mark=origin.mark or "–", source=published(origin.standard or origin.source))  # fmt: skip
            box = QCheckBox(literal(said))
            box.setToolTip(origin.reference)
            box.setChecked(origin.reference in ticked)
            box.toggled.connect(lambda _on=False: self._ticked())
            self.boxes.append((origin.reference, box))
            self._lines.addWidget(box)
        self._lines.addStretch(1)
        self._doubts.setText(tr(DOUBTS, n=len(doubtful)))
        self._doubts.setVisible(bool(doubtful))
        self._area.setVisible(bool(doubtful))
        line = text_width(self, 2)
        self._area.setFixedHeight(min(len(doubtful), MOST_LINES) * line)
        self._ticked()

    def _ticked(self) -> None:
        self.do.setEnabled(all(box.isChecked() for _, box in self.boxes))

    def freeze(self) -> None:
        """Keep the result, with what was ticked as confirmed."""
        if self._asked is None:
            return
        kind, subject, result = self._asked
        confirmed = [reference for reference, box in self.boxes if box.isChecked()]
        try:
            saved = freeze.freeze(self._session.entry, kind, subject, result, confirmed, today=self._session.today())
        except UserError as error:
            self._session.show_error(error)
            return
        self.leave()
        place = Place(record_type="calculation_result", record_id=saved.record_id, back=True)
        self._session.say(
            KEPT.format(name=subject.name), "ok", action_text=SHOW, action=lambda: self._session.go(place)
        )
        self.frozen.emit(saved.record_id)

    def leave(self) -> None:
        """Close without freezing."""
        self._asked = None
        self.boxes = []
        self.hide()
        self.left.emit()

    def retranslate(self) -> None:
        super().retranslate()
        if self._asked is not None:
            self._fill()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
            return
        super().keyPressEvent(event)
