"""Tables and search index follow the journal, each behind a watermark, and are made anew by the statements that follow.

A save shows its record in its own transaction. Bulk work may leave the tables behind (``Journal.merge(show=False)``) and
bring them abreast afterwards; the search index is brought abreast when there is time, and before it is asked. The look
before sending marks each version it looked at.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing, suppress
from pathlib import Path

from station_app.domain.problems import UserError
from station_app.storage import projection, search
from station_app.storage.clock import MAX_AHEAD_MS, SYSTEM_CLOCK, Clock, format_hlc
from station_app.storage.engine import Connection, DatabaseError, connect

BLOCK = 5_000  # versions at a time
FEW = 100
LOOKED = "workspace.looked"  # the setting: by which rules
SHORT_MS = 1_000
_LAST = "SELECT coalesce(max(seq), 0) AS last FROM version"


def waiting(connection: Connection, *, search: bool = False) -> int:
    """Return how many versions the tables (or the search index) do not show yet."""
    shown = "searched" if search else "CASE WHEN behind THEN seq ELSE last END"
    return int(connection.execute(f"SELECT last - {shown} FROM projected, ({_LAST})").fetchone()[0])


def is_behind(connection: Connection) -> bool:
    """Whether another version of the program made the tables, or they do not show all of the journal yet."""
    made = connection.execute("SELECT value FROM setting WHERE key='workspace.projection'").fetchone()
    return made is None or made[0] != projection.fingerprint() or waiting(connection) > 0


def follow(
    connection: Connection, *, search_too: bool = False, most: int | None = None, clock: Clock = SYSTEM_CLOCK
) -> None:
    """Bring the tables abreast of the journal, and the search index where asked; the caller holds the transaction.

    ``most`` versions at a time: call again while something is ``waiting``.
    """
    shown, behind, searched, last = connection.execute(
        f"SELECT seq, behind, searched, last FROM projected, ({_LAST})"
    ).fetchone()
    if not behind:
        shown = last
    for first, end in _blocks(shown, last, most):
        projection.show(connection, first, end)
        shown = end
    if search_too:
        for first, end in _blocks(searched, shown, most):
            search.index(connection, first, end)
            connection.execute("UPDATE projected SET searched=?", (end,))
    note(connection, shown, clock)


def show_added(connection: Connection, before: int, clock: Clock) -> None:
    """Show what was added to the journal after version ``before``; the caller holds the transaction.

    A few versions are not noted: the journal itself says they are there, and a save writes a page less.
    """
    behind, last = connection.execute(f"SELECT behind, last FROM projected, ({_LAST})").fetchone()
    if behind:
        follow(connection, clock=clock)
        return
    for first, end in _blocks(before, last, None):
        projection.show(connection, first, end)
    if last - before > FEW:
        note(connection, last, clock)


def note(connection: Connection, shown: int, clock: Clock) -> None:
    """Note that the tables show the versions up to ``shown``, how many records these are, and the clock to go on from.

    Clock readings of other machines count only as far as they can be true; our own always.
    """
    limit = format_hlc(clock.milliseconds() + MAX_AHEAD_MS, 0)
    connection.execute(
        f"""UPDATE projected SET seq=?1, behind=(?1 < (SELECT last FROM ({_LAST}))), records=records+(
            SELECT count(*) FROM version v WHERE v.seq > projected.seq AND v.seq <= ?1 AND v.record_type IN (
            SELECT value FROM json_each((SELECT value FROM setting WHERE key='workspace.tables')))
            AND NOT EXISTS (SELECT 1 FROM version o WHERE o.record_id=v.record_id AND o.record_type=v.record_type
            AND o.seq < v.seq)), hlc=max(hlc, coalesce((SELECT max(v.hlc) FROM version v WHERE v.seq > projected.seq AND (
            v.hlc <= ?2 OR v.device IN (SELECT value FROM setting WHERE key='workspace.device_id'
            OR key LIKE 'workspace.former.%'))), ''))""",
        (shown, limit),
    )


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
        if search_too:
            projection.index_sorts(connection)
    finally:
        connection.close()


def note_looked(path: Path, mark: str, day: str, found: Iterable[tuple[int, str]]) -> None:
    """Note which versions were looked at on ``day`` (ISO) by the rules ``mark`` names, and what each says (JSON, empty for
    nothing), over a connection of its own. Where there is no room, or somebody is writing, they are looked at again."""
    with suppress(UserError, DatabaseError), closing(connect(path)) as connection:
        connection.execute(f"PRAGMA busy_timeout={SHORT_MS}")
        connection.execute("BEGIN IMMEDIATE")
        if connection.execute("SELECT value FROM setting WHERE key=?", (LOOKED,)).fetchone() != (mark,):
            connection.execute("DELETE FROM looked")
            connection.execute("INSERT OR REPLACE INTO setting (key, value) VALUES (?, ?)", (LOOKED, mark))
        rows = ((seq, day, problems) for seq, problems in found)
        connection.executemany("INSERT OR REPLACE INTO looked (seq, day, problems) VALUES (?, ?, ?)", rows)
        connection.execute("COMMIT")


def rebuild(connection: Connection, clock: Clock = SYSTEM_CLOCK) -> None:
    """Drop the projections and write them again from the journal; the caller holds the transaction.

    The search index is left empty: it follows.
    """
    connection.execute("DROP TABLE IF EXISTS search_index")
    for name in projection.table_names(connection):
        connection.execute(f'DROP TABLE IF EXISTS "{name}"')
    projection.create(connection)
    projection.remember_shape(connection)
    fill(connection, clock)


def fill(connection: Connection, clock: Clock = SYSTEM_CLOCK) -> None:
    """Fill empty projections from the journal."""
    connection.execute("UPDATE projected SET behind=1")
    follow(connection, clock=clock)
    # What went to another laptop of the same organisation is not on its way to anybody above.
    onward = """SELECT sequence FROM package_out WHERE json_extract(manifest, '$.station.recipient.org') IS NOT
        json_extract(manifest, '$.station.org') ORDER BY sequence"""
    for (sequence,) in connection.execute(onward).fetchall():
        content = "SELECT version_id FROM package_content WHERE sequence=?"
        projection.note_packaged(connection, sequence, content, [(sequence,)])
