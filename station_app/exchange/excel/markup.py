"""Rows of a sheet as XML. A cell that holds text is always a text cell, so no text becomes a formula."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import islice
from typing import IO, Any

from station_app.exchange.excel.problems import WorkbookProblem
from station_app.exchange.excel.sheets import MAX_DIGITS, MAX_ROWS, MAX_TEXT, Column, Shape, Sheet, spread

CHUNK = 1000
_MAX_LINES = 25
_HEIGHTS = [f"{13 * n + 5}" for n in range(_MAX_LINES + 1)]
_LIMIT = 10**MAX_DIGITS
_EPOCH = date(1899, 12, 30).toordinal()
_FIRST_DAY = date(1900, 3, 1)  # before it the calendars of workbook programs disagree
_special = re.compile("[&<>\x00-\x1f\x7f]|_x[0-9A-Fa-f]{4}_|^\\s|\\s$").search
_SEPARATOR = "\x1f"
_needs_care = re.compile(
    "[&<>\x00-\x1e\x7f\ud800-\udfff\ufffe\uffff]|_x[0-9A-Fa-f]{4}_|^\\s|\\s$|\x1f\\s|\\s\x1f"
).search
_unwritable = re.compile("[\ud800-\udfff\ufffe\uffff]").search
_control = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
_literal_escape = re.compile("_(?=x[0-9A-Fa-f]{4}_)")


def column_letters(index: int) -> str:
    """Return the letters of a 0-based column."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def escaped(value: str) -> str:
    """Return a text as the inside of a ``<t>`` element; control characters in the workbook's own escape."""
    value = _literal_escape.sub("_x005F_", value)
    value = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _control.sub(lambda m: f"_x{ord(m[0]):04X}_", value)


class Body:
    """Turns the rows of one sheet into XML and remembers what must be found when the file is read back.

    After ``write_to``: ``count`` records in ``height`` rows (the ends of groups stand between them), ``totals`` per column
    (scaled), ``digests`` one hash a row, ``breaks`` 1-based rows after which a page ends.
    """

    def __init__(self, sheet: Sheet, styles: Sequence[int], ends: Sequence[Sequence[int]] = ()) -> None:
        """``styles`` of a record's cells, ``ends`` of the cells of the rows that end a group."""
        self.sheet = sheet
        self.count = 0
        self.height = 0
        self._ends = ends
        self.totals: list[int] = [0] * len(sheet.columns)
        self.digests: list[int] = []
        self.breaks: list[int] = []
        cells = "".join(f'<c r="{column_letters(i)}%s" s="{style}"%s</c>' for i, style in enumerate(styles))
        self._template = f'<row r="%s" ht="%s" customHeight="1">{cells}</row>'

    def write_to(self, target: IO[bytes]) -> Iterator[int]:
        """Write every row to ``target``; yield the number written so far after each chunk.

        Raises:
            UserError: XLS-007 too many rows, XLS-008, XLS-010 a value a workbook can not hold.
        """
        for rows in self.sheet.groups(self.sheet.rows):
            if self.height:
                self.breaks.append(self.sheet.first_row + self.height)
            before, start = list(self.totals), self.height
            for _ in self._records(rows, target):
                yield self.count
            if self.height > start and self.sheet.group_ends:
                self._end_group(target, start, [now - then for now, then in zip(self.totals, before, strict=True)])

    def _records(self, records: Iterable[Sequence[Any]], target: IO[bytes]) -> Iterator[None]:
        rows = iter(records)
        first = self.sheet.first_row + 1
        while chunk := list(islice(rows, CHUNK)):
            if first + self.height + len(chunk) > MAX_ROWS - 40:
                raise WorkbookProblem.TOO_MANY_ROWS.error(limit=MAX_ROWS - 40)
            numbers = [str(n) for n in range(first + self.height, first + self.height + len(chunk))]
            columns = list(zip(*chunk, strict=True))
            if len(columns) != len(self.sheet.columns):
                raise ValueError(f"{self.sheet.name}: {len(columns)} values for {len(self.sheet.columns)} columns")
            pieces: list[Sequence[str]] = []
            lines = [1] * len(chunk)
            found: list[Sequence[object]] = []
            for index, (column, values) in enumerate(zip(self.sheet.columns, columns, strict=True)):
                pieces += (numbers, _encode(column, values, self._place(index)))
                found.append(_wanted(column, values))
                if column.shape in (Shape.TEXT, Shape.NOTE):
                    lines = list(map(max, lines, _lines_needed(column, values)))
                if column.total:
                    self.totals[index] += sum(filter(None, values))
                    _check_digits(self.totals[index : index + 1], self._place(index))
            heights = [_HEIGHTS[min(n, _MAX_LINES)] for n in lines]
            target.write("".join(map(self._template.__mod__, zip(numbers, heights, *pieces, strict=True))).encode())
            self.digests.extend(map(hash, zip(*found, strict=True)))
            self.count += len(chunk)
            self.height += len(chunk)
            yield

    def _end_group(self, target: IO[bytes], start: int, sums: Sequence[int]) -> None:
        """Write the sum row of a group, and the line to sign; SUBTOTAL leaves other subtotals out of the sum of all."""
        sheet, styles = self.sheet, list(self._ends)
        first = sheet.first_row + 1
        if sheet.subtotal_label:
            cells: list[str] = []
            values: list[object] = []
            for index, (column, total, style) in enumerate(zip(sheet.columns, sums, styles.pop(0), strict=True)):
                if not index:
                    values.append(sheet.subtotal_label)
                    rest = _text_cells([sheet.subtotal_label], self._place(0))[0]
                elif column.total:
                    values.append(_wanted(column, [total])[0])
                    place = column_letters(index)
                    formula = f"SUBTOTAL(9,{place}{first + start}:{place}{first + self.height - 1})"
                    rest = _encode(column, [total], self._place(index))[0].replace(">", f"><f>{formula}</f>", 1)
                else:
                    values.append("")
                    rest = "/>"
                cells.append(
                    f'<c r="{column_letters(index)}{first + self.height}" s="{style}"{rest}'
                    + ("" if rest == "/>" else "</c>")
                )
            self._end_row(target, "".join(cells), 20, values)
        if sheet.group_signed:
            style = styles.pop(0)[0]
            spans = spread(sheet.group_signed, [c.shown_width for c in sheet.columns])
            texts = {at: part for (at, _), part in zip(spans, sheet.group_signed, strict=True)}
            cells = [
                f'<c r="{column_letters(at)}{first + self.height}" s="{style}"{_text_cells([part], sheet.name)[0]}</c>'
                for at, part in sorted(texts.items())
            ]
            self._end_row(target, "".join(cells), 30, [texts.get(at, "") for at in range(len(sheet.columns))])

    def _end_row(self, target: IO[bytes], cells: str, height: int, values: Sequence[object]) -> None:
        target.write(
            f'<row r="{self.sheet.first_row + 1 + self.height}" ht="{height}" customHeight="1">{cells}</row>'.encode()
        )
        self.digests.append(hash(tuple(values)))
        self.height += 1

    def _place(self, index: int) -> str:
        return f"{self.sheet.name} {column_letters(index)}"


def _encode(column: Column, values: Sequence[Any], place: str) -> list[str]:
    """Return the cells of one column as XML, from after the style attribute."""
    shape = column.shape
    if shape is Shape.SIGN:
        return [">"] * len(values)
    if shape.is_text:
        return _text_cells(values, place)
    if shape is Shape.DATE:
        return [_date_cell(v) for v in values]
    _check_digits(values, place)
    if shape is not Shape.SCALED or not column.places:
        return [">" if v is None else f"><v>{v}</v>" for v in values]
    unit = 10**column.places
    form = f"><v>%d.%0{column.places}d</v>"
    minus = f"><v>-%d.%0{column.places}d</v>"
    return [">" if v is None else form % divmod(v, unit) if v >= 0 else minus % divmod(-v, unit) for v in values]


def _wanted(column: Column, values: Sequence[Any]) -> list[Any]:
    """Return what a reader must find; from the values alone, so that a mistake above is noticed."""
    unit = 10**column.places
    return [
        "" if v is None else v if isinstance(v, str) else v / unit if isinstance(v, int) else
        v if v >= _FIRST_DAY else v.isoformat() for v in values
    ]  # fmt: skip


def _lines_needed(column: Column, values: Sequence[str | None]) -> list[int]:
    """Return the lines each wrapped text takes in its column.

    Width from bytes and characters: a Chinese character is 3 bytes and 2 wide, a letter 1 and 1.
    """
    room = 2 * max(column.shown_width - 1.5, 2)
    return [
        1 if v is None or len(v.encode()) + len(v) <= room and "\n" not in v
        else sum(max(1, math.ceil((len(line.encode()) + len(line)) / room)) for line in v.split("\n")) for v in values
    ]  # fmt: skip


def _check_digits(values: Sequence[int | None], place: str) -> None:
    filled = [v for v in values if v is not None]
    if filled and (max(filled) >= _LIMIT or min(filled) <= -_LIMIT):
        raise WorkbookProblem.NUMBER_TOO_LONG.error(place, limit=MAX_DIGITS)


def _text_cells(values: Sequence[str | None], place: str) -> list[str]:
    """Return text cells; one search over the whole column tells whether any needs care."""
    filled = [v for v in values if v]
    joined = _SEPARATOR.join(filled)
    plain = joined.count(_SEPARATOR) == max(len(filled) - 1, 0) and max(map(len, filled), default=0) <= MAX_TEXT
    if not plain or _needs_care(joined):
        return [_text_cell(v, place) for v in values]
    return [f' t="inlineStr"><is><t>{v}</t></is>' if v else ">" for v in values]


def _text_cell(value: str | None, place: str) -> str:
    if not value:
        return ">"
    if _special(value) or len(value) > MAX_TEXT or _unwritable(value):
        if len(value) > MAX_TEXT or _unwritable(value):
            raise WorkbookProblem.TEXT_NOT_HELD.error(place, limit=MAX_TEXT, value=_shown(value))
        return f' t="inlineStr"><is><t xml:space="preserve">{escaped(value)}</t></is>'
    return f' t="inlineStr"><is><t>{value}</t></is>'


def _shown(value: str) -> str:
    return value[:20].encode("utf-8", "replace").decode()


def _date_cell(value: date | None) -> str:
    if value is None:
        return ">"
    if value < _FIRST_DAY:
        return f' t="inlineStr"><is><t>{value.isoformat()}</t></is>'
    return f"><v>{value.toordinal() - _EPOCH}</v>"


def rows_of(values: Iterable[Sequence[object]], width: int) -> Iterator[int]:
    """Yield the hash of every row read, cut or filled to ``width`` cells."""
    fill = [""] * width
    for row in values:
        yield hash(tuple((*row, *fill)[:width]))
