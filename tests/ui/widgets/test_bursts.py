"""No key reaches a cell other than the one it was typed into: bursts of keys that wait together, over all grids."""

from __future__ import annotations

import os
import random
from functools import partial
from typing import Any

import pytest
from burst_helpers import Sheet, differences, random_burst, send_burst, set_clipboard, text_of_field
from PySide6.QtWidgets import QApplication

from station_app.domain.fields import Kind
from station_app.domain.samples import VILLAGE, sample
from station_app.services.entry import Entry
from station_app.storage.clock import Clock
from station_app.storage.reader import Query
from station_app.ui.count_grid import CountGrid
from station_app.ui.lines_editor import lines_from_text
from station_app.ui.quadrat_grid import QuadratGrid
from station_app.ui.record_form import RecordForm

from .conftest import TODAY

BURSTS = int(os.environ.get("GRASSLAND_BURSTS", "1000"))
"""Of all grids together; shared out below."""
SEED = int(os.environ.get("GRASSLAND_BURST_SEED", "8"))
PARTS = 5  # each begins with a fresh workspace
LENGTHS = (5, 10, 25)
BLOCK = (("31", "32"), ("33", "34"))


def shown(qtbot: Any, widget: Any) -> Any:
    qtbot.addWidget(widget)
    widget.resize(700, 260)
    widget.show()
    widget.activateWindow()
    qtbot.waitUntil(widget.isActiveWindow)
    return widget


def picks_of(grid: Any) -> frozenset[str]:
    return frozenset(c.key for c in grid.columns if c.field is not None and c.field.kind in (Kind.CODE, Kind.BOOL))


def at_start(view: Any, sheet: Sheet, chance: random.Random) -> None:
    """Put the cursor into some cell that can be typed in."""
    sheet.row, sheet.column = chance.randrange(sheet.rows), chance.choice(sheet.usable)
    view.clearSelection()
    view.setCurrentIndex(view.grid.index(sheet.row, (sheet.column + 1) % len(sheet.columns)))
    view.setCurrentIndex(view.grid.index(sheet.row, sheet.column))
    view.setFocus()
    sheet.stayed = False


@pytest.mark.parametrize("part", range(PARTS))
def test_counts(qtbot: Any, workspace: Any, households: list[str], part: int) -> None:
    chance = random.Random(SEED + part)
    grid = shown(qtbot, CountGrid(workspace, VILLAGE, 2026, "mid_year", today=lambda: TODAY))
    heads = frozenset(c.key for c in grid.grid.columns if "/" in c.key)

    def text_for(key: str, chance: random.Random) -> str:
        if key in heads:
            return str(chance.randrange(20, 41))
        return {"counted_on": "2026-06-30", "counted_by": "abc", "note": f"n{chance.randrange(99)}"}[key]

    set_clipboard(BLOCK)
    for number in range(BURSTS * 50 // 100 // PARTS):
        sheet = Sheet.of(grid.grid, picks_of(grid.grid))
        at_start(grid.view, sheet, chance)
        keys = random_burst(sheet, chance, text_for, chance.choice(LENGTHS), BLOCK, heads)
        send_burst(grid, keys)
        grid.view.commit()
        typed = {place: text for place, text in sheet.cells.items() if place[1] in heads or place[1] == "note"}
        there = {
            (n, k): t for n, row in enumerate(grid.grid.rows) for k, t in row.texts.items() if k in heads or k == "note"
        }
        assert there == typed, (number, SEED, differences(sheet, grid.grid, keys))
        if number % 10 == 9:
            grid.save_pending()
            assert saved_heads(workspace, grid, heads) == {p: int(t) for p, t in typed.items() if p[1] in heads}
    grid.save_pending()
    assert workspace.drafts.get(grid.draft_key()) is None
    assert saved_heads(workspace, grid, heads) == {p: int(t) for p, t in typed.items() if p[1] in heads}


def saved_heads(workspace: Any, grid: Any, heads: frozenset[str]) -> dict[tuple[int, str], int]:
    return {
        (grid.grid.row_of(row.record.household_id), f"{line.species_code}/{line.class_code}"): line.head
        for row in workspace.read.rows(Query("livestock_count")) for line in row.record.class_counts
    }  # fmt: skip


@pytest.mark.parametrize("part", range(PARTS))
def test_quadrats(qtbot: Any, workspace: Any, part: int) -> None:
    chance = random.Random(SEED + part)
    plot = Entry(workspace, today=lambda: TODAY).save(sample("plot", 1, plot_no="示例-007", parcel_id=None)).record_id
    grid = shown(qtbot, QuadratGrid(workspace, plot, today=lambda: TODAY))
    fields = {c.key: c.field for c in grid.grid.columns}
    proposed = {"quadrat_no", "surveyed_on", "area_m2"}  # filled in by itself in a new row
    for number in range(BURSTS * 25 // 100 // PARTS):
        sheet = Sheet.of(grid.grid, picks_of(grid.grid))
        at_start(grid.view, sheet, chance)
        keys = random_burst(sheet, chance, partial(text_of_field, fields), chance.choice(LENGTHS))
        send_burst(grid, keys)
        grid.view.commit()
        there = {(n, k): t for n, row in enumerate(grid.grid.rows) for k, t in row.texts.items()
                 if k not in proposed or (n, k) in sheet.cells}  # fmt: skip
        assert there == sheet.cells, (number, SEED, differences(sheet, grid.grid, keys))
    grid.save_pending()
    again = QuadratGrid(workspace, plot, today=lambda: TODAY)  # saved, or kept as it was typed
    qtbot.addWidget(again)
    assert sorted(sorted(r.texts.items()) for r in again.grid.rows) == sorted(
        sorted(r.texts.items()) for r in grid.grid.rows
    )


def test_lists_in_forms(qtbot: Any, workspace: Any, links: Any) -> None:
    chance = random.Random(SEED)
    form = shown(
        qtbot, RecordForm("livestock_count", links=links, drafts=workspace.drafts, clock=Clock.standing(TODAY))
    )
    editor = form.blocks["class_counts"].editor
    fields = {c.key: c.field for c in editor.grid.columns}
    for number in range(BURSTS * 20 // 100):
        if number % 5 == 0:
            editor.set_value(())
        sheet = Sheet.of(editor.grid, picks_of(editor.grid), tab_leaves=True)
        at_start(editor.view, sheet, chance)
        keys = random_burst(sheet, chance, partial(text_of_field, fields), chance.choice(LENGTHS))
        send_burst(form, keys)
        editor.commit()
        assert QApplication.focusWidget() is editor.view, (number, SEED, keys)
        assert differences(sheet, editor.grid, keys) == [], (number, SEED)
    rows = [{k: t for (r, k), t in sheet.cells.items() if r == n} for n in range(sheet.rows)]
    assert lines_from_text(form.values()["class_counts"]) == [row for row in rows if row]


@pytest.mark.parametrize("keys, expected", [
    (["1", "1", "return", "1", "2", "return", "1", "3", "return"], ["11", "12", "13"]),
    (["5", "escape", "6", "return", "7", "return"], ["6", "7"]),
    (["1", "down", "2", "up", "3", "return"], ["3", "2"]),
])  # fmt: skip
def test_what_the_issue_names(
    qtbot: Any, workspace: Any, households: list[str], keys: list[str], expected: list[str]
) -> None:
    grid = shown(qtbot, CountGrid(workspace, VILLAGE, 2026, "mid_year", today=lambda: TODAY))
    grid.view.setFocus()
    grid.view.go_to(grid.grid.rows[0].key, "sheep/adult_female")
    send_burst(grid, keys)
    assert [grid.grid.rows[n].text("sheep/adult_female") for n in range(len(expected))] == expected
