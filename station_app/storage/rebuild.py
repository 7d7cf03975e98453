"""Projections made anew from the journal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from station_app.storage import projection
from station_app.storage.clock import MAX_AHEAD_MS, SYSTEM_CLOCK, Clock, format_hlc
from station_app.storage.journal import VERSION_COLUMNS, Journal, read_version
from station_app.storage.versions import Version


def rebuild(connection: Any, clock: Clock = SYSTEM_CLOCK) -> None:
    """Drop the projections and write them again from the journal; the caller holds the transaction."""
    connection.execute("DROP TABLE IF EXISTS search_index")
    for name in projection.table_names(connection):
        connection.execute(f'DROP TABLE IF EXISTS "{name}"')
    projection.create(connection)
    replay(connection, clock)
    projection.remember_shape(connection)


def replay(connection: Any, clock: Clock = SYSTEM_CLOCK) -> None:
    """Fill empty projections from the journal, record by record."""
    journal = Journal(connection, Path("rebuild"))
    projector = projection.Projector(connection, journal.load)
    several = set(
        connection.execute("SELECT record_id, record_type FROM version GROUP BY 1, 2 HAVING count(*) > 1").fetchall()
    )
    batch = 0
    for version in _versions(connection):
        if (version.record_id, version.record_type) in several:
            continue
        projector.fresh(version)
        batch += 1
        if batch % 5_000 == 0:
            projector.flush()
    projector.flush()
    for record_id, kind in sorted(several):
        projector.settle_record(record_id, kind, journal.head_ids(record_id, kind))
    # Readings of other machines count only as far as they can be true; our own always.
    limit = format_hlc(clock.milliseconds() + MAX_AHEAD_MS, 0)
    projector.latest = connection.execute(
        """SELECT coalesce(max(hlc), '') FROM version
           WHERE hlc <= ? OR device IN (SELECT value FROM setting WHERE key='workspace.device_id' OR key LIKE 'workspace.former.%')""",
        (limit,),
    ).fetchone()[0]
    projector.finish()
    # What went to another laptop of the same organisation is not on its way to anybody above.
    onward = """SELECT sequence FROM package_out WHERE json_extract(manifest, '$.station.recipient.org') IS NOT
        json_extract(manifest, '$.station.org') ORDER BY sequence"""
    for (sequence,) in connection.execute(onward).fetchall():
        ids = [v for (v,) in connection.execute("SELECT version_id FROM package_content WHERE sequence=?", (sequence,))]
        projection.note_packaged(connection, sequence, ids)


def _versions(connection: Any) -> Iterator[Version]:
    cursor = connection.cursor()
    for row in cursor.execute(f"SELECT {VERSION_COLUMNS} FROM version ORDER BY seq"):
        yield read_version(row)
