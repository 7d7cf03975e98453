"""Before a package goes upward: what one person entered another one has looked at, the sender at the latest.

Sending is looking: what others entered and nobody has reviewed yet is reviewed by who sends it, as records that go with the
package, so that the county sees two persons behind everything. What the sender has touched, somebody else reviews before. What
was entered in nobody's name goes as it is; the county decides about it.
"""

from __future__ import annotations

from station_app.domain.accounts import AccountProblem
from station_app.domain.guards import Act
from station_app.domain.registry import has_type, record_type
from station_app.exchange.package.slices import Slice
from station_app.services import guarding
from station_app.services.entry import Entry
from station_app.services.review import mark_reviewed
from station_app.storage.workspace import Workspace

_AT_ONCE = 5_000  # records


def waits_for_sender(workspace: Workspace, chosen: Slice) -> list[tuple[str, str, str]]:
    """Return what of a choice its sender is the second person for: record type, record_id, version_id.

    Raises:
        UserError: ACC-009 the sender has touched some of it, and nobody else has reviewed that.
    """
    found: list[tuple[str, str, str]] = []
    mine: list[tuple[str, str]] = []
    for name in chosen.counts():
        if not has_type(name) or record_type(name).is_about_others:
            continue
        ids = chosen.record_ids(name)
        for start in range(0, len(ids), _AT_ONCE):
            touched = guarding.touched(workspace, Act.REVIEW, ids[start : start + _AT_ONCE])
            mine += [(name, record_id) for record_id, each in touched.items() if each.mine]
            wanted = [record_id for record_id, each in touched.items() if each.ours and not each.unknown]
            heads = workspace.journal.heads(wanted)
            found += [(name, r, v) for r in wanted for v in heads.get((r, name), ())]
    if mine:
        name, record_id = mine[0]
        title = workspace.read.titles(name, [record_id]).get(record_id, record_id)
        who = guarding.others_who_may(workspace, Act.REVIEW)
        raise AccountProblem.SECOND_PERSON.error(act=Act.SEND.text, count=len(mine), title=title, who=who)
    return found


def look_through(workspace: Workspace, waiting: list[tuple[str, str, str]]) -> int:
    """Review what waits for the sender; return how many versions."""
    return mark_reviewed(workspace, Entry(workspace), waiting) if waiting else 0
