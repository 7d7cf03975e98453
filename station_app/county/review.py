"""The county's word on what a station sent: accepted, or returned with a reason.

A decision is a ``review`` record naming versions; it goes down with the next package to the station.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from station_app.county.problems import CountyProblem
from station_app.domain.accounts import AccountProblem
from station_app.domain.guards import Act
from station_app.domain.problems import UserError
from station_app.domain.registry import Role, record_type
from station_app.domain.text import Text
from station_app.services import guarding
from station_app.services.entry import Entry, Saved
from station_app.services.payment_checks import BATCH, LINE, batch_findings, errors_among
from station_app.storage.workspace import Workspace

VERSIONS_AT_ONCE = 5_000
ACCEPTED = Text("认可{kind} {n} 条", "Accepted {kind}: {n}")
RETURNED = Text("退回{kind} {n} 条", "Returned {kind}: {n}")


def accept(workspace: Workspace, type_name: str, record_ids: Iterable[str], reason: str = "") -> list[Saved]:
    """Accept the present versions of records; void and conflicting ones are left out.

    Raises:
        UserError: RCV-003 none of them can be reviewed, RCV-007 a batch or line that does not add up, or pays twice,
            RCV-008 this is a station, ACC-021 only one person of its unit has seen it; as ``guarding.refuse_of``.
    """
    wanted = list(record_ids)
    _refuse_wrong_batches(workspace, type_name, wanted)
    return _review(workspace, type_name, wanted, "accepted", reason)


def _refuse_wrong_batches(workspace: Workspace, type_name: str, record_ids: list[str]) -> None:
    """Raise RCV-007 when batches, or the batches of lines, have errors the county can see: sums, rates, paid twice."""
    batches = {BATCH: record_ids}.get(type_name, [])
    if type_name == LINE:
        rows = workspace.read.sql(
            "SELECT DISTINCT batch_id FROM compensation_line WHERE record_id IN (SELECT value FROM json_each(?))",
            (json.dumps(record_ids),),
        )
        batches = [batch_id for (batch_id,) in rows]
    concerned = set(record_ids) | (set() if type_name == BATCH else set(batches))
    found = [
        each for each in errors_among(batch_findings(workspace.read, batches, None))
        if type_name == BATCH or each[1] in concerned
    ]  # fmt: skip
    if found:
        said = Text(" ".join(p.text.zh for *_, p in found[:5]), " ".join(p.text.en for *_, p in found[:5]))
        error = CountyProblem.DOES_NOT_ADD_UP.error(count=len(found), some=said)
        raise UserError(error.code, error.text, problems=tuple(p for *_, p in found))


def send_back(workspace: Workspace, type_name: str, record_ids: Iterable[str], reason: str) -> list[Saved]:
    """Return the present versions of records to their station with a question.

    Raises:
        UserError: RCV-003 none of them can be reviewed, RCV-004 no reason given, RCV-008 this is a station.
    """
    if not reason.strip():
        raise CountyProblem.REASON_NEEDED.error()
    return _review(workspace, type_name, record_ids, "returned", reason.strip())


def unreviewed(workspace: Workspace, type_name: str, org_code: str = "") -> list[str]:
    """Return the record_ids of a type that still wait for a decision, of one organisation or of all."""
    rows = workspace.read.sql(
        f"""SELECT p.record_id FROM "{record_type(type_name).name}" p JOIN version v ON v.version_id=p.version_id
        LEFT JOIN card c ON c.device_id=v.device LEFT JOIN progress g ON g.version_id=p.version_id
        WHERE p.void=0 AND p.conflict=0 AND (g.review IS NULL OR g.review='reviewed') AND (?='' OR c.org_code=?)
        ORDER BY p.rowkey""",
        (org_code, org_code),
    )
    return [record_id for (record_id,) in rows]


def _review(workspace: Workspace, type_name: str, record_ids: Iterable[str], decision: str, reason: str) -> list[Saved]:
    kind = record_type(type_name)
    if workspace.identity.role is Role.STATION:
        raise CountyProblem.STATION_REVIEWS_NOTHING.error()
    rows = workspace.read.sql(
        f'SELECT record_id, version_id FROM "{kind.name}" WHERE void=0 AND conflict=0 '
        "AND record_id IN (SELECT value FROM json_each(?)) ORDER BY rowkey",
        (json.dumps(list(record_ids)),),
    )
    if not rows:
        raise CountyProblem.NOTHING_TO_REVIEW.error()
    accepted = rows if decision == "accepted" else []
    guarding.refuse_of(workspace, Act.ACCEPT, [record_id for record_id, _ in accepted])
    _refuse_unseen(workspace, [version_id for _, version_id in accepted])
    entry = Entry(workspace)
    label = {"accepted": ACCEPTED, "returned": RETURNED}[decision].format(kind=kind.label, n=f"{len(rows):,}")
    with workspace.operation(label), workspace.journal.transaction():
        return [
            entry.save(_record(workspace, kind.name, rows[start : start + VERSIONS_AT_ONCE], decision, reason))
            for start in range(0, len(rows), VERSIONS_AT_ONCE)
        ]


def _refuse_unseen(workspace: Workspace, version_ids: list[str]) -> None:
    """Raise ACC-021 when a unit where two persons decide sent what only one of them has seen."""
    for record_id, kind in (
        found := guarding.unseen(workspace, "SELECT value FROM json_each(?)", json.dumps(version_ids))
    ).items():
        title = workspace.read.titles(kind, [record_id]).get(record_id, record_id)
        raise AccountProblem.UNSEEN.error(count=len(found), title=title)


def _record(
    workspace: Workspace, type_name: str, rows: Sequence[tuple[str, str]], decision: str, reason: str
) -> object:
    kind = record_type("review")
    line = kind.by_name["versions"].line
    assert line is not None
    return kind.cls(
        decision=decision,
        decided_at=workspace.clock.second(),
        reviewer=workspace.identity.author or workspace.identity.org_name,
        reason=reason or None,
        versions=tuple(line(record_type=type_name, record_id=r, version_id=v) for r, v in rows),
    )
