"""Coefficients on the screen: found by keys, a new edition beside the old values, schemes that do not mix sheep units."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import shiboken6
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot
from window_helpers import CTRL, keys, type_text

from station_app.domain.calc.edition_diff import Kind
from station_app.domain.text import Text
from station_app.services.figures.standards_columns import DIFFERENCE_COLUMNS, DifferenceLine
from station_app.storage.reader import Query, State
from station_app.ui import i18n, messages
from station_app.ui.figure_table import FigureTable
from station_app.ui.main_window import MainWindow
from station_app.ui.session import TAKE_BACK, Place

RATES = "utilization/nyt635-2015-recollected@1"
STUDY = "utilization/xilingol-study@1"


def page(window: MainWindow) -> Any:
    window.session.go(Place("standards"))
    return window.pages["standards"]


def digits(text: str) -> None:
    """Type into a grid: the first key opens the cell, which takes the rest."""
    for letter in text:
        QTest.keyClick(QApplication.focusWidget(), letter)


def told(window: MainWindow) -> str:
    return " ".join(window.notices.texts())


# --- looking -------------------------------------------------------------------------------------------------------------


def test_a_set_is_found_opened_and_closed_by_keys(station: MainWindow, qtbot: QtBot) -> None:
    view = page(station).sets
    assert len(view.table.model.rows) == 65 and not view.panel.new_button.isVisible()
    keys(station, Qt.Key.Key_F, CTRL)
    type_text("利用率")
    keys(station, Qt.Key.Key_Return)
    assert {line.chosen.kind for line in view.table.model.rows} == {"utilization", "degraded_utilization"}
    assert view.table.table.hasFocus()
    keys(station, Qt.Key.Key_Return)
    assert view.panel.isVisible() and view.panel.shown.reference == RATES and view.panel.table.table.hasFocus()
    assert len(view.panel.table.model.rows) == 80
    marks = view.panel.table.model.index(0, 4).data()
    assert marks == "⚠ C 未核实"
    assert not view.panel.new_button.isVisible()  # a station reads
    keys(station, Qt.Key.Key_Escape)
    assert not view.panel.isVisible() and view.table.table.hasFocus()


def test_only_unverified_and_kind_narrow_the_list(station: MainWindow) -> None:
    view = page(station).sets
    view.only_doubtful.setFocus()
    keys(station, Qt.Key.Key_Space)
    lines = view.table.model.rows
    assert 0 < len(lines) < 65 and all(line.doubtful for line in lines)
    assert sum(line.c for line in lines) > 100 and sum(line.c_low for line in lines) == 27
    view.filter_line.setText("没有这样的系数集")
    view.filter_line.settle()
    assert not view.table.model.rows and view.table._nothing.isVisible()


def test_a_door_opens_a_row_and_esc_leads_back(station: MainWindow, qtbot: QtBot) -> None:
    station.session.go(Place("households"))
    station.session.go(Place("standards", state=f"{RATES}#15/warm", back=True))
    panel = station.pages["standards"].sets.panel
    assert panel.table.current().key == ("15", "warm")
    keys(station, Qt.Key.Key_Escape)
    assert station.current_key == "households"
    station.session.go(Place("standards", state="utilization/no-such@3#1"))
    assert "no-such@3" in told(station)


def test_quotations_that_contradict_each_other_are_named(station: MainWindow) -> None:
    page(station).open_place(Place("standards", state="manure_rate/ipcc2019@1"))
    panel = station.pages["standards"].sets.panel
    torn = [row for row in panel.table.model.rows if row.conflict]
    assert panel.table.select(torn[0].key)
    texts = [w.text() for w in panel._rows.findChildren(type(panel._facts))]
    assert torn[0].conflict in texts and "转引矛盾" in texts


def test_two_sets_are_compared(station: MainWindow) -> None:
    page(station).open_place(Place("standards", state="gwp/ar6@1!compare"))
    compare = station.pages["standards"].sets.panel._compare
    assert compare.isVisible()
    assert [line.new for line in compare.table.model.rows if line.field.zh == "数值"] == ["27", "273"]
    keys(station, Qt.Key.Key_Escape)
    assert not compare.isVisible() and station.pages["standards"].sets.panel.isVisible()


def test_a_set_is_written_and_read_back(station: MainWindow, county: MainWindow, tmp_path: Path) -> None:
    panel = page(station)
    panel.open_place(Place("standards", state=STUDY))
    for ending in ("json", "csv"):
        station.pages["standards"].sets.panel.write(ending, tmp_path / f"a.{ending}")
        county_page = page(county)
        county_page.import_set(tmp_path / f"a.{ending}")
        assert "内容相同" in told(county)
    (tmp_path / "bad.json").write_text("{", encoding="utf-8")
    county_page.import_set(tmp_path / "bad.json")
    assert "CALC-056" in told(county)


# --- a new edition -------------------------------------------------------------------------------------------------------


@pytest.fixture
def editing(county: MainWindow) -> Any:
    page(county).open_place(Place("standards", state=f"{STUDY}!edition"))
    return county.pages["standards"].sets.panel.editor


def test_an_edition_is_made_by_keys(county: MainWindow, editing: Any, qtbot: QtBot) -> None:
    assert editing.view.hasFocus() and editing.blocks["edition"].editor.text() == "2"
    assert not editing.save_button.isEnabled()
    digits("51.4")
    keys(county, Qt.Key.Key_Tab)
    keys(county, Qt.Key.Key_Delete)  # the range of the quotation goes
    keys(county, Qt.Key.Key_Tab)
    keys(county, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: editing.save_button.isEnabled())
    lines = [(d.field.zh, d.old, d.new) for d in editing.preview.model.rows]
    assert lines[:3] == [("数值", "52.5", "51.4"), ("下限", "52.5", ""), ("上限", "52.5", "")]
    keys(county, Qt.Key.Key_Return, CTRL)
    assert "必须填写" in editing.blocks["reason"]._problem.text()  # asks first for the reason
    assert editing.blocks["reason"].editor.line.hasFocus()
    type_text("对照原表核实")
    keys(county, Qt.Key.Key_Return, CTRL)
    assert editing.view.hasFocus()  # then for the person who verified
    assert {p.code for row in editing.grid.rows for found in row.problems.values() for p in found} == {"REC-005"}
    editing.verify_button.setFocus()
    keys(county, Qt.Key.Key_Space)
    editing.view.setFocus()
    keys(county, Qt.Key.Key_Return, CTRL)
    view = county.pages["standards"].sets
    assert view.panel.shown.reference == "utilization/xilingol-study@2"
    first = view.panel.table.model.rows[0]
    assert (f"{first.value}", first.verified_by, first.mark) == ("51.4", "县级示例员", "A")
    assert len(view.table.model.rows) == 66 and view.table.current().made_here
    (row,) = county.session.read.rows(Query("coefficient_edition"))
    assert len(row.record.lines) == 1 and row.record.reason == "对照原表核实"
    assert "原来的版本仍在" in told(county)


def test_what_is_typed_comes_back_from_the_draft(county: MainWindow, editing: Any, qtbot: QtBot) -> None:
    digits("51.4")
    keys(county, Qt.Key.Key_Return)
    keys(county, Qt.Key.Key_Escape)
    assert not editing.isVisible()
    county.session.go(Place("worklist", state="drafts"))
    items = county.pages["worklist"].table.items()
    assert len(items) == 1
    county.session.go(items[0].place)
    assert editing.isVisible() and editing.grid.rows[0].text("value") == "51.4"
    editing.discard()
    assert county.session.workspace.drafts.all() == [] and not editing.isVisible()
    county.pages["standards"].sets.panel.new_edition()
    assert editing.grid.rows[0].text("value") == "52.5" and not editing.changed_rows()
    keys(county, Qt.Key.Key_Escape)
    next(card for card in county.notices.cards if card.notice.action_text == TAKE_BACK).action.click()
    county.pages["standards"].sets.panel.new_edition()
    assert editing.grid.rows[0].text("value") == "51.4", "one click threw it away, one brings it back"


def test_bad_cells_are_marked_and_nothing_is_saved(county: MainWindow, editing: Any) -> None:
    editing.grid.type_in([(0, "value", "5１.4x"), (1, "low", "60"), (2, "verified_on", "2099-01-01")])
    editing.blocks["reason"].set_text("示例")
    assert not editing.save()
    codes = [
        {p.code for p in row.problems.get(name, [])}
        for row, name in zip(editing.grid.rows, ("value", "high", "verified_on"), strict=True)
    ]
    assert [bool(found) for found in codes] == [True, True, True] and "FLD-027" in codes[2]
    assert county.session.read.rows(Query("coefficient_edition")) == []
    editing.grid.type_in([(0, "value", "５１．４"), (0, "low", ""), (0, "high", "")])  # full-width digits are digits
    line, found = editing._line(editing.grid.rows[0])
    assert line.value == "51.4" and not any(name == "value" for name, _ in found)


def test_a_taken_number_is_said_at_its_field(county: MainWindow, editing: Any) -> None:
    editing.grid.type_in([(0, "value", "50"), (0, "low", ""), (0, "high", "")])
    editing.verify_changed()
    editing.blocks["edition"].set_text("1")
    editing.blocks["reason"].set_text("示例")
    assert not editing.save()
    assert [p.code for p in editing.blocks["edition"].problems()] == ["STD-005"] and "STD-005" in told(county)


def test_a_file_is_looked_at_before_it_is_saved(county: MainWindow, tmp_path: Path) -> None:
    made = page(county)
    made.open_place(Place("standards", state=STUDY))
    panel = made.sets.panel
    panel.write("json", tmp_path / "a.json")
    raw = json.loads((tmp_path / "a.json").read_text("utf-8"))
    raw["edition"], raw["rows"][1]["value"] = "2026", "49.9"
    for name in ("low", "high"):
        del raw["rows"][1][name]
    (tmp_path / "a.json").write_text(json.dumps(raw), encoding="utf-8")
    made.import_set(tmp_path / "a.json")
    editor = panel.editor
    assert editor.isVisible() and editor.blocks["edition"].editor.text() == "2026"
    assert [row.text("value") for row in editor.changed_rows()] == ["49.9"]
    assert county.session.read.rows(Query("coefficient_edition")) == []
    editor.verify_changed()
    editor.blocks["reason"].set_text("示例:按文件")
    assert editor.save()
    assert panel.shown.reference == "utilization/xilingol-study@2026"


def test_a_set_nobody_knew_comes_from_a_file(county: MainWindow, tmp_path: Path) -> None:
    made = page(county)
    raw = {
        "kind": "utilization", "name": "example-league", "edition": "1", "title": {"zh": "示例盟利用率", "en": "Example"},
        "rows": [{"key": ["2", "warm"], "label": {"zh": "示例项目", "en": "Example row"}, "value": "50", "unit": "%",
                  "clause": "示例", "source": "示例", "mark": "B", "verified_by": "示例员", "verified_on": "2026-01-01"}],
    }  # fmt: skip
    (tmp_path / "new.json").write_text(json.dumps(raw), encoding="utf-8")
    made.import_set(tmp_path / "new.json")
    editor = made.sets.panel.editor
    assert len(editor.changed_rows()) == 1 and editor.base is None
    editor.blocks["reason"].set_text("示例")
    assert editor.save(), told(county)
    assert made.sets.panel.shown.title.zh == "示例盟利用率"


def test_saved_editions_are_read_only_and_can_be_voided(county: MainWindow, editing: Any) -> None:
    editing.grid.type_in([(0, "value", "50"), (0, "low", ""), (0, "high", "")])
    editing.verify_changed()
    editing.blocks["reason"].set_text("示例")
    assert editing.save()
    (row,) = county.session.read.rows(Query("coefficient_edition"))
    county.session.go(Place(record_type="coefficient_edition", record_id=row.record_id))
    section = county.pages["standards"].sections["coefficient_edition"]
    assert section.new_button is None and not section.detail.form._save.isVisible()
    section.detail.void("示例误建")
    county.session.go(Place("standards", record_type="sets"))
    assert len(county.pages["standards"].sets.table.model.rows) == 65


def test_the_page_speaks_both_languages(county: MainWindow, editing: Any) -> None:
    i18n.set_language("en")
    assert editing.save_button.text() == "Save the edition"
    assert county.pages["standards"].sets.table.model.headerData(0, Qt.Orientation.Horizontal) == "Set"
    i18n.set_language("zh_CN")


# --- schemes -------------------------------------------------------------------------------------------------------------


def scheme_form(window: MainWindow) -> Any:
    """Open the form of a new scheme; the schemes of the training county are put out of the way first."""
    for row in window.session.read.rows(Query("calculation_scheme")):
        if "培训" in row.record.name:
            window.session.entry.void(row.record_id, "示例")
    window.session.go(Place(record_type="calculation_scheme", record_id="new"))
    return window.pages["standards"].sections["calculation_scheme"].detail.form


def test_a_scheme_is_filled_in_looked_at_and_saved(county: MainWindow, qtbot: QtBot) -> None:
    form = scheme_form(county)
    assert form.values()["county_code"] == "152522" and form.values()["utilization_set"] == ""
    form.propose_button.setFocus()
    keys(county, Qt.Key.Key_Space)
    assert form.values()["utilization_set"] == "nyt635-2015-recollected@1"
    assert form._doubts.isVisible() and form._doors.count() >= 4
    form.focus_field("utilization_set")
    line = form.blocks["utilization_set"].editor.line
    line.selectAll()
    type_text("锡林")
    keys(county, Qt.Key.Key_Return)
    assert form.values()["utilization_set"] == "xilingol-study@1" and "第 1 版" in line.text()
    keys(county, Qt.Key.Key_Return, CTRL)
    rows = county.session.read.rows(Query("calculation_scheme"))
    assert [row.record.utilization_set for row in rows] == ["xilingol-study@1"], told(county)


def test_mixed_sheep_units_are_refused_at_their_field(county: MainWindow) -> None:
    form = scheme_form(county)
    form.take_proposal()
    form.set_values({"young_set": "db63t2298-2024@1"})
    assert not form.submit()
    assert [p.code for p in form.blocks["young_set"].problems()] == ["CALC-009"]
    form.set_values({"young_set": "no such set"})
    assert not form.submit() and [p.code for p in form.blocks["young_set"].problems()] == ["CALC-007"]
    form.set_values({"young_set": "nyt635-recollected@1"})
    assert form.submit()


def test_last_years_scheme_is_copied(county: MainWindow) -> None:
    form = scheme_form(county)
    form.take_proposal()
    form.set_values({"year": "2025", "period_days": "180", "name": "示例 2025"})
    assert form.submit()
    again = scheme_form(county)
    assert again.copy_button.isVisible() and "2025" in again.copy_button.text()
    again.copy_button.setFocus()
    keys(county, Qt.Key.Key_Space)
    values = again.values()
    assert (values["year"], values["period_days"], values["adult_set"]) == ("2026", "180", "seed@1")
    assert values["name"] == "2026 年计算方案"


def test_a_doubt_leads_to_its_set_and_back(county: MainWindow, qtbot: QtBot) -> None:
    form = scheme_form(county)
    form.take_proposal()
    door = form._doors.itemAt(0).widget()
    qtbot.waitUntil(door.isVisible)
    door.setFocus()
    keys(county, Qt.Key.Key_Space)
    assert county.pages["standards"].sets.panel.shown.reference == RATES


def test_sending_asks_about_unverified_coefficients(
    open_window: Callable[..., MainWindow], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, qtbot: QtBot
) -> None:
    window = open_window("station")
    form = scheme_form(window)
    form.take_proposal()
    form.set_values({"year": "2024"})
    assert form.submit(), told(window)
    asked: list[str] = []
    answers = [False, True]

    def ask(_parent: Any, question: Any, *, yes: Any, no: Any, detail: Any) -> bool:
        asked.append(f"{question.zh} {detail.zh}")
        return answers.pop(0)

    monkeypatch.setattr(messages, "ask", ask)
    monkeypatch.setattr(messages, "ask_folder", lambda *_args, **_more: tmp_path)
    window.session.go(Place("exchange"))
    window.pages["exchange"].pack()
    assert "80 个系数未核实" in asked[0] and window.current_key == "standards"  # looked first
    assert list(tmp_path.glob("GSP_*.zip")) == []
    page: Any = window.pages["exchange"]
    page.pack()
    qtbot.waitUntil(lambda: page.outbox.stack.currentWidget() is page.outbox.step, timeout=20_000)
    page.outbox.step.go_button.click()
    qtbot.waitUntil(lambda: bool(list(tmp_path.glob("GSP_*.zip"))), timeout=20_000)
    window.session.jobs.wait()
    states = {r.state for r in window.session.read.rows(Query("calculation_scheme")) if r.record.year == 2024}
    assert states == {State.PACKAGED} and len(asked) == 2


# --- why this amount -------------------------------------------------------------------------------------------------------


def test_f8_says_why_a_household_gets_its_amount(station: MainWindow, qtbot: QtBot) -> None:
    station.session.go(Place("compensation", record_type="compensation_batch"))
    keys(station, Qt.Key.Key_F8)
    assert "发放明细" in told(station)
    row = station.session.read.rows(Query("compensation_line"))[0]
    station.session.go(Place(record_type="compensation_line", record_id=row.record_id))
    made = station.pages["compensation"]
    qtbot.waitUntil(lambda: made.sections["compensation_line"].detail.isVisible())
    made.section.table.setFocus()
    keys(station, Qt.Key.Key_F8)
    detail = made.sections["compensation_line"].detail
    assert detail.tabs.key() == "why"
    why = detail.panels["why"].panel
    assert why.explanation.value("net_yuan") == row.record.net_yuan
    references = {i.origin.reference.partition("/")[0] for e in why.explanation.everything() for i in e.inputs}
    assert {"record:compensation_plan", "record:parcel"} <= references
    why.close_panel()
    assert detail.tabs.key() == "form"


def test_columns_fit_again_after_there_were_no_rows(qtbot: QtBot) -> None:
    table = FigureTable()
    qtbot.addWidget(table)
    words = Text("示例：很长很长很长很长的项目名称", "example: a very long name of a row")
    line = DifferenceLine(("a",), words, Kind.CHANGED, words, words, "1", "2")
    table.show_rows(DIFFERENCE_COLUMNS, [line])
    wide = table.header.sectionSize(0)
    table.show_rows(DIFFERENCE_COLUMNS, [])
    table.size_columns()  # as after a change of language
    assert table.header.sectionSize(0) < wide
    table.show_rows(DIFFERENCE_COLUMNS, [line])
    assert table.header.sectionSize(0) == wide


def test_the_menu_of_a_table_offers_what_somebody_answers(qtbot: QtBot) -> None:
    table = FigureTable()
    qtbot.addWidget(table)
    table.show_rows(DIFFERENCE_COLUMNS, [DifferenceLine(("a",), TAKE_BACK, Kind.ADDED, TAKE_BACK, TAKE_BACK, "", "1")])
    table.show()

    def offered() -> list[str]:
        table._menu(QPoint(1, 1))
        (menu,) = table.findChildren(QMenu)
        texts = [action.text() for action in menu.actions()]
        shiboken6.delete(menu)
        return texts

    copy = offered()
    assert len(copy) == 1
    table.opened.connect(lambda _row: None)
    assert offered()[1:] == copy
    table.why_asked.connect(lambda: None)
    assert len(offered()) == 3
