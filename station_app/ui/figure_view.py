"""A page of figures: filters above, the table, beside it what the current row is and why, problems and needs below.

Balance, carbon ledgers and targets are this page with their own columns; they say what is asked, shown and explained.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget

from station_app.domain.calc.explanation import Result
from station_app.domain.problems import Problem, Severity, UserError
from station_app.domain.records.household import Household
from station_app.domain.text import Text
from station_app.services.figures.references import CoefficientReference, RecordReference, parse_reference
from station_app.storage.reader import Query
from station_app.ui import actions
from station_app.ui.figure_table import FigureTable
from station_app.ui.figures import Figures
from station_app.ui.filter_line import FilterLine
from station_app.ui.freeze_strip import FreezeStrip
from station_app.ui.i18n import Retranslated
from station_app.ui.pages.section import EXPORT
from station_app.ui.parts import MenuButton, down, text_width
from station_app.ui.problem_list import Finding, ProblemList
from station_app.ui.session import Place
from station_app.ui.titles import village_choices
from station_app.ui.why_panel import WHY_KEY, WhyPanel, place_of

if TYPE_CHECKING:
    from station_app.ui.jobs import Context
    from station_app.ui.session import Session

FILTER = Text("筛选：名称、编码", "Filter: name, code")
LEVEL, VILLAGE = Text("层级", "Level"), Text("嘎查村", "Village")
ALL_VILLAGES = Text("全部嘎查村", "All villages")
EXPLAINING = Text("正在说明", "Explaining")
NO_FIGURE = Text("没有可以说明的数：{why}", "There is no figure to explain: {why}")
MOST_FINDINGS, _MOST_CALLED = 40, 500


def door_of(session: Session, found: Problem) -> Callable[[], None] | None:
    """Return what opens the record or coefficient a problem stands at."""
    reference = parse_reference(found.place) if found.place else None
    if isinstance(reference, RecordReference):
        return partial(session.go, place_of(reference))
    if isinstance(reference, CoefficientReference):
        return partial(session.go, Place("standards", state=found.place, back=True))
    return None


class FigureView(QWidget, Retranslated):
    """What every page of figures does; a page builds itself with ``put_together`` and overrides what follows it.

    Keys: a letter or Ctrl+F filters, Enter opens, F8 explains the figure, Esc closes the innermost open thing.

    Signals:
        loaded(): a table is in sight.
    """

    loaded = Signal()
    needing: frozenset[str] = frozenset()  # codes of problems that say what is needed first
    side_stays = False  # whether what stands beside the table is there without being opened

    def __init__(
        self, session: Session, figures: Figures, *, as_tree: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.follow_language()
        self.session, self.figures = session, figures
        figures.ready.connect(self._ready)
        figures.failed.connect(self._failed)
        self._shown: Any = None
        self._sizes: list[int] = []  # of the splitter before an explanation took more room
        self.filter_line = FilterLine(FILTER, self)
        self.filter_line.setMinimumWidth(text_width(self, 9))
        self.filter_line.settled.connect(self._keep)
        self.table = FigureTable(as_tree=as_tree)
        self.filter_line.left.connect(lambda: self.table.setFocus(Qt.FocusReason.ShortcutFocusReason))
        self.table.opened.connect(self.open)
        self.table.picked.connect(self.picked)
        self.table.why_asked.connect(lambda: self.why())
        self.table.letter.connect(self.filter_line.take)
        self.why_panel = WhyPanel(session)
        self.why_panel.closed.connect(self._why_closed)
        self.why_panel.hide()
        self.freezing = FreezeStrip(session)
        self.freezing.left.connect(self.focus_work)
        self.problems = ProblemList(rows=2)
        shortcut = QShortcut(QKeySequence(WHY_KEY), self)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.activated.connect(lambda: self.why())

    def put_together(self, above: Sequence[QWidget], left: QWidget, side: QWidget, instead: QWidget) -> None:
        """Lay out the page: ``left`` holds the table, ``side`` stands beside it, ``instead`` where there is nothing yet."""
        self.side, self.instead = side, instead
        self.beside = QStackedWidget()
        self.beside.addWidget(side)
        self.beside.addWidget(self.why_panel)
        if not self.side_stays:
            self.beside.hide()
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.addWidget(left)
        self.splitter.addWidget(self.beside)
        self.splitter.setChildrenCollapsible(False)
        work = QWidget()
        box = down(*above, self.freezing, self.splitter, self.problems)
        box.setStretchFactor(self.splitter, 1)
        work.setLayout(box)
        self.stack = QStackedWidget()
        self.stack.addWidget(work)
        self.stack.addWidget(instead)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.stack)

    # --- for pages to say

    @property
    def ask(self) -> Any:
        raise NotImplementedError

    def show_table(self, table: Any) -> None:
        """Show a table, or the same by another filter."""
        raise NotImplementedError

    def need(self) -> None:
        """Show what is needed first, in place of the work."""
        self.stack.setCurrentWidget(self.instead)

    def open(self, row: Any) -> None:
        """Somebody opens a row."""

    def picked(self, row: Any) -> None:
        """Another row is current."""

    def why(self, result: str = "") -> None:
        """Explain the figure of the current cell, or the named result of the row."""
        raise NotImplementedError

    # --- what is shown

    @property
    def year(self) -> int:
        """The year in sight; with all years in sight, this one."""
        return self.session.year or self.session.today().year

    @property
    def current_table(self) -> Any:
        return self.figures.table(self._shown)

    def _ready(self, asked: Any) -> None:
        table = self.figures.table(asked)
        if asked != self.ask or table is None:
            return
        self._shown = asked
        self.stack.setCurrentIndex(0)
        self.show_table(table)
        self.loaded.emit()

    def _failed(self, asked: Any, error: BaseException) -> None:
        if asked != self.ask:
            return
        self._shown = None
        if isinstance(error, UserError) and error.code in self.needing:
            self.need()
        else:
            self.session.show_error(error)

    def show_problems(self, of_all: Iterable[Problem], rows: Iterable[Any] = ()) -> None:
        """Below the table: what concerns all of it, then what stops rows, each one click from its record."""
        findings = [Finding(found, "", door_of(self.session, found)) for found in of_all]
        names: dict[Problem, list[str]] = {}
        for row in rows:
            for found in row.problems:
                if found.severity is not Severity.INFO and (found in names or len(names) < MOST_FINDINGS):
                    names.setdefault(found, []).append(str(row.name or row.code))
        # What is wrong with the records comes before doubts about coefficients.
        for found in sorted(names, key=lambda each: each.code.startswith("CALC")):
            first, *rest = names[found]
            findings.append(Finding(found, f"{first} +{len(rest)}" if rest else first, door_of(self.session, found)))
        self.problems.show_findings(findings[:MOST_FINDINGS])
        self.problems.setVisible(bool(findings) and not self.why_panel.isVisible())

    def villages(self) -> list[tuple[Text | str, str]]:
        """Return the villages to choose from, all of them first."""
        return [(ALL_VILLAGES, ""), *((name, code) for code, name in village_choices(self.session))]

    # --- the filter line

    def words_fit(self) -> Callable[[Any], bool]:
        """Return whether a row is meant by what stands in the filter line."""
        words = self.filter_line.text().strip().lower()
        if not words:
            return lambda row: True
        query = Query(Household, text=words)  # the search knows pinyin initials as well
        called = frozenset(row.record_id for row in self.session.read.rows(query, _MOST_CALLED))
        if not self.session.read.finds_all():
            self.filter_line.look_again()

        def fits(row: Any) -> bool:
            named = words in str(row.name).lower() or words in row.code.lower()
            return named or row.key in called or getattr(row, "household_id", "") in called

        return fits

    def _keep(self) -> None:
        self.filter_line.applied()
        if self.current_table is not None:
            self.show_table(self.current_table)

    # --- beside the table

    def put_beside(self, widget: QWidget, characters: int) -> None:
        """Show a widget beside the table, with room for so many characters."""
        first = not self.beside.isVisible()
        if widget is self.why_panel and self.beside.currentWidget() is not widget:
            self._sizes = self.splitter.sizes()
        self.beside.setCurrentWidget(widget)
        widget.show()
        self.beside.show()
        wanted = text_width(self, characters)
        if first or self.beside.width() < wanted:
            whole = max(self.splitter.width(), 2)
            wanted = min(wanted, whole * 2 // 3)
            self.splitter.setSizes([whole - wanted, wanted])

    def explain(self, how: Callable[[Any], Any], then: Callable[[Any], None]) -> None:
        """Have ``how(reader)`` explain a figure in a job; an answer to a question asked before the last is dropped."""

        def work(context: Context) -> Any:
            found = how(context.reader)
            result: Result = found[0] if isinstance(found, tuple) else found
            _ = result.explanation  # made here, off the window's thread
            return found

        def failed(error: BaseException) -> None:
            if isinstance(error, UserError):
                self.session.say(NO_FIGURE.format(why=error.text), "info")
            else:
                self.session.show_error(error)

        self.session.ask(self, work, title=EXPLAINING, on_done=then, on_error=failed, about="why")

    def show_why(self, title: Text, found: Result, main: str, *, again: bool = False) -> None:
        """Show an explanation beside the table; ``again``: the data changed, the person stays where they are in it."""
        self.why_panel.show_result(title, found, main, keep_place=again)
        if not again:
            self.put_beside(self.why_panel, 54)
            self.problems.hide()  # the tree needs the room
            self.why_panel.setFocus(Qt.FocusReason.OtherFocusReason)

    def _why_closed(self) -> None:
        self.problems.setVisible(bool(self.problems.findings))
        if self.side_stays or not self.side.isHidden():
            self.beside.setCurrentWidget(self.side)
            if self._sizes:
                self.splitter.setSizes(self._sizes)
        else:
            self.nothing_beside()
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def nothing_beside(self) -> None:
        """Leave the whole width to the table."""
        self.beside.hide()

    # --- on paper

    def exports(self, page: str) -> list[QWidget]:
        """Return the button that writes the workbooks of a page."""
        menu = MenuButton(EXPORT)
        for report in actions.REPORTS_OF_PAGE[page]:
            menu.offer(actions.REPORT_LABELS[report], partial(self.export, report))
        return [menu]

    def export(self, report: str) -> None:
        """Write a workbook at the level in sight; the whole calculation of the current row is in it."""
        row, level = self.table.current(), getattr(self.ask, "level", "")
        actions.export_report(self.session, self, report, level=level, row=row.key if row is not None else "")

    # --- as every view

    def focus_work(self) -> None:
        if self.stack.currentWidget() is self.instead:
            self.instead.setFocus(Qt.FocusReason.OtherFocusReason)
        elif self.why_panel.isVisible():
            self.why_panel.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            if not self.side_stays and not self.side.isVisible():
                self.nothing_beside()
            self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def focus_filter(self) -> None:
        """Put the cursor into the filter line."""
        self.filter_line.take()

    def escape(self) -> bool:
        """Close the innermost open thing."""
        if self.freezing.isVisible():
            self.freezing.leave()
            return True
        if self.why_panel.isVisible():
            return self.why_panel.escape()
        if not self.side_stays and self.side.isVisible():
            side: Any = self.side
            side.close_panel()
            return True
        return False
