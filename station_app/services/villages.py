"""Administrative units a station needs on record: found by the names people write, proposed from the division list, made.

The first steps of a new station and an import both make villages here.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from station_app.domain.parsing import fold
from station_app.domain.records.organisation import Organisation
from station_app.services import divisions
from station_app.services.entry import Entry
from station_app.services.founding import add_listed_units, unit_id
from station_app.storage.reader import Reader
from station_app.storage.workspace import Workspace

# What is left off when people name a place in short.
_ENDINGS = (
    "社区居民委员会", "社区居委会", "居民委员会", "村民委员会", "嘎查委员会", "村委会", "居委会", "嘎查村", "嘎查", "社区", "行政村", "村",
    "苏木", "民族乡", "街道办事处", "街道", "镇", "乡", "自治旗", "自治县", "旗", "县", "区", "市", "盟", "自治区", "省",
)  # fmt: skip
_BETWEEN = "·•・,，、/／\\-—>()（）"
_ORDER = [level for level, _ in divisions.LEVELS]


@dataclass(frozen=True, slots=True)
class Unit:
    """One administrative unit; codes have 12 digits, ``above`` is empty at the top, ``written`` is the code on record."""

    code: str
    name: str
    above: str = ""
    written: str = ""

    @property
    def level(self) -> str:
        return divisions.level_of(self.code)


def same_place(name: str) -> str:
    """Return a place's name for comparison: half-width, without blanks and marks between the parts."""
    return "".join(c for c in fold(name).lower() if not c.isspace() and c not in _BETWEEN)


def short_name(name: str) -> str:
    """Return a name without the word for what it is: 那日图嘎查 is 那日图."""
    for ending in sorted(_ENDINGS, key=len, reverse=True):
        if name.endswith(ending) and len(name) - len(ending) >= 2:
            return name[: -len(ending)]
    return name


class Places:
    """Units by every way their names are written: in full, in short, with all or some of the units above before them."""

    def __init__(self, units: Iterable[tuple[Unit, str | None]], home: str = "") -> None:
        """``units`` with their own short name, if they have one; ``home``: where two match, the one below it is meant."""
        self._home = home
        self._by_name: dict[str, list[Unit]] = defaultdict(list)
        self._names: dict[str, set[str]] = {}
        self.by_code: dict[str, Unit] = {}
        for unit, short in units:
            self.by_code[unit.code] = unit
            names = {same_place(n) for n in (unit.name, short_name(unit.name), short or "") if n}
            self._names[unit.code] = names
            for name in names:
                self._by_name[name].append(unit)

    def find(self, text: str) -> list[Unit]:
        """Return the units a text may name: one when it is clear, none when nothing fits."""
        wanted = same_place(text)
        found: dict[str, Unit] = {}
        for start in range(max(0, len(wanted) - 1)):
            for unit in self._by_name.get(wanted[start:], ()):
                if self._leads_to(wanted[:start], unit):
                    found.setdefault(unit.code, unit)
        kept = [u for u in found.values() if same_place(u.name) == wanted] or list(found.values())
        if len(kept) > 1 and self._home:
            kept = [u for u in kept if u.code.startswith(self._home)] or kept
        if len(kept) > 1:  # a village is what a roster names; a township of the same short name is not
            lowest = max(_ORDER.index(u.level) for u in kept)
            kept = [u for u in kept if _ORDER.index(u.level) == lowest]
        return kept

    def _leads_to(self, before: str, unit: Unit) -> bool:
        """Whether what stands before a name is units above it, from the top down, some of them left out."""
        above = self.by_code.get(unit.above)
        while before and above is not None:
            ending = max((n for n in self._names[above.code] if before.endswith(n)), key=len, default="")
            before = before[: len(before) - len(ending)]
            above = self.by_code.get(above.above)
        return not before

    def path(self, code: str) -> str:
        """Return a unit's name after the one above it, as it is told apart from others; its code when it is unknown."""
        unit = self.by_code.get(full_code(code))
        if unit is None:
            return code
        above = self.by_code.get(unit.above)
        return f"{above.name} {unit.name}" if above is not None else unit.name


def full_code(code: str) -> str:
    """Return an administrative code with 12 digits, so that 152522200 and 152522200000 are one unit."""
    return code.ljust(12, "0") if code.isdigit() and len(code) in (2, 4, 6, 9) else code


def home_code(reader: Reader) -> str:
    """Return the workplace's own administrative code, without the zeros that say nothing."""
    found = reader.sql("SELECT value FROM setting WHERE key='workspace.org_code'")
    code = full_code(str(found[0][0])) if found else ""
    return code[: dict(divisions.LEVELS)[divisions.level_of(code)]] if code else ""


_UNITS = "SELECT coalesce(region_code, code), name FROM organisation WHERE void=0 AND kind='administrative_unit'"


def unit_names(reader: Reader) -> dict[str, str]:
    """Return how what is on record is called, by code and by administrative code; units before offices."""
    names: dict[str, str] = {}
    for region, code, name in reader.sql(
        "SELECT region_code, code, name FROM organisation WHERE void=0 ORDER BY kind<>'administrative_unit'"
    ):
        names.setdefault(code, name)
        if region:
            names.setdefault(region, name)
    return names


def unit_name(reader: Reader, code: str) -> str | None:
    """Return the name of an administrative unit, ``None`` when it is not on record."""
    found = reader.sql(f"{_UNITS} AND (region_code=? OR code=?) LIMIT 1", (code, code))
    return found[0][1] if found else None


def find_units(reader: Reader, text: str, longest: int = 12, limit: int = 50) -> dict[str, str]:
    """Return administrative units found by name or code: names by code, of ``longest`` digits at most."""
    plain = text.strip()
    if plain.isdigit() or not plain:
        found = reader.sql(
            f"{_UNITS} AND (region_code LIKE ? OR code LIKE ?) ORDER BY 1 LIMIT ?", (plain + "%", plain + "%", limit)
        )
    else:
        ids = json.dumps([hit.record_id for hit in reader.find(plain, ["organisation"], limit)])
        found = reader.sql(f"{_UNITS} AND record_id IN (SELECT value FROM json_each(?)) ORDER BY 1", (ids,))
    names: dict[str, str] = {}
    for code, name in found:
        if code and code.isdigit() and len(code) <= longest:
            names.setdefault(code, name)
    return names


def with_households(reader: Reader) -> list[str]:
    # The index gives the villages; of each one household is looked at, and not sixty thousand.
    rows = reader.sql(
        "SELECT village FROM (SELECT DISTINCT village_code AS village FROM household) "
        "WHERE EXISTS (SELECT 1 FROM household WHERE village_code=village AND void=0) ORDER BY 1"
    )
    return [code for (code,) in rows]


def households_of(reader: Reader, village_code: str) -> list[str]:
    """Return the record ids of the households of a village, void ones included: their records name them still."""
    return [i for (i,) in reader.sql("SELECT record_id FROM household WHERE village_code=?", (village_code,))]


def saved_places(reader: Reader) -> Places:
    rows = list(reader.sql(
        "SELECT coalesce(o.region_code, o.code), o.name, o.short_name, coalesce(p.region_code, p.code) "
        "FROM organisation o LEFT JOIN organisation p ON p.record_id=o.parent_id AND p.void=0 "
        "WHERE o.void=0 AND o.kind='administrative_unit'"
    ))  # fmt: skip
    known = {full_code(code) for code, *_ in rows}
    return Places(
        (
            (Unit(full_code(code), name, full_code(above) if above else _above(full_code(code), known), code), short)
            for code, name, short, above in rows
        ),
        home_code(reader),
    )


def _above(code: str, known: set[str]) -> str:
    """Return the nearest unit above that is on record, by the digits of the code."""
    heads = (code[:digits].ljust(12, "0") for _, digits in reversed(divisions.LEVELS))
    return next((head for head in heads if head != code and head in known), "")


def listed_places(home: str) -> Places:
    """Return the units of the division list in the county of ``home``, with those above it."""
    units = [(Unit(d.code, d.name, d.parent_code), None) for d in divisions.chain(home[:6])]
    county = home[:6]
    for town in divisions.children(county) if len(county) == 6 else ():
        units.append((Unit(town.code, town.name, town.parent_code), None))
        units += [(Unit(d.code, d.name, town.code), None) for d in divisions.children(town.code)]
    return Places(units, home)


def add_villages(workspace: Workspace, units: Sequence[Unit]) -> int:
    """Put villages on record, with the units above them; return how many units were not there yet.

    Those of the division list are the same records on every machine; one the list does not hold stands under the unit of
    the list that its code names. One transaction: all or none.
    """
    unlisted = [u for u in units if divisions.division(u.code) is None]
    with workspace.journal.transaction():
        above = [divisions.parent_of(u.code) for u in unlisted]
        added = add_listed_units(workspace, [*(u.code for u in units if u not in unlisted), *filter(None, above)])
        records = []
        for unit, parent in zip(unlisted, above, strict=True):
            known = workspace.read.find_by_key("organisation", {"code": parent}) if parent else None
            records.append((Organisation(
                code=unit.code, name=unit.name, kind="administrative_unit", level=unit.level,
                parent_id=known or (unit_id(parent) if parent else None), region_code=unit.code), unit_id(unit.code)))  # fmt: skip
        return added + (Entry(workspace).save_many(records).new if records else 0)
