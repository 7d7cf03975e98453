"""Choosing another record: type a name, code, pinyin or initials, pick with the arrows."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from station_app.domain.registry import record_type
from station_app.storage.reader import Query
from station_app.ui import set_editor

if TYPE_CHECKING:
    from station_app.storage.reader import Reader

KEPT_TITLES = 5_000
_REGIONS = """SELECT coalesce(region_code, code), name FROM organisation
              WHERE void=0 AND kind='administrative_unit'"""


@dataclass(frozen=True, slots=True)
class LinkHit:
    """One record that may be linked."""

    record_id: str
    title: str
    subtitle: str = ""


class LinkSource(Protocol):
    """Where links are looked up."""

    def find(self, record_type: str, text: str, limit: int = 50) -> list[LinkHit]:
        """Records of a type found by ``text``; an empty text gives the first ones."""
        ...

    def title(self, record_type: str, record_id: str) -> str | None:
        """How the record is called, ``None`` when it is not here."""
        ...


class NoLinks:
    """A source that knows no records (previews, tests)."""

    def find(self, record_type: str, text: str, limit: int = 50) -> list[LinkHit]:
        return []

    def title(self, record_type: str, record_id: str) -> str | None:
        return None


class ReaderLinks:
    """Links looked up through a storage ``Reader``; titles are remembered until ``forget``."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._titles: OrderedDict[tuple[str, str], str | None] = OrderedDict()

    @property
    def reader(self) -> Reader:
        """Where everything is looked up."""
        return self._reader

    def find(self, record_type: str, text: str, limit: int = 50) -> list[LinkHit]:
        if not text.strip():
            return self._first(record_type, limit)
        return [LinkHit(h.record_id, h.title) for h in self._reader.find(text, [record_type], limit)]

    def _first(self, type_name: str, limit: int) -> list[LinkHit]:
        kind = record_type(type_name)
        order = tuple((name, False) for name in (kind.key or kind.title)[:1])
        rows = self._reader.rows(Query(type_name, sort=order), limit)
        titles = self._reader.titles(type_name, [row.record_id for row in rows])
        return [LinkHit(row.record_id, titles.get(row.record_id, "")) for row in rows]

    def title(self, record_type: str, record_id: str) -> str | None:
        if record_type.endswith("@"):  # not a record: a coefficient set of a kind
            standards = set_editor.standards_for(self)
            return set_editor.set_name(standards, record_type[:-1], record_id) if standards is not None else None
        return self.titles(record_type, [record_id]).get(record_id)

    def titles(self, record_type: str, record_ids: Iterable[str]) -> dict[str, str]:
        """Return how several records of a type are called, in one question; unknown ones are absent."""
        wanted = list(dict.fromkeys(record_ids))
        missing = [r for r in wanted if (record_type, r) not in self._titles]
        if missing:
            found = self._reader.titles(record_type, missing)
            for record_id in missing:
                self._titles[(record_type, record_id)] = found.get(record_id)
            while len(self._titles) > KEPT_TITLES:
                self._titles.popitem(last=False)
        known = {r: self._titles.get((record_type, r)) for r in wanted}
        return {record_id: title for record_id, title in known.items() if title is not None}

    def regions(self, text: str, longest: int = 12, limit: int = 50) -> list[LinkHit]:
        """Return administrative units found by name or code; ``record_id`` is their code, of ``longest`` digits at most."""
        plain = text.strip()
        if plain.isdigit() or not plain:
            found = self._reader.sql(
                f"{_REGIONS} AND (region_code LIKE ? OR code LIKE ?) ORDER BY 1 LIMIT ?",
                (plain + "%", plain + "%", limit),
            )
        else:
            ids = json.dumps([hit.record_id for hit in self._reader.find(plain, ["organisation"], limit)])
            found = self._reader.sql(f"{_REGIONS} AND record_id IN (SELECT value FROM json_each(?)) ORDER BY 1", (ids,))
        units: dict[str, str] = {}
        for code, name in found:
            if code and code.isdigit() and len(code) <= longest:
                units.setdefault(code, name)
        return [LinkHit(code, name, code) for code, name in units.items()]

    def region_name(self, code: str) -> str | None:
        """Return the name of an administrative unit, ``None`` when it is not on record."""
        key = ("", code)
        if key not in self._titles:
            found = self._reader.sql(f"{_REGIONS} AND (region_code=? OR code=?) LIMIT 1", (code, code))
            self._titles[key] = found[0][1] if found else None
        return self._titles[key]

    def forget(self) -> None:
        """Read titles anew (records changed)."""
        self._titles.clear()
