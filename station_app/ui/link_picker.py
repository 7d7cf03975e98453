"""Choosing another record: type a name, code, pinyin or initials, pick with the arrows."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from station_app.domain.registry import record_type

if TYPE_CHECKING:
    from station_app.storage.reader import Reader

KEPT_TITLES = 5_000


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

    def find(self, record_type: str, text: str, limit: int = 50) -> list[LinkHit]:
        if not text.strip():
            return self._first(record_type, limit)
        return [LinkHit(h.record_id, h.title) for h in self._reader.find(text, [record_type], limit)]

    def _first(self, type_name: str, limit: int) -> list[LinkHit]:
        from station_app.storage.reader import Query

        kind = record_type(type_name)
        order = tuple((name, False) for name in (kind.key or kind.title)[:1])
        rows = self._reader.rows(Query(type_name, sort=order), limit)
        titles = self._reader.titles(type_name, [row.record_id for row in rows])
        return [LinkHit(row.record_id, titles.get(row.record_id, "")) for row in rows]

    def title(self, record_type: str, record_id: str) -> str | None:
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

    def forget(self) -> None:
        """Read titles anew (records changed)."""
        self._titles.clear()
