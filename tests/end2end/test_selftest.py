"""The self-test as an installed program runs it, and that it fails when something is broken."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import patience
from screen_helpers import virtual_screen

ROOT = Path(__file__).resolve().parents[2]


def self_test(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "station_app.start", "self-test", *arguments], capture_output=True,
                          text=True, encoding="utf-8", timeout=patience.SECONDS, check=False,
                          env={**os.environ, "QT_QPA_PLATFORM": "offscreen", **environment})  # fmt: skip


def test_it_passes_and_leaves_a_picture(tmp_path: Path) -> None:
    picture = tmp_path / "图" / "window.png"
    data, scratch = tmp_path / "data", tmp_path / "临时 tmp"
    scratch.mkdir()
    done = self_test(
        "--json", "--picture", str(picture), GRASSLAND_DATA=str(data), TMPDIR=str(scratch), TEMP=str(scratch)
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    report = json.loads(done.stdout)
    assert report["ok"] and len(report["steps"]) >= 12 and all(s["ok"] for s in report["steps"])
    assert report["seconds"] > 0 and report["budget_seconds"] == 60, (
        "what a person is told; a busy machine may take longer"
    )
    assert report["display"] == "offscreen"
    assert report["libraries"]["SQLite"] and "?" not in report["libraries"].values()
    assert picture.read_bytes().startswith(b"\x89PNG") and picture.stat().st_size > 20_000
    assert not data.exists(), "nothing of the person's is touched"
    assert list(scratch.iterdir()) == [], "nothing is left behind"


def test_it_speaks_both_languages() -> None:
    done = self_test("--language", "en")
    assert (
        done.returncode == 0 and "Self-test passed" in done.stdout and "a household is typed and saved" in done.stdout
    )


def test_it_fails_when_a_part_is_missing(tmp_path: Path) -> None:
    """A lost font, lost code lists: the steps that need them fail, the others still run, the exit code says it."""
    resources = tmp_path / "resources"
    shutil.copytree(ROOT / "resources", resources)
    shutil.rmtree(resources / "standards")
    shutil.rmtree(resources / "fonts")
    done = self_test("--json", GRASSLAND_RESOURCES=str(resources))
    assert done.returncode == 1
    report = json.loads(done.stdout)
    failed = {s["en"] for s in report["steps"] if not s["ok"]}
    assert "reference files are there" in failed and not report["ok"]
    assert any(s["ok"] for s in report["steps"])
    assert "Traceback" not in done.stderr


def test_it_passes_on_a_real_screen_without_a_window_manager() -> None:
    with virtual_screen() as display:
        done = self_test("--json", QT_QPA_PLATFORM="xcb", DISPLAY=display)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert json.loads(done.stdout)["display"] == "xcb"
