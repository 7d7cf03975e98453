"""The same thing entered twice: living records of one type that share their key.

One laptop never makes them (saving refuses, SAV-013); they come together when laptops that had not exchanged packages do.
Nothing is decided by itself: both stay in sight, and count in sums, until a person keeps one of them.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from msgspec import to_builtins

from station_app.domain.accounts import name_of
from station_app.domain.codes import label_of
from station_app.domain.fields import Kind
from station_app.domain.generic import JSON
from station_app.domain.problems import Problem
from station_app.domain.registry import RecordType, Role, all_types, has_type, record_type
from station_app.domain.text import Text
from station_app.services.entry import OWNED, Entry
from station_app.services.problems import TwinProblem
from station_app.storage.codec import Encoder, column_writer, json_reader_of, reader_of
from station_app.storage.reader import Filter, Query, Reader, Row
from station_app.storage.search import title_of
from station_app.storage.workspace import Workspace

NAMED = 10  # so many are told by name, the rest are counted
KEPT = Text("重复登记保留一条：{kind}", "Kept one of what was entered twice: {kind}")

ON_RECORD = Text("“{kind}”{key}：这里已有“{title}”（{author} 登记），包里另有“{coming}”，两条都算进合计。",
                 "{kind}, {key}: on record here is {title} (entered by {author}), the package brings {coming} beside it, and sums "
                 "count both.")  # fmt: skip
TWICE_INSIDE = Text("“{kind}”{key}：包里登记了不止一条（“{coming}”），都算进合计。",
                    "{kind}, {key}: the package brings it more than once ({coming}), and sums count them all.")  # fmt: skip
REST = Text("另有 {n} 项也会重复登记。", "{n} more would be on record twice.")
THEN_KEEP = Text("并入后请在“待办清单 › 重复登记”中保留一条；不是同一个的，改正编号。",
                 "Once taken in, keep one under To do, Entered twice; where they are not the same, correct the number.")  # fmt: skip
THEN_RETURN = Text("接收后都列在“待办清单 › 重复登记”：认定一条，退回其余的。",
                   "Once taken in they stay in sight under To do, Entered twice: settle on one and return the others.")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Twins:
    """Records of one type with the same key, oldest first."""

    type_name: str
    rows: tuple[Row, ...]


def count_twins(reader: Reader) -> int:
    """Return how many things are on record more than once."""
    return sum(
        int(reader.sql(f"SELECT count(*) FROM ({_groups(kind)})")[0][0]) for kind in all_types() if _has_key(kind)
    )


def find_twins(reader: Reader, limit: int = 300) -> list[Twins]:
    """Return what is on record more than once, at most ``limit`` of them."""
    found: list[Twins] = []
    for kind in all_types():
        if not _has_key(kind) or len(found) >= limit:
            continue
        terms = " AND ".join(f'p."{name}" IS g."{name}"' for name in kind.key)
        order = ", ".join(f'g."{name}"' for name in kind.key)
        together: dict[tuple[JSON, ...], list[int]] = {}
        names = ", ".join(f'g."{name}"' for name in kind.key)
        for rowkey, *key in reader.sql(
            f"SELECT p.rowkey, {names} FROM ({_groups(kind)} LIMIT {limit - len(found)}) g "
            f'JOIN "{kind.name}" p ON {terms} WHERE p.void=0 ORDER BY {order}, p.hlc, p.record_id'
        ):
            together.setdefault(tuple(key), []).append(rowkey)
        found += [Twins(kind.name, tuple(reader.rows_by_keys(kind.name, keys))) for keys in together.values()]
    return found


def twin_problem(type_name: str, others: int) -> Problem:
    """Return the finding at a record that has twins."""
    label = record_type(type_name).label
    return TwinProblem.TWINS.problem(label=label, others=others)  # fmt: skip


def twins_on_record(reader: Reader) -> list[Problem]:
    """Return a finding for each thing on record more than once: ten by name, the rest counted."""
    found = [
        dataclasses.replace(
            twin_problem(each.type_name, len(each.rows) - 1),
            place=" ".join((record_type(each.type_name).label.zh, *reader.titles(each.type_name, [each.rows[0].record_id]).values())),
        )
        for each in find_twins(reader, NAMED)
    ]  # fmt: skip
    rest = count_twins(reader) - len(found) if len(found) == NAMED else 0
    if rest:
        found.append(TwinProblem.MORE_TWINS.problem(rest=rest))  # fmt: skip
    return found


class _Meeting(NamedTuple):
    """A key that would stand on record more than once: ``here`` is the record that has it already, if one is here, and
    ``title`` names the one that comes."""

    kind: RecordType
    key: tuple[JSON, ...]
    here: str | None
    title: str


class ArrivingTwins:
    """Is told every new version of a package, type by type and in the order of their clock; then says what would be on
    record twice once it is taken in. Twins that stand here already are not told again. One query per type."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._kind: RecordType | None = None
        self._writers: list[tuple[int, Encoder]] = []
        self._keys: dict[str, tuple[JSON, ...] | None] = {}
        self._titles: dict[str, tuple[JSON, ...]] = {}
        self._named: list[_Meeting] = []
        self._number = 0

    def note(self, type_name: str, items: Iterable[tuple[str, bool, object]]) -> None:
        """Take versions of one type in: record id, whether it withdraws it, and its fields (JSON, or what it was read into)."""
        if self._kind is None or self._kind.name != type_name:
            self._work_off()
            kind = self._kind = record_type(type_name) if has_type(type_name) else None
            if kind is not None:
                self._take, self._take_title = json_reader_of(kind.key), reader_of(kind.title)
                self._writers = [
                    (n, write) for n, name in enumerate(kind.key) if (write := column_writer(kind.by_name[name]))
                ]
        if self._kind is None or not _has_key(self._kind):
            return
        noted = list(items)
        for (record_id, void, fields), key in zip(noted, self._take(each[2] for each in noted), strict=True):
            self._titles[record_id] = self._take_title(fields)
            self._keys[record_id] = None if void else self._key(key)

    def _key(self, key: tuple[JSON, ...]) -> tuple[JSON, ...]:
        if not self._writers:
            return key
        columns = list(key)
        for n, write in self._writers:
            columns[n] = None if columns[n] is None else write(columns[n])
        return tuple(columns)

    def _work_off(self) -> None:
        kind, keys, titles = self._kind, self._keys, self._titles
        self._keys, self._titles = {}, {}
        living = [key for key in keys.values() if key is not None]
        if kind is None or not living or (len(set(living)) == len(living) and not self._reader.last_key(kind.name)):
            return  # none is there twice, and there is nothing here it could meet
        arriving: dict[tuple[JSON, ...], list[str]] = {}
        for record_id, key in keys.items():
            if key is not None:
                arriving.setdefault(key, []).append(record_id)
        names = ", ".join(f'"{name}"' for name in kind.key)
        firsts = {key[0] for key in arriving}
        nothing = f' OR "{kind.key[0]}" IS NULL' if None in firsts else ""
        standing: dict[tuple[JSON, ...], dict[str, None]] = {}
        for record_id, *columns in self._reader.sql(
            f'SELECT record_id, {names} FROM "{kind.name}" WHERE void=0 AND ("{kind.key[0]}" IN '
            f"(SELECT value FROM json_each(?)){nothing}) ORDER BY hlc, record_id",
            (json.dumps([first for first in firsts if first is not None]),),
        ):
            key = tuple(columns)
            if key in arriving and keys.get(record_id, key) == key:  # the package may void it or give it another key
                standing.setdefault(key, {})[record_id] = None
        for key, record_ids in arriving.items():
            here = standing.get(key, {})
            coming = [record_id for record_id in record_ids if record_id not in here]
            if coming and len(coming) + len(here) > 1:
                self._number += 1
                if len(self._named) < NAMED:
                    title = title_of(kind, dict(zip(kind.title, to_builtins(titles[coming[-1]]), strict=True)))
                    self._named.append(_Meeting(kind, key, next(iter(here), None), title))

    def result(self, role: Role) -> tuple[int, list[Problem]]:
        """Return how many things would be on record twice, and TWN-004 for them: ten by name, the rest counted.

        ``role`` is who takes the package in: a station keeps one itself, an office above it returns the others.
        """
        self._work_off()
        then = THEN_KEEP if role is Role.STATION else THEN_RETURN
        found = [self._problem(each, then) for each in self._named]
        rest = self._number - len(found)
        if rest:
            found.append(TwinProblem.WOULD_BE_TWICE.problem(what=REST.format(n=rest), then=then))
        return self._number, found

    def _problem(self, meeting: _Meeting, then: Text) -> Problem:
        kind = meeting.kind
        key = _key_text(self._reader, kind, meeting.key)
        row = self._reader.get(kind.name, meeting.here) if meeting.here is not None else None
        facts = {"kind": kind.label, "key": key, "coming": meeting.title}
        if row is None:
            return TwinProblem.WOULD_BE_TWICE.problem(what=TWICE_INSIDE.format(**facts), then=then)
        title = self._reader.titles(kind.name, [row.record_id]).get(row.record_id, "")
        what = ON_RECORD.format(title=title, author=name_of(row.author), **facts)
        return TwinProblem.WOULD_BE_TWICE.problem(what=what, then=then)


def _key_text(reader: Reader, kind: RecordType, key: tuple[JSON, ...]) -> Text:
    """Return the key fields with their values in words; links by the name of the record they point to."""
    zh, en = [], []
    for name, value in zip(kind.key, key, strict=True):
        if value is None:
            continue
        field = kind.by_name[name]
        said = Text(str(value), str(value))
        if field.kind is Kind.LINK:
            title = reader.titles(field.target, [value]).get(value, value)
            said = Text(title, title)
        elif field.kind is Kind.CODE and field.codes:
            said = label_of(field.codes, value)
        zh.append(f"{field.label.zh} {said.zh}")
        en.append(f"{field.label.en} {said.en}")
    return Text("、".join(zh), ", ".join(en))


def keep_one(workspace: Workspace, entry: Entry, twins: Twins, keep_id: str, reason: str) -> int:
    """Keep one of several twins: what belongs to the others is moved to it, the others are voided.

    What is on record at both in the same words is voided with the other; where it differs, a person decides that first.

    Returns:
        How many records were voided or moved.

    Raises:
        UserError: TWN-001 the record to keep is not among them, TWN-002 records below differ and come first,
            TWN-003 one of them is in conflict; SAV-002, SAV-015 as for any voiding.
    """
    rows = {row.record_id: row for row in twins.rows}
    if keep_id not in rows:
        raise TwinProblem.KEPT_NOT_AMONG.error()  # fmt: skip
    if any(row.conflict for row in rows.values()):
        raise TwinProblem.IN_CONFLICT.error()  # fmt: skip
    dropped = [record_id for record_id in rows if record_id != keep_id]
    moves, voids = _below(workspace.read, twins.type_name, dropped, keep_id)
    with workspace.operation(KEPT.format(kind=record_type(twins.type_name).label)), workspace.journal.transaction():
        for record_id in voids:
            entry.void(record_id, reason)
        for record_id, record in moves:
            entry.save(record, record_id=record_id, reason=reason)
        for record_id in dropped:
            entry.void(record_id, reason)
    return len(moves) + len(voids) + len(dropped)


def _has_key(kind: RecordType) -> bool:
    return bool(kind.key) and not kind.is_about_others


def _groups(kind: RecordType) -> str:
    names = ", ".join(f'"{name}"' for name in kind.key)
    return f'SELECT {names} FROM "{kind.name}" WHERE void=0 GROUP BY {names} HAVING count(*) > 1'


def _below(
    reader: Reader, type_name: str, dropped: list[str], keep_id: str
) -> tuple[list[tuple[str, JSON]], list[str]]:
    """Return the records to move to the one that is kept, and those it has already."""
    owned = {name for name, _ in OWNED.get(type_name, ())}
    moves: list[tuple[str, JSON]] = []
    voids: list[str] = []
    differing: list[Text] = []
    for kind in all_types():
        links = [f.name for f in kind.scalars if f.kind is Kind.LINK and f.target == type_name]
        if not links or kind.name in owned:  # what is owned goes with its whole
            continue
        for link in links:
            for row in reader.rows(Query(kind.name, (Filter(link, "in", dropped),))):
                moved = dataclasses.replace(row.record, **{link: keep_id})
                key = {name: getattr(moved, name) for name in kind.key}
                there = reader.find_by_key(kind.name, key) if kind.key else None
                if there is None or there == row.record_id:
                    moves.append((row.record_id, moved))
                    continue
                other = reader.get(kind.name, there)
                if other is not None and other.record == moved:
                    voids.append(row.record_id)
                else:
                    differing.append(kind.label)
    if differing:
        zh = "、".join(dict.fromkeys(label.zh for label in differing))
        en = ", ".join(dict.fromkeys(label.en for label in differing))
        raise TwinProblem.BOTH_HAVE.error(what=Text(zh, en), differing=len(differing))  # fmt: skip
    return moves, voids
