"""Totals rows held against the rows above them: a digit lost when somebody typed shows nowhere else."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from station_app.domain.problems import Problem
from station_app.domain.text import Text
from station_app.domain.validation import parse_value
from station_app.exchange.excel.locate import Located, Match
from station_app.exchange.excel.problems import WorkbookProblem
from station_app.exchange.excel.rows import as_decimal
from station_app.exchange.excel.units import fold, unit_named

# Units whose amounts may be added up; a rate, a height or a share has no sum.
_ADDED = frozenset(
    [
        "亩",
        "万亩",
        "hm2",
        "km2",
        "m2",
        "元",
        "万元",
        "千元",
        "亿元",
        "头只",
        "万头只",
        "羊单位",
        "人",
        "户",
        "g",
        "kg",
        "斤",
        "t",
    ]
)
_NOISE = Decimal("0.000001")  # what adding in binary leaves in a formula's result
_NEAR = Decimal("0.05")  # of the tenth or tenfold: 12,340 for 1,234 and for 1,236 alike
_SHIFTS = (
    (Decimal(10), Text("约为十倍，是否多写了一位？", "About ten times: one digit too many? ")),
    (Decimal("0.1"), Text("约为十分之一，是否少写了一位？", "About a tenth: a digit lost? ")),
    (Decimal(100), Text("约为一百倍，是否多写了两位？", "About a hundred times: two digits too many? ")),
    (Decimal("0.01"), Text("约为百分之一，是否少写了两位？", "About a hundredth: two digits lost? ")),
    (Decimal(10_000), Text("约为一万倍，是否单位不同(万)？", "About ten thousand times: another unit (10k)? ")),
    (Decimal("0.0001"), Text("约为万分之一，是否单位不同(万)？", "About a ten-thousandth: another unit (10k)? ")),
)
_ROW = Text("正好相差第 {row} 行的数，是否漏算或重复？", "Exactly the value of row {row}: left out or counted twice? ")
_LOOK = Text("", "")


@dataclass
class _Column:
    match: Match
    rows: list[tuple[int, Decimal]] = field(default_factory=list)  # row, value
    running: list[tuple[Decimal, Decimal]] = field(default_factory=lambda: [(Decimal(0), Decimal(0))])  # all, seen
    unread: bool = False
    marks: list[int] = field(default_factory=list)  # how many rows stood above each total seen so far
    grand: list[int] = field(default_factory=list)  # the same, of totals that are no subtotals

    def sums(self, start: int) -> tuple[Decimal, Decimal]:
        """Return the sum of all rows from ``start``, and of those in sight: a spreadsheet has both."""
        (whole, seen), (whole_before, seen_before) = self.running[-1], self.running[start]
        return whole - whole_before, seen - seen_before


class Sums:
    """The columns of one table that hold amounts, and the totals rows among them."""

    def __init__(self, found: Located, is_hidden: Callable[[int], bool] = lambda row: False) -> None:
        self._found = found
        self._is_hidden = is_hidden
        self._columns = [_Column(m) for m in found.matches if _is_amount(m)]
        self.compared = 0

    def record(self, number: int, row: Sequence[object]) -> None:
        """Take a row into the sums, be it imported or not: the total counted it."""
        for column in self._columns:
            value, wrong = _number(column.match, row)
            if wrong:
                column.unread = True
            elif value is not None:
                whole, seen = column.running[-1]
                column.rows.append((number, value))
                column.running.append((whole + value, seen if self._is_hidden(number) else seen + value))

    def total(self, number: int, row: Sequence[object], word: str) -> list[Problem]:
        """Return what is wrong with a totals row that calls itself ``word`` (folded)."""
        found = []
        is_part = "小计" in word or "subtotal" in word
        for column in self._columns:
            value, wrong = _number(column.match, row)
            if value is not None and not wrong and not column.unread:
                self.compared += 1
                starts = _starts(column, word)
                if not any(abs(value - s) <= _NOISE for start in starts for s in column.sums(start)):
                    found.append(self._differs(column, number, row, value, starts[0]))
            column.marks.append(len(column.rows))
            if not is_part:
                column.grand.append(len(column.rows))
        return found

    def _differs(self, column: _Column, number: int, row: Sequence[object], value: Decimal, start: int) -> Problem:
        expected = column.sums(start)[0]
        heading = column.match.heading
        name = next((v.strip() for v in row if isinstance(v, str) and v.strip()), "")
        return WorkbookProblem.TOTAL_DIFFERS.at(self._found.table.place(number, heading.column), column.match.target.path,
                       total="".join(name.split()).rstrip(":："), heading=heading.shown, value=f"{value.normalize():,f}",
                       expected=f"{expected.normalize():,f}", hint=_hint(value, expected, column.rows[start:]))  # fmt: skip


def _starts(column: _Column, word: str) -> list[int]:
    """Return after which row the rows of a total may begin, the likeliest first."""
    since_any = max([m for m in column.marks if m < len(column.rows)], default=0)
    since_grand = max([m for m in column.grand if m < len(column.rows)], default=0)
    if "累计" in word or "running" in word:
        return [0]
    if "小计" in word or "subtotal" in word:
        # A page's subtotal may stand above a village's: then the village began at an earlier one.
        return [since_any, *sorted({0, since_grand, *column.marks} - {since_any}, reverse=True)]
    return [0, *sorted({since_grand} - {0}, reverse=True)]


def _hint(value: Decimal, expected: Decimal, rows: Sequence[tuple[int, Decimal]]) -> Text:
    difference = abs(value - expected)
    for row, part in rows:
        if part == difference and len(rows) > 1:
            return _ROW.format(row=row + 1)
    for times, said in _SHIFTS:
        if expected and abs(value / times - expected) <= abs(expected) * _NEAR:
            return said
    return _LOOK


def _is_amount(match: Match) -> bool:
    described = match.target.field
    if not described.is_number or not described.unit or described.minimum is not None and described.minimum < 0:
        return False
    unit = match.unit or unit_named(described.unit) or fold(described.unit)
    return unit in _ADDED


def _number(match: Match, row: Sequence[object]) -> tuple[Decimal | None, bool]:
    """Return the amount in a cell, and whether something stands there that is none."""
    raw = row[match.heading.column] if match.heading.column < len(row) else ""
    if isinstance(raw, bool):
        return None, True
    if isinstance(raw, int | float):
        return (Decimal(format(raw, ".15g")), False) if math.isfinite(raw) else (None, True)
    value, problem = parse_value(as_decimal(match.target.field), raw)
    return value, problem is not None
