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
        """Whether the two share a day."""
        return self.first <= other.last and other.first <= self.last

    def working_days(self, holidays: Collection[date], workdays: Collection[date]) -> int:
        """Return Monday–Friday days less ``holidays``, plus weekend days listed as ``workdays`` (调休)."""
        every = (self.first + timedelta(days=n) for n in range(self.days))
        return sum(1 for d in every if d in workdays or (d.weekday() < 5 and d not in holidays))


def calendar_year(year: int) -> Period:
    """Return 1 January to 31 December."""
    return Period(date(year, 1, 1), date(year, 12, 31))


def livestock_year(year: int) -> Period:
    """Return the livestock year ending in ``year``: 1 July to 30 June (牧业年度, C)."""
    return Period(date(year - 1, 7, 1), date(year, 6, 30))


def notice_end(start: date, days: int) -> date:
    """Return the last day of a notice of ``days`` calendar days, both ends counted."""
    return start + timedelta(days=days - 1)
