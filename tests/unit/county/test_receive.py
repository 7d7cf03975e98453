"""Receiving: plan, show, apply, and a signed answer."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from package_helpers import (
    changed,
    codes,
    entries_of,
    fill,
    frictionless_validates,
    introduce,
    key_of,
    make_county,
    make_station,
    signers_file,
    ssh_keygen_verifies,
    write_entries,
)
from unit_helpers import household

from station_app.county import receive
from station_app.county.coverage import coverage
from station_app.county.receive import apply_receive, plan_receive
from station_app.domain.identifiers import invented_identity
from station_app.domain.problems import UserError
from station_app.domain.registry import Role, record_type
from station_app.domain.samples import sample
from station_app.exchange.package import container, intake
from station_app.exchange.package.build import build_package
from station_app.exchange.package.cards import revoke_card
from station_app.exchange.package.problems import PackageProblem
from station_app.exchange.package.receipts import apply_receipt
from station_app.exchange.package.verify import OpenPackage, verify_package
from station_app.services.entry import Entry
from station_app.storage.attachments import Attachments
from station_app.storage.check import check_workspace
from station_app.storage.codec import to_json_fields
from station_app.storage.journal import MergeCounts
from station_app.storage.reader import State
from station_app.storage.versions import Version, make_version
from station_app.storage.workspace import Workspace


def receive_file(county: Workspace, package: Path, out: Path) -> receive.Received:
    return apply_receive(county, plan_receive(county, package), out)


def author(workspace: Workspace, type_name: str, number: int = 0, **values: Any) -> Version:
    """Put a version into a journal that its program would not let a person save."""
    given: dict[str, Any] = {
        "record_type": type_name, "schema_version": 1, "record_id": f"01a1fc9d-eb82-7cbd-99fd-{number:012x}", "parent_ids": (),
        "hlc": workspace.journal.clock.next(), "author": "示例员", "device": workspace.identity.device_id, "reason": "",
        "void": False, **values,
    }  # fmt: skip
    given.setdefault("fields", None)
    given["fields"] = given["fields"] or to_json_fields(sample(type_name, number))
    version = make_version(**given)
    workspace.journal.append([version])
    return version


def journal_of(workspace: Workspace) -> set[str]:
    return {v for (v,) in workspace.read.sql("SELECT version_id FROM version")}


def receipts_of(package: Path) -> list[dict[str, Any]]:
    content = entries_of(package)
    receipts = [json.loads(line)["fields"] for line in content["records/receipt.jsonl"].splitlines()]
    return [line for receipt in receipts for line in receipt.get("results", ())]


def test_plan_says_what_will_happen_and_changes_nothing(station: Workspace, county: Workspace, out: Path) -> None:
    fill(station, 3)
    built = build_package(station, out)
    before = county.database_path.read_bytes()
    plan = plan_receive(county, built.path)
    assert plan.ok and not plan.repeat and (plan.new, plan.already_had, plan.held) == (6, 0, 0)
    assert plan.counts == {"household": 3, "livestock_count": 3} and plan.totals == built.totals
    assert plan.manifest.station.org_name == "示例站" and plan.problems == []
    assert county.database_path.read_bytes() == before and not list((county.folder / "inbox").iterdir())


def test_package_is_taken_in_and_answered(station: Workspace, county: Workspace, out: Path, tmp_path: Path) -> None:
    fill(station, 3)
    built = build_package(station, out)
    seen = []
    county.changed.append(seen.append)
    received = receive_file(county, built.path, out)
    assert received.counts == {"applied": 6} and not received.repeat
    assert journal_of(station) < journal_of(county)
    assert county.read.state_counts("household") == {State.RECEIVED: 3}
    assert seen and "household" in seen[0].tables
    assert receipts_of(received.receipt_path) == []  # nothing but the rule: no line for each version
    assert county.read.sql("SELECT rest, applied_count, parts FROM receipt") == [("applied", 6, 1)]
    assert {version for (version,) in station.read.sql("SELECT version_id FROM package_content")} == journal_of(station)
    # The answer is a package like any other: stock tools and our own check pass.
    assert frictionless_validates(received.receipt_path)
    assert ssh_keygen_verifies(received.receipt_path, signers_file(station), county.identity.device_id, tmp_path)
    assert verify_package(received.receipt_path, signers_file(station)).problems == []
    # The signed original is kept as evidence.
    (kept,) = (county.folder / "inbox").iterdir()
    assert kept.read_bytes() == built.path.read_bytes()
    county.close()
    assert check_workspace(county.folder).ok


def test_same_package_again_is_answered_from_its_hash(
    station: Workspace, county: Workspace, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(station, 3)
    built = build_package(station, out)
    first = receive_file(county, built.path, out)
    answer = first.receipt_path.read_bytes()
    count = county.journal.count()
    monkeypatch.setattr(intake, "OpenPackage", None)  # the content is not even looked at
    plan = plan_receive(county, built.path)
    assert plan.ok and plan.repeat and codes(plan.problems) == {"PKG-056"}
    again = apply_receive(county, plan, out)
    assert again.repeat and again.counts == {"already_had": 6} and again.receipt_path == first.receipt_path
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    lost = apply_receive(county, plan_receive(county, built.path), elsewhere)
    assert lost.receipt_path.parent == elsewhere and lost.receipt_path.read_bytes() == answer
    assert county.journal.count() == count


def test_a_plan_applied_twice_is_told(station: Workspace, county: Workspace, out: Path) -> None:
    fill(station, 1)
    plan = plan_receive(county, build_package(station, out).path)
    apply_receive(county, plan, out)
    count = county.journal.count()
    with pytest.raises(UserError) as caught:
        apply_receive(county, plan, out)
    assert caught.value.code == "PKG-056" and county.journal.count() == count
    assert len(list((county.folder / "inbox").iterdir())) == 1


def test_corrections_and_withdrawals_arrive(station: Workspace, county: Workspace, out: Path) -> None:
    ids = [*fill(station, 1), Entry(station).save(household(2)).record_id]
    receive_file(county, build_package(station, out).path, out)
    entry = Entry(station)
    entry.save(household(1, persons=7), record_id=ids[0], reason="更正")
    entry.save(household(1, persons=8), record_id=ids[0], reason="再更正")
    entry.void(ids[1], "重复")
    received = receive_file(county, build_package(station, out).path, out)
    assert received.counts == {"applied": 2, "superseded": 1}
    row = county.read.get("household", ids[0])
    assert row is not None and row.record.persons == 8
    void = county.read.get("household", ids[1])
    assert void is not None and void.void


def test_out_of_order_is_taken_and_the_gap_asked_for(station: Workspace, county: Workspace, out: Path) -> None:
    packages = []
    for first in (1, 11, 21, 31):
        fill(station, 1, first)
        packages.append(build_package(station, out).path)
    one, two, three, four = packages
    receive_file(county, one, out)
    plan = plan_receive(county, four)
    assert plan.ok and codes(plan.problems) == {"PKG-055"} and "2–3" in plan.problems[0].text.zh
    assert codes(apply_receive(county, plan, out).problems) == {"PKG-055"}
    (place,) = coverage(county)
    assert (place.last_sequence, place.missing, place.packages) == (4, (2, 3), 2)
    assert codes(receive_file(county, three, out).problems) == {"PKG-055"}
    assert coverage(county)[0].missing == (2,)
    assert receive_file(county, two, out).problems == ()
    assert coverage(county)[0].missing == () and journal_of(station) < journal_of(county)


def test_another_package_with_the_same_number_is_refused(
    station: Workspace, county: Workspace, out: Path, tmp_path: Path
) -> None:
    """A workspace folder copied to a second laptop: both count on from the same place."""
    fill(station, 1)
    receive_file(county, build_package(station, out).path, out)
    station.close()
    shutil.copytree(station.folder, tmp_path / "copy")
    there = tmp_path / "there"
    there.mkdir()
    with Workspace.open(station.folder) as one, Workspace.open(tmp_path / "copy") as two:
        fill(one, 1, 11)
        fill(two, 1, 21)
        receive_file(county, build_package(one, out).path, out)
        plan = plan_receive(county, build_package(two, there).path)
    assert not plan.ok and codes(plan.problems) == {"PKG-057"}
    count = county.journal.count()
    with pytest.raises(UserError) as caught:
        apply_receive(county, plan, out)
    assert caught.value.code == "PKG-057" and county.journal.count() == count


def test_a_restored_station_begins_a_new_life(station: Workspace, county: Workspace, out: Path, tmp_path: Path) -> None:
    """A new epoch counts on from the backup's number without being taken for a fork."""
    fill(station, 1)
    receive_file(county, build_package(station, out).path, out)
    station.close()
    shutil.copytree(station.folder, tmp_path / "backup")
    with Workspace.open(station.folder) as lost:
        fill(lost, 1, 11)
        receive_file(county, build_package(lost, out).path, out)
    there = tmp_path / "there"
    there.mkdir()
    with Workspace.open(tmp_path / "backup") as restored:
        restored.settings.set("workspace.epoch", "another-life")
        fill(restored, 1, 21)
        built = build_package(restored, there)
        assert built.sequence == 2
        received = receive_file(county, built.path, there)
    assert received.counts == {"applied": 2} and received.problems == ()


# --- who may ---------------------------------------------------------------------------------------------------------


def test_versions_their_author_may_not_make_are_set_aside_with_the_reason(
    station: Workspace, county: Workspace, out: Path
) -> None:
    fill(station, 1)
    target = author(station, "target")
    verdict = author(station, "review", 1, fields={
        "decision": "accepted", "decided_at": "2026-06-30T08:00:00Z", "reviewer": "示例员",
        "versions": [{"record_type": "household", "record_id": "x", "version_id": "y"}],
    })  # fmt: skip
    plan = plan_receive(county, build_package(station, out).path)
    assert plan.ok and plan.held == 2 and codes(plan.problems) == {"PKG-046"}
    received = apply_receive(county, plan, out)
    assert received.counts == {"applied": 2, "quarantined": 2}
    assert not journal_of(county) & {target.version_id, verdict.version_id}
    held = [line for line in receipts_of(received.receipt_path) if line["outcome"] == "quarantined"]
    assert {line["version_id"] for line in held} == {target.version_id, verdict.version_id}
    assert {line["reason_code"] for line in held} == {"PKG-046"} and all(line["reason_text"] for line in held)
    assert coverage(county)[0].set_aside == 2


def test_station_may_review_its_own(station: Workspace, county: Workspace, out: Path) -> None:
    author(station, "review", 1, fields={
        "decision": "reviewed", "decided_at": "2026-06-30T08:00:00Z", "reviewer": "示例员",
        "versions": [{"record_type": "household", "record_id": "x", "version_id": "y"}],
    })  # fmt: skip
    assert receive_file(county, build_package(station, out).path, out).counts == {"applied": 1}


def test_a_station_cannot_pass_off_another_devices_versions(station: Workspace, county: Workspace, out: Path) -> None:
    author(station, "household", 1, device="0123456789")
    author(station, "target", 2, device=county.identity.device_id)
    built = build_package(station, out, everything=True)
    plan = plan_receive(county, built.path)
    assert plan.held == built.versions == 1  # what the county made is not even packed
    assert codes(plan.problems) == {"PKG-047"}


def test_colleagues_laptops_pass_on_for_each_other(
    station: Workspace, county: Workspace, out: Path, tmp_path: Path
) -> None:
    with make_station(tmp_path / "笔记本 二") as second:
        introduce(second, county)
        introduce(second, station)
        fill(second, 2)
        station.journal.merge(
            v for (i,) in second.read.sql("SELECT version_id FROM version") if (v := second.read.version(i))
        )
        built = build_package(station, out, everything=True)
        assert receive_file(county, built.path, out).counts == {"applied": 4}
        later = build_package(second, out)
        assert receive_file(county, later.path, out).counts == {"already_had": 4}


def test_a_type_this_program_does_not_know_is_set_aside(station: Workspace, county: Workspace, out: Path) -> None:
    author(station, "satellite_image", 1, fields={"scene": "x", "bands": [{"n": 1}]})
    plan = plan_receive(county, build_package(station, out).path)
    assert plan.ok and codes(plan.problems) == {"PKG-048"}
    assert apply_receive(county, plan, out).counts == {"quarantined": 1}


def test_values_beyond_their_bounds_are_set_aside(station: Workspace, county: Workspace, out: Path) -> None:
    fields = {**to_json_fields(household(1)), "persons": 5000}
    author(station, "household", 1, fields=fields)
    received = receive_file(county, build_package(station, out).path, out)
    assert received.counts == {"quarantined": 1} and codes(received.problems) == {"PKG-042"}


def test_fields_of_a_newer_program_are_kept_and_passed_on(
    station: Workspace, county: Workspace, out: Path, tmp_path: Path
) -> None:
    fields = {**to_json_fields(household(1)), "newer_text": "保留", "newer_lines": [{"a": 1}]}
    version = author(station, "household", 1, fields=fields, schema_version=2)
    receive_file(county, build_package(station, out).path, out)
    assert county.read.version(version.version_id) == version
    with Workspace.create(tmp_path / "盟", org_code="152500", org_name="示例盟", role=Role.REGION) as region:
        introduce(county, region)
        built = build_package(county, out, everything=True)
        assert receive_file(region, built.path, out).counts == {"applied": 1}
        assert region.read.version(version.version_id) == version


def test_foreign_and_revoked_senders_are_refused(
    station: Workspace, county: Workspace, out: Path, tmp_path: Path
) -> None:
    fill(station, 1)
    built = build_package(station, out)
    with make_county(tmp_path / "other") as other:
        plan = plan_receive(other, built.path)
        assert not plan.ok and codes(plan.problems) == {"PKG-021"}
        with pytest.raises(UserError):
            apply_receive(other, plan, out)
        assert other.journal.count() == 0
    revoke_card(county, station.identity.device_id)
    plan = plan_receive(county, built.path)
    assert codes(plan.problems) == {"PKG-022"}
    with pytest.raises(UserError) as caught:
        apply_receive(county, plan, out)
    assert caught.value.code == "PKG-022" and not list((county.folder / "inbox").iterdir())


def test_each_workplace_takes_what_is_meant_for_it(station: Workspace, county: Workspace, out: Path) -> None:
    fill(station, 1)
    built = build_package(station, out)
    with pytest.raises(UserError) as caught:
        plan_receive(station, built.path)
    assert caught.value.code == "RCV-001"
    answer = receive_file(county, built.path, out).receipt_path
    assert codes(plan_receive(county, answer).problems) >= {"PKG-059", "RCV-002"}


# --- one transaction -------------------------------------------------------------------------------------------------


class Killed(BaseException):
    pass


@pytest.mark.parametrize("moment", [
    (intake._Taking, "_set_aside"), (intake._Taking, "_compare"), (receive, "_receipts"), (receive, "record_package"),
    (receive.Packer, "write"),
])  # fmt: skip
def test_killed_halfway_nothing_has_happened(
    station: Workspace, county: Workspace, out: Path, monkeypatch: pytest.MonkeyPatch, moment: tuple[Any, str]
) -> None:
    fill(station, 2)
    built = build_package(station, out)

    def kill(*_: Any, **__: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(*moment, kill)
        with pytest.raises(Killed):
            receive_file(county, built.path, out)
    assert county.journal.count() == 0 and county.read.type_counts()["household"] == 0
    assert not list(out.glob("GSP_152525_*")) and not list((county.folder / "inbox").iterdir())
    assert receive_file(county, built.path, out).counts == {"applied": 4}
    county.close()
    assert check_workspace(county.folder).ok


def test_killed_before_the_receipt_has_its_name_it_is_written_again(
    station: Workspace, county: Workspace, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(station, 2)
    built = build_package(station, out)

    def kill(*_: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(receive, "name_part", kill)
        with pytest.raises(Killed):
            receive_file(county, built.path, out)
    assert county.journal.count() > 4 and not list(out.glob("GSP_152525_*.zip"))
    again = receive_file(county, built.path, out)
    assert again.repeat and verify_package(again.receipt_path, signers_file(station)).problems == []


def test_counts_that_do_not_add_up_roll_back(
    station: Workspace, county: Workspace, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(station, 2)
    built = build_package(station, out)
    merge = county.journal.merge

    def forgetful(versions: Iterator[Version], **options: Any) -> MergeCounts:
        found = list(versions)
        merge(found[:-1], **options)
        return MergeCounts(len(found), outcomes={v.version_id: "applied" for v in found})

    with monkeypatch.context() as patch:
        patch.setattr(county.journal, "merge", forgetful)
        with pytest.raises(UserError) as caught:
            receive_file(county, built.path, out)
    assert caught.value.code == "PKG-068" and county.journal.count() == 0


def test_a_file_swapped_between_plan_and_apply_is_refused(station: Workspace, county: Workspace, out: Path) -> None:
    fill(station, 1)
    one = build_package(station, out)
    fill(station, 1, 11)
    two = build_package(station, out)
    plan = plan_receive(county, one.path)
    one.path.write_bytes(two.path.read_bytes())
    with pytest.raises(UserError) as caught:
        apply_receive(county, plan, out)
    assert caught.value.code == "PKG-001" and county.journal.count() == 0
    one.path.unlink()
    with pytest.raises(UserError) as caught:
        apply_receive(county, plan, out)
    assert caught.value.code == "PKG-009"


@pytest.mark.parametrize(("said", "instead"), [(b"{", b"\xff"), (b'"fields":', b'"fieldz":'), (b"\n{", b"\n[")])
def test_content_that_changes_between_plan_and_apply_is_refused_in_words(
    station: Workspace, county: Workspace, out: Path, said: bytes, instead: bytes
) -> None:
    """A stick that is going: as many bytes under the same manifest, and no JSON any more."""
    fill(station)
    path = build_package(station, out).path
    plan = plan_receive(county, path)
    entries = entries_of(path)
    name = "records/household.jsonl"
    entries[name] = entries[name].replace(said, instead, 1)
    write_entries(path, entries)
    with pytest.raises(UserError) as caught:
        apply_receive(county, plan, out)
    assert caught.value.code == PackageProblem.HASH_DIFFERS.code and caught.value.problems[0].place == name
    assert county.journal.count() == 0 and not list((county.folder / "inbox").iterdir())


def test_a_file_that_was_changed_while_it_was_looked_at_is_refused(
    station: Workspace, county: Workspace, out: Path
) -> None:
    """What a plan looked at is not looked at again; its tables have the hashes that were signed all the same."""
    fill(station)
    path = build_package(station, out).path
    plan = plan_receive(county, path)
    entries = entries_of(path)
    name = "records/household.jsonl"
    entries[name] = entries[name].replace("示例".encode(), "例示".encode(), 1)
    plan.file_sha256 = hashlib.sha256(write_entries(path, entries).read_bytes()).hexdigest()
    with pytest.raises(UserError) as caught:
        apply_receive(county, plan, out)
    assert caught.value.code == PackageProblem.HASH_DIFFERS.code and caught.value.problems[0].place == name
    assert county.journal.count() == 0


@pytest.mark.parametrize("anew", [False, True])
def test_only_the_very_file_a_plan_looked_at_is_not_looked_at_again(
    station: Workspace, county: Workspace, out: Path, monkeypatch: pytest.MonkeyPatch, anew: bool
) -> None:
    fill(station)
    path = build_package(station, out).path
    plan = plan_receive(county, path)
    looked: list[OpenPackage] = []
    versions = OpenPackage.versions

    def counted(package: OpenPackage) -> Any:
        looked.append(package)
        return versions(package)

    monkeypatch.setattr(OpenPackage, "versions", counted)
    monkeypatch.setattr(container, "DEFLATE_LEVEL", 0 if anew else container.DEFLATE_LEVEL)
    write_entries(path, entries_of(path))
    assert apply_receive(county, plan, out).counts == {"applied": station.journal.count()}
    assert len(looked) == anew and check_workspace(county.folder).ok


def test_damaged_content_with_a_right_signature_changes_nothing(
    station: Workspace, county: Workspace, out: Path, tmp_path: Path
) -> None:
    fill(station, 2)
    built = build_package(station, out)
    bad = changed(built.path, tmp_path / built.path.name, key_of(station),
                  files=lambda f: f.update({"records/livestock_count.jsonl": f["records/livestock_count.jsonl"][:-40]}))  # fmt: skip
    with pytest.raises(UserError) as caught:
        receive_file(county, bad, out)
    assert caught.value.problems and county.journal.count() == 0


def test_receipt_that_cannot_be_written_takes_nothing_in(station: Workspace, county: Workspace, out: Path) -> None:
    fill(station, 1)
    built = build_package(station, out)
    with pytest.raises(UserError) as caught:
        receive_file(county, built.path, out / "gone")
    assert caught.value.code == "PKG-062" and county.journal.count() == 0


# --- more than rows --------------------------------------------------------------------------------------------------


def test_attachments_arrive_once(station: Workspace, county: Workspace, out: Path) -> None:
    photo = Attachments(station.folder / "attachments").keep(b"not really a photo", "草场 1.jpg")
    Entry(station).save(sample("parcel", 1, attachments=(photo,)), reason="示例")
    receive_file(county, build_package(station, out).path, out)
    there = Attachments(county.folder / "attachments")
    assert there.path(photo).read_bytes() == b"not really a photo" and there.about(photo).name == "草场 1.jpg"
    Entry(station).save(sample("parcel", 2, attachments=(photo,)), reason="示例")
    receive_file(county, build_package(station, out).path, out)
    assert sorted(p.name for p in (county.folder / "attachments").iterdir()) == [photo, f"{photo}.about"]


def test_long_answers_come_in_parts(
    station: Workspace, county: Workspace, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receive, "PART", 4)
    fill(station, 2)
    for number in range(5):
        author(station, "target", number)  # not theirs to author: more exceptions than a record takes
    received = receive_file(county, build_package(station, out).path, out)
    rows = county.read.sql("SELECT part, parts, rest, applied_count, quarantined_count FROM receipt ORDER BY part")
    assert [row[:3] for row in rows] == [(1, 3, None), (2, 3, None), (3, 3, None)]
    assert (sum(row[3] for row in rows), sum(row[4] for row in rows)) == (4, 5)
    assert len(receipts_of(received.receipt_path)) == 9
    assert apply_receipt(station, received.receipt_path).counts == {"applied": 4, "quarantined": 5}


def test_a_receipt_speaks_of_what_it_does_not_list(station: Workspace, county: Workspace, out: Path) -> None:
    fill(station, 3)
    author(station, "target")
    received = receive_file(county, build_package(station, out).path, out)
    (listed,) = receipts_of(received.receipt_path)
    assert listed["outcome"] == "quarantined"
    assert apply_receipt(station, received.receipt_path).counts == {"applied": 6, "quarantined": 1}
    assert station.read.state_counts("household") == {State.RECEIVED: 3}
    assert station.read.state_counts("target") == {State.REFUSED: 1}
    assert county.read.state_counts("household") == {State.RECEIVED: 3}
    for workspace in (station, county):  # what a rebuild makes of it
        assert check_workspace(workspace.folder).problems == []
    ids = tuple(v for (v,) in county.read.sql("SELECT version_id FROM household"))
    assert Entry(county).has_left(ids)  # corrected with a reason only


def test_conflicts_are_named_in_the_receipt(station: Workspace, county: Workspace, out: Path, tmp_path: Path) -> None:
    with make_station(tmp_path / "笔记本 二") as second:
        introduce(second, county)
        ids = fill(station, 1)
        second.journal.merge(
            v for (i,) in station.read.sql("SELECT version_id FROM version") if (v := station.read.version(i))
        )
        for workspace, number in ((station, 1), (second, 2)):
            changed_record = household(1, identity_number=invented_identity(number))
            Entry(workspace).save(changed_record, record_id=ids[0], reason="补录")
        receive_file(county, build_package(station, out).path, out)
        received = receive_file(county, build_package(second, out).path, out)
    assert received.counts == {"conflict": 1}
    row = county.read.get("household", ids[0])
    assert row is not None and row.conflict and len(county.read.heads(ids[0])) == 2


def test_coverage_puts_who_never_sent_on_top(station: Workspace, county: Workspace, out: Path, tmp_path: Path) -> None:
    with Workspace.create(tmp_path / "二", org_code="152525204", org_name="示例二站", role=Role.STATION) as second:
        introduce(second, county)
    fill(station, 1)
    receive_file(county, build_package(station, out).path, out)
    first, last = coverage(county)
    assert first.org_name == "示例二站" and first.last_sequence is None and first.days_behind is None
    assert last.org_name == "示例站" and last.days_behind == 0 and last.versions == 2 and last.packages == 1


def test_counts_in_the_manifest_of_the_answer_say_what_arrived(
    station: Workspace, county: Workspace, out: Path
) -> None:
    fill(station, 1)
    package = build_package(station, out).path
    received = receive_file(county, package, out)
    said = json.loads(entries_of(received.receipt_path)["datapackage.json"])["station"]["acknowledges"]
    head = json.loads(entries_of(package)["datapackage.json"])["station"]["head"]
    assert said == {
        "device": station.identity.device_id,
        "epoch": station.epoch,
        "high_water": 1,
        "highest": 1,
        "missing": [],
        "head": head,
    }


def test_refusals_of_the_plan_are_in_words(station: Workspace, county: Workspace, out: Path) -> None:
    fill(station, 1)
    for problem in plan_receive(
        county, receive_file(county, build_package(station, out).path, out).receipt_path
    ).problems:
        assert problem.code in {item.code for item in (*PackageProblem, *receive.CountyProblem)} and problem.text.zh
    assert record_type("receipt").authors == {Role.COUNTY, Role.REGION}
