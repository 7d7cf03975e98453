"""Livestock count: one row a household, species and classes as columns; a sheet for each occasion of the year."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from station_app.domain.codes import code_list
from station_app.domain.fields import described_fields
from station_app.domain.registry import record_type
from station_app.domain.text import Text
from station_app.exchange.excel.problems import nothing_of
from station_app.exchange.excel.report_source import TOTAL, Source, in_order, to_day
from station_app.exchange.excel.sheets import Book, Column, Shape, Sheet, display_width

TITLE = Text("牲畜清点表", "Livestock count")
_TITLE = Text("{county}{year}年牲畜清点表 {occasion}", "Livestock count {year}, {county}: {occasion}")
_UNITS = Text("头、只、匹", "head")
_ALL = Text("存栏合计", "All livestock")
_OF_WHICH = Text("其中及年内变动", "Of which, and changes in the year")
_HEAD = Text("合计(头只)", "Total (head)")
# Sums over the classes that a county asks for beside the count.
_SUMS = ("breeding_females", "born", "died", "sold", "slaughtered")

_LINES = """
SELECT c.record_id, h.village_code, h.code, h.head_name, c.counted_on, c.counted_by, c.year, l.species_code,
       l.class_code, l.head{sums}
FROM livestock_count c JOIN household h ON h.record_id=c.household_id
LEFT JOIN livestock_count__class_counts l ON l.record_id=c.record_id
WHERE c.void=0 AND c.year=? AND c.occasion=? AND h.village_code=?
ORDER BY h.code, c.counted_on, c.rowkey, l.line_no"""


def livestock(source: Source) -> Book:
    """Return the workbook of one year; the latest when none is asked for."""
    source.latest_year("SELECT max(year) FROM livestock_count WHERE void=0")
    reader, kind = source.reader, record_type("livestock_count")
    found = {
        code for (code,) in reader.sql("SELECT DISTINCT occasion FROM livestock_count WHERE void=0 AND year=?",
                                       (source.year,))
    }  # fmt: skip
    occasions = [item.code for item in code_list("occasion").items if item.code in found]
    if not occasions:
        raise nothing_of(kind.label, source.year)
    return source.book(TITLE, [_occasion(source, occasion) for occasion in occasions])


def _width(heading: str) -> float:
    """Return a width in which a heading stands in at most two lines."""
    return max(8.5, min(display_width(heading) / 2 + 3.5, 14))


def _occasion(source: Source, occasion: str) -> Sheet:
    reader, language = source.reader, source.language
    kind = record_type("livestock_count")
    used = {
        (species, stock_class): total
        for species, stock_class, total in reader.sql(
            "SELECT l.species_code, l.class_code, sum(l.head) FROM livestock_count c "
            "JOIN livestock_count__class_counts l ON l.record_id=c.record_id "
            "WHERE c.void=0 AND c.year=? AND c.occasion=? GROUP BY 1, 2", (source.year, occasion))
    }  # fmt: skip
    pairs = [(s.code, c.code) for s in code_list("species").items for c in code_list("stock_class").items
             if (s.code, c.code) in used]  # fmt: skip
    given = reader.sql(
        f"SELECT {', '.join(f'count(l.{name})' for name in _SUMS)} FROM livestock_count c "
        "JOIN livestock_count__class_counts l ON l.record_id=c.record_id "
        "WHERE c.void=0 AND c.year=? AND c.occasion=?", (source.year, occasion))[0]  # fmt: skip
    sums = [name for name, number in zip(_SUMS, given, strict=True) if number]
    line_class = kind.by_name["class_counts"].line
    assert line_class is not None
    lines = {f.name: f for f in described_fields(line_class)}
    household = record_type("household")
    columns = (
        Column(source.say(Text("序号", "No.")), Shape.SERIAL, width=5),
        Column(source.say(Text("乡(镇)苏木", "Township")), Shape.TEXT, width=13),
        Column(source.say(Text("行政村(嘎查)", "Village")), Shape.TEXT, width=13),
        Column(household.by_name["code"].heading(language), Shape.CODE, width=18),
        Column(household.by_name["head_name"].heading(language), Shape.TEXT, width=12),
        Column(kind.by_name["year"].heading(language), Shape.SERIAL, width=6.5),
        Column(kind.by_name["occasion"].heading(language), Shape.TEXT, width=13),
        Column(kind.by_name["counted_on"].heading(language), Shape.DATE, width=11.5),
        Column(kind.by_name["counted_by"].heading(language), Shape.TEXT, width=10),
        *(
            Column(label, Shape.WHOLE, width=_width(label), total="head", group=source.label("species", s) or "")
            for s, c in pairs
            for label in (source.label("stock_class", c) or "",)
        ),
        Column(source.say(_HEAD), Shape.WHOLE, width=10, total="head_sum", group=source.say(_ALL)),
        *(
            Column(label, Shape.WHOLE, width=_width(label), total=name, group=source.say(_OF_WHICH))
            for name in sums
            for label in (lines[name].heading(language),)
        ),
    )  # fmt: skip
    places = {pair: 9 + number for number, pair in enumerate(pairs)}
    statement = _LINES.format(sums="".join(f", l.{name}" for name in sums))
    label = source.label("occasion", occasion) or occasion

    def rows() -> Iterator[tuple[object, ...]]:
        villages = reader.sql(
            "SELECT DISTINCT h.village_code FROM livestock_count c JOIN household h ON h.record_id=c.household_id "
            "WHERE c.void=0 AND c.year=? AND c.occasion=? ORDER BY 1", (source.year, occasion))  # fmt: skip
        for (village,) in villages:
            place = (source.township(village), source.village(village))
            counts = reader.sql(statement, (source.year, occasion, village))
            for number, (_, group) in enumerate(in_order(counts, 0), 1):
                first = group[0]
                row: list[Any] = [number, *place, first[2], first[3], first[6], label, to_day(first[4]), first[5]]
                row += [None] * (len(columns) - 9)
                for line in group:
                    if line[7] is not None:
                        at = places[line[7], line[8]]
                        row[at] = (row[at] or 0) + line[9]
                row[9 + len(pairs)] = sum(line[9] or 0 for line in group)
                for offset in range(len(sums)):
                    values = [line[10 + offset] for line in group if line[10 + offset] is not None]
                    row[10 + len(pairs) + offset] = sum(values) if values else None
                yield tuple(row)

    return Sheet(
        label, source.say(_TITLE, county=source.county, year=source.year, occasion=label), columns, rows(),
        above=source.above(source.say(_UNITS)), below=source.signatures(), total_label=source.say(TOTAL), **source.by_village(1, 2),
        counted_as="counts",
    )  # fmt: skip
