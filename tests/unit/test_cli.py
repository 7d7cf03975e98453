"""The command line's own grammar."""

from __future__ import annotations

import pytest

from station_app.commands.cli import parser


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
