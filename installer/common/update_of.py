#!/usr/bin/env python3
"""Finds the update file that holds an installer exactly as it lies there: what a proof may use.

    python3 installer/common/update_of.py FOLDER INSTALLER

Prints its path. Exit 1, with the names, where no update file of the folder holds it: one built before it, or for other
systems, proves nothing about this one.
"""

from __future__ import annotations

import hashlib
import json
import sys
import zipfile
from pathlib import Path


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def holds(update: Path, name: str, sha256: str) -> bool:
    """Whether an update file lists an installer with these bytes; what is no update file holds nothing."""
    try:
        with zipfile.ZipFile(update) as archive:
            listed = json.loads(archive.read("update.json"))["files"]
    except (zipfile.BadZipFile, KeyError, ValueError, OSError):
        return False
    return any((each["name"], each["sha256"]) == (name, sha256) for each in listed.values())


def update_of(folder: Path, installer: Path) -> Path | None:
    """Return the update file of a folder that holds an installer, ``None`` where none does."""
    sha256 = sha256_of(installer) if installer.is_file() else ""
    return next((each for each in sorted(folder.glob("*.gsupdate")) if holds(each, installer.name, sha256)), None)


def main(folder: str, installer: str) -> int:
    found = update_of(Path(folder), Path(installer))
    if found is not None:
        print(found)
        return 0
    there = "、".join(each.name for each in sorted(Path(folder).glob("*.gsupdate"))) or "—"
    name = Path(installer).name
    print(f"更新文件（{there}）中没有这里的 {name}。请运行 installer/build.sh update。", file=sys.stderr)
    print(f"No update file ({there}) holds the {name} that lies here. Run installer/build.sh update.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
