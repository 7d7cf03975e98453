"""Entitlement of a household under a plan: area × coefficient × rate, rounded half-up per line (compensation S01, H1, H3).

A total is the sum of the rounded lines, never total area × rate; what rounding makes of it is shown, not corrected.
Caps and floors work per rate, for the household or for each person, and are shown when they bite. A fine never reduces
an award by itself: a deduction needs its own decision.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from station_app.domain import fields as f
from station_app.domain.calc.capacity import check_total
from station_app.domain.calc.explanation import (
    TYPED,
    Node,
    Origin,
    OriginKind,
    Result,
    Rule,
    Sheet,
    calculate,
)
from station_app.domain.calc.inputs import no_repeats, printed_place, reference, require, required
from station_app.domain.calc.notice import Notice, notice_days
from station_app.domain.calc.numbers import ONE, ZERO
from station_app.domain.calc.problems import CalculationProblem
from station_app.domain.calc.told import not_used, said, tell
from station_app.domain.codes import word_of
from station_app.domain.fields import described, described_fields
from station_app.domain.money import FEN
from station_app.domain.problems import Problem
from station_app.domain.text import Text

RULE = Rule("草原生态保护补助奖励", "area × coefficient × rate, per line", "compensation S01, H1, H3", "B")
_TITLE = Text("补奖测算", "Entitlement")
_GROSS = Text("应发", "gross")
_EFFECT = Text("封顶保底调整", "effect of cap or floor")
_COEFFICIENT = Text("标准亩系数", "coefficient of a mu")
_UNROUNDED = Text("未取整金额", "before rounding")
_RATE_UNITS = {"household": "CNY/household", "person": "CNY/person"}
_DUE = Text("应发(调整后)", "due after cap or floor")


@described
class RateLine:
    """One rate of a plan."""

    scheme: str = f.code("政策类型", "Scheme", "scheme")
    zone: str = f.text("片区", "Zone", default="")
    rate_yuan: Decimal = f.number("补助标准", "Rate", "CNY/mu", minimum=0, places=4)
    mu_coefficient: Decimal = f.number(
        "标准亩系数", "Coefficient of a mu", "", default=ONE, above=0, maximum=100, places=4
    )
    basis: str = f.code("计算依据", "Basis", "rate_basis", default="mu")
    cap_kind: str | None = f.code("封顶方式", "Kind of cap", "limit_kind")
    cap_yuan: Decimal | None = f.number("封顶", "Cap", "CNY", minimum=0)
    floor_kind: str | None = f.code("保底方式", "Kind of floor", "limit_kind")
    floor_yuan: Decimal | None = f.number("保底", "Floor", "CNY", minimum=0)

    def rules(self, at: str) -> list[Problem]:
        """A cap and a floor say how they count; of one kind the cap is not below the floor."""
        found = []
        for name, kind, amount in (("cap", self.cap_kind, self.cap_yuan), ("floor", self.floor_kind, self.floor_yuan)):
            if (kind is None) != (amount is None):
                found += required(self, at, f"{name}_kind", f"{name}_yuan")
        cap, floor = self.cap_yuan, self.floor_yuan
        if cap is not None and floor is not None and self.cap_kind == self.floor_kind and cap < floor:
            found.append(CalculationProblem.CAP_BELOW_FLOOR.at(f"{at}/cap_yuan", cap=cap, floor=floor))
        return found


@described
class Land:
    """Area of a household in one scheme and zone; without area where the rate counts households or persons."""

    scheme: str = f.code("政策类型", "Scheme", "scheme")
    zone: str = f.text("片区", "Zone", default="")
    area_mu: Decimal | None = f.number("面积", "Area", "mu", above=0, missing=CalculationProblem.NO_AREA, places=3)
    reference: str = reference()


@described
class Claim:
    """What one household claims, or many together in a published total."""

    name: str = f.text("户", "Household", default="")
    persons: int | None = f.count("享受人数", "Persons", "persons", minimum=0, maximum=10_000_000)
    households: int = f.count("户数", "Households", "households", default=1, minimum=1, maximum=100_000_000)
    land: tuple[Land, ...] = f.lines("面积", "Areas", Land, required=True)
    deduction_yuan: Decimal = f.number("扣减", "Deduction", "CNY", default=ZERO, minimum=0)
    deduction_reason: str = f.text("扣减依据", "Decision of the deduction", default="")
    reference: str = reference()

    def rules(self, at: str) -> list[Problem]:
        """A deduction names its decision, and a decision its deduction."""
        if not self.deduction_yuan:
            return not_used(self, at, Text("没有扣减", "nothing is deducted"), "deduction_reason")
        return required(self, at, "deduction_reason")


@described
class PrintedLine:
    """A line of a published list, taken as printed."""

    name: str = f.text("单位", "Whose")
    amount_yuan: Decimal = f.number("金额", "Amount", "CNY", minimum=0, places=2)


@described
class EntitlementInput:
    """A plan's rates and the claims under it; or printed lines and totals to be checked."""

    document_number: str = f.text("方案文号", "Plan", default="")
    plan_reference: str = reference()
    rounding_yuan: Decimal = f.number("取整单位", "Rounding unit", "CNY", default=FEN, above=0)
    rates: tuple[RateLine, ...] = f.lines("补助标准", "Rates", RateLine)
    claims: tuple[Claim, ...] = f.lines("各户", "Claims", Claim)
    printed_lines: tuple[PrintedLine, ...] = f.lines("印出的各行", "Printed lines", PrintedLine)
    printed_total_yuan: Decimal | None = f.number("印出的合计", "Printed total", "CNY", minimum=0)
    printed_unit_yuan: Decimal | None = printed_place("CNY", "元")
    notice: Notice | None = f.part("公示", "Public notice", Notice)

    def rules(self, at: str) -> list[Problem]:
        """A unit of rounding that exists; each rate once; claims, or lines, or a notice."""
        found = []
        if self.rounding_yuan % FEN:
            found.append(CalculationProblem.ROUNDING_UNIT.at(f"{at}/rounding_yuan", value=self.rounding_yuan))
        found += no_repeats([f"{rate.scheme} {rate.zone}".strip() for rate in self.rates], f"{at}/rates")
        if not (self.claims or self.printed_lines or self.notice):
            found += required(self, at, "claims")
        if self.claims and self.printed_lines:
            first, second = Text("各户", "Claims"), Text("印出的各行", "Printed lines")
            found.append(CalculationProblem.ONE_OF.at(f"{at}/printed_lines", first=first, second=second))
        if not (self.claims or self.printed_lines):
            reason = Text("没有各户，也没有印出的各行", "there are neither claims nor printed lines")
            found += not_used(self, at, reason, "printed_total_yuan")
        if self.printed_total_yuan is None:
            found += not_used(self, at, Text("没有印出的合计", "there is no printed total"), "printed_unit_yuan")
        if not self.claims:
            found += not_used(self, at, Text("没有各户", "there are no claims"), "rates", "plan_reference")
        return found


@described
class AwardLine:
    """One scheme of one household."""

    scheme: str = f.code("政策类型", "Scheme", "scheme")
    zone: str = f.text("片区", "Zone", default="")
    basis: str = f.code("计算依据", "Basis", "rate_basis")
    area_mu: Decimal = f.number("面积", "Area", "mu", places=3)
    mu_coefficient: Decimal = f.number("标准亩系数", "Coefficient of a mu", "", places=4)
    rate_yuan: Decimal = f.number("标准", "Rate", "CNY/mu", places=4)
    amount_yuan: Decimal = f.number("金额", "Amount", "CNY", places=2)
    limit_effect_yuan: Decimal = f.number("封顶保底调整", "Effect of cap or floor", "CNY", default=ZERO, places=2)
    limit: str = f.text("起作用的限额", "Limit that bites", default="")


@described
class Award:
    """What one household is due."""

    name: str = f.text("户", "Household", default="")
    lines: tuple[AwardLine, ...] = f.lines("各项", "Lines", AwardLine, required=True)
    gross_yuan: Decimal = f.number("应发", "Gross", "CNY", places=2)
    limit_effect_yuan: Decimal = f.number("封顶保底调整", "Effect of cap or floor", "CNY", places=2)
    deduction_yuan: Decimal = f.number("扣减", "Deduction", "CNY", places=2)
    net_yuan: Decimal = f.number("实发", "Net", "CNY", places=2)


@described
class SchemeTotal:
    """All lines of one scheme."""

    scheme: str = f.code("政策类型", "Scheme", "scheme")
    area_mu: Decimal = f.number("面积", "Area", "mu", places=3)
    amount_yuan: Decimal = f.number("金额", "Amount", "CNY", places=2)


@described
class EntitlementOutcome:
    """Awards, totals and checks."""

    net_yuan: Decimal | None = f.number("实发合计", "Net in all", "CNY", places=2)
    gross_yuan: Decimal | None = f.number("应发合计", "Gross in all", "CNY", places=2)
    unrounded_yuan: Decimal | None = f.number("未取整合计", "Before rounding", "CNY", places=4)
    rounding_yuan: Decimal | None = f.number("取整造成的差", "Made by rounding", "CNY", places=4)
    area_mu: Decimal | None = f.number("面积合计", "Area in all", "mu", places=3)
    awards: tuple[Award, ...] = f.lines("各户", "Awards", Award)
    schemes: tuple[SchemeTotal, ...] = f.lines("分项合计", "Totals by scheme", SchemeTotal)
    printed_total_agrees: bool | None = f.flag("与印出的合计一致", "Agrees with the printed total")
    notice_days: int | None = f.count("公示天数", "Days of the notice", "d")


@dataclass(slots=True)
class _Sums:
    """What is summed over the households of a run."""

    net: list[Node]
    gross: list[Node]
    exact: list[Node]
    area: list[Node]
    by_scheme: dict[str, tuple[list[Node], list[Node]]]


class _Terms:
    """A plan made ready for many households: its rates by scheme and zone, and the words of each line."""

    __slots__ = ("labels", "origin", "rates", "rounding")

    def __init__(self, given: EntitlementInput) -> None:
        self.rates = {(rate.scheme, rate.zone): rate for rate in given.rates}
        self.rounding = f"{given.rounding_yuan:f}"
        self.origin = _plan_origin(given)
        self.labels: dict[tuple[str, str], tuple[Text, Text, Text]] = {}

    def rate(self, scheme: str, zone: str, at: str) -> RateLine:
        """Return the rate of a scheme and zone, or the scheme's rate without a zone."""
        found = self.rates.get((scheme, zone)) or self.rates.get((scheme, ""))
        if found is None:
            raise CalculationProblem.NO_RATE.error(at, scheme=word_of("scheme", scheme), zone=zone)
        return found

    def words(self, rate: RateLine) -> tuple[Text, Text, Text]:
        """Return how rate, area and amount of a line are called."""
        found = self.labels.get((rate.scheme, rate.zone))
        if found is None:
            name, zone = word_of("scheme", rate.scheme), f" {rate.zone}" if rate.zone else ""
            found = self.labels[rate.scheme, rate.zone] = (
                Text(f"{name.zh}{zone}标准", f"rate, {name.en}{zone}"),
                Text(f"{name.zh}{zone}面积", f"area, {name.en}{zone}"),
                Text(f"{name.zh}{zone}金额", f"amount, {name.en}{zone}"),
            )
        return found


def _plan_origin(given: EntitlementInput) -> Origin:
    """Where rates and limits come from: the plan's record, or the plan by the number of its document."""
    if given.plan_reference:
        return Origin(OriginKind.RECORD, given.plan_reference, source=given.document_number)
    return Origin(OriginKind.SETTING, given.document_number or "plan", source="compensation plan")


def entitlement(given: EntitlementInput) -> Result[EntitlementOutcome]:
    """Return what households are due under a plan.

    Rounding: half-up to the plan's unit for each line; everything after is exact.

    Raises:
        UserError: CALC-001 an area is missing, CALC-019 no rate, CALC-020 persons missing, CALC-051 deducted too much …
    """
    require(given)

    def work(sheet: Sheet) -> EntitlementOutcome:
        days = notice_days(sheet, given.notice) if given.notice is not None else None
        sums, terms = _Sums([], [], [], [], {}), _Terms(given)
        awards = tuple(_award(sheet, terms, each, place, sums) for place, each in enumerate(given.claims))
        results: dict[str, Node | None] = {}
        schemes: list[SchemeTotal] = []
        if awards:
            results["net_yuan"] = net = sheet.step("T", "sum", sums.net, "CNY", Text("实发合计", "net in all"))
            results["gross_yuan"] = gross = sheet.step(
                "T_g", "sum", sums.gross, "CNY", Text("应发合计", "gross in all")
            )
            exact = sheet.step("T_e", "sum", sums.exact, "CNY", Text("未取整合计", "before rounding"), 4)
            results["unrounded_yuan"] = exact
            label = Text("取整造成的差", "made by rounding")
            results["rounding_yuan"] = sheet.step("T_r", "difference", [gross, exact], "CNY", label, 4)
            if sums.area:
                results["area_mu"] = sheet.step("A", "sum", sums.area, "mu", Text("面积合计", "area in all"), 3)
            schemes = _scheme_totals(sheet, sums)
        elif given.printed_lines:
            nodes = [
                sheet.entry(f"L{place}", each, "amount_yuan", Text(each.name, each.name))
                for place, each in enumerate(given.printed_lines, 1)
            ]
            results["net_yuan"] = net = sheet.step("T", "sum", nodes, "CNY", Text("各行合计", "sum of the lines"))
        agrees = None
        if results and given.printed_total_yuan is not None:
            place_of = "/printed_total_yuan"
            unit = given.printed_unit_yuan
            apart = check_total(sheet, "合计", "total", given.printed_total_yuan, net, "CNY", place_of, unit)
            agrees = apart is not None and not apart.value
        if not awards and results:
            tell(sheet, net, given, "document_number", "rounding_yuan", "printed_unit_yuan", origin=TYPED)
        if awards:
            tell(sheet, net, given, "printed_unit_yuan", origin=TYPED)
            tell(sheet, net, given, "document_number", "plan_reference", "rounding_yuan", origin=terms.origin)
            _say_rates(sheet, net, given, terms.origin)
        sheet.conclude(_TITLE, "amount = round(A × k × rate)", RULE, **results)
        values = {name: node.value if node is not None else None for name, node in results.items()}
        return EntitlementOutcome(
            **values, awards=awards, schemes=tuple(schemes), printed_total_agrees=agrees, notice_days=days
        )

    return calculate(work)


def _say_rates(sheet: Sheet, net: Node, given: EntitlementInput, origin: Origin) -> None:
    """Show the rates of the plan, those that nobody claims too."""
    if not sheet.recording:
        return
    for rate in given.rates:
        name = word_of("scheme", rate.scheme)
        label = Text(f"{name.zh}{rate.zone}标准".strip(), f"rate, {name.en} {rate.zone}".strip())
        entries = [entry for entry in described_fields(RateLine) if entry.name not in ("scheme", "zone")]
        told = [(entry, getattr(rate, entry.name)) for entry in entries if getattr(rate, entry.name) is not None]
        words = [(entry.label, said(entry, value)) for entry, value in told]
        value = Text(
            "；".join(f"{name.zh} {each.zh}" for name, each in words),
            "; ".join(f"{name.en} {each.en}" for name, each in words),
        )
        sheet.chosen(net, label, value, origin)


def award(given: EntitlementInput) -> Result[Award]:
    """Return what one household is due: the first claim of ``given``, with an explanation of its own.

    Rounding: half-up to the plan's unit for each line; everything after is exact.

    Raises:
        UserError: CALC-013 there is no claim; otherwise as ``entitlement``.
    """
    require(given)
    if not given.claims:
        raise CalculationProblem.REQUIRED.error("/claims", label=Text("各户", "Claims"), name="claims")
    return calculate(lambda sheet: _award_on(sheet, _Terms(given), given.claims[0], 0).award)


@dataclass(frozen=True, slots=True)
class _Made:
    """One household worked out on its sheet."""

    award: Award
    lines: list[_LineNodes]
    gross: Node
    net: Node


def _award(sheet: Sheet, terms: _Terms, claim: Claim, place: int, sums: _Sums) -> Award:
    part = sheet.part()
    made = _award_on(part, terms, claim, place)
    bring = sheet.attach(f"claim{place + 1}", part)
    sums.net.append(bring(made.net))
    sums.gross.append(bring(made.gross))
    for nodes, line in zip(made.lines, made.award.lines, strict=True):
        sums.exact.append(bring(nodes.exact))
        totals = sums.by_scheme.setdefault(line.scheme, ([], []))
        totals[1].append(bring(nodes.amount))
        if nodes.area is not None:
            sums.area.append(bring(nodes.area))
            totals[0].append(bring(nodes.area))
    return made.award


def _award_on(part: Sheet, terms: _Terms, claim: Claim, place: int) -> _Made:
    """Every line of a household, then gross, effect of the limits, deduction and net."""
    at = f"/claims/{place}"
    name = claim.name or str(place + 1)
    areas: dict[tuple[str, str], list[tuple[int, Land]]] = {}
    for number_of, each in enumerate(claim.land):
        areas.setdefault((each.scheme, each.zone), []).append((number_of, each))
    lines: list[AwardLine] = []
    nodes: list[_LineNodes] = []
    for number_of, ((scheme, zone), lands) in enumerate(areas.items(), 1):
        rate = terms.rate(scheme, zone, f"{at}/land/{lands[0][0]}")
        made, line = _line(part, terms, claim, rate, lands, number_of, at)
        lines.append(line)
        nodes.append(made)
    gross = part.step("G", "sum", [each.amount for each in nodes], "CNY", _GROSS)
    effect = part.step("G_l", "sum", [each.effect for each in nodes], "CNY", _EFFECT)
    due = part.step("G_d", "sum", [gross, effect], "CNY", _DUE)
    if claim.deduction_yuan > due.value:
        raise CalculationProblem.DEDUCTION_TOO_LARGE.error(
            f"{at}/deduction_yuan", reference=name, value=claim.deduction_yuan, limit=due.value
        )
    label = Text(f"扣减({claim.deduction_reason or '–'})", f"deduction ({claim.deduction_reason or '–'})")
    deduction = part.entry("d", claim, "deduction_yuan", label)
    net = part.step("N", "difference", [due, deduction], "CNY", Text("实发", "net"))
    tell(part, gross, claim, "persons", "households")
    part.conclude(
        Text(f"补奖 {name}", f"Award {name}"),
        "N = Σ amount + effect − deduction",
        RULE,
        net_yuan=net,
        gross_yuan=gross,
        limit_effect_yuan=effect,
    )
    found = Award(
        name=claim.name,
        lines=tuple(lines),
        gross_yuan=gross.value,
        limit_effect_yuan=effect.value,
        deduction_yuan=claim.deduction_yuan,
        net_yuan=net.value,
    )
    return _Made(found, nodes, gross, net)


@dataclass(frozen=True, slots=True)
class _LineNodes:
    exact: Node
    amount: Node
    effect: Node
    area: Node | None


def _line(
    part: Sheet,
    terms: _Terms,
    claim: Claim,
    rate: RateLine,
    lands: Sequence[tuple[int, Land]],
    number_of: int,
    at: str,
) -> tuple[_LineNodes, AwardLine]:
    """One line: quantity × coefficient × rate, rounded; then cap and floor."""
    rate_label, area_label, amount_label = terms.words(rate)
    unit = _RATE_UNITS.get(rate.basis, "CNY/mu")
    rate_node = part.given(f"r{number_of}", rate.rate_yuan, unit, rate_label, terms.origin, 4)
    area = None
    if rate.basis in ("household", "person"):
        quantity = _heads(part, claim, rate.basis, f"q{number_of}", at)
        factors = [quantity, rate_node]
        for _, each in lands:
            tell(part, quantity, each, "zone", "area_mu", "reference")
    else:
        areas = []
        for place, each in lands:
            if each.area_mu is None:
                raise CalculationProblem.NO_AREA.error(f"{at}/land/{place}/area_mu", label=Text("面积", "Area"))
            symbol = f"a{number_of}_{place + 1}"
            areas.append(part.entry(symbol, each, "area_mu", area_label))
            tell(part, areas[-1], each, "zone")
        area = part.step(f"A{number_of}", "sum", areas, "mu", area_label, 3)
        factors = [
            area,
            part.entry(f"k{number_of}", rate, "mu_coefficient", _COEFFICIENT, origin=terms.origin),
            rate_node,
        ]
    exact = part.step(f"e{number_of}", "product", factors, "CNY", _UNROUNDED, 4)
    amount = part.step(f"M{number_of}", "round", [exact], "CNY", amount_label, 2, terms.rounding)
    limited, bites = _limits(part, claim, rate, amount, number_of, terms.origin, at)
    effect = part.step(f"E{number_of}", "difference", [limited, amount], "CNY", _EFFECT)
    line = AwardLine(
        scheme=rate.scheme,
        zone=rate.zone,
        basis=rate.basis,
        area_mu=area.value if area is not None else ZERO,
        mu_coefficient=rate.mu_coefficient,
        rate_yuan=rate.rate_yuan,
        amount_yuan=amount.value,
        limit_effect_yuan=effect.value,
        limit=bites,
    )
    return _LineNodes(exact, amount, effect, area), line


def _heads(part: Sheet, claim: Claim, kind: str, symbol: str, at: str) -> Node:
    """Persons or households; a number of persons that is missing is asked for."""
    if kind == "household":
        return part.entry(symbol, claim, "households")
    if not claim.persons:
        raise CalculationProblem.NO_PERSONS.error(f"{at}/persons", reference=claim.name or at)
    return part.entry(symbol, claim, "persons")


def _limits(
    part: Sheet, claim: Claim, rate: RateLine, amount: Node, number_of: int, plan: Origin, at: str
) -> tuple[Node, str]:
    """Cap, then floor; return the limited amount and which of them bites."""
    limited, bites = amount, ""
    for name, kind, yuan, operation, zh in (
        ("cap", rate.cap_kind, rate.cap_yuan, "minimum", "封顶"),
        ("floor", rate.floor_kind, rate.floor_yuan, "maximum", "保底"),
    ):
        if kind is None or yuan is None:
            continue
        way = word_of("limit_kind", kind)
        each = part.given(f"{name}{number_of}_e", yuan, "CNY", Text(f"{zh}({way.zh})", f"{name} ({way.en})"), plan)
        heads = _heads(part, claim, kind, f"{name}{number_of}_n", at)
        limit = part.step(f"{name}{number_of}", "product", [each, heads], "CNY", Text(f"{zh}额", f"{name}"))
        before = limited
        label = Text(f"{zh}后", f"after the {name}")
        limited = part.step(f"{name}{number_of}_after", operation, [limited, limit], "CNY", label)
        if limited.value != before.value:
            bites = name
            part.note(
                Text(
                    f"{zh}起作用：{before.value} → {limited.value} 元",
                    f"The {name} bites: {before.value} → {limited.value}",
                )
            )
    return limited, bites


def _scheme_totals(sheet: Sheet, sums: _Sums) -> list[SchemeTotal]:
    totals = []
    for scheme, (areas, amounts) in sums.by_scheme.items():
        name = word_of("scheme", scheme)
        area = sheet.step(f"A_{scheme}", "sum", areas, "mu", Text(f"{name.zh}面积", f"area, {name.en}"), 3)
        amount = sheet.step(f"M_{scheme}", "sum", amounts, "CNY", Text(f"{name.zh}金额", f"amount, {name.en}"))
        totals.append(SchemeTotal(scheme=scheme, area_mu=area.value, amount_yuan=amount.value))
    return totals
