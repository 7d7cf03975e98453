"""Survey indices: gains, densities, dominance, health, degradation from verified tables only, shrub models."""

from __future__ import annotations

import dataclasses
from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest
from calc_helpers import codes, printed, refused, sound

from station_app.domain.calc import survey_indices as indices
from station_app.domain.calc.coefficients import Standards


def test_gain_frequency_density_and_dominance() -> None:
    gain = sound(indices.project_gain(indices.GainInput(inside=D(120), outside=D(80))))
    assert gain.outcome.value == 50
    with refused("CALC-002", "/outside"):
        indices.project_gain(indices.GainInput(inside=D(120), outside=D(0)))
    rings = sound(indices.frequency_percent(indices.DensityInput(counted=D(9), out_of=D(20))))
    assert rings.outcome.value == 45
    burrows = sound(indices.density(indices.DensityInput(counted=D(130), out_of=D("0.25"))))
    assert burrows.outcome.value == 520
    with refused("CALC-001", "/out_of"):
        indices.density(indices.DensityInput(counted=D(1), out_of=D(0)))
    terms = tuple(
        indices.DominanceTerm(name=name, own=D(own), largest=D(largest))
        for name, own, largest in (("盖度", 20, 40), ("高度", 30, 30), ("重量", 25, 100))
    )
    ratio = sound(indices.dominance(indices.DominanceInput(terms=terms)))
    assert printed(ratio.outcome.value, 2) == "58.33"
    with refused("CALC-015", "/terms/0/own"):
        indices.dominance(indices.DominanceInput(terms=(indices.DominanceTerm(name="x", own=D(2), largest=D(1)),)))


MEASURED = tuple(
    indices.Measured(indicator=name, value=D(value), reference_value=D(best))
    for name, value, best in (("vigour", 80, 100), ("organisation", 90, 60), ("resilience", 12, 20))
)


def test_health_by_the_three_models(standards: Standards) -> None:
    vor = indices.HealthInput(weight_set="s38-example@1", measured=MEASURED)
    assert sound(indices.health(vor, standards)).outcome.value == D("0.82")  # 0.3×0.8 + 0.4×1 + 0.3×0.6
    psr = indices.HealthInput(model="PSR", pressure=D("0.5"), state=D("0.5"), response=D("0.5"))
    assert printed(sound(indices.health(psr, standards)).outcome.value, 6) == "0.500000"
    none = dataclasses.replace(psr, response=D(0))
    assert indices.health(none, standards).outcome.value == 0
    weights = next(s for s in standards.of_kind("health_weight"))
    rows = [
        dataclasses.replace(weights.find("vigour"), value=D("0.2")),
        dataclasses.replace(weights.find("vigour"), key=("condition",), value=D("0.1")),
    ]
    covr_set = weights.revise(rows, edition="2", made_by="示例县", made_on=date(2026, 1, 1), reason="加环境条件")
    covr = indices.HealthInput(model="COVR", weight_set="s38-example@2", measured=MEASURED, condition=D(1))
    assert sound(indices.health(covr, standards.with_sets([covr_set]))).outcome.value == D("0.84")


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"weight_set": "s38-example@1"}, "CALC-013"),  # a missing reference is not computed around
        ({"weight_set": "s38-example@1", "measured": MEASURED[:2]}, "CALC-013"),
        ({"weight_set": "s38-example@1", "measured": (dataclasses.replace(MEASURED[0], reference_value=D(0)),)}, "CALC-002"),
        ({"model": "COVR", "weight_set": "s38-example@1", "measured": MEASURED, "condition": D(1)}, "CALC-004"),
        ({"model": "PSR", "pressure": D(1), "state": D(1)}, "CALC-013"),
    ],
)  # fmt: skip
def test_health_without_what_it_needs_is_refused(standards: Standards, values: dict[str, Any], code: str) -> None:
    with refused(code):
        indices.health(indices.HealthInput(**values), standards)


def test_weights_that_do_not_add_up_are_refused(standards: Standards) -> None:
    weights = next(s for s in standards.of_kind("health_weight"))
    heavy = dataclasses.replace(weights.find("vigour"), value=D("0.9"))
    wrong = weights.revise([heavy], edition="9", made_by="示例县", made_on=date(2026, 1, 1), reason="试")
    with refused("CALC-015"):
        asked = indices.HealthInput(weight_set="s38-example@9", measured=MEASURED)
        indices.health(asked, standards.with_sets([wrong]))


def test_a_degradation_grade_comes_from_a_verified_table_only(standards: Standards) -> None:
    cover = "总覆盖度相对百分数的减少率"
    asked = indices.DegradationInput(table="gb19377-recollected@1", indicator=cover, value=D(25))
    with refused("CALC-039"):
        indices.degradation_grade(asked, standards)
    table = next(s for s in standards.of_kind("degradation") if s.name == "gb19377-recollected")
    rows = [
        dataclasses.replace(row, verified_by="示例核对人", verified_on=date(2026, 1, 1))
        for row in table.beginning(cover)
    ]
    new = table.revise(rows, edition="2", made_by="示例县", made_on=date(2026, 1, 1), reason="核对原文")
    known = standards.with_sets([new])

    def grade(value: str) -> str:
        given = dataclasses.replace(asked, table="gb19377-recollected@2", value=D(value))
        return sound(indices.degradation_grade(given, known)).outcome.grade

    assert [grade(v) for v in ("0", "10", "10.5", "11", "20", "25", "30", "99")] == [
        "none", "none", "none", "light", "light", "moderate", "severe", "severe"
    ]  # fmt: skip
    with refused("CALC-004"):
        indices.degradation_grade(dataclasses.replace(asked, indicator="没有的指标"), standards)


def test_cover_of_degraded_alpine_meadow(standards: Standards) -> None:
    def grade(value: str) -> str:
        asked = indices.DegradationInput(table="db63t-2021-draft@1", indicator="植被覆盖度", value=D(value))
        return indices.degradation_grade(asked, standards).outcome.grade

    assert [grade(v) for v in ("40", "50", "69", "70", "85", "86")] == [
        "",
        "moderate",
        "moderate",
        "light",
        "light",
        "",
    ]


def shrub(**values: Any) -> indices.ShrubInput:
    given = {"model_set": "s40@1", "species": "霸王", "component": "地上", "height_m": D("0.5"), "crown_m2": D("0.4")}
    return indices.ShrubInput(**{**given, **values})


def test_a_usable_shrub_model(standards: Standards) -> None:
    result = sound(indices.shrub_mass(shrub(count=2), standards))
    assert printed(result.outcome.value, 1) == "520.6"  # 2 × 1260.34 × 0.2^0.98
    assert codes(result) == []


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (shrub(species="白刺"), "CALC-032"),
        (shrub(species="泡泡刺", component="根"), "CALC-032"),
        (shrub(height_m=D(2)), "CALC-032"),
        (shrub(crown_m2=D("1.27")), "CALC-032"),
        (shrub(species="没有的灌木"), "CALC-004"),
        (shrub(model_set="s40"), "CALC-007"),
    ],
)
def test_a_shrub_model_that_must_not_be_used(standards: Standards, asked: indices.ShrubInput, code: str) -> None:
    with refused(code):
        indices.shrub_mass(asked, standards)
