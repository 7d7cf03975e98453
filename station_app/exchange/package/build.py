"""Building packages: what is new since the last one, signed, checked, recorded, then named.

Order matters. The zip is written as ``.part`` and read back; then it is recorded in one transaction together with a note
that it has no name yet; then it gets its name and the note goes. Killed anywhere between, the next build writes the
recorded package again from the journal, the same bytes, so no number is ever used for two contents.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from station_app.domain.generic import JSON
from station_app.domain.guards import Act
from station_app.domain.problems import Problem, Severity, UserError
from station_app.domain.registry import RecordType, has_type, record_type
from station_app.domain.text import Text
from station_app.exchange.package.authority import Authority
from station_app.exchange.package.cards import cards_on, own_card, signers_from, signing_key
from station_app.exchange.package.comparison import Comparing, Comparison, Passing
from station_app.exchange.package.container import ATTACHMENT_NAME, MANIFEST, SIGNATURE, Container, ContainerWriter
from station_app.exchange.package.files import name_part, writing
from station_app.exchange.package.findings import Findings
from station_app.exchange.package.handover import handovers
from station_app.exchange.package.lines import Line, line_reader
from station_app.exchange.package.manifest import (
    FORMAT,
    Acknowledged,
    Manifest,
    Recipient,
    StationBlock,
    Totals,
    attachment_resource,
    descriptor_bytes,
    line_resource,
    package_file_name,
    program_version,
    read_manifest,
)
from station_app.exchange.package.offers import offered_again
from station_app.exchange.package.problems import PackageProblem
from station_app.exchange.package.second_look import look_through, waits_for_sender
from station_app.exchange.package.slices import Slice, next_place, sequences_for
from station_app.exchange.package.sshsig import SigningKey
from station_app.exchange.package.tables import Layout
from station_app.exchange.package.tally import Tally
from station_app.exchange.package.verify import verify_envelope
from station_app.exchange.package.view import write_tables
from station_app.exchange.package.witness import TellingJournal
from station_app.logs import log
from station_app.services import guarding
from station_app.services.checking import wrong_money
from station_app.services.progress import JobContext, Quiet, stop_if_cancelled
from station_app.services.unusual import Unusual, Values, columns_reader
from station_app.storage import projection
from station_app.storage.engine import Connection, DatabaseError, connect, translated
from station_app.storage.files import part_of
from station_app.storage.workspace import Workspace

BLOCK = 100  # lines held at once: what fits the cache of a processor
_NAMED = 5
UNNAMED = "package.unnamed"  # setting: number and folder of a recorded package whose file has no name yet


@dataclass(frozen=True, slots=True)
class BuiltPackage:
    """A package that is written, checked and recorded. ``again`` are earlier packages written once more: the receiver
    lacks them. ``problems`` are worth knowing, not in the way (missing attachments)."""

    path: Path
    sequence: int
    versions: int
    totals: dict[str, JSON]
    sha256: str
    again: tuple[Path, ...] = ()
    problems: tuple[Problem, ...] = ()


def build_package(
    workspace: Workspace,
    out: Path,
    *,
    everything: bool = False,
    recipient: str | None = None,
    context: JobContext | None = None,
) -> BuiltPackage:
    """Pack what has not been packed yet into the folder ``out``.

    Args:
        everything: Also what others made and this workplace may pass on (a county to its region, a laptop for its
            colleagues); otherwise what was made on this device. For a device below: all its unit ever sent, handed back.
        recipient: The device for which the package is: one below, or another laptop of this organisation; upward when
            ``None``.

    Raises:
        UserError: PKG-060 nothing to send, PKG-061 a different file has that name, PKG-062 it cannot be written,
            PKG-063 it failed its own check, PKG-066 the recipient's card is not registered, PKG-076 amounts that wait to
            be sent are not what they are made of, JOB-001 cancelled; ACC-001, ACC-002, ACC-012 who is signed in may not
            send, ACC-009 nobody but the sender has looked at some of it.
    """
    guarding.refuse(workspace, Act.SEND)
    job = context or Quiet()
    if recipient is None:
        _second_look(workspace, everything)
    again = [rewrite_package(workspace, number, out) for number in _unfinished(workspace)]
    if workspace.settings.get(UNNAMED):
        workspace.settings.set(UNNAMED, "")
    with _one_state(workspace) as connection:
        target = _recipient(connection, recipient)
        chosen = _chosen(workspace, connection, target, everything)
        if not chosen.counts():
            if again:
                return replace(_recorded(workspace, again[-1]), again=tuple(again))
            raise PackageProblem.NOTHING_TO_SEND.error()
        written = Packer(workspace, connection, chosen, signing_key(workspace), job).write(out, target)
        try:
            if recipient is None:
                _refuse_wrong_money(workspace, written)
            with workspace.journal.transaction() as writer:
                record_package(writer, written, workspace.clock.stamp())
                workspace.settings.set(UNNAMED, json.dumps([written.manifest.station.sequence]))
            name_part(written.path)
            workspace.settings.set(UNNAMED, "")
        except Exception:  # whatever it was: what is signed and has no name is not left lying about
            with suppress(OSError):
                part_of(written.path).unlink(missing_ok=True)
            raise
    return replace(written.built(), again=tuple(again))


@contextmanager
def _one_state(workspace: Workspace) -> Iterator[Any]:
    """Yield a connection that sees one state of the journal, whatever is saved meanwhile.

    Raises:
        UserError: DB-002 no room for what is chosen, and what else keeps a database from being read.
    """
    connection = connect(workspace.database_path, read_only=True, once=True)
    try:
        connection.execute("BEGIN")
        yield connection
    except DatabaseError as error:
        raise translated(error, workspace.database_path) from error
    finally:
        connection.close()


def _second_look(workspace: Workspace, everything: bool) -> None:
    """Have what goes upward looked at by two persons, where that is the rule."""
    if not workspace.has_accounts or not guarding.needs_two(workspace):
        return
    with _one_state(workspace) as connection:
        waiting = waits_for_sender(workspace, _chosen(workspace, connection, None, everything))
    look_through(workspace, waiting)


def _chosen(workspace: Workspace, connection: Connection, target: Recipient | None, everything: bool) -> Slice:
    """Choose what a package for ``target`` holds."""
    chosen = Slice(connection)
    me = workspace.identity
    if target is None:
        chosen.take_upward(me.device_id, (me.role, me.org_code) if everything else None)
    elif target.org == me.org_code:
        chosen.take_across(me.role, target)
    elif everything:
        chosen.take_back(me.device_id, target)
    else:
        chosen.take_downward(me.device_id, target)
    return chosen


def compare_package(
    workspace: Workspace, *, everything: bool = False, recipient: str | None = None, context: JobContext | None = None
) -> Comparison:
    """Say what a package built now would change at its receiver; nothing is written.

    Args: as for ``build_package``.

    Raises:
        UserError: PKG-066 the recipient's card is not registered, JOB-001 cancelled.
    """
    job = context or Quiet()
    with _one_state(workspace) as connection:
        chosen = _chosen(workspace, connection, _recipient(connection, recipient), everything)
        sent = json.dumps(sequences_for(connection, recipient))

        def held(kind: RecordType, ids: list[str]) -> dict[str, Values]:
            rows = connection.execute(
                """SELECT v.record_id, v.void, v.fields FROM version v WHERE v.record_id IN (SELECT value FROM json_each(?))
                   AND v.record_type=? AND EXISTS (SELECT 1 FROM package_content c WHERE c.version_id=v.version_id
                   AND c.sequence IN (SELECT value FROM json_each(?))) ORDER BY v.hlc""",
                (json.dumps(ids), kind.name, sent),
            )
            newest = {record_id: (void, fields) for record_id, void, fields in rows}
            living = {i: json.loads(fields) for i, (void, fields) in newest.items() if not void}
            values = columns_reader(kind.name)(list(living.values())).by_version
            return dict(zip(living, values, strict=True))

        comparing, done = Comparing(Unusual(workspace.read), held), 0
        counts = chosen.counts()
        for name in counts:
            versions = chosen.versions(name)
            while block := list(islice(versions, BLOCK)):
                comparing.note(name, [Passing(v[1], bool(v[8]), json.loads(v[9]), v[7]) for v in block])
                done += len(block)
                stop_if_cancelled(job)
                job.progress(done, sum(counts.values()), Text("正在与上次比较", "Comparing with the last time"))
        return comparing.result()


def _refuse_wrong_money(workspace: Workspace, written: Written) -> None:
    """Raise PKG-076 naming each amount that is not what it is made of; what is in question is not sent."""
    found = wrong_money(workspace.read, written.chosen.record_ids, written.suspected)
    if not found:
        return
    some: dict[str, Text] = {}
    for each in found[:_NAMED]:
        title = workspace.read.titles(each.record_type, [each.record_id]).get(each.record_id, "")
        kind = record_type(each.record_type).label
        said = each.problem.text
        some[each.record_id + said.zh] = Text(f"{kind.zh}“{title}”{said.zh}", f"{kind.en} “{title}”: {said.en}")
    named = Text(*(" ".join(words).rstrip("。.") for words in zip(*((t.zh, t.en) for t in some.values()), strict=True)))
    error = PackageProblem.WRONG_MONEY.error(count=len(found), some=named)
    raise UserError(error.code, error.text, problems=tuple(each.problem for each in found))


def rewrite_package(workspace: Workspace, sequence: int, out: Path) -> Path:
    """Write a package built before once more, from the journal: the same content under the same signature.

    Raises:
        UserError: PKG-064 there is no such package, PKG-067 the journal no longer gives the same content, PKG-061 and
            PKG-062 as for building, PKG-030 the key it was signed with is gone.
    """
    with _one_state(workspace) as connection:
        row = connection.execute("SELECT manifest FROM package_out WHERE sequence=?", (sequence,)).fetchone()
        if row is None:
            raise PackageProblem.NO_SUCH_PACKAGE.error(sequence=sequence)
        chosen = Slice(connection)
        chosen.take_package(sequence)
        manifest = read_manifest(row[0].encode())
        key = signing_key(workspace, manifest.station.device)
        written = Packer(workspace, connection, chosen, key, Quiet()).write_again(out, manifest)
    name_part(written)
    return written


def _unfinished(workspace: Workspace) -> list[int]:
    """Return numbers of packages to write again: recorded but never named, or missing at the receiver."""
    unnamed: list[int] = json.loads(workspace.settings.get(UNNAMED) or "[]")
    return sorted({*unnamed, *offered_again(workspace)})


def _recipient(connection: Connection, device: str | None) -> Recipient | None:
    if device is None:
        return None
    for card in cards_on(connection):
        if card.device_id == device:
            return Recipient(card.org_code, device)
    raise PackageProblem.UNKNOWN_RECIPIENT.error(device=device)


def _recorded(workspace: Workspace, path: Path) -> BuiltPackage:
    with Container(path) as container:
        manifest = read_manifest(container.read(MANIFEST))
    station = manifest.station
    log.package.info("built: number %d, %d versions", station.sequence, station.versions)
    return BuiltPackage(path, station.sequence, station.versions, station.totals.plain(), manifest.sha256)


def record_package(connection: Connection, written: Written, stamp: str) -> None:
    """Record a package made at ``stamp`` and its content; the caller holds the transaction.

    Raises:
        UserError: PKG-065 its number was taken meanwhile.
    """
    station = written.manifest.station
    last = connection.execute("SELECT coalesce(max(sequence), 0) FROM package_out").fetchone()[0]
    if last + 1 != station.sequence:
        raise PackageProblem.BUILT_MEANWHILE.error()
    connection.execute(
        """INSERT INTO package_out (sequence, name, sha256, previous_sha256, built_at, version_count, manifest)
           VALUES (?, ?, ?, ?, ?, ?, ?)""",
        (station.sequence, written.path.name, written.manifest.sha256,
         station.previous.sha256 if station.previous else "", stamp,
         station.versions, written.manifest.raw.decode()),
    )  # fmt: skip
    spans = written.chosen.spans()
    connection.executemany(
        f"INSERT INTO package_content (version_id, sequence) SELECT version_id, ? FROM ({projection.SPAN})",
        [(station.sequence, *span) for span in spans],
    )
    connection.executemany(
        "INSERT INTO setting (key, value) VALUES (?, ?) ON CONFLICT(key) DO UPDATE SET value=excluded.value",
        [*written.marks, *([written.chosen.mark] if written.chosen.mark else [])],
    )
    if (
        station.recipient is None or station.recipient.org != station.org
    ):  # to a colleague is not on the way to the county
        projection.note_packaged(connection, station.sequence, projection.SPAN, spans)


@dataclass(frozen=True, slots=True)
class Written:
    """A package in its ``.part`` file, checked, not recorded yet; ``chosen`` still knows what is in it."""

    path: Path
    manifest: Manifest
    chosen: Slice
    held: tuple[Problem, ...] = ()
    suspected: tuple[tuple[str, str], ...] = ()  # see ``Tally``
    marks: tuple[tuple[str, str], ...] = ()  # see ``TellingJournal``

    def built(self) -> BuiltPackage:
        station = self.manifest.station
        missing = tuple(PackageProblem.ATTACHMENT_MISSING.at(name=name) for name in station.missing_attachments)
        return BuiltPackage(
            self.path,
            station.sequence,
            station.versions,
            station.totals.plain(),
            self.manifest.sha256,
            (),
            missing + self.held,
        )


class Packer:
    """Writes one package from the versions chosen on a connection."""

    def __init__(
        self, workspace: Workspace, connection: Connection, chosen: Slice, key: SigningKey, context: JobContext
    ) -> None:
        self._workspace = workspace
        self._connection = connection
        self._chosen = chosen
        self._key = key
        self._context = context

    def write(self, out: Path, recipient: Recipient | None, acknowledges: Acknowledged | None = None) -> Written:
        """Write the next package of the chain as ``.part`` in ``out`` and read it back.

        Raises:
            UserError: PKG-061, PKG-062, PKG-063, JOB-001.
        """
        me = self._workspace.identity
        sequence, previous = next_place(self._connection, recipient.device if recipient else None)
        path = out / package_file_name(me.org_code, me.device_id, sequence)
        if path.exists():
            raise PackageProblem.NAME_TAKEN.error(str(path), path=path)
        counts = self._chosen.counts()
        tally = Tally(Findings(), Authority(me.device_id, me.role, me.org_code, None))
        with writing(path) as file, ContainerWriter(file) as archive:
            resources = [self._lines(archive, Layout(name, (), is_lines=True), tally) for name in counts]
            journal = TellingJournal(self._connection)
            if recipient is None:
                resources += journal.write(archive, sequence, previous)
            else:
                journal.head_alone()
            attached, missing = self._attachments(archive, tally.attachments)
            station = StationBlock(
                format=FORMAT, org=me.org_code, org_name=me.org_name, role=me.role, device=me.device_id,
                device_name=me.device_name, epoch=self._epoch(), sequence=sequence, previous=previous,
                recipient=recipient, from_hlc=tally.first, to_hlc=tally.last, versions=tally.versions, counts=counts,
                totals=Totals(**tally.totals.result()), program=program_version(),
                schema={name: record_type(name).version for name in counts if has_type(name)},
                acknowledges=acknowledges, missing_attachments=tuple(missing), head=journal.head, since=journal.since,
                handovers=handovers(self._workspace.keys_folder, me.device_id),
            )  # fmt: skip
            raw = descriptor_bytes(station, resources + attached)
            self._finish(archive, raw)
        manifest = read_manifest(raw)
        self._check(path, manifest)
        held = tuple(p for p in tally.findings.problems if p.severity is Severity.HOLD)
        return Written(path, manifest, self._chosen, held, tuple(tally.suspected), tuple(journal.marks))

    def write_again(self, out: Path, manifest: Manifest) -> Path:
        """Write a recorded package as ``.part`` in ``out``, each file held against its manifest; return its final path.

        Raises:
            UserError: PKG-061, PKG-062, PKG-067.
        """
        path = out / manifest.file_name
        if path.exists():
            with Container(path) as there:
                if hashlib.sha256(there.read(MANIFEST)).hexdigest() != manifest.sha256:
                    raise PackageProblem.NAME_TAKEN.error(str(path), path=path)
        with writing(path) as file, ContainerWriter(file) as archive:
            tally = Tally(
                Findings(), Authority(manifest.station.device, manifest.station.role, manifest.station.org, None)
            )
            resources = []
            for layout in manifest.layouts:
                if layout.is_lines:
                    resources.append(self._lines(archive, layout, tally))
                else:
                    resources += self._tables(archive, layout)
            resources += TellingJournal(self._connection).write_again(archive, manifest)
            attached, _ = self._attachments(archive, set(_attachments_in(manifest)))
            for made in resources + attached:
                recorded = manifest.resources.get(made["path"])
                if recorded is None or recorded.hash != made["hash"]:
                    raise PackageProblem.CANNOT_REPEAT.error(
                        str(path), sequence=manifest.station.sequence, name=made["path"]
                    )
            if len(resources) + len(attached) != len(manifest.resources):
                raise PackageProblem.CANNOT_REPEAT.error(str(path), sequence=manifest.station.sequence, name=MANIFEST)
            self._finish(archive, manifest.raw)
        return path

    def _epoch(self) -> str:
        row = self._connection.execute("SELECT value FROM setting WHERE key='workspace.epoch'").fetchone()
        return str(row[0])

    def _lines(self, archive: ContainerWriter, layout: Layout, tally: Tally) -> dict[str, JSON]:
        """Write the versions of one type as their lines, each looked at as its receiver will look at it; a damaged journal is
        noticed here, not at the county.

        Raises:
            UserError: PKG-063 a version is not what its record type allows at all, PKG-069 one does not match its id, JOB-001.
        """
        read, take = line_reader(layout.name).read, tally.taker(layout)
        total = sum(self._chosen.counts().values())
        with archive.entry(layout.path) as sink, closing(self._chosen.lines(layout.name)) as chosen:
            while block := list(islice(chosen, BLOCK)):
                stop_if_cancelled(self._context)
                self._context.progress(tally.versions, total, Text("正在打包", "Packing"))
                raws = [raw for _, raw in block]
                lines: list[Line] = []
                try:
                    for line in read(raws):
                        if line.version_id != block[len(lines)][0]:
                            break
                        lines.append(line)
                except ValueError as error:
                    version_id = block[len(lines)][0]
                    if hashlib.sha256(raws[len(lines)]).hexdigest() == version_id:
                        raise PackageProblem.OWN_CHECK_FAILED.error(
                            layout.path, detail=f"{version_id[:12]} {error}"
                        ) from error
                if len(lines) < len(block):
                    raise PackageProblem.JOURNAL_DAMAGED.error(version=block[len(lines)][0][:12])
                take(lines)
                sink.write(b"\n".join((*raws, b"")))
        return line_resource(layout, sink.size, sink.sha256)

    def _tables(self, archive: ContainerWriter, layout: Layout) -> list[dict[str, JSON]]:
        """Write the versions of one type as the tables of formats 1 and 2."""
        with ExitStack() as stack:
            versions = stack.enter_context(closing(self._chosen.versions(layout.name)))
            return write_tables(archive, layout, versions, stack, present=True)

    def _attachments(self, archive: ContainerWriter, names: set[str]) -> tuple[list[dict[str, object]], list[str]]:
        resources, missing = [], []
        folder = self._workspace.folder / "attachments"
        for name in sorted(names):
            source = folder / name
            if _sha256_of(source) != name:
                missing.append(name)
                continue
            with archive.entry(f"attachments/{name}") as sink, source.open("rb") as file:
                while piece := file.read(1 << 20):
                    sink.write(piece)
            resources.append(attachment_resource(name, sink.size, self._workspace.attachments.about(name)))
        return resources, missing

    def _finish(self, archive: ContainerWriter, raw: bytes) -> None:
        with archive.entry(MANIFEST) as sink:
            sink.write(raw)
        with archive.entry(SIGNATURE) as sink:
            sink.write(self._key.sign(io.BytesIO(raw)).encode())

    def _check(self, path: Path, manifest: Manifest) -> None:
        """Read the package back: every byte is held against the signed hashes, and each line was looked at when it was
        written. One that fails is never sent."""
        self._context.progress(manifest.station.versions, manifest.station.versions, Text("正在自检", "Checking"))
        signers = signers_from([own_card(self._workspace, self._key)])
        report = verify_envelope(part_of(path), signers, name=path.name, now=self._workspace.clock.now())
        failed = [p for p in report.problems if p.severity is Severity.ERROR]
        if failed or report.manifest is None or report.manifest.sha256 != manifest.sha256:
            part_of(path).unlink(missing_ok=True)
            detail = f"{failed[0].code} {failed[0].place}" if failed else MANIFEST
            raise PackageProblem.OWN_CHECK_FAILED.error(str(path), detail=detail)


def _sha256_of(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def _attachments_in(manifest: Manifest) -> list[str]:
    return [found[1] for path in manifest.resources if (found := ATTACHMENT_NAME.match(path))]
