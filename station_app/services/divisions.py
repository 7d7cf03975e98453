"""The list of administrative divisions: what a new station chooses from instead of typing codes.

Source: ``resources/divisions`` (statistics bureau's list of 2023-06-30, third-party copy). It proposes; a unit in use is a
record of the workspace.
"""

from __future__ import annotations

import lzma
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from station_app.domain.text import Text
from station_app.storage import search
from station_app.storage.reference import resource_folder

STATE_ON = date(2023, 6, 30)
UNLISTED = Text("区划名单里没有代码 {code}，嘎查村和上级单位不能自动填上。如不是新设的区划，请核对代码。",
                "The list of divisions has no code {code}: villages and units above it are not filled in. Unless the division is new, "
                "check the code.")  # fmt: skip
LEVELS = (("province", 2), ("prefecture", 4), ("county", 6), ("township", 9), ("village", 12))  # digits that say it
_DIGITS = dict(LEVELS)


@dataclass(frozen=True, slots=True)
class Division:
    """One administrative unit with its 12-digit code."""

    code: str
    name: str

    @property
    def level(self) -> str:
        """``province``, ``prefecture``, ``county``, ``township`` or ``village``, as in code list organisation_level."""
        return level_of(self.code)

    @property
    def parent_code(self) -> str:
        """The unit above in the list, empty for a province (some counties stand directly under their province)."""
        return parent_of(self.code)


def level_of(code: str) -> str:
    """Return the level a code of 2 to 12 digits speaks of: zeros on the right say nothing."""
    full = code.ljust(12, "0")
    return next(level for level, digits in LEVELS if not full[digits:].strip("0"))


def parent_of(code: str) -> str:
    """Return the 12-digit code of the unit above that the list names, empty where there is none."""
    known = _areas()
    for _, digits in reversed(LEVELS[: [level for level, _ in LEVELS].index(level_of(code))]):
        above = code[:digits].ljust(12, "0")
        if above in known:
            return above
    return ""


def division(code: str) -> Division | None:
    """Return a unit by its code of 2, 4, 6, 9 or 12 digits, None where the list does not hold it."""
    full = code.ljust(12, "0")
    name = _areas().get(full) or _villages(full[:2]).get(full)
    return Division(full, name) if name else None


def chain(code: str) -> list[Division]:
    """Return a unit and those above it, the highest first; empty where the list does not hold it."""
    units: list[Division] = []
    here = division(code)
    while here is not None:
        units.insert(0, here)
        here = division(here.parent_code) if here.parent_code else None
    return units


def full_name(code: str) -> str:
    """Return the names from province to unit in one word, as a form has them."""
    return "".join(unit.name for unit in chain(code))


def children(code: str) -> list[Division]:
    """Return the units directly below one, in the order of their codes."""
    full = code.ljust(12, "0")
    start = full[: _DIGITS[level_of(full)]]
    rows = _villages(full[:2]) if level_of(full) == "township" else _areas()
    return [
        Division(found, name)
        for found, name in rows.items()
        if found.startswith(start) and found != full and parent_of(found) == full
    ]


def find(text: str, *, level: str = "", limit: int = 20) -> list[Division]:
    """Return areas down to townships whose code begins with, or whose full name holds, what was typed.

    Several words are looked for one by one along the full name: ``阿巴嘎 那仁`` finds the township in its county, and so
    do ``abaga naren`` and ``abg nr``: letters are pinyin or initials. Names that begin with the last word come first.
    Where none of ``level`` is called so, those that lie in what is called so are found.
    """
    words = text.casefold().replace("'", "").split()
    if not words:
        return []
    wanted = _of_level(level)
    if len(words) == 1 and words[0].isdigit():
        return [unit for unit in wanted if unit.code.startswith(words[0])][:limit]
    found = [unit for unit in wanted if _says(unit.code, unit.name, words[-1])]
    if not found and level:  # the name of what they lie in
        above = [unit for other, _ in LEVELS[: [name for name, _ in LEVELS].index(level)] for unit in _of_level(other)]
        heads = tuple(u.code[: _DIGITS[u.level]] for u in above if _says(u.code, u.name, words[-1]))
        found = [unit for unit in wanted if unit.code.startswith(heads)]
    if len(words) > 1:
        found = [
            unit for unit in found if all(_says(unit.code, full_name(unit.code), word, whole=True) for word in words)
        ]
    return sorted(found, key=lambda unit: not _says(unit.code, unit.name, words[-1], first=True))[:limit]


def _says(code: str, name: str, word: str, *, whole: bool = False, first: bool = False) -> bool:
    """Whether a name, or its pinyin from a syllable on, holds a word; ``whole``: the name begins at the province,
    ``first``: the name begins with the word."""
    if not word.isascii():
        return name.startswith(word) if first else word in name
    units = [unit.code for unit in chain(code)] if whole else [code]
    pinyin, initials = ("".join(part) for part in zip(*(_readings()[unit] for unit in units), strict=True))
    lower = pinyin.lower()
    if first:
        return lower.startswith(word) or initials.startswith(word)
    at = lower.find(word)
    while at >= 0 and not pinyin[at].isupper():
        at = lower.find(word, at + 1)
    return at >= 0 or word in initials


@cache
def _of_level(level: str) -> tuple[Division, ...]:
    return tuple(Division(code, name) for code, name in _areas().items() if not level or level_of(code) == level)


@cache
def _readings() -> dict[str, tuple[str, str]]:
    """Return pinyin (each syllable with a capital) and initials of every area; made when letters are first looked for."""
    read = {c: next((w for w in search.words(c) if w.isascii()), c) for c in set("".join(_areas().values()))}
    syllables = str.maketrans({c: reading.capitalize() for c, reading in read.items()})
    initials = str.maketrans({c: reading[:1] for c, reading in read.items()})
    return {code: (name.translate(syllables), name.translate(initials)) for code, name in _areas().items()}


@cache
def _areas() -> dict[str, str]:
    return _read("areas")


@cache
def _villages(province: str) -> dict[str, str]:
    return _read(f"villages-{province}")


def _read(name: str) -> dict[str, str]:
    path = Path(resource_folder()) / "divisions" / f"{name}.csv.xz"
    if not path.is_file():  # villages are carried for the provinces of the award only
        return {}
    rows = lzma.decompress(path.read_bytes()).decode("utf-8").splitlines()
    return dict(row.split(",", 1) for row in rows[1:])
