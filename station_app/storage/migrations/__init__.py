"""Frozen steps of the tables that hold the truth.

A step, once released, is never changed; it uses SQL, never today's record classes. Projection tables are not made here:
they follow from the record descriptions and are rebuilt from the journal whenever their shape changes
(``projection.py``), so describing a new record needs no step.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from station_app.storage.migrations import m0001_journal, m0002_wall, m0003_card, m0004_access_log

Migration = Callable[[Any], None]

MIGRATIONS: tuple[tuple[int, str, Migration], ...] = (
    (1, "the journal, what travelled, drafts and settings", m0001_journal.apply),
    (2, "the wall clock of a version", m0002_wall.apply),
    (3, "how a key known here ended", m0003_card.apply),
    (4, "who looked at personal data", m0004_access_log.apply),
)
LATEST = MIGRATIONS[-1][0]


def indexes() -> list[str]:
    """Return what makes the indexes of these tables where they are missing."""
    return [s.replace("CREATE INDEX", "CREATE INDEX IF NOT EXISTS") for s in m0001_journal.STATEMENTS if " INDEX " in s]
