"""Projections made anew from the journal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from station_app.storage import projection
from station_app.storage.journal import VERSION_COLUMNS, Journal, read_version
from station_app.storage.versions import Version


def rebuild(connection: Any) -> None:
    """Drop the projections and write them again from the journal; the caller holds the transaction."""
    connection.execute("DROP TABLE IF EXISTS search_index")
    for name in projection.table_names(connection):
        connection.execute(f'DROP TABLE IF EXISTS "{name}"')
    projection.create(connection)
    replay(connection)
    projection.remember_shape(connection)


def replay(connection: Any) -> None:
    """Fill empty projections from the journal, record by record."""
    journal = Journal(connection, Path("rebuild"))
    projector = projection.Projector(connection, journal.load)
    several = {r for (r,) in connection.execute("SELECT record_id FROM version GROUP BY record_id HAVING count(*) > 1")}
    batch = 0
    for version in _versions(connection):
        if version.record_id in several:
            continue
        projector.fresh(version)
        batch += 1
        if batch % 5_000 == 0:
            projector.flush()
    projector.flush()
    for record_id in sorted(several):
        heads = connection.execute(
            """SELECT version_id, record_type FROM version v WHERE record_id=?
               AND NOT EXISTS (SELECT 1 FROM version_parent p WHERE p.parent_id=v.version_id) ORDER BY version_id""",
            (record_id,),
        ).fetchall()
        projector.settle_record(record_id, heads[0][1], [head for head, _ in heads])
    projector.latest = connection.execute("SELECT coalesce(max(hlc), '') FROM version").fetchone()[0]
    projector.finish()
    for (sequence,) in connection.execute("SELECT sequence FROM package_out ORDER BY sequence").fetchall():
        ids = [v for (v,) in connection.execute("SELECT version_id FROM package_content WHERE sequence=?", (sequence,))]
        projection.note_packaged(connection, sequence, ids)


def _versions(connection: Any) -> Iterator[Version]:
    cursor = connection.cursor()
    for row in cursor.execute(f"SELECT {VERSION_COLUMNS} FROM version ORDER BY seq"):
        yield read_version(row)
