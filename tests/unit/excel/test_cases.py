"""Small inputs from the field, read in place, each with its right result; see the README beside them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from excel_helpers import SHARED, make

from station_app.domain.problems import Severity, UserError
from station_app.domain.registry import Role
from station_app.exchange.excel.importer import apply_import, plan_import
from station_app.exchange.excel.planning import ImportPlan
from station_app.services.entry import Entry
from station_app.storage.reader import Query
from station_app.storage.workspace import Workspace

CASES = SHARED.parent / "cases" / "excel"
TODAY = date(2026, 12, 1)
pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason=f"the field's cases are not at {CASES}")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace.create(tmp_path / "站", org_code="152522200", org_name="示例站", role=Role.STATION) as made:
        yield made


def plan(workspace: Workspace, name: str, kind: str = "household", **answers: str) -> ImportPlan:
    given = {key.replace("__", ":"): value for key, value in answers.items()}
    return plan_import(workspace.read, CASES / name, kind, today=TODAY, answers=given)


def found(made: ImportPlan, code: str) -> list[str]:
    """Return where a code was said, without the sheet's name."""
    return [p.place.rpartition("!")[2] for p in made.problems if p.code == code]


def values(made: ImportPlan, field: str) -> list[Any]:
    return [getattr(row.record, field) for row in made.rows]


@pytest.mark.parametrize(
    ("name", "places"),
    [("err_cells.xls", ["E2", "K2", "F3", "K3"]), ("err_backslash.xlsx", ["E2", "F3"]), ("no_refs_error.xlsx", ["E2"]),
     ("xlsxwriter_uncached.xlsx", ["F2", "F3"])],
)  # fmt: skip
def test_errors_are_named_at_each_cell_and_nothing_is_saved(office: Workspace, name: str, places: list[str]) -> None:
    made = plan(office, name)
    assert found(made, "IMP-019") == places and {p.code for p in made.errors} == {"IMP-019"}
    with pytest.raises(UserError, match="IMP-014"):
        apply_import(office, made)
    assert not office.read.rows(Query("household", ()))


def test_percent_formats_count(office: Workspace) -> None:
    entry = Entry(office, today=lambda: TODAY)
    entry.save(make(
        "plot", plot_no="阿巴嘎-001", surveyed_on=date(2026, 8, 4), surveyor="示例员", region_name="示例嘎查",
        region_code="152522200201", lon=Decimal("114.62"), lat=Decimal("44.61"), elevation_m=Decimal("1087"),
        project_has=False, grass_class="4", photo_no="1", has_shrub=False, landform="1", soil_texture="1",
        has_litter=True, has_sand_cover=False, has_erosion=False, use_mode="1", use_status="1",
    ))  # fmt: skip
    made = plan(office, "percent_cells.xlsx", "herb_quadrat")
    assert values(made, "cover_percent") == [Decimal("80.0"), Decimal("70.0"), Decimal("60.0")]


def test_footnote_marks_are_no_digits(office: Workspace) -> None:
    made = plan(office, "footnote_numbers.xlsx")
    assert found(made, "FLD-002") == ["E2", *(f"F{row}" for row in range(2, 10))] and not made.rows


def test_an_empty_result_is_a_value(office: Workspace) -> None:
    made = plan(office, "formula_empty.xlsx")
    assert values(made, "note") == [None] * 3 and not made.errors and found(made, "IMP-046") == ["K2"]


def test_three_rows_of_headings(office: Workspace) -> None:
    entry = Entry(office, today=lambda: TODAY)
    entry.save(make("household", code="1525222002010001", village_code="152522200201", head_name="示例王五"))
    (row,) = plan(office, "three_levels.xlsx", "livestock_count").rows
    lines = {(x.species_code, x.class_code): x.head for x in row.record.class_counts}
    assert lines == {
        ("sheep", "adult_female"): 39,
        ("sheep", "young"): 30,
        ("cattle", "adult_female"): 5,
        ("cattle", "young"): 4,
    }


def test_both_sheets(office: Workspace) -> None:
    assert len(plan(office, "named_sheet_only.xlsx").rows) == 2


def test_a_bomb_ends_nothing(office: Workspace) -> None:
    with pytest.raises(UserError, match="IMP-016"):
        plan(office, "bomb_backslash.xlsx")


def test_hidden_rows_are_a_warning_and_a_choice(office: Workspace) -> None:
    made = plan(office, "hidden_rows.xlsx")
    (warning,) = [p for p in made.problems if p.code == "IMP-042"]
    assert warning.severity is Severity.WARN and warning.place == "名册!3" and "第 3 行" in warning.text.zh
    (question,) = [q for q in made.questions if q.key == "hidden:名册"]
    assert question.default == "read" and len(made.rows) == 4 and not made.open_questions
    assert found(made, "IMP-043") == ["J1"], "a column nobody sees is said too"
    left = plan(office, "hidden_rows.xlsx", hidden__名册="leave")
    assert len(left.rows) == 3 and "隐藏行(不读) 1 行" in left.account.zh and not found(left, "IMP-042")


def test_identity_numbers(office: Workspace) -> None:
    made = plan(office, "ids.xlsx")
    read = {row.place.rpartition("!")[2]: row.record.identity_number for row in made.rows}
    assert {read[row] for row in "234567"} == {"999999196202160017"} and read["10"] == "999999196202160017"
    assert found(made, "FLD-032") == ["D8"] and found(made, "FLD-009") == ["D9"] and found(made, "FLD-017") == ["D13"]
    assert read["12"] is None and read["14"] is None and found(made, "IMP-044") == ["D12"]


def test_names(office: Workspace) -> None:
    made = plan(office, "names.xlsx")
    assert values(made, "head_name")[1:3] == ["示例王六", "示例赵七"]
    assert found(made, "FLD-061") == ["C7", "G7", "C8", "G8"] and not made.errors


@pytest.mark.parametrize("name", ["excel_text_trick.csv", "apostrophe.csv"])
def test_a_spreadsheets_own_text_marks(office: Workspace, name: str) -> None:
    made = plan(office, name)
    assert values(made, "code") == ["1525222002010001", "1525222002010002"] and not made.errors


def test_numbers_shown_in_powers_of_ten(office: Workspace) -> None:
    assert found(plan(office, "contract_sci.csv"), "FLD-009") == ["L2", "L3"]


def test_columns_of_nothing(office: Workspace) -> None:
    made = plan(office, "bloat_cols.xlsx")
    assert len(made.rows) == 3 and not made.errors


def test_marks_for_nothing(office: Workspace) -> None:
    made = plan(office, "none_marks.xlsx")
    empty = {row.place.rpartition("!")[2] for row in made.rows if row.record.persons is None}
    assert {"2", "3", "4", "5", "7"} <= empty
    assert found(made, "IMP-044") == ["E2", "F2"], "one line a column"


def test_damaged_text_is_refused_naming_the_row(office: Workspace) -> None:
    with pytest.raises(UserError, match="IMP-040") as caught:
        plan(office, "utf8_damaged.csv")
    assert "第 3 行" in caught.value.text.zh


def test_long_decimals_are_one_question(office: Workspace) -> None:
    made = plan(office, "long_decimals.xlsx")
    (question,) = [q for q in made.open_questions if q.asked == "places"]
    assert "取 3 位小数" in question.text.zh and not found(made, "FLD-004")
    taken = plan(office, "long_decimals.xlsx", **{question.key: "take"})
    areas = {row.place.rpartition("!")[2]: row.record.contract_area_mu for row in taken.rows}
    assert areas["2"] == Decimal("1133.333") and areas["4"] == Decimal("1132.500")
    assert {areas[row] for row in ("5", "6", "7", "10", "11", "15")} == {Decimal("1200.500")}
    kept = plan(office, "long_decimals.xlsx", **{question.key: "correct"})
    assert found(kept, "FLD-004") == ["F2", "F4"]


def test_a_serial_number_is_named_as_its_day_and_offered(office: Workspace) -> None:
    made = plan(office, "dates.xlsx")
    (question,) = [q for q in made.open_questions if q.asked == "serial"]
    assert "2026-06-30" in question.text.zh and question.place == "名册!L3"
    name = next(
        f.name
        for f in dataclasses.fields(made.rows[0].record)
        if getattr(made.rows[0].record, f.name) == date(2026, 6, 30)
    )
    assert values(plan(office, "dates.xlsx", **{question.key: "take"}), name)[:3] == [date(2026, 6, 30)] * 3
    kept = plan(office, "dates.xlsx", **{question.key: "correct"})
    assert found(kept, "FLD-060") == ["L3", "L4"]


def test_a_picture_in_a_cell(office: Workspace) -> None:
    made = plan(office, "dispimg.xlsx")
    assert values(made, "note") == [None, None] and found(made, "IMP-045") == ["K2"] and not made.errors
