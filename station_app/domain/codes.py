"""Code lists: what a code of a form means, in both languages, with edition and source.

Pure: the lists are read from ``resources/codes/code_lists.csv`` by ``storage.reference`` and installed here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from station_app.domain.text import Text


@dataclass(frozen=True)
class CodeItem:
    """One entry of a list; ``confidence`` A read in the document … C unverified, P proposed by us."""

    code: str
    label: Text
    note: str = ""
    source: str = ""
    confidence: str = "P"


@dataclass(frozen=True)
class CodeList:
    """An ordered list of codes; ``edition`` tells the form or standard it belongs to."""

    name: str
    label: Text
    edition: str
    items: tuple[CodeItem, ...]

    @cached_property
    def by_code(self) -> dict[str, CodeItem]:
        return {item.code: item for item in self.items}

    @cached_property
    def labels(self) -> dict[str, Text]:
        """Code to label, in list order."""
        return {item.code: item.label for item in self.items}

    @cached_property
    def some(self) -> Text:
        """The first labels in one line, as a sentence names what there is."""
        shown, more = self.items[:_NAMED], " …" if len(self.items) > _NAMED else ""
        return Text("、".join(i.label.zh for i in shown) + more, ", ".join(i.label.en for i in shown) + more)

    @cached_property
    def order(self) -> dict[str, int]:
        return {item.code: place for place, item in enumerate(self.items)}


_NAMED = 8
_lists: dict[str, CodeList] = {}
_source: Callable[[], Iterable[CodeList]] | None = None
_tables: dict[str, Callable[[], Any]] = {}


def install(lists: Iterable[CodeList]) -> None:
    """Make code lists known; a list of the same name is replaced."""
    for each in lists:
        _lists[each.name] = each


def install_from(source: Callable[[], Iterable[CodeList]]) -> None:
    """Have the lists read by ``source`` when the first of them is asked for."""
    global _source
    _source = source


def install_table(name: str, source: Callable[[], object]) -> None:
    """Have another table of ``resources`` read by ``source`` when it is first asked for."""
    _tables[name] = source


def reference_table(name: str) -> Any:
    """Return what such a table holds; nothing where none is installed."""
    return _read(_tables[name]) if name in _tables else ()


@cache
def _read(source: Callable[[], Any]) -> Any:
    return source()


def _load() -> None:
    global _source
    if _source is not None:
        source, _source = _source, None
        install(source())


def code_list(name: str) -> CodeList:
    """Return the list called ``name``.

    Raises:
        KeyError: no such list is installed; ``storage.reference.install_code_lists`` must run first.
    """
    if _source is not None:
        _load()
    return _lists[name]


def has_list(name: str) -> bool:
    _load()
    return name in _lists


def installed() -> Mapping[str, CodeList]:
    """Return the lists by name as they stand and will stand: what is installed later is found in it, too."""
    _load()
    return _lists


def all_lists() -> tuple[CodeList, ...]:
    _load()
    return tuple(_lists.values())


def label_of(name: str, code: str) -> Text:
    """Return the label of a code; a code nobody knows (a newer list) stands for itself."""
    _load()
    found = _lists[name].by_code.get(code) if name in _lists else None
    return found.label if found else Text(code, code)


def word_of(name: str, code: str) -> Text:
    """Return the label of a code as it stands inside a sentence; a code nobody knows stands for itself."""
    label = label_of(name, code)
    return label if label.en == code else label.inside
