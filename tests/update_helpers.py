"""What tests of update files share: a release key, small invented installers, update files made on purpose."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from station_app.domain.text import Text
from station_app.exchange.package.sshsig import Signers, SigningKey, parse_allowed_signers
from station_app.exchange.update.installed import DEB, PORTABLE, Installed
from station_app.exchange.update.making import make_update, signers_line
from station_app.storage.keys import PRIVATE_NAME, make_device_key

HERE_VERSION = "0.1.0"


def make_key(folder: Path) -> SigningKey:
    """Return a new key, kept in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    make_device_key(folder, "example")
    return SigningKey.read(folder / PRIVATE_NAME)


def signers_of(*keys: SigningKey) -> Signers:
    """Return what ``allowed_signers`` says when these are the release keys."""
    return Signers(parse_allowed_signers("".join(signers_line(k) + "\n" for k in keys)))


def here(root: Path, kind: str = DEB, version: str = HERE_VERSION) -> Installed:
    """Return a program installed in ``root``."""
    return Installed(version, "linux-x86_64", kind, root, root / "grassland-station")


def portable(folder: Path, version: str, program: str = "#!/bin/sh\nexit 0\n", *, top: str = "",
             more: Callable[[tarfile.TarFile], Any] | None = None) -> Path:  # fmt: skip
    """Write a portable archive with a program that is a script."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"grassland-station-{version}-linux-x86_64.tar.xz"
    name = top or f"grassland-station-{version}"
    with tarfile.open(path, "w:xz") as tar:
        for file, content, mode in (("grassland-station", program, 0o755), ("lib/数据.txt", "x" * 5000, 0o644)):
            info = tarfile.TarInfo(f"{name}/{file}")
            data = content.encode()
            info.size, info.mode = len(data), mode
            tar.addfile(info, io.BytesIO(data))
        link = tarfile.TarInfo(f"{name}/lib/link.txt")
        link.type, link.linkname = tarfile.SYMTYPE, "数据.txt"
        tar.addfile(link)
        if more is not None:
            more(tar)
    return path


def installers(folder: Path, version: str) -> list[Path]:
    """Write an invented installer of each kind; only the portable one is real."""
    folder.mkdir(parents=True, exist_ok=True)
    deb = folder / f"grassland-station_{version}_amd64.deb"
    deb.write_bytes(b"!<arch>\n" + version.encode() * 1000)
    setup = folder / f"GrasslandStation-{version}-setup.exe"
    setup.write_bytes(b"MZ" + version.encode() * 3000)
    return [deb, setup, portable(folder, version)]


def update_file(folder: Path, key: SigningKey, version: str = "0.2.0", **more: Any) -> Path:
    """Make an update file of all kinds in ``folder``."""
    spec: dict[str, Any] = {
        "version": version, "released": date(2026, 11, 21), "minimum_from": "0.0.1", "minimum_workspace": 1,
        "notes": Text("示例：修正两处问题。", "Example: two fixes."), **more,
    }  # fmt: skip
    files = spec.pop("files", None) or installers(folder / f"made-{version}", version)
    return make_update(files, folder, key, **spec)


def rezipped(path: Path, change: Callable[[dict[str, bytes]], Any], out: Path) -> Path:
    """Write the entries of an update anew after ``change``, as a careful forger would: same order, plain zip."""
    with zipfile.ZipFile(path) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    change(parts)
    with zipfile.ZipFile(out, "w") as target:
        for name, data in parts.items():
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.create_system, info.external_attr = 3, 0o100644 << 16
            target.writestr(info, data)
    return out


__all__ = [
    "DEB",
    "PORTABLE",
    "here",
    "installers",
    "make_key",
    "portable",
    "rezipped",
    "signers_line",
    "signers_of",
    "update_file",
]
