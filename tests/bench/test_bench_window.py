"""The window beside a window of the toolkit that touches the usual enumerations, the first opening of each page, and a table over a
million rows beside the toolkit's own model."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from unit_helpers import household, livestock_count

from station_app.domain.registry import Role
from station_app.services.entry import Entry
from station_app.storage.clock import new_record_id
from station_app.storage.codec import to_json_fields
from station_app.storage.reader import Query
from station_app.storage.versions import make_version
from station_app.storage.workspace import Workspace
from station_app.ui.main_window import MainWindow
from station_app.ui.pages.catalogue import load_ahead
from station_app.ui.session import Session

pytestmark = pytest.mark.bench
ROWS = int(os.environ.get("GRASSLAND_BENCH_ROWS", "1000000"))
HOUSEHOLDS = int(os.environ.get("GRASSLAND_BENCH_HOUSEHOLDS", "5000"))

EMPTY = """
from PySide6.QtGui import QKeySequence, QPalette
from PySide6.QtWidgets import (QApplication, QAbstractItemView, QFrame, QHeaderView, QLabel, QLineEdit, QMainWindow,
    QPushButton, QSizePolicy, QStackedWidget, QTableView, QVBoxLayout, QHBoxLayout)
from PySide6.QtCore import Qt, QTimer
# The toolkit makes an enumeration when it is first touched; a program of any size touches these.
(Qt.AlignmentFlag.AlignLeft, Qt.Key.Key_A, Qt.KeyboardModifier.NoModifier, Qt.ItemDataRole.DisplayRole, Qt.TextFormat.PlainText,
 Qt.WidgetAttribute.WA_StyledBackground, Qt.FocusPolicy.TabFocus, Qt.FocusReason.OtherFocusReason, Qt.Orientation.Vertical,
 Qt.ScrollBarPolicy.ScrollBarAlwaysOff, Qt.TextElideMode.ElideRight, Qt.ItemFlag.ItemIsEnabled, Qt.SortOrder.AscendingOrder,
 QSizePolicy.Policy.Fixed, QFrame.Shape.NoFrame, QPalette.ColorRole.Window, QKeySequence.StandardKey.Copy,
 QAbstractItemView.SelectionBehavior.SelectRows, QHeaderView.ResizeMode.Stretch, Qt.ShortcutContext.WidgetShortcut)
app = QApplication([]); window = QMainWindow(); window.setCentralWidget(QLabel("x")); window.show()
QTimer.singleShot(0, app.quit); app.exec()
"""
OURS = """
import sys
from pathlib import Path
from PySide6.QtCore import QTimer
from station_app.ui import crash
from station_app.ui.application import Shell, make_application
app = make_application(); shell = Shell(app, crash.CrashReporter()); window = shell.open(Path(sys.argv[1]))
if sys.argv[2] == "frame":
    window._painted = app.quit  # what comes after the frame
else:
    window.after_first_paint(lambda: QTimer.singleShot(0, app.quit))
app.exec()
"""


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A workspace with a million counts of a thousand invented households."""
    folder = tmp_path_factory.mktemp("large") / "w"
    with Workspace.create(folder, org_code="152525", org_name="示例", role=Role.STATION) as made:
        homes = Entry(made).save_many([(household(n), None) for n in range(1, 1001)]).ids
        for start in range(0, ROWS, 50_000):
            made.journal.append(
                make_version(
                    record_type="livestock_count",
                    schema_version=1,
                    record_id=new_record_id(),
                    parent_ids=(),
                    hlc=made.journal.clock.next(),
                    author="示例",
                    device=made.identity.device_id,
                    reason="",
                    void=False,
                    fields=to_json_fields(livestock_count(homes[n % 1000], n % 700)),
                )  # fmt: skip
                for n in range(start, min(start + 50_000, ROWS))
            )
    yield folder


def cpu_of(script: str, *arguments: str) -> float:
    """Return processor seconds of one run of ``script``; from the second run on everything is compiled, as when installed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    compiled = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(Path(tempfile.gettempdir()) / "bench-pyc")}
    subprocess.run([sys.executable, "-c", script, *arguments], check=True, capture_output=True,
                   env={**os.environ, **compiled, "QT_QPA_PLATFORM": "offscreen"})  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)


def test_first_paint_beside_a_window_of_the_toolkit(large: Path) -> None:
    cpu_of(EMPTY)
    cpu_of(OURS, str(large), "page")
    runs = [(cpu_of(EMPTY), cpu_of(OURS, str(large), "frame"), cpu_of(OURS, str(large), "page")) for _ in range(7)]
    empty, frame, page = (statistics.median(each) * 1000 for each in zip(*runs, strict=True))
    print(f"\nstart, {ROWS:,} versions, cpu median: frame {frame:.0f} ms, first page {page:.0f} ms | window with the usual enumerations: "
          f"{empty:.0f} ms | ratio {frame / empty:.2f}, {page / empty:.2f} (budget of the frame ≤ 1.25)")  # fmt: skip


@pytest.mark.parametrize("villages", [20, 1])
def test_first_opening_of_each_page(villages: int, tmp_path: Path, qtbot: QtBot) -> None:
    with Workspace.create(tmp_path / "w", org_code="152525203", org_name="示例", role=Role.STATION) as made:
        codes = [(f"1525252032{n % villages + 1:02d}", n // villages + 1) for n in range(HOUSEHOLDS)]
        homes = [
            household(n, code=f"{village}{number:04d}", village_code=village)
            for n, (village, number) in enumerate(codes)
        ]
        ids = Entry(made).save_many([(home, None) for home in homes]).ids
        Entry(made).save_many([(livestock_count(home, n % 500 + 1), None) for n, home in enumerate(ids)])
    session = Session(Workspace.open(tmp_path / "w"))
    window = MainWindow(session)
    window.show()
    qtbot.waitUntil(lambda: window.counts.known)
    load_ahead(window.entries.values(), session.read)  # as the window does while nobody waits
    said = []
    for key in window.entries:
        before = time.thread_time()
        window.open_page(key)
        said.append(f"{key} {(time.thread_time() - before) * 1000:.0f}")
        session.jobs.wait()
        QApplication.processEvents()
    window.close()
    session.close()
    print(
        f"\nfirst opening of a page, {HOUSEHOLDS:,} households in {villages} villages, window blocked, cpu ms (budget ≤ 100): {', '.join(said)}"
    )


def test_table_over_a_million_rows(large: Path) -> None:
    with Workspace.open(large) as workspace:
        query = Query("livestock_count", sort=(("counted_on", True),))
        start = time.perf_counter()
        keys = workspace.read.row_keys(query)
        first = time.perf_counter() - start
        pages = []
        for offset in range(0, len(keys) - 100, max(len(keys) // 20, 1)):
            begin = time.perf_counter()
            workspace.read.rows_by_keys("livestock_count", keys[offset : offset + 100])
            pages.append(time.perf_counter() - begin)
        begin = time.perf_counter()
        workspace.read.rows(query, limit=100, offset=max(len(keys) - 200, 0))
        deep = time.perf_counter() - begin
    print(f"\ntable over {len(keys):,} rows: all row keys sorted {first * 1000:.0f} ms, a page anywhere, median "
          f"{statistics.median(pages) * 1000:.1f} ms | last page by LIMIT/OFFSET {deep * 1000:.0f} ms (budget < 50, < 20)")  # fmt: skip
    assert len(keys) == ROWS
