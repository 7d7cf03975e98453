"""Everything on record, a sheet a type: for whoever must see what there is without the program."""

from __future__ import annotations

from typing import Any

from station_app.domain.fields import Field, Kind
from station_app.domain.registry import RecordType, all_types
from station_app.domain.text import Text
from station_app.exchange.excel.problems import WorkbookProblem
from station_app.exchange.excel.report_source import Source
from station_app.exchange.excel.sheets import Book, Column, Shape, Sheet
from station_app.exchange.plain_copy import Living, living

TITLE = Text("全部记录", "Everything on record")
_RECORD = Text("记录编号", "Record")


def every_record(source: Source) -> Book:
    """Return the workbook; what is a list in a record is left to the package, which holds every value.

    Raises:
        UserError: XLS-… nothing is on record.
    """
    counts = source.reader.type_counts()
    sheets = [_sheet(source, kind) for kind in all_types() if counts[kind.name]]
    if not sheets:
        raise WorkbookProblem.NOTHING.error(what=TITLE)
    return source.book(TITLE, sheets)


def _sheet(source: Source, kind: RecordType) -> Sheet:
    fields = [f for f in kind.scalars if f.kind is not Kind.LINES]
    headings = (source.say(_RECORD), *(f.heading(source.language) for f in fields))
    rows = (_row(found, fields) for found in living(source.reader, kind))
    columns = tuple(Column(heading, Shape.CODE, width=14) for heading in headings)
    return Sheet(kind.label.to(source.language), kind.label.to(source.language), columns, rows)


def _row(found: Living, fields: list[Field]) -> tuple[Any, ...]:
    return (found.record_id, *(_text(found.values.get(f.name)) for f in fields))


def _text(value: object) -> str | None:
    if value is None:
        return None
    return "; ".join(map(str, value)) if isinstance(value, list) else str(value)
