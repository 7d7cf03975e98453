"""A village of hundreds of households in the count grid: read where it is looked at, and right everywhere."""

from __future__ import annotations

import dataclasses
import random
from collections import Counter
from datetime import date
from decimal import Decimal

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from station_app.domain.problems import Problem, Severity
from station_app.domain.records.livestock import ClassCount
from station_app.domain.samples import VILLAGE, sample
from station_app.domain.text import Text
from station_app.services import counting
from station_app.services.entry import Entry
from station_app.services.undo import redo, undo
from station_app.storage.reader import Query
from station_app.ui.count_grid import ROWS_AT_ONCE, SU_KEY, CountGrid

from .conftest import TODAY, keys, press

CTRL = Qt.KeyboardModifier.ControlModifier
MANY, COUNTED = 4 * ROWS_AT_ONCE + 7, 3 * ROWS_AT_ONCE
EWES, LAMBS = "sheep/adult_female", "sheep/young"


def count(household_id, ewes, day=date(2026, 6, 29), **others):
    lines = tuple(
        ClassCount(species_code="sheep", class_code=code, head=head)
        for code, head in (("adult_female", ewes), ("young", ewes // 2))
    )
    return sample("livestock_count", 1, household_id=household_id, year=2026, occasion="mid_year", counted_on=day,
                  counted_by="示例员", parcel_id=None, note="已核", class_counts=lines, **others)  # fmt: skip


@pytest.fixture
def village(workspace):
    """The record ids of many households, most of them counted."""
    entry = Entry(workspace, today=lambda: TODAY)
    people = [
        sample("household", n, code=f"{VILLAGE}{n + 1:04d}", head_name=f"示例牧户{n + 1}", status="normal", status_on=None)
        for n in range(MANY)
    ]  # fmt: skip
    ids = entry.save_many([(each, None) for each in people]).ids
    entry.save_many([(count(home, 10 + n), None) for n, home in enumerate(ids[:COUNTED])])
    return list(ids)


@pytest.fixture
def grid_of(qtbot, workspace, village):
    def make():
        grid = CountGrid(workspace, VILLAGE, 2026, "mid_year", today=lambda: TODAY)
        qtbot.addWidget(grid)
        grid.resize(1100, 500)
        grid.show()
        grid.activateWindow()
        qtbot.waitUntil(grid.isActiveWindow)
        grid.view.setFocus()
        return grid

    return make


@pytest.fixture
def grid(grid_of):
    return grid_of()


def read(grid):
    return [row.read is None for row in grid.grid.rows]


def sums_of_cells(grid):
    """Add up what stands in every row, looking at all of them."""
    found = Counter()
    for row in grid.grid.rows:
        found.update({key: int(text) for key, text in row.texts.items() if "/" in key})
    return found


def shown_sums(grid):
    cells = grid.totals._model.cells
    return Counter({key: int(text.replace(",", "")) for key, text in cells.items() if "/" in key})


def ewes_of(workspace):
    return {
        row.record.household_id: next(c.head for c in row.record.class_counts if c.class_code == "adult_female")
        for row in workspace.read.rows(Query("livestock_count"))
    }


def test_names_and_totals_are_there_and_rows_are_read_where_one_looks(qtbot, grid, village):
    assert [row.key for row in grid.grid.rows] == village
    assert grid.grid.rows[MANY - 1].label == f"{MANY:04d}  示例牧户{MANY}"
    assert grid.progress() == (COUNTED, MANY)
    assert shown_sums(grid)[EWES] == sum(range(10, 10 + COUNTED))
    QApplication.processEvents()
    assert read(grid)[0] and not any(read(grid)[ROWS_AT_ONCE:])
    press(qtbot, Qt.Key.Key_End, CTRL)
    assert read(grid)[-1] and not any(read(grid)[ROWS_AT_ONCE : 3 * ROWS_AT_ONCE])
    far = grid.grid.index(2 * ROWS_AT_ONCE, grid.grid.column_of("_total"))
    assert far.data() == str(10 + 2 * ROWS_AT_ONCE + (10 + 2 * ROWS_AT_ONCE) // 2)  # asked for before its other cells
    assert grid.grid.rows[2 * ROWS_AT_ONCE].state == "complete"
    assert shown_sums(grid) == sums_of_cells(grid)


def test_a_row_far_away_is_typed_saved_and_taken_back(qtbot, grid, workspace, village):
    workspace.changed.append(grid.refresh)
    far, blank = 2 * ROWS_AT_ONCE + 3, COUNTED + 5
    for number, typed in ((far, "7"), (blank, "31")):
        grid.view.go_to(village[number], EWES)
        keys(qtbot, typed)
        press(qtbot, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: ewes_of(workspace).get(village[blank]) == 31)
    assert ewes_of(workspace)[village[far]] == 7 and len(ewes_of(workspace)) == COUNTED + 1
    assert grid.progress() == (COUNTED + 1, MANY) and shown_sums(grid) == sums_of_cells(grid)
    undo(workspace)
    assert grid.view.where() == (village[blank], EWES) and grid.grid.rows[blank].is_blank()
    grid.reload()
    undo(workspace)  # of a row nobody has looked at since
    assert grid.view.where() == (village[far], EWES) and grid.grid.rows[far].text(EWES) == str(10 + far)
    assert grid.progress() == (COUNTED, MANY) and shown_sums(grid) == sums_of_cells(grid)
    redo(workspace)
    assert grid.view.where() == (village[far], EWES) and grid.grid.rows[far].text(EWES) == "7"
    assert shown_sums(grid) == sums_of_cells(grid)


def test_a_block_pasted_over_rows_nobody_has_seen_is_saved_whole(qtbot, grid, workspace, village):
    start = ROWS_AT_ONCE - 5
    typed = [str(500 + n) for n in range(ROWS_AT_ONCE + 20)]
    QGuiApplication.clipboard().setText("\n".join(typed))
    grid.view.go_to(village[start], EWES)
    press(qtbot, Qt.Key.Key_V, CTRL)
    grid.view.go_to(village[-1], "note")  # large herds say why
    end = start + len(typed)
    assert [row.text(EWES) for row in grid.grid.rows[start:end]] == typed
    assert [row.text(EWES) for row in grid.grid.rows[end : end + 3]] == [str(10 + n) for n in range(end, end + 3)]
    assert shown_sums(grid) == sums_of_cells(grid)
    grid.save_pending()
    now = ewes_of(workspace)
    assert [str(now[home]) for home in village[start:end]] == typed


def test_drafts_of_rows_far_away_come_back(qtbot, grid, grid_of, workspace, village):
    far = 2 * ROWS_AT_ONCE + 9
    grid.view.go_to(village[far], EWES)
    keys(qtbot, "8x")
    press(qtbot, Qt.Key.Key_Return)
    grid.view.go_to(village[0], EWES)
    grid.keep_draft()
    again = grid_of()
    row = again.grid.rows[far]
    assert row.text(EWES) == "8x" and row.state == "wrong" and row.text(LAMBS) == str((10 + far) // 2)
    assert shown_sums(again)[EWES] == sum(range(10, 10 + COUNTED)) - (10 + far)
    assert [p.place for p in again.problems()] == [row.label]


def test_what_somebody_else_saved_since_moves_the_totals(qtbot, grid, workspace, village):
    far = 2 * ROWS_AT_ONCE
    saved = next(r for r in workspace.read.rows(Query("livestock_count")) if r.record.household_id == village[far])
    Entry(workspace, today=lambda: TODAY).save(count(village[far], 90), record_id=saved.record_id, reason="示例更正")
    assert grid.grid.rows[far].text(EWES) == "90"  # read only now: not what the totals were made of
    qtbot.waitUntil(lambda: shown_sums(grid) == sums_of_cells(grid))
    Entry(workspace, today=lambda: TODAY).void(
        next(
            r.record_id for r in workspace.read.rows(Query("livestock_count")) if r.record.household_id == village[far]
        ),
        "示例作废",
    )
    grid.reload()
    assert grid.grid.rows[far].is_blank() and grid.progress() == (COUNTED - 1, MANY)
    assert shown_sums(grid) == sums_of_cells(grid)


def test_of_several_counts_the_newest_is_shown_and_summed(grid, workspace, village):
    Entry(workspace, today=lambda: TODAY).save(count(village[4], 77, date(2026, 6, 30)))
    Entry(workspace, today=lambda: TODAY).save(count(village[5], 66, date(2026, 6, 28)))
    grid.reload()
    assert [grid.grid.rows[n].text(EWES) for n in (4, 5)] == ["77", "15"]
    assert grid.progress() == (COUNTED, MANY) and shown_sums(grid) == sums_of_cells(grid)


class OneSheepOneUnit:
    """A scheme that knows sheep and no lambs of a large herd."""

    def su(self, lines):
        total = Decimal(0)
        for line in lines:
            if line.species_code != "sheep":
                return Problem("CALC-000", Severity.ERROR, Text("示例", "example"))
            total += (line.head or 0) * (Decimal(1) if line.class_code == "adult_female" else Decimal("0.5"))
        return total


def test_sheep_units_of_all_leave_out_the_rows_that_have_none(qtbot, grid, workspace, village):
    camels = count(village[6], 40)
    lines = (*camels.class_counts, ClassCount(species_code="camel", class_code="young", head=3))
    saved = {r.record.household_id: r.record_id for r in workspace.read.rows(Query("livestock_count"))}
    Entry(workspace, today=lambda: TODAY).save(
        dataclasses.replace(camels, class_counts=lines), record_id=saved[village[6]], reason="示例更正"
    )
    grid.reload()
    grid.take_live(OneSheepOneUnit())

    def both():
        units = [grid.sheep_units(row) for row in grid.grid.rows]
        return grid.totals._model.cells[SU_KEY], f"{sum(u for u in units if isinstance(u, Decimal)):,.1f}"

    shown, summed = grid.totals._model.cells[SU_KEY], both()[1]
    assert shown == summed and isinstance(grid.sheep_units(grid.grid.rows[6]), Problem)
    grid.view.go_to(village[6], "camel/young")
    press(qtbot, Qt.Key.Key_Delete)
    assert both()[0] == both()[1] != shown
    grid.take_live(OneSheepOneUnit())  # asked again while a row is typed in
    assert both()[0] == both()[1]
    grid.take_live(None)
    assert grid.grid.column_of(SU_KEY) == -1


def sums_in_store_and_typed(grid, workspace):
    """Add up what is saved and what is typed, without looking into a row nobody has looked into."""
    counts = {row.record.household_id: row.record.class_counts for row in workspace.read.rows(Query("livestock_count"))}
    typed = {row.key: row.texts for row in grid.grid.rows if row.read is None and row.state not in ("open", "complete")}
    found = Counter()
    for home in {*counts, *typed}:
        cells = {f"{c.species_code}/{c.class_code}": c.head for c in counts.get(home, ())}
        found.update({k: int(n) for k, n in typed.get(home, cells).items() if "/" in k})
    return +found


@pytest.mark.parametrize("seed", range(3))
def test_totals_are_those_of_the_rows_whatever_is_done(qtbot, grid, workspace, village, seed):
    chance, roster = random.Random(seed), workspace.actions.last
    workspace.changed.append(grid.refresh)
    for _ in range(25):
        number = chance.randrange(MANY)
        act = chance.choice(("type", "type", "clear", "save", "undo", "reload", "jump"))
        if act == "type":
            grid.grid.type_in([(number, chance.choice((EWES, LAMBS)), str(chance.randrange(90)))])
        elif act == "clear":
            grid.grid.type_in([(number, EWES, "")])
        elif act == "save":
            grid.save_pending()
        elif act == "undo":
            undo(workspace) if workspace.actions.last is not roster else None
        elif act == "reload":
            grid.reload()
        else:
            grid.view.move_to(village[number])
        assert +shown_sums(grid) == sums_in_store_and_typed(grid, workspace)
    assert +shown_sums(grid) == +sums_of_cells(grid)


def test_only_who_is_counted_stands_in_the_sheet(workspace, village):
    entry = Entry(workspace, today=lambda: TODAY)
    gone = sample(
        "household", 2, code=f"{VILLAGE}0002", head_name="示例牧户2", status="moved", status_on=date(2026, 1, 5)
    )
    away = sample("household", MANY - 1, code=f"{VILLAGE}{MANY:04d}", head_name="示例", status="moved",
                  status_on=date(2026, 1, 5))  # fmt: skip
    entry.save(gone, record_id=village[1], reason="示例迁出")
    entry.save(away, record_id=village[-1], reason="示例迁出")
    found = counting.households(workspace.read, VILLAGE, 2026, "mid_year")
    assert [line.household_id for line in found] == village[:-1]  # who was counted all the same stays
    assert [line.record_id is not None for line in found] == [n < COUNTED for n in range(MANY - 1)]
