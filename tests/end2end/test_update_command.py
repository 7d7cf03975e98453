"""``grassland-station update``: found, verified and applied from the command line, as an administrator does it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import patience
import pytest
from update_helpers import PORTABLE, here, make_key, signers_line, update_file

from station_app import __version__, paths
from station_app.commands import cli
from station_app.domain.registry import Role
from station_app.exchange.package.sshsig import SigningKey
from station_app.exchange.update import applying, finding
from station_app.storage.workspace import Workspace

NEWER = "99.0.0"


@pytest.fixture
def key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SigningKey:
    made = make_key(tmp_path / "release")
    resources = tmp_path / "resources"
    resources.mkdir()
    for item in paths.resource_folder().iterdir():
        if item.name != "release":
            (resources / item.name).symlink_to(item)
    (resources / "release").mkdir()
    (resources / "release" / "allowed_signers").write_text(signers_line(made) + "\n", encoding="utf-8")
    monkeypatch.setenv(paths.RESOURCES, str(resources))
    monkeypatch.setenv(paths.DATA, str(tmp_path / "data"))
    return made


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    Workspace.create(tmp_path / "w", org_code="152522200", org_name="示例站", role=Role.STATION).close()
    return tmp_path / "w"


def update(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "station_app.start", "update", *arguments], capture_output=True,
                          text=True, encoding="utf-8", check=False, timeout=patience.SECONDS, env=dict(os.environ))  # fmt: skip


def test_verify_by_a_real_process(key: SigningKey, tmp_path: Path) -> None:
    file = update_file(tmp_path / "U 盘", key, NEWER)
    done = update("verify", str(file), "--json", "--language", "en")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert (report["ok"], report["version"], report["fits"]) == (True, NEWER, False), "a source checkout takes none"
    assert [p["code"] for p in report["problems"]] == ["UPD-025"]
    assert "签名有效" in update("verify", str(file)).stdout
    allowed = tmp_path / "other_signers"
    allowed.write_text(signers_line(make_key(tmp_path / "stranger")) + "\n", encoding="utf-8")
    foreign = update("verify", str(file), "--allowed-signers", str(allowed))
    assert foreign.returncode == 1 and "UPD-011" in foreign.stderr and str(file) in foreign.stderr
    file.write_bytes(file.read_bytes()[:-9])
    broken = update("verify", str(file))
    assert broken.returncode == 1 and "UPD-002" in broken.stderr and "Traceback" not in broken.stderr


def test_find_lists_what_is_there(key: SigningKey, tmp_path: Path) -> None:
    update_file(tmp_path / "共享" / "updates", key, NEWER)
    done = update("find", "--folder", str(tmp_path / "共享"), "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)["found"]
    assert [(f["version"], f["ok"], f["problems"]) for f in found if str(tmp_path) in f["path"]] == [
        (NEWER, False, ["UPD-025"])]  # fmt: skip
    assert "没有找到更新文件" in update("find", "--folder", str(tmp_path / "nothing")).stdout or found


def test_apply_refuses_and_touches_nothing(key: SigningKey, tmp_path: Path, workspace: Path) -> None:
    done = update("apply", str(update_file(tmp_path / "u", key, NEWER)), "--workspace", str(workspace))
    assert done.returncode == 1 and "UPD-025" in done.stderr
    assert not list((workspace / "backups").iterdir()) and not (tmp_path / "data").exists()


@pytest.mark.skipif(os.name != "posix", reason="a portable copy is a Linux thing")
def test_apply_as_installed(
    key: SigningKey,
    tmp_path: Path,
    workspace: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What runs here is a source checkout; told that it is a portable copy, the command does the whole work."""
    root = tmp_path / "programs" / "now"
    root.mkdir(parents=True)
    for module in (applying, finding):
        monkeypatch.setattr(module, "installed", lambda: here(root, PORTABLE, __version__))
    file = str(update_file(tmp_path / "u", key, NEWER))
    where = ["--workspace", str(workspace)]
    assert cli.main(["update", "apply", file, "--dry-run", *where]) == 0
    assert "没有改动任何内容" in capsys.readouterr().out and not list((workspace / "backups").iterdir())
    with Workspace.open(workspace):
        assert cli.main(["update", "apply", file, *where]) == 1
        assert "WSP-003" in capsys.readouterr().err
    assert cli.main(["update", "apply", file, "--json", *where]) == 0
    report = json.loads(capsys.readouterr().out)
    assert Path(report["program"]) == root.parent / f"grassland-station-{NEWER}" / "grassland-station"
    assert Path(report["backup"]).is_file() and f"before-update-{NEWER}" in report["backup"]
    assert cli.main(["update", "apply", file, *where]) == 1
    assert "UPD-032" in capsys.readouterr().err
