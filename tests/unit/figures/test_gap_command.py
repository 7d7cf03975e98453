"""``report gap``: table, CSV, JSON with every digit, and why; in both languages."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal as D
from pathlib import Path

import pytest
from target_helpers import TOWN, put, put_assessment, put_places, put_target

from station_app.commands.cli import main
from station_app.domain.calc.explanation import contradictions
from station_app.domain.calc.explanation_json import explanation_from_json
from station_app.domain.registry import Role
from station_app.storage.workspace import Workspace


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    with Workspace.create(
        tmp_path / "站", org_code=TOWN[:9], org_name="示例苏木草原站", role=Role.STATION, author="示例员"
    ) as made:
        put_places(made)
        target = put_target(made, "T-1", "45", baseline_value=D(38), baseline_year=2025)
        put_assessment(made, target, date(2026, 9, 1), "42.5", causes=("weather",), measure="=示例", responsible="示例员",
                       deadline_on=date(2027, 6, 30))  # fmt: skip
        put(made, "target", record_id=target, on=date(2026, 7, 1), reason="春旱(示例)", value=D(44))
        put(made, "training_log", held_on=date(2026, 5, 1), kind="training", topic="示例", place="示例", participants=5,
            region_code=TOWN)  # fmt: skip
    yield tmp_path / "站"


def run(capsys: pytest.CaptureFixture[str], folder: Path, *more: str) -> tuple[int, str]:
    code = main(["report", "gap", "--workspace", str(folder), "--year", "2026", *more])
    return code, capsys.readouterr().out


def test_json_has_every_digit_and_null_for_what_is_not_known(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out = run(capsys, folder, "--json")
    said = json.loads(out)
    assert code == 0 and said["year"] == 2026 and said["entered"] is None
    assert said["counts"] == {"with_target": 1, "reached": 0, "missed": 1, "unknown": 0, "without_target": 1}
    row, free = said["rows"]
    assert (row["number"], row["target_value"], row["first_value"], row["actual_value"], row["gap"]) == (
        "T-1", "44", "45", "42.5", "1.5")  # fmt: skip
    assert row["done_percent"] == "75" and row["reached"] is False and row["causes"] == ["weather"]
    assert [(r["before"], r["value"], r["reason"]) for r in row["revisions"]] == [("45", "44", "春旱(示例)")]
    assert (free["has_target"], free["gap"], free["target_value"], free["computed_value"]) == (False, None, None, "1")


def test_the_table_is_plain_and_speaks_both_languages(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, out = run(capsys, folder)
    lines = out.splitlines()
    assert "有目标 1 项，已达到 0，未达到 1" in lines[0] and "没有目标" in out and "T-1" in out
    _, out = run(capsys, folder, "--language", "en")
    assert "not reached" in out and "no target" in out and "Composite vegetation cover" in out


def test_csv_keeps_texts_from_becoming_formulas(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _ = run(capsys, folder, "--out", str(tmp_path / "a.csv"))
    with (tmp_path / "a.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert code == 0 and [row["目标值"] for row in rows] == ["44", "–"] and rows[0]["措施"] == "'=示例"


def test_why_prints_the_steps_of_one_target(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out = run(capsys, folder, "--why", "T-1", "--json")
    explanation = explanation_from_json(json.loads(out)["explanation"])
    assert code == 0 and contradictions(explanation) == [] and explanation.value("gap") == D("1.5")
    code, out = run(capsys, folder, "--why", "none:trainings")
    assert code == 0 and "培训与宣传次数" in out
    assert run(capsys, folder, "--why", "T-9")[0] == 1


def test_within_keeps_a_region(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, out = run(capsys, folder, "--json", "--within", "999999999")
    assert json.loads(out)["rows"] == []
