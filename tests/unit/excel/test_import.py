"""Tables into records: plan, show, apply; all of it or nothing; twice changes nothing."""

from __future__ import annotations

import csv
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from excel_helpers import TODAY, VILLAGES, make
from openpyxl.utils import get_column_letter

from station_app.domain import identifiers
from station_app.domain.problems import Severity, UserError
from station_app.domain.registry import Role
from station_app.domain.text import LANGUAGES
from station_app.exchange.excel.importer import apply_import, plan_import
from station_app.exchange.excel.planning import Action, ImportPlan
from station_app.exchange.excel.reports import export_report
from station_app.exchange.excel.row_kinds import RowKind
from station_app.services.entry import Entry
from station_app.storage.workspace import Workspace

HEADINGS = ["户编码", "嘎查村代码", "户主姓名", "身份证号", "家庭人口(人)", "承包面积(亩)"]


def household(number: int, **cells: Any) -> list[Any]:
    row: dict[str, Any] = {
        "户编码": f"{VILLAGES[0]}9{number:03d}", "嘎查村代码": VILLAGES[0], "户主姓名": f"示例牧户{number}",
        "身份证号": identifiers.invented_identity(number), "家庭人口(人)": 3, "承包面积(亩)": 1000.5 + number,
    } | cells  # fmt: skip
    return list(row.values())


def book(path: Path, *rows: list[Any], merges: tuple[str, ...] = (), sheet: str = "表") -> Path:
    made = openpyxl.Workbook()
    page = made.active
    page.title = sheet
    for row in rows:
        page.append(row)
    for merged in merges:
        page.merge_cells(merged)
    made.save(path)
    return path


def plan(workspace: Workspace, path: Path, type_name: str = "household", **spec: Any) -> ImportPlan:
    return plan_import(workspace.read, path, type_name, today=TODAY, **spec)


def codes(made: ImportPlan, severity: Severity = Severity.ERROR) -> list[tuple[str, str]]:
    return [(p.code, p.place) for p in made.problems if p.severity is severity]


def refused(call: Any) -> UserError:
    with pytest.raises(UserError) as caught:
        call()
    assert caught.value.text.zh and caught.value.text.en
    return caught.value


# --- plan, show, apply -----------------------------------------------------------------------------------------------


def test_every_sentence_calls_a_column_what_the_file_calls_it(station: Workspace, tmp_path: Path) -> None:
    """Those of the fields, of the rules and of the rows, in both languages, also where a heading is the record's own label."""
    elsewhere = f"{VILLAGES[1]}9001"
    rows = [household(1, 户编码=elsewhere), household(2, **{"家庭人口(人)": "很多"}), household(3), household(3, 户主姓名="示例另一人"),
            household(4, 户编码="")]  # fmt: skip
    made = plan(station, book(tmp_path / "a.xlsx", HEADINGS, *rows))
    said = {p.code: p.text for p in made.errors}
    assert "“户编码”" in said["REC-015"].zh and "“户编码”" in said["REC-015"].en, said
    for text in said.values():
        assert "Household code" not in text.en and "Head of household" not in text.en, text
    assert len(said) >= 3
    english = ["Household code", "Village code", "Head of household", *HEADINGS[3:]]
    (problem,) = plan(station, book(tmp_path / "b.xlsx", english, rows[0])).errors
    assert "“Household code”" in problem.text.zh


def test_the_rules_of_a_record_speak_with_a_heading_of_the_files_own(station: Workspace, tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", ["户号", *HEADINGS[1:]], household(1, 户编码=f"{VILLAGES[1]}9001"))
    (problem,) = plan(station, path).errors
    assert problem.code == "REC-015" and "“户号”" in problem.text.zh and "“户号”" in problem.text.en


def test_new_changed_unchanged(station: Workspace, tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", HEADINGS, household(1), household(2))
    made = plan(station, path)
    assert (made.new, made.changed, made.unchanged, made.errors) == (2, 0, 0, [])
    assert made.rows[0].place == "表!2" and [c.path for c in made.columns][:2] == ["code", "village_code"]
    before = station.read.type_counts()["household"]
    assert station.read.type_counts()["household"] == before, "a plan writes nothing"
    saved = apply_import(station, made)
    assert (saved.new, saved.changed, saved.unchanged) == (2, 0, 0)
    assert station.read.type_counts()["household"] == before + 2
    again = plan(station, path)
    assert (again.new, again.changed, again.unchanged) == (0, 0, 2)
    size = station.read.journal_size()
    apply_import(station, again)
    assert station.read.journal_size() == size, "the same workbook twice makes no version"
    third = plan(station, book(tmp_path / "b.xlsx", HEADINGS, household(1, **{"承包面积(亩)": 2000}), household(2)))
    assert (third.new, third.changed, third.unchanged) == (0, 1, 1)
    assert third.rows[0].changes() == [("contract_area_mu", Decimal("1001.500"), Decimal("2000.000"))]


def test_an_empty_cell_leaves_what_is_saved(station: Workspace, tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", ["户编码", "联系电话", "备注"], [f"{VILLAGES[0]}0000", None, "新备注"])
    made = plan(station, path)
    assert [r.action for r in made.rows] == [Action.CHANGED]
    assert made.rows[0].record.phone == "19900000000" and made.rows[0].record.note == "新备注"
    assert made.rows[0].record.head_name == "示例牧户0", "columns that are not there change nothing"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("report", "type_name", "number"),
    [("household-roster", "household", 6), ("household-roster", "parcel", 6), ("livestock-count", "livestock_count", 6),
     ("survey-plots", "plot", 1), ("survey-plots", "herb_quadrat", 1), ("disbursement-register", "household", 5)],
)  # fmt: skip
def test_our_own_workbooks_come_back_unchanged(
    station: Workspace, tmp_path: Path, report: str, type_name: str, number: int, language: str
) -> None:
    """What a report prints is what is saved."""
    export_report(station.read, report, target=tmp_path / "a.xlsx", language=language, today=TODAY)
    made = plan(station, tmp_path / "a.xlsx", type_name)
    assert (made.new, made.changed, made.errors) == (0, 0, []) or report == "disbursement-register"
    assert made.unchanged + made.changed == number
    for row in made.rows:  # a register prints notes of the payment, not of the household
        assert {name for name, _, _ in row.changes()} <= {"note"}


def test_all_or_nothing_with_every_problem_and_its_place(station: Workspace, tmp_path: Path) -> None:
    path = book(
        tmp_path / "a.xlsx", HEADINGS, household(1), household(2, **{"承包面积(亩)": "十二亩"}),
        household(3, **{"身份证号": 1.5e17, "家庭人口(人)": 2.5}), household(4, **{"户主姓名": None}),
    )  # fmt: skip
    made = plan(station, path)
    assert sorted(codes(made)) == [
        ("FLD-001", "表!C5"),
        ("FLD-002", "表!F3"),
        ("FLD-003", "表!E4"),
        ("FLD-009", "表!D4"),
    ]
    assert (made.new, len(made.errors)) == (1, 4)
    size = station.read.journal_size()
    error = refused(lambda: apply_import(station, made))
    assert error.code == "IMP-014" and len(error.problems) == 4 and station.read.journal_size() == size
    assert apply_import(station, made, skip_errors=True).new == 1


def test_a_plan_is_for_the_records_it_was_made_for(station: Workspace, tmp_path: Path) -> None:
    made = plan(station, book(tmp_path / "a.xlsx", HEADINGS, household(1)))
    Entry(station, today=lambda: TODAY).save(
        make(
            "staff",
            code="1",
            name="示例员",
            organisation_id=station.read.find_by_key("organisation", {"code": "999999"}),
        )
    )
    assert refused(lambda: apply_import(station, made)).code == "IMP-018"


def test_long_digits_kept_as_numbers_are_refused(station: Workspace, tmp_path: Path) -> None:
    code = int(f"{VILLAGES[0]}9001")
    made = plan(station, book(tmp_path / "a.xlsx", HEADINGS, household(1, 户编码=float(code))))
    assert codes(made) == [("FLD-009", "表!A2")]
    assert "文本" in made.errors[0].text.zh


def test_sums_signatures_blank_rows_and_examples_are_no_records(station: Workspace, tmp_path: Path) -> None:
    path = book(
        tmp_path / "a.xlsx", ["某某名册"], ["标记", *HEADINGS], ["示例(不导入)", *household(7)], [None, *household(1)], [],
        [None, "合计", None, None, None, 3, 1001.5], [None, "制表人:", None, "审核人:"],
    )  # fmt: skip
    made = plan(station, path)
    assert made.new == 1 and made.left_out == 3 and not made.errors


def test_rows_of_one_record_must_agree(station: Workspace, tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", HEADINGS, household(1), household(1), household(1, 户主姓名="示例另一户"))
    made = plan(station, path)
    assert codes(made) == [("IMP-012", "表!C4")] and made.rows == []
    assert codes(made, Severity.INFO) == [("IMP-024", "表!3")]


def test_dates_numbers_and_codes_as_people_write_them(station: Workspace, tmp_path: Path) -> None:
    path = book(
        tmp_path / "a.xlsx", [*HEADINGS, "状态", "状态变更日期"],
        [*household(1, **{"承包面积(亩)": "1,234.5亩", "家庭人口(人)": "3"}), "正常", "2026年6月30日"],
        [*household(2), "normal", datetime(2026, 6, 30)], [*household(3), "不存在", "2026-02-30"],
    )  # fmt: skip
    made = plan(station, path)
    assert made.rows[0].record.contract_area_mu == Decimal("1234.500") and made.rows[0].record.persons == 3
    assert {r.record.status_on for r in made.rows} == {date(2026, 6, 30)}
    assert sorted(codes(made)) == [("FLD-010", "表!H4"), ("FLD-015", "表!G4")]


def test_a_failed_formula_is_no_empty_cell(station: Workspace, tmp_path: Path) -> None:
    made = plan(station, book(tmp_path / "a.xlsx", HEADINGS, household(1, **{"承包面积(亩)": "=A1/0"})))
    assert codes(made) == [("IMP-019", "表!F2")] and made.rows == []


def test_merged_cells_say_the_same_in_every_row_but_amounts_do_not(station: Workspace, tmp_path: Path) -> None:
    rows = [HEADINGS, household(1), household(2), household(3)]
    rows[2][1] = rows[3][1] = None
    made = plan(station, book(tmp_path / "a.xlsx", *rows, merges=("B2:B4",)))
    assert made.new == 3 and {r.record.village_code for r in made.rows} == {VILLAGES[0]}
    rows[2][5] = rows[3][5] = None
    made = plan(station, book(tmp_path / "b.xlsx", *rows, merges=("B2:B4", "F2:F4")))
    assert [c for c, _ in codes(made)] == ["IMP-021"] * 3 and made.rows == []


def test_a_village_may_be_named(station: Workspace, tmp_path: Path) -> None:
    made = plan(station, book(tmp_path / "a.xlsx", HEADINGS, household(1, 嘎查村代码="示例甲嘎查")))
    assert made.rows[0].record.village_code == VILLAGES[0]
    Entry(station, today=lambda: TODAY).save(
        make("organisation", code="999999002001", name="示例甲嘎查", kind="administrative_unit", level="village",
             region_code="999999002001"))  # fmt: skip
    path = book(tmp_path / "b.xlsx", HEADINGS, household(1, 嘎查村代码="示例甲嘎查"))
    assert plan(station, path).rows[0].record.village_code == VILLAGES[0], "the one of the own township is meant"
    Entry(station, today=lambda: TODAY).save(
        make("organisation", code=f"{VILLAGES[0][:9]}009", name="示例甲嘎查", kind="administrative_unit", level="village",
             region_code=f"{VILLAGES[0][:9]}009"))  # fmt: skip
    made = plan(station, path)
    (question,) = made.open_questions
    assert question.key == "village:示例甲嘎查" and [code for code, _ in question.options] == [
        VILLAGES[0],
        f"{VILLAGES[0][:9]}009",
    ]
    assert made.accounts == {RowKind.WAITING: 1} and not made.errors
    answered = plan(station, path, answers={question.key: VILLAGES[0]})
    assert answered.rows[0].record.village_code == VILLAGES[0] and not answered.open_questions


# --- units -----------------------------------------------------------------------------------------------------------


def test_a_unit_that_is_not_written_is_asked_for(station: Workspace, tmp_path: Path) -> None:
    """Read the unit from the heading and from a unit line; if none is given, ask, do not guess."""
    bare = [*HEADINGS[:5], "承包面积"]
    path = book(tmp_path / "a.xlsx", bare, household(1))
    made = plan(station, path)
    assert codes(made) == [("IMP-008", "表!F1")] and made.rows == [] and made.questions[0].unit == "亩"
    assert refused(lambda: apply_import(station, made, skip_errors=True)).code == "IMP-014", "not even the sound rows"
    answered = plan(station, path, units={"承包面积": "亩"})
    assert answered.new == 1 and answered.rows[0].record.contract_area_mu == Decimal("1001.500")
    line = book(tmp_path / "b.xlsx", ["名册", None, "单位:亩、元"], bare, household(1))
    assert plan(station, line).new == 1
    field = book(tmp_path / "c.xlsx", [*HEADINGS[:5], "contract_area_mu"], household(1))
    assert plan(station, field).new == 1, "the field's own name says its unit"


def test_another_unit_is_asked_about_and_converted_exactly(station: Workspace, tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", [*HEADINGS[:5], "承包面积(万亩)"], household(1, **{"承包面积(亩)": 0.1234567}))
    made = plan(station, path)
    assert codes(made) == [("IMP-009", "表!F1")] and made.questions[0].found == "万亩"
    answered = plan(station, path, units={"承包面积": "万亩"})
    assert answered.rows[0].record.contract_area_mu == Decimal("1234.567")
    assert codes(plan(station, path, units={"承包面积": "亩"})) == [("IMP-009", "表!F1")], "a contradiction stays one"
    line = book(tmp_path / "b.xlsx", ["单位:万亩"], [*HEADINGS[:5], "承包面积"], household(1))
    assert codes(plan(station, line)) == [("IMP-009", "表!F2")]
    hectares = book(tmp_path / "c.xlsx", [*HEADINGS[:5], "承包面积(公顷)"], household(1, **{"承包面积(亩)": 10}))
    converted = plan(station, hectares, units={"contract_area_mu": "公顷"})
    assert converted.rows[0].record.contract_area_mu == 150


# --- links and lines ---------------------------------------------------------------------------------------------------


def test_links_by_key(station: Workspace, tmp_path: Path) -> None:
    heading = ["地块编码", "户编码", "面积(亩)", "政策类型"]
    path = book(tmp_path / "a.xlsx", heading, ["DK-90", f"{VILLAGES[0]}0000", 5, "禁牧"], ["DK-91", "0000", 5, "禁牧"])
    made = plan(station, path, "parcel")
    assert made.new == 1 and codes(made) == [("IMP-010", "表!B3")]
    owner = station.read.find_by_key("household", {"code": f"{VILLAGES[0]}0000"})
    assert made.rows[0].record.household_id == owner


def test_links_inside_the_same_file(empty: Workspace, tmp_path: Path) -> None:
    heading = ["单位编码", "单位名称", "单位类型", "级别", "上级单位单位编码"]
    path, kind = tmp_path / "a.xlsx", "administrative_unit"
    rows = [["999999", "示例旗", kind, "county", None], ["999999001", "示例苏木", kind, "township", "999999"]]
    made = plan(empty, book(path, heading, *rows), "organisation")
    assert made.new == 2 and not made.errors
    apply_import(empty, made)
    parent = empty.read.find_by_key("organisation", {"code": "999999"})
    child = empty.read.find_by_key("organisation", {"code": "999999001"})
    assert child and empty.read.get("organisation", child).record.parent_id == parent  # type: ignore[union-attr]
    assert plan(empty, path, "organisation").unchanged == 2


def test_a_plot_is_found_by_number_and_date(station: Workspace, tmp_path: Path) -> None:
    first = station.read.rows(_query("plot"))[0].record
    Entry(station, today=lambda: TODAY).save(_replaced(first, surveyed_on=date(2025, 7, 20)))
    heading = [
        "样地号",
        "样方编号",
        "样方面积(m²)",
        "平均盖度(%)",
        "平均高度(cm)",
        "优势种",
        "主要植物种",
        "样方鲜重(g)",
        "调查日期",
    ]
    cells = ["YD-001", "YD-001-9", 1, 40, 12, "示例", "示例", 80, None]
    ambiguous = plan(station, book(tmp_path / "a.xlsx", heading, cells), "herb_quadrat")
    assert codes(ambiguous) == [("IMP-011", "表!A2")]
    clear = plan(station, book(tmp_path / "b.xlsx", heading, [*cells[:8], "2025-07-20"]), "herb_quadrat")
    plot = station.read.find_by_key("plot", {"plot_no": "YD-001", "surveyed_on": date(2025, 7, 20)})
    assert clear.rows[0].record.plot_id == plot and clear.rows[0].record.plot_new_id is None


def _query(name: str) -> Any:
    from station_app.storage.reader import Query

    return Query(name)


def _replaced(record: Any, **values: Any) -> Any:
    from dataclasses import replace

    return replace(record, **values)


LONG = ["户编码", "年度", "清点时点", "清点日期", "清点人", "畜种", "类别", "存栏(头只)", "繁殖成活(头只)"]


def test_counts_one_line_a_row(station: Workspace, tmp_path: Path) -> None:
    same = [f"{VILLAGES[0]}0002", 2026, "年末(12 月末)", "2026-07-30", "示例员"]
    path = book(tmp_path / "a.xlsx", LONG, [*same, "绵羊", "成年母畜", 10, 3], [*same, "黄牛", "不分类", 4, None],
                [*same, "马", "不分类", None, None])  # fmt: skip
    made = plan(station, path, "livestock_count")
    assert made.new == 1 and not made.errors
    lines = made.rows[0].record.class_counts
    assert [(x.species_code, x.class_code, x.head, x.born) for x in lines] == [
        ("sheep", "adult_female", 10, 3), ("cattle", "undivided", 4, None)]  # fmt: skip
    apply_import(station, made)
    assert plan(station, path, "livestock_count").unchanged == 1
    twice = book(tmp_path / "b.xlsx", LONG, [*same, "绵羊", "成年母畜", 10, 3], [*same, "绵羊", "成年母畜", 11, 3])
    assert [c for c, _ in codes(plan(station, twice, "livestock_count"))] == ["REC-009"]


def test_counts_with_species_and_classes_as_columns(station: Workspace, tmp_path: Path) -> None:
    heading = [["户编码", "年度", "清点时点", "清点日期", "清点人", "绵羊", None, "山羊(只)"],
               [None, None, None, None, None, "成年母畜", "当年仔畜", None]]  # fmt: skip
    same = [f"{VILLAGES[0]}0000", 2026, "mid_year", "2026-06-30", "示例员"]
    path = book(tmp_path / "a.xlsx", *heading, [*same, 101, 7, None])
    made = plan(station, path, "livestock_count")
    assert [r.action for r in made.rows] == [Action.CHANGED] and not made.errors
    lines = {(x.species_code, x.class_code): x for x in made.rows[0].record.class_counts}
    assert lines["sheep", "adult_female"].head == 101 and lines["sheep", "adult_female"].born == 80, "the rest stays"
    assert lines["sheep", "young"].head == 7 and lines["cattle", "undivided"].head == 0, "a class not there stays"
    assert ("goat", "undivided") not in lines
    apply_import(station, made)
    assert plan(station, path, "livestock_count").unchanged == 1


def test_species_of_quadrats_one_a_row(station: Workspace, tmp_path: Path) -> None:
    heading = ["样地号", "样方编号", "植物名称", "鲜重(g)"]
    path = book(
        tmp_path / "a.xlsx", heading, ["YD-001", "YD-001-1", "示例针茅", 60], ["YD-001", "YD-001-1", "示例冷蒿", 25.3]
    )
    assert plan(station, path, "herb_quadrat").unchanged == 1
    more = book(
        tmp_path / "b.xlsx", heading, ["YD-001", "YD-001-1", "示例针茅", 60], ["YD-001", "YD-001-1", "示例葱", 25.3]
    )
    made = plan(station, more, "herb_quadrat")
    assert [s.species_name for s in made.rows[0].record.species] == ["示例针茅", "示例葱"]


# --- what can not be read ------------------------------------------------------------------------------------------------


def test_no_headings_no_key_no_rows(station: Workspace, tmp_path: Path) -> None:
    error = refused(lambda: plan(station, book(tmp_path / "a.xlsx", ["一", "二"], [1, 2])))
    assert error.code == "IMP-005" and "户编码" in error.text.zh and "Household code" in error.text.en
    error = refused(lambda: plan(station, book(tmp_path / "b.xlsx", HEADINGS[3:], household(1)[3:])))
    assert error.code == "IMP-007" and "户编码" in error.text.zh
    assert refused(lambda: plan(station, book(tmp_path / "c.xlsx", HEADINGS))).code == "IMP-004"


def test_a_missing_column_is_said_once(station: Workspace, tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", ["户编码", "家庭人口(人)"], *[[f"{VILLAGES[0]}9{n:03d}", 3] for n in range(20)])
    made = plan(station, path)
    assert [c for c, _ in codes(made)] == ["IMP-007"] and made.rows == []
    assert "户主姓名" in made.errors[0].text.zh and "嘎查村代码" in made.errors[0].text.zh


def test_two_columns_for_one_field(station: Workspace, tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", [*HEADINGS, "银行卡号", "存折账号"], [*household(1), None, None])
    assert codes(plan(station, path)) == [("IMP-006", "表!H1")]


def test_types_that_come_from_elsewhere(station: Workspace, tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", HEADINGS, household(1))
    for name in ("receipt", "review", "nothing"):
        assert refused(lambda name=name: plan(station, path, name)).code == "IMP-022"


def test_what_this_workplace_may_not_author(station: Workspace, tmp_path: Path) -> None:
    assert station.identity.role is Role.STATION
    error = refused(lambda: plan(station, book(tmp_path / "a.xlsx", ["年度", "旗县代码"], [2026, "999999"]),
                                 "compensation_plan"))  # fmt: skip
    assert error.code == "IMP-026" and "县" in error.text.zh


def test_sheets_by_name_and_hidden_ones(station: Workspace, tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    made.active.append(["别的"])
    for name in ("甲", "乙"):
        page = made.create_sheet(name)
        page.append(HEADINGS)
        page.append(household(1 if name == "甲" else 2))
    made["乙"].sheet_state = "hidden"
    made.save(tmp_path / "a.xlsx")
    assert plan(station, tmp_path / "a.xlsx").new == 1
    assert plan(station, tmp_path / "a.xlsx", sheet="乙").rows[0].place == "乙!2"
    assert refused(lambda: plan(station, tmp_path / "a.xlsx", sheet="丙")).code == "IMP-025"
    assert ("IMP-020", "Sheet") in codes(plan(station, tmp_path / "a.xlsx"), Severity.INFO)


def test_columns_that_are_not_read_are_named(station: Workspace, tmp_path: Path) -> None:
    made = plan(station, book(tmp_path / "a.xlsx", [*HEADINGS, "不认识的列"], [*household(1), "x"]))
    note = next(p for p in made.problems if p.code == "IMP-013")
    assert "不认识的列" in note.text.zh and [c.path for c in made.columns][-1] == ""


def test_a_csv_of_many_villages(station: Workspace, tmp_path: Path) -> None:
    with (tmp_path / "a.csv").open("w", encoding="gb18030", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADINGS)
        writer.writerows(household(n) for n in range(300))
    made = plan(station, tmp_path / "a.csv")
    assert made.new == 300 and made.rows[-1].place == "a.csv!301"
    assert apply_import(station, made).new == 300


def test_stopping_leaves_nothing(station: Workspace, tmp_path: Path) -> None:
    class Stop:
        cancelled = True

        def progress(self, done: int, total: int | None, text: Any) -> None: ...

    path = book(tmp_path / "a.xlsx", HEADINGS, household(1))
    made = plan(station, path)
    size = station.read.journal_size()
    assert refused(lambda: plan(station, path, context=Stop())).code == "JOB-001"
    assert refused(lambda: apply_import(station, made, context=Stop())).code == "JOB-001"
    assert station.read.journal_size() == size


def test_formulas_in_texts_stay_texts(station: Workspace, tmp_path: Path) -> None:
    """A text that looks like a formula goes in and out as that text."""
    path = book(tmp_path / "a.xlsx", HEADINGS, household(1))
    loaded = openpyxl.load_workbook(path)
    cell = loaded.active[f"{get_column_letter(3)}2"]
    cell.value, cell.data_type = "=HYPERLINK(1)", "s"
    loaded.save(path)
    apply_import(station, plan(station, path))
    export_report(station.read, "household-roster", target=tmp_path / "b.xlsx", today=TODAY)
    again = plan(station, tmp_path / "b.xlsx")
    assert again.unchanged == 7 and any(r.record.head_name == "=HYPERLINK(1)" for r in again.rows)
