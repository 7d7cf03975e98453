"""What time it is, asked in this one place; UUIDv7 record ids and the hybrid logical clock.

A workspace owns one ``Clock`` and hands it on; nothing else in the program asks the machine for the time of day. The
hybrid clock orders versions for display and audit; no clock ever decides whether something is accepted.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple, Self

from station_app.domain.official_time import noon_of, official_day

MAX_AHEAD_MS = 24 * 3600 * 1000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DRIFT_MS = 60_000  # people read minutes: less apart, the logical clock says the wall clock too


def moment_of(milliseconds: int) -> datetime:
    """Return the moment so many milliseconds after 1970-01-01 UTC, or before it: Windows' own function knows none before."""
    return _EPOCH + timedelta(milliseconds=milliseconds)


def _machine_ms() -> int:
    return time.time_ns() // 1_000_000


class Clock:
    """Says what time it is now, and which day that is.

    A test, a picture or a rehearsal hands in a clock that stands where it wants; the program hands in the machine's.
    """

    def __init__(self, milliseconds: Callable[[], int] = _machine_ms) -> None:
        """Take where milliseconds since 1970-01-01 UTC are read from."""
        self._read = milliseconds

    @classmethod
    def starting(cls, at: datetime | date) -> Self:
        """Return a clock that runs on from a moment, or from noon of an official day, as this process goes on."""
        moment = at if isinstance(at, datetime) else noon_of(at)
        ahead = round(moment.timestamp() * 1000) - time.monotonic_ns() // 1_000_000
        return cls(lambda: ahead + time.monotonic_ns() // 1_000_000)

    @classmethod
    def standing(cls, at: datetime | date) -> Self:
        """Return a clock that stands still at a moment, or at noon of an official day."""
        moment = at if isinstance(at, datetime) else noon_of(at)
        ms = round(moment.timestamp() * 1000)
        return cls(lambda: ms)

    def not_before(self, moment: datetime) -> Clock:
        """Return this clock, or, where it stands before ``moment``, one that runs on from there: for invented records of a
        year that may lie ahead."""
        read = self._read
        ahead = round(moment.timestamp() * 1000) - read()
        return Clock(lambda: read() + ahead) if ahead > 0 else self

    def hold_back(self, moment: datetime) -> None:
        """As ``not_before``, for this clock itself, in whatever hands it is."""
        self._read = self.not_before(moment)._read

    def milliseconds(self) -> int:
        """Return milliseconds since 1970-01-01 UTC; negative where the machine says a time before."""
        return self._read()

    def now(self) -> datetime:
        """Return the moment, UTC, to the millisecond."""
        return moment_of(self._read())

    def second(self) -> datetime:
        """Return the moment, UTC, to the second: as records hold it."""
        return self.now().replace(microsecond=0)

    def stamp(self) -> str:
        """Return the moment as tables keep it: ``2026-06-30T01:05:00+00:00``."""
        return self.second().isoformat()

    def today(self) -> date:
        """Return the official day: the day it is in Beijing."""
        return official_day(self.now())


SYSTEM_CLOCK = Clock()  # this computer's own


def new_record_id(clock: Clock = SYSTEM_CLOCK) -> str:
    """Return a UUIDv7 (RFC 9562): 48 bits of milliseconds, then 74 random bits; ids made later sort later."""
    value = (max(clock.milliseconds(), 0) & ((1 << 48) - 1)) << 80
    value |= int.from_bytes(os.urandom(10), "big")
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    digits = f"{value:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def format_hlc(ms: int, counter: int) -> str:
    """Return the sortable text of a clock reading: 13 digits of milliseconds, a dash, 6 hexadecimal digits."""
    return f"{ms:013d}-{counter:06x}"


def parse_hlc(text: str) -> tuple[int, int]:
    """Return milliseconds and counter.

    Raises:
        ValueError: ``text`` is not a clock reading.
    """
    if len(text) != 20 or text[13] != "-" or not text[:13].isdigit():
        raise ValueError(f"not a clock reading: {text!r}")
    return int(text[:13]), int(text[14:], 16)


def hlc_time(text: str) -> datetime:
    """Return the wall time of a reading, UTC."""
    return moment_of(parse_hlc(text)[0] // 1000 * 1000)


def made_at(hlc: str, wall: str) -> datetime:
    """Return when a version was made by its machine's clock, UTC: ``wall`` where it was kept, else the logical clock."""
    return datetime.fromisoformat(wall) if wall else hlc_time(hlc)


class Reading(NamedTuple):
    """What a version says of time: the logical clock, and the wall clock (UTC, ``…Z``) where it is more than a minute
    behind it, else empty. A clock that ran ahead once moves the logical clock for good, never the wall clock."""

    hlc: str
    wall: str = ""


class HybridClock:
    """Never runs backwards, and stays behind nothing it has seen (up to a day ahead of this machine)."""

    def __init__(self, last: str = "", wall: Callable[[], int] = SYSTEM_CLOCK.milliseconds) -> None:
        self._ms, self._counter = parse_hlc(last) if last else (0, 0)
        self._wall = wall

    @property
    def last(self) -> str:
        """The reading the clock stands at: what it begins from at the next start."""
        return format_hlc(self._ms, self._counter)

    def next(self) -> str:
        """Return a new reading of the logical clock alone, greater than all before."""
        return self.reading().hlc

    def reading(self) -> Reading:
        """Return a new reading, greater than all before, and what the machine's clock says where that differs."""
        wall = self._wall()
        if wall > self._ms:
            self._ms, self._counter = wall, 0
        else:
            self._counter += 1
        behind = self._ms - wall >= DRIFT_MS
        said = f"{moment_of(wall).replace(microsecond=0, tzinfo=None).isoformat()}Z" if behind else ""
        return Reading(format_hlc(self._ms, self._counter), said)

    def observe(self, reading: str) -> None:
        """Take note of another machine's reading; one from the far future is stored elsewhere but not followed."""
        ms, counter = parse_hlc(reading)
        if ms <= self._wall() + MAX_AHEAD_MS and (ms, counter) > (self._ms, self._counter):
            self._ms, self._counter = ms, counter
