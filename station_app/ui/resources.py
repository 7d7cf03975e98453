"""Where the window finds fonts, icons and help: the one place that knows the resource folder."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path


@lru_cache(maxsize=1)
def _root() -> Path:
    return Path(__file__).resolve().parents[2] / "resources"


def resource_path(*parts: str) -> Path:
    """Return a path below the resource folder; it may not exist."""
    return _root().joinpath(*parts)
