"""One command: its name, its arguments and what it does stand together, and the catalogue says which module has it.

A module is loaded when one of its commands is called, or when all of them are listed; so ``--version`` and the window
wait for none of them.
"""

from __future__ import annotations

import argparse
import importlib
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

from station_app import logs
from station_app.commands import passwords
from station_app.domain.guards import Act, Route
from station_app.domain.problems import UserError
from station_app.services import accounts, guarding
from station_app.storage import workspace as workspaces
from station_app.storage.problems import StorageProblem

if TYPE_CHECKING:
    from station_app.commands.output import Output
    from station_app.storage.workspace import Workspace

Run = Callable[[argparse.Namespace, "Output"], int | None]
RunInWorkspace = Callable[["Workspace", argparse.Namespace, "Output"], int | None]
Adds = Callable[[Any], object]
"""Adds itself to a parser, or to a group of one."""

CATALOGUE = {
    name: module
    for module, names in {
        "workspaces": "init separate check salvage query undo redo coverage villages moved author",
        "recovery": "backup restore recovery protect",
        "workbooks": "template import export",
        "packages": "package verify package-csv receive take apply-receipt card accept-card revoke-card replace-key signers quarantine",
        "accounts": "accounts",
        "records": "find void unvoid conflicts twins review accept send-back",
        "compensation": "compensation",
        "report": "report",
        "results": "freeze recheck",
        "standards": "coefficients",
        "calc": "calc",
        "codes": "codes threats",
        "health": "health support",
        "program": "open print update demo tour self-test bench",
    }.items()
    for name in names.split()
}
"""The module each first word lies in."""


@dataclass(frozen=True, slots=True)
class Command:
    """What a person can call.

    Attributes:
        name: Its words: ``backup``; ``compensation run`` is an action of ``compensation``; ``""`` is called without a word.
        zh: What it does, in Chinese; in English the description of its function says so.
        run: Does it and returns the exit code, ``None`` for 0. A group without a deed of its own has none.
    """

    name: str
    zh: str
    en: str
    run: Run | None
    arguments: tuple[Adds, ...] = ()


_LOADED: dict[str, Command] = {}


def argument(*names: str, **options: object) -> Adds:
    """Return an argument of a command, as ``argparse`` describes one."""
    return lambda parser: parser.add_argument(*names, **options)


def either(*arguments: Adds) -> Adds:
    """Return arguments of which one must be given, and only one."""

    def add(parser: argparse.ArgumentParser) -> None:
        group = parser.add_mutually_exclusive_group(required=True)
        for each in arguments:
            each(group)

    return add


ACCOUNT, PASSWORD = "GRASSLAND_ACCOUNT", passwords.PASSWORD
SECOND, SECOND_PASSWORD = "GRASSLAND_SECOND", "GRASSLAND_SECOND_PASSWORD"
OCCASIONS = ("mid_year", "year_end", "spot_check")
FOLDER = argument("--workspace", type=Path, required=True, help="workspace folder / 工作站文件夹")
"""Of commands that do not open what may lie there."""
PASSWORD_FILE = argument(
    "--password-file", type=Path, default=None, help="file that holds the password or code / 存有密码或恢复码的文件"
)


def opened_workspace(*, required: bool = True, what: str = "workspace folder / 工作站文件夹") -> Adds:
    """Return the argument that names a workspace which is opened before the command runs, by a password where it needs one."""

    def add(parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--workspace", type=Path, required=required, default=None, help=what)
        PASSWORD_FILE(parser)
        parser.set_defaults(opens_workspace=True)

    return add


WORKSPACE = opened_workspace()


def command(name: str, zh: str, *arguments: Adds) -> Callable[[Run], Run]:
    """Make a function a command; the first line of its description is the English help."""

    def add(run: Run) -> Run:
        _LOADED[name] = Command(name, zh, run.__doc__ or "", run, arguments)
        return run

    return add


@contextmanager
def opened_by(folder: Path, out: Output, *, look: bool = False) -> Iterator[Workspace]:
    """Open a workspace for a command, and sign in whom the environment names; without a name commands only read where there are
    accounts.

    Raises:
        UserError: as ``Workspace.open`` and ``accounts.sign_in``; CLI-016 there is a name and no PIN.
    """
    opening = workspaces.Workspace.open_to_look if look else workspaces.Workspace.open
    with opening(folder) as workspace, ExitStack() as stack:
        workspace.route = Route.COMMAND
        if (name := os.environ.get(ACCOUNT)) and workspace.has_accounts:
            accounts.sign_in(workspace, name, passwords.asked(PASSWORD, passwords.ASK_PIN, out))
        if (second := os.environ.get(SECOND)) and workspace.has_accounts:
            pin = passwords.asked(SECOND_PASSWORD, passwords.ASK_PIN, out)
            stack.enter_context(accounts.with_second(workspace, second, pin))
        yield workspace


def refuse_keys(args: argparse.Namespace, out: Output) -> None:
    """Ask the guards before a key is changed in a closed workspace.

    Raises:
        UserError: as ``opened_by`` and ``guarding.refuse``.
    """
    with opened_by(args.workspace, out) as workspace:
        guarding.refuse(workspace, Act.KEYS)


READ_ONLY = argument(
    "--read-only",
    action="store_true",
    default=argparse.SUPPRESS,
    help="look at a copy: a damaged one, a medium nobody can write / 只读打开",
)


def workspace_command(
    name: str, zh: str, *arguments: Adds, looks: bool = False
) -> Callable[[RunInWorkspace], RunInWorkspace]:
    """Make a function a command that is given the open workspace, too; one that only ``looks`` can be given it read-only."""

    def add(run: RunInWorkspace) -> RunInWorkspace:
        @wraps(run)
        def opened(args: argparse.Namespace, out: Output) -> int | None:
            only_look = looks and args.read_only
            with opened_by(args.workspace, out, look=only_look) as workspace:
                for problem in workspace.gate if only_look else ():
                    if problem.code == StorageProblem.PART_SHOWN.code:
                        out.problem(problem)
                workspace.begin_log(name)
                try:
                    return run(workspace, args, out)
                except UserError as error:
                    logs.log.app.warning("told: %s", error)
                    raise
                finally:
                    logs.stop()

        given = (WORKSPACE, *((READ_ONLY,) if looks else ()), *arguments)
        _LOADED[name] = Command(name, zh, run.__doc__ or "", opened, given)
        return run

    return add


def group(name: str, zh: str, en: str) -> None:
    """Name commands of which each is a word behind this one."""
    _LOADED[name] = Command(name, zh, en, None)


def commands(only: str | None = None) -> list[Command]:
    """Return the commands that begin with a word, or with ``None`` all, in the order of the catalogue."""
    wanted = CATALOGUE if only is None else (only,)
    for module in {CATALOGUE[name]: None for name in wanted}:
        vars(importlib.import_module(f"station_app.commands.{module}"))  # a module waits until it is looked into
    return [each for name in wanted for each in _LOADED.values() if each.name.split()[:1] == [name]]


def without_word(args: argparse.Namespace, out: Output) -> int | None:
    """Do what is done where no command is named."""
    commands("open")  # lies in the same module
    run = _LOADED[""].run
    assert run is not None
    return run(args, out)
