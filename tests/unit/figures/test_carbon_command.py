"""``grassland-station report carbon``: three ledgers apart, as table, CSV and JSON; another edition; why; refusals."""

from __future__ import annotations

import csv
import json
from decimal import Decimal as D
from pathlib import Path
from typing import Any

import pytest
from carbon_helpers import FIRST, YEAR, Carbon, a_workspace

from station_app.commands.cli import main
from station_app.domain.calc.explanation import contradictions
from station_app.domain.calc.explanation_json import explanation_from_json


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("碳") / "站"
    with a_workspace(made) as workspace:
        carbon = Carbon(workspace)
        carbon.places()
        carbon.scheme()
        owner = carbon.household(1)
        parcel = carbon.parcel(owner, "15000", degradation="1")
        carbon.registration(parcel, "1000", "4")
        carbon.sample("甲", parcel, "20")
        carbon.sample("乙", parcel, "22")
        carbon.count(owner, {"sheep": 1000, "goat": 200, "horse": 20})
        carbon.done()
    return made


def run(folder: Path, capsys: pytest.CaptureFixture[str], *more: str, year: int = YEAR) -> tuple[int, str, str]:
    code = main(["report", "carbon", "--workspace", str(folder), "--year", str(year), *more])
    said = capsys.readouterr()
    return code, said.out, said.err


def as_json(folder: Path, capsys: pytest.CaptureFixture[str], *more: str) -> Any:
    code, out, _ = run(folder, capsys, *more, "--json")
    assert code == 0, out
    return json.loads(out)


def test_three_ledgers_with_their_units_and_no_sum_of_them(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = as_json(folder, capsys)
    assert {name: each["unit"] for name, each in answer["ledgers"].items()} == {
        "stock": "t C", "change": "t C/a", "emissions": "t CO2e/a"
    }  # fmt: skip
    assert answer["ledgers"]["change"]["totals"][0]["value"] == "645"
    assert answer["ledgers"]["emissions"]["rows"][0]["value"] == "171.72"
    assert "total" not in answer and "sum" not in answer
    code, out, _ = run(folder, capsys)
    assert code == 0 and out.count("所用系数集") == 3 and "D = 20 年" in out
    assert "CCER" not in out


def test_another_edition_and_other_potentials_change_figures_and_editions(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = as_json(folder, capsys, "--edition", "2006", "--ledger", "change")
    assert old["ledgers"]["change"]["totals"][0]["value"] == "750"
    assert "soc_reference/ipcc2006@1" in old["editions"] and old["scheme"]["changed"] == ["ipcc_edition"]
    fifth = as_json(folder, capsys, "--gwp", "ar5@1", "--ledger", "emissions")
    assert fifth["ledgers"]["emissions"]["rows"][0]["value"] == "178.08" and "gwp/ar5@1" in fifth["editions"]


def test_why_has_the_digits_of_the_table(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    row = as_json(folder, capsys, "--ledger", "stock")["ledgers"]["stock"]["rows"][1]
    assert row["part"] == "soil"
    answer = as_json(folder, capsys, "--ledger", "stock", "--part", "soil", "--why", FIRST)
    explanation = explanation_from_json(answer["explanation"])
    assert contradictions(explanation) == []
    assert explanation.value("total_t_c") == D(row["value"])
    assert explanation.value("low_t_c") == D(row["low"])


def test_rows_as_csv(folder: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    target = tmp_path / "碳.csv"
    assert run(folder, capsys, "--out", str(target), "--level", "parcel")[0] == 0
    with target.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["账"] for row in rows].count("储量") == 6  # one parcel and its total: three pools each
    assert {row["单位"] for row in rows} == {"t C", "t C/年", "t CO2e/年"}


@pytest.mark.parametrize(
    ("more", "year", "code"),
    [
        ((), 1999, "CRB-001"),
        (("--level", "省"), YEAR, "CRB-003"),
        (("--why", FIRST), YEAR, "CRB-004"),
        (("--ledger", "change", "--why", "152522200999"), YEAR, "CRB-005"),
        (("--ledger", "stock", "--part", "vegetation", "--why", FIRST), YEAR, "CRB-006"),
    ],
)
def test_what_is_refused_says_its_code(
    folder: Path, capsys: pytest.CaptureFixture[str], more: tuple[str, ...], year: int, code: str
) -> None:
    result, _, err = run(folder, capsys, *more, year=year)
    assert result == 1 and code in err
