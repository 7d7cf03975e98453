"""Building: deterministic, chained, checked, recorded; killed anywhere it is put right by the next build."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from package_helpers import (
    codes,
    entries_of,
    fill,
    frictionless_validates,
    introduce,
    make_county,
    signers_file,
    ssh_keygen_verifies,
)
from unit_helpers import household

from station_app.domain.problems import UserError
from station_app.domain.registry import Role, all_types
from station_app.domain.samples import sample
from station_app.exchange.package import build
from station_app.exchange.package.build import UNNAMED, build_package, rewrite_package
from station_app.exchange.package.verify import verify_package
from station_app.services.entry import Entry
from station_app.storage.attachments import Attachments
from station_app.storage.check import check_workspace
from station_app.storage.codec import to_json_fields
from station_app.storage.engine import OperationalError
from station_app.storage.reader import State
from station_app.storage.versions import make_version
from station_app.storage.workspace import Workspace


def manifest_of(package: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(entries_of(package)["datapackage.json"])
    return found


NO_TOTALS = dict.fromkeys(("household_count", "gross_yuan", "net_yuan"))


def test_package_of_every_record_type_passes_stock_tools(station: Workspace, out: Path, tmp_path: Path) -> None:
    entry = Entry(station)
    for kind in all_types():
        if Role.STATION in kind.authors and kind.name not in ("review", "account"):
            for number in range(2):
                alone = kind.name == "compensation_batch"  # without its lines, so without their totals
                entry.save(sample(kind.name, number, **(NO_TOTALS if alone else {})), reason="示例")
    built = build_package(station, out)
    signers = signers_file(station)
    assert built.versions == station.journal.count() and built.problems == ()
    assert ssh_keygen_verifies(built.path, signers, station.identity.device_id, tmp_path)
    assert frictionless_validates(built.path)
    report = verify_package(built.path, signers)
    assert report.ok and report.problems == [] and report.totals == built.totals
    assert sum(report.counts.values()) == built.versions


def test_awkward_text_passes_stock_tools(station: Workspace, out: Path) -> None:
    """Formulas, quotes and separators inside cells stay as they were typed."""
    entry = Entry(station)
    notes = ["=1+1", "@SUM(A1)", '他说"好"', "a,b;c", "中间 空格", "'", "-5", "\\"]
    for number, note in enumerate(notes, 1):
        entry.save(household(number, note=note), reason="示例")
    built = build_package(station, out)
    assert frictionless_validates(built.path)
    assert verify_package(built.path, signers_file(station)).problems == []


def test_published_formula_payloads_stay_exact(station: Workspace, out: Path, shared_data: Path) -> None:
    payloads = (shared_data / "payloads" / "csv-formula-injection.txt").read_text(encoding="utf-8").splitlines()
    entry = Entry(station)
    for number, payload in enumerate((p for p in payloads if p.strip()), 1):
        entry.save(household(number, note=payload[:500]), reason="示例")
    built = build_package(station, out)
    assert frictionless_validates(built.path) and verify_package(built.path, signers_file(station)).problems == []


def test_name_chain_and_states(station: Workspace, out: Path) -> None:
    (first, *_) = fill(station, 2)
    one = build_package(station, out)
    device = station.identity.device_id
    assert one.path.name == f"GSP_152525203_{device}_000001.zip" and not list(out.glob("*.part"))
    assert station.read.state_counts("household") == {State.PACKAGED: 2}
    Entry(station).save(household(1, persons=3), record_id=first, reason="更正人口")
    two = build_package(station, out)
    block = manifest_of(two.path)["station"]
    assert block["previous"] == {"sequence": 1, "sha256": one.sha256} and block["sequence"] == 2 == two.sequence
    assert two.versions == 1 and block["epoch"] == station.epoch and block["recipient"] is None
    assert manifest_of(one.path)["station"]["previous"] is None
    with pytest.raises(UserError) as caught:
        build_package(station, out)
    assert caught.value.code == "PKG-060"
    station.close()
    assert check_workspace(station.folder).ok


def test_control_totals_count_the_latest_version_of_each_record(station: Workspace, out: Path) -> None:
    entry = Entry(station)
    ids = fill(station, 3)  # 101 + 102 + 103 sheep
    entry.save(household(1, persons=4), record_id=ids[0], reason="更正")
    (count,) = station.read.sql("SELECT record_id FROM livestock_count WHERE household_id=?", (ids[2],))[0]
    entry.void(count, "重复登记")
    entry.void(ids[2], "重复登记")
    parcels = [sample("parcel", n, household_id=ids[0]) for n in range(4)]
    payments = [sample("compensation_line", n, household_id=ids[n % 2]) for n in range(3)]
    for record in (*parcels, *payments):
        entry.save(record, reason="示例")
    totals = build_package(station, out).totals
    assert totals == {
        "households": 2, "head": {"sheep": 203}, "mu": f"{sum(p.area_mu for p in parcels):.3f}",
        "fen": int(sum(p.net_yuan for p in payments) * 100),
    }  # fmt: skip


def test_same_slice_gives_the_same_bytes(station: Workspace, out: Path, tmp_path: Path) -> None:
    fill(station, 20)
    built = build_package(station, out)
    before = built.path.read_bytes()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    assert rewrite_package(station, 1, elsewhere).read_bytes() == before
    assert rewrite_package(station, 1, out).read_bytes() == before
    with zipfile.ZipFile(built.path) as archive:
        assert archive.namelist()[-2:] == ["datapackage.json", "datapackage.json.sig"]
    with pytest.raises(UserError) as caught:
        rewrite_package(station, 2, out)
    assert caught.value.code == "PKG-064"


def test_order_of_saving_does_not_matter_to_the_bytes(station: Workspace, out: Path, tmp_path: Path) -> None:
    """A journal that received the same versions in another order gives the same tables."""
    fill(station, 10)
    first = entries_of(build_package(station, out).path)
    versions = [v for row in station.read.sql("SELECT version_id FROM version ORDER BY seq DESC")
                if (v := station.read.version(row[0])) is not None]  # fmt: skip
    with make_county(tmp_path / "other") as other:
        other.journal.merge(versions)
        target = tmp_path / "o"
        target.mkdir()
        second = entries_of(build_package(other, target, everything=True).path)
    assert {n: d for n, d in first.items() if n.startswith("records/")} == {
        n: d for n, d in second.items() if n.startswith("records/")
    }


def test_correcting_and_withdrawing_travel(station: Workspace, out: Path) -> None:
    (first,) = fill(station, 1)
    entry = Entry(station)
    second = entry.save(household(2)).record_id
    build_package(station, out)
    entry.save(household(1, persons=5), record_id=first, reason="更正")
    entry.void(second, "重复")
    entry.restore(second, "恢复")
    built = build_package(station, out)
    assert built.versions == 3
    assert verify_package(built.path, signers_file(station)).problems == []


# --- attachments -----------------------------------------------------------------------------------------------------


def test_attachments_travel_with_the_versions_that_name_them(station: Workspace, out: Path) -> None:
    kept = Attachments(station.folder / "attachments")
    photo = kept.keep(b"not really a photo" * 1000, "草场 1.jpg")
    lost = "f" * 64
    Entry(station).save(sample("parcel", 1, attachments=(photo, lost)), reason="示例")
    built = build_package(station, out)
    assert entries_of(built.path)[f"attachments/{photo}"] == b"not really a photo" * 1000
    assert codes(built.problems) == {"PKG-051"} and manifest_of(built.path)["station"]["missing_attachments"] == [lost]
    (listed,) = [r for r in manifest_of(built.path)["resources"] if r["path"].startswith("attachments/")]
    assert (listed["title"], listed["mediatype"]) == ("草场 1.jpg", "image/jpeg")
    report = verify_package(built.path, signers_file(station))
    assert report.ok and codes(report.problems) == {"PKG-051"}
    assert frictionless_validates(built.path)
    kept.path(photo).write_bytes(b"rotten")
    with pytest.raises(UserError) as caught:
        rewrite_package(station, 1, out)
    assert caught.value.code == "PKG-067"


# --- what others made ------------------------------------------------------------------------------------------------


def test_only_own_versions_unless_everything_is_asked_for(station: Workspace, county: Workspace, out: Path) -> None:
    fill(station, 2)
    versions = [v for (i,) in station.read.sql("SELECT version_id FROM version") if (v := station.read.version(i))]
    county.journal.merge(versions)
    with pytest.raises(UserError) as caught:
        build_package(county, out)
    assert caught.value.code == "PKG-060"
    built = build_package(county, out, everything=True)
    assert built.versions == 4
    report = verify_package(built.path, signers_file(county))
    assert report.ok and report.problems == []


def test_a_package_for_an_unknown_device_is_refused(county: Workspace, out: Path) -> None:
    with pytest.raises(UserError) as caught:
        build_package(county, out, recipient="0123456789")
    assert caught.value.code == "PKG-066"


# --- what can go wrong -----------------------------------------------------------------------------------------------


class Killed(BaseException):
    pass


def kill(*_: Any, **__: Any) -> None:
    raise Killed


@pytest.mark.parametrize("moment", ["record_package", "name_part"])
def test_killed_between_file_and_record_nothing_is_wrong(
    station: Workspace, out: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    fill(station, 3)
    with monkeypatch.context() as patch:
        patch.setattr(build, moment, kill)
        with pytest.raises(Killed):
            build_package(station, out)
    assert not list(out.glob("*.zip"))
    Entry(station).save(household(50), reason="")
    built = build_package(station, out)
    if moment == "record_package":
        assert (built.sequence, built.versions, built.again) == (1, 7, ())
    else:  # recorded, so its number is taken: the same package is written again beside the new one
        assert (built.sequence, built.versions) == (2, 1)
        assert [p.name[-10:] for p in built.again] == ["000001.zip"]
        assert manifest_of(built.path)["station"]["previous"]["sequence"] == 1
    assert station.settings.get(UNNAMED) == ""
    for package in sorted(out.glob("*.zip")):
        assert verify_package(package, signers_file(station)).problems == []
    assert not list(out.glob("*.part"))
    assert sum(manifest_of(p)["station"]["versions"] for p in out.glob("*.zip")) == station.journal.count()


def test_killed_before_the_name_and_nothing_new_gives_the_package(
    station: Workspace, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(station, 3)
    with monkeypatch.context() as patch:
        patch.setattr(build, "name_part", kill)
        with pytest.raises(Killed):
            build_package(station, out)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    built = build_package(station, elsewhere)
    assert (built.sequence, built.versions) == (1, 6) and built.path.exists()
    assert verify_package(built.path, signers_file(station)).problems == []


def test_a_different_file_of_that_name_is_not_overwritten(station: Workspace, out: Path) -> None:
    fill(station, 1)
    path = out / f"GSP_152525203_{station.identity.device_id}_000001.zip"
    path.write_bytes(b"something of somebody")
    with pytest.raises(UserError) as caught:
        build_package(station, out)
    assert caught.value.code == "PKG-061" and path.read_bytes() == b"something of somebody"


def test_a_place_that_cannot_be_written_says_so(station: Workspace, out: Path) -> None:
    fill(station, 1)
    with pytest.raises(UserError) as caught:
        build_package(station, out / "gone")
    assert caught.value.code == "PKG-062"
    assert station.read.state_counts("household") == {State.COMPLETE: 1}
    assert build_package(station, out).sequence == 1


def test_a_full_disk_leaves_nothing_half_written(
    station: Workspace, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(station, 1)

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("station_app.storage.files.os.fsync", full)
        with pytest.raises(UserError) as caught:
            build_package(station, out)
    assert caught.value.code == "PKG-062" and not list(out.iterdir())
    assert build_package(station, out).sequence == 1


@pytest.mark.parametrize("moment", ["wrong_money", "record_package"])
def test_nothing_signed_is_left_when_it_can_not_be_recorded(
    station: Workspace, out: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    fill(station, 1)

    fault = OperationalError("示例")
    fault.sqlite_errorcode = 1  # a mistake of ours: told as it is

    def broken(*_: object) -> None:
        raise fault

    with monkeypatch.context() as patch:
        patch.setattr(build, moment, broken)
        with pytest.raises(OperationalError):
            build_package(station, out)
    assert not list(out.iterdir())
    assert build_package(station, out).sequence == 1


def test_no_room_for_what_is_chosen_is_said(station: Workspace, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What goes into a package is listed beside the database, not in memory: that disk may be full."""
    Entry(station).save_many([(household(number), None) for number in range(1, 400)])
    connect = build.connect

    def little_room(path: Path, **how: Any) -> Any:
        connection = connect(path, **how)
        connection.execute("PRAGMA temp.max_page_count=8")
        return connection

    with monkeypatch.context() as patch:
        patch.setattr(build, "connect", little_room)
        for ask in (build_package, lambda *_: build.compare_package(station)):
            with pytest.raises(UserError) as caught:
                ask(station, out)
            assert caught.value.code == "DB-002" and not list(out.iterdir())
    assert build_package(station, out).sequence == 1


def test_a_package_that_fails_its_own_check_is_thrown_away(
    station: Workspace, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(station, 1)
    monkeypatch.setattr(
        "station_app.exchange.package.container.Sink.sha256", "0" * 64
    )  # what is written is not what is said
    with pytest.raises(UserError) as caught:
        build_package(station, out)
    assert caught.value.code == "PKG-063" and not list(out.iterdir())
    assert station.read.state_counts("household") == {State.COMPLETE: 1}


def test_a_version_no_receiver_could_read_is_not_sent(station: Workspace, out: Path) -> None:
    fields = {**to_json_fields(household(9)), "persons": "five"}
    station.journal.append([make_version(
        record_type="staff", schema_version=1, record_id="01a1fc9d-eb82-7cbd-99fd-5330a8572a8e", parent_ids=(),
        hlc=station.journal.clock.next(), author="x", device=station.identity.device_id, reason="", void=False,
        fields={**fields, "name": 5},
    )])  # fmt: skip
    with pytest.raises(UserError) as caught:
        build_package(station, out)
    assert caught.value.code == "PKG-063" and not list(out.iterdir())


def test_a_damaged_journal_is_noticed_before_anything_leaves(station: Workspace, out: Path) -> None:
    fill(station, 1)
    with station.journal.transaction() as connection:
        connection.execute("UPDATE version SET fields=replace(fields, '示例牧户1', '示例牧户9')")
    with pytest.raises(UserError) as caught:
        build_package(station, out)
    assert caught.value.code == "PKG-069" and not list(out.iterdir())


def test_what_was_decided_for_the_package_before_is_not_looked_at_again(station: Workspace, out: Path) -> None:
    """The next package asks for what came after the last one; a question that changed is asked of everything."""
    (first, *_) = fill(station, 3)
    build_package(station, out)
    decided = station.settings.get("package.decided.").partition(" ")[2]
    assert int(decided) == station.read.sql("SELECT max(seq) FROM version")[0][0]
    Entry(station).save(household(1, persons=3), record_id=first, reason="更正人口")
    assert build_package(station, out).versions == 1
    station.settings.set("package.decided.", f"{station.settings.get('package.decided.').partition(' ')[0]} 999999")
    Entry(station).save(household(50), reason="")
    with pytest.raises(UserError) as caught:  # it believes what is decided
        build_package(station, out)
    assert caught.value.code == "PKG-060"
    station.settings.set("package.decided.", "another question 999999")
    Entry(station).save(household(1, persons=4), record_id=first, reason="更正人口")
    assert build_package(station, out).versions == 2  # and what was left out before


def test_two_builds_at_once_do_not_share_a_number(
    station: Workspace, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(station, 1)
    other = tmp_path / "other"
    other.mkdir()
    record = build.record_package

    def meanwhile(connection: Any, written: Any, stamp: str) -> None:
        monkeypatch.setattr(build, "record_package", record)
        connection.execute(
            "INSERT INTO package_out VALUES (1, 'x', 'y', '', '', 0, ?)", (written.manifest.raw.decode(),)
        )
        record(connection, written, stamp)

    monkeypatch.setattr(build, "record_package", meanwhile)
    with pytest.raises(UserError) as caught:
        build_package(station, out)
    assert caught.value.code == "PKG-065" and not list(out.iterdir())
    assert build_package(station, out).sequence == 1


def test_cancelling_writes_nothing(station: Workspace, out: Path) -> None:
    fill(station, 1)

    class Stop:
        cancelled = True

        def progress(self, done: int, total: int | None, text: Any) -> None:
            pass

    with pytest.raises(UserError) as caught:
        build_package(station, out, context=Stop())
    assert caught.value.code == "JOB-001" and not list(out.iterdir())


def test_versions_of_an_earlier_description_do_not_make_the_package_invalid(station: Workspace, out: Path) -> None:
    """Their fields need not keep to today's bounds; the county sets them aside, the rest is taken."""
    fill(station, 1)
    fields = {**to_json_fields(household(9)), "persons": 5000}
    identity = station.identity
    station.journal.append([make_version(
        record_type="household", schema_version=1, record_id="01a1fc9d-eb82-7cbd-99fd-5330a8572a8e", parent_ids=(),
        hlc=station.journal.clock.next(), author="x", device=identity.device_id, reason="", void=False, fields=fields,
    )])  # fmt: skip
    built = build_package(station, out)
    assert codes(built.problems) == {"PKG-042"}
    assert verify_package(built.path, signers_file(station)).ok


def test_work_off_the_windows_thread(station: Workspace, out: Path) -> None:
    fill(station, 2)
    with station.beside() as second_hand:
        built = build_package(second_hand, out)
    assert built.versions == 4 and station.read.state_counts("household") == {State.PACKAGED: 2}


def test_two_stations_keep_apart(station: Workspace, county: Workspace, out: Path, tmp_path: Path) -> None:
    with Workspace.create(tmp_path / "二", org_code="152525204", org_name="示例二站", role=Role.STATION) as second:
        introduce(second, county)
        for each in (station, second):
            fill(each, 1)
            build_package(each, out)
    assert len(list(out.glob("GSP_*.zip"))) == 2
