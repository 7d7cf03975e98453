"""Whatever a button of the window does, a command can do: who adds a button says which, or that it only shows or moves."""

from __future__ import annotations

import ast
import csv
from pathlib import Path

import pytest

from station_app.commands.command import commands

ROOT = Path(__file__).resolve().parents[2]
LISTED = ROOT / "tests" / "data" / "commands_of_buttons.csv"


def acts(source: str) -> set[str]:
    """Return what the buttons and verbs of a module do, as it is written there: ``button(…, act)``, ``menu.offer(…, act)``,
    ``x.clicked.connect(act)``."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Name("button") | ast.Attribute(attr="offer"), args=[_, act, *_]):
                found.add(ast.unparse(act))
            case ast.Call(
                func=ast.Attribute(attr="connect", value=ast.Attribute(attr="clicked" | "triggered")), args=[act, *_]
            ):
                found.add(ast.unparse(act))
    return found


def test_a_new_button_is_noticed() -> None:
    assert acts("a = button('', self.burn)") == {"self.burn"}
    assert acts("self.more.offer(BURN, partial(self.burn, 1))") == {"partial(self.burn, 1)"}
    assert acts("self.line.clicked.connect(self.burn)") == {"self.burn"}


def test_every_button_has_its_command_or_only_shows() -> None:
    with LISTED.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    listed = {(row["module"], row["act"]) for row in rows}
    ui = ROOT / "station_app" / "ui"
    there = {
        (".".join(path.relative_to(ui).with_suffix("").parts), act)
        for path in ui.rglob("*.py")
        for act in acts(path.read_text("utf-8"))
    } - {("application", "wish.path if wish is not None else None")}  # no button: the start window offers to open it
    assert there - listed == set(), (
        "say in commands_of_buttons.csv which command does it, or nothing where it only shows"
    )
    assert listed - there == set(), "these buttons are gone: take them out of commands_of_buttons.csv"
    assert {row["command"] for row in rows} - {""} <= {each.name for each in commands()}


# What no button does: the machine's side of the program, and questions asked of tables.
ALONE = {"compensation", "codes", "verify", "package-csv", "find", "send-back", "take", "coverage", "tour", "self-test",
         "bench", "query", "accounts", "accounts list", "accounts add", "accounts role", "accounts deactivate", "accounts pin",
         "accounts reset", "accounts may", "accounts log", "recovery", "recovery list", "recovery open", ""}  # fmt: skip


@pytest.mark.parametrize("name", sorted({each.name for each in commands()} - ALONE))
def test_every_other_command_is_what_some_button_does(name: str) -> None:
    with LISTED.open(encoding="utf-8", newline="") as file:
        assert name in {
            row["command"].split()[0] if " " not in name else row["command"]
            for row in csv.DictReader(file)
            if row["command"]
        }
