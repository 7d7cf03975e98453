"""``grassland-station calc``: every open case of the domain files through the command, schemas, sets, refusals."""

from __future__ import annotations

import json
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from station_app.commands.cli import main
from station_app.domain.calc.catalogue import CALCULATIONS
from station_app.domain.calc.explanation import contradictions
from station_app.domain.calc.explanation_json import explanation_from_json
from station_app.domain.calc.inputs import read, schema_of, to_json

CASES = json.loads((Path(__file__).parents[2] / "data" / "calc" / "cases.json").read_text("utf-8"))


def calc(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, Any]:
    code = main(["calc", *arguments, "--json"])
    return code, json.loads(capsys.readouterr().out)


def at(value: Any, pointer: str) -> Any:
    for step in pointer.split("/")[1:]:
        value = value[int(step)] if isinstance(value, list) else value[step]
    return value


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["case"])
def test_open_case(case: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A case that reproduces comes out as published; one that does not keeps both numbers, apart."""
    file = tmp_path / "input.json"
    file.write_text(json.dumps(case["input"]), "utf-8")
    code, answer = calc(capsys, case["calculation"], "--input", str(file))
    assert code == 0, answer
    assert {pointer: answer["shown"].get(pointer) for pointer in case["shown"]} == case["shown"]
    assert {pointer: at(answer["result"], pointer) for pointer in case["result"]} == case["result"]
    assert sorted({problem["code"] for problem in answer["problems"]}) == case["codes"]
    for pointer, (published, agrees) in case["published"].items():
        assert (answer["shown"][pointer] == published) is agrees, pointer
    assert contradictions(explanation_from_json(answer["explanation"])) == []
    jsonschema.validate(case["input"], schema_of(CALCULATIONS[case["calculation"]].takes))


def test_every_domain_case_is_there() -> None:
    names = {case["case"].split()[0] for case in CASES}
    assert {f"S{n:02}" for n in range(1, 12)} <= names
    assert {f"O{n}" for n in range(1, 11)} <= names
    assert {
        "X1",
        "X2",
        "X3",
        "X4",
        "X5",
        "X5b",
        "X6",
        "X8",
        "X9",
        "X10",
        "X11",
    } <= names  # X7, X12: tables, tested there
    assert {case["calculation"] for case in CASES} >= set(CALCULATIONS) - {"carbon-what-if"}


@pytest.mark.parametrize("name", CALCULATIONS)
def test_schema_and_help_of_every_calculation(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["calc", name, "--schema"]) == 0
    schema = json.loads(capsys.readouterr().out)
    jsonschema.Draft202012Validator.check_schema(schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"no such entry": 1}, schema)
    with pytest.raises(SystemExit) as left:
        main(["calc", name, "--help"])
    assert left.value.code == 0
    text = capsys.readouterr().out
    assert all(entry in text for entry in schema["$defs"][CALCULATIONS[name].takes.__name__]["properties"])


def test_what_is_read_is_what_is_written() -> None:
    for case in CASES:
        takes = CALCULATIONS[case["calculation"]].takes
        once = read(takes, case["input"])
        assert read(takes, to_json(once)) == once


def test_a_person_reads_labels_and_the_way(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    case = next(c for c in CASES if c["case"] == "constructed capacity")
    file = tmp_path / "input.json"
    file.write_text(json.dumps(case["input"]), "utf-8")
    assert main(["calc", "capacity", "--input", str(file), "--explain"]) == 0
    text = capsys.readouterr().out
    assert "载畜量:91.324 羊单位" in text
    assert "I × D_whole_year" in text
    assert main(["calc", "capacity", "--input", str(file), "--language", "en"]) == 0
    assert "Capacity: 91.324 SU" in capsys.readouterr().out


def test_sets_are_listed_shown_and_added(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, answer = calc(capsys, "--sets")
    assert code == 0
    assert "sheep_unit_adult/seed@1" in {each["reference"] for each in answer["sets"]}
    assert main(["calc", "--show-set", "sheep_unit_adult/seed@1"]) == 0
    shown = json.loads(capsys.readouterr().out)
    goat = next(row for row in shown["rows"] if row["key"][0] == "goat")
    goat |= {"value": "0.9", "verified_by": "示例核对人", "verified_on": "2026-05-01"}
    shown |= {"edition": "2", "based_on": "sheep_unit_adult/seed@1", "reason": "核对原文", "made_by": "示例县"}
    file = tmp_path / "set.json"
    file.write_text(json.dumps(shown), "utf-8")
    asked = tmp_path / "input.json"
    herd = [{"species": "goat", "stock_class": "adult_female", "head": 10}]
    asked.write_text(json.dumps({"adult_set": "seed@2", "herd": herd}), "utf-8")
    code, answer = calc(capsys, "sheep-units", "--input", str(asked), "--set", str(file))
    assert (code, answer["shown"]["/total_su"], answer["problems"]) == (0, "9.00", [])
    assert answer["coefficient_sets"] == ["sheep_unit_adult/seed@2"]
    file.write_text(json.dumps({**shown, "edition": "1"}), "utf-8")
    code, answer = calc(capsys, "sheep-units", "--input", str(asked), "--set", str(file))
    assert (code, answer["problems"][0]["code"]) == (1, "CALC-060")  # an edition is never changed


def test_an_unverified_coefficient_waits_for_confirmation(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    case = next(c for c in CASES if c["case"] == "constructed herd")
    file = tmp_path / "input.json"
    file.write_text(json.dumps(case["input"]), "utf-8")
    _, answer = calc(capsys, "sheep-units", "--input", str(file), "--language", "en")
    assert len(answer["to_confirm"]) == 1
    assert "must not be sent" in answer["to_confirm"][0]


@pytest.mark.parametrize(
    ("arguments", "content", "code", "place"),
    [
        (["nothing"], "{}", "CALC-014", ""),
        (["capacity"], "{", "CALC-056", ""),
        (["capacity"], '{"pastures": NaN}', "CALC-056", ""),
        (["capacity"], "[]", "CALC-012", ""),
        (["capacity"], '{"pastures": [{"name": 5}]}', "CALC-012", "/pastures/0/name"),
        (["capacity"], '{"pastures": [{"name": "x", "area_ha": "1e5", "hay_kg_per_ha": 1}]}', "CALC-012", "/pastures/0/area_ha"),
        (["capacity"], '{"pastures": [{"name": "x", "area_ha": 1E+400, "hay_kg_per_ha": 1}]}', "CALC-015", "/pastures/0/area_ha"),
        (["capacity"], '{"approved": [{"approved_su": 1, "approved_on": "2026-02-30"}]}', "CALC-012", "/approved/0/approved_on"),
        (["capacity"], '{"acreage": 1}', "CALC-014", "/acreage"),
        (["capacity", "--show-set", "x"], "{}", "CALC-014", ""),
        (["overload"], '{"rows": [{"name": "x", "stock_su": true, "capacity_su": 1}]}', "CALC-012", "/rows/0/stock_su"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_with_code_and_place(
    arguments: list[str], content: str, code: str, place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "input.json"
    file.write_text(content, "utf-8")
    left, answer = calc(capsys, *arguments, "--input", str(file))
    assert left == 1
    assert (code, place) in [(problem["code"], problem["place"]) for problem in answer["problems"]]


def test_without_input_it_says_what_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    code, answer = calc(capsys, "capacity")
    assert (code, answer["problems"][0]["code"]) == (1, "CALC-013")


NAN = {"key": ["CH4"], "label": {"zh": "a", "en": "b"}, "value": "NaN"}
NAN_SET = {"kind": "gwp", "name": "x", "edition": "1", "title": {"zh": "a", "en": "b"}, "rows": [NAN]}


@pytest.mark.parametrize("content", ['{"kind": "gwp"}', '{"rows": [{}]}', json.dumps(NAN_SET)])
def test_a_set_that_is_none_is_refused(content: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "set.json"
    file.write_text(content, "utf-8")
    code, answer = calc(capsys, "--sets", "--set", str(file))
    assert code == 1
    assert answer["problems"][0]["code"] in ("CALC-012", "CALC-013")


def test_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    case = next(c for c in CASES if c["case"] == "X11 2019")
    monkeypatch.setattr(sys, "stdin", StringIO(json.dumps(case["input"])))
    code, answer = calc(capsys, "carbon-soc", "--input", "-")
    assert (code, answer["shown"]["/annual_t_c"]) == (0, "645.0")


def test_the_real_process(tmp_path: Path) -> None:
    case = next(c for c in CASES if c["case"] == "X8")
    file = tmp_path / "input.json"
    file.write_text(json.dumps(case["input"]), "utf-8")
    command = [sys.executable, "-m", "station_app.commands.cli", "calc", "survey-yield", "--input", str(file), "--json"]
    done = subprocess.run(command, capture_output=True, check=True, cwd=Path(__file__).parents[3], encoding="utf-8")
    assert json.loads(done.stdout)["shown"]["/hay_kg_per_ha"] == "643.33"


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    command = f"'{sys.executable}' -m station_app.commands.cli calc carbon-stock --schema | head -1"
    done = subprocess.run(command, shell=True, capture_output=True, cwd=Path(__file__).parents[3], encoding="utf-8")
    assert (done.stdout, done.stderr) == ("{\n", "")


def test_a_cap_without_its_amount_is_named_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "input.json"
    rate = {"scheme": "ban", "rate_yuan": "7.5", "cap_kind": "household"}
    claim = {"name": "x", "land": [{"scheme": "ban", "area_mu": "1"}]}
    file.write_text(json.dumps({"rates": [rate], "claims": [claim]}), "utf-8")
    left, answer = calc(capsys, "entitlement", "--input", str(file))
    (found,) = answer["problems"]
    assert (left, found["code"], found["place"]) == (1, "CALC-013", "/rates/0/cap_yuan")
    assert "“封顶”" in found["text"]
