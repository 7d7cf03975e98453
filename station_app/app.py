"""Wires the window: which workspace opens, in which language. The one module that sees all rooms."""

from __future__ import annotations

from pathlib import Path

from station_app import paths


def run(*, workspace: Path | None, training: bool, language: str | None) -> int:
    """Open the window and stay until it is closed; return the exit code.

    ``training`` opens the training station and builds it at the first time; without a workspace the start page offers
    what there is. ``language`` of ``None`` keeps what the person chose last.

    Raises:
        UserError: the training station cannot be built.
    """
    if training:
        from station_app.county.rehearsal import training_workspace

        workspace = training_workspace(paths.training_folder())
    from station_app.ui.application import run as run_window

    return run_window(workspace, language=language)
