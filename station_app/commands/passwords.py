"""Secrets of commands: from the environment, from a file, or asked for; never from the command line.

What is to be set anew comes from ``GRASSLAND_NEW_PASSWORD`` or ``--new-password-file``, and where nothing had to be opened with
it, from where a password comes, too.
"""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from station_app.commands.problems import CommandProblem
from station_app.domain.text import Text
from station_app.storage import key_slots, protection

if TYPE_CHECKING:
    from station_app.commands.output import Output

PASSWORD = "GRASSLAND_PASSWORD"
NEW_PASSWORD = "GRASSLAND_NEW_PASSWORD"
ASK_PIN = Text("口令：", "PIN: ")
ASK = Text("密码或恢复码：", "Password or recovery code: ")
ASK_NEW = Text("新密码：", "New password: ")
ASK_CODE = Text("请照恢复单输入恢复码：", "Type the recovery code from the sheet: ")


def open_workspace(args: argparse.Namespace, out: Output) -> None:
    """Open the encrypted workspace a command is about, where it does not open by itself.

    Raises:
        UserError: KEY-010 there is nobody to ask, KEY-… it does not open (``protection.unlock``), CLI-015 as ``given``.
    """
    folder = args.workspace
    if protection.state(folder).is_open:
        return
    found = given(PASSWORD, args.password_file)
    if found is None and sys.stdin.isatty():
        found = getpass.getpass(ASK.to(out.language))
    if not found:
        raise key_slots.locked(folder)
    protection.unlock(folder, found)
    args.secret_is_used = True


def new(args: argparse.Namespace, out: Output, ask: Text) -> str:
    """Return the secret that is to be set.

    Raises:
        UserError: CLI-015, CLI-016 as ``asked``.
    """
    found = given(NEW_PASSWORD, args.new_password_file)
    if not found and not getattr(args, "secret_is_used", False):
        found = given(PASSWORD, args.password_file)
    return found or asked(NEW_PASSWORD, ask, out)


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
