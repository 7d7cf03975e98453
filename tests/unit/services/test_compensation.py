"""From plan and parcels to lines: rounded half-up per line, totals are sums of rounded lines."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from decimal import Decimal
from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from money_helpers import BALANCE, BAN, plan
from unit_helpers import VILLAGE, household, payable

from station_app.domain.calc.entitlement import entitlement
from station_app.domain.calc.explanation import contradictions
from station_app.domain.problems import Severity, UserError
from station_app.domain.registry import record_type
from station_app.domain.samples import sample_id
from station_app.domain.validation import check_record
from station_app.services.compensation import (
    HeldParcel,
    Holding,
    areas_of,
    award_fields,
    claim_of,
    entitlement_input,
    rebuild_totals,
    run_batch,
)
from station_app.services.compensation_why import award_why
from station_app.services.entry import Entry
from station_app.storage.codec import to_json_fields
from station_app.storage.reader import Query, Row, State
from station_app.storage.versions import make_version
from station_app.storage.workspace import Workspace


@contextmanager
def refused(code: str) -> Iterator[Any]:
    with pytest.raises(UserError) as caught:
        yield caught
    assert caught.value.code == code, caught.value


def holdings(entry: Entry, *areas: tuple[str, str]) -> None:
    """Enter one household per (scheme, mu)."""
    parcel = record_type("parcel").cls
    for number, (scheme, area) in enumerate(areas, 1):
        home = entry.save(payable(number)).record_id
        entry.save(parcel(code=f"P{number}", household_id=home, area_mu=Decimal(area), scheme=scheme))


def test_half_up_per_line_and_totals_of_rounded_lines(station: Workspace, county_plan: Any) -> None:
    """33.33 mu × 2.5 = 83.325 is 83.33, not 83.32; three of them are 249.99, not 249.98."""
    entry = Entry(station)
    holdings(entry, *[("balance", "33.33")] * 3)
    run = run_batch(entry, station, county_plan(plan(BAN, BALANCE)), VILLAGE, today=date(2026, 7, 1))
    lines = [r.record for r in station.read.rows(Query("compensation_line"))]
    assert [line.balance_amount_yuan for line in lines] == [Decimal("83.33")] * 3
    assert run.net_yuan == Decimal("249.99") == station.read.sum("compensation_line", "net_yuan")
    batch = station.read.get("compensation_batch", run.batch_id)
    assert batch is not None and batch.record.net_yuan == run.net_yuan and batch.record.state == "draft"


@pytest.mark.parametrize(("unit", "expected"), [("0.01", "83.33"), ("0.1", "83.3"), ("1", "83")])
def test_rounding_unit_is_the_plans(station: Workspace, county_plan: Any, unit: str, expected: str) -> None:
    entry = Entry(station)
    holdings(entry, ("balance", "33.33"))
    run = run_batch(
        entry, station, county_plan(plan(BALANCE, rounding_yuan=Decimal(unit))), VILLAGE, today=date(2026, 7, 1)
    )
    assert run.net_yuan == Decimal(expected)


def test_both_schemes_of_a_household_stand_on_one_line(station: Workspace, county_plan: Any) -> None:
    entry = Entry(station)
    holdings(entry, ("ban", "700"))
    home = station.read.rows(Query("household"))[0].record_id
    entry.save(record_type("parcel").cls(code="P9", household_id=home, area_mu=Decimal("100.125"), scheme="balance"))
    run_batch(entry, station, county_plan(plan(BAN, BALANCE)), VILLAGE, today=date(2026, 7, 1))
    (row,) = station.read.rows(Query("compensation_line"))
    assert (row.record.ban_amount_yuan, row.record.balance_amount_yuan, row.record.net_yuan) == (
        Decimal("5250.00"), Decimal("250.31"), Decimal("5500.31"))  # fmt: skip


def test_what_cannot_be_computed_stops_the_run_and_writes_nothing(station: Workspace, county_plan: Any) -> None:
    entry = Entry(station)
    day = {"today": date(2026, 7, 1)}
    with refused("CMP-001"):
        run_batch(entry, station, "no such plan", VILLAGE, **day)
    with refused("CMP-017"):
        rebuild_totals(entry, "no such batch", "示例")
    both = county_plan(plan(BAN, BALANCE))
    with refused("CMP-002"):
        run_batch(entry, station, both, VILLAGE, **day)
    holdings(entry, ("ban", "10"))
    with refused("CMP-013") as caught:
        run_batch(entry, station, county_plan(plan(BALANCE, programme="示例二")), VILLAGE, **day)
    assert [p.code for p in caught.value.problems] == ["C19"] and "示例牧户1" in caught.value.text.zh
    upside_down = plan(
        {**BAN, "cap_kind": "household", "cap_yuan": D(1), "floor_kind": "household", "floor_yuan": D(2)},
        programme="示例三",
    )
    with refused("CALC-045"):
        run_batch(entry, station, county_plan(upside_down), VILLAGE, **day)
    by_person = county_plan(plan({**BAN, "cap_kind": "person", "cap_yuan": D(100)}, programme="示例四"))
    with refused("CMP-013") as caught:
        run_batch(entry, station, by_person, VILLAGE, **day)
    assert [p.code for p in caught.value.problems] == ["CMP-009"]
    assert station.read.rows(Query("household"))[0].record.code in caught.value.text.zh
    assert station.read.count(Query("compensation_line")) == 0


def test_same_batch_twice_pays_nobody_twice(station: Workspace, county_plan: Any) -> None:
    entry = Entry(station)
    holdings(entry, ("ban", "10"))
    plan_id = county_plan(plan(BAN))
    run_batch(entry, station, plan_id, VILLAGE, batch_number=1, today=date(2026, 7, 1))
    with refused("CMP-007"):
        run_batch(entry, station, plan_id, VILLAGE, batch_number=1, today=date(2026, 7, 1))
    assert station.read.count(Query("compensation_line")) == 1


def two_zones(entry: Entry, *, persons: int | None = None, first: str = "1000", second: str = "1000.001") -> str:
    """Enter a household with ban land in two zones; return its record_id."""
    home = entry.save(payable(1, persons=persons)).record_id
    for zone, area in (("一", first), ("二", second)):
        entry.save(
            record_type("parcel").cls(code=f"P{zone}", household_id=home, area_mu=D(area), scheme="ban", zone=zone),
            reason="示例：面积很小",
        )
    return home


def the_line(station: Workspace) -> Any:
    (row,) = station.read.rows(Query("compensation_line"))
    return row


def test_two_rates_in_one_scheme_are_two_rounded_parts(station: Workspace, county_plan: Any) -> None:
    """1000 × 1.5 × 7.5 = 11250; 1000.001 × 0.5 × 7.5 = 3750.00375, rounded by itself."""
    entry = Entry(station)
    two_zones(entry)
    rates = [{**BAN, "zone": "一", "mu_coefficient": D("1.5")}, {**BAN, "zone": "二", "mu_coefficient": D("0.5")}]
    run = run_batch(entry, station, county_plan(plan(*rates)), VILLAGE, today=date(2026, 7, 1))
    line = the_line(station).record
    assert [(p.zone, p.area_mu, p.mu_coefficient, p.amount_yuan) for p in line.parts] == [
        ("一", D("1000.000"), D("1.5"), D("11250.00")), ("二", D("1000.001"), D("0.5"), D("3750.00"))]  # fmt: skip
    assert (line.ban_area_mu, line.ban_rate, line.ban_amount_yuan) == (D("2000.001"), None, D("15000.00"))
    assert run.net_yuan == D("15000.00") == station.read.sum("compensation_line", "net_yuan")


def test_zones_of_one_rate_are_added_up_before_rounding(station: Workspace, county_plan: Any) -> None:
    """0.001 mu twice at 2.5: one line of 0.005, rounded up to a fen; not two of 0.00."""
    entry = Entry(station)
    two_zones(entry, first="0.001", second="0.001")
    run_batch(entry, station, county_plan(plan({**BAN, "rate_yuan_per_mu": D("2.5")})), VILLAGE, today=date(2026, 7, 1))
    line = the_line(station).record
    assert (line.ban_amount_yuan, line.ban_rate, line.parts) == (D("0.01"), D("2.5"), ())


@pytest.mark.parametrize(
    ("limit", "persons", "net", "effect", "bites"),
    [
        ({"cap_kind": "household", "cap_yuan": D("6000")}, None, "6000.00", "-1500.00", "cap"),
        ({"cap_kind": "person", "cap_yuan": D("1000")}, 3, "3000.00", "-4500.00", "cap"),
        ({"floor_kind": "household", "floor_yuan": D("8000")}, None, "8000.00", "500.00", "floor"),
        ({"floor_kind": "person", "floor_yuan": D("2000")}, 4, "8000.00", "500.00", "floor"),
        ({"cap_kind": "household", "cap_yuan": D("7500")}, None, "7500.00", "0.00", None),
    ],
)
def test_caps_and_floors_stand_on_the_line_when_they_bite(
    station: Workspace, county_plan: Any, limit: dict[str, Any], persons: int | None, net: str, effect: str,
    bites: str | None,
) -> None:  # fmt: skip
    entry = Entry(station)
    two_zones(entry, persons=persons, first="600", second="400")
    run = run_batch(entry, station, county_plan(plan({**BAN, **limit})), VILLAGE, today=date(2026, 7, 1))
    line = the_line(station).record
    assert (line.gross_yuan, line.limit_effect_yuan, line.net_yuan) == (D("7500.00"), D(effect), D(net))
    assert [part.limit for part in line.parts] == ([bites] if bites else [])
    batch = station.read.get("compensation_batch", run.batch_id)
    assert batch is not None and (batch.record.gross_yuan, batch.record.net_yuan) == (D("7500.00"), D(net))
    assert run.limited == (1 if bites else 0)


def test_a_rate_for_households_is_paid_once_whatever_the_area(station: Workspace, county_plan: Any) -> None:
    entry = Entry(station)
    two_zones(entry, persons=4, first="600", second="400")
    asked = plan(
        {**BAN, "zone": "一", "basis": "household", "rate_yuan_per_mu": D("500")},
        {**BAN, "zone": "二", "basis": "person", "rate_yuan_per_mu": D("30")},
    )
    run_batch(entry, station, county_plan(asked), VILLAGE, today=date(2026, 7, 1))
    line = the_line(station).record
    assert (line.ban_area_mu, line.ban_rate, line.net_yuan) == (D("1000.000"), None, D("620.00"))
    assert [(p.basis, p.area_mu, p.amount_yuan) for p in line.parts] == [
        ("household", D("1000.000"), D("500.00")), ("person", D("0.000"), D("120.00"))]  # fmt: skip


def test_other_land_is_paid_only_where_the_plan_names_it(station: Workspace, county_plan: Any) -> None:
    entry = Entry(station)
    holdings(entry, ("other", "100"), ("ban", "10"))
    run = run_batch(entry, station, county_plan(plan(BAN)), VILLAGE, today=date(2026, 7, 1))
    assert run.lines == 1
    other = {"scheme": "other", "rate_yuan_per_mu": D("1.25")}
    more = run_batch(entry, station, county_plan(plan(BAN, other, programme="示例二")), VILLAGE, today=date(2026, 7, 1))
    assert (more.lines, more.net_yuan) == (2, D("200.00"))


amounts = st.decimals(D("0.001"), D("99999.999"), places=3)
kinds = st.sampled_from(["household", "person"])


@settings(max_examples=60, deadline=None)
@given(
    areas=st.lists(st.tuples(st.sampled_from(["ban", "balance"]), st.sampled_from(["", "一", "二"]), amounts),
                   min_size=1, max_size=6),
    people=st.lists(st.integers(1, 9), min_size=1, max_size=4),
    cap=st.none() | st.tuples(kinds, st.decimals(D("0.00"), D("99999.99"), places=2)),
    floor=st.none() | st.tuples(kinds, st.decimals(D("0.00"), D("999.99"), places=2)),
    rate=st.decimals(D("0.0001"), D("65"), places=4),
    unit=st.sampled_from([D("0.01"), D("0.1"), D(1)]),
)  # fmt: skip
def test_lines_are_the_batch_and_caps_are_never_exceeded(
    areas: Any, people: list[int], cap: Any, floor: Any, rate: Decimal, unit: Decimal
) -> None:
    """Whatever plan and land: gross + effect = net on each line, parts are the line, a cap without a floor holds."""
    limits: dict[str, Any] = {}
    if cap:
        limits |= {"cap_kind": cap[0], "cap_yuan": cap[1]}
    if floor and not (cap and cap[0] == floor[0] and cap[1] < floor[1]):
        limits |= {"floor_kind": floor[0], "floor_yuan": floor[1]}
    rates = [
        {"scheme": s, "zone": z or None, "rate_yuan_per_mu": rate, **limits}
        for s in ("ban", "balance")
        for z in ("", "一")
    ]
    made = plan(*rates, rounding_yuan=unit)
    homes = [Holding(stub(household(n, persons=p)), tuple(land(n, each) for each in areas))
             for n, p in enumerate(people, 1)]  # fmt: skip
    asked = entitlement_input(made, "p", [claim_of(made, home) for home in homes])
    outcome = entitlement(asked).outcome
    lines = [award_fields(a, areas_of(h)) for a, h in zip(outcome.awards, homes, strict=True)]
    assert outcome.net_yuan == sum(line["net_yuan"] for line in lines)
    assert outcome.gross_yuan == sum(line["gross_yuan"] for line in lines)
    for line, home, result in zip(lines, homes, outcome.awards, strict=True):
        assert line["gross_yuan"] + line["limit_effect_yuan"] == line["net_yuan"]
        found = check_record(record_type("compensation_line").cls(batch_id=NOBODY, household_id=NOBODY, **line))
        assert [p for p in found if p.severity is Severity.ERROR] == []  # an unusual rate is only asked about
        if "cap_kind" in limits and "floor_kind" not in limits:
            heads = home.record.persons if cap[0] == "person" else 1
            for each in result.lines:
                assert each.amount_yuan + each.limit_effect_yuan <= cap[1] * heads


NOBODY = sample_id("household", 0)


def stub(record: Any) -> Row:
    return Row(0, NOBODY, "", "", "", False, False, State.COMPLETE, "", record)


def land(number: int, each: tuple[str, str, Decimal]) -> HeldParcel:
    return HeldParcel(f"p{number}", *each)


# --- why this amount -----------------------------------------------------------------------------------------------------


def references(station: Workspace) -> tuple[Any, set[str]]:
    """Return why the one line says what it says, and the records that leads to."""
    result = award_why(station.read, the_line(station).record_id)
    explanation = result.explanation
    assert contradictions(explanation) == []
    return result, {i.origin.reference.partition("#")[0] for each in explanation.everything() for i in each.inputs}


def test_why_leads_to_plan_and_parcels(station: Workspace, county_plan: Any) -> None:
    entry = Entry(station)
    two_zones(entry, persons=3, first="600", second="400")
    plan_id = county_plan(plan({**BAN, "cap_kind": "person", "cap_yuan": D("1000")}))
    run_batch(entry, station, plan_id, VILLAGE, today=date(2026, 7, 1))
    result, found = references(station)
    parcels = {f"record:parcel/{row.record_id}" for row in station.read.rows(Query("parcel"))}
    home = station.read.rows(Query("household"))[0].record_id
    assert found >= {f"record:compensation_plan/{plan_id}", f"record:household/{home}", *parcels}
    assert (result.outcome.net_yuan, result.problems) == (D("3000.00"), ())
    assert result.explanation.value("net_yuan") == D("3000.00")


def test_why_goes_by_the_line_when_the_land_has_changed_since(station: Workspace, county_plan: Any) -> None:
    entry = Entry(station)
    two_zones(entry, persons=3, first="600", second="400")
    run_batch(
        entry, station, county_plan(plan({**BAN, "cap_kind": "person", "cap_yuan": D("1000")})), VILLAGE,
        today=date(2026, 7, 1),
    )  # fmt: skip
    parcel = station.read.rows(Query("parcel"))[0]
    entry.save(replace(parcel.record, area_mu=D("1.000")), record_id=parcel.record_id, reason="重测")
    result, found = references(station)
    assert [p.code for p in result.problems] == ["CMP-011"] and "作废批次" in result.problems[0].text.zh
    assert (result.outcome.gross_yuan, result.outcome.net_yuan) == (D("7500.00"), D("3000.00"))
    assert found == {f"record:compensation_line/{the_line(station).record_id}"}


def test_why_says_that_somebody_changed_the_amount(station: Workspace, county_plan: Any) -> None:
    entry = Entry(station)
    holdings(entry, ("ban", "100"))
    run_batch(entry, station, county_plan(plan(BAN)), VILLAGE, today=date(2026, 7, 1))
    row = the_line(station)
    changed = replace(row.record, ban_amount_yuan=D("751.00"), gross_yuan=D("751.00"), net_yuan=D("751.00"))
    with refused("REC-001"):  # nobody can any more; a station of long ago could
        entry.save(changed, record_id=row.record_id, reason="示例")
    station.journal.append([make_version(
        record_type="compensation_line", schema_version=1, record_id=row.record_id, parent_ids=(row.version_id,),
        hlc=station.journal.clock.next(), author="示例员", device=station.identity.device_id, reason="示例", void=False,
        fields=to_json_fields(changed),
    )])  # fmt: skip
    result, _ = references(station)
    assert [p.code for p in result.problems] == ["CMP-012"] and result.outcome.net_yuan == D("750.00")


def test_why_counts_a_deduction_decided_later(station: Workspace, county_plan: Any) -> None:
    entry = Entry(station)
    holdings(entry, ("ban", "100"))
    run_batch(entry, station, county_plan(plan(BAN)), VILLAGE, today=date(2026, 7, 1))
    row = the_line(station)
    entry.save(
        replace(row.record, deduction_yuan=D("50.00"), deduction_reason="示例", deduction_document="示例2号",
                net_yuan=D("700.00")),
        record_id=row.record_id, reason="示例",
    )  # fmt: skip
    result, _ = references(station)
    assert (result.problems, result.outcome.net_yuan) == ((), D("700.00"))


def test_why_of_nothing(station: Workspace) -> None:
    with refused("CMP-010"):
        award_why(station.read, NOBODY)


def test_a_parcel_in_conflict_is_not_paid(station: Workspace, county_plan: Any) -> None:
    entry = Entry(station)
    holdings(entry, ("ban", "500"))
    (parcel,) = station.read.rows(Query("parcel"))
    first = station.read.history(parcel.record_id)[0]
    for hlc, area in (("1700000000000-000001", "600.000"), ("1700000000000-000002", "2000.000")):
        station.journal.merge([
            make_version(record_type="parcel", schema_version=1, record_id=parcel.record_id, parent_ids=(first.version_id,),
                         hlc=hlc, author="示例", device="d2", reason="", void=False, fields={**first.fields, "area_mu": area})
        ])  # fmt: skip
    with refused("CMP-013") as caught:
        run_batch(entry, station, county_plan(plan(BAN)), VILLAGE, today=date(2026, 7, 1))
    assert [p.code for p in caught.value.problems] == ["CMP-008"]


def test_a_voided_batch_takes_its_lines_along_and_brings_them_back(station: Workspace, county_plan: Any) -> None:
    entry = Entry(station)
    holdings(entry, ("ban", "10"))
    plan_id = county_plan(plan(BAN))
    first = run_batch(entry, station, plan_id, VILLAGE, today=date(2026, 7, 1))
    entry.void(first.batch_id, "示例重做")
    assert station.read.sum("compensation_line", "net_yuan") == 0
    second = run_batch(entry, station, plan_id, VILLAGE, today=date(2026, 7, 1))
    assert station.read.sum("compensation_line", "net_yuan") == second.net_yuan
    entry.void(second.batch_id, "示例再作废")
    entry.restore(first.batch_id, "以第一次为准")
    assert station.read.sum("compensation_line", "net_yuan") == first.net_yuan
