"""What the rules of several subjects have in common. A rule returns problems, never raises, and accepts missing values."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import cache

from station_app.domain.fields import described_fields
from station_app.domain.problems import Problem
from station_app.domain.record_problems import RecordProblem
from station_app.domain.text import Text


@cache
def _labels(cls: type) -> dict[str, Text]:
    return {f.name: f.label for f in described_fields(cls)}


def label(thing: object, field: str) -> Text:
    """Return the label of a field of a record or line, of its class, or of an unfinished form of it."""
    cls = thing if isinstance(thing, type) else getattr(thing, "described_by", type(thing))
    return _labels(cls)[field]


def dates_in_order(record: object, start: str, end: str) -> list[Problem]:
    """The date ``end`` is not before ``start``; nothing is said while one is missing."""
    first, last = getattr(record, start), getattr(record, end)
    if first is None or last is None or first <= last:
        return []
    return [RecordProblem.ENDS_BEFORE_START.problem(end, start=label(record, start), end=label(record, end))]


def required_when(condition: bool, record: object, field: str, because: Text | str) -> list[Problem]:
    """``field`` must be filled in when ``condition`` holds."""
    if not condition or getattr(record, field) not in (None, ()):
        return []
    return [RecordProblem.REQUIRED_BECAUSE.problem(field, label=label(record, field), because=because)]


def part_of(record: object, part: str, whole: str, *, at: str | None = None, line: int | None = None) -> list[Problem]:
    """The value ``part`` is not more than ``whole``; ``at`` and ``line`` say where when ``record`` is a line."""
    small, large = getattr(record, part), getattr(record, whole)
    if small is None or large is None or small <= large:
        return []
    return [
        RecordProblem.PART_ABOVE_WHOLE.problem(
            at or part,
            line,
            part=label(record, part),
            part_value=small,
            whole=label(record, whole),
            whole_value=large,
        )
    ]


def dry_within_fresh(
    record: object, dry: str, fresh: str, *, at: str | None = None, line: int | None = None, usual: bool = False
) -> list[Problem]:
    """0 < dry <= fresh; with ``usual`` a ratio outside 0.15–0.70 is asked about.

    Source: survey_rules K3 (B), survey_ranges dry_ratio (soft bounds C).
    """
    dry_g, fresh_g = getattr(record, dry), getattr(record, fresh)
    if dry_g is None or fresh_g is None:
        return []
    if dry_g > fresh_g:
        return [
            RecordProblem.DRY_ABOVE_FRESH.problem(
                at or dry,
                line,
                dry=label(record, dry),
                dry_value=dry_g,
                fresh=label(record, fresh),
                fresh_value=fresh_g,
            )
        ]
    if fresh_g > 0 and dry_g == 0:
        return [RecordProblem.NOT_POSITIVE.problem(at or dry, line, label=label(record, dry))]
    low, high = Decimal("0.15"), Decimal("0.70")
    if usual and fresh_g > 0 and not low <= dry_g / fresh_g <= high:
        ratio = (dry_g / fresh_g).quantize(Decimal("0.0001"))
        return [RecordProblem.UNUSUAL_RATIO.problem(at or dry, line, value=ratio, low=low, high=high)]
    return []


def sum_within(record: object, fields: tuple[str, ...], limit: int) -> list[Problem]:
    """The values of ``fields`` together are not more than ``limit``."""
    values = [getattr(record, f) for f in fields]
    total = sum((v for v in values if v is not None), Decimal(0))
    if total <= limit:
        return []
    labels = [label(record, f) for f in fields]
    parts = Text("、".join(x.zh for x in labels), ", ".join(x.en for x in labels))
    return [RecordProblem.SUM_ABOVE_LIMIT.problem(fields[-1], parts=parts, value=total, limit=limit)]


def areas_within(
    record: object, parts: tuple[str, ...], whole: str, tolerance_mu: Decimal | None = None
) -> list[Problem]:
    """Part areas together are not more than the whole, in mu, with the tolerance the plan allows."""
    limit = getattr(record, whole)
    total = sum((getattr(record, p) or Decimal(0) for p in parts), Decimal(0))
    if limit is None or total <= limit + (tolerance_mu or 0):
        return []
    return [RecordProblem.AREA_ABOVE_CONTRACT.problem(parts[-1], value=total, whole=label(record, whole), limit=limit)]


def positive(record: object, field: str, *, at: str | None = None, line: int | None = None) -> list[Problem]:
    """A value that is given is more than zero."""
    value = getattr(record, field)
    return (
        []
        if value is None or value > 0
        else [RecordProblem.NOT_POSITIVE.problem(at or field, line, label=label(record, field))]
    )


def no_repeats(record: object, lines: str, fields: tuple[str, ...]) -> list[Problem]:
    """No two lines agree in all of ``fields``."""
    seen: set[tuple[object, ...]] = set()
    found = []
    for number, row in enumerate(getattr(record, lines), 1):
        key = tuple(getattr(row, f) for f in fields)
        if key in seen:
            labels = [label(row, f) for f in fields]
            what = Text("、".join(x.zh for x in labels), ", ".join(x.en for x in labels))
            found.append(RecordProblem.DUPLICATE_LINE.problem(lines, number, what=what))
        seen.add(key)
    return found


def in_months(record: object, field: str, first: int, last: int) -> list[Problem]:
    """A date is asked about when its month is outside ``first``–``last``."""
    value: date | None = getattr(record, field)
    if value is None or first <= value.month <= last:
        return []
    return [
        RecordProblem.OUT_OF_SEASON.problem(
            field, label=label(record, field), value=value.month, first=first, last=last
        )
    ]


def year_of_date(record: object, year: str, day: str) -> list[Problem]:
    """The year is asked about when the date lies in another."""
    number, on = getattr(record, year), getattr(record, day)
    if number is None or on is None or number == on.year:
        return []
    return [RecordProblem.YEAR_DIFFERS.problem(year, label=label(record, year), value=number, expected=on.year)]


def one_of(record: object, first: str, second: str) -> list[Problem]:
    """Exactly one of two fields is filled in."""
    if (getattr(record, first) is None) != (getattr(record, second) is None):
        return []
    return [RecordProblem.ONE_OF.problem(first, first=label(record, first), second=label(record, second))]
