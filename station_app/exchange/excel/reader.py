"""Tables out of any file a person may send: xlsx, xlsm, xls, et, ods, csv, txt. Nothing in them is trusted.

Cells keep what the file says: text, int, float, bool, date, datetime; "" for empty; ``Broken`` for a cell whose formula
failed or was never worked out.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from station_app.exchange.excel.codes import Said, refusal
from station_app.exchange.excel.reading.cells import BROKEN, Broken, RawTable

__all__ = ["BROKEN", "Broken", "RawTable", "read_tables"]

MAX_FILE = 200_000_000  # bytes
MAX_UNPACKED = 2_000_000_000  # bytes of one part
MAX_CELLS = 30_000_000  # cells of a sheet's used range, empty ones included
MAX_CSV_CELL = 1_000_000
ENCODINGS = ("utf-8", "gb18030")
DELIMITERS = (",", "\t", ";", "|")
_ZIP, _OLE = b"PK", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))

_reference = re.compile(rb"""<(?:\w+:)?c\b[^>]*?\br\s*=\s*["']([A-Za-z]{1,3})(\d+)["']""")
_far_row = re.compile(rb"""r\s*=\s*["'][A-Za-z]{0,3}\d{6,}""")
_far_column = re.compile(rb"""r\s*=\s*["'][A-Za-z]{3}\d""")
_failed = re.compile(rb"""<(?:\w+:)?c\b(?=[^>]*\bt=["']e["'])[^>]*?\br=["']([A-Za-z]{1,3}\d+)["']""")
_not_worked_out = re.compile(
    rb"""<(?:\w+:)?c\b[^>]*?\br=["']([A-Za-z]{1,3}\d+)["'][^>]*>"""
    rb"""<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?</(?:\w+:)?c>"""
)
_repeated = re.compile(rb"""number-(?:rows|columns)-repeated\s*=\s*["'](\d+)["']""")


def read_tables(path: Path) -> list[RawTable]:
    """Return the tables of a file.

    Raises:
        UserError: IMP-001 not there or not readable, IMP-002 not a table we can read, IMP-003 has a password,
            IMP-015 unknown encoding, IMP-016 too big.
    """
    try:
        if path.stat().st_size > MAX_FILE:
            raise refusal(Said.TOO_BIG, file=path.name)
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        raise refusal(Said.NOT_THERE, file=path, reason=getattr(error, "strerror", None) or error) from error
    if not data.strip():
        raise refusal(Said.NO_ROWS, file=path.name)
    if data.startswith(_ZIP):
        return _from_zip(path, data)
    if data.startswith(_OLE):
        if _is_encrypted(data):
            raise refusal(Said.HAS_PASSWORD, file=path.name)
        return _from_calamine(path, data, {})
    return [_from_text(path, data)]


def _is_encrypted(data: bytes) -> bool:
    """Whether an OLE file is an encrypted workbook: a new one in its envelope, or an old one with a FILEPASS record."""
    if "EncryptedPackage".encode("utf-16-le") in data:
        return True
    # Every BIFF8 stream begins with BOF (09 08, 16 bytes); FILEPASS (2F 00) follows it directly when there is one.
    start = data.find(b"\x09\x08\x10\x00\x00\x06\x05\x00")
    while start >= 0:
        place = start + 20
        for _ in range(3):
            if data[place : place + 2] == b"\x2f\x00":
                return True
            place += 4 + int.from_bytes(data[place + 2 : place + 4], "little")
        start = data.find(b"\x09\x08\x10\x00\x00\x06\x05\x00", start + 1)
    return False


# --- zip: xlsx, xlsm, ods ----------------------------------------------------------------------------------------------


def _from_zip(path: Path, data: bytes) -> list[RawTable]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
            if "content.xml" in names:
                _check_ods(path, _part(archive, "content.xml", path))
                return _from_calamine(path, data, {})
            if any(name.endswith("workbook.bin") for name in names):
                raise refusal(Said.NOT_A_TABLE, file=path.name)
            broken = _check_xlsx(path, archive)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ElementTree.ParseError) as error:
        raise refusal(Said.NOT_A_TABLE, file=path.name) from error
    return _from_calamine(path, data, broken)


def _part(archive: zipfile.ZipFile, name: str, path: Path) -> bytes:
    with archive.open(name) as opened:
        data = opened.read(MAX_UNPACKED + 1)
    if len(data) > MAX_UNPACKED:
        raise refusal(Said.TOO_BIG, file=path.name)
    return data


def _check_ods(path: Path, content: bytes) -> None:
    """Refuse cells repeated without end: a few bytes could fill the memory."""
    for cell in re.finditer(rb"<table:table-cell\b[^>]*office:value[^>]*>", content):
        repeats = [int(n) for n in _repeated.findall(cell[0])]
        if repeats and max(repeats) > 16_384:
            raise refusal(Said.TOO_BIG, file=path.name)
    for row in re.finditer(rb"<table:table-row\b[^>]*number-rows-repeated=\"(\d+)\"[^>]*>(.*?)</table:table-row>", content,
                           re.DOTALL):  # fmt: skip
        if int(row[1]) > 10_000 and b"office:value" in row[2]:
            raise refusal(Said.TOO_BIG, file=path.name)


def _check_xlsx(path: Path, archive: zipfile.ZipFile) -> dict[str, set[tuple[int, int]]]:
    """Refuse sheets whose used range would fill the memory; return the broken cells by sheet name.

    The reader library makes room for every cell between the first and the last: one cell at XFD1048576 ends the process.
    """
    broken: dict[str, set[tuple[int, int]]] = {}
    sheets = [n for n in archive.namelist() if re.search(r"worksheets/[^/]*\.xml$", n, re.IGNORECASE)]
    for name in sheets:
        markup = _part(archive, name, path)
        if _far_column.search(markup) or _far_row.search(markup):
            _check_extent(path, markup)
        if b't="e"' in markup or b"t='e'" in markup or b"<f" in markup or b":f" in markup:
            cells = {_cell_of(m[1]) for m in _failed.finditer(markup)}
            cells |= {_cell_of(m[1]) for m in _not_worked_out.finditer(markup)}
            if cells:
                broken[name] = cells
    if not broken:
        return {}
    titles = _sheet_titles(archive)
    return {titles.get(name.lower().lstrip("/"), name): cells for name, cells in broken.items()}


def _check_extent(path: Path, markup: bytes) -> None:
    rows = columns = 0
    for match in _reference.finditer(markup):
        row, column = _cell_of(match[1] + match[2])
        rows, columns = max(rows, row + 1), max(columns, column + 1)
    if rows * columns > MAX_CELLS:
        raise refusal(Said.TOO_BIG, file=path.name)


def _cell_of(reference: bytes) -> tuple[int, int]:
    """Return the 0-based (row, column) of a reference such as ``b"AB12"``."""
    text = reference.decode("ascii").upper()
    letters = text.rstrip("0123456789")
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return int(text[len(letters) :]) - 1, column - 1


def _sheet_titles(archive: zipfile.ZipFile) -> dict[str, str]:
    """Return sheet names by the part they stand in."""
    found: dict[str, str] = {}
    names = {n.lower(): n for n in archive.namelist()}
    book, links = names.get("xl/workbook.xml"), names.get("xl/_rels/workbook.xml.rels")
    if book is None or links is None:
        return found
    targets = {
        node.get("Id"): (node.get("Target") or "") for node in ElementTree.fromstring(archive.read(links)).iter()
    }
    for node in ElementTree.fromstring(archive.read(book)).iter():
        if node.tag.rpartition("}")[2] != "sheet":
            continue
        key = next((v for k, v in node.attrib.items() if k.rpartition("}")[2] == "id"), None)
        target = targets.get(key, "")
        part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        found[part.lower()] = node.get("name") or ""
    return found


def _from_calamine(path: Path, data: bytes, broken: dict[str, set[tuple[int, int]]]) -> list[RawTable]:
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
        tables = []
        for meta in workbook.sheets_metadata:
            if meta.typ is not SheetTypeEnum.WorkSheet:
                continue
            sheet = workbook.get_sheet_by_name(meta.name)
            rows: list[list[Any]] = sheet.to_python(skip_empty_area=False) if sheet.start is not None else []
            merges = [(a, b, c, d) for (a, b), (c, d) in sheet.merged_cell_ranges or ()]
            table = RawTable(meta.name, rows, merges, meta.visible is not SheetVisibleEnum.Visible)
            for row, column in broken.get(meta.name, ()):
                if row < len(rows) and column < len(rows[row]):
                    rows[row][column] = BROKEN
            tables.append(table)
        workbook.close()
    except PasswordError as error:
        raise refusal(Said.HAS_PASSWORD, file=path.name) from error
    except (CalamineError, ValueError, OverflowError) as error:
        raise refusal(Said.NOT_A_TABLE, file=path.name) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # the reader library gave up on a damaged file
            raise
        raise refusal(Said.NOT_A_TABLE, file=path.name) from error
    if not any(table.rows for table in tables):
        raise refusal(Said.NO_ROWS, file=path.name)
    return tables


# --- text: csv, txt ------------------------------------------------------------------------------------------------------


_LAST = "\x1e"
_ENDS = "\r\n"


def _from_text(path: Path, data: bytes) -> RawTable:
    text = _decoded(path, data)
    if text.lstrip()[:1] == "<" or _is_binary(text):
        raise refusal(Said.NOT_A_TABLE, file=path.name)
    # A last row of our own: when it is not seen, a quotation mark before it was never closed.
    lines = io.StringIO(f"{text.rstrip(_ENDS)}\r\n{_LAST}\r\n", newline="")
    previous = csv.field_size_limit(MAX_CSV_CELL)
    try:
        rows: list[list[Any]] = list(csv.reader(lines, delimiter=_delimiter(text), strict=False))
        if rows.pop() != [_LAST]:
            raise refusal(Said.OPEN_QUOTE, file=path.name, row=len(rows) + 1)
    except csv.Error as error:
        raise refusal(Said.NOT_A_TABLE, file=path.name) from error
    finally:
        csv.field_size_limit(previous)
    width = max((len(row) for row in rows), default=0)
    if width * len(rows) > MAX_CELLS:
        raise refusal(Said.TOO_BIG, file=path.name)
    for row in rows:
        row.extend([""] * (width - len(row)))
    return RawTable(path.name, rows)


def _decoded(path: Path, data: bytes) -> str:
    """Return the text of a file: by its mark, else UTF-8, else GB 18030 (which covers GBK and GB 2312)."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            try:
                return data.decode(encoding)
            except UnicodeDecodeError as error:
                raise refusal(Said.UNKNOWN_ENCODING, file=path.name) from error
    for encoding in ENCODINGS:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise refusal(Said.UNKNOWN_ENCODING, file=path.name)


def _is_binary(text: str) -> bool:
    head = text[:20_000]
    return "\0" in head or sum(c < " " and c not in "\r\n\t\f" for c in head) > len(head) // 200


def _delimiter(text: str) -> str:
    """Return the delimiter the first lines agree on most."""
    sample = [line for line in text[:50_000].splitlines()[:30] if line.strip()]

    def agreement(delimiter: str) -> tuple[int, int]:
        counts = [len(row) for row in _parsed(sample, delimiter)]
        usual = max(set(counts), key=counts.count, default=1)
        return (counts.count(usual) if usual > 1 else 0, usual)

    return max(DELIMITERS, key=agreement)


def _parsed(lines: list[str], delimiter: str) -> Iterator[list[str]]:
    try:
        yield from csv.reader(lines, delimiter=delimiter)
    except csv.Error:
        return
