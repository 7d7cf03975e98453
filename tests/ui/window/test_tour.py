"""The tour sees every page and finds nothing clipped and no English in Chinese screens."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QLabel

from station_app.domain.text import CHINESE
from station_app.ui.pages.catalogue import ENTRIES
from station_app.ui.tour import Tour, open_once, run_tour


@pytest.mark.parametrize(("which", "language", "look"), [("station", "zh_CN", "light"), ("county", "en", "dark")])
def test_tour_finds_nothing(
    qapp: QApplication, training: Path, tmp_path: Path, which: str, language: str, look: str
) -> None:
    folder = tmp_path / which
    shutil.copytree(training / which, folder)
    report = run_tour(folder, tmp_path / "out", language=language, theme=look)
    assert report["findings"] == []
    names = [Path(p).stem.split("-", 1)[1] for p in report["pictures"]]
    for entry in ENTRIES:
        if not entry.hidden and (which == "county" or entry.key not in ("inbox", "stations")):
            assert entry.key in names
    assert {"help", "search", "busy", "crash", "notices", "dialog-error"} <= set(names)
    assert json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8")) == report


def test_tour_sees_clipped_and_english_text(qapp: QApplication, tmp_path: Path) -> None:
    from PySide6.QtWidgets import QWidget

    window = QWidget()
    window.resize(300, 100)
    short = QLabel("这句话放不下,因为太窄了", window)
    short.setGeometry(0, 0, 40, 20)
    short.setMinimumWidth(0)
    english = QLabel("Save this record", window)
    english.setGeometry(0, 40, 280, 20)
    window.show()
    astray = QLabel("没有放进窗口")
    astray.setVisible(True)
    tour = Tour(tmp_path, CHINESE, "light")
    tour.judge("x", window)
    for kind in ("clipped", "english", "astray"):
        assert any(kind in f for f in tour.findings), kind
    window.close()
    astray.close()


def test_the_window_opens_once(qapp: QApplication, training: Path, tmp_path: Path) -> None:
    folder = tmp_path / "station"
    shutil.copytree(training / "station", folder)
    open_once(folder, language="en")
