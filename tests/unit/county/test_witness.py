"""A rewritten past shows: at the county, which saw heads of the journal, and in the check of the station (case O4)."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from package_helpers import (
    REGION_ORG,
    changed,
    codes,
    entries_of,
    fill,
    introduce,
    key_of,
    make_county,
    make_station,
    signers_file,
)
from unit_helpers import household

from station_app.commands.cli import main
from station_app.county.receive import apply_receive, plan_receive
from station_app.domain.problems import UserError
from station_app.domain.registry import Role
from station_app.domain.samples import sample
from station_app.exchange.package.build import build_package, rewrite_package
from station_app.exchange.package.receipts import apply_receipt
from station_app.exchange.package.verify import verify_package
from station_app.exchange.whole_check import check_all
from station_app.storage import journal_head, key_slots
from station_app.storage.check import CheckReport
from station_app.storage.codec import to_json_fields
from station_app.storage.engine import connect
from station_app.storage.journal_head import Head, Links, Seen, commitment_of, first_link, next_link, salt_of
from station_app.storage.problems import StorageProblem
from station_app.storage.restore import restore_backup
from station_app.storage.separate import become_new_device
from station_app.storage.sound import MISSING
from station_app.storage.versions import make_version
from station_app.storage.workspace import DATABASE, Workspace

WITNESSED, ALL = 990, 1000
GONE, OTHER, BEFORE = (
    StorageProblem.ENTRIES_MISSING.code, StorageProblem.ENTRY_DIFFERS.code, StorageProblem.LIVED_BEFORE.code)  # fmt: skip


def enter(workspace: Workspace, first: int, last: int, word: str = "示例") -> None:
    """Put one household an entry into the journal, those of numbers ``first`` to ``last``."""
    workspace.journal.append([
        make_version(
            record_type="household", schema_version=1, record_id=f"01a1fc9d-eb82-7cbd-99fd-{number:012x}", parent_ids=(),
            hlc=workspace.journal.clock.next(), author=f"{word}员", device=workspace.identity.device_id, reason="", void=False,
            fields=to_json_fields(household(number)),
        )
        for number in range(first, last + 1)
    ])  # fmt: skip


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A station with 1,000 entries, 990 of them in a package that is kept, and in the receipt of its county; a backup of 1,000.
    The folder holds ``站``, ``县``, and ``站 985`` and ``站 990``: the station as it stood then."""
    place = tmp_path_factory.mktemp("witness")
    with make_station(place / "站") as station, make_county(place / "县") as county:
        introduce(station, county)
        enter(station, 1, 985)
        station.back_up(place)  # checkpoints the copy below, and lies elsewhere
        shutil.copytree(station.folder, place / "站 985")
        enter(station, 986, WITNESSED)
        package = build_package(station, station.folder / "outbox")
        shutil.copytree(station.folder, place / "站 990")
        received = apply_receive(county, plan_receive(county, package.path), place)
        assert received.problems == ()
        apply_receipt(station, received.receipt_path)
        enter(station, WITNESSED + 1, ALL)
        station.back_up()
    return place


@pytest.fixture
def folder(case: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(case / "站", tmp_path / "站"))


def alter(folder: Path, *statements: str, then: Callable[[Any], None] | None = None) -> None:
    """Change the database behind the program's back, and make anew all that follows from the versions or remembers them."""
    connection = connect(folder / DATABASE)
    for statement in statements:
        connection.execute(statement)
    if then is not None:
        then(connection)
    connection.execute("UPDATE projected SET seq=0, behind=1, searched=0")
    connection.execute(f"DELETE FROM setting WHERE key LIKE '{journal_head.HEAD}%'")
    connection.close()
    with Workspace.open(folder) as workspace:
        workspace.rebuild()
    for each in (folder / "backups").glob("*before-rebuild*"):
        each.unlink()
    connection = connect(folder / DATABASE)
    connection.execute("DELETE FROM setting WHERE key=?", (MISSING,))
    connection.close()


def own(number: int) -> str:
    """Return what finds entry ``number`` of the journal of the one device that entered something (and its county's receipt)."""
    return f"""(SELECT seq FROM version WHERE device=(SELECT value FROM setting WHERE key='workspace.device_id')
        OR device IN (SELECT value FROM setting WHERE key LIKE 'workspace.former.%') ORDER BY seq LIMIT 1 OFFSET {number - 1})"""


CUT = """DELETE FROM version WHERE record_type='household' AND seq >= {first}"""


def rewritten(number: int) -> Callable[[Any], None]:
    """Say something else in an entry, under the id that fits, wherever the id stands."""

    def change(connection: Any) -> None:
        seq, old, fields, record_id, hlc, author, device = connection.execute(
            f"SELECT seq, version_id, fields, record_id, hlc, author, device FROM version WHERE seq={own(number)}"
        ).fetchone()
        new = make_version(
            record_type="household", schema_version=1, record_id=record_id, parent_ids=(), hlc=hlc, author=author, device=device,
            reason="", void=False, fields={**json.loads(fields), "head_name": "示例别人"})  # fmt: skip
        connection.execute(
            "UPDATE version SET version_id=?, fields=? WHERE seq=?", (new.version_id, str(new.row()[10]), seq)
        )
        connection.execute("UPDATE package_content SET version_id=? WHERE version_id=?", (new.version_id, old))

    return change


def told(report: CheckReport, code: str) -> str:
    (problem,) = [p for p in report.problems if p.code == code]
    return problem.text.en


def test_the_sound_station_says_what_no_receipt_proves_yet(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = check_all(folder)
    assert report.problems == []
    assert (report.counts["entries"], report.counts["entries_after_last_receipt"]) == (ALL, ALL - WITNESSED)
    assert main(["check", "--workspace", str(folder), "--language", "en"]) == 0
    assert "No receipt witnesses the last 10 entries" in capsys.readouterr().out


def test_a_tail_cut_below_the_receipt_is_named(folder: Path) -> None:  # O4 a
    for each in (folder / "backups").iterdir():
        each.unlink()
    for each in (folder / "outbox").glob("GSP_*"):
        each.unlink()
    alter(folder, CUT.format(first=own(985)), "DELETE FROM package_content", "DELETE FROM package_out")
    report = check_all(folder)
    assert "entry 985–990 is gone" in told(report, GONE) and "990 entries there, 984 here" in told(report, GONE)
    assert not report.ok
    with Workspace.open(folder) as opened:
        assert opened.journal.count() > 900


def test_a_tail_cut_above_the_receipt_is_seen_by_the_backup_alone(folder: Path) -> None:  # O4 b
    alter(folder, CUT.format(first=own(995)))
    report = check_all(folder)
    assert "1000 entries there, 994 here; entry 995–1000 is gone" in told(report, GONE)
    assert report.counts["entries_after_last_receipt"] == 4
    for each in (folder / "backups").iterdir():
        each.unlink()
    report = check_all(folder)
    assert report.problems == [] and report.counts["entries_after_last_receipt"] == 4


@pytest.mark.parametrize(
    ("left", "entry"), [(("backups", "outbox"), "500"), (("backups",), "500"), (("outbox",), "500"), ((), "1–990")]
)
def test_a_rewritten_entry_is_named_by_what_is_left_to_compare_with(
    folder: Path, left: tuple[str, ...], entry: str
) -> None:  # O4 c
    for name in {"backups", "outbox"} - set(left):
        for each in (folder / name).glob("*[pb]"):
            each.unlink()
    forgotten = ("DELETE FROM package_content", "DELETE FROM package_out") if not left else ()
    alter(folder, *forgotten, then=rewritten(500))
    report = check_all(folder)
    assert f"differs from entry {entry} on" in told(report, OTHER) and not report.ok
    Workspace.open(folder).close()


def test_a_changed_row_names_its_entry(folder: Path) -> None:  # O4 e
    connection = connect(folder / DATABASE)
    connection.execute("UPDATE household SET head_name='示例别人' WHERE code LIKE '%0500'")
    (version_id,) = connection.execute("SELECT version_id FROM household WHERE code LIKE '%0500'").fetchone()
    connection.close()
    assert f"of table household differ from the journal ({version_id[:12]})" in told(
        check_all(folder), StorageProblem.TABLE_DIFFERS.code
    )


def test_two_journals_that_go_on_from_one_entry_are_told_apart(
    case: Path, folder: Path, tmp_path: Path
) -> None:  # O4 d
    other = Path(shutil.copytree(case / "站 990", tmp_path / "另"))
    with Workspace.open(other) as copy:
        enter(copy, 2001, 2003)
        copy.back_up(folder / "backups")
    report = check_all(folder)
    assert "differs from entry 991 on" in told(report, OTHER)


# --- at the county ---------------------------------------------------------------------------------------------------


@pytest.fixture
def county(case: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(case / "县", tmp_path / "县"))


def sent_by(folder: Path, out: Path, **station: Any) -> Path:
    """Build a package, and let its sender say something else in its manifest."""
    with Workspace.open(folder) as workspace:
        built = build_package(workspace, out)
        if not station:
            return built.path
        number = station.get("sequence", built.sequence)
        altered = out / "altered"
        altered.mkdir()
        return changed(
            built.path,
            altered / built.path.name.replace(f"{built.sequence:06d}", f"{number:06d}"),
            key_of(workspace),
            manifest=lambda content: content["station"].update(station),
        )


def refused(county: Path, package: Path, out: Path) -> tuple[set[str], str]:
    """Return why a package is refused; nothing is taken in nor signed."""
    with Workspace.open(county) as workspace:
        before = workspace.journal.count(), len(list(out.iterdir()))
        plan = plan_receive(workspace, package)
        with pytest.raises(UserError) as caught:
            apply_receive(workspace, plan, out)
        assert (workspace.journal.count(), len(list(out.iterdir()))) == before
    return codes(p for p in plan.problems if p.severity.value == "error"), caught.value.text.en


def test_the_county_signs_no_shorter_journal(case: Path, county: Path, tmp_path: Path) -> None:  # O4 a
    other = Path(shutil.copytree(case / "站 985", tmp_path / "另"))
    package = sent_by(other, tmp_path, sequence=2)
    found, said = refused(county, package, tmp_path)
    assert found == {"PKG-080"} and "has 985 entries, but it had 990" in said


def test_the_county_signs_no_other_journal_and_names_the_first_entry(
    case: Path, county: Path, tmp_path: Path
) -> None:  # O4 c, d
    other = Path(shutil.copytree(case / "站 985", tmp_path / "另"))
    with Workspace.open(other) as copy:
        enter(copy, 3001, 3010)
    package = sent_by(other, tmp_path, sequence=2)
    found, said = refused(county, package, tmp_path)
    assert found == {"PKG-081"} and "from entry 986 on" in said


def test_a_rewritten_past_is_not_countersigned(folder: Path, county: Path, tmp_path: Path) -> None:  # O4 c
    def notes(connection: Any) -> None:
        """Let the note of the package before say what the rewritten journal says."""
        rewritten(500)(connection)
        (manifest,) = connection.execute("SELECT manifest FROM package_out").fetchone()
        start = journal_head.beginning(journal_head.device_of(connection))
        *_, last = journal_head.entries(connection, start, WITNESSED)
        said = json.loads(manifest)
        said["station"]["head"]["link"] = last.link
        connection.execute("UPDATE package_out SET manifest=?", (json.dumps(said),))

    alter(folder, then=notes)
    found, said = refused(county, sent_by(folder, tmp_path), tmp_path)
    assert found == {"PKG-081"} and "from entry 1–990 on" in said


def test_a_journal_that_goes_on_is_witnessed(folder: Path, county: Path, tmp_path: Path) -> None:
    package = sent_by(folder, tmp_path)
    with Workspace.open(county) as workspace:
        received = apply_receive(workspace, plan_receive(workspace, package), tmp_path)
        assert received.problems == ()
    with Workspace.open(folder) as station:
        apply_receipt(station, received.receipt_path)
    report = check_all(folder)
    assert report.problems == [] and report.counts["entries_after_last_receipt"] == 0


def test_a_package_that_comes_late_is_held_against_what_came_before_it(
    folder: Path, county: Path, tmp_path: Path
) -> None:
    late = sent_by(folder, tmp_path)
    with Workspace.open(folder) as station:
        enter(station, 4001, 4002)
    last = sent_by(folder, tmp_path)
    with Workspace.open(county) as workspace:
        for package, head in ((last, ALL + 2), (late, ALL + 2)):
            receipt = apply_receive(workspace, plan_receive(workspace, package), tmp_path).receipt_path
            said = json.loads(entries_of(receipt)["datapackage.json"])["station"]["acknowledges"]
            assert said["head"]["count"] == head
        assert codes(plan_receive(workspace, late).problems) == {"PKG-056"}


def test_an_older_backup_put_back_in_good_faith_is_dated_and_not_accused(
    case: Path, folder: Path, county: Path, tmp_path: Path
) -> None:
    (backup,) = case.glob("*.backup.db")
    restore_backup(folder, backup)
    report = check_all(folder)
    assert codes(report.problems) == {BEFORE} and report.ok
    assert "had 1000 entries" in told(report, BEFORE) and "same up to entry 985" in told(report, BEFORE)
    with Workspace.open(folder) as station:
        enter(station, 5001, 5001)
    with Workspace.open(county) as workspace:
        received = apply_receive(workspace, plan_receive(workspace, sent_by(folder, tmp_path)), tmp_path)
    assert received.problems == () and received.counts["applied"] == 1


def test_a_journal_shorter_than_what_it_sent_sends_nothing(folder: Path, tmp_path: Path) -> None:
    connection = connect(folder / DATABASE)
    connection.execute(CUT.format(first=own(900)))
    connection.close()
    for first, last in ((6001, 6001), (6002, 6200)):  # also when as many were entered again
        with Workspace.open(folder) as station, pytest.raises(UserError) as caught:
            enter(station, first, last)
            build_package(station, tmp_path)
        assert caught.value.code == "PKG-054"


# --- what a package tells --------------------------------------------------------------------------------------------


def rows_of(package: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(entries_of(package)["journal.csv"].decode().splitlines()))


def test_an_entry_that_did_not_travel_is_proven_without_its_content(tmp_path: Path) -> None:
    with (
        make_station(tmp_path / "站") as station, make_county(tmp_path / "县") as county,
        Workspace.create(tmp_path / "区", org_code=REGION_ORG, org_name="示例区厅", role=Role.REGION, author="示例员") as region,
    ):  # fmt: skip
        introduce(station, county)
        introduce(county, region)
        fill(station, 1)
        apply_receive(county, plan_receive(county, build_package(station, tmp_path).path), tmp_path)
        county.journal.append([make_version(
            record_type="target", schema_version=1, record_id="01a1fc9d-eb82-7cbd-99fd-000000000001", parent_ids=(),
            hlc=county.journal.clock.next(), author="示例县员", device=county.identity.device_id, reason="", void=False,
            fields=to_json_fields(sample("target")),
        )])  # fmt: skip
        package = build_package(county, tmp_path)  # the receipt concerns the station alone and stays
        rows = rows_of(package.path)
        (kept_back,) = [row for row in rows if not row["version_id"]]
        assert package.versions == len(rows) - 1 and not kept_back["salt"]
        received = apply_receive(region, plan_receive(region, package.path), tmp_path)
        assert received.problems == ()
        (receipt_id,) = (v for (v,) in county.read.sql("SELECT version_id FROM version WHERE record_type='receipt'"))
        assert receipt_id.encode() not in b"".join(entries_of(package.path).values())
        # Shown afterwards, salt and version prove that this is what was committed to.
        secret = journal_head.secret_of(county.journal._connection)
        assert commitment_of(salt_of(secret, receipt_id), receipt_id) == kept_back["commitment"]
        assert secret.encode() not in b"".join(entries_of(package.path).values())


def test_every_package_tells_a_head_and_is_written_again_as_it_was(tmp_path: Path) -> None:
    with make_station(tmp_path / "站") as station, make_station(tmp_path / "站 二") as second, make_county(tmp_path / "县") as county:  # fmt: skip
        introduce(station, county)
        introduce(station, second)
        fill(station, 2)
        sideways = build_package(station, tmp_path, recipient=second.identity.device_id, everything=True).path
        upward = build_package(station, tmp_path).path
        fill(station, 1, 7)
        last = build_package(station, tmp_path).path
        receipt = apply_receive(county, plan_receive(county, upward), tmp_path).receipt_path
        heads = [json.loads(entries_of(p)["datapackage.json"])["station"] for p in (sideways, upward, last, receipt)]
        assert [each["head"]["count"] for each in heads] == [4, 4, 6, 1]
        assert "since" not in heads[0] and "since" not in heads[3] and heads[2]["since"] == heads[1]["head"]
        assert [row["number"] for row in rows_of(last)] == ["5", "6"]
        for sequence, path in ((1, sideways), (2, upward), (3, last)):
            before = path.read_bytes()
            path.unlink()
            assert rewrite_package(station, sequence, tmp_path).read_bytes() == before
        assert verify_package(last, signers_file(county)).problems == []


@pytest.mark.parametrize(("what", "expected"), [
    ("a number left out", "PKG-052"), ("a line more", "PKG-052"), ("another salt", "PKG-052"), ("no header", "PKG-052"),
    ("no end", "PKG-052"), ("endless", "PKG-052"), ("another head", "PKG-052"), ("other words", "PKG-052"),
    ("a version hidden", "PKG-053"), ("no file", "PKG-014"), ("no since", "PKG-011"), ("no head", "PKG-011"),
])  # fmt: skip
def test_entries_that_do_not_add_up_are_refused(what: str, expected: str, tmp_path: Path) -> None:
    with make_station(tmp_path / "站") as station, make_county(tmp_path / "县") as county:
        introduce(station, county)
        fill(station, 2)
        package = build_package(station, tmp_path).path
        (tmp_path / "改").mkdir()
        device = station.identity.device_id

        def files(entries: dict[str, bytes]) -> None:
            lines = entries["journal.csv"].decode().split("\r\n")
            if what == "a number left out":
                del lines[2]
            elif what == "a line more":
                lines.insert(-1, lines[-2])
            elif what == "another salt":
                lines[2] = lines[2][:-3] + "00,"
            elif what == "no header":
                del lines[0]
            elif what == "no end":
                lines[-2:] = [lines[-2]]
            elif what == "endless":
                lines[2] += "0" * 1000
            elif what == "other words":
                lines[2] = "示例"
            elif what == "a version hidden":
                number, version_id, salt, _ = lines[2].split(",")
                lines[2] = f"{number},,,{commitment_of(salt, version_id)}"
            entries["journal.csv"] = "\r\n".join(lines).encode()
            if what == "no file":
                del entries["journal.csv"]

        def manifest(content: dict[str, Any]) -> None:
            if what == "another head":
                content["station"]["head"]["link"] = first_link(device)
            if what in ("no since", "no head"):
                del content["station"][what.removeprefix("no ")]

        altered = changed(package, tmp_path / "改" / package.name, key_of(station), files=files, manifest=manifest)
        found = {p.code for p in verify_package(altered, signers_file(county)).problems}
        assert expected in found and not verify_package(altered, signers_file(county)).ok


# --- the head itself -------------------------------------------------------------------------------------------------


def test_a_sealed_backup_tells_its_head_to_everybody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_slots, "MEMORY_KIB", 64)
    with make_station(tmp_path / "站") as station:
        enter(station, 1, 3)
        key_slots.set_password(station.keys_folder, "示例密码示例密码")
        station.back_up()
    folder = tmp_path / "站"
    assert check_all(folder).problems == []
    alter(folder, CUT.format(first=own(3)))
    assert "3 entries there, 2 here; entry 3 is gone" in told(check_all(folder), GONE)


def test_an_old_workspace_is_proven_from_the_day_its_heads_began(tmp_path: Path) -> None:
    with make_station(tmp_path / "站") as station:
        enter(station, 1, 5)
    connection = connect(tmp_path / "站" / DATABASE)
    connection.execute("DELETE FROM setting WHERE key LIKE 'journal.%'")
    connection.close()
    assert "entries" not in check_all(tmp_path / "站").counts
    with Workspace.open(tmp_path / "站") as station:
        count, stamp = station.settings.get(journal_head.BEGUN).split()
        assert count == "5" and stamp[:2] == "20"
        secret = station.settings.get(journal_head.SECRET)
        enter(station, 6, 6)
        build_package(station, tmp_path)
    with Workspace.open(tmp_path / "站") as station:
        assert station.settings.get(journal_head.SECRET) == secret
    assert check_all(tmp_path / "站").counts["entries"] == 6


def test_a_former_device_is_held_against_its_own_heads(folder: Path, tmp_path: Path) -> None:
    become_new_device(folder, "示例新机")
    with Workspace.open(folder) as station:
        enter(station, 7001, 7003)
        package = build_package(station, tmp_path)
        head = json.loads(entries_of(package.path)["datapackage.json"])["station"]["head"]
        assert head["count"] == 3, "a new device begins a chain of its own"
    report = check_all(folder)
    assert report.problems == []
    assert (report.counts["entries"], report.counts["entries_after_last_receipt"]) == (ALL + 3, ALL - WITNESSED + 3)
    alter(folder, then=rewritten(500))
    assert "differs from entry 500 on" in told(check_all(folder), OTHER)


def test_heads_are_what_the_page_says() -> None:
    links = Links("7f3ad1b851", "a" * 64)
    versions = [f"{n:064x}" for n in range(3)]
    link = first_link("7f3ad1b851")
    for number, version_id in enumerate(versions, 1):
        links.add(version_id)
        link = next_link(link, number, commitment_of(salt_of("a" * 64, version_id), version_id))
        assert links.at(number) == link
    assert (
        len(links) == 3 and links.has(Head(3, link)) and not links.has(Head(2, link)) and not links.has(Head(4, link))
    )
    assert links.has(Head(0, first_link("7f3ad1b851"))) and not links.has(Head(0, first_link("0")))
    assert journal_head.differences(links, "e", [Seen("7f3ad1b851", "回执", "e", Head(2, links.at(2)))]) == []
