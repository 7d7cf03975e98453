"""Taking a package in: plan, show, apply.

A plan reads everything and changes nothing. Applying copies the package into ``inbox`` (the signed original stays as
evidence), reads and checks it once more while it merges, sets aside what may not be applied, compares the counts, and is
one transaction: all of it is there afterwards, or nothing.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any

from station_app.domain.generic import JSON
from station_app.domain.guards import Act
from station_app.domain.problems import Problem, Severity, UserError
from station_app.domain.text import Text
from station_app.exchange.package.cards import (
    Card,
    cards_on,
    heed_register,
    own_card,
    register_follower,
    registered_cards,
    signers_of,
    signing_key,
    write_allowed_signers,
)
from station_app.exchange.package.chain import chain_problems, received_as
from station_app.exchange.package.comparison import Comparing, Comparison, Passing
from station_app.exchange.package.container import ATTACHMENT_NAME, MANIFEST, Container
from station_app.exchange.package.files import name_part, writing
from station_app.exchange.package.lines import DIGEST, Line
from station_app.exchange.package.manifest import Manifest, read_manifest
from station_app.exchange.package.problems import PackageProblem
from station_app.exchange.package.verify import OpenPackage, refuse
from station_app.exchange.package.witness import journal_problems
from station_app.logs import log
from station_app.services import guarding
from station_app.services.progress import JobContext, Quiet, stop_if_cancelled
from station_app.services.twins import ArrivingTwins
from station_app.services.unusual import Unusual
from station_app.storage import files
from station_app.storage.attachments import about_file
from station_app.storage.changes import Changes
from station_app.storage.engine import Connection, connect
from station_app.storage.journal import MergeCounts
from station_app.storage.workspace import Workspace

STEP = 5_000
Judge = Callable[[Any, Line], Problem | None]
Finish = Callable[[Any, "Intake"], None]


@dataclass
class IntakePlan:
    """What taking a package in would do. ``ok``: it can be applied; ``repeat``: it was before. ``aside`` says why versions would
    wait for a person, judged by the devices known then (``cards``); ``ids`` are those of its versions in their order, found in
    a file with this SHA-256 (``file_sha256``)."""

    path: Path
    manifest: Manifest
    problems: list[Problem] = field(default_factory=list)
    repeat: bool = False
    from_above: bool = False
    receipt_name: str = ""
    new: int = 0
    already_had: int = 0
    held: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    totals: dict[str, JSON] = field(default_factory=dict)
    comparison: Comparison = field(default_factory=Comparison)
    aside: dict[str, Problem] = field(default_factory=dict)
    cards: dict[str, Card] | None = None
    ids: bytearray = field(default_factory=bytearray)
    file_sha256: str = ""

    @property
    def ok(self) -> bool:
        return not any(p.severity is Severity.ERROR for p in self.problems)


@dataclass
class Intake:
    """What taking a package in did. ``ids``: the versions in the order of the package, ``DIGEST`` bytes each; ``held``: why some
    were set aside; ``had``: those that would have been, had they not been here. What was added stands in the journal after
    version ``after``; ``ended`` says which keys known here the unit above believes no more."""

    manifest: Manifest
    ids: bytes | bytearray
    merged: MergeCounts
    held: dict[str, Problem]
    had: set[str]
    problems: list[Problem]
    after: int = 0
    ended: list[Problem] = field(default_factory=list)

    @property
    def versions(self) -> int:
        return len(self.ids) // DIGEST

    def results(self) -> Iterator[tuple[str, str, str, Text | None]]:
        """Yield (version_id, outcome, reason code, reason) in package order."""
        for place in range(0, len(self.ids), DIGEST):
            version_id = self.ids[place : place + DIGEST].hex()
            why = self.held.get(version_id)
            if why is not None:
                yield version_id, "quarantined", why.code, why.text
            else:
                had = "already_had" if version_id in self.had else "applied"
                yield version_id, self.merged.outcomes.get(version_id, had), "", None

    @property
    def counts(self) -> dict[str, int]:
        """The number of versions by outcome."""
        counts = Counter(self.merged.outcomes.values())
        counts["already_had"] += len(self.had)
        counts["quarantined"] += len(self.held)
        counts["applied"] += self.versions - counts.total()
        return {outcome: number for outcome, number in sorted(counts.items()) if number}


def known_devices(workspace: Workspace) -> dict[str, Card]:
    """Return the cards known here by device, our own among them."""
    me = own_card(workspace, signing_key(workspace))
    return {card.device_id: card for card in [*registered_cards(workspace), me]}


def plan_intake(workspace: Workspace, path: Path, context: JobContext | None = None) -> IntakePlan:
    """Read and check a package, and say what taking it in would do.

    Raises:
        UserError: PKG-001 … PKG-016 the file is no readable package, PKG-030 no signing key here, JOB-001 cancelled. All
            else is in the plan's problems.
    """
    job = context or Quiet()
    with Container(path) as container:
        manifest = read_manifest(container.read(MANIFEST))
    plan = IntakePlan(path, manifest, from_above=manifest.station.role.rank > workspace.identity.role.rank)
    before = workspace.read.sql("SELECT received_at, receipt_name FROM package_in WHERE sha256=?", (manifest.sha256,))
    if before:
        plan.repeat, plan.receipt_name = True, before[0][1]
        plan.already_had = manifest.station.versions
        plan.problems.append(PackageProblem.REPEAT.at(path.name, received=before[0][0]))
        return plan
    addressed = _address_problems(workspace, manifest)
    plan.cards = known_devices(workspace)
    with OpenPackage(
        path, signers_of(workspace), cards=plan.cards, roles=guarding.roles_held(workspace), now=workspace.clock.now()
    ) as package:
        total = manifest.station.versions
        comparing, arriving = Comparing(Unusual(workspace.read)), ArrivingTwins(workspace.read)

        for lines, aside in package.versions():
            stop_if_cancelled(job)
            job.progress(package.tally.versions, total, Text("正在检查", "Checking"))
            plan.held += len(aside)
            plan.aside.update(aside)
            plan.ids += bytes.fromhex("".join([line.version_id for line in lines]))
            had = workspace.journal.has(line.version_id for line in lines)
            plan.already_had += len(had)
            sound = [(line, line.content) for line in lines if line.version_id not in aside]
            if sound:
                name = sound[0][1].record_type
                comparing.note(name, [Passing(c.record_id, c.void, c.fields, c.reason) for _, c in sound])
                # What is here already brings nothing; all else may meet what is.
                arriving.note(
                    name, [(c.record_id, c.void, c.fields) for line, c in sound if line.version_id not in had]
                )
        report = package.report()
        plan.file_sha256 = package.container.file_sha256()
    plan.counts, plan.totals = report.counts, report.totals
    twins, twice = arriving.result(workspace.identity.role)
    plan.comparison = replace(comparing.result(), twins=twins, twice=tuple(twice))
    plan.new = sum(report.counts.values()) - plan.already_had
    connection = connect(workspace.database_path, read_only=True)
    try:
        placed = _place_problems(workspace, connection, plan, path)
        plan.problems = addressed + report.problems + placed + twice
    finally:
        connection.close()
    return plan


def _place_problems(workspace: Workspace, connection: Connection, plan: IntakePlan, package: Path) -> list[Problem]:
    """Return what is wrong with a package's place in its sender's chain, and in the journal its sender told before."""
    found = chain_problems(connection, plan.manifest, from_above=plan.from_above)
    if any(p.severity is Severity.ERROR or p.code == PackageProblem.SENDER_RESTORED.code for p in found):
        return found
    inbox = workspace.folder / "inbox"
    return found + journal_problems(connection, plan.manifest, package, inbox, from_above=plan.from_above)


def _address_problems(workspace: Workspace, manifest: Manifest) -> list[Problem]:
    me = workspace.identity.device_id
    station = manifest.station
    if station.device == me:
        return [PackageProblem.FROM_OURSELVES.at(manifest.file_name)]
    if station.recipient is not None and station.recipient.device not in our_devices_of(workspace):
        return [PackageProblem.NOT_FOR_US.at(manifest.file_name, recipient=station.recipient.device, device=me)]
    return []


def our_devices_of(workspace: Workspace) -> set[str]:
    """Return the names this device has had: its own, and those of the device it was copied from."""
    rows = workspace.read.sql("SELECT value FROM setting WHERE key LIKE 'workspace.former.%'")
    return {workspace.identity.device_id, *(value for (value,) in rows)}


def apply_intake(
    workspace: Workspace,
    plan: IntakePlan,
    *,
    judge: Judge | None = None,
    finish: Finish | None = None,
    finished: Callable[[], None] | None = None,
    context: JobContext | None = None,
) -> Intake:
    """Take a planned package in, in one transaction; tables follow. What the plan looked at is read, not looked at again.

    Args:
        judge: Says of a sound version why it is set aside all the same (receipts that name strange packages).
        finish: Called inside the transaction when everything is merged (the county writes its receipt there).
        finished: Called when it is durable, before the tables show it.

    Raises:
        UserError: what the plan's problems say, or what is found when the package is read again; as ``guarding.refuse``.
            Nothing is changed then.
    """
    guarding.refuse(workspace, Act.TAKE_IN)
    workspace.refuse_writing()
    refuse(plan.problems)
    job = context or Quiet()
    kept = workspace.folder / "inbox" / f"{plan.manifest.sha256[:16]}_{plan.manifest.file_name}"
    original = kept.with_name(kept.name + ".incoming")
    copied = _copy(plan.path, original)
    cards = known_devices(workspace)
    try:
        with OpenPackage(
            original,
            signers_of(workspace),
            cards=cards,
            roles=guarding.roles_held(workspace),
            name=plan.path.name,
            now=workspace.clock.now(),
        ) as package:
            refuse(package.findings.problems)
            if package.manifest.sha256 != plan.manifest.sha256:
                raise PackageProblem.DAMAGED.error(str(plan.path), detail=MANIFEST)
            if copied != plan.file_sha256:
                package.check_files(package.manifest.resources)
                refuse(package.findings.problems)
            with workspace.journal.transaction() as connection:
                before = received_as(connection, package.manifest.sha256)
                if before is not None:  # taken in since it was planned
                    raise PackageProblem.REPEAT.error(plan.path.name, received=before[0])
                refuse(_place_problems(workspace, connection, plan, original))
                looked_at = plan if (cards, copied) == (plan.cards, plan.file_sha256) else None
                for card, said in package.followers:
                    register_follower(workspace, connection, card, said)
                intake = _Taking(workspace, connection, package, looked_at, judge, job).run()
                if plan.from_above:
                    above = next(c for c in cards_on(connection) if c.device_id == plan.manifest.station.device)
                    intake.ended = heed_register(workspace, connection, above, intake.after)
                if finish is not None:
                    finish(connection, intake)
    except BaseException:
        original.unlink(missing_ok=True)
        raise
    if package.followers or intake.ended:
        with suppress(UserError):  # the register lies in the database; this is its copy for others
            write_allowed_signers(workspace)
    with suppress(OSError):  # what counts is committed; the copy keeps its passing name then
        files.give_name(original, kept)
    if finished is not None:
        finished()
    workspace.catch_up(search=False)
    workspace.announce(Changes(intake.merged.tables, intake.merged.record_ids))
    merged = intake.merged
    log.package.info("taken in: %d, had %d already, %d conflicts", merged.applied, merged.already_had, merged.conflicts)
    return intake


def _copy(path: Path, target: Path) -> str:
    """Copy a file and return the SHA-256 of what was copied."""
    digest = hashlib.sha256()
    try:
        source = path.open("rb")
    except OSError as error:
        raise PackageProblem.UNREADABLE.error(str(path), path=path, why=error.strerror) from error
    with source, writing(target) as file:
        while piece := _read(source, path):
            digest.update(piece)
            file.write(piece)
    name_part(target)
    return digest.hexdigest()


def _read(source: IO[bytes], path: Path) -> bytes:
    try:
        return source.read(1 << 20)
    except OSError as error:  # the stick is gone: that is not a fault of the place written to
        raise PackageProblem.UNREADABLE.error(str(path), path=path, why=error.strerror) from error


class _Taking:
    """One package on its way into the journal."""

    def __init__(
        self,
        workspace: Workspace,
        connection: Connection,
        package: OpenPackage,
        plan: IntakePlan | None,
        judge: Judge | None,
        job: JobContext,
    ) -> None:
        """``plan``: where these very bytes were looked at before."""
        self._workspace = workspace
        self._connection = connection
        self._package = package
        self._plan = plan
        self._judge = judge
        self._job = job
        self._ids = plan.ids if plan is not None else bytearray()
        self._held: dict[str, tuple[Line, Problem]] = {}
        self._had: set[str] = set()

    def run(self) -> Intake:
        """Merge, set aside, keep attachments, compare, note the package."""
        journal = self._workspace.journal
        before = self._connection.execute("SELECT coalesce(max(seq), 0) FROM version").fetchone()[0]
        merged = journal.merge(self._sound(), show=False)
        refuse(self._package.findings.problems)
        self._set_aside()
        self._keep_attachments()
        self._compare(before, merged)
        station = self._package.manifest.station
        self._connection.execute(
            """INSERT INTO package_in (sha256, name, org_code, device_id, sequence, received_at, receipt_name, manifest)
               VALUES (?, ?, ?, ?, ?, ?, '', ?)""",
            (self._package.manifest.sha256, self._package.manifest.file_name, station.org, station.device,
             station.sequence, self._workspace.clock.stamp(), self._package.manifest.raw.decode()),
        )  # fmt: skip
        held = {version_id: why for version_id, (_, why) in self._held.items()}
        manifest, problems = self._package.manifest, self._package.findings.problems
        return Intake(manifest, self._ids, merged, held, self._had, problems, before)

    def _lines(self) -> Iterator[tuple[Line, Problem | None]]:
        if self._plan is not None:
            why = self._plan.aside.get
            return ((line, why(line.version_id)) for line in self._package.versions_again(self._ids))
        return self._looked_at()

    def _looked_at(self) -> Iterator[tuple[Line, Problem | None]]:
        for lines, aside in self._package.versions():
            self._ids += bytes.fromhex("".join([line.version_id for line in lines]))
            for line in lines:
                yield line, aside.get(line.version_id)

    def _sound(self) -> Iterator[Line]:
        total = self._package.manifest.station.versions
        journal = self._workspace.journal
        for number, (line, aside) in enumerate(self._lines(), 1):
            if number % STEP == 0:
                stop_if_cancelled(self._job)
                self._job.progress(number, total, Text("正在入库", "Taking in"))
            if aside is None and self._judge is not None:
                aside = self._judge(self._connection, line)
            if aside is None:
                yield line
            elif journal.has([line.version_id]):
                self._had.add(line.version_id)
            else:
                self._held[line.version_id] = (line, aside)

    def _set_aside(self) -> None:
        sha256 = self._package.manifest.sha256
        self._connection.executemany(
            """INSERT OR IGNORE INTO quarantine (version_id, package_sha256, reason_code, reason_zh, reason_en,
               version_json, received_at) VALUES (?, ?, ?, ?, ?, ?, ?)""",
            [
                (
                    version_id,
                    sha256,
                    why.code,
                    why.text.zh,
                    why.text.en,
                    line.raw.decode(),
                    self._workspace.clock.stamp(),
                )
                for version_id, (line, why) in self._held.items()
            ],
        )

    def _keep_attachments(self) -> None:
        folder = self._workspace.folder / "attachments"
        for path in self._package.container.names:
            found = ATTACHMENT_NAME.match(path)
            if found is None:
                continue
            called = self._package.manifest.resources[path].title if path in self._package.manifest.resources else None
            if isinstance(called, str):
                self._workspace.attachments.describe(found[1], about_file(called))
            if (folder / found[1]).exists():
                continue
            with self._package.container.open(path) as member, writing(folder / found[1]) as file:
                while piece := member.read_some(1 << 20):
                    file.write(piece)
                if member.sha256 != found[1]:
                    raise PackageProblem.HASH_DIFFERS.error(path, name=path)
            name_part(folder / found[1])

    def _compare(self, before: int, merged: MergeCounts) -> None:
        """Every version of the package is in the journal or set aside, and nothing else was added after version ``before``.

        Raises:
            UserError: PKG-068; everything is rolled back.
        """
        stated = self._package.manifest.station.versions
        added = self._connection.execute("SELECT count(*) FROM version WHERE seq > ?", (before,)).fetchone()[0]
        known = self._workspace.journal.has(v for v, outcome in merged.outcomes.items() if outcome == "already_had")
        here = added + len(known) + len(self._had)
        if (
            here + len(self._held) != stated
            or len(self._ids) != stated * DIGEST
            or (added, len(known)) != (merged.applied, merged.already_had)
        ):
            raise PackageProblem.DOES_NOT_ADD_UP.error(stated=stated, here=here, held=len(self._held))
