"""The columns of targets and gaps: what stands in command, CSV, workbook, window and JSON."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from station_app.domain.calc.gap import decimals
from station_app.domain.codes import label_of, word_of
from station_app.domain.text import Text
from station_app.services.figures.columns import EVERYWHERE, JSON, PAPER, PLAIN, SCREEN, Column, joined, thousands
from station_app.services.figures.gap_rows import ActualRow, GapRow, GapTable

REACHED, MISSED = Text("✓ 已达到", "✓ reached"), Text("△ 未达到", "△ not reached")
NO_ACTUAL, NO_TARGET = Text("? 没有实际值", "? no actual value"), Text("— 没有目标", "— no target")
UNCERTAIN = Text("⚠ 依据不全或系数未核实", "⚠ rests on a part, or on unverified coefficients")
GOAL, ACTUAL, GAP = Text("目标值", "Goal"), Text("实际值", "Actual"), Text("差距", "Gap")
FIRST, BASELINE, DIRECTION = Text("最初目标值", "First goal"), Text("基期值", "Baseline"), Text("方向", "Direction")
CAUSE, MEASURE, RESPONSIBLE = Text("原因", "Cause"), Text("措施", "Measure"), Text("责任人", "Responsible")
DEADLINE, STATUS, SOURCE = Text("期限", "Deadline"), Text("状态", "Status"), Text("来源", "Source")
TREND, DONE = Text("趋势(每年)", "Trend (a year)"), Text("自基期完成", "Way gone")
BELOW, SHORTFALL = Text("下级目标合计", "Targets below"), Text("分解缺口", "Not handed down")
_NOT_ACCEPTED = Text("{verdict} · 未认可", "{verdict} · not accepted")
_COMPUTED, _REPORTED = (
    Text("按记录计算：{how}", "Computed from the records: {how}"),
    Text("填报：{how}", "Reported: {how}"),
)
_REVISED = Text("最初 {first}，后调整", "First {first}, revised since")
_GOALS, _ACTUALS = Text("目标", "Target"), Text("实际", "Actual")
_DISTANCE, _HANDED, _ACTION = (
    Text("差距与趋势", "Gap and trend"),
    Text("下级分解", "Handed down"),
    Text("原因与措施", "Cause and measure"),
)
_ONLY_JSON = frozenset({JSON})
_OFF_SCREEN = EVERYWHERE - {SCREEN}
_INDENT = "　"


def verdict(row: GapRow) -> Text:
    """Return where a target stands, with a sign beside the word."""
    if not row.gap.has_target:
        return NO_TARGET
    if row.gap.reached is None:
        return NO_ACTUAL
    return REACHED if row.gap.reached else MISSED


def state_of(row: GapRow) -> str:
    """Return the colour of a verdict; no target and no actual value are no failure."""
    return {True: "ok", False: "error", None: ""}[row.gap.reached if row.gap.has_target else None]


def places_of(row: GapRow, value: Decimal) -> int:
    """Return how many decimals a value of a row is shown with: those it was told in."""
    return min(decimals(value), row.places)


def figure(row: GapRow, value: Decimal | None) -> str:
    """Return a value of a row as printed; empty where there is none."""
    return "" if value is None else thousands(value, places_of(row, value))


def trend_said(row: GapRow) -> Text | None:
    """Return the trend and the change a year; without a target there is nothing to come nearer to, only the change."""
    change = row.gap.trend_per_year
    if row.gap.trend is None or change is None:
        return None
    number = f"{'+' if change > 0 else ''}{thousands(change, max(row.places, 1))}"
    trend = word_of("gap_trend", row.gap.trend)
    return Text(f"{trend.zh} {number}", f"{trend.en} {number}") if row.gap.has_target else Text(number, number)


def cause_said(row: GapRow) -> Text:
    """Return the causes of the latest assessment, named and in words."""
    named = joined([label_of("gap_cause", code) for code in row.causes])
    return Text(*(mark.join(each for each in (name, row.cause_text) if each)
                  for mark, name in ((";", named.zh), ("; ", named.en))))  # fmt: skip


def name_said(row: GapRow, year: int, above: GapRow | None = None) -> Text:
    """Return place and indicator, with the year where it is another one than that in sight.

    Below a target of the same indicator the place says enough.
    """
    label = label_of("target_indicator", row.indicator)
    same = above is not None and above.indicator == row.indicator and above.place != row.place
    tail = "" if row.year == year else f" {row.year}"
    return Text(*(row.place + ("" if same else f" {name}") + tail for name in (label.zh, label.en)))


def source_said(used: ActualRow | None) -> Text | None:
    """Return whose word an actual value is."""
    return None if used is None else (_COMPUTED if used.computed else _REPORTED).format(how=used.source)


def actual_tip(row: GapRow) -> Text | None:
    """Return where the actual value comes from, or why there is none."""
    told = source_said(row.actual)
    if told is None:
        return row.not_computed.text if row.not_computed is not None else None
    return Text(f"{told.zh}\n{UNCERTAIN.zh}", f"{told.en}\n{UNCERTAIN.en}") if row.doubtful else told


def gap_columns(table: GapTable) -> list[Column[GapRow]]:
    rows = {row.record_id: row for row in table.rows if row.record_id}

    def number(key: str, label: Text, value: Callable[[GapRow], Any], group: Text, **more: object) -> Column[GapRow]:
        usual: dict[str, Any] = {"where": _OFF_SCREEN, "paper_width": 10, "places_of": places_of}
        return Column(key, label, value, 4, group=group, **usual | more)

    def fact(key: str, read: Callable[[GapRow], Any]) -> Column[GapRow]:
        return Column(key, Text(key, key), lambda row: None if (value := read(row)) == "" else value, where=_ONLY_JSON)

    def stands(row: GapRow) -> Text:
        said = verdict(row)
        return said if row.accepted else _NOT_ACCEPTED.format(verdict=said)

    return [
        fact("record_id", lambda row: row.record_id),
        fact("key", lambda row: row.gap.code),
        Column("number", Text("编号", "Number"), lambda row: row.number or None, form="code", where=_OFF_SCREEN, paper_width=13),
        Column("name", Text("目标", "Target"), lambda row: name_said(row, table.year, rows.get(row.parent_id)), front=0,
               width=250, where=frozenset({SCREEN}), tip=lambda row: _named(row, table.year)),
        Column("place", Text("责任地区", "Place"), lambda row: f"{_INDENT * row.depth}{row.place}", form="note",
               where=_OFF_SCREEN, paper_width=14, always=True, code=lambda row: row.place),
        fact("region_code", lambda row: row.region_code),
        Column("indicator", Text("指标", "Indicator"), lambda row: label_of("target_indicator", row.indicator), form="note",
               where=_OFF_SCREEN, paper_width=20, code=lambda row: row.indicator),
        Column("year", Text("年度", "Year"), lambda row: row.year, form="serial", where=_OFF_SCREEN, paper_width=6),
        Column("unit", Text("单位", "Unit"), lambda row: label_of("target_unit", row.unit), front=1, width=70, paper_width=9,
               code=lambda row: row.unit, state=lambda row: "soft_text"),
        Column("direction", DIRECTION, lambda row: word_of("target_direction", row.direction) if row.direction else None, where=_OFF_SCREEN,
               paper_width=9, code=lambda row: row.direction or None, group=_GOALS),
        number("baseline_value", BASELINE, lambda row: row.baseline, _GOALS),
        number("first_value", FIRST, lambda row: row.gap.first_value if row.revisions else None, _GOALS,
               code=lambda row: row.gap.first_value),
        number("target_value", GOAL, lambda row: row.gap.target_value, _GOALS, where=EVERYWHERE, front=2, width=78,
               tip=lambda row: _REVISED.format(first=figure(row, row.gap.first_value)) if row.revisions else None),
        number("actual_value", ACTUAL, lambda row: row.gap.actual_value, _ACTUALS, where=EVERYWHERE, front=3, width=84,
               tip=actual_tip, sign=lambda row: "⚠" if row.doubtful else ""),
        Column("actual_year", Text("实际年度", "Of the year"), lambda row: row.gap.actual_year, form="serial", paper_width=6,
               where=_OFF_SCREEN, group=_ACTUALS),
        Column("source", SOURCE, lambda row: source_said(row.actual), form="note", where=frozenset({PLAIN}), group=_ACTUALS),
        Column("accepted", Text("已认可", "Accepted"), lambda row: row.accepted, paper_width=8, group=_ACTUALS,
               where=_OFF_SCREEN if table.entered is not None else _ONLY_JSON),
        number("gap", GAP, lambda row: row.gap.gap, _DISTANCE, where=EVERYWHERE, front=4, width=80, bold=True,
               state=lambda row: state_of(row) or "soft_text"),
        fact("has_target", lambda row: row.gap.has_target),
        Column("verdict", Text("结论", "Verdict"), stands, front=5, width=90, paper_width=12, bold=True, group=_DISTANCE,
               where=EVERYWHERE - {JSON}, state=lambda row: state_of(row) or "soft_text"),
        fact("reached", lambda row: row.gap.reached),
        Column("done_percent", DONE, lambda row: row.gap.done_percent, 1, "%", where=_OFF_SCREEN - {PLAIN}, paper_width=7,
               group=_DISTANCE),
        Column("trend", TREND, trend_said, front=6, width=90, paper_width=13, group=_DISTANCE,
               code=lambda row: row.gap.trend if row.gap.has_target else None),
        fact("trend_per_year", lambda row: row.gap.trend_per_year),
        number("children_value", BELOW, lambda row: row.gap.children_value, _HANDED),
        number("shortfall", SHORTFALL, lambda row: row.gap.shortfall, _HANDED),
        Column("causes", CAUSE, cause_said, form="note", front=7, width=130, paper_width=18, group=_ACTION,
               code=lambda row: row.causes),
        fact("cause_text", lambda row: row.cause_text),
        Column("measure", MEASURE, lambda row: row.measure or None, form="note", front=8, width=140, paper_width=20, group=_ACTION),
        Column("responsible", RESPONSIBLE, lambda row: row.responsible or None, where=_OFF_SCREEN, paper_width=9, group=_ACTION),
        Column("deadline_on", DEADLINE, lambda row: row.deadline_on, form="date", width=92, paper_width=10.5,
               group=_ACTION),
        Column("status", STATUS, lambda row: _status(row), where=frozenset({PAPER}), paper_width=9, group=_ACTION),
        fact("assessment_id", lambda row: row.assessment_id),
        fact("parent_id", lambda row: row.parent_id),
        fact("depth", lambda row: row.depth),
        fact("computed_value", lambda row: row.computed.value if row.computed is not None else None),
        fact("revisions", lambda row: row.revisions),
        fact("actuals", lambda row: row.actuals),
        fact("doubtful", lambda row: row.doubtful),
        fact("problems", lambda row: (*row.problems, *([row.not_computed] if row.not_computed is not None else ()))),
    ]  # fmt: skip


def _status(row: GapRow) -> Text | None:
    return label_of("assessment_status", row.assessment_status) if row.assessment_status else None


def _named(row: GapRow, year: int) -> Text:
    name = name_said(row, year)
    return Text(f"{name.zh}\n{row.number}".strip(), f"{name.en}\n{row.number}".strip())
