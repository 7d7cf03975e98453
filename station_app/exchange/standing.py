"""Where a workspace stands: how many records wait for what, as the window counts them and the health of the workspace says."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from station_app.exchange.package import shipments
from station_app.services import review
from station_app.services import twins as twin_search
from station_app.storage.record_state import State

if TYPE_CHECKING:
    from station_app.storage.reader import Reader


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


def take_stock(reader: Reader) -> WorkCounts:
    """Read what a reader knows of it: all but drafts and backups."""
    packages, unanswered, quarantined = shipments.counts(reader)
    return WorkCounts(
        by_state=reader.state_counts(), by_type=reader.type_counts(), quarantined=quarantined,
        twins=twin_search.count_twins(reader), listed=review.count_listed(reader), packages=packages, unanswered=unanswered,
    )  # fmt: skip
