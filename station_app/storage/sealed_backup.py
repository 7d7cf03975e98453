"""A backup that opens anywhere: one sealed file with database, attachments, keys and settings.

The content is a tar: ``workspace.db`` (settings lie in it), ``attachments/…``, ``keys/…`` and, at its end, ``backup.json`` with
the digest of each. Attachments are inside, or beside it where the backups of a place share them (``attachments_beside``); then
the list names them. The slots travel in the head, this machine's too, so that whoever has the file and one way in (password,
sheet, county) needs nothing else. A secret of this machine is not inside.

It is called a backup only when it was opened again by a slot read from the file itself, and the integrity of the database
inside, its count and digest of versions, and every other file were the same as in the source. A source that is not sound fails
the run; nothing is removed by that.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import tarfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

import msgspec

from station_app.domain.problems import UserError
from station_app.storage import attachments_beside, files, key_slots
from station_app.storage.engine import Connection, DatabaseError, connect, copy_into, translated
from station_app.storage.problems import StorageProblem
from station_app.storage.sealed_file import Opening, SealedFile, Sealing, does_not_fit, read_head
from station_app.storage.versions import VERSION_COLUMNS, read_version

if TYPE_CHECKING:
    from station_app.storage.key_slots import DataKey, Opened, Slot

DATABASE = "workspace.db"
MANIFEST = "backup.json"
_NAMES = re.compile(
    r"workspace\.db|backup\.json|attachments/[0-9a-f]{64}(\.about)?|keys/[A-Za-z0-9][A-Za-z0-9._-]{0,99}"
)
_STAYS_HERE = (key_slots.MACHINE_SECRET,)
_PIECE = 1 << 20


class JournalState(msgspec.Struct, frozen=True):
    """What is compared between a journal and its copy: how many versions and records, and the digest of all version ids in
    their order."""

    versions: int
    records: int
    digest: str


class Contents(msgspec.Struct, frozen=True):
    """What a backup holds: the state of its journal, SHA-256 by name of every file but the list itself, and the names of the
    attachments that lie beside it."""

    journal: JournalState
    files: dict[str, str]
    beside: tuple[str, ...] = ()


def journal_state(connection: Connection, until: int | None = None) -> JournalState:
    """Read every version up to ``until`` (its place in the journal) and compute its id again.

    Raises:
        UserError: WSP-035 the file or a version is not as it was saved.
    """
    for (verdict,) in connection.execute("PRAGMA integrity_check(20)"):
        if verdict != "ok" and "search_index" not in verdict:  # the search index follows from the rest
            raise StorageProblem.BAD_SOURCE.error(what=verdict)
    digest, records, number = hashlib.sha256(), set(), 0
    rows = connection.execute(
        f"SELECT {VERSION_COLUMNS} FROM version WHERE seq <= ? ORDER BY seq", (2**62 if until is None else until,)
    )
    for row in rows:
        version = read_version(row)
        if not version.is_sound():
            raise StorageProblem.BAD_SOURCE.error(what=version.version_id[:12])
        digest.update(version.version_id.encode())
        records.add(version.record_id)
        number += 1
    return JournalState(number, len(records), digest.hexdigest())


# --- making ----------------------------------------------------------------------------------------------------------


def make(
    folder: Path, connection: Connection, target: Path, about: dict[str, str | int], *, alone: bool = True
) -> Contents:
    """Write a proven backup of the open workspace in ``folder`` to ``target``; return what it holds.

    Args:
        alone: All of it is in the one file; else the attachments are shared with the other backups in its folder.

    Raises:
        UserError: WSP-035 the source is not sound, WSP-010 the copy is not the same, WSP-011 it cannot be written,
            DB-002 the disk is full, KEY-004 nothing opens the data key without asking. Nothing half-made stays.
    """
    keys_folder = folder / "keys"
    data_key = key_slots.own_key(keys_folder)
    slots = tuple(slot for slot in key_slots.read_slots(keys_folder) if slot.data_key == data_key.id)
    part = files.part_of(target)
    scratch = folder / "backups" / f"{target.name}.db.part"
    try:
        scratch.parent.mkdir(exist_ok=True)
        for left in (part, scratch):
            left.unlink(missing_ok=True)
        copy_into(connection, scratch)
        last, state = _state_of(scratch)
        if state != journal_state(connection, last):  # what is saved meanwhile comes after it
            raise StorageProblem.BACKUP_UNSOUND.error(target=target)
        inside, beside = dict(_beside(folder)), {}
        if not alone:
            beside = {path.name: inside.pop(name) for name, path in list(inside.items()) if _is_attachment(name)}
            attachments_beside.seal(target.parent, data_key, beside.items())
        with files.writing(target, private=True) as file:
            sealing = Sealing(file, data_key, slots, {**about, "versions": state.versions, "records": state.records})
            contents = _pack(sealing, state, {DATABASE: scratch, **inside}, tuple(beside))
            sealing.finish()
        _prove(part, scratch, keys_folder, slots, contents)
        files.name_part(target)
    except DatabaseError as error:
        raise translated(error, target) from error
    except OSError as error:
        raise StorageProblem.BACKUP_NOT_WRITTEN.error(target=target, why=error.strerror or str(error)) from error
    finally:
        for left in (part, scratch):
            left.unlink(missing_ok=True)
    return contents


def _state_of(database: Path) -> tuple[int, JournalState]:
    copy = connect(database, read_only=True)
    try:
        return int(copy.execute("SELECT max(seq) FROM version").fetchone()[0] or 0), journal_state(copy)
    finally:
        copy.close()


def _beside(folder: Path) -> Iterator[tuple[str, Path]]:
    """Give what is kept beside the database, by its name inside."""
    for inside in ("keys", "attachments"):
        for path in sorted((folder / inside).glob("*")):
            name = f"{inside}/{path.name}"
            if (
                path.is_file() and _NAMES.fullmatch(name) and path.name not in _STAYS_HERE
                and not path.name.endswith((".part", key_slots.SUFFIX))
            ):  # fmt: skip
                yield name, path


class _Hashing:
    """A file whose digest is known once it was read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._digest = file, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        piece = self._file.read(size)
        self._digest.update(piece)
        return piece

    def hexdigest(self) -> str:
        return self._digest.hexdigest()


def _is_attachment(name: str) -> bool:
    return name.startswith("attachments/") and "." not in name


def attachments_in(contents: Contents) -> int:
    """Return how many attachments a backup holds, in it and beside it."""
    return len(contents.beside) + sum(_is_attachment(name) for name in contents.files)


def _pack(sealing: Sealing, state: JournalState, sources: dict[str, Path], beside: tuple[str, ...] = ()) -> Contents:
    digests = {}
    with tarfile.open(fileobj=cast(IO[bytes], sealing), mode="w|", format=tarfile.PAX_FORMAT) as tar:
        for name, path in sources.items():
            with path.open("rb") as file:
                member = tarfile.TarInfo(name)
                member.size = os.fstat(file.fileno()).st_size
                reading = _Hashing(file)
                tar.addfile(member, cast(IO[bytes], reading))
            digests[name] = reading.hexdigest()
            if _is_attachment(name) and digests[name] != path.name:
                raise StorageProblem.BAD_SOURCE.error(what=name)
        contents = Contents(state, digests, beside)
        listed = msgspec.json.encode(contents)
        member = tarfile.TarInfo(MANIFEST)
        member.size = len(listed)
        tar.addfile(member, io.BytesIO(listed))
    return contents


def _prove(part: Path, scratch: Path, keys_folder: Path, slots: tuple[Slot, ...], contents: Contents) -> None:
    """Open what was written by what it says itself, and compare with the source."""
    sealed = read_head(part)
    data_key = key_slots.open_slots(sealed.head.slots, key_slots.of_this_process(keys_folder))
    scratch.unlink()
    found = unpack(sealed, data_key, lambda name: scratch if name == DATABASE else None)
    if (found, sealed.head.slots) != (contents, slots) or _state_of(scratch)[1] != contents.journal:
        raise StorageProblem.BACKUP_UNSOUND.error(target=part)


# --- opening ---------------------------------------------------------------------------------------------------------


def unlock(sealed: SealedFile, secret: str | None, keys_folder: Path, county: Path | None = None) -> Opened:
    """Return what opens a sealed file: by what a person typed, else by what is open here or by this machine, else by the county's device key.

    A workspace that has the same data key opens older backups by its slots of today, too.

    Raises:
        UserError: KEY-001 nothing opens it, KEY-002, KEY-003, KEY-005 see ``key_slots``, KEY-008 no key of a county,
            WSP-034 the secret is right here, but the file belongs to another data key.
    """
    here = key_slots.read_slots(keys_folder)
    slots = [*sealed.head.slots, *(slot for slot in here if slot.data_key == sealed.head.data_key)]

    def opened(which: Sequence[Slot]) -> Opened:
        if county is not None:
            return key_slots.opened_slot(which, key_slots.of_county(county))
        if secret is None:
            return key_slots.opened_slot(which, key_slots.of_this_process(keys_folder))
        return key_slots.open_typed(which, secret)

    try:
        return opened(slots)
    except UserError as error:
        if error.code != StorageProblem.DOES_NOT_OPEN.code:
            raise
        try:
            ours = opened([slot for slot in here if slot.data_key != sealed.head.data_key])
        except UserError:
            raise error from None
        raise does_not_fit(sealed, ours.data_key) from error


def unpack(sealed: SealedFile, data_key: DataKey, place: Callable[[str], Path | None]) -> Contents:
    """Read the whole of a backup, but not what lies beside it; ``place`` says where a file of it goes, ``None`` where it is only read.

    Returns: What it holds, which is compared with its own list.

    Raises:
        UserError: WSP-033 it is damaged or not what it says, WSP-034 the data key does not fit.
        OSError: a file cannot be written.
    """
    digests: dict[str, str] = {}
    listed = b""
    with Opening(sealed, data_key) as opening:
        try:
            with tarfile.open(fileobj=cast(IO[bytes], opening), mode="r|") as tar:
                for member in tar:
                    if not member.isfile() or not _NAMES.fullmatch(member.name) or member.name in digests:
                        raise _not_as_listed(sealed)
                    content = _Hashing(cast(IO[bytes], tar.extractfile(member)))
                    if member.name == MANIFEST:
                        listed = content.read()
                    else:
                        _write(content, place(member.name))
                        digests[member.name] = content.hexdigest()
            opening.finish()
            contents = msgspec.json.decode(listed, type=Contents)
        except (tarfile.TarError, msgspec.DecodeError) as error:
            raise _not_as_listed(sealed) from error
    if contents.files != digests or DATABASE not in digests:
        raise _not_as_listed(sealed)
    return contents


def _write(content: _Hashing, target: Path | None) -> None:
    if target is None:
        while content.read(_PIECE):
            pass
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        while piece := content.read(_PIECE):
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())


def _not_as_listed(sealed: SealedFile) -> UserError:
    return StorageProblem.SEALED_DAMAGED.error(backup=sealed.path.name, at=sealed.end)
