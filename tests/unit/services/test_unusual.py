"""What other records say against one: the last time, all others, what the land carries. It asks for a reason (SAV-012)."""

from __future__ import annotations

import dataclasses
from datetime import date
from decimal import Decimal

import pytest

from station_app.domain.problems import UserError
from station_app.domain.record_problems import RecordProblem
from station_app.domain.registry import record_type
from station_app.domain.samples import sample
from station_app.domain.usual import Spot
from station_app.services.entry import Entry
from station_app.services.unusual import FEWEST, Unusual

TODAY = date(2026, 12, 1)
KIND = record_type("livestock_count")
LINE = KIND.by_name["class_counts"].line
EWES = Spot("class_counts.head", ("sheep", "adult_female"))


@pytest.fixture
def entry(station):
    return Entry(station, lambda: TODAY)


def household(entry, n=0):
    return entry.save(sample("household", n)).record_id


def count(household_id, ewes, year=2026, occasion="mid_year", **named):
    month = {"mid_year": 6, "year_end": 12}[occasion]
    lines = (LINE(species_code="sheep", class_code="adult_female", head=ewes),)
    return sample("livestock_count", household_id=household_id, year=year, occasion=occasion, parcel_id=None,
                  counted_on=date(year, month, 28), class_counts=lines, **{"note": None, **named})  # fmt: skip


def asked(entry, record, **named):
    with pytest.raises(UserError) as refused:
        entry.save(record, **named)
    assert refused.value.code == "SAV-012"
    return [p.code for p in refused.value.problems], refused.value


def test_a_jump_against_the_last_count_of_the_same_occasion_asks_for_a_reason(station, entry) -> None:
    one = household(entry)
    entry.save(count(one, 62, 2024))
    entry.save(count(one, 64, 2025))
    entry.save(count(one, 640, 2025, "year_end", note="示例：另一时点"))
    codes, error = asked(entry, count(one, 641))
    assert codes == [RecordProblem.UNUSUAL_JUMP.code]
    assert "2025-06-28是 64" in error.text.zh and "约为 10 倍" in error.text.zh
    saved = entry.save(count(one, 641), reason="示例：兄弟两户合并")
    assert [p.code for p in saved.problems] == [RecordProblem.UNUSUAL_JUMP.code]


def test_a_later_count_is_no_last_time(entry) -> None:
    one = household(entry)
    entry.save(count(one, 640, 2026))
    entry.save(count(one, 62, 2025))  # entered later, of the year before


def test_a_correction_of_a_register_is_held_against_what_stood(entry) -> None:
    one = household(entry)
    parcel = sample("parcel", household_id=one, area_mu=Decimal("2811.000"), usable_area_mu=None, note=None)
    saved = entry.save(parcel)
    codes, error = asked(entry, dataclasses.replace(parcel, area_mu=Decimal("187.400")), record_id=saved.record_id)
    assert codes == [RecordProblem.UNUSUAL_JUMP.code] and "hm²" in error.text.zh


def test_where_a_line_belongs_to_a_household_the_line_before_is_the_last_time(entry, station) -> None:
    one = household(entry)
    lines = [sample("compensation_line", n, household_id=one) for n in range(3)]
    for line in lines[:2]:
        entry.save_many([(line, None)])
    [last] = Unusual(station.read).last(record_type("compensation_line"), [(lines[2], None)])
    assert last is not None and last.values[Spot("net_yuan")] == lines[1].net_yuan


def test_many_are_found_at_once_in_their_order(station, entry) -> None:
    homes = [household(entry, n) for n in range(3)]
    for n, one in enumerate(homes[:2]):
        entry.save(count(one, 50 + n, 2025))
    found = Unusual(station.read).last(KIND, [(count(one, 60), None) for one in reversed(homes)])
    assert [last and last.values[EWES] for last in found] == [None, 51, 50]


def test_a_household_without_a_last_time_is_held_against_the_others(station, entry) -> None:
    for n in range(FEWEST):
        entry.save(count(household(entry, n), 100 + n))
    codes, error = asked(entry, count(household(entry, 90), 700))
    assert codes == [RecordProblem.ABOVE_OTHERS.code] and "118" in error.text.zh
    entry.save(count(household(entry, 91), 400))


def test_one_wrong_value_that_was_let_in_does_not_become_the_measure(station, entry) -> None:
    for n in range(FEWEST + 5):
        entry.save(count(household(entry, n), 100))
    entry.save(count(household(entry, 89), 2_900), reason="示例")
    assert asked(entry, count(household(entry, 90), 2_000))[0] == [RecordProblem.ABOVE_OTHERS.code]


def test_stock_far_above_what_the_land_carries_is_asked_about(tmp_path) -> None:
    from station_app.county.training import build_training
    from station_app.storage.workspace import Workspace

    build_training(tmp_path)
    with Workspace.open(tmp_path / "station") as station:
        entry = Entry(station, lambda: TODAY)
        one = station.read.sql("SELECT household_id FROM livestock_count WHERE year=2026 ORDER BY rowkey LIMIT 1")[0][0]
        codes, error = asked(entry, count(one, 2_900))
        assert RecordProblem.ABOVE_CAPACITY.code in codes and "可载" in error.text.zh
