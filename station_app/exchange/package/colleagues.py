"""Laptops of one organisation: what one of them entered goes to the other directly, by the same packages.

Nothing is answered: what counts as received is the word of the unit above, and each laptop sends upward what was made on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from station_app.domain.problems import Problem
from station_app.exchange.package.cards import Card, registered_cards
from station_app.exchange.package.container import MANIFEST, Container
from station_app.exchange.package.intake import IntakePlan, apply_intake, plan_intake
from station_app.exchange.package.manifest import Manifest, read_manifest
from station_app.exchange.package.problems import PackageProblem
from station_app.services.progress import JobContext
from station_app.storage.workspace import Workspace


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What a colleague's package brought: versions by outcome, and how many records now disagree."""

    counts: dict[str, int]
    conflicts: int = 0
    repeat: bool = False
    problems: tuple[Problem, ...] = ()


def colleagues(workspace: Workspace) -> list[Card]:
    """Return the registered cards of other laptops of this organisation, those in use."""
    me = workspace.identity
    return [
        card for card in registered_cards(workspace)
        if card.org_code == me.org_code and card.role is me.role and card.device_id != me.device_id and not card.revoked_at
    ]  # fmt: skip


def is_from_colleague(workspace: Workspace, path: Path) -> bool:
    """Whether a package says it is from another laptop of this organisation; nothing is believed yet.

    Raises:
        UserError: PKG-001 … PKG-016 the file is no readable package.
    """
    with Container(path) as container:
        return _of_ours(workspace, read_manifest(container.read(MANIFEST)))


def _of_ours(workspace: Workspace, manifest: Manifest) -> bool:
    me, station = workspace.identity, manifest.station
    return station.org == me.org_code and station.role is me.role and station.device != me.device_id


def plan_taking(workspace: Workspace, path: Path, context: JobContext | None = None) -> IntakePlan:
    """Check a colleague's package and say what taking it in would do; nothing changes.

    Raises:
        UserError: PKG-001 … PKG-016 the file is no readable package. All else is in the plan's problems.
    """
    plan = plan_intake(workspace, path, context)
    if not plan.repeat and (not _of_ours(workspace, plan.manifest) or plan.manifest.station.recipient is None):
        plan.problems.append(PackageProblem.NOT_A_COLLEAGUE.at(path.name, name=plan.manifest.station.org_name))
    return plan


def take_in(
    workspace: Workspace, path: Path, *, plan: IntakePlan | None = None, context: JobContext | None = None
) -> TakenIn:
    """Merge a colleague's package; doing it twice changes nothing. ``plan`` is what ``plan_taking`` said of it.

    Raises:
        UserError: PKG-… the package is unsound or not for us, PKG-074 its sender is no laptop of this organisation.
    """
    plan = plan or plan_taking(workspace, path, context)
    if plan.repeat:
        return TakenIn({}, repeat=True, problems=tuple(plan.problems))
    intake = apply_intake(workspace, plan, context=context)
    return TakenIn(intake.counts, intake.merged.conflicts, False, tuple(plan.problems))
