"""What a form may name: another record, a place, a coefficient set; by name, code, pinyin or initials."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from station_app.domain.calc import coefficients
from station_app.domain.registry import record_type
from station_app.domain.text import Text
from station_app.services import villages
from station_app.services.figures import scheme_check
from station_app.services.figures import standards as coefficient_sets
from station_app.storage.reader import Query
from station_app.ui import pick_edit
from station_app.ui.i18n import tr

if TYPE_CHECKING:
    from station_app.storage.reader import Reader

KEPT_TITLES = 5_000
TITLE = Text("{title} · 第 {edition} 版", "{title} · edition {edition}")
DOUBTS = Text("⚠ {n} 个未核实", "⚠ {n} unverified")
EMPTY = Text("{n} 个无数值", "{n} without a value")
OF_ROW = "#"


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

    def finds_all(self) -> bool:
        """Whether ``find`` shows all there is; not while others write what the search does not hold yet."""
        ...

    def title(self, record_type: str, record_id: str) -> str | None:
        """How the record is called, ``None`` when it is not here."""
        ...


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

    def finds_all(self) -> bool:
        return self._reader.finds_all()

    def _first(self, type_name: str, limit: int) -> list[LinkHit]:
        kind = record_type(type_name)
        order = tuple((name, False) for name in (kind.key or kind.title)[:1])
        rows = self._reader.rows(Query(type_name, sort=order), limit)
        titles = self._reader.titles(type_name, [row.record_id for row in rows])
        return [LinkHit(row.record_id, titles.get(row.record_id, "")) for row in rows]

    def title(self, record_type: str, record_id: str) -> str | None:
        if record_type.endswith("@"):  # not a record: a coefficient set of a kind
            standards = standards_for(self)
            return set_name(standards, record_type[:-1], record_id) if standards is not None else None
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
        units = villages.find_units(self._reader, text, longest, limit)
        return [LinkHit(code, name, code) for code, name in units.items()]

    def region_name(self, code: str) -> str | None:
        """Return the name of an administrative unit, ``None`` when it is not on record."""
        key = ("", code)
        if key not in self._titles:
            self._titles[key] = villages.unit_name(self._reader, code)
        return self._titles[key]

    def forget(self) -> None:
        """Read titles anew (records changed)."""
        self._titles.clear()


def standards_for(links: LinkSource | None) -> coefficients.Standards | None:
    """Return the sets a form may choose from; ``None`` where it knows no workspace."""
    if not isinstance(links, ReaderLinks):
        return None
    return coefficient_sets.standards_of(links.reader)


def set_title(each: coefficients.CoefficientSet) -> str:
    return tr(TITLE, title=each.title, edition=each.edition)


def _detail(each: coefficients.CoefficientSet) -> str:
    doubts = sum(scheme_check.is_doubtful(row) for row in each.rows)
    return tr(DOUBTS, n=doubts) if doubts else ""


def set_choices(standards: coefficients.Standards, kind: str, text: str) -> list[pick_edit.Choice]:
    """Return the sets of a kind that ``text`` may mean, all for an empty text; ``kind#`` gives the rows of its sets."""
    if kind.endswith(OF_ROW):
        rows = {row.key[0]: row for each in standards.of_kind(kind[:-1]) for row in each.rows}
        found = [(pick_edit.Choice(key, tr(row.label), key), row.label) for key, row in rows.items()]
    else:
        found = [
            (pick_edit.Choice(f"{s.name}@{s.edition}", set_title(s), _detail(s)), s.title)
            for s in standards.of_kind(kind)
        ]
    wanted = text.strip().casefold()
    return [choice for choice, title in found if not wanted or _means(choice, title, wanted)]


def _means(choice: pick_edit.Choice, title: Text, wanted: str) -> bool:
    if any(wanted in each.casefold() for each in (choice.key, choice.title, title.zh, title.en)):
        return True
    return wanted.isascii() and wanted.isalpha() and any(r.startswith(wanted) for r in pick_edit.readings(title.zh))


def set_name(standards: coefficients.Standards, kind: str, key: str) -> str | None:
    """Return how a chosen key is shown, ``None`` when there is no such set."""
    return next((c.title for c in set_choices(standards, kind, "") if c.key == key), None)
