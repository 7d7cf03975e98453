"""Between a record object, the JSON of its version and the columns of its table. No value is converted elsewhere."""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from operator import attrgetter
from typing import Any, cast

import msgspec

from station_app.domain.fields import Field, Kind, described_fields
from station_app.domain.generic import JSON
from station_app.domain.registry import RecordType, record_type

Encoder = Callable[[Any], JSON]
Decoder = Callable[[Any], Any]


def _decimal_encoder(places: int) -> Encoder:
    quantum = Decimal(1).scaleb(-places)

    def encode(value: Decimal) -> str:
        fixed = value.quantize(quantum)
        if fixed != value:
            raise ValueError(f"{value} has more than {places} decimal places")
        return f"{fixed:f}" if fixed else f"{abs(fixed):f}"

    return encode


def _instant_text(value: datetime) -> str:
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@cache
def _encoder(field: Field) -> Encoder | None:
    """Return how a value becomes JSON; ``None`` where it already is."""
    if field.kind is Kind.DECIMAL:
        return _decimal_encoder(field.places)
    if field.kind is Kind.DATE:
        return date.isoformat
    if field.kind is Kind.INSTANT:
        return _instant_text
    if field.kind in (Kind.CODES, Kind.FILES):
        return list
    if field.kind is Kind.LINES:
        assert field.line is not None
        plan = _encoders(cast(Hashable, field.line))
        return lambda rows: [_encode_object(plan, row) for row in rows]
    return None


@cache
def _encoders(cls: Any) -> tuple[tuple[str, Encoder | None], ...]:
    return tuple((field.name, _encoder(field)) for field in described_fields(cls))


def _encode_object(plan: tuple[tuple[str, Encoder | None], ...], thing: object) -> dict[str, JSON]:
    out: dict[str, JSON] = {}
    values = thing.__dict__
    for name, encode in plan:
        value = values[name]
        if value is None or value == ():
            continue
        out[name] = value if encode is None else encode(value)
    return out


def to_json_fields(record: object) -> dict[str, JSON]:
    """Return the JSON fields of a record; empty values are left out.

    Raises:
        ValueError: a decimal has more places than its field keeps.
    """
    return _encode_object(_encoders(cast(Hashable, type(record))), record)


def encode_value(field: Field, value: object) -> JSON:
    """Return the JSON of one value that is not empty.

    Raises:
        ValueError: a decimal has more places than its field keeps.
    """
    encode = _encoder(field)
    return value if encode is None else encode(value)


@cache
def _decoder(field: Field) -> Decoder | None:
    """Return how a JSON value that is not null becomes a value; ``None`` where it already is."""
    if field.kind is Kind.DECIMAL:
        return Decimal
    if field.kind is Kind.DATE:
        return date.fromisoformat
    if field.kind is Kind.INSTANT:
        return datetime.fromisoformat
    if field.kind in (Kind.CODES, Kind.FILES):
        return tuple
    if field.kind is Kind.LINES:
        assert field.line is not None
        cls = field.line
        return lambda rows: tuple([_decode_object(cls, row) for row in rows])
    return None


def decode_value(field: Field, value: JSON) -> Any:
    """Return the Python value of one JSON value.

    Raises:
        ValueError, TypeError, ArithmeticError: the JSON value is not of the field's kind.
    """
    decode = _decoder(field)
    return field.empty if value is None else value if decode is None else decode(value)


_plans: dict[type, tuple[dict[str, JSON], dict[str, Decoder | None]]] = {}


def _decode_object(cls: type[object], values: Mapping[str, JSON]) -> object:
    """Return the record or line of what is there, all else empty. It is filled as ``__init__`` would, without a call for
    each of its forty fields: most are empty."""
    plan = _plans.get(cls)
    if plan is None:
        described = described_fields(cls)
        plan = _plans[cls] = {f.name: f.empty for f in described}, {f.name: _decoder(f) for f in described}
    empty, decoders = plan
    made: object = object.__new__(cls)
    filled = made.__dict__
    filled.update(empty)
    for name, value in values.items():
        if value is not None and name in empty:
            decode = decoders[name]
            filled[name] = value if decode is None else decode(value)
    return made


def from_json_fields(kind: RecordType | str, fields: Mapping[str, JSON]) -> Any:
    """Return the record object; fields this program does not know are ignored (they stay in the version)."""
    described = record_type(kind) if isinstance(kind, str) else kind
    return _decode_object(described.cls, fields)


def reader_of(names: Sequence[str]) -> Callable[[object], tuple[JSON, ...]]:
    """Return what takes fields, in this order, out of the JSON of a version or the typed object it was read into (as that holds
    them); ``None`` where one is empty."""
    take, several = attrgetter(*names) if names else None, len(names) > 1

    def read(fields: object) -> tuple[JSON, ...]:
        if type(fields) is dict:
            return tuple([fields.get(name) for name in names])
        if take is None:
            return ()
        return take(fields) if several else (take(fields),)

    return read


def json_reader_of(names: Sequence[str]) -> Callable[[Iterable[object]], list[tuple[JSON, ...]]]:
    """Return what takes fields of many versions out as JSON values."""
    read = reader_of(names)

    def read_all(versions: Iterable[object]) -> list[tuple[JSON, ...]]:
        found: list[tuple[JSON, ...]] = msgspec.to_builtins(list(map(read, versions)))
        return found

    return read_all


def column_reader(name: str) -> Callable[[Sequence[object]], list[Any]]:
    """Return what takes one field out of each of many versions or lines, as ``reader_of`` does."""
    take = attrgetter(name)

    def read(things: Sequence[object]) -> list[Any]:
        if dict in set(map(type, things)):
            return [thing.get(name) if type(thing) is dict else take(thing) for thing in things]
        return list(map(take, things))

    return read


def unknown_fields(kind: RecordType, fields: Mapping[str, JSON]) -> dict[str, JSON]:
    """Return the fields of a newer program that this one does not know; a correction carries them on."""
    known = kind.by_name
    return {name: value for name, value in fields.items() if name not in known}


# --- columns ---------------------------------------------------------------------------------------------------------


def scaled(text: str) -> int:
    """Return a fixed-place decimal text as a scaled integer: ``"12.340"`` is 12340."""
    return int(text.replace(".", "", 1))


def column_type(field: Field) -> str:
    """Return the STRICT column type of a field."""
    return "INTEGER" if field.kind in (Kind.INTEGER, Kind.DECIMAL, Kind.BOOL) else "TEXT"


def _to_list_text(value: JSON) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def column_writer(field: Field) -> Encoder | None:
    """Return how a JSON value becomes a column value; ``None`` where it already is."""
    if field.kind is Kind.DECIMAL:
        return scaled
    if field.kind is Kind.BOOL:
        return int
    if field.kind in (Kind.CODES, Kind.FILES):
        return _to_list_text
    return None


def column_value(field: Field, value: object) -> object:
    """Return a Python value as its column holds it, for filters."""
    if value is None:
        return None
    as_json = encode_value(field, value)
    write = column_writer(field)
    return as_json if write is None else write(as_json)


def from_column(field: Field, value: Any) -> Any:
    """Return the Python value of a column value."""
    if value is None:
        return () if field.kind in (Kind.CODES, Kind.FILES) else None
    if field.kind is Kind.DECIMAL:
        return Decimal(value).scaleb(-field.places)
    if field.kind is Kind.BOOL:
        return bool(value)
    if field.kind in (Kind.CODES, Kind.FILES):
        return tuple(json.loads(value))
    return decode_value(field, value)
