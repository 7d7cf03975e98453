"""What was set aside: in sight until a person decides, or until its reason has gone.

A version whose sender's card came later, or whose type this program learnt with an update, passes now: it is merged, and
a new version of its receipt tells the station.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, replace

from station_app.county.problems import CountyProblem
from station_app.domain.generic import JSON
from station_app.domain.registry import Role, record_type
from station_app.domain.text import Text
from station_app.exchange.package.authority import Authority
from station_app.exchange.package.intake import known_devices
from station_app.exchange.package.values import fields_beyond, sums_differ
from station_app.services import guarding
from station_app.storage.engine import Connection
from station_app.storage.versions import Version, make_version
from station_app.storage.workspace import Workspace


@dataclass(frozen=True, slots=True)
class SetAside:
    """One version in quarantine, with where it came from and why it waits."""

    version_id: str
    package_sha256: str
    package_name: str
    org_code: str
    device_id: str
    record_type: str
    reason_code: str
    reason: Text
    received_at: str


def set_aside(workspace: Workspace) -> list[SetAside]:
    """Return what waits for a decision, oldest first."""
    rows = workspace.read.sql(
        """SELECT q.version_id, q.package_sha256, p.name, p.org_code, p.device_id,
           json_extract(q.version_json, '$.record_type'), q.reason_code, q.reason_zh, q.reason_en, q.received_at
           FROM quarantine q JOIN package_in p ON p.sha256=q.package_sha256
           WHERE q.closed_at IS NULL ORDER BY q.received_at, q.version_id"""
    )
    return [SetAside(r[0], r[1], r[2], r[3], r[4], r[5], r[6], Text(r[7], r[8]), r[9]) for r in rows]


def close(workspace: Workspace, version_id: str, package_sha256: str) -> None:
    """Put a version away for good: it stays refused and is kept.

    Raises:
        UserError: RCV-005 it does not wait.
    """
    with workspace.journal.transaction() as connection:
        done = connection.execute(
            "UPDATE quarantine SET closed_at=? WHERE version_id=? AND package_sha256=? AND closed_at IS NULL",
            (workspace.clock.stamp(), version_id, package_sha256),
        ).rowcount
        if not done:
            raise CountyProblem.NOT_IN_QUARANTINE.error()


def reconsider(workspace: Workspace) -> int:
    """Apply what may be applied by now and return how many versions that were."""
    cards, roles = known_devices(workspace), guarding.roles_held(workspace)
    released: dict[str, list[Version]] = {}
    with workspace.journal.transaction() as connection:
        rows = connection.execute(
            """SELECT q.version_id, q.package_sha256, q.version_json, p.device_id,
               json_extract(p.manifest, '$.station.role'), p.org_code
               FROM quarantine q JOIN package_in p ON p.sha256=q.package_sha256 WHERE q.closed_at IS NULL"""
        ).fetchall()
        for version_id, sha256, text, device, role, org in rows:
            version = _version(version_id, json.loads(text))
            authority = Authority(device, Role(role), org, cards, roles)
            card = cards.get(device)
            if (
                card is None
                or card.is_distrusted
                or authority.judge(version.record_type, version.device, version.fields)
            ):
                continue
            if authority.strangers(version.record_type, [version.author]):
                continue
            kind = record_type(version.record_type)
            if fields_beyond(kind, version) or (not version.void and sums_differ(kind, version.fields)):
                continue
            released.setdefault(sha256, []).append(version)
            connection.execute(
                "UPDATE quarantine SET closed_at=? WHERE version_id=? AND package_sha256=?",
                (workspace.clock.stamp(), version_id, sha256),
            )
        merged = workspace.journal.merge(v for versions in released.values() for v in versions)
        for sha256, versions in released.items():
            _tell(
                workspace,
                connection,
                sha256,
                {v.version_id: merged.outcomes.get(v.version_id, "applied") for v in versions},
            )
    return sum(map(len, released.values()))


def _tell(workspace: Workspace, connection: Connection, sha256: str, outcomes: dict[str, str]) -> None:
    """Write a new version of the receipt that said “set aside”."""
    me = workspace.identity
    rows = connection.execute("SELECT record_id, version_id FROM receipt WHERE package_hash=?", (sha256,)).fetchall()
    for record_id, version_id in rows:
        before = workspace.journal.load(version_id)
        results = [
            {"version_id": line["version_id"], "outcome": outcomes[line["version_id"]]}
            if line["version_id"] in outcomes and line["outcome"] == "quarantined"
            else line
            for line in before.fields.get("results", ())
        ]
        if results == before.fields.get("results"):
            continue
        fields = {**before.fields, "results": results}
        moved = Counter(line["outcome"] for line in results)
        moved.subtract(line["outcome"] for line in before.fields["results"])
        for outcome, number in moved.items():
            fields[f"{outcome}_count"] = fields.get(f"{outcome}_count", 0) + number
        with workspace.by_program():
            workspace.journal.append([make_version(
                record_type="receipt", schema_version=before.schema_version, record_id=record_id, parent_ids=(version_id,),
                hlc=(at := workspace.journal.clock.reading()).hlc, wall=at.wall, author=me.signature, device=me.device_id, reason="", void=False,
                fields=fields,
            )])  # fmt: skip


def _version(version_id: str, content: dict[str, JSON]) -> Version:
    made = make_version(**{**content, "parent_ids": tuple(content["parent_ids"])})
    return replace(made, version_id=version_id)
