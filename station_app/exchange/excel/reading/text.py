"""Text tables (csv, txt), with the marks spreadsheet programs put into them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

from station_app.exchange.excel.reading.cells import RawTable, text_value
from station_app.exchange.excel.reading.limits import Damaged

MAX_CELL = 1_000_000
ENCODINGS = ("utf-8", "gb18030")
DELIMITERS = (",", "\t", ";", "|")
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_UTF8 = re.compile(rb"[\xe2-\xef][\x80-\xbf]{2}")  # as Chinese stands in UTF-8; two bytes a character in GB 18030
_LAST = "\x1e"
_ENDS = "\r\n"


class UnknownEncoding(Exception):
    """The bytes are no text we know."""


class DamagedText(Exception):
    """The text is UTF-8, but for some bytes; the first argument is the 1-based row of the first of them."""


class OpenQuote(Exception):
    """A quotation mark is not closed; the first argument is the row it stands in, or a later one."""


def read_text(name: str, data: bytes) -> RawTable:
    """Return the one table of a text file.

    Raises:
        UnknownEncoding, DamagedText, OpenQuote: see there.
        Damaged: it is no table.
        TooBig: see ``limits``.
    """
    text = _decoded(data)
    if text.lstrip()[:1] == "<" or _is_binary(text):
        raise Damaged(name)
    # A last row of our own: when it is not seen, a quotation mark before it was never closed.
    lines = io.StringIO(f"{text.rstrip(_ENDS)}\r\n{_LAST}\r\n", newline="")
    previous = csv.field_size_limit(MAX_CELL)
    try:
        found = list(csv.reader(lines, delimiter=_delimiter(text), strict=False))
    except csv.Error as error:
        raise Damaged(name) from error
    finally:
        csv.field_size_limit(previous)
    if found.pop() != [_LAST]:
        raise OpenQuote(len(found) + 1)
    return RawTable(name, [[text_value(cell) for cell in row] for row in found]).settle()


def _decoded(data: bytes) -> str:
    """Return the text of a file: by its mark, else UTF-8, else GB 18030 (which covers GBK and GB 2312).

    A file that is UTF-8 but for a few bytes is damaged; read as GB 18030 it would be other characters without a word.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            try:
                return data.decode(encoding)
            except UnicodeDecodeError as error:
                if encoding == "utf-8-sig":
                    raise DamagedText(_row(data, error.start)) from error
                raise UnknownEncoding from error
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        wrong = data.decode("utf-8", "replace").count("\ufffd")
        if len(_UTF8.findall(data)) > wrong:
            raise DamagedText(_row(data, error.start)) from error
    try:
        return data.decode("gb18030")
    except UnicodeDecodeError as error:
        raise UnknownEncoding from error


def _row(data: bytes, place: int) -> int:
    return data.count(b"\n", 0, place) + 1


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
