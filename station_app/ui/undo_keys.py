"""Who takes Ctrl+Z: a line while it has something of its own to take back, then its form or grid, then the window.

Qt's lines keep the keys even with nothing to undo; that way the last thing a person did would be out of reach wherever the
cursor stands in a field.
"""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit

UNDO, REDO, NEITHER = -1, 1, 0


class TakesBack(Protocol):
    """What has steps of its own: a form, a grid."""

    def can_step(self, way: int) -> bool:
        """Whether there is something to take back (``UNDO``) or to do again (``REDO``)."""
        ...

    def step(self, way: int) -> None:
        """Do it."""
        ...


def way_of(event: QEvent) -> int:
    """Return which of the two a key means: Ctrl+Z; Ctrl+Y or Ctrl+Shift+Z."""
    if not isinstance(event, QKeyEvent):
        return NEITHER
    held = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    control, shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
    if event.key() == Qt.Key.Key_Z and held == control:
        return UNDO
    return REDO if (event.key(), held) in ((Qt.Key.Key_Y, control), (Qt.Key.Key_Z, control | shift)) else NEITHER


def take(line: QObject, event: QEvent, *owners: TakesBack) -> bool:
    """Handle a key of undo or redo that reaches ``line`` (call it in an event filter); ``True``: it was one.

    The first that has something takes it: the line itself, then the owners in their order. Where none has, the key stays
    the window's.
    """
    kind = event.type()
    if kind not in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress) or (way := way_of(event)) == NEITHER:
        return False
    own = own_step(line, way)
    takers = [owner for owner in owners if owner.can_step(way)]
    if kind == QEvent.Type.ShortcutOverride:
        event.setAccepted(own or bool(takers))
    elif own:
        (line.undo if way == UNDO else line.redo)()  # type: ignore[attr-defined]
    elif takers:
        takers[0].step(way)
    else:
        event.ignore()
    return True


def own_step(line: QObject, way: int) -> bool:
    """Whether a line of text has something typed to take back or to do again."""
    if isinstance(line, QPlainTextEdit):
        if line.isReadOnly():
            return False
        return line.document().isUndoAvailable() if way == UNDO else line.document().isRedoAvailable()
    if isinstance(line, QLineEdit):
        return not line.isReadOnly() and (line.isUndoAvailable() if way == UNDO else line.isRedoAvailable())
    return False
