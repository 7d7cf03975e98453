"""What a person did here, in named groups of versions: what undo takes back as one.

An operation stands around the writing (``Workspace.operation``); whatever the journal appends inside belongs to it, and
what changed by it is told to whoever listens when it ends, so that no writer can forget to say so. Operations inside
another join it. What is written outside any operation is an action of its own. The history belongs to the workspace and
its second hands (``Workspace.beside``), lives as long as the workspace is open, and is bounded.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace

from station_app.domain.registry import has_type, record_type
from station_app.domain.text import Text
from station_app.storage.changes import Changes
from station_app.storage.versions import Version

MOST_ACTIONS = 100
MOST_STEPS = 200_000  # of all actions together
MOST_NAMED = 1_000  # records a change names; after more of them the tables are read anew


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
    """One thing a person did; ``of_record``: the label wants the name of its one record behind it."""

    label: Text
    steps: tuple[Step, ...]
    of_record: bool = False


class ActionHistory:
    """Actions done, and actions taken back that may be done again; shared by all hands on a workspace."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._done: list[UserAction] = []
        self._undone: list[UserAction] = []
        self._stands: dict[str, str] = {}  # what was said again, by the version that said it first

    @property
    def last(self) -> UserAction | None:
        """What undo would take back."""
        with self._lock:
            return self._done[-1] if self._done else None

    @property
    def next(self) -> UserAction | None:
        """What redo would do again."""
        with self._lock:
            return self._undone[-1] if self._undone else None

    def add(self, action: UserAction) -> None:
        """Note something done; what had been taken back before can not be done again any more."""
        with self._lock:
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

    def taken_back(self, action: UserAction, now: Mapping[str, str]) -> None:
        """Move the last action to what may be done again; ``now``: by record_id, the version that was written for it."""
        with self._lock:
            self._done.pop()
            steps = tuple(replace(s, before=now[s.record_id]) for s in action.steps)
            self._undone.append(replace(action, steps=steps))
            # Older actions on the same records now end in the version just written.
            stands = self._said_again({s.before: now[s.record_id] for s in action.steps if s.before is not None})
            self._done = [
                replace(a, steps=tuple(replace(s, after=stands[s.after]) if s.after in stands else s for s in a.steps))
                if any(s.after in stands for s in a.steps) else a
                for a in self._done
            ]  # fmt: skip

    def done_again(self, action: UserAction, now: Mapping[str, str]) -> None:
        """Move the next action back to what was done."""
        with self._lock:
            self._undone.pop()
            steps = tuple(replace(s, after=now[s.record_id]) for s in action.steps)
            self._done.append(replace(action, steps=steps))
            stands = self._said_again({s.after: now[s.record_id] for s in action.steps})
            self._undone = [
                replace(a, steps=tuple(
                    replace(s, before=stands[s.before]) if s.before in stands else s for s in a.steps))
                if any(s.before in stands for s in a.steps) else a
                for a in self._undone
            ]  # fmt: skip

    def _said_again(self, stands: dict[str, str]) -> dict[str, str]:
        if len(self._stands) > MOST_STEPS:
            self._stands.clear()
        self._stands |= stands
        return stands

    def standing_for(self, version_id: str) -> str:
        """Return the version that says again, after undo and redo, what this one said; itself where there is none."""
        while version_id in self._stands:
            version_id = self._stands[version_id]
        return version_id


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
        self._waiting: list[Version] = []  # of the open transaction
        self._steps: dict[tuple[str, str], Step] = {}

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

    def wrote(self, versions: Iterable[Version]) -> None:
        """Note versions appended in the open transaction."""
        if not self._by_program:
            self._waiting.extend(versions)

    def added(self, tables: Iterable[str], record_ids: Iterable[str]) -> None:
        """Note what the open transaction changes, whoever made the versions."""
        self._adding[0].update(tables)
        self._adding[1].update(record_ids)

    def committed(self) -> None:
        """The transaction is durable."""
        for changed, added in zip(self._changed, self._adding, strict=True):
            changed |= added
            added.clear()
        for version in self._waiting:
            key = (version.record_type, version.record_id)
            step = self._steps.get(key)
            if step is not None:
                self._steps[key] = replace(step, after=version.version_id, joined=step.joined or _joins(version))
            else:
                before = version.parent_ids[0] if version.parent_ids else None
                self._steps[key] = Step(*key, before, version.version_id, _joins(version))
        self._waiting = []
        if self._depth == 0:
            self._end()

    def rolled_back(self) -> None:
        """Nothing of the transaction remains."""
        self._waiting = []
        for added in self._adding:
            added.clear()

    def _end(self) -> None:
        steps, label, of_record = tuple(self._steps.values()), self._label, self._of_record
        self._steps, self._label, self._of_record = {}, None, False
        if steps:
            self.history.add(UserAction(label or _unnamed(steps[0]), steps, of_record or label is None))
        (tables, ids), initiator = self._changed, self._initiator
        self._changed, self._initiator = (set(), set()), None
        if tables:
            few = frozenset(ids) if len(ids) <= MOST_NAMED else frozenset()
            self._publish(Changes(frozenset(tables), few, initiator))


def _joins(version: Version) -> bool:
    return len(version.parent_ids) > 1


def _unnamed(step: Step) -> Text:
    kind = record_type(step.record_type).label if has_type(step.record_type) else Text("记录", "record")
    return Text(f"改动{kind.zh}", f"Changed {kind.en}")
