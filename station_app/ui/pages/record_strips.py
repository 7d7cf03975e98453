"""Strips above a record: the reason for voiding it, why it came back, two versions that contradict each other."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QLineEdit, QWidget

from station_app.domain.accounts import name_of
from station_app.domain.official_time import official_text
from station_app.domain.problems import UserError
from station_app.domain.registry import RecordType
from station_app.domain.text import Text
from station_app.domain.value_text import format_value
from station_app.storage.codec import decode_value
from station_app.storage.reader import State
from station_app.ui import theme
from station_app.ui.i18n import Retranslated, language, tr
from station_app.ui.parts import across, button, clear, down, label

if TYPE_CHECKING:
    from station_app.storage.reader import Row
    from station_app.ui.session import Session

WHY_VOID = Text("为什么作废?", "Why is it voided?")
VOID = Text("作废", "Void")
KEEP = Text("不作废", "Keep it")
REASON = Text("原因", "Reason")
RETURNED = Text("县里退回了这条记录。{said} 更正后重新上报。",
                "The county returned this record. {said} Correct it and send again.")  # fmt: skip
REFUSED = Text("县里没有接收这条记录({code})。{said} 更正后重新上报。",
               "The county did not take this record ({code}). {said} Correct it and send again.")  # fmt: skip
VOIDED = Text("这条记录已作废，历史仍保留。", "This record is void; its history is kept.")
CONFLICT = Text("两处同时改了这条记录，请选择以哪个为准，另一个留在历史里。",
                "This record was changed in two places. Choose which one stands; the other stays in the history.")  # fmt: skip
THIS_ONE = Text("以这个为准", "Let this stand")
GIVE_REASON = Text("请先写明原因。", "Give the reason first.")
SETTLED = Text("冲突已解决。", "The conflict is settled.")
MOST_FIELDS = 8


class ReasonStrip(QFrame, Retranslated):
    """One line that asks why, in place of a box."""

    def __init__(self, question_text: Text = WHY_VOID, verb: Text = VOID, keep: Text = KEEP,
                 parent: QWidget | None = None) -> None:  # fmt: skip
        super().__init__(parent)
        self.follow_language()
        self.setProperty("part", "strip")
        self.setProperty("state", "warn")
        self._act: Callable[[str], None] | None = None
        question = label("strong")
        self.edit = QLineEdit()
        self.edit.returnPressed.connect(self._go)
        self.do = self.said(button("danger", self._go), verb)
        self.edit.textChanged.connect(lambda text: self.do.setEnabled(bool(text.strip())))
        away = self.said(button("", self.hide), keep)
        self.say(question.setText, question_text)
        self.say(self.edit.setPlaceholderText, REASON)
        self.say(self.edit.setAccessibleName, question_text)
        row = across(question, self.edit, self.do, away, margins=(10, 4, 6, 4))
        row.setStretch(1, 1)
        self.setLayout(row)
        self.hide()

    def ask(self, act: Callable[[str], None]) -> None:
        """Show the line; ``act(reason)`` follows."""
        self._act = act
        self.edit.clear()
        self.do.setEnabled(False)
        self.show()
        self.edit.setFocus(Qt.FocusReason.OtherFocusReason)

    def _go(self) -> None:
        reason = self.edit.text().strip()
        if reason and self._act is not None:
            self.hide()
            self._act(reason)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
            return
        super().keyPressEvent(event)


class StateStrip(QFrame, Retranslated):
    """Says why a record needs a person again."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.follow_language()
        self.setProperty("part", "strip")
        self._words = label("", wrap=True)
        self.setLayout(across(self._words, margins=(10, 5, 10, 5)))
        self.hide()

    def show_row(self, row: Row, said: str = "") -> None:
        """Show what stands against the record, with the county's own words, or hide."""
        texts = {State.RETURNED: (RETURNED, "warn"), State.REFUSED: (REFUSED, "error"), State.VOID: (VOIDED, "info")}
        found = texts.get(row.state)
        if found is None:
            self.hide()
            return
        text, state = found
        self.say(self._words.setText, text.format(code=row.outcome_code or "—", said=f"“{said}”" if said else ""))
        theme.mark(self, state=state)
        self.show()


class ConflictStrip(QFrame, Retranslated):
    """Both versions in sight, field by field, and a button under each."""

    settled = Signal()

    def __init__(self, session: Session, kind: RecordType, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.follow_language()
        self.setProperty("part", "strip")
        self.setProperty("state", "error")
        self._session, self._kind = session, kind
        self._row: Row | None = None
        self._words = self.said(label("strong", wrap=True), CONFLICT)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(2)
        self.reason = QLineEdit()
        self.say(self.reason.setPlaceholderText, REASON)
        self.say(self.reason.setAccessibleName, REASON)
        self.setLayout(down(self._words, self._grid, self.reason, spacing=6, margins=(10, 6, 10, 8)))
        self.hide()

    def show_row(self, row: Row) -> None:
        """Show the versions of a record in conflict, or hide."""
        self._row = row if row.conflict else None
        self.setVisible(row.conflict)
        if row.conflict:
            self._fill()

    def _fill(self) -> None:
        if self._row is None:
            return
        clear(self._grid)
        heads = self._session.read.heads(self._row.record_id)[-3:]
        for column, head in enumerate(heads, 1):
            name = label("strong")
            name.setText(f"{name_of(head.author) or head.device[:8]} · {official_text(head.made_at)}")
            self._grid.addWidget(name, 0, column)
        line = 1
        for field in self._kind.fields:
            values: list[Any] = [h.fields.get(field.name) for h in heads]
            if all(v == values[0] for v in values) or line > MOST_FIELDS:
                continue
            title = label("hint")
            title.setText(field.label.to(language()))
            self._grid.addWidget(title, line, 0)
            for column, value in enumerate(values, 1):
                said = label()
                shown = None if value is None else decode_value(field, value)
                said.setText(format_value(field, shown, language()) or "—")
                self._grid.addWidget(said, line, column)
            line += 1
        if self._session.may_author(self._kind.name):
            for column, head in enumerate(heads, 1):
                keep = button("", partial(self._keep, head.version_id))
                keep.setText(tr(THIS_ONE))
                self._grid.addWidget(keep, line, column, Qt.AlignmentFlag.AlignLeft)
        self._grid.setColumnStretch(len(heads), 1)

    def retranslate(self) -> None:
        super().retranslate()
        if self._row is not None:
            self._fill()

    def _keep(self, version_id: str) -> None:
        if self._row is None:
            return
        if not self.reason.text().strip():
            self._session.say(GIVE_REASON, "warn")
            self.reason.setFocus()
            return
        try:
            self._session.entry.resolve(self._row.record_id, version_id, self.reason.text(), initiator=self)
        except UserError as error:
            self._session.show_error(error)
            return
        self.reason.clear()
        self._session.say(SETTLED, "ok")
        self.settled.emit()
