"""Where the fields of a record stand on the screen: sections with titles, and the columns of its list."""

from __future__ import annotations

from dataclasses import dataclass

from station_app.domain.registry import RecordType, record_type
from station_app.domain.text import Text


@dataclass(frozen=True, slots=True)
class Section:
    """A titled group of fields of a form."""

    title: Text
    fields: tuple[str, ...]


OTHER = Text("其他", "Other")


def sections(kind: RecordType | str) -> tuple[Section, ...]:
    """Return the sections of a form; fields named nowhere come last."""
    described = record_type(kind) if isinstance(kind, str) else kind
    return (Section(OTHER, tuple(f.name for f in described.fields)),)


def list_columns(kind: RecordType | str) -> tuple[str, ...]:
    """Return the columns a list shows at first."""
    described = record_type(kind) if isinstance(kind, str) else kind
    return tuple(f.name for f in described.scalars)[:8]
