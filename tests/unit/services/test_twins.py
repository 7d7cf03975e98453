"""Two laptops enter the same thing; together they have it twice until a person keeps one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from package_helpers import introduce, make_county, make_station
from unit_helpers import household, livestock_count

from station_app.county.receive import apply_receive, plan_receive
from station_app.domain.problems import UserError
from station_app.exchange.package.build import build_package
from station_app.services.checking import look_before_sending
from station_app.services.entry import Entry
from station_app.services.twins import count_twins, find_twins, keep_one
from station_app.storage.reader import Query
from station_app.storage.workspace import Workspace


@pytest.fixture
def laptops(tmp_path: Path) -> Iterator[tuple[Workspace, Workspace, Workspace]]:
    """Two laptops of one station and their county."""
    county = make_county(tmp_path / "旗")
    one, two = make_station(tmp_path / "甲"), make_station(tmp_path / "乙")
    introduce(one, county)
    introduce(two, county)
    yield one, two, county
    for each in (one, two, county):
        each.close()


def send(station: Workspace, county: Workspace, out: Path) -> None:
    out.mkdir(exist_ok=True)
    apply_receive(county, plan_receive(county, build_package(station, out).path), out)


def pour(source: Workspace, target: Workspace) -> None:
    """Merge one journal into another, as two laptops at one desk do."""
    versions = [source.journal.load(i) for (i,) in source.read.sql("SELECT version_id FROM version ORDER BY seq")]
    with target.journal.transaction():
        target.journal.append(versions)


def enter(workspace: Workspace, heads: int) -> tuple[str, str]:
    entry = Entry(workspace)
    home = entry.save(household(1)).record_id
    return home, entry.save(livestock_count(home, heads)).record_id


def test_the_county_sees_what_two_laptops_entered_twice(
    laptops: tuple[Workspace, Workspace, Workspace], tmp_path: Path
) -> None:
    one, two, county = laptops
    enter(one, 100)
    enter(two, 120)
    assert count_twins(one.read) == 0
    send(one, county, tmp_path / "一")
    assert count_twins(county.read) == 0
    send(two, county, tmp_path / "二")
    assert count_twins(county.read) == 1
    (twins,) = find_twins(county.read)
    assert twins.type_name == "household" and len(twins.rows) == 2
    assert {row.record.code for row in twins.rows} == {household(1).code}


def test_keeping_one_moves_what_belonged_to_the_other(
    laptops: tuple[Workspace, Workspace, Workspace], tmp_path: Path
) -> None:
    one, two, _ = laptops
    home, _ = enter(one, 100)
    other = Entry(two).save(household(1)).record_id
    later = Entry(two, today=lambda: date(2026, 12, 31)).save(
        livestock_count(other, 90, occasion="year_end", counted_on=date(2026, 12, 20))
    )
    pour(two, one)
    (twins,) = find_twins(one.read)
    entry = Entry(one, today=lambda: date(2026, 12, 31))
    assert keep_one(one, entry, twins, home, "与另一台电脑重复") == 2
    assert find_twins(one.read) == []
    counts = one.read.rows(Query("livestock_count"))
    assert {row.record.household_id for row in counts} == {home} and len(counts) == 2
    gone = one.read.get("household", other)
    assert gone is not None and gone.void
    assert [v.reason for v in one.read.history(later.record_id)][0] == "与另一台电脑重复"


def test_the_same_words_on_both_sides_are_voided_with_the_other(
    laptops: tuple[Workspace, Workspace, Workspace],
) -> None:
    one, two, _ = laptops
    home, count = enter(one, 100)
    _, twin_count = enter(two, 100)
    pour(two, one)
    (twins,) = find_twins(one.read)
    keep_one(one, Entry(one), twins, home, "重复")
    assert [row.record_id for row in one.read.rows(Query("livestock_count"))] == [count]
    assert one.read.get("livestock_count", twin_count).void  # type: ignore[union-attr]


def test_what_differs_below_comes_first_and_nothing_changes(laptops: tuple[Workspace, Workspace, Workspace]) -> None:
    one, two, _ = laptops
    home, count = enter(one, 100)
    _, other_count = enter(two, 120)
    pour(two, one)
    (twins,) = find_twins(one.read)
    size = one.read.journal_size()
    with pytest.raises(UserError) as refused:
        keep_one(one, Entry(one), twins, home, "重复")
    assert refused.value.code == "TWN-002" and "牲畜清点" in refused.value.text.zh
    assert one.read.journal_size() == size
    Entry(one).void(other_count, "数错了")
    keep_one(one, Entry(one), twins, home, "重复")
    assert [row.record_id for row in one.read.rows(Query("livestock_count"))] == [count]
    assert find_twins(one.read) == []


def test_only_one_of_them_can_be_kept(laptops: tuple[Workspace, Workspace, Workspace]) -> None:
    one, two, _ = laptops
    enter(one, 100)
    enter(two, 100)
    pour(two, one)
    (twins,) = find_twins(one.read)
    with pytest.raises(UserError) as refused:
        keep_one(one, Entry(one), twins, "something else", "重复")
    assert refused.value.code == "TWN-001"


def test_the_look_before_sending_names_twins(laptops: tuple[Workspace, Workspace, Workspace]) -> None:
    one, two, _ = laptops
    home, _ = enter(one, 100)
    enter(two, 100)
    pour(two, one)
    found: list[Any] = [f for f in look_before_sending(one.read, date(2026, 7, 1)).findings if f.problem.code == "SND-006"]
    assert {f.record_id for f in found} >= {home} and len(found) == 2
