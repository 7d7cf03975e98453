"""Coefficient sets from the tables: unchanged numbers, marks, conflicts, empty cells, editions, JSON."""

from __future__ import annotations

import dataclasses
from collections import Counter
from datetime import date
from decimal import Decimal as D

import pytest
from calc_helpers import refused
from published import table

from station_app.domain.calc.coefficients import CoefficientSet, Standards, same_sheep_unit
from station_app.domain.calc.coefficients_json import set_from_json, set_to_json
from station_app.domain.text import Text
from station_app.storage.standard_tables import error_of, mark_of
from station_app.storage.standards import load_standards


def find(standards: Standards, reference: str) -> CoefficientSet:
    return next(each for each in standards if each.reference == reference)


def test_every_set_has_title_source_and_known_marks(standards: Standards) -> None:
    assert len(standards) >= 60
    for each in standards:
        assert each.title.zh and each.title.en
        for row in each.rows:
            assert row.mark in ("A", "A-part", "B", "C", "C-low", "P", "none") or row.words, row.reference
            assert row.label.zh and row.label.en, row.reference


def test_numbers_are_those_of_the_tables(standards: Standards) -> None:
    warm = find(standards, "utilization/nyt635-2015-recollected@1").find("17", "warm")
    assert (warm.low, warm.high, warm.value, warm.mark) == (D(55), D(65), None, "C")
    assert find(standards, "soc_reference/ipcc2019@1").find("cool_temperate_dry", "HAC").half_width_percent == 8
    assert find(standards, "soc_reference/ipcc2006@1").find("cool_temperate_dry", "Sandy").value == 34
    assert find(standards, "n2o_factor/ipcc2019@1").find("EF3", "cattle", "dry").interval == (D("0.000"), D("0.007"))
    assert find(standards, "gwp/ar6@1").find("CH4").value == D("27.0")
    assert find(standards, "penalty/gansu-2022@1").find("overload", "3").low == 300
    assert find(standards, "sheep_unit_adult/nyt635-2002@1").find("sheep", "51-55").value == D("1.1")
    rows = [row for row in table("carbon_socref") if row["edition"] == "2019"]
    assert len(find(standards, "soc_reference/ipcc2019@1").rows) == len(rows)


def test_every_row_of_the_coefficient_tables_is_in_a_set(standards: Standards) -> None:
    """What is left out is left out on purpose."""
    read = Counter(each.kind for each in standards for _ in each.rows)
    assert read["utilization"] >= len([r for r in table("utilization_rate") if r["season_code"] != "all"])
    assert read["penalty"] == len(table("balance_penalty"))
    assert read["overload_grade"] == len(table("balance_overload_grade"))
    assert read["gwp"] == 3 * len(table("carbon_gwp"))
    assert read["hay_coefficient"] >= len(table("hay_coefficient"))


def test_empty_cells_and_conflicts_are_refused_not_filled_in(standards: Standards) -> None:
    with refused("CALC-010"):
        find(standards, "regrowth/nyt635-2015@1").find("2").required()
    with refused("CALC-010"):
        find(standards, "sheep_unit_adult/nyt635-2015@1").find("goat", "-").required()
    with refused("CALC-031"):
        find(standards, "hay_coefficient/nyt635-2015-recollected@1").find("18").required()
    with refused("CALC-031"):
        find(standards, "manure_rate/ipcc2019@1").find("camel", "vs").required()
    with refused("CALC-004"):
        find(standards, "gwp/ar5@1").find("SF6")
    assert find(standards, "hay_coefficient/nyt635-2015-recollected@1").find("grass_marsh").value == D("0.85")


def test_sheep_units_of_sets(standards: Standards) -> None:
    seed = find(standards, "sheep_unit_adult/seed@1")
    young = find(standards, "sheep_unit_young/nyt635-recollected@1")
    assert same_sheep_unit(seed, young, find(standards, "gwp/ar5@1"), None) == {"NYT635-2015"}
    with refused("CALC-009"):
        same_sheep_unit(seed, find(standards, "sheep_unit_adult/ministry-2002@1"))
    with refused("CALC-007"):
        standards.choose("gwp", "ar5", Text("GWP", "GWP"))


def test_an_edition_is_never_changed_and_says_who_made_it(standards: Standards) -> None:
    old = find(standards, "gwp/ar5@1")
    row = dataclasses.replace(old.find("CH4"), value=D(30))
    new = old.revise([row], edition="2", made_by="示例县", made_on=date(2026, 1, 1), reason="示例")
    assert (new.based_on, new.find("CH4").value, old.find("CH4").value) == ("gwp/ar5@1", 30, 28)
    assert new.find("N2O").reference == "gwp/ar5@2#N2O"
    with refused("CALC-060"):
        standards.with_sets([dataclasses.replace(new, edition="1")])
    assert len(standards.with_sets([old])) == len(standards)
    with pytest.raises(ValueError):
        dataclasses.replace(old, rows=(*old.rows, old.rows[0]))


def test_sets_survive_json(standards: Standards) -> None:
    for each in standards:
        assert set_from_json(set_to_json(each)) == each


@pytest.mark.parametrize(
    ("cell", "mark"),
    [("A", "A"), ("B(C03)", "B"), ("B/C", "C"), ("B(值);范围 C", "B"), ("C-low", "C-low"), ("A(算出)", "A"), ("", ""), ("none", "none")],
)  # fmt: skip
def test_the_doubtful_mark_of_two_counts(cell: str, mark: str) -> None:
    assert mark_of(cell) == mark


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("±8%", (D(8), None, None)),
        ("±30–50%", (D(50), None, None)),
        ("±90%(表注名义误差)", (D(90), None, None)),
        ("0.007–0.06", (None, D("0.007"), D("0.06"))),
        ("NA", (D(0), None, None)),
        ("", (None, None, None)),
    ],
)
def test_printed_errors(cell: str, expected: tuple[D | None, D | None, D | None]) -> None:
    assert error_of(cell) == expected


def test_loading_twice_reads_once() -> None:
    assert load_standards() is load_standards()
