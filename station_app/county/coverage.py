"""Which stations have sent what, where their chains have gaps, and who is late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from station_app.domain.registry import Role
from station_app.exchange.package.cards import registered_cards
from station_app.exchange.package.chain import chain_arrivals
from station_app.storage.clock import hlc_time
from station_app.storage.engine import connect
from station_app.storage.gate import CLOCK_TOLERANCE
from station_app.storage.workspace import Workspace


@dataclass(frozen=True, slots=True)
class StationCoverage:
    """One device below: what arrived of it. ``last_*`` are ``None`` while nothing has.

    Attributes:
        packages: Packages taken in.
        versions: Versions in them.
        last_sequence: Number of the latest package; ``missing`` are numbers before it that never came.
        last_received_at: When a package last arrived.
        data_until: Time of the newest version in its packages; what is dated later than its package arrived here is of
            a clock that was ahead, and counts as of the arrival.
        days_behind: Whole days since ``data_until``.
        dated_until: What the newest package claims, where that lies after its arrival: the clock there is or was ahead.
        set_aside: Versions in quarantine, waiting for a person.
        valid_from, valid_to: From when to when its key was taken for its own here; ``ended_why`` a code of ``key_ending``,
            ``followed_by`` the device in its place, ``counts_until`` the last package that still counts.
    """

    org_code: str
    org_name: str
    device_id: str
    revoked: bool
    packages: int
    versions: int
    last_sequence: int | None
    missing: tuple[int, ...]
    last_received_at: datetime | None
    data_until: datetime | None
    days_behind: int | None
    set_aside: int
    dated_until: datetime | None = None
    device_name: str = ""
    fingerprint: str = ""
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    ended_why: str = ""
    followed_by: str = ""
    counts_until: int | None = None


def coverage(workspace: Workspace, now: datetime | None = None) -> list[StationCoverage]:
    """Return every registered device below this workplace, those behind first, those who never sent on top, those whose key has
    ended last."""
    moment = now or workspace.clock.now()
    own = Role(workspace.identity.role).rank
    connection = connect(workspace.database_path, read_only=True)
    try:
        found = []
        for card in registered_cards(workspace):
            if card.role.rank >= own:
                continue
            rows = connection.execute(
                """SELECT sequence, received_at, json_extract(manifest, '$.station.epoch'),
                   json_extract(manifest, '$.station.to'), json_extract(manifest, '$.station.versions')
                   FROM package_in WHERE device_id=? ORDER BY received_at, sequence""",
                (card.device_id,),
            ).fetchall()
            aside = connection.execute(
                """SELECT count(*) FROM quarantine q JOIN package_in p ON p.sha256=q.package_sha256
                   WHERE p.device_id=? AND q.closed_at IS NULL""",
                (card.device_id,),
            ).fetchone()[0]
            arrived = [(datetime.fromisoformat(row[1]), hlc_time(row[3])) for row in rows]
            until = max((min(pair) for pair in arrived), default=None)
            ahead = arrived[-1][1] if arrived and arrived[-1][1] - arrived[-1][0] > CLOCK_TOLERANCE else None
            place = chain_arrivals(connection, card.device_id, rows[-1][2]) if rows else None
            found.append(
                StationCoverage(
                    card.org_code,
                    card.org_name,
                    card.device_id,
                    bool(card.revoked_at),
                    len(rows),
                    sum(row[4] for row in rows),
                    place.highest if place else None,
                    place.missing if place else (),
                    arrived[-1][0] if arrived else None,
                    until,
                    (moment - until).days if until else None,
                    aside,
                    ahead,
                    card.device_name,
                    card.key.fingerprint,
                    _moment(card.accepted_at),
                    _moment(card.revoked_at),
                    card.ending.why.value if card.revoked_at else "",
                    card.ending.followed_by,
                    card.ending.sequence if card.revoked_at else None,
                )  # fmt: skip
            )
    finally:
        connection.close()
    return sorted(found, key=lambda c: (c.revoked, c.data_until is not None, c.data_until or moment, c.org_code))


def _moment(stamp: str) -> datetime | None:
    return datetime.fromisoformat(stamp) if stamp else None
