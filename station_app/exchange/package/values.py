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
from unicodedata import is_normalized

import msgspec

from station_app.domain.codes import code_list, has_list
from station_app.domain.derived import differing
from station_app.domain.fields import Field, Form, Kind, described_fields
from station_app.domain.problems import Severity
from station_app.domain.registry import RecordType, record_type
from station_app.domain.text import Text
from station_app.exchange.package.tables import TYPE_OF_KIND, Column, decode_json, encode_plain, list_fields, value_of
from station_app.storage.codec import decode_value
from station_app.storage.search import title_of
from station_app.storage.versions import Version

INT64 = 1 << 63
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,18})\Z")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,12})?\Z")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z\Z")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_CONTROL_LONG = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_MEMORY = 50_000

# Patterns of the forms that validation refuses otherwise; they also stand in the Table Schema.
PATTERNS = {
    Form.REGION: r"[0-9]{6}(?:[0-9]{3}(?:[0-9]{3})?)?",
    Form.IDENTITY: r"[0-9]{17}[0-9X]",
    Form.ACCOUNT: r"[0-9]{12,23}",
    Form.YEAR_MONTH: r"[0-9]{4}-[0-9]{2}",
}
LINK_PATTERN = r"[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
SHA256_PATTERN = r"[0-9a-f]{64}"
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


def bounds_check(field: Field) -> Check | None:
    """Return whether a JSON value keeps to its field's bounds, as a function; ``None`` when there are none."""
    kind = field.kind
    if kind is Kind.INTEGER:
        low = -INT64 if field.minimum is None else int(field.minimum)
        high = INT64 - 1 if field.maximum is None else int(field.maximum)
        return lambda value: low <= value <= high
    if kind is Kind.DECIMAL:
        places = field.places
        low = -INT64 if field.minimum is None else int(field.minimum.scaleb(places))
        high = INT64 - 1 if field.maximum is None else int(field.maximum.scaleb(places))
        tail = places + 1 if places else 0

        def decimal_fits(value: str) -> bool:
            right = value[-tail] == "." if tail and len(value) > tail else not tail and "." not in value
            return right and low <= int(value.replace(".", "")) <= high

        return decimal_fits
    if kind is Kind.CODE:
        if not has_list(field.codes):
            return None
        return code_list(field.codes).by_code.__contains__
    if kind is Kind.CODES:
        if not has_list(field.codes):
            return None
        known = code_list(field.codes).by_code
        return lambda value: all(item in known for item in value)
    if kind is Kind.LINK:
        return _matching(LINK_PATTERN)
    if kind is Kind.FILES:
        is_hash = re.compile(SHA256_PATTERN).fullmatch
        return lambda value: all(is_hash(item) for item in value)
    if kind is Kind.TEXT:
        if field.form in PATTERNS:
            return _matching(PATTERNS[field.form])
        return plain_text(field)
    return None


def plain_text(field: Field) -> Check:
    """Return whether a text is one a person could have saved: not too long, composed (NFC), without control characters
    (a workbook with one cannot be opened)."""
    limit = field.max_length
    control = (_CONTROL_LONG if field.form is Form.LONG else _CONTROL).search
    return lambda value: len(value) <= limit and is_normalized("NFC", value) and control(value) is None


def _matching(pattern: str) -> Check:
    fits = re.compile(pattern).fullmatch
    return lambda value: fits(value) is not None


_EXPECTED: dict[str, type[Any]] = {"integer": int, "boolean": bool, "array": list}


def column_fits(column: Column, value: Any) -> bool:
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


def examine(kind: RecordType, fields: Mapping[str, Any], present: bool, beyond: list[str]) -> None:
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


def _examine(described: tuple[Field, ...], values: Mapping[str, Any], present: bool, beyond: list[str]) -> None:
    for field in described:
        value = values.get(field.name)
        column, check = _column_and_check(field)
        if value is None or (value == "" and column.type == "string"):
            if value is None and field.name in values:
                raise WrongType(field.name)
            if present and field.required:
                beyond.append(field.name)
        elif not column_fits(column, value):
            raise WrongType(field.name)
        elif check is not None and not check(value):
            beyond.append(field.name)


@cache
def _column_and_check(field: Field) -> tuple[Column, Check | None]:
    return Column(field.name, TYPE_OF_KIND[field.kind]), bounds_check(field)


class _Read:
    """A record or line of a version, each value decoded when it is asked for: most have only a few that are."""

    def __init__(self, described: Mapping[str, Field], fields: Any) -> None:
        self._described, self._fields = described, fields

    def __getattr__(self, name: str) -> Any:
        field, raw = self._described[name], value_of(self._fields, name)
        if field.line is None:
            value = decode_value(field, raw)
        else:
            described = _lines_by_name(field)
            value = tuple(_Read(described, item) for item in raw or ())
        self.__dict__[name] = value
        return value


@cache
def _lines_by_name(listed: Field) -> dict[str, Field]:
    assert listed.line is not None
    return {field.name: field for field in described_fields(listed.line)}


def sums_differ(kind: RecordType, fields: Any) -> tuple[str, Text] | None:
    """Return title and reason of a version whose stored sums are not what their parts give, ``None`` when they are."""
    if not _has_sums(kind.name):
        return None
    found = differing(kind, _Read(kind.by_name, fields))
    if not found:
        return None
    text = Text("".join(p.text.zh for p in found[:3]), " ".join(p.text.en for p in found[:3]))
    return title_of(kind, fields if type(fields) is dict else msgspec.to_builtins(fields)), text


@cache
def _has_sums(type_name: str) -> bool:
    return any(each.severity is Severity.ERROR for each in record_type(type_name).derived)
