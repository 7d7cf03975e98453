"""The command line's own grammar."""

from __future__ import annotations

import json

import pytest

from station_app.commands.cli import main, parser
from station_app.domain.problems import sentences


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
    assert main(["codes", "示例", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["problems"][0]["code"] == "CLI-008"
