"""A laptop is lost: its last backup is old, and what was sent since comes back from the county."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from package_helpers import fill, introduce, make_county, make_station

from station_app.county.receive import Received, apply_receive, plan_receive
from station_app.domain.problems import Severity
from station_app.exchange.package.build import build_package
from station_app.exchange.package.receipts import apply_receipt
from station_app.storage import key_slots
from station_app.storage.check import check_workspace
from station_app.storage.restore import restore_backup
from station_app.storage.workspace import Workspace


def receive_file(county: Workspace, package: Path, out: Path) -> Received:
    return apply_receive(county, plan_receive(county, package), out)


def test_an_old_copy_is_completed_by_the_county(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_slots, "MEMORY_KIB", 64)
    lost, secret = tmp_path / "站", "示例密码一二三四"
    with make_county(tmp_path / "县") as county:
        with make_station(lost) as station:
            introduce(station, county)
            device = station.identity.device_id
            fill(station, 2)
            apply_receipt(station, receive_file(county, build_package(station, tmp_path).path, tmp_path).receipt_path)
            key_slots.set_password(station.keys_folder, secret)
            stick = Path(shutil.copy(station.back_up(), tmp_path))
            fill(station, 2, first=3)
            apply_receipt(station, receive_file(county, build_package(station, tmp_path).path, tmp_path).receipt_path)
            sent = station.read.type_counts()
            fill(station, 1, first=5)  # never sent: nobody can give it back
        shutil.rmtree(lost)
        restore_backup(lost, stick, secret=secret)
        with Workspace.open(lost) as station:
            assert station.identity.device_id == device
            assert station.read.type_counts()["household"] == 2
            back = build_package(county, tmp_path, everything=True, recipient=device)
            done = apply_receipt(station, back.path)
            assert [p.code for p in done.problems if p.severity is Severity.ERROR] == []
            assert "set_aside" not in done.counts
            after = station.read.type_counts()
            assert {name: after[name] for name in ("household", "livestock_count")} == {
                name: sent[name] for name in ("household", "livestock_count")
            }
            fill(
                station, 1, first=5
            )  # and work goes on: the next package is taken in as from a new life of the journal
            received = receive_file(county, build_package(station, station.folder / "outbox").path, tmp_path)
            assert [p.code for p in received.problems if p.severity is Severity.ERROR] == []
            assert county.read.type_counts()["household"] == 5
            apply_receipt(station, received.receipt_path)
    assert check_workspace(lost).ok
