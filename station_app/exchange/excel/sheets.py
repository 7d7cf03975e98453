"""What a workbook is to look like, before a byte is written: books, sheets, columns."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from itertools import groupby
from operator import itemgetter

MAX_ROWS = 1_048_576
MAX_TEXT = 32_767
MAX_DIGITS = 15  # what a workbook number holds exactly
_SHEET_NAME_FORBIDDEN = str.maketrans("[]:*?/\\", "()-.. -")


class Shape(Enum):
    """How the cells of a column are kept and shown: (name, usual width, horizontal alignment)."""

    SERIAL = ("serial", 6, "center")  # int, a row's number
    WHOLE = ("whole", 8, "right")  # int
    SCALED = ("scaled", 12, "right")  # int scaled by 10**places: money in fen, areas in 0.001 mu
    DATE = ("date", 11, "center")  # datetime.date
    CODE = ("code", 14, "center")  # str in a text cell: identity, account, codes; digits are never a number
    TEXT = ("text", 12, "left")  # str
    NOTE = ("note", 16, "left")  # str, may be long
    FIGURE = ("figure", 14, "right")  # str: a figure as printed, where each line has its own places
    SIGN = ("sign", 12, "left")  # always empty: for ink

    @property
    def width(self) -> float:
        return float(self.value[1])

    @property
    def align(self) -> str:
        return str(self.value[2])

    @property
    def is_text(self) -> bool:
        return self in (Shape.CODE, Shape.TEXT, Shape.NOTE, Shape.FIGURE)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a sheet.

    Attributes:
        heading: As printed, with its unit.
        places: Decimal places of SCALED values; the rows hold whole numbers scaled by ``10**places``.
        number_format: Overrides the usual one; with ``places`` decimals for SCALED.
        width: In characters; 0 takes the usual width of the shape.
        total: Name of the control total the column is summed for; empty: not summed.
        group: Heading over several columns that stand side by side.
    """

    heading: str
    shape: Shape
    places: int = 0
    number_format: str = ""
    width: float = 0
    total: str = ""
    group: str = ""

    @property
    def shown_width(self) -> float:
        return self.width or self.shape.width

    @property
    def shown_format(self) -> str:
        """Number format: no thousands separators in data columns; identity numbers and codes as text."""
        if self.number_format:
            return self.number_format
        if self.shape is Shape.SCALED:
            return "0." + "0" * self.places if self.places else "0"
        return {Shape.SERIAL: "0", Shape.WHOLE: "0", Shape.DATE: "yyyy-mm-dd", Shape.CODE: "@", Shape.TEXT: "@",
                Shape.FIGURE: "@"}.get(self.shape, "General")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table: title, lines above, columns, rows, lines below.

    Attributes:
        above: Lines under the title; the parts of a line are spread over the width.
        below: Lines under the table, spread likewise (signatures, notice period).
        counted_as: Name of the control total of its rows; empty: rows are not a total.
        break_at: Columns whose change of value starts a new page (a village and its township); empty for none.
        subtotal_label: First cell of the sum row that ends each group of ``break_at``; empty for none.
        group_signed: The line people sign at the end of each group, its parts spread over the width.
        total_label: First cell of the sum row; empty for no sum row.
        closing: Values of the sum row, one a column as in the rows, where it is not the sum of the printed rows (sums of
            unrounded figures, rates of the whole); ``None`` sums the columns that have a total.
        more_closing: Label and values of further sum rows below it.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: Iterable[Sequence[object]]
    above: tuple[tuple[str, ...], ...] = ()
    below: tuple[tuple[str, ...], ...] = ()
    total_label: str = ""
    break_at: tuple[int, ...] = ()
    counted_as: str = ""
    closing: Sequence[object] | None = None
    subtotal_label: str = ""
    group_signed: tuple[str, ...] = ()
    more_closing: tuple[tuple[str, Sequence[object]], ...] = ()

    @property
    def group_ends(self) -> int:
        """Rows that end each group: its sum, and the line to sign."""
        return (1 if self.subtotal_label else 0) + (1 if self.group_signed else 0)

    def groups(self, rows: Iterable[Sequence[object]]) -> Iterator[Iterable[Sequence[object]]]:
        """Yield the rows that stand together on pages of their own."""
        if not self.break_at:
            yield rows
            return
        for _, group in groupby(rows, key=itemgetter(*self.break_at)):
            yield group

    @property
    def sum_rows(self) -> tuple[tuple[str, Sequence[object] | None], ...]:
        """Label and given values of every row of sums; ``None``: the columns that have a total are summed."""
        return ((self.total_label, self.closing), *self.more_closing) if self.total_label else ()

    @property
    def header_rows(self) -> int:
        return 2 if any(c.group for c in self.columns) else 1

    @property
    def first_row(self) -> int:
        """0-based row of the first record."""
        return 1 + len(self.above) + self.header_rows


@dataclass(frozen=True, slots=True)
class Book:
    """A workbook: its sheets and what its control sheet and properties say. Nothing is taken from the clock.

    Attributes:
        facts: Lines of the control sheet: what, value (program version, organisation, date, language …).
    """

    title: str
    sheets: tuple[Sheet, ...]
    created_on: date
    language: str
    organisation: str = ""
    facts: tuple[tuple[str, str], ...] = ()


class Paper(Enum):
    """A sheet of paper across: (number workbooks know it by, printable width in pixels of 1/96 inch, margins taken off)."""

    A4 = (9, 1042)
    A3 = (8, 1507)

    @property
    def code(self) -> int:
        return int(self.value[0])

    @property
    def width(self) -> int:
        return int(self.value[1])


BODY_POINTS = 10.0
LEAST_POINTS = 6.5  # 小六, the smallest size in print; forms wider than A3 go on to further sheets


@dataclass(frozen=True, slots=True)
class PageFit:
    """How a table is put on paper: which, over how many sheets side by side, how many leading columns stand on each."""

    paper: Paper
    across: int = 1
    repeated: int = 0


def page_fit(columns: Sequence[Column]) -> PageFit:
    """Return the smallest paper on which the columns, made to fit, are printed at ``LEAST_POINTS`` or more.

    A table too wide for A3 is cut between columns; its leading columns (number, place, code, name) stand on every sheet.
    """
    width = _pixels(columns)
    for paper in Paper:
        if paper.width * BODY_POINTS >= width * LEAST_POINTS:
            return PageFit(paper)
    named = next((n for n, c in enumerate(columns) if c.shape in (Shape.WHOLE, Shape.SCALED, Shape.DATE)), len(columns))
    repeated = min(named, 6)
    room = Paper.A3.width * BODY_POINTS / LEAST_POINTS - _pixels(columns[:repeated])
    return PageFit(Paper.A3, math.ceil(_pixels(columns[repeated:]) / max(room, 1)), repeated)


def _pixels(columns: Sequence[Column]) -> int:
    return sum(int(c.shown_width * 7 + 5) for c in columns)  # as workbook programs count them


def display_width(text: str) -> int:
    """Return the width of a text in characters; a full-width character counts twice."""
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(c) in "WFA" else 1 for c in text)


def sheet_names(wanted: Iterable[str]) -> list[str]:
    """Return allowed, distinct sheet names: at most 31 characters, none of ``[]:*?/\\``, no quote at either end."""
    used: set[str] = {"history"}
    out = []
    for name in wanted:
        base = name.translate(_SHEET_NAME_FORBIDDEN).strip().strip("'")[:31] or "Sheet"
        made, number = base, 2
        while made.casefold() in used:
            tail = f" ({number})"
            made, number = base[: 31 - len(tail)] + tail, number + 1
        used.add(made.casefold())
        out.append(made)
    return out


def spread(parts: Sequence[str], widths: Sequence[float]) -> list[tuple[int, int]]:
    """Divide columns among the parts of a line, in proportion to what each needs; return (first, last) column each.

    A line with more parts than columns gives the surplus the last column.
    """
    needs = [display_width(p) + 12 for p in parts]  # room to sign
    total, whole = sum(needs), sum(widths)
    spans: list[tuple[int, int]] = []
    first, seen, asked = 0, 0.0, 0.0
    for number, need in enumerate(needs):
        asked += need / total * whole
        left = len(parts) - number - 1
        last = first
        seen += widths[min(first, len(widths) - 1)]
        while last + 1 < len(widths) - left and seen + widths[last + 1] / 2 <= asked:
            last += 1
            seen += widths[last]
        if number == len(parts) - 1:
            last = max(len(widths) - 1, first)
        last = min(last, len(widths) - 1)
        spans.append((min(first, last), last))
        first = last + 1
    return spans
