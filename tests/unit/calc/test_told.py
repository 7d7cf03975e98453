"""What is refused because nothing can be made of it, what stands in and says so, and what the tree holds in words."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest
from calc_helpers import codes, field, herd, line, pastures, refused, sound
from calc_helpers import printed as digits
from calc_walk import BALANCE, CAPACITY, EXAMPLES, MEAN_BALANCE, QUADRATS, SHRUBS, run, with_value

from station_app.domain.calc.capacity import Approved, CapacityInput, SeasonDays, capacity
from station_app.domain.calc.coefficients import Standards
from station_app.domain.calc.explanation import Explanation, OriginKind, lines_of
from station_app.domain.calc.gap import Actual, GapInput, TargetEntry, gap
from station_app.domain.calc.inputs import read
from station_app.domain.calc.pasture import Pasture
from station_app.domain.calc.sheep_units import sheep_units
from station_app.domain.calc.survey_inputs import SurveyInput
from station_app.domain.calc.survey_yield import survey_yield


def chosen(explanation: Explanation) -> dict[str, str]:
    return {each.label.en: each.value.en for whole in explanation.everything() for each in whole.choices}


# --- refused -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "number", "at", "value", "code"),
    [
        ("capacity", 1, ("pastures", 0, "area_ha"), "54", "CALC-042"),  # area, total and yield: used to end in RUN-004
        ("capacity", 1, ("printed_total_su",), "100", "CALC-063"),
        ("capacity", 0, ("approved", 0, "area_mu"), "1500", "CALC-063"),
        ("capacity", 0, ("days", 0, "season"), "growing", "CALC-003"),
        ("capacity", 0, ("sets", "regrowth"), "没有@1", "CALC-007"),
        ("livestock-emissions", 0, ("animals", 0, "days_alive"), "200", "CALC-063"),
        ("livestock-emissions", 0, ("enteric_set",), "没有@1", "CALC-007"),
        ("survey-yield", 2, ("shrub_area_m2",), "100", "CALC-063"),
        ("overload", 0, ("found_su",), "5", "CALC-063"),
        ("sheep-units", 0, ("herd", 0, "age_months"), "30", "CALC-063"),
        ("carbon-stock", 0, ("root_ratio_set",), "没有@1", "CALC-007"),
        ("entitlement", 0, ("rounding_yuan",), "0.005", "CALC-046"),
    ],
)
def test_what_can_not_be_used_is_refused_at_its_place(
    standards: Standards, name: str, number: int, at: tuple[Any, ...], value: str, code: str
) -> None:
    with refused(code):
        run(name, with_value(EXAMPLES[name][number], at, value), standards)


def test_one_need_is_of_one_season(standards: Standards) -> None:
    two = (field("暖", season="warm", area_ha=D(100), hay_kg_per_ha=D(1000)),
           field("冷", season="cold", area_ha=D(100), hay_kg_per_ha=D(1000)))  # fmt: skip
    with refused("CALC-064", "/need_kg_per_su"):
        capacity(CapacityInput(pastures=two, need_kg_per_su=D(657), intake_source="示例"), standards)
    days = (SeasonDays(season="warm", need_kg_per_su=D(250)), SeasonDays(season="cold", need_kg_per_su=D(400)))
    found = sound(capacity(CapacityInput(pastures=two, days=days, intake_source="示例"), standards)).outcome
    assert [each.capacity_su for each in found.seasons] == [D(200), D(125)] and found.capacity_su == 125
    summed = CapacityInput(pastures=two, days=days, intake_source="示例", seasonal_minimum=False)
    assert digits(sound(capacity(summed, standards)).outcome.capacity_su, 4) == "153.8462"


# --- printed -----------------------------------------------------------------------------------------------------------


def printed(standards: Standards, total: str, **more: Any) -> list[str]:
    approved = (Approved(name="甲", approved_su=D("100.334")), Approved(name="乙", approved_su=D("200.111")))
    return codes(sound(capacity(CapacityInput(approved=approved, printed_total_su=D(total), **more), standards)))


def test_a_printed_total_is_compared_to_its_own_last_place(standards: Standards) -> None:
    """300.445 in all: printed 300, 300.4 and 300.45 are right, 300.44 and 301 are not."""
    for right in ("300", "300.4", "300.45", "300.445"):
        assert printed(standards, right) == [], right
    for wrong in ("301", "300.5", "300.44"):
        assert printed(standards, wrong) == ["CALC-028"], wrong
    assert printed(standards, "300", printed_unit_su=D(100)) == []  # 0.03 of 10,000
    assert printed(standards, "310", printed_unit_su=D(10)) == ["CALC-028"]


def test_money_is_rounded_to_any_unit_that_is_asked_for(standards: Standards) -> None:
    """0.01 of 10,000 CNY is 100 CNY."""
    example = EXAMPLES["entitlement"][0] | {"rounding_yuan": "100"}
    for award in run("entitlement", example, standards).outcome.awards:
        assert all(line.amount_yuan % 100 == 0 for line in award.lines)


# --- fresh and dry, shrubs ---------------------------------------------------------------------------------------------


def survey(**values: Any) -> SurveyInput:
    return read(SurveyInput, values)


def test_fresh_and_hay_are_told_apart_everywhere() -> None:
    typed = sound(survey_yield(survey(herb_hay_kg_per_ha="150", shrubs=SHRUBS, shrub_area_m2="100"))).outcome
    assert typed.hay_kg_per_ha == 150 and typed.fresh_kg_per_ha is None
    assert typed.total_hay_kg_per_ha is not None and typed.total_kg_per_ha is None
    by_line = {
        "line_length_m": "100",
        "line": [{"name": "甲", "covered_m": "20", "yield_g_per_m2": "110", "grass": "hay"}],
    }
    found = sound(survey_yield(survey(**by_line))).outcome
    assert (found.line_g_per_m2, found.line_hay_g_per_m2) == (None, 22)
    both = [*by_line["line"], {"name": "乙", "covered_m": "1", "yield_g_per_m2": "9"}]  # type: ignore[misc]
    with refused("CALC-015"):
        survey(line_length_m="100", line=both)
    with refused("CALC-005"):
        survey(herb_kg_per_ha="100", herb_hay_kg_per_ha="150")
    for cls in (SurveyInput, type(typed)):
        from station_app.domain.fields import described_fields

        for entry in described_fields(cls):
            if entry.unit in ("kg/ha", "kg/mu", "g/m2"):
                assert "鲜" in entry.label.zh or "干" in entry.label.zh, entry


def test_a_shrub_plot_without_its_shrub_quadrat_is_not_complete() -> None:
    herbs = survey_yield(survey(quadrats=QUADRATS))
    assert herbs.outcome.state == "complete"
    without = sound(survey_yield(survey(quadrats=QUADRATS, has_shrubs=True)))
    assert without.outcome.state == "waiting" and "CALC-067" in codes(without)
    assert without.outcome.total_hay_kg_per_ha is None
    wet = [{**each, "dry_mass_g": None} for each in SHRUBS]
    assert survey_yield(survey(quadrats=QUADRATS, shrubs=wet, shrub_area_m2="100")).outcome.state == "waiting"
    whole = survey_yield(survey(quadrats=QUADRATS, shrubs=SHRUBS, shrub_area_m2="100"))
    assert whole.outcome.state == "complete" and whole.outcome.total_hay_kg_per_ha is not None


def test_what_is_told_of_a_part_only_is_said() -> None:
    some = [QUADRATS[0], {**QUADRATS[1], "cover_percent": None}, QUADRATS[2]]
    found = sound(survey_yield(survey(quadrats=some)))
    assert found.outcome.cover_percent is None and "CALC-066" in codes(found)


# --- origins -----------------------------------------------------------------------------------------------------------


def test_a_default_is_no_record(standards: Standards) -> None:
    """Moisture 14 %, edible share 100 %, coefficient 1.00 that nobody gave used to name the parcel as where they are from."""
    given = Pasture(
        name="示例", area_ha=D(10), hay_kg_per_ha=D(1000), utilization_percent=D(50), reference="record:parcel/1"
    )
    explanation = sound(capacity(pastures(given), standards)).explanation
    part = dict(explanation.parts)["pasture1"]
    assert {part.figure(symbol).origin.kind for symbol in ("e", "G", "H")} == {OriginKind.DEFAULT}  # type: ignore[union-attr]
    assert part.figure("Y_h").origin.reference == "record:parcel/1"  # type: ignore[union-attr]
    (moisture,) = [each for each in part.choices if each.decides == "Y_h"]
    assert moisture.origin.kind is OriginKind.DEFAULT and "14" in moisture.value.en
    balance = run("balance", BALANCE, standards).explanation
    assert balance.figure("h1_m").origin.kind is OriginKind.DEFAULT  # type: ignore[union-attr]
    assert balance.figure("u1").origin.kind is OriginKind.DEFAULT  # type: ignore[union-attr]
    assert balance.figure("h2_m").origin.reference == "record:forage_supply/2"  # type: ignore[union-attr]


def test_what_was_computed_is_not_called_typed(standards: Standards) -> None:
    balance = run("balance", MEAN_BALANCE, standards).explanation
    assert balance.figure("F_2023").origin.kind is OriginKind.COMPUTED  # type: ignore[union-attr]
    told = run("gap", EXAMPLES["gap"][0], standards).explanation
    first = dict(told.parts)["target1"]
    assert first.figure("a").origin.kind is OriginKind.COMPUTED  # type: ignore[union-attr]
    assert first.figure("c1").origin.reference == "record:target/2"  # type: ignore[union-attr]


def test_the_age_young_stock_was_taken_to_have_is_a_node(standards: Standards) -> None:
    """60 lambs count 0.6 or 0.2: which, by whom, and what else there was, stands in the tree."""
    result = sound(sheep_units(herd(line("sheep", 60, "young")), standards))
    (said,) = [each for each in result.explanation.choices if "taken as" in each.label.en]
    assert "4-12" in said.value.en and "0.2" in said.value.en
    assert said.origin.reference.startswith("young_stock_group/proposal@1#sheep/young")
    assert any(line_.kind == "choice" and "0.2" in line_.value for line_ in lines_of(result.explanation, "zh_CN"))
    aged = sheep_units(herd(line("sheep", 60, "young", age_months=D(2))), standards)
    assert aged.outcome.total_su == 12 and "0-4" in chosen(aged.explanation)["sheep, young of this year, taken as"]


def test_the_all_forage_view_says_that_no_season_limits_it(standards: Standards) -> None:
    result = run("balance", BALANCE, standards)
    assert "CALC-065" in codes(result)
    assert "added up" in chosen(result.explanation)["scarcest season"]
    one = with_value(BALANCE, ("capacity", "seasonal_minimum"), False)
    assert "CALC-065" not in codes(run("balance", one, standards))


def test_the_heading_is_the_formula_of_the_step(standards: Standards) -> None:
    assert run("capacity", CAPACITY, standards).explanation.formula == "N = min(F / (I × D))"
    summed = with_value(CAPACITY, ("seasonal_minimum",), False)
    assert run("capacity", summed, standards).explanation.formula == "N = Σ F / (I × Σ D)"
    parts = dict(run("gap", EXAMPLES["gap"][0], standards).explanation.parts)
    assert parts["target1"].formula == "gap = target − actual"
    assert parts["target4"].formula == "gap = actual − target"
    assert survey_yield(survey(quadrats=QUADRATS)).explanation.formula == "Y = 10 × Σ (f_i / a_i) / n"


# --- trends ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "direction", "was", "now", "trend"),
    [
        ("45", "higher", "40", "43", "nearer"), ("45", "higher", "43", "40", "away"),
        ("45", "higher", "44", "46", "better"), ("45", "higher", "48", "46", "worse"),
        (None, "higher", "40", "43", "rising"), (None, "lower", "43", "40", "falling"),
        ("10", "lower", "14", "9", "better"), ("10", "lower", "14", "12", "nearer"),
    ],
)  # fmt: skip
def test_nothing_is_approached_where_there_is_no_target_or_it_is_reached(
    value: str | None, direction: str, was: str, now: str, trend: str
) -> None:
    entry = TargetEntry(
        code="T", unit="percent", direction=direction, value=None if value is None else D(value),
        actuals=(Actual(year=2024, value=D(was)), Actual(year=2026, value=D(now))),
    )  # fmt: skip
    assert sound(gap(GapInput(year=2026, targets=(entry,)))).outcome.targets[0].trend == trend
