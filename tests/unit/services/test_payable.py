"""Who is paid: land once a year, nobody without the papers, and one household's problem never stops the village."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from money_helpers import BALANCE, BAN, add_parcel, hold, plan
from unit_helpers import VILLAGE

from station_app.domain.problems import UserError
from station_app.domain.registry import record_type
from station_app.services.compensation import BatchRun, run_batch
from station_app.services.compensation_why import award_why
from station_app.services.entry import Entry
from station_app.storage.reader import Query
from station_app.storage.workspace import Workspace

DAY = date(2026, 7, 1)


@pytest.fixture
def entry(station: Workspace) -> Entry:
    return Entry(station)


def run(entry: Entry, plan_id: str, **more: Any) -> BatchRun:
    return run_batch(entry, entry.workspace, plan_id, VILLAGE, today=DAY, **more)


def lines(entry: Entry, batch_id: str) -> dict[str, Any]:
    rows = entry.workspace.read.rows(Query("compensation_line"))
    return {row.record.head_name: row.record for row in rows if row.record.batch_id == batch_id}


def batch(entry: Entry, made: BatchRun) -> Any:
    row = entry.workspace.read.get("compensation_batch", made.batch_id)
    assert row is not None
    return row.record


def why_not(made: BatchRun) -> dict[str, list[str]]:
    return {each.name: [p.code for p in each.problems] for each in (*made.held, *made.left_out)}


def nobody(entry: Entry, plan_id: str) -> dict[str, Any]:
    """Run where nobody is left to be paid; return what the refusal says."""
    with pytest.raises(UserError) as caught:
        run(entry, plan_id)
    assert caught.value.code == "CMP-013"
    return {"codes": [p.code for p in caught.value.problems], "text": caught.value.text}


# --- once --------------------------------------------------------------------------------------------------------------


def test_a_second_batch_pays_nobody_twice(entry: Entry, county_plan: Any) -> None:
    plan_id = county_plan(plan(BAN, BALANCE))
    hold(entry, 1, ("ban", "100"))
    hold(entry, 2, ("balance", "40"))
    first = run(entry, plan_id)
    said = nobody(entry, plan_id)
    assert said["codes"] == ["CMP-015", "CMP-015"] and "第 1 批" in said["text"].zh and "batch 1" in said["text"].en
    assert entry.workspace.read.count(Query("compensation_batch")) == 1
    assert entry.workspace.read.sum("compensation_line", "net_yuan") == first.net_yuan == D("850.00")


def test_a_second_batch_pays_who_was_missed_and_land_added_since(entry: Entry, county_plan: Any) -> None:
    plan_id = county_plan(plan(BAN))
    home = hold(entry, 1, ("ban", "100"))
    hold(entry, 2, ("ban", "50"))
    run(entry, plan_id)
    hold(entry, 3, ("ban", "20"))
    add_parcel(entry, home, "P1-9", "ban", "10")
    second = run(entry, plan_id)
    made = lines(entry, second.batch_id)
    assert second.supplement and batch(entry, second).kind == "supplement"
    assert {name: (line.net_yuan, line.state) for name, line in made.items()} == {
        "示例牧户1": (D("75.00"), "supplement"), "示例牧户3": (D("150.00"), "supplement")}  # fmt: skip
    assert "第 1 批" in made["示例牧户1"].state_note and made["示例牧户3"].state_note is None
    assert why_not(second) == {"示例牧户2": ["CMP-015"]}
    assert entry.workspace.read.sum("compensation_line", "net_yuan") == D("1350.00")  # 180 mu × 7.5, each mu once


def test_a_parcel_that_grew_is_paid_for_what_was_added(entry: Entry, county_plan: Any) -> None:
    plan_id = county_plan(plan(BAN))
    hold(entry, 1, ("ban", "100"))
    run(entry, plan_id)
    (parcel,) = entry.workspace.read.rows(Query("parcel"))
    entry.save(replace(parcel.record, area_mu=D("112.500")), record_id=parcel.record_id, reason="示例重测")
    second = run(entry, plan_id)
    (line,) = lines(entry, second.batch_id).values()
    assert (line.ban_area_mu, line.net_yuan) == (D("12.500"), D("93.75"))
    rows = [row for row in entry.workspace.read.rows(Query("compensation_line")) if row.record == line]
    assert award_why(entry.workspace.read, rows[0].record_id).problems == ()


def test_a_parcel_that_changed_hands_is_not_paid_again(entry: Entry, county_plan: Any) -> None:
    plan_id = county_plan(plan(BAN))
    hold(entry, 1, ("ban", "100"))
    run(entry, plan_id)
    other = hold(entry, 2)
    (parcel,) = entry.workspace.read.rows(Query("parcel"))
    entry.save(replace(parcel.record, household_id=other, scheme="ban"), record_id=parcel.record_id, reason="示例转让")
    said = nobody(entry, plan_id)
    assert said["codes"] == ["C14"] and "示例牧户1(第 1 批)" in said["text"].zh


def test_a_scheme_changed_after_payment_does_not_pay_the_parcel_again(entry: Entry, county_plan: Any) -> None:
    plan_id = county_plan(plan(BAN, BALANCE))
    hold(entry, 1, ("balance", "100"))
    run(entry, plan_id)
    (parcel,) = entry.workspace.read.rows(Query("parcel"))
    entry.save(replace(parcel.record, scheme="ban"), record_id=parcel.record_id, reason="示例改区")
    assert nobody(entry, plan_id)["codes"] == ["CMP-015"]


def test_a_new_version_of_the_plan_does_not_pay_again_another_programme_does(entry: Entry, county_plan: Any) -> None:
    hold(entry, 1, ("ban", "100"))
    run(entry, county_plan(plan(BAN)))
    entry.workspace.journal.clock.next()
    twin = county_plan(replace(plan(BAN), programme="示例另一项目"))
    assert run(entry, twin).lines == 1


def test_lines_that_do_not_name_their_parcels_claim_their_area(entry: Entry, county_plan: Any) -> None:
    """Lines made by an earlier program, or imported."""
    plan_id = county_plan(plan(BAN))
    home = hold(entry, 1, ("ban", "100"))
    first = run(entry, plan_id)
    (row,) = entry.workspace.read.rows(Query("compensation_line"))
    entry.save(replace(row.record, parcels=()), record_id=row.record_id, reason="示例")
    assert nobody(entry, plan_id)["codes"] == ["CMP-015"]
    add_parcel(entry, home, "P1-9", "ban", "30")
    second = run(entry, plan_id)
    (line,) = lines(entry, second.batch_id).values()
    assert (first.ban_area_mu, line.ban_area_mu) == (D("100.000"), D("30.000"))


@pytest.mark.parametrize("rate", [
    {"basis": "household", "rate_yuan_per_mu": D("500")},
    {"cap_kind": "household", "cap_yuan": D("700")},
    {"floor_kind": "person", "floor_yuan": D("700")},
])  # fmt: skip
def test_heads_caps_and_floors_are_never_counted_twice(entry: Entry, county_plan: Any, rate: Any) -> None:
    plan_id = county_plan(plan({**BAN, **rate}))
    home = hold(entry, 1, ("ban", "100"), persons=2)
    run(entry, plan_id)
    add_parcel(entry, home, "P1-9", "ban", "100")
    said = nobody(entry, plan_id)
    assert said["codes"] == ["CMP-022"] and "手工补发" in said["text"].zh


@pytest.mark.parametrize(("state", "again"), [
    ("held", False), ("submitted", False), ("paid", False), ("returned", False), ("corrected", False),
    ("excluded", True), ("recovered", True),
])  # fmt: skip
def test_what_a_line_claims_goes_by_the_class_of_its_state(
    entry: Entry, county_plan: Any, state: str, again: bool
) -> None:  # fmt: skip
    """P01: what is in flight or came back is not paid in a supplement; what is closed claims nothing."""
    plan_id = county_plan(plan(BAN))
    hold(entry, 1, ("ban", "100"))
    run(entry, plan_id)
    (row,) = entry.workspace.read.rows(Query("compensation_line"))
    entry.save(replace(row.record, state=state, state_reason="other"), record_id=row.record_id, reason="示例")
    if again:
        assert run(entry, plan_id).lines == 1
    else:
        assert nobody(entry, plan_id)["codes"] == ["CMP-015"]


def test_land_of_a_voided_batch_is_free_again(entry: Entry, county_plan: Any) -> None:
    plan_id = county_plan(plan(BAN))
    hold(entry, 1, ("ban", "100"))
    entry.void(run(entry, plan_id).batch_id, "示例重做")
    made = run(entry, plan_id)
    assert (made.lines, made.supplement, batch(entry, made).batch_number) == (1, False, 1)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.one_of(
    st.just("run"), st.tuples(st.just("grow"), st.integers(0, 2), st.integers(1, 50)),
    st.tuples(st.just("add"), st.integers(0, 2), st.integers(1, 50)), st.tuples(st.just("move"), st.integers(0, 2)),
), min_size=2, max_size=8))  # fmt: skip
def test_whatever_happens_no_mu_is_paid_twice(entry: Entry, county_plan: Any, steps: list[Any]) -> None:
    """Land is added, grows and changes hands between runs: what was paid is never more than the land there is."""
    read = entry.workspace.read
    for row in read.rows(Query("compensation_batch")):
        entry.void(row.record_id, "示例")
    for name in ("parcel", "household"):
        for row in read.rows(Query(name)):
            entry.void(row.record_id, "示例")
    base = read.count(Query("household", include_void=True)) + 1
    homes = [hold(entry, base + at, ("ban", "10")) for at in range(3)]
    plan_id = county_plan(plan(BAN, programme=f"示例{base}"))
    for number, step in enumerate(steps):
        parcels = read.rows(Query("parcel"))
        if step == "run":
            try:
                run(entry, plan_id)
            except UserError as error:
                assert error.code == "CMP-013"
        elif step[0] == "add":
            add_parcel(entry, homes[step[1]], f"{base}-{number}", "ban", str(step[2]))
        else:
            row = parcels[step[1]]
            area = row.record.area_mu + (step[2] if step[0] == "grow" else 0)
            home = (
                homes[(homes.index(row.record.household_id) + 1) % 3] if step[0] == "move" else row.record.household_id
            )
            entry.save(replace(row.record, area_mu=area, household_id=home), record_id=row.record_id, reason="示例")
    paid = {row.record_id: D(0) for row in read.rows(Query("parcel"))}
    for row in read.rows(Query("compensation_line")):
        for each in row.record.parcels:
            paid[each.parcel_id] += each.area_mu
    for row in read.rows(Query("parcel")):
        assert paid[row.record_id] <= row.record.area_mu


# --- who may be paid ---------------------------------------------------------------------------------------------------

CHANGE = record_type("household_change").cls
STATEMENTS: list[tuple[str, dict[str, Any], list[str], str]] = [
    ("dead head", {"status": "head_dead", "status_on": date(2025, 3, 1)}, ["C06"], "death"),
    ("no contract", {"contract_number": None}, ["C08"], "no_contract"),
    ("no identity", {"identity_number": None}, ["C01"], "no_identity"),
    ("no account", {"account_number": None, "account_holder": None, "bank_name": None}, ["CMP-016"], "no_account"),
    ("one wrong character", {"account_holder": "示例牧户壹"}, ["C05"], "name_mismatch"),
    ("nothing at all", {"contract_number": None, "identity_number": None, "account_number": None,
                        "account_holder": None, "bank_name": None}, ["C08", "C01", "CMP-016"], "no_contract"),
]  # fmt: skip


@pytest.mark.parametrize(("values", "codes", "reason"), [s[1:] for s in STATEMENTS], ids=[s[0] for s in STATEMENTS])
def test_who_may_not_be_paid_gets_a_held_line_that_says_why(
    entry: Entry, county_plan: Any, values: Any, codes: list[str], reason: str
) -> None:  # fmt: skip
    plan_id = county_plan(plan(BAN))
    hold(entry, 1, ("ban", "100"), **values)
    hold(entry, 2, ("ban", "10"))
    made = run(entry, plan_id)
    line = lines(entry, made.batch_id)["示例牧户1"]
    assert (line.state, line.state_reason) == ("held", reason) and line.state_note.endswith("。")
    assert why_not(made) == {"示例牧户1": codes} and made.held[0].line_id is not None
    assert (made.lines, made.net_yuan) == (1, D("75.00"))  # what is held is in no total
    record = batch(entry, made)
    assert (record.household_count, record.gross_yuan, record.net_yuan) == (1, D("75.00"), D("75.00"))


@pytest.mark.parametrize("status", ["moved", "split", "merged", "closed"])
def test_who_left_has_no_line_and_is_named(entry: Entry, county_plan: Any, status: str) -> None:
    hold(entry, 1, ("ban", "100"), status=status, status_on=date(2020, 5, 1))
    hold(entry, 2, ("ban", "10"))
    made = run(entry, county_plan(plan(BAN)))
    assert list(lines(entry, made.batch_id)) == ["示例牧户2"]
    assert why_not(made) == {"示例牧户1": ["CMP-014"]} and "2020-05-01" in made.left_out[0].why.zh


def test_a_recorded_death_holds_until_a_new_head_has_an_account(entry: Entry, county_plan: Any) -> None:
    home = hold(entry, 1, ("ban", "100"))
    death = CHANGE(household_id=home, kind="death", changed_on=date(2026, 2, 1), old_head_name="示例牧户1")
    entry.save(death)
    plan_id = county_plan(plan(BAN))
    first = run(entry, plan_id)
    assert why_not(first) == {"示例牧户1": ["C06"]}
    entry.save(CHANGE(household_id=home, kind="new_head", changed_on=date(2026, 3, 1), new_head_name="示例新户主"))
    row = entry.workspace.read.get("household", home)
    assert row is not None
    entry.save(replace(row.record, head_name="示例新户主"), record_id=home, reason="示例")
    entry.void(first.batch_id, "示例")
    second = run(entry, plan_id)
    assert why_not(second) == {"示例新户主": ["C06", "C05"]}  # the account is still the dead man's
    entry.save(replace(row.record, head_name="示例新户主", account_holder="示例新户主"), record_id=home, reason="示例")
    entry.void(second.batch_id, "示例")
    assert run(entry, plan_id).lines == 1


def test_the_account_of_a_member_is_the_households_own(entry: Entry, county_plan: Any) -> None:
    member = record_type("household").by_name["members"].line
    assert member is not None
    spouse = member(name="示例配偶 甲", relation="spouse")
    hold(entry, 1, ("ban", "100"), account_holder="示例配偶甲", members=(spouse,))
    assert run(entry, county_plan(plan(BAN))).lines == 1


def test_one_identity_number_is_paid_to_nobody_twice(entry: Entry, county_plan: Any) -> None:
    hold(entry, 1, ("ban", "100"))
    same = entry.workspace.read.rows(Query("household"))[0].record.identity_number
    hold(entry, 2, ("ban", "50"), identity_number=same)
    made = run(entry, county_plan(plan(BAN)))
    assert why_not(made) == {"示例牧户1": ["C02"], "示例牧户2": ["C02"]} and made.lines == 0


def test_an_expired_contract_holds(entry: Entry, county_plan: Any) -> None:
    home = hold(entry, 1)
    add_parcel(entry, home, "P1", "ban", "100", term_from=date(1996, 1, 1), term_to=date(2026, 1, 1))
    assert why_not(run(entry, county_plan(plan(BAN)))) == {"示例牧户1": ["C08"]}


def test_papers_of_every_parcel_stand_for_the_households(entry: Entry, county_plan: Any) -> None:
    home = hold(entry, 1, contract_number=None)
    add_parcel(entry, home, "P1", "ban", "100", certificate_number="示例证1号")
    assert run(entry, county_plan(plan(BAN))).lines == 1


def test_land_that_ended_before_the_year_is_not_paid(entry: Entry, county_plan: Any) -> None:
    home = hold(entry, 1, ("ban", "10"))
    add_parcel(entry, home, "P1-8", "ban", "100", valid_to=date(2020, 12, 31))
    assert run(entry, county_plan(plan(BAN))).net_yuan == D("75.00")


@pytest.mark.parametrize(("tolerance", "paid"), [("0", False), ("4.999", False), ("5", True)])
def test_the_tolerance_of_the_plan_counts(entry: Entry, county_plan: Any, tolerance: str, paid: bool) -> None:
    """One household above its contract is named with the figures; the others are paid."""
    hold(entry, 1, ("ban", "105"), contract_area_mu=D("100.000"))
    hold(entry, 2, ("ban", "10"))
    made = run(entry, county_plan(plan(BAN, area_tolerance_mu=D(tolerance))))
    assert ("示例牧户1" in lines(entry, made.batch_id)) is paid and "示例牧户2" in lines(entry, made.batch_id)
    if not paid:
        (left,) = made.left_out
        assert [p.code for p in left.problems] == ["C11"] and left.name == "示例牧户1"
        for figure in ("105.000", "100.000", "5.000"):
            assert figure in left.why.zh and figure in left.why.en


def test_one_household_never_stops_the_village(entry: Entry, county_plan: Any) -> None:
    """A zone without a rate, persons not counted, too much land: each is named, the rest is paid."""
    rate = {**BALANCE, "basis": "person"}
    home = hold(entry, 1)
    add_parcel(entry, home, "P1", "ban", "10", zone="示例区")
    hold(entry, 2, ("balance", "10"))
    hold(entry, 3, ("ban", "10"), contract_area_mu=D(5))
    hold(entry, 4, ("ban", "10"))
    made = run(
        entry, county_plan(plan({**BAN, "zone": "别区"}, {**BAN, "zone": None, "rate_yuan_per_mu": D("7")}, rate))
    )
    assert why_not(made) == {"示例牧户2": ["CMP-009"], "示例牧户3": ["C11"]}
    assert list(lines(entry, made.batch_id)) == ["示例牧户1", "示例牧户4"]


# --- the fen -----------------------------------------------------------------------------------------------------------


def test_p07_fen(entry: Entry, county_plan: Any) -> None:
    """30.05 × 2.5 = 75.125 and 30.11 × 1.5 = 45.165 go up; 19.99 in a supplement; 140.29 in all."""
    plan_id = county_plan(plan(BALANCE, {**BAN, "rate_yuan_per_mu": D("1.5")}))
    hold(entry, 1, ("balance", "30.05"))
    hold(entry, 2, ("ban", "30.11"))
    first = run(entry, plan_id)
    assert [line.net_yuan for line in lines(entry, first.batch_id).values()] == [D("75.13"), D("45.17")]
    hold(entry, 3, ("balance", "7.996"))
    second = run(entry, plan_id)
    assert (first.net_yuan, second.net_yuan) == (D("120.30"), D("19.99"))
    assert entry.workspace.read.sum("compensation_line", "net_yuan") == D("140.29")
    assert batch(entry, first).net_yuan + batch(entry, second).net_yuan == D("140.29")
