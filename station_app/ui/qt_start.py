"""The QApplication, made so that a screen Qt cannot open ends in a sentence: Qt itself would abort with a core dump."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from PySide6.QtCore import QLibraryInfo, QMessageLogContext, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

from station_app import failing

_said: list[str] = []


def make(arguments: list[str]) -> QApplication:
    """Return a new QApplication; when Qt gives up, say why on standard error and end the process with exit code 1."""
    _said.clear()
    before = qInstallMessageHandler(_heard)
    try:
        return QApplication(arguments)
    finally:
        qInstallMessageHandler(before)


def _heard(kind: QtMsgType, _context: QMessageLogContext, message: str | None) -> None:
    """Keep what Qt says while it looks for a screen; a fatal message is the last thing it says."""
    text = message or ""
    _said.append(text)
    if kind is QtMsgType.QtFatalMsg:
        failing.wants_window = True
        failing.fail(*explain("\n".join(_said)))
        os._exit(failing.FAILED)  # returning would let Qt abort


def explain(said: str, folder: Path | None = None, environment: dict[str, str] | None = None) -> tuple[str, str, str]:
    """Return code and sentence for what Qt said when it found no screen."""
    env = environment if environment is not None else dict(os.environ)
    plugins = folder or Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.PluginsPath)) / "platforms"
    wanted = env.get("QT_QPA_PLATFORM", "").partition(":")[0]
    if not sys.platform.startswith("linux"):
        return _incomplete(wanted or "qwindows")
    plugin = plugins / f"libq{wanted or 'xcb'}.so"
    if not wanted and not env.get("DISPLAY") and not env.get("WAYLAND_DISPLAY"):
        return _no_display("")
    if not plugin.is_file():
        return _incomplete(plugin.name) if not wanted or wanted == "xcb" else _unknown_platform(wanted, plugins)
    missing = _missing_of(plugin)
    if missing:
        return failing.missing_library(missing)
    if "could not connect to display" in said or "no Qt platform plugin could be initialized" in said:
        return _no_display(env.get("DISPLAY", ""))
    return _incomplete(plugin.name)


def _missing_of(plugin: Path) -> str:
    """Return the library a plugin cannot find, as the system's loader names it."""
    import ctypes

    try:
        ctypes.CDLL(str(plugin))
    except OSError as error:
        found: Any = failing.MISSING_LIBRARY.search(str(error))
        return str(found[1]) if found else ""
    return ""


def _no_display(named: str) -> tuple[str, str, str]:
    where_zh, where_en = (f"（DISPLAY={named}）", f" (DISPLAY={named})") if named else ("", "")
    return (
        "RUN-003",
        f"没有可用的图形界面{where_zh}，窗口不能打开。请在桌面里启动本程序；远程登录时请使用 ssh -X，或改用命令行（--help）。",
        f"There is no screen to open a window on{where_en}. Start the program from the desktop; over ssh use ssh -X, or use "
        "the commands (--help).",
    )


def _incomplete(name: str) -> tuple[str, str, str]:
    return (
        "RUN-003",
        f"程序缺少显示部件“{name}”，窗口不能打开。请重新安装本程序，数据没有改动。",
        f"The part that draws the window ({name}) is missing or damaged. Install the program again; no data was touched.",
    )


def _unknown_platform(name: str, plugins: Path) -> tuple[str, str, str]:
    known = ", ".join(sorted(f.stem.removeprefix("libq") for f in plugins.glob("libq*.so"))) or "—"
    return (
        "RUN-003",
        f"环境变量 QT_QPA_PLATFORM 指定了没有的显示方式“{name}”（可用：{known}）。请取消这个变量后重新启动。",
        f"The variable QT_QPA_PLATFORM names a way of drawing that is not here: “{name}” (there are: {known}). Unset it and "
        "start again.",
    )
