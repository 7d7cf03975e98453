"""What somebody is asked about before a record is saved or sent: far from the last time, from all others, from what the
household's land carries. Bounds of one value are a rule of the record (``domain.usual``); this is what needs other records."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache, cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from station_app.domain.fields import Field, Kind
from station_app.domain.generic import JSON
from station_app.domain.problems import Problem, UserError
from station_app.domain.record_problems import RecordProblem
from station_app.domain.records.livestock import LivestockCount
from station_app.domain.registry import RecordType, record_type
from station_app.domain.text import Text
from station_app.domain.usual import (
    Measure,
    Number,
    Spot,
    against_last,
    against_others,
    measures,
    read_by,
    usual,
    usual_rows,
)
from station_app.services.figures import balance, balance_basis, scheme
from station_app.storage.codec import column_reader, column_value, from_column, scaled
from station_app.storage.projection import list_table, projected_lists

if TYPE_CHECKING:
    from station_app.storage.reader import Reader

COUNT = "livestock_count"
HEAD = "class_counts.head"
CAPACITY = "_capacity"  # the row of the table that says how many times its capacity a household's stock may be
FEWEST = 20  # so many records say what is common; fewer say nothing
NEWEST = 2_000  # and more are not asked
MOST_WEIGHED = 200  # counts at once that are held against capacity
GROWN = 4  # asked again when a quarter more are there
BEFORE = Text("更正前", "before the correction")
IN_YEAR = Text("{year} 年", "in {year}")
ON_DAY = Text("{day}", "on {day}")


@dataclass(frozen=True, slots=True)
class LastTime:
    """What the same thing was when it was last on record: numbers by where they stand, and when that was.

    ``time`` is its date or year as text, empty for an earlier version of the record itself.
    """

    when: Text
    values: dict[Spot, Decimal]
    time: str = ""


_NOTHING = type(None)
Values = dict[Spot, int]  # numbers by where they stand, scaled by the places of their field, as columns hold them


def unscaled(kind: RecordType, values: Values) -> dict[Spot, Decimal]:
    """Return numbers as people write them."""
    fields = {m.path: m.field for m in measures(kind)}
    return {spot: _number(fields[spot.path], value) for spot, value in values.items()}


class Columns:
    """The numbers of many versions by where they stand: which of the versions have one, in order, and what it is. Lines of the
    same codes are added up; ``doubled`` are the versions that have such lines."""

    def __init__(self, number: int) -> None:
        self.at: dict[Spot, tuple[Sequence[int], Sequence[int]]] = {}
        self.doubled: set[int] = set()
        self._number = number

    @cached_property
    def by_version(self) -> list[Values]:
        """The same numbers version by version."""
        out: list[Values] = [{} for _ in range(self._number)]
        for spot, (places, values) in self.at.items():
            for place, value in zip(places, values, strict=True):
                out[place][spot] = value
        return out


@cache
def columns_reader(type_name: str) -> Callable[[Sequence[object]], Columns]:
    """Return what reads the numbers of many versions, of their JSON or the typed objects they were read into."""
    flat, lists = read_by(record_type(type_name))
    alone = [(column_reader(name), m.at[()], m.field.places) for name, m in flat.items()]
    inside = [
        (column_reader(name), [column_reader(code) for code in codes], [column_reader(n) for n in known], _SpotsOfLines(known.values()))
        for name, codes, known in lists
    ]  # fmt: skip

    def read(things: Sequence[object]) -> Columns:
        found = Columns(len(things))
        for take, spot, places in alone:
            if filled := _filled(range(len(things)), take(things), places):
                found.at[spot] = filled
        for take_rows, take_codes, take_numbers, spots_of in inside:
            rows: list[object] = []
            owners: list[int] = []
            for place, each in enumerate(take_rows(things)):
                if each:
                    rows += each
                    owners += [place] * len(each)
            groups: dict[tuple[str, ...], list[int]] = {}
            for row, key in enumerate(zip(*([code or "" for code in take(rows)] for take in take_codes), strict=True)):
                groups.setdefault(key, []).append(row)
            columns = [
                None if set(map(type, column)) <= {_NOTHING} else column for column in (t(rows) for t in take_numbers)
            ]
            for key, chosen in groups.items():
                versions = [owners[row] for row in chosen]
                again = len(set(versions)) < len(versions)
                if again:
                    found.doubled.update(one for one, other in pairwise(versions) if one == other)
                for (spot, places), column in zip(spots_of[key], columns, strict=True):
                    if column is not None and (filled := _filled(versions, [column[row] for row in chosen], places)):
                        found.at[spot] = _added_up(*filled) if again else filled
        return found

    return read


def _filled(versions: Sequence[int], column: list[Any], places: int) -> tuple[Sequence[int], list[int]] | None:
    """Return where a column is not empty, and the numbers there, scaled."""
    kinds = set(map(type, column))
    if _NOTHING in kinds:
        if len(kinds) == 1:
            return None
        versions = [version for version, value in zip(versions, column, strict=True) if value is not None]
        column = [value for value in column if value is not None]
    if str in kinds:  # of a version in JSON
        column = [scaled(value) if type(value) is str else value for value in column]
    if Decimal in kinds:
        column = [int(value.scaleb(places)) if type(value) is Decimal else value for value in column]
    return (versions, column) if column else None


def _added_up(versions: Sequence[int], values: list[int]) -> tuple[Sequence[int], list[int]]:
    sums: dict[int, int] = {}
    for version, value in zip(versions, values, strict=True):
        sums[version] = sums.get(version, 0) + value
    return list(sums), list(sums.values())


class _SpotsOfLines(dict[tuple[str, ...], list[tuple[Spot, int]]]):
    """Where the numbers of a line stand, and their places, by its codes."""

    def __init__(self, known: Iterable[Measure]) -> None:
        self._known = tuple(known)

    def __missing__(self, codes: tuple[str, ...]) -> list[tuple[Spot, int]]:
        found = [(m.at[codes], m.field.places) for m in self._known]
        if len(self) < NEWEST:
            self[codes] = found
        return found


class _Line(NamedTuple):
    """A class of a herd, as the calculation reads it."""

    species_code: str
    class_code: str
    head: int
    mean_weight_kg: Decimal | None = None


@dataclass(slots=True)
class _Common:
    """What is common for a type, and how many records there were when that was found."""

    newest: int
    most: dict[Spot, Decimal] = field(default_factory=dict)


class Unusual:
    """Asks one workspace; belongs to the thread of its reader."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._common: dict[str, _Common] = {}
        self._grounds: dict[tuple[int, str], tuple[str, balance_basis.BalanceBasis | None]] = {}

    # --- problems ------------------------------------------------------------------------------------------------------

    def problems(self, record: object, record_id: str | None = None) -> list[Problem]:
        """Return what must be explained about a record that is to be saved."""
        return self.problems_of([(record, record_id)])[0]

    def problems_of(self, records: Sequence[tuple[Any, str | None]]) -> list[list[Problem]]:
        """Return what must be explained about records of one type that are to be saved, for each (record, id or ``None``).

        Of very many at once, stock is not held against capacity: that costs more than all the rest.
        """
        kind = record_type(records[0][0]) if records else None
        if kind is None or not measures(kind):
            return [[] for _ in records]
        common = self.common(kind)
        out = []
        for (record, _), before in zip(records, self.last(kind, records), strict=True):
            found = self.against(kind, record, before, common)
            if kind.name == COUNT and len(records) <= MOST_WEIGHED and _has_grown(record, before):
                found += self._above_capacity(record)
            out.append(found)
        return out

    def against(
        self,
        kind: RecordType,
        record: object,
        before: LastTime | None,
        common: dict[Spot, Decimal],
        read: Sequence[Number] | None = None,
    ) -> list[Problem]:
        """Return what the last time and all others say against a record, or a version of one in JSON; ``read`` are its numbers
        where they are known."""
        found = against_last(kind, record, before.values, before.when, read) if before is not None else []
        asked = {(p.field, p.line) for p in found}
        return found + [p for p in against_others(kind, record, common, read) if (p.field, p.line) not in asked]

    # --- last time -----------------------------------------------------------------------------------------------------

    def last(self, kind: RecordType, records: Sequence[tuple[object, str | None]]) -> list[LastTime | None]:
        """Return for each (record, its id or ``None``) what stood at the last time, in the same order."""
        same, when = kind.series
        if not measures(kind) or not records:
            return [None] * len(records)
        if not same:
            ids = [record_id or "" for _, record_id in records]
            values = self.values(kind, [i for i in ids if i])
            return [LastTime(BEFORE, unscaled(kind, values[i])) if i in values else None for i in ids]
        names = (when, *same) if when else same
        wanted = [
            (
                record_id or "",
                *([] if when else [None]),
                *(column_value(kind.by_name[n], getattr(record, n)) for n in names),
            )
            for record, record_id in records
        ]
        found = self.before(kind, wanted)
        values = self.values(kind, [i for i, _ in found.values()])
        return [
            LastTime(time_text(kind, found[n][1]), unscaled(kind, values.get(found[n][0], {})), str(found[n][1] or ""))
            if n in found
            else None
            for n in range(len(records))
        ]

    def before(self, kind: RecordType, wanted: Sequence[Sequence[JSON]]) -> dict[int, tuple[str, JSON]]:
        """Return (record id, time) of the last record of the same thing, by place in ``wanted``: record ids, their times
        (``None`` where the series has none) and what makes the thing the same, all as columns hold them."""
        same, when = kind.series
        if not wanted or not self._reader.last_key(kind.name):
            return {}
        taken = ", ".join(f"json_extract(value, '$[{n}]') AS w{n}" for n in range(len(same) + 2))
        terms = [f'p."{name}" IS w{n}' for n, name in enumerate(same, 2)]
        if when:
            terms.append(f'p."{when}" < w1')
            order, shown_time = f'p."{when}" DESC, p.hlc DESC', f'q."{when}"'
        else:
            terms.append(f"p.hlc < coalesce((SELECT o.hlc FROM \"{kind.name}\" o WHERE o.record_id=w0), '~')")
            order, shown_time = "p.hlc DESC", "NULL"
        rows = self._reader.sql(
            f"""WITH wanted AS MATERIALIZED (SELECT key, {taken} FROM json_each(?))
                SELECT i, q.record_id, {shown_time} FROM (SELECT key AS i, (
                SELECT p.rowkey FROM "{kind.name}" p WHERE p.void=0 AND p.record_id<>w0
                AND {" AND ".join(terms)} ORDER BY {order} LIMIT 1) AS k FROM wanted) JOIN "{kind.name}" q ON q.rowkey=k""",
            (json.dumps(wanted),),
        )
        return {place: (record_id, time) for place, record_id, time in rows}

    def values(self, kind: RecordType, ids: Iterable[str]) -> dict[str, Values]:
        """Return the numbers of records as they stand now, by record id; withdrawn ones are left out."""
        out: dict[str, Values] = {}
        if not self._reader.last_key(kind.name):
            return out
        wanted = json.dumps(list(dict.fromkeys(ids)))
        known = measures(kind)
        flat = [m for m in known if not m.list_name]
        columns = "".join(f', "{m.field.name}"' for m in flat)
        rows = self._reader.sql(
            f'SELECT record_id{columns} FROM "{kind.name}" WHERE void=0 AND record_id IN (SELECT value FROM json_each(?))',
            (wanted,),
        )
        for record_id, *cells in rows:
            out[record_id] = {m.at[()]: cell for m, cell in zip(flat, cells, strict=True) if cell is not None}
        wanted = json.dumps(list(out))
        for each in projected_lists(kind):
            inside = [m for m in known if m.list_name == each.name]
            if not inside:
                continue
            codes = inside[0].codes
            columns = "".join(f', "{f.name}"' for f in (*codes, *(m.field for m in inside)))
            rows = self._reader.sql(
                f'SELECT record_id{columns} FROM "{list_table(kind, each.name)}" WHERE record_id IN '
                "(SELECT value FROM json_each(?)) ORDER BY record_id, line_no",
                (wanted,),
            )
            for record_id, *cells in rows:
                values = out.get(record_id)
                if values is None:
                    continue
                key = tuple(code or "" for code in cells[: len(codes)])
                for m, cell in zip(inside, cells[len(codes) :], strict=True):
                    if cell is not None:
                        spot = m.at[key]
                        values[spot] = values.get(spot, 0) + cell
        return out

    def titles(self, type_name: str, ids: Iterable[str]) -> dict[str, str]:
        """Return how records are named in one line."""
        return self._reader.titles(type_name, ids)

    # --- all others ----------------------------------------------------------------------------------------------------

    def common(self, kind: RecordType) -> dict[Spot, Decimal]:
        """Return what 95 of 100 of the newest records have at most, by where it stands; nothing where there are few."""
        newest = self._reader.sql(f'SELECT coalesce(max(rowkey), 0) FROM "{kind.name}"')[0][0]
        known = self._common.get(kind.name)
        if known is None or newest >= known.newest + max(FEWEST, known.newest // GROWN):
            known = self._common[kind.name] = _Common(newest, self._most(kind, newest) if newest >= FEWEST else {})
        return known.most

    def _most(self, kind: RecordType, newest: int) -> dict[Spot, Decimal]:
        out: dict[Spot, Decimal] = {}
        for m in measures(kind):
            if not _asks_others(kind, m):
                continue
            codes = "".join(f', v."{f.name}"' for f in m.codes)
            joined = f'JOIN "{list_table(kind, m.list_name)}" v ON v.record_id=p.record_id' if m.list_name else ""
            value = f'v."{m.field.name}"' if m.list_name else f'p."{m.field.name}"'
            part = f"PARTITION BY {codes[2:]}" if codes else ""
            named = "".join(f", c{n}" for n in range(len(m.codes)))
            inner = "".join(f', v."{f.name}" AS c{n}' for n, f in enumerate(m.codes))
            rows = self._reader.sql(
                f"""SELECT max(value){named} FROM (SELECT {value} AS value{inner},
                    row_number() OVER ({part} ORDER BY {value}) AS place, count(*) OVER ({part}) AS number
                    FROM "{kind.name}" p {joined} WHERE p.void=0 AND p.rowkey>? AND {value}>0)
                    WHERE number>=? AND place<=(number*95+99)/100 GROUP BY {named[2:] or "NULL"}""",
                (newest - NEWEST, FEWEST),
            )
            for value, *key in rows:
                if value is not None:
                    out[Spot(m.path, tuple(code or "" for code in key))] = _number(m.field, value)
        return out

    # --- what the land carries -----------------------------------------------------------------------------------------

    def _above_capacity(self, record: LivestockCount) -> list[Problem]:
        """Stock many times what the household's land carries by the scheme in force; nothing is said without a scheme."""
        limit = next((r for r in usual_rows() if r.record_type == COUNT and r.field == CAPACITY and r.most), None)
        heads = sum(row.head or 0 for row in record.class_counts)
        if limit is None or limit.most is None or heads < (limit.step or 0):
            return []
        try:
            ground = self._ground(record.year, record.occasion)
            if ground is None:
                return []
            su = ground.measures.herd_su(record.class_counts)
            row = balance.balance_row(self._reader, record.year, record.household_id, ground=ground)
        except UserError:  # no scheme, or one that cannot be used: the balance page says so
            return []
        capacity = row.view(ground.scheme.record.main_view).capacity_su
        if isinstance(su, Problem) or not capacity or su <= capacity * limit.most:
            return []
        times = (su / capacity).quantize(Decimal("0.1"))
        return [
            RecordProblem.ABOVE_CAPACITY.problem(
                "class_counts", value=f"{su:,.0f}", limit=f"{capacity:,.0f}", times=f"{times:,}"
            )
        ]

    def herd_su(self, year: int, occasion: str) -> Callable[[Values], Decimal | None] | None:
        """Return what says the sheep units of a herd by the scheme of its year, from its heads by species and class; ``None``
        without a scheme, or of a herd where a class has no coefficient. Rounding: none. Weights are not looked at."""
        try:
            ground = self._ground(year, occasion)
        except UserError:
            return None
        if ground is None:
            return None
        su = ground.measures.herd_su

        def weigh(heads: Values) -> Decimal | None:
            found = su(_Line(spot.codes[0], spot.codes[1], n) for spot, n in heads.items() if spot.path == HEAD)
            return None if isinstance(found, Problem) else found

        return weigh

    def _ground(self, year: int, occasion: str) -> balance_basis.BalanceBasis | None:
        """Return what the balance of a year stands on; kept as long as the schemes stay as they are."""
        mark = str(self._reader.sql("SELECT coalesce(max(hlc), '') FROM calculation_scheme")[0][0])
        known = self._grounds.get((year, occasion))
        if known is None or known[0] != mark:
            usable = (
                bool(mark) and occasion in ("mid_year", "year_end") and scheme.scheme_of(self._reader, year) is not None
            )
            known = self._grounds[year, occasion] = (
                mark,
                balance_basis.BalanceBasis(self._reader, year, occasion) if usable else None,
            )
        return known[1]


def _has_grown(record: LivestockCount, before: LastTime | None) -> bool:
    """Whether a herd is larger than the last time; one that is not was asked about then."""
    if before is None:
        return True
    here = sum(row.head or 0 for row in record.class_counts)
    return here > sum(value for spot, value in before.values.items() if spot.path == HEAD)


def _asks_others(kind: RecordType, measure: Measure) -> bool:
    return usual(kind, measure, {}).others is not None


def _number(item: Field, value: object) -> Decimal:
    return Decimal(from_column(item, value))


def time_text(kind: RecordType, value: JSON) -> Text:
    """Return how the time of a last record is said."""
    item = kind.by_name.get(kind.series[1])
    if item is None or value is None:
        return Text("上次", "last time")
    if item.kind is Kind.DATE:
        return ON_DAY.format(day=date.fromisoformat(value).isoformat())
    return IN_YEAR.format(year=value)
