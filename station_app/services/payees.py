"""Who would be paid under a plan: households, the parcels they hold in its year, what is claimed already, what is known."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from station_app.domain.checks.payee import Death, HeldParcel, Payee
from station_app.domain.line_states import CLASS_OF, StateClass
from station_app.domain.records.compensation import CompensationPlan
from station_app.domain.records.household import Household
from station_app.storage.reader import Reader, Row

_CLOSED = json.dumps([state for state, each in CLASS_OF.items() if each is StateClass.CLOSED])
# The living lines of a plan's programme and year, over all its batches and versions.
_LINES_OF_YEAR = """FROM compensation_line l JOIN compensation_batch b ON b.record_id=l.batch_id AND b.void=0
    JOIN compensation_plan p ON p.record_id=b.plan_id
    WHERE l.void=0 AND p.year=? AND p.programme=? AND p.county_code=?"""


@dataclass(frozen=True, slots=True)
class Holding:
    """A household and the parcels it is paid for."""

    row: Row
    parcels: tuple[HeldParcel, ...]

    @property
    def record(self) -> Household:
        record: Household = self.row.record
        return record


@dataclass(frozen=True, slots=True)
class Claimed:
    """A line that claims land of the year."""

    line_id: str
    household_id: str
    household: str
    batch_number: int
    village_code: str


@dataclass
class Claims:
    """What is claimed by the lines of a year: by parcel, and by scheme for lines that do not name their parcels.

    Attributes:
        parcels: By parcel, the area claimed (mu) and the lines that claim it.
        unnamed: By household and scheme, the area of lines without parcels.
        lines: By household, its lines.
    """

    parcels: dict[str, tuple[Decimal, list[Claimed]]] = field(default_factory=dict)
    unnamed: dict[tuple[str, str], Decimal] = field(default_factory=dict)
    lines: dict[str, list[Claimed]] = field(default_factory=dict)


def parcels_of_year(reader: Reader, year: int, schemes: Iterable[str], household_ids: Sequence[str]
                    ) -> dict[str, list[HeldParcel]]:  # fmt: skip
    """Return the parcels of households that count in a year, by household; ended and future ones do not."""
    found: dict[str, list[HeldParcel]] = defaultdict(list)
    rows = reader.sql(
        """SELECT household_id, record_id, scheme, coalesce(zone, ''), area_mu,
           contract_number IS NOT NULL OR certificate_number IS NOT NULL, term_to
           FROM parcel WHERE void=0 AND household_id IN (SELECT value FROM json_each(?))
           AND scheme IN (SELECT value FROM json_each(?))
           AND (valid_to IS NULL OR valid_to >= ?) AND (valid_from IS NULL OR valid_from <= ?) ORDER BY rowkey""",
        (json.dumps(list(household_ids)), json.dumps(sorted(schemes)), f"{year}-01-01", f"{year}-12-31"),
    )
    for owner, record_id, scheme, zone, scaled_mu, papers, term_to in rows:
        area = Decimal(scaled_mu).scaleb(-3)
        until = date.fromisoformat(term_to) if term_to else None
        found[owner].append(HeldParcel(record_id, scheme, zone, area, bool(papers), until))
    return found


def claims_of_year(reader: Reader, plan: CompensationPlan, *, but: str = "") -> Claims:
    """Return what the lines of the plan's programme and year claim, without line ``but``."""
    key = (plan.year, plan.programme, plan.county_code)
    living = f"{_LINES_OF_YEAR} AND l.state NOT IN (SELECT value FROM json_each(?)) AND l.record_id <> ?"
    claims = Claims()
    named: set[str] = set()
    lines: dict[str, Claimed] = {}
    for line_id, owner, name, number, village in reader.sql(
        f"SELECT l.record_id, l.household_id, coalesce(l.head_name, ''), b.batch_number, b.village_code {living} "
        "ORDER BY b.batch_number, l.rowkey", (*key, _CLOSED, but),
    ):  # fmt: skip
        lines[line_id] = Claimed(line_id, owner, name, number, village)
        claims.lines.setdefault(owner, []).append(lines[line_id])
    living += " AND l.original_line_id IS NULL"  # what is paid again stands for the claim of its first line
    for line_id, parcel_id, scaled_mu in reader.sql(
        f"SELECT x.record_id, x.parcel_id, x.area_mu FROM compensation_line__parcels x WHERE x.record_id IN "
        f"(SELECT l.record_id {living})", (*key, _CLOSED, but),
    ):  # fmt: skip
        named.add(line_id)
        area, by = claims.parcels.get(parcel_id, (Decimal(0), []))
        claims.parcels[parcel_id] = (area + Decimal(scaled_mu).scaleb(-3), [*by, lines[line_id]])
    for line_id, owner, *areas in reader.sql(
        f"SELECT l.record_id, l.household_id, l.ban_area_mu, l.balance_area_mu, l.other_area_mu {living}",
        (*key, _CLOSED, but),
    ):  # fmt: skip
        if line_id not in named:
            for scheme, scaled_mu in zip(("ban", "balance", "other"), areas, strict=True):
                before = claims.unnamed.get((owner, scheme), Decimal(0))
                claims.unnamed[owner, scheme] = before + Decimal(scaled_mu or 0).scaleb(-3)
    return claims


def unclaimed(holding: Holding, claims: Claims) -> tuple[tuple[HeldParcel, ...], list[Claimed]]:
    """Return the land of a household nobody is paid for yet, and the lines of others that claim land it holds."""
    left: list[HeldParcel] = []
    others: list[Claimed] = []
    unnamed = {scheme: area for (owner, scheme), area in claims.unnamed.items() if owner == holding.row.record_id}
    for parcel in holding.parcels:
        area, by = claims.parcels.get(parcel.record_id, (Decimal(0), []))
        others += [each for each in by if each.household_id != holding.row.record_id]
        free = max(parcel.area_mu - area, Decimal(0))
        taken = min(free, unnamed.get(parcel.scheme, Decimal(0)))
        if taken:
            unnamed[parcel.scheme] -= taken
        if free - taken > 0:
            left.append(parcel._replace(area_mu=free - taken))
    return tuple(left), others


def payees_of(reader: Reader, plan: CompensationPlan, holdings: Sequence[Holding], day: date) -> list[Payee]:
    """Return what the checks need to know of households that hold land."""
    ids = json.dumps([each.row.record_id for each in holdings])
    deaths = _deaths(reader, ids)
    twins = {name: _twins(reader, name, ids) for name in ("identity_number", "account_number")}
    return [
        Payee(
            each.record,
            each.parcels,
            day,
            plan.area_tolerance_mu or Decimal(0),
            tuple(deaths.get(each.row.record_id, ())),
            tuple(twins["identity_number"].get(each.row.record_id, ())),
            tuple(twins["account_number"].get(each.row.record_id, ())),
        )
        for each in holdings
    ]


def _deaths(reader: Reader, ids: str) -> dict[str, list[Death]]:
    """Return recorded deaths by household, whether a new head followed, and who died."""
    changes: dict[str, list[Any]] = defaultdict(list)
    for owner, *change in reader.sql(
        """SELECT household_id, kind, changed_on, old_head_name, new_head_name FROM household_change WHERE void=0
           AND kind IN ('death', 'new_head') AND household_id IN (SELECT value FROM json_each(?)) ORDER BY changed_on""",
        (ids,),
    ):  # fmt: skip
        changes[owner].append(change)
    found: dict[str, list[Death]] = {}
    for owner, of_household in changes.items():
        for kind, day, old, new in of_household:
            if kind == "death":
                later = any(other[0] == "new_head" and other[1] >= day for other in of_household)
                death = Death(date.fromisoformat(day), old, later or bool(new))
                found.setdefault(owner, []).append(death)
    return found


def _twins(reader: Reader, name: str, ids: str) -> dict[str, list[str]]:
    """Return by household the codes of other households that still stand and carry the same number."""
    found: dict[str, list[str]] = defaultdict(list)
    for owner, code in reader.sql(
        f"""SELECT h.record_id, o.code FROM household h JOIN household o ON o."{name}"=h."{name}"
            AND o.record_id <> h.record_id WHERE h.void=0 AND o.void=0 AND o.status IN ('normal', 'head_dead')
            AND h."{name}" IS NOT NULL AND h.record_id IN (SELECT value FROM json_each(?)) ORDER BY o.code""",
        (ids,),
    ):  # fmt: skip
        found[owner].append(code)
    return found
