"""Pasture surveys: plots of both editions with their quadrats as a grid, and the further forms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from station_app.domain.problems import Problem
from station_app.domain.records.survey_quadrats import HerbQuadrat
from station_app.domain.registry import record_type
from station_app.domain.text import Text
from station_app.storage.changes import Changes
from station_app.storage.reader import Filter, Query
from station_app.ui import quadrat_grid
from station_app.ui.actions import REPORTS_OF_PAGE
from station_app.ui.i18n import Retranslated
from station_app.ui.pages.detail import Extra
from station_app.ui.pages.family import FamilyPage
from station_app.ui.pages.section import SectionOptions, year_filters
from station_app.ui.parts import across, button, card, down, label
from station_app.ui.problem_list import Finding, ProblemList
from station_app.ui.session import Place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from station_app.storage.reader import Row
    from station_app.ui.pages.catalogue import PageEntry
    from station_app.ui.session import Session

QUADRATS = Text("样方", "Quadrats")
MISSING = Text("{year} 年：样地 {plots} 个，样方 {quadrats} 个，其中 {dry} 个还缺干重",
               "{year}: {plots} plots, {quadrats} quadrats, {dry} still without dry weight")  # fmt: skip
SHOW_MISSING = Text("看缺干重的样方", "Show those without dry weight")


class QuadratPanel(QWidget, Retranslated):
    """The quadrats of the plot in sight."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.follow_language()
        self._session = session
        self.grid: quadrat_grid.QuadratGrid | None = None
        self._plot_id = ""
        self.problems = ProblemList(rows=2)
        self._box = down(self.problems, spacing=6, margins=(0, 4, 0, 4))
        self.setLayout(self._box)

    def show_row(self, row: Row | None) -> None:
        if row is None:
            return
        if self.grid is None:
            self.grid = quadrat_grid.QuadratGrid(
                self._session.workspace, row.record_id, entry=self._session.entry, today=self._session.today
            )
            self.grid.grid.read_only = not self._session.may_author("herb_quadrat")
            self.grid.draft_kept.connect(self._session.drafts_changed)
            self.grid.problems_changed.connect(self._show_problems)
            self.grid.row_opened.connect(self._open)
            self._box.insertWidget(0, self.grid, 1)
        elif row.record_id != self._plot_id:
            self.grid.set_plot(row.record_id)
        self._plot_id = row.record_id

    def refresh(self, changes: Changes) -> None:
        """Read again what changed; what is being typed stays."""
        if self.grid is not None:
            self.grid.refresh(changes)

    def _show_problems(self, problems: Sequence[Problem]) -> None:
        self.problems.show_findings([Finding(p, p.place) for p in problems])

    def _open(self, record_id: str) -> None:
        if record_id:
            self._session.go(Place(record_type="herb_quadrat", record_id=record_id))

    def leave(self) -> None:
        if self.grid is not None:
            self.grid.save_pending()


class SurveysPage(FamilyPage):
    """The survey forms; four in sight, the rest in a menu."""

    shown_types = 5

    def __init__(self, session: Session, entry: PageEntry) -> None:
        super().__init__(session, entry)
        self._missing = label()
        self._door = self.said(button("link", self.show_missing), SHOW_MISSING)
        row = across(self._missing, self._door, None, spacing=8, margins=(12, 4, 8, 4))
        self._strip = card(row, part="strip", state="warn")
        self.body.insertWidget(0, self._strip)
        self._count_missing()

    def options(self, type_name: str) -> SectionOptions:
        if type_name in ("plot", "plot_new"):
            return SectionOptions((Extra("quadrats", QUADRATS, QuadratPanel),), REPORTS_OF_PAGE["surveys"])
        if type_name == "herb_quadrat":
            return SectionOptions(reports=REPORTS_OF_PAGE["surveys"])
        return super().options(type_name)

    def show_missing(self) -> None:
        """List the quadrats whose dry weight is still to come."""
        self.choose("herb_quadrat")
        self.sections["herb_quadrat"].show_only((Filter("dry_g", "empty"),))

    def reload(self, changes: Changes | None = None) -> None:
        super().reload(changes)
        if changes is None or changes.tables & {"plot", "plot_new", "herb_quadrat"}:
            self._count_missing()

    def _count_missing(self) -> None:
        year = self.session.year
        count = self.session.read.count
        plots = sum(count(Query(name, year_filters(record_type(name), year))) for name in ("plot", "plot_new"))
        in_year = year_filters(record_type("herb_quadrat"), year)
        quadrats = count(Query(HerbQuadrat, in_year))
        dry = count(Query(HerbQuadrat, (*in_year, Filter("dry_g", "empty"))))
        self.say(self._missing.setText, MISSING.format(year=year, plots=plots, quadrats=quadrats, dry=dry))
        self._strip.setVisible(bool(dry) and bool(year))

    def leave(self) -> None:
        super().leave()
        for section in self.sections.values():
            panel = section.detail.panels.get("quadrats")
            if isinstance(panel, QuadratPanel):
                panel.leave()
