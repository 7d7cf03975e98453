"""Survey: the cases X5–X9 and X12 of survey.md, waiting plots, shrubs, composite cover, and what is refused."""

from __future__ import annotations

import dataclasses
from decimal import Decimal as D
from typing import Any

import pytest
from calc_helpers import codes, printed, refused, sound
from hypothesis import given
from hypothesis import strategies as st
from published import table

from station_app.domain.calc.survey_inputs import (
    ClassCover,
    Clumps,
    LineSection,
    Quadrat,
    Ratio,
    SurveyInput,
    SurveyOutcome,
    Weighing,
)
from station_app.domain.calc.survey_yield import survey_yield


def quadrat(fresh: str, dry: str | None = None, **values: Any) -> Quadrat:
    method = {"drying_method": "air"} if dry is not None else {}
    return Quadrat(area_m2=D(1), fresh_g=D(fresh), dry_g=None if dry is None else D(dry), **{**method, **values})


def out(**values: Any) -> SurveyOutcome:
    return sound(survey_yield(SurveyInput(**values))).outcome


X8 = tuple(
    quadrat(fresh, dry, name=str(n), cover_percent=D(cover), height_cm=D(height))
    for n, (fresh, dry, cover, height) in enumerate(
        [("186", "64", 45, 18), ("205", "71", 52, 21), ("172", "58", 41, 16)], 1
    )
)
X9 = (
    Clumps(size="大", diameter_cm=D(120), count=3, mass_g=D(250)),
    Clumps(size="中", diameter_cm=D(80), count=6, mass_g=D(110)),
    Clumps(size="小", diameter_cm=D(40), count=10, mass_g=D(30)),
)


def test_x8_three_quadrats() -> None:
    result = sound(survey_yield(SurveyInput(quadrats=X8)))
    plot = result.outcome
    assert (printed(plot.fresh_kg_per_ha, 2), printed(plot.hay_kg_per_ha, 2)) == ("1876.67", "643.33")
    assert (printed(plot.fresh_kg_per_mu, 2), printed(plot.hay_kg_per_mu, 2)) == ("125.11", "42.89")
    assert (printed(plot.hay_per_fresh, 4), printed(plot.cover_percent, 1), printed(plot.height_cm, 2)) == (
        "0.3428", "46.0", "18.33"
    )  # fmt: skip
    assert (plot.state, codes(result)) == ("complete", [])


def test_x9_herbs_and_shrubs() -> None:
    plot = out(herb_kg_per_ha=D(400), herb_cover_percent=D(35), shrubs=X9, shrub_area_m2=D(100))
    assert printed(plot.shrub_m2_per_100m2, 4) == "7.6655"
    assert printed(plot.shrub_kg_per_ha, 2) == "171.00"
    assert printed(plot.total_kg_per_ha, 2) == "540.34"
    assert printed(plot.total_cover_percent, 2) == "39.98"
    three = out(herb_kg_per_ha=D(400), herb_cover_percent=D(35), shrubs=X9 * 3, shrub_area_m2=D(300))
    assert printed(three.total_kg_per_ha, 2) == "540.34"  # three big quadrats of the same
    switched_off = out(
        herb_kg_per_ha=D(400), herb_cover_percent=D(35), shrubs=X9, shrub_area_m2=D(100), total_cover=False
    )
    assert switched_off.total_cover_percent is None


def test_two_diameters_and_dry_clumps() -> None:
    shrub = Clumps(diameter_cm=D(120), diameter_2_cm=D(60), count=1, mass_g=D(10), dry_mass_g=D(4))
    plot = out(quadrats=X8, shrubs=(shrub,), shrub_area_m2=D(100))
    assert printed(plot.shrub_m2_per_100m2, 4) == "0.5655"  # π × 0.6 × 0.3
    assert printed(plot.shrub_hay_kg_per_ha, 2) == "0.40"
    assert plot.total_hay_kg_per_ha is not None and plot.hay_kg_per_ha is not None
    assert plot.total_hay_kg_per_ha < plot.hay_kg_per_ha + 1


def weighings(*rows: tuple[str, str, str], **values: Any) -> dict[str, Ratio]:
    made = tuple(Weighing(name=name, fresh=D(fresh), hay=D(hay), **values) for name, fresh, hay in rows)
    return {row.name: row for row in out(weighings=made).weighings}


def test_x5_ratios_implied_by_the_annual_reports() -> None:
    rows = weighings(
        ("2014", "102219.98", "31502.20"), ("2016", "103864.86", "32029.43"), ("六大牧区 2014", "57750.76", "18289.97")
    )
    assert [printed(row.hay_per_fresh, 4) for row in rows.values()] == ["0.3082", "0.3084", "0.3167"]


def test_x6_plots_and_quadrats() -> None:
    rows = weighings(("乌拉盖 2015", "248.9", "111"), kg_per_mu=True, plots=74)
    ula = rows["乌拉盖 2015"]
    assert (ula.quadrats, ula.fresh_kg_per_ha, ula.hay_kg_per_ha) == (222, D("3733.5"), D(1665))
    assert printed(ula.hay_per_fresh, 3) == "0.446"
    assert weighings(("兴安盟", "2", "1"), plots=28)["兴安盟"].quadrats == 84


def test_x7_totals_stay_below_the_area_of_each_class() -> None:
    """Alpine meadow: 6997 / 1.19 = 5880 of 6372. One of the 13 rows is not in the table, so the sums can not be redone."""
    known = [row for row in table("survey_grass_classes") if row["area_10k_ha"]]
    assert len(known) == 12
    for row in known:
        usable = D(row["capacity_10k_su"]) / D(row["capacity_su_per_ha"])
        assert usable < D(row["area_10k_ha"]), row["class_cn"]
    meadow = next(row for row in known if row["no"] == "17")
    assert printed(D(meadow["capacity_10k_su"]) / D(meadow["capacity_su_per_ha"]), 0) == "5880"
    assert sum(D(row["area_10k_ha"]) for row in known) == 39_283 - 9_005
    assert sum(D(row["capacity_10k_su"]) for row in known) == 43_036 - 18_073


S07 = [
    row
    for row in table("balance_worked_examples")
    if row["case_id"] == "S07" and row["quantity"] in ("fresh/hay ratio", "edible share of hay")
]


@pytest.mark.parametrize("row", S07, ids=lambda r: f"{r['row']} {r['quantity']} {r['role']}")
def test_s07_haiyan_month_by_month(row: dict[str, str]) -> None:
    inputs = [r for r in table("balance_worked_examples") if r["case_id"] == "S07" and r["role"] == "input"]
    months: dict[str, dict[str, D]] = {}
    for each in inputs:
        months.setdefault(each["row"], {})[each["quantity"]] = D(each["value"])
    made = tuple(
        Weighing(name=month, fresh=facts["fresh"], hay=facts["hay"], edible_hay=facts["edible hay"])
        for month, facts in months.items()
    )
    again = {each.name: each for each in survey_yield(SurveyInput(weighings=made)).outcome.weighings}[row["row"]]
    value = again.fresh_per_hay if row["quantity"] == "fresh/hay ratio" else again.edible_percent
    assert printed(value, 2) == row["value"]
    january = {each.name: each for each in survey_yield(SurveyInput(weighings=made)).outcome.weighings}["2016-01"]
    assert printed(january.fresh_of_highest_percent, 2) == "8.50"


def test_a_plot_waits_for_its_dry_weights() -> None:
    fresh = sound(survey_yield(SurveyInput(quadrats=tuple(dataclasses.replace(q, dry_g=None) for q in X8))))
    assert (fresh.outcome.state, fresh.outcome.waiting_quadrats, codes(fresh)) == ("fresh", 3, ["CALC-016"])
    assert (printed(fresh.outcome.fresh_kg_per_ha, 2), fresh.outcome.hay_kg_per_ha) == ("1876.67", None)
    some = sound(survey_yield(SurveyInput(quadrats=(*X8[:2], dataclasses.replace(X8[2], dry_g=None)))))
    assert (some.outcome.state, some.outcome.waiting_quadrats) == ("waiting", 1)
    assert some.outcome.hay_per_fresh is None


def test_fewer_than_three_quadrats_are_asked_about() -> None:
    assert codes(survey_yield(SurveyInput(quadrats=X8[:2]))) == ["CALC-034"]


def test_unequal_areas_are_treated_in_the_way_that_is_fixed() -> None:
    small = dataclasses.replace(X8[0], area_m2=D("0.25"))
    each = out(quadrats=(small, *X8[1:])).fresh_kg_per_ha
    weighted = out(quadrats=(small, *X8[1:]), unequal_areas="area_weighted").fresh_kg_per_ha
    assert (printed(each, 2), printed(weighted, 2)) == ("3736.67", "2502.22")


def test_edible_share_of_a_plot() -> None:
    plot = out(quadrats=tuple(dataclasses.replace(q, edible_dry_g=(q.dry_g or D(0)) / 2) for q in X8))
    assert plot.edible_percent == 50


def test_line_transect_and_composite_cover() -> None:
    line = (
        LineSection(name="小叶锦鸡儿", covered_m=D(12), yield_g_per_m2=D(200)),
        LineSection(name="芨芨草", covered_m=D(8), yield_g_per_m2=D(150)),
    )
    assert out(line=line, line_length_m=D(100)).line_g_per_m2 == 36
    classes = tuple(
        ClassCover(name=name, mean_cover_percent=D(cover), area_ha=D(area))
        for name, cover, area in (("草甸草原", 70, 100), ("典型草原", 40, 300), ("荒漠草原", 20, 100))
    )
    assert out(classes=classes).composite_cover_percent == 42  # the plain mean would be 43.33


@pytest.mark.parametrize(
    ("values", "code", "place"),
    [
        ({}, "CALC-013", "/quadrats"),
        ({"quadrats": (quadrat("50", "51"),)}, "CALC-005", "/quadrats/0/dry_g"),
        ({"quadrats": (quadrat("50", "20", drying_method=None),)}, "CALC-013", "/quadrats/0/drying_method"),
        ({"quadrats": (quadrat("50", "20"), quadrat("50", "20", drying_method="oven_65"))}, "CALC-033", "/quadrats"),
        ({"quadrats": (dataclasses.replace(X8[0], area_m2=D(0)),)}, "CALC-001", "/quadrats/0/area_m2"),
        ({"quadrats": (quadrat("50", cover_percent=D(101)),)}, "CALC-015", "/quadrats/0/cover_percent"),
        ({"quadrats": (quadrat("50", "20", edible_dry_g=D(21)),)}, "CALC-015", "/quadrats/0/edible_dry_g"),
        ({"quadrats": (quadrat("50", name="1"), quadrat("50", name="1"))}, "CALC-053", "/quadrats/1"),
        ({"shrubs": X9}, "CALC-001", "/shrub_area_m2"),
        ({"shrubs": X9, "shrub_area_m2": D(7)}, "CALC-006", "/shrubs"),
        ({"shrubs": (dataclasses.replace(X9[0], dry_mass_g=D(251)),), "shrub_area_m2": D(100)}, "CALC-005", "/shrubs/0/dry_mass_g"),
        ({"line": (LineSection(name="x", covered_m=D(1), yield_g_per_m2=D(1)),)}, "CALC-013", "/line_length_m"),
        ({"line": (LineSection(name="x", covered_m=D(9), yield_g_per_m2=D(1)),), "line_length_m": D(5)}, "CALC-015", "/line"),
        ({"weighings": (Weighing(name="x", fresh=D(1), hay=D(2)),)}, "CALC-005", "/weighings/0/hay"),
        ({"weighings": (Weighing(name="x", fresh=D(0), hay=D(0)),)}, "CALC-002", "/weighings/0/fresh"),
        ({"quadrats": X8, "herb_kg_per_ha": D(5)}, "CALC-042", "/herb_kg_per_ha"),
    ],
)  # fmt: skip
def test_what_can_not_be_computed_is_refused_with_its_place(values: dict[str, Any], code: str, place: str) -> None:
    with refused(code, place):
        survey_yield(SurveyInput(**values))


def test_x12_slopes_of_shrub_models_add_up_and_intercepts_lost_their_signs() -> None:
    """Above-ground + root = whole plant for the linear models of six species; intercepts only for three as printed."""
    rows = [r for r in table("survey_shrub_models") if r["form"] == "y=a·x+b"]
    by_species: dict[str, dict[str, dict[str, str]]] = {}
    for row in rows:
        by_species.setdefault(row["species_cn"], {})[row["component"]] = row
    whole = {name: parts for name, parts in by_species.items() if {"地上", "根", "全株"} <= set(parts)}
    assert len(whole) == 6
    agree = set()
    for name, parts in whole.items():
        assert abs(D(parts["地上"]["a"]) + D(parts["根"]["a"]) - D(parts["全株"]["a"])) <= D("0.01"), name
        if D(parts["地上"]["b"]) + D(parts["根"]["b"]) == D(parts["全株"]["b"]):
            agree.add(name)
    assert agree == {"小叶锦鸡儿", "白刺", "矮脚锦鸡儿"}
    assert all(row["usable"] != "yes" for row in rows)


@given(
    st.lists(
        st.tuples(st.decimals(D(1), D(3000), places=2), st.decimals(D("0.1"), D(1), places=2)), min_size=3, max_size=9
    ),
    st.randoms(),
)
def test_the_order_of_quadrats_does_not_matter_and_more_grass_never_yields_less(
    pairs: list[tuple[D, D]], random: Any
) -> None:
    quadrats = [
        quadrat(str(fresh), str((fresh * part).quantize(D("0.01"))), name=str(n))
        for n, (fresh, part) in enumerate(pairs)
    ]
    first = out(quadrats=tuple(quadrats))
    more = dataclasses.replace(quadrats[0], fresh_g=quadrats[0].fresh_g + 1)
    random.shuffle(quadrats)
    again = out(quadrats=tuple(quadrats))
    assert (again.fresh_kg_per_ha, again.hay_kg_per_ha) == (first.fresh_kg_per_ha, first.hay_kg_per_ha)
    larger = out(quadrats=(more, *(q for q in quadrats if q.name != "0"))).fresh_kg_per_ha
    assert larger is not None and first.fresh_kg_per_ha is not None and larger > first.fresh_kg_per_ha
