"""Which attachments a version names."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from station_app.domain.fields import Kind
from station_app.domain.registry import has_type, record_type
from station_app.exchange.package.tables import list_fields, value_of


def attachments_reader(type_name: str) -> Callable[[Iterable[Any]], set[str]] | None:
    """Return a function from the fields of versions to the attachments they name, ``None`` when the type has none."""
    if not has_type(type_name):
        return None
    kind = record_type(type_name)
    names = [f.name for f in kind.scalars if f.kind is Kind.FILES]
    in_lists = [
        (f.name, inner)
        for f in kind.lists
        if (inner := [x.name for x in list_fields(kind, f.name) if x.kind is Kind.FILES])
    ]
    if not names and not in_lists:
        return None

    def read(versions: Iterable[Any]) -> set[str]:
        found: set[str] = set()
        for fields in versions:
            for name in names:
                if files := value_of(fields, name):
                    found.update(files)
            for list_name, inner in in_lists:
                found.update(*(value_of(item, x) or () for item in value_of(fields, list_name) or () for x in inner))
        return found

    return read
