"""``resources/help/package-format.md`` followed word by word: what it says can be checked is checked by tools of others."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from package_helpers import entries_of, fill, introduce, make_county, make_station, write_entries

from station_app.county.receive import apply_receive, plan_receive
from station_app.exchange.package.build import build_package

ROOT = Path(__file__).resolve().parents[2]
STEPS = re.findall(r"^```sh\n(.*?)^```", (ROOT / "resources/help/package-format.md").read_text("utf-8"), re.S | re.M)
SIGNED, FILES, TABLES, NUMBER, IDS, ENTRIES = range(6)
OLD = ROOT / "tests" / "data" / "formats" / "0.1.0"
TOOLS = ("bash", "unzip", "sha256sum", "ssh-keygen", "python3")
pytestmark = pytest.mark.skipif(
    bool(absent := [tool for tool in TOOLS if shutil.which(tool) is None]), reason=f"{', '.join(absent)} not installed"
)


def followed(package: Path, signers: Path, folder: Path, *left_out: int) -> tuple[int, list[str], str]:
    """Follow the page for a package; return exit code, lines printed, and what was complained of."""
    (tools := folder / "bin").mkdir(parents=True)
    (tools / "frictionless").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m frictionless "$@"\n', "utf-8")
    (tools / "frictionless").chmod(0o755)
    names = {"PACKAGE": str(package), "SIGNERS": str(signers), "DEVICE": package.name.split("_")[2]}
    steps = "".join(step for number, step in enumerate(STEPS) if number not in left_out)
    done = subprocess.run(
        ["bash", "-c", f"set -euo pipefail\n{steps}"],
        cwd=folder,
        env=os.environ | names | {"PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout.splitlines(), done.stderr


def test_a_stranger_checks_packages_their_chain_and_a_receipt(tmp_path: Path) -> None:
    assert len(STEPS) == 6
    with make_station(tmp_path / "站") as station, make_county(tmp_path / "县") as county:
        introduce(station, county)
        fill(station)
        first = build_package(station, tmp_path).path
        fill(station, first=7)
        second = build_package(station, tmp_path).path
        signers = county.folder / "keys" / "allowed_signers"
        code, printed, told = followed(first, signers, tmp_path / "一")
        assert code == 0, told
        assert printed[0].startswith('Good "grassland-package" signature')
        ids = {line for line in printed if re.fullmatch("[0-9a-f]{64}", line)}
        (number,) = (line.split()[0] for line in printed if line.endswith(" -") and len(line.split()) == 2)
        kept = {row[0] for row in station.read.sql("SELECT version_id FROM package_content WHERE sequence=1")}
        assert ids == kept and len(ids) >= 6
        assert json.loads(entries_of(second)["datapackage.json"])["station"]["previous"] == {
            "sequence": 1,
            "sha256": number,
        }

        code, printed, told = followed(second, signers, tmp_path / "二")
        assert code == 0, told  # its entries go on from those of the first
        receipt = apply_receive(county, plan_receive(county, first), tmp_path).receipt_path
        code, printed, told = followed(receipt, station.folder / "keys" / "allowed_signers", tmp_path / "回")
        assert code == 0 and printed[0].startswith("Good"), told
        (line,) = entries_of(receipt)["records/receipt.jsonl"].splitlines()
        fields = json.loads(line)["fields"]
        assert (fields["package_hash"], fields["rest"]) == (number, "applied")


def test_whatever_was_changed_is_told(tmp_path: Path) -> None:
    with make_station(tmp_path / "站") as station, make_county(tmp_path / "县") as county:
        introduce(station, county)
        fill(station)
        sound = build_package(station, tmp_path).path
        signers = county.folder / "keys" / "allowed_signers"

        def copy_with(name: str, **files: bytes) -> Path:
            (tmp_path / name).mkdir()
            given = {each.replace("__", "/").replace("_jsonl", ".jsonl"): data for each, data in files.items()}
            return write_entries(tmp_path / name / sound.name, entries_of(sound) | given)

        table = entries_of(sound)["records/household.jsonl"]
        altered = copy_with("改", records__household_jsonl=table.replace("示例牧户1".encode(), "示例牧户9".encode()))
        code, printed, _ = followed(altered, signers, tmp_path / "一")
        assert code != 0 and printed[-1] == "not as signed: ./records/household.jsonl"
        code, printed, _ = followed(copy_with("加", records__plot_jsonl=b"{}\n"), signers, tmp_path / "二")
        assert code != 0 and printed[-1] == "not as signed: ./records/plot.jsonl"
        journal = entries_of(sound)["journal.csv"]
        first, second = journal.split(b"\r\n")[1:3]
        for name, other, told in (
            ("换", journal.replace(first[2:], second[2:]), "not the journal of its head"),
            ("缺", journal.replace(first + b"\r\n", b""), "entry 1 is missing"),
        ):
            code, printed, _ = followed(
                copy_with(name, **{"journal.csv": other}), signers, tmp_path / f"{name}后", FILES, TABLES
            )
            assert code != 0 and printed[-1] == told
        manifest = entries_of(sound)["datapackage.json"].replace("示例站".encode(), "示例县".encode())
        with_other = write_entries(tmp_path / "改" / sound.name, entries_of(sound) | {"datapackage.json": manifest})
        code, printed, told = followed(with_other, signers, tmp_path / "三")
        assert code != 0 and not [line for line in printed if line.startswith("Good")]


def test_packages_of_earlier_formats_are_checked_by_the_same_steps(tmp_path: Path) -> None:
    (package, *_more) = sorted(OLD.glob("GSP_152522200_*.zip"))
    with zipfile.ZipFile(package) as archive:
        assert json.loads(archive.read("datapackage.json"))["station"]["format"] < 3
    code, printed, told = followed(package, OLD / "county_allowed_signers", tmp_path / "旧", IDS)
    assert code == 0 and printed[0].startswith("Good"), told
