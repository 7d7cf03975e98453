"""Step 3: why a key known here ended, what followed it and up to which package it counts; what its machine is called."""

from __future__ import annotations

from station_app.storage.engine import Connection


def apply(connection: Connection) -> None:
    """Add the columns; a key that ended before was revoked, with all that had not arrived."""
    connection.execute("ALTER TABLE card ADD COLUMN device_name TEXT NOT NULL DEFAULT ''")
    connection.execute("ALTER TABLE card ADD COLUMN ending TEXT NOT NULL DEFAULT ''")
