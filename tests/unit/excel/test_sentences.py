"""What an import says speaks of files: file, sheet, cell, the heading as the file has it; never of a form on a screen."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import pytest
from excel_helpers import TODAY, VILLAGES

from station_app.domain import identifiers
from station_app.domain.record_problems import RecordProblem
from station_app.exchange.excel.importer import plan_import
from station_app.exchange.excel.problems import WorkbookProblem
from station_app.storage.workspace import Workspace

OF_A_FORM = re.compile(
    r"列表|下拉|点击|按钮|菜单|页面|界面|草稿|\b(the list|drop-down|click|button|menu|screen|page|draft)\b", re.I
)
HEADINGS = ["户的编号", "嘎查", "当家人姓名", "证件号", "几口人", "面积(亩)", "卡号", "手机", "类别", "变更日", "现状"]
PATHS = ["code", "village_code", "head_name", "identity_number", "persons", "contract_area_mu", "account_number", "phone",
         "herding_kind", "status_on", "status"]  # fmt: skip
RIGHT = [f"{VILLAGES[0]}0077", "示例甲嘎查", "示例户", identifiers.invented_identity(7), "4", "10", "", "", "", "", ""]
WRONG = [
    ("户的编号", "12"), ("户的编号", 1.52522e15), ("嘎查", "15252"), ("当家人姓名", "示例" * 60), ("证件号", "123"),
    ("证件号", "999999600101001"), ("证件号", "999999196001010011"), ("几口人", "四"), ("几口人", "4.5"), ("几口人", "-1"), ("几口人", "400"),
    ("面积(亩)", "1,20"), ("面积(亩)", "1.23456"), ("面积(亩)", "1e30"), ("卡号", "12"), ("手机", "12"), ("类别", "不知道"),
    ("变更日", "2026-02-31"), ("变更日", "昨天"), ("变更日", "2030-01-01"), ("变更日", "1200-01-01"), ("变更日", "2026-01-01 08:00"),
    ("现状", "不知道"),
]  # fmt: skip


def plan(workspace: Workspace, path: Path, row: list[Any]) -> Any:
    from station_app.exchange.excel.forms import by_hand

    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([HEADINGS, row])
    mapping = by_hand(dict(zip(HEADINGS, PATHS, strict=True)))
    return plan_import(workspace.read, path, "household", today=TODAY, mapping=mapping)


@pytest.mark.parametrize("entry", [*RecordProblem, *WorkbookProblem], ids=lambda e: e.name)
def test_no_sentence_speaks_of_a_form(entry: RecordProblem | WorkbookProblem) -> None:
    assert not OF_A_FORM.search(entry.text.zh) and not OF_A_FORM.search(entry.text.en)


@pytest.mark.parametrize(("heading", "value"), WRONG)
def test_a_wrong_cell_is_named_by_its_heading_and_place(
    station: Workspace, tmp_path: Path, heading: str, value: Any
) -> None:
    row = list(RIGHT)
    row[HEADINGS.index(heading)] = value
    made = plan(station, tmp_path / "a.csv", row)
    column = "ABCDEFGHIJK"[HEADINGS.index(heading)]
    problem = next(p for p in made.problems if p.place == f"a.csv!{column}2")
    assert f"“{heading}”" in problem.text.zh and f"“{heading}”" in problem.text.en
    assert not OF_A_FORM.search(problem.text.zh) and not OF_A_FORM.search(problem.text.en)


def test_an_empty_cell_that_is_needed_is_named_by_its_heading_and_place(station: Workspace, tmp_path: Path) -> None:
    row = list(RIGHT)
    row[2] = ""
    (problem,) = plan(station, tmp_path / "a.csv", row).errors
    assert (problem.code, problem.place) == ("FLD-001", "a.csv!C2") and "“当家人姓名”" in problem.text.zh


def test_a_code_that_is_none_says_what_there_is(station: Workspace, tmp_path: Path) -> None:
    row = list(RIGHT)
    row[8] = "不知道"
    (problem,) = plan(station, tmp_path / "a.csv", row).errors
    assert problem.code == "FLD-015" and "可以填" in problem.text.zh and "it can be" in problem.text.en


def test_a_formula_without_a_result_is_said_in_words(station: Workspace, tmp_path: Path) -> None:
    from openpyxl import Workbook

    row: list[Any] = list(RIGHT)
    row[HEADINGS.index("面积(亩)")] = "=1+1"
    book, path = Workbook(), tmp_path / "a.xlsx"
    for line in (HEADINGS, row):
        book.active.append(line)
    book.save(path)
    from station_app.exchange.excel.forms import by_hand

    made = plan_import(
        station.read, path, "household", today=TODAY, mapping=by_hand(dict(zip(HEADINGS, PATHS, strict=True)))
    )
    problem = next(p for p in made.problems if p.code == "IMP-019")
    assert (
        "文件里没有存结果" in problem.text.zh
        and "the file holds no result" in problem.text.en
        and "#?" not in problem.text.zh
    )


def test_the_command_says_what_to_do_for_errors_and_for_questions_apart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from station_app.commands.cli import main

    main(
        [
            "init",
            str(tmp_path / "w"),
            "--org-code",
            "152522200",
            "--org-name",
            "示例站",
            "--author",
            "示例员",
            "--villages",
        ]
    )
    file = tmp_path / "a.csv"

    def told(area: str) -> str:
        file.write_text(f"嘎查村,户主姓名,承包面积(亩)\n那日图嘎查,示例户,{area}\n", encoding="utf-8")
        capsys.readouterr()
        assert (
            main(["--language", "en", "import", str(file), "--as", "household", "--workspace", str(tmp_path / "w")])
            == 1
        )
        return capsys.readouterr().out

    asked, wrong = told("10"), told("十")
    assert "To be answered: 1" in asked and "--yes" in asked and "--skip-errors" not in asked
    assert "To be put right: 1" in wrong and "--skip-errors" in wrong


def test_a_table_of_no_year_in_particular_leaves_no_gap_in_the_sentence() -> None:
    from station_app.domain.text import Text
    from station_app.exchange.excel.problems import nothing_of

    label = Text("清点", "Counts")
    assert nothing_of(label, None).text.en.startswith("There is nothing to export: Counts. ")
    assert nothing_of(label, 2026).text.en.startswith("There is nothing to export: Counts 2026. ")
    assert "2026清点" in nothing_of(label, 2026).text.zh
