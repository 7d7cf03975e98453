"""One search for everything: records by name, code, pinyin or initials, and the pages of the window."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6 import QtWidgets
from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QLabel, QLineEdit, QVBoxLayout, QWidget

from station_app.domain import registry
from station_app.domain.text import Text
from station_app.ui import theme, titles
from station_app.ui.i18n import Retranslated, tr
from station_app.ui.parts import ElidedLabel, across, label
from station_app.ui.session import Place

if TYPE_CHECKING:
    from collections.abc import Callable

    from station_app.ui.session import Session

PLACEHOLDER = Text("查找牧户、地块、样地…  Ctrl+K", "Find a household, parcel, plot …  Ctrl+K")
NAME = Text("查找", "Find")
NOTHING = Text("没有找到“{typed}”。可以输入姓名、拼音首字母、编号或页面名称。",
               "Nothing found for “{typed}”. Type a name, pinyin initials, a code or a page.")  # fmt: skip
GOING_ON = Text("正在查找“{typed}”…", "Looking for “{typed}” …")
PAGE = Text("页面", "Page")
LIMIT = 12
WAIT_MS = 60
AGAIN_MS = 300


class Found(NamedTuple):
    """One line of the results."""

    title: str
    kind: Text
    place: Place


class _Line(QWidget):
    """Title on the left, kind on the right."""

    def __init__(self, found: Found) -> None:
        super().__init__()
        title = ElidedLabel()
        title.setText(found.title)
        kind = label("hint")
        kind.setText(tr(found.kind))
        row = across(title, None, kind, margins=(8, 0, 8, 0))
        row.setStretch(0, 1000)  # as long as the words, as far as there is room
        self.setLayout(row)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)


class SearchBox(QLineEdit, Retranslated):
    """The search line of the top bar with its results below.

    Signals:
        chosen(Place): a result was opened.
        left(): Esc on the empty line: the work gets the focus back.
    """

    chosen = Signal(object)
    left = Signal()

    def __init__(self, session: Session, pages: Callable[[str], list[Found]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.follow_language()
        self._session = session
        self._pages = pages
        self.setProperty("part", "search")
        self.setClearButtonEnabled(True)
        self.say(self.setPlaceholderText, PLACEHOLDER)
        self.say(self.setAccessibleName, NAME)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.look)
        self.textEdited.connect(lambda _text: self._timer.start(WAIT_MS))
        self.results: list[Found] = []
        self._popup: QFrame | None = None
        self.list: QtWidgets.QListWidget | None = None
        self._nothing: QLabel | None = None

    def look(self) -> None:
        text = self.text().strip()
        if not text:
            self.hide_results()
            return
        found = self._pages(text)
        for hit in self._session.read.find(text, limit=LIMIT):
            kind = registry.record_type(hit.record_type)
            row = self._session.read.get(hit.record_type, hit.record_id)
            title = titles.record_title(self._session, kind, row.record) if row is not None else hit.title
            found.append(Found(title, kind.label, Place(record_type=hit.record_type, record_id=hit.record_id)))
        whole = self._session.read.finds_all()
        self._show(found[:LIMIT], NOTHING if whole else GOING_ON, text)
        if not whole:
            self._timer.start(AGAIN_MS)  # what is being saved just now is found as soon as it can be

    def _made(self) -> tuple[QFrame, QtWidgets.QListWidget, QLabel]:
        if self._popup is None or self.list is None or self._nothing is None:
            popup = QFrame(self.window())
            popup.setProperty("part", "notice")
            popup.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            self.list = QtWidgets.QListWidget()
            self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            self.list.setFrameShape(QFrame.Shape.NoFrame)
            self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
            self.list.itemClicked.connect(lambda item: self._open(self.list.row(item) if self.list else 0))
            self._nothing = label("hint", wrap=True)
            self._nothing.setContentsMargins(10, 8, 10, 8)
            box = QVBoxLayout()
            box.setContentsMargins(2, 2, 2, 2)
            box.addWidget(self.list)
            box.addWidget(self._nothing)
            popup.setLayout(box)
            popup.hide()
            self._popup = popup
            self.window().installEventFilter(self)
        return self._popup, self.list, self._nothing

    def _show(self, found: list[Found], without: Text, text: str) -> None:
        popup, listed, nothing = self._made()
        chosen = listed.currentRow() if self.is_open() and found == self.results else 0
        listed.clear()
        self.results = found
        row = theme.current().row
        for item in found:
            line = QtWidgets.QListWidgetItem()
            line.setSizeHint(QSize(0, row))
            line.setData(Qt.ItemDataRole.AccessibleTextRole, f"{item.title} {tr(item.kind)}")
            listed.addItem(line)
            listed.setItemWidget(line, _Line(item))
        listed.setVisible(bool(found))
        nothing.setVisible(not found)
        nothing.setText(tr(without, typed=text))
        if found:
            listed.setCurrentRow(chosen)
            listed.setFixedHeight(row * len(found) + 4)
        popup.setFixedWidth(max(self.width(), 360))
        popup.adjustSize()
        popup.move(self.mapTo(self.window(), QPoint(0, self.height() + 3)))
        popup.show()
        popup.raise_()

    def hide_results(self) -> None:
        self._timer.stop()
        self.results = []
        if self._popup is not None:
            self._popup.hide()

    def is_open(self) -> bool:
        return self._popup is not None and self._popup.isVisible()

    def _open(self, row: int) -> None:
        if 0 <= row < len(self.results):
            place = self.results[row].place
            self.clear()
            self.hide_results()
            self.chosen.emit(place)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        key = event.key()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self._timer.isActive() or not self.is_open():
                self._timer.stop()
                self.look()
            if self.list is not None and self.is_open():
                self._open(self.list.currentRow())
            return
        if key == Qt.Key.Key_Escape:
            if self.is_open() or self.text():
                self.clear()
                self.hide_results()
            else:
                self.left.emit()
            return
        if key in (Qt.Key.Key_Down, Qt.Key.Key_Up) and self.list is not None and self.is_open() and self.list.count():
            step = 1 if key == Qt.Key.Key_Down else -1
            self.list.setCurrentRow((self.list.currentRow() + step) % self.list.count())
            return
        super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        super().focusOutEvent(event)
        if event.reason() is not Qt.FocusReason.PopupFocusReason:
            self.hide_results()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if event.type() is QEvent.Type.Resize:
            self.hide_results()
        return super().eventFilter(watched, event)
