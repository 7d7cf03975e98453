"""Backups of a place share their attachments: the next one costs what is new, and each still gives all of it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from calc_helpers import refused
from unit_helpers import household

from station_app.services.entry import Entry
from station_app.storage import attachments_beside, backup_rounds, key_slots, sealed_file, stored_backups
from station_app.storage.attachments_beside import sealed_in
from station_app.storage.restore import restore_backup
from station_app.storage.workspace import DATABASE, Workspace

PASSWORD = "示例密码一二三四"
PHOTO = "示例照片".encode() * 50_000  # more than one chunk


@pytest.fixture
def sealed(station: Workspace, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    monkeypatch.setattr(key_slots, "MEMORY_KIB", 64)
    monkeypatch.setattr(key_slots, "PASSES", 1)
    Entry(station).save(household(1))
    station.attachments.keep(PHOTO, "示例.jpg")
    key_slots.set_password(station.keys_folder, PASSWORD)
    yield station


@pytest.fixture
def read(sealed: Workspace, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The attachments that were read, be it where they are kept or beside a backup."""
    seen: list[str] = []
    real = Path.open

    def opened(self: Path, *given: object, **named: object) -> object:
        if self.parent == sealed.folder / "attachments" and "." not in self.name:
            seen.append(self.name)
        return real(self, *given, **named)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", opened)
    return seen


def test_the_next_backup_reads_and_writes_what_is_new(sealed: Workspace, read: list[str], tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    sealed.settings.set(stored_backups.SECOND, str(stick))
    first = backup_rounds.back_up(sealed)
    old = {path: path.stat().st_mtime_ns for place in (sealed.folder / "backups", stick) for path in sealed_in(place)}
    assert len(old) == 2 and len(read) == 1 and first.path.stat().st_size < 1_500_000
    read.clear()
    new = sealed.attachments.keep("示例新照片".encode(), "示例二.jpg")
    done = backup_rounds.back_up(sealed)
    assert done.problems == () and read == [new]
    assert {path: path.stat().st_mtime_ns for path in old} == old
    assert [len(sealed_in(place)) for place in (done.path.parent, stick)] == [2, 2]
    for place in (done.path.parent, stick):
        with _Carried(place, tmp_path) as elsewhere:
            found = restore_backup(tmp_path / "别处", elsewhere / done.path.name, secret=PASSWORD, new_device="二号")
            assert found.files == 2 and (tmp_path / "别处" / "attachments" / new).read_bytes() == "示例新照片".encode()
            shutil.rmtree(tmp_path / "别处")


class _Carried:
    """A place of backups as it is carried elsewhere."""

    def __init__(self, place: Path, folder: Path) -> None:
        self.copy = folder / "carried"
        shutil.copytree(place, self.copy)

    def __enter__(self) -> Path:
        return self.copy

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.copy)


def test_one_that_is_taken_away_holds_all_of_it(sealed: Workspace, tmp_path: Path) -> None:
    sealed.back_up()
    alone = sealed.back_up(tmp_path)
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".sealed"] == [alone.name]
    assert restore_backup(tmp_path / "别处", alone, secret=PASSWORD).files == 1


def test_without_what_lies_beside_it_nothing_is_restored_unasked(sealed: Workspace, tmp_path: Path) -> None:
    made = shutil.copy(sealed.back_up(), tmp_path)
    with refused("WSP-053"):
        restore_backup(tmp_path / "别处", Path(made), secret=PASSWORD)
    assert not (tmp_path / "别处" / DATABASE).exists()
    assert restore_backup(tmp_path / "别处", Path(made), secret=PASSWORD, incomplete=True).files == 0
    shutil.copytree(sealed.folder / "backups" / "attachments", tmp_path / "attachments")  # as the sentence advises
    assert restore_backup(tmp_path / "别处", Path(made), secret=PASSWORD).files == 1


def test_a_damaged_one_is_found_and_made_anew(sealed: Workspace) -> None:
    backup_rounds.back_up(sealed)
    (beside,) = sealed_in(sealed.folder / "backups")
    whole = bytearray(beside.read_bytes())
    beside.write_bytes(whole[: len(whole) // 2] + b"x" + whole[len(whole) // 2 + 1 :])
    with refused("WSP-053"):
        backup_rounds.drill(sealed.folder)
    found = [code for _ in range(3) for code in (p.code for p in backup_rounds.back_up(sealed).problems)]
    assert found == ["WSP-033"] and sealed_in(sealed.folder / "backups") == [beside]
    sealed_file.check_whole(sealed_file.read_head(beside))
    assert beside.with_name(beside.name + stored_backups.DAMAGED).exists(), "its bytes are kept"
    assert backup_rounds.drill(sealed.folder).files == 1
    beside.write_bytes(whole[:-9])  # cut off: seen at its end
    sealed.back_up()
    assert backup_rounds.drill(sealed.folder).files == 1


def test_an_attachment_that_is_not_what_it_is_called_fails_the_backup(sealed: Workspace) -> None:
    (kept,) = (path for path in (sealed.folder / "attachments").iterdir() if "." not in path.name)
    kept.chmod(0o600)
    kept.write_bytes(b"x")
    with refused("WSP-035"):
        sealed.back_up()
    assert [path for path in (sealed.folder / "backups").rglob("*") if path.is_file()] == []


def test_another_data_key_has_attachments_of_its_own(sealed: Workspace) -> None:
    one, other = key_slots.DataKey(b"1" * 32), key_slots.DataKey(b"2" * 32)
    kept = next(path for path in (sealed.folder / "attachments").iterdir() if "." not in path.name)
    place = sealed.folder / "backups"
    for data_key in (one, other, one):
        attachments_beside.seal(place, data_key, [(kept.name, kept)])
    assert len(sealed_in(place)) == 2
    assert attachments_beside.take(place, other, kept.name, place / "out") and (place / "out").read_bytes() == PHOTO
