"""What is usual, and how far a number may lie from it before somebody is asked. Nothing is refused for being unusual.

The bounds are data (``resources/codes/usual_values.csv``, installed by ``storage.reference``): bounds of one value, how
many times the value of the last time it may be, and how many times what nearly all others of the station have. The first
row that fits and says something stands. A number is known again by its field and, in a list, by the codes of its line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from math import ceil, floor
from typing import Any, NamedTuple

from station_app.domain.codes import label_of, reference_table
from station_app.domain.fields import Field, Kind, described_fields
from station_app.domain.problems import Problem
from station_app.domain.record_problems import RecordProblem
from station_app.domain.registry import RecordType, record_type
from station_app.domain.text import CHINESE, ENGLISH, Text
from station_app.domain.units import FACTORS

ANY = "*"
NEAR = Decimal("1.2")  # a slip is named when the ratio is that near to it, up or down
DIGITS = (1, 2, 3)


@dataclass(frozen=True, slots=True)
class UsualRow:
    """One row of the table.

    Attributes:
        record_type, field, unit: What it is about, ``*`` for any; ``field`` is ``name``, ``list.name`` or ``list.*``.
        when: Codes the line or the record must have, by field name.
        least, most: A value outside is asked about, in the field's unit.
        factor: Asked about when so many times the last time's, or so small a part of it …
        step: … and at least that far from it.
        others: Asked about above so many times what 95 of 100 records of the station have.
    """

    record_type: str
    field: str
    unit: str
    when: tuple[tuple[str, frozenset[str]], ...] = ()
    least: Decimal | None = None
    most: Decimal | None = None
    factor: Decimal | None = None
    step: Decimal | None = None
    others: Decimal | None = None
    source: str = ""
    confidence: str = "P"


class Usual(NamedTuple):
    """What is usual for one number, of all rows that fit."""

    least: Decimal | None = None
    most: Decimal | None = None
    factor: Decimal | None = None
    step: Decimal | None = None
    others: Decimal | None = None


@dataclass(frozen=True)
class Measure:
    """A number field that can be held against another time; ``codes`` are what a line of the list is known by."""

    field: Field
    list_name: str = ""
    codes: tuple[Field, ...] = ()

    @cached_property
    def path(self) -> str:
        return f"{self.list_name}.{self.field.name}" if self.list_name else self.field.name

    @cached_property
    def at(self) -> Mapping[tuple[str, ...], Spot]:
        return _Spots(self.path)

    def label(self, codes: tuple[str, ...]) -> Text:
        """Return how the number is called: “绵羊 成年公 存栏”."""
        parts = [label_of(f.codes, code) for f, code in zip(self.codes, codes, strict=True) if f.codes and code]
        parts.append(self.field.label)
        return Text(" ".join(p.zh for p in parts), " ".join(p.en for p in parts))


class Spot(NamedTuple):
    """Where a number stands, the same at every time: the path of its field, and the codes of its line."""

    path: str
    codes: tuple[str, ...] = ()


class Number(NamedTuple):
    """A number of a record; ``line`` is the 1-based line of its list, 0 outside lists."""

    measure: Measure
    codes: tuple[str, ...]
    line: int
    value: Decimal

    @property
    def spot(self) -> Spot:
        return Spot(self.measure.path, self.codes)


_measures: dict[str, tuple[Measure, ...]] = {}
_bounded: dict[str, tuple[_Bounded, ...]] = {}
_abouts: dict[tuple[str, str], _About] = {}
_Named = dict[str, Measure]
_reading: dict[str, tuple[_Named, tuple[tuple[str, tuple[str, ...], _Named], ...]]] = {}


def usual_rows() -> Sequence[UsualRow]:
    """Return the rows of the table, in its order."""
    rows: Sequence[UsualRow] = reference_table("usual")
    return rows


# --- the numbers of a record ---------------------------------------------------------------------------------------------


def measures(kind: RecordType) -> tuple[Measure, ...]:
    """Return the numbers of a type about which the table says something."""
    known = _measures.get(kind.name)
    if known is None:
        rows = [row for row in usual_rows() if row.record_type in (ANY, kind.name)]
        found = [Measure(f) for f in kind.scalars if f.is_number]
        for each in kind.lists:
            inside = described_fields(each.line) if each.line is not None else ()
            codes = tuple(f for f in inside if f.required and f.kind is Kind.CODE)
            if codes:  # without them a line is not known again
                found += [Measure(f, each.name, codes) for f in inside if f.is_number]
        known = tuple(m for m in found if any(_fits(row, m) for row in rows))
        _measures[kind.name] = known
    return known


def _fits(row: UsualRow, measure: Measure) -> bool:
    path = measure.path
    whole_list = f"{measure.list_name}.{ANY}" if measure.list_name else ANY
    return row.field in (ANY, path, whole_list) and row.unit in (ANY, measure.field.unit)


def usual(kind: RecordType, measure: Measure, codes: Mapping[str, object]) -> Usual:
    """Return what is usual for a number; ``codes`` are the codes of its line and record by field name."""
    about = _about(kind, measure)
    key = tuple(codes.get(name) for name in about.names)
    found = about.known.get(key)
    if found is None:
        said: dict[str, Decimal] = {}
        for row in about.rows:
            if all(codes.get(name) in wanted for name, wanted in row.when):
                for name in Usual._fields:
                    value = getattr(row, name)
                    if value is not None:
                        said.setdefault(name, value)
        found = about.known[key] = Usual(**said)
    return found


class _About(NamedTuple):
    """The rows of one measure, the codes they look at, and what was found for codes met so far."""

    rows: tuple[UsualRow, ...]
    names: tuple[str, ...]
    known: dict[tuple[object, ...], Usual]


def _about(kind: RecordType, measure: Measure) -> _About:
    found = _abouts.get((kind.name, measure.path))
    if found is None:
        rows = tuple(r for r in usual_rows() if r.record_type in (ANY, kind.name) and _fits(r, measure))
        names = tuple(dict.fromkeys(name for row in rows for name, _ in row.when))
        found = _abouts[kind.name, measure.path] = _About(rows, names, {})
    return found


class _Bounded(NamedTuple):
    """The numbers of a list, or of the record itself, that have bounds: which codes say which, and what was found so far."""

    list_name: str
    measures: tuple[Measure, ...]
    names: tuple[str, ...]
    known: dict[tuple[object, ...], tuple[tuple[Measure, Decimal | None, Decimal | None], ...]]


def _bounded_of(kind: RecordType) -> tuple[_Bounded, ...]:
    groups = _bounded.get(kind.name)
    if groups is None:
        by_list: dict[str, list[Measure]] = {}
        for m in measures(kind):
            if any(r.least is not None or r.most is not None for r in _about(kind, m).rows):
                by_list.setdefault(m.list_name, []).append(m)
        groups = tuple(
            _Bounded(name, tuple(found), tuple(dict.fromkeys(n for m in found for n in _about(kind, m).names)), {})
            for name, found in by_list.items()
        )
        _bounded[kind.name] = groups
    return groups


def _limits(kind: RecordType, group: _Bounded, key: tuple[object, ...]) -> Any:
    found = group.known.get(key)
    if found is None:
        codes = dict(zip(group.names, key, strict=True))
        made = [(m, usual(kind, m, codes)) for m in group.measures]
        found = group.known[key] = tuple(
            (m, None if m.field.soft_minimum is not None else about.least, None if m.field.soft_maximum is not None else about.most)
            for m, about in made
        )  # fmt: skip
    return found


def numbers(kind: RecordType, record: object) -> Iterator[Number]:
    """Yield the numbers of a record that are filled in; of a form or a version in JSON as well."""
    read = _reader_of(record)
    flat, lists = read_by(kind)
    for name, measure in flat.items():
        value = read(name)
        if value is not None:
            yield Number(measure, (), 0, Decimal(value))
    for list_name, codes, inside in lists:
        rows = [
            (line, read_row, tuple([read_row(name) or "" for name in codes]))
            for line, read_row in enumerate(map(_reader_of, read(list_name) or ()), 1)
        ]
        for name, measure in inside.items():
            for line, read_row, key in rows:
                value = read_row(name)
                if value is not None:
                    yield Number(measure, key, line, Decimal(value))


def read_by(kind: RecordType) -> tuple[_Named, tuple[tuple[str, tuple[str, ...], _Named], ...]]:
    """Return how the numbers of a type are read: those of the record, and for each list its codes and those of its lines."""
    found = _reading.get(kind.name)
    if found is None:
        by_list: dict[str, list[Measure]] = {}
        for measure in measures(kind):
            by_list.setdefault(measure.list_name, []).append(measure)
        named = {name: {m.field.name: m for m in inside} for name, inside in by_list.items()}
        lists = tuple(
            (name, tuple(f.name for f in by_list[name][0].codes), inside) for name, inside in named.items() if name
        )
        found = _reading[kind.name] = named.get("", {}), lists
    return found


def _reader_of(thing: object) -> Callable[[str], Any]:
    return thing.get if isinstance(thing, dict) else thing.__dict__.get


def totals(found: Iterable[Number]) -> dict[Spot, Decimal]:
    """Return the numbers by where they stand; lines of the same codes are added up."""
    out: dict[Spot, Decimal] = {}
    for measure, codes, _, value in found:
        spot = Spot(measure.path, codes)
        known = out.get(spot)
        out[spot] = value if known is None else known + value
    return out


class Alarm(NamedTuple):
    """Where a number may have to be asked about, whatever else its record says: below ``least``, above ``most``, or as far from
    the last time as ``step`` and ``factor`` (numerator, denominator). Scaled by the places of its field."""

    least: int
    most: int
    step: int
    factor: tuple[int, int] | None

    def is_jump(self, before: int, after: int) -> bool:
        """Whether the step from one time to the next may be asked about."""
        if self.factor is None or before <= 0 or after <= 0:
            return False
        low, high = (before, after) if before < after else (after, before)
        return high - low >= self.step and high * self.factor[1] >= low * self.factor[0]


_FAR = 1 << 128  # no number of a record is as large


def alarm(kind: RecordType, spot: Spot, common: Decimal | None) -> Alarm:
    """Return what a number is held against before the table is asked: nothing that the table asks about stays within.

    ``common`` is what 95 of 100 records have at most, ``None`` where that is not known.
    """
    measure = next(m for m in measures(kind) if m.path == spot.path)
    known = {f.name: code for f, code in zip(measure.codes, spot.codes, strict=True)}
    rows = [
        row
        for row in _about(kind, measure).rows
        if all(name not in known or known[name] in wanted for name, wanted in row.when)
    ]
    one = Decimal(1).scaleb(measure.field.places)
    least = [r.least * one for r in rows if r.least is not None and measure.field.soft_minimum is None]
    most = [r.most * one for r in rows if r.most is not None and measure.field.soft_maximum is None]
    if common is not None and common > 0:
        most += [common * r.others * one for r in rows if r.others is not None]
    factors = [r.factor for r in rows if r.factor is not None]
    return Alarm(
        ceil(max(least)) if least else -_FAR,
        floor(min(most)) if most else _FAR,
        floor(min((r.step or Decimal(0) for r in rows), default=Decimal(0)) * one),
        min(factors).as_integer_ratio() if factors else None,
    )


class _Spots(dict[tuple[str, ...], "Spot"]):
    """The places of one measure by the codes of its line."""

    def __init__(self, path: str) -> None:
        self._path = path

    def __missing__(self, codes: tuple[str, ...]) -> Spot:
        found = Spot(self._path, codes)
        if len(self) < 10_000:
            self[codes] = found
        return found


def _usual_of(kind: RecordType, record: object, number: Number) -> Usual:
    names = _about(kind, number.measure).names
    if not names:
        return usual(kind, number.measure, {})
    read = _reader_of(record)
    codes = {name: read(name) for name in names}
    codes.update({f.name: code for f, code in zip(number.measure.codes, number.codes, strict=True)})
    return usual(kind, number.measure, codes)


# --- asking --------------------------------------------------------------------------------------------------------------


def unusual_values(record: object) -> list[Problem]:
    """A rule of every record: numbers outside what the table calls usual."""
    return beyond_bounds(record_type(getattr(record, "described_by", type(record))), record)


def beyond_bounds(kind: RecordType, record: object) -> list[Problem]:
    """Return the numbers of a record, a form or a version in JSON that lie outside what the table calls usual."""
    read = _reader_of(record)
    found = []
    for group in _bounded_of(kind):
        for line, row in enumerate(read(group.list_name) or () if group.list_name else (record,), 1):
            inside = _reader_of(row)
            for measure, least, most in _limits(kind, group, tuple([inside(n) or read(n) for n in group.names])):
                value = inside(measure.field.name)
                if value is None:
                    continue
                value = Decimal(value) if isinstance(value, str) else value
                high = most is not None and value > most
                if high or (least is not None and value < least):
                    codes = tuple([inside(f.name) or "" for f in measure.codes])
                    number = Number(measure, codes, line if group.list_name else 0, Decimal(value))
                    limit = shown(measure.field, most if high else least)
                    found.append(
                        _at(number, RecordProblem.UNUSUALLY_HIGH if high else RecordProblem.UNUSUALLY_LOW, limit=limit)
                    )
    return found


def against_last(
    kind: RecordType, record: object, last: Mapping[Spot, Decimal], when: Text, read: Sequence[Number] | None = None
) -> list[Problem]:
    """Return what lies far from the last time (``when``); a slip of digits or units is named."""
    found = []
    read = list(numbers(kind, record)) if read is None else read
    here = totals(read)
    for number in read:
        before = last.get(number.spot)
        if before is None or number.spot not in here:
            continue
        value = here.pop(number.spot)  # lines of the same codes are asked about once
        about = _usual_of(kind, record, number)
        if is_jump(before, value, about):
            found.append(
                _at(number, RecordProblem.UNUSUAL_JUMP, value=shown(number.measure.field, value), when=when,
                    before=shown(number.measure.field, before), slip=slip(number.measure.field.unit, before, value))
            )  # fmt: skip
    return found


def is_jump(before: Decimal, after: Decimal, about: Usual) -> bool:
    """Whether the step from one time to the next is asked about."""
    if about.factor is None or before < 0 or after < 0:
        return False
    low, high = min(before, after), max(before, after)
    far = high - low >= (about.step or 0)
    return far and high >= low * about.factor if before > 0 and after > 0 else False


def against_others(
    kind: RecordType, record: object, common: Mapping[Spot, Decimal], read: Sequence[Number] | None = None
) -> list[Problem]:
    """Return what lies far above ``common``: what 95 of 100 records of this workspace have at most."""
    found = []
    for number in (numbers(kind, record) if read is None else read) if common else ():
        most = common.get(number.spot)
        if most is None or most <= 0:
            continue
        about = _usual_of(kind, record, number)
        if about.others is not None and number.value > most * about.others and number.value - most >= (about.step or 0):
            found.append(_at(number, RecordProblem.ABOVE_OTHERS, limit=shown(number.measure.field, most)))
    return found


def _at(number: Number, found: RecordProblem, **values: object) -> Problem:
    field = number.measure.field
    values.setdefault("value", shown(field, number.value))
    made = found.problem(field.name, label=number.measure.label(number.codes), **values)
    if not number.line:
        return made
    return Problem(made.code, made.severity, made.text, number.measure.path, number.line, made.place)


def shown(field: Field, value: Decimal) -> str:
    """Return a number as it is read: thousands apart, no more places than it needs."""
    places = max(0, -int(value.normalize().as_tuple().exponent))
    return f"{value:,.{min(places, field.places)}f}"


def slip(unit: str, before: Decimal, after: Decimal) -> Text:
    """Return the slip that would explain the step from ``before`` to ``after``: units mixed up, or digits; else nothing."""
    if before <= 0 or after <= 0:
        return Text("", "")
    ratio = after / before
    up = ratio >= 1
    ratio = ratio if up else 1 / ratio
    plain = unit.replace("²", "2").replace("³", "3")
    factors = {other: Decimal(f) for (other, own), f in FACTORS.items() if own == plain}
    mixed = [other for other, f in factors.items() if _near(ratio, f if f >= 1 else 1 / f)]
    digits = next((n for n in DIGITS if _near(ratio, Decimal(10) ** n)), 0)
    if not mixed and not digits:
        return Text("", "")
    times = next(f if f >= 1 else 1 / f for o, f in factors.items() if o in mixed) if mixed else Decimal(10) ** digits
    said = [Text(f"{other.replace('2', '²')} 与 {unit} 弄混", f"{other.replace('2', '²')} taken for {unit}")
            for other in mixed[:1]]  # fmt: skip
    if digits:
        said.append(
            Text(
                f"{'多' if up else '少'}打了 {digits} 位",
                f"{digits} digit{'s' if digits > 1 else ''} too {'many' if up else 'few'}",
            )
        )
    part = Text(f"约为 {times:f} 倍" if up else f"约为 {times:f} 分之一",
                f"About {times:f} times as much" if up else f"About one in {times:f}")  # fmt: skip
    return Text(
        f"{part.to(CHINESE)}，会不会是{'，或'.join(s.zh for s in said)}？",
        f"{part.to(ENGLISH)}: {', or '.join(s.en for s in said)}? ",
    )


def _near(ratio: Decimal, factor: Decimal) -> bool:
    return factor / NEAR <= ratio <= factor * NEAR
