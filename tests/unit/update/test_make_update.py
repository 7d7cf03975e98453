"""The script that makes update files, as a build calls it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import patience
import pytest
from update_helpers import installers

from station_app.exchange.package.sshsig import read_signers
from station_app.exchange.update.reading import verify_update

SCRIPT = Path(__file__).resolve().parents[3] / "installer" / "make_update.py"


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(SCRIPT), *arguments], capture_output=True, text=True, encoding="utf-8",
                          check=False, env={**os.environ, "SOURCE_DATE_EPOCH": "1795219200"}, timeout=patience.SECONDS)  # fmt: skip


def test_key_signers_update(tmp_path: Path) -> None:
    key, allowed = tmp_path / "release.key", tmp_path / "allowed_signers"
    assert make("--make-key", str(key)).returncode == 0
    if os.name == "posix":
        assert key.stat().st_mode & 0o077 == 0
    assert make("--make-key", str(key)).returncode == 1, "a key is never written over"
    line = make("--key", str(key), "--signers").stdout
    assert line.startswith('grassland-release namespaces="grassland-update" ssh-ed25519 ')
    allowed.write_text(line, encoding="utf-8")
    files = [str(f) for f in installers(tmp_path / "dist", "0.2.0")]
    done = make("--key", str(key), "--version", "0.2.0", "--notes", "示例", "--notes-en", "Example", *files, "--out",
                str(tmp_path / "out"))  # fmt: skip
    assert done.returncode == 0, done.stderr
    path = Path(done.stdout.strip())
    assert path == tmp_path / "out" / "GrasslandStation-0.2.0.gsupdate"
    opened = verify_update(path, read_signers(allowed))
    assert str(opened.manifest.released) == "2026-11-21" and opened.manifest.notes.en == "Example"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--version", "0.3.0"], "not of version"),
        (["--version", "0.2.0", "--minimum-workspace", "0"], "minimum_workspace"),
    ],
)
def test_what_does_not_fit_is_refused(tmp_path: Path, arguments: list[str], said: str) -> None:
    key = tmp_path / "k"
    make("--make-key", str(key))
    file = str(installers(tmp_path / "dist", "0.2.0")[0])
    done = make("--key", str(key), *arguments, file, "--out", str(tmp_path))
    assert done.returncode == 1 and said in done.stderr
    assert not list(tmp_path.glob("*.gsupdate*"))
    assert make("--key", str(tmp_path / "none"), file).returncode == 1
    assert make(file).returncode == 2
