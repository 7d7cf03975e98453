"""The tree of an explanation as a person asks: the figure, what it was made from, what that was made from.

Branches are made when they are opened, so that a station of thousands of herds opens as quickly as one household.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, Qt
from PySide6.QtGui import QColor, QFont
from PySide6.QtWidgets import QApplication

from station_app.domain.calc.explanation import (
    ORIGIN_LABELS,
    UNVERIFIED_MARKS,
    Choice,
    Explanation,
    Given,
    Origin,
    OriginKind,
    Step,
)
from station_app.domain.calc.numbers import formula_of
from station_app.domain.calc.published import published
from station_app.domain.codes import code_list
from station_app.domain.problems import Problem, Severity
from station_app.domain.text import Text
from station_app.domain.units import unit_text
from station_app.services.figures.marks import MARKED, MARKS
from station_app.ui import i18n, theme
from station_app.ui.charts.figures import figure_text
from station_app.ui.grid_model import Index
from station_app.ui.i18n import tr

LABEL, SYMBOL, VALUE, UNIT, HOW, MARK = range(6)
HEADINGS = (
    Text("项目", "Item"), Text("符号", "Symbol"), Text("数值", "Value"), Text("单位", "Unit"),
    Text("怎么来的", "Where from"), Text("核实", "Verified"),
)  # fmt: skip
RULE = Text("依据：{rule}", "By: {rule}")
ALSO = Text("同一计算的其他结果", "Other results of the same calculation")
VERIFIED = Text("✓ {by}", "✓ {by}")
MOST_NAMED = 8  # of a sum of hundreds


@dataclass(slots=True, eq=False)
class Node:
    """One line of the tree; ``where`` is the explanation its symbols belong to."""

    parent: Node | None
    row: int
    where: Explanation
    what: Given | Step | Choice | Problem | Text
    is_result: bool = False
    children: list[Node] | None = None

    @property
    def origin(self) -> Origin | None:
        return self.what.origin if isinstance(self.what, Given | Choice) else None

    @property
    def choices(self) -> list[Choice]:
        if not isinstance(self.what, Given | Step):
            return []
        return [each for each in self.where.choices if each.decides == self.what.symbol]


def is_doubtful(origin: Origin) -> bool:
    """Whether a coefficient is one nobody has verified."""
    return origin.kind is OriginKind.COEFFICIENT and origin.mark in UNVERIFIED_MARKS and not origin.verified_by


def mark_said(origin: Origin) -> str:
    """Return how far a coefficient is verified, with a sign; empty for anything else."""
    if origin.kind is not OriginKind.COEFFICIENT:
        return ""
    if origin.verified_by:
        return tr(VERIFIED, by=origin.verified_by)
    mark = origin.mark if origin.mark in MARKS else "none"
    return tr(MARKED, sign=MARKS[mark][0], mark=mark, word=code_list("coefficient_mark").labels[mark])


_OF_PART = re.compile(r"\b[^\W\d]\w*\.(?=[^\W\d])")  # ``herd.N`` is the N of the part ``herd``; its line stands below


def origin_said(origin: Origin) -> str:
    """Return where an input comes from, short: kind, standard and clause."""
    pieces = [tr(ORIGIN_LABELS[origin.kind]), tr(published(origin.standard)), tr(published(origin.clause))]
    return " ".join(piece for piece in pieces if piece)


def formula_said(node: Node) -> tuple[str, str]:
    """Return the formula of a step twice: with names and with figures in place of the symbols."""
    step = node.what
    if not isinstance(step, Step):
        return "", ""
    used = [resolve(node.where, name)[1] for name in step.arguments]
    names, figures = [tr(each.label) for each in used], [figure_text(each.value, each.places) for each in used]
    if len(used) > MOST_NAMED:
        names, figures = [*names[:MOST_NAMED], "…"], [*figures[:MOST_NAMED], "…"]
    language = i18n.language()
    return (
        formula_of(step.operation, names, step.parameter, language),
        formula_of(step.operation, figures, step.parameter, language),
    )


def resolve(where: Explanation, symbol: str) -> tuple[Explanation, Given | Step]:
    """Return what a symbol names and the explanation it stands in, which may be a part of ``where``."""
    head, dot, rest = symbol.partition(".")
    if dot:
        return resolve(dict(where.parts)[head], rest)
    return where, where.figure(symbol)


class WhyModel(QAbstractItemModel):
    """Results, each with what it was made from; notes and findings after them."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.explanation: Explanation | None = None
        self._roots: list[Node] = []
        self._nodes: dict[int, Node] = {}

    def show(self, explanation: Explanation | None, main: str = "") -> None:
        """Show an explanation; the result called ``main`` stands first."""
        self.beginResetModel()
        self.explanation = explanation
        self._roots, self._nodes = [], {}
        if explanation is not None:
            results = {each.symbol: each.name for each in reversed(explanation.results)}
            symbols = list(dict.fromkeys(each.symbol for each in explanation.results))
            first = next((s for s in symbols if results[s] == main), symbols[0] if symbols else "")
            self._take(None, self._roots, explanation, [first] if first else [])
            for found in _findings(explanation):
                self._add(None, self._roots, explanation, found)
            for note in explanation.notes:
                self._add(None, self._roots, explanation, note)
            if len(symbols) > 1:
                self._add(None, self._roots, explanation, ALSO)
                group = self._roots[-1]
                group.children = []
                self._take(group, group.children, explanation, [s for s in symbols if s != first])
        self.endResetModel()

    def _take(self, parent: Node | None, into: list[Node], where: Explanation, symbols: Iterable[str]) -> None:
        for symbol in symbols:
            place, what = resolve(where, symbol)
            self._add(parent, into, place, what, is_result=True)

    def _add(
        self, parent: Node | None, into: list[Node], where: Explanation, what: Any, is_result: bool = False
    ) -> None:
        node = Node(parent, len(into), where, what, is_result)
        self._nodes[id(node)] = node
        into.append(node)

    def _children(self, node: Node) -> list[Node]:
        if node.children is None:
            node.children = []
            if isinstance(node.what, Step):
                for symbol in node.what.arguments:
                    where, what = resolve(node.where, symbol)
                    self._add(node, node.children, where, what)
            for choice in node.choices:
                self._add(node, node.children, node.where, choice)
        return node.children

    def node(self, index: Index) -> Node | None:
        return self._nodes.get(index.internalId()) if index.isValid() else None

    @property
    def main(self) -> Given | Step | None:
        what = self._roots[0].what if self._roots and self._roots[0].is_result else None
        return what if isinstance(what, Given | Step) else None

    def sentences(self) -> list[int]:
        """Return the rows at the top that are words, not figures."""
        return [n for n, node in enumerate(self._roots) if isinstance(node.what, Text | Problem)]

    # --- as every model

    def index(self, row: int, column: int, parent: Index = QModelIndex()) -> QModelIndex:  # noqa: B008
        above = self.node(parent)
        line = self._roots if above is None else self._children(above)
        if 0 <= row < len(line) and 0 <= column < len(HEADINGS):
            return self.createIndex(row, column, id(line[row]))
        return QModelIndex()

    def parent(self, index: Index = QModelIndex()) -> QModelIndex:  # type: ignore[override]  # noqa: B008
        node = self.node(index)
        if node is None or node.parent is None:
            return QModelIndex()
        return self.createIndex(node.parent.row, 0, id(node.parent))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        if parent.column() > 0:
            return 0
        above = self.node(parent)
        return len(self._roots) if above is None else len(self._children(above))

    def hasChildren(self, parent: Index = QModelIndex()) -> bool:  # noqa: B008
        node = self.node(parent)
        if node is None:
            return bool(self._roots)
        if bool(node.children) or (isinstance(node.what, Step) and bool(node.what.arguments)):
            return True
        return bool(node.choices)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return len(HEADINGS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation is Qt.Orientation.Horizontal:
            if role == Qt.ItemDataRole.DisplayRole:
                return tr(HEADINGS[section])
            if role == Qt.ItemDataRole.TextAlignmentRole:
                side = Qt.AlignmentFlag.AlignRight if section == VALUE else Qt.AlignmentFlag.AlignLeft
                return side | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        node = self.node(index)
        if node is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.cell(node, index.column())
        if role == Qt.ItemDataRole.ToolTipRole:
            return self.cell(node, index.column()) or None
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() == VALUE:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.FontRole and node.is_result:
            font = QFont(QApplication.font())
            font.setBold(True)
            return font
        if role == Qt.ItemDataRole.ForegroundRole:
            return self._colour(node, index.column())
        return None

    def _colour(self, node: Node, column: int) -> QColor | None:
        if isinstance(node.what, Problem) and node.what.severity is not Severity.INFO:
            return theme.colour("error" if node.what.severity is Severity.ERROR else "warn")
        if column == MARK and node.origin is not None:
            state = "ok" if node.origin.verified_by else MARKS.get(node.origin.mark, MARKS["none"])[1]
            return theme.colour(state or "soft_text")
        return theme.colour("soft_text") if column in (SYMBOL, UNIT, HOW) else None

    def cell(self, node: Node, column: int) -> str:
        what = node.what
        if isinstance(what, Text):
            return tr(what) if column == LABEL else ""
        if isinstance(what, Problem):
            return tr(what.text) if column == LABEL else (what.code if column == SYMBOL else "")
        if column == LABEL:
            return tr(what.label)
        if isinstance(what, Choice):
            return tr(what.value) if column == VALUE else origin_said(what.origin) if column == HOW else ""
        if column == SYMBOL:
            return what.symbol
        if column == VALUE:
            return figure_text(what.value, what.places)
        if column == UNIT:
            return unit_text(what.unit, i18n.language())
        if isinstance(what, Step):
            formula = formula_of(what.operation, what.arguments, what.parameter, i18n.language())
            return _OF_PART.sub("", formula) if column == HOW else ""
        return origin_said(what.origin) if column == HOW else mark_said(what.origin)

    def retranslate(self) -> None:
        last = len(HEADINGS) - 1
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, last)
        self._tell(QModelIndex())

    def _tell(self, parent: QModelIndex) -> None:
        node = self.node(parent)
        line = self._roots if node is None else (node.children or [])
        if not line:
            return
        self.dataChanged.emit(self.index(0, 0, parent), self.index(len(line) - 1, len(HEADINGS) - 1, parent))
        for row in range(len(line)):
            self._tell(self.index(row, 0, parent))


def _findings(explanation: Explanation) -> Iterator[Problem]:
    seen: list[Problem] = []
    for each in explanation.everything():
        for found in each.problems:
            if found not in seen:
                seen.append(found)
                yield found
