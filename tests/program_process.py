"""Commands of the program in processes of their own that need not load it first.

They are forked from a server that has loaded everything once. Such a process is one like any other: it has its own folder,
environment, output and exit code, and it can be killed. That a start loads what it needs is what tests of the start hold;
they start ``python -m station_app.…``.
"""

from __future__ import annotations

import functools
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from multiprocessing import forkserver, get_context
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path

import patience
import pytest

ROOT = Path(__file__).resolve().parents[1]


@functools.cache
def _server() -> ForkServerContext:
    """Start the server, which loads ``program_loaded``."""
    context = get_context("forkserver")
    context.set_forkserver_preload(["program_loaded"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join((str(ROOT), str(ROOT / "tests"))))
        forkserver.ensure_running()
    return context


def start(*arguments: object, output: str = os.devnull, errors: str = os.devnull) -> BaseProcess:
    """Start a command; it leads a process group of its own. What it prints goes to two files."""
    process = _server().Process(
        target=_command, args=([str(a) for a in arguments], dict(os.environ), str(Path.cwd()), output, errors)
    )
    process.start()
    return process


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; return its exit code and what it printed."""
    with tempfile.TemporaryDirectory() as folder:
        output, errors = (str(Path(folder) / name) for name in ("output", "errors"))
        process = start(*arguments, output=output, errors=errors)
        process.join(patience.SECONDS)
        if process.exitcode is None:
            kill(process)
            raise TimeoutError(arguments)
        told = (Path(name).read_text("utf-8") for name in (output, errors))
        return subprocess.CompletedProcess([str(a) for a in arguments], process.exitcode, *told)


def kill(process: BaseProcess) -> None:
    """End a command and what it started as a power cut would."""
    with suppress(ProcessLookupError):
        assert process.pid is not None
        os.killpg(process.pid, signal.SIGKILL)
    process.kill()  # it may not lead its group yet
    process.join(patience.SECONDS)
    assert process.exitcode is not None


def _command(arguments: list[str], environment: Mapping[str, str], folder: str, output: str, errors: str) -> None:
    with suppress(PermissionError):  # it leads one already
        os.setsid()
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    for name, stream in ((output, sys.stdout), (errors, sys.stderr)):
        target = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(target, stream.fileno())
        os.close(target)
    from station_app.start import main

    sys.exit(main(arguments))
