#!/usr/bin/env python3
"""What the frozen program asks of the system it runs on, read with objdump from every program file in it.

    python3 check_libraries.py FOLDER [--json FILE]

Exit 1 and a line for each library that neither the program nor every desktop has, and for each C or C++ library symbol
that is newer than the floor in parts.py.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
import parts  # noqa: E402


def is_elf(path: Path) -> bool:
    """Tell whether a file is a Linux program file."""
    if path.is_symlink() or not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(4) == b"\x7fELF"


def asked_by(path: Path) -> tuple[set[str], dict[str, set[str]], set[str]]:
    """Return the libraries a file names, by family (GLIBC, GLIBCXX …) the versions of their symbols it needs, and the
    folders of the building machine that it would search."""
    listed = subprocess.run(["objdump", "-p", str(path)], capture_output=True, text=True, check=True).stdout
    versions: dict[str, set[str]] = defaultdict(set)
    for family, version in re.findall(r"0x\S+ 0x\S+ \d+ ([A-Z]+)_([\d.]+)$", listed, re.MULTILINE):
        versions[family].add(version)
    searched = re.findall(r"^ *(?:RPATH|RUNPATH) +(\S+)$", listed, re.MULTILINE)
    foreign = {folder for each in searched for folder in each.split(":") if folder and not folder.startswith("$ORIGIN")}
    return set(re.findall(r"^ *NEEDED +(\S+)$", listed, re.MULTILINE)), dict(versions), foreign


def number(version: str) -> tuple[int, ...]:
    """Return a version in a form that sorts."""
    return tuple(int(part) for part in version.split("."))


def survey(folder: Path) -> dict[str, Any]:
    """Return what all program files below the folder ask for."""
    files = [path for path in sorted(folder.rglob("*")) if is_elf(path)]
    inside = {path.name for path in folder.rglob("*") if ".so" in path.name}
    system: dict[str, list[str]] = defaultdict(list)
    problems = []
    highest: dict[str, tuple[str, str]] = {}
    for path in files:
        name = path.relative_to(folder).as_posix()
        needed, versions, foreign = asked_by(path)
        problems += [f"{name}: searches {folder}, a folder of the building machine" for folder in sorted(foreign)]
        for library in sorted(needed):
            if library in parts.C_LIBRARY or library in inside:
                continue
            system[library].append(name)
            if library not in parts.SYSTEM:
                problems.append(f"{name}: needs {library}, which not every desktop has")
        for family, found in versions.items():
            top = max(found, key=number)
            if family not in highest or number(top) > number(highest[family][0]):
                highest[family] = (top, name)
    for family, floor in (("GLIBC", parts.GLIBC_FLOOR), ("GLIBCXX", parts.GLIBCXX_FLOOR)):
        found, name = highest.get(family, ("0", ""))
        if number(found) > number(floor):
            problems.append(f"{name}: needs {family}_{found}; the floor is {floor}")
    broken = [p for p in folder.rglob("*") if p.is_symlink() and not p.exists()]
    problems += [f"{path.relative_to(folder)}: points nowhere" for path in broken]
    return {
        "files": len(files),
        "glibc": highest.get("GLIBC", ("0", ""))[0],
        "glibcxx": highest.get("GLIBCXX", ("0", ""))[0],
        "highest": {family: {"version": v, "file": f} for family, (v, f) in sorted(highest.items())},
        "system": sorted(system),
        "not_needed": sorted(set(parts.SYSTEM) - set(system)),
        "problems": problems,
    }


def main() -> int:
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("folder", type=Path)
    made.add_argument("--json", type=Path)
    chosen = made.parse_args()
    found = survey(chosen.folder)
    if chosen.json:
        chosen.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print("\n".join(found["problems"]), end="\n" if found["problems"] else "", file=sys.stderr)
    return 1 if found["problems"] else 0


if __name__ == "__main__":
    sys.exit(main())
