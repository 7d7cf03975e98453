"""Copies of the workspace file that are known to be good before they are called backups."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from station_app.storage import files
from station_app.storage.clock import SYSTEM_CLOCK
from station_app.storage.engine import DatabaseError, connect, copy_into, translated
from station_app.storage.problems import StorageProblem

SUFFIX = ".backup.db"
SEALED_SUFFIX = ".backup.sealed"  # of those that open anywhere (``sealed_backup``)
NAME_FORMAT = "%Y%m%dT%H%M%S%f"  # UTC


def copy_database(source: Any, target: Path, *, plain: bool = False) -> Path:
    """Copy an open database to ``target``, check the copy, then give it its name; encrypted as it is itself unless ``plain``.

    Raises:
        UserError: DB-002 disk full, WSP-010 the copy did not pass its check. No half-made file stays.
    """
    part = files.part_of(target)
    try:
        part.unlink(missing_ok=True)
        copy_into(source, part, plain=plain)
        copy = connect(part, read_only=True)
        try:
            good = is_good(copy)
        finally:
            copy.close()
        if not good:
            raise StorageProblem.BACKUP_UNSOUND.error(target=target)
        files.make_private(part)
        files.sync_file(part)
        files.name_part(target)
    except DatabaseError as error:
        raise translated(error, target) from error
    except OSError as error:
        raise StorageProblem.BACKUP_NOT_WRITTEN.error(target=target, why=error.strerror) from error
    finally:
        part.unlink(missing_ok=True)
    return target


def is_good(connection: Any) -> bool:
    """Whether a database passes SQLite's own check; the search index, which follows from the rest, does not count."""
    verdicts = [verdict for (verdict,) in connection.execute("PRAGMA quick_check")]
    return all(verdict == "ok" or "search_index" in verdict for verdict in verdicts)


def backup_name(now: datetime | None = None, mark: str = "", suffix: str = SUFFIX) -> str:
    """Return a file name that sorts by time."""
    moment = now or SYSTEM_CLOCK.now()
    return f"{moment:{NAME_FORMAT}}{'-' + mark if mark else ''}{suffix}"
