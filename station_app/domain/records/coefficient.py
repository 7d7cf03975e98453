"""A county's or region's edition of a coefficient set: what it says anew, on what ground, verified by whom.

An edition is never edited; whoever wants other numbers makes the next one.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from station_app.domain import fields as f
from station_app.domain.fields import PUBLIC, Form, Weight, line
from station_app.domain.problems import Problem
from station_app.domain.record_problems import RecordProblem
from station_app.domain.records._rules import label, no_repeats, required_when
from station_app.domain.registry import Group, Role, record, rule
from station_app.domain.text import Text

_D = Weight.DECISIVE
_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]*\Z")
_NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?\Z")
_NUMBERS = ("value", "low", "high", "half_width_percent")
KEY_SIGN = "|"  # between the parts of a key; no part of a key holds it
VERIFIED = ("A", "B")  # marks that have to say where it stands and who looked


@line
class CoefficientLine:
    """One coefficient as this edition says it; rows the edition does not name stay as in the edition before.

    Numbers are text, so that 1.00 stays 1.00 and no digit is lost.
    """

    key: str = f.text(
        "项目",
        "Key",
        120,
        weight=_D,
        help=("多级之间用“|”隔开，例如 sheep|45-50。", "Parts are divided by “|”, for example sheep|45-50."),
    )
    label_zh: str = f.text("名称", "Name in Chinese", 200)
    label_en: str = f.text("英文名称", "Name", 200)
    value: str | None = f.text("数值", "Figure", 40, weight=_D)
    low: str | None = f.text("下限", "Lower end", 40, weight=_D)
    high: str | None = f.text("上限", "Upper end", 40, weight=_D)
    half_width_percent: str | None = f.text("95% 半宽(%)", "95 % half-width (%)", 40, weight=_D)
    unit: str | None = f.text("单位", "Unit", 60, weight=_D)
    standard: str | None = f.text("标准", "Standard")
    clause: str | None = f.text("条款", "Clause")
    source: str | None = f.text("出处", "Source", 400)
    mark: str | None = f.code("可信标记", "Mark", "coefficient_mark")
    verified_by: str | None = f.text("核实人", "Verified by", 60)
    verified_on: date | None = f.day("核实日期", "Verified on")
    conflict: str | None = f.text("转引矛盾", "Contradicting quotations")
    is_seed: bool | None = f.flag("预置值", "Seed value")
    is_proposal: bool | None = f.flag("待确认", "To be confirmed")
    facts: str | None = f.text(
        "其他事实",
        "Further facts",
        2000,
        form=Form.LONG,
        weight=_D,
        help=("每行一项：名称=内容。", "One a line: name=content."),
    )
    note: str | None = f.text("说明", "Note", 400)


@record(
    "coefficient_edition",
    "系数版本",
    "Coefficient edition",
    Group.BALANCE,
    authors=(Role.COUNTY, Role.REGION),
    key=("kind", "name", "edition"),
    title=("name", "edition"),
    search=("name", "reason"),
    is_final=True,
    by_act=True,
)
class CoefficientEdition:
    """An edition of a coefficient set, made from an earlier one or taken from a document as a whole."""

    kind: str = f.code("类别", "Kind", "coefficient_kind", weight=_D, share=PUBLIC)
    name: str = f.text(
        "系数集",
        "Set",
        60,
        weight=_D,
        share=PUBLIC,
        help=(
            "沿用原系数集的名称；全新的系数集另取一个。",
            "The name of the set it follows; a new set takes a new one.",
        ),
    )
    edition: str = f.text("版本", "Edition", 20, weight=_D, share=PUBLIC)
    based_on: str | None = f.text(
        "依据版本",
        "Made from",
        weight=_D,
        share=PUBLIC,
        help=("类别/系数集@版本；全新的系数集留空。", "kind/set@edition; empty for a new set."),
    )
    title_zh: str | None = f.text("标题", "Title in Chinese", share=PUBLIC)
    title_en: str | None = f.text("英文标题", "Title", share=PUBLIC)
    standard: str | None = f.text("标准", "Standard", share=PUBLIC)
    sheep_units: str | None = f.text(
        "适用羊单位",
        "Sheep units",
        weight=_D,
        share=PUBLIC,
        help=("用空格隔开；与羊单位无关时留空。", "Divided by blanks; empty when it has nothing to do with one."),
    )
    facts: str | None = f.text("其他事实", "Further facts", 2000, form=Form.LONG, share=PUBLIC)
    reason: str = f.text("理由", "Reason", 1000, form=Form.LONG, share=PUBLIC)
    effective_on: date = f.day("启用日期", "In force from", future=True, share=PUBLIC)
    made_by: str = f.text("编制人", "Made by", 60)
    made_on: date = f.day("编制日期", "Made on", share=PUBLIC)
    lines: tuple[CoefficientLine, ...] = f.lines("系数", "Coefficients", CoefficientLine, required=True, share=PUBLIC)
    attachments: tuple[str, ...] = f.files("原文附件", "Copies of the original")
    note: str | None = f.note()


@rule(CoefficientEdition)
def edition_is_named(record: CoefficientEdition) -> list[Problem]:
    """Names can stand in ``kind/name@edition``; it follows an edition of its own set, or says what it is."""
    found = []
    for name in ("name", "edition"):
        value = getattr(record, name)
        if value is not None and not _NAME.match(value):
            found.append(RecordProblem.NAME_FORM.problem(name, label=label(record, name), value=value))
    if record.based_on is None:
        because = Text("依据版本为空", "nothing it is made from")
        for name in ("title_zh", "title_en"):
            found += required_when(True, record, name, because)
        return found
    head, _, edition = record.based_on.partition("@")
    own = f"{record.kind}/{record.name}"
    if record.kind is not None and record.name is not None and (head != own or edition in ("", record.edition)):
        first, second = label(record, "based_on"), label(record, "edition")
        found.append(RecordProblem.CONTRADICTS.problem("based_on", first=first, second=second))
    return found


@rule(CoefficientEdition)
def edition_rows(record: CoefficientEdition) -> list[Problem]:
    """Each key once; numbers are exact and in order; what is marked A or B names source, clause and verifier."""
    found = no_repeats(record, "lines", ("key",))
    for number, row in enumerate(record.lines, 1):
        found += [each.problem("lines", number, **facts) for _, each, facts in row_findings(row)]
    return found


Finding = tuple[str, RecordProblem, dict[str, object]]


def row_findings(row: CoefficientLine) -> list[Finding]:
    """Return what stands against one row: the field it stands at, the kind of problem and the facts of its sentence."""
    found = _numbers(row)
    because = label(row, "mark")
    needed = ["source", "clause", "verified_by", "verified_on"] if row.mark in VERIFIED else []
    if row.mark not in (None, "none") and not (row.value or row.low or row.high or row.facts):
        needed.append("value")
    for name in needed:
        if getattr(row, name) is None:
            found.append((name, RecordProblem.REQUIRED_BECAUSE, {"label": label(row, name), "because": because}))
    return found


def _numbers(row: CoefficientLine) -> list[Finding]:
    found: list[Finding] = []
    for name in _NUMBERS:
        value = getattr(row, name)
        if value is not None and not _NUMBER.match(value):
            found.append((name, RecordProblem.NOT_A_NUMBER, {"label": label(row, name), "value": value}))
    if found:
        return found
    for first, second in (("low", "high"), ("low", "value"), ("value", "high")):
        small, large = getattr(row, first), getattr(row, second)
        if small is not None and large is not None and Decimal(small) > Decimal(large):
            return [(second, RecordProblem.CONTRADICTS, {"first": label(row, first), "second": label(row, second)})]
    return []
