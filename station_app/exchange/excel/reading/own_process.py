"""Large files are read in a process of their own: the second processor, an end when somebody stops it, and limits that end
the reading and not the program.

The process is this program called with ``READ_TABLES``; it answers on its standard output with what it has read, packed.
Where no such process can be started, or the file is small, it is read here.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO

from station_app.domain.problems import UserError
from station_app.exchange.excel.problems import WorkbookProblem
from station_app.exchange.excel.reading import limits
from station_app.exchange.excel.reading.cells import RawTable
from station_app.services.progress import JobContext, stop_if_cancelled

READ_TABLES = "--read-tables"
LARGE = 4_000_000  # bytes, unpacked: below it a process costs more than it saves
MEMORY = 2_000_000_000  # bytes of address space, where the system can hold a process to them
SECONDS = 900  # of the processor
_STARTED, _FAULT = "started", "fault"
_PROGRAM = Path(__file__).resolve().parents[4]
Read = Callable[[Path], list[RawTable]]


def is_large(path: Path) -> bool:
    """Whether reading a file is work for a process of its own."""
    with suppress(Exception):  # what is wrong with it, reading says
        if path.stat().st_size > LARGE:
            return True
        with zipfile.ZipFile(path) as archive:
            return sum(part.file_size for part in archive.infolist()) > LARGE
    return False


def command(path: Path) -> list[str]:
    """Return what starts this program to read a file; the launchers of an installed one name its first module themselves."""
    is_python = not getattr(sys, "frozen", False) and Path(sys.executable).name.lower().startswith("python")
    return [sys.executable, *(("-m", "station_app.start") if is_python else ()), READ_TABLES, str(path)]


def read_beside(path: Path, job: JobContext) -> list[RawTable] | None:
    """Return the tables of a file as a process of its own reads them, ``None`` where none can be started.

    Raises:
        UserError: what reading raises; IMP-016 the process came to its limits; JOB-001 the person asked to stop.
    """
    paths = [str(_PROGRAM), *filter(None, [os.environ.get("PYTHONPATH")])]
    try:
        process = subprocess.Popen(
            command(path.absolute()),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except OSError:
        return None
    assert process.stdout is not None
    tables: list[RawTable] = []
    try:
        said = _said(process.stdout)
        if next(said, None) != _STARTED:
            return None
        for each in said:
            stop_if_cancelled(job)
            if each == _FAULT:
                return None
            if isinstance(each, RawTable):
                tables.append(each)
            elif isinstance(each, tuple):
                code, text, problems = each
                raise UserError(code, text, problems=problems)
            elif each is None:
                return tables
        raise WorkbookProblem.TOO_BIG.error(file=path.name)  # ended before its end
    finally:
        process.kill()
        process.stdout.close()
        process.wait()


def _said(stream: IO[bytes]) -> Iterator[object]:
    """Yield what the process says; nothing more once it has ended, or says what is not ours."""
    with suppress(EOFError, OSError, pickle.UnpicklingError, ValueError, AttributeError, ImportError, IndexError):
        while True:
            yield pickle.load(stream)


def serve(path: Path, read: Read) -> int:
    """Be that process: read a file and say on standard output that it began, that it goes on, each table, and the end."""
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb")

    def say(said: object) -> None:
        pickle.dump(said, out, pickle.HIGHEST_PROTOCOL)
        out.flush()

    _hold_to_limits()
    say(_STARTED)
    limits.going_on = lambda: say("")
    try:
        for table in read(path):
            say(table)
        say(None)
    except UserError as error:
        say((error.code, error.text, error.problems))
    except MemoryError:
        return 1
    except Exception:  # a fault of ours: it shows itself where the file is read again
        say(_FAULT)
    return 0


def _hold_to_limits() -> None:
    if sys.platform == "win32":
        return
    import resource

    for limit, most in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, SECONDS)):
        with suppress(OSError, ValueError):
            resource.setrlimit(limit, (most, resource.getrlimit(limit)[1]))
