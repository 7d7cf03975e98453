"""What is part of the frozen Linux program and what the system brings: used by the spec, the checks and the tests."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path, PurePosixPath

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "common"))
from imports import imported_by  # noqa: E402

Toc = list[tuple[str, str, str]]  # PyInstaller's: destination, source, kind

# Libraries of every desktop. They must fit the system's drivers and services, so ours would only do harm:
# a bundled libstdc++ keeps newer graphics drivers from loading, a bundled fontconfig reads the wrong configuration.
# Each with the package that has it; launcher, .deb and .rpm name these.
SYSTEM = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libX11.so.6": "libx11-6",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxcb.so.1": "libxcb1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0|libglib2.0-0t64",
    "libgthread-2.0.so.0": "libglib2.0-0|libglib2.0-0t64",
    "libexpat.so.1": "libexpat1",
    "libz.so.1": "zlib1g",
    "libstdc++.so.6": "libstdc++6",
    "libgcc_s.so.1": "libgcc-s1",
}
C_LIBRARY = {
    "ld-linux-x86-64.so.2", "libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "librt.so.1", "libutil.so.1",
    "libresolv.so.2", "libcrypt.so.1", "libnsl.so.1",
}  # fmt: skip
GLIBC_FLOOR = "2.28"
GLIBCXX_FLOOR = "3.4.25"  # of the same age

# Imported by name, or by C code.
HIDDEN = ("xlsxwriter", "openpyxl.cell._writer")

# Never part of the program: what our libraries try to import and do without, and developers' tools.
TOOLS = ("tkinter", "IPython", "matplotlib", "scipy", "PyQt5", "PyQt6", "PySide2", "pytest", "setuptools", "pip",
         "distutils", "lib2to3", "PIL", "lxml", "sqlite3", "_pytest", "jinja2", "hypothesis", "idlelib", "ensurepip")  # fmt: skip
# Large and only here when the program itself imports them: openpyxl, sqlite-utils and pandas would pull them in.
IF_USED = ("numpy", "pandas", "pyqtgraph", "dateutil")

START_UP_LEFT_OUT = (
    "pyi_rth_pyside6", "pyi_rth_multiprocessing", "pyi_rth_pkgutil", "pyi_rth_pyqtgraph_multiprocess",
)  # fmt: skip

PLUGINS = {  # Qt plugins that are kept; the others serve GTK, Wayland, embedded devices, foreign databases
    "platforms": ("libqxcb.so", "libqoffscreen.so", "libqminimal.so"),
    "xcbglintegrations": ("libqxcb-egl-integration.so", "libqxcb-glx-integration.so"),
    "platforminputcontexts": ("libibusplatforminputcontextplugin.so", "libcomposeplatforminputcontextplugin.so"),
    "imageformats": ("libqjpeg.so", "libqsvg.so", "libqico.so", "libqgif.so"),
    "iconengines": ("libqsvgicon.so",),
    "printsupport": ("libcupsprintersupport.so",),
}


def left_out(source: Path) -> list[str]:
    """Return the modules PyInstaller must not follow."""
    used = imported_by(source)
    if "pandas" in used:
        used |= {"numpy", "dateutil"}
    if "pyqtgraph" in used:
        used.add("numpy")
    return [name for name in (*TOOLS, *IF_USED) if name not in used]


def _plugin_kept(path: PurePosixPath) -> bool:
    parts = path.parts
    folder, name = parts[parts.index("plugins") + 1], path.name
    return name in PLUGINS.get(folder, ())


def is_kept_binary(destination: str) -> bool:
    """Tell whether a library stays in the program; ``destination`` is its path there."""
    path = PurePosixPath(destination)
    if path.name in SYSTEM or path.name in C_LIBRARY:
        return False
    if "plugins" in path.parts and "Qt" in path.parts:
        return _plugin_kept(path)
    return True


def needed(path: Path) -> set[str]:
    """Return the libraries an ELF file names."""
    listed = subprocess.run(["objdump", "-p", str(path)], capture_output=True, text=True, check=True).stdout
    return set(re.findall(r"^ *NEEDED +(\S+)$", listed, re.MULTILINE))


def is_kept_data(destination: str) -> bool:
    """Tell whether a data file stays in the program."""
    path = PurePosixPath(destination)
    if "translations" in path.parts and path.suffix == ".qm":
        return path.name == "qtbase_zh_CN.qm"
    if path.parts[0].endswith(".dist-info"):
        return path.name == "METADATA"  # the program says its versions; licences stand with the notices
    if "Qt" in path.parts and path.parts[0] == "PySide6":
        return "qml" not in path.parts
    return True


def is_shared_library(destination: str) -> bool:
    """Tell whether it is only here because others need it: not a module of Python, not a plugin."""
    path = PurePosixPath(destination)
    return (
        ".so" in path.name
        and ".cpython-" not in path.name
        and ".abi3.so" not in path.name
        and "plugins" not in path.parts
    )


def kept(binaries: Toc, datas: Toc) -> tuple[Toc, Toc]:
    """Return what stays of PyInstaller's lists: modules, plugins, data, and the shared libraries that one of them needs.

    Links stay where the library they stand for does.
    """
    binaries = [entry for entry in binaries if is_kept_binary(entry[0])]
    by_name: dict[str, list[tuple[str, str, str]]] = {}
    for entry in binaries:
        by_name.setdefault(PurePosixPath(entry[0]).name, []).append(entry)
    waiting = [entry for entry in binaries if not is_shared_library(entry[0]) or "libpython3" in entry[0]]
    found = set(waiting)
    while waiting:
        _, source, kind = waiting.pop()
        if kind == "SYMLINK":
            continue
        for name in needed(Path(source)):
            for entry in by_name.get(name, ()):
                if entry not in found:
                    found.add(entry)
                    waiting.append(entry)
    names = {PurePosixPath(entry[0]).name for entry in found}

    def stays(entry: tuple[str, str, str]) -> bool:
        name = PurePosixPath(entry[0]).name
        return name in names if entry[2] == "SYMLINK" and ".so" in name else is_kept_data(entry[0])

    return [entry for entry in binaries if entry in found], [entry for entry in datas if stays(entry)]
