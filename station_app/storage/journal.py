"""The journal: every version ever saved, appended in order, and nothing else.

Appending and merging are one transaction together with their projections: a version is there with its tables, or not at
all. Merging is a set union by ``version_id``: doing it twice, or in another order, gives the same heads.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from station_app.domain.registry import has_type, record_type
from station_app.storage import projection
from station_app.storage.canonical import encode_sorted
from station_app.storage.clock import SYSTEM_CLOCK, Clock, HybridClock
from station_app.storage.conflicts import common_ancestor, settle
from station_app.storage.engine import DatabaseError, translated
from station_app.storage.user_actions import OpenActions
from station_app.storage.versions import Version, make_version

CHUNK = 5_000
_decode = msgspec.json.decode
# Versions of a record that none of its own versions names as parent, whatever the order they arrived in. A version of
# another record, or of another type, supersedes nothing here.
HEADS = """SELECT version_id FROM version v WHERE record_id=? AND record_type=?
           AND NOT EXISTS (SELECT 1 FROM version_parent p JOIN version c ON c.version_id=p.version_id
           WHERE p.parent_id=v.version_id AND c.record_id=v.record_id AND c.record_type=v.record_type)
           ORDER BY version_id"""
_INSERT = """INSERT INTO version (version_id, record_type, record_id, schema_version, parent_ids, hlc, author, device,
             reason, void, fields, wall) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_COLUMNS = (
    "record_type, schema_version, record_id, parent_ids, hlc, author, device, reason, void, fields, version_id, wall"
)


@dataclass(frozen=True, slots=True)
class MergeCounts:
    """What a merge did, in versions; ``tables`` and ``record_ids`` name what changed on the screen."""

    applied: int = 0
    already_had: int = 0
    superseded: int = 0
    conflicts: int = 0
    outcomes: dict[str, str] = field(default_factory=dict)
    tables: frozenset[str] = frozenset()
    record_ids: frozenset[str] = frozenset()


def read_version(row: Any) -> Version:
    """Return the version of a row selected with ``VERSION_COLUMNS``."""
    kind, schema, record_id, parents, hlc, author, device, reason, void, fields, version_id, wall = row
    return Version(
        kind,
        schema,
        record_id,
        tuple(parents.split()),
        hlc,
        author,
        device,
        reason,
        bool(void),
        _decode(fields),
        version_id,
        wall,
    )


VERSION_COLUMNS = _COLUMNS


class Journal:
    """Writes versions; one per workspace, on the thread that opened it."""

    def __init__(self, connection: Any, path: Path, clock: Clock = SYSTEM_CLOCK) -> None:
        self._connection = connection
        self._path = path
        self._depth = 0
        self.actions = OpenActions()
        self.clock = HybridClock(connection.execute("SELECT hlc FROM projected").fetchone()[0], clock.milliseconds)

    @contextmanager
    def transaction(self) -> Iterator[Any]:
        """Hold one write transaction; inner uses join the outer one. Yields the connection.

        Raises:
            UserError: DB-002 disk full, DB-003 busy, DB-004 not writable. Nothing of the transaction remains.
        """
        if self._depth:
            self._depth += 1
            try:
                yield self._connection
            finally:
                self._depth -= 1
            return
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        except DatabaseError as error:
            raise translated(error, self._path) from error
        self._depth = 1
        try:
            yield self._connection
            self._connection.execute("COMMIT")
        except BaseException as error:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            self.actions.rolled_back()
            if isinstance(error, DatabaseError):
                raise translated(error, self._path) from error
            raise
        finally:
            self._depth = 0
        self.actions.committed()

    # --- reading what is there ---------------------------------------------------------------------------------------

    def load(self, version_id: str) -> Version:
        """Return a version.

        Raises:
            KeyError: it is not in this journal.
        """
        row = self._connection.execute(f"SELECT {_COLUMNS} FROM version WHERE version_id=?", (version_id,)).fetchone()
        if row is None:
            raise KeyError(version_id)
        return read_version(row)

    def head_ids(self, record_id: str, record_type: str | None = None) -> list[str]:
        """Return the versions of a record that nobody has superseded; several mean a conflict or a pending merge.

        Without ``record_type`` the type is that of the record's first version here.
        """
        if record_type is None:
            found = self._connection.execute(
                "SELECT record_type FROM version WHERE record_id=? ORDER BY seq LIMIT 1", (record_id,)
            ).fetchone()
            if found is None:
                return []
            record_type = str(found[0])
        return [v for (v,) in self._connection.execute(HEADS, (record_id, record_type))]

    def has(self, version_ids: Iterable[str]) -> set[str]:
        """Return those of ``version_ids`` that are already here."""
        found: set[str] = set()
        rest = iter(version_ids)
        while chunk := list(islice(rest, 10_000)):
            rows = self._connection.execute(
                "SELECT version_id FROM version WHERE version_id IN (SELECT value FROM json_each(?))",
                (json.dumps(chunk),),
            ).fetchall()
            found.update(v for (v,) in rows)
        return found

    def count(self) -> int:
        """Return the number of versions."""
        return int(self._connection.execute("SELECT count(*) FROM version").fetchone()[0])

    # --- writing -----------------------------------------------------------------------------------------------------

    def append(self, versions: Iterable[Version]) -> int:
        """Add versions made here, durable when it returns; return how many.

        Parents must be heads of the record as read in the same transaction; use ``transaction()`` around reading and
        appending. What is added is part of what undo takes back (``Workspace.operation``, ``Workspace.by_program``).
        """
        made = list(versions)
        with self.transaction():
            number = self.merge(made, made_here=True).applied
            self.actions.wrote(made)
        return number

    def merge(self, versions: Iterable[Version], *, made_here: bool = False) -> MergeCounts:
        """Add versions from anywhere; what is already here changes nothing.

        Ids are trusted to match their content: ``verify`` has checked them before.
        """
        outcomes: dict[str, str] = {}
        tables: set[str] = set()
        touched: set[tuple[str, str]] = set()
        fresh_ids: set[str] = set()
        applied = already = 0
        with self.transaction() as connection:
            projector = projection.Projector(connection, self.load)
            rest = iter(versions)
            while chunk := list(islice(rest, CHUNK)):
                known = set() if made_here else self.has(v.version_id for v in chunk)
                new: list[Version] = []
                for version in chunk:
                    if version.version_id in known:
                        already += 1
                        outcomes[version.version_id] = "already_had"
                    else:
                        known.add(version.version_id)
                        new.append(version)
                if not new:
                    continue
                self._insert(connection, new)
                applied += len(new)
                # A version made here without parents begins a record nobody has seen.
                seen = self._records_known(connection, [v for v in new if v.parent_ids] if made_here else new)
                by_record: dict[str, int] = {}
                for version in new:
                    by_record[version.record_id] = by_record.get(version.record_id, 0) + 1
                for version in new:
                    tables.add(version.record_type)
                    if by_record[version.record_id] == 1 and version.record_id not in seen and not version.parent_ids:
                        projector.fresh(version)
                    else:
                        touched.add((version.record_id, version.record_type))
                    if not made_here:
                        outcomes[version.version_id] = "applied"
                        self._observe(version.hlc)
                    fresh_ids.add(version.record_id)
                projector.flush()
            conflicts, superseded = self._settle(connection, projector, touched, outcomes)
            projector.latest = self.clock.last
            projector.finish()
        return MergeCounts(
            applied,
            already,
            superseded,
            conflicts,
            {} if made_here else outcomes,
            frozenset(tables),
            frozenset(fresh_ids) if len(fresh_ids) < 5_000 else frozenset(),
        )

    def _insert(self, connection: Any, new: list[Version]) -> None:
        connection.executemany(
            _INSERT,
            [
                (
                    v.version_id,
                    v.record_type,
                    v.record_id,
                    v.schema_version,
                    " ".join(v.parent_ids),
                    v.hlc,
                    v.author,
                    v.device,
                    v.reason,
                    int(v.void),
                    encode_sorted(v.fields).decode(),
                    v.wall,
                )
                for v in new
            ],
        )
        links = [(parent, v.version_id) for v in new for parent in v.parent_ids]
        if links:
            connection.executemany("INSERT OR IGNORE INTO version_parent (parent_id, version_id) VALUES (?, ?)", links)

    def _records_known(self, connection: Any, new: list[Version]) -> set[str]:
        """Return record ids among ``new`` that have heads already, or whose new version is superseded already."""
        if not new:
            return set()
        rows = connection.execute(
            """SELECT DISTINCT record_id FROM version WHERE record_id IN (SELECT value FROM json_each(?))
               AND version_id NOT IN (SELECT value FROM json_each(?))""",
            (json.dumps([v.record_id for v in new]), json.dumps([v.version_id for v in new])),
        ).fetchall()
        known = {r for (r,) in rows}
        superseded = connection.execute(
            """SELECT v.record_id FROM version_parent p JOIN version v ON v.version_id=p.parent_id
               WHERE p.parent_id IN (SELECT value FROM json_each(?))""",
            (json.dumps([v.version_id for v in new]),),
        ).fetchall()
        return known | {r for (r,) in superseded}

    def _settle(
        self, connection: Any, projector: projection.Projector, touched: set[tuple[str, str]], outcomes: dict[str, str]
    ) -> tuple[int, int]:
        conflicts = superseded = 0
        for record_id, kind in sorted(touched):
            heads = self.head_ids(record_id, kind)
            conflict = projector.settle_record(record_id, kind, heads)
            conflicts += conflict
            if outcomes:
                living = set(heads)
                for (version_id,) in connection.execute(
                    "SELECT version_id FROM version WHERE record_id=? AND record_type=?", (record_id, kind)
                ).fetchall():
                    if outcomes.get(version_id) == "applied":
                        if version_id not in living:
                            outcomes[version_id] = "superseded"
                            superseded += 1
                        elif conflict:
                            outcomes[version_id] = "conflict"
        projector.flush()
        return conflicts, superseded

    def _observe(self, hlc: str) -> None:
        with suppress(ValueError):  # not a clock reading: kept as it came, followed by nobody
            self.clock.observe(hlc)

    def write_merges(self) -> int:
        """Write a merge version for every record whose heads merge by rule; return how many.

        The version is a function of its parents alone: any machine that writes it writes the same bytes.
        """
        with self.transaction() as connection:
            rows = connection.execute("SELECT DISTINCT record_id, record_type FROM split_head").fetchall()
            made = []
            for record_id, kind_name in rows:
                if not has_type(kind_name):
                    continue
                heads = [self.load(h) for h in self.head_ids(record_id, kind_name)]
                settled = settle(record_type(kind_name), heads, self.load)
                if settled.conflict:
                    continue
                made.append(merge_version(heads, settled.fields))
            self.merge(made)
        return len(made)

    def clashes(self, record_id: str) -> tuple[str, ...]:
        """Return the names of the fields two heads of a record disagree about."""
        heads = [self.load(h) for h in self.head_ids(record_id)]
        if len(heads) < 2:
            return ()
        return settle(record_type(heads[0].record_type), heads, self.load).clashes

    def ancestor(self, record_id: str) -> Version | None:
        """Return what the heads of a record both started from."""
        return common_ancestor([self.load(h) for h in self.head_ids(record_id)], self.load)


def merge_version(heads: list[Version], fields: dict[str, Any]) -> Version:
    """Return the version that joins ``heads``: the same bytes wherever it is made."""
    latest = max(heads, key=lambda v: (v.hlc, v.version_id))
    return make_version(
        record_type=latest.record_type, schema_version=max(v.schema_version for v in heads),
        record_id=latest.record_id, parent_ids=tuple(v.version_id for v in heads), hlc=latest.hlc, author="merge",
        device="merge", reason="merge", void=latest.void, fields=fields, wall=latest.wall)  # fmt: skip
