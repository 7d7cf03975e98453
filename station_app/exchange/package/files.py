"""Files that are there whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from station_app.exchange.package.problems import PackageProblem
from station_app.storage.backup import sync_folder


def part_of(path: Path) -> Path:
    """Return where ``path`` is written before it gets its name."""
    return path.with_name(path.name + ".part")


@contextmanager
def writing(path: Path) -> Iterator[IO[bytes]]:
    """Write ``path``'s ``.part`` and sync it; the caller renames it. It is removed when anything fails.

    Raises:
        UserError: PKG-062 it cannot be written.
    """
    part = part_of(path)
    try:
        with part.open("w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        part.unlink(missing_ok=True)
        raise PackageProblem.CANNOT_WRITE.error(str(path), path=path, why=error.strerror) from error
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def name_part(path: Path) -> None:
    """Give a finished ``.part`` its name, durably.

    Raises:
        UserError: PKG-062 it cannot be renamed.
    """
    try:
        part_of(path).replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise PackageProblem.CANNOT_WRITE.error(str(path), path=path, why=error.strerror) from error


def write_beside(path: Path, data: bytes) -> None:
    """Write a small file beside its name and rename it.

    Raises:
        UserError: PKG-062 it cannot be written.
    """
    with writing(path) as file:
        file.write(data)
    name_part(path)
