"""Copies of the workspace file that are known to be good before they are called backups."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from station_app.storage.clock import SYSTEM_CLOCK
from station_app.storage.engine import DatabaseError, connect, translated
from station_app.storage.problems import StorageProblem

SUFFIX = ".backup.db"
NAME_FORMAT = "%Y%m%dT%H%M%S%f"  # UTC


def copy_database(source: Any, target: Path) -> Path:
    """Copy an open database to ``target`` page by page, check the copy, then give it its name.

    Raises:
        UserError: DB-002 disk full, WSP-010 the copy did not pass its check. No half-made file stays.
    """
    part = target.with_name(target.name + ".part")
    part.unlink(missing_ok=True)
    try:
        # VACUUM INTO reads one consistent state and leaves no write-ahead log behind.
        source.execute("VACUUM INTO ?", (str(part),))
        copy = connect(part, read_only=True)
        try:
            verdict = copy.execute("PRAGMA quick_check").fetchone()[0]
        finally:
            copy.close()
        if verdict != "ok":
            raise StorageProblem.BACKUP_UNSOUND.error(target=target)
        part.replace(target)
    except DatabaseError as error:
        raise translated(error, target) from error
    except OSError as error:
        raise StorageProblem.BACKUP_NOT_WRITTEN.error(target=target, why=error.strerror) from error
    finally:
        part.unlink(missing_ok=True)
    return target


def backup_name(now: datetime | None = None, mark: str = "") -> str:
    """Return a file name that sorts by time."""
    moment = now or SYSTEM_CLOCK.now()
    return f"{moment:{NAME_FORMAT}}{'-' + mark if mark else ''}{SUFFIX}"


def last_backup(folder: Path) -> datetime | None:
    """Return when the newest backup in ``folder`` was made: by its name, or by its file where the name says nothing."""
    return max(map(_made_at, folder.glob(f"*{SUFFIX}")), default=None)


def _made_at(file: Path) -> datetime:
    try:
        return datetime.strptime(file.name[: len("20260630T010500000000")], NAME_FORMAT).replace(tzinfo=UTC)
    except ValueError:
        return datetime.fromtimestamp(file.stat().st_mtime, UTC)


def sync_folder(folder: Path) -> None:
    """Make a rename in ``folder`` survive a power cut (does nothing on Windows, where it cannot be asked for)."""
    if os.name != "nt":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
