"""Targets: goal, actual, gap, trend, cause, measure and deadline in one table; the lists of targets and assessments."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from station_app.domain.registry import record_type
from station_app.domain.text import Text
from station_app.services.figures import gaps
from station_app.services.figures.gap_rows import GapRow
from station_app.ui.pages.family import FamilyPage
from station_app.ui.pages.section import verbs_row
from station_app.ui.pages.targets_detail import WRITE
from station_app.ui.pages.targets_view import GapView
from station_app.ui.parts import button
from station_app.ui.session import Place

OVERVIEW = "gaps"
TAB = Text("目标与差距", "Goal and gap")
FIRST, WHY = "detail", "why"
CHOOSE_TARGET = Text("请先选中一个目标，再写差距分析。", "Choose a target first, then write its assessment.")


class TargetsPage(FamilyPage):
    """The overview in front, the lists of its records behind."""

    def tab_keys(self) -> Sequence[tuple[str, Text]]:
        return [(OVERVIEW, TAB), *((name, record_type(name).plural) for name in self.entry.types)]

    @property
    def overview(self) -> GapView:
        made = self.view(OVERVIEW)
        assert isinstance(made, GapView)
        return made

    def make_view(self, key: str) -> tuple[QWidget, QWidget]:
        if key != OVERVIEW:
            return super().make_view(key)
        view = GapView(self.session)
        view.write_asked.connect(self.write_assessment)
        self.head.addWidget(view.summary)
        verbs: list[QWidget] = []
        if self.session.may_author("assessment"):
            write = button("primary", view.write, icon="edit")
            self.say(write.setText, WRITE)
            verbs.append(write)
        return view, verbs_row([*verbs, *view.exports(self.entry.key)])

    def tab_shown(self, key: str) -> None:
        self.overview.summary.setVisible(key == OVERVIEW)

    def write_assessment(self, row: GapRow) -> None:
        """Open the form of an assessment with target, day, computed actual value and its source filled in."""
        today = self.session.today()
        self.choose("assessment")
        section = self.sections["assessment"]
        if row.assessment_id and row.assessed_on == today:
            section.open(row.assessment_id)
            section.detail.tabs.choose("form")
        else:
            section.new(gaps.assessment_values(row, today))
        form = section.detail.form
        if form is not None:
            form.focus_field("actual_value")
        self._looked_up = (OVERVIEW, "assessment")  # Esc leads back

    # --- as every page

    def new(self) -> None:
        if self.current != OVERVIEW:
            super().new()
        elif self.session.may_author("assessment"):
            row = self.overview.current()
            if row is None or not row.record_id:
                self.session.say(CHOOSE_TARGET, "info")
            else:
                self.write_assessment(row)

    def open_place(self, place: Place) -> None:
        if place.record_type == OVERVIEW:
            self.choose(OVERVIEW)
            if place.record_id:
                self.overview.select(place.record_id)
        elif place.record_type:
            super().open_place(place)
        elif place.state in (FIRST, WHY):
            self.choose(OVERVIEW)
            self.overview.open_current()
            if place.state == WHY:
                self.overview.why()

    def parts_for_tour(self) -> list[tuple[str, Place]]:
        own = [(FIRST, Place("targets", state=FIRST)), (WHY, Place("targets", state=WHY))]
        return [*own, *super().parts_for_tour()]
