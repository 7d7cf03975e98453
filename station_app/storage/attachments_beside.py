"""Attachments beside the backups of a place: each sealed once, under the hash of its content, for all backups that name it.

Photographs do not change from one backup to the next, and a stick does not hold them twenty times. So the backups a workspace
keeps, in its own folder and in the second place, name their attachments and share them: the next backup costs what is new. A
backup that a person takes to another folder holds all of it and restores alone.

An attachment gets its name here after it was opened again and its content had the hash it is called by. Nothing is removed: an
older backup may name what the workspace does not have any more.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from station_app.domain.problems import UserError
from station_app.storage import files
from station_app.storage.problems import StorageProblem
from station_app.storage.sealed_file import CHUNK, Opening, SealedFile, Sealing, read_head

if TYPE_CHECKING:
    from station_app.storage.key_slots import DataKey

FOLDER = "attachments"
SUFFIX = ".sealed"


def sealed_in(place: Path) -> list[Path]:
    """Return every attachment that lies beside the backups in ``place``."""
    return sorted((place / FOLDER).glob(f"*/*{SUFFIX}"))


def seal(place: Path, data_key: DataKey, sources: Iterable[tuple[str, Path]]) -> None:
    """Seal those of ``sources`` (name and file) that do not lie in ``place`` yet.

    Raises:
        UserError: WSP-035 the content of one has not the hash it is called by; of one that lies here the length is compared,
            ``check`` reads it.
        OSError: it cannot be read or written.
    """
    folder = place / FOLDER / data_key.id
    for each in (folder.parent, folder):
        each.mkdir(exist_ok=True)
        files.make_private(each)
    for name, source in sources:
        target = folder / f"{name}{SUFFIX}"
        size = source.stat().st_size
        if _is_here(target, name, size):
            continue
        with source.open("rb") as content, files.writing(target, private=True) as file:
            sealing = Sealing(file, data_key, (), {"attachment": name, "size": size})
            while piece := content.read(CHUNK):
                sealing.write(piece)
            sealing.finish()
        if _digest(_content(read_head(files.part_of(target)), data_key)) != name:
            files.part_of(target).unlink()
            raise StorageProblem.BAD_SOURCE.error(what=name)
        files.name_part(target)


def take(place: Path, data_key: DataKey, name: str, target: Path) -> bool:
    """Write an attachment to ``target``; return whether it lies in ``place`` and is whole.

    Raises:
        OSError: it cannot be written.
    """
    try:
        sealed = read_head(place / FOLDER / data_key.id / f"{name}{SUFFIX}")
        digest = hashlib.sha256()
        with files.writing(target, private=True) as file:
            for piece in _content(sealed, data_key):
                digest.update(piece)
                file.write(piece)
            if digest.hexdigest() != name:
                raise StorageProblem.SEALED_DAMAGED.error(backup=sealed.path.name, at=sealed.end)
    except UserError:
        return False
    files.name_part(target)
    return True


def _is_here(path: Path, name: str, size: int) -> bool:
    """Whether an attachment lies here, as far as the ends of its file tell.

    Raises:
        UserError: WSP-035 what is kept under its name is longer or shorter now.
    """
    try:
        known = read_head(path).head.about.get("size")
    except UserError:
        return False
    if known != size:
        raise StorageProblem.BAD_SOURCE.error(what=name)
    return True


def _content(sealed: SealedFile, data_key: DataKey) -> Iterator[bytes]:
    with Opening(sealed, data_key) as opening:
        while piece := opening.read(CHUNK):
            yield piece
        opening.finish()


def _digest(pieces: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()
