"""What follows a batch: the public notice, objections to it, and what the bank reports back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from station_app.domain import fields as f
from station_app.domain.checks.problems import CheckProblem
from station_app.domain.derived import Number, at_most, derived, gathered, sum_of, total
from station_app.domain.fields import PUBLIC, Form, Weight, line
from station_app.domain.periods import Period
from station_app.domain.problems import Problem
from station_app.domain.record_problems import RecordProblem
from station_app.domain.records._rules import dates_in_order, label, no_repeats, required_when
from station_app.domain.registry import Group, Role, record, rule

_D = Weight.DECISIVE


@record(
    "compensation_notice",
    "公示",
    "Public notice",
    Group.COMPENSATION,
    key=("batch_id", "starts_on"),
    title=("place", "starts_on"),
    search=("place",),
    year_field="starts_on",
)
class CompensationNotice:
    """A notice in the village: where, from when to when, with its photos. Both ends are counted."""

    batch_id: str = f.link("发放批次", "Batch", "compensation_batch")
    place: str = f.text("公示地点", "Place", share=PUBLIC)
    starts_on: date = f.day("公示开始", "Starts on", future=True, share=PUBLIC)
    ends_on: date = f.day("公示结束", "Ends on", future=True, share=PUBLIC)
    days_required: int = f.count("要求天数", "Days required", "天", default=7, minimum=1, maximum=365)
    day_kind: str = f.code(
        "天数类型", "Kind of days", "day_kind", default="calendar", source="A: compensation S05 S50 S52"
    )
    report_phone: str | None = f.text("举报电话", "Report line", 60, share=PUBLIC, source="B: OBS3.5; S50")
    photos: tuple[str, ...] = f.files("公示照片", "Photos of the notice", source="A: S04; S50")
    posted_by: str | None = f.text("张贴人", "Posted by", 60)
    note: str | None = f.note()


@rule(CompensationNotice)
def notice_length(record: CompensationNotice) -> list[Problem]:
    """The notice runs at least the required calendar days (C30); working days need the local holiday table."""
    found = dates_in_order(record, "starts_on", "ends_on")
    if found or record.day_kind != "calendar" or None in (record.starts_on, record.ends_on, record.days_required):
        return found
    days = Period(record.starts_on, record.ends_on).days
    if days < record.days_required:
        found.append(RecordProblem.NOTICE_TOO_SHORT.problem("ends_on", value=days, limit=record.days_required))
    return found


@record(
    "objection",
    "异议",
    "Objection",
    Group.COMPENSATION,
    key=("notice_id", "number"),
    title=("number", "raised_on"),
    search=("raised_by", "content"),
    year_field="raised_on",
)
class Objection:
    """Somebody objects to a notice: who, what, and how it was decided."""

    notice_id: str = f.link("公示", "Notice", "compensation_notice")
    number: int = f.count("序号", "Number", minimum=1, maximum=9999)
    raised_on: date = f.day("提出日期", "Raised on")
    raised_by: str | None = f.text("提出人", "Raised by", 60, sensitive=True)
    household_id: str | None = f.link("涉及牧户", "Household concerned", "household")
    content: str = f.text("异议内容", "Content", 2000, form=Form.LONG)
    result: str = f.code("处理结果", "Result", "objection_result", default="open")
    decided_on: date | None = f.day("处理日期", "Decided on")
    decided_by: str | None = f.text("处理人", "Decided by", 60)
    decision: str | None = f.text("处理意见", "Decision", 2000, form=Form.LONG)
    attachments: tuple[str, ...] = f.files()
    note: str | None = f.note()


@rule(Objection)
def objection_decided(record: Objection) -> list[Problem]:
    """A closed objection has date and person."""
    closed = record.result not in (None, "open")
    because = label(record, "result")
    return [
        *dates_in_order(record, "raised_on", "decided_on"),
        *required_when(closed, record, "decided_on", because),
        *required_when(closed, record, "decided_by", because),
    ]


@line
class BankResult:
    """What became of one payment line."""

    line_id: str = f.link("发放明细", "Disbursement line", "compensation_line", weight=_D)
    outcome: str = f.code("结果", "Outcome", "bank_outcome", weight=_D)
    amount_yuan: Decimal = f.money("金额", "Amount", minimum=0)
    credited_on: date | None = f.day("到账日期", "Credited on")
    return_reason: str | None = f.code(
        "退回原因", "Reason of the return", "return_reason", source="B: compensation S06; S07"
    )
    reason_text: str | None = f.text("原因说明", "Reason in words")


@record(
    "bank_feedback",
    "银行反馈",
    "Bank feedback",
    Group.COMPENSATION,
    plural=("银行反馈", "Bank feedback"),
    authors=(Role.STATION, Role.COUNTY),
    key=("batch_id", "received_on"),
    title=("bank_name", "received_on"),
    search=("bank_name",),
    year_field="received_on",
)
class BankFeedback:
    """The paying bank's answer to a batch: sent, credited and returned, in number and sum (C36)."""

    batch_id: str = f.link("发放批次", "Batch", "compensation_batch")
    received_on: date = f.day("收到日期", "Received on")
    bank_name: str = f.text("代发银行", "Paying bank", 80)
    sent_count: int = f.count("发送笔数", "Sent", "笔", weight=_D)
    sent_yuan: Decimal = f.money("发送金额", "Sent amount", minimum=0)
    paid_count: int = f.count("成功笔数", "Credited", "笔", weight=_D)
    paid_yuan: Decimal = f.money("成功金额", "Credited amount", minimum=0)
    returned_count: int = f.count("退回笔数", "Returned", "笔", weight=_D)
    returned_yuan: Decimal = f.money("退回金额", "Returned amount", minimum=0)
    results: tuple[BankResult, ...] = f.lines("逐笔结果", "Results", BankResult)
    attachments: tuple[str, ...] = f.files("银行回盘文件", "File of the bank")
    note: str | None = f.note()


@rule(BankFeedback)
def feedback_results(record: BankFeedback) -> list[Problem]:
    """Each payment line is answered once; what came back says why."""
    found = no_repeats(record, "results", ("line_id",))
    for number, row in enumerate(record.results, 1):
        if row.outcome == "returned" and row.return_reason is None:
            found.append(
                RecordProblem.REQUIRED_BECAUSE.problem(
                    "results",
                    number,
                    label=label(row, "return_reason"),
                    because=label(row, "outcome"),
                )
            )
    return found


def _answered(
    outcome: str, work: Callable[[list[BankResult]], Decimal | int]
) -> Callable[[BankFeedback], Number | None]:
    def expected(record: BankFeedback) -> Number | None:
        rows = [row for row in record.results if row.outcome == outcome]
        return work(rows) if record.results else None

    return expected


for _unit in ("count", "yuan"):
    _both = (f"paid_{_unit}", f"returned_{_unit}")
    derived(BankFeedback, f"sent_{_unit}", _both, ("成功加退回", "credited plus returned"), sum_of(*_both))
for _outcome in ("paid", "returned"):
    _said = ("逐笔结果", "the single results")
    derived(BankFeedback, f"{_outcome}_count", ("results.outcome",), _said, _answered(_outcome, len))
    derived(
        BankFeedback,
        f"{_outcome}_yuan",
        ("results.outcome", "results.amount_yuan"),
        _said,
        _answered(_outcome, lambda rows: total(rows, "amount_yuan")),
    )


def _of_batch(name: str) -> Callable[[Any, Sequence[Any]], Number | None]:
    return lambda record, batches: getattr(batches[0], name)


for _sent, _batch in (("sent_count", "household_count"), ("sent_yuan", "net_yuan")):
    gathered(
        BankFeedback,
        _sent,
        _of_batch(_batch),
        to="batch_id",
        parts=(_batch,),
        formula=("批次的合计", "the total of the batch"),
        agrees=at_most,  # a batch may go to the bank in several files
        check=CheckProblem.BEYOND_BATCH,
    )
