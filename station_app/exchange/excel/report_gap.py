"""Targets and gaps on paper: goal, actual, gap, trend, cause, measure, deadline; revisions; years; how each came about."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from station_app.domain.calc.numbers import plain, round_to
from station_app.domain.codes import word_of
from station_app.domain.registry import record_type
from station_app.domain.text import CHINESE, Text
from station_app.exchange.excel.figure_sheets import (
    FREE_FORMAT,
    Spec,
    explanation_sheet,
    findings_sheet,
    table,
)
from station_app.exchange.excel.problems import WorkbookProblem, nothing_of
from station_app.exchange.excel.report_source import SIGNATURES, Source, joined
from station_app.exchange.excel.sheets import Book, Shape, Sheet
from station_app.services.figures.gap_rows import GapCounts, GapRow, GapTable
from station_app.services.figures.gaps import gap_table, gap_why

TITLE = Text("目标与差距表", "Targets and gaps")
_TITLE = Text("{place}{year}年目标与差距表", "Targets and gaps {year}, {place}")
_UNITS = Text("见指标", "beside each indicator")
_SIGNED = (SIGNATURES[0], SIGNATURES[1], Text("单位负责人(签字、盖章):", "Head of the organisation (signature, stamp):"),
           SIGNATURES[4])  # fmt: skip
_SIGNS = Text(
    "差距=目标-实际(不超过、越低越好的为实际-目标)，负数为超额；完成=自基期已走完的比例；没有目标、没有实际值不算零。",
    "Gap = target − actual (the other way round where less is better); below zero: more than asked. Done: share of the way from "
    "the baseline. No target and no actual value are not zero.",
)
_YES, _NO = Text("是", "yes"), Text("否", "no")
_NONE = Text("没有目标", "no target")
_COMPUTED = Text("按记录计算：{how}", "computed: {how}")
_COUNTS = Text(
    "有目标 {with_target} 项：已达到 {reached}，未达到 {missed}，没有实际值 {unknown}；没有目标 {without_target} 项(不算未达到)。",
    "{with_target} with a target: {reached} reached, {missed} not reached, {unknown} without an actual value; {without_target} "
    "without a target (no failure).",
)
_ENTERED = Text("另有未认可的：{counts}", "Not accepted yet, apart: {counts}")
_GOAL, _REACHED, _DISTANCE = Text("目标", "Target"), Text("实际", "Actual"), Text("差距与趋势", "Gap and trend")
_BELOW, _ACTION = Text("下级分解", "Handed down"), Text("原因与措施", "Cause and measure")
_INDENT = "  "


def gaps(source: Source) -> Book:
    """Return the workbook of one year; ``source.chosen`` is the target whose whole calculation is shown."""
    if source.year is None:
        source.latest_year("SELECT max(year) FROM target WHERE void=0")
    year = source.year or source.today.year
    source.year = year
    found = gap_table(source.reader, year)
    if not found.rows:
        label = record_type("target").label
        raise nothing_of(label, year)
    sheets = [_main(source, found)]
    for made in (_revisions(source, found), _years(source, found)):
        if made is not None:
            sheets.append(made)
    sheets += _explanations(source, found)
    sheets.append(findings_sheet(found.problems, source.language, source.reader))
    return source.book(TITLE, sheets)


def _place(source: Source) -> str:
    return source.county or source.organisation


def _main(source: Source, found: GapTable) -> Sheet:
    numbers = {id(row): n for n, row in enumerate(found.rows, 1)}
    several = any(row.year != found.year for row in found.rows)
    specs = (
        Spec(Text("序号", "No."), Shape.SERIAL, lambda r: numbers[id(r)], width=5),
        Spec(Text("编号", "Number"), Shape.CODE, lambda r: r.number, width=13),
        Spec(Text("责任地区", "Place"), Shape.NOTE, lambda r: f"{_INDENT * r.depth}{r.place}", width=14, always=True),
        Spec(Text("指标(计量单位)", "Indicator (unit)"), Shape.NOTE, lambda r: _indicator(source, r), width=20),
        Spec(Text("年度", "Year"), Shape.SERIAL, lambda r: r.year if several else None, width=6),
        Spec(Text("方向", "Direction"), Shape.TEXT, lambda r: _direction(source, r), width=9, group=_GOAL),
        _number("基期值", "Baseline", lambda r: r.baseline, group=_GOAL),
        _number("最初值", "First", lambda r: r.gap.first_value if r.revisions else None, group=_GOAL),
        _number("目标值", "Target", lambda r: r.gap.target_value, group=_GOAL),
        _number("实际值", "Actual", lambda r: r.gap.actual_value, group=_REACHED),
        Spec(Text("年度", "Year"), Shape.SERIAL, lambda r: r.gap.actual_year, width=6, group=_REACHED),
        Spec(Text("已认可", "Accepted"), Shape.TEXT, lambda r: _flag(source, r.accepted) if found.entered is not None else None,
             width=8, group=_REACHED),
        _number("差距", "Gap", lambda r: r.gap.gap, group=_DISTANCE),
        Spec(Text("已达到", "Reached"), Shape.TEXT, lambda r: _reached(source, r), width=8.5, group=_DISTANCE),
        Spec(Text("完成(%)", "Done (%)"), Shape.SCALED, lambda r: r.gap.done_percent, 1, "0.0", 7, group=_DISTANCE),
        Spec(Text("趋势(每年)", "Trend (a year)"), Shape.NOTE, lambda r: _trend(source, r), width=13, group=_DISTANCE),
        _number("合计", "In all", lambda r: r.gap.children_value, group=_BELOW),
        _number("缺口", "Missing", lambda r: r.gap.shortfall, group=_BELOW),
        Spec(Text("原因", "Cause"), Shape.NOTE, lambda r: _cause(source, r), width=18, group=_ACTION),
        Spec(Text("措施", "Measure"), Shape.NOTE, lambda r: r.measure, width=20, group=_ACTION),
        Spec(Text("责任人", "By"), Shape.TEXT, lambda r: r.responsible, width=9, group=_ACTION),
        Spec(Text("期限", "Until"), Shape.DATE, lambda r: r.deadline_on, width=10.5, group=_ACTION),
        Spec(Text("状态", "Status"), Shape.TEXT, lambda r: source.label("assessment_status", r.assessment_status or None),
             width=9, group=_ACTION),
    )  # fmt: skip
    signed = tuple(source.say(text) for text in _SIGNED)
    counted = [(_counts(source, found.counts),)]
    if found.entered is not None:
        counted.append((source.say(_ENTERED, counts=_counts(source, found.entered)),))
    return table(
        source.say(Text("目标与差距", "Targets and gaps")), source.say(_TITLE, place=_place(source), year=found.year), specs,
        found.rows, source.language, above=source.above(source.say(_UNITS)), below=((source.say(_SIGNS),), *counted, signed),
        counted_as="targets",
    )  # fmt: skip


def _number(zh: str, en: str, value: Any, group: Text) -> Spec:
    return Spec(Text(zh, en), Shape.SCALED, value, 4, FREE_FORMAT, 10, group=group)


def _indicator(source: Source, row: GapRow) -> str:
    unit = source.label("target_unit", row.unit)
    return (
        f"{source.label('target_indicator', row.indicator)}({unit})"
        if source.language == CHINESE
        else (f"{source.label('target_indicator', row.indicator)} ({unit})")
    )


def _trend(source: Source, row: GapRow) -> str | None:
    if row.gap.trend is None or row.gap.trend_per_year is None:
        return None
    change = row.gap.trend_per_year
    said = f"{'+' if change > 0 else ''}{plain(round_to(change, Decimal('0.01')))}"
    return f"{source.say(word_of('gap_trend', row.gap.trend))} {said}" if row.gap.has_target else said


def _direction(source: Source, row: GapRow) -> str | None:
    return source.say(word_of("target_direction", row.direction)) if row.direction else None


def _flag(source: Source, value: bool) -> str:
    return source.say(_YES if value else _NO)


def _reached(source: Source, row: GapRow) -> str | None:
    if not row.gap.has_target:
        return source.say(_NONE)
    return None if row.gap.reached is None else _flag(source, row.gap.reached)


def _cause(source: Source, row: GapRow) -> str | None:
    mark = "、" if source.language == CHINESE else ", "
    named = mark.join(source.label("gap_cause", code) or code for code in row.causes)
    return joined([named, row.cause_text], ";" if source.language == CHINESE else "; ")


def _counts(source: Source, counts: GapCounts) -> str:
    return source.say(
        _COUNTS, with_target=counts.with_target, reached=counts.reached, missed=counts.missed, unknown=counts.unknown,
        without_target=counts.without_target,
    )  # fmt: skip


def _revisions(source: Source, found: GapTable) -> Sheet | None:
    rows = [(row, revision) for row in found.rows for revision in row.revisions]
    if not rows:
        return None
    title = Text("目标调整记录", "Revisions of targets")
    specs = (
        Spec(Text("编号", "Number"), Shape.CODE, lambda r: r[0].number, width=16),
        Spec(Text("目标", "Target"), Shape.NOTE, lambda r: source.say(r[0].name), width=36),
        Spec(Text("计量单位", "Unit"), Shape.TEXT, lambda r: source.label("target_unit", r[0].unit), width=12),
        Spec(Text("原目标值", "Before"), Shape.SCALED, lambda r: r[1].before, 4, FREE_FORMAT, 12),
        Spec(Text("调整后", "After"), Shape.SCALED, lambda r: r[1].value, 4, FREE_FORMAT, 12),
        Spec(Text("调整日期", "Revised on"), Shape.DATE, lambda r: r[1].revised_on, width=12),
        Spec(Text("调整原因", "Reason"), Shape.NOTE, lambda r: r[1].reason, width=44),
        Spec(Text("经手人", "By"), Shape.TEXT, lambda r: r[1].author, width=14),
    )
    return table(source.say(title), source.say(title), specs, rows, source.language, counted_as="revisions")


def _years(source: Source, found: GapTable) -> Sheet | None:
    rows: list[tuple[GapRow, int, Any, Any]] = []
    for row in found.rows:
        targets = dict(row.targets)
        actuals = {a.year: a for a in row.actuals}
        for year in sorted({*targets, *actuals}):
            if year <= found.year:
                rows.append((row, year, targets.get(year), actuals.get(year)))
    if not rows:
        return None
    title = Text("历年目标与实际", "Targets and actuals by year")
    specs = (
        Spec(Text("责任地区", "Place"), Shape.TEXT, lambda r: r[0].place, width=20),
        Spec(
            Text("指标", "Indicator"), Shape.TEXT, lambda r: source.label("target_indicator", r[0].indicator), width=26
        ),
        Spec(Text("计量单位", "Unit"), Shape.TEXT, lambda r: source.label("target_unit", r[0].unit), width=12),
        Spec(Text("年度", "Year"), Shape.SERIAL, lambda r: r[1], width=8),
        Spec(Text("目标值", "Target"), Shape.SCALED, lambda r: r[2], 4, FREE_FORMAT, 13),
        Spec(Text("实际值", "Actual"), Shape.SCALED, lambda r: r[3].value if r[3] else None, 4, FREE_FORMAT, 13),
        Spec(Text("来源", "Source"), Shape.NOTE, lambda r: _source_of(source, r[3]), width=44),
        Spec(Text("已认可", "Accepted"), Shape.TEXT, lambda r: _flag(source, r[3].accepted) if r[3] else None, width=9),
    )
    return table(source.say(title), source.say(title), specs, rows, source.language)


def _source_of(source: Source, actual: Any) -> str | None:
    if actual is None:
        return None
    return source.say(_COMPUTED, how=actual.source) if actual.computed else source.say(actual.source)


def _explanations(source: Source, found: GapTable) -> list[Sheet]:
    """The calculation of the chosen target; without a choice of the first one that is missed, else of the first."""
    chosen = next((row for row in found.rows if source.chosen in (row.record_id, row.number) and source.chosen), None)
    if source.chosen and chosen is None:
        raise WorkbookProblem.NO_SUCH_ROW.error(name=source.chosen, year=found.year)
    row = chosen or next((r for r in found.rows if r.gap.reached is False), found.rows[0])
    result = gap_why(source.reader, found.year, row.gap.code)
    return [explanation_sheet(result.explanation, source.language, reader=source.reader)]
