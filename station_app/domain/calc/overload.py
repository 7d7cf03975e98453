"""Overload: rate, overloaded sheep units, grades, penalties as data, and pooling over many households (balance_penalty.csv).

A penalty is computed and documented here, never imposed: who decides, and after which order and deadline, stands beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from station_app.domain import fields as f
from station_app.domain.calc.capacity import check_total
from station_app.domain.calc.coefficients import OVERLOAD_GRADE, PENALTY, Coefficient, CoefficientSet, Standards
from station_app.domain.calc.explanation import Node, Origin, OriginKind, Result, Rule, Sheet, calculate
from station_app.domain.calc.inputs import no_repeats, reference, require, required
from station_app.domain.calc.numbers import CONTEXT, EXACT, ZERO, band, plain
from station_app.domain.calc.problems import CalculationProblem
from station_app.domain.calc.published import published
from station_app.domain.calc.told import SETTING, not_used, tell
from station_app.domain.codes import word_of
from station_app.domain.fields import described
from station_app.domain.problems import Problem
from station_app.domain.text import Text

RATE_PLACES = 2
RATE_UNIT = "0.01"
_PRINTED = Decimal(RATE_UNIT)

RULE = Rule("", "rate = (stock − capacity) / capacity", "草畜平衡管理办法 art. 3; compensation S10 S11", "B")
_TITLE = Text("超载率", "Overload rate")
_STOCK, _CAPACITY = Text("实际载畜", "stock"), Text("载畜量", "capacity")


@described
class StockRow:
    """Stock and capacity of one household, village or year."""

    name: str = f.text("名称", "Name")
    stock_su: Decimal = f.number("实际载畜", "Stock", "SU", minimum=0)
    capacity_su: Decimal = f.number("载畜量", "Capacity", "SU", minimum=0)
    reference: str = reference()


@described
class OverloadInput:
    """Stock against capacity: one row or many."""

    rows: tuple[StockRow, ...] = f.lines("各行", "Rows", StockRow)
    stock_sheep_unit: str = f.text("存栏所用羊单位", "Sheep unit of the stock", default="")
    capacity_sheep_unit: str = f.text("载畜量所用羊单位", "Sheep unit of the capacity", default="")
    occasion: str | None = f.code("清点时点", "Occasion of the count", "occasion")
    season: str | None = f.code("载畜量季节", "Season of the capacity", "season_of_use")
    grade_sets: tuple[str, ...] = f.texts("分级系数集", "Sets of grades")
    edge_rule: str = f.code("分界点归属", "Where an edge belongs", "edge_rule", default="upper")
    penalty_set: str | None = f.coefficient_set("处罚标准集", "Set of penalties", PENALTY)
    situation: str = f.code("情形", "Situation", "penalty_situation", default="overload")
    found_su: Decimal | None = f.number("查获放牧羊单位", "Sheep units found grazing", "SU", minimum=0)
    printed_pooled_percent: Decimal | None = f.number("印出的合计超载率", "Printed rate of all", "%")

    def rules(self, at: str) -> list[Problem]:
        """Rows, or units found; one sheep unit on both sides; each name once."""
        found = no_repeats([row.name for row in self.rows], f"{at}/rows")
        if not self.rows and self.found_su is None:
            found += required(self, at, "rows")
        if self.situation != "overload" and self.found_su is None:
            found += required(self, at, "found_su")
        if self.found_su is not None and self.penalty_set is None:
            found += required(self, at, "penalty_set")
        if self.stock_sheep_unit != self.capacity_sheep_unit:
            stock, capacity = self.stock_sheep_unit or "–", self.capacity_sheep_unit or "–"
            found.append(
                CalculationProblem.TWO_SHEEP_UNITS.at(f"{at}/capacity_sheep_unit", first=stock, second=capacity)
            )
        if self.situation == "overload":
            reason = Text("超载按存栏和载畜量计算", "overload goes by stock and capacity")
            found += not_used(self, at, reason, "found_su")
        if not self.rows:
            reason = Text("没有各行", "there are no rows")
            found += not_used(self, at, reason, "printed_pooled_percent")
        return found


@described
class Grade:
    """What a scheme calls a rate."""

    scheme: str = f.text("分级", "Scheme")
    grade: str = f.text("等级", "Grade", default="")
    name: Text | None = f.both("等级名称", "Name")
    mark: str = f.text("可信度", "Mark", default="")


@described
class Penalty:
    """What a rule would make of it; computed, not imposed."""

    instrument: Text = f.both("依据", "Instrument")
    article: str = f.text("条款", "Article", default="")
    situation: str = f.code("情形", "Situation", "penalty_situation")
    counted_su: Decimal = f.number("计罚羊单位", "Sheep units counted", "SU", places=2)
    yuan_per_su_min: Decimal = f.number("每羊单位最低", "Lowest for a sheep unit", "CNY/SU", places=2)
    yuan_per_su_max: Decimal = f.number("每羊单位最高", "Highest for a sheep unit", "CNY/SU", places=2)
    amount_min_yuan: Decimal = f.number("金额最低", "Lowest amount", "CNY", places=2)
    amount_max_yuan: Decimal = f.number("金额最高", "Highest amount", "CNY", places=2)
    precondition: str = f.text("前提", "Precondition", default="")
    mark: str = f.text("可信度", "Mark", default="")


@described
class Overload:
    """Overload of one row or of all together."""

    name: str = f.text("名称", "Name", default="")
    stock_su: Decimal = f.number("实际载畜", "Stock", "SU", places=2)
    capacity_su: Decimal = f.number("载畜量", "Capacity", "SU", places=2)
    rate_percent: Decimal | None = f.number("超载率", "Overload rate", "%", places=2)
    printed_percent: Decimal | None = f.number("超载率(印出)", "Rate as printed", "%", places=2)
    stocking_ratio_percent: Decimal | None = f.number("载畜率", "Stocking ratio", "%", places=2)
    overloaded_su: Decimal = f.number("超载羊单位", "Overloaded sheep units", "SU", places=2)
    has_rate: bool = f.flag("可计算超载率", "A rate exists", default=True)
    grades: tuple[Grade, ...] = f.lines("等级", "Grades", Grade)


@described
class OverloadOutcome:
    """Each row, all rows pooled, and what a penalty rule would make of it."""

    overloaded_su: Decimal | None = f.number("超载羊单位", "Overloaded sheep units", "SU", places=2)
    rate_percent: Decimal | None = f.number("超载率", "Overload rate", "%", places=2)
    rows: tuple[Overload, ...] = f.lines("各行", "Rows", Overload)
    pooled: tuple[Overload, ...] = f.lines("合计", "All together", Overload)
    rows_overloaded: int | None = f.count("超载行数", "Rows with overload", "")
    penalties: tuple[Penalty, ...] = f.lines("处罚", "Penalties", Penalty)


def overload(given: OverloadInput, standards: Standards) -> Result[OverloadOutcome]:
    """Return overload by row and for all rows together.

    Rates of many are pooled, Σ(stock − capacity) / Σ capacity, never averaged. A grade is decided by the rate as printed
    (two places, half-up), so that what is read is what decides.

    Raises:
        UserError: CALC-…
    """
    require(given)

    def work(sheet: Sheet) -> OverloadOutcome:
        grades = grade_sets(given.grade_sets, standards)
        season_warning(sheet, given.occasion, [given.season] if given.season else [])
        rows: list[Overload] = []
        stocks, capacities = [], []
        main: OverloadNodes | None = None
        for place, row in enumerate(given.rows, 1):
            name = Text(row.name, row.name)
            stock = sheet.entry(f"n{place}", row, "stock_su", name)
            room = sheet.entry(f"N{place}", row, "capacity_su", name)
            main = overload_nodes(sheet, f"{place}", row.name, stock, room, grades, given.edge_rule)
            rows.append(main.outcome)
            stocks.append(stock)
            capacities.append(room)
        pooled: tuple[Overload, ...] = ()
        if len(rows) > 1:
            stock = sheet.step("n", "sum", stocks, "SU", Text("实际载畜合计", "stock in all"))
            room = sheet.step("N", "sum", capacities, "SU", Text("载畜量合计", "capacity in all"))
            main = overload_nodes(sheet, "", "", stock, room, grades, given.edge_rule)
            pooled = (main.outcome,)
        if main is not None and main.rate is not None:
            label = "合计超载率", "rate of all"
            place_of = "/printed_pooled_percent"
            _check_rate(sheet, given.printed_pooled_percent, main, label, place_of)
        penalties = _penalties(sheet, given, standards, main)
        results: dict[str, Node | None] = {}
        if main is not None:
            results = {"rate_percent": main.rate, "overloaded_su": main.overloaded}
        results |= {f"amount_{number}_yuan": node for number, (_, node) in enumerate(penalties, 1)}
        shown = main.overloaded if main is not None else next((node for _, node in penalties), None)
        if shown is not None:
            names = (
                "stock_sheep_unit",
                "capacity_sheep_unit",
                "occasion",
                "season",
                "situation",
                "penalty_set",
                "edge_rule",
            )
            tell(sheet, shown, given, *names)
        sheet.conclude(_TITLE, "R = (n − N) / N × 100", RULE, **results)
        return OverloadOutcome(
            overloaded_su=main.overloaded.value if main else None,
            rate_percent=main.rate.value if main and main.rate else None,
            rows=tuple(rows),
            pooled=pooled,
            rows_overloaded=sum(row.overloaded_su > 0 for row in rows) if rows else None,
            penalties=tuple(penalty for penalty, _ in penalties),
        )

    return calculate(work)


@dataclass(frozen=True, slots=True)
class OverloadNodes:
    """Overload of one row on a sheet."""

    rate: Node | None
    printed: Node | None
    overloaded: Node
    outcome: Overload


def overload_nodes(
    sheet: Sheet,
    suffix: str,
    name: str,
    stock: Node,
    capacity: Node,
    grades: Sequence[CoefficientSet],
    edge_rule: str,
) -> OverloadNodes:
    """Put the overload of one row on a sheet; symbols end in ``suffix``."""
    zero = sheet.zero(f"z{suffix}", "SU")
    apart = sheet.step(f"d{suffix}", "difference", [stock, capacity], "SU", Text("实际减载畜量", "stock less capacity"))
    label = Text("超载羊单位", "overloaded sheep units")
    over = sheet.step(f"X{suffix}", "maximum", [apart, zero], "SU", label)
    rate = printed = ratio = None
    judged: tuple[Grade, ...] = ()
    if capacity.value:
        rate = sheet.step(f"R{suffix}", "percentage", [apart, capacity], "%", Text("超载率", "overload rate"))
        label = Text("超载率(印出，两位小数)", "rate as printed, two places")
        printed = sheet.step(f"r{suffix}", "round", [rate], "%", label, RATE_PLACES, RATE_UNIT)
        ratio = sheet.step(f"S{suffix}", "percentage", [stock, capacity], "%", Text("载畜率", "stocking ratio"))
        judged = tuple(
            _grade(sheet, f"{suffix}_{n}", printed, rate, each, edge_rule) for n, each in enumerate(grades, 1)
        )
    elif stock.value:
        sheet.warn(CalculationProblem.NO_CAPACITY.at("", stock=plain(stock.value)))
    outcome = Overload(
        name=name,
        stock_su=stock.value,
        capacity_su=capacity.value,
        rate_percent=rate.value if rate else None,
        printed_percent=printed.value if printed else None,
        stocking_ratio_percent=ratio.value if ratio else None,
        overloaded_su=over.value,
        has_rate=rate is not None,
        grades=judged,
    )
    return OverloadNodes(rate, printed, over, outcome)


def overload_of(stock_su: Decimal, room_su: Decimal) -> tuple[Decimal | None, Decimal | None, Decimal]:
    """Return rate, printed rate and overloaded sheep units without an explanation: the digits of ``overload_nodes``.

    Of two operands the context's own operation is the exact result rounded once, as everywhere in ``numbers``. Where there
    is no capacity, there is no rate.
    """
    apart = CONTEXT.subtract(stock_su, room_su)
    over = apart if apart > 0 else ZERO
    if not room_su:
        return None, None, over
    rate = CONTEXT.divide(CONTEXT.scaleb(apart, 2), room_su)
    return rate, rate.quantize(_PRINTED, ROUND_HALF_UP, EXACT), over


def grade_sets(names: Sequence[str], standards: Standards, at: str = "") -> list[CoefficientSet]:
    """Return the chosen sets of grades.

    Raises:
        UserError: CALC-007 one is unknown.
    """
    label = Text("分级系数集", "Sets of grades")
    return [
        standards.choose(OVERLOAD_GRADE, name, label, f"{at}/grade_sets/{place}") for place, name in enumerate(names)
    ]


def _inclusive(row: Coefficient, edge_rule: str) -> str:
    """Return ``i`` when the lower end belongs to the grade; what the source leaves open follows the rule."""
    told = row.words.get("lower", "")
    return "i" if told == "yes" or (told == "unclear" and edge_rule == "upper") else "e"


def _grade(sheet: Sheet, suffix: str, printed: Node, rate: Node, scheme: CoefficientSet, edge_rule: str) -> Grade:
    """Return the grade of a printed rate; where the source leaves an edge open, the rule and a warning say so."""
    rows = sorted(scheme.rows, key=lambda row: (row.low is not None, row.low or ZERO))
    ends = [row for row in rows if row.low is not None]
    inclusive = "".join(_inclusive(row, edge_rule) for row in ends)
    edges = [row.low for row in ends if row.low is not None]
    nodes = [
        sheet.given(f"g{suffix}_{place}", edge, "%", Text(f"{row.label.zh}起点", f"{row.label.en} from"), _origin(row))
        for place, (edge, row) in enumerate(zip(edges, ends, strict=True), 1)
    ]
    label = Text(f"等级序号({scheme.title.zh})", f"grade reached ({scheme.title.en})")
    reached = sheet.step(f"G{suffix}", "band", [printed, *nodes], "", label, 0, inclusive)
    sheet.chosen(reached, Text("分界点归属", "where an edge belongs"), word_of("edge_rule", edge_rule), SETTING)
    row = _row_reached(rows, len(edges), int(reached.value))
    if row is not _row_reached(rows, len(edges), int(band(rate.value, edges, inclusive))):
        exact, said = f"{rate.value:.6f}", plain(printed.value)
        sheet.warn(CalculationProblem.GRADE_BY_ROUNDING.at("", exact=exact, value=said))
    for end in ends:
        if end.low == printed.value and end.words.get("lower") == "unclear":
            _at_the_edge(sheet, scheme.title, printed.value, edge_rule, row.label if row else Text("无", "none"))
    if row is None:
        return Grade(scheme=scheme.reference)
    sheet.note(
        Text(f"{scheme.title.zh}：{plain(printed.value)}% 为“{row.label.zh}”", f"{scheme.title.en}: {row.label.en}")
    )
    return Grade(scheme=scheme.reference, grade=row.key[0], name=row.label, mark=row.mark)


def _row_reached(rows: Sequence[Coefficient], edges: int, reached: int) -> Coefficient | None:
    """Return the grade after so many edges; a scheme may begin above zero and have no grade below."""
    place = reached - 1 + (len(rows) - edges)
    return rows[place] if place >= 0 else None


def _origin(row: Coefficient) -> Origin:
    return Origin(
        OriginKind.COEFFICIENT, row.reference, row.standard, row.clause, row.source, row.mark, row.verified_by
    )


def _at_the_edge(sheet: Sheet, scheme: Text, value: Decimal, edge_rule: str, grade: Text) -> None:
    rule = word_of("edge_rule", edge_rule)
    sheet.warn(CalculationProblem.AT_THE_EDGE.at("", scheme=scheme, value=plain(value), rule=rule, grade=grade))


def _check_rate(sheet: Sheet, printed: Decimal | None, nodes: OverloadNodes, label: tuple[str, str], at: str) -> None:
    """Compare a printed rate with the computed one at the printed one's own places."""
    if printed is None or nodes.rate is None:
        return
    check_total(sheet, *label, printed, nodes.rate, "%", at)


def season_warning(sheet: Sheet, occasion: str | None, seasons: Sequence[str]) -> None:
    """June stock holds the young of the year: against a cold-season capacity that must be said."""
    if occasion == "mid_year" and "cold" in seasons:
        sheet.warn(
            CalculationProblem.SEASONS_DIFFER.at(
                "",
                occasion=word_of("occasion", occasion),
                season=word_of("season_of_use", "cold"),
            )
        )


# --- penalties ---------------------------------------------------------------------------------------------------------


def _penalties(
    sheet: Sheet, given: OverloadInput, standards: Standards, main: OverloadNodes | None
) -> list[tuple[Penalty, Node]]:
    if given.penalty_set is None:
        return []
    rules = standards.named(given, "penalty_set")
    if given.situation != "overload":
        assert given.found_su is not None
        found = sheet.entry("n_found", given, "found_su", Text("查获放牧羊单位", "sheep units found"))
        return penalty_nodes(sheet, rules, given.situation, found, None, given.edge_rule)
    if main is None or main.printed is None:
        return []
    return penalty_nodes(sheet, rules, "overload", main.overloaded, main.printed, given.edge_rule)


def penalty_nodes(
    sheet: Sheet, rules: CoefficientSet, situation: str, counted: Node, printed: Node | None, edge_rule: str
) -> list[tuple[Penalty, Node]]:
    """Return what the rules would make of the units counted; tiers by the printed rate, edges by ``edge_rule``.

    Rounding: half-up to 0.01 CNY.

    Raises:
        UserError: CALC-004 the rules do not know the situation.
    """
    if "superseded" in rules.words.get("effective", "") or "unknown" in rules.words.get("effective", ""):
        sheet.warn(CalculationProblem.SUPERSEDED.at("", instrument=rules.title))
    rows = rules.beginning(situation)
    if not rows:
        raise CalculationProblem.NOT_IN_SET.error(
            "/situation", set=rules.title, key=word_of("penalty_situation", situation)
        )
    row = rows[0] if printed is None else _tier(sheet, rules, rows, printed, edge_rule)
    if row is None or not counted.value:
        return []
    assert row.low is not None and row.high is not None
    least = sheet.given("p_min", row.low, "CNY/SU", row.label, _origin(row))
    most = sheet.given("p_max", row.high, "CNY/SU", row.label, _origin(row))
    amounts = []
    for end, rate in (("min", least), ("max", most)):
        label = Text("未取整金额", "amount before rounding")
        exact = sheet.step(f"f_{end}", "product", [counted, rate], "CNY", label, 4)
        label = Text("金额(计算，不是决定)", "amount (computed, not decided)")
        amounts.append(sheet.step(f"F_{end}", "round", [exact], "CNY", label, 2, "0.01"))
    before = published(row.words["precondition"] or "–")
    sheet.note(Text(f"前提：{before.zh}", f"Precondition: {before.en}"))
    penalty = Penalty(
        instrument=rules.title,
        article=row.clause,
        situation=situation,
        counted_su=counted.value,
        yuan_per_su_min=least.value,
        yuan_per_su_max=most.value,
        amount_min_yuan=amounts[0].value,
        amount_max_yuan=amounts[1].value,
        precondition=row.words["precondition"],
        mark=row.mark,
    )
    return [(penalty, amounts[1])]


def _tier(
    sheet: Sheet, rules: CoefficientSet, rows: Sequence[Coefficient], printed: Node, edge_rule: str
) -> Coefficient | None:
    """Return the tier of a rate. Tiers that begin at zero begin above it; the other edges follow the rule."""
    edges = [Decimal(row.words["from_percent"] or 0) for row in rows]
    inclusive = "".join("i" if edge_rule == "upper" and edge else "e" for edge in edges)
    nodes = [
        sheet.given(f"t_{place}", edge, "%", Text("档次起点", "tier from"), _origin(row))
        for place, (edge, row) in enumerate(zip(edges, rows, strict=True), 1)
    ]
    label = Text(f"档次({rules.title.zh})", f"tier ({rules.title.en})")
    step = sheet.step("T", "band", [printed, *nodes], "", label, 0, inclusive)
    sheet.chosen(step, Text("分界点归属", "where an edge belongs"), word_of("edge_rule", edge_rule), SETTING)
    reached = int(step.value)
    row = rows[reached - 1] if reached else None
    if printed.value in [edge for edge in edges if edge]:
        _at_the_edge(sheet, rules.title, printed.value, edge_rule, row.label if row else Text("无", "none"))
    return row
