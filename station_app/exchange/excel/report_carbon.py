"""Carbon on paper: three ledgers on sheets of their own, never added up, each figure with its range beside it."""

from __future__ import annotations

import dataclasses

from station_app.domain.problems import Problem, UserError
from station_app.domain.text import Text
from station_app.exchange.excel.figure_sheets import (
    FREE_FORMAT,
    Spec,
    editions_sheet,
    explanation_sheet,
    findings_sheet,
    table,
)
from station_app.exchange.excel.problems import WorkbookProblem, nothing_of
from station_app.exchange.excel.report_balance import editions_of
from station_app.exchange.excel.report_source import Source
from station_app.exchange.excel.sheets import Book, Shape, Sheet
from station_app.services.figures.carbon import carbon_report, carbon_why
from station_app.services.figures.carbon_rows import CHANGE, STOCK, CarbonReport, Ledger, LedgerRow, part_label

TITLE = Text("草原碳汇表", "Grassland carbon")
_TITLE = Text("{place}{year}年草原碳汇表：{ledger}", "Grassland carbon {year}, {place}: {ledger}")
_APART = Text("{ledger}(未认可)", "{ledger} (not accepted)")
_UNITS = Text("{unit}；范围为 95% 区间", "{unit}; ranges are 95 % intervals")
_TOTAL, _ACCEPTED = Text("合计", "Total"), Text("已认可合计", "Total accepted")
_NEVER = Text("储量、年变化、排放三本账分开，不相加；范围有重叠的不排名次。",
              "Stock, yearly change and emissions are three ledgers and are never added up; where ranges overlap nothing is ranked.")  # fmt: skip
_ADDED = Text("数值和面积的合计为上列各行之和(按未舍入的数相加)；范围不相加，由各因子的不确定性合成；密度为合计的储量比面积。",
              "Sums of value and area are of the rows above (unrounded); ranges are not added but follow from the "
              "uncertainty of the factors; a density is the stock of its line to its area.")  # fmt: skip
_YES, _NO = Text("是", "yes"), Text("否", "no")
_OF = Text("过程 {ledger} {name}", "Expl. {ledger} {name}")
_RANGE = Text("95% 范围", "95 % range")


def carbon(source: Source) -> Book:
    """Return the workbook of one year at ``source.level``, villages without one; every total is explained, and one row."""
    year = source.year = source.year or source.today.year
    nothing = nothing_of(TITLE, year)
    if not source.reader.sql("SELECT 1 FROM household WHERE void=0 LIMIT 1"):
        raise nothing
    found = carbon_report(source.reader, year, level=source.level or "village")
    if not any(ledger.rows or ledger.entered for ledger in found.ledgers):
        raise nothing
    problems: list[Problem] = [*found.problems]
    sheets: list[Sheet] = []
    for ledger in found.ledgers:
        problems += [*ledger.problems, *ledger.order, *(p for row in ledger.rows for p in row.problems)]
        totals = ledger.totals if found.level != "station" and ledger.rows else ()
        sheets.append(_ledger(source, found, ledger, ledger.rows or ledger.totals, totals, source.say(ledger.title)))
        if ledger.entered:
            name = source.say(_APART, ledger=ledger.title)
            sheets.append(_ledger(source, found, ledger, ledger.entered, (), name))
    sheets += _explanations(source, found, problems)
    sheets.append(editions_sheet(editions_of(source, found.editions), source.language))
    sheets.append(findings_sheet(problems, source.language, source.reader))
    return source.book(TITLE, sheets)


def _ledger(
    source: Source,
    found: CarbonReport,
    ledger: Ledger,
    rows: tuple[LedgerRow, ...],
    totals: tuple[LedgerRow, ...],
    name: str,
) -> Sheet:
    numbers = {id(row): n for n, row in enumerate(rows, 1)}
    unit = ledger.unit

    def part(row: LedgerRow) -> str | None:
        return source.say(part_label(row.part, found.settings)) if row.part else None

    specs = (
        Spec(Text("序号", "No."), Shape.SERIAL, lambda r: numbers.get(id(r)), width=5),
        Spec(Text("编码", "Code"), Shape.CODE, lambda r: r.code, width=18),
        Spec(Text("名称", "Name"), Shape.TEXT, lambda r: r.name or r.code, width=22, always=True),
        Spec(Text("部分", "Part"), Shape.TEXT, part, width=24),
        Spec(Text("面积(公顷)", "Area (ha)"), Shape.SCALED, lambda r: r.area_ha, 2, "0.00", 12),
        Spec(Text(f"数值({unit})", f"Value ({unit})"), Shape.SCALED, lambda r: r.value, 2, "0.00", 15, always=True),
        Spec(Text("下限", "low"), Shape.SCALED, lambda r: r.low, 2, "0.00", 14, group=_RANGE, always=True),
        Spec(Text("上限", "high"), Shape.SCALED, lambda r: r.high, 2, "0.00", 14, group=_RANGE, always=True),
        Spec(Text("±%", "±%"), Shape.SCALED, lambda r: r.uncertainty_percent, 1, "0.0", 8, group=_RANGE),
        Spec(Text("t C/公顷", "t C/ha"), Shape.SCALED, lambda r: r.per_ha if ledger.name == STOCK else None, 4, FREE_FORMAT, 11),
        Spec(Text("t CO2/年(负为清除)", "t CO2/a (removal below zero)"), Shape.SCALED,
             lambda r: r.co2_t if ledger.name == CHANGE else None, 2, "0.00", 15),
        Spec(Text("依据项数", "Rests on"), Shape.WHOLE, lambda r: r.items or None, width=9),
        Spec(Text("名次", "Rank"), Shape.WHOLE, lambda r: r.rank, width=6),
        Spec(Text("已认可", "Accepted"), Shape.TEXT, lambda r: source.say(_YES if r.accepted else _NO), width=8),
        Spec(Text("提示", "Note"), Shape.TEXT, lambda r: "⚠" if r.doubtful else None, width=6),
    )  # fmt: skip
    title = source.say(_TITLE, place=source.county or source.organisation, year=found.year, ledger=ledger.title)
    below = [(source.say(text),) for text in (ledger.counted, ledger.sign, *((_ADDED,) if totals else ()), _NEVER)]
    label = source.say(_ACCEPTED if ledger.entered else _TOTAL)
    sums = [
        (" ".join(piece for piece in (label, part(row)) if piece), dataclasses.replace(row, items=0)) for row in totals
    ]
    return table(
        name, title, specs, rows, source.language, closing=sums, above=source.above(source.say(_UNITS, unit=unit)),
        below=(*below, *source.signatures()), counted_as=f"{ledger.name}_rows",
    )  # fmt: skip


def _explanations(source: Source, found: CarbonReport, problems: list[Problem]) -> list[Sheet]:
    """The total of each ledger, and of the chosen row what it has in each; what has no figure is told among the findings."""
    wanted: list[tuple[Ledger, LedgerRow, str]] = []
    for ledger in found.ledgers:
        wanted += [(ledger, row, source.say(_TOTAL)) for row in _with_value(ledger.totals)]
    if source.chosen:
        chosen = [
            (ledger, row)
            for ledger in found.ledgers
            for row in ledger.rows
            if source.chosen in (row.key, row.code, row.name)
        ]
        if not chosen:
            raise WorkbookProblem.NO_SUCH_ROW.error(name=source.chosen, year=found.year)
        wanted += [(ledger, row, row.name or row.code) for ledger, row in chosen if row.value is not None]
    sheets = []
    for ledger, row, name in wanted:
        try:
            result = carbon_why(source.reader, found.year, ledger.name, row.key, part=row.part, level=row.level)
        except UserError as error:
            problems += error.problems
            continue
        label = source.say(_OF, ledger=ledger.title, name=name)
        sheets.append(explanation_sheet(result.explanation, source.language, name=label, reader=source.reader))
    return sheets


def _with_value(rows: tuple[LedgerRow, ...]) -> list[LedgerRow]:
    """The whole where there is one, else each part that has a figure."""
    known = [row for row in rows if row.value is not None]
    whole = [row for row in known if row.part in ("", "total")]
    return whole or known
