"""Amounts: half up to the unit of the plan, whole fen."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station_app.domain.money import FEN, JIAO, ROUNDING_UNITS, YUAN, round_half_up

amounts = st.decimals(min_value=-(10**12), max_value=10**12, places=7)


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        ("83.325", FEN, "83.33"),  # half-even would print 83.32 (compensation H1 H3)
        ("83.3249", FEN, "83.32"),
        ("-83.325", FEN, "-83.33"),
        ("0.05", JIAO, "0.10"),
        ("1498.5", YUAN, "1499.00"),
        ("1498.5", Decimal("1.00"), "1499.00"),  # as a plan on record writes a yuan, and a jiao
        ("1498.55", Decimal("0.10"), "1498.60"),
        ("2567.000", FEN, "2567.00"),
    ],
)
def test_rounds_half_away_from_zero(value: str, unit: Decimal, expected: str) -> None:
    assert str(round_half_up(Decimal(value), unit)) == expected


def test_half_up_is_not_half_even() -> None:
    assert Decimal("83.325").quantize(FEN, ROUND_HALF_EVEN) != round_half_up(Decimal("83.325"), FEN)


def test_other_units_are_refused() -> None:
    with pytest.raises(ValueError, match="0.01, 0.1 or 1"):
        round_half_up(Decimal(1), Decimal("0.5"))


@given(amounts, st.sampled_from(ROUNDING_UNITS))
def test_rounding_is_near_a_multiple_and_idempotent(value: Decimal, unit: Decimal) -> None:
    rounded = round_half_up(value, unit)
    assert rounded % unit == 0
    assert abs(rounded - value) * 2 <= unit
    assert round_half_up(rounded, unit) == rounded
    assert round_half_up(-value, unit) == -rounded
