"""Figures a page has asked for: computed off the window's thread, kept until the data they are made from change."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from PySide6.QtCore import QObject, Signal

from station_app.domain.text import Text
from station_app.storage.changes import Changes

if TYPE_CHECKING:
    from station_app.ui.session import Session

KEPT = 24
# What every figure may be made from; reviews and receipts decide what is accepted, refused, returned.
SOURCES = frozenset(
    {"household", "parcel", "organisation", "calculation_scheme", "coefficient_edition", "review", "receipt"}
)
Asked = TypeVar("Asked", bound=Hashable)
Table = TypeVar("Table")


class Figures(QObject, Generic[Asked, Table]):
    """Tables of figures by what was asked. An answer that comes after the data changed is dropped.

    Signals:
        ready(asked): ``table(asked)`` is there.
        failed(asked, exception): it could not be computed.
        busy(bool): something is being computed.
    """

    ready = Signal(object)
    failed = Signal(object, object)
    busy = Signal(bool)

    def __init__(
        self, session: Session, title: Text, sources: frozenset[str], compute: Callable[[Any, Asked], Table],
        parent: QObject | None = None,
    ) -> None:  # fmt: skip
        """``compute(context, asked)`` runs off the window's thread."""
        super().__init__(parent)
        self._session, self._title, self._compute = session, title, compute
        self._sources = SOURCES | sources
        self._tables: OrderedDict[Asked, Table] = OrderedDict()
        self._under_way: dict[Asked, int] = {}
        self._age = 0

    def table(self, asked: Asked | None) -> Table | None:
        return self._tables.get(asked) if asked is not None else None

    def forget(self, changes: Changes | None = None) -> bool:
        """Let go of what a change made old; ``None``: everything. Return whether anything may differ now."""
        if changes is not None and not changes.tables & self._sources:
            return False
        self._age += 1
        self._tables.clear()
        return True

    def want(self, asked: Asked) -> None:
        """Have a table computed, or tell at once that it is there."""
        if asked in self._tables:
            self.ready.emit(asked)
            return
        if self._under_way.get(asked) == self._age:
            return
        age = self._under_way[asked] = self._age
        self.busy.emit(True)

        def is_over() -> bool:
            if self._under_way.get(asked) == age:
                del self._under_way[asked]
            self.busy.emit(bool(self._under_way))
            return age == self._age

        def done(table: Table) -> None:
            if is_over():
                self._tables[asked] = table
                while len(self._tables) > KEPT:
                    self._tables.popitem(last=False)
                self.ready.emit(asked)

        def failed(error: BaseException) -> None:
            if is_over():
                self.failed.emit(asked, error)

        compute = self._compute
        self._session.run(lambda context: compute(context, asked), title=self._title, on_done=done, on_error=failed)
