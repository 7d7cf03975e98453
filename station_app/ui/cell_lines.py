"""The lines that stand over a cell of a grid while somebody types in it.

They never take the keyboard: it stays with the grid, which hands each key on. So no key that waits in the queue can
reach a cell other than the one it was typed into, an input method is never interrupted, and nothing but the cell is
drawn anew.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, Signal
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from station_app.domain.fields import Kind
from station_app.ui.grid_model import GridColumn
from station_app.ui.link_picker import LinkSource, set_choices, set_name, standards_for
from station_app.ui.pick_edit import Choice, PickEdit, code_name, find_codes, find_yes_no, yes_no_name


@dataclass(frozen=True)
class Typing:
    """What stands in an open cell: where, the text, and the text cursor.

    ``resting``: it comes from a draft and nobody has gone on with it: it is kept, never put into the cell by itself.
    """

    row: str
    column: str
    text: str
    cursor: int = -1
    replacing: bool = True
    resting: bool = False


class CellLines(QObject):
    """Makes and keeps the lines of one grid: a plain one for all cells that are typed, one a column for what is picked.

    Signals:
        typing(): what stands in the open line was changed by hand; nothing is committed yet.
    """

    typing = Signal()

    def __init__(self, grid: QWidget, over: QWidget, links: LinkSource | None) -> None:
        """``grid`` has the keyboard, the lines stand on ``over``, its viewport."""
        super().__init__(grid)
        self._grid = grid
        self._over = over
        self._links = links
        self._plain: QLineEdit | None = None
        self._picks: dict[str, PickEdit] = {}

    def line_for(self, column: GridColumn) -> QLineEdit:
        """Return the line of a column, hidden and without its text."""
        if column.key in self._picks:
            return self._picks[column.key]
        made = self._make_pick(column)
        if made is not None:
            self._picks[column.key] = made
            self._adopt(made)
            return made
        if self._plain is None:
            self._plain = QLineEdit(self._over)
            self._adopt(self._plain)
        side = Qt.AlignmentFlag.AlignRight if column.right else Qt.AlignmentFlag.AlignLeft
        self._plain.setAlignment(side | Qt.AlignmentFlag.AlignVCenter)
        return self._plain

    def forget(self) -> None:
        """Let go of the lines of columns that are no longer shown."""
        for line in self._picks.values():
            line.hide()
            line.deleteLater()
        self._picks.clear()

    def _adopt(self, line: QLineEdit) -> None:
        line.hide()
        line.setFocusProxy(self._grid)
        line.textEdited.connect(lambda _text: self.typing.emit())
        if isinstance(line, PickEdit):
            line.picked.connect(lambda _key: self.typing.emit())

    def _make_pick(self, column: GridColumn) -> PickEdit | None:
        item, links, over = column.field, self._links, self._over
        if item is None:
            return None
        if item.kind is Kind.CODE:
            return PickEdit(lambda text: find_codes(item.codes, text), lambda key: code_name(item.codes, key), over)
        if item.kind is Kind.BOOL:
            return PickEdit(find_yes_no, yes_no_name, over)
        if item.coefficients:
            sets, kind = standards_for(links), item.coefficients
            return PickEdit(lambda text: set_choices(sets, kind, text) if sets is not None else [],
                            lambda key: set_name(sets, kind, key) if sets is not None else None, over)  # fmt: skip
        if item.kind is Kind.LINK and links is not None:
            return PickEdit(
                lambda text: [Choice(h.record_id, h.title, h.subtitle) for h in links.find(item.target, text)],
                lambda key: links.title(item.target, key), over, links.finds_all)  # fmt: skip
        return None


def show_cursor(line: QLineEdit, shown: bool) -> None:
    """Let the text cursor of a line be seen, which Qt shows only where the keyboard is."""
    kind = QEvent.Type.FocusIn if shown else QEvent.Type.FocusOut
    QCoreApplication.sendEvent(line, QFocusEvent(kind, Qt.FocusReason.OtherFocusReason))


def line_value(line: QLineEdit) -> str:
    """Return what stands in a line: the key of what was picked, else the text as typed."""
    return line.value() if isinstance(line, PickEdit) else line.text()


def finish(line: QLineEdit) -> str:
    """Return what a line comes to when it is left: what its list marks, or what its text names, or the text."""
    if isinstance(line, PickEdit):
        if line.is_offering() and line.text().strip():
            line.take_marked()
        else:
            line.resolve()
    return line_value(line)
