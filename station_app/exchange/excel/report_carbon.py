"""Carbon on paper: three ledgers on sheets of their own, never added up, each figure with its range beside it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from functools import partial

from station_app.domain.problems import Problem
from station_app.domain.text import Text
from station_app.exchange.excel.figure_sheets import chosen_row, explained, last_sheets, table
from station_app.exchange.excel.problems import nothing_of
from station_app.exchange.excel.report_source import Source
from station_app.exchange.excel.sheets import Book, Sheet
from station_app.services.figures.carbon import carbon_report, carbon_why
from station_app.services.figures.carbon_columns import carbon_columns, unit_said
from station_app.services.figures.carbon_rows import CarbonReport, Ledger, LedgerRow, part_label

TITLE = Text("草原碳汇表", "Grassland carbon")
_TITLE = Text("{place}{year}年草原碳汇表：{ledger}", "Grassland carbon {year}, {place}: {ledger}")
_APART = Text("{ledger}(未认可)", "{ledger} (not accepted)")
_UNITS = Text("{unit}；范围为 95% 区间", "{unit}; ranges are 95 % intervals")
_NEVER = Text("储量、年变化、排放三本账分开，不相加；范围有重叠的不排名次。",
              "Stock, yearly change and emissions are three ledgers and are never added up; where ranges overlap nothing is ranked.")  # fmt: skip
_ADDED = Text("数值和面积的合计为上列各行之和(按未舍入的数相加)；范围不相加，由各因子的不确定性合成；密度为合计的储量比面积。",
              "Sums of value and area are of the rows above (unrounded); ranges are not added but follow from the "
              "uncertainty of the factors; a density is the stock of its line to its area.")  # fmt: skip
_OF = Text("过程 {ledger} {name}", "Expl. {ledger} {name}")


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
    return source.book(TITLE, [*sheets, *last_sheets(source, found.editions, problems)])


def _ledger(
    source: Source,
    found: CarbonReport,
    ledger: Ledger,
    rows: Iterable[LedgerRow],
    totals: Iterable[LedgerRow],
    name: str,
) -> Sheet:
    title = source.say(_TITLE, place=source.county or source.organisation, year=found.year, ledger=ledger.title)
    sums = []
    for row in totals:
        part = source.say(part_label(row.part, found.settings)) if row.part else ""
        label = f"{source.say(ledger.total_label)} {part}".strip()
        sums.append((label, dataclasses.replace(row, items=0)))  # a parcel may stand in several rows
    below = [(source.say(text),) for text in (ledger.counted, ledger.sign, *((_ADDED,) if sums else ()), _NEVER)]
    return table(
        name, title, carbon_columns(found, ledger.name), list(rows), source.language, numbered=True, closing=sums,
        above=source.above(source.say(_UNITS, unit=unit_said(ledger.unit))), below=(*below, *source.signatures()),
        counted_as=f"{ledger.name}_rows",
    )  # fmt: skip


def _explanations(source: Source, found: CarbonReport, problems: list[Problem]) -> list[Sheet]:
    """The total of each ledger, and of the chosen row what it has in each."""
    total = Text("合计", "Total")
    wanted = [(ledger, row, total) for ledger in found.ledgers for row in _with_value(ledger.totals)]
    every = [(ledger, row) for ledger in found.ledgers for row in ledger.rows]
    chosen = chosen_row(source, [row for _, row in every])
    if chosen is not None:
        name = Text(chosen.name or chosen.code, chosen.name or chosen.code)
        wanted += [(ledger, row, name) for ledger, row in every if row.key == chosen.key and row.value is not None]
    why = partial(carbon_why, source.reader, found.year)
    return explained(
        source,
        [(source.say(_OF, ledger=ledger.title, name=name), partial(why, ledger.name, row.key, part=row.part, level=row.level))
         for ledger, row, name in wanted],
        problems,
    )  # fmt: skip


def _with_value(rows: tuple[LedgerRow, ...]) -> list[LedgerRow]:
    """The whole where there is one, else each part that has a figure."""
    known = [row for row in rows if row.value is not None]
    whole = [row for row in known if row.part in ("", "total")]
    return whole or known
