"""Problems in sight, each one click from its place: the strip below a page's work."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from station_app.domain.problems import Problem, Severity
from station_app.domain.text import Text
from station_app.ui import theme
from station_app.ui.i18n import Retranslated, tr
from station_app.ui.pages.base import scrolled
from station_app.ui.parts import ElidedLabel, LinkLine, across, clear, down, label

TITLE = Text("本页问题 {n}", "Problems here: {n}")
AT = Text("{where}：{what}", "{where}: {what}")
MORE = Text("还有 {n} 处", "and {n} more")
ICONS = {"error": "error", "warn": "warning", "info": "info"}
MOST = 60


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem and where a click on it leads; ``where`` names the record."""

    problem: Problem
    where: str = ""
    act: Callable[[], None] | None = None


class ProblemList(QFrame, Retranslated):
    """A strip of findings, worst first; takes no place when there are none."""

    def __init__(self, parent: QWidget | None = None, *, rows: int = 3) -> None:
        super().__init__(parent)
        self.follow_language()
        self.setProperty("part", "strip")
        self._rows = rows
        self.findings: list[Finding] = []
        self._title = label("strong")
        self._lines = QVBoxLayout()
        self._lines.setContentsMargins(0, 0, 0, 0)
        self._lines.setSpacing(0)
        self._area: QScrollArea = scrolled(self._lines)
        self.setLayout(down(self._title, self._area, spacing=2, margins=(10, 4, 4, 4)))
        self.hide()

    def show_findings(self, findings: Sequence[Finding]) -> None:
        """Show these; an empty sequence hides the strip."""
        self.findings = sorted(findings, key=lambda f: f.problem.severity.rank)
        self._fill()
        self.setVisible(bool(self.findings))

    def _fill(self) -> None:
        clear(self._lines)
        self._title.setText(tr(TITLE, n=len(self.findings)))
        row = theme.current().row
        for finding in self.findings[:MOST]:
            state = theme.state_of(finding.problem.severity)
            sign = label("hint", state=state)
            sign.setText(tr(finding.problem.severity.label.inside))
            sign.ensurePolished()
            sign.setFixedWidth(max(sign.fontMetrics().horizontalAdvance(tr(s.label.inside)) for s in Severity) + 12)
            words = (
                tr(AT, where=finding.where, what=finding.problem.text) if finding.where else tr(finding.problem.text)
            )
            line: QPushButton | QLabel = LinkLine(finding.act) if finding.act is not None else ElidedLabel()
            if isinstance(line, ElidedLabel):
                line.setContentsMargins(5, 0, 0, 0)  # where a link's text begins
            line.setText(words)
            holder = QWidget()
            holder.setToolTip(f"{words}\n{finding.problem.code}")
            box = across(sign, line, None, spacing=4)
            box.setStretch(1, 1000)  # the text takes what it needs, as far as there is room
            box.setAlignment(sign, Qt.AlignmentFlag.AlignVCenter)
            holder.setLayout(box)
            holder.setFixedHeight(row)
            self._lines.addWidget(holder)
        if len(self.findings) > MOST:
            rest = label("hint")
            rest.setText(tr(MORE, n=len(self.findings) - MOST))
            self._lines.addWidget(rest)
        self._lines.addStretch(1)
        shown = min(len(self.findings), self._rows)
        self.setFixedHeight(row * shown + self._title.sizeHint().height() + 14)

    def retranslate(self) -> None:
        super().retranslate()
        self._fill()
