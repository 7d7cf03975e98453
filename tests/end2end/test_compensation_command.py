"""``compensation``: a village is run from the command line, who is not paid is listed, and what is wrong gives exit code 1."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from money_helpers import BAN, hold, plan
from unit_helpers import VILLAGE

from station_app.commands.cli import main
from station_app.domain.registry import Role
from station_app.services.entry import Entry
from station_app.storage.reader import Query
from station_app.storage.workspace import Workspace


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A station with a plan, one household to pay, one without identity, one that moved away."""
    station = tmp_path / "station"
    with (
        Workspace.create(station, org_code=VILLAGE[:9], org_name="示例站", role=Role.STATION, author="示例员") as made,
        Workspace.create(tmp_path / "county", org_code=VILLAGE[:6], org_name="示例县", role=Role.COUNTY) as county,
    ):
        saved = Entry(county).save(plan(BAN))
        made.journal.merge(county.read.history(saved.record_id))
        entry = Entry(made)
        hold(entry, 1, ("ban", "100"))
        hold(entry, 2, ("ban", "10"), identity_number=None)
        hold(entry, 3, ("ban", "10"), status="moved", status_on=made.clock.today())
    return station


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, dict[str, Any]]:
    code = main(["compensation", *map(str, words), "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_a_season_of_batches(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, made = run(capsys, "run", "--workspace", folder, "--village", VILLAGE)
    assert (code, made["lines"], made["net_yuan"], made["supplement"]) == (0, 1, "750.00", False)
    assert [(each["name"], each["checks"]) for each in made["held"]] == [("示例牧户2", ["C01"])]
    assert [(each["name"], each["checks"]) for each in made["left_out"]] == [("示例牧户3", ["CMP-014"])]
    assert all(each["why"] for each in made["held"] + made["left_out"])
    code, again = run(capsys, "run", "--workspace", folder, "--village", VILLAGE)
    assert code == 1 and again["problems"][0]["code"] == "CMP-013" and "示例牧户1" in again["problems"][0]["text"]
    code, checked = run(capsys, "check", "--workspace", folder)
    assert (code, checked["batches"], checked["errors"]) == (0, 1, 0)
    with Workspace.open(folder) as workspace:
        line = next(r for r in workspace.read.rows(Query("compensation_line")) if r.record.head_name == "示例牧户1")
        held = replace(line.record, state="held", state_reason="dispute")
        Entry(workspace).save(held, record_id=line.record_id, reason="示例")
    code, checked = run(capsys, "check", "--workspace", folder)
    assert code == 1 and {p["code"] for p in checked["problems"]} >= {"C13"} and checked["errors"] == 3
    assert all(p["place"].startswith("compensation_batch/") for p in checked["problems"] if p["code"] == "C13")
    code, totals = run(capsys, "totals", made["batch"], "--workspace", folder, "--reason", "示例")
    assert (code, totals["households"], totals["net_yuan"]) == (0, 0, "0.00")
    assert run(capsys, "check", "--workspace", folder)[0] == 0


def test_the_checks_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    code, listed = run(capsys, "check", "--list")
    numbers = {each["number"] for each in listed["checks"]}
    assert code == 0 and {"C01", "C06", "C08", "C11", "C13", "C14", "C19", "C20", "C21", "C23", "C36", "C38"} <= numbers
    assert all(each["name"] and each["severity"] in ("error", "hold", "warn", "info") for each in listed["checks"])


def test_a_plan_has_to_be_named_where_there_is_none_or_several(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Workspace.create(tmp_path / "s", org_code=VILLAGE[:9], org_name="示例站", role=Role.STATION).close()
    code, said = run(capsys, "run", "--workspace", tmp_path / "s", "--village", VILLAGE)
    assert code == 1 and said["problems"][0]["code"] == "CMP-019"
