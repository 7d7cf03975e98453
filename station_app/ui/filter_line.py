"""The line above a table that keeps only the rows that are meant."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from station_app.domain.text import Text
from station_app.ui.i18n import Retranslated

_SETTLES_MS = 150
_AGAIN_MS = 1000


class FilterLine(QLineEdit, Retranslated):
    """Words to filter by.

    Keys: Down and Enter go on to the table, Esc empties the line.

    Signals:
        settled(): other words are meant: nobody typed for a moment, or the person goes on.
        left(): the person goes on to the table.
    """

    settled = Signal()
    left = Signal()

    def __init__(self, words: Text, parent: QWidget) -> None:
        super().__init__(parent)
        self.follow_language()
        self.setClearButtonEnabled(True)
        self.say(self.setPlaceholderText, words)
        self.say(self.setAccessibleName, words)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self.settled.emit)
        self.textChanged.connect(lambda _text: self._later.start(_SETTLES_MS))

    def look_again(self) -> None:
        """Settle once more in a moment: the search does not hold yet what others are writing."""
        if self.text().strip() and not self._later.isActive():
            self._later.start(_AGAIN_MS)

    def applied(self) -> None:
        """What stands here is shown already: nothing waits."""
        self._later.stop()

    def settle(self) -> None:
        """Do now what waits for somebody to stop typing."""
        if self._later.isActive():
            self._later.stop()
            self.settled.emit()

    def take(self, text: str = "") -> None:
        """Bring the cursor here, with what somebody began to type elsewhere; a line that is not offered takes nothing."""
        if self.isHidden():
            return
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        if text:
            self.setText(text)
        else:
            self.selectAll()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.settle()
            self.left.emit()
        elif event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        else:
            super().keyPressEvent(event)
