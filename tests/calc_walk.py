"""Every input of every calculation, walked: what may be given, and what it is changed to."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Iterator
from decimal import Decimal
from decimal import Decimal as D
from typing import Any

from station_app.domain.calc.catalogue import CALCULATIONS
from station_app.domain.calc.coefficients import Standards
from station_app.domain.calc.explanation import Explanation, Given, Result
from station_app.domain.calc.explanation_json import explanation_to_json
from station_app.domain.calc.inputs import read, to_json
from station_app.domain.codes import code_list
from station_app.domain.fields import Field, Kind, described_fields

Step = str | int

HERD = {
    "adult_set": "seed@1", "young_set": "nyt635-recollected@1", "group_set": "proposal@1",
    "herd": [
        {"species": "sheep", "stock_class": "adult_female", "head": 300, "reference": "record:livestock_count/1"},
        {"species": "sheep", "stock_class": "young", "head": 60, "reference": "record:livestock_count/2"},
        {"species": "cattle", "stock_class": "undivided", "head": 20, "reference": "record:livestock_count/3"},
        {"species": "horse", "stock_class": "age_1_2", "head": 4, "age_months": "20"},
        {"species": "goat", "stock_class": "adult_other", "head": 7, "coefficient_su": "0.85",
         "coefficient_source": "示例站自测"},
    ],
}  # fmt: skip
PASTURE_SETS = {
    "utilization": "nyt635-2015-recollected@1", "degraded": "nyt635-2015-recollected@1", "hay_coefficient": "unit@1",
    "fresh_hay_ratio": "qinghai-study@1", "npp_ratio": "xilingol-study@1",
}  # fmt: skip
CAPACITY = {
    "sheep_unit_set": "definitions@1", "sheep_unit": "NYT635-2015", "sets": PASTURE_SETS,
    "days": [{"season": "warm", "days": "150", "reference": "record:calculation_scheme/1"},
             {"season": "cold", "days": "215"}],
    "pastures": [
        {"name": "示例一", "season": "warm", "area_mu": "1500.250", "hay_kg_per_ha": "1200", "grassland_class": "2",
         "degradation": "light", "reference": "record:parcel/1", "yield_reference": "record:plot/1"},
        {"name": "示例二", "season": "cold", "area_ha": "120", "fresh_kg_per_ha": "3600", "grassland_class": "2",
         "edible_percent": "90", "edible_reference": "record:calculation_scheme/2"},
        {"name": "示例三", "season": "cold", "area_ha": "80", "hay_kg_per_ha": "900", "hay_moisture_percent": "10",
         "regrowth_percent": "5", "utilization_percent": "45", "hay_coefficient": "0.9", "values_source": "示例",
         "grazed_kg": "20000"},
    ],
    "approved": [{"name": "示例甲", "season": "warm", "approved_su": "100", "document_number": "示例〔2026〕1"},
                 {"name": "示例乙", "season": "cold", "approved_mu_per_su": "22.66", "area_mu": "1500",
                  "approving_body": "示例局", "approved_on": "2026-03-01", "reference": "record:capacity_approval/1"}],
    "printed_total_su": "66", "herd_su": "120", "su_per_animal": "5",
}  # fmt: skip
NEEDS = {
    "need_kg_per_su": "657", "intake_source": "示例",
    "pastures": [{"name": "示例", "forage_kg": "60000", "hay_kg_per_ha": "1100", "utilization_percent": "50"},
                 {"name": "示例总", "forage_kg": "70000", "area_mu": "1500", "utilization_percent": "50"}],
}  # fmt: skip
INTAKE = {
    "intake_kg_per_day": "1.8", "intake_source": "示例", "range_end": "upper",
    "sets": {"utilization": "nyt635-2015-recollected@1", "hay_coefficient": "nyt635-2015-recollected@1",
             "regrowth": "nyt635-2015@1"},
    "days": [{"season": "whole_year", "days": "365"}],
    "pastures": [{"name": "示例", "area_ha": "100", "fresh_kg_per_ha": "3600", "fresh_per_hay": "3.1", "regrowth_percent": "2",
                  "values_source": "示例", "grassland_class": "2", "hay_group": "2", "reference": "record:parcel/9"}],
}  # fmt: skip
SEASON_NEEDS = {
    "intake_source": "示例", "seasonal_minimum": False,
    "days": [{"season": "warm", "need_kg_per_su": "300"}, {"season": "cold", "need_kg_per_su": "380"}],
    "pastures": [{"name": "示例暖", "season": "warm", "area_ha": "100", "hay_kg_per_ha": "1100", "utilization_percent": "50"},
                 {"name": "示例冷", "season": "cold", "area_ha": "90", "npp_g_c_per_m2": "200", "grassland_class": "2",
                  "utilization_percent": "40"}],
    "sets": {"npp_ratio": "xilingol-study@1"},
}  # fmt: skip
BALANCE = {
    "name": "示例牧户", "sheep_unit_set": "definitions@1", "sheep_unit": "NYT635-2015", "herd": HERD,
    "occasion": "mid_year", "counted_on": "2026-06-28", "days": "365", "days_grazing": "300", "fed_su": "50",
    "days_fed": "65", "capacity": {k: v for k, v in CAPACITY.items() if k != "printed_total_su"},
    "supply": [
        {"kind": "natural_hay", "name": "示例打草", "quantity_kg": "5000", "moisture_percent": "14",
         "moisture_default": "air_dry", "reference": "record:forage_supply/1"},
        {"kind": "silage", "quantity_kg": "9000", "moisture_percent": "65", "hay_equivalent": "0.9",
         "coefficient_source": "示例", "usable_percent": "95", "reference": "record:forage_supply/2"},
    ],
    "grade_sets": ["xu-yang-2009@1"], "penalty_set": "inner-mongolia-2021@1", "reference": "record:household/1",
    "edge_rule": "lower",
    "days_reference": "record:calculation_scheme/3",
}  # fmt: skip
MEAN_BALANCE = {
    "sheep_unit_set": "definitions@1", "sheep_unit": "NYT635-2015", "stock_su": "320", "stock_sheep_unit": "NYT635-2015",
    "days": "365", "basis": "mean", "years_wanted": 3,
    "years": [{"year": 2023, "usable_kg": "180000", "reference": "figure:balance/2023/mid_year/household/1"},
              {"year": 2024, "usable_kg": "200000"}, {"year": 2025, "usable_kg": "190000"}],
    "approved_su": "290", "penalty_set": "gansu-2022@1", "grade_sets": ["gansu-2022@1"],
}  # fmt: skip
QUADRATS = [
    {"name": "示例-01", "area_m2": "1", "fresh_g": "186", "dry_g": "64", "edible_dry_g": "60", "drying_method": "air",
     "cover_percent": "45", "height_cm": "18", "reference": "record:herb_quadrat/1"},
    {"name": "示例-02", "area_m2": "2", "fresh_g": "205", "dry_g": "71", "edible_dry_g": "66", "drying_method": "air",
     "cover_percent": "52", "height_cm": "21", "reference": "record:herb_quadrat/2"},
    {"name": "示例-03", "area_m2": "1", "fresh_g": "172", "dry_g": "58", "edible_dry_g": "50", "drying_method": "air",
     "cover_percent": "41", "height_cm": "16", "reference": "record:herb_quadrat/3"},
]  # fmt: skip
SHRUBS = [
    {"name": "锦鸡儿", "size": "大", "diameter_cm": "120", "count": 3, "mass_g": "250", "dry_mass_g": "110",
     "reference": "record:shrub_quadrat/1"},
    {"name": "锦鸡儿", "size": "中", "diameter_cm": "80", "diameter_2_cm": "70", "count": 6, "mass_g": "110",
     "dry_mass_g": "50", "reference": "record:shrub_quadrat/2"},
]  # fmt: skip
STRATUM = {
    "name": "示例",
    "climate": "cool_temperate_dry",
    "soil": "HAC",
    "area_ha": "1000",
    "reference": "record:carbon/1",
}
SOC = {
    "reference_set": "ipcc2019@1", "factor_set": "ipcc2019@1", "degradation_set": "proposal@1",
    "before": [{**STRATUM, "management": "severe"}, {**STRATUM, "name": "示例二", "degradation": "light"}],
    "after": [{**STRATUM, "management": "improved", "input_level": "high"}, {**STRATUM, "name": "示例二", "management": "nominal"}],
    "inventory_years": "25", "years_since_change": "5",
}  # fmt: skip
EMISSIONS = {
    "include": ["enteric", "manure_ch4", "n2o_direct", "n2o_indirect"], "enteric_set": "ipcc2019@1",
    "manure_ch4_set": "ipcc2019@1", "manure_rate_set": "ipcc2019@1", "n2o_set": "ipcc2019@1", "gwp_set": "ar6@1",
    "climate": "dry",
    "animals": [
        {"species": "sheep", "head": "1000", "pasture_percent": "100", "reference": "record:livestock_count/1"},
        {"species": "goat", "pasture_percent": "80", "productivity": "low",
         "counts": [{"owner": "示例甲", "occasion": "mid_year", "head": "120", "reference": "record:livestock_count/2"},
                    {"owner": "示例甲", "occasion": "year_end", "head": "80"}]},
        {"species": "yak", "factor_of": "cattle", "produced": "20", "days_alive": "200", "pasture_percent": "100",
         "mean_weight_kg": "250", "enteric_kg": "46", "own_source": "示例"},
    ],
}  # fmt: skip
EXAMPLES: dict[str, list[dict[str, Any]]] = {
    "sheep-units": [
        HERD | {"area_ha": "100"},
        {"adult_set": "nyt635-2002@1", "herd": [
            {"species": "sheep", "stock_class": "adult_female", "head": 10, "mean_weight_kg": "52", "reference": "record:c/1"}]},
        {"adult_set": "seed@1", "young_rule": "herd_share", "herd_share_percent": "37.25", "young_share_of_adult": "0.45",
         "herd_share_source": "示例", "count_pigs": True,
         "herd": [{"species": "sheep", "stock_class": "undivided", "head": 100},
                  {"species": "cattle", "stock_class": "young", "head": 9}]},
    ],
    "capacity": [CAPACITY, NEEDS, SEASON_NEEDS, INTAKE, {"approved": CAPACITY["approved"], "printed_total_su": "0.01",
                                                "printed_unit_su": "10"}],
    "balance": [BALANCE, MEAN_BALANCE, {**MEAN_BALANCE, "basis": "current_year", "years": [], "years_wanted": 5,
                                        "natural_kg": "190000"}],
    "overload": [
        {"rows": [{"name": "示例甲", "stock_su": "500", "capacity_su": "400", "reference": "record:household/1"},
                  {"name": "示例乙", "stock_su": "300", "capacity_su": "320"}],
         "stock_sheep_unit": "NYT635-2015", "capacity_sheep_unit": "NYT635-2015", "occasion": "mid_year", "season": "cold",
         "grade_sets": ["xu-yang-2009@1", "gansu-2022@1"], "penalty_set": "gansu-2022@1", "printed_pooled_percent": "11.1",
         "edge_rule": "lower"},
        {"situation": "ban_or_rest", "found_su": "570", "penalty_set": "inner-mongolia-2021@1"},
    ],
    "survey-yield": [
        {"name": "示例样地", "quadrats": QUADRATS, "shrubs": SHRUBS, "shrub_area_m2": "100", "has_shrubs": True,
         "unequal_areas": "area_weighted", "total_cover": False, "quadrats_per_plot": 4},
        {"herb_kg_per_ha": "400", "herb_hay_kg_per_ha": "150", "herb_cover_percent": "35", "shrubs": SHRUBS,
         "shrub_area_m2": "100"},
        {"line_length_m": "100", "line": [{"name": "锦鸡儿", "covered_m": "20", "yield_g_per_m2": "110", "grass": "hay",
                                           "reference": "record:line/1"}],
         "classes": [{"name": "草甸", "mean_cover_percent": "60", "area_ha": "100", "reference": "record:cover/1"},
                     {"name": "荒漠", "mean_cover_percent": "20", "area_ha": "300"}],
         "weighings": [{"name": "七月", "fresh": "937.98", "hay": "386.21", "edible_hay": "343.47", "plots": 6,
                        "kg_per_mu": True, "reference": "record:w/1"},
                       {"name": "一月", "fresh": "79.74", "hay": "70.72"}]},
    ],
    "entitlement": [
        {"document_number": "示例〔2026〕5", "plan_reference": "record:compensation_plan/1", "rounding_yuan": "1",
         "rates": [{"scheme": "ban", "rate_yuan": "7.5", "mu_coefficient": "1.2", "cap_kind": "person", "cap_yuan": "3000",
                    "floor_kind": "household", "floor_yuan": "100"},
                   {"scheme": "balance", "zone": "一片", "rate_yuan": "2.5"},
                   {"scheme": "other", "rate_yuan": "500", "basis": "household"}],
         "claims": [{"name": "示例户", "persons": 3, "households": 2, "land": [
                        {"scheme": "ban", "area_mu": "1000.125", "reference": "record:parcel/1"},
                        {"scheme": "balance", "zone": "一片", "area_mu": "500"}, {"scheme": "other"}],
                     "deduction_yuan": "100", "deduction_reason": "示例决定", "reference": "record:household/1"}],
         "printed_total_yuan": "10000", "printed_unit_yuan": "100",
         "notice": {"start": "2026-09-28", "end": "2026-10-09", "day_kind": "working", "has_holiday_table": True,
                    "holidays": ["2026-10-01"], "workdays": ["2026-10-10"], "printed_days": 7}},
        {"printed_lines": [{"name": "示例甲", "amount_yuan": "10.50"}, {"name": "示例乙", "amount_yuan": "20"}],
         "printed_total_yuan": "31"},
    ],
    "carbon-soc": [SOC, {"measured": {"start_t_c": "136.3", "end_t_c": "154", "years": "17", "start_depth_cm": "0-30",
                                      "end_depth_cm": "0-30"}}],
    "carbon-stock": [
        {"carbon_fraction_set": "ipcc2006@1", "root_ratio_set": "recollected@1", "printed_total_t_c": "9000", "printed_unit_t_c": "10",
         "strata": [
             {"name": "示例一", "grassland_class": "1", "parcels": [{"name": "P1", "area_mu": "1500", "reference": "record:parcel/1"}],
              "pools": [{"pool": "above", "samples": [
                            {"name": "示例-1", "hay_kg_per_ha": "1200", "dry_matter_percent": "86", "dry_matter_source": "示例",
                             "reference": "record:plot/1"},
                            {"name": "示例-2", "dry_matter_percent": "100", "survey": {"quadrats": QUADRATS}}]},
                        {"pool": "below", "by_root_ratio": True},
                        {"pool": "soil", "profiles": [
                            {"name": "示例土", "reference": "record:soil_sample/1", "layers": [
                                {"top_cm": "0", "bottom_cm": "30", "soc_g_per_kg": "20", "bulk_density_g_per_cm3": "1.2",
                                 "gravel_percent": "10", "gravel_basis": "mass", "reference": "record:soil/1"}]}]}]},
             {"name": "示例二", "area_ha": "50", "reference": "record:parcel/2", "pools": [
                 {"pool": "above", "biomass_t_per_ha": "2", "uncertainty_percent": "20", "source": "示例",
                  "reference": "record:plot/3"},
                 {"pool": "litter", "density_t_c_per_ha": "0.3", "shared": "示例批", "uncertainty_percent": "30"},
                 {"pool": "soil", "density_t_c_per_ha": "70", "depth_cm": "0-30", "uncertainty_percent": "15"}]},
             {"name": "示例四", "area_ha": "10", "pools": [{"pool": "soil", "layers": [
                 {"top_cm": "0", "bottom_cm": "30", "soc_g_per_kg": "15", "bulk_density_g_per_cm3": "1.3",
                  "reference": "record:soil/2"}]}]},
             {"name": "示例三", "pools": [{"pool": "vegetation", "stock_t_c": "40", "uncertainty_percent": "10"}]},
         ]},
    ],
    "livestock-emissions": [
        EMISSIONS,
        {"include": ["enteric", "manure_ch4"], "enteric_set": "ipcc2006@1", "manure_ch4_set": "ipcc2006@1",
         "gwp_set": "ar5@1", "temperature_zone": "cold", "animals": [
             {"species": "sheep", "head": "1000", "pasture_percent": "100", "leave_out": ["manure_ch4"]},
             {"species": "horse", "head": "10", "pasture_percent": "100"}]},
    ],
    "carbon-what-if": [
        {"measure": "示例禁牧", "soil": SOC, "herds_now": EMISSIONS,
         "herds_then": EMISSIONS | {"animals": [{"species": "sheep", "head": "300", "pasture_percent": "100"}]}, "years": "30"},
    ],
    "gap": [
        {"year": 2026, "targets": [
            {"code": "T-1", "name": "示例旗盖度", "name_en": "Example cover", "unit": "percent", "value": "45",
             "baseline_value": "40", "reference": "record:target/1", "cause": "春旱", "measure": "补播",
             "revisions": [{"value": "44", "revised_on": "2026-07-01", "reason": "示例"}],
             "actuals": [{"year": 2024, "value": "41", "source": "示例", "reference": "record:gap/1"},
                         {"year": 2026, "value": "43", "reference": "figure:actual/2026/percent/cover/1"}]},
            {"code": "T-2", "name": "示例乡", "parent": "T-1", "unit": "percent", "value": "46", "weight": "100",
             "reference": "record:target/2"},
            {"code": "T-3", "name": "示例乡二", "parent": "T-1", "unit": "percent", "value": "40", "weight": "50",
             "direction": "higher"},
            {"code": "T-4", "name": "示例超载率", "unit": "percent", "direction": "lower",
             "actuals": [{"year": 2025, "value": "12"}, {"year": 2026, "value": "10"}]},
        ]},
    ],
}  # fmt: skip


def run(name: str, given: dict[str, Any], standards: Standards) -> Result[Any]:
    chosen = CALCULATIONS[name]
    return chosen.run(read(chosen.takes, given), standards)


def told(result: Result[Any]) -> tuple[Any, Any]:
    """The outcome and the explanation, as anyone gets them."""
    return to_json(result.outcome), explanation_to_json(result.explanation)


def places(
    cls: type[Any], given: dict[str, Any], at: tuple[Step, ...] = ()
) -> Iterator[tuple[tuple[Step, ...], type[Any], Field]]:
    """Yield every entry that may be given anywhere in an input: where, of what, which."""
    for entry in described_fields(cls):
        yield (*at, entry.name), cls, entry
        value = given.get(entry.name)
        if entry.line is None or value is None:
            continue
        if entry.kind is Kind.PART:
            yield from places(entry.line, value, (*at, entry.name))
        else:
            for number, each in enumerate(value):
                yield from places(entry.line, each, (*at, entry.name, number))


def value_at(given: Any, at: tuple[Step, ...]) -> Any:
    for step in at:
        given = given[step] if isinstance(step, int) else given.get(step)
        if given is None:
            return None
    return given


def with_value(given: dict[str, Any], at: tuple[Step, ...], value: Any) -> dict[str, Any]:
    made = copy.deepcopy(given)
    inner: Any = made
    for step in at[:-1]:
        inner = inner[step]
    inner[at[-1]] = value
    return made


def others(entry: Field, now: Any, standards: Standards) -> list[Any]:
    """Values an entry may have instead."""
    match entry.kind:
        case Kind.DECIMAL:
            return [f"{each:f}" for each in numbers(entry, now)]
        case Kind.INTEGER:
            return [int(each) for each in numbers(entry, now) if each == each.to_integral_value()] or [
                int(now or 0) + 1
            ]
        case Kind.CODE:
            return [name for name in code_list(entry.codes).labels if name != now]
        case Kind.BOOL:
            return [not (entry.default if now is None else now)]
        case Kind.DATE:
            return ["2026-04-17"]
        case Kind.TEXTS | Kind.CODES:
            return [["没有这一项"]]
        case Kind.PART | Kind.LINES:
            assert entry.line is not None
            one = minimal(entry.line)
            return [one if entry.kind is Kind.PART else [*(now or []), one]]
        case _:
            sets = [f"{each.name}@{each.edition}" for each in standards]
            known = [each for each in dict.fromkeys(sets) if each != now]
            return ["没有这一项@9", *known] if "@" in str(now or "") or "set" in entry.name else ["示例另一个"]


def numbers(entry: Field, now: Any) -> list[Decimal]:
    low = entry.minimum if entry.minimum is not None else entry.above if entry.above is not None else D(0)
    high = entry.maximum if entry.maximum is not None else D(10) ** 6
    value = D(str(now)) if now is not None else None
    made = (
        [value * D("1.1"), value + 1, value - 1]
        if value is not None
        else [D(7), D(30), low + 1, (low + high) / 2, D("0.5")]
    )
    return [
        each
        for each in made
        if each != value and each >= low and each <= high and (entry.above is None or each > entry.above)
    ]


def minimal(cls: type[Any]) -> dict[str, Any]:
    """The least an object of a class can be."""
    made: dict[str, Any] = {}
    for entry in described_fields(cls):
        if entry.may_be_left_out:
            continue
        match entry.kind:
            case Kind.DECIMAL:
                made[entry.name] = f"{numbers(entry, None)[0]:f}"
            case Kind.INTEGER:
                made[entry.name] = int(max(entry.minimum or 0, 2)) if "year" not in entry.name else 2022
            case Kind.CODE:
                made[entry.name] = next(iter(code_list(entry.codes).labels))
            case Kind.DATE:
                made[entry.name] = "2026-05-01"
            case Kind.PART:
                assert entry.line is not None
                made[entry.name] = minimal(entry.line)
            case Kind.LINES:
                assert entry.line is not None
                made[entry.name] = [minimal(entry.line)]
            case Kind.BOOL:
                made[entry.name] = True
            case _:
                made[entry.name] = "示例新"
    return made


def inputs_of(explanation: Explanation) -> dict[tuple[str, ...], tuple[Any, ...]]:
    """What an explanation says goes into it: every input and choice by its place."""
    found: dict[tuple[str, ...], tuple[Any, ...]] = {}

    def walk(each: Explanation, at: tuple[str, ...]) -> None:
        for given in each.inputs:
            found[(*at, given.symbol)] = (given.label, given.value, given.origin)
        for number, choice in enumerate(each.choices):
            found[(*at, f"?{choice.decides}", choice.label.en, str(number))] = (
                choice.label,
                choice.value,
                choice.origin,
            )
        for name, part in each.parts:
            walk(part, (*at, name))

    walk(explanation, ())
    return found


def figures_of(outcome: Any) -> list[Decimal]:
    """Every number of an outcome."""
    found: list[Decimal] = []
    if isinstance(outcome, Decimal):
        found.append(outcome)
    elif isinstance(outcome, tuple):
        for each in outcome:
            found += figures_of(each)
    elif dataclasses.is_dataclass(outcome) and not isinstance(outcome, type):
        for field in dataclasses.fields(outcome):
            found += figures_of(getattr(outcome, field.name))
    return found


__all__ = ["EXAMPLES", "Given", "figures_of", "inputs_of", "others", "places", "run", "told", "value_at", "with_value"]
