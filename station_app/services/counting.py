"""A count of livestock in a village: how far it has come, who is in it, how many animals there are in all."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from station_app.domain.fields import described_fields
from station_app.domain.records.livestock import ClassCount
from station_app.storage.codec import column_value, from_column
from station_app.storage.reader import Reader

_WEIGHT = next(f for f in described_fields(ClassCount) if f.name == "mean_weight_kg")


@dataclass(frozen=True, slots=True)
class VillageProgress:
    """One village; ``households`` are those that keep a herd here: in normal standing, or counted all the same."""

    code: str
    name: str
    counted: int
    households: int


def counted(reader: Reader, year: int, occasion: str) -> list[VillageProgress]:
    """Return the progress of one occasion (code of ``occasion``) of a year, by village code."""
    rows = reader.sql(
        """SELECT h.village_code, coalesce(max(o.name), ''), count(DISTINCT c.household_id), count(DISTINCT h.record_id)
           FROM household h
           LEFT JOIN livestock_count c ON c.household_id=h.record_id AND c.void=0 AND c.year=? AND c.occasion=?
           LEFT JOIN organisation o ON o.code=h.village_code AND o.void=0
           WHERE h.void=0 AND (coalesce(h.status, 'normal')='normal' OR c.household_id IS NOT NULL)
           GROUP BY h.village_code ORDER BY h.village_code""",
        (year, occasion),
    )
    return [VillageProgress(*row) for row in rows]


class Counted(NamedTuple):
    """A household of a village and its newest count of an occasion, ``None`` when it was not counted yet."""

    household_id: str
    code: str
    head_name: str
    record_id: str | None
    version_id: str | None


def households(reader: Reader, village_code: str, year: int, occasion: str) -> list[Counted]:
    """Return who is counted in a village, by code: households in normal standing, and those counted all the same."""
    # "+" keeps SQLite from walking through all counts of the year for every household.
    rows = reader.sql(
        """SELECT coalesce(h.code, ''), h.rowkey, coalesce(c.counted_on, ''), c.rowkey, h.record_id, coalesce(h.code, ''), h.head_name,
                  c.record_id, c.version_id
           FROM household h
           LEFT JOIN livestock_count c ON c.household_id=h.record_id AND c.void=0 AND +c.year=? AND c.occasion=?
           WHERE h.village_code=? AND h.void=0 AND (coalesce(h.status, 'normal')='normal' OR c.record_id IS NOT NULL)""",
        (year, occasion, village_code),
    )
    rows.sort()  # of several counts of a household the newest comes last
    return list({row[4]: Counted._make(row[4:]) for row in rows}.values())


class ClassSum(NamedTuple):
    """What was counted of a species and class with one mean weight (kg, or none said): animals, and in how many counts."""

    species_code: str
    class_code: str
    mean_weight_kg: Decimal | None
    head: int
    counts: int


def class_sums(reader: Reader, record_ids: Iterable[str]) -> list[ClassSum]:
    """Return what these counts hold in all."""
    rows = reader.sql(
        """SELECT species_code, class_code, mean_weight_kg, sum(head), count(*) FROM livestock_count__class_counts
           WHERE record_id IN (SELECT value FROM json_each(?)) GROUP BY 1, 2, 3""",
        (json.dumps(list(record_ids)),),
    )
    return [ClassSum(species, code, from_column(_WEIGHT, kg), head, counts) for species, code, kg, head, counts in rows]


def holding(reader: Reader, record_ids: Iterable[str], sums: Iterable[ClassSum]) -> set[str]:
    """Return which of these counts hold one of these species and classes with its weight."""
    wanted = [(each.species_code, each.class_code, column_value(_WEIGHT, each.mean_weight_kg)) for each in sums]
    rows = reader.sql(
        """SELECT DISTINCT l.record_id FROM json_each(?) w JOIN livestock_count__class_counts l
           ON l.species_code=w.value->>0 AND l.class_code=w.value->>1 AND l.mean_weight_kg IS w.value->>2
           WHERE l.record_id IN (SELECT value FROM json_each(?))""",
        (json.dumps(wanted), json.dumps(list(record_ids))),
    )
    return {record_id for (record_id,) in rows}
