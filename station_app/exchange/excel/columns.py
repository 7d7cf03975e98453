"""The columns of a file as a person sees them: heading, some of what stands below it, and the field it goes to."""

from __future__ import annotations

from itertools import islice

from station_app.domain.registry import record_type
from station_app.exchange.excel.forms import known_form
from station_app.exchange.excel.headings import Target
from station_app.exchange.excel.layout import CONTROL_NAME
from station_app.exchange.excel.locate import Located, likely_headings, locate
from station_app.exchange.excel.mapping import Mapping, cell_text
from station_app.exchange.excel.planning import ReadColumn
from station_app.exchange.excel.reader import RawTable
from station_app.storage.reader import Reader

_SAMPLED = 40  # rows looked at for what stands in a column
_SHOWN = 3


def look_at_headings(
    reader: Reader, type_name: str, tables: list[RawTable], mapping: Mapping | None = None
) -> list[ReadColumn]:
    """Return the columns of the table that looks most like records of a type, for a person to map by hand."""
    kind = record_type(type_name)
    visible = [t for t in tables if not t.hidden and t.rows and t.name != CONTROL_NAME] or tables
    if mapping is None and (form := known_form(reader, type_name, visible)) is not None:
        mapping = form.mapping
    found = [f for t in visible if (f := locate(t, kind, mapping)) is not None]
    best = max(found, key=lambda f: f.score, default=None) or next(
        (f for t in visible if (f := likely_headings(t, kind, mapping)) is not None), None
    )
    return read_columns(best) if best is not None else []


def read_columns(found: Located) -> list[ReadColumn]:
    """Return the columns of a table from left to right, each with what it is taken for."""
    paths = {m.heading.column: _path_of(m.target) for m in reversed(found.matches)}
    columns = []
    for heading in found.headings:
        if heading.column != found.mark:
            rows = found.table.rows[found.last_heading + 1 : found.last_heading + 1 + _SAMPLED]
            cells = (cell_text(row[heading.column]) for row in rows if heading.column < len(row))
            samples = tuple(islice(dict.fromkeys(filter(None, cells)), _SHOWN))
            place = found.table.place(heading.row, heading.column)
            columns.append(ReadColumn(place, heading.shown, paths.get(heading.column, ""), samples))
    return columns


def _path_of(target: Target) -> str:
    species, stock = dict(target.fixed).get("species_code"), dict(target.fixed).get("class_code")
    return f"class_counts[{species},{stock}]" if species else target.path
