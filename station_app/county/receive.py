"""Receiving station packages: plan, show, apply, and the signed answer.

The answer is a package like any other: a slice of the county's journal with the receipt, reviews, plans and targets the
station has not had yet. It is written, recorded and signed in the transaction that takes the station's package in.
"""

from __future__ import annotations

import json
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from station_app.county.problems import CountyProblem
from station_app.domain.accounts import AccountProblem
from station_app.domain.problems import Problem
from station_app.domain.registry import Role, record_type
from station_app.domain.text import Text
from station_app.exchange.package.build import UNNAMED, Packer, Written, record_package, rewrite_package
from station_app.exchange.package.cards import signing_key
from station_app.exchange.package.chain import ChainArrivals, chain_arrivals
from station_app.exchange.package.container import MANIFEST, Container
from station_app.exchange.package.files import name_part
from station_app.exchange.package.intake import Intake, IntakePlan, apply_intake, plan_intake
from station_app.exchange.package.manifest import Acknowledged, Recipient, read_manifest
from station_app.exchange.package.problems import PackageProblem
from station_app.exchange.package.slices import Slice
from station_app.exchange.package.verify import refuse
from station_app.services import guarding
from station_app.services.payment_checks import BATCH, batch_findings
from station_app.services.progress import JobContext, Quiet
from station_app.storage.clock import new_record_id
from station_app.storage.engine import Connection
from station_app.storage.files import part_of
from station_app.storage.versions import Version, make_version
from station_app.storage.workspace import Workspace

PART = 5_000  # lines a receipt record holds; longer answers come in parts
OUTCOMES = ("applied", "already_had", "superseded", "conflict", "refused", "quarantined")
_WITH_REASON = ("conflict", "refused", "quarantined")  # each of these is listed
ReceivePlan = IntakePlan


@dataclass(frozen=True, slots=True)
class Received:
    """What was done with a package: versions by outcome, and the receipt to hand back."""

    receipt_path: Path
    counts: dict[str, int]
    repeat: bool = False
    problems: tuple[Problem, ...] = ()


def plan_receive(workspace: Workspace, path: Path, *, context: JobContext | None = None) -> ReceivePlan:
    """Check a station's package and say what taking it in would do; nothing changes.

    Raises:
        UserError: PKG-001 … PKG-016 the file is no readable package, RCV-001 this is no county workspace.
    """
    if workspace.identity.role is Role.STATION:
        raise CountyProblem.NOT_A_COUNTY.error(path.name)
    plan = plan_intake(workspace, path, context)
    station = plan.manifest.station
    if not plan.repeat and station.role.rank >= workspace.identity.role.rank:
        plan.problems.append(CountyProblem.NOT_FROM_BELOW.at(path.name, name=station.org_name))
    return plan


def apply_receive(workspace: Workspace, plan: ReceivePlan, out: Path, *, context: JobContext | None = None) -> Received:
    """Take a planned package in and write its signed receipt into the folder ``out``.

    A package that was taken in before is answered with the receipt it got then.

    Raises:
        UserError: what the plan's problems say; PKG-062 the receipt cannot be written. Nothing is changed then.
    """
    refuse(plan.problems)
    if plan.repeat:
        return Received(_answered(workspace, plan, out), {"already_had": plan.already_had}, True, tuple(plan.problems))
    made: list[Written] = []

    def answer(connection: Connection, intake: Intake) -> None:
        made.append(_answer(workspace, connection, intake, out, context or Quiet()))

    def hand_out() -> None:
        name_part(made[0].path)
        workspace.settings.set(UNNAMED, "")

    try:
        intake = apply_intake(workspace, plan, finish=answer, finished=hand_out, context=context)
    except BaseException:
        for written in made:
            with suppress(OSError):
                part_of(written.path).unlink(missing_ok=True)
        raise
    return Received(
        made[0].path, intake.counts, False, (*plan.problems, *_money(workspace, intake), *_unseen(workspace, intake))
    )


def _money(workspace: Workspace, intake: Intake) -> list[Problem]:
    """Return what the checks of payment say of the batches a package brought, each under the name of its batch."""
    rows = workspace.read.sql(
        """SELECT b.record_id FROM version v JOIN compensation_batch b ON b.record_id=v.record_id
           WHERE v.seq > ?1 AND b.version_id=v.version_id AND v.record_type='compensation_batch'
           UNION SELECT l.batch_id FROM version v JOIN compensation_line l ON l.record_id=v.record_id
           WHERE v.seq > ?1 AND l.version_id=v.version_id AND v.record_type='compensation_line'""",
        (intake.after,),
    )
    batches = [batch_id for (batch_id,) in rows]
    found: dict[Problem, None] = {}
    for batch_id in batches if batch_findings(workspace.read, batches, None) else ():
        name = workspace.read.titles(BATCH, [batch_id]).get(batch_id, "")
        for _, _, problem in batch_findings(workspace.read, [batch_id], None):
            text = Text(f"批次 {name}：{problem.text.zh}", f"Batch {name}: {problem.text.en}")
            found[replace(problem, text=text)] = None
    return list(found)


def _unseen(workspace: Workspace, intake: Intake) -> list[Problem]:
    """Return what only one person of the sending unit has seen, where two have to: it is here, and is not accepted."""
    found = guarding.unseen(workspace, "SELECT version_id FROM version WHERE seq > ?", intake.after)
    for record_id, kind in found.items():
        title = workspace.read.titles(kind, [record_id]).get(record_id, record_id)
        return [AccountProblem.UNSEEN.problem(count=len(found), title=title)]
    return []


def _answered(workspace: Workspace, plan: ReceivePlan, out: Path) -> Path:
    """Return the receipt a package got when it was taken in, written again where it is not there."""
    row = workspace.read.sql("SELECT sequence, sha256 FROM package_out WHERE name=?", (plan.receipt_name,))
    if not row:
        raise PackageProblem.NO_SUCH_PACKAGE.error(plan.path.name, sequence=plan.receipt_name or "—")
    path = out / plan.receipt_name
    if path.exists():
        with Container(path) as container:
            if read_manifest(container.read(MANIFEST)).sha256 == row[0][1]:
                return path
    rewrite_package(workspace, row[0][0], out)
    if row[0][0] in json.loads(workspace.settings.get(UNNAMED) or "[]"):
        workspace.settings.set(UNNAMED, "")
    return path


def _answer(workspace: Workspace, connection: Connection, intake: Intake, out: Path, context: JobContext) -> Written:
    """Write receipt records and the package that carries them, inside the open transaction."""
    station = intake.manifest.station
    here = chain_arrivals(connection, station.device, station.epoch)
    with workspace.by_program():
        workspace.journal.append(_receipts(workspace, intake, here), show=False)
    recipient = Recipient(station.org, station.device)
    chosen = Slice(connection)
    try:
        chosen.take_downward(workspace.identity.device_id, recipient)
        packer = Packer(workspace, connection, chosen, signing_key(workspace), context)
        acknowledged = Acknowledged(
            station.device, station.epoch, here.high_water, here.highest, here.missing, here.head
        )
        written = packer.write(out, recipient, acknowledged)
        try:
            record_package(connection, written, workspace.clock.stamp())
            connection.execute(
                "UPDATE package_in SET receipt_name=? WHERE sha256=?", (written.path.name, intake.manifest.sha256)
            )
            workspace.settings.set(UNNAMED, json.dumps([written.manifest.station.sequence]))
        except BaseException:
            part_of(written.path).unlink(missing_ok=True)
            raise
    finally:
        chosen.close()
    return written


def _receipts(workspace: Workspace, intake: Intake, here: ChainArrivals) -> list[Version]:
    """Return the receipt of a package: what was done with most of its versions, and those with which something else was. More
    than one record takes come in parts, which list every version."""
    me = workspace.identity
    station = intake.manifest.station
    schema = record_type("receipt").version
    now = f"{workspace.clock.now():%Y-%m-%dT%H:%M:%SZ}"
    listed, number, rest = intake.results(), intake.versions, ""
    if common := [(number, outcome) for outcome, number in intake.counts.items() if outcome not in _WITH_REASON]:
        most = max(common)
        if number - most[0] <= PART:
            number, rest = number - most[0], most[1]
            listed = (result for result in intake.results() if result[1] != rest)
    parts = max(1, -(-number // PART))
    made = []
    for part in range(1, parts + 1):
        results = list(islice(listed, PART)) if number else []
        counted = intake.counts if rest else Counter(outcome for _, outcome, _, _ in results)
        fields: dict[str, object] = {
            "package_hash": intake.manifest.sha256, "package_name": intake.manifest.file_name, "from_org": station.org,
            "from_device": station.device, "sequence": station.sequence, "part": part, "parts": parts,
            "epoch": workspace.epoch, "high_water": here.high_water, "received_at": now,
            **({"rest": rest} if rest else {}),
            **({"results": [_line(*result) for result in results]} if results else {}),
        }  # fmt: skip
        for outcome in OUTCOMES:
            fields[f"{outcome}_count"] = counted.get(outcome, 0)
        made.append(make_version(
            record_type="receipt", schema_version=schema, record_id=new_record_id(workspace.clock), parent_ids=(),
            hlc=(at := workspace.journal.clock.reading()).hlc, wall=at.wall, author=me.signature, device=me.device_id, reason="", void=False,
            fields=fields,
        ))  # fmt: skip
    return made


def _line(version_id: str, outcome: str, code: str, reason: Text | None) -> dict[str, str]:
    line = {"version_id": version_id, "outcome": outcome}
    if code:
        line["reason_code"] = code
    if reason is not None:
        line["reason_text"] = reason.zh[:1000]
    return line
