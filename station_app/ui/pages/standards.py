"""Coefficients: the sets with their editions and marks, the schemes that choose among them, the editions made here."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from station_app.domain.problems import UserError
from station_app.domain.registry import record_type
from station_app.domain.text import Text
from station_app.exchange import coefficients
from station_app.services.figures import editions, standards
from station_app.ui import actions
from station_app.ui.pages.family import FamilyPage
from station_app.ui.pages.section import SectionOptions, verbs_row
from station_app.ui.pages.standards_edition import set_of_draft
from station_app.ui.pages.standards_sets import SetsView
from station_app.ui.parts import button
from station_app.ui.scheme_form import SCHEME, SchemeForm
from station_app.ui.session import Place

if TYPE_CHECKING:
    pass

SETS, EDITION = "sets", "coefficient_edition"
SETS_TITLE = Text("系数集", "Coefficient sets")
IMPORT = Text("导入系数集", "Import a set")
PICK = Text("选择系数集文件(JSON 或 CSV)", "Choose the file of a set (JSON or CSV)")
KNOWN = Text("“{reference}”已在本工作站，内容相同。", "{reference} is here already, with the same contents.")
GONE = Text("本工作站没有系数集“{reference}”。请核对核算方案，或先接收旗县下发的版本。",
            "There is no set “{reference}” here. Check the scheme, or take in the county's edition first.")  # fmt: skip


class StandardsPage(FamilyPage):
    """The sets in front; schemes and editions as lists of records."""

    def tab_keys(self) -> Sequence[tuple[str, Text]]:
        return [(SETS, SETS_TITLE), *((name, record_type(name).plural) for name in self.entry.types)]

    @property
    def sets(self) -> SetsView:
        made = self.view(SETS)
        assert isinstance(made, SetsView)
        return made

    def options(self, type_name: str) -> SectionOptions:
        if type_name == SCHEME:
            return SectionOptions(form=partial(SchemeForm, self.session))
        return super().options(type_name)

    def make_view(self, key: str) -> tuple[QWidget, QWidget]:
        if key != SETS:
            return super().make_view(key)
        view = SetsView(self.session)
        self.head.addWidget(view.filter_row, 2)
        verbs: list[QWidget] = []
        if self.session.may_author(EDITION):
            take = button("", self.import_set, icon="import")
            view.say(take.setText, IMPORT)
            verbs.append(take)
        return view, verbs_row(verbs)

    def tab_shown(self, key: str) -> None:
        view = self.views.get(SETS)
        if isinstance(view, SetsView):
            view.filter_row.setVisible(key == SETS)
            if key == SETS:
                view.reload()

    def open_place(self, place: Place) -> None:
        drafted = set_of_draft(place.draft)
        if drafted:
            self.choose(SETS)
            if self.sets.open(drafted):
                self.sets.panel.new_edition()
        elif place.record_type == SETS or not place.record_type:
            self.choose(SETS)
            if place.state:
                self._open_set(place.state)
        else:
            super().open_place(place)

    def _open_set(self, reference: str) -> None:
        """Open a set, at a row of it when the reference names one; ``edition`` and ``compare`` are for the tour."""
        reference, _, verb = reference.partition("!")
        name, _, key = reference.partition("#")
        if not self.sets.open(name, key):
            self.session.say(GONE.format(reference=name), "warn")
            return
        if verb == "compare":
            self.sets.panel.compare()
        elif verb == "edition":
            self.sets.panel.new_edition()

    def import_set(self, path: Path | None = None) -> None:
        """Read a set from a file and show what it would change; nothing is saved yet."""
        path = actions.ask_open_file(self.session, self, PICK, "*.json *.csv", path)
        if path is None:
            return
        known = standards.workspace_standards(self.session.read)
        today, author = self.session.today(), self.session.workspace.identity.author
        try:
            incoming = coefficients.read_set_file(path)
            plan = editions.plan_edition(
                known.standards, incoming, made_by=author, made_on=today, reason=incoming.reason, effective_on=today
            )
        except UserError as error:
            self.session.show_error(error)
            return
        if plan.is_known:
            self.session.say(KNOWN.format(reference=incoming.reference), "info")
            self.sets.open(incoming.reference)
            return
        base = standards.sets_by_reference(known.standards).get(incoming.based_on)
        base = base or editions.newest_of(known.standards, incoming.kind, incoming.name)
        self.choose(SETS)
        self.sets.begin_from_file(known, base, incoming)

    def focus_filter(self) -> None:
        if self.current == SETS:
            self.sets.focus_filter()
        else:
            super().focus_filter()

    def parts_for_tour(self) -> list[tuple[str, Place]]:
        first = "utilization/nyt635-2015-recollected@1"
        own = [
            ("set", Place("standards", state=f"{first}#15/warm")),
            ("compare", Place("standards", state="gwp/ar6@1!compare")),
        ]
        if self.session.may_author(EDITION):
            own.append(("edition", Place("standards", state=f"{first}!edition")))
        own.append(("new-scheme", Place("standards", record_type=SCHEME, record_id="new")))
        return [*own, *super().parts_for_tour()]
