"""Values that are stored beside what they are made of: each is declared once, beside its record, and always compared.

``derived`` declares a sum, product or count over the fields and lists of one record; it is one of the rules of the record,
so it holds wherever a record is checked: at saving, importing, looking before sending, packing and receiving.
``gathered`` declares one over other records (a batch over its lines); whoever can read them brings the rows
(``services.derived``). What is compared with what is read from the declarations, never repeated elsewhere.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from operator import attrgetter
from typing import Any

from station_app.domain.checks.problems import CheckProblem
from station_app.domain.fields import described_fields
from station_app.domain.problems import Problem, Severity
from station_app.domain.record_problems import RecordProblem
from station_app.domain.registry import RecordType, record_type
from station_app.domain.text import Text

Number = Decimal | int
Agrees = Callable[[Number, Number], bool]


def equal(stored: Number, worked_out: Number) -> bool:
    """The stored value is exactly what its parts give."""
    return stored == worked_out


def at_most(stored: Number, worked_out: Number) -> bool:
    """The stored value is not more than what its parts allow."""
    return stored <= worked_out


def at_least(stored: Number, worked_out: Number) -> bool:
    """The stored value is not less than what its parts give."""
    return stored >= worked_out


def within_percent(percent: int) -> Agrees:
    """The stored value is what its parts give, within ``percent`` of it."""

    def agrees(stored: Number, worked_out: Number) -> bool:
        return abs(Decimal(stored) - worked_out) * 100 <= percent * abs(Decimal(stored))

    return agrees


_SENTENCES: dict[Agrees, RecordProblem] = {at_most: RecordProblem.ABOVE_PARTS, at_least: RecordProblem.BELOW_PARTS}


@dataclass(frozen=True, slots=True)
class Compared:
    """A stored value beside what its parts give; several values where each of them would be right.

    Attributes:
        line: 1-based line of the list the value stands in.
        facts: Further words of the sentence.
    """

    stored: Number
    worked_out: tuple[Number, ...]
    line: int | None = None
    facts: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Derived:
    """One stored value of a record that other values of the same record give.

    Attributes:
        field: Where it stands; ``list.field`` in each line of a list.
        parts: The values it is made of, written likewise.
        formula: How it is made, in words.
        severity: What a difference stops: ERROR for money, areas paid for and counts, WARN where people round.
        are_settled: A quick look that says there is nothing to say of any of many records; ``compare`` decides where it does not.
    """

    cls: type
    field: str
    parts: tuple[str, ...]
    formula: Text
    compare: Callable[[Any], Iterable[Compared]]
    agrees: Agrees = equal
    severity: Severity = Severity.ERROR
    sentence: RecordProblem = RecordProblem.SUM_DIFFERS
    are_settled: Callable[[Sequence[Any]], bool] | None = None

    def __call__(self, record: object) -> list[Problem]:
        """Return a problem for each stored value that is not what its parts give. This is a rule of the record."""
        if self.are_settled is not None and self.are_settled((record,)):
            return []  # nearly always, and packages hold very many records
        return [
            _difference(self, each, self.field.partition(".")[0])
            for each in self.compare(record)
            if not any(self.agrees(each.stored, value) for value in each.worked_out)
        ]


@dataclass(frozen=True, slots=True)
class Gathered:
    """One stored value of a record that other records give.

    Attributes:
        rows: ``type.link``: the living records of a type whose ``link`` is this record.
        to: Instead, the link of this record to the one record that gives the value.
        parts: Fields of those records the value is made of.
        work: From the record and the others to the value; ``None`` where they can not tell.
        none_is_nothing: A record that belongs together with no other gives nothing, too (a batch without lines), which is
            said once the record stands for itself: when it is sent and taken in, not while it is being entered.
    """

    cls: type
    field: str
    parts: tuple[str, ...]
    formula: Text
    work: Callable[[Any, Sequence[Any]], Number | None]
    rows: str = ""
    to: str = ""
    agrees: Agrees = equal
    severity: Severity = Severity.ERROR
    sentence: RecordProblem | CheckProblem = RecordProblem.SUM_DIFFERS
    none_is_nothing: bool = False

    @property
    def holder(self) -> str:
        """Name of the type the value is stored in."""
        return record_type(self.cls).name

    @property
    def source(self) -> str:
        """Name of the type the value comes from."""
        return self.rows.partition(".")[0] or record_type(self.cls).by_name[self.to].target

    @property
    def link(self) -> str:
        """Field that joins the two: of the other records, or of this one with ``to``."""
        return self.rows.partition(".")[2] or self.to

    def differences(self, record: object, rows: Sequence[object], *, complete: bool = False) -> list[Problem]:
        """Return the problem of a stored value that is not what ``rows`` give.

        Without any nothing is said, unless all there will be is there (``complete``).
        """
        stored = getattr(record, self.field)
        if stored is None or not (rows or (complete and self.none_is_nothing)):
            return []
        worked_out = self.work(record, rows)
        if worked_out is None or self.agrees(stored, worked_out):
            return []
        return [_difference(self, Compared(stored, (worked_out,)), self.field)]


def _difference(declared: Derived | Gathered, each: Compared, at: str) -> Problem:
    expected = each.worked_out[0]
    facts = {
        "label": _label(declared.cls, declared.field),
        "value": each.stored,
        "formula": declared.formula,
        "expected": expected,
        **each.facts,
    }
    made = declared.sentence.problem(at, each.line, **facts)
    hint = scale_hint(each.stored, expected)
    text = made.text if hint is None else Text(made.text.zh + hint.zh, f"{made.text.en} {hint.en}")
    return dataclasses.replace(made, severity=declared.severity, text=text)


def scale_hint(stored: Number, worked_out: Number) -> Text | None:
    """Return what a value about 10, 1000 or 10000 times off suggests (C18); ``None`` when it is not."""
    if not stored or not worked_out:
        return None
    ratio = Decimal(stored) / Decimal(worked_out)
    for factor, zh, en in (
        (10, "多或少了一位数字？", "a digit lost or added?"),
        (1000, "小数点错位？", "a decimal point moved?"),
        (10_000, "万亩当成了亩，或万元当成了元？", "10k mu taken for mu, or 10k CNY for CNY?"),
    ):
        for times in (ratio, 1 / ratio):
            if abs(times - factor) * 100 <= factor:
                return Text(f"两者相差约 {factor} 倍：是不是{zh}", f"They are about {factor} times apart: {en}")
    return None


def _label(cls: type[object], path: str) -> Text:
    name, _, inner = path.partition(".")
    found = {f.name: f for f in described_fields(cls)}[name]
    if not inner:
        return found.label
    assert found.line is not None
    return {f.name: f for f in described_fields(found.line)}[inner].label


def differing(kind: RecordType, record: Any) -> list[Problem]:
    """Return the hard differences of a record: stored values of its own that are not what their parts give."""
    return [problem for each in kind.derived if each.severity is Severity.ERROR for problem in each(record)]


def all_agree(kind: RecordType, records: Sequence[Any]) -> bool:
    """Whether ``differing`` says nothing of any of these records. Of many, each value is looked at in all of them at once."""
    return all(
        each.are_settled(records) if each.are_settled is not None else not any(map(each, records))
        for each in kind.derived
        if each.severity is Severity.ERROR
    )


# --- declaring -----------------------------------------------------------------------------------------------------------


def derived(
    cls: type[object],
    name: str,
    parts: tuple[str, ...],
    formula: tuple[str, str],
    work: Callable[..., Number | Iterable[Number] | None],
    *,
    agrees: Agrees = equal,
    severity: Severity = Severity.ERROR,
    sentence: RecordProblem | None = None,
) -> Derived:
    """Declare that ``name`` of a record is what ``work`` makes of its ``parts``.

    ``work`` takes the record (and the line, for ``list.field``) and returns the value, several where each would be right,
    or ``None`` while a part is missing.
    """
    listed, _, inner = name.partition(".")

    def compare(record: object) -> Iterator[Compared]:
        rows: list[tuple[int | None, tuple[object, ...]]] = [(None, (record,))]
        if inner:
            rows = [(number, (record, row)) for number, row in enumerate(getattr(record, listed), 1)]
        for number, given in rows:
            stored = getattr(given[-1], inner or name)
            worked_out = work(*given) if stored is not None else None
            if worked_out is not None:
                each = (worked_out,) if isinstance(worked_out, Decimal | int) else tuple(worked_out)
                yield Compared(stored, each, number)

    read = attrgetter(inner or name)

    def are_settled(records: Sequence[Any]) -> bool:
        given: Iterable[tuple[Any, ...]] = zip(records)
        if inner:
            given = [(record, row) for record in records for row in getattr(record, listed)]
        for each in given:
            stored = read(each[-1])
            worked_out = None if stored is None else work(*each)
            if worked_out is None:
                continue
            if worked_out != stored if isinstance(worked_out, Decimal | int) else stored not in worked_out:
                return False
        return True

    return derived_rows(
        cls, name, parts, formula, compare, agrees=agrees, severity=severity, sentence=sentence,
        are_settled=None if agrees is not equal else are_settled,
    )  # fmt: skip


def derived_rows(
    cls: type[object],
    name: str,
    parts: tuple[str, ...],
    formula: tuple[str, str],
    compare: Callable[[Any], Iterable[Compared]],
    *,
    agrees: Agrees = equal,
    severity: Severity = Severity.ERROR,
    sentence: RecordProblem | None = None,
    are_settled: Callable[[Sequence[Any]], bool] | None = None,
) -> Derived:
    """Declare a value by the comparisons of a record, where one is not enough (a sum for each species)."""
    _known(cls, name, *parts)
    said = sentence or _SENTENCES.get(agrees, RecordProblem.SUM_DIFFERS)
    made = Derived(cls, name, parts, Text(*formula), compare, agrees, severity, said, are_settled)
    described = record_type(cls)
    described.derived.append(made)
    described.rules.append(made)
    return made


def gathered(
    cls: type,
    name: str,
    work: Callable[[Any, Sequence[Any]], Number | None],
    *,
    parts: tuple[str, ...],
    formula: tuple[str, str],
    rows: str = "",
    to: str = "",
    agrees: Agrees = equal,
    severity: Severity = Severity.ERROR,
    check: CheckProblem | None = None,
    none_is_nothing: bool = False,
) -> Gathered:
    """Declare that ``name`` of a record is what ``work`` makes of other records; ``check`` has a number of its own for it."""
    _known(cls, name)
    said = check or _SENTENCES.get(agrees, RecordProblem.SUM_DIFFERS)
    made = Gathered(cls, name, parts, Text(*formula), work, rows, to, agrees, severity, said, none_is_nothing)
    record_type(cls).gathered.append(made)
    return made


def total(rows: Iterable[object], name: str) -> Decimal:
    """Return the sum of a field over rows; an empty value adds nothing."""
    found = Decimal(0)
    for row in rows:
        value = getattr(row, name)
        if value:
            found += value
    return found


def sum_of(*names: str) -> Callable[[Any], Number | None]:
    """Return the sum of fields of a record, ``None`` while one of them is missing."""

    reads = tuple(map(attrgetter, names))

    def work(record: object) -> Number | None:
        found: Number | None = None
        for read in reads:
            value = read(record)
            if value is None:  # never ``in``: a decimal that is compared with nothing takes twenty times as long
                return None
            found = value if found is None else found + value
        return found

    return work


def _known(cls: type, *paths: str) -> None:
    fields = {f.name: f for f in described_fields(cls)}
    for path in paths:
        name, _, inner = path.partition(".")
        line = fields[name].line if name in fields else None
        if name not in fields or (inner and inner not in {f.name for f in described_fields(line)} if line else inner):
            raise ValueError(f"{cls.__name__} has no {path}")
