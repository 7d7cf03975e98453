"""Files that are there whole or not at all: one alone, or several that change together.

What is to become a file is written beside its name, synced, and renamed. Several renames are one change: the new contents
wait in the folder ``unfinished``, and the list of all renames, synced before the first of them, says what belongs together.
Without the list nothing has happened yet. With it, whoever next takes the lock of the workspace finishes what a power cut
left half done, or takes it back where it cannot be finished.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

UNFINISHED = "unfinished"
_LIST = "renames.json"
_Steps = list[tuple[Path, Path]]


def part_of(path: Path) -> Path:
    """Return where ``path`` is written before it gets its name."""
    return path.with_name(path.name + ".part")


@contextmanager
def writing(path: Path, *, private: bool = False) -> Iterator[IO[bytes]]:
    """Write ``path``'s ``.part`` and sync it; the caller renames it. It is removed when anything fails.

    ``private``: for the eyes of this user alone.

    Raises:
        OSError: it cannot be written.
    """
    part = part_of(path)
    try:
        part.unlink(missing_ok=True)  # one left lying keeps the permissions it had
        descriptor = os.open(
            part, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600 if private else 0o666
        )
        with os.fdopen(descriptor, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise


def name_part(path: Path) -> None:
    """Give a finished ``.part`` its name, durably.

    Raises:
        OSError: it cannot be renamed.
    """
    give_name(part_of(path), path)


def give_name(whole: Path, path: Path) -> None:
    """Let ``whole``, a file or a folder that is finished and synced, be called ``path``, durably.

    Raises:
        OSError: it cannot be renamed.
    """
    whole.replace(path)
    sync_folder(path.parent)


def write_whole(path: Path, content: bytes, *, private: bool = False) -> None:
    """Write a small file: its old content is there until the new one is on the disk.

    Raises:
        OSError: it cannot be written.
    """
    with writing(path, private=private) as file:
        file.write(content)
    name_part(path)


def make_private(path: Path) -> None:
    """Let no other user of this computer read ``path``, a file or a folder; a group that may write was let in on purpose.

    A stick may know no permissions, and what belongs to somebody else stays as it is.
    """
    with contextlib.suppress(OSError):
        mode = stat.S_IMODE(path.stat().st_mode)
        kept = mode & (0o770 if mode & 0o020 else 0o700)
        if os.name == "posix" and kept != mode:
            path.chmod(kept)


def sync_file(path: Path) -> None:
    """Make what was written to ``path`` survive a power cut."""
    with path.open("rb+" if os.name == "nt" else "rb") as file:  # a file that may only be read is synced, too
        os.fsync(file.fileno())


def sync_all(path: Path) -> None:
    """Make ``path`` survive a power cut: a file, or a folder with all that is in it."""
    for each in [path, *path.rglob("*")]:
        if not each.is_symlink():
            sync_folder(each) if each.is_dir() else sync_file(each)


def sync_folder(folder: Path) -> None:
    """Make a rename in ``folder`` survive a power cut (does nothing on Windows, where it cannot be asked for)."""
    if os.name != "nt":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


class Together:
    """Files below ``folder`` that are about to change together (``changing_together``)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._waiting = folder / UNFINISHED
        self._kept: _Steps = []
        self._replaced: _Steps = []
        self._new: _Steps = []

    def put(self, target: Path, content: bytes | None = None) -> Path:
        """Return where the new content of ``target`` (a file or a folder) is to be written; ``content`` is written there, for
        the eyes of this user alone. What is called ``target`` now will be gone."""
        place = self._waiting / f"new-{len(self._new)}"
        self._new.append((place, target))
        if content is not None:
            write_whole(place, content, private=True)
        return place

    def remove(self, path: Path) -> None:
        """Let ``path`` be gone, where it is there."""
        self._replaced.append((path, self._waiting / f"old-{len(self._replaced)}"))

    def keep(self, path: Path, name: Path) -> None:
        """Let ``path``, where it is there, be called ``name`` from then on, which nothing is called yet."""
        if path.exists():
            if name.exists():
                raise FileExistsError(0, "it exists", str(name))
            self._kept.append((path, name))

    def _steps(self) -> _Steps:
        taken = {path for path, _ in self._kept}
        for _, target in self._new:
            if target.exists() and target not in taken:
                self.remove(target)
        return [*self._kept, *(step for step in self._replaced if step[0].exists()), *self._new]

    def _carry_out(self) -> None:
        for place, _ in self._new:
            sync_all(place)
        steps = self._steps()
        names = [[path.relative_to(self._folder).as_posix() for path in step] for step in steps]
        write_whole(self._waiting / _LIST, json.dumps(names, ensure_ascii=False).encode())
        sync_folder(self._folder)
        _rename(steps, self._waiting)


@contextmanager
def changing_together(folder: Path) -> Iterator[Together]:
    """Say inside what is to change below ``folder``; on leaving all of it changes, or nothing. The caller holds the lock.

    Raises:
        OSError: it cannot be done; everything is as it was, or will be as it should at the next opening.
    """
    finish(folder)
    waiting = folder / UNFINISHED
    waiting.mkdir(mode=0o700)
    change = Together(folder)
    try:
        yield change
        change._carry_out()
    finally:
        if not is_unfinished(folder):
            shutil.rmtree(waiting, ignore_errors=True)


def is_unfinished(folder: Path) -> bool:
    """Whether files below ``folder`` that change together were cut in between."""
    return (folder / UNFINISHED / _LIST).is_file()


def finish(folder: Path) -> None:
    """Finish what was cut, or take it back where it cannot be finished. The caller holds the lock of ``folder``.

    Raises:
        OSError: neither can be done.
    """
    waiting = folder / UNFINISHED
    if is_unfinished(folder):
        steps = _read_list(folder)
        with contextlib.suppress(_TakenBack):
            _rename(steps, waiting)
    if waiting.is_dir():
        shutil.rmtree(waiting, ignore_errors=True)


class _TakenBack(OSError):
    """Not all could be renamed; all is called as it was."""


def _read_list(folder: Path) -> _Steps:
    listed = folder / UNFINISHED / _LIST
    try:
        names = json.loads(listed.read_text(encoding="utf-8"))
        inside = [[PurePosixPath(name) for name in step] for step in names]
        if any(path.is_absolute() or ".." in path.parts for step in inside for path in step):
            raise ValueError(names)
        return [(folder / source, folder / target) for source, target in inside]
    except (ValueError, TypeError) as error:
        raise OSError(0, "not readable", str(listed)) from error


def _rename(steps: _Steps, waiting: Path) -> None:
    """Rename what is not renamed yet, durably, or take all of it back, and forget the list."""
    failed = None
    try:
        for source, target in steps:
            if not _is_done(source, target, waiting):
                target.parent.mkdir(parents=True, exist_ok=True)
                source.replace(target)
    except OSError as error:
        failed = error
        for source, target in reversed(steps):
            if target.exists() and _is_done(source, target, waiting):
                target.replace(source)
    for folder in {path.parent for step in steps for path in step}:
        if folder.is_dir():
            sync_folder(folder)
    (waiting / _LIST).unlink()
    sync_folder(waiting)
    if failed is not None:
        raise _TakenBack(failed.errno, failed.strerror, failed.filename) from failed


def _is_done(source: Path, target: Path, waiting: Path) -> bool:
    """Whether a step was taken: a new content waits no longer, and nothing was called before as what is kept is called now."""
    return not source.exists() if source.parent == waiting else target.exists() or not source.exists()
