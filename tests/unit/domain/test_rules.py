"""The rules between the fields of one record: each finds what it is there for, at the right place."""

from __future__ import annotations

import dataclasses
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from station_app.domain.problems import Severity, UserError
from station_app.domain.record_problems import RecordProblem
from station_app.domain.records.survey_quadrats import shrub_area_per_100_m2
from station_app.domain.registry import record_type
from station_app.domain.samples import sample, sample_id
from station_app.domain.validation import build, check_record, check_values
from station_app.storage.reference import install_code_lists

install_code_lists()
D = Decimal


def lines(name: str, field: str, *changes: dict[str, Any]) -> dict[str, Any]:
    """Return the sample's lines with changes, one change a line; a line more repeats the last."""
    rows = getattr(sample(name), field)
    made = [dataclasses.replace(rows[min(at, len(rows) - 1)], **change) for at, change in enumerate(changes)]
    return {field: tuple(made)}


CASES: list[tuple[RecordProblem, str, dict[str, Any], str | None]] = [
    (RecordProblem.SUM_DIFFERS, "compensation_line", {"limit_effect_yuan": D("-1.00")}, "limit_effect_yuan"),
    (RecordProblem.SUM_DIFFERS, "compensation_line", lines("compensation_line", "parts", {}, {"amount_yuan": D("1.00")}),
     "balance_amount_yuan"),
    (RecordProblem.NAME_FORM, "coefficient_edition", {"edition": "2025/1"}, "edition"),
    (RecordProblem.REQUIRED_BECAUSE, "coefficient_edition", {"title_zh": None}, "title_zh"),
    (RecordProblem.CONTRADICTS, "coefficient_edition", {"based_on": "gwp/example@1"}, "based_on"),
    (RecordProblem.CONTRADICTS, "coefficient_edition", {"based_on": "utilization/example@2025.1"}, "based_on"),
    (RecordProblem.DUPLICATE_LINE, "coefficient_edition", lines("coefficient_edition", "lines", {}, {}), "lines"),
    (RecordProblem.NOT_A_NUMBER, "coefficient_edition", lines("coefficient_edition", "lines", {"value": "5 2"}), "lines"),
    (RecordProblem.CONTRADICTS, "coefficient_edition", lines("coefficient_edition", "lines", {"low": "53"}), "lines"),
    (RecordProblem.REQUIRED_BECAUSE, "coefficient_edition", lines("coefficient_edition", "lines", {"clause": None}), "lines"),
    (RecordProblem.REQUIRED_BECAUSE, "coefficient_edition", lines("coefficient_edition", "lines", {"verified_on": None}),
     "lines"),
    (RecordProblem.REQUIRED_BECAUSE, "coefficient_edition",
     lines("coefficient_edition", "lines", {"mark": "C", "value": None, "low": None, "high": None, "facts": None}), "lines"),
    (RecordProblem.REQUIRED, "household", {"head_name": None}, "head_name"),
    (RecordProblem.ENDS_BEFORE_START, "organisation", {"valid_from": date(2025, 2, 1), "valid_to": date(2025, 1, 1)}, "valid_to"),
    (RecordProblem.ENDS_BEFORE_START, "staff", {"valid_to": date(2001, 1, 1)}, "valid_to"),
    (RecordProblem.CODE_NOT_OF_VILLAGE, "household", {"code": "9999990010020001"}, "code"),
    (RecordProblem.REQUIRED_BECAUSE, "household", {"status": "moved"}, "status_on"),
    (RecordProblem.REQUIRED_BECAUSE, "household", {"bank_name": None}, "bank_name"),
    (RecordProblem.REQUIRED_BECAUSE, "household_change", {"kind": "new_head", "new_head_name": None}, "new_head_name"),
    (
        RecordProblem.SUM_DIFFERS, "household_change",
        {"kind": "split", "area_before_mu": D("100.000"),
         "parts": (record_type("household_change").by_name["parts"].line(household_id=sample_id("household", 3),
                                                                           area_mu=D("99.999"), note=None),)},
        "area_before_mu",
    ),
    (RecordProblem.NOT_POSITIVE, "parcel", {"area_mu": D("0.000")}, "area_mu"),
    (RecordProblem.PART_ABOVE_WHOLE, "parcel", {"usable_area_mu": D("9999.000")}, "usable_area_mu"),
    (RecordProblem.AREA_ABOVE_CONTRACT, "responsibility_statement", {"ban_area_mu": D("400.001")}, "balance_area_mu"),
    (RecordProblem.REQUIRED_BECAUSE, "responsibility_statement", {"kind": "ban", "ban_area_mu": None}, "ban_area_mu"),
    (RecordProblem.ONE_OF, "capacity_approval", {"village_code": "999999001001"}, "household_id"),
    (RecordProblem.ONE_OF, "capacity_approval", {"household_id": None}, "household_id"),
    (RecordProblem.REQUIRED, "capacity_approval", {"approved_su": None, "approved_mu_per_su": None}, "approved_su"),
    (RecordProblem.DUPLICATE_LINE, "livestock_count", lines("livestock_count", "class_counts", {}, {}, {}, {}), "class_counts"),
    (RecordProblem.PART_ABOVE_WHOLE, "livestock_count", lines("livestock_count", "class_counts", {"breeding_females": 999}),
     "class_counts"),
    (RecordProblem.ACCOUNT_NOT_CLOSED, "livestock_count", lines("livestock_count", "class_counts", {"sold": 11}, {}),
     "class_counts"),
    (RecordProblem.YEAR_DIFFERS, "livestock_count", {"year": 2024}, "year"),
    (RecordProblem.REQUIRED_BECAUSE, "forage_supply", {"hay_coefficient": D("0.8500")}, "coefficient_source"),
    (RecordProblem.REQUIRED_BECAUSE, "plot", {"project_has": True}, "project_type"),
    (RecordProblem.REQUIRED_BECAUSE, "plot", {"has_erosion": True}, "erosion_causes"),
    (RecordProblem.CONTRADICTS, "plot", {"erosion_causes": ("1",)}, "erosion_causes"),
    (RecordProblem.CONTRADICTS, "plot", {"project_type": "1"}, "project_type"),
    (RecordProblem.OUT_OF_SEASON, "plot", {"surveyed_on": date(2025, 3, 1)}, "surveyed_on"),
    (RecordProblem.SUM_ABOVE_LIMIT, "plot_new", {"gravel_percent": D("78.1")}, "bare_percent"),
    (RecordProblem.REQUIRED_BECAUSE, "plot_new", {"erosion_type": "1"}, "erosion_level"),
    (RecordProblem.CONTRADICTS, "plot_new", {"erosion_level": "1"}, "erosion_level"),
    (RecordProblem.DRY_ABOVE_FRESH, "herb_quadrat", {"dry_g": D("186.01")}, "dry_g"),
    (RecordProblem.UNUSUAL_RATIO, "herb_quadrat", {"dry_g": D("150.00")}, "dry_g"),
    (RecordProblem.NOT_POSITIVE, "herb_quadrat", {"dry_g": D("0.00"), "edible_dry_g": None}, "dry_g"),
    (RecordProblem.REQUIRED_BECAUSE, "herb_quadrat", {"drying_method": None}, "drying_method"),
    (RecordProblem.PART_ABOVE_WHOLE, "herb_quadrat", {"toxic_count": 13}, "toxic_count"),
    (RecordProblem.ONE_OF, "herb_quadrat", {"plot_id": None}, "plot_id"),
    (RecordProblem.SPECIES_SUM, "herb_quadrat", lines("herb_quadrat", "species", {}, {"fresh_g": D("50.00")}), "fresh_g"),
    (RecordProblem.DRY_ABOVE_FRESH, "herb_quadrat", lines("herb_quadrat", "species", {"dry_g": D("500.00")}, {}), "species"),
    (RecordProblem.REQUIRED, "herb_quadrat", {"species": (), "main_species": None}, "main_species"),
    (RecordProblem.SHRUB_AREA, "shrub_quadrat", lines("shrub_quadrat", "shrubs", {"big_count": 100}), "shrubs"),
    (RecordProblem.DRY_ABOVE_FRESH, "shrub_quadrat", lines("shrub_quadrat", "shrubs", {"sample_dry_g": D("100.01")}), "shrubs"),
    (RecordProblem.REQUIRED_BECAUSE, "shrub_quadrat", lines("shrub_quadrat", "shrubs", {"sample_fresh_g": None}), "shrubs"),
    (RecordProblem.REQUIRED_BECAUSE, "shrub_quadrat", lines("shrub_quadrat", "shrubs", {"mid_diameter_cm": None}), "shrubs"),
    (RecordProblem.PART_ABOVE_WHOLE, "frequency_survey", lines("frequency_survey", "hits", {"hits": 16}), "hits"),
    (RecordProblem.PART_ABOVE_WHOLE, "shrub_line_survey", lines("shrub_line_survey", "shrubs", {"cover_length_m": D("500.01")}),
     "shrubs"),
    (RecordProblem.PART_ABOVE_WHOLE, "project_benefit", {"inside_dry_g_per_m2": D("9999.00")}, "inside_dry_g_per_m2"),
    (RecordProblem.AREA_ABOVE_CONTRACT, "feeding_survey", {"ban_area_mu": D("400.001")}, "balance_area_mu"),
    (RecordProblem.REQUIRED_BECAUSE, "greenup_observation", {"against_last_year": "1", "days_difference": None},
     "days_difference"),
    (RecordProblem.PART_ABOVE_WHOLE, "rodent_survey", {"effective_burrows": 41}, "effective_burrows"),
    (RecordProblem.PART_ABOVE_WHOLE, "insect_survey", {"severe_area_ha": D("1000000.00")}, "severe_area_ha"),
    (RecordProblem.PART_ABOVE_WHOLE, "toxic_plant_survey", lines("toxic_plant_survey", "poisoned", {"died": 999}), "poisoned"),
    (RecordProblem.ROUNDING_UNIT, "compensation_plan", {"rounding_yuan": D("0.05")}, "rounding_yuan"),
    (RecordProblem.DUPLICATE_LINE, "compensation_plan", lines("compensation_plan", "rates", {}, {}, {}), "rates"),
    (RecordProblem.REQUIRED_BECAUSE, "compensation_plan", lines("compensation_plan", "rates", {"cap_kind": "household"}), "rates"),
    (RecordProblem.SAME_PERSON, "compensation_batch", {"reviewed_by": "测试制表员"}, "reviewed_by"),
    (RecordProblem.CONTRADICTS, "compensation_batch", {"county_code": "999998"}, "village_code"),
    (RecordProblem.AREA_ABOVE_CONTRACT, "compensation_line", {"deducted_area_mu": D("0.001")}, "deducted_area_mu"),
    (RecordProblem.NO_AREA, "compensation_line",
     {"ban_area_mu": D(0), "balance_area_mu": D(0), "ban_amount_yuan": D(0), "balance_amount_yuan": D(0),
      "gross_yuan": D(0), "net_yuan": D(0)}, "ban_area_mu"),
    (RecordProblem.REQUIRED_BECAUSE, "compensation_line", {"ban_rate": None, "parts": ()}, "ban_rate"),
    (RecordProblem.SUM_DIFFERS, "compensation_line", {"gross_yuan": D("1.00")}, "gross_yuan"),
    (RecordProblem.SUM_DIFFERS, "compensation_line", {"net_yuan": D("1.00")}, "net_yuan"),
    (RecordProblem.REQUIRED_BECAUSE, "compensation_line",
     {"deduction_yuan": D("1.00"), "net_yuan": sample("compensation_line").net_yuan - 1}, "deduction_reason"),
    (RecordProblem.REQUIRED_BECAUSE, "compensation_line", {"state": "held"}, "state_reason"),
    (RecordProblem.NOTICE_TOO_SHORT, "compensation_notice", {"days_required": 8}, "ends_on"),
    (RecordProblem.REQUIRED_BECAUSE, "objection", {"result": "upheld"}, "decided_by"),
    (RecordProblem.SUM_DIFFERS, "bank_feedback", {"sent_count": 3}, "sent_count"),
    (RecordProblem.ABOVE_PARTS, "feeding_survey", {"feed_days": 2}, "feed_days"),
    (RecordProblem.BELOW_PARTS, "herb_quadrat", {"species_count": 1}, "species_count"),
    (RecordProblem.SUM_DIFFERS, "bank_feedback", {"paid_yuan": D("1.00")}, "paid_yuan"),
    (RecordProblem.REQUIRED_BECAUSE, "bank_feedback", lines("bank_feedback", "results", {}, {"return_reason": None}), "results"),
    (RecordProblem.REQUIRED_BECAUSE, "inspection", {"action": None}, "action"),
    (RecordProblem.REQUIRED_BECAUSE, "inspection", {"deadline_on": None}, "deadline_on"),
    (RecordProblem.CONTRADICTS, "inspection", {"findings": ("1", "4")}, "findings"),
    (RecordProblem.REQUIRED_BECAUSE, "inspection", {"household_signed": False}, "unsigned_reason"),
    (RecordProblem.NOT_POSITIVE, "carbon_activity", {"area_ha": D("0.0000")}, "area_ha"),
    (RecordProblem.LAYERS, "soil_sample", lines("soil_sample", "layers", {}, {"top_cm": D("5.0")}), "layers"),
    (RecordProblem.REQUIRED_BECAUSE, "soil_sample", {"gravel_basis": None}, "gravel_basis"),
    (RecordProblem.REQUIRED_BECAUSE, "carbon_registration", {"credited_elsewhere": True}, "credited_where"),
    (RecordProblem.ENDS_BEFORE_START, "carbon_registration", {"baseline_to_year": 2019}, "baseline_to_year"),
    (RecordProblem.REQUIRED_BECAUSE, "target", {"baseline_year": None}, "baseline_year"),
    (RecordProblem.REQUIRED_BECAUSE, "assessment", {"responsible": None}, "responsible"),
    (RecordProblem.REQUIRED_BECAUSE, "review", {"decision": "returned", "reason": None}, "reason"),
    (RecordProblem.PART_ABOVE_WHOLE, "receipt", {"part": 2}, "part"),
    (RecordProblem.REQUIRED_BECAUSE, "receipt", lines("receipt", "results", {"outcome": "refused", "reason_code": None}), "results"),
    (RecordProblem.REQUIRED_BECAUSE, "device", {"is_revoked": True}, "revoked_at"),
    (RecordProblem.ENDS_BEFORE_START, "organisation_key", {"valid_to": date(2000, 1, 1)}, "valid_to"),
]  # fmt: skip


@pytest.mark.parametrize(("found", "name", "changes", "where"), CASES, ids=lambda x: getattr(x, "name", str(x))[:40])
def test_rule_finds_it(found: RecordProblem, name: str, changes: dict[str, Any], where: str | None) -> None:
    problems = check_record(sample(name, 0, **changes))
    hit = [each for each in problems if each.code == found.code and each.field == where]
    assert hit, [(each.code, each.field) for each in problems]
    assert hit[0].severity is found.severity
    assert "{" not in hit[0].text.zh + hit[0].text.en
    unfinished = check_values(name, record_type(name).values(sample(name, 0, **changes)))
    assert any(each.code == found.code and each.field == where for each in unfinished)


@pytest.mark.parametrize("name", sorted({case[1] for case in CASES}))
def test_rules_bear_every_missing_value(name: str) -> None:
    """A form in any state of filling in is checked without an exception."""
    kind = record_type(name)
    full = kind.values(sample(name))
    for field in kind.fields:
        check_values(kind, {**full, field.name: None})
        check_values(kind, {field.name: full[field.name]})
    for listed in kind.lists:
        assert listed.line is not None
        check_values(kind, {**full, listed.name: [{"note": "x", "no_such_field": 1}, {}]})


def test_shrub_area_is_the_worked_example() -> None:
    """X9: large 120 cm × 3, medium 80 × 6, small 40 × 10 on 100 m² give 7.6655 m²."""
    made = sample("shrub_quadrat")
    assert shrub_area_per_100_m2(made).quantize(D("0.0001")) == D("7.6655")
    three = dataclasses.replace(made, area_m2=D("300.0000"))
    assert shrub_area_per_100_m2(three).quantize(D("0.0001")) == D("2.5552")


def test_species_cover_may_exceed_the_total() -> None:
    """Species overlap; their cover is not refused for adding to more than the quadrat's (survey_rules.csv)."""
    changes = lines("herb_quadrat", "species", {"cover_percent": D("90.00")}, {"cover_percent": D("80.00")})
    assert check_record(sample("herb_quadrat", 0, **changes)) == []


def test_area_tolerance_of_the_plan_is_kept_to() -> None:
    within = {"deducted_area_mu": D("0.500"), "area_tolerance_mu": D("0.500")}
    assert check_record(sample("compensation_line", 0, **within)) == []


def test_working_days_are_not_counted_without_the_holiday_table() -> None:
    assert check_record(sample("compensation_notice", 0, days_required=8, day_kind="working")) == []


def test_stock_account_says_nothing_without_an_opening() -> None:
    changes = lines("livestock_count", "class_counts", {"opening": None, "sold": 500})
    assert check_record(sample("livestock_count", 0, **changes)) == []


def test_build_tells_every_error_at_once() -> None:
    with pytest.raises(UserError) as caught:
        build("household", {"code": "1", "village_code": "999999001001", "persons": "五"})
    assert caught.value.code == "REC-001"
    codes = {(each.code, each.field) for each in caught.value.problems}
    assert {("FLD-001", "head_name"), ("FLD-002", "persons"), ("REC-015", "code")} <= codes
    assert "3" in caught.value.text.zh and "牧户" in caught.value.text.zh


def test_build_takes_defaults_for_what_is_absent_but_not_for_what_is_emptied() -> None:
    given = {"code": "9999990010010001", "village_code": "999999001001", "head_name": "示例牧户"}
    assert build("household", given).status == "normal"
    with pytest.raises(UserError, match="REC-001"):
        build("household", {**given, "status": ""})


def test_lines_may_be_typed_as_text() -> None:
    rows = [
        {"species_code": "绵羊", "class_code": "成年母畜", "head": "1,200", "breeding_females": "1,100"},
        {"species_code": "", "class_code": None},
    ]
    values = {
        "household_id": sample_id("household", 0), "year": "2025", "occasion": "牧业年度(6月末)",
        "counted_on": "2025年6月30日", "counted_by": "测试员", "class_counts": rows,
    }  # fmt: skip
    made = build("livestock_count", values)
    assert len(made.class_counts) == 1 and made.class_counts[0].head == 1200
    rows[1] = {"species_code": "熊", "head": "-1"}
    found = check_values("livestock_count", values)
    places = {(each.code, each.field, each.line) for each in found}
    assert ("FLD-015", "class_counts.species_code", 2) in places
    assert ("FLD-005", "class_counts.head", 2) in places
    assert ("FLD-001", "class_counts.class_code", 2) in places


def test_lines_of_the_wrong_kind_are_refused() -> None:
    found = check_values("livestock_count", {"class_counts": "三只羊"})
    assert ("FLD-012", "class_counts") in {(each.code, each.field) for each in found}


def test_a_wrong_type_in_a_record_is_told_before_the_rules() -> None:
    made = sample("parcel", 0, area_mu="100")
    assert [each.code for each in check_record(made)] == ["FLD-012"]


def test_dates_are_held_against_today_only_where_they_tell_of_the_past() -> None:
    made = sample("inspection", 0, deadline_on=date(2030, 1, 1), rechecked_on=None, recheck_result=None)
    assert check_record(made, date(2026, 1, 1)) == []
    assert {each.code for each in check_record(made, date(2025, 1, 1))} == {"FLD-027"}


def test_errors_come_first() -> None:
    found = check_record(sample("plot", 0, surveyed_on=date(2025, 3, 1), surveyor=None))
    assert [each.severity for each in found] == [Severity.ERROR, Severity.WARN]


def test_records_are_values() -> None:
    """Equal by what they hold, usable as keys, frozen; and what is sensitive never shows in a log."""
    first, same, other = sample("household"), sample("household"), sample("household", 1)
    assert first == same and hash(first) == hash(same) and first != other
    assert first != sample("parcel")
    with pytest.raises(dataclasses.FrozenInstanceError):
        first.head_name = "x"
    shown = repr(first)
    assert "示例牧户1" in shown and first.identity_number not in shown and first.account_number not in shown
