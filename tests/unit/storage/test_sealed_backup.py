"""A backup that survives the laptop: made, proven, and restored on a machine that never saw the station."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from calc_helpers import refused
from unit_helpers import VILLAGE, household

from station_app.domain.registry import Role
from station_app.services.entry import Entry
from station_app.storage import (
    files,
    key_slots,
    keys,
    protection,
    restore,
    sealed_backup,
    sealed_file,
    separate,
    stored_backups,
)
from station_app.storage import workspace as workspaces
from station_app.storage.backup import SEALED_SUFFIX
from station_app.storage.check import check_workspace
from station_app.storage.engine import connect
from station_app.storage.restore import restore_backup
from station_app.storage.workspace import DATABASE, Workspace

PASSWORD = "示例密码一二三四"


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_slots, "MEMORY_KIB", 64)
    monkeypatch.setattr(key_slots, "PASSES", 1)


@pytest.fixture
def sealed(station: Workspace) -> Iterator[Workspace]:
    """A station with a record, an attachment and a password."""
    Entry(station).save(household(1))
    station.attachments.keep("示例照片".encode(), "示例.jpg")
    key_slots.set_password(station.keys_folder, PASSWORD)
    yield station


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine that never saw the station: a folder that is not there, another machine mark."""
    monkeypatch.setattr(workspaces, "machine_mark", lambda: "another machine")
    monkeypatch.setattr(restore, "machine_mark", lambda: "another machine")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return tmp_path / "别处" / "站"


def stick(station: Workspace, tmp_path: Path) -> Path:
    place = tmp_path / "stick"
    place.mkdir(exist_ok=True)
    return station.back_up(place)


def test_the_same_device_moves_to_another_machine(sealed: Workspace, tmp_path: Path, elsewhere: Path) -> None:
    before, photo = sealed.identity, sealed.attachments.keep("示例照片".encode(), "示例.jpg")
    epoch, count = sealed.epoch, sealed.read.type_counts()
    file = stick(sealed, tmp_path)
    assert b"\xe7\xa4\xba\xe4\xbe\x8b\xe7\x85\xa7" not in file.read_bytes(), "nothing lies in clear"
    sealed.close()
    shutil.rmtree(sealed.folder)
    with refused("KEY-001"):
        restore_backup(elsewhere, file)
    with refused("KEY-001"):
        restore_backup(elsewhere, file, secret="示例错的密码")
    assert not (elsewhere / DATABASE).exists()
    done = restore_backup(elsewhere, file, secret=PASSWORD)
    assert (done.kept, done.files, done.device_id) == (None, 1, before.device_id)
    with Workspace.open(elsewhere) as opened:
        assert opened.identity == before and opened.epoch != epoch and opened.read.type_counts() == count
        assert opened.attachments.has(photo) and opened.attachments.about(photo).name == "示例.jpg"
        assert "WSP-041" not in {p.code for p in opened.gate}, "it is known that it moved"
        assert opened.backups_open_elsewhere, "the ways came along"
        again = opened.back_up()  # and this machine has a way of its own
        Entry(opened).save(household(2))
    assert keys.device_id_of((elsewhere / "keys" / "device.pub").read_text()) == before.device_id
    assert check_workspace(elsewhere).ok
    assert restore_backup(elsewhere, again).kept is not None, "here nobody is asked"
    assert {path.name for path in elsewhere.iterdir()} >= {"attachments", "keys", "backups", DATABASE}
    assert not (elsewhere / files.UNFINISHED).exists()


def test_a_new_device_of_the_station(sealed: Workspace, tmp_path: Path, elsewhere: Path) -> None:
    before = sealed.identity.device_id
    done = restore_backup(elsewhere, stick(sealed, tmp_path), secret=PASSWORD, new_device="二号")
    assert done.device_id != before
    with Workspace.open(elsewhere) as opened:
        assert (opened.identity.device_id, opened.identity.device_name) == (done.device_id, "二号")
        assert opened.read.type_counts() == sealed.read.type_counts()


def test_the_sheet_and_the_county_open_it_too(sealed: Workspace, tmp_path: Path, elsewhere: Path) -> None:
    code = key_slots.new_code()
    key_slots.set_sheet(sealed.keys_folder, code, " ".join(code))
    with Workspace.create(tmp_path / "县", org_code=VILLAGE[:6], org_name="示例县", role=Role.COUNTY) as county:
        line = (county.keys_folder / keys.PUBLIC_NAME).read_text(encoding="ascii")
        key_slots.set_county(sealed.keys_folder, line, "示例县")
        file = stick(sealed, tmp_path)
        restore_backup(elsewhere, file, secret="\n".join(code).lower())
        restore_backup(elsewhere.with_name("二"), file, county=county.keys_folder)
        with refused("KEY-001"):
            restore_backup(elsewhere.with_name("三"), file, county=sealed.keys_folder)
    separate.become_new_device(
        county.folder
    )  # a county that replaced its key still opens what was sealed for the former one
    restore_backup(elsewhere.with_name("四"), file, county=county.keys_folder)
    with refused("KEY-005"):
        restore_backup(elsewhere.with_name("三"), file, secret="A" * 32)


def test_a_backup_from_before_the_key_was_replaced_goes_on_with_the_key_of_today(
    sealed: Workspace, tmp_path: Path
) -> None:
    folder, former, file = sealed.folder, sealed.identity.device_id, stick(sealed, tmp_path)
    sealed.close()
    device = separate.become_new_device(folder)
    assert restore_backup(folder, file, secret=PASSWORD).device_id == device
    with Workspace.open(folder) as opened:
        assert opened.identity.device_id == device
        assert opened.settings.get(f"{separate.FORMER}{former}") == former
        opened.back_up()
    assert check_workspace(folder).ok


def test_a_password_changed_since(sealed: Workspace, tmp_path: Path, elsewhere: Path) -> None:
    file = stick(sealed, tmp_path)
    key_slots.set_password(sealed.keys_folder, "示例新密码一二三四")
    with refused("KEY-001"):
        restore_backup(elsewhere, file, secret="示例新密码一二三四")
    restore_backup(elsewhere, file, secret=PASSWORD)
    sealed.close()
    restore_backup(sealed.folder, file, secret="示例新密码一二三四")  # here the ways of today open it, too


def test_a_backup_of_another_data_key_is_no_wrong_password(sealed: Workspace, tmp_path: Path) -> None:
    file = stick(sealed, tmp_path)
    sealed.close()
    for path in sealed.keys_folder.glob("*.slot"):
        path.unlink()
    key_slots.set_password(sealed.keys_folder, "示例另一把数据钥匙")
    with refused("WSP-034"):
        restore_backup(sealed.folder, file, secret="示例另一把数据钥匙")
    with refused("KEY-001"):
        restore_backup(sealed.folder, file, secret="示例谁也不认的")
    with refused("WSP-034"):
        sealed_file.Opening(sealed_file.read_head(file), key_slots.machine_key(sealed.keys_folder))


def test_without_a_way_backups_are_made_as_before_and_it_is_said(station: Workspace, tmp_path: Path) -> None:
    Entry(station).save(household(1))
    file = stick(station, tmp_path)
    assert file.name.endswith(".backup.db")
    count = station.read.type_counts()
    station.close()
    with Workspace.open(station.folder) as opened:
        assert {p.code for p in opened.gate} == {"WSP-106"}
    with refused("WSP-036"):
        restore_backup(tmp_path / "别处", file)
    done = restore_backup(tmp_path / "别处", file, new_device="二号")
    with Workspace.open(tmp_path / "别处") as opened:
        assert opened.identity.device_id == done.device_id
        assert opened.read.type_counts() == count


def test_every_flip_of_a_small_one_is_refused_and_named(sealed: Workspace, tmp_path: Path) -> None:
    """Every byte of the head and the foot, and of the chunks those where something begins or ends and some between: each
    chunk is one for the cipher."""
    key_slots.begin(sealed.keys_folder)
    path = tmp_path / f"a{SEALED_SUFFIX}"
    with path.open("wb") as file:
        sealing = sealed_file.Sealing(
            file, key_slots.machine_key(sealed.keys_folder), tuple(key_slots.read_slots(sealed.keys_folder)),
            {"organisation": "示例站", "versions": 1},
        )  # fmt: skip
        small = {"workspace.db": tmp_path / "a.db"}
        small["workspace.db"].write_bytes(b"content")
        sealed_backup._pack(sealing, sealed_backup.JournalState(1, 1, ""), small)
        sealing.finish()
    whole = path.read_bytes()
    key = key_slots.machine_key(sealed.keys_folder)

    def read() -> None:
        stored_backups.look_at(path)
        found = sealed_file.read_head(path)
        sealed_backup.unpack(found, sealed_backup.unlock(found, PASSWORD, tmp_path / "none").data_key, lambda _: None)

    read()
    codes = set()
    start = sealed_file.read_head(path).start
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x20]) + whole[at + 1 :])
        try:
            found = sealed_file.read_head(path)  # most end here; what does not, is opened
            sealed_backup.unpack(found, key, lambda _: None)
        except Exception as error:
            codes.add(getattr(error, "code", repr(error)))
        else:
            raise AssertionError(f"byte {at} of {len(whole)}, content from {start}")
        if at >= start:
            with refused("WSP-033"):
                sealed_file.check_whole(sealed_file.read_head(path))
    assert codes == {"WSP-030", "WSP-033"}
    for length in (0, 1, start - 1, start, start + 20, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(Exception, match="WSP-03[03]"):
            stored_backups.look_at(path)
    path.write_bytes(whole + b"x")
    with refused("WSP-033"):
        stored_backups.look_at(path)


def test_an_unsound_source_fails_the_run_and_keeps_what_there_is(sealed: Workspace, tmp_path: Path) -> None:
    good = sealed.back_up()
    when = sealed.last_backup
    name = sealed.attachments.keep("示例照片".encode())
    sealed.attachments.path(name).write_bytes(b"another")
    with refused("WSP-035"):
        sealed.back_up()
    sealed.attachments.path(name).write_bytes("示例照片".encode())
    raw = connect(sealed.database_path)
    raw.execute("UPDATE version SET author='示例他人' WHERE seq=(SELECT max(seq) FROM version)")
    raw.close()
    with refused("WSP-035"):
        sealed.back_up()
    assert sealed.last_backup == when and good.exists()
    assert [each.path for each in stored_backups.stored(sealed.folder / "backups")[0]] == [good]
    assert not list((sealed.folder / "backups").glob("*.part"))


def test_a_copy_that_is_not_the_source_is_thrown_away(sealed: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    real = sealed_backup.unpack

    def other(*args: object) -> object:
        found = real(*args)  # type: ignore[arg-type]
        return sealed_backup.Contents(found.journal, {**found.files, "keys/x": ""})

    monkeypatch.setattr(sealed_backup, "unpack", other)
    with refused("WSP-010"):
        sealed.back_up()
    assert [path.name for path in (sealed.folder / "backups").iterdir()] == ["attachments"]


def test_what_is_no_backup_is_named_and_not_offered(sealed: Workspace) -> None:
    folder = sealed.folder / "backups"
    good = sealed.back_up()
    (folder / f"20260101T000000000000{SEALED_SUFFIX}").write_bytes(b"")
    (folder / "20260102T000000000000.backup.db").write_bytes(b"")
    (folder / f"20260103T000000000000{SEALED_SUFFIX}").write_bytes(good.read_bytes()[:-5])
    head = sealed_file.read_head(good).head
    with (folder / f"20990104T000000000000{SEALED_SUFFIX}").open("wb") as file:
        empty = sealed_file.Sealing(file, key_slots.machine_key(sealed.keys_folder), head.slots, {"versions": 0})
        empty.finish()
    usable, problems = stored_backups.stored(folder)
    assert [each.path for each in usable] == [good]
    assert sorted(p.code for p in problems) == ["WSP-030", "WSP-030", "WSP-033", "WSP-037"]
    assert stored_backups.last_backup(folder) == usable[0].made_at
    sealed.close()
    with refused("WSP-037"):
        restore_backup(sealed.folder, folder / f"20990104T000000000000{SEALED_SUFFIX}")


def test_restoring_eats_no_backup(sealed: Workspace) -> None:
    folder = sealed.folder / "backups"
    made = [sealed.back_up() for _ in range(3)]
    sealed.close()
    for file in made * 2:
        restore_backup(sealed.folder, file)
    assert all(file.exists() for file in made)
    assert len(list(folder.glob("*replaced*"))) == 6


def test_names_that_lead_elsewhere_are_refused(sealed: Workspace, tmp_path: Path) -> None:
    path = tmp_path / f"a{SEALED_SUFFIX}"
    key = key_slots.machine_key(sealed.keys_folder)
    for name in ("../x", "keys/../../x", "/etc/x", "attachments/x.y", "workspace.db-wal"):
        with path.open("wb") as file:
            sealing = sealed_file.Sealing(file, key, (), {"versions": 1})
            (tmp_path / "x.db").write_bytes(b"x")
            sealed_backup._pack(sealing, sealed_backup.JournalState(1, 1, ""), {name: tmp_path / "x.db"})
            sealing.finish()
        with refused("WSP-033"):
            sealed_backup.unpack(sealed_file.read_head(path), key, lambda _: tmp_path / "y")
    assert not (tmp_path / "y").exists()


def test_a_backup_that_cannot_be_written(sealed: Workspace, tmp_path: Path) -> None:
    with pytest.raises(Exception, match="WSP-011|DB-004"):
        sealed.back_up(tmp_path / "no such folder")
    (sealed.keys_folder / key_slots.MACHINE_SECRET).unlink()
    protection.lock(sealed.folder)
    with refused("KEY-004"):
        sealed.back_up()
