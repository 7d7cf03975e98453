"""Workbooks put together byte by byte, for what no writing library offers: errors, states of formulas, odd parts."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

SHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{head}<sheetData>{rows}</sheetData>{tail}</worksheet>'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_FORMATS = "".join(f'<xf numFmtId="{n}"/>' for n in (0, 9, 14, 49, 164, 2, 31))
STYLES = f'<styleSheet><numFmts><numFmt numFmtId="164" formatCode="0000"/></numFmts><cellXfs>{_FORMATS}</cellXfs></styleSheet>'
GENERAL, PERCENT, DATE, TEXT, FOUR_DIGITS, TWO_PLACES, CHINESE_DATE = map(str, range(7))


def text_cell(text: str) -> str:
    return f'<c t="inlineStr"><is><t>{text}</t></is></c>'


def xlsx(path: Path, rows: Sequence[str], *, head: str = "", tail: str = "", calculate: bool = False, epoch_1904: bool = False,
         sheet: str = "xl/worksheets/sheet1.xml", target: str = "worksheets/sheet1.xml", slash: str = "/",
         prefix: str = "", more: Mapping[str, str] | None = None) -> Path:  # fmt: skip
    """Write a workbook of one sheet; ``rows`` are the inside of ``<row>`` elements."""
    inside = "".join(row if row.startswith("<row") else f"<row>{row}</row>" for row in rows)
    part = SHEET.format(head=head, rows=inside, tail=tail)
    if prefix:
        part = (
            part.replace("</", f"</{prefix}:")
            .replace("<", f"<{prefix}:")
            .replace(f"<{prefix}:/{prefix}:", f"</{prefix}:")
        )
        part = part.replace("xmlns=", f"xmlns:{prefix}=", 1)
    book = (
        f'<workbook xmlns:r="{_OFFICE}"><workbookPr date1904="{int(epoch_1904)}"/>'
        f'<sheets><sheet name="表" sheetId="1" r:id="a"/></sheets><calcPr fullCalcOnLoad="{int(calculate)}"/></workbook>'
    )
    links = (
        f'<Relationships><Relationship Id="a" Type="{_OFFICE}/worksheet" Target="{target}"/>'
        f'<Relationship Id="b" Type="{_OFFICE}/styles" Target="/xl/styles.xml"/></Relationships>'
    )
    parts = {
        "_rels/.rels": f'<Relationships><Relationship Id="a" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": book, "xl/_rels/workbook.xml.rels": links, "xl/styles.xml": STYLES, sheet: part, **(more or {}),
    }  # fmt: skip
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("/", slash), content)
    return path


def ods(path: Path, rows: Sequence[str], *, columns: str = "", styles: str = "") -> Path:
    """Write an OpenDocument sheet; ``rows`` are the inside of ``table:table-row`` elements, or whole elements."""
    inside = "".join(
        row if row.startswith("<table:table-row") else f"<table:table-row>{row}</table:table-row>" for row in rows
    )
    content = (
        f"<office:document-content><office:automatic-styles>{styles}</office:automatic-styles><office:body><office:spreadsheet>"
        f'<table:table table:name="表">{columns}{inside}</table:table></office:spreadsheet></office:body></office:document-content>'
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
    return path


# --- xls -------------------------------------------------------------------------------------------------------------


def record(kind: int, data: bytes) -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def label(row: int, column: int, text: str, style: int = 0) -> bytes:
    return record(0x204, struct.pack("<HHHHB", row, column, style, len(text), 1) + text.encode("utf-16-le"))


def number(row: int, column: int, value: float, style: int = 0) -> bytes:
    return record(0x203, struct.pack("<HHHd", row, column, style, value))


def error(row: int, column: int, code: int) -> bytes:
    return record(0x205, struct.pack("<HHHBB", row, column, 0, code, 1))


def formula(row: int, column: int, result: bytes, flags: int = 0, expression: bytes = b"\x1e\x01\x00") -> bytes:
    return record(
        0x06, struct.pack("<HHH", row, column, 0) + result + struct.pack("<HIH", flags, 0, len(expression)) + expression
    )


def hidden_row(row: int) -> bytes:
    return record(0x208, struct.pack("<HHHHHHHH", row, 0, 9, 255, 0, 0, 0x20, 0))


def xls(path: Path, *records: bytes, formats: Sequence[int] = (0, 9, 14, 49, 164), shared: Sequence[str] = ()) -> Path:
    """Write a workbook of one sheet of these records; formats by number, 164 is ``0000``."""
    head = record(0x809, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 0))
    head += record(0x41E, struct.pack("<HHB", 164, 4, 0) + b"0000")
    head += b"".join(record(0xE0, struct.pack("<HH16x", 0, n)) for n in formats)
    strings = struct.pack("<II", len(shared), len(shared))
    parts = []
    for text in shared:  # each text in a record of its own, cut in the middle of its characters
        body = text.encode("utf-16-le")
        half = len(text) // 2 * 2
        strings += struct.pack("<HB", len(text), 1) + body[:half]
        parts.append(strings)
        strings = b"\x01" + body[half:]
    parts.append(strings)
    table = record(0xFC, parts[0]) + b"".join(record(0x3C, part) for part in parts[1:]) if shared else b""
    name = "表".encode("utf-16-le")
    sheet_place = len(head) + len(table) + 4 + 8 + len(name) + 4
    head += record(0x85, struct.pack("<IBBBB", sheet_place, 0, 0, 1, 1) + name) + table + record(0x0A, b"")
    sheet = record(0x809, struct.pack("<HHHHII", 0x600, 16, 0, 0, 0, 0)) + b"".join(records) + record(0x0A, b"")
    path.write_bytes(compound(head + sheet))
    return path


def compound(stream: bytes, name: str = "Workbook") -> bytes:
    """Return an OLE file of one stream."""
    stream = stream.ljust(max(4096, -(-len(stream) // 512) * 512), b"\0")
    sectors = len(stream) // 512
    table = [0xFFFFFFFD, 0xFFFFFFFE, *range(3, sectors + 2), 0xFFFFFFFE]
    assert len(table) <= 128
    table += [0xFFFFFFFF] * (128 - len(table))

    def entry(name: str, kind: int, first: int, size: int, child: int) -> bytes:
        text = name.encode("utf-16-le") + b"\0\0"
        return text.ljust(64, b"\0") + struct.pack("<HBBIII", len(text), kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, child) + bytes(
            36) + struct.pack("<IIxxxx", first, size)  # fmt: skip

    directory = entry("Root Entry", 5, 0xFFFFFFFE, 0, 1) + entry(name, 2, 2, len(stream), 0xFFFFFFFF) + bytes(256)
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack(
        "<HHHHH6xIIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0, 0)  # fmt: skip
    header = header[:76] + struct.pack("<I", 0) + b"\xff" * (512 - 80)
    return header + struct.pack("<128I", *table) + directory + stream
