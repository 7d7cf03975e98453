"""The table: paged, filtered and sorted in SQL, keyboard first, both languages."""

from __future__ import annotations

from decimal import Decimal

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from station_app.domain.registry import all_types
from station_app.domain.samples import VILLAGE, sample
from station_app.services.entry import Entry
from station_app.storage.changes import Changes
from station_app.storage.reader import Filter, Query, State
from station_app.storage.reference import install_code_lists
from station_app.ui import i18n, record_model
from station_app.ui.record_table import RecordTableModel, RecordTableView

from .conftest import TODAY, keys, press

install_code_lists()
TYPES = [t.name for t in all_types()]
BY_CODE = (("code", False),)


@pytest.fixture
def entry(workspace):
    return Entry(workspace, today=lambda: TODAY)


@pytest.fixture
def view_of(qtbot, workspace):
    made = []

    def make(query, **named):
        view = RecordTableView(workspace.read, query, **named)
        qtbot.addWidget(view)
        view.resize(1000, 500)
        view.show()
        view.activateWindow()
        qtbot.waitUntil(view.isActiveWindow)
        made.append(view)
        return view

    yield make
    for view in made:
        view.model.close()


def shown(view, row):
    return [view.model.index(row, c).data() for c in range(view.model.columnCount())]


@pytest.mark.parametrize("name", TYPES)
def test_model_of_every_type_is_sound(name, qtmodeltester, workspace):
    workspace.journal  # noqa: B018
    model = RecordTableModel(workspace.read, Query(name))
    qtmodeltester.check(model)
    assert model.columnCount() > 1


def test_rows_show_units_states_and_titles(workspace, households, entry, view_of):
    entry.save(sample("parcel", 1, household_id=households[3], area_mu=Decimal("1026.800")))
    view = view_of(Query("parcel"), columns=["code", "household_id", "area_mu", "scheme"])
    header = [view.model.headerData(c, Qt.Orientation.Horizontal) for c in range(5)]
    assert header[0] == "上报状态"
    assert header[3].startswith("面积") or "(亩)" in header[3]
    row = shown(view, 0)
    assert row[0] == "○ 已保存"
    assert row[2] == f"示例牧户4 {VILLAGE}0004"
    assert row[3] == "1,026.800"
    align = view.model.index(0, 3).data(Qt.ItemDataRole.TextAlignmentRole)
    assert align & Qt.AlignmentFlag.AlignRight
    i18n.set_language("en")
    assert shown(view, 0)[0] == "○ Saved"
    assert "(mu)" in view.model.headerData(3, Qt.Orientation.Horizontal)
    assert view.filter_line.placeholderText().startswith("Filter")


def test_typing_a_letter_filters_by_pinyin_and_down_comes_back(qtbot, workspace, entry, view_of):
    for n, name in enumerate(("示例巴特尔", "示例苏日娜", "示例其木格")):
        entry.save(sample("household", n, code=f"{VILLAGE}{n + 1:04d}", head_name=name))
    view = view_of(Query("household", sort=BY_CODE))
    view.table.setFocus()
    keys(qtbot, "qmg")
    qtbot.waitUntil(lambda: view.model.rowCount() == 1)
    assert view.model.row(0).record.head_name == "示例其木格"
    opened = []
    view.opened.connect(opened.append)
    press(qtbot, Qt.Key.Key_Down)
    press(qtbot, Qt.Key.Key_Return)
    assert opened == [view.model.row(0).record_id]
    view.focus_filter()
    press(qtbot, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: view.model.rowCount() == 3)


def test_headings_sort_in_sql_up_down_and_as_it_was(qtbot, households, view_of):
    view = view_of(Query("household", sort=BY_CODE), columns=["code", "persons"])
    header = view.table.horizontalHeader()

    def click(column):
        at = QPoint(header.sectionViewportPosition(column) + 10, header.height() // 2)
        qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=at)

    def column():
        return [view.model.row(n).record.persons for n in range(view.model.rowCount())]

    before = column()
    click(2)
    assert column() == sorted(before)
    click(2)
    assert column() == sorted(before, reverse=True)
    click(2)
    assert column() == before
    assert view.query().sort == BY_CODE


def test_chips_count_and_filter_the_states(qtbot, households, entry, view_of):
    entry.void(households[0], "测试作废")
    view = view_of(Query("household", sort=BY_CODE))
    assert view.model.rowCount() == 11
    void = view._chip_buttons[State.VOID]
    saved = view._chip_buttons[State.COMPLETE]
    assert void.text() == "－ 已作废 1"
    assert saved.text() == "○ 已保存 11"
    assert view._chip_buttons[State.ACCEPTED].isHidden()
    qtbot.mouseClick(void, Qt.MouseButton.LeftButton)
    assert [view.model.row(n).record_id for n in range(view.model.rowCount())] == households[:1]
    qtbot.mouseClick(saved, Qt.MouseButton.LeftButton)
    assert view.model.rowCount() == 12
    view.show_all()
    assert view.model.rowCount() == 11


def test_pages_own_filters_stay_when_the_table_filters(qtbot, households, view_of):
    view = view_of(Query("household", (Filter("code", "le", f"{VILLAGE}0005"),), BY_CODE))
    assert view.model.rowCount() == 5
    keys(qtbot, "示例牧户4", view.filter_line)
    qtbot.waitUntil(lambda: view.model.rowCount() == 1)
    view.set_query(Query("household", (Filter("code", "ge", f"{VILLAGE}0005"),), BY_CODE))
    assert view.model.rowCount() == 0
    assert view._nothing.isVisible()
    qtbot.mouseClick(view._show_all, Qt.MouseButton.LeftButton)
    assert view.model.rowCount() == 8


def test_a_change_is_shown_and_the_selection_stays(qtbot, households, entry, view_of):
    view = view_of(Query("household", sort=BY_CODE))
    assert view.select_id(households[6])
    assert view.selected_ids() == [households[6]]
    row = entry._workspace.read.get("household", households[6])
    saved = entry.save(_with(row.record, head_name="示例改名"), record_id=households[6])
    view.refresh(saved.changes)
    assert view.model.row(6).record.head_name == "示例改名"
    assert view.selected_ids() == [households[6]]
    entry.void(households[0], "测试")
    view.refresh(Changes(frozenset({"household"}), frozenset(households[:1])))
    assert view.model.rowCount() == 11
    assert view.selected_ids() == [households[6]]
    view.refresh(Changes(frozenset({"plot"}), frozenset()))
    assert view.model.rowCount() == 11
    assert not view.select_id(households[0])


def _with(record, **changes):
    import dataclasses

    return dataclasses.replace(record, **changes)


def test_selected_rows_are_copied_as_a_block(qtbot, households, view_of):
    view = view_of(Query("household", sort=BY_CODE), columns=["code", "head_name"])
    view.table.setFocus()
    view.table.choose_row(1)
    qtbot.keyClick(view.table, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClick(view.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == f"{VILLAGE}0002\t示例牧户2\n{VILLAGE}0003\t示例牧户3\n"
    qtbot.keyClick(view.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert QGuiApplication.clipboard().text().startswith("户编码\t户主姓名\n")


def test_columns_are_chosen_from_the_heading(qtbot, households, view_of):
    view = view_of(Query("household", sort=BY_CODE), columns=["code"])
    menu = view.columns_menu()
    labels = {a.text(): a for a in menu.actions()}
    assert labels["户编码"].isChecked()
    labels["联系电话"].trigger()
    assert view.model.columns == ("_state", "code", "phone")
    menu.deleteLater()


def test_a_big_table_paints_its_first_page_before_all_keys_are_here(qtbot, households, workspace, view_of, monkeypatch):
    monkeypatch.setattr(record_model, "BIG", 5)
    monkeypatch.setattr(record_model, "PAGE", 4)
    view = view_of(Query("household", sort=BY_CODE), new_reader=workspace.new_reader)
    assert view.model.is_loading or view.model.rowCount() == 12
    assert view.model.rowCount() >= 4
    assert view.model.row(0).record.code == f"{VILLAGE}0001"
    view.table.choose_row(2)
    qtbot.waitUntil(lambda: not view.model.is_loading)
    assert view.model.rowCount() == 12
    assert view.selected_ids() == [households[2]]  # nothing jumped
    assert [view.model.row(n).record_id for n in range(12)] == households
    view.set_query(Query("household", (Filter("code", "ge", f"{VILLAGE}0007"),), (("persons", True),)))
    qtbot.waitUntil(lambda: not view.model.is_loading and view.model.rowCount() == 6)
    qtbot.waitUntil(lambda: view._chip_buttons[State.COMPLETE].text().endswith(" 6"))
    QApplication.processEvents()


def test_only_some_pages_are_kept(households, workspace, monkeypatch):
    monkeypatch.setattr(record_model, "PAGE", 2)
    monkeypatch.setattr(record_model, "KEPT_PAGES", 2)
    model = RecordTableModel(workspace.read, Query("household", sort=BY_CODE))
    names = [model.index(n, 2).data() for n in range(model.rowCount())]
    assert names == [f"示例牧户{n + 1}" for n in range(12)]
    assert len(model._pages) == 2


def test_an_empty_table_says_whether_nothing_fits_or_nothing_is_on_record(workspace, households, entry, view_of):
    empty = view_of(Query("parcel"))
    assert empty._nothing.isVisible() and empty._nothing.text().startswith("还没有") and "导入" in empty._nothing.text()
    assert empty._show_all.isHidden()
    i18n.set_language("en")
    assert empty._nothing.text().startswith("No ") and "yet" in empty._nothing.text()
    i18n.set_language("zh_CN")
    entry.save(sample("parcel", 1, household_id=households[0]))
    empty.refresh(Changes(frozenset({"parcel"}), frozenset(), None))
    assert empty._nothing.isHidden()
    some = view_of(Query("household"))
    some.filter_line.setText("没有这个人")
    some._apply()
    assert some._nothing.text() == "没有符合条件的记录" and some._show_all.isVisible()


def test_a_column_of_village_names_is_headed_as_that_in_both_languages(workspace, households, view_of):
    view = view_of(Query("household"), columns=["code", "village_code"])
    assert view.model.headerData(2, Qt.Orientation.Horizontal) == "嘎查村"
    i18n.set_language("en")
    assert view.model.headerData(2, Qt.Orientation.Horizontal) == "Village"
    i18n.set_language("zh_CN")
