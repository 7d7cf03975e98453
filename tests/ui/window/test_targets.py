"""Targets: the tree, why by F8, the assessment prefilled, revisions in sight, freezing and checking again; by keys."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot
from window_helpers import CTRL, keys, settle, type_text

from station_app.domain.text import ENGLISH
from station_app.services.figures.gap_columns import trend_said
from station_app.services.figures.gaps import gap_table
from station_app.storage.reader import Filter, Query
from station_app.ui import i18n, messages, theme
from station_app.ui.charts.figures import figure_text
from station_app.ui.main_window import MainWindow
from station_app.ui.pages.targets import TargetsPage
from station_app.ui.session import Place

YEAR = 2026
COVER, TRAININGS = "示例-2026-01", "示例-2026-03"


@pytest.fixture
def page(station: MainWindow) -> TargetsPage:
    return opened(station)


def opened(window: MainWindow) -> TargetsPage:
    made = window.open_page("targets")
    assert isinstance(made, TargetsPage)
    settle(window)
    return made


def window_of(page: TargetsPage) -> MainWindow:
    found = page.window()
    assert isinstance(found, MainWindow)
    return found


def go_to(page: TargetsPage, number: str) -> Any:
    """Walk down by keys until the target is current."""
    window, view = window_of(page), page.overview
    view.focus_work()
    keys(window, Qt.Key.Key_Home)
    for _ in range(40):
        row = view.current()
        if row is not None and row.number == number:
            return row
        keys(window, Qt.Key.Key_Down)
    raise AssertionError(f"no target {number}")


def cells(page: TargetsPage) -> dict[str, str]:
    table = page.overview.table
    index, columns = table.table.currentIndex(), table.model.columns
    return {column.key: str(index.siblingAtColumn(n).data() or "") for n, column in enumerate(columns)}


def words(widget: Any) -> str:
    return " ".join(label.text() for label in widget.findChildren(QLabel) if label.isVisible())


def test_the_tree_shows_what_the_service_says_each_below_its_parent(page: TargetsPage) -> None:
    table = gap_table(page.session.read, YEAR)
    view = page.overview
    assert view.current_table is not None and [r.gap for r in view.current_table.rows] == [r.gap for r in table.rows]
    row = go_to(page, TRAININGS)
    shown = cells(page)
    assert (shown["target_value"], shown["actual_value"], shown["gap"], shown["verdict"]) == ("2", "1", "1", "△ 未达到")
    assert (
        "落实不到位" in shown["causes"] and shown["deadline_on"] == "2026-11-30" and "草畜平衡培训" in shown["measure"]
    )
    above = view.table.model.row_at(view.table.table.currentIndex().parent())
    assert above is not None and above.record_id == row.parent_id
    assert f"未达到 {table.counts.missed}" in view.summary.text()
    free = [r for r in table.rows if not r.record_id]
    assert free and all(r.gap.gap is None for r in free)  # no target is not zero
    assert not any("目标" in str(trend_said(r)) for r in free)  # and nothing to come nearer to


def test_f8_leads_from_the_gap_to_the_records_and_escape_returns(page: TargetsPage) -> None:
    window, view = window_of(page), page.overview
    row = go_to(page, COVER)
    keys(window, Qt.Key.Key_F8)
    settle(window)
    panel = view.why_panel
    assert panel.isVisible() and panel.tree.hasFocus() and panel.explanation is not None
    assert panel.explanation.value("gap") == row.gap.gap
    assert figure_text(row.gap.gap, row.places) in panel.result.text()
    keys(window, Qt.Key.Key_Down)
    keys(window, Qt.Key.Key_Down)  # goal, then the actual value
    keys(window, Qt.Key.Key_Return)
    settle(window)
    assert panel.explanation.value("value") == row.gap.actual_value  # the actual value explains itself in its turn
    keys(window, Qt.Key.Key_Escape)
    assert panel.explanation.value("gap") == row.gap.gap
    keys(window, Qt.Key.Key_Escape)
    assert not panel.isVisible() and view.table.table.hasFocus()


def test_enter_opens_the_detail_with_the_revision_and_its_reason(page: TargetsPage) -> None:
    window, view = window_of(page), page.overview
    go_to(page, COVER)
    keys(window, Qt.Key.Key_Return)
    said = words(view.detail)
    assert window.isActiveWindow()  # nothing was a window of its own for a moment
    assert view.detail.isVisible() and "45 → 44" in said and "春旱，返青推迟" in said and "最初目标值" in said
    assert not view.lines.isVisible() and view.detail.lines.isVisible()
    assert [s.name.zh for s in view.detail.lines.series] == ["目标", "实际"]
    keys(window, Qt.Key.Key_Escape)
    assert not view.detail.isVisible() and view.lines.isVisible() and view.table.table.hasFocus()


def test_the_charts_follow_the_row(page: TargetsPage) -> None:
    view = page.overview
    row = go_to(page, COVER)
    goal, actual = view.lines.series
    assert [y for y in view.lines.categories] == ["2024", "2025", "2026"]
    assert goal.values[-1] == 44 and actual.values[:2] == [Decimal("41.2"), Decimal("42.6")]
    assert actual.values[-1] == row.gap.actual_value
    go_to(page, TRAININGS)
    assert view.bars.categories == ["阿巴嘎旗", "那仁宝拉格苏木"] and view.bars.series[0].values == [6, 2]
    assert view.bars.series[1].values == [None, 1]  # of the county only a part is here: not zero


def test_the_assessment_opens_prefilled_and_its_save_moves_the_gap(page: TargetsPage, qtbot: QtBot) -> None:
    window, view = window_of(page), page.overview
    row = go_to(page, "示例-2026-04")
    assert row.computed is not None
    keys(window, Qt.Key.Key_N, CTRL)
    section = page.sections["assessment"]
    qtbot.waitUntil(lambda: section.detail.form is not None and section.detail.isVisible())
    form = section.detail.form
    assert form is not None
    qtbot.waitUntil(lambda: form.blocks["actual_value"].isAncestorOf(QApplication.focusWidget()))
    given = form.values()
    assert given["target_id"] == row.record_id and given["assessed_on"] == "2026-11-21"
    assert Decimal(given["actual_value"].replace(",", "")) == row.computed.value and "禁牧" in given["data_source"]
    QApplication.focusWidget().selectAll()  # type: ignore[union-attr]
    type_text("70000")
    keys(window, Qt.Key.Key_Tab)
    keys(window, Qt.Key.Key_Return, CTRL)
    saved = page.session.read.rows(Query("assessment", (Filter("target_id", "eq", row.record_id),)))
    assert [r.record.actual_value for r in saved] == [70000]
    keys(window, Qt.Key.Key_Escape)
    settle(window)
    assert page.current == "gaps" and view.table.table.hasFocus()
    again = go_to(page, "示例-2026-04")
    assert (again.gap.actual_value, again.gap.reached) == (70000, False)
    assert "GAP-006" in [p.code for p in again.problems]  # the records say another number


def test_freezing_a_gap_and_checking_it_again(page: TargetsPage) -> None:
    window, view = window_of(page), page.overview
    row = go_to(page, TRAININGS)
    keys(window, Qt.Key.Key_Return)
    view.detail.freeze.setFocus()
    keys(window, Qt.Key.Key_Space)
    settle(window)
    assert view.freezing.isVisible()
    view.freezing.do.setFocus()
    keys(window, Qt.Key.Key_Space)
    found = page.session.read.rows(Query("calculation_result"))
    assert len(found) == 1 and found[0].record.subject_id == row.record_id and not view.freezing.isVisible()
    window.go(Place(record_type="calculation_result", record_id=found[0].record_id))
    settle(window)
    balance: Any = window.pages["balance"]
    panel = balance.sections["calculation_result"].detail.panels["recheck"]
    assert panel.isVisible() and panel.found is not None and panel.found.sound
    assert "一致到最后一位" in words(panel)
    panel.why.setFocus()
    keys(window, Qt.Key.Key_Space)
    assert panel.panel.isVisible() and panel.panel.explanation == panel.found.explanation


def test_the_table_is_copied_with_its_headings(page: TargetsPage) -> None:
    go_to(page, COVER)
    keys(window_of(page), Qt.Key.Key_C, CTRL)
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[0].split("\t")[:3] == ["目标", "单位", "目标值"]
    assert page.overview.current_table is not None and len(lines) == 1 + len(page.overview.current_table.rows)


def test_the_export_writes_the_workbook_with_the_row_in_sight(
    page: TargetsPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import openpyxl

    target = tmp_path / "目标.xlsx"
    monkeypatch.setattr(messages, "ask_save_file", lambda *a, **k: target)
    row = go_to(page, TRAININGS)
    page.overview.export("gap")
    settle(window_of(page))
    book = openpyxl.load_workbook(target)
    assert book["计算过程"]["A1"].value == f"计算过程 · {row.name.zh}"


def test_the_county_sees_what_is_accepted_and_what_is_not_apart(county: MainWindow) -> None:
    page = opened(county)
    view = page.overview
    assert (
        view.current_table is not None
        and view.current_table.entered is not None
        and view.current_table.entered.with_target > 0
    )
    assert "未认可" in view.summary.text()
    go_to(page, TRAININGS)
    assert "未认可" in cells(page)["verdict"]


def test_a_year_without_targets_says_where_they_come_from(station: MainWindow) -> None:
    station.session.set_year(2019)
    page = opened(station)
    view = page.overview
    table = gap_table(station.session.read, 2019)
    if table.rows:  # figures without targets are there: they are shown, and nobody is called failing
        assert "2019 年还没有目标" in view.summary.text() and table.counts.missed == 0
        assert view.stack.currentIndex() == 0
    else:
        assert view.stack.currentWidget() is view.empty and "旗县下达" in words(view.empty)


def test_an_empty_station_has_a_door_to_the_receipt(
    open_window: Callable[..., MainWindow], tmp_path: Path, qtbot: QtBot
) -> None:
    from station_app.domain.registry import Role
    from station_app.storage.workspace import Workspace

    Workspace.create(
        tmp_path / "空", org_code="152522200", org_name="示例站", role=Role.STATION, author="示例员"
    ).close()
    window = open_window(tmp_path / "空")
    page = opened(window)
    assert page.overview.stack.currentWidget() is page.overview.empty
    page.overview.focus_work()
    keys(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: window.navigation.current() == "exchange")


def test_language_and_theme_are_followed(page: TargetsPage) -> None:
    view = page.overview
    go_to(page, COVER)
    view.open_current()
    i18n.set_language(ENGLISH)
    theme.apply("dark", large=True)
    QApplication.processEvents()
    assert cells(page)["verdict"] == "✓ reached" and "Goal and actual" in words(view.detail)
    assert view.table.model.headerData(2, Qt.Orientation.Horizontal) == "Goal"
    assert "with a target" in view.summary.text()


def test_a_change_elsewhere_is_followed(page: TargetsPage) -> None:
    session, view = page.session, page.overview
    go_to(page, TRAININGS)
    assert view.current_table is not None
    training = session.read.rows(Query("training_log"), 1)[0].record
    import dataclasses

    session.entry.save(dataclasses.replace(training, held_on=date(2026, 11, 3), topic="又一次(示例)"))
    settle(window_of(page))
    row = view.current()
    assert row is not None and row.number == TRAININGS and row.computed is not None and row.computed.value == 2
