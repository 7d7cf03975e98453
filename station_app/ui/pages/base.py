"""What every page is: a title, verbs on the right, the work below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from station_app.domain.text import Text
from station_app.storage.changes import Changes
from station_app.ui.i18n import Retranslated
from station_app.ui.parts import across, down, label

if TYPE_CHECKING:
    from station_app.ui.counts import Counts
    from station_app.ui.pages.catalogue import PageEntry
    from station_app.ui.session import Place, Session


class Page(QWidget, Retranslated):
    """A page of the window. Built when first opened; told when it comes into sight and when data changed."""

    counts: Counts  # set by the window before the page is first shown

    def __init__(self, session: Session, entry: PageEntry) -> None:
        super().__init__()
        self.follow_language()
        self.session = session
        self.entry = entry
        self.setProperty("part", "page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._title = label("title")
        self._subtitle = label("hint")
        self.verbs = QHBoxLayout()
        self.verbs.setSpacing(8)
        head = across(self._title, (self._subtitle, 1, Qt.AlignmentFlag.AlignBottom), self.verbs, spacing=12)
        self.body = QVBoxLayout()
        self.body.setSpacing(8)
        self.setLayout(down(head, (self.body, 1), margins=(16, 10, 16, 8)))
        self._subtitle.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.set_title(entry.label, entry.hint)
        self._stale = True
        session.data_changed.connect(self.read_again)
        session.year_changed.connect(self.read_again)

    def set_title(self, title: Text, subtitle: Text | None = None) -> None:
        self.say(self._title.setText, title)
        self.say(self._subtitle.setText, subtitle or Text("", ""))

    # --- for pages to override

    def open_place(self, place: Place) -> None:
        """Go to what was asked for inside the page."""

    def reload(self, changes: Changes | None = None) -> None:
        """Read again; ``None``: everything."""

    def focus_work(self) -> None:
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def leave(self) -> None:
        """Save what can be saved before another page comes."""

    def escape(self) -> bool:
        """Close the innermost open thing; ``False`` when nothing was open."""
        return False

    def parts_for_tour(self) -> list[tuple[str, Place]]:
        """Return what of this page deserves a picture of its own, with its name."""
        return []

    # --- kept here

    def entered(self) -> None:
        if self._stale:
            self._stale = False
            self.reload(None)

    def read_again(self, changes: Changes | None = None) -> None:
        """Read again, at once or when the page comes into sight."""
        if self.isVisible():
            self.reload(changes)
        else:
            self._stale = True


def scrolled(inner: QLayout) -> QScrollArea:
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    holder = QWidget()
    holder.setProperty("part", "scrolled")
    holder.setLayout(inner)
    area.setWidget(holder)
    return area
