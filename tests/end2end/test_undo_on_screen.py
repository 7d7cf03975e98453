"""Undo and redo by real keys, through an X server, with the process stopped while they are pressed."""

from __future__ import annotations

from pathlib import Path

from patience import wait_for
from screen_helpers import Program, virtual_screen

from station_app.county.training import build_training
from station_app.domain.records.livestock import LivestockCount
from station_app.storage.reader import Query, Reader

COUNTS = Query(LivestockCount)  # of every year: the window opens on the year of the day


def test_a_row_typed_and_left_is_taken_back_and_done_again(tmp_path: Path) -> None:
    with virtual_screen() as display:
        build_training(tmp_path)
        folder = tmp_path / "station"
        with Reader(folder / "workspace.db") as reader, Program(display, folder) as program:
            before = {row.record_id: row.record for row in reader.rows(COUNTS)}

            def new() -> list[int]:
                rows = [row for row in reader.rows(COUNTS) if row.record_id not in before]
                return [line.head for row in rows for line in row.record.class_counts]

            def untouched() -> bool:
                return {row.record_id: row.record for row in reader.rows(COUNTS) if row.record_id in before} == before

            program.keys(["ctrl+4"])  # livestock: the count of the first village, one household still to be counted
            program.keys(["ctrl+End", "Home"])
            program.stop()
            program.keys(["2", "1", "Up"])
            program.go_on()
            wait_for(lambda: new() == [21], "the row to be saved")
            program.stop()
            program.keys(["ctrl+z"])
            program.go_on()
            wait_for(lambda: new() == [], "the row to be taken back")
            assert untouched()
            program.keys(["ctrl+y"])
            wait_for(lambda: new() == [21], "the row to be done again")
            program.keys(["ctrl+z", "ctrl+shift+z", "ctrl+z"])
            wait_for(lambda: new() == [], "the row to be taken back again")
            # The cursor stands in that row: what is typed now is its new value, and no key went elsewhere.
            program.stop()
            program.keys(["3", "4", "Up", "ctrl+z", "ctrl+y"])
            program.go_on()
            wait_for(lambda: new() == [34], "the new value")
            assert untouched()
