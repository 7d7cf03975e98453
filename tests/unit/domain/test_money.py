"""Amounts: half up to the unit of the plan, whole fen, capitals."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station_app.domain.money import FEN, JIAO, ROUNDING_UNITS, YUAN, from_fen, round_half_up, to_fen, yuan_capitals

amounts = st.decimals(min_value=-(10**12), max_value=10**12, places=7)


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        ("83.325", FEN, "83.33"),  # half-even would print 83.32 (compensation H1 H3)
        ("83.3249", FEN, "83.32"),
        ("-83.325", FEN, "-83.33"),
        ("0.05", JIAO, "0.10"),
        ("1498.5", YUAN, "1499.00"),
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


@given(st.integers(-(10**15), 10**15))
def test_fen_round_trip(fen: int) -> None:
    assert to_fen(from_fen(fen)) == fen


def test_parts_of_a_fen_are_refused() -> None:
    with pytest.raises(ValueError, match="whole number of fen"):
        to_fen(Decimal("0.001"))


@pytest.mark.parametrize(
    ("yuan", "capitals"),
    [
        ("0", "零元整"),
        ("0.05", "伍分"),
        ("0.50", "伍角整"),
        ("10500", "壹万零伍佰元整"),
        ("1234.56", "壹仟贰佰叁拾肆元伍角陆分"),
        ("100000.07", "壹拾万元零柒分"),
        ("10.30", "壹拾元叁角整"),
        ("107000.53", "壹拾万柒仟元伍角叁分"),
        ("100500000", "壹亿零伍拾万元整"),
        ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
        ("325.04", "叁佰贰拾伍元零肆分"),
        ("1000000000000", "壹万亿元整"),
        ("10010000", "壹仟零壹万元整"),
        ("100000001", "壹亿零壹元整"),
        ("-3", "负叁元整"),
    ],
)
def test_capitals(yuan: str, capitals: str) -> None:
    assert yuan_capitals(Decimal(yuan)) == capitals


def test_capitals_have_an_end() -> None:
    with pytest.raises(ValueError, match="too large"):
        yuan_capitals(Decimal(10) ** 16)


_VALUES = {digit: value for value, digit in enumerate("零壹贰叁肆伍陆柒捌玖")}


def read_capitals(text: str) -> Decimal:
    """Read capitals back, independently of how they are written."""
    whole, _, rest = text.removesuffix("整").partition("元") if "元" in text else ("", "", text.removesuffix("整"))
    total = group = digit = 0
    units = {"拾": 10, "佰": 100, "仟": 1000}
    for character in whole:
        if character in _VALUES:
            digit = _VALUES[character]
        elif character in units:
            group, digit = group + digit * units[character], 0
        elif character == "万":
            total, group, digit = total + (group + digit) * 10**4, 0, 0
        else:
            total, group, digit = (total + group + digit) * 10**8, 0, 0
    fen = 0
    for character in rest:
        if character in _VALUES:
            digit_of_fen = _VALUES[character]
        else:
            fen += digit_of_fen * (10 if character == "角" else 1)
    return Decimal(total + group + digit) + Decimal(fen) / 100


@given(st.integers(1, 10**14))
def test_capitals_can_be_read_back(fen: int) -> None:
    written = yuan_capitals(from_fen(fen))
    assert read_capitals(written) == from_fen(fen)
    assert "零零" not in written and not written.startswith("零")
