"""One sentence, with the next step, for a program that cannot start: on standard error, and in a box without Qt.

Standard library only, and little of it at the top: it must work when everything else is broken, and cost nothing when
nothing is. Codes: RUN-001 incomplete program, RUN-002 missing system library, RUN-003 no display or platform plugin,
RUN-004 a fault of ours.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

FAILED = 1
TITLE = "草原站 Grassland Station"
DEBUG = "GRASSLAND_DEBUG"  # shows traces
QUIET = "GRASSLAND_QUIET"  # opens no boxes: scripts and tests

wants_window = False
"""Set when the window is to be opened: then a person without a terminal is told in a box."""

# The Debian package of each system library the program's own libraries ask for (Kylin and UOS name them alike).
PACKAGES = {
    "libEGL.so.1": "libegl1", "libGL.so.1": "libgl1", "libGLX.so.0": "libglx0", "libOpenGL.so.0": "libopengl0",
    "libdbus-1.so.3": "libdbus-1-3", "libfontconfig.so.1": "libfontconfig1", "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0", "libgthread-2.0.so.0": "libglib2.0-0", "libxkbcommon.so.0": "libxkbcommon0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0", "libX11.so.6": "libx11-6", "libX11-xcb.so.1": "libx11-xcb1",
    "libxcb.so.1": "libxcb1", "libxcb-cursor.so.0": "libxcb-cursor0", "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0", "libxcb-keysyms.so.1": "libxcb-keysyms1", "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render.so.0": "libxcb-render0", "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0", "libxcb-shm.so.0": "libxcb-shm0", "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1", "libxcb-xfixes.so.0": "libxcb-xfixes0", "libxcb-xkb.so.1": "libxcb-xkb1",
    "libz.so.1": "zlib1g", "libgssapi_krb5.so.2": "libgssapi-krb5-2", "libbrotlidec.so.1": "libbrotli1",
}  # fmt: skip
MISSING_LIBRARY = re.compile(r"(lib[\w.+-]+\.so(?:\.[\w.]+)?): cannot open shared object file")
MISSING_MODULE = re.compile(r"cannot import name '(\w+)' from '(station_app[\w.]*)'")
_OLD_SYSTEM = re.compile(r"version [`'](GLIBC(?:XX)?_[\d.]+)' not found")


def import_failure(error: ImportError) -> tuple[str, str, str]:
    """Return code and sentence (Chinese, English) for an import that failed."""
    said = str(error)
    library = MISSING_LIBRARY.search(said)
    if library is not None:
        return missing_library(library[1])
    old = _OLD_SYSTEM.search(said)
    if old is not None:
        return (
            "RUN-002",
            f"本机的系统太旧：缺少 {old[1]}。请升级操作系统，或索取适合旧系统的安装包；数据没有改动。",
            f"This system is too old: {old[1]} is missing. Upgrade it, or ask for the package for older systems; no data "
            "was touched.",
        )
    lost = MISSING_MODULE.match(said)  # a module asked of its package: the error itself names only the package
    what = f"{lost[2]}.{lost[1]}" if lost else error.name or said.splitlines()[0] if said else "?"
    if sys.platform == "win32" and "DLL load failed" in said:
        return (
            "RUN-002",
            f"程序的部件“{what}”无法装入。需要 64 位 Windows 10（1809）或更新版本；版本符合时请重新安装本程序，数据没有改动。",
            f"A part of the program ({what}) cannot be loaded. 64-bit Windows 10 (1809) or newer is needed; if it is, "
            "install the program again. No data was touched.",
        )
    return (
        "RUN-001",
        f"程序文件不完整：缺少“{what}”。请重新安装本程序，数据没有改动。",
        f"The program's files are incomplete: “{what}” is missing. Install the program again; no data was touched.",
    )


def missing_library(name: str) -> tuple[str, str, str]:
    """Return code and sentence for a system library that is not there, with the package that has it."""
    package = PACKAGES.get(name, "")
    zh = f"请让管理员执行：sudo apt install {package}" if package else "请让管理员安装含有它的软件包"
    en = f"An administrator installs it with: sudo apt install {package}" if package else \
        "An administrator installs the package that has it"  # fmt: skip
    return (
        "RUN-002",
        f"系统缺少程序库 {name}，窗口不能打开。{zh}，然后重新启动本程序。",
        f"The system library {name} is missing, so the window cannot open. {en}, then start the program again.",
    )


def fault(error: Exception) -> tuple[str, str, str]:
    """Return code and sentence for a fault of ours; the trace goes into a file where one can be written."""
    place = _keep_trace(error)
    where_zh = f"；详细记录在 {place}，请发给技术支持" if place else "；请把这一行发给技术支持"
    where_en = f"; the details are in {place}, send them to support" if place else "; send this line to support"
    name = type(error).__name__
    return (
        "RUN-004",
        f"程序出了故障（{name}），这一步没有完成，已保存的数据不受影响{where_zh}。",
        f"The program failed ({name}); this step was not finished and what was saved is safe{where_en}.",
    )


def _keep_trace(error: Exception) -> Path | None:
    try:
        from station_app import logs, paths

        file = paths.log_folder() / logs.START_FAULT
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(logs.trace_of(error), encoding="utf-8")
    except (OSError, ImportError):
        return None
    return file


def fail(code: str, zh: str, en: str, *, error: BaseException | None = None) -> int:
    """Say the sentence on standard error and, to a person without a terminal, in a box; return the exit code."""
    if error is not None and os.environ.get(DEBUG) == "1":
        import traceback

        traceback.print_exception(error)
    tell(f"{code} {zh} {en}")
    return FAILED


def tell(text: str) -> None:
    """Print a sentence; in a box too when the window was wanted and nobody sees standard error."""
    stream = sys.stderr
    if stream is not None:
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
        print(text, file=stream, flush=True)
    if wants_window or stream is None:
        show_box(text)


def show_box(text: str) -> None:
    """Show a sentence without Qt, where no terminal shows it: Windows' own box, or one a Linux desktop brings."""
    if os.environ.get(QUIET) == "1":
        return
    if sys.platform == "win32":
        if sys.stderr is None:
            import ctypes

            icon_error, to_front = 0x10, 0x10000
            ctypes.windll.user32.MessageBoxW(None, text, TITLE, icon_error | to_front)
        return
    if (sys.stderr is not None and sys.stderr.isatty()) or not os.environ.get("DISPLAY"):
        return
    import shutil
    import subprocess

    for command in (["zenity", "--error", "--no-wrap", f"--title={TITLE}", f"--text={text}"],
                    ["kdialog", "--title", TITLE, "--error", text], ["xmessage", text]):  # fmt: skip
        if shutil.which(command[0]):
            subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                             start_new_session=True)  # fmt: skip
            return
