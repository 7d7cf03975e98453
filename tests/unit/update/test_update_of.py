"""A proof uses the update file that holds what it proves, has it built, or says by name that there is none."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
from datetime import date
from pathlib import Path

import pytest
from update_helpers import make_key

from station_app.domain.text import Text
from station_app.exchange.update.making import make_update

INSTALLER = Path(__file__).resolve().parents[3] / "installer"
NAMES = {"linux": "grassland-station_0.1.0_amd64.deb", "windows": "GrasslandStation-0.1.0-setup.exe"}
COMMIT = "c" * 40

spec = importlib.util.spec_from_file_location("update_of", INSTALLER / "common" / "update_of.py")
assert spec is not None and spec.loader is not None
chooser = importlib.util.module_from_spec(spec)
spec.loader.exec_module(chooser)


def build(folder: Path, *parts: str) -> Path:
    """Write invented installers, and the update file of these alone."""
    folder.mkdir(exist_ok=True)
    for part in parts:
        (folder / NAMES[part]).write_bytes(f"{part} installer".encode())
    (folder / "build-report.json").write_text(json.dumps({part: {"commit": COMMIT} for part in NAMES}))
    key = make_key(folder / "key") if not (folder / "key").exists() else make_key(folder / "another key")
    return make_update([folder / NAMES[part] for part in parts], folder, key, version="0.1.0", released=date(2026, 1, 1),
                       notes=Text("示例", "Example"), minimum_from="0.0.1", minimum_workspace=1)  # fmt: skip


def test_the_update_file_that_holds_the_installer_is_found(tmp_path: Path) -> None:
    for update in [build(tmp_path, "linux", "windows"), tmp_path / "later.gsupdate"]:
        if not update.exists():
            (tmp_path / "GrasslandStation-0.1.0.gsupdate").rename(update)
        assert {chooser.update_of(tmp_path, tmp_path / name) for name in NAMES.values()} == {update}


def test_one_without_it_or_of_other_bytes_is_refused_by_name(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    build(tmp_path, "linux")
    setup = tmp_path / NAMES["windows"]
    assert chooser.main(str(tmp_path), str(setup)) == 1, "neither is there"
    setup.write_bytes(b"windows installer")
    assert chooser.main(str(tmp_path), str(setup)) == 1
    told = capfd.readouterr()
    assert told.out == "" and "GrasslandStation-0.1.0.gsupdate" in told.err and setup.name in told.err
    deb = tmp_path / NAMES["linux"]
    assert chooser.update_of(tmp_path, deb) is not None
    deb.write_bytes(b"built again")
    assert chooser.update_of(tmp_path, deb) is None
    (tmp_path / "broken.gsupdate").write_bytes(b"no zip")
    assert chooser.update_of(tmp_path, deb) is None


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
def test_what_a_proof_needs_is_built_and_no_more(tmp_path: Path) -> None:
    """One folder, Debian proven first and Wine then: the update file of the first holds no Windows setup."""
    script = (INSTALLER / "prove.sh").read_text("utf-8")
    need = script[script.index("need() {") : script.index("\n}\n", script.index("need() {")) + 2]
    (tmp_path / "build.sh").write_text('echo "$1" >>"$here/built"\n')
    out = tmp_path / "dist"

    def built_for(part: str) -> list[str]:
        (tmp_path / "built").write_text("")
        program = f'source "{INSTALLER}/common/version.sh"\nexport here="{tmp_path}"\nfrom="{out}" commit={COMMIT}\n{need}\nneed {part} {NAMES[part]}'
        done = subprocess.run(
            ["bash", "-c", program], capture_output=True, text=True, check=False, env=dict(os.environ)
        )
        assert done.returncode == 0, done.stderr
        return (tmp_path / "built").read_text().split()

    build(out, "linux")
    assert built_for("linux") == []
    assert built_for("windows") == ["windows", "update"], "the stand-in builds nothing, so the update is asked for too"
    (out / NAMES["windows"]).write_bytes(b"windows installer")
    assert built_for("windows") == ["update"]
    build(out, "linux", "windows")
    assert built_for("windows") == built_for("linux") == []


def test_no_script_takes_whatever_update_file_lies_there() -> None:
    for name in ("prove.sh", "linux/prove.sh", "windows/prove.sh", "windows/prove_inside.sh"):
        text = (INSTALLER / name).read_text("utf-8")
        assert re.search(r"\$(out|from)\S*\*\S*\.gsupdate", text) is None, name
