"""Wires the window: what opens, where and in which language. The one module that sees all rooms."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from station_app import paths
from station_app.county import training as training_station
from station_app.domain.text import Text
from station_app.exchange import opening
from station_app.ui import application, recent


def run(*, workspace: Path | None, training: bool, language: str | None, path: Path | None = None,
        say: Callable[[Text], None] | None = None, read_only: bool = False) -> int:  # fmt: skip
    """Open the window and stay until it is closed; return the exit code.

    ``training`` opens the training station and builds it at the first time; ``path`` is what a double click named: a
    workspace, or a file that the workspace (the one named, else the one used last) looks at. Without any of these the
    start page offers what there is. ``language`` of ``None`` keeps what the person chose last. ``say`` is told when a
    window that is open already took the file. ``read_only`` opens the workspace to look at only.

    Raises:
        UserError: CLI-010 … CLI-012 ``path`` is nothing to open; the training station cannot be built; UPD-034.
    """
    wish = None
    if path is not None:
        wish = opening.wish_for(path)
        if wish.what is opening.What.WORKSPACE:
            workspace, wish = wish.path, None
        elif workspace is None and not training:
            workspace = next((r.path for r in recent.recent()), None)
    if training:
        workspace = training_station.training_workspace(paths.training_folder())
    return application.run(workspace, language=language, wish=wish, say=say, read_only=read_only)
