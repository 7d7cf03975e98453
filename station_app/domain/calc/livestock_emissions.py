"""Third ledger of carbon: methane and nitrous oxide of livestock in a year, Tier 1 of one edition.

Yaks have no row of IPCC: what stands in for them is named by the user and shown. A factor whose quotations contradict
each other is refused, and livestock methane never takes the fossil warming potential.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from station_app.domain import fields as f
from station_app.domain.calc.coefficients import (
    ENTERIC,
    GWP,
    MANURE_CH4,
    MANURE_RATE,
    N2O_FACTOR,
    Coefficient,
    CoefficientSet,
    Standards,
)
from station_app.domain.calc.explanation import ARITHMETIC, Node, Result, Rule, Sheet, calculate, origin_of
from station_app.domain.calc.inputs import exactly_one, no_repeats, reference, require, required
from station_app.domain.calc.problems import CalculationProblem
from station_app.domain.calc.told import SETTING, not_used, tell
from station_app.domain.calc.uncertainty import Range, SpreadSheet, Term, propagate
from station_app.domain.codes import word_of
from station_app.domain.fields import described, described_field
from station_app.domain.problems import Problem, refusal
from station_app.domain.text import Text

_CATTLE = ("cattle", "dairy_cattle", "yak", "buffalo")
_FOSSIL = "ar6-fossil"
_NITROGEN, _N2O = Decimal(28), Decimal(44)
DAYS_OF_YEAR, KG_OF_TONNE = Decimal(365), Decimal(1000)


@described
class HeadCount:
    """Animals of one owner on the day of one count; or the averages of many owners, added up."""

    owner: str = f.text("畜主", "Owner")
    occasion: str = f.text("清点时点", "Occasion", default="")
    head: Decimal = f.number("存栏", "Head", "head", minimum=0, places=1)
    reference: str = reference()


@described
class Herd:
    """Animals of one species: the annual average population, the counts it is the mean of, or animals living less than a
    year."""

    species: str = f.code("畜种", "Species", "ipcc_animal")
    productivity: str = f.text(
        "类型",
        "Variant",
        default="low",
        help=("low、high、average、any 等，见系数集。", "low, high, average … as in the set."),
    )
    factor_of: str | None = f.code("因子取自", "Factors of", "ipcc_animal")
    head: Decimal | None = f.number("年均存栏", "Annual average population", "head", minimum=0, places=1)
    counts: tuple[HeadCount, ...] = f.lines("清点", "Counts", HeadCount)
    produced: Decimal | None = f.number("年内饲养头数", "Animals produced", "head", minimum=0, places=0)
    days_alive: Decimal | None = f.number(
        "平均存活天数", "Days alive", "d", above=0, maximum=365, missing=CalculationProblem.NO_DAYS, places=0
    )
    mean_weight_kg: Decimal | None = f.number("平均体重", "Mean weight", "kg", above=0, maximum=2000)
    enteric_kg: Decimal | None = f.number("自定肠道因子", "Own enteric factor", "kg CH4/(head·a)", minimum=0)
    own_source: str = f.text("自定因子出处", "Source of the own factor", default="")
    pasture_percent: Decimal | None = f.number(
        "粪尿在草场", "Dung and urine on pasture", "%", minimum=0, maximum=100, places=0
    )
    leave_out: tuple[str, ...] = f.many_codes(
        "不计的排放源",
        "Sources left out",
        "emission_source",
        help=("没有可用因子的排放源，写明不计。", "Without a usable factor."),
    )
    reference: str = reference()

    def rules(self, at: str) -> list[Problem]:
        """Population once; an own factor says where it is from."""
        found = exactly_one(self, at, "head", "counts", "produced")
        if self.produced is not None and self.days_alive is None:
            found += required(self, at, "days_alive")
        if self.enteric_kg is not None and not self.own_source:
            found += required(self, at, "own_source")
        if self.enteric_kg is None:
            found += not_used(self, at, Text("没有自定因子", "there is no own factor"), "own_source")
        if self.produced is None:
            reason = Text("只用于存活不足一年的牲畜", "it is for animals living less than a year")
            found += not_used(self, at, reason, "days_alive")
        return found


@described
class EmissionInput:
    """Herds, sources and the sets of one edition."""

    include: tuple[str, ...] = f.many_codes("排放源", "Sources", "emission_source", required=True, default=("enteric",))
    enteric_set: str | None = f.coefficient_set("肠道甲烷因子", "Enteric factors", ENTERIC)
    manure_ch4_set: str | None = f.coefficient_set("粪便甲烷因子", "Manure methane factors", MANURE_CH4)
    manure_rate_set: str | None = f.coefficient_set("排泄率与体重", "Excretion and weights", MANURE_RATE)
    n2o_set: str | None = f.coefficient_set("氧化亚氮因子", "Nitrous oxide factors", N2O_FACTOR)
    gwp_set: str = f.coefficient_set("GWP", "Warming potentials", GWP)
    climate: str = f.code("干湿", "Climate", "ipcc_moisture", default="undivided")
    temperature_zone: str | None = f.code("温度带(2006)", "Temperature zone (2006)", "ipcc_temperature")
    animals: tuple[Herd, ...] = f.lines("牲畜", "Animals", Herd, required=True)

    def rules(self, at: str) -> list[Problem]:
        """Sources each once; a share on pasture where dung counts."""
        found = no_repeats(self.include, f"{at}/include")
        if set(self.include) - {"enteric"}:
            for place, each in enumerate(self.animals):
                found += required(each, f"{at}/animals/{place}", "pasture_percent")
        for place, each in enumerate(self.animals):
            if "enteric" not in self.include:
                reason = Text("没有计入肠道甲烷", "enteric methane is not counted")
                found += not_used(each, f"{at}/animals/{place}", reason, "enteric_kg")
            if not set(self.include) - {"enteric"}:
                reason = Text("没有计入粪尿的排放", "dung and urine are not counted")
                found += not_used(each, f"{at}/animals/{place}", reason, "mean_weight_kg")
        return found


@described
class HerdEmission:
    """What one herd emits in a year."""

    species: str = f.code("畜种", "Species", "ipcc_animal")
    head: Decimal = f.number("年均存栏", "Annual average population", "head", places=1)
    enteric_kg_ch4: Decimal | None = f.number("肠道甲烷", "Enteric methane", "kg CH4/a", places=1)
    manure_kg_ch4: Decimal | None = f.number("粪便甲烷", "Manure methane", "kg CH4/a", places=2)
    nitrogen_kg: Decimal | None = f.number("草场排泄氮", "Nitrogen on pasture", "kg N/a", places=1)
    n2o_kg: Decimal | None = f.number("氧化亚氮", "Nitrous oxide", "kg N2O/a", places=2)


@described
class EmissionOutcome:
    """Emissions of a year, with their range."""

    total_t_co2e: Decimal = f.number("合计", "In all", "t CO2e/a", places=2)
    low_t_co2e: Decimal | None = f.number("下限", "Lower end", "t CO2e/a", places=2)
    high_t_co2e: Decimal | None = f.number("上限", "Upper end", "t CO2e/a", places=2)
    uncertainty_percent: Decimal | None = f.number("不确定性", "Uncertainty", "%", places=1)
    ch4_kg: Decimal | None = f.number("甲烷", "Methane", "kg CH4/a", places=1)
    n2o_kg: Decimal | None = f.number("氧化亚氮", "Nitrous oxide", "kg N2O/a", places=2)
    ch4_t_co2e: Decimal | None = f.number("甲烷折 CO2e", "Methane as CO2e", "t CO2e/a", places=2)
    n2o_t_co2e: Decimal | None = f.number("氧化亚氮折 CO2e", "Nitrous oxide as CO2e", "t CO2e/a", places=2)
    gwp_set: str = f.text("GWP", "Warming potentials")
    animals: tuple[HerdEmission, ...] = f.lines("各畜群", "Herds", HerdEmission)


@dataclass(slots=True)
class EmissionSheet(SpreadSheet):
    """The sets in use, the coefficients on the sheet, and the terms of the total."""

    sets: dict[str, CoefficientSet]
    constants: dict[str, Node]
    terms: list[Term] = field(default_factory=list)


_KINDS = {
    "enteric_set": (ENTERIC, Text("肠道甲烷因子", "Enteric factors"), ("enteric",)),
    "manure_ch4_set": (MANURE_CH4, Text("粪便甲烷因子", "Manure methane factors"), ("manure_ch4",)),
    "manure_rate_set": (MANURE_RATE, Text("排泄率与体重", "Excretion and weights"), ("n2o_direct", "n2o_indirect")),
    "n2o_set": (N2O_FACTOR, Text("氧化亚氮因子", "Nitrous oxide factors"), ("n2o_direct", "n2o_indirect")),
}


def open_sheet(sheet: Sheet, given: EmissionInput, standards: Standards, at: str = "") -> EmissionSheet:
    """Choose the sets of one edition and put the constants on the sheet.

    Raises:
        UserError: CALC-007 a set is missing, CALC-021 two editions, CALC-040 the fossil warming potential.
    """
    sets: dict[str, CoefficientSet] = {}
    for name, (kind, label, needed_by) in _KINDS.items():
        wanted = getattr(given, name)
        if wanted is not None or set(needed_by) & set(given.include):
            sets[kind] = standards.choose(kind, wanted, label, f"{at}/{name}")
    editions = list(sets.values())
    for each in editions[1:]:
        if each.standard != editions[0].standard:
            raise CalculationProblem.TWO_EDITIONS.error(at, first=editions[0].title, second=each.title)
    gwp = standards.choose(GWP, given.gwp_set, Text("GWP", "Warming potentials"), f"{at}/gwp_set")
    if gwp.name == _FOSSIL:
        raise CalculationProblem.FOSSIL_GWP.error(f"{at}/gwp_set", report=gwp.title)
    sets[GWP] = gwp
    told = (
        ("year", DAYS_OF_YEAR, "d/a", Text("每年天数", "days of a year")),
        ("kg_t", KG_OF_TONNE, "kg/t", Text("每吨千克", "kg of a tonne")),
        ("m_N", _NITROGEN, "", Text("N2O 中氮的质量", "nitrogen in N2O")),
        ("m_N2O", _N2O, "", Text("N2O 的质量", "mass of N2O")),
    )
    constants = {symbol: sheet.given(symbol, value, unit, label, ARITHMETIC, 0) for symbol, value, unit, label in told}
    return EmissionSheet(sheet, sets, constants)


def livestock_emissions(given: EmissionInput, standards: Standards) -> Result[EmissionOutcome]:
    """Return the emissions of herds in a year.

    Rounding: none. The spread of the warming potentials is not counted.

    Raises:
        UserError: CALC-…
    """
    require(given)

    def work(sheet: Sheet) -> EmissionOutcome:
        on = open_sheet(sheet, given, standards)
        rows, gases = herd_nodes(on, given, "")
        results: dict[str, Node] = {}
        total = totals(on, gases, results)
        say_choices(sheet, total, given)
        spread: Range | None = propagate(sheet, "U_", total, on.terms, on.spreads.values(), "t CO2e/a")
        if spread is not None:
            results |= {"low_t_co2e": spread.low, "high_t_co2e": spread.high}
            if spread.half_width_percent is not None:
                results["uncertainty_percent"] = spread.half_width_percent
        edition = next((each.standard for kind, each in on.sets.items() if kind != GWP), "")
        rule = Rule(edition, "Tier 1; chapters 10, 11", "IPCC, quoted", "B")
        sheet.conclude(Text("牲畜排放", "Livestock emissions"), "Σ head × EF × GWP / 1000", rule, **results)
        values = {name: node.value for name, node in results.items()}
        return EmissionOutcome(**values, gwp_set=given.gwp_set, animals=tuple(rows))

    return calculate(work)


Gases = dict[str, list[tuple[Node, tuple[str, ...]]]]


def herd_nodes(on: EmissionSheet, given: EmissionInput, mark: str, at: str = "") -> tuple[list[HerdEmission], Gases]:
    """Put every herd on the sheet; return rows and, by gas, kg a year with the factors they are made of."""
    gases: Gases = {"CH4": [], "N2O": []}
    rows = []
    for place, herd in enumerate(given.animals):
        rows.append(_herd(on, given, herd, f"{mark}{place + 1}", f"{at}/animals/{place}", gases))
    return rows, gases


def _herd(on: EmissionSheet, given: EmissionInput, herd: Herd, mark: str, at: str, gases: Gases) -> HerdEmission:
    sheet = on.sheet
    name = word_of("ipcc_animal", herd.species)
    head = _population(on, herd, mark, name)
    tell(sheet, head, herd, "species", "factor_of", "pasture_percent")
    variant = word_of("ipcc_productivity", herd.productivity)
    sheet.chosen(head, described_field(Herd, "productivity").label, variant, origin_of(herd.reference))
    enteric = manure = nitrogen = n2o = None
    include = [source for source in given.include if source not in herd.leave_out]
    for source in given.include:
        if source in herd.leave_out:
            sheet.warn(
                CalculationProblem.SOURCE_LEFT_OUT.at(at, species=name, source=word_of("emission_source", source))
            )
    by_weight = "manure_ch4" in include and ("all", "pasture") in on.sets[MANURE_CH4].by_key
    if not by_weight and not {"n2o_direct", "n2o_indirect"} & set(include):
        reason = Text("所选因子不按体重", "the chosen factors do not go by weight")
        if wrong := not_used(herd, at, reason, "mean_weight_kg"):
            raise refusal(wrong)
    if "enteric" in include:
        factor, factors = _enteric_factor(on, herd, mark, at)
        label = Text(f"{name.zh}肠道甲烷", f"enteric methane, {name.en}")
        enteric = sheet.step(f"E{mark}", "product", [head, factor], "kg CH4/a", label, 1)
        gases["CH4"].append((enteric, factors))
    if "manure_ch4" in include:
        manure, factors = _manure(on, given, herd, head, mark, at)
        gases["CH4"].append((manure, factors))
    if {"n2o_direct", "n2o_indirect"} & set(include):
        nitrogen = _nitrogen(on, herd, head, mark, at)
        made = _nitrous_oxide(on, given, herd, nitrogen, include, mark, at)
        gases["N2O"] += made
        label = Text(f"{name.zh}氧化亚氮", f"nitrous oxide, {name.en}")
        n2o = sheet.step(f"N2O{mark}", "sum", [node for node, _ in made], "kg N2O/a", label)
    return HerdEmission(
        species=herd.species,
        head=head.value,
        enteric_kg_ch4=enteric.value if enteric else None,
        manure_kg_ch4=manure.value if manure else None,
        nitrogen_kg=nitrogen.value if nitrogen else None,
        n2o_kg=n2o.value if n2o else None,
    )


def _population(on: EmissionSheet, herd: Herd, mark: str, name: Text) -> Node:
    """The annual average population; for animals living under a year, days alive × produced / 365."""
    label = Text(f"{name.zh}年均存栏", f"average population, {name.en}")
    if herd.head is not None:
        return on.sheet.entry(f"n{mark}", herd, "head", label)
    if herd.counts:
        return _average(on, herd, mark, label)
    assert herd.produced is not None and herd.days_alive is not None
    produced = on.sheet.entry(f"p{mark}", herd, "produced", Text(f"{name.zh}饲养头数", f"{name.en} produced"))
    days = on.sheet.entry(f"a{mark}", herd, "days_alive", Text("存活天数", "days alive"))
    lived = on.sheet.step(f"l{mark}", "product", [produced, days], "d", Text("头日", "animal days"), 0)
    return on.sheet.step(f"n{mark}", "quotient", [lived, on.constants["year"]], "head", label, 1)


def _average(on: EmissionSheet, herd: Herd, mark: str, label: Text) -> Node:
    """Of every owner the mean over the occasions counted, then the sum over owners."""
    by_owner: dict[str, dict[str, list[Node]]] = {}
    for place, each in enumerate(herd.counts, 1):
        when = word_of("occasion", each.occasion)
        name = Text(f"{each.owner} {when.zh}".strip(), f"{each.owner} {when.en}".strip())
        node = on.sheet.entry(f"h{mark}_{place}", each, "head", name)
        by_owner.setdefault(each.owner, {}).setdefault(each.occasion, []).append(node)
    owners = []
    for place, (owner, occasions) in enumerate(by_owner.items(), 1):
        sums = []
        for turn, nodes in enumerate(occasions.values(), 1):
            text = Text(f"{owner} 合计", f"{owner}, in all")
            one_day = on.sheet.step(f"k{mark}_{place}_{turn}", "sum", nodes, "head", text, 1)
            sums.append(one_day)
        text = Text(f"{owner} 年均", f"{owner}, average")
        owners.append(sums[0] if len(sums) == 1 else on.sheet.step(f"o{mark}_{place}", "mean", sums, "head", text, 1))
    return on.sheet.step(f"n{mark}", "sum", owners, "head", label, 1)


def _enteric_factor(on: EmissionSheet, herd: Herd, mark: str, at: str) -> tuple[Node, tuple[str, ...]]:
    if herd.enteric_kg is not None:
        label = Text(f"自定肠道因子({herd.own_source})", f"own enteric factor ({herd.own_source})")
        on.sheet.warn(CalculationProblem.NO_UNCERTAINTY.at("", coefficient=label))
        return on.sheet.entry(f"o{mark}", herd, "enteric_kg", label), ()
    coefficient = _variant(on.sets[ENTERIC], _factors_of(on, herd, at), herd.productivity, at)
    return on.take(coefficient, at), (coefficient.reference,)


def _factors_of(on: EmissionSheet, herd: Herd, at: str) -> str:
    """The species whose factors are used; another one standing in is said."""
    if herd.factor_of is None or herd.factor_of == herd.species:
        return herd.species
    label = Text("{animals}的因子", "factors of {animals}").format(animals=word_of("ipcc_animal", herd.species))
    on.sheet.warn(CalculationProblem.STANDS_IN.at("", label=label, value=word_of("ipcc_animal", herd.factor_of)))
    return herd.factor_of


def _variant(known: CoefficientSet, species: str, variant: str, at: str, *more: str) -> Coefficient:
    """The factor of a variant, or of the species where it is not divided."""
    for name in (variant, "any"):
        found = known.by_key.get((species, name, *more))
        if found is not None:
            return found
    return known.find(species, variant, *more, at=at)


def _yearly(
    on: EmissionSheet, herd: Herd, quantity: str, what: Text, unit: str, head: Node, mark: str, at: str
) -> Node:
    """Excreted on pasture in a year: head × rate × weight / 1000 × 365 × share on pasture."""
    rates = on.sets[MANURE_RATE]
    species = _factors_of(on, herd, at)
    symbol = quantity[0]
    rate = on.take(rates.find(species, quantity, at=at), at)
    if herd.mean_weight_kg is not None:
        weight = on.sheet.entry(f"w{symbol}{mark}", herd, "mean_weight_kg")
    else:
        weight = on.take(rates.find(species, "weight", at=at), at)
    assert herd.pasture_percent is not None
    label = Text("在草场的比例", "share on pasture")
    share = on.sheet.entry(f"g{symbol}{mark}", herd, "pasture_percent", label)
    label = Text(f"{what.zh}(×1000)", f"{what.en} (× 1000)")
    nodes = [head, rate, weight, on.constants["year"]]
    product = on.sheet.step(f"x{symbol}{mark}", "product", nodes, "", label, 0)
    yearly = on.sheet.step(f"y{symbol}{mark}", "quotient", [product, on.constants["kg_t"]], unit, what, 1)
    return on.sheet.step(f"{symbol.upper()}X{mark}", "share", [yearly, share], unit, what, 1)


def _manure(
    on: EmissionSheet, given: EmissionInput, herd: Herd, head: Node, mark: str, at: str
) -> tuple[Node, tuple[str, ...]]:
    """Manure methane: 2006 by head and temperature zone; 2019 by volatile solids on pasture."""
    known = on.sets[MANURE_CH4]
    label = Text("{animals}粪便甲烷", "manure methane, {animals}").format(animals=word_of("ipcc_animal", herd.species))
    pasture = known.by_key.get(("all", "pasture"))
    if pasture is None:
        if given.temperature_zone is None:
            name = Text("温度带(2006)", "Temperature zone (2006)")
            raise CalculationProblem.REQUIRED.error("/temperature_zone", label=name, name="temperature_zone")
        coefficient = _variant(known, _factors_of(on, herd, at), herd.productivity, at, given.temperature_zone)
        node = on.sheet.step(f"MX{mark}", "product", [head, on.take(coefficient, at)], "kg CH4/a", label)
        return node, (coefficient.reference,)
    if MANURE_RATE not in on.sets:
        name = Text("排泄率与体重", "Excretion and weights")
        raise CalculationProblem.NO_EDITION.error("/manure_rate_set", label=name, value="", known="calc --sets")
    solids = _yearly(on, herd, "vs", Text("挥发性固体", "volatile solids"), "kg VS/a", head, mark, at)
    grams = on.sheet.step(f"m{mark}", "product", [solids, on.take(pasture, at)], "g CH4/a", label, 0)
    return on.sheet.step(f"MX{mark}", "quotient", [grams, on.constants["kg_t"]], "kg CH4/a", label), (
        pasture.reference,
    )


def _nitrogen(on: EmissionSheet, herd: Herd, head: Node, mark: str, at: str) -> Node:
    return _yearly(on, herd, "nitrogen", Text("草场排泄氮", "nitrogen on pasture"), "kg N/a", head, mark, at)


def _nitrous_oxide(
    on: EmissionSheet,
    given: EmissionInput,
    herd: Herd,
    nitrogen: Node,
    include: Sequence[str],
    mark: str,
    at: str,
) -> list[tuple[Node, tuple[str, ...]]]:
    """Direct N2O of dung and urine on pasture; indirect by volatilised and, where it is wet, by leached nitrogen."""
    known = on.sets[N2O_FACTOR]
    made: list[tuple[Node, tuple[str, ...]]] = []

    def oxide(symbol: str, coefficients: Sequence[Coefficient], zh: str, en: str) -> None:
        nodes = [on.take(each, at) for each in coefficients]
        label = Text(zh, en)
        lost = on.sheet.step(f"q{symbol}{mark}", "product", [nitrogen, *nodes, on.constants["m_N2O"]], "", label, 2)
        node = on.sheet.step(f"O{symbol}{mark}", "quotient", [lost, on.constants["m_N"]], "kg N2O/a", label)
        made.append((node, tuple(each.reference for each in coefficients)))

    if "n2o_direct" in include:
        group = "cattle" if herd.species in _CATTLE else "other"
        oxide("d", [_by_climate(known, given.climate, at, "EF3", group)], "直接氧化亚氮", "direct nitrous oxide")
    if "n2o_indirect" in include:
        gas = known.find("FRAC_GAS", "undivided", at=at)
        oxide("v", [gas, _by_climate(known, given.climate, at, "EF4")], "挥发沉降氧化亚氮", "by volatilisation")
        leached = known.find("FRAC_LEACH", given.climate, at="/climate")
        if leached.value:
            oxide("l", [leached, known.find("EF5", "undivided", at=at)], "淋溶氧化亚氮", "by leaching")
    return made


def _by_climate(known: CoefficientSet, climate: str, at: str, *head: str) -> Coefficient:
    """The factor of the climate, or the undivided one where the edition does not divide it."""
    found = known.by_key.get((*head, climate)) or known.by_key.get((*head, "undivided"))
    return found if found is not None else known.find(*head, climate, at=at)


def totals(on: EmissionSheet, gases: Gases, results: dict[str, Node], prefix: str = "", *, minus: bool = False) -> Node:
    """Sum the gases, bring them to t CO2e, and keep every term with its factors for the range.

    Args:
        minus: The terms count against the total whose range is asked for (what was there before a measure).
    """
    parts = []
    for gas, terms in gases.items():
        if not terms:
            continue
        name = {"CH4": Text("甲烷", "methane"), "N2O": Text("氧化亚氮", "nitrous oxide")}[gas]
        potential = on.constants.get(gas)
        if potential is None:
            potential = on.constants[gas] = on.sheet.coefficient(f"G_{gas}", on.sets[GWP].find(gas))
        mass = on.sheet.step(f"{prefix}{gas}", "sum", [node for node, _ in terms], f"kg {gas}/a", name)
        for place, (node, factors) in enumerate(terms, 1):
            label = Text(f"{name.zh}折 CO2e", f"{name.en} as CO2e")
            warm = on.sheet.step(f"{prefix}{gas}_k{place}", "product", [node, potential], "kg CO2e/a", label)
            tonnes = on.sheet.step(
                f"{prefix}{gas}_t{place}", "quotient", [warm, on.constants["kg_t"]], "t CO2e/a", label, 3
            )
            if minus:
                zero = on.sheet.zero(f"{prefix}{gas}_o{place}")
                tonnes = on.sheet.step(f"{prefix}{gas}_m{place}", "difference", [zero, tonnes], "t CO2e/a", label, 3)
            on.terms.append(Term(tonnes, factors))
        kilograms = on.sheet.step(f"{prefix}{gas}_kg", "product", [mass, potential], "kg CO2e/a", name)
        tonnes = on.sheet.step(f"{prefix}{gas}_t", "quotient", [kilograms, on.constants["kg_t"]], "t CO2e/a", name)
        results |= {f"{gas.lower()}_kg": mass, f"{gas.lower()}_t_co2e": tonnes}
        parts.append(tonnes)
    total = on.sheet.step(f"{prefix}T", "sum", parts, "t CO2e/a", Text("合计", "in all"))
    results["total_t_co2e"] = total
    return total


def say_choices(sheet: Sheet, total: Node, given: EmissionInput) -> None:
    """Show the sets and settings a total was worked out with."""
    names = ("enteric_set", "manure_ch4_set", "manure_rate_set", "n2o_set", "gwp_set", "climate", "temperature_zone")
    tell(sheet, total, given, *names)
    if sheet.recording:
        named = [word_of("emission_source", source) for source in given.include]
        said = Text("、".join(each.zh for each in named), ", ".join(each.en for each in named))
        sheet.chosen(total, described_field(EmissionInput, "include").label, said, SETTING)
