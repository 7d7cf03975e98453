"""Rows and columns of a file that nobody sees: they are read unless somebody says otherwise, and never without a word."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from station_app.domain.problems import Problem
from station_app.domain.text import Text
from station_app.exchange.excel.locate import Located
from station_app.exchange.excel.problems import WorkbookProblem
from station_app.exchange.excel.questions import Answers, Asked, Question

READ, LEAVE = "read", "leave"
READ_OR_LEAVE = ((READ, Text("也读取", "read it")), (LEAVE, Text("不读取", "leave it out")))
_HIDDEN = Text("工作表“{sheet}”的第 {rows} 行是隐藏的(可能是筛选掉的)。也读取吗？",
               "Rows {rows} of sheet {sheet} are hidden (perhaps filtered out). Read them as well?")  # fmt: skip
_RANGES = 12


def unread(found: Located, records: Iterable[int], answers: Answers, note: Callable[[Problem], None]) -> list[int]:
    """Say which records and columns nobody sees are read too; return the rows that somebody said are not to be.

    ``records`` are the rows that are records, from above."""
    table = found.table
    for match in found.matches:
        if match.heading.column in table.hidden_columns:
            place = table.place(match.heading.row, match.heading.column)
            note(WorkbookProblem.HIDDEN_COLUMN.at(place, match.target.path, heading=match.heading.shown))
    hidden = [number for number in records if number in table.hidden_rows]
    if not hidden:
        return []
    named = ranges([number + 1 for number in hidden])
    place = table.place(hidden[0])
    answer = answers.ask(Question(
        Asked.HIDDEN, table.name, place, _HIDDEN.format(sheet=table.name, rows=named), READ_OR_LEAVE, default=READ))  # fmt: skip
    if answer == LEAVE:
        return hidden
    note(WorkbookProblem.HIDDEN_ROWS.at(place, count=len(hidden), rows=named))
    return []


def ranges(rows: Sequence[int]) -> str:
    """Return row numbers in order as people write them: ``3、5–9``."""
    found: list[list[int]] = []
    for row in rows:
        if found and found[-1][1] == row - 1:
            found[-1][1] = row
        else:
            found.append([row, row])
    shown = [str(first) if first == last else f"{first}–{last}" for first, last in found[:_RANGES]]
    return "、".join([*shown, "…"] if len(found) > _RANGES else shown)
