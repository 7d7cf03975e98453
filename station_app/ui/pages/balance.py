"""Balance: who is over capacity, by how much, why; the villages side by side; approvals and statements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtWidgets import QWidget

from station_app.domain.registry import record_type
from station_app.domain.text import Text
from station_app.ui.pages.balance_view import BalanceView
from station_app.ui.pages.balance_village import VillageCharts
from station_app.ui.pages.detail import Extra
from station_app.ui.pages.family import FamilyPage
from station_app.ui.pages.section import SectionOptions, verbs_row
from station_app.ui.recheck_panel import RECHECK, RecheckPanel
from station_app.ui.session import Place

OVERVIEW, VILLAGES = "balance", "villages"
TABS = {OVERVIEW: Text("平衡表", "Balance"), VILLAGES: Text("嘎查村对比", "Villages")}


class BalancePage(FamilyPage):
    """The balance table in front, the charts of the villages, and the lists of records it is held against."""

    def tab_keys(self) -> Sequence[tuple[str, Text]]:
        return [*TABS.items(), *((name, record_type(name).plural) for name in self.entry.types)]

    @property
    def overview(self) -> BalanceView:
        made = self.view(OVERVIEW)
        assert isinstance(made, BalanceView)
        return made

    def make_view(self, key: str) -> tuple[QWidget, QWidget]:
        if key == OVERVIEW:
            view = BalanceView(self.session)
            self.head.addWidget(view.summary)
            return view, verbs_row(view.exports(self.entry.key))
        if key == VILLAGES:
            charts = VillageCharts(self.overview)
            charts.village_opened.connect(self._village_opened)
            return charts, verbs_row(self.overview.exports(self.entry.key))
        return super().make_view(key)

    def options(self, type_name: str) -> SectionOptions:
        if type_name == "calculation_result":
            return SectionOptions((Extra("recheck", RECHECK, RecheckPanel, first=True),))
        return super().options(type_name)

    def _village_opened(self, code: str) -> None:
        self.choose(OVERVIEW)
        self.overview.show_village(code)
        self.overview.focus_work()

    def tab_shown(self, key: str) -> None:
        self.overview.summary.setVisible(key == OVERVIEW)
        if key == VILLAGES:
            charts: Any = self.views[key]
            charts.reload()

    def open_place(self, place: Place) -> None:
        if place.record_type in TABS:
            self.choose(place.record_type)
        elif place.record_type:
            super().open_place(place)
        elif place.state in ("detail", WHY):
            self._show_part(place.state)

    def _show_part(self, what: str) -> None:
        """Open the first row beside the table, or why its figure is what it is."""
        self.choose(OVERVIEW)
        row = self.overview.table.current()
        if row is not None:
            self.overview.open(row)
            if what == WHY:
                self.overview.why()

    def focus_filter(self) -> None:
        if self.current == OVERVIEW:
            self.overview.focus_filter()
        else:
            super().focus_filter()

    def parts_for_tour(self) -> list[tuple[str, Place]]:
        own = [("detail", Place("balance", state="detail")), (WHY, Place("balance", state=WHY))]
        return [*own, *super().parts_for_tour()]


WHY = "why"
