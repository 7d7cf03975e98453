"""Measures starts to the first paint: python speed.py WORK, inside the build root, with a display. Prints JSON."""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

RUNS = 11
PYTHON = "/opt/python/bin/python3.11"


def once(command: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """Return processor and elapsed seconds of one start."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begin = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env=environment)
    wall = time.perf_counter() - begin
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall


def main() -> int:
    work = Path(sys.argv[1])
    environment = {**os.environ, "GRASSLAND_MEASURE_START": "1"}
    environment.pop("PYTHONPATH", None)
    source = {**environment, "PYTHONPATH": str(work / "source")}
    programs = {
        "installed": ([str(work / "frozen/opt/grassland-station/grassland-station")], environment),
        "source": ([PYTHON, "-m", "station_app.commands.cli"], source),
    }
    for name, (command, settings) in programs.items():  # a workspace each: it notes which program shaped its tables
        subprocess.run([*command, "demo", "--out", str(work / name), "--no-pictures"], check=True, capture_output=True,
                       env=settings)  # fmt: skip
    commands = {
        **{n: ([*c, "--workspace", str(work / n / "station")], e) for n, (c, e) in programs.items()},
        "empty_window": ([str(work / "dist/reference/reference")], environment),
    }
    for command, settings in commands.values():  # bytecode is written, the workspace has seen this program
        once(command, settings)
        once(command, settings)
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    for _ in range(RUNS):  # in turn, so that other work on the machine meets all alike
        for name, (command, settings) in commands.items():
            times[name].append(once(command, settings))
    middle = {
        name: {
            "cpu": round(statistics.median(cpu for cpu, _ in each) * 1000),
            "wall": round(statistics.median(wall for _, wall in each) * 1000),
        }
        for name, each in times.items()
    }

    def ratio(other: str) -> dict[str, float]:
        return {kind: round(middle["installed"][kind] / middle[other][kind], 2) for kind in ("cpu", "wall")}

    print(json.dumps({"runs": RUNS, "milliseconds": middle, "to_source": ratio("source"),
                      "to_empty_window": ratio("empty_window")}, indent=1))  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
