"""One list of columns a table of figures: it feeds command, CSV, workbook, window and JSON.

A column added to the list of its table (``balance_columns``, ``carbon_columns``, ``gap_columns``) stands everywhere.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Generic

from station_app.domain.calc.numbers import plain, shown
from station_app.domain.generic import Of
from station_app.domain.problems import Problem, Severity
from station_app.domain.text import Text
from station_app.domain.units import unit_text

SCREEN, PAPER, PLAIN, JSON = "screen", "paper", "plain", "json"  # PLAIN: the terminal and CSV
EVERYWHERE = frozenset({SCREEN, PAPER, PLAIN, JSON})
UNKNOWN = "–"
YES, NO = Text("是", "yes"), Text("否", "no")
DOUBTFUL, SOUND = Text("⚠ 存疑", "⚠ in doubt"), Text("✓", "✓")
_WITH_UNIT = Text("{what}({unit})", "{what} ({unit})")
_OF_GROUP = Text("{what}·{group}", "{what}, {group}")
_MOST_TOLD = 8
_LAST = 9


@dataclass(frozen=True, slots=True)
class Column(Generic[Of]):
    """One column of a table of figures.

    Attributes:
        key: Its name in JSON; a dot nests (``views.natural.capacity_su``).
        value: What stands in a row: Decimal, int, date, yes or no, a text; ``None``: not known, never a zero in its place.
        places: Decimals of a number; ``None``: words. ``screen_places``: on the screen, where room is dear.
        places_of: Decimals of a value of a row, where rows differ; a workbook keeps ``places``.
        form: How a workbook keeps words: ``text``, ``code``, ``note`` (long), ``date``, ``serial``, ``figure``; on the
            screen ``gauge`` is a stock and a capacity against each other.
        group: Heading over columns that stand side by side on paper; ``short`` says it beside the label elsewhere.
        where: Where it stands; everywhere unless told otherwise.
        code: What a program gets in place of the words.
        summed: Whether it stands in a row of sums; numbers do, words do not, unless told otherwise.
        counted_as: Name of the control total of a workbook.
        always: On paper it stands even when nothing is in it.
        why: The result that explains the figure, for F8.
        front: Place from the left on the screen; equal ones stand in the order of the list.
        width, paper_width: In pixels at 10 pt, and in characters.
        state: The colour of the words: ``ok``, ``warn``, ``error``, ``soft_text``.
        sign: What stands before the figure on the screen, such as a warning.
        tip: What is told beside the cell; ``told`` tells the problems of the row.
        published: A source's own words, in the language they were printed in.
    """

    key: str
    label: Text
    value: Callable[[Of], Any]
    places: int | None = None
    unit: str = ""
    _: dataclasses.KW_ONLY
    screen_places: int | None = None
    places_of: Callable[[Of, Decimal], int] | None = None
    form: str = "text"
    group: Text | None = None
    short: Text | None = None
    where: frozenset[str] = EVERYWHERE
    code: Callable[[Of], Any] | None = None
    summed: Callable[[Of], bool] | bool | None = None
    counted_as: str = ""
    always: bool = False
    why: str = ""
    front: int = _LAST
    width: int = 100
    paper_width: float = 11
    bold: bool = False
    state: Callable[[Of], str] | None = None
    sign: Callable[[Of], str] | None = None
    tip: Callable[[Of], Text | str | None] | None = None
    published: bool = False

    @property
    def is_number(self) -> bool:
        return self.places is not None

    def stands_in_sum(self, row: Of) -> bool:
        if callable(self.summed):
            return self.summed(row)
        return self.is_number if self.summed is None else self.summed

    def heading(self, language: str, *, grouped: bool = False) -> str:
        """Return label and unit; with the group beside them unless that stands above."""
        what: Text = self.label
        if self.short is not None and not grouped:
            what = _OF_GROUP.format(what=what, group=self.short)
        return (_WITH_UNIT.format(what=what, unit=unit_text(self.unit, language)) if self.unit else what).to(language)

    def figure(self, row: Of, value: Decimal, places: int | None = None) -> str:
        """Return a value of a row as printed, half-up."""
        if self.places_of is not None:
            return shown(value, self.places_of(row, value))
        return shown(value, (self.places or 0) if places is None else places)


def on(place: str, columns: Iterable[Column[Of]]) -> list[Column[Of]]:
    """Return the columns that stand there; on the screen the foremost first."""
    kept = [column for column in columns if place in column.where]
    return sorted(kept, key=lambda column: column.front) if place == SCREEN else kept


def thousands(value: Decimal, places: int) -> str:
    """Return a figure as a screen prints it: half-up, thousands separated."""
    return f"{Decimal(shown(value, places)):,f}"


def told(row: Any) -> Text | None:
    """Return the problems of a row in words, line by line."""
    texts = [problem.text for problem in row.problems[:_MOST_TOLD]]
    return Text("\n".join(t.zh for t in texts), "\n".join(t.en for t in texts)) if texts else None


def to_settle(row: Any) -> str | Text:
    """Return the codes of what stands against a row, or that its coefficients are not verified."""
    codes = dict.fromkeys(p.code for p in row.problems if p.severity is not Severity.INFO)
    return " ".join(codes) or (Text("系数未核实", "coefficients unverified") if row.doubtful else "")


# --- plain words: the terminal and CSV ---------------------------------------------------------------------------------


def said(column: Column[Of], row: Of, language: str) -> str:
    """Return a cell as a terminal and a CSV print it; a number that is not known is a dash."""
    value = column.value(row)
    if isinstance(value, bool):
        return (YES if value else NO).to(language)
    if isinstance(value, Decimal):
        return column.figure(row, value)
    if value is None:
        return UNKNOWN if column.is_number else ""
    return value.to(language) if isinstance(value, Text) else str(value)


def lines(
    columns: Sequence[Column[Of]], rows: Iterable[Of], sums: Iterable[tuple[Text, Of]], language: str
) -> tuple[list[list[str]], list[list[str]]]:
    """Return rows and rows of sums as cells; the label of a sum stands in its first cell that holds nothing else."""
    body = [[said(column, row, language) for column in columns] for row in rows]
    below = []
    for label, row in sums:
        there = [column.stands_in_sum(row) for column in columns]
        cells = [said(column, row, language) if known else "" for column, known in zip(columns, there, strict=True)]
        cells[there.index(False)] = label.to(language)
        below.append(cells)
    return body, below


# --- JSON --------------------------------------------------------------------------------------------------------------


def as_json(value: object, language: str) -> Any:
    """Return a value of a row as JSON: every digit of a number as text; what is not known is null, never zero."""
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, Text):
        return value.to(language)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Problem):
        value = {"code": value.code, "severity": value.severity.value, "text": value.text, "field": value.field,
                 "line": value.line, "place": value.place}  # fmt: skip
    elif dataclasses.is_dataclass(value):
        value = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {key: as_json(inner, language) for key, inner in value.items()}
    if isinstance(value, list | tuple | frozenset):
        return [as_json(inner, language) for inner in value]
    return value


def rows_json(columns: Iterable[Column[Of]], rows: Iterable[Of], language: str) -> list[dict[str, Any]]:
    """Return rows by the keys of their columns; what nests is left out where nothing is known of it."""
    named = []
    for column in on(JSON, columns):
        above, _, name = column.key.rpartition(".")
        named.append((above.split(".") if above else [], name, column.code or column.value))
    every = []
    for row in rows:
        out: dict[str, Any] = {}
        for above_it, name, value in named:
            inside = out
            for each in above_it:
                inside = inside.setdefault(each, {})
            inside[name] = as_json(value(row), language)
        every.append({name: _known(value) if isinstance(value, dict) else value for name, value in out.items()})
    return every


def _known(nested: dict[str, object]) -> dict[str, object]:
    return {name: v for name, v in nested.items() if not isinstance(v, dict) or any(v.values())}


def joined(texts: Sequence[Text]) -> Text:
    """Return texts as one list in both languages."""
    return Text("、".join(each.zh for each in texts), ", ".join(each.en for each in texts))
