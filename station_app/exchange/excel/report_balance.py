"""The forage–livestock balance on paper: rows worst first, sums of unrounded figures, how total and one row came about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from station_app.domain.calc.balance import VIEWS
from station_app.domain.calc.numbers import shown
from station_app.domain.codes import code_list, label_of, word_of
from station_app.domain.problems import Problem, UserError
from station_app.domain.text import Text
from station_app.exchange.excel.figure_sheets import (
    AREA_FORMAT,
    Spec,
    editions_sheet,
    explanation_sheet,
    findings_sheet,
    table,
)
from station_app.exchange.excel.problems import WorkbookProblem, nothing_of
from station_app.exchange.excel.report_source import Source
from station_app.exchange.excel.sheets import Book, Shape, Sheet
from station_app.services.figures.balance import (
    BalanceRow,
    BalanceTable,
    balance_table,
    balance_why,
    supply_kinds,
    supply_label,
)
from station_app.services.figures.standards import standards_of

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
_SUPPLY, _OF_TOTAL, _OF_ROW = (
    Text("饲草供需(公斤)", "Forage (kg)"),
    Text("过程 合计", "Explanation, total"),
    Text("过程 {name}", "Explanation, {name}"),
)
_YES, _NO = Text("是", "yes"), Text("否", "no")
_HEADINGS = {
    "household": Text("户主", "Head of household"),
    "parcel": Text("地块", "Parcel"),
    "village": Text("嘎查(村)", "Village"),
    "township": Text("苏木(乡镇)", "Township"),
    "station": Text("单位", "Unit"),
}


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
    for row in found.rows:
        problems += row.problems
    sheets.append(editions_sheet(editions_of(source, found.editions), source.language))
    sheets.append(findings_sheet(problems, source.language, source.reader))
    return source.book(TITLE, sheets)


def editions_of(source: Source, used: tuple[str, ...]) -> list[tuple[str, str, str]]:
    """Return reference, title and marks of the sets that were used."""
    known = {each.reference: each for each in standards_of(source.reader)}
    out = []
    for reference in used:
        each = known.get(reference)
        marks = " ".join(sorted({row.mark for row in each.rows if row.mark})) if each is not None else ""
        out.append((reference, source.say(each.title) if each is not None else "", marks))
    return out


def _occasion(found: BalanceTable) -> Text:
    return code_list("occasion").labels.get(found.occasion, Text(found.occasion, found.occasion))


def _rows(source: Source, found: BalanceTable) -> Sheet:
    numbers = {id(row): n for n, row in enumerate(found.rows, 1)}
    by_household = found.level in ("household", "parcel")
    views = [found.main_view, *(view for view in VIEWS if view != found.main_view)]
    specs = [
        Spec(Text("序号", "No."), Shape.SERIAL, lambda r: numbers.get(id(r)), width=5),
        Spec(
            Text("乡(镇)苏木", "Township"),
            Shape.TEXT,
            lambda r: _township(source, r) if by_household else None,
            width=12,
        ),
        Spec(
            Text("嘎查(村)", "Village"), Shape.TEXT, lambda r: _village(source, r) if by_household else None, width=12
        ),
        Spec(Text("编码", "Code"), Shape.CODE, lambda r: r.code, width=18, always=True),
        Spec(_HEADINGS[found.level], Shape.TEXT, lambda r: r.name, width=14, always=True),
        Spec(
            Text("户数", "Households"),
            Shape.WHOLE,
            lambda r: None if by_household else r.households,
            width=9.5,
            total="" if found.at_county else "households",
        ),
        Spec(
            Text("草场面积(亩)", "Land (mu)"),
            Shape.SCALED,
            lambda r: r.area_mu,
            3,
            AREA_FORMAT,
            12,
            total="" if found.at_county else "capacity_area_mu",
        ),
        Spec(Text("禁牧面积(亩)", "Banned (mu)"), Shape.SCALED, lambda r: r.banned_mu or None, 3, AREA_FORMAT, 11),
        Spec(Text("存栏(羊单位)", "Stock (SU)"), Shape.SCALED, lambda r: r.stock_su, 2, "0.00", 11),
    ]
    for view in views:
        specs += _view_specs(source, view, pooled=not by_household)
    kinds = [kind for kind in supply_kinds() if any(kind in row.supply for row in found.rows)]
    specs += [_supply_spec(kind) for kind in kinds]
    specs += [
        Spec(Text("供草合计", "Supply"), Shape.SCALED, lambda r: r.supply_kg, 1, "0.0", 12, group=_SUPPLY),
        Spec(Text("需草", "Demand"), Shape.SCALED, lambda r: r.demand_kg, 1, "0.0", 12, group=_SUPPLY),
        Spec(Text("余(缺)", "Surplus"), Shape.SCALED, lambda r: r.surplus_kg, 1, "0.0", 12, group=_SUPPLY),
        Spec(Text("已认可", "Accepted"), Shape.TEXT, lambda r: source.say(_YES if r.accepted else _NO), width=9),
        Spec(Text("提示", "Note"), Shape.TEXT, lambda r: "⚠" if r.doubtful else None, width=5),
    ]
    level = label_of("figure_level", found.level)
    title = source.say(
        _TITLE, place=source.county or source.organisation, year=found.year, occasion=_occasion(found), level=level
    )
    scheme = source.say(_SCHEME, name=found.scheme.name, unit=found.scheme.sheep_unit)
    return table(
        source.say(Text("平衡表", "Balance")), title, specs, found.rows, source.language,
        above=source.above(source.say(_UNITS), scheme), below=(*_notes(source, found), *source.signatures()),
        counted_as="balance_rows", closing=[(source.say(label), row) for label, row, _ in found.lines],
    )  # fmt: skip


def _supply_spec(kind: str) -> Spec:
    return Spec(supply_label(kind), Shape.SCALED, lambda r: r.supply.get(kind), 1, "0.0", 11, group=_SUPPLY)


def _view_specs(source: Source, view: str, *, pooled: bool) -> list[Spec]:
    """The columns of a view; of many households also whose stock the capacity is held against."""
    group = word_of("balance_view", view)
    compared = [
        Spec(
            Text("可算户数", "Compared"),
            Shape.WHOLE,
            lambda r: r.view(view).households or None,
            width=8,
            total=f"compared_{view}",
            group=group,
        ),
        Spec(
            Text("可算存栏(羊单位)", "Stock compared (SU)"),
            Shape.SCALED,
            lambda r: r.view(view).stock_su if r.view(view).households else None,
            2,
            "0.00",
            11,
            group=group,
        ),
    ]

    def grade(row: BalanceRow) -> str | None:
        found = row.view(view).grade
        return source.say(found) if found is not None else None

    return [
        *(compared if pooled else ()),
        Spec(
            Text("载畜量(羊单位)", "Capacity (SU)"),
            Shape.SCALED,
            lambda r: r.view(view).capacity_su,
            2,
            "0.00",
            11,
            group=group,
        ),
        Spec(
            Text("超载率(%)", "Overload (%)"),
            Shape.SCALED,
            lambda r: r.view(view).printed_percent,
            2,
            "0.00",
            9,
            group=group,
        ),
        Spec(
            Text("超载(羊单位)", "Overloaded (SU)"),
            Shape.SCALED,
            lambda r: r.view(view).overloaded_su,
            2,
            "0.00",
            11,
            group=group,
        ),
        Spec(Text("等级", "Grade"), Shape.TEXT, grade, width=10, group=group),
    ]


def _notes(source: Source, found: BalanceTable) -> list[tuple[str]]:
    total = found.total
    notes = [source.say(_ADDED)]
    if found.level == "parcel":
        notes.append(source.say(_BY_PARCEL))
    elif found.level != "household":
        notes.append(source.say(_POOLED))
    main = total.view(found.main_view)
    if main.households:
        told = {
            "known": main.households,
            "n": total.households,
            "over": main.overloaded,
            "view": word_of("balance_view", found.main_view),
        }
        notes.append(source.say(_KNOWN, **told, stock=_figure(main.stock_su, 2), room=_figure(main.capacity_su, 2)))
    if found.entered_only is not None:
        words = _ACCEPTED if found.at_county else _ENTERED
        notes.append(source.say(words, n=total.households, rest=found.entered_only.households))
    if any(row.doubtful for row in found.rows):
        notes.append(source.say(_DOUBT))
    return [(note,) for note in notes]


def _township(source: Source, row: BalanceRow) -> str | None:
    return source.township(row.village_code or None)


def _village(source: Source, row: BalanceRow) -> str | None:
    return source.village(row.village_code or None)


def _sums(source: Source, found: BalanceTable) -> Sheet:
    """The lines under the table turned round, one item below the other: what is of other households stands apart."""
    lines: list[tuple[str, str, list[Any], int]] = []

    def line(label: Text, unit: Text, read: Any, places: int) -> None:
        values = [read(each.row) for each in found.lines]
        if any(value is not None for value in values):
            lines.append((source.say(label), source.say(unit), values, places))

    su, kg = Text("羊单位", "SU"), Text("公斤标准干草", "kg standard hay")
    line(Text("户数", "Households"), Text("户", "households"), lambda r: r.households, 0)
    line(Text("草场面积", "Land"), Text("亩", "mu"), lambda r: r.area_mu, 3)
    line(Text("存栏", "Stock"), su, lambda r: r.stock_su, 2)
    for kind in supply_kinds():
        line(supply_label(kind), kg, lambda r, k=kind: r.supply.get(k), 1)
    line(Text("供草合计", "Supply"), kg, lambda r: r.supply_kg, 1)
    line(Text("需草", "Demand"), kg, lambda r: r.demand_kg, 1)
    line(Text("余(缺)", "Surplus"), kg, lambda r: r.surplus_kg, 1)
    for view in VIEWS:

        def named(zh: str, en: str, view: str = view) -> Text:
            return Text(f"{{view}}：{zh}", f"{{view}}: {en}").format(view=word_of("balance_view", view))

        line(named("载畜量", "capacity"), su, lambda r, v=view: r.view(v).capacity_su, 2)
        line(named("超载率", "overload"), Text("%", "%"), lambda r, v=view: r.view(v).printed_percent, 2)
        line(named("超载", "overloaded"), su, lambda r, v=view: r.view(v).overloaded_su, 2)
        line(named("可算户数", "households compared"), Text("户", "households"),
             lambda r, v=view: r.view(v).households or None, 0)  # fmt: skip
        line(named("可算存栏", "stock compared"), su, lambda r, v=view: r.view(v).stock_su, 2)
        line(named("超载户数", "households overloaded"), Text("户", "households"),
             lambda r, v=view: r.view(v).overloaded if r.view(v).households else None, 0)  # fmt: skip
    specs = (
        Spec(Text("项目", "Item"), Shape.TEXT, lambda each: each[0], width=44),
        Spec(Text("单位", "Unit"), Shape.TEXT, lambda each: each[1], width=20),
        *(Spec(each.label, Shape.FIGURE, _value_at(n), width=22, always=True) for n, each in enumerate(found.lines)),
    )
    title = Text("合计", "Totals")
    return table(source.say(title), source.say(title), specs, lines, source.language)


def _value_at(place: int) -> Callable[[Any], str | None]:
    return lambda line: _figure(line[2][place], line[3])


def _figure(value: Any, places: int) -> str | None:
    return None if value is None else str(value) if isinstance(value, int) else shown(value, places)


def _explanations(source: Source, found: BalanceTable, problems: list[Problem]) -> list[Sheet]:
    """The total and one row, each with every step; a figure that can not be explained says why among the findings."""
    chosen = found.rows[0]
    if source.chosen:
        named = next((r for r in found.rows if source.chosen in (r.key, r.code, r.name)), None)
        if named is None:
            raise WorkbookProblem.NO_SUCH_ROW.error(name=source.chosen, year=found.year)
        chosen = named
    wanted = [("station", "", source.say(_OF_TOTAL))]
    if found.level != "station":
        wanted.append((found.level, chosen.key, source.say(_OF_ROW, name=chosen.name or chosen.code)))
    sheets = []
    for level, key, name in wanted:
        try:
            result = balance_why(source.reader, found.year, level, key, occasion=found.occasion)
        except UserError as error:
            problems += error.problems
            continue
        sheets.append(explanation_sheet(result.explanation, source.language, name=name, reader=source.reader))
    return sheets
