"""The figures of a household or parcel without explanation, and the pooled sums of many.

The digits are those of the explained way (``why``), step by step the same operations; tests hold them together. Rates of
many are pooled, Σ(stock − capacity) / Σ capacity, never averaged, and cover only households whose stock and capacity are
both known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from functools import partial
from itertools import repeat, starmap

from station_app.domain.calc.balance import GROWN_ON_GRASSLAND, VIEWS
from station_app.domain.calc.numbers import CONTEXT, HUNDRED, ZERO, add, divide, multiply, subtract
from station_app.domain.calc.overload import overload_of
from station_app.domain.calc.pasture import HAY_MOISTURE
from station_app.domain.codes import word_of
from station_app.domain.problems import Problem
from station_app.domain.units import MU_PER_HA
from station_app.services.figures.measures import Measures
from station_app.services.figures.plans import ApprovedPlan, ForagePlan, HousePlan, Land, PasturePlan, is_grave
from station_app.services.figures.problems import BalanceProblem
from station_app.services.figures.rows import GRAZING, BalanceRow, ViewFigures, supply_kinds

_AREA_PER_HA = Decimal(MU_PER_HA * 1000)  # areas of parcels are whole 0.001 mu

# Of two operands the context's own operation is the exact result rounded once: the same digits as ``numbers`` gives.
_add, _multiply, _divide, _subtract = CONTEXT.add, CONTEXT.multiply, CONTEXT.divide, CONTEXT.subtract
Column = Sequence[Decimal | None]
Operation = Callable[[Decimal, Decimal], Decimal]


def _each(operation: Operation, left: Column, right: Column) -> Column:
    """Return an operation on two columns, row by row; what is not known on one side is not known."""
    return [None if a is None or b is None else operation(a, b) for a, b in zip(left, right, strict=True)]


def _by(operation: Operation, column: Column, value: Decimal) -> Column:
    """Return an operation on a column and one value."""
    return [None if each is None else operation(each, value) for each in column]


def usable_kg(pastures: Sequence[PasturePlan]) -> list[Decimal]:
    """Return usable standard hay of pastures (F1–F3)."""
    terms = [each.terms for each in pastures]
    hectares = map(_divide, [Decimal(each.area) for each in pastures], repeat(_AREA_PER_HA))
    edible = map(_multiply, hectares, [each.edible_kg_per_ha for each in terms])
    standard = map(_multiply, edible, [each.quality for each in terms])
    return list(map(_multiply, standard, [each.rate for each in terms]))


def hay_of(lands: Iterable[Land]) -> Iterator[tuple[Land, list[Decimal]]]:
    """Yield each land with the usable hay of its pastures."""
    lands = list(lands)
    hay = usable_kg([each for land in lands for each in land.pastures])
    start = 0
    for land in lands:
        end = start + len(land.pastures)
        yield land, hay[start:end]
        start = end


def land_capacities(lands: Iterable[Land], measures: Measures) -> Iterator[tuple[Decimal, Decimal]]:
    """Yield usable hay and capacity of the pastures of each household (F4, F7); nothing grazed carries nothing."""
    nothing = ZERO, _divide(ZERO, measures.need_kg)
    for land, hay in hay_of(lands):
        if not hay:
            yield nothing
        elif len(hay) == 1:
            yield hay[0], _divide(hay[0], land.pastures[0].terms.need_kg)
        else:
            yield add(hay), _turned([each.terms.season for each in land.pastures], hay, measures)


def hay_of_years(plan: HousePlan) -> Iterator[tuple[int, Decimal]]:
    """Yield the years that go into a mean, newest first, each with its usable hay."""
    for year, (_, hay) in zip(plan.years, hay_of(plan.years.values()), strict=True):
        yield year, add(hay)


def grasslands(measures: Measures, plans: Sequence[HousePlan]) -> tuple[list[Decimal | None], list[Decimal | None]]:
    """Return usable hay and capacity of each household's land: of the year, or the mean of the years before."""
    alone = land_capacities((plan.land for plan in plans if plan.land.known and not plan.years), measures)
    usable: list[Decimal | None] = []
    carried: list[Decimal | None] = []
    for plan in plans:
        hay: Decimal | None = None
        room: Decimal | None = None
        if plan.years:
            hay = divide(add(of_year for _, of_year in hay_of_years(plan)), Decimal(len(plan.years)))
            room = divide(hay, measures.need_kg)
        elif plan.land.known:
            hay, room = next(alone)
        usable.append(hay)
        carried.append(room)
    return usable, carried


def _turned(seasons: Sequence[str], hay: Sequence[Decimal], measures: Measures) -> Decimal:
    """Return what several pastures carry: the season that carries least of those that take turns, and the whole year."""
    sums = dict(zip(seasons, hay, strict=True))
    if len(sums) < len(seasons):
        sums = {season: add(kg for of, kg in zip(seasons, hay, strict=True) if of == season) for season in sums}
    need_kg = measures.season_need_kg
    by_season = {season: _divide(total, need_kg[season]) for season, total in sums.items()}
    whole = by_season.pop("whole_year", None)
    if not by_season:
        assert whole is not None
        return whole
    if len(by_season) == 1 or measures.scheme.record.seasonal_minimum:
        turn = min(by_season.values())
    else:
        days = add(measures.scheme.days[season] for season in by_season)
        turn = divide(add(sums[season] for season in by_season), multiply((measures.intake_kg, days)))
    return turn if whole is None else _add(whole, turn)


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


def views(measures: Measures, stocks: Column, rooms: Column) -> list[ViewFigures]:
    """Return stock against capacity, row by row; no stock or no capacity gives no rate."""
    made, grade_of = [], measures.grade
    for stock, room in zip(stocks, rooms, strict=True):
        if room is None or stock is None:
            made.append(ViewFigures(room, stock_su=stock))
            continue
        rate, printed, over = overload_of(stock, room)
        grade = None if printed is None else grade_of(printed)
        label, key = (None, "") if grade is None else (grade.label, grade.key)
        made.append(ViewFigures(room, rate, printed, over, label, key, stock, 1, 1 if over else 0))
    return made


def view_of(measures: Measures, stock: Decimal | None, room: Decimal | None) -> ViewFigures:
    """Return stock against capacity of one."""
    return views(measures, (stock,), (room,))[0]


def household_rows(measures: Measures, plans: Sequence[HousePlan]) -> list[BalanceRow]:
    """Return the figures of households, column by column.

    Without the grassland there is no supply in all: the forage alone stays under ``supply``.
    """
    need = measures.need_kg
    stocks: Column = [plan.stock.su for plan in plans]
    grazed, carried = grasslands(measures, plans)
    kinds = [forage_by_kind(plan.forage) if plan.forage else {} for plan in plans]
    supply, natural = list(grazed), list(carried)
    for row, (kept, total, room) in enumerate(zip(kinds, grazed, carried, strict=True)):
        if kept and total is not None and room is not None:
            cut = [hay for kind, hay in kept.items() if kind in GROWN_ON_GRASSLAND]
            other = [hay for kind, hay in kept.items() if kind not in GROWN_ON_GRASSLAND]
            supply[row] = _add(add((total, *cut)), add(other))
            if cut:
                natural[row] = _add(room, _divide(add(cut), need))
    demand = _by(_multiply, stocks, need)
    surplus = _each(_subtract, supply, demand)
    of_grassland = views(measures, stocks, natural)
    of_all = views(measures, stocks, _by(_divide, supply, need))
    figures = zip(plans, stocks, demand, supply, surplus, grazed, kinds, of_grassland, of_all, strict=True)
    return list(starmap(partial(_row, measures), figures))


def _row(
    measures: Measures,
    plan: HousePlan,
    stock: Decimal | None,
    demand: Decimal | None,
    supply: Decimal | None,
    surplus: Decimal | None,
    grazed: Decimal | None,
    kinds: dict[str, Decimal],
    of_grassland: ViewFigures,
    of_all: ViewFigures,
) -> BalanceRow:
    house, land, count = plan.house, plan.land, plan.count
    seen = {"natural": of_grassland, "all": of_all}
    if plan.approved:
        approved = approved_su(plan.approved)
        if approved is not None:
            seen["approved"] = view_of(measures, stock, approved)
    doubtful = (
        plan.stock.doubtful
        or any(each.terms.factors.doubtful for each in land.pastures)
        or any(map(is_grave, plan.problems))
    )
    return BalanceRow(
        "household",
        house.record_id,
        house.code,
        house.name,
        house.village_code,
        land.area_mu,
        stock,
        demand,
        supply,
        surplus,
        kinds if grazed is None else {GRAZING: grazed, **kinds},
        seen,
        1,
        plan.accepted,
        doubtful,
        tuple(plan.problems),
        land.banned_mu,
        None if count is None else plan.stock.head,
        "" if count is None else count.counted_on,
        house.record_id,
    )


# --- pooling -----------------------------------------------------------------------------------------------------------


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
    whole = [row for row in rows if row.surplus_kg is not None]
    kinds: dict[str, list[Decimal]] = {}
    for row in whole:
        for kind, hay_kg in row.supply.items():
            kinds.setdefault(kind, []).append(hay_kg)
    supplies = [row.supply_kg for row in whole if row.supply_kg is not None]
    demands = [row.demand_kg for row in whole if row.demand_kg is not None]
    views, problems = _views(measures, rows, households, stocks, approved)
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
    rows: Sequence[BalanceRow],
    households: int,
    stocks: Sequence[Decimal],
    approved: Decimal | None,
) -> tuple[dict[str, ViewFigures], list[Problem]]:
    """Return the pooled views, and which of them leave households out."""
    seen: dict[str, ViewFigures] = {}
    problems = []
    for view in VIEWS:
        if view == "approved" and approved is not None and stocks:
            made = view_of(measures, add(stocks), approved)._replace(households=len(stocks))
        else:
            known = [each for row in rows if (each := row.views.get(view)) is not None and each.households]
            if not known:
                continue
            stock = add(each.stock_su for each in known if each.stock_su is not None)
            room = add(each.capacity_su for each in known if each.capacity_su is not None)
            made = view_of(measures, stock, room)._replace(
                households=sum(each.households for each in known), overloaded=sum(each.overloaded for each in known)
            )
        seen[view] = made
        if made.households < households:
            missing = households - made.households
            said = {
                "view": word_of("balance_view", view),
                "missing": missing,
                "all": households,
                "known": made.households,
            }
            problems.append(BalanceProblem.PARTLY_KNOWN.at(**said))
    return seen, problems
