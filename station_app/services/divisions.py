"""The list of administrative divisions: what a new station chooses from instead of typing codes.

Source: ``resources/divisions`` (statistics bureau's list of 2023-06-30, third-party copy). It proposes; a unit in use is a
record of the workspace.
"""

from __future__ import annotations

import lzma
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from station_app.domain.text import Text
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

    Several words are looked for one by one along the full name: ``阿巴嘎 那仁`` finds the township in its county.
    """
    words = text.split()
    if not words:
        return []
    found: list[Division] = []
    for unit in _found(words):
        if not level or unit.level == level:
            found.append(unit)
            if len(found) == limit:
                break
    return found


def _found(words: list[str]) -> Iterator[Division]:
    last = words[-1]
    for code, name in _areas().items():
        if last.isdigit() and len(words) == 1:
            if code.startswith(last):
                yield Division(code, name)
        elif last in name:
            whole = full_name(code) if len(words) > 1 else name
            if all(word in whole for word in words):
                yield Division(code, name)


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
