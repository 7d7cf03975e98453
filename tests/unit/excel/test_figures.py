"""Workbooks of figures: the digits of the table, sums of unrounded figures, explanations, findings; read by other programs."""

from __future__ import annotations

import csv
import shutil
import subprocess
from datetime import date
from decimal import Decimal as D
from pathlib import Path
from typing import Any

import openpyxl
import patience
import pytest
from excel_helpers import TODAY, VILLAGES
from hypothesis import given
from hypothesis import strategies as st
from target_helpers import put

from station_app.commands.cli import main
from station_app.domain.problems import UserError
from station_app.domain.text import Text
from station_app.exchange.excel.figure_sheets import references_said, scaled, table
from station_app.exchange.excel.layout import CONTROL_NAME
from station_app.exchange.excel.report_figures import explanation_workbook
from station_app.exchange.excel.reports import export_report
from station_app.exchange.excel.sheets import Book
from station_app.exchange.excel.writer import write_book
from station_app.services.figures.balance import balance_table, balance_why
from station_app.services.figures.carbon import carbon_report
from station_app.services.figures.columns import Column
from station_app.services.figures.gaps import gap_table, gap_why
from station_app.storage.workspace import Workspace


def export(workspace: Workspace, report: str, target: Path, **spec: Any) -> Any:
    return export_report(workspace.read, report, target=target, today=TODAY, year=2026, **spec)


def cells(path: Path, sheet: str | int = 0) -> list[list[Any]]:
    book = openpyxl.load_workbook(path, data_only=True)
    page = book[sheet] if isinstance(sheet, str) else book.worksheets[sheet]
    return [[c.value for c in row] for row in page.iter_rows()]


def heading_row(rows: list[list[Any]], word: str) -> int:
    return next(n for n, row in enumerate(rows) if word in row)


# --- balance -----------------------------------------------------------------------------------------------------------


def test_balance_rows_and_total_are_those_of_the_table(station: Workspace, tmp_path: Path) -> None:
    """The total row is the exact total, rounded once; it is not the sum of rounded rows."""
    found = balance_table(station.read, 2026, "household")
    result = export(station, "balance", tmp_path / "a.xlsx")
    rows = cells(tmp_path / "a.xlsx")
    assert rows[0][0].startswith("示例旗2026年草畜平衡表") and "示例方案(NYT635-2015)" in rows[2][0]
    top, low = rows[3], rows[4]
    groups = [str(text) for text in top if text]
    assert "仅天然草原" in groups and "全部饲草料" in groups and "饲草供需(标准干草)" in groups
    code = top.index("编码")
    names = [low[n] or top[n] for n in range(len(low))]
    body = rows[5 : 5 + len(found.rows)]
    assert [row[code] for row in body] == [row.code for row in found.rows]
    stock, capacity = names.index("存栏(羊单位)"), names.index("载畜量(羊单位)")
    for printed, row in zip(body, found.rows, strict=True):
        view = row.view(found.main_view)
        assert printed[stock] == (None if row.stock_su is None else float(scaled(row.stock_su, 2) or 0) / 100)
        assert printed[capacity] == (
            None if view.capacity_su is None else float(scaled(view.capacity_su, 2) or 0) / 100
        )
    total = rows[5 + len(found.rows)]
    assert (
        total[0] == f"合计 {found.total.households} 户"
        and total[stock] == float(scaled(found.total.stock_su, 2) or 0) / 100
    )
    assert result.totals["balance_rows"] == len(found.rows)
    text = "".join(str(c) for row in rows for c in row if c)
    assert "没有清点、没有产草量不算零" in text


def test_balance_has_its_totals_explanations_editions_and_findings(station: Workspace, tmp_path: Path) -> None:
    export(station, "balance", tmp_path / "a.xlsx", level="village", row=VILLAGES[1])
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert book.sheetnames == ["平衡表", "合计", "过程 合计", "过程 示例乙嘎查", "所用系数集", "提示", CONTROL_NAME]
    steps = cells(tmp_path / "a.xlsx", "过程 合计")
    assert steps[1][:6] == ["种类", "符号", "名称", "公式", "数值", "单位"]
    kinds = {row[0] for row in steps[2:]}
    assert {"计算", "输入", "步骤", "结果"} <= kinds
    shown = [row for row in steps if row[0] == "结果" and "超载率" in str(row[2])]
    table_total = balance_table(station.read, 2026, "village").total.view("natural")
    assert any(row[4] == f"{table_total.printed_percent:f}" for row in shown)
    editions = [row[0] for row in cells(tmp_path / "a.xlsx", "所用系数集")[2:]]
    assert "sheep_unit_adult/seed@1" in editions
    findings = cells(tmp_path / "a.xlsx", "提示")
    assert {"请确认", "提示"} & {row[0] for row in findings[2:]}
    with pytest.raises(UserError) as caught:
        export(station, "balance", tmp_path / "b.xlsx", row="没有这一户")
    assert caught.value.code == "XLS-012" and not (tmp_path / "b.xlsx").exists()


# --- carbon ------------------------------------------------------------------------------------------------------------


def test_the_three_ledgers_stand_on_sheets_of_their_own(station: Workspace, tmp_path: Path) -> None:
    found = carbon_report(station.read, 2026, level="village")
    export(station, "carbon", tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert book.sheetnames[:3] == ["储量", "土壤碳年变化", "牲畜排放"]
    rows = cells(tmp_path / "a.xlsx", "牲畜排放")
    assert any("年排放(t CO2e/年)" in row for row in rows)
    assert any("95% 范围" in row for row in rows)  # also where no range is known: then the cells are empty
    text = "".join(str(c) for row in rows for c in row if c)
    assert "不相加" in text and "合计" in text
    at = heading_row(rows, "编码")
    value = rows[at].index("年排放(t CO2e/年)")
    totals = [row for row in rows if str(row[0]).startswith("合计")]
    known = [row.value for row in found.emissions.totals]
    assert [row[value] for row in totals] == [None if v is None else float(scaled(v, 2) or 0) / 100 for v in known]
    assert any(name.startswith("过程 牲畜排放") for name in book.sheetnames)


# --- gap ---------------------------------------------------------------------------------------------------------------


def test_gaps_have_goal_actual_gap_cause_and_measure(station: Workspace, tmp_path: Path) -> None:
    target = station.read.find_by_key("target", {"number": "M-1"})
    assert target is not None
    put(station, "target", record_id=target, on=date(2026, 7, 1), reason="春旱(示例)", value=D(43))
    export(station, "gap", tmp_path / "a.xlsx", row="M-1")
    rows = cells(tmp_path / "a.xlsx")
    low = rows[4]
    line = next(row for row in rows if row[1] == "M-1")
    said = {(low[n] or rows[3][n]): line[n] for n in range(len(low))}
    assert (said["目标值"], said["最初目标值"], said["实际值"], said["差距"], said["结论"]) == (
        43, 45, 42.5, 0.5, "△ 未达到")  # fmt: skip
    assert (
        said["原因"] == "气候灾害;春旱(示例)"
        and said["措施"] == "示例补播"
        and said["期限"].date() == date(2027, 6, 30)
    )
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert book.sheetnames == ["目标与差距", "目标调整记录", "历年目标与实际", "计算过程", "提示", CONTROL_NAME]
    revision = cells(tmp_path / "a.xlsx", "目标调整记录")[2]
    assert revision[3:7] == [45, 43, revision[5], "春旱(示例)"] and revision[5].date() == date(2026, 7, 1)
    steps = cells(tmp_path / "a.xlsx", "计算过程")
    origin = next(str(row[6]) for row in steps if "实际值" in str(row[2]) and row[0] == "输入")
    assert "差距分析" in origin and "record:" not in origin  # the record by its name, not by its id
    rows_without_target = [row for row in rows if "— 没有目标" in row]
    assert rows_without_target and all(row[low.index("目标值")] is None for row in rows_without_target)
    with pytest.raises(UserError) as caught:
        export(station, "gap", tmp_path / "b.xlsx", row="M-9")
    assert caught.value.code == "XLS-012"


def test_the_command_exports_figures(station: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = station.folder
    station.close()
    try:
        for report, more in (("balance", ["--level", "village"]), ("carbon", []), ("gap", ["--row", "M-1"])):
            target = tmp_path / f"{report}.xlsx"
            assert (
                main(["export", report, "--workspace", str(folder), "--year", "2026", "--out", str(target), *more]) == 0
            )
            assert target.exists()
    finally:
        reopened = Workspace.open(folder)  # what the fixture closes
        station.read, station._connection, station._lock = reopened.read, reopened._connection, reopened._lock


# --- an explanation of its own -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_an_explanation_is_a_workbook_of_its_own(station: Workspace, tmp_path: Path, language: str) -> None:
    holder = station.read.sql("SELECT record_id FROM household WHERE code LIKE '%0000'")[0][0]
    explanation = balance_why(station.read, 2026, "household", holder).explanation
    explanation_workbook(tmp_path / "a.xlsx", explanation, language, today=TODAY)
    rows = cells(tmp_path / "a.xlsx")
    assert len(rows) > 30 and rows[0][0].endswith(explanation.title.to(language))
    values = [row[4] for row in rows[2:] if row[4] is not None]
    assert values and all(isinstance(value, str) for value in values)
    used = cells(tmp_path / "a.xlsx", 1)
    assert {row[0] for row in used[2:] if row[0]} == {g.origin.reference for g in explanation.coefficients}


def test_references_are_said_in_words(station: Workspace) -> None:
    holder = station.read.sql("SELECT record_id FROM household WHERE code LIKE '%0000'")[0][0]
    texts = [
        f"记录 record:household/{holder}#persons",
        "figure:balance/2026/mid_year/village/999999001001",
        "系数集 a/b@1#c",
    ]
    assert references_said(texts, "zh_CN", station.read)[0] == f"记录 牧户 “示例牧户0 {VILLAGES[0]}0000” · 家庭人口"
    assert references_said(texts, "en")[0].startswith('记录 Household "') and "…" in references_said(texts, "en")[0]
    assert references_said(texts, "zh_CN")[1:] == ["草畜平衡 2026 嘎查村 999999001001", "系数集 a/b@1#c"]


def test_table_and_explanation_of_a_gap_say_the_same(station: Workspace) -> None:
    row = gap_table(station.read, 2026).rows[0]
    assert gap_why(station.read, 2026, row.gap.code).outcome.targets[0].gap == row.gap.gap


# --- read by another program -------------------------------------------------------------------------------------------


def test_libreoffice_reads_the_total_row_and_the_steps(station: Workspace, tmp_path: Path) -> None:
    if shutil.which("soffice") is None:
        pytest.skip("LibreOffice is not installed")
    export(station, "balance", tmp_path / "a.xlsx", level="village")
    subprocess.run(
        ["soffice", f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--headless", "--convert-to",
         "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1",
         "--outdir", str(tmp_path), str(tmp_path / "a.xlsx")], check=True, capture_output=True, timeout=patience.SECONDS)  # fmt: skip
    sheets = {path.stem.removeprefix("a-"): path for path in tmp_path.glob("a-*.csv")}
    with sheets["平衡表"].open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    total = next(row for row in rows if row[0].startswith("合计 "))
    found = balance_table(station.read, 2026, "village").total
    assert (scaled(found.stock_su, 2) or 0) / 100 in [float(cell) for cell in total if cell.replace(".", "").isdigit()]
    with sheets["过程 合计"].open(encoding="utf-8", newline="") as file:
        steps = list(csv.reader(file))
    assert any(row[0] == "结果" and row[4] for row in steps)


# --- pieces ------------------------------------------------------------------------------------------------------------


@given(st.decimals(min_value=-(10**6), max_value=10**6, allow_nan=False, allow_infinity=False), st.integers(0, 4))
def test_a_cell_holds_a_figure_rounded_half_up(value: D, places: int) -> None:
    held = scaled(value, places)
    assert held is not None and abs(D(held).scaleb(-places) - value) * 2 <= D(1).scaleb(-places)
    assert scaled(None, places) is None


def test_a_closing_row_is_printed_as_given_and_empty_columns_are_left_out(tmp_path: Path) -> None:
    """Two thirds three times: printed 0.67 each, the exact total is 2.00."""
    columns: tuple[Column[Any], ...] = (
        Column("name", Text("名称", "Name"), lambda r: r[0]),
        Column("value", Text("数值", "Value"), lambda r: r[1], 2),
        Column("nothing", Text("没有", "Nothing"), lambda r: None, 2),
    )
    third = D(2) / 3
    sheet = table(
        "表",
        "题",
        columns,
        [("a", third), ("b", third), ("c", third)],
        "zh_CN",
        closing=[("合计", ("", D(2))), ("其中", ("", D(1)))],
    )
    write_book(Book("题", (sheet,), TODAY, "zh_CN"), tmp_path / "a.xlsx")
    rows = cells(tmp_path / "a.xlsx")
    assert rows[1] == ["名称", "数值"] and [row[1] for row in rows[2:5]] == [0.67, 0.67, 0.67]
    assert rows[5:] == [["合计", 2], ["其中", 1]]
