"""Tables and search index follow the journal, each behind a watermark, and are made anew by the statements that follow.

A save shows its record in its own transaction. Bulk work may leave the tables behind (``Journal.merge(show=False)``) and
bring them abreast afterwards; the search index is brought abreast when there is time, and before it is asked.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from station_app.storage import projection, search
from station_app.storage.clock import MAX_AHEAD_MS, SYSTEM_CLOCK, Clock, format_hlc
from station_app.storage.engine import connect

BLOCK = 5_000  # versions at a time


def waiting(connection: Any, *, search: bool = False) -> int:
    """Return how many versions the tables (or the search index) do not show yet."""
    shown = "searched" if search else "seq"
    return int(
        connection.execute(f"SELECT (SELECT coalesce(max(seq), 0) FROM version) - {shown} FROM projected").fetchone()[0]
    )


def follow(connection: Any, *, search_too: bool = False, most: int | None = None) -> None:
    """Bring the tables abreast of the journal, and the search index where asked; the caller holds the transaction.

    ``most`` versions at a time: call again while something is ``waiting``.
    """
    shown, searched, last = connection.execute(
        "SELECT seq, searched, (SELECT coalesce(max(seq), 0) FROM version) FROM projected"
    ).fetchone()
    new = 0
    for first, end in _blocks(shown, last, most):
        new += projection.show(connection, first, end)
        shown = end
    if search_too:
        for first, end in _blocks(searched, shown, most):
            search.index(connection, first, end)
            searched = end
    connection.execute("UPDATE projected SET seq=?, records=records+?, searched=?", (shown, new, searched))


def _blocks(done: int, last: int, most: int | None) -> list[tuple[int, int]]:
    end = last if most is None else min(last, done + most)
    return [(first, min(first + BLOCK - 1, end)) for first in range(done + 1, end + 1, BLOCK)]


def follow_beside(path: Path, *, search_too: bool = False) -> None:
    """Bring a workspace file abreast over a connection of its own, for a reader on another thread.

    Raises:
        UserError: DB-001 damaged. A busy or full disk raises the driver's error.
    """
    connection = connect(path)
    try:
        while waiting(connection, search=search_too):
            connection.execute("BEGIN IMMEDIATE")
            follow(connection, search_too=search_too, most=BLOCK)
            connection.execute("COMMIT")
    finally:
        connection.close()


def rebuild(connection: Any, clock: Clock = SYSTEM_CLOCK) -> None:
    """Drop the projections and write them again from the journal; the caller holds the transaction.

    The search index is left empty: it follows.
    """
    connection.execute("DROP TABLE IF EXISTS search_index")
    for name in projection.table_names(connection):
        connection.execute(f'DROP TABLE IF EXISTS "{name}"')
    projection.create(connection)
    fill(connection, clock)
    projection.remember_shape(connection)


def fill(connection: Any, clock: Clock = SYSTEM_CLOCK) -> None:
    """Fill empty projections from the journal."""
    follow(connection)
    # Readings of other machines count only as far as they can be true; our own always.
    limit = format_hlc(clock.milliseconds() + MAX_AHEAD_MS, 0)
    connection.execute(
        """UPDATE projected SET hlc=(SELECT coalesce(max(hlc), '') FROM version WHERE hlc <= ? OR device IN (
           SELECT value FROM setting WHERE key='workspace.device_id' OR key LIKE 'workspace.former.%'))""",
        (limit,),
    )
    # What went to another laptop of the same organisation is not on its way to anybody above.
    onward = """SELECT sequence FROM package_out WHERE json_extract(manifest, '$.station.recipient.org') IS NOT
        json_extract(manifest, '$.station.org') ORDER BY sequence"""
    for (sequence,) in connection.execute(onward).fetchall():
        ids = [v for (v,) in connection.execute("SELECT version_id FROM package_content WHERE sequence=?", (sequence,))]
        projection.note_packaged(connection, sequence, ids)
