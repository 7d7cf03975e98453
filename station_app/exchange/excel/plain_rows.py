"""Rows whose every cell is plain, read by column: what a column says is parsed once, however many of its cells say it.

A cell is plain when its text, number or day is a value without a finding, a question or a second meaning. A row with any
other cell, and a table that needs more than its cells (lines, merged headings, steps of a mapping), is read row by row
(``rows.RowReading``), which alone says what is wrong. Both ways give the same records: a plain row is one of which the
other way would say nothing.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from station_app.domain.fields import Form, Kind, initial_values
from station_app.domain.value_checks import plain_text
from station_app.exchange.excel.links import Key
from station_app.exchange.excel.locate import Located, Match
from station_app.exchange.excel.reading.packed import Packed
from station_app.exchange.excel.rows import NONE_MARKS, Draft, Setting, Spot, parsed_cell

_REMEMBERED = 4_096  # cells of a column
_PLAIN_TYPES = frozenset((str, float, date, datetime))
_NOT_PLAIN = object()
Values = tuple[Any, ...]  # of a row, or of a part of it


class _Cells(dict[Any, Any]):
    """The values of one column by what its cells hold; ``_NOT_PLAIN`` where the row is to be read by itself."""

    def __init__(self, match: Match, setting: Setting) -> None:
        super().__init__()
        self._forget()
        self._match, self._setting = match, setting
        described = match.target.field
        formatted = described.kind in (Kind.TEXT, Kind.CODE, Kind.DATE) or described.unit == "%"
        self._types: frozenset[type] = _PLAIN_TYPES - {float} if formatted else _PLAIN_TYPES  # the format has a say
        self._is_region = described.form is Form.REGION
        self._is_right = plain_text(described) if described.kind is Kind.TEXT else None

    def __missing__(self, raw: object) -> object:
        match, setting = self._match, self._setting
        if type(raw) not in self._types or (isinstance(raw, str) and raw.strip() in NONE_MARKS):
            return _NOT_PLAIN
        if self._is_region and isinstance(raw, str) and not raw.strip()[:1].isdigit():  # a name may be asked about
            known = setting.seen.get((match.target.path, str, raw, match.factor))
            if known is None:
                return _NOT_PLAIN
            value, problem = known
        else:
            value, problem = parsed_cell(match.target.field, raw, match.factor, setting.today)
        if problem is not None or value is None or value == ():  # something stands there that says nothing
            value = _NOT_PLAIN
        if len(self) > _REMEMBERED:
            self._forget()
        self[raw] = value
        return value

    def _forget(self) -> None:
        self.clear()
        self[""] = None

    def of(self, cells: Sequence[Any]) -> list[Any]:
        """Return the value of each cell; a truth value is not plain, though it equals a number."""
        types = set(map(type, cells))
        if not types <= _PLAIN_TYPES:
            return [self[c] if type(c) in _PLAIN_TYPES else _NOT_PLAIN for c in cells]
        is_right = self._is_right
        if (
            is_right is not None and types == {str} and 2 * len(set(cells)) > len(cells)
        ):  # names, numbers: no use to remember
            return [c if is_right(c) and c not in NONE_MARKS else self[c] for c in cells]
        return list(map(self.__getitem__, cells))


class PlainColumns:
    """The columns of one table, for as long as a plan stands on what they said."""

    def __init__(self, found: Located, setting: Setting, constants: Mapping[str, Any]) -> None:
        self.found = found
        self.constants = constants
        self.kind = setting.kind
        targets = [m.target for m in found.matches]
        links = [t.link_name for t in targets if t.link_name]
        self.names = [*(t.path for t in targets if not t.link_name), *dict.fromkeys(links)]
        self._key = [self.names.index(n) if n in self.names else -1 for n in setting.kind.key]
        self._blank = {**initial_values(setting.kind.cls), **constants}
        self.said: Packed[Values] = Packed()  # by the plain rows, one after the other
        self.rows = array("l")  # which rows these are

    @classmethod
    def of_table(cls, found: Located, setting: Setting, constants: Mapping[str, object]) -> PlainColumns | None:
        """Return the columns of a table that can be read by column, ``None`` for others."""
        kind = setting.kind
        columns = [m.heading.column for m in found.matches]
        if (
            len(set(columns)) < len(columns)
            or any(m.target.list_name or m.target.fixed for m in found.matches)
            or any(m.target.link_name and kind.by_name[m.target.link_name].target == kind.name for m in found.matches)
            or not constants.keys() <= kind.by_name.keys()
        ):
            return None
        return cls(found, setting, constants)

    def key_of(self, values: Sequence[Any]) -> Key:
        """Return the key of the record a row speaks of."""
        constants = self.constants
        return tuple([
            value if at >= 0 and (value := values[at]) is not None else constants.get(name)
            for name, at in zip(self.kind.key, self._key, strict=True)
        ])  # fmt: skip

    def draft(self, key: Key, row: int, values: Values) -> PlainDraft:
        """Return what a plain row says, its values packed with those of the others."""
        self.said.append(values)
        self.rows.append(row)
        return PlainDraft(key, self, len(self.rows) - 1)

    def places(self, row: int) -> dict[str, Spot]:
        """Return where the values of a plain row stand."""
        table = self.found.table
        return {
            match.target.link_name or match.target.path: Spot(table, row, match.heading.column)
            for match in self.found.matches
            if table.value(row, match.heading.column) != ""
        }

    def record(self, values: Sequence[Any], old: Any) -> Any:
        """Return the record a row makes, on top of ``old`` where there is one. It is filled as ``__init__`` would."""
        record: Any = object.__new__(self.kind.cls)
        said = record.__dict__
        said.update(self._blank if old is None else {**old.__dict__, **self.constants})
        for name, value in zip(self.names, values, strict=True):
            if value is not None:
                said[name] = value
        return record


class PlainReading:
    """The columns of one table while they are read."""

    def __init__(self, columns: PlainColumns, setting: Setting) -> None:
        matches = columns.found.matches
        self._columns = [m.heading.column for m in matches]
        self._cells = [_Cells(m, setting) for m in matches]
        self._own = [n for n, m in enumerate(matches) if not m.target.link_name]
        self._links: list[
            tuple[_Linked, list[int]]
        ] = []  # the records a link may mean, and where the parts of their key stand
        for name in columns.names[len(self._own) :]:
            parts = [n for n, m in enumerate(matches) if m.target.link_name == name]
            keys = [matches[n].target.path.split(">")[1] for n in parts]
            self._links.append((_Linked(setting, name, keys), parts))

    def read(self, rows: Sequence[Sequence[Any]]) -> list[Values | None]:
        """Return for each row its values in the order of ``PlainColumns.names``; ``None`` for a row that is not plain."""
        turned = list(zip(*rows, strict=True))
        said = [cells.of(turned[column]) for column, cells in zip(self._columns, self._cells, strict=True)]
        columns = [said[n] for n in self._own]
        for linked, parts in self._links:
            columns.append([linked[key] for key in zip(*(said[n] for n in parts), strict=True)])
        if not any(_NOT_PLAIN in column for column in columns):
            return list(zip(*columns, strict=True))
        marred = {n for column in columns for n, value in enumerate(column) if value is _NOT_PLAIN}
        return [None if n in marred else values for n, values in enumerate(zip(*columns, strict=True))]


class _Linked(dict[Values, Any]):
    """The record a link means, by the parts of its key."""

    def __init__(self, setting: Setting, name: str, keys: list[str]) -> None:
        super().__init__()
        self._known = setting.directory.keys(setting.kind.by_name[name].target)
        self._keys = keys

    def __missing__(self, parts: Values) -> Any:
        if any(part is _NOT_PLAIN for part in parts):
            return _NOT_PLAIN
        said = {key: part for key, part in zip(self._keys, parts, strict=True) if part is not None}
        found = self._known.find(said) if said else ()
        value = None if not said else found[0] if len(found) == 1 else _NOT_PLAIN
        self[parts] = value
        return value


@dataclass(frozen=True, slots=True, eq=False)
class PlainDraft:
    """What one plain row says about one record; becomes a ``Draft`` where more is to be known or said of it."""

    key: Key
    columns: PlainColumns
    number: int  # among the plain rows of its table

    @property
    def row(self) -> int:
        """Which row of its table it is."""
        return self.columns.rows[self.number]

    @property
    def said(self) -> Values:
        """Its values in the order of ``PlainColumns.names``."""
        return self.columns.said[self.number]

    @property
    def line_places(self) -> dict[str, list[Spot]]:
        """Where its lines stand: it has none."""
        return {}

    @property
    def places(self) -> dict[str, Spot]:
        """Where its values stand."""
        return self.columns.places(self.row)

    @property
    def place(self) -> Spot:
        return Spot(self.columns.found.table, self.row)

    def record(self, old: Any) -> Any:
        """Return the record, on top of ``old`` where there is one."""
        return self.columns.record(self.said, old)

    def value(self, name: str) -> Any:
        """Return what is said of a field."""
        names = self.columns.names
        said = self.said[names.index(name)] if name in names else None
        return self.columns.constants.get(name) if said is None else said

    def whole(self) -> Draft:
        """Return the draft the row would have become by itself."""
        said = zip(self.columns.names, self.said, strict=True)
        values = {**self.columns.constants, **{name: value for name, value in said if value is not None}}
        return Draft(self.key, self.place, values, self.columns.places(self.row), rows=1)
