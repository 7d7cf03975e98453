"""Money: yuan as ``Decimal`` with two places, whole fen in storage, capitals on vouchers. Never float."""

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
    if unit not in ROUNDING_UNITS:
        raise ValueError(f"amounts are rounded to 0.01, 0.1 or 1 yuan, not {unit}")
    return ((value / unit).quantize(YUAN, ROUND_HALF_UP) * unit).quantize(FEN)


def to_fen(yuan: Decimal) -> int:
    """Return an amount in whole fen.

    Raises:
        ValueError: the amount has parts of a fen; round it first where a rule says so.
    """
    scaled = yuan.scaleb(2)
    if scaled != scaled.to_integral_value():
        raise ValueError(f"{yuan} yuan is not a whole number of fen")
    return int(scaled)


def from_fen(fen: int) -> Decimal:
    """Return whole fen as yuan with two places."""
    return Decimal(fen).scaleb(-2).quantize(FEN)


_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_SMALL = ("", "拾", "佰", "仟")
_LARGE = ("", "万", "亿", "万亿")


def _group_capitals(group: int) -> str:
    """Return 1–9999 in capitals; an inner run of zeros is one 零."""
    out, zero = "", False
    for place in range(3, -1, -1):
        digit = group // 10**place % 10
        if digit == 0:
            zero = bool(out)
            continue
        out += ("零" if zero else "") + _DIGITS[digit] + _SMALL[place]
        zero = False
    return out


def _integer_capitals(value: int) -> str:
    out, gap = "", False
    for place in range(3, -1, -1):
        group = value // 10_000**place % 10_000
        if group == 0:
            gap = bool(out)
            continue
        if out and (gap or group < 1000):
            out += "零"
        out += _group_capitals(group) + _LARGE[place]
        gap = False
    return out


def yuan_capitals(yuan: Decimal) -> str:
    """Return an amount in Chinese capitals: 10500 is 壹万零伍佰元整, 0.05 is 伍分.

    Raises:
        ValueError: the amount has parts of a fen or reaches 10**16 yuan.
    """
    fen = to_fen(yuan)
    sign, fen = ("负", -fen) if fen < 0 else ("", fen)
    whole, jiao, rest = fen // 100, fen // 10 % 10, fen % 10
    if whole >= 10**16:
        raise ValueError(f"{yuan} yuan is too large to be written in capitals")
    out = f"{_integer_capitals(whole)}元" if whole else ""
    if jiao == 0 and rest == 0:
        return sign + (out or "零元") + "整"
    if jiao:
        out += _DIGITS[jiao] + "角"
    elif out:
        out += "零"
    return sign + out + (_DIGITS[rest] + "分" if rest else "整")
