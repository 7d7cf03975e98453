"""Targets and gaps: a chain of targets, actual values, gap, trend, and whether child targets cover their parent.

No target is not zero: what has no target, or no actual value, has no gap and is not a failure.
"""

from __future__ import annotations

import dataclasses
from datetime import date
from decimal import Decimal

from station_app.domain import fields as f
from station_app.domain.calc.explanation import Node, Origin, Result, Rule, Sheet, calculate, origin_of
from station_app.domain.calc.inputs import no_repeats, reference, require, required
from station_app.domain.calc.numbers import plain
from station_app.domain.calc.problems import CalculationProblem
from station_app.domain.calc.told import tell
from station_app.domain.codes import word_of
from station_app.domain.fields import described, described_field
from station_app.domain.problems import Problem
from station_app.domain.text import CHINESE, ENGLISH, Text
from station_app.domain.units import unit_text

_UPWARDS = ("higher", "at_least")
# Units in which targets of parts add up to that of the whole; in the others a mean by weight is needed.
ADDITIVE_UNITS = frozenset({"su", "ha", "mu", "t_co2e_per_year", "times", "yuan"})
PLACES, COMPUTED_PLACES = 4, 2
RULE = Rule("", "target chain", "carbon_target_items.csv", "P")


def decimals(value: Decimal) -> int:
    """Return how many decimals a value is shown with: those it was told in; one with more than four was computed: two."""
    told = len(plain(value).partition(".")[2])
    return told if told <= PLACES else COMPUTED_PLACES


@described
class Actual:
    """A value reached in a year, from the records or typed with its source."""

    year: int = f.count("年度", "Year", minimum=1950, maximum=2200)
    value: Decimal = f.number("实际值", "Actual value", "")
    source: str = f.text("数据来源", "Source", default="")
    reference: str = reference()


@described
class Revision:
    """A target changed later; the first value stays in sight."""

    value: Decimal = f.number("调整后目标值", "Revised value", "")
    revised_on: date = f.day("调整日期", "Revised on")
    reason: str = f.text("调整原因", "Reason", default="")


@described
class TargetEntry:
    """One target of one organisation, or an indicator that has none."""

    code: str = f.text("编号", "Number")
    name: str = f.text("单位和指标", "Whose, and what", default="")
    name_en: str = f.text("英文名称", "Name in English", default="")
    parent: str = f.text("上级目标编号", "Parent target", default="")
    unit: str = f.text("计量单位", "Unit", default="")
    direction: str = f.code("方向", "Direction", "target_direction", default="higher")
    value: Decimal | None = f.number("目标值", "Target value", "", places=4)
    baseline_value: Decimal | None = f.number("基期值", "Baseline value", "", places=4)
    weight: Decimal | None = f.number("权重(如面积)", "Weight, such as area", "", above=0)
    revisions: tuple[Revision, ...] = f.lines("调整", "Revisions", Revision)
    actuals: tuple[Actual, ...] = f.lines("实际值", "Actual values", Actual)
    cause: str = f.text("原因", "Cause", default="")
    measure: str = f.text("措施", "Measure", default="")
    reference: str = reference()

    @property
    def said(self) -> Text:
        """The name in both languages, the number where there is none."""
        name = self.name or self.code
        return Text(name, self.name_en or name)

    @property
    def places(self) -> int:
        """How many decimals its values are shown with."""
        told = (self.value, self.baseline_value, *(r.value for r in self.revisions), *(a.value for a in self.actuals))
        return max((decimals(v) for v in told if v is not None), default=0)

    def rules(self, at: str) -> list[Problem]:
        """A revision gives its reason; each year once; a cause has its measure."""
        found = [
            CalculationProblem.REVISION_WITHOUT_REASON.at(f"{at}/revisions/{place}/reason", name=self.code)
            for place, each in enumerate(self.revisions)
            if not each.reason
        ]
        found += no_repeats([str(each.year) for each in self.actuals], f"{at}/actuals")
        if self.cause and not self.measure:
            found += required(self, at, "measure")
        return found


@described
class GapInput:
    """A chain of targets and the year they are looked at."""

    year: int = f.count("年度", "Year", minimum=1950, maximum=2200)
    targets: tuple[TargetEntry, ...] = f.lines("目标", "Targets", TargetEntry, required=True)

    def rules(self, at: str) -> list[Problem]:
        """Each number once; parents exist and lead to the top."""
        found = no_repeats([each.code for each in self.targets], f"{at}/targets")
        parents = {each.code: each.parent for each in self.targets}
        for place, each in enumerate(self.targets):
            seen: set[str] = set()
            step = each.code
            while step and step not in seen and step in parents:
                seen.add(step)
                step = parents[step]
            if step:
                name, parent = each.name or each.code, each.parent
                found.append(
                    CalculationProblem.UNKNOWN_PARENT.at(f"{at}/targets/{place}/parent", name=name, parent=parent)
                )
        return found


@described
class Gap:
    """Where one target stands."""

    code: str = f.text("编号", "Number")
    name: str = f.text("单位和指标", "Whose, and what", default="")
    unit: str = f.text("计量单位", "Unit", default="")
    has_target: bool = f.flag("有目标", "Has a target", default=False)
    target_value: Decimal | None = f.number("目标值", "Target", "", places=4)
    first_value: Decimal | None = f.number("最初目标值", "First target", "", places=4)
    actual_value: Decimal | None = f.number("实际值", "Actual", "", places=4)
    actual_year: int | None = f.count("实际值年度", "Year of the actual")
    gap: Decimal | None = f.number("差距(零以下为超额)", "Gap (below zero: more than asked)", "", places=4)
    reached: bool | None = f.flag("已达到", "Reached")
    done_percent: Decimal | None = f.number("自基期完成", "Of the way from the baseline", "%", places=1)
    trend_per_year: Decimal | None = f.number("年变化", "Change a year", "", places=4)
    trend: str | None = f.code("趋势", "Trend", "gap_trend")
    children_value: Decimal | None = f.number("下级目标合计", "Targets below", "", places=4)
    shortfall: Decimal | None = f.number("分解缺口", "Not handed down", "", places=4)
    aggregate: str | None = f.code("合计办法", "How they are put together", "target_aggregate")
    cause: str = f.text("原因", "Cause", default="")
    measure: str = f.text("措施", "Measure", default="")


@described
class GapOutcome:
    """Every target of the chain."""

    targets: tuple[Gap, ...] = f.lines("目标", "Targets", Gap)
    with_target: int = f.count("有目标", "With a target", default=0)
    reached: int = f.count("已达到", "Reached", default=0)
    missed: int = f.count("未达到", "Not reached", default=0)
    unknown: int = f.count("没有实际值", "Without an actual value", default=0)
    without_target: int = f.count("没有目标", "Without a target", default=0)


def gap(given: GapInput) -> Result[GapOutcome]:
    """Return gap, trend and coverage of every target.

    Rounding: none.

    Raises:
        UserError: CALC-048 a parent does not exist, CALC-058 a revision without reason …
    """
    require(given)

    def work(sheet: Sheet) -> GapOutcome:
        rows = []
        for place, each in enumerate(given.targets):
            part = sheet.part()
            children = [child for child in given.targets if child.parent == each.code]
            rows.append(_target(part, each, children, given.year, f"/targets/{place}"))
            sheet.attach(f"target{place + 1}", part)
        known = [row for row in rows if row.has_target]
        sheet.conclude(Text("目标与差距", "Targets and gaps"), "", RULE)
        return GapOutcome(
            targets=tuple(rows),
            with_target=len(known),
            reached=sum(row.reached is True for row in known),
            missed=sum(row.reached is False for row in known),
            unknown=sum(row.reached is None for row in known),
            without_target=len(rows) - len(known),
        )

    return calculate(work)


def _target(sheet: Sheet, each: TargetEntry, children: list[TargetEntry], year: int, at: str) -> Gap:
    name = each.said
    told = sorted((a for a in each.actuals if a.year <= year), key=lambda a: a.year)
    results: dict[str, Node | None] = {}
    target = actual = None
    if told:
        label = Text(f"{told[-1].year} 年实际值", f"actual of {told[-1].year}")
        actual = sheet.given("a", told[-1].value, each.unit, label, _origin(told[-1]), each.places)
        results["actual_value"] = actual
    if each.value is None:
        sheet.warn(CalculationProblem.NO_TARGET.at(f"{at}/value", name=name))
    else:
        target = _value(sheet, each, year)
        results["target_value"] = target
        if actual is None:
            sheet.warn(CalculationProblem.NO_ACTUAL.at(f"{at}/actuals", name=name))
        else:
            _distance(sheet, each, target, actual, results)
    apart = results.get("gap")
    reached = None if target is None or apart is None else apart.value <= 0
    trend = _trend(sheet, each, told, reached, results)
    aggregate = _coverage(sheet, each, children, year, target, results, name, at)
    formula = "gap = target − actual" if each.direction in _UPWARDS else "gap = actual − target"
    shown = next((node for node in (results.get("gap"), target, actual) if node is not None), None)
    if shown is not None:
        tell(sheet, shown, each, "direction", "parent", "cause", "measure", "weight")
        if "done_percent" not in results:
            tell(sheet, shown, each, "baseline_value")
        unit = Text(unit_text(each.unit, CHINESE), unit_text(each.unit, ENGLISH))
        sheet.chosen(shown, described_field(TargetEntry, "unit").label, unit, origin_of(each.reference))
        sheet.chosen(shown, described_field(GapInput, "year").label, str(year))
    sheet.conclude(name, formula, RULE, **results)
    values = {key: node.value if node is not None else None for key, node in results.items()}
    return Gap(
        **values,
        code=each.code,
        name=each.name,
        unit=each.unit,
        has_target=each.value is not None,
        first_value=each.value,
        actual_year=told[-1].year if told else None,
        reached=reached,
        trend=trend,
        aggregate=aggregate,
        cause=each.cause,
        measure=each.measure,
    )


def _origin(actual: Actual) -> Origin:
    """Where an actual value is from, with what it says of its source."""
    return dataclasses.replace(origin_of(actual.reference), source=actual.source)


def in_force(each: TargetEntry, year: int) -> Decimal | None:
    """Return the target's value after the revisions made up to the end of ``year``."""
    later = sorted((r for r in each.revisions if r.revised_on.year <= year), key=lambda r: r.revised_on)
    return later[-1].value if later and each.value is not None else each.value


def _value(sheet: Sheet, each: TargetEntry, year: int) -> Node:
    """The target in force, the first value and every revision with its reason beside it."""
    value = in_force(each, year)
    assert value is not None and each.value is not None
    for revision in sorted(each.revisions, key=lambda r: r.revised_on):
        sheet.note(
            Text(
                f"{revision.revised_on} 调整为 {plain(revision.value)}：{revision.reason}",
                f"{revision.revised_on} revised to {plain(revision.value)}: {revision.reason}",
            )
        )
    if value != each.value:
        sheet.given(
            "t_1", each.value, each.unit, Text("最初目标值", "first target"), origin_of(each.reference), each.places
        )
    return sheet.given("t", value, each.unit, Text("目标值", "target"), origin_of(each.reference), each.places)


def _distance(sheet: Sheet, each: TargetEntry, target: Node, actual: Node, results: dict[str, Node | None]) -> None:
    """The gap is above zero while something is missing, whatever the direction; and the share of the way gone."""
    nodes = [target, actual] if each.direction in _UPWARDS else [actual, target]
    results["gap"] = sheet.step("g", "difference", nodes, each.unit, Text("差距", "gap"), each.places)
    if each.baseline_value is None or each.baseline_value == target.value:
        return
    label = Text("基期值", "baseline")
    base = sheet.given("b", each.baseline_value, each.unit, label, origin_of(each.reference), each.places)
    gone = sheet.step(
        "d", "difference", [actual, base], each.unit, Text("自基期的变化", "change since the baseline"), each.places
    )
    way = sheet.step("w", "difference", [target, base], each.unit, Text("应有的变化", "change asked for"), each.places)
    label = Text("自基期完成", "of the way from the baseline")
    results["done_percent"] = sheet.step("p", "percentage", [gone, way], "%", label, 1)


def _trend(
    sheet: Sheet, each: TargetEntry, told: list[Actual], reached: bool | None, results: dict[str, Node | None]
) -> str | None:
    """The change a year between the first and the last actual value, told as nearer or further while a target is ahead.

    Where there is no target it only rises or falls; one that is reached is not approached any more.
    """
    if len(told) < 2:
        return None
    first, last = told[0], told[-1]
    start = sheet.given(
        "a_0", first.value, each.unit, Text(f"{first.year} 年实际值", f"actual of {first.year}"),
        _origin(first), each.places,
    )  # fmt: skip
    end = sheet.given(
        "a_n",
        last.value,
        each.unit,
        Text(f"{last.year} 年实际值", f"actual of {last.year}"),
        _origin(last),
        each.places,
    )
    turns = [
        sheet.given(f"y_{mark}", Decimal(each.year), "", Text("年度", "year"), _origin(each), 0)
        for mark, each in (("n", last), ("0", first))
    ]
    years = sheet.step("y", "difference", turns, "a", Text("间隔年数", "years between"), 0)
    apart = sheet.step("a_d", "difference", [end, start], each.unit, Text("变化", "change"), each.places)
    slope = sheet.step("s", "quotient", [apart, years], each.unit, Text("年变化", "change a year"), 4)
    results["trend_per_year"] = slope
    towards = (slope.value > 0) == (each.direction in _UPWARDS)
    if not slope.value:
        trend = "same"
    elif reached is None:
        trend = "rising" if slope.value > 0 else "falling"
    elif reached:
        trend = "better" if towards else "worse"
    else:
        trend = "nearer" if towards else "away"
    sheet.note(word_of("gap_trend", trend))
    return trend


def _coverage(
    sheet: Sheet,
    each: TargetEntry,
    children: list[TargetEntry],
    year: int,
    target: Node | None,
    results: dict[str, Node | None],
    name: Text,
    at: str,
) -> str | None:
    """Whether the targets below cover this one; amounts add up, percentages need weights."""
    told = [(child, value) for child in children if (value := in_force(child, year)) is not None]
    if not told or target is None:
        return None
    if any(child.unit != each.unit or child.direction != each.direction for child, _ in told):
        reason = Text("单位或方向不同", "units or directions differ")
        sheet.warn(CalculationProblem.NOT_COMPARABLE.at(at, name=name, reason=reason))
        return None
    nodes = [
        sheet.given(f"c{place}", value, each.unit, child.said, origin_of(child.reference), child.places)
        for place, (child, value) in enumerate(told, 1)
    ]
    label = Text("下级目标", "targets below")
    if each.unit in ADDITIVE_UNITS:
        aggregate = "sum"
        below = sheet.step("c", "sum", nodes, each.unit, label, each.places)
    else:
        aggregate = "weighted_mean"
        weights = [child.weight for child, _ in told]
        if any(weight is None for weight in weights):
            reason = Text(
                "百分数等不能相加，缺少权重(如面积)", "values such as percentages do not add up and weights are missing"
            )
            sheet.warn(CalculationProblem.NOT_COMPARABLE.at(at, name=name, reason=reason))
            return None
        of = [origin_of(child.reference) for child, _ in told]
        below = _weighted(sheet, each, nodes, [weight for weight in weights if weight is not None], of, label)
    results["children_value"] = below
    upwards = each.direction in _UPWARDS
    apart = [target, below] if upwards else [below, target]
    short = sheet.step("c_d", "difference", apart, each.unit, Text("目标与下级之差", "target less those below"), 4)
    zero = sheet.zero("zero", each.unit)
    results["shortfall"] = sheet.step(
        "c_s", "maximum", [short, zero], each.unit, Text("分解缺口", "not handed down"), 4
    )
    if short.value > 0:
        facts = {
            "value": plain(below.value),
            "parent": plain(target.value),
            "gap": plain(short.value),
            "unit": each.unit,
        }
        sheet.warn(CalculationProblem.TARGET_NOT_COVERED.at(at, name=name, **facts))
    return aggregate


def _weighted(
    sheet: Sheet, each: TargetEntry, nodes: list[Node], weights: list[Decimal], origins: list[Origin], label: Text
) -> Node:
    parts, given = [], []
    for place, (node, weight, origin) in enumerate(zip(nodes, weights, origins, strict=True), 1):
        of = sheet.given(f"k{place}", weight, "", Text("权重", "weight"), origin)
        given.append(of)
        parts.append(sheet.step(f"ck{place}", "product", [node, of], "", Text("加权", "weighted"), 4))
    total = sheet.step("k", "sum", given, "", Text("权重合计", "weights in all"))
    both = sheet.step("ck", "sum", parts, "", Text("加权合计", "weighted sum"), 4)
    return sheet.step("c", "quotient", [both, total], each.unit, label, 4)
