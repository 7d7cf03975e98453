"""The disbursement line: one household in one batch, every step of the amount, and where the money goes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from station_app.domain import fields as f
from station_app.domain.fields import Form, Share, Weight, line
from station_app.domain.problem_codes import Found, problem
from station_app.domain.problems import Problem
from station_app.domain.records._rules import (
    areas_within,
    label,
    required_when,
)
from station_app.domain.records.household import ACCOUNT, BANK, HEAD_NAME, IDENTITY
from station_app.domain.registry import Group, record, rule
from station_app.domain.text import Text

_D = Weight.DECISIVE


@line
class AwardPart:
    """One rate of the plan at work: area × coefficient × rate, rounded, then cap and floor (compensation §6)."""

    scheme: str = f.code("政策类型", "Scheme", "scheme", weight=_D, share=Share.PUBLIC)
    zone: str | None = f.text("片区", "Zone", required=False, default=None, max_length=60, share=Share.PUBLIC)
    basis: str = f.code("计算依据", "Basis", "rate_basis", default="mu", weight=_D, share=Share.PUBLIC)
    area_mu: Decimal = f.area_mu("面积", "Area", share=Share.PUBLIC)
    mu_coefficient: Decimal = f.quantity(
        "标准亩系数", "Mu coefficient", "", 4, default=Decimal("1"), maximum=100, weight=_D, share=Share.PUBLIC
    )
    rate: Decimal = f.quantity(
        "补助标准",
        "Rate",
        "元/亩",
        4,
        maximum=100_000,
        weight=_D,
        share=Share.PUBLIC,
        help=("依据为按户、按人时，为每户、每人金额。", "Per household or person when the basis says so."),
    )
    amount_yuan: Decimal = f.money("金额", "Amount", minimum=0, share=Share.PUBLIC)
    limit_effect_yuan: Decimal = f.money(
        "封顶保底调整", "Effect of cap or floor", default=Decimal("0"), share=Share.PUBLIC
    )
    limit: str | None = f.code("起作用的限额", "Limit that bites", "award_limit", required=False, default=None)


@record(
    "compensation_line",
    label=("发放明细", "Disbursement line"),
    group=Group.COMPENSATION,
    key=("batch_id", "household_id"),
    title=("head_name", "net_yuan"),
    same=("household_id",),
)
class CompensationLine:
    """What one household gets in one batch: both schemes side by side, each step of the amount, and where it goes.

    Name, identity and account are the household's on the day the line was made. Columns: EXP1.
    """

    batch_id: str = f.link("发放批次", "Batch", "compensation_batch", weight=_D)
    household_id: str = f.link("牧户", "Household", "household", weight=_D)
    head_name: str | None = f.text(
        "户主姓名",
        "Head of household",
        required=False,
        default=None,
        max_length=60,
        weight=_D,
        share=Share.PUBLIC,
        headings=HEAD_NAME,
        source="EXP1.6",
    )
    identity_number: str | None = f.text(
        "身份证号",
        "Identity number",
        form=Form.IDENTITY,
        max_length=18,
        required=False,
        default=None,
        sensitive=True,
        weight=_D,
        headings=IDENTITY,
        source="EXP1.7",
    )
    persons: int | None = f.count(
        "家庭人口", "Persons", "人", required=False, default=None, maximum=100, source="EXP1.8"
    )
    contract_number: str | None = f.text(
        "承包证号(合同号)",
        "Certificate or contract number",
        required=False,
        default=None,
        max_length=40,
        weight=_D,
        source="EXP1.9",
    )
    contract_area_mu: Decimal | None = f.area_mu(
        "承包面积", "Contracted area", required=False, default=None, source="EXP1.10; S51", confidence="B"
    )
    ban_area_mu: Decimal = f.area_mu(
        "禁牧面积",
        "Ban area",
        default=Decimal("0"),
        share=Share.PUBLIC,
        headings=("天然禁牧草地面积", "禁牧草原面积"),
        source="EXP1.11; H1",
        confidence="A",
    )
    ban_coefficient: Decimal = f.quantity(
        "禁牧标准亩系数",
        "Ban: mu coefficient",
        "",
        4,
        default=Decimal("1"),
        maximum=100,
        weight=_D,
        source="compensation §2.4",
    )
    ban_rate: Decimal | None = f.quantity(
        "禁牧补助标准",
        "Ban rate",
        "元/亩",
        4,
        required=False,
        default=None,
        maximum=100_000,
        weight=_D,
        share=Share.PUBLIC,
        source="EXP1.12",
    )
    ban_amount_yuan: Decimal = f.money(
        "禁牧补助金额",
        "Ban amount",
        default=Decimal("0"),
        minimum=0,
        share=Share.PUBLIC,
        headings=("禁牧补助资金",),
        source="EXP1.13",
    )
    balance_area_mu: Decimal = f.area_mu(
        "草畜平衡面积",
        "Balance area",
        default=Decimal("0"),
        share=Share.PUBLIC,
        headings=("平衡面积",),
        source="EXP1.14; H2",
        confidence="A",
    )
    balance_coefficient: Decimal = f.quantity(
        "草畜平衡标准亩系数",
        "Balance: mu coefficient",
        "",
        4,
        default=Decimal("1"),
        maximum=100,
        weight=_D,
        source="compensation §2.4",
    )
    balance_rate: Decimal | None = f.quantity(
        "草畜平衡奖励标准",
        "Balance rate",
        "元/亩",
        4,
        required=False,
        default=None,
        maximum=100_000,
        weight=_D,
        share=Share.PUBLIC,
        source="EXP1.15",
    )
    balance_amount_yuan: Decimal = f.money(
        "草畜平衡奖励金额",
        "Balance amount",
        default=Decimal("0"),
        minimum=0,
        share=Share.PUBLIC,
        headings=("草畜平衡奖励资金",),
        source="EXP1.16",
    )
    other_area_mu: Decimal = f.area_mu("其他补助面积", "Other area", default=Decimal("0"), share=Share.PUBLIC)
    other_rate: Decimal | None = f.quantity(
        "其他补助标准",
        "Other rate",
        "元/亩",
        4,
        required=False,
        default=None,
        maximum=100_000,
        weight=_D,
        share=Share.PUBLIC,
    )
    other_amount_yuan: Decimal = f.money(
        "其他补助金额",
        "Other amount",
        default=Decimal("0"),
        minimum=0,
        share=Share.PUBLIC,
        source="compensation §2.1 round 1",
    )
    deducted_area_mu: Decimal = f.area_mu(
        "扣除面积", "Area taken out", default=Decimal("0"), share=Share.PUBLIC, source="OBS2.6; S51", confidence="B"
    )
    area_tolerance_mu: Decimal = f.area_mu(
        "面积容差", "Area tolerance", default=Decimal("0"), source="compensation_checks C11", confidence="B"
    )
    parts: tuple[AwardPart, ...] = f.lines("各项明细", "Parts of the amount", AwardPart, share=Share.PUBLIC)
    gross_yuan: Decimal = f.money(
        "应发金额", "Gross amount", minimum=0, source="EXP1.17", help=("各项金额之和。", "The sum of the schemes.")
    )
    limit_effect_yuan: Decimal = f.money(
        "封顶保底调整", "Effect of cap or floor", default=Decimal("0"), source="compensation §6"
    )
    deduction_yuan: Decimal = f.money("扣减金额", "Deduction", default=Decimal("0"), minimum=0, source="EXP1.18")
    deduction_reason: str | None = f.text("扣减原因", "Reason of the deduction", required=False, default=None)
    deduction_document: str | None = f.text(
        "扣减决定文号", "Deduction decision", required=False, default=None, max_length=80
    )
    net_yuan: Decimal = f.money(
        "实发金额",
        "Net amount",
        minimum=0,
        share=Share.PUBLIC,
        headings=("金额", "补助金额", "补助资金", "补贴金额", "补奖金额", "发放金额", "兑现金额", "合计金额"),
        source="EXP1.19",
    )
    state: str = f.code("状态", "State", "line_state", default="eligible", weight=_D, source="compensation_states")
    state_reason: str | None = f.code("状态原因", "Reason of the state", "line_reason", required=False, default=None)
    state_note: str | None = f.text("原因说明", "Explanation", required=False, default=None, max_length=500)
    account_holder: str | None = f.text(
        "账户名",
        "Account holder",
        required=False,
        default=None,
        max_length=60,
        sensitive=True,
        weight=_D,
        source="EXP5.2",
    )
    bank_name: str | None = f.text(
        "开户银行",
        "Bank",
        required=False,
        default=None,
        max_length=80,
        sensitive=True,
        weight=_D,
        headings=BANK,
        source="EXP1.20",
    )
    account_number: str | None = f.text(
        "一卡通账号",
        "Account number",
        form=Form.ACCOUNT,
        max_length=23,
        required=False,
        default=None,
        sensitive=True,
        weight=_D,
        headings=ACCOUNT,
        source="EXP1.21",
    )
    paid_on: date | None = f.day("到账日期", "Credited on", required=False, default=None)
    original_line_id: str | None = f.link(
        "原明细",
        "Original line",
        "compensation_line",
        required=False,
        default=None,
        weight=_D,
        source="compensation §5",
    )
    note: str | None = f.text("备注", "Note", form=Form.LONG, required=False, default=None, max_length=1000)


_AREAS = ("ban_area_mu", "balance_area_mu", "other_area_mu")
_AMOUNTS = ("ban_amount_yuan", "balance_amount_yuan", "other_amount_yuan")


@rule(CompensationLine)
def line_areas(record: CompensationLine) -> list[Problem]:
    """Something is paid for, and not more than the contract holds (C11, with the plan's tolerance)."""
    found = areas_within(record, (*_AREAS, "deducted_area_mu"), "contract_area_mu", record.area_tolerance_mu)
    if not any(getattr(record, name) for name in (*_AREAS, "other_amount_yuan")):
        found.append(problem(Found.NO_AREA, "ban_area_mu"))
    in_parts = {part.scheme for part in record.parts}
    for scheme in ("ban", "balance"):
        # Several rates, or rates for households and persons, stand in the parts; no single one is the line's.
        has_area = bool(getattr(record, f"{scheme}_area_mu")) and scheme not in in_parts
        found += required_when(has_area, record, f"{scheme}_rate", label(record, f"{scheme}_area_mu"))
    return found


@rule(CompensationLine)
def line_amounts(record: CompensationLine) -> list[Problem]:
    """Gross is the sum of the schemes; net is gross with cap or floor, less the deduction (C22)."""
    amounts = [getattr(record, name) for name in _AMOUNTS]
    if record.gross_yuan is None or any(amount is None for amount in amounts):
        return []
    found = []
    gross = sum(amounts, Decimal(0))
    if record.gross_yuan != gross:
        formula = Text("各项金额之和", "the sum of the schemes")
        found.append(
            problem(
                Found.SUM_DIFFERS,
                "gross_yuan",
                label=label(record, "gross_yuan"),
                value=record.gross_yuan,
                formula=formula,
                expected=gross,
            )
        )
    net = record.gross_yuan + (record.limit_effect_yuan or 0) - (record.deduction_yuan or 0)
    if record.net_yuan is not None and record.net_yuan != net:
        formula = Text("应发加封顶保底调整减扣减", "gross plus cap or floor less deduction")
        found.append(
            problem(
                Found.SUM_DIFFERS,
                "net_yuan",
                label=label(record, "net_yuan"),
                value=record.net_yuan,
                formula=formula,
                expected=net,
            )
        )
    return found


@rule(CompensationLine)
def line_parts(record: CompensationLine) -> list[Problem]:
    """Where the parts are kept, areas, amounts and effect of the line are their sums."""
    if not record.parts:
        return []
    sums: dict[str, Decimal] = dict.fromkeys((*_AREAS, *_AMOUNTS, "limit_effect_yuan"), Decimal(0))
    for part in record.parts:
        for name, value in (
            (f"{part.scheme}_area_mu", part.area_mu),
            (f"{part.scheme}_amount_yuan", part.amount_yuan),
            ("limit_effect_yuan", part.limit_effect_yuan),
        ):
            if name in sums:
                sums[name] += value or 0
    formula = Text("各项明细之和", "the sum of the parts")
    return [
        problem(Found.SUM_DIFFERS, name, label=label(record, name), value=given, formula=formula, expected=expected)
        for name, expected in sums.items()
        if (given := getattr(record, name)) is not None and given != expected
    ]


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
