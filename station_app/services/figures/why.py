"""Why a figure of the balance is what it is: the same figure worked out step by step from its records.

The explanation of a household holds the yields of its pastures as parts, down to the weights of the quadrats; that of a
village, township or station the sums of the level below, each of which explains itself in turn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from station_app.domain.calc.balance import (
    GROWN_ON_GRASSLAND,
    RULE,
    VIEWS,
    BalanceInput,
    BalanceOutcome,
    KindSupply,
    Supply,
    View,
    YearHay,
    balance_nodes,
)
from station_app.domain.calc.capacity import RULE as CAPACITY_RULE
from station_app.domain.calc.capacity import (
    Approved,
    CapacityInput,
    CapacityOutcome,
    SeasonDays,
    capacity_nodes,
)
from station_app.domain.calc.coefficients import Coefficient, CoefficientSet
from station_app.domain.calc.explanation import Node, Result, Sheet, calculate, origin_of
from station_app.domain.calc.inputs import require
from station_app.domain.calc.numbers import ZERO, add
from station_app.domain.calc.overload import Overload, grade_sets, overload_nodes
from station_app.domain.calc.pasture import Pasture
from station_app.domain.calc.sheep_units import HerdLine, SheepUnitInput, SheepUnitOutcome, sheep_units
from station_app.domain.codes import label_of, word_of
from station_app.domain.problems import Problem, UserError
from station_app.domain.text import Text
from station_app.services.figures.balance_basis import BalanceBasis
from station_app.services.figures.measures import herd_input, pasture_sets
from station_app.services.figures.plans import ApprovedPlan, HousePlan, Land, PasturePlan, is_grave
from station_app.services.figures.pooling import BELOW, PooledRows
from station_app.services.figures.problems import BalanceProblem
from station_app.services.figures.references import figure_reference, record_reference
from station_app.services.figures.rows import GRAZING, LEVELS, BalanceRow, supply_kinds, supply_label
from station_app.services.figures.scheme import Scheme
from station_app.services.figures.sifting import region_prefix
from station_app.services.figures.sources import House, HouseholdScope, Parcel, Records, Stock
from station_app.services.figures.totals import approved_su, hay_of_years
from station_app.services.figures.yields import YieldOutcome, YieldSource, source_why, yield_node
from station_app.storage.reader import Reader

_TITLE = Text("草畜平衡", "Forage–livestock balance")


def balance_why(
    reader: Reader,
    year: int,
    level: str,
    key: str,
    *,
    occasion: str | None = None,
    scheme: Scheme | None = None,
) -> Result[BalanceOutcome]:
    """Return the balance of one row of the table, the same digits, with its explanation on demand.

    Raises:
        UserError: BAL-003 the table has no such row; BAL-004 and the other reasons why a figure is missing, all attached:
            without stock or capacity there is no balance (``capacity_why`` explains a capacity alone).
    """
    if level not in LEVELS:
        raise BalanceProblem.UNKNOWN_LEVEL.error(value=level, known=", ".join(LEVELS))
    ground = BalanceBasis(reader, year, occasion, scheme)
    if level == "household":
        plan, _ = _household(ground, key)
        return _explained(ground, plan)
    if level == "parcel":
        return _parcel(ground, key)
    return _pooled(ground, level, key)


def capacity_why(
    reader: Reader, year: int, level: str, key: str, *, occasion: str | None = None, scheme: Scheme | None = None
) -> Result[CapacityOutcome]:
    """Return the capacity of the pastures of a household, or of one parcel, without any stock.

    Raises:
        UserError: BAL-003 there is no such household or parcel; the reasons why its capacity is not known.
    """
    ground = BalanceBasis(reader, year, occasion, scheme)
    if level == "parcel":
        house, parcel, _ = _of_parcel(ground, key)
        land = ground.parcel_land(house, parcel)
        name = parcel.title
        approved: Sequence[ApprovedPlan] = ()
    elif level == "household":
        plan, _ = _household(ground, key)
        land, approved = plan.land, plan.approved
        name = _name(plan.house)
    else:
        raise BalanceProblem.UNKNOWN_LEVEL.error(value=level, known="household, parcel")
    if not land.pastures or not land.known:
        raise _refused(land.problems, year, name)
    given = _capacity(ground, land, approved)
    require(given)

    def inner(sheet: Sheet) -> tuple[dict[str, Node | None], CapacityOutcome]:
        nodes = capacity_nodes(sheet, given, ground.measures.standards)
        named = {"capacity_su": nodes.capacity_su, "usable_kg": nodes.usable_kg, "approved_su": nodes.approved_su}
        return named, nodes.outcome

    title = Text(f"载畜量 {name}", f"Carrying capacity {name}")
    return calculate(_with_yields(title, CAPACITY_RULE, "N = Σ F / (I × D)", "capacity", [land], inner))


def herd_why(reader: Reader, year: int, household_id: str, *, occasion: str | None = None) -> Result[SheepUnitOutcome]:
    """Return the sheep units of the count that is used of a household.

    Raises:
        UserError: BAL-003 there is no such household, BAL-004 it has no count; CALC-… a class has no coefficient.
    """
    ground = BalanceBasis(reader, year, occasion)
    plan, _ = _household(ground, household_id)
    if plan.count is None:
        raise _refused(plan.problems, year, _name(plan.house))
    return sheep_units(_herd(ground, plan.count.record_id), ground.measures.standards)


def yield_why(reader: Reader, year: int, kind: str, key: str) -> Result[YieldOutcome]:
    """Return why a yield is what it is: ``kind`` and ``key`` as its reference ``figure:yield/…/kind/key`` says.

    Raises:
        UserError: BAL-003 there is no such yield in the year.
    """
    ground = BalanceBasis(reader, year)
    source = ground.book.source(f"{kind}/{key}")
    if source is None:
        raise BalanceProblem.UNKNOWN_SUBJECT.error(year=year, value=f"{kind}/{key}")
    return source_why(source)


# --- a household -------------------------------------------------------------------------------------------------------


def _household(ground: BalanceBasis, key: str) -> tuple[HousePlan, Records]:
    records = ground.read(HouseholdScope(households=(key,)))
    plan = ground.plan(records.houses[0], records) if records.houses else None
    if plan is None:
        raise BalanceProblem.UNKNOWN_SUBJECT.error(year=ground.year, value=key)
    return plan, records


def _name(house: House) -> str:
    return f"{house.code} {house.name}".strip()


def _refused(problems: Sequence[Problem], year: int, name: str) -> UserError:
    """Return the error that says why there is no figure: the first grave finding, with all of them attached."""
    first = next((each for each in problems if is_grave(each)), problems[0] if problems else None)
    if first is None:
        return BalanceProblem.UNKNOWN_SUBJECT.error(year=year, value=name)
    return UserError(first.code, first.text, problems=tuple(problems))


def _explained(ground: BalanceBasis, plan: HousePlan) -> Result[BalanceOutcome]:
    if plan.count is None or plan.stock.su is None or not plan.land.known:
        raise _refused(plan.problems, ground.year, _name(plan.house))
    scheme, place = ground.scheme, record_reference("household", plan.house.record_id)
    values = _common(ground, _name(plan.house), plan.count.record_id, plan.count.counted_on, bool(plan.approved))
    lands: list[Land] = []
    if plan.years:
        values |= {
            "basis": "mean",
            "years": tuple(
                YearHay(
                    year=year,
                    usable_kg=hay,
                    reference=figure_reference("balance", year, ground.occasion, "household", plan.house.record_id),
                )
                for year, hay in reversed(list(hay_of_years(plan)))
            ),
            "years_wanted": scheme.record.years_wanted,
        }
        if plan.approved:
            values["capacity"] = CapacityInput(approved=_approved(plan.approved), sheep_unit=scheme.record.sheep_unit)
    elif plan.land.pastures:
        lands = [plan.land]
        values["capacity"] = _capacity(ground, plan.land, plan.approved)
    else:
        values["natural_kg"] = ZERO
        if plan.approved:
            values["approved_su"] = approved_su(plan.approved)
    values["supply"] = tuple(
        Supply(
            kind=each.record.kind,
            name=each.record.description or "",
            quantity_kg=each.quantity_kg,
            moisture_percent=each.moisture_percent,
            hay_equivalent=each.hay_equivalent,
            coefficient_source=(each.record.coefficient_source or "–") if each.hay_equivalent is not None else "",
            moisture_default=each.stands_in,
            reference=record_reference("forage_supply", each.record.record_id, "quantity_kg"),
        )
        for each in plan.forage
    )
    given = BalanceInput(**values, reference=place)
    require(given)
    return _balance(ground, given, lands, plan.years, plan.problems)


def _common(ground: BalanceBasis, name: str, count_id: str, counted_on: str, approved: bool) -> dict[str, Any]:
    scheme = ground.scheme
    return {
        "name": name,
        "sheep_unit_set": scheme.record.sheep_unit_set,
        "sheep_unit": scheme.record.sheep_unit,
        "herd": _herd(ground, count_id),
        "occasion": ground.occasion,
        "counted_on": date.fromisoformat(counted_on),
        "days": Decimal(scheme.record.period_days),
        "days_reference": scheme.reference("period_days"),
        "grade_sets": scheme.grade_sets,
        "edge_rule": scheme.record.edge_rule,
        "penalty_set": scheme.record.penalty_set if approved else None,
    }


def _herd(ground: BalanceBasis, count_id: str) -> SheepUnitInput:
    rows = ground.reader.sql(
        """SELECT species_code, class_code, head, mean_weight_kg FROM livestock_count__class_counts
        WHERE record_id=? ORDER BY line_no""",
        (count_id,),
    )
    weighed = ground.measures.weighed_species
    place = record_reference("livestock_count", count_id, "class_counts")
    lines = tuple(
        HerdLine(
            species=species,
            stock_class=stock_class,
            head=head,
            mean_weight_kg=Decimal(weight).scaleb(-1) if species in weighed and weight else None,
            reference=place,
        )
        for species, stock_class, head, weight in rows
    )
    return herd_input(ground.scheme.record, lines)


def _capacity(ground: BalanceBasis, land: Land, approved: Sequence[ApprovedPlan]) -> CapacityInput:
    scheme = ground.scheme
    place = scheme.reference("seasons")
    seasons = dict.fromkeys(each.terms.season for each in land.pastures)
    return CapacityInput(
        sheep_unit_set=scheme.record.sheep_unit_set,
        sheep_unit=scheme.record.sheep_unit,
        sets=pasture_sets(scheme.record),
        range_end=scheme.record.range_end,
        seasonal_minimum=scheme.record.seasonal_minimum,
        days=tuple(SeasonDays(season=each, days=scheme.days[each], reference=place) for each in seasons),
        pastures=tuple(_pasture(scheme, each) for each in land.pastures),
        approved=_approved(approved),
    )


def _pasture(scheme: Scheme, plan: PasturePlan) -> Pasture:
    parcel = plan.parcel
    field = "area_mu" if parcel.usable_area is None else "usable_area_mu"
    return Pasture(
        name=parcel.title,
        season=plan.terms.season,
        area_mu=plan.area_mu,
        hay_kg_per_ha=plan.terms.source.hay_kg_per_ha,
        edible_percent=scheme.record.edible_percent,
        grassland_class=parcel.grassland_class or "",
        degradation=plan.terms.degradation,
        reference=record_reference("parcel", parcel.record_id, field),
        yield_reference=plan.terms.source.reference,
        edible_reference=scheme.reference("edible_percent") if scheme.record.edible_percent is not None else "",
    )


def _approved(plans: Iterable[ApprovedPlan]) -> tuple[Approved, ...]:
    return tuple(
        Approved(
            name=plan.record.document_number,
            season=plan.record.season,
            approved_su=plan.approved_su,
            approved_mu_per_su=plan.mu_per_su,
            area_mu=plan.area_mu,
            document_number=plan.record.document_number,
            approving_body=plan.record.approving_body,
            approved_on=date.fromisoformat(plan.record.approved_on),
            reference=record_reference(
                "capacity_approval",
                plan.record.record_id,
                "approved_su" if plan.mu_per_su is None else "approved_mu_per_su",
            ),
        )
        for plan in plans
    )


Inner = Callable[[Sheet], tuple[dict[str, Node | None], Any]]


def _balance(
    ground: BalanceBasis,
    given: BalanceInput,
    lands: Sequence[Land],
    years: dict[int, Land],
    problems: Sequence[Problem],
) -> Result[BalanceOutcome]:
    def inner(sheet: Sheet) -> tuple[dict[str, Node | None], BalanceOutcome]:
        return balance_nodes(sheet, given, ground.measures.standards)

    def earlier(sheet: Sheet) -> None:
        for year, land in reversed(years.items()):
            part = sheet.part()
            capacity = _capacity(ground, land, ())

            def of_year(
                inside: Sheet, capacity: CapacityInput = capacity
            ) -> tuple[dict[str, Node | None], CapacityOutcome]:
                nodes = capacity_nodes(inside, capacity, ground.measures.standards)
                return {"usable_kg": nodes.usable_kg}, nodes.outcome

            title = Text(f"{year} 年可利用标准干草", f"Usable standard hay of {year}")
            _with_yields(title, CAPACITY_RULE, "F = Σ F_i", "capacity", [land], of_year)(part)
            sheet.attach(f"year{year}", part)

    title = Text(f"{_TITLE.zh} {given.name}", f"{_TITLE.en} {given.name}")
    formula = "F = Σ supply; R = (n − N) / N × 100"
    return calculate(_with_yields(title, RULE, formula, "balance", lands, inner, problems, earlier))


def _with_yields(
    title: Text,
    rule: Any,
    formula: str,
    name: str,
    lands: Sequence[Land],
    inner: Inner,
    problems: Sequence[Problem] = (),
    before: Callable[[Sheet], None] | None = None,
) -> Callable[[Sheet], Any]:
    """Return a calculation that holds the yields it rests on and then ``inner``, each as a part; results are inner's."""

    def work(sheet: Sheet) -> Any:
        for found in problems:
            sheet.warn(found)
        if before is not None:
            before(sheet)
        if sheet.recording:
            _yield_parts(sheet, [plan for land in lands for plan in land.pastures])
        part = sheet.part()
        results, outcome = inner(part)
        bring = sheet.attach(name, part)
        named = {key: bring(node) if node is not None else None for key, node in results.items()}
        sheet.conclude(title, formula, rule, **named)
        return outcome

    return work


def _yield_parts(sheet: Sheet, plans: Iterable[PasturePlan]) -> None:
    """Hang in every yield once, and say of each pasture which one it uses."""
    names: dict[str, str] = {}
    for plan in plans:
        source: YieldSource = plan.terms.source
        if source.key not in names and source.plots:
            names[source.key] = f"yield{len(names) + 1}"
            part = sheet.part()
            yield_node(part, source.label, source.plots)
            sheet.attach(names[source.key], part)
        sheet.note(
            Text(
                f"地块“{plan.parcel.title}”的产草量：{source.label.zh}",
                f"Yield of parcel “{plan.parcel.title}”: {source.label.en}",
            )
        )


# --- a parcel ----------------------------------------------------------------------------------------------------------


def _of_parcel(ground: BalanceBasis, key: str) -> tuple[House, Parcel, Records]:
    found = ground.reader.sql("SELECT household_id FROM parcel WHERE record_id=? AND void=0", (key,))
    if found:
        records = ground.read(HouseholdScope(households=(found[0][0],)))
        for parcel in records.parcels.get(found[0][0], ()):
            if parcel.record_id == key and records.houses:
                return records.houses[0], parcel, records
    raise BalanceProblem.UNKNOWN_SUBJECT.error(year=ground.year, value=key)


def _parcel(ground: BalanceBasis, key: str) -> Result[BalanceOutcome]:
    house, parcel, records = _of_parcel(ground, key)
    land = ground.parcel_land(house, parcel)
    problems = list(land.problems)
    stock: Stock = ground.parcel_stock(house, parcel, records, problems)
    count = records.counts.get(house.record_id)
    if not land.known or stock.su is None or count is None:
        if land.known and count is None:
            name = label_of("occasion", ground.occasion)
            problems.append(BalanceProblem.NO_COUNT.at(year=ground.year, occasion=name))
        raise _refused(problems, ground.year, parcel.title)
    values = _common(ground, parcel.title, count.record_id, count.counted_on, False)
    values["days"] = ground.scheme.days_of(parcel.season)
    values["days_reference"] = ground.scheme.reference("seasons")
    if land.pastures:
        values["capacity"] = _capacity(ground, land, ())
    else:
        values["natural_kg"] = Decimal(0)
    given = BalanceInput(**values, reference=record_reference("parcel", key))
    require(given)
    return _balance(ground, given, [land], {}, problems)


# --- many --------------------------------------------------------------------------------------------------------------


def _pooled(ground: BalanceBasis, level: str, key: str) -> Result[BalanceOutcome]:
    """The sums of the level below; each summand points to its own explanation."""
    records = ground.read(HouseholdScope(region_prefix(key) if key else ""))
    households = ground.rows(records)
    used = ground.used_coefficients(records)
    pools = PooledRows(ground)
    members = pools.groups(level, households).get(key)
    if not members:
        raise BalanceProblem.UNKNOWN_SUBJECT.error(year=ground.year, value=key or ground.station_name)
    row = pools.row(level, key, members)
    parts = pools.parts(level, pools.counted(members))
    if row.stock_su is None or row.surplus_kg is None:
        found = [problem for part in parts for problem in part.problems]
        raise _refused([*row.problems, *found], ground.year, row.name)
    approved = pools.village_plans(key) if level == "village" else []

    def work(sheet: Sheet) -> BalanceOutcome:
        for problem in row.problems:
            sheet.warn(problem)
        _name_coefficients(sheet, used, ground.scheme.record.range_end == "upper")
        return _PoolSheet(sheet, ground, BELOW[level], parts).conclude(row, approved)

    return calculate(work)


def _name_coefficients(sheet: Sheet, used: Sequence[Coefficient], upper: bool) -> None:
    """Name what the parts were computed with: a sum of them is as unverified as they are, and keeps their editions."""
    for place, each in enumerate(used, 1):
        value = (each.high if upper else each.low) if each.value is None else each.value
        if value is not None:
            sheet.coefficient(f"k{place}", each, value)


class _PoolSheet:
    """Puts the pooled sums of parts on a sheet."""

    def __init__(self, sheet: Sheet, ground: BalanceBasis, below: str, parts: Sequence[BalanceRow]) -> None:
        self._sheet = sheet
        self._ground = ground
        self._parts = parts
        self._origins = [
            origin_of(figure_reference("balance", ground.year, ground.occasion, below, part.key)) for part in parts
        ]

    def _sum(
        self, symbol: str, unit: str, label: Text, value_of: Callable[[BalanceRow], Decimal | None], places: int = 2
    ) -> Node | None:
        nodes = []
        for place, (part, origin) in enumerate(zip(self._parts, self._origins, strict=True), 1):
            value = value_of(part)
            if value is not None:
                title = f"{part.code} {part.name}".strip()
                name = Text(f"{label.zh} {title}", f"{label.en} {title}")
                nodes.append(self._sheet.given(f"{symbol}{place}", value, unit, name, origin, places))
        if not nodes:
            return None
        total = Text(f"{label.zh}合计", f"{label.en}, in all")
        return self._sheet.step(symbol, "sum", nodes, unit, total, places)

    def conclude(self, row: BalanceRow, approved: Sequence[ApprovedPlan]) -> BalanceOutcome:
        """Add up, compare, name the results."""
        sheet, measures = self._sheet, self._ground.measures
        grades = grade_sets(self._ground.scheme.grade_sets, measures.standards)
        stock = self._sum("n", "SU", Text("实际载畜", "stock"), lambda part: part.stock_su)
        kinds = {
            kind: self._sum(f"S_{kind}", "kg", supply_label(kind), _supply_of(kind), 1)
            for kind in supply_kinds()
            if kind in row.supply
        }
        supply = self._sum("F", "kg", Text("饲草料", "forage"), lambda part: _whole(part, part.supply_kg), 1)
        demand = self._sum("M", "kg", Text("需草量", "demand"), lambda part: _whole(part, part.demand_kg), 1)
        assert stock is not None and supply is not None and demand is not None
        surplus = sheet.step("F_s", "difference", [supply, demand], "kg", Text("余(缺)", "surplus"), 1)
        results: dict[str, Node | None] = {
            "surplus_kg": surplus,
            "stock_su": stock,
            "supply_kg": supply,
            "demand_kg": demand,
        }
        views = []
        for view in (name for name in VIEWS if name in row.views):
            made = self._view(view, stock, grades, approved)
            views.append(View(view=view, capacity_su=made[0], overload=made[1]))
            results |= made[2]
        title = Text(f"{_TITLE.zh} {row.name}".strip(), f"{_TITLE.en} {row.name}".strip())
        sheet.conclude(title, "R = (Σ n − Σ N) / Σ N × 100", RULE, **results)
        values = {kind: node.value for kind, node in kinds.items() if node is not None}
        grown = [value for kind, value in values.items() if kind == GRAZING or kind in GROWN_ON_GRASSLAND]
        other = [value for kind, value in values.items() if kind != GRAZING and kind not in GROWN_ON_GRASSLAND]
        return BalanceOutcome(
            name=row.name,
            sheep_unit=self._ground.scheme.record.sheep_unit,
            occasion=self._ground.occasion,
            stock_su=stock.value,
            natural_kg=add(grown),
            other_kg=add(other),
            supply_kg=supply.value,
            demand_kg=demand.value,
            surplus_kg=surplus.value,
            supply=tuple(KindSupply(kind=k, standard_hay_kg=v) for k, v in values.items() if k != GRAZING),
            views=tuple(views),
        )

    def _view(
        self, view: str, every: Node, grades: Sequence[CoefficientSet], approved: Sequence[ApprovedPlan]
    ) -> tuple[Decimal, Overload, dict[str, Node | None]]:
        """Stock against capacity of the parts that have both; a number approved for a village meets all its stock."""
        label = word_of("balance_view", view)
        stock: Node | None
        room: Node | None
        if view == "approved" and approved:
            stock, room = every, self._approved(approved)
        else:
            name = Text(f"实际载畜({label.zh})", f"stock ({label.en})")
            stock = self._sum(f"n_{view}", "SU", name, lambda part: _in_view(part, view, "stock_su"))
            name = Text(f"载畜量({label.zh})", f"capacity ({label.en})")
            room = self._sum(f"N_{view}", "SU", name, lambda part: _in_view(part, view, "capacity_su"))
        assert stock is not None and room is not None
        edge = self._ground.scheme.record.edge_rule
        nodes = overload_nodes(self._sheet, f"_{view}", label.zh, stock, room, grades, edge)
        named = {f"{view}_rate_percent": nodes.rate, f"{view}_overloaded_su": nodes.overloaded}
        named[f"{view}_capacity_su"] = room
        return room.value, nodes.outcome, named

    def _approved(self, plans: Sequence[ApprovedPlan]) -> Node:
        part = self._sheet.part()
        given = CapacityInput(approved=_approved(plans), sheep_unit=self._ground.scheme.record.sheep_unit)
        nodes = capacity_nodes(part, given, self._ground.measures.standards)
        bring = self._sheet.attach("approved", part)
        assert nodes.approved_su is not None
        label = Text("核定载畜量", "approved capacity")
        return self._sheet.step("N_q", "value", [bring(nodes.approved_su)], "SU", label)


def _whole(part: BalanceRow, value: Decimal | None) -> Decimal | None:
    return value if part.surplus_kg is not None else None


def _supply_of(kind: str) -> Callable[[BalanceRow], Decimal | None]:
    return lambda part: _whole(part, part.supply.get(kind))


def _in_view(part: BalanceRow, view: str, field: str) -> Decimal | None:
    figures = part.view(view)
    value: Decimal | None = getattr(figures, field) if figures.households else None
    return value
