"""Which indicator is worked out how: those that rest on balance and carbon figures, and the way to every other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from station_app.domain.calc.explanation import COMPUTED, Node, Result, Sheet
from station_app.domain.calc.numbers import ZERO, divide, shown, subtract
from station_app.domain.codes import label_of
from station_app.domain.problems import Problem, UserError
from station_app.domain.text import Text
from station_app.services.figures import actuals, balance, carbon
from station_app.services.figures.actuals import ActualOutcome, Answer, Computed, Memo, Question, Way
from station_app.services.figures.carbon_rows import LedgerRow
from station_app.services.figures.class_areas import class_areas
from station_app.services.figures.problems import ResultProblem
from station_app.services.figures.references import FigureReference, figure_reference
from station_app.services.figures.rows import BalanceRow
from station_app.services.figures.sifting import Sifted, region_prefix
from station_app.services.figures.total_lines import BalanceTable
from station_app.services.figures.yields import RULE, PlotYield, mean_said, plot_yields, weighted_mean, yield_node
from station_app.storage.reader import Reader

_VIEW = "natural"
_SINK_PER_HA, _PER_HA = "sink_per_ha", "t_co2e_per_ha_year"
_LEVELS = {9: "township", 12: "village"}


def computed_actual(memo: Memo, asked: Question) -> Answer:
    """Return the actual value of an indicator from the records, or the problem that says why it can not be had."""
    known = _WAYS.get(asked.indicator)
    if known is None:
        reason = actuals.NO_WAY.get(asked.indicator, Text("没有对应的记录", "there are no records of it"))
        return ResultProblem.NOT_COMPUTABLE.at(indicator=asked.label, reason=reason)
    way = known.get(asked.unit)
    if way is None:
        units = [label_of("target_unit", unit) for unit in known]
        names = Text("、".join(u.zh for u in units), ", ".join(u.en for u in units))
        unit = label_of("target_unit", asked.unit)
        return ResultProblem.OTHER_UNIT.at(indicator=asked.label, unit=unit, known=names)
    if not asked.prefix.startswith(memo.home):
        reason = Text(
            "本工作站只有这个地区的一部分记录", "this workspace holds the records of a part of that region only"
        )
        return ResultProblem.NOT_COMPUTABLE.at(indicator=asked.label, reason=reason)
    try:
        return way(memo, asked)
    except UserError as error:
        return ResultProblem.NOT_COMPUTABLE.at(indicator=asked.label, reason=_within(error.text))


def actual_why(reader: Reader, asked: Question) -> Result | None:
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


def explain_actual(reader: Reader, reference: FigureReference) -> Result:
    """Return the calculation a reference of ``actual_reference`` stands for.

    Raises:
        UserError: GAP-010 it can not be worked out any more, or what the calculation behind it refuses.
    """
    asked = Question(reference.level, reference.occasion, "", reference.key, reference.year)
    found = actual_why(reader, asked)
    if found is None:
        reason = Text("记录已经改变", "the records have changed")
        raise ResultProblem.NOT_COMPUTABLE.error(indicator=asked.label, reason=reason)
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
    if memo.home == asked.prefix:
        return "station"
    return _LEVELS.get(len(asked.prefix), "")


def _balance_row(memo: Memo, asked: Question) -> tuple[BalanceTable, BalanceRow | None]:
    level = _level(memo, asked)
    key = ("balance", asked.year, level)
    table: BalanceTable = memo.once(key, lambda: balance.balance_table(memo.reader, asked.year, level or "village"))
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
            "方向为越高越好时指草畜平衡率，没有统一算法", "read upwards it is a balance rate, which no source defines"
        )
        return ResultProblem.NOT_COMPUTABLE.at(indicator=asked.label, reason=reason)
    table, row = _balance_row(memo, asked)
    value = None if row is None else _value_of(row, asked)
    if row is None or value is None:
        found = list(row.problems) if row is not None else []
        reason = _within(found[0].text) if found else Text("没有存栏或载畜量", "there is no stock or no capacity")
        return ResultProblem.NOT_COMPUTABLE.at(indicator=asked.label, reason=reason)
    how = Text(
        f"草畜平衡测算，天然草原口径，{row.households} 户", f"balance, grassland alone, {row.households} households"
    )
    reference = figure_reference("balance", asked.year, table.occasion, row.level, row.key)
    return Computed(value, how, row.accepted, row.doubtful, row.problems, table.editions, reference=reference)


def _balance_why(memo: Memo, asked: Question) -> Result | None:
    level = _level(memo, asked)
    table, row = _balance_row(memo, asked)
    if row is None:
        return None
    name = f"{_VIEW}_{'capacity_su' if asked.indicator == 'capacity' else 'rate_percent'}"
    return _picked(balance.balance_why(memo.reader, asked.year, level, row.key, occasion=table.occasion), name, asked)


def _picked(result: Result, name: str, asked: Question) -> Result | None:
    """Return a result of which one figure is the actual value; the whole calculation behind it is its part."""
    explanation = result.explanation
    symbol = next((named.symbol for named in explanation.results if named.name == name), "")
    if not symbol:
        return None
    figure = explanation.figure(symbol)

    def again(sheet: Sheet) -> None:
        part = sheet.part()
        result.again(part)
        node = sheet.attach("figure", part)(Node(figure.value, symbol))
        value = sheet.step("v", "value", [node], figure.unit, figure.label, figure.places)
        sheet.conclude(asked.label, "v", explanation.rule, value=value)

    return Result(ActualOutcome(value=figure.value), result.problems, again)


# --- yield -------------------------------------------------------------------------------------------------------------


def _yield(memo: Memo, asked: Question) -> Answer:
    """The hay yield of a region from its plots; those that wait for dry weights are named, not counted.

    Means of classes are weighted by their registered area, as K9 does for cover; without any it is the mean of the plots.
    """
    plots, problems = memo.once(("yields", asked.year), lambda: plot_yields(memo.reader, asked.year))
    inside = [plot for plot in plots if plot.township.startswith(asked.prefix[:9])]
    if len(asked.prefix) > 9 or not inside:
        return actuals.nothing(asked, "plot", "herb_quadrat")
    quadrats = actuals.weighed(memo, asked)
    by_class: dict[tuple[str, str], list[PlotYield]] = {}
    for plot in inside:
        by_class.setdefault((plot.class_list, plot.grass_class), []).append(plot)
    areas = class_areas(memo, asked)
    classes = [key for key in by_class if areas.by_class.get(key)]
    label = Text("产草量(干草)", "yield of hay")
    if not classes:
        return _plain_yield(asked, inside, quadrats, problems, label)
    unknown = sum(len(by_class[key]) for key in by_class if key not in classes)
    left = areas.left_mu(classes)
    more = list(problems)
    if left or unknown:
        part = actuals.missing_classes(left, unknown, Text("产草量", "yield"))
        more.append(ResultProblem.PARTLY_KNOWN.at(indicator=asked.label, part=part))

    def work(sheet: Sheet) -> ActualOutcome:
        pairs = []
        for place, key in enumerate(classes, 1):
            name, part = label_of(*key), sheet.part()
            mean = yield_node(part, name, by_class[key])
            over = Text(f"{name.zh}登记面积", f"registered area, {name.en}")
            area = actuals.total_of(sheet, f"A{place}_", areas.by_class[key], "mu", over, 3)
            pairs.append((sheet.attach(f"class{place}", part)(mean), area))
        value = weighted_mean(sheet, pairs, "mu", label)
        sheet.conclude(asked.label, "Y = Σ (Y_k × A_k) / Σ A_k", RULE, value=value)
        return ActualOutcome(value=value.value)

    plots_used = sum(len(by_class[key]) for key in classes)
    how = Text(
        f"样地 {plots_used} 个的干草产量，按 {len(classes)} 个草原类登记的地块面积加权(含水 14%)",
        f"hay yield of {plots_used} plots, weighted by the registered area of {len(classes)} classes (14 % moisture)",
    )
    return actuals.done(asked, how, [quadrats, areas.held], work, more)


def _plain_yield(
    asked: Question, plots: list[PlotYield], quadrats: Sifted, problems: Sequence[Problem], label: Text
) -> Answer:
    """Where no area of a class is registered: the mean of the plots, which is said."""

    def work(sheet: Sheet) -> ActualOutcome:
        part = sheet.part()
        mean = yield_node(part, Text(asked.place, asked.place), plots)
        node = sheet.attach("yield", part)(mean)
        value = sheet.step("v", "value", [node], "kg/ha", label, 2)
        sheet.conclude(asked.label, part.explanation().formula if sheet.recording else "", RULE, value=value)
        return ActualOutcome(value=value.value)

    said = mean_said(plots)
    how = Text(
        f"样地 {len(plots)} 个的干草产量{said.zh}(含水 14%)，没有登记各草原类的面积",
        f"{said.en} of the hay yield of {len(plots)} plots (14 % moisture); no area of a class is registered",
    )
    return actuals.done(asked, how, [quadrats], work, problems)


# --- carbon ------------------------------------------------------------------------------------------------------------


def _sink(memo: Memo, asked: Question) -> Answer:
    """What soils took up in the year, t CO2; livestock emissions are another ledger and are not taken off."""
    row = _change_row(memo, asked)
    if row is None or row.co2_t is None or (asked.unit == _PER_HA and not row.area_ha):
        found = list(row.problems) if row is not None else []
        reason = _within(found[0].text) if found else Text("没有碳汇登记", "nothing is registered")
        return ResultProblem.NOT_COMPUTABLE.at(indicator=asked.label, reason=reason)
    removed = subtract(ZERO, row.co2_t)
    value = removed if asked.unit != _PER_HA else divide(removed, row.area_ha or ZERO)
    spread = _spread(row)
    how = Text(
        f"登记地块土壤碳年变化({row.items} 项，IPCC 方程 2.25,95% 范围 {spread} t C/年)，不含牲畜排放",
        f"yearly change of soil carbon of {row.items} registrations (IPCC eq. 2.25, 95 % range {spread} t C/a), livestock "
        "emissions apart",
    )
    reference = figure_reference("carbon_change", asked.year, "", row.level, row.key)
    editions = memo.once(_carbon_key(memo, asked), lambda: None).change.editions
    return Computed(value, how, row.accepted, row.doubtful, row.problems, editions, reference=reference)


def _spread(row: LedgerRow) -> str:
    if row.low is None or row.high is None:
        return "–"
    return (
        f"{shown(row.low, 1)}–{shown(row.high, 1)}" if row.low >= 0 else f"{shown(row.low, 1)} … {shown(row.high, 1)}"
    )


def _carbon_key(memo: Memo, asked: Question) -> tuple[object, ...]:
    return "carbon", asked.year, _level(memo, asked)


def _change_row(memo: Memo, asked: Question) -> LedgerRow | None:
    level = _level(memo, asked)
    report = memo.once(
        _carbon_key(memo, asked),
        lambda: carbon.carbon_report(memo.reader, asked.year, level=level or "village", ledgers=("change",)),
    )
    rows = report.change.totals if level == "station" else report.change.rows
    entered = report.change.entered
    if level == "station":
        return next((row for row in (*rows, *entered) if row.co2_t is not None), rows[0] if rows else None)
    return next((row for row in (*rows, *entered) if region_prefix(row.key) == asked.prefix), None)


def _sink_why(memo: Memo, asked: Question) -> Result | None:
    row = _change_row(memo, asked)
    if row is None or row.co2_t is None:
        return None
    change = carbon.carbon_why(memo.reader, asked.year, "change", row.key, level=row.level, accepted=row.accepted)
    whole = _picked(change, "annual_removal_t_co2", asked)
    if whole is None or asked.unit != _PER_HA:
        return whole
    area = row.area_ha or ZERO
    value = divide(whole.outcome.value, area)

    def again(sheet: Sheet) -> None:
        part = sheet.part()
        whole.again(part)
        node = sheet.attach("sink", part)(Node(whole.outcome.value, "v"))
        over = sheet.given("A", area, "ha", Text("登记地块面积", "area of the parcels registered"), COMPUTED, 2)
        each = sheet.step("s", "quotient", [node, over], "t CO2/ha/a", Text("单位面积", "per hectare"), 4)
        sheet.conclude(asked.label, "s = v / A", whole.explanation.rule, value=each)

    return Result(ActualOutcome(value=value), whole.problems, again)


_WAYS: dict[str, dict[str, Way]] = {
    "overload_rate": {"percent": _balance},
    "yield": {"kg_per_ha": _yield},
    "capacity": {"su": _balance},
    "sink_total": {"t_co2e_per_year": _sink},
    _SINK_PER_HA: {_PER_HA: _sink},
    **actuals.WAYS,
}
_WHY: dict[str, Callable[[Memo, Question], Result | None]] = {
    "overload_rate": _balance_why,
    "capacity": _balance_why,
    "sink_total": _sink_why,
    _SINK_PER_HA: _sink_why,
}
