"""The tables people query: current heads of the journal, in columns.

A projection is never the truth. Its shape follows from the record descriptions, it is written in the transaction of the
version it shows, and it can be dropped and rebuilt from the journal at any time.

Per record type: ``<type>`` with one row a record, and ``<type>__<list>`` with one row a line. Beside them ``split_head``
(records with more than one head), ``projected`` (how much of the journal is shown), ``progress`` (how far a version has
travelled, from packages, receipts and reviews) and ``search_index``.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from station_app import __version__
from station_app.domain.fields import Field, Kind, described_fields
from station_app.domain.registry import RecordType, all_types, has_type, record_type
from station_app.storage.codec import column_type, column_writer
from station_app.storage.conflicts import settle
from station_app.storage.search import search_text
from station_app.storage.versions import Version

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
        # How much of the journal is shown: what start-up compares.
        "CREATE TABLE projected (seq INTEGER NOT NULL, records INTEGER NOT NULL, hlc TEXT NOT NULL) STRICT",
        "INSERT INTO projected (seq, records, hlc) VALUES (0, 0, '')",
        """CREATE TABLE progress (version_id TEXT PRIMARY KEY, package_sequence INTEGER, outcome TEXT,
           outcome_code TEXT, receipt_id TEXT, review TEXT, review_id TEXT, review_hlc TEXT, receipt_hlc TEXT)
           STRICT, WITHOUT ROWID""",
        """CREATE VIRTUAL TABLE search_index USING fts5(tokens, title UNINDEXED, record_id UNINDEXED,
           record_type UNINDEXED, prefix='1 2 3 4', tokenize='unicode61 remove_diacritics 0')""",
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
            out.append(f"CREATE INDEX {_quoted(f'{kind.name}_{name}')} ON {_quoted(kind.name)}({_quoted(name)})")
        for field in projected_lists(kind):
            assert field.line is not None
            line_columns = "".join(f", {_quoted(f.name)} {column_type(f)}" for f in described_fields(field.line))
            out.append(
                f"CREATE TABLE {_quoted(list_table(kind, field.name))} (record_id TEXT NOT NULL, "
                f"line_no INTEGER NOT NULL{line_columns}, PRIMARY KEY (record_id, line_no)) STRICT, WITHOUT ROWID"
            )
    return out


@lru_cache(maxsize=1)
def fingerprint() -> str:
    """Return what tells one shape of the projections from another."""
    return hashlib.sha256((PROJECTION_CODE + "\n".join(statements())).encode()).hexdigest()


def source_mark() -> str:
    """Return a cheap sign that the descriptions are the ones the fingerprint was computed from.

    Names, sizes and times of the files that describe records (or of the frozen program): equal marks mean an equal shape,
    and the start need not load every description to know it. Different marks mean: compute the fingerprint.
    """
    here = Path(__file__).resolve()
    domain = here.parents[1] / "domain"
    files = [
        here,
        here.with_name("codec.py"),
        domain / "fields.py",
        domain / "registry.py",
        *(domain / "records").glob("*.py"),
    ]
    if getattr(sys, "frozen", False):
        files = [Path(sys.executable)]
    seen = [(f.name, (stat := f.stat()).st_size, stat.st_mtime_ns) for f in sorted(files)]
    return hashlib.sha256(repr((__version__, seen)).encode()).hexdigest()


def remember_shape(connection: Any) -> None:
    """Note which shape the projections have, which files said so, and which tables count records."""
    tables = json.dumps([kind.name for kind in all_types()])
    connection.executemany(
        "INSERT INTO setting (key, value) VALUES (?, ?) ON CONFLICT(key) DO UPDATE SET value=excluded.value",
        [
            ("workspace.projection", fingerprint()),
            ("workspace.projection_source", source_mark()),
            ("workspace.tables", tables),
        ],
    )


def counts_agree(connection: Any, tables: list[str]) -> bool:
    """Compare journal and projections by number: what start-up checks; ``check`` compares everything."""
    seq, records = connection.execute("SELECT seq, records FROM projected").fetchone()
    if seq != connection.execute("SELECT coalesce(max(seq), 0) FROM version").fetchone()[0]:
        return False
    counted = " + ".join(f"(SELECT count(*) FROM {_quoted(name)})" for name in tables)
    return bool(connection.execute(f"SELECT {counted}").fetchone()[0] == records)


def create(connection: Any) -> None:
    """Make the empty projection tables; the caller holds the transaction."""
    for statement in statements():
        connection.execute(statement)


def table_names(connection: Any) -> list[str]:
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
        "setting",
    }
    rows = connection.execute(
        "SELECT name FROM sqlite_master WHERE type='table' AND name NOT LIKE 'sqlite_%' "
        "AND name NOT LIKE 'search_index_%'"
    ).fetchall()
    return [name for (name,) in rows if name not in truth]


class _Writer:
    """Compiled statements that put one record type into its tables."""

    def __init__(self, kind: RecordType) -> None:
        self.kind = kind
        names = [*SYSTEM_COLUMNS, *(f.name for f in kind.scalars)]
        marks = ", ".join("?" * len(names))
        listed = ", ".join(map(_quoted, names))
        self.insert = f"INSERT INTO {_quoted(kind.name)} ({listed}) VALUES ({marks})"
        updates = ", ".join(f"{_quoted(n)}=excluded.{_quoted(n)}" for n in names if n != "record_id")
        self.upsert = f"{self.insert} ON CONFLICT(record_id) DO UPDATE SET {updates}"
        self.plan = tuple((f.name, column_writer(f)) for f in kind.scalars)
        self.lists: list[tuple[str, str, str, tuple[tuple[str, Callable[[Any], Any] | None], ...]]] = []
        for field in projected_lists(kind):
            assert field.line is not None
            described = described_fields(field.line)
            table = _quoted(list_table(kind, field.name))
            line_names = "".join(f", {_quoted(f.name)}" for f in described)
            line_marks = ", ?" * len(described)
            self.lists.append((
                field.name, f"DELETE FROM {table} WHERE record_id=?",
                f"INSERT INTO {table} (record_id, line_no{line_names}) VALUES (?, ?{line_marks})",
                tuple((f.name, column_writer(f)) for f in described)))  # fmt: skip

    def row(self, version: Version, fields: dict[str, Any], conflict: bool, merged: str | None) -> list[Any]:
        row: list[Any] = [
            version.record_id,
            version.version_id,
            version.hlc,
            version.author,
            version.device,
            int(version.void),
            int(conflict),
            merged,
        ]
        get = fields.get
        for name, write in self.plan:
            value = get(name)
            row.append(value if value is None or write is None else write(value))
        return row

    def line_rows(self, record_id: str, fields: dict[str, Any]) -> Iterable[tuple[str, list[list[Any]]]]:
        for name, _, insert, plan in self.lists:
            items = fields.get(name)
            if items:
                yield (
                    insert,
                    [
                        [
                            record_id,
                            number,
                            *(None if (v := item.get(n)) is None else (v if w is None else w(v)) for n, w in plan),
                        ]
                        for number, item in enumerate(items, 1)
                    ],
                )


@cache
def writer_for(name: str) -> _Writer:
    """Return the compiled statements of a record type."""
    return _Writer(record_type(name))


class Projector:
    """Writes projections in the transaction its caller holds.

    ``fresh`` collects rows of records seen for the first time and puts them in bulk; ``settle_record`` handles a record
    that has more than one version.
    """

    def __init__(self, connection: Any, load: Callable[[str], Version]) -> None:
        self._connection = connection
        self._load = load
        self._pending: dict[str, list[list[Any]]] = {}
        self._search: list[tuple[str, str, str, str]] = []
        self._new = 0
        self.latest = ""  # the highest clock reading among what is shown

    def fresh(self, version: Version) -> None:
        """Show a version that is the only one of its record."""
        if not has_type(version.record_type):
            return
        self._new += 1
        writer = writer_for(version.record_type)
        self._pending.setdefault(writer.insert, []).append(writer.row(version, version.fields, False, None))
        for insert, rows in writer.line_rows(version.record_id, version.fields):
            self._pending.setdefault(insert, []).extend(rows)
        self._note_search(writer.kind, version, version.fields)
        if version.record_type in DERIVED:
            self._pending.setdefault("", []).append([version])

    def flush(self) -> None:
        """Write what ``fresh`` collected."""
        run = self._connection.executemany
        derived = self._pending.pop("", [])
        for statement, rows in self._pending.items():
            run(statement, rows)
        run("INSERT INTO search_index (tokens, title, record_id, record_type) VALUES (?, ?, ?, ?)", self._search)
        for (version,) in derived:
            DERIVED[version.record_type](self._connection, version)
        self._pending, self._search = {}, []

    def settle_record(self, record_id: str, kind_name: str, head_ids: list[str]) -> bool:
        """Show a record from its heads; return whether a person must decide between them."""
        run = self._connection.execute
        run("DELETE FROM split_head WHERE record_id=?", (record_id,))
        if len(head_ids) > 1:
            self._connection.executemany(
                "INSERT INTO split_head (record_id, version_id, record_type) VALUES (?, ?, ?)",
                [(record_id, head, kind_name) for head in head_ids],
            )
        if not has_type(kind_name):
            return False
        settled = settle(record_type(kind_name), [self._load(head) for head in head_ids], self._load)
        writer = writer_for(kind_name)
        if run(f"SELECT 1 FROM {_quoted(kind_name)} WHERE record_id=?", (record_id,)).fetchone() is None:
            self._new += 1
        merged = None if settled.fields is settled.shown.fields else json.dumps(settled.fields, ensure_ascii=False)
        run(writer.upsert, writer.row(settled.shown, settled.fields, settled.conflict, merged))
        for _, delete, _, _ in writer.lists:
            run(delete, (record_id,))
        for insert, rows in writer.line_rows(record_id, settled.fields):
            self._connection.executemany(insert, rows)
        if writer.kind.search:
            run(
                "DELETE FROM search_index WHERE rowid IN (SELECT rowid FROM search_index WHERE search_index MATCH ?)",
                (f'tokens:"{_id_token(record_id)}"',),
            )
            self._note_search(writer.kind, settled.shown, settled.fields)
            self.flush()
        if kind_name in DERIVED:
            derive_again(self._connection, kind_name, record_id, self._load)
        return settled.conflict

    def finish(self) -> None:
        """Write what is left and note how much of the journal is shown now."""
        self.flush()
        self._connection.execute(
            "UPDATE projected SET seq=(SELECT coalesce(max(seq), 0) FROM version), records=records+?, hlc=max(hlc, ?)",
            (self._new, self.latest),
        )
        self._new = 0

    def _note_search(self, kind: RecordType, version: Version, fields: dict[str, Any]) -> None:
        if kind.search and not version.void:
            tokens, title = search_text(kind, fields)
            self._search.append((f"{_id_token(version.record_id)} {tokens}", title, version.record_id, kind.name))


def _id_token(record_id: str) -> str:
    return "id" + record_id.replace("-", "")


def _project_receipt(connection: Any, version: Version) -> None:
    """A receipt moves the versions it names; of several receipts the latest speaks."""
    if version.void:
        return
    connection.executemany(
        """INSERT INTO progress (version_id, outcome, outcome_code, receipt_id, receipt_hlc) VALUES (?, ?, ?, ?, ?)
           ON CONFLICT(version_id) DO UPDATE SET outcome=excluded.outcome, outcome_code=excluded.outcome_code,
           receipt_id=excluded.receipt_id, receipt_hlc=excluded.receipt_hlc
           WHERE progress.receipt_hlc IS NULL OR excluded.receipt_hlc >= progress.receipt_hlc""",
        [
            (r["version_id"], r["outcome"], r.get("reason_code"), version.record_id, version.hlc)
            for r in version.fields.get("results", ())
        ],
    )


def _project_review(connection: Any, version: Version) -> None:
    """A review decides about the versions it names; the latest decision speaks."""
    if version.void:
        return
    decision = version.fields["decision"]
    connection.executemany(
        """INSERT INTO progress (version_id, review, review_id, review_hlc) VALUES (?, ?, ?, ?)
           ON CONFLICT(version_id) DO UPDATE SET review=excluded.review, review_id=excluded.review_id,
           review_hlc=excluded.review_hlc
           WHERE progress.review_hlc IS NULL OR excluded.review_hlc >= progress.review_hlc""",
        [(r["version_id"], decision, version.record_id, version.hlc) for r in version.fields.get("versions", ())],
    )


def derive_again(connection: Any, kind_name: str, record_id: str, load: Callable[[str], Version]) -> None:
    """Bring ``progress`` in line after a review or receipt was corrected or withdrawn.

    What it had said is taken back; whatever other living records of the type say of the same versions speaks again.
    """
    list_name, columns = ("results", "outcome, outcome_code, receipt_id, receipt_hlc") if kind_name == "receipt" else (
        "versions", "review, review_id, review_hlc")  # fmt: skip
    named = [
        version_id
        for (version_id,) in connection.execute(
            f"""SELECT DISTINCT json_extract(said.value, '$.version_id') FROM version v,
                json_each(v.fields, '$.{list_name}') said WHERE v.record_id=? AND v.record_type=?""",
            (record_id, kind_name),
        )
    ]
    cleared = ", ".join(f"{column}=NULL" for column in columns.split(", "))
    connection.execute(
        f"UPDATE progress SET {cleared} WHERE version_id IN (SELECT value FROM json_each(?))", (json.dumps(named),)
    )
    wanted = set(named)
    rows = connection.execute(
        f"""SELECT DISTINCT v.version_id FROM {_quoted(kind_name)} p JOIN version v ON v.version_id=p.version_id,
            json_each(v.fields, '$.{list_name}') said
            WHERE p.void=0 AND json_extract(said.value, '$.version_id') IN (SELECT value FROM json_each(?))
            ORDER BY v.hlc, v.version_id""",
        (json.dumps(named),),
    ).fetchall()
    for (version_id,) in rows:
        version = load(version_id)
        only = [said for said in version.fields.get(list_name, ()) if said["version_id"] in wanted]
        DERIVED[kind_name](connection, replace(version, fields={**version.fields, list_name: only}))
    connection.execute("DELETE FROM progress WHERE package_sequence IS NULL AND outcome IS NULL AND review IS NULL")


DERIVED: dict[str, Callable[[Any, Version], None]] = {"receipt": _project_receipt, "review": _project_review}


def note_packaged(connection: Any, sequence: int, version_ids: Iterable[str]) -> None:
    """Mark versions as packed into package ``sequence``; a later package speaks for a version sent again."""
    connection.executemany(
        """INSERT INTO progress (version_id, package_sequence) VALUES (?, ?)
           ON CONFLICT(version_id) DO UPDATE SET package_sequence=max(excluded.package_sequence,
           coalesce(progress.package_sequence, 0))""",
        [(version_id, sequence) for version_id in version_ids],
    )


@lru_cache(maxsize=1)
def known_tables() -> frozenset[str]:
    """Return the record and list tables of this program version."""
    names = {t.name for t in all_types()}
    return frozenset(names | {list_table(t, f.name) for t in all_types() for f in projected_lists(t)})
