"""Days and years: inclusive day counts, working days, the livestock year."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class Period:
    """A span of days, both ends counted."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError(f"a period can not end ({self.last}) before it begins ({self.first})")

    @property
    def days(self) -> int:
        """Calendar days, both ends counted: 24–30 September is 7."""
        return (self.last - self.first).days + 1

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    def overlaps(self, other: Period) -> bool:
        return self.first <= other.last and other.first <= self.last

    def working_days(self, holidays: Collection[date], workdays: Collection[date]) -> int:
        """Return Monday–Friday days less ``holidays``, plus weekend days listed as ``workdays`` (调休)."""
        every = (self.first + timedelta(days=n) for n in range(self.days))
        return sum(1 for d in every if d in workdays or (d.weekday() < 5 and d not in holidays))
