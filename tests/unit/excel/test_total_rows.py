"""Every row of sums in every workbook follows from the rows above it, or says of which of them.

The workbooks are read back by another program and added up. A column adds up unless it is named here with the way it comes
about instead: a new report is held to that without a word.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal as D
from itertools import groupby
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from balance_helpers import YEAR, Maker, a_scheme, chance_station, workspace_of
from excel_helpers import TODAY, fill

from station_app.commands.cli import main
from station_app.domain.codes import label_of
from station_app.domain.problems import UserError
from station_app.domain.registry import Role
from station_app.exchange.excel.report_source import Source
from station_app.exchange.excel.reports import REPORTS, export_report
from station_app.exchange.excel.sheets import Column, Shape, Sheet
from station_app.services.figures.balance import balance_table
from station_app.services.figures.rows import VIEW_SHORT
from station_app.services.figures.total_lines import total_lines
from station_app.storage.workspace import Workspace

LEVELS = {"balance": ("household", "parcel", "village", "township", "station"),
          "carbon": ("household", "parcel", "village", "township", "station")}  # fmt: skip
RATES, RANGES, DENSITIES = ("超载率(%)",), ("下限", "上限", "±%"), ("密度(t C/公顷)",)


@dataclass
class Made:
    """A sheet as it was to be, and what another program finds in it."""

    sheet: Sheet
    rows: list[list[Any]]
    sums: list[tuple[str, list[Any]]]
    subtotals: list[tuple[list[Any], list[list[Any]]]] = field(default_factory=list)

    def column(self, heading: str, group: str | None = None) -> int | None:
        for n, column in enumerate(self.sheet.columns):
            if column.heading == heading and group in (None, column.group):
                return n
        return None


def made(workspace: Workspace, report: str, target: Path, **spec: Any) -> Iterator[Made]:
    written = export_report(workspace.read, report, target=target, today=TODAY, **spec)
    assert written.path == target
    source = Source(workspace.read, "zh_CN", TODAY, spec.get("year"), spec.get("level", ""), "")
    book = REPORTS[report].make(source)
    read = openpyxl.load_workbook(target, data_only=True)
    for sheet, page in zip(book.sheets, read.worksheets, strict=False):
        cells = [[cell.value for cell in row] for row in page.iter_rows(max_col=len(sheet.columns))]
        body, subtotals, at = [], [], sheet.first_row
        for group in groups(sheet):
            body += cells[at : at + group]
            if sheet.subtotal_label:
                subtotals.append((cells[at + group], cells[at : at + group]))
            at += group + sheet.group_ends
        sums = cells[at : at + len(sheet.sum_rows)]
        labelled = [(label, row) for (label, _), row in zip(sheet.sum_rows, sums, strict=True)]
        yield Made(sheet, body, labelled, subtotals)


def groups(sheet: Sheet) -> list[int]:
    """How many rows stand together before a subtotal or a line to sign."""
    rows = list(sheet.rows)
    if not sheet.break_at or not sheet.group_ends:
        return [len(rows)]
    return [len(list(group)) for _, group in groupby(rows, key=lambda row: [row[at] for at in sheet.break_at])]


def base(found: Made, label: str) -> list[list[Any]] | None:
    """The rows a line says it is the sum of; ``None``: of others than those above."""
    accepted, part = found.column("已认可"), found.column("碳库")
    rows = found.rows
    if "未认可" in label:
        if found.column("户数") is not None:  # many households a row: what is not accepted is in none of them
            return None
        return [row for row in rows if accepted is not None and row[accepted] == "否"]
    if any("已认可" in first for first, _ in found.sums[:1]):  # what follows is of which of them
        rows = [row for row in rows if accepted is not None and row[accepted] == "是"]
    if part is not None and " " in label:
        rows = [row for row in rows if row[part] == label.partition(" ")[2]]
    if "其中可算" in label:
        short = label.partition("(")[2].rstrip(")").partition("、")[0]
        view = next(label_of("balance_view", view).zh for view, each in VIEW_SHORT.items() if each.zh == short)
        stock, room = found.column("存栏(羊单位)"), found.column("载畜量(羊单位)", view)
        assert stock is not None and room is not None
        rows = [row for row in rows if row[stock] is not None and row[room] is not None]
        assert f"其中可算 {len(rows)} 户" in label
    return rows


def adds_up(found: Made, label: str, row: list[Any], above: list[list[Any]]) -> int:
    """Hold every cell of a row of sums against the rows above; return how many were."""
    checked = 0
    for n, column in enumerate(found.sheet.columns):
        value = row[n]
        if value is None or n == 0 or (isinstance(value, str) and value == label):
            continue
        assert not isinstance(value, str), (label, column.heading, value)
        if column.heading in RATES:
            assert close(value, rate(found, column, row), D("0.02")), (label, column.group)
        elif column.heading in RANGES:
            continue
        elif column.heading in DENSITIES:
            stock, area = (row[found.column(h) or 0] for h in (value_heading(found), "面积(公顷)"))
            assert close(value, D(str(stock)) / D(str(area)), D("0.02"))
        else:
            total = sum((D(str(each[n])) for each in above if each[n] is not None), D(0))
            unit = D(1).scaleb(-column.places)
            assert abs(D(str(value)) - total) <= unit * (len(above) + 1) / 2, (label, column.group, column.heading)
        checked += 1
    return checked


def value_heading(found: Made) -> str:
    return next(
        column.heading
        for column in found.sheet.columns
        if column.heading.startswith(("碳储量(", "年变化 ΔC(", "年排放("))
    )


def rate(found: Made, column: Column, row: list[Any]) -> D:
    """(stock − capacity) / capacity of the figures that stand in the same line."""
    room = found.column("载畜量(羊单位)", column.group)
    stock = found.column("可算存栏(羊单位)", column.group) or found.column("存栏(羊单位)")
    assert room is not None and stock is not None
    had, could = D(str(row[stock])), D(str(row[room]))
    return (had - could) / could * 100


def close(one: Any, other: D, by: D) -> bool:
    return abs(D(str(one)) - other) <= max(by, abs(other) * D("0.002"))


def check(workspace: Workspace, report: str, target: Path, **spec: Any) -> int:
    checked = 0
    for found in made(workspace, report, target, **spec):
        for label, row in found.sums:
            above = base(found, label)
            if above is not None:
                checked += adds_up(found, label, row, above)
        for row, above in found.subtotals:
            assert row[0] == found.sheet.subtotal_label
            checked += adds_up(found, found.sheet.subtotal_label, row, above)
    return checked


@pytest.mark.parametrize("report", REPORTS)
def test_the_sums_of_every_report_add_up(tmp_path: Path, report: str) -> None:
    with workspace_of(tmp_path / "站", Role.STATION) as station:
        fill(station)
        summed = 0
        for level in LEVELS.get(report, ("",)):
            summed += check(station, report, tmp_path / f"{report}{level}.xlsx", **({"level": level} if level else {}))
        with_sums = report not in ("survey-plots", "gap")  # tables of unlike things
        assert bool(summed) == with_sums


@pytest.mark.parametrize("role", [Role.STATION, Role.COUNTY])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_sums_of_a_station_by_chance_add_up(tmp_path: Path, role: Role, seed: int) -> None:
    """Households without count, without capacity, with parts accepted: each line says whose sum it is."""
    with workspace_of(tmp_path / "站", role) as found:
        maker = Maker(found)
        maker.add(a_scheme())
        chance_station(maker, seed, accepted=role is Role.COUNTY)
        for report, levels in LEVELS.items():
            for level in levels:
                target = tmp_path / f"{report}{level}{seed}.xlsx"
                try:
                    assert (
                        check(found, report, target, year=YEAR, level=level) or level == "station" or report == "carbon"
                    )
                except UserError as error:
                    assert error.code == "XLS-001"
        table = balance_table(found.read, YEAR, "household")
        labels = [line.label.zh for line in table.lines]
        assert any("其中可算" in each for each in labels)
        if role is Role.COUNTY:
            assert labels[0].startswith("已认可") and any("另列" in each for each in labels)
            accepted = [row for row in table.rows if row.accepted]
            assert table.lines[0].keys == {row.key for row in accepted} and 0 < len(accepted) < len(table.rows)
        else:
            assert labels[0] == f"合计 {len(table.rows)} 户"


def test_a_station_with_a_part_accepted_says_that_the_total_holds_all(tmp_path: Path) -> None:
    """The sheet used to say that the total held accepted households only, though it held them all."""
    with workspace_of(tmp_path / "站", Role.STATION) as station:
        maker = Maker(station)
        maker.add(a_scheme())
        chance_station(maker, 2, accepted=True)
        table = balance_table(station.read, YEAR, "household")
        export_report(station.read, "balance", target=tmp_path / "a.xlsx", today=TODAY, year=YEAR)
        rest = sum(not row.accepted for row in table.rows)
        assert 0 < rest < len(table.rows)
        page = openpyxl.load_workbook(tmp_path / "a.xlsx").worksheets[0]
        text = "\n".join(str(cell.value) for row in page.iter_rows() for cell in row if cell.value)
        assert f"合计含全部 {len(table.rows)} 户，其中 {rest} 户未认可" in text and "合计只含已认可" not in text
        assert f"其中未认可 {rest} 户" in text


@pytest.mark.parametrize("level", LEVELS["balance"])
def test_csv_json_and_the_table_in_sight_add_up_as_well(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], level: str
) -> None:
    folder = tmp_path / "站"
    with workspace_of(folder, Role.STATION) as station:
        maker = Maker(station)
        maker.add(a_scheme())
        chance_station(maker, 5)
        table = balance_table(station.read, YEAR, level)
        few = table.rows[:4]
        lines = total_lines(table, few)
        assert lines[0].keys == {row.key for row in few}
        assert lines[0].row.area_mu == sum(row.area_mu for row in few)
        if len(few) < len(table.rows):
            assert lines[0].label.zh.startswith("所列")
    arguments = ["report", "balance", "--workspace", str(folder), "--year", str(YEAR), "--level", level]
    assert main([*arguments, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    by_key = {row["key"]: row for row in told["rows"]}
    assert told["totals"][0]["rows"] is not None
    for line in told["totals"]:
        if line["rows"] is None:
            continue
        rows = [by_key[key] for key in line["rows"]]
        for name in ("area_mu", "stock_su", "supply_kg", "demand_kg", "surplus_kg"):
            known = [D(row[name]) for row in rows if row[name] is not None]
            assert line[name] is None if not known else abs(D(line[name]) - sum(known)) < D("1e-20"), name
        for view, figures in line["views"].items():
            for name in ("capacity_su", "overloaded_su"):
                known = [D(v[name]) for row in rows if (v := row["views"].get(view)) and v[name] is not None]
                assert (sum(known) if known else None) == (
                    None if figures[name] is None else pytest.approx(D(figures[name]))
                )
            if figures["rate_percent"] is not None:
                had, could = D(figures["stock_su"]), D(figures["capacity_su"])
                assert abs((had - could) / could * 100 - D(figures["rate_percent"])) < D("1e-20")
                if level == "household":
                    assert abs(had - D(line["stock_su"])) < D("1e-20")  # the stock that stands in the same line
    assert main([*arguments, "--out", str(tmp_path / "a.csv")]) == 0
    with (tmp_path / "a.csv").open(encoding="utf-8-sig", newline="") as file:
        headings, *rows = csv.reader(file)
    sums = [row for row in rows if row[0] in {line["label"] for line in told["totals"]}]
    assert len(sums) == len(told["totals"])
    area = headings.index("草场面积(亩)")
    assert D(sums[0][area]) == sum(D(row[area]) for row in rows if row not in sums)


def test_a_column_that_does_not_add_up_is_found(tmp_path: Path) -> None:
    """The check itself: a sum of other rows does not pass."""
    columns = (Column("名称", Shape.TEXT), Column("数", Shape.SCALED, 2))
    sheet = Sheet("表", "题", columns, [("甲", 100), ("乙", 250)], total_label="合计", closing=(None, 400))
    with pytest.raises(AssertionError):
        adds_up(Made(sheet, [["甲", 1], ["乙", 2.5]], []), "合计", ["合计", 4], [["甲", 1], ["乙", 2.5]])
    assert adds_up(Made(sheet, [["甲", 1], ["乙", 2.5]], []), "合计", ["合计", 3.5], [["甲", 1], ["乙", 2.5]])
