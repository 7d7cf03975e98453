"""Reading: pages, filters, finding, history. Has its own read-only connection, so jobs read while one thread writes."""

from __future__ import annotations

import json
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, Self, overload

import msgspec

from station_app.domain.fields import Field, Kind
from station_app.domain.generic import Of
from station_app.domain.problems import UserError
from station_app.domain.registry import RecordType, all_types, has_type, record_type
from station_app.storage.clock import SYSTEM_CLOCK, Clock, made_at
from station_app.storage.codec import column_value, from_json_fields
from station_app.storage.engine import DatabaseError, connect
from station_app.storage.following import is_behind, waiting
from station_app.storage.projection import UNSORTED, indexed_sorts, is_big
from station_app.storage.record_state import STATE_LABELS as STATE_LABELS
from station_app.storage.record_state import State as State
from station_app.storage.search import FOUND, match_expression, title_of
from station_app.storage.versions import VERSION_COLUMNS, Version, read_version

# A version of another device; and one that somebody below made, received by this county or region (its receipt lists exceptions
# only).
MADE_ELSEWHERE = """{device} NOT IN (SELECT value FROM setting WHERE key='workspace.device_id' OR key LIKE 'workspace.former.%'
    UNION ALL SELECT 'merge')"""
_RANK = "CASE {role} WHEN 'station' THEN 0 WHEN 'county' THEN 1 ELSE 2 END"
_OWN = _RANK.format(role="(SELECT value FROM setting WHERE key='workspace.role')")
RECEIVED_HERE = f"""({_OWN} > 0 AND {MADE_ELSEWHERE} AND {{device}} NOT IN (SELECT device_id FROM card WHERE
    {_RANK.format(role="role")} >= {_OWN}))"""

_STATE_SQL = f"""CASE WHEN p.void THEN 'void' WHEN p.conflict OR g.outcome='conflict' THEN 'conflict'
    WHEN g.outcome IN ('refused', 'quarantined') THEN 'refused'
    WHEN g.review='returned' THEN 'returned' WHEN g.review='accepted' THEN 'accepted'
    WHEN g.outcome IN ('applied', 'already_had', 'superseded') THEN 'received'
    WHEN g.package_sequence IS NOT NULL THEN 'packaged' WHEN g.review='reviewed' THEN 'reviewed'
    WHEN {RECEIVED_HERE.format(device="p.device")} THEN 'received' WHEN {MADE_ELSEWHERE.format(device="p.device")} THEN 'brought'
    ELSE 'complete' END"""

_OPERATORS = {"eq": "=", "ne": "IS NOT", "ge": ">=", "le": "<=", "gt": ">", "lt": "<"}


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition. ``op``: eq ne in ge le gt lt contains starts empty filled; ``field`` may be ``_state`` or
    ``_record_id``; ``value`` is a Python value of the field (a sequence for ``in``)."""

    field: str
    op: str
    value: Any = None


@dataclass(frozen=True, slots=True)
class Query(Generic[Of]):
    """What a table shows: records of a class (``Query(Household)``), or of a type that is only known by name. ``sort``
    holds (field, descending); ``text`` is looked up in the search index."""

    of: type[Of] | str
    filters: tuple[Filter, ...] = ()
    sort: tuple[tuple[str, bool], ...] = ()
    text: str = ""
    include_void: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "of", type_name(self.of))  # the same question is equal, however the type is said

    @property
    def type_name(self) -> str:
        return type_name(self.of)


def type_name(of: type | str) -> str:
    """Return the name of a record type, given by its class or already so."""
    return of if isinstance(of, str) else record_type(of).name


@dataclass(frozen=True, slots=True)
class Row(Generic[Of]):
    """One record as it stands now."""

    rowkey: int
    record_id: str
    version_id: str
    hlc: str
    author: str
    void: bool
    conflict: bool
    state: State
    outcome_code: str
    record: Of
    wall: str = ""

    @property
    def made_at(self) -> datetime:
        """When it was saved by the clock of its machine, UTC: what people are shown. ``hlc`` is for order."""
        return made_at(self.hlc, self.wall)


@dataclass(frozen=True, slots=True)
class Hit:
    """One find of the search line."""

    record_type: str
    record_id: str
    title: str


class Reader:
    """Reads one workspace file; belongs to the thread that made it. Use as a context manager or ``close()``."""

    def __init__(
        self, path: Path, clock: Clock = SYSTEM_CLOCK, bring_abreast: Callable[[], object] = lambda: None
    ) -> None:
        self.path = path
        self.clock = clock  # for whoever is given the reader alone and must know the day
        self._connection = connect(path, read_only=True, telling=True)
        self._bring_abreast = bring_abreast  # the search index, before it is asked

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._connection.close()

    # --- pages -------------------------------------------------------------------------------------------------------

    def _column(self, kind: RecordType, name: str) -> tuple[str, Field | None]:
        if name == "_state":
            return _STATE_SQL, None
        if name in ("_record_id", "_hlc", "_author"):
            return f"p.{name[1:]}", None
        return f'p."{name}"', kind.by_name[name]

    def _where(self, query: Query) -> tuple[str, str, list[Any]]:
        kind = record_type(query.type_name)
        source = f'"{kind.name}" p'
        terms: list[str] = [] if query.include_void else ["p.void=0"]
        values: list[object] = []
        needs_progress = False
        for condition in query.filters:
            column, field = self._column(kind, condition.field)
            needs_progress = needs_progress or condition.field == "_state"

            def raw(value: object, field: Field | None = field) -> Any:
                return value if field is None else column_value(field, value)

            if condition.op == "in":
                terms.append(f"{column} IN (SELECT value FROM json_each(?))")
                values.append(json.dumps([raw(v) for v in condition.value]))
            elif condition.op in ("contains", "starts"):
                word = str(condition.value).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
                terms.append(f"{column} LIKE ? ESCAPE '\\'")
                values.append(("%" if condition.op == "contains" else "") + word + "%")
            elif condition.op in ("empty", "filled"):
                terms.append(f"{column} IS {'NOT ' if condition.op == 'filled' else ''}NULL")
            else:
                terms.append(f"{column} {_OPERATORS[condition.op]} ?")
                values.append(raw(condition.value))
        if query.text.strip():
            terms.append(self._text_term(kind, query.text, values))
        if needs_progress:
            source += " LEFT JOIN progress g ON g.version_id=p.version_id"
        return source, (" WHERE " + " AND ".join(terms)) if terms else "", values

    def _text_term(self, kind: RecordType, text: str, values: list[object]) -> str:
        """Return the condition that a record, or a record it points to, is found by ``text``."""
        expression = match_expression(text)
        columns = ["record_id"] if kind.search else []
        columns += [f.name for f in kind.scalars if f.kind is Kind.LINK and record_type(f.target).search]
        if not expression or not columns:
            return "0"
        self.bring_search_abreast()
        found = f"(SELECT found.record_id FROM {FOUND})"
        values.extend([expression] * len(columns))
        return "(" + " OR ".join(f'p."{column}" IN {found}' for column in columns) + ")"

    def _order(self, query: Query) -> str:
        kind = record_type(query.type_name)
        parts = []
        for name, descending in query.sort:
            column, _ = self._column(kind, name)
            parts.append(f"{column} {'DESC' if descending else 'ASC'}")
        return " ORDER BY " + ", ".join([*parts, "p.rowkey DESC" if parts and query.sort[0][1] else "p.rowkey"])

    def count(self, query: Query) -> int:
        """Return how many records the query finds."""
        source, where, values = self._where(query)
        return int(self._connection.execute(f"SELECT count(*) FROM {source}{where}", values).fetchone()[0])

    def row_keys(self, query: Query, limit: int | None = None) -> array[int]:
        """Return the row keys in order, eight bytes each; with ``rows_by_keys`` any page costs the same, however deep.

        ``limit`` gives the first ones only: quick where an index carries the order.
        """
        source, where, values = self._where(query)
        if any(name == "_state" for name, _ in query.sort) and "progress g" not in source:
            source += " LEFT JOIN progress g ON g.version_id=p.version_id"
        statement = f"SELECT p.rowkey AS k FROM {source}{where}{self._order(query)}"
        if limit is not None:
            return array("q", (k for (k,) in self._connection.execute(f"{statement} LIMIT {int(limit)}", values)))
        # One step of SQLite for all keys: a loop over a million rows would hold the window's thread up while it runs
        # on another.
        text = self._connection.execute(f"SELECT json_group_array(k) FROM ({statement})", values).fetchone()[0]
        return array("q", msgspec.json.decode(text, type=list[int]))

    _ROW = (
        f"p.rowkey, p.record_id, p.version_id, p.hlc, p.author, p.void, p.conflict, {_STATE_SQL}, g.outcome_code, "
        "coalesce(p.merged, v.fields), v.wall"
    )

    def _joined(self, type_name: str) -> str:
        return (
            f'"{type_name}" p JOIN version v ON v.version_id=p.version_id '
            "LEFT JOIN progress g ON g.version_id=p.version_id"
        )

    def _to_row(self, kind: RecordType, row: Any) -> Row:
        return Row(
            row[0],
            row[1],
            row[2],
            row[3],
            row[4],
            bool(row[5]),
            bool(row[6]),
            State(row[7]),
            row[8] or "",
            from_json_fields(kind, msgspec.json.decode(row[9])),
            row[10],
        )

    @overload
    def rows_by_keys(self, of: type[Of], keys: Sequence[int]) -> list[Row[Of]]: ...
    @overload
    def rows_by_keys(self, of: str, keys: Sequence[int]) -> list[Row]: ...
    def rows_by_keys(self, of: type | str, keys: Sequence[int]) -> list[Row]:
        """Return the records with these row keys, in the order of ``keys``."""
        kind = record_type(of)
        cursor = self._connection.execute(
            f"SELECT {self._ROW} FROM {self._joined(kind.name)} WHERE p.rowkey IN (SELECT value FROM json_each(?))",
            (json.dumps(list(keys)),),
        )
        found = {row[0]: self._to_row(kind, row) for row in cursor}
        return [found[key] for key in keys if key in found]

    def rows(self, query: Query[Of], limit: int | None = None, offset: int = 0) -> list[Row[Of]]:
        """Return records of a query; for deep paging use ``row_keys``."""
        return list(self._run(query, limit, offset))

    def iterate(self, query: Query[Of]) -> Iterator[Row[Of]]:
        """Yield every record of a query, memory flat."""
        return self._run(query, None, 0)

    def _run(self, query: Query[Of], limit: int | None, offset: int) -> Iterator[Row[Of]]:
        kind = record_type(query.type_name)
        _, where, values = self._where(query)
        statement = f"SELECT {self._ROW} FROM {self._joined(kind.name)}{where}{self._order(query)}"
        if limit is not None:
            statement += f" LIMIT {int(limit)} OFFSET {int(offset)}"
        for row in self._connection.execute(statement, values):
            yield self._to_row(kind, row)

    @overload
    def get(self, of: type[Of], record_id: str) -> Row[Of] | None: ...
    @overload
    def get(self, of: str, record_id: str) -> Row | None: ...
    def get(self, of: type | str, record_id: str) -> Row | None:
        """Return one record, void or not."""
        kind = record_type(of)
        row = self._connection.execute(
            f"SELECT {self._ROW} FROM {self._joined(kind.name)} WHERE p.record_id=?", (record_id,)
        ).fetchone()
        return None if row is None else self._to_row(kind, row)

    def find_by_key(self, type_name: str, values: dict[str, Any]) -> str | None:
        """Return the record_id of the living record whose key fields have these values."""
        kind = record_type(type_name)
        terms = " AND ".join(f'"{name}" IS ?' for name in kind.key)
        row = self._connection.execute(
            f'SELECT record_id FROM "{type_name}" WHERE void=0 AND {terms} ORDER BY rowkey LIMIT 1',
            [column_value(kind.by_name[name], values.get(name)) for name in kind.key],
        ).fetchone()
        return None if row is None else str(row[0])

    # --- history -----------------------------------------------------------------------------------------------------

    def history(self, record_id: str) -> list[Version]:
        """Return every version of a record, newest first."""
        cursor = self._connection.execute(
            f"SELECT {VERSION_COLUMNS} FROM version WHERE record_id=? ORDER BY hlc DESC, version_id DESC", (record_id,)
        )
        return [read_version(row) for row in cursor]

    def heads(self, record_id: str) -> list[Version]:
        """Return the versions nobody has superseded; more than one in a conflict."""
        versions = self.history(record_id)[::-1]
        same = [v for v in versions if v.record_type == versions[0].record_type]
        parents = {parent for v in same for parent in v.parent_ids}
        return [v for v in same if v.version_id not in parents]

    def version(self, version_id: str) -> Version | None:
        row = self._connection.execute(
            f"SELECT {VERSION_COLUMNS} FROM version WHERE version_id=?", (version_id,)
        ).fetchone()
        return None if row is None else read_version(row)

    def said_about(self, version_id: str) -> str:
        """Return what the county said of a version: the review's reason, or the receipt's; empty when nothing."""
        review = self._connection.execute(
            """SELECT coalesce(r.reviewer || '：', '') || r.reason FROM progress g JOIN review r ON r.record_id=g.review_id
               WHERE g.version_id=? AND r.reason IS NOT NULL""",
            (version_id,),
        ).fetchone()
        if review is not None:
            return str(review[0])
        receipt = self._connection.execute(
            """SELECT json_extract(said.value, '$.reason_text') FROM progress g JOIN version v ON v.record_id=g.receipt_id,
               json_each(v.fields, '$.results') said
               WHERE g.version_id=?1 AND json_extract(said.value, '$.version_id')=?1""",
            (version_id,),
        ).fetchone()
        return str(receipt[0]) if receipt and receipt[0] else ""

    # --- names, finding, counting ------------------------------------------------------------------------------------

    def titles(self, type_name: str, record_ids: Iterable[str]) -> dict[str, str]:
        """Return how records are named in one line, by record_id."""
        kind = record_type(type_name)
        names = ", ".join(f'"{name}"' for name in kind.title)
        if not names:
            return {}
        cursor = self._connection.execute(
            f'SELECT record_id, {names} FROM "{type_name}" WHERE record_id IN (SELECT value FROM json_each(?))',
            (json.dumps(list(record_ids)),),
        )
        return {row[0]: title_of(kind, dict(zip(kind.title, row[1:], strict=True))) for row in cursor}

    def find(self, text: str, types: Sequence[str] | None = None, limit: int = 50) -> list[Hit]:
        """Find records by code, characters, pinyin or initials; empty text finds nothing."""
        expression = match_expression(text)
        if not expression:
            return []
        self.bring_search_abreast()
        rows = self._connection.execute(
            f"SELECT found.record_type, found.record_id FROM {FOUND} "
            + ("AND found.record_type IN (SELECT value FROM json_each(?)) " if types is not None else "")
            + "LIMIT ?",
            [expression, *([json.dumps(list(types))] if types is not None else []), limit],
        ).fetchall()
        titles = {name: self.titles(name, [i for n, i in rows if n == name]) for name in {n for n, _ in rows}}
        return [Hit(name, record_id, titles[name].get(record_id, "")) for name, record_id in rows]

    def quick_sorts(self, type_name: str) -> frozenset[str]:
        """Return the fields by which the first records are found without looking at all."""
        return indexed_sorts(self._connection, record_type(type_name))

    def sorts(self, type_name: str) -> frozenset[str]:
        """Return what a table is sorted by: any value, but of very many records only what is indexed."""
        kind = record_type(type_name)
        if is_big(self._connection, kind):
            return self.quick_sorts(type_name)
        return frozenset({"_state", *(f.name for f in kind.fields if f.kind not in UNSORTED)})

    def waiting(self) -> int:
        """Return how many versions of the journal the tables do not show yet (bulk work is on its way)."""
        return waiting(self._connection)

    def is_behind(self) -> bool:
        """Whether the tables can not be read as they are; opening the workspace brings them abreast."""
        return is_behind(self._connection)

    def bring_search_abreast(self) -> None:
        """Bring the search index abreast; where it can not be (disk full, somebody is writing) what is in it is found."""
        if waiting(self._connection, search=True):
            with suppress(UserError, DatabaseError):
                self._bring_abreast()

    def finds_all(self) -> bool:
        """Whether ``find`` shows all that is on record; not while others write what the search index does not hold yet."""
        return not waiting(self._connection, search=True)

    def state_counts(self, type_name: str | None = None) -> dict[State, int]:
        """Return how many records stand in which state, of one type or of all."""
        totals: dict[State, int] = {}
        for name in [type_name] if type_name else [t.name for t in all_types() if t.name not in ("receipt", "device")]:
            cursor = self._connection.execute(
                f'SELECT {_STATE_SQL}, count(*) FROM "{name}" p LEFT JOIN progress g ON g.version_id=p.version_id '
                "GROUP BY 1"
            )
            for state, number in cursor:
                totals[State(state)] = totals.get(State(state), 0) + number
        return totals

    def states_of(self, query: Query) -> dict[State, int]:
        """Return how many records of a query stand in which state, void ones beside the living."""
        source, where, values = self._where(replace(query, include_void=True))
        if "progress g" not in source:
            source += " LEFT JOIN progress g ON g.version_id=p.version_id"
        found = self._connection.execute(f"SELECT {_STATE_SQL}, count(*) FROM {source}{where} GROUP BY 1", values)
        return {State(state): number for state, number in found}

    def type_counts(self) -> dict[str, int]:
        return {
            t.name: self._connection.execute(f'SELECT count(*) FROM "{t.name}" WHERE void=0').fetchone()[0]
            for t in all_types()
        }

    def sum(self, type_name: str, field_name: str, filters: tuple[Filter, ...] = ()) -> Decimal:
        """Return the exact sum of a number field over living records."""
        kind = record_type(type_name)
        field = kind.by_name[field_name]
        source, where, values = self._where(Query(type_name, filters))
        total = self._connection.execute(
            f'SELECT coalesce(sum(p."{field_name}"), 0) FROM {source}{where}', values
        ).fetchone()[0]
        return Decimal(total).scaleb(-field.places) if field.kind is Kind.DECIMAL else Decimal(total)

    def keys_of(self, type_name: str, record_ids: Iterable[str]) -> set[int]:
        """Return the row keys of records; unknown ones are absent."""
        rows = self._connection.execute(
            f'SELECT rowkey FROM "{record_type(type_name).name}" WHERE record_id IN (SELECT value FROM json_each(?))',
            (json.dumps(list(record_ids)),),
        )
        return {key for (key,) in rows}

    def last_key(self, type_name: str) -> int:
        """Return the largest row key of a table, 0 when it is empty: about how long it is, at no cost."""
        return self._connection.execute(f'SELECT max(rowkey) FROM "{record_type(type_name).name}"').fetchone()[0] or 0

    def setting(self, key: str) -> str:
        """Return a setting of the workspace, empty when it was never made."""
        row = self._connection.execute("SELECT value FROM setting WHERE key=?", (key,)).fetchone()
        return row[0] if row else ""

    def sql(self, statement: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Run one reading statement (reports only): DECIMAL columns are integers scaled by 10**places."""
        return list(self._connection.execute(statement, values))

    def journal_size(self) -> int:
        return int(self._connection.execute("SELECT count(*) FROM version").fetchone()[0])

    def knows(self, type_name: str) -> bool:
        """Whether this program version has a table for ``type_name``."""
        return has_type(type_name)
