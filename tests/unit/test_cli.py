"""The command line's own grammar."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from station_app.commands.cli import main, parser
from station_app.commands.command import _LOADED, CATALOGUE, OCCASIONS, commands
from station_app.domain.codes import code_list
from station_app.domain.problems import sentences
from station_app.storage.reference import install_code_lists


@pytest.mark.parametrize(
    "command", [["template", "household", "--out", "x"], ["update", "find"], ["compensation", "check", "--list"]]
)
def test_what_all_commands_share_may_stand_before_or_after_the_command(command: list[str]) -> None:
    shared = ["--json", "--language", "en"]
    for given in ([*shared, *command], [*command, *shared], [command[0], *shared, *command[1:]]):
        found = parser().parse_args(given)
        assert (found.json, found.language) == (True, "en"), given
    found = parser().parse_args(command)
    assert (found.json, found.language) == (False, None)


def test_every_code_is_listed_with_what_it_says(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["codes", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)["codes"]
    assert {each["code"] for each in listed} == set(sentences())
    assert main(["codes", "fld-001", "--language", "en"]) == 0
    assert "FLD-001  Must be put right" in capsys.readouterr().out
    assert main(["codes", "identity number", "--json"]) == 0  # by words of either language
    assert "C01" in [each["code"] for each in json.loads(capsys.readouterr().out)["codes"]]
    assert main(["codes", "FLD-003", "--json"]) == 0  # not what only speaks of it
    assert [each["code"] for each in json.loads(capsys.readouterr().out)["codes"]] == ["FLD-003"]
    assert main(["codes", "没有这样的字样", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["problems"][0]["code"] == "CLI-008"


@pytest.mark.parametrize(
    "given",
    [
        ("report", "balance", "--year", "2025", "--occasion", "mid-year"),
        ("report", "balance", "--year", "2025", "--view", "grassland"),
        ("coverage", "--year", "2025", "--occasion", "mid-year"),
    ],
)
def test_a_code_that_is_none_is_refused(given: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main([*given, "--workspace", "示例"])
    assert left.value.code == 2 and "invalid choice" in capsys.readouterr().err


def test_occasions_are_those_of_the_code_list() -> None:
    install_code_lists()
    assert set(OCCASIONS) == set(code_list("occasion").labels)


def test_every_command_lies_in_the_module_the_catalogue_names() -> None:
    listed = commands()
    assert {each.name.split()[0] for each in listed} == set(CATALOGUE)
    assert {name.partition(" ")[0] for name in _LOADED} == {*CATALOGUE, ""}, "a command the catalogue does not name"
    for each in listed:
        if each.run is not None:
            assert each.run.__module__ == f"station_app.commands.{CATALOGUE[each.name.split()[0]]}", each.name
        assert each.zh.endswith("。") and each.en[:1].isupper(), each.name


@pytest.mark.parametrize(("given", "only"), [("--version", "codes"), ("codes", "codes")])
def test_a_start_loads_the_module_of_its_command_and_no_room(given: str, only: str) -> None:
    script = (
        "import sys, station_app.start as start\n"
        "try: start.main([sys.argv[1]])\n"
        "except SystemExit: pass\n"
        "print(*(n for n, m in sys.modules.items() if n.startswith('station_app.') and type(m).__name__ == 'module'))"
    )
    said = subprocess.run([sys.executable, "-c", script, given], capture_output=True, text=True, check=True).stdout
    loaded = {name.split(".", 1)[1] for name in said.splitlines()[-1].split()}
    assert f"commands.{only}" in loaded and not loaded & {f"commands.{name}" for name in {*CATALOGUE.values()} - {only}}
    assert not {name for name in loaded if name.startswith(("domain.records", "storage.workspace", "ui.", "county."))}
