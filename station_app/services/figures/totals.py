"""The figures of a household or parcel without explanation, and the pooled sums of many.

The digits are those of the explained way (``why``), step by step the same operations; tests hold them together. Rates of
many are pooled, Σ(stock − capacity) / Σ capacity, never averaged, and cover only households whose stock and capacity are
both known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from station_app.domain.calc.balance import FORAGE_KINDS, GROWN_ON_GRASSLAND, VIEWS
from station_app.domain.calc.bulk import overload_of
from station_app.domain.calc.numbers import HUNDRED, ONE, ZERO, add, divide, multiply, share, subtract
from station_app.domain.calc.pasture import HAY_MOISTURE
from station_app.domain.problems import Problem
from station_app.domain.units import MU_PER_HA
from station_app.services.figures.codes import Found
from station_app.services.figures.measures import Measures
from station_app.services.figures.plans import ApprovedPlan, ForagePlan, Land, PasturePlan
from station_app.services.figures.rows import GRAZING, BalanceRow, ViewFigures

_MU = Decimal(MU_PER_HA)


def usable_kg(plan: PasturePlan) -> Decimal:
    """Return usable standard hay of a pasture (F1–F3)."""
    factors = plan.factors
    edible = share(plan.source.hay_kg_per_ha, (factors.edible_percent, factors.grown_percent))
    forage = multiply((divide(plan.area_mu, _MU), edible))
    return share(multiply((forage, factors.hay_coefficient)), (factors.rate_percent,))


def land_capacity(land: Land, measures: Measures) -> tuple[Decimal, Decimal]:
    """Return usable hay and capacity of the pastures of a household (F4, F7); nothing grazed carries nothing."""
    if not land.pastures:
        return ZERO, divide(ZERO, measures.need_kg)
    if len(land.pastures) == 1:
        (only,) = land.pastures
        usable = usable_kg(only)
        return usable, divide(usable, measures.season_need_kg[only.season])
    hay: dict[str, list[Decimal]] = {}
    every = []
    for plan in land.pastures:
        usable = usable_kg(plan)
        every.append(usable)
        hay.setdefault(plan.season, []).append(usable)
    sums = {season: add(values) for season, values in hay.items()}
    by_season = {season: divide(total, measures.season_need_kg[season]) for season, total in sums.items()}
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
        turn = add((by_season["whole_year"], turn))
    return add(every), turn


def forage_kg(plan: ForagePlan) -> Decimal:
    """Return a quantity of forage as usable standard hay."""
    hay = plan.quantity_kg
    if plan.moisture_percent is not None:
        hay = divide(share(hay, (subtract(HUNDRED, plan.moisture_percent),)), HAY_MOISTURE)
    equal = multiply((hay, ONE if plan.hay_equivalent is None else plan.hay_equivalent))
    return share(equal, (HUNDRED,))


def forage_by_kind(plans: Iterable[ForagePlan]) -> dict[str, Decimal]:
    """Return usable standard hay by kind of forage."""
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
        return ViewFigures(capacity_su=room, stock_su=stock)
    rate, printed, over = overload_of(stock, room)
    grade = measures.grade(printed) if printed is not None else None
    return ViewFigures(
        room,
        rate,
        printed,
        over,
        grade.label if grade else None,
        grade.key if grade else "",
        stock,
        1,
        1 if over else 0,
    )


def amounts(
    measures: Measures,
    grazed_kg: Decimal | None,
    carried_su: Decimal | None,
    kinds: Mapping[str, Decimal],
    approved: Decimal | None,
    stock: Decimal | None,
) -> dict[str, object]:
    """Return supply, demand, surplus and the views of a household: the fields of its row.

    Without the grassland there is no supply in all: the forage alone stays under ``supply``.
    """
    supply_kg = demand_kg = surplus_kg = natural = every = None
    supply = dict(kinds)
    if grazed_kg is not None and carried_su is not None:
        cut = [value for kind, value in kinds.items() if kind in GROWN_ON_GRASSLAND]
        other = [value for kind, value in kinds.items() if kind not in GROWN_ON_GRASSLAND]
        supply_kg = add((add((grazed_kg, *cut)), add(other))) if kinds else grazed_kg
        natural = add((carried_su, divide(add(cut), measures.need_kg))) if cut else carried_su
        every = divide(supply_kg, measures.need_kg)
        supply = {GRAZING: grazed_kg, **supply}
    if stock is not None:
        demand_kg = measures.demand(stock, measures.scheme.period_days)
        if supply_kg is not None:
            surplus_kg = measures.surplus(supply_kg, demand_kg)
    views = {"natural": view_of(measures, stock, natural), "all": view_of(measures, stock, every)}
    if approved is not None:
        views["approved"] = view_of(measures, stock, approved)
    return {
        "stock_su": stock,
        "demand_kg": demand_kg,
        "supply_kg": supply_kg,
        "surplus_kg": surplus_kg,
        "supply": supply,
        "views": views,
    }


# --- pooling -----------------------------------------------------------------------------------------------------------


def pooled_view(measures: Measures, parts: Sequence[ViewFigures]) -> ViewFigures | None:
    """Return the pooled view of parts; those without stock or capacity are not in it. ``None``: none has both."""
    known = [each for each in parts if each.households]
    if not known:
        return None
    stock = add(each.stock_su for each in known if each.stock_su is not None)
    room = add(each.capacity_su for each in known if each.capacity_su is not None)
    made = view_of(measures, stock, room)
    return replace(
        made, households=sum(each.households for each in known), overloaded=sum(each.overloaded for each in known)
    )


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
    whole = [row for row in rows if row.surplus_kg is not None]
    kinds = [kind for kind in (GRAZING, *FORAGE_KINDS) if any(kind in row.supply for row in whole)]
    stocks = [row.stock_su for row in rows if row.stock_su is not None]
    views: dict[str, ViewFigures] = {}
    households = sum(row.households for row in rows)
    problems: list[Problem] = []
    for view in VIEWS:
        made = pooled_view(measures, [row.views[view] for row in rows if view in row.views])
        if view == "approved" and approved is not None and stocks:
            made = replace(view_of(measures, add(stocks), approved), households=len(stocks))
        if made is None:
            continue
        views[view] = made
        if made.households < households:
            problems.append(
                Found.PARTLY_KNOWN.problem(
                    view=VIEWS[view],
                    missing=households - made.households,
                    all=households,
                    known=made.households,
                )
            )
    heads = [row.head for row in rows if row.head is not None]
    return BalanceRow(
        level=level,
        key=key,
        code=code,
        name=name,
        village_code=code,
        area_mu=sum((row.area_mu for row in rows), ZERO),
        stock_su=add(stocks) if stocks else None,
        demand_kg=add(row.demand_kg for row in whole if row.demand_kg is not None) if whole else None,
        supply_kg=add(row.supply_kg for row in whole if row.supply_kg is not None) if whole else None,
        surplus_kg=_surplus(whole),
        supply={kind: add(row.supply[kind] for row in whole if kind in row.supply) for kind in kinds},
        views=views,
        households=households,
        accepted=bool(rows) and all(row.accepted for row in rows),
        doubtful=bool(problems) or any(row.doubtful for row in rows),
        problems=tuple(problems),
        banned_mu=sum((row.banned_mu for row in rows), ZERO),
        head=sum(heads) if heads else None,
    )


def _surplus(whole: Sequence[BalanceRow]) -> Decimal | None:
    if not whole:
        return None
    supply = add(row.supply_kg for row in whole if row.supply_kg is not None)
    return subtract(supply, add(row.demand_kg for row in whole if row.demand_kg is not None))
