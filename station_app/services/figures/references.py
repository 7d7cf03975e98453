"""Where a number comes from, as one line of text that can be followed: a record, a coefficient, or another figure.

``record:livestock_count/0198…#head``; ``utilization/nyt635-2015-recollected@1#2/year_round``;
``figure:balance/2026/mid_year/village/152522200201``.
"""

from __future__ import annotations

from dataclasses import dataclass

_RECORD = "record:"
_FIGURE = "figure:"


@dataclass(frozen=True, slots=True)
class RecordReference:
    """A record, and the field of it where one is meant."""

    type_name: str
    record_id: str
    field: str = ""


@dataclass(frozen=True, slots=True)
class CoefficientReference:
    """A row of a coefficient set, or the whole set when ``key`` is empty."""

    kind: str
    name: str
    edition: str
    key: tuple[str, ...] = ()

    @property
    def set_reference(self) -> str:
        """The set as ``kind/name@edition``."""
        return f"{self.kind}/{self.name}@{self.edition}"


@dataclass(frozen=True, slots=True)
class FigureReference:
    """A figure that explains itself in turn: ``kind`` and what its ``…_why`` is asked with."""

    kind: str
    year: int
    occasion: str
    level: str
    key: str


Reference = RecordReference | CoefficientReference | FigureReference


def record_reference(type_name: str, record_id: str, field: str = "") -> str:
    """Return the reference of a record, or of one of its fields."""
    return f"{_RECORD}{type_name}/{record_id}{f'#{field}' if field else ''}"


def figure_reference(kind: str, year: int, occasion: str, level: str, key: str) -> str:
    return f"{_FIGURE}{kind}/{year}/{occasion}/{level}/{key}"


def parse_reference(text: str) -> Reference | None:
    """Return what a reference points to; ``None`` where it is words only."""
    if text.startswith(_RECORD):
        path, _, field = text[len(_RECORD) :].partition("#")
        type_name, slash, record_id = path.partition("/")
        return RecordReference(type_name, record_id, field) if slash and type_name and record_id else None
    if text.startswith(_FIGURE):
        pieces = text[len(_FIGURE) :].split("/", 4)
        if len(pieces) != 5 or not pieces[1].isascii() or not pieces[1].isdigit():
            return None
        kind, year, occasion, level, key = pieces
        return FigureReference(kind, int(year), occasion, level, key)
    path, _, key = text.partition("#")
    kind, slash, rest = path.partition("/")
    name, sign, edition = rest.rpartition("@")
    if not (slash and sign and kind and name and edition) or " " in path:
        return None
    return CoefficientReference(kind, name, edition, tuple(key.split("/")) if key else ())
