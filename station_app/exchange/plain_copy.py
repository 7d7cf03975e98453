"""A plain copy of a workspace for analysts: ordinary tables that any SQLite tool, pandas or R reads right.

A table a record type and a table a list in it (``record_id``, ``line_no``). Quantities are decimal text with their places,
days ISO text, codes stand beside their label (``<name>_label``); withdrawn records and personal data are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from station_app.domain.codes import has_list, label_of
from station_app.domain.fields import Field, Kind, described_fields
from station_app.domain.registry import RecordType, all_types
from station_app.domain.text import CHINESE
from station_app.exchange.excel.saving import beside
from station_app.storage.codec import JSON, to_json_fields
from station_app.storage.engine import connect_plain, utils_database
from station_app.storage.reader import Query, Reader


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
    tables = {kind.name: database[kind.name]}
    tables[kind.name].create({"record_id": str, "version_id": str, **_columns(kind.scalars)}, pk="record_id")
    for listed in kind.lists:
        table = database[f"{kind.name}__{listed.name}"]
        table.create(
            {"record_id": str, "line_no": int, **_columns(described_fields(cast(type[Any], listed.line)))},
            pk=("record_id", "line_no"),
            foreign_keys=[("record_id", kind.name)],
        )
        tables[listed.name] = table
    counts = dict.fromkeys((table.name for table in tables.values()), 0)
    for block in _blocks(reader, kind):
        rows: dict[str, list[dict[str, Any]]] = {name: [] for name in tables}
        for record_id, version_id, values in block:
            rows[kind.name].append(
                {"record_id": record_id, "version_id": version_id, **_said(kind.scalars, values, language)}
            )
            for listed in kind.lists:
                described = described_fields(cast(type[Any], listed.line))
                rows[listed.name] += [
                    {"record_id": record_id, "line_no": number, **_said(described, line, language)}
                    for number, line in enumerate(values.get(listed.name, ()), 1)
                ]
        for name, table in tables.items():
            table.insert_all(rows[name])
            counts[table.name] += len(rows[name])
    return counts


def _blocks(reader: Reader, kind: RecordType) -> Iterator[list[tuple[str, str, dict[str, JSON]]]]:
    block: list[tuple[str, str, dict[str, JSON]]] = []
    for row in reader.iterate(Query(kind.name)):
        block.append((row.record_id, row.version_id, to_json_fields(row.record)))
        if len(block) == 1_000:
            yield block
            block = []
    yield block


def _columns(described: tuple[Field, ...]) -> dict[str, type]:
    columns: dict[str, type] = {}
    for field in (f for f in described if not f.sensitive and f.kind is not Kind.LINES):
        columns[field.name] = int if field.kind in (Kind.INTEGER, Kind.BOOL) else str
        if has_list(field.codes):
            columns[f"{field.name}_label"] = str
    return columns


def _said(described: tuple[Field, ...], values: dict[str, JSON], language: str) -> dict[str, Any]:
    said: dict[str, Any] = {}
    for field in (f for f in described if not f.sensitive and f.kind is not Kind.LINES):
        value = values.get(field.name)
        codes = value if isinstance(value, list) else [value] if value is not None else []
        said[field.name] = " ".join(codes) if isinstance(value, list) else value
        if has_list(field.codes):
            said[f"{field.name}_label"] = "; ".join(label_of(field.codes, c).to(language) for c in codes) or None
    return said
