"""Packages and other files for others are there whole or not at all; what cannot be written is said."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from station_app.exchange.package.problems import PackageProblem
from station_app.storage import files


@contextmanager
def _said(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise PackageProblem.CANNOT_WRITE.error(str(path), path=path, why=error.strerror) from error


@contextmanager
def writing(path: Path) -> Iterator[IO[bytes]]:
    """Write ``path``'s ``.part`` and sync it; the caller renames it. It is removed when anything fails.

    Raises:
        UserError: PKG-062 it cannot be written.
    """
    with _said(path), files.writing(path) as file:
        yield file


def name_part(path: Path) -> None:
    """Give a finished ``.part`` its name, durably.

    Raises:
        UserError: PKG-062 it cannot be renamed.
    """
    with _said(path):
        files.name_part(path)


def write_beside(path: Path, data: bytes) -> None:
    """Write a small file beside its name and rename it.

    Raises:
        UserError: PKG-062 it cannot be written.
    """
    with _said(path):
        files.write_whole(path, data)
