"""Office Open XML workbooks (xlsx, xlsm): parts as the workbook's own relations name them.

Sheets are read by an XML parser. A row that is, letter for letter, like an earlier one but for what its cells say is
taken from the same text before it reaches the parser, which is five times as fast; any other row goes to the parser.
"""

from __future__ import annotations

import codecs
import re
import zipfile
from array import array
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, time
from functools import partial
from itertools import pairwise
from typing import Any

from station_app.exchange.excel.reading.cells import (
    BROKEN,
    EMPTY_OR_BROKEN,
    FORMULA,
    GENERAL,
    MAX_COLUMNS,
    MAX_ROWS,
    PICTURE,
    SUSPECT,
    Broken,
    NumberFormat,
    RawTable,
    as_date,
    built_in_format,
    is_picture,
    number_format,
    text_value,
)
from station_app.exchange.excel.reading.limits import Allowance, Damaged, Locked, TooBig, xml_parser
from station_app.exchange.excel.reading.parts import Parts, local

_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
_REFERENCE = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})\Z")
_ROW = re.compile(r'\s*<row((?: [A-Za-z:]+="[^"]*")*)>')
_ATTRIBUTE = re.compile(r'([A-Za-z:]+)="([^"]*)"')
_CELL = re.compile(
    r'<c(?: r="([A-Z]{1,3})([0-9]{1,7})")?(?: s="([0-9]{1,5})")?(?: t="([A-Za-z]+)")?(?:/>|>'
    r"(<f(?: [^<>]*)?(?:/>|>([^<]*)</f>))?"
    r'(?:(?:<v>|<is><t(?: xml:space="preserve")?>)([^<]*)(?:</v>|</t></is>))?</c>)'
)
_SHEET_DATA = re.compile(rb"<sheetData\s*>")
_OTHER_ENCODING = re.compile(rb"""encoding\s*=\s*["'](?!utf-8["'])""", re.IGNORECASE)
_NUMBER = "\0"  # in a template: the number of the row
_ALIKE = 4  # templates kept of rows with the same elements
_LONGEST_HEAD = 1 << 20  # bytes before the rows
_TRUE = ("1", "true", "on")
_NOTHING = ("0", "0.0", "0.00")  # a height or width nobody sees
_REMEMBERED = 100_000


def read_xlsx(archive: zipfile.ZipFile) -> list[RawTable]:
    """Return the worksheets of a workbook, in its order.

    Raises:
        Locked: the archive has a password.
        Damaged: a part the workbook names is not there or not understood; also for binary workbooks (xlsb).
        TooBig: see ``limits``.
    """
    try:
        book = _Workbook(Parts(archive))
    except RuntimeError as error:
        raise Locked from error  # a part of the archive is encrypted
    return [book.sheet(name, part, hidden) for name, part, hidden in book.sheets]


class _Workbook:
    """What its sheets share: strings, number formats, calendar, and whether its formulas were worked out."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.allowance = Allowance()
        self.sheets: list[tuple[str, str, bool]] = []
        self.epoch_1904 = self.to_be_calculated = False
        path = parts.workbook()
        if path.lower().endswith(".bin"):
            raise Damaged("a binary workbook")
        related = parts.related(path)

        def start(tag: str, said: dict[str, str]) -> None:
            if tag == "workbookPr" and "date1904" in said:  # an extension has an element of the same name
                self.epoch_1904 = said["date1904"].lower() in _TRUE
            elif tag == "calcPr":
                self.to_be_calculated = said.get("fullCalcOnLoad", "0").lower() in _TRUE
            elif tag == "sheet":
                key = next((value for name, value in said.items() if name.endswith(":id")), "")
                kind, part = related.get(key, ("", ""))
                if kind == "worksheet":
                    self.sheets.append((said.get("name", ""), part, said.get("state", "visible") != "visible"))
                elif not kind:
                    raise Damaged(said.get("name", ""))

        parts.parse(path, start)
        by_kind = {kind: part for kind, part in related.values() if part in parts}
        self.strings: list[object] = self._read_strings(by_kind["sharedstrings"]) if "sharedstrings" in by_kind else []
        self.formats: list[NumberFormat] = self._read_formats(by_kind["styles"]) if "styles" in by_kind else [GENERAL]

    def _read_strings(self, part: str) -> list[object]:
        found: list[object] = []
        gathered: list[str] = []
        taken = reading = False  # inside a piece of text; inside its reading in another script

        def start(tag: str, _: dict[str, str]) -> None:
            nonlocal taken, reading
            if tag == "si":
                gathered.clear()
            elif tag == "rPh":
                reading = True
            taken = tag == "t" and not reading

        def end(tag: str) -> None:
            nonlocal taken, reading
            taken = False
            if tag == "rPh":
                reading = False
            elif tag == "si":
                text = "".join(gathered)
                self.allowance.take(1, len(text))
                found.append(text_value(_unescaped(text)))

        def text(piece: str) -> None:
            if taken:
                gathered.append(piece)

        self._parts.parse(part, start, end, text)
        return found

    def _read_formats(self, part: str) -> list[NumberFormat]:
        own: dict[str, str] = {}
        found: list[NumberFormat] = []
        inside = ""

        def start(tag: str, said: dict[str, str]) -> None:
            nonlocal inside
            if tag in ("cellXfs", "cellStyleXfs", "dxfs"):
                inside = tag
            elif tag == "numFmt" and inside != "dxfs":
                own[said.get("numFmtId", "")] = said.get("formatCode", "")
            elif tag == "xf" and inside == "cellXfs":
                key = said.get("numFmtId", "0")
                code = own.get(key)
                found.append(number_format(code) if code is not None else built_in_format(int(key or 0)))

        self._parts.parse(part, start)
        return found or [GENERAL]

    def sheet(self, name: str, part: str, hidden: bool) -> RawTable:
        reading = _Sheet(self)
        reading.read(self._parts.pieces(part))
        table = RawTable(name, reading.rows, reading.merges, hidden, formats=self.formats, marks=reading.marks,
                         epoch_1904=self.epoch_1904)  # fmt: skip
        return table.settle(reading.hidden_rows, reading.hidden_columns)


def _unescaped(text: str) -> str:
    """Return a text with the workbook's own escapes undone (``_x000D_``)."""
    return _ESCAPED.sub(lambda m: chr(int(m[1], 16)), text) if "_x" in text else text


class _Columns(dict[str, int]):
    """The number of a column by its letters, worked out once."""

    def __missing__(self, letters: str) -> int:
        number = 0
        for letter in letters.upper():
            number = number * 26 + ord(letter) - 64
        if number > MAX_COLUMNS:
            raise TooBig
        self[letters] = number - 1
        return number - 1


_columns = _Columns()


_Result = Callable[[str, str, str, "str | None"], Any]


class _Seen(dict[str, Any]):
    """What a text in the file means; most have been seen before."""

    def __init__(self, meaning: Callable[[str], Any]) -> None:
        super().__init__({"": ""})
        self._meaning = meaning

    def __missing__(self, text: str) -> object:
        if len(self) > _REMEMBERED:
            self.clear()
            self[""] = ""
        value = self[text] = self._meaning(text)
        return value


class _Meanings:
    """What makes a value of the text of a cell, by the cell's kind and style."""

    def __init__(self, book: _Workbook) -> None:
        self.texts = _Seen(lambda text: text_value(_unescaped(text)))
        self.numbers = _Seen(float)
        self.shared = _Seen(lambda text: book.strings[int(text)])
        self._dates = {
            str(n): _Seen(partial(_date, f.date, book.epoch_1904)) for n, f in enumerate(book.formats) if f.date
        }
        self._typed = {kind: _Seen(partial(_typed, kind)) for kind in "bed"}

    def of(self, kind: str, style: str) -> _Seen:
        """Return the meanings of a kind and style; of a kind nobody knows, texts."""
        if kind in ("", "n"):
            return self._dates.get(style, self.numbers)
        return self.shared if kind == "s" else self._typed.get(kind, self.texts)


def _date(shape: str, epoch_1904: bool, text: str) -> object:
    return as_date(float(text), shape, epoch_1904)


def _typed(kind: str, text: str) -> object:
    if kind == "b":
        return text.strip().lower() in _TRUE
    if kind == "e":
        return Broken(text.strip())
    plain = text.strip().removesuffix("Z")
    if ":" in plain and "-" not in plain:
        return time.fromisoformat(plain)
    moment = datetime.fromisoformat(plain).replace(tzinfo=None)
    return moment.date() if moment.time() == time(0) else moment


class _Template:
    """The text of a row, with spaces for its number and for what its cells say.

    A row that gives the very same text when it is put together again is read by its template; nothing else is.
    """

    def __init__(self, body: str, cells: Sequence[re.Match[str]], meanings: _Meanings) -> None:
        self._spots: list[tuple[int, int]] = []  # of what cells say: which piece between "<"s, from which character
        self._numbers: list[tuple[int, int]] = []  # (column, spot)
        self._texts: list[tuple[int, int]] = []
        self._others: list[tuple[int, int, _Seen]] = []
        self._formulas: list[
            tuple[int, int, int, str, re.Match[str]]
        ] = []  # column, spots of formula and result, style
        text: list[str] = []
        done = 0

        def cut(cell: re.Match[str], group: int, space: str) -> int:
            nonlocal done
            start, end = cell.span(group)
            if start < 0:
                return -1
            text.extend((body[done:start].replace("%", "%%"), space))
            done = end
            if space == "%s":
                self._spots.append((body.count("<", 0, start), start - body.rfind("<", 0, start) - 1))
            return len(self._spots) - 1

        marks: list[int] = []
        for place, cell in enumerate(cells):
            letters, _, style, kind = (part or "" for part in cell.groups()[:4])
            column = _columns[letters] if letters else place
            cut(cell, 2, _NUMBER)
            formula, content = cut(cell, 6, "%s"), cut(cell, 7, "%s")
            marks += [0] * (column + 1 - len(marks))
            marks[column] = (int(style or 0) & ~FORMULA) | (FORMULA if cell[5] else 0)
            meaning = meanings.of(kind, style)
            if cell[5]:
                self._formulas.append((column, formula, content, style, cell))
            elif content >= 0 and meaning is meanings.numbers:
                self._numbers.append((column, content))
            elif content >= 0 and meaning is meanings.texts:
                self._texts.append((column, content))
            elif content >= 0:
                self._others.append((column, content, meaning))
        text.append(body[done:].replace("%", "%%"))
        self._text = "".join(text)
        self._blank: list[object] = [""] * len(marks)
        self._last = self._blank[:]
        self.marks = array("H", marks)

    @classmethod
    def of(cls, body: str, number: str, meanings: _Meanings) -> _Template | None:
        """Return the template of a row whose every cell is plain, in order and of this row; ``None`` for others."""
        cells = list(_CELL.finditer(body))
        ends = [0, *(cell.end() for cell in cells)]
        named = [cell[1] for cell in cells if cell[1]]
        columns = [_columns[letters] for letters in named]
        plain = (
            ends[-1] == len(body)
            and all(cell.start() == end for cell, end in zip(cells, ends, strict=False))
            and len(named) in (0, len(cells))
            and all(before < after for before, after in pairwise(columns))
            and all(cell[2] == number for cell in cells if cell[2])
            and _NUMBER not in body
        )
        return cls(body, cells, meanings) if plain else None

    def values(self, body: str, parts: list[str], number: str, result: _Result) -> list[Any] | None:
        """Return the values of a row, ``None`` when it is not of this template; ``parts`` is the body cut at each ``<``."""
        said = tuple([parts[piece][start:] for piece, start in self._spots])
        if self._text.replace(_NUMBER, number) % said != body:
            return None
        values, last = self._blank[:], self._last
        for column, spot in self._texts:  # what the row above says as well is kept once
            if said[spot] != last[column]:
                last[column] = said[spot]
            values[column] = last[column]
        if "_x" in body or not SUSPECT.isdisjoint([said[spot][:1] for _, spot in self._texts]):
            for column, spot in self._texts:
                values[column] = text_value(_unescaped(said[spot]))
        for column, spot in self._numbers:
            if said[spot]:
                values[column] = float(said[spot])
        for column, spot, meaning in self._others:
            values[column] = meaning[said[spot]]
        for column, formula, content, style, cell in self._formulas:
            written = said[formula] if formula >= 0 else ""
            values[column] = result(cell[4] or "", style, written, said[content] if content >= 0 else None)
        return values


class _Sheet:
    """One worksheet on its way in."""

    def __init__(self, book: _Workbook) -> None:
        self.book = book
        self.rows: list[list[object]] = []
        self.marks: list[array[int]] = []
        self.merges: list[tuple[int, int, int, int]] = []
        self.hidden_rows: set[int] = set()
        self.hidden_columns: set[int] = set()
        self._row = -1  # 0-based number of the row that is read
        self._values: list[object] = []
        self._row_marks: list[int] | array[int] = []
        self._cell: dict[str, str] | None = None
        self._formula: str | None = None
        self._value: str | None = None
        self._inline: str | None = None
        self._gathered: list[str] | None = None
        self._is_reading = False  # inside the reading of a text in another script
        self._meanings = _Meanings(book)
        self._templates: dict[str, list[_Template]] = {}
        self._parser = xml_parser()
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text

    def read(self, parts: Iterator[bytes]) -> None:
        """Read the whole part."""
        head, begin = b"", None
        for piece in parts:
            head += piece
            begin = _SHEET_DATA.search(head)
            if begin is not None or len(head) > _LONGEST_HEAD:
                break
        if begin is None or _OTHER_ENCODING.search(head[: begin.start()]):
            self._parser.Parse(head)
        else:
            self._parser.Parse(head[: begin.end()])
            self._read_plainly(head[begin.end() :], parts)
        for piece in parts:
            self._parser.Parse(piece)
        self._parser.Parse(b"", True)

    # --- rows as every program writes them -------------------------------------------------------------------------------

    def _read_plainly(self, first: bytes, parts: Iterator[bytes]) -> None:
        """Take rows out of the text until something in it asks for the parser, which then goes on from there."""
        decoder = codecs.getincrementaldecoder("utf-8")()
        rest = decoder.decode(first)
        while "<!" not in rest and "<?" not in rest:
            whole = rest.split("</row>")
            rest = whole.pop()
            for row in whole:
                if not self._take_row(row):
                    self._parser.Parse(f"{row}</row>".encode())
            piece = next(parts, None)
            if piece is None:
                break
            rest += decoder.decode(piece)
        self._parser.Parse(rest.encode() + decoder.getstate()[0])

    def _take_row(self, row: str) -> bool:
        """Take a row whose every cell is plain; return whether it was."""
        head = _ROW.match(row)
        if head is None or "&" in row or "\r" in row:
            return False
        said = dict(_ATTRIBUTE.findall(head[1]))
        body, number = row[head.end() :], said.get("r", "")
        parts = body.split("<")
        elements = "".join([part[:1] for part in parts])
        known = self._templates.get(elements)
        if known is None:
            if len(self._templates) > _REMEMBERED // 100:
                self._templates.clear()
            known = self._templates[elements] = []
        for template in known:
            values = template.values(body, parts, number, self._result)
            if values is not None:
                break
        else:
            made = _Template.of(body, number, self._meanings)
            values = made.values(body, parts, number, self._result) if made is not None else None
            if made is None or values is None:
                return False
            template = made
            known.insert(0, made)
            del known[_ALIKE:]
        self._begin_row(said)
        self.book.allowance.take(len(values), len(row), 1 if values else 0)
        self._values, self._row_marks = values, template.marks
        self._finish_row()
        return True

    # --- everything else ---------------------------------------------------------------------------------------------------

    def _start(self, tag: str, said: dict[str, str]) -> None:
        tag = local(tag)
        if tag == "c":
            self._cell, self._formula, self._value, self._inline = said, None, None, None
        elif tag in ("v", "f") or (tag == "t" and self._cell is not None and not self._is_reading):
            self._gathered = []
        elif tag == "rPh":
            self._is_reading = True
        elif tag == "row":
            self._begin_row(said)
        elif tag == "col":
            if said.get("hidden", "0").lower() in _TRUE or said.get("width") in _NOTHING:
                first, last = int(said.get("min", "1")), int(said.get("max", "1"))
                self.hidden_columns.update(range(first - 1, min(last, MAX_COLUMNS)))
        elif tag == "mergeCell":
            first_cell, _, last_cell = said.get("ref", "").partition(":")
            if last_cell:
                self.merges.append((*_place(first_cell), *_place(last_cell)))

    def _text(self, piece: str) -> None:
        if self._gathered is not None:
            self._gathered.append(piece)

    def _end(self, tag: str) -> None:
        tag = local(tag)
        if self._gathered is not None and tag in ("v", "f", "t"):
            text = "".join(self._gathered)
            self._gathered = None
            if tag == "v":
                self._value = text
            elif tag == "f":
                self._formula = text
            else:
                self._inline = (self._inline or "") + text
        elif tag == "rPh":
            self._is_reading = False
        elif tag == "c" and self._cell is not None:
            self._finish_cell(self._cell)
            self._cell = None
        elif tag == "row":
            self._finish_row()

    def _begin_row(self, said: dict[str, str]) -> None:
        self._row = int(said["r"]) - 1 if "r" in said else self._row + 1
        if not 0 <= self._row < MAX_ROWS:
            raise TooBig
        if said.get("hidden", "0").lower() in _TRUE or said.get("ht") in _NOTHING:
            self.hidden_rows.add(self._row)
        self._values, self._row_marks = [], []

    def _finish_cell(self, said: dict[str, str]) -> None:
        column = len(self._values)
        if "r" in said:
            row, column = _place(said["r"])
            if row != self._row:
                if self._values:
                    raise Damaged(said["r"])
                self._row = row
        style, kind = said.get("s", ""), said.get("t", "")
        if self._formula is not None:
            value = self._result(kind, style, self._formula, self._inline if self._value is None else self._value)
        else:
            value = self._meanings.of(kind, style)[(self._value if self._inline is None else self._inline) or ""]
        lacking = column + 1 - len(self._values)
        if lacking > 0:
            self._values += [""] * lacking
            self._row_marks.extend([0] * lacking)
        self._values[column] = value
        self._row_marks[column] = (int(style or 0) & ~FORMULA) | (0 if self._formula is None else FORMULA)
        self.book.allowance.take(1, len(self._value or "") + len(self._inline or ""))

    def _finish_row(self) -> None:
        values, marks = self._values, self._row_marks
        end = len(values)
        while end and values[end - 1] == "" and not marks[end - 1] & FORMULA:
            end -= 1
        if not end:
            return
        del values[end:]
        for _ in range(len(self.rows), self._row + 1):
            self.rows.append([])
            self.marks.append(array("H"))
        self.rows[self._row] = values
        self.marks[self._row] = marks if isinstance(marks, array) else array("H", marks)

    # --- values ------------------------------------------------------------------------------------------------------------

    def _result(self, kind: str, style: str, formula: str, value: str | None) -> object:
        """Return what a program kept as the result of a formula; an empty text is one, nothing at all is none.

        Libraries that write formulas without working them out write a 0 and ask the program to calculate when it opens
        the file (XlsxWriter), or a 0.0, which no calculating program writes (POI).
        """
        if is_picture(formula):
            return PICTURE
        number = kind in ("", "n")
        if value is None or (number and (value == "0.0" or (value == "0" and self.book.to_be_calculated))):
            return BROKEN
        if number and not value.strip():
            return EMPTY_OR_BROKEN if '""' in formula else BROKEN
        return self._meanings.of(kind, style)[value]


def _place(reference: str) -> tuple[int, int]:
    """Return the 0-based (row, column) of a reference such as ``AB12``."""
    match = _REFERENCE.match(reference)
    if match is None or not 0 < int(match[2]) <= MAX_ROWS:
        raise TooBig if match else Damaged(reference)
    return int(match[2]) - 1, _columns[match[1]]
