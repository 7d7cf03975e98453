"""The ways to one data key: what opens, what does not, and what is said then."""

from __future__ import annotations

import itertools
import unicodedata
from pathlib import Path

import msgspec
import pytest
from calc_helpers import refused

from station_app.storage import key_slots, keys
from station_app.storage.key_slots import ALPHABET, LINES, Way

PASSWORD = "示例密码 Ä１２３"  # a letter of two forms, digits typed in full width


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_slots, "MEMORY_KIB", 64)
    monkeypatch.setattr(key_slots, "PASSES", 1)


def opened(folder: Path, text: str) -> key_slots.DataKey:
    return key_slots.open_typed(key_slots.read_slots(folder), text).data_key


def test_every_set_of_ways_opens_and_the_empty_one_says_what_would(tmp_path: Path) -> None:
    folder, county = tmp_path / "keys", tmp_path / "county"
    county.mkdir()
    line = keys.make_device_key(county, "x")
    key, code = key_slots.set_password(folder, PASSWORD), key_slots.new_code()
    key_slots.set_sheet(folder, code, "\n".join(code))
    key_slots.set_county(folder, line, "示例县")
    slots = key_slots.read_slots(folder)
    ways = {
        Way.PASSWORD: key_slots.typed(PASSWORD), Way.SHEET: key_slots.typed(" ".join(code).lower()),
        Way.COUNTY: key_slots.of_county(county), Way.MACHINE: key_slots.of_machine(folder),
    }  # fmt: skip
    assert [slot.way for slot in slots] == list(ways) and key_slots.opens_elsewhere(slots)
    for number in range(1, len(ways) + 1):
        for chosen in itertools.combinations(ways, number):
            left = [slot for slot in slots if slot.way in chosen]
            assert all(key_slots.open_slots(left, ways[way]) == key for way in chosen)
    with refused("KEY-001"):
        key_slots.open_slots([], ways[Way.PASSWORD])
    with pytest.raises(Exception, match="password, recovery sheet, the county's key"):
        opened(folder, "示例错的密码")


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
def test_one_password_typed_on_any_keyboard(tmp_path: Path, form: str) -> None:
    key = key_slots.set_password(tmp_path, PASSWORD)
    assert opened(tmp_path, unicodedata.normalize(form, PASSWORD)) == key  # type: ignore[arg-type]
    assert opened(tmp_path, PASSWORD.translate({ord(str(n)): 0xFF10 + n for n in range(10)})) == key


def test_a_slot_made_with_any_form_opens_with_any(tmp_path: Path) -> None:
    key = key_slots.begin(tmp_path)
    for form in ("NFC", "NFD"):
        raw = unicodedata.normalize(form, "示例Ä密码１")  # type: ignore[arg-type]
        key_slots._keep(tmp_path, key, Way.PASSWORD, form, lambda slot, raw=raw: key_slots._from_password(raw, slot),
                        memory_kib=64, passes=1)  # fmt: skip
        assert key_slots.open_slots(
            [s for s in key_slots.read_slots(tmp_path) if s.label == form], key_slots.typed(raw)
        ) == key  # fmt: skip


def test_a_changed_password_keeps_the_data_key_and_shuts_the_old_one_out(tmp_path: Path) -> None:
    key = key_slots.set_password(tmp_path, "示例旧密码一二三", "示例员")
    before = key_slots.read_slots(tmp_path)
    assert key_slots.set_password(tmp_path, "示例新密码一二三", "示例员") == key
    assert opened(tmp_path, "示例新密码一二三") == key
    with refused("KEY-001"):
        opened(tmp_path, "示例旧密码一二三")
    assert key_slots.open_typed(before, "示例旧密码一二三").data_key == key, (
        "a backup made before carries its own slots"
    )
    key_slots.set_password(tmp_path, "示例另一人的密码", "示例另一员")
    assert len([s for s in key_slots.read_slots(tmp_path) if s.way is Way.PASSWORD]) == 2
    with refused("KEY-006"):
        key_slots.set_password(tmp_path, "短")


def test_the_sheet_finds_every_wrong_sign_and_every_swap() -> None:
    for number, line in enumerate(key_slots.new_code(), 1):
        assert key_slots.read_line(number, f" {line[:4].lower()} {line[4:]}") == line
        for at, sign in itertools.product(range(len(line)), ALPHABET):
            if sign != line[at]:
                assert key_slots.read_line(number, line[:at] + sign + line[at + 1 :]) is None
        for one, other in itertools.combinations(range(len(line)), 2):
            swapped = list(line)
            swapped[one], swapped[other] = line[other], line[one]
            if line[one] != line[other]:
                assert key_slots.read_line(number, "".join(swapped)) is None
        assert all(key_slots.read_line(other, line) is None for other in range(1, LINES + 1) if other != number)


def test_a_sheet_counts_once_it_was_typed_back(tmp_path: Path) -> None:
    code = key_slots.new_code()
    wrong = [*code[:2], code[2][:-1] + next(s for s in ALPHABET if s != code[2][-1]), code[3]]
    with pytest.raises(Exception, match="Line 3 "):
        key_slots.set_sheet(tmp_path, code, "\n".join(wrong))
    another = key_slots.new_code()
    with refused("KEY-005"):
        key_slots.set_sheet(tmp_path, code, "\n".join(another))
    assert key_slots.read_slots(tmp_path) == []
    key = key_slots.set_sheet(tmp_path, code, "\n".join(code))
    assert opened(tmp_path, "".join(code)) == key
    with pytest.raises(Exception, match="Line 3 "):
        opened(tmp_path, "\n".join(wrong))
    former = key_slots.read_slots(tmp_path)
    key_slots.set_sheet(tmp_path, another, " ".join(another))
    assert opened(tmp_path, " ".join(another)) == key and key_slots.open_typed(former, "".join(code)).data_key == key


def test_little_memory_is_not_a_wrong_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from cryptography.hazmat.primitives.kdf import argon2

    key_slots.set_password(tmp_path, PASSWORD)

    class NoRoom:
        def __init__(self, **_: object) -> None: ...

        def derive(self, _: bytes) -> bytes:
            raise MemoryError

    monkeypatch.setattr(argon2, "Argon2id", NoRoom)
    with refused("KEY-002"):
        opened(tmp_path, PASSWORD)


def test_a_damaged_slot_is_no_wrong_password(tmp_path: Path) -> None:
    key_slots.set_password(tmp_path, PASSWORD)
    (slot,) = (s for s in key_slots.read_slots(tmp_path) if s.way is Way.PASSWORD)
    flipped = msgspec.structs.replace(slot, wrapped="00" + slot.wrapped[2:])
    with refused("KEY-003"):
        key_slots.open_typed([flipped], PASSWORD)
    hungry = msgspec.structs.replace(slot, memory_kib=1 << 30).checked()
    with refused("KEY-003"):
        key_slots.open_typed([hungry], PASSWORD)
    path = tmp_path / slot.file_name
    whole = path.read_bytes()
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        assert slot not in key_slots.read_slots(tmp_path)


def test_a_machine_that_lost_its_way_is_given_one_again(tmp_path: Path) -> None:
    key = key_slots.set_password(tmp_path, PASSWORD)
    assert key_slots.machine_key(tmp_path) == key
    for loss in (lambda: (tmp_path / key_slots.MACHINE_SECRET).unlink(),
                 lambda: (tmp_path / key_slots.MACHINE_SECRET).write_bytes(bytes(32))):  # fmt: skip
        loss()
        with refused("KEY-004"):
            key_slots.begin(tmp_path)
        with refused("KEY-004"):
            key_slots.set_password(tmp_path, PASSWORD)
        key_slots.begin(tmp_path, opened(tmp_path, PASSWORD))
        assert key_slots.machine_key(tmp_path) == key


def test_a_slot_takes_its_name_when_it_was_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = key_slots.set_password(tmp_path, PASSWORD)

    def fails(*_: object) -> object:
        raise OSError(28, "no room")

    for broken in ("fsync", "open"):
        with monkeypatch.context() as patch:
            patch.setattr(key_slots.files.os, broken, fails)
            with refused("KEY-007"):
                key_slots.set_password(tmp_path, "示例新密码一二三")
        assert opened(tmp_path, PASSWORD) == key and not list(tmp_path.glob("*.part"))
    with monkeypatch.context() as patch:
        patch.setattr(key_slots, "open_slots", lambda slots, _: key_slots.DataKey(bytes(32)))
        with pytest.raises(Exception, match="KEY-00[47]"):
            key_slots._keep(tmp_path, key, Way.PASSWORD, "", lambda _: bytes(32))
    assert opened(tmp_path, PASSWORD) == key
    with refused("KEY-008"):
        key_slots.of_county(tmp_path)
