"""A database deleted or replaced while it is open is noticed by the next save, and nothing that was saved is lost."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from unit_helpers import household

from station_app.domain.problems import UserError
from station_app.domain.registry import Role
from station_app.services.entry import Entry
from station_app.storage.backup import SUFFIX
from station_app.storage.check import check_workspace
from station_app.storage.engine import connect
from station_app.storage.reader import Reader
from station_app.storage.restore import restore_backup
from station_app.storage.workspace import DATABASE, Workspace

pytestmark = pytest.mark.skipif(os.name != "posix", reason="Windows keeps others from deleting an open file")


def households(path: Path) -> int:
    with Reader(path) as reader:
        return int(reader.sql("SELECT count(*) FROM household")[0][0])


def rescued_from(error: pytest.ExceptionInfo[UserError], folder: Path) -> Path:
    assert error.value.code == "DB-006"
    (found,) = [p for p in (folder / DATABASE, *folder.rglob(f"*rescued{SUFFIX}")) if f" {p}" in error.value.text.zh]
    return found


@pytest.mark.parametrize("with_log", [False, True])
def test_deleted_under_us_it_is_put_back_and_opens(station: Workspace, with_log: bool) -> None:
    Entry(station).save(household(1))
    for ending in ("", "-wal", "-shm") if with_log else ("",):
        (station.folder / (DATABASE + ending)).unlink()
    with pytest.raises(UserError) as refused:
        Entry(station).save(household(2))
    assert rescued_from(refused, station.folder) == station.database_path
    with pytest.raises(UserError) as refused:  # again and again, until it is opened anew
        station.settings.set("author", "示例")
    assert refused.value.code == "DB-006"
    station.close()
    with Workspace.open(station.folder) as again:
        assert households(again.database_path) == 1
        Entry(again).save(household(2))
    assert check_workspace(station.folder).ok


def test_replaced_under_us_it_lies_beside_and_can_be_restored(station: Workspace, tmp_path: Path) -> None:
    older = station.back_up(tmp_path)
    Entry(station).save(household(1))
    shutil.copyfile(older, tmp_path / "copy")
    (tmp_path / "copy").replace(station.database_path)
    with pytest.raises(UserError) as refused:
        Entry(station).save(household(2))
    rescued = rescued_from(refused, station.folder)
    with pytest.raises(UserError), station.beside():
        pass
    station.close()
    restore_backup(station.folder, rescued)
    assert households(station.database_path) == 1


def test_what_was_saved_last_is_rescued_when_the_workspace_is_closed(station: Workspace) -> None:
    with pytest.raises(UserError) as refused, station:
        Entry(station).save(household(1))
        station.database_path.unlink()
    assert refused.value.code == "DB-006"
    assert households(station.database_path) == 1


def test_with_the_whole_folder_gone_it_is_there_again(tmp_path: Path) -> None:
    station = Workspace.create(
        tmp_path / "站", org_code="152525203", org_name="示例", role=Role.STATION, author="示例员"
    )
    Entry(station).save(household(1))
    shutil.rmtree(station.folder)
    with pytest.raises(UserError) as refused:
        Entry(station).save(household(2))
    assert refused.value.code == "DB-006"
    station.close()
    assert households(station.database_path) == 1


def test_nothing_is_made_where_a_database_was(tmp_path: Path) -> None:
    with pytest.raises(UserError) as refused:
        connect(tmp_path / DATABASE)
    assert refused.value.code == "DB-004"
    assert list(tmp_path.iterdir()) == []
