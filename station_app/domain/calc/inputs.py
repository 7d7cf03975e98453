"""How the input and the outcome of a calculation are described: once, with label and unit, checked before anything runs.

From the description come the checks, the reader of JSON, the JSON Schema and what a person sees. Entries that carry
numbers also carry ``reference``: the record they come from; without one the number counts as typed.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar, cast, dataclass_transform

from station_app.domain.calc.found import Found, problem, refusal
from station_app.domain.calc.numbers import plain
from station_app.domain.problems import Problem, Severity
from station_app.domain.text import Text

T = TypeVar("T")
_META = "station_calc"
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
# No quantity of a grassland station is larger or finer; beyond it a unit was mistaken.
# Results of other calculations come in with all their 34 digits.
_LARGEST, _FINEST = 24, -64


class Kind(StrEnum):
    """What an entry is."""

    NUMBER = "number"
    WHOLE = "whole"
    WORD = "word"
    CHOICE = "choice"
    FLAG = "flag"
    DAY = "day"
    ONE = "one"
    MANY = "many"
    WORDS = "words"
    BOTH = "both"


_EXPECTED = {
    Kind.NUMBER: Text('数字(文本写法，如 "12.5")', 'a number, best written as text such as "12.5"'),
    Kind.WHOLE: Text("整数", "a whole number"),
    Kind.WORD: Text("文字", "text"),
    Kind.CHOICE: Text("规定选项之一", "one of the choices"),
    Kind.FLAG: Text("是或否(true/false)", "true or false"),
    Kind.DAY: Text("日期(如 2026-06-30)", "a date such as 2026-06-30"),
    Kind.ONE: Text("一个对象", "an object"),
    Kind.MANY: Text("一个列表", "a list"),
    Kind.WORDS: Text("文字列表", "a list of texts"),
    Kind.BOTH: Text("中英文文字", "a text in both languages"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """Description of one entry; bounds are in its unit, ``above`` is exclusive."""

    kind: Kind
    label: Text
    name: str = ""
    unit: str = ""
    places: int = 2
    optional: bool = False
    default: Any = None
    above: Decimal | None = None
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    choices: Mapping[str, Text] | None = None
    cls: type[Any] | None = None
    missing: Found = Found.REQUIRED
    help: Text | None = None


def _entry(kind: Kind, zh: str, en: str, *, default: Any = dataclasses.MISSING, **spec: Any) -> Any:
    for bound in ("above", "minimum", "maximum"):
        if spec.get(bound) is not None:
            spec[bound] = Decimal(spec[bound])
    if isinstance(spec.get("help"), tuple):
        spec["help"] = Text(*spec["help"])
    optional = default is not dataclasses.MISSING
    shown_default = None if default is dataclasses.MISSING else default
    metadata = {_META: Entry(kind, Text(zh, en), optional=optional, default=shown_default, **spec)}
    if default is dataclasses.MISSING:
        return dataclasses.field(metadata=metadata, kw_only=True)
    return dataclasses.field(default=default, metadata=metadata, kw_only=True)


def number(zh: str, en: str, unit: str = "", *, default: Any = dataclasses.MISSING, **spec: Any) -> Any:
    """A decimal; ``above=``, ``minimum=``, ``maximum=``, ``missing=`` the problem when
    it is not there, ``default=None`` when it may be left out."""
    return _entry(Kind.NUMBER, zh, en, unit=unit, default=default, **spec)


def whole(zh: str, en: str, unit: str = "", *, default: Any = dataclasses.MISSING, **spec: Any) -> Any:
    """A whole number."""
    return _entry(Kind.WHOLE, zh, en, unit=unit, places=0, default=default, **spec)


def word(zh: str, en: str, *, default: Any = dataclasses.MISSING, **spec: Any) -> Any:
    """A text."""
    return _entry(Kind.WORD, zh, en, default=default, **spec)


def choice(zh: str, en: str, choices: Mapping[str, Text], *, default: Any = dataclasses.MISSING, **spec: Any) -> Any:
    """One of ``choices``."""
    return _entry(Kind.CHOICE, zh, en, choices=choices, default=default, **spec)


def flag(zh: str, en: str, *, default: Any = dataclasses.MISSING, **spec: Any) -> Any:
    """Yes or no."""
    return _entry(Kind.FLAG, zh, en, default=default, **spec)


def day(zh: str, en: str, *, default: Any = dataclasses.MISSING, **spec: Any) -> Any:
    """A date."""
    return _entry(Kind.DAY, zh, en, default=default, **spec)


def one(zh: str, en: str, cls: type[Any], *, default: Any = dataclasses.MISSING, **spec: Any) -> Any:
    """An object of another described class."""
    return _entry(Kind.ONE, zh, en, cls=cls, default=default, **spec)


def many(zh: str, en: str, cls: type[Any], *, default: Any = dataclasses.MISSING, **spec: Any) -> Any:
    """A list of objects of another described class; without ``default=()`` it must hold something."""
    return _entry(Kind.MANY, zh, en, cls=cls, default=default, **spec)


def words(zh: str, en: str, *, default: Any = dataclasses.MISSING, **spec: Any) -> Any:
    """A list of texts."""
    return _entry(Kind.WORDS, zh, en, default=default, **spec)


def both(zh: str, en: str, *, default: Any = dataclasses.MISSING, **spec: Any) -> Any:
    """A text in both languages, in outcomes."""
    return _entry(Kind.BOTH, zh, en, default=default, **spec)


def set_name(zh: str, en: str, *, default: Any = dataclasses.MISSING) -> Any:
    """The coefficient set to use, ``name@edition``. Never chosen by the program."""
    hint = (
        "写成“名称@版本”；grassland-station calc --sets 列出全部。",
        "name@edition; grassland-station calc --sets lists them.",
    )
    return _entry(Kind.WORD, zh, en, default=default, missing=Found.NO_EDITION, help=hint)


def reference(*, default: Any = "") -> Any:
    """The record an entry comes from."""
    hint = ("该项数据来自哪条记录；不填即为录入。", "Where it comes from; without it the value counts as typed.")
    return _entry(Kind.WORD, "记录", "Record", default=default, help=hint)


@dataclass_transform(
    kw_only_default=True,
    frozen_default=True,
    field_specifiers=(number, whole, word, choice, flag, day, one, many, words, both, set_name, reference),
)
def described(cls: type[T]) -> type[T]:
    """Make a class of entries: a frozen dataclass. A method ``rules(at) -> Iterable[Problem]`` adds checks between them."""
    return cast(type[T], dataclasses.dataclass(frozen=True, slots=True, kw_only=True)(cls))


_entries: dict[type[Any], tuple[Entry, ...]] = {}


def entries_of(cls: type[Any]) -> tuple[Entry, ...]:
    """Return the entries of a described class."""
    if cls not in _entries:
        fields = dataclasses.fields(cls)
        _entries[cls] = tuple(dataclasses.replace(f.metadata[_META], name=f.name) for f in fields)
    return _entries[cls]


def label_of(cls: type[Any], name: str) -> Text:
    """Return the label of an entry."""
    return next(entry.label for entry in entries_of(cls) if entry.name == name)


# --- checks ------------------------------------------------------------------------------------------------------------


def require(thing: Any) -> None:
    """Refuse an input that can not be computed with.

    Raises:
        UserError: with every problem found.
    """
    found = check(thing)
    if any(each.severity is Severity.ERROR for each in found):
        raise refusal(found)


def check(thing: Any, at: str = "") -> list[Problem]:
    """Return what is wrong with a described object and everything in it."""
    found: list[Problem] = []
    for entry in entries_of(type(thing)):
        found += _check_entry(entry, getattr(thing, entry.name), f"{at}/{entry.name}")
    rules: Callable[[str], Iterable[Problem]] | None = getattr(thing, "rules", None)
    if rules is not None and not found:
        found += rules(at)
    return found


def _check_entry(entry: Entry, value: Any, at: str) -> list[Problem]:
    if value is None or (entry.kind in (Kind.WORD, Kind.CHOICE, Kind.MANY, Kind.WORDS) and not value):
        return [] if entry.optional else [_missing(entry, at)]
    match entry.kind:
        case Kind.NUMBER | Kind.WHOLE:
            return _check_number(entry, value, at)
        case Kind.CHOICE:
            assert entry.choices is not None
            return [] if value in entry.choices else [_unknown(str(value), entry.choices, at)]
        case Kind.ONE:
            return check(value, at) if isinstance(value, entry.cls or object) else [_wrong(entry, value, at)]
        case Kind.MANY:
            found = []
            for place, each in enumerate(value):
                inner = f"{at}/{place}"
                found += check(each, inner) if isinstance(each, entry.cls or object) else [_wrong(entry, each, inner)]
            return found
        case Kind.FLAG:
            return [] if isinstance(value, bool) else [_wrong(entry, value, at)]
        case Kind.DAY:
            return [] if isinstance(value, date) else [_wrong(entry, value, at)]
        case Kind.WORDS:
            return [] if all(isinstance(each, str) for each in value) else [_wrong(entry, value, at)]
        case Kind.BOTH:
            return [] if isinstance(value, Text) else [_wrong(entry, value, at)]
        case Kind.WORD:
            return [] if isinstance(value, str) else [_wrong(entry, value, at)]


def _check_number(entry: Entry, value: Any, at: str) -> list[Problem]:
    types = (int,) if entry.kind is Kind.WHOLE else (Decimal, int)
    if not isinstance(value, types) or isinstance(value, bool):
        return [_wrong(entry, value, at)]
    exact = value if isinstance(value, Decimal) else Decimal(value)
    if not exact.is_finite():
        return [_wrong(entry, value, at)]
    if exact == 0 and entry.above == 0 and entry.missing is not Found.REQUIRED:
        return [_missing(entry, at)]
    too_fine = int(exact.as_tuple().exponent) < _FINEST or exact.adjusted() > _LARGEST
    if (
        too_fine
        or (entry.above is not None and exact <= entry.above)
        or (entry.minimum is not None and exact < entry.minimum)
        or (entry.maximum is not None and exact > entry.maximum)
    ):
        return [problem(Found.OUT_OF_BOUNDS, at, label=entry.label, value=value, limit=_limit(entry))]
    return []


def _limit(entry: Entry) -> str:
    pieces = []
    if entry.above is not None:
        pieces.append(f"> {entry.above:f}")
    if entry.minimum is not None:
        pieces.append(f"≥ {entry.minimum:f}")
    if entry.maximum is not None:
        pieces.append(f"≤ {entry.maximum:f}")
    return ", ".join(pieces) or f"< 10^{_LARGEST}"


def _missing(entry: Entry, at: str) -> Problem:
    name = at.rpartition("/")[2]
    return problem(entry.missing, at, label=entry.label, name=name, value="", known="grassland-station calc --sets")


def _wrong(entry: Entry, value: object, at: str) -> Problem:
    return problem(Found.NOT_A_NUMBER, at, label=entry.label, expected=_EXPECTED[entry.kind], value=value)


def _unknown(name: str, known: Iterable[str], at: str) -> Problem:
    return problem(Found.UNKNOWN_NAME, at, name=name, known=", ".join(known))


def exactly_one(thing: Any, at: str, *names: str) -> list[Problem]:
    """One, and only one, of two or more entries is given."""
    given = [name for name in names if getattr(thing, name) not in (None, "", ())]
    if len(given) == 1:
        return []
    labels = [label_of(type(thing), name) for name in names]
    second = Text("”或“".join(each.zh for each in labels[1:]), "” or “".join(each.en for each in labels[1:]))
    return [problem(Found.ONE_OF, f"{at}/{(given or names)[0]}", first=labels[0], second=second)]


def no_repeats(values: Iterable[str], at: str) -> list[Problem]:
    """No value appears twice; empty ones do not count."""
    seen: set[str] = set()
    found = []
    for place, value in enumerate(values):
        if value and value in seen:
            found.append(problem(Found.REPEATED, f"{at}/{place}", value=value))
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


def _read(cls: type[Any], raw: object, at: str, found: list[Problem]) -> Any:
    if not isinstance(raw, Mapping):
        found.append(
            problem(Found.NOT_A_NUMBER, at, label=cls.__name__, expected=_EXPECTED[Kind.ONE], value=_short(raw))
        )
        return None
    entries = {entry.name: entry for entry in entries_of(cls)}
    for name in raw:
        if name not in entries:
            found.append(_unknown(str(name), entries, f"{at}/{name}"))
    values: dict[str, Any] = {}
    before = len(found)
    for name, entry in entries.items():
        place = f"{at}/{name}"
        if raw.get(name) is None:
            if not entry.optional:
                found.append(_missing(entry, place))
            continue
        values[name] = _value(entry, raw[name], place, found)
    return None if len(found) > before else cls(**values)


def _value(entry: Entry, raw: object, at: str, found: list[Problem]) -> Any:
    match entry.kind:
        case Kind.NUMBER if isinstance(raw, int | Decimal) and not isinstance(raw, bool):
            return Decimal(raw)
        case Kind.NUMBER if isinstance(raw, str) and len(raw) <= 60 and _NUMBER.fullmatch(raw.strip()):
            return Decimal(raw.strip())
        case Kind.WHOLE if isinstance(raw, int) and not isinstance(raw, bool):
            return raw
        case Kind.WORD | Kind.CHOICE if isinstance(raw, str):
            return raw
        case Kind.FLAG if isinstance(raw, bool):
            return raw
        case Kind.DAY if isinstance(raw, str):
            try:
                return date.fromisoformat(raw)
            except ValueError:
                pass
        case Kind.ONE if entry.cls is not None:
            return _read(entry.cls, raw, at, found)
        case Kind.MANY if isinstance(raw, list | tuple) and entry.cls is not None:
            return tuple(_read(entry.cls, each, f"{at}/{place}", found) for place, each in enumerate(raw))
        case Kind.WORDS if isinstance(raw, list | tuple) and all(isinstance(each, str) for each in raw):
            return tuple(raw)
        case _:
            pass
    found.append(_wrong(entry, _short(raw), at))
    return None


def _short(raw: object) -> str:
    text = str(raw)
    return text if len(text) <= 60 else f"{text[:60]}…"


def to_json(thing: Any) -> Any:
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


def schema_of(cls: type[Any]) -> dict[str, Any]:
    """Return the JSON Schema of a described class."""
    definitions: dict[str, Any] = {}
    _define(cls, definitions)
    return {"$schema": SCHEMA_DIALECT, "$ref": f"#/$defs/{cls.__name__}", "$defs": dict(sorted(definitions.items()))}


def _define(cls: type[Any], definitions: dict[str, Any]) -> None:
    if cls.__name__ in definitions:
        return
    definitions[cls.__name__] = {}
    properties = {entry.name: _property(entry, definitions) for entry in entries_of(cls)}
    definitions[cls.__name__] = {
        "type": "object",
        "description": " ".join((cls.__doc__ or "").split()),
        "properties": properties,
        "required": [entry.name for entry in entries_of(cls) if not entry.optional],
        "additionalProperties": False,
    }


def _property(entry: Entry, definitions: dict[str, Any]) -> dict[str, Any]:
    title = f"{entry.label.zh} {entry.label.en}" + (f" ({entry.unit})" if entry.unit else "")
    out: dict[str, Any] = {"title": title}
    if entry.help is not None:
        out["description"] = f"{entry.help.zh} {entry.help.en}"
    if entry.unit:
        out["x-unit"] = entry.unit
    bounds = {
        name: int(bound) if bound == bound.to_integral_value() else plain(bound)
        for name, bound in (
            ("exclusiveMinimum", entry.above),
            ("minimum", entry.minimum),
            ("maximum", entry.maximum),
        )
        if bound is not None
    }
    exact = {name: bound for name, bound in bounds.items() if isinstance(bound, int)}
    out |= {f"x-{name}": bound for name, bound in bounds.items() if name not in exact}
    match entry.kind:
        case Kind.NUMBER:
            text = {"type": "string", "pattern": r"^\s*[+-]?\d+(\.\d+)?\s*$"}
            out["anyOf"] = [text, {"type": "number", **exact}]
        case Kind.WHOLE:
            out |= {"type": "integer", **exact}
        case Kind.WORD:
            out["type"] = "string"
        case Kind.CHOICE:
            out["enum"] = list(entry.choices or ())
            out["x-labels"] = {name: f"{label.zh} {label.en}" for name, label in (entry.choices or {}).items()}
        case Kind.FLAG:
            out["type"] = "boolean"
        case Kind.BOTH:
            out |= {"type": "object", "required": ["zh", "en"]}
        case Kind.DAY:
            out |= {"type": "string", "format": "date"}
        case Kind.WORDS:
            out |= {"type": "array", "items": {"type": "string"}}
        case Kind.ONE | Kind.MANY:
            assert entry.cls is not None
            _define(entry.cls, definitions)
            link = {"$ref": f"#/$defs/{entry.cls.__name__}"}
            if entry.kind is Kind.ONE:
                out["allOf"] = [link]
            else:
                out |= {"type": "array", "items": link}
                if not entry.optional:
                    out["minItems"] = 1
    if entry.optional and entry.default not in (None, "", ()):
        out["default"] = to_json(entry.default)
    return out
