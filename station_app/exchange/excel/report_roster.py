"""Household and parcel roster: who holds which grassland, with the areas by scheme."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from station_app.domain.registry import record_type
from station_app.domain.text import Text
from station_app.exchange.excel.problems import WorkbookProblem
from station_app.exchange.excel.report_source import TOTAL, Source, to_day
from station_app.exchange.excel.sheets import Book, Column, Shape, Sheet

TITLE = Text("牧户与草场名册", "Household and parcel roster")
_TITLES = (Text("{county}牧户名册", "Register of households, {county}"),
           Text("{county}草场(地块)名册", "Register of parcels, {county}"))  # fmt: skip
_UNITS = Text("亩、人", "mu, persons")
_MU = Text("亩", "mu")
_SERIAL = Text("序号", "No.")
_TOWNSHIP = Text("乡(镇)苏木", "Township")
_VILLAGE = Text("行政村(嘎查)", "Village")
_AREAS = (Text("禁牧面积(亩)", "Grazing ban area (mu)"), Text("草畜平衡面积(亩)", "Balance area (mu)"),
          Text("其他面积(亩)", "Other area (mu)"))  # fmt: skip
_PARCELS = Text("地块数(个)", "Parcels")
AREA = "0.00?"  # two places at least, the third where there is one: nothing that is summed stays unseen

_HOUSEHOLDS = """
SELECT h.record_id, h.village_code, h.group_name, h.code, h.head_name, h.identity_number, h.persons, h.herding_kind,
       h.status, h.status_on, h.contract_number, h.contract_area_mu,
       sum(iif(p.scheme='ban', p.area_mu, NULL)), sum(iif(p.scheme='balance', p.area_mu, NULL)),
       sum(iif(p.scheme NOT IN ('ban', 'balance'), p.area_mu, NULL)), nullif(count(p.record_id), 0),
       h.account_holder, h.bank_name, h.account_number, h.phone, h.note
FROM household h LEFT JOIN parcel p ON p.household_id=h.record_id AND p.void=0
WHERE h.void=0 AND h.village_code=? GROUP BY h.rowkey ORDER BY h.code, h.rowkey"""
_VILLAGES = "SELECT DISTINCT village_code FROM household WHERE void=0 ORDER BY village_code"
_PARCEL_COLUMNS = (
    "code", "name", "area_mu", "usable_area_mu", "area_basis", "scheme", "zone", "season_of_use", "grassland_class",
    "contract_number", "certificate_number", "contract_giver", "term_from", "term_to", "note",
)  # fmt: skip


def roster(source: Source) -> Book:
    """Return the workbook: a sheet of households, a sheet of parcels."""
    reader = source.reader
    villages = [v for (v,) in reader.sql(_VILLAGES)]
    if not villages:
        raise WorkbookProblem.NOTHING.error(what=record_type("household").label)
    kind = record_type("household")

    def named(field: str, shape: Shape, width: float = 0, **spec: Any) -> Column:
        described = kind.by_name[field]
        return Column(described.heading(source.language), shape, described.places, width=width, **spec)

    columns = (
        Column(source.say(_SERIAL), Shape.SERIAL, width=5),
        Column(source.say(_TOWNSHIP), Shape.TEXT, width=13),
        Column(source.say(_VILLAGE), Shape.TEXT, width=13),
        named("village_code", Shape.CODE, 14.5),
        named("group_name", Shape.TEXT, 9),
        named("code", Shape.CODE, 18),
        named("head_name", Shape.TEXT, 12),
        named("identity_number", Shape.CODE, 20),
        named("persons", Shape.WHOLE, 6.5, total="persons"),
        named("herding_kind", Shape.TEXT, 9),
        named("status", Shape.TEXT, 8),
        named("status_on", Shape.DATE, 11),
        named("contract_number", Shape.CODE, 15),
        named("contract_area_mu", Shape.SCALED, 12, number_format=AREA, total="contract_area_mu"),
        Column(source.say(_AREAS[0]), Shape.SCALED, 3, AREA, 12, "ban_area_mu"),
        Column(source.say(_AREAS[1]), Shape.SCALED, 3, AREA, 12, "balance_area_mu"),
        Column(source.say(_AREAS[2]), Shape.SCALED, 3, AREA, 11, "other_area_mu"),
        Column(source.say(_PARCELS), Shape.WHOLE, width=8, total="parcels_by_household"),
        named("account_holder", Shape.TEXT, 11),
        named("bank_name", Shape.TEXT, 16),
        named("account_number", Shape.CODE, 22),
        named("phone", Shape.CODE, 13),
        named("note", Shape.NOTE, 14),
    )

    def rows() -> Iterator[tuple[object, ...]]:
        for village in villages:
            place = (source.township(village), source.village(village))
            for number, row in enumerate(reader.sql(_HOUSEHOLDS, (village,)), 1):
                yield (
                    number, *place, *row[1:7], source.label("herding_kind", row[7]),
                    source.label("household_status", row[8]), to_day(row[9]), *row[10:],
                )  # fmt: skip

    sheet = Sheet(
        kind.label.to(source.language), source.say(_TITLES[0], county=source.county), columns, rows(),
        above=source.above(source.say(_UNITS)), below=source.signatures(), total_label=source.say(TOTAL), **source.by_village(2, 3),
        counted_as="households",
    )  # fmt: skip
    sheets = [sheet]
    if reader.sql("SELECT 1 FROM parcel WHERE void=0 LIMIT 1"):
        sheets.append(_parcels(source))
    return source.book(TITLE, sheets)


def _parcels(source: Source) -> Sheet:
    reader, kind = source.reader, record_type("parcel")
    shapes = {"decimal": Shape.SCALED, "date": Shape.DATE}
    widths = {"code": 20.0, "name": 14.0, "note": 14.0, "contract_number": 15.0, "certificate_number": 15.0}
    codes = ("code", "contract_number", "certificate_number")
    counts = reader.sql(f"SELECT {', '.join(f'count({name})' for name in _PARCEL_COLUMNS)} FROM parcel WHERE void=0")[0]
    described = [
        kind.by_name[name]
        for name, number in zip(_PARCEL_COLUMNS, counts, strict=True)
        if number or kind.by_name[name].required
    ]
    columns = (
        Column(source.say(_SERIAL), Shape.SERIAL, width=5),
        Column(source.say(_TOWNSHIP), Shape.TEXT, width=13),
        Column(source.say(_VILLAGE), Shape.TEXT, width=13),
        Column(record_type("household").by_name["code"].heading(source.language), Shape.CODE, width=18),
        Column(record_type("household").by_name["head_name"].heading(source.language), Shape.TEXT, width=12),
        *(
            Column(
                f.heading(source.language),
                Shape.CODE if f.name in codes else Shape.NOTE if f.name == "note" else shapes.get(f.kind, Shape.TEXT),
                f.places,
                AREA if f.places == 3 else "",
                widths.get(f.name, 0),
                {"area_mu": "area_mu", "usable_area_mu": "usable_area_mu"}.get(f.name, ""),
            )
            for f in described
        ),
    )
    fields = ", ".join(f"p.{f.name}" for f in described)
    statement = (
        f"SELECT h.code, h.head_name, {fields} FROM parcel p LEFT JOIN household h ON h.record_id=p.household_id "
        "WHERE p.void=0 AND h.village_code IS ? ORDER BY h.code, p.code, p.rowkey"
    )

    def rows() -> Iterator[tuple[object, ...]]:
        villages = reader.sql(
            "SELECT DISTINCT h.village_code FROM parcel p LEFT JOIN household h ON h.record_id=p.household_id "
            "WHERE p.void=0 ORDER BY 1"
        )
        for (village,) in villages:
            place = (source.township(village), source.village(village))
            for number, row in enumerate(reader.sql(statement, (village,)), 1):
                values = [
                    to_day(v) if f.kind == "date" else source.label(f.codes, v) if f.kind == "code" else v
                    for f, v in zip(described, row[2:], strict=True)
                ]
                yield (number, *place, row[0], row[1], *values)

    return Sheet(
        kind.label.to(source.language), source.say(_TITLES[1], county=source.county), columns, rows(),
        above=source.above(source.say(_MU)), below=source.signatures(), total_label=source.say(TOTAL), **source.by_village(1, 2),
        counted_as="parcels",
    )  # fmt: skip
