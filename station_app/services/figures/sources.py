"""The records of a year a balance is made from, read as bare columns: thousands of them without one record object.

What is void is not read. What is in conflict or refused comes along with its standing, so that it can be named.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Any, NamedTuple, TypeVar

from station_app.domain.problems import Problem, UserError
from station_app.services.figures.measures import Measures, is_doubtful, unknown_stock
from station_app.storage.reader import Reader

ENTERED, ACCEPTED, RETURNED, CONFLICT, REFUSED = range(5)
T = TypeVar("T", bound=tuple[Any, ...])
_STANDING = f"""CASE WHEN g.version_id IS NULL AND NOT p.conflict THEN {ENTERED} WHEN p.conflict OR g.outcome='conflict' THEN {CONFLICT}
    WHEN g.outcome IN ('refused', 'quarantined') THEN {REFUSED} WHEN g.review='returned' THEN {RETURNED}
    WHEN g.review='accepted' THEN {ACCEPTED} ELSE {ENTERED} END"""
_PROGRESS = "LEFT JOIN progress g ON g.version_id=p.version_id"
GONE = frozenset({"merged", "split", "closed", "moved"})


class House(NamedTuple):
    """A household."""

    record_id: str
    code: str
    name: str
    village_code: str
    status: str
    standing: int


class Parcel(NamedTuple):
    """A parcel; areas are whole 0.001 mu."""

    household_id: str
    record_id: str
    code: str
    name: str | None
    village_code: str | None
    area: int
    usable_area: int | None
    scheme: str
    season: str | None
    grazing_days: int | None
    grassland_class: str | None
    grassland_class_9: str | None
    degradation: str | None
    standing: int

    @property
    def title(self) -> str:
        return f"{self.code} {self.name}" if self.name else self.code


class Count(NamedTuple):
    """The count that is used of a household, and how many there were of the occasion."""

    household_id: str
    record_id: str
    counted_on: str
    parcel_id: str | None
    standing: int
    of: int = 1


class Forage(NamedTuple):
    """A quantity of forage; whole 0.1 kg and 0.1 %, coefficient in 0.0001."""

    household_id: str
    record_id: str
    kind: str
    item_number: int
    description: str | None
    goods_state: str
    quantity: int
    moisture: int | None
    coefficient: int | None
    coefficient_source: str | None
    standing: int


class Approval(NamedTuple):
    """An approved capacity of a household or village; whole 0.01 SU, 0.0001 mu/SU, 0.001 mu."""

    record_id: str
    household_id: str | None
    village_code: str | None
    season: str
    document_number: str
    approving_body: str
    approved_on: str
    approved: int | None
    mu_per_su: int | None
    area: int | None
    standing: int


class Stock(NamedTuple):
    """The stock of one count."""

    su: Decimal | None
    head: int
    doubtful: bool = False
    problem: Problem | None = None


@dataclass(slots=True)
class Records:
    """Everything read for one table, by household."""

    houses: list[House]
    parcels: Mapping[str, list[Parcel]]
    counts: Mapping[str, Count]
    stock: Mapping[str, Stock]
    forage: Mapping[str, list[Forage]]
    approvals: Mapping[str, list[Approval]]
    village_approvals: Mapping[str, list[Approval]]
    combinations: set[tuple[str, str]] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class HouseholdScope:
    """Which households are read: all, those of a village or township (head of the code), or named ones."""

    prefix: str = ""
    households: tuple[str, ...] | None = None

    @property
    def year_column(self) -> str:
        """The year as a condition names it: of named households the index on the household is the one to use."""
        return "p.year" if self.households is None else "+p.year"

    def order(self, columns: str) -> str:
        """Return an order, which matters to an explanation and not to sums: sorting all takes as long as reading all."""
        return "" if self.households is None else f" ORDER BY {columns}"

    def term(self, column: str, village: str = "") -> tuple[str, list[Any]]:
        """Return a condition on a household column."""
        if self.households is not None:
            return f" AND {column} IN (SELECT value FROM json_each(?))", [json.dumps(self.households)]
        if not self.prefix:
            return "", []
        if village:
            return f" AND {village} >= ? AND {village} < ?", [self.prefix, _after(self.prefix)]
        inside = "SELECT record_id FROM household WHERE village_code >= ? AND village_code < ?"
        return f" AND {column} IN ({inside})", [self.prefix, _after(self.prefix)]


def _after(prefix: str) -> str:
    return prefix[:-1] + chr(ord(prefix[-1]) + 1)


def _made(kind: type[T], rows: Sequence[tuple[Any, ...]]) -> Iterator[T]:
    """Yield rows under the names of their columns; ``_make`` would look at each once more."""
    return map(partial(tuple.__new__, kind), rows)


def read_houses(reader: Reader, which: HouseholdScope) -> list[House]:
    """Read the households; in no order, since rows are sorted by what they show."""
    term, values = which.term("p.record_id", "p.village_code")
    rows = reader.sql(
        f"""SELECT p.record_id, p.code, p.head_name, p.village_code, p.status, {_STANDING}
        FROM household p {_PROGRESS} WHERE p.void=0{term}""",
        values,
    )
    return list(_made(House, rows))


def read_parcels(reader: Reader, year: int, which: HouseholdScope) -> dict[str, list[Parcel]]:
    """Read the parcels in use at some time of the year, by household."""
    term, values = which.term("p.household_id")
    rows = reader.sql(
        f"""SELECT p.household_id, p.record_id, p.code, p.name, p.village_code, p.area_mu, p.usable_area_mu, p.scheme,
        p.season_of_use, p.grazing_days, p.grassland_class, p.grassland_class_9, p.degradation, {_STANDING}
        FROM parcel p {_PROGRESS} WHERE p.void=0 AND (p.valid_from IS NULL OR p.valid_from<=?)
        AND (p.valid_to IS NULL OR p.valid_to>=?){term}{which.order("p.code, p.record_id")}""",
        [f"{year}-12-31", f"{year}-01-01", *values],
    )
    found: dict[str, list[Parcel]] = defaultdict(list)
    for parcel in _made(Parcel, rows):
        found[parcel[0]].append(parcel)
    return found


def read_counts(reader: Reader, year: int, occasion: str, which: HouseholdScope) -> dict[str, Count]:
    """Read the latest count of every household for the occasion, with how many there are."""
    term, values = which.term("p.household_id")
    rows = reader.sql(
        f"""SELECT p.household_id, p.record_id, p.counted_on, p.parcel_id, {_STANDING}
        FROM livestock_count p {_PROGRESS} WHERE p.void=0 AND {which.year_column}=? AND p.occasion=?{term}
        ORDER BY p.counted_on, p.hlc, p.record_id""",
        [year, occasion, *values],
    )
    found: dict[str, Count] = {}
    for row in rows:
        before = found.get(row[0])
        found[row[0]] = Count._make((*row, 1 if before is None else before.of + 1))
    return found


def read_stock(
    reader: Reader, counts: Sequence[Count], measures: Measures, *, every_doubtful: bool = False
) -> tuple[dict[str, Stock], set[tuple[str, str]]]:
    """Return the sheep units of counts by record_id, and the species and classes that occur.

    SQLite adds head × coefficient as whole numbers, one row a count; nothing is rounded. Which species and classes there
    are is asked of a few counts first: whoever has others shows by a sum below zero and is asked again.
    ``every_doubtful`` spares the question which counts rest on unverified coefficients.
    """
    ids = [each.record_id for each in counts]
    units = _Units(reader, measures)
    units.learn(ids[:_FIRST])
    found, others = units.count(ids, every_doubtful)
    if others:
        units.learn(others)
        more, _ = units.count(others, every_doubtful)
        found |= more
    if not every_doubtful:
        for record_id in units.with_doubt(ids):
            found[record_id] = found[record_id]._replace(doubtful=True)
    for record_id, problem in units.unknown(ids):
        found[record_id] = Stock(None, found[record_id].head, True, problem)
    return found, units.combinations


_FIRST = 100
_OTHER = -(
    2**56
)  # a class not learned of; no herd makes up for it, and a count of many such lines stays a whole number
_INSIDE = "record_id IN (SELECT value FROM json_each(?))"
_LINES = "livestock_count__class_counts"


class _Units:
    """Turns count lines into sheep units inside SQLite, with the coefficients of the classes that occur."""

    def __init__(self, reader: Reader, measures: Measures) -> None:
        self._reader = reader
        self._measures = measures
        self._weight = "mean_weight_kg" if measures.has_weight_classes else "NULL"
        self._known: dict[tuple[str, str, int | None], Decimal] = {}
        self._unknown: dict[tuple[str, str, int | None], UserError] = {}

    @property
    def combinations(self) -> set[tuple[str, str]]:
        return {(species, kind) for species, kind, _ in (*self._known, *self._unknown)}

    def learn(self, ids: Sequence[str]) -> None:
        """Look up the coefficients of every species, class and weight that occurs in these counts."""
        for species, kind, weighed in self._reader.sql(
            f"SELECT species_code, class_code, {self._weight} FROM {_LINES} WHERE {_INSIDE} "
            "GROUP BY 1, 2, 3 ORDER BY count(*) DESC",  # the commonest is asked for first
            (json.dumps(ids),),
        ):
            weight_kg = None if weighed is None else Decimal(weighed).scaleb(-1)
            each = self._measures.per_head(species, kind, weight_kg)
            if isinstance(each, UserError):
                self._unknown[species, kind, weighed] = each
            else:
                self._known[species, kind, weighed] = each

    def count(self, ids: Sequence[str], doubtful: bool) -> tuple[dict[str, Stock], list[str]]:
        """Return the stock of counts, and the counts that hold a class not learned of."""
        places = max((max(0, -int(each.as_tuple().exponent)) for each in self._known.values()), default=0)
        units = {key: int(each.scaleb(places)) for key, each in self._known.items()}
        case = _case(units | dict.fromkeys(self._unknown, 0), self._weight)
        found: dict[str, Stock] = {}
        others: list[str] = []
        for record_id, total, head in self._reader.sql(
            f"SELECT record_id, sum({case}), sum(head) FROM {_LINES} WHERE {_INSIDE} GROUP BY record_id",
            (json.dumps(ids),),
        ):
            if total < 0:
                others.append(record_id)
            else:
                found[record_id] = Stock(Decimal(total).scaleb(-places), head, doubtful)
        return found, others

    def with_doubt(self, ids: Sequence[str]) -> list[str]:
        """Return the counts that rest on a coefficient nobody has verified."""
        doubted = [each for each in self.combinations if any(map(is_doubtful, self._measures.head_coefficients(*each)))]
        return self._with(doubted, ids) if doubted else []

    def unknown(self, ids: Sequence[str]) -> Iterator[tuple[str, Problem]]:
        """Yield the counts that hold a class without a coefficient, with what is to be said."""
        for (species, kind, weighed), error in self._unknown.items():
            problem = unknown_stock(species, kind, error)
            of_weight = ""
            if self._weight != "NULL":
                of_weight = f" AND mean_weight_kg IS {'NULL' if weighed is None else int(weighed)}"
            for record_id in self._with([(species, kind)], ids, of_weight):
                yield record_id, problem

    def _with(self, combinations: Sequence[tuple[str, str]], ids: Sequence[str], weight: str = "") -> list[str]:
        """Return the counts that have a line of one of these species and classes; ``weight`` is a further condition."""
        pairs = ", ".join(f"({_quoted(species)}, {_quoted(kind)})" for species, kind in combinations)
        rows = self._reader.sql(
            f"SELECT DISTINCT record_id FROM {_LINES} "
            f"WHERE {_INSIDE} AND (species_code, class_code) IN (VALUES {pairs}){weight}",
            (json.dumps(ids),),
        )
        return [record_id for (record_id,) in rows]


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _case(units: Mapping[tuple[str, str, int | None], int], weight: str) -> str:
    """Return SQL that gives the units of a line: nested, so that a species is looked at once."""
    tree: dict[str, dict[str, dict[int | None, int]]] = defaultdict(lambda: defaultdict(dict))
    for (species, stock_class, weighed), each in units.items():
        tree[species][stock_class][weighed] = each
    if not tree:
        return str(_OTHER)
    outer = []
    for species, classes in tree.items():
        inner = []
        for stock_class, weights in classes.items():
            if weight == "NULL":
                value = f"head*{weights[None]}"
            else:
                arms = " ".join(f"WHEN {-1 if w is None else w} THEN head*{v}" for w, v in weights.items())
                value = f"CASE coalesce({weight}, -1) {arms} ELSE {_OTHER} END"
            inner.append(f"WHEN {_quoted(stock_class)} THEN {value}")
        outer.append(f"WHEN {_quoted(species)} THEN CASE class_code {' '.join(inner)} ELSE {_OTHER} END")
    return f"CASE species_code {' '.join(outer)} ELSE {_OTHER} END"


def read_forage(reader: Reader, year: int, which: HouseholdScope) -> dict[str, list[Forage]]:
    """Read the forage of the year, by household."""
    term, values = which.term("p.household_id")
    rows = reader.sql(
        f"""SELECT p.household_id, p.record_id, p.kind, p.item_number, p.description, p.goods_state, p.quantity_kg,
        p.moisture_percent, p.hay_coefficient, p.coefficient_source, {_STANDING}
        FROM forage_supply p {_PROGRESS} WHERE p.void=0 AND {which.year_column}=?{term}{which.order("p.kind, p.item_number, p.record_id")}""",
        [year, *values],
    )
    found: dict[str, list[Forage]] = defaultdict(list)
    for each in _made(Forage, rows):
        found[each[0]].append(each)
    return found


def read_approvals(
    reader: Reader, year: int, occasion: str
) -> tuple[dict[str, list[Approval]], dict[str, list[Approval]]]:
    """Read the approvals in force on the day of the occasion, newest first: by household and by village.

    Without dates of validity an approval is in force in its own year only.
    """
    on = f"{year}-06-30" if occasion == "mid_year" else f"{year}-12-31"
    rows = reader.sql(
        f"""SELECT p.record_id, p.household_id, p.village_code, p.season_of_use, p.document_number, p.approving_body,
        p.approved_on, p.approved_su, p.approved_mu_per_su, p.area_mu, {_STANDING}
        FROM capacity_approval p {_PROGRESS} WHERE p.void=0 AND p.year<=?
        AND coalesce(p.valid_from, p.year || '-01-01')<=? AND coalesce(p.valid_to, p.year || '-12-31')>=?
        ORDER BY p.approved_on DESC, p.hlc DESC""",
        (year, on, on),
    )
    households: dict[str, list[Approval]] = defaultdict(list)
    villages: dict[str, list[Approval]] = defaultdict(list)
    for row in rows:
        made = Approval._make(row)
        if made.household_id:
            households[made.household_id].append(made)
        elif made.village_code:
            villages[made.village_code].append(made)
    return households, villages


def unit_names(reader: Reader) -> dict[str, str]:
    """Return the names of villages and townships by their 12-digit code."""
    rows = reader.sql(
        "SELECT coalesce(region_code, code), coalesce(short_name, name) FROM organisation "
        "WHERE void=0 AND kind='administrative_unit'"
    )
    return {(code or "").ljust(12, "0"): name for code, name in rows}


def workplace(reader: Reader) -> tuple[bool, str]:
    """Return whether this workspace sums what others sent (accepted and entered then stay apart), and its name."""
    return reader.setting("workspace.role") not in ("", "station"), reader.setting("workspace.org_name")
