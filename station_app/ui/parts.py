"""Small pieces pages are put together from; each says its texts in the current language and follows a change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from PySide6 import QtWidgets
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QShowEvent, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QBoxLayout,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QMenu,
    QPushButton,
    QSizePolicy,
    QTabBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from station_app.domain.text import Text
from station_app.ui import theme
from station_app.ui.i18n import Retranslated, tr

Index = QModelIndex | QPersistentModelIndex
Shown = Text | str
Act = Callable[[], object]
L = TypeVar("L", bound=QBoxLayout)
Piece = QWidget | QLayout
REMOVE = Text("移除(Del)", "Remove (Del)")
Item = Piece | int | None | tuple[Piece, int] | tuple[Piece, int, Qt.AlignmentFlag]


def shown(value: Shown) -> str:
    """Return a text in the current language; plain strings (names, numbers) stay."""
    return tr(value) if isinstance(value, Text) else value


def label(part: str = "", *, wrap: bool = False, state: str = "", selectable: bool = False) -> QLabel:
    """Return a label of the given part of speech; its text is said by its owner."""
    made = QLabel()
    if part:
        made.setProperty("part", part)
    if state:
        made.setProperty("state", state)
    if part in ("chip", "badge"):
        made.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
    if wrap:
        made.setWordWrap(True)
        made.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
    if selectable:
        made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse
                                     | Qt.TextInteractionFlag.TextSelectableByKeyboard)  # fmt: skip
    return made


def literal(text: str) -> str:
    """Return what a button or menu shows as this text: an ampersand somebody typed names no key."""
    return text.replace("&", "&&")


class ElidedLabel(QLabel):
    """One line that ends in … where the room ends; the whole stands in its tooltip."""

    def __init__(self, part: str = "") -> None:
        super().__init__()
        self.setProperty("part", part)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(40, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        room = self.contentsRect()
        shown = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, room.width())
        self.setToolTip(self.text() if shown != self.text() else "")
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(room, int(self.alignment()) | Qt.TextFlag.TextSingleLine, shown)
        painter.end()


class LinkLine(QPushButton):
    """A link as long as its row: the text ends in … where the room ends, the whole stands in its tooltip, above ``hint``."""

    def __init__(self, act: Act) -> None:
        super().__init__()
        self.hint = ""
        self.setAutoDefault(True)
        self.setProperty("part", "link")
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.clicked.connect(lambda _checked=False: act())

    def setText(self, text: str) -> None:  # noqa: N802
        super().setText(literal(text))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(60, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        option = QtWidgets.QStyleOptionButton()  # by module: what of it is not drawn at a start is not made then
        self.initStyleOption(option)
        whole = self.text().replace("&&", "&")
        shown = self.fontMetrics().elidedText(whole, Qt.TextElideMode.ElideRight, self.width() - 8)
        self.setToolTip("\n".join(filter(None, (whole if shown != whole else "", self.hint))))
        option.text = literal(shown)  # type: ignore[attr-defined]
        painter = QtWidgets.QStylePainter(self)
        painter.drawControl(QtWidgets.QStyle.ControlElement.CE_PushButton, option)
        painter.end()


def button(part: str = "", act: Act | None = None, *, icon: str = "") -> QPushButton:
    """Return a button; its text, a verb, is said by its owner."""
    made = QPushButton()
    made.setAutoDefault(True)  # Enter presses the button that has the keyboard
    if part:
        made.setProperty("part", part)
    if icon:
        give_icon(made, icon, "on_accent" if part == "primary" else "text")
    if act is not None:
        made.clicked.connect(lambda _checked=False: act())
    return made


class Chip(QToolButton):
    """One of several values: a click does the first verb and never removes; its menu has the others, Del removes.

    Each verb is an action of ``verbs``; ``remove`` is the verb ``REMOVE``, without it the value stays.
    """

    def __init__(self, text: str, verbs: dict[Text, Act], remove: Act | None = None) -> None:
        super().__init__()
        self.setText(literal(text))
        self.setProperty("chip", True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        menu = QMenu(self)
        self.verbs: dict[Text, QAction] = {}
        for verb, act in (verbs | ({REMOVE: remove} if remove is not None else {})).items():
            self.verbs[verb] = menu.addAction(tr(verb))
            self.verbs[verb].triggered.connect(lambda _checked=False, act=act: act())
        self.setMenu(menu)
        if (first := next(iter(verbs.values()), None)) is not None:
            self.clicked.connect(lambda _checked=False: first())
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(lambda _place: self.showMenu())

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and REMOVE in self.verbs:
            self.verbs[REMOVE].trigger()
        elif event.key() == Qt.Key.Key_Down and event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self.showMenu()
        else:
            super().keyPressEvent(event)


def hold(pressed: QWidget) -> Act:
    """Let a button rest while its work runs; return what wakes it and gives it back the keyboard Qt moved on meanwhile."""
    had = pressed.hasFocus()
    pressed.setEnabled(False)
    moved_to = QApplication.focusWidget()

    def release() -> None:
        pressed.setEnabled(True)
        if had and QApplication.focusWidget() is moved_to:  # nobody went on to other work
            pressed.setFocus(Qt.FocusReason.OtherFocusReason)

    return release


def give_icon(made: QAbstractButton, name: str, colour: str = "text") -> None:
    """Give a button an icon that follows the theme."""

    def draw(button: QAbstractButton) -> None:
        button.setIcon(theme.icon(name, colour))

    theme.changed.add(made, draw)
    draw(made)


def across(*items: Item, spacing: int = 8, margins: tuple[int, int, int, int] = (0, 0, 0, 0)) -> QHBoxLayout:
    """Return a row: widgets and layouts as given, numbers are fixed gaps, ``None`` takes the rest.

    ``(widget, stretch)`` and ``(widget, stretch, alignment)`` say how much of the room it takes and where it stands.
    """
    return _filled(QHBoxLayout(), items, spacing, margins)


def down(*items: Item, spacing: int = 8, margins: tuple[int, int, int, int] = (0, 0, 0, 0)) -> QVBoxLayout:
    """Return a column, as ``across``."""
    return _filled(QVBoxLayout(), items, spacing, margins)


def _filled(box: L, items: Sequence[object], spacing: int, margins: tuple[int, int, int, int]) -> L:
    box.setSpacing(spacing)
    box.setContentsMargins(*margins)
    for item in items:
        if item is None:
            box.addStretch(1)
        elif isinstance(item, int):
            box.addSpacing(item)
        else:
            thing, *room = item if isinstance(item, tuple) else (item,)
            (box.addLayout if isinstance(thing, QLayout) else box.addWidget)(thing, *room)
    return box


def card(layout: QLayout | None = None, *, part: str = "card", state: str = "") -> QFrame:
    """Return a frame of a part (card, panel, strip, bar ...) holding ``layout``."""
    frame = QFrame()
    frame.setProperty("part", part)
    if state:
        frame.setProperty("state", state)
    if layout is not None:
        frame.setLayout(layout)
    return frame


def in_sentence(text: Text) -> Text:
    """Return a label as it stands inside a sentence: English without its capital, unless it is an abbreviation."""
    english = text.en
    if len(english) > 1 and english[1].islower():
        english = english[0].lower() + english[1:]
    return Text(text.zh, english)


def text_width(widget: QWidget, characters: int) -> int:
    """Return the width of so many Han characters in the widget's font: widths follow large print."""
    return widget.fontMetrics().horizontalAdvance("草") * characters


def clear(layout: QLayout) -> None:
    """Take everything out of a layout and let it go."""
    while (item := layout.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.deleteLater()
        elif (inner := item.layout()) is not None:
            clear(inner)


class Meter(QtWidgets.QProgressBar):
    """How far a piece of work is, beside the sentence that says it."""

    def __init__(self) -> None:
        super().__init__()
        self.setTextVisible(False)
        self.setFixedWidth(140)

    def tell(self, done: int, total: int) -> None:
        """Show so much with the next painting: by itself Qt would paint the whole window for it at once."""
        self.setUpdatesEnabled(False)
        self.setRange(0, max(total, 1))
        self.setValue(done)
        self.setUpdatesEnabled(True)


class MenuButton(QPushButton, Retranslated):
    """A button that opens a menu of verbs."""

    def __init__(self, text: Text, part: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.follow_language()
        self.setAutoDefault(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # the pointer opens a menu; the keyboard stays in the work
        if part:
            self.setProperty("part", part)
        self.setProperty("menu", True)
        self._menu = QMenu(self)
        self.setMenu(self._menu)
        self.say(self.setText, text)

    def offer(self, text: Shown, act: Act) -> QAction:
        action = self._menu.addAction("")
        self.say(action.setText, text if isinstance(text, Text) else (lambda: literal(text)))
        action.triggered.connect(lambda _checked=False: act())
        return action

    def separate(self) -> None:
        self._menu.addSeparator()

    def empty(self) -> None:
        self._menu.clear()


class Unwheeled:
    """What holds a value: the wheel scrolls what lies below the pointer and never changes a value in passing.

    Every widget of the program whose value Qt lets the wheel change begins with this one.
    """

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        event.ignore()


class TextCombo(Unwheeled, QComboBox, Retranslated):
    """A choice among texts. ``chosen(data)`` comes only when a person chooses."""

    chosen = Signal(object)

    def __init__(self, items: Sequence[tuple[Shown, object]] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.follow_language()
        self._items: list[tuple[Shown, object]] = []
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.set_items(items)
        self.activated.connect(lambda index: self.chosen.emit(self._items[index][1]))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return self.sizeHint()  # Qt's own remembers the items of its first showing

    def set_items(self, items: Sequence[tuple[Shown, object]]) -> None:
        """Offer other choices; the one chosen stays when it is still there."""
        before = self.value()
        self._items = list(items)
        self.blockSignals(True)
        self.clear()
        for text, _ in self._items:
            self.addItem(shown(text))
        self.blockSignals(False)
        self.choose(before)

    def value(self) -> Any:
        index = self.currentIndex()
        return self._items[index][1] if 0 <= index < len(self._items) else None

    def choose(self, data: object) -> None:
        """Choose by data without telling; the first item when it is not offered."""
        found = next((i for i, (_, d) in enumerate(self._items) if d == data), 0 if self._items else -1)
        self.blockSignals(True)
        self.setCurrentIndex(found)
        self.blockSignals(False)

    def retranslate(self) -> None:
        super().retranslate()
        for index, (text, _) in enumerate(self._items):
            self.setItemText(index, shown(text))


class TextTabs(Unwheeled, QTabBar, Retranslated):
    """Tabs by key, each with a text and a count. ``chosen(key)`` comes when another tab is in front."""

    chosen = Signal(str)

    def __init__(self, items: Sequence[tuple[str, Text]] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.follow_language()
        self.setDrawBase(False)
        self.setExpanding(False)
        self.setUsesScrollButtons(True)
        self.setElideMode(Qt.TextElideMode.ElideNone)
        self._items: list[tuple[str, Text]] = []
        self._counts: dict[str, int] = {}
        for key, text in items:
            self.add(key, text)
        self.currentChanged.connect(self._changed)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(min(self.sizeHint().width(), 600), super().minimumSizeHint().height())

    def remove(self, key: str) -> None:
        for index, (name, _) in enumerate(self._items):
            if name == key:
                del self._items[index]
                self.removeTab(index)
                return

    def add(self, key: str, text: Text) -> None:
        self._items.append((key, text))
        self.addTab(tr(text))

    def items(self) -> list[tuple[str, Text]]:
        return list(self._items)

    def key(self) -> str:
        index = self.currentIndex()
        return self._items[index][0] if 0 <= index < len(self._items) else ""

    def choose(self, key: str) -> None:
        for index, (name, _) in enumerate(self._items):
            if name == key:
                self.setCurrentIndex(index)

    def set_count(self, key: str, number: int) -> None:
        """Show a number beside the text; none for 0."""
        self._counts[key] = number
        self.retranslate()

    def retranslate(self) -> None:
        super().retranslate()
        for index, (key, text) in enumerate(self._items):
            number = self._counts.get(key, 0)
            self.setTabText(index, f"{tr(text)}  {number:,}" if number else tr(text))
        self.updateGeometry()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        super().mouseReleaseEvent(event)
        self._to_work()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Down):
            self._to_work()
            return
        super().keyPressEvent(event)

    def _to_work(self) -> None:
        """Give the keyboard to what the tab shows; arrows to the side walk on through the tabs."""
        holder = self.parentWidget()
        while holder is not None:
            if hasattr(holder, "focus_work"):
                holder.focus_work()
                return
            holder = holder.parentWidget()

    def _changed(self, index: int) -> None:
        self.updateGeometry()  # the tab in front is bold, and wider
        if 0 <= index < len(self._items):
            self.chosen.emit(self._items[index][0])


class EmptyState(QFrame, Retranslated):
    """What an empty page says: what belongs here, and the first step."""

    def __init__(self, icon: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.follow_language()
        self._icon = icon
        self._picture = QLabel()
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._title = label("heading")
        self._title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._body = label("", wrap=True, state="muted")
        self._body.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(8)
        inner = down(None, self._picture, 4, self._title, self._body, 8, across(None, self._buttons, None), None, None)
        inner.setAlignment(self._body, Qt.AlignmentFlag.AlignHCenter)
        self.setLayout(inner)
        theme.changed.connect(self._draw)
        self._draw()

    def tell(self, title: Text, body: Text) -> None:
        self.say(self._title.setText, title)
        self.say(self._say_body, body)

    def _say_body(self, text: str) -> None:
        self._body.setText(text)
        self._fit()

    def _fit(self) -> None:
        """A wrapped label in the middle of a row takes no height by itself."""
        if not self._body.text():
            return
        self._body.ensurePolished()
        width = min(text_width(self._body, 40), self._body.fontMetrics().horizontalAdvance(self._body.text()) + 8)
        self._body.setFixedSize(width, self._body.heightForWidth(width))

    def offer(self, text: Text, act: Act, *, primary: bool = False) -> QPushButton:
        """Offer a first step."""
        made = button("primary" if primary else "", act)
        self.say(made.setText, text)
        self._buttons.addWidget(made)
        if self.focusProxy() is None:
            self.setFocusProxy(made)  # the keyboard finds the first step where the list would be
        return made

    def _draw(self) -> None:
        if self._icon:
            self._picture.setPixmap(theme.pixmap(self._icon, "strong_border", 48))
        self._fit()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        super().showEvent(event)
        self._fit()
