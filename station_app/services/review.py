"""The second pair of eyes at the station: what was looked at before it leaves."""

from __future__ import annotations

from collections.abc import Sequence

from station_app.domain.guards import Act
from station_app.domain.records.organisation import Organisation
from station_app.domain.registry import record_type
from station_app.domain.text import Text
from station_app.services import guarding
from station_app.services.entry import Entry
from station_app.services.founding import LISTED_BY
from station_app.services.problems import ServiceProblem
from station_app.storage.reader import Filter, Query, Reader, State
from station_app.storage.workspace import Workspace

VERSIONS_AT_ONCE = 5_000
REVIEWED = Text("复核 {n} 条", "Reviewed {n}")

# What waits for a second pair of eyes: saved and nothing further; what the program took from the list nobody typed.
WAITS = (Filter("_state", "in", (State.COMPLETE.value,)), Filter("_author", "ne", LISTED_BY))
_LISTED = (Filter("_state", "in", (State.COMPLETE.value,)), Filter("_author", "eq", LISTED_BY))


def count_listed(reader: Reader) -> int:
    """Return how many saved records are units taken from the list of divisions: to send, and not to review."""
    return reader.count(Query(Organisation, _LISTED))


def mark_reviewed(workspace: Workspace, entry: Entry, found: Sequence[tuple[str, str, str]]) -> int:
    """Note that somebody looked at these versions (record type, record_id, version_id); return how many.

    Raises:
        UserError: REV-001 nobody has said who works here: a review needs a name; as ``guarding.refuse_of``.
    """
    reviewer = workspace.identity.author.strip()
    if not reviewer:
        raise ServiceProblem.REVIEWER_UNNAMED.error()
    guarding.refuse_of(workspace, Act.REVIEW, [record_id for _, record_id, _ in found])
    kind = record_type("review")
    line = kind.by_name["versions"].line
    assert line is not None
    with workspace.operation(REVIEWED.format(n=f"{len(found):,}")):
        for start in range(0, len(found), VERSIONS_AT_ONCE):
            entry.save(
                kind.cls(
                    decision="reviewed",
                    decided_at=workspace.clock.second(),
                    reviewer=reviewer,
                    versions=tuple(
                        line(record_type=name, record_id=record_id, version_id=version_id)
                        for name, record_id, version_id in found[start : start + VERSIONS_AT_ONCE]
                    ),
                )
            )
    return len(found)
