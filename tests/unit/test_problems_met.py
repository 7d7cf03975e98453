"""Problems that other tests do not run into: each is provoked where it arises."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from calc_helpers import refused
from money_helpers import BAN, plan
from unit_helpers import VILLAGE, household

from station_app.commands import cli, program
from station_app.county import training
from station_app.domain.registry import Role
from station_app.services import twins
from station_app.services.entry import Entry
from station_app.services.undo import redo, undo
from station_app.storage import backup, files, migrations, restore, separate
from station_app.storage.check import check_workspace
from station_app.storage.engine import connect_plain
from station_app.storage.projection import note_packaged
from station_app.storage.reader import Query
from station_app.storage.versions import make_version
from station_app.storage.workspace import DATABASE, Workspace, lock_folder


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace.create(
        tmp_path / "站", org_code=VILLAGE[:9], org_name="示例站", role=Role.STATION, author="示例员"
    ) as made:
        yield made


def two_heads(station: Workspace, record: Any, one: dict[str, Any], other: dict[str, Any]) -> str:
    """Put a record on file whose versions of two laptops contradict each other."""
    saved = Entry(station).save(record)
    base = station.read.history(saved.record_id)[0]
    station.journal.merge([
        make_version(record_type=base.record_type, schema_version=1, record_id=saved.record_id, parent_ids=(base.version_id,),
                     hlc=f"17000000000{n:02d}-000000", author="示例", device=f"d{n}", reason="", void=False,
                     fields={**base.fields, **changed})
        for n, changed in enumerate((one, other))
    ])  # fmt: skip
    return saved.record_id


def failing(error: BaseException) -> Callable[..., Any]:
    def fail(*_: Any, **__: Any) -> Any:
        raise error

    return fail


def said(capsys: pytest.CaptureFixture[str], *words: object) -> list[str]:
    assert cli.main([*map(str, words), "--json"]) == 1
    return [each["code"] for each in json.loads(capsys.readouterr().out)["problems"]]


@pytest.mark.parametrize(
    ("error", "code"), [(KeyboardInterrupt(), "CLI-001"), (PermissionError(13, "denied", "x"), "CLI-002")]
)
def test_a_command_that_is_cut_short(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: BaseException, code: str
) -> None:
    monkeypatch.setattr(cli.reference, "install_code_lists", failing(error))
    assert said(capsys, "check", "--workspace", "x") == [code]


def test_measuring_needs_the_source(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(program, "__file__", str(tmp_path / "a" / "b" / "c.py"))
    assert said(capsys, "bench") == ["CLI-003"]


def test_compensation_asks_which_workspace_and_which_plan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "compensation", "check") == ["CMP-020"]
    with Workspace.create(
        tmp_path / "县", org_code=VILLAGE[:6], org_name="示例县", role=Role.COUNTY, author="示例员"
    ) as made:
        Entry(made).save(plan(BAN))
        Entry(made).save(plan(BAN, programme="示例另一项"))
    assert said(capsys, "compensation", "run", "--workspace", tmp_path / "县", "--village", VILLAGE) == ["CMP-021"]


def test_a_training_whose_plan_stays_away(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for step in ("_send", "_question"):
        monkeypatch.setattr(training, step, lambda *_: None)
    with refused("CLI-005"):
        training.build_training(tmp_path)


def test_the_end_of_a_conflict_needs_a_reason_and_a_head(station: Workspace) -> None:
    entry = Entry(station)
    record_id = two_heads(station, household(1), {"contract_number": "甲"}, {"contract_number": "乙"})
    with refused("SAV-020"):
        entry.resolve(record_id, "x", " ")
    with refused("SAV-021"):
        entry.resolve(record_id, "x", "示例")


def test_what_was_sent_since_is_not_done_again(station: Workspace) -> None:
    Entry(station).save(household(1))
    undo(station)
    row = station.read.rows(Query("household", include_void=True))[0]
    with station.journal.transaction() as connection:
        note_packaged(connection, 1, "SELECT ? AS version_id", [(row.version_id,)])
    with refused("SAV-025"):
        redo(station)


def test_twins_beyond_ten_are_counted_and_one_in_conflict_comes_first(
    station: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    record_id = two_heads(station, household(1), {"contract_number": "甲"}, {"contract_number": "乙"})
    row = station.read.get("household", record_id)
    assert row is not None
    pair = twins.Twins("household", (row, row))
    with refused("TWN-003"):
        twins.keep_one(station, Entry(station), pair, record_id, "示例")
    monkeypatch.setattr(twins, "find_twins", lambda *_: [pair] * twins.NAMED)
    monkeypatch.setattr(twins, "count_twins", lambda *_: twins.NAMED + 3)
    assert [p.code for p in twins.twins_on_record(station.read)][-1] == "SND-008"


def test_a_check_says_that_the_tables_are_behind(station: Workspace) -> None:
    with station.journal.transaction() as connection:
        connection.execute("UPDATE setting SET value='x' WHERE key='workspace.projection'")
    assert "CHK-004" in [p.code for p in check_workspace(station.folder).problems]


def test_a_database_that_is_held_is_busy(tmp_path: Path) -> None:
    holder = connect_plain(tmp_path / "a.db")
    holder.execute("CREATE TABLE t (x)")
    holder.execute("BEGIN EXCLUSIVE")
    with refused("DB-003"):
        backup.copy_database(connect_plain(tmp_path / "a.db"), tmp_path / "b.db")
    holder.close()


def test_a_folder_that_takes_no_lock(tmp_path: Path) -> None:
    (tmp_path / "workspace.lock").mkdir()
    with refused("WSP-004"):
        lock_folder(tmp_path)


def test_a_copy_that_is_not_sound_is_thrown_away(
    station: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Unsound:
        def execute(self, _: str) -> Any:
            return self

        def __iter__(self) -> Iterator[tuple[str]]:
            return iter([("*** in database main ***",)])

        def close(self) -> None: ...

    monkeypatch.setattr(backup, "connect", lambda *_, **__: Unsound())
    with refused("WSP-010"):
        station.back_up(tmp_path)
    assert list(tmp_path.glob("*.part")) == []


def test_an_upgrade_that_breaks_a_tie_is_taken_back(station: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(connection: Any) -> None:
        connection.execute("CREATE TABLE parent (id INTEGER PRIMARY KEY)")
        connection.execute("CREATE TABLE child (id INTEGER REFERENCES parent (id))")
        connection.execute("INSERT INTO child VALUES (7)")

    station.close()
    newest = (migrations.LATEST + 1, "example", breaks)
    monkeypatch.setattr(migrations, "MIGRATIONS", (*migrations.MIGRATIONS, newest))
    monkeypatch.setattr(migrations, "LATEST", newest[0])
    with refused("WSP-012"):
        Workspace.open(station.folder)
    monkeypatch.undo()
    Workspace.open(station.folder).close()


def test_restoring_and_separating_where_nothing_can_be_written(
    station: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = station.back_up(tmp_path)
    station.close()
    full = OSError(28, "no room")
    monkeypatch.setattr(files, "sync_folder", failing(full))
    other = tmp_path / "other"
    shutil.copytree(station.folder, other)
    with refused("WSP-032"):
        restore.restore_backup(other, copy)
    monkeypatch.setattr(separate, "finish_separation", failing(full))
    with refused("WSP-040"):
        separate.become_new_device(station.folder)
    assert (station.folder / DATABASE).exists()
