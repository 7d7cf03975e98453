"""Grassland award: the plan with its rates, the disbursement batch and its lines. Facts: compensation_states.csv; compensation H1 H3.

Every step of the arithmetic is kept on the line, so that a paid amount can be explained years later.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from station_app.domain import fields as f
from station_app.domain.checks.problems import CheckProblem
from station_app.domain.derived import at_least, gathered, total
from station_app.domain.fields import PUBLIC, Weight, line
from station_app.domain.line_states import in_batch
from station_app.domain.money import ROUNDING_UNITS
from station_app.domain.problems import Problem, Severity
from station_app.domain.record_problems import RecordProblem
from station_app.domain.records._rules import (
    dates_in_order,
    label,
    no_repeats,
)
from station_app.domain.registry import Group, Role, record, rule

_D = Weight.DECISIVE


@line
class Rate:
    """One rate of a plan: scheme and zone, yuan per mu, coefficient, cap and floor."""

    scheme: str = f.code("政策类型", "Scheme", "scheme", source="compensation_form_columns.csv")
    zone: str | None = f.text("片区", "Zone", 60)
    rate_yuan_per_mu: Decimal = f.quantity(
        "补助标准",
        "Rate",
        "元/亩",
        4,
        maximum=100_000,
        weight=_D,
        headings=("补贴标准", "奖励标准", "标准"),
        source="A: OBS1.3",
        help=("依据为按户、按人时，填每户、每人金额。", "Per household or person when the basis says so."),
    )
    mu_coefficient: Decimal = f.quantity(
        "标准亩系数",
        "Mu coefficient",
        "",
        4,
        default=1,
        maximum=100,
        weight=_D,
        source="compensation_standards.csv",
        help=("实际亩乘以系数；不是测绘上的标准亩。", "Real mu times this; not the surveyor's standard mu."),
    )
    basis: str = f.code("计算依据", "Basis", "rate_basis", default="mu", source="compensation_form_columns.csv; O10")
    cap_kind: str | None = f.code("封顶方式", "Kind of cap", "limit_kind")
    cap_yuan: Decimal | None = f.money("封顶金额", "Cap", minimum=0)
    floor_kind: str | None = f.code("保底方式", "Kind of floor", "limit_kind")
    floor_yuan: Decimal | None = f.money("保底金额", "Floor", minimum=0)
    note: str | None = f.text("备注", "Note")


@record(
    "compensation_plan",
    "补奖方案",
    "Compensation plan",
    Group.COMPENSATION,
    authors=(Role.COUNTY,),
    key=("year", "county_code", "programme"),
    title=("year", "programme"),
    search=("programme", "document_number"),
    year_field="year",
)
class CompensationPlan:
    """What a county pays in a year, by which paper, rounded how, announced for how long."""

    year: int = f.year("年度", "Year", share=PUBLIC)
    county_code: str = f.region("旗县代码", "County code", 6, share=PUBLIC)
    programme: str = f.text("项目名称", "Programme", share=PUBLIC, source="A: compensation S01 art. 3")
    short_name: str | None = f.text(
        "短名称(银行附言)", "Short name for the statement", 8, share=PUBLIC, source="B: compensation S06; S68"
    )
    round: int | None = f.count(
        "轮次", "Round", minimum=1, maximum=20, share=PUBLIC, source="compensation_standards.csv"
    )
    document_number: str = f.text("文号", "Document number", 80, share=PUBLIC)
    allocation_yuan: Decimal | None = f.money(
        "资金总额", "Allocation", minimum=0, share=PUBLIC, source="A: compensation_checks C23"
    )
    rounding_yuan: Decimal = f.quantity(
        "金额取整单位",
        "Rounding unit",
        "元",
        2,
        default="0.01",
        maximum=1,
        weight=_D,
        share=PUBLIC,
        source="compensation H1 H3",
        help=("0.01、0.1 或 1 元，四舍五入。", "0.01, 0.1 or 1 yuan, half up."),
    )
    area_tolerance_mu: Decimal = f.area_mu("面积容差", "Area tolerance", default=0, source="B: compensation_checks C11")
    notice_days: int = f.count(
        "公示天数",
        "Notice days",
        "天",
        default=7,
        minimum=1,
        maximum=365,
        share=PUBLIC,
        source="compensation S05 S50 S52",
    )
    notice_day_kind: str = f.code(
        "公示天数类型",
        "Kind of notice days",
        "day_kind",
        default="calendar",
        share=PUBLIC,
        source="A: compensation S05 S50 S52",
    )
    pay_by: date | None = f.day("发放截止日期", "Pay by", future=True, source="A: compensation_checks C33")
    status: str = f.code("状态", "Status", "plan_status", default="draft")
    valid_from: date | None = f.day("执行起始日期", "Valid from", future=True)
    valid_to: date | None = f.day("执行截止日期", "Valid to", future=True)
    rates: tuple[Rate, ...] = f.lines("补助标准", "Rates", Rate, required=True, share=PUBLIC)
    attachments: tuple[str, ...] = f.files()
    note: str | None = f.note()


@rule(CompensationPlan)
def plan_checks(record: CompensationPlan) -> list[Problem]:
    """A known rounding unit, one rate per scheme and zone, a limit with its amount."""
    found = [*no_repeats(record, "rates", ("scheme", "zone")), *dates_in_order(record, "valid_from", "valid_to")]
    if record.rounding_yuan is not None and record.rounding_yuan not in ROUNDING_UNITS:
        found.append(RecordProblem.ROUNDING_UNIT.problem("rounding_yuan"))
    for number, row in enumerate(record.rates, 1):
        for limit in ("cap", "floor"):
            kind, amount = getattr(row, f"{limit}_kind"), getattr(row, f"{limit}_yuan")
            if (kind is None) == (amount is None):
                continue
            missing, given = (f"{limit}_kind", f"{limit}_yuan") if kind is None else (f"{limit}_yuan", f"{limit}_kind")
            found.append(
                RecordProblem.REQUIRED_BECAUSE.problem(
                    "rates", number, label=label(row, missing), because=label(row, given)
                )
            )
    return found


@record(
    "compensation_batch",
    "发放批次",
    "Disbursement batch",
    Group.COMPENSATION,
    plural=("发放批次", "Disbursement batches"),
    key=("plan_id", "village_code", "batch_number"),
    title=("year", "village_code", "batch_number"),
    search=("village_code", "prepared_by"),
    year_field="year",
    by_act=True,
)
class CompensationBatch:
    """The lines of one village that travel together from draft to archive. States: compensation_states.csv."""

    plan_id: str = f.link("补奖方案", "Plan", "compensation_plan", weight=_D)
    year: int = f.year("年度", "Year")
    county_code: str = f.region("旗县代码", "County code", 6)
    village_code: str = f.region("嘎查村代码", "Village code")
    batch_number: int = f.count("批次", "Batch number", minimum=1, maximum=999)
    kind: str = f.code("批次类型", "Kind of batch", "batch_kind", default="regular", source="compensation S06")
    state: str = f.code("状态", "State", "batch_state", default="draft", weight=_D, source="compensation_states")
    household_count: int | None = f.count("户数", "Households", "户", headings=("补偿户数",), source="EXP3.3")
    gross_yuan: Decimal | None = f.money(
        "应发合计", "Gross total", help=("冻结批次时记下。", "Written down when the batch is frozen.")
    )
    net_yuan: Decimal | None = f.money("实发合计", "Net total")
    prepared_by: str | None = f.text("制表人", "Prepared by", 60)
    prepared_on: date | None = f.day("制表日期", "Prepared on")
    reviewed_by: str | None = f.text("审核人", "Reviewed by", 60)
    reviewed_on: date | None = f.day("审核日期", "Reviewed on")
    frozen_sha256: str | None = f.text("冻结校验值", "Hash of the frozen list", 64, source="compensation_states (P)")
    attachments: tuple[str, ...] = f.files()
    note: str | None = f.note()


@rule(CompensationBatch)
def batch_checks(record: CompensationBatch) -> list[Problem]:
    """Prepared and reviewed by two persons, in that order (C40)."""
    found = dates_in_order(record, "prepared_on", "reviewed_on")
    if record.prepared_by is not None and record.prepared_by == record.reviewed_by:
        first, second = label(record, "prepared_by"), label(record, "reviewed_by")
        found.append(RecordProblem.SAME_PERSON.problem("reviewed_by", first=first, second=second))
    village, county = record.village_code, record.county_code
    if village is not None and county is not None and not village.startswith(county):
        first, second = label(record, "village_code"), label(record, "county_code")
        found.append(RecordProblem.CONTRADICTS.problem("village_code", first=first, second=second))
    return found


def _listed(lines: Sequence[Any]) -> list[Any]:
    return [line for line in lines if in_batch(line.state)]


def _net_or_gross(field: str) -> Callable[[Any, Sequence[Any]], Decimal]:
    return lambda record, lines: total(_listed(lines), field)


_LINES = "compensation_line.batch_id"
gathered(
    CompensationBatch,
    "household_count",
    lambda record, lines: len(_listed(lines)),
    rows=_LINES,
    parts=("state",),
    formula=("本批明细(暂缓、不发除外)的户数", "the lines of the batch (but those held or excluded)"),
    check=CheckProblem.BATCH_SUM,
    none_is_nothing=True,
)
for _field in ("gross_yuan", "net_yuan"):
    gathered(
        CompensationBatch,
        _field,
        _net_or_gross(_field),
        rows=_LINES,
        parts=("state", _field),
        formula=("本批明细(暂缓、不发除外)之和", "the lines of the batch (but those held or excluded)"),
        check=CheckProblem.BATCH_SUM,
        none_is_nothing=True,
    )
gathered(
    CompensationPlan,
    "allocation_yuan",
    lambda record, batches: total(batches, "net_yuan"),
    rows="compensation_batch.plan_id",
    parts=("net_yuan",),
    formula=("各批次实发之和", "the batches under the plan"),
    agrees=at_least,
    severity=Severity.HOLD,  # the county decides what is left out; nothing else is kept from being sent
    check=CheckProblem.BEYOND_ALLOCATION,
)
