"""The support file: what the person who helps may see, listed field by field. Nothing is taken out of anything: what is not
named here is not read. So it holds no record, no name, no place, no number of a person, and no folder of this computer.

The bytes are made once: what is shown before is what is saved.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from pathlib import Path

from station_app import __version__, logs, paths
from station_app.domain.problems import Problem
from station_app.exchange.excel.saving import beside
from station_app.exchange.health import figures_of, health
from station_app.exchange.update.installed import installed
from station_app.storage.workspace import Workspace

ENDING = ".json"
MOST_LINES = 500  # of the log
SETTINGS = {
    "language": ("zh", "en"), "theme": ("light", "dark", "contrast"), "large_print": ("", "1"),
}  # fmt: skip
"""The settings of the window it may tell, each with all it may say of it."""


def support_file(workspace: Workspace, found: Sequence[Problem] | None = None) -> bytes:
    """Return the support file of an open workspace, ASCII, to be shown and saved as it is; ``found`` as for ``health``.

    Raises:
        UserError: DB-001 the database cannot be read.
    """
    reader, folder = workspace.read, workspace.log_folder
    held = {
        "support_file": 1,
        "made_at": workspace.clock.stamp(),
        "program": {"version": __version__, "kind": installed().kind, "python": platform.python_version()},
        "computer": {"system": platform.system(), "release": platform.release(), "machine": platform.machine()},
        "workspace": {
            "role": workspace.identity.role.value,
            "training": workspace.is_training,
            "records": {name: number for name, number in reader.type_counts().items() if number},
            "settings": {
                name: said for name, known in SETTINGS.items() if (said := workspace.settings.get(name)) in known
            },
        },
        "health": figures_of(health(workspace, found)),
        "log": logs.lines_of(folder, MOST_LINES),
        "faults": {name: [*_fault(folder / name), *_fault(paths.log_folder() / name)] for name in _FAULTS},
    }
    return (json.dumps(held, ensure_ascii=True, indent=1, sort_keys=True) + "\n").encode("ascii")


_FAULTS = (logs.FAULT, logs.LEFT, logs.START_FAULT)


def _fault(file: Path) -> list[str]:
    """Return where in the source the program failed, of a file that says so."""
    try:
        return logs.sieved(file.read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return []


def save_support_file(content: bytes, path: Path) -> Path:
    """Write the file as it was shown; it is there whole or not at all.

    Raises:
        UserError: as ``saving.beside``.
    """
    with beside(path, (ENDING,)) as part:
        part.write_bytes(content)
    return path
