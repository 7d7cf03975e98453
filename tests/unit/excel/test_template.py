"""Blank workbooks: what stands in them, and that the importer understands every one of them."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from excel_helpers import TODAY, VILLAGES

from station_app.domain.fields import Kind
from station_app.domain.problems import UserError
from station_app.domain.registry import all_types, record_type
from station_app.domain.text import LANGUAGES
from station_app.exchange.excel.importer import apply_import, plan_import
from station_app.exchange.excel.locate import locate
from station_app.exchange.excel.reader import read_tables
from station_app.exchange.excel.template import write_template
from station_app.storage.workspace import Workspace

IMPORTED = [t.name for t in all_types() if t.key and not t.is_about_others]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", IMPORTED)
def test_every_column_of_every_template_is_understood(tmp_path: Path, name: str, language: str) -> None:
    path = write_template(name, tmp_path / "a.xlsx", language)
    tables = [t for t in read_tables(path) if not t.hidden]
    assert len(tables) == 1
    found = locate(tables[0], record_type(name))
    assert found is not None and found.mark == 0 and not found.ignored and not found.problems and not found.questions
    kind = record_type(name)
    needed = {f.name for f in kind.fields if f.required and f.kind is not Kind.LINES}
    links = {p.partition(">")[0] for p in found.paths if ">" in p}
    reachable = {n for n in needed if kind.by_name[n].kind is not Kind.LINK or _can_be_named(kind.by_name[n].target)}
    assert reachable <= found.paths | links


def _can_be_named(target: str) -> bool:
    kind = record_type(target)
    return any(kind.by_name[k].kind is not Kind.LINK for k in kind.key)


def test_headings_help_example_lists(tmp_path: Path) -> None:
    path = write_template("household", tmp_path / "a.xlsx")
    made = openpyxl.load_workbook(path)
    page = made.worksheets[0]
    heading = [c.value for c in page[1]]
    assert heading[0] == "标记" and "承包面积(亩)" in heading and page["A2"].value == "填写说明"
    assert page["A3"].value == "示例(不导入)" and page["B2"].value.startswith("必填")
    assert page.freeze_panes == "B4" and made.worksheets[1].sheet_state == "hidden"
    identity = heading.index("身份证号") + 1
    assert page.cell(3, identity).number_format == "@" and page.cell(3, identity).data_type == "s"
    assert str(page.cell(3, identity).value).startswith("999999"), "the example is visibly invented"
    lists = {str(v.sqref): v for v in page.data_validations.dataValidation}
    status = openpyxl.utils.get_column_letter(heading.index("状态") + 1)
    rule = lists[f"{status}4:{status}5000"]
    assert rule.type == "list" and rule.error == "请从列表中选择。" and rule.formula1.startswith("'选项 Lists'!")
    assert "正常" in [c.value for column in made.worksheets[1].iter_cols() for c in column]


def test_the_same_template_gives_the_same_bytes(tmp_path: Path) -> None:
    one = write_template("plot", tmp_path / "a.xlsx").read_bytes()
    assert write_template("plot", tmp_path / "b.xlsx").read_bytes() == one


def test_a_filled_template_is_imported_without_its_example(station: Workspace, tmp_path: Path) -> None:
    path = write_template("household", tmp_path / "a.xlsx")
    made = openpyxl.load_workbook(path)
    page = made.worksheets[0]
    places = {c.value: c.column for c in page[1]}
    for column, value in (("户编码", f"{VILLAGES[0]}7777"), ("嘎查村代码", "示例甲嘎查"), ("户主姓名", "示例新户"), ("状态", "正常"),
                          ("承包面积(亩)", 12.5)):  # fmt: skip
        page.cell(4, places[column], value)
    made.save(path)
    plan = plan_import(station.read, path, "household", today=TODAY)
    assert plan.new == 1 and not plan.errors and plan.rows[0].record.head_name == "示例新户"
    assert apply_import(station, plan).new == 1


def test_types_that_are_not_entered_by_table(tmp_path: Path) -> None:
    for name in ("receipt", "nothing"):
        with pytest.raises(UserError) as caught:
            write_template(name, tmp_path / "a.xlsx")
        assert caught.value.code == "IMP-022"


def test_a_template_that_can_not_be_written(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        write_template("plot", tmp_path / "no" / "a.xlsx")
    assert caught.value.code == "XLS-002"
