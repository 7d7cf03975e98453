#!/usr/bin/env python3
"""Does the staged program name every library it needs? Wine stands in for missing ones, a fresh Windows does not.

    python3 check_imports.py STAGE

Reads the import tables (ordinary and delayed) of every program file. A library must be in the same folder, in one that
Windows searches for that file (the program's own, or where the file's package loaded it before), or be part of every
Windows 10 1809. Exit 1 and a line for each that is not.
"""

from __future__ import annotations

import struct
import sys
from pathlib import Path

# Part of Windows 10 1809 and newer. A new name here is a decision: look up since when Windows has it.
WINDOWS = {
    "advapi32", "authz", "bcrypt", "bcryptprimitives", "comdlg32", "crypt32", "d3d11", "d3d12", "d3d9", "dnsapi",
    "dwmapi", "dwrite", "dxgi", "gdi32", "imm32", "iphlpapi", "kernel32", "mpr", "msvcrt", "ncrypt", "netapi32", "ntdll",
    "ole32", "oleaut32", "rpcrt4", "secur32", "setupapi", "shell32", "shlwapi", "uiautomationcore", "user32", "userenv",
    "uxtheme", "version", "winhttp", "winmm", "winspool.drv", "ws2_32", "wtsapi32",
}  # fmt: skip
API_SETS = ("api-ms-win-crt-",)  # the C runtime of Windows 10
API_SETS_1809 = {
    "api-ms-win-core-path-l1-1-0", "api-ms-win-core-synch-l1-2-0", "api-ms-win-core-winrt-l1-1-0",
    "api-ms-win-core-winrt-string-l1-1-0", "api-ms-win-shcore-scaling-l1-1-1",
}  # fmt: skip

# Folders whose libraries are in memory before the file is loaded, because importing its package loads them.
LOADED_BEFORE = {"lib/PySide6": ("lib/shiboken6",), "lib/pyqtgraph": ("lib/PySide6",)}


class NotAProgram(ValueError):
    """The file is no 64-bit Windows program file."""


def imports_of(data: bytes) -> set[str]:
    """Return the names of the libraries a program file needs, in lower case.

    Raises:
        NotAProgram: no PE file for 64-bit Windows.
    """
    if data[:2] != b"MZ":
        raise NotAProgram
    head = struct.unpack_from("<I", data, 0x3C)[0]
    if data[head : head + 4] != b"PE\0\0":
        raise NotAProgram
    sections, optional_size = struct.unpack_from("<H12xH", data, head + 6)
    optional = head + 24
    if struct.unpack_from("<H", data, optional)[0] != 0x20B:
        raise NotAProgram
    table = optional + optional_size
    layout = [struct.unpack_from("<III", data, table + 40 * i + 12) for i in range(sections)]  # address, size, offset

    def at(address: int) -> int:
        for start, size, offset in layout:
            if start <= address < start + size:
                return address - start + offset
        raise NotAProgram

    def text(address: int) -> str:
        begin = at(address)
        return data[begin : data.index(b"\0", begin)].decode("ascii").lower()

    found = set()
    for directory, size, name_at in ((1, 20, 12), (13, 32, 4)):  # imports, delayed imports
        address = struct.unpack_from("<I", data, optional + 112 + 8 * directory)[0]
        entry = at(address) if address else 0
        while entry and (name := struct.unpack_from("<I", data, entry + name_at)[0]):
            found.add(text(name))
            entry += size
    return found


def of_windows(library: str) -> bool:
    """Tell whether a library is part of Windows 10 1809."""
    base = library.removesuffix(".dll")
    return base in WINDOWS or base.startswith(API_SETS) or base in API_SETS_1809


def searched(folder: str) -> list[str]:
    """Return the folders whose libraries a file in ``folder`` finds: its own, the program's, those loaded before."""
    top = "/".join(folder.split("/")[:2])
    own_libraries = f"{top}.libs"  # pandas.libs, numpy.libs: their packages add the folder on import
    return [folder, "", own_libraries, top, *LOADED_BEFORE.get(top, ())]


def missing(stage: Path) -> list[str]:
    """Return a line for each library that nobody brings."""
    files = [p for p in stage.rglob("*") if p.is_file() and p.suffix.lower() in (".dll", ".pyd", ".exe")]
    there = {(p.parent.relative_to(stage).as_posix().removeprefix("."), p.name.lower()) for p in files}
    lines = []
    for path in sorted(files):
        folder = path.parent.relative_to(stage).as_posix().removeprefix(".")
        try:
            needed = imports_of(path.read_bytes())
        except NotAProgram:
            lines.append(f"{path.relative_to(stage)}: not a 64-bit Windows program file")
            continue
        for library in sorted(needed):
            if not of_windows(library) and not any((place, library) in there for place in searched(folder)):
                lines.append(f"{path.relative_to(stage)}: needs {library}")
    return lines


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    lines = missing(Path(sys.argv[1]))
    print("\n".join(lines), end="\n" if lines else "")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
