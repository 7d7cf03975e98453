"""Is this batch right by its plan? Each check names the line and says what to do; the batch's sums are declared elsewhere.

A sum is compared with its lines by the declarations beside the records (C12, C13, C22, C23, C36: ``domain.derived``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from station_app.domain.checks.numbered import Check, check
from station_app.domain.checks.payee import CHECKS as PAYEE_CHECKS
from station_app.domain.checks.payee import Payee
from station_app.domain.checks.problems import CheckProblem
from station_app.domain.codes import label_of
from station_app.domain.line_states import CLASS_OF, StateClass, claims, in_batch
from station_app.domain.money import FEN, round_half_up
from station_app.domain.problems import Problem
from station_app.domain.records.compensation import CompensationPlan, Rate
from station_app.domain.records.compensation_line import CompensationLine
from station_app.domain.text import Text

SO_MUCH_LAND = Text("{area} 亩", "{area} mu")
ON_LINE = Text("{household}(第 {batch} 批)", "{household} (batch {batch})")
NOT_RETURNED = Text(
    "原明细的状态是“{state}”，没有退回，不能重发",
    "The first line is “{state}”: it did not come back and is not paid again",
)
OTHER_AMOUNT = Text("重发 {now} 元，退回的是 {first} 元", "{now} is paid again, {first} came back")
_SCHEMES = ("ban", "balance", "other")


class PaidTwice(NamedTuple):
    """Land of a line that other lines of the year claim as well: how much of it, and whose line in which batch."""

    area_mu: Decimal
    others: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class PaymentLine:
    """A line with what its checks need.

    Attributes:
        payee: The household as it stands today; ``None`` while it is not here.
        twice: Its land that is claimed by other lines, too.
        original: The line it pays again.
    """

    record: CompensationLine
    plan: CompensationPlan
    payee: Payee | None = None
    twice: PaidTwice | None = None
    original: CompensationLine | None = None


class _Paid(NamedTuple):
    """One rate at work on a line: a part, or a scheme that has a single rate by area."""

    scheme: str
    zone: str
    basis: str
    area_mu: Decimal
    coefficient: Decimal
    rate: Decimal
    amount: Decimal
    effect: Decimal | None


CHECKS: list[Check[PaymentLine]] = []


def _paid(line: CompensationLine) -> Iterator[_Paid]:
    parts = {part.scheme for part in line.parts}
    for part in line.parts:
        yield _Paid(part.scheme, part.zone or "", part.basis, part.area_mu, part.mu_coefficient, part.rate,
                    part.amount_yuan, part.limit_effect_yuan)  # fmt: skip
    for scheme in _SCHEMES:
        area, rate, amount = (getattr(line, f"{scheme}_{name}") for name in ("area_mu", "rate", "amount_yuan"))
        if scheme not in parts and (amount or area):
            zones = {each.zone or "" for each in line.parcels if each.scheme == scheme}
            zone = zones.pop() if len(zones) == 1 else ""
            coefficient = getattr(line, f"{scheme}_coefficient", Decimal(1))
            yield _Paid(scheme, zone, "mu", area, coefficient, rate or Decimal(0), amount, None)


def rate_for(plan: CompensationPlan, scheme: str, zone: str) -> Rate | None:
    """Return the plan's rate of a scheme and zone, or the scheme's rate without a zone."""
    rates = {(rate.scheme, rate.zone or ""): rate for rate in plan.rates}
    return rates.get((scheme, zone)) or rates.get((scheme, ""))


def _is_open(line: PaymentLine) -> bool:
    """Whether the line still waits to be paid: what was sent is looked at by its money alone."""
    return in_batch(line.record.state) and CLASS_OF.get(line.record.state) is StateClass.OPEN


def _named(line: PaymentLine, found: Problem) -> Problem:
    name = line.record.head_name or "—"
    text = Text(f"{name}：{found.text.zh}", f"{name}: {found.text.en}")
    return Problem(found.code, found.severity, text, found.field)


def on_lines(others: Iterable[tuple[str, int]]) -> Text:
    """Return on whose lines land stands, from households and the numbers of their batches."""
    named = [ON_LINE.format(household=household, batch=batch) for household, batch in dict.fromkeys(others)]
    return Text("、".join(each.zh for each in named), ", ".join(each.en for each in named))


def rate_name(scheme: Text, zone: str | None) -> Text:
    """Return what a rate is called: its scheme and, where there is one, its zone."""
    return Text(f"{scheme.zh} {zone or ''}".strip(), f"{scheme.en} {zone or ''}".strip())


@check(CHECKS, CheckProblem.PAID_TWICE, "S01 art.6 and 8; S35", "地块一年只发一次", "Land paid once a year")
def paid_once(line: PaymentLine) -> Iterator[Problem]:
    """Land is paid for on one line of the year."""
    if line.twice is None or not claims(line.record.state):
        return
    yield CheckProblem.PAID_TWICE.problem(
        land=SO_MUCH_LAND.format(area=line.twice.area_mu), others=on_lines(line.twice.others)
    )


@check(CHECKS, CheckProblem.NO_RATE, "S01 art.13", "方案有相应标准", "The plan has the rate")
def has_a_rate(line: PaymentLine) -> Iterator[Problem]:
    """The plan has a rate for what is paid."""
    for paid in _paid(line.record):
        if rate_for(line.plan, paid.scheme, paid.zone) is None:
            scheme = label_of("scheme", paid.scheme)
            yield CheckProblem.NO_RATE.problem(f"{paid.scheme}_rate", rate=rate_name(scheme, paid.zone))


# The table asks for a note only; a rate that is not the plan's pays an amount nobody decided, so it stops here.
@check(CHECKS, CheckProblem.OTHER_RATE, "S17; S18", "标准和系数与方案一致", "Rate and coefficient are the plan's")
def pays_the_plans_rate(line: PaymentLine) -> Iterator[Problem]:
    """Rate, coefficient and basis are those of the plan."""
    for paid in _paid(line.record):
        rate = rate_for(line.plan, paid.scheme, paid.zone)
        if rate is None:
            continue
        theirs = (rate.rate_yuan_per_mu, 1 if rate.mu_coefficient is None else rate.mu_coefficient)
        if (paid.rate, paid.coefficient) == theirs:
            continue
        scheme = label_of("scheme", paid.scheme)
        yield CheckProblem.OTHER_RATE.problem(
            f"{paid.scheme}_rate",
            scheme=scheme,
            stands=f"{_plain(paid.rate)}×{_plain(paid.coefficient)}",
            planned=f"{_plain(theirs[0])}×{_plain(theirs[1])}",
        )


@check(
    CHECKS,
    CheckProblem.WRONG_AMOUNT,
    "H1; H5",
    "金额=面积×系数×标准，按方案取整",
    "Amount = area × coefficient × rate, rounded as the plan says",
)
def amount_by_the_plans_rounding(line: PaymentLine) -> Iterator[Problem]:
    """An amount is area × coefficient × rate, rounded half up to the unit of the plan."""
    unit = line.plan.rounding_yuan or FEN
    for paid in _paid(line.record):
        heads = {"household": Decimal(1), "person": Decimal(line.record.persons or 0)}
        quantity = heads.get(paid.basis, paid.area_mu * paid.coefficient)
        expected = round_half_up(quantity * paid.rate, unit)
        if paid.amount != expected:
            scheme = label_of("scheme", paid.scheme)
            yield CheckProblem.WRONG_AMOUNT.problem(
                f"{paid.scheme}_amount_yuan", scheme=scheme, amount=paid.amount, unit=unit, expected=expected
            )


@check(CHECKS, CheckProblem.WRONG_LIMIT, "S01 art.10; S29; S33", "封顶保底与方案一致", "Cap and floor are the plan's")
def limits_are_the_plans(line: PaymentLine) -> Iterator[Problem]:
    """Cap and floor of the plan are applied, once, and stand on the line."""
    expected = Decimal(0)
    for paid in _paid(line.record):
        rate = rate_for(line.plan, paid.scheme, paid.zone)
        if rate is not None:
            expected += _limited(paid.amount, rate, line.record.persons or 0) - paid.amount
    stated = line.record.limit_effect_yuan or Decimal(0)
    if stated != expected:
        yield CheckProblem.WRONG_LIMIT.problem("limit_effect_yuan", stated=stated, expected=expected)


def _limited(amount: Decimal, rate: Rate, persons: int) -> Decimal:
    heads = {"household": 1, "person": persons}
    if rate.cap_kind is not None and rate.cap_yuan is not None:
        amount = min(amount, rate.cap_yuan * heads[rate.cap_kind])
    if rate.floor_kind is not None and rate.floor_yuan is not None:
        amount = max(amount, rate.floor_yuan * heads[rate.floor_kind])
    return amount


@check(CHECKS, CheckProblem.NOTHING_PAID, "P", "发放金额大于零", "Something is paid")
def something_is_paid(line: PaymentLine) -> Iterator[Problem]:
    """A line of a payment batch pays something."""
    if in_batch(line.record.state) and not line.record.net_yuan:
        yield CheckProblem.NOTHING_PAID.problem("net_yuan")


@check(CHECKS, CheckProblem.WRONG_REISSUE, "S06", "重发金额等于退回金额", "A reissue is what came back")
def reissue_is_what_came_back(line: PaymentLine) -> Iterator[Problem]:
    """A reissue pays the amount that came back, of a line that did come back."""
    first = line.original
    if first is None:
        return
    if CLASS_OF.get(first.state) is not StateClass.FAILED:
        said = label_of("line_state", first.state)
        yield CheckProblem.WRONG_REISSUE.problem("original_line_id", why=NOT_RETURNED.format(state=said))
    elif first.net_yuan != line.record.net_yuan:
        why = OTHER_AMOUNT.format(now=line.record.net_yuan, first=first.net_yuan)
        yield CheckProblem.WRONG_REISSUE.problem("net_yuan", why=why)


def problems_of(line: PaymentLine) -> list[Problem]:
    """Return what every check says of a line, under the payee's name; of what waits to be paid, the payee's checks too."""
    found = [problem for each in CHECKS for problem in each.run(line)] if claims(line.record.state) else []
    if _is_open(line) and line.payee is not None:
        found += [problem for each in PAYEE_CHECKS for problem in each.run(line.payee)]
    return [_named(line, problem) for problem in found]


def _plain(value: Any) -> str:
    return f"{Decimal(value).normalize():f}"
