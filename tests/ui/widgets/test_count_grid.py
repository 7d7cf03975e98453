"""The count grid: digits go right in, rows are saved when they are left, drafts keep the rest."""

from __future__ import annotations

import dataclasses
from datetime import date

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QGuiApplication, QInputMethodEvent, QKeyEvent
from PySide6.QtWidgets import QApplication

from station_app.domain.samples import VILLAGE, sample
from station_app.services.entry import Entry
from station_app.services.undo import action_name, redo, undo
from station_app.storage.reader import Query
from station_app.ui import i18n
from station_app.ui.count_grid import CountGrid

from .conftest import TODAY, keys, press

CTRL, NONE = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.NoModifier
COUNTS = Query("livestock_count")


@pytest.fixture
def grid_of(qtbot, workspace, households):
    def make(kept=True, **named):
        grid = CountGrid(workspace, VILLAGE, 2026, "mid_year", today=lambda: TODAY, **named)
        if kept:
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


def at(grid, row, key):
    grid.view.go_to(grid.grid.rows[row].key, key)


def saved(workspace):
    return {row.record.household_id: row.record for row in workspace.read.rows(COUNTS)}


def test_rows_are_laid_out_from_the_roster(grid, households):
    assert [row.key for row in grid.grid.rows] == households
    assert grid.grid.rows[0].label == "0001  示例牧户1"
    groups = [c.group.zh for c in grid.grid.columns if c.group is not None]
    assert list(dict.fromkeys(groups)) == ["绵羊", "山羊", "黄牛", "马", "骆驼"]
    assert grid.progress() == (0, 12)
    assert grid.grid.index(0, 0).data() == ""
    assert grid.grid.rows[0].state == "open"


def test_digits_go_right_in_and_a_row_is_saved_when_it_is_left(qtbot, grid, workspace, households):
    changes = []
    grid.saved.connect(changes.append)
    at(grid, 0, "sheep/adult_female")
    keys(qtbot, "81")
    press(qtbot, Qt.Key.Key_Tab)
    keys(qtbot, "3")
    press(qtbot, Qt.Key.Key_Tab)
    press(qtbot, Qt.Key.Key_Tab)
    keys(qtbot, "41")
    assert saved(workspace) == {}  # the cursor is still in the row
    press(qtbot, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(saved(workspace)) == 1)
    record = saved(workspace)[households[0]]
    assert {(c.species_code, c.class_code): c.head for c in record.class_counts} == {
        ("sheep", "adult_female"): 81, ("sheep", "adult_male"): 3, ("sheep", "young"): 41}  # fmt: skip
    assert (record.year, record.occasion, record.counted_on) == (2026, "mid_year", date(2026, 6, 30))
    assert record.counted_by == "测试员"
    assert grid.view.currentIndex().row() == 1
    assert grid.grid.rows[0].state == "complete"
    assert grid.grid.rows[0].text("counted_on") == "2026-06-30"
    assert grid.progress() == (1, 12)
    assert [c.tables for c in changes] == [frozenset({"livestock_count"})]
    qtbot.waitUntil(lambda: workspace.drafts.get(grid.draft_key()) is None)
    total = grid.grid.column_of("_total")
    assert grid.grid.index(0, total).data() == "125"
    assert grid.totals._model.cells["sheep/adult_female"] == "81"
    assert grid.totals._model.cells["_total"] == "125"


def test_arrows_leave_a_cell_and_enter_goes_down(qtbot, grid):
    at(grid, 2, "goat/young")
    keys(qtbot, "7")
    press(qtbot, Qt.Key.Key_Down)
    keys(qtbot, "8")
    press(qtbot, Qt.Key.Key_Up)
    assert grid.view.currentIndex().row() == 2
    assert [grid.grid.rows[n].text("goat/young") for n in (2, 3)] == ["7", "8"]
    press(qtbot, Qt.Key.Key_Return)
    press(qtbot, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert grid.view.currentIndex().row() == 2


def test_a_block_from_a_spreadsheet_is_checked_and_saved(qtbot, grid, workspace, households):
    QGuiApplication.clipboard().setText("120\t4\t\t60\r\n１２\t1\t\t5\r\n99\tx\t\t1\r\n")
    at(grid, 4, "sheep/adult_female")
    press(qtbot, Qt.Key.Key_V, CTRL)
    at(grid, 0, "sheep/adult_female")
    qtbot.waitUntil(lambda: len(saved(workspace)) == 2)
    assert saved(workspace)[households[5]].class_counts[0].head == 12
    wrong = grid.grid.rows[6]
    assert wrong.state == "wrong"
    assert wrong.problems["sheep/adult_male"][0].code == "FLD-002"
    assert grid.progress() == (2, 12)
    found = grid.problems()
    assert [p.place for p in found] == ["0007  示例牧户7"]
    at(grid, 6, "sheep/adult_male")
    assert "应为数字" in grid._said.text()
    keys(qtbot, "2")
    press(qtbot, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(saved(workspace)) == 3)
    assert grid.problems() == []


def test_what_does_not_fit_the_grid_is_said(qtbot, grid):
    QGuiApplication.clipboard().setText("1\n2\n3\n")
    at(grid, 10, "sheep/adult_female")
    press(qtbot, Qt.Key.Key_V, CTRL)
    assert "已粘贴 2 格；另有 1 格超出表格" in grid._said.text()
    i18n.set_language("en")
    assert "2 cells pasted; 1 lay outside" in grid._said.text()


def test_a_big_block_is_saved_in_one_step(qtbot, workspace, grid_of, households):
    entry = Entry(workspace, today=lambda: TODAY)
    more = [(sample("household", n, code=f"{VILLAGE}{n + 1:04d}", head_name=f"示例牧户{n + 1}", status="normal",
                    status_on=None), None) for n in range(12, 40)]  # fmt: skip
    entry.save_many(more)
    grid = grid_of()
    QGuiApplication.clipboard().setText("\n".join(f"{n + 10}\t2" for n in range(39)))
    at(grid, 0, "sheep/adult_female")
    press(qtbot, Qt.Key.Key_V, CTRL)
    qtbot.waitUntil(lambda: len(saved(workspace)) == 39)  # the row with the cursor too: a block is one act
    grid.save_pending()
    assert len(saved(workspace)) == 39
    assert grid.progress() == (39, 40)


def test_cells_are_undone_one_by_one_and_the_row_is_saved_again(qtbot, grid, workspace, households):
    at(grid, 0, "sheep/adult_female")
    keys(qtbot, "81")
    press(qtbot, Qt.Key.Key_Return)
    keys(qtbot, "5")
    press(qtbot, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(saved(workspace)) == 2)
    at(grid, 0, "sheep/adult_female")
    keys(qtbot, "18")
    press(qtbot, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: saved(workspace)[households[0]].class_counts[0].head == 18)
    at(grid, 2, "sheep/adult_female")
    keys(qtbot, "7")
    press(qtbot, Qt.Key.Key_Tab)
    press(qtbot, Qt.Key.Key_Z, CTRL)  # what is not saved in this row comes first
    assert grid.grid.rows[2].is_blank() and saved(workspace)[households[0]].class_counts[0].head == 18
    press(qtbot, Qt.Key.Key_Y, CTRL)
    assert grid.grid.rows[2].text("sheep/adult_female") == "7"
    press(qtbot, Qt.Key.Key_Z, CTRL)
    # Then it is the turn of the workspace's history (the window's key); the grid shows what came back.
    workspace.changed.append(grid.refresh)
    undo(workspace)
    assert saved(workspace)[households[0]].class_counts[0].head == 81
    assert grid.grid.rows[0].text("sheep/adult_female") == "81" and grid.view.current_key() == households[0]
    redo(workspace)
    assert saved(workspace)[households[0]].class_counts[0].head == 18
    undo(workspace)
    undo(workspace)
    assert households[1] not in saved(workspace) and grid.grid.rows[1].is_blank()
    assert saved(workspace)[households[0]].class_counts[0].head == 81


def test_a_pasted_block_is_one_action_the_row_with_the_cursor_too(qtbot, grid, workspace, households):
    at(grid, 0, "sheep/adult_female")
    QGuiApplication.clipboard().setText("\n".join(str(n) for n in range(11, 17)))
    press(qtbot, Qt.Key.Key_V, CTRL)
    qtbot.waitUntil(lambda: len(saved(workspace)) == 6)
    assert action_name(workspace.actions.last).zh == "填写牲畜清点（6 条）"
    workspace.changed.append(grid.refresh)
    undo(workspace)
    assert not saved(workspace) and all(row.is_blank() for row in grid.grid.rows)
    assert grid.view.current_key() == households[0]
    redo(workspace)
    assert [grid.grid.rows[n].text("sheep/adult_female") for n in range(6)] == [str(n) for n in range(11, 17)]


def test_a_row_left_a_moment_ago_is_what_undo_takes_back(qtbot, grid, workspace, households):
    """The key arrives before the program came round to saving: no older step is taken instead."""
    at(grid, 0, "sheep/adult_female")
    keys(qtbot, "81")
    press(qtbot, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(saved(workspace)) == 1)
    for key in (Qt.Key.Key_5, Qt.Key.Key_Return):
        QApplication.sendEvent(
            grid.view, QKeyEvent(QEvent.Type.KeyPress, key, NONE, "5" if key == Qt.Key.Key_5 else "\r")
        )
    asked = QKeyEvent(QEvent.Type.ShortcutOverride, Qt.Key.Key_Z, CTRL)
    asked.ignore()
    QApplication.sendEvent(grid.view, asked)
    assert not asked.isAccepted()  # nothing unsaved stands in the row with the cursor: the window is asked
    assert workspace.actions.last.steps[0].record_id == next(
        row.record_id for row in workspace.read.rows(COUNTS) if row.record.household_id == households[1])  # fmt: skip


def test_what_was_saved_and_taken_back_does_not_come_again_from_the_draft(qtbot, grid, workspace, households):
    at(grid, 0, "sheep/adult_female")
    keys(qtbot, "81")
    grid.keep_draft()
    press(qtbot, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(saved(workspace)) == 1)
    workspace.changed.append(grid.refresh)
    undo(workspace)
    grid.save_pending()
    assert grid.grid.rows[0].is_blank() and not saved(workspace)


def test_other_items_of_a_line_survive_the_grid(qtbot, workspace, grid_of, households):
    entry = Entry(workspace, today=lambda: TODAY)
    record = sample(
        "livestock_count",
        1,
        household_id=households[3],
        year=2026,
        occasion="mid_year",
        counted_on=date(2026, 6, 29),
        parcel_id=None,
        note="已核",
    )
    entry.save(record)
    grid = grid_of()
    assert grid.progress() == (1, 12)
    at(grid, 3, "sheep/young")
    keys(qtbot, "44")
    press(qtbot, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: saved(workspace)[households[3]].class_counts[1].head == 44)
    after = saved(workspace)[households[3]]
    assert after.class_counts[0] == record.class_counts[0]
    assert dataclasses.replace(after.class_counts[1], head=record.class_counts[1].head) == record.class_counts[1]
    assert (after.counted_on, after.counted_by, after.household_signed) == (
        record.counted_on, record.counted_by, record.household_signed)  # fmt: skip


def test_an_unusual_row_waits_for_its_note(qtbot, grid, workspace, households):
    at(grid, 1, "counted_on")
    keys(qtbot, "2025-12-30")  # not the year of the count: asked about
    at(grid, 1, "sheep/young")
    keys(qtbot, "9")
    press(qtbot, Qt.Key.Key_Return)
    assert grid.grid.rows[1].state == "unusual"
    assert saved(workspace) == {}
    at(grid, 1, "note")
    assert "备注列" in grid._said.text()
    keys(qtbot, "补录去年")
    press(qtbot, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: households[1] in saved(workspace))
    assert saved(workspace)[households[1]].note == "补录去年"


def end_suddenly(grid):
    """Take the grid away as a power cut does: no timer runs, nothing is committed."""
    for timer in (grid._drafts_later, grid._save_later):
        timer.stop()
    grid.setParent(None)
    grid.deleteLater()
    QApplication.sendPostedEvents(grid, QEvent.Type.DeferredDelete)


def test_what_is_typed_survives_a_crash(qtbot, grid_of, workspace, households):
    grid = grid_of(kept=False)
    at(grid, 0, "sheep/adult_female")
    keys(qtbot, "8x")
    press(qtbot, Qt.Key.Key_Return)
    keys(qtbot, "12")  # still in the open cell
    qtbot.waitUntil(lambda: "_typing" in (workspace.drafts.get(grid.draft_key()) or _none()).values, timeout=15_000)
    end_suddenly(grid)
    again = grid_of()
    assert again.grid.rows[0].text("sheep/adult_female") == "8x"
    assert again.grid.rows[0].state == "wrong"
    assert again.grid.rows[1].text("sheep/adult_female") == ""  # half typed: in the open cell, not in the row
    pending = again.view.pending()
    assert (pending.row, pending.column, pending.text, pending.cursor) == (households[1], "sheep/adult_female", "12", 2)
    assert "已恢复" in again._said.text()
    again.save_pending()  # leaving the page, closing the window, a click elsewhere: it is not saved by itself
    at(again, 5, "sheep/adult_female")
    again.save_pending()
    assert saved(workspace) == {}
    kept = workspace.drafts.get(again.draft_key()).values
    assert kept[f"{households[0]}|sheep/adult_female"] == "8x" and kept[f"{households[1]}|sheep/adult_female"] == "12"
    at(again, 1, "sheep/adult_female")
    press(qtbot, Qt.Key.Key_F2)
    keys(qtbot, "5")
    press(qtbot, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: list(saved(workspace)) == [households[1]])
    assert saved(workspace)[households[1]].class_counts[0].head == 125
    at(again, 0, "sheep/adult_female")
    press(qtbot, Qt.Key.Key_Delete)
    again.keep_draft()
    assert workspace.drafts.get(again.draft_key()) is None


def test_a_half_typed_number_is_gone_on_with_at_once(qtbot, grid_of, workspace, households):
    grid = grid_of(kept=False)
    at(grid, 3, "sheep/adult_female")
    keys(qtbot, "7")
    press(qtbot, Qt.Key.Key_Tab)  # a whole cell of a row that was not left
    keys(qtbot, "12")
    grid.keep_draft()
    end_suddenly(grid)
    again = grid_of()
    assert again.grid.rows[3].state == "kept"
    assert again.view.where() == (households[3], "sheep/adult_male")
    keys(qtbot, "3")
    press(qtbot, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: households[3] in saved(workspace))
    assert [c.head for c in saved(workspace)[households[3]].class_counts] == [7, 123]


def test_a_restored_row_is_saved_when_somebody_accepts_it(qtbot, grid_of, workspace, households):
    grid = grid_of(kept=False)
    at(grid, 3, "sheep/adult_female")
    keys(qtbot, "7")
    press(qtbot, Qt.Key.Key_Tab)
    grid.keep_draft()
    end_suddenly(grid)
    again = grid_of()
    again.save_pending()
    at(again, 6, "sheep/young")
    again.save_pending()
    assert saved(workspace) == {} and again.grid.rows[3].state == "kept"
    at(again, 3, "sheep/young")
    press(qtbot, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: households[3] in saved(workspace))


def test_escape_throws_a_half_typed_number_away(qtbot, grid_of, workspace, households):
    grid = grid_of(kept=False)
    at(grid, 3, "sheep/adult_female")
    keys(qtbot, "12")
    grid.keep_draft()
    end_suddenly(grid)
    again = grid_of()
    press(qtbot, Qt.Key.Key_Escape)
    again.keep_draft()
    assert workspace.drafts.get(again.draft_key()) is None and again.grid.rows[3].text("sheep/adult_female") == ""


def test_a_change_from_elsewhere_does_not_end_a_number(qtbot, grid, workspace, households):
    at(grid, 0, "sheep/adult_female")
    keys(qtbot, "12")
    done = Entry(workspace, today=lambda: TODAY).save(
        sample("livestock_count", 1, household_id=households[2], year=2026, occasion="mid_year",
               counted_on=date(2026, 6, 29), parcel_id=None, note="已核"))  # fmt: skip
    grid.refresh(done.changes)
    assert grid.grid.rows[0].text("sheep/adult_female") == ""
    keys(qtbot, "0")
    press(qtbot, Qt.Key.Key_Return)
    assert grid.grid.rows[0].text("sheep/adult_female") == "120"


@pytest.mark.parametrize("modifier", [Qt.KeyboardModifier.NoModifier, CTRL])
def test_home_stands_where_one_can_type(qtbot, grid, modifier):
    at(grid, 2, "goat/young")
    press(qtbot, Qt.Key.Key_Home, modifier)
    assert grid.grid.columns[grid.view.currentIndex().column()].key == "sheep/adult_female"
    assert grid.view.currentIndex().row() == (0 if modifier == CTRL else 2)


def test_digits_beside_the_cells_go_to_the_first_of_the_row(qtbot, grid):
    grid.view.setCurrentIndex(grid.grid.index(4, 0))  # the state
    keys(qtbot, "17")
    press(qtbot, Qt.Key.Key_Return)
    assert grid.grid.rows[4].text("sheep/adult_female") == "17"
    QGuiApplication.clipboard().setText("5\t6")
    grid.view.setCurrentIndex(grid.grid.index(7, 0))
    press(qtbot, Qt.Key.Key_V, CTRL)
    assert [grid.grid.rows[7].text(f"sheep/adult_{sex}") for sex in ("female", "male")] == ["5", "6"]


def test_the_last_cell_is_not_typed_over(qtbot, grid):
    refused = []
    grid.view.refused.connect(refused.append)
    at(grid, 11, "sheep/adult_female")
    keys(qtbot, "11")
    press(qtbot, Qt.Key.Key_Return)
    keys(qtbot, "12")
    press(qtbot, Qt.Key.Key_Return)
    assert grid.grid.rows[11].text("sheep/adult_female") == "11"
    assert refused and "F2" in refused[0].zh
    press(qtbot, Qt.Key.Key_F2)
    keys(qtbot, "3")
    press(qtbot, Qt.Key.Key_Tab)
    assert grid.grid.rows[11].text("sheep/adult_female") == "113"


def test_nothing_is_swallowed_where_nothing_can_be_typed(qtbot, grid):
    refused = []
    grid.view.refused.connect(refused.append)
    grid.grid.read_only = True
    at(grid, 1, "sheep/young")
    keys(qtbot, "5")
    assert len(refused) == 1 and grid.grid.rows[1].text("sheep/young") == ""


def test_a_composed_text_begins_a_cell_and_is_not_interrupted(qtbot, grid):
    at(grid, 1, "note")
    event = QInputMethodEvent("bu", [])
    QApplication.sendEvent(grid.view, event)
    assert grid.view.hasFocus() and grid.view.pending() is not None
    keys(qtbot, "补录")
    press(qtbot, Qt.Key.Key_Return)
    keys(qtbot, "说明")  # committed without being composed, as Wubi does
    press(qtbot, Qt.Key.Key_Return)
    assert [grid.grid.rows[n].text("note") for n in (1, 2)] == ["补录", "说明"]


class _none:
    values: dict[str, str] = {}


def test_another_village_year_or_occasion_lays_out_anew(qtbot, grid, workspace, households):
    at(grid, 0, "sheep/adult_female")
    keys(qtbot, "81")
    grid.set_scope(VILLAGE, 2025, "year_end")
    assert len(saved(workspace)) == 1  # what could be saved was
    assert grid.progress() == (0, 12)
    assert grid.day.text() == "2025-12-31"
    assert all(not row.texts for row in grid.grid.rows)
    grid.set_scope(VILLAGE, 2026, "mid_year")
    assert grid.progress() == (1, 12)


def test_changes_from_elsewhere_are_shown_and_typing_stays(qtbot, grid, workspace, households):
    entry = Entry(workspace, today=lambda: TODAY)
    at(grid, 0, "sheep/adult_female")
    keys(qtbot, "8x")
    press(qtbot, Qt.Key.Key_Tab)
    done = entry.save(
        sample(
            "livestock_count",
            1,
            household_id=households[2],
            year=2026,
            occasion="mid_year",
            counted_on=date(2026, 6, 29),
            parcel_id=None,
            note="已核",
        )
    )
    grid.refresh(done.changes)
    assert grid.progress() == (1, 12)
    assert grid.grid.rows[0].text("sheep/adult_female") == "8x"
    assert grid.view.currentIndex().row() == 0
    assert grid.grid.rows[2].text("sheep/young")


def test_species_are_chosen_and_remembered(grid, grid_of, workspace):
    assert grid.grid.column_of("yak/young") < 0
    grid._fill_menu()
    action = next(a for a in grid.choose.menu().actions() if a.text() == "牦牛")
    action.trigger()
    assert grid.grid.column_of("yak/young") > 0
    assert grid_of().grid.column_of("yak/young") > 0


def test_headings_follow_the_language(grid):
    column = grid.grid.column_of("sheep/adult_female")
    assert grid.grid.headerData(column, Qt.Orientation.Horizontal) == "成年母畜"
    i18n.set_language("en")
    assert grid.grid.headerData(column, Qt.Orientation.Horizontal) == "Adult female"
    assert grid.totals._model.label == "Total"


def test_model_is_sound(grid, qtmodeltester):
    qtmodeltester.check(grid.grid)


def test_a_row_is_opened_with_ctrl_enter(qtbot, grid, workspace):
    opened = []
    grid.row_opened.connect(opened.append)
    at(grid, 0, "sheep/adult_female")
    keys(qtbot, "81")
    press(qtbot, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(saved(workspace)) == 1)
    at(grid, 0, "sheep/adult_female")
    press(qtbot, Qt.Key.Key_Return, CTRL)
    assert opened == [workspace.read.rows(COUNTS)[0].record_id]


def test_a_row_changed_meanwhile_shows_both_and_is_saved_on_second_leaving(qtbot, grid_of, workspace, households):
    entry = Entry(workspace, today=lambda: TODAY)
    record = sample("livestock_count", 1, household_id=households[3], year=2026, occasion="mid_year",
                    counted_on=date(2026, 6, 29), parcel_id=None, note="已核")  # fmt: skip
    record_id = entry.save(record).record_id
    grid = grid_of()
    at(grid, 3, "sheep/young")
    keys(qtbot, "44")
    press(qtbot, Qt.Key.Key_Tab)
    other = dataclasses.replace(record, class_counts=(dataclasses.replace(record.class_counts[0], head=90, sold=1),
                                                      *record.class_counts[1:]))  # fmt: skip
    entry.save(other, record_id=record_id, reason="别处更正")
    at(grid, 5, "sheep/young")
    qtbot.waitUntil(lambda: grid.grid.rows[3].text("sheep/adult_female") == "90")
    assert grid.grid.rows[3].text("sheep/young") == "44"
    assert saved(workspace)[households[3]].class_counts[1].head == record.class_counts[1].head
    at(grid, 3, "sheep/young")
    at(grid, 5, "sheep/young")
    qtbot.waitUntil(lambda: saved(workspace)[households[3]].class_counts[1].head == 44)
    assert saved(workspace)[households[3]].class_counts[0].head == 90


# --- the last time ---------------------------------------------------------------------------------------------------------


def last_year(workspace, household, ewes):
    line = dataclasses.replace(sample("livestock_count").class_counts[0], species_code="sheep", class_code="adult_female",
                               head=ewes, breeding_females=None, opening=None)  # fmt: skip
    fields = {f.name: None for f in dataclasses.fields(line)} | {
        "species_code": "sheep",
        "class_code": "adult_female",
        "head": ewes,
    }
    record = sample("livestock_count", household_id=household, year=2025, occasion="mid_year", parcel_id=None, note=None,
                    counted_on=date(2025, 6, 29), class_counts=(type(line)(**fields),))  # fmt: skip
    Entry(workspace).save(record)


def test_what_was_counted_the_last_time_stands_beside_the_cell(qtbot, workspace, households, grid_of):
    last_year(workspace, households[0], 64)
    grid = grid_of()
    assert grid.grid.rows[0].beside == {"sheep/adult_female": "64"} and grid.grid.rows[1].beside == {}
    at(grid, 0, "sheep/adult_female")
    assert "2025-06-29" in grid.last.text() and "64" in grid.last.text()
    picture = grid.view.viewport().grab().toImage()
    kept, grid.grid.rows[0].beside = grid.grid.rows[0].beside, {}
    assert grid.view.viewport().grab().toImage() != picture
    grid.grid.rows[0].beside = kept
    keys(qtbot, "6")  # while one types it stays in sight
    assert grid.last.isVisible() and "64" in grid.last.text()
    at(grid, 1, "sheep/adult_female")
    assert grid.last.text() == ""


def test_a_jump_marks_the_cell_softly_and_asks_for_a_reason(qtbot, workspace, households, grid_of):
    last_year(workspace, households[0], 64)
    grid = grid_of()
    at(grid, 0, "sheep/adult_female")
    keys(qtbot, "640")
    press(qtbot, Qt.Key.Key_Return)
    row = grid.grid.rows[0]
    assert [p.code for p in row.problems["sheep/adult_female"]] == ["REC-031"] and row.state == "unusual"
    assert "64" in row.problems["sheep/adult_female"][0].text.zh
    qtbot.wait(50)
    assert [r.record.year for r in workspace.read.rows(COUNTS)] == [2025]
    at(grid, 0, "note")
    keys(qtbot, "000")
    press(qtbot, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: any(r.record.year == 2026 and r.record.class_counts[0].head == 640
                                for r in workspace.read.rows(COUNTS)))  # fmt: skip
    assert row.state == "complete"


def test_a_million_rams_are_asked_about_in_the_cell(qtbot, workspace, households, grid):
    at(grid, 0, "sheep/adult_male")
    keys(qtbot, "1000000")
    press(qtbot, Qt.Key.Key_Return)
    row = grid.grid.rows[0]
    assert [p.code for p in row.problems["sheep/adult_male"]] == ["FLD-008"] and row.state == "unusual"
    assert not saved(workspace)


def test_what_saving_finds_stands_in_the_row_and_asks_for_a_reason(qtbot, workspace, households, grid, monkeypatch):
    from station_app.domain.record_problems import RecordProblem

    heavy = RecordProblem.ABOVE_CAPACITY.problem("class_counts", value="900", limit="90", times="10.0")
    monkeypatch.setattr(grid.entry.unusual, "problems", lambda *_: [heavy])
    at(grid, 0, "sheep/adult_female")
    keys(qtbot, "90")
    press(qtbot, Qt.Key.Key_Return)
    row = grid.grid.rows[0]
    qtbot.waitUntil(lambda: row.state == "unusual")
    assert not saved(workspace) and [p.code for found in row.problems.values() for p in found] == ["REC-030"]
    at(grid, 0, "note")
    keys(qtbot, "1")
    press(qtbot, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(saved(workspace)) == 1)
