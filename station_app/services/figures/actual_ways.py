"""Which indicator is worked out how: those that rest on balance and carbon figures, and the way to every other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from station_app.domain.calc.explanation import Result
from station_app.domain.codes import label_of
from station_app.domain.problems import UserError
from station_app.domain.text import Text
from station_app.services.figures import actuals
from station_app.services.figures.actuals import Answer, Computed, Memo, Question, Way
from station_app.services.figures.references import FigureReference, figure_reference
from station_app.services.figures.result_codes import Said
from station_app.services.figures.rows import BalanceRow, BalanceTable
from station_app.services.figures.sifting import region_prefix
from station_app.storage.reader import Reader

_VIEW = "natural"
_LEVELS = {9: "township", 12: "village"}


def computed_actual(memo: Memo, asked: Question) -> Answer:
    """Return the actual value of an indicator from the records, or the problem that says why it can not be had."""
    known = _WAYS.get(asked.indicator)
    if known is None:
        reason = actuals.NO_WAY.get(asked.indicator, Text("没有对应的记录", "there are no records of it"))
        return Said.NOT_COMPUTABLE.problem(indicator=asked.label, reason=reason)
    way = known.get(asked.unit)
    if way is None:
        units = [label_of("target_unit", unit) for unit in known]
        names = Text("、".join(u.zh for u in units), ", ".join(u.en for u in units))
        unit = label_of("target_unit", asked.unit)
        return Said.OTHER_UNIT.problem(indicator=asked.label, unit=unit, known=names)
    try:
        return way(memo, asked)
    except UserError as error:
        return Said.NOT_COMPUTABLE.problem(indicator=asked.label, reason=_within(error.text))


def actual_why(reader: Reader, asked: Question) -> Result[Any] | None:
    """Return the calculation behind ``computed_actual`` with its explanation, ``None`` where there is none.

    Raises:
        UserError: what the calculation behind it refuses.
    """
    memo = Memo(reader)
    if asked.indicator in _WHY:
        return _WHY[asked.indicator](memo, asked)
    answer = computed_actual(memo, asked)
    return answer.result if isinstance(answer, Computed) else None


def actual_reference(asked: Question) -> str:
    """Return the reference of an actual value worked out here; ``explain_actual`` explains what it refers to."""
    return figure_reference("actual", asked.year, asked.unit, asked.indicator, asked.region_code)


def explain_actual(reader: Reader, reference: FigureReference) -> Result[Any]:
    """Return the calculation a reference of ``actual_reference`` stands for.

    Raises:
        UserError: GAP-010 it can not be worked out any more, or what the calculation behind it refuses.
    """
    asked = Question(reference.level, reference.occasion, "", reference.key, reference.year)
    found = actual_why(reader, asked)
    if found is None:
        reason = Text("记录已经改变", "the records have changed")
        raise Said.NOT_COMPUTABLE.refusal(indicator=asked.label, reason=reason)
    return found


def usual_units() -> Iterator[tuple[str, str]]:
    """Yield every indicator the records may give, with the unit it is usually told in."""
    for indicator, ways in _WAYS.items():
        yield indicator, next(iter(ways))


def _within(text: Text) -> Text:
    """A sentence as it stands inside another."""
    return Text(text.zh.rstrip("。"), text.en.rstrip("."))


# --- balance -----------------------------------------------------------------------------------------------------------


def _level(memo: Memo, asked: Question) -> str:
    """The level of the balance that is this region's; empty when no level is."""
    if region_prefix(memo.organisation_code).startswith(asked.prefix):
        return "station"
    return _LEVELS.get(len(asked.prefix), "")


def _balance_row(memo: Memo, asked: Question) -> tuple[BalanceTable, BalanceRow | None]:
    level = _level(memo, asked)
    from station_app.services.figures.balance import balance_table

    key = ("balance", asked.year, level)
    table: BalanceTable = memo.once(key, lambda: balance_table(memo.reader, asked.year, level or "village"))
    if level != "station":
        return table, next((row for row in table.rows if region_prefix(row.key) == asked.prefix), None)
    told = (
        table.total if _value_of(table.total, asked) is not None or table.entered_only is None else table.entered_only
    )
    return table, told


def _value_of(row: BalanceRow, asked: Question) -> Any:
    view = row.view(_VIEW)
    return view.capacity_su if asked.indicator == "capacity" else view.rate_percent


def _balance(memo: Memo, asked: Question) -> Answer:
    if asked.indicator == "overload_rate" and asked.direction in ("higher", "at_least"):
        reason = Text(
            "方向为越高越好时指草畜平衡率,没有统一算法", "read upwards it is a balance rate, which no source defines"
        )
        return Said.NOT_COMPUTABLE.problem(indicator=asked.label, reason=reason)
    table, row = _balance_row(memo, asked)
    value = None if row is None else _value_of(row, asked)
    if row is None or value is None:
        found = list(row.problems) if row is not None else []
        reason = _within(found[0].text) if found else Text("没有存栏或载畜量", "there is no stock or no capacity")
        return Said.NOT_COMPUTABLE.problem(indicator=asked.label, reason=reason)
    how = Text(
        f"草畜平衡测算,天然草原口径,{row.households} 户", f"balance, grassland alone, {row.households} households"
    )
    reference = figure_reference("balance", asked.year, table.occasion, row.level, row.key)
    return Computed(value, how, row.accepted, row.doubtful, row.problems, table.editions, reference=reference)


def _balance_why(memo: Memo, asked: Question) -> Result[Any] | None:
    from station_app.services.figures.balance import balance_why

    level = _level(memo, asked)
    _, row = _balance_row(memo, asked)
    return None if row is None else balance_why(memo.reader, asked.year, level, row.key)


_WAYS: dict[str, dict[str, Way]] = {
    "overload_rate": {"percent": _balance},
    "capacity": {"su": _balance},
    **actuals.WAYS,
}
_WHY: dict[str, Callable[[Memo, Question], Result[Any] | None]] = {
    "overload_rate": _balance_why,
    "capacity": _balance_why,
}
