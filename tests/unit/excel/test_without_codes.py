"""Rosters without household codes: matched, numbered, never doubled; what no column says is asked once."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from excel_helpers import TODAY, VILLAGES

from station_app.county.training import create_station
from station_app.domain import identifiers
from station_app.domain.problems import Severity, UserError
from station_app.domain.registry import Role
from station_app.exchange.excel.importer import apply_import, plan_import
from station_app.exchange.excel.planning import Action, ImportPlan
from station_app.exchange.excel.row_kinds import RowKind
from station_app.services.entry import Entry
from station_app.storage.clock import SYSTEM_CLOCK
from station_app.storage.projection import note_packaged
from station_app.storage.reader import Query
from station_app.storage.workspace import Workspace

CASES = Path(os.environ.get("GRASSLAND_SHARED") or Path(__file__).resolve().parents[4] / "shared") / "cases" / "excel"
needs_cases = pytest.mark.skipif(not CASES.is_dir(), reason=f"the field's cases are not at {CASES}")
HEADINGS = ["序号", "嘎查村", "户主姓名", "身份证号码", "草原承包面积(亩)", "联系电话"]
NUMBER = {"number:household": "match"}


def row(
    name: str, number: int | None = None, *, village: str = "示例甲嘎查", area: str = "10", phone: str = ""
) -> list[Any]:
    return ["", village, name, "" if number is None else identifiers.invented_identity(number), area, phone]


def roster(path: Path, *rows: list[Any], headings: list[str] = HEADINGS) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([headings, *rows])
    return path


def plan(workspace: Workspace, path: Path, answers: dict[str, str] | None = None) -> ImportPlan:
    return plan_import(workspace.read, path, "household", today=TODAY, answers={**NUMBER, **(answers or {})})


def done(workspace: Workspace, path: Path, answers: dict[str, str] | None = None) -> ImportPlan:
    made = plan(workspace, path, answers)
    apply_import(workspace, made, entry=Entry(workspace, today=lambda: TODAY))
    return made


def households(workspace: Workspace) -> dict[str, str]:
    return {r.record.code: r.record.head_name for r in workspace.read.rows(Query("household", ()))}


def test_known_people_are_matched_and_new_ones_numbered_after_the_last_code(station: Workspace, tmp_path: Path) -> None:
    path = roster(
        tmp_path / "a.csv", row("示例牧户0", 0), row("示例新户一", 50), row("示例新户二", 51, village="示例乙嘎查")
    )
    shown = plan_import(station.read, path, "household", today=TODAY)
    assert [q.key for q in shown.open_questions] == ["number:household"], "a choice comes first"
    assert [r.record.code for r in shown.rows] == [f"{VILLAGES[0]}0000", f"{VILLAGES[0]}0005", f"{VILLAGES[1]}0006"]
    with pytest.raises(UserError) as caught:
        apply_import(station, shown)
    assert caught.value.code == "IMP-014"
    before = len(households(station))
    made = done(station, path)
    assert [r.action for r in made.rows] == [Action.CHANGED, Action.NEW, Action.NEW]
    assert len(households(station)) == before + 2 and households(station)[f"{VILLAGES[1]}0006"] == "示例新户二"


def test_the_same_roster_again_changes_nothing(station: Workspace, tmp_path: Path) -> None:
    path = roster(tmp_path / "a.csv", row("示例新户一", 50), row("示例无证"), row("示例无证二", phone="13900000001"))
    done(station, path)
    before, size = households(station), station.read.journal_size()
    again = plan(station, path)
    assert [r.action for r in again.rows] == [Action.UNCHANGED] * 3 and not again.open_questions
    done(station, path)
    assert households(station) == before and station.read.journal_size() == size


@pytest.mark.parametrize(("sent", "next_code"), [(True, "0006"), (False, "0005")])
def test_a_code_of_a_withdrawn_household_is_given_again_only_where_nobody_saw_it(
    station: Workspace, tmp_path: Path, sent: bool, next_code: str
) -> None:
    done(station, roster(tmp_path / "a.csv", row("示例新户一", 50)))
    record_id = station.read.find_by_key("household", {"code": f"{VILLAGES[0]}0005"})
    assert record_id is not None
    if sent:
        with station.journal.transaction() as connection:
            note_packaged(
                connection, 1, "SELECT ? AS version_id", [(station.read.get("household", record_id).version_id,)]
            )  # type: ignore[union-attr]
    Entry(station, today=lambda: TODAY).void(record_id, "示例：登记错误")
    (made,) = plan(station, roster(tmp_path / "b.csv", row("示例新户二", 51))).rows
    assert made.record.code == f"{VILLAGES[0]}{next_code}"


def test_a_name_without_a_number_is_the_only_one_of_that_name_in_the_village(
    station: Workspace, tmp_path: Path
) -> None:
    same, elsewhere = plan(
        station, roster(tmp_path / "a.csv", row("示例牧户0"), row("示例牧户0", village="示例乙嘎查"))
    ).rows
    assert (same.action, same.record.code) == (Action.CHANGED, f"{VILLAGES[0]}0000")
    assert same.record.identity_number == identifiers.invented_identity(0), "an empty cell empties nothing"
    assert elsewhere.action is Action.NEW
    other_person = plan(station, roster(tmp_path / "b.csv", row("示例牧户0", 77))).rows[0]
    assert other_person.action is Action.NEW, "another identity number is another person"


def test_two_of_one_name_are_asked_about(station: Workspace, tmp_path: Path) -> None:
    path = roster(tmp_path / "a.csv", row("示例同名"), row("示例同名", area="20"), row("示例同名", phone="13900000001"))
    made = plan(station, path)
    assert [q.key for q in made.open_questions] == ["match:a.csv!3", "match:a.csv!4"]
    assert made.accounts == {RowKind.NEW: 1, RowKind.WAITING: 2} and not made.errors
    answers = {"match:a.csv!3": "new", "match:a.csv!4": f"{VILLAGES[0]}0005"}
    made = done(station, path, answers)
    assert [(r.record.code[-4:], r.record.contract_area_mu) for r in made.rows] == [
        ("0005", Decimal(10)),
        ("0006", Decimal(20)),
    ]
    again = plan(station, path)
    first, second = again.questions[1:3]
    assert (first.key, first.suggested) == ("match:a.csv!2", f"{VILLAGES[0]}0005")
    assert second.suggested == f"{VILLAGES[0]}0006", "in the order of the file, as they were numbered"


def test_one_identity_number_for_two_names_is_one_household_and_said(station: Workspace, tmp_path: Path) -> None:
    made = plan(station, roster(tmp_path / "a.csv", row("示例改名", 0)))
    (warned,) = [p for p in made.problems if p.code == "IMP-031"]
    assert warned.severity is Severity.WARN and "示例牧户0" in warned.text.zh and "示例改名" in warned.text.zh
    assert made.rows[0].record.code == f"{VILLAGES[0]}0000"


def test_a_row_without_a_code_among_rows_with_codes_is_asked_about(station: Workspace, tmp_path: Path) -> None:
    headings = ["户编码", *HEADINGS[1:]]
    rows = [[f"{VILLAGES[0]}0007", *row("示例有码", 60)[1:]], row("示例漏码", 61)]
    path = roster(tmp_path / "a.csv", *rows, headings=headings)
    shown = plan_import(station.read, path, "household", today=TODAY)
    assert shown.accounts == {RowKind.NEW: 1, RowKind.WAITING: 1} and shown.open_questions[0].suggested == ""
    assert [r.record.code[-4:] for r in plan(station, path).rows] == ["0007", "0008"]
    refused = plan(station, path, {"number:household": "refuse"})
    assert refused.accounts == {RowKind.NEW: 1, RowKind.REFUSED: 1}
    assert [(p.code, p.place) for p in refused.errors] == [("FLD-001", "a.csv!3")]


def test_a_village_with_all_its_codes_given_away(station: Workspace, tmp_path: Path) -> None:
    last = roster(
        tmp_path / "a.csv", [f"{VILLAGES[0]}9999", *row("示例末户", 60)[1:]], headings=["户编码", *HEADINGS[1:]]
    )
    done(station, last)
    made = plan(station, roster(tmp_path / "b.csv", row("示例新户", 61)))
    assert [p.code for p in made.errors] == ["IMP-032"]


def test_one_identity_number_twice_is_warned_about(station: Workspace, tmp_path: Path) -> None:
    rows = [[f"{VILLAGES[0]}00{n}", *row(f"示例户{n}", 60)[1:]] for n in (20, 21)]
    made = plan(station, roster(tmp_path / "a.csv", *rows, headings=["户编码", *HEADINGS[1:]]))
    (warned,) = [p for p in made.problems if p.code == "IMP-030"]
    assert warned.severity is Severity.WARN and warned.place == "a.csv!3" and "a.csv!2" in warned.text.zh


# --- what no column says ---------------------------------------------------------------------------------------------


def test_a_file_of_one_village_says_it_in_its_title(station: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["示例乙嘎查2026年牧户花名册"], HEADINGS[2:], row("示例新户", 60)[2:]])
    made = plan(station, path)
    (asked,) = made.open_questions
    assert (asked.key, asked.suggested) == ("whole:village_code", VILLAGES[1]) and len(asked.options) == 2
    assert [r.record.code[:12] for r in plan(station, path, {asked.key: VILLAGES[0]}).rows] == [VILLAGES[0]]


def test_what_holds_for_a_whole_count_is_asked_once(station: Workspace, tmp_path: Path) -> None:
    path = roster(tmp_path / "2026年.csv", [f"{VILLAGES[0]}0000", "12"], headings=["户编码", "绵羊(只)"])
    made = plan_import(station.read, path, "livestock_count", today=TODAY)
    asked = {q.key: q for q in made.open_questions}
    assert asked["whole:year"].suggested == "2026"
    assert {code for code, _ in asked["whole:occasion"].options} >= {"mid_year"}
    answers = {
        "whole:year": "2026",
        "whole:occasion": "spot_check",
        "whole:counted_on": "2026-07-01",
        "whole:counted_by": "示例员",
    }
    made = plan_import(station.read, path, "livestock_count", today=TODAY, answers=answers)
    (row_,) = made.rows
    assert (row_.record.year, row_.record.occasion, row_.record.counted_by) == (2026, "spot_check", "示例员")
    wrong = plan_import(
        station.read, path, "livestock_count", today=TODAY, answers={**answers, "whole:counted_on": "昨天"}
    )
    assert [q.key for q in wrong.open_questions] == ["whole:counted_on"] and wrong.errors[0].code == "FLD-011"
    formula = plan_import(
        station.read, path, "livestock_count", today=TODAY, answers={**answers, "whole:year": "=2026"}
    )
    assert [q.key for q in formula.open_questions] == ["whole:year"] and not formula.rows and formula.errors


# --- villages --------------------------------------------------------------------------------------------------------


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace.create(tmp_path / "新站", org_code="152522200", org_name="示例草原站", role=Role.STATION) as made:
        yield made


def test_a_fresh_station_makes_its_villages_from_the_file(fresh: Workspace, tmp_path: Path) -> None:
    path = roster(tmp_path / "a.csv", row("示例户", 1, village="那日图"), row("示例二户", 2, village="示例新嘎查"))
    shown = plan(fresh, path)
    assert [q.key for q in shown.open_questions] == ["village:示例新嘎查", "villages:name"]
    assert "那仁宝拉格苏木 那日图嘎查 152522200202" in shown.open_questions[1].text.zh
    answers = {"village:示例新嘎查": "152522200777", "villages:name": "make"}
    made = done(fresh, path, answers)
    assert [r.record.code for r in made.rows] == ["1525222002020001", "1525222007770001"]
    names = {r.record.name: r.record.level for r in fresh.read.rows(Query("organisation", ()))}
    assert names["那日图嘎查"] == names["示例新嘎查"] == "village" and names["那仁宝拉格苏木"] == "township"
    assert [r.action for r in plan(fresh, path).rows] == [Action.UNCHANGED] * 2, "now both are known by name"


def test_villages_that_are_not_wanted_keep_their_rows_out(fresh: Workspace, tmp_path: Path) -> None:
    made = plan(fresh, roster(tmp_path / "a.csv", row("示例户", 1, village="那日图")), {"villages:name": "leave"})
    assert [p.code for p in made.errors] == ["IMP-029"] and made.places == [] and made.rows == []


def test_a_code_that_is_no_code_is_refused(fresh: Workspace, tmp_path: Path) -> None:
    path = roster(tmp_path / "a.csv", row("示例户", 1, village="示例新嘎查"))
    made = plan(fresh, path, {"village:示例新嘎查": "1525"})
    assert [p.code for p in made.errors] == ["IMP-029"] and made.rows == []


# --- the field's cases -----------------------------------------------------------------------------------------------


@needs_cases
def test_no_code(fresh: Workspace) -> None:
    answers = {"whole:account_holder": "=head_name", "whole:bank_name": "示例银行", "villages:name": "make"}
    shown = plan(fresh, CASES / "no_code.xlsx")
    assert {q.key for q in shown.open_questions} == set(answers) and not shown.errors
    made = done(fresh, CASES / "no_code.xlsx", answers)
    assert [(r.record.code[-4:], r.record.account_holder) for r in made.rows] == [
        ("0001", "示例王五"),
        ("0002", "示例李四"),
    ]
    assert plan(fresh, CASES / "no_code.xlsx").unchanged == 2


@needs_cases
def test_village_names(tmp_path: Path) -> None:
    with create_station(tmp_path / "培训站", SYSTEM_CLOCK) as station:
        made = plan_import(station.read, CASES / "village_names.xlsx", "household", today=TODAY)
    # Their household codes are of another village than the names; that the sentence knows its code shows what was read.
    named = {p.place[-1] for p in made.errors if p.code == "REC-015" and "152522200202" in p.text.zh}
    assert named == {"2", "3", "6", "7", "8"} and not made.open_questions


@needs_cases
def test_both_sheets_that_match_are_read(empty: Workspace) -> None:
    assert len(plan_import(empty.read, CASES / "named_sheet_only.xlsx", "household", today=TODAY).rows) == 2


@needs_cases
def test_same_identity(empty: Workspace) -> None:
    made = plan_import(empty.read, CASES / "same_identity.xlsx", "household", today=TODAY)
    assert [p.place for p in made.problems if p.code == "IMP-030"] == ["名册!3"] and len(made.rows) == 2
