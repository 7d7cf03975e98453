"""How a command prints tables of figures, what stands against them, and how a figure came about; or writes them as CSV or Parquet."""

from __future__ import annotations

import csv
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from station_app.commands.output import Output
from station_app.commands.problems import CommandProblem
from station_app.domain.calc import explanation as explanations
from station_app.domain.calc import explanation_json
from station_app.domain.calc.explanation import Explanation
from station_app.domain.problems import Problem
from station_app.domain.text import Text
from station_app.exchange.excel.saving import beside
from station_app.services.figures.columns import JSON, PLAIN, Column, as_json, lines, on

PARQUET = ".parquet"
_MOST_ALIKE = 5
_MOST_ROWS = 200  # on a terminal; --out and --json give all


def width_of(text: str) -> int:
    """Return how many columns a text takes on a terminal."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def table_lines(headings: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[bool]) -> Iterator[str]:
    """Yield a table line by line, its columns aligned."""
    every = [headings, *rows]
    widths = [max(width_of(row[place]) for row in every) for place in range(len(headings))]
    for number, row in enumerate(every):
        cells = []
        for text, width, is_right in zip(row, widths, right, strict=True):
            space = " " * (width - width_of(text))
            cells.append(space + text if is_right else text + space)
        yield "  ".join(cells).rstrip()
        if number == 0:
            yield "  ".join("-" * width for width in widths)


def write_csv(path: Path, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Write rows as CSV that spreadsheets read with the right characters.

    Raises:
        UserError: as ``saving.beside``.
    """
    with beside(path, (path.suffix.lower(),)) as part, part.open("w", encoding="utf-8-sig", newline="") as file:
        made = csv.writer(file)
        made.writerow(headings)
        made.writerows([[_harmless(cell) for cell in row] for row in rows])


def write_parquet(path: Path, columns: Sequence[Column], rows: Sequence[object], language: str) -> None:
    """Write rows as Parquet under the names they have in JSON: quantities exact, as printed; codes as text.

    Raises:
        UserError: CLI-020 pyarrow is not there; and as ``saving.beside``.
    """
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise CommandProblem.NO_PYARROW.error() from None

    def kept(column: Column, row: object) -> Any:
        value = (column.code or column.value)(row)
        if isinstance(value, Decimal):
            return Decimal(column.figure(row, value))
        return value if isinstance(value, date) else as_json(value, language)

    table = {column.key: [kept(column, row) for row in rows] for column in on(JSON, columns)}
    with beside(path, (PARQUET,)) as part:
        parquet.write_table(pyarrow.table(table), part)


def _harmless(cell: str) -> str:
    """Keep a spreadsheet from taking a text for a formula; numbers stay numbers."""
    if cell.startswith(("=", "+", "@", "\t")) or (cell[:1] == "-" and not cell[1:].replace(".", "", 1).isdigit()):
        return f"'{cell}"
    return cell


def print_table(
    out: Output,
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    right: Sequence[bool],
    sums: Sequence[Sequence[str]] = (),
    number: int = 0,
) -> None:
    """Print a table for a person, the most pressing rows first, and its sums; the rest is said, not shown.

    Args:
        number: How many rows there are, where only those that are shown are given.
    """
    if out.as_json:
        return
    shown = [*rows[:_MOST_ROWS], *sums]
    for line in table_lines(headings, shown, right):
        print(line)
    left = max(number, len(rows)) - _MOST_ROWS
    if left > 0:
        out.say(f"……另有 {left} 行，用 --out 或 --json 取全部。", f"… and {left} more rows; --out or --json gives all.")


def print_problems(out: Output, problems: Sequence[Problem]) -> None:
    """Print findings, at most five of one kind; how many more there are is said."""
    if out.as_json:
        return
    seen: Counter[str] = Counter()
    for problem in problems:
        seen[problem.code] += 1
        if seen[problem.code] <= _MOST_ALIKE:
            out.problem(problem)
    for code, number in seen.items():
        if number > _MOST_ALIKE:
            left = number - _MOST_ALIKE
            out.say(f"{code}：另有 {left} 项，--json 列出全部。", f"{code}: {left} more; --json lists them all.")


@dataclass(frozen=True, slots=True)
class Part:
    """A table of figures as a person reads it: lines above, rows, sums, and what stands against them."""

    above: Sequence[Text]
    rows: Sequence[Any]
    sums: Sequence[tuple[Text, Any]] = ()
    problems: Sequence[Problem] = ()


def tell(
    out: Output, path: Path | None, columns: Sequence[Column], parts: Sequence[Part], problems: Sequence[Problem]
) -> int:
    """Print tables of figures with their sums, or write all their rows into one CSV; into Parquet without the sums."""
    plain = on(PLAIN, columns)
    headings = [column.heading(out.language) for column in plain]
    if path is not None:
        number = sum(len(part.rows) for part in parts)
        if path.suffix.lower() == PARQUET:
            write_parquet(path, columns, [row for part in parts for row in part.rows], out.language)
        else:
            made = [lines(plain, part.rows, part.sums, out.language) for part in parts]
            write_csv(path, headings, [line for body, sums in made for line in (*body, *sums)])
        out.put(path=path)
        out.say(f"已写出 {number} 行：{path}", f"Wrote {number} rows: {path}")
        return 0
    if out.as_json:
        return 0
    for part in parts:
        for line in part.above:
            out.say(line.zh, line.en)
        body, sums = lines(plain, part.rows[:_MOST_ROWS], part.sums, out.language)
        print_table(out, headings, body, [column.is_number for column in plain], sums, len(part.rows))
        print_problems(out, part.problems)
    print_problems(out, problems)
    return 0


def print_explanation(out: Output, result: Any) -> None:
    """Print how a figure came about line by line, or give it as JSON."""
    out.put(explanation=explanation_json.explanation_to_json(result.explanation))
    if not out.as_json:
        print_steps(out, result.explanation)


def print_steps(out: Output, explanation: Explanation) -> None:
    """Print an explanation line by line."""
    for each in explanations.lines_of(explanation, out.language):
        formula = f" = {each.formula}" if each.formula else ""
        value = f" = {each.value} {each.unit}".rstrip() if each.value else ""
        origin = f"  <{each.origin}>" if each.origin else ""
        print(f"{'  ' * each.depth}{each.symbol} {each.label}{formula}{value}{origin}")
