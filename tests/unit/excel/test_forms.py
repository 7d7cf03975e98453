"""Headings mapped by hand: remembered by the headings, offered when the form comes again; the same mapping as in a file."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from excel_helpers import TODAY, VILLAGES

from station_app.domain.registry import record_type
from station_app.exchange.excel.columns import look_at_headings
from station_app.exchange.excel.forms import by_hand, fingerprint, known_form, remember
from station_app.exchange.excel.headings import offered
from station_app.exchange.excel.importer import plan_import
from station_app.exchange.excel.locate import path_target
from station_app.exchange.excel.reader import read_tables
from station_app.storage.workspace import Workspace

HEADINGS = ["档案编号", "所在地", "当家人", "家里几口", "备注"]
CHOSEN = {"档案编号": "code", "所在地": "village_code", "当家人": "head_name", "家里几口": "persons"}


def table(path: Path, *rows: list[Any], headings: list[str] = HEADINGS) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["某某花名册"], headings, *rows])
    return path


ROW = [f"{VILLAGES[0]}0031", "示例甲嘎查", "示例户", "4", "示例备注"]


def test_a_form_nobody_knows_is_mapped_by_hand_and_known_again(station: Workspace, tmp_path: Path) -> None:
    path = table(tmp_path / "a.csv", ROW)
    columns = look_at_headings(station.read, "household", read_tables(path))
    assert [(c.heading, c.path) for c in columns] == [*((h, "") for h in HEADINGS[:4]), ("备注", "note")]
    assert columns[2].samples == ("示例户",) and columns[0].place == "a.csv!A2"
    remember(station, "household", HEADINGS, CHOSEN)
    turned = table(tmp_path / "b.csv", list(reversed(ROW)), headings=list(reversed(HEADINGS)))
    for file in (path, turned):
        plan = plan_import(station.read, file, "household", today=TODAY)
        assert [(r.record.code, r.record.persons, r.record.note) for r in plan.rows] == [(ROW[0], 4, "示例备注")]
        assert plan.form_known_on and [p.code for p in plan.problems] == ["IMP-033"]
    assert plan_import(station.read, path, "household", today=TODAY, mapping=by_hand(CHOSEN)).rows


def test_another_form_is_not_taken_for_it(station: Workspace, tmp_path: Path) -> None:
    remember(station, "household", HEADINGS, CHOSEN)
    other = read_tables(table(tmp_path / "a.csv", ROW, headings=[*HEADINGS[:4], "说明"]))
    assert known_form(station.read, "household", other) is None
    assert known_form(station.read, "parcel", read_tables(table(tmp_path / "b.csv", ROW))) is None
    remember(station, "household", HEADINGS, {})
    assert known_form(station.read, "household", read_tables(tmp_path / "b.csv")) is None, "forgotten"


def test_a_column_may_be_left_out(station: Workspace, tmp_path: Path) -> None:
    plan = plan_import(station.read, table(tmp_path / "a.csv", ROW), "household", today=TODAY,
                       mapping=by_hand({**CHOSEN, "备注": ""}))  # fmt: skip
    assert plan.rows[0].record.note is None
    assert any(p.code == "IMP-013" and "备注" in p.text.zh for p in plan.problems), "and it is said"


def test_few_headings_are_no_form() -> None:
    assert (
        fingerprint(["甲", "乙"]) == "" and fingerprint(["甲", "乙", " 丙 "]) == fingerprint(["丙", "甲", "乙"]) != ""
    )


@pytest.mark.parametrize("name", ["household", "parcel", "livestock_count", "herb_quadrat", "plot"])
def test_everything_offered_is_a_place_a_column_can_go_to(name: str) -> None:
    kind = record_type(name)
    paths = [path for path, _, _ in offered(kind)]
    assert len(paths) == len(set(paths)) and all(path_target(kind, path) is not None for path in paths)
    assert all(label.zh and label.en for _, label, _ in offered(kind))


def test_species_and_classes_are_mapped_by_hand(station: Workspace, tmp_path: Path) -> None:
    headings = ["户号", "日子", "时点", "谁数的", "年度", "母羊几只"]
    chosen = {
        "日子": "counted_on",
        "时点": "occasion",
        "谁数的": "counted_by",
        "母羊几只": "class_counts[sheep,adult_female]",
    }
    path = table(
        tmp_path / "a.csv", [f"{VILLAGES[0]}0000", "2026-07-01", "抽查", "示例员", 2026, 12], headings=headings
    )
    plan = plan_import(station.read, path, "livestock_count", today=TODAY, mapping=by_hand(chosen))
    ((count,),) = [r.record.class_counts for r in plan.rows]
    assert (count.species_code, count.class_code, count.head) == ("sheep", "adult_female", 12)
