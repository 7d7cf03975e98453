"""Carbon by keys: three ledgers apart, F8 leads to the record and back, other coefficients for looking, what if, needs."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from window_helpers import CTRL, keys, type_text

from station_app.domain.text import CHINESE, ENGLISH
from station_app.services.figures.carbon import carbon_report
from station_app.services.figures.carbon_columns import range_said
from station_app.services.figures.scheme import proposed_scheme, scheme_of
from station_app.services.figures.standards import standards_of
from station_app.storage.reader import Query
from station_app.ui import i18n, theme
from station_app.ui.charts.figures import figure_text
from station_app.ui.i18n import tr
from station_app.ui.main_window import MainWindow
from station_app.ui.pages.carbon import CarbonPage
from station_app.ui.pages.carbon_choices import SCENARIO
from station_app.ui.pages.carbon_scenario import ScenarioView
from station_app.ui.pages.carbon_view import LedgerView
from station_app.ui.session import Place
from station_app.ui.why_model import VALUE

YEAR = 2026


def settle(window: MainWindow) -> None:
    """Let every job come back and the window draw."""
    for _ in range(4):
        window.session.jobs.wait()
        QTest.qWait(20)


def choose_scheme(window: MainWindow) -> None:
    """Save the proposed scheme with climate and soil, unless there is one already."""
    session = window.session
    made = proposed_scheme(standards_of(session.read), YEAR, "152522")
    known = scheme_of(session.read, YEAR)
    values = {"climate": "cool_temperate_dry", "soil": "HAC", "emission_sources": ("enteric",), "gwp_set": "ar5@1"}
    if known is None:
        session.entry.save(dataclasses.replace(made, **values))
    elif known.record is not None:
        session.entry.save(dataclasses.replace(known.record, **values), record_id=known.record_id, reason="示例")


@pytest.fixture
def page(station: MainWindow) -> CarbonPage:
    choose_scheme(station)
    made = station.open_page("carbon")
    assert isinstance(made, CarbonPage)
    settle(station)
    return made


def window_of(page: CarbonPage) -> MainWindow:
    found = page.window()
    assert isinstance(found, MainWindow)
    return found


def tab(page: CarbonPage, name: str) -> Any:
    """Go to a tab as its place says; return its view."""
    window = window_of(page)
    window.go(Place("carbon", record_type=name))
    settle(window)
    view: Any = page.view(name)
    view.focus_work()
    return view


def cells(view: LedgerView, column: str) -> list[str]:
    """What stands in a column, the sums below it included."""
    table = view.table
    at = table.model.column_of(column)
    return [
        model.index(n, at).data() or "" for model in (table.model, table._sums_model) for n in range(model.rowCount())
    ]


# --- the ledgers -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "places"), [("stock", 1), ("change", 1), ("emissions", 2)])
def test_a_ledger_shows_value_range_and_unit_of_the_report(page: CarbonPage, name: str, places: int) -> None:
    view = tab(page, name)
    ledger = carbon_report(page.session.read, YEAR, ledgers=(name,)).ledger(name)
    part = view.part.value() if name == "stock" else ""
    rows = [row for row in (*ledger.rows, *ledger.totals) if row.part == part]
    assert rows and any(row.low is not None for row in rows)
    assert cells(view, "value") == [figure_text(row.value, places) or "—" for row in rows]
    assert cells(view, "range") == [tr(said) if (said := range_said(row)) else "" for row in rows]
    heading = view.table.model.headerData(view.table.model.column_of("value"), Qt.Orientation.Horizontal)
    assert heading.endswith({"stock": "(t C)", "change": "(t C/年)", "emissions": "(t CO2e/年)"}[name])
    drawn = view.chart.series[0]
    assert [each for each in drawn.values] == [
        row.value for row in ledger.rows if row.part == part and row.value is not None
    ]
    assert tr(ledger.sign) in view._counted.text()


def test_ledgers_stand_on_tabs_of_their_own(page: CarbonPage) -> None:
    assert [key for key, _ in page.tabs.items()] == [
        "stock", "change", "emissions", SCENARIO, "carbon_activity", "soil_sample", "carbon_registration"
    ]  # fmt: skip
    units = {tab(page, name).chart.unit for name in ("stock", "change", "emissions")}
    assert len(units) == 3


def test_overlapping_ranges_are_said_under_the_chart(page: CarbonPage) -> None:
    view = tab(page, "emissions")
    assert view.order.isVisible() and "重叠" in view.order.text()
    assert set(cells(view, "rank")) <= {"重叠", ""}


def test_f8_explains_enter_leads_to_the_record_escape_returns(page: CarbonPage) -> None:
    window, view = window_of(page), tab(page, "change")
    row = view.table.current()
    assert row is not None and row.value is not None
    keys(window, Qt.Key.Key_F8)
    settle(window)
    panel = view.why_panel
    assert panel.isVisible() and panel.tree.hasFocus()
    assert panel.model.index(0, 0).siblingAtColumn(VALUE).data() == cells(view, "value")[0]
    assert panel.explanation is not None and panel.explanation.value("annual_t_c") == row.value
    for _ in range(200):
        node = panel.model.node(panel.tree.currentIndex())
        if (
            node is not None
            and node.origin is not None
            and node.origin.reference.startswith("record:carbon_registration/")
        ):
            break
        keys(window, Qt.Key.Key_Right)
        keys(window, Qt.Key.Key_Down)
    keys(window, Qt.Key.Key_Return)
    settle(window)
    assert page.current == "carbon_registration"
    section = page.section
    assert section is not None and section.detail.row is not None
    keys(window, Qt.Key.Key_Escape)
    settle(window)
    window.go(Place("carbon", record_type="change"))
    settle(window)
    view.focus_work()
    keys(window, Qt.Key.Key_Escape)
    assert not panel.isVisible() and view.table.table.hasFocus()


def test_enter_goes_down_from_a_village_to_its_parcels_and_to_the_record(page: CarbonPage) -> None:
    window, view = window_of(page), tab(page, "stock")
    village = view.table.current()
    assert village is not None
    keys(window, Qt.Key.Key_Return)
    settle(window)
    assert (view.level.value(), view.village.value()) == ("parcel", village.key)
    rows = view.table.model.rows
    assert rows and {row.village_code for row in rows} == {village.key}
    view.focus_work()
    parcel = view.table.current()
    keys(window, Qt.Key.Key_Return)
    settle(window)
    assert window.current_key == "parcels"
    opened: Any = window.pages["parcels"]
    assert parcel is not None and opened.section.detail.row.record_id == parcel.key


def test_typing_filters_and_ctrl_c_copies(page: CarbonPage) -> None:
    window, view = window_of(page), tab(page, "emissions")
    name = view.table.model.rows[1].name
    keys(window, Qt.Key.Key_F, CTRL)
    assert view.filter_line.hasFocus()
    type_text(name)
    keys(window, Qt.Key.Key_Return)
    settle(window)
    assert [row.name for row in view.table.model.rows] == [name] and view.table._sums_model.rows == []
    assert view.table.table.hasFocus()
    keys(window, Qt.Key.Key_C, CTRL)
    assert QGuiApplication.clipboard().text().startswith(name)


def test_the_sum_follows_the_filter_and_has_no_range(page: CarbonPage) -> None:
    window, view = window_of(page), tab(page, "emissions")
    every = list(view.table.model.rows)
    word = next(w for row in every for w in row.name if 1 < sum(w in each.name for each in every) < len(every))
    keys(window, Qt.Key.Key_F, CTRL)
    type_text(word)
    keys(window, Qt.Key.Key_Return)
    settle(window)
    rows = view.table.model.rows
    assert 1 < len(rows) < len(every) and all(word in row.name for row in rows)
    (total,) = view.table._sums_model.rows
    assert total.value == sum(row.value for row in rows if row.value is not None) and (total.low, total.high) == (
        None,
        None,
    )
    assert total.items == sum(row.items for row in rows if row.value is not None)
    view.table.to_sums()
    keys(window, Qt.Key.Key_F8)
    settle(window)
    assert not view.why_panel.isVisible() and "相加" in window.notices.texts()[-1]


def test_a_chart_bar_opens_its_explanation(page: CarbonPage) -> None:
    window, view = window_of(page), tab(page, "emissions")
    view.chart.setFocus()
    keys(window, Qt.Key.Key_Down)
    keys(window, Qt.Key.Key_Down)
    assert view.chart.index == 1 and " … " in view.chart.readout.text()
    keys(window, Qt.Key.Key_Return)
    settle(window)
    row = view.table.current()
    assert row is not None and row.key == view._drawn[1].key and view.why_panel.isVisible()


# --- other coefficients ------------------------------------------------------------------------------------------------


def test_another_edition_is_for_looking_and_can_not_be_frozen(page: CarbonPage) -> None:
    window, view = window_of(page), tab(page, "change")
    before = cells(view, "value")
    view.others.click()
    combo = view.strip.combos["ipcc_edition"]
    assert view.strip.isVisible() and combo.value() == "2019"
    combo.setFocus()
    keys(window, Qt.Key.Key_Up)
    settle(window)
    assert combo.value() == "2006"
    assert cells(view, "value") != before and "2006" in view._counted.text()
    assert "只供查看" in view.strip._said.text()
    report = view.current_table
    assert report is not None and all("ipcc2019" not in each for each in report.editions)
    view.ask_freeze()
    settle(window)
    assert not view.freezing.isVisible()
    view.focus_work()
    keys(window, Qt.Key.Key_F8)
    settle(window)
    explanation = view.why_panel.explanation
    assert explanation is not None and explanation.rule.standard.startswith("IPCC 2006")
    keys(window, Qt.Key.Key_Escape)
    view.strip._back.click()
    settle(window)
    assert cells(view, "value") == before and page.choices.is_the_schemes


def test_other_potentials_and_sources(page: CarbonPage) -> None:
    window, view = window_of(page), tab(page, "emissions")
    before = cells(view, "value")
    page.choices.choose("gwp_set", "ar6@1")
    settle(window)
    other = cells(view, "value")
    assert other != before and "AR6" in view._counted.text()
    assert all(data != "ar6-fossil@1" for _, data in view.strip.combos["gwp_set"]._items)  # livestock is not fossil
    view.others.click()
    view.strip.boxes["enteric"].click()
    settle(window)
    assert set(cells(view, "value")) <= {"—", ""}  # nothing is counted, and that is not zero
    page.choices.back()
    settle(window)
    assert cells(view, "value") == before


def test_a_number_out_of_bounds_is_marked_and_not_taken(page: CarbonPage) -> None:
    view = tab(page, "stock")
    view.others.click()
    line = view.strip.numbers["dry_matter_percent"]
    for wrong in ("0", "101", "abc", "nan"):
        line.setText(wrong)
        line.editingFinished.emit()
        assert line.property("problem") == "error" and page.choices.is_the_schemes
    line.setText("90")
    line.editingFinished.emit()
    settle(window_of(page))
    assert page.choices.settings is not None and page.choices.settings.record.dry_matter_percent == 90


def test_a_result_is_frozen_with_its_doubts_ticked(page: CarbonPage) -> None:
    window, view = window_of(page), tab(page, "emissions")
    page.session.set_author("示例员甲")
    view.ask_freeze()
    settle(window)
    strip = view.freezing
    assert strip.isVisible()
    for _, box in strip.boxes:
        box.click()
    strip.do.click()
    settle(window)
    rows = page.session.read.rows(Query("calculation_result"))
    assert [row.record.kind for row in rows] == ["emissions"]
    row = view.table.current()
    assert row is not None and rows[0].record.subject_code == row.key


# --- what if -----------------------------------------------------------------------------------------------------------


def pick_degraded(view: ScenarioView) -> None:
    rows = view.session.read.sql("SELECT record_id FROM parcel WHERE void=0 AND degradation='4' ORDER BY code LIMIT 1")
    assert view.parcels.select_id(rows[0][0])


def test_a_scenario_by_keys_shows_result_range_and_assumptions(page: CarbonPage) -> None:
    window, view = window_of(page), tab(page, SCENARIO)
    assert isinstance(view, ScenarioView)
    pick_degraded(view)
    view.fewer.setFocus()
    view.fewer.selectAll()
    type_text("30")
    view.years.setFocus()
    view.years.selectAll()
    type_text("10")
    keys(window, Qt.Key.Key_Return)
    settle(window)
    answer = view.answer
    assert answer is not None and view._result.isVisible()
    outcome = answer.result.outcome
    assert outcome.net_t_co2e < 0 and outcome.total_t_co2e == outcome.net_t_co2e * 10
    said = " ".join(w.text() for w in view._result.findChildren(type(view._hint)) if w.isVisible())
    assert figure_text(outcome.net_t_co2e, 1) in said and figure_text(outcome.low_t_co2e, 1) in said
    assert "假定" in said and "泄漏" in said
    keys(window, Qt.Key.Key_F8)
    settle(window)
    explanation = view.why_panel.explanation
    assert explanation is not None and explanation.value("net_t_co2e") == outcome.net_t_co2e
    keys(window, Qt.Key.Key_Escape)
    assert not view.why_panel.isVisible()


def test_what_can_not_be_told_is_said_at_the_form(page: CarbonPage) -> None:
    window, view = window_of(page), tab(page, SCENARIO)
    view.parcels.table.clearSelection()
    view.do.click()
    settle(window)
    assert view._error.isVisible() and view._error.toolTip() == "CRB-071"
    pick_degraded(view)
    for line, text, code in (
        (view.years, "十", "CRB-074"),
        (view.years, "2.5", "CRB-074"),
        (view.fewer, "130", "CRB-075"),
    ):
        view.years.setText("20")
        view.fewer.setText("0")
        line.setText(text)
        view.do.click()
        settle(window)
        assert view._error.toolTip() == code and not view._result.isVisible()
    view.fewer.setText("0")
    view.recovers.choose("")
    view.do.click()
    settle(window)
    assert view._error.toolTip() == "CRB-072"
    view.recovers.choose("1")
    view.do.click()
    settle(window)
    assert not view._error.isVisible() and view.answer is not None


def test_an_improvement_asks_for_its_input(page: CarbonPage) -> None:
    window, view = window_of(page), tab(page, SCENARIO)
    pick_degraded(view)
    view.measure.setFocus()
    keys(window, Qt.Key.Key_End)
    assert view.high.isVisible() and not view.recovers.isVisible()
    view.do.click()
    settle(window)
    medium = view.answer
    view.high.click()
    view.do.click()
    settle(window)
    assert medium is not None and view.answer is not None
    assert view.answer.result.outcome.net_t_co2e < medium.result.outcome.net_t_co2e


# --- needs, language, changes ------------------------------------------------------------------------------------------


def test_a_year_without_a_scheme_says_what_is_needed(page: CarbonPage) -> None:
    window = window_of(page)
    page.session.set_year(2019)
    settle(window)
    view = tab(page, "stock")
    assert view.stack.currentWidget() is view.needs and "2019" in view.needs._title.text()
    assert view.needs.doors[0].hasFocus()
    view.needs.attempt.click()
    settle(window)
    assert page.choices.is_proposed and not page.choices.is_the_schemes


def test_a_door_leads_to_what_is_missing(page: CarbonPage) -> None:
    window = window_of(page)
    page.session.set_year(2019)
    settle(window)
    view = tab(page, "change")
    view.needs.doors[2].click()
    settle(window)
    assert page.current == "carbon_registration"


def test_a_saved_count_changes_the_ledger_in_sight(page: CarbonPage) -> None:
    window, view = window_of(page), tab(page, "emissions")
    before = cells(view, "value")
    row = page.session.read.rows(Query("livestock_count"))[0]
    lines = (dataclasses.replace(row.record.class_counts[0], head=row.record.class_counts[0].head + 500, breeding_females=None),
             *row.record.class_counts[1:])  # fmt: skip
    page.session.entry.save(
        dataclasses.replace(row.record, class_counts=lines), record_id=row.record_id, reason="示例更正"
    )
    settle(window)
    assert cells(view, "value") != before


def test_everything_follows_language_and_theme(page: CarbonPage) -> None:
    window = window_of(page)
    names = (SCENARIO, "stock", "change", "emissions")
    for name in names:
        tab(page, name)
    for look in ("dark", "contrast", "light"):
        theme.apply(look)
        for name in names:
            tab(page, name)
            QApplication.processEvents()
    i18n.set_language(ENGLISH)
    for name in names:
        view = tab(page, name)
        QApplication.processEvents()
        if isinstance(view, LedgerView):
            headings = [
                view.table.model.headerData(n, Qt.Orientation.Horizontal) for n in range(len(view.table.model.columns))
            ]
            assert not any("\u4e00" <= letter <= "\u9fff" for text in headings for letter in text), headings
            assert view._counted.text().startswith("Counted")
            assert view.chart.title.endswith("2026")
        else:
            assert view.do.text() == "Work it out"
    i18n.set_language(CHINESE)
    settle(window)


def test_at_a_county_rows_say_whether_they_are_accepted(county: MainWindow) -> None:
    choose_scheme(county)
    page = county.open_page("carbon")
    assert isinstance(page, CarbonPage)
    settle(county)
    view = tab(page, "emissions")
    ledger = carbon_report(county.session.read, YEAR, ledgers=("emissions",)).emissions
    states = ["✓ 是" if row.accepted else "○ 否" for row in (*ledger.rows, *ledger.entered)]
    assert cells(view, "accepted") == [*states, ""]
    assert cells(view, "name")[-1] == "已认可合计"
    assert cells(view, "value")[-1] == (figure_text(ledger.totals[0].value, 2) or "—")
    told = {finding.problem.code for finding in view.problems.findings}
    assert ("CRB-008" in told) == bool(ledger.entered)
    keys(county, Qt.Key.Key_F8)
    settle(county)
    row = view.table.current()
    explanation = view.why_panel.explanation
    assert row is not None and explanation is not None and explanation.value("total_t_co2e") == row.value
    assert isinstance(row.value, Decimal)
