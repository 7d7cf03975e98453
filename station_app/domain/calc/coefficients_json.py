"""Coefficient sets as JSON: how a county's edition travels, and how ``calc --set`` takes one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation

from station_app.domain.calc.coefficients import Coefficient, CoefficientSet
from station_app.domain.calc.numbers import plain
from station_app.domain.calc.problems import CalculationProblem
from station_app.domain.generic import JSON
from station_app.domain.text import Text

_DECIMALS = ("value", "low", "high", "half_width_percent")
_WORDS = ("unit", "standard", "clause", "source", "mark", "conflict", "note", "verified_by")


def set_to_json(each: CoefficientSet) -> dict[str, JSON]:
    """Return a set as JSON values; empty facts are left out."""
    out: dict[str, JSON] = {
        "kind": each.kind,
        "name": each.name,
        "edition": each.edition,
        "title": {"zh": each.title.zh, "en": each.title.en},
        "standard": each.standard,
        "sheep_units": sorted(each.sheep_units),
        "words": dict(each.words),
        "based_on": each.based_on,
        "reason": each.reason,
        "made_by": each.made_by,
        "made_on": each.made_on.isoformat() if each.made_on else "",
        "rows": [_row_to_json(row) for row in each.rows],
    }
    return {name: value for name, value in out.items() if value not in ("", [], {})}


def _row_to_json(row: Coefficient) -> dict[str, JSON]:
    out: dict[str, JSON] = {"key": list(row.key), "label": {"zh": row.label.zh, "en": row.label.en}}
    for name in _DECIMALS:
        value = getattr(row, name)
        if value is not None:
            out[name] = plain(value)
    for name in _WORDS:
        if getattr(row, name):
            out[name] = getattr(row, name)
    for name in ("seed_default", "proposal"):
        if getattr(row, name):
            out[name] = True
    if row.verified_on:
        out["verified_on"] = row.verified_on.isoformat()
    if row.words:
        out["words"] = dict(row.words)
    return out


def set_from_json(raw: object, at: str = "") -> CoefficientSet:
    """Return the set described by JSON values.

    Raises:
        UserError: CALC-012 or CALC-013 something is missing or is not what it should be.
    """
    data = _mapping(raw, at)
    rows = data.get("rows")
    if not isinstance(rows, list):
        raise _wrong("rows", rows, at)
    try:
        return CoefficientSet(
            kind=_word(data, "kind", at),
            name=_word(data, "name", at),
            edition=_word(data, "edition", at),
            title=_text(data.get("title"), f"{at}/title"),
            standard=_word(data, "standard", at, empty=True),
            rows=tuple(_row(row, f"{at}/rows/{number}") for number, row in enumerate(rows)),
            sheep_units=frozenset(str(unit) for unit in data.get("sheep_units", ())),
            words={str(k): str(v) for k, v in _mapping(data.get("words", {}), f"{at}/words").items()},
            based_on=_word(data, "based_on", at, empty=True),
            reason=_word(data, "reason", at, empty=True),
            made_by=_word(data, "made_by", at, empty=True),
            made_on=_day(data.get("made_on"), f"{at}/made_on"),
        )
    except ValueError as error:
        raise _wrong("rows", str(error), f"{at}/rows") from error


def _row(raw: object, at: str) -> Coefficient:
    data = _mapping(raw, at)
    key = data.get("key")
    if not isinstance(key, list) or not key or not all(isinstance(each, str) for each in key):
        raise _wrong("key", key, f"{at}/key")
    words = {name: _word(data, name, at, empty=True) for name in _WORDS}
    return Coefficient(
        key=tuple(key),
        label=_text(data.get("label"), f"{at}/label"),
        value=_decimal(data.get("value"), f"{at}/value"),
        low=_decimal(data.get("low"), f"{at}/low"),
        high=_decimal(data.get("high"), f"{at}/high"),
        half_width_percent=_decimal(data.get("half_width_percent"), f"{at}/half_width_percent"),
        seed_default=data.get("seed_default") is True,
        proposal=data.get("proposal") is True,
        verified_on=_day(data.get("verified_on"), f"{at}/verified_on"),
        words={str(k): str(v) for k, v in _mapping(data.get("words", {}), f"{at}/words").items()},
        **words,
    )


def _wrong(name: str, value: object, at: str) -> Exception:
    expected = Text("系数集的规定格式", "as a coefficient set is written")
    return CalculationProblem.NOT_A_NUMBER.error(at, label=name, expected=expected, value=value)


def _mapping(raw: object, at: str) -> Mapping[str, JSON]:
    if not isinstance(raw, Mapping):
        raise _wrong(at.rpartition("/")[2] or "set", raw, at)
    return raw


def _word(data: Mapping[str, object], name: str, at: str, *, empty: bool = False) -> str:
    value = data.get(name, "" if empty else None)
    if not isinstance(value, str) or (not value and not empty):
        raise CalculationProblem.REQUIRED.error(f"{at}/{name}", label=name, name=name)
    return value


def _text(raw: object, at: str) -> Text:
    data = _mapping(raw, at)
    return Text(_word(data, "zh", at), _word(data, "en", at))


def _decimal(raw: object, at: str) -> Decimal | None:
    if raw is None:
        return None
    try:
        if isinstance(raw, bool) or not isinstance(raw, str | int | Decimal):
            raise InvalidOperation
        value = Decimal(raw)
        if not value.is_finite():
            raise InvalidOperation
    except InvalidOperation:
        raise _wrong(at.rpartition("/")[2], raw, at) from None
    return value


def _day(raw: object, at: str) -> date | None:
    if raw in (None, ""):
        return None
    try:
        return date.fromisoformat(str(raw))
    except ValueError:
        raise _wrong(at.rpartition("/")[2], raw, at) from None
