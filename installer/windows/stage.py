#!/usr/bin/env python3
"""Lays out the installed Windows program in a folder: runtime, libraries, the program itself, bytecode, list of files.

    python3 stage.py assemble --embed data.zip --wheels DIR --source DIR --out STAGE
    python3 stage.py finish STAGE --nsis FILES.nsh        after launchers, fonts and notices were added

Needs CPython 3.11 (any patch release: the bytecode has one form) and nothing else. The same input gives the same bytes.
What is left out is listed here with its reason, and nowhere else.
"""

from __future__ import annotations

import argparse
import fnmatch
import importlib.util
import os
import py_compile
import shutil
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "common"))
from imports import imported_by  # noqa: E402

LIBRARIES = "lib"
LIST = "files.lst"

# Where Python looks for modules: the standard library, the libraries, and this folder with the program itself. The
# environment and the registry of the machine are not asked, and no .pth file is run.
PATH_FILE = "python311.zip\n.\nlib\n"

# From the embeddable package: our own launchers stand in for python.exe; the catalogue signs sources that are not here.
RUNTIME_LEFT_OUT = {
    "python.exe",
    "pythonw.exe",
    "python.cat",
    "python311._pth",
    "_msi.pyd",
    "winsound.pyd",
    "LICENSE.txt",
}

# Qt and its bindings are the larger part of the wheel: only these are kept. pyqtgraph wants OpenGL and Test.
QT_MODULES = ("Core", "Gui", "Network", "OpenGL", "OpenGLWidgets", "PrintSupport", "Svg", "Test", "Widgets")
QT_KEPT = (
    "PySide6/__init__.py", "PySide6/_config.py", "PySide6/_git_pyside_version.py", "PySide6/support/*",
    "PySide6/pyside6.abi3.dll", "PySide6/vcruntime140*.dll", "PySide6/msvcp140*.dll",
    *(f"PySide6/Qt{name}.pyd" for name in QT_MODULES),
    *(f"PySide6/Qt6{name}.dll" for name in QT_MODULES),
    # The screen; without one (self-test of a service account); pictures that are shown; icons; TLS of the system.
    "PySide6/plugins/platforms/qwindows.dll", "PySide6/plugins/platforms/qoffscreen.dll",
    "PySide6/plugins/imageformats/qgif.dll", "PySide6/plugins/imageformats/qico.dll",
    "PySide6/plugins/imageformats/qjpeg.dll", "PySide6/plugins/imageformats/qsvg.dll",
    "PySide6/plugins/iconengines/qsvgicon.dll", "PySide6/plugins/tls/qschannelbackend.dll",
    "PySide6/plugins/styles/qmodernwindowsstyle.dll",
    "PySide6/translations/qtbase_zh_CN.qm",
)  # fmt: skip

LEFT_OUT = (
    # What compilers and editors need.
    "*.pyi", "*/py.typed", "*.lib", "*.a", "*.h", "*.pxd", "*.pyx", "*.c", "*.in", "*/meson.build", "*/include/*",
    # Tests and examples of the libraries.
    "*/tests/*", "*/conftest.py", "pyqtgraph/examples/*",
    # The Fortran and build helpers of numpy, and of PySide6 what generates code.
    "numpy/f2py/*", "numpy/distutils/*", "numpy/_core/lib/*", "numpy/random/lib/*",
    # Microsoft's libraries for things Qt's QtCore, QtGui, QtWidgets do not use.
    "shiboken6/concrt140.dll", "shiboken6/vc*lib140.dll", "shiboken6/vcamp140.dll", "shiboken6/vcomp140.dll",
    # Programs; installed names are ours alone.
    "*.exe", "*.dist-info/entry_points.txt",
    # A record of the wheel's files: wrong once some are left out.
    "*.dist-info/RECORD", "*.dist-info/INSTALLER", "*.dist-info/REQUESTED",
    # The source twin of the compiled SQLite module's tests.
    "sqlcipher3/test/*",
)  # fmt: skip

# Large, and only here when the program itself imports one of the names: others can do without them.
IF_USED = {
    "pandas": ("pandas",),
    "python_dateutil": ("dateutil", "pandas"),
    "pyqtgraph": ("pyqtgraph",),
    "numpy": ("numpy", "pandas", "pyqtgraph"),
}

# Only what makes the program run; tests, installer and documents stay in the repository.
PROGRAM = ("station_app", "resources")
PROGRAM_LEFT_OUT = ("resources/sample/README.md", "resources/fonts/README.md")


def is_kept(name: str) -> bool:
    """Tell whether the member ``name`` of a wheel is installed."""
    if any(fnmatch.fnmatchcase(name, pattern) for pattern in LEFT_OUT):
        return False
    if name.startswith("PySide6/"):
        return any(fnmatch.fnmatchcase(name, pattern) for pattern in QT_KEPT)
    return True


def installed_name(member: str) -> str | None:
    """Return where a member of a wheel goes below the library folder; ``None`` for scripts and data of other systems."""
    parts = PurePosixPath(member).parts
    if not parts[0].endswith(".data"):
        return member
    return "/".join(parts[2:]) if parts[1] in ("purelib", "platlib") else None


def unpack_runtime(archive: Path, target: Path) -> None:
    """Unpack CPython's embeddable package without what our own launchers replace."""
    target.mkdir(parents=True)
    with zipfile.ZipFile(archive) as package:
        for member in package.infolist():
            name = PurePosixPath(member.filename).name
            if not member.is_dir() and name not in RUNTIME_LEFT_OUT:
                (target / name).write_bytes(package.read(member))
        code = zipfile.ZipFile(target / "python311.zip").read("os.pyc")
    if code[:4] != importlib.util.MAGIC_NUMBER:
        sys.exit("stage.py: this Python writes another bytecode than the Windows runtime reads; use CPython 3.11")
    (target / "python311._pth").write_text(PATH_FILE, encoding="ascii", newline="\r\n")


def unpack_wheel(wheel: Path, target: Path) -> None:
    """Unpack what is kept of a wheel; two wheels may not bring the same file."""
    with zipfile.ZipFile(wheel) as package:
        for member in package.infolist():
            name = None if member.is_dir() else installed_name(member.filename)
            if name is None or not is_kept(name):
                continue
            path = target / name
            if path.exists():
                sys.exit(f"stage.py: {wheel.name} brings {name}, which another wheel brought already")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(package.read(member))


def is_used(wheel: Path, imported: set[str]) -> bool:
    """Tell whether a wheel is part of the program; all are but those of ``IF_USED``."""
    wanted_by = IF_USED.get(wheel.name.partition("-")[0])
    return wanted_by is None or not imported.isdisjoint(wanted_by)


def copy_program(source: Path, target: Path) -> None:
    """Copy the program and its resources as the commit has them."""
    for folder in PROGRAM:
        for path in sorted((source / folder).rglob("*")):
            name = path.relative_to(source).as_posix()
            if path.is_file() and "__pycache__" not in name and name not in PROGRAM_LEFT_OUT:
                (target / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target / name)


def compile_all(stage: Path) -> int:
    """Write bytecode beside every source; it is trusted as it is, so nothing is written where the program is installed."""
    count = 0
    for source in sorted(stage.rglob("*.py")):
        name = source.relative_to(stage).as_posix()
        cache = Path(importlib.util.cache_from_source(str(source)))
        try:
            py_compile.compile(
                str(source), str(cache), dfile=name, doraise=True, optimize=0,
                invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
            )  # fmt: skip
        except py_compile.PyCompileError as error:
            sys.exit(f"stage.py: {error.msg}")
        count += 1
    return count


def assemble(embed: Path, wheels: Path, source: Path, stage: Path) -> None:
    """Make the folder anew from runtime, wheels and program."""
    if stage.exists():
        shutil.rmtree(stage)
    unpack_runtime(embed, stage)
    imported = imported_by(source)
    for wheel in sorted(wheels.glob("*.whl")):
        if is_used(wheel, imported):
            unpack_wheel(wheel, stage / LIBRARIES)
    copy_program(source, stage)
    print(f"{compile_all(stage)} modules compiled", file=sys.stderr)


# --- list and installer script -------------------------------------------------------------------------------------------


def all_files(stage: Path) -> list[str]:
    """Return every file below the folder, named with slashes, files of one kind together: they pack better."""
    found = (path.relative_to(stage).as_posix() for path in stage.rglob("*") if path.is_file())
    return sorted(found, key=lambda name: (PurePosixPath(name).suffix, name))


def folders_of(names: list[str]) -> list[str]:
    """Return every folder that holds one of the files, the deepest first."""
    found = {str(parent) for name in names for parent in PurePosixPath(name).parents} - {"."}
    return sorted(found, key=lambda name: (-name.count("/"), name))


def removal_list(names: list[str]) -> str:
    """Return what the uninstaller removes, a name a line: files, then folders (with a backslash at the end).

    The list is the whole authority: a file that somebody else put into the folder is not on it and stays.
    """
    lines = [name.replace("/", "\\") for name in names]
    lines += [folder.replace("/", "\\") + "\\" for folder in folders_of(names)]
    return "\r\n".join(lines) + "\r\n"


def nsis_lines(stage: Path, names: list[str]) -> Iterator[str]:
    """Yield the installer's commands that write the files, and the figures it checks beforehand."""
    size = sum((stage / name).stat().st_size for name in names)
    yield f"!define FILES_KB {size // 1024 + 1}"
    yield f"!define FILES_COUNT {len(names)}"
    yield f"!define FILES_DEEPEST {max(map(len, names))}"
    yield "!macro WriteFiles TARGET"
    folder = None
    for name in names:
        inside = str(PurePosixPath(name).parent).replace("/", "\\")
        if inside != folder:
            folder = inside
            yield '  SetOutPath "${TARGET}"' if inside == "." else f'  SetOutPath "${{TARGET}}\\{inside}"'
        yield f'  File "{stage / name}"'
    yield "!macroend"


def finish(stage: Path, script: Path, epoch: int) -> None:
    """Write the list of files and the installer's commands; give every file the time of the commit."""
    names = [name for name in all_files(stage) if name != LIST]
    strange = [name for name in names if not name.isascii() or any(c in name for c in '$"<>|?*:')]
    if strange:
        sys.exit(f"stage.py: not fit for every Windows or for the installer: {strange}")
    names = sorted([*names, LIST], key=lambda name: (PurePosixPath(name).suffix, name))
    (stage / LIST).write_text(removal_list(names), encoding="ascii", newline="")
    for path in stage.rglob("*"):
        os.utime(path, (epoch, epoch))
    script.write_text("\n".join(nsis_lines(stage, names)) + "\n", encoding="utf-8")
    size = sum((stage / name).stat().st_size for name in names)
    print(f"{len(names)} files, {size:,} bytes", file=sys.stderr)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    made = commands.add_parser("assemble")
    made.add_argument("--embed", type=Path, required=True)
    made.add_argument("--wheels", type=Path, required=True)
    made.add_argument("--source", type=Path, required=True)
    made.add_argument("--out", type=Path, required=True)
    made = commands.add_parser("finish")
    made.add_argument("stage", type=Path)
    made.add_argument("--nsis", type=Path, required=True)
    chosen = parser.parse_args()
    if chosen.command == "assemble":
        assemble(chosen.embed, chosen.wheels, chosen.source, chosen.out)
    else:
        finish(chosen.stage, chosen.nsis, int(os.environ["SOURCE_DATE_EPOCH"]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
