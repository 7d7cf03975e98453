"""How the uncertainty of factors reaches a total: first order, 95 % half-widths, every factor counted once.

A factor used in several terms moves them together, so that the same reference soil carbon before and after a change does
not count twice. With one factor a term this is the rule of products and sums of IPCC (C). Lower and upper side
are kept apart, because some factors have lopsided ranges.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from station_app.domain.calc.coefficients import Coefficient
from station_app.domain.calc.explanation import Node, Origin, OriginKind, Sheet
from station_app.domain.calc.numbers import percentage
from station_app.domain.calc.problems import CalculationProblem
from station_app.domain.text import Text


@dataclass(frozen=True, slots=True)
class Spread:
    """How far a factor may lie below and above its value, in percent of it.

    Attributes:
        percent: The half-width on the sheet, where it was worked out there; both sides are it.
    """

    key: str
    label: Text
    below_percent: Decimal
    above_percent: Decimal
    origin: Origin
    percent: Node | None = None


@dataclass(frozen=True, slots=True)
class Term:
    """One term of a total and the factors it is made of."""

    node: Node
    factors: tuple[str, ...]


def spread_of(coefficient: Coefficient, sheet: Sheet) -> Spread | None:
    """Return the spread of a coefficient; one without any is said once and narrows the range."""
    origin = Origin(
        OriginKind.COEFFICIENT,
        coefficient.reference,
        coefficient.standard,
        coefficient.clause,
        coefficient.source,
        coefficient.mark,
    )
    if coefficient.half_width_percent is not None:
        half = coefficient.half_width_percent
        return Spread(coefficient.reference, coefficient.label, half, half, origin) if half else None
    value = coefficient.value
    if coefficient.low is None or coefficient.high is None or not value:
        if value:
            sheet.warn(CalculationProblem.NO_UNCERTAINTY.at("", coefficient=coefficient.label))
        return None
    below = percentage(value - coefficient.low, value)
    above = percentage(coefficient.high - value, value)
    return Spread(coefficient.reference, coefficient.label, below, above, origin)


@dataclass(slots=True)
class SpreadSheet:
    """A sheet with the coefficients that stand on it already, each once and with its spread."""

    sheet: Sheet
    nodes: dict[str, Node] = field(default_factory=dict, kw_only=True)
    spreads: dict[str, Spread] = field(default_factory=dict, kw_only=True)

    def take(self, coefficient: Coefficient, at: str) -> Node:
        """Put a coefficient on the sheet once, with its spread."""
        known = self.nodes.get(coefficient.reference)
        if known is None:
            known = self.sheet.coefficient(f"f{len(self.nodes) + 1}", coefficient, at=at)
            self.nodes[coefficient.reference] = known
            spread = spread_of(coefficient, self.sheet)
            if spread is not None:
                self.spreads[coefficient.reference] = spread
        return known


@dataclass(frozen=True, slots=True)
class Range:
    """The ends of a 95 % interval and its wider half in percent of the value."""

    low: Node
    high: Node
    half_width_percent: Node | None


def propagate(
    sheet: Sheet, prefix: str, total: Node, terms: Sequence[Term], spreads: Iterable[Spread], unit: str, places: int = 2
) -> Range | None:
    """Put the range of a total on the sheet; ``None`` when no factor of it has a spread."""
    below: list[Node] = []
    above: list[Node] = []
    for place, spread in enumerate(spreads, 1):
        nodes = [term.node for term in terms if spread.key in term.factors]
        if not nodes:
            continue
        name = spread.label
        moved = sheet.step(
            f"{prefix}t{place}", "sum", nodes, unit, Text(f"受“{name.zh}”影响的部分", f"moved by {name.en}")
        )
        down, up = spread.below_percent, spread.above_percent
        if moved.value < 0:
            down, up = up, down
        for side, percent, kept in (("l", down, below), ("h", up, above)):
            label = Text(
                f"“{name.zh}”的{'下' if side == 'l' else '上'}偏差", f"{name.en}, {'below' if side == 'l' else 'above'}"
            )
            share = spread.percent or sheet.given(f"{prefix}{side}p{place}", percent, "%", label, spread.origin)
            kept.append(sheet.step(f"{prefix}{side}{place}", "share", [moved, share], unit, label, places))
    if not below:
        return None
    ends = []
    for side, parts, zh, en in (("l", below, "下限", "lower end"), ("h", above, "上限", "upper end")):
        half = sheet.step(
            f"{prefix}{side}_half", "root_sum_squares", parts, unit, Text(f"{zh}半宽", f"half-width, {en}")
        )
        operation = "difference" if side == "l" else "sum"
        end = sheet.step(
            f"{prefix}{side}_end", operation, [total, half], unit, Text(f"{zh}(95%)", f"{en} (95 %)"), places
        )
        ends.append((end, half))
    wider = None
    if total.value:
        widest = sheet.step(f"{prefix}half", "maximum", [ends[0][1], ends[1][1]], unit, Text("较宽半宽", "wider half"))
        size = total
        if total.value < 0:
            zero = sheet.zero(f"{prefix}zero", unit)
            size = sheet.step(f"{prefix}size", "difference", [zero, total], unit, Text("绝对值", "absolute value"))
        label = Text("不确定性(95% 半宽)", "uncertainty (95 % half-width)")
        wider = sheet.step(f"{prefix}U", "percentage", [widest, size], "%", label, 1)
    return Range(ends[0][0], ends[1][0], wider)
