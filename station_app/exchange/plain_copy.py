"""A plain copy of a workspace for analysts: ordinary tables that any SQLite tool, pandas or R reads right.

A table a record type and a table a list in it (``record_id``, ``line_no``). Quantities are decimal text with their places,
days ISO text, codes stand beside their label (``<name>_label``); withdrawn records and personal data are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, cast

from station_app.domain.codes import has_list, label_of
from station_app.domain.fields import Field, Kind, described_fields
from station_app.domain.generic import JSON
from station_app.domain.registry import RecordType, all_types
from station_app.domain.text import CHINESE
from station_app.exchange.excel.saving import beside
from station_app.storage.codec import to_json_fields
from station_app.storage.engine import connect_plain, utils_database
from station_app.storage.reader import Query, Reader

_STORED: dict[Kind, type] = {Kind.INTEGER: int, Kind.BOOL: int}


def write_plain_copy(reader: Reader, target: Path, language: str = CHINESE) -> dict[str, int]:
    """Write ``target`` (``.db``) anew; return the number of rows by table. Labels are in ``language``.

    Raises:
        UserError: as ``saving.beside``; nothing half-written stays.
    """
    counts: dict[str, int] = {}
    with beside(target, (".db",)) as part:
        part.unlink(missing_ok=True)
        connection = connect_plain(part)
        try:
            connection.execute("BEGIN")
            database = utils_database(connection)
            for kind in all_types():
                counts |= _write_type(database, reader, kind, language)
            connection.execute("COMMIT")
        finally:
            connection.close()
    return counts


def _write_type(database: Any, reader: Reader, kind: RecordType, language: str) -> dict[str, int]:
    tables = {}
    for name, columns in plain_columns(kind).items():
        tables[name] = database[name]
        is_list = name != kind.name
        tables[name].create(
            {column: _STORED.get(kept, str) for column, kept in columns.items()},
            pk=("record_id", "line_no") if is_list else "record_id",
            foreign_keys=[("record_id", kind.name)] if is_list else [],
        )
    counts = dict.fromkeys(tables, 0)
    for block in _blocks(living(reader, kind)):
        rows: dict[str, list[dict[str, object]]] = {name: [] for name in tables}
        for found in block:
            for name, said in plain_rows(kind, found, language).items():
                rows[name] += said
        for name, table in tables.items():
            table.insert_all(rows[name])
            counts[name] += len(rows[name])
    return counts


class Living(NamedTuple):
    """A record that is not withdrawn: which it is, the version that says it, its fields as JSON values."""

    record_id: str
    version_id: str
    values: dict[str, JSON]


def living(reader: Reader, kind: RecordType) -> Iterator[Living]:
    """Yield the records of a type as they stand."""
    for row in reader.iterate(Query(kind.name)):
        yield Living(row.record_id, row.version_id, to_json_fields(row.record))


def plain_columns(kind: RecordType) -> dict[str, dict[str, Kind]]:
    """Return the plain tables of a record type, the record's own first, and what each of their columns holds."""
    tables = {kind.name: {"record_id": Kind.TEXT, "version_id": Kind.TEXT, **_columns(kind.scalars)}}
    for listed in kind.lists:
        tables[f"{kind.name}__{listed.name}"] = {
            "record_id": Kind.TEXT,
            "line_no": Kind.INTEGER,
            **_columns(_inner(listed)),
        }
    return tables


def plain_rows(kind: RecordType, found: Living, language: str) -> dict[str, list[dict[str, object]]]:
    record_id, version_id, values = found
    rows = {kind.name: [{"record_id": record_id, "version_id": version_id, **_said(kind.scalars, values, language)}]}
    for listed in kind.lists:
        lines: Any = values.get(listed.name) or ()
        rows[f"{kind.name}__{listed.name}"] = [
            {"record_id": record_id, "line_no": number, **_said(_inner(listed), line, language)}
            for number, line in enumerate(lines, 1)
        ]
    return rows


def _inner(listed: Field) -> tuple[Field, ...]:
    return described_fields(cast(type, listed.line))


def _blocks(records: Iterator[Living]) -> Iterator[list[Living]]:
    while block := list(islice(records, 1_000)):
        yield block


def _columns(described: tuple[Field, ...]) -> dict[str, Kind]:
    columns: dict[str, Kind] = {}
    for field in (f for f in described if not f.sensitive and f.kind is not Kind.LINES):
        columns[field.name] = field.kind
        if has_list(field.codes):
            columns[f"{field.name}_label"] = Kind.TEXT
    return columns


def _said(described: tuple[Field, ...], values: dict[str, JSON], language: str) -> dict[str, object]:
    said: dict[str, object] = {}
    for field in (f for f in described if not f.sensitive and f.kind is not Kind.LINES):
        value = values.get(field.name)
        codes = value if isinstance(value, list) else [value] if value is not None else []
        said[field.name] = " ".join(codes) if isinstance(value, list) else value
        if has_list(field.codes):
            said[f"{field.name}_label"] = "; ".join(label_of(field.codes, c).to(language) for c in codes) or None
    return said
