"""Accounts: who works here signs in, what each may do is asked where a state is changed, and two persons decide."""

from __future__ import annotations

from pathlib import Path

import pytest
from calc_helpers import refused
from package_helpers import make_county, make_station
from unit_helpers import household, payable

from station_app.domain.accounts import AccountProblem, AccountRole, mark_of, name_of, roles_at, signed
from station_app.domain.guards import Act, Route, may, refusal
from station_app.domain.records.exchange import AccountRecord
from station_app.domain.registry import Role, record_type
from station_app.services import access_log, accounts, guarding, undo
from station_app.services.entry import Entry
from station_app.services.review import mark_reviewed
from station_app.storage import key_slots, keys
from station_app.storage.codec import to_json_fields
from station_app.storage.reader import Query
from station_app.storage.workspace import Workspace

HEAD, CLERK, AUDIT = "示例站长", "示例登记员", "示例审计员"
PIN, OTHER = "示例口令一二", "示例口令三四"


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_slots, "MEMORY_KIB", 64)
    monkeypatch.setattr(key_slots, "PASSES", 1)


@pytest.fixture
def station(tmp_path: Path) -> Workspace:
    return make_station(tmp_path / "站")


def with_two(station: Workspace, role: AccountRole = AccountRole.REVIEWER) -> None:
    """Add a head, who is signed in afterwards, and a second account that chose its own PIN."""
    accounts.add(station, HEAD, AccountRole.HEAD, PIN)
    clerk = accounts.add(station, CLERK, role, "先用这个口令")
    accounts.change_pin(station, clerk, "先用这个口令", PIN)


def head_of(station: Workspace, record_id: str) -> tuple[str, str, str]:
    return ("household", record_id, station.journal.head_ids(record_id)[0])


def test_an_author_ends_in_the_mark_of_its_account() -> None:
    assert (mark_of("示例甲"), name_of("示例甲"), signed("示例甲", "")) == ("", "示例甲", "示例甲")
    written = signed("示例甲", "3f9a21c4")
    assert (mark_of(written), name_of(written)) == ("3f9a21c4", "示例甲")


def test_without_accounts_everything_is_as_it_was(station: Workspace) -> None:
    assert accounts.accounts(station) == [] and accounts.current(station) is None
    said = accounts.standing(station)
    assert said is not None and said.code == AccountProblem.NOBODY.code
    assert all(guarding.problem(station, act) is None for act in Act)
    station.set_author("示例员 #12345678")  # nobody types the mark of an account
    assert mark_of(station.identity.signature) == ""
    saved = Entry(station).save(household(1))
    mark_reviewed(station, Entry(station), [head_of(station, saved.record_id)])


def test_the_first_account_manages_and_writes_in_its_name(station: Workspace) -> None:
    station.drafts.put("a", "household", None, {"code": "1"})
    refused(AccountProblem.FIRST_MANAGES.code, lambda: accounts.add(station, CLERK, AccountRole.RECORDER, PIN))
    refused(AccountProblem.OTHER_WORKPLACE.code, lambda: accounts.add(station, CLERK, AccountRole.OFFICER, PIN))
    refused(AccountProblem.PIN_SHORT.code, lambda: accounts.add(station, HEAD, AccountRole.HEAD, "短"))
    assert not station.has_accounts
    head = accounts.add(station, HEAD, AccountRole.HEAD, PIN)
    said = accounts.standing(station)
    assert said is not None and said.code == AccountProblem.ONE_PERSON.code
    assert accounts.current(station) == head and head.own_pin and station.drafts.count() == 1
    saved = Entry(station).save(household(1))
    version = station.journal.load(saved.version_id or "")
    assert (name_of(version.author), mark_of(version.author)) == (HEAD, head.mark)
    refused(AccountProblem.SIGN_IN.code, lambda: station.set_author("别人"))
    accounts.sign_out(station)
    assert station.identity.author == "" and station.drafts.count() == 0
    refused(AccountProblem.SIGN_IN.code, lambda: Entry(station).save(household(2)))
    refused(AccountProblem.WRONG_PIN.code, lambda: accounts.sign_in(station, HEAD, OTHER))
    refused(AccountProblem.NO_SUCH_ACCOUNT.code, lambda: accounts.sign_in(station, "示例无人", PIN))
    accounts.sign_in(station, HEAD, PIN)
    assert [draft.key for draft in station.drafts.all()] == ["a"]


def test_an_account_is_signed_by_its_device_and_opens_after_a_restart(station: Workspace) -> None:
    accounts.add(station, HEAD, AccountRole.HEAD, PIN)
    row = next(iter(station.read.rows(Query(AccountRecord))))
    public, fields = (station.keys_folder / keys.PUBLIC_NAME).read_text("ascii"), to_json_fields(row.record)
    assert accounts.is_countersigned(fields, public)
    assert not accounts.is_countersigned({**fields, "role": "auditor"}, public)
    assert not accounts.is_countersigned(fields, "ssh-ed25519 AAAA")
    folder = station.folder
    station.close()
    with Workspace.open(folder) as again:
        refused(AccountProblem.SIGN_IN.code, lambda: Entry(again).save(household(1)))
        accounts.sign_in(again, row.record.mark, PIN)
        Entry(again).save(household(1))
        assert again.actions.last is not None  # and the account itself is nothing undo takes back


def test_the_table_is_asked_by_the_operations(station: Workspace) -> None:
    with_two(station)
    accounts.add(station, AUDIT, AccountRole.AUDITOR, PIN)
    saved = Entry(station).save(household(1))
    for who, role in ((CLERK, AccountRole.REVIEWER), (AUDIT, AccountRole.AUDITOR)):
        me = accounts.sign_in(station, who, PIN)
        assert me.role is role
        for act in Act:
            for route in Route:
                found = guarding.problem(station, act, route)
                assert (found is None) == may(act, role, route) or found is not None and found.code in (
                    AccountProblem.OWN_PIN.code, AccountProblem.TWO_PRESENT.code), (act, route)  # fmt: skip
    refused(AccountProblem.NOT_YOUR_ROLE.code, lambda: Entry(station).save(household(2)))
    refused(AccountProblem.NOT_YOUR_ROLE.code, lambda: Entry(station).save_many([(household(2), None)]))
    refused(AccountProblem.NOT_YOUR_ROLE.code, lambda: Entry(station).void(saved.record_id, "示例"))
    refused(AccountProblem.NOT_YOUR_ROLE.code, lambda: undo.undo(station))
    refused(AccountProblem.NOT_YOUR_ROLE.code, lambda: accounts.add(station, "示例", AccountRole.RECORDER, PIN))
    assert station.read.sql("SELECT count(*) FROM household") == [(1,)]  # it reads all


def test_an_auditor_changes_nothing_and_a_restore_makes_nothing() -> None:
    for role in AccountRole:
        assert not any(may(act, role, Route.RESTORE) for act in Act)
    assert not any(may(act, AccountRole.AUDITOR, route) for act in Act for route in Route)
    assert all(any(may(act, role, Route.WINDOW) for role in AccountRole) for act in Act)
    assert {role for place in Role for role in roles_at(place)} == set(AccountRole)
    found = refusal(Act.SEND, AccountRole.RECORDER, Route.WINDOW)
    assert found is not None and "站长" in found.text.zh


def test_nobody_reviews_what_they_touched(station: Workspace) -> None:
    before = Entry(station).save(household(9)).record_id  # in nobody's name
    accounts.add(station, HEAD, AccountRole.HEAD, PIN)
    entry = Entry(station)
    own = entry.save(household(1)).record_id
    assert mark_reviewed(station, entry, [head_of(station, own)]) == 1  # the rule has not begun
    own = entry.save(household(2)).record_id
    clerk = accounts.add(station, CLERK, AccountRole.REVIEWER, OTHER)
    assert guarding.needs_two(station)
    refused(AccountProblem.SECOND_PERSON.code, lambda: mark_reviewed(station, entry, [head_of(station, own)]))
    refused(AccountProblem.AUTHOR_UNKNOWN.code, lambda: mark_reviewed(station, entry, [head_of(station, before)]))
    accounts.set_active(station, clerk, False)  # the rule stays
    refused(AccountProblem.SECOND_PERSON.code, lambda: mark_reviewed(station, entry, [head_of(station, own)]))
    refused(AccountProblem.NOT_IN_USE.code, lambda: accounts.sign_in(station, CLERK, OTHER))
    accounts.set_active(station, clerk, True)
    accounts.sign_in(station, CLERK, OTHER)
    refused(AccountProblem.OWN_PIN.code, lambda: mark_reviewed(station, entry, [head_of(station, own)]))
    refused(AccountProblem.OWN_PIN.code, lambda: accounts.change_pin(station, clerk, OTHER, OTHER))
    accounts.change_pin(station, clerk, OTHER, PIN)
    assert mark_reviewed(station, entry, [head_of(station, own)]) == 1
    entry.save(household(2, head_name="示例改名"), record_id=own)  # whoever corrects it afterwards has touched it
    refused(AccountProblem.SECOND_PERSON.code, lambda: mark_reviewed(station, entry, [head_of(station, own)]))
    accounts.sign_in(station, HEAD, PIN)
    assert mark_reviewed(station, entry, [head_of(station, own)]) == 1


def test_demotion_and_promotion_change_nothing(station: Workspace) -> None:
    with_two(station, AccountRole.HEAD)
    own = Entry(station).save(household(1)).record_id
    accounts.sign_in(station, CLERK, PIN)
    accounts.set_role(station, accounts.named(station, HEAD), AccountRole.REVIEWER)
    accounts.set_role(station, accounts.named(station, HEAD), AccountRole.HEAD)
    accounts.sign_in(station, HEAD, PIN)
    refused(AccountProblem.SECOND_PERSON.code, lambda: mark_reviewed(station, Entry(station), [head_of(station, own)]))


def test_somebody_always_manages_accounts(station: Workspace) -> None:
    with_two(station)
    head = accounts.named(station, HEAD)
    refused(AccountProblem.LAST_MANAGER.code, lambda: accounts.set_active(station, head, False))
    refused(AccountProblem.LAST_MANAGER.code, lambda: accounts.set_role(station, head, AccountRole.REVIEWER))
    refused(AccountProblem.NAME_TAKEN.code, lambda: accounts.add(station, HEAD, AccountRole.RECORDER, PIN))
    refused(AccountProblem.BY_ACCOUNTS_ONLY.code, lambda: Entry(station).void(head.record_id, "示例"))


def test_a_forgotten_pin_by_head_sheet_and_county(station: Workspace, tmp_path: Path) -> None:
    with_two(station)
    clerk = accounts.sign_in(station, CLERK, PIN)
    station.drafts.put("mine", "household", None, {"code": "2"})
    accounts.sign_in(station, HEAD, PIN)
    station.drafts.put("of the head", "household", None, {"code": "1"})
    accounts.reset(station, clerk, OTHER)
    assert not accounts.sign_in(station, CLERK, OTHER).own_pin
    accounts.sign_out(station)
    refused(AccountProblem.SIGN_IN.code, lambda: accounts.reset(station, clerk, PIN))
    code = key_slots.new_code()
    key_slots.set_sheet(station.keys_folder, code, "".join(code))
    refused("KEY-001", lambda: accounts.reset(station, clerk, PIN, sheet="".join(key_slots.new_code())))
    accounts.reset(station, clerk, "示例口令五六", sheet="".join(code))
    assert accounts.sign_in(station, CLERK, "示例口令五六").own_pin
    assert [draft.key for draft in station.drafts.all()] == ["mine"]
    with make_county(tmp_path / "县") as county:
        refused("KEY-001", lambda: accounts.reset(station, clerk, PIN, county=county.keys_folder))
        public = (county.keys_folder / keys.PUBLIC_NAME).read_text("ascii")
        key_slots.set_county(station.keys_folder, public, "示例旗局")
        accounts.reset(station, clerk, PIN, county=county.keys_folder)
    assert accounts.sign_in(station, CLERK, PIN).own_pin
    reasons = [version.reason for version in Entry(station).history(clerk.record_id)]
    assert "恢复单" in reasons[1] and "旗县" in reasons[0]


def test_nothing_is_taken_back_in_anothers_name(station: Workspace) -> None:
    with_two(station)
    Entry(station).save(household(1))
    accounts.sign_in(station, CLERK, PIN)
    refused(AccountProblem.NOT_YOURS_TO_UNDO.code, lambda: undo.undo(station))
    accounts.sign_in(station, HEAD, PIN)
    undo.undo(station)


def test_keys_are_changed_by_two_who_are_present(station: Workspace, tmp_path: Path) -> None:
    from station_app.exchange.package.cards import accept_card, export_card, revoke_card

    with make_county(tmp_path / "县") as county:
        card = export_card(county, tmp_path)
        with_two(station)
        refused(AccountProblem.TWO_PRESENT.code, lambda: accept_card(station, card))

        def alone() -> None:
            with accounts.with_second(station, HEAD, PIN):
                accept_card(station, card)

        refused(AccountProblem.TWO_PRESENT.code, alone)
        with accounts.with_second(station, CLERK, PIN):
            accept_card(station, card)
        refused(AccountProblem.TWO_PRESENT.code, lambda: revoke_card(station, county.identity.device_id))


def test_an_account_whose_key_lies_elsewhere_says_so(station: Workspace) -> None:
    head = accounts.add(station, HEAD, AccountRole.HEAD, PIN)
    station.settings.set(f"account.{head.mark}", "")
    refused(AccountProblem.NOT_OPENED.code, lambda: accounts.sign_in(station, HEAD, PIN))


def test_a_form_with_sensitive_values_is_noted_once_until_another_is_seen(station: Workspace) -> None:
    entry, seen = Entry(station), access_log.Looked.SEEN
    accounts.add(station, HEAD, AccountRole.HEAD, PIN)
    plain, private = household(1), payable(2)
    ids = [entry.save(record).record_id for record in (plain, private, payable(3))]
    kind = record_type("household")
    for record, record_id in (
        (plain, ids[0]),
        (private, ids[1]),
        (private, ids[1]),
        (payable(3), ids[2]),
        (private, ids[1]),
    ):
        access_log.note_record(station, seen, kind, record, record_id)
    assert [each.record_id for each in access_log.entries(station)] == [ids[1], ids[2], ids[1]]
    told = [tuple(row) for row in station.read.sql("SELECT * FROM access_log")]
    assert "示例农信社" not in str(told) and str(private.identity_number) not in str(told)
