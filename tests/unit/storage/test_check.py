"""The check sees what was changed behind the program's back, says what to do, and what it says works."""

from __future__ import annotations

import base64
import shutil
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from unit_helpers import household

from station_app.domain.problems import Severity, UserError
from station_app.domain.registry import Role
from station_app.exchange.package.build import build_package
from station_app.exchange.package.cards import accept_card, export_card
from station_app.exchange.whole_check import check_all
from station_app.services.entry import Entry
from station_app.storage import key_slots, keys
from station_app.storage.check import CheckReport, check_workspace
from station_app.storage.engine import connect
from station_app.storage.problems import StorageProblem
from station_app.storage.reader import Query
from station_app.storage.restore import restore_backup
from station_app.storage.workspace import DATABASE, Workspace

CARD = f"ssh-ed25519 {base64.b64encode(b'another key').decode()} x"
TRIGGER = "CREATE TRIGGER planted AFTER INSERT ON version BEGIN DELETE FROM version WHERE seq=NEW.seq; END"
REBUILT: dict[str, tuple[str, StorageProblem]] = {
    "a changed row": ("UPDATE household SET head_name='别人'", StorageProblem.TABLE_DIFFERS),
    "a row more": ("INSERT INTO split_head VALUES ('a', 'b', 'household')", StorageProblem.TABLE_DIFFERS),
    "an emptied index": ("DELETE FROM search_index", StorageProblem.SEARCH_DIFFERS),
    "an index without words": ("DELETE FROM search_index_data", StorageProblem.SEARCH_DIFFERS),
    "a planted trigger": (TRIGGER, StorageProblem.PLANTED),
    "a planted view": ("CREATE VIEW planted AS SELECT 1", StorageProblem.PLANTED),
    "an index of the journal gone": ("DROP INDEX version_record", StorageProblem.SCHEMA_DIFFERS),
    "an index of a table gone": ("DROP INDEX household_village_code", StorageProblem.SCHEMA_DIFFERS),
    "a table gone": ("DROP TABLE household", StorageProblem.SCHEMA_DIFFERS),
    "a link more": ("INSERT INTO version_parent VALUES ('a', 'b')", StorageProblem.ANCESTRY_DIFFERS),
    "a link gone": ("DELETE FROM version_parent", StorageProblem.ANCESTRY_DIFFERS),
}
KEPT: dict[str, tuple[str, StorageProblem]] = {
    "a rewritten version": ("UPDATE version SET fields=replace(fields, '示例', '别人') WHERE seq=2", StorageProblem.VERSION_ALTERED),
    "a version that is none": ("UPDATE version SET fields='{' WHERE seq=2", StorageProblem.VERSION_ALTERED),
    "a removed version": ("DELETE FROM version WHERE seq=2", StorageProblem.VERSIONS_MISSING),
    "the last version removed": ("DELETE FROM version WHERE seq=4", StorageProblem.VERSIONS_MISSING),
    "a version of another name": (f"UPDATE version SET version_id='{'0' * 64}' WHERE seq=2", StorageProblem.PACKED_MISSING),
    "another key on a card": (f"UPDATE card SET public_key='{CARD}'", StorageProblem.CARD_ALTERED),
    "a card that is none": ("UPDATE card SET public_key='x'", StorageProblem.CARD_ALTERED),
    "a note of a package": ("UPDATE package_out SET manifest=replace(manifest, '1', '2')", StorageProblem.NOTE_ALTERED),
    "a note that is no JSON": ("UPDATE package_out SET manifest='{'", StorageProblem.NOTE_ALTERED),
    "the chain of a package": ("UPDATE package_out SET previous_sha256=sha256", StorageProblem.NOTE_ALTERED),
    "the number of a package": ("UPDATE package_out SET version_count=1", StorageProblem.NOTE_ALTERED),
    "the device of the workspace": (
        "UPDATE setting SET value='0123456789' WHERE key='workspace.device_id'", StorageProblem.KEY_DIFFERS),
}  # fmt: skip


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with three households, one of them corrected, a package, a card, an attachment and a backup."""
    place = tmp_path_factory.mktemp("check")
    with (
        Workspace.create(
            place / "站", org_code="152525203", org_name="示例站", role=Role.STATION, author="示例员"
        ) as made,
        Workspace.create(
            place / "县", org_code="152525", org_name="示例县", role=Role.COUNTY, author="示例员"
        ) as county,
    ):
        saved = [Entry(made).save(household(n)) for n in (1, 2, 3)]
        changed = made.read.get("household", saved[0].record_id)
        assert changed is not None
        corrected = replace(changed.record, head_name="示例更正")
        Entry(made).save(corrected, record_id=changed.record_id, reason="示例更正")
        accept_card(made, export_card(county, place))
        made.attachments.keep(b"example", "example.txt")
        build_package(made, made.folder / "outbox")
        made.back_up()
        made.catch_up()
    assert check_all(place / "站").problems == []
    return place / "站"


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "站"))


def change(folder: Path, statement: str) -> None:
    connection = connect(folder / DATABASE)
    connection.execute(statement)
    connection.close()


def codes(report: CheckReport) -> set[str]:
    return {p.code for p in report.problems}


@pytest.mark.parametrize("what", REBUILT)
def test_what_follows_from_the_versions_is_seen_and_made_anew(folder: Path, what: str) -> None:
    statement, problem = REBUILT[what]
    change(folder, statement)
    report = check_workspace(folder)
    assert problem.code in codes(report) and report.can_be_rebuilt
    assert "check --rebuild" in problem.text.zh and "check --rebuild" in problem.text.en
    with Workspace.open(folder) as workspace:
        workspace.rebuild()
        assert problem.code not in {p.code for p in workspace.gate}
    assert check_all(folder).problems == []


@pytest.mark.parametrize("what", KEPT)
def test_what_a_rebuild_does_not_hide_is_seen_and_restored(folder: Path, what: str) -> None:
    statement, problem = KEPT[what]
    change(folder, statement)
    report = check_workspace(folder)
    assert problem.code in codes(report) and not report.ok
    (given,) = [p for p in report.problems if p.code == StorageProblem.RESTORE_GIVES.code]
    assert "4 versions" in given.text.en and given.severity is Severity.INFO
    try:
        with Workspace.open(folder) as workspace:
            workspace.rebuild()
    except UserError as error:
        assert error.code in ("CHK-002", "DB-001")
    else:
        assert problem.code in codes(check_workspace(folder))
    (backup,) = [p for p in (folder / "backups").iterdir() if "before" not in p.name]
    restore_backup(folder, backup)
    assert check_all(folder).problems == []


def test_a_start_says_what_costs_nothing_to_see(folder: Path) -> None:
    for statement in (
        TRIGGER.replace("INSERT", "UPDATE"),
        "DELETE FROM version WHERE seq=2",
        f"UPDATE card SET public_key='{CARD}'",
    ):
        change(folder, statement)
    (folder / "keys" / keys.PRIVATE_NAME).unlink()
    with Workspace.open(folder) as workspace:
        assert {p.code for p in workspace.gate} >= {"CHK-006", "CHK-007", "CHK-009", "CHK-011"}


def test_files_beside_the_database_are_looked_at(folder: Path) -> None:
    (attachment,) = [p for p in (folder / "attachments").iterdir() if not p.suffix]
    attachment.write_bytes(b"something else")
    (package,) = (folder / "outbox").iterdir()
    content = bytearray(package.read_bytes())
    content[len(content) // 2] ^= 1
    package.write_bytes(content)
    assert codes(check_all(folder)) == {"CHK-014", "CHK-016"}
    attachment.unlink()
    package.unlink()  # it can be written again
    assert codes(check_all(folder)) == set()  # no record names the attachment
    public = folder / "keys" / keys.PUBLIC_NAME
    kept = public.read_text("ascii")
    keys.make_device_key(folder / "keys", "another")
    assert "CHK-011" in codes(check_all(folder))
    public.write_text(kept, "ascii")
    assert "CHK-011" in codes(check_all(folder))


def test_what_was_taken_away_beside_the_database_is_named(folder: Path) -> None:
    with Workspace.open(folder) as workspace:
        name = next(p.name for p in (folder / "attachments").iterdir() if not p.suffix)
        row = workspace.read.rows(Query("household"), 1)[0]
        Entry(workspace).save(replace(row.record, attachments=(name,)), record_id=row.record_id, reason="示例附件")
        manifest = workspace.read.sql("SELECT manifest FROM package_out")[0][0]
    assert check_all(folder).problems == []
    (folder / "attachments" / name).unlink()
    change(
        folder,
        f"""INSERT INTO package_in VALUES ('{sha256(manifest.encode()).hexdigest()}', 'GSP_example.zip', '152525', 'a', 1,
            '2026-01-01', '', '{manifest}')""",
    )
    report = check_all(folder)
    assert codes(report) == {"CHK-015", "CHK-017"} and report.ok
    assert any(name[:12] in p.text.en for p in report.problems)


def test_without_a_backup_it_says_so(folder: Path) -> None:
    shutil.rmtree(folder / "backups")
    change(folder, KEPT["a rewritten version"][0])
    assert "CHK-021" in codes(check_workspace(folder))


def test_a_sealed_backup_is_what_a_restore_gives(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_slots, "MEMORY_KIB", 64)
    shutil.rmtree(folder / "backups")
    with Workspace.open(folder) as workspace:
        key_slots.set_password(workspace.keys_folder, "示例密码示例密码")
        made = workspace.back_up()
    change(folder, KEPT["a rewritten version"][0])
    (given,) = [p for p in check_workspace(folder).problems if p.code == StorageProblem.RESTORE_GIVES.code]
    assert made.name in given.text.en and "4 versions" in given.text.en
    damaged = bytearray(made.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    made.write_bytes(damaged)
    assert "CHK-021" in codes(check_workspace(folder))
