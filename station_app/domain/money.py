"""Money: yuan as ``Decimal`` with two places, whole fen in storage. Never float."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

FEN = Decimal("0.01")
JIAO = Decimal("0.1")
YUAN = Decimal(1)
ROUNDING_UNITS = (FEN, JIAO, YUAN)


def round_half_up(value: Decimal, unit: Decimal) -> Decimal:
    """Return ``value`` rounded to a multiple of ``unit`` (0.01, 0.1 or 1), halves away from zero; two places.

    Rounding: half up, as the payment tables print it (compensation H1 A, H3 B); 83.325 becomes 83.33.

    Raises:
        ValueError: another unit is asked for.
    """
    if unit is FEN:  # nearly always
        return value.quantize(FEN, ROUND_HALF_UP)
    if unit not in ROUNDING_UNITS:
        raise ValueError(f"amounts are rounded to 0.01, 0.1 or 1 yuan, not {unit}")
    unit = ROUNDING_UNITS[ROUNDING_UNITS.index(unit)]  # a plan read back says 1.00, which as places would be a fen
    return value.quantize(unit, ROUND_HALF_UP).quantize(FEN)
