"""Parcels: who holds what land, how it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from station_app.domain.codes import code_list, label_of
from station_app.domain.records.parcel import Parcel
from station_app.domain.text import Text
from station_app.storage.changes import Changes
from station_app.storage.reader import Filter, Query
from station_app.ui.i18n import tr
from station_app.ui.pages.family import FamilyPage
from station_app.ui.parts import ElidedLabel

if TYPE_CHECKING:
    from station_app.ui.pages.catalogue import PageEntry
    from station_app.ui.session import Session

TOTAL = Text("共 {n} 块，{mu} 亩", "{n} parcels, {mu} mu")
PART = Text("{scheme} {mu} 亩", "{scheme} {mu} mu")


class ParcelsPage(FamilyPage):
    """The list of parcels with the sums by scheme."""

    def __init__(self, session: Session, entry: PageEntry) -> None:
        super().__init__(session, entry)
        self._sums = ElidedLabel("hint")
        section = self.sections["parcel"]
        section.filters.insertWidget(0, self._sums)
        self._show_sums()

    def reload(self, changes: Changes | None = None) -> None:
        super().reload(changes)
        if changes is None or "parcel" in changes.tables:
            self._show_sums()

    def _show_sums(self) -> None:
        read = self.session.read
        self._number, self._mu = read.count(Query(Parcel)), read.sum("parcel", "area_mu")
        schemes = {code: (Filter("scheme", "eq", code),) for code in code_list("scheme").labels}
        self._parts = {code: read.sum("parcel", "area_mu", only) for code, only in schemes.items()
                       if read.count(Query(Parcel, only))}  # fmt: skip
        self.say(self._sums.setText, self._sum_text)

    def _sum_text(self) -> str:
        if not self._number:
            return ""
        total = tr(TOTAL, n=f"{self._number:,}", mu=f"{self._mu:,.3f}")
        parts = (tr(PART, scheme=label_of("scheme", code), mu=f"{mu:,.3f}") for code, mu in self._parts.items())
        return " · ".join([total, *parts])
