"""No page opens a window by accident, and every dialog is one of ``messages``."""

from __future__ import annotations

import re
from pathlib import Path

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QWidget

from station_app.ui.main_window import MainWindow


class Spy(QObject):
    """Notes widgets that are shown as windows of their own."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            import traceback

            places = [
                f"{Path(f.filename).name}:{f.lineno}" for f in traceback.extract_stack() if "station_app" in f.filename
            ]
            self.seen.append(f"{type(watched).__name__} by {places[-1:]}")
        return False


def test_pages_and_forms_flash_no_windows(station: MainWindow) -> None:
    window = station
    spy = Spy()
    app = QApplication.instance()
    assert app is not None
    app.installEventFilter(spy)
    try:
        for key, entry in window.entries.items():
            page = window.open_page(key)
            for type_name in entry.types if hasattr(page, "sections") else ():
                page.choose(type_name)
                section = page.sections[type_name]
                rows = window.session.read.sql(f'SELECT record_id FROM "{type_name}" WHERE void=0 LIMIT 1')
                if rows:
                    section.open(rows[0][0])
                    for tab, _ in section.detail.tabs.items():
                        section.detail.tabs.choose(tab)
                elif section.new_button is not None:
                    section.new()
                QApplication.processEvents()
    finally:
        app.removeEventFilter(spy)
    assert [s for s in spy.seen if "Popup" not in s] == []


def test_message_boxes_are_opened_in_one_place() -> None:
    found = []
    for file in Path(__file__).resolve().parents[3].joinpath("station_app", "ui").rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        if file.name not in ("messages.py", "tour.py") and re.search(r"(?<!\")\b(QMessageBox|QFileDialog)\b", text):
            found.append(file.name)
    assert found == []
