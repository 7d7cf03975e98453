"""What can be seen of a workspace's soundness at once: at every start and with every backup.

Only what costs nothing beside the start itself: that nothing was planted into the database, that no version is missing
from the row of numbers, that cards and the own key are those of their devices. ``check`` looks at everything.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from station_app.domain.problems import Problem
from station_app.storage import keys
from station_app.storage.problems import StorageProblem

MISSING = "workspace.versions_missing"  # noted when the tables, which remember it, are made anew
_MOST = 20  # names of one kind of finding that are listed


def quick_findings(connection: Any, folder: Path) -> list[Problem]:
    """Return what stands against the workspace in ``folder``, as far as it is seen at once.

    Raises:
        DatabaseError: the database cannot be read.
    """
    return [
        *_planted(connection),
        *_missing_versions(connection),
        *_cards(connection),
        *_own_key(connection, folder),
    ]


def planted(connection: Any) -> list[tuple[str, str]]:
    """Return type and name of what is in the database and no program of ours ever made: it could change what is saved."""
    rows = connection.execute("SELECT type, name FROM sqlite_master WHERE type IN ('trigger', 'view') ORDER BY name")
    return [(kind, name) for kind, name in rows]


def _planted(connection: Any) -> Iterator[Problem]:
    for kind, name in planted(connection)[:_MOST]:
        yield StorageProblem.PLANTED.problem(kind=kind, name=name)


def _missing_versions(connection: Any) -> Iterator[Problem]:
    if missing := missing_versions(connection):
        yield StorageProblem.VERSIONS_MISSING.problem(missing=missing)


def missing_versions(connection: Any) -> int:
    """Return how many versions were removed: they are numbered without gaps, and the tables remember how far they showed."""
    last, number = connection.execute("SELECT coalesce(max(seq), 0), count(*) FROM version").fetchone()
    shown = connection.execute("SELECT coalesce(max(seq), 0) FROM projected").fetchone()[0]
    noted = connection.execute("SELECT value FROM setting WHERE key=?", (MISSING,)).fetchone()
    return int(max(max(last, shown) - number, int(noted[0]) if noted else 0))


def _cards(connection: Any) -> Iterator[Problem]:
    for device, name, key in connection.execute("SELECT device_id, org_name, public_key FROM card ORDER BY device_id"):
        if not fits_device(device, key):
            yield StorageProblem.CARD_ALTERED.problem(name=name, device=device)


def _own_key(connection: Any, folder: Path) -> Iterator[Problem]:
    row = connection.execute("SELECT value FROM setting WHERE key='workspace.device_id'").fetchone()
    place = folder / "keys"
    try:
        public = (place / keys.PUBLIC_NAME).read_text(encoding="ascii")
        fits = keys.belong_together((place / keys.PRIVATE_NAME).read_bytes(), public)
    except (OSError, ValueError, IndexError):
        public, fits = "", False
    if not fits or row is None or not fits_device(row[0], public):
        yield StorageProblem.KEY_DIFFERS.problem(place=place)


def fits_device(device: str, public_line: str) -> bool:
    """Whether a public key is that of a device."""
    try:
        return keys.device_id_of(public_line) == device
    except (IndexError, ValueError):
        return False
