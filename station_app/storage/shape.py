"""Whether the tables have the shape that the descriptions of this program give, and show the whole journal: cheap signs, so that a
start need not load a description to know it."""

from __future__ import annotations

import hashlib
import sys
from functools import cache
from pathlib import Path

from station_app import __version__
from station_app.paths import resource_folder
from station_app.storage.engine import Connection


def source_mark() -> str:
    """Return a cheap sign that the descriptions are the ones the fingerprint was computed from.

    Names, sizes and times of the files that describe records (or of the frozen program): equal marks mean an equal shape,
    and the start need not load every description to know it. Different marks mean: compute the fingerprint.
    """
    here = Path(__file__).resolve()
    domain = here.parents[1] / "domain"
    files = [
        here.with_name("projection.py"),
        here.with_name("codec.py"),
        domain / "fields.py",
        domain / "registry.py",
        *(domain / "records").glob("*.py"),
    ]
    return _mark_of(files)


@cache
def rules_mark() -> str:
    """Return a cheap sign that what is said of a record by itself follows from the same rules, codes and sentences."""
    domain, resources = Path(__file__).resolve().parents[1] / "domain", resource_folder()
    return _mark_of([*domain.rglob("*.py"), *resources.glob("codes/*.csv"), resources / "problems.csv"])


def _mark_of(files: list[Path]) -> str:
    if getattr(sys, "frozen", False):
        files = [Path(sys.executable)]
    seen = [(f.name, (stat := f.stat()).st_size, stat.st_mtime_ns) for f in sorted(files)]
    return hashlib.sha256(repr((__version__, seen)).encode()).hexdigest()


def counts_agree(connection: Connection, tables: list[str]) -> bool:
    """Compare journal and projections by number: what start-up checks; ``check`` compares everything."""
    counted = " + ".join(f'(SELECT count(*) FROM "{name}")' for name in tables)
    return bool(connection.execute(f"SELECT {counted} = records AND NOT behind FROM projected").fetchone()[0])
