"""How the running program came onto this machine: that decides which installer of an update is the right one."""

from __future__ import annotations

import platform
import sys
from dataclasses import dataclass
from pathlib import Path

from station_app import __version__

SETUP, DEB, RPM, PORTABLE, SOURCE = "setup", "deb", "rpm", "portable", "source"
PROGRAM = "grassland-station"
DPKG_LIST = Path("/var/lib/dpkg/info/grassland-station.list")
SYSTEM_FOLDERS = (Path("/opt"), Path("/usr"))
_MACHINES = {"amd64": "x86_64", "x64": "x86_64", "arm64": "aarch64"}


@dataclass(frozen=True, slots=True)
class Installed:
    """The running program.

    Attributes:
        platform: System and machine, such as ``linux-x86_64``.
        kind: ``setup`` (Windows), ``deb``, ``rpm``, ``portable``, or ``source`` when it was not installed at all.
        root: The program's own folder.
        program: What starts it.
    """

    version: str
    platform: str
    kind: str
    root: Path
    program: Path

    @property
    def wanted(self) -> str:
        """The entry of an update's file list that fits here."""
        return f"{self.platform}-{self.kind}"


def installed() -> Installed:
    """Return how this program is installed, as far as its surroundings tell."""
    executable = Path(sys.executable).resolve()
    machine = platform.machine().lower()
    here = f"{'windows' if sys.platform == 'win32' else 'linux'}-{_MACHINES.get(machine, machine)}"
    if sys.platform == "win32":
        root = next((f for f in executable.parents[:3] if _has_uninstaller(f)), None)
        if root is not None:
            return Installed(__version__, here, SETUP, root, executable)
    if not getattr(sys, "frozen", False):
        return Installed(__version__, here, SOURCE, Path(__file__).resolve().parents[3], executable)
    root = top_folder(executable)
    if sys.platform == "win32":
        return Installed(__version__, here, PORTABLE, root, executable)
    if _listed_by_dpkg(executable):
        return Installed(__version__, here, DEB, root, _command(executable))
    if any(folder in executable.parents for folder in SYSTEM_FOLDERS):
        return Installed(__version__, here, RPM, root, _command(executable))
    launcher = root / PROGRAM
    return Installed(__version__, here, PORTABLE, root, launcher if launcher.is_file() else executable)


def top_folder(executable: Path) -> Path:
    """Return the folder that was unpacked: the one above ``bin`` where the program stands in one."""
    return executable.parent.parent if executable.parent.name == "bin" else executable.parent


def _has_uninstaller(folder: Path) -> bool:
    try:
        return any(f.name.lower() == "uninstall.exe" for f in folder.iterdir())
    except OSError:
        return False


def _listed_by_dpkg(executable: Path) -> bool:
    try:
        return str(executable) in DPKG_LIST.read_text(encoding="utf-8").splitlines()
    except OSError:
        return False


def _command(executable: Path) -> Path:
    """Return what starts the program after an upgrade, when the folder may be another one."""
    link = Path("/usr/bin") / PROGRAM
    return link if link.exists() else executable
