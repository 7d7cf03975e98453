"""The tables of facts as they were published: those the program computes from are its resources, the others lie with the tests."""

from __future__ import annotations

import csv
from pathlib import Path

from station_app.paths import resource

ONLY_HERE = Path(__file__).resolve().parent / "data" / "published"


def published(name: str) -> Path:
    """Return the file of a table, by its name without ending."""
    kept = ONLY_HERE / f"{name}.csv"
    return kept if kept.is_file() else resource("standards", kept.name)


def table(name: str) -> list[dict[str, str]]:
    """Return the rows of a table."""
    with published(name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))
