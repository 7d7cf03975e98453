"""Actual values of indicators worked out from records: each held to a sum done by hand, each led back to its records."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import date
from decimal import Decimal as D
from pathlib import Path
from typing import Any

import pytest
from balance_helpers import a_scheme
from calc_helpers import sound
from target_helpers import COUNTY, OTHER_TOWN, TOWN, put, put_places

from station_app.domain.problems import Problem
from station_app.domain.registry import Role, record_type
from station_app.domain.samples import sample
from station_app.services.entry import Entry
from station_app.services.figures import actuals
from station_app.services.figures.actual_ways import (
    actual_reference,
    actual_why,
    computed_actual,
    explain_actual,
    usual_units,
)
from station_app.services.figures.actuals import Computed, Memo, Question
from station_app.services.figures.balance import balance_table
from station_app.services.figures.references import FigureReference, RecordReference, parse_reference
from station_app.storage.clock import SYSTEM_CLOCK
from station_app.storage.reader import State
from station_app.storage.workspace import Workspace

VILLAGE = f"{TOWN[:9]}201"
YEAR = 2026


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace.create(
        tmp_path / "站", org_code=TOWN[:9], org_name="示例苏木草原站", role=Role.STATION, author="示例员"
    ) as made:
        put_places(made)
        yield made


def asked(indicator: str, unit: str, region: str = TOWN, **more: Any) -> Question:
    return Question(indicator, unit, more.pop("direction", ""), region, more.pop("year", YEAR), "示例苏木")


def computed(workspace: Workspace, question: Question) -> Computed:
    found = computed_actual(Memo(workspace.read), question)
    assert isinstance(found, Computed), found
    why = actual_why(workspace.read, question)
    assert why is not None
    explanation = sound(why).explanation
    assert explanation.value("value") == found.value  # the explained digits are those of the table
    return found


def refused(workspace: Workspace, question: Question, code: str) -> Problem:
    found = computed_actual(Memo(workspace.read), question)
    assert isinstance(found, Problem) and found.code == code, found
    return found


def parcel(workspace: Workspace, code: str, area: str, village: str = VILLAGE, **values: Any) -> str:
    holder = put(workspace, "household", code=f"{village}{code}", village_code=village, head_name=f"示例牧户{code}")
    return put(workspace, "parcel", code=f"DK-{code}", household_id=holder, village_code=village, name="示例草场",
               area_mu=D(area), **{"scheme": "balance", **values})  # fmt: skip


def plot(workspace: Workspace, number: str, grass_class: str, covers: tuple[str, ...], **values: Any) -> None:
    made = sample(
        "plot", 0, plot_no=number, surveyed_on=date(YEAR, 8, 1), region_code=VILLAGE, grass_class=grass_class,
        has_shrub=False,
    )  # fmt: skip
    link = put(workspace, "plot", **{f.name: getattr(made, f.name) for f in record_type("plot").fields})
    for place, cover in enumerate(covers, 1):
        put(
            workspace, "herb_quadrat", plot_id=link, quadrat_no=f"{number}-{place}", surveyed_on=date(YEAR, 8, 1),
            area_m2=D(1), cover_percent=D(cover), fresh_g=D(200), dominant="示例草",
            **{"height_cm": D(10 + place), "dry_g": D(90 + place), "drying_method": "air", **values},
        )  # fmt: skip


# --- sums and shares ---------------------------------------------------------------------------------------------------


def test_trainings_are_counted_in_the_region_and_the_year(station: Workspace) -> None:
    for day, region in ((date(2026, 5, 1), TOWN), (date(2026, 6, 1), VILLAGE), (date(2025, 6, 1), TOWN),
                        (date(2026, 7, 1), OTHER_TOWN), (date(2026, 8, 1), None)):  # fmt: skip
        put(
            station,
            "training_log",
            held_on=day,
            kind="training",
            topic="示例",
            place="示例",
            participants=5,
            region_code=region,
        )
    found = computed(station, asked("trainings", "times"))
    assert found.value == 3  # one without a code counts for the whole station
    village = computed(station, asked("trainings", "times", VILLAGE))
    assert village.value == 1 and [p.code for p in village.problems] == ["GAP-014"]
    refused(station, asked("trainings", "times", year=2020), "GAP-011")


def test_the_area_under_a_ban_in_either_unit(station: Workspace) -> None:
    parcel(station, "0001", "1000.5", scheme="ban")
    parcel(station, "0002", "499.5", scheme="ban", village=f"{TOWN[:9]}202")
    parcel(station, "0003", "800")
    parcel(station, "0004", "70", scheme="ban", valid_to=date(2025, 12, 31))
    assert computed(station, asked("ban_rate", "mu")).value == 1500
    assert computed(station, asked("ban_rate", "ha")).value == 100
    assert computed(station, asked("ban_rate", "ha", VILLAGE)).value == D("66.7")
    assert "percent" not in actuals.WAYS["ban_rate"]
    said = refused(station, asked("ban_rate", "percent"), "GAP-012")
    assert "亩" in said.text.zh and "%" in said.text.zh


def test_the_degraded_share_of_what_was_graded(station: Workspace) -> None:
    parcel(station, "0001", "300", degradation="1")
    parcel(station, "0002", "60", degradation="2")
    parcel(station, "0003", "40", degradation="4")
    assert computed(station, asked("degraded_share", "percent")).value == 25
    parcel(station, "0004", "600")
    found = computed(station, asked("degraded_share", "percent"))
    assert found.value == 25 and found.doubtful and [p.code for p in found.problems] == ["GAP-013"]
    assert computed(station, asked("degraded_share", "mu")).value == 100


def test_payments_arrived_over_what_is_due_a_reissued_one_counts_once(station: Workspace) -> None:
    batch = _batch(station)
    lines = [_line(station, batch, number, amount, state) for number, amount, state in
             ((1, "100.00", "paid"), (2, "50.00", "reissued"), (3, "30.00", "approved"), (4, "999.00", "excluded"))]  # fmt: skip
    _line(station, batch, 2, "50.00", "paid", original_line_id=lines[1])
    found = computed(station, asked("payment_rate", "percent"))
    assert round(found.value, 4) == D("83.3333")
    assert computed(station, asked("payment_rate", "yuan")).value == 150


def _batch(workspace: Workspace) -> str:
    plan = sample("compensation_plan", 0)
    plan_id = put(
        workspace,
        "compensation_plan",
        **{f.name: getattr(plan, f.name) for f in record_type("compensation_plan").fields},
    )
    return put(workspace, "compensation_batch", plan_id=plan_id, year=YEAR, county_code=COUNTY[:6], village_code=VILLAGE,
               batch_number=1)  # fmt: skip


def _line(workspace: Workspace, batch: str, number: int, amount: str, state: str, **values: Any) -> str:
    holder = workspace.read.sql("SELECT record_id FROM household WHERE code=?", (f"{VILLAGE}{number:04d}",))
    household = holder[0][0] if holder else put(
        workspace, "household", code=f"{VILLAGE}{number:04d}", village_code=VILLAGE, head_name="示例牧户")  # fmt: skip
    return put(workspace, "compensation_line", batch_id=batch, household_id=household, ban_area_mu=D(0), ban_amount_yuan=D(0),
               balance_area_mu=D(0), balance_amount_yuan=D(0), gross_yuan=D(amount), deduction_yuan=D(0), net_yuan=D(amount),
               state=state, **values)  # fmt: skip


def test_pest_areas_count_each_site_once_by_its_last_survey(station: Workspace) -> None:
    def survey(type_name: str, site: str, day: date, harmed: str, **values: Any) -> None:
        made = sample(
            type_name,
            0,
            plot_no=site,
            surveyed_on=day,
            region_code=VILLAGE,
            harmed_area_ha=D(harmed),
            severe_area_ha=None,
        )
        known = {f.name: getattr(made, f.name) for f in record_type(type_name).fields}
        put(station, type_name, **{**known, **values})

    survey("rodent_survey", "S1", date(2026, 6, 1), "100", controlled_area_ha=D(10))
    survey("rodent_survey", "S1", date(2026, 8, 1), "80", controlled_area_ha=D(60))
    survey("insect_survey", "S2", date(2026, 7, 1), "20")
    assert computed(station, asked("pest_control", "ha")).value == 100
    assert computed(station, asked("pest_control", "percent")).value == 75
    survey("rodent_survey", "S3", date(2026, 8, 1), "20", controlled_area_ha=None)
    found = computed(station, asked("pest_control", "percent"))
    assert found.value == 60 and "GAP-013" in [p.code for p in found.problems]


# --- plots -------------------------------------------------------------------------------------------------------------


def test_composite_cover_weights_the_classes_by_their_area(station: Workspace) -> None:
    """K9 by hand: class 1 covers (40+50)/2 and 60, so 52.5 on 1000 mu; class 2 covers 30 on 3000 mu."""
    plot(station, "YD-1", "1", ("40", "50"))
    plot(station, "YD-2", "1", ("60",))
    plot(station, "YD-3", "2", ("30", "30"))
    parcel(station, "0001", "1000", grassland_class="1")
    parcel(station, "0002", "3000", grassland_class="2")
    found = computed(station, asked("composite_cover", "percent"))
    assert found.value == (D("52.5") * 1000 + 30 * 3000) / 4000 and not found.doubtful
    parcel(station, "0003", "500", grassland_class="3")
    plot(station, "YD-4", "5", ("90",))
    found = computed(station, asked("composite_cover", "percent"))
    assert found.value == D("35.625") and found.doubtful
    said = next(p for p in found.problems if p.code == "GAP-013").text
    assert "500 亩" in said.zh and "1 个样地" in said.zh


def test_monitored_cover_goes_before_the_quadrats(station: Workspace) -> None:
    plot(station, "YD-1", "1", ("40",))
    parcel(station, "0001", "1000", grassland_class="1")
    for number, cover in enumerate(("70", "80"), 1):
        made = sample("cover_monitoring", number, plot_no="C-1", quadrat_no=str(number), monitored_on=date(YEAR, 8, 9),
                      grass_class="1", region_code=VILLAGE, cover_percent=D(cover))  # fmt: skip
        put(
            station,
            "cover_monitoring",
            **{f.name: getattr(made, f.name) for f in record_type("cover_monitoring").fields},
        )
    assert computed(station, asked("composite_cover", "percent")).value == 75


def test_height_and_yield_are_means_of_plots(station: Workspace) -> None:
    plot(station, "YD-1", "1", ("40", "50"))  # heights 11, 12; dry 91, 92 g/m²
    plot(station, "YD-2", "2", ("60",))  # 11; 91
    assert computed(station, asked("height", "cm")).value == D("11.25")
    assert computed(station, asked("yield", "kg_per_ha")).value == (D(915) + D(910)) / 2
    plot(station, "YD-3", "2", ("60",), dry_g=None, drying_method=None)
    found = computed(station, asked("yield", "kg_per_ha"))
    assert found.value == D("912.5") and "BAL-016" in [p.code for p in found.problems]


def test_the_yield_of_a_township_is_weighted_by_the_area_of_its_classes(station: Workspace) -> None:
    """By hand: class 1 gives (910 + 920)/2 and 910, class 2 gives 930; 1000 and 3000 mu. The plain mean would be 918.33."""
    plot(station, "YD-1", "1", ("40", "50"))
    plot(station, "YD-2", "1", ("60",))
    plot(station, "YD-3", "2", ("30",), dry_g=D(93))
    plain = computed(station, asked("yield", "kg_per_ha"))
    assert abs(plain.value - (D(915) + 910 + 930) / 3) < D("1e-9") and "不加权" in plain.how.zh
    parcel(station, "0001", "1000", grassland_class="1")
    parcel(station, "0002", "3000", grassland_class="2")
    found = computed(station, asked("yield", "kg_per_ha"))
    assert found.value == (D("912.5") * 1000 + 930 * 3000) / 4000 and not found.doubtful
    assert "按 2 个草原类登记的地块面积加权" in found.how.zh
    parcel(station, "0003", "500", grassland_class="3")
    plot(station, "YD-4", "5", ("90",))
    found = computed(station, asked("yield", "kg_per_ha"))
    assert found.value == D("925.625") and found.doubtful
    said = next(p for p in found.problems if p.code == "GAP-013").text
    assert "500 亩" in said.zh and "1 个样地" in said.zh


# --- figures -----------------------------------------------------------------------------------------------------------


def _herd(workspace: Workspace, holder: str, head: int) -> None:
    line = record_type("livestock_count").by_name["class_counts"].line
    assert line is not None
    put(workspace, "livestock_count", household_id=holder, year=YEAR, occasion="mid_year", counted_on=date(YEAR, 6, 30),
        counted_by="示例员", class_counts=(line(species_code="sheep", class_code="adult_female", head=head),))  # fmt: skip


def test_overload_and_capacity_are_those_of_the_balance(station: Workspace) -> None:
    for number, area in ((1, "3000"), (2, "900")):
        parcel(station, f"{number:04d}", area, grassland_class="1", season_of_use="whole_year")
        holder = station.read.sql("SELECT household_id FROM parcel WHERE code=?", (f"DK-{number:04d}",))[0][0]
        _herd(station, holder, 120)
    question = asked("overload_rate", "percent", direction="at_most")
    said = refused(station, question, "GAP-010")
    assert "计算方案" in said.text.zh  # nobody chose the sets: no figure by default
    Entry(station).save(a_scheme(county_code=COUNTY[:6]))
    table = balance_table(station.read, YEAR, "station")
    view = table.total.view("natural")
    found = computed(station, question)
    assert found.value == view.rate_percent and found.doubtful and found.editions == table.editions
    assert computed(station, asked("capacity", "su")).value == view.capacity_su
    village = balance_table(station.read, YEAR, "village").rows[0]
    assert computed(station, asked("capacity", "su", VILLAGE)).value == village.view("natural").capacity_su
    refused(station, asked("overload_rate", "percent", direction="at_least"), "GAP-010")


def test_the_sink_is_what_the_soils_took_up(station: Workspace) -> None:
    """The change ledger alone, with its sign turned; the training station's registrations."""
    from station_app.county.training import Office, create_station
    from station_app.services.figures.carbon import carbon_report
    from station_app.services.figures.scheme import proposed_scheme
    from station_app.services.figures.standards import standards_of

    station.close()
    folder = station.folder.parent / "培训"
    with create_station(folder, SYSTEM_CLOCK) as made:
        Office(made).bring_in("2-station.xlsx")
        scheme = dataclasses.replace(proposed_scheme(standards_of(made.read), YEAR, "152522"), **_carbon_choices())
        Entry(made).save(scheme)
        total = carbon_report(made.read, YEAR, level="station", ledgers=("change",)).change.totals[0]
        assert total.co2_t is not None
        found = computed(made, asked("sink_total", "t_co2e_per_year", "152522200000"))
        assert found.value == -total.co2_t
        per_ha = computed(made, asked("sink_per_ha", "t_co2e_per_ha_year", "152522200000"))
        assert total.area_ha and round(per_ha.value, 20) == round(-total.co2_t / total.area_ha, 20)
    reopened = Workspace.open(station.folder)
    station.read, station._connection, station._lock = reopened.read, reopened._connection, reopened._lock


def _carbon_choices() -> dict[str, str]:
    """Return the first code of each carbon choice: any zone will do for comparing two ways to one figure."""
    from station_app.domain.codes import code_list

    fields = record_type("calculation_scheme").by_name
    return {
        name: code_list(fields[name].codes).items[0].code
        for name in ("climate", "soil", "moisture_regime", "temperature_zone")
    }


# --- what can not be said ----------------------------------------------------------------------------------------------


def test_what_is_not_recorded_is_not_guessed(station: Workspace) -> None:
    for indicator in ("destocking_rate", "restoration_rate", "data_on_time"):
        assert "。。" not in refused(station, asked(indicator, "percent"), "GAP-010").text.zh
    refused(station, asked("trainings", "times", COUNTY), "GAP-010")  # of the county only a part is here
    refused(station, asked("trainings", "percent"), "GAP-012")


def test_records_in_conflict_are_left_out_and_named(station: Workspace) -> None:
    from target_helpers import put_record

    day = date(2026, 5, 1)
    first = put(
        station,
        "training_log",
        on=day,
        held_on=day,
        kind="training",
        topic="示例",
        place="甲",
        participants=5,
        region_code=TOWN,
    )
    put(station, "training_log", on=day, held_on=date(2026, 6, 1), kind="training", topic="示例二", place="乙", participants=5,
        region_code=TOWN)  # fmt: skip
    assert computed(station, asked("trainings", "times")).value == 2
    base = station.journal.head_ids(first)
    row = station.read.get("training_log", first)
    assert row is not None
    for device, held in (("a", date(2026, 5, 2)), ("b", date(2026, 5, 3))):
        put_record(
            station, dataclasses.replace(row.record, held_on=held), day, first, tuple(base), "示例", device=device
        )
    conflict = station.read.get("training_log", first)
    found = computed(station, asked("trainings", "times"))
    assert conflict is not None and conflict.state is State.CONFLICT
    assert found.value == 1 and [p.code for p in found.problems] == ["GAP-002"]


def test_a_reference_to_an_actual_value_is_explained_again(station: Workspace) -> None:
    put(
        station,
        "training_log",
        held_on=date(2026, 5, 1),
        kind="training",
        topic="示例",
        place="示例",
        participants=5,
        region_code=TOWN,
    )
    reference = parse_reference(actual_reference(asked("trainings", "times")))
    assert isinstance(reference, FigureReference)
    explanation = explain_actual(station.read, reference).explanation
    assert explanation.value("value") == 1
    leads = [parse_reference(given.origin.reference) for given in explanation.inputs]
    assert all(isinstance(each, RecordReference) for each in leads)


def test_long_sums_are_told_by_village(station: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actuals, "MOST_LINES", 3)
    for number in range(1, 6):
        parcel(station, f"{number:04d}", "10", scheme="ban", village=f"{TOWN[:9]}20{1 + number % 2}")
    why = actual_why(station.read, asked("ban_rate", "mu"))
    assert why is not None and sound(why).explanation.value("value") == 50
    assert [given.value for given in why.explanation.inputs] == [20, 30]


def test_every_indicator_has_a_way_or_a_reason() -> None:
    from station_app.domain.codes import code_list

    units = dict(usual_units())
    known = {item.code for item in code_list("target_indicator").items}
    assert known == set(units) | set(actuals.NO_WAY)
    assert set(units.values()) <= set(code_list("target_unit").by_code)
