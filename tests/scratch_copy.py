"""A copy of the program that a test changes as a newcomer would, and programs run in it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
GUIDE = ROOT / "CONTRIBUTING.md"
_CHANGED = ("codes", "standards")  # folders of resources that are copied; the others are only read
_IS_COPY = """import sys, station_app
from pathlib import Path
assert Path(station_app.__file__).resolve().is_relative_to(Path(sys.argv[1]).resolve()), "the copy is the one that runs"
"""


def guide_blocks(heading: str) -> list[str]:
    """Return what stands between fences under a heading of CONTRIBUTING.md."""
    section = GUIDE.read_text("utf-8").split(f"\n### {heading}\n")[1].split("\n#")[0]
    return [block.strip("\n") for block in re.findall(r"^```\w*\n(.*?)^```", section, re.S | re.M)]


class Copy:
    """The program in a folder of the test's own; counts the files that are changed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "copy"
        self.changed: set[str] = set()
        shutil.copytree(ROOT / "station_app", self.folder / "station_app")  # with what is compiled
        (self.folder / "resources").mkdir()
        for part in (ROOT / "resources").iterdir():
            target = self.folder / "resources" / part.name
            shutil.copytree(part, target) if part.name in _CHANGED else target.symlink_to(part)

    def insert(self, name: str, lines: str, *, before: str = "") -> None:
        """Put lines before the one line that begins with a text, or at the end of a file; a new file is made."""
        path = self.folder / name
        text = path.read_text("utf-8") if path.exists() else ""
        self.changed.add(name)
        path.parent.mkdir(exist_ok=True)
        if not before:
            path.write_text(text + lines + "\n", "utf-8")
            return
        assert text.count(f"\n{before}") == 1, (name, before)
        path.write_text(text.replace(f"\n{before}", f"\n{lines}\n{before}"), "utf-8")

    def replace(self, name: str, old: str, new: str) -> None:
        """Put a text in place of the one there is."""
        path = self.folder / name
        text = path.read_text("utf-8")
        assert text.count(old) == 1, (name, old)
        self.changed.add(name)
        path.write_text(text.replace(old, new), "utf-8")

    def run(self, program: str, *arguments: str) -> str:
        """Run a program in the copy, its arguments after the folder of the copy; return what it prints."""
        paths = os.pathsep.join(str(each) for each in (self.folder, ROOT / "tests"))
        done = subprocess.run(
            [sys.executable, "-c", _IS_COPY + program, str(self.folder), *arguments],
            env=os.environ | {"PYTHONPATH": paths, "QT_QPA_PLATFORM": "offscreen"},
            capture_output=True,
            text=True,
            check=False,
            cwd=self.folder,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout
