"""How many things wait, counted off the window's thread: the numbers of the doors and the navigation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from PySide6.QtCore import QObject, QTimer, Signal

from station_app.exchange.package import shipments
from station_app.services import review
from station_app.services import twins as twin_search
from station_app.storage.record_state import State

if TYPE_CHECKING:
    from station_app.storage.reader import Reader
    from station_app.ui.session import Session

DELAY_MS = 120


class WorkCounts(NamedTuple):
    """Where the workspace stands. Counts are records; ``quarantined`` are versions not let in,
    ``twins`` things on record more than once, ``listed`` units of the list of divisions, which nobody typed."""

    drafts: int = 0
    by_state: Mapping[State, int] = MappingProxyType({})
    by_type: Mapping[str, int] = MappingProxyType({})
    quarantined: int = 0
    twins: int = 0
    listed: int = 0
    packages: int = 0
    unanswered: int = 0
    last_backup: datetime | None = None

    def of(self, *states: State) -> int:
        """Records in any of ``states``."""
        return sum(self.by_state.get(s, 0) for s in states)

    @property
    def to_review(self) -> int:
        return self.of(State.COMPLETE) - self.listed

    @property
    def to_send(self) -> int:
        return self.of(State.COMPLETE, State.REVIEWED)

    @property
    def in_question(self) -> int:
        """What a person has to decide: returned, refused, in conflict."""
        return self.of(State.RETURNED, State.REFUSED, State.CONFLICT)

    @property
    def records(self) -> int:
        return sum(self.by_type.values())


def take_stock(reader: Reader) -> dict[str, object]:
    """Read the counts; runs in a job."""
    return {
        "by_state": reader.state_counts(), "by_type": reader.type_counts(), "twins": twin_search.count_twins(reader),
        **shipments.counts(reader), "listed": review.count_listed(reader),
    }  # fmt: skip


class Counts(QObject):
    """Keeps the standing up to date; ``changed`` comes after every new count."""

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._again = False
        self._running = False
        self.now = WorkCounts()
        self.known = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DELAY_MS)
        self._timer.timeout.connect(self._run)
        session.data_changed.connect(lambda _changes: self.refresh())
        session.drafts_changed.connect(self._drafts_changed)

    def refresh(self) -> None:
        """Count again soon; several calls in a row count once."""
        self._timer.start()

    def _drafts_changed(self) -> None:
        """Count only the drafts: typing goes on meanwhile."""
        number = self._session.workspace.drafts.count()
        if self.known and number != self.now.drafts:
            self.now = self.now._replace(drafts=number)
            self.changed.emit()

    def stop(self) -> None:
        """Count no more (closing)."""
        self._timer.stop()
        self._again = False

    def _run(self) -> None:
        if self._running:
            self._again = True
            return
        self._running = True
        self._session.run(lambda context: take_stock(context.reader), on_done=self._done, on_error=self._failed)

    def _done(self, found: dict[str, Any]) -> None:
        workspace = self._session.workspace
        self._running = False
        self.now = WorkCounts(drafts=workspace.drafts.count(), last_backup=workspace.last_backup, **found)
        self.known = True
        self.changed.emit()
        if self._again:
            self._again = False
            self.refresh()
        else:  # nothing else to do: words are found before anybody looks for them
            self._session.run(lambda context: context.reader.bring_search_abreast())

    def _failed(self, error: BaseException) -> None:
        self._running = False
        raise error
