"""Typing into the count grid beside Qt's own table doing the same keys: a digit until it is painted, a changed row left."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QTableWidget, QTableWidgetItem
from unit_helpers import household

from station_app.domain.registry import Role
from station_app.domain.samples import VILLAGE
from station_app.services.entry import Entry
from station_app.services.figures.measures import Measures
from station_app.services.figures.scheme import proposed_scheme, scheme_of
from station_app.services.figures.standards import standards_of
from station_app.storage.workspace import Workspace
from station_app.ui import theme
from station_app.ui.application import make_application
from station_app.ui.live_herd import LiveHerd, Typed
from station_app.ui.main_window import MainWindow
from station_app.ui.session import Session

pytestmark = pytest.mark.bench
HOUSEHOLDS = int(os.environ.get("GRASSLAND_BENCH_HOUSEHOLDS", "5000"))
ROWS_TYPED = 40
NUMBERS = ("123", "4", "57")


@pytest.fixture(scope="module")
def qapp() -> QApplication:
    app = make_application()
    app.setQuitOnLastWindowClosed(False)
    theme.apply("light")
    return app


@pytest.fixture(scope="module")
def village(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One village of five thousand invented households: the largest grid anybody lays out."""
    folder = tmp_path_factory.mktemp("typing") / "w"
    with Workspace.create(folder, org_code=VILLAGE, org_name="示例", role=Role.STATION, author="示例") as made:
        Entry(made).save_many([(household(n), None) for n in range(1, HOUSEHOLDS + 1)])
    return folder


@pytest.fixture
def grid_view(qapp: QApplication, village: Path, qtbot: Any) -> Iterator[Any]:
    session = Session(Workspace.open(village))
    window = MainWindow(session)
    window.show()
    with qtbot.waitActive(window):
        window.activateWindow()
    page: Any = window.open_page("livestock")
    settle(session)
    yield page.views["grid"].grid.view
    session.jobs.wait()
    window.close()
    session.close()
    window.deleteLater()


def settle(session: Session | None = None) -> None:
    """Let everything that waits be done."""
    for _ in range(5):
        if session is not None:
            session.jobs.wait()
        QApplication.processEvents()
        QTest.qWait(30)


def typed(view: Any) -> tuple[list[float], list[float]]:
    """Return milliseconds of processor time, this thread's, of each digit until it is painted and of each row left."""
    digits, left = [], []
    for _ in range(ROWS_TYPED):
        column = view.currentIndex().column()
        for number in NUMBERS:
            for letter in number:
                digits.append(spent(lambda key=letter: QTest.keyClicks(QApplication.focusWidget(), key)))
            if number != NUMBERS[-1]:
                QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
                QApplication.processEvents()
        left.append(spent(lambda: QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)))
        view.setCurrentIndex(view.model().index(view.currentIndex().row(), column))
        QApplication.processEvents()
    return digits, left


def spent(act: Any) -> float:
    before = time.thread_time()
    act()
    for _ in range(3):  # what the key asked for: painting, and what waits for the next moment
        QApplication.processEvents()
    return (time.thread_time() - before) * 1000


def bare_table(rows: int, columns: int) -> QTableWidget:
    table = QTableWidget(rows, columns)
    for row in range(rows):
        for column in range(columns):
            table.setItem(row, column, QTableWidgetItem(""))
    return table


def test_typing_beside_a_bare_table(grid_view: Any, qtbot: Any) -> None:
    digits, left = typed(grid_view)
    bare = bare_table(len(grid_view.grid.rows), len(grid_view.grid.columns))
    qtbot.addWidget(bare)
    bare.resize(grid_view.size())
    bare.show()
    with qtbot.waitActive(bare):
        bare.activateWindow()
    bare.setCurrentCell(0, 2)
    bare.setFocus()
    settle()
    peer_digits, peer_left = typed(bare)
    ours, theirs = statistics.median(digits), statistics.median(peer_digits)
    row, peer_row = statistics.median(left), statistics.median(peer_left)
    print(f"\ntyping at {len(grid_view.grid.rows):,} households, cpu median: a digit until painted {ours:.1f} ms "
          f"(budget ≤ 16), worst {max(digits):.1f} | leaving a changed row {row:.1f} ms (budget ≤ 30), worst {max(left):.1f} "
          f"| bare QTableWidget {theirs:.1f} and {peer_row:.1f} ms | ratio {ours / theirs:.2f}")  # fmt: skip
    assert sum(bool(row.payload.record_id) for row in grid_view.grid.rows) >= ROWS_TYPED - 1


def test_sheep_units_of_a_herd_while_it_is_typed(village: Path) -> None:
    """Recomputed as the typist leaves a field: well inside the frame it is drawn in."""
    with Workspace.open(village) as workspace:
        standards = standards_of(workspace.read)
        Entry(workspace).save(proposed_scheme(standards, 2026, VILLAGE[:6]))
        scheme = scheme_of(workspace.read, 2026)
        assert scheme is not None
        live = LiveHerd(Measures(scheme, standards))
        lines = [Typed("sheep", "adult_female", 300), Typed("sheep", "young", 60), Typed("cattle", "adult_female", 20)]
        took = statistics.median(spent(lambda: live.su(lines)) for _ in range(50))
    print(f"sheep units of a herd: {took:.2f} ms cpu")
    assert took <= 16
