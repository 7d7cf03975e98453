"""What comes down from the county: receipts, reviews, plans and targets.

Transport success means nothing: a version is received when a package signed by a unit above us, made for this device,
holds a receipt that names it and the package it travelled in.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from station_app.domain.generic import JSON
from station_app.domain.problems import Problem
from station_app.domain.registry import Role
from station_app.exchange.package.intake import IntakePlan, apply_intake, known_devices, our_devices_of, plan_intake
from station_app.exchange.package.lines import Line
from station_app.exchange.package.offers import offered_again
from station_app.exchange.package.problems import PackageProblem
from station_app.services.progress import JobContext
from station_app.storage.engine import Connection
from station_app.storage.workspace import Workspace


@dataclass(frozen=True, slots=True)
class ReceiptApplied:
    """What a package from above said and did.

    Attributes:
        counts: Versions of ours by outcome; ``other`` counts what came along (reviews, plans, targets), ``set_aside`` what
            was not applied.
        repeat: It had been applied before; nothing changed.
        offered_again: Our packages the sender lacks; the next build writes them again.
    """

    counts: dict[str, int]
    repeat: bool = False
    problems: tuple[Problem, ...] = ()
    offered_again: tuple[int, ...] = ()


def plan_receipt(workspace: Workspace, path: Path, context: JobContext | None = None) -> IntakePlan:
    """Check a package from above and say what applying it would do.

    Raises:
        UserError: the file is no readable package.
    """
    plan = plan_intake(workspace, path, context)
    if plan.repeat:
        return plan
    station = plan.manifest.station
    if not plan.from_above:
        plan.problems.append(PackageProblem.NOT_FROM_ABOVE.at(path.name, name=station.org_name))
    elif station.recipient is None:
        me = workspace.identity.device_id
        plan.problems.append(PackageProblem.NOT_FOR_US.at(path.name, recipient="—", device=me))
    return plan


def apply_receipt(workspace: Workspace, path: Path, *, context: JobContext | None = None) -> ReceiptApplied:
    """Take a package from above in; doing it twice changes nothing.

    Raises:
        UserError: PKG-… the package is unsound, foreign or not for us; RCP-001 its signer is no unit above.
    """
    plan = plan_receipt(workspace, path, context)
    if plan.repeat:
        return ReceiptApplied({}, True, tuple(plan.problems), tuple(offered_again(workspace)))
    judge = _ReceiptJudge(workspace)
    intake = apply_intake(workspace, plan, judge=judge, context=context)
    counts = dict(sorted(judge.outcomes.items()))
    held = intake.counts.get("quarantined", 0)
    other = intake.versions - held - judge.receipts
    if other:
        counts["other"] = other
    if held:
        counts["set_aside"] = held
    again = tuple(offered_again(workspace))
    problems = [*plan.problems, *judge.problems, *intake.ended]
    if again:
        problems.append(PackageProblem.OFFER_AGAIN.at(path.name, missing=", ".join(map(str, again))))
    return ReceiptApplied(counts, False, tuple(problems), again)


class _ReceiptJudge:
    """Believes a receipt only about packages we built and versions that were in them."""

    def __init__(self, workspace: Workspace) -> None:
        self._devices = our_devices_of(workspace)
        self._contents: dict[int, set[str]] = {}
        self.outcomes: Counter[str] = Counter()
        self.receipts = 0
        self.problems: list[Problem] = []

    def __call__(self, connection: Connection, line: Line) -> Problem | None:
        if line.record_type != "receipt" or line.content.void:
            return None
        problem = self._judge(connection, line.fields)
        if problem is None:
            self.receipts += 1
            said = line.fields.get("results", ())
            self.outcomes.update(each["outcome"] for each in said)
            if rest := line.fields.get("rest"):
                self.outcomes[rest] += len(self._contents[line.fields["sequence"]]) - len(said)
        else:
            self.problems.append(problem)
        return problem

    def _judge(self, connection: Connection, fields: dict[str, JSON]) -> Problem | None:
        sequence = fields["sequence"]
        row = connection.execute("SELECT sha256 FROM package_out WHERE sequence=?", (sequence,)).fetchone()
        if fields["from_device"] not in self._devices or row is None or row[0] != fields["package_hash"]:
            return PackageProblem.NOT_OUR_PACKAGE.at(fields["package_name"], sequence=sequence)
        if sequence not in self._contents:
            self._contents = {  # one package at a time: parts of a receipt come together
                sequence: {
                    v for (v,) in connection.execute(
                        "SELECT version_id FROM package_content WHERE sequence=?", (sequence,))
                }
            }  # fmt: skip
        content = self._contents[sequence]
        strange = sum(line["version_id"] not in content for line in fields.get("results", ()))
        if strange:
            return PackageProblem.NAMES_STRANGE_VERSIONS.at(fields["package_name"], count=strange)
        return None


def has_county(workspace: Workspace) -> bool:
    """Whether the card of a unit above is registered: without one no receipt can be believed."""
    own = Role(workspace.identity.role).rank
    return any(card.role.rank > own and not card.revoked_at for card in known_devices(workspace).values())
