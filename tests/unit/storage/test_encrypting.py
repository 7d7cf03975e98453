"""A workspace from before is encrypted in one step, compared version by version, and what is plain goes by consent alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from calc_helpers import refused
from package_helpers import made_plain, make_station
from unit_helpers import household

from station_app.commands import cli, passwords
from station_app.services.entry import Entry
from station_app.storage import encrypting, key_slots, protection
from station_app.storage.check import check_workspace
from station_app.storage.engine import connect, copy_into, is_plain
from station_app.storage.workspace import DATABASE, Workspace

PASSWORD = "示例密码一二三四"
NAME = household(1).head_name


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_slots, "MEMORY_KIB", 64)
    monkeypatch.setattr(key_slots, "PASSES", 1)
    for variable in (passwords.PASSWORD, passwords.NEW_PASSWORD):
        monkeypatch.delenv(variable, raising=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A station from before: plain, without a data key."""
    with make_station(tmp_path / "站") as made:
        Entry(made).save_many((household(n), None) for n in range(1, 9))
        made.catch_up()
    plain: Path = made_plain(tmp_path / "站")
    return plain


def marks(folder: Path) -> dict[str, Any]:
    connection = connect(folder / DATABASE)
    try:
        pragmas = ("user_version", "application_id", "journal_mode", "foreign_keys")
        return {mark: connection.execute(f"PRAGMA {mark}").fetchone()[0] for mark in pragmas}
    finally:
        connection.close()


def plain_bytes(folder: Path) -> list[str]:
    return [p.name for p in sorted(folder.rglob("*")) if p.is_file() and NAME.encode() in p.read_bytes()]


def test_all_is_as_before_and_nothing_is_read_by_others(folder: Path) -> None:
    before = marks(folder)
    assert plain_bytes(folder) and not protection.state(folder).encrypted
    done = encrypting.encrypt(folder)
    assert done.versions is not None and done.versions >= 8 and len(done.plain) == 1
    assert protection.state(folder).encrypted and marks(folder) == before
    protection.lock(folder)  # another process
    with Workspace.open(folder) as opened:
        assert opened.journal.count() == done.versions and len(opened.read.find("示例")) > 0
        Entry(opened).save(household(20))
        key_slots.set_password(folder / "keys", PASSWORD)
        opened.back_up()
    assert check_workspace(folder).ok
    assert plain_bytes(folder) == [done.plain[0].name], "named, and there until somebody consents"
    encrypting.remove_plain(folder, encrypting.plain_copies(folder))
    assert plain_bytes(folder) == []
    assert encrypting.encrypt(folder).versions is None, "once is enough"


def test_with_a_password_it_goes_on_with_its_key(folder: Path) -> None:
    with Workspace.open(folder):
        key_slots.set_password(folder / "keys", PASSWORD)
        ids = {slot.data_key for slot in key_slots.read_slots(folder / "keys")}
    key_slots.drop_machine(folder / "keys")
    protection.lock(folder)
    with refused("KEY-001"):
        encrypting.encrypt(folder)
    assert is_plain(folder / DATABASE)
    encrypting.encrypt(folder, PASSWORD)
    assert {slot.data_key for slot in key_slots.read_slots(folder / "keys")} == ids
    protection.lock(folder)
    protection.unlock(folder, PASSWORD)
    with Workspace.open(folder) as opened:
        assert opened.journal.count() > 0


def test_what_is_not_the_same_takes_no_place(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def lossy(source: Any, target: Path) -> None:
        copy_into(source, target)
        copy = connect(target)
        copy.execute("DELETE FROM setting WHERE key='workspace.epoch'")
        copy.close()

    content = (folder / DATABASE).read_bytes()
    monkeypatch.setattr(encrypting, "copy_into", lossy)
    with refused("KEY-013"):
        encrypting.encrypt(folder)
    assert (folder / DATABASE).read_bytes() == content and not list((folder / "backups").glob("*"))
    monkeypatch.undo()
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 1000})())
    with refused("WSP-006"):
        encrypting.encrypt(folder)
    monkeypatch.undo()
    with Workspace.open(folder), refused("WSP-003"):
        encrypting.encrypt(folder)
    assert is_plain(folder / DATABASE)


def test_plain_copies_are_not_removed_while_they_may_be_needed(folder: Path) -> None:
    with Workspace.open(folder) as opened:
        opened.back_up()
    plain = encrypting.plain_copies(folder)
    with refused("KEY-014"):
        encrypting.remove_plain(folder, plain)
    encrypting.encrypt(folder)
    with refused("KEY-014"):  # no backup opens on any computer yet
        encrypting.remove_plain(folder, plain)
    assert set(plain) <= set(encrypting.plain_copies(folder))


def test_by_command(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def call(*words: object, code: int = 0) -> dict[str, Any]:
        assert cli.main([*map(str, words), "--workspace", str(folder), "--json"]) == code
        said: dict[str, Any] = json.loads(capsys.readouterr().out)
        return said

    said = call("protect")
    assert said["encrypted"] and said["versions"] >= 8 and len(said["plain"]) == 1
    assert [each["code"] for each in call("protect", "--remove-plain", code=1)["problems"]] == ["KEY-014"]
    assert call("check")["ok"]
