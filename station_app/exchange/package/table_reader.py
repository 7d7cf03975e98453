"""Reads the versions of a package and finds whatever is wrong with them.

One pass: bytes are hashed, lines checked, ids computed, versions handed on. Memory holds one block of versions at a time. The tables of
formats 1 and 2 (CSV) are turned into the lines they were made from and take the same way.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from itertools import pairwise
from operator import lt
from typing import Any, TypeVar

from station_app.domain.generic import JSON
from station_app.domain.identifiers import SHA256_PATTERN, UUID_PATTERN
from station_app.domain.problems import UserError
from station_app.domain.registry import RecordType
from station_app.exchange.package.container import Container, Member
from station_app.exchange.package.findings import Findings
from station_app.exchange.package.lines import MAX_LINE, Line, NotCanonical, line_reader
from station_app.exchange.package.problems import PackageProblem
from station_app.exchange.package.strict_json import StrictJsonError, loads
from station_app.exchange.package.tables import (
    EXTRA,
    LINE_SYSTEM,
    SYSTEM,
    TYPE_OF_KIND,
    WALL,
    Column,
    Layout,
    list_fields,
)
from station_app.exchange.package.values import (
    WALL_PATTERN,
    WrongType,
    converter,
)
from station_app.storage.canonical import encode_sorted
from station_app.storage.clock import hlc_time

_PARENTS = re.compile(rf"(?:{SHA256_PATTERN}(?: {SHA256_PATTERN})*)?")
_RECORD_AND_CLOCK = re.compile(rf"{UUID_PATTERN} [0-9]{{13}}-[0-9a-f]{{6}}")
_WALL = re.compile(WALL_PATTERN)
_MAX_WORDS = 10_000
_Block = TypeVar("_Block")
_Raw = tuple[
    int, list[bytes], str | None
]  # number of the first of some lines, their bytes, and the id a table says one has


class TypeReader:
    """Reads one record type of a package: lines as they were hashed, or the tables of formats 1 and 2 turned into them."""

    def __init__(self, container: Container, layout: Layout, findings: Findings) -> None:
        self.name = layout.name
        self.hashes: dict[str, tuple[int, str]] = {}
        self._container = container
        self._layout = layout
        self._findings = findings
        self._members: dict[str, Member] = {}
        self._texts: list[io.TextIOWrapper] = []  # a wrapper that goes closes what it wraps
        self._reader = line_reader(layout.name)

    def versions(self) -> Iterator[list[Line]]:
        """Yield every sound version, in blocks.

        Faults of the table go to the findings; the first broken row ends it, since what follows cannot be trusted.
        """
        return self._hashed(self._checked(self._blocks()))

    def raws(self) -> Iterator[list[bytes]]:
        """Yield the bytes of every version, in blocks, of a table that has been looked at before."""
        return self._hashed(raws for _, raws, _ in self._blocks())

    def _blocks(self) -> Iterator[_Raw]:
        return self._lines() if self._layout.is_lines else self._rows()

    def _hashed(self, blocks: Iterator[_Block]) -> Iterator[_Block]:
        """Pass blocks on until a fault ends them; then all of the files is hashed: a changed one is called changed."""
        try:
            yield from blocks
            self._drain()
        except UserError as error:
            self._findings.take(error)
            with suppress(UserError):
                self._drain()
        finally:
            for member in self._members.values():
                member.close()

    def _drain(self) -> None:
        for name, member in self._members.items():
            member.drain()
            self.hashes[name] = (member.size, member.sha256)

    def _checked(self, blocks: Iterator[_Raw]) -> Iterator[list[Line]]:
        path = self._layout.path
        last: tuple[str, str] = ("", "")
        for first, raws, said in blocks:
            lines: list[Line] = []
            wrong: UserError | None = None
            try:
                for line in self._reader.read(raws):
                    lines.append(line)
            except WrongType as error:
                column = str(error) or "?"
                wrong = PackageProblem.WRONG_TYPE.error(
                    f"{path}:{first + len(lines)}", column=column, kind=_kind_of(self._reader.kind, column)
                )
            except NotCanonical as error:
                wrong = PackageProblem.BROKEN_TABLE.error(f"{path}:{first + len(lines)}", why=error)
            if said is not None and lines and lines[0].version_id != said:
                raise PackageProblem.WRONG_VERSION_ID.error(f"{path}:{first}")
            times = [last[0], *(line.content.hlc for line in lines)]
            if not all(map(lt, times, times[1:])):  # of one time, the id decides
                places = [last, *((line.content.hlc, line.version_id) for line in lines)]
                for number, (one, other) in enumerate(pairwise(places), first):
                    if one >= other:
                        raise PackageProblem.WRONG_ORDER.error(f"{path}:{number}")
            if lines:
                last = (lines[-1].content.hlc, lines[-1].version_id)
            yield lines
            if wrong is not None:
                raise wrong

    # --- lines as they were hashed -----------------------------------------------------------------------------------

    def _lines(self) -> Iterator[_Raw]:
        path = self._layout.path
        member = self._members[path] = self._container.open(path)
        number, rest = 1, b""
        while piece := member.read_some(1 << 16):
            lines = (rest + piece).split(b"\n")
            rest = lines.pop()
            if lines:
                yield number, lines, None
            number += len(lines)
            if len(rest) > MAX_LINE:
                break
        if rest:
            raise PackageProblem.BROKEN_TABLE.error(f"{path}:{number}", why="the line does not end")

    # --- tables of formats 1 and 2 -----------------------------------------------------------------------------------

    def _rows(self) -> Iterator[_Raw]:
        layout, path = self._layout, self._layout.path
        rows = self._table(path, layout.header)
        lists: list[tuple[str, tuple[Column, ...], _Lines]] = []
        for list_name, columns in layout.lists:
            list_path = layout.list_path(list_name)
            if list_path in self._container.names:
                lists.append(
                    (list_name, columns, _Lines(self._table(list_path, layout.list_header(list_name)), list_path))
                )
        first = len(layout.system)
        for number, row in enumerate(rows, 2):
            try:
                schema, parents, void = _system_cells(row)
                wall = _wall_cell(row) if layout.wall else ""
                fields = _cells_to_fields(layout.columns, row[first:])
                for list_name, columns, lines in lists:
                    if lines.ahead is not None and lines.ahead[0] == row[0]:
                        if list_name in fields:
                            raise WrongType(EXTRA)
                        fields[list_name] = lines.of(row[0], columns)
            except WrongType as error:
                column = str(error) or "?"
                kind = _kind_of(self._reader.kind, column)
                raise PackageProblem.WRONG_TYPE.error(f"{path}:{number}", column=column, kind=kind) from error
            content = {
                "author": row[5], "device": row[6], "fields": fields, "hlc": row[4], "parent_ids": parents, "reason": row[7],
                "record_id": row[1], "record_type": self.name, "schema_version": schema, "void": void,
                **({"wall": wall} if wall else {}),
            }  # fmt: skip
            yield number, [encode_sorted(content)], row[0]
        for _, _, lines in lists:
            if lines.ahead is not None:
                self._findings.add(PackageProblem.STRAY_LINE, f"{lines.path}:{lines.number}")

    def _table(self, path: str, header: list[str]) -> Iterator[list[str]]:
        member = self._members[path] = self._container.open(path)
        text = io.TextIOWrapper(io.BufferedReader(member, 1 << 18), encoding="utf-8", newline="")
        self._texts.append(text)
        rows = _csv_rows(csv.reader(text, strict=True), path, len(header))
        found = next(rows, None)
        if found != header:
            raise PackageProblem.SCHEMA_DIFFERS.error(path, name=path, what=_first_difference(header, found or []))
        return rows


def _kind_of(kind: RecordType | None, name: str) -> str:
    """Return the Table Schema type of a field, as the sentence about a wrong value names it."""
    if name == EXTRA:
        return "JSON"
    fields = (*kind.scalars, *(f for each in kind.lists for f in list_fields(kind, each.name))) if kind else ()
    return next((TYPE_OF_KIND[f.kind] for f in fields if f.name == name), "value")


def _cells_to_fields(columns: tuple[Column, ...], cells: list[str]) -> dict[str, object]:
    """Return the fields in the cells of a row, the last of which is JSON of what has no column.

    Raises:
        WrongType: a cell is not of its column's type.
    """
    fields: dict[str, object] = {}
    for column, cell in zip(columns, cells, strict=False):
        if cell:
            convert = converter(column.type)
            try:
                fields[column.name] = cell if convert is None else convert(cell)
            except WrongType as error:
                raise WrongType(column.name) from error
    if cells[-1]:
        _add_extra(fields, {c.name: c.type for c in columns}, cells[-1])
    return fields


def _add_extra(fields: dict[str, object], types: dict[str, str], cell: str) -> None:
    try:
        extra = loads(cell.encode())
    except StrictJsonError as error:
        raise WrongType(EXTRA) from error
    if not isinstance(extra, dict) or not extra or any(name in fields for name in extra):
        raise WrongType(EXTRA)
    for name, value in extra.items():
        if name in types and not (value == "" and types[name] == "string"):
            raise WrongType(name)
        fields[name] = value


class _Lines:
    """The rows of a list table, one ahead, handed out version by version."""

    def __init__(self, rows: Iterator[list[str]], path: str) -> None:
        self.path = path
        self.number = 2
        self._rows = rows
        self.ahead = next(rows, None)

    def of(self, version_id: str, columns: tuple[Column, ...]) -> list[dict[str, JSON]]:
        """Return the lines of a version, which must come next and be numbered from 1."""
        items: list[dict[str, object]] = []
        while self.ahead is not None and self.ahead[0] == version_id:
            if self.ahead[1] != str(len(items) + 1):
                raise PackageProblem.STRAY_LINE.error(f"{self.path}:{self.number}")
            items.append(_cells_to_fields(columns, self.ahead[len(LINE_SYSTEM) :]))
            self.ahead = next(self._rows, None)
            self.number += 1
        return items


def _csv_rows(reader: Any, path: str, width: int) -> Iterator[list[str]]:
    number = 0
    try:
        for number, row in enumerate(reader, 1):
            if len(row) != width:
                if number == 1:
                    yield row
                    return
                raise PackageProblem.BROKEN_TABLE.error(f"{path}:{number}", why=f"{len(row)} != {width}")
            yield row
    except (csv.Error, UnicodeDecodeError) as error:
        raise PackageProblem.BROKEN_TABLE.error(f"{path}:{number + 1}", why=error) from error


def _system_cells(row: list[str]) -> tuple[int, list[str], bool]:
    """Check the columns of ours and return schema version, parents and whether it is a withdrawal.

    The version id needs no look: it must equal a hash.
    """
    _, record_id, schema, parents, hlc, author, device, reason, void = row[:9]
    if not _RECORD_AND_CLOCK.fullmatch(f"{record_id} {hlc}"):
        raise WrongType(f"{SYSTEM[1]}, {SYSTEM[4]}")
    if not (schema.isascii() and schema.isdigit() and len(schema) < 7 and schema[0] != "0"):
        raise WrongType(SYSTEM[2])
    if parents and not _PARENTS.fullmatch(parents):
        raise WrongType(SYSTEM[3])
    if len(author) + len(device) + len(reason) > _MAX_WORDS:
        raise WrongType(SYSTEM[5])
    if void == "false":
        return int(schema), parents.split(), False
    if void == "true":
        return int(schema), parents.split(), True
    raise WrongType(SYSTEM[8])


def _wall_cell(row: list[str]) -> str:
    """Check what the machine's clock showed: a moment of the calendar, before the logical clock."""
    wall = row[len(SYSTEM)]
    if wall:
        try:
            if not _WALL.fullmatch(wall) or datetime.fromisoformat(wall) >= hlc_time(row[4]):
                raise WrongType(WALL)
        except (ValueError, OverflowError) as error:
            raise WrongType(WALL) from error
    return wall


def _first_difference(expected: list[str], found: list[str]) -> str:
    for place, (one, other) in enumerate(zip(expected, found, strict=False), 1):
        if one != other:
            return f"column {place}: {other[:60]!r} != {one!r}"
    return f"{len(found)} != {len(expected)} columns"
