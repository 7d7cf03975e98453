"""Checks of one value and of one record.

``parse_value`` is the one door for what is typed, pasted or read from a workbook; ``check_record`` is the one door
before a record is saved. No clock: whoever wants dates held against today gives ``today``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import SimpleNamespace
from typing import Any

from station_app.domain.fields import Field, Kind, described_fields
from station_app.domain.parsing import EXPECTED, PARSERS
from station_app.domain.problems import Problem, Severity, UserError
from station_app.domain.record_problems import RecordProblem
from station_app.domain.registry import RecordType, record_type
from station_app.domain.text import Text
from station_app.domain.value_checks import check_plan, checker


def is_error(found: Problem) -> bool:
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
    if wrong is None and value is not None and value != ():
        wrong = checker(field)(value, today)
    if wrong is not None and is_error(wrong):
        return field.empty, wrong
    return (field.empty if value is None else value), wrong


def parse_lines(field: Field, raw: object, today: date | None = None) -> tuple[tuple[object, ...], list[Problem]]:
    """Return the rows of a list, given as line objects or as mappings of what was typed, and all problems in them.

    A cell with an error is empty in its row; rows without anything are dropped.
    """
    assert field.line is not None
    if not isinstance(raw, tuple | list) or not all(isinstance(row, field.line | Mapping) for row in raw):
        shown = str(raw)[:60]
        return (), [
            RecordProblem.WRONG_TYPE.problem(field.name, label=field.label, value=shown, expected=EXPECTED[field.kind])
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


def _parse_row(cls: type[object], row: Mapping[str, object], today: date | None) -> tuple[object, list[Problem]]:
    values, found = {}, []
    for inner in described_fields(cls):
        value, wrong = parse_value(inner, row.get(inner.name, inner.initial), today)
        values[inner.name] = value
        if wrong is not None:
            found.append(wrong)
        elif inner.required and value in (None, ()):
            found.append(RecordProblem.REQUIRED.problem(inner.name, label=inner.label))
    return cls(**values), found


def check_value(field: Field, value: Any, today: date | None = None) -> list[Problem]:
    """Return the problems of a typed, not empty value: the first of its own, all of a list's lines. Errors come first."""
    wrong = checker(field)(value, today)
    if wrong is not None:
        return [wrong]
    return _check_lines(field, value, today) if field.kind is Kind.LINES else []


def _check_lines(field: Field, rows: tuple[object, ...], today: date | None, first: int = 1) -> list[Problem]:
    assert field.line is not None
    return [
        at_line(each, field.name, number)
        for number, row in enumerate(rows, first)
        for each in _check_fields(field.line, row, today)
    ]


def _check_fields(cls: type[object], row: object, today: date | None) -> list[Problem]:
    found = []
    values = row.__dict__
    for name, check, field in check_plan(cls):
        value = values[name]
        if not value and (value is None or value == ()):
            if field.required:
                found.append(RecordProblem.REQUIRED.problem(name, label=field.label))
        elif (wrong := check(value, today)) is not None:
            found.append(wrong)
        elif field.line is not None:
            found += _check_lines(field, value, today)
    return found


def at_line(found: Problem, field: str, line: int) -> Problem:
    """Return the problem of a line's value as the record sees it: at the list and its 1-based line."""
    where = Text(f"第 {line} 行：", f"Row {line}: ")
    text = Text(where.zh + found.text.zh, where.en + found.text.en)
    return Problem(found.code, found.severity, text, f"{field}.{found.field}", line, found.place)


# --- one record ----------------------------------------------------------------------------------------------------------


def check_record(record: object, today: date | None = None) -> list[Problem]:
    """Return every problem of a record: each field, then the rules between fields. Errors come first.

    Rules run only over fields of the right type, so a wrong type is told once and plainly.
    """
    described = record_type(record)
    found = _check_fields(described.cls, record, today)
    if not any(each.code == RecordProblem.WRONG_TYPE.code for each in found):
        for rule in described.rules:
            found += rule(record)
    return sorted(found, key=lambda each: not is_error(each)) if found else found


def check_values(kind: RecordType | str, values: Mapping[str, object], today: date | None = None) -> list[Problem]:
    """Return the problems of an unfinished form: what was typed so far, as text or as values.

    A field that is absent holds its default; one that is there and empty is empty. Rules between fields are applied as
    far as the values allow.
    """
    described = record_type(kind) if isinstance(kind, str) else kind
    return _examine(described, values, today)[1]


def _examine(
    described: RecordType, values: Mapping[str, object], today: date | None
) -> tuple[dict[str, object], list[Problem]]:
    """Return the parsed values of every field and all problems, errors first."""
    found: list[Problem] = []
    parsed: dict[str, object] = {}
    for field in described.fields:
        raw = values.get(field.name, field.initial)
        if field.kind is Kind.LINES and raw:
            parsed[field.name], wrong = parse_lines(field, raw, today)
        else:
            parsed[field.name], one = parse_value(field, raw, today)
            wrong = [one] if one is not None else []
        found += wrong
        if field.required and parsed[field.name] in (None, ()) and not any(is_error(each) for each in wrong):
            found.append(RecordProblem.REQUIRED.problem(field.name, label=field.label))
    unfinished = _Unfinished(described.cls, parsed)
    for rule in described.rules:
        found += rule(unfinished)
    return parsed, sorted(dict.fromkeys(found), key=lambda each: not is_error(each))


class _Unfinished(SimpleNamespace):
    """What a rule sees of a form that is not a record yet."""

    def __init__(self, cls: type, values: dict[str, Any]) -> None:
        super().__init__(**values)
        self.described_by = cls


def build(kind: RecordType | str, values: Mapping[str, object], today: date | None = None) -> Any:
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
    text = RecordProblem.INVALID_RECORD.text.format(record=described.label, count=len(problems))
    return UserError(RecordProblem.INVALID_RECORD.code, text, problems=problems)
