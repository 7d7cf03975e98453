"""The forage–livestock balance on paper: rows worst first, sums of unrounded figures, how total and one row came about."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from station_app.domain.calc.numbers import shown
from station_app.domain.codes import label_of
from station_app.domain.problems import Problem
from station_app.domain.text import Text
from station_app.exchange.excel.figure_sheets import chosen_row, explained, last_sheets, table
from station_app.exchange.excel.problems import nothing_of
from station_app.exchange.excel.report_source import Source
from station_app.exchange.excel.sheets import Book, Sheet
from station_app.services.figures.balance import BalanceRow, BalanceTable, balance_table, balance_why
from station_app.services.figures.balance_columns import balance_columns
from station_app.services.figures.columns import PAPER, Column, on, said

TITLE = Text("草畜平衡表", "Forage–livestock balance")
_TITLE = Text(
    "{place}{year}年草畜平衡表({occasion}，按{level})",
    "Forage–livestock balance {year}, {place} ({occasion}, by {level})",
)
_UNITS = Text("亩、羊单位、公斤标准干草", "mu, SU (sheep units), kg standard hay")
_SCHEME = Text("计算方案：{name}({unit})", "Scheme: {name} ({unit})")
_ACCEPTED = Text("合计只含已认可的 {n} 户；未认可的 {rest} 户另列，不相加。",
                 "The total holds the {n} accepted households; {rest} not accepted stand apart and are not added.")  # fmt: skip
_ENTERED = Text(
    "合计含全部 {n} 户，其中 {rest} 户未认可。", "The total holds all {n} households, {rest} of them not accepted."
)
_KNOWN = Text("“{view}”的超载率只含存栏和载畜量都已知的 {known} 户(共 {n} 户)：存栏 {stock}，载畜量 {room} 羊单位，其中 {over} 户超载；"
              "没有清点、没有产草量不算零。",
              "The rate of “{view}” covers the {known} of {n} households with both a count and a capacity: stock {stock}, capacity "
              "{room} SU, {over} of them overloaded; no count and no yield are not zero.")  # fmt: skip
_ADDED = Text("合计行的各数为上列各行之和(按未舍入的数相加)，超载羊单位也是；超载率不相加，为合计的存栏和载畜量之比，只在两者户数相同的一行写出。",
              "Every sum is of the rows above (unrounded), overloaded SU too; a rate is no sum: it is of the stock and the capacity of "
              "its line and stands only where both are of the same households.")  # fmt: skip
_POOLED = Text("存栏含全部已清点的户；“可算户数”“可算存栏”是有载畜量的户，超载率和供需只含这些户。",
               "Stock is of all households counted; “compared” are those with a capacity: rate, supply and demand are of these.")  # fmt: skip
_BY_PARCEL = Text("各地块的载畜量按各自的利用季节计算，季节不同，不相加。",
                  "Capacities of parcels are of their own seasons and are not added up.")  # fmt: skip
_DOUBT = Text(
    "⚠ 表示用到未核实的系数或资料不全，见“提示”。", "⚠ rests on unverified coefficients or on a part; see Findings."
)
_OF_TOTAL, _OF_ROW = Text("过程 合计", "Explanation, total"), Text("过程 {name}", "Explanation, {name}")


def balance(source: Source) -> Book:
    """Return the workbook of one year at ``source.level``; the whole calculation of the total and of one row is in it."""
    if source.year is None:
        source.latest_year("SELECT max(year) FROM livestock_count WHERE void=0")
    year = source.year = source.year or source.today.year
    if not source.reader.sql("SELECT 1 FROM household WHERE void=0 LIMIT 1"):
        raise nothing_of(TITLE, year)
    level = source.level or "household"
    found = balance_table(source.reader, year, level)
    if not found.rows:
        raise nothing_of(TITLE, year)
    problems = list(found.problems)
    sheets = [_rows(source, found), _sums(source, found), *_explanations(source, found, problems)]
    problems += [problem for row in found.rows for problem in row.problems]
    return source.book(TITLE, [*sheets, *last_sheets(source, found.editions, problems)])


def _rows(source: Source, found: BalanceTable) -> Sheet:
    level, occasion = label_of("figure_level", found.level), label_of("occasion", found.occasion)
    place = source.county or source.organisation
    title = source.say(_TITLE, place=place, year=found.year, occasion=occasion, level=level)
    scheme = source.say(_SCHEME, name=found.scheme.record.name, unit=found.scheme.record.sheep_unit)
    return table(
        source.say(Text("平衡表", "Balance")), title, balance_columns(found), found.rows, source.language, numbered=True,
        above=source.above(source.say(_UNITS), scheme), below=(*_notes(source, found), *source.signatures()),
        counted_as="balance_rows", closing=[(source.say(line.label), line.row) for line in found.lines],
    )  # fmt: skip


def _notes(source: Source, found: BalanceTable) -> list[tuple[str]]:
    total = found.total
    notes = [source.say(_ADDED)]
    if found.level == "parcel":
        notes.append(source.say(_BY_PARCEL))
    elif found.level != "household":
        notes.append(source.say(_POOLED))
    main = total.view(found.main_view)
    if main.households:
        assert main.stock_su is not None and main.capacity_su is not None
        notes.append(source.say(_KNOWN, known=main.households, n=total.households, over=main.overloaded,
                                view=label_of("balance_view", found.main_view), stock=shown(main.stock_su, 2),
                                room=shown(main.capacity_su, 2)))  # fmt: skip
    if found.entered_only is not None:
        words = _ACCEPTED if found.at_county else _ENTERED
        notes.append(source.say(words, n=total.households, rest=found.entered_only.households))
    if any(row.doubtful for row in found.rows):
        notes.append(source.say(_DOUBT))
    return [(note,) for note in notes]


def _sums(source: Source, found: BalanceTable) -> Sheet:
    """The lines under the table turned round, one item below the other: what is of other households stands apart."""
    columns = [each for each in on(PAPER, balance_columns(found)) if each.is_number]
    lines = [each for each in columns if any(each.value(line.row) is not None for line in found.lines)]

    def item(column: Column[BalanceRow]) -> str:
        heading = column.heading(source.language, grouped=True)
        return f"{column.group.to(source.language)}: {heading}" if column.group is not None else heading

    def of_line(row: BalanceRow) -> Callable[[Column[BalanceRow]], str | None]:
        return lambda column: None if column.value(row) is None else said(column, row, source.language)

    turned: list[Column[Column[BalanceRow]]] = [
        Column("item", Text("项目", "Item"), item, paper_width=44),
        *(Column(f"line{n}", line.label, of_line(line.row), form="figure", paper_width=22, always=True)
          for n, line in enumerate(found.lines)),
    ]  # fmt: skip
    title = source.say(Text("合计", "Totals"))
    return table(title, title, turned, lines, source.language)


def _explanations(source: Source, found: BalanceTable, problems: list[Problem]) -> list[Sheet]:
    """The total and one row, each with every step."""
    chosen = chosen_row(source, found.rows) or found.rows[0]
    wanted = [("station", "", source.say(_OF_TOTAL))]
    if found.level != "station":
        wanted.append((found.level, chosen.key, source.say(_OF_ROW, name=chosen.name or chosen.code)))
    why = partial(balance_why, source.reader, found.year, occasion=found.occasion)
    return explained(source, [(name, partial(why, level, key)) for level, key, name in wanted], problems)
