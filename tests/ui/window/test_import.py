"""Importing in the window: by keys, stopped at every stage, one step to undo."""

from __future__ import annotations

import csv
import threading
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QCheckBox, QWidget
from pytestqt.qtbot import QtBot
from window_helpers import keys, type_text

from station_app.domain.identifiers import invented_identity
from station_app.domain.text import ENGLISH
from station_app.storage.reader import Query
from station_app.ui import i18n
from station_app.ui.main_window import MainWindow
from station_app.ui.pages.import_panel import ImportPanel

HEADINGS = ["序号", "嘎查村", "户主姓名", "身份证号码", "草原承包面积(亩)"]


def roster(path: Path, *rows: list[Any], headings: list[str] = HEADINGS) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([headings, *rows])
    return path


def row(number: int, area: int = 10) -> list[Any]:
    return [number, "那日图嘎查", f"示例导入户{number}", invented_identity(5000 + number), area]


def begin(window: MainWindow, qtbot: QtBot, path: Path) -> ImportPanel:
    window.open_page("households")
    page: Any = window.pages["households"]
    section = page.sections["household"]
    section.begin_import(path)
    panel = section._import
    qtbot.waitUntil(lambda: panel._job is None, timeout=60_000)
    return panel


def codes(window: MainWindow) -> dict[str, str]:
    """Return the codes of the households of these tests, by name."""
    rows = window.session.read.rows(Query("household", ()), 1000)
    return {r.record.head_name: r.record.code for r in rows if r.record.head_name.startswith("示例导入户")}


def press_on(window: MainWindow, wanted: Any, most: int = 60) -> None:
    """Go on with Tab until the focus is there."""
    for _ in range(most):
        if QApplication.focusWidget() is wanted:
            return
        keys(window, Qt.Key.Key_Tab)
    raise AssertionError(f"{wanted} is not reached by Tab")


def test_a_roster_without_codes_by_keys_alone_and_undone_in_one_step(
    station: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    before = station.session.read.count(Query("household", ()))
    panel = begin(station, qtbot, roster(tmp_path / "a.csv", *map(row, range(1, 4)), ["合计", "", "", "", 30]))
    assert panel.plan is not None and panel._account.text() == "读到 4 行：记录 3 行(新增 3)；合计行 1 行。"
    ((question, _),) = panel.questions.choices
    assert question.key == "number:household" and panel.questions.is_complete
    assert QApplication.focusWidget() is panel.apply_button, "what is suggested is in sight; the button confirms it"
    assert [panel.rows_table.items()[n].record.code[-4:] for n in range(3)] == ["0013", "0014", "0015"], "shown before"
    keys(station, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: len(codes(station)) == 3 and station._busy is None, timeout=60_000)
    assert not panel.isVisible()
    station.session.undo()
    qtbot.waitUntil(lambda: station.session.read.count(Query("household", ())) == before, timeout=60_000)
    assert codes(station) == {}, "one import is one step"


def test_the_same_roster_again_has_nothing_to_import(station: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    path = roster(tmp_path / "a.csv", row(1), row(2))
    begin(station, qtbot, path).apply()
    qtbot.waitUntil(lambda: len(codes(station)) == 2 and station._busy is None, timeout=60_000)
    panel = begin(station, qtbot, path)
    assert panel.numbers["unchanged"].text() == "2" and not panel.apply_button.isEnabled()


def test_a_total_that_differs_is_confirmed_first(station: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    panel = begin(station, qtbot, roster(tmp_path / "a.csv", row(1), row(2), ["合计", "", "", "", 200]))
    (problem,) = [p for p in panel.table.items() if p.code == "IMP-028"]
    assert "约为十倍" in problem.text.zh
    box = QApplication.focusWidget()
    assert isinstance(box, QCheckBox) and not panel.apply_button.isEnabled()
    keys(station, Qt.Key.Key_Space)
    assert panel.apply_button.isEnabled() and panel.apply_button.isVisible()
    press_on(station, panel.apply_button)
    keys(station, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: len(codes(station)) == 2, timeout=60_000)


def test_headings_are_mapped_by_hand_and_remembered(station: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    headings = ["档案编号", "所在地", "当家人", "家里几口"]
    path = roster(tmp_path / "a.csv", ["1525222002020077", "那日图嘎查", "示例导入户9", 4], headings=headings)
    panel = begin(station, qtbot, path)
    view = panel.columns_view
    assert panel.plan is None and view.isVisible() and QApplication.focusWidget() is view.rows[0][1]
    assert not view.read.isEnabled() and "户主姓名" in view._said.text()
    for (_, combo), wanted in zip(view.rows, ["code", "village_code", "head_name", "persons"], strict=True):
        press_on(station, combo)
        while combo.value() != wanted:
            keys(station, Qt.Key.Key_Down)
    press_on(station, view.read)
    keys(station, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: panel._job is None and panel.plan is not None, timeout=60_000)
    assert panel.numbers["new"].text() == "1"
    panel.show_columns()
    keys(station, Qt.Key.Key_Escape)
    assert panel.isVisible() and not view.isVisible(), "one step back"
    panel.close_panel()
    again = begin(station, qtbot, path)
    assert again.numbers["new"].text() == "1" and any(p.code == "IMP-033" for p in again.table.items())


def test_the_row_of_the_file_stands_below_its_problem(station: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    panel = begin(station, qtbot, roster(tmp_path / "a.csv", row(1), [2, "那日图嘎查", "示例导入户2", "123", 10]))
    assert [p.place for p in panel.table.items()][0] == "a.csv!D3"
    assert "示例导入户2" in panel.row_of_file.text() and "123" in panel.row_of_file.text()


def test_an_unknown_village_is_written(station: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    rows = [["", "示例新嘎查", "示例导入户1", invented_identity(5001), 10]]
    panel = begin(station, qtbot, roster(tmp_path / "a.csv", *rows))
    assert not panel.answers_button.isEnabled()
    type_text("152522200777")
    qtbot.waitUntil(panel.answers_button.isEnabled)
    press_on(station, panel.answers_button)
    keys(station, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: panel._job is None and panel.plan is not None and panel.plan.new == 1, timeout=60_000)
    panel.apply()
    qtbot.waitUntil(lambda: codes(station) == {"示例导入户1": "1525222007770001"}, timeout=60_000)


@pytest.mark.parametrize("stage", ["reading", "planning", "saving"])
def test_stopped_at_any_stage_nothing_is_saved(
    station: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    from station_app.exchange.excel import importer, reader
    from station_app.services import entry

    entered, go_on = threading.Event(), threading.Event()

    def held(inner: Any) -> Any:
        def wait(*given: Any, **named: Any) -> Any:
            entered.set()
            assert go_on.wait(60)
            return inner(*given, **named)

        return wait

    where, name = {"reading": (reader, "read_tables"), "planning": (importer._Planner, "read_rows"),
                   "saving": (entry.Entry, "save_many")}[stage]  # fmt: skip
    size = station.session.read.journal_size()
    path = roster(tmp_path / "a.csv", *map(row, range(1, 4)))
    if stage == "saving":
        panel = begin(station, qtbot, path)
        monkeypatch.setattr(where, name, held(getattr(where, name)))
        panel.apply()
        cover = station._cover
    else:
        monkeypatch.setattr(where, name, held(getattr(where, name)))
        station.open_page("households")
        page: Any = station.pages["households"]
        page.sections["household"].begin_import(path)
        panel = page.sections["household"]._import
        cover = panel._cover
    qtbot.waitUntil(entered.is_set, timeout=60_000)
    assert cover is not None
    qtbot.waitUntil(lambda: cover.isVisible() and QApplication.focusWidget() is cover.stop)
    below = next(w for w in cover.parentWidget().findChildren(QWidget) if w.isVisible() and w.isEnabled()
                 and w.focusPolicy() & Qt.FocusPolicy.TabFocus and not cover.isAncestorOf(w) and w is not cover)  # fmt: skip
    below.setFocus()  # whatever asks for the keyboard meanwhile does not get it
    assert QApplication.focusWidget() is cover.stop
    keys(station, Qt.Key.Key_Space)
    assert QApplication.focusWidget() is cover
    go_on.set()
    qtbot.waitUntil(lambda: any("没有写入任何内容" in t for t in station.notices.texts()), timeout=60_000)
    qtbot.waitUntil(lambda: station._busy is None and panel._job is None, timeout=60_000)
    assert station.session.read.journal_size() == size and codes(station) == {}


def test_in_english(station: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    panel = begin(station, qtbot, roster(tmp_path / "a.csv", row(1), ["合计", "", "", "", 99]))
    i18n.set_language(ENGLISH)
    assert panel._account.text() == "2 rows read: 1 record (1 new); 1 total."
    assert panel.apply_button.text() == "Import 1"
