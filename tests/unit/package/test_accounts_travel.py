"""Accounts travel upward with the signature of their device; one that has it not is set aside."""

from __future__ import annotations

from pathlib import Path

import pytest
from package_helpers import introduce, make_county, make_station
from unit_helpers import household

from station_app.county.receive import apply_receive, plan_receive
from station_app.domain.accounts import AccountProblem, AccountRole
from station_app.domain.records.exchange import AccountRecord
from station_app.exchange.package.build import build_package
from station_app.services import accounts
from station_app.services.entry import Entry
from station_app.storage import key_slots, keys
from station_app.storage.reader import Query
from station_app.storage.workspace import Workspace

HEAD, PIN = "示例站长", "示例口令一二"


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


def test_an_account_another_key_signed_is_set_aside(
    both: tuple[Workspace, Workspace], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    station, county = both
    monkeypatch.setattr(keys, "sign", lambda folder, message, real=keys.sign: real(county.keys_folder, message))
    accounts.add(station, HEAD, AccountRole.HEAD, PIN)
    assert sent(station, county, tmp_path)["quarantined"] == 1
    assert county.read.sql("SELECT reason_code FROM quarantine") == [(AccountProblem.BAD_COUNTERSIGNATURE.code,)]
