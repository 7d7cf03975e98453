"""Undo and redo of what a person did (``storage.user_actions``): a whole action at once, as new versions, or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from station_app.domain.accounts import AccountProblem, mark_of
from station_app.domain.registry import RecordType, record_type
from station_app.domain.text import Text
from station_app.services.entry import Entry
from station_app.services.problems import SaveProblem
from station_app.services.progress import JobContext, Quiet, stop_if_cancelled
from station_app.storage.changes import Changes
from station_app.storage.codec import column_value, from_json_fields
from station_app.storage.engine import Connection
from station_app.storage.user_actions import MOST_NAMED, Step, UserAction
from station_app.storage.versions import Version, make_version
from station_app.storage.workspace import Workspace

UNDONE, REDONE = "撤销", "重做"  # reasons in the journal: the name of the action follows
MANY = Text("{name}（{n} 条）", "{name} ({n} records)")
NAMED = Text("{name} {title}", "{name} {title}")
_AT_ONCE = 500
_UNDOING = Text("正在撤销", "Undoing")
_REDOING = Text("正在重做", "Redoing")


@dataclass(frozen=True, slots=True)
class Moved:
    """An action that was taken back or done again, and what changed by it."""

    action: UserAction
    changes: Changes


def action_name(action: UserAction, title: str = "") -> Text:
    """Return how an action is called: its label, with the name of its one record or the number of its records."""
    if len(action.steps) > 1:
        return MANY.format(name=action.label, n=f"{len(action.steps):,}")
    return NAMED.format(name=action.label, title=title) if action.of_record and title else action.label


def name_of(workspace: Workspace, action: UserAction) -> Text:
    """Return how an action is called, with its record's name or the number of records."""
    if not action.of_record or len(action.steps) > 1:
        return action_name(action)
    step = action.steps[0]
    return action_name(action, workspace.read.titles(step.record_type, [step.record_id]).get(step.record_id, ""))


def undo(workspace: Workspace, *, context: JobContext | None = None) -> Moved | None:
    """Take the last action back: what stood before stands again, in new versions. ``None``: there is nothing to undo.

    Raises:
        UserError: SAV-024, SAV-025 one of its records has changed or was sent since, SAV-022 it ended a contradiction: the action is
            left as it is and forgotten; SAV-023, SAV-018, STD-002 what stood before would contradict what came since;
            SAV-002; JOB-001 stopped. Nothing is changed then.
    """
    action = workspace.actions.last
    return None if action is None else _Mover(workspace, action, back=True, context=context).move()


def redo(workspace: Workspace, *, context: JobContext | None = None) -> Moved | None:
    """Do again what was taken back last. ``None``: there is nothing, or something new was done since.

    Raises:
        UserError: as ``undo``.
    """
    action = workspace.actions.next
    return None if action is None else _Mover(workspace, action, back=False, context=context).move()


class _Mover:
    def __init__(self, workspace: Workspace, action: UserAction, *, back: bool, context: JobContext | None) -> None:
        self._workspace = workspace
        self._journal = workspace.journal
        self._entry = Entry(workspace)
        self._action = action
        self._back = back
        self._job = context or Quiet()
        label = "".join(c for c in action.label.zh if c.isprintable())[:200]
        self._reason = f"{UNDONE if back else REDONE}：{label}"

    def move(self) -> Moved:
        steps = self._action.steps
        now: dict[str, str] = {}
        made: list[Version] = []
        since: dict[str, int] = {}
        ids = frozenset(s.record_id for s in steps) if len(steps) <= MOST_NAMED else frozenset()
        # The action as initiator: a screen may lead the eye to what it brought back.
        with self._workspace.by_program(), self._workspace.operation(self._action.label, initiator=self._action):
            with self._journal.transaction() as connection:
                first = self._journal.last_seq() + 1
                for number, step in enumerate(steps):
                    if number % _AT_ONCE == 0:
                        self._tell(number // 2)
                    made.append(self._version(step))
                for start in range(0, len(made), _AT_ONCE):
                    self._tell((len(made) + start) // 2)
                    self._journal.append(made[start : start + _AT_ONCE])
                for step, version in zip(steps, made, strict=True):
                    now[step.record_id] = version.version_id
                    (since[step.record_id],) = connection.execute(
                        "SELECT seq FROM version WHERE version_id=?", (self._from(step),)
                    ).fetchone()
                self._refuse_contradiction(connection, made, since)
                last = self._journal.last_seq()
                stop_if_cancelled(self._job)
            history = self._workspace.actions
            (history.taken_back if self._back else history.done_again)(self._action, now, (first, last))
        return Moved(self._action, Changes(frozenset(s.record_type for s in steps), ids, self._action))

    def _tell(self, done: int) -> None:
        stop_if_cancelled(self._job)
        self._job.progress(done, len(self._action.steps), _UNDOING if self._back else _REDOING)

    def _from(self, step: Step) -> str:
        """Return the version that must stand now."""
        said = step.after if self._back else step.before
        assert said is not None  # what was taken back is there
        return self._workspace.actions.standing_for(said)

    def _version(self, step: Step) -> Version:
        """Return the version that says what stood on the other side of the action."""
        expected, wanted = self._from(step), step.before if self._back else step.after
        kind = record_type(step.record_type)
        self._entry.refuse_foreign(kind)
        self._refuse_of_others(expected)
        if (
            step.joined
            or self._journal.head_ids(step.record_id, kind.name) != [expected]
            or self._entry.has_left((expected,))
        ):
            self._refuse(step)
        source = self._journal.load(wanted or expected)
        fields = source.fields if self._back else self._renamed(source)
        me = self._workspace.identity
        return make_version(
            record_type=kind.name,
            schema_version=source.schema_version,
            record_id=step.record_id,
            parent_ids=(expected,),
            hlc=(at := self._journal.clock.reading()).hlc,
            wall=at.wall,
            author=me.signature,
            device=me.device_id,
            reason=self._reason,
            void=source.void if wanted else True,
            fields=fields,
        )

    def _refuse_of_others(self, version_id: str) -> None:
        """Raise ACC-018 when somebody else's account did it: nothing is taken back in another's name."""
        me = self._workspace.identity
        if me.account is not None and mark_of(self._journal.load(version_id).author) != me.account.mark:
            raise AccountProblem.NOT_YOURS_TO_UNDO.error(name=name_of(self._workspace, self._action))

    def _renamed(self, source: Version) -> dict[str, object]:
        """Return the fields of a version; a review done again names the versions that were done again before it."""
        if source.record_type != "review":
            return source.fields
        standing_for = self._workspace.actions.standing_for
        lines = [{**line, "version_id": standing_for(line["version_id"])} for line in source.fields.get("versions", ())]
        return {**source.fields, "versions": lines}

    def _refuse(self, step: Step) -> None:
        self._workspace.actions.drop(self._action)
        title = self._workspace.read.titles(step.record_type, [step.record_id]).get(step.record_id, "")
        name = action_name(self._action, title)
        which = title or record_type(step.record_type).label
        if step.joined:
            raise SaveProblem.ENDED_A_CONFLICT.error(name=name, which=which)
        said = SaveProblem.CHANGED_AFTER if self._back else SaveProblem.CHANGED_SINCE_UNDONE
        raise said.error(name=name, which=which)

    def _refuse_contradiction(self, connection: Connection, made: Sequence[Version], since: Mapping[str, int]) -> None:
        """Refuse what is not as it was around these records; what stood beside them before may stand beside them again."""
        voided: dict[str, list[str]] = {}
        for version in made:
            if version.void:
                voided.setdefault(version.record_type, []).append(version.record_id)
            else:
                self._refuse_later_twin(connection, record_type(version.record_type), version, since)
        for name, record_ids in voided.items():
            self._entry.refuse_needed(record_type(name), record_ids)

    def _refuse_later_twin(
        self, connection: Connection, kind: RecordType, version: Version, since: Mapping[str, int]
    ) -> None:
        if not kind.key:
            return
        record = from_json_fields(kind, version.fields)
        terms = " AND ".join(f'p."{name}" IS ?' for name in kind.key)
        values = [column_value(kind.by_name[name], getattr(record, name)) for name in kind.key]
        rows = connection.execute(
            f'SELECT p.record_id FROM "{kind.name}" p JOIN version v ON v.version_id=p.version_id '
            f"WHERE p.void=0 AND {terms} AND v.seq>?",
            [*values, since[version.record_id]],
        ).fetchall()
        if any(record_id not in since for (record_id,) in rows):
            title = self._workspace.read.titles(kind.name, [version.record_id]).get(version.record_id, "")
            raise SaveProblem.ENTERED_AGAIN.error(
                what=Text(UNDONE, "undone") if self._back else Text(REDONE, "done again"), kind=kind.label, title=title
            )
