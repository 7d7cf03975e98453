"""Pasture survey: plots, quadrats and species, every field in the order of the form; old and new form apart."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from station_app.domain.fields import Field, Form, Kind, described_fields
from station_app.domain.official_time import official_text
from station_app.domain.registry import RecordType, record_type
from station_app.domain.text import Text
from station_app.domain.value_text import format_value
from station_app.exchange.excel.problems import nothing_of
from station_app.exchange.excel.report_source import Source
from station_app.exchange.excel.sheets import Book, Column, Shape, Sheet, display_width

TITLE = Text("草原样地样方调查表", "Pasture survey: plots and quadrats")
_TITLE = Text("{county}{year}{label}调查表", "{label}, {county} {year}")
_YEAR = Text("{year}年", "{year}")
_PLOT = Text("样地{label}", "Plot {label}")
_UNITS = Text("见各列", "see headings")
_SPECIES = Text("样方分种", "Species of quadrats")
_SHRUBS = Text("灌木样方株丛", "Shrubs of quadrats")
_PAGE = 20_000
_SKIPPED = frozenset({Kind.FILES, Kind.LINES, Kind.LINK})
# Sheets: (record type, name of the control total, link fields that lead to the plot).
_SHEETS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("plot", "plots", ()),
    ("plot_new", "plots_new", ()),
    ("herb_quadrat", "quadrats", ("plot_id", "plot_new_id")),
    ("shrub_quadrat", "shrub_quadrats", ("plot_id", "plot_new_id")),
)
_LINES = (("herb_quadrat", "species", _SPECIES, "species_lines"), ("shrub_quadrat", "shrubs", _SHRUBS, "shrub_lines"))


def survey(source: Source) -> Book:
    """Return the workbook of one year's surveys, or of all when no year is asked for."""
    sheets = []
    for name, total, links in _SHEETS:
        made = _records(source, record_type(name), total, links)
        if made is not None:
            sheets.append(made)
    for name, list_name, label, total in _LINES:
        made = _line_sheet(source, record_type(name), list_name, label, total)
        if made is not None:
            sheets.append(made)
    if not sheets:
        label = record_type("plot").label
        raise nothing_of(label, source.year)
    return source.book(TITLE, sheets)


def _source_of(kind: RecordType, links: Sequence[str]) -> tuple[str, str]:
    """Return the tables to read and the expression of the survey date; a quadrat without one has its plot's."""
    tables = f'"{kind.name}" r'
    dates = [f"r.{kind.year_field}"]
    for number, link in enumerate(links):
        tables += f' LEFT JOIN "{kind.by_name[link].target}" p{number} ON p{number}.record_id=r."{link}"'
        dates.append(f"p{number}.surveyed_on")
    return tables, f"coalesce({', '.join(dates)})" if links else dates[0]


def _where(source: Source, day: str) -> tuple[str, list[Any]]:
    if source.year is None:
        return "r.void=0", []
    return f"r.void=0 AND {day} BETWEEN ? AND ?", [f"{source.year}-01-01", f"{source.year}-12-31"]


def _title(source: Source, label: str) -> str:
    year = source.say(_YEAR, year=source.year) if source.year else ""
    return source.say(_TITLE, county=source.county, year=year, label=label).strip()


def field_column(field: Field, language: str) -> Column:
    """Return the column of a field: shape from its kind, width from its heading and kind."""
    shape = {
        Kind.INTEGER: Shape.WHOLE, Kind.DECIMAL: Shape.SCALED, Kind.DATE: Shape.DATE,
    }.get(field.kind, Shape.TEXT)  # fmt: skip
    if field.kind is Kind.TEXT:
        if field.form is Form.LONG:
            shape = Shape.NOTE
        elif field.form is not Form.PLAIN or field.name.endswith(("_no", "code", "_number")):
            shape = Shape.CODE
    heading = field.heading(language)
    width = max(shape.width if shape is not Shape.SCALED else 9.0, min(display_width(heading) / 2 + 3, 15))
    return Column(heading, shape, field.places, width=width)


def cell_maker(field: Field, language: str) -> Callable[[Any], object]:
    """Return how a column value of the database becomes a cell: dates as dates, codes by label, numbers as they are."""
    if field.kind in (Kind.INTEGER, Kind.DECIMAL, Kind.TEXT, Kind.LINK):
        return lambda value: value
    if field.kind is Kind.DATE:
        return lambda value: None if value is None else date.fromisoformat(value)
    if field.kind is Kind.INSTANT:
        return lambda value: None if value is None else official_text(value)
    if field.kind is Kind.BOOL:
        return lambda value: None if value is None else format_value(field, bool(value), language)
    if field.kind is Kind.CODES:
        return lambda value: format_value(field, tuple(json.loads(value)), language) if value else None
    return lambda value: None if value is None else format_value(field, value, language)


def _plot_columns(
    source: Source, links: Sequence[str]
) -> tuple[list[Column], list[str], list[Callable[[Any], object]]]:
    """Return the columns a quadrat is led back to its plot by: number and date, their SQL, and how they become cells."""
    if not links:
        return [], [], []
    fields = [record_type("plot").by_name[name] for name in ("plot_no", "surveyed_on")]
    number, day = (f.label.to(source.language) for f in fields)
    columns = [Column(number, Shape.CODE, width=18), Column(source.say(_PLOT, label=day), Shape.DATE, width=13)]
    statements = [f"coalesce({', '.join(f'p{n}.{f.name}' for n in range(len(links)))})" for f in fields]
    return columns, statements, [cell_maker(f, source.language) for f in fields]


def _records(source: Source, kind: RecordType, total: str, links: tuple[str, ...]) -> Sheet | None:
    tables, day = _source_of(kind, links)
    where, values = _where(source, day)
    reader = source.reader
    if not reader.sql(f"SELECT 1 FROM {tables} WHERE {where} LIMIT 1", values):
        return None
    fields = [f for f in kind.fields if f.kind not in _SKIPPED and f.name != "polygon"]
    filled = _filled(source, tables, where, values, fields)
    fields = [f for f in fields if f.required or f.name in filled or (f.name == kind.year_field and not links)]
    leading, leading_sql, leading_makers = _plot_columns(source, links)
    columns = (
        Column(source.say(Text("序号", "No.")), Shape.SERIAL, width=5),
        *leading,
        *(field_column(f, source.language) for f in fields),
    )
    makers = [*leading_makers, *(cell_maker(f, source.language) for f in fields)]
    chosen = ", ".join([*leading_sql, *(f'r."{f.name}"' for f in fields)])
    order = ", ".join([*(leading_sql or [f'r."{kind.key[0]}"']), day, f'r."{kind.key[0]}"', "r.rowkey"])
    statement = f"SELECT {chosen} FROM {tables} WHERE {where} ORDER BY {order} LIMIT {_PAGE} OFFSET ?"

    def rows() -> Iterator[tuple[object, ...]]:
        number = 0
        while page := reader.sql(statement, [*values, number]):
            for row in page:
                number += 1
                yield (number, *(make(v) for make, v in zip(makers, row, strict=True)))

    label = kind.label.to(source.language)
    return Sheet(
        label, _title(source, label), columns, rows(), above=source.above(source.say(_UNITS)), below=_signed(source),
        counted_as=total,
    )  # fmt: skip


def _filled(source: Source, tables: str, where: str, values: list[object], fields: Sequence[Field]) -> set[str]:
    """Return the fields anybody filled in; optional columns that are empty throughout are left out."""
    counts = ", ".join(f'count(r."{f.name}")' for f in fields)
    found = source.reader.sql(f"SELECT {counts} FROM {tables} WHERE {where}", values)[0]
    return {f.name for f, number in zip(fields, found, strict=True) if number}


def _line_column(kind: RecordType, list_name: str, field: Field, language: str) -> Column:
    """Return the column of a line; its list is named where the record has a field of the same heading."""
    made = field_column(field, language)
    own = {f.label.to(language) for f in kind.scalars}
    if field.label.to(language) not in own:
        return made
    return replace(made, heading=f"{kind.by_name[list_name].label.to(language)}:{made.heading}")


def _line_sheet(source: Source, kind: RecordType, list_name: str, label: Text, total: str) -> Sheet | None:
    links = next(found for name, _, found in _SHEETS if name == kind.name)
    tables, day = _source_of(kind, links)
    tables += f' JOIN "{kind.name}__{list_name}" l ON l.record_id=r.record_id'
    where, values = _where(source, day)
    reader = source.reader
    if not reader.sql(f"SELECT 1 FROM {tables} WHERE {where} LIMIT 1", values):
        return None
    line_class = kind.by_name[list_name].line
    assert line_class is not None
    fields = described_fields(line_class)
    counts = ", ".join(f'count(l."{f.name}")' for f in fields)
    found = reader.sql(f"SELECT {counts} FROM {tables} WHERE {where}", values)[0]
    fields = tuple(f for f, number in zip(fields, found, strict=True) if f.required or number)
    leading, leading_sql, leading_makers = _plot_columns(source, links)
    key = kind.by_name[kind.key[0]]
    columns = (
        Column(source.say(Text("序号", "No.")), Shape.SERIAL, width=5), *leading,
        Column(key.heading(source.language), Shape.CODE, width=18), *(_line_column(kind, list_name, f, source.language) for f in fields),
    )  # fmt: skip
    makers = [*leading_makers, *(cell_maker(f, source.language) for f in (key, *fields))]
    chosen = ", ".join([*leading_sql, f'r."{key.name}"', *(f'l."{f.name}"' for f in fields)])
    statement = (
        f"SELECT {chosen} FROM {tables} WHERE {where} ORDER BY {', '.join(leading_sql)}, {day}, "
        f'r."{key.name}", r.rowkey, l.line_no LIMIT {_PAGE} OFFSET ?'
    )

    def rows() -> Iterator[tuple[object, ...]]:
        number = 0
        while page := reader.sql(statement, [*values, number]):
            for row in page:
                number += 1
                yield (number, *(make(v) for make, v in zip(makers, row, strict=True)))

    name = label.to(source.language)
    return Sheet(name, _title(source, name), columns, rows(), above=source.above(source.say(_UNITS)), counted_as=total)


def _signed(source: Source) -> tuple[tuple[str, ...], ...]:
    signs = (Text("调查人:", "Surveyed by:"), Text("审核人:", "Reviewed by:"), Text("单位(盖章):", "Station (stamp):"),
             Text("日期:    年  月  日", "Date:"))  # fmt: skip
    return (tuple(source.say(s) for s in signs),)
