"""The one SQLite of the process.

Only this module imports the SQLite driver: changing the driver touches this file alone. Exceptions of the driver are taken
from here, because ``sqlcipher3.IntegrityError`` is not the standard library's.

A database is encrypted page by page with the data key of the workspace its file lies in (``key_slots.key_for``), or plain, as
workspaces were made before; its first bytes tell which. A new one is encrypted where that workspace is.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, cast

import sqlcipher3
import sqlcipher3.dbapi2 as _driver

from station_app.storage import key_slots
from station_app.storage.problems import StorageProblem

# sqlite-utils takes the driver called pysqlite3 when there is one; it must find ours and no other.
sys.modules.setdefault("pysqlite3", sqlcipher3)
sys.modules.setdefault("pysqlite3.dbapi2", _driver)

if TYPE_CHECKING:  # the driver says no types; its classes are those of the standard library
    from sqlite3 import Connection as Connection
    from sqlite3 import Cursor as Cursor
else:
    Connection, Cursor = _driver.Connection, _driver.Cursor
DatabaseError = cast(type[Exception], _driver.DatabaseError)
IntegrityError = cast(type[Exception], _driver.IntegrityError)
OperationalError = cast(type[Exception], _driver.OperationalError)
SQLITE_VERSION: tuple[int, ...] = tuple(int(n) for n in _driver.sqlite_version.split("."))

# Two connections that reset the write-ahead log at the same moment could lose a commit before this version.
WAL_RESET_FIXED = (3, 51, 3)
SYNCHRONOUS = "FULL"  # of writers: a commit that returned is on the disk
LITTLE_CACHE = -12_288  # KiB of pages held while very much is written
PATIENCE_MS = 30_000  # how long a writer waits for another
PAGE = 4096  # bytes of a page of an encrypted database
_AT_ONCE = 64  # rows
_PLAIN_START = b"SQLite format 3\0"


class _TellingCursor(Cursor):
    """Says in words what is wrong with the file, wherever in reading it shows: a page that was damaged does so when it is
    read, long after the file was opened."""

    path: Path

    def execute(self, sql: str, parameters: Sequence[object] = (), /) -> Self:  # type: ignore[override]
        with _telling(self.path):
            return super().execute(sql, parameters)

    def fetchone(self) -> object:
        with _telling(self.path):
            return super().fetchone()

    def fetchall(self) -> list[object]:
        with _telling(self.path):
            return super().fetchall()

    def __iter__(self) -> Iterator[object]:  # type: ignore[override]
        with _telling(self.path):
            while rows := super().fetchmany(_AT_ONCE):
                yield from rows


class _TellingConnection(Connection):
    """Of readers: what they read is shown, and nobody between here and the person knows more."""

    path: Path

    def cursor(self, factory: type[_TellingCursor] = _TellingCursor) -> _TellingCursor:  # type: ignore[override]
        made = super().cursor(factory)
        made.path = self.path
        return made


class _telling:
    """Turns an error of the driver that a person can mend into its sentence."""

    __slots__ = ("path",)

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, DatabaseError):
            told = translated(error, self.path)
            if told is not error:
                raise told from error


def connect(
    path: Path, *, read_only: bool = False, once: bool = False, new: bool = False, like: Path | None = None,
    telling: bool = False,
) -> Any:  # fmt: skip
    """Open ``path`` with the settings every connection of ours has; ``once``: to read very much, each row one time, in little
    memory. Only a ``new`` one is made where there is nothing. ``like``: it is a copy of that file, and has its key.
    ``telling``: errors a person can mend are raised as their sentences also when rows are read.

    A connection belongs to the thread that opened it. Writers are durable (``synchronous=FULL``): a commit that
    returned survives a power cut.

    Raises:
        UserError: DB-001 the file is not a readable database, KEY-010 it is encrypted, and nobody has opened it yet.
    """
    key = _key_of(path, new=new, like=like or path)
    address = path.absolute().as_uri() + ("?mode=ro" if read_only else "?mode=rwc" if new else "?mode=rw")
    try:
        factory = _TellingConnection if telling else _driver.Connection
        connection: Connection = _driver.connect(
            address, uri=True, isolation_level=None, cached_statements=512, factory=factory
        )
        if isinstance(connection, _TellingConnection):
            connection.path = path
        if key is not None:
            connection.execute("PRAGMA cipher_log_level=NONE")  # what is wrong is raised
            connection.execute(f'PRAGMA key="{_raw(key)}"')
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute(f"PRAGMA busy_timeout={PATIENCE_MS}")
        # What SQLite lays aside in files of its own is not encrypted.
        connection.execute(f"PRAGMA temp_store={'FILE' if once and key is None else 'MEMORY'}")
        connection.execute(f"PRAGMA cache_size={-4096 if once else -65536}")
        connection.execute("PRAGMA trusted_schema=OFF")
        if not read_only:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute(f"PRAGMA synchronous={SYNCHRONOUS}")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except UnicodeDecodeError as error:  # the driver can not even say what is wrong with the schema
        raise StorageProblem.NOT_SOUND.error(where=path) from error
    except DatabaseError as error:
        raise translated(error, path) from error
    return connection


def is_plain(path: Path) -> bool:
    """Whether anybody can read the database in ``path``; an empty file is plain, one that is not there is not."""
    try:
        with path.open("rb") as file:
            start = file.read(len(_PLAIN_START))
    except OSError:
        return False
    return start in (_PLAIN_START, b"")


def attach(connection: Connection, path: Path, name: str, *, new: bool = False) -> None:
    """Let ``connection`` see a second database, called ``name``; only a ``new`` one is written.

    Raises:
        UserError: KEY-010 as ``connect``.
        DatabaseError: it cannot be opened.
    """
    key = _key_of(path, new=new, like=path)
    address = path.absolute().as_uri() + ("?mode=rwc" if new else "?mode=ro")
    connection.execute(f'ATTACH ? AS "{name}" KEY ?', (address, _raw(key) if key else ""))


def copy_into(connection: Connection, target: Path, *, plain: bool = False) -> None:
    """Copy what ``connection`` sees, one consistent state, into a new file, encrypted where its workspace is; ``plain``: to be
    read by anybody.

    Raises:
        UserError: KEY-010 as ``connect``.
        DatabaseError: it cannot be read or written.
    """
    key = None if plain else _key_of(target, new=True, like=target)
    source = connection.execute("PRAGMA database_list").fetchone()[2]
    if not source or key == _key_of(Path(source), new=False, like=Path(source)):
        connection.execute("VACUUM INTO ?", (str(target),))  # it keeps the key, and leaves no write-ahead log behind
        return
    connection.execute("ATTACH ? AS copied KEY ?", (str(target), _raw(key) if key else ""))
    try:
        connection.execute("BEGIN")  # one state for rows and marks
        connection.execute("SELECT sqlcipher_export('copied')")
        for mark in ("user_version", "application_id"):  # the export leaves them out
            value = connection.execute(f"PRAGMA main.{mark}").fetchone()[0]
            connection.execute(f"PRAGMA copied.{mark}={value}")
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        connection.execute("DETACH copied")


def _key_of(path: Path, *, new: bool, like: Path) -> bytes | None:
    """Return the key ``path`` is encrypted with, ``None`` where it is plain."""
    if is_plain(path):
        return None
    if new and not path.exists():
        found = key_slots.open_key(like)
    elif (found := key_slots.key_for(like)) is None:
        return None  # no way leads to it: it is no database of ours
    return found.secret if found else None


def _raw(key: bytes) -> str:
    return f"x'{key.hex()}'"


def is_busy(error: Exception) -> bool:
    """Whether another connection holds the database."""
    return _CAUSES.get(_code(error)) is StorageProblem.BUSY


def connect_plain(path: Path) -> Connection:
    """Open ``path`` without any of our settings and without waiting; for the lock file."""
    connection: Connection = _driver.connect(str(path), timeout=0, isolation_level=None)
    return connection


def utils_database(connection: object) -> Any:
    """Return a ``sqlite_utils.Database`` on ``connection`` without loading pandas and numpy with it."""
    held = {name: sys.modules.get(name) for name in ("pandas", "numpy")}
    if "sqlite_utils" not in sys.modules:
        for name in held:
            sys.modules[name] = cast(Any, None)
    try:
        import sqlite_utils
    finally:
        for name, module in held.items():
            if module is None:
                sys.modules.pop(name, None)
            else:
                sys.modules[name] = module
    return sqlite_utils.Database(connection)


def is_schema_error(error: Exception) -> bool:
    """Whether a statement named what the database does not have."""
    return bool(_code(error) == _driver.SQLITE_ERROR)


def translated(error: Exception, path: Path, *, whole: bool = False) -> Exception:
    """Turn a driver error a person can mend into a ``UserError``; return others unchanged.

    ``whole``: the statements are right for every sound file (opening, checking), so that whatever else goes wrong is the
    file's fault.
    """
    found = _CAUSES.get(_code(error))
    if found is None and isinstance(error, DatabaseError):
        # Text that is none, and JSON that is none: only we write it.
        undecodable = isinstance(error, OperationalError) and (not _code(error) or str(error) == "malformed JSON")
        constraint = isinstance(error, IntegrityError) and _code(error) != _driver.SQLITE_CONSTRAINT
        found = StorageProblem.NOT_SOUND if whole or undecodable or constraint else None
    return found.error(where=path) if found is not None else error


def _code(error: Exception) -> int:
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF  # the upper bits only say where it happened


_CAUSES = {
    _driver.SQLITE_FULL: StorageProblem.FULL,
    _driver.SQLITE_IOERR: StorageProblem.FULL,
    _driver.SQLITE_NOTADB: StorageProblem.NOT_SOUND,
    _driver.SQLITE_CORRUPT: StorageProblem.NOT_SOUND,
    _driver.SQLITE_FORMAT: StorageProblem.NOT_SOUND,
    _driver.SQLITE_MISMATCH: StorageProblem.NOT_SOUND,
    _driver.SQLITE_BUSY: StorageProblem.BUSY,
    _driver.SQLITE_LOCKED: StorageProblem.BUSY,
    _driver.SQLITE_READONLY: StorageProblem.NOT_OPENED,
    _driver.SQLITE_CANTOPEN: StorageProblem.NOT_OPENED,
}
