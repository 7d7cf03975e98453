"""A newcomer's steps, as CONTRIBUTING.md says them: in a copy of the program they do what is promised, in few files."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
from scratch_copy import GUIDE, ROOT, Copy, guide_blocks

from station_app.commands.cli import parser

PAPERS = [GUIDE, ROOT / "station_app" / "ARCHITECTURE.md", ROOT / "resources" / "help" / "package-format.md"]
FIELD_EVERYWHERE = """
import json, zipfile

import openpyxl
from PySide6.QtWidgets import QApplication, QLabel

from package_helpers import make_station
from station_app.commands.cli import main
from station_app.domain.registry import record_type
from station_app.exchange.excel.template import write_template
from station_app.exchange.package.build import build_package
from station_app.storage.reader import Query
from station_app.storage.reference import install_code_lists
from station_app.ui import layouts
from station_app.ui.record_form import RecordForm

install_code_lists()
out = Path(sys.argv[2])
filled = {"户编码": "1525252032010001", "嘎查村代码": "152525203201", "户主姓名": "示例牧户", "电话机主": "示例机主"}
write_template("household", out / "模板.xlsx")
book = openpyxl.load_workbook(out / "模板.xlsx")
sheet = book.worksheets[0]
(row,) = [n for n in range(1, 12) if "户编码" in [str(cell.value).strip("* ") for cell in sheet[n]]]
headings = {str(cell.value).strip("* "): cell.column for cell in sheet[row]}
for heading, value in filled.items():
    sheet.cell(row + 3, headings[heading], value)
book.save(out / "填好.xlsx")
make_station(out / "站").close()
assert main(["import", str(out / "填好.xlsx"), "--as", "household", "--workspace", str(out / "站"), "--yes"]) == 0
from station_app.storage.workspace import Workspace
with Workspace.open(out / "站") as workspace:
    (shown,) = workspace.read.rows(Query("household"))
    package = build_package(workspace, out).path
    columns = [r[1] for r in workspace.read.sql("PRAGMA table_info(household)")]
with zipfile.ZipFile(package) as archive:
    lines = archive.read("records/household.jsonl").decode()
app = QApplication([])
form = RecordForm("household", links=None)
form.set_record(shown.record)
section = next(s for s in layouts.sections("household") if "phone_owner" in s.fields)
print(json.dumps({
    "record": shown.record.phone_owner, "table": "phone_owner" in columns, "package": '"phone_owner":"示例机主"' in lines,
    "form": form.record().phone_owner, "label": any(w.text().startswith("电话机主") for w in form.findChildren(QLabel)),
    "section": section.title.en, "list": "phone_owner" in layouts.list_columns("household"),
}))
"""
KIND_EVERYWHERE = """
import json

from package_helpers import make_station
from station_app.commands.cli import main
from station_app.storage.reference import install_code_lists

install_code_lists()
out = Path(sys.argv[2])
make_station(out / "站").close()
assert main(["coefficients", "list", "--kind", "wool_yield", "--workspace", str(out / "站")]) == 0
assert main(["coefficients", "export", "wool_yield/example@1", "--workspace", str(out / "站"), "--out", str(out / "a.csv")]) == 0

from dataclasses import replace
from station_app.domain.calc.inputs import read
from station_app.domain.calc.sheep_units import SheepUnitInput
from station_app.domain.codes import label_of
from station_app.domain.text import Text
from station_app.storage.standards import load_standards

given = read(SheepUnitInput, {"adult_set": "nyt635-2015@1", "wool_set": "example@1", "herd": [
    {"species": "sheep", "stock_class": "adult_female", "head": 3}]})
row = load_standards().choose("wool_yield", given.wool_set, Text("", "")).find("sheep", "adult")
print(json.dumps({"value": str(row.required()), "reference": row.reference, "mark": row.mark, "unit": row.unit,
                  "label": label_of("coefficient_kind", "wool_yield").zh}))
"""


def test_a_field_in_two_files_stands_in_form_table_journal_package_and_import(tmp_path: Path) -> None:
    copy = Copy(tmp_path)
    (field,) = guide_blocks("A field of a record")
    copy.insert("station_app/domain/records/household.py", field, before="    registered_place:")
    layouts = "station_app/ui/layouts.py"
    copy.replace(layouts, '(_PLACE, "phone registered_place', '(_PLACE, "phone phone_owner registered_place')
    copy.replace(layouts, '"household": "code head_name', '"household": "code phone_owner head_name')
    assert len(copy.changed) == 2
    seen = json.loads(copy.run(FIELD_EVERYWHERE, str(tmp_path)).splitlines()[-1])
    assert seen == {
        "record": "示例机主", "form": "示例机主", "table": True, "package": True, "label": True, "section": "Place", "list": True,
    }  # fmt: skip


def test_a_coefficient_of_a_new_kind_is_three_files_of_data_and_the_calculation(tmp_path: Path) -> None:
    copy = Copy(tmp_path)
    table, chosen, named, field, _listed = guide_blocks("A coefficient of a new kind")
    copy.insert("resources/standards/wool_yield.csv", table)
    copy.insert("resources/standards/calc_sets.csv", chosen)
    copy.insert("resources/codes/code_lists.csv", named)
    copy.insert("station_app/domain/calc/sheep_units.py", field, before="    young_rule:")
    assert len(copy.changed) == 4
    printed = copy.run(KIND_EVERYWHERE, str(tmp_path))
    assert json.loads(printed.splitlines()[-1]) == {
        "value": "2.50", "reference": "wool_yield/example@1#sheep/adult", "mark": "C", "unit": "kg/head", "label": "产毛量",
    }  # fmt: skip
    assert "wool_yield/example@1" in printed
    assert "sheep|adult" in (tmp_path / "a.csv").read_text("utf-8-sig")


def test_a_language_is_one_file(tmp_path: Path) -> None:
    copy = Copy(tmp_path)
    copy.insert("resources/i18n/mn.json", json.dumps({"Head of household": "Өрхийн тэргүүн"}))
    seen = copy.run(
        """
import openpyxl
from station_app.commands.cli import main
from station_app.storage.reference import install_code_lists

install_code_lists()
assert main(["template", "household", "--out", sys.argv[2], "--language", "mn"]) == 0
print([cell.value for cell in openpyxl.load_workbook(sys.argv[2]).worksheets[0][1]])
""",
        str(tmp_path / "a.xlsx"),
    )
    assert "Өрхийн тэргүүн" in seen and "Household code" in seen  # what it does not hold is said in English


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: path.name)
def test_every_path_a_paper_names_exists(paper: Path) -> None:
    text = paper.read_text("utf-8")
    named = set(re.findall(r"(?:station_app|resources|tests|installer)/[\w./-]*\w", text))
    folders = [ROOT, paper.parent, ROOT / "station_app"]
    linked = {target for target in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in target}
    short = set(re.findall(r"`((?:domain|storage|services|exchange|county|ui|commands)/[\w./]+\.py)`", text))
    assert [n for n in sorted(named | linked | short) if not any((folder / n).exists() for folder in folders)] == []


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: path.name)
def test_every_command_a_paper_names_is_one(paper: Path) -> None:
    tasks = (ROOT / "installer" / "bootstrap.sh").read_text("utf-8")
    for block in re.findall(r"^```\w*\n(.*?)^```", paper.read_text("utf-8"), re.S | re.M):
        for line in block.splitlines():
            words = shlex.split(line, comments=True) if re.match(r"(grassland-station|bash) ", line) else []
            if words[:1] == ["grassland-station"]:
                assert callable(parser().parse_args(words[1:]).run), line
            elif words:
                assert (ROOT / words[1]).exists() and f"\n  {words[2]})" in tasks, line
