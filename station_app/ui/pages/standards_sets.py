"""The coefficient sets: which there are, how far each is verified, and the rows of one beside the list."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QFrame, QSplitter, QVBoxLayout, QWidget

from station_app.domain.codes import code_list
from station_app.domain.text import Text
from station_app.services.figures import standards
from station_app.services.figures.standards_columns import BESIDE_ONE, SET_COLUMNS, SetLine, set_lines
from station_app.storage.changes import Changes
from station_app.ui.figure_table import FigureTable
from station_app.ui.filter_line import FilterLine
from station_app.ui.i18n import Retranslated
from station_app.ui.pages.standards_panel import SetPanel
from station_app.ui.parts import TextCombo, across, label, text_width
from station_app.ui.pick_edit import readings
from station_app.ui.problem_list import Finding, ProblemList
from station_app.ui.session import Place

if TYPE_CHECKING:
    from station_app.domain.calc.coefficients import CoefficientSet
    from station_app.ui.session import Session

KIND = Text("类别", "Kind")
ALL_KINDS = Text("全部类别", "All kinds")
FILTER = Text("筛选：系数集、标准、项目", "Filter: set, standard, row")
ONLY_DOUBTFUL = Text("只看未核实", "Unverified only")
COUNT = Text("{shown} / {all} 个系数集", "{shown} / {all} sets")


class SetsView(QWidget, Retranslated):
    """Filters, the list, and the set in sight; Enter opens a set, Esc closes it."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.follow_language()
        self.session = session
        self._known: standards.WorkspaceStandards | None = None
        self._lines: list[SetLine] = []
        self._shown: list[SetLine] = []
        self._make_filters()
        self.table = FigureTable()
        self.table.letter.connect(self.filter_line.take)
        self.table.opened.connect(lambda line: self.open(line.key))
        self.table.picked.connect(self._picked)
        self.panel = SetPanel(session)
        self.panel.closed.connect(self._panel_closed)
        self.panel.saved.connect(self._saved)
        self.panel.hide()
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.addWidget(self.table)
        self.splitter.addWidget(self.panel)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setSizes([420, 760])
        self.problems = ProblemList(rows=2)
        outer = QVBoxLayout()
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(8)
        outer.addWidget(self.splitter, 1)
        outer.addWidget(self.problems)
        self.setLayout(outer)

    def _make_filters(self) -> None:
        self.kind = TextCombo([(ALL_KINDS, "")])
        self.say(self.kind.setAccessibleName, KIND)
        self.kind.chosen.connect(lambda _kind: self._show())
        self.filter_line = FilterLine(FILTER, self)
        self.filter_line.setMinimumWidth(text_width(self, 8))
        self.filter_line.setMaximumWidth(text_width(self, 18))
        self.filter_line.settled.connect(self._show)
        self.filter_line.left.connect(self.focus_work)
        self.kind.setMaximumWidth(text_width(self, 14))
        self.only_doubtful = QCheckBox()
        self.say(self.only_doubtful.setText, ONLY_DOUBTFUL)
        self.only_doubtful.toggled.connect(lambda _on: self._show())
        self._count = label("hint")
        self.filter_row = QFrame()
        row = across(None, self.filter_line, self.kind, self.only_doubtful, self._count, spacing=8)
        row.setStretch(1, 4)
        self.filter_row.setLayout(row)

    # --- what is shown -------------------------------------------------------------------------------------------------

    def reload(self, changes: Changes | None = None) -> None:
        """Read the sets again."""
        known = standards.workspace_standards(self.session.read)
        if known is not self._known:
            self._known = known
            self._lines = set_lines(known)
            there = {s.chosen.kind for s in self._lines}
            labels = code_list("coefficient_kind").labels
            self.kind.set_items([(ALL_KINDS, ""), *((t, k) for k, t in labels.items() if k in there)])
        self._show()
        self._show_problems(known)
        if not self.panel.isHidden():
            self.panel.refresh(known)

    def _show(self) -> None:
        wanted, kind = self.filter_line.text().strip().casefold(), self.kind.value()
        only = self.only_doubtful.isChecked()
        self._shown = [
            s for s in self._lines
            if (not kind or s.chosen.kind == kind) and (not only or s.doubtful) and (not wanted or _means(s, wanted))
        ]  # fmt: skip
        self._fit_columns()
        self.say(self._count.setText, COUNT.format(shown=len(self._shown), all=len(self._lines)))
        self.panel.keep(wanted, only_doubtful=only)

    def _show_problems(self, known: standards.WorkspaceStandards) -> None:
        self.problems.show_findings([
            Finding(problem, "", partial(self.session.go, Place(record_type="coefficient_edition", record_id=record_id)))
            for record_id, problem in known.problems.items()
        ])  # fmt: skip

    # --- one set beside the list ---------------------------------------------------------------------------------------

    def open(self, reference: str, key: str = "") -> bool:
        """Show a set, at the row ``key`` (parts joined by ``/``) when one is meant; ``False`` when it is not here."""
        if self._known is None:
            self.reload()
        line = next((s for s in self._lines if s.key == reference), None)
        if line is None or self._known is None:
            return False
        if line not in self._shown:
            self.filter_line.clear()
            self.kind.choose("")
            self.only_doubtful.setChecked(False)
            self.filter_line.applied()
            self._show()
        self.panel.show()
        self._fit_columns()
        self.table.select(line.key)
        self.panel.show_set(self._known, line.chosen)
        self.panel.go_to(key)
        if self.isVisible():
            self.panel.focus_work()
        return True

    def begin_from_file(
        self, known: standards.WorkspaceStandards, base: CoefficientSet | None, incoming: CoefficientSet
    ) -> None:
        """Show what a file would change; nothing is saved yet."""
        self.panel.show()
        self._fit_columns()
        self.panel.begin_from_file(known, base, incoming)

    def _fit_columns(self) -> None:
        """Beside an open set the list shows what tells the sets apart."""
        beside = not self.panel.isHidden()
        columns = [c for c in SET_COLUMNS if (c.key in BESIDE_ONE if beside else c.key != "unverified")]
        self.table.show_rows(columns, self._shown)

    def _picked(self, line: SetLine | None) -> None:
        if line is None or self.panel.isHidden() or self._known is None or self.panel.is_busy():
            return
        if self.panel.shown is not line.chosen:
            self.panel.show_set(self._known, line.chosen)

    def _panel_closed(self) -> None:
        self._fit_columns()
        self.focus_work()

    def _saved(self, reference: str) -> None:
        self.reload()
        self.open(reference)

    def focus_work(self) -> None:
        """Put the keyboard into the list, or into the open set."""
        if self.panel.isVisible():
            self.panel.focus_work()
        else:
            self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def focus_filter(self) -> None:
        """Put the cursor into the filter line."""
        self.filter_line.take()

    def escape(self) -> bool:
        """Close the innermost open thing."""
        return self.panel.escape()

    def leave(self) -> None:
        self.panel.leave()


def _means(line: SetLine, wanted: str) -> bool:
    """Whether a set, its standard or one of its rows is meant by what was typed."""
    chosen = line.chosen
    texts: list[str] = [chosen.reference, chosen.standard, *_both(chosen.title), *_both(line.kind)]
    texts += [text for row in chosen.rows for text in (*_both(row.label), row.source, row.clause)]
    if any(wanted in text.casefold() for text in texts):
        return True
    return wanted.isascii() and wanted.isalpha() and any(r.startswith(wanted) for r in readings(chosen.title.zh))


def _both(text: Text) -> Sequence[str]:
    return text.zh, text.en
