"""``grassland-station report balance``: the forage–livestock balance of a year at one level, or why one row is what it is."""

from __future__ import annotations

import argparse
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from station_app.commands.report import print_explanation, print_problems, print_table, problems_json, write_csv
from station_app.domain.calc import numbers
from station_app.domain.codes import label_of
from station_app.domain.problems import Severity
from station_app.domain.text import Text
from station_app.services.figures import balance

if TYPE_CHECKING:
    from station_app.commands.output import Output
    from station_app.storage.reader import Reader

_NO = "–"
_HEADINGS: tuple[tuple[Text, bool], ...] = (
    (Text("代码", "Code"), False),
    (Text("名称", "Name"), False),
    (Text("面积(亩)", "Area (mu)"), True),
    (Text("实际载畜(羊单位)", "Stock (SU)"), True),
    (Text("载畜量(天然)", "Capacity (natural)"), True),
    (Text("超载率(天然)%", "Overload (natural) %"), True),
    (Text("超载羊单位(天然)", "Overloaded SU (natural)"), True),
    (Text("载畜量(全部)", "Capacity (all)"), True),
    (Text("超载率(全部)%", "Overload (all) %"), True),
    (Text("核定载畜量", "Approved"), True),
    (Text("超载率(核定)%", "Overload (approved) %"), True),
    (Text("饲草(kg)", "Forage (kg)"), True),
    (Text("需草(kg)", "Demand (kg)"), True),
    (Text("余缺(kg)", "Surplus (kg)"), True),
    (Text("等级", "Grade"), False),
    (Text("户数", "Households"), True),
    (Text("可算户数(天然)", "Compared (natural)"), True),
    (Text("可算存栏(天然)", "Stock compared (natural)"), True),
    (Text("可算户数(核定)", "Compared (approved)"), True),
    (Text("可算存栏(核定)", "Stock compared (approved)"), True),
    (Text("状态", "State"), False),
    (Text("待处理", "To settle"), False),
)


def report(reader: Reader, args: argparse.Namespace, out: Output) -> int:
    """Print the balance of a year at one level, the worst overload first."""
    level = args.level or "household"
    table = balance.balance_table(
        reader, args.year, level, occasion=args.occasion, within=args.within, main_view=args.view
    )
    if args.why is not None:
        row = next((each for each in table.rows if args.why in (each.key, each.code)), None)
        result = balance.balance_why(
            reader, args.year, level, row.key if row is not None else args.why, occasion=table.occasion
        )
        print_explanation(out, result)
        return 0
    rows = [_cells(row, table, out.language) for row in table.rows]
    headings = [heading.to(out.language) for heading, _ in _HEADINGS]
    sums = [[line.label.to(out.language), *_cells(line.row, table, out.language)[1:]] for line in table.lines]
    out.put(
        year=table.year,
        level=table.level,
        occasion=table.occasion,
        main_view=table.main_view,
        scheme={"record_id": table.scheme.record_id, "name": table.scheme.name, "year": table.scheme.year},
        editions=list(table.editions),
        rows=[_row_json(row, out.language) for row in table.rows],
        total=_row_json(table.lines[0].row, out.language),
        totals=[
            {
                "label": line.label.to(out.language),
                "rows": None if line.keys is None else sorted(line.keys),
                **_row_json(line.row, out.language),
            }
            for line in table.lines
        ],
        entered_only=None if table.entered_only is None else _row_json(table.entered_only, out.language),
        problems=problems_json(table.problems, out.language),
    )
    if args.out is not None:
        write_csv(args.out, headings, [*rows, *sums])
        out.put(path=args.out)
        out.say(f"已写出 {len(rows)} 行：{args.out}", f"Wrote {len(rows)} rows: {args.out}")
        return 0
    _heading(table, out)
    print_table(out, headings, rows, [right for _, right in _HEADINGS], sums)
    if not out.as_json:
        print_problems(out, table.problems)
    return 0


def _heading(table: balance.BalanceTable, out: Output) -> None:
    occasion, view = label_of("occasion", table.occasion), label_of("balance_view", table.main_view)
    out.say(
        f"{table.year} 年草畜平衡({occasion.zh}；按“{view.zh}”排序；方案“{table.scheme.name}”)",
        f"Forage–livestock balance {table.year} ({occasion.en}; by “{view.en}”; scheme “{table.scheme.name}”)",
    )
    sets = ", ".join(table.editions)
    out.say(f"所用系数集：{sets}", f"Coefficient sets: {sets}")


def _shown(value: Decimal | None, places: int) -> str:
    return _NO if value is None else numbers.shown(value, places)


def _cells(row: balance.BalanceRow, table: balance.BalanceTable, language: str) -> list[str]:
    natural, every, approved = (row.view(name) for name in ("natural", "all", "approved"))
    grade = row.view(table.main_view).grade
    state = Text("已认可", "accepted") if row.accepted else Text("已录入", "entered")
    doubt = Text("系数未核实", "coefficients unverified").to(language) if row.doubtful else ""
    codes = " ".join(dict.fromkeys(p.code for p in row.problems if p.severity is not Severity.INFO))
    return [
        row.code,
        row.name,
        _shown(row.area_mu, 3),
        _shown(row.stock_su, 2),
        _shown(natural.capacity_su, 2),
        _shown(natural.printed_percent, 2),
        _shown(natural.overloaded_su, 2),
        _shown(every.capacity_su, 2),
        _shown(every.printed_percent, 2),
        _shown(approved.capacity_su, 2),
        _shown(approved.printed_percent, 2),
        _shown(row.supply_kg, 1),
        _shown(row.demand_kg, 1),
        _shown(row.surplus_kg, 1),
        grade.to(language) if grade is not None else _NO,
        str(row.households),
        str(natural.households),
        _shown(natural.stock_su if natural.households else None, 2),
        str(approved.households),
        _shown(approved.stock_su if approved.households else None, 2),
        state.to(language),
        codes or doubt,
    ]


def _row_json(row: balance.BalanceRow, language: str) -> dict[str, Any]:
    """Return a row with every digit as text; what is not known is null, never zero."""

    def number(value: Decimal | None) -> str | None:
        return None if value is None else numbers.plain(value)

    views = {
        name: {
            "capacity_su": number(each.capacity_su),
            "stock_su": number(each.stock_su),
            "rate_percent": number(each.rate_percent),
            "printed_percent": number(each.printed_percent),
            "overloaded_su": number(each.overloaded_su),
            "grade": each.grade_key or None,
            "households": each.households,
            "overloaded_households": each.overloaded,
        }
        for name, each in row.views.items()
    }
    return {
        "level": row.level,
        "key": row.key,
        "code": row.code,
        "name": row.name,
        "village_code": row.village_code,
        "area_mu": number(row.area_mu),
        "banned_mu": number(row.banned_mu),
        "head": row.head,
        "counted_on": row.counted_on or None,
        "stock_su": number(row.stock_su),
        "demand_kg": number(row.demand_kg),
        "supply_kg": number(row.supply_kg),
        "surplus_kg": number(row.surplus_kg),
        "supply": {kind: number(value) for kind, value in row.supply.items()},
        "views": views,
        "households": row.households,
        "accepted": row.accepted,
        "doubtful": row.doubtful,
        "problems": problems_json(row.problems, language),
    }
