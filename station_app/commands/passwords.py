"""Secrets of commands: from the environment, from a file, or asked for; never from the command line."""

from __future__ import annotations

import getpass
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from station_app.commands.problems import CommandProblem
from station_app.domain.text import Text

if TYPE_CHECKING:
    from station_app.commands.output import Output

PASSWORD = "GRASSLAND_PASSWORD"
ASK_PIN = Text("口令：", "PIN: ")


def given(variable: str, file: Path | None = None) -> str | None:
    """Return the secret from a file or the environment.

    Raises:
        UserError: CLI-015 the file cannot be read.
    """
    if file is not None:
        try:
            return file.read_text(encoding="utf-8-sig").strip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            raise CommandProblem.SECRET_UNREADABLE.error(file=file) from error
    return os.environ.get(variable) or None


def asked(variable: str, ask: Text, out: Output, file: Path | None = None) -> str:
    """Return the secret from wherever it comes.

    Raises:
        UserError: CLI-015 as above, CLI-016 there is nobody to ask.
    """
    found = given(variable, file)
    if found is None and sys.stdin.isatty():
        found = getpass.getpass(ask.to(out.language))
    if not found:
        raise CommandProblem.NO_SECRET.error(variable=variable)
    return found
