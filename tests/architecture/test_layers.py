"""The rooms of DESIGN §3: who may import whom, read from the source with ``ast``; nothing is imported to find out."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "station_app"

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

# Slow to import: before the first paint none of them may be there (DESIGN §12), so they are imported inside functions, or by modules that wait.
SLOW = {"pandas", "numpy", "pyqtgraph", "openpyxl", "xlsxwriter", "sqlite_utils", "python_calamine", "pypinyin"}
MAY_BE_EAGER = ("station_app.exchange.excel",)

# What registers the records when it is first asked, and what runs before the rest is known to be whole.
LOADED_BEFORE = {"station_app.domain.registry", "station_app.start", "station_app.failing", "station_app.later"}


@dataclass(frozen=True)
class Import:
    module: str
    line: int
    target: str
    at_top: bool
    waits: bool = False  # a module of ours named as a module

    def __str__(self) -> str:
        return f"{self.module}:{self.line} imports {self.target}"


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def sources() -> dict[str, Path]:
    return {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def _type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)


def _walk(node: ast.AST, at_top: bool) -> Iterator[tuple[ast.AST, bool]]:
    for child in ast.iter_child_nodes(node):
        if _type_checking(child):
            continue  # types only; nothing is imported when the program runs
        inside = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        yield child, at_top
        yield from _walk(child, at_top and not inside)


def imports_of(module: str, path: Path, known: set[str]) -> Iterator[Import]:
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node, at_top in _walk(ast.parse(path.read_text("utf-8")), True):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(module, node.lineno, alias.name, at_top)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = package.split(".")
                head = parents[: len(parents) - node.level + 1]
                base = ".".join([*head, base] if base else head)
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                waits = inner in known and not inner.startswith("station_app.domain.records")
                yield Import(module, node.lineno, inner if inner in known else base, at_top, waits)


@pytest.fixture(scope="module")
def imports() -> list[Import]:
    found = sources()
    return [each for module, path in found.items() for each in imports_of(module, path, set(found))]


def room_of(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and parts[0] == "station_app" and parts[1] in MAY_IMPORT else ""


def ours(each: Import) -> bool:
    return each.target.split(".")[0] == "station_app"


def test_every_folder_is_a_known_room() -> None:
    folders = {path.name for path in PACKAGE.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert folders == set(MAY_IMPORT)


def test_rooms_import_only_downwards(imports: list[Import]) -> None:
    """domain ← storage ← services ← exchange ← county ← ui; the modules on top are imported by nobody below."""
    wrong = []
    for each in imports:
        room, target = room_of(each.module), room_of(each.target)
        if not room or not ours(each) or target == room:
            continue
        if target not in MAY_IMPORT[room] and each.target not in OPEN:
            wrong.append(str(each))
    assert wrong == []


def test_rooms_keep_out_what_is_not_theirs(imports: list[Import]) -> None:
    """Qt lives in ui alone; domain knows no files, no database and no clock; SQLite is opened by storage alone."""
    wrong = [
        str(each) for each in imports if (room := room_of(each.module)) and each.target.split(".")[0] in FORBIDDEN[room]
    ]
    assert wrong == []


def test_only_the_engine_imports_sqlcipher(imports: list[Import]) -> None:
    """Encryption at rest is switched on in one file, and the process has one SQLite."""
    users = {each.module for each in imports if each.target.split(".")[0] in ("sqlcipher3", "sqlite3")}
    assert users <= {"station_app.storage.engine"}


def test_the_window_is_seen_by_ui_and_the_commands_alone(imports: list[Import]) -> None:
    users = {room_of(each.module) for each in imports if room_of(each.target) == "ui"}
    assert users <= {"ui", "commands", ""}


def at_once(imports: list[Import]) -> dict[str, set[str]]:
    """Return what each module loads when it is loaded: a module named as a module waits (``station_app.later``)."""
    edges: dict[str, set[str]] = defaultdict(set)
    for each in imports:
        if each.at_top and ours(each) and not each.waits:
            edges[each.module].add(each.target)
    return edges


def test_slow_libraries_are_imported_where_they_are_used(imports: list[Import]) -> None:
    wrong = [
        str(each)
        for each in imports
        if each.at_top and each.target.split(".")[0] in SLOW and not each.module.startswith(MAY_BE_EAGER)
    ]
    assert wrong == []


def test_nothing_on_the_start_path_loads_the_excel_writers(imports: list[Import]) -> None:
    """exchange/excel may import its libraries at the top, so others name its modules as modules: they wait."""
    eager = {
        each.module for each in imports if each.at_top and each.target.split(".")[0] in SLOW and ours_excel(each.module)
    }
    edges = at_once(imports)
    start = {m for m in sources() if room_of(m) in ("domain", "storage", "services", "ui", "county")}
    assert {module: path for module in start if (path := chain(module, eager, edges))} == {}


def test_imports_of_ours_stand_at_the_top(imports: list[Import]) -> None:
    """``from station_app.ui import overlays`` costs nothing until it is used; only the records and the start do otherwise."""
    wrong = [e for e in imports if not e.at_top and ours(e) and e.module not in LOADED_BEFORE]
    assert [str(e) for e in wrong] == []


def ours_excel(module: str) -> bool:
    return module.startswith(MAY_BE_EAGER)


def chain(module: str, goals: set[str], edges: dict[str, set[str]]) -> list[str]:
    """Return a chain of top-level imports from ``module`` to one of ``goals``, or nothing."""
    seen, queue = {module}, [[module]]
    while queue:
        path = queue.pop()
        if path[-1] in goals:
            return path
        for target in edges.get(path[-1], ()):
            if target not in seen:
                seen.add(target)
                queue.append([*path, target])
    return []


def test_rooms_are_not_tangled(imports: list[Import]) -> None:
    """No two rooms import each other, by whatever way."""
    edges: dict[str, set[str]] = defaultdict(set)
    for each in imports:
        if (room := room_of(each.module)) and (target := room_of(each.target)) and room != target:
            edges[room].add(target)
    for room in MAY_IMPORT:
        for target in edges[room]:
            assert not chain(target, {room}, edges), f"{room} and {target} import each other"


def test_modules_do_not_import_in_circles(imports: list[Import]) -> None:
    """Whatever imports it, at the top, waiting or inside a function; the records register themselves with their registry."""
    edges: dict[str, set[str]] = defaultdict(set)
    packages = {module for module, path in sources().items() if path.name == "__init__.py"}
    for each in imports:
        if ours(each) and each.target != each.module and each.target not in packages:
            edges[each.module].add(each.target)
    edges["station_app.services.figures.rows"].discard(
        "station_app.services.figures.total_lines"
    )  # goes with its table model
    assert [path for module in edges for target in edges[module] if (path := chain(target, {module}, edges))] == []


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
