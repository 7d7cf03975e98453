"""The arithmetic of every figure: decimal, 34 digits, half-up. Sums and products do not depend on the order.

Operations are known by name, so that an explanation can be worked out again by a reader that knows no formula.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from functools import reduce

from station_app.domain.text import CHINESE

DIGITS = 34

_TRAPS = [InvalidOperation, DivisionByZero, Overflow]
CONTEXT = Context(prec=DIGITS, rounding=ROUND_HALF_UP, traps=_TRAPS)
# Wide enough that sums and products of what people enter come out exact before they are rounded once.
EXACT = Context(prec=600, rounding=ROUND_HALF_UP, traps=_TRAPS)

ZERO = Decimal(0)
ONE = Decimal(1)
HUNDRED = Decimal(100)
_TENS = {tens: tens for places in range(10) if (tens := ONE.scaleb(-places))}
PI = Decimal("3.14159265358979323846")  # the digits the survey records use as well


def add(values: Iterable[Decimal]) -> Decimal:
    """Return the sum; the order of the values does not matter."""
    return CONTEXT.plus(reduce(EXACT.add, values, ZERO))


def multiply(values: Iterable[Decimal]) -> Decimal:
    """Return the product; the order of the values does not matter."""
    return CONTEXT.plus(reduce(EXACT.multiply, values, ONE))


def divide(value: Decimal, by: Decimal) -> Decimal:
    """Return the quotient.

    Raises:
        decimal.DivisionByZero: callers refuse zero with a sentence before they come here.
    """
    return CONTEXT.divide(value, by)


def subtract(value: Decimal, less: Decimal) -> Decimal:
    """Return the difference."""
    return CONTEXT.plus(EXACT.subtract(value, less))


def round_to(value: Decimal, unit: Decimal) -> Decimal:
    """Return ``value`` as a multiple of ``unit``, halves away from zero, with the places of ``unit``."""
    tens = _TENS.get(unit)
    if tens is not None and unit.same_quantum(tens):  # what is printed; quicker. 0.10 equals 0.1 and has other places
        return value.quantize(unit, ROUND_HALF_UP, EXACT)
    return EXACT.multiply(EXACT.divide(value, unit).quantize(ONE, ROUND_HALF_UP, EXACT), unit)


def share(value: Decimal, percents: Iterable[Decimal]) -> Decimal:
    """Return ``value`` times every percentage: 1200 of 50 % and 80 % is 480."""
    product, scale = value, 0
    for percent in percents:
        product, scale = EXACT.multiply(product, percent), scale - 2
    return CONTEXT.plus(EXACT.scaleb(product, Decimal(scale)))


def percentage(part: Decimal, whole: Decimal) -> Decimal:
    """Return ``part`` in percent of ``whole``."""
    return CONTEXT.divide(EXACT.multiply(part, HUNDRED), whole)


def root_sum_squares(values: Iterable[Decimal]) -> Decimal:
    """Return the square root of the sum of squares."""
    return CONTEXT.sqrt(add(EXACT.multiply(value, value) for value in values))


def band(value: Decimal, edges: Sequence[Decimal], inclusive: str) -> Decimal:
    """Return how many of the rising ``edges`` the value has reached.

    Args:
        inclusive: One letter an edge: ``i`` the edge itself counts as reached, ``e`` it does not.
    """
    reached = sum(value > edge or (value == edge and kind == "i") for edge, kind in zip(edges, inclusive, strict=True))
    return Decimal(reached)


def _two(values: Sequence[Decimal], operation: Callable[[Decimal, Decimal], Decimal]) -> Decimal:
    first, second = values
    return operation(first, second)


Operation = Callable[[Sequence[Decimal], str], Decimal]

OPERATIONS: Mapping[str, Operation] = {
    "sum": lambda v, _: add(v),
    "difference": lambda v, _: _two(v, subtract),
    "product": lambda v, _: multiply(v),
    "quotient": lambda v, _: _two(v, divide),
    "share": lambda v, _: share(v[0], v[1:]),
    "percentage": lambda v, _: _two(v, percentage),
    "complement": lambda v, _: subtract(HUNDRED, v[0]),
    "grown": lambda v, _: add((HUNDRED, v[0])),
    "mean": lambda v, _: divide(add(v), Decimal(len(v))),
    "minimum": lambda v, _: min(v),
    "maximum": lambda v, _: max(v),
    "power": lambda v, _: _two(v, CONTEXT.power),
    "root": lambda v, _: CONTEXT.sqrt(v[0]),
    "cube_root": lambda v, _: CONTEXT.power(v[0], divide(ONE, Decimal(3))) if v[0] else ZERO,
    "root_sum_squares": lambda v, _: root_sum_squares(v),
    "round": lambda v, parameter: round_to(v[0], Decimal(parameter)),
    "band": lambda v, parameter: band(v[0], v[1:], parameter),
    "value": lambda v, _: v[0],
}

_SIGNS = {"sum": " + ", "difference": " − ", "product": " × ", "quotient": " / ", "power": " ^ "}
_NAMES = {"minimum": "min", "maximum": "max", "root": "√", "cube_root": "∛", "root_sum_squares": "√Σ²"}
_NAMES_ZH = {"minimum": "最小", "maximum": "最大", "mean": "平均", "band": "档次", "round": "取整到"}


def formula_of(operation: str, symbols: Sequence[str], parameter: str = "", language: str = "") -> str:
    """Return an operation in symbols, for example ``A × Y``; operations that are words are said in ``language``."""
    if operation == "value":
        return symbols[0]
    if operation in _SIGNS:
        return _SIGNS[operation].join(symbols)
    if operation == "share":
        return " × ".join([symbols[0], *(f"{symbol} %" for symbol in symbols[1:])])
    if operation == "percentage":
        return f"{symbols[0]} / {symbols[1]} × 100"
    if operation == "complement":
        return f"100 − {symbols[0]}"
    if operation == "grown":
        return f"100 + {symbols[0]}"
    chinese = _NAMES_ZH.get(operation) if language == CHINESE else None
    if operation == "round":
        return f"{chinese or 'round'}({symbols[0]}, {parameter})"
    return f"{chinese or _NAMES.get(operation, operation)}({', '.join(symbols)})"


def plain(value: Decimal) -> str:
    """Return a decimal without an exponent and without zeros that say nothing, for JSON."""
    text = f"{value:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def shown(value: Decimal, places: int) -> str:
    """Return a value as printed: ``places`` decimals, half-up."""
    text = f"{value.quantize(ONE.scaleb(-places), ROUND_HALF_UP, EXACT):f}"
    return text[1:] if text.startswith("-") and not text.strip("-0.") else text
