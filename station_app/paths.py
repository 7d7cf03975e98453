"""Where things are: the resource folder of this program, and the folders of the person who uses it.

Nothing is made here; who writes makes the folder. Each place can be moved by an environment variable, which is how an
office keeps the data on another disk and how tests stay out of the home folder.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

APPLICATION = "grassland-station"
RESOURCES = "GRASSLAND_RESOURCES"
DATA = "GRASSLAND_DATA"
_BESIDE_SOURCE = Path(__file__).resolve().parents[1] / "resources"


def resource_folder() -> Path:
    """Return the folder ``resources``: named by the environment, inside a frozen program, or beside the source."""
    named = os.environ.get(RESOURCES, "").strip()
    if named:
        return Path(named).expanduser().absolute()
    frozen = getattr(sys, "_MEIPASS", None)
    return Path(frozen) / "resources" if frozen else _BESIDE_SOURCE


def resource(*parts: str) -> Path:
    """Return a path below the resource folder; it may not exist."""
    return resource_folder().joinpath(*parts)


def resource_lines(*parts: str) -> list[str]:
    """Return the lines of a text file below the resource folder.

    Raises:
        OSError, UnicodeDecodeError: it is missing or damaged.
    """
    return resource(*parts).read_text(encoding="utf-8-sig").splitlines()


def data_folder() -> Path:
    """Return the folder that holds this person's workspaces unless they choose another place."""
    named = os.environ.get(DATA, "").strip()
    if named:
        return Path(named).expanduser().absolute()
    import platformdirs

    return platformdirs.user_data_path(APPLICATION, appauthor=False)


def default_workspace() -> Path:
    """Return where the workspace lies when none is named."""
    return data_folder() / "workspace"


def training_folder() -> Path:
    """Return where the training station and its county lie."""
    return data_folder() / "training"


def log_folder(workspace: Path | None = None) -> Path:
    """Return where logs are written: in the workspace, or in the person's own folder while none is open."""
    if workspace is not None:
        return workspace / "logs"
    if os.environ.get(DATA, "").strip():
        return data_folder() / "logs"
    import platformdirs

    return platformdirs.user_log_path(APPLICATION, appauthor=False)
