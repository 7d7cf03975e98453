"""The coefficient sets: which there are, how far each is verified, and the rows of one beside the list."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCheckBox, QFrame, QLineEdit, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from station_app.domain.calc.published import published
from station_app.domain.codes import code_list
from station_app.domain.text import Text
from station_app.services.figures import standards
from station_app.storage.changes import Changes
from station_app.ui.i18n import Retranslated, tr
from station_app.ui.items_table import Column, ItemsTable
from station_app.ui.pages.standards_panel import SetLine, SetPanel, line_of
from station_app.ui.parts import EmptyState, TextCombo, across, label, text_width
from station_app.ui.pick_edit import readings
from station_app.ui.problem_list import Finding, ProblemList
from station_app.ui.session import Place

if TYPE_CHECKING:
    from station_app.domain.calc.coefficients import CoefficientSet
    from station_app.ui.session import Session

KIND, SET, EDITION, STANDARD, ROWS, VERIFIED, C, C_LOW, NONE, DOUBT, MADE = (
    Text("类别", "Kind"), Text("系数集", "Set"), Text("版本", "Edition"), Text("标准", "Standard"), Text("行数", "Rows"),
    Text("已核实", "Verified"), Text("C 级", "C"), Text("C-low 级", "C-low"), Text("无数值", "No value"),
    Text("未核实", "Unverified"), Text("来自", "From"))  # fmt: skip
ALL_KINDS = Text("全部类别", "All kinds")
FILTER = Text("筛选：系数集、标准、项目", "Filter: set, standard, row")
ONLY_DOUBTFUL = Text("只看未核实", "Unverified only")
COUNT = Text("{shown} / {all} 个系数集", "{shown} / {all} sets")
PROGRAM = Text("程序自带", "Program")
COUNTY = Text("本旗县", "County")
NOTHING = Text("没有符合条件的系数集", "No set matches")
NOTHING_BODY = Text("请改动上面的筛选，或取消“只看未核实”。", "Change the filter above, or untick “Unverified only”.")
WARNING = Text("⚠ {n}", "⚠ {n}")
NARROW, WIDE_HIDDEN = (1, 2, 9), (9,)  # columns beside an open set; and what the marks say already


def _warned(value: int) -> str:
    return tr(WARNING, n=value) if value else ""


def _number(value: int) -> str:
    return f"{value:,}" if value else ""


class SetsView(QWidget, Retranslated):
    """Filters, the list, and the set in sight; Enter opens a set, Esc closes it."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.follow_language()
        self.session = session
        self._known: standards.WorkspaceStandards | None = None
        self._lines: list[SetLine] = []
        self._make_filters()
        self.table = ItemsTable((
            Column(KIND, lambda s: s.kind, width=136),
            Column(SET, lambda s: s.chosen.title),
            Column(EDITION, lambda s: s.chosen.edition, width=64),
            Column(STANDARD, lambda s: published(s.chosen.standard), width=140, published=True),
            Column(ROWS, lambda s: f"{len(s.chosen.rows):,}", right=True, width=48),
            Column(VERIFIED, lambda s: _number(s.verified), right=True, width=66, state=lambda _s: "ok"),
            Column(C, lambda s: _warned(s.c), right=True, width=60, state=lambda _s: "warn"),
            Column(C_LOW, lambda s: _warned(s.c_low), right=True, width=76, state=lambda _s: "warn"),
            Column(NONE, lambda s: _number(s.empty), right=True, width=66, state=lambda _s: "soft_text"),
            Column(DOUBT, lambda s: _warned(s.doubtful), right=True, width=80,
                   state=lambda _s: "warn"),
            Column(MADE, lambda s: COUNTY if s.made_here else PROGRAM, width=76,
                   state=lambda s: "info" if s.made_here else "soft_text"),
        ))  # fmt: skip
        self.table.opened.connect(lambda line: self.open(line.chosen.reference))
        self.table.picked.connect(self._picked)
        self.panel = SetPanel(session)
        self.panel.closed.connect(self._panel_closed)
        self.panel.saved.connect(self._saved)
        self.panel.hide()
        self._fit_columns()
        self.empty = EmptyState("standards")
        self.empty.tell(NOTHING, NOTHING_BODY)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.table)
        self.stack.addWidget(self.empty)
        self.splitter.addWidget(self.stack)
        self.splitter.addWidget(self.panel)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setSizes([330, 850])
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
        self.filter_line = QLineEdit()
        self.filter_line.setClearButtonEnabled(True)
        self.filter_line.setMinimumWidth(text_width(self, 8))
        self.filter_line.setMaximumWidth(text_width(self, 18))
        self.kind.setMaximumWidth(text_width(self, 14))
        self.say(self.filter_line.setPlaceholderText, FILTER)
        self.say(self.filter_line.setAccessibleName, FILTER)
        self.filter_line.installEventFilter(self)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(150)
        self._later.timeout.connect(self._show)
        self.filter_line.textChanged.connect(lambda _text: self._later.start())
        self.only_doubtful = QCheckBox()
        self.say(self.only_doubtful.setText, ONLY_DOUBTFUL)
        self.only_doubtful.toggled.connect(lambda _on: self._show())
        self._count = label("hint")
        self.filter_row = QFrame()
        row = across(None, self.filter_line, self.kind, self.only_doubtful, self._count, spacing=8)
        row.setStretch(1, 4)
        self.filter_row.setLayout(row)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if watched is self.filter_line and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._later.stop()
                self._show()
                self.focus_work()
                return True
            if event.key() == Qt.Key.Key_Escape and self.filter_line.text():
                self.filter_line.clear()
                return True
        return super().eventFilter(watched, event)

    # --- what is shown -------------------------------------------------------------------------------------------------

    def reload(self, changes: Changes | None = None) -> None:
        """Read the sets again."""
        known = standards.workspace_standards(self.session.read)
        if known is not self._known:
            self._known = known
            self._lines = [line_of(each, each.reference in known.made_here) for each in known.standards]
            order = code_list("coefficient_kind").order
            self._lines.sort(key=lambda s: (order.get(s.chosen.kind, len(order)), s.made_here))
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
        lines = [
            s for s in self._lines
            if (not kind or s.chosen.kind == kind) and (not only or s.doubtful) and (not wanted or _means(s, wanted))
        ]  # fmt: skip
        current = self.table.current()
        self.table.set_items(lines)
        kept = next((n for n, s in enumerate(lines) if current is not None and s.chosen is current.chosen), None)
        if kept is not None:
            self.table.selectRow(kept)
        self.stack.setCurrentWidget(self.table if lines else self.empty)
        self.say(self._count.setText, COUNT.format(shown=len(lines), all=len(self._lines)))
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
        line = next((s for s in self._lines if s.chosen.reference == reference), None)
        if line is None or self._known is None:
            return False
        if line not in self.table.items():
            self.filter_line.clear()
            self.kind.choose("")
            self.only_doubtful.setChecked(False)
            self._later.stop()
            self._show()
        self.panel.show()
        self._fit_columns()
        self.table.selectRow(self.table.items().index(line))
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
        for number in range(self.table.model().columnCount()):
            beside = not self.panel.isHidden()
            self.table.setColumnHidden(number, number not in NARROW if beside else number in WIDE_HIDDEN)

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
        self.filter_line.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.filter_line.selectAll()

    def escape(self) -> bool:
        """Close the innermost open thing."""
        return self.panel.escape()

    def leave(self) -> None:
        """Keep what is typed."""
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
