"""What the source of the program says, read with ``ast`` and never run: what the rules in ``tests/architecture`` ask."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "station_app"
SOURCES = sorted(PACKAGE.rglob("*.py"))
T = TypeVar("T", bound=ast.AST)
ROOMS = ("domain", "storage", "services", "exchange", "county", "ui", "commands")


@cache
def text_of(path: Path) -> str:
    return path.read_text("utf-8")


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(text_of(path))


def inside(path: Path) -> str:
    """Return where a file lies in the package."""
    return path.relative_to(PACKAGE).as_posix()


def lines_with(pattern: str, *folders: str, but: tuple[str, ...] = ()) -> list[str]:
    """Return the lines of the program a pattern is found in, comments left out."""
    wanted = re.compile(pattern)
    within = [p for p in SOURCES if (not folders or inside(p).startswith(folders)) and inside(p) not in but]
    return [
        f"{inside(path)}:{number}: {line.strip()}"
        for path in within
        for number, line in enumerate(text_of(path).splitlines(), 1)
        if wanted.search(line.partition("#")[0])
    ]


def nodes(kind: type[T]) -> Iterator[tuple[str, T]]:
    """Yield what there is of a kind, each with its place."""
    for path in SOURCES:
        for node in ast.walk(tree_of(path)):
            if isinstance(node, kind):
                yield f"{inside(path)}:{getattr(node, 'lineno', 0)}", node


def texts() -> Iterator[tuple[str, str, str]]:
    """Yield place, Chinese and English of every ``Text`` written out; empty where a half is put together."""
    for place, call in nodes(ast.Call):
        if getattr(call.func, "id", "") == "Text" and len(call.args) == 2:
            said = [arg.value if isinstance(arg, ast.Constant) else "" for arg in call.args]
            yield place, str(said[0]), str(said[1])


# --- who imports whom ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Import:
    module: str
    line: int
    target: str
    at_top: bool
    waits: bool = False  # a module of ours named as a module: it is loaded when it is used

    def __str__(self) -> str:
        return f"{self.module}:{self.line} imports {self.target}"

    @property
    def library(self) -> str:
        """The first name of what is imported."""
        return self.target.split(".")[0]

    @property
    def ours(self) -> bool:
        return self.library == "station_app"

    @property
    def room(self) -> str:
        return room_of(self.module)


def room_of(module: str) -> str:
    """Return the room of a module, empty for those that lie in none."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and parts[0] == "station_app" and parts[1] in ROOMS else ""


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _walk(node: ast.AST, at_top: bool) -> Iterator[tuple[ast.AST, bool]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
            continue  # types only; nothing is imported when the program runs
        yield child, at_top
        yield from _walk(child, at_top and not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda))


def imports_of(module: str, path: Path, known: set[str]) -> Iterator[Import]:
    """Yield what a file imports; ``known`` are the modules there are."""
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node, at_top in _walk(tree_of(path), True):
        if isinstance(node, ast.Import):
            yield from (Import(module, node.lineno, alias.name, at_top) for alias in node.names)
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


@cache
def imports() -> tuple[Import, ...]:
    """Return every import of the program."""
    found = {module_name(path): path for path in SOURCES}
    return tuple(each for module, path in found.items() for each in imports_of(module, path, set(found)))


def edges(among: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    """Return who leads where."""
    out: dict[str, set[str]] = defaultdict(set)
    for one, other in among:
        if one != other:
            out[one].add(other)
    return out


def chain(start: str, goals: set[str], ways: dict[str, set[str]]) -> list[str]:
    """Return a way from ``start`` to one of ``goals``, or nothing."""
    seen, queue = {start}, [[start]]
    while queue:
        path = queue.pop()
        if path[-1] in goals:
            return path
        more = ways.get(path[-1], set()) - seen
        seen |= more
        queue += [[*path, target] for target in more]
    return []


def circle(ways: dict[str, set[str]]) -> list[str]:
    """Return a way that leads back to where it began, or nothing."""
    try:
        TopologicalSorter(ways).prepare()
    except CycleError as found:
        return list(found.args[1])
    return []
