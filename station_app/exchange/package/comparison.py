"""What a package changes, and by how much: its totals beside the last time's, and the largest changes by name.

The same look serves the sender before a package is built, a colleague's laptop, and the office that takes it in. The last
time of a record is the version the other side holds; where it holds none, the record of the same thing before it (the count
of the same occasion a year earlier). Nothing is refused here: what lies far off is named, and a person goes on or does not.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import NamedTuple

import msgspec

from station_app.domain.codes import label_of
from station_app.domain.generic import JSON
from station_app.domain.problems import Problem
from station_app.domain.registry import RecordType, has_type, record_type
from station_app.domain.text import Text
from station_app.domain.usual import Alarm, Spot, alarm, beyond_bounds, measures, numbers, shown
from station_app.exchange.package.latest import LatestSums
from station_app.services.unusual import COUNT, Columns, LastTime, Unusual, Values, columns_reader, time_text, unscaled
from station_app.storage.codec import column_writer, from_column, json_reader_of, reader_of
from station_app.storage.search import title_of

ZERO = Decimal(0)
LARGEST = 10
CHUNK = 2_000
WEIGHED = 5_000  # counts whose sheep units are worked out; of more they are not shown
SERIES = 20_000  # things whose last time is looked for inside the package itself
KEPT = 4 * LARGEST  # candidates kept of each number: later versions and means may still change their order
BEFORE, AFTER, NEW = "before", "after", "new"
HELD = Text("上次", "last time")
_NEVER = Text("", "")
HOUSEHOLDS, MU, MONEY, RECORDS = (
    Text("牧户(户)", "Households"), Text("面积(亩)", "Area (mu)"), Text("金额(元)", "Amount (CNY)"), Text("记录(条)", "Records"))  # fmt: skip
SHEEP_UNITS = Text("羊单位", "Sheep units")
HEAD = Text("{species}(头只)", "{species} (head)")

# What a type adds to the totals: the number that is added up, and how the sum is called.
_SUMS: dict[str, tuple[str, Text]] = {
    "parcel": ("area_mu", MU),
    "compensation_line": ("net_yuan", MONEY),
    COUNT: ("class_counts.head", HEAD),
}
_year_and_occasion = reader_of(("year", "occasion"))
Common = dict[Spot, Decimal]
Held = Callable[[RecordType, list[str]], dict[str, Values]]


@dataclass(frozen=True, slots=True)
class Total:
    """One sum of what is in the package, like with like: ``before`` and ``after`` are of what has a last time, ``new`` of
    what has none."""

    label: Text
    before: Decimal
    after: Decimal
    new: Decimal
    places: int = 0

    @property
    def difference(self) -> Decimal:
        return self.after - self.before

    @property
    def percent(self) -> Decimal | None:
        """The difference in percent of the last time, one place, half up; ``None`` where that was nothing."""
        if not self.before:
            return None
        return (self.difference * 100 / self.before).quantize(Decimal("0.1"), ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Change:
    """One number that changes: of which record (``of``: its time), ``before`` (empty: there was no last time) and ``after``."""

    record_type: str
    record_id: str
    title: str
    label: Text
    of: str
    before: str
    after: str
    when: Text
    problems: tuple[Problem, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a package changes. ``unlikely`` counts the numbers somebody should look at before going on; ``twins`` the things
    it would put on record a second time, named by the problems ``twice``."""

    totals: tuple[Total, ...] = ()
    changes: tuple[Change, ...] = ()
    unlikely: int = 0
    without_last_time: int = 0
    twins: int = 0
    twice: tuple[Problem, ...] = ()

    @property
    def asks(self) -> bool:
        """Whether somebody has to look before going on."""
        return bool(self.unlikely or self.twins)


class Passing(NamedTuple):
    """A version as it passes by; ``fields`` are JSON values, or the typed object they were read into."""

    record_id: str
    void: bool
    fields: object
    reason: str = ""


class _Before(NamedTuple):
    """What a record was the last time it was on record; see ``LastTime``."""

    when: Text
    values: Values


class _Candidate(NamedTuple):
    """A change that may be among the largest; ``version`` is its number in the package, numbers are scaled."""

    size: int
    version: int
    item: Passing
    kind: RecordType
    spot: Spot
    before: int | None
    after: int
    when: Text
    problems: tuple[Problem, ...]

    @property
    def household(self) -> str:
        if self.kind.name == "household":
            return self.item.record_id
        return reader_of(("household_id",))(self.item.fields)[0] or "" if "household_id" in self.kind.by_name else ""


class _Place:
    """What is known of one spot: what its numbers are held against, how many there were, their sum, and the candidates kept,
    none smaller than ``floor``. What had a last time and what is new stand in places of their own."""

    __slots__ = ("alarm", "floor", "kept", "least", "most", "number", "size")

    def __init__(self, held_against: Alarm) -> None:
        self.alarm = held_against
        self.least, self.most, _, _ = held_against
        self.number = self.size = 0
        self.floor = -1
        self.kept: list[_Candidate] = []

    def keep(self, made: _Candidate) -> None:
        self.kept.append(made)
        if len(self.kept) > 2 * KEPT:
            self.kept = heapq.nlargest(KEPT, self.kept, key=lambda c: c.size)
            self.floor = self.kept[-1].size


class Comparing:
    """Is told the versions of a package, type by type and in the order of their clock; then says what changes."""

    def __init__(self, unusual: Unusual, held: Held | None = None) -> None:
        """``held`` returns the numbers of records as the other side, or this one, holds them; by default as they are here."""
        self._unusual = unusual
        self._held = held or unusual.values
        self._kind: RecordType | None = None
        self._waiting: dict[str, Passing] = {}
        self._sums = LatestSums()
        self._places: dict[tuple[str, bool], dict[Spot, _Place]] = {}  # by type, and whether there was a last time
        self._unlikely: dict[str, list[_Candidate]] = {}
        self._names: dict[str, tuple[JSON, ...]] = {}  # what households of the package are called by
        self._labels: dict[str, tuple[Text, int]] = {}
        self._weighed = 0
        self._weights: dict[str, tuple[Decimal | None, Decimal]] = {}
        self._herds: dict[tuple[JSON, ...], Callable[[Values], Decimal | None] | None] = {}
        self._earlier: dict[tuple[JSON, ...], tuple[str, Columns, int]] = {}  # in this package: time and numbers

    def note(self, type_name: str, items: Iterable[Passing]) -> None:
        """Take versions of one type in."""
        if self._kind is None or self._kind.name != type_name:
            self._work_off()
            self._kind = record_type(type_name) if has_type(type_name) else None
        if self._kind is None or not (measures(self._kind) or type_name == "household"):
            return
        for item in items:
            self._waiting[item.record_id] = item
        if len(self._waiting) >= CHUNK:
            self._work_off()

    # --- a chunk -------------------------------------------------------------------------------------------------------

    def _work_off(self) -> None:
        kind, items = self._kind, list(self._waiting.values())
        self._waiting = {}
        if kind is None or not items:
            return
        living = [n for n, item in enumerate(items) if not item.void]
        columns = columns_reader(kind.name)([items[n].fields for n in living])
        held = self._held(kind, [i.record_id for i in items])
        last = self._last(
            kind, items, [(n, at) for at, n in enumerate(living) if items[n].record_id not in held], columns
        )
        common = self._unusual.common(kind)
        if kind.name == "household":
            take = json_reader_of(kind.title)
            self._names.update(zip((i.record_id for i in items), take(i.fields for i in items), strict=True))
        first = self._sums.note([i.record_id for i in items])
        if self._unlikely:
            for item in items:
                self._unlikely.pop(item.record_id, None)
        doubled = {living[at] for at in columns.doubled}
        new = {n for n in living if items[n].record_id not in held and items[n].record_id not in last} - doubled
        new -= self._asked_about(kind, living, columns, new, common)
        numbers_of: dict[int, Values] = {}
        if len(new) < len(living):
            numbers_of.update(zip(living, columns.by_version, strict=True))
        for n, item in enumerate(items):
            if n not in new:
                after = numbers_of.get(n, {})
                numbers_held = held.get(item.record_id)
                before = last.get(item.record_id) if numbers_held is None else _Before(HELD, numbers_held)
                self._add_up(kind, first + n, item, None if before is None else before.values, after)
                self._take(kind, first + n, item, after, before, common, n in doubled)
        self._take_new(kind, first, items, [n for n in living if n in new], living, columns)
        if kind.name == COUNT:
            for at, n in enumerate(living):
                if n in new:
                    self._weigh(items[n], None, lambda at=at: columns.by_version[at])  # type: ignore[misc]

    def _asked_about(
        self, kind: RecordType, living: list[int], columns: Columns, new: set[int], common: Common
    ) -> set[int]:
        """Return which of the new versions have a number that is not within its alarm."""
        found: set[int] = set()
        for spot, (versions, numbers_now) in columns.at.items():
            place = self._place(kind, spot, False, common)
            if max(numbers_now) > place.most or min(numbers_now) < place.least:
                found |= {
                    living[version]
                    for version, now in zip(versions, numbers_now, strict=True)
                    if not place.least <= now <= place.most
                }
        return found & new

    def _take_new(
        self, kind: RecordType, first: int, items: list[Passing], new: list[int], living: list[int], columns: Columns
    ) -> None:
        """Take in the versions that had no last time and about which nothing is asked, number by number."""
        if not new:
            return
        versions, ones = [first + n for n in new], [1] * len(new)
        self._add_new(RECORDS, 0, versions, ones)
        if kind.name == "household":
            self._add_new(HOUSEHOLDS, 0, versions, ones)
        path, label = _SUMS.get(kind.name, ("", RECORDS))
        every = len(new) == len(living)
        chosen = set(new)
        for spot, (places, numbers_now) in columns.at.items():
            found = [living[place] for place in places]
            if not every:
                kept = [(n, now) for n, now in zip(found, numbers_now, strict=True) if n in chosen]
                found, numbers_now = [n for n, _ in kept], [now for _, now in kept]
            if not found:
                continue
            if spot.path == path:
                decimals = kind.by_name[path].places if path in kind.by_name else 0
                of = _named(label, spot.codes[0] if spot.codes else "")
                self._add_new(of, decimals, [first + n for n in found], numbers_now)
            place = self._places[kind.name, False][spot]
            sizes = list(map(abs, numbers_now))
            place.number += len(sizes)
            place.size += sum(sizes)
            if max(sizes) > place.floor:
                for n, now, size in zip(found, numbers_now, sizes, strict=True):
                    if size > place.floor:
                        place.keep(_Candidate(size, first + n, items[n], kind, spot, None, now, _NEVER, ()))

    def _place(self, kind: RecordType, spot: Spot, known: bool, common: Common) -> _Place:
        """Return what is known of a spot, of what had a last time (``known``) or of what had none."""
        places = self._places.setdefault((kind.name, known), {})
        place = places.get(spot)
        if place is None:
            place = places[spot] = _Place(alarm(kind, spot, common.get(spot)))
        return place

    def _last(
        self, kind: RecordType, items: list[Passing], asked: list[tuple[int, int]], columns: Columns
    ) -> dict[str, _Before]:
        """Return the last time of records the other side does not hold: of the same thing, here or earlier in the package.
        ``asked``: which of the items, and where each stands in ``columns``."""
        same, when = kind.series
        if not same or not asked:
            return {}
        keys = json_reader_of((*same, *((when,) if when else ())))(items[n].fields for n, _ in asked)
        parts = list(zip(*keys, strict=True))
        times = parts.pop() if when else (None,) * len(asked)
        written = [
            part if write is None else [None if v is None else write(v) for v in part]
            for part, write in zip(parts, (column_writer(kind.by_name[n]) for n in same), strict=True)
        ]
        found = self._unusual.before(
            kind, list(zip((items[n].record_id for n, _ in asked), times, *written, strict=True))
        )
        values = self._unusual.values(kind, [record_id for record_id, _ in found.values()])
        out: dict[str, _Before] = {}
        for place in sorted(range(len(asked)), key=lambda n: str(times[n] or "")):
            n, at = asked[place]
            record_id, key, time = items[n].record_id, (kind.name, *keys[place][: len(same)]), str(times[place] or "")
            passed, here = self._earlier.get(key), found.get(place)
            if passed is not None and passed[0] < time and (here is None or passed[0] > str(here[1] or "")):
                out[record_id] = _Before(Text(passed[0], passed[0]), passed[1].by_version[passed[2]])
            elif here is not None:
                out[record_id] = _Before(time_text(kind, here[1]), values.get(here[0], {}))
            if time and (passed is None or passed[0] <= time) and (passed is not None or len(self._earlier) < SERIES):
                self._earlier[key] = time, columns, at
        return out

    def _take(
        self,
        kind: RecordType,
        version: int,
        item: Passing,
        after: Values,
        before: _Before | None,
        common: Common,
        ask: bool,
    ) -> None:
        """Hold a version against the last time and against all others; ``ask``: it has to be looked at closely."""
        old = before.values if before is not None else {}
        new, changed = (self._places.setdefault((kind.name, known), {}) for known in (False, True))
        found: list[Spot] = []
        for spot, now in ({**dict.fromkeys(old, 0), **after} if old else after).items():
            was = old.get(spot) if old else None
            place = (new if was is None else changed).get(spot) or self._place(kind, spot, was is not None, common)
            size = now if now >= 0 else -now
            place.number += 1
            place.size += size
            if now > place.most or now < place.least:
                ask = True
            if was is not None:
                size = abs(now - was)
                ask = ask or place.alarm.is_jump(was, now)
            # Else it is as before, or as many are larger as will ever be told.
            if size > place.floor and (size or was is None):
                found.append(spot)
        asked = self._asked(kind, item, before, common) if ask and not item.void else {}
        for spot in dict.fromkeys((*found, *asked)) if asked else found:
            was, now = old.get(spot), after.get(spot, 0)
            when = before.when if before is not None else _NEVER
            size = abs(now) if was is None else abs(now - was)
            made = _Candidate(size, version, item, kind, spot, was, now, when, asked.get(spot, ()))
            if made.problems:
                self._unlikely.setdefault(item.record_id, []).append(made)
            self._place(kind, spot, was is not None, common).keep(made)

    def _asked(
        self, kind: RecordType, item: Passing, before: _Before | None, common: Common
    ) -> dict[Spot, tuple[Problem, ...]]:
        """Return what is asked about the numbers of a version, by where they stand."""
        fields = as_json(item.fields)
        read = list(numbers(kind, fields))
        last = None if before is None else LastTime(before.when, unscaled(kind, before.values))
        problems: dict[tuple[str | None, int | None], list[Problem]] = {}
        for each in beyond_bounds(kind, fields) + self._unusual.against(kind, fields, last, common, read):
            problems.setdefault((each.field, each.line), []).append(each)
        lines = {number.spot: number.line or None for number in read} if problems else {}
        return {spot: tuple(said) for spot, line in lines.items() if (said := problems.get((spot.path, line)))}

    # --- sums ----------------------------------------------------------------------------------------------------------

    def _add_up(self, kind: RecordType, version: int, item: Passing, old: Values | None, after: Values) -> None:
        self._add(RECORDS, 0, version, None if old is None else 1, 1)
        if kind.name == "household":
            self._add(HOUSEHOLDS, 0, version, None if old is None else 1, int(not item.void))
        if kind.name in _SUMS:
            path, label = _SUMS[kind.name]
            places = kind.by_name[path].places if path in kind.by_name else 0
            sums: dict[str, list[int]] = {}
            for place, values in enumerate((old or {}, after)):
                for spot, value in values.items():
                    if spot[0] == path:
                        sums.setdefault(spot[1][0] if spot[1] else "", [0, 0])[place] += value
            for code, (before, now) in sums.items():
                self._add(_named(label, code), places, version, None if old is None else before, now)
        if kind.name == COUNT:
            self._weigh(item, old, lambda: after)

    def _add(self, label: Text, places: int, version: int, before: int | None, after: int) -> None:
        if before is None:
            self._add_new(label, places, (version,), (after,))
        else:
            self._labels.setdefault(label.en, (label, places))
            self._sums.add((label.en, BEFORE), (version,), (before,))
            self._sums.add((label.en, AFTER), (version,), (after,))

    def _add_new(self, label: Text, places: int, versions: Sequence[int], values: Sequence[int]) -> None:
        self._labels.setdefault(label.en, (label, places))
        self._sums.add((label.en, NEW), versions, values)

    def _weigh(self, item: Passing, old: Values | None, after: Callable[[], Values]) -> None:
        """Sheep units by the scheme of this workspace, where there is one: the same for both times."""
        self._weighed += 1
        if self._weighed > WEIGHED:  # a part of the herds would be a wrong total
            self._weights.clear()
            return
        when = _year_and_occasion(item.fields)
        if when not in self._herds:
            self._herds[when] = self._unusual.herd_su(when[0] or 0, when[1] or "")
        weigh = self._herds[when]
        now = weigh(after()) if weigh is not None else None
        before = None if old is None or weigh is None else weigh(old)
        if now is not None and (old is None or before is not None):
            self._weights[item.record_id] = before, now

    # --- the result ----------------------------------------------------------------------------------------------------

    def result(self) -> Comparison:
        """Return what changes."""
        self._work_off()
        latest = self._sums.latest()
        sums = self._sums.sums(latest)
        found: dict[str, Total] = {}
        for key, (label, places) in self._labels.items():
            before, after, new = (_scaled(sums.get((key, part), 0), places) for part in (BEFORE, AFTER, NEW))
            found[key] = Total(label, before, after, new, places)
        if self._weights:
            found[SHEEP_UNITS.en] = _total(SHEEP_UNITS, self._weights.values(), 1)
        records = found.get(RECORDS.en)
        order = {HOUSEHOLDS.en: 0, SHEEP_UNITS.en: 2, MU.en: 3, MONEY.en: 4, RECORDS.en: 5}
        every_place = [each for known in self._places.values() for each in known.items()]
        kept = [c for _, place in every_place for c in place.kept if latest[c.version]]
        asked = [c for each in self._unlikely.values() for c in each]
        means: dict[str, tuple[int, int]] = {}  # by path
        for spot, place in every_place:
            number, size = means.get(spot.path, (0, 0))
            means[spot.path] = number + place.number, size + place.size
        every = {(c.item.record_id, c.spot): c for c in (*kept, *asked)}
        ordered = sorted(every.values(), key=lambda c: _rank(c, *means[c.spot.path]), reverse=True)
        largest, named = [], set()
        for each in ordered:
            same = (each.household or each.item.record_id, each.spot.path)
            if each.problems or same not in named:  # one line tells of a household; what is unlikely is told whole
                largest.append(each)
                named.add(same)
        largest = largest[:LARGEST]
        names = self._titles(largest)
        return Comparison(
            tuple(found[key] for key in sorted(found, key=lambda key: (order.get(key, 1), key))),
            tuple(_change(c, names.get(c.household)) for c in largest), len(asked), int(records.new) if records else 0,
        )  # fmt: skip

    def _titles(self, chosen: Iterable[_Candidate]) -> dict[str, str]:
        """Return the households' names: of the package, and of this workspace."""
        wanted = {c.household for c in chosen if c.household}
        here = self._unusual.titles("household", wanted - set(self._names))
        kind = record_type("household")
        for record_id in wanted & set(self._names):
            here[record_id] = title_of(kind, dict(zip(kind.title, self._names[record_id], strict=True)))
        return here


def as_json(fields: object) -> dict[str, JSON]:
    """Return fields as JSON values, whatever they were read into."""
    found: dict[str, JSON] = fields if type(fields) is dict else msgspec.to_builtins(fields)
    return found


@cache
def _named(label: Text, code: str) -> Text:
    return label.format(species=label_of("species", code))


def _scaled(number: int, places: int) -> Decimal:
    return Decimal(number).scaleb(-places) if number else ZERO


def _total(label: Text, pairs: Iterable[tuple[Decimal | None, Decimal]], places: int) -> Total:
    pairs = list(pairs)
    return Total(
        label,
        sum((before for before, _ in pairs if before is not None), ZERO),
        sum((after for before, after in pairs if before is not None), ZERO),
        sum((after for before, after in pairs if before is None), ZERO),
        places,
    )


def _rank(change: _Candidate, number: int, size: int) -> tuple[bool, bool, bool, Decimal, Decimal]:
    """What is told first: what is asked about, is of a total, had a last time, and is large beside what that number usually is in
    this package (``number`` of them, ``size`` in all)."""
    summed = _SUMS.get(change.kind.name, ("", HEAD))[0] == change.spot.path
    own = _number(change, change.size)
    weight = Decimal(change.size * number) / size if size else own
    return bool(change.problems), summed, change.before is not None, weight, own


def _number(change: _Candidate, value: int) -> Decimal:
    field = next(m.field for m in measures(change.kind) if m.path == change.spot.path)
    return Decimal(from_column(field, value))


def _change(made: _Candidate, household: str | None) -> Change:
    kind, fields = made.kind, as_json(made.item.fields)
    measure = next(m for m in measures(kind) if m.path == made.spot.path)
    before = "" if made.before is None else shown(measure.field, _number(made, made.before))
    return Change(
        kind.name, made.item.record_id, household or title_of(kind, fields) or kind.label.zh,
        measure.label(made.spot.codes), str(fields.get(kind.series[1] or kind.year_field, "")), before,
        shown(measure.field, _number(made, made.after)), made.when, made.problems, made.item.reason or fields.get("note") or "",
    )  # fmt: skip
