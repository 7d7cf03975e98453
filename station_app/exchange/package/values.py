"""Values in packages: exact, typed, and held against the bounds of the record descriptions.

A value of the wrong type refuses the package (no program of ours writes one). A value beyond its bounds or an unknown code
only sets its version aside: the other side may run a newer program.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import cache
from typing import Any

from station_app.domain.derived import differing
from station_app.domain.fields import Field, Kind
from station_app.domain.problems import Severity
from station_app.domain.registry import RecordType, record_type
from station_app.domain.text import Text
from station_app.domain.value_checks import checker
from station_app.exchange.package.tables import TYPE_OF_KIND, Column, decode_json, encode_plain, list_fields
from station_app.storage.codec import decode_value, encode_value, from_json_fields
from station_app.storage.versions import Version

INT64 = 1 << 63
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,18})\Z")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,12})?\Z")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z\Z")
_MEMORY = 50_000

WALL_PATTERN = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z"

Convert = Callable[[str], Any]
Check = Callable[[Any], bool]


class WrongType(ValueError):
    """The cell is not of its column's type."""


def _integer(cell: str) -> int:
    if not _INTEGER.match(cell) or not -INT64 <= (value := int(cell)) < INT64 or cell == "-0":
        raise WrongType
    return value


def _number(cell: str) -> str:
    if not _NUMBER.match(cell) or not -INT64 <= int(cell.replace(".", "")) < INT64:
        raise WrongType
    return cell


def _remembered(check: Callable[[str], object], form: re.Pattern[str]) -> Convert:
    """Days repeat by the thousand: each is looked at once."""
    good: set[str] = set()

    def convert(cell: str) -> str:
        if cell not in good:
            if not form.match(cell):
                raise WrongType
            try:
                check(cell)
            except ValueError as error:
                raise WrongType from error
            if len(good) < _MEMORY:
                good.add(cell)
        return cell

    return convert


def _boolean(cell: str) -> bool:
    if cell == "true":
        return True
    if cell == "false":
        return False
    raise WrongType


def _array(cell: str) -> list[str]:
    try:
        value = decode_json(cell)
    except ValueError as error:
        raise WrongType from error
    if type(value) is not list or not all(type(item) is str for item in value) or encode_plain(value).decode() != cell:
        raise WrongType
    return value


@cache
def converter(column_type: str) -> Convert | None:
    """Return how a cell of a Table Schema type becomes a JSON value; ``None`` where it already is."""
    return {
        "string": None,
        "number": _number,
        "integer": _integer,
        "date": _remembered(date.fromisoformat, _DATE),
        "datetime": _remembered(datetime.fromisoformat, _INSTANT),
        "boolean": _boolean,
        "array": _array,
    }[column_type]


@cache
def right(field: Field) -> Check:
    """Return whether a JSON value of the field's column type is one a person could have saved, in the form it is saved in:
    what the field's checker calls an error is none. No day is compared with today's."""
    check = checker(field)

    def is_right(value: object) -> bool:
        decoded = decode_value(field, value)
        wrong = check(decoded, None)
        if wrong is not None and wrong.severity is Severity.ERROR:
            return False
        return field.kind is not Kind.DECIMAL or encode_value(field, decoded) == value

    return is_right


_EXPECTED: dict[str, type] = {"integer": int, "boolean": bool, "array": list}


def column_fits(column: Column, value: object) -> bool:
    """Whether a JSON value that came without a column (in ``_extra``) is what the column would have held."""
    convert = converter(column.type)
    if type(value) is not _EXPECTED.get(column.type, str) or value == "":
        return False
    cell = value if isinstance(value, str) else encode_plain(value).decode()
    try:
        return convert is None or bool(convert(cell) == value)
    except WrongType:
        return False


def fields_beyond(kind: RecordType, version: Version) -> list[str]:
    """Return the fields of a version that are missing, of the wrong type or beyond their bounds today."""
    found: list[str] = []
    try:
        examine(kind, version.fields, version.schema_version == kind.version, found)
    except WrongType as error:
        found.append(str(error))
    return found


def examine(kind: RecordType, fields: Mapping[str, object], present: bool, beyond: list[str]) -> None:
    """Hold the fields of a version, in JSON, against today's description; what is missing (where ``present``: the version is
    of it) or beyond its bounds is added to ``beyond``.

    Raises:
        WrongType: a value is not of its field's type at all.
    """
    _examine(kind.scalars, fields, present, beyond)
    for field in kind.lists:
        items = fields.get(field.name)
        if items is None:
            if field.name in fields:
                raise WrongType(field.name)
            if present and field.required:
                beyond.append(field.name)
        elif type(items) is not list or not all(type(item) is dict for item in items):
            raise WrongType(field.name)
        else:
            for item in items:
                _examine(list_fields(kind, field.name), item, present, beyond)


def _examine(described: tuple[Field, ...], values: Mapping[str, object], present: bool, beyond: list[str]) -> None:
    for field in described:
        value = values.get(field.name)
        column = Column(field.name, TYPE_OF_KIND[field.kind])
        if value is None or (value == "" and column.type == "string"):
            if value is None and field.name in values:
                raise WrongType(field.name)
            if present and field.required:
                beyond.append(field.name)
        elif not column_fits(column, value):
            raise WrongType(field.name)
        elif not right(field)(value):
            beyond.append(field.name)


def sums_differ(kind: RecordType, fields: Any) -> Text | None:
    """Return why the stored sums of a version are not what their parts give, ``None`` where they are.

    Args:
        fields: What it says, each value found right in itself: JSON values, or an object that reads like the record.
    """
    found = differing(kind, from_json_fields(kind, fields) if type(fields) is dict else fields)
    return Text("".join(p.text.zh for p in found[:3]), " ".join(p.text.en for p in found[:3])) if found else None


@cache
def has_sums(type_name: str) -> bool:
    """Whether something in a record of a type is a sum of the rest of it."""
    return any(each.severity is Severity.ERROR for each in record_type(type_name).derived)
