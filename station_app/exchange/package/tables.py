"""Versions as CSV: ``records/<type>.csv`` with one row a version, ``records/<type>.<list>.csv`` with one row a line.

Packages of formats 1 and 2 hold their versions so; of later ones it is a view made on request.

UTF-8 without mark, RFC 4180: comma, quotes doubled, rows end in CR LF (the standard's own ending, and the default of a
Data Package's table dialect). Columns of ours begin with an underscore, because records have fields of their own called
``reason`` or ``version_id``; then one column per field in the order of its description; then ``_extra``: JSON of what
has no column (fields of a newer program, mostly empty). Rows are ordered by clock, then by version id; lines follow the
order of their versions. An empty cell is an absent field.

Cells are exact. A text that begins with ``=`` or ``+`` stays as it is: this is a data format whose rows must give back
the very bytes that were hashed, so nothing may be prefixed here. Workbooks for people are made elsewhere and do escape.
"""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from typing import IO, Any, Protocol

import msgspec

from station_app.domain.fields import Field, Kind, described_fields
from station_app.domain.registry import RecordType, has_type, record_type

VERSION_ID = "_version_id"
EXTRA = "_extra"
SYSTEM = (VERSION_ID, "_record_id", "_schema_version", "_parent_ids", "_hlc", "_author", "_device", "_reason", "_void")
WALL = "_wall"  # only where a version of the table has one: such a package is of format 2
LINE_SYSTEM = (VERSION_ID, "_line")
MAX_CELL = 16 * 1024 * 1024
_ROWS_AT_ONCE = 2_000
_SPOOL_IN_MEMORY = 8 * 1024 * 1024

TYPE_OF_KIND = {
    Kind.TEXT: "string",
    Kind.CODE: "string",
    Kind.LINK: "string",
    Kind.DECIMAL: "number",
    Kind.INTEGER: "integer",
    Kind.DATE: "date",
    Kind.INSTANT: "datetime",
    Kind.BOOL: "boolean",
    Kind.CODES: "array",
    Kind.FILES: "array",
}
COLUMN_TYPES = frozenset(TYPE_OF_KIND.values())

# The standard library refuses cells beyond 128 KiB; outlines of parcels are longer. A limit of ours stays.
csv.field_size_limit(MAX_CELL)

encode_plain = msgspec.json.Encoder(order="sorted").encode
decode_json = msgspec.json.decode


@dataclass(frozen=True, slots=True)
class Column:
    """One field's column and its Table Schema type."""

    name: str
    type: str


@dataclass(frozen=True)
class Layout:
    """Where the versions of a record type stand in a package, and the columns of its tables where it has some: from today's
    descriptions, or from the manifest of a package."""

    name: str
    columns: tuple[Column, ...]
    lists: tuple[tuple[str, tuple[Column, ...]], ...] = ()
    wall: bool = False
    is_lines: bool = False  # the versions lie there as the lines that were hashed, since format 3

    @property
    def path(self) -> str:
        return f"records/{self.name}.{'jsonl' if self.is_lines else 'csv'}"

    def list_path(self, list_name: str) -> str:
        """Return where the lines of a list stand, in a package of tables."""
        return f"records/{self.name}.{list_name}.csv"

    @property
    def system(self) -> tuple[str, ...]:
        return (*SYSTEM, WALL) if self.wall else SYSTEM

    @property
    def header(self) -> list[str]:
        return [*self.system, *(c.name for c in self.columns), EXTRA]

    def list_header(self, list_name: str) -> list[str]:
        return [*LINE_SYSTEM, *(c.name for c in dict(self.lists)[list_name]), EXTRA]


def _columns(fields: Iterable[Field]) -> tuple[Column, ...]:
    return tuple(Column(f.name, TYPE_OF_KIND[f.kind]) for f in fields if f.kind is not Kind.LINES)


def list_fields(kind: RecordType, list_name: str) -> tuple[Field, ...]:
    """Return the fields of a line of one of the record's lists."""
    line = kind.by_name[list_name].line
    assert line is not None
    return described_fields(line)


@cache
def layout_of(type_name: str) -> Layout:
    """Return today's layout of a record type; a type this program does not know has all its fields in ``_extra``."""
    if not has_type(type_name):
        return Layout(type_name, ())
    kind = record_type(type_name)
    return Layout(
        type_name, _columns(kind.fields), tuple((f.name, _columns(list_fields(kind, f.name))) for f in kind.lists)
    )


# --- values to cells -------------------------------------------------------------------------------------------------


def _bool_cell(value: bool) -> str:
    return "true" if value else "false"


def _array_cell(value: list[object]) -> str:
    return encode_plain(value).decode()


_CELLS: dict[str, tuple[type, Callable[[Any], Any] | None]] = {
    "string": (str, None),
    "number": (str, None),
    "date": (str, None),
    "datetime": (str, None),
    "integer": (int, None),
    "boolean": (bool, _bool_cell),
    "array": (list, _array_cell),
}
_Plan = tuple[tuple[str, type, Callable[[Any], Any] | None], ...]


def _plan(columns: tuple[Column, ...]) -> _Plan:
    return tuple((c.name, *_CELLS[c.type]) for c in columns)


def _cells(plan: _Plan, fields: dict[str, object], row: list[object], taken: int = 0) -> list[object]:
    """Append the cells of ``fields`` to ``row``, then ``_extra`` with all that no column takes exactly."""
    get = fields.get
    for name, expected, write in plan:
        value = get(name)
        if value is None or type(value) is not expected or not (value or expected is not str):
            row.append("")
            continue
        taken += 1
        row.append(value if write is None else write(value))
    if taken == len(fields):
        row.append("")
    else:
        row.append(_extra_cell(plan, fields))
    return row


def _extra_cell(plan: _Plan, fields: dict[str, object]) -> str:
    exact = {name: expected for name, expected, _ in plan}
    rest = {n: v for n, v in fields.items() if n not in exact or type(v) is not exact[n] or v == ""}
    return encode_plain(rest).decode() if rest else ""


def csv_line(cells: Iterable[object]) -> str:
    """Return one CSV row without its end: cells with a comma, quote or line break are quoted, others are not."""
    texts = []
    for cell in cells:
        text = str(cell)
        if "," in text or '"' in text or "\n" in text or "\r" in text:
            text = '"' + text.replace('"', '""') + '"'
        texts.append(text)
    return ",".join(texts)


class RowMaker:
    """Turns versions of one type into CSV lines."""

    def __init__(self, layout: Layout) -> None:
        self._wall = layout.wall
        self._plan = _plan(layout.columns)
        self._lists = tuple((name, _plan(columns)) for name, columns in layout.lists)

    def lines(self, version: Sequence[Any]) -> tuple[str, list[tuple[int, list[str]]]]:
        """Return the CSV line of a version and the lines of its lists (by place of the list). What has no column, or does
        not fit it exactly, goes to ``_extra``.

        ``version`` holds version_id, record_id, schema_version, parent_ids (blank between), hlc, author, device, reason,
        void, fields as JSON text, wall.
        """
        fields = decode_json(version[9])
        found: list[tuple[int, list[str]]] = []
        for place, (name, plan) in enumerate(self._lists):
            items = fields.get(name)
            if type(items) is list and items and all(type(item) is dict for item in items):
                del fields[name]
                rows = [csv_line(_cells(plan, item, [version[0], n])) for n, item in enumerate(items, 1)]
                found.append((place, rows))
        system = [*version[:8], "true" if version[8] else "false", *([version[10]] if self._wall else [])]
        return csv_line(_cells(self._plan, fields, system)), found


# --- tables ----------------------------------------------------------------------------------------------------------


class ByteSink(Protocol):
    """Where the bytes of a table go."""

    def write(self, data: bytes) -> object: ...


class _CsvOut:
    """Collects lines and passes them on in large pieces."""

    def __init__(self, sink: ByteSink, header: list[str]) -> None:
        self._sink = sink
        self._lines: list[str] = [csv_line(header)]

    def add(self, line: str) -> None:
        self._lines.append(line)
        if len(self._lines) >= _ROWS_AT_ONCE:
            self.flush()

    def extend(self, lines: list[str]) -> None:
        self._lines.extend(lines)
        if len(self._lines) >= _ROWS_AT_ONCE:
            self.flush()

    def flush(self) -> None:
        if self._lines:
            self._lines.append("")
            self._sink.write("\r\n".join(self._lines).encode())
            self._lines = []


def value_of(fields: object, name: str) -> Any:
    """Return a field of a typed object (``lines.Line``) or of a plain dictionary; ``None`` where it is empty."""
    return fields.get(name) if type(fields) is dict else getattr(fields, name, None)


class Spool:
    """Holds a list table until its type's own table is finished: a zip takes one entry at a time."""

    def __init__(self, stack: ExitStack) -> None:
        self._file: IO[bytes] = stack.enter_context(tempfile.SpooledTemporaryFile(_SPOOL_IN_MEMORY))  # noqa: SIM115
        self.rows = 0

    def write(self, data: bytes) -> None:
        self._file.write(data)

    def pieces(self) -> Iterator[bytes]:
        self._file.seek(0)
        while piece := self._file.read(1 << 20):
            yield piece


def write_type(
    layout: Layout,
    versions: Iterable[tuple[object, ...]],
    sink: ByteSink,
    stack: ExitStack,
) -> dict[str, Spool]:
    """Write the table of one record type to ``sink`` and return its list tables that have rows.

    Args:
        versions: (version_id, record_id, schema_version, parent_ids, hlc, author, device, reason, void, fields as JSON
            text, wall), ordered by clock and id.
        stack: Closes the spools.
    """
    maker = RowMaker(layout)
    out = _CsvOut(sink, layout.header)
    spools = [Spool(stack) for _ in layout.lists]
    lists = [_CsvOut(spool, layout.list_header(name)) for spool, (name, _) in zip(spools, layout.lists, strict=True)]
    make = maker.lines
    for version in versions:
        line, found = make(version)
        out.add(line)
        for place, rows in found:
            lists[place].extend(rows)
            spools[place].rows += len(rows)
    out.flush()
    for each in lists:
        each.flush()
    return {name: spool for (name, _), spool in zip(layout.lists, spools, strict=True) if spool.rows}
