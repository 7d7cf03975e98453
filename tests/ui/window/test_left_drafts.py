"""After a sudden end the next start says in one line what was half typed and leads there; after a usual end it does not."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from window_helpers import keys, settle, type_text

from station_app.storage.reader import Query
from station_app.ui.left_drafts import RUNNING
from station_app.ui.main_window import MainWindow


def half_typed(window: MainWindow, year: int) -> tuple[str, int]:
    """Type half a number into the second row of an empty year; return the row's key and the counts on record."""
    window.session.set_year(year)
    page: Any = window.open_page("livestock")
    settle(window)
    grid = page.views["grid"].grid
    row = grid.grid.rows[1].key
    grid.view.go_to(row, "sheep/adult_female")
    type_text("12")
    grid.keep_draft()
    return row, len(window.session.read.rows(Query("livestock_count")))


def killed(window: MainWindow, tmp_path: Path) -> Path:
    """Return a copy of the folder as a power cut leaves it."""
    window.session.workspace.settings.get(RUNNING)
    folder = tmp_path / "after"
    shutil.copytree(window.session.workspace.folder, folder, ignore=shutil.ignore_patterns("*.lock"))
    return folder


def test_half_typed_is_said_and_gone_on_with(
    station: MainWindow, open_window: Callable[..., MainWindow], tmp_path: Path
) -> None:
    row, counts = half_typed(station, 2020)
    assert station.session.workspace.settings.get(RUNNING) == "1"
    folder = killed(station, tmp_path)
    window = open_window(folder)
    settle(window)
    (said,) = [t for t in window.notices.texts() if "没有存完" in t]
    assert "牲畜清点" in said or "清点" in said
    card = next(c for c in window.notices.cards if "没有存完" in c.words.text())
    window.session.set_year(2026)
    QTest.mouseClick(card.action, Qt.MouseButton.LeftButton)
    settle(window)
    page: Any = window.pages["livestock"]
    grid = page.views["grid"].grid
    assert window.session.year == grid.year == 2020
    pending = grid.view.pending()
    assert (pending.row, pending.column, pending.text, pending.cursor) == (row, "sheep/adult_female", "12", 2)
    window.open_page("today")
    settle(window)
    assert len(window.session.read.rows(Query("livestock_count"))) == counts  # not saved by itself
    window.open_page("livestock")
    settle(window)
    type_text("3")
    keys(window, Qt.Key.Key_Return)
    settle(window)
    assert [r.record.class_counts[0].head for r in window.session.read.rows(Query("livestock_count"))
            if r.record.household_id == row and r.record.year == 2020] == [123]  # fmt: skip


def test_a_usual_end_says_nothing(station: MainWindow, open_window: Callable[..., MainWindow]) -> None:
    half_typed(station, 2020)
    folder = station.session.workspace.folder
    station.close()
    station.session.close()
    window = open_window(folder)
    settle(window)
    assert not [t for t in window.notices.texts() if "意外结束" in t]
