"""What a balance is made from and whether it is there: the page before its first figure."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QPushButton, QWidget

from station_app.domain.registry import record_type
from station_app.domain.text import Text
from station_app.storage.reader import Query
from station_app.ui import theme
from station_app.ui.i18n import Retranslated, tr
from station_app.ui.pages.section import year_filters
from station_app.ui.parts import across, button, card, down, label
from station_app.ui.session import Place

if TYPE_CHECKING:
    from station_app.ui.session import Session

TITLE = Text("{year} 年的草畜平衡，先要有：", "The balance of {year} needs first:")
BODY = Text("缺一样就不算：没有就是没有，不当作零。", "Where one is missing nothing is computed: none is not zero.")
THERE = Text("✓ 已有 {n}", "✓ {n} on record")
MISSING = Text("○ 还没有", "○ none yet")
OPEN = Text("打开", "Open")
NEEDS: tuple[tuple[tuple[str, ...], Text, Text, Text], ...] = (
    (("calculation_scheme",), Text("计算方案", "A scheme"),
     Text("用哪些系数集，放牧多少天；由县里下发或本站选定。", "Which coefficient sets, how many days; the county's, or chosen here."),
     Text("选定方案", "Choose a scheme")),
    (("parcel",), Text("草场地块", "Parcels"), Text("谁的草场，多少亩，什么草地类。", "Whose land, how large, which class of grassland."),
     Text("登记地块", "Add parcels")),
    (("herb_quadrat", "shrub_quadrat"), Text("产草量", "Yields"),
     Text("当年样方的干重；没有样方的草地类可在方案里填写。", "Dry weights of the year; classes without plots are typed in the scheme."),
     Text("登记样方", "Add quadrats")),
    (("livestock_count",), Text("牲畜清点", "Counts"), Text("每户这一时点有多少头只。", "How many head each household has at the occasion."),
     Text("去清点", "Go and count")),
)  # fmt: skip


class Needs(QFrame, Retranslated):
    """Some things with what is there of each, and the door to it. Pages of other figures say their own."""

    needs = NEEDS
    title = TITLE
    icon = "balance"

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.follow_language()
        self._session = session
        self._year = 0
        self._counts: list[int] = [0] * len(self.needs)
        self._picture = QLabel()
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._title = label("heading")
        self._title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        body = label("", state="muted")
        body.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.say(body.setText, BODY)
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(8)
        self._states: list[QLabel] = []
        self.doors: list[QPushButton] = []
        for line, (types, name, what, verb) in enumerate(self.needs):
            named, said, state = label("strong"), label("", state="muted"), label("")
            self.say(named.setText, name)
            self.say(said.setText, what)
            door = button("", partial(self._go, types[0]))
            self.say(door.setText, verb)
            for column, widget in enumerate((named, said, state, door)):
                grid.addWidget(widget, line, column)
            self._states.append(state)
            self.doors.append(door)
        box = card(down(grid, margins=(20, 16, 20, 16)))
        self.setLayout(down(None, self._picture, 4, self._title, body, 8, across(None, box, None), None, None))
        theme.changed.connect(self._draw)
        self._draw()

    def _draw(self) -> None:
        self._picture.setPixmap(theme.pixmap(self.icon, "strong_border", 48))

    def _go(self, type_name: str) -> None:
        page = "livestock" if type_name == "livestock_count" else ""
        kind = "grid" if page else type_name
        self._session.go(Place(page, record_type=kind))

    def reload(self, year: int) -> None:
        """Count again for a year."""
        self._year = year
        count = self._session.read.count
        self._counts = [
            sum(count(Query(name, year_filters(record_type(name), year))) for name in types)
            for types, _, _, _ in self.needs
        ]
        first = next((n for n, number in enumerate(self._counts) if not number), -1)
        for n, door in enumerate(self.doors):
            theme.mark(door, part="primary" if n == first else "")
        self.setFocusProxy(self.doors[max(first, 0)])
        self.retranslate()

    def retranslate(self) -> None:
        super().retranslate()
        self._title.setText(tr(self.title, year=str(self._year)))
        for number, state, door, (_, _, _, verb) in zip(
            self._counts, self._states, self.doors, self.needs, strict=True
        ):
            state.setText(tr(THERE, n=f"{number:,}") if number else tr(MISSING))
            theme.mark(state, state="ok" if number else "warn")
            door.setText(tr(OPEN if number else verb))
