"""Undo and redo by their keys, on every kind of page: one history, each step named before and after."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from window_helpers import CTRL, keys, settle, type_text

from station_app.domain.text import ENGLISH
from station_app.storage.reader import Filter, Query
from station_app.ui import i18n
from station_app.ui.count_grid import CountGrid
from station_app.ui.main_window import MainWindow
from station_app.ui.session import UNDO, Place

CTRL_SHIFT = CTRL | Qt.KeyboardModifier.ShiftModifier
CELL = "sheep/adult_female"
YEAR = 2021


def head_names(window: MainWindow) -> list[str]:
    return [r.record.head_name for r in window.session.read.rows(Query("household"))]


def counts(window: MainWindow, year: int) -> dict[str, int]:
    rows = window.session.read.rows(
        Query("livestock_count", (Filter("year", "eq", year), Filter("occasion", "eq", "mid_year")))
    )
    return {r.record.household_id: sum(line.head for line in r.record.class_counts) for r in rows}


def count_grid(window: MainWindow) -> Any:
    """Return the count grid of a village and an occasion nobody has counted."""
    window.session.set_year(YEAR)
    window.open_page("livestock")
    (grid,) = window.pages["livestock"].findChildren(CountGrid)
    grid.set_scope(grid.village_code, YEAR, "mid_year")
    assert not any(row.payload.record_id for row in grid.grid.rows)
    return grid


def menu_texts(window: MainWindow) -> list[str]:
    window._name_undo()
    return [window._undo_verb.text(), window._redo_verb.text()]


def test_a_typed_row_is_taken_back_with_the_cursor_in_it(station: MainWindow, qtbot: QtBot) -> None:
    grid = count_grid(station)
    first, second = grid.grid.rows[0].key, grid.grid.rows[1].key
    grid.view.go_to(first, CELL)
    for number in ("11", "12"):
        type_text(number)
        keys(station, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(counts(station, YEAR)) == 2)
    type_text("14")  # half a row: typed, not saved
    keys(station, Qt.Key.Key_Tab)
    keys(station, Qt.Key.Key_Z, CTRL)
    assert grid.grid.rows[2].is_blank() and counts(station, YEAR) == {first: 11, second: 12}
    keys(station, Qt.Key.Key_Z, CTRL)
    assert counts(station, YEAR) == {first: 11}
    assert grid.view.current_key() == second and grid.grid.columns[grid.view.currentIndex().column()].key == CELL
    assert grid.grid.rows[1].is_blank() and grid.grid.rows[0].text(CELL) == "11"
    assert "已撤销：新增牲畜清点" in station.notices.texts()[-1]
    keys(station, Qt.Key.Key_Y, CTRL)
    assert counts(station, YEAR) == {first: 11, second: 12} and grid.grid.rows[1].text(CELL) == "12"
    # A correction: the values before it come back, and nothing of the neighbour's.
    grid.view.go_to(first, CELL)
    type_text("13")
    keys(station, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: counts(station, YEAR)[first] == 13)
    keys(station, Qt.Key.Key_Z, CTRL)
    assert counts(station, YEAR) == {first: 11, second: 12} and grid.view.current_key() == first
    keys(station, Qt.Key.Key_Z, CTRL_SHIFT)
    assert counts(station, YEAR)[first] == 13
    settle(station)
    assert grid.grid.rows[0].text(CELL) == "13" and not grid.workspace.drafts.get(grid.draft_key())


def test_a_paste_is_one_press(station: MainWindow, qtbot: QtBot) -> None:
    grid = count_grid(station)
    grid.view.go_to(grid.grid.rows[0].key, CELL)
    QGuiApplication.clipboard().setText("\n".join(str(n) for n in range(11, 17)))
    keys(station, Qt.Key.Key_V, CTRL)
    qtbot.waitUntil(lambda: len(counts(station, YEAR)) == 6)
    assert menu_texts(station)[0] == "撤销：填写牲畜清点（6 条）\tCtrl+Z"
    keys(station, Qt.Key.Key_Z, CTRL)
    assert not counts(station, YEAR)
    assert menu_texts(station)[1] == "重做：填写牲畜清点（6 条）\tCtrl+Y"
    keys(station, Qt.Key.Key_Y, CTRL)
    assert sorted(counts(station, YEAR).values()) == list(range(11, 17))


def test_an_import_is_one_step_and_what_was_saved_before_it_stays(
    station: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    session = station.session
    household = session.read.rows(Query("household"), 1)[0]
    session.entry.save(replace(household.record, note="先存的"), record_id=household.record_id, reason="示例")
    file = tmp_path / "牧户名册.csv"
    lines = [f"152522200201,15252220020101{n:02d},示例导入{n}" for n in range(10, 15)]
    file.write_text("嘎查村代码,户编码,户主姓名\n" + "\n".join(lines) + "\n", encoding="utf-8")
    station.open_page("households")
    section = station.pages["households"].section
    section.begin_import(file)
    panel = section._import
    qtbot.waitUntil(lambda: panel.plan is not None, timeout=30_000)
    panel.apply()
    qtbot.waitUntil(lambda: "示例导入14" in head_names(station), timeout=30_000)
    qtbot.waitUntil(lambda: station._busy is None)
    assert menu_texts(station)[0] == "撤销：导入牧户 牧户名册.csv（5 条）\tCtrl+Z"
    qtbot.waitUntil(lambda: "牧户名册.csv" in station.doors.undo.accessibleName())
    offered = next(c for c in station.notices.cards if c.notice.action_text == UNDO).notice.action
    later = session.entry.save(replace(session.read.get("household", household.record_id).record, note="后存的"),  # type: ignore[union-attr]
                               record_id=household.record_id, reason="示例")  # fmt: skip
    offered()  # the notice is of the import: what came later is not its to take back
    assert session.read.get("household", later.record_id).record.note == "后存的"  # type: ignore[union-attr]
    keys(station, Qt.Key.Key_Z, CTRL)
    station.open_page("parcels")  # the history is the workspace's, whatever page is in front
    keys(station, Qt.Key.Key_Z, CTRL)
    assert not [n for n in head_names(station) if n.startswith("示例导入")]
    assert session.read.get("household", household.record_id).record.note == "先存的"  # type: ignore[union-attr]
    assert "已撤销：导入牧户 牧户名册.csv（5 条）" in station.notices.texts()[-1]
    assert not [text for text in station.notices.texts() if text.startswith("已导入")]  # its offer is gone with it
    keys(station, Qt.Key.Key_Y, CTRL)
    assert len([n for n in head_names(station) if n.startswith("示例导入")]) == 5
    keys(station, Qt.Key.Key_Z, CTRL)
    keys(station, Qt.Key.Key_Z, CTRL)
    assert session.read.get("household", household.record_id).record.note != "先存的"  # type: ignore[union-attr]


def test_a_large_action_is_taken_back_under_cover(station: MainWindow, qtbot: QtBot) -> None:
    from station_app.domain.samples import sample

    session = station.session
    before = len(head_names(station))
    session.entry.save_many([
        (sample("household", 1, code=f"152522200201{n:04d}", village_code="152522200201", head_name="示例大批"), None)
        for n in range(5000, 5260)
    ])  # fmt: skip
    keys(station, Qt.Key.Key_Z, CTRL)
    qtbot.waitUntil(lambda: len(head_names(station)) == before, timeout=60_000)
    qtbot.waitUntil(lambda: station._busy is None)
    assert "（260 条）" in station.notices.texts()[-1]
    keys(station, Qt.Key.Key_Y, CTRL)
    qtbot.waitUntil(lambda: len(head_names(station)) == before + 260, timeout=60_000)
    qtbot.waitUntil(lambda: station._busy is None)


def test_nothing_is_taken_back_while_something_is_written(station: MainWindow, qtbot: QtBot) -> None:
    from threading import Event

    from station_app.domain.samples import sample
    from station_app.domain.text import Text

    session, go_on = station.session, Event()
    saved = session.entry.save(sample("household", 77, code="1525222002010077", village_code="152522200201"))
    session.write(lambda _workspace, _context: go_on.wait(60), title=Text("写入", "Writing"))
    session.undo()
    go_on.set()
    assert "正在写入" in station.notices.texts()[-1]
    assert not session.read.get("household", saved.record_id).void  # type: ignore[union-attr]
    qtbot.waitUntil(lambda: station._busy is None, timeout=30_000)
    session.undo()
    assert session.read.get("household", saved.record_id).void  # type: ignore[union-attr]


def test_a_batch_run_is_one_step(station: MainWindow, qtbot: QtBot) -> None:
    session = station.session
    batches = Query("compensation_batch")
    lines = Query("compensation_line")
    (first, *_) = session.read.rows(batches)
    session.entry.void(first.record_id, "示例重算")
    before = (session.read.count(batches), session.read.count(lines))
    station.open_page("compensation")
    strip = station.pages["compensation"].run_strip
    strip.reload()
    assert strip.run_button.isEnabled()
    strip.run()
    qtbot.waitUntil(lambda: session.read.count(batches) == before[0] + 1, timeout=60_000)
    qtbot.waitUntil(lambda: station._busy is None)
    settle(station)
    assert menu_texts(station)[0].startswith("撤销：计算批次 ")
    keys(station, Qt.Key.Key_Z, CTRL)
    settle(station)
    assert (session.read.count(batches), session.read.count(lines)) == before
    keys(station, Qt.Key.Key_Y, CTRL)
    settle(station)
    assert session.read.count(batches) == before[0] + 1 and session.read.count(lines) > before[1]
    keys(station, Qt.Key.Key_Z, CTRL)
    keys(station, Qt.Key.Key_Z, CTRL)  # the voiding before it
    settle(station)
    assert session.read.get("compensation_batch", first.record_id).void is False  # type: ignore[union-attr]


def test_a_form_takes_back_typing_then_fields_then_the_save(station: MainWindow, qtbot: QtBot) -> None:
    from station_app.domain.samples import sample

    session = station.session
    saved = session.entry.save(sample("household", 77, code="1525222002010077", village_code="152522200201", persons=4))
    session.entry.save(sample("household", 78, code="1525222002010078", village_code="152522200201"))
    station.go(Place(record_type="household", record_id=saved.record_id))
    section = station.pages["households"].section
    section.detail.tabs.choose("form")
    form = section.detail.form
    form.focus_field("persons")
    focus = QApplication.focusWidget()
    assert focus is not None
    focus.selectAll()  # type: ignore[attr-defined]
    type_text("7")
    keys(station, Qt.Key.Key_Tab)
    form.focus_field("group_name")
    keys(station, Qt.Key.Key_Z, CTRL)  # nothing was typed in this field: the last change of the form goes back
    assert form.values()["persons"] == "4" and not form.is_dirty()
    assert form.blocks["persons"].isAncestorOf(QApplication.focusWidget())
    keys(station, Qt.Key.Key_Y, CTRL)
    assert form.values()["persons"] == "7"
    assert "示例" in session.name_of(session.workspace.actions.last).zh  # type: ignore[arg-type]
    keys(station, Qt.Key.Key_Return, CTRL)
    assert session.read.get("household", saved.record_id).record.persons == 7  # type: ignore[union-attr]
    keys(station, Qt.Key.Key_Z, CTRL)  # what is saved is no typing any more: the save itself goes back
    assert session.read.get("household", saved.record_id).record.persons == 4  # type: ignore[union-attr]
    assert form.values()["persons"] == "4"
    assert "已撤销：更正牧户" in station.notices.texts()[-1]
    keys(station, Qt.Key.Key_Z, CTRL_SHIFT)
    assert session.read.get("household", saved.record_id).record.persons == 7  # type: ignore[union-attr]
    assert form.values()["persons"] == "7"


def test_a_notice_takes_back_its_own_action_only(station: MainWindow) -> None:
    from station_app.domain.samples import sample

    session = station.session
    first = session.entry.save(sample("household", 77, code="1525222002010077", village_code="152522200201"))
    act = session.undo_that()
    session.entry.save(
        sample("household", 78, code="1525222002010078", village_code="152522200201", head_name="示例后存")
    )
    act()
    assert "示例后存" in head_names(station) and "示例后存" in station.notices.texts()[-1]
    keys(station, Qt.Key.Key_Z, CTRL)
    act()
    assert session.read.get("household", first.record_id).void  # type: ignore[union-attr]


def test_nothing_to_undo_and_refusals_are_said_in_both_languages(station: MainWindow) -> None:
    from station_app.domain.samples import sample
    from station_app.storage.projection import note_packaged

    session = station.session
    keys(station, Qt.Key.Key_Z, CTRL)
    assert station.notices.texts()[-1] == "没有可以撤销的操作。"
    i18n.set_language(ENGLISH)
    keys(station, Qt.Key.Key_Y, CTRL)
    assert station.notices.texts()[-1] == "There is nothing to do again."
    saved = session.entry.save(sample("household", 77, code="1525222002010077", village_code="152522200201"))
    with session.workspace.journal.transaction() as connection:
        note_packaged(connection, 9, "SELECT ? AS version_id", [(str(saved.version_id),)])
    keys(station, Qt.Key.Key_Z, CTRL)
    assert "SAV-024" in station.notices.texts()[-1] and "can not be undone" in station.notices.texts()[-1]
    assert not session.read.get("household", saved.record_id).void  # type: ignore[union-attr]
