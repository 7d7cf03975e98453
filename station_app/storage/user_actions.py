"""What a person did here, in named groups of versions: what undo takes back as one.

An operation stands around the writing (``Workspace.operation``); whatever the journal appends inside belongs to it, and
what changed by it is told to whoever listens when it ends, so that no writer can forget to say so. Operations inside
another join it. What is written outside any operation is an action of its own. The history belongs to the workspace and
its second hands (``Workspace.beside``) and is bounded. When the workspace is closed it is kept beside the journal: what was
done, taken back and done again, and which versions that wrote; whoever opens the workspace next, window or command, goes
through it again. A save pays nothing for it; after a program was killed the history begins anew.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec

from station_app.domain.problems import UserError
from station_app.domain.registry import has_type, record_type
from station_app.domain.text import Text
from station_app.logs import Own, log
from station_app.storage.changes import Changes
from station_app.storage.engine import DatabaseError, connect
from station_app.storage.versions import Version

MOST_ACTIONS = 100
MOST_STEPS = 200_000  # of all actions together
MOST_HELD = 500  # versions written at once
MOST_KEPT = 4 * MOST_ACTIONS  # acts
MOST_NAMED = 1_000  # records a change names; after more of them the tables are read anew
KEPT = "history"  # the setting
Span = tuple[int, int]
"""First and last place in the journal."""
Written = tuple[str, str, str, tuple[str, ...]]
"""Of a version: record_type, record_id, version_id, parents."""


@dataclass(frozen=True, slots=True)
class Step:
    """What an action did to one record.

    Attributes:
        before: The version that says what stood before, ``None``: there was no such record.
        after: The version that says what stood afterwards.
        joined: It ended a contradiction of several versions: what stood before can not be said by one version again.
    """

    record_type: str
    record_id: str
    before: str | None
    after: str
    joined: bool = False


@dataclass(frozen=True, slots=True)
class UserAction:
    """One thing a person did; ``of_record``: the label wants the name of its one record behind it; ``number`` names it."""

    label: Text
    steps: Sequence[Step]
    of_record: bool = False
    number: int = 0


class Act(StrEnum):
    """What is kept of a history."""

    DONE = "done"
    TAKEN_BACK = "taken_back"
    DONE_AGAIN = "done_again"
    DROPPED = "dropped"


class _Kept(msgspec.Struct, array_like=True):
    """One act as it is kept; ``of``: the number of the action it moves; the rest says what was done."""

    number: int
    act: Act
    of: int | None
    spans: Sequence[Span]
    records: int = 0
    label: tuple[str, str] = ("", "")
    of_record: bool = False


class _KeptActs(msgspec.Struct):
    """``last``: place of the newest version when they were kept."""

    last: int
    acts: list[_Kept]


class ActionHistory:
    """Actions done, and actions taken back that may be done again; shared by all hands on a workspace.

    Args:
        database: Where the history of those is kept who had the workspace open before; read when it is first asked for.
        opened_at: Place of the newest version then: a history that ends elsewhere is not that of this journal.
    """

    def __init__(self, database: Path | None = None, opened_at: int = 0) -> None:
        self._lock = threading.RLock()
        self.database = self._unread = database
        self._opened_at = opened_at
        self._acts: list[_Kept] = []
        self._acted = False
        self._done: list[UserAction] = []
        self._undone: list[UserAction] = []
        self._stands: dict[str, str] = {}  # what was said again, by the version that said it first

    @property
    def last(self) -> UserAction | None:
        """What undo would take back."""
        with self._lock:
            self._read()
            return self._done[-1] if self._done else None

    @property
    def next(self) -> UserAction | None:
        """What redo would do again."""
        with self._lock:
            self._read()
            return self._undone[-1] if self._undone else None

    def add(self, label: Text, steps: Sequence[Step], *, of_record: bool, spans: Sequence[Span]) -> None:
        """Note something done; what had been taken back before can not be done again any more."""
        with self._lock:
            self._read()
            number = self._note(Act.DONE, None, spans, len(steps), (label.zh, label.en), of_record)
            self._add(UserAction(label, steps, of_record, number))

    def _add(self, action: UserAction) -> None:
        self._undone.clear()
        self._done.append(action)
        del self._done[:-MOST_ACTIONS]
        if len(action.steps) > 1:  # only these can be too many
            total = sum(len(a.steps) for a in self._done)
            while total > MOST_STEPS and len(self._done) > 1:
                total -= len(self._done.pop(0).steps)

    def drop(self, action: UserAction) -> None:
        """Forget an action that can not be taken back, or done again, any more."""
        with self._lock:
            for kept in (self._done, self._undone):
                if kept and kept[-1] is action:
                    kept.pop()
                    self._note(Act.DROPPED, action.number)

    def taken_back(self, action: UserAction, now: Mapping[str, str], span: Span) -> None:
        """Move the last action to what may be done again; ``now``: by record_id, the version that was written for it."""
        with self._lock:
            self._take_back(action, now)
            self._note(Act.TAKEN_BACK, action.number, [span])

    def done_again(self, action: UserAction, now: Mapping[str, str], span: Span) -> None:
        """Move the next action back to what was done."""
        with self._lock:
            self._do_again(action, now)
            self._note(Act.DONE_AGAIN, action.number, [span])

    def _take_back(self, action: UserAction, now: Mapping[str, str]) -> None:
        self._done.pop()
        self._say_again({s.before: now[s.record_id] for s in action.steps if s.before is not None})
        steps = tuple(replace(s, before=now[s.record_id]) for s in action.steps)
        self._undone.append(replace(action, steps=steps))

    def _do_again(self, action: UserAction, now: Mapping[str, str]) -> None:
        self._undone.pop()
        self._say_again({s.after: now[s.record_id] for s in action.steps})
        steps = tuple(replace(s, after=now[s.record_id]) for s in action.steps)
        self._done.append(replace(action, steps=steps))

    def _say_again(self, now: Mapping[str, str]) -> None:
        if len(self._stands) > MOST_STEPS:
            self._stands.clear()
        self._stands |= {self.standing_for(said): again for said, again in now.items()}

    def standing_for(self, version_id: str) -> str:
        """Return the version that says again, after undo and redo, what this one said; itself where there is none."""
        while version_id in self._stands:
            version_id = self._stands[version_id]
        return version_id

    # --- kept from one opening to the next ---------------------------------------------------------------------------

    def _note(self, act: Act, of: int | None, spans: Sequence[Span] = (), *done: Any) -> int:
        number = self._acts[-1].number + 1 if self._acts else 1
        self._acts.append(_Kept(number, act, of, spans, *done))
        del self._acts[:-MOST_KEPT]
        self._acted = True
        return number

    def to_keep(self, last: int) -> str | None:
        """Return what the next one reads, ``None`` where that has not changed; ``last``: place of the newest version."""
        with self._lock:
            if last == self._opened_at and not self._acted:
                return None
            self._read()
            return msgspec.json.encode(_KeptActs(last, self._acts)).decode()

    def _read(self) -> None:
        """Go through what was kept as it went. What can not be read or followed is not gone through at all: a save that is on
        the disk does not fail for it."""
        if (database := self._unread) is None:
            return
        self._unread = None
        try:
            self._go_through(database)
        except (UserError, DatabaseError, msgspec.MsgspecError, LookupError):
            self._acts, self._done, self._undone, self._stands = [], [], [], {}

    def _go_through(self, database: Path) -> None:
        with closing(connect(database, read_only=True)) as connection:
            row = connection.execute("SELECT value FROM setting WHERE key=?", (KEPT,)).fetchone()
        kept = msgspec.json.decode(row[0], type=_KeptActs) if row else None
        if kept is None or kept.last != self._opened_at:
            return
        self._acts = kept.acts
        for each in kept.acts:
            if each.act is Act.DONE:
                steps = _KeptSteps(database, each.spans, each.records)
                self._add(UserAction(Text(*each.label), steps, each.of_record, each.number))
                continue
            tops = [stack for stack in (self._done, self._undone) if stack and stack[-1].number == each.of]
            if not tops:
                continue  # what it speaks of is forgotten
            if each.act is Act.DROPPED:
                tops[0].pop()
                continue
            now = {step.record_id: step.after for step in _KeptSteps(database, each.spans, 0)}
            (self._take_back if each.act is Act.TAKEN_BACK else self._do_again)(tops[0][-1], now)


class _KeptSteps(Sequence[Step]):
    """The steps of an act that was kept: worked out from the versions it wrote when they are looked at."""

    def __init__(self, database: Path, spans: Sequence[Span], records: int) -> None:
        self._database = database
        self._spans = spans
        self._records = records
        self._steps: tuple[Step, ...] | None = None

    def __len__(self) -> int:
        return self._records if self._steps is None else len(self._steps)

    def __getitem__(self, place: Any) -> Any:
        if self._steps is None:
            steps: dict[tuple[str, str], Step] = {}
            with closing(connect(self._database, read_only=True)) as connection:
                for span in self._spans:
                    for name, record_id, version_id, parents in connection.execute(
                        "SELECT record_type, record_id, version_id, parent_ids FROM version "
                        "WHERE seq BETWEEN ? AND ? ORDER BY seq",
                        span,
                    ):
                        _take_step(steps, name, record_id, version_id, parents.split())
            self._steps = tuple(steps.values())
        return self._steps[place]


def _take_step(
    steps: dict[tuple[str, str], Step], name: str, record_id: str, version_id: str, parents: Sequence[str]
) -> None:
    """Add a version to what was done to each record."""
    joins, step = len(parents) > 1, steps.get((name, record_id))
    steps[name, record_id] = (
        Step(name, record_id, parents[0] if parents else None, version_id, joins)
        if step is None
        else replace(step, after=version_id, joined=step.joined or joins)
    )


class OpenActions:
    """What is being written by one hand on the workspace; belongs to the thread of its journal."""

    def __init__(self, history: ActionHistory | None = None, publish: Callable[[Changes], None] | None = None) -> None:
        self.history = history or ActionHistory()
        self._publish = publish or (lambda changes: None)
        self._initiator: object = None
        self._adding: tuple[set[str], set[str]] = set(), set()  # tables and records of the open transaction
        self._changed: tuple[set[str], set[str]] = set(), set()  # and of what is committed
        self._label: Text | None = None
        self._of_record = False
        self._depth = 0
        self._by_program = 0
        self._waiting: list[tuple[list[Written], Span]] = []  # of the open transaction
        self._steps: dict[tuple[str, str], Step] = {}
        self._spans: list[Span] = []
        self._many = False  # more than are held: the journal says which

    @contextmanager
    def operation(self, label: Text, *, of_record: bool = False, initiator: object = None) -> Iterator[None]:
        """Name what is written inside; inside another operation it joins that one, whose name stands."""
        if self._depth == 0:
            self._label, self._of_record = label, of_record
        self._initiator = self._initiator or initiator
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1
            if self._depth == 0:
                self._end()  # also after an error: what was committed before it is there

    @contextmanager
    def by_program(self) -> Iterator[None]:
        """What is written inside nobody did by hand: it is no action."""
        self._by_program += 1
        try:
            yield
        finally:
            self._by_program -= 1

    def wrote(self, versions: Sequence[Version], last: int) -> None:
        """Note versions appended in the open transaction; ``last`` is the place of the last of them in the journal.

        Of many at once only where they stand is kept: the journal has the rest.
        """
        if versions and not self._by_program:
            many = len(versions) > MOST_HELD and self.history.database is not None
            noted = [] if many else [(v.record_type, v.record_id, v.version_id, v.parent_ids) for v in versions]
            self._waiting.append((noted, (last - len(versions) + 1, last)))

    def added(self, tables: Iterable[str], record_ids: Iterable[str]) -> None:
        """Note what the open transaction changes, whoever made the versions."""
        self._adding[0].update(tables)
        self._adding[1].update(record_ids)

    def committed(self) -> None:
        """The transaction is durable."""
        for changed, added in zip(self._changed, self._adding, strict=True):
            changed |= added
            added.clear()
        for versions, (first, last) in self._waiting:
            self._many = self._many or not versions
            for written in versions:
                _take_step(self._steps, *written)
            if self._spans and self._spans[-1][1] + 1 == first:
                first = self._spans.pop()[0]
            self._spans.append((first, last))
        self._waiting = []
        if self._depth == 0:
            self._end()

    def rolled_back(self) -> None:
        """Nothing of the transaction remains."""
        self._waiting = []
        for added in self._adding:
            added.clear()

    def _end(self) -> None:
        steps: Sequence[Step] = tuple(self._steps.values())
        spans, label, of_record = self._spans, self._label, self._of_record
        if self._many and self.history.database is not None:
            steps = _KeptSteps(self.history.database, spans, len(self._changed[1]) or sum(b - a + 1 for a, b in spans))
        self._steps, self._spans, self._label, self._of_record, self._many = {}, [], None, False, False
        if steps:
            self.history.add(label or _unnamed(steps[0]), steps, of_record=of_record or label is None, spans=spans)
        (tables, ids), initiator = self._changed, self._initiator
        self._changed, self._initiator = (set(), set()), None
        if tables:
            log.entry.info("changed: %s, %d records", Own(" ".join(sorted(tables))), len(ids))
            few = frozenset(ids) if len(ids) <= MOST_NAMED else frozenset()
            self._publish(Changes(frozenset(tables), few, initiator))


def _unnamed(step: Step) -> Text:
    kind = record_type(step.record_type).label if has_type(step.record_type) else Text("记录", "record")
    return Text(f"改动{kind.zh}", f"Changed {kind.en}")
