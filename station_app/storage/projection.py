"""The tables people query: current heads of the journal, in columns.

A projection is never the truth. Its shape follows from the record descriptions, it is written in the transaction of the
version it shows, and it can be dropped and rebuilt from the journal at any time.

Per record type: ``<type>`` with one row a record, and ``<type>__<list>`` with one row a line. Beside them ``split_head``
(records with more than one head), ``projected`` (how much of the journal is shown), ``progress`` (how far a version has
travelled, from packages, receipts and reviews), ``looked`` (what was looked at before sending) and ``search_index``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from itertools import groupby

from station_app.domain.fields import Field, Form, Kind, described_fields
from station_app.domain.registry import RecordType, all_types, has_type, record_type
from station_app.storage import shape
from station_app.storage.canonical import encode_sorted
from station_app.storage.codec import column_type
from station_app.storage.conflicts import settle
from station_app.storage.engine import Connection
from station_app.storage.search import INDEX_STATEMENT
from station_app.storage.versions import load_version

# Columns every record table begins with.
SYSTEM_COLUMNS = ("record_id", "version_id", "hlc", "author", "device", "void", "conflict", "merged")
PROJECTION_CODE = "1"  # raise when the meaning of a derived column changes: every workspace rebuilds at its next start


# What these lists say is projected into ``progress``; a receipt of 5,000 lines needs no second table.
PROJECTED_ELSEWHERE = frozenset({"review", "receipt"})


def projected_lists(kind: RecordType) -> tuple[Field, ...]:
    """Return the lists of a record type that have a table of their own."""
    return () if kind.name in PROJECTED_ELSEWHERE else kind.lists


def list_table(kind: RecordType, list_name: str) -> str:
    """Return the table of a list inside a record."""
    return f"{kind.name}__{list_name}"


def _quoted(name: str) -> str:
    return f'"{name}"'


def statements() -> list[str]:
    """Return the SQL that makes all projection tables of this program version."""
    out = [
        """CREATE TABLE split_head (record_id TEXT NOT NULL, version_id TEXT NOT NULL, record_type TEXT NOT NULL,
           PRIMARY KEY (record_id, version_id)) STRICT, WITHOUT ROWID""",
        # How much of the journal is shown: so many records up to version ``seq``, and unless ``behind`` all after it too;
        # and up to where a search finds it. What start-up compares and readers ask first.
        """CREATE TABLE projected (seq INTEGER NOT NULL, behind INTEGER NOT NULL, records INTEGER NOT NULL,
           searched INTEGER NOT NULL, hlc TEXT NOT NULL) STRICT""",
        "INSERT INTO projected (seq, behind, records, searched, hlc) VALUES (0, 0, 0, 0, '')",
        """CREATE TABLE progress (version_id TEXT PRIMARY KEY, package_sequence INTEGER, outcome TEXT,
           outcome_code TEXT, receipt_id TEXT, review TEXT, review_id TEXT, review_hlc TEXT, receipt_hlc TEXT)
           STRICT, WITHOUT ROWID""",
        # What the look before sending found of a version by itself, and on which day: JSON, empty where it said nothing.
        "CREATE TABLE looked (seq INTEGER PRIMARY KEY, day TEXT NOT NULL, problems TEXT NOT NULL) STRICT",
        INDEX_STATEMENT,
    ]
    for kind in all_types():
        columns = [
            "rowkey INTEGER PRIMARY KEY", "record_id TEXT NOT NULL UNIQUE", "version_id TEXT NOT NULL",
            "hlc TEXT NOT NULL", "author TEXT NOT NULL", "device TEXT NOT NULL", "void INTEGER NOT NULL", "conflict INTEGER NOT NULL",
            "merged TEXT",
        ]  # fmt: skip
        columns += [f"{_quoted(f.name)} {column_type(f)}" for f in kind.scalars]
        out.append(f"CREATE TABLE {_quoted(kind.name)} ({', '.join(columns)}) STRICT")
        indexed = [f.name for f in kind.scalars if f.kind is Kind.LINK]
        indexed += [
            n
            for n in (kind.year_field, kind.key[0] if kind.key else "", "village_code")
            if n and n in kind.by_name and n not in indexed
        ]
        for name in dict.fromkeys(indexed):
            # What is seldom filled in costs a save nothing where it is empty.
            filled = "" if kind.by_name[name].required else f" WHERE {_quoted(name)} IS NOT NULL"
            out.append(
                f"CREATE INDEX {_quoted(f'{kind.name}_{name}')} ON {_quoted(kind.name)}({_quoted(name)}){filled}"
            )
        for field in projected_lists(kind):
            assert field.line is not None
            line_columns = "".join(f", {_quoted(f.name)} {column_type(f)}" for f in described_fields(field.line))
            out.append(
                f"CREATE TABLE {_quoted(list_table(kind, field.name))} (record_id TEXT NOT NULL, "
                f"line_no INTEGER NOT NULL{line_columns}, PRIMARY KEY (record_id, line_no)) STRICT, WITHOUT ROWID"
            )
    return out


MANY = 200_000  # records of a type; from here on sorting without an index keeps a person waiting
UNSORTED = (Kind.LINK, Kind.CODES, Kind.FILES, Kind.LINES)  # in SQL: links would be sorted by their ids


def index_sorts(connection: Connection) -> None:
    """Make an index for every sort that is offered of a table with ``MANY`` records, each in a transaction of its own.

    A small table is sorted by looking at it, and a save into it does not pay for the indexes.
    """
    for kind in all_types():
        if not is_big(connection, kind):
            continue
        rest = [f.name for f in kind.scalars if f.required and f.form is not Form.LONG]
        wanted = dict.fromkeys((*kind.key, *kind.title, *kind.search, *rest))
        have = indexed_sorts(connection, kind)
        for name in (n for n in wanted if n not in have and kind.by_name[n].kind not in UNSORTED):
            connection.execute(
                f"CREATE INDEX IF NOT EXISTS {_quoted(f'{kind.name}_by_{name}')} ON {_quoted(kind.name)}({_quoted(name)})"
            )


def is_big(connection: Connection, kind: RecordType) -> bool:
    """Whether a table has so many records that only what is indexed is sorted by."""
    largest = connection.execute(f"SELECT max(rowkey) FROM {_quoted(kind.name)}").fetchone()[0]
    return largest is not None and largest >= MANY


def indexed_sorts(connection: Connection, kind: RecordType) -> frozenset[str]:
    """Return the fields whose order an index has."""
    rows = connection.execute(
        """SELECT held.name FROM pragma_index_list(?) made, pragma_index_info(made.name) held
           WHERE NOT made.partial AND held.seqno=0""",
        (kind.name,),
    )
    return frozenset(name for (name,) in rows) & frozenset(kind.by_name)


@lru_cache(maxsize=1)
def fingerprint() -> str:
    """Return what tells one shape of the projections from another."""
    return hashlib.sha256((PROJECTION_CODE + "\n".join(statements())).encode()).hexdigest()


def remember_shape(connection: Connection) -> None:
    """Note which shape the projections have, which files said so, and which tables count records."""
    tables = json.dumps([kind.name for kind in all_types()])
    connection.executemany(
        "INSERT INTO setting (key, value) VALUES (?, ?) ON CONFLICT(key) DO UPDATE SET value=excluded.value",
        [
            ("workspace.projection", fingerprint()),
            ("workspace.projection_source", shape.source_mark()),
            ("workspace.tables", tables),
        ],
    )


def create(connection: Connection) -> None:
    """Make the empty projection tables; the caller holds the transaction."""
    for statement in statements():
        connection.execute(statement)


def table_names(connection: Connection) -> list[str]:
    """Return the projection tables that exist, whatever program version made them."""
    truth = {
        "version",
        "version_parent",
        "package_out",
        "package_content",
        "package_in",
        "quarantine",
        "card",
        "draft",
        "access_log",
        "setting",
    }
    rows = connection.execute(
        "SELECT name FROM sqlite_master WHERE type='table' AND name NOT LIKE 'sqlite_%' "
        "AND name NOT LIKE 'search_index_%'"
    ).fetchall()
    return [name for (name,) in rows if name not in truth]


def _extracted(field: Field, source: str) -> str:
    """Return the SQL that takes a field out of canonical JSON as its column holds it; absent stays NULL."""
    value = f"json_extract({source}, '$.{field.name}')"
    return f"CAST(replace({value}, '.', '') AS INTEGER)" if field.kind is Kind.DECIMAL else value


@cache
def _show_statements(name: str) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """Return what puts the records in ``temp.shown`` into the tables of a type: upsert, clearing of lines, lines."""
    kind = record_type(name)
    source = f"FROM temp.shown s JOIN version v ON v.seq=s.seq WHERE s.record_type='{name}'"
    fields = "coalesce(s.merged, v.fields)"
    columns = [*SYSTEM_COLUMNS, *(f.name for f in kind.scalars)]
    values = ["v.record_id", "v.version_id", "v.hlc", "v.author", "v.device", "v.void", "s.conflict", "s.merged"]
    values += [_extracted(f, fields) for f in kind.scalars]
    updates = ", ".join(f"{_quoted(n)}=excluded.{_quoted(n)}" for n in columns if n != "record_id")
    upsert = (
        f"INSERT INTO {_quoted(name)} ({', '.join(map(_quoted, columns))}) SELECT {', '.join(values)} {source} "
        f"ORDER BY s.seq ON CONFLICT(record_id) DO UPDATE SET {updates}"
    )
    clearing, lines = [], []
    for listed in projected_lists(kind):
        assert listed.line is not None
        described = described_fields(listed.line)
        table = _quoted(list_table(kind, listed.name))
        names = "".join(f", {_quoted(f.name)}" for f in described)
        taken = "".join(f", {_extracted(f, 'line.value')}" for f in described)
        known = f"(SELECT v.record_id {source} AND NOT s.first)"
        clearing.append(f"DELETE FROM {table} WHERE record_id IN {known}")
        lines.append(
            f"INSERT INTO {table} (record_id, line_no{names}) SELECT v.record_id, line.key+1{taken} "
            f"{source.replace(' WHERE', f', jsonb_each({fields}, {chr(39)}$.{listed.name}{chr(39)}) line WHERE')}"
        )
    return upsert, tuple(clearing), tuple(lines)


# What is to be shown of a stretch of the journal: a row a record, by the version that speaks for it.
_SHOWN = """CREATE TEMP TABLE IF NOT EXISTS shown (seq INTEGER PRIMARY KEY, record_type TEXT NOT NULL, first INTEGER NOT NULL,
    conflict INTEGER NOT NULL, merged TEXT)"""
_ONLY_VERSIONS = """INSERT INTO temp.shown SELECT v.seq, v.record_type, 1, 0, NULL FROM version v
    WHERE v.seq BETWEEN ? AND ? AND NOT EXISTS (SELECT 1 FROM version o WHERE o.record_id=v.record_id AND o.seq<>v.seq)"""
# Versions of a record that none of its own versions names as parent, whatever the order they arrived in. A version of
# another record, or of another type, supersedes nothing here.
UNSUPERSEDED = """NOT EXISTS (SELECT 1 FROM version_parent p JOIN version c ON c.version_id=p.version_id
    WHERE p.parent_id=v.version_id AND c.record_id=v.record_id AND c.record_type=v.record_type)"""
_HEADS_OF_SEVERAL = f"""SELECT v.record_id, v.record_type, v.seq, v.version_id FROM (
    SELECT DISTINCT t.record_id, t.record_type FROM version t WHERE t.seq BETWEEN ? AND ?
    AND EXISTS (SELECT 1 FROM version o WHERE o.record_id=t.record_id AND o.seq<>t.seq)) several
    JOIN version v ON v.record_id=several.record_id AND v.record_type=several.record_type WHERE {UNSUPERSEDED}
    ORDER BY 1, 2, v.version_id"""


def several_heads(connection: Connection, first: int, last: int) -> Iterator[tuple[str, str, list[tuple[int, str]]]]:
    """Yield record_id, type and heads (seq, version_id) of every record with several versions, one of them between ``first``
    and ``last``."""
    rows = connection.execute(_HEADS_OF_SEVERAL, (first, last)).fetchall()
    for (record_id, kind), heads in groupby(rows, key=lambda row: row[:2]):
        yield record_id, kind, [(seq, version_id) for _, _, seq, version_id in heads]


def show(connection: Connection, first: int, last: int) -> None:
    """Bring the tables abreast of the versions ``first`` to ``last``.

    A record is shown by its heads in the whole journal, so that showing a stretch twice, or in another order, changes
    nothing. The caller holds the transaction.
    """
    run = connection.execute
    run(_SHOWN)
    run("DELETE FROM temp.shown")
    run(_ONLY_VERSIONS, (first, last))
    again: list[tuple[str, str]] = []
    for record_id, kind, heads in several_heads(connection, first, last):
        again.append((record_id, kind))
        run("DELETE FROM split_head WHERE record_id=? AND record_type=?", (record_id, kind))
        seq, conflict, merged = heads[0][0], False, None
        if len(heads) > 1:
            connection.executemany(
                "INSERT INTO split_head (record_id, version_id, record_type) VALUES (?, ?, ?)",
                [(record_id, version_id, kind) for _, version_id in heads],
            )
            if has_type(kind):
                load = partial(load_version, connection)
                settled = settle(record_type(kind), [load(version_id) for _, version_id in heads], load)
                seq = next(seq for seq, version_id in heads if version_id == settled.shown.version_id)
                conflict = settled.conflict
                if settled.fields is not settled.shown.fields:
                    merged = encode_sorted(settled.fields).decode()
        run("INSERT INTO temp.shown VALUES (?, ?, 0, ?, ?)", (seq, kind, conflict, merged))
    kinds = [kind for (kind,) in run("SELECT DISTINCT record_type FROM temp.shown").fetchall()]
    for kind in filter(has_type, kinds):
        upsert, clearing, lines = _show_statements(kind)
        for statement in (upsert, *(clearing if again else ()), *lines):
            run(statement)
        if kind in SAYINGS:
            SAYINGS[kind].hear(connection)
            if changed := [record_id for record_id, type_name in again if type_name == kind]:
                SAYINGS[kind].hear_again(connection, changed)


_SAID = "json_extract(said.value, '$.version_id')"


@dataclass(frozen=True, slots=True)
class _Saying:
    """What records of a type say of versions, in ``progress``: the latest speaks, in whatever order they arrive."""

    record_type: str
    list_name: str
    outcome: str  # columns of what is said, and where it stands
    values: str
    by: str  # columns of who says it and when
    at: str
    rest: str = ""  # joins the versions a record speaks of without listing them
    rest_values: str = ""

    def statement(self, source: str, condition: str, *, rest: bool = False) -> str:
        """Return what notes what the living records ``v`` of ``source`` say of the versions they list, or of the ``rest``; what
        is listed is noted after the rest, and speaks."""
        columns = f"{self.outcome}, {self.by}, {self.at}"
        if rest:
            source, said, values = f"{source} {self.rest}", "said.version_id", self.rest_values
        else:
            source, said, values = f"{source}, json_each(v.fields, '$.{self.list_name}') said", _SAID, self.values
        updates = ", ".join(f"{name}=excluded.{name}" for name in columns.split(", "))
        order = "" if rest else ", said.key"
        return f"""INSERT INTO progress (version_id, {columns}) SELECT {said}, {values}, v.record_id, v.hlc FROM {source}
            WHERE {condition.format(said=said)} ORDER BY v.seq{order} ON CONFLICT(version_id) DO UPDATE SET {updates}
            WHERE progress.{self.at} IS NULL OR (excluded.{self.at}, excluded.{self.by}) >= (progress.{self.at}, progress.{self.by})"""

    def hear(self, connection: Connection) -> None:
        """Note what the records in ``temp.shown`` say that are shown for the first time."""
        for rest in (True, False) if self.rest else (False,):
            connection.execute(
                self.statement(
                    "temp.shown s JOIN version v ON v.seq=s.seq",
                    f"s.record_type='{self.record_type}' AND s.first AND v.void=0",
                    rest=rest,
                )
            )

    def hear_again(self, connection: Connection, record_ids: list[str]) -> None:
        """Take back what records had said that were corrected or withdrawn, and let all that say something of the same
        versions speak again."""
        by_them = f"WHERE v.record_type='{self.record_type}' AND v.record_id IN (SELECT value FROM json_each(?1))"
        unlisted = f"UNION SELECT said.version_id FROM version v {self.rest} {by_them}" if self.rest else ""
        named = json.dumps(
            [
                version_id
                for (version_id,) in connection.execute(
                    f"""SELECT {_SAID} FROM version v, json_each(v.fields, '$.{self.list_name}') said {by_them}
                    {unlisted}""",
                    (json.dumps(record_ids),),
                )
            ]
        )
        cleared = ", ".join(f"{name}=NULL" for name in f"{self.outcome}, {self.by}, {self.at}".split(", "))
        among = "IN (SELECT value FROM json_each(?))"
        connection.execute(f"UPDATE progress SET {cleared} WHERE version_id {among}", (named,))
        for rest in (True, False) if self.rest else (False,):
            source = f"{self.record_type} p JOIN version v ON v.version_id=p.version_id"
            connection.execute(self.statement(source, f"p.void=0 AND {{said}} {among}", rest=rest), (named,))
        connection.execute("DELETE FROM progress WHERE package_sequence IS NULL AND outcome IS NULL AND review IS NULL")


SAYINGS = {
    saying.record_type: saying
    for saying in (
        _Saying(
            "receipt",
            "results",
            "outcome, outcome_code",
            "json_extract(said.value, '$.outcome'), json_extract(said.value, '$.reason_code')",
            "receipt_id",
            "receipt_hlc",
            """JOIN package_out o ON o.sha256=json_extract(v.fields, '$.package_hash')
            AND json_extract(v.fields, '$.rest') IS NOT NULL JOIN package_content said ON said.sequence=o.sequence""",
            "json_extract(v.fields, '$.rest'), NULL",
        ),
        _Saying("review", "versions", "review", "json_extract(v.fields, '$.decision')", "review_id", "review_hlc"),
    )
}


# Versions of a span of the journal, by their ids: a bulk of random keys costs twice as much.
SPAN = "SELECT version_id FROM version WHERE seq BETWEEN ? AND ? ORDER BY version_id"


def note_packaged(connection: Connection, sequence: int, chosen: str, values: Iterable[tuple[object, ...]]) -> None:
    """Mark versions as packed into package ``sequence``; a later package speaks for a version sent again.

    Args:
        chosen: Selects ``version_id`` of some, once for each of ``values``.
    """
    connection.executemany(
        f"""INSERT INTO progress (version_id, package_sequence) SELECT version_id, ? FROM ({chosen}) WHERE true
            ON CONFLICT(version_id) DO UPDATE SET package_sequence=max(excluded.package_sequence,
            coalesce(progress.package_sequence, 0))""",
        [(sequence, *each) for each in values],
    )


@lru_cache(maxsize=1)
def known_tables() -> frozenset[str]:
    """Return the record and list tables of this program version."""
    names = {t.name for t in all_types()}
    return frozenset(names | {list_table(t, f.name) for t in all_types() for f in projected_lists(t)})
