"""Putting a backup in the place of a workspace, here or on a machine that never saw it. Nothing is thrown away.

All of a backup is laid beside, opened and compared with its own list before anything is touched; then database, attachments
and keys take their places together (``files.changing_together``). What was there becomes a copy.
"""

from __future__ import annotations

import uuid
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from station_app.domain.official_time import official_text
from station_app.domain.problems import UserError
from station_app.domain.text import Text
from station_app.storage import attachments_beside, files, key_slots, keys, separate, stored_backups
from station_app.storage.backup import SEALED_SUFFIX, SUFFIX, backup_name, is_good
from station_app.storage.engine import DatabaseError, connect, copy_into, is_plain, translated
from station_app.storage.problems import StorageProblem
from station_app.storage.sealed_backup import attachments_in, unlock, unpack
from station_app.storage.sealed_file import read_head
from station_app.storage.user_actions import KEPT
from station_app.storage.workspace import APPLICATION_ID, DATABASE, FOLDERS, MACHINE, PROVEN, lock_folder, machine_mark

if TYPE_CHECKING:
    from station_app.storage.key_slots import DataKey

SAID = Text(
    "这是 {when} 的备份：{versions} 个版本，{files} 个附件。那以后保存的内容不在里面：上报过的请旗县交还"
    "（package --to 设备 --whole），收下即可；没上报的请重新录入。",
    "This is the backup of {when}: {versions} versions, {files} attachments. What was saved later is not in it: what was sent "
    "the county hands back (package --to DEVICE --whole), to be taken in here; what was not has to be entered again.",
)
NEW_CARD = Text(
    "这个工作站现在是一台新设备（{device}）。请把新的身份卡交给县里登记。",
    "This workspace is a new device now ({device}). Hand its card to the county.",
)


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put back.

    Attributes:
        kept: Where the database that was replaced lies, ``None`` where there was none.
        made_at: Of when the backup is, UTC: what was entered later is not in it.
        versions: How many saved versions it holds.
        files: How many attachments came with it.
        device_id: As which device the workspace goes on.
        sealed: Whether it came with keys and attachments.
    """

    kept: Path | None
    made_at: datetime
    versions: int
    files: int
    device_id: str
    sealed: bool

    @property
    def text(self) -> Text:
        """What is said of it: of when it is, and how what came later is got."""
        return SAID.format(when=official_text(self.made_at), versions=self.versions, files=self.files)


@dataclass(frozen=True, slots=True)
class _Inside:
    device: str
    versions: int


def restore_backup(
    folder: Path, backup: Path, *, secret: str | None = None, county: Path | None = None, machine: Path | None = None,
    new_device: str | None = None, incomplete: bool = False,
) -> Restored:  # fmt: skip
    """Put ``backup`` in the place of the workspace in ``folder``, which is made where there is none.

    The restored journal begins a new epoch: the county sees that this life of the journal is another one, and numbers
    of packages are not mistaken for those of the lost one.

    Args:
        secret: A password or the code of the recovery sheet; ``None`` where this machine opens it.
        county: The county's key folder, where it opens the backup.
        machine: The key folder of this machine's workspace, where that is not ``folder``.
        incomplete: Whether attachments that lie beside the backup may be missing; they have to be got elsewhere then.
        new_device: Name of a new device of the station that the workspace becomes (may be empty); ``None``: it goes on as
            the device it was, whose machine is out of use.

    Raises:
        UserError: WSP-003 the workspace is open, WSP-030 the backup is not sound, WSP-031 it belongs to another device,
            WSP-033 … WSP-037, KEY-… the backup does not open (see ``sealed_backup.unlock``), WSP-053 attachments that lie beside
            it are missing, WSP-032 the place cannot be written, DB-002 no room.
    """
    found = stored_backups.look_at(backup)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageProblem.RESTORE_NOT_WRITTEN.error(folder=folder, why=error.strerror) from error
    kept = folder / "backups" / backup_name(mark=stored_backups.REPLACED)
    with lock_folder(folder):
        replaces = (folder / DATABASE).exists()
        try:
            for name in FOLDERS:
                (folder / name).mkdir(exist_ok=True)
            with files.changing_together(folder) as change:
                laid = _Laid(folder, change)
                if found.sealed:
                    attachments = _lay_sealed(laid, backup, secret, county, machine or folder / "keys", incomplete)
                else:
                    attachments = 0
                    _lay_copy(laid, backup)
                opened = key_slots.opened_at(laid.files[DATABASE])
                inside = _look_inside(backup, laid.files[DATABASE])
                device = _device_of(laid, backup, inside, anew=new_device is not None)
                _begin_anew(laid.files[DATABASE], found.made_at, moved=new_device is None)
                if device != inside.device:
                    _name_formers(laid, device)
                for path in laid.files.values():
                    files.make_private(path)
                for ending in ("-wal", "-shm", ""):
                    change.keep(folder / f"{DATABASE}{ending}", kept.with_name(kept.name + ending))
            if opened is not None:
                key_slots.keep_open(folder, opened)
        except DatabaseError as error:
            raise translated(error, backup) from error
        except OSError as error:
            raise StorageProblem.RESTORE_NOT_WRITTEN.error(folder=folder, why=error.strerror) from error
        finally:
            key_slots.forget(folder / files.UNFINISHED)
    if new_device is not None:
        device = separate.become_new_device(folder, new_device)
    return Restored(kept if replaces else None, found.made_at, inside.versions, attachments, device, found.sealed)


class _Laid:
    """The files of a backup, waiting to take their places; ``files`` by their name inside."""

    def __init__(self, folder: Path, change: files.Together) -> None:
        self.folder, self.change = folder, change
        self.files: dict[str, Path] = {}

    def place(self, name: str) -> Path | None:
        """Return where a file waits, ``None`` where it is here already: attachments and keys are the same wherever they are."""
        if name != DATABASE and (self.folder / name).exists():
            return None
        return self.put(name)

    def put(self, name: str) -> Path:
        """Return where a file waits that takes the place of what may be there."""
        self.files[name] = self.change.put(self.folder / name)
        return self.files[name]


def _lay_sealed(
    laid: _Laid, backup: Path, secret: str | None, county: Path | None, machine: Path, incomplete: bool
) -> int:
    """Open a sealed backup and lay out what is in it, with its ways and one of this machine where there are none yet."""
    sealed = read_head(backup)
    opened = unlock(sealed, secret, machine, county)
    contents = unpack(sealed, opened.data_key, laid.place)
    key_slots.keep_open(laid.folder / files.UNFINISHED, opened)
    copy = connect(laid.files[DATABASE], read_only=True)
    try:
        versions = copy.execute("SELECT count(*) FROM version").fetchone()[0]
    finally:
        copy.close()
    if versions != contents.journal.versions:
        raise _unsound(backup)
    here = key_slots.read_slots(laid.folder / "keys")
    if not any(slot.data_key == opened.data_key.id for slot in here):  # else the ways of today stay
        for slot in here:  # they open what is replaced
            path = laid.folder / "keys" / slot.file_name
            laid.change.keep(path, path.with_name(f"{path.name}.{slot.data_key}"))
        beside = laid.folder / files.UNFINISHED / "keys"
        machine_too = is_plain(laid.files[DATABASE]) or not key_slots.asks(sealed.head.slots)
        key_slots.begin(beside, opened.data_key, sealed.head.slots, machine=machine_too)
        for path in list(beside.iterdir()):
            files.give_name(path, laid.put(f"keys/{path.name}"))
    missing = [name for name in contents.beside if not _lay_attachment(laid, backup.parent, opened.data_key, name)]
    if missing and not incomplete:
        raise StorageProblem.NOT_BESIDE.error(
            backup=backup.name, missing=len(missing), folder=attachments_beside.FOLDER, place=backup.parent
        )
    return attachments_in(contents) - len(missing)


def _lay_attachment(laid: _Laid, place: Path, data_key: DataKey, name: str) -> bool:
    """Lay out an attachment that lies beside the backup; return whether it is there, or was here before."""
    inside = f"{attachments_beside.FOLDER}/{name}"
    if (laid.folder / inside).exists():
        return True
    waiting = laid.folder / files.UNFINISHED / name
    if attachments_beside.take(place, data_key, name, waiting):
        files.give_name(waiting, laid.put(inside))
        return True
    return False


def _lay_copy(laid: _Laid, backup: Path) -> None:
    """Lay out a copy of a database, encrypted unless both it and the workspace it goes into are plain.

    Raises:
        UserError: WSP-030 the copy is not sound, KEY-010 the workspace has to be opened first.
    """
    place = laid.put(DATABASE)
    slots = key_slots.read_slots(laid.folder / "keys")
    stays_plain = is_plain(laid.folder / DATABASE) and is_plain(backup)
    if not slots and not stays_plain:
        opened, slot_files = key_slots.first_way()
        for name, content in slot_files.items():
            laid.change.put(laid.folder / "keys" / name, content)
        key_slots.keep_open(laid.folder / files.UNFINISHED, opened)
    elif not stays_plain:
        key_slots.key_for(laid.folder / DATABASE)
    try:
        with closing(connect(backup, read_only=True)) as source:
            copy_into(source, place, plain=stays_plain)
    except (DatabaseError, UserError) as error:
        raise _unsound(backup) from error


def _look_inside(backup: Path, database: Path) -> _Inside:
    """Check the database of a backup where it waits."""
    try:
        source = connect(database, read_only=True)
        try:
            sound = is_good(source)
            ours = source.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID
            if not (sound and ours):
                raise _unsound(backup)
            device = source.execute("SELECT value FROM setting WHERE key='workspace.device_id'").fetchone()
            versions = source.execute("SELECT count(*) FROM version").fetchone()[0]
        finally:
            source.close()
    except (DatabaseError, UserError) as error:
        raise _unsound(backup) from error
    if device is None:
        raise _unsound(backup)
    return _Inside(device[0], versions)


def _device_of(laid: _Laid, backup: Path, inside: _Inside, *, anew: bool) -> str:
    """Return as which device the workspace goes on: whose key is here, where it is that of the backup or took its place since.
    The backup of another device is refused, and one without its key where it is to go on as the same."""
    name = f"keys/{keys.PUBLIC_NAME}"
    public = laid.files.get(name, laid.folder / name)
    if public.is_file():
        device = keys.device_id_of(public.read_text(encoding="ascii"))
        former = (laid.folder / name).with_stem(keys.FORMER_NAME.format(inside.device))
        if device != inside.device and not former.is_file():
            raise StorageProblem.OTHER_DEVICE.error(backup=backup.name)
        return device
    if not anew:
        raise StorageProblem.NO_KEYS_INSIDE.error(backup=backup.name)
    return inside.device


def _name_formers(laid: _Laid, device: str) -> None:
    """Let the database of a backup from before the key was replaced name the device of today, and those it was before."""
    before, after = keys.FORMER_NAME.split("{}")
    formers = [
        path.stem.removeprefix(before).removesuffix(after) for path in (laid.folder / "keys").glob(f"{before}*.pub")
    ]
    copy = connect(laid.files[DATABASE])
    try:
        copy.executemany(
            "INSERT OR REPLACE INTO setting (key, value) VALUES (?, ?)",
            [("workspace.device_id", device), *((f"{separate.FORMER}{old}", old) for old in formers)],
        )
    finally:
        copy.close()


def _begin_anew(database: Path, made_at: datetime, *, moved: bool) -> None:
    """Begin a new life of the journal, whose last backup is this one; ``moved``: on this machine and no other."""
    copy = connect(database)
    try:
        copy.execute("UPDATE setting SET value=? WHERE key='workspace.epoch'", (uuid.uuid4().hex,))
        copy.execute("DELETE FROM setting WHERE key=?", (KEPT,))  # what it did may have been sent since
        copy.execute("INSERT OR REPLACE INTO setting (key, value) VALUES (?, ?)", (PROVEN, made_at.isoformat()))
        if moved:
            copy.execute("UPDATE setting SET value=? WHERE key=?", (machine_mark(), MACHINE))
        copy.execute("PRAGMA journal_mode=DELETE")
    finally:
        copy.close()


def _unsound(backup: Path) -> UserError:
    return StorageProblem.NOT_A_BACKUP.error(backup=backup.name, suffix=f"{SEALED_SUFFIX} / {SUFFIX}")
