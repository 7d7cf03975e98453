"""The carbon ledgers the page has asked for: computed off the window's thread, kept until the data change."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from station_app.domain.text import Text
from station_app.services.figures import carbon
from station_app.services.figures.carbon_settings import CarbonSettings
from station_app.storage.changes import Changes

if TYPE_CHECKING:
    from station_app.services.figures.carbon_rows import CarbonReport
    from station_app.ui.session import Session

COMPUTING = Text("正在计算碳汇", "Computing carbon")
KEPT = 24
# What the ledgers are made from. Reviews and receipts decide what is accepted, refused, returned.
SOURCES = frozenset({
    "household", "parcel", "livestock_count", "organisation", "plot", "plot_new", "herb_quadrat", "soil_sample",
    "carbon_registration", "carbon_activity", "calculation_scheme", "coefficient_edition", "review", "receipt",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ask:
    """Which ledger; without ``settings`` those of the scheme in force, an empty village is all."""

    year: int
    ledger: str
    level: str
    within: str = ""
    settings: CarbonSettings | None = None


class CarbonFigures(QObject):
    """Reports of one ledger each, by what was asked.

    Signals:
        ready(Ask): ``report(ask)`` is there.
        failed(Ask, exception): it could not be computed.
        busy(bool): something is being computed.
    """

    ready = Signal(object)
    failed = Signal(object, object)
    busy = Signal(bool)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._reports: OrderedDict[Ask, CarbonReport] = OrderedDict()
        self._under_way: dict[Ask, int] = {}
        self._age = 0

    def report(self, ask: Ask) -> CarbonReport | None:
        """Return what is known."""
        return self._reports.get(ask)

    def forget(self, changes: Changes | None = None) -> bool:
        """Let go of what a change made old; ``None``: everything. Return whether anything may differ now."""
        if changes is not None and not changes.tables & SOURCES:
            return False
        self._age += 1
        self._reports.clear()
        return True

    def want(self, ask: Ask) -> None:
        """Have a ledger computed, or tell at once that it is there."""
        if ask in self._reports:
            self.ready.emit(ask)
            return
        if self._under_way.get(ask) == self._age:
            return
        age = self._under_way[ask] = self._age
        self.busy.emit(True)

        def work(context: Any) -> CarbonReport:
            return carbon.carbon_report(context.reader, ask.year, level=ask.level, within=ask.within, settings=ask.settings,
                                 ledgers=(ask.ledger,), context=context)  # fmt: skip

        def over() -> bool:
            if self._under_way.get(ask) == age:
                del self._under_way[ask]
            self.busy.emit(bool(self._under_way))
            return age == self._age

        def done(report: CarbonReport) -> None:
            if over():
                self._reports[ask] = report
                while len(self._reports) > KEPT:
                    self._reports.popitem(last=False)
                self.ready.emit(ask)

        def failed(error: BaseException) -> None:
            if over():
                self.failed.emit(ask, error)

        self._session.run(work, title=COMPUTING, on_done=done, on_error=failed)
