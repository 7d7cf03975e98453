"""Capacity F1–F7: the published cases, the constructed ones, seasons, degraded land, and what is refused."""

from __future__ import annotations

import dataclasses
from decimal import Decimal as D
from typing import Any

import pytest
from calc_helpers import codes, field, pastures, printed, refused, sound
from hypothesis import given
from hypothesis import strategies as st
from published import table

from station_app.domain.calc.capacity import Approved, CapacityInput, CapacityOutcome, SeasonDays, capacity
from station_app.domain.calc.coefficients import Standards
from station_app.domain.calc.pasture import Pasture, PastureSets
from station_app.storage.standards import load_standards

REGROWTH = PastureSets(regrowth="nyt635-2015@1")
SETS = PastureSets(
    utilization="nyt635-2015-recollected@1",
    degraded="nyt635-2015-recollected@1",
    hay_coefficient="nyt635-2015-recollected@1",
    fresh_hay_ratio="qinghai-study@1",
    npp_ratio="xilingol-study@1",
)


def out(asked: CapacityInput, standards: Standards) -> CapacityOutcome:
    return sound(capacity(asked, standards)).outcome


def test_the_constructed_check_of_balance_section_6(standards: Standards) -> None:
    result = sound(capacity(pastures(field(area_ha=D(100), hay_kg_per_ha=D(1200))), standards))
    row = result.outcome.pastures[0]
    assert result.outcome.usable_kg == 60_000
    assert printed(result.outcome.capacity_su, 3) == "91.324"
    assert (printed(row.ha_per_su, 3), printed(row.mu_per_su, 3)) == ("1.095", "16.425")
    assert printed(row.su_days_per_ha, 2) == "333.33"
    assert codes(result) == []
    herd = out(pastures(field(area_ha=D(100), hay_kg_per_ha=D(1200)), herd_su=D(100)), standards)
    assert printed(herd.herd_days, 2) == "333.33"  # F6


def test_an_approved_standard_stands_beside_the_computed_capacity(standards: Standards) -> None:
    approved = Approved(name="示例村", season="cold", approved_mu_per_su=D("22.66"), area_mu=D(12000))
    asked = pastures(field(area_mu=D(12000), hay_kg_per_ha=D(900)), approved=(approved,))
    outcome = out(asked, standards)
    assert printed(outcome.approved_su, 3) == "529.568"
    assert printed(outcome.capacity_su, 3) == "547.945"
    assert printed(D("22.66") / 15, 4) == "1.5107"


def test_the_approved_area_of_balance_section_6_is_printed_one_digit_low(standards: Standards) -> None:
    """12 000 / 22.66 = 529.5675…: half-up gives 529.568, the facts print 529.567 (cut off)."""
    only = CapacityInput(approved=(Approved(name="示例", approved_mu_per_su=D("22.66"), area_mu=D(12000)),))
    again = out(only, standards).approved_su
    assert again is not None and f"{again:.10f}".startswith("529.5675198")
    assert printed(again, 3) != "529.567"


def xilin_gol(rates: tuple[str, str, str]) -> CapacityInput:
    """S02: forage of three types in kg, one adult cattle is 14.4 kg hay a day."""
    kinds = (("meadow", "2.75", "861.8"), ("typical", "9.19", "829.7"), ("desert", "0.97", "227.0"))
    pastures = tuple(
        Pasture(
            name=name,
            season="growing",
            forage_kg=D(forage).scaleb(9),
            hay_kg_per_ha=D(density),
            utilization_percent=D(rate),
            hay_coefficient=D(1),
        )
        for (name, forage, density), rate in zip(kinds, rates, strict=True)
    )
    return CapacityInput(
        pastures=pastures,
        days=(SeasonDays(season="growing", days=D(143)),),
        intake_kg_per_day=D("1.8"),
        intake_source="S02",
        su_per_animal=D(8),
    )


def test_s02_capacity_does_not_reproduce_with_the_stated_rates(standards: Standards) -> None:
    stated = out(xilin_gol(("52.5", "50.0", "42.5")), standards)
    assert stated.capacity_animals is not None
    assert printed(stated.capacity_animals.scaleb(-6), 2) == "3.13"  # published 3.30, our mean of 16 years 3.296
    one_rate = out(xilin_gol(("52.5", "52.5", "52.5")), standards)
    assert one_rate.capacity_animals is not None
    assert printed(one_rate.capacity_animals.scaleb(-6), 2) == "3.29"


@pytest.mark.parametrize(
    ("place", "forage", "area"),
    [(0, ("21.33", "21.30"), ("17.24", "17.21")), (1, ("71.15", "71.19"), ("59.70", "59.74")), (2, ("7.52", "7.51"), ("23.06", "23.05"))],
)  # fmt: skip
def test_s02_shares_of_forage_and_area(
    standards: Standards, place: int, forage: tuple[str, str], area: tuple[str, str]
) -> None:
    row = out(xilin_gol(("50", "50", "50")), standards).pastures[place]
    assert (printed(row.forage_share_percent, 2), printed(row.area_share_percent, 2)) == (forage[1], area[1])
    assert abs(D(forage[0]) - D(forage[1])) <= D("0.05") and abs(D(area[0]) - D(area[1])) <= D("0.05")


@pytest.mark.parametrize(
    ("forage", "grazed", "places", "published"),
    [("195.30", "98.41", 1, "50.4"), ("4590.92", "2306.07", 2, "50.23")],
)
def test_s03_actual_utilization(standards: Standards, forage: str, grazed: str, places: int, published: str) -> None:
    asked = pastures(
        field(forage_kg=D(forage).scaleb(7), grazed_kg=D(grazed).scaleb(7), edible_percent=None, regrowth_percent=None)
    )
    row = out(asked, standards).pastures[0]
    assert printed(row.actual_utilization_percent, places) == published


def test_s10_a_printed_total_with_two_digits_swapped_is_found(standards: Standards) -> None:
    rows = [r for r in table("balance_worked_examples") if r["case_id"] == "S10"]
    approved = tuple(Approved(name=r["row"], approved_su=D(r["value"])) for r in rows if r["role"] == "input")
    result = sound(capacity(CapacityInput(approved=approved, printed_total_su=D(83630365)), standards))
    assert result.outcome.approved_su == 83_630_635
    assert codes(result) == ["CALC-028"]
    right = capacity(CapacityInput(approved=approved, printed_total_su=D(83630635)), standards)
    assert codes(right) == []


def test_s11_national_capacity_does_not_reproduce_from_a_rounded_figure(standards: Standards) -> None:
    def national(hay: str) -> str:
        asked = CapacityInput(
            pastures=(field(forage_kg=D(hay).scaleb(11), utilization_percent=D(100)),),
            need_kg_per_su=D(700),
            intake_source="commentary on art. 45",
        )
        value = out(asked, standards).capacity_su
        assert value is not None
        return printed(value.scaleb(-4), 0)

    assert national("3") == "42857"  # printed 43 036
    assert national("3.0125") == "43036"


@pytest.mark.parametrize(("hay", "units"), [("31502.20", "24761.18"), ("32029.43", "25175.59")])
def test_x5b_hay_of_an_approved_sheep_unit(standards: Standards, hay: str, units: str) -> None:
    asked = CapacityInput(
        pastures=(field(forage_kg=D(hay).scaleb(7)),),
        need_kg_per_su=D(657),
        intake_source="1.8 × 365",
        approved=(Approved(name="全国", approved_su=D(units).scaleb(4)),),
    )
    assert printed(out(asked, standards).hay_per_approved_su_kg, 2) == "1272.24"


def test_the_scarcest_season_limits_the_herd_and_that_is_a_setting(standards: Standards) -> None:
    warm = field("暖", season="warm", forage_kg=D(270_000), edible_percent=None, regrowth_percent=None)
    cold = field("冷", season="cold", forage_kg=D(325_080), edible_percent=None, regrowth_percent=None)
    days = (SeasonDays(season="warm", days=D(150)), SeasonDays(season="cold", days=D(215)))
    outcome = out(pastures(warm, cold, days=days), standards)
    assert [row.capacity_su for row in outcome.seasons] == [D(500), D(420)]
    assert outcome.capacity_su == 420
    summed = out(pastures(warm, cold, days=days, seasonal_minimum=False), standards).capacity_su
    assert printed(summed, 2) == "452.88"  # 297 540 / (1.8 × 365)
    whole = field("全", forage_kg=D(131_400), edible_percent=None, regrowth_percent=None)
    three = (*days, SeasonDays(season="whole_year", days=D(365)))
    with_whole = sound(capacity(pastures(warm, cold, whole, days=three), standards))
    assert with_whole.outcome.capacity_su == 520
    assert "CALC-043" in codes(with_whole)


def test_approvals_of_seasons_are_not_added(standards: Standards) -> None:
    approved = tuple(
        Approved(name="户", season=season, approved_su=D(su))
        for season, su in (("warm", 500), ("cold", 300), ("cold", 120))
    )
    assert out(CapacityInput(approved=approved), standards).approved_su == 420


def test_degraded_land_and_the_ends_of_the_range(standards: Standards) -> None:
    def share(degree: str, end: str) -> D:
        each = Pasture(
            name="示例", area_ha=D(1), hay_kg_per_ha=D(1000), grassland_class="2", degradation=degree,
            edible_percent=D(100), regrowth_percent=D(0),
        )  # fmt: skip
        usable = out(pastures(each, sets=SETS, range_end=end), standards).usable_kg
        assert usable is not None
        return usable

    assert [share("none", "lower"), share("none", "upper")] == [D(450), D(500)]  # class 2, whole year: 45–50 %
    assert [share(d, "lower") for d in ("light", "moderate", "severe")] == [D(360), D(225), D(0)]
    severe = Pasture(name="重", area_ha=D(1), hay_kg_per_ha=D(1000), grassland_class="2", degradation="severe")
    result = sound(capacity(pastures(severe, sets=SETS), standards))
    assert result.outcome.pastures[0].ha_per_su is None  # no area carries a sheep unit
    assert {"CALC-011", "CALC-037"} <= set(codes(result))  # marked C, and e and G stand in


def test_four_ways_to_tell_the_yield(standards: Standards) -> None:
    def hay(**values: Any) -> D:
        asked = pastures(field(area_ha=D(1), grassland_class="2", utilization_percent=D(100), **values), sets=SETS)
        usable = out(asked, standards).usable_kg
        assert usable is not None
        return usable

    assert hay(fresh_kg_per_ha=D(3000)) == 1000  # r = 3.0
    assert hay(fresh_kg_per_ha=D(3000), fresh_per_hay=D("2.5")) == 1200
    assert printed(hay(hay_kg_per_ha=D(1000), hay_moisture_percent=D(0)), 1) == "1162.8"  # oven-dry × 1/0.86
    assert printed(hay(hay_kg_per_ha=D(1000), hay_moisture_percent=D(14)), 1) == "1000.0"
    assert printed(hay(npp_g_c_per_m2=D("200")), 1) == "846.6"  # 200 / (0.45 × 5.25) × 10


@pytest.mark.parametrize(
    ("asked", "code", "place"),
    [
        (pastures(field(hay_kg_per_ha=D(1000))), "CALC-001", "/pastures/0/area_ha"),
        (pastures(field(area_ha=D(0), hay_kg_per_ha=D(1000))), "CALC-001", "/pastures/0/area_ha"),
        (pastures(field(area_ha=D(1))), "CALC-002", "/pastures/0/hay_kg_per_ha"),
        (pastures(field(area_ha=D(1), hay_kg_per_ha=D(0))), "CALC-002", "/pastures/0/hay_kg_per_ha"),
        (pastures(field(area_ha=D(1), hay_kg_per_ha=D(1)), days=()), "CALC-003", "/days"),
        (pastures(field(area_ha=D(1), hay_kg_per_ha=D(1)), days=(SeasonDays(season="whole_year", days=None),)), "CALC-003", "/days/0/days"),
        (pastures(field(area_ha=D(1), hay_kg_per_ha=D(1)), days=(SeasonDays(season="whole_year", days=D(400)),)), "CALC-015", "/days/0/days"),
        (pastures(field(area_ha=D(1), area_mu=D(15), hay_kg_per_ha=D(1))), "CALC-042", "/pastures/0/area_ha"),
        (pastures(field(area_ha=D(1), fresh_kg_per_ha=D(1))), "CALC-013", "/pastures/0/fresh_per_hay"),
        (pastures(field(area_ha=D(1), hay_kg_per_ha=D(1), utilization_percent=None)), "CALC-013", "/pastures/0/utilization_percent"),
        (pastures(field(area_ha=D(1), hay_kg_per_ha=D(1), utilization_percent=None, grassland_class="99"), sets=SETS), "CALC-004", None),
        (pastures(field(area_ha=D(1), hay_kg_per_ha=D(1), degradation="light")), "CALC-007", "/pastures/0/degradation"),
        (pastures(field(area_ha=D(1), hay_kg_per_ha=D(1), hay_coefficient=None, grassland_class="18"), sets=SETS), "CALC-031", None),
        (pastures(field(area_ha=D(1), hay_kg_per_ha=D(9), regrowth_percent=None, grassland_class="2"), sets=REGROWTH), "CALC-010", None),
        (pastures(field(area_ha=D(1), hay_kg_per_ha=D(1)), sheep_unit="NYT3647-2020"), "CALC-010", None),
        (pastures(field(area_ha=D(1), hay_kg_per_ha=D(1)), sheep_unit="XYZ"), "CALC-004", None),
        (pastures(field(area_ha=D(1), hay_kg_per_ha=D(1)), sheep_unit_set=None), "CALC-007", "/sheep_unit_set"),
        (pastures(field(area_ha=D(1), hay_kg_per_ha=D(1)), sheep_unit="", sheep_unit_set=None, intake_kg_per_day=D(2)), "CALC-013", "/intake_source"),
        (pastures(field(area_ha=D(1), hay_kg_per_ha=D("Infinity"))), "CALC-012", "/pastures/0/hay_kg_per_ha"),
        (pastures(), "CALC-013", "/pastures"),
    ],
)  # fmt: skip
def test_what_can_not_be_computed_is_refused_with_its_place(
    standards: Standards, asked: CapacityInput, code: str, place: str | None
) -> None:
    with refused(code, place):
        capacity(asked, standards)


AMOUNTS = st.decimals(D("0.001"), D(100_000), places=3)


@given(st.lists(st.tuples(AMOUNTS, AMOUNTS), min_size=1, max_size=6), AMOUNTS, st.randoms())
def test_more_area_never_lowers_capacity_and_the_order_does_not_matter(
    parts: list[tuple[D, D]], more: D, random: Any
) -> None:
    known = load_standards()
    fields = [field(f"草场{n}", area_mu=area, hay_kg_per_ha=hay) for n, (area, hay) in enumerate(parts)]
    first = sound(capacity(pastures(*fields), known)).outcome.capacity_su
    assert first is not None
    area = fields[0].area_mu
    assert area is not None
    larger = capacity(
        pastures(dataclasses.replace(fields[0], area_mu=area + more), *fields[1:]), known
    ).outcome.capacity_su
    assert larger is not None and larger >= first
    random.shuffle(fields)
    assert capacity(pastures(*fields), known).outcome.capacity_su == first


@given(st.decimals(D("0.001"), D(10_000_000), places=3))
def test_mu_and_hectares_round_trip(area_mu: D) -> None:
    known = load_standards()
    by_mu = capacity(pastures(field(area_mu=area_mu, hay_kg_per_ha=D(1000))), known).outcome
    area_ha = by_mu.pastures[0].area_ha
    assert area_ha is not None
    assert printed(area_ha * 15, 3) == printed(area_mu, 3)
