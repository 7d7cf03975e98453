"""What was packed and what arrived, as the exchange pages list it; who stands above, as far as cards tell."""

from __future__ import annotations

from typing import NamedTuple

from station_app.domain.registry import Role
from station_app.storage.reader import Reader


class Sent(NamedTuple):
    """A package this workspace built; ``waiting`` of its versions have no answer yet."""

    sequence: int
    name: str
    built_at: str
    versions: int
    waiting: int
    below: str


class Arrived(NamedTuple):
    """A package taken in."""

    name: str
    org: str
    sequence: int
    received_at: str
    receipt: str


def sent(reader: Reader) -> list[Sent]:
    """Return the packages built here, the newest first."""
    rows = reader.sql(
        """SELECT p.sequence, p.name, p.built_at, p.version_count,
           (SELECT count(*) FROM package_content c LEFT JOIN progress g ON g.version_id=c.version_id
            WHERE c.sequence=p.sequence AND g.outcome IS NULL), coalesce((SELECT org_name FROM card WHERE
            device_id=json_extract(p.manifest, '$.station.recipient.device')),
            json_extract(p.manifest, '$.station.recipient.org'), '') FROM package_out p ORDER BY p.sequence DESC"""
    )
    return [Sent(*row) for row in rows]


def arrived(reader: Reader) -> list[Arrived]:
    """Return the packages taken in, the newest first."""
    rows = reader.sql(
        """SELECT p.name, coalesce(c.org_name, p.org_code), p.sequence, p.received_at, p.receipt_name
           FROM package_in p LEFT JOIN card c ON c.device_id=p.device_id ORDER BY p.received_at DESC"""
    )
    return [Arrived(*row) for row in rows]


def counts(reader: Reader) -> tuple[int, int, int]:
    """Return how many packages were built, how many of them wait for an answer, how many versions were not let in."""
    # A package is answered as a whole: one receipt names every version it carried.
    packages, unanswered, quarantined = reader.sql(
        """SELECT (SELECT count(*) FROM package_out),
           (SELECT count(DISTINCT c.sequence) FROM package_content c JOIN package_out p ON p.sequence=c.sequence
            LEFT JOIN progress g ON g.version_id=c.version_id
            WHERE g.outcome IS NULL AND json_extract(p.manifest, '$.station.recipient') IS NULL),
           (SELECT count(*) FROM quarantine WHERE closed_at IS NULL)"""
    )[0]
    return packages, unanswered, quarantined


def name_above(reader: Reader, role: Role) -> str | None:
    """Return who takes in what a workplace of ``role`` sends, ``None`` while no card of it is registered."""
    rows = reader.sql(
        "SELECT org_name FROM card WHERE revoked_at IS NULL AND role IN (?, ?) AND role<>? ORDER BY role",
        (Role.COUNTY.value, Role.REGION.value, role.value),
    )
    return rows[0][0] if rows else None
