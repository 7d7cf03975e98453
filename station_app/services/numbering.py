"""The next free number of a new record, proposed and never imposed.

Household and parcel codes are built by a rule of ours; other numbers go on from the last one used. A
number that somebody else has seen is not proposed again; that of a record that was withdrawn and never left is free.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from string import ascii_uppercase

from station_app.domain.fields import Kind
from station_app.domain.registry import RecordType, record_type
from station_app.storage.reader import Reader

HOUSEHOLD_DIGITS = 4
_TAIL = re.compile(r"(.*?)([0-9]{1,9})([^0-9]*)\Z", re.DOTALL)
_YEAR = re.compile(r"(?<![0-9])(?:19|20)[0-9]{2}(?![0-9])")
# Living, or some version of it was packed (for the county or a colleague), answered, or made elsewhere.
_USED = """(void=0 OR EXISTS (SELECT 1 FROM version v LEFT JOIN progress g ON g.version_id=v.version_id
    WHERE v.record_id=p.record_id AND (g.package_sequence IS NOT NULL OR g.outcome IS NOT NULL
        OR g.review IN ('accepted', 'returned')
        OR EXISTS (SELECT 1 FROM package_content c WHERE c.version_id=v.version_id)
        OR v.device NOT IN (SELECT value FROM setting WHERE key='workspace.device_id' OR key LIKE 'workspace.former.%'))))"""
_FIRST = {"staff": "01"}  # what begins a count nobody has begun
_FOLLOWS = {"household": ("code", "village_code"), "parcel": ("code", "household_id")}  # number, what it is built on


def numbered_field(kind: RecordType) -> str:
    """Return the field that numbers records of a type (the one text its key consists of), empty where none does."""
    names = [name for name in kind.key if kind.by_name[name].kind is Kind.TEXT]
    return names[0] if len(names) == 1 == len(kind.key) else ""


def built_on(kind: RecordType) -> str:
    """Return the field a number is built on (``village_code`` of a household), empty where it goes on from the last."""
    return _FOLLOWS.get(kind.name, ("", ""))[1]


def next_number(reader: Reader, kind: RecordType | str, values: Mapping[str, str], year: int | None = None) -> str:
    """Return the next free number for a new record; empty where nothing can be proposed yet.

    ``values`` are the fields as typed so far: a household is numbered once its village is known (village code and 4
    digits), a parcel once its household is (code of the household, a dash, a letter). Other numbers go on from the last
    one saved (staff begin with 01); where that holds a year and ``year`` is another one, the count begins again in the new year.
    """
    described = record_type(kind) if isinstance(kind, str) else kind
    if described.name == "household":
        return next(iter(next_household_codes(reader, values.get("village_code") or "", 1)), "")
    if described.name == "parcel":
        return _next_parcel_code(reader, values.get("household_id") or "")
    name = numbered_field(described)
    if not name:
        return ""
    last = reader.sql(f'SELECT "{name}" FROM "{described.name}" p WHERE {_USED} ORDER BY rowkey DESC LIMIT 1')
    return _continued(reader, described.name, name, last[0][0], year) if last else _FIRST.get(described.name, "")


def next_household_codes(reader: Reader, village_code: str, count: int, taken: Iterable[str] = ()) -> list[str]:
    """Return the next ``count`` codes of a village, past every number used there and those ``taken`` in this run;
    fewer where 9,999 is reached, none where the village code has not 12 digits."""
    if len(village_code) != 12 or not village_code.isdigit():
        return []
    used = [
        code
        for (code,) in reader.sql(f"SELECT code FROM household p WHERE code LIKE ? AND {_USED}", (village_code + "%",))
    ]
    numbers = [int(code[12:]) for code in (*used, *taken) if code.startswith(village_code) and code[12:].isdigit()]
    first = max(numbers, default=0) + 1
    last = min(first + count, 10**HOUSEHOLD_DIGITS)
    return [f"{village_code}{number:0{HOUSEHOLD_DIGITS}d}" for number in range(first, last)]


def _next_parcel_code(reader: Reader, household_id: str) -> str:
    household = reader.sql("SELECT code FROM household WHERE record_id=?", (household_id,))
    if not household:
        return ""
    code = str(household[0][0])
    used = {
        found for (found,) in reader.sql(f"SELECT code FROM parcel p WHERE code LIKE ? AND {_USED}", (code + "-%",))
    }
    return next((free for letter in ascii_uppercase if (free := f"{code}-{letter}") not in used), "")


def _continued(reader: Reader, table: str, field: str, last: str, year: int | None) -> str:
    parts = _TAIL.match(last or "")
    if parts is None:
        return ""
    head, digits, rest = parts.groups()
    number = int(digits) + 1
    told = _YEAR.search(head)
    if year is not None and told is not None and int(told[0]) != year:
        head = head[: told.start()] + str(year) + head[told.end() :]
        number = 1
    while True:
        free = f"{head}{number:0{len(digits)}d}{rest}"
        if not reader.sql(f'SELECT 1 FROM "{table}" p WHERE "{field}"=? AND {_USED} LIMIT 1', (free,)):
            return free
        number += 1
