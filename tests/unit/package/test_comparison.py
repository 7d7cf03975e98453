"""What every version of a package is held against: read as whole numbers, by quick bounds that let nothing unlikely through,
and added up by the latest version of each record."""

from __future__ import annotations

import random
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from package_helpers import make_county

from station_app.domain.registry import RecordType, all_types, record_type
from station_app.domain.samples import sample
from station_app.domain.text import Text
from station_app.domain.usual import (
    Number,
    Spot,
    against_last,
    against_others,
    alarm,
    beyond_bounds,
    measures,
    numbers,
    totals,
)
from station_app.exchange.package import latest
from station_app.exchange.package.comparison import Comparing, Passing
from station_app.exchange.package.latest import LatestSums
from station_app.exchange.package.lines import line_reader
from station_app.services.unusual import Unusual, Values, columns_reader, unscaled
from station_app.storage.canonical import encode_sorted
from station_app.storage.clock import new_record_id
from station_app.storage.codec import to_json_fields
from station_app.storage.reference import install_code_lists

install_code_lists()
KINDS = [kind.name for kind in all_types() if measures(kind)]
BEFORE = Text("上次", "last time")


def messy(kind: RecordType, rnd: random.Random) -> dict[str, Any]:
    """Return the fields of a sample whose numbers are off by digits, with a line that stands twice."""
    fields = to_json_fields(sample(kind.name, rnd.randrange(50)))
    flat = {m.field.name for m in measures(kind) if not m.list_name}
    inside = {(m.list_name, m.field.name) for m in measures(kind) if m.list_name}
    for name in flat & set(fields):
        fields[name] = off(fields[name], rnd)
    for name in {listed for listed, _ in inside} & set(fields):
        rows = [dict(row) for row in fields[name]]
        for row in rows:
            row.update({n: off(v, rnd) for n, v in row.items() if (name, n) in inside})
        fields[name] = [*rows, dict(rows[0])] if rnd.random() < 0.2 else rows
    return fields


def off(value: int | str, rnd: random.Random) -> int | str:
    times = rnd.choice([1, 1, 1, 2, 3, 4, 5, 6, 10, 100, 10_000, 0])
    if isinstance(value, int):
        return value * times // rnd.choice([1, 1, 7])
    return str((Decimal(value) * times).quantize(Decimal(value)))


def read_one(name: str, fields: object) -> tuple[Values, bool]:
    """Return the numbers of one version, and whether lines of the same codes were added up."""
    columns = columns_reader(name)([fields])
    return columns.by_version[0], bool(columns.doubled)


@pytest.mark.parametrize("name", KINDS)
def test_numbers_are_read_as_columns_hold_them(name: str) -> None:
    kind, rnd = record_type(name), random.Random(name)
    many = [messy(kind, rnd) for _ in range(10)]
    together = columns_reader(name)(many)
    for number, fields in enumerate(many):
        values, doubled = read_one(name, fields)
        assert unscaled(kind, values) == totals(numbers(kind, fields))
        assert doubled == (len(values) < len(list(numbers(kind, fields))))
        assert (together.by_version[number], number in together.doubled) == (values, doubled)


@pytest.fixture(scope="module")
def unusual(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Unusual]:
    with make_county(tmp_path_factory.mktemp("county") / "c") as county:
        yield Unusual(county.read)


@pytest.mark.parametrize("name", KINDS)
def test_what_is_new_is_compared_together_as_by_itself(
    name: str, unusual: Unusual, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind, rnd = record_type(name), random.Random(name)
    ids = [new_record_id() for _ in range(20)]
    many = [Passing(rnd.choice(ids), rnd.random() < 0.1, messy(kind, rnd), "示例") for _ in range(60)]

    def said() -> tuple[object, ...]:
        comparing = Comparing(unusual)
        for part in (many[:40], many[40:]):
            comparing.note(name, part)
            comparing._work_off()
        found = comparing.result()
        changes = sorted((c.label.zh, c.before, c.after, len(c.problems)) for c in found.changes)
        return found.totals, changes, found.unlikely, found.without_last_time

    together, one_by_one = said(), []
    take = Comparing._take

    def counted(self: Comparing, *given: Any) -> None:
        one_by_one.append(given)
        take(self, *given)

    monkeypatch.setattr(Comparing, "_asked_about", lambda self, kind, living, columns, new, common: set(new))
    monkeypatch.setattr(Comparing, "_take", counted)
    assert together == said() and len(one_by_one) > 20


def test_a_typed_line_reads_as_its_json() -> None:
    fields = to_json_fields(sample("livestock_count", 3))
    raw = encode_sorted({
        "author": "示例员", "device": "7f3ad1b851", "fields": fields, "hlc": "1795239570000-000000", "parent_ids": [], "reason": "",
        "record_id": new_record_id(), "record_type": "livestock_count", "schema_version": 1, "void": False,
    })  # fmt: skip
    (line,) = line_reader("livestock_count").read([raw])
    assert type(line.content.fields) is not dict
    assert read_one("livestock_count", line.content.fields) == read_one("livestock_count", fields)


@pytest.mark.parametrize("name", KINDS)
def test_what_stays_within_its_alarm_is_never_asked_about(name: str) -> None:
    kind, rnd = record_type(name), random.Random(name)
    asked = 0
    for _ in range(40):
        fields, before = messy(kind, rnd), messy(kind, rnd)
        now, doubled = read_one(name, fields)
        last = read_one(name, before)[0] if rnd.random() < 0.7 else {}
        common = {
            spot: value / rnd.choice([3, 12, 30]) for spot, value in unscaled(kind, now).items() if rnd.random() < 0.5
        }
        found = beyond_bounds(kind, fields) + against_others(kind, fields, common)
        found += against_last(kind, fields, unscaled(kind, last), BEFORE)
        spots = {
            (n.measure.path if n.line else n.measure.field.name, n.line or None): n.spot for n in numbers(kind, fields)
        }
        for problem in found:
            asked += 1
            spot = spots[problem.field, problem.line]
            held = alarm(kind, spot, common.get(spot))
            loud = now[spot] > held.most or now[spot] < held.least
            assert doubled or loud or (spot in last and held.is_jump(last[spot], now[spot])), problem
    assert asked or name in ("calculation_scheme", "capacity_approval"), name  # else nothing was tried


@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from("ab"), st.integers(-(1 << 70), 1 << 70), st.booleans())))
def test_the_latest_version_of_a_record_counts(passing: list[tuple[int, str, int, bool]]) -> None:
    ids = [new_record_id() for _ in range(6)]
    sums, by_record = LatestSums(), {}
    for who, key, value, void in passing:
        version = sums.note([ids[who]])
        by_record[who] = {} if void else {key: value, "number": 1}
        for name, number in by_record[who].items():
            sums.add(name, (version,), (number,))
    wanted = {key: sum(values.get(key, 0) for values in by_record.values()) for key in ("a", "b", "number")}
    found = sums.sums(sums.latest())
    assert {key: found.get(key, 0) for key in wanted} == wanted


def test_many_records_are_told_apart_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(latest, "PART", 7)
    ids = [new_record_id() for _ in range(100)] + ["no id of ours"]
    sums = LatestSums()
    for _ in range(3):
        first = sums.note(ids)
        for version in range(first, first + len(ids)):
            sums.add("all", (version,), (1,))
    assert sums.latest() == bytes(202) + bytes([1]) * 101
    assert sums.sums(sums.latest()) == {"all": 101}


def test_numbers_of_a_line_are_known_by_their_codes() -> None:
    kind = record_type("livestock_count")
    (number, *_) = numbers(kind, {"class_counts": [{"species_code": "sheep", "class_code": "adult_male", "head": 3}]})
    assert isinstance(number, Number) and number.spot == Spot("class_counts.head", ("sheep", "adult_male"))
    assert read_one(kind.name, {"class_counts": [{"species_code": "sheep", "class_code": "adult_male", "head": 3}]}) == (
        {number.spot: 3}, False,
    )  # fmt: skip
