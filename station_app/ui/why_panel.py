"""Why this figure: the explanation of any figure on the screen, down to the records and clauses it rests on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QToolButton, QTreeView, QWidget

from station_app.domain.calc.explanation import (
    LINE_KINDS,
    Choice,
    Explanation,
    Given,
    Origin,
    OriginKind,
    Result,
    lines_of,
)
from station_app.domain.calc.explanation_json import explanation_to_json
from station_app.domain.calc.published import published
from station_app.domain.problems import Problem
from station_app.domain.text import Text
from station_app.domain.units import unit_text
from station_app.exchange.excel import report_figures
from station_app.services.figures import explain, references
from station_app.ui import actions, i18n, theme
from station_app.ui.charts.figures import figure_text
from station_app.ui.grid_model import write_block
from station_app.ui.i18n import Retranslated, tr
from station_app.ui.parts import ElidedLabel, LinkLine, MenuButton, across, card, down, give_icon, label, text_width
from station_app.ui.session import Place
from station_app.ui.why_model import (
    HEADINGS,
    HOW,
    LABEL,
    MARK,
    RULE,
    SYMBOL,
    UNIT,
    VALUE,
    Node,
    WhyModel,
    formula_said,
    is_doubtful,
    mark_said,
    origin_said,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from station_app.storage.reader import Reader
    from station_app.ui.session import Session

    Answer = Callable[[Reader, references.FigureReference], Result]

WHY_KEY = "F8"
WHY = Text("为什么(F8)", "Why (F8)")
TITLE = Text("为什么：{what}", "Why: {what}")
CLOSE = Text("关闭(Esc)", "Close (Esc)")
TAKE = Text("复制", "Copy")
COPY_TABLE = Text("复制为表格", "Copy as a table")
COPY_JSON = Text("复制为 JSON", "Copy as JSON")
SAVE_SHEET = Text("存为 Excel 表…", "Save as an Excel sheet …")
SHEET_NAME = Text("计算说明", "Explanation")
WRITING = Text("正在写入计算说明", "Writing the explanation")
SHEET_SAVED = Text("计算说明已写好：{name}", "Explanation written: {name}")
RESULT = Text("{label} {value} {unit}", "{label} {value} {unit}")
DOUBTS = Text("⚠ {n} 个系数未核实", "⚠ coefficients not verified: {n}")
STEP_SAID = Text("{label} = {words}\n= {figures} = {value} {unit}", "{label} = {words}\n= {figures} = {value} {unit}")
INPUT_SAID = Text("{symbol} = {value} {unit}", "{symbol} = {value} {unit}")
FROM = Text("来自 {origin}", "From {origin}")
OPEN_RECORD = Text("打开记录(Enter)", "Open the record (Enter)")
OPEN_FIGURE = Text("为什么是这个数(Enter)", "Why this figure (Enter)")
BACK = Text("返回上一个数(Esc)", "Back to the figure before (Esc)")
THINKING = Text("正在说明", "Explaining")
OPEN_SET = Text("打开系数(Enter)", "Open the coefficient (Enter)")
LINE_HEADINGS = (Text("层", "Level"), Text("种类", "Kind"))
FORMULA = Text("公式", "Formula")
SOURCE = Text("来源", "Source")
VERIFIED = Text("{by} 于 {on} 核实", "verified by {by} on {on}")


def door_of(node: Node) -> Place | None:
    """Return where the record or the coefficient of an input is found, ``None`` when it has none."""
    origin = node.origin
    if origin is None or not origin.reference:
        return None
    if origin.kind is OriginKind.COEFFICIENT:
        return Place("standards", state=origin.reference, back=True)
    found = references.parse_reference(origin.reference)
    return place_of(found) if isinstance(found, references.RecordReference) else None


def place_of(found: references.RecordReference) -> Place:
    """Return where a record is found, to look something up there."""
    return Place(record_type=found.type_name, record_id=found.record_id, field=found.field, back=True)


def figure_of(node: Node) -> references.FigureReference | None:
    """Return the figure an input is, when it is one that explains itself in turn."""
    origin = node.origin
    found = references.parse_reference(origin.reference) if origin is not None and origin.reference else None
    return found if isinstance(found, references.FigureReference) else None


def _explains_itself(reference: references.FigureReference | None) -> bool:
    return reference is not None and reference.kind in explain.KINDS


class _Tree(QTreeView):
    """Enter opens an input's door or unfolds a step; Ctrl+C copies the line."""

    entered_line = Signal(QModelIndex)
    resized = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setUniformRowHeights(True)
        self.setAlternatingRowColors(True)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setExpandsOnDoubleClick(False)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.header().setStretchLastSection(False)
        self.header().setHighlightSections(False)
        self.doubleClicked.connect(self.entered_line.emit)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self.resized.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.entered_line.emit(self.currentIndex())
        elif event.matches(QKeySequence.StandardKey.Copy):
            row = self.currentIndex()
            cells = [str(row.siblingAtColumn(n).data() or "") for n in range(len(HEADINGS))]
            QGuiApplication.clipboard().setText(write_block([cells]))
        else:
            super().keyPressEvent(event)


class WhyPanel(QFrame, Retranslated):
    """The explanation of one figure.

    Keys: arrows walk the tree, Enter opens the record or coefficient of an input or unfolds a step. An input that is a
    figure of its own (a household in the sum of a village) is explained in its turn; Esc returns to the one before,
    then closes.

    Signals:
        open_place(Place): an input leads there; with a session the panel goes there by itself.
        closed(): the person is done with it.
    """

    open_place = Signal(object)
    closed = Signal()

    def __init__(
        self, session: Session | None = None, parent: QWidget | None = None, *, how: Answer | None = None
    ) -> None:
        """``how(reader, reference)`` runs in a job; without it every figure of the program is explained."""
        super().__init__(parent)
        self.follow_language()
        self.session, self._how = session, how
        self.setProperty("part", "panel")
        self.model = WhyModel(self)
        self._caption = Text("", "")
        self._main = ""
        self._before: list[tuple[Text, Explanation, str, list[int]]] = []
        self.back = QToolButton()
        give_icon(self.back, "back", "soft_text")
        self.back.clicked.connect(lambda _checked=False: self.escape())
        self.back.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.say(self.back.setToolTip, BACK)
        self.say(self.back.setAccessibleName, BACK)
        self._title = ElidedLabel("heading")
        self._menu = MenuButton(TAKE, "quiet")
        self._menu.offer(COPY_TABLE, self.copy_table)
        self._menu.offer(COPY_JSON, self.copy_json)
        if session is not None:
            self._menu.separate()
            self._menu.offer(SAVE_SHEET, self.ask_sheet)
        away = QToolButton()
        give_icon(away, "close", "soft_text")
        away.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        away.clicked.connect(lambda _checked=False: self.close_panel())
        self.say(away.setToolTip, CLOSE)
        self.say(away.setAccessibleName, CLOSE)
        head = across(self.back, self._title, None, self._menu, away, spacing=8, margins=(12, 6, 6, 0))
        self.result = label("number", selectable=True, wrap=True)
        self._doubts = label("chip", state="warn")
        self._rule = label("hint", wrap=True)
        above = down(across(self.result, self._doubts), self._rule, spacing=2, margins=(12, 0, 12, 0))
        self.tree = _Tree()
        self.tree.setModel(self.model)
        self.tree.selectionModel().currentChanged.connect(lambda *_: self._say_line())
        self.tree.entered_line.connect(self._enter)
        self.tree.resized.connect(self._size)
        self._line_title = label("strong", wrap=True)
        self._line_formula = label("", wrap=True, selectable=True)
        self._line_origin = label("hint", wrap=True, selectable=True)
        self.door = LinkLine(self._open_door)
        self._line_formula.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._line_origin.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.result.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._line = card(down(self._line_title, self._line_formula, self._line_origin, self.door, spacing=2,
                               margins=(10, 6, 10, 6)))  # fmt: skip
        outer = down(head, above, across(self.tree, margins=(12, 0, 12, 0)),
                     across(self._line, margins=(12, 0, 12, 10)), spacing=6)  # fmt: skip
        outer.setStretch(2, 1)
        self.setLayout(outer)
        self.setFocusProxy(self.tree)
        theme.changed.connect(self._size)
        self._size()

    # --- what is shown

    def show_result(self, title: Text, result: Result, main: str = "", *, keep_place: bool = False) -> None:
        """Show why a result is what it is; ``main`` names the one of its results that was asked about.

        ``keep_place``: it is the same figure made anew; the line one was at stays the current one.
        """
        self.show_explanation(title, result.explanation, main, keep_place=keep_place)

    def show_explanation(
        self, title: Text, explanation: Explanation, main: str = "", *, keep_place: bool = False
    ) -> None:
        path = self._path() if keep_place and not self._before else []
        self._before.clear()
        if self.session is not None:
            self.session.ask_no_more(self)
        self._show(title, explanation, main)
        if path:
            self._go_to(path)

    def _show(self, title: Text, explanation: Explanation, main: str) -> None:
        self._caption, self._main = title, main
        self.back.setVisible(bool(self._before))
        self.model.show(explanation, main)
        first = self.model.index(0, 0)
        for row in self.model.sentences():
            self.tree.setFirstColumnSpanned(row, QModelIndex(), True)
        self.tree.expand(first)
        for row in range(self.model.rowCount(first)):
            self.tree.expand(self.model.index(row, 0, first))
        self.tree.setCurrentIndex(first)
        self.retranslate()
        self._size()
        self.tree.scrollToTop()

    @property
    def explanation(self) -> Explanation | None:
        return self.model.explanation

    def close_panel(self) -> None:
        """Hide and tell; what is still being explained is not wanted any more."""
        if self.session is not None:
            self.session.ask_no_more(self)
        self.hide()
        self.closed.emit()

    def escape(self) -> bool:
        """Return to the figure before, or close."""
        if not self.isVisible():
            return False
        if self._before:
            title, explanation, main, path = self._before.pop()
            self._show(title, explanation, main)
            self._go_to(path)
        else:
            self.close_panel()
        return True

    def _path(self) -> list[int]:
        path: list[int] = []
        index = self.tree.currentIndex()
        while index.isValid():
            path.insert(0, index.row())
            index = index.parent()
        return path

    def _go_to(self, path: list[int]) -> None:
        index = QModelIndex()
        for row in path:
            self.tree.expand(index)
            below = self.model.index(row, 0, index)
            if not below.isValid():
                break
            index = below
        self.tree.setCurrentIndex(index)
        self.tree.scrollTo(index)

    def _ask_figure(self, reference: references.FigureReference, title: Text) -> None:
        explanation = self.model.explanation
        if not _explains_itself(reference) or explanation is None or self.session is None:
            return
        here = (self._caption, explanation, self._main, self._path())

        def done(found: Explanation) -> None:
            self._before.append(here)
            self._show(title, found, self._main)
            self.tree.setFocus(Qt.FocusReason.OtherFocusReason)

        self.session.ask(
            self,
            lambda context: (self._how or explain.explain_figure)(context.reader, reference).explanation,
            title=THINKING,
            on_done=done,
        )

    def _size(self) -> None:
        metrics = self.fontMetrics()
        widths = {SYMBOL: metrics.horizontalAdvance("X_natural0000"), VALUE: metrics.horizontalAdvance("1,000,000.000"),
                  UNIT: text_width(self, 4) + 8, MARK: text_width(self, 6)}  # fmt: skip
        self.tree.header().setMinimumSectionSize(text_width(self, 3))
        room = max(self.tree.viewport().width() - sum(widths.values()), text_width(self, 16))
        widths |= {LABEL: room * 6 // 10, HOW: room - room * 6 // 10}
        for column, width in widths.items():
            self.tree.setColumnWidth(column, width)

    def retranslate(self) -> None:
        super().retranslate()
        explanation = self.model.explanation
        if explanation is None:
            return
        self._title.setText(tr(TITLE, what=self._caption))
        self.model.retranslate()
        what = self.model.main
        if what is not None:
            value = figure_text(what.value, what.places)
            unit = unit_text(what.unit, i18n.language())
            said = tr(RESULT, label=what.label, value=value, unit=unit).strip()
            self.result.setText(said[:1].upper() + said[1:])
        doubts = sum(is_doubtful(given.origin) for given in explanation.coefficients)
        self._doubts.setText(tr(DOUBTS, n=doubts))
        self._doubts.setVisible(bool(doubts))
        rule = explanation.rule
        said = " · ".join(tr(published(p)) for p in (rule.standard, rule.clause, explanation.formula) if p)
        self._rule.setText(tr(RULE, rule=said) if said else "")
        self._rule.setVisible(bool(said))
        self._say_line()

    # --- the line in front

    def _node(self) -> Node | None:
        return self.model.node(self.tree.currentIndex())

    def _say_line(self) -> None:
        node = self._node()
        self._line.setVisible(node is not None)
        if node is None:
            return
        what = node.what
        figure = figure_of(node)
        self.door.setVisible(door_of(node) is not None or _explains_itself(figure))
        if isinstance(what, Problem | Text):
            self._line_title.setText(self.model.cell(node, LABEL))
            self._line_formula.setText("")
            self._line_origin.setText(what.code if isinstance(what, Problem) else "")
        elif isinstance(what, Choice):
            self._line_title.setText(tr(what.label))
            self._line_formula.setText(tr(what.value))
            self._line_origin.setText(self._origin(what.origin))
            self.door.setText(tr(OPEN_RECORD))
        else:
            unit = unit_text(what.unit, i18n.language())
            said: dict[str, object] = {
                "symbol": what.symbol,
                "value": figure_text(what.value, what.places),
                "unit": unit,
            }
            self._line_title.setText(tr(what.label))
            if isinstance(what, Given):
                self._line_formula.setText(tr(INPUT_SAID, **said).strip())
                self._line_origin.setText(self._origin(what.origin))
                of_set = what.origin.kind is OriginKind.COEFFICIENT
                self.door.setText(tr(OPEN_FIGURE if figure is not None else OPEN_SET if of_set else OPEN_RECORD))
            else:
                words, figures = formula_said(node)
                said |= {"label": what.label, "words": words, "figures": figures}
                self._line_formula.setText(tr(STEP_SAID, **said).strip())
                rule = node.where.rule
                said_rule = " · ".join(tr(published(p)) for p in (rule.standard, rule.clause) if p)
                self._line_origin.setText(tr(RULE, rule=said_rule) if said_rule else "")
        for each in (self._line_formula, self._line_origin):
            each.setVisible(bool(each.text()))

    def _origin(self, origin: Origin) -> str:
        pieces = [tr(FROM, origin=origin_said(origin)), tr(published(origin.source)), mark_said(origin)]
        if origin.verified_by and origin.verified_on is not None:
            pieces.append(tr(VERIFIED, by=origin.verified_by, on=origin.verified_on.isoformat()))
        if origin.kind is OriginKind.COEFFICIENT:
            pieces.append(origin.reference)
        return " · ".join(piece for piece in pieces if piece)

    def _enter(self, index: QModelIndex) -> None:
        node = self.model.node(index)
        if node is None:
            return
        place, figure = door_of(node), figure_of(node)
        if place is not None:
            self._go(place)
        elif figure is not None and isinstance(node.what, Given):
            self._ask_figure(figure, node.what.label)
        else:
            first = index.siblingAtColumn(0)
            self.tree.setExpanded(first, not self.tree.isExpanded(first))

    def _open_door(self) -> None:
        self._enter(self.tree.currentIndex())

    def _go(self, place: Place) -> None:
        self.open_place.emit(place)
        if self.session is not None:
            self.session.go(place)

    # --- taking it along

    def rows(self) -> list[list[str]]:
        """Return the whole explanation as cells, headings first."""
        explanation = self.model.explanation
        if explanation is None:
            return []
        headings = [*LINE_HEADINGS, HEADINGS[SYMBOL], HEADINGS[LABEL], FORMULA, HEADINGS[VALUE], HEADINGS[UNIT], SOURCE]
        out = [[tr(each) for each in headings]]
        for line in lines_of(explanation, i18n.language()):
            kind = tr(LINE_KINDS[line.kind])
            out.append(
                [str(line.depth), kind, line.symbol, line.label, line.formula, line.value, line.unit, line.origin]
            )
        return out

    def copy_table(self) -> None:
        """Put the explanation on the clipboard as a spreadsheet takes it."""
        QGuiApplication.clipboard().setText(write_block(self.rows()))

    def copy_json(self) -> None:
        """Put the explanation on the clipboard as JSON, exact to the last digit."""
        if self.model.explanation is not None:
            raw = explanation_to_json(self.model.explanation)
            QGuiApplication.clipboard().setText(json.dumps(raw, ensure_ascii=False, indent=1))

    def ask_sheet(self) -> None:
        """Ask where, and write the explanation as a workbook."""
        if self.session is None or self.model.explanation is None:
            return
        target = actions.ask_save_file(self.session, self, f"{tr(SHEET_NAME)}.xlsx")
        if target is not None:
            self.save_sheet(target)

    def save_sheet(self, target: Path) -> None:
        """Write the explanation as a workbook, off the window's thread."""
        explanation, session, language = self.model.explanation, self.session, i18n.language()
        if session is None or explanation is None:
            return
        today = session.today()

        def work(_context: object) -> Path:
            report_figures.explanation_workbook(target, explanation, language, today=today)
            return target

        def done(path: Path) -> None:
            actions.say_written(session, SHEET_SAVED.format(name=path.name), path)

        session.run(work, title=WRITING, on_done=done)
