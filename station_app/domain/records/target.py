"""Targets handed down, assessments of the gap, and the log of trainings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from station_app.domain import fields as f
from station_app.domain.derived import at_least, at_most, gathered, total
from station_app.domain.fields import PUBLIC, REGION, Form, Weight
from station_app.domain.problems import Problem, Severity
from station_app.domain.records._rules import dates_in_order, label, required_when
from station_app.domain.registry import Group, Role, record, rule

_D = Weight.DECISIVE
_ITEMS = "C: carbon_target_items"


@record(
    "target",
    "目标",
    "Target",
    Group.TARGET,
    authors=(Role.COUNTY, Role.REGION),
    key=("number",),
    title=("number", "indicator", "year"),
    search=("number", "document_number"),
    year_field="year",
)
class Target:
    """A value to be reached by an organisation in a year; a county's target hangs on its region's by ``parent_id``."""

    number: str = f.text("目标编号", "Target number", 40, share=REGION)
    indicator: str = f.code("指标", "Indicator", "target_indicator", share=REGION, source=_ITEMS)
    organisation_id: str | None = f.link("责任单位", "Responsible organisation", "organisation", share=REGION)
    region_code: str = f.region("行政区划", "Administrative code", share=REGION)
    year: int = f.year("年度", "Year", share=REGION)
    unit: str = f.code("计量单位", "Unit", "target_unit", share=REGION, source=_ITEMS)
    direction: str = f.code("方向", "Direction", "target_direction", share=REGION, source=_ITEMS)
    value: Decimal = f.quantity(
        "目标值",
        "Target value",
        "",
        4,
        minimum=-1_000_000_000,
        weight=_D,
        share=REGION,
        help=("单位见“计量单位”。", "In the unit given beside it."),
    )
    baseline_value: Decimal | None = f.quantity("基期值", "Baseline value", "", 4, minimum=-1_000_000_000, share=REGION)
    baseline_year: int | None = f.year("基期年", "Baseline year", share=REGION)
    due_on: date | None = f.day("完成期限", "Due on", future=True, share=REGION)
    parent_id: str | None = f.link("上级目标", "Parent target", "target", share=REGION)
    document_number: str | None = f.text("依据文件", "Document", 80, share=REGION)
    status: str = f.code("状态", "Status", "target_status", default="open", share=REGION)
    note: str | None = f.note()


@rule(Target)
def target_baseline(record: Target) -> list[Problem]:
    """A baseline value says of which year."""
    given = record.baseline_value is not None
    return required_when(given, record, "baseline_year", label(record, "baseline_value"))


@record(
    "assessment",
    "差距分析",
    "Gap assessment",
    Group.TARGET,
    authors=(Role.STATION, Role.COUNTY, Role.REGION),
    key=("target_id", "assessed_on"),
    title=("assessed_on", "status"),
    search=("responsible", "measure"),
    year_field="assessed_on",
)
class Assessment:
    """Where a target stands, why it is missed, what is done, by whom, until when. The gap itself is calculated."""

    target_id: str = f.link("目标", "Target", "target")
    assessed_on: date = f.day("评估日期", "Assessed on", share=REGION)
    actual_value: Decimal = f.quantity(
        "实际值",
        "Actual value",
        "",
        4,
        minimum=-1_000_000_000,
        weight=_D,
        share=REGION,
        help=("单位同目标。", "In the unit of the target."),
    )
    data_source: str = f.text("数据来源", "Source of the figure", share=REGION)
    causes: tuple[str, ...] = f.many_codes("原因", "Causes", "gap_cause", share=REGION)
    cause_text: str | None = f.text("原因说明", "Causes in words", 2000, form=Form.LONG, share=REGION)
    measure: str | None = f.text("措施", "Measure", 2000, form=Form.LONG, share=REGION)
    responsible: str | None = f.text("责任人", "Responsible", 60)
    deadline_on: date | None = f.day("完成期限", "Deadline", future=True, share=REGION)
    status: str = f.code("状态", "Status", "assessment_status", default="open", share=REGION)
    closed_on: date | None = f.day("办结日期", "Closed on", share=REGION)
    attachments: tuple[str, ...] = f.files()
    note: str | None = f.note()


@rule(Assessment)
def assessment_measure(record: Assessment) -> list[Problem]:
    """A cause has its measure, a measure its person and deadline, a closed assessment its date."""
    because = label(record, "measure")
    planned = record.measure is not None
    return [
        *required_when(bool(record.causes), record, "measure", label(record, "causes")),
        *required_when(planned, record, "responsible", because),
        *required_when(planned, record, "deadline_on", because),
        *required_when(record.status == "closed", record, "closed_on", label(record, "status")),
        *dates_in_order(record, "assessed_on", "closed_on"),
    ]


@record(
    "training_log",
    "培训宣传",
    "Training",
    Group.TARGET,
    authors=(Role.STATION, Role.COUNTY),
    key=("held_on", "topic"),
    title=("held_on", "topic"),
    search=("topic", "trainer", "place"),
    year_field="held_on",
)
class TrainingLog:
    """A training or publicity event; counted by the target item 培训与宣传次数."""

    held_on: date = f.day("日期", "Held on")
    kind: str = f.code("类型", "Kind", "training_kind", source=_ITEMS)
    topic: str = f.text("主题", "Topic")
    place: str = f.text("地点", "Place")
    region_code: str | None = f.region("行政编码", "Administrative code", share=PUBLIC)
    trainer: str | None = f.text("培训人", "Trainer", 60)
    participants: int = f.count("参加人数", "Participants", "人", maximum=100_000)
    households: int | None = f.count("参加户数", "Households", "户", maximum=100_000)
    materials: int | None = f.count("发放资料", "Materials handed out", "份", maximum=1_000_000)
    photos: tuple[str, ...] = f.files("照片", "Photos")
    note: str | None = f.note()


_ADDED_UP = ("su", "ha", "mu", "t_co2e_per_year", "times", "yuan")  # shares and means of two counties do not add up


def _handed_down(*directions: str) -> Callable[[Target, Sequence[Any]], Decimal | None]:
    """Return the sum of the targets a target was divided into, where its direction is one of ``directions``."""

    def work(record: Target, below: Sequence[Any]) -> Decimal | None:
        same = [each for each in below if (each.indicator, each.year) == (record.indicator, record.year)]
        if record.unit not in _ADDED_UP or record.direction not in directions or not same:
            return None
        return total(same, "value")

    return work


for _agrees, _directions in ((at_most, ("higher", "at_least")), (at_least, ("lower", "at_most"))):
    gathered(
        Target,
        "value",
        _handed_down(*_directions),
        rows="target.parent_id",
        parts=("value", "indicator", "year"),
        formula=("分解到下级的目标之和", "the targets it was divided into"),
        agrees=_agrees,
        severity=Severity.WARN,  # what is handed down comes one by one
    )
