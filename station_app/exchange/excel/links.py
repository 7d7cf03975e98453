"""From what a table says about another record — a household code, a plot number, a village's name — to that record."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from station_app.domain.fields import Field, Kind
from station_app.domain.registry import record_type
from station_app.storage.codec import from_column
from station_app.storage.reader import Filter, Query, Reader

_PAGE = 500


class Keys:
    """The records of one type by the values of their key; grows with the records planned from the same file."""

    def __init__(self, reader: Reader, type_name: str) -> None:
        self.kind = record_type(type_name)
        self._by_part: dict[tuple[str, ...], dict[tuple[Any, ...], set[str]]] = {}
        self.rows: dict[str, tuple[Any, ...]] = {}
        names = ", ".join(f'"{name}"' for name in self.kind.key)
        for row in reader.sql(f'SELECT record_id, {names} FROM "{type_name}" WHERE void=0 ORDER BY rowkey'):
            self.rows[row[0]] = tuple(
                from_column(self.kind.by_name[n], v) for n, v in zip(self.kind.key, row[1:], strict=True)
            )

    def add(self, record_id: str, values: tuple[Any, ...]) -> None:
        """Make a planned record known."""
        self.rows[record_id] = values
        for names, index in self._by_part.items():
            index[self._part(names, values)].add(record_id)

    def find(self, values: Mapping[str, Any]) -> set[str]:
        """Return the records whose key has these values in the fields that are given."""
        names = tuple(name for name in self.kind.key if name in values)
        index = self._by_part.get(names)
        if index is None:
            index = self._by_part[names] = defaultdict(set)
            for record_id, row in self.rows.items():
                index[self._part(names, row)].add(record_id)
        return index.get(tuple(values[name] for name in names), set())

    def _part(self, names: tuple[str, ...], row: tuple[Any, ...]) -> tuple[Any, ...]:
        places = [self.kind.key.index(name) for name in names]
        return tuple(row[place] for place in places)


class Directory:
    """Everything a row of a table may point to; read once per type."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._keys: dict[str, Keys] = {}

    def keys(self, type_name: str) -> Keys:
        """Return the key index of a record type."""
        if type_name not in self._keys:
            self._keys[type_name] = Keys(self._reader, type_name)
        return self._keys[type_name]

    def records(self, type_name: str, record_ids: list[str]) -> dict[str, Any]:
        """Return living records by id."""
        found: dict[str, Any] = {}
        for start in range(0, len(record_ids), _PAGE):
            page = tuple(record_ids[start : start + _PAGE])
            for row in self._reader.iterate(Query(type_name, (Filter("_record_id", "in", page),))):
                found[row.record_id] = row.record
        return found


def key_part(field: Field) -> bool:
    """Whether a key field of a linked record can be written into a cell."""
    return field.kind not in (Kind.LINK, Kind.LINES, Kind.FILES)
