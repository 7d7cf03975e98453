"""The figures of a household or parcel without explanation, and the pooled sums of many.

The digits are those of the explained way (``why``), step by step the same operations; tests hold them together. Rates of
many are pooled, Σ(stock − capacity) / Σ capacity, never averaged, and cover only households whose stock and capacity are
both known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from station_app.domain.calc.balance import GROWN_ON_GRASSLAND, VIEWS
from station_app.domain.calc.numbers import CONTEXT, HUNDRED, ZERO, add, divide, multiply, subtract
from station_app.domain.calc.overload import overload_of
from station_app.domain.calc.pasture import HAY_MOISTURE
from station_app.domain.codes import word_of
from station_app.domain.problems import Problem
from station_app.domain.units import MU_PER_HA
from station_app.services.figures.measures import Measures
from station_app.services.figures.plans import ApprovedPlan, ForagePlan, Land, PasturePlan
from station_app.services.figures.problems import BalanceProblem
from station_app.services.figures.rows import GRAZING, BalanceRow, ViewFigures, supply_kinds

_MU = Decimal(MU_PER_HA)


# Of two operands the context's own operation is the exact result rounded once: the same digits as ``numbers`` gives.
_add, _multiply, _divide = CONTEXT.add, CONTEXT.multiply, CONTEXT.divide


def usable_kg(plan: PasturePlan) -> Decimal:
    """Return usable standard hay of a pasture (F1–F3)."""
    terms = plan.terms
    forage = _multiply(_divide(plan.area_mu, _MU), terms.edible_kg_per_ha)
    return _multiply(forage if terms.quality is None else _multiply(forage, terms.quality), terms.rate)


def land_capacity(land: Land, measures: Measures) -> tuple[Decimal, Decimal]:
    """Return usable hay and capacity of the pastures of a household (F4, F7); nothing grazed carries nothing."""
    if not land.pastures:
        return ZERO, _divide(ZERO, measures.need_kg)
    if len(land.pastures) == 1:
        (only,) = land.pastures
        usable = usable_kg(only)
        return usable, _divide(usable, only.terms.need_kg)
    hay: dict[str, Decimal | list[Decimal]] = {}
    every = []
    for plan in land.pastures:
        usable = usable_kg(plan)
        every.append(usable)
        season = plan.terms.season
        before = hay.get(season)
        if before is None:
            hay[season] = usable
        elif isinstance(before, list):
            before.append(usable)
        else:
            hay[season] = [before, usable]
    sums = {season: each if isinstance(each, Decimal) else add(each) for season, each in hay.items()}
    by_season = {season: _divide(total, measures.season_need_kg[season]) for season, total in sums.items()}
    if len(by_season) == 1:
        (year,) = by_season.values()
        return add(every), year
    turned = [season for season in by_season if season != "whole_year"]
    if measures.scheme.seasonal_minimum:
        turn = min(by_season[season] for season in turned)
    else:
        days = add(measures.scheme.days[season] for season in turned)
        turn = divide(add(sums[season] for season in turned), multiply((measures.intake_kg, days)))
    if "whole_year" in by_season:
        turn = _add(by_season["whole_year"], turn)
    return add(every), turn


def forage_kg(plan: ForagePlan) -> Decimal:
    """Return a quantity of forage as usable standard hay."""
    hay = plan.quantity_kg
    if plan.moisture_percent is not None:
        dry = CONTEXT.scaleb(CONTEXT.subtract(HUNDRED, plan.moisture_percent), -2)
        hay = _divide(_multiply(hay, dry), HAY_MOISTURE)
    return hay if plan.hay_equivalent is None else _multiply(hay, plan.hay_equivalent)


def forage_by_kind(plans: Sequence[ForagePlan]) -> dict[str, Decimal]:
    """Return usable standard hay by kind of forage."""
    if len(plans) == 1:
        return {plans[0].record.kind: forage_kg(plans[0])}
    kinds: dict[str, list[Decimal]] = {}
    for plan in plans:
        kinds.setdefault(plan.record.kind, []).append(forage_kg(plan))
    return {kind: add(values) for kind, values in kinds.items()}


def approved_su(plans: Sequence[ApprovedPlan]) -> Decimal | None:
    """Return what is approved in all: of several seasons the scarcest, beside what is approved for the whole year."""
    by_season: dict[str, Decimal] = {}
    for plan in plans:
        if plan.approved_su is not None:
            by_season[plan.record.season] = plan.approved_su
        else:
            assert plan.mu_per_su is not None and plan.area_mu is not None
            by_season[plan.record.season] = divide(plan.area_mu, plan.mu_per_su)
    if not by_season:
        return None
    if len(by_season) == 1:
        return add(by_season.values())
    whole = by_season.pop("whole_year", None)
    scarce = min(by_season.values())
    return add((scarce,) if whole is None else (whole, scarce))


def view_of(measures: Measures, stock: Decimal | None, room: Decimal | None) -> ViewFigures:
    """Return stock against capacity; no stock or no capacity gives no rate."""
    if room is None or stock is None:
        return ViewFigures(room, stock_su=stock)
    rate, printed, over = overload_of(stock, room)
    if printed is None:
        return ViewFigures(room, None, None, over, None, "", stock, 1, 1 if over else 0)
    grade = measures.grade(printed)
    if grade is None:
        return ViewFigures(room, rate, printed, over, None, "", stock, 1, 1 if over else 0)
    return ViewFigures(room, rate, printed, over, grade.label, grade.key, stock, 1, 1 if over else 0)


class Amounts(NamedTuple):
    """Supply, demand, surplus and the views of a household: fields of its row."""

    demand_kg: Decimal | None
    supply_kg: Decimal | None
    surplus_kg: Decimal | None
    supply: Mapping[str, Decimal]
    views: Mapping[str, ViewFigures]


def amounts(
    measures: Measures,
    grazed_kg: Decimal | None,
    carried_su: Decimal | None,
    kinds: Mapping[str, Decimal],
    approved: Decimal | None,
    stock: Decimal | None,
) -> Amounts:
    """Return what follows from grassland, forage, approval and stock.

    Without the grassland there is no supply in all: the forage alone stays under ``supply``.
    """
    demand = None if stock is None else _multiply(stock, measures.need_kg)
    supply_kg = surplus = natural = every = None
    supply: Mapping[str, Decimal] = kinds
    if grazed_kg is not None and carried_su is not None:
        supply_kg, natural, supply = grazed_kg, carried_su, {GRAZING: grazed_kg, **kinds}
        if kinds:
            cut = [value for kind, value in kinds.items() if kind in GROWN_ON_GRASSLAND]
            other = [value for kind, value in kinds.items() if kind not in GROWN_ON_GRASSLAND]
            supply_kg = _add(add((grazed_kg, *cut)), add(other))
            if cut:
                natural = _add(carried_su, _divide(add(cut), measures.need_kg))
        every = _divide(supply_kg, measures.need_kg)
        if demand is not None:
            surplus = CONTEXT.subtract(supply_kg, demand)
    views = {"natural": view_of(measures, stock, natural), "all": view_of(measures, stock, every)}
    if approved is not None:
        views["approved"] = view_of(measures, stock, approved)
    return Amounts(demand, supply_kg, surplus, supply, views)


# --- pooling -----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Views:
    """What the rows of one view hold, as far as both stock and capacity are known."""

    stock: list[Decimal] = field(default_factory=list)
    room: list[Decimal] = field(default_factory=list)
    households: int = 0
    overloaded: int = 0

    def take(self, figures: ViewFigures) -> None:
        if figures.households:
            assert figures.stock_su is not None and figures.capacity_su is not None
            self.stock.append(figures.stock_su)
            self.room.append(figures.capacity_su)
            self.households += figures.households
            self.overloaded += figures.overloaded

    def pooled(self, measures: Measures) -> ViewFigures:
        made = view_of(measures, add(self.stock), add(self.room))
        return made._replace(households=self.households, overloaded=self.overloaded)


def pool(
    measures: Measures,
    rows: Sequence[BalanceRow],
    level: str,
    key: str,
    code: str,
    name: str,
    approved: Decimal | None = None,
) -> BalanceRow:
    """Return the sums of ``rows``, which are of the level below.

    Stock is all that is known; demand, supply and surplus are of the rows that have both stock and grassland.

    Args:
        approved: A capacity approved for all of them together, in place of the sum of theirs.
    """
    households = sum(row.households for row in rows)
    stocks = [row.stock_su for row in rows if row.stock_su is not None]
    heads = [row.head for row in rows if row.head is not None]
    gathered: dict[str, _Views] = {}
    kinds: dict[str, list[Decimal]] = {}
    supplies: list[Decimal] = []
    demands: list[Decimal] = []
    for row in rows:
        for view, figures in row.views.items():
            if view not in gathered:
                gathered[view] = _Views()
            gathered[view].take(figures)
        if row.surplus_kg is not None and row.supply_kg is not None and row.demand_kg is not None:
            supplies.append(row.supply_kg)
            demands.append(row.demand_kg)
            for kind, hay_kg in row.supply.items():
                kinds.setdefault(kind, []).append(hay_kg)
    views, problems = _views(measures, gathered, households, stocks, approved)
    supply = add(supplies) if supplies else None
    demand = add(demands) if demands else None
    return BalanceRow(
        level=level,
        key=key,
        code=code,
        name=name,
        village_code=code,
        area_mu=add(row.area_mu for row in rows),
        stock_su=add(stocks) if stocks else None,
        demand_kg=demand,
        supply_kg=supply,
        surplus_kg=subtract(supply, demand) if supply is not None and demand is not None else None,
        supply={kind: add(kinds[kind]) for kind in supply_kinds() if kind in kinds},
        views=views,
        households=households,
        accepted=bool(rows) and all(row.accepted for row in rows),
        doubtful=bool(problems) or any(row.doubtful for row in rows),
        problems=tuple(problems),
        banned_mu=add(row.banned_mu for row in rows),
        head=sum(heads) if heads else None,
    )


def _views(
    measures: Measures,
    gathered: Mapping[str, _Views],
    households: int,
    stocks: Sequence[Decimal],
    approved: Decimal | None,
) -> tuple[dict[str, ViewFigures], list[Problem]]:
    """Return the pooled views, and which of them leave households out."""
    views: dict[str, ViewFigures] = {}
    problems = []
    for view in VIEWS:
        if view == "approved" and approved is not None and stocks:
            made = view_of(measures, add(stocks), approved)._replace(households=len(stocks))
        elif view in gathered and gathered[view].households:
            made = gathered[view].pooled(measures)
        else:
            continue
        views[view] = made
        if made.households < households:
            missing, known = households - made.households, made.households
            said = {"view": word_of("balance_view", view), "missing": missing, "all": households, "known": known}
            problems.append(BalanceProblem.PARTLY_KNOWN.at(**said))
    return views, problems
