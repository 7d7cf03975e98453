"""The journal: every version ever saved, appended in order, and nothing else.

Appending and merging are one transaction together with their projections: a version is there with its tables, or not at
all. Merging is a set union by ``version_id``: doing it twice, or in another order, gives the same heads.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from station_app.domain.registry import has_type, record_type
from station_app.storage.clock import SYSTEM_CLOCK, Clock, HybridClock
from station_app.storage.conflicts import Settled, common_ancestor, settle
from station_app.storage.engine import Connection, DatabaseError, translated
from station_app.storage.following import follow, note, show_added, waiting
from station_app.storage.projection import UNSUPERSEDED, several_heads
from station_app.storage.user_actions import OpenActions
from station_app.storage.versions import INSERT_VERSION, Arriving, Version, load_version, make_version

CHUNK = 5_000
MANY = 5_000  # records that changed; of so many none is named
HEADS = (
    f"""SELECT version_id FROM version v WHERE record_id=? AND record_type=? AND {UNSUPERSEDED} ORDER BY version_id"""
)
_HEADS_OF = f"""SELECT record_id, record_type, version_id FROM version v WHERE record_id IN (SELECT value FROM json_each(?))
    AND {UNSUPERSEDED} ORDER BY version_id"""


@dataclass(frozen=True, slots=True)
class MergeCounts:
    """What a merge did, in versions; ``outcomes`` names those with which something else was done than ``applied``; ``tables`` and
    ``record_ids`` (nothing where they are many) name what changed on the screen."""

    applied: int = 0
    already_had: int = 0
    superseded: int = 0
    conflicts: int = 0
    outcomes: dict[str, str] = field(default_factory=dict)
    tables: frozenset[str] = frozenset()
    record_ids: frozenset[str] = frozenset()


class Journal:
    """Writes versions; one per workspace, on the thread that opened it."""

    def __init__(self, connection: Any, path: Path, look: Callable[[], None], clock: Clock = SYSTEM_CLOCK) -> None:
        self._connection = connection
        self._path = path
        self._look = look  # whether what is about to be written will be there afterwards
        self._depth = 0
        self.actions = OpenActions()
        self._wall = clock
        self.clock = HybridClock(connection.execute("SELECT hlc FROM projected").fetchone()[0], clock.milliseconds)

    @contextmanager
    def transaction(self) -> Iterator[Any]:
        """Hold one write transaction; inner uses join the outer one. Yields the connection.

        Raises:
            UserError: DB-002 disk full, DB-003 busy, DB-004 not writable, DB-006 the file is gone. Nothing of the
                transaction remains.
        """
        if self._depth:
            self._depth += 1
            try:
                yield self._connection
            finally:
                self._depth -= 1
            return
        self._look()
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
        return load_version(self._connection, version_id)

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

    def heads(self, record_ids: Iterable[str]) -> dict[tuple[str, str], tuple[str, ...]]:
        """Return the head versions of many records by (record_id, record_type); a record nobody saved is left out."""
        found: dict[tuple[str, str], tuple[str, ...]] = {}
        for record_id, kind, version_id in self._connection.execute(_HEADS_OF, (json.dumps(list(record_ids)),)):
            found[record_id, kind] = (*found.get((record_id, kind), ()), version_id)
        return found

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

    def append(self, versions: Iterable[Version], *, show: bool = True) -> int:
        """Add versions made here, durable when it returns; return how many.

        Parents must be heads of the record as read in the same transaction; use ``transaction()`` around reading and
        appending. What is added is part of what undo takes back (``Workspace.operation``, ``Workspace.by_program``).
        """
        made = list(versions)
        with self.transaction():
            number = self.merge(made, made_here=True, show=show).applied
            self.actions.wrote(made, self.last_seq())
        return number

    def merge(self, versions: Iterable[Arriving], *, made_here: bool = False, show: bool = True) -> MergeCounts:
        """Add versions from anywhere; what is already here changes nothing.

        Ids are trusted to match their content: ``verify`` has checked them before. Without ``show`` the tables are left
        behind; whoever says so brings them abreast afterwards (``Workspace.catch_up``).
        """
        outcomes: dict[str, str] = {}
        tables: set[str] = set()
        record_ids: set[str] = set()
        applied = already = conflicts = superseded = 0
        with self.transaction() as connection:
            before = self.last_seq()
            rest = iter(versions)
            while chunk := list(islice(rest, CHUNK)):
                known = set() if made_here else self.has(v.version_id for v in chunk)
                outcomes.update((version_id, "already_had") for version_id in known)
                new = list({v.version_id: v for v in chunk if v.version_id not in known}.values())
                already += len(chunk) - len(new)
                self._insert(connection, new)
                applied += len(new)
                tables.update(v.record_type for v in new)
                if len(record_ids) < MANY:
                    record_ids.update(v.record_id for v in new)
                if not made_here:
                    for hlc in sorted((v.hlc for v in new), reverse=True):
                        self._observe(hlc)
                        if self.clock.last >= hlc:
                            break  # those before it tell nothing new
            if applied:
                if show:  # who leaves the tables behind tells it when they are abreast
                    self.actions.added(tables, record_ids)
                if not made_here:
                    conflicts, superseded = self._settle(connection, before + 1, outcomes)
                if show:
                    show_added(connection, before, self._wall)
                elif not waiting(connection):
                    note(connection, before, self._wall)
        return MergeCounts(
            applied,
            already,
            superseded,
            conflicts,
            {} if made_here else outcomes,
            frozenset(tables),
            frozenset(record_ids) if len(record_ids) < MANY else frozenset(),
        )

    def _insert(self, connection: Connection, new: list[Arriving]) -> None:
        connection.executemany(INSERT_VERSION, [v.row() for v in new])
        links = [(parent, v.version_id) for v in new for parent in v.parent_ids]
        if links:
            connection.executemany("INSERT OR IGNORE INTO version_parent (parent_id, version_id) VALUES (?, ?)", links)

    def _settle(self, connection: Connection, first: int, outcomes: dict[str, str]) -> tuple[int, int]:
        """Say of the versions from ``first`` on which are superseded or in conflict; return both numbers."""
        conflicts = superseded = 0
        for record_id, kind, heads in several_heads(connection, first, self.last_seq()):
            living = {version_id for _, version_id in heads}
            conflict = len(living) > 1 and has_type(kind) and self._of_heads(kind, sorted(living)).conflict
            conflicts += conflict
            for (version_id,) in connection.execute(
                "SELECT version_id FROM version WHERE record_id=? AND record_type=? AND seq>=?",
                (record_id, kind, first),
            ):
                if version_id not in living:
                    outcomes[version_id] = "superseded"
                    superseded += 1
                elif conflict:
                    outcomes[version_id] = "conflict"
        return conflicts, superseded

    def _of_heads(self, kind: str, heads: list[str]) -> Settled:
        return settle(record_type(kind), [self.load(h) for h in heads], self.load)

    def last_seq(self) -> int:
        """Return the place of the newest version, 0 where there is none."""
        return int(self._connection.execute("SELECT coalesce(max(seq), 0) FROM version").fetchone()[0])

    def _observe(self, hlc: str) -> None:
        with suppress(ValueError):  # not a clock reading: kept as it came, followed by nobody
            self.clock.observe(hlc)

    def write_merges(self) -> int:
        """Write a merge version for every record whose heads merge by rule; return how many.

        The version is a function of its parents alone: any machine that writes it writes the same bytes.
        """
        with self.transaction() as connection:
            follow(connection)
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


def merge_version(heads: list[Version], fields: dict[str, object]) -> Version:
    """Return the version that joins ``heads``: the same bytes wherever it is made."""
    latest = max(heads, key=lambda v: (v.hlc, v.version_id))
    return make_version(
        record_type=latest.record_type, schema_version=max(v.schema_version for v in heads),
        record_id=latest.record_id, parent_ids=tuple(v.version_id for v in heads), hlc=latest.hlc, author="merge",
        device="merge", reason="merge", void=latest.void, fields=fields, wall=latest.wall)  # fmt: skip
