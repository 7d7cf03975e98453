"""Tables on paper: the same sheets the workbooks have, with headings on every page, sums and lines to sign."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from PySide6.QtCore import QRectF, Qt

from station_app.exchange.excel.sheets import Column, Shape, Sheet, display_width, spread
from station_app.ui.pdf import CENTRE, LEFT, MM, RIGHT, Paper

USUAL_PT, SMALLEST_PT = 9.0, 6.5
TITLE_PT = 15.0
PAD = 1.1 * MM
ROW, SIGN_ROW = 5.6 * MM, 9.0 * MM
_ALIGN = {"left": LEFT, "right": RIGHT, "center": CENTRE}
_A4 = (186.0, 273.0)  # mm between the margins, upright and turned
_A3 = 396.0
_CHARACTER_MM = 0.19  # width of a workbook character at one point


def shown(column: Column, value: Any) -> str:
    """Return a cell as it is printed; scaled whole numbers with their places, as the workbook shows them."""
    if value is None or column.shape is Shape.SIGN:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, date):
        return value.isoformat()
    if column.shape is Shape.SCALED:
        text = f"{Decimal(value).scaleb(-column.places):.{column.places}f}"
        kept = column.number_format.partition(".")[2]
        if "#" in kept:
            least = kept.index("#")
            while "." in text and len(text.partition(".")[2]) > least and text.endswith("0"):
                text = text[:-1]
            text = text.rstrip(".")
        return text
    return str(value)


def page_for(sheets: Sequence[Sheet]) -> tuple[bool, bool, float]:
    """Return how wide sheets are laid: turned, on A3, and the size of the letters in points."""
    widest = max(sum(c.shown_width for c in s.columns) for s in sheets)
    wanted = widest * _CHARACTER_MM
    upright, turned = _A4
    if wanted * USUAL_PT <= upright:
        return False, False, USUAL_PT
    if wanted * USUAL_PT <= turned:
        return True, False, USUAL_PT
    if wanted * SMALLEST_PT <= turned:
        return True, False, max(SMALLEST_PT, turned / wanted)
    return True, True, min(USUAL_PT, max(_A3 / wanted, 4.0))


@dataclass
class Grid:
    """A table laid on paper: measured once, then placed row by row."""

    paper: Paper
    columns: Sequence[Column]
    points: float

    def __post_init__(self) -> None:
        whole = sum(c.shown_width for c in self.columns)
        self.widths = [self.paper.width * c.shown_width / whole for c in self.columns]
        self.lefts = [self.paper.left + sum(self.widths[:n]) for n in range(len(self.widths))]

    # --- headings

    def head_height(self) -> float:
        return self._group_height() + self._own_height()

    def _own_height(self) -> float:
        return max(
            ROW,
            *(self._text_height(c.heading, w, True) for c, w in zip(self.columns, self.widths, strict=True)),
        )

    def _text_height(self, text: str, width: float, bold: bool = False) -> float:
        points = self.paper.points_for(text, width - 2 * PAD, self.points, bold)
        return self.paper.height_of(text, width - 2 * PAD, points, bold) + 2 * PAD

    def _spans(self) -> list[tuple[int, int]]:
        """Return (first, last) column of each common heading."""
        out, index = [], 0
        while index < len(self.columns):
            last = index
            while last + 1 < len(self.columns) and self.columns[last + 1].group == self.columns[index].group:
                last += 1
            if self.columns[index].group:
                out.append((index, last))
            index = last + 1
        return out

    def _group_height(self) -> float:
        heights = [
            self._text_height(self.columns[first].group, sum(self.widths[first : last + 1]), True)
            for first, last in self._spans()
        ]
        return max([ROW, *heights]) if heights else 0.0

    def head(self) -> None:
        """Print the headings at the top of what follows."""
        above, own = self._group_height(), self._own_height()
        strip = self.paper.take(above + own)
        for first, last in self._spans():
            rect = QRectF(self.lefts[first], strip.top(), sum(self.widths[first : last + 1]), above)
            self._cell(rect, self.columns[first].group, CENTRE, bold=True, shaded=True)
        for column, left, width in zip(self.columns, self.lefts, self.widths, strict=True):
            grouped = bool(above and column.group)
            rect = QRectF(left, strip.top() + (above if grouped else 0), width, own + (0 if grouped else above))
            self._cell(rect, column.heading, CENTRE, bold=True, shaded=True)

    # --- rows

    def row_height(self, texts: Sequence[str]) -> float:
        height = SIGN_ROW if any(c.shape is Shape.SIGN for c in self.columns) else ROW
        for column, width, text in zip(self.columns, self.widths, texts, strict=True):
            if text and column.shape in (Shape.TEXT, Shape.NOTE):
                height = max(height, self._text_height(text, width, False))
        return height

    def row(self, texts: Sequence[str], height: float, *, bold: bool = False) -> None:
        """Print a row; there must be room for it."""
        strip = self.paper.take(height)
        for column, left, width, text in zip(self.columns, self.lefts, self.widths, texts, strict=True):
            wraps = column.shape in (Shape.TEXT, Shape.NOTE)
            self._cell(
                QRectF(left, strip.top(), width, height), text, _ALIGN[column.shape.align], bold=bold, wrap=wraps
            )

    def closing(self, label: str, values: Sequence[str], height: float) -> None:
        """Print the row of sums: its label over the columns before the first sum."""
        strip = self.paper.take(height)
        first = next((n for n, v in enumerate(values) if v), len(values))
        if first:
            self._cell(QRectF(self.lefts[0], strip.top(), sum(self.widths[:first]), height), label, CENTRE, bold=True)
        for n in range(first, len(values)):
            align = _ALIGN[self.columns[n].shape.align] if self.columns[n].shape.is_text else RIGHT
            self._cell(
                QRectF(self.lefts[n], strip.top(), self.widths[n], height), values[n], align, bold=True, wrap=False
            )

    def _cell(self, rect: QRectF, text: str, align: Qt.AlignmentFlag, *, bold: bool = False, shaded: bool = False,
              wrap: bool = True) -> None:  # fmt: skip
        self.paper.box(rect, shaded=shaded)
        inside = rect.adjusted(PAD, 0, -PAD, 0)
        size = self.paper.points_for if wrap else self.paper.fitted
        points = size(text, inside.width(), self.points, bold)
        self.paper.text(inside, text, points, align, bold=bold, wrap=wrap)


def lay_sheet(paper: Paper, sheet: Sheet, rows: Sequence[Sequence[object]], points: float) -> None:
    """Lay a sheet on its own pages: title, lines above, the table, sums, lines below."""
    grid = Grid(paper, sheet.columns, points)
    _title(paper, sheet)
    for parts in sheet.above:
        _line(paper, parts, grid, points, right=True)
    paper.y += 1 * MM
    grid.head()
    for number, group in enumerate(map(list, sheet.groups(rows))):
        if number:
            paper.new_page()
            grid.head()
        for row in group:
            texts = [shown(c, v) for c, v in zip(sheet.columns, row, strict=True)]
            height = min(grid.row_height(texts), paper.whole - grid.head_height())
            if height > paper.room:
                paper.new_page()
                grid.head()
            grid.row(texts, height)
        if group and sheet.group_ends:
            signed = [sheet.group_signed] if sheet.group_signed else []
            if ROW + sum(_line_height(paper, p, grid, points) + 2 * MM for p in signed) > paper.room:
                paper.new_page()
                grid.head()
            if sheet.subtotal_label:
                grid.closing(sheet.subtotal_label, _summed(sheet, group), ROW)
            for parts in signed:
                paper.y += 2 * MM
                _line(paper, parts, grid, points)
    tail: list[tuple[str, ...]] = list(sheet.below)
    needed = ROW * len(sheet.sum_rows) + sum(_line_height(paper, p, grid, points) + 2 * MM for p in tail)
    if needed > paper.room:
        paper.new_page()  # signatures never stand alone: the sums go with them
        if sheet.total_label:
            grid.head()
    for said, given in sheet.sum_rows:
        grid.closing(said, _sums(sheet, rows, given), ROW)
    for parts in tail:
        paper.y += 2 * MM
        _line(paper, parts, grid, points)


def _sums(sheet: Sheet, rows: Sequence[Sequence[object]], given: Sequence[object] | None) -> list[str]:
    if given is not None:
        return [shown(c, v) for c, v in zip(sheet.columns, given, strict=True)]
    return _summed(sheet, rows)


def _summed(sheet: Sheet, rows: Sequence[Sequence[Any]]) -> list[str]:
    return [
        shown(c, sum(row[n] for row in rows if row[n] is not None)) if c.total else ""
        for n, c in enumerate(sheet.columns)
    ]


def _title(paper: Paper, sheet: Sheet) -> None:
    points = paper.fitted(sheet.title, paper.width * 2, TITLE_PT, True)
    height = paper.height_of(sheet.title, paper.width, points, True)
    paper.text(paper.take(height + 3 * MM), sheet.title, points, CENTRE, bold=True)


def _line(paper: Paper, parts: Sequence[str], grid: Grid, points: float, *, right: bool = False) -> None:
    parts = [
        part.replace("  ", "\u3000\u3000") for part in parts
    ]  # blanks to write into are as wide as in the workbook
    strip = paper.take(_line_height(paper, parts, grid, points))
    for number, (left, width, text) in enumerate(_spread(paper, parts, grid)):
        align = RIGHT if right and len(parts) > 1 and number == len(parts) - 1 else LEFT
        paper.text(QRectF(left, strip.top(), width, strip.height()), text, points, align)


def _line_height(paper: Paper, parts: Sequence[str], grid: Grid, points: float) -> float:
    return max((paper.height_of(t, w, points) + PAD for _, w, t in _spread(paper, parts, grid)), default=ROW)


def _spread(paper: Paper, parts: Sequence[str], grid: Grid) -> list[tuple[float, float, str]]:
    """Divide the width among the parts of a line, as the workbook does by columns."""
    if len(parts) == 1:
        return [(paper.left, paper.width, parts[0])]
    spans = spread(parts, [c.shown_width for c in grid.columns])
    return [
        (grid.lefts[first], sum(grid.widths[first : last + 1]), text)
        for (first, last), text in zip(spans, parts, strict=True)
    ]


def width_for(heading: str, texts: Sequence[str]) -> float:
    """Return a column width that shows most texts on one line and no word of the heading broken, in workbook characters."""
    widths = sorted(display_width(t) for t in texts) or [0]
    usual = widths[min(len(widths) * 19 // 20, len(widths) - 1)]
    words = max((display_width(w) for w in heading.replace("(", " (").split() if w.isascii()), default=0)
    return float(min(max(usual + 2, words + 2.5, min(display_width(heading), 8) + 2, 5), 34))
