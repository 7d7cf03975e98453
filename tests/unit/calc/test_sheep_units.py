"""Sheep units: seeds, weight classes, young stock both ways, and what is refused."""

from __future__ import annotations

import dataclasses
from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest
from calc_helpers import codes, herd, line, printed, refused, sound
from hypothesis import given
from hypothesis import strategies as st

from station_app.domain.calc.coefficients import Standards
from station_app.domain.calc.sheep_units import HerdLine, SheepUnitInput, sheep_units
from station_app.domain.codes import code_list
from station_app.storage.standards import load_standards


def test_the_constructed_herd_of_balance_section_6(standards: Standards) -> None:
    given = herd(line("sheep", 300), line("goat", 50), line("cattle", 20), line("horse", 4), line("sheep", 60, "young"))
    result = sound(sheep_units(given, standards))
    assert result.outcome.total_su == D(500)
    assert result.outcome.head == 434
    assert {each.species: each.su for each in result.outcome.species} == {
        "sheep": D(336), "goat": D(40), "cattle": D(100), "horse": D(24)
    }  # fmt: skip
    assert codes(result) == ["CALC-036", "CALC-036", "CALC-036", "CALC-011"]  # the seeds and the share of lambs


@pytest.mark.parametrize(
    ("area", "sheep", "published", "agrees"),
    [
        ("2.18", 6, "2.75", True), ("1.10", 4, "3.63", False), ("1.61", 7, "4.36", False),
        ("1.26", 6, "4.78", False), ("2.50", 13, "5.19", False), ("1.11", 8, "7.20", False),
        ("4.4", 4, "0.91", True), ("4.4", 8, "1.82", True), ("4.4", 12, "2.71", False),
    ],
)  # fmt: skip
def test_stocking_of_s05_and_s06(standards: Standards, area: str, sheep: int, published: str, agrees: bool) -> None:
    """Cases that do not reproduce stay as published, with what the arithmetic gives beside them."""
    result = sound(sheep_units(herd(line("sheep", sheep), area_ha=D(area)), standards))
    again = printed(result.outcome.stocking_su_per_ha, 2)
    assert (again == published) is agrees
    assert abs(D(again) - D(published)) <= D("0.02")


def test_weight_classes_of_the_2002_table(standards: Standards) -> None:
    def units(species: str, weight: str) -> D:
        given = herd(line(species, 1, mean_weight_kg=D(weight)), adult_set="nyt635-2002@1")
        return sheep_units(given, standards).outcome.total_su

    assert [units("sheep", w) for w in ("30", "40", "45.4", "50", "50.5", "55", "56")] == [
        D("0.8"), D("0.9"), D("0.9"), D("1.0"), D("1.1"), D("1.1"), D("1.2")
    ]  # fmt: skip
    assert units("camel", "570") == 8  # two classes touch: the one that begins there
    with refused("CALC-013", "/herd/0/mean_weight_kg"):
        sheep_units(herd(line("sheep", 1), adult_set="nyt635-2002@1"), standards)


def test_young_stock_by_age_in_months(standards: Standards) -> None:
    def units(species: str, months: int) -> D:
        return sheep_units(herd(line(species, 10, "young", age_months=D(months))), standards).outcome.total_su

    assert [units("sheep", m) for m in (2, 4, 11, 12, 18)] == [D(2), D(6), D(6), D(8), D(10)]
    assert [units("camel", m) for m in (6, 13, 25, 36)] == [D(21), D(42), D(56), D(70)]
    with refused("CALC-004"):  # the table begins at weaning
        units("cattle", 3)


def test_stock_classes_without_a_young_coefficient_count_as_adult(standards: Standards) -> None:
    result = sound(sheep_units(herd(line("sheep", 10, "age_2_3")), standards))
    assert result.outcome.total_su == 10
    assert "CALC-057" in codes(result)
    undivided = sound(sheep_units(herd(line("goat", 10, "undivided")), standards))
    assert undivided.outcome.total_su == 8
    assert "CALC-044" in codes(undivided)


def test_young_stock_by_share_of_the_herd(standards: Standards) -> None:
    shares = {"herd_share_percent": D(25), "young_share_of_adult": D("0.6"), "herd_share_source": "示例文号"}
    given = herd(line("sheep", 100, "undivided"), line("sheep", 10, "young"), young_rule="herd_share", **shares)
    assert sound(sheep_units(given, standards)).outcome.total_su == D("96.0")  # 75 + 25 × 0.6, and 10 × 0.6
    with refused("CALC-013", "/herd_share_source"):
        sheep_units(herd(line("sheep", 1), young_rule="herd_share"), standards)


def test_own_coefficient_says_where_it_is_from(standards: Standards) -> None:
    own = line("goat", 10, coefficient_su=D("0.85"), coefficient_source="示例省标准表 1")
    result = sound(sheep_units(herd(own), standards))
    assert result.outcome.total_su == D("8.5")
    with refused("CALC-013", "/herd/0/coefficient_source"):
        sheep_units(herd(line("goat", 10, coefficient_su=D(1))), standards)


def test_pigs_do_not_graze(standards: Standards) -> None:
    result = sound(sheep_units(herd(line("sheep", 2), line("pig", 5)), standards))
    assert (result.outcome.total_su, codes(result)) == (D(2), ["CALC-059"])
    counted = sheep_units(herd(line("pig", 4), adult_set="gansu-1990s@1", young_set=None, count_pigs=True), standards)
    assert counted.outcome.total_su == 5


def test_two_sheep_units_are_never_mixed(standards: Standards) -> None:
    with refused("CALC-009"):
        sheep_units(herd(line("horse", 1), adult_set="db63t2298-2024@1"), standards)


@pytest.mark.parametrize(
    ("given", "code", "place"),
    [
        (herd(line("sheep", 1), adult_set="seed"), "CALC-007", None),
        (herd(line("sheep", 1), adult_set="seed@2031"), "CALC-007", None),
        (herd(line("sheep", 1), adult_set=""), "CALC-007", "/adult_set"),
        (herd(line("sheep", 1, "young"), young_set=None), "CALC-007", "/herd/0"),
        (herd(line("camel", 1), adult_set="dictionary@1", young_set=None), "CALC-010", None),
        (herd(line("goat", 1, mean_weight_kg=D(40)), adult_set="nyt635-2015@1"), "CALC-010", None),
        (herd(line("yak", 1), adult_set="gansu-1990s@1", young_set=None), "CALC-004", None),
        (herd(line("llama", 1)), "CALC-014", "/herd/0/species"),
        (herd(line("sheep", -1)), "CALC-015", "/herd/0/head"),
        (herd(line("sheep", D("1.5"))), "CALC-012", "/herd/0/head"),  # type: ignore[arg-type]
        (herd(line("sheep", 1, mean_weight_kg=D("NaN"))), "CALC-012", "/herd/0/mean_weight_kg"),
        (herd(line("sheep", 1), area_ha=D(0)), "CALC-001", "/area_ha"),
        (herd(), "CALC-013", "/herd"),
    ],
)
def test_what_can_not_be_counted_is_refused_with_its_place(
    standards: Standards, given: SheepUnitInput, code: str, place: str | None
) -> None:
    with refused(code, place):
        sheep_units(given, standards)


def test_a_county_edition_is_used_and_the_old_one_stays(standards: Standards) -> None:
    old = next(each for each in standards.of_kind("sheep_unit_adult") if each.name == "seed")
    goat = dataclasses.replace(
        old.find("goat", "-"), value=D("0.9"), verified_by="示例核对人", verified_on=date(2026, 5, 1)
    )
    new = old.revise([goat], edition="2", made_by="示例县", made_on=date(2026, 5, 2), reason="核对原文")
    both = standards.with_sets([new])
    given = herd(line("goat", 10))
    assert sheep_units(given, both).outcome.total_su == 8
    result = sound(sheep_units(dataclasses.replace(given, adult_set="seed@2"), both))
    assert (result.outcome.total_su, codes(result)) == (D(9), [])
    assert "sheep_unit_adult/seed@2#goat/-" in [c.origin.reference for c in result.explanation.coefficients]
    with pytest.raises(ValueError):
        old.revise([goat], edition="1", made_by="示例县", made_on=date(2026, 5, 2), reason="核对原文")


LINES = st.builds(
    line,
    st.sampled_from([species for species in code_list("species").labels if species != "pig"]),
    st.integers(0, 100_000),
    st.sampled_from(["adult_female", "adult_male", "age_1_2", "age_2_3", "young", "undivided"]),
)


@given(st.lists(LINES, min_size=1, max_size=12), st.randoms())
def test_the_order_of_the_lines_does_not_matter_and_more_head_never_count_less(
    lines: list[HerdLine], random: Any
) -> None:
    known = load_standards()
    first = sound(sheep_units(herd(*lines), known)).outcome
    turned = list(lines)
    random.shuffle(turned)
    assert sheep_units(herd(*turned), known).outcome.total_su == first.total_su
    more = [dataclasses.replace(lines[0], head=lines[0].head + 1), *lines[1:]]
    assert sheep_units(herd(*more), known).outcome.total_su > first.total_su
