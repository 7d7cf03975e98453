"""``grassland-station report``: the figures of a year as a plain table, as CSV, or as JSON with problems and editions.

A report prints what the page of the same name shows; ``REPORTS`` knows them all.
"""

from __future__ import annotations

import argparse
import csv
import importlib
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from station_app.commands.output import Output
from station_app.domain.calc import explanation as explanations
from station_app.domain.calc import explanation_json
from station_app.domain.problems import Problem
from station_app.domain.text import Text
from station_app.services.figures.columns import PLAIN, Column, lines, on
from station_app.storage.workspace import Workspace

if TYPE_CHECKING:
    from station_app.storage.reader import Reader

Report = Callable[["Reader", argparse.Namespace, Output], int]
_MOST_ALIKE = 5
_MOST_ROWS = 200  # on a terminal; --out and --json give all


def add_report(
    with_workspace: Callable[[argparse.ArgumentParser], argparse.ArgumentParser],
    command: Callable[..., argparse.ArgumentParser],
) -> None:
    """Register the command."""
    made = with_workspace(command("report", run_report, "打印草畜平衡、碳汇或目标差距。"))
    made.add_argument("name", choices=tuple(REPORTS), help="which report / 哪一种")
    made.add_argument("--year", type=int, required=True, help="年度")
    made.add_argument(
        "--level",
        default="",
        help="household, parcel, village, township or station / 牧户、地块、嘎查村、苏木乡镇、全站",
    )
    made.add_argument("--within", default="", metavar="CODE", help="inside a village or township / 只看该行政区")
    made.add_argument("--occasion", default=None, help="mid_year, year_end or spot_check; else the scheme's / 清点时点")
    made.add_argument("--view", default=None, help="natural, all or approved; else the scheme's / 口径")
    made.add_argument(
        "--ledger", default=None, choices=("stock", "change", "emissions"), help="of carbon: one ledger / 只看一本账"
    )
    made.add_argument(
        "--part", default=None, choices=("vegetation", "soil", "total"), help="of the stock, with --why / 碳库"
    )
    made.add_argument(
        "--edition", default=None, choices=("2006", "2019"), help="another IPCC edition, for looking / 换 IPCC 版本看"
    )
    made.add_argument("--gwp", default=None, metavar="SET", help="other potentials, such as ar6@1 / 换 GWP 看")
    made.add_argument("--why", default=None, metavar="KEY", help="explain one row: its code or id / 解释某一行")
    made.add_argument("--out", type=Path, default=None, metavar="F.csv", help="write all rows as CSV / 写成 CSV")


def run_report(args: argparse.Namespace, out: Output) -> int:
    """Print the figures of a year: balance, carbon or gaps."""
    with Workspace.open(args.workspace) as workspace:
        reader: Reader = workspace.read
        return REPORTS[args.name](reader, args, out)


# --- what every report needs -------------------------------------------------------------------------------------------


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
    """Write rows as CSV that spreadsheets read with the right characters; a half-written file is never left.

    Raises:
        OSError: the folder cannot be written.
    """
    part = path.with_name(path.name + ".part")
    with part.open("w", encoding="utf-8-sig", newline="") as file:
        made = csv.writer(file)
        made.writerow(headings)
        made.writerows([[_harmless(cell) for cell in row] for row in rows])
    part.replace(path)


def _harmless(cell: str) -> str:
    """Keep a spreadsheet from taking a text for a formula; numbers stay numbers."""
    if cell[:1] in "=+@\t" or (cell[:1] == "-" and not cell[1:].replace(".", "", 1).isdigit()):
        return f"'{cell}"
    return cell


def print_table(
    out: Output,
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    right: Sequence[bool],
    sums: Sequence[Sequence[str]] = (),
) -> None:
    """Print a table for a person, the most pressing rows first, and its sums; the rest is said, not shown."""
    if out.as_json:
        return
    shown = [*rows[:_MOST_ROWS], *sums]
    for line in table_lines(headings, shown, right):
        print(line)
    if len(rows) > _MOST_ROWS:
        left = len(rows) - _MOST_ROWS
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
    out: Output, path: Path | None, columns: Sequence[Column[Any]], parts: Sequence[Part], problems: Sequence[Problem]
) -> int:
    """Print tables of figures with their sums, or write all their rows into one CSV."""
    plain = on(PLAIN, columns)
    headings = [column.heading(out.language) for column in plain]
    made = [lines(plain, part.rows, part.sums, out.language) for part in parts]
    if path is not None:
        rows = [line for body, sums in made for line in (*body, *sums)]
        number = sum(len(body) for body, _ in made)
        write_csv(path, headings, rows)
        out.put(path=path)
        out.say(f"已写出 {number} 行：{path}", f"Wrote {number} rows: {path}")
        return 0
    for part, (body, sums) in zip(parts, made, strict=True):
        for line in part.above:
            out.say(line.zh, line.en)
        print_table(out, headings, body, [column.is_number for column in plain], sums)
        print_problems(out, part.problems)
    print_problems(out, problems)
    return 0


def print_explanation(out: Output, result: Any) -> None:
    """Print an explanation line by line, or give it as JSON."""
    explanation = result.explanation
    out.put(explanation=explanation_json.explanation_to_json(explanation))
    if out.as_json:
        return
    for each in explanations.lines_of(explanation, out.language):
        formula = f" = {each.formula}" if each.formula else ""
        value = f" = {each.value} {each.unit}".rstrip() if each.value else ""
        origin = f"  <{each.origin}>" if each.origin else ""
        print(f"{'  ' * each.depth}{each.symbol} {each.label}{formula}{value}{origin}")


def _later(name: str) -> Report:
    """Return a report, whose module is loaded when it is asked for."""

    def run(reader: Reader, args: argparse.Namespace, out: Output) -> int:
        report: Report = getattr(importlib.import_module("station_app.commands.report_figures"), name)
        return report(reader, args, out)

    return run


REPORTS: dict[str, Report] = {name: _later(name) for name in ("balance", "gap", "carbon")}
