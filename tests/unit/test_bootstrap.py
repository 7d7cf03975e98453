"""The two commands: what they say without doing anything. The rest is proven on a bare machine, not here."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import patience
import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "installer" / "bootstrap.sh"
needs_bash = pytest.mark.skipif(
    os.name != "posix" or shutil.which("bash") is None, reason="bootstrap.sh is for Linux; bash is not here"
)


def bootstrap(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", str(SCRIPT), *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "GRASSLAND_SKIP_SYSTEM": "1", **environment},
        timeout=patience.SECONDS,
        check=False,
    )


@needs_bash
def test_without_a_command_it_says_how_to_use_it() -> None:
    done = bootstrap()
    assert done.returncode == 2
    assert "run" in done.stderr and "用法" in done.stderr
    assert bootstrap("help").returncode == 0


@needs_bash
def test_a_folder_that_is_no_virtual_environment_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "别的 folder"
    folder.mkdir()
    (folder / "mine.txt").write_text("mine")
    done = bootstrap("setup", GRASSLAND_VENV=str(folder))
    assert done.returncode == 1
    assert (
        str(folder) in done.stderr and "不是虚拟环境" in done.stderr and "is not a virtual environment" in done.stderr
    )
    assert (folder / "mine.txt").read_text() == "mine"


@needs_bash
def test_a_second_start_goes_straight_to_the_program(tmp_path: Path) -> None:
    """Nothing is installed again while pyproject.toml, Python and both places are the same."""
    made = tmp_path / "venv"
    (made / "bin").mkdir(parents=True)
    (made / "pyvenv.cfg").write_text("")
    fake = made / "bin" / "python"  # says it fits; refuses to install
    fake.write_text('#!/bin/sh\ncase "$*" in *pip*) exit 9;; *print*) echo 3.11;; esac\n')
    program = made / "bin" / "grassland-station"
    program.write_text('#!/bin/sh\necho "started $*"\n')
    for each in (fake, program):
        each.chmod(0o755)
    done = bootstrap("run", "check", GRASSLAND_VENV=str(made))
    assert done.returncode == 1 and "安装没有完成" in done.stderr

    import hashlib

    project = hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest()
    (made / ".grassland-setup").write_text(f"run\n{project} 3.11 {made} {ROOT}")
    done = bootstrap("run", "check", "--workspace", "a b", GRASSLAND_VENV=str(made))
    assert (done.returncode, done.stdout) == (0, "started check --workspace a b\n"), done.stderr


@needs_bash
def test_both_scripts_can_be_parsed() -> None:
    for script in (SCRIPT, ROOT / ".ci" / "run"):
        assert subprocess.run(["bash", "-n", str(script)], check=False).returncode == 0
        assert os.access(script, os.X_OK)
        assert b"\r" not in script.read_bytes()


def test_the_windows_script_keeps_its_byte_order_mark() -> None:
    """Windows PowerShell 5.1 reads a script without one in the local code page and garbles the Chinese."""
    assert (ROOT / "installer" / "bootstrap.ps1").read_bytes().startswith(b"\xef\xbb\xbf")
