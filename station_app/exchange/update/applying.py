"""An update in order: check, backup, copy out, start the installer once the program has closed.

Plan, show, apply: ``plan_update`` changes nothing, ``prepare`` makes the backup and lays the checked installer into a
folder of this person, ``start`` hands over to it. The installed program is touched by its own installer alone.
"""

from __future__ import annotations

import lzma
import os
import posixpath
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from station_app import paths
from station_app.domain.problems import Problem, UserError
from station_app.domain.program_version import is_newer, version_key
from station_app.domain.text import Text
from station_app.exchange.package.container import MIB
from station_app.exchange.package.files import name_part, writing
from station_app.exchange.package.problems import PackageProblem
from station_app.exchange.package.sshsig import Signers
from station_app.exchange.update.installed import DEB, PORTABLE, PROGRAM, RPM, SETUP, SOURCE, Installed, installed
from station_app.exchange.update.manifest import Manifest, Payload
from station_app.exchange.update.problems import UpdateProblem
from station_app.exchange.update.reading import Opened, UpdateFile, release_signers, verify_update
from station_app.services.progress import JobContext, Quiet
from station_app.storage import files, migrations

if TYPE_CHECKING:
    from station_app.storage.workspace import Workspace

# What an installer needs on the disk once unpacked, where its list does not say: our bundles pack to a third or less.
UNPACKED = 5
SPARE = 50 * MIB
MAX_MEMBERS = 100_000
MAX_UNPACKED = 4096 * MIB
COPYING = Text("正在拷出安装包", "Copying the installer out")
BACKING_UP = Text("正在备份", "Backing up")
UNPACKING = Text("正在解开新版本", "Unpacking the new version")


# --- planning --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Plan:
    """What installing an update would do; nothing is done yet."""

    opened: Opened
    here: Installed
    payload: Payload | None
    problems: tuple[Problem, ...]

    @property
    def manifest(self) -> Manifest:
        return self.opened.manifest

    @property
    def ok(self) -> bool:
        return self.payload is not None and not self.problems


def judge(
    manifest: Manifest, here: Installed, *, workspace_format: int | None = None, place: str = ""
) -> list[Problem]:
    """Return what stands against installing an update over the running program."""
    found: list[Problem] = []
    version = manifest.version
    if version_key(version) == version_key(here.version):
        found.append(UpdateProblem.SAME.at(place, version=version))
    elif not is_newer(version, here.version):
        found.append(UpdateProblem.OLDER.at(place, version=version, here=here.version))
    elif is_newer(manifest.minimum_from, here.version):
        found.append(UpdateProblem.TOO_NEW.at(place, version=version, minimum=manifest.minimum_from, here=here.version))
    format_here = migrations.LATEST if workspace_format is None else workspace_format
    if manifest.minimum_workspace > format_here:
        found.append(UpdateProblem.WORKSPACE_TOO_OLD.at(place, version=version, minimum=manifest.minimum_workspace,
                                                     found=format_here))  # fmt: skip
    if here.kind == SOURCE:
        found.append(UpdateProblem.FROM_SOURCE.at(place, root=here.root))
    elif here.wanted not in manifest.files:
        there = ", ".join(sorted(manifest.files))
        found.append(UpdateProblem.OTHER_PLATFORM.at(place, here=here.wanted, there=there))
    return found


def updates_folder() -> Path:
    """Return where installers are laid out for this person."""
    return paths.data_folder() / "updates"


def plan_update(
    path: Path,
    *,
    signers: Signers | None = None,
    here: Installed | None = None,
    workspace: Path | None = None,
    context: JobContext | None = None,
) -> Plan:
    """Check an update file to its last byte and say what stands against installing it.

    ``workspace`` is the database that will be backed up first; it counts for the room that is needed.

    Raises:
        UserError: UPD-001 … UPD-013 the file is not sound or not ours, JOB-001 cancelled.
    """
    opened = verify_update(path, signers or release_signers(), context)
    machine = here or installed()
    problems = judge(opened.manifest, machine, place=str(path))
    payload = opened.manifest.files.get(machine.wanted)
    if payload is not None and not problems:
        problems += _room(payload, machine, workspace)
    return Plan(opened, machine, payload, tuple(problems))


def _room(payload: Payload, here: Installed, workspace: Path | None) -> list[Problem]:
    """Return what is missing, disk by disk."""
    unpacked = payload.unpacked or payload.size * UNPACKED
    program = here.root.parent if here.kind == PORTABLE else here.root
    wanted = [(updates_folder(), payload.size), (program, unpacked)]
    if workspace is not None:
        wanted.append((workspace.parent, workspace.stat().st_size))
    needs: dict[int, tuple[Path, int]] = {}
    for folder, size in wanted:
        there = _existing(folder)
        disk = there.stat().st_dev
        needs[disk] = (there, needs.get(disk, (there, SPARE))[1] + size)
    found = []
    for folder, needed in needs.values():
        free = shutil.disk_usage(folder).free
        if free < needed:
            found.append(UpdateProblem.NO_ROOM.at(str(folder), folder=folder, needed=needed // MIB, free=free // MIB))
    return found


def _existing(folder: Path) -> Path:
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder


# --- preparing -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Prepared:
    """All that can be done while the program runs is done.

    Attributes:
        backup: The copy of the workspace that was open, ``None`` when none was.
        installer: The checked installer, in a folder of this person.
        program: What will start the new version; for a portable copy it is already in its place.
    """

    plan: Plan
    backup: Path | None
    installer: Path
    program: Path


def prepare(plan: Plan, workspace: Workspace | None, *, signers: Signers | None = None,
            context: JobContext | None = None) -> Prepared:  # fmt: skip
    """Back the open workspace up, copy the installer out and check it once more; unpack a portable copy.

    Raises:
        UserError: the plan's first problem; DB-002, WSP-010, WSP-011 the backup failed; UPD-001, UPD-002 the file
            changed; UPD-031 … UPD-033; JOB-001 cancelled. The installed program was not touched.
    """
    if plan.payload is None or plan.problems:
        first = plan.problems[0]
        raise UserError(first.code, first.text, problems=plan.problems)
    job = context or Quiet()
    backup = None
    if workspace is not None:
        job.progress(0, None, BACKING_UP)
        backup = workspace.back_up(mark=f"before-update-{plan.manifest.version}")
    installer = _copy_out(plan, plan.payload, signers or release_signers(), job)
    program = plan.here.program
    if plan.here.kind == PORTABLE:
        job.progress(0, None, UNPACKING)
        program = unpack(installer, plan.here.root)
    return Prepared(plan, backup, installer, program)


def _copy_out(plan: Plan, payload: Payload, signers: Signers, job: JobContext) -> Path:
    folder = updates_folder() / plan.manifest.version
    target = folder / payload.name
    try:
        for each in (folder.parent, folder):
            each.mkdir(mode=0o700, parents=True, exist_ok=True)
            each.chmod(0o700)  # nobody else may swap the file between check and start
    except OSError as error:
        raise UpdateProblem.CANNOT_WRITE.error(str(folder), path=folder, why=error.strerror) from error
    try:
        with UpdateFile(plan.opened.path, signers) as update:
            if update.manifest.raw != plan.manifest.raw:
                raise UpdateProblem.DAMAGED.error(str(plan.opened.path), detail=plan.opened.path.name)
            with writing(target) as file:
                update.read_payload(payload, file.write, job)
        name_part(target)
    except UserError as error:
        if error.code == PackageProblem.CANNOT_WRITE.code:
            why = getattr(error.__cause__, "strerror", None) or error.code
            raise UpdateProblem.CANNOT_WRITE.error(str(target), path=target, why=why) from error
        raise
    return target


def unpack(archive: Path, root: Path) -> Path:
    """Unpack a portable version beside the running one and return its program.

    Only plain files, folders and links that stay inside are taken; the folder gets its name when all of it is there.

    Raises:
        UserError: UPD-031 it cannot be written, UPD-032 something is there already, UPD-033 it is no version of ours.
    """
    try:
        with tarfile.open(archive) as tar:
            members = tar.getmembers()
            top = _top_of(members)
            if not top:
                raise UpdateProblem.NO_PROGRAM.error(str(archive), name=archive.name)
            target, part = root.parent / top, root.parent / f".{top}.part"
            if target.exists():
                raise UpdateProblem.FOLDER_EXISTS.error(str(target), path=target)
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir()
            try:
                # Python before 3.11.4 has no filters; what they would refuse was refused above.
                more: dict[str, Any] = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
                tar.extractall(part, members, **more)
                program = next((p for p in (Path(PROGRAM), Path("bin") / PROGRAM) if (part / top / p).is_file()), None)
                if program is None:
                    raise UpdateProblem.NO_PROGRAM.error(str(archive), name=archive.name)
                files.sync_all(part / top)
                files.give_name(part / top, target)
            finally:
                shutil.rmtree(part, ignore_errors=True)
    except (tarfile.TarError, lzma.LZMAError, EOFError) as error:
        raise UpdateProblem.NO_PROGRAM.error(str(archive), name=archive.name) from error
    except OSError as error:
        where = error.filename or root.parent
        raise UpdateProblem.CANNOT_WRITE.error(str(where), path=where, why=error.strerror or error) from error
    return target / program


def _top_of(members: Sequence[tarfile.TarInfo]) -> str:
    """Return the one top folder everything stands in, nothing when a member is none of ours or points outside."""
    if len(members) > MAX_MEMBERS or sum(m.size for m in members) > MAX_UNPACKED:
        return ""
    tops = set()
    for member in members:
        path = PurePosixPath(member.name)
        inside = [path]
        if member.issym():
            inside.append(PurePosixPath(posixpath.normpath(path.parent / member.linkname)))
        elif member.islnk():
            inside.append(PurePosixPath(member.linkname))
        elif not (member.isfile() or member.isdir()):
            return ""
        for each in inside:
            if each.is_absolute() or ".." in each.parts or not each.parts or "\\" in str(each):
                return ""
            tops.add(each.parts[0])
    return tops.pop() if len(tops) == 1 else ""


# --- handing over ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Launch:
    """What runs once this program has ended.

    Attributes:
        command: The installer with its arguments; empty when nothing needs to be installed any more.
        program: Started afterwards; ``None`` where the installer does it.
        manual: What a person types where nothing here may install; empty otherwise.
    """

    command: tuple[str, ...]
    program: Path | None = None
    manual: str = ""


def launch_of(prepared: Prepared, *, root: bool | None = None) -> Launch:
    """Return how the prepared installer is run on this machine; ``root``: whether this process may install by itself."""
    file, kind = str(prepared.installer), prepared.plan.here.kind
    if kind == SETUP:
        return Launch((file, "/S", f"/WAITPID={os.getpid()}", "/RESTART"))
    if kind == PORTABLE:
        return Launch((), prepared.program)
    command = _package_command(kind, file)
    may = (hasattr(os, "geteuid") and os.geteuid() == 0) if root is None else root
    if may:
        return Launch(command, prepared.program)
    if shutil.which("pkexec"):
        return Launch(("pkexec", *command), prepared.program)
    import shlex

    return Launch((), None, "sudo " + shlex.join(command))


def _package_command(kind: str, file: str) -> tuple[str, ...]:
    if kind == DEB:
        return ("apt-get", "install", "--yes", file) if shutil.which("apt-get") else ("dpkg", "--install", file)
    assert kind == RPM, kind
    for tool in ("dnf", "yum"):
        if shutil.which(tool):
            return (tool, "install", "--assumeyes", file)
    return ("rpm", "--upgrade", file)


# The shell waits for this process ($1) to end, installs, and starts the program ($2) whatever came of it.
_SCRIPT = """pid=$1 program=$2
shift 2
{
  while kill -0 "$pid" 2>/dev/null; do sleep 0.2; done
  [ $# -eq 0 ] || "$@"
  [ -z "$program" ] || exec "$program"
} &
"""


def start(launch: Launch, *, pid: int | None = None, log: Path | None = None) -> None:
    """Start what comes after this program; it waits until this process has ended.

    Raises:
        UserError: UPD-034 it could not be started.
    """
    file = log or updates_folder() / "install.log"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("ab") as output:
            if sys.platform == "win32":
                flags = subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP
                subprocess.Popen(launch.command, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                                 creationflags=flags, close_fds=True)  # fmt: skip
                return
            arguments = ["sh", "-c", _SCRIPT, "sh", str(pid or os.getpid()), str(launch.program or ""), *launch.command]
            subprocess.run(arguments, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd="/", check=False,
                           start_new_session=True, close_fds=True, env=outside_environment())  # fmt: skip
    except OSError as error:
        path = error.filename or (launch.command[0] if launch.command else launch.program)
        raise UpdateProblem.CANNOT_START.error(str(path), path=path, why=error.strerror) from error


def outside_environment() -> dict[str, str]:
    """Return the environment as other programs expect it: a bundle changes where libraries are looked for."""
    out = dict(os.environ)
    if getattr(sys, "frozen", False):
        before = out.pop("LD_LIBRARY_PATH_ORIG", None)
        out.pop("LD_LIBRARY_PATH", None)
        if before:
            out["LD_LIBRARY_PATH"] = before
    return out


def run_here(launch: Launch) -> Sequence[str]:
    """Replace this process by the installer (a command line on Linux); return only when there is nothing to run.

    Raises:
        UserError: UPD-034 it could not be started.
    """
    if launch.command:
        try:
            os.execvpe(launch.command[0], list(launch.command), outside_environment())
        except OSError as error:
            path = launch.command[0]
            raise UpdateProblem.CANNOT_START.error(path, path=path, why=error.strerror) from error
    return launch.command


def clean_up(version: str) -> None:
    """Remove installers of ``version`` and older ones; what cannot be removed stays."""
    folder = updates_folder()
    if not folder.is_dir():
        return
    for each in folder.iterdir():
        if each.is_dir() and version_key(each.name) and not is_newer(each.name, version):
            shutil.rmtree(each, ignore_errors=True)
