"""Read a written workbook with another program's code and compare it with what was to be written, cell by cell."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from station_app.exchange.excel.layout import Frame, Placed
from station_app.exchange.excel.markup import Body, column_letters, rows_of
from station_app.exchange.excel.problems import WorkbookProblem
from station_app.exchange.excel.sheets import Book


def compare(path: Path, made: Frame, book: Book, bodies: Sequence[Body]) -> None:
    """Compare titles, headings, every row, sums, signature lines and the control sheet.

    Raises:
        UserError: XLS-006 the first place where the file differs.
    """
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        workbook = CalamineWorkbook.from_path(path)
        names = list(workbook.sheet_names)
        if names != made.names:
            raise WorkbookProblem.DIFFERS.error(" ".join(made.names))
        for name, placed, body in zip(names, made.placed, [*bodies, None], strict=True):
            _compare_sheet(workbook.get_sheet_by_name(name), name, placed, body)
        workbook.close()
    except CalamineError as error:
        raise WorkbookProblem.DIFFERS.error(str(error)) from error


def _compare_sheet(sheet: Any, name: str, placed: Placed, body: Body | None) -> None:
    if sheet.start is None or sheet.start != (0, 0):
        raise WorkbookProblem.DIFFERS.error(name)
    rows = sheet.iter_rows()
    first = body.sheet.first_row if body else 0
    _compare_placed(islice(rows, first), 0, first, name, placed)
    if body is not None:
        width = len(body.sheet.columns)
        for offset, found in enumerate(rows_of(islice(rows, body.height), width)):
            if found != body.digests[offset]:
                raise WorkbookProblem.DIFFERS.error(f"{name} {first + offset + 1}")
        first += body.height
    _compare_placed(rows, first, None, name, placed)


def _compare_placed(rows: Any, first: int, end: int | None, name: str, placed: Placed) -> None:
    wanted = {
        place: value
        for place, value in placed.items()
        if place[0] >= first and (end is None or place[0] < end) and value != ""
    }
    for number, row in enumerate(rows, first):
        for column, value in enumerate(row):
            expected = wanted.pop((number, column), "")
            if value != expected:
                raise WorkbookProblem.DIFFERS.error(f"{name} {column_letters(column)}{number + 1}")
    if wanted:
        row_number, column = min(wanted)
        raise WorkbookProblem.DIFFERS.error(f"{name} {column_letters(column)}{row_number + 1}")
