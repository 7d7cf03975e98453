"""Gaps from records: revisions from history, actuals reported and computed, the chain, and what is not a zero."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal as D
from pathlib import Path
from typing import Any

import pytest
from calc_helpers import sound
from target_helpers import COUNTY, OTHER_TOWN, TOWN, VILLAGE, put, put_assessment, put_places, put_target

from station_app.domain.calc.explanation import lines_of
from station_app.domain.problems import UserError
from station_app.domain.registry import Role
from station_app.services.figures.gaps import GapRow, GapTable, assessment_values, gap_table, gap_why
from station_app.services.figures.references import RecordReference, parse_reference
from station_app.storage.workspace import Workspace


@pytest.fixture
def county(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace.create(
        tmp_path / "县", org_code=COUNTY[:6], org_name="示例旗草原站", role=Role.COUNTY, author="示例县员"
    ) as made:
        put_places(made)
        yield made


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace.create(
        tmp_path / "站", org_code=TOWN[:9], org_name="示例苏木草原站", role=Role.STATION, author="示例员"
    ) as made:
        put_places(made)
        yield made


def codes(found: GapTable | GapRow) -> list[str]:
    return [problem.code for problem in found.problems]


def only(table: GapTable, number: str = "T-1") -> GapRow:
    return next(row for row in table.rows if row.number == number)


def trained(workspace: Workspace, day: date, **values: Any) -> str:
    return put(workspace, "training_log", on=day, held_on=day, kind="training", topic=f"示例培训{day}", place="示例",
               participants=10, **{"region_code": TOWN, **values})  # fmt: skip


# --- goal, actual, gap, trend ------------------------------------------------------------------------------------------


def test_goal_actual_gap_cause_and_measure_stand_in_one_row(station: Workspace) -> None:
    target = put_target(station, "T-1", "45", baseline_value=D(38), baseline_year=2025)
    put_assessment(station, target, date(2026, 9, 20), "42.5", causes=("weather", "overstocking"), measure="示例:减畜",
                   responsible="示例员", deadline_on=date(2027, 6, 30), cause_text="春旱")  # fmt: skip
    row = only(gap_table(station.read, 2026))
    assert (row.gap.target_value, row.gap.actual_value, row.gap.gap, row.gap.reached) == (
        D(45),
        D("42.5"),
        D("2.5"),
        False,
    )
    assert row.gap.done_percent is not None and round(row.gap.done_percent, 1) == D("64.3")
    assert (row.causes, row.measure, row.responsible) == (("weather", "overstocking"), "示例:减畜", "示例员")
    assert (row.deadline_on, row.cause_text) == (date(2027, 6, 30), "春旱")
    assert row.name.zh == "示例苏木 草原综合植被盖度 2026" and row.name.en.endswith("Composite vegetation cover 2026")


def test_the_trend_runs_over_the_targets_of_earlier_years(station: Workspace) -> None:
    for year, actual in ((2024, "40"), (2025, "41"), (2026, "43")):
        target = put_target(station, f"T-{year}", "45", year=year, on=date(year, 1, 5))
        put_assessment(station, target, date(year + 1, 1, 8), actual)  # written in January about the year before
    row = only(gap_table(station.read, 2026), "T-2026")
    assert [(a.year, a.value) for a in row.actuals] == [(2024, D(40)), (2025, D(41)), (2026, D(43))]
    assert (row.gap.trend, row.gap.trend_per_year) == ("nearer", D("1.5"))
    assert row.targets == ((2024, D(45)), (2025, D(45)), (2026, D(45)))
    assert only(gap_table(station.read, 2025), "T-2025").gap.actual_value == 41  # what came later does not count yet


def test_a_target_of_a_later_year_is_followed_on_its_way(station: Workspace) -> None:
    put_target(station, "T-1", "60", year=2030, baseline_value=D(40), baseline_year=2025)
    target = put_target(station, "T-2", "50", year=2030)  # without a baseline it begins in its own year
    assert [r.number for r in gap_table(station.read, 2026, untargeted=False).rows] == ["T-1"]
    assert target and [r.number for r in gap_table(station.read, 2030, untargeted=False).rows] == ["T-1", "T-2"]


def test_no_target_and_no_actual_are_not_zero(station: Workspace) -> None:
    put_target(station, "T-1", "45")
    trained(station, date(2026, 5, 1))
    table = gap_table(station.read, 2026)
    with_target, free = table.rows
    assert (with_target.gap.actual_value, with_target.gap.gap, with_target.gap.reached) == (None, None, None)
    assert with_target.not_computed is not None and with_target.not_computed.code == "GAP-011"
    assert (free.record_id, free.indicator, free.gap.has_target, free.gap.actual_value, free.gap.gap) == (
        "", "trainings", False, 1, None)  # fmt: skip
    assert (table.counts.with_target, table.counts.unknown, table.counts.missed, table.counts.without_target) == (
        1,
        1,
        0,
        1,
    )
    assert table.entered is None


def test_a_withdrawn_target_counts_as_none(station: Workspace) -> None:
    target = put_target(station, "T-1", "45", status="withdrawn")
    put_assessment(station, target, date(2026, 9, 1), "40")
    row = only(gap_table(station.read, 2026))
    assert (row.gap.has_target, row.gap.gap, row.gap.actual_value) == (False, None, 40)
    assert "GAP-009" in codes(row)


# --- revisions ---------------------------------------------------------------------------------------------------------


def test_a_correction_with_a_reason_is_a_revision_and_stays_in_sight(station: Workspace) -> None:
    target = put_target(station, "T-1", "54", on=date(2026, 1, 5))
    put(station, "target", record_id=target, on=date(2026, 1, 6), value=D(45))  # a slip: no reason, never sent
    put(station, "target", record_id=target, on=date(2026, 7, 1), reason="春旱,县里调整(示例)", value=D(43))
    put(station, "target", record_id=target, on=date(2026, 7, 2), reason="补文号", document_number="示例〔2026〕9号")
    put_assessment(station, target, date(2026, 9, 1), "44")
    row = only(gap_table(station.read, 2026))
    assert (row.gap.first_value, row.gap.target_value, row.gap.reached) == (45, 43, True)
    (revision,) = row.revisions
    assert (revision.before, revision.value, revision.revised_on) == (45, 43, date(2026, 7, 1))
    assert (revision.reason, revision.author) == ("春旱,县里调整(示例)", "示例县员")
    said = [
        line.label for line in lines_of(gap_why(station.read, 2026, target).explanation, "zh_CN") if line.kind == "note"
    ]
    assert any("2026-07-01 调整为 43" in text and "春旱" in text for text in said)


def test_a_revision_made_after_the_year_does_not_move_its_goal(station: Workspace) -> None:
    target = put_target(station, "T-1", "45", on=date(2026, 1, 5))
    put_assessment(station, target, date(2026, 12, 1), "44")
    put(station, "target", record_id=target, on=date(2027, 2, 1), reason="示例", value=D(40))
    row = only(gap_table(station.read, 2026))
    assert (row.gap.target_value, row.gap.reached) == (45, False) and "GAP-008" in codes(row)


def test_of_two_sides_the_one_that_stood_is_the_history(station: Workspace) -> None:
    from station_app.services.entry import Entry

    target = put_target(station, "T-1", "45", on=date(2026, 1, 5))
    first = station.journal.head_ids(target)
    put(station, "target", record_id=target, on=date(2026, 3, 1), reason="甲改(示例)", value=D(50))
    _fork(station, target, first, date(2026, 3, 2), "乙改(示例)", D(55))
    assert "GAP-002" in codes(gap_table(station.read, 2026))  # in conflict: left out and named
    assert not any(row.number for row in gap_table(station.read, 2026).rows)
    keep = next(v for v in station.read.heads(target) if v.fields["value"].startswith("50"))
    entry = Entry(station)
    entry.refuse_foreign = lambda kind, *act: None  # type: ignore[method-assign]  # the county's person settles it
    entry.resolve(target, keep.version_id, "以甲为准(示例)")
    assert [(r.before, r.value) for r in only(gap_table(station.read, 2026)).revisions] == [(45, 50)]


def _fork(workspace: Workspace, record_id: str, parents: list[str], on: date, reason: str, value: D) -> None:
    from datetime import UTC, datetime

    from station_app.storage.clock import format_hlc
    from station_app.storage.versions import make_version

    base = workspace.read.version(parents[0])
    assert base is not None
    moment = int(datetime(on.year, on.month, on.day, tzinfo=UTC).timestamp() * 1000)
    workspace.journal.merge([
        make_version(record_type="target", schema_version=1, record_id=record_id, parent_ids=tuple(parents),
                     hlc=format_hlc(moment, 77), author="示例县员二", device="county2", reason=reason, void=False,
                     fields={**base.fields, "value": f"{value:.4f}"})
    ])  # fmt: skip


# --- the chain ---------------------------------------------------------------------------------------------------------


def test_targets_below_cover_the_one_above_or_the_shortfall_shows(county: Workspace) -> None:
    above = put_target(county, "C-1", "100", indicator="trainings", unit="times", region_code=COUNTY)
    put_target(county, "T-1", "60", indicator="trainings", unit="times", parent_id=above)
    table = gap_table(county.read, 2026, untargeted=False)
    assert [(row.number, row.depth) for row in table.rows] == [("C-1", 0), ("T-1", 1)]
    top = table.rows[0]
    assert (top.gap.children_value, top.gap.shortfall) == (60, 40)
    assert "GAP-005" in codes(top) and "示例镇" in next(p for p in top.problems if p.code == "GAP-005").text.zh
    put_target(county, "T-2", "45", indicator="trainings", unit="times", parent_id=above, region_code=OTHER_TOWN)
    again = gap_table(county.read, 2026, untargeted=False).rows[0]
    assert (again.gap.shortfall, "GAP-005" in codes(again)) == (0, False)


def test_percentages_are_weighted_by_the_registered_pasture(county: Workspace) -> None:
    above = put_target(county, "C-1", "45", region_code=COUNTY)
    put_target(county, "T-1", "50", parent_id=above)
    put_target(county, "T-2", "40", parent_id=above, region_code=OTHER_TOWN)
    assert gap_table(county.read, 2026, untargeted=False).rows[0].gap.shortfall is None  # no area, no weight, no figure
    assert "GAP-015" in codes(gap_table(county.read, 2026))
    for code, town, area in (("示例1", TOWN, "1000"), ("示例2", OTHER_TOWN, "3000")):
        village = f"{town[:9]}201"
        holder = put(county, "household", code=f"{village}0001", village_code=village, head_name="示例牧户")
        put(county, "parcel", code=code, household_id=holder, name="示例草场", area_mu=D(area), scheme="balance")
    top = gap_table(county.read, 2026, untargeted=False).rows[0].gap
    assert (top.children_value, top.shortfall, top.aggregate) == (D("42.5"), D("2.5"), "weighted_mean")


def test_a_chain_that_is_broken_or_runs_in_a_circle_ends_and_is_said(county: Workspace) -> None:
    first = put_target(county, "T-1", "45")
    second = put_target(county, "T-2", "45", parent_id=first, indicator="height", unit="cm")
    put(county, "target", record_id=first, parent_id=second, reason="示例")
    put_target(
        county, "T-3", "45", parent_id="01980000-0000-7000-8000-000000000001", indicator="yield", unit="kg_per_ha"
    )
    table = gap_table(county.read, 2026, untargeted=False)
    assert {row.number for row in table.rows} == {"T-1", "T-2", "T-3"}
    assert {"GAP-003", "GAP-004"} <= set(codes(table))


def test_a_target_of_another_year_does_not_count_towards_its_parent(county: Workspace) -> None:
    above = put_target(county, "C-1", "60", year=2030, region_code=COUNTY, indicator="trainings", unit="times")
    put_target(county, "T-1", "20", parent_id=above, indicator="trainings", unit="times")
    table = gap_table(county.read, 2026, untargeted=False)
    assert [(r.number, r.gap.children_value) for r in table.rows] == [("C-1", None), ("T-1", None)]
    assert "GAP-016" in codes(table)


def test_at_a_station_the_other_parts_of_the_county_are_not_known(station: Workspace) -> None:
    """Neither an actual value nor a shortfall of a region of which only a part is here."""
    above = put_target(station, "C-1", "6", indicator="trainings", unit="times", region_code=COUNTY)
    put_target(station, "T-1", "2", indicator="trainings", unit="times", parent_id=above)
    trained(station, date(2026, 5, 1))
    top, own = gap_table(station.read, 2026, untargeted=False).rows
    assert (top.depth, own.depth, own.parent_id) == (0, 1, above)
    assert (top.gap.actual_value, top.gap.shortfall, own.gap.actual_value) == (None, None, 1)
    assert top.not_computed is not None and top.not_computed.code == "GAP-010"


# --- actual values: whose word -----------------------------------------------------------------------------------------


def test_what_was_reported_goes_before_what_is_computed_and_a_difference_is_said(station: Workspace) -> None:
    target = put_target(station, "T-1", "3", indicator="trainings", unit="times")
    for day in (1, 2):
        trained(station, date(2026, 5, day))
    row = only(gap_table(station.read, 2026))
    assert row.actual is not None and (row.actual.value, row.actual.computed) == (2, True)
    assert assessment_values(row, date(2026, 11, 1)) == {
        "target_id": target, "assessed_on": "2026-11-01", "actual_value": "2", "data_source": "本站培训宣传台账 2 条",
    }  # fmt: skip
    put_assessment(station, target, date(2026, 6, 30), "1")
    put_assessment(station, target, date(2026, 11, 1), "3")
    row = only(gap_table(station.read, 2026))
    assert row.actual is not None and (row.actual.value, row.actual.computed, row.gap.reached) == (3, False, True)
    assert {"GAP-006", "GAP-007"} <= set(codes(row))
    put_assessment(station, target, date(2026, 11, 2), "2")
    assert "GAP-006" not in codes(only(gap_table(station.read, 2026)))


def test_at_the_county_entered_and_accepted_are_counted_apart(county: Workspace) -> None:
    from station_app.county.review import accept

    for number, town in (("T-1", TOWN), ("T-2", OTHER_TOWN)):
        target = put_target(county, number, "40", region_code=town)
        assessment = put_assessment(county, target, date(2026, 9, 1), "42", device="station")
    table = gap_table(county.read, 2026, untargeted=False)
    assert table.entered is not None
    assert (table.counts.with_target, table.entered.reached) == (0, 2) and "GAP-017" in codes(table)
    accept(county, "assessment", [assessment])
    table = gap_table(county.read, 2026, untargeted=False)
    assert table.entered is not None and (table.counts.reached, table.entered.reached) == (1, 1)


def test_void_records_do_not_count(station: Workspace) -> None:
    target = put_target(station, "T-1", "40")
    assessment = put_assessment(station, target, date(2026, 9, 1), "42")
    put(station, "assessment", record_id=assessment, on=date(2026, 9, 2), void=True, reason="重复(示例)")
    assert only(gap_table(station.read, 2026)).gap.actual_value is None
    put(station, "target", record_id=target, on=date(2026, 9, 3), void=True, reason="重复(示例)")
    assert gap_table(station.read, 2026, untargeted=False).rows == ()
    with pytest.raises(UserError) as caught:
        gap_why(station.read, 2026, target)
    assert caught.value.code == "GAP-001"


# --- why ---------------------------------------------------------------------------------------------------------------


def test_the_explanation_leads_from_the_gap_to_the_records(station: Workspace) -> None:
    target = put_target(station, "T-1", "3", indicator="trainings", unit="times")
    first, second = trained(station, date(2026, 5, 1)), trained(station, date(2026, 6, 1))
    result = sound(gap_why(station.read, 2026, target))
    explanation = result.explanation
    assert explanation.value("gap") == 1 and explanation.value("actual_value") == 2
    given = [parse_reference(g.origin.reference) for part in explanation.everything() for g in part.inputs]
    records = {(r.type_name, r.record_id) for r in given if isinstance(r, RecordReference)}
    assert {("training_log", first), ("training_log", second), ("target", target)} <= records
    table = gap_table(station.read, 2026)
    assert only(table).gap.gap == result.outcome.targets[0].gap
    put_assessment(station, target, date(2026, 11, 1), "3")
    given_now = [
        g.origin.reference for part in gap_why(station.read, 2026, target).explanation.everything() for g in part.inputs
    ]
    assert not any("training_log" in each for each in given_now)  # the reported value stands on its own


def test_an_indicator_without_a_target_explains_its_actual_value(station: Workspace) -> None:
    trained(station, date(2026, 5, 1), region_code=VILLAGE)
    explanation = gap_why(station.read, 2026, "none:trainings").explanation
    assert explanation.value("actual_value") == 1


def test_texts_are_there_in_both_languages(county: Workspace) -> None:
    above = put_target(county, "C-1", "100", indicator="trainings", unit="times", region_code=COUNTY)
    put_target(county, "T-1", "60", indicator="trainings", unit="times", parent_id=above)
    for problem in gap_table(county.read, 2026).problems:
        assert problem.text.zh.endswith("。") and problem.text.en.endswith(".")
