"""The official time of the country: what day a moment belongs to, and how a moment is read by people.

One rule, everywhere: a moment is stored in UTC, shown in Beijing time, and belongs to the Beijing day. The zone a machine
is set to (Urumqi time, UTC) changes nothing of it. What time it is *now* is not known here: a moment is an argument.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone

BEIJING = timezone(timedelta(hours=8))  # the one official time of the country; people type and read it


def official_day(moment: datetime) -> date:
    """Return the day a moment (with its zone) belongs to: the day it is in Beijing."""
    return moment.astimezone(BEIJING).date()


def official_text(moment: datetime | str) -> str:
    """Return a moment (with its zone; ISO 8601 where it is text) as people read it: ``2026-06-30 09:05``, Beijing time."""
    known = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return f"{known.astimezone(BEIJING):%Y-%m-%d %H:%M}"


def noon_of(day: date) -> datetime:
    """Return the middle of an official day."""
    return datetime.combine(day, time(12), BEIJING)
