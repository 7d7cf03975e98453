"""What the widget tests share: code lists, a clean language, a workspace of invented records."""

from __future__ import annotations

from datetime import date
from itertools import groupby

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtWidgets import QApplication

from station_app.domain.registry import Role
from station_app.domain.samples import VILLAGE, sample
from station_app.storage.reference import install_code_lists
from station_app.storage.workspace import Workspace
from station_app.ui import i18n
from station_app.ui.link_picker import LinkHit

TODAY = date(2026, 8, 1)


@pytest.fixture(autouse=True)
def _language():
    install_code_lists()
    i18n.set_language("zh_CN")
    yield
    i18n.set_language("zh_CN")


class FewLinks:
    """Five households one may link to; any other id is unknown."""

    ids = tuple(f"01900000-0000-7000-8000-00000000000{n}" for n in range(5))

    def finds_all(self):
        return True

    def find(self, record_type, text, limit=50):
        hits = [LinkHit(i, f"示例牧户{n}", f"99999900100100{n:02d}") for n, i in enumerate(self.ids)]
        return [h for h in hits if text in h.title or text in h.subtitle][:limit]

    def title(self, record_type, record_id):
        return next((h.title for h in self.find(record_type, "") if h.record_id == record_id), None)


@pytest.fixture
def links():
    return FewLinks()


@pytest.fixture
def workspace(tmp_path):
    made = Workspace.create(
        tmp_path / "station", org_code=VILLAGE, org_name="示例嘎查站", role=Role.STATION, author="测试员"
    )
    yield made
    made.close()


@pytest.fixture
def households(workspace):
    """Twelve households of one village; their record ids in code order."""
    from station_app.services.entry import Entry

    entry = Entry(workspace, today=lambda: TODAY)
    people = [
        (
            sample(
                "household",
                n,
                code=f"{VILLAGE}{n + 1:04d}",
                head_name=f"示例牧户{n + 1}",
                status="normal",
                status_on=None,
            ),
            None,
        )
        for n in range(12)
    ]
    return list(entry.save_many(people).ids)


def keys(qtbot, text, widget=None):
    """Type a text where the cursor is: keys for ASCII, what an input method commits for the rest."""
    for plain, run in groupby(text, str.isascii):
        piece = "".join(run)
        target = widget or QApplication.focusWidget()
        assert target is not None, "nothing has the cursor"
        if plain:
            for letter in piece:  # the first may open an editor that takes the rest
                qtbot.keyClicks(widget or QApplication.focusWidget(), letter)
        else:
            event = QInputMethodEvent()
            event.setCommitString(piece)
            QApplication.sendEvent(target, event)


def press(qtbot, key, modifiers=Qt.KeyboardModifier.NoModifier):
    """Press a key where the cursor is."""
    target = QApplication.focusWidget()
    assert target is not None, "nothing has the cursor"
    qtbot.keyClick(target, key, modifiers)
    QApplication.processEvents()  # editors of cells commit a moment after Enter
