"""What the window's lists do to single records, done by command: find, void, conflicts, twins, accept, return."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from package_helpers import fill, introduce, make_county, make_station
from unit_helpers import household

from station_app.commands.cli import main
from station_app.county.receive import apply_receive, plan_receive
from station_app.exchange.package.build import build_package
from station_app.exchange.package.colleagues import take_in
from station_app.services.entry import Entry
from station_app.storage.reader import Query, State
from station_app.storage.workspace import Workspace

Run = Callable[..., dict[str, Any]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def command(*words: str, code: int = 0) -> dict[str, Any]:
        capsys.readouterr()
        ended = main([*words, "--json"])
        said = capsys.readouterr()
        assert ended == code, said
        return dict(json.loads(said.out))

    return command


def states(folder: Path) -> list[State]:
    with Workspace.open(folder) as workspace:
        return [row.state for row in workspace.read.rows(Query("household"))]


def refused(found: dict[str, Any]) -> list[str]:
    return [problem["code"] for problem in found["problems"]]


def test_a_record_is_found_withdrawn_and_brought_back(run: Run, tmp_path: Path) -> None:
    with make_station(tmp_path / "站") as station:
        Entry(station).save(household(2))
    at = ("--workspace", str(tmp_path / "站"))
    (hit,) = run("find", household(2).code, *at)["records"]
    assert hit["type"] == "household" and household(2).code in hit["title"]
    assert run("void", hit["id"], "--reason", "示例", *at)["version_id"]
    assert run("find", household(2).code, *at)["records"] == []
    run("unvoid", hit["id"], "--reason", "示例", *at)
    assert len(run("find", household(2).code, *at)["records"]) == 1


def test_two_laptops_conflict_and_twins_are_listed_and_ended_as_listed(run: Run, tmp_path: Path) -> None:
    with make_station(tmp_path / "甲") as one, make_station(tmp_path / "乙") as two:
        introduce(one, two)
        home = Entry(one).save(household(1)).record_id
        take_in(two, build_package(one, tmp_path, recipient=two.identity.device_id).path)
        for each, persons in ((one, 3), (two, 4)):
            row = each.read.get("household", home)
            assert row is not None
            Entry(each).save(replace(row.record, persons=persons), record_id=home, reason="示例")
            Entry(each).save(household(2))  # the same household, registered on either laptop
        take_in(two, build_package(one, tmp_path, recipient=two.identity.device_id).path)
        standing = next(v for v in two.read.history(home) if v.fields.get("persons") == 4).version_id
    at = ("--workspace", str(tmp_path / "乙"))
    (conflict,) = run("conflicts", *at)["conflicts"]
    assert conflict["id"] == home and standing in {v["id"] for v in conflict["versions"]}
    assert refused(run("conflicts", "--keep", "示例", *at, code=1)) == ["CLI-007"]
    run("conflicts", "--keep", standing, "--reason", "示例", *at)
    assert run("conflicts", *at)["conflicts"] == []
    (twins,) = run("twins", *at)["twins"]
    assert refused(run("twins", "--keep", "示例", *at, code=1)) == ["CLI-007"]
    run("twins", "--keep", twins["records"][0]["id"], "--reason", "示例", *at)
    assert run("twins", *at)["twins"] == []
    with Workspace.open(tmp_path / "乙") as two:
        assert [row.record.persons for row in two.read.rows(Query("household")) if row.record_id == home] == [4]


def test_the_county_accepts_and_returns_and_a_station_does_neither(run: Run, tmp_path: Path) -> None:
    with make_station(tmp_path / "站") as station, make_county(tmp_path / "旗") as county:
        introduce(station, county)
        fill(station)
        apply_receive(county, plan_receive(county, build_package(station, tmp_path).path), tmp_path)
        first = county.read.rows(Query("household"))[0].record_id
    at = ("--workspace", str(tmp_path / "旗"))
    assert refused(run("send-back", "household", first, *at, code=1)) == ["RCV-004"]
    assert run("send-back", "household", first, "--reason", "请核对（示例）", *at)["records"] == 1
    assert refused(run("accept", "household", *at, code=1)) == ["CLI-009"]
    assert refused(run("accept", "household", first, "--all", *at, code=1)) == ["CLI-009"]
    assert refused(run("accept", "household", "示例", *at, code=1)) == ["CLI-007"]
    assert run("accept", "household", "--all", *at)["records"] == len(states(tmp_path / "旗")) - 1
    assert sorted(states(tmp_path / "旗")).count(State.ACCEPTED) == len(states(tmp_path / "旗")) - 1
    assert State.RETURNED in states(tmp_path / "旗")
    assert refused(run("accept", "示例", "--all", *at, code=1)) == ["CLI-007"]
    assert refused(run("accept", "household", "--all", "--workspace", str(tmp_path / "站"), code=1)) == ["RCV-008"]


def test_what_was_done_last_is_named_taken_back_and_done_again(run: Run, tmp_path: Path) -> None:
    at = ("--workspace", str(tmp_path / "站"))
    with make_station(tmp_path / "站") as station:
        Entry(station).save(household(1))  # as the window does
    assert run("undo", "--dry-run", *at)["action"].startswith("新增牧户 示例牧户1")
    assert states(tmp_path / "站") == [State.COMPLETE]
    assert run("undo", *at)["records"] == 1 and states(tmp_path / "站") == []
    assert refused(run("undo", *at, code=1)) == ["CLI-013"]
    assert run("redo", *at)["action"].startswith("新增牧户 示例牧户1") and len(states(tmp_path / "站")) == 1
    with Workspace.open(tmp_path / "站") as station:
        sent = build_package(station, tmp_path).path
    again = run("package", "--again", "1", "--out", str(tmp_path / "新" / "盘"), *at)[
        "path"
    ]  # a folder that is not there
    assert Path(again).read_bytes() == sent.read_bytes()
    assert refused(run("undo", *at, code=1)) == ["SAV-024"]  # sent
    assert refused(run("undo", *at, code=1)) == ["CLI-013"]


def test_a_second_person_reviews_by_command(run: Run, tmp_path: Path) -> None:
    with make_station(tmp_path / "站") as station:
        fill(station, 2)
    at = ("--workspace", str(tmp_path / "站"))
    assert refused(run("author", " ", *at, code=1)) == ["WSP-013"]
    run("author", "示例复核员", *at)
    assert run("review", "household", "--all", *at)["records"] == 2
    assert states(tmp_path / "站") == [State.REVIEWED] * 2
    assert run("undo", "--dry-run", *at)["action"] == "复核 2 条"


def test_a_county_sees_who_is_late_what_is_counted_and_whom_it_trusts(run: Run, tmp_path: Path) -> None:
    with make_station(tmp_path / "站") as station, make_county(tmp_path / "县") as county:
        introduce(station, county)
        fill(station, 2)
        Entry(station).save(household(5))
        apply_receive(county, plan_receive(county, build_package(station, tmp_path).path), tmp_path)
        device, year = station.identity.device_id, station.read.rows(Query("livestock_count"))[0].record.year
    at = ("--workspace", str(tmp_path / "县"))
    found = run("coverage", "--year", str(year), *at)
    assert [(v["counted"], v["households"]) for v in found["villages"]] == [(2, 3)]
    (late,) = found["stations"]
    assert (late["device_id"], late["packages"], late["missing"], late["days_behind"]) == (device, 1, [], 0)
    assert run("quarantine", *at)["waiting"] == [] and run("quarantine", "--reconsider", *at)["applied"] == 0
    assert refused(run("quarantine", "--put-away", "x", *at, code=1)) == ["RCV-005"]
    run("revoke-card", device, *at)
    signers = Path(run("signers", "--out", str(tmp_path / "keys"), *at)["path"])
    assert device not in signers.read_text("utf-8")
    run("revoke-card", device, "--reinstate", *at)
    assert len(run("coverage", "--year", str(year), *at)["stations"]) == 1


def test_a_moved_workspace_goes_on_as_the_same_device(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_station(tmp_path / "站").close()
    monkeypatch.setattr("station_app.storage.workspace.machine_mark", lambda: "0123456789abcdef")
    with Workspace.open(tmp_path / "站") as opened:
        assert "WSP-041" in [problem.code for problem in opened.gate]
    run("moved", "--workspace", str(tmp_path / "站"))
    with Workspace.open(tmp_path / "站") as opened:
        assert "WSP-041" not in [problem.code for problem in opened.gate]
