"""Every calculation by its name: what it takes, what it gives, how it is run. Command, pages and reports read this."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from station_app.domain.calc.balance import BalanceInput, BalanceOutcome, balance
from station_app.domain.calc.capacity import CapacityInput, CapacityOutcome, capacity
from station_app.domain.calc.carbon_soc import SocInput, SocOutcome, carbon_soc
from station_app.domain.calc.carbon_stock import StockInput, StockOutcome, carbon_stock
from station_app.domain.calc.carbon_what_if import WhatIfInput, WhatIfOutcome, what_if
from station_app.domain.calc.coefficients import Standards
from station_app.domain.calc.entitlement import EntitlementInput, EntitlementOutcome, entitlement
from station_app.domain.calc.explanation import Result
from station_app.domain.calc.gap import GapInput, GapOutcome, gap
from station_app.domain.calc.livestock_emissions import EmissionInput, EmissionOutcome, livestock_emissions
from station_app.domain.calc.overload import OverloadInput, OverloadOutcome, overload
from station_app.domain.calc.sheep_units import SheepUnitInput, SheepUnitOutcome, sheep_units
from station_app.domain.calc.survey_inputs import SurveyInput, SurveyOutcome
from station_app.domain.calc.survey_yield import survey_yield
from station_app.domain.text import Text


@dataclass(frozen=True, slots=True)
class Calculation:
    """One calculation: its described input and outcome, and the function."""

    name: str
    title: Text
    takes: type
    gives: type
    run: Callable[[Any, Standards], Result]


_ALL = (
    Calculation("sheep-units", Text("羊单位", "Sheep units"), SheepUnitInput, SheepUnitOutcome, sheep_units),
    Calculation("capacity", Text("载畜量", "Carrying capacity"), CapacityInput, CapacityOutcome, capacity),
    Calculation("balance", Text("草畜平衡", "Forage–livestock balance"), BalanceInput, BalanceOutcome, balance),
    Calculation("overload", Text("超载率", "Overload"), OverloadInput, OverloadOutcome, overload),
    Calculation(
        "survey-yield",
        Text("样地产草量", "Survey yield"),
        SurveyInput,
        SurveyOutcome,
        lambda given, _: survey_yield(given),
    ),
    Calculation(
        "entitlement",
        Text("补奖测算", "Entitlement"),
        EntitlementInput,
        EntitlementOutcome,
        lambda given, _: entitlement(given),
    ),
    Calculation("carbon-soc", Text("土壤碳年变化", "Annual change of soil carbon"), SocInput, SocOutcome, carbon_soc),
    Calculation("carbon-stock", Text("碳储量", "Carbon stock"), StockInput, StockOutcome, carbon_stock),
    Calculation(
        "livestock-emissions",
        Text("牲畜排放", "Livestock emissions"),
        EmissionInput,
        EmissionOutcome,
        livestock_emissions,
    ),
    Calculation("carbon-what-if", Text("碳情景", "Carbon what-if"), WhatIfInput, WhatIfOutcome, what_if),
    Calculation("gap", Text("目标与差距", "Targets and gaps"), GapInput, GapOutcome, lambda given, _: gap(given)),
)

CALCULATIONS: Mapping[str, Calculation] = {each.name: each for each in _ALL}
