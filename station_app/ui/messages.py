"""The only place that opens boxes: errors, questions, file choices. Tests replace single functions of this module."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtWidgets import QWidget

from station_app.domain.problems import Problem
from station_app.domain.text import Text


def show_error(parent: QWidget | None, error: BaseException) -> None:
    """Show a ``UserError`` (sentence, code, problems) or, for anything else, say that a fault happened."""
    raise NotImplementedError


def show_notice(parent: QWidget | None, text: Text, detail: Text | None = None) -> None:
    """Show a sentence that must not be overlooked."""
    raise NotImplementedError


def show_problems(parent: QWidget | None, title: Text, problems: Sequence[Problem]) -> None:
    """Show a list of problems, worst first, that can be copied."""
    raise NotImplementedError


def ask(parent: QWidget | None, question: Text, *, yes: Text, no: Text, detail: Text | None = None) -> bool:
    """Ask for a decision that cannot be undone; the buttons are verbs, the safe one is the default."""
    raise NotImplementedError


def ask_text(parent: QWidget | None, question: Text, *, value: str = "", required: bool = True) -> str | None:
    """Ask for one line, for example a reason; ``None`` when the person turned back."""
    raise NotImplementedError


def ask_open_file(parent: QWidget | None, title: Text, patterns: str, *, folder: Path | None = None) -> Path | None:
    """Ask for an existing file; ``patterns`` such as ``"*.xlsx *.csv"``."""
    raise NotImplementedError


def ask_save_file(parent: QWidget | None, title: Text, patterns: str, *, suggestion: Path | None = None) -> Path | None:
    """Ask where to write."""
    raise NotImplementedError


def ask_folder(parent: QWidget | None, title: Text, *, folder: Path | None = None) -> Path | None:
    """Ask for a folder."""
    raise NotImplementedError
