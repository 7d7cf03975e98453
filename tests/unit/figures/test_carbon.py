"""Carbon from records: each ledger against figures worked out by hand, table and explanation digit for digit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal as D
from pathlib import Path
from typing import Any

import pytest
from calc_helpers import printed, refused, sound
from carbon_helpers import CARBON, FIRST, SECOND, TOWNSHIP, YEAR, Carbon, a_workspace

from station_app.domain.calc.explanation import OriginKind
from station_app.domain.registry import Role
from station_app.services.figures.carbon import CarbonReport, LedgerRow, carbon_report, carbon_why
from station_app.services.figures.carbon_records import gather
from station_app.services.figures.carbon_rows import LEDGERS, LEVELS, ranked
from station_app.services.figures.carbon_settings import settings_of
from station_app.services.figures.references import CoefficientReference, RecordReference, parse_reference
from station_app.storage.workspace import Workspace

HOME = f"{TOWNSHIP}000"


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Workspace]:
    with a_workspace(tmp_path / "站") as made:
        yield made


@pytest.fixture
def carbon(station: Workspace) -> Carbon:
    maker = Carbon(station)
    maker.places()
    maker.scheme()
    return maker


def report(carbon: Carbon, level: str = "station", **values: Any) -> CarbonReport:
    carbon.done()
    return carbon_report(carbon.workspace.read, YEAR, level=level, **values)


def row_of(rows: tuple[LedgerRow, ...], part: str = "", key: str = "") -> LedgerRow:
    return next(row for row in rows if row.part == part and row.key == key)


def codes(row: LedgerRow) -> list[str]:
    return [problem.code for problem in row.problems]


# --- stock -------------------------------------------------------------------------------------------------------------


def a_stock(carbon: Carbon) -> tuple[str, str]:
    """Two parcels of 150 and 300 mu (10 and 20 ha): plots of 60 and 100 g/m² air-dry, soil of 54 and 90 t C/ha."""
    owner = carbon.household(1)
    one, two = carbon.parcel(owner, "150"), carbon.parcel(owner, "300")
    carbon.plot("甲", 60)
    carbon.plot("乙", 100)
    carbon.sample("甲", one, "15")
    carbon.sample("乙", two, "25")
    return one, two


def test_the_stock_is_area_times_the_mean_of_the_class(carbon: Carbon) -> None:
    """Mean 0.8 t hay × 86 % × 0.45 × (1 + 7) = 2.4768 t C/ha; soil (54 + 90) / 2 = 72 t C/ha; on 30 ha."""
    a_stock(carbon)
    found = report(carbon)
    vegetation, soil, total = (row_of(found.stock.rows, part) for part in ("vegetation", "soil", "total"))
    assert (vegetation.value, vegetation.per_ha, vegetation.area_ha) == (D("74.304"), D("2.4768"), 30)
    assert (soil.value, soil.unit) == (2160, "t C")
    assert total.value == D("2234.304")
    # t(1) × s / √2 of 54 and 90: 12.706 × 18 / 72 = 317.65 %; the same for the plots: 12.706 × 0.2 / 0.8
    assert printed(soil.uncertainty_percent, 2) == "317.65"
    assert total.low is not None and total.low < total.value < (total.high or 0)
    assert found.stock.editions == ("carbon_fraction/cn-literature@1", "root_ratio/maan-2014@1")
    assert not total.doubtful and "CRB-024" in codes(total)  # said: the class stands for parcels with one sample
    assert "土壤 0–30 cm" in found.stock.counted.zh


def test_two_samples_of_a_parcel_go_before_its_class(carbon: Carbon) -> None:
    one, two = a_stock(carbon)
    carbon.sample("丙", one, "30")
    found = report(carbon, "parcel")
    assert row_of(found.stock.rows, "soil", one).value == (54 + 108) / D(2) * 10  # its own mean, 81 t C/ha
    assert row_of(found.stock.rows, "soil", two).value == (54 + 90 + 108) / D(3) * 20


def test_one_sample_alone_gives_a_stock_without_a_range(carbon: Carbon) -> None:
    owner = carbon.household(1)
    carbon.sample("甲", carbon.parcel(owner, "150"), "20")
    row = row_of(report(carbon).stock.rows, "soil")
    assert (row.value, row.low, row.high, row.uncertainty_percent) == (720, None, None, None)
    assert "CALC-062" in codes(row)


def test_what_is_not_there_is_not_zero_and_is_not_added(carbon: Carbon) -> None:
    owner = carbon.household(1)
    bare = carbon.parcel(owner, "150", grassland_class="2", code="示例2")
    soil_only = carbon.parcel(owner, "300")
    carbon.parcel(owner, "450", grassland_class=None, code="示例无类")
    carbon.sample("甲", soil_only, "20")
    found = report(carbon)
    vegetation, soil, total = (row_of(found.stock.rows, part) for part in ("vegetation", "soil", "total"))
    assert vegetation.value is None and {"CRB-011", "CRB-013"} <= set(codes(vegetation))
    assert (soil.value, soil.area_ha) == (1440, 20) and "CRB-012" in codes(soil)
    assert total.value is None and "CRB-022" in codes(total)
    assert row_of(report(carbon, "parcel").stock.rows, "soil", bare).value is None
    with refused("CRB-006"):
        carbon_why(carbon.workspace.read, YEAR, "stock", bare)


def test_a_class_without_a_root_ratio_has_no_vegetation_carbon(carbon: Carbon) -> None:
    owner = carbon.household(1)
    carbon.parcel(owner, "150", grassland_class="2", code="示例2")  # maan-2014 has classes 1 and 3 only
    carbon.plot("甲", 60, grass_class="2")
    row = row_of(report(carbon).stock.rows, "vegetation")
    assert row.value is None and "CRB-021" in codes(row)


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"layers": ((0, 20, "20"),)}, "CRB-019"),  # not down to 30 cm
        ({"layers": ((10, 30, "20"),)}, "CRB-019"),  # not from the top
        ({"layers": ((0, 40, "20"),)}, "CRB-019"),  # its layer can not be cut at 30 cm
        ({"layers": ((0, 30, None),)}, "CRB-020"),
    ],
)
def test_a_sample_that_can_not_tell_is_named_and_left_out(carbon: Carbon, values: dict[str, Any], code: str) -> None:
    owner = carbon.household(1)
    carbon.sample("甲", carbon.parcel(owner, "150"), "20", **values)
    found = report(carbon)
    assert code in [p.code for p in found.stock.problems]
    assert row_of(found.stock.rows, "soil").value is None


def test_a_deeper_sample_counts_down_to_the_chosen_depth(carbon: Carbon) -> None:
    owner = carbon.household(1)
    carbon.sample("甲", carbon.parcel(owner, "150"), "", layers=((0, 10, "30"), (10, 30, "15"), (30, 100, "5")))
    assert row_of(report(carbon).stock.rows, "soil").value == 720
    deep = settings_of(carbon.workspace.read, YEAR).with_(soil_depth_cm=100)
    assert row_of(report(carbon, settings=deep).stock.rows, "soil").value == 720 + 420
    assert deep.changed == ("soil_depth_cm",)


def test_a_sample_without_a_place_and_a_plot_that_waits_are_named(carbon: Carbon) -> None:
    carbon.parcel(carbon.household(1), "150")
    carbon.sample("甲", None, "20")
    plot = carbon.plot("乙", 60)
    carbon.new("herb_quadrat", plot_id=plot, quadrat_no="乙-04", cover_percent=D(1), height_cm=D(1), dominant="羊草",
               main_species="羊草", fresh_g=D(100))  # fmt: skip
    found = {p.code for p in report(carbon).stock.problems}
    assert {"CRB-018", "CRB-015"} <= found


def test_a_plot_that_tells_no_biomass_and_a_parcel_of_nothing_are_named(carbon: Carbon) -> None:
    owner = carbon.household(1)
    carbon.parcel(owner, "150")
    carbon.parcel(owner, "0", code="示例零")
    plot = carbon.plot("甲", 60)
    carbon.new("herb_quadrat", plot_id=plot, quadrat_no="甲-04", cover_percent=D(1), height_cm=D(1), dominant="羊草",
               main_species="羊草", fresh_g=D(100), dry_g=D(50), drying_method="not_recorded")  # fmt: skip
    carbon.plot("乙", 60)
    stock = report(carbon).stock
    assert "CRB-017" in [p.code for p in stock.problems]
    assert "CRB-014" in codes(row_of(stock.rows, "vegetation"))


def test_a_county_is_told_which_plots_lie_in_no_township(tmp_path: Path) -> None:
    with a_workspace(tmp_path / "县", Role.COUNTY) as made:
        maker = Carbon(made)
        maker.places()
        maker.scheme()
        maker.parcel(maker.household(1), "150")
        maker.plot("甲", 60, region_code=None)
        assert "CRB-023" in [p.code for p in report(maker).stock.problems]


def test_air_dry_plots_wait_for_the_share_of_dry_matter(tmp_path: Path) -> None:
    with a_workspace(tmp_path / "站") as made:
        carbon = Carbon(made)
        carbon.places()
        carbon.scheme(dry_matter_percent=None, dry_matter_source=None)
        a_stock(carbon)
        found = report(carbon)
        assert "CRB-016" in [p.code for p in found.stock.problems]
        assert row_of(found.stock.rows, "vegetation").value is None


def test_the_baseline_of_a_registration_stands_in_where_there_is_no_sample(carbon: Carbon) -> None:
    parcel = carbon.parcel(carbon.household(1), "150", degradation="1")
    carbon.registration(parcel, "10", "4")
    row = row_of(report(carbon, "parcel").stock.rows, "soil", parcel)
    assert (row.value, row.low) == (300, None)  # 30 t C/ha as somebody put on record


# --- yearly change -----------------------------------------------------------------------------------------------------


def change_of(carbon: Carbon, baseline: str, now: str | None, **values: Any) -> LedgerRow:
    parcel = carbon.parcel(carbon.household(1), "15000", degradation=now)
    carbon.registration(parcel, "1000", baseline, **values)
    return row_of(report(carbon).change.rows)


def test_x11_from_severe_to_nominal_on_a_thousand_hectares(carbon: Carbon) -> None:
    row = change_of(carbon, "4", "1")
    assert (row.value, row.co2_t, row.area_ha) == (645, -2365, 1000)  # a removal is below zero
    assert printed(row.uncertainty_percent, 1) == "93.7"
    assert row.doubtful  # how degrees map to classes is a policy choice nobody has verified
    old = settings_of(carbon.workspace.read, YEAR).with_(ipcc_edition="2006")
    found = report(carbon, settings=old)
    assert row_of(found.change.rows).value == 750
    assert "soc_reference/ipcc2006@1" in found.editions and "soc_reference/ipcc2019@1" not in found.editions
    assert "CRB-038" in codes(row_of(found.change.rows))  # it was registered by 2019


def test_land_that_got_worse_loses_carbon(carbon: Carbon) -> None:
    row = change_of(carbon, "1", "4")
    assert (row.value, row.co2_t) == (-645, 2365)


def test_recovery_is_not_assumed(carbon: Carbon) -> None:
    row = change_of(carbon, "4", None)
    assert row.value is None and "CRB-032" in codes(row)


def test_change_stops_after_twenty_years_and_begins_with_the_activity(carbon: Carbon) -> None:
    parcel = carbon.parcel(carbon.household(1), "15000", degradation="1")
    carbon.registration(parcel, "1000", "4")
    carbon.activity(parcel, ("ban",), "1000", date(2007, 5, 1))
    assert row_of(report(carbon).change.rows).value == 645  # 2026 is the twentieth year
    later = carbon_report(
        carbon.workspace.read, YEAR, settings=settings_of(carbon.workspace.read, YEAR), level="station"
    )
    assert later.change.rows == report(carbon).change.rows
    old = carbon.parcel(carbon.household(2), "15001", degradation="1", code="示例老")
    carbon.registration(old, "1000", "4", project_number="示例老")
    carbon.activity(old, ("ban",), "1000", date(2006, 5, 1))
    row = row_of(report(carbon, "parcel").change.rows, "", old)
    assert (row.value, row.low, row.high) == (0, 0, 0) and "CRB-036" in codes(row)


def test_what_begins_after_the_year_changes_nothing_yet(carbon: Carbon) -> None:
    parcel = carbon.parcel(carbon.household(1), "15000", degradation="1")
    carbon.registration(parcel, "1000", "4", baseline_from_year=YEAR, baseline_to_year=YEAR)
    row = row_of(report(carbon).change.rows)
    assert row.value == 0 and "CRB-037" in codes(row)


def test_improved_land_counts_as_improved_where_it_is_not_degraded(carbon: Carbon) -> None:
    parcel = carbon.parcel(carbon.household(1), "15000", degradation="1")
    carbon.registration(parcel, "1000", "1")
    carbon.activity(parcel, ("reseeding", "fertiliser"), "400", date(YEAR - 1, 5, 1))
    row = row_of(report(carbon).change.rows)
    assert printed(row.value, 4) == printed(D(43) * (D("1.14") * D("1.11") - 1) * 400 / 20, 4)
    degraded = carbon.parcel(carbon.household(2), "15001", degradation="4", code="示例退")
    carbon.registration(degraded, "1000", "4", project_number="示例退")
    carbon.activity(degraded, ("reseeding",), "400", date(YEAR - 1, 5, 1))
    row = row_of(report(carbon, "parcel").change.rows, "", degraded)
    assert row.value == 0 and "CRB-041" in codes(row)


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"credited_elsewhere": True, "credited_where": "示例机制"}, "CRB-034"),
        ({"factor_set": "IPCC 2006"}, "CRB-038"),
    ],
)
def test_what_must_be_said_of_a_registration(carbon: Carbon, values: dict[str, Any], code: str) -> None:
    assert code in codes(change_of(carbon, "4", "1", **values))


def test_two_registrations_of_a_parcel_and_areas_that_do_not_fit(carbon: Carbon) -> None:
    parcel = carbon.parcel(carbon.household(1), "150", degradation="1")
    carbon.registration(parcel, "11", "4")
    carbon.registration(parcel, "12", "3", monitored_from=date(YEAR, 6, 1))
    carbon.activity(parcel, ("reseeding",), "13", date(YEAR - 1, 5, 1))
    found = report(carbon)
    assert "CRB-033" in [p.code for p in found.change.problems]
    row = row_of(found.change.rows)
    assert row.value is None and {"CRB-035", "CRB-039"} <= set(codes(row))
    lost = carbon.registration("0" * 36, "1", "4")
    assert "CRB-040" in [p.code for p in report(carbon).change.problems] and lost


def test_without_a_baseline_there_is_no_change(carbon: Carbon) -> None:
    carbon.parcel(carbon.household(1), "150", degradation="1")
    found = report(carbon)
    assert found.change.rows == () and [p.code for p in found.change.problems] == ["CRB-031"]
    with refused("CRB-006"):
        carbon_why(carbon.workspace.read, YEAR, "change", "")


# --- emissions ---------------------------------------------------------------------------------------------------------


def test_x10_methane_of_the_herds_counted(carbon: Carbon) -> None:
    """1000 sheep, 200 goats and 20 horses in one household: 6360 kg CH4 × 27.0."""
    owner = carbon.household(1)
    carbon.count(owner, {"sheep": 1000, "goat": 200, "horse": 20})
    found = report(carbon, "household")
    row = found.emissions.rows[0]
    assert (row.value, row.unit, row.items) == (D("171.72"), "t CO2e/a", 1)
    assert printed(row.uncertainty_percent, 1) == "40.2"
    assert row.doubtful  # the potentials of the sixth report are quoted from memory
    fifth = settings_of(carbon.workspace.read, YEAR).with_(gwp_set="ar5@1")
    other = report(carbon, "household", settings=fifth)
    assert (other.emissions.rows[0].value, other.emissions.rows[0].doubtful) == (D("178.08"), False)
    assert "gwp/ar5@1" in other.editions and "gwp/ar6@1" not in other.editions
    assert "AR5" in other.emissions.counted.zh


def test_a_household_counts_with_the_mean_of_its_two_counts(carbon: Carbon) -> None:
    owner = carbon.household(1)
    carbon.count(owner, {"sheep": 1000})
    carbon.count(owner, {"sheep": 600, "goat": 100}, "year_end")
    row = report(carbon, "household").emissions.rows[0]
    assert row.value == (800 * 5 + 50 * 5) * 27 / D(1000)
    assert "CRB-054" not in codes(row)


def test_of_two_counts_of_an_occasion_the_latest_is_taken_and_said(carbon: Carbon) -> None:
    owner = carbon.household(1)
    carbon.count(owner, {"sheep": 1000})
    carbon.count(owner, {"sheep": 400}, counted_on=date(YEAR, 6, 30))
    carbon.count(owner, {"sheep": 9}, "spot_check", counted_on=date(YEAR, 9, 30))
    row = report(carbon, "household").emissions.rows[0]
    assert row.value == 400 * 5 * 27 / D(1000)
    assert {"CRB-053", "CRB-054"} <= set(codes(row))


def test_a_household_without_a_count_is_not_one_without_animals(carbon: Carbon) -> None:
    carbon.count(carbon.household(1), {"sheep": 1000})
    carbon.household(2)
    found = report(carbon, "household")
    assert [row.value for row in found.emissions.rows] == [135, None]
    assert "CRB-051" in codes(found.emissions.rows[1])
    assert "CRB-052" in codes(row_of(report(carbon).emissions.rows))


def test_emissions_are_told_by_parcel_where_the_count_names_the_pasture(carbon: Carbon) -> None:
    owner = carbon.household(1)
    told, other = carbon.parcel(owner, "150"), carbon.parcel(owner, "300")
    carbon.count(owner, {"sheep": 1000}, parcel_id=told)
    rows = report(carbon, "parcel").emissions.rows
    assert row_of(rows, "", told).value == 135
    assert row_of(rows, "", other).value is None and "CRB-055" in codes(row_of(rows, "", other))


def test_factors_without_a_range_are_said_once_with_their_number(carbon: Carbon) -> None:
    from station_app.domain.calc.problems import CalculationProblem
    from station_app.services.figures.carbon_rows import gathered

    one, two = (CalculationProblem.NO_UNCERTAINTY.at("", coefficient=name) for name in ("a", "b"))
    assert gathered([one]) == (one,)
    assert [(p.code, "2" in p.text.en) for p in gathered([one, two])] == [("CRB-063", True)]


def test_yaks_need_a_factor_that_stands_in(carbon: Carbon) -> None:
    carbon.count(carbon.household(1), {"yak": 100, "pig": 3})
    row = row_of(report(carbon).emissions.rows)
    assert row.value is None and "CRB-056" in codes(row) and "CRB-057" in codes(row)
    given = settings_of(carbon.workspace.read, YEAR).with_(yak_factor_of="cattle")
    row = row_of(report(carbon, settings=given).emissions.rows)
    assert row.value == 100 * 56 * 27 / D(1000) and "CALC-037" in codes(row)
    old = row_of(report(carbon, settings=given.with_(ipcc_edition="2006")).emissions.rows)
    assert old.value == 100 * 46 * 27 / D(1000)  # grazing cows of 2006


def test_what_dung_gives_is_left_out_by_name_where_quotations_conflict(carbon: Carbon) -> None:
    carbon.count(carbon.household(1), {"camel": 10, "sheep": 100})
    carbon.done()
    given = settings_of(carbon.workspace.read, YEAR).with_(emission_sources=("enteric", "manure_ch4"))
    row = row_of(report(carbon, settings=given).emissions.rows)
    assert "CALC-061" in codes(row)
    manure = 100 * D("8.3") * 31 / 1000 * 365 * D("0.6") / 1000
    assert printed(row.value, 6) == printed((460 + 500 + manure) * 27 / 1000, 6)


def test_nothing_is_computed_while_a_choice_is_missing(tmp_path: Path) -> None:
    with a_workspace(tmp_path / "站") as made:
        carbon = Carbon(made)
        carbon.places()
        carbon.scheme(emission_sources=(), root_ratio_set=None, degradation_class_set=None)
        parcel = carbon.parcel(carbon.household(1), "15000", degradation="1")
        carbon.plot("甲", 60)
        carbon.registration(parcel, "1000", "4")
        carbon.count(carbon.household(2), {"sheep": 1})
        found = report(carbon)
        for row in (row_of(found.stock.rows, "vegetation"), row_of(found.change.rows), row_of(found.emissions.rows)):
            assert row.value is None and "CRB-002" in codes(row), row
        dung = settings_of(made.read, YEAR).with_(emission_sources=("n2o_direct",), pasture_percent=None)
        assert "CRB-002" in codes(row_of(report(carbon, settings=dung).emissions.rows))


def test_parcels_have_emissions_only_where_counts_name_them(carbon: Carbon) -> None:
    owner = carbon.household(1)
    parcel = carbon.parcel(owner, "150")
    carbon.parcel(owner, "300")
    assert report(carbon, "parcel").emissions.rows == ()
    carbon.count(owner, {"sheep": 100}, parcel_id=parcel)
    rows = report(carbon, "parcel").emissions.rows
    assert {row.key: row.value for row in rows if row.value} == {parcel: D("13.5")}


# --- all three ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def whole(carbon: Carbon) -> Carbon:
    """Two villages with everything."""
    for number, village in enumerate((FIRST, SECOND, SECOND), 1):
        owner = carbon.household(number, village)
        parcel = carbon.parcel(
            owner, f"{1500 * number + number}.125", village, degradation=str(number), code=f"示例地{number}"
        )
        carbon.registration(parcel, f"{90 * number}", "4", project_number=f"示例{number}")
        carbon.sample(f"土{number}", parcel, f"{14 + 3 * number}")
        carbon.plot(f"样{number}", 50 + 17 * number)
        carbon.count(owner, {"sheep": 101 * number, "cattle": number})
        if number > 1:
            carbon.count(owner, {"sheep": 90 * number}, "year_end")
    return carbon


@pytest.mark.parametrize("level", LEVELS)
def test_table_and_explanation_have_the_same_digits(whole: Carbon, level: str) -> None:
    found = report(whole, level)
    names = {"stock": "t_c", "change": "t_c", "emissions": "t_co2e"}
    seen = 0
    for ledger in found.ledgers:
        for row in ledger.rows:
            if row.value is None:
                continue
            outcome: Any = sound(
                carbon_why(whole.workspace.read, YEAR, ledger.name, row.key, part=row.part, level=level)
            ).outcome
            before = {"stock": "total_", "change": "annual_", "emissions": "total_"}[ledger.name]
            ends = "annual_" if ledger.name == "change" else ""
            unit = names[ledger.name]
            assert getattr(outcome, f"{before}{unit}") == row.value
            assert getattr(outcome, f"{ends}low_{unit}") == row.low
            assert getattr(outcome, f"{ends}high_{unit}") == row.high
            assert outcome.uncertainty_percent == row.uncertainty_percent
            seen += 1
    assert seen >= (2 if level == "parcel" else 3)


@pytest.mark.parametrize(
    ("kind", "ledger"), [("carbon_stock", "stock"), ("carbon_change", "change"), ("emissions", "emissions")]
)
def test_a_frozen_ledger_is_found_again_to_the_last_digit(whole: Carbon, kind: str, ledger: str) -> None:
    from station_app.services.entry import Entry
    from station_app.services.figures.freeze import Subject, freeze, recheck, to_confirm

    whole.done()
    workspace = whole.workspace
    result = carbon_why(workspace.read, YEAR, ledger, SECOND)
    confirmed = [given.origin.reference for given in to_confirm(result.explanation)]
    subject = Subject("village", "示例二嘎查", YEAR, code=SECOND)
    saved = freeze(Entry(workspace), kind, subject, result, confirmed)
    again = recheck(workspace.read, workspace.attachments, saved.record_id)
    assert again.sound and again.problems == () and again.changed == ()
    assert again.today is not None and all(each.same for each in (*again.stored, *again.today))


def test_every_input_leads_to_its_record_or_clause(whole: Carbon) -> None:
    whole.done()
    types = set()
    for ledger in LEDGERS:
        for each in carbon_why(whole.workspace.read, YEAR, ledger, FIRST).explanation.everything():
            for given in each.inputs:
                reference = parse_reference(given.origin.reference)
                if given.origin.kind is OriginKind.RECORD:
                    assert isinstance(reference, RecordReference), given
                    assert whole.workspace.read.get(reference.type_name, reference.record_id) is not None
                    types.add(reference.type_name)
                if given.origin.kind is OriginKind.COEFFICIENT:
                    assert isinstance(reference, CoefficientReference) and given.origin.mark
    assert types == {"parcel", "soil_sample", "herb_quadrat", "carbon_registration", "livestock_count"}


def test_sums_of_a_level_are_the_station(whole: Carbon) -> None:
    station = report(whole)
    for level in ("parcel", "household", "village", "township"):
        rows = report(whole, level)
        for part in ("vegetation", "soil", "total"):
            every = sum((row.value or D(0) for row in rows.stock.rows if row.part == part), D(0))
            assert printed(every, 9) == printed(row_of(station.stock.rows, part).value, 9)
        assert sum(row.value or 0 for row in rows.change.rows) == row_of(station.change.rows).value
    assert [row.key for row in report(whole, "village").change.rows] == [FIRST, SECOND]
    assert report(whole, "township").change.rows[0].name == "示例苏木"
    assert report(whole, "parcel", within=FIRST).change.rows[0].key == report(whole, "parcel").change.rows[0].key
    assert len(report(whole, "parcel", within=FIRST).change.rows) == 1


def test_the_level_is_told_from_the_key(whole: Carbon) -> None:
    whole.done()
    read = whole.workspace.read
    facts = gather(read, YEAR, ("emissions",))
    for key in (FIRST, HOME, "", next(iter(facts.households))):
        assert carbon_why(read, YEAR, "emissions", key).outcome.total_t_co2e > 0
    assert carbon_why(read, YEAR, "stock", next(iter(facts.parcels))).outcome.total_t_c > 0


def test_ledgers_are_never_added(whole: Carbon) -> None:
    found = report(whole)
    assert len({ledger.unit for ledger in found.ledgers}) == 3
    assert not any(hasattr(found, name) for name in ("total", "sum", "value"))


# --- order -------------------------------------------------------------------------------------------------------------


def ranged(name: str, value: str | None, low: str | None, high: str | None) -> LedgerRow:
    numbers = [None if each is None else D(each) for each in (value, low, high)]
    return LedgerRow("change", "village", name, "", name, name, "", "t C/a", None, *numbers)


def test_overlapping_ranges_are_said_and_not_ranked() -> None:
    rows = [
        ranged("甲", "10", "8", "12"),
        ranged("乙", "11", "9", "13"),
        ranged("丙", "30", "29", "31"),
        ranged("丁", None, None, None),
    ]
    placed, said = ranked(rows)
    assert [row.rank for row in placed] == [None, None, 1, None]
    assert [p.code for p in said] == ["CRB-061"] and "2" in said[0].text.en
    touching, said = ranked([ranged("甲", "10", "8", "12"), ranged("乙", "14", "12", "16")])
    assert [row.rank for row in touching] == [None, None] and said  # ends that meet overlap
    apart, said = ranked([ranged("甲", "10", "8", "12"), ranged("乙", "14", "13", "16")])
    assert [row.rank for row in apart] == [2, 1] and said == []


def test_without_a_range_nothing_is_ranked() -> None:
    placed, said = ranked([ranged("甲", "10", "8", "12"), ranged("乙", "100", None, None)])
    assert [row.rank for row in placed] == [None, None]
    assert [p.code for p in said] == ["CRB-062"]


def test_a_wide_range_overlaps_all_it_covers() -> None:
    rows = [ranged("宽", "50", "0", "100"), ranged("甲", "10", "9", "11"), ranged("乙", "90", "89", "91")]
    assert [row.rank for row in ranked(rows)[0]] == [None, None, None]


# --- what is refused ---------------------------------------------------------------------------------------------------


def test_bad_questions_are_refused(whole: Carbon, tmp_path: Path) -> None:
    whole.done()
    read = whole.workspace.read
    with refused("CRB-003"):
        carbon_report(read, YEAR, level="省")
    with refused("CRB-004"):
        carbon_report(read, YEAR, ledgers=("sum",))
    with refused("CRB-004"):
        carbon_why(read, YEAR, "sum", "")
    with refused("CRB-005"):
        carbon_why(read, YEAR, "stock", "152522200999")
    with refused("CRB-001"):
        carbon_report(read, 1999)
    with refused("CRB-004"):
        carbon_report(read, YEAR, ledgers=("stock",)).ledger("change")


def test_the_fossil_potential_is_refused_and_editions_are_not_mixed(whole: Carbon) -> None:
    whole.done()
    given = settings_of(whole.workspace.read, YEAR)
    fossil = row_of(report(whole, settings=given.with_(gwp_set="ar6-fossil@1")).emissions.rows)
    assert fossil.value is None and "CALC-040" in codes(fossil)
    mixed = given.with_(emission_sources=("enteric", "manure_ch4"), enteric_set="ipcc2006@1")
    row = row_of(report(whole, settings=mixed).emissions.rows)
    assert row.value is None and "CALC-021" in codes(row)


# --- accepted, in conflict ---------------------------------------------------------------------------------------------


def accept(workspace: Workspace, *types: str) -> None:
    """Make a county accept every record of some types."""
    from station_app.county.review import accept as accept_ids
    from station_app.county.review import unreviewed

    for name in types:
        accept_ids(workspace, name, unreviewed(workspace, name))


def test_at_a_county_what_is_not_accepted_stands_beside(tmp_path: Path) -> None:
    with a_workspace(tmp_path / "县", Role.COUNTY) as county:
        carbon = Carbon(county)
        carbon.places()
        carbon.scheme()
        first, second = carbon.household(1), carbon.household(2)
        carbon.count(first, {"sheep": 1000})
        a_stock(carbon)
        carbon.done()
        accept(county, "household", "parcel", "livestock_count")
        carbon.count(second, {"sheep": 10})
        found = report(carbon, "household")
        assert {row.key: (row.value, row.accepted) for row in found.emissions.rows if row.value} == {first: (135, True)}
        assert {row.key: (row.value, row.accepted) for row in found.emissions.entered} == {second: (D("1.35"), False)}
        assert found.emissions.totals[0].value == 135
        assert "CRB-008" in [p.code for p in found.emissions.problems]
        # Parcels are accepted, their plots and samples are not: no accepted stock, the other beside it.
        assert all(row.value is None for row in found.stock.rows)
        assert [row.value for row in found.stock.entered if row.part == "soil" and row.value] == [2160]
        read = county.read
        assert carbon_why(read, YEAR, "emissions", second, accepted=False).outcome.total_t_co2e == D("1.35")
        with refused("CRB-006"):
            carbon_why(read, YEAR, "emissions", second)
        accept(county, "plot", "herb_quadrat", "soil_sample")
        after = report(carbon, "station")
        assert row_of(after.stock.rows, "soil").value == 2160 and row_of(after.stock.rows, "soil").accepted
        assert not after.stock.entered


def test_a_record_in_conflict_is_left_out_and_named(whole: Carbon) -> None:
    from station_app.storage.versions import make_version

    whole.done()
    before = row_of(report(whole).emissions.rows).value
    workspace = whole.workspace
    (record_id,) = workspace.read.sql("SELECT record_id FROM livestock_count WHERE void=0 ORDER BY rowkey LIMIT 1")[0]
    head = workspace.read.heads(record_id)[0]
    for reason, day in (("一", "2026-06-27"), ("二", "2026-06-26")):
        fields = {
            **head.fields,
            "counted_on": day,
            "class_counts": [{**head.fields["class_counts"][0], "head": len(reason) + int(day[-1])}],
        }
        workspace.journal.merge([
            make_version(record_type=head.record_type, schema_version=head.schema_version, record_id=record_id,
                         parent_ids=(head.version_id,), hlc=workspace.journal.clock.next(), author="示例员", device=f"d{day}",
                         reason=reason, void=False, fields=fields)
        ])  # fmt: skip
    assert workspace.read.get("livestock_count", record_id).conflict  # type: ignore[union-attr]
    found = report(whole)
    assert "CRB-007" in [p.code for p in found.problems]
    after = row_of(found.emissions.rows).value
    assert before is not None and after is not None and after < before


def test_every_choice_of_the_scheme_is_read(carbon: Carbon) -> None:
    carbon.done()
    made = settings_of(carbon.workspace.read, YEAR)
    record = made.record
    assert (record.ipcc_edition, record.gwp_set) == (CARBON["ipcc_edition"], CARBON["gwp_set"])
    assert record.emission_sources == ("enteric",)
    assert (made.depth_cm, made.n2o_climate) == (30, "dry")
    assert made.with_(ipcc_edition="2019") is made
    assert made.with_(ipcc_edition="2006").changed == ("ipcc_edition",)
