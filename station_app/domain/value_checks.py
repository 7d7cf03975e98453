"""Is this value right for this field: said once, here.

``checker`` makes one function a field out of its description; whoever has to know asks it: a form and an import
(``parse_value``), a record (``check_record``), a package (``exchange.package.values``). What a Table Schema can say of
it is ``limits``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from math import ceil, floor
from typing import TypeGuard

from station_app.domain import identifiers
from station_app.domain.codes import code_list, installed
from station_app.domain.fields import Field, Form, Kind, described_fields
from station_app.domain.official_time import official_day
from station_app.domain.parsing import EXPECTED, PARSERS, STORED_LIMIT, doubtful, plain_pattern, visible
from station_app.domain.problems import Problem, Severity
from station_app.domain.record_problems import RecordProblem
from station_app.domain.text import CHINESE
from station_app.domain.value_text import format_value

EARLIEST, LATEST = date(1900, 1, 1), date(2200, 12, 31)

# The first problem of a value that is not empty, if any: of its type, then errors, then warnings. The day is today's
# where dates are to be held against it.
Check = Callable[[object, date | None], Problem | None]

_PATTERNS = {
    Form.REGION: identifiers.REGION_PATTERN,
    Form.IDENTITY: identifiers.IDENTITY_PATTERN,
    Form.ACCOUNT: identifiers.ACCOUNT_PATTERN,
    Form.PHONE: identifiers.PHONE_PATTERN,
    Form.YEAR_MONTH: identifiers.YEAR_MONTH_PATTERN,
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What can be said of a field's values without a program: a pattern of the whole text (of each text of a list), its
    most characters, inclusive bounds of a number, the codes."""

    pattern: str = ""
    max_length: int | None = None
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    codes: tuple[str, ...] = ()


def limits(field: Field) -> Limits:
    """Return the limits of a field that a Table Schema or a typed decoder can hold values against."""
    if field.kind is Kind.TEXT:
        return Limits(_PATTERNS.get(field.form, ""), field.max_length)
    if field.kind is Kind.LINK:
        return Limits(identifiers.UUID_PATTERN)
    if field.kind is Kind.FILES:
        return Limits(identifiers.SHA256_PATTERN)
    if field.kind in (Kind.CODE, Kind.CODES):
        return Limits(codes=tuple(code_list(field.codes).by_code))
    return Limits(minimum=field.minimum, maximum=field.maximum)


@cache
def checker(field: Field) -> Check:
    """Return the function that finds the first problem of a value of this field."""
    return _CHECKERS[field.kind](field)


_Plan = tuple[tuple[str, Check, Field], ...]
_plans: dict[type, _Plan] = {}


def check_plan(cls: type[object]) -> _Plan:
    """Return the fields of a record or line class by name, each with its function."""
    plan = _plans.get(cls)
    if plan is None:
        plan = _plans[cls] = tuple((field.name, checker(field), field) for field in described_fields(cls))
    return plan


def _wrong_type(field: Field, value: object) -> Problem:
    shown = str(value)[:60]
    return RecordProblem.WRONG_TYPE.problem(field.name, label=field.label, value=shown, expected=EXPECTED[field.kind])


# --- text ------------------------------------------------------------------------------------------------------------


@cache
def plain_text(field: Field) -> Callable[[str], bool]:
    """Return the function that sees at once of most texts that they are right for a text field, and as they would be kept."""
    limit, plain, form = field.max_length, plain_pattern(field).match, _FORMS.get(field.form)
    if form is None:
        return lambda text: plain(text) is not None and len(text) <= limit and "E+" not in text
    return lambda text: plain(text) is not None and len(text) <= limit and "E+" not in text and form(text) is None


def _text(field: Field) -> Check:
    limit, form, is_right = field.max_length, _FORMS.get(field.form), plain_text(field)

    def check(value: object, today: date | None) -> Problem | None:
        if not isinstance(value, str):
            return _wrong_type(field, value)
        if is_right(value):
            return None
        if len(value) > limit:
            return RecordProblem.TOO_LONG.problem(field.name, label=field.label, limit=limit, value=len(value))
        doubt = _unclean(field, value)
        if doubt is not None and doubt.severity is Severity.ERROR:
            return doubt
        found = None if form is None else form(value)
        return doubt if found is None else found.problem(field.name, label=field.label)

    return check


def _unclean(field: Field, value: str) -> Problem | None:
    """Return what is wrong with a text that is not as ``parse_value`` would have left it."""
    cleaned, wrong = PARSERS[Kind.TEXT](field, value)
    if wrong is None and cleaned == visible(value) != value:
        return RecordProblem.INVISIBLE.problem(field.name, label=field.label)
    if wrong is not None or cleaned != value:
        return wrong or RecordProblem.CONTROL_CHARACTERS.problem(field.name, label=field.label)
    if lost := doubtful(value):
        return RecordProblem.DOUBTFUL_CHARACTER.problem(
            field.name, label=field.label, value=lost, code=f"U+{ord(lost):04X}"
        )
    return None


def _identity(value: str) -> RecordProblem | None:
    if len(value) == 15 and value.isdigit():
        return RecordProblem.IDENTITY_OLD
    if not identifiers.has_identity_form(value):
        return RecordProblem.IDENTITY_FORM
    if identifiers.identity_birth_date(value) is None:
        return RecordProblem.IDENTITY_BIRTH
    right = value[17] == identifiers.identity_check_character(value[:17])
    return None if right else RecordProblem.IDENTITY_CHECK


def _account(value: str) -> RecordProblem | None:
    if not identifiers.has_account_form(value):
        return RecordProblem.ACCOUNT_FORM
    return (
        RecordProblem.ACCOUNT_CHECK
        if identifiers.looks_like_card(value) and not identifiers.passes_luhn(value)
        else None
    )


_FORMS: dict[Form, Callable[[str], RecordProblem | None]] = {
    Form.IDENTITY: _identity,
    Form.ACCOUNT: _account,
    Form.PHONE: lambda value: None if identifiers.is_phone(value) else RecordProblem.PHONE_FORM,
    Form.REGION: lambda value: None if identifiers.is_region_code(value) else RecordProblem.REGION_FORM,
}


# --- numbers ---------------------------------------------------------------------------------------------------------


def _usual(field: Field, smallest: Decimal, largest: Decimal) -> tuple[Decimal, Decimal]:
    """Return the bounds within which nothing is said of a number: the narrowest of all."""
    low = max(b for b in (smallest, field.minimum, field.soft_minimum) if b is not None)
    return low, min(b for b in (largest, field.maximum, field.soft_maximum) if b is not None)


def _outside(field: Field, value: int | Decimal) -> Problem | None:
    """Return the bound a number is beyond."""
    for limit, found, is_beyond in (
        (field.minimum, RecordProblem.BELOW, Decimal.__lt__),
        (field.maximum, RecordProblem.ABOVE, Decimal.__gt__),
        (field.soft_minimum, RecordProblem.UNUSUALLY_LOW, Decimal.__lt__),
        (field.soft_maximum, RecordProblem.UNUSUALLY_HIGH, Decimal.__gt__),
    ):
        if limit is not None and is_beyond(Decimal(value), limit):
            shown = format_value(field, value, CHINESE)
            return found.problem(field.name, label=field.label, value=shown, limit=limit)
    return None


def _integer(field: Field) -> Check:
    usual = _usual(field, Decimal(1 - STORED_LIMIT), Decimal(STORED_LIMIT - 1))
    low, high = ceil(usual[0]), floor(usual[1])

    def check(value: object, today: date | None) -> Problem | None:
        if not isinstance(value, int) or value is True or value is False:
            return _wrong_type(field, value)
        if low <= value <= high:
            return None
        return PARSERS[Kind.INTEGER](field, value)[1] or _outside(field, value)

    return check


def _decimal(field: Field) -> Check:
    quantum = Decimal(1).scaleb(-field.places)
    low, high = _usual(field, quantum - 10 ** (18 - field.places), 10 ** (18 - field.places) - quantum)

    def check(value: object, today: date | None) -> Problem | None:
        if not isinstance(value, Decimal):
            return _wrong_type(field, value)
        if quantum.same_quantum(value) and low <= value <= high:
            return None
        return PARSERS[Kind.DECIMAL](field, value)[1] or _outside(field, value)

    return check


# --- everything else -------------------------------------------------------------------------------------------------


def _code(field: Field) -> Check:
    name, lists = field.codes, installed()

    def check(value: object, today: date | None) -> Problem | None:
        if not isinstance(value, str):
            return _wrong_type(field, value)
        return None if value in lists[name].by_code else _unknown_code(field, value)

    return check


def _codes(field: Field) -> Check:
    name, lists = field.codes, installed()

    def check(value: object, today: date | None) -> Problem | None:
        if not _are_texts(value):
            return _wrong_type(field, value)
        return next((_unknown_code(field, each) for each in value if each not in lists[name].by_code), None)

    return check


def _are_texts(value: object) -> TypeGuard[tuple[str, ...]]:
    return isinstance(value, tuple) and all(isinstance(each, str) for each in value)


def _unknown_code(field: Field, value: str) -> Problem:
    choices = code_list(field.codes).some
    return RecordProblem.UNKNOWN_CODE.problem(field.name, label=field.label, value=value, choices=choices)


def _day(field: Field) -> Check:
    def check(value: object, today: date | None) -> Problem | None:
        if not isinstance(value, date) or isinstance(value, datetime):
            return _wrong_type(field, value)
        usual = EARLIEST <= value <= LATEST and (today is None or value <= today)
        return None if usual else _wrong_day(field, value, today)

    return check


def _instant(field: Field) -> Check:
    def check(value: object, today: date | None) -> Problem | None:
        if not isinstance(value, datetime) or value.tzinfo is None:
            return _wrong_type(field, value)
        return _wrong_day(field, official_day(value), today)

    return check


def _wrong_day(field: Field, day: date, today: date | None) -> Problem | None:
    if not EARLIEST <= day <= LATEST:
        return RecordProblem.ABSURD_DATE.problem(field.name, label=field.label, value=day)
    if today is not None and day > today and not field.future:
        return RecordProblem.IN_THE_FUTURE.problem(field.name, label=field.label, value=day, today=today)
    return None


def _bool(field: Field) -> Check:
    return lambda value, today: None if value is True or value is False else _wrong_type(field, value)


def _link(field: Field) -> Check:
    def check(value: object, today: date | None) -> Problem | None:
        if not isinstance(value, str):
            return _wrong_type(field, value)
        return (
            None if identifiers.is_record_id(value) else RecordProblem.LINK_FORM.problem(field.name, label=field.label)
        )

    return check


def _files(field: Field) -> Check:
    def check(value: object, today: date | None) -> Problem | None:
        if not _are_texts(value):
            return _wrong_type(field, value)
        fits = all(identifiers.is_sha256(each) for each in value)
        return None if fits else RecordProblem.FILE_FORM.problem(field.name, label=field.label)

    return check


def _lines(field: Field) -> Check:
    """Only that it is a list of such lines; what is in them has problems of its own (``validation``)."""
    line = field.line

    def check(value: object, today: date | None) -> Problem | None:
        fits = isinstance(value, tuple) and all(type(row) is line for row in value)
        return None if fits else _wrong_type(field, value)

    return check


_CHECKERS: dict[Kind, Callable[[Field], Check]] = {
    Kind.TEXT: _text,
    Kind.CODE: _code,
    Kind.CODES: _codes,
    Kind.INTEGER: _integer,
    Kind.DECIMAL: _decimal,
    Kind.DATE: _day,
    Kind.INSTANT: _instant,
    Kind.BOOL: _bool,
    Kind.LINK: _link,
    Kind.FILES: _files,
    Kind.LINES: _lines,
}
