"""Between a coefficient set and the record ``coefficient_edition`` that a county makes of it. Nothing is lost either way."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from station_app.domain.calc.coefficients import Coefficient, CoefficientSet
from station_app.domain.records.coefficient import KEY_SIGN, CoefficientEdition, CoefficientLine
from station_app.domain.text import Text

_NUMBERS = ("value", "low", "high", "half_width_percent")
_WORDS = ("unit", "standard", "clause", "source", "mark", "conflict", "note", "verified_by")


def facts_text(facts: Mapping[str, str]) -> str | None:
    """Return facts as a record keeps them, one ``name=content`` a line."""
    return "\n".join(f"{name}={content}" for name, content in facts.items()) or None


def facts_of(text: str | None) -> dict[str, str]:
    """Return the facts of a text written by ``facts_text``; lines without ``=`` are names without content."""
    pieces = (line.partition("=") for line in (text or "").splitlines() if line.strip())
    return {name.strip(): content.strip() for name, _, content in pieces}


def line_of(row: Coefficient) -> CoefficientLine:
    """Return a coefficient as a line of an edition; its figures keep their digits."""
    given: dict[str, Any] = {name: getattr(row, name) or None for name in _WORDS}
    given |= {name: f"{value:f}" if (value := getattr(row, name)) is not None else None for name in _NUMBERS}
    return CoefficientLine(
        key=KEY_SIGN.join(row.key),
        label_zh=row.label.zh,
        label_en=row.label.en,
        **given,
        verified_on=row.verified_on,
        is_seed=row.seed_default or None,
        is_proposal=row.proposal or None,
        facts=facts_text(row.words),
    )


def row_of(line: CoefficientLine) -> Coefficient:
    given: dict[str, Any] = {name: getattr(line, name) or "" for name in _WORDS}
    given |= {name: Decimal(text) if (text := getattr(line, name)) is not None else None for name in _NUMBERS}
    return Coefficient(
        key=tuple(line.key.split(KEY_SIGN)),
        label=Text(line.label_zh, line.label_en),
        **given,
        verified_on=line.verified_on,
        seed_default=bool(line.is_seed),
        proposal=bool(line.is_proposal),
        words=facts_of(line.facts),
    )


def set_of(record: CoefficientEdition, base: CoefficientSet | None) -> CoefficientSet:
    """Return the coefficient set a record describes; ``base`` is the set it names as ``based_on``.

    Raises:
        ValueError: a key appears twice, the edition is that of its base, or somebody or some reason is missing.
    """
    rows = [row_of(line) for line in record.lines]
    if base is not None:
        made = base.revise(
            rows, edition=record.edition, made_by=record.made_by, made_on=record.made_on, reason=record.reason
        )
        title = Text(record.title_zh or base.title.zh, record.title_en or base.title.en)
        return dataclasses.replace(made, title=title, standard=record.standard or base.standard)
    return CoefficientSet(
        kind=record.kind,
        name=record.name,
        edition=record.edition,
        title=Text(record.title_zh or record.name, record.title_en or record.name),
        standard=record.standard or "",
        rows=tuple(rows),
        sheep_units=frozenset((record.sheep_units or "").split()),
        words=facts_of(record.facts),
        reason=record.reason,
        made_by=record.made_by,
        made_on=record.made_on,
    )


def edition_of(
    each: CoefficientSet,
    base: CoefficientSet | None,
    *,
    made_by: str,
    made_on: date,
    reason: str,
    effective_on: date,
) -> CoefficientEdition:
    """Return the record for a set: of what is made from ``base`` only the rows that say something else.

    Rows of the base that ``each`` lacks stay in the edition: an edition takes nothing away.
    """
    before = base.by_key if base is not None else {}
    rows = [row for row in each.rows if not same_row(row, before.get(row.key))]
    own = base is None or (each.title, each.standard) != (base.title, base.standard)
    return CoefficientEdition(
        kind=each.kind,
        name=each.name,
        edition=each.edition,
        based_on=base.reference if base is not None else None,
        title_zh=each.title.zh if own else None,
        title_en=each.title.en if own else None,
        standard=(each.standard or None) if own else None,
        sheep_units=" ".join(sorted(each.sheep_units)) or None if base is None else None,
        facts=facts_text(each.words) if base is None else None,
        reason=reason,
        effective_on=effective_on,
        made_by=made_by,
        made_on=made_on,
        lines=tuple(line_of(row) for row in rows),
    )


def same_row(one: Coefficient, other: Coefficient | None) -> bool:
    """Whether two rows say the same; which set they stand in does not count."""
    return other is not None and dataclasses.replace(one, set_reference="") == dataclasses.replace(
        other, set_reference=""
    )
