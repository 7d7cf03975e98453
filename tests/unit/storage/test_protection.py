"""A workspace is encrypted from its first moment, opens by every way there is, and is closed to everybody else."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from calc_helpers import refused
from package_helpers import introduce, make_county, make_station
from unit_helpers import household

from station_app.commands import cli, passwords
from station_app.services.entry import Entry
from station_app.storage import key_slots, protection
from station_app.storage.check import check_workspace
from station_app.storage.engine import connect, is_plain
from station_app.storage.key_slots import Way
from station_app.storage.workspace import DATABASE, Workspace

PASSWORD = "示例密码一二三四"


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_slots, "MEMORY_KIB", 64)
    monkeypatch.setattr(key_slots, "PASSES", 1)
    for variable in (passwords.PASSWORD, passwords.NEW_PASSWORD):
        monkeypatch.delenv(variable, raising=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with make_station(tmp_path / "站") as made:
        Entry(made).save(household(1))
    return tmp_path / "站"


def versions(folder: Path) -> int:
    with Workspace.open(folder) as opened:
        return opened.journal.count()


def call(capsys: pytest.CaptureFixture[str], *words: object, code: int = 0) -> dict[str, Any]:
    assert cli.main([*map(str, words), "--json"]) == code
    said: dict[str, Any] = json.loads(capsys.readouterr().out)
    return said


def test_a_new_workspace_is_encrypted_and_opens_by_this_machine(folder: Path) -> None:
    number = versions(folder)
    assert not is_plain(folder / DATABASE) and b"household" not in (folder / DATABASE).read_bytes()
    protection.lock(folder)
    now = protection.state(folder)
    assert (now.encrypted, now.ways, now.is_open, now.protected) == (True, (Way.MACHINE,), True, False)
    assert versions(folder) == number and check_workspace(folder).ok


def test_a_password_closes_it_and_the_machine_forgets_at_the_next_start(folder: Path) -> None:
    number = versions(folder)
    key_slots.set_password(folder / "keys", PASSWORD, "示例员")
    assert versions(folder) == number, "who set it works on"
    assert (folder / "keys" / key_slots.MACHINE_SECRET).exists(), "nobody has opened it by the password yet"
    protection.lock(folder)
    assert not protection.state(folder).is_open
    for attempt in (
        lambda: Workspace.open(folder),
        lambda: connect(folder / DATABASE),
        lambda: check_workspace(folder),
    ):
        with refused("KEY-010"):
            attempt()
    with refused("KEY-001"):
        protection.unlock(folder, "示例别的密码")
    assert protection.unlock(folder, PASSWORD) == "示例员"
    assert versions(folder) == number
    assert list((folder / "keys").glob("machine*")) == [] and protection.state(folder).protected
    protection.lock(folder)
    assert protection.unlock(folder, PASSWORD, "示例员") == "示例员" and versions(folder) == number
    with Workspace.open(folder) as opened:
        key_slots.set_password(folder / "keys", "示例新密码一二三四", "示例员")
        assert opened.back_up().name.endswith(".sealed"), "proven by the new password, without asking"


def test_every_choice_of_ways_opens(tmp_path: Path) -> None:
    with make_station(tmp_path / "站") as made, make_county(tmp_path / "县") as county:
        introduce(made, county)
        number, folder = made.journal.count(), made.folder
        line = (county.keys_folder / "device.pub").read_text(encoding="ascii")
    code = key_slots.new_code()
    key_slots.set_password(folder / "keys", PASSWORD)
    key_slots.set_sheet(folder / "keys", code, " ".join(code))
    key_slots.set_county(folder / "keys", line, "示例县")
    files = {path.name: path.read_bytes() for path in (folder / "keys").iterdir()}
    opens = {
        Way.PASSWORD: lambda: protection.unlock(folder, PASSWORD),
        Way.SHEET: lambda: protection.unlock(folder, " ".join(code)),
        Way.COUNTY: lambda: protection.unlock_by_county(folder, tmp_path / "县" / "keys"),
        Way.MACHINE: lambda: None,
    }
    for number_of in range(1, 5):
        for chosen in itertools.combinations(opens, number_of):
            for way in chosen:
                for path in (folder / "keys").iterdir():
                    path.unlink()
                for name, content in files.items():
                    if not name.startswith(tuple(set(opens) - set(chosen))):
                        (folder / "keys" / name).write_bytes(content)
                protection.lock(folder)
                opens[way]()
                if way is Way.MACHINE and Way.PASSWORD in chosen:
                    assert not protection.state(folder).is_open, "a password is asked for"
                else:
                    assert versions(folder) == number, (chosen, way)


def test_a_sheet_alone_protects_nothing_and_it_is_said(folder: Path) -> None:
    code = key_slots.new_code()
    key_slots.set_sheet(folder / "keys", code, " ".join(code))
    protection.lock(folder)
    with Workspace.open(folder) as opened:
        assert "KEY-012" in {problem.code for problem in opened.gate}, "this machine opens it still"
        key_slots.set_password(folder / "keys", PASSWORD)
    with Workspace.open(folder) as opened:
        assert "KEY-012" not in {problem.code for problem in opened.gate}


def test_no_way_left_is_told_from_a_wrong_password_and_from_damage(folder: Path) -> None:
    protection.lock(folder)
    machine = folder / "keys" / key_slots.MACHINE_SECRET
    content = machine.read_bytes()
    machine.unlink()
    with refused("KEY-011"):
        Workspace.open(folder)
    machine.write_bytes(content)
    key_slots.set_password(folder / "keys", PASSWORD)
    slot = folder / "keys" / "password.slot"
    slot.write_bytes(slot.read_bytes().replace(b'"salt":"', b'"salt":"0'))
    machine.unlink()
    with refused("KEY-003"):
        protection.unlock(folder, PASSWORD)
    with refused("KEY-010"):
        Workspace.open(folder)
    with refused("WSP-001"):
        make_station(folder)
    (folder / DATABASE).unlink()
    with refused("WSP-015"):
        make_station(folder)


def test_commands_take_the_password_and_ask_for_it(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Workspace.open(folder) as opened:
        key_slots.set_password(folder / "keys", PASSWORD, opened.identity.author)
    here = ("--workspace", folder)
    protection.lock(folder)
    for words in (("check", *here), ("query", "SELECT 1", *here), ("backup", *here)):
        said = call(capsys, *words, code=1)
        assert [each["code"] for each in said["problems"]] == ["KEY-010"]
    (tmp_path / "secret").write_text(PASSWORD + "\n", encoding="utf-8")
    call(capsys, "query", "SELECT 1", *here, "--password-file", tmp_path / "secret")
    protection.lock(folder)
    monkeypatch.setenv(passwords.PASSWORD, PASSWORD)
    assert call(capsys, "check", *here)["ok"]
    protection.lock(folder)
    monkeypatch.setenv(passwords.NEW_PASSWORD, "示例新密码一二三四")
    call(capsys, "recovery", "password", *here)
    protection.lock(folder)
    assert [each["code"] for each in call(capsys, "check", *here, code=1)["problems"]] == ["KEY-001"]
    monkeypatch.delenv(passwords.PASSWORD)
    monkeypatch.setattr("sys.stdin", type("Terminal", (), {"isatty": lambda _: True})())
    monkeypatch.setattr(passwords.getpass, "getpass", lambda _: "示例新密码一二三四")
    assert call(capsys, "check", *here)["ok"]


def test_another_process_asks_again(folder: Path) -> None:
    key_slots.set_password(folder / "keys", PASSWORD)
    words = [sys.executable, "-m", "station_app.start", "query", "SELECT count(*) AS n FROM version", "--json"]
    for given, code in (({}, 1), ({passwords.PASSWORD: PASSWORD}, 0)):
        done = subprocess.run([*words, "--workspace", str(folder)], env={**os.environ, **given}, capture_output=True,
                              stdin=subprocess.DEVNULL, check=False)  # fmt: skip
        assert done.returncode == code, done.stderr.decode()
    assert json.loads(done.stdout)["rows"][0]["n"] == versions(folder)
