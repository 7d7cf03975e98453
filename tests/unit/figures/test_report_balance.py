"""``report balance``: the page's figures for a terminal, a spreadsheet and a program."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from decimal import Decimal as D
from pathlib import Path

import pytest
from balance_helpers import TOWNSHIP, YEAR, station_of

from station_app.commands.cli import main
from station_app.commands.tables import _harmless, table_lines, width_of
from station_app.services.figures.balance import balance_table
from station_app.storage.reader import Reader
from station_app.storage.workspace import DATABASE


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    made = tmp_path_factory.mktemp("报告") / "站"
    station_of(made, 9, 20, 60, plots=4).close()
    yield made


def said(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    assert main(["report", *arguments]) == code
    return capsys.readouterr().out


def test_json_holds_every_digit_of_the_table(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = json.loads(said(capsys, "balance", "--workspace", str(folder), "--year", str(YEAR), "--json"))
    with Reader(folder / DATABASE) as reader:
        table = balance_table(reader, YEAR)
    assert [row["key"] for row in told["rows"]] == [row.key for row in table.rows]
    for row, exact in zip(told["rows"], table.rows, strict=True):
        rate = exact.view("natural").rate_percent
        assert (None if rate is None else D(row["views"]["natural"]["rate_percent"])) == rate
        assert exact.stock_su == D(row["stock_su"]) and exact.area_mu == D(row["area_mu"])
    assert told["editions"] == list(table.editions) and told["scheme"]["name"] == "示例方案"
    assert {problem["code"] for problem in told["problems"]} == {"BAL-030"}
    assert D(told["total"]["stock_su"]) == table.total.stock_su and told["entered_only"] is None


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_a_plain_table_for_a_person(folder: Path, capsys: pytest.CaptureFixture[str], language: str) -> None:
    text = said(capsys, "balance", "--workspace", str(folder), "--year", str(YEAR), "--level", "village",
                "--language", language)  # fmt: skip
    lines = text.splitlines()
    assert str(YEAR) in lines[0] and "utilization/nyt635-2015-recollected@1" in lines[1]
    with Reader(folder / DATABASE) as reader:
        rows = balance_table(reader, YEAR, "village").rows
    assert sum(line.startswith(TOWNSHIP) for line in lines) == len(rows)
    assert any(line.startswith("合计" if language == "zh_CN" else "Total") for line in lines)


def test_csv_for_a_spreadsheet(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "平衡.csv"
    said(capsys, "balance", "--workspace", str(folder), "--year", str(YEAR), "--out", str(target))
    with target.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    stock = rows[0].index("存栏(羊单位)")
    assert len(rows) == 1 + 9 + 1 and rows[-1][0] == "合计 9 户" and list(tmp_path.glob("*.part")) == []
    assert D(rows[-1][stock]) == sum(D(row[stock]) for row in rows[1:-1])
    cells = {"=1+1": "'=1+1", "-12.5": "-12.5", "-x": "'-x", "+1": "'+1", "甲": "甲", "": ""}
    assert {cell: _harmless(cell) for cell in cells} == cells


def test_any_row_is_explained(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Reader(folder / DATABASE) as reader:
        row = balance_table(reader, YEAR).rows[0]
    text = said(capsys, "balance", "--workspace", str(folder), "--year", str(YEAR), "--why", row.code)
    assert "record:livestock_count/" in text and "utilization/nyt635-2015-recollected@1#" in text
    told = json.loads(
        said(capsys, "balance", "--workspace", str(folder), "--year", str(YEAR), "--why", row.key, "--json")
    )
    assert told["explanation"]["title"]


def test_problems_are_told_with_their_code(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, code in (
        (("--year", "1999"), "BAL-001"), (("--year", str(YEAR), "--level", "province"), "BAL-002"),
        (("--year", str(YEAR), "--why", "nobody"), "BAL-003"),
    ):  # fmt: skip
        assert main(["report", "balance", "--workspace", str(folder), *arguments]) == 1
        assert code in capsys.readouterr().err


def test_columns_line_up_in_both_scripts() -> None:
    lines = list(table_lines(("名称", "SU"), [("甲", "1.0"), ("abc", "10.25")], (False, True)))
    assert len({width_of(line) for line in lines}) == 1
