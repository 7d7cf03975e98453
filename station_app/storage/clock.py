"""Time and order: UUIDv7 record ids and the hybrid logical clock.

The clock orders versions for display and audit; it never decides whether something is accepted.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime

MAX_AHEAD_MS = 24 * 3600 * 1000


def now_ms() -> int:
    """Return milliseconds since 1970-01-01 UTC by this machine's clock."""
    return time.time_ns() // 1_000_000


def new_record_id(ms: int | None = None) -> str:
    """Return a UUIDv7 (RFC 9562): 48 bits of milliseconds, then 74 random bits; ids made later sort later."""
    value = ((now_ms() if ms is None else ms) & ((1 << 48) - 1)) << 80
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
    return datetime.fromtimestamp(parse_hlc(text)[0] // 1000, UTC)


class HybridClock:
    """Never runs backwards, and stays behind nothing it has seen (up to a day ahead of this machine)."""

    def __init__(self, last: str = "", wall: Callable[[], int] = now_ms) -> None:
        self._ms, self._counter = parse_hlc(last) if last else (0, 0)
        self._wall = wall

    @property
    def last(self) -> str:
        """The reading the clock stands at: what it begins from at the next start."""
        return format_hlc(self._ms, self._counter)

    def next(self) -> str:
        """Return a new reading, greater than all before."""
        wall = self._wall()
        if wall > self._ms:
            self._ms, self._counter = wall, 0
        else:
            self._counter += 1
        return format_hlc(self._ms, self._counter)

    def observe(self, reading: str) -> None:
        """Take note of another machine's reading; one from the far future is stored elsewhere but not followed."""
        ms, counter = parse_hlc(reading)
        if ms <= self._wall() + MAX_AHEAD_MS and (ms, counter) > (self._ms, self._counter):
            self._ms, self._counter = ms, counter
