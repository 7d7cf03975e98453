"""What every reader of a format says about the cells of a sheet, in the same words."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import Enum
from functools import lru_cache
from typing import Any

from station_app.domain.text import Text
from station_app.exchange.excel.markup import column_letters
from station_app.exchange.excel.reading import limits
from station_app.exchange.excel.reading.limits import MAX_EXTENT, TooBig
from station_app.exchange.excel.reading.packed import Packed

MAX_ROWS, MAX_COLUMNS = 1_048_576, 16_384
FORMULA = 0x8000  # in a mark: the value is the kept result of a formula


@dataclass(frozen=True, slots=True)
class Broken:
    """A cell without a value.

    Attributes:
        error: What the formula came to (``#N/A``); empty when it was never worked out.
        or_empty: Nothing is kept of a formula that may give an empty text (``IF(A1="","",A1)``): some programs write an
            empty result like none.
    """

    error: str = ""
    or_empty: bool = False

    def __str__(self) -> str:
        return self.error or "#?"

    @property
    def said(self) -> Text:
        """The error as the sheet shows it, or that there is no result."""
        return Text(self.error, self.error) if self.error else NOT_STORED


NOT_STORED = Text("文件里没有存结果", "the file holds no result")
BROKEN = Broken()
EMPTY_OR_BROKEN = Broken(or_empty=True)


class Picture(Enum):
    """A picture placed in a cell (WPS ``DISPIMG``): no text, and no error."""

    IN_CELL = "picture"

    def __str__(self) -> str:
        return ""


PICTURE = Picture.IN_CELL


_ERRORS = frozenset(
    ("#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#FIELD!", "#BLOCKED!",
     "#CONNECT!", "#UNKNOWN!", "#GETTING_DATA", "#BUSY!")
)  # fmt: skip
_AS_TEXT = re.compile(r'="((?:[^"]|"")*)"\Z')
_NUMBER_AS_TEXT = re.compile(r"'(?=[0-9+\-='])")
SUSPECT = frozenset("#E错='\t\n ")  # what a text that is no text may begin with
_OFFICE_ERROR = re.compile(r"(?:Err|错误):\s*[0-9]{3}\Z")
_PICTURE = re.compile(r"(?:<f[^>]*>)?=?\s*(?:_xlfn\.)?DISPIMG\(", re.IGNORECASE)


def is_picture(formula: str) -> bool:
    """Whether a formula only places a picture in its cell."""
    return _PICTURE.match(formula) is not None


def text_value(text: str) -> object:
    """Return what a text cell says, without the marks that keep a spreadsheet from making a number of it.

    An error's name is the error, however it came into the text.
    """
    if text[:1] in SUSPECT:
        marked = _AS_TEXT.match(text)
        text = marked[1].replace('""', '"') if marked else _NUMBER_AS_TEXT.sub("", text, count=1)
        bare = text.strip()
        if bare in _ERRORS or _OFFICE_ERROR.match(bare):
            return Broken(bare)
        if bare[:1] == "=" and is_picture(bare):
            return PICTURE
    return text


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """How a cell shows its number.

    Attributes:
        code: As the file writes it; ``General`` when it says nothing.
        percent: Shown a hundred times as large, with ``%``.
        date: ``"date"``, ``"time"`` or ``"duration"``; empty for numbers.
        text: Kept as text (``@``).
        places: Decimal places shown; ``None`` when the program chooses.
        digits: Digits shown at least, when the format is zeros only (``0000``: a code kept as a number); else 0.
    """

    code: str = "General"
    percent: bool = False
    date: str = ""
    text: bool = False
    places: int | None = None
    digits: int = 0


GENERAL = NumberFormat()
_BUILT_IN = {
    1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 5: "#,##0", 6: "#,##0", 7: "#,##0.00", 8: "#,##0.00", 9: "0%",
    10: "0.00%", 11: "0.00E+00", 12: "# ?/?", 13: "# ??/??", 14: "yyyy-mm-dd", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy",
    18: "h:mm", 19: "h:mm:ss", 20: "h:mm", 21: "h:mm:ss", 22: "yyyy-mm-dd h:mm", 37: "#,##0", 38: "#,##0", 39: "#,##0.00",
    40: "#,##0.00", 41: "#,##0", 42: "#,##0", 43: "#,##0.00", 44: "#,##0.00", 45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss.0",
    48: "##0.0E+0", 49: "@",
    # Chinese programs keep their dates under these numbers.
    27: "yyyy年m月", 28: "m月d日", 29: "m月d日", 30: "m-d-yy", 31: "yyyy年m月d日", 32: "h时mm分", 33: "h时mm分ss秒",
    34: "上午/下午h时mm分", 35: "上午/下午h时mm分ss秒", 36: "yyyy年m月", 50: "yyyy年m月", 51: "m月d日", 52: "yyyy年m月",
    53: "m月d日", 54: "m月d日", 55: "上午/下午h时mm分", 56: "上午/下午h时mm分ss秒", 57: "yyyy年m月", 58: "m月d日",
}  # fmt: skip
_QUOTED = re.compile(r'"[^"]*"|\\.|_.|\*.|!.')
_BRACKET = re.compile(r"\[(?!h+\]|m+\]|s+\])[^\]]*\]", re.IGNORECASE)
_DURATION = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)
_PLACES = re.compile(r"[0#?](?:[0#?,]*[0#?])?(?:\.([0#?]*))?")


@lru_cache(maxsize=1024)
def number_format(code: str) -> NumberFormat:
    """Return what a format code says; colours, conditions, quoted and escaped characters say nothing."""
    if code.strip().lower() in ("", "general", "g/通用格式", "@general"):
        return GENERAL
    bare = _BRACKET.sub("", _QUOTED.sub("", code))
    first = bare.split(";")[0].strip()
    if first == "@":
        return NumberFormat(code, text=True)
    lower = first.lower()
    if _DURATION.search(lower):
        return NumberFormat(code, date="duration")
    if "general" not in lower and "e+" not in lower and "e-" not in lower:
        day = bool(set(lower) & set("yd")) or ("m" in lower and not set(lower) & set("hs"))
        if day or (not set(lower) & set("0#?") and set(lower) & set("eb")):
            return NumberFormat(code, date="date")
        if set(lower) & set("hs"):
            return NumberFormat(code, date="time")
    found = _PLACES.search(first)
    percent = "%" in bare
    zeros = first if first and not first.strip("0") and len(first) > 1 else ""
    return NumberFormat(code, percent=percent, places=len(found[1] or "") if found else None, digits=len(zeros))


def built_in_format(number: int) -> NumberFormat:
    """Return the format that workbooks name by a number instead of a code."""
    return number_format(_BUILT_IN.get(number, "General"))


def as_date(value: float, shape: str, epoch_1904: bool = False) -> date | time | timedelta | float:
    """Return what a serial number means under a date format.

    Day 60 of the calendar that begins in 1900 never was; days before it are one less than they seem. Whole days are
    dates, others are moments to the second; a number that is no day of the calendar stays a number.
    """
    if shape == "duration":
        return timedelta(seconds=round(value * 86_400)) if abs(value) < 1e6 else value
    if not 0 <= value < 2_958_466 or (60 <= value < 61 and not epoch_1904):
        return value
    if epoch_1904:
        start = datetime(1904, 1, 1)
    elif value < 1:
        start = datetime(1899, 12, 31)
    else:
        start = datetime(1899, 12, 31) if value < 60 else datetime(1899, 12, 30)
    try:
        moment = start + timedelta(seconds=round(value * 86_400))
    except OverflowError:
        return value
    if value < 1 and not (epoch_1904 and shape == "date"):
        return moment.time() if shape == "time" or value else value
    return moment.date() if moment.time() == time(0) else moment


@dataclass
class RawTable:
    """One sheet, from its first cell.

    Attributes:
        name: Sheet, or the file's name for a csv.
        rows: Values: text, int, float, bool, date, datetime, time, timedelta, "" for an empty cell, ``Broken``,
            ``PICTURE``. All as long as the longest; those of a long sheet are packed.
        merges: Merged ranges as 0-based (first row, first column, last row, last column).
        hidden: Whether the sheet is.
        hidden_rows, hidden_columns: 0-based; rows and columns a person does not see, filtered ones included.
        formats: The number formats of the sheet's file; a mark is an index into it.
        marks: For each row, for each cell its format's index, with ``FORMULA`` set when a formula made the value.
        epoch_1904: Whether day 0 of the file's calendar is in 1904.
    """

    name: str
    rows: list[list[Any]] | Packed[list[Any]]
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    hidden: bool = False
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    formats: Sequence[NumberFormat] = ()
    marks: list[array[int]] = field(default_factory=list)
    epoch_1904: bool = False

    def settle(self, hidden_rows: Iterable[int] = (), hidden_columns: Iterable[int] = ()) -> RawTable:
        """Finish a table that was read: every row as long as the longest, merges and hidden rows within them.

        Raises:
            TooBig: its first and last cell are too far apart, or too many rows say something.
        """
        most = limits.MAX_FILLED
        if len(self.rows) > most and sum(any(cell != "" for cell in row) for row in self.rows) > most:
            raise TooBig
        width = max(map(len, self.rows), default=0)
        if len(self.rows) * width > MAX_EXTENT:
            raise TooBig
        for row in self.rows:
            if len(row) < width:
                row.extend([""] * (width - len(row)))
        bottom, right = len(self.rows) - 1, width - 1
        clipped = [(a, b, min(c, bottom), min(d, right)) for a, b, c, d in self.merges]
        self.merges = [m for m in clipped if m[:2] != m[2:] and m[0] <= m[2] and m[1] <= m[3]]
        self.hidden_rows = frozenset(row for row in hidden_rows if row <= bottom)
        self.hidden_columns = frozenset(column for column in hidden_columns if column <= right)
        return self

    def place(self, row: int, column: int | None = None) -> str:
        """Return where a 0-based cell or row stands, as spreadsheet programs say it."""
        return f"{self.name}!{'' if column is None else column_letters(column)}{row + 1}"

    def value(self, row: int, column: int) -> Any:
        """Return the value of a cell; "" beyond the end."""
        return self.rows[row][column] if row < len(self.rows) and column < len(self.rows[row]) else ""

    def _mark(self, row: int, column: int) -> int:
        return self.marks[row][column] if row < len(self.marks) and column < len(self.marks[row]) else 0

    def format(self, row: int, column: int) -> NumberFormat:
        """Return how a cell shows its number; ``GENERAL`` where the file says nothing."""
        index = self._mark(row, column) & ~FORMULA
        return self.formats[index] if index < len(self.formats) else GENERAL

    def is_formula(self, row: int, column: int) -> bool:
        """Whether the value of a cell is the kept result of a formula, an empty text included."""
        return bool(self._mark(row, column) & FORMULA)
