"""A window on a copy of the training station or county, looked at as a person would: by keys."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from station_app.county.training import DAY, build_training
from station_app.domain.text import CHINESE
from station_app.storage.clock import Clock
from station_app.storage.workspace import Workspace
from station_app.ui import i18n, theme
from station_app.ui.application import make_application
from station_app.ui.main_window import MainWindow
from station_app.ui.session import Session

TODAY = DAY


@pytest.fixture(scope="session")
def qapp() -> QApplication:
    app = make_application()
    app.setQuitOnLastWindowClosed(False)
    theme.apply("light")
    return app


@pytest.fixture(scope="session")
def training(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The training station and its county, built once; tests work on copies."""
    folder = tmp_path_factory.mktemp("training")
    build_training(folder)
    return folder


@pytest.fixture
def open_window(qtbot: QtBot, training: Path, tmp_path: Path) -> Iterator[Callable[..., MainWindow]]:
    """Open a window on a fresh copy of ``station`` or ``county``, or on a folder."""
    opened: list[MainWindow] = []

    def open_it(which: str | Path = "station") -> MainWindow:
        i18n.set_language(CHINESE)
        if isinstance(which, Path):
            folder = which
        else:
            folder = tmp_path / which
            shutil.copytree(training / which, folder)
        session = Session(Workspace.open(folder, Clock.starting(TODAY)))
        window = MainWindow(session)
        opened.append(window)
        window.show()
        with qtbot.waitActive(window):
            window.activateWindow()
        qtbot.waitUntil(lambda: window.counts.known, timeout=15_000)
        return window

    yield open_it
    for window in opened:
        window.session.jobs.wait()
        window.close()
        window.session.close()
        window.session.deleteLater()
        window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    i18n.set_language(CHINESE)
    theme.apply("light")


@pytest.fixture
def station(open_window: Callable[..., MainWindow]) -> MainWindow:
    return open_window("station")


@pytest.fixture
def county(open_window: Callable[..., MainWindow]) -> MainWindow:
    return open_window("county")
