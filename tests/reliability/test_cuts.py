"""Files that change together are all old or all new at the next opening, wherever a power cut fell."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path

import cuts
import pytest
from package_helpers import made_plain
from unit_helpers import household

from station_app.domain.problems import UserError
from station_app.domain.registry import Role
from station_app.exchange.package import handover
from station_app.exchange.package.cards import signing_key
from station_app.services.entry import Entry
from station_app.storage import (
    encrypting,
    files,
    key_slots,
    keys,
    protection,
    restore,
    sealed_file,
    separate,
    stored_backups,
)
from station_app.storage.check import check_workspace
from station_app.storage.workspace import DATABASE, Workspace

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name != "posix", reason="cuts forked processes")]


def make(folder: Path) -> Workspace:
    return Workspace.create(folder, org_code="152525203", org_name="示例站", role=Role.STATION, author="示例员")


def state(folder: Path) -> tuple[str, str, str]:
    """Open a workspace; return its device, epoch and author, having looked that the key is that of the device."""
    with Workspace.open(folder) as workspace:
        device = workspace.identity.device_id
        found = (device, workspace.epoch, workspace.identity.author)
    place = folder / "keys"
    assert keys.device_id_of((place / keys.PUBLIC_NAME).read_text("ascii")) == device
    assert (place / keys.PRIVATE_NAME).read_bytes().startswith(b"-----BEGIN OPENSSH PRIVATE KEY-----")
    assert check_workspace(folder).ok
    return found


def test_a_cut_restore_is_the_old_state_or_the_new(tmp_path: Path) -> None:
    before = tmp_path / "站"
    with make(before) as workspace:
        saved = workspace.back_up()
        workspace.set_author("示例后来")
    old = state(before)
    found = set()

    def look(folder: Path, where: str) -> None:
        device, epoch, author = state(folder)
        assert device == old[0], where
        assert (author == old[2]) == (epoch == old[1]), where
        found.add(author)

    number = cuts.at_every_operation(before, lambda f: restore.restore_backup(f, f / "backups" / saved.name), look)
    assert number > 10
    assert found == {"示例员", "示例后来"}


def test_a_cut_sealed_restore_is_nothing_the_old_state_or_all_of_the_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a machine that never saw the station and over a workspace, with attachment, keys and slots."""
    monkeypatch.setattr(key_slots, "MEMORY_KIB", 64)
    before, secret = tmp_path / "站", "示例密码一二三四"
    with make(before) as workspace:
        photo = workspace.attachments.keep(b"photo", "a.jpg")
        key_slots.set_password(workspace.keys_folder, secret)
        Entry(workspace).save(household(1))
        made = workspace.back_up()
        stick = shutil.copytree(made.parent, tmp_path / "stick") / made.name
        workspace.set_author("示例后来")
    device = state(before)[0]
    for place in (before, tmp_path / "新"):
        found = set()

        def look(folder: Path, where: str, found: set[str] = found) -> None:
            if protection.state(folder).encrypted:
                protection.unlock(folder, secret)
            if (
                folder.name.startswith("新")
                and not files.is_unfinished(folder)
                and not (folder / "workspace.db").exists()
            ):
                restore.restore_backup(folder, stick, secret=secret)  # nothing is there: another try is no worse
                found.add("nothing")
            assert state(folder)[0] == device, where
            with Workspace.open(folder) as opened:
                found.add(opened.identity.author)
                assert opened.backups_open_elsewhere and opened.attachments.has(photo), where
                opened.back_up()

        number = cuts.at_every_operation(place, lambda f: restore.restore_backup(f, stick, secret=secret), look)
        assert number > 10 and found == ({"示例员", "示例后来"} if place == before else {"示例员", "nothing"})


def test_a_cut_backup_is_no_backup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_slots, "MEMORY_KIB", 64)
    before = tmp_path / "站"
    with make(before) as workspace:
        key_slots.set_password(workspace.keys_folder, "示例密码一二三四")
        workspace.attachments.keep(b"photo", "a.jpg")
        Entry(workspace).save(household(1))
    found = set()

    def act(folder: Path) -> None:
        protection.unlock(folder, "示例密码一二三四")
        with Workspace.open(folder) as opened:
            opened.back_up()

    def look(folder: Path, where: str) -> None:
        protection.unlock(folder, "示例密码一二三四")
        usable, problems = stored_backups.stored(folder / "backups")
        assert problems == [], where
        found.add(len(usable))
        for each in usable:
            sealed_file.check_whole(sealed_file.read_head(each.path))
        act(folder)

    cuts.at_every_operation(before, act, look)
    assert found == {0, 1}


def test_a_cut_change_of_a_password_leaves_one_that_opens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_slots, "MEMORY_KIB", 64)
    before = tmp_path / "keys"
    key_slots.set_password(before, "示例旧密码一二三")
    found = set()

    def look(folder: Path, where: str) -> None:
        slots = key_slots.read_slots(folder)
        for each in ("示例旧密码一二三", "示例新密码一二三"):
            with contextlib.suppress(UserError):
                assert key_slots.open_typed(slots, each).data_key == key_slots.machine_key(folder), where
                found.add(each)
                return
        raise AssertionError(where)

    cuts.at_every_operation(before, lambda f: key_slots.set_password(f, "示例新密码一二三"), look)
    assert len(found) == 2


def test_cut_encrypting_is_the_plain_database_or_the_encrypted_one(tmp_path: Path) -> None:
    with make(tmp_path / "站") as workspace:
        Entry(workspace).save(household(1))
    before = made_plain(tmp_path / "站")
    found = set()

    def look(folder: Path, where: str) -> None:
        protection.lock(folder)
        state(folder)
        with Workspace.open(folder) as opened:
            assert opened.read.find("示例"), where
        found.add(protection.state(folder).encrypted)

    assert cuts.at_every_operation(before, encrypting.encrypt, look) > 10
    assert found == {False, True}


def test_a_cut_separation_is_the_old_device_or_the_new(tmp_path: Path) -> None:
    before = tmp_path / "站"
    make(before).close()
    old = state(before)
    devices = set()

    def look(folder: Path, where: str) -> None:
        devices.add(state(folder)[0] == old[0])
        separate.become_new_device(folder)  # another try is no worse for the first
        assert state(folder)[0] != old[0], where

    cuts.at_every_operation(before, separate.become_new_device, look)
    assert devices == {True, False}


def test_a_cut_replacement_is_the_old_key_or_the_new_one_with_the_word_of_the_old(tmp_path: Path) -> None:
    before = tmp_path / "站"
    with make(before) as workspace:
        old, line = workspace.identity.device_id, signing_key(workspace).public.line
    devices = set()

    def look(folder: Path, where: str) -> None:
        device = state(folder)[0]
        devices.add(device == old)
        said = handover.handovers(folder / "keys", device)
        assert [each.follows for each in said if each.is_by(line)] == ([] if device == old else [old]), where
        handover.replace_key(folder)  # another try is no worse for the first
        again = handover.handovers(folder / "keys", state(folder)[0])
        assert again[-1].follows == device and again[:-1] == said, where

    cuts.at_every_operation(before, handover.replace_key, look)
    assert devices == {True, False}


def test_a_cut_init_made_nothing_or_all(tmp_path: Path) -> None:
    made = set()

    def look(folder: Path, where: str) -> None:
        try:
            Workspace.open(folder).close()
        except UserError as error:
            assert error.code == "WSP-007", where
            make(folder).close()  # what the sentence says
            made.add(False)
        else:
            made.add(True)
        state(folder)
        assert (folder / DATABASE).is_file()

    cuts.at_every_operation(tmp_path / "站", lambda f: make(f).close(), look)
    assert made == {True, False}
