"""Units as people write them in headings, and the exact factors between them. A unit is never guessed."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

from station_app.domain.units import FACTORS

# What is written (folded) -> the unit.
_SPELLINGS: dict[str, str] = {
    spelling: unit
    for unit, spellings in {
        "亩": "亩 市亩 mu",
        "万亩": "万亩 10kmu",
        "hm2": "hm2 公顷 ha hectare hectares",
        "km2": "km2 平方公里 平方千米",
        "m2": "m2 平方米 平米",
        "元": "元 人民币元 yuan cny rmb ¥",
        "万元": "万元 10kcny",
        "千元": "千元",
        "亿元": "亿元",
        "元/亩": "元/亩 元每亩 cny/mu yuan/mu",
        "元/hm2": "元/hm2 元/公顷 元每公顷 cny/ha yuan/ha",
        "头只": "头只 头 只 匹 头(只) 只(头) 头、只 头/只 头，只 头、只、匹 head",
        "万头只": "万头只 万头 万只 万头(只) 万匹",
        "羊单位": "羊单位 个羊单位 su",
        "人": "人 口 person persons",
        "户": "户 household households",
        "天": "天 日 day days",
        "%": "% 百分比 percent",
        "cm": "cm 厘米 公分",
        "mm": "mm 毫米",
        "m": "m 米",
        "g": "g 克",
        "kg": "kg 公斤 千克",
        "斤": "斤 市斤",
        "t": "t 吨",
        "kg/hm2": "kg/hm2 kg/ha 公斤/公顷 千克/公顷",
        "kg/亩": "kg/亩 公斤/亩 千克/亩 kg/mu",
        "g/m2": "g/m2 克/平方米",
        "°": "° 度 degree degrees",
    }.items()
    for spelling in spellings.split()
}
_ASKED = frozenset({"亩", "万亩", "元", "万元", "元/亩"})
_SEPARATORS = re.compile(r"[、,;/\s]+")


def fold(text: str) -> str:
    """Return a text for comparison: half-width, without blanks and marks of required fields, lower case."""
    folded = (
        unicodedata.normalize("NFKC", text).replace("〔", "(").replace("〕", ")").replace("【", "(").replace("】", ")")
    )
    return re.sub(r"[\s*\u200b\ufeff]+", "", folded).lower().rstrip(":")


def unit_named(text: str) -> str | None:
    """Return the unit a text names, ``None`` when it names none we know."""
    return _SPELLINGS.get(fold(text))


def units_listed(text: str) -> set[str]:
    """Return the units of a "单位:" line."""
    after = fold(text).split(":", 1)[-1]
    found = {unit_named(after)} | {unit_named(part) for part in _SEPARATORS.split(after)}
    return {unit for unit in found if unit}


def factor(source: str, target: str) -> Decimal | None:
    """Return what a value in ``source`` is multiplied with to be in ``target``; ``None`` when they do not convert."""
    if source == target:
        return Decimal(1)
    found = FACTORS.get((source, target))
    return Decimal(found) if found else None


def convertible(unit: str) -> list[str]:
    """Return the units whose values can become ``unit``: itself first, then those with an exact factor."""
    return [unit, *(source for source, target in FACTORS if target == unit)]


def must_be_stated(unit: str) -> bool:
    """Whether a column of this unit is not read before its unit is written somewhere: areas and money."""
    return unit in _ASKED
