"""The rooms: who may import whom, read from the source with ``ast``; nothing is imported to find out."""

from __future__ import annotations

from pathlib import Path

from source_reading import (
    PACKAGE,
    ROOMS,
    SOURCES,
    Import,
    chain,
    circle,
    edges,
    imports,
    imports_of,
    module_name,
    room_of,
)

# Which rooms a room may import. The modules directly in the package see every room, and no room sees them,
# but for those listed in OPEN, which know of nothing themselves.
MAY_IMPORT = {
    "domain": set(),
    "storage": {"domain"},
    "services": {"domain", "storage"},
    "exchange": {"domain", "storage", "services"},
    "county": {"domain", "storage", "services", "exchange"},
    "ui": {"domain", "storage", "services", "exchange", "county"},
    "commands": {"domain", "storage", "services", "exchange", "county", "ui"},
}
OPEN = {"station_app", "station_app.paths", "station_app.logs", "station_app.failing", "station_app.later"}

# What each room may not import from outside, at any place.
QT = {"PySide6", "shiboken6", "pyqtgraph"}
FILES_AND_STORES = {
    "sqlite3", "sqlcipher3", "sqlite_utils", "openpyxl", "xlsxwriter", "python_calamine", "pandas", "numpy", "zipfile",
    "cryptography", "filelock", "platformdirs", "pathlib", "os", "io", "shutil", "tempfile", "subprocess", "socket",
    "time", "threading",
}  # fmt: skip
FORBIDDEN = {
    "domain": QT | FILES_AND_STORES,
    "storage": QT | {"openpyxl", "xlsxwriter", "python_calamine"},
    "services": QT | {"sqlite3", "sqlcipher3", "openpyxl", "xlsxwriter", "python_calamine"},
    "exchange": QT | {"sqlite3", "sqlcipher3"},
    "county": QT | {"sqlite3", "sqlcipher3", "openpyxl", "xlsxwriter"},
    "ui": {"sqlite3", "sqlcipher3", "sqlite_utils"},
    "commands": {"sqlite3", "sqlcipher3"},
}

# Slow to import: before the first paint none of them may be there, so they are imported inside functions, or by modules that wait.
SLOW = {"pandas", "numpy", "pyqtgraph", "openpyxl", "xlsxwriter", "sqlite_utils", "python_calamine", "pypinyin"}
MAY_BE_EAGER = ("station_app.exchange.excel", "station_app.frames")

# What registers the records when it is first asked, and what runs before the rest is known to be whole.
LOADED_BEFORE = {"station_app.domain.registry", "station_app.start", "station_app.failing", "station_app.later"}


def said(wrong: list[Import]) -> list[str]:
    return [str(each) for each in wrong]


def loaded_at_once() -> dict[str, set[str]]:
    """Return what each module loads when it is loaded: a module named as a module waits (``station_app.later``)."""
    return edges((e.module, e.target) for e in imports() if e.at_top and e.ours and not e.waits)


def test_every_folder_is_a_known_room() -> None:
    folders = {path.name for path in PACKAGE.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert folders == set(MAY_IMPORT) == set(ROOMS)


def test_rooms_import_only_downwards() -> None:
    """domain ← storage ← services ← exchange ← county ← ui; the modules on top are imported by nobody below."""
    outside = [e for e in imports() if e.room and e.ours and room_of(e.target) != e.room and e.target not in OPEN]
    assert said([e for e in outside if room_of(e.target) not in MAY_IMPORT[e.room]]) == []


def test_rooms_keep_out_what_is_not_theirs() -> None:
    """Qt lives in ui alone; domain knows no files, no database and no clock; SQLite is opened by storage alone."""
    assert said([e for e in imports() if e.room and e.library in FORBIDDEN[e.room]]) == []


def test_only_the_engine_imports_sqlcipher() -> None:
    """Encryption at rest is switched on in one file, and the process has one SQLite."""
    users = {e.module for e in imports() if e.library in ("sqlcipher3", "sqlite3")}
    assert users <= {"station_app.storage.engine"}


def test_the_window_is_seen_by_ui_and_the_commands_alone() -> None:
    assert {e.room for e in imports() if room_of(e.target) == "ui"} <= {"ui", "commands", ""}


def test_slow_libraries_are_imported_where_they_are_used() -> None:
    slow = [e for e in imports() if e.at_top and e.library in SLOW]
    assert said([e for e in slow if not e.module.startswith(MAY_BE_EAGER)]) == []


def test_nothing_on_the_start_path_loads_the_excel_writers() -> None:
    """exchange/excel may import its libraries at the top, so others name its modules as modules: they wait."""
    eager = {e.module for e in imports() if e.at_top and e.library in SLOW and e.module.startswith(MAY_BE_EAGER)}
    start = {m for m in map(module_name, SOURCES) if room_of(m) in ("domain", "storage", "services", "ui", "county")}
    ways = loaded_at_once()
    assert {module: path for module in start if (path := chain(module, eager, ways))} == {}


def test_imports_of_ours_stand_at_the_top() -> None:
    """``from station_app.ui import overlays`` costs nothing until it is used; only the records and the start do otherwise."""
    assert said([e for e in imports() if not e.at_top and e.ours and e.module not in LOADED_BEFORE]) == []


def test_rooms_are_not_tangled() -> None:
    """No two rooms import each other, by whatever way."""
    rooms = [(e.room, room_of(e.target)) for e in imports()]
    assert circle(edges((one, other) for one, other in rooms if one and other)) == []


def test_modules_do_not_import_in_circles() -> None:
    """Whatever imports it, at the top, waiting or inside a function; the records register themselves with their registry."""
    packages = {module_name(path) for path in SOURCES if path.name == "__init__.py"}
    ways = edges((e.module, e.target) for e in imports() if e.ours and e.target not in packages)
    assert circle(ways) == []


def test_the_reader_of_imports_sees_what_there_is(tmp_path: Path) -> None:
    path = tmp_path / "sample.py"
    path.write_text(
        "from typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    import pandas\n"
        "import numpy as np\n"
        "from . import sibling\n"
        "from station_app.domain import money\n"
        "class A:\n    import openpyxl\n"
        "def f():\n    from station_app.ui.pages import home\n",
        "utf-8",
    )
    known = {"station_app.services.sibling", "station_app.domain.money"}
    seen = {(each.target, each.at_top) for each in imports_of("station_app.services.sample", path, known)}
    assert seen == {
        ("typing", True),
        ("numpy", True),
        ("station_app.services.sibling", True),
        ("station_app.domain.money", True),
        ("openpyxl", True),
        ("station_app.ui.pages", False),
    }
