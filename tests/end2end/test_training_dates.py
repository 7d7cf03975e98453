"""The training station is right on any day: built, reviewed, sent and opened again by the clock of whatever machine."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from station_app.county.training import DAY, build_training
from station_app.domain.official_time import noon_of
from station_app.services.checking import look_before_sending
from station_app.services.entry import Entry
from station_app.services.review import mark_reviewed
from station_app.storage.clock import Clock
from station_app.storage.workspace import Workspace


def test_a_training_station_plays_on_its_day_or_later(tmp_path: Path) -> None:
    trail = build_training(tmp_path)
    behind = Clock.standing(datetime(2025, 11, 30, 23, 50, tzinfo=UTC))
    ahead = Clock.standing(datetime(2028, 2, 29, 23, 50, tzinfo=UTC))
    for clock, today in ((behind, DAY), (ahead, datetime(2028, 3, 1).date())):
        with Workspace.open(trail.station, clock) as station:
            assert station.clock.today() == today
            assert [p.code for p in station.gate if p.code.startswith("WSP-11") or p.code == "WSP-103"] == []
            look_before_sending(station.read, station.clock.today(), year=DAY.year)
            rows = station.read.sql("SELECT record_id, version_id FROM household ORDER BY rowkey LIMIT 1")
            assert mark_reviewed(station, Entry(station), [("household", *rows[0])]) == 1


def test_the_clock_of_a_training_station_runs_on(tmp_path: Path) -> None:
    moment = noon_of(DAY) - timedelta(days=400)
    reading = iter(range(round(moment.timestamp() * 1000), 10**15, 1000))
    clock = Clock(lambda: next(reading)).not_before(noon_of(DAY))
    assert [clock.now() - noon_of(DAY) for _ in range(2)] == [timedelta(seconds=1), timedelta(seconds=2)]


def test_the_program_builds_and_checks_it_in_a_process_of_its_own(tmp_path: Path) -> None:
    """Under whatever date and zone the suite runs."""
    out = tmp_path / "演示"
    checks = [["check", "--workspace", str(out / place)] for place in ("station", "county")]
    for words in (["demo", "--out", str(out), "--no-pictures"], *checks):
        done = subprocess.run(
            [sys.executable, "-m", "station_app.commands.cli", *words], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
