"""Every grid under an X server: bursts of real keys, the process stopped at random; what was typed is what stands there."""

from __future__ import annotations

import json
import os
import random
import shutil
import sys
from pathlib import Path
from typing import Any

from burst_helpers import Sheet, random_burst, text_of_field
from grids_on_screen import DAY, grids
from patience import wait_for
from PySide6.QtWidgets import QApplication
from screen_helpers import Program, need_screen, virtual_screen

from station_app.domain.fields import Field, Form, Kind
from station_app.domain.registry import Role
from station_app.domain.samples import VILLAGE, sample
from station_app.services.entry import Entry
from station_app.storage.clock import Clock
from station_app.storage.workspace import Workspace

SEED = int(os.environ.get("GRASSLAND_BURST_SEED", "8"))
KEYS = 40  # of a grid
EVERY_MS = 12
NAMES = {"return": "Return", "shift+return": "shift+Return", "tab": "Tab", "backtab": "shift+Tab", "escape": "Escape",
         "up": "Up", "down": "Down", "left": "Left", "right": "Right", "home": "Home", "end": "End",
         "ctrl+home": "ctrl+Home", "ctrl+end": "ctrl+End", "-": "minus", "_": "underscore", ".": "period"}  # fmt: skip
FILLED_IN = {"quadrats": {"quadrat_no", "surveyed_on", "area_m2"}, "counts": {"counted_on", "counted_by"}}


def test_every_grid_holds_what_was_typed_however_late_the_process_is(qapp: QApplication, tmp_path: Path) -> None:
    need_screen()
    chance = random.Random(SEED)
    with Workspace.create(
        tmp_path / "a",
        org_code=VILLAGE,
        org_name="示例嘎查站",
        role=Role.STATION,
        author="测试员",
        clock=Clock.standing(DAY),
    ) as workspace:
        entry = Entry(workspace)
        entry.save_many([(sample("household", n, code=f"{VILLAGE}{n + 1:04d}", status="normal", status_on=None), None)
                         for n in range(6)])  # fmt: skip
        entry.save(sample("plot", 1, plot_no="示例-007", parcel_id=None))
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    typed: list[tuple[str, Sheet, list[str]]] = []
    with Workspace.open(tmp_path / "b", Clock.standing(DAY)) as workspace:
        for name, widget, part in grids(workspace):
            fields = {c.key: c.field for c in part.grid.columns}
            picks = frozenset(key for key, f in fields.items() if f is not None and is_picked(f))
            sheet = Sheet.of(part.grid, picks, tab_leaves="." in name)
            sheet.column = sheet.usable[0]
            typed.append((name, sheet, random_burst(sheet, chance, lambda key, chance, f=fields: text_of_field(f, key, chance),
                                                    KEYS, bare_escape=False)))  # fmt: skip
            widget.deleteLater()
    assert len(typed) > 8
    out = tmp_path / "out"
    out.mkdir()
    script = Path(__file__).parent.parent / "grids_on_screen.py"
    with virtual_screen() as display:
        command = [sys.executable, str(script), str(tmp_path / "a"), str(out)]
        with Program(display, tmp_path / "a", command=command) as program:
            for name, sheet, keys in typed:
                press(program, keys, chance)
                kept = out / f"{name}.json"
                wait_for(kept.is_file, f"what stands in {name}")
                assert stands(kept, FILLED_IN.get(name, set()), sheet) == sheet.cells, (name, SEED, " ".join(keys))


def is_picked(field: Field) -> bool:
    """Whether its editor has a list, in which arrows move."""
    kinds = (Kind.CODE, Kind.BOOL, Kind.LINK, Kind.CODES)
    return field.kind in kinds or field.form is Form.REGION or bool(field.coefficients)


def press(program: Program, keys: list[str], chance: random.Random) -> None:
    waiting = [NAMES.get(key, key) for key in keys]
    while waiting:
        some, waiting = waiting[: (size := chance.randrange(3, 30))], waiting[size:]
        stopped = chance.random() < 0.5
        if stopped:
            program.stop()
        program.keys(some, EVERY_MS)
        if stopped:
            program.go_on()
    program.keys(["F11"])


def stands(kept: Path, filled_in: set[str], sheet: Sheet) -> dict[tuple[int, str], Any]:
    """What stands in the grid, but for what a new row is given by itself."""
    rows = json.loads(kept.read_text(encoding="utf-8"))
    return {(n, key): text for n, row in enumerate(rows) for key, text in row.items()
            if key not in filled_in or (n, key) in sheet.cells}  # fmt: skip
