"""The one SQLite of the process.

Only this module imports the SQLite driver: switching encryption at rest on, or changing the driver, touches this file
alone. Exceptions of the driver are taken from here, because ``sqlcipher3.IntegrityError`` is not the standard library's.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, cast

import sqlcipher3
import sqlcipher3.dbapi2 as _driver

from station_app.storage.problems import StorageProblem

# sqlite-utils takes the driver called pysqlite3 when there is one; it must find ours and no other.
sys.modules.setdefault("pysqlite3", sqlcipher3)
sys.modules.setdefault("pysqlite3.dbapi2", _driver)

Connection = _driver.Connection
Cursor = _driver.Cursor
DatabaseError = cast(type[Exception], _driver.DatabaseError)
IntegrityError = cast(type[Exception], _driver.IntegrityError)
OperationalError = cast(type[Exception], _driver.OperationalError)
SQLITE_VERSION: tuple[int, ...] = tuple(int(n) for n in _driver.sqlite_version.split("."))

# Two connections that reset the write-ahead log at the same moment could lose a commit before this version.
WAL_RESET_FIXED = (3, 51, 3)
SYNCHRONOUS = "FULL"  # of writers: a commit that returned is on the disk
PATIENCE_MS = 30_000  # how long a writer waits for another


def connect(path: Path, *, read_only: bool = False) -> Any:
    """Open ``path`` with the settings every connection of ours has.

    A connection belongs to the thread that opened it. Writers are durable (``synchronous=FULL``): a commit that
    returned survives a power cut.

    Raises:
        UserError: DB-001 the file is not a readable database.
    """
    address = path.absolute().as_uri() + ("?mode=ro" if read_only else "?mode=rwc")
    try:
        connection = _driver.connect(address, uri=True, isolation_level=None, cached_statements=512)
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute(f"PRAGMA busy_timeout={PATIENCE_MS}")
        connection.execute("PRAGMA temp_store=MEMORY")
        connection.execute("PRAGMA cache_size=-65536")
        connection.execute("PRAGMA trusted_schema=OFF")
        if not read_only:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute(f"PRAGMA synchronous={SYNCHRONOUS}")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except DatabaseError as error:
        raise translated(error, path) from error
    return connection


def is_busy(error: Exception) -> bool:
    """Whether another connection holds the database."""
    return _CAUSES.get(getattr(error, "sqlite_errorcode", 0) & 0xFF) is StorageProblem.BUSY


def connect_plain(path: Path) -> Any:
    """Open ``path`` without any of our settings and without waiting; for the lock file."""
    return _driver.connect(str(path), timeout=0, isolation_level=None)


def utils_database(connection: Any) -> Any:
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


def translated(error: Exception, path: Path) -> Exception:
    """Turn a driver error a person can mend into a ``UserError``; return others unchanged."""
    found = _CAUSES.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)  # the upper bits only say where it happened
    return found.error(where=path) if found is not None else error


_CAUSES = {
    _driver.SQLITE_FULL: StorageProblem.FULL,
    _driver.SQLITE_IOERR: StorageProblem.FULL,
    _driver.SQLITE_NOTADB: StorageProblem.NOT_SOUND,
    _driver.SQLITE_CORRUPT: StorageProblem.NOT_SOUND,
    _driver.SQLITE_BUSY: StorageProblem.BUSY,
    _driver.SQLITE_LOCKED: StorageProblem.BUSY,
    _driver.SQLITE_READONLY: StorageProblem.NOT_OPENED,
    _driver.SQLITE_CANTOPEN: StorageProblem.NOT_OPENED,
}
