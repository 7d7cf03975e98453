"""A page of several record types: tabs above, the list of the type in front below."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QStackedWidget, QWidget

from station_app.domain.registry import record_type
from station_app.domain.text import Text
from station_app.storage.changes import Changes
from station_app.ui.actions import REPORTS_OF_PAGE
from station_app.ui.pages.base import Page
from station_app.ui.pages.section import RecordSection, SectionOptions, verbs_row
from station_app.ui.parts import MenuButton, TextTabs, across
from station_app.ui.session import Place

if TYPE_CHECKING:
    from station_app.ui.pages.catalogue import PageEntry
    from station_app.ui.session import Session

MORE = Text("更多调查表", "More forms")


class FamilyPage(Page):
    """Lists of related record types. Sections are built when their tab is first in front.

    Pages override ``options`` and, for tabs that are no plain list, ``make_view``.
    """

    shown_types: int = 8  # the rest goes into a menu
    first_tab: str = ""  # the tab in front at first, where it is not the first one

    def __init__(self, session: Session, entry: PageEntry) -> None:
        super().__init__(session, entry)
        self.sections: dict[str, RecordSection] = {}
        self.views: dict[str, QWidget] = {}
        self._verbs: dict[str, QWidget] = {}
        self.tabs = TextTabs()
        keys = self.tab_keys()
        for key, text in keys[: self.shown_types]:
            self.tabs.add(key, text)
        self._in_menu = [key for key, _ in keys[self.shown_types :]]
        self.stack = QStackedWidget()
        self.head = across(self.tabs)
        self.more: MenuButton | None = None
        if self._in_menu:
            self.more = MenuButton(MORE, "quiet")
            for key, text in keys[self.shown_types :]:
                self.more.offer(text, partial(self.choose, key))
            self.head.addWidget(self.more)
        self.head.addStretch(1)
        if len(keys) < 2:
            self.tabs.hide()
        self.body.addLayout(self.head)
        self.body.addWidget(self.stack, 1)
        self.tabs.chosen.connect(self._tab_chosen)
        for keys_text, act in (("Ctrl+N", self.new), ("Ctrl+F", self.focus_filter)):
            shortcut = QShortcut(QKeySequence(keys_text), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(lambda a=act: a())
        self._current = ""
        self._looked_up: tuple[str, str] | None = None  # the tab that asked, the tab where something is looked up
        self.choose(self.first_tab or keys[0][0])

    # --- for pages to override

    def tab_keys(self) -> Sequence[tuple[str, Text]]:
        """Return the tabs: record types by default."""
        return [(name, record_type(name).plural) for name in self.entry.types]

    def options(self, type_name: str) -> SectionOptions:
        reports = REPORTS_OF_PAGE.get(self.entry.key, ()) if type_name == self.entry.types[0] else ()
        return SectionOptions(reports=reports)

    def make_view(self, key: str) -> tuple[QWidget, QWidget]:
        """Return the work of a tab and its buttons."""
        section = RecordSection(self.session, key, self.options(key))
        self.sections[key] = section
        return section, verbs_row(section.verbs)

    # --- tabs

    @property
    def current(self) -> str:
        return self._current

    def choose(self, key: str) -> None:
        if key in self._in_menu and key not in [k for k, _ in self.tabs.items()]:
            before = next((k for k, _ in self.tabs.items() if k in self._in_menu), "")
            self.tabs.add(key, record_type(key).plural)  # one further form at a time stands beside the usual ones
            self.tabs.choose(key)
            self.tabs.remove(before)
        if self.tabs.key() == key:
            self._tab_chosen(key)
        else:
            self.tabs.choose(key)

    def view(self, key: str) -> QWidget:
        """Return the work of a tab, built at its first use."""
        if key not in self.views:
            made, verbs = self.make_view(key)
            self.views[key] = made
            self._verbs[key] = verbs
            self.stack.addWidget(made)
            self.verbs.addWidget(verbs)
            if key in self.sections:
                self.head.addWidget(self.sections[key].filter_row)
                if not self._stale:  # else it is read when the page comes into sight, not twice
                    self.sections[key].reload(None)
        return self.views[key]

    def _tab_chosen(self, key: str) -> None:
        self._current = key
        view = self.view(key)
        for name, verbs in self._verbs.items():
            verbs.setVisible(name == key)
        for name, section in self.sections.items():
            section.show_filters(name == key)
        self.stack.setCurrentWidget(view)
        self.tab_shown(key)

    def tab_shown(self, key: str) -> None:
        """A tab has come to the front."""

    @property
    def section(self) -> RecordSection | None:
        """The list in front, ``None`` on a tab that is none."""
        return self.sections.get(self._current)

    # --- as every page

    def open_place(self, place: Place) -> None:
        if place.record_type:
            asked = self._current
            self.choose(place.record_type)
            self._looked_up = (asked, place.record_type) if place.back and asked != place.record_type else None
            section = self.sections.get(place.record_type)
            if section is not None:
                section.open_place(place)

    def reload(self, changes: Changes | None = None) -> None:
        for section in self.sections.values():
            section.reload(changes)
        for key, view in self.views.items():
            if key not in self.sections:
                view.reload(changes)  # type: ignore[attr-defined]

    def new(self) -> None:
        """Begin a record of the type in front."""
        section = self.section
        if section is not None and section.new_button is not None:
            section.new()

    def focus_filter(self) -> None:
        """Put the cursor into the filter line."""
        if self.section is not None:
            self.section.table.focus_filter()

    def focus_work(self) -> None:
        view = self.views.get(self._current)
        if view is not None and hasattr(view, "focus_work"):
            view.focus_work()

    def escape(self) -> bool:
        view = self.views.get(self._current)
        closed = bool(view is not None and hasattr(view, "escape") and view.escape())
        looked_up, self._looked_up = self._looked_up, None
        if looked_up is not None and looked_up[1] == self._current:
            self.choose(looked_up[0])
            self.focus_work()
            return True
        return closed

    def leave(self) -> None:
        for view in self.views.values():
            if hasattr(view, "leave"):
                view.leave()

    def parts_for_tour(self) -> list[tuple[str, Place]]:
        return [(key, Place(self.entry.key, record_type=key)) for key, _ in self.tab_keys()]
