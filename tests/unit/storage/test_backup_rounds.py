"""Generations, the second place, reading old backups again, and the drill."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

import pytest
from calc_helpers import refused
from unit_helpers import household

from station_app.services.entry import Entry
from station_app.storage import backup_rounds, key_slots, protection, restore, sealed_file, stored_backups
from station_app.storage.backup_rounds import superfluous
from station_app.storage.clock import Clock
from station_app.storage.stored_backups import Stored
from station_app.storage.workspace import Workspace

NOON = datetime(2026, 6, 30, 4, tzinfo=UTC)


@pytest.fixture
def sealed(station: Workspace, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    monkeypatch.setattr(key_slots, "MEMORY_KIB", 64)
    monkeypatch.setattr(key_slots, "PASSES", 1)
    Entry(station).save(household(1))
    key_slots.set_password(station.keys_folder, "示例密码一二三四")
    yield station


def at(moment: datetime, mark: str = "", sealed: bool = True) -> Stored:
    return Stored(Path(f"{moment:%Y%m%dT%H%M}"), moment, sealed, mark, 1)


def test_seven_days_four_weeks_six_months_stay() -> None:
    daily = [at(NOON - timedelta(days=n)) for n in range(400)]
    gone = superfluous(daily, NOON)
    kept = [each for each in daily if each not in gone]
    assert [each.made_at for each in kept[:7]] == [NOON - timedelta(days=n) for n in range(7)]
    assert len({(k.made_at.year, k.made_at.month) for k in kept}) >= 6 and 10 <= len(kept) <= 17
    assert superfluous(kept, NOON) == [], "what stays, stays"
    same_day = [at(NOON - timedelta(minutes=n)) for n in range(9)]
    assert len(superfluous(same_day, NOON)) == 6, "the three newest stay, whatever the day"


def test_a_long_pause_costs_nothing_and_marked_and_plain_ones_stay() -> None:
    old = [at(NOON - timedelta(days=n)) for n in range(5)]
    assert superfluous([at(NOON + timedelta(days=3000)), *old], NOON + timedelta(days=3000)) == []
    many = [at(NOON - timedelta(minutes=n), "before-upgrade") for n in range(9)]
    many += [at(NOON - timedelta(minutes=n), sealed=False) for n in range(9)]
    assert superfluous(many, NOON) == []


@pytest.mark.parametrize("wrong", [datetime(1970, 1, 2, tzinfo=UTC), datetime(2039, 1, 1, tzinfo=UTC)])
def test_a_clock_that_is_wrong_removes_nothing_that_a_right_one_keeps(wrong: datetime) -> None:
    good = [at(NOON - timedelta(days=n)) for n in range(7)]
    assert superfluous([*good, at(wrong)], wrong) == []
    assert superfluous([*good, at(wrong)], NOON) == []


def test_two_proven_backups_later(sealed: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    rounds = [backup_rounds.back_up(sealed) for _ in range(5)]
    there = [made.path.exists() for made in rounds]
    assert there == [False, True, True, True, True], "noted at the fourth, gone at the fifth"
    assert rounds[4].removed == (rounds[0].path.name,)
    monkeypatch.setattr(sealed, "clock", Clock.standing(datetime(1970, 1, 2, tzinfo=UTC)))
    assert backup_rounds.back_up(sealed).removed == () and rounds[1].path.exists()
    monkeypatch.undo()


def test_a_failed_backup_and_a_restore_remove_nothing(sealed: Workspace) -> None:
    made = [backup_rounds.back_up(sealed).path for _ in range(4)]
    secret = sealed.keys_folder / key_slots.MACHINE_SECRET
    content = secret.read_bytes()
    secret.unlink()
    protection.lock(sealed.folder)
    with refused("KEY-004"):
        backup_rounds.back_up(sealed)
    secret.write_bytes(content)
    sealed.close()
    restore.restore_backup(sealed.folder, made[0])
    assert all(path.exists() for path in made)


def test_a_second_place_and_one_that_is_away(sealed: Workspace, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    sealed.settings.set(stored_backups.SECOND, str(stick))
    done = backup_rounds.back_up(sealed)
    assert [p.code for p in done.problems] == ["WSP-107"] and done.path.exists()
    stick.mkdir()
    done = backup_rounds.back_up(sealed)
    assert done.problems == () and (stick / done.path.name).read_bytes() == done.path.read_bytes()
    assert [path.name for path in stick.iterdir()] == [done.path.name]
    restore.restore_backup(tmp_path / "别处", stick / done.path.name, secret="示例密码一二三四")


def test_old_ones_are_read_again_and_a_damaged_one_is_named(sealed: Workspace) -> None:
    old = backup_rounds.back_up(sealed).path
    content = bytearray(old.read_bytes())
    content[len(content) // 2] ^= 1
    old.write_bytes(bytes(content))
    assert stored_backups.look_at(old).sealed, "not to be seen from its ends"
    done = backup_rounds.back_up(sealed)
    assert [p.code for p in done.problems] == ["WSP-033"]
    usable, problems = stored_backups.stored(sealed.folder / "backups")
    assert [each.path for each in usable] == [done.path] and [p.code for p in problems] == ["WSP-033"]
    assert old.with_name(old.name + stored_backups.DAMAGED).read_bytes() == content, "its bytes are kept"


def test_one_that_cannot_be_read_just_now_is_named_and_keeps_its_name(
    sealed: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = backup_rounds.back_up(sealed).path
    content = old.read_bytes()

    def torn(file: IO[bytes], end: int) -> bytes:
        raise OSError(errno.EIO, "the stick was pulled out", file.name)

    with monkeypatch.context() as patch:
        patch.setattr(sealed_file, "_digest_until", torn)
        done = backup_rounds.back_up(sealed)
    assert [p.code for p in done.problems] == ["WSP-033"] and old.read_bytes() == content
    usable, problems = stored_backups.stored(sealed.folder / "backups")
    assert [each.path for each in usable] == [done.path, old] and problems == []


def test_every_one_has_its_turn(sealed: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    made = [sealed.back_up() for _ in range(3)]
    monkeypatch.setattr(backup_rounds.sealed_file, "check_whole", lambda found: read.append(found.path.name))
    monkeypatch.setattr(backup_rounds, "_let_go", lambda *_: [])
    for _ in range(3):
        backup_rounds.back_up(sealed)
    assert {path.name for path in made} == set(read)
    read.clear()
    for _ in range(6):
        backup_rounds.back_up(sealed)
    assert {path.name for path in made} <= set(read), "what each round adds keeps nobody from having his turn again"


def test_the_drill(sealed: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = sealed.folder
    with refused("WSP-038"):
        backup_rounds.drill(folder)
    made = sealed.back_up()
    before = made.read_bytes()
    done = backup_rounds.drill(folder)
    assert (done.versions, done.sealed) == (1, True)
    assert backup_rounds.drill(folder, made, "示例密码一二三四").versions == 1
    with refused("KEY-001"):
        backup_rounds.drill(folder, made, "示例错的密码")
    assert made.read_bytes() == before and not list(folder.glob("drill-*"))
    with monkeypatch.context() as patch:
        patch.setattr(
            backup_rounds.check, "check_workspace", lambda _: type("Report", (), {"ok": False, "problems": []})
        )
        with refused("WSP-039"):
            backup_rounds.drill(folder)
    nothing = restore.Restored(None, NOON, 0, 0, "x", True)
    monkeypatch.setattr(backup_rounds.restore, "restore_backup", lambda *_, **__: nothing)
    with refused("WSP-037"):
        backup_rounds.drill(folder)


def test_the_drill_of_a_plain_backup(station: Workspace) -> None:
    Entry(station).save(household(1))
    station.back_up()
    assert backup_rounds.drill(station.folder).versions == 1
