"""What is sound in a damaged workspace comes out whole, and what is not is named."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

import pytest
from package_helpers import made_plain
from unit_helpers import household

from station_app.commands.cli import main
from station_app.domain.problems import UserError
from station_app.domain.registry import Role
from station_app.exchange.package.build import build_package
from station_app.exchange.package.verify import verify_package
from station_app.exchange.salvage import salvage
from station_app.exchange.whole_check import check_all
from station_app.services.entry import Entry
from station_app.storage import key_slots
from station_app.storage.backup import SEALED_SUFFIX
from station_app.storage.engine import DatabaseError, connect
from station_app.storage.reader import Query
from station_app.storage.workspace import DATABASE, Workspace

NUMBER = 400


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("salvage") / "站"
    with Workspace.create(folder, org_code="152525203", org_name="示例站", role=Role.STATION, author="示例员") as made:
        Entry(made).save_many((household(n), None) for n in range(1, NUMBER + 1))
        made.attachments.keep(b"example", "example.txt")
        made.catch_up()
    return folder  # encrypted; what damages pages by their content takes it plain


@pytest.fixture
def plain(folder: Path) -> Path:
    return made_plain(folder)


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "站"))


def damage(folder: Path, *, every: int) -> int:
    """Overwrite pages that hold versions; return how many."""
    connection = connect(folder / DATABASE)
    connection.execute("PRAGMA journal_mode=DELETE")
    connection.close()
    content = bytearray((folder / DATABASE).read_bytes())
    leaf_of_a_table = 0x0D
    pages = [start for start in range(4096, len(content), 4096)
             if content[start] == leaf_of_a_table and b'"head_name":' in content[start : start + 4096]]  # fmt: skip
    for start in pages[::every]:
        content[start : start + 4096] = b"\xa5" * 4096
    (folder / DATABASE).write_bytes(content)
    return len(pages[::every])


def test_what_can_be_read_comes_out_with_its_device_known(plain: Path, tmp_path: Path) -> None:
    folder = plain
    with Workspace.open(folder) as before:
        device = before.identity.device_id
    assert damage(folder, every=4) > 3
    told = salvage(folder, tmp_path / "out")
    assert told.problems == []
    assert 0 < told.versions < NUMBER and told.versions + told.unreadable == NUMBER
    assert told.attachments == 1
    assert f"{told.unreadable} cannot be read" in told.said.en
    with Workspace.open(told.workspace) as again:
        assert again.identity.org_name == "示例站" and again.identity.device_id != device
        assert again.read.type_counts()["household"] == told.versions == told.records
    assert check_all(told.workspace).problems == []
    assert told.package is not None and told.workbook is not None and told.workbook.stat().st_size > 5_000
    assert verify_package(told.package, None).counts


def test_backups_and_packages_give_what_the_database_does_not(plain: Path, tmp_path: Path) -> None:
    folder = plain
    with Workspace.open(folder) as before:
        build_package(before, before.folder / "outbox")
        before.back_up()
        Entry(before).save(household(NUMBER + 1))
    damage(folder, every=3)
    told = salvage(folder, tmp_path / "out")
    assert told.versions >= NUMBER and told.problems == []
    (folder / DATABASE).write_bytes(b"nothing of a database" * 4096)
    assert salvage(folder, tmp_path / "from backups").versions == NUMBER


def test_altered_versions_are_named_and_not_taken(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    connection = connect(folder / DATABASE)
    (name,) = connection.execute("SELECT version_id FROM version WHERE seq=7").fetchone()
    connection.execute("UPDATE version SET fields=replace(fields, '示例', '别人') WHERE seq=7")
    connection.close()
    assert main(["salvage", "--workspace", str(folder), "--out", str(tmp_path / "out"), "--language", "en"]) == 0
    printed = capsys.readouterr().out
    assert name[:12] in printed and f"{NUMBER - 1} sound versions" in printed


def test_what_cannot_be_salvaged_is_said(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    with pytest.raises(UserError) as refused:
        salvage(folder, tmp_path / "full")
    assert refused.value.code == "WSP-051"
    (folder / DATABASE).write_bytes(b"nothing" * 10_000)
    with pytest.raises(UserError) as refused:
        salvage(folder, tmp_path / "out")
    assert refused.value.code == "WSP-050"
    with pytest.raises(UserError) as refused:
        salvage(folder, tmp_path / "full" / "x" / "below a file")
    assert refused.value.code == "WSP-052"


def test_pages_of_an_encrypted_database_that_are_lost_cost_no_others(folder: Path, tmp_path: Path) -> None:
    connect(folder / DATABASE).execute("PRAGMA wal_checkpoint(TRUNCATE)")
    file = folder / DATABASE
    whole = file.read_bytes()
    lost = []
    for start in range(40 * 4096, len(whole), 4096):  # found by trying: their content is nobody's to read
        file.write_bytes(whole[: start + 9] + bytes([whole[start + 9] ^ 1]) + whole[start + 10 :])
        try:
            with closing(connect(file, read_only=True)) as connection:
                connection.execute("SELECT sum(length(fields)) FROM version NOT INDEXED").fetchall()
        except DatabaseError:
            lost.append(start)
        except UserError:  # without it nothing opens
            continue
        if len(lost) == 2:
            break
    content = bytearray(whole)
    for start in lost:
        content[start + 9] ^= 1
    file.write_bytes(content)
    assert not check_all(folder).ok
    told = salvage(folder, tmp_path / "out")
    assert told.unreadable > 0 and told.versions > 0 and told.versions + told.unreadable == NUMBER


def test_a_sealed_backup_gives_what_the_database_has_lost(
    plain: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_slots, "MEMORY_KIB", 64)
    folder = plain
    with Workspace.open(folder) as workspace:
        key_slots.set_password(workspace.keys_folder, "示例密码示例密码")
        assert workspace.back_up().name.endswith(SEALED_SUFFIX)
    assert damage(folder, every=4) > 3
    told = salvage(folder, tmp_path / "out")
    with Workspace.open(told.workspace) as saved:
        assert len(saved.read.rows(Query("household"))) == NUMBER
