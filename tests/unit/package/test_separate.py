"""A copied workspace folder: refused by the county as a fork, until the copy becomes a device of its own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from package_helpers import codes, fill, introduce, make_county, make_station
from unit_helpers import household

from station_app.commands.cli import main
from station_app.county.receive import apply_receive, plan_receive
from station_app.domain.problems import UserError
from station_app.exchange.package.build import build_package
from station_app.exchange.package.cards import accept_card, export_card
from station_app.exchange.package.receipts import apply_receipt
from station_app.services.entry import Entry
from station_app.storage import keys
from station_app.storage.check import check_workspace
from station_app.storage.reader import Query, State
from station_app.storage.separate import become_new_device
from station_app.storage.workspace import MACHINE, Workspace, finish_separation


@pytest.fixture
def county(tmp_path: Path) -> Iterator[Workspace]:
    made = make_county(tmp_path / "旗")
    yield made
    made.close()


def copied(tmp_path: Path, county: Workspace) -> tuple[Path, Path]:
    """A station that has sent one package and been answered, and a copy of its folder."""
    original = make_station(tmp_path / "原")
    introduce(original, county)
    fill(original, 1)
    (tmp_path / "盘").mkdir()
    received = apply_receive(
        county, plan_receive(county, build_package(original, tmp_path / "盘").path), tmp_path / "盘"
    )
    apply_receipt(original, received.receipt_path)
    original.close()
    shutil.copytree(original.folder, tmp_path / "复制")
    return original.folder, tmp_path / "复制"


def enter_and_pack(folder: Path, number: int, out: Path) -> Path:
    with Workspace.open(folder) as workspace:
        Entry(workspace).save(household(number))
        out.mkdir(exist_ok=True)
        return build_package(workspace, out).path


def test_a_copy_gets_out_of_a_fork_and_loses_nothing(tmp_path: Path, county: Workspace) -> None:
    original, copy = copied(tmp_path, county)
    first = enter_and_pack(original, 7, tmp_path / "甲")
    apply_receive(county, plan_receive(county, first), tmp_path / "甲")
    forked = enter_and_pack(copy, 8, tmp_path / "乙")
    plan = plan_receive(county, forked)
    assert "PKG-057" in codes(plan.problems)

    old = county.read.sql("SELECT device_id FROM card WHERE role='station'")[0][0]
    device = become_new_device(copy, "second laptop")
    assert device != old
    with Workspace.open(copy) as workspace:
        assert workspace.identity.device_id == device and workspace.identity.device_name == "second laptop"
        accept_card(county, export_card(workspace, tmp_path / "乙"))
        Entry(workspace).save(household(9))
        # What the former device packed and nobody answered goes again; what was answered does not.
        again = build_package(workspace, tmp_path / "乙")
        assert again.versions == 2
        received = apply_receive(county, plan_receive(county, again.path), tmp_path / "乙")
        assert received.counts == {"applied": 2}
        apply_receipt(workspace, received.receipt_path)
        assert workspace.read.state_counts("household") == {State.RECEIVED: 3}
        with pytest.raises(UserError) as nothing:
            build_package(workspace, tmp_path / "乙")
        assert nothing.value.code == "PKG-060"
    assert sorted(r.record.code[-1] for r in county.read.rows(Query("household"))) == ["1", "7", "8", "9"]
    assert check_workspace(copy).ok
    assert (copy / "keys" / f"former-{old}.key").is_file()


def test_a_power_cut_between_journal_and_key_is_finished_at_the_next_start(tmp_path: Path, county: Workspace) -> None:
    _, copy = copied(tmp_path, county)
    place = copy / "keys"
    before = (place / keys.PRIVATE_NAME).read_bytes()
    device = become_new_device(copy)
    # As if the power had gone after the journal named the new key and before it took its place.
    (place / keys.PRIVATE_NAME).rename(place / keys.NEW_PRIVATE_NAME)
    (place / keys.PUBLIC_NAME).rename(place / keys.NEW_PUBLIC_NAME)
    (former,) = place.glob("former-*.key")
    former.rename(place / keys.PRIVATE_NAME)
    former.with_suffix(".pub").rename(place / keys.PUBLIC_NAME)
    with Workspace.open(copy) as workspace:
        public = (place / keys.PUBLIC_NAME).read_text(encoding="ascii")
        assert workspace.identity.device_id == device == keys.device_id_of(public)
    assert former.read_bytes() == before


def test_a_new_key_the_journal_does_not_name_is_left_alone(tmp_path: Path, county: Workspace) -> None:
    original, _ = copied(tmp_path, county)
    public = (original / "keys" / keys.PUBLIC_NAME).read_bytes()
    keys.make_device_key(original / "keys", "device", new=True)
    finish_separation(original)
    with Workspace.open(original):
        pass
    assert (original / "keys" / keys.PUBLIC_NAME).read_bytes() == public


def test_another_computer_is_noticed_and_told_once_it_is_settled(tmp_path: Path, county: Workspace) -> None:
    original, copy = copied(tmp_path, county)
    with Workspace.open(copy) as workspace:
        assert "WSP-041" not in codes(workspace.gate)
        workspace.settings.set(MACHINE, "another computer")
    with Workspace.open(copy) as workspace:
        assert "WSP-041" in codes(workspace.gate)
    assert main(["separate", "--workspace", str(copy), "--name", "两"]) == 0
    with Workspace.open(copy) as workspace:
        assert "WSP-041" not in codes(workspace.gate)
    with Workspace.open(original) as workspace, pytest.raises(UserError) as held:
        become_new_device(workspace.folder)
    assert held.value.code == "WSP-003"


def test_what_a_former_device_handed_to_a_colleague_goes_again(tmp_path: Path, county: Workspace) -> None:
    """A colleague answers nothing, so nobody knows that it arrived: what was decided for those packages is asked anew."""
    original, copy = copied(tmp_path, county)
    with make_station(tmp_path / "同事") as colleague:
        to = colleague.identity.device_id
        with Workspace.open(copy) as workspace:
            introduce(workspace, colleague)
            first = build_package(workspace, tmp_path / "盘", recipient=to).versions
        become_new_device(copy, "second laptop")
        with Workspace.open(copy) as workspace:
            introduce(workspace, colleague)
            assert build_package(workspace, tmp_path / "盘", recipient=to).versions >= first
            with pytest.raises(UserError) as nothing:
                build_package(workspace, tmp_path / "盘", recipient=to)
            assert nothing.value.code == "PKG-060"
