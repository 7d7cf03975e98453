"""Two versions of the program on one workspace: the newer migrates after a copy, the older refuses, the copy still opens."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import patience
import pytest
from unit_helpers import household

import station_app
from station_app.domain.problems import UserError
from station_app.domain.registry import Role
from station_app.services.entry import Entry
from station_app.storage import migrations, projection, workspace
from station_app.storage.check import check_workspace
from station_app.storage.engine import connect
from station_app.storage.reader import Query
from station_app.storage.workspace import DATABASE, MARKER, Workspace

# The next version of the program: one further frozen step, everything else as it is.
NEXT = """
import sys
from pathlib import Path
import station_app
station_app.__version__ = "0.9.0"
from station_app.storage import migrations

def step(connection):
    connection.execute("ALTER TABLE version ADD COLUMN sealed_at TEXT")
    connection.execute("UPDATE version SET sealed_at='2026-11-21'")

migrations.MIGRATIONS = (*migrations.MIGRATIONS, (migrations.LATEST + 1, "a seal on every version", step))
migrations.LATEST += 1
from unit_helpers import household
from station_app.services.entry import Entry
from station_app.storage.workspace import Workspace
with Workspace.open(Path(sys.argv[1])) as opened:
    Entry(opened).save(household(2))
    print(opened.read.sql("SELECT count(sealed_at) FROM version")[0][0])
"""


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    tests = Path(__file__).resolve().parents[2]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tests.parent), str(tests)])}
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, encoding="utf-8", check=False,
                          env=environment, timeout=patience.SECONDS)  # fmt: skip


def cli(*arguments: str) -> subprocess.CompletedProcess[str]:
    return run("-m", "station_app.commands.cli", *arguments)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with Workspace.create(tmp_path / "站", org_code="152525203", org_name="示例站", role=Role.STATION,
                          author="示例员") as made:  # fmt: skip
        Entry(made).save(household(1))
    return tmp_path / "站"


def names(folder: Path) -> list[str]:
    with Workspace.open(folder) as opened:
        return sorted(r.record.head_name for r in opened.read.rows(Query("household")))


def test_newer_migrates_older_refuses_backup_opens_with_the_older(folder: Path) -> None:
    newer = run("-c", NEXT, str(folder))
    assert newer.returncode == 0, newer.stderr
    assert newer.stdout.strip() == "1", "the step saw the record that was there"
    copies = list((folder / "backups").glob("*before-upgrade*"))
    assert len(copies) == 1
    before = (folder / DATABASE).read_bytes()

    refused = cli("backup", "--workspace", str(folder))
    assert refused.returncode == 1 and "WSP-009" in refused.stderr and "Traceback" not in refused.stderr
    assert "0.9.0" in refused.stderr and station_app.__version__ in refused.stderr and "恢复" in refused.stderr
    assert (folder / DATABASE).read_bytes() == before

    restored = cli("restore", str(copies[0]), "--workspace", str(folder))
    assert restored.returncode == 0, restored.stderr
    assert names(folder) == ["示例牧户1"] and check_workspace(folder).ok
    # What the newer version had is kept aside, and the newer version upgrades once more.
    assert list((folder / "backups").glob("*replaced*"))
    assert run("-c", NEXT, str(folder)).returncode == 0


def test_the_backup_before_an_update_opens_with_the_version_that_made_it(folder: Path, tmp_path: Path) -> None:
    with Workspace.open(folder) as opened:
        backup = opened.back_up(mark="before-update-0.9.0")
    assert run("-c", NEXT, str(folder)).returncode == 0
    with pytest.raises(UserError) as error:
        Workspace.open(folder)
    assert error.value.code == "WSP-009"
    beside = tmp_path / "beside"
    shutil.copytree(folder, beside, ignore=shutil.ignore_patterns(DATABASE + "*"))
    shutil.copy(backup, beside / DATABASE)
    assert names(beside) == ["示例牧户1"]


def test_a_step_that_fails_leaves_the_file_as_it_was(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(connection: object) -> None:
        connection.execute("CREATE TABLE half (x)")  # type: ignore[attr-defined]
        raise RuntimeError("example")

    with monkeypatch.context() as patch:
        patch.setattr(migrations, "MIGRATIONS", (*migrations.MIGRATIONS, (migrations.LATEST + 1, "x", broken)))
        patch.setattr(migrations, "LATEST", migrations.LATEST + 1)
        with pytest.raises(RuntimeError):
            Workspace.open(folder)
    assert names(folder) == ["示例牧户1"]
    raw = connect(folder / DATABASE, read_only=True)
    assert raw.execute("SELECT count(*) FROM sqlite_master WHERE name='half'").fetchone()[0] == 0
    raw.close()


def test_same_format_but_other_tables_of_a_newer_program_is_refused_too(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a new step a newer program may still show more fields; an older one would rebuild and lose sight of them."""
    raw = connect(folder / DATABASE)
    raw.execute("UPDATE setting SET value='another shape' WHERE key LIKE 'workspace.projection%'")
    raw.execute("UPDATE setting SET value='9.0.0' WHERE key='workspace.program'")
    raw.close()
    with pytest.raises(UserError) as error:
        Workspace.open(folder)
    assert error.value.code == "WSP-009" and "9.0.0" in error.value.text.en
    monkeypatch.setattr(workspace, "__version__", "9.0.1")
    assert names(folder) == ["示例牧户1"]


def test_a_rebuild_keeps_every_table_a_step_made(tmp_path: Path) -> None:
    """Whoever adds a table by a step names it in ``projection.table_names``, or the rebuild after it takes it away."""
    raw = connect(tmp_path / "x.db", new=True)
    for _, _, step in migrations.MIGRATIONS:
        step(raw)
    assert projection.table_names(raw) == []
    raw.close()


def test_every_workspace_has_a_file_to_double_click(folder: Path) -> None:
    assert "双击" in (folder / MARKER).read_text(encoding="utf-8")
    (folder / MARKER).unlink()
    names(folder)
    assert (folder / MARKER).is_file()
