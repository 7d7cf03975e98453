"""Workbooks of Excel 95 to 2003 and of WPS (xls, et): BIFF records in an OLE file (MS-XLS)."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterator
from typing import Any

from station_app.exchange.excel.reading.cells import (
    BROKEN,
    EMPTY_OR_BROKEN,
    FORMULA,
    Broken,
    NumberFormat,
    RawTable,
    as_date,
    built_in_format,
    number_format,
    text_value,
)
from station_app.exchange.excel.reading.limits import Allowance, Damaged, Locked
from station_app.exchange.excel.reading.ole import streams

_BOF, _EOF, _CONTINUE, _FILEPASS = 0x809, 0x0A, 0x3C, 0x2F
_CODEPAGE, _DATEMODE, _BOUNDSHEET, _FORMAT, _XF, _SST = 0x42, 0x22, 0x85, 0x41E, 0xE0, 0xFC
_ROW, _COLINFO, _MERGED = 0x208, 0x7D, 0xE5
_NUMBER, _RK, _MULRK, _LABELSST, _LABEL, _RSTRING, _BOOLERR = 0x203, 0x27E, 0xBD, 0xFD, 0x204, 0xD6, 0x205
_FORMULAS, _STRING = (0x06, 0x206, 0x406), 0x207
_ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}
_EMPTY_TEXT = b"\x17\x00"  # in a formula: the text ""
_TO_BE_CALCULATED = 2  # flag of a formula a library wrote without working it out
_CODEPAGES = {936: "gb18030", 54936: "gb18030", 65001: "utf-8", 10000: "mac_roman", 10008: "gb2312", 32768: "mac_roman",
              32769: "cp1252"}  # fmt: skip
_Record = tuple[int, list[bytes]]


def read_xls(data: bytes) -> list[RawTable]:
    """Return the worksheets of a workbook, in its order.

    Raises:
        Locked: it has a password.
        Damaged: it is no workbook, or is older than Excel 95.
        TooBig: see ``limits``.
    """
    found = streams(data)
    if "EncryptedPackage" in found:
        raise Locked
    stream = found.get("Workbook") or found.get("WORKBOOK") or found.get("Book")
    if stream is None:
        raise Damaged("no workbook in it")
    try:
        return _Workbook(stream).tables
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise Damaged("records") from error


def _records(stream: bytes, place: int) -> Iterator[_Record]:
    """Yield the records from a place to the end of their part, each with what continues it; parts inside are left out."""
    depth = 0
    while place + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, place)
        body = [stream[place + 4 : place + 4 + length]]
        place += 4 + length
        while place + 4 <= len(stream) and struct.unpack_from("<H", stream, place)[0] == _CONTINUE:
            (length,) = struct.unpack_from("<H", stream, place + 2)
            body.append(stream[place + 4 : place + 4 + length])
            place += 4 + length
        if kind == _BOF:
            depth += 1
        if depth == 1:
            yield kind, body
        if kind == _EOF:
            depth -= 1
            if depth <= 0:
                return


class _Text:
    """Unicode strings out of a record that may go on in others; each part begins with a new word on its width."""

    def __init__(self, parts: list[bytes], place: int = 0) -> None:
        self._parts, self._part, self._place = parts, 0, place

    def raw(self, length: int) -> bytes:
        out = b""
        while len(out) < length:
            if self._place >= len(self._parts[self._part]):
                self._part, self._place = self._part + 1, 0
            piece = self._parts[self._part][self._place : self._place + length - len(out)]
            self._place += len(piece)
            out += piece
        return out

    def string(self, length_size: int = 2) -> str:
        length = int.from_bytes(self.raw(length_size), "little")
        flags = self.raw(1)[0]
        runs = int.from_bytes(self.raw(2), "little") if flags & 8 else 0
        extra = int.from_bytes(self.raw(4), "little") if flags & 4 else 0
        text = self._characters(length, bool(flags & 1))
        self.raw(4 * runs)
        self.raw(extra)
        return text

    def _characters(self, length: int, wide: bool) -> str:
        out = b""
        while length:
            if self._place >= len(self._parts[self._part]):
                self._part, self._place = self._part + 1, 1
                wide = bool(self._parts[self._part][0] & 1)
            size = 2 if wide else 1
            piece = self._parts[self._part][self._place : self._place + length * size]
            piece = piece[: len(piece) // size * size]
            if not piece:
                raise Damaged("half a character")
            self._place += len(piece)
            length -= len(piece) // size
            out += piece if wide else piece.decode("latin-1").encode("utf-16-le")
        return out.decode("utf-16-le", "replace")


class _Workbook:
    """The globals of a workbook, and its sheets."""

    def __init__(self, stream: bytes) -> None:
        self.allowance = Allowance()
        self.is_old = False  # Excel 95: bytes in a code page instead of Unicode
        self.encoding = "gb18030"
        self.epoch_1904 = False
        self.strings: list[object] = []
        self.formats: list[NumberFormat] = []
        self.tables: list[RawTable] = []
        own: dict[int, NumberFormat] = {}
        named: list[int] = []
        sheets: list[tuple[str, int, bool]] = []
        for kind, body in _records(stream, 0):
            data = body[0]
            if kind == _BOF:
                (version,) = struct.unpack_from("<H", data)
                if version not in (0x500, 0x600):
                    raise Damaged("version")
                self.is_old = version == 0x500
            elif kind == _FILEPASS:
                raise Locked
            elif kind == _CODEPAGE:
                (page,) = struct.unpack("<H", data)
                self.encoding = _CODEPAGES.get(page, f"cp{page}" if page != 1200 else "gb18030")
            elif kind == _DATEMODE:
                self.epoch_1904 = struct.unpack("<H", data)[0] == 1
            elif kind == _BOUNDSHEET and data[5] & 0xF == 0:
                place, state = struct.unpack_from("<IB", data)
                sheets.append((self.text(body, 6, 1), place, bool(state & 3)))
            elif kind == _FORMAT:
                own[struct.unpack_from("<H", data)[0]] = number_format(self.text(body, 2, 1 if self.is_old else 2))
            elif kind == _XF:
                named.append(struct.unpack_from("<H", data, 2)[0])
            elif kind == _SST:
                self._take_strings(body)
        self.formats = [own.get(number) or built_in_format(number) for number in named]
        for name, place, hidden in sheets:
            self.tables.append(_Sheet(self, name, hidden).read(stream, place))

    def text(self, body: list[bytes], place: int, length_size: int = 2) -> str:
        if not self.is_old:
            return _Text(body, place).string(length_size)
        data = b"".join(body)
        length = int.from_bytes(data[place : place + length_size], "little")
        try:
            return data[place + length_size : place + length_size + length].decode(self.encoding, "replace")
        except LookupError:
            return data[place + length_size : place + length_size + length].decode("gb18030", "replace")

    def _take_strings(self, body: list[bytes]) -> None:
        (count,) = struct.unpack_from("<I", body[0], 4)
        texts = _Text(body, 8)
        for _ in range(count):
            text = texts.string()
            self.allowance.take(1, len(text))
            self.strings.append(text_value(text))


class _Sheet:
    """One worksheet on its way in."""

    def __init__(self, book: _Workbook, name: str, hidden: bool) -> None:
        self._book = book
        self._table = RawTable(name, [], hidden=hidden, formats=book.formats, epoch_1904=book.epoch_1904)
        self._waiting: tuple[int, int, int] | None = None  # a formula whose text comes in the next record

    def read(self, stream: bytes, place: int) -> RawTable:
        table = self._table
        hidden_rows: set[int] = set()
        hidden_columns: set[int] = set()
        for kind, body in _records(stream, place):
            data = body[0]
            if kind == _ROW:
                row, height, flags = struct.unpack_from("<H4xH4xH", data)
                if flags & 0x20 or height & 0x7FFF == 0:
                    hidden_rows.add(row)
            elif kind == _COLINFO:
                first, last, width, flags = struct.unpack_from("<HHH2xH", data)
                if flags & 1 or width == 0:
                    hidden_columns.update(range(first, min(last, 255) + 1))
            elif kind == _MERGED:
                (count,) = struct.unpack_from("<H", data)
                for number in range(count):
                    top, bottom, left, right = struct.unpack_from("<4H", data, 2 + 8 * number)
                    table.merges.append((top, left, bottom, right))
            else:
                self._take_cells(kind, body)
        return table.settle(hidden_rows, hidden_columns)

    def _take_cells(self, kind: int, body: list[bytes]) -> None:
        data = body[0]
        if kind == _STRING and self._waiting is not None:
            row, column, style = self._waiting
            self._put(row, column, style, text_value(self._book.text(body, 0)))
            self._waiting = None
        elif kind == _NUMBER:
            row, column, style, number = struct.unpack_from("<HHHd", data)
            self._put(row, column, style, self._number(style, number))
        elif kind == _RK:
            row, column, style, packed = struct.unpack_from("<HHHI", data)
            self._put(row, column, style, self._number(style, _unpacked(packed)))
        elif kind == _MULRK:
            row, column = struct.unpack_from("<HH", data)
            for offset in range((len(data) - 6) // 6):
                style, packed = struct.unpack_from("<HI", data, 4 + 6 * offset)
                self._put(row, column + offset, style, self._number(style, _unpacked(packed)))
        elif kind == _LABELSST:
            row, column, style, index = struct.unpack_from("<HHHI", data)
            self._put(row, column, style, self._book.strings[index])
        elif kind in (_LABEL, _RSTRING):
            row, column, style = struct.unpack_from("<HHH", data)
            self._put(row, column, style, text_value(self._book.text(body, 6)))
        elif kind == _BOOLERR:
            row, column, style, value, is_error = struct.unpack_from("<HHHBB", data)
            self._put(row, column, style, Broken(_ERRORS.get(value, "#VALUE!")) if is_error else bool(value))
        elif kind in _FORMULAS:
            self._take_formula(data)

    def _take_formula(self, data: bytes) -> None:
        row, column, style, number, flags = struct.unpack_from("<HHHdH", data)
        mark = style | FORMULA
        if data[12:14] != b"\xff\xff":
            not_yet = number == 0 and flags & _TO_BE_CALCULATED
            self._put(row, column, mark, BROKEN if not_yet else self._number(style, number))
        elif data[6] == 0:
            self._waiting = (row, column, mark)
        elif data[6] == 1:
            self._put(row, column, mark, bool(data[8]))
        elif data[6] == 2:
            self._put(row, column, mark, Broken(_ERRORS.get(data[8], "#VALUE!")))
        else:
            self._put(row, column, mark, "" if _EMPTY_TEXT in data[22:] else EMPTY_OR_BROKEN)

    def _number(self, style: int, number: float) -> Any:
        shape = self._book.formats[style].date if style < len(self._book.formats) else ""
        return as_date(number, shape, self._book.epoch_1904) if shape else number

    def _put(self, row: int, column: int, mark: int, value: object) -> None:
        if value == "" and not mark & FORMULA:
            return
        self._book.allowance.take(1, len(value) if isinstance(value, str) else 0)
        rows, marks = self._table.rows, self._table.marks
        while len(rows) <= row:
            rows.append([])
            marks.append(array("H"))
        lacking = column + 1 - len(rows[row])
        if lacking > 0:
            rows[row].extend([""] * lacking)
            marks[row].extend([0] * lacking)
        rows[row][column], marks[row][column] = value, mark


def _unpacked(packed: int) -> float:
    """Return a number kept in 30 bits: whole or the head of a double, perhaps a hundredth of it."""
    if packed & 2:
        number = float((packed - (1 << 32) if packed & 1 << 31 else packed) >> 2)
    else:
        (number,) = struct.unpack("<d", struct.pack("<Q", (packed & 0xFFFFFFFC) << 32))
    return number / 100 if packed & 1 else number
