"""Making an edition of a coefficient set: from edited rows, or from a file somebody brings. Planned, shown, then saved."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from station_app.domain.calc.coefficients import CoefficientSet, Standards
from station_app.domain.calc.edition_diff import Difference, differences
from station_app.domain.calc.editions import edition_of, set_of
from station_app.domain.problems import UserError
from station_app.domain.records.coefficient import CoefficientEdition
from station_app.services.entry import Entry, Saved
from station_app.services.figures.problems import EditionProblem
from station_app.services.figures.standards import sets_by_reference, standards_of
from station_app.storage.reader import Reader

_LAST_NUMBER = re.compile(r"(.*?)(\d+)\Z")


@dataclass(frozen=True, slots=True)
class EditionPlan:
    """What saving an edition would do.

    Attributes:
        base: The set it is made from; ``None`` for a set nobody knew here.
        changes: What it says otherwise than its base, or every row of a new set.
        is_known: The very same edition is here already; there is nothing to save.
    """

    record: CoefficientEdition
    base: CoefficientSet | None
    changes: tuple[Difference, ...]
    is_known: bool = False


def next_edition(standards: Standards, base: CoefficientSet) -> str:
    """Return a number for the edition after ``base`` that is not taken: 1 → 2, 2026.1 → 2026.2."""
    taken = {each.edition for each in standards.of_kind(base.kind) if each.name == base.name}
    found = _LAST_NUMBER.match(base.edition)
    head, number = (found[1], int(found[2])) if found else (f"{base.edition}.", 0)
    while f"{head}{number}" in taken:
        number += 1
    return f"{head}{number}"


def newest_of(standards: Standards, kind: str, name: str) -> CoefficientSet | None:
    """Return the edition of a set that was made last."""
    known = [each for each in standards.of_kind(kind) if each.name == name]
    return max(known, key=lambda each: (each.made_on or date.min, each.edition), default=None)


def plan_edition(
    standards: Standards,
    incoming: CoefficientSet,
    *,
    made_by: str,
    made_on: date,
    reason: str,
    effective_on: date,
    base: CoefficientSet | None = None,
) -> EditionPlan:
    """Return what saving ``incoming`` as an edition would do; without ``base`` it is the one it names, or the newest.

    Raises:
        UserError: STD-005 the edition is here with other contents, STD-007 it says nothing new.
    """
    known = sets_by_reference(standards)
    base = base or known.get(incoming.based_on) or newest_of(standards, incoming.kind, incoming.name)
    facts: dict[str, Any] = {"made_by": made_by, "made_on": made_on, "reason": reason, "effective_on": effective_on}
    there = known.get(incoming.reference)
    if there is not None:
        if differences(there, incoming):
            raise _taken(incoming)
        return EditionPlan(edition_of(incoming, None, **facts), there, (), is_known=True)
    if base is not None and base.name != incoming.name:
        base = None
    changes = differences(base, incoming) if base is not None else differences(_empty(incoming), incoming)
    record = edition_of(incoming, base, **facts)
    if not record.lines:
        raise EditionProblem.NOTHING_NEW.error()
    return EditionPlan(record, base, changes)


def save_edition(entry: Entry, reader: Reader, record: CoefficientEdition) -> Saved:
    """Save an edition that was planned and looked at.

    Raises:
        UserError: STD-003 what it is made from is not here, STD-005 the edition is taken, REC-001, SAV-002 … as ``save``.
    """
    known = sets_by_reference(standards_of(reader))
    reference = f"{record.kind}/{record.name}@{record.edition}"
    base = None
    if record.based_on is not None:
        base = known.get(record.based_on)
        if base is None:
            raise EditionProblem.NO_BASE.error(edition=reference, base=record.based_on)
    if reference in known:
        raise _taken(set_of(record, base))
    return entry.save(record)


def verified(record: CoefficientEdition, keys: Sequence[str], by: str, on: date, mark: str = "A") -> CoefficientEdition:
    """Return an edition whose rows ``keys`` are verified by a person on a day."""
    lines = tuple(
        dataclasses.replace(line, verified_by=by, verified_on=on, mark=mark, is_proposal=None)
        if line.key in keys
        else line
        for line in record.lines
    )
    return dataclasses.replace(record, lines=lines)


def _empty(each: CoefficientSet) -> CoefficientSet:
    return dataclasses.replace(each, rows=())


def _taken(each: CoefficientSet) -> UserError:
    return EditionProblem.TAKEN.error(edition=each.reference)
