"""Results that become decisions: kept with every digit, the editions they used and the whole calculation, and checked again.

What is kept is a ``calculation_result`` record whose attachment is the explanation as JSON. Years later, on any machine,
the digits are worked out again from that file alone; what today's records would give is told beside it, never instead.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from station_app.domain.calc.explanation import (
    UNVERIFIED_MARKS,
    Explanation,
    Given,
    OriginKind,
    Result,
    before_sending,
    contradictions,
    recompute,
)
from station_app.domain.calc.explanation_json import explanation_from_json, explanation_to_json
from station_app.domain.calc.numbers import ONE, plain, round_to
from station_app.domain.problems import Problem, UserError
from station_app.domain.records.calculation import (
    CalculationResult,
    ConfirmedCoefficient,
    ResultValue,
    UsedEdition,
)
from station_app.domain.text import Text
from station_app.services.entry import Entry, Saved
from station_app.services.figures import balance as balance_figures
from station_app.services.figures import carbon as carbon_figures
from station_app.services.figures import gaps, standards
from station_app.services.figures.problems import ResultProblem
from station_app.services.figures.references import CoefficientReference, parse_reference
from station_app.services.figures.rows import SINGLE
from station_app.storage.attachments import Attachments
from station_app.storage.canonical import canonical_bytes
from station_app.storage.reader import Reader, Row

RESULT = "calculation_result"
BALANCE, CAPACITY, GAP = "balance", "capacity", "gap"
CARBON_LEDGERS = {"carbon_stock": "stock", "carbon_change": "change", "emissions": "emissions"}
_PLACES = Decimal("0.000001")
_SHORT = 12
_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Subject:
    """What a result is about.

    Attributes:
        level: Code of ``figure_level``.
        record_type, record_id: The household, parcel or target; empty for a place or the whole station.
        code: Administrative code of a village or township, code of a household.
    """

    level: str
    name: str
    year: int
    record_type: str = ""
    record_id: str = ""
    code: str = ""
    occasion: str = ""
    scheme_id: str = ""


def subject_of(row: Any, year: int, scheme_id: str, occasion: str = "") -> Subject:
    """Return the subject of a row of figures: a household or parcel by its record, a place by its code."""
    is_record = row.level in SINGLE
    return Subject(
        level=row.level,
        name=row.name or row.code,
        year=year,
        record_type=row.level if is_record else "",
        record_id=row.key if is_record else "",
        code=row.code if is_record else row.key,
        occasion=occasion,
        scheme_id=scheme_id,
    )


def to_confirm(explanation: Explanation) -> tuple[Given, ...]:
    """Return the unverified coefficients a person in charge confirms before the result is frozen or sent."""
    return tuple(
        given
        for given in explanation.coefficients
        if given.origin.mark in UNVERIFIED_MARKS and not given.origin.verified_by
    )


def freeze(
    entry: Entry,
    kind: str,
    subject: Subject,
    result: Result,
    confirmed: Iterable[str] = (),
    *,
    today: date | None = None,
    note: str = "",
) -> Saved:
    """Keep a result as it is now, with its whole calculation; return the saved ``calculation_result``.

    Args:
        kind: Code of ``figure_kind``.
        confirmed: References of the unverified coefficients the person at work confirms.

    Rounding: ``value`` of a line is half-up to six places; ``exact`` keeps every digit.

    Raises:
        UserError: FRZ-001 an unverified coefficient is not confirmed, FRZ-002 nobody is named, FRZ-003 the steps do not
            give the result, FRZ-004 there is no figure; SAV-013 the same was frozen today already; WSP-022.
    """
    explanation = result.explanation
    person = entry.workspace.identity.author.strip()
    if not person:
        raise ResultProblem.NO_PERSON.error()
    if not explanation.results:
        raise ResultProblem.NOTHING_TO_KEEP.error()
    wrong = contradictions(explanation)
    if wrong:
        raise ResultProblem.UNSOUND.error(symbols=", ".join(wrong[:_MOST_NAMED]))
    allowed = set(confirmed)
    held = before_sending(explanation, allowed)
    if held:
        raise ResultProblem.UNCONFIRMED.error(n=len(held), problems=tuple(held))
    marks = {given.origin.reference: given.origin.mark for given in to_confirm(explanation)}
    kept = canonical_bytes(explanation_to_json(explanation))
    name = entry.workspace.attachments.keep(kept, f"{subject.name}.json")
    record = CalculationResult(
        kind=kind,
        level=subject.level,
        subject_type=subject.record_type or None,
        subject_id=subject.record_id or None,
        subject_code=subject.code or None,
        subject_name=subject.name,
        year=subject.year,
        occasion=subject.occasion or None,
        scheme_id=subject.scheme_id or None,
        computed_on=today or entry.workspace.clock.today(),
        computed_by=person,
        values=_values(explanation),
        editions=tuple(UsedEdition(reference=reference) for reference in editions_of(explanation)),
        confirmed=tuple(ConfirmedCoefficient(reference=r, mark=marks[r] or None) for r in marks),
        confirmed_by=person if marks else None,
        explanation=(name,),
        note=note or None,
    )
    return entry.save(record)


def editions_of(explanation: Explanation) -> list[str]:
    """Return the coefficient sets an explanation used as ``kind/name@edition``."""
    return sorted({given.origin.reference.partition("#")[0] for given in explanation.coefficients})


def _values(explanation: Explanation) -> tuple[ResultValue, ...]:
    out = []
    for named in explanation.results:
        figure = explanation.figure(named.symbol)
        out.append(
            ResultValue(
                name=named.name,
                label=figure.label.zh or None,
                value=round_to(figure.value, _PLACES),
                unit=figure.unit or None,
                exact=plain(figure.value),
            )
        )
    return tuple(out)


# --- looking again -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ValueCheck:
    """One figure of a frozen result and what was found when it was worked out again; ``None``: it was not."""

    name: str
    label: Text
    unit: str
    places: int
    frozen: Decimal
    found: Decimal | None

    @property
    def same(self) -> bool:
        return self.found == self.frozen


@dataclass(frozen=True, slots=True)
class ChangedInput:
    """An input that stands otherwise in today's records: ``before`` or ``now`` is ``None`` when it was not there."""

    label: Text
    unit: str
    reference: str
    before: Decimal | None
    now: Decimal | None


@dataclass(frozen=True, slots=True)
class Recheck:
    """What looking again at a frozen result found.

    Attributes:
        stored: Each figure worked out again from the steps kept with it; ``sound`` when all digits are the same and the
            editions say what the steps say.
        today: Each figure by today's records and editions; ``None`` when that can not be computed.
        changed: Inputs that are not what they were.
    """

    record_id: str
    record: CalculationResult
    explanation: Explanation | None
    stored: tuple[ValueCheck, ...]
    sound: bool
    today: tuple[ValueCheck, ...] | None
    changed: tuple[ChangedInput, ...]
    problems: tuple[Problem, ...]


def recheck(reader: Reader, attachments: Attachments, record_id: str) -> Recheck:
    """Work a frozen result out again: from its own steps to the last digit, and separately from today's records.

    Raises:
        UserError: FRZ-005 there is no such result.
    """
    row = reader.get(CalculationResult, record_id)
    if row is None:
        raise ResultProblem.NO_SUCH_RESULT.error(record_id=record_id)
    record: CalculationResult = row.record
    problems: list[Problem] = []
    explanation = _kept(attachments, row, problems)
    stored = _stored(record, explanation, problems)
    if explanation is not None:
        _compare_editions(reader, explanation, problems)
    sound = explanation is not None and not any(p.severity.value == "error" for p in problems)
    today, changed = _by_today(reader, record, explanation, problems)
    return Recheck(record_id, record, explanation, stored, sound, today, changed, tuple(problems))


def kept_explanation(attachments: Attachments, row: Row) -> tuple[Explanation | None, tuple[Problem, ...]]:
    """Return the explanation kept with a frozen result, checked against its name, or why it can not be had."""
    problems: list[Problem] = []
    return _kept(attachments, row, problems), tuple(problems)


def _kept(attachments: Attachments, row: Row, problems: list[Problem]) -> Explanation | None:
    names: tuple[str, ...] = row.record.explanation
    name = names[0] if names else ""
    if not name or not attachments.has(name):
        problems.append(ResultProblem.FILE_MISSING.at(name=name[:_SHORT]))
        return None
    content = attachments.path(name).read_bytes()
    reason: Text | None = None
    if hashlib.sha256(content).hexdigest() != name:
        reason = Text("内容与附件名(SHA-256)不符", "its content does not match its name (SHA-256)")
    else:
        try:
            return explanation_from_json(msgspec.json.decode(content))
        except (ValueError, AttributeError, TypeError, KeyError) as error:
            reason = Text(f"不是计算过程({error})", f"it is no explanation ({error})")
    problems.append(ResultProblem.FILE_CHANGED.at(name=name[:_SHORT], reason=reason))
    return None


def _stored(
    record: CalculationResult, explanation: Explanation | None, problems: list[Problem]
) -> tuple[ValueCheck, ...]:
    """Work the figures out from inputs and operations alone; the values written in the steps are not trusted."""
    found: dict[str, Decimal] = {}
    if explanation is not None:
        try:
            values = recompute(explanation)
            found = {named.name: values[named.symbol] for named in explanation.results}
            wrong = contradictions(explanation)
        except (KeyError, ArithmeticError, ValueError) as error:
            wrong = [str(error)]
        if wrong:
            problems.append(ResultProblem.UNSOUND.at(symbols=", ".join(wrong[:_MOST_NAMED])))
    checks = tuple(_check(value, explanation, found) for value in record.values)
    for check, value in zip(checks, record.values, strict=True):
        if explanation is not None and (not check.same or round_to(check.frozen, _PLACES) != value.value):
            problems.append(
                ResultProblem.DIFFERENT_DIGITS.at(name=check.label, frozen=value.exact, found=_or_none(check.found))
            )
    return checks


def _check(value: ResultValue, explanation: Explanation | None, found: dict[str, Decimal]) -> ValueCheck:
    label = Text(value.label or value.name, value.label or value.name)
    places = 6
    if explanation is not None:
        named = next((n for n in explanation.results if n.name == value.name), None)
        if named is not None:
            figure = explanation.figure(named.symbol)
            label, places = figure.label, figure.places
    try:
        exact = Decimal(value.exact)
    except InvalidOperation:
        exact = value.value
    return ValueCheck(value.name, label, value.unit or "", places, exact, found.get(value.name))


def _or_none(value: Decimal | None) -> str | Text:
    return Text("没有", "nothing") if value is None else plain(value)


def _compare_editions(reader: Reader, explanation: Explanation, problems: list[Problem]) -> None:
    """Hold the coefficients in the steps against the editions themselves, where they are known here."""
    known = {each.reference: each for each in standards.standards_of(reader)}
    unknown: dict[str, None] = {}
    for given in explanation.coefficients:
        reference = parse_reference(given.origin.reference)
        if not isinstance(reference, CoefficientReference):
            continue
        found = known.get(reference.set_reference)
        if found is None:
            unknown[reference.set_reference] = None
            continue
        row = found.by_key.get(reference.key)
        values = () if row is None else (row.value, row.low, row.high)
        if given.value not in values:
            now = _or_none(row.value if row is not None else None)
            problems.append(
                ResultProblem.EDITION_DIFFERS.at(reference=given.origin.reference, frozen=plain(given.value), found=now)
            )
    problems.extend(ResultProblem.EDITION_NOT_HERE.at(reference=name) for name in unknown)


def _by_today(
    reader: Reader, record: CalculationResult, explanation: Explanation | None, problems: list[Problem]
) -> tuple[tuple[ValueCheck, ...] | None, tuple[ChangedInput, ...]]:
    try:
        now = result_of_today(reader, record).explanation
    except UserError as error:
        problems.append(ResultProblem.NOT_COMPUTED_TODAY.at(reason=error.text))
        return None, ()
    found = {named.name: now.figure(named.symbol).value for named in now.results}
    checks = tuple(_check(value, explanation, found) for value in record.values)
    for check in checks:
        if not check.same:
            facts = {"found": _shown(check.found, check.frozen), "frozen": _shown(check.frozen, check.frozen)}
            problems.append(ResultProblem.CHANGED_SINCE.at(name=check.label, **facts))
    return checks, () if explanation is None else tuple(changed_inputs(explanation, now))


def _shown(value: Decimal | None, like: Decimal) -> str | Text:
    """A value short enough for a sentence; the table beside it has every digit."""
    if value is None:
        return Text("没有", "nothing")
    return plain(round_to(value, ONE.scaleb(-4))) if round_to(value, ONE.scaleb(-4)) != like else plain(value)


def result_of_today(reader: Reader, record: CalculationResult) -> Result:
    """Return the result a frozen one would be by today's records, scheme and editions.

    Raises:
        UserError: what stops the calculation; FRZ-012 nobody computes results of this kind from records.
    """
    key = "" if record.level == "station" else record.subject_id or record.subject_code or ""
    if record.kind in (BALANCE, CAPACITY):
        balance: Result = balance_figures.balance_why(reader, record.year, record.level, key, occasion=record.occasion)
        return balance
    if record.kind in CARBON_LEDGERS:
        carbon: Result = carbon_figures.carbon_why(
            reader, record.year, CARBON_LEDGERS[record.kind], key, level=record.level
        )
        return carbon
    if record.kind == GAP:
        return gaps.gap_why(reader, record.year, key)
    reason = Text("这种结果不由记录直接算出。", "results of this kind are not computed from records.")
    raise ResultProblem.NOT_COMPUTED_TODAY.error(reason=reason)


def changed_inputs(before: Explanation, now: Explanation) -> list[ChangedInput]:
    """Return the inputs of two explanations that differ, by what they refer to; constants do not count."""
    old, new = _inputs(before), _inputs(now)
    out = []
    for key in [*old, *(k for k in new if k not in old)]:
        was, is_now = old.get(key), new.get(key)
        if was is not None and is_now is not None and was.value == is_now.value:
            continue
        given = is_now or was
        assert given is not None
        out.append(
            ChangedInput(
                given.label,
                given.unit,
                given.origin.reference,
                was.value if was is not None else None,
                is_now.value if is_now is not None else None,
            )
        )
    return out


def _inputs(explanation: Explanation) -> dict[tuple[object, ...], Given]:
    seen: Counter[tuple[str, str, str]] = Counter()
    out: dict[tuple[object, ...], Given] = {}
    for each in explanation.everything():
        for given in each.inputs:
            if given.origin.kind is OriginKind.CONSTANT:
                continue
            reference = given.origin.reference
            key = (reference, given.label.zh, given.unit)
            if given.origin.kind is OriginKind.COEFFICIENT:
                out[key] = given  # the same number wherever it is used
                continue
            seen[key] += 1
            out[(*key, seen[key])] = given
    return out
