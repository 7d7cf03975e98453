"""Reading what is sound out of a damaged workspace database; what is not is named. The file itself is never touched."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from station_app.domain.problems import UserError
from station_app.storage.engine import Connection, DatabaseError, connect
from station_app.storage.versions import VERSION_COLUMNS, UnreadableVersion, Version, read_version

_BLOCK = 512  # versions asked for at once; where that fails, halves of it
_LEAST_ROW = 200  # bytes of a version: a bound for how many a file can hold


class DamagedDatabase:
    """A copy of a damaged database, to be read as far as it can be.

    Attributes:
        unreadable: How many numbers of the journal cannot be read; what they held is not known.
        altered: Versions whose content is not what their id says, by the id in the file.
    """

    def __init__(self, database: Path, scratch: Path) -> None:
        """Copy ``database`` and its write-ahead log into the folder ``scratch``.

        Raises:
            OSError: it cannot be read or copied.
        """
        self.unreadable = 0
        self.altered: list[str] = []
        self._file, self._like = scratch / database.name, database
        self._connection: Connection | None = None
        for ending in ("", "-wal"):
            source = database.with_name(database.name + ending)
            if source.is_file():
                shutil.copyfile(source, self._file.with_name(self._file.name + ending))

    def settings(self) -> dict[str, str]:
        """Return the settings, empty where they cannot be read."""
        with suppress(UserError, DatabaseError), closing(self._open()) as connection:
            return dict(connection.execute("SELECT key, value FROM setting").fetchall())
        return {}

    def cards(self) -> list[tuple[Any, ...]]:
        """Return the rows of the cards, as far as they can be read."""
        with suppress(UserError, DatabaseError), closing(self._open()) as connection:
            return list(connection.execute("SELECT * FROM card").fetchall())
        return []

    def versions(self) -> Iterator[Version]:
        """Yield every sound version once, in the order of the journal."""
        try:
            self._open().close()
        except (UserError, DatabaseError):
            self.unreadable += 1
            return
        try:
            last = self._last()
            for first in range(1, last + 1, _BLOCK):
                yield from self._sound(first, min(first + _BLOCK - 1, last))
        finally:
            self._close()

    def _open(self) -> Connection:
        opened: Connection = connect(self._file, like=self._like)
        return opened

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _read(self, statement: str, values: tuple[int, ...] = ()) -> list[Any]:
        """Return rows; after a page that cannot be decrypted a connection reads nothing more, so the next one is a new one."""
        try:
            if self._connection is None:
                self._connection = self._open()
            return list(self._connection.execute(statement, values).fetchall())
        except (UserError, DatabaseError) as error:
            self._close()
            raise DatabaseError(str(error)) from error

    def _last(self) -> int:
        for statement in ("SELECT max(seq) FROM version", "SELECT seq FROM projected"):
            with suppress(DatabaseError, TypeError, ValueError):
                if found := self._read(statement)[0][0]:
                    return int(found)
        return self._file.stat().st_size // _LEAST_ROW

    def _sound(self, first: int, last: int) -> Iterator[Version]:
        waiting = [(first, last)]
        while waiting:
            low, high = waiting.pop()
            try:
                rows = self._read(
                    f"SELECT {VERSION_COLUMNS} FROM version NOT INDEXED WHERE seq BETWEEN ? AND ? ORDER BY seq",
                    (low, high),
                )
            except DatabaseError:
                if low == high:
                    self.unreadable += 1
                else:
                    middle = (low + high) // 2
                    waiting += [(middle + 1, high), (low, middle)]
                continue
            for row in rows:
                try:
                    version = read_version(row)
                    is_sound = version.is_sound()
                except (UnreadableVersion, ValueError, TypeError):
                    is_sound = False
                if is_sound:
                    yield version
                else:
                    self.altered.append(str(row[-2]))
