"""Step 1: the journal, what travelled, drafts and settings."""

from __future__ import annotations

from station_app.storage.engine import Connection

STATEMENTS = (
    # The truth: one row a version, never changed, never deleted.
    """CREATE TABLE version (
        seq INTEGER PRIMARY KEY,
        version_id TEXT NOT NULL UNIQUE,
        record_type TEXT NOT NULL,
        record_id TEXT NOT NULL,
        schema_version INTEGER NOT NULL,
        parent_ids TEXT NOT NULL,
        hlc TEXT NOT NULL,
        author TEXT NOT NULL,
        device TEXT NOT NULL,
        reason TEXT NOT NULL,
        void INTEGER NOT NULL,
        fields TEXT NOT NULL
    ) STRICT""",
    "CREATE INDEX version_record ON version(record_id)",
    # Who is whose parent, known or not yet arrived: decides which versions are heads whatever the order of arrival.
    """CREATE TABLE version_parent (
        parent_id TEXT NOT NULL,
        version_id TEXT NOT NULL,
        PRIMARY KEY (parent_id, version_id)
    ) STRICT, WITHOUT ROWID""",
    # Packages this workspace built, and what was in them.
    """CREATE TABLE package_out (
        sequence INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        sha256 TEXT NOT NULL,
        previous_sha256 TEXT NOT NULL,
        built_at TEXT NOT NULL,
        version_count INTEGER NOT NULL,
        manifest TEXT NOT NULL
    ) STRICT""",
    """CREATE TABLE package_content (
        version_id TEXT NOT NULL,
        sequence INTEGER NOT NULL REFERENCES package_out(sequence),
        PRIMARY KEY (version_id, sequence)
    ) STRICT, WITHOUT ROWID""",
    # Packages that arrived.
    """CREATE TABLE package_in (
        sha256 TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        org_code TEXT NOT NULL,
        device_id TEXT NOT NULL,
        sequence INTEGER NOT NULL,
        received_at TEXT NOT NULL,
        receipt_name TEXT NOT NULL,
        manifest TEXT NOT NULL
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX package_in_chain ON package_in(device_id, sequence)",
    # What may not be applied is kept with its reason until a person closes it.
    """CREATE TABLE quarantine (
        version_id TEXT NOT NULL,
        package_sha256 TEXT NOT NULL,
        reason_code TEXT NOT NULL,
        reason_zh TEXT NOT NULL,
        reason_en TEXT NOT NULL,
        version_json TEXT NOT NULL,
        received_at TEXT NOT NULL,
        closed_at TEXT,
        PRIMARY KEY (version_id, package_sha256)
    ) STRICT, WITHOUT ROWID""",
    # Cards: devices whose signature is known here.
    """CREATE TABLE card (
        device_id TEXT PRIMARY KEY,
        org_code TEXT NOT NULL,
        org_name TEXT NOT NULL,
        role TEXT NOT NULL,
        public_key TEXT NOT NULL,
        accepted_at TEXT NOT NULL,
        revoked_at TEXT
    ) STRICT, WITHOUT ROWID""",
    # What was typed and not yet saved.
    """CREATE TABLE draft (
        key TEXT PRIMARY KEY,
        record_type TEXT NOT NULL,
        record_id TEXT,
        form_values TEXT NOT NULL,
        changed_at TEXT NOT NULL
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE setting (
        key TEXT PRIMARY KEY,
        value TEXT NOT NULL
    ) STRICT, WITHOUT ROWID""",
)


def apply(connection: Connection) -> None:
    """Create the tables; the caller holds the transaction."""
    for statement in STATEMENTS:
        connection.execute(statement)
