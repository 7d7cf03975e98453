"""Accounts travel upward with the signature of their device; one that has it not is set aside."""

from __future__ import annotations

from pathlib import Path

import pytest
from calc_helpers import refused
from package_helpers import introduce, make_county, make_station
from unit_helpers import household

from station_app.county import quarantine, review
from station_app.county.receive import apply_receive, plan_receive
from station_app.domain.accounts import AccountProblem, AccountRole
from station_app.domain.records.exchange import AccountRecord
from station_app.domain.samples import sample
from station_app.exchange.package.build import build_package
from station_app.exchange.package.receipts import apply_receipt
from station_app.services import accounts, guarding
from station_app.services.entry import Entry
from station_app.services.review import mark_reviewed
from station_app.storage import key_slots, keys
from station_app.storage.reader import Query, State
from station_app.storage.workspace import Workspace

HEAD, CLERK, PIN = "示例站长", "示例复核员", "示例口令一二"


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_slots, "MEMORY_KIB", 64)
    monkeypatch.setattr(key_slots, "PASSES", 1)


@pytest.fixture
def both(tmp_path: Path) -> tuple[Workspace, Workspace]:
    station, county = make_station(tmp_path / "站"), make_county(tmp_path / "县")
    introduce(station, county)
    return station, county


def sent(station: Workspace, county: Workspace, out: Path) -> dict[str, int]:
    plan = plan_receive(county, build_package(station, out).path)
    return apply_receive(county, plan, out).counts


def test_the_county_knows_who_works_at_the_station(both: tuple[Workspace, Workspace], tmp_path: Path) -> None:
    station, county = both
    head = accounts.add(station, HEAD, AccountRole.HEAD, PIN)
    Entry(station).save(household(1))
    assert set(sent(station, county, tmp_path)) == {"applied"}
    row = next(iter(county.read.rows(Query(AccountRecord))))
    assert (row.record.name, row.record.mark) == (HEAD, head.mark)
    assert not county.has_accounts and accounts.accounts(county) == []  # they are not the county's own
    assert county.read.sql("SELECT count(*) FROM setting WHERE key LIKE 'account.%'") == [(0,)]


def with_two(station: Workspace) -> None:
    accounts.add(station, HEAD, AccountRole.HEAD, PIN)
    clerk = accounts.add(station, CLERK, AccountRole.REVIEWER, "先用这个口令")
    accounts.change_pin(station, clerk, "先用这个口令", PIN)


def test_what_one_entered_another_one_sends(both: tuple[Workspace, Workspace], tmp_path: Path) -> None:
    station, county = both
    with_two(station)
    own = Entry(station).save(household(1)).record_id
    refused(AccountProblem.SECOND_PERSON.code, lambda: build_package(station, tmp_path))
    accounts.sign_in(station, CLERK, PIN)
    clerks = Entry(station).save(household(2)).record_id
    refused(AccountProblem.SECOND_PERSON.code, lambda: build_package(station, tmp_path))
    accounts.sign_in(station, HEAD, PIN)
    mark_reviewed(station, Entry(station), [("household", clerks, station.journal.head_ids(clerks)[0])])
    accounts.sign_in(station, CLERK, PIN)
    assert set(sent(station, county, tmp_path)) == {"applied"}  # sending is looking at what the head entered
    assert [row.state for row in county.read.rows(Query("household"))] == [State.REVIEWED] * 2
    review.accept(county, "household", [own, clerks])
    Entry(station).save(household(2, head_name="示例改名"), record_id=clerks, reason="示例")
    refused(AccountProblem.SECOND_PERSON.code, lambda: build_package(station, tmp_path))


def test_a_recorder_sends_nothing_and_an_auditor_takes_nothing_in(
    both: tuple[Workspace, Workspace], tmp_path: Path
) -> None:  # fmt: skip
    station, county = both
    Entry(station).save(household(1))
    accounts.add(county, HEAD, AccountRole.OFFICER, PIN)
    accounts.add(county, CLERK, AccountRole.AUDITOR, PIN)
    accounts.sign_in(county, CLERK, PIN)
    plan = plan_receive(county, build_package(station, tmp_path).path)
    refused(AccountProblem.NOT_YOUR_ROLE.code, lambda: apply_receive(county, plan, tmp_path))
    accounts.add(station, HEAD, AccountRole.HEAD, PIN)
    accounts.add(station, CLERK, AccountRole.RECORDER, PIN)
    accounts.sign_in(station, CLERK, PIN)
    Entry(station).save(household(2))
    refused(AccountProblem.NOT_YOUR_ROLE.code, lambda: build_package(station, tmp_path))


def test_the_county_refuses_what_one_person_sent_all_the_same(
    both: tuple[Workspace, Workspace], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    station, county = both
    with_two(station)
    own = Entry(station).save(household(1)).record_id
    with monkeypatch.context() as changed_program:
        changed_program.setattr(guarding, "needs_two", lambda workspace: False)
        mark_reviewed(station, Entry(station), [("household", own, station.journal.head_ids(own)[0])])
        plan = plan_receive(county, build_package(station, tmp_path).path)
    received = apply_receive(county, plan, tmp_path)
    assert AccountProblem.UNSEEN.code in [problem.code for problem in received.problems]
    refused(AccountProblem.UNSEEN.code, lambda: review.accept(county, "household", [own]))
    review.send_back(county, "household", [own], "示例")


def test_what_nobody_put_a_name_to_goes_up_and_the_county_decides(
    both: tuple[Workspace, Workspace], tmp_path: Path
) -> None:  # fmt: skip
    station, county = both
    before = Entry(station).save(household(1)).record_id
    with_two(station)
    sent(station, county, tmp_path)
    accounts.add(county, HEAD, AccountRole.OFFICER, PIN)
    officer = accounts.add(county, CLERK, AccountRole.APPROVER, "先用这个口令")
    accounts.change_pin(county, officer, "先用这个口令", PIN)
    review.accept(county, "household", [before])
    plan = Entry(county).save(sample("target", 1))
    refused(AccountProblem.SECOND_PERSON.code, lambda: review.accept(county, "target", [plan.record_id]))
    accounts.sign_in(county, CLERK, PIN)
    review.accept(county, "target", [plan.record_id])


def test_what_was_accepted_is_not_withdrawn_by_who_entered_it(
    both: tuple[Workspace, Workspace], tmp_path: Path
) -> None:  # fmt: skip
    station, county = both
    with_two(station)
    own = Entry(station).save(household(1)).record_id
    accounts.sign_in(station, CLERK, PIN)
    sent(station, county, tmp_path)
    review.accept(county, "household", [own])
    receipt = build_package(county, tmp_path, recipient=station.identity.device_id)
    apply_receipt(station, receipt.path)
    accounts.sign_in(station, HEAD, PIN)
    refused(AccountProblem.SECOND_PERSON.code, lambda: Entry(station).void(own, "示例"))
    accounts.sign_in(station, CLERK, PIN)
    Entry(station).void(own, "示例")


def test_what_an_auditor_is_said_to_have_entered_is_set_aside(
    both: tuple[Workspace, Workspace], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    station, county = both
    accounts.add(station, HEAD, AccountRole.HEAD, PIN)
    sent(station, county, tmp_path)
    accounts.add(station, CLERK, AccountRole.AUDITOR, PIN)
    accounts.sign_in(station, CLERK, PIN)
    with monkeypatch.context() as changed_program:
        changed_program.setattr(guarding, "problem", lambda *_: None)
        Entry(station).save(household(1))
    accounts.sign_in(station, HEAD, PIN)
    Entry(station).save(household(2))
    with monkeypatch.context() as changed_program:
        changed_program.setattr(guarding, "needs_two", lambda workspace: False)
        assert sent(station, county, tmp_path)["quarantined"] == 1
    assert county.read.sql("SELECT reason_code FROM quarantine") == [(AccountProblem.NOT_THEIR_ROLE.code,)]
    assert quarantine.reconsider(county) == 0
    assert county.read.sql("SELECT count(*) FROM household") == [(1,)]


def test_an_account_another_key_signed_is_set_aside(
    both: tuple[Workspace, Workspace], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    station, county = both
    monkeypatch.setattr(keys, "sign", lambda folder, message, real=keys.sign: real(county.keys_folder, message))
    accounts.add(station, HEAD, AccountRole.HEAD, PIN)
    assert sent(station, county, tmp_path)["quarantined"] == 1
    assert county.read.sql("SELECT reason_code FROM quarantine") == [(AccountProblem.BAD_COUNTERSIGNATURE.code,)]
