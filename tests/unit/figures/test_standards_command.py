"""The commands for coefficient sets, and packing what rests on unverified ones."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from package_helpers import make_county, make_station

from station_app.commands.cli import main
from station_app.services.entry import Entry
from station_app.services.figures.scheme import proposed_scheme
from station_app.services.figures.standards import standards_of
from station_app.storage.reader import Query, State
from station_app.storage.workspace import Workspace

STUDY = "utilization/xilingol-study@1"


@pytest.fixture
def county(tmp_path: Path) -> Path:
    make_county(tmp_path / "县").close()
    return tmp_path / "县"


def run(capsys: pytest.CaptureFixture[str], verb: str, folder: Path, *more: str) -> tuple[int, dict[str, Any]]:
    code = main(["coefficients", verb, *more, "--workspace", str(folder), "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_a_new_edition_from_a_file(county: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "a.json"
    assert run(capsys, "export", county, STUDY, "--out", str(file))[0] == 0
    raw = json.loads(file.read_text("utf-8"))
    row = raw["rows"][0]
    row |= {"value": "51.40", "mark": "A", "clause": "表 3", "source": "示例", "verified_by": "示例员",
            "verified_on": "2026-01-05"}  # fmt: skip
    del row["low"], row["high"]
    raw["edition"] = "2"
    file.write_text(json.dumps(raw), encoding="utf-8")
    code, told = run(capsys, "new", county, str(file))
    assert code == 1 and told["problems"][0]["code"] == "CALC-013"  # no reason
    code, told = run(capsys, "new", county, str(file), "--reason", "核实", "--dry-run")
    assert (code, told["saved"]) == (0, False)
    assert told["differences"][0]["fields"]["value"] == ["52.5", "51.4"]
    assert run(capsys, "new", county, str(file), "--reason", "核实", "--effective", "2026-01-06")[1]["saved"] is True
    assert run(capsys, "new", county, str(file), "--reason", "核实")[1]["is_known"] is True
    sets = run(capsys, "list", county, "--kind", "utilization")[1]["sets"]
    assert [s["made_here"] for s in sets].count(True) == 1
    code, told = run(capsys, "compare", county, STUDY, "utilization/xilingol-study@2")
    assert [d["key"] for d in told["differences"]] == [row["key"]]
    raw["rows"][0]["value"] = "1"
    file.write_text(json.dumps(raw), encoding="utf-8")
    assert run(capsys, "new", county, str(file), "--reason", "核实")[1]["problems"][0]["code"] == "STD-005"
    assert run(capsys, "export", county, "no/such@1", "--out", str(file))[1]["problems"][0]["code"] == "CALC-014"


def test_a_person_reads_the_list_in_either_language(
    county: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["coefficients", "list", "--workspace", str(county), "--unverified"]) == 0
    said = capsys.readouterr().out
    line = next(line for line in said.splitlines() if "nyt635-2015-recollected@1" in line and "utilization/" in line)
    assert line.split()[-2:] == ["80", "程序自带"] and "未核实" in said and "xilingol-study" not in said
    file = tmp_path / "sets.csv"
    command = ["coefficients", "list", "--workspace", str(county), "--language", "en", "--out", str(file)]
    assert main(command) == 0 and "65" in capsys.readouterr().out
    head, *rows = file.read_text("utf-8-sig").splitlines()
    assert head.startswith("Reference,Kind,Set,Edition,Standard,Rows,Verified") and len(rows) == 65
    assert main(["coefficients", "compare", "gwp/ar5@1", "gwp/ar4@1", "--workspace", str(county)]) == 0
    assert "→" in capsys.readouterr().out


def test_packing_asks_before_unverified_coefficients_leave(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with make_station(tmp_path / "站") as station:
        scheme = proposed_scheme(standards_of(station.read), 2026, station.identity.org_code)
        Entry(station).save(replace(scheme, name="示例方案"))
    package = ["package", "--workspace", str(tmp_path / "站"), "--out", str(tmp_path / "包")]
    assert main(package) == 1
    said = capsys.readouterr()
    assert "SND-007" in said.err and "80 个系数未核实" in said.err and "--confirm-unverified" in said.out
    assert list((tmp_path / "包").glob("*.zip")) == []
    assert main([*package, "--confirm-unverified"]) == 0
    with Workspace.open(tmp_path / "站") as station:
        (row,) = station.read.rows(Query("calculation_scheme"))
        (review,) = station.read.rows(Query("review"))
        assert row.state is State.PACKAGED and review.record.reviewer == "示例员"
