"""The copy of a database that is looked at: the original lies on a medium nobody can write, is damaged, or is another person's
to change. Nothing is written beside the original; the copy goes when it is closed.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

from station_app.domain.problems import Problem
from station_app.storage.engine import Connection, DatabaseError, connect
from station_app.storage.lock import InUse, Lock
from station_app.storage.problems import StorageProblem
from station_app.storage.salvage import DamagedDatabase
from station_app.storage.versions import INSERT_VERSION

TRIES = 5  # another program may be writing into what is copied
_PREFIX, _LOCK = "grassland-look-", "workspace.lock"
_WAL_HEAD = 32  # bytes: another beginning of the write-ahead log has other ones


def own_place() -> tuple[Path, Lock]:
    """Make a private folder for a copy, held by its lock; copies that a run left which ended suddenly go.

    Raises:
        OSError: there is no folder for temporary files.
    """
    for left in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        if (left / _LOCK).is_file():
            with suppress(InUse, OSError):
                Lock(left / _LOCK).release()
                shutil.rmtree(left, ignore_errors=True)
    place = Path(tempfile.mkdtemp(prefix=_PREFIX))
    return place, Lock(place / _LOCK)


def copy_of(database: Path, place: Path) -> Path:
    """Copy ``database`` with its write-ahead log into the folder ``place``, one state of it; return the copy.

    Raises:
        UserError: DB-001 it cannot be read, DB-002 there is no room for the copy.
    """
    copy = place / database.name
    log, log_copy = (each.with_name(each.name + "-wal") for each in (database, copy))
    for _ in range(TRIES):
        before = _state_of(database, log)
        try:
            shutil.copyfile(database, copy)
            log_copy.unlink(missing_ok=True)
            if log.is_file():
                shutil.copyfile(log, log_copy)
        except OSError as error:
            full = shutil.disk_usage(place).free < database.stat().st_size
            raise (StorageProblem.FULL if full else StorageProblem.NOT_SOUND).error(where=database) from error
        if _state_of(database, log) == before:
            break
    return copy


def _state_of(database: Path, log: Path) -> tuple[int, int, bytes]:
    """Return what changes when pages of the database are overwritten; what is only added to the log is whole or not seen."""
    try:
        seen = database.stat()
        with suppress(OSError), log.open("rb") as opened:
            return seen.st_size, seen.st_mtime_ns, opened.read(_WAL_HEAD)
    except OSError:
        return 0, 0, b""
    return seen.st_size, seen.st_mtime_ns, b""


def sound_part(damaged: Path, folder: Path, make_tables: Callable[[Connection], None]) -> list[Problem]:
    """Put in the place of a damaged copy a database of what can be read of it, made by ``make_tables``; return what is missing.
    ``folder`` is where the original lies.

    Raises:
        UserError: WSP-050 not even whose it is can be read.
    """
    aside = damaged.parent / "damaged"
    aside.mkdir()
    source = DamagedDatabase(damaged, aside)
    settings = source.settings()
    if not settings.get("workspace.org_code"):
        raise StorageProblem.NOTHING_TO_SALVAGE.error(folder=folder)
    for ending in ("", "-wal", "-shm"):
        damaged.with_name(damaged.name + ending).unlink(missing_ok=True)
    with closing(connect(damaged, new=True)) as made:
        made.execute("BEGIN IMMEDIATE")
        make_tables(made)
        made.executemany("INSERT OR REPLACE INTO setting (key, value) VALUES (?, ?)", settings.items())
        with suppress(DatabaseError):  # of another shape: what can be read without it is shown
            made.executemany("INSERT OR IGNORE INTO card VALUES (?, ?, ?, ?, ?, ?, ?)", source.cards())
        for version in source.versions():
            made.execute(INSERT_VERSION, version.row())
            made.executemany(
                "INSERT OR IGNORE INTO version_parent (parent_id, version_id) VALUES (?, ?)",
                [(parent, version.version_id) for parent in version.parent_ids],
            )
        made.execute("COMMIT")
    shutil.rmtree(aside, ignore_errors=True)
    if not source.unreadable and not source.altered:
        return []
    return [StorageProblem.PART_SHOWN.problem(unreadable=source.unreadable, altered=len(source.altered))]
