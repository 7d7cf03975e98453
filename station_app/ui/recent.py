"""Workspaces opened on this machine before, newest first."""

from __future__ import annotations

import contextlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from station_app import paths
from station_app.storage import files

FILE = "recent.json"
KEPT = 8


@dataclass(frozen=True, slots=True)
class Recent:
    """One workspace: where it is and what it is called."""

    folder: str
    name: str
    role: str
    training: bool = False

    @property
    def path(self) -> Path:
        return Path(self.folder)


def _file() -> Path:
    return paths.data_folder() / FILE


def recent() -> list[Recent]:
    """Return workspaces that are still where they were."""
    try:
        listed = json.loads(_file().read_text(encoding="utf-8"))
        found = [Recent(str(i["folder"]), str(i["name"]), str(i["role"]), bool(i.get("training"))) for i in listed]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return []
    return [r for r in found if r.path.is_dir()]


def remember(folder: Path, name: str, role: str, *, training: bool = False) -> None:
    """Put a workspace in front of the list; a list that cannot be written is no reason to stop."""
    here = Recent(str(folder.absolute()), name, role, training)
    listed = [here, *(r for r in recent() if r.folder != here.folder)][:KEPT]
    with contextlib.suppress(OSError):
        _file().parent.mkdir(parents=True, exist_ok=True)
        content = json.dumps([asdict(r) for r in listed], ensure_ascii=False).encode()
        files.write_whole(_file(), content, private=True)
