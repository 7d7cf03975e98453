"""SSH signatures: the same bytes as OpenSSH's, checked by OpenSSH and by us."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station_app.domain.problems import UserError
from station_app.exchange.package.sshsig import (
    NAMESPACE,
    BadSignature,
    SigningKey,
    check_signature,
    matches,
    parse_allowed_signers,
    parse_signature,
    read_public_line,
    read_signers,
)
from station_app.storage.keys import device_id_of, make_device_key

pytestmark = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is not installed")
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def key(tmp_path: Path) -> SigningKey:
    folder = tmp_path / "keys"
    folder.mkdir()
    make_device_key(folder, "示例 device".encode("ascii", "ignore").decode())
    return SigningKey.read(folder / "device.key")


def openssh_signs(key_file: Path, data: bytes, namespace: str = NAMESPACE) -> bytes:
    done = subprocess.run(["ssh-keygen", "-Y", "sign", "-f", str(key_file), "-n", namespace], input=data,
                          capture_output=True, check=True)  # fmt: skip
    return done.stdout


def openssh_verifies(allowed: Path, principal: str, signature: Path, data: bytes, *more: str) -> bool:
    done = subprocess.run(["ssh-keygen", "-Y", "verify", "-f", str(allowed), "-I", principal, "-n", NAMESPACE,
                           "-s", str(signature), *more], input=data, capture_output=True, check=False)  # fmt: skip
    return done.returncode == 0


@pytest.mark.parametrize("data", [b"", b"x", "草原站".encode() * 100_000], ids=["empty", "short", "long"])
def test_signature_is_byte_for_byte_that_of_openssh(tmp_path: Path, key: SigningKey, data: bytes) -> None:
    ours = key.sign(io.BytesIO(data))
    assert ours.encode() == openssh_signs(tmp_path / "keys" / "device.key", data)
    check_signature(parse_signature(ours.encode()), io.BytesIO(data))


def test_openssh_verifies_ours_and_we_verify_theirs(tmp_path: Path, key: SigningKey) -> None:
    data = b"the manifest of a package"
    allowed = tmp_path / "allowed_signers"
    allowed.write_text(f'station-1 namespaces="{NAMESPACE}" {key.public.line} remark\n')
    signature = tmp_path / "data.sig"
    signature.write_text(key.sign(io.BytesIO(data)))
    assert openssh_verifies(allowed, "station-1", signature, data)
    assert not openssh_verifies(allowed, "station-1", signature, data + b".")
    theirs = parse_signature(openssh_signs(tmp_path / "keys" / "device.key", data))
    check_signature(theirs, io.BytesIO(data))
    assert theirs.key == key.public


def test_key_made_by_openssh_is_read(tmp_path: Path) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "c", "-f", str(tmp_path / "k")], check=True)
    key = SigningKey.read(tmp_path / "k")
    line = (tmp_path / "k.pub").read_text()
    assert key.public == read_public_line(line)
    listed = subprocess.run(
        ["ssh-keygen", "-l", "-f", str(tmp_path / "k.pub")], capture_output=True, text=True, check=True
    )
    assert key.public.fingerprint in listed.stdout
    assert device_id_of(line) == device_id_of(key.public.line)


@pytest.mark.skipif(os.name == "nt", reason="no such permission bits on Windows")
def test_private_key_is_its_owners_alone(tmp_path: Path, key: SigningKey) -> None:
    assert (tmp_path / "keys" / "device.key").stat().st_mode & 0o077 == 0


def test_changed_content_or_other_purpose_is_refused(key: SigningKey) -> None:
    signature = parse_signature(key.sign(io.BytesIO(b"content")).encode())
    with pytest.raises(BadSignature):
        check_signature(signature, io.BytesIO(b"Content"))
    with pytest.raises(BadSignature):
        check_signature(parse_signature(key.sign(io.BytesIO(b"content"), "file").encode()), io.BytesIO(b"content"))


@given(st.data())
def test_broken_signature_files_are_refused_and_never_crash(data: st.DataObject) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    good = SigningKey(Ed25519PrivateKey.from_private_bytes(bytes(32))).sign(io.BytesIO(b"content")).encode()
    place = data.draw(st.integers(0, len(good) - 1))
    byte = data.draw(st.integers(0, 255))
    broken = data.draw(st.sampled_from([
        good[:place], good[:place] + bytes([byte]) + good[place + 1:], good[:place] + bytes([byte]) + good[place:],
    ]))  # fmt: skip
    try:
        signature = parse_signature(broken)
        check_signature(signature, io.BytesIO(b"content"))
    except BadSignature:
        return
    assert signature == parse_signature(good)  # only the armour was touched


# --- who may sign ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "patterns", "expected"), [
    ("a1", "a1", True), ("a1", "b,a1", True), ("a1", "a?", True), ("a1", "a*", True), ("a1", "A1", False),
    ("a1", "*,!a1", False), ("b1", "*,!a1", True), ("a1", "!b1", False), ("a[1]", "a[1]", True), ("a1", "a[1]", False),
])  # fmt: skip
def test_patterns_match_as_openssh_matches_them(name: str, patterns: str, expected: bool) -> None:
    assert matches(name, patterns) is expected


@pytest.mark.parametrize(("options", "expected"), [
    ("", True),
    ('namespaces="grassland-package"', True),
    ('namespaces="git,grassland-*"', True),
    ('namespaces="git"', False),
    ('valid-after="20200101"', True),
    ('valid-after="20990101"', False),
    ('valid-before="20990101Z",namespaces="grassland-package"', True),
    ('valid-before="20200101120000Z"', False),
    ('valid-after="202001010000",valid-before="20990101"', True),
])  # fmt: skip
def test_options_of_allowed_signers_as_openssh_reads_them(
    tmp_path: Path, key: SigningKey, options: str, expected: bool
) -> None:
    line = f"# comment\n\ndevice-1,other {options} {key.public.line} the unit's name\n"
    allowed = tmp_path / "allowed_signers"
    allowed.write_text(line)
    (signature := tmp_path / "s.sig").write_text(key.sign(io.BytesIO(b"x")))
    assert openssh_verifies(allowed, "device-1", signature, b"x") is expected
    (signer,) = parse_allowed_signers(line)
    assert matches("device-1", signer.principals) and signer.allows(NAMESPACE, NOW) is expected
    assert parse_allowed_signers(signer.line()) == (signer,)


def test_other_kinds_of_keys_are_passed_over(key: SigningKey) -> None:
    text = f"a cert-authority {key.public.line}\nb ssh-rsa AAAAB3NzaC1yc2E= x\nc {key.public.line}\n"
    assert [s.principals for s in parse_allowed_signers(text)] == ["c"]


def test_revoked_keys_beside_the_list_are_read_as_openssh_reads_them(tmp_path: Path, key: SigningKey) -> None:
    allowed = tmp_path / "allowed_signers"
    allowed.write_text(f"device-1 {key.public.line}\n")
    revoked = tmp_path / "revoked_keys"
    revoked.write_text(f"{key.public.line} device-1\n")
    (signature := tmp_path / "s.sig").write_text(key.sign(io.BytesIO(b"x")))
    assert not openssh_verifies(allowed, "device-1", signature, b"x", "-r", str(revoked))
    assert read_signers(allowed).is_revoked(key.public)
    revoked.unlink()
    assert not read_signers(allowed).is_revoked(key.public)


def test_unreadable_files_say_so(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        read_signers(tmp_path / "nothing")
    assert caught.value.code == "PKG-031"
    (tmp_path / "allowed_signers").write_text("device-1 unheard-of=1 ssh-ed25519 AAAA\n")
    with pytest.raises(UserError) as caught:
        read_signers(tmp_path / "allowed_signers")
    assert caught.value.code == "PKG-031"
    (tmp_path / "device.key").write_text("not a key")
    with pytest.raises(UserError) as caught:
        SigningKey.read(tmp_path / "device.key")
    assert caught.value.code == "PKG-030"
