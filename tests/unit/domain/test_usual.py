"""What is usual: bounds as data, jumps, others; a slip of digits or units is named. Nothing is refused."""

from __future__ import annotations

from decimal import Decimal

import pytest

from station_app.domain import usual
from station_app.domain.problems import Severity
from station_app.domain.record_problems import RecordProblem
from station_app.domain.registry import all_types, record_type
from station_app.domain.samples import sample
from station_app.domain.text import Text
from station_app.domain.usual import Spot
from station_app.domain.validation import check_record, check_values
from station_app.storage.reference import USUAL_VALUES, install_code_lists, read_usual_values, resource_folder

install_code_lists()
D = Decimal
COUNT = record_type("livestock_count")
LINE = COUNT.by_name["class_counts"].line
LAST_YEAR = Text("2025 年", "in 2025")
UNUSUAL = (RecordProblem.UNUSUALLY_HIGH.code, RecordProblem.UNUSUALLY_LOW.code)


def counted(*rows: tuple[str, str, int]):
    return sample("livestock_count", class_counts=tuple(LINE(species_code=s, class_code=c, head=n) for s, c, n in rows))


@pytest.mark.parametrize(
    "row", [("sheep", "adult_male", 1_000_000), ("sheep", "adult_female", 81_920), ("sheep", "young", 101_911),
            ("sheep", "adult_male", 201), ("cattle", "adult_female", 801), ("camel", "adult_male", 101)])  # fmt: skip
def test_a_herd_no_household_has_is_asked_about_and_not_refused(row) -> None:
    found = check_record(counted(("goat", "adult_female", 20), row))
    assert [(p.code, p.severity, p.field, p.line) for p in found] == [
        (RecordProblem.UNUSUALLY_HIGH.code, Severity.WARN, "class_counts.head", 2)]  # fmt: skip
    assert f"{row[2]:,}" in found[0].text.zh


def test_the_bound_is_of_the_species_and_class() -> None:
    assert check_record(counted(("sheep", "adult_female", 2_900), ("sheep", "adult_male", 90))) == []


def test_a_form_that_is_not_a_record_yet_is_asked_as_well() -> None:
    typed = {"class_counts": [{"species_code": "sheep", "class_code": "adult_male", "head": "5000"}]}
    assert RecordProblem.UNUSUALLY_HIGH.code in [p.code for p in check_values("livestock_count", typed)]


def test_the_bounds_are_data_with_a_mark_and_a_reason() -> None:
    rows = read_usual_values(resource_folder() / USUAL_VALUES)
    assert all(row.confidence in ("A", "B", "C", "P") and row.source for row in rows)
    types = {kind.name: kind for kind in all_types()}
    for row in rows:
        if row.record_type == usual.ANY or row.field.startswith("_"):
            continue
        paths = {m.path for m in usual.measures(types[row.record_type])}
        assert row.field == usual.ANY or row.field.endswith(".*") or row.field in paths, row
        lists = [f for kind in (types[row.record_type],) for f in kind.lists]
        names = set(types[row.record_type].by_name) | {
            f.name for each in lists for f in usual.described_fields(each.line)
        }
        assert {name for name, _ in row.when} <= names, row


def test_no_sample_of_any_type_is_unusual() -> None:
    for kind in all_types():
        found = [p for n in range(3) for p in usual.unusual_values(sample(kind.name, n))]
        assert [p for p in found if p.code in UNUSUAL] == [], kind.name


@pytest.mark.parametrize(
    ("before", "after", "asks"),
    [
        (62, 101, False),
        (62, 200, True),
        (200, 62, True),
        (10, 45, False),
        (62, 0, False),
        (0, 62, False),
        (80, 81_920, True),
    ],
)
def test_a_jump_is_many_times_and_many_heads(before, after, asks) -> None:
    record = counted(("sheep", "adult_female", after))
    found = usual.against_last(
        COUNT, record, {Spot("class_counts.head", ("sheep", "adult_female")): D(before)}, LAST_YEAR
    )
    assert [p.code for p in found] == ([RecordProblem.UNUSUAL_JUMP.code] if asks else [])
    if asks:
        assert (
            f"2025 年是 {before:,}" in found[0].text.zh and found[0].field == "class_counts.head" and found[0].line == 1
        )


def test_every_number_with_a_unit_that_stands_for_a_thing_is_followed_over_time() -> None:
    """Areas, money, heads, sheep units, weights, yields and rates of every record, without a list by hand."""
    followed = {"亩", "hm²", "元", "头只", "羊单位", "kg", "kg/hm²", "元/亩"}
    for kind in all_types():
        paths = {m.path for m in usual.measures(kind)}
        assert {f.name for f in kind.scalars if f.is_number and f.unit in followed} <= paths, kind.name


@pytest.mark.parametrize(
    ("unit", "before", "after", "zh"),
    [
        ("亩", "2811", "187.4", "hm²"), ("亩", "100", "1500", "hm²"), ("亩", "2811", "281.1", "少打了 1 位"),
        ("头只", "62", "610", "多打了 1 位"), ("头只", "62", "6300", "多打了 2 位"), ("kg", "5", "5000", "t 与 kg"),
        ("元", "7028.13", "0.70", "万元"), ("kg/hm²", "900", "60", "kg/亩"), ("元/亩", "2.5", "25", "多打了 1 位"),
        ("头只", "62", "200", ""), ("头只", "0", "200", ""),
    ],
)  # fmt: skip
def test_a_slip_is_named(unit, before, after, zh) -> None:
    said = usual.slip(unit, D(before), D(after))
    assert zh in said.zh if zh else said.zh == "" == said.en
    assert bool(said.zh) == bool(said.en)


def test_what_nearly_all_others_have_is_held_against_a_new_household() -> None:
    common = {Spot("class_counts.head", ("sheep", "adult_female")): D(200)}
    asked = usual.against_others(COUNT, counted(("sheep", "adult_female", 1_100)), common)
    assert [p.code for p in asked] == [RecordProblem.ABOVE_OTHERS.code] and "200" in asked[0].text.zh
    assert usual.against_others(COUNT, counted(("sheep", "adult_female", 900)), common) == []


def test_lines_of_one_class_are_one_number() -> None:
    twice = counted(("sheep", "young", 30), ("sheep", "young", 12))
    assert usual.totals(usual.numbers(COUNT, twice)) == {Spot("class_counts.head", ("sheep", "young")): D(42)}


def test_a_version_in_json_has_the_same_numbers_as_the_record() -> None:
    from station_app.storage.codec import to_json_fields

    for name in ("livestock_count", "parcel", "compensation_line", "forage_supply"):
        record, kind = sample(name), record_type(name)
        assert usual.totals(usual.numbers(kind, to_json_fields(record))) == usual.totals(usual.numbers(kind, record))
