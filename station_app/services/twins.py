"""The same thing entered twice: living records of one type that share their key.

One laptop never makes them (saving refuses, REC-013); they come together when laptops that had not exchanged packages do.
Nothing is decided by itself: both stay in sight, and count in sums, until a person keeps one of them.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from station_app.domain.fields import Kind
from station_app.domain.problems import Problem, Severity, UserError
from station_app.domain.registry import RecordType, all_types, record_type
from station_app.domain.text import Text
from station_app.services.entry import OWNED, Entry
from station_app.storage.reader import Filter, Query, Reader, Row
from station_app.storage.workspace import Workspace

KEPT = Text("重复登记保留一条：{kind}", "Kept one of what was entered twice: {kind}")


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
        together: dict[tuple[Any, ...], list[int]] = {}
        names = ", ".join(f'g."{name}"' for name in kind.key)
        for rowkey, *key in reader.sql(
            f'SELECT p.rowkey, {names} FROM ({_groups(kind)} LIMIT {limit - len(found)}) g '
            f'JOIN "{kind.name}" p ON {terms} WHERE p.void=0 ORDER BY {order}, p.hlc, p.record_id'
        ):
            together.setdefault(tuple(key), []).append(rowkey)
        found += [Twins(kind.name, tuple(reader.rows_by_keys(kind.name, keys))) for keys in together.values()]
    return found


def twin_problem(type_name: str, others: int) -> Problem:
    """Return the finding at a record that has twins."""
    label = record_type(type_name).label
    return Problem("SND-006", Severity.HOLD, Text(
        f"这条“{label.zh}”另有 {others} 条编号相同的记录，合计会重复。请在“待办清单 › 重复登记”中保留一条。",
        f"{others} more records have the same key as this {label.en}, so sums count it twice. Keep one: To do, Entered twice."))  # fmt: skip


def keep_one(workspace: Workspace, entry: Entry, twins: Twins, keep_id: str, reason: str) -> int:
    """Keep one of several twins: what belongs to the others is moved to it, the others are voided.

    What is on record at both in the same words is voided with the other; where it differs, a person decides that first.

    Returns:
        How many records were voided or moved.

    Raises:
        UserError: TWN-001 the record to keep is not among them, TWN-002 records below differ and come first,
            TWN-003 one of them is in conflict; REC-002, REC-015 as for any voiding.
    """
    rows = {row.record_id: row for row in twins.rows}
    if keep_id not in rows:
        raise UserError("TWN-001", Text("要保留的记录不在这一组中。请刷新列表。",
                                        "The record to keep is not among these. Refresh the list."))  # fmt: skip
    if any(row.conflict for row in rows.values()):
        raise UserError("TWN-003", Text("其中一条还有冲突没有解决。请先打开它，选择以哪个为准。",
                                        "One of them is in conflict. Open it and choose which version stands first."))  # fmt: skip
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
) -> tuple[list[tuple[str, Any]], list[str]]:
    """Return the records to move to the one that is kept, and those it has already."""
    owned = {name for name, _ in OWNED.get(type_name, ())}
    moves: list[tuple[str, Any]] = []
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
        raise UserError("TWN-002", Text(
            f"两边都有内容不同的“{zh}”共 {len(differing)} 条。请先逐条核对，作废不对的，再合并。",
            f"Both have records that differ ({en}, {len(differing)} of them). Compare them and void the wrong ones first."))  # fmt: skip
    return moves, voids
