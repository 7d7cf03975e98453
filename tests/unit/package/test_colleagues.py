"""Two laptops of one station exchange what they entered without the county between them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from package_helpers import codes, fill, introduce, make_county, make_station
from unit_helpers import household, livestock_count

from station_app.commands.cli import main
from station_app.county.receive import apply_receive, plan_receive
from station_app.domain.problems import UserError
from station_app.exchange.package.build import build_package
from station_app.exchange.package.colleagues import colleagues, is_from_colleague, plan_taking, take_in
from station_app.exchange.package.receipts import apply_receipt
from station_app.services.entry import Entry
from station_app.services.numbering import next_household_codes
from station_app.storage.check import check_workspace
from station_app.storage.following import rebuild
from station_app.storage.reader import Query, State
from station_app.storage.workspace import Workspace


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[tuple[Workspace, Workspace, Workspace]]:
    one, two, county = make_station(tmp_path / "甲"), make_station(tmp_path / "乙"), make_county(tmp_path / "旗")
    introduce(one, two)
    introduce(one, county)
    introduce(two, county)
    yield one, two, county
    for each in (one, two, county):
        each.close()


def hand_over(giver: Workspace, taker: Workspace, out: Path) -> Path:
    out.mkdir(exist_ok=True)
    return build_package(giver, out, recipient=taker.identity.device_id).path


def codes_of(workspace: Workspace) -> list[str]:
    return sorted(row.record.code for row in workspace.read.rows(Query("household")))


def test_each_has_what_the_other_entered(desk: tuple[Workspace, Workspace, Workspace], tmp_path: Path) -> None:
    one, two, _ = desk
    fill(one, 2, first=1)
    fill(two, 2, first=5)
    package = hand_over(one, two, tmp_path / "盘")
    assert [card.device_id for card in colleagues(one)] == [two.identity.device_id]
    assert is_from_colleague(two, package) and plan_taking(two, package).new == 4
    assert take_in(two, package).counts == {"applied": 4}
    assert take_in(two, package).repeat
    back = hand_over(two, one, tmp_path / "盘")
    assert take_in(one, back).counts == {"applied": 4}  # not sent back: what came from there
    assert codes_of(one) == codes_of(two) and len(codes_of(one)) == 4
    with pytest.raises(UserError) as nothing:
        hand_over(one, two, tmp_path / "盘")
    assert nothing.value.code == "PKG-060"


def test_a_number_given_to_a_colleague_stays_taken(
    desk: tuple[Workspace, Workspace, Workspace], tmp_path: Path
) -> None:
    one, two, _ = desk
    fill(one, 2)
    given = max(codes_of(one))
    hand_over(one, two, tmp_path / "盘")
    for name in ("livestock_count", "household"):
        for row in one.read.rows(Query(name)):
            Entry(one).void(row.record_id, "示例")
    assert next_household_codes(one.read, given[:12], 1) == [f"{int(given) + 1:016d}"]


def test_the_way_to_the_county_is_not_touched(desk: tuple[Workspace, Workspace, Workspace], tmp_path: Path) -> None:
    one, two, county = desk
    fill(one, 2)
    take_in(two, hand_over(one, two, tmp_path / "盘"))
    assert one.read.state_counts("household") == {State.COMPLETE: 2}  # still to send
    assert two.read.state_counts("household") == {State.BROUGHT: 2}  # the other's to send
    with one.journal.transaction() as connection:
        rebuild(connection)
    assert one.read.state_counts("household") == {State.COMPLETE: 2}
    received = apply_receive(county, plan_receive(county, build_package(one, tmp_path / "盘").path), tmp_path / "盘")
    assert received.counts == {"applied": 4}
    apply_receipt(one, received.receipt_path)
    assert one.read.state_counts("household") == {State.RECEIVED: 2}
    with pytest.raises(UserError) as nothing:
        build_package(two, tmp_path / "盘")
    assert nothing.value.code == "PKG-060"
    for each in (one, two):
        each.close()
        assert check_workspace(each.folder).ok


def test_a_correction_on_the_other_laptop_reaches_the_county_in_any_order(
    desk: tuple[Workspace, Workspace, Workspace], tmp_path: Path
) -> None:
    one, two, county = desk
    entry = Entry(one)
    home = entry.save(household(1)).record_id
    count = entry.save(livestock_count(home, 100)).record_id
    take_in(two, hand_over(one, two, tmp_path / "盘"))
    Entry(two).save(livestock_count(home, 90), record_id=count, reason="重数")
    for sender in (two, one):
        apply_receive(county, plan_receive(county, build_package(sender, tmp_path / "盘").path), tmp_path / "盘")
    (row,) = county.read.rows(Query("livestock_count"))
    assert row.record.class_counts[0].head == 90 and not row.conflict


def test_a_package_for_the_county_is_not_taken_by_a_colleague(
    desk: tuple[Workspace, Workspace, Workspace], tmp_path: Path
) -> None:
    one, two, county = desk
    fill(one, 1)
    (tmp_path / "盘").mkdir()
    upward = build_package(one, tmp_path / "盘").path
    assert "PKG-074" in codes(plan_taking(two, upward).problems)
    with pytest.raises(UserError):
        take_in(two, upward)
    for_two = hand_over(one, two, tmp_path / "盘")
    assert not plan_receive(county, for_two).ok
    assert codes_of(county) == [] and codes_of(two) == []


def test_by_command(desk: tuple[Workspace, Workspace, Workspace], tmp_path: Path) -> None:
    one, two, _ = desk
    fill(one, 1)
    device = two.identity.device_id
    one.close()
    two.close()
    out = tmp_path / "盘"
    assert main(["package", "--workspace", str(one.folder), "--out", str(out), "--to", device]) == 0
    (package,) = out.glob("GSP_*.zip")
    assert main(["take", str(package), "--workspace", str(two.folder)]) == 0
    with Workspace.open(two.folder) as again:
        assert len(codes_of(again)) == 1
