"""Patrols and spot checks: what was seen and counted, what was ordered, how the re-check went. Facts: 草畜平衡管理办法 art. 11–15."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from station_app.domain import fields as f
from station_app.domain.fields import PUBLIC, Form, Weight, line
from station_app.domain.problems import Problem
from station_app.domain.record_problems import RecordProblem
from station_app.domain.records._rules import dates_in_order, label, no_repeats, required_when
from station_app.domain.registry import Group, Role, record, rule

_BK = "C: survey BK"
NO_FINDING = "1"


@line
class Counted:
    """Animals counted on the spot."""

    species_code: str = f.code("畜种", "Species", "species", source="A: survey S23")
    class_code: str | None = f.code("类别", "Class", "stock_class")
    head: int = f.head("清点数", "Head counted", source="A: survey S23")
    promised_head: int | None = f.head("承诺或核定数", "Head promised or approved", source="A: survey S23")


@record(
    "inspection",
    "巡查",
    "Inspection",
    Group.INSPECTION,
    authors=(Role.STATION, Role.COUNTY),
    key=("number",),
    title=("number", "place_name"),
    search=("number", "place_name", "inspectors"),
    year_field="inspected_on",
)
class Inspection:
    """禁牧/休牧/草畜平衡巡查记录. Fines are documented here, never imposed or computed by the program."""

    number: str = f.text("记录编号", "Record number", 40, source=_BK)
    inspected_on: date = f.day("巡查日期", "Inspected on", source=_BK)
    started_at: datetime | None = f.instant("开始时间", "Started at", source=_BK)
    ended_at: datetime | None = f.instant("结束时间", "Ended at", source=_BK)
    inspectors: str = f.text("巡查人(两人以上)", "Inspectors (two or more)", source=_BK)
    certificate_numbers: str | None = f.text("执法证号", "Certificate numbers", source=_BK)
    place_name: str = f.text("地点", "Place", source=_BK)
    region_code: str | None = f.region("行政编码", "Administrative code", share=PUBLIC)
    parcel_id: str | None = f.link("地块", "Parcel", "parcel")
    lon: Decimal | None = f.quantity("经度", "Longitude", "°", 6, minimum=73, maximum=136, source=_BK)
    lat: Decimal | None = f.quantity("纬度", "Latitude", "°", 6, minimum=18, maximum=54, source=_BK)
    regime: str = f.code("管理分区", "Regime", "soil_use_regime", source=_BK)
    household_id: str | None = f.link("涉及牧户", "Household concerned", "household", source="B: survey S23")
    counted: tuple[Counted, ...] = f.lines("现场清点牲畜", "Livestock counted", Counted, source="A: survey S23")
    approved_su: Decimal | None = f.quantity(
        "核定载畜量", "Approved capacity", "羊单位", 2, weight=Weight.DECISIVE, source=_BK
    )
    findings: tuple[str, ...] = f.many_codes("发现问题", "Findings", "finding", required=True, source=_BK)
    finding_text: str | None = f.text("问题描述", "Description", 2000, form=Form.LONG)
    degradation: str | None = f.code("退化程度", "Degradation", "degradation", source="B:")
    photos: tuple[str, ...] = f.files("照片", "Photos", source=_BK)
    evidence_numbers: str | None = f.text("照片/录像编号", "Photo and video numbers", source=_BK)
    action: str | None = f.code("处理", "Action", "inspection_action", source=_BK)
    order_number: str | None = f.text("整改通知文号", "Order number", 80)
    ordered_on: date | None = f.day("通知日期", "Ordered on")
    deadline_on: date | None = f.day("整改期限", "Deadline", future=True, source=_BK)
    rechecked_on: date | None = f.day("复查日期", "Re-checked on", source=_BK)
    recheck_result: str | None = f.code("复查结果", "Result of the re-check", "recheck_result", source=_BK)
    recheck_text: str | None = f.text("复查说明", "Re-check in words", 1000, form=Form.LONG)
    decision_number: str | None = f.text("处罚决定文号", "Penalty decision", 80, source="草畜平衡管理办法 art. 11–15")
    decided_on: date | None = f.day("决定日期", "Decided on", source="草畜平衡管理办法 art. 11–15")
    penalty_yuan: Decimal | None = f.money(
        "罚款金额", "Penalty", minimum=0, sensitive=True, source="草畜平衡管理办法 art. 11–15"
    )
    penalty_paid_on: date | None = f.day("缴款日期", "Penalty paid on", source="草畜平衡管理办法 art. 11–15")
    household_signed: bool = f.flag("牧户签字确认", "Signed by the household", source="A: survey S23")
    unsigned_reason: str | None = f.text("未签字原因", "Why not signed")
    visit_number: int | None = f.count("当年第几次", "Visit of the year", "次", minimum=1, maximum=366)
    note: str | None = f.note()


@rule(Inspection)
def inspection_findings(record: Inspection) -> list[Problem]:
    """ "No problem" stands alone; a problem has an action; an order has its deadline; an unsigned sheet a reason."""
    found = no_repeats(record, "counted", ("species_code", "class_code"))
    problems = [each for each in record.findings if each != NO_FINDING]
    because = label(record, "findings")
    if problems and NO_FINDING in record.findings:
        found.append(RecordProblem.CONTRADICTS.problem("findings", first=because, second=because))
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
