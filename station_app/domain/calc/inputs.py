"""Inputs and outcomes of calculations, described with the fields records are described with: checks, JSON, JSON Schema.

Entries that carry numbers also carry ``reference``: the record they come from; without one the number counts as typed.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar, cast

from station_app.domain import fields as f
from station_app.domain.calc.numbers import plain
from station_app.domain.calc.problems import CalculationProblem
from station_app.domain.codes import code_list
from station_app.domain.fields import Field, Kind, described_field, described_fields
from station_app.domain.problems import Problem, Severity, refusal
from station_app.domain.text import Text

T = TypeVar("T")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
# No quantity of a grassland station is larger or finer; beyond it a unit was mistaken.
# Results of other calculations come in with all their 34 digits.
_LARGEST, _FINEST = 24, -64
_TYPES: Mapping[Kind, type] = {Kind.TEXT: str, Kind.BOOL: bool, Kind.DATE: date, Kind.BOTH: Text}
_EXPECTED = {
    Kind.DECIMAL: Text('数字(文本写法，如 "12.5")', 'a number, best written as text such as "12.5"'),
    Kind.INTEGER: Text("整数", "a whole number"),
    Kind.TEXT: Text("文字", "text"),
    Kind.CODE: Text("规定选项之一", "one of the choices"),
    Kind.CODES: Text("规定选项的列表", "a list of the choices"),
    Kind.BOOL: Text("是或否(true/false)", "true or false"),
    Kind.DATE: Text("日期(如 2026-06-30)", "a date such as 2026-06-30"),
    Kind.PART: Text("一个对象", "an object"),
    Kind.LINES: Text("一个列表", "a list"),
    Kind.TEXTS: Text("文字列表", "a list of texts"),
    Kind.BOTH: Text("中英文文字", "a text in both languages"),
}


def reference() -> f.Default:
    hint = ("该项数据来自哪条记录；不填即为录入。", "Where it comes from; without it the value counts as typed.")
    return f.text("记录", "Record", default="", help=hint)


def printed_place(unit: str, name: str) -> f.Default:
    """What a printed total was rounded to, in its unit, which Chinese calls ``name``."""
    hint = (
        f"如印到 0.01 万{name}填 100；不填即为数字本身的末位。",
        "100 where it is printed to 0.01 of 10,000; empty: its own.",
    )
    return f.number("印出的合计取到", "Last place of the printed total", unit, above=0, help=hint)


# --- checks ------------------------------------------------------------------------------------------------------------


def require(thing: object) -> None:
    """Refuse an input that can not be computed with.

    Raises:
        UserError: with every problem found.
    """
    found = check(thing)
    if any(each.severity is Severity.ERROR for each in found):
        raise refusal(found)


def check(thing: object, at: str = "") -> list[Problem]:
    """Return what is wrong with a described object and everything in it."""
    found: list[Problem] = []
    for field in described_fields(type(thing)):
        found += _check_field(field, getattr(thing, field.name), f"{at}/{field.name}")
    rules: Callable[[str], Iterable[Problem]] | None = getattr(thing, "rules", None)
    if rules is not None and not found:
        found += rules(at)
    return found


def _check_field(field: Field, value: Any, at: str) -> list[Problem]:
    if value is None or value in ("", ()):
        empty = not field.required or (value == field.default and value != ())
        return [] if empty else [_missing(field, at)]
    match field.kind:
        case Kind.DECIMAL | Kind.INTEGER:
            return _check_number(field, value, at)
        case Kind.CODE:
            return _check_code(field, value, at)
        case Kind.CODES:
            return [found for place, code in enumerate(value) for found in _check_code(field, code, f"{at}/{place}")]
        case Kind.PART:
            return _check_part(field, value, at)
        case Kind.LINES:
            return [found for place, line in enumerate(value) for found in _check_part(field, line, f"{at}/{place}")]
        case Kind.TEXTS:
            return [] if all(isinstance(each, str) for each in value) else [_wrong(field, value, at)]
        case _:
            return [] if isinstance(value, _TYPES[field.kind]) else [_wrong(field, value, at)]


def _check_part(field: Field, value: object, at: str) -> list[Problem]:
    return check(value, at) if isinstance(value, field.line or object) else [_wrong(field, value, at)]


def _check_code(field: Field, value: object, at: str) -> list[Problem]:
    known = code_list(field.codes).by_code
    return [] if value in known else [_unknown(str(value), known, at)]


def _check_number(field: Field, value: object, at: str) -> list[Problem]:
    types = (int,) if field.kind is Kind.INTEGER else (Decimal, int)
    if not isinstance(value, types) or isinstance(value, bool):
        return [_wrong(field, value, at)]
    exact = value if isinstance(value, Decimal) else Decimal(value)
    if not exact.is_finite():
        return [_wrong(field, value, at)]
    if exact == 0 and field.above == 0 and field.missing is not None:
        return [_missing(field, at)]
    too_fine = int(exact.as_tuple().exponent) < _FINEST or exact.adjusted() > _LARGEST
    if (
        too_fine
        or (field.above is not None and exact <= field.above)
        or (field.minimum is not None and exact < field.minimum)
        or (field.maximum is not None and exact > field.maximum)
    ):
        return [CalculationProblem.OUT_OF_BOUNDS.at(at, label=field.label, value=value, limit=_limit(field))]
    return []


def _limit(field: Field) -> str:
    pieces = []
    if field.above is not None:
        pieces.append(f"> {field.above:f}")
    if field.minimum is not None:
        pieces.append(f"≥ {field.minimum:f}")
    if field.maximum is not None:
        pieces.append(f"≤ {field.maximum:f}")
    return ", ".join(pieces) or f"< 10^{_LARGEST}"


def _missing(field: Field, at: str) -> Problem:
    name = at.rpartition("/")[2]
    missing = field.missing or (CalculationProblem.NO_EDITION if field.coefficients else CalculationProblem.REQUIRED)
    return (cast(CalculationProblem, missing)).at(
        at, label=field.label, name=name, value="", known="grassland-station calc --sets"
    )


def _wrong(field: Field, value: object, at: str) -> Problem:
    return CalculationProblem.NOT_A_NUMBER.at(at, label=field.label, expected=_EXPECTED[field.kind], value=value)


def _unknown(name: str, known: Iterable[str], at: str) -> Problem:
    return CalculationProblem.UNKNOWN_NAME.at(at, name=name, known=", ".join(known))


def required(thing: object, at: str, *names: str) -> list[Problem]:
    """Return a refusal of every field of these that is not there: what the others make necessary."""
    return [
        _missing(described_field(type(thing), name), f"{at}/{name}")
        for name in names
        if getattr(thing, name) in (None, "", ())
    ]


def exactly_one(thing: object, at: str, *names: str) -> list[Problem]:
    """One, and only one, of two or more entries is given."""
    given = [name for name in names if getattr(thing, name) not in (None, "", ())]
    if len(given) == 1:
        return []
    labels = [described_field(type(thing), name).label for name in names]
    second = Text("”或“".join(each.zh for each in labels[1:]), "” or “".join(each.en for each in labels[1:]))
    return [CalculationProblem.ONE_OF.at(f"{at}/{(given or names)[0]}", first=labels[0], second=second)]


def no_repeats(values: Iterable[str], at: str) -> list[Problem]:
    """No value appears twice; empty ones do not count."""
    seen: set[str] = set()
    found = []
    for place, value in enumerate(values):
        if value and value in seen:
            found.append(CalculationProblem.REPEATED.at(f"{at}/{place}", value=value))
        seen.add(value)
    return found


# --- JSON --------------------------------------------------------------------------------------------------------------


def read(cls: type[T], raw: object) -> T:
    """Return the input described by JSON values (decimals as text or as exact JSON numbers).

    Raises:
        UserError: with every problem found, each with its JSON pointer.
    """
    found: list[Problem] = []
    made = _read(cls, raw, "", found)
    if found or made is None:
        raise refusal(found)
    require(made)
    return cast(T, made)


def _read(cls: type, raw: object, at: str, found: list[Problem]) -> Any:
    if not isinstance(raw, Mapping):
        found.append(
            CalculationProblem.NOT_A_NUMBER.at(at, label=cls.__name__, expected=_EXPECTED[Kind.PART], value=_short(raw))
        )
        return None
    fields = {field.name: field for field in described_fields(cls)}
    for name in raw:
        if name not in fields:
            found.append(_unknown(str(name), fields, f"{at}/{name}"))
    values: dict[str, object] = {}
    before = len(found)
    for name, field in fields.items():
        place = f"{at}/{name}"
        if raw.get(name) is None:
            if not field.may_be_left_out:
                found.append(_missing(field, place))
            continue
        values[name] = _value(field, raw[name], place, found)
    return None if len(found) > before else cls(**values)


def _value(field: Field, raw: object, at: str, found: list[Problem]) -> Any:
    match field.kind:
        case Kind.DECIMAL if isinstance(raw, int | Decimal) and not isinstance(raw, bool):
            return Decimal(raw)
        case Kind.DECIMAL if isinstance(raw, str) and len(raw) <= 60 and _NUMBER.fullmatch(raw.strip()):
            return Decimal(raw.strip())
        case Kind.INTEGER if isinstance(raw, int) and not isinstance(raw, bool):
            return raw
        case Kind.TEXT | Kind.CODE if isinstance(raw, str):
            return raw
        case Kind.BOOL if isinstance(raw, bool):
            return raw
        case Kind.DATE if isinstance(raw, str):
            try:
                return date.fromisoformat(raw)
            except ValueError:
                pass
        case Kind.PART if field.line is not None:
            return _read(field.line, raw, at, found)
        case Kind.LINES if isinstance(raw, list | tuple) and field.line is not None:
            return tuple(_read(field.line, each, f"{at}/{place}", found) for place, each in enumerate(raw))
        case Kind.TEXTS | Kind.CODES if isinstance(raw, list | tuple) and all(isinstance(each, str) for each in raw):
            return tuple(raw)
        case _:
            pass
    found.append(_wrong(field, _short(raw), at))
    return None


def _short(raw: object) -> str:
    text = str(raw)
    return text if len(text) <= 60 else f"{text[:60]}…"


def to_json(thing: object) -> object:
    """Return a described object as JSON values: decimals as text, nothing rounded, what is not there left out."""
    if isinstance(thing, Text):
        return {"zh": thing.zh, "en": thing.en}
    if dataclasses.is_dataclass(thing) and not isinstance(thing, type):
        out = {f.name: to_json(getattr(thing, f.name)) for f in dataclasses.fields(thing)}
        return {name: value for name, value in out.items() if value not in (None, "", [])}
    if isinstance(thing, Decimal):
        return plain(thing)
    if isinstance(thing, tuple | list):
        return [to_json(each) for each in thing]
    if isinstance(thing, date):
        return thing.isoformat()
    return thing


# --- JSON Schema -------------------------------------------------------------------------------------------------------

SCHEMA_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema_of(cls: type[object]) -> dict[str, object]:
    """Return the JSON Schema of a described class."""
    definitions: dict[str, object] = {}
    _define(cls, definitions)
    return {"$schema": SCHEMA_DIALECT, "$ref": f"#/$defs/{cls.__name__}", "$defs": dict(sorted(definitions.items()))}


def _define(cls: type[object], definitions: dict[str, object]) -> None:
    if cls.__name__ in definitions:
        return
    definitions[cls.__name__] = {}
    properties = {field.name: _property(field, definitions) for field in described_fields(cls)}
    definitions[cls.__name__] = {
        "type": "object",
        "description": " ".join((cls.__doc__ or "").split()),
        "properties": properties,
        "required": [field.name for field in described_fields(cls) if not field.may_be_left_out],
        "additionalProperties": False,
    }


def _property(field: Field, definitions: dict[str, object]) -> dict[str, object]:
    title = f"{field.label.zh} {field.label.en}" + (f" ({field.unit})" if field.unit else "")
    out: dict[str, object] = {"title": title}
    if field.help is not None:
        out["description"] = f"{field.help.zh} {field.help.en}"
    if field.unit:
        out["x-unit"] = field.unit
    bounds = {
        name: int(bound) if bound == bound.to_integral_value() else plain(bound)
        for name, bound in (
            ("exclusiveMinimum", field.above),
            ("minimum", field.minimum),
            ("maximum", field.maximum),
        )
        if bound is not None
    }
    exact = {name: bound for name, bound in bounds.items() if isinstance(bound, int)}
    out |= {f"x-{name}": bound for name, bound in bounds.items() if name not in exact}
    match field.kind:
        case Kind.DECIMAL:
            text = {"type": "string", "pattern": r"^\s*[+-]?\d+(\.\d+)?\s*$"}
            out["anyOf"] = [text, {"type": "number", **exact}]
        case Kind.INTEGER:
            out |= {"type": "integer", **exact}
        case Kind.TEXT:
            out["type"] = "string"
        case Kind.CODE:
            out |= _choices(field)
        case Kind.CODES:
            out |= {"type": "array", "items": _choices(field)}
        case Kind.BOOL:
            out["type"] = "boolean"
        case Kind.BOTH:
            out |= {"type": "object", "required": ["zh", "en"]}
        case Kind.DATE:
            out |= {"type": "string", "format": "date"}
        case Kind.TEXTS:
            out |= {"type": "array", "items": {"type": "string"}}
        case Kind.PART | Kind.LINES:
            assert field.line is not None
            _define(field.line, definitions)
            link = {"$ref": f"#/$defs/{field.line.__name__}"}
            if field.kind is Kind.PART:
                out["allOf"] = [link]
            else:
                out |= {"type": "array", "items": link}
                if not field.may_be_left_out:
                    out["minItems"] = 1
    if field.default not in (f.TO_BE_GIVEN, None, "", ()):
        out["default"] = to_json(field.default)
    return out


def _choices(field: Field) -> dict[str, object]:
    labels = code_list(field.codes).labels
    return {"enum": list(labels), "x-labels": {code: f"{label.zh} {label.en}" for code, label in labels.items()}}
