"""Carbon: three ledgers on tabs of their own, scenarios, and the lists of records they rest on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

from station_app.domain.registry import record_type
from station_app.domain.text import Text
from station_app.services.figures.carbon_rows import CHANGE, EMISSIONS, STOCK
from station_app.storage.changes import Changes
from station_app.ui.pages.carbon_choices import SCENARIO, CarbonChoices
from station_app.ui.pages.carbon_scenario import ScenarioView
from station_app.ui.pages.carbon_view import LedgerView, ledger_figures
from station_app.ui.pages.family import FamilyPage
from station_app.ui.pages.section import verbs_row
from station_app.ui.session import Place

if TYPE_CHECKING:
    from station_app.ui.pages.catalogue import PageEntry
    from station_app.ui.session import Session

TABS = {
    STOCK: Text("储量", "Stock"),
    CHANGE: Text("年变化", "Yearly change"),
    EMISSIONS: Text("牲畜排放", "Emissions"),
    SCENARIO: Text("情景", "What if"),
}
OPTIONS_STATE = "options"
WHY_STATE = "why"


class CarbonPage(FamilyPage):
    """Stock, yearly change and emissions stand on tabs of their own: nothing here adds one to another."""

    def __init__(self, session: Session, entry: PageEntry) -> None:
        self.choices = CarbonChoices(session)
        self.figures = ledger_figures(session)
        super().__init__(session, entry)

    def tab_keys(self) -> Sequence[tuple[str, Text]]:
        return [*TABS.items(), *((name, record_type(name).plural) for name in self.entry.types)]

    def make_view(self, key: str) -> tuple[QWidget, QWidget]:
        if key == SCENARIO:
            scenario = ScenarioView(self.session, self.choices)
            return scenario, verbs_row(scenario.verbs())
        if key in TABS:
            view = LedgerView(self.session, key, self.choices, self.figures)
            return view, verbs_row([*view.verbs(), *view.exports(self.entry.key)])
        return super().make_view(key)

    def tab_shown(self, key: str) -> None:
        view: Any = self.views.get(key)
        if key in TABS and view is not None and self.isVisible():
            view.reload()

    def reload(self, changes: Changes | None = None) -> None:
        for section in self.sections.values():
            section.reload(changes)
        if not self.figures.forget(changes):
            return
        self.choices.reload()
        view: Any = self.views.get(self.current)
        if self.current in TABS and view is not None:
            view.reload(changes)

    def open_place(self, place: Place) -> None:
        if place.record_type in TABS:
            self.choose(place.record_type)
        elif place.record_type:
            super().open_place(place)
        view: Any = self.views.get(self.current)
        if isinstance(view, LedgerView) and place.state == OPTIONS_STATE:
            view.others.click()
        elif isinstance(view, LedgerView) and place.state == WHY_STATE:
            view.why()
        elif isinstance(view, ScenarioView) and place.state == WHY_STATE:
            view.show_example()

    def focus_filter(self) -> None:
        view: Any = self.views.get(self.current)
        if self.current in TABS and view is not None:
            view.focus_filter()
        else:
            super().focus_filter()

    def parts_for_tour(self) -> list[tuple[str, Place]]:
        own = [
            ("options", Place("carbon", record_type=EMISSIONS, state=OPTIONS_STATE)),
            ("why", Place("carbon", record_type=CHANGE, state=WHY_STATE)),
            ("answer", Place("carbon", record_type=SCENARIO, state=WHY_STATE)),
        ]
        return [*super().parts_for_tour(), *own]
