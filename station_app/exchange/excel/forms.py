"""How the headings of a form were mapped by hand, remembered by the headings themselves and offered when it comes again.

What is remembered is a mapping as in ``mapping``; only what differs from what the program finds by itself is in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from collections.abc import Mapping as MappingType
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from station_app.exchange.excel.locate import MAX_DEPTH, SEARCHED_ROWS, headings_at, used_width
from station_app.exchange.excel.mapping import FORMAT, Mapping, to_mapping
from station_app.exchange.excel.reader import RawTable
from station_app.exchange.excel.units import fold
from station_app.storage.reader import Reader
from station_app.storage.workspace import Workspace

_KEY = "import.form"
_TOLD_APART = 3  # headings a form needs before it is known again


@dataclass(frozen=True)
class KnownForm:
    """A mapping somebody made, and when."""

    mapping: Mapping
    on: str


def fingerprint(headings: Iterable[str]) -> str:
    """Return what tells one form from another: its headings, in whatever order its columns stand."""
    names = sorted(filter(None, map(fold, headings)))
    return sha256("\n".join(names).encode()).hexdigest()[:24] if len(names) >= _TOLD_APART else ""


def by_hand(columns: MappingType[str, str]) -> Mapping:
    """Return the mapping of headings to fields a person chose; an empty field leaves the column out."""
    return to_mapping({"format": FORMAT, "columns": dict(columns), "other_columns": "match"})


def remember(workspace: Workspace, type_name: str, headings: Iterable[str], columns: MappingType[str, str]) -> None:
    """Keep a mapping made by hand for the form with these headings; without columns it is forgotten."""
    key = fingerprint(headings)
    if key:
        kept = {"on": workspace.clock.today().isoformat(), "mapping": {
            "format": FORMAT, "columns": dict(columns), "other_columns": "match"}}  # fmt: skip
        workspace.settings.set(f"{_KEY}.{type_name}.{key}", json.dumps(kept, ensure_ascii=False) if columns else "")


def known_form(reader: Reader, type_name: str, tables: Iterable[RawTable]) -> KnownForm | None:
    """Return what was remembered of the first table whose headings were mapped by hand before."""
    start = f"{_KEY}.{type_name}."
    kept = {
        str(key)[len(start) :]: str(value)
        for key, value in reader.sql("SELECT key, value FROM setting WHERE substr(key, 1, ?)=?", (len(start), start))
        if value
    }
    if not kept:
        return None
    for table in tables:
        for depth in range(1, MAX_DEPTH + 1):
            for row in range(min(len(table.rows) - depth + 1, SEARCHED_ROWS)):
                headings = headings_at(table, row, depth, used_width(table))
                found = kept.get(fingerprint(h.shown for h in headings or ()))
                if found is not None:
                    raw = json.loads(found)
                    return KnownForm(to_mapping(raw["mapping"]), date.fromisoformat(raw["on"]).isoformat())
    return None
