"""A line in which something known is chosen by typing: code, name, pinyin or initials; arrows, Enter and mouse pick."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QPointF,
    QRect,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QFocusEvent, QHideEvent, QIcon, QKeyEvent, QMouseEvent, QPainter, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import (
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from station_app.domain.codes import CodeItem, code_list, has_list
from station_app.domain.text import CHINESE, Text
from station_app.storage import search
from station_app.ui import i18n, theme
from station_app.ui.i18n import tr

SHOWN_ROWS = 10
NOTHING = Text("没有找到", "Nothing found")
GOING_ON = Text("正在查找…", "Looking …")
AGAIN_MS = 300
_DETAIL = Qt.ItemDataRole.UserRole + 1
_KEY = Qt.ItemDataRole.UserRole
Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that can be picked: ``key`` is kept, ``title`` is shown, ``detail`` helps to tell it apart."""

    key: str
    title: str
    detail: str = ""


class _SuggestionDelegate(QStyledItemDelegate):
    """Title on the left, detail in soft print on the right."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)
        drawn: Any = option  # the stubs hide what QStyleOption holds
        detail = index.data(_DETAIL)
        if detail:
            gap = theme.current().s
            area = drawn.rect.adjusted(gap, 0, -gap, 0)
            painter.save()
            painter.setPen(theme.colour("soft_text"))
            painter.drawText(area, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), str(detail))
            painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        size = super().sizeHint(option, index)
        drawn: Any = option
        detail = index.data(_DETAIL)
        extra = drawn.fontMetrics.horizontalAdvance(str(detail)) + 3 * theme.current().m if detail else 0
        return QSize(size.width() + extra, max(size.height(), theme.current().row - 2))


class Suggestions(QListWidget):
    """The list below the line; never takes the focus, so that typing (and an input method) goes on."""

    chosen = Signal(str)

    def __init__(self, edit: QLineEdit) -> None:
        super().__init__(edit)
        self._edit = edit
        self.setWindowFlags(Qt.WindowType.ToolTip | Qt.WindowType.FramelessWindowHint)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setItemDelegate(_SuggestionDelegate(self))
        self.itemClicked.connect(self._clicked)
        self._watched: QWidget | None = None

    def offer(self, choices: list[Choice], *, first: bool, without: Text = NOTHING) -> None:
        """Show ``choices`` below (or above) the line; ``first`` marks the first as what Enter takes.

        Where there are none the list says so (``without``), in a line that can not be picked.
        """
        self.clear()
        for choice in choices:
            item = QListWidgetItem(choice.title)
            item.setData(_KEY, choice.key)
            item.setData(_DETAIL, choice.detail)
            self.addItem(item)
        if not choices:
            nothing = QListWidgetItem(tr(without))
            nothing.setFlags(Qt.ItemFlag.NoItemFlags)
            self.addItem(nothing)
        self.setCurrentRow(0 if first and choices else -1)
        self._place(self.count())
        if not self.isVisible():
            self._watched = self._edit.window()
            self._watched.installEventFilter(self)
            self.show()

    def _place(self, count: int) -> None:
        row = max(self.sizeHintForRow(0), theme.current().row - 2)
        height = row * min(count, SHOWN_ROWS) + 2 * self.frameWidth()
        bar = self.verticalScrollBar().sizeHint().width() if count > SHOWN_ROWS else 0
        width = max(self._edit.width(), self.sizeHintForColumn(0) + 2 * self.frameWidth() + bar)
        below = self._edit.mapToGlobal(QPoint(0, self._edit.height() + 1))
        place = QRect(below, QSize(width, height))
        screen = self._edit.screen().availableGeometry()
        if place.bottom() > screen.bottom():
            place.moveBottom(self._edit.mapToGlobal(QPoint(0, -1)).y())
        place.moveLeft(max(screen.left(), min(place.left(), screen.right() - width)))
        self.setGeometry(place)

    def mark(self, key: str) -> None:
        """Mark the choice with this key, if it is there."""
        for row in range(self.count()):
            if self.item(row).data(_KEY) == key:
                self.setCurrentRow(row)
                return

    def step(self, by: int) -> None:
        """Move the mark, stopping at the ends."""
        if self.item(0).flags() & Qt.ItemFlag.ItemIsEnabled:
            self.setCurrentRow(max(0, min(self.count() - 1, self.currentRow() + by)))

    def marked(self) -> str | None:
        item = self.currentItem()
        return None if item is None or not self.isVisible() else str(item.data(_KEY))

    def _clicked(self, item: QListWidgetItem) -> None:
        if item.flags() & Qt.ItemFlag.ItemIsEnabled:
            self.chosen.emit(str(item.data(_KEY)))

    def hideEvent(self, event: QHideEvent) -> None:
        if self._watched is not None:
            self._watched.removeEventFilter(self)
            self._watched = None
        super().hideEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.Hide, QEvent.Type.WindowDeactivate):
            self.hide()
        return super().eventFilter(watched, event)


Finder = Callable[[str], list[Choice]]


class PickEdit(QLineEdit):
    """A line that finds while typing.

    ``find(text)`` returns the choices, best first (all or the first ones for an empty text); ``name(key)`` returns how a
    key is shown, ``None`` when it is unknown; ``finds_all()`` whether ``find`` shows all there is just now. While it does
    not, the list is filled again and again, and nothing is taken for being the only one.

    Signals:
        picked(key): something was chosen; also when what was typed named exactly one thing.
        typed(): the text was changed by hand, nothing is chosen now.
    """

    picked = Signal(str)
    typed = Signal()

    def __init__(
        self,
        find: Finder,
        name: Callable[[str], str | None],
        parent: QWidget | None = None,
        finds_all: Callable[[], bool] = lambda: True,
    ) -> None:
        super().__init__(parent)
        self._find = find
        self._finds_all = finds_all
        self._again = QTimer(self, singleShot=True, interval=AGAIN_MS)
        self._again.timeout.connect(self._offer_again)
        self._name = name
        self._key = ""
        self._list: Suggestions | None = None
        self.textEdited.connect(self._edited)
        self._arrow = self.addAction(QIcon(), QLineEdit.ActionPosition.TrailingPosition)
        self._arrow.triggered.connect(self._toggle)
        self._draw_arrow()
        theme.changed.connect(self._draw_arrow)

    def _draw_arrow(self) -> None:
        self._arrow.setIcon(arrow_icon())

    # --- value -------------------------------------------------------------------------------------------------------

    def key(self) -> str:
        """Return the key chosen, empty when nothing is."""
        return self._key

    def value(self) -> str:
        """Return the key, or what is typed while nothing is chosen."""
        return self._key or self.text().strip()

    def set_value(self, value: str) -> None:
        """Show a key by its name, or a text that is no key as it is."""
        shown = self._name(value) if value else ""
        self._key = value if shown and value else ""
        self.setText(shown or value)
        self.setCursorPosition(0)

    def show_again(self) -> None:
        """Show the key anew (after a change of language)."""
        if self._key:
            self.set_value(self._key)

    def pick(self, key: str) -> None:
        """Take ``key`` as if chosen by hand."""
        self.set_value(key)
        self._hide()
        self.picked.emit(key)

    def resolve(self) -> None:
        """When the typed text names exactly one thing, take it; called on leaving."""
        text = self.text().strip()
        if self._key or not text:
            return
        found = self._find(text)
        if not self._finds_all():
            return
        exact = [c for c in found if text.casefold() in (c.key.casefold(), c.title.casefold())]
        if len(exact) == 1:
            self.pick(exact[0].key)
        elif len(found) == 1:
            self.pick(found[0].key)

    # --- the list ----------------------------------------------------------------------------------------------------

    def suggestions(self) -> Suggestions:
        """Return the list (made on first use)."""
        if self._list is None:
            self._list = Suggestions(self)
            self._list.chosen.connect(self.pick)
        return self._list

    def is_offering(self) -> bool:
        return self._list is not None and self._list.isVisible()

    def offer_all(self) -> None:
        self.suggestions().offer(self._find(""), first=True)
        self.suggestions().mark(self._key)

    def _hide(self) -> None:
        if self._list is not None:
            self._list.hide()

    def _toggle(self) -> None:
        if self.isReadOnly():
            return
        if self.is_offering():
            self._hide()
        else:
            self.setFocus(Qt.FocusReason.MouseFocusReason)
            self.offer_all()

    def _edited(self, text: str) -> None:
        self._key = ""
        self.typed.emit()
        if text.strip():
            self._offer(text.strip())
        else:
            self._hide()

    def _offer(self, text: str) -> None:
        choices = self._find(text)
        whole = self._finds_all()
        self.suggestions().offer(choices, first=whole, without=NOTHING if whole else GOING_ON)
        if not whole:
            self._again.start()

    def _offer_again(self) -> None:
        if self.is_offering() and not self._key and self.text().strip():
            marked = self.suggestions().marked()
            self._offer(self.text().strip())
            if marked:
                self.suggestions().mark(marked)

    # --- keys --------------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        if not self.isReadOnly():
            if key == Qt.Key.Key_F4 or (key == Qt.Key.Key_Down and event.modifiers() & Qt.KeyboardModifier.AltModifier):
                self._toggle()
                return
            if plain and key == Qt.Key.Key_Down and not self.is_offering():
                self.offer_all()
                return
        if self.is_offering() and plain:
            steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: SHOWN_ROWS,
                     Qt.Key.Key_PageUp: -SHOWN_ROWS}  # fmt: skip
            if key in steps:
                self.suggestions().step(steps[Qt.Key(key)])
                return
            if key == Qt.Key.Key_Escape:
                self._hide()
                return
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self.take_marked()
        super().keyPressEvent(event)

    def take_marked(self) -> None:
        """Take what the list marks, if it is open; else what the text names."""
        marked = self._list.marked() if self._list is not None else None
        if marked is not None:
            self.pick(marked)
        else:
            self._hide()
            self.resolve()

    def focusNextPrevChild(self, forward: bool) -> bool:
        if not self.isReadOnly() and (self.is_offering() or not self._key):
            if self.is_offering() and not self._key and not self.text().strip():
                self._hide()  # opened and left without typing: nothing was meant
            else:
                self.take_marked()
        return super().focusNextPrevChild(forward)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._hide()
        if event.reason() != Qt.FocusReason.PopupFocusReason and not self.isReadOnly():
            self.resolve()
        super().focusOutEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        self._hide()
        super().hideEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        super().mouseDoubleClickEvent(event)
        if not self.isReadOnly():
            self.offer_all()

    def setReadOnly(self, read_only: bool) -> None:
        super().setReadOnly(read_only)
        self._arrow.setVisible(not read_only)


def arrow_icon() -> QIcon:
    """Return the small arrow of a line that can be opened."""
    return _drawn_icon(((0.28, 0.42), (0.5, 0.62), (0.72, 0.42)))


def _drawn_icon(points: tuple[tuple[float, float], ...]) -> QIcon:
    size = theme.current().icon
    picture = QPixmap(size * 2, size * 2)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(theme.colour("soft_text"), size / 5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    painter.drawPolyline(QPolygonF([QPointF(x * size * 2, y * size * 2) for x, y in points]))
    painter.end()
    picture.setDevicePixelRatio(2)
    return QIcon(picture)


# --- code lists ------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=20_000)
def readings(label: str) -> tuple[str, ...]:
    """Return pinyin and initials of a label; loads the dictionary on first use."""
    return tuple(w for w in search.words(label) if w.isascii())


def code_title(item: CodeItem) -> str:
    """Return how a code is shown: forms print numbers beside their meaning, words stand for themselves."""
    label = tr(item.label)
    return f"{item.code} {label}" if item.code.isdigit() else label


def code_name(list_name: str, code: str) -> str | None:
    """Return how ``code`` of a list is shown, ``None`` when the list does not have it."""
    item = code_list(list_name).by_code.get(code) if has_list(list_name) else None
    return None if item is None else code_title(item)


def _rank(item: CodeItem, text: str) -> int | None:
    code, title = item.code.casefold(), tr(item.label).casefold()
    if code == text:
        return 0
    if title == text or f"{code} {title}" == text:
        return 1
    if code.startswith(text):
        return 2
    if title.startswith(text):
        return 3
    if text in title:
        return 4
    other = item.label.to("en" if i18n.language() == CHINESE else CHINESE).casefold()
    if text in other:
        return 5
    if text.isascii() and text.isalpha() and any(r.startswith(text) for r in readings(item.label.zh)):
        return 6
    return None


def find_codes(list_name: str, text: str) -> list[Choice]:
    """Return the codes of a list that ``text`` may mean, best first; all for an empty text."""
    if not has_list(list_name):
        return []
    items = code_list(list_name).items
    wanted = text.strip().casefold()
    if not wanted:
        return [Choice(i.code, code_title(i)) for i in items]
    ranked = [(rank, place, item) for place, item in enumerate(items) if (rank := _rank(item, wanted)) is not None]
    return [Choice(item.code, code_title(item)) for _, _, item in sorted(ranked, key=lambda r: r[:2])]


YES = Text("是", "Yes")
NO = Text("否", "No")


def find_yes_no(text: str) -> list[Choice]:
    """Return yes and no; y, n, 1, 0 and the words of both languages find them."""
    wanted = text.strip().casefold()
    both = (("true", YES, ("1", "y", "yes", "是", "s", "shi", "t", "true", "√")),
            ("false", NO, ("0", "2", "n", "no", "否", "f", "fou", "false", "×")))  # fmt: skip
    return [Choice(key, tr(label)) for key, label, words in both if not wanted or any(w == wanted for w in words)]


def yes_no_name(key: str) -> str | None:
    """Return the word of ``true`` and ``false``."""
    return {"true": tr(YES), "false": tr(NO)}.get(key)
