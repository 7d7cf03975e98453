"""Parcels: who holds what land, how it is used."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from station_app.domain.codes import label_of
from station_app.domain.text import Text
from station_app.storage.changes import Changes
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
        self._rows = self.session.read.sql(
            "SELECT scheme, count(*), coalesce(sum(area_mu), 0) FROM parcel WHERE void=0 GROUP BY scheme ORDER BY scheme"
        )
        self.say(self._sums.setText, self._sum_text)

    def _sum_text(self) -> str:
        total = sum(n for _, n, _ in self._rows)
        if not total:
            return ""
        mu = sum((Decimal(a).scaleb(-3) for _, _, a in self._rows), Decimal(0))
        parts = [tr(TOTAL, n=f"{total:,}", mu=f"{mu:,.3f}")]
        for scheme, _, area in self._rows:
            if scheme:
                parts.append(tr(PART, scheme=label_of("scheme", scheme), mu=f"{Decimal(area).scaleb(-3):,.3f}"))
        return " · ".join(parts)
