"""Makes update files: the same installers, notes and key give the same bytes."""

from __future__ import annotations

import hashlib
import io
import re
import tarfile
from datetime import date
from pathlib import Path

from station_app.domain.text import Text
from station_app.exchange.package.container import MIB, ContainerWriter
from station_app.exchange.package.files import name_part, writing
from station_app.exchange.package.sshsig import Signer, SigningKey
from station_app.exchange.update.manifest import (
    MANIFEST,
    NAMESPACE,
    PRINCIPAL,
    SIGNATURE,
    SUFFIX,
    Manifest,
    Payload,
    check,
    manifest_bytes,
)

_PLATFORMS = (
    (re.compile(r"_(amd64|arm64|loong64)\.deb\Z"), "linux", "deb"),
    (re.compile(r"\.(x86_64|aarch64|loongarch64)\.rpm\Z"), "linux", "rpm"),
    (re.compile(r"-linux-(x86_64|aarch64|loongarch64)\.tar\.xz\Z"), "linux", "portable"),
    (re.compile(r"-setup(?:-(arm64))?\.exe\Z"), "windows", "setup"),
)
_MACHINES = {"amd64": "x86_64", "arm64": "aarch64", "loong64": "loongarch64", None: "x86_64"}


def platform_of(name: str) -> str:
    """Return which machines an installer is for, by its file name.

    Raises:
        ValueError: the name is not one our builds give.
    """
    for pattern, system, kind in _PLATFORMS:
        found = pattern.search(name)
        if found:
            return f"{system}-{_MACHINES.get(found[1], found[1])}-{kind}"
    raise ValueError(
        f"{name}: not a name of an installer (*_amd64.deb, *.x86_64.rpm, *-linux-x86_64.tar.xz, *-setup.exe)"
    )


def payload_of(file: Path) -> Payload:
    """Return an installer as it stands in the list: size, hash, and for an archive what it unpacks to."""
    digest = hashlib.sha256()
    with file.open("rb") as source:
        while piece := source.read(MIB):
            digest.update(piece)
    unpacked = 0
    if file.name.endswith(".tar.xz"):
        with tarfile.open(file) as archive:
            unpacked = sum(member.size for member in archive)
    return Payload(platform_of(file.name), file.name, file.stat().st_size, digest.hexdigest(), unpacked)


def make_update(
    files: list[Path],
    out: Path,
    key: SigningKey,
    *,
    version: str,
    released: date,
    notes: Text,
    minimum_from: str,
    minimum_workspace: int,
) -> Path:
    """Write the update file and return its path; ``out`` is a folder, or the file itself.

    Raises:
        ValueError: a name, version or number does not keep to the format.
        UserError: PKG-062 it cannot be written.
    """
    listed = [payload_of(file) for file in files]
    by_platform = {each.platform: each for each in listed}
    if len(by_platform) != len(listed):
        raise ValueError("two files for one platform")
    manifest = Manifest(version, released, minimum_from, minimum_workspace, notes, dict(sorted(by_platform.items())))
    check(manifest)
    raw = manifest_bytes(manifest)
    path = out if out.name.endswith(SUFFIX) else out / manifest.file_name
    path.parent.mkdir(parents=True, exist_ok=True)
    sources = {file.name: file for file in files}
    with writing(path) as file, ContainerWriter(file) as writer:
        with writer.entry(MANIFEST) as sink:
            sink.write(raw)
        with writer.entry(SIGNATURE) as sink:
            sink.write(key.sign(io.BytesIO(raw), NAMESPACE).encode("ascii"))
        for each in manifest.files.values():
            with writer.entry(each.entry, stored=True) as sink, sources[each.name].open("rb") as source:
                while piece := source.read(MIB):
                    sink.write(piece)
            if (sink.size, sink.sha256) != (each.size, each.sha256):
                raise ValueError(f"{each.name} changed while it was read")
    name_part(path)
    return path


def signers_line(key: SigningKey) -> str:
    """Return the line of ``resources/release/allowed_signers`` for a release key."""
    return Signer(PRINCIPAL, key.public, NAMESPACE).line()
