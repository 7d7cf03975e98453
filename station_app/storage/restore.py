"""Putting a backup in the place of a workspace's database. Nothing is thrown away: what was there becomes a copy."""

from __future__ import annotations

import shutil
import uuid
from pathlib import Path

from station_app.domain.problems import UserError
from station_app.storage import keys
from station_app.storage.backup import SUFFIX, backup_name, sync_folder
from station_app.storage.engine import DatabaseError, connect, translated
from station_app.storage.problems import StorageProblem
from station_app.storage.workspace import APPLICATION_ID, DATABASE, lock_folder


def restore_backup(folder: Path, backup: Path) -> Path:
    """Replace the database of the workspace in ``folder`` by ``backup``; return where the replaced one was kept.

    The restored journal begins a new epoch: the county sees that this life of the journal is another one, and numbers
    of packages are not mistaken for those of the lost one.

    Raises:
        UserError: WSP-003 the workspace is open, WSP-030 the backup is not sound, WSP-031 it belongs to another device,
            DB-002 no room.
    """
    lock = lock_folder(folder)
    part = folder / (DATABASE + ".part")
    kept = folder / "backups" / backup_name(mark="replaced")
    try:
        _check_backup(folder, backup)
        shutil.copyfile(backup, part)
        copy = connect(part)
        copy.execute("UPDATE setting SET value=? WHERE key='workspace.epoch'", (uuid.uuid4().hex,))
        copy.execute("PRAGMA journal_mode=DELETE")
        copy.close()
        kept.parent.mkdir(exist_ok=True)
        current = folder / DATABASE
        for leftover in ("-wal", "-shm"):
            side = folder / (DATABASE + leftover)
            if side.exists():
                side.replace(kept.with_name(kept.name + leftover))
        if current.exists():
            current.replace(kept)
        part.replace(current)
        sync_folder(folder)
    except DatabaseError as error:
        raise translated(error, backup) from error
    except OSError as error:
        raise StorageProblem.RESTORE_NOT_WRITTEN.error(folder=folder, why=error.strerror) from error
    finally:
        part.unlink(missing_ok=True)
        lock.release()
    return kept


def _check_backup(folder: Path, backup: Path) -> None:
    try:
        source = connect(backup, read_only=True)
        try:
            sound = source.execute("PRAGMA quick_check").fetchone()[0] == "ok"
            ours = source.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID
            device = (
                source.execute("SELECT value FROM setting WHERE key='workspace.device_id'").fetchone() if ours else None
            )
        finally:
            source.close()
    except (DatabaseError, UserError) as error:
        raise _unsound(backup) from error
    if not (sound and ours and device):
        raise _unsound(backup)
    public = folder / "keys" / keys.PUBLIC_NAME
    if not public.is_file() or keys.device_id_of(public.read_text(encoding="ascii")) != device[0]:
        raise StorageProblem.OTHER_DEVICE.error(backup=backup.name)


def _unsound(backup: Path) -> UserError:
    return StorageProblem.NOT_A_BACKUP.error(backup=backup, suffix=SUFFIX)
