"""Encrypting the database of a workspace from before, in one step.

All of it is laid beside, encrypted with the data key, read again and compared with what there is; then it takes its place, together
with the first way to its key where there was none. What anybody can read stays where it is, named, until somebody says that it may
go: the database there was, and backups of the database alone.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from station_app.domain.text import Text
from station_app.storage import files, key_slots, protection
from station_app.storage.backup import SUFFIX, backup_name
from station_app.storage.engine import Connection, DatabaseError, connect, copy_into, is_plain, translated
from station_app.storage.problems import StorageProblem
from station_app.storage.sealed_backup import JournalState, journal_state
from station_app.storage.stored_backups import REPLACED, stored
from station_app.storage.workspace import DATABASE, database_of, lock_folder

DONE = Text(
    "数据库已加密：{versions} 个版本，逐个核对过。", "The database is encrypted: {versions} versions, each compared."
)
BEFORE = Text("数据库已经是加密的。", "The database is encrypted already.")
LEFT = Text(
    "下面 {n} 个文件仍然谁都能看：{files}。确认不再需要后可以删除。",
    "Anybody can still read {n} files: {files}. They can be removed once nobody needs them.",
)
GONE = Text("谁都能看的 {n} 个文件已删除。", "{n} files that anybody could read are gone.")


@dataclass(frozen=True, slots=True)
class Encrypted:
    """What encrypting did.

    Attributes:
        versions: How many saved versions were compared; ``None`` where the database was encrypted before.
        plain: Copies in the folder that anybody can read.
    """

    versions: int | None
    plain: tuple[Path, ...]

    @property
    def text(self) -> Text:
        """What is said of it."""
        done = BEFORE if self.versions is None else DONE.format(versions=self.versions)
        if not self.plain:
            return done
        left = LEFT.format(n=len(self.plain), files=", ".join(path.name for path in self.plain))
        return Text(done.zh + left.zh, f"{done.en} {left.en}")


def encrypt(folder: Path, secret: str | None = None) -> Encrypted:
    """Encrypt the database of the closed workspace in ``folder``; one that is encrypted stays as it is.

    ``secret`` is a password or the code of the sheet, where this machine has no way to the data key of its own.

    Raises:
        UserError: WSP-003 the workspace is open, WSP-006 there is no room for a second one, WSP-035 it is not sound, KEY-013 the
            encrypted one is not the same, KEY-… nothing opens the data key, WSP-007, DB-… as for opening. All is as it was then.
    """
    database = database_of(folder)
    with lock_folder(folder):
        if not is_plain(database):
            return Encrypted(None, plain_copies(folder))
        _refuse_little_room(folder, database)
        kept = folder / "backups" / backup_name(mark=REPLACED)
        try:
            with files.changing_together(folder) as change:
                opened = _opened(folder, secret, change)
                waiting = change.put(database)
                key_slots.keep_open(folder / files.UNFINISHED, opened)
                with closing(connect(database, read_only=True)) as source:
                    before = _state(source)
                    copy_into(source, waiting)
                files.make_private(waiting)
                with closing(connect(waiting, read_only=True)) as copy:
                    if is_plain(waiting) or _state(copy) != before:
                        raise StorageProblem.ENCRYPTED_DIFFERS.error(folder=folder)
                kept.parent.mkdir(exist_ok=True)
                for ending in ("-wal", "-shm", ""):
                    change.keep(folder / f"{DATABASE}{ending}", kept.with_name(kept.name + ending))
            key_slots.keep_open(folder, opened)
        except DatabaseError as error:
            raise translated(error, database) from error
        except OSError as error:
            raise StorageProblem.NOT_WRITABLE.error(folder=folder, why=error.strerror) from error
        finally:
            key_slots.forget(folder / files.UNFINISHED)
    return Encrypted(before[0].versions, plain_copies(folder))


def plain_copies(folder: Path) -> tuple[Path, ...]:
    """Return the copies of the database in a workspace folder that anybody can read."""
    return tuple(path for path in sorted((folder / "backups").glob(f"*{SUFFIX}")) if is_plain(path))


def remove_plain(folder: Path, paths: Iterable[Path]) -> Text:
    """Remove copies anybody can read, which somebody consented to; say what is gone. A disk may keep traces of what lay there.

    Raises:
        UserError: KEY-014 the database itself is not encrypted, or no backup opens on any computer, so that they may be needed;
            WSP-004 one cannot be removed.
    """
    usable, _ = stored(folder / "backups")
    if is_plain(folder / DATABASE) or not any(each.sealed for each in usable):
        raise StorageProblem.PLAIN_NEEDED.error(folder=folder)
    gone = 0
    try:
        for path in paths:
            for each in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
                each.unlink(missing_ok=True)
            gone += 1
    except OSError as error:
        raise StorageProblem.NOT_WRITABLE.error(folder=folder, why=error.strerror) from error
    return GONE.format(n=gone)


def _refuse_little_room(folder: Path, database: Path) -> None:
    left = shutil.disk_usage(folder).free
    if left < 2 * database.stat().st_size:
        raise StorageProblem.NO_ROOM.error(megabytes=left // (1024 * 1024), folder=folder)


def _opened(folder: Path, secret: str | None, change: files.Together) -> key_slots.Opened:
    """Return the data key of the workspace; where it has none, a new one, whose first way takes its place with the database."""
    place = folder / "keys"
    slots = key_slots.read_slots(place)
    if not slots:
        opened, slot_files = key_slots.first_way()
        for name, content in slot_files.items():
            change.put(place / name, content)
        return opened
    if secret is not None:
        protection.unlock(folder, secret)
    return key_slots.opened_at(folder) or key_slots.opened_slot(slots, key_slots.of_machine(place))


def _state(connection: Connection) -> tuple[JournalState, dict[str, int]]:
    """Return the journal, each version's id computed again, the rows of every table, and the marks of the file."""
    counted = {
        mark: int(connection.execute(f"PRAGMA {mark}").fetchone()[0]) for mark in ("user_version", "application_id")
    }
    for kind, name in connection.execute("SELECT type, name FROM sqlite_master ORDER BY type, name").fetchall():
        counted[f"{kind} {name}"] = 1
        if kind == "table" and not name.startswith("search_index"):  # it follows from the rest
            counted[f"rows of {name}"] = connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]
    return journal_state(connection), counted
