"""Patrols and spot checks: what was seen and counted, what was ordered, how the re-check went. Facts: balance §3.5."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from station_app.domain import fields as f
from station_app.domain.fields import Form, Share, Weight, line
from station_app.domain.problem_codes import Found, problem
from station_app.domain.problems import Problem
from station_app.domain.records._rules import dates_in_order, label, no_repeats, required_when
from station_app.domain.registry import Group, Role, record, rule

_BK = "survey BK"
NO_FINDING = "1"


@line
class Counted:
    """Animals counted on the spot."""

    species_code: str = f.code("畜种", "Species", "species", source="survey S23", confidence="A")
    class_code: str | None = f.code("类别", "Class", "stock_class", required=False, default=None)
    head: int = f.head("清点数", "Head counted", source="survey S23", confidence="A")
    promised_head: int | None = f.head(
        "承诺或核定数", "Head promised or approved", required=False, default=None, source="survey S23", confidence="A"
    )


@record(
    "inspection",
    label=("巡查", "Inspection"),
    group=Group.INSPECTION,
    authors=(Role.STATION, Role.COUNTY),
    key=("number",),
    title=("number", "place_name"),
    search=("number", "place_name", "inspectors"),
    year_field="inspected_on",
)
class Inspection:
    """禁牧/休牧/草畜平衡巡查记录. Fines are documented here, never imposed or computed by the program."""

    number: str = f.text("记录编号", "Record number", max_length=40, source=_BK, confidence="C")
    inspected_on: date = f.day("巡查日期", "Inspected on", source=_BK, confidence="C")
    started_at: datetime | None = f.instant(
        "开始时间", "Started at", required=False, default=None, source=_BK, confidence="C"
    )
    ended_at: datetime | None = f.instant(
        "结束时间", "Ended at", required=False, default=None, source=_BK, confidence="C"
    )
    inspectors: str = f.text("巡查人(两人以上)", "Inspectors (two or more)", source=_BK, confidence="C")
    certificate_numbers: str | None = f.text(
        "执法证号", "Certificate numbers", required=False, default=None, source=_BK, confidence="C"
    )
    place_name: str = f.text("地点", "Place", source=_BK, confidence="C")
    region_code: str | None = f.text(
        "行政编码",
        "Administrative code",
        form=Form.REGION,
        max_length=12,
        required=False,
        default=None,
        share=Share.PUBLIC,
    )
    parcel_id: str | None = f.link("地块", "Parcel", "parcel", required=False, default=None)
    lon: Decimal | None = f.quantity(
        "经度", "Longitude", "°", 6, required=False, default=None, minimum=73, maximum=136, source=_BK, confidence="C"
    )
    lat: Decimal | None = f.quantity(
        "纬度", "Latitude", "°", 6, required=False, default=None, minimum=18, maximum=54, source=_BK, confidence="C"
    )
    regime: str = f.code("管理分区", "Regime", "soil_use_regime", source=_BK, confidence="C")
    household_id: str | None = f.link(
        "涉及牧户",
        "Household concerned",
        "household",
        required=False,
        default=None,
        source="survey S23",
        confidence="B",
    )
    counted: tuple[Counted, ...] = f.lines(
        "现场清点牲畜", "Livestock counted", Counted, source="survey S23", confidence="A"
    )
    approved_su: Decimal | None = f.quantity(
        "核定载畜量",
        "Approved capacity",
        "羊单位",
        2,
        required=False,
        default=None,
        weight=Weight.DECISIVE,
        source=_BK,
        confidence="C",
    )
    findings: tuple[str, ...] = f.many_codes(
        "发现问题", "Findings", "finding", required=True, source=_BK, confidence="C"
    )
    finding_text: str | None = f.text(
        "问题描述", "Description", form=Form.LONG, required=False, default=None, max_length=2000
    )
    degradation: str | None = f.code(
        "退化程度", "Degradation", "degradation", required=False, default=None, confidence="B"
    )
    photos: tuple[str, ...] = f.files("照片", "Photos", source=_BK, confidence="C")
    evidence_numbers: str | None = f.text(
        "照片/录像编号", "Photo and video numbers", required=False, default=None, source=_BK, confidence="C"
    )
    action: str | None = f.code(
        "处理", "Action", "inspection_action", required=False, default=None, source=_BK, confidence="C"
    )
    order_number: str | None = f.text("整改通知文号", "Order number", required=False, default=None, max_length=80)
    ordered_on: date | None = f.day("通知日期", "Ordered on", required=False, default=None)
    deadline_on: date | None = f.day(
        "整改期限", "Deadline", required=False, default=None, future=True, source=_BK, confidence="C"
    )
    rechecked_on: date | None = f.day(
        "复查日期", "Re-checked on", required=False, default=None, source=_BK, confidence="C"
    )
    recheck_result: str | None = f.code(
        "复查结果", "Result of the re-check", "recheck_result", required=False, default=None, source=_BK, confidence="C"
    )
    recheck_text: str | None = f.text(
        "复查说明", "Re-check in words", form=Form.LONG, required=False, default=None, max_length=1000
    )
    decision_number: str | None = f.text(
        "处罚决定文号", "Penalty decision", required=False, default=None, max_length=80, source="balance §3.5"
    )
    decided_on: date | None = f.day("决定日期", "Decided on", required=False, default=None, source="balance §3.5")
    penalty_yuan: Decimal | None = f.money(
        "罚款金额", "Penalty", required=False, default=None, minimum=0, sensitive=True, source="balance §3.5"
    )
    penalty_paid_on: date | None = f.day(
        "缴款日期", "Penalty paid on", required=False, default=None, source="balance §3.5"
    )
    household_signed: bool = f.flag(
        "牧户签字确认", "Signed by the household", required=True, source="survey S23", confidence="A"
    )
    unsigned_reason: str | None = f.text("未签字原因", "Why not signed", required=False, default=None)
    visit_number: int | None = f.count(
        "当年第几次", "Visit of the year", "次", required=False, default=None, minimum=1, maximum=366
    )
    note: str | None = f.text("备注", "Note", form=Form.LONG, required=False, default=None, max_length=1000)


@rule(Inspection)
def inspection_findings(record: Inspection) -> list[Problem]:
    """ "No problem" stands alone; a problem has an action; an order has its deadline; an unsigned sheet a reason."""
    found = no_repeats(record, "counted", ("species_code", "class_code"))
    problems = [each for each in record.findings if each != NO_FINDING]
    because = label(record, "findings")
    if problems and NO_FINDING in record.findings:
        found.append(problem(Found.CONTRADICTS, "findings", first=because, second=because))
    found += required_when(bool(problems), record, "action", because)
    found += required_when(record.action == "order", record, "deadline_on", label(record, "action"))
    found += required_when(record.rechecked_on is not None, record, "recheck_result", label(record, "rechecked_on"))
    if record.household_id is not None:
        unsigned = record.household_signed is False
        found += required_when(unsigned, record, "unsigned_reason", label(record, "household_signed"))
    found += required_when(record.penalty_yuan is not None, record, "decision_number", label(record, "penalty_yuan"))
    return found


@rule(Inspection)
def inspection_dates(record: Inspection) -> list[Problem]:
    """Order, deadline, re-check and decision follow each other."""
    return [
        *dates_in_order(record, "started_at", "ended_at"),
        *dates_in_order(record, "inspected_on", "ordered_on"),
        *dates_in_order(record, "ordered_on", "deadline_on"),
        *dates_in_order(record, "inspected_on", "rechecked_on"),
        *dates_in_order(record, "inspected_on", "decided_on"),
        *dates_in_order(record, "decided_on", "penalty_paid_on"),
    ]
