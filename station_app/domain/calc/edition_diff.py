"""What one edition of a coefficient set says otherwise than another, row by row and field by field."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from station_app.domain.calc.coefficients import Coefficient, CoefficientSet
from station_app.domain.calc.editions import facts_text
from station_app.domain.calc.numbers import plain
from station_app.domain.records._rules import label
from station_app.domain.records.coefficient import CoefficientLine
from station_app.domain.text import Text


class Kind(StrEnum):
    """What happened to a row."""

    CHANGED = "changed"
    ADDED = "added"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """One field of a row, as text before and after; empty where it says nothing."""

    name: str
    label: Text
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One row that two sets do not have alike."""

    key: tuple[str, ...]
    label: Text
    kind: Kind
    fields: tuple[FieldDifference, ...]


def _number(value: Any) -> str:
    return "" if value is None else plain(value)


def _words(value: object) -> str:
    return str(value or "")


_FIELDS: tuple[tuple[str, Callable[[Coefficient], str]], ...] = (
    ("value", lambda row: _number(row.value)),
    ("low", lambda row: _number(row.low)),
    ("high", lambda row: _number(row.high)),
    ("half_width_percent", lambda row: _number(row.half_width_percent)),
    ("unit", lambda row: row.unit),
    ("facts", lambda row: facts_text(row.words) or ""),
    ("conflict", lambda row: row.conflict),
    ("mark", lambda row: row.mark),
    ("standard", lambda row: row.standard),
    ("clause", lambda row: row.clause),
    ("source", lambda row: row.source),
    ("verified_by", lambda row: row.verified_by),
    ("verified_on", lambda row: _words(row.verified_on)),
    ("is_seed", lambda row: "✓" if row.seed_default else ""),
    ("is_proposal", lambda row: "✓" if row.proposal else ""),
    ("note", lambda row: row.note),
    ("label_zh", lambda row: row.label.zh),
    ("label_en", lambda row: row.label.en),
)


def differences(old: CoefficientSet, new: CoefficientSet) -> tuple[Difference, ...]:
    """Return every row in which two sets differ, in the order of the new one; rows only the old one has come last."""
    out = []
    for row in new.rows:
        before = old.by_key.get(row.key)
        if before is None:
            out.append(Difference(row.key, row.label, Kind.ADDED, _fields(None, row)))
        elif changed := _fields(before, row):
            out.append(Difference(row.key, row.label, Kind.CHANGED, changed))
    gone = [row for row in old.rows if row.key not in new.by_key]
    return (*out, *(Difference(row.key, row.label, Kind.MISSING, _fields(row, None)) for row in gone))


def _fields(old: Coefficient | None, new: Coefficient | None) -> tuple[FieldDifference, ...]:
    found = []
    for name, read in _FIELDS:
        before, after = (read(row) if row is not None else "" for row in (old, new))
        if before != after:
            found.append(FieldDifference(name, label(CoefficientLine, name), before, after))
    return tuple(found)
