"""The analyst's door: a workspace or a package as pandas frames, decimals and codes as they are on record.

::

    from station_app import frames

    f = frames.open("站")
    f["livestock_count"]

Tables and columns are those of ``query --copy``: a table a record type, a table a list in it (``livestock_count__class_counts``),
codes beside their label, withdrawn records and personal data left out. Nothing is written. More: ``resources/help/analysis.md``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cached_property
from pathlib import Path

import pandas as pd

from station_app.domain.fields import Kind
from station_app.domain.registry import all_types, record_type
from station_app.domain.text import CHINESE
from station_app.exchange.opening import What, wish_for
from station_app.exchange.package.table_reader import TypeReader
from station_app.exchange.package.verify import OpenPackage, refuse
from station_app.exchange.plain_copy import Living, living, plain_columns, plain_rows
from station_app.exchange.problems import OpeningProblem
from station_app.storage.problems import StorageProblem
from station_app.storage.reader import Reader
from station_app.storage.reference import install_code_lists
from station_app.storage.workspace import DATABASE, database_of

__all__ = ["Frames", "open"]

# What a column is in pandas; a quantity is an exact ``Decimal``, everything else is text.
_DTYPES = {Kind.INTEGER: "Int64", Kind.BOOL: "boolean"}


class Frames(Mapping[str, pd.DataFrame]):
    """Frames by the name of their table; each is read when it is first asked for."""

    def __init__(self, path: Path, what: What, language: str) -> None:
        self._path, self._what, self._language = path, what, language
        self._read: dict[str, pd.DataFrame] = {}

    def __getitem__(self, name: str) -> pd.DataFrame:
        type_name = name.partition("__")[0]
        if name not in self._tables:
            raise KeyError(name)
        if name not in self._read:
            self._read |= self._frames_of(type_name)
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tables)

    def __len__(self) -> int:
        return len(self._tables)

    @cached_property
    def _tables(self) -> list[str]:
        return [table for kind in all_types() for table in plain_columns(kind)]

    def _frames_of(self, type_name: str) -> dict[str, pd.DataFrame]:
        kind = record_type(type_name)
        rows: dict[str, list[dict[str, object]]] = {table: [] for table in plain_columns(kind)}
        for found in self._living(type_name):
            for table, said in plain_rows(kind, found, self._language).items():
                rows[table] += said
        return {
            table: pd.DataFrame(
                {name: _column(kept, [row[name] for row in rows[table]]) for name, kept in columns.items()}
            )
            for table, columns in plain_columns(kind).items()
        }

    def _living(self, type_name: str) -> Iterator[Living]:
        if self._what is What.WORKSPACE:
            with Reader(self._path / DATABASE) as reader:
                if reader.is_behind():
                    raise StorageProblem.TABLES_BEHIND.error()
                yield from living(reader, record_type(type_name))
        else:
            yield from _sent(self._path, type_name)


def open(path: str | Path, language: str = CHINESE) -> Frames:
    """Return the frames of a workspace folder or of a package; labels are in ``language``.

    A package is read whoever signed it, but every hash is checked; of a record sent in several versions the newest counts.

    Raises:
        UserError: CLI-010 … CLI-012, WSP-007 it is neither; when a frame is asked for: CHK-004 the workspace has to be opened
            by this program first, and what refuses the package.
    """
    install_code_lists()
    wish = wish_for(Path(path))
    if wish.what not in (What.WORKSPACE, What.PACKAGE):
        raise OpeningProblem.UNKNOWN.error(name=wish.path.name)
    if wish.what is What.WORKSPACE:
        database_of(wish.path)
    return Frames(wish.path, wish.what, language)


def _sent(path: Path, type_name: str) -> Iterator[Living]:
    """Yield the records of a type in a package as its newest versions say, in the order of the package."""
    newest: dict[str, tuple[str, bool, Living]] = {}
    with OpenPackage(path, None) as package:
        for layout in package.manifest.layouts:
            if layout.name == type_name:
                blocks = TypeReader(package.container, layout, package.findings).versions()
                for line in (line for block in blocks for line in block):
                    said = line.content
                    before = newest.get(said.record_id)
                    if before is None or before[0] < said.hlc:
                        found = Living(said.record_id, line.version_id, line.fields)
                        newest[said.record_id] = said.hlc, bool(said.void), found
        refuse(package.findings.problems)
    yield from (found for _, void, found in newest.values() if not void)


def _column(kind: Kind, values: list[object]) -> pd.Series:
    if kind is Kind.DECIMAL:
        return pd.Series([None if value is None else Decimal(str(value)) for value in values], dtype=object)
    if kind in (Kind.DATE, Kind.INSTANT):
        return pd.to_datetime(pd.Series(values, dtype=object), format="ISO8601", utc=kind is Kind.INSTANT)
    return pd.Series(values, dtype=_DTYPES.get(kind, "string"))
