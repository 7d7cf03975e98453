"""Targets and gaps on paper: goal, actual, gap, trend, cause, measure, deadline; revisions; years; how each came about."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from station_app.domain.codes import label_of
from station_app.domain.registry import record_type
from station_app.domain.text import Text
from station_app.exchange.excel.figure_sheets import chosen_row, explanation_sheet, last_sheets, table
from station_app.exchange.excel.problems import nothing_of
from station_app.exchange.excel.report_source import SIGNATURES, Source
from station_app.exchange.excel.sheets import Book, Sheet
from station_app.services.figures.columns import Column
from station_app.services.figures.gap_columns import ACTUAL, GOAL, SOURCE, gap_columns, source_said
from station_app.services.figures.gap_rows import GapRow, GapTable
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
_COUNTS = Text(
    "有目标 {with_target} 项：已达到 {reached}，未达到 {missed}，没有实际值 {unknown}；没有目标 {without_target} 项(不算未达到)。",
    "{with_target} with a target: {reached} reached, {missed} not reached, {unknown} without an actual value; {without_target} "
    "without a target (no failure).",
)
_ENTERED = Text("另有未认可的：{counts}", "Not accepted yet, apart: {counts}")


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
    sheets = [_main(source, found), *_revisions(source, found), *_years(source, found), _explanation(source, found)]
    return source.book(TITLE, [*sheets, *last_sheets(source, (), found.problems)])


def _main(source: Source, found: GapTable) -> Sheet:
    counts = source.say(_COUNTS, **dataclasses.asdict(found.counts))
    told = [(source.say(_SIGNS),), (counts,)]
    if found.entered is not None:
        told.append((source.say(_ENTERED, counts=source.say(_COUNTS, **dataclasses.asdict(found.entered))),))
    title = source.say(_TITLE, place=source.county or source.organisation, year=found.year)
    return table(
        source.say(Text("目标与差距", "Targets and gaps")), title, gap_columns(found), found.rows, source.language,
        above=source.above(source.say(_UNITS)), below=(*told, tuple(source.say(text) for text in _SIGNED)),
        counted_as="targets", numbered=True,
    )  # fmt: skip


def _number(label: Text, value: Callable[[Any], Any]) -> Column:
    return Column("number", label, value, 4, paper_width=13)


def _words(label: Text, value: Callable[[Any], Any], width: float, form: str = "text") -> Column:
    return Column("words", label, value, form=form, paper_width=width)


def _unit(row: GapRow) -> Text:
    return label_of("target_unit", row.unit)


_UNIT = Text("计量单位", "Unit")


def _revisions(source: Source, found: GapTable) -> list[Sheet]:
    rows = [(row, revision) for row in found.rows for revision in row.revisions]
    title = source.say(Text("目标调整记录", "Revisions of targets"))
    columns = (
        _words(Text("编号", "Number"), lambda r: r[0].number, 16, "code"),
        _words(Text("目标", "Target"), lambda r: r[0].name, 36, "note"),
        _words(_UNIT, lambda r: _unit(r[0]), 12),
        _number(Text("原目标值", "Before"), lambda r: r[1].before),
        _number(Text("调整后", "After"), lambda r: r[1].value),
        _words(Text("调整日期", "Revised on"), lambda r: r[1].revised_on, 12, "date"),
        _words(Text("调整原因", "Reason"), lambda r: r[1].reason, 44, "note"),
        _words(Text("经手人", "By"), lambda r: r[1].author, 14),
    )
    return [table(title, title, columns, rows, source.language, counted_as="revisions")] if rows else []


def _years(source: Source, found: GapTable) -> list[Sheet]:
    rows = []
    for row in found.rows:
        targets, actuals = dict(row.targets), {a.year: a for a in row.actuals}
        years = [year for year in sorted({*targets, *actuals}) if year <= found.year]
        rows += [(row, year, targets.get(year), actuals.get(year)) for year in years]
    title = source.say(Text("历年目标与实际", "Targets and actuals by year"))
    columns = (
        _words(Text("责任地区", "Place"), lambda r: r[0].place, 20),
        _words(Text("指标", "Indicator"), lambda r: label_of("target_indicator", r[0].indicator), 26),
        _words(_UNIT, lambda r: _unit(r[0]), 12),
        _words(Text("年度", "Year"), lambda r: r[1], 8, "serial"),
        _number(GOAL, lambda r: r[2]),
        _number(ACTUAL, lambda r: r[3].value if r[3] else None),
        _words(SOURCE, lambda r: source_said(r[3]), 44, "note"),
        _words(Text("已认可", "Accepted"), lambda r: r[3].accepted if r[3] else None, 9),
    )
    return [table(title, title, columns, rows, source.language)] if rows else []


def _explanation(source: Source, found: GapTable) -> Sheet:
    """The calculation of the chosen target; without a choice of the first one that is missed, else of the first."""
    row = chosen_row(source, found.rows) or next((r for r in found.rows if r.gap.reached is False), found.rows[0])
    result = gap_why(source.reader, found.year, row.gap.code)
    return explanation_sheet(result.explanation, source.language, reader=source.reader)
