"""Versions as CSV: ``records/<type>.csv`` with one row a version, ``records/<type>.<list>.csv`` with one row a line.

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
from typing import IO, Annotated, Any, Protocol

import msgspec
from msgspec.structs import astuple

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
    """The columns of a record type's tables; from today's descriptions, or from the manifest of a package."""

    name: str
    columns: tuple[Column, ...]
    lists: tuple[tuple[str, tuple[Column, ...]], ...] = ()
    wall: bool = False

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


def _array_cell(value: list[Any]) -> str:
    return encode_plain(value).decode()


_CELLS: dict[str, tuple[type[Any], Callable[[Any], Any] | None]] = {
    "string": (str, None),
    "number": (str, None),
    "date": (str, None),
    "datetime": (str, None),
    "integer": (int, None),
    "boolean": (bool, _bool_cell),
    "array": (list, _array_cell),
}
_Plan = tuple[tuple[str, type[Any], Callable[[Any], Any] | None], ...]


def _plan(columns: tuple[Column, ...]) -> _Plan:
    return tuple((c.name, *_CELLS[c.type]) for c in columns)


def _cells(plan: _Plan, fields: dict[str, Any], row: list[Any], taken: int = 0) -> list[Any]:
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


def _extra_cell(plan: _Plan, fields: dict[str, Any]) -> str:
    exact = {name: expected for name, expected, _ in plan}
    rest = {n: v for n, v in fields.items() if n not in exact or type(v) is not exact[n] or v == ""}
    return encode_plain(rest).decode() if rest else ""


def csv_line(cells: Iterable[Any]) -> str:
    """Return one CSV row without its end: cells with a comma, quote or line break are quoted, others are not."""
    texts = []
    for cell in cells:
        text = str(cell)
        if "," in text or '"' in text or "\n" in text or "\r" in text:
            text = '"' + text.replace('"', '""') + '"'
        texts.append(text)
    return ",".join(texts)


_Text = Annotated[str, msgspec.Meta(min_length=1)]
_STRUCT_TYPES: dict[str, Any] = {"integer": int, "boolean": bool, "array": list[str]}


class _Shape:
    """The columns of one table as a typed struct: its decoder refuses whatever the columns would not take exactly, and
    its values come out in column order without a loop."""

    def __init__(self, columns: tuple[Column, ...], lists: tuple[tuple[str, type[Any]], ...] = ()) -> None:
        fields: list[Any] = [(c.name, _STRUCT_TYPES.get(c.type, _Text), "") for c in columns]
        fields += [
            (name, Annotated[list[shape], msgspec.Meta(min_length=1)], None)  # type: ignore[valid-type]
            for name, shape in lists
        ]
        self.struct = msgspec.defstruct("Row", fields, forbid_unknown_fields=True, gc=False)
        self.width = len(columns)
        self.special = tuple((i, write) for i, c in enumerate(columns) if (write := _CELLS[c.type][1]) is not None)

    def cells(self, value: Any) -> tuple[Any, ...]:
        """Return the cells of a decoded value."""
        found = astuple(value)[: self.width]
        for place, _ in self.special:
            if found[place] != "":
                changed = list(found)
                for at, function in self.special:
                    if changed[at] != "":
                        changed[at] = function(changed[at])
                return tuple(changed)
        return found


class RowMaker:
    """Turns versions of one type into CSV lines: the shape is made once, a row costs a few microseconds."""

    def __init__(self, layout: Layout) -> None:
        self._wall = layout.wall
        self._plan = _plan(layout.columns)
        self._lists = tuple((name, _plan(columns)) for name, columns in layout.lists)
        self._list_shapes = tuple((name, _Shape(columns)) for name, columns in layout.lists)
        self._shape = _Shape(layout.columns, tuple((name, shape.struct) for name, shape in self._list_shapes))
        self._decode = msgspec.json.Decoder(self._shape.struct).decode
        width = len(layout.columns)
        self._row = ",".join(["%s"] * (len(layout.system) + width + 1))
        self._commas = len(layout.system) + width
        self._line_rows = tuple(",".join(["%s"] * (len(LINE_SYSTEM) + s.width + 1)) for _, s in self._list_shapes)

    def lines(self, version: Sequence[Any]) -> tuple[str, list[tuple[int, list[str]]], Any]:
        """Return the CSV line of a version, the lines of its lists (by place of the list), and its fields (struct or
        dictionary: see ``value_of``).

        ``version`` holds version_id, record_id, schema_version, parent_ids (blank between), hlc, author, device, reason,
        void, fields as JSON text, wall.
        """
        try:
            fields = self._decode(version[9])
        except msgspec.ValidationError:
            return self._exact_lines(version)
        cells = (*self._system(version), *self._shape.cells(fields), "")
        line = self._row % cells
        if line.count(",") != self._commas or '"' in line or "\n" in line or "\r" in line:
            line = csv_line(cells)
        found: list[tuple[int, list[str]]] = []
        for place, (name, shape) in enumerate(self._list_shapes):
            items = getattr(fields, name)
            if items:
                form, take, version_id = self._line_rows[place], shape.cells, version[0]
                commas = len(LINE_SYSTEM) + shape.width
                texts = []
                for number, item in enumerate(items, 1):
                    line_cells = (version_id, number, *take(item), "")
                    text = form % line_cells
                    if text.count(",") != commas or '"' in text or "\n" in text or "\r" in text:
                        text = csv_line(line_cells)
                    texts.append(text)
                found.append((place, texts))
        return line, found, fields

    def _system(self, version: Sequence[Any]) -> list[Any]:
        cells = [*version[:8], "true" if version[8] else "false"]
        if self._wall:
            cells.append(version[10])
        return cells

    def _exact_lines(self, version: Sequence[Any]) -> tuple[str, list[tuple[int, list[str]]], Any]:
        """The same for fields the shape refuses: what has no column, or does not fit it, goes to ``_extra``."""
        fields = decode_json(version[9])
        found: list[tuple[int, list[str]]] = []
        rest = dict(fields)
        for place, (name, plan) in enumerate(self._lists):
            items = fields.get(name)
            if type(items) is list and items and all(type(item) is dict for item in items):
                del rest[name]
                version_id = version[0]
                found.append(
                    (place, [csv_line(_cells(plan, item, [version_id, n])) for n, item in enumerate(items, 1)])
                )
        row = _cells(self._plan, rest, self._system(version))
        return csv_line(row), found, fields


# --- tables ----------------------------------------------------------------------------------------------------------


# Told each version (the row it was read as) and its fields.
Note = Callable[[Sequence[Any], Any], None]


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


def value_of(fields: Any, name: str) -> Any:
    """Return a field of what ``RowMaker`` decoded, or of a plain dictionary; ``None`` where it is empty."""
    if type(fields) is dict:
        return fields.get(name)
    value = getattr(fields, name, None)
    return None if value == "" else value


class Spool:
    """Holds a list table until its type's own table is finished: a zip takes one entry at a time."""

    def __init__(self, stack: ExitStack) -> None:
        self._file: IO[bytes] = stack.enter_context(tempfile.SpooledTemporaryFile(_SPOOL_IN_MEMORY))  # noqa: SIM115
        self.rows = 0

    def write(self, data: bytes) -> None:
        self._file.write(data)

    def pieces(self) -> Iterator[bytes]:
        """Yield what was written."""
        self._file.seek(0)
        while piece := self._file.read(1 << 20):
            yield piece


def write_type(
    layout: Layout,
    versions: Iterable[tuple[Any, ...]],
    sink: ByteSink,
    note: Note,
    stack: ExitStack,
) -> dict[str, Spool]:
    """Write the table of one record type to ``sink`` and return its list tables that have rows.

    Args:
        versions: (version_id, record_id, schema_version, parent_ids, hlc, author, device, reason, void, fields as JSON
            text, wall), ordered by clock and id.
        note: Called for every version.
        stack: Closes the spools.
    """
    maker = RowMaker(layout)
    out = _CsvOut(sink, layout.header)
    spools = [Spool(stack) for _ in layout.lists]
    lists = [_CsvOut(spool, layout.list_header(name)) for spool, (name, _) in zip(spools, layout.lists, strict=True)]
    make = maker.lines
    for version in versions:
        line, found, fields = make(version)
        out.add(line)
        for place, rows in found:
            lists[place].extend(rows)
            spools[place].rows += len(rows)
        note(version, fields)
    out.flush()
    for each in lists:
        each.flush()
    return {name: spool for (name, _), spool in zip(layout.lists, spools, strict=True) if spool.rows}
