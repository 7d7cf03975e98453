"""How units are printed, exact factors between them, areas and yields between mu and hectare: 15 mu are 1 ha exactly."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal

from station_app.domain.codes import code_list
from station_app.domain.text import CHINESE

# As Chinese forms print a unit, as it is printed in English, and the signs calculations write for it.
_PRINTED = {
    "亩": ("mu",),
    "hm²": ("ha",),
    "元": ("CNY",),
    "万元": ("10k CNY",),
    "羊单位": ("SU",),
    "头只": ("head",),
    "头": ("head",),
    "只": ("head",),
    "成年畜": ("adult",),
    "人": ("persons", "person"),
    "户": ("households", "household"),
    "天": ("days", "d"),
    "年": ("years", "a"),
    "岁": ("years",),
    "月": ("months",),
    "次": ("times",),
    "株": ("plants",),
    "株丛": ("plants",),
    "丛": ("clumps",),
    "标准枝": ("branch",),
    "个": ("pcs",),
    "幅": ("pcs",),
    "份": ("copies",),
    "分": ("points",),
    "处": ("places",),
    "笔": ("payments",),
    "条": ("records",),
    "个样方": ("quadrats",),
}
_ENGLISH = {zh: signs[0] for zh, signs in _PRINTED.items()}
_CHINESE: dict[str, str] = {}
for _zh, _signs in _PRINTED.items():
    for _sign in _signs:
        _CHINESE.setdefault(_sign, _zh)
_PART = re.compile(r"[^\W\d]\w*(?![\w.])")


def unit_text(unit: str, language: str) -> str:
    """Return a unit as printed in ``language``, whole or part by part: ``kg/ha`` is kg/hm² in Chinese.

    Units of targets are codes of a list; symbols such as kg stand for themselves.
    """
    target = code_list("target_unit").labels.get(unit)
    if target is not None:
        return target.to(language)
    words = _CHINESE if language == CHINESE else _ENGLISH
    return words.get(unit) or _PART.sub(lambda part: words.get(part[0], part[0]), unit)


# One of the first unit is so many of the second.
FACTORS: dict[tuple[str, str], str] = {
    ("万亩", "亩"): "10000", ("hm2", "亩"): "15", ("km2", "亩"): "1500", ("m2", "亩"): "0.0015",
    ("万元", "元"): "10000", ("千元", "元"): "1000", ("亿元", "元"): "100000000",
    ("万头只", "头只"): "10000",
    ("m", "cm"): "100", ("mm", "cm"): "0.1", ("cm", "mm"): "10", ("m", "mm"): "1000",
    ("kg", "g"): "1000", ("斤", "kg"): "0.5", ("t", "kg"): "1000", ("斤", "g"): "500",
    ("亩", "万亩"): "0.0001", ("m2", "hm2"): "0.0001", ("km2", "hm2"): "100",
    ("kg/亩", "kg/hm2"): "15", ("g/m2", "kg/hm2"): "10",
}  # fmt: skip
MU_PER_HA = 15
KG_PER_HA_PER_G_PER_M2 = 10


def mu_to_ha(area_mu: Decimal) -> Decimal:
    """Return mu as hectares. Rounding: half up to four places, because a fifteenth has no end in decimals."""
    return (area_mu / MU_PER_HA).quantize(Decimal("0.0001"), ROUND_HALF_UP)
