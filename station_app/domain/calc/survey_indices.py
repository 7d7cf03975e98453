"""Indices of the pasture survey: K11–K15, health K18–K20, degradation where a verified table exists, shrub models."""

from __future__ import annotations

from decimal import Decimal

from station_app.domain import fields as f
from station_app.domain.calc.coefficients import DEGRADATION, HEALTH_WEIGHT, SHRUB_MODEL, Coefficient, Standards
from station_app.domain.calc.explanation import ARITHMETIC, Node, Result, Rule, Sheet, calculate, origin_of
from station_app.domain.calc.inputs import reference, require
from station_app.domain.calc.numbers import ONE, ZERO
from station_app.domain.calc.problems import CalculationProblem
from station_app.domain.calc.told import not_used, tell
from station_app.domain.fields import described, described_field
from station_app.domain.problems import Problem
from station_app.domain.text import Text


@described
class IndexOutcome:
    """One index and, where there is one, its grade."""

    value: Decimal | None = f.number("数值", "Value", "", places=4)
    grade: str = f.text("等级", "Grade", default="")


# --- K11–K15 -----------------------------------------------------------------------------------------------------------


@described
class GainInput:
    """K11: a quantity inside and outside a project's fence."""

    inside: Decimal = f.number("工程区内", "Inside", "", minimum=0)
    outside: Decimal = f.number("工程区外", "Outside", "", above=0, missing=CalculationProblem.NO_YIELD)
    reference: str = reference()


def project_gain(given: GainInput) -> Result[IndexOutcome]:
    """Return the gain of a project in percent of the outside; nothing outside can not be compared (K11, C)."""
    require(given)

    def work(sheet: Sheet) -> IndexOutcome:
        inside = sheet.given("V_i", given.inside, "", Text("工程区内", "inside"), origin_of(given.reference))
        outside = sheet.given("V_o", given.outside, "", Text("工程区外", "outside"), origin_of(given.reference))
        apart = sheet.step("d", "difference", [inside, outside], "", Text("差", "difference"))
        gain = sheet.step("g", "percentage", [apart, outside], "%", Text("增幅", "gain"))
        rule = Rule("survey rules", "K11", "BK", "C")
        sheet.conclude(Text("工程增幅", "Gain of a project"), "g = (V_i − V_o) / V_o × 100", rule, value=gain)
        return IndexOutcome(value=gain.value)

    return calculate(work)


@described
class DensityInput:
    """K12 frequency of rings, K14 burrows, K15 insects: a count over a number of rings or an area."""

    counted: Decimal = f.number("计数", "Counted", "", minimum=0)
    out_of: Decimal = f.number("总数或面积", "Of how many, or area", "", above=0, missing=CalculationProblem.NO_AREA)
    reference: str = reference()


def frequency_percent(given: DensityInput) -> Result[IndexOutcome]:
    """Return rings with the species in percent of all rings (K12, A)."""
    return _density(given, "percentage", "%", Text("频度", "Frequency"), "K12")


def density(given: DensityInput) -> Result[IndexOutcome]:
    """Return burrows per hectare or insects per square metre, in the unit of the area given (K14, K15, A)."""
    return _density(given, "quotient", "", Text("密度", "Density"), "K14, K15")


def _density(given: DensityInput, operation: str, unit: str, title: Text, rule: str) -> Result[IndexOutcome]:
    require(given)

    def work(sheet: Sheet) -> IndexOutcome:
        counted = sheet.given("n", given.counted, "", Text("计数", "counted"), origin_of(given.reference))
        total = sheet.given(
            "A", given.out_of, "", Text("总数或面积", "of how many, or area"), origin_of(given.reference)
        )
        found = sheet.step("v", operation, [counted, total], unit, title, 4)
        formula = "v = n / A × 100" if operation == "percentage" else "v = n / A"
        sheet.conclude(title, formula, Rule("survey rules", rule, "S02; S12; S13", "A"), value=found)
        return IndexOutcome(value=found.value)

    return calculate(work)


@described
class DominanceTerm:
    """One relative value of a species: its own and the largest of any species."""

    name: str = f.text("指标", "Indicator")
    own: Decimal = f.number("该种值", "Of the species", "", minimum=0)
    largest: Decimal = f.number("最大值", "Largest of any", "", above=0, missing=CalculationProblem.NO_YIELD)

    def rules(self, at: str) -> list[Problem]:
        """No species is above the largest."""
        if self.own <= self.largest:
            return []
        label = Text("该种值", "Of the species")
        return [
            CalculationProblem.OUT_OF_BOUNDS.at(f"{at}/own", label=label, value=self.own, limit=f"≤ {self.largest}")
        ]


@described
class DominanceInput:
    """K13: relative cover, height, density or frequency, and weight of a species."""

    terms: tuple[DominanceTerm, ...] = f.lines("各项", "Terms", DominanceTerm, required=True)


def dominance(given: DominanceInput) -> Result[IndexOutcome]:
    """Return the summed dominance ratio SDR in percent (K13, C: several formulas are in use)."""
    require(given)

    def work(sheet: Sheet) -> IndexOutcome:
        parts = []
        for place, term in enumerate(given.terms, 1):
            name = Text(term.name, term.name)
            own = sheet.given(f"v{place}", term.own, "", name)
            largest = sheet.given(f"m{place}", term.largest, "", name)
            parts.append(sheet.step(f"p{place}", "percentage", [own, largest], "%", name))
        ratio = sheet.step("SDR", "mean", parts, "%", Text("综合算术优势度", "summed dominance ratio"))
        rule = Rule("survey rules", "K13", "BK", "C")
        sheet.conclude(Text("综合算术优势度", "Summed dominance ratio"), "SDR = Σ p / n", rule, value=ratio)
        return IndexOutcome(value=ratio.value)

    return calculate(work)


# --- K18–K20: health ---------------------------------------------------------------------------------------------------

_VOR = (
    ("vigour", "V", Text("活力(地上生物量)", "vigour (above-ground biomass)")),
    ("organisation", "O", Text("组织力(高度与盖度)", "organisation (height, cover)")),
    ("resilience", "R", Text("恢复力(物种数)", "resilience (species)")),
)


@described
class Measured:
    """An indicator on the plot and on its fenced reference."""

    indicator: str = f.text("指标", "Indicator")
    value: Decimal = f.number("样地", "On the plot", "", minimum=0)
    reference_value: Decimal = f.number(
        "围封参照", "On the reference", "", above=0, missing=CalculationProblem.NO_YIELD
    )
    reference: str = reference()


@described
class HealthInput:
    """Health of grassland against a fenced reference; without a reference nothing is computed."""

    model: str = f.code("模型", "Model", "health_model", default="VOR")
    weight_set: str | None = f.coefficient_set("权重集", "Set of weights", HEALTH_WEIGHT)
    measured: tuple[Measured, ...] = f.lines("指标", "Indicators", Measured)
    condition: Decimal | None = f.number("环境条件 C", "Site condition C", "", minimum=0, maximum=1)
    pressure: Decimal | None = f.number("压力 P", "Pressure P", "", minimum=0, maximum=1)
    state: Decimal | None = f.number("状态 S", "State S", "", minimum=0, maximum=1)
    response: Decimal | None = f.number("响应 R", "Response R", "", minimum=0, maximum=1)

    def rules(self, at: str) -> list[Problem]:
        """Each model with what it needs."""
        needed = {
            "VOR": ("weight_set", "measured"),
            "COVR": ("weight_set", "measured", "condition"),
            "PSR": ("pressure", "state", "response"),
        }
        missing = [name for name in needed[self.model] if getattr(self, name) in (None, ())]
        found = [
            CalculationProblem.REQUIRED.at(f"{at}/{name}", label=described_field(type(self), name).label, name=name)
            for name in missing
        ]
        others = {name for names in needed.values() for name in names} - set(needed[self.model])
        reason = Text("这个模型不用", "the model does not take it")
        return found + not_used(self, at, reason, *sorted(others))


def health(given: HealthInput, standards: Standards) -> Result[IndexOutcome]:
    """Return the health index 0–1 (K18, K19, K20, A: a study's method; limits of the grades are not settled).

    Raises:
        UserError: CALC-015 the weights do not add up to one.
    """
    require(given)
    return calculate(lambda sheet: _psr(sheet, given) if given.model == "PSR" else _vor(sheet, given, standards))


def _psr(sheet: Sheet, given: HealthInput) -> IndexOutcome:
    assert given.pressure is not None and given.state is not None and given.response is not None
    one = sheet.given("u", ONE, "", Text("一", "one"), ARITHMETIC, 0)
    pressure = sheet.given("P", given.pressure, "", Text("压力", "pressure"))
    relief = sheet.step("P_r", "difference", [one, pressure], "", Text("无压力部分", "free of pressure"), 4)
    state = sheet.given("S", given.state, "", Text("状态", "state"))
    response = sheet.given("R", given.response, "", Text("响应", "response"))
    product = sheet.step("Q", "product", [relief, state, response], "", Text("乘积", "product"), 4)
    index = sheet.step("HI", "cube_root", [product], "", Text("健康指数", "health index"), 4)
    rule = Rule("survey rules", "K20", "S38", "A")
    sheet.conclude(Text("健康指数 PSR", "Health index PSR"), "HI = ((1 − P) × S × R)^(1/3)", rule, value=index)
    return IndexOutcome(value=index.value)


def _vor(sheet: Sheet, given: HealthInput, standards: Standards) -> IndexOutcome:
    label = Text("权重集", "Set of weights")
    weights = standards.choose(HEALTH_WEIGHT, given.weight_set, label, "/weight_set")
    told = {each.indicator: each for each in given.measured}
    one = sheet.given("u", ONE, "", Text("一", "one"), ARITHMETIC, 0)
    parts: list[Node] = []
    used: list[Node] = []
    for indicator, symbol, name in _VOR:
        if indicator not in told:
            raise CalculationProblem.REQUIRED.error("/measured", label=name, name=indicator)
        each = told[indicator]
        value = sheet.given(f"{symbol}_v", each.value, "", name, origin_of(each.reference))
        best = sheet.given(
            f"{symbol}_r",
            each.reference_value,
            "",
            Text(f"{name.zh}参照", f"{name.en}, reference"),
            origin_of(each.reference),
        )
        ratio = sheet.step(f"{symbol}_q", "quotient", [value, best], "", name, 4)
        capped = sheet.step(
            symbol, "minimum", [ratio, one], "", Text(f"{name.zh}(>1 取 1)", f"{name.en}, at most 1"), 4
        )
        weight = sheet.coefficient(f"k_{symbol}", weights.find(indicator))
        used.append(weight)
        parts.append(sheet.step(f"H_{symbol}", "product", [weight, capped], "", name, 4))
    if given.model == "COVR":
        assert given.condition is not None
        condition = sheet.given("C", given.condition, "", Text("环境条件", "site condition"))
        weight = sheet.coefficient("k_C", weights.find("condition"))
        used.append(weight)
        parts.append(sheet.step("H_C", "product", [weight, condition], "", Text("环境条件", "site condition"), 4))
    total = sheet.step("k", "sum", used, "", Text("权重合计", "weights in all"))
    if total.value != ONE:
        name = Text("权重合计", "Weights in all")
        raise CalculationProblem.OUT_OF_BOUNDS.error("/weight_set", label=name, value=total.value, limit="= 1")
    index = sheet.step("HI", "sum", parts, "", Text("健康指数", "health index"), 4)
    tell(sheet, index, given, "weight_set")
    rule = Rule("survey rules", "K18" if given.model == "VOR" else "K19", "S38", "A")
    sheet.conclude(Text(f"健康指数 {given.model}", f"Health index {given.model}"), "HI = Σ k × x", rule, value=index)
    return IndexOutcome(value=index.value)


# --- degradation -------------------------------------------------------------------------------------------------------

_GRADES = ("none", "light", "moderate", "severe")


@described
class DegradationInput:
    """One indicator of one table."""

    table: str = f.coefficient_set("分级表", "Table of grades", DEGRADATION)
    indicator: str = f.text("指标", "Indicator")
    value: Decimal = f.number("数值", "Value", "", minimum=0)
    reference: str = reference()


def degradation_grade(given: DegradationInput, standards: Standards) -> Result[IndexOutcome]:
    """Return the grade of an indicator, from a verified table only.

    A value that falls between two printed bands (10 and 11 %) belongs to the one it has not left.

    Raises:
        UserError: CALC-039 the table is not verified, CALC-004 it does not know the indicator.
    """
    require(given)
    table = standards.choose(DEGRADATION, given.table, Text("分级表", "Table of grades"), "/table")
    rows = [row for row in table.beginning(given.indicator) if row.low is not None]
    if not rows:
        table.find(given.indicator, at="/indicator")
    if not all(row.is_verified for row in rows):
        raise CalculationProblem.NO_VERIFIED_TABLE.error("/table", standard=table.title)

    def work(sheet: Sheet) -> IndexOutcome:
        value = sheet.given(
            "v", given.value, rows[0].unit, Text(given.indicator, given.indicator), origin_of(given.reference)
        )
        rising = sorted(rows, key=lambda row: row.low or ZERO)
        edges = [sheet.coefficient(f"e{place}", row, row.low or ZERO, "/table") for place, row in enumerate(rising, 1)]
        reached = sheet.step("b", "band", [value, *edges], "", Text("档次", "band"), 0, "i" * len(edges))
        grade = _grade_of(rising, int(reached.value), given.value)
        rule = Rule(table.standard, given.indicator, rows[0].source, rows[0].mark)
        sheet.conclude(Text("退化分级", "Degradation grade"), "band(v)", rule, value=value, band=reached)
        return IndexOutcome(value=given.value, grade=grade)

    return calculate(work)


def _grade_of(rising: list[Coefficient], reached: int, value: Decimal) -> str:
    """Return the band's grade; above the last closed band there is none."""
    if not reached:
        return ""
    row = rising[reached - 1]
    closed_at_the_end = reached == len(rising) and row.high is not None and value > row.high
    return "" if closed_at_the_end else row.key[1]


# --- shrub models ------------------------------------------------------------------------------------------------------


@described
class ShrubInput:
    """One plant for a published biomass model: whole mass for carbon, never edible yield."""

    model_set: str = f.coefficient_set("模型集", "Set of models", SHRUB_MODEL)
    species: str = f.text("种名", "Species")
    component: str = f.text("部分", "Part of the plant")
    height_m: Decimal = f.number("高度", "Height", "m", above=0, maximum=20)
    crown_m2: Decimal = f.number(
        "冠幅面积", "Crown area", "m2", above=0, maximum=200, missing=CalculationProblem.NO_AREA, places=4
    )
    count: int = f.count("株数", "Plants", "plants", default=1, minimum=0, maximum=1_000_000)
    reference: str = reference()


def shrub_mass(given: ShrubInput, standards: Standards) -> Result[IndexOutcome]:
    """Return oven-dry mass in g by a power model y = b·xᵃ; the other forms lost their signs and are not usable.

    Raises:
        UserError: CALC-032 the row is not usable, or the plant is outside the measured range.
    """
    require(given)
    models = standards.choose(SHRUB_MODEL, given.model_set, Text("模型集", "Set of models"), "/model_set")
    rows = {row.key[2]: row for row in models.beginning(given.species, given.component)}
    if not rows:
        models.find(given.species, given.component, at="/species")
    facts = next(iter(rows.values())).words
    name = f"{given.species} {given.component}"
    if facts["usable"] != "yes":
        raise CalculationProblem.MODEL_NOT_USABLE.error(
            "/component", model=name, reason=facts["note"] or facts["usable"]
        )
    volume = given.height_m * given.crown_m2
    for place, value, key in (
        ("height_m", given.height_m, "h_range_m"),
        ("crown_m2", given.crown_m2, "crown_range_m2"),
        ("crown_m2", volume, "volume_range_m3"),
    ):
        low, _, high = facts[key].partition("–")
        if not Decimal(low) <= value <= Decimal(high):
            reason = Text(f"超出实测范围 {facts[key]}", f"outside the measured range {facts[key]}")
            raise CalculationProblem.MODEL_NOT_USABLE.error(f"/{place}", model=name, reason=reason)

    def work(sheet: Sheet) -> IndexOutcome:
        origin = origin_of(given.reference)
        height = sheet.given("H", given.height_m, "m", Text("高度", "height"), origin)
        crown = sheet.given("C", given.crown_m2, "m2", Text("冠幅面积", "crown area"), origin, 4)
        x = {"H": height, "C": crown, "V": sheet.step("V", "product", [height, crown], "m3", Text("体积", "volume"), 4)}
        a, b = (sheet.coefficient(symbol, rows[symbol]) for symbol in ("a", "b"))
        if facts["form"] == "y=b·x^a":
            raised = sheet.step("x_a", "power", [x[facts["x1"]], a], "", Text("幂", "power"), 6)
            one = sheet.step("y", "product", [b, raised], "g", Text("单株干重", "dry mass of one"))
        else:
            raise CalculationProblem.MODEL_NOT_USABLE.error("/component", model=name, reason=facts["form"])
        count = sheet.given("n", Decimal(given.count), "plants", Text("株数", "plants"), origin, 0)
        mass = sheet.step("M", "product", [one, count], "g", Text("干重", "dry mass"))
        rule = Rule("shrub models", facts["form"], "S40", "A")
        sheet.conclude(Text(f"灌木生物量 {name}", f"Shrub biomass {name}"), facts["form"], rule, value=mass)
        return IndexOutcome(value=mass.value)

    return calculate(work)
