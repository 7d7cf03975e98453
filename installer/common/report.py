#!/usr/bin/env python3
"""Puts a figure into the build report, beside its budget; what the report holds already stays.

    python3 installer/common/report.py dist/build-report.json windows.setup_bytes 60123456 70000000
    python3 installer/common/report.py dist/build-report.json windows.wine.version "wine-10.0"

Exit 1 when the figure is over its budget: the build says so and goes on or not.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

Figure = int | float | str


def figure(text: str) -> Figure:
    """Return a whole number, a number, or the text."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def put(report: dict[str, Any], key: str, value: Figure, budget: Figure | None = None) -> bool:
    """Set a figure by its dotted key; return whether it keeps to the budget."""
    place = report
    *folders, name = key.split(".")
    for folder in folders:
        place = place.setdefault(folder, {})
    if budget is None:
        place[name] = value
        return True
    within = not isinstance(value, str) and not isinstance(budget, str) and value <= budget
    place[name] = {"value": value, "budget": budget, "within": within}
    return within


def main() -> int:
    if len(sys.argv) not in (4, 5):
        print(__doc__, file=sys.stderr)
        return 2
    path, key, value = Path(sys.argv[1]), sys.argv[2], figure(sys.argv[3])
    budget = figure(sys.argv[4]) if len(sys.argv) == 5 else None
    report = json.loads(path.read_text("utf-8")) if path.exists() else {}
    within = put(report, key, value, budget)
    path.write_text(json.dumps(report, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    told = f" (budget {budget})" if budget is not None else ""
    print(f"{'·' if within else '!'} {key} {value}{told}", file=sys.stderr)
    return 0 if within else 1


if __name__ == "__main__":
    sys.exit(main())
