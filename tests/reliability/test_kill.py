"""Killing the program at any moment loses no saved version."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import patience
import program_process
import pytest

from station_app.commands.demo import SAVED_LOG
from station_app.storage.check import check_workspace
from station_app.storage.reader import Reader
from station_app.storage.workspace import DATABASE, Workspace

MOMENTS = 50
pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name != "posix", reason="kills a process with SIGKILL")]


def versions_of(out: Path) -> set[str]:
    """Return every version id in the workspaces that exist."""
    found: set[str] = set()
    for place in ("station", "county"):
        if (out / place / DATABASE).is_file():
            with Reader(out / place / DATABASE) as reader:
                found.update(v for (v,) in reader.sql("SELECT version_id FROM version"))
    return found


@pytest.mark.timeout(7200)  # fifty starts and ends of the program, on a machine ten times overloaded
def test_fifty_random_moments(tmp_path: Path) -> None:
    whole = 60.0
    for name in ("warm", "whole"):  # the first one starts the server of processes
        began = time.monotonic()
        process = program_process.start("demo", "--out", tmp_path / name, "--no-pictures")
        process.join(patience.SECONDS)
        assert process.exitcode == 0
        whole = time.monotonic() - began
    seed = random.SystemRandom().randrange(2**32)
    moments = random.Random(seed)
    cut_short = number = 0
    while cut_short < MOMENTS and number < 4 * MOMENTS:
        number += 1
        out = tmp_path / f"cut{number}"
        began = time.monotonic()
        process = program_process.start("demo", "--out", out, "--no-pictures")
        process.join(moments.uniform(0.02, 1.0) * whole)
        if process.exitcode is None:
            program_process.kill(process)
            cut_short += 1
        else:
            whole = min(whole, time.monotonic() - began)  # the machine is faster than it was
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
