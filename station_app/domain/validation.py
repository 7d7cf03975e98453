"""Checks of one value and of one record, and how values are shown.

``parse_value`` is the one door for what is typed, pasted or read from a workbook; ``check_record`` is the one door
before a record is saved. No clock: whoever wants dates held against today gives ``today``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from station_app.domain import identifiers
from station_app.domain.codes import code_list, has_list, label_of
from station_app.domain.fields import Field, Form, Kind, described_fields
from station_app.domain.official_time import BEIJING, official_day
from station_app.domain.parsing import EXPECTED, PARSERS, doubtful, is_plain, visible
from station_app.domain.problem_codes import Found, problem
from station_app.domain.problems import Problem, Severity, UserError
from station_app.domain.registry import RecordType, record_type
from station_app.domain.text import CHINESE, Text

EARLIEST, LATEST = date(1900, 1, 1), date(2200, 12, 31)
_TYPES: dict[Kind, type[Any] | tuple[type[Any], ...]] = {
    Kind.TEXT: str,
    Kind.CODE: str,
    Kind.CODES: tuple,
    Kind.INTEGER: int,
    Kind.DECIMAL: Decimal,
    Kind.DATE: date,
    Kind.INSTANT: datetime,
    Kind.BOOL: bool,
    Kind.LINK: str,
    Kind.FILES: tuple,
    Kind.LINES: tuple,
}


def is_error(found: Problem) -> bool:
    """Whether the problem stops saving."""
    return found.severity is Severity.ERROR


# --- one value -----------------------------------------------------------------------------------------------------------


def parse_value(field: Field, raw: object, today: date | None = None) -> tuple[Any, Problem | None]:
    """Return the value of what was typed or read, and the first problem with it.

    With an ERROR the value is empty; with a WARN (soft bounds, Luhn) value and problem both come back. Empty input is an
    empty value without a problem: whether a field is required is a question to the record.
    """
    if raw is None or (isinstance(raw, str) and not raw.strip()) or raw in ((), []):
        return field.empty, None
    if field.kind is Kind.LINES:
        rows, found = parse_lines(field, raw, today)
        return ((), found[0]) if found and is_error(found[0]) else (rows, found[0] if found else None)
    value, wrong = PARSERS[field.kind](field, raw)
    if wrong is None and value not in (None, ()):
        wrong = next(iter(check_value(field, value, today)), None)
    if wrong is not None and is_error(wrong):
        return field.empty, wrong
    return (field.empty if value is None else value), wrong


def parse_lines(field: Field, raw: object, today: date | None = None) -> tuple[tuple[Any, ...], list[Problem]]:
    """Return the rows of a list, given as line objects or as mappings of what was typed, and all problems in them.

    A cell with an error is empty in its row; rows without anything are dropped.
    """
    assert field.line is not None
    if not isinstance(raw, tuple | list) or not all(isinstance(row, field.line | Mapping) for row in raw):
        shown = str(raw)[:60]
        return (), [
            problem(Found.WRONG_TYPE, field.name, label=field.label, value=shown, expected=EXPECTED[field.kind])
        ]
    rows, found = [], []
    for number, row in enumerate((row for row in raw if not (isinstance(row, Mapping) and _is_blank(row))), 1):
        if isinstance(row, Mapping):
            row, wrong = _parse_row(field.line, row, today)
            found += [at_line(each, field.name, number) for each in wrong]
        else:
            found += _check_lines(field, (row,), today, number)
        rows.append(row)
    return tuple(rows), sorted(found, key=lambda each: not is_error(each))


def _is_blank(row: Mapping[str, object]) -> bool:
    return all(value is None or (isinstance(value, str) and not value.strip()) for value in row.values())


def _parse_row(cls: type[Any], row: Mapping[str, object], today: date | None) -> tuple[Any, list[Problem]]:
    values, found = {}, []
    for inner in described_fields(cls):
        value, wrong = parse_value(inner, row.get(inner.name, inner.initial), today)
        values[inner.name] = value
        if wrong is not None:
            found.append(wrong)
        elif inner.required and value in (None, ()):
            found.append(problem(Found.REQUIRED, inner.name, label=inner.label))
    return cls(**values), found


def check_value(field: Field, value: Any, today: date | None = None) -> list[Problem]:
    """Return the problems of a typed, not empty value: type, form, length, bounds, codes, dates. Errors come first."""
    if not _has_type(field, value):
        shown = str(value)[:60]
        return [problem(Found.WRONG_TYPE, field.name, label=field.label, value=shown, expected=EXPECTED[field.kind])]
    if field.kind is Kind.TEXT:
        return _check_text(field, value)
    if field.is_number:
        return _check_number(field, value)
    if field.kind in (Kind.CODE, Kind.CODES):
        return _check_codes(field, (value,) if field.kind is Kind.CODE else value)
    if field.kind in (Kind.DATE, Kind.INSTANT):
        return _check_date(field, value, today)
    if field.kind is Kind.LINK and not identifiers.is_record_id(value):
        return [problem(Found.LINK_FORM, field.name, label=field.label)]
    if field.kind is Kind.FILES and not all(identifiers.is_sha256(name) for name in value):
        return [problem(Found.FILE_FORM, field.name, label=field.label)]
    if field.kind is Kind.LINES:
        return _check_lines(field, value, today)
    return []


def _has_type(field: Field, value: Any) -> bool:
    if isinstance(value, bool) and field.kind is not Kind.BOOL:
        return False
    if isinstance(value, datetime) and (field.kind is Kind.DATE or value.tzinfo is None):
        return False
    if field.kind is Kind.LINES:
        return isinstance(value, tuple) and all(type(row) is field.line for row in value)
    return isinstance(value, _TYPES[field.kind])


def _check_text(field: Field, value: str) -> list[Problem]:
    if len(value) > field.max_length:
        return [problem(Found.TOO_LONG, field.name, label=field.label, limit=field.max_length, value=len(value))]
    if not is_plain(field, value):
        cleaned, wrong = PARSERS[Kind.TEXT](field, value)
        if wrong is None and cleaned == visible(value) != value:
            return [problem(Found.INVISIBLE, field.name, label=field.label)]
        if wrong is not None or cleaned != value:
            return [wrong or problem(Found.CONTROL_CHARACTERS, field.name, label=field.label)]
        lost = doubtful(value)
        if lost:
            return [
                problem(Found.DOUBTFUL_CHARACTER, field.name, label=field.label, value=lost, code=f"U+{ord(lost):04X}")
            ]
    found = _TEXT_CHECKS[field.form](value) if field.form in _TEXT_CHECKS else None
    return [problem(found, field.name, label=field.label)] if found else []


def _identity(value: str) -> Found | None:
    if len(value) == 15 and value.isdigit():
        return Found.IDENTITY_OLD
    if not identifiers.has_identity_form(value):
        return Found.IDENTITY_FORM
    if identifiers.identity_birth_date(value) is None:
        return Found.IDENTITY_BIRTH
    return None if identifiers.is_identity(value) else Found.IDENTITY_CHECK


def _account(value: str) -> Found | None:
    if not identifiers.has_account_form(value):
        return Found.ACCOUNT_FORM
    return Found.ACCOUNT_CHECK if identifiers.looks_like_card(value) and not identifiers.passes_luhn(value) else None


_TEXT_CHECKS: dict[Form, Callable[[str], Found | None]] = {
    Form.IDENTITY: _identity,
    Form.ACCOUNT: _account,
    Form.PHONE: lambda value: None if identifiers.is_phone(value) else Found.PHONE_FORM,
    Form.REGION: lambda value: None if identifiers.is_region_code(value) else Found.REGION_FORM,
}


def _check_number(field: Field, value: int | Decimal) -> list[Problem]:
    number = Decimal(value)
    if field.kind is Kind.DECIMAL:
        _, wrong = PARSERS[Kind.DECIMAL](field, value)
        if wrong is not None:
            return [wrong]
    for limit, found, outside in (
        (field.minimum, Found.BELOW, field.minimum is not None and number < field.minimum),
        (field.maximum, Found.ABOVE, field.maximum is not None and number > field.maximum),
        (field.soft_minimum, Found.UNUSUALLY_LOW, field.soft_minimum is not None and number < field.soft_minimum),
        (field.soft_maximum, Found.UNUSUALLY_HIGH, field.soft_maximum is not None and number > field.soft_maximum),
    ):
        if outside:
            shown = format_value(field, value, CHINESE)
            return [problem(found, field.name, label=field.label, value=shown, limit=limit)]
    return []


def _check_codes(field: Field, values: tuple[str, ...]) -> list[Problem]:
    known = code_list(field.codes)
    for value in values:
        if value not in known.by_code:
            return [problem(Found.UNKNOWN_CODE, field.name, label=field.label, value=value, choices=known.some)]
    return []


def _check_date(field: Field, value: date, today: date | None) -> list[Problem]:
    day = official_day(value) if isinstance(value, datetime) else value
    if not EARLIEST <= day <= LATEST:
        return [problem(Found.ABSURD_DATE, field.name, label=field.label, value=day)]
    if today is not None and not field.future and day > today:
        return [problem(Found.IN_THE_FUTURE, field.name, label=field.label, value=day, today=today)]
    return []


def _check_lines(field: Field, rows: tuple[Any, ...], today: date | None, first: int = 1) -> list[Problem]:
    assert field.line is not None
    found = []
    for number, row in enumerate(rows, first):
        for inner in described_fields(field.line):
            found += [
                at_line(each, field.name, number) for each in _check_field(inner, getattr(row, inner.name), today)
            ]
    return found


def at_line(found: Problem, field: str, line: int) -> Problem:
    """Return the problem of a line's value as the record sees it: at the list and its 1-based line."""
    where = Text(f"第 {line} 行：", f"Row {line}: ")
    text = Text(where.zh + found.text.zh, where.en + found.text.en)
    return Problem(found.code, found.severity, text, f"{field}.{found.field}", line, found.place)


def _check_field(field: Field, value: Any, today: date | None) -> list[Problem]:
    if value is None or value == ():
        return [problem(Found.REQUIRED, field.name, label=field.label)] if field.required else []
    return check_value(field, value, today)


# --- one record ----------------------------------------------------------------------------------------------------------


def check_record(record: Any, today: date | None = None) -> list[Problem]:
    """Return every problem of a record: each field, then the rules between fields. Errors come first.

    Rules run only over fields of the right type, so a wrong type is told once and plainly.
    """
    described = record_type(record)
    found = []
    for field in described.fields:
        found += _check_field(field, getattr(record, field.name), today)
    if not any(each.code == Found.WRONG_TYPE.code for each in found):
        for rule in described.rules:
            found += rule(record)
    return sorted(found, key=lambda each: not is_error(each))


def check_values(kind: RecordType | str, values: Mapping[str, Any], today: date | None = None) -> list[Problem]:
    """Return the problems of an unfinished form: what was typed so far, as text or as values.

    A field that is absent holds its default; one that is there and empty is empty. Rules between fields are applied as
    far as the values allow.
    """
    described = record_type(kind) if isinstance(kind, str) else kind
    return _examine(described, values, today)[1]


def _examine(
    described: RecordType, values: Mapping[str, Any], today: date | None
) -> tuple[dict[str, Any], list[Problem]]:
    """Return the parsed values of every field and all problems, errors first."""
    found: list[Problem] = []
    parsed: dict[str, Any] = {}
    for field in described.fields:
        raw = values.get(field.name, field.initial)
        if field.kind is Kind.LINES and raw:
            parsed[field.name], wrong = parse_lines(field, raw, today)
        else:
            parsed[field.name], one = parse_value(field, raw, today)
            wrong = [one] if one is not None else []
        found += wrong
        if field.required and parsed[field.name] in (None, ()) and not any(is_error(each) for each in wrong):
            found.append(problem(Found.REQUIRED, field.name, label=field.label))
    unfinished = _Unfinished(described.cls, parsed)
    for rule in described.rules:
        found += rule(unfinished)
    return parsed, sorted(dict.fromkeys(found), key=lambda each: not is_error(each))


class _Unfinished(SimpleNamespace):
    """What a rule sees of a form that is not a record yet."""

    def __init__(self, cls: type[Any], values: dict[str, Any]) -> None:
        super().__init__(**values)
        self.described_by = cls


def build(kind: RecordType | str, values: Mapping[str, Any], today: date | None = None) -> Any:
    """Return the record made of ``values`` (typed or as text).

    Raises:
        UserError: REC-001 with the problems, if one of them is an error.
    """
    described = record_type(kind) if isinstance(kind, str) else kind
    parsed, found = _examine(described, values, today)
    errors = tuple(each for each in found if is_error(each))
    if errors:
        raise invalid(described, errors)
    return described.cls(**parsed)


def invalid(described: RecordType, problems: tuple[Problem, ...]) -> UserError:
    """Return the error REC-001 that tells of ``problems``."""
    text = Found.INVALID_RECORD.text.format(record=described.label, count=len(problems))
    return UserError(Found.INVALID_RECORD.code, text, problems=problems)


# --- showing -------------------------------------------------------------------------------------------------------------

_YES_NO = {True: Text("是", "Yes"), False: Text("否", "No")}


def format_value(field: Field, value: Any, language: str = CHINESE) -> str:
    """Return a value as it is shown: thousands separated, fixed places, codes by label, Beijing time; empty is empty.

    A number without a unit (a year, a sequence) has no separators. ``parse_value`` reads every result back, except of
    links (shown by their id; whoever has the records shows their titles) and lines (shown by their number).
    """
    if value is None or value == ():
        return ""
    if field.kind is Kind.INTEGER:
        return f"{value:,}" if field.unit else str(value)
    if field.kind is Kind.DECIMAL:
        return f"{value:,.{field.places}f}"
    if field.kind is Kind.BOOL:
        return _YES_NO[value].to(language)
    if field.kind is Kind.DATE:
        return str(value.isoformat())
    if field.kind is Kind.INSTANT:
        return str(value.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S"))
    if field.kind is Kind.CODE:
        return _code_text(field.codes, value, language)
    if field.kind is Kind.CODES:
        return ("、" if language == CHINESE else "; ").join(_code_text(field.codes, each, language) for each in value)
    if field.kind is Kind.FILES:
        return ", ".join(value)
    if field.kind is Kind.LINES:
        return Text(f"{len(value)} 行", f"{len(value)} rows").to(language)
    return str(value)


def _code_text(name: str, value: str, language: str) -> str:
    return label_of(name, value).to(language) if has_list(name) else value
