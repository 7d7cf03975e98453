"""Pages that are lists of their record families, with what their figures will need."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QWidget

from station_app.domain.registry import record_type
from station_app.domain.text import Text
from station_app.storage.changes import Changes
from station_app.storage.reader import Query
from station_app.ui import theme
from station_app.ui.i18n import Retranslated, tr
from station_app.ui.pages.family import FamilyPage
from station_app.ui.pages.section import year_filters
from station_app.ui.parts import across, button, label
from station_app.ui.session import Place

if TYPE_CHECKING:
    from station_app.ui.pages.catalogue import PageEntry
    from station_app.ui.session import Session

NEED = Text("{label} {n}", "{label} {n}")
NEED_NONE = Text("{label} 还没有", "{label}: none yet")


class NeedsStrip(QFrame, Retranslated):
    """Says what a figure will be made from and how much of it is there; each is a door. Shows no figure."""

    def __init__(self, session: Session, words: Text, needs: Sequence[tuple[Text, str]],
                 parent: QWidget | None = None) -> None:  # fmt: skip
        super().__init__(parent)
        self.follow_language()
        self.setProperty("part", "strip")
        self.setProperty("state", "info")
        self._session, self._needs = session, list(needs)
        said = label("", wrap=True)
        self.say(said.setText, words)
        self.doors = []
        row = across(said, spacing=4, margins=(12, 5, 8, 5))
        row.setStretch(0, 1)
        for _, type_name in self._needs:
            made = button("door", partial(session.go, Place(record_type=type_name)))
            self.doors.append(made)
            row.addWidget(made, 0, Qt.AlignmentFlag.AlignVCenter)
        self.setLayout(row)
        self.reload()

    def reload(self) -> None:
        """Count again."""
        self._counts = [
            self._session.read.count(Query(name, year_filters(record_type(name), self._session.year)))
            for _, name in self._needs
        ]
        self.retranslate()

    def retranslate(self) -> None:
        super().retranslate()
        for made, (text, _), number in zip(self.doors, self._needs, getattr(self, "_counts", ()), strict=False):
            made.setText(tr(NEED, label=text, n=f"{number:,}") if number else tr(NEED_NONE, label=text))
            theme.mark(made, state="ok" if number else "warn")


class _NeedingPage(FamilyPage):
    """A family page with a strip of needs on top."""

    words = Text("", "")
    needs: tuple[tuple[Text, str], ...] = ()

    def __init__(self, session: Session, entry: PageEntry) -> None:
        super().__init__(session, entry)
        self.strip = NeedsStrip(session, self.words, self.needs)
        self.body.insertWidget(0, self.strip)

    def reload(self, changes: Changes | None = None) -> None:
        super().reload(changes)
        if changes is None or changes.tables & {name for _, name in self.needs}:
            self.strip.reload()


class InspectionsPage(FamilyPage):
    """Inspections and briefings."""


class TargetsPage(_NeedingPage):
    """Targets from above and this station's assessments."""

    words = Text("目标由县里下达,随回执到达;差距由本站填写原因和措施。现有:",
                 "Targets come from the county with its receipts; the station adds cause and measure. On record:")  # fmt: skip
    needs = ((Text("目标", "Targets"), "target"), (Text("差距分析", "Assessments"), "assessment"))
