"""Update files: what we make is read back, stock tools agree, and everything foreign or damaged has its code."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from update_helpers import make_key, rezipped, signers_of, update_file

from station_app.domain.problems import UserError
from station_app.domain.program_version import is_newer, is_version, version_key
from station_app.exchange.package.sshsig import Signer, Signers, SigningKey
from station_app.exchange.update.making import platform_of, signers_line
from station_app.exchange.update.manifest import MANIFEST, NAMESPACE, PRINCIPAL, SIGNATURE
from station_app.exchange.update.reading import read_update, release_signers, verify_update


def refused(path: Path, signers: Signers) -> str:
    """Return the code a file is refused with; the sentence names the file and both languages."""
    with pytest.raises(UserError) as error:
        verify_update(path, signers)
    problem = error.value.problems[0]
    assert problem.place and problem.text.zh.endswith("。") and problem.text.en.endswith(".")
    return error.value.code


def signed(parts: dict[str, bytes], key: SigningKey, **changes: Any) -> None:
    """Change the list and sign it again."""
    content = json.loads(parts[MANIFEST])
    content.update(changes)
    parts[MANIFEST] = json.dumps(content, ensure_ascii=False).encode()
    parts[SIGNATURE] = key.sign(io.BytesIO(parts[MANIFEST]), NAMESPACE).encode()


def test_an_update_is_read_back(update: Path, signers: Signers, key: SigningKey) -> None:
    assert update.name == "GrasslandStation-0.2.0.gsupdate"
    opened = verify_update(update, signers)
    assert opened.key == key.public
    manifest = opened.manifest
    assert (manifest.version, str(manifest.released), manifest.minimum_from) == ("0.2.0", "2026-11-21", "0.0.1")
    assert manifest.notes.zh == "示例：修正两处问题。"
    assert set(manifest.files) == {"linux-x86_64-deb", "linux-x86_64-portable", "windows-x86_64-setup"}
    assert manifest.files["linux-x86_64-portable"].unpacked > 5000
    assert read_update(update, signers).manifest == manifest


def test_same_content_same_bytes(tmp_path: Path, update: Path, key: SigningKey) -> None:
    files = sorted((update.parent / "made-0.2.0").iterdir())
    os.utime(files[0], (1, 1))
    again = update_file(tmp_path / "again", key, files=list(reversed(files)))
    assert again.read_bytes() == update.read_bytes()


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is not installed")
def test_openssh_and_unzip_check_it_without_us(tmp_path: Path, update: Path, key: SigningKey) -> None:
    allowed = tmp_path / "allowed_signers"
    allowed.write_text("# comment\n" + signers_line(key) + "\n", encoding="utf-8")
    with zipfile.ZipFile(update) as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path / "x")
    command = ["ssh-keygen", "-Y", "verify", "-f", str(allowed), "-I", PRINCIPAL, "-n", NAMESPACE, "-s",
               str(tmp_path / "x" / SIGNATURE)]  # fmt: skip
    raw = (tmp_path / "x" / MANIFEST).read_bytes()
    done = subprocess.run(command, input=raw, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert subprocess.run(command, input=raw + b" ", capture_output=True, check=False).returncode != 0


def test_what_cannot_be_opened(tmp_path: Path, signers: Signers) -> None:
    assert refused(tmp_path / "none.gsupdate", signers) == "UPD-001"
    assert refused(tmp_path, signers) == "UPD-001"


def test_a_file_cut_anywhere_is_damaged(tmp_path: Path, update: Path, signers: Signers) -> None:
    whole = update.read_bytes()
    for length in (0, 1, 40, len(whole) // 2, len(whole) - 30, len(whole) - 1):
        cut = tmp_path / "cut.gsupdate"
        cut.write_bytes(whole[:length])
        assert refused(cut, signers) == "UPD-002", length
    cut.write_bytes(whole + b"more")
    assert refused(cut, signers) == "UPD-002"


def test_one_changed_byte_of_an_installer_is_seen(tmp_path: Path, update: Path, signers: Signers) -> None:
    data = bytearray(update.read_bytes())
    data[data.index(b"!<arch>") + 100] ^= 1
    broken = tmp_path / "b.gsupdate"
    broken.write_bytes(bytes(data))
    assert refused(broken, signers) == "UPD-002"

    # A forger who mends the zip's own sums still fails on the signed hash.
    def swap(parts: dict[str, bytes]) -> None:
        name = next(n for n in parts if n.endswith(".deb"))
        parts[name] = b"X" * len(parts[name])

    assert refused(rezipped(update, swap, broken), signers) == "UPD-002"


def test_foreign_files_are_not_updates(tmp_path: Path, update: Path, signers: Signers, key: SigningKey) -> None:
    other = tmp_path / "o.gsupdate"
    cases: list[Callable[[dict[str, bytes]], Any]] = [
        lambda p: p.update({"files/extra.exe": b"MZ"}),
        lambda p: p.update({"../evil": b"x"}),
        lambda p: p.update({"readme.txt": b"x"}),
        lambda p: p.pop(SIGNATURE),
        lambda p: p.pop(MANIFEST),
        lambda p: signed(p, key, product="another-program"),
    ]
    for change in cases:
        assert refused(rezipped(update, change, other), signers) == "UPD-003"
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("datapackage.json", "{}")
    assert refused(other, signers) == "UPD-003"


def test_a_listed_installer_that_is_not_there(tmp_path: Path, update: Path, signers: Signers) -> None:
    def drop(parts: dict[str, bytes]) -> None:
        del parts[next(n for n in parts if n.endswith(".exe"))]

    assert refused(rezipped(update, drop, tmp_path / "o.gsupdate"), signers) == "UPD-002"


def test_a_bomb_is_not_read(tmp_path: Path, update: Path, signers: Signers) -> None:
    bomb = tmp_path / "bomb.gsupdate"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(MANIFEST, b" " * (300 * 1024))
    assert refused(bomb, signers) == "UPD-004"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("files/a.deb", b"\0" * (64 << 20))
    assert refused(bomb, signers) == "UPD-004"


@pytest.mark.parametrize(
    "changes",
    [
        {"version": "../0.2"}, {"version": "0.2.0-rc1"}, {"released": "soon"}, {"minimum_workspace": 0}, {"files": {}},
        {"notes": "x"}, {"files": {"linux-x86_64-deb": {"name": "../a", "size": 1, "sha256": "0" * 64}}},
        {"files": {"amiga": {"name": "a", "size": 1, "sha256": "0" * 64}}},
        {"files": {"linux-x86_64-deb": {"name": "a", "size": 1, "sha256": "0"}}},
    ],
    ids=str,
)  # fmt: skip
def test_a_list_off_the_format_is_refused_even_when_signed(
    tmp_path: Path, update: Path, signers: Signers, key: SigningKey, changes: dict[str, Any]
) -> None:
    other = rezipped(update, lambda p: signed(p, key, **changes), tmp_path / "o.gsupdate")
    assert refused(other, signers) == "UPD-005"


def test_a_newer_format_says_so(tmp_path: Path, update: Path, signers: Signers, key: SigningKey) -> None:
    other = rezipped(update, lambda p: signed(p, key, format=2), tmp_path / "o.gsupdate")
    assert refused(other, signers) == "UPD-006"


def test_a_changed_list_or_a_signature_for_something_else_is_refused(
    tmp_path: Path, update: Path, signers: Signers, key: SigningKey
) -> None:
    other = tmp_path / "o.gsupdate"

    def later(parts: dict[str, bytes]) -> None:
        parts[MANIFEST] = parts[MANIFEST].replace(b"0.2.0", b"9.2.0")

    assert refused(rezipped(update, later, other), signers) == "UPD-010"

    def package_seal(parts: dict[str, bytes]) -> None:
        parts[SIGNATURE] = key.sign(io.BytesIO(parts[MANIFEST]), "grassland-package").encode()

    assert refused(rezipped(update, package_seal, other), signers) == "UPD-010"
    assert refused(rezipped(update, lambda p: p.update({SIGNATURE: b"nothing"}), other), signers) == "UPD-010"


def test_another_key_is_foreign(tmp_path: Path, update: Path) -> None:
    stranger = make_key(tmp_path / "stranger")
    assert refused(update, signers_of(stranger)) == "UPD-011"


def test_a_device_key_registered_for_packages_signs_no_updates(tmp_path: Path, update: Path, key: SigningKey) -> None:
    assert refused(update, Signers((Signer(PRINCIPAL, key.public, "grassland-package"),))) == "UPD-012"
    assert refused(update, Signers((Signer("171ce5b171", key.public),))) == "UPD-011"


def test_a_withdrawn_or_expired_key(update: Path, key: SigningKey, signers: Signers) -> None:
    assert refused(update, Signers(signers.signers, frozenset([key.public.blob]))) == "UPD-012"
    past = datetime.now(UTC) - timedelta(days=1)
    assert refused(update, Signers((Signer(PRINCIPAL, key.public, NAMESPACE, valid_before=past),))) == "UPD-012"


def test_a_copy_without_release_key_takes_nothing(tmp_path: Path) -> None:
    empty = tmp_path / "allowed_signers"
    for content in (None, "# nothing yet\n", "no line at all"):
        if content is not None:
            empty.write_text(content)
        with pytest.raises(UserError) as error:
            release_signers(empty)
        assert error.value.code == "UPD-013"


def test_the_release_file_of_this_project_can_be_read() -> None:
    """A source checkout names no key; a build adds its own."""
    try:
        signers = release_signers()
    except UserError as error:
        assert error.code == "UPD-013"
    else:
        assert all(s.allows(NAMESPACE, datetime.now(UTC)) for s in signers.signers)


def test_platforms_by_file_name() -> None:
    for name, platform in (
        ("grassland-station_0.2.0_amd64.deb", "linux-x86_64-deb"),
        ("grassland-station_0.2.0_arm64.deb", "linux-aarch64-deb"),
        ("grassland-station-0.2.0-1.x86_64.rpm", "linux-x86_64-rpm"),
        ("grassland-station-0.2.0-linux-x86_64.tar.xz", "linux-x86_64-portable"),
        ("GrasslandStation-0.2.0-setup.exe", "windows-x86_64-setup"),
    ):
        assert platform_of(name) == platform
    with pytest.raises(ValueError, match="not a name"):
        platform_of("notes.txt")


def test_versions_are_compared_by_number() -> None:
    assert is_newer("0.10.0", "0.9.9") and not is_newer("1.0", "1.0.0") and is_newer("1.0.1", "1")
    assert version_key("1.2.0-rc1") == (1, 2) and version_key("x") == ()
    assert is_version("0.1.0") and not is_version("0") and not is_version("1.0rc1") and not is_version("1.0\n")
