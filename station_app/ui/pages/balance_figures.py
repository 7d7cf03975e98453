"""The balances the page has asked for: computed off the window's thread, kept until the data change."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from station_app.domain.text import Text
from station_app.services.figures import balance
from station_app.storage.changes import Changes

if TYPE_CHECKING:
    from station_app.services.figures.rows import BalanceTable
    from station_app.ui.session import Session

COMPUTING = Text("正在计算草畜平衡", "Computing the balance")
KEPT = 16
# What a balance is made from. Reviews and receipts decide what is accepted, refused, returned.
SOURCES = frozenset({
    "household", "household_change", "parcel", "livestock_count", "forage_supply", "capacity_approval", "organisation",
    "plot", "plot_new", "herb_quadrat", "shrub_quadrat", "calculation_scheme", "coefficient_edition", "review", "receipt",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ask:
    """Which balance; an empty occasion is the scheme's, an empty village is all."""

    year: int
    level: str
    occasion: str = ""
    within: str = ""


class BalanceFigures(QObject):
    """Balances by what was asked.

    Signals:
        ready(Ask): ``table(ask)`` is there.
        failed(Ask, exception): it could not be computed.
        busy(bool): something is being computed.
    """

    ready = Signal(object)
    failed = Signal(object, object)
    busy = Signal(bool)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._tables: OrderedDict[Ask, BalanceTable] = OrderedDict()
        self._under_way: dict[Ask, int] = {}
        self._age = 0

    def table(self, ask: Ask) -> BalanceTable | None:
        """Return what is known."""
        return self._tables.get(ask)

    def forget(self, changes: Changes | None = None) -> bool:
        """Let go of what a change made old; ``None``: everything. Return whether anything may differ now."""
        if changes is not None and not changes.tables & SOURCES:
            return False
        self._age += 1
        self._tables.clear()
        return True

    def want(self, ask: Ask) -> None:
        """Have a balance computed, or tell at once that it is there."""
        if ask in self._tables:
            self.ready.emit(ask)
            return
        if self._under_way.get(ask) == self._age:
            return
        age = self._under_way[ask] = self._age
        self.busy.emit(True)

        def work(context: Any) -> BalanceTable:
            table = balance.balance_table(context.reader, ask.year, ask.level, occasion=ask.occasion or None, within=ask.within,
                                  context=context)  # fmt: skip
            table.lines  # noqa: B018  # added up here, not on the window's thread
            return table

        def over() -> bool:
            if self._under_way.get(ask) == age:
                del self._under_way[ask]
            self.busy.emit(bool(self._under_way))
            return age == self._age

        def done(table: BalanceTable) -> None:
            if over():
                self._tables[ask] = table
                while len(self._tables) > KEPT:
                    self._tables.popitem(last=False)
                self.ready.emit(ask)

        def failed(error: BaseException) -> None:
            if over():
                self.failed.emit(ask, error)

        self._session.run(work, title=COMPUTING, on_done=done, on_error=failed)
