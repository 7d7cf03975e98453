"""What a ban, a stock reduction or an improvement would change in a year, with its range; and orders that say nothing.

Only flows meet here: soil carbon change and emissions. The stock stays in its own ledger.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from station_app.domain import fields as f
from station_app.domain.calc.carbon_soc import SIGN, SocInput, soc_nodes
from station_app.domain.calc.coefficients import Standards
from station_app.domain.calc.explanation import ARITHMETIC, Node, Result, Rule, Sheet, calculate
from station_app.domain.calc.inputs import no_repeats, require, required
from station_app.domain.calc.livestock_emissions import EmissionInput, herd_nodes, open_sheet, say_choices, totals
from station_app.domain.calc.problems import CalculationProblem
from station_app.domain.calc.uncertainty import propagate
from station_app.domain.fields import described
from station_app.domain.problems import Problem
from station_app.domain.text import Text

RULE = Rule("", "Tier 1, flows only", "IPCC 2006", "C")
_EMISSION_SETS = ("enteric_set", "manure_ch4_set", "manure_rate_set", "n2o_set", "gwp_set")


@described
class WhatIfInput:
    """Soil before and after a measure, herds now and then; either may be left out."""

    measure: str = f.text("措施", "Measure", default="")
    soil: SocInput | None = f.part("土壤", "Soil", SocInput)
    herds_now: EmissionInput | None = f.part("现在的牲畜", "Herds now", EmissionInput)
    herds_then: EmissionInput | None = f.part("以后的牲畜", "Herds then", EmissionInput)
    years: Decimal | None = f.number(
        "年数", "Years", "a", above=0, maximum=200, missing=CalculationProblem.NO_DAYS, places=0
    )

    def rules(self, at: str) -> list[Problem]:
        """Something changes; herds are told on both sides, with the same sets."""
        if self.soil is None and self.herds_now is None and self.herds_then is None:
            return required(self, at, "soil")
        now, then = self.herds_now, self.herds_then
        if now is None or then is None:
            return required(self, at, "herds_now", "herds_then") if now is not then else []
        return [
            CalculationProblem.TWO_EDITIONS.at(
                f"{at}/herds_then/{name}", first=getattr(now, name), second=getattr(then, name)
            )
            for name in _EMISSION_SETS
            if getattr(now, name) != getattr(then, name)
        ]


@described
class WhatIfOutcome:
    """The change of a year; below zero is less in the air."""

    net_t_co2e: Decimal = f.number("净变化(减少为负)", "Net change (less is below zero)", "t CO2e/a", places=1)
    low_t_co2e: Decimal | None = f.number("下限", "Lower end", "t CO2e/a", places=1)
    high_t_co2e: Decimal | None = f.number("上限", "Upper end", "t CO2e/a", places=1)
    soil_t_co2: Decimal | None = f.number("土壤(移除为负)", "Soil (removal below zero)", "t CO2/a", places=1)
    soil_low_t_co2: Decimal | None = f.number("土壤下限", "Soil, lower end", "t CO2/a", places=1)
    soil_high_t_co2: Decimal | None = f.number("土壤上限", "Soil, upper end", "t CO2/a", places=1)
    emissions_now_t_co2e: Decimal | None = f.number("现在的排放", "Emissions now", "t CO2e/a", places=1)
    emissions_then_t_co2e: Decimal | None = f.number("以后的排放", "Emissions then", "t CO2e/a", places=1)
    emissions_change_t_co2e: Decimal | None = f.number("排放变化", "Change of emissions", "t CO2e/a", places=1)
    emissions_change_low_t_co2e: Decimal | None = f.number(
        "排放变化下限", "Change of emissions, lower end", "t CO2e/a", places=1
    )
    emissions_change_high_t_co2e: Decimal | None = f.number(
        "排放变化上限", "Change of emissions, upper end", "t CO2e/a", places=1
    )
    total_t_co2e: Decimal | None = f.number(
        "各年合计（减少为负）", "Over the years (less is below zero)", "t CO2e", places=1
    )
    total_low_t_co2e: Decimal | None = f.number("合计下限", "Over the years, lower end", "t CO2e", places=1)
    total_high_t_co2e: Decimal | None = f.number("合计上限", "Over the years, upper end", "t CO2e", places=1)
    direction_is_certain: bool = f.flag("方向确定(范围不含零)", "The direction is certain", default=False)
    sign: Text = f.both("符号约定", "Signs")


@dataclass(frozen=True, slots=True)
class _Flow:
    """A yearly change with its half-widths, where its factors have a spread; ``settles`` after D years."""

    node: Node
    half_low: Node | None = None
    half_high: Node | None = None
    settles: bool = False


def what_if(given: WhatIfInput, standards: Standards) -> Result[WhatIfOutcome]:
    """Return what a measure would change in a year and, where years are given, over them.

    Rounding: none. Soil and herds are taken as independent of each other; a factor of the herds counts once.

    Raises:
        UserError: CALC-…
    """
    require(given)

    def work(sheet: Sheet) -> WhatIfOutcome:
        results: dict[str, Node] = {}
        flows: list[_Flow] = []
        if given.soil is not None:
            flows += _soil(sheet, given.soil, standards, results)
        if given.herds_now is not None and given.herds_then is not None:
            flows.append(_herds(sheet, given.herds_now, given.herds_then, standards, results))
        label = Text("净变化", "net change")
        results["net_t_co2e"] = net = sheet.step("N", "sum", [flow.node for flow in flows], "t CO2e/a", label, 1)
        halves = [[flow.half_low for flow in flows], [flow.half_high for flow in flows]]
        for end, node in _ends(sheet, "N", net, halves, "t CO2e/a", label).items():
            results[f"{end}_t_co2e"] = node
        if given.years is not None:
            _over_years(sheet, given, standards, flows, results)
        sheet.note(SIGN)
        title = Text(f"情景：{given.measure or '措施'}", f"What if: {given.measure or 'a measure'}")
        sheet.conclude(title, "net = ΔCO2(soil) + Δ(emissions)", RULE, **results)
        values = {name: node.value for name, node in results.items()}
        low, high = results.get("low_t_co2e"), results.get("high_t_co2e")
        certain = low is not None and high is not None and (low.value > 0 or high.value < 0)
        return WhatIfOutcome(**values, direction_is_certain=certain, sign=SIGN)

    return calculate(work)


def _ends(
    sheet: Sheet, symbol: str, value: Node, halves: Sequence[Sequence[Node | None]], unit: str, label: Text
) -> dict[str, Node]:
    """Put both ends of a value on the sheet; none where nothing has a spread."""
    ends = {}
    for side, found, operation, zh, en in (
        ("low", halves[0], "difference", "下限", "lower end"),
        ("high", halves[1], "sum", "上限", "upper end"),
    ):
        known = [half for half in found if half is not None]
        if not known:
            return {}
        text = Text(f"{zh}半宽", f"half, {en}")
        half = sheet.step(f"h{symbol}_{side}", "root_sum_squares", known, unit, text, 1)
        text = Text(f"{label.zh}{zh}(95%)", f"{label.en}, {en} (95 %)")
        ends[side] = sheet.step(f"{symbol}_{side}", operation, [value, half], unit, text, 1)
    return ends


def _over_years(
    sheet: Sheet, given: WhatIfInput, standards: Standards, flows: Sequence[_Flow], results: dict[str, Node]
) -> None:
    """The years together: soil counts for D years at most, then it has settled; emissions count every year."""
    assert given.years is not None
    unit = "t CO2e"
    every = sheet.entry("n", given, "years")
    turns = dict.fromkeys((False, True), every)
    if given.soil is not None and any(flow.settles for flow in flows):
        factors = standards.named(given.soil, "factor_set", "/soil")
        settled = sheet.coefficient("D", factors.find("D"))
        if given.years > settled.value:
            sheet.warn(CalculationProblem.BEYOND_TWENTY_YEARS.at("/years", years=given.years, limit=settled.value))
        turns[True] = sheet.step("n_D", "minimum", [every, settled], "a", Text("土壤计入年数", "years of soil"), 0)

    def scaled(symbol: str, node: Node | None, flow: _Flow, label: Text) -> Node | None:
        return None if node is None else sheet.step(symbol, "product", [node, turns[flow.settles]], unit, label, 1)

    label = Text("各年合计", "over the years")
    parts = [scaled(f"T{place}", flow.node, flow, label) for place, flow in enumerate(flows, 1)]
    total = sheet.step("T", "sum", [part for part in parts if part is not None], unit, label, 1)
    results["total_t_co2e"] = total
    text = Text("半宽", "half-width")
    halves = [
        [scaled(f"T{place}_l", flow.half_low, flow, text) for place, flow in enumerate(flows, 1)],
        [scaled(f"T{place}_h", flow.half_high, flow, text) for place, flow in enumerate(flows, 1)],
    ]
    for end, node in _ends(sheet, "T", total, halves, unit, label).items():
        results[f"total_{end}_t_co2e"] = node


def _soil(sheet: Sheet, given: SocInput, standards: Standards, results: dict[str, Node]) -> list[_Flow]:
    """Soil carbon in CO2, removal below zero; its range turned round with the sign."""
    part = sheet.part()
    nodes, _, _ = soc_nodes(part, given, standards, "/soil")
    bring = sheet.attach("soil", part)
    if "annual_t_co2" not in nodes:
        return []
    results["soil_t_co2"] = flow = bring(nodes["annual_t_co2"])
    if "annual_low_t_c" not in nodes:
        return [_Flow(flow, settles=True)]
    carbon = sheet.given("m_C", Decimal(12), "", Text("碳的摩尔质量", "molar mass of carbon"), ARITHMETIC, 0)
    dioxide = sheet.given("m_CO2", Decimal(44), "", Text("二氧化碳的摩尔质量", "molar mass of CO2"), ARITHMETIC, 0)
    zero = sheet.zero("zero")
    for name, end, zh, en in (
        ("soil_low_t_co2", "annual_high_t_c", "土壤下限", "soil, lower end"),
        ("soil_high_t_co2", "annual_low_t_c", "土壤上限", "soil, upper end"),
    ):
        mass = sheet.step(f"s_{end}", "product", [bring(nodes[end]), dioxide], "", Text("乘 44", "times 44"), 1)
        gained = sheet.step(f"c_{end}", "quotient", [mass, carbon], "t CO2/a", Text("移除量", "removed"), 1)
        results[name] = sheet.step(f"b_{end}", "difference", [zero, gained], "t CO2/a", Text(zh, en), 1)
    unit, label = "t CO2/a", Text("半宽", "half-width")
    low = sheet.step("soil_l", "difference", [flow, results["soil_low_t_co2"]], unit, label, 1)
    high = sheet.step("soil_h", "difference", [results["soil_high_t_co2"], flow], unit, label, 1)
    return [_Flow(flow, low, high, settles=True)]


def _herds(
    sheet: Sheet, now: EmissionInput, then: EmissionInput, standards: Standards, results: dict[str, Node]
) -> _Flow:
    """Emissions then less now; a factor used on both sides moves both."""
    part = sheet.part()
    on = open_sheet(part, now, standards, "/herds_now")
    _, gases_now = herd_nodes(on, now, "_now", "/herds_now")
    before = totals(on, gases_now, {}, "now_", minus=True)
    _, gases_then = herd_nodes(on, then, "_then", "/herds_then")
    after = totals(on, gases_then, {}, "then_")
    label = Text("排放变化", "change of emissions")
    change = part.step("change", "difference", [after, before], "t CO2e/a", label, 1)
    say_choices(part, before, now)
    say_choices(part, after, then)
    spread = propagate(part, "U_", change, on.terms, on.spreads.values(), "t CO2e/a", 1)
    part.conclude(label, "Δ = E(then) − E(now)", RULE, change=change)
    bring = sheet.attach("herds", part)
    results["emissions_now_t_co2e"] = bring(before)
    results["emissions_then_t_co2e"] = bring(after)
    results["emissions_change_t_co2e"] = flow = bring(change)
    if spread is None:
        return _Flow(flow)
    ends = bring(spread.low), bring(spread.high)
    results["emissions_change_low_t_co2e"], results["emissions_change_high_t_co2e"] = ends
    unit, label = "t CO2e/a", Text("半宽", "half-width")
    low = sheet.step("herds_l", "difference", [flow, ends[0]], unit, label, 1)
    return _Flow(flow, low, sheet.step("herds_h", "difference", [ends[1], flow], unit, label, 1))


# --- order -------------------------------------------------------------------------------------------------------------


@described
class Ranged:
    """A figure with its 95 % range."""

    name: str = f.text("名称", "Name")
    value: Decimal = f.number("数值", "Value", "")
    low: Decimal = f.number("下限", "Lower end", "")
    high: Decimal = f.number("上限", "Upper end", "")

    def rules(self, at: str) -> list[Problem]:
        if self.low <= self.value <= self.high:
            return []
        label, limit = Text("数值", "Value"), f"{self.low:f}–{self.high:f}"
        return [CalculationProblem.OUT_OF_BOUNDS.at(f"{at}/value", label=label, value=self.value, limit=limit)]


@described
class OrderInput:
    """Figures somebody wants in an order."""

    figures: tuple[Ranged, ...] = f.lines("各项", "Figures", Ranged, required=True)

    def rules(self, at: str) -> list[Problem]:
        """Each name once."""
        return no_repeats([each.name for each in self.figures], f"{at}/figures")


def in_order(given: OrderInput) -> tuple[tuple[tuple[Ranged, int | None], ...], tuple[Problem, ...]]:
    """Return figures from high to low, each with its rank, and what must be said beside them.

    A rank is given only where a figure's range overlaps no other; an overlap is a CALC-024, never a silent order.
    """
    require(given)
    ordered = sorted(given.figures, key=lambda each: (-each.value, each.name))
    overlaps: Mapping[str, Sequence[Ranged]] = {
        each.name: [o for o in ordered if o is not each and o.low <= each.high and each.low <= o.high]
        for each in ordered
    }
    found = []
    for place, each in enumerate(ordered):
        for other in overlaps[each.name]:
            if ordered.index(other) > place:
                found.append(CalculationProblem.RANGES_OVERLAP.at("", first=each.name, second=other.name))
    ranks = tuple((each, None if overlaps[each.name] else place) for place, each in enumerate(ordered, 1))
    return ranks, tuple(found)
