"""A frozen result looked at again: worked out from its own steps to the last digit, and by today's records beside it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from station_app.domain.problems import UserError
from station_app.domain.text import Text
from station_app.services.figures import freeze, references
from station_app.ui import theme
from station_app.ui.charts.figures import figure_text, unit_said
from station_app.ui.i18n import Retranslated, tr
from station_app.ui.pages.base import scrolled
from station_app.ui.parts import LinkLine, across, button, card, clear, down, label
from station_app.ui.why_panel import WHY, WhyPanel, place_of

if TYPE_CHECKING:
    from station_app.storage.reader import Row
    from station_app.ui.session import Session

RECHECK = Text("重新核算", "Recheck")
WORKING = Text("正在重新核算", "Working it out again")
SOUND = Text(
    "✓ 由所附过程重新计算，与固定时一致到最后一位", "✓ Worked out again from its own steps: the same to the last digit"
)
UNSOUND = Text("✗ 不一致，或无法核验", "✗ Not the same, or it can not be checked")
FIGURE, FROZEN, AGAIN, TODAY = (
    Text("项目", "Figure"), Text("固定时", "Frozen"), Text("重新计算", "Again"), Text("按今天的记录", "By today's records"))  # fmt: skip
CHANGED = Text("今天不同的输入 {n} 项", "Inputs that differ today: {n}")
CHANGE = Text("{label}：{before} → {now} {unit}", "{label}: {before} → {now} {unit}")
CONFIRMED = Text("{who} 确认了 {n} 个未核实的系数", "{who} confirmed {n} unverified coefficients")
MIND, NONE = Text("请注意", "Mind"), Text("—", "—")
MOST = 25


class RecheckPanel(QWidget, Retranslated):
    """A tab of a frozen result's detail."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.follow_language()
        self._session = session
        self.found: freeze.Recheck | None = None
        self._record_id = ""
        self._verdict = label("strong", wrap=True)
        self.why = self.said(button("", self.explain), WHY)
        self._cards = QVBoxLayout()
        self._cards.setSpacing(8)
        self._frame = scrolled(down(self._cards, None, margins=(0, 4, 6, 4)))
        self.panel = WhyPanel(session)
        self.panel.closed.connect(self._closed)
        self.panel.hide()
        head = across(self._verdict, self.why)
        head.setStretch(0, 1)
        box = down(head, self._frame, self.panel)
        box.setStretch(1, 1)
        box.setStretch(2, 1)
        self.setLayout(box)

    def show_row(self, row: Row | None) -> None:
        """Look at this result again, off the window's thread."""
        if row is None:
            return
        record_id = row.record_id
        if record_id != self._record_id:
            self.found = None
            self.panel.hide()
            self._frame.show()
        self._record_id = record_id
        self.retranslate()
        attachments = self._session.workspace.attachments

        def done(found: freeze.Recheck) -> None:
            self.found = found
            self.retranslate()

        def failed(error: BaseException) -> None:
            self._verdict.setText(tr(error.text) if isinstance(error, UserError) else "")
            if not isinstance(error, UserError):
                self._session.show_error(error)

        self._session.ask(
            self,
            lambda context: freeze.recheck(context.reader, attachments, record_id),
            title=WORKING,
            on_done=done,
            on_error=failed,
        )

    def explain(self) -> None:
        if self.found is None or self.found.explanation is None:
            return
        name = self.found.record.subject_name
        self.panel.show_explanation(Text(name, name), self.found.explanation)
        self._frame.hide()
        self.panel.show()
        self.panel.setFocus(Qt.FocusReason.OtherFocusReason)

    def _closed(self) -> None:
        self._frame.show()
        self.why.setFocus(Qt.FocusReason.OtherFocusReason)

    def retranslate(self) -> None:
        super().retranslate()
        clear(self._cards)
        found = self.found
        self.why.setEnabled(found is not None and found.explanation is not None)
        if found is None:
            self._verdict.setText(tr(WORKING))
            theme.mark(self._verdict, state="")
            return
        self._verdict.setText(tr(SOUND if found.sound else UNSOUND))
        theme.mark(self._verdict, state="ok" if found.sound else "error")
        self._cards.addWidget(self._values(found))
        if found.record.confirmed:
            said = label("hint", wrap=True)
            said.setText(tr(CONFIRMED, who=found.record.confirmed_by or "", n=len(found.record.confirmed)))
            self._cards.addWidget(said)
        if found.problems:
            self._cards.addWidget(self._problems(found))
        if found.changed:
            self._cards.addWidget(self._changes(found))

    def _values(self, found: freeze.Recheck) -> QWidget:
        grid = QGridLayout()
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(3)
        for column, text in enumerate((FIGURE, FROZEN, AGAIN, TODAY)):
            _put(grid, 0, column, tr(text), "hint")
        today = {check.name: check for check in found.today or ()}
        for line, check in enumerate(found.stored, 1):
            _put(grid, line, 0, f"{tr(check.label)}({unit_said(check.unit)})" if check.unit else tr(check.label))
            _put(grid, line, 1, figure_text(check.frozen, check.places), "strong", tip=f"{check.frozen:f}")
            self._again(grid, line, 2, check)
            if check.name in today:
                self._again(grid, line, 3, today[check.name])
            elif found.today is None:
                _put(grid, line, 3, tr(NONE))
        grid.setColumnStretch(4, 1)
        return card(down(grid, margins=(12, 8, 12, 8)))

    @staticmethod
    def _again(grid: QGridLayout, line: int, column: int, check: freeze.ValueCheck) -> None:
        sign = "=" if check.same else "≠"
        text = f"{sign} {figure_text(check.found, check.places) or tr(NONE)}"
        tip = "" if check.found is None else f"{check.found:f}"
        state = "ok" if check.same else "error" if column == 2 else "warn"
        _put(grid, line, column, text, state=state, tip=tip)

    def _problems(self, found: freeze.Recheck) -> QWidget:
        lines = QVBoxLayout()
        lines.setSpacing(2)
        for each in found.problems:
            sign = label("hint", state=theme.state_of(each.severity))
            sign.setText(tr(each.severity.label.inside))
            words = label("", wrap=True)
            words.setText(tr(each.text))
            words.setToolTip(each.code)
            line = across(sign, words, spacing=8)
            line.setStretch(1, 1)
            line.setAlignment(sign, Qt.AlignmentFlag.AlignTop)
            lines.addLayout(line)
        heading = label("strong")
        heading.setText(tr(MIND))
        return card(down(heading, lines, spacing=4, margins=(12, 8, 12, 8)))

    def _changes(self, found: freeze.Recheck) -> QWidget:
        lines = QVBoxLayout()
        lines.setSpacing(2)
        for each in found.changed[:MOST]:
            before, now = (tr(NONE) if value is None else f"{value:,f}" for value in (each.before, each.now))
            text = tr(CHANGE, label=each.label, before=before, now=now, unit=unit_said(each.unit))
            reference = references.parse_reference(each.reference)
            if isinstance(reference, references.RecordReference):
                door = LinkLine(partial(self._session.go, place_of(reference)))
                door.setText(text)
                lines.addWidget(door, 0, Qt.AlignmentFlag.AlignLeft)
            else:
                words = label("", wrap=True)
                words.setText(text)
                lines.addWidget(words)
        heading = label("strong")
        heading.setText(tr(CHANGED, n=f"{len(found.changed):,}"))
        return card(down(heading, lines, spacing=4, margins=(12, 8, 12, 8)))


def _put(
    grid: QGridLayout, line: int, column: int, text: str, part: str = "", *, state: str = "", tip: str = ""
) -> None:
    made = label(part, state=state, selectable=bool(tip))
    made.setText(text)
    made.setToolTip(tip)
    side = Qt.AlignmentFlag.AlignLeft if column == 0 else Qt.AlignmentFlag.AlignRight
    grid.addWidget(made, line, column, side | Qt.AlignmentFlag.AlignVCenter)
