"""Which backups there are: by what the files say themselves. Empty, cut and half-made ones are named, never offered."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from station_app.domain.problems import Problem, UserError
from station_app.domain.text import Text
from station_app.storage import backup
from station_app.storage.backup import SEALED_SUFFIX as SEALED
from station_app.storage.engine import PAGE, DatabaseError, connect, is_plain
from station_app.storage.problems import StorageProblem
from station_app.storage.sealed_file import read_head

SECOND = "backup.second"  # setting: the folder every backup is copied to
REPLACED = "replaced"  # what a restore took away: kept, and no backup
KINDS = {
    True: Text("可在任何电脑恢复", "restores on any computer"),
    False: Text("只有数据库，只在本机恢复", "database alone, restores here only"),
}
DAMAGED = ".damaged"  # behind the name of what was a backup and is none any more
_STAMP = len("20260630T010500000000")
_PLAIN_HEAD = 100  # bytes of the head of an SQLite file


@dataclass(frozen=True, slots=True)
class Stored:
    """A backup that can be restored.

    Attributes:
        made_at: UTC, by the clock there was; from its name, from its file where the name says nothing.
        sealed: Whether it opens anywhere and holds attachments and keys; a plain one is the database alone.
        mark: What it was made before (``before-upgrade``), empty for one a person asked for.
        organisation, org_code: Whose it is, where it says so.
    """

    path: Path
    made_at: datetime
    sealed: bool
    mark: str
    size: int
    organisation: str = ""
    org_code: str = ""


def made_at(path: Path) -> datetime:
    """Return when a backup was made."""
    try:
        return datetime.strptime(path.name[:_STAMP], backup.NAME_FORMAT).replace(tzinfo=UTC)
    except ValueError:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def look_at(path: Path) -> Stored:
    """Return what a file is as a backup; looks at its ends alone.

    Raises:
        UserError: WSP-030 it is none, or is cut off, WSP-033 it is damaged where one sees it at once, WSP-037 it is empty.
    """
    try:
        size, sealed = path.stat().st_size, path.name.endswith(SEALED)
        organisation = org_code = ""
        if sealed:
            about = read_head(path).head.about
            organisation, org_code = str(about.get("organisation", "")), str(about.get("org_code", ""))
            if not about.get("versions"):
                raise StorageProblem.EMPTY_BACKUP.error(backup=path.name)
        elif size and not is_plain(path):
            _look_at_encrypted(path, size)
        else:
            _look_at_plain(path, size)
        mark = path.name[_STAMP:].removesuffix(SEALED).removesuffix(backup.SUFFIX).removeprefix("-")
        return Stored(path, made_at(path), sealed, mark, size, organisation, org_code)
    except OSError as error:
        raise StorageProblem.NOT_A_BACKUP.error(backup=path.name, suffix=SEALED) from error


def _look_at_plain(path: Path, size: int) -> None:
    """Whether a database is as long as its head says."""
    with path.open("rb") as file:
        head = file.read(_PLAIN_HEAD)
    page = int.from_bytes(head[16:18], "big")
    pages = int.from_bytes(head[28:32], "big")
    if not head.startswith(b"SQLite format 3\0") or size < _PLAIN_HEAD or size < (65536 if page == 1 else page) * pages:
        raise StorageProblem.NOT_A_BACKUP.error(backup=path.name, suffix=SEALED)


def _look_at_encrypted(path: Path, size: int) -> None:
    """Whether a database is as long as its head says; while nobody opened the workspace, whether it is whole pages."""
    whole = size % PAGE == 0
    try:
        with closing(connect(path, read_only=True)) as copy:
            whole = size >= PAGE * int(copy.execute("PRAGMA page_count").fetchone()[0])
    except (DatabaseError, UserError) as error:
        if not isinstance(error, UserError) or error.code != StorageProblem.LOCKED.code:
            whole = False
    if not whole:
        raise StorageProblem.NOT_A_BACKUP.error(backup=path.name, suffix=SEALED)


def _newest_first(folder: Path) -> Iterator[Path]:
    files = [path for path in folder.glob("*.backup.*") if path.name.endswith((SEALED, backup.SUFFIX))]
    return iter(sorted(files, key=lambda path: (made_at(path), path.name), reverse=True))


def stored(folder: Path) -> tuple[list[Stored], list[Problem]]:
    """Return the backups in a folder, newest first, and why the other files there are none."""
    usable: list[Stored] = []
    problems: list[Problem] = []
    for path in _newest_first(folder):
        try:
            usable.append(look_at(path))
        except UserError as error:
            problems += error.problems
    problems += [StorageProblem.SEALED_DAMAGED.problem(backup=path.name, at=0) for path in folder.glob(f"*{DAMAGED}")]
    return usable, problems


def last_backup(folder: Path) -> datetime | None:
    """Return when the newest usable backup in ``folder`` was made."""
    for path in _newest_first(folder):
        if REPLACED not in path.name:
            try:
                return look_at(path).made_at
            except UserError:
                continue
    return None
