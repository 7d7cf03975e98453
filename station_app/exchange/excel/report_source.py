"""What every report needs: whose workbook it is, names of places, labels of codes, and one moment to read at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from station_app import __version__
from station_app.domain.codes import label_of
from station_app.domain.text import CHINESE, Text
from station_app.exchange.excel.sheets import Book, Sheet
from station_app.storage.reader import Reader

PROGRAM = Text("草原站", "Grassland Station")
TOTAL = Text("合计", "Total")
REPORTED_BY = Text("填报单位(盖章):{name}", "Reported by (stamp): {name}")
REPORTED_ON = Text("填报日期：{day}", "Date: {day}")
YEAR = Text("年度：{year}", "Year: {year}")
UNIT = Text("单位：{units}", "Units: {units}")
SUBTOTAL = Text("小计", "Subtotal")
_PREPARED, _DATED = Text("制表人:", "Prepared by:"), Text("日期:    年  月  日", "Date:")
_VILLAGE_HEAD = Text("村委会负责人(签字、盖章):", "Village head (signature, stamp):")
SIGNATURES = (
    _PREPARED,
    Text("审核人:", "Reviewed by:"),
    _VILLAGE_HEAD,
    Text("乡镇负责人(签字、盖章):", "Township head (signature, stamp):"),
    _DATED,
)
_FACTS = (
    Text("程序和版本", "Program and version"),
    Text("报表", "Report"),
    Text("填报单位", "Organisation"),
    Text("生成日期", "Generated on"),
    Text("年度", "Year"),
    Text("语言", "Language"),
)


@dataclass
class Source:
    """Where a report reads from, and how it is to be written.

    Attributes:
        year: ``None`` takes the latest year there is, where the report is of one year.
        today: Date printed on the sheets; the clock is not read here.
        level: Of a table of figures, what a row is: household, village …; empty takes the usual one.
        chosen: Of a workbook of figures, the row whose calculation is shown whole; empty takes the first that matters.
    """

    reader: Reader
    language: str
    today: date
    year: int | None = None
    level: str = ""
    chosen: str = ""

    def say(self, text: Text, /, **values: object) -> str:
        return (text.format(**values) if values else text).to(self.language)

    def label(self, code_list: str, code: str | None) -> str | None:
        return None if code is None else label_of(code_list, code).to(self.language)

    def day(self, value: date) -> str:
        return f"{value.year}年{value.month}月{value.day}日" if self.language == CHINESE else value.isoformat()

    @cached_property
    def _setting(self) -> dict[str, str]:
        return dict(self.reader.sql("SELECT key, value FROM setting WHERE key LIKE 'workspace.org_%'"))

    @property
    def organisation(self) -> str:
        return self._setting.get("workspace.org_name", "")

    @property
    def organisation_code(self) -> str:
        return self._setting.get("workspace.org_code", "")

    @cached_property
    def _places(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for code, region, name in self.reader.sql(
            "SELECT code, region_code, name FROM organisation WHERE void=0 AND kind='administrative_unit'"
        ):
            for key in (region, code):
                if key:
                    found[key] = name
        return found

    def place(self, code: str | None, digits: int) -> str | None:
        """Return the name of the unit ``code`` belongs to at 6 (county), 9 (township) or 12 digits; ``None`` if unknown."""
        if code is None:
            return None
        head = code[:digits]
        return self._places.get(head) or self._places.get(head.ljust(12, "0"))

    def township(self, village_code: str | None) -> str | None:
        """Return the name of the township, or its code while the name is unknown."""
        return self.place(village_code, 9) or (village_code[:9] if village_code else None)

    def village(self, village_code: str | None) -> str | None:
        """Return the name of the village, or its code while the name is unknown."""
        return self.place(village_code, 12) or village_code

    @property
    def county(self) -> str:
        """The county the workspace belongs to, for titles; empty while its name is unknown."""
        return self.place(self.organisation_code, 6) or ""

    def above(self, units: str, *more: str) -> tuple[tuple[str, ...], ...]:
        """Return the block under the title: who reports, when; year, batch, units."""
        first = (self.say(REPORTED_BY, name=self.organisation), self.say(REPORTED_ON, day=self.day(self.today)))
        left = "    ".join(([self.say(YEAR, year=self.year)] if self.year else []) + list(more))
        return (first, (left, self.say(UNIT, units=units)))

    def signatures(self) -> tuple[tuple[str, ...], ...]:
        """Return the line people sign under a register."""
        return (tuple(self.say(s) for s in SIGNATURES),)

    def by_village(self, township: int, village: int) -> dict[str, Any]:
        """Return what makes a table begin a page with each village and end it with its sum and the line to sign."""
        signed = tuple(self.say(s) for s in (_PREPARED, _VILLAGE_HEAD, _DATED))
        return {"break_at": (township, village), "subtotal_label": self.say(SUBTOTAL), "group_signed": signed}

    def book(self, title: Text, sheets: Sequence[Sheet], facts: Sequence[tuple[str, str]] = ()) -> Book:
        """Return the workbook with what its control sheet says about its origin."""
        values = (
            f"{self.say(PROGRAM)} {__version__}",
            self.say(title),
            f"{self.organisation} {self.organisation_code}".strip(),
            self.today.isoformat(),
            str(self.year) if self.year else "—",
            self.language,
        )
        own = [(self.say(label), value) for label, value in zip(_FACTS, values, strict=True)]
        return Book(self.say(title), tuple(sheets), self.today, self.language, self.organisation, (*own, *facts))

    def latest_year(self, statement: str) -> None:
        """Fill in the year from the newest record when nobody asked for one."""
        if self.year is None:
            found = self.reader.sql(statement)[0][0]
            self.year = int(str(found)[:4]) if found else None


@contextmanager
def one_moment(reader: Reader) -> Iterator[None]:
    """Read everything inside as it stood at one moment, whoever writes meanwhile."""
    reader.sql("BEGIN")
    try:
        yield
    finally:
        reader.sql("COMMIT")


def to_day(value: str | None) -> date | None:
    return None if value is None else date.fromisoformat(value)


def joined(parts: Sequence[str | None], separator: str = ";") -> str | None:
    """Return the parts that say something, one after the other."""
    return separator.join(p for p in parts if p) or None


def in_order(rows: list[tuple[Any, ...]], column: int) -> Iterator[tuple[Any, list[tuple[Any, ...]]]]:
    """Yield (value, rows) for each run of one value in a column."""
    start = 0
    for number in range(1, len(rows) + 1):
        if number == len(rows) or rows[number][column] != rows[start][column]:
            yield rows[start][column], rows[start:number]
            start = number
