"""Accounts by command: who signs in by the environment, and what a command then may."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from package_helpers import make_station
from unit_helpers import household

from station_app.commands import accounts as account_commands
from station_app.commands import cli, command
from station_app.domain.accounts import AccountProblem
from station_app.services.entry import Entry
from station_app.storage import key_slots

HEAD, CLERK, PIN = "示例站长", "示例复核员", "示例口令一二"


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_slots, "MEMORY_KIB", 64)
    monkeypatch.setattr(key_slots, "PASSES", 1)
    for name in (command.ACCOUNT, command.PASSWORD, command.SECOND, command.SECOND_PASSWORD, account_commands.NEW_PIN):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with make_station(tmp_path / "站") as made:
        Entry(made).save(household(1))
    return tmp_path / "站"


def call(capsys: pytest.CaptureFixture[str], folder: Path, *words: str, code: int = 0) -> dict[str, Any]:
    assert cli.main([*words, "--workspace", str(folder), "--json"]) == code, capsys.readouterr()
    said: dict[str, Any] = json.loads(capsys.readouterr().out)
    return said


def codes(said: dict[str, Any]) -> list[str]:
    return [each["code"] for each in said["problems"]]


def test_from_the_first_account_to_a_second_person(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert codes(call(capsys, folder, "accounts", "list")) == [AccountProblem.NOBODY.code]
    assert codes(call(capsys, folder, "accounts", "add", HEAD, "head", code=1)) == ["CLI-016"]
    monkeypatch.setenv(account_commands.NEW_PIN, PIN)
    call(capsys, folder, "accounts", "add", HEAD, "head")
    assert codes(call(capsys, folder, "accounts", "list")) == [AccountProblem.ONE_PERSON.code]
    assert codes(call(capsys, folder, "author", "别人", code=1)) == [AccountProblem.SIGN_IN.code]
    assert codes(call(capsys, folder, "accounts", "add", CLERK, "reviewer", code=1)) == [AccountProblem.SIGN_IN.code]
    monkeypatch.setenv(command.ACCOUNT, HEAD)
    monkeypatch.setenv(command.PASSWORD, "不是它的口令")
    assert codes(call(capsys, folder, "accounts", "add", CLERK, "reviewer", code=1)) == [AccountProblem.WRONG_PIN.code]
    monkeypatch.setenv(command.PASSWORD, PIN)
    pin = tmp_path / "pin.txt"
    pin.write_text("先用这个口令\n", encoding="utf-8")
    call(capsys, folder, "accounts", "add", CLERK, "reviewer", "--pin-file", str(pin))
    listed = call(capsys, folder, "accounts", "list")
    assert [each["name"] for each in listed["accounts"]] == [CLERK, HEAD] and listed["two_persons"]
    assert listed["signed_in"] == listed["accounts"][1]["mark"] and "problems" not in listed

    record = call(capsys, folder, "find", "示例牧户1")["records"][0]["id"]
    monkeypatch.setenv(command.ACCOUNT, CLERK)
    monkeypatch.setenv(command.PASSWORD, "先用这个口令")
    assert codes(call(capsys, folder, "review", "household", record, code=1)) == [AccountProblem.OWN_PIN.code]
    call(capsys, folder, "accounts", "pin", CLERK)
    monkeypatch.setenv(command.PASSWORD, PIN)
    assert codes(call(capsys, folder, "review", "household", record, code=1)) == [AccountProblem.AUTHOR_UNKNOWN.code]
    assert codes(call(capsys, folder, "accounts", "role", CLERK, "head", code=1)) == [AccountProblem.NOT_YOUR_ROLE.code]

    monkeypatch.setenv(command.ACCOUNT, HEAD)
    for words in (("replace-key",), ("separate",)):
        assert codes(call(capsys, folder, *words, code=1)) == [AccountProblem.TWO_PRESENT.code]
    monkeypatch.setenv(command.SECOND, CLERK)
    monkeypatch.setenv(command.SECOND_PASSWORD, PIN)
    call(capsys, folder, "replace-key")
    monkeypatch.delenv(command.SECOND)
    call(capsys, folder, "accounts", "role", CLERK, "recorder")
    assert call(capsys, folder, "accounts", "deactivate", CLERK)["account"]["is_active"] is False
    assert call(capsys, folder, "accounts", "deactivate", CLERK, "--again")["account"]["role"] == "recorder"
    assert codes(call(capsys, folder, "accounts", "deactivate", HEAD, code=1)) == [AccountProblem.LAST_MANAGER.code]


def test_a_reset_with_the_sheet_signs_nobody_in(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(account_commands.NEW_PIN, PIN)
    call(capsys, folder, "accounts", "add", HEAD, "head")
    code = key_slots.new_code()
    key_slots.set_sheet(folder / "keys", code, "".join(code))
    monkeypatch.setenv(account_commands.NEW_PIN, "示例口令五六")
    monkeypatch.setenv(account_commands.SHEET, "".join(code))
    call(capsys, folder, "accounts", "reset", HEAD, "--sheet")
    monkeypatch.setenv(command.ACCOUNT, HEAD)
    monkeypatch.setenv(command.PASSWORD, "示例口令五六")
    call(capsys, folder, "accounts", "deactivate", HEAD, code=1)  # signed in: the guard asks for another head
    said = call(capsys, folder, "accounts", "may")
    assert said["may"]["send"]["recorder"] == [] and "send" in said["two_persons"]


def test_who_saw_printed_or_exported_personal_data_is_noted(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    roster = ("export", "household-roster", "--year", "2026", "--out", str(tmp_path / "名册.xlsx"))
    call(capsys, folder, *roster)
    assert call(capsys, folder, "accounts", "log")["log"] == []  # nobody is known yet
    monkeypatch.setenv(account_commands.NEW_PIN, PIN)
    call(capsys, folder, "accounts", "add", HEAD, "head")
    monkeypatch.setenv(command.ACCOUNT, HEAD)
    monkeypatch.setenv(command.PASSWORD, PIN)
    call(capsys, folder, *roster)
    call(capsys, folder, "print", "household", "--out", str(tmp_path / "牧户.pdf"))
    found = call(capsys, folder, "accounts", "log")["log"]
    assert [(each["way"], each["what"], each["records"]) for each in found] == [
        ("exported", "household-roster", 1), ("printed", "household", 1),
    ]  # fmt: skip
    assert all(each["who"].startswith(f"{HEAD} #") for each in found)
    table = tmp_path / "查看记录.csv"
    assert call(capsys, folder, "accounts", "log", "--out", str(table))["rows"] == 2
    assert table.read_text("utf-8-sig").splitlines()[1].split(",")[1:5] == [
        found[0]["who"],
        "导出",
        "household-roster",
        "",
    ]
    assert not list(tmp_path.glob("*.part"))
