"""What every record type owes: labels, units, lists, links, a valid sample that round-trips, coverage of the forms."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from published import table
from survey_coverage import CALCULATED, COVERED

from station_app.domain import codes
from station_app.domain.fields import Field, Form, Kind, Share, Weight, described_fields
from station_app.domain.registry import RecordType, all_types, has_type, record_type
from station_app.domain.samples import sample
from station_app.domain.validation import build, check_record, check_values, is_error, parse_value
from station_app.domain.value_text import format_value
from station_app.storage.reference import install_code_lists

install_code_lists()
TYPES = list(all_types())
TODAY = date(2026, 1, 1)
NAMES = """
organisation staff household household_change parcel responsibility_statement capacity_approval livestock_count
forage_supply plot plot_new herb_quadrat shrub_quadrat frequency_survey shrub_line_survey cover_monitoring
project_benefit feeding_survey greenup_observation rodent_survey insect_survey toxic_plant_survey compensation_plan
compensation_batch compensation_line compensation_notice objection bank_feedback inspection carbon_activity soil_sample
carbon_registration target assessment review receipt device organisation_key account calculation_scheme calculation_result
""".split()  # noqa: SIM905
# Numbers that are counted without a unit, or whose unit stands in a field beside them.
NO_UNIT = re.compile(
    r"(.*year|.*_number|round|sequence|part|parts|high_water|item_number|number|.*coefficient|value|baseline_value|"
    r"actual_value)\Z"
)


def every_field(kind: RecordType) -> Iterator[tuple[str, Field]]:
    for field in kind.fields:
        yield field.name, field
        if field.line is not None:
            for inner in described_fields(field.line):
                yield f"{field.name}.{inner.name}", inner


def named(path: str) -> Field:
    kind, _, rest = path.partition(".")
    fields = dict(every_field(record_type(kind)))
    return fields[rest]


@pytest.mark.parametrize("kind", TYPES, ids=lambda t: t.name)
def test_sensitive_values_stay_in_the_county(kind: RecordType) -> None:
    for path, field in every_field(kind):
        if field.sensitive:
            assert field.share in (Share.STATION, Share.COUNTY), f"{kind.name}.{path}"


def test_all_subjects_of_version_1_are_described() -> None:
    assert [name for name in NAMES if not has_type(name)] == []


@pytest.mark.parametrize("kind", TYPES, ids=lambda t: t.name)
def test_description_is_complete(kind: RecordType) -> None:
    for text in (kind.label, kind.plural):
        assert re.search("[\u4e00-\u9fff]", text.zh)
        assert text.en and not re.search("[\u4e00-\u9fff]", text.en)
    assert kind.authors and kind.title
    for path, field in every_field(kind):
        where = f"{kind.name}.{path}"
        assert field.label.zh and field.label.en, where
        assert not re.search("[\u4e00-\u9fff]", field.label.en), where
        assert re.search("[\u4e00-\u9fff]", field.label.zh) or field.label.zh.startswith(("IPCC", "GWP")), where
        if field.help is not None:
            assert field.help.zh and field.help.en, where
        if field.is_number and not NO_UNIT.match(field.name):
            assert field.unit, f"{where} has no unit"
        if field.kind in (Kind.CODE, Kind.CODES):
            assert codes.has_list(field.codes), f"{where}: no list {field.codes}"
        if field.kind is Kind.LINK:
            assert has_type(field.target), f"{where}: no type {field.target}"
        assert field.confidence in ("A", "B", "C", "P"), where
        bounds = (field.minimum, field.soft_minimum, field.soft_maximum, field.maximum)
        given = [bound for bound in bounds if bound is not None]
        assert given == sorted(given), f"{where}: bounds out of order"


@pytest.mark.parametrize("kind", TYPES, ids=lambda t: t.name)
def test_labels_are_unique_within_a_record(kind: RecordType) -> None:
    for language in ("zh_CN", "en"):
        headings = [field.heading(language) for field in kind.fields]
        assert len(set(headings)) == len(headings)
        for listed in kind.lists:
            assert listed.line is not None
            inner = [field.heading(language) for field in described_fields(listed.line)]
            assert len(set(inner)) == len(inner)


@pytest.mark.parametrize("kind", TYPES, ids=lambda t: t.name)
def test_keys_and_year_exist(kind: RecordType) -> None:
    for name in (*kind.key, *kind.title, *kind.search):
        assert name in kind.by_name
        assert kind.by_name[name].kind is not Kind.LINES
    if kind.year_field:
        assert kind.by_name[kind.year_field].kind in (Kind.INTEGER, Kind.DATE)


@pytest.mark.parametrize("kind", TYPES, ids=lambda t: t.name)
def test_weight_is_decisive_where_a_merge_must_not_decide(kind: RecordType) -> None:
    for path, field in every_field(kind):
        decisive = field.unit in ("元", "元/亩", "亩", "头只") or field.form in (Form.IDENTITY, Form.ACCOUNT)
        if decisive:
            assert field.weight is Weight.DECISIVE, f"{kind.name}.{path}"
        if field.form in (Form.IDENTITY, Form.ACCOUNT):
            assert field.sensitive, f"{kind.name}.{path}"


@pytest.mark.parametrize("kind", TYPES, ids=lambda t: t.name)
@pytest.mark.parametrize("n", [0, 1, 6, 4711])
def test_sample_is_valid_and_round_trips(kind: RecordType, n: int) -> None:
    made = sample(kind.name, n)
    assert check_record(made, TODAY) == []
    assert check_values(kind, kind.values(made), TODAY) == []
    assert build(kind, kind.values(made)) == made
    assert sample(kind.name, n) == made
    for field in kind.scalars:
        value = getattr(made, field.name)
        for language in ("zh_CN", "en"):
            shown = format_value(field, value, language)
            assert parse_value(field, shown) == (value, None), (field.name, shown)


@pytest.mark.parametrize("kind", TYPES, ids=lambda t: t.name)
def test_samples_differ_in_their_key(kind: RecordType) -> None:
    keys = {tuple(getattr(sample(kind.name, n), name) for name in kind.key) for n in range(5)}
    assert not kind.key or len(keys) == 5


@pytest.mark.parametrize("kind", TYPES, ids=lambda t: t.name)
def test_typed_text_builds_the_same_record(kind: RecordType) -> None:
    """What a form holds as text becomes the record that was meant."""
    made = sample(kind.name, 2)
    typed: dict[str, object] = {field.name: format_value(field, getattr(made, field.name)) for field in kind.scalars}
    for listed in kind.lists:
        assert listed.line is not None
        typed[listed.name] = [
            {inner.name: format_value(inner, getattr(row, inner.name)) for inner in described_fields(listed.line)}
            for row in getattr(made, listed.name)
        ]
    assert build(kind, typed) == made


@pytest.mark.parametrize("kind", TYPES, ids=lambda t: t.name)
def test_an_empty_form_is_told_what_is_required(kind: RecordType) -> None:
    blank = {field.name: "" for field in kind.fields}
    missing = {each.field for each in check_values(kind, blank) if each.code == "FLD-001"}
    assert {field.name for field in kind.fields if field.required} <= missing


@pytest.mark.parametrize("kind", TYPES, ids=lambda t: t.name)
def test_wrong_types_are_refused_and_never_raise(kind: RecordType) -> None:
    for field in kind.fields:
        for raw in ("\x00", "１２，３", object(), float("nan"), -1e30, b"x", {"a": 1}, True, "x" * 2_000_000):
            value, wrong = parse_value(field, raw)
            assert wrong is None or wrong.text.zh and wrong.text.en
            if wrong is not None and is_error(wrong):
                assert value in (None, ())


def test_every_row_of_the_survey_forms_is_covered() -> None:
    rows = table("survey_fields")
    assert {(row["form"], row["field"]) for row in rows} == set(COVERED)
    for row in rows:
        paths = COVERED[row["form"], row["field"]]
        if paths == CALCULATED:
            assert (
                row["type"] in ("calc", "")
                and "=" in row["label_cn"] + row["rule"]
                or row["type"] == "calc"
                or (row["field"] in ("eff_holes_ha",))
            )
            continue
        for path in paths:
            named(path)


def test_survey_units_and_lists_are_those_of_the_forms() -> None:
    """Where one field stands for one row, unit and number of kinds agree; densities per ha are counted instead."""
    same = {"株(丛)/m²": "株丛/m²", "°′": "°", "个/hm²": "个", "亩;kg": "kg"}
    for row in table("survey_fields"):
        paths = COVERED[row["form"], row["field"]]
        if isinstance(paths, str) or len(paths) != 1 or not row["unit"]:
            continue
        field = named(paths[0])
        if field.is_number:
            assert field.unit == same.get(row["unit"], row["unit"]), paths


def test_survey_code_lists_are_taken_over_whole() -> None:
    for row in table("survey_codes"):
        item = codes.code_list(row["list"]).by_code[row["code"]]
        assert item.label.zh == row["label_cn"]
        assert item.confidence == row["confidence"]


def test_old_and_new_form_share_no_list_but_the_slope_position() -> None:
    def lists(name: str) -> set[str]:
        return {field.codes for field in record_type(name).fields if field.codes}

    assert lists("plot") & lists("plot_new") == {"slope_pos"}


def test_hard_ranges_are_those_of_the_table() -> None:
    ranges = {row["key"]: row for row in table("survey_ranges")}
    for key, paths in {
        "cover": ("herb_quadrat.cover_percent", "plot_new.cover_percent"),
        "lon": ("plot.lon", "plot_new.lon", "herb_quadrat.lon"),
        "lat": ("plot.lat", "plot_new.lat", "cover_monitoring.lat"),
        "slope": ("plot_new.slope_deg",),
    }.items():
        for path in paths:
            field = named(path)
            assert (field.minimum, field.maximum) == (Decimal(ranges[key]["min"]), Decimal(ranges[key]["max"])), path
    for key, path in {
        "soc": "soil_sample.layers.soc_g_per_kg",
        "bd": "soil_sample.layers.bulk_density_g_per_cm3",
    }.items():
        field = named(path)
        assert (field.soft_minimum, field.soft_maximum) == (Decimal(ranges[key]["min"]), Decimal(ranges[key]["max"]))


REGISTRY = {
    "project_no": "project_number", "name": "name", "owner": "owner", "right": "title_right", "parcel": "parcel_id",
    "area": "area_ha", "grass_class": "grass_class", "climate": "climate", "soil": "soil",
    "degr0": "baseline_degradation", "regime": "scheme", "other_credit": "credited_elsewhere",
    "base_year": "baseline_from_year", "base_method": "baseline_method", "base_agb": "baseline_agb_t_per_ha",
    "base_soc": "baseline_soc_t_per_ha", "base_stock": "baseline_stock", "base_fuel": "baseline_inputs",
    "mon_period": "monitored_from", "method": "method", "factor_set": "factor_set", "plots": "plot_numbers",
    "soil_samples": "soil_samples", "stock_t": "final_stock", "gwp_set": "gwp_set", "unc": "uncertainty_percent",
    "leak": "leakage", "reversal": "reversal", "validator": "validator", "val_date": "validated_on",
    "ver_result": "verification_result", "issued": "issued_t_co2e", "share_level": "share_level",
    "sent_to": "sendings",
}  # fmt: skip
ACTIVITY = {"act_type": "kinds", "act_start": "started_on", "act_area": "area_ha", "act_proof": "evidence_text"}


def test_every_field_of_the_carbon_register_is_covered() -> None:
    for row in table("carbon_registry_fields"):
        key, required = row["key"], row["required"] == "Y"
        if row["required"] == "calc" or key == "rev":  # revisions are the journal's
            continue
        kind, name = ("carbon_activity", ACTIVITY[key]) if key in ACTIVITY else ("carbon_registration", REGISTRY[key])
        field = record_type(kind).by_name[name]
        assert field.unit == row["unit"] or field.kind is Kind.LINES, key
        if required and key != "sent_to":  # nothing is sent before it is registered
            assert field.required, key


def test_headings_seen_on_real_sheets_are_known() -> None:
    where = {
        "head_name": "household.head_name", "id_number": "household.identity_number",
        "account_no": "household.account_number", "bank_name": "household.bank_name",
        "area_contract_mu": "household.contract_area_mu", "area_deduct_mu": "compensation_line.deducted_area_mu",
        "area_ban_mu": "compensation_line.ban_area_mu", "area_balance_mu": "compensation_line.balance_area_mu",
        "rate": "compensation_plan.rates.rate_yuan_per_mu", "amount": "compensation_line.net_yuan",
        "village": "household.village_code", "group": "household.group_name",
        "capacity": "capacity_approval.approved_su", "households": "compensation_batch.household_count",
        "persons": "household.persons", "remarks": "household.note",
    }  # fmt: skip
    not_stored = {"township", "serial"}  # read from the village code; counted anew
    for row in table("compensation_header_aliases"):
        if row["canonical_field"] in not_stored:
            continue
        field = named(where[row["canonical_field"]])
        heading = re.sub(r"\s*\((元|元/亩|亩)\)\Z", "", row["heading_zh"])
        assert heading in (field.label.zh, *field.headings), row


def test_states_are_those_of_the_table() -> None:
    rows = table("compensation_states")
    for kind in ("batch", "line"):
        seen = {row[end].lower() for row in rows if row["object"] == kind for end in ("from_state", "to_state")}
        assert set(codes.code_list(f"{kind}_state").by_code) == seen - {"(missing)"}


def test_grassland_classes_are_those_of_the_table() -> None:
    rows = [row for row in table("grassland_class") if row["level"].startswith("class")]
    eighteen = {row["code"]: row["class_zh"] for row in rows if "18 classes" in row["scheme"]}
    nine = {row["code"]: row["class_zh"] for row in rows if "9 classes" in row["scheme"]}
    assert {code: text.zh for code, text in codes.code_list("grassland_class").labels.items()} == eighteen
    assert {code: text.zh for code, text in codes.code_list("grassland_class_9").labels.items()} == nine


def test_species_are_those_of_the_coefficient_tables() -> None:
    assert {row["species_code"] for row in table("sheep_unit_adult")} <= set(codes.code_list("species").by_code)


def test_code_lists_speak_both_languages() -> None:
    for known in codes.all_lists():
        assert known.label.zh and known.label.en
        assert len({item.label.zh for item in known.items}) == len(known.items), known.name
        for item in known.items:
            assert item.label.en and item.source and item.confidence in ("A", "B", "C", "P"), (known.name, item.code)
            assert not re.search("[\u4e00-\u9fff]", item.label.en), (known.name, item.code)
