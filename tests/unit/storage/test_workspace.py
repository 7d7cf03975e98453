"""Making, opening, refusing, upgrading, backing up a workspace."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from unit_helpers import household

from station_app.domain.problems import UserError
from station_app.domain.registry import Role
from station_app.services.entry import Entry
from station_app.storage import gate, projection
from station_app.storage.check import check_workspace
from station_app.storage.engine import SQLITE_VERSION, WAL_RESET_FIXED, connect
from station_app.storage.reader import Reader
from station_app.storage.restore import restore_backup
from station_app.storage.workspace import DATABASE, Workspace

_OPEN = ("open.gstation",)  # nothing is written in them


def _code(error: pytest.ExceptionInfo[UserError]) -> str:
    assert error.value.text.zh and error.value.text.en
    return error.value.code


def test_a_second_copy_is_refused_and_the_first_goes_on(station: Workspace) -> None:
    with pytest.raises(UserError) as refused:
        Workspace.open(station.folder)
    assert _code(refused) == "WSP-003"
    Entry(station).save(household(1))


def test_another_process_is_refused(station: Workspace) -> None:
    script = "import sys,pathlib;from station_app.commands.cli import main;sys.exit(main(['backup','--workspace',sys.argv[1]]))"
    done = subprocess.run(
        [sys.executable, "-c", script, str(station.folder)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 1
    assert "WSP-003" in done.stderr


def test_existing_workspace_is_not_overwritten(station: Workspace) -> None:
    with pytest.raises(UserError) as refused:
        Workspace.create(station.folder, org_code="152525", org_name="x", role=Role.STATION)
    assert _code(refused) == "WSP-001"


def test_a_lost_database_is_answered_by_its_backup_never_by_a_new_key(station: Workspace, tmp_path: Path) -> None:
    """The advice is followed: what lies there keeps a new workspace out, and the backup brings everything back."""
    record_id = Entry(station).save(household(1)).record_id
    backup, device = station.back_up(), station.identity.device_id
    station.close()
    station.database_path.unlink()
    with pytest.raises(UserError) as refused:
        Workspace.open(station.folder)
    assert _code(refused) == "WSP-007"
    key = {path: path.read_bytes() for path in (station.folder / "keys").iterdir()}
    with pytest.raises(UserError) as refused:
        Workspace.create(station.folder, org_code="152525", org_name="示例", role=Role.STATION)
    assert _code(refused) == "WSP-015"
    assert {path: path.read_bytes() for path in (station.folder / "keys").iterdir()} == key
    restore_backup(station.folder, backup)
    with Workspace.open(station.folder) as again:
        assert again.identity.device_id == device and again.read.get("household", record_id) is not None
    Workspace.create(tmp_path / "empty", org_code="152525", org_name="示例", role=Role.STATION).close()


@pytest.mark.parametrize("left", ["keys/device.key", "backups/x.backup.db", "attachments/ab", "workspace.db-wal"])
def test_nothing_is_made_over_what_another_workspace_needs(tmp_path: Path, left: str) -> None:
    folder = tmp_path / "站"
    (folder / left).parent.mkdir(parents=True)
    (folder / left).write_bytes(b"x")
    with pytest.raises(UserError) as refused:
        Workspace.create(folder, org_code="152525", org_name="示例", role=Role.STATION)
    assert _code(refused) == "WSP-015" and left in refused.value.text.en
    assert (folder / left).read_bytes() == b"x" and not (folder / DATABASE).exists()


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_no_other_user_of_the_computer_reads_a_workspace(station: Workspace, tmp_path: Path) -> None:
    def seen() -> list[str]:
        found = [station.folder, *station.folder.rglob("*")]
        private = [p for p in found if p.parent in (tmp_path, station.folder) and p.name not in _OPEN]
        return [p.name for p in private if p.stat().st_mode & 0o077]

    Entry(station).save(household(1))
    assert seen() == []
    assert station.back_up(tmp_path).stat().st_mode & 0o077 == 0
    station.close()
    station.folder.chmod(0o755)
    station.database_path.chmod(0o644)
    with Workspace.open(station.folder) as again:  # one that an older program made
        Entry(again).save(household(2))
        assert seen() == []


def test_wrong_code_and_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(UserError) as refused:
        Workspace.create(tmp_path / "a", org_code="12", org_name="x", role=Role.STATION)
    assert _code(refused) == "WSP-002"
    with pytest.raises(UserError) as refused:
        Workspace.open(tmp_path / "nothing")
    assert _code(refused) == "WSP-007"
    blocked = tmp_path / "file"
    blocked.write_text("x")
    with pytest.raises(UserError) as refused:
        Workspace.create(blocked / "b", org_code="152525", org_name="x", role=Role.STATION)
    assert _code(refused) == "WSP-014"


def test_newer_file_is_refused_with_both_versions_and_left_alone(tmp_path: Path) -> None:
    with Workspace.create(tmp_path / "w", org_code="152525", org_name="示例", role=Role.STATION) as made:
        made.settings.set("workspace.program", "9.9.9")
    raw = connect(tmp_path / "w" / DATABASE)
    raw.execute("PRAGMA user_version=999")
    raw.close()
    with pytest.raises(UserError) as refused:
        Workspace.open(tmp_path / "w")
    assert _code(refused) == "WSP-009"
    assert "9.9.9" in refused.value.text.zh and "999" in refused.value.text.en


def test_foreign_and_damaged_databases_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "w"
    folder.mkdir()
    raw = connect(folder / DATABASE, new=True)
    raw.execute("CREATE TABLE a (b)")
    raw.close()
    with pytest.raises(UserError) as refused:
        Workspace.open(folder)
    assert _code(refused) == "DB-005"
    shutil.rmtree(folder)
    folder.mkdir()
    (folder / DATABASE).write_bytes(b"not a database at all" * 500)
    with pytest.raises(UserError) as refused:
        Workspace.open(folder)
    assert _code(refused) == "DB-001"


def test_gate_engine_place_space_clock_backup(tmp_path: Path) -> None:
    assert SQLITE_VERSION >= WAL_RESET_FIXED
    with pytest.raises(UserError) as refused:
        gate.check_engine((3, 40, 1))
    assert _code(refused) == "WSP-008"
    mounts = "dev / ext4 rw 0 0\n//srv/share /mnt/share\\040a cifs rw 0 0\n"
    assert gate.file_system_of(Path("/mnt/share a/w"), mounts) == "cifs"
    with pytest.raises(UserError) as refused:
        gate.check_place(Path("/mnt/share a/w"), mounts=mounts)
    assert _code(refused) == "WSP-005"
    assert [p.code for p in gate.check_place(Path("/home/a/OneDrive/站"), mounts=mounts)] == ["WSP-101"]
    assert gate.check_place(Path("/home/a/站"), mounts=mounts) == []
    with pytest.raises(UserError) as refused:
        gate.check_space(tmp_path, free=10 * 1024 * 1024)
    assert _code(refused) == "WSP-006"
    assert [p.code for p in gate.check_space(tmp_path, free=100 * 1024 * 1024)] == ["WSP-102"]
    now = datetime(2026, 6, 30, tzinfo=UTC)
    assert [p.code for p in gate.check_clock(gate.ClockEvidence(now + timedelta(days=2)), now)] == ["WSP-103"]
    assert gate.check_clock(gate.ClockEvidence(now), now) == []
    assert [p.code for p in gate.check_backup(None, True, now)] == ["WSP-105"]
    assert [p.code for p in gate.check_backup(now - timedelta(days=30), True, now)] == ["WSP-104"]
    assert gate.check_backup(now - timedelta(days=1), True, now) == []


def test_backup_is_sound_and_opens(station: Workspace, tmp_path: Path) -> None:
    saved = Entry(station).save(household(1))
    copy = station.back_up(tmp_path)
    assert not list(tmp_path.glob("*.part"))
    restored = tmp_path / "restored"
    restored.mkdir()
    shutil.copy(copy, restored / DATABASE)
    with Workspace.open(restored) as opened:
        row = opened.read.get("household", saved.record_id)
        assert row is not None and row.record == household(1)


def test_backup_to_a_missing_place_says_so(station: Workspace, tmp_path: Path) -> None:
    with pytest.raises(UserError) as refused:
        station.back_up(tmp_path / "no such folder")
    assert _code(refused) in ("DB-004", "WSP-011")


def test_changed_projection_shape_is_copied_then_rebuilt(station: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    saved = Entry(station).save(household(1))
    station.close()
    raw = connect(station.database_path)
    raw.execute("UPDATE setting SET value='old shape' WHERE key LIKE 'workspace.projection%'")
    raw.execute("ALTER TABLE household DROP COLUMN note")
    raw.close()
    with Workspace.open(station.folder) as opened:
        row = opened.read.get("household", saved.record_id)
        assert row is not None and row.record == household(1)
        assert opened.settings.get("workspace.projection") == projection.fingerprint()
    assert list((station.folder / "backups").glob("*before-upgrade*"))
    assert check_workspace(station.folder).ok


def test_lost_projection_rows_are_found_at_start_and_rebuilt(station: Workspace) -> None:
    saved = Entry(station).save(household(1))
    station.close()
    raw = connect(station.database_path)
    raw.execute("DELETE FROM household")
    raw.close()
    assert "CHK-005" in {p.code for p in check_workspace(station.folder).problems}
    with Workspace.open(station.folder) as opened:
        assert opened.read.get("household", saved.record_id) is not None


def test_altered_journal_is_found(station: Workspace) -> None:
    Entry(station).save(household(1))
    station.close()
    raw = connect(station.database_path)
    raw.execute("UPDATE version SET author='someone else'")
    raw.close()
    assert "CHK-002" in {p.code for p in check_workspace(station.folder).problems}


def test_lost_ancestry_is_found(station: Workspace) -> None:
    entry = Entry(station)
    saved = entry.save(household(1))
    entry.save(household(1, note="x"), record_id=saved.record_id)
    station.close()
    raw = connect(station.database_path)
    raw.execute("DELETE FROM version_parent")
    raw.close()
    assert "CHK-003" in {p.code for p in check_workspace(station.folder).problems}


def test_damaged_pages_are_found(station: Workspace) -> None:
    entry = Entry(station)
    for n in range(60):
        entry.save(household(n))
    station.close()
    path = station.database_path
    content = bytearray(path.read_bytes())
    content[-4096 * 6 : -4096 * 3] = b"\x00" * (4096 * 3)
    path.write_bytes(bytes(content))
    try:
        codes = {p.code for p in check_workspace(station.folder).problems}
    except UserError as error:
        codes = {error.code}
    assert codes & {"CHK-001", "DB-001"}


def test_check_of_nothing_says_so(tmp_path: Path) -> None:
    with pytest.raises(UserError) as refused:
        check_workspace(tmp_path)
    assert _code(refused) == "WSP-007"


def test_restoring_a_backup_begins_a_new_epoch_and_throws_nothing_away(station: Workspace, tmp_path: Path) -> None:
    kept_id = Entry(station).save(household(1)).record_id
    epoch = station.epoch
    backup = station.back_up(tmp_path)
    lost_id = Entry(station).save(household(2)).record_id
    with pytest.raises(UserError) as refused:
        restore_backup(station.folder, backup)
    assert _code(refused) == "WSP-003"
    station.close()
    aside = restore_backup(station.folder, backup).kept
    assert aside is not None
    with Workspace.open(station.folder) as again:
        assert again.read.get("household", kept_id) is not None and again.read.get("household", lost_id) is None
        assert again.epoch != epoch
    assert check_workspace(station.folder).ok
    with Reader(aside) as old:
        assert old.get("household", lost_id) is not None


def test_a_foreign_or_damaged_backup_is_refused(station: Workspace, tmp_path: Path) -> None:
    with Workspace.create(tmp_path / "other", org_code="152525", org_name="示例", role=Role.STATION) as other:
        foreign = other.back_up(tmp_path)
    station.close()
    before = station.database_path.read_bytes()
    (tmp_path / "junk.backup.db").write_bytes(b"junk" * 4096)
    for file, code in (
        (foreign, "WSP-031"),
        (tmp_path / "junk.backup.db", "WSP-030"),
        (tmp_path / "none.backup.db", "WSP-030"),
    ):
        with pytest.raises(UserError) as refused:
            restore_backup(station.folder, file)
        assert _code(refused) == code
    assert station.database_path.read_bytes() == before


def test_a_commit_of_the_program_is_on_the_disk_when_it_returns(tmp_path: Path) -> None:
    """Asked in a process of its own: within the tests nothing waits for the disk."""
    program = (
        "import sys; from pathlib import Path; from station_app.storage.engine import connect; "
        "print(*(connect(Path(sys.argv[1]), new=True).execute(f'PRAGMA {name}').fetchone()[0] for name in ('synchronous', 'journal_mode')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, tmp_path / "a.db"], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["2", "wal"]
