"""The numbered checks over batches: each finds its fault, names the line, and stops where the table says."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal as D
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from money_helpers import BALANCE, BAN, add_parcel, hold, plan
from published import table
from unit_helpers import VILLAGE, payable

from station_app.domain.checks import batch as batch_checks
from station_app.domain.checks import payee as payee_checks
from station_app.domain.codes import code_list
from station_app.domain.line_states import CLASS_OF
from station_app.domain.problems import Severity, UserError
from station_app.domain.registry import all_types, record_type
from station_app.services.checking import Finding, look_before_sending, waiting_ids, wrong_money
from station_app.services.compensation import not_in_batches, rebuild_totals, run_batch
from station_app.services.entry import Entry
from station_app.services.payment_checks import batch_findings
from station_app.storage.codec import to_json_fields
from station_app.storage.reader import Query
from station_app.storage.versions import make_version
from station_app.storage.workspace import Workspace

DAY = date(2026, 7, 1)
LIMITED = {**BAN, "cap_kind": "household", "cap_yuan": D("500")}


@pytest.fixture
def entry(station: Workspace) -> Entry:
    return Entry(station)


def rows(entry: Entry, name: str = "compensation_line") -> list[Any]:
    return entry.workspace.read.rows(Query(name))


def as_found(entry: Entry, row: Any, kind: str = "compensation_line", **values: Any) -> None:
    """Make a record say what no saving would let it: as an older program, or a hand in the database, left it."""
    journal = entry.workspace.journal
    journal.append([make_version(
        record_type=kind, schema_version=1, record_id=row.record_id, parent_ids=(row.version_id,), hlc=journal.clock.next(),
        author="示例员", device=entry.workspace.identity.device_id, reason="示例", void=False,
        fields=to_json_fields(replace(row.record, **values)),
    )])  # fmt: skip


def found(entry: Entry, *, today: date | None = DAY) -> dict[str, str]:
    """Return what the checks say of every batch: code and sentence."""
    ids = [row.record_id for row in rows(entry, "compensation_batch")]
    return {p.code: p.text.zh for _, _, p in batch_findings(entry.workspace.read, ids, today)}


@pytest.fixture
def run(entry: Entry, county_plan: Any) -> Callable[..., str]:
    """Return a function that runs a sound batch under a plan: 示例牧户1 with 100 mu of ban, 示例牧户2 with 40 of balance."""

    def made(*rates: dict[str, Any], **values: Any) -> str:
        plan_id: str = county_plan(plan(*(rates or (BAN, BALANCE)), **values))
        hold(entry, 1, ("ban", "100"), persons=3)
        hold(entry, 2, ("balance", "40"))
        run_batch(entry, entry.workspace, plan_id, VILLAGE, today=DAY)
        assert found(entry) == {}
        return plan_id

    return made


def wrong(entry: Entry) -> list[Finding]:
    """What would not be packed now."""
    reader = entry.workspace.read
    return wrong_money(reader, partial(waiting_ids, reader), ())


def test_a_sound_batch_passes_every_check(run: Any, entry: Entry) -> None:
    run()
    look = look_before_sending(entry.workspace.read, DAY)
    assert [f.problem.code for f in look.findings if f.record_type.startswith("compensation")] == []
    assert wrong(entry) == []


# --- one fault, one number ---------------------------------------------------------------------------------------------


def test_c13_lines_are_their_batch(run: Any, entry: Entry) -> None:
    run()
    (batch,) = rows(entry, "compensation_batch")
    as_found(entry, batch, "compensation_batch", net_yuan=D("8500.00"), household_count=3)
    said = found(entry)
    assert set(said) == {"C13"}
    texts = [p.text.zh for _, _, p in batch_findings(entry.workspace.read, [batch.record_id], DAY)]
    assert any("8500.00" in t and "850.00" in t and "10 倍" in t for t in texts)  # C18: a digit added
    assert any("“户数”为 3" in t and "应为 2" in t for t in texts)


def test_c14_land_is_paid_once_even_where_two_laptops_ran_the_village(run: Any, entry: Entry) -> None:
    plan_id = run()
    (batch,) = rows(entry, "compensation_batch")
    other = entry.save(replace(batch.record, batch_number=2)).record_id
    for row in rows(entry):
        entry.save(replace(row.record, batch_id=other))
    said = found(entry)
    assert set(said) == {"C14"} and "示例牧户" in said["C14"] and ("第 1 批" in said["C14"] or "第 2 批" in said["C14"])
    entry.void(other, "示例重复")
    assert found(entry) == {} and not_in_batches(entry.workspace.read, plan_id, VILLAGE, DAY) == []


def test_c14_goes_by_area_where_lines_name_no_parcels(run: Any, entry: Entry) -> None:
    run()
    for row in rows(entry):
        entry.save(replace(row.record, parcels=()), record_id=row.record_id, reason="示例")
    (batch,) = rows(entry, "compensation_batch")
    other = entry.save(replace(batch.record, batch_number=2)).record_id
    entry.save(replace(rows(entry)[0].record, batch_id=other))
    assert "C14" in found(entry)


def test_c19_and_c20_the_plan_has_the_rate(run: Any, entry: Entry) -> None:
    run()
    line = rows(entry)[0]
    amount = D("6500.00")
    values = {"ban_rate": D("65.0000"), "ban_amount_yuan": amount, "gross_yuan": amount, "net_yuan": amount}
    entry.save(replace(line.record, **values), record_id=line.record_id, reason="示例")  # the line agrees with itself
    said = found(entry)
    assert (
        set(said) == {"C13", "C20"}
        and "65" in said["C20"]
        and "7.5" in said["C20"]
        and said["C20"].startswith("示例牧户1")
    )
    line = rows(entry)[0]
    other = {"ban_area_mu": D(0), "ban_rate": None, "ban_amount_yuan": D(0), "other_area_mu": D(100), "other_rate": D("65"),
             "other_amount_yuan": amount, "parcels": ()}  # fmt: skip
    entry.save(replace(line.record, **other), record_id=line.record_id, reason="示例")
    assert set(found(entry)) == {"C13", "C19"}


def test_c21_amounts_go_by_the_rounding_of_the_plan(run: Any, entry: Entry) -> None:
    """83.3 is 33.33 × 2.5 to the jiao: right for some plan, not for this one."""
    run()
    line = rows(entry)[1]
    values = {"balance_area_mu": D("33.330"), "balance_amount_yuan": D("83.30"), "gross_yuan": D("83.30"),
              "net_yuan": D("83.30"), "parcels": ()}  # fmt: skip
    entry.save(replace(line.record, **values), record_id=line.record_id, reason="示例")
    said = found(entry)
    assert set(said) == {"C13", "C21"} and "83.33" in said["C21"]


@pytest.mark.parametrize(("unit", "amount"), [("1", "101.00"), ("0.1", "100.50"), ("0.01", "100.54")])
def test_amounts_are_rounded_as_the_plan_on_record_says(run: Any, entry: Entry, unit: str, amount: str) -> None:
    """40 mu at 2.5134 are 100.536; what is on record says 1.00 where 1 was entered."""
    run(BAN, {**BALANCE, "rate_yuan_per_mu": D("2.5134")}, rounding_yuan=D(unit))
    assert rows(entry)[1].record.net_yuan == D(amount)


@pytest.mark.parametrize(("limit", "effect"), [
    ({"cap_kind": "household", "cap_yuan": D("500")}, "-250.00"),
    ({"cap_kind": "person", "cap_yuan": D("100")}, "-450.00"),
    ({"floor_kind": "household", "floor_yuan": D("800")}, "50.00"),
    ({"floor_kind": "person", "floor_yuan": D("300")}, "150.00"),
])  # fmt: skip
def test_c24_caps_and_floors_are_the_plans(run: Any, entry: Entry, limit: Any, effect: str) -> None:
    run({**BAN, **limit}, BALANCE)
    line = rows(entry)[0]
    assert line.record.limit_effect_yuan == D(effect)
    plainly = {"parts": (), "ban_rate": D("7.5"), "limit_effect_yuan": D(0), "net_yuan": D("750.00")}
    entry.save(replace(line.record, **plainly), record_id=line.record_id, reason="示例")
    said = found(entry)
    assert set(said) == {"C13", "C24"} and effect in said["C24"]


def test_c25_a_line_pays_something(run: Any, entry: Entry) -> None:
    run()
    line = rows(entry)[0]
    values = {"deduction_yuan": D("750.00"), "deduction_reason": "示例", "deduction_document": "示例", "net_yuan": D(0)}
    entry.save(replace(line.record, **values), record_id=line.record_id, reason="示例")
    assert set(found(entry)) == {"C13", "C25"}


def test_c38_a_reissue_is_what_came_back(run: Any, entry: Entry) -> None:
    run()
    (batch,) = rows(entry, "compensation_batch")
    first = rows(entry)[0]
    again = entry.save(replace(batch.record, batch_number=2, kind="reissue", household_count=1, gross_yuan=D("750.00"),
                               net_yuan=D("750.00"))).record_id  # fmt: skip
    reissue = replace(first.record, batch_id=again, state="reissued", original_line_id=first.record_id)
    line_id = entry.save(reissue).record_id
    said = found(entry)
    assert set(said) == {"C38"} and "没有退回" in said["C38"]
    as_found(entry, first, state="returned", state_reason="account_closed")
    assert found(entry) == {}  # what came back is paid again, on its first line's land
    amount = {
        "deduction_yuan": D("50.00"),
        "deduction_reason": "示例",
        "deduction_document": "示例",
        "net_yuan": D("700.00"),
    }
    entry.save(replace(reissue, **amount), record_id=line_id, reason="示例")
    said = found(entry)
    assert "700.00" in said["C38"] and "750.00" in said["C38"]


def test_c23_batches_stay_within_the_allocation(run: Any, entry: Entry) -> None:
    run(allocation_yuan=D("900.00"))
    hold(entry, 3, ("ban", "10"))
    plan_id = rows(entry, "compensation_plan")[0].record_id
    run_batch(entry, entry.workspace, plan_id, VILLAGE, today=DAY)
    said = found(entry)
    assert set(said) == {"C23"} and "900.00" in said["C23"] and "925.00" in said["C23"]
    assert wrong(entry) == []  # held for the county, nothing else is kept back


@pytest.mark.parametrize(("values", "code"), [
    ({"status": "head_dead", "status_on": DAY}, "C06"), ({"status": "moved", "status_on": DAY}, "CMP-014"),
    ({"contract_number": None}, "C08"), ({"identity_number": None}, "C01"), ({"account_holder": "示例他人"}, "C05"),
    ({"account_number": None, "account_holder": None, "bank_name": None}, "CMP-016"),
    ({"contract_area_mu": D("99")}, "C11"),
])  # fmt: skip
def test_what_became_of_a_payee_since_the_run_is_found_until_it_is_paid(
    run: Any, entry: Entry, values: Any, code: str
) -> None:
    run()
    home = rows(entry, "household")[0]
    entry.save(replace(home.record, **values), record_id=home.record_id, reason="示例")
    said = found(entry)
    assert set(said) == {code} and said[code].startswith("示例牧户1：")
    line = rows(entry)[0]
    entry.save(replace(line.record, state="paid"), record_id=line.record_id, reason="示例")
    assert found(entry) == {}


@pytest.mark.parametrize(("other", "code"), [(VILLAGE, "C02"), (VILLAGE[:-1] + "9", "C03")])
def test_c02_c03_one_identity_number_is_one_payee(run: Any, entry: Entry, other: str, code: str) -> None:
    run()
    same = rows(entry, "household")[0].record.identity_number
    entry.save(replace(payable(7), code=f"{other}0007", village_code=other, identity_number=same))
    said = found(entry)
    assert set(said) == {code} and f"{other}0007" in said[code]


def test_c04_one_account_for_two_households_is_asked_about(run: Any, entry: Entry) -> None:
    run()
    same = rows(entry, "household")[0].record.account_number
    entry.save(payable(7, account_number=same))
    (problem,) = [p for _, _, p in batch_findings(entry.workspace.read, [rows(entry)[0].record.batch_id], DAY)]
    assert (problem.code, problem.severity) == ("C04", Severity.WARN)


def test_c36_the_bank_was_not_sent_more_than_the_batch(run: Any, entry: Entry) -> None:
    run()
    (batch,) = rows(entry, "compensation_batch")
    said = record_type("bank_feedback").cls(
        batch_id=batch.record_id, received_on=DAY, bank_name="示例银行", sent_count=2, sent_yuan=D("850.01"), paid_count=2,
        paid_yuan=D("850.01"), returned_count=0, returned_yuan=D(0), results=(),
    )  # fmt: skip
    with pytest.raises(UserError) as caught:
        entry.save(said)
    assert [p.code for p in caught.value.problems] == ["C36"] and "850.00" in caught.value.text.zh
    entry.save(replace(said, sent_yuan=D("850.00"), paid_yuan=D("850.00")))


def test_c12_household_areas_beside_their_parcels_are_asked_about(entry: Entry) -> None:
    home = hold(entry, 1, ("ban", "100"), contract_area_mu=D("1000"))
    said = [f for f in look_before_sending(entry.workspace.read, DAY).findings if f.problem.code == "C12"]
    assert [f.record_id for f in said] == [home] and said[0].problem.severity is Severity.WARN
    assert "10 倍" in said[0].problem.text.zh
    add_parcel(entry, home, "P1-2", "ban", "900")
    assert not [f for f in look_before_sending(entry.workspace.read, DAY).findings if f.problem.code == "C12"]


# --- where a difference stops ------------------------------------------------------------------------------------------


def test_a_batch_is_not_saved_with_totals_its_lines_do_not_give(run: Any, entry: Entry) -> None:
    run()
    (batch,) = rows(entry, "compensation_batch")
    with pytest.raises(UserError) as caught:
        entry.save(replace(batch.record, net_yuan=D("851.00")), record_id=batch.record_id, reason="示例")
    assert [p.code for p in caught.value.problems] == ["C13"]
    entry.save(replace(batch.record, note="示例"), record_id=batch.record_id, reason="示例")


def test_totals_are_written_anew_after_a_line_was_held(run: Any, entry: Entry) -> None:
    run()
    line = rows(entry)[0]
    entry.save(replace(line.record, state="held", state_reason="dispute"), record_id=line.record_id, reason="示例")
    assert set(found(entry)) == {"C13"} and [f.problem.code for f in wrong(entry)] == ["C13"] * 3
    made = rebuild_totals(entry, line.record.batch_id, "示例暂缓")
    assert (made.household_count, made.gross_yuan, made.net_yuan) == (1, D("100.00"), D("100.00"))
    assert found(entry) == {} and wrong(entry) == []


def test_who_is_not_listed_is_named_at_any_time(run: Any, entry: Entry) -> None:
    plan_id = run()
    hold(entry, 3, ("ban", "10"))
    hold(entry, 4, ("ban", "10"), status="moved", status_on=date(2020, 1, 1))
    hold(entry, 5, ("ban", "10"), contract_number=None)
    named = {n.name: [p.code for p in n.problems] for n in not_in_batches(entry.workspace.read, plan_id, VILLAGE, DAY)}
    assert named == {"示例牧户3": ["CMP-018"], "示例牧户4": ["CMP-014"], "示例牧户5": ["C08"]}


def test_a_bulk_save_names_the_record_that_is_wrong(entry: Entry) -> None:
    wrong = payable(2, contract_area_mu=D("-1"))
    with pytest.raises(UserError) as caught:
        entry.save_many([(payable(1), None), (wrong, None)])
    assert "示例牧户2" in caught.value.text.zh and "示例牧户2" in caught.value.text.en


# --- the table ---------------------------------------------------------------------------------------------------------


def test_checks_carry_the_numbers_of_the_table_and_are_not_milder() -> None:
    grave = [Severity.INFO, Severity.WARN, Severity.HOLD, Severity.ERROR]
    level = {row["id"]: Severity(row["level"]) for row in table("compensation_checks")}
    ours = [(c.problem.code, c.problem.severity) for c in (*batch_checks.CHECKS, *payee_checks.CHECKS)]
    ours += [(g.sentence.code, g.severity) for kind in all_types() for g in kind.gathered]
    # Before anything is paid an error about a payee takes the line out: one household never stops the village.
    milder = {"C01", "C02", "C03", "C05", "C08", "C11", "C12", "C23"}
    for number, severity in ours:
        if number.startswith("C") and not number.startswith("CMP"):
            assert number in level, number
            assert number in milder or grave.index(severity) >= grave.index(level[number]), number


def test_classes_of_states_are_those_of_the_table(shared_domain: Path) -> None:
    lines = (shared_domain / "tables" / "compensation_state_classes.csv").read_text("utf-8-sig").splitlines()
    table = {row["state"].lower(): row["class"].lower() for row in csv.DictReader(lines)}
    known = set(code_list("line_state").by_code)
    assert {state: each.value for state, each in CLASS_OF.items()} == {s: c for s, c in table.items() if s in known}
    assert set(CLASS_OF) == known


def test_c13_a_batch_whose_lines_are_gone_pays_nothing(run: Any, entry: Entry) -> None:
    """Totals that nothing stands under are wrong money, however the lines went."""
    run()
    journal = entry.workspace.journal
    for row in rows(entry):
        journal.append([make_version(
            record_type="compensation_line", schema_version=1, record_id=row.record_id, parent_ids=(row.version_id,),
            hlc=journal.clock.next(), author="示例员", device=entry.workspace.identity.device_id, reason="示例", void=True,
            fields=to_json_fields(row.record),
        )])  # fmt: skip
    assert set(found(entry)) == {"C13"}
    assert wrong(entry) != []
