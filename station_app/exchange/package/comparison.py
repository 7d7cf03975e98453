"""What a package changes, and by how much: its totals beside the last time's, and the largest changes by name.

The same look serves the sender before a package is built, a colleague's laptop, and the office that takes it in. The last
time of a record is the version the other side holds; where it holds none, the record of the same thing before it (the count
of the same occasion a year earlier). Nothing is refused here: what lies far off is named, and a person goes on or does not.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from types import SimpleNamespace
from typing import Any, NamedTuple

from station_app.domain.codes import label_of
from station_app.domain.problems import Problem
from station_app.domain.registry import RecordType, has_type, record_type
from station_app.domain.text import Text
from station_app.domain.usual import Spot, beyond_bounds, measures, numbers, shown, totals_of
from station_app.services.unusual import COUNT, LastTime, Unusual
from station_app.storage.codec import decode_value
from station_app.storage.search import title_of

ZERO = Decimal(0)
LARGEST = 10
CHUNK = 1_000
WEIGHED = 5_000  # counts whose sheep units are worked out; of more they are not shown
SERIES = 20_000  # things whose last time is looked for inside the package itself
KEPT = 4 * LARGEST  # candidates kept of each number: later versions and means may still change their order
HELD = Text("上次", "last time")
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
Values = dict[Spot, Decimal]
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


class _Item(NamedTuple):
    """A version as it passes by."""

    record_id: str
    void: bool
    fields: Any
    reason: str


class _Candidate(NamedTuple):
    """A change that may be among the largest."""

    size: Decimal
    item: _Item
    kind: RecordType
    spot: Spot
    before: Decimal | None
    after: Decimal
    when: Text
    problems: tuple[Problem, ...]

    @property
    def record_id(self) -> str:
        return self.item.record_id

    @property
    def household(self) -> str:
        return self.item.fields.get("household_id") or (self.record_id if self.kind.name == "household" else "")


@dataclass(slots=True)
class _Place:
    """What is known of one spot: how many numbers there were, their sum, and the candidates kept, none smaller than
    ``floor``."""

    number: int = 0
    size: Decimal = ZERO
    floor: Decimal = Decimal(-1)
    kept: list[_Candidate] = field(default_factory=list)


@dataclass(slots=True)
class _Sum:
    """Sums of one label, by record, so that a later version takes the place of an earlier one."""

    places: int
    by_record: dict[str, tuple[Decimal | None, Decimal]] = field(default_factory=dict)


class Comparing:
    """Is told every version of a package, type by type and in the order of their clock; then says what changes."""

    def __init__(self, unusual: Unusual, held: Held | None = None) -> None:
        """``held`` returns the numbers of records as the other side, or this one, holds them; by default as they are here."""
        self._unusual = unusual
        self._held = held or unusual.values
        self._kind: RecordType | None = None
        self._waiting: dict[str, _Item] = {}
        self._sums: dict[str, tuple[Text, _Sum]] = {}
        self._records: set[str] = set()
        self._new: set[str] = set()
        self._spots: dict[Spot, _Place] = {}
        self._unlikely: dict[str, list[_Candidate]] = {}
        self._means: dict[str, tuple[int, Decimal]] = {}  # by path, for the result
        self._names: dict[str, tuple[Any, ...]] = {}  # what households of the package are called by
        self._weighed = 0
        self._labels: dict[tuple[str, str], Text] = {}
        self._earlier: dict[tuple[Any, ...], LastTime] = {}

    def note(self, type_name: str, record_id: str, void: bool, fields: Any, reason: str = "") -> None:
        """Take a version in; ``fields`` are its JSON values."""
        if self._kind is None or self._kind.name != type_name:
            self._work_off()
            self._kind = record_type(type_name) if has_type(type_name) else None
        if self._kind is None or not (measures(self._kind) or type_name == "household"):
            return
        self._waiting[record_id] = _Item(record_id, void, fields, reason)
        if len(self._waiting) >= CHUNK:
            self._work_off()

    # --- a chunk -------------------------------------------------------------------------------------------------------

    def _work_off(self) -> None:
        kind, items = self._kind, list(self._waiting.values())
        self._waiting = {}
        if kind is None or not items:
            return
        living = [i for i in items if not i.void]
        values = {i.record_id: {} if i.void else totals_of(kind, i.fields) for i in items}
        held = self._held(kind, [i.record_id for i in items])
        last = self._last(kind, [i for i in living if i.record_id not in held], values)
        common = self._unusual.common(kind)
        for item in items:
            self._forget(item.record_id)
            before = LastTime(HELD, held[item.record_id]) if item.record_id in held else last.get(item.record_id)
            self._take(kind, item, values[item.record_id], before, common)

    def _last(self, kind: RecordType, items: list[_Item], values: dict[str, Values]) -> dict[str, LastTime]:
        """Return the last time of records the other side does not hold: of the same thing, here or earlier in the package."""
        same, when = kind.series
        if not same or not items:
            return {}
        stubs = [
            SimpleNamespace(
                **{n: decode_value(kind.by_name[n], i.fields.get(n)) for n in (*same, *([when] if when else []))}
            )
            for i in items
        ]
        found = self._unusual.last(kind, [(stub, i.record_id) for stub, i in zip(stubs, items, strict=True)])
        out = {}
        pairs = sorted(zip(items, found, strict=True), key=lambda each: str(each[0].fields.get(when, "")))
        for item, here in pairs:
            key = (kind.name, *(item.fields.get(n) for n in same))
            time = str(item.fields.get(when, "")) if when else ""
            passed = self._earlier.get(key)
            if passed is not None and passed.time < time and (here is None or passed.time > here.time):
                out[item.record_id] = passed
            elif here is not None:
                out[item.record_id] = here
            if time and (passed is None or passed.time <= time) and (passed is not None or len(self._earlier) < SERIES):
                self._earlier[key] = LastTime(Text(time, time), values[item.record_id], time)
        return out

    def _forget(self, record_id: str) -> None:
        """A later version takes the place of an earlier one."""
        if record_id in self._records:
            self._unlikely.pop(record_id, None)
            for known in self._spots.values():
                known.kept = [c for c in known.kept if c.record_id != record_id]

    def _take(self, kind: RecordType, item: _Item, after: Values, before: LastTime | None, common: Values) -> None:
        self._records.add(item.record_id)
        (self._new.discard if before is not None else self._new.add)(item.record_id)
        old = before.values if before is not None else {}
        if kind.name == "household":
            self._names[item.record_id] = tuple(item.fields.get(name) for name in kind.title)
            self._add(HOUSEHOLDS, 0, item.record_id, None if before is None else Decimal(1), Decimal(not item.void))
        self._add_sums(kind, item.record_id, None if before is None else old, after)
        if kind.name == COUNT:
            self._add_sheep_units(item, None if before is None else old, after)
        problems: dict[tuple[str | None, int | None], list[Problem]] = {}
        lines: dict[Spot, int | None] = {}
        if not item.void:
            found = list(numbers(kind, item.fields)) if before is not None or common else []
            for each in beyond_bounds(kind, item.fields) + self._unusual.against(
                kind, item.fields, before, common, found
            ):
                problems.setdefault((each.field, each.line), []).append(each)
            if problems:
                lines = {number.spot: number.line or None for number in numbers(kind, item.fields)}
        for spot in {**old, **after} if old else after:
            was, now = old.get(spot), after.get(spot, ZERO)
            known = self._spots.get(spot)
            if known is None:
                known = self._spots[spot] = _Place()
            known.number += 1
            known.size += abs(now)
            asked = tuple(problems.get((spot.path, lines.get(spot)), ())) if problems else ()
            size = now.copy_abs() if was is None else abs(now - was)
            if not asked and (was == now or size <= known.floor):
                continue  # the same as before, or as many are larger as will ever be told
            made = _Candidate(
                size=size,
                item=item,
                kind=kind,
                spot=spot,
                before=was if before is not None else None,
                after=now,
                when=before.when if before is not None else Text("", ""),
                problems=asked,
            )
            if asked:
                self._unlikely.setdefault(item.record_id, []).append(made)
            known.kept.append(made)
            if len(known.kept) > 2 * KEPT:
                known.kept = heapq.nlargest(KEPT, known.kept, key=lambda c: c.size)
                known.floor = known.kept[-1].size

    def _add(self, label: Text, places: int, record_id: str, before: Decimal | None, after: Decimal) -> None:
        self._sums.setdefault(label.en, (label, _Sum(places)))[1].by_record[record_id] = (before, after)

    def _add_sums(self, kind: RecordType, record_id: str, old: Values | None, after: Values) -> None:
        path, label = _SUMS.get(kind.name, ("", HEAD))
        if not path:
            return
        sums: dict[str, list[Decimal]] = {}
        for place, values in enumerate((old or {}, after)):
            for spot, value in values.items():
                if spot.path == path:
                    sums.setdefault(spot.codes[0] if spot.codes else "", [ZERO, ZERO])[place] += value
        for code, (before, now) in sums.items():
            known = self._labels.get((path, code))
            if known is None:
                known = self._labels[path, code] = label.format(species=label_of("species", code))
            self._add(known, 0 if code else kind.by_name[path].places, record_id, None if old is None else before, now)

    def _add_sheep_units(self, item: _Item, old: Values | None, after: Values) -> None:
        """Sheep units by the scheme of this workspace, where there is one: the same for both times."""
        self._weighed += 1
        if self._weighed > WEIGHED:  # a part of the herds would be a wrong total
            self._sums.pop(SHEEP_UNITS.en, None)
            return
        year, occasion = item.fields.get("year", 0), item.fields.get("occasion", "")
        now = self._unusual.sheep_units(year, occasion, after)
        before = None if old is None else self._unusual.sheep_units(year, occasion, old)
        if now is not None and (old is None or before is not None):
            self._add(SHEEP_UNITS, 1, item.record_id, before, now)

    # --- the result ----------------------------------------------------------------------------------------------------

    def result(self) -> Comparison:
        """Return what changes."""
        self._work_off()
        order = {HOUSEHOLDS.en: 0, SHEEP_UNITS.en: 2, MU.en: 3, MONEY.en: 4}
        sums = sorted(self._sums.values(), key=lambda each: (order.get(each[0].en, 1), each[0].en))
        found = [_total(label, made) for label, made in sums]
        if self._records:
            held = Decimal(len(self._records) - len(self._new))
            found.append(Total(RECORDS, held, held, Decimal(len(self._new))))
        asked = [c for each in self._unlikely.values() for c in each]
        every = {(c.record_id, c.spot): c for c in (*(c for known in self._spots.values() for c in known.kept), *asked)}
        self._means = {}
        for spot, known in self._spots.items():
            number, size = self._means.get(spot.path, (0, ZERO))
            self._means[spot.path] = number + known.number, size + known.size
        ordered = sorted(
            every.values(),
            key=lambda c: (bool(c.problems), _is_summed(c), c.before is not None, self._weight(c), c.size),
            reverse=True,
        )
        largest, named = [], set()
        for each in ordered:
            same = (each.household or each.record_id, each.spot.path)
            if each.problems or same not in named:  # one line tells of a household; what is unlikely is told whole
                largest.append(each)
                named.add(same)
        largest = largest[:LARGEST]
        names = self._titles(largest)
        return Comparison(
            tuple(found), tuple(self._change(c, names) for c in largest), len(asked), len(self._new)
        )  # fmt: skip

    def _weight(self, change: _Candidate) -> Decimal:
        """How large a change is beside what that number usually is in this package."""
        number, size = self._means[change.spot.path]
        mean = size / number if number else Decimal(0)
        return change.size / mean if mean else change.size

    def _titles(self, chosen: Iterable[_Candidate]) -> dict[str, str]:
        """Return the households' names: of the package, and of this workspace."""
        wanted = {c.household for c in chosen if c.household}
        here = self._unusual.titles("household", wanted - set(self._names))
        kind = record_type("household")
        for record_id in wanted & set(self._names):
            here[record_id] = title_of(kind, dict(zip(kind.title, self._names[record_id], strict=True)))
        return here

    def _change(self, made: _Candidate, names: dict[str, str]) -> Change:
        kind, fields = made.kind, made.item.fields
        measure = next(m for m in measures(kind) if m.path == made.spot.path)
        before = "" if made.before is None else shown(measure.field, made.before)
        return Change(
            kind.name, made.record_id, names.get(made.household) or title_of(kind, fields) or kind.label.zh,
            measure.label(made.spot.codes), str(fields.get(kind.series[1] or kind.year_field, "")), before,
            shown(measure.field, made.after), made.when, made.problems, made.item.reason or fields.get("note") or "",
        )  # fmt: skip


def _total(label: Text, made: _Sum) -> Total:
    pairs = made.by_record.values()
    return Total(
        label,
        sum((before for before, _ in pairs if before is not None), ZERO),
        sum((after for before, after in pairs if before is not None), ZERO),
        sum((after for before, after in pairs if before is None), ZERO),
        made.places,
    )


def _is_summed(change: _Candidate) -> bool:
    """Whether a number is of those that the totals are made of."""
    return _SUMS.get(change.kind.name, ("", HEAD))[0] == change.spot.path
