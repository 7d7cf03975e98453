"""Killing the program at any moment loses no saved version."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import patience
import pytest

from station_app.commands.demo import SAVED_LOG
from station_app.storage.check import check_workspace
from station_app.storage.reader import Reader
from station_app.storage.workspace import DATABASE, Workspace

MOMENTS = 50
pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name != "posix", reason="kills a process with SIGKILL")]


def start(out: Path) -> subprocess.Popen[bytes]:
    """Start the demo in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "station_app.commands.cli", "demo", "--out", str(out), "--no-pictures"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def versions_of(out: Path) -> set[str]:
    """Return every version id in the workspaces that exist."""
    found: set[str] = set()
    for place in ("station", "county"):
        if (out / place / DATABASE).is_file():
            with Reader(out / place / DATABASE) as reader:
                found.update(v for (v,) in reader.sql("SELECT version_id FROM version"))
    return found


def test_fifty_random_moments(tmp_path: Path) -> None:
    whole = 60.0
    for name in ("warm", "whole"):  # the first run still compiles
        began = time.monotonic()
        assert start(tmp_path / name).wait(timeout=patience.SECONDS) == 0
        whole = time.monotonic() - began
    seed = random.SystemRandom().randrange(2**32)
    moments = random.Random(seed)
    cut_short = number = 0
    while cut_short < MOMENTS and number < 4 * MOMENTS:
        number += 1
        out = tmp_path / f"cut{number}"
        began = time.monotonic()
        process = start(out)
        try:
            process.wait(timeout=moments.uniform(0.15, 1.0) * whole)
            whole = min(whole, time.monotonic() - began)  # the machine is faster than it was
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            cut_short += 1
        process.wait(timeout=patience.SECONDS)
        where = f"seed {seed}, moment {number}"
        promised = set((out / SAVED_LOG).read_text().split()) if (out / SAVED_LOG).is_file() else set()
        # Versions are whole lines of 64 digits; a line cut by the kill was never promised.
        promised = {v for v in promised if len(v) == 64}
        for place in ("station", "county"):
            if (out / place / DATABASE).is_file():
                report = check_workspace(out / place)
                assert report.ok, (where, place, report.problems)
                Workspace.open(out / place).close()
        lost = promised - versions_of(out)
        assert not lost, (where, lost)
        for book in (out / "workbooks").glob("*") if (out / "workbooks").is_dir() else ():
            assert book.suffix != ".xlsx" or book.stat().st_size > 1000, (where, book)
    assert cut_short == MOMENTS, "too many runs ended before their kill: the moments were not random enough"
