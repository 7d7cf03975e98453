"""The sums under a table of balances: every figure follows from the rows above it, and each line says whose sum it is.

A sum is of what stands in its column. A rate is no sum: it stands in a line only where all its figures are of the same
households. Where they are not, the households that have both stock and capacity get a line of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

from station_app.domain.calc.balance import VIEWS
from station_app.domain.calc.numbers import add
from station_app.domain.problems import Problem
from station_app.domain.text import Text
from station_app.services.figures.measures import Measures
from station_app.services.figures.rows import SINGLE, VIEW_SHORT, BalanceRow, ViewFigures, supply_kinds
from station_app.services.figures.scheme import Scheme
from station_app.services.figures.totals import view_of

ALL = Text("合计 {n} 户", "Total, {n} households")
SHOWN = Text("所列 {n} 户合计", "Total of the {n} households listed")
ACCEPTED = Text("已认可 {n} 户合计", "Total, {n} accepted households")
OF_WHICH = Text("其中未认可 {n} 户", "Of which {n} households not accepted")
APART = Text("未认可 {n} 户，另列", "{n} households not accepted, apart")
COMPARED = Text("其中可算 {n} 户({views})", "Of which {n} with a rate ({views})")


class TotalLine(NamedTuple):
    """One line of sums.

    Attributes:
        label: Whose sum it is, in words.
        row: The sums; what does not add up is ``None`` in it.
        keys: Keys of the rows of the table it is the sum of; ``None``: of households that do not stand in the table.
    """

    label: Text
    row: BalanceRow
    keys: frozenset[str] | None


@dataclass(frozen=True)
class BalanceTable:
    """The balance of a year at one level.

    Attributes:
        rows: The worst overload first by the main view; rows without a rate last.
        total: Of the whole table, pooled from the levels below it; at a county only what is accepted. What stands under the
            rows is ``lines``.
        entered_only: What is not accepted yet, never added to ``total`` at a county; ``None`` when there is none.
        problems: What concerns the whole table: plots that wait, coefficients nobody has verified.
        editions: References of every coefficient set used.
        names: Of villages and townships by their 12 digits.
    """

    year: int
    level: str
    occasion: str
    main_view: str
    scheme: Scheme
    rows: tuple[BalanceRow, ...]
    total: BalanceRow
    entered_only: BalanceRow | None
    problems: tuple[Problem, ...]
    editions: tuple[str, ...]
    measures: Measures = field(repr=False, compare=False)
    at_county: bool = False
    names: Mapping[str, str] = field(default_factory=dict, repr=False)

    def place(self, code: str) -> str:
        """Return the name of a village or township, its code while the name is unknown."""
        return self.names.get(code.ljust(12, "0"), code)

    @cached_property
    def lines(self) -> tuple[TotalLine, ...]:
        """The sums under the rows, each with the words whose sum it is."""
        return total_lines(self)


def total_lines(table: BalanceTable, shown: Sequence[BalanceRow] | None = None) -> tuple[TotalLine, ...]:
    """Return the lines under a table, the total first.

    Args:
        shown: The rows that are in sight where some are filtered away; the lines are their sums then.
    """
    rows = table.rows if shown is None else shown
    counted = [row for row in rows if row.accepted] if table.at_county else rows
    label = ACCEPTED if table.at_county else ALL if len(rows) == len(table.rows) else SHOWN
    lines = _lines(table, label, counted)
    rest = [row for row in rows if not row.accepted]
    if table.level in SINGLE:
        if rest and (table.at_county or len(rest) < len(rows)):
            lines += _lines(table, APART if table.at_county else OF_WHICH, rest)[:1]
    elif table.entered_only is not None and len(rows) == len(table.rows):
        words = APART if table.at_county else OF_WHICH
        lines.append(TotalLine(_said(words, table.entered_only.households), table.entered_only, None))
    return tuple(lines)


def _said(words: Text, households: int, **more: object) -> Text:
    return words.format(n=f"{households:,}", **more)


class _Column:
    """What rows hold of one view.

    Attributes:
        known: The figures of those with both stock and capacity, which the rate is of; ``keys`` are theirs.
        of_one_base: Whoever has stock has capacity, and the other way round.
    """

    def __init__(self, rows: Sequence[BalanceRow], view: str) -> None:
        seen = [(row, row.view(view)) for row in rows]
        self.rooms = [each.capacity_su for _, each in seen if each.capacity_su is not None]
        self.overs = [each.overloaded_su for _, each in seen if each.overloaded_su is not None]
        self.known = [each for _, each in seen if each.households]
        self.keys = [row.key for row, each in seen if each.households]
        self.of_one_base = all(
            each.households or (row.stock_su is None and each.capacity_su is None) for row, each in seen
        )

    def summed(self, measures: Measures) -> ViewFigures:
        """Capacities and overloads as they stand above; the rate is that of all stock to all capacity."""
        room = add(self.rooms)
        stocks = [each.stock_su for each in self.known if each.stock_su is not None]
        made = view_of(measures, add(stocks), room) if stocks else ViewFigures(room)
        return made._replace(
            overloaded_su=add(self.overs) if self.overs else None,
            households=sum(each.households for each in self.known),
            overloaded=sum(each.overloaded for each in self.known),
        )


def _columns(rows: Sequence[BalanceRow]) -> dict[str, _Column]:
    return {view: column for view in VIEWS if (column := _Column(rows, view)).rooms}


def _lines(table: BalanceTable, label: Text, rows: Sequence[BalanceRow]) -> list[TotalLine]:
    """The sum of the rows, and below it that of the rows a rate can be told of, where these are fewer."""
    single = table.level in SINGLE
    whole: dict[str, ViewFigures] = {}
    parted: dict[frozenset[str], list[str]] = {}
    for view, column in _columns(rows).items():
        if table.level == "parcel":
            continue  # capacities of parcels are of different seasons and do not add up
        whole[view] = column.summed(table.measures)
        if single and not column.of_one_base:
            parted.setdefault(frozenset(column.keys), []).append(view)
            whole[view] = whole[view]._replace(rate_percent=None, printed_percent=None, grade=None, grade_key="")
    total = _row(table.level, rows, whole)
    lines = [TotalLine(_said(label, total.households), total, frozenset(row.key for row in rows))]
    for keys, views in parted.items():
        if not keys:
            continue
        few = [row for row in rows if row.key in keys]
        found = {view: column.summed(table.measures) for view, column in _columns(few).items() if view in views}
        names = [VIEW_SHORT[view] for view in views]
        named = Text("、".join(each.zh for each in names), ", ".join(each.en for each in names))
        lines.append(TotalLine(_said(COMPARED, len(few), views=named), _row(table.level, few, found), keys))
    return lines


def _known(values: Iterable[Decimal | None]) -> Decimal | None:
    known = [value for value in values if value is not None]
    return add(known) if known else None


def _row(level: str, rows: Sequence[BalanceRow], views: dict[str, ViewFigures]) -> BalanceRow:
    heads = [row.head for row in rows if row.head is not None]
    owners = {row.household_id for row in rows}
    supply: dict[str, list[Decimal]] = {}
    for row in rows:
        for kind, hay_kg in row.supply.items():
            supply.setdefault(kind, []).append(hay_kg)
    return BalanceRow(
        level=level,
        key="",
        code="",
        name="",
        village_code="",
        area_mu=add(row.area_mu for row in rows),
        stock_su=_known(row.stock_su for row in rows),
        demand_kg=_known(row.demand_kg for row in rows),
        supply_kg=_known(row.supply_kg for row in rows),
        surplus_kg=_known(row.surplus_kg for row in rows),
        supply={kind: add(supply[kind]) for kind in supply_kinds() if kind in supply},
        views=views,
        households=len(owners) if level == "parcel" else sum(row.households for row in rows),
        accepted=bool(rows) and all(row.accepted for row in rows),
        doubtful=any(row.doubtful for row in rows),
        banned_mu=add(row.banned_mu for row in rows),
        head=sum(heads) if heads else None,
    )
