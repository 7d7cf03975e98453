"""Every format ever released is opened, upgraded and read, for ever."""

from __future__ import annotations

import lzma
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import patience
import pytest

from station_app.county.receive import apply_receive, plan_receive
from station_app.domain.registry import Role, all_types
from station_app.exchange.package.cards import accept_card
from station_app.exchange.package.receipts import apply_receipt
from station_app.exchange.package.verify import verify_package
from station_app.services.entry import Entry
from station_app.storage.check import check_workspace
from station_app.storage.engine import connect
from station_app.storage.reader import Query
from station_app.storage.workspace import DATABASE, Workspace

FORMATS = Path(__file__).resolve().parents[1] / "data" / "formats"
VERSIONS = sorted(folder.name for folder in FORMATS.iterdir() if folder.is_dir())
NEWEST = "0.1.0-format3"


def unpacked(version: str, side: str, folder: Path) -> Path:
    (folder / "keys").mkdir(parents=True)
    for name in ("attachments", "backups", "inbox", "outbox", "logs"):
        (folder / name).mkdir()
    (folder / DATABASE).write_bytes(lzma.decompress((FORMATS / version / f"{side}.db.xz").read_bytes()))
    shutil.copy(FORMATS / version / f"{side}_allowed_signers", folder / "keys" / "allowed_signers")
    return folder


WITHOUT_KEY = {"CHK-011", "CHK-020", "CHK-021"}  # what is kept of old workspaces is the database alone


def stored_versions(folder: Path) -> set[tuple[str, str]]:
    connection = connect(folder / DATABASE)
    try:
        return set(connection.execute("SELECT version_id, record_type FROM version"))
    finally:
        connection.close()


@pytest.fixture(params=[(version, side) for version in VERSIONS for side in ("station", "county")], ids="-".join)
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Workspace, set[tuple[str, str]]]]:
    folder = unpacked(*request.param, tmp_path / "旧")
    before = stored_versions(folder)
    with Workspace.open(folder) as workspace:
        yield workspace, before


def test_an_old_workspace_is_upgraded_and_loses_nothing(old: tuple[Workspace, set[tuple[str, str]]]) -> None:
    workspace, before = old
    assert before and stored_versions(workspace.folder) == before
    report = check_workspace(workspace.folder)
    assert {p.code for p in report.problems} <= WITHOUT_KEY
    shown = sum(workspace.read.count(Query(kind.name, include_void=True)) for kind in all_types())
    assert shown == report.counts["records"] > 400


def test_an_old_record_can_be_corrected_and_taken_back(old: tuple[Workspace, set[tuple[str, str]]]) -> None:
    workspace, _ = old
    kind = "household" if workspace.identity.role.value == "station" else "compensation_plan"
    row = next(iter(workspace.read.rows(Query(kind))))
    entry = Entry(workspace)
    saved = entry.save(replace(row.record, note="示例更正"), record_id=row.record_id, reason="示例")
    assert saved.version_id is not None
    assert workspace.read.get(kind, row.record_id).record.note == "示例更正"  # type: ignore[union-attr]


@pytest.mark.parametrize("version", VERSIONS)
def test_old_packages_are_verified_taken_in_and_their_receipts_applied(version: str, tmp_path: Path) -> None:
    files = sorted((FORMATS / version).glob("GSP_*.zip"))
    upward = [f for f in files if len(f.name.split("_")[1]) == 9]
    downward = [f for f in files if f not in upward]
    assert upward and downward
    for path in upward:
        report = verify_package(path, FORMATS / version / "county_allowed_signers")
        assert report.ok and report.problems == [], report.problems
    with Workspace.create(tmp_path / "县", org_code="152522", org_name="示例旗局", role=Role.COUNTY) as county:
        accept_card(county, next((FORMATS / version).glob("GSC_152522200_*.json")))
        for path in upward:
            received = apply_receive(county, plan_receive(county, path), tmp_path)
            assert received.counts["applied"] > 0
        assert check_workspace(county.folder).problems == []
    with Workspace.open(unpacked(version, "station", tmp_path / "站")) as station:
        for path in downward:
            assert apply_receipt(station, path).repeat  # this station had read them before


KILLED = """
import os, signal, sys
from pathlib import Path
from station_app.storage import projection
from station_app.storage.workspace import Workspace
show = projection.show
def cut(*given):
    show(*given)
    os.kill(os.getpid(), signal.SIGKILL)
projection.show = cut
Workspace.open(Path(sys.argv[1]))
"""


@pytest.mark.skipif(os.name != "posix", reason="kills a process with SIGKILL")
@pytest.mark.parametrize("version", [v for v in VERSIONS if v != NEWEST])  # the newest is not upgraded
def test_an_upgrade_cut_off_by_a_kill_is_taken_back_and_done_at_the_next_opening(version: str, tmp_path: Path) -> None:
    folder = unpacked(version, "station", tmp_path / "旧")
    before = stored_versions(folder)
    killed = subprocess.run([sys.executable, "-c", KILLED, str(folder)], timeout=patience.SECONDS, check=False)
    assert killed.returncode == -signal.SIGKILL
    connection = connect(folder / DATABASE)  # as it was: the former index stands, and nothing of the new
    assert "title" in {row[1] for row in connection.execute("PRAGMA table_info(search_index)")}
    connection.close()
    with Workspace.open(folder) as workspace:
        assert stored_versions(folder) == before
        assert {p.code for p in check_workspace(folder).problems} <= WITHOUT_KEY
        assert workspace.read.find("示例")
        assert list((folder / "backups").glob("*before-upgrade*"))
        free = workspace.read.sql("SELECT * FROM pragma_freelist_count")[0][0]
        assert free < 20  # the room of the former tables was given back
