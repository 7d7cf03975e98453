"""Only a verified receipt that names a version moves it; a county that lost something is offered it again."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from package_helpers import changed, codes, entries_of, fill, introduce, key_of, make_county, make_station, signers_file
from unit_helpers import household

from station_app.county import quarantine, review
from station_app.county.receive import apply_receive, plan_receive
from station_app.domain.problems import UserError
from station_app.domain.registry import Role
from station_app.domain.samples import sample
from station_app.exchange.package import slices
from station_app.exchange.package.build import build_package
from station_app.exchange.package.cards import (
    accept_card,
    export_card,
    read_card,
    registered_cards,
    reinstate_card,
    revoke_card,
)
from station_app.exchange.package.manifest import Recipient
from station_app.exchange.package.offers import offered_again
from station_app.exchange.package.receipts import apply_receipt, has_county
from station_app.exchange.package.sshsig import CARD_NAMESPACE
from station_app.exchange.package.verify import verify_package
from station_app.services.entry import Entry
from station_app.storage.canonical import canonical_bytes
from station_app.storage.check import check_workspace
from station_app.storage.codec import to_json_fields
from station_app.storage.reader import State
from station_app.storage.versions import make_version
from station_app.storage.workspace import Workspace


def answer(county: Workspace, package: Path, out: Path) -> Path:
    return apply_receive(county, plan_receive(county, package), out).receipt_path


def states(workspace: Workspace) -> dict[State, int]:
    return workspace.read.state_counts("household")


def test_receipt_moves_what_it_names(station: Workspace, county: Workspace, out: Path) -> None:
    fill(station, 2)
    first = build_package(station, out)
    fill(station, 1, 11)
    build_package(station, out)
    receipt = answer(county, first.path, out)
    assert states(station) == {State.PACKAGED: 3}
    applied = apply_receipt(station, receipt)
    assert applied.counts == {"applied": 4} and applied.problems == () and applied.offered_again == ()
    assert states(station) == {State.RECEIVED: 2, State.PACKAGED: 1}
    count = station.journal.count()
    again = apply_receipt(station, receipt)
    assert again.repeat and station.journal.count() == count and states(station)[State.RECEIVED] == 2
    station.close()
    assert check_workspace(station.folder).ok


def test_reviews_plans_and_targets_come_along_once(station: Workspace, county: Workspace, out: Path) -> None:
    ids = fill(station, 3)
    Entry(county).save(sample("target", 1), reason="示例")
    Entry(county).save(sample("training_log", 1), reason="示例")  # the county's own affair
    applied = apply_receipt(station, answer(county, build_package(station, out).path, out))
    assert applied.counts == {"applied": 6, "other": 1} and station.read.type_counts()["target"] == 1
    assert station.read.type_counts()["training_log"] == 0
    waiting = review.unreviewed(county, "household", "152525203")
    assert waiting == ids and review.unreviewed(county, "household", "152525204") == []
    review.accept(county, "household", ids[:2])
    review.send_back(county, "household", ids[2:], "人口数请核对")
    assert review.unreviewed(county, "household") == []
    device = station.identity.device_id
    down = build_package(county, out, recipient=device)
    assert down.versions == 2
    assert apply_receipt(station, down.path).counts == {"other": 2}
    assert states(station) == {State.ACCEPTED: 2, State.RETURNED: 1}
    with pytest.raises(UserError) as caught:
        build_package(county, out, recipient=device)
    assert caught.value.code == "PKG-060"


def test_a_review_of_another_station_stays_away(
    station: Workspace, county: Workspace, out: Path, tmp_path: Path
) -> None:
    with Workspace.create(tmp_path / "二", org_code="152525204", org_name="示例二站", role=Role.STATION) as second:
        introduce(second, county)
        ids = fill(station, 1)
        fill(second, 1, 11)
        apply_receipt(station, answer(county, build_package(station, out).path, out))
        review.accept(county, "household", ids)
        counts = apply_receipt(second, answer(county, build_package(second, out).path, out)).counts
        assert counts == {"applied": 2}


def test_reviewing_needs_something_to_review_and_a_reason(station: Workspace, county: Workspace, out: Path) -> None:
    ids = fill(station, 1)
    answer(county, build_package(station, out).path, out)
    for call, code in (
        (lambda: review.accept(county, "household", ["nothing"]), "RCV-003"),
        (lambda: review.send_back(county, "household", ids, "  "), "RCV-004"),
    ):
        with pytest.raises(UserError) as caught:
            call()
        assert caught.value.code == code


# --- what is no receipt for us ---------------------------------------------------------------------------------------


def test_receipt_for_another_device_is_refused(
    station: Workspace, county: Workspace, out: Path, tmp_path: Path
) -> None:
    with make_station(tmp_path / "笔记本 二") as second:
        introduce(second, county)
        fill(second, 1)
        receipt = answer(county, build_package(second, out).path, out)
    with pytest.raises(UserError) as caught:
        apply_receipt(station, receipt)
    assert caught.value.code == "PKG-058"


def test_unknown_county_and_colleague_are_refused(
    station: Workspace, county: Workspace, out: Path, tmp_path: Path
) -> None:
    fill(station, 1)
    built = build_package(station, out)
    receipt = answer(county, built.path, out)
    revoke_card(station, county.identity.device_id)
    with pytest.raises(UserError) as caught:
        apply_receipt(station, receipt)
    assert caught.value.code == "PKG-022" and states(station) == {State.PACKAGED: 1}
    assert not has_county(station)
    with make_station(tmp_path / "笔记本 二") as second:
        introduce(second, station)
        fill(second, 1, 11)
        with pytest.raises(UserError) as caught:
            apply_receipt(station, build_package(second, out).path)
    assert caught.value.code == "RCP-001"


def test_a_county_package_for_the_region_is_no_receipt(station: Workspace, county: Workspace, out: Path) -> None:
    Entry(county).save(sample("target", 1), reason="示例")
    with pytest.raises(UserError) as caught:
        apply_receipt(station, build_package(county, out).path)
    assert caught.value.code == "PKG-058"


def test_forged_receipt_is_refused(station: Workspace, county: Workspace, out: Path, tmp_path: Path) -> None:
    """Signed by another registered device that says it is the county."""
    with make_station(tmp_path / "笔记本 二") as second:
        introduce(second, station)
        fill(station, 1)
        receipt = answer(county, build_package(station, out).path, out)
        forged = changed(receipt, tmp_path / receipt.name, key_of(second))
    with pytest.raises(UserError) as caught:
        apply_receipt(station, forged)
    assert caught.value.code in ("PKG-021", "PKG-024") and states(station) == {State.PACKAGED: 1}


@pytest.mark.parametrize(("values", "code"), [
    ({"package_hash": "0" * 64}, "RCP-002"), ({"sequence": 7}, "RCP-002"), ({"from_device": "0123456789"}, "RCP-002"),
    ({"results": [{"version_id": "0" * 64, "outcome": "applied"}]}, "RCP-003"),
])  # fmt: skip
def test_a_receipt_about_strange_packages_or_versions_is_set_aside(
    station: Workspace,
    county: Workspace,
    out: Path,
    values: dict[str, Any],
    code: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A lying or confused county moves nothing."""
    fill(station, 1)
    built = build_package(station, out)
    (first,) = station.read.sql("SELECT min(version_id) FROM version")[0]
    fields = {
        "package_hash": built.sha256, "package_name": built.path.name, "from_org": "152525203",
        "from_device": station.identity.device_id, "sequence": 1, "part": 1, "parts": 1, "epoch": county.epoch,
        "high_water": 1, "results": [{"version_id": first, "outcome": "applied"}], **values,
    }  # fmt: skip
    target = station.identity.device_id
    county.journal.append([make_version(
        record_type="receipt", schema_version=1, record_id="01a1fc9d-eb82-7cbd-99fd-5330a8572a8e", parent_ids=(),
        hlc=county.journal.clock.next(), author="x", device=county.identity.device_id, reason="", void=False,
        fields=fields)])  # fmt: skip

    def whatever_it_says(chosen: slices.Slice, device: str, recipient: Recipient) -> None:
        chosen._connection.execute(f"{slices._INTO} v.record_type='receipt'")

    monkeypatch.setattr(slices.Slice, "take_downward", whatever_it_says)
    applied = apply_receipt(station, build_package(county, out, recipient=target).path)
    assert applied.counts == {"set_aside": 1} and codes(applied.problems) == {code}
    assert states(station) == {State.PACKAGED: 1}
    assert [a.reason_code for a in quarantine.set_aside(station)] == [code]


# --- offering again --------------------------------------------------------------------------------------------------


@pytest.fixture
def sent(station: Workspace, county: Workspace, out: Path, tmp_path: Path) -> list[Path]:
    """Three packages, each received and answered; a copy of the county's folder from after the first."""
    packages = []
    for first in (1, 11, 21):
        fill(station, 1, first)
        packages.append(build_package(station, out).path)
        apply_receipt(station, answer(county, packages[-1], out))
        if first == 1:
            county.back_up(tmp_path / "copies") if (tmp_path / "copies").mkdir() is None else None
    return packages


def restored(county: Workspace, tmp_path: Path, *, new_life: bool) -> Workspace:
    """Open the county as it was after the first package."""
    county.close()
    (copy,) = (tmp_path / "copies").iterdir()
    folder = tmp_path / "县 restored"
    shutil.copytree(county.folder, folder)
    for leftover in folder.glob("workspace.db*"):
        leftover.unlink()
    shutil.copyfile(copy, folder / "workspace.db")
    workspace = Workspace.open(folder)
    if new_life:
        workspace.settings.set("workspace.epoch", "another-life")
    return workspace


@pytest.mark.parametrize("new_life", [True, False], ids=["new epoch", "falling high-water mark"])
def test_a_restored_county_is_offered_what_it_lost(
    station: Workspace, county: Workspace, out: Path, tmp_path: Path, sent: list[Path], new_life: bool
) -> None:
    assert states(station) == {State.RECEIVED: 3} and offered_again(station) == []
    with restored(county, tmp_path, new_life=new_life) as back:
        fill(station, 1, 31)
        later = tmp_path / "later"
        later.mkdir()
        fourth = build_package(station, later)
        assert fourth.again == ()
        received = apply_receive(back, plan_receive(back, fourth.path), later)
        assert codes(received.problems) == {"PKG-055"}
        applied = apply_receipt(station, received.receipt_path)
        # Without a new life its numbers are ones we know with another content: told, but heard.
        told = set() if new_life else {"RCP-005"}
        assert applied.offered_again == (2, 3) and codes(applied.problems) == {"RCP-004"} | told
        # Nothing new to send: the missing ones are written again all the same.
        built = build_package(station, later)
        assert [p.name for p in built.again] == [p.name for p in sent[1:]]
        assert [p.read_bytes() for p in built.again] == [p.read_bytes() for p in sent[1:]]
        for package in built.again:
            applied = apply_receipt(station, answer(back, package, later))
        assert applied.offered_again == () and offered_again(station) == []
        ours = {v for (v,) in station.read.sql("SELECT version_id FROM version WHERE record_type <> 'receipt'")}
        assert ours <= {v for (v,) in back.read.sql("SELECT version_id FROM version")}


def test_a_package_lost_on_the_way_is_offered_again(station: Workspace, county: Workspace, out: Path) -> None:
    fill(station, 1)
    first = build_package(station, out)
    fill(station, 1, 11)
    second = build_package(station, out)
    first.path.unlink()
    applied = apply_receipt(station, answer(county, second.path, out))
    assert applied.offered_again == (1,)
    fill(station, 1, 21)
    third = build_package(station, out)
    assert third.again == (first.path,) and third.sequence == 3
    assert apply_receipt(station, answer(county, first.path, out)).offered_again == ()


def test_what_is_still_on_its_way_is_not_offered_again(station: Workspace, county: Workspace, out: Path) -> None:
    packages = []
    for first in (1, 11):
        fill(station, 1, first)
        packages.append(build_package(station, out).path)
    assert apply_receipt(station, answer(county, packages[0], out)).offered_again == ()


def test_receipts_out_of_order_do_not_look_like_a_loss(station: Workspace, county: Workspace, out: Path) -> None:
    receipts = []
    for first in (1, 11, 21):
        fill(station, 1, first)
        receipts.append(answer(county, build_package(station, out).path, out))
    for receipt in (receipts[2], receipts[0], receipts[1]):
        assert apply_receipt(station, receipt).offered_again == ()
    assert states(station) == {State.RECEIVED: 3}


# --- what was set aside ----------------------------------------------------------------------------------------------


def test_what_was_set_aside_passes_once_its_reason_is_gone(
    station: Workspace, county: Workspace, out: Path, tmp_path: Path
) -> None:
    with make_station(tmp_path / "笔记本 二") as second:
        introduce(second, station)
        ids = fill(second, 2)
        station.journal.merge(
            v for (i,) in second.read.sql("SELECT version_id FROM version") if (v := second.read.version(i))
        )
        apply_receipt(station, answer(county, build_package(station, out, everything=True).path, out))
        assert states(station) == {State.REFUSED: 2}
        assert quarantine.reconsider(county) == 0
        waiting = quarantine.set_aside(county)
        assert {w.reason_code for w in waiting} == {"PKG-047"} and len(waiting) == 4
        assert waiting[0].org_code == "152525203" and waiting[0].reason.zh
        accept_card(county, export_card(second, out))
    assert quarantine.reconsider(county) == 4 and quarantine.set_aside(county) == []
    assert county.read.get("household", ids[0]) is not None
    apply_receipt(station, build_package(county, out, recipient=station.identity.device_id).path)
    assert states(station) == {State.RECEIVED: 2}
    assert quarantine.reconsider(county) == 0
    county.close()
    assert check_workspace(county.folder).ok


def test_what_was_set_aside_stays_until_a_person_closes_it(station: Workspace, county: Workspace, out: Path) -> None:
    fields = {**to_json_fields(household(1)), "persons": 5000}
    station.journal.append([make_version(
        record_type="household", schema_version=1, record_id="01a1fc9d-eb82-7cbd-99fd-5330a8572a8e", parent_ids=(),
        hlc=station.journal.clock.next(), author="x", device=station.identity.device_id, reason="", void=False,
        fields=fields)])  # fmt: skip
    answer(county, build_package(station, out).path, out)
    assert quarantine.reconsider(county) == 0
    (waiting,) = quarantine.set_aside(county)
    quarantine.close(county, waiting.version_id, waiting.package_sha256)
    assert quarantine.set_aside(county) == []
    with pytest.raises(UserError) as caught:
        quarantine.close(county, waiting.version_id, waiting.package_sha256)
    assert caught.value.code == "RCV-005"
    assert county.read.sql("SELECT count(*) FROM quarantine") == [(1,)]  # put away, not lost


# --- cards -----------------------------------------------------------------------------------------------------------


def test_cards_make_signatures_known(station: Workspace, county: Workspace, out: Path, tmp_path: Path) -> None:
    (card,) = registered_cards(county)
    assert (card.org_code, card.org_name, card.role) == ("152525203", "示例站", Role.STATION)
    assert has_county(station) and not has_county(county)
    path = export_card(station, out)
    assert read_card(path).device_id == station.identity.device_id
    assert accept_card(county, path) == card and len(registered_cards(county)) == 1
    lines = signers_file(county).read_text(encoding="utf-8").splitlines()
    assert len(lines) == 2 and all('namespaces="grassland-package"' in line for line in lines)
    fill(station, 1)
    package = build_package(station, out).path
    assert verify_package(package, signers_file(county)).ok
    revoke_card(county, card.device_id)
    assert not verify_package(package, signers_file(county)).ok
    with pytest.raises(UserError) as caught:
        accept_card(county, path)
    assert caught.value.code == "PKG-072"
    reinstate_card(county, card.device_id)
    assert verify_package(package, signers_file(county)).ok


def test_own_and_unknown_cards(station: Workspace, out: Path) -> None:
    for call, code in (
        (lambda: accept_card(station, export_card(station, out)), "PKG-071"),
        (lambda: revoke_card(station, "0123456789"), "PKG-073"),
        (lambda: read_card(out / "gone.json"), "PKG-009"),
    ):
        with pytest.raises(UserError) as caught:
            call()
        assert caught.value.code == code


@pytest.mark.parametrize("change", [
    {"org_name": "别的单位"}, {"role": "county"}, {"device": "0123456789"}, {"public_key": "ssh-rsa AAAA"}, {"signature": "x"},
    {"org": "x"}, {"card": 9}, {"extra": 1.5}, None,
])  # fmt: skip
def test_changed_cards_are_refused(
    station: Workspace, county: Workspace, out: Path, change: dict[str, Any] | None
) -> None:
    path = export_card(station, out)
    content = {**json.loads(path.read_text(encoding="utf-8")), **(change or {})}
    path.write_text(json.dumps(content) if change else "{not json", encoding="utf-8")
    with pytest.raises(UserError) as caught:
        accept_card(county, path)
    assert caught.value.code == "PKG-070"


def test_a_card_signed_by_another_key_is_refused(station: Workspace, county: Workspace, out: Path) -> None:
    path = export_card(station, out)
    content = json.loads(path.read_text(encoding="utf-8"))
    del content["signature"]
    content["signature"] = key_of(county).sign(io.BytesIO(canonical_bytes(content)), CARD_NAMESPACE)
    path.write_text(json.dumps(content), encoding="utf-8")
    with make_county(out / "third") as third, pytest.raises(UserError) as caught:
        accept_card(third, path)
    assert caught.value.code == "PKG-070"


def test_receipt_package_holds_nothing_personal(station: Workspace, county: Workspace, out: Path) -> None:
    fill(station, 2)
    receipt = answer(county, build_package(station, out).path, out)
    assert not any("示例牧户".encode() in data for data in entries_of(receipt).values())
