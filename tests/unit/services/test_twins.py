"""Two laptops enter the same thing; taking it in says so, and together they have it twice until a person keeps one."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from package_helpers import introduce, make_county, make_station
from unit_helpers import household, livestock_count

from station_app.county.receive import Received, apply_receive, plan_receive
from station_app.domain.problems import Severity, UserError
from station_app.domain.text import Text
from station_app.exchange.package.build import build_package
from station_app.exchange.package.colleagues import plan_taking, take_in
from station_app.exchange.package.intake import IntakePlan
from station_app.exchange.whole_check import check_all
from station_app.services.checking import look_before_sending
from station_app.services.entry import Entry
from station_app.services.twins import NAMED, ArrivingTwins, count_twins, find_twins, keep_one
from station_app.storage.codec import to_json_fields
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


def send(station: Workspace, county: Workspace, out: Path) -> tuple[IntakePlan, Received]:
    out.mkdir(exist_ok=True)
    plan = plan_receive(county, build_package(station, out).path)
    return plan, apply_receive(county, plan, out)


def named(found: Any) -> list[Text]:
    """What is said to be on record twice."""
    return [p.text for p in found.problems if p.code == "TWN-004"]


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
    found: list[Any] = [
        f for f in look_before_sending(one.read, date(2026, 7, 1)).findings if f.problem.code == "SND-006"
    ]
    assert {f.record_id for f in found} >= {home} and len(found) == 2


def test_taking_in_names_what_is_here_under_another_record(
    laptops: tuple[Workspace, Workspace, Workspace], tmp_path: Path
) -> None:
    one, two, county = laptops
    enter(one, 100)
    Entry(two).save(dataclasses.replace(household(1), head_name="示例另一户"))
    Entry(two).save(household(2))
    plan, received = send(one, county, tmp_path / "一")
    assert not named(plan) and not named(received) and not plan.comparison.asks
    assert check_all(county.folder).problems == []
    plan, received = send(two, county, tmp_path / "二")
    (text,) = named(plan)
    for part in (
        "牧户",
        "户编码",
        household(1).code,
        household(1).head_name,
        "示例另一户",
        one.identity.author,
        "退回",
    ):
        assert part in text.zh, part
    assert "return the others" in text.en
    assert plan.ok and (plan.comparison.twins, plan.comparison.asks) == (1, True)
    assert [p.severity for p in plan.comparison.twice] == [Severity.WARN]
    assert named(received) == [text]
    report = check_all(county.folder)
    assert (
        report.ok and [p.code for p in report.problems] == ["SND-006"] and household(1).code in report.problems[0].place
    )


def test_what_stands_twice_already_is_not_told_again(
    laptops: tuple[Workspace, Workspace, Workspace], tmp_path: Path
) -> None:
    one, two, county = laptops
    home, _ = enter(one, 100)
    enter(two, 100)
    send(one, county, tmp_path / "一")
    assert len(named(send(two, county, tmp_path / "二")[0])) == 1
    Entry(one).save(dataclasses.replace(household(1), head_name="示例改名"), record_id=home, reason="示例")
    plan, _ = send(one, county, tmp_path / "三")
    assert plan.new == 1 and not named(plan)


def test_a_package_that_takes_the_other_away_brings_no_twin(
    laptops: tuple[Workspace, Workspace, Workspace], tmp_path: Path
) -> None:
    one, _, county = laptops
    home = Entry(one).save(household(1)).record_id
    send(one, county, tmp_path / "一")
    Entry(one).void(home, "示例")
    Entry(one).save(household(1))
    plan, _ = send(one, county, tmp_path / "二")
    assert plan.new == 2 and not named(plan) and count_twins(county.read) == 0


def test_both_may_come_at_once(laptops: tuple[Workspace, Workspace, Workspace]) -> None:
    county = laptops[2]
    fields = to_json_fields(household(1))
    arriving = ArrivingTwins(county.read)
    arriving.note("household", [(record_id, False, fields) for record_id in ("one", "two", "three")])
    arriving.note("household", [("three", True, fields)])  # voided later in the same package
    arriving.note("parcel", [("one", False, {"code": household(1).code})])  # another type has keys of its own
    number, (problem,) = arriving.result(county.identity.role)
    assert number == 1 and "不止一条" in problem.text.zh and household(1).code in problem.text.zh


def test_ten_are_named_and_the_rest_counted(laptops: tuple[Workspace, Workspace, Workspace], tmp_path: Path) -> None:
    one, two, county = laptops
    for laptop in (one, two):
        for number in range(NAMED + 3):
            Entry(laptop).save(household(number))
    send(one, county, tmp_path / "一")
    plan, _ = send(two, county, tmp_path / "二")
    assert len(named(plan)) == NAMED + 1 and "3" in named(plan)[-1].zh and plan.comparison.twins == NAMED + 3
    report = check_all(county.folder)
    assert len(report.problems) == NAMED + 1 and "3" in report.problems[-1].text.zh
    assert report.counts["entered_twice"] == NAMED + 3


def test_a_colleagues_package_names_what_both_entered(
    laptops: tuple[Workspace, Workspace, Workspace], tmp_path: Path
) -> None:
    one, two, _ = laptops
    introduce(one, two)
    home = Entry(one).save(household(1)).record_id
    take_in(two, build_package(one, tmp_path, recipient=two.identity.device_id).path)
    Entry(one).save(livestock_count(home, 100))
    Entry(two).save(livestock_count(home, 120))
    plan = plan_taking(two, build_package(one, tmp_path, recipient=two.identity.device_id).path)
    (text,) = named(plan)
    assert "牲畜清点" in text.zh and household(1).code in text.zh and "保留一条" in text.zh  # the household by its name
    assert named(take_in(two, plan.path, plan=plan)) == [text] and count_twins(two.read) == 1
