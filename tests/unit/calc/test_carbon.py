"""Carbon: the three ledgers, the cases X1–X4, X10, X11 of carbon.md, editions, ranges, what-if, and what is refused."""

from __future__ import annotations

import dataclasses
from decimal import Decimal as D
from typing import Any

import pytest
from calc_helpers import codes, printed, refused, sound
from hypothesis import given
from hypothesis import strategies as st

from station_app.domain.calc.carbon_samples import STUDENT, AreaOf, BiomassSample, Layer, SoilProfile
from station_app.domain.calc.carbon_soc import MeasuredChange, SocInput, SocOutcome, Stratum, carbon_soc
from station_app.domain.calc.carbon_stock import Pool, StockInput, StockOutcome, StockStratum, carbon_stock
from station_app.domain.calc.carbon_what_if import OrderInput, Ranged, WhatIfInput, in_order, what_if
from station_app.domain.calc.coefficients import Standards
from station_app.domain.calc.livestock_emissions import (
    EmissionInput,
    EmissionOutcome,
    HeadCount,
    Herd,
    livestock_emissions,
)
from station_app.domain.calc.survey_inputs import Quadrat, SurveyInput
from station_app.storage.standards import load_standards

DRY = {"climate": "cool_temperate_dry", "soil": "HAC", "area_ha": D(1000)}


DEEPER = MeasuredChange(start_t_c=D(1), end_t_c=D(2), years=D(1), start_depth_cm="0-30", end_depth_cm="0-100")


def stratum(management: str | None, **values: Any) -> Stratum:
    return Stratum(management=management, **{**DRY, **values})


def soc(was: str, becomes: str, edition: str = "2019", **values: Any) -> SocInput:
    sets = {"reference_set": f"ipcc{edition}@1", "factor_set": f"ipcc{edition}@1"}
    return SocInput(**{**sets, "before": (stratum(was),), "after": (stratum(becomes),), **values})


def change(asked: SocInput, standards: Standards) -> SocOutcome:
    return sound(carbon_soc(asked, standards)).outcome


# --- annual change -----------------------------------------------------------------------------------------------------


def test_x11_severely_degraded_to_nominal_by_both_editions(standards: Standards) -> None:
    new = change(soc("severe", "nominal"), standards)
    assert (new.equilibrium_t_c_per_ha, new.annual_t_c) == (D("12.9"), D(645))
    assert (new.annual_removal_t_co2, new.annual_t_co2) == (D(2365), D(-2365))  # a removal is below zero
    old = change(soc("severe", "nominal", "2006"), standards)
    assert (old.annual_t_c, old.annual_removal_t_co2) == (D(750), D(2750))


def test_the_range_counts_every_factor_once(standards: Standards) -> None:
    """Reference 43 ± 8 % and factor 0.7 ± 40 %: √((645 × 8 %)² + (1505 × 40 %)²) = 604.2."""
    outcome = change(soc("severe", "nominal"), standards)
    assert printed(outcome.uncertainty_percent, 1) == "93.7"
    assert (printed(outcome.annual_low_t_c, 1), printed(outcome.annual_high_t_c, 1)) == ("40.8", "1249.2")
    same = change(soc("severe", "severe"), standards)
    assert (same.annual_t_c, same.annual_low_t_c, same.annual_high_t_c) == (0, 0, 0)
    assert same.uncertainty_percent is None


def test_time_and_equilibrium(standards: Standards) -> None:
    five = change(soc("severe", "nominal", years_since_change=D(5)), standards)
    assert five.equilibrium_t_c is not None and five.cumulative_t_c == five.equilibrium_t_c / 4
    late = sound(carbon_soc(soc("severe", "nominal", years_since_change=D(25)), standards))
    assert (late.outcome.cumulative_t_c, "CALC-023" in codes(late)) == (late.outcome.equilibrium_t_c, True)
    long = change(soc("severe", "nominal", inventory_years=D(30)), standards)
    assert long.annual_t_c == 430  # T > D: divide by T


def test_improved_grassland_and_its_inputs(standards: Standards) -> None:
    improved = stratum("improved", input_level="high")
    outcome = change(soc("nominal", "nominal", after=(improved,)), standards)
    assert printed(outcome.equilibrium_t_c_per_ha, 4) == "11.4122"  # 43 × (1.14 × 1.11 − 1)


def test_degradation_goes_through_the_editable_table(standards: Standards) -> None:
    def management(edition: str, degree: str) -> str:
        each = stratum(None, degradation=degree)
        asked = soc("nominal", "nominal", edition, before=(each,), degradation_set="proposal@1")
        return change(asked, standards).strata[0].management

    assert [management("2019", d) for d in ("none", "light", "moderate", "severe")] == [
        "nominal", "nominal", "high_intensity", "severe"
    ]  # fmt: skip
    assert management("2006", "moderate") == "moderate"


def test_x3_measured_change_of_the_whole_country(standards: Standards) -> None:
    def measured(years: str) -> SocOutcome:
        return change(
            SocInput(measured=MeasuredChange(start_t_c=D("136.3"), end_t_c=D("154.0"), years=D(years))), standards
        )

    seventeen, eighteen = measured("17"), measured("18")
    assert seventeen.measured_annual_t_c is not None
    assert printed(seventeen.measured_annual_t_c * 17, 1) == "17.7"
    assert printed(seventeen.measured_percent_of_start, 2) == "0.76"
    assert printed(eighteen.measured_percent_of_mean, 2) == "0.68"  # published 0.7 % lies between


@pytest.mark.parametrize(
    ("asked", "code", "place"),
    [
        (soc("severe", "nominal", reference_set=None), "CALC-007", "/reference_set"),
        (soc("severe", "nominal", factor_set="ipcc2006@1"), "CALC-021", "/factor_set"),
        (soc("moderate", "nominal"), "CALC-004", "/before/0"),  # the 2019 edition replaced the class
        (soc("high_intensity", "nominal", "2006"), "CALC-004", "/before/0"),
        (soc("severe", "nominal", after=(stratum("nominal", area_ha=D(999)),)), "CALC-022", "/after"),
        (soc("severe", "nominal", after=(stratum("nominal", area_ha=D(0)),)), "CALC-001", "/after/0/area_ha"),
        (soc("severe", "nominal", after=(stratum("nominal", input_level="high"),)), "CALC-030", "/after/0/input_level"),
        (soc("severe", "nominal", after=(stratum("improved"),)), "CALC-013", "/after/0/input_level"),
        (soc("severe", "nominal", after=(stratum(None),)), "CALC-042", "/after/0/management"),
        (soc("severe", "nominal", before=(stratum(None, degradation="severe"),)), "CALC-007", "/degradation_set"),
        (soc("severe", "nominal", before=(stratum("severe", soil="Spodic"),)), "CALC-004", "/before/0"),
        (SocInput(measured=DEEPER), "CALC-025", "/measured/end_depth_cm"),
        (SocInput(), "CALC-013", "/before"),
    ],
)  # fmt: skip
def test_a_change_that_can_not_be_computed_is_refused(
    standards: Standards, asked: SocInput, code: str, place: str
) -> None:
    with refused(code, place):
        carbon_soc(asked, standards)


# --- stock -------------------------------------------------------------------------------------------------------------


def stock(*strata: StockStratum, **values: Any) -> StockInput:
    return StockInput(strata=strata, **values)


def stored(asked: StockInput, standards: Standards) -> StockOutcome:
    return sound(carbon_stock(asked, standards)).outcome


def of(pool: str, **values: Any) -> Pool:
    given = {"depth_cm": "0-100", **values} if pool == "soil" and not {"layers", "profiles"} & set(values) else values
    return Pool(pool=pool, **given)


def one(pool: Pool) -> StockStratum:
    return StockStratum(name="x", area_ha=D(1), pools=(pool,))


def test_x1_qinghai(standards: Standards) -> None:
    pg = D("1000000000")
    pools = (
        of("above", stock_t_c=D("0.0097") * pg),
        of("below", stock_t_c=D("0.0967") * pg),
        of("soil", stock_t_c=D("6.01") * pg),
    )
    outcome = stored(stock(StockStratum(name="青海", pools=pools)), standards)
    assert outcome.total_t_c == D("6.1164") * pg
    assert printed(outcome.soil_per_vegetation, 1) == "56.5"  # the paper says 54 times: does not reproduce
    densities = tuple(
        of(pool, density_t_c_per_ha=D(kg) * 10)
        for pool, kg in (("above", "0.03"), ("below", "0.29"), ("soil", "17.76"))
    )
    by_area = stored(stock(StockStratum(name="青海", area_ha=D(1), pools=densities)), standards)
    assert by_area.mean_t_c_per_ha == D("180.8")  # 18.08 kg/m²
    classes = ("3.64", "0.94", "0.61", "0.35", "0.33", "0.08", "0.08", "0.05", "0.04")
    strata = tuple(
        StockStratum(name=f"类{n}", pools=(of("vegetation", stock_t_c=D(v) * pg),)) for n, v in enumerate(classes)
    )
    assert stored(stock(*strata), standards).total_t_c == D("6.12") * pg


def test_x2_close_but_not_exact(standards: Standards) -> None:
    pools = (of("above", density_t_c_per_ha=D("0.418")), of("below", density_t_c_per_ha=D("2.460")))
    asked = stock(
        StockStratum(name="北方与青藏", area_ha=D("185000000"), pools=pools), printed_total_t_c=D("536100000")
    )
    result = sound(carbon_stock(asked, standards))
    assert printed(result.outcome.total_t_c.scaleb(-6), 1) == "532.4"
    assert "CALC-028" in codes(result)
    soil = stock(StockStratum(name="x", area_ha=D("185000000"), pools=(of("soil", density_t_c_per_ha=D(80)),)))
    assert printed(stored(soil, standards).total_t_c.scaleb(-9), 2) == "14.80"  # printed 14.9


def test_x3_ratio_below_to_above(standards: Standards) -> None:
    tg = D(1000000)
    pools = (of("above", stock_t_c=D("145.4") * tg), of("vegetation", stock_t_c=D("1051.1") * tg))
    outcome = stored(stock(StockStratum(name="全国", area_ha=D("334100000"), pools=pools)), standards)
    assert printed(outcome.below_per_above, 2) == "6.23"
    assert {pool.pool: pool.t_c for pool in outcome.pools}["below"] == D("905.7") * tg
    assert outcome.total_t_c == D("1051.1") * tg  # above and below are inside the vegetation
    above = stock(StockStratum(name="全国", area_ha=D("334100000"), pools=pools[:1]))
    assert printed((stored(above, standards).mean_t_c_per_ha or D(0)) * 100, 1) == "43.5"  # g/m²


def test_x4_a_plain_mean_of_classes_is_not_the_mean(standards: Standards) -> None:
    def product(hay_kg: str) -> str:
        pools = (of("above", biomass_t_per_ha=D(hay_kg) / 1000),)
        asked = stock(
            StockStratum(name="全国", area_ha=D("299000000"), pools=pools), carbon_fraction_set="cn-literature@1"
        )
        return printed(stored(asked, standards).total_t_c.scaleb(-6), 1)

    assert product("1232") == "165.8"  # printed 134.09
    assert product("997") == "134.1"  # the weighted mean that would be needed
    parts = tuple(
        StockStratum(name=name, pools=(of("above", stock_t_c=D(v) * 1000000),))
        for name, v in (("温带", "51.54"), ("高寒", "40.78"), ("热带", "29.66"), ("暖温带", "12.1"))
    )
    assert stored(stock(*parts), standards).total_t_c.scaleb(-6) == D("134.08")


def test_measured_soil_is_summed_over_its_layers(standards: Standards) -> None:
    def layer(top: int, bottom: int, soc_g: str, **values: Any) -> Layer:
        given = {"soc_g_per_kg": D(soc_g), "bulk_density_g_per_cm3": D("1.2"), **values}
        return Layer(top_cm=D(top), bottom_cm=D(bottom), **given)

    def density(*layers: Layer) -> D:
        asked = stock(StockStratum(name="示例", area_ha=D(1), pools=(of("soil", layers=layers),)))
        outcome = stored(asked, standards)
        assert outcome.depth_cm == "0-30"
        return outcome.total_t_c

    assert density(layer(0, 30, "20")) == 72  # 20 × 1.2 × 30 / 10
    assert density(layer(0, 10, "30"), layer(10, 30, "15")) == 72
    assert density(layer(0, 30, "20", gravel_percent=D(25), gravel_basis="mass")) == 54
    with refused("CALC-013", "/strata/0/pools/0/layers/0/gravel_basis"):
        density(layer(0, 30, "20", gravel_percent=D(25)))
    with refused("CALC-025", "/strata/0/pools/0/layers/1/top_cm"):
        density(layer(0, 20, "30"), layer(10, 30, "15"))
    with refused("CALC-054", "/strata/0/pools/0/layers/0/bottom_cm"):
        density(layer(30, 30, "30"))


def test_densities_are_weighted_by_area_and_ranges_are_carried(standards: Standards) -> None:
    strata = (
        StockStratum(
            name="甲", area_ha=D(900), pools=(of("soil", density_t_c_per_ha=D(50), uncertainty_percent=D(20)),)
        ),
        StockStratum(
            name="乙", area_ha=D(100), pools=(of("soil", density_t_c_per_ha=D(150), uncertainty_percent=D(20)),)
        ),
    )
    outcome = stored(stock(*strata), standards)
    assert outcome.mean_t_c_per_ha == 60  # not 100
    assert printed(outcome.uncertainty_percent, 2) == "15.81"  # √(9000² + 3000²) / 60 000
    assert codes(
        carbon_stock(
            stock(strata[0], dataclasses.replace(strata[1], pools=(of("soil", density_t_c_per_ha=D(1)),))), standards
        )
    ) == ["CALC-041"]


def test_below_ground_by_the_root_ratio_of_the_class(standards: Standards) -> None:
    pools = (of("above", biomass_t_per_ha=D(1)), of("below", by_root_ratio=True))
    asked = stock(
        StockStratum(name="示例", grassland_class="1", area_ha=D(1), pools=pools),
        carbon_fraction_set="measured@1",
        root_ratio_set="maan-2014@1",
    )
    result = sound(carbon_stock(asked, standards))
    assert result.outcome.total_t_c == D("0.393") + 7 * D("0.366")
    with refused("CALC-007"):
        carbon_stock(dataclasses.replace(asked, root_ratio_set=None), standards)
    with refused("CALC-007"):
        carbon_stock(dataclasses.replace(asked, carbon_fraction_set=None), standards)


def profile(name: str, soc_g: str, bottom: int = 30) -> SoilProfile:
    layer = Layer(top_cm=D(0), bottom_cm=D(bottom), soc_g_per_kg=D(soc_g), bulk_density_g_per_cm3=D("1.2"))
    return SoilProfile(name=name, layers=(layer,), reference=f"record:soil_sample/{name}")


def test_a_mean_of_samples_carries_the_range_of_a_mean(standards: Standards) -> None:
    """54, 72 and 90 t C/ha: mean 72, s = 18, 4.303 × 18 / √3 = 44.72, that is 62.1 %."""
    pool = of("soil", profiles=(profile("甲", "15"), profile("乙", "20"), profile("丙", "25")))
    result = sound(carbon_stock(stock(one(pool)), standards))
    assert (result.outcome.total_t_c, result.outcome.depth_cm) == (72, "0-30")
    assert printed(result.outcome.uncertainty_percent, 1) == "62.1"
    assert codes(result) == []
    alone = sound(carbon_stock(stock(one(of("soil", profiles=(profile("甲", "15"),)))), standards))
    assert (alone.outcome.total_t_c, alone.outcome.low_t_c) == (54, None)
    assert codes(alone) == ["CALC-062"]  # one sample says nothing about how far others lie apart
    certain = of("vegetation", density_t_c_per_ha=D(1), uncertainty_percent=D(5))
    both = dataclasses.replace(one(certain), pools=(certain, of("soil", profiles=(profile("甲", "15"),))))
    assert stored(stock(both), standards).low_t_c is None  # a range of the small known part would mislead
    alike = sound(carbon_stock(stock(one(of("soil", profiles=(profile("甲", "15"), profile("乙", "15"))))), standards))
    assert (alike.outcome.total_t_c, alike.outcome.low_t_c) == (54, None)
    with refused("CALC-025", "/strata/0/pools/0/profiles"):
        carbon_stock(stock(one(of("soil", profiles=(profile("甲", "15"), profile("乙", "15", 100))))), standards)


def test_strata_told_by_the_same_samples_move_together(standards: Standards) -> None:
    pool = of("soil", density_t_c_per_ha=D(50), uncertainty_percent=D(20))
    twice = tuple(StockStratum(name=name, area_ha=D(1), pools=(pool,)) for name in "甲乙")
    apart = stored(stock(*twice), standards)
    assert printed(apart.uncertainty_percent, 1) == "14.1"
    together = tuple(dataclasses.replace(each, pools=(dataclasses.replace(pool, shared="温性草原"),)) for each in twice)
    assert stored(stock(*together), standards).uncertainty_percent == 20


def test_students_quantiles_fall_towards_the_normal_one() -> None:
    values = list(STUDENT.values())
    assert values == sorted(values, reverse=True)
    assert (STUDENT[1], STUDENT[2], STUDENT[30]) == (D("12.706"), D("4.303"), D("2.042"))


def test_plots_become_oven_dry_biomass_with_roots_moving_along(standards: Standards) -> None:
    """Quadrats of 60 and 100 g air-dry, 86 % dry matter: 0.6 and 1.0 t hay, mean 0.8 × 0.86 = 0.688 t/ha."""

    def plot(name: str, dry: str, **values: Any) -> BiomassSample:
        quadrat = Quadrat(name=name, area_m2=D(1), fresh_g=D(300), dry_g=D(dry), drying_method="air")
        given = {"dry_matter_percent": D(86), "dry_matter_source": "示例", "reference": f"record:plot/{name}", **values}
        return BiomassSample(name=name, survey=SurveyInput(quadrats=(quadrat,), quadrats_per_plot=1), **given)

    pools = (of("above", samples=(plot("1", "60"), plot("2", "100"))), of("below", by_root_ratio=True))
    parcels = (AreaOf(name="甲", area_mu=D("10.5")), AreaOf(name="乙", area_mu=D("4.5")))
    asked = stock(
        StockStratum(name="示例", grassland_class="1", parcels=parcels, pools=pools),
        carbon_fraction_set="cn-literature@1",
        root_ratio_set="maan-2014@1",
    )
    result = sound(carbon_stock(asked, standards))
    assert result.outcome.area_ha == 1
    assert result.outcome.total_t_c == D("0.688") * D("0.45") * 8  # shoots and 7 parts of roots
    above = carbon_stock(
        dataclasses.replace(asked, strata=(dataclasses.replace(asked.strata[0], pools=pools[:1]),)), standards
    )
    assert result.outcome.uncertainty_percent == above.outcome.uncertainty_percent  # not narrowed by its own roots
    assert "CALC-041" in codes(result)  # the ratio has no range of its own
    with refused("CALC-013", "/strata/0/pools/0/samples/0/dry_matter_source"):
        bare = dataclasses.replace(pools[0], samples=(plot("1", "60", dry_matter_source=""),))
        carbon_stock(
            dataclasses.replace(asked, strata=(dataclasses.replace(asked.strata[0], pools=(bare,)),)), standards
        )


@pytest.mark.parametrize(
    ("asked", "code", "place"),
    [
        (stock(dataclasses.replace(one(of("above", stock_t_c=D(1))), parcels=(AreaOf(name="y", area_mu=D(1)),))), "CALC-042", "/strata/0/area_ha"),
        (stock(one(of("soil", profiles=(profile("甲", "1"),), density_t_c_per_ha=D(1)))), "CALC-042", None),
        (stock(StockStratum(name="x", pools=(of("soil", density_t_c_per_ha=D(1)),))), "CALC-001", "/strata/0/area_ha"),
        (stock(one(of("soil", density_t_c_per_ha=D(1), stock_t_c=D(1)))), "CALC-042", None),
        (stock(one(of("soil", density_t_c_per_ha=D(1), depth_cm=""))), "CALC-013", "/strata/0/pools/0/depth_cm"),
        (
            stock(
                StockStratum(name="x", area_ha=D(1), pools=(of("soil", density_t_c_per_ha=D(1)),)),
                StockStratum(name="y", area_ha=D(1), pools=(of("soil", density_t_c_per_ha=D(1), depth_cm="0-30"),)),
            ),
            "CALC-025",
            "/strata",
        ),
        (stock(StockStratum(name="x", pools=(of("above", stock_t_c=D(1)), of("above", stock_t_c=D(1))))), "CALC-053", "/strata/0/pools/1"),
        (stock(), "CALC-013", "/strata"),
    ],
)  # fmt: skip
def test_a_stock_that_can_not_be_computed_is_refused(
    standards: Standards, asked: StockInput, code: str, place: str | None
) -> None:
    with refused(code, place):
        carbon_stock(asked, standards)


# --- emissions ---------------------------------------------------------------------------------------------------------


def herds(*animals: Herd, **values: Any) -> EmissionInput:
    sets = {
        "enteric_set": "ipcc2019@1",
        "manure_ch4_set": "ipcc2019@1",
        "manure_rate_set": "ipcc2019@1",
        "n2o_set": "ipcc2019@1",
        "gwp_set": "ar6@1",
    }
    return EmissionInput(animals=animals, **{**sets, **values})


def herd(species: str, head: int, **values: Any) -> Herd:
    return Herd(species=species, head=D(head), **{"pasture_percent": D(100), **values})


def emitted(asked: EmissionInput, standards: Standards) -> EmissionOutcome:
    return sound(livestock_emissions(asked, standards)).outcome


X10 = (herd("sheep", 1000), herd("goat", 200), herd("horse", 20))


def test_x10_methane_and_nitrous_oxide(standards: Standards) -> None:
    outcome = emitted(herds(*X10), standards)
    assert (outcome.ch4_kg, outcome.total_t_co2e) == (D(6360), D("171.72"))
    assert emitted(herds(*X10, gwp_set="ar5@1"), standards).total_t_co2e == D("178.08")
    sheep = emitted(herds(X10[0], include=("n2o_direct",)), standards)
    assert sheep.animals[0].nitrogen_kg == D("3620.8")
    assert (printed(sheep.n2o_kg, 2), printed(sheep.total_t_co2e, 2)) == ("17.07", "4.66")


def test_ranges_of_emissions_are_lopsided_where_the_factors_are(standards: Standards) -> None:
    enteric = emitted(herds(*X10), standards)
    assert printed(enteric.uncertainty_percent, 1) == "40.2"  # √(5000² + 1000² + 360²) × 50 % / 6360
    nitrous = emitted(herds(X10[0], include=("n2o_direct",)), standards)
    assert nitrous.low_t_co2e == 0  # EF3 0.003 (0.000–0.010)
    assert nitrous.high_t_co2e is not None
    assert printed(nitrous.high_t_co2e / nitrous.total_t_co2e, 3) == "3.333"


def test_manure_methane_by_both_editions(standards: Standards) -> None:
    new = emitted(herds(X10[0], include=("manure_ch4",)), standards)
    assert printed(new.ch4_kg, 3) == "56.349"  # 1000 × 8.3 × 31/1000 × 365 × 0.6/1000
    sets = {name: "ipcc2006@1" for name in ("enteric_set", "manure_ch4_set", "manure_rate_set", "n2o_set")}
    old = herds(X10[0], include=("manure_ch4",), temperature_zone="cold", **sets)
    assert emitted(old, standards).ch4_kg == 100
    with refused("CALC-013", "/temperature_zone"):
        livestock_emissions(dataclasses.replace(old, temperature_zone=None), standards)
    half = dataclasses.replace(X10[0], pasture_percent=D(50))
    assert emitted(herds(half, include=("manure_ch4",)), standards).ch4_kg == (new.ch4_kg or D(0)) / 2


def test_indirect_nitrous_oxide_has_no_leaching_where_it_is_dry(standards: Standards) -> None:
    dry = emitted(herds(X10[0], include=("n2o_indirect",), climate="dry"), standards)
    assert printed(dry.n2o_kg, 3) == "5.974"  # 3620.8 × 0.21 × 0.005 × 44/28
    wet = emitted(herds(X10[0], include=("n2o_indirect",), climate="wet"), standards)
    assert printed(wet.n2o_kg, 3) == "31.749"
    with refused("CALC-004", "/climate"):
        livestock_emissions(herds(X10[0], include=("n2o_indirect",)), standards)


def test_the_average_population_is_the_mean_of_an_owners_counts(standards: Standards) -> None:
    """甲 100 + 20 in June and 80 in December is 100 on average; 乙, counted once, counts as he was found."""
    counts = (
        HeadCount(owner="甲", occasion="mid_year", head=D(100), reference="record:livestock_count/1"),
        HeadCount(owner="甲", occasion="mid_year", head=D(20), reference="record:livestock_count/1"),
        HeadCount(owner="甲", occasion="year_end", head=D(80), reference="record:livestock_count/2"),
        HeadCount(owner="乙", occasion="mid_year", head=D(50), reference="record:livestock_count/3"),
    )
    outcome = emitted(herds(Herd(species="sheep", counts=counts)), standards)
    assert (outcome.animals[0].head, outcome.ch4_kg) == (150, 750)


def test_a_source_without_a_factor_is_left_out_by_name_only(standards: Standards) -> None:
    camels = herd("camel", 10, leave_out=("manure_ch4",))
    result = sound(livestock_emissions(herds(X10[0], camels, include=("enteric", "manure_ch4")), standards))
    assert "CALC-061" in codes(result)
    assert result.outcome.animals[1].enteric_kg_ch4 == 460
    assert result.outcome.animals[1].manure_kg_ch4 is None
    with refused("CALC-014", "/animals/0/leave_out/0"):
        livestock_emissions(herds(herd("sheep", 1, leave_out=("methane",))), standards)


def test_animals_living_under_a_year_and_yaks(standards: Standards) -> None:
    lambs = Herd(species="sheep", produced=D(730), days_alive=D(150))
    assert emitted(herds(lambs), standards).ch4_kg == 1500  # 300 on average
    with refused("CALC-010"):  # no row of IPCC, and none is made up
        livestock_emissions(herds(herd("yak", 100)), standards)
    result = sound(livestock_emissions(herds(herd("yak", 100, factor_of="cattle")), standards))
    assert (result.outcome.ch4_kg, "CALC-037" in codes(result)) == (5600, True)
    own = sound(livestock_emissions(herds(herd("yak", 100, enteric_kg=D(46), own_source="示例研究")), standards))
    assert own.outcome.ch4_kg == 4600


@pytest.mark.parametrize(
    ("asked", "code", "place"),
    [
        (herds(*X10, gwp_set="ar6-fossil@1"), "CALC-040", "/gwp_set"),
        (herds(*X10, gwp_set="ar6"), "CALC-007", "/gwp_set"),
        (herds(*X10, enteric_set=None), "CALC-007", "/enteric_set"),
        (herds(*X10, manure_rate_set="ipcc2006@1"), "CALC-021", None),
        (herds(herd("camel", 1), include=("manure_ch4",)), "CALC-031", None),
        (herds(herd("buffalo", 1), include=("n2o_direct",)), "CALC-004", None),
        (herds(herd("cattle", 1, productivity="grazing")), "CALC-004", None),
        (herds(Herd(species="sheep", head=D(1), produced=D(1))), "CALC-042", None),
        (herds(Herd(species="sheep", produced=D(1))), "CALC-003", "/animals/0/days_alive"),
        (herds(Herd(species="sheep", head=D(1)), include=("n2o_direct",)), "CALC-013", "/animals/0/pasture_percent"),
        (herds(herd("sheep", 1, enteric_kg=D(7))), "CALC-013", "/animals/0/own_source"),
        (herds(*X10, include=("methane",)), "CALC-014", "/include/0"),
        (herds(*X10, include=("enteric", "enteric")), "CALC-053", "/include/1"),
        (herds(*X10, include=()), "CALC-013", "/include"),
    ],
)  # fmt: skip
def test_emissions_that_can_not_be_computed_are_refused(
    standards: Standards, asked: EmissionInput, code: str, place: str | None
) -> None:
    with refused(code, place):
        livestock_emissions(asked, standards)


# --- what if, and order ------------------------------------------------------------------------------------------------


def test_what_a_ban_and_fewer_animals_would_change(standards: Standards) -> None:
    fewer = (herd("sheep", 500), *X10[1:])
    asked = WhatIfInput(measure="禁牧", soil=soc("severe", "nominal"), herds_now=herds(*X10), herds_then=herds(*fewer))
    outcome = sound(what_if(asked, standards)).outcome
    assert outcome.soil_t_co2 == -2365
    assert outcome.emissions_change_t_co2e == D("-67.5")  # 500 × 5 × 27 / 1000
    assert outcome.net_t_co2e == D("-2432.5")
    assert outcome.low_t_co2e is not None and outcome.high_t_co2e is not None
    assert outcome.low_t_co2e < outcome.net_t_co2e < outcome.high_t_co2e < 0
    assert outcome.direction_is_certain
    nothing = what_if(WhatIfInput(herds_now=herds(*X10), herds_then=herds(*X10)), standards).outcome
    assert (nothing.net_t_co2e, nothing.low_t_co2e, nothing.high_t_co2e) == (0, 0, 0)  # the same factors cancel
    assert not nothing.direction_is_certain


def test_a_what_if_over_years_stops_the_soil_after_twenty(standards: Standards) -> None:
    fewer = (herd("sheep", 500), *X10[1:])
    asked = WhatIfInput(soil=soc("severe", "nominal"), herds_now=herds(*X10), herds_then=herds(*fewer), years=D(10))
    ten = sound(what_if(asked, standards)).outcome
    assert ten.total_t_co2e == -24325  # (2365 + 67.5) × 10
    assert ten.low_t_co2e is not None and ten.total_low_t_co2e is not None
    assert printed(ten.total_low_t_co2e, 6) == printed(ten.low_t_co2e * 10, 6)
    late = sound(what_if(dataclasses.replace(asked, years=D(30)), standards))
    assert late.outcome.total_t_co2e == -2365 * 20 - D("67.5") * 30
    assert "CALC-023" in codes(late)
    with refused("CALC-003", "/years"):
        what_if(dataclasses.replace(asked, years=D(0)), standards)


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (WhatIfInput(), "CALC-013"),
        (WhatIfInput(herds_now=herds(*X10)), "CALC-013"),
        (WhatIfInput(herds_now=herds(*X10), herds_then=herds(*X10, gwp_set="ar5@1")), "CALC-021"),
    ],
)
def test_a_what_if_that_compares_unlike_things_is_refused(standards: Standards, asked: WhatIfInput, code: str) -> None:
    with refused(code):
        what_if(asked, standards)


def test_an_order_is_given_only_where_ranges_do_not_overlap() -> None:
    def figure(name: str, low: int, value: int, high: int) -> Ranged:
        return Ranged(name=name, low=D(low), value=D(value), high=D(high))

    ranks, found = in_order(
        OrderInput(figures=(figure("甲", 5, 10, 15), figure("乙", 12, 20, 28), figure("丙", 1, 2, 3)))
    )
    assert [(each.name, rank) for each, rank in ranks] == [("乙", None), ("甲", None), ("丙", 3)]
    assert [problem.code for problem in found] == ["CALC-024"]
    with refused("CALC-015", "/figures/0/value"):
        in_order(OrderInput(figures=(figure("甲", 5, 4, 15),)))


AREAS = st.decimals(D("0.01"), D(100_000), places=2)
CLASSES = st.sampled_from(["nominal", "high_intensity", "severe"])


@given(st.lists(st.tuples(AREAS, CLASSES, CLASSES), min_size=1, max_size=5), st.randoms())
def test_sums_over_strata_do_not_depend_on_the_order(parts: list[tuple[D, str, str]], random: Any) -> None:
    known = load_standards()

    def ask(order: list[int]) -> SocOutcome:
        before = tuple(stratum(parts[n][1], area_ha=parts[n][0], name=str(n)) for n in order)
        after = tuple(stratum(parts[n][2], area_ha=parts[n][0], name=str(n)) for n in order)
        return sound(carbon_soc(soc("severe", "nominal", before=before, after=after), known)).outcome

    order = list(range(len(parts)))
    first = ask(order)
    random.shuffle(order)
    again = ask(order)
    assert (again.annual_t_c, again.annual_low_t_c) == (first.annual_t_c, first.annual_low_t_c)
