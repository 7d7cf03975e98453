"""The columns of a balance: what stands in command, CSV, workbook, window and JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from station_app.domain.calc.balance import VIEWS
from station_app.domain.codes import label_of
from station_app.domain.text import Text
from station_app.services.figures.columns import (
    DOUBTFUL,
    EVERYWHERE,
    JSON,
    PAPER,
    PLAIN,
    SCREEN,
    SOUND,
    Column,
    to_settle,
    told,
)
from station_app.services.figures.rows import SINGLE, VIEW_SHORT, BalanceRow, ViewFigures, supply_kinds, supply_label
from station_app.services.figures.total_lines import BalanceTable

SIGN_OVER, SIGN_WITHIN = "▲", "✓"
STOCK, CAPACITY = Text("存栏", "Stock"), Text("载畜量", "Capacity")
RATE, OVER, GRADE = Text("超载率", "Overload"), Text("超载", "Over by"), Text("等级", "Grade")
SUPPLY, DEMAND, SURPLUS = Text("供草合计", "Supply"), Text("需草", "Demand"), Text("余缺", "Surplus")
_OVERLOADED, _NOT_OVER = Text("超载", "overloaded"), Text("未超载", "not overloaded")
_FORAGE = Text("饲草供需(标准干草)", "Forage (standard hay)")
_OFF_SCREEN = EVERYWHERE - {SCREEN}
_ONLY_JSON = frozenset({JSON})
_HAY: dict[str, Any] = {"unit": "kg", "group": _FORAGE, "width": 112}


def is_over(row: BalanceRow, view: str) -> bool:
    """Whether a row carries more than its capacity in a view."""
    return bool(row.view(view).overloaded_su)


def grade_said(row: BalanceRow, view: str) -> Text | None:
    """Return sign and word of the grade; none where there is no stock or no capacity."""
    figures = row.view(view)
    if figures.overloaded_su is None:
        return None
    word = figures.grade or (_OVERLOADED if figures.overloaded_su else _NOT_OVER)
    sign = SIGN_OVER if figures.overloaded_su else SIGN_WITHIN
    return Text(f"{sign} {word.zh}", f"{sign} {word.en}")


def grade_state(row: BalanceRow, view: str) -> str:
    return "" if row.view(view).overloaded_su is None else "error" if is_over(row, view) else "ok"


def views_of(table: BalanceTable, main_view: str) -> list[str]:
    """Return the views a table holds anything of, the main one first."""
    there = {view for row in (table.total, *table.rows) for view in row.views}
    return [main_view, *(view for view in VIEWS if view != main_view and view in there)]


def balance_columns(table: BalanceTable, main_view: str = "") -> list[Column[BalanceRow]]:
    """Return the columns of a balance at its level, those of the main view first."""
    main = main_view or table.main_view
    many = table.level not in SINGLE
    of_many = EVERYWHERE if many else _ONLY_JSON
    of_one = frozenset() if many else EVERYWHERE - {JSON}

    def against(row: BalanceRow) -> tuple[Decimal | None, Decimal | None]:
        figures = row.view(main)
        return (row.stock_su if figures.stock_su is None else figures.stock_su), figures.capacity_su

    def compared(row: BalanceRow) -> bool:
        return row.view(main).rate_percent is not None

    columns: list[Column[BalanceRow]] = [
        Column("level", Text("层级", "Level"), lambda row: row.level, where=_ONLY_JSON),
        Column("key", Text("键", "Key"), lambda row: row.key, where=_ONLY_JSON),
        Column("code", Text("编码", "Code"), lambda row: row.code, form="code", where=_OFF_SCREEN, always=True,
               paper_width=18),
        Column("name", label_of("figure_level", table.level), lambda row: row.name or row.code, front=0, always=True,
               width=170 if many else 118, paper_width=14, tip=told),
        Column("township", Text("苏木(乡镇)", "Township"), lambda row: table.place(row.village_code[:9]), paper_width=12,
               where=of_one & {PAPER}),
        Column("village", label_of("figure_level", "village"), lambda row: table.place(row.village_code), front=1,
               width=136, paper_width=12, where=of_one),
        Column("village_code", Text("嘎查村代码", "Village code"), lambda row: row.village_code, where=_ONLY_JSON),
        Column("households", Text("户数", "Households"), lambda row: row.households, 0, width=76, paper_width=9.5,
               where=of_many, counted_as="" if table.at_county else "households"),
        Column("area_mu", Text("草场面积", "Land"), lambda row: row.area_mu, 3, "mu", screen_places=1, width=112,
               paper_width=12, counted_as="" if table.at_county else "capacity_area_mu"),
        Column("banned_mu", Text("禁牧面积", "Banned"), lambda row: row.banned_mu or None, 3, "mu", where=_OFF_SCREEN,
               code=lambda row: row.banned_mu),
        Column("head", Text("头只数", "Head"), lambda row: row.head, 0, where=_ONLY_JSON),
        Column("counted_on", Text("清点日期", "Counted on"), lambda row: row.counted_on or None, where=_ONLY_JSON),
        Column("gauge", Text("存栏占载畜量", "Stock of capacity"), against, form="gauge", where=frozenset({SCREEN}),
               front=2, width=176, summed=compared, why=f"{main}_rate_percent"),
        Column("stock_su", STOCK, lambda row: row.stock_su, 2, "SU", screen_places=1, front=7, width=106, why="stock_su"),
    ]  # fmt: skip
    for view in views_of(table, main):
        columns += _view_columns(view, view == main, many)
    kinds = [kind for kind in supply_kinds() if any(kind in row.supply for row in (table.total, *table.rows))]
    columns += [
        Column(f"supply.{kind}", supply_label(kind), _supply(kind), 1, where=frozenset({PAPER, JSON}), **_HAY)
        for kind in kinds
    ]
    return [
        *columns,
        Column("supply_kg", SUPPLY, lambda row: row.supply_kg, 1, screen_places=0, why="supply_kg", **_HAY),
        Column("demand_kg", DEMAND, lambda row: row.demand_kg, 1, screen_places=0, why="demand_kg", **_HAY),
        Column("surplus_kg", SURPLUS, lambda row: row.surplus_kg, 1, screen_places=0, why="surplus_kg",
               tip=lambda row: Text("负数表示缺草", "Below zero: a shortage"),
               state=lambda row: "error" if row.surplus_kg is not None and row.surplus_kg < 0 else "", **_HAY),
        Column("accepted", Text("已认可", "Accepted"), lambda row: row.accepted, width=96, paper_width=9, summed=True,
               state=lambda row: "ok" if row.accepted else "soft_text"),
        Column("doubtful", Text("可信", "Trust"), lambda row: DOUBTFUL if row.doubtful else SOUND, front=6, width=76,
               paper_width=8, where=EVERYWHERE - {PLAIN}, code=lambda row: row.doubtful, summed=True, tip=told,
               state=lambda row: "warn" if row.doubtful else "soft_text"),
        Column("to_settle", Text("待处理", "To settle"), to_settle, where=frozenset({PLAIN}), summed=True),
        Column("problems", Text("提示", "Findings"), lambda row: row.problems, where=_ONLY_JSON),
    ]  # fmt: skip


def _view_columns(view: str, is_main: bool, many: bool) -> Iterator[Column[BalanceRow]]:
    """The columns of a view; of many households also whose stock the capacity is held against."""

    def of(name: str) -> Callable[[BalanceRow], Any]:
        return lambda row: getattr(row.view(view), name)

    def where_known(read: Callable[[ViewFigures], Any]) -> Callable[[BalanceRow], Any]:
        return lambda row: read(figures) if (figures := row.view(view)).households else None

    def column(name: str, label: Text, value: Callable[[BalanceRow], Any], places: int | None = None, unit: str = "",
               **more: Any) -> Column[BalanceRow]:  # fmt: skip
        return Column(f"views.{view}.{name}", label, value, places, unit, group=label_of("balance_view", view),
                      short=VIEW_SHORT[view], **more)  # fmt: skip

    of_many = EVERYWHERE if many and is_main else _OFF_SCREEN if many else _ONLY_JSON
    yield column("households", Text("可算户数", "Compared"), where_known(lambda f: f.households), 0, width=88,
                 paper_width=8, counted_as=f"compared_{view}", where=of_many, code=of("households"))  # fmt: skip
    yield column("stock_su", Text("可算存栏", "Stock compared"), where_known(lambda f: f.stock_su), 2, "SU", width=120,
                 screen_places=1, where=of_many, code=of("stock_su"))  # fmt: skip
    yield column("overloaded_households", Text("超载户数", "Overloaded"), where_known(lambda f: f.overloaded), 0, width=88,
                 paper_width=8, where=of_many, code=of("overloaded"))  # fmt: skip
    yield column("capacity_su", CAPACITY, of("capacity_su"), 2, "SU", screen_places=1, width=112 if is_main else 150,
                 front=8 if is_main else 9, why=f"{view}_capacity_su")  # fmt: skip
    yield column("rate_percent", RATE, of("rate_percent"), 2, "%", width=84 if is_main else 122, paper_width=9,
                 bold=is_main, front=3 if is_main else 9, why=f"{view}_rate_percent")  # fmt: skip
    yield column("printed_percent", RATE, of("printed_percent"), 2, "%", where=_ONLY_JSON)
    yield column("overloaded_su", OVER, of("overloaded_su"), 2, "SU", screen_places=1, width=100, front=4,
                 where=EVERYWHERE if is_main else _OFF_SCREEN, why=f"{view}_overloaded_su")  # fmt: skip
    yield column("grade", GRADE, lambda row: grade_said(row, view), width=112, front=5, paper_width=10,
                 where=EVERYWHERE if is_main else _OFF_SCREEN, code=lambda row: row.view(view).grade_key or None,
                 summed=lambda row: row.view(view).rate_percent is not None, why=f"{view}_rate_percent",
                 state=lambda row: grade_state(row, view))  # fmt: skip


def _supply(kind: str) -> Callable[[BalanceRow], Decimal | None]:
    return lambda row: row.supply.get(kind)
