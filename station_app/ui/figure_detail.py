"""One row of a table of figures beside it: title, verbs, cards of lines, what stands against it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from station_app.domain.problems import Problem
from station_app.domain.text import Text
from station_app.ui import theme
from station_app.ui.freeze_strip import FREEZE
from station_app.ui.i18n import Retranslated, tr
from station_app.ui.pages.base import scrolled
from station_app.ui.parts import ElidedLabel, LinkLine, MenuButton, across, button, card, clear, down, give_icon, label
from station_app.ui.why_panel import WHY

if TYPE_CHECKING:
    from station_app.ui.session import Session

CLOSE = Text("关闭(Esc)", "Close (Esc)")
GO = Text("打开", "Open")
MIND = Text("请注意", "Mind")
MISSING = "—"
_MOST = 12


class FigureDetail(QFrame, Retranslated):
    """The row in sight; a page fills the cards above and below the charts.

    Signals:
        closed(): the person is done with it.
        why_asked(name): why a result is what it is.
        freeze_asked(): the person wants to keep this result.
    """

    closed = Signal()
    why_asked = Signal(str)
    freeze_asked = Signal()

    def __init__(
        self, session: Session, charts: Sequence[QWidget], height: int, first: Sequence[QWidget] = (),
        parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        """``height`` of the charts in letters; ``first`` stand before the usual verbs."""
        super().__init__(parent)
        self.follow_language()
        self.setProperty("part", "panel")
        self.session = session
        self.row: Any = None
        self._charts, self._height = charts, height
        self.title, self.chip = ElidedLabel("heading"), label("chip")
        away = QToolButton()
        give_icon(away, "close", "soft_text")
        away.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        away.clicked.connect(lambda _checked=False: self.close_panel())
        self.say(away.setToolTip, CLOSE)
        self.say(away.setAccessibleName, CLOSE)
        head = across(self.title, self.chip, None, away, spacing=8, margins=(12, 6, 6, 0))
        self.why = button("" if first else "primary", lambda: self.why_asked.emit(""))
        self.freeze = button("", self.freeze_asked.emit)
        self.go = MenuButton(GO)
        self.say(self.why.setText, WHY)
        self.say(self.freeze.setText, FREEZE)
        verbs = across(*first, self.why, self.freeze, self.go, None, margins=(12, 0, 12, 0))
        self.above, self.below = QVBoxLayout(), QVBoxLayout()
        cards = down(self.above, *charts, self.below, None, margins=(12, 0, 8, 8))
        outer = down(head, verbs, scrolled(cards), spacing=6)
        outer.setStretch(2, 1)
        self.setLayout(outer)
        theme.changed.connect(self._size)
        self._size()
        self.hide()

    def _size(self) -> None:
        for chart in self._charts:
            chart.setMinimumHeight(round(self._height * theme.current().font_pt))

    def close_panel(self) -> None:
        self.hide()
        self.closed.emit()

    def offer(self, doors: Iterable[tuple[Text, Callable[[], None]]]) -> None:
        self.go.empty()
        there = list(doors)
        for text, act in there:
            self.go.offer(text, act)
        self.go.setVisible(bool(there))

    def head(self, title: str, verdict: str, state: str) -> None:
        """Show what the row is called and how it stands; empty the cards."""
        self.title.setText(title)
        self.chip.setText(verdict)
        self.chip.setVisible(bool(verdict))
        theme.mark(self.chip, state=state)
        clear(self.above)
        clear(self.below)

    def show_problems(self, problems: Iterable[Problem], door: Callable[[Problem], Callable[[], None] | None]) -> None:
        """Add a card of what stands against the row, worst first, each with the way to its record."""
        lines = QVBoxLayout()
        lines.setSpacing(2)
        found = sorted(problems, key=lambda each: each.severity.rank)[:_MOST]
        for each in found:
            sign = label("hint", state=theme.state_of(each.severity))
            sign.setText(tr(each.severity.label.inside))
            act = door(each)
            words: Any = label("", wrap=True) if act is None else LinkLine(act)
            words.setText(tr(each.text))
            words.setToolTip(f"{tr(each.text)}\n{each.code}")
            line = across(sign, words, *([] if act is None else [None]), spacing=8)
            line.setStretch(1, 1 if act is None else 1000)  # a link takes what it needs, as far as there is room
            line.setAlignment(sign, Qt.AlignmentFlag.AlignTop)
            lines.addLayout(line)
        if found:
            self.below.addWidget(titled(MIND, lines))


def titled(title: Text, *inner: Any, beside: QWidget | None = None) -> QFrame:
    heading = label("strong")
    heading.setText(tr(title))
    head = across(heading, None, *([beside] if beside is not None else []))
    return card(down(head, *inner, spacing=4, margins=(12, 8, 12, 8)))


def words(text: str, part: str = "", state: str = "", *, wrap: bool = False, selectable: bool = False) -> QLabel:
    made = label(part, state=state, wrap=wrap, selectable=selectable)
    made.setText(text)
    return made


def grid(
    lines: Sequence[Sequence[tuple[str, str, str]]], *, right: Iterable[int] = (), stretch: int = 1
) -> QGridLayout:
    """Return cells in lines: text, part and state of each.

    Args:
        right: Columns whose cells stand to the right.
        stretch: The column that takes the room that is left.
    """
    made, at_right = QGridLayout(), frozenset(right)
    made.setHorizontalSpacing(13)
    made.setVerticalSpacing(3)
    for line, cells in enumerate(lines):
        for column, (text, part, state) in enumerate(cells):
            side = Qt.AlignmentFlag.AlignRight if column in at_right else Qt.AlignmentFlag.AlignLeft
            wraps = column == stretch and column not in at_right
            cell = words(text, part, state, wrap=wraps, selectable=wraps)
            made.addWidget(
                cell, line, column, Qt.AlignmentFlag.AlignTop if wraps else side | Qt.AlignmentFlag.AlignVCenter
            )
    made.setColumnStretch(stretch, 1)
    return made
