"""Second ledger of carbon: the annual change of mineral soil carbon, IPCC equation 2.25, 2006 or 2019.

Signs, on every output: ΔC above zero is a gain of stock; in CO2 a removal is below zero. A stock is never added here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from station_app.domain import fields as f
from station_app.domain.calc.coefficients import (
    DEGRADATION_CLASS,
    SOC_REFERENCE,
    STOCK_CHANGE,
    Coefficient,
    CoefficientSet,
    Standards,
)
from station_app.domain.calc.explanation import (
    ARITHMETIC,
    UNVERIFIED_MARKS,
    Node,
    Origin,
    OriginKind,
    Result,
    Rule,
    Sheet,
    calculate,
    origin_of,
)
from station_app.domain.calc.inputs import reference, require, required
from station_app.domain.calc.numbers import add
from station_app.domain.calc.problems import CalculationProblem
from station_app.domain.calc.told import not_used, tell
from station_app.domain.calc.uncertainty import Range, SpreadSheet, Term, propagate
from station_app.domain.codes import word_of
from station_app.domain.fields import described, described_field
from station_app.domain.problems import Problem
from station_app.domain.text import Text

SIGN = Text(
    "ΔC 为正表示碳储量增加；以 CO2 表示时，移除（吸收）为负。",
    "ΔC above zero is a gain of stock; in CO2 a removal is below zero.",
)
CARBON, CO2 = Decimal(12), Decimal(44)


@described
class Stratum:
    """One climate × soil × management class and its area."""

    name: str = f.text("名称", "Name", default="")
    climate: str = f.code("气候区", "Climate", "ipcc_climate")
    soil: str = f.code("土类", "Soil", "ipcc_soil")
    management: str | None = f.code("管理类别", "Management", "grassland_management")
    degradation: str | None = f.code("退化程度", "Degradation", "degradation_degree")
    input_level: str | None = f.code("投入水平", "Input", "grassland_input")
    area_ha: Decimal = f.number("面积", "Area", "ha", above=0, missing=CalculationProblem.NO_AREA, places=4)
    reference: str = reference()

    def rules(self, at: str) -> list[Problem]:
        """Management told once; inputs on improved grassland only."""
        if (self.management is None) == (self.degradation is None):
            first, second = Text("管理类别", "Management"), Text("退化程度", "Degradation")
            return [CalculationProblem.ONE_OF.at(f"{at}/management", first=first, second=second)]
        if self.input_level is not None and self.management != "improved":
            kind = word_of("grassland_management", self.management) if self.management else Text("退化", "degraded")
            return [CalculationProblem.INPUT_ONLY_IMPROVED.at(f"{at}/input_level", management=kind)]
        if self.management == "improved" and self.input_level is None:
            return required(self, at, "input_level")
        return []


@described
class MeasuredChange:
    """Stock measured twice: the measured way beside the factors."""

    start_t_c: Decimal = f.number("期初储量", "Stock at the start", "t C", above=0, places=4)
    end_t_c: Decimal = f.number("期末储量", "Stock at the end", "t C", above=0, places=4)
    years: Decimal = f.number("间隔", "Years between", "a", above=0, maximum=200, missing=CalculationProblem.NO_DAYS)
    start_depth_cm: str = f.text("期初深度", "Depth at the start", default="", help=("如 0-30。", "Such as 0-30."))
    end_depth_cm: str = f.text("期末深度", "Depth at the end", default="")

    def rules(self, at: str) -> list[Problem]:
        """Stocks of different depth are not compared."""
        if self.start_depth_cm == self.end_depth_cm:
            return []
        facts = {"first": self.start_depth_cm or "–", "second": self.end_depth_cm or "–"}
        return [CalculationProblem.DEPTHS_DIFFER.at(f"{at}/end_depth_cm", **facts)]


@described
class SocInput:
    """Inventories before and after, of the same total area, by one edition."""

    reference_set: str | None = f.coefficient_set("参考土壤碳", "Reference soil carbon", SOC_REFERENCE)
    factor_set: str | None = f.coefficient_set("库变化因子", "Stock change factors", STOCK_CHANGE)
    degradation_set: str | None = f.coefficient_set(
        "退化与管理类别对应", "Degradation and management", DEGRADATION_CLASS
    )
    before: tuple[Stratum, ...] = f.lines("变化前", "Before", Stratum)
    after: tuple[Stratum, ...] = f.lines("变化后", "After", Stratum)
    inventory_years: Decimal | None = f.number("清查间隔 T", "Years between inventories T", "a", above=0, maximum=200)
    years_since_change: Decimal | None = f.number("变化后年数", "Years since the change", "a", minimum=0, maximum=200)
    measured: MeasuredChange | None = f.part("实测变化", "Measured change", MeasuredChange)

    def rules(self, at: str) -> list[Problem]:
        """Strata with their sets and equal areas, or a measured change."""
        if not self.before and not self.after and self.measured is not None:
            names = ("reference_set", "factor_set", "degradation_set", "inventory_years", "years_since_change")
            return not_used(self, at, Text("没有分层面积", "there are no strata"), *names)
        found = []
        if all(each.degradation is None for each in (*self.before, *self.after)):
            reason = Text("没有按退化程度填写的分层", "no stratum is told by its degradation")
            found += not_used(self, at, reason, "degradation_set")
        found += required(self, at, "before", "after", "reference_set", "factor_set")
        before, after = (add(each.area_ha for each in side) for side in (self.before, self.after))
        if not found and before != after:
            found.append(CalculationProblem.AREAS_DIFFER.at(f"{at}/after", before=before, after=after))
        return found


@described
class StratumStock:
    """Equilibrium stock of one stratum."""

    name: str = f.text("名称", "Name", default="")
    side: str = f.code("前后", "Side", "change_side")
    management: str = f.code("管理类别", "Management", "grassland_management")
    t_c_per_ha: Decimal = f.number("密度", "Density", "t C/ha", places=3)
    t_c: Decimal = f.number("储量", "Stock", "t C", places=1)


@described
class SocOutcome:
    """Annual change with its range."""

    annual_t_c: Decimal | None = f.number("年变化 ΔC", "Annual change ΔC", "t C/a", places=1)
    annual_low_t_c: Decimal | None = f.number("下限", "Lower end", "t C/a", places=1)
    annual_high_t_c: Decimal | None = f.number("上限", "Upper end", "t C/a", places=1)
    uncertainty_percent: Decimal | None = f.number("不确定性", "Uncertainty", "%", places=1)
    annual_t_co2: Decimal | None = f.number("以 CO2 计(移除为负)", "In CO2 (removal below zero)", "t CO2/a", places=1)
    annual_removal_t_co2: Decimal | None = f.number("年移除量", "Removed a year", "t CO2/a", places=1)
    equilibrium_t_c: Decimal | None = f.number("平衡差", "Difference at equilibrium", "t C", places=1)
    equilibrium_t_c_per_ha: Decimal | None = f.number("单位面积平衡差", "A hectare", "t C/ha", places=3)
    cumulative_t_c: Decimal | None = f.number("累计", "So far", "t C", places=1)
    measured_annual_t_c: Decimal | None = f.number("实测年变化", "Measured, a year", "t C/a", places=4)
    measured_percent_of_start: Decimal | None = f.number("占期初", "Of the start", "%/a", places=2)
    measured_percent_of_mean: Decimal | None = f.number("占均值", "Of the mean", "%/a", places=2)
    edition: str = f.text("版本", "Edition", default="")
    sign: Text | None = f.both("符号约定", "Signs")
    strata: tuple[StratumStock, ...] = f.lines("各层", "Strata", StratumStock)


def carbon_soc(given: SocInput, standards: Standards) -> Result[SocOutcome]:
    """Return the annual change of soil carbon between two inventories.

    Rounding: none.

    Raises:
        UserError: CALC-021 two editions, CALC-022 areas differ, CALC-004 a class the edition does not have …
    """
    require(given)

    def work(sheet: Sheet) -> SocOutcome:
        nodes, strata, edition = soc_nodes(sheet, given, standards)
        values = {name: node.value for name, node in nodes.items()}
        return SocOutcome(**values, edition=edition, sign=SIGN, strata=strata)

    return calculate(work)


def soc_nodes(
    sheet: Sheet, given: SocInput, standards: Standards, at: str = ""
) -> tuple[dict[str, Node], tuple[StratumStock, ...], str]:
    """Put the change on a sheet and conclude it; return results, strata and the edition used."""
    results: dict[str, Node] = {}
    rows: list[StratumStock] = []
    edition = ""
    if given.before:
        edition = _change(sheet, given, standards, at, results, rows)
    if given.measured is not None:
        _measured(sheet, given.measured, results)
    shown = next(iter(results.values()))
    tell(sheet, shown, given, "reference_set", "factor_set", "degradation_set")
    sheet.note(SIGN)
    formula = "ΔC = (SOC_0 − SOC_(0−T)) / D" if given.before else "M = (M_1 − M_0) / n"
    rule = Rule(edition or "measured", "equation 2.25", "C01/C02, quoted by C03", "B")
    sheet.conclude(Text("土壤有机碳年变化", "Annual change of soil carbon"), formula, rule, **results)
    return results, tuple(rows), edition


def _sets(given: SocInput, standards: Standards, at: str) -> tuple[CoefficientSet, CoefficientSet]:
    stocks = standards.named(given, "reference_set", at)
    factors = standards.named(given, "factor_set", at)
    if stocks.standard != factors.standard:
        raise CalculationProblem.TWO_EDITIONS.error(f"{at}/factor_set", first=stocks.title, second=factors.title)
    return stocks, factors


def _change(
    sheet: Sheet,
    given: SocInput,
    standards: Standards,
    at: str,
    results: dict[str, Node],
    rows: list[StratumStock],
) -> str:
    stocks, factors = _sets(given, standards, at)
    used = _Used(sheet)
    before = _side(sheet, given, standards, given.before, "before", stocks, factors, used, rows, at)
    after = _side(sheet, given, standards, given.after, "after", stocks, factors, used, rows, at)
    old = sheet.step("SOC_T", "sum", before, "t C", Text("变化前储量(平衡)", "stock before (equilibrium)"), 1)
    new = sheet.step("SOC_0", "sum", after, "t C", Text("变化后储量(平衡)", "stock after (equilibrium)"), 1)
    apart = sheet.step("E", "difference", [new, old], "t C", Text("平衡差", "difference at equilibrium"), 1)
    results["equilibrium_t_c"] = apart
    area = sheet.step("A", "sum", used.areas, "ha", Text("总面积", "total area"), 4)
    label = Text("单位面积平衡差", "difference of a hectare")
    results["equilibrium_t_c_per_ha"] = sheet.step("E_ha", "quotient", [apart, area], "t C/ha", label, 3)
    years = sheet.coefficient("D", factors.find("D"))
    settled = years
    if given.inventory_years is not None:
        between = sheet.entry("T", given, "inventory_years", Text("清查间隔", "years between inventories"))
        label = Text("除数(T>D 时用 T)", "divisor (T where it is longer than D)")
        years = sheet.step("D_T", "maximum", [years, between], "a", label, 0)
    results["annual_t_c"] = annual = sheet.step(
        "ΔC", "quotient", [apart, years], "t C/a", Text("年变化", "annual change"), 1
    )
    _co2(sheet, annual, results)
    _range(sheet, results, before, after, used, years)
    if given.years_since_change is not None:
        _so_far(sheet, given.years_since_change, annual, settled, results)
    return stocks.standard


@dataclass(slots=True)
class _Used(SpreadSheet):
    """Coefficients already on the sheet, and which of them each stratum is made of."""

    made_of: list[tuple[str, ...]] = field(default_factory=list)
    areas: list[Node] = field(default_factory=list)  # of the inventory after


def _side(
    sheet: Sheet,
    given: SocInput,
    standards: Standards,
    strata: Sequence[Stratum],
    side: str,
    stocks: CoefficientSet,
    factors: CoefficientSet,
    used: _Used,
    rows: list[StratumStock],
    at: str,
) -> list[Node]:
    """SOC of one inventory: Σ SOCref × F_LU × F_MG × F_I × A."""
    made = []
    for place, each in enumerate(strata):
        where = f"{at}/{side}/{place}"
        management = _management(sheet, given, standards, each, stocks, where)
        region_row = factors.by_key.get(("climate_region", each.climate))
        region = region_row.words["region"] if region_row is not None else ""
        chosen = [
            stocks.find(each.climate, each.soil, at=where),
            _by_region(factors, "F_LU", "grassland", region, where),
            _by_region(factors, "F_MG", management, region, where),
        ]
        if each.input_level is not None:
            chosen.append(_by_region(factors, "F_I", each.input_level, region, where))
        nodes = [used.take(coefficient, where) for coefficient in chosen]
        mark = side[0]
        kind = word_of("grassland_management", management)
        name = Text(f"{each.name} {kind.zh}", f"{each.name} {kind.en}") if each.name else kind
        density = sheet.step(f"d_{mark}{place + 1}", "product", nodes, "t C/ha", name, 3)
        area = sheet.entry(f"A_{mark}{place + 1}", each, "area_ha", name)
        if side == "after":
            used.areas.append(area)
        tell(sheet, density, each, "climate", "soil", "degradation", "input_level")
        _say_management(sheet, density, given, standards, each, stocks, management)
        stock = sheet.step(f"S_{mark}{place + 1}", "product", [density, area], "t C", name, 1)
        used.made_of.append(tuple(coefficient.reference for coefficient in chosen))
        rows.append(
            StratumStock(name=each.name, side=side, management=management, t_c_per_ha=density.value, t_c=stock.value)
        )
        made.append(stock)
    return made


def _management(
    sheet: Sheet, given: SocInput, standards: Standards, each: Stratum, stocks: CoefficientSet, at: str
) -> str:
    """The class of IPCC; from a degradation grade through the editable table, which is a policy choice (C)."""
    if each.management is not None:
        return each.management
    assert each.degradation is not None
    table = standards.named(given, "degradation_set")
    row = table.find("2006" if "2006" in stocks.standard else "2019", each.degradation, at=at)
    management = row.words["management"]
    if row.mark in UNVERIFIED_MARKS and not row.verified_by:
        facts = {
            "coefficient": row.label,
            "value": word_of("grassland_management", management),
            "mark": row.mark,
            "source": table.title,
        }
        sheet.warn(CalculationProblem.UNVERIFIED.at("", **facts))
    return management


def _say_management(
    sheet: Sheet,
    density: Node,
    given: SocInput,
    standards: Standards,
    each: Stratum,
    stocks: CoefficientSet,
    management: str,
) -> None:
    """Say which class of IPCC was taken, and from where when a table decided it."""
    origin = origin_of(each.reference)
    if each.management is None and each.degradation is not None:
        table = standards.named(given, "degradation_set")
        row = table.find("2006" if "2006" in stocks.standard else "2019", each.degradation)
        origin = Origin(
            OriginKind.COEFFICIENT, row.reference, row.standard, source=row.note, mark=row.mark, verified_by=row.verified_by
        )  # fmt: skip
    sheet.chosen(
        density, described_field(Stratum, "management").label, word_of("grassland_management", management), origin
    )


def _by_region(factors: CoefficientSet, factor: str, name: str, region: str, at: str) -> Coefficient:
    """The factor of all climates, or of the climate's region; the refusal names what the edition does have."""
    found = factors.by_key.get((factor, name, "all")) or factors.by_key.get((factor, name, region))
    return found if found is not None else factors.find(factor, name, region or "–", at=at)


def _co2(sheet: Sheet, annual: Node, results: dict[str, Node]) -> None:
    carbon = sheet.given("m_C", CARBON, "", Text("碳的摩尔质量", "molar mass of carbon"), ARITHMETIC, 0)
    dioxide = sheet.given("m_CO2", CO2, "", Text("二氧化碳的摩尔质量", "molar mass of CO2"), ARITHMETIC, 0)
    mass = sheet.step("q", "product", [annual, dioxide], "", Text("乘 44", "times 44"), 1)
    removed = sheet.step(
        "R", "quotient", [mass, carbon], "t CO2/a", Text("年移除量(44/12)", "removed a year (44/12)"), 1
    )
    zero = sheet.zero("zero")
    label = Text("以 CO2 计(移除为负)", "in CO2 (removal below zero)")
    results["annual_t_co2"] = sheet.step("CO2", "difference", [zero, removed], "t CO2/a", label, 1)
    results["annual_removal_t_co2"] = removed


def _range(
    sheet: Sheet,
    results: dict[str, Node],
    before: Sequence[Node],
    after: Sequence[Node],
    used: _Used,
    years: Node,
) -> None:
    """The range of the annual change: each stratum over D, those before with a minus."""
    terms = []
    for place, (stock, factors) in enumerate(zip([*before, *after], used.made_of, strict=True), 1):
        part = sheet.step(f"u{place}", "quotient", [stock, years], "t C/a", Text("年份额", "share of a year"), 1)
        if place <= len(before):
            label = Text("变化前(负)", "before, with a minus")
            part = sheet.step(f"v{place}", "difference", [sheet.zero(f"o{place}"), part], "t C/a", label, 1)
        terms.append(Term(part, factors))
    spread: Range | None = propagate(sheet, "U_", results["annual_t_c"], terms, used.spreads.values(), "t C/a", 1)
    if spread is not None:
        results["annual_low_t_c"], results["annual_high_t_c"] = spread.low, spread.high
        if spread.half_width_percent is not None:
            results["uncertainty_percent"] = spread.half_width_percent


def _so_far(sheet: Sheet, years: Decimal, annual: Node, settled: Node, results: dict[str, Node]) -> None:
    """The rate stays the same and stops after D years."""
    since = sheet.given("n", years, "a", Text("变化后年数", "years since the change"))
    if years > settled.value:
        sheet.warn(CalculationProblem.BEYOND_TWENTY_YEARS.at("/years_since_change", years=years, limit=settled.value))
    counted = sheet.step("n_D", "minimum", [since, settled], "a", Text("计入年数", "years counted"), 0)
    results["cumulative_t_c"] = sheet.step(
        "C_n", "product", [annual, counted], "t C", Text("累计变化", "change so far"), 1
    )


def _measured(sheet: Sheet, given: MeasuredChange, results: dict[str, Node]) -> None:
    start = sheet.entry("M_0", given, "start_t_c")
    end = sheet.entry("M_1", given, "end_t_c")
    years = sheet.entry("M_n", given, "years", Text("间隔年数", "years between"))
    apart = sheet.step("M_d", "difference", [end, start], "t C", Text("实测变化", "measured change"), 4)
    annual = sheet.step("M", "quotient", [apart, years], "t C/a", Text("实测年变化", "measured, a year"), 4)
    mean = sheet.step("M_m", "mean", [start, end], "t C", Text("均值", "mean"), 4)
    results["measured_annual_t_c"] = annual
    tell(sheet, annual, given, "start_depth_cm", "end_depth_cm")
    for name, node, zh, en in (
        ("measured_percent_of_start", start, "占期初", "of the start"),
        ("measured_percent_of_mean", mean, "占均值", "of the mean"),
    ):
        results[name] = sheet.step(f"M_{node.symbol}p", "percentage", [annual, node], "%/a", Text(zh, en))
