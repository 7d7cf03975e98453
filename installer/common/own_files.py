#!/usr/bin/env python3
"""Writes the list the program holds its own files against: a line a file, digest, size and path.

    python3 installer/common/own_files.py FOLDER        the folder as it will be installed

Needs Python 3.11 alone. The same files give the same bytes.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

LIST = "program-files.txt"


def main(folder: Path) -> int:
    """Write the list of every file below a folder into it."""
    lines = []
    for file in sorted(folder.rglob("*"), key=lambda path: path.relative_to(folder).as_posix()):
        if file.is_file() and not file.is_symlink() and file != folder / LIST:
            content = file.read_bytes()
            digest = hashlib.sha256(content).hexdigest()
            lines.append(f"{digest} {len(content)} {file.relative_to(folder).as_posix()}\n")
    (folder / LIST).write_text("".join(lines), encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
