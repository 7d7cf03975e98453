"""Balance: the views side by side, supply by kind, mean of years, demand, and what is refused."""

from __future__ import annotations

import dataclasses
from decimal import Decimal as D
from typing import Any

import pytest
from calc_helpers import codes, field, herd, line, pastures, printed, refused, sound

from station_app.domain.calc.balance import BalanceInput, BalanceOutcome, Supply, YearHay, balance
from station_app.domain.calc.capacity import Approved
from station_app.domain.calc.coefficients import Standards
from station_app.domain.calc.overload import Overload


def ask(**values: Any) -> BalanceInput:
    given = {"sheep_unit_set": "definitions@1", "sheep_unit": "NYT635-2015", "days": D(365), **values}
    if "herd" not in given and "stock_su" not in given:
        given |= {"stock_su": D(100), "stock_sheep_unit": "NYT635-2015"}
    return BalanceInput(**given)


def view(outcome: BalanceOutcome, name: str) -> Overload:
    return next(each.overload for each in outcome.views if each.view == name)


HAY = Supply(
    kind="bought_hay", quantity_kg=D(13_140), hay_equivalent=D(1), coefficient_source="示例", usable_percent=D(100)
)


def test_natural_only_and_all_forage_stand_side_by_side(standards: Standards) -> None:
    asked = ask(natural_kg=D(52_560), supply=(HAY,), approved_su=D(90), grade_sets=("xu-yang-2009@1",))
    result = sound(balance(asked, standards))
    outcome = result.outcome
    assert (outcome.natural_kg, outcome.other_kg, outcome.supply_kg) == (52_560, 13_140, 65_700)
    assert (outcome.demand_kg, outcome.surplus_kg) == (65_700, 0)
    assert [(v.view, v.capacity_su) for v in outcome.views] == [("natural", 80), ("all", 100), ("approved", 90)]
    assert [printed(v.overload.rate_percent, 2) for v in outcome.views] == ["25.00", "0.00", "11.11"]
    assert [v.overload.grades[0].grade for v in outcome.views] == ["moderate", "balance", "light"]
    assert codes(result) == []


def test_a_household_from_herd_and_pastures(standards: Standards) -> None:
    """The constructed herd of 500 sheep units on 100 ha, with penalties by the approved capacity."""
    stock = herd(line("sheep", 300), line("goat", 50), line("cattle", 20), line("horse", 4), line("sheep", 60, "young"))
    land = pastures(field(area_ha=D(100), hay_kg_per_ha=D(1200)), approved=(Approved(approved_su=D(400)),))
    asked = ask(herd=stock, capacity=land, penalty_set="inner-mongolia-2021@1", occasion="year_end")
    result = sound(balance(asked, standards))
    outcome = result.outcome
    assert (outcome.stock_su, outcome.natural_kg) == (500, 60_000)
    assert printed(view(outcome, "natural").capacity_su, 3) == "91.324"
    approved = view(outcome, "approved")
    assert (approved.overloaded_su, printed(approved.rate_percent, 2)) == (100, "25.00")
    assert outcome.penalties[0].amount_max_yuan == 10_000
    names = {name for name, _ in result.explanation.parts}
    assert names == {"herd", "capacity"}  # the figure opens down to herd lines and parcels


def test_supply_by_kind(standards: Standards) -> None:
    supply = (
        Supply(kind="silage", quantity_kg=D(1000), moisture_percent=D(65), usable_percent=D(90)),
        Supply(kind="residue", quantity_kg=D(500), hay_equivalent=D("0.5"), coefficient_source="示例", usable_percent=D(80)),
        Supply(kind="residue", quantity_kg=D(500), hay_equivalent=D("0.5"), coefficient_source="示例", usable_percent=D(80)),
        Supply(kind="natural_hay", quantity_kg=D(6570), hay_equivalent=D(1), coefficient_source="示例", usable_percent=D(100)),
    )  # fmt: skip
    result = sound(balance(ask(natural_kg=D(6570), supply=supply), standards))
    kinds = {each.kind: each.standard_hay_kg for each in result.outcome.supply}
    assert printed(kinds["silage"], 2) == "366.28"  # 1000 × 0.35 / 0.86 × 0.9
    assert (kinds["residue"], kinds["natural_hay"]) == (400, 6570)
    assert result.outcome.natural_kg == 13_140  # cut hay grew on the grassland
    assert view(result.outcome, "natural").capacity_su == 20
    assert codes(result) == ["CALC-037"]  # silage has moisture but no coefficient: 1.00 stands in, said


def test_mean_of_five_years(standards: Standards) -> None:
    years = tuple(
        YearHay(year=2020 + n, usable_kg=D(kg)) for n, kg in enumerate((50_000, 60_000, 70_000, 65_000, 83_500))
    )
    result = sound(balance(ask(basis="mean", years=years), standards))
    assert (result.outcome.natural_kg, view(result.outcome, "natural").capacity_su) == (65_700, 100)
    assert codes(result) == []
    fewer = balance(ask(basis="mean", years=years[:3]), standards)
    assert codes(fewer) == ["CALC-029"]
    assert fewer.outcome.natural_kg == 60_000


def test_demand_of_grazing_and_feeding(standards: Standards) -> None:
    asked = ask(natural_kg=D(1), days_grazing=D(200), fed_su=D(50), days_fed=D(165))
    assert sound(balance(asked, standards)).outcome.demand_kg == D("50850.0")  # 100×1.8×200 + 50×1.8×165


def test_june_stock_against_a_cold_season_is_said(standards: Standards) -> None:
    land = pastures(field(season="cold", area_ha=D(10), hay_kg_per_ha=D(1000)))
    assert "CALC-017" in codes(balance(ask(capacity=land, occasion="mid_year"), standards))
    assert "CALC-017" not in codes(balance(ask(capacity=land, occasion="year_end"), standards))


@pytest.mark.parametrize(
    ("asked", "code", "place"),
    [
        (ask(natural_kg=D(1), stock_su=D(1), stock_sheep_unit="NYT635-2002"), "CALC-009", "/stock_sheep_unit"),
        (ask(natural_kg=D(1), herd=herd(line("sheep", 1), adult_set="ministry-2002@1", young_set=None)), "CALC-009", "/herd/adult_set"),
        (ask(natural_kg=D(1), herd=herd(line("goat", 1), adult_set="ministry-2002@1")), "CALC-009", "/herd/adult_set"),
        (ask(capacity=pastures(field(area_ha=D(1), hay_kg_per_ha=D(1)), sheep_unit="NYT635-2002")), "CALC-009", "/capacity/sheep_unit"),
        (ask(natural_kg=D(1), days=D(0)), "CALC-003", "/days"),
        (ask(natural_kg=D(1), fed_su=D(5)), "CALC-003", "/days_fed"),
        (ask(), "CALC-042", "/capacity"),
        (ask(basis="mean"), "CALC-013", "/years"),
        (ask(basis="mean", years=(YearHay(year=2020, usable_kg=None),)), "CALC-002", "/years/0/usable_kg"),
        (ask(basis="mean", years=(YearHay(year=2020, usable_kg=D(1)),) * 2), "CALC-053", "/years/1"),
        (ask(natural_kg=D(1), penalty_set="gansu-2022@1"), "CALC-013", "/approved_su"),
        (ask(natural_kg=D(1), supply=(Supply(kind="silage", quantity_kg=D(5)),)), "CALC-013", "/supply/0/hay_equivalent"),
        (ask(natural_kg=D(1), supply=(dataclasses.replace(HAY, coefficient_source=""),)), "CALC-013", "/supply/0/coefficient_source"),
        (ask(natural_kg=D(1), sheep_unit_set="definitions"), "CALC-007", "/sheep_unit_set"),
    ],
)  # fmt: skip
def test_what_can_not_be_balanced_is_refused_with_its_place(
    standards: Standards, asked: BalanceInput, code: str, place: str | None
) -> None:
    with refused(code, place):
        balance(asked, standards)


def test_stock_without_its_sheep_unit_names_the_missing_field() -> None:
    """The sentence asks for the field, not for a comparison with nothing."""
    given = BalanceInput(
        sheep_unit_set="definitions@1", sheep_unit="NYT635-2015", stock_su=D(100), days=D(365), natural_kg=D(1000)
    )
    found = [p for p in given.rules("") if p.place == "/stock_sheep_unit"]
    assert [p.code for p in found] == ["CALC-013"]
