"""Files of the program and of a workspace that are taken away are named with place and time, and recorded as nothing."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from unit_helpers import household

from station_app.commands.cli import main
from station_app.domain.registry import Role
from station_app.exchange import lost_files
from station_app.exchange.lost_files import LIST, FileWatch
from station_app.services.entry import Entry
from station_app.storage.clock import Clock
from station_app.storage.problems import StorageProblem
from station_app.storage.workspace import Workspace

ROOT = Path(__file__).resolve().parents[2]
NOON = datetime(2026, 6, 30, 4, tzinfo=UTC)


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """An installed program, with the list its package is made with."""
    folder = tmp_path / "program"
    for name, content in (("bin/grassland-station", b"program"), ("bin/lib/示例.so", b"library"), ("LICENSE", b"text")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    make_list(folder)
    return folder


def make_list(folder: Path) -> None:
    script = ROOT / "installer" / "common" / "own_files.py"
    subprocess.run([sys.executable, str(script), str(folder)], check=True)


def test_the_list_is_the_same_for_the_same_files(program: Path) -> None:
    first = (program / LIST).read_bytes()
    make_list(program)
    assert (program / LIST).read_bytes() == first and len(first.splitlines()) == 3


def test_a_file_taken_from_the_program_is_named_with_place_and_time(program: Path, tmp_path: Path) -> None:
    now = [NOON]
    watch = FileWatch(tmp_path / "站", Clock(lambda: round(now[0].timestamp() * 1000)), program)
    assert watch.look(whole=True) == []
    (program / "bin/lib/示例.so").unlink()
    (found,) = watch.look()
    assert found.code == StorageProblem.PROGRAM_FILES_GONE.code
    assert "bin/lib/示例.so" in found.text.zh and str(program) in found.text.zh and "2026-06-30 12:00" in found.text.zh
    now[0] += timedelta(hours=3)
    assert watch.look() == [found], "since it was noticed"
    (program / "bin/lib/示例.so").write_bytes(b"library")
    assert watch.look() == [], "brought back from quarantine"


def test_what_was_put_in_the_place_of_a_file_is_noticed(program: Path, tmp_path: Path) -> None:
    watch = FileWatch(tmp_path / "站", Clock.standing(NOON), program)
    (program / "LICENSE").write_bytes(b"TEXT")
    assert watch.look() == [] and len(watch.look(whole=True)) == 1, "of the same size: only where the content is read"
    (program / "LICENSE").write_bytes(b"")
    assert len(watch.look()) == 1


def test_a_program_that_runs_from_its_source_is_not_looked_at(tmp_path: Path) -> None:
    assert lost_files.program_folder() is None
    assert FileWatch(tmp_path, Clock.standing(NOON)).look(whole=True) == []


def test_a_file_taken_from_the_workspace_is_named_and_nothing_is_recorded(tmp_path: Path) -> None:
    folder = tmp_path / "站"
    with Workspace.create(folder, org_code="152522200", org_name="示例站", role=Role.STATION, author="示例员") as made:
        Entry(made).save(household(1))
        name = made.attachments.keep(b"example", "示例.jpg")
        watch = FileWatch(folder, Clock.standing(NOON))
        assert watch.look() == []
        later = made.attachments.keep(b"another", "示例2.jpg")
        assert watch.look() == [], "what is added is known from then on"
        versions = made.journal.count()
        for each in (name, later):
            made.attachments.path(each).unlink()
        (found,) = watch.look()
        assert found.code == StorageProblem.KEPT_FILES_GONE.code and f"attachments/{later}" in found.text.en
        assert "2026-06-30 12:00" in found.text.en and made.journal.count() == versions
        (folder / "keys" / "device.key").rename(tmp_path / "quarantine")
        assert any("keys/" in p.text.en for p in watch.look())


def test_health_reads_the_program_s_files_whole(
    program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "站"
    Workspace.create(folder, org_code="152522200", org_name="示例站", role=Role.STATION, author="示例员").close()
    monkeypatch.setattr(lost_files, "program_folder", lambda: program)
    assert main(["health", "--workspace", str(folder), "--language", "en"]) == 0
    (program / "bin/grassland-station").write_bytes(b"PROGRAM")
    assert main(["health", "--workspace", str(folder), "--language", "en"]) == 1
    assert "bin/grassland-station" in capsys.readouterr().out


@pytest.mark.parametrize("script", ["linux/build.sh", "windows/build.sh"])
def test_both_packages_are_made_with_the_list(script: str) -> None:
    assert "common/own_files.py" in (ROOT / "installer" / script).read_text("utf-8")
