"""Where update files are looked for: sticks, a folder the person named, and ``updates`` beside where packages go."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from station_app.domain.problems import Problem, UserError
from station_app.domain.program_version import version_key
from station_app.exchange.package.sshsig import Signers
from station_app.exchange.update.applying import judge
from station_app.exchange.update.installed import Installed, installed
from station_app.exchange.update.manifest import SUFFIX
from station_app.exchange.update.reading import Opened, read_update, release_signers

BELOW = ("", "updates", "更新", "草原站")
MOST = 40


@dataclass(frozen=True, slots=True)
class Candidate:
    """An update file that was found; ``problems`` say why it cannot be installed here."""

    path: Path
    opened: Opened | None
    problems: tuple[Problem, ...]

    @property
    def ok(self) -> bool:
        return self.opened is not None and not self.problems


def removable_folders(root: Path = Path("/")) -> list[Path]:
    """Return the top folders of sticks and cards that are in the machine now."""
    if sys.platform == "win32":
        return _removable_drives()
    found: list[Path] = []
    for base in (root / "media", root / "run" / "media"):
        for first in _folders_in(base):
            found += [first, *_folders_in(first)]
    return found


def _folders_in(folder: Path) -> list[Path]:
    try:
        return sorted(f for f in folder.iterdir() if f.is_dir())
    except OSError:
        return []  # not there, or another person's


def _removable_drives() -> list[Path]:
    import ctypes

    kernel = ctypes.windll.kernel32  # type: ignore[attr-defined,unused-ignore]
    removable = 2
    mask = kernel.GetLogicalDrives()
    drives = [f"{chr(65 + n)}:\\" for n in range(26) if mask >> n & 1]
    return [Path(d) for d in drives if kernel.GetDriveTypeW(d) == removable]


def named_folders(*settings: str) -> list[Path]:
    """Return the folders settings name, with the top of an exchange endpoint (``inbox``, ``outbox``, ``updates``)."""
    found: list[Path] = []
    for setting in settings:
        if not setting.strip():
            continue
        folder = Path(setting.strip())
        found.append(folder)
        for above in (folder, *list(folder.parents)[:2]):
            if above.name in ("inbox", "outbox"):
                found.append(above.parent)
    return found


def find_files(folders: Iterable[Path]) -> list[Path]:
    """Return update files in the folders and in their usual subfolders, newest by name first; what cannot be read is
    left out."""
    found: dict[Path, Path] = {}
    for folder in folders:
        for below in BELOW:
            try:
                for file in (folder / below).glob(f"*{SUFFIX}"):
                    if file.is_file():
                        found.setdefault(file.resolve(), file)
            except OSError:
                continue
    newest = sorted(found.values(), key=lambda f: (version_key(f.stem.rpartition("-")[2]), f.name), reverse=True)
    return newest[:MOST]


def look(folders: Iterable[Path], signers: Signers | None = None, here: Installed | None = None) -> list[Candidate]:
    """Return the update files in the folders, each with what stands against it; their installers are not read yet."""
    files = find_files(folders)
    if not files:
        return []
    machine = here or installed()
    out: list[Candidate] = []
    for file in files:
        try:
            opened = read_update(file, signers or release_signers())
        except UserError as error:
            out.append(Candidate(file, None, error.problems))
        else:
            out.append(Candidate(file, opened, tuple(judge(opened.manifest, machine, place=str(file)))))
    out.sort(key=lambda c: (c.ok, version_key(c.opened.manifest.version) if c.opened else ()), reverse=True)
    return out
