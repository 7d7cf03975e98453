"""A key hands over to the next: believed without a question by its own word, asked about without it; old packages keep their worth
by their place in the chain."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from package_helpers import changed, codes, fill, introduce, key_of, make_county, make_station, ssh_keygen_verifies
from unit_helpers import household

from station_app.commands.cli import main
from station_app.county.coverage import coverage
from station_app.county.receive import apply_receive, plan_receive
from station_app.domain.problems import UserError
from station_app.exchange.package.build import build_package, rewrite_package
from station_app.exchange.package.cards import (
    Why,
    accept_card,
    export_card,
    registered_cards,
    reinstate_card,
    revoke_card,
    signing_key,
    write_allowed_signers,
)
from station_app.exchange.package.colleagues import plan_taking
from station_app.exchange.package.handover import handovers, replace_key
from station_app.exchange.package.receipts import apply_receipt
from station_app.services.entry import Entry
from station_app.storage.check import check_workspace
from station_app.storage.reader import Query, State
from station_app.storage.versions import Version
from station_app.storage.workspace import Workspace


@pytest.fixture
def county(tmp_path: Path) -> Iterator[Workspace]:
    made = make_county(tmp_path / "旗")
    yield made
    made.close()


@pytest.fixture
def station(tmp_path: Path, county: Workspace) -> Path:
    """A station known at the county that has sent one package, whose second is on its way in ``盘/路上``."""
    made = make_station(tmp_path / "站")
    introduce(made, county)
    fill(made, 1)
    out = tmp_path / "盘"
    (out / "路上").mkdir(parents=True)
    apply_receipt(made, receive(county, build_package(made, out).path, out))
    Entry(made).save(household(2))
    build_package(made, out / "路上")
    made.close()
    return made.folder


def receive(county: Workspace, package: Path, out: Path) -> Path:
    return apply_receive(county, plan_receive(county, package), out).receipt_path


def on_its_way(tmp_path: Path) -> Path:
    return next((tmp_path / "盘" / "路上").glob("GSP*.zip"))


def test_the_next_package_says_so_and_the_county_believes_it_without_a_person(
    station: Path, county: Workspace, tmp_path: Path
) -> None:
    out = tmp_path / "盘"
    old = registered_cards(county)[0]
    device = replace_key(station)
    with Workspace.open(station) as workspace:
        assert workspace.identity.device_id == device != old.device_id
        Entry(workspace).save(household(3))
        built = build_package(workspace, out)
        assert built.versions == 2  # what was on its way and not receipted goes again
        plan = plan_receive(county, built.path)
        assert (
            plan.ok
            and "PKG-029" in codes(plan.problems)
            and [c.device_id for c in registered_cards(county)] == [old.device_id]
        )  # a plan changes nothing
        apply_receipt(workspace, receive(county, built.path, out))
        assert workspace.read.state_counts("household") == {State.RECEIVED: 3}
    ended, new = sorted(registered_cards(county), key=lambda c: not c.revoked_at)
    assert (new.device_id, new.org_name, new.org_code, new.role) == (device, old.org_name, old.org_code, old.role)
    assert (ended.ending.why, ended.ending.followed_by, ended.ending.sequence) == (Why.REPLACED, device, 2)
    assert ssh_keygen_verifies(built.path, write_allowed_signers(county), device, tmp_path)
    assert check_workspace(station).ok

    # The one signed before arrives after: it verifies, and all in it is there already.
    late = apply_receive(county, plan_receive(county, on_its_way(tmp_path)), out)
    assert late.counts == {"already_had": 1}
    assert sorted(r.record.code[-1] for r in county.read.rows(Query("household"))) == ["1", "2", "3"]


def test_a_package_with_the_old_key_after_its_last_one_is_refused_and_named(
    station: Path, county: Workspace, tmp_path: Path
) -> None:
    stolen = tmp_path / "偷"
    shutil.copytree(station, stolen)
    replace_key(station)
    out = tmp_path / "盘"
    with Workspace.open(station) as workspace:
        receive(county, build_package(workspace, out).path, out)
    with Workspace.open(stolen) as workspace:
        Entry(workspace).save(household(9))
        forged = build_package(workspace, stolen / "outbox").path
        assert "PKG-027" in codes(plan_receive(county, forged).problems)
        # nor under the number of the last one, with other content
        again = changed(
            forged,
            tmp_path / on_its_way(tmp_path).name,
            key_of(workspace),
            manifest=lambda m: m["station"].update(sequence=2),
        )
        assert "PKG-027" in codes(plan_receive(county, again).problems)
        # nor in another life of its journal
        other = changed(
            forged, tmp_path / forged.name, key_of(workspace),
            manifest=lambda m: m["station"].update(epoch="f" * 32, sequence=1, previous=None),
        )  # fmt: skip
        assert "PKG-027" in codes(plan_receive(county, other).problems)
    assert plan_receive(county, on_its_way(tmp_path)).ok


def test_two_keys_that_follow_the_same_are_named_and_the_second_is_not_believed(
    station: Path, county: Workspace, tmp_path: Path
) -> None:
    stolen, out = tmp_path / "偷", tmp_path / "盘"
    shutil.copytree(station, stolen)
    replace_key(station)
    with Workspace.open(station) as workspace:
        receive(county, build_package(workspace, out).path, out)
    replace_key(stolen)
    with Workspace.open(stolen) as workspace:
        Entry(workspace).save(household(9))
        plan = plan_receive(county, build_package(workspace, stolen / "outbox").path)
        assert not plan.ok and {"PKG-028", "PKG-021"} <= codes(plan.problems)
        with pytest.raises(UserError) as card:
            accept_card(county, export_card(workspace, stolen / "outbox"))
        assert card.value.code == "PKG-028" and signing_key(workspace).public.fingerprint in card.value.text.zh


def test_a_handover_another_key_signed_is_nobodys(station: Path, county: Workspace, tmp_path: Path) -> None:
    device = replace_key(station)
    other = make_station(tmp_path / "别")
    said = handovers(station / "keys", device)[0]
    forged = said.signed(key_of(other))
    other.close()
    assert not forged.is_by(registered_cards(county)[0].public_key) and said.is_by(
        registered_cards(county)[0].public_key
    )
    (station / "keys" / f"handover-{device}.json").write_bytes(msgspec.json.encode(forged))
    with Workspace.open(station) as workspace:
        plan = plan_receive(county, build_package(workspace, tmp_path / "盘").path)
    assert codes(plan.problems) == {"PKG-021"}


def test_two_replacements_are_followed_as_one_and_by_card(station: Path, county: Workspace, tmp_path: Path) -> None:
    first = replace_key(station)
    second = replace_key(station)
    with Workspace.open(station) as workspace:
        card = accept_card(county, export_card(workspace, tmp_path))  # nobody has to be asked
    assert card.device_id == second
    found = {c.device_id: c for c in registered_cards(county)}
    assert len(found) == 3 and found[first].ending.followed_by == second and not found[second].revoked_at


def test_a_lost_key_is_replaced_once_the_fingerprint_was_compared(
    station: Path, county: Workspace, tmp_path: Path
) -> None:
    old = registered_cards(county)[0]
    for each in ("device.key", "device.pub"):
        (station / "keys" / each).unlink()
    with pytest.raises(UserError) as unsigned:
        replace_key(station)
    assert unsigned.value.code == "PKG-030"
    assert main(["replace-key", "--workspace", str(station), "--lost", "--json"]) == 0
    out = tmp_path / "盘"
    with Workspace.open(station) as workspace:
        Entry(workspace).save(household(3))
        package = build_package(workspace, out).path
        card, fingerprint = export_card(workspace, out), signing_key(workspace).public.fingerprint
    assert codes(plan_receive(county, package).problems) == {"PKG-021"}
    with pytest.raises(UserError) as asked:
        accept_card(county, card)
    assert asked.value.code == "PKG-078"
    assert old.key.fingerprint in asked.value.text.zh and fingerprint in asked.value.text.zh
    with pytest.raises(UserError) as wrong:
        accept_card(county, card, fingerprint=old.key.fingerprint)
    assert wrong.value.code == "PKG-079"
    accept_card(county, card, fingerprint=fingerprint)  # as the sentence says
    ended = {c.device_id: c for c in registered_cards(county)}[old.device_id]
    assert ended.is_distrusted and ended.ending.why is Why.LOST
    # What the lost device entered comes by the one that took its place, who answers for it; by nobody else.
    assert apply_receive(county, plan_receive(county, package), out).counts == {"applied": 2}
    assert codes(plan_receive(county, on_its_way(tmp_path)).problems) == {"PKG-022"}


def test_a_card_that_changes_its_unit_says_what_it_was(station: Path, county: Workspace, tmp_path: Path) -> None:
    with Workspace.open(station) as workspace:
        workspace.identity = replace(workspace.identity, org_name="示例另一站")
        card, fingerprint = export_card(workspace, tmp_path), signing_key(workspace).public.fingerprint
    with pytest.raises(UserError) as asked:
        accept_card(county, card)
    assert asked.value.code == "PKG-077" and "示例站" in asked.value.text.en and "示例另一站" in asked.value.text.en
    assert registered_cards(county)[0].org_name == "示例站"
    assert accept_card(county, card, fingerprint=fingerprint).org_name == "示例另一站"


def test_a_revoked_key_counts_up_to_the_package_that_is_named(station: Path, county: Workspace, tmp_path: Path) -> None:
    device = registered_cards(county)[0].device_id
    revoke_card(county, device)
    assert codes(plan_receive(county, on_its_way(tmp_path)).problems) == {"PKG-022"}
    revoke_card(county, device, last=2)
    assert plan_receive(county, on_its_way(tmp_path)).ok
    with Workspace.open(station) as workspace:
        Entry(workspace).save(household(9))
        later = build_package(workspace, tmp_path).path
    assert "PKG-022" in codes(plan_receive(county, later).problems)


def test_the_countys_new_key_is_believed_by_its_stations(station: Path, county: Workspace, tmp_path: Path) -> None:
    out = tmp_path / "盘"
    county.close()
    device = replace_key(county.folder)
    with Workspace.open(county.folder) as after, Workspace.open(station) as workspace:
        receipt = receive(after, on_its_way(tmp_path), out)
        apply_receipt(workspace, receipt)
        assert workspace.read.state_counts("household") == {State.RECEIVED: 2}
        assert {c.device_id for c in registered_cards(workspace) if not c.revoked_at} == {device}


def test_a_package_built_before_is_written_again_with_the_key_it_had(
    station: Path, county: Workspace, tmp_path: Path
) -> None:
    replace_key(station)
    with Workspace.open(station) as workspace:
        again = rewrite_package(workspace, 2, tmp_path)
    assert again.read_bytes() == on_its_way(tmp_path).read_bytes()
    assert plan_receive(county, again).ok


def test_a_workspace_from_before_knows_its_cards(county: Workspace, station: Path, tmp_path: Path) -> None:
    device = registered_cards(county)[0].device_id
    with county.journal.transaction() as connection:
        connection.execute("UPDATE card SET revoked_at='2026-01-01T00:00:00+00:00' WHERE device_id=?", (device,))
    assert registered_cards(county)[0].is_distrusted and registered_cards(county)[0].ending.why is Why.REVOKED
    assert codes(plan_receive(county, on_its_way(tmp_path)).problems) == {"PKG-022"}


def test_replace_key_by_command(station: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replace-key", "--workspace", str(station), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert len(handovers(station / "keys", said["device"])) == 1


def test_the_register_says_from_when_to_when_a_key_counts_and_why_it_ended(
    station: Path, county: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    replace_key(station)
    with Workspace.open(station) as workspace:
        receive(county, build_package(workspace, tmp_path / "盘").path, tmp_path / "盘")
    new, ended = coverage(county)
    assert (new.revoked, new.ended_why, new.valid_to) == (False, "", None) and new.valid_from is not None
    assert ended.revoked and (ended.ended_why, ended.followed_by, ended.counts_until) == ("replaced", new.device_id, 2)
    assert ended.valid_from is not None and ended.valid_to is not None and ended.valid_from <= ended.valid_to
    county.close()
    assert main(["coverage", "--workspace", str(county.folder), "--year", "2026"]) == 0
    assert "认到第 2 号包" in capsys.readouterr().out


def test_what_the_county_ends_its_stations_end(station: Path, county: Workspace, tmp_path: Path) -> None:
    """The key of a stolen laptop, revoked at the county, is believed by no other laptop of its station once that hears of it."""
    out = tmp_path / "盘"
    stolen = Workspace.open(station)
    second = make_station(tmp_path / "二")
    introduce(second, county)
    introduce(second, stolen)
    Entry(stolen).save(household(7))
    for_second = build_package(stolen, out, recipient=second.identity.device_id).path
    assert plan_taking(second, for_second).ok
    revoke_card(county, stolen.identity.device_id, reason="示例：被盗")
    (noted,) = county.read.rows(Query("device"))
    assert (noted.record.is_revoked, noted.record.revoked_reason) == (True, "示例：被盗")
    Entry(second).save(household(8))
    answered = apply_receipt(second, receive(county, build_package(second, out).path, out))
    assert "PKG-082" in codes(answered.problems) and answered.counts["other"] == 1
    assert "PKG-022" in codes(plan_taking(second, for_second).problems)
    reinstate_card(county, stolen.identity.device_id)
    assert [v.fields["is_revoked"] for v in versions_of(county, noted.record_id)] == [True, False]
    stolen.close()
    second.close()


def versions_of(workspace: Workspace, record_id: str) -> list[Version]:
    rows = workspace.read.sql("SELECT version_id FROM version WHERE record_id=? ORDER BY seq", (record_id,))
    return [workspace.journal.load(version_id) for (version_id,) in rows]


def test_a_unit_that_went_to_another_county_is_ended_by_command_with_its_reason(
    station: Path, county: Workspace, tmp_path: Path
) -> None:
    device = registered_cards(county)[0].device_id
    county.close()
    given = ["--last", "2", "--why", "left", "--reason", "示例：区划调整"]
    assert main(["revoke-card", "--workspace", str(county.folder), device, *given]) == 0
    with Workspace.open(county.folder) as after:
        ended = registered_cards(after)[0].ending
        (noted,) = after.read.rows(Query("device"))
        assert ended.why is Why.LEFT and noted.record.ended_why == "left"
        assert noted.record.revoked_reason == "示例：区划调整"
        assert plan_receive(after, on_its_way(tmp_path)).ok  # made before it went
