"""Step 4: who looked at, printed or took out personal data. It stays on this machine and is in every backup."""

from __future__ import annotations

from station_app.storage.engine import Connection


def apply(connection: Connection) -> None:
    """Create the table; the caller holds the transaction."""
    connection.execute(
        """CREATE TABLE access_log (number INTEGER PRIMARY KEY, at TEXT NOT NULL, who TEXT NOT NULL, way TEXT NOT NULL,
           what TEXT NOT NULL, record_id TEXT NOT NULL, records INTEGER NOT NULL) STRICT"""
    )
