"""A newcomer adds a figure column in one file: one line in a copy of the program, and it stands everywhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from scratch_copy import Copy, guide_blocks

TABLES = {
    "balance": ("balance_columns.py", '        Column("gauge"', "row.stock_su"),
    "carbon": ("carbon_columns.py", '        Column("rank"', "len(row.name)"),
    "gap": ("gap_columns.py", '        fact("reached"', "row.gap.target_value"),
}
SEEN_BY_ALL = """
import json, sys
from pathlib import Path

import openpyxl
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from balance_helpers import YEAR
from station_app.commands.cli import main
from station_app.exchange.excel.reports import export_report
from station_app.storage.reference import install_code_lists
from station_app.storage.workspace import Workspace
from station_app.ui.figure_table import FigureTable

report, folder, out = sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4])
install_code_lists()
common = ["report", report, "--workspace", str(folder), "--year", str(YEAR)]
assert main([*common, "--out", str(out / "a.csv"), "--json"]) == 0
with Workspace.open(folder) as workspace:
    export_report(workspace.read, report, year=YEAR, target=out / "a.xlsx")
    if report == "balance":
        from station_app.services.figures.balance import balance_table
        from station_app.services.figures.balance_columns import balance_columns

        table = balance_table(workspace.read, YEAR)
        columns, rows = balance_columns(table), table.rows
    elif report == "carbon":
        from station_app.services.figures.carbon import carbon_report
        from station_app.services.figures.carbon_columns import carbon_columns

        found = carbon_report(workspace.read, YEAR)
        columns, rows = carbon_columns(found, "emissions"), found.emissions.rows
    else:
        from station_app.services.figures.gap_columns import gap_columns
        from station_app.services.figures.gaps import gap_table

        table = gap_table(workspace.read, YEAR)
        columns, rows = gap_columns(table), table.rows
    app = QApplication([])
    view = FigureTable(as_tree=report == "gap")
    view.show_rows(columns, rows)
    at = view.model.column_of("new_column")
    heading = view.model.headerData(at, Qt.Orientation.Horizontal)
    shown = view.model.index(0, at).data()
book = openpyxl.load_workbook(out / "a.xlsx")
cells = [str(cell.value) for sheet in book for line in sheet for cell in line if cell.value is not None]
print(json.dumps({"window": heading, "shown": shown, "paper": [c for c in cells if c.startswith("新列")]}, ensure_ascii=False))
"""


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from balance_helpers import station_of
    from target_helpers import put_target

    folder = tmp_path_factory.mktemp("新列") / "站"
    with station_of(folder, 4, 6, 24, plots=2) as workspace:
        put_target(workspace, "T-1", "45")
    return folder


@pytest.mark.parametrize("report", TABLES)
def test_one_line_in_one_file_stands_in_command_csv_json_workbook_and_window(
    report: str, station: Path, tmp_path: Path
) -> None:
    copy = Copy(tmp_path)
    name, before, value = TABLES[report]
    (line,) = guide_blocks("A column of a table of figures")
    copy.insert(f"station_app/services/figures/{name}", f"        {line.replace('row.stock_su', value)}", before=before)
    printed = copy.run(SEEN_BY_ALL, report, str(station), str(tmp_path))
    seen = json.loads(printed.splitlines()[-1])
    told = json.loads("\n".join(printed.splitlines()[:-1]))
    row = told["ledgers"]["emissions"]["rows"][0] if report == "carbon" else told["rows"][0]
    assert row["new_column"] is not None
    assert "新列(羊单位)" in (tmp_path / "a.csv").read_text(encoding="utf-8-sig").splitlines()[0]
    assert seen["window"] == "新列(羊单位)" and seen["shown"] not in ("", "—", None)
    assert seen["paper"] and set(seen["paper"]) == {"新列(羊单位)"}
