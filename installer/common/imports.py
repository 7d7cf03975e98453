"""What the program itself imports: large libraries that only others would like to have stay out of the packages."""

from __future__ import annotations

import ast
from pathlib import Path

# One tries what is there; the other is a door for Python, which an installed program has none of.
_DOORS = ("selftest.py", "frames.py")


def imported_by(source: Path) -> set[str]:
    """Return the top names that modules of the program below ``source`` import."""
    names = set()
    for path in (source / "station_app").rglob("*.py"):
        if path.name in _DOORS:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module.partition(".")[0])
    return names
