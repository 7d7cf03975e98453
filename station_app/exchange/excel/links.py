"""From what a table says about another record — a household code, a plot number, a village's name — to that record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from station_app.domain.fields import Field, Kind
from station_app.domain.registry import record_type
from station_app.storage.codec import from_column
from station_app.storage.reader import Filter, Query, Reader

_PAGE = 500
Key = tuple[Any, ...]  # the values of what names a record, or of a part of it


class Keys:
    """The records of one type by the values of their key; grows with the records planned from the same file."""

    def __init__(self, reader: Reader, type_name: str) -> None:
        self.kind = record_type(type_name)
        self._by_key: _Index = {}
        self._by_part: dict[tuple[str, ...], _Index] = {self.kind.key: self._by_key}
        names = ", ".join(f'"{name}"' for name in self.kind.key)
        for row in reader.sql(f'SELECT record_id, {names} FROM "{type_name}" WHERE void=0 ORDER BY rowkey'):
            key = tuple(from_column(self.kind.by_name[n], v) for n, v in zip(self.kind.key, row[1:], strict=True))
            _add(self._by_key, key, row[0])

    def add(self, record_id: str, values: Key) -> None:
        """Make a planned record known."""
        for names, index in self._by_part.items():
            _add(index, self._part(names, values), record_id)

    def find(self, values: Mapping[str, object]) -> tuple[str, ...]:
        """Return the records whose key has these values in the fields that are given."""
        names = tuple(name for name in self.kind.key if name in values)
        return _those(self._index(names), tuple(values[name] for name in names))

    def with_key(self, key: Key) -> tuple[str, ...]:
        """Return the records with this key."""
        return _those(self._by_key, key)

    def _index(self, names: tuple[str, ...]) -> _Index:
        index = self._by_part.get(names)
        if index is None:
            index = self._by_part[names] = {}
            for key in self._by_key:
                for record_id in _those(self._by_key, key):
                    _add(index, self._part(names, key), record_id)
        return index

    def _part(self, names: tuple[str, ...], row: Key) -> Key:
        if names == self.kind.key:
            return row
        places = [self.kind.key.index(name) for name in names]
        return tuple(row[place] for place in places)


_Index = dict[Key, "str | tuple[str, ...]"]  # nearly always there is one


def _add(index: _Index, part: Key, record_id: str) -> None:
    index[part] = (*_those(index, part), record_id) if part in index else record_id


def _those(index: _Index, part: Key) -> tuple[str, ...]:
    found = index.get(part, ())
    return (found,) if isinstance(found, str) else found


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
        found: dict[str, object] = {}
        for start in range(0, len(record_ids), _PAGE):
            page = tuple(record_ids[start : start + _PAGE])
            for row in self._reader.iterate(Query(type_name, (Filter("_record_id", "in", page),))):
                found[row.record_id] = row.record
        return found


def key_part(field: Field) -> bool:
    """Whether a key field of a linked record can be written into a cell."""
    return field.kind not in (Kind.LINK, Kind.LINES, Kind.FILES)
