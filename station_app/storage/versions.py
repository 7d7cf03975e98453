"""A version: what one save of one record was, who made it and why. Immutable, named by the hash of its content."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import msgspec

from station_app.domain.generic import JSON
from station_app.domain.problems import UserError
from station_app.storage.canonical import encode_sorted, version_hash
from station_app.storage.clock import made_at
from station_app.storage.engine import Connection
from station_app.storage.problems import StorageProblem


class Arriving(Protocol):
    """What the journal takes in: a version, or a line of a package that holds one."""

    @property
    def version_id(self) -> str: ...
    @property
    def record_type(self) -> str: ...
    @property
    def record_id(self) -> str: ...
    @property
    def parent_ids(self) -> Sequence[str]: ...
    @property
    def hlc(self) -> str: ...
    def row(self) -> tuple[object, ...]:
        """Return version_id, record_type, record_id, schema_version, parent_ids (blank between), hlc, author, device, reason,
        void, fields as canonical JSON, wall."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of one record.

    ``fields`` are canonical JSON values (decimals as text with their fixed places, empty values absent) and are never
    changed after the version was made. ``void`` marks a withdrawal; the fields stay for the history. ``wall`` is what the
    clock of the machine said where that differs from ``hlc`` (``storage/clock.py``); without it the content, and so the id,
    is what it was before there was such a thing.
    """

    record_type: str
    schema_version: int
    record_id: str
    parent_ids: tuple[str, ...]
    hlc: str
    author: str
    device: str
    reason: str
    void: bool
    fields: dict[str, JSON]
    version_id: str
    wall: str = ""

    @property
    def made_at(self) -> datetime:
        """When it was made by the clock of its machine, UTC: what people are shown."""
        return made_at(self.hlc, self.wall)

    def content(self) -> dict[str, JSON]:
        """Return what the id is the hash of."""
        return {
            "author": self.author, "device": self.device, "fields": self.fields, "hlc": self.hlc,
            "parent_ids": list(self.parent_ids), "reason": self.reason, "record_id": self.record_id,
            "record_type": self.record_type, "schema_version": self.schema_version, "void": self.void,
            **({"wall": self.wall} if self.wall else {}),
        }  # fmt: skip

    def row(self) -> tuple[object, ...]:
        """See ``Arriving``."""
        return (self.version_id, self.record_type, self.record_id, self.schema_version, " ".join(self.parent_ids), self.hlc,
                self.author, self.device, self.reason, int(self.void), encode_sorted(self.fields).decode(), self.wall)  # fmt: skip

    def is_sound(self) -> bool:
        """Whether the id is the hash of the content."""
        return version_hash(self.content()) == self.version_id


def make_version(
    *,
    record_type: str,
    schema_version: int,
    record_id: str,
    parent_ids: tuple[str, ...],
    hlc: str,
    author: str,
    device: str,
    reason: str,
    void: bool,
    fields: dict[str, JSON],
    wall: str = "",
) -> Version:
    """Return a version with its id; parents are sorted, so that the same heads give the same bytes."""
    parents = tuple(sorted(parent_ids)) if len(parent_ids) > 1 else parent_ids
    version_id = version_hash({
        "author": author, "device": device, "fields": fields, "hlc": hlc, "parent_ids": list(parents),
        "reason": reason, "record_id": record_id, "record_type": record_type, "schema_version": schema_version,
        "void": void, **({"wall": wall} if wall else {}),
    })  # fmt: skip
    return Version(
        record_type, schema_version, record_id, parents, hlc, author, device, reason, void, fields, version_id, wall
    )


INSERT_VERSION = """INSERT INTO version (version_id, record_type, record_id, schema_version, parent_ids, hlc, author, device,
             reason, void, fields, wall) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
VERSION_COLUMNS = (
    "record_type, schema_version, record_id, parent_ids, hlc, author, device, reason, void, fields, version_id, wall"
)


class UnreadableVersion(UserError):
    """A row of the journal is no version."""


def read_version(row: Any) -> Version:
    """Return the version of a row selected with ``VERSION_COLUMNS``.

    Raises:
        UnreadableVersion: CHK-002 it is none: the file was altered.
    """
    kind, schema, record_id, parents, hlc, author, device, reason, void, fields, version_id, wall = row
    try:
        parts, decoded = tuple(parents.split()), msgspec.json.decode(fields)
        if not isinstance(decoded, dict):
            raise TypeError(fields)
    except (ValueError, TypeError, AttributeError) as error:
        said = StorageProblem.VERSION_ALTERED.problem(version=str(version_id)[:12])
        raise UnreadableVersion(said.code, said.text, problems=(said,)) from error
    return Version(
        kind,
        schema,
        record_id,
        parts,
        hlc,
        author,
        device,
        reason,
        bool(void),
        decoded,
        version_id,
        wall,
    )


def load_version(connection: Connection, version_id: str) -> Version:
    """Return a version of the journal.

    Raises:
        KeyError: it is not in this journal.
    """
    row = connection.execute(f"SELECT {VERSION_COLUMNS} FROM version WHERE version_id=?", (version_id,)).fetchone()
    if row is None:
        raise KeyError(version_id)
    return read_version(row)
