"""What a change touched, for screens to reload by."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Changes:
    """Tables and records that changed. ``record_ids`` is empty when there were too many to name: reload the tables."""

    tables: frozenset[str] = frozenset()
    record_ids: frozenset[str] = frozenset()
    initiator: object = field(default=None, compare=False)

    def __bool__(self) -> bool:
        return bool(self.tables)
