"""The form: typed by keys, problems at the field, drafts that survive, both languages."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import partial

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QTableView

from station_app.domain.fields import OF_CALCULATIONS, Kind
from station_app.domain.problems import UserError
from station_app.domain.registry import all_types, record_type
from station_app.domain.samples import sample
from station_app.services.entry import Entry
from station_app.storage.clock import Clock
from station_app.storage.reference import install_code_lists
from station_app.ui import i18n, layouts
from station_app.ui.link_picker import ReaderLinks
from station_app.ui.parts import REMOVE, Chip
from station_app.ui.record_form import RecordForm

from .conftest import TODAY, keys, press

install_code_lists()
TYPES = [t.name for t in all_types()]
CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def form_of(qtbot, links):
    def make(name, **named):
        form = RecordForm(name, links=named.pop("links", links), clock=Clock.standing(TODAY), **named)
        qtbot.addWidget(form)
        form.resize(900, 700)
        form.show()
        form.activateWindow()
        qtbot.waitUntil(form.isActiveWindow)
        return form

    return make


def spy(signal):
    got = []
    signal.connect(lambda *args: got.append(args))
    return got


def label_texts(form):
    return {label.text() for label in form.findChildren(QLabel)}


# --- every record type ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TYPES)
def test_form_refuses_empty_and_accepts_the_sample(name, form_of):
    form = form_of(name, links=None)
    submitted = spy(form.submitted)
    assert form.submit() is False
    assert submitted == []
    needed = {f.name for f in form.record_type.fields if f.required}
    with pytest.raises(UserError) as refused:
        form.record()
    assert refused.value.code == "REC-001"
    missing = {p.field for p in refused.value.problems if p.code == "FLD-001"}
    assert missing
    for field in missing & needed:
        assert form.blocks[field].problems(), f"{field} does not say that it is missing"

    record = sample(name, 3)
    form.set_record(record)
    assert form.record() == record
    assert form.submit() is True
    assert submitted == [(record,)]


@pytest.mark.parametrize("name", TYPES)
def test_layout_names_existing_fields_and_shows_every_one(name):
    fields = {f.name for f in record_type(name).fields}
    assert set(layouts.named_fields(name)) <= fields
    shown = [n for s in layouts.sections(name) for n in s.fields]
    assert sorted(shown) == sorted(fields)
    assert layouts.OTHER not in [s.title for s in layouts.sections(name)]
    assert name in layouts.layout_types()
    assert layouts.list_columns(name)
    assert set(layouts.list_columns(name)) <= fields


@pytest.mark.parametrize("name", TYPES)
def test_labels_follow_the_language_while_running(name, form_of):
    form = form_of(name)
    fields = form.record_type.fields
    assert {f.label.zh for f in fields} <= label_texts(form)
    i18n.set_language("en")
    assert {f.label.en for f in fields} <= label_texts(form)
    form.submit()
    chinese = [t for t in label_texts(form) if any("一" <= c <= "鿿" for c in t)]
    assert chinese == []


# --- typing -----------------------------------------------------------------------------------------------------------


def test_a_person_types_a_household_with_the_keys_alone(qtbot, form_of):
    form = form_of("household")
    submitted = spy(form.submitted)
    form.focus_first()
    for text in ("999999001001", "9999990010010007", "示例牧户七"):
        keys(qtbot, text)
        press(qtbot, Qt.Key.Key_Return)
    press(qtbot, Qt.Key.Key_Return)  # identity number stays empty
    press(qtbot, Qt.Key.Key_Tab)  # group
    keys(qtbot, "４")  # persons, full width as an input method gives it
    press(qtbot, Qt.Key.Key_Return)
    keys(qtbot, "半农")  # kind of household by its words
    press(qtbot, Qt.Key.Key_Return)
    press(qtbot, Qt.Key.Key_Return, CTRL)
    assert len(submitted) == 1
    record = submitted[0][0]
    assert (record.code, record.head_name, record.persons) == ("9999990010010007", "示例牧户七", 4)
    assert record.herding_kind == "half_farming"
    assert record.status == "normal"  # the default was there from the beginning


def test_ctrl_enter_goes_to_the_first_problem_and_says_what_to_do(qtbot, form_of):
    form = form_of("household")
    form.focus_field("phone")
    keys(qtbot, "12")
    press(qtbot, Qt.Key.Key_Return, CTRL)
    assert form.focusWidget() is form.blocks["village_code"].editor.line
    assert {p.code for p in form.blocks["phone"].problems()} == {"FLD-022"}
    assert form.blocks["phone"].editor.line.property("problem") == "error"
    assert any("嘎查村代码" in t and "必须填写" in t for t in label_texts(form))
    keys(qtbot, "999999001001")  # mended while typing
    qtbot.waitUntil(lambda: not form.blocks["village_code"].problems())
    assert form.blocks["village_code"].editor.line.property("problem") == ""


def test_nothing_is_said_against_a_field_nobody_has_been_in(qtbot, form_of):
    form = form_of("household")
    assert not any(block.problems() for block in form.blocks.values())
    form.focus_field("phone")
    keys(qtbot, "12")
    assert not form.blocks["phone"].problems()  # still typing
    press(qtbot, Qt.Key.Key_Tab)
    qtbot.waitUntil(lambda: bool(form.blocks["phone"].problems()))
    assert not form.blocks["head_name"].problems()


def test_numbers_show_unit_and_echo_what_was_understood(qtbot, form_of):
    form = form_of("parcel")
    form.focus_field("area_mu")
    keys(qtbot, "1026.8")
    assert "= 1,026.800" in label_texts(form)
    assert "亩" in label_texts(form)
    i18n.set_language("en")
    assert "mu" in label_texts(form)
    form.blocks["area_mu"].editor.line.clear()
    keys(qtbot, "1,2")  # could be 1.2 or 12: asked, not guessed
    press(qtbot, Qt.Key.Key_Tab)
    qtbot.waitUntil(lambda: {p.code for p in form.blocks["area_mu"].problems()} == {"FLD-026"})


def test_dates_are_typed_stepped_and_echoed_with_their_weekday(qtbot, form_of):
    form = form_of("livestock_count")
    form.focus_field("counted_on")
    keys(qtbot, "2026年6月30日")
    assert "= 2026-06-30 星期二" in label_texts(form)
    press(qtbot, Qt.Key.Key_Up)
    assert form.values()["counted_on"] == "2026-07-01"
    press(qtbot, Qt.Key.Key_Down)
    assert form.blocks["counted_on"].parsed(TODAY) == date(2026, 6, 30)
    form.blocks["counted_on"].editor.line.clear()
    keys(qtbot, "2026-02-30")
    press(qtbot, Qt.Key.Key_Tab)
    qtbot.waitUntil(lambda: {p.code for p in form.blocks["counted_on"].problems()} == {"FLD-010"})


def test_a_day_is_clicked_in_the_calendar(qtbot, form_of):
    form = form_of("livestock_count")
    editor = form.blocks["counted_on"].editor
    form.set_values({"counted_on": "2026-06-30"})
    editor.open_calendar()
    popup = editor._popup
    assert popup.isVisible()
    assert popup.calendar.selectedDate().toString("yyyy-MM-dd") == "2026-06-30"
    days = popup.calendar.findChild(QTableView)
    qtbot.keyClick(days, Qt.Key.Key_Left)
    qtbot.keyClick(days, Qt.Key.Key_Return)
    assert not popup.isVisible()
    assert form.values()["counted_on"] == "2026-06-29"


def test_a_code_is_found_by_number_word_pinyin_and_arrows(qtbot, form_of):
    form = form_of("plot")
    landform = form.blocks["landform"].editor
    for typed, code in (("2", "2"), ("丘", "3"), ("gy", "4"), ("pendi", "5"), ("mountain", "2")):
        landform.line.setFocus()
        landform.line.selectAll()
        keys(qtbot, typed)
        assert landform.line.is_offering()
        press(qtbot, Qt.Key.Key_Return)
        assert form.values()["landform"] == code
    landform.line.setFocus()
    landform.line.selectAll()
    press(qtbot, Qt.Key.Key_Delete)
    press(qtbot, Qt.Key.Key_Down)
    press(qtbot, Qt.Key.Key_Down)
    press(qtbot, Qt.Key.Key_Return)
    assert form.values()["landform"] == "2"
    assert landform.line.text() == "2 山地"


def test_what_is_no_code_stays_as_typed_and_is_refused(qtbot, form_of):
    form = form_of("plot")
    form.focus_field("landform")
    keys(qtbot, "火山口")
    press(qtbot, Qt.Key.Key_Tab)
    assert form.values()["landform"] == "火山口"
    qtbot.waitUntil(lambda: {p.code for p in form.blocks["landform"].problems()} == {"FLD-015"})


def test_several_codes_stand_as_chips_and_backspace_takes_the_last(qtbot, form_of):
    form = form_of("plot")
    form.focus_field("erosion_causes")
    for typed in ("风", "2", "超"):
        keys(qtbot, typed)
        press(qtbot, Qt.Key.Key_Return)
        form.focus_field("erosion_causes")
    assert form.values()["erosion_causes"] == "1;2;4"
    press(qtbot, Qt.Key.Key_Backspace)
    assert form.values()["erosion_causes"] == "1;2"
    chips = partial(form.blocks["erosion_causes"].findChildren, Chip)
    chip = next(b for b in chips() if b.isVisible() and "风蚀" in b.text())
    qtbot.mouseClick(chip, Qt.MouseButton.LeftButton)
    assert form.values()["erosion_causes"] == "1;2" and chip.hasFocus(), "a click takes nothing away"
    press(qtbot, Qt.Key.Key_Delete)
    assert form.values()["erosion_causes"] == "2"
    press(qtbot, Qt.Key.Key_Z, CTRL)
    assert form.values()["erosion_causes"] == "1;2"
    chip = next(b for b in chips() if b.isVisible() and "风蚀" in b.text())
    chip.verbs[REMOVE].trigger()
    assert form.blocks["erosion_causes"].parsed(TODAY) == ("2",)


def test_yes_and_no_by_one_key(qtbot, form_of):
    form = form_of("plot")
    for key, value in (("y", True), ("n", False), ("1", True), ("否", False)):
        form.focus_field("has_shrub")
        form.blocks["has_shrub"].editor.line.selectAll()
        keys(qtbot, key)
        press(qtbot, Qt.Key.Key_Return)
        assert form.blocks["has_shrub"].parsed(TODAY) is value
    assert form.blocks["has_shrub"].editor.line.text() == "否"


def test_a_record_is_linked_by_typing_its_name(qtbot, form_of, links):
    form = form_of("livestock_count")
    form.focus_field("household_id")
    keys(qtbot, "牧户3")
    press(qtbot, Qt.Key.Key_Tab)
    assert form.values()["household_id"] == links.ids[3]
    assert form.blocks["household_id"].editor.line.text() == "示例牧户3"


# --- reasons ----------------------------------------------------------------------------------------------------------


def test_an_unusual_value_asks_why_in_place(qtbot, form_of):
    form = form_of("herb_quadrat")
    form.set_record(sample("herb_quadrat", 1, height_cm=Decimal("250"), note=None))
    submitted = spy(form.submitted)
    assert form.submit() is False
    assert form.focusWidget() is form.blocks["height_cm"]._reason
    assert form.blocks["height_cm"].editor.line.property("problem") == "warn"
    keys(qtbot, "河滩芨芨草")
    press(qtbot, Qt.Key.Key_Return, CTRL)
    assert len(submitted) == 1
    assert form.reason() == "平均高度：河滩芨芨草"


def test_a_note_explains_an_unusual_value_as_well(form_of):
    form = form_of("herb_quadrat")
    form.set_record(sample("herb_quadrat", 1, height_cm=Decimal("250"), note="河滩芨芨草"))
    assert form.submit() is True
    assert form.reason() == ""


def test_reason_of_a_correction_is_asked_in_the_form(qtbot, form_of):
    form = form_of("household")
    form.set_record(sample("household", 1), record_id="r", version_id="v")
    form.ask_reason()
    keys(qtbot, "重新核对身份证")
    assert form.reason() == "重新核对身份证"
    assert form.version_id == "v"


# --- lists inside a record --------------------------------------------------------------------------------------------


def test_rows_of_a_list_are_typed_pasted_and_removed(qtbot, form_of):
    form = form_of("livestock_count")
    form.set_record(sample("livestock_count", 1, class_counts=()))
    editor = form.blocks["class_counts"].editor
    view = editor.view
    form.focus_field("class_counts")
    keys(qtbot, "绵")
    press(qtbot, Qt.Key.Key_Tab)
    keys(qtbot, "成年母")
    press(qtbot, Qt.Key.Key_Tab)
    keys(qtbot, "81")
    press(qtbot, Qt.Key.Key_Return)
    assert editor.rows() == [{"species_code": "sheep", "class_code": "adult_female", "head": "81"}]
    assert view.currentIndex().row() == 1  # a new blank row was already there

    QGuiApplication.clipboard().setText("山羊\t当年仔畜\t12\n黄牛\t成年母畜\t7\n马\t其他成年畜(含去势)\tx\n")
    view.setCurrentIndex(editor.grid.index(1, 0))
    press(qtbot, Qt.Key.Key_V, CTRL)
    assert len(editor.rows()) == 4
    assert editor.grid.rowCount() == 5
    form.submit()
    assert editor.grid.rows[3].problems["head"][0].code == "FLD-002"
    assert view.currentIndex() == editor.grid.index(3, 2)  # the cursor goes to the wrong cell
    keys(qtbot, "5")
    press(qtbot, Qt.Key.Key_Return)
    rows = form.blocks["class_counts"].parsed(TODAY)
    assert [(r.species_code, r.class_code, r.head) for r in rows] == [
        ("sheep", "adult_female", 81), ("goat", "young", 12), ("cattle", "adult_female", 7),
        ("horse", "adult_other", 5)]  # fmt: skip
    view.selectRow(3)
    view.remove_selected_rows()
    assert len(editor.rows()) == 3
    press(qtbot, Qt.Key.Key_Z, CTRL)
    assert len(editor.rows()) == 4


def test_a_cell_still_being_typed_is_in_the_draft_and_in_what_is_saved(qtbot, form_of, workspace):
    form = form_of("livestock_count", drafts=workspace.drafts)
    form.set_record(sample("livestock_count", 1, note="已核对"))
    view = form.blocks["class_counts"].editor.view
    form.focus_field("class_counts")
    view.setCurrentIndex(view.grid.index(2, 2))
    keys(qtbot, "17")
    qtbot.waitUntil(
        lambda: any('"17"' in d.values.get("class_counts", "") for d in workspace.drafts.all()), timeout=1000
    )
    submitted = spy(form.submitted)
    press(qtbot, Qt.Key.Key_Return, CTRL)
    assert submitted[0][0].class_counts[2].head == 17


def test_a_value_fills_a_selection_and_a_block_is_copied(qtbot, form_of):
    form = form_of("livestock_count")
    form.set_record(sample("livestock_count", 1))
    view = form.blocks["class_counts"].editor.view
    view.setFocus()
    view.setCurrentIndex(view.grid.index(0, 2))
    qtbot.keyClick(view, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClick(view, Qt.Key.Key_C, CTRL)
    assert QGuiApplication.clipboard().text().split("\n")[:2] == [view.grid.rows[n].text("head") for n in (0, 1)]
    QGuiApplication.clipboard().setText("9")
    qtbot.keyClick(view, Qt.Key.Key_V, CTRL)
    assert [view.grid.rows[n].text("head") for n in (0, 1)] == ["9", "9"]
    qtbot.keyClick(view, Qt.Key.Key_Z, CTRL)
    assert view.grid.rows[0].text("head") != "9"


def test_tab_leaves_a_list_from_its_blank_row(qtbot, form_of):
    form = form_of("livestock_count")
    form.focus_field("class_counts")
    press(qtbot, Qt.Key.Key_Tab)
    assert not form.blocks["class_counts"].isAncestorOf(QApplication.focusWidget())


# --- drafts -----------------------------------------------------------------------------------------------------------


def test_a_draft_survives_the_window(qtbot, form_of, workspace):
    form = form_of("livestock_count", drafts=workspace.drafts)
    form.focus_field("year")
    keys(qtbot, "2o26")  # invalid is kept as well
    form.focus_field("class_counts")
    keys(qtbot, "绵")
    press(qtbot, Qt.Key.Key_Tab)
    qtbot.waitUntil(lambda: workspace.drafts.count() == 1, timeout=1000)
    qtbot.waitUntil(
        lambda: "sheep" in workspace.drafts.get("form:livestock_count:new").values.get("class_counts", ""), timeout=1000
    )
    form.blockSignals(True)
    form._timer.stop()
    form.setParent(None)
    form.deleteLater()
    QApplication.sendPostedEvents(form, QEvent.Type.DeferredDelete)

    again = form_of("livestock_count", drafts=workspace.drafts)
    assert again.values()["year"] == "2o26"
    assert again.blocks["class_counts"].editor.rows() == [{"species_code": "sheep"}]
    assert again.is_dirty()
    assert any("已恢复" in t for t in label_texts(again))
    discard = next(b for b in again.findChildren(QPushButton) if b.text() == "放弃未保存的内容")
    qtbot.mouseClick(discard, Qt.MouseButton.LeftButton)
    assert again.values()["year"] == ""
    assert workspace.drafts.count() == 0


def test_a_draft_of_a_correction_keeps_reasons_and_where_it_started(qtbot, form_of, workspace):
    record = sample("herb_quadrat", 1, note=None)
    form = form_of("herb_quadrat", drafts=workspace.drafts)
    form.set_record(record, record_id="r1", version_id="v1")
    form.set_values({"height_cm": "250"})
    form.submit()
    keys(qtbot, "河滩")
    qtbot.waitUntil(lambda: any("_reason:height_cm" in d.values for d in workspace.drafts.all()), timeout=1500)
    assert [d.key for d in workspace.drafts.all()] == ["form:herb_quadrat:r1"]
    again = form_of("herb_quadrat", drafts=workspace.drafts)
    again.set_record(record, record_id="r1", version_id="v2")
    assert again.version_id == "v1"
    assert again.reason() == "平均高度：河滩"
    assert again.values()["height_cm"] == "250"


def test_saving_and_undoing_by_hand_remove_the_draft(qtbot, form_of, workspace):
    form = form_of("household", drafts=workspace.drafts)
    form.set_values({"head_name": "示例牧户一"})
    form.keep_draft_now()
    assert workspace.drafts.count() == 1
    form.set_values({"head_name": ""})
    form.keep_draft_now()
    assert workspace.drafts.count() == 0
    record = sample("household", 1)
    form.set_record(record)
    form.set_values({"group_name": "一组"})
    form.keep_draft_now()
    form.saved(record, "r1")
    assert workspace.drafts.count() == 0
    assert not form.is_dirty()
    assert form.record_id == "r1"


def test_what_the_page_proposes_is_no_draft(form_of, workspace):
    form = form_of("household", drafts=workspace.drafts)
    form.set_values({"village_code": "999999001001"}, prefill=True)
    assert not form.is_dirty()
    form.keep_draft()
    assert workspace.drafts.count() == 0
    assert form.values()["village_code"] == "999999001001"


def test_the_last_record_is_repeated_field_by_field(qtbot, form_of):
    form = form_of("household")
    form.set_record(sample("household", 1, bank_name="示例农村信用社"))
    form.saved(form.record(), "r1")
    form.set_record(None)
    form.focus_field("bank_name")
    press(qtbot, Qt.Key.Key_D, CTRL)
    assert form.values()["bank_name"] == "示例农村信用社"


# --- reading, saving problems -----------------------------------------------------------------------------------------


def test_read_only_looks_like_text(form_of):
    form = form_of("parcel", read_only=True)
    form.set_record(sample("parcel", 1, area_mu=Decimal("1026.800")))
    assert "1,026.800 亩" in label_texts(form)
    assert not form.blocks["area_mu"].editor.isVisible()
    assert form.submit() is False
    form.set_record(sample("parcel", 1, grass_type=None))
    assert not form.blocks["grass_type"].isVisible()
    i18n.set_language("en")
    assert "1,026.800 mu" not in label_texts(form)
    form.set_read_only(False)
    assert form.blocks["grass_type"].isVisible()


def test_problems_found_by_saving_stand_at_their_field(form_of, qtbot):
    from station_app.domain.problems import Problem, Severity
    from station_app.domain.text import Text

    form = form_of("household")
    form.set_record(sample("household", 1))
    form.show_problems([
        Problem("SAV-013", Severity.ERROR, Text("户编码重复。", "Code is taken."), "code"),
        Problem("SAV-011", Severity.ERROR, Text("已被别人更改。", "Changed meanwhile.")),
    ])  # fmt: skip
    assert form.focusWidget() is form.blocks["code"].editor.line
    assert [p.code for p in form.blocks["code"].problems()] == ["SAV-013"]
    assert any("已被别人更改" in t for t in label_texts(form))
    keys(qtbot, "1")
    qtbot.waitUntil(lambda: "SAV-013" not in {p.code for p in form.blocks["code"].problems()})


def test_a_draft_brings_the_cursor_back(form_of, qtbot, workspace):
    form = form_of("livestock_count", drafts=workspace.drafts)
    form.focus_field("counted_by")
    keys(qtbot, "abcd")
    form.blocks["counted_by"].editor.line.setCursorPosition(2)
    form.keep_draft()
    again = form_of("livestock_count", drafts=workspace.drafts)
    again.focus_first()
    assert again.focusWidget() is again.blocks["counted_by"].editor.line
    assert again.blocks["counted_by"].editor.line.cursorPosition() == 2
    again.focus_field("class_counts")
    lines = again.blocks["class_counts"].editor
    lines.view.move_to(lines.grid.rows[0].key, "head")
    keys(qtbot, "12")
    again.keep_draft()
    third = form_of("livestock_count", drafts=workspace.drafts)
    third.focus_first()
    pending = third.blocks["class_counts"].editor.view.pending()
    assert (pending.column, pending.text, pending.cursor) == ("head", "12", 2)
    keys(qtbot, "3")
    press(qtbot, Qt.Key.Key_Return)
    assert third.typed()["class_counts"] == [{"head": "123"}]


def test_every_kind_of_field_has_an_editor_that_takes_what_it_gives():
    from station_app.ui.field_block import make_editor

    seen = set()
    for kind in all_types():
        record = sample(kind.name, 2)
        for field in kind.fields:
            editor = make_editor(field, links=None)
            editor.set_value(getattr(record, field.name))
            value, wrong = editor.parsed()
            assert value == getattr(record, field.name), f"{kind.name}.{field.name}"
            text = editor.text()
            editor.set_text("")
            editor.set_text(text)
            assert editor.text() == text
            seen.add(field.kind)
    assert seen == set(Kind) - OF_CALCULATIONS


def test_suggestions_close_with_escape_and_with_a_click_elsewhere(qtbot, form_of):
    form = form_of("plot")
    line = form.blocks["landform"].editor.line
    line.setFocus()
    keys(qtbot, "山")
    assert line.is_offering()
    press(qtbot, Qt.Key.Key_Escape)
    assert not line.is_offering()
    assert form.isVisible()
    keys(qtbot, "地")
    assert line.is_offering()
    item = line.suggestions().visualItemRect(line.suggestions().item(0)).center()
    qtbot.mouseClick(line.suggestions().viewport(), Qt.MouseButton.LeftButton, pos=QPoint(item))
    assert form.values()["landform"] == "2"
    assert not line.is_offering()


@pytest.mark.parametrize(
    ("type_name", "field"), [("plot", "landform"), ("household", "village_code"), ("parcel", "household_id")]
)
def test_every_list_says_that_nothing_was_found_in_a_line_that_is_no_choice(
    qtbot, form_of, workspace, type_name, field
):
    form = form_of(type_name, links=ReaderLinks(workspace.read))
    form.focus_field(field)
    line = form.blocks[field].editor.line
    keys(qtbot, "qqqq")
    assert (
        line.is_offering() and line.suggestions().item(0).text() == "没有找到" and line.suggestions().marked() is None
    )
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_PageDown, Qt.Key.Key_Return):
        press(qtbot, key)
    assert line.key() == "" and line.text() == "qqqq" and not line.is_offering()


def test_a_village_is_found_by_its_name(qtbot, form_of, workspace):
    entry = Entry(workspace, today=lambda: TODAY)
    for code, name in (("999999001001", "示例东嘎查"), ("999999001002", "示例西嘎查"), ("999999001", "示例苏木")):
        level = "village" if len(code) == 12 else "township"
        entry.save(sample("organisation", 1, code=code, name=name, kind="administrative_unit", level=level,
                          region_code=code, parent_id=None))  # fmt: skip
    form = form_of("household", links=ReaderLinks(workspace.read))
    form.focus_field("village_code")
    keys(qtbot, "slxgc")
    press(qtbot, Qt.Key.Key_Return)
    assert form.values()["village_code"] == "999999001002"
    assert form.blocks["village_code"].editor.line.text() == "示例西嘎查"
    assert "999999001002" in label_texts(form)
    form.focus_field("village_code")
    form.blocks["village_code"].editor.line.selectAll()
    keys(qtbot, "999999001001")
    press(qtbot, Qt.Key.Key_Tab)
    assert form.blocks["village_code"].editor.line.text() == "示例东嘎查"
    form.blocks["village_code"].editor.line.setFocus()
    form.blocks["village_code"].editor.line.selectAll()
    keys(qtbot, "999999001777")  # not on record: stays as typed, is a code all the same
    press(qtbot, Qt.Key.Key_Tab)
    assert form.blocks["village_code"].parsed(TODAY) == "999999001777"


def test_links_are_looked_up_by_pinyin_and_listed_when_nothing_is_typed(workspace, households):
    source = ReaderLinks(workspace.read)
    assert [h.record_id for h in source.find("household", "")] == households
    assert {h.record_id for h in source.find("household", "slmh")} == set(households)
    assert source.title("household", households[4]).startswith("示例牧户5")
    assert source.title("household", "nobody") is None
    assert source.titles("household", households[:2]).keys() == set(households[:2])
