"""Step 2: what the machine's clock said, beside the logical clock of a version where the two differ."""

from __future__ import annotations

from station_app.storage.engine import Connection


def apply(connection: Connection) -> None:
    """Add the column; versions from before have none: their logical clock is all that is known."""
    connection.execute("ALTER TABLE version ADD COLUMN wall TEXT NOT NULL DEFAULT ''")
