"""Forage–livestock balance of one household, parcel, village or station (草畜平衡管理办法 art. 3).

Two views stand side by side: forage grown on the grassland alone (the law of Inner Mongolia, art. 8), and all forage
(Order 48, art. 3); the approved capacity is the third. Herds are pooled over households by ``overload``, never averaged.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from station_app.domain import fields as f
from station_app.domain.calc.capacity import CapacityInput, capacity_nodes
from station_app.domain.calc.coefficients import PENALTY, SHEEP_UNIT, Standards
from station_app.domain.calc.explanation import (
    DEFAULT,
    Node,
    Result,
    Rule,
    Sheet,
    calculate,
    origin_of,
)
from station_app.domain.calc.inputs import exactly_one, no_repeats, reference, require, required
from station_app.domain.calc.numbers import HUNDRED, ONE
from station_app.domain.calc.overload import (
    Overload,
    OverloadNodes,
    Penalty,
    grade_sets,
    overload_nodes,
    penalty_nodes,
    season_warning,
)
from station_app.domain.calc.pasture import to_standard_moisture
from station_app.domain.calc.problems import CalculationProblem
from station_app.domain.calc.sheep_units import SheepUnitInput, herd_sets, herd_units
from station_app.domain.calc.told import SETTING, not_used, tell
from station_app.domain.codes import word_of
from station_app.domain.fields import described
from station_app.domain.problems import Problem
from station_app.domain.text import Text

GROWN_ON_GRASSLAND = frozenset({"natural_hay"})
YEARS_OF_MEAN = 5  # Order 48 art. 9 (C): a setting, given with the input

RULE = Rule("草畜平衡管理办法 (Order 48)", "art. 3; own formulation", "草畜平衡管理办法 art. 3", "A")
_TITLE = Text("草畜平衡", "Forage–livestock balance")
VIEWS = ("natural", "all", "approved")


@described
class Supply:
    """One quantity of forage besides grazing."""

    kind: str = f.code("饲草料种类", "Kind of forage", "forage_kind")
    name: str = f.text("品名", "Description", default="")
    quantity_kg: Decimal = f.number("数量", "Quantity", "kg", minimum=0, places=1)
    moisture_percent: Decimal | None = f.number(
        "含水量", "Moisture", "%", minimum=0, maximum=95, help=("折成含水 14%。", "Brought to 14 %.")
    )
    hay_equivalent: Decimal | None = f.number(
        "折标准干草系数", "Coefficient to standard hay", "kg/kg", above=0, maximum=10, places=4
    )
    coefficient_source: str = f.text("系数来源", "Source of the coefficient", default="")
    usable_percent: Decimal | None = f.number("可利用比例", "Usable share", "%", minimum=0, maximum=100)
    moisture_default: str | None = f.code(
        "含水量的缺省",
        "The moisture stands in",
        "moisture_default",
        help=("含水量不是测得的，写明按什么。", "Where it was not measured: what it goes by."),
    )
    reference: str = reference()

    def rules(self, at: str) -> list[Problem]:
        """A coefficient says where it is from; without moisture or coefficient nothing can be made of it."""
        found = []
        if self.hay_equivalent is None:
            reason = Text("没有填折标准干草系数", "there is no coefficient to standard hay")
            found += not_used(self, at, reason, "coefficient_source")
        elif not self.coefficient_source:
            found += required(self, at, "coefficient_source")
        if self.hay_equivalent is None and self.moisture_percent is None:
            label = Text("折标准干草系数或含水量", "Coefficient to standard hay, or moisture")
            found.append(CalculationProblem.REQUIRED.at(f"{at}/hay_equivalent", label=label, name="hay_equivalent"))
        if self.moisture_percent is None:
            found += not_used(self, at, Text("没有填含水量", "there is no moisture"), "moisture_default")
        return found


@described
class YearHay:
    """Usable standard hay of the grassland in one year."""

    year: int = f.count("年度", "Year", minimum=1950, maximum=2200)
    usable_kg: Decimal = f.number(
        "可利用标准干草", "Usable standard hay", "kg", minimum=0, missing=CalculationProblem.NO_YIELD, places=1
    )
    reference: str = reference()


@described
class BalanceInput:
    """Forage, stock and days of one unit."""

    name: str = f.text("单位", "Whose", default="")
    sheep_unit_set: str = f.coefficient_set("羊单位定义集", "Definitions of the sheep unit", SHEEP_UNIT)
    sheep_unit: str = f.text("羊单位", "Sheep unit", help=("如 NYT635-2015。", "For example NYT635-2015."))
    herd: SheepUnitInput | None = f.part("畜群", "Herd", SheepUnitInput)
    stock_su: Decimal | None = f.number("实际载畜", "Stock", "SU", minimum=0)
    stock_sheep_unit: str = f.text("存栏所用羊单位", "Sheep unit of the stock", default="")
    occasion: str | None = f.code("清点时点", "Occasion of the count", "occasion")
    counted_on: date | None = f.day("清点日期", "Counted on")
    days: Decimal = f.number(
        "平衡期天数", "Days of the period", "d", above=0, maximum=366, missing=CalculationProblem.NO_DAYS, places=0
    )
    days_grazing: Decimal | None = f.number("放牧天数", "Days of grazing", "d", minimum=0, maximum=366, places=0)
    fed_su: Decimal | None = f.number("舍饲羊单位", "Stock fed", "SU", minimum=0)
    days_fed: Decimal | None = f.number(
        "舍饲天数", "Days of feeding", "d", minimum=0, maximum=366, missing=CalculationProblem.NO_DAYS, places=0
    )
    basis: str = f.code("天然草原依据", "Basis of the grassland", "balance_basis", default="current_year")
    capacity: CapacityInput | None = f.part("草场载畜量", "Capacity of the pastures", CapacityInput)
    natural_kg: Decimal | None = f.number(
        "天然草原可利用标准干草", "Usable standard hay of the grassland", "kg", minimum=0, places=1
    )
    years: tuple[YearHay, ...] = f.lines("各年", "Years", YearHay)
    years_wanted: int = f.count("平均年数", "Years of the mean", "a", default=YEARS_OF_MEAN, minimum=1, maximum=30)
    supply: tuple[Supply, ...] = f.lines("其他饲草料", "Other forage", Supply)
    approved_su: Decimal | None = f.number("核定载畜量", "Approved capacity", "SU", minimum=0)
    grade_sets: tuple[str, ...] = f.texts("分级系数集", "Sets of grades")
    edge_rule: str = f.code("分界点归属", "Where an edge belongs", "edge_rule", default="upper")
    penalty_set: str | None = f.coefficient_set("处罚标准集", "Set of penalties", PENALTY)
    days_reference: str = reference()
    reference: str = reference()

    def rules(self, at: str) -> list[Problem]:
        """Stock once, grassland once; penalties go by the approved capacity. What has no use is refused."""
        found = exactly_one(self, at, "herd", "stock_su")
        if self.herd is not None:
            reason = Text("草畜平衡不算放牧强度", "a balance tells no stocking by area")
            found += not_used(self.herd, f"{at}/herd", reason, "area_ha")
        if self.basis != "mean" and self.years_wanted != YEARS_OF_MEAN:
            found += not_used(self, at, Text("不按多年平均", "it is no mean of years"), "years_wanted")
        if self.stock_su is None:
            found += not_used(self, at, Text("存栏由畜群计算", "the stock follows from the herd"), "stock_sheep_unit")
        if self.fed_su is None:
            found += not_used(self, at, Text("没有舍饲羊单位", "no stock is fed"), "days_fed")
        if self.approved_su is not None and self.capacity is not None and self.capacity.approved:
            found += exactly_one(self, at, "approved_su", "capacity")
        if self.basis == "mean":
            if not self.years:
                found += required(self, at, "years")
            found += no_repeats([str(each.year) for each in self.years], f"{at}/years")
            reason = Text("天然草原按多年平均", "the grassland is the mean of several years")
            found += not_used(self, at, reason, "natural_kg")
            if self.capacity is not None:
                found += not_used(self.capacity, f"{at}/capacity", reason, "pastures")
        else:
            found += exactly_one(self, at, "capacity", "natural_kg")
            reason = Text("天然草原按当年产草量", "the grassland is that of the year")
            found += not_used(self, at, reason, "years")
        if self.stock_su is not None and not self.stock_sheep_unit:
            found += required(self, at, "stock_sheep_unit")
        elif self.stock_su is not None and self.stock_sheep_unit != self.sheep_unit:
            stock = self.stock_sheep_unit or "–"
            found.append(
                CalculationProblem.TWO_SHEEP_UNITS.at(f"{at}/stock_sheep_unit", first=stock, second=self.sheep_unit)
            )
        if self.capacity is not None and self.capacity.sheep_unit != self.sheep_unit:
            other = self.capacity.sheep_unit or "–"
            place = f"{at}/capacity/sheep_unit"
            found.append(CalculationProblem.TWO_SHEEP_UNITS.at(place, first=other, second=self.sheep_unit))
        approved = self.approved_su is not None or (self.capacity is not None and self.capacity.approved)
        if self.penalty_set is not None and not approved:
            found += required(self, at, "approved_su")
        if self.fed_su is not None and self.days_fed is None:
            found += required(self, at, "days_fed")
        return found


@described
class KindSupply:
    """Forage of one kind, as standard hay."""

    kind: str = f.code("种类", "Kind", "forage_kind")
    standard_hay_kg: Decimal = f.number("标准干草", "Standard hay", "kg", places=1)


@described
class View:
    """One way to look at the balance."""

    view: str = f.code("口径", "View", "balance_view")
    capacity_su: Decimal = f.number("载畜量", "Capacity", "SU", places=2)
    overload: Overload = f.part("超载", "Overload", Overload)


@described
class BalanceOutcome:
    """Supply, demand and overload in every view."""

    name: str = f.text("单位", "Whose", default="")
    sheep_unit: str = f.text("羊单位", "Sheep unit")
    occasion: str | None = f.code("清点时点", "Occasion of the count", "occasion")
    stock_su: Decimal = f.number("实际载畜", "Stock", "SU", places=2)
    natural_kg: Decimal = f.number("天然草原饲草", "Forage of the grassland", "kg", places=1)
    other_kg: Decimal = f.number("其他饲草料", "Other forage", "kg", places=1)
    supply_kg: Decimal = f.number("饲草料合计", "Forage in all", "kg", places=1)
    demand_kg: Decimal = f.number("需草量", "Demand", "kg", places=1)
    surplus_kg: Decimal = f.number("余(缺)", "Surplus (shortage below zero)", "kg", places=1)
    supply: tuple[KindSupply, ...] = f.lines("分种类", "By kind", KindSupply)
    views: tuple[View, ...] = f.lines("各口径", "Views", View)
    penalties: tuple[Penalty, ...] = f.lines("处罚(计算，不是决定)", "Penalties (computed, not decided)", Penalty)


def balance(given: BalanceInput, standards: Standards) -> Result[BalanceOutcome]:
    """Return the balance of one unit.

    Rounding: none before the overload rate, which is printed with two places.

    Raises:
        UserError: CALC-…
    """
    require(given)
    return calculate(lambda sheet: balance_nodes(sheet, given, standards)[1])


def balance_nodes(
    sheet: Sheet, given: BalanceInput, standards: Standards
) -> tuple[dict[str, Node | None], BalanceOutcome]:
    """Put a balance on a sheet and conclude it; return the results as nodes and as the outcome."""
    definitions = standards.named(given, "sheep_unit_set")
    grades = grade_sets(given.grade_sets, standards)
    intake = sheet.coefficient("I", definitions.find(given.sheep_unit, at="/sheep_unit"), at="/sheep_unit_set")
    origin = origin_of(given.days_reference)
    days = sheet.entry("D", given, "days", origin=origin)
    need = sheet.step("B", "product", [intake, days], "kg/SU", Text("每羊单位全期需草量", "hay of a sheep unit"))
    stock = _stock(sheet, given, standards)
    grassland = _grassland(sheet, given, standards, need)
    kinds, cut, other = _supply(sheet, given)
    natural = sheet.step(
        "F_n", "sum", [grassland.usable_kg, *cut], "kg", Text("草原上生长的饲草", "forage grown on the grassland"), 1
    )
    more = sheet.step("F_o", "sum", other, "kg", Text("其他饲草料", "other forage"), 1)
    supply = sheet.step("F", "sum", [natural, more], "kg", Text("饲草料合计", "forage in all"), 1)
    demand = _demand(sheet, given, stock, intake, days)
    surplus = sheet.step("F_s", "difference", [supply, demand], "kg", Text("余(缺)", "surplus"), 1)

    views: list[tuple[str, Node]] = []
    if cut:
        hay = sheet.step("F_c", "sum", cut, "kg", Text("天然打草", "hay from natural grassland"), 1)
        stored = sheet.step("N_c", "quotient", [hay, need], "SU", Text("打草可养", "carried by the hay"))
        label = Text("载畜量(仅天然草原)", "capacity (grassland only)")
        views.append(("natural", sheet.step("N_n", "sum", [grassland.capacity_su, stored], "SU", label)))
    else:
        views.append(("natural", grassland.capacity_su))
    label = Text("载畜量(全部饲草料)", "capacity (all forage)")
    views.append(("all", sheet.step("N_a", "quotient", [supply, need], "SU", label)))
    approved = _approved(sheet, given, grassland)
    if approved is not None:
        views.append(("approved", approved))
    seasons = [each.season for each in given.capacity.pastures] if given.capacity is not None else []
    season_warning(sheet, given.occasion, seasons)
    turned = set(seasons) - {"whole_year"}
    if len(turned) > 1 and given.capacity is not None and given.capacity.seasonal_minimum:
        sheet.warn(CalculationProblem.SEASONS_ADDED.at())
        text = Text("不取，各季的草相加", "not taken: the forage of all seasons is added up")
        sheet.chosen(views[1][1], Text("最紧季节", "scarcest season"), text, SETTING)

    made: dict[str, OverloadNodes] = {}
    for view, room in views:
        made[view] = overload_nodes(sheet, f"_{view}", given.name, stock, room, grades, given.edge_rule)
    tell(sheet, stock, given, "occasion", "counted_on", "stock_sheep_unit")
    tell(sheet, views[0][1], given, "basis", "sheep_unit", "sheep_unit_set", origin=SETTING)
    penalties = _penalties(sheet, given, standards, made.get("approved"))
    results: dict[str, Node | None] = {
        "surplus_kg": surplus,
        "stock_su": stock,
        "natural_kg": natural,
        "other_kg": more,
        "supply_kg": supply,
        "demand_kg": demand,
    }
    for view, room in views:
        nodes = made[view]
        results |= {f"{view}_rate_percent": nodes.rate, f"{view}_overloaded_su": nodes.overloaded}
        results[f"{view}_capacity_su"] = room
    title = Text(f"草畜平衡 {given.name}".strip(), f"Forage–livestock balance {given.name}".strip())
    sheet.conclude(title, "F = Σ supply; R = (n − N) / N × 100", RULE, **results)
    outcome = BalanceOutcome(
        name=given.name,
        sheep_unit=given.sheep_unit,
        occasion=given.occasion,
        stock_su=stock.value,
        natural_kg=natural.value,
        other_kg=more.value,
        supply_kg=supply.value,
        demand_kg=demand.value,
        surplus_kg=surplus.value,
        supply=tuple(KindSupply(kind=kind, standard_hay_kg=node.value) for kind, node in kinds.items()),
        views=tuple(View(view=view, capacity_su=room.value, overload=made[view].outcome) for view, room in views),
        penalties=tuple(penalties),
    )
    return results, outcome


def _stock(sheet: Sheet, given: BalanceInput, standards: Standards) -> Node:
    label = Text("实际载畜", "stock")
    if given.herd is None:
        assert given.stock_su is not None
        return sheet.entry("n", given, "stock_su")
    sets = herd_sets(given.herd, standards, "/herd")
    if given.sheep_unit not in sets.sheep_units:
        raise CalculationProblem.TWO_SHEEP_UNITS.error(
            "/herd/adult_set", first=sets.adult.title, second=given.sheep_unit
        )
    part = sheet.part()
    total, _ = herd_units(part, given.herd, sets, "/herd")
    part.conclude(Text("畜群羊单位", "Sheep units of the herd"), "N = Σ n × k", RULE, total_su=total)
    bring = sheet.attach("herd", part)
    return sheet.step("n", "value", [bring(total)], "SU", label)


@dataclass(frozen=True, slots=True)
class _Grassland:
    usable_kg: Node
    capacity_su: Node
    approved_su: Node | None


def _grassland(sheet: Sheet, given: BalanceInput, standards: Standards, need: Node) -> _Grassland:
    """Usable hay of the grassland and what it carries: computed now, typed, or the mean of several years."""
    label = Text("天然草原可利用标准干草", "usable hay of the grassland")
    carried = Text("天然草原载畜量", "capacity of the grassland")
    part = nodes = bring = None
    if given.capacity is not None:
        part = sheet.part()
        nodes = capacity_nodes(part, given.capacity, standards, "/capacity")
        bring = sheet.attach("capacity", part)
    approved = bring(nodes.approved_su) if nodes and bring and nodes.approved_su is not None else None
    if given.basis == "mean":
        usable = mean_of_years(sheet, given.years, given.years_wanted)
    elif nodes is not None and bring is not None:
        if nodes.usable_kg is None or nodes.capacity_su is None:
            raise CalculationProblem.REQUIRED.error(
                "/capacity/pastures", label=Text("草场", "Pastures"), name="pastures"
            )
        usable = sheet.step("F_g", "value", [bring(nodes.usable_kg)], "kg", label, 1)
        room = sheet.step("N_g", "value", [bring(nodes.capacity_su)], "SU", carried)
        return _Grassland(usable, room, approved)
    else:
        assert given.natural_kg is not None
        usable = sheet.entry("F_g", given, "natural_kg", label)
    return _Grassland(usable, sheet.step("N_g", "quotient", [usable, need], "SU", carried), approved)


def mean_of_years(sheet: Sheet, years: tuple[YearHay, ...], wanted: int) -> Node:
    """The mean productivity of the years before an approval (Order 48 art. 9, C); fewer years are said."""
    if len(years) != wanted:
        sheet.warn(CalculationProblem.FEWER_YEARS.at("/years", wanted=wanted, given=len(years)))
    nodes = []
    for each in years:
        label = Text(f"{each.year} 年可利用标准干草", f"usable standard hay of {each.year}")
        nodes.append(sheet.entry(f"F_{each.year}", each, "usable_kg", label))
    mean = sheet.step("F_g", "mean", nodes, "kg", Text("多年平均", "mean of the years"), 1)
    sheet.chosen(mean, Text("平均年数", "years of the mean"), Text(f"{wanted}", f"{wanted}"), SETTING)
    return mean


def _supply(sheet: Sheet, given: BalanceInput) -> tuple[dict[str, Node], list[Node], list[Node]]:
    """Other forage as standard hay: quantity × (1 − m)/0.86 × coefficient × usable share, summed by kind."""
    by_kind: dict[str, list[Node]] = {}
    for place, each in enumerate(given.supply, 1):
        name = Text(
            each.name or word_of("forage_kind", each.kind).zh, each.name or word_of("forage_kind", each.kind).en
        )
        origin = origin_of(each.reference)
        hay = sheet.entry(f"q{place}", each, "quantity_kg", name)
        if each.moisture_percent is not None:
            label = Text(f"{name.zh}(含水 14%)", f"{name.en} (14 % moisture)")
            wet = DEFAULT if each.moisture_default else origin
            hay = to_standard_moisture(sheet, f"h{place}", hay, each.moisture_percent, "kg", label, wet)
        if each.hay_equivalent is None:
            label = Text("折标准干草系数", "coefficient to standard hay")
            sheet.warn(CalculationProblem.STANDS_IN.at("", label=label, value="1.00"))
            label = Text("折标准干草系数(未填，按 1.00)", "coefficient to standard hay (not given, 1.00)")
            factor = sheet.given(f"c{place}", ONE, "kg/kg", label, DEFAULT)
        else:
            label = Text(f"折标准干草系数({each.coefficient_source})", f"to standard hay ({each.coefficient_source})")
            factor = sheet.entry(f"c{place}", each, "hay_equivalent", label)
        label = Text("可利用比例", "usable share")
        if each.usable_percent is None:
            sheet.warn(CalculationProblem.STANDS_IN.at("", label=label, value="100 %"))
        percent, of_share = (HUNDRED, DEFAULT) if each.usable_percent is None else (each.usable_percent, origin)
        share = sheet.given(f"u{place}", percent, "%", label, of_share, 1)
        if each.moisture_default:
            tell(sheet, hay, each, "moisture_default", origin=DEFAULT)
        tell(sheet, hay, each, "kind")
        equal = sheet.step(f"e{place}", "product", [hay, factor], "kg", Text("折标准干草", "as standard hay"), 1)
        usable = sheet.step(
            f"S{place}", "share", [equal, share], "kg", Text(f"{name.zh}可利用", f"{name.en}, usable"), 1
        )
        by_kind.setdefault(each.kind, []).append(usable)
    kinds = {
        kind: sheet.step(f"S_{kind}", "sum", nodes, "kg", word_of("forage_kind", kind), 1)
        for kind, nodes in by_kind.items()
    }
    cut = [node for kind, node in kinds.items() if kind in GROWN_ON_GRASSLAND]
    other = [node for kind, node in kinds.items() if kind not in GROWN_ON_GRASSLAND]
    return kinds, cut, other


def _demand(sheet: Sheet, given: BalanceInput, stock: Node, intake: Node, days: Node) -> Node:
    """Demand: stock grazing × days of grazing + stock fed × days of feeding, each × intake."""
    grazing_days = days
    if given.days_grazing is not None:
        origin = origin_of(given.days_reference)
        grazing_days = sheet.entry("D_g", given, "days_grazing", origin=origin)
    label = Text("放牧需草量", "demand of grazing")
    parts = [sheet.step("M_g", "product", [stock, intake, grazing_days], "kg", label, 1)]
    if given.fed_su is not None and given.days_fed is not None:
        origin = origin_of(given.reference)
        fed = sheet.entry("n_f", given, "fed_su")
        origin = origin_of(given.days_reference)
        fed_days = sheet.entry("D_f", given, "days_fed", origin=origin)
        label = Text("舍饲需草量", "demand of feeding")
        parts.append(sheet.step("M_f", "product", [fed, intake, fed_days], "kg", label, 1))
    return sheet.step("M", "sum", parts, "kg", Text("需草量", "demand"), 1)


def _approved(sheet: Sheet, given: BalanceInput, grassland: _Grassland) -> Node | None:
    label = Text("核定载畜量", "approved capacity")
    if given.approved_su is not None:
        return sheet.entry("N_q", given, "approved_su")
    if grassland.approved_su is not None:
        return sheet.step("N_q", "value", [grassland.approved_su], "SU", label)
    return None


def _penalties(
    sheet: Sheet, given: BalanceInput, standards: Standards, approved: OverloadNodes | None
) -> list[Penalty]:
    if given.penalty_set is None or approved is None or approved.printed is None:
        return []
    rules = standards.named(given, "penalty_set")
    made = penalty_nodes(sheet, rules, "overload", approved.overloaded, approved.printed, given.edge_rule)
    return [penalty for penalty, _ in made]
