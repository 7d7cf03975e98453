"""The disbursement line: one household in one batch, every step of the amount, and where the money goes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from itertools import repeat
from operator import attrgetter

from station_app.domain import fields as f
from station_app.domain.derived import derived, sum_of
from station_app.domain.fields import PUBLIC, Weight, line
from station_app.domain.money import ROUNDING_UNITS, round_half_up
from station_app.domain.problems import Problem
from station_app.domain.record_problems import RecordProblem
from station_app.domain.records._rules import (
    areas_within,
    label,
    required_when,
)
from station_app.domain.records.household import ACCOUNT, BANK, HEAD_NAME, IDENTITY
from station_app.domain.registry import Group, record, rule

_D = Weight.DECISIVE


@line
class AwardPart:
    """One rate of the plan at work: area × coefficient × rate, rounded, then cap and floor (compensation H1 H3)."""

    scheme: str = f.code("政策类型", "Scheme", "scheme", weight=_D, share=PUBLIC)
    zone: str | None = f.text("片区", "Zone", 60, share=PUBLIC)
    basis: str = f.code("计算依据", "Basis", "rate_basis", default="mu", weight=_D, share=PUBLIC)
    area_mu: Decimal = f.area_mu("面积", "Area", share=PUBLIC)
    mu_coefficient: Decimal = f.quantity(
        "标准亩系数", "Mu coefficient", "", 4, default=1, maximum=100, weight=_D, share=PUBLIC
    )
    rate: Decimal = f.quantity(
        "补助标准",
        "Rate",
        "元/亩",
        4,
        maximum=100_000,
        weight=_D,
        share=PUBLIC,
        help=("依据为按户、按人时，为每户、每人金额。", "Per household or person when the basis says so."),
    )
    amount_yuan: Decimal = f.money("金额", "Amount", minimum=0, share=PUBLIC)
    limit_effect_yuan: Decimal = f.money("封顶保底调整", "Effect of cap or floor", default=0, share=PUBLIC)
    limit: str | None = f.code("起作用的限额", "Limit that bites", "award_limit")


@line
class PaidParcel:
    """A parcel the line pays for, with what it said on the day the line was made: it is paid once a year."""

    parcel_id: str = f.link("地块", "Parcel", "parcel", weight=_D)
    scheme: str = f.code("政策类型", "Scheme", "scheme", weight=_D)
    zone: str | None = f.text("片区", "Zone", 60)
    area_mu: Decimal = f.area_mu("面积", "Area")


@record(
    "compensation_line",
    "发放明细",
    "Disbursement line",
    Group.COMPENSATION,
    key=("batch_id", "household_id"),
    title=("head_name", "net_yuan"),
    same=("household_id",),
    by_act=True,
)
class CompensationLine:
    """What one household gets in one batch: both schemes side by side, each step of the amount, and where it goes.

    Name, identity and account are the household's on the day the line was made. Columns: EXP1.
    """

    batch_id: str = f.link("发放批次", "Batch", "compensation_batch", weight=_D)
    household_id: str = f.link("牧户", "Household", "household", weight=_D)
    head_name: str | None = f.text(
        "户主姓名", "Head of household", 60, weight=_D, share=PUBLIC, headings=HEAD_NAME, source="EXP1.6"
    )
    identity_number: str | None = f.identity(headings=IDENTITY, source="EXP1.7")
    persons: int | None = f.count("家庭人口", "Persons", "人", maximum=100, source="EXP1.8")
    contract_number: str | None = f.text(
        "承包证号(合同号)", "Certificate or contract number", 40, weight=_D, source="EXP1.9"
    )
    contract_area_mu: Decimal | None = f.area_mu("承包面积", "Contracted area", source="B: EXP1.10; S51")
    ban_area_mu: Decimal = f.area_mu(
        "禁牧面积",
        "Ban area",
        default=0,
        share=PUBLIC,
        headings=("天然禁牧草地面积", "禁牧草原面积"),
        source="A: EXP1.11; H1",
    )
    ban_coefficient: Decimal = f.quantity(
        "禁牧标准亩系数",
        "Ban: mu coefficient",
        "",
        4,
        default=1,
        maximum=100,
        weight=_D,
        source="compensation_standards.csv",
    )
    ban_rate: Decimal | None = f.quantity(
        "禁牧补助标准", "Ban rate", "元/亩", 4, maximum=100_000, weight=_D, share=PUBLIC, source="EXP1.12"
    )
    ban_amount_yuan: Decimal = f.money(
        "禁牧补助金额", "Ban amount", default=0, minimum=0, share=PUBLIC, headings=("禁牧补助资金",), source="EXP1.13"
    )
    balance_area_mu: Decimal = f.area_mu(
        "草畜平衡面积", "Balance area", default=0, share=PUBLIC, headings=("平衡面积",), source="A: EXP1.14; H2"
    )
    balance_coefficient: Decimal = f.quantity(
        "草畜平衡标准亩系数",
        "Balance: mu coefficient",
        "",
        4,
        default=1,
        maximum=100,
        weight=_D,
        source="compensation_standards.csv",
    )
    balance_rate: Decimal | None = f.quantity(
        "草畜平衡奖励标准", "Balance rate", "元/亩", 4, maximum=100_000, weight=_D, share=PUBLIC, source="EXP1.15"
    )
    balance_amount_yuan: Decimal = f.money(
        "草畜平衡奖励金额",
        "Balance amount",
        default=0,
        minimum=0,
        share=PUBLIC,
        headings=("草畜平衡奖励资金",),
        source="EXP1.16",
    )
    other_area_mu: Decimal = f.area_mu("其他补助面积", "Other area", default=0, share=PUBLIC)
    other_rate: Decimal | None = f.quantity(
        "其他补助标准", "Other rate", "元/亩", 4, maximum=100_000, weight=_D, share=PUBLIC
    )
    other_amount_yuan: Decimal = f.money(
        "其他补助金额", "Other amount", default=0, minimum=0, share=PUBLIC, source="compensation_standards.csv"
    )
    deducted_area_mu: Decimal = f.area_mu(
        "扣除面积", "Area taken out", default=0, share=PUBLIC, source="B: OBS2.6; S51"
    )
    area_tolerance_mu: Decimal = f.area_mu("面积容差", "Area tolerance", default=0, source="B: compensation_checks C11")
    parts: tuple[AwardPart, ...] = f.lines("各项明细", "Parts of the amount", AwardPart, share=PUBLIC)
    parcels: tuple[PaidParcel, ...] = f.lines("所付地块", "Parcels paid for", PaidParcel)
    gross_yuan: Decimal = f.money(
        "应发金额", "Gross amount", minimum=0, source="EXP1.17", help=("各项金额之和。", "The sum of the schemes.")
    )
    limit_effect_yuan: Decimal = f.money(
        "封顶保底调整", "Effect of cap or floor", default=0, source="compensation H1 H3"
    )
    deduction_yuan: Decimal = f.money("扣减金额", "Deduction", default=0, minimum=0, source="EXP1.18")
    deduction_reason: str | None = f.text("扣减原因", "Reason of the deduction")
    deduction_document: str | None = f.text("扣减决定文号", "Deduction decision", 80)
    net_yuan: Decimal = f.money(
        "实发金额",
        "Net amount",
        minimum=0,
        share=PUBLIC,
        headings=("金额", "补助金额", "补助资金", "补贴金额", "补奖金额", "发放金额", "兑现金额", "合计金额"),
        source="EXP1.19",
    )
    state: str = f.code("状态", "State", "line_state", default="eligible", weight=_D, source="compensation_states")
    state_reason: str | None = f.code("状态原因", "Reason of the state", "line_reason")
    state_note: str | None = f.text("原因说明", "Explanation", 500)
    account_holder: str | None = f.text("账户名", "Account holder", 60, sensitive=True, weight=_D, source="EXP5.2")
    bank_name: str | None = f.text("开户银行", "Bank", 80, sensitive=True, weight=_D, headings=BANK, source="EXP1.20")
    account_number: str | None = f.account(headings=ACCOUNT, source="EXP1.21")
    paid_on: date | None = f.day("到账日期", "Credited on")
    original_line_id: str | None = f.link(
        "原明细", "Original line", "compensation_line", weight=_D, source="compensation_form_columns.csv"
    )
    note: str | None = f.note()


_AREAS = ("ban_area_mu", "balance_area_mu", "other_area_mu")
_AMOUNTS = ("ban_amount_yuan", "balance_amount_yuan", "other_amount_yuan")


@rule(CompensationLine)
def line_areas(record: CompensationLine) -> list[Problem]:
    """Something is paid for, and not more than the contract holds (C11, with the plan's tolerance)."""
    found = areas_within(record, (*_AREAS, "deducted_area_mu"), "contract_area_mu", record.area_tolerance_mu)
    if not any(getattr(record, name) for name in (*_AREAS, "other_amount_yuan")):
        found.append(RecordProblem.NO_AREA.problem("ban_area_mu"))
    in_parts = {part.scheme for part in record.parts}
    for scheme in ("ban", "balance"):
        # Several rates, or rates for households and persons, stand in the parts; no single one is the line's.
        has_area = bool(getattr(record, f"{scheme}_area_mu")) and scheme not in in_parts
        found += required_when(has_area, record, f"{scheme}_rate", label(record, f"{scheme}_area_mu"))
    return found


@rule(CompensationLine)
def line_rates(record: CompensationLine) -> list[Problem]:
    """An amount of a scheme has the rate it was made with, its own or that of its parts."""
    in_parts = {part.scheme for part in record.parts}
    found = []
    for scheme in ("ban", "balance"):
        amount = f"{scheme}_amount_yuan"
        unexplained = bool(getattr(record, amount)) and scheme not in in_parts
        found += required_when(unexplained, record, f"{scheme}_rate", label(record, amount))
    return found


def _amounts(product: Decimal | int | None, *factors: Decimal | None) -> Iterable[Decimal] | None:
    """Return area × coefficient × rate as each rounding unit would give it; the plan's own is checked with the batch."""
    for each in factors:
        if product is None or each is None:
            return None
        product *= each
    return None if product is None else map(round_half_up, repeat(Decimal(product)), ROUNDING_UNITS)


def _scheme_amount(scheme: str) -> Callable[[CompensationLine], Iterable[Decimal] | None]:
    def work(record: CompensationLine) -> Iterable[Decimal] | None:
        rate = getattr(record, f"{scheme}_rate")
        if rate is None or scheme in [part.scheme for part in record.parts]:
            return None  # several rates, or rates by head: each part is worked out
        return _amounts(getattr(record, f"{scheme}_area_mu"), getattr(record, f"{scheme}_coefficient", _ONE), rate)

    return work


def _part_amount(record: CompensationLine, part: AwardPart) -> Iterable[Decimal] | None:
    if part.basis == "household":
        return _amounts(part.rate)
    if part.basis == "person":
        return _amounts(record.persons, part.rate)
    return _amounts(part.area_mu, part.mu_coefficient, part.rate)


class _Sums:
    """Sums over the rows of a list by scheme and field, and of some fields over all rows: a dozen derived values ask for them,
    each of many lines at once, so those of the lines asked about last are kept."""

    def __init__(self, by_scheme: tuple[str, ...], over_all: tuple[str, ...] = ()) -> None:
        self._read = [(name, attrgetter(name), name in over_all) for name in (*by_scheme, *over_all)]
        self._known: dict[int, tuple[object, dict[tuple[str, str], Decimal]]] = {}

    def of(self, rows: Sequence[AwardPart | PaidParcel]) -> dict[tuple[str, str], Decimal]:
        known = self._known.get(id(rows))
        if known is not None and known[0] is rows:
            return known[1]
        sums: dict[tuple[str, str], Decimal] = {}
        for row in rows:
            for name, read, over_all in self._read:
                if value := read(row):
                    key = ("" if over_all else row.scheme, name)
                    sums[key] = sums[key] + value if key in sums else value
        if len(self._known) >= _KEPT:
            self._known.clear()
        self._known[id(rows)] = (rows, sums)  # what is kept keeps its id
        return sums


_KEPT = 500
_NOTHING, _ONE = Decimal(0), Decimal(1)
_part_sums = _Sums(("area_mu", "amount_yuan"), ("limit_effect_yuan",))
_parcel_sums = _Sums(("area_mu",))


def _of_parts(name: str) -> Callable[[CompensationLine], Decimal | None]:
    """Return the sum over the parts: of one scheme for ``<scheme>_…``, of all otherwise."""
    scheme, _, inner = name.partition("_")
    key = (scheme, inner) if scheme in ("ban", "balance", "other") else ("", name)
    return lambda record: _part_sums.of(record.parts).get(key, _NOTHING) if record.parts else None


def _of_parcels(scheme: str) -> Callable[[CompensationLine], Decimal | None]:
    key = (scheme, "area_mu")
    return lambda record: _parcel_sums.of(record.parcels).get(key, _NOTHING) if record.parcels else None


derived(CompensationLine, "gross_yuan", _AMOUNTS, ("各项金额之和", "the sum of the schemes"), sum_of(*_AMOUNTS))
derived(
    CompensationLine,
    "net_yuan",
    ("gross_yuan", "limit_effect_yuan", "deduction_yuan"),
    ("应发加封顶保底调整减扣减", "gross plus cap or floor less deduction"),
    lambda record: (
        None
        if record.gross_yuan is None
        else record.gross_yuan + (record.limit_effect_yuan or 0) - (record.deduction_yuan or 0)
    ),
)
derived(
    CompensationLine,
    "parts.amount_yuan",
    ("parts.area_mu", "parts.mu_coefficient", "parts.rate", "persons"),
    ("面积(人、户)×系数×标准", "area (persons, household) × coefficient × rate"),
    _part_amount,
)
for _scheme in ("ban", "balance", "other"):
    _coefficient = () if _scheme == "other" else (f"{_scheme}_coefficient",)
    derived(
        CompensationLine,
        f"{_scheme}_amount_yuan",
        (f"{_scheme}_area_mu", *_coefficient, f"{_scheme}_rate"),
        ("面积×系数×标准", "area × coefficient × rate"),
        _scheme_amount(_scheme),
    )
    derived(
        CompensationLine,
        f"{_scheme}_area_mu",
        ("parcels.area_mu",),
        ("所付地块面积之和", "the sum of the parcels"),
        _of_parcels(_scheme),
    )
for _name in (*_AREAS, *_AMOUNTS, "limit_effect_yuan"):
    _inner = _name.partition("_")[2] if _name != "limit_effect_yuan" else _name
    derived(CompensationLine, _name, (f"parts.{_inner}",), ("各项明细之和", "the sum of the parts"), _of_parts(_name))


@rule(CompensationLine)
def line_reasons(record: CompensationLine) -> list[Problem]:
    """A deduction has reason and decision; a line that is held, excluded or returned says why."""
    deducted = bool(record.deduction_yuan)
    because = label(record, "deduction_yuan")
    needs_reason = record.state in ("held", "excluded", "returned", "recovery_due")
    return [
        *required_when(deducted, record, "deduction_reason", because),
        *required_when(deducted, record, "deduction_document", because),
        *required_when(needs_reason, record, "state_reason", label(record, "state")),
        *required_when(record.state == "reissued", record, "original_line_id", label(record, "state")),
    ]
