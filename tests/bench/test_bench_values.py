"""Values of records beside a typed decoder in C: what reading and checking a version costs. Ratios of medians in one run.

The peer is ``msgspec``: converting the same JSON values into a struct of the field's types (decode), and into one whose
types also hold the bounds, patterns and codes a type can say (decode and check). It knows no sentence to say, no check
digit, no day of today and no rule between fields.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from station_app.domain.fields import Field, Kind, described_fields
from station_app.domain.registry import record_type
from station_app.domain.samples import sample
from station_app.domain.validation import check_record
from station_app.exchange.package.lines import _Typed
from station_app.storage.codec import from_json_fields, to_json_fields

pytestmark = pytest.mark.bench
TODAY = date(2026, 7, 1)
TYPES = ("household", "parcel", "livestock_count", "compensation_line", "herb_quadrat")
_PLAIN = {
    Kind.INTEGER: int, Kind.DECIMAL: Decimal, Kind.DATE: date, Kind.INSTANT: datetime, Kind.BOOL: bool,
    Kind.CODES: tuple[str, ...], Kind.FILES: tuple[str, ...],
}  # fmt: skip


def struct_of(name: str, described: Sequence[Field]) -> Any:
    """Return a struct of the fields' Python types."""
    members: list[Any] = []
    for field in described:
        if field.kind is Kind.LINES:
            assert field.line is not None
            inside = struct_of(field.name, described_fields(field.line))
            members.append((field.name, tuple[inside, ...], ()))
        else:
            members.append((field.name, _PLAIN.get(field.kind, str) | None, None))
    return msgspec.defstruct(name, members, kw_only=True)


def microseconds(run: Callable[[Any], object], things: Sequence[Any]) -> float:
    """Return the median processor time of one call."""
    out = []
    for _ in range(9):
        start = time.process_time()
        for _ in range(20):
            for thing in things:
                run(thing)
        out.append((time.process_time() - start) / 20 / len(things) * 1e6)
    return statistics.median(out)


@pytest.mark.parametrize("name", TYPES)
def test_decoding_and_checking_a_version(name: str) -> None:
    kind = record_type(name)
    records = [sample(name, n) for n in range(40)]
    values = [msgspec.json.decode(msgspec.json.encode(to_json_fields(record))) for record in records]
    assert [from_json_fields(kind, fields) for fields in values] == records
    plain, typed = struct_of(name, kind.fields), _Typed(name, kind.fields)

    decode = microseconds(lambda fields: from_json_fields(kind, fields), values)
    decode_peer = microseconds(lambda fields: msgspec.convert(fields, plain), values)
    check = microseconds(lambda record: check_record(record, TODAY), records)
    check_peer = microseconds(lambda fields: typed.holds(msgspec.convert(fields, typed.struct)), values)
    print(
        f"\n{name}: decode {decode:.1f} µs | msgspec.convert {decode_peer:.1f} µs | ratio {decode / decode_peer:.2f}"
        f"\n{name}: check {check:.1f} µs (≤ 120) | msgspec with bounds {check_peer:.1f} µs | ratio {check / check_peer:.2f}"
    )
