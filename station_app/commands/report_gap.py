"""``grassland-station report gap``: targets of a year with actual, gap and trend, or why one gap is what it is."""

from __future__ import annotations

import argparse
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from station_app.commands.report import print_explanation, print_problems, print_table, problems_json, write_csv
from station_app.domain import codes
from station_app.domain.calc import gap, numbers
from station_app.domain.text import CHINESE, Text
from station_app.services.figures import gaps, sifting

if TYPE_CHECKING:
    from station_app.commands.output import Output
    from station_app.services.figures.gap_rows import GapCounts, GapRow, GapTable
    from station_app.storage.reader import Reader

_NO = "–"
_HEADINGS: tuple[tuple[Text, bool], ...] = (
    (Text("编号", "Number"), False),
    (Text("责任地区", "Place"), False),
    (Text("指标", "Indicator"), False),
    (Text("年度", "Year"), True),
    (Text("单位", "Unit"), False),
    (Text("目标值", "Target"), True),
    (Text("实际值", "Actual"), True),
    (Text("差距", "Gap"), True),
    (Text("结论", "Verdict"), False),
    (Text("年变化", "Change a year"), True),
    (Text("趋势", "Trend"), False),
    (Text("分解缺口", "Not handed down"), True),
    (Text("原因", "Cause"), False),
    (Text("措施", "Measure"), False),
    (Text("期限", "Until"), False),
    (Text("来源", "Source"), False),
    (Text("状态", "State"), False),
)


def report(reader: Reader, args: argparse.Namespace, out: Output) -> int:
    """Print the targets of a year, each below its parent; indicators without a target come last and are no failure."""
    table = gaps.gap_table(reader, args.year)
    if args.why is not None:
        row = next((each for each in table.rows if args.why in (each.number, each.gap.code)), None)
        print_explanation(out, gaps.gap_why(reader, args.year, row.gap.code if row is not None else args.why))
        return 0
    prefix = sifting.region_prefix(args.within)
    kept = [row for row in table.rows if row.region_code.startswith(prefix)]
    headings = [heading.to(out.language) for heading, _ in _HEADINGS]
    rows = [_cells(row, out.language) for row in kept]
    out.put(
        year=table.year,
        counts=_counts(table.counts),
        entered=None if table.entered is None else _counts(table.entered),
        editions=list(table.editions),
        rows=[_row_json(row, out.language) for row in kept],
        problems=problems_json(table.problems, out.language),
    )
    if args.out is not None:
        write_csv(args.out, headings, rows)
        out.put(path=args.out)
        out.say(f"已写出 {len(rows)} 行：{args.out}", f"Wrote {len(rows)} rows: {args.out}")
        return 0
    _heading(table, out)
    print_table(out, headings, rows, [right for _, right in _HEADINGS])
    if not out.as_json:
        print_problems(out, table.problems)
    return 0


def _counts(counts: GapCounts) -> dict[str, int]:
    return {
        "with_target": counts.with_target,
        "reached": counts.reached,
        "missed": counts.missed,
        "unknown": counts.unknown,
        "without_target": counts.without_target,
    }


def _heading(table: GapTable, out: Output) -> None:
    def said(counts: GapCounts) -> Text:
        return Text(
            f"有目标 {counts.with_target} 项，已达到 {counts.reached}，未达到 {counts.missed}，没有实际值 {counts.unknown}；"
            f"没有目标 {counts.without_target} 项",
            f"{counts.with_target} with a target: {counts.reached} reached, {counts.missed} not, {counts.unknown} without an "
            f"actual value; {counts.without_target} without a target",
        )

    whole = said(table.counts)
    out.say(f"{table.year} 年目标与差距：{whole.zh}", f"Targets and gaps {table.year}: {whole.en}")
    if table.entered is not None and table.entered.with_target:
        apart = said(table.entered)
        out.say(f"未认可，另计：{apart.zh}", f"Not accepted, apart: {apart.en}")


def verdict(row: GapRow) -> Text:
    """Return where a target stands, in words."""
    if not row.gap.has_target:
        return Text("没有目标", "no target")
    if row.gap.reached is None:
        return Text("没有实际值", "no actual value")
    return Text("已达到", "reached") if row.gap.reached else Text("未达到", "not reached")


def _shown(row: GapRow, value: Decimal | None) -> str:
    return _NO if value is None else numbers.shown(value, min(gap.decimals(value), row.places))


def _cells(row: GapRow, language: str) -> list[str]:
    mark = "、" if language == CHINESE else ", "
    causes = mark.join(codes.label_of("gap_cause", code).to(language) for code in row.causes)
    used = row.actual
    source = "" if used is None else used.source.to(language)
    if used is not None and used.computed:
        source = Text(f"按记录计算：{source}", f"computed: {source}").to(language)
    state = Text("已认可", "accepted") if row.accepted else Text("未认可", "not accepted")
    return [
        f"{'  ' * row.depth}{row.number}" or _NO,
        row.place,
        codes.label_of("target_indicator", row.indicator).to(language),
        str(row.year),
        codes.label_of("target_unit", row.unit).to(language),
        _shown(row, row.gap.target_value),
        _shown(row, row.gap.actual_value),
        _shown(row, row.gap.gap),
        verdict(row).to(language),
        _shown(row, row.gap.trend_per_year),
        codes.word_of("gap_trend", row.gap.trend).to(language) if row.gap.trend and row.gap.has_target else _NO,
        _shown(row, row.gap.shortfall),
        causes,
        row.measure,
        row.deadline_on.isoformat() if row.deadline_on else "",
        source,
        state.to(language),
    ]


def _row_json(row: GapRow, language: str) -> dict[str, Any]:
    """Return a row with every digit as text; what is not known is null, never zero."""

    def number(value: Decimal | None) -> str | None:
        return None if value is None else numbers.plain(value)

    found = row.gap
    return {
        "record_id": row.record_id or None,
        "key": found.code,
        "number": row.number or None,
        "indicator": row.indicator,
        "place": row.place,
        "region_code": row.region_code,
        "year": row.year,
        "unit": row.unit,
        "direction": row.direction or None,
        "parent_id": row.parent_id or None,
        "depth": row.depth,
        "has_target": found.has_target,
        "target_value": number(found.target_value),
        "first_value": number(found.first_value),
        "baseline_value": number(row.baseline),
        "actual_value": number(found.actual_value),
        "actual_year": found.actual_year,
        "computed_value": number(row.computed.value) if row.computed is not None else None,
        "gap": number(found.gap),
        "reached": found.reached,
        "done_percent": number(found.done_percent),
        "trend": found.trend if found.has_target else None,
        "trend_per_year": number(found.trend_per_year),
        "children_value": number(found.children_value),
        "shortfall": number(found.shortfall),
        "revisions": [
            {"before": number(r.before), "value": number(r.value), "revised_on": r.revised_on.isoformat(),
             "reason": r.reason, "author": r.author}
            for r in row.revisions
        ],
        "actuals": [
            {"year": a.year, "value": number(a.value), "source": a.source.to(language), "reference": a.reference,
             "computed": a.computed, "accepted": a.accepted}
            for a in row.actuals
        ],
        "causes": list(row.causes),
        "cause_text": row.cause_text or None,
        "measure": row.measure or None,
        "responsible": row.responsible or None,
        "deadline_on": row.deadline_on.isoformat() if row.deadline_on else None,
        "assessment_id": row.assessment_id or None,
        "accepted": row.accepted,
        "doubtful": row.doubtful,
        "problems": problems_json(
            [*row.problems, *([row.not_computed] if row.not_computed is not None else [])], language
        ),
    }  # fmt: skip
