"""Which attachments a version names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from station_app.domain.fields import Kind
from station_app.domain.registry import has_type, record_type
from station_app.exchange.package.tables import list_fields, value_of


def attachments_reader(type_name: str) -> Callable[[Any], list[str]] | None:
    """Return a function from a version's fields to the attachments they name, ``None`` when the type has none."""
    if not has_type(type_name):
        return None
    kind = record_type(type_name)
    names = tuple(f.name for f in kind.scalars if f.kind is Kind.FILES)
    in_lists = tuple(
        (f.name, inner)
        for f in kind.lists
        if (inner := tuple(x.name for x in list_fields(kind, f.name) if x.kind is Kind.FILES))
    )
    if not names and not in_lists:
        return None

    def read(fields: Any) -> list[str]:
        found: list[str] = []
        for name in names:
            found += value_of(fields, name) or ()
        for list_name, inner in in_lists:
            for item in value_of(fields, list_name) or ():
                for name in inner:
                    found += value_of(item, name) or ()
        return found

    return read
