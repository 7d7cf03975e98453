"""Recovery by command: secrets come from the environment, a file or the prompt, never from the command line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from calc_helpers import refused
from package_helpers import introduce, make_county, make_station
from unit_helpers import household

from station_app.commands import cli, passwords
from station_app.exchange import opening
from station_app.services.entry import Entry
from station_app.storage import key_slots, protection
from station_app.storage.workspace import Workspace

PASSWORD = "示例密码一二三四"


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_slots, "MEMORY_KIB", 64)
    monkeypatch.setattr(key_slots, "PASSES", 1)
    monkeypatch.delenv(passwords.PASSWORD, raising=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with make_station(tmp_path / "站") as made, make_county(tmp_path / "县") as county:
        introduce(made, county)
        Entry(made).save(household(1))
    return tmp_path / "站"


def call(capsys: pytest.CaptureFixture[str], *words: object, code: int = 0) -> dict[str, Any]:
    assert cli.main([*map(str, words), "--json"]) == code
    said: dict[str, Any] = json.loads(capsys.readouterr().out)
    return said


def codes(said: dict[str, Any]) -> list[str]:
    return [each["code"] for each in said["problems"]]


def test_from_the_first_password_to_another_machine(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = ("--workspace", folder)
    plain = call(capsys, "backup", *here)
    assert not plain["sealed"] and codes(plain) == ["WSP-106"]
    assert codes(call(capsys, "recovery", "list", *here)) == ["WSP-106"]
    assert codes(call(capsys, "recovery", "password", *here, code=1)) == ["CLI-016"]
    file_of_it = tmp_path / "secret.txt"
    assert codes(call(capsys, "recovery", "password", *here, "--new-password-file", file_of_it, code=1)) == ["CLI-015"]
    file_of_it.write_text(PASSWORD + "\n", encoding="utf-8")
    call(capsys, "recovery", "password", *here, "--password-file", file_of_it)
    sheet = call(capsys, "recovery", "sheet", *here)
    assert [each["way"] for each in call(capsys, "recovery", "list", *here)["ways"]] == ["password", "machine"]
    monkeypatch.setenv(passwords.PASSWORD, " ".join(sheet["code"]))
    call(capsys, "recovery", "sheet", "--typed", *here)
    monkeypatch.delenv(passwords.PASSWORD)
    assert call(capsys, "recovery", "county", *here)["counties"] == ["示例旗局"]
    ways = [each["way"] for each in call(capsys, "recovery", "list", *here)["ways"]]
    assert ways == ["password", "sheet", "county", "machine"]
    file = Path(call(capsys, "backup", *here)["path"])
    assert [each["sealed"] for each in call(capsys, "backup", "--list", *here)["backups"]] == [True, False]
    assert call(capsys, "backup", "--drill", *here)["versions"] >= 1
    stick = tmp_path / file.name
    shutil.copy(file, stick)
    shutil.rmtree(folder)
    with refused("CLI-012"):
        opening.wish_for(stick)
    assert codes(call(capsys, "restore", "--workspace", tmp_path / "新", stick, code=1)) == ["KEY-001"]
    monkeypatch.setenv(passwords.PASSWORD, PASSWORD)
    done = call(capsys, "restore", "--workspace", tmp_path / "新", stick)
    assert done["kept"] is None and done["versions"] >= 1
    monkeypatch.delenv(passwords.PASSWORD)
    county = call(capsys, "restore", "--workspace", tmp_path / "新二", stick, "--county", tmp_path / "县" / "keys",
                  "--as-new-device", "--name", "二号")  # fmt: skip
    assert county["device"] != done["device"]
    with Workspace.open(tmp_path / "新二") as opened:
        assert opened.identity.device_name == "二号"
    assert not (tmp_path / "新" / "keys" / key_slots.MACHINE_SECRET).exists()
    protection.lock(tmp_path / "新")
    assert codes(call(capsys, "backup", "--workspace", tmp_path / "新", code=1)) == ["KEY-010"]
    call(capsys, "backup", "--workspace", tmp_path / "新", "--second", tmp_path, "--password-file", file_of_it)


def test_a_machine_that_lost_its_way_is_given_one_again(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code = key_slots.new_code()
    key_slots.set_sheet(folder / "keys", code, " ".join(code))
    protection.lock(folder)
    (folder / "keys" / key_slots.MACHINE_SECRET).unlink()
    assert codes(call(capsys, "backup", "--workspace", folder, code=1)) == ["KEY-010"]
    monkeypatch.setenv(passwords.PASSWORD, " ".join(code))
    call(capsys, "recovery", "open", "--workspace", folder)
    monkeypatch.delenv(passwords.PASSWORD)
    protection.lock(folder)
    assert call(capsys, "backup", "--workspace", folder)["sealed"]


def test_the_county_needs_a_card(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_station(tmp_path / "站").close()
    assert codes(call(capsys, "recovery", "county", "--workspace", tmp_path / "站", code=1)) == ["KEY-009"]


def test_at_a_terminal_it_is_asked_for(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    key_slots.set_password(folder / "keys", PASSWORD)
    file = Path(call(capsys, "backup", "--workspace", folder)["path"])
    asked: list[str] = []
    monkeypatch.setattr("sys.stdin", type("Terminal", (), {"isatty": lambda _: True})())
    monkeypatch.setattr(passwords.getpass, "getpass", lambda prompt: asked.append(prompt) or PASSWORD)
    call(capsys, "restore", "--workspace", tmp_path / "新", file)
    assert len(asked) == 1
    call(capsys, "restore", "--workspace", folder, file)
    assert len(asked) == 1, "this machine opens its own"
