"""What is wrong or doubtful with the choice of a calculation scheme, told while it is made and before it is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from station_app.domain.calc.coefficients import (
    ADULT,
    SHEEP_UNIT,
    YOUNG,
    Coefficient,
    CoefficientSet,
    Standards,
    same_sheep_unit,
)
from station_app.domain.calc.explanation import UNVERIFIED_MARKS
from station_app.domain.calc.problems import CalculationProblem
from station_app.domain.fields import Field, described_fields
from station_app.domain.problems import Problem, UserError
from station_app.domain.registry import RecordType, record_type
from station_app.domain.text import Text
from station_app.services.figures.standards import named_sets
from station_app.services.problems import SendProblem

SCHEME = "calculation_scheme"
_NAMED = 4
# In these sets a row without a number is a statement (a limit, a class), not a gap.
_WITHOUT_NUMBERS = frozenset({"overload_grade", "degradation", "young_stock_group", "degradation_class", SHEEP_UNIT})


@dataclass(frozen=True, slots=True)
class Doubt:
    """A chosen set with coefficients nobody has verified. ``field`` names it in the record."""

    field: str
    chosen: CoefficientSet
    rows: tuple[Coefficient, ...]
    empty: int = 0

    @property
    def text(self) -> Text:
        """Which set, how many of which mark, the first ones by name."""
        marks: dict[str, int] = {}
        for row in self.rows:
            marks[row.mark or "–"] = marks.get(row.mark or "–", 0) + 1
        counts = ", ".join(f"{mark} × {number}" for mark, number in sorted(marks.items()))
        some = [row.label for row in self.rows[:_NAMED]]
        more = len(self.rows) > _NAMED
        return Text(
            f"“{self.chosen.title.zh}”有 {len(self.rows)} 个系数未核实({counts}):"
            f"{'、'.join(t.zh for t in some)}{'等' if more else ''}",
            f"“{self.chosen.title.en}” has {len(self.rows)} unverified coefficients ({counts}): "
            f"{', '.join(t.en for t in some)}{' …' if more else ''}",
        )


def is_doubtful(row: Coefficient) -> bool:
    """Whether nobody has verified a coefficient; rows of mere statements without number and mark do not count."""
    if row.is_verified or row.mark not in UNVERIFIED_MARKS:
        return False
    return row.mark in ("C", "C-low") or row.value is not None or row.low is not None


def scheme_problems(record: Any, standards: Standards) -> list[Problem]:
    """Return what keeps a scheme from being used: sets that do not exist, sheep units that do not go together.

    ``record`` is a scheme, or an unfinished form of it. CALC-007 a set is unknown, CALC-004 its sheep unit is not
    defined, CALC-009 two standards with different sheep units are mixed.
    """
    kind = record_type(SCHEME)
    found: list[Problem] = []
    chosen: dict[str, CoefficientSet] = {}
    known = {each.reference: each for each in standards}
    for reference, name in named_sets(kind, record).items():
        if reference in known:
            chosen[reference.partition("/")[0]] = known[reference]
            continue
        set_kind, _, value = reference.partition("/")
        listed = ", ".join(f"{each.name}@{each.edition}" for each in standards.of_kind(set_kind)) or "–"
        found.append(CalculationProblem.NO_EDITION.at(f"/{name}", label=_label(kind, name), value=value, known=listed))
    units = chosen.get(SHEEP_UNIT)
    unit = record.sheep_unit
    if units is not None and unit and (unit,) not in units.by_key:
        found.append(CalculationProblem.NOT_IN_SET.at("/sheep_unit", set=units.title, key=unit))
    return found + _mixed(chosen, unit)


def _mixed(chosen: Mapping[str, CoefficientSet], unit: str | None) -> list[Problem]:
    """CALC-009 at the field that does not go with the others."""
    adult, young = chosen.get(ADULT), chosen.get(YOUNG)
    out = []
    try:
        common = same_sheep_unit(adult, young, at="/young_set")
    except UserError as error:
        return list(error.problems)
    if unit and common and unit not in common:
        other = Text(f"羊单位 {unit}", f"sheep unit {unit}")
        first = adult if adult is not None and adult.sheep_units else young
        assert first is not None
        out.append(CalculationProblem.TWO_SHEEP_UNITS.at("/sheep_unit", first=first.title, second=other))
    return out


def _label(kind: RecordType, name: str) -> Text:
    field = kind.by_name[name]
    inner: Sequence[Field] = described_fields(field.line) if field.line is not None else ()
    return next((f.label for f in inner if f.coefficients), field.label)


def doubts_of(kind: RecordType, record: object, standards: Standards) -> list[Doubt]:
    """Return the sets a record names that hold unverified coefficients, worst first by their number."""
    known = {each.reference: each for each in standards}
    found = []
    for reference, name in named_sets(kind, record).items():
        chosen = known.get(reference)
        if chosen is None:
            continue
        rows = tuple(row for row in chosen.rows if is_doubtful(row))
        empty = sum(_is_empty(row) for row in chosen.rows) if chosen.kind not in _WITHOUT_NUMBERS else 0
        if rows:
            found.append(Doubt(name, chosen, rows, empty))
    return sorted(found, key=lambda each: -len(each.rows))


def _is_empty(row: Coefficient) -> bool:
    return row.value is None and row.low is None and row.high is None and not row.words


def doubt_problem(doubt: Doubt) -> Problem:
    """Return SND-007: what a record about to be sent rests on that nobody has verified."""
    return SendProblem.UNVERIFIED.problem(doubt.field, what=doubt.text)
