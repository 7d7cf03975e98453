"""An update in order: what is refused, what is backed up first, what is laid out, what runs after the program ended."""

from __future__ import annotations

import io
import os
import shutil
import stat
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cuts
import patience
import pytest
from unit_helpers import household
from update_helpers import PORTABLE, here, make_key, portable, update_file

from station_app import paths
from station_app.domain.problems import UserError
from station_app.domain.registry import Role
from station_app.exchange.package.sshsig import Signers, SigningKey
from station_app.exchange.update import applying, finding
from station_app.exchange.update.applying import launch_of, plan_update, prepare, start, unpack
from station_app.exchange.update.installed import RPM, SETUP, SOURCE, Installed, installed
from station_app.services.entry import Entry
from station_app.storage.workspace import Workspace

POSIX = pytest.mark.skipif(os.name != "posix", reason="a shell is needed")


@pytest.fixture(autouse=True)
def _own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(paths.DATA, str(tmp_path / "数据 data"))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "opt" / "grassland-station-0.1.0"
    folder.mkdir(parents=True)
    return folder


def codes(path: Path, signers: Signers, machine: Installed) -> list[str]:
    return [p.code for p in plan_update(path, signers=signers, here=machine).problems]


def test_newer_fits_same_and_older_are_refused(stick: Path, key: SigningKey, signers: Signers, root: Path) -> None:
    expected = {"0.1.1": [], "0.2.0": [], "0.1.0": ["UPD-021"], "0.1": ["UPD-021"], "0.0.9": ["UPD-020"]}
    for version, found in expected.items():
        assert codes(update_file(stick, key, version), signers, here(root)) == found, version


def test_what_the_update_asks_for(stick: Path, key: SigningKey, signers: Signers, root: Path) -> None:
    assert codes(update_file(stick, key, "2.0.0", minimum_from="1.0.0"), signers, here(root)) == ["UPD-022"]
    assert codes(update_file(stick, key, "2.0.1", minimum_workspace=99), signers, here(root)) == ["UPD-023"]
    update = update_file(stick, key)
    assert codes(update, signers, here(root, RPM)) == ["UPD-024"]
    assert codes(update, signers, Installed("0.1.0", "linux-loongarch64", "deb", root, root)) == ["UPD-024"]
    assert codes(update, signers, here(root, SOURCE)) == ["UPD-025"]


def test_this_test_runs_from_source() -> None:
    assert installed().kind == SOURCE and (installed().root / "station_app").is_dir()


def test_a_full_disk_is_said_before_anything_is_copied(
    update: Path, signers: Signers, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(root)
    monkeypatch.setattr(applying.shutil, "disk_usage", lambda _folder: usage._replace(free=1 << 20))
    plan = plan_update(update, signers=signers, here=here(root))
    assert [p.code for p in plan.problems] == ["UPD-030"]
    with pytest.raises(UserError) as refused:
        prepare(plan, None, signers=signers)
    assert refused.value.code == "UPD-030" and not applying.updates_folder().exists()


def test_backup_comes_first_then_the_checked_installer_lies_in_a_private_folder(
    update: Path, signers: Signers, root: Path, tmp_path: Path
) -> None:
    with Workspace.create(tmp_path / "w", org_code="152525203", org_name="示例站", role=Role.STATION) as workspace:
        Entry(workspace).save(household(1))
        plan = plan_update(update, signers=signers, here=here(root), workspace=workspace.database_path)
        prepared = prepare(plan, workspace, signers=signers)
        assert prepared.backup is not None and "before-update-0.2.0" in prepared.backup.name
        assert prepared.backup.parent == workspace.folder / "backups"
    assert prepared.installer.name == "grassland-station_0.2.0_amd64.deb"
    assert prepared.installer.read_bytes() == (update.parent / "made-0.2.0" / prepared.installer.name).read_bytes()
    assert applying.updates_folder() in prepared.installer.parents
    if os.name == "posix":
        assert stat.S_IMODE(prepared.installer.parent.stat().st_mode) == 0o700
    assert not list(prepared.installer.parent.glob("*.part"))


def test_a_stick_swapped_after_the_check_is_noticed(
    stick: Path, key: SigningKey, signers: Signers, update: Path, root: Path, tmp_path: Path
) -> None:
    plan = plan_update(update, signers=signers, here=here(root))
    other = update_file(tmp_path / "other", key, "0.3.0")
    shutil.copy(other, update)
    with pytest.raises(UserError) as refused:
        prepare(plan, None, signers=signers)
    assert refused.value.code == "UPD-002"
    update.unlink()
    with pytest.raises(UserError) as refused:
        prepare(plan, None, signers=signers)
    assert refused.value.code == "UPD-001"


def test_a_data_folder_that_cannot_be_written(
    update: Path, signers: Signers, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("x")
    monkeypatch.setenv(paths.DATA, str(tmp_path / "file" / "data"))
    plan = plan_update(update, signers=signers, here=here(root))
    with pytest.raises(UserError) as refused:
        prepare(plan, None, signers=signers)
    assert refused.value.code == "UPD-031"


# --- portable --------------------------------------------------------------------------------------------------------


@POSIX
def test_a_portable_version_is_unpacked_beside_the_running_one(update: Path, signers: Signers, root: Path) -> None:
    (root / "mine.txt").write_text("kept")
    prepared = prepare(plan_update(update, signers=signers, here=here(root, PORTABLE)), None, signers=signers)
    assert prepared.program == root.parent / "grassland-station-0.2.0" / "grassland-station"
    assert os.access(prepared.program, os.X_OK) and (root / "mine.txt").read_text() == "kept"
    assert (prepared.program.parent / "lib" / "link.txt").read_text() == "x" * 5000
    assert sorted(f.name for f in root.parent.iterdir()) == ["grassland-station-0.1.0", "grassland-station-0.2.0"]
    launch = launch_of(prepared)
    assert (launch.command, launch.program, launch.manual) == ((), prepared.program, "")
    with pytest.raises(UserError) as refused:
        unpack(prepared.installer, root)
    assert refused.value.code == "UPD-032"


@POSIX
def test_a_version_that_has_its_name_is_whole_wherever_unpacking_was_cut(tmp_path: Path, root: Path) -> None:
    archive = portable(tmp_path / "a", "0.2.0")
    with tarfile.open(archive) as tar:
        whole = {member.name: member.size for member in tar if member.isfile()}
    seen = []

    def look(folder: Path, where: str) -> None:
        named = folder / "grassland-station-0.2.0"
        found = {name: (folder / name).stat().st_size for name in whole if (folder / name).is_file()}
        assert not named.exists() or found == whole, where
        seen.append(named.exists())

    cuts.at_every_operation(root.parent, lambda folder: unpack(archive, folder / root.name), look)
    assert True in seen[:-1] and False in seen


def _member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> Callable[[tarfile.TarFile], Any]:
    def add(tar: tarfile.TarFile) -> None:
        info = tarfile.TarInfo(name)
        info.type, info.linkname = kind, link
        tar.addfile(info, io.BytesIO(b"") if kind == tarfile.REGTYPE else None)

    return add


@POSIX
@pytest.mark.parametrize(
    "more",
    [
        _member("../outside.txt"), _member("/tmp/outside.txt"), _member("another-top/file"),
        _member("grassland-station-0.2.0/l", tarfile.SYMTYPE, "/etc/passwd"),
        _member("grassland-station-0.2.0/l", tarfile.SYMTYPE, "../../outside"),
        _member("grassland-station-0.2.0/h", tarfile.LNKTYPE, "../outside"),
        _member("grassland-station-0.2.0/fifo", tarfile.FIFOTYPE), _member("grassland-station-0.2.0/dev", tarfile.CHRTYPE),
    ],
    ids=range(8),
)  # fmt: skip
def test_an_archive_that_reaches_outside_is_not_unpacked(
    tmp_path: Path, root: Path, more: Callable[[tarfile.TarFile], Any]
) -> None:
    archive = portable(tmp_path / "a", "0.2.0", more=more)
    with pytest.raises(UserError) as refused:
        unpack(archive, root)
    assert refused.value.code == "UPD-033"
    assert [f.name for f in root.parent.iterdir()] == ["grassland-station-0.1.0"]


def test_an_archive_that_is_none_or_holds_no_program(tmp_path: Path, root: Path) -> None:
    junk = tmp_path / "grassland-station-0.2.0-linux-x86_64.tar.xz"
    junk.write_bytes(b"junk" * 100)
    archive = tmp_path / "b.tar.xz"
    with tarfile.open(archive, "w:xz") as tar:
        _member("top/readme")(tar)
    cut = tmp_path / "c.tar.xz"
    whole = portable(tmp_path / "a", "0.2.0").read_bytes()
    cut.write_bytes(whole[: len(whole) // 2])
    for file in (junk, archive, cut):
        with pytest.raises(UserError) as refused:
            unpack(file, root)
        assert refused.value.code == "UPD-033"
    assert [f.name for f in root.parent.iterdir()] == ["grassland-station-0.1.0"]


# --- what is started -------------------------------------------------------------------------------------------------


@POSIX
def test_the_right_installer_for_each_kind(
    update: Path, signers: Signers, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared = prepare(plan_update(update, signers=signers, here=here(root)), None, signers=signers)
    tools = tmp_path / "tools"
    tools.mkdir()

    def tool(name: str) -> None:
        (tools / name).write_text("#!/bin/sh\n")
        (tools / name).chmod(0o755)

    monkeypatch.setenv("PATH", str(tools))
    file = str(prepared.installer)
    assert launch_of(prepared, root=True).command == ("dpkg", "--install", file)
    tool("apt-get")
    assert launch_of(prepared, root=True).command == ("apt-get", "install", "--yes", file)
    by_hand = launch_of(prepared, root=False)
    assert not by_hand.command and by_hand.manual.startswith("sudo apt-get install --yes '") and file in by_hand.manual
    tool("pkexec")
    asked = launch_of(prepared, root=False)
    assert asked.command == ("pkexec", "apt-get", "install", "--yes", file) and asked.program == here(root).program

    windows = Installed("0.1.0", "windows-x86_64", SETUP, root, root / "pythonw.exe")
    setup = prepare(plan_update(update, signers=signers, here=windows), None, signers=signers)
    launch = launch_of(setup)
    assert launch.command[0].endswith("GrasslandStation-0.2.0-setup.exe")
    assert launch.command[1:] == ("/S", f"/WAITPID={os.getpid()}", "/RESTART") and launch.program is None


@POSIX
def test_the_installer_waits_for_the_program_to_end_then_the_new_one_starts(tmp_path: Path) -> None:
    """With real processes: a program that runs, an installer, and what is started after it."""
    done = tmp_path / "done.txt"
    running = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    program = tmp_path / "新 program"
    program.write_text(f"#!/bin/sh\necho started >> '{done}'\n")
    program.chmod(0o755)
    installer = tmp_path / "installer"
    installer.write_text(f"#!/bin/sh\necho \"installed $1\" >> '{done}'\nexit 7\n")
    installer.chmod(0o755)
    start(applying.Launch((str(installer), "a b"), program), pid=running.pid, log=tmp_path / "install.log")
    time.sleep(0.7)  # an installer that does not wait has time to show it
    assert not done.exists() and running.poll() is None
    running.communicate(b"\n", timeout=patience.SECONDS)
    patience.wait_for(lambda: done.exists() and "started" in done.read_text(), "the new program")
    assert done.read_text() == "installed a b\nstarted\n"


@POSIX
def test_an_installer_that_cannot_be_started_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError) as refused:
        applying.run_here(applying.Launch((str(tmp_path / "none"),)))
    assert refused.value.code == "UPD-034" and "none" in refused.value.text.zh


def test_old_installers_are_removed(update: Path, signers: Signers, root: Path) -> None:
    prepare(plan_update(update, signers=signers, here=here(root)), None, signers=signers)
    folder = applying.updates_folder()
    (folder / "0.3.0").mkdir()
    applying.clean_up("0.2.0")
    assert [f.name for f in folder.iterdir()] == ["0.3.0"]


# --- finding ---------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform == "win32", reason="drives, not folders")
def test_sticks_are_found_where_linux_mounts_them(tmp_path: Path) -> None:
    for name in ("media/张三/USB DISK", "media/cdrom", "run/media/张三/更新盘"):
        (tmp_path / name).mkdir(parents=True)
    found = {str(f.relative_to(tmp_path)) for f in finding.removable_folders(tmp_path)}
    assert {"media/张三/USB DISK", "media/cdrom", "run/media/张三/更新盘"} <= found
    assert finding.removable_folders(tmp_path / "nothing") == []


def test_the_newest_that_fits_comes_first_and_bad_ones_say_why(
    stick: Path, tmp_path: Path, key: SigningKey, signers: Signers, root: Path
) -> None:
    update_file(stick, key, "0.2.0")
    update_file(stick, key, "0.10.0")
    (stick / "updates").mkdir()
    update_file(stick / "updates", make_key(tmp_path / "stranger"), "9.0.0")
    update_file(stick, key, "0.0.9")
    (stick / "GrasslandStation-5.0.0.gsupdate").write_bytes(b"junk")
    found = finding.look([stick, stick, tmp_path / "gone"], signers, here(root))
    assert [c.opened.manifest.version for c in found if c.ok and c.opened] == ["0.10.0", "0.2.0"]
    assert found[0].ok and {p.code for c in found for p in c.problems} == {"UPD-011", "UPD-020", "UPD-002"}
    assert finding.look([tmp_path / "gone"]) == []


def test_the_top_of_an_endpoint_is_looked_at(tmp_path: Path, key: SigningKey, signers: Signers, root: Path) -> None:
    endpoint = tmp_path / "endpoint"
    (endpoint / "inbox" / "152522").mkdir(parents=True)
    (endpoint / "updates").mkdir()
    update_file(endpoint / "updates", key)
    folders = finding.named_folders("", str(endpoint / "inbox" / "152522"))
    assert [c.ok for c in finding.look(folders, signers, here(root))] == [True]
