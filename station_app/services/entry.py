"""Saving, correcting, withdrawing; and the history of a record, field by field. Undo: ``services.undo``."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any

from station_app.domain.accounts import AccountProblem
from station_app.domain.fields import Kind
from station_app.domain.guards import Act, Route
from station_app.domain.problems import Problem, Severity, UserError
from station_app.domain.record_problems import RecordProblem
from station_app.domain.registry import RecordType, all_types, record_type
from station_app.domain.text import Text
from station_app.domain.validation import check_record
from station_app.services import guarding
from station_app.services.derived import differences
from station_app.services.figures import standards
from station_app.services.history import HistoryEntry, history_of
from station_app.services.problems import SaveProblem
from station_app.services.progress import JobContext, Quiet, stop_if_cancelled
from station_app.services.unusual import Unusual
from station_app.storage.changes import Changes
from station_app.storage.clock import new_record_id
from station_app.storage.codec import from_column, from_json_fields, to_json_fields, unknown_fields
from station_app.storage.conflicts import Settled, settle
from station_app.storage.reader import RECEIVED_HERE, Filter, Query
from station_app.storage.search import title_of
from station_app.storage.versions import Version, make_version
from station_app.storage.workspace import Workspace

# Records that are nothing without another: they are withdrawn and brought back with it.
OWNED: dict[str, tuple[tuple[str, str], ...]] = {"compensation_batch": (("compensation_line", "batch_id"),)}
MAX_REASON = 1000
_AT_ONCE = 1_000  # records of many
# What each act is called where it can be taken back; the name of the record follows.
NEW, CORRECTED = Text("新增{kind}", "New {kind}"), Text("更正{kind}", "Corrected {kind}")
VOIDED, RESTORED = Text("作废{kind}", "Voided {kind}"), Text("恢复{kind}", "Restored {kind}")
SETTLED, MANY = Text("解决冲突：{kind}", "Settled the conflict: {kind}"), Text("保存", "Saved")


@dataclass(frozen=True, slots=True)
class Saved:
    """``version_id`` is ``None`` when the record already said exactly this: then nothing was written."""

    record_id: str
    version_id: str | None
    changes: Changes
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class SavedMany:
    """What a bulk save did, in records."""

    new: int
    changed: int
    unchanged: int
    ids: tuple[str, ...]
    changes: Changes


class Entry:
    """The one door through which a person changes records of a workspace."""

    def __init__(self, workspace: Workspace, today: Callable[[], date] | None = None) -> None:
        self._workspace = workspace
        self._journal = workspace.journal
        self._today = today or workspace.clock.today
        self.unusual = Unusual(workspace.read)

    @property
    def workspace(self) -> Workspace:
        """The workspace that is written to."""
        return self._workspace

    # --- saving ------------------------------------------------------------------------------------------------------

    def save(
        self,
        record: object,
        *,
        record_id: str | None = None,
        reason: str = "",
        expected_version_id: str | None = None,
        initiator: object = None,
        new_id: str | None = None,
    ) -> Saved:
        """Save a new record, or a correction of ``record_id``; durable when it returns.

        ``new_id``: the id of a new record that is the same thing on every machine (the own unit).

        Raises:
            UserError: REC-001 the record breaks a hard rule (problems attached), SAV-002 this workplace may not author
                the type, SAV-010 a correction of what was already sent needs a reason, SAV-011 somebody changed it
                meanwhile, SAV-012 a soft bound needs a reason, SAV-013 the same thing is on record already, STD-001 a
                record of this type is never changed once saved.
        """
        kind = record_type(record)
        problems = self._checked(kind, record, reason, record_id)
        verb = NEW if record_id is None else CORRECTED
        with self._operation(verb, kind, initiator), self._journal.transaction():
            version = self._version_for(kind, record, record_id, reason, expected_version_id, new_id)
            if version is None:
                assert record_id is not None
                return Saved(record_id, None, Changes(), problems)
            self._journal.append([version])
        changes = Changes(frozenset({kind.name}), frozenset({version.record_id}), initiator)
        return Saved(version.record_id, version.version_id, changes, problems)

    def _operation(self, verb: Text, kind: RecordType, initiator: object) -> AbstractContextManager[None]:
        return self._workspace.operation(verb.format(kind=kind.label), of_record=True, initiator=initiator)

    def _checked(self, kind: RecordType, record: object, reason: str, record_id: str | None) -> tuple[Problem, ...]:
        self.refuse_foreign(kind, act_of(kind.name, getattr(record, "decision", "")))
        problems = tuple(check_record(record, self._today()))
        hard = tuple(p for p in problems if p.severity is Severity.ERROR) + self._wrong_sums(record, record_id)
        if hard:
            raise UserError(RecordProblem.INVALID_RECORD.code, _joined(hard), problems=hard)
        problems += tuple(self.unusual.problems(record, record_id))
        soft = tuple(p for p in problems if p.severity is Severity.WARN)
        note = getattr(record, "note", None) or getattr(record, "remark", None)
        if soft and not reason.strip() and not note:
            raise SaveProblem.REASON_NEEDED.error(problems=soft, found=_joined(soft))
        return problems

    def _wrong_sums(self, record: object, record_id: str | None) -> tuple[Problem, ...]:
        """Return the hard differences between a stored sum and the other records it is made of.

        What is only asked about stands in the look before sending: its parts are entered one after the other.
        """
        found = differences(self._workspace.read, record_id, record)
        return tuple(p for p in found if p.severity is Severity.ERROR)

    def _clean(self, reason: str) -> str:
        """Return a reason as it may stand in a version.

        Raises:
            UserError: SAV-019 control characters inside, or longer than 1,000 characters.
        """
        text = unicodedata.normalize("NFC", reason.strip())
        if len(text) > MAX_REASON or any(unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\t" for c in text):
            raise SaveProblem.REASON_FORM.error(max_reason=MAX_REASON)
        return text

    def refuse_foreign(self, kind: RecordType, act: Act = Act.ENTER, route: Route | None = None) -> None:
        """Raise SAV-002 when this workplace may not author ``kind``, ACC-001 or ACC-002 when who works here may not, ACC-017 for
        accounts, which are changed by ``services.accounts`` alone."""
        if kind.name == "account":
            raise AccountProblem.BY_ACCOUNTS_ONLY.error()
        guarding.refuse(self._workspace, act, route)
        role = self._workspace.identity.role
        if role not in kind.authors:
            raise SaveProblem.NOT_OURS.error(
                what=Text(
                    "、".join(r.label.zh for r in sorted(kind.authors, key=lambda r: r.rank)),
                    ", ".join(sorted(kind.authors)),
                ),
                kind=kind.label,
            )

    def _version_for(
        self, kind: RecordType, record: object, record_id: str | None, reason: str, expected: str | None,
        new_id: str | None = None,
    ) -> Version | None:  # fmt: skip
        fields = to_json_fields(record)
        parents: tuple[str, ...] = ()
        if record_id is None:
            self._refuse_duplicate(kind, record, None)
        else:
            parents = tuple(self._journal.head_ids(record_id, kind.name))
            settled = self._settled(kind, parents)
            if expected is not None and expected != settled.shown.version_id:
                raise SaveProblem.CHANGED_MEANWHILE.error()
            fields = {**unknown_fields(kind, settled.fields), **fields}
            if len(parents) == 1 and settled.fields == fields and not settled.shown.void:
                return None
            _refuse_final(kind, settled.fields == fields)
            self._refuse_duplicate(kind, record, record_id)
            if not reason.strip() and self.has_left(parents):
                raise SaveProblem.ALREADY_SENT.error()
        record_id = record_id or new_id or new_record_id(self._workspace.clock)
        return self._version(kind, record_id, parents, self._clean(reason), fields)

    def _version(
        self, kind: RecordType, record_id: str, parents: tuple[str, ...], reason: str, fields: dict[str, Any],
        *, void: bool = False, schema_version: int | None = None,
    ) -> Version:  # fmt: skip
        """Return what a person here says now; ``reason`` is clean."""
        identity, now = self._workspace.identity, self._journal.clock.reading()
        return make_version(
            record_type=kind.name, schema_version=schema_version or kind.version, record_id=record_id, parent_ids=parents,
            hlc=now.hlc, wall=now.wall, author=identity.signature, device=identity.device_id, reason=reason, void=void,
            fields=fields)  # fmt: skip

    def _settled(self, kind: RecordType, heads: tuple[str, ...]) -> Settled:
        """Return how the record stands; a conflict must be ended first.

        Raises:
            UserError: SAV-014 there is no such record, SAV-017 its heads contradict each other.
        """
        if not heads:
            raise _unknown()
        settled = settle(kind, [self._journal.load(h) for h in heads], self._journal.load)
        if settled.conflict:
            raise SaveProblem.IN_CONFLICT.error(kind=kind.label)
        return settled

    def has_left(self, version_ids: tuple[str, ...]) -> bool:
        """Whether one of these versions was packed here, or received or decided about by a unit above."""
        rows = self._workspace.read.sql(
            "SELECT 1 FROM progress WHERE version_id IN (SELECT value FROM json_each(?1)) AND (package_sequence IS NOT NULL "
            "OR outcome IS NOT NULL OR review IN ('accepted', 'returned')) UNION ALL SELECT 1 FROM version v WHERE "
            f"version_id IN (SELECT value FROM json_each(?1)) AND {RECEIVED_HERE.format(device='v.device')} LIMIT 1",
            (json.dumps(version_ids),),
        )
        return bool(rows)

    def _is_accepted(self, version_ids: Sequence[str]) -> bool:
        rows = self._workspace.read.sql(
            "SELECT 1 FROM progress WHERE review='accepted' AND version_id IN (SELECT value FROM json_each(?))",
            (json.dumps(list(version_ids)),),
        )
        return bool(rows)

    def refuse_needed(self, kind: RecordType, record_ids: Sequence[str]) -> None:
        """Refuse to withdraw what others stand on, as things are inside the open transaction.

        Raises:
            UserError: SAV-018 living records belong to one of these (owned ones go with it), STD-002 an edition of
                coefficients is in use.
        """
        if kind.name == "coefficient_edition":
            for record_id in record_ids:
                row = self._workspace.read.get(kind.name, record_id)
                if row is not None:
                    standards.refuse_used(self._workspace.read, row.record)
        wanted = json.dumps(list(record_ids))
        for other in all_types():
            if other.name in (owned for owned, _ in OWNED.get(kind.name, ())) or other.name in ("review", "receipt"):
                continue
            for field in other.scalars:
                if field.kind is not Kind.LINK or field.target != kind.name:
                    continue
                with self._journal.transaction() as connection:
                    (number,) = connection.execute(
                        f'SELECT count(*) FROM "{other.name}" WHERE void=0 AND "{field.name}" IN '
                        "(SELECT value FROM json_each(?))",
                        (wanted,),
                    ).fetchone()
                if number:
                    raise SaveProblem.HAS_OTHERS.error(number=number, other=other.label, kind=kind.label)

    def _refuse_duplicate(self, kind: RecordType, record: object, record_id: str | None) -> None:
        if not kind.key:
            return
        found = self._workspace.read.find_by_key(kind.name, {name: getattr(record, name) for name in kind.key})
        if found is not None and found != record_id:
            names_zh = "、".join(kind.by_name[n].label.zh for n in kind.key)
            names_en = ", ".join(kind.by_name[n].label.en for n in kind.key)
            title = self._workspace.read.titles(kind.name, [found]).get(found, "")
            raise SaveProblem.KEY_TAKEN.error(names=Text(names_zh, names_en), kind=kind.label, title=title)

    def save_many(
        self,
        records: Iterable[tuple[object, str | None]],
        *,
        reason: str = "",
        context: JobContext | None = None,
        initiator: object = None,
        checked: bool = False,
    ) -> SavedMany:
        """Save many records in one transaction: all, or none. Records already saying the same are left alone.

        Pairs are (record, record_id or ``None``); without an id the key fields of the type find the record.
        Soft bounds ask for no reason here. ``checked``: they were found without errors just now (an import plan).

        Raises:
            UserError: REC-001, SAV-002; JOB-001 cancelled; DB-002 disk full. Nothing is half-written.
        """
        job = context or Quiet()
        today = self._today()
        reason = self._clean(reason)
        ids: list[str] = []
        new = changed = unchanged = 0
        tables: set[str] = set()
        known_keys: dict[str, dict[tuple[object, ...], str]] = {}
        rest = iter(records)
        with self._workspace.operation(MANY, initiator=initiator), self._workspace.in_little_memory():
            with self._journal.transaction():
                while block := list(islice(rest, _AT_ONCE)):
                    batch: dict[str, Version] = {}
                    heads = self._journal.heads(given_id for _, given_id in block if given_id is not None)
                    for record, given_id in block:
                        kind = record_type(record)
                        if kind.name not in tables:
                            self.refuse_foreign(kind, act_of(kind.name), Route.IMPORT if checked else None)
                            tables.add(kind.name)
                        if not checked:
                            _refuse_wrong(kind, len(ids) + 1, record, today)
                        record_id = given_id
                        if record_id is None and kind.key:
                            keys = known_keys.get(kind.name)
                            if keys is None:
                                keys = known_keys[kind.name] = self._keys(kind)
                            record_id = keys.get(tuple(getattr(record, name) for name in kind.key))
                            if record_id is not None and (record_id, kind.name) not in heads:
                                heads[record_id, kind.name] = tuple(self._journal.head_ids(record_id, kind.name))
                        if record_id in batch:  # the same thing twice in one call: one record
                            self._journal.append(batch.values())
                            batch = {}
                        parents = heads.get((record_id or "", kind.name), ())
                        fields = to_json_fields(record)
                        if parents:
                            settled = self._settled(kind, parents)
                            fields = {**unknown_fields(kind, settled.fields), **fields}
                            if len(parents) == 1 and settled.fields == fields and not settled.shown.void:
                                unchanged += 1
                                ids.append(record_id or "")
                                continue
                            _refuse_final(kind, settled.fields == fields)
                            changed += 1
                        else:
                            record_id = record_id or new_record_id(self._workspace.clock)
                            new += 1
                            if kind.key and given_id is None:
                                known_keys[kind.name][tuple(getattr(record, name) for name in kind.key)] = record_id
                        assert record_id is not None
                        ids.append(record_id)
                        batch[record_id] = self._version(kind, record_id, parents, reason, fields)
                        heads[record_id, kind.name] = (batch[record_id].version_id,)
                    stop_if_cancelled(job)
                    self._journal.append(batch.values())
                    job.progress(len(ids), None, Text("正在保存", "Saving"))
            self._workspace.catch_up(search=False)  # before anybody is told; a search brings its index abreast
        many = frozenset(ids) if len(ids) <= 1_000 else frozenset()
        changes = Changes(frozenset(tables), many, initiator) if new or changed else Changes()
        return SavedMany(new, changed, unchanged, tuple(ids), changes)

    def _keys(self, kind: RecordType) -> dict[tuple[object, ...], str]:
        """Return key values of all living records of a type, read inside the open transaction."""
        names = ", ".join(f'"{n}"' for n in kind.key)
        with self._journal.transaction() as connection:
            rows = connection.execute(f'SELECT record_id, {names} FROM "{kind.name}" WHERE void=0').fetchall()
        return {
            tuple(from_column(kind.by_name[n], v) for n, v in zip(kind.key, row[1:], strict=True)): row[0]
            for row in rows
        }

    # --- withdrawing and undoing -------------------------------------------------------------------------------------

    def void(self, record_id: str, reason: str, *, initiator: object = None) -> Saved:
        """Withdraw a record; it stays in the history.

        Raises:
            UserError: SAV-015 no reason given, SAV-014 unknown record, SAV-002 not ours.
        """
        if not reason.strip():
            raise SaveProblem.VOID_WITHOUT_REASON.error()
        return self._with_owned(record_id, reason, void=True, initiator=initiator)

    def restore(self, record_id: str, reason: str, *, initiator: object = None) -> Saved:
        """Bring a withdrawn record back as it was, with what was withdrawn together with it.

        Raises:
            UserError: SAV-013 the same thing has been entered again meanwhile, SAV-014, SAV-002.
        """
        return self._with_owned(record_id, reason, void=False, initiator=initiator)

    def _with_owned(self, record_id: str, reason: str, *, void: bool, initiator: object) -> Saved:
        heads = self._journal.head_ids(record_id)
        if not heads:
            raise _unknown()
        head = self._journal.load(heads[0])
        kind = record_type(head.record_type)
        tables = {kind.name}
        if void and self._is_accepted(heads):
            guarding.refuse_of(self._workspace, Act.WITHDRAW, [record_id])
        with self._operation(VOIDED if void else RESTORED, kind, initiator), self._journal.transaction():
            for name, link in OWNED.get(kind.name, ()):
                tables.add(name)
                query = Query(name, (Filter(link, "eq", record_id),), include_void=True)
                for row in self._workspace.read.rows(query):
                    # Brought back with the whole: only what went with it.
                    together = void or self._journal.load(row.version_id).reason == head.reason
                    if row.void != void and together:
                        self._stand_again(row.record_id, reason, void=void)
            version_id = self._stand_again(record_id, reason, void=void)
        ids = frozenset({record_id}) if len(tables) == 1 else frozenset()
        changes = Changes(frozenset(tables), ids, initiator)
        return Saved(record_id, version_id, changes)

    def _stand_again(self, record_id: str, reason: str, *, void: bool, fields: dict[str, object] | None = None) -> str:
        """Write a version that says again what the record said, or ``fields``; return its id."""
        with self._journal.transaction():
            heads = [self._journal.load(h) for h in self._journal.head_ids(record_id)]
            if not heads:
                raise _unknown()
            kind = record_type(heads[0].record_type)
            settled = settle(kind, heads, self._journal.load)
            if fields is None:
                fields = settled.fields
            self.refuse_foreign(kind, act_of(kind.name, fields.get("decision")))
            if void:
                self.refuse_needed(kind, [record_id])
            else:
                self._refuse_duplicate(kind, from_json_fields(kind, fields), record_id)
            parents = tuple(h.version_id for h in heads)
            version = self._version(kind, record_id, parents, self._clean(reason), fields, void=void,
                                    schema_version=settled.shown.schema_version)  # fmt: skip
            self._journal.append([version])
        return version.version_id

    # --- history and conflicts -----------------------------------------------------------------------------------------

    def history(self, record_id: str) -> list[HistoryEntry]:
        """Return every version of a record, newest first, with what each changed."""
        return history_of(self._workspace, record_id)

    def resolve(self, record_id: str, keep: str, reason: str, *, initiator: object = None) -> Saved:
        """End a conflict: the content of head ``keep`` stands, the others become its parents and stay in the history.

        Raises:
            UserError: SAV-015 no reason, SAV-014 ``keep`` is not one of the record's heads.
        """
        if not reason.strip():
            raise SaveProblem.MERGE_WITHOUT_REASON.error()
        if keep not in self._journal.head_ids(record_id):
            raise SaveProblem.NOT_CURRENT.error()
        chosen = self._journal.load(keep)
        kind = record_type(chosen.record_type)
        with self._operation(SETTLED, kind, initiator):
            version_id = self._stand_again(record_id, reason, void=chosen.void, fields=chosen.fields)
        changes = Changes(frozenset({kind.name}), frozenset({record_id}), initiator)
        return Saved(record_id, version_id, changes)


def act_of(type_name: str, decision: object = "") -> Act:
    """Return what writing a version is, for the guards: a review and a frozen result are acts of their own."""
    if type_name == "review":
        return Act.REVIEW if decision == "reviewed" else Act.ACCEPT
    return Act.FREEZE if type_name == "calculation_result" else Act.ENTER


def _unknown() -> UserError:
    return SaveProblem.NOT_HERE.error()


def _refuse_final(kind: RecordType, same: bool) -> None:
    """Raise STD-001 when a saved record of a final type would say something else."""
    if kind.is_final and not same:
        raise SaveProblem.NEVER_CHANGED.error(kind=kind.label)


def _refuse_wrong(kind: RecordType, number: int, record: object, today: date) -> None:
    """Raise REC-001 when a record of many has errors; it is named as people name it."""
    hard = tuple(p for p in check_record(record, today) if p.severity is Severity.ERROR)
    if hard:
        title, said = title_of(kind, to_json_fields(record)), _joined(hard)
        text = Text(
            f"第 {number} 条{kind.label.zh}({title})：{said.zh}", f"{kind.label.en} {number} ({title}): {said.en}"
        )
        raise UserError(RecordProblem.INVALID_RECORD.code, text, problems=hard)


def _joined(problems: tuple[Problem, ...]) -> Text:
    return Text(" ".join(p.text.zh for p in problems[:5]), " ".join(p.text.en for p in problems[:5]))
