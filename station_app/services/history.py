"""The history of a record, version by version and field by field."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from station_app.domain.fields import Field
from station_app.domain.registry import record_type
from station_app.storage.codec import decode_value
from station_app.storage.versions import Version
from station_app.storage.workspace import Workspace


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field before and after; Python values, ``None`` for empty. ``field`` is ``None`` for fields of a newer program."""

    name: str
    field: Field | None
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One version: who, when, why, and what it changed against its first parent."""

    version_id: str
    at: datetime
    author: str
    device: str
    reason: str
    void: bool
    is_head: bool
    changes: tuple[FieldChange, ...]


def history_of(workspace: Workspace, record_id: str) -> list[HistoryEntry]:
    """Return every version of a record, newest first, with what each changed against its first parent."""
    versions = workspace.read.history(record_id)
    by_id = {v.version_id: v for v in versions}
    heads = set(workspace.journal.head_ids(record_id))
    entries = []
    for version in versions:
        parent = next((by_id[p] for p in version.parent_ids if p in by_id), None)
        entries.append(
            HistoryEntry(
                version.version_id,
                version.made_at,
                version.author,
                version.device,
                version.reason,
                version.void,
                version.version_id in heads,
                _changes(version, parent),
            )
        )
    return entries


def _changes(version: Version, parent: Version | None) -> tuple[FieldChange, ...]:
    before = parent.fields if parent else {}
    kind = record_type(version.record_type)
    out = []
    ordered = [f.name for f in kind.fields] + sorted((set(before) | set(version.fields)) - set(kind.by_name))
    for name in ordered:
        old, new = before.get(name), version.fields.get(name)
        if old == new:
            continue
        field = kind.by_name.get(name)
        out.append(
            FieldChange(
                name,
                field,
                old if field is None else decode_value(field, old),
                new if field is None else decode_value(field, new),
            )
        )
    return tuple(out)
