"""OpenDocument spreadsheets (ods)."""

from __future__ import annotations

import re
import zipfile
from array import array
from datetime import datetime, time, timedelta
from typing import Any

from station_app.exchange.excel.reading.cells import (
    BROKEN,
    FORMULA,
    GENERAL,
    MAX_COLUMNS,
    MAX_ROWS,
    PICTURE,
    Broken,
    NumberFormat,
    RawTable,
    is_picture,
    text_value,
)
from station_app.exchange.excel.reading.limits import Allowance, Damaged, Locked, TooBig, pieces, xml_parser

_DURATION = re.compile(r"(-)?P(?:(\d+)D)?T?(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?\Z")
_UNSEEN = ("collapse", "filter")
_STYLES = {
    "number:number-style": "", "number:currency-style": "", "number:percentage-style": "percent", "number:date-style": "date",
    "number:time-style": "time", "number:text-style": "text", "number:boolean-style": "",
}  # fmt: skip


def read_ods(archive: zipfile.ZipFile) -> list[RawTable]:
    """Return the sheets of a document, in its order.

    Raises:
        Locked: it has a password.
        Damaged: it is no spreadsheet.
        TooBig: see ``limits``; cells and rows repeated without end count as often as they are repeated.
    """
    names = archive.namelist()
    if "META-INF/manifest.xml" in names and b"encryption-data" in archive.read("META-INF/manifest.xml"):
        raise Locked
    reading = _Content()
    for part in ("styles.xml", "content.xml"):
        if part in names:
            parser = xml_parser()
            parser.StartElementHandler, parser.EndElementHandler = reading.start, reading.end
            parser.CharacterDataHandler = reading.text
            with archive.open(part) as opened:
                for piece in pieces(opened):
                    parser.Parse(piece)
                parser.Parse(b"", True)
    return reading.tables


class _Content:
    """What was understood so far; prefixes are those every program writes."""

    def __init__(self) -> None:
        self.tables: list[RawTable] = []
        self._allowance = Allowance()
        self._formats: list[NumberFormat] = [GENERAL]
        self._data_styles: dict[str, NumberFormat] = {}
        self._cell_styles: dict[str, int] = {"": 0}
        self._unshown: set[str] = set()  # styles of tables that are not displayed
        self._data: dict[str, Any] | None = None  # the number format that is read
        self._style = ""
        self._table: RawTable | None = None
        self._nested = 0
        self._row = self._column = 0
        self._repeat = 1
        self._defaults: list[tuple[int, str]] = []  # (first column after it, style) of the columns
        self._hidden_columns: set[int] = set()
        self._hidden_rows: set[int] = set()
        self._values: list[Any] = []
        self._marks: list[int] = []
        self._cell: dict[str, str] | None = None
        self._lines: list[str] = []
        self._gathering = 0  # depth of elements whose text is the cell's

    # --- elements --------------------------------------------------------------------------------------------------------

    def start(self, tag: str, said: dict[str, str]) -> None:
        if self._nested or tag in (
            "office:annotation",
            "draw:frame",
            "draw:object",
            "table:shapes",
            "table:tracked-changes",
        ):
            self._nested += 1
        elif tag in _STYLES:
            self._data = {"name": said.get("style:name", ""), "shape": _STYLES[tag]}
        elif tag == "number:number" and self._data is not None:
            places = said.get("number:decimal-places")
            self._data["places"] = int(places) if places is not None else None
            self._data["digits"] = int(said.get("number:min-integer-digits", "0"))
            self._data["grouped"] = said.get("number:grouping") == "true"
        elif tag == "style:style":
            self._style = said.get("style:name", "")
            form = self._data_styles.get(said.get("style:data-style-name", ""))
            if said.get("style:family") == "table-cell" and form is not None:
                self._cell_styles[self._style] = len(self._formats)
                self._formats.append(form)
            elif said.get("style:parent-style-name") in self._cell_styles:
                self._cell_styles.setdefault(self._style, self._cell_styles[said["style:parent-style-name"]])
        elif tag == "style:table-properties" and said.get("table:display") == "false":
            self._unshown.add(self._style)
        elif tag == "table:table":
            self._begin_table(said)
        elif self._table is None:
            return
        elif tag == "table:table-column":
            self._take_column(said)
        elif tag == "table:table-row":
            self._values, self._marks, self._column = [], [], 0
            self._repeat = _count(said.get("table:number-rows-repeated"))
            if said.get("table:visibility") in _UNSEEN and self._row < MAX_ROWS:
                last = self._row + min(self._repeat, 65_536)
                self._hidden_rows.update(range(self._row, last))
        elif tag in ("table:table-cell", "table:covered-table-cell"):
            self._cell, self._lines = said, []
        elif self._cell is not None:
            if tag == "text:p":
                self._lines.append("")
                self._gathering = 1
            elif self._gathering:
                self._gathering += 1
                self.text(
                    {"text:s": " " * _count(said.get("text:c")), "text:tab": "\t", "text:line-break": "\n"}.get(tag, "")
                )

    def text(self, piece: str) -> None:
        if self._gathering and not self._nested and self._lines:
            self._lines[-1] += piece

    def end(self, tag: str) -> None:
        if self._nested:
            self._nested -= 1
        elif tag in _STYLES and self._data is not None:
            self._data_styles[self._data["name"]] = _format(self._data)
            self._data = None
        elif self._table is None:
            return
        elif self._gathering:
            self._gathering -= 1
        elif tag in ("table:table-cell", "table:covered-table-cell") and self._cell is not None:
            self._finish_cell(self._cell)
            self._cell = None
        elif tag == "table:table-row":
            self._finish_row()
        elif tag == "table:table":
            self._finish_table(self._table)
            self._table = None

    # --- tables ------------------------------------------------------------------------------------------------------------

    def _begin_table(self, said: dict[str, str]) -> None:
        if self._table is not None:
            raise Damaged("a table in a table")
        hidden = said.get("table:style-name", "") in self._unshown
        self._table = RawTable(said.get("table:name", ""), [], hidden=hidden, formats=self._formats)
        self._row = 0
        self._defaults, self._hidden_rows, self._hidden_columns = [], set(), set()

    def _take_column(self, said: dict[str, str]) -> None:
        first = self._defaults[-1][0] if self._defaults else 0
        last = min(first + _count(said.get("table:number-columns-repeated")), MAX_COLUMNS)
        self._defaults.append((last, said.get("table:default-cell-style-name", "")))
        if said.get("table:visibility") in _UNSEEN:
            self._hidden_columns.update(range(first, last))

    def _finish_table(self, table: RawTable) -> None:
        table.settle(self._hidden_rows, self._hidden_columns)
        self.tables.append(table)

    def _finish_row(self) -> None:
        table = self._table
        assert table is not None
        values, marks = self._values, self._marks
        end = len(values)
        while end and values[end - 1] == "" and not marks[end - 1] & FORMULA:
            end -= 1
        if end:
            del values[end:]
            if self._row + self._repeat > MAX_ROWS:
                raise TooBig
            self._allowance.take(end * (self._repeat - 1))
            while len(table.rows) < self._row:
                table.rows.append([])
                table.marks.append(array("H"))
            for _ in range(self._repeat):
                table.rows.append(values[:])
                table.marks.append(array("H", marks))
        self._row += self._repeat

    # --- cells ---------------------------------------------------------------------------------------------------------------

    def _finish_cell(self, said: dict[str, str]) -> None:
        repeat = _count(said.get("table:number-columns-repeated"))
        value = _value(said, "\n".join(self._lines))
        covers = (_count(said.get("table:number-rows-spanned")), _count(said.get("table:number-columns-spanned")))
        if covers != (1, 1) and self._table is not None:
            rows, columns = covers
            self._table.merges.append((self._row, self._column, self._row + rows - 1, self._column + columns - 1))
        is_formula = "table:formula" in said
        if value != "" or is_formula:
            if self._column + repeat > MAX_COLUMNS:
                raise TooBig
            self._allowance.take(repeat, len(value) if isinstance(value, str) else 0)
            lacking = self._column - len(self._values)
            self._values += [""] * lacking
            self._marks += [0] * lacking
            mark = self._format_of(said) | (FORMULA if is_formula else 0)
            self._values += [value] * repeat
            self._marks += [mark] * repeat
        self._column += repeat

    def _format_of(self, said: dict[str, str]) -> int:
        style = said.get("table:style-name")
        if style is None:
            style = next((name for last, name in self._defaults if self._column < last), "")
        return self._cell_styles.get(style, 0) & ~FORMULA


def _count(text: str | None) -> int:
    number = int(text) if text else 1
    if number < 1:
        raise Damaged("a number of repetitions")
    return number


def _format(said: dict[str, Any]) -> NumberFormat:
    shape, places = said["shape"], said.get("places")
    digits = said.get("digits", 0) if not places and not said.get("grouped") and shape == "" else 0
    return NumberFormat(said["name"], shape == "percent", shape if shape in ("date", "time") else "", shape == "text",
                        places, digits if digits > 1 else 0)  # fmt: skip


def _value(said: dict[str, str], shown: str) -> Any:
    """Return what a cell says. What a formula failed with is told in words some programs put beside a 0."""
    kind = said.get("office:value-type", "")
    formula = said.get("table:formula")
    if formula is not None and is_picture(formula.rpartition(":")[2]):
        return PICTURE
    as_shown = text_value(shown)
    if said.get("calcext:value-type") == "error":
        return as_shown if isinstance(as_shown, Broken) else Broken(shown.strip() or "#VALUE!")
    if isinstance(as_shown, Broken):
        return as_shown
    if kind in ("float", "percentage", "currency"):
        return float(said["office:value"])
    if kind == "date":
        moment = datetime.fromisoformat(said["office:date-value"].removesuffix("Z"))
        return moment.date() if moment.time() == time(0) else moment
    if kind == "time":
        return _duration(said["office:time-value"])
    if kind == "boolean":
        return said.get("office:boolean-value") == "true"
    if kind == "string":
        return text_value(said.get("office:string-value", shown))
    return BROKEN if formula is not None else as_shown


def _duration(text: str) -> time | timedelta:
    """Return the time of a day, or a length of time of a day and more."""
    match = _DURATION.match(text)
    if match is None:
        raise Damaged(text)
    days, hours, minutes = (int(part or 0) for part in match.group(2, 3, 4))
    length = timedelta(days=days, hours=hours, minutes=minutes, seconds=float(match[5] or 0))
    if match[1] or length >= timedelta(days=1):
        return -length if match[1] else length
    return (datetime.min + length).time()
