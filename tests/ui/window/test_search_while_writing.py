"""What somebody is writing just now is found as soon as it can be; until then nobody says that it is not there."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from unit_helpers import household
from window_helpers import CTRL, keys, type_text

from station_app.services.entry import Entry
from station_app.storage.engine import connect
from station_app.ui.link_picker import ReaderLinks
from station_app.ui.main_window import MainWindow
from station_app.ui.pick_edit import GOING_ON as LISTING
from station_app.ui.pick_edit import Choice, PickEdit
from station_app.ui.search_box import GOING_ON


class Writer:
    """Holds the write lock of the workspace, as an import does, until told to let go."""

    def __init__(self, window: MainWindow, code: str) -> None:
        self.code = code
        self._connection = connect(window.session.workspace.database_path)
        self._connection.execute("BEGIN IMMEDIATE")

    def let_go(self) -> None:
        self._connection.execute("ROLLBACK")

    def close(self) -> None:
        self._connection.close()


@pytest.fixture
def writer(station: MainWindow) -> Iterator[Writer]:
    """Somebody who writes, while the search does not hold the household saved last (``writer.code``)."""
    with station.session.workspace.beside() as other:
        for number in itertools.count(77):  # the window may take a record into the search before the lock is held
            home = household(number)
            Entry(other).save(home)
            held = Writer(station, home.code)
            if not station.session.read.finds_all():
                break
            held.close()
    yield held
    held.close()


def test_the_search_goes_on_until_it_holds_all(station: MainWindow, writer: Writer, qtbot: QtBot) -> None:
    keys(station, Qt.Key.Key_K, CTRL)
    type_text(writer.code)
    qtbot.waitUntil(station.search.is_open)
    assert station.search._nothing.text() == GOING_ON.format(typed=writer.code).zh
    writer.let_go()
    qtbot.waitUntil(lambda: bool(station.search.results))
    assert writer.code in station.search.results[0].title


def test_a_table_shows_it_by_itself(station: MainWindow, writer: Writer, qtbot: QtBot) -> None:
    station.open_page("households")
    table = station.pages["households"].section.table
    table.filter_line.setText(writer.code)
    table.filter_line.settle()
    qtbot.waitUntil(lambda: not table.model.is_loading)
    assert table.model.rowCount() == 0
    writer.let_go()
    qtbot.waitUntil(lambda: table.model.rowCount() == 1)


def test_nothing_is_taken_for_the_only_one_while_others_write(
    station: MainWindow, writer: Writer, qtbot: QtBot
) -> None:
    links = ReaderLinks(station.session.read)
    line = PickEdit(lambda text: [Choice(h.record_id, h.title) for h in links.find("household", text)],
                    lambda key: links.title("household", key), station, links.finds_all)  # fmt: skip
    line.show()
    line.setFocus()
    type_text("1525222002010001")  # one is found, but perhaps it is not the only one
    found = links.find("household", "1525222002010001")
    line.take_marked()
    assert len(found) == 1 and not line.key() and line.text() == "1525222002010001"
    line.clear()
    type_text(writer.code)
    assert line.suggestions().item(0).text() == LISTING.zh
    writer.let_go()
    qtbot.waitUntil(lambda: line.suggestions().marked() is not None)
    line.take_marked()
    assert writer.code in line.text()
