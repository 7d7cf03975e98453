"""The one SQLite of the process.

Only this module imports the SQLite driver: switching encryption at rest on, or changing the driver, touches this file
alone. Exceptions of the driver are taken from here, because ``sqlcipher3.IntegrityError`` is not the standard library's.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import sqlcipher3
import sqlcipher3.dbapi2 as _driver

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


def connect(path: Path, *, read_only: bool = False, once: bool = False, new: bool = False) -> Any:
    """Open ``path`` with the settings every connection of ours has; ``once``: to read very much, each row one time, in little
    memory. Only a ``new`` one is made where there is nothing.

    A connection belongs to the thread that opened it. Writers are durable (``synchronous=FULL``): a commit that
    returned survives a power cut.

    Raises:
        UserError: DB-001 the file is not a readable database.
    """
    address = path.absolute().as_uri() + ("?mode=ro" if read_only else "?mode=rwc" if new else "?mode=rw")
    try:
        connection: Connection = _driver.connect(address, uri=True, isolation_level=None, cached_statements=512)
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute(f"PRAGMA busy_timeout={PATIENCE_MS}")
        connection.execute(f"PRAGMA temp_store={'FILE' if once else 'MEMORY'}")
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
