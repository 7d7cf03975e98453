"""Reads the tables of a package back into versions, and finds whatever is wrong with them.

One pass: bytes are hashed, rows checked, ids recomputed, versions handed on. Memory holds one version at a time.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any

from station_app.domain.fields import Field
from station_app.domain.problems import Problem, UserError
from station_app.domain.registry import RecordType, has_type, record_type
from station_app.exchange.package.codes import Coded, Found
from station_app.exchange.package.compiled import fields_reader
from station_app.exchange.package.container import Container, Member
from station_app.exchange.package.strict_json import StrictJsonError, loads
from station_app.exchange.package.tables import (
    EXTRA,
    LINE_SYSTEM,
    SYSTEM,
    WALL,
    Column,
    Layout,
    layout_of,
    list_fields,
)
from station_app.exchange.package.values import (
    LINK_PATTERN,
    SHA256_PATTERN,
    WALL_PATTERN,
    WrongType,
    column_fits,
    sums_differ,
)
from station_app.storage.canonical import encode_sorted
from station_app.storage.clock import hlc_time
from station_app.storage.versions import Version

SAME_KIND_SHOWN = 20
_PARENTS = re.compile(rf"(?:{SHA256_PATTERN}(?: {SHA256_PATTERN})*)?")
_RECORD_AND_CLOCK = re.compile(rf"{LINK_PATTERN} [0-9]{{13}}-[0-9a-f]{{6}}")
_WALL = re.compile(WALL_PATTERN)
_MAX_WORDS = 10_000


class Findings:
    """Problems met, each kind a bounded number of times so that a broken file does not fill the screen."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self._counts: Counter[str] = Counter()

    def add(self, found: Coded, place: str = "", **values: object) -> Problem:
        """Note a finding and return it."""
        problem = found.problem(place, **values)
        self._counts[found.code] += 1
        if self._counts[found.code] <= SAME_KIND_SHOWN:
            self.problems.append(problem)
        return problem

    def take(self, error: UserError) -> None:
        """Note what stopped a step."""
        self.problems += error.problems


class _Columns:
    """How the cells of one table become the fields of one object."""

    def __init__(self, columns: tuple[Column, ...], known: dict[str, Field], first: int) -> None:
        self.by_name = {c.name: c for c in columns}
        self.fields = fields_reader(columns, known, first)

    def add_extra(self, fields: dict[str, Any], cell: str) -> None:
        """Add what has no column.

        Raises:
            WrongType: it is no JSON object, or has a name twice.
        """
        try:
            extra = loads(cell.encode())
        except StrictJsonError as error:
            raise WrongType(EXTRA) from error
        if not isinstance(extra, dict) or not extra or any(name in fields for name in extra):
            raise WrongType(EXTRA)
        for name, value in extra.items():
            if name in self.by_name and not (value == "" and self.by_name[name].type == "string"):
                raise WrongType(name)
            fields[name] = value


class TypeReader:
    """Reads one record type of a package."""

    def __init__(self, container: Container, layout: Layout, findings: Findings) -> None:
        self.name = layout.name
        self.hashes: dict[str, tuple[int, str]] = {}
        self._container = container
        self._layout = layout
        self._findings = findings
        self._texts: list[io.TextIOWrapper] = []
        self._kind: RecordType | None = record_type(layout.name) if has_type(layout.name) else None
        known = {f.name: f for f in self._kind.scalars} if self._kind else {}
        self._main = _Columns(layout.columns, known, len(layout.system))
        self._lists: dict[str, _Columns] = {}
        for list_name, columns in layout.lists:
            line = self._known_line(list_name)
            self._lists[list_name] = _Columns(columns, {f.name: f for f in line}, len(LINE_SYSTEM))

    def _known_line(self, list_name: str) -> tuple[Field, ...]:
        if self._kind is None or list_name not in {f.name for f in self._kind.lists}:
            return ()
        return list_fields(self._kind, list_name)

    def versions(self) -> Iterator[tuple[Version, Problem | None]]:
        """Yield every sound version, with the problem that sets it aside where there is one.

        Faults of the tables go to the findings; the first broken row ends its table, since what follows cannot be trusted.
        """
        path = f"records/{self.name}.csv"
        lists: list[tuple[str, _Columns, _Lines]] = []
        members: dict[str, Member] = {}
        try:
            rows = self._rows(path, self._layout.header, members)
            for list_name, columns in self._lists.items():
                list_path = f"records/{self.name}.{list_name}.csv"
                if list_path in self._container.names:
                    list_rows = self._rows(list_path, self._layout.list_header(list_name), members)
                    lists.append((list_name, columns, _Lines(list_rows, list_path)))
            yield from self._checked(path, rows, lists)
            for _, _, lines in lists:
                if lines.ahead is not None:
                    self._findings.add(Found.STRAY_LINE, f"{lines.path}:{lines.number}")
            for name, member in members.items():
                member.drain()
                self.hashes[name] = (member.size, member.sha256)
        except UserError as error:
            self._findings.take(error)
            with suppress(UserError):  # the whole is still hashed: a changed file is called changed
                for name, member in members.items():
                    member.drain()
                    self.hashes[name] = (member.size, member.sha256)
        finally:
            for member in members.values():
                member.close()

    def _rows(self, path: str, header: list[str], members: dict[str, Member]) -> Iterator[list[str]]:
        member = members[path] = self._container.open(path)
        text = io.TextIOWrapper(io.BufferedReader(member, 1 << 18), encoding="utf-8", newline="")
        self._texts.append(text)  # a wrapper that goes closes what it wraps
        rows = _csv_rows(csv.reader(text, strict=True), path, len(header))
        found = next(rows, None)
        if found != header:
            raise Found.SCHEMA_DIFFERS.error(path, name=path, what=_first_difference(header, found or []))
        return rows

    def _checked(
        self, path: str, rows: Iterator[list[str]], lists: list[tuple[str, _Columns, _Lines]]
    ) -> Iterator[tuple[Version, Problem | None]]:
        kind = self._kind
        type_name = self.name
        present = kind.version if kind else 0
        main_fields = self._main.fields
        has_wall = self._layout.wall
        last: tuple[str, str] = ("", "")
        sha256 = hashlib.sha256
        required_lists = [f.name for f in kind.lists if f.required] if kind else []
        for number, row in enumerate(rows, 2):
            beyond: list[str] = []
            try:
                schema, parents, void = _system_cells(row)
                wall = _wall_cell(row) if has_wall else ""
                is_present = schema == present
                fields = main_fields(row, beyond, is_present)
                for list_name, columns, lines in lists:
                    ahead = lines.ahead
                    if ahead is not None and ahead[0] == row[0]:
                        fields[list_name] = lines.of(row[0], columns, beyond, is_present)
                if row[-1]:
                    self._main.add_extra(fields, row[-1])
                    self._check_extra(fields)
            except WrongType as error:
                column = error.args[0] if error.args else "?"
                raise Found.WRONG_TYPE.error(f"{path}:{number}", column=column, kind=self._kind_of(column)) from error
            version_id, record_id, _, _, hlc, author, device, reason = row[:8]
            content = {
                "author": author, "device": device, "fields": fields, "hlc": hlc, "parent_ids": parents,
                "reason": reason, "record_id": record_id, "record_type": type_name, "schema_version": schema,
                "void": void,
            }  # fmt: skip
            if wall:
                content["wall"] = wall
            if sha256(encode_sorted(content)).hexdigest() != version_id:
                raise Found.WRONG_VERSION_ID.error(f"{path}:{number}")
            if (hlc, version_id) <= last:
                raise Found.WRONG_ORDER.error(f"{path}:{number}")
            last = (hlc, version_id)
            if is_present:
                for name in required_lists:
                    if name not in fields:
                        beyond.append(name)
            version = Version(
                type_name,
                schema,
                record_id,
                tuple(parents),
                hlc,
                author,
                device,
                reason,
                void,
                fields,
                version_id,
                wall,
            )
            aside = None
            if beyond:
                aside = self._findings.add(Found.OUT_OF_BOUNDS, f"{path}:{number}", column=beyond[0])
            elif is_present and not void and kind is not None and (differs := sums_differ(kind, fields)):
                title, why = differs
                aside = self._findings.add(
                    Found.DOES_NOT_AGREE, f"{path}:{number}", record=kind.label, title=title, why=why
                )
            yield version, aside

    def _check_extra(self, fields: dict[str, Any]) -> None:
        """Fields we know but the package has no column for must still be of their type: they go into our tables."""
        layout = layout_of(self.name)
        written = set(self._main.by_name)
        for column in layout.columns:
            if column.name in fields and column.name not in written and not column_fits(column, fields[column.name]):
                raise WrongType(column.name)
        for list_name, columns in layout.lists:
            items = fields.get(list_name)
            if items is None or list_name in self._lists:
                continue
            if type(items) is not list or not all(type(item) is dict for item in items):
                raise WrongType(list_name)
            for item in items:
                for column in columns:
                    if column.name in item and not column_fits(column, item[column.name]):
                        raise WrongType(f"{list_name}.{column.name}")

    def _kind_of(self, column: str) -> str:
        for columns in (self._main, *self._lists.values()):
            if column in columns.by_name:
                return columns.by_name[column].type
        return "JSON" if column == EXTRA else "value"


class _Lines:
    """The rows of a list table, one ahead, handed out version by version."""

    def __init__(self, rows: Iterator[list[str]], path: str) -> None:
        self.path = path
        self.number = 2
        self._rows = rows
        self.ahead = next(rows, None)

    def of(self, version_id: str, columns: _Columns, beyond: list[str], present: bool) -> list[dict[str, Any]]:
        """Return the lines of a version, which must come next and be numbered from 1."""
        items: list[dict[str, Any]] = []
        read = columns.fields
        while self.ahead is not None and self.ahead[0] == version_id:
            if self.ahead[1] != str(len(items) + 1):
                raise Found.STRAY_LINE.error(f"{self.path}:{self.number}")
            fields = read(self.ahead, beyond, present)
            if self.ahead[-1]:
                columns.add_extra(fields, self.ahead[-1])
            items.append(fields)
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
                raise Found.BROKEN_TABLE.error(f"{path}:{number}", why=f"{len(row)} != {width}")
            yield row
    except (csv.Error, UnicodeDecodeError) as error:
        raise Found.BROKEN_TABLE.error(f"{path}:{number + 1}", why=error) from error


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
