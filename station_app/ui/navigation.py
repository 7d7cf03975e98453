"""The list of pages on the left: icon, word, and a number where something waits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from station_app.domain.text import Text
from station_app.ui import theme
from station_app.ui.i18n import Retranslated, tr

if TYPE_CHECKING:
    from station_app.ui.pages.catalogue import PageEntry

NAME = Text("页面", "Pages")
TIP = Text("{hint}({keys})", "{hint} ({keys})")


class NavButton(QPushButton):
    """One entry."""

    def __init__(self, entry: PageEntry, keys: str) -> None:
        super().__init__()
        self.entry = entry
        self.keys = keys
        self.number = 0
        self.urgent = False
        self.setProperty("part", "nav")
        self.setCheckable(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.draw()
        self.toggled.connect(self.draw)
        theme.changed.connect(self.draw)

    def draw(self, _checked: bool = False) -> None:
        """Take colours and sizes from the theme."""
        made = theme.current()
        self.setIcon(theme.icon(self.entry.icon, "accent" if self.isChecked() else "soft_text"))
        self.setIconSize(QSize(made.icon, made.icon))

    def set_number(self, number: int, urgent: bool = False) -> None:
        if (number, urgent) != (self.number, self.urgent):
            self.number, self.urgent = number, urgent
            self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        hint = super().sizeHint()
        return QSize(hint.width() + (34 if self.number else 0), hint.height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        super().paintEvent(event)
        if not self.number:
            return
        made = theme.current()
        text = f"{self.number:,}" if self.number < 10_000 else "9,999+"
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = self.font()
        font.setPointSizeF(made.font_pt - 1)
        painter.setFont(font)
        width = painter.fontMetrics().horizontalAdvance(text) + 12
        height = painter.fontMetrics().height() + 1
        box = QRect(self.width() - width - 8, (self.height() - height) // 2, width, height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("warn_soft" if self.urgent else "surface"))
        painter.drawRoundedRect(box, height / 2, height / 2)
        painter.setPen(theme.colour("warn" if self.urgent else "soft_text"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
        painter.end()


class Navigation(QFrame, Retranslated):
    """All pages of this workplace.

    Signals:
        chosen(key): a page was chosen.
        left(): Esc or Right: the work gets the focus.
    """

    chosen = Signal(str)
    left = Signal()

    def __init__(self, entries: Sequence[PageEntry], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.follow_language()
        self.setProperty("part", "nav")
        self.say(self.setAccessibleName, NAME)
        self.buttons: dict[str, NavButton] = {}
        self._group = group = QButtonGroup(self)
        box = QVBoxLayout()
        box.setContentsMargins(0, 8, 0, 8)
        box.setSpacing(0)
        for number, entry in enumerate(entries):
            keys = f"Ctrl+{(number + 1) % 10}" if number < 10 else "Ctrl+PgDn"
            made = NavButton(entry, keys)
            self.say(made.setText, entry.label)
            made.clicked.connect(lambda _checked=False, key=entry.key: self.chosen.emit(key))
            self.buttons[entry.key] = made
            group.addButton(made)
            if entry.key == "settings":
                box.addStretch(1)
            box.addWidget(made)
        self.setLayout(box)
        self._size()
        theme.changed.connect(self._size)
        self.retranslate()

    def _size(self) -> None:
        self.setFixedWidth(theme.current().nav_width)

    def show_current(self, key: str) -> None:
        if key in self.buttons:
            self.buttons[key].setChecked(True)
            return
        self._group.setExclusive(False)  # a page behind a door is none of the list
        for made in self.buttons.values():
            made.setChecked(False)
        self._group.setExclusive(True)

    def current(self) -> str:
        return next((key for key, made in self.buttons.items() if made.isChecked()), "")

    def set_number(self, key: str, number: int, urgent: bool = False) -> None:
        """Show how many things wait on a page."""
        if key in self.buttons:
            self.buttons[key].set_number(number, urgent)

    def focus(self) -> None:
        """Put the keyboard on the page in sight."""
        made = self.buttons.get(self.current()) or next(iter(self.buttons.values()), None)
        if made is not None:
            made.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def step(self, by: int) -> str:
        """Return the key of the page before or after the one in sight, around the ends."""
        keys = list(self.buttons)
        return keys[(keys.index(self.current()) + by) % len(keys)] if self.current() in keys else keys[0]

    def retranslate(self) -> None:
        super().retranslate()
        for made in self.buttons.values():
            made.setToolTip(tr(TIP, hint=made.entry.hint, keys=made.keys))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        keys = list(self.buttons)
        focused = next((i for i, k in enumerate(keys) if self.buttons[k].hasFocus()), -1)
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up) and focused >= 0:
            step = 1 if event.key() == Qt.Key.Key_Down else -1
            self.buttons[keys[(focused + step) % len(keys)]].setFocus(Qt.FocusReason.TabFocusReason)
            return
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and focused >= 0:
            self.chosen.emit(keys[focused])
            return
        if event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_Right):
            self.left.emit()
            return
        super().keyPressEvent(event)
