"""Is this package what it says it is? Container, signature, manifest, tables, ids, authority, totals.

What stock tools check (``ssh-keygen -Y verify``, ``frictionless validate``) is checked here too, and what they miss: names
outside the allow-list, version ids, order, who may author what, counts and control totals recomputed.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from station_app.domain.accounts import AccountRole
from station_app.domain.generic import JSON
from station_app.domain.problems import Problem, Severity, UserError
from station_app.domain.text import Text
from station_app.exchange.package.authority import Authority
from station_app.exchange.package.cards import Card, follow, signers_from
from station_app.exchange.package.container import (
    ATTACHMENT_NAME,
    JOURNAL,
    MANIFEST,
    SIGNATURE,
    TABLE_NAME,
    Container,
)
from station_app.exchange.package.findings import Findings
from station_app.exchange.package.handover import Handover
from station_app.exchange.package.lines import DIGEST, Line, line_reader
from station_app.exchange.package.manifest import Manifest, read_manifest
from station_app.exchange.package.problems import PackageProblem
from station_app.exchange.package.sshsig import (
    NAMESPACE,
    BadSignature,
    PublicKey,
    Signers,
    check_signature,
    matches,
    parse_signature,
    read_signers,
)
from station_app.exchange.package.table_reader import TypeReader
from station_app.exchange.package.tally import Tally
from station_app.exchange.package.totals import differences
from station_app.exchange.package.witness import told_entries
from station_app.services.progress import JobContext, Quiet, stop_if_cancelled
from station_app.storage.clock import SYSTEM_CLOCK
from station_app.storage.keys import device_id_of

_ENVELOPE = (MANIFEST, SIGNATURE)


@dataclass
class VerifyReport:
    """What the check of a package found. ``ok``: nothing refuses it; single versions may still be set aside (HOLD)."""

    problems: list[Problem] = field(default_factory=list)
    manifest: Manifest | None = None
    counts: dict[str, int] = field(default_factory=dict)
    totals: dict[str, JSON] = field(default_factory=dict)
    signer: str = ""

    @property
    def ok(self) -> bool:
        return self.manifest is not None and not any(p.severity is Severity.ERROR for p in self.problems)


def verify_package(
    path: Path, allowed_signers: Path | None = None, *, context: JobContext | None = None
) -> VerifyReport:
    """Check a package file; ``allowed_signers`` (with ``revoked_keys`` beside it) says whose signature counts.

    Raises:
        UserError: PKG-031 the list of signers cannot be read, JOB-001 cancelled. What is wrong with the package is in
            the report.
    """
    signers = None if allowed_signers is None else read_signers(allowed_signers)
    return verify_file(path, signers, context=context)


def verify_file(
    path: Path,
    signers: Signers | None,
    *,
    cards: dict[str, Card] | None = None,
    name: str | None = None,
    now: datetime | None = None,
    context: JobContext | None = None,
) -> VerifyReport:
    """Check a package file against known signers; ``name`` is what the file is to be called, where it is not yet."""
    try:
        package = OpenPackage(path, signers, cards=cards, name=name, now=now)
    except UserError as error:
        return VerifyReport(list(error.problems))
    job = context or Quiet()
    total = package.manifest.station.versions
    with package:
        for _ in package.versions():
            stop_if_cancelled(job)
            job.progress(package.tally.versions, total, Text("正在检查", "Checking"))
        return package.report()


def verify_envelope(
    path: Path, signers: Signers | None, *, name: str | None = None, now: datetime | None = None
) -> VerifyReport:
    """Check zip, manifest and signature, and every file against its hash, without looking into the tables."""
    try:
        package = OpenPackage(path, signers, name=name, now=now)
    except UserError as error:
        return VerifyReport(list(error.problems))
    with package:
        package.check_files(package.manifest.resources)
        return package.report()


def refuse(problems: list[Problem]) -> None:
    """Raise the first error among ``problems``, all of them attached; do nothing when there is none."""
    errors = [p for p in problems if p.severity is Severity.ERROR]
    if errors:
        raise UserError(errors[0].code, errors[0].text, problems=tuple(problems))


class OpenPackage:
    """A package whose envelope has been looked at; ``versions`` reads and checks the content in one pass."""

    def __init__(
        self,
        path: Path,
        signers: Signers | None,
        *,
        cards: dict[str, Card] | None = None,
        name: str | None = None,
        now: datetime | None = None,
        roles: dict[str, set[AccountRole]] | None = None,
    ) -> None:
        """Open ``path``: zip, manifest and signature. ``roles``: what the accounts known here have been.

        Raises:
            UserError: what is wrong with the zip or the manifest as such (PKG-001 … PKG-016). A bad signature is only
                noted (``findings``), so that the report can show all there is.
        """
        self.findings = Findings()
        self.container = Container(path)
        try:
            self.manifest = read_manifest(self.container.read(MANIFEST))
            self._seal = self.container.read(SIGNATURE)
        except UserError:
            self.container.close()
            raise
        self.key: PublicKey | None = None
        self.followers: list[
            tuple[Card, Handover]
        ] = []  # to be registered with it: they took the place of known devices
        self._cards = cards if cards is None else dict(cards)
        station = self.manifest.station
        self.tally = Tally(self.findings, Authority(station.device, station.role, station.org, self._cards, roles))
        self._done = False
        self._check_signature(signers, now or SYSTEM_CLOCK.now())
        self._check_names(name or path.name)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.container.close()

    @property
    def errors(self) -> list[Problem]:
        """What refuses the package, as far as it is known."""
        return [p for p in self.findings.problems if p.severity is Severity.ERROR]

    def report(self) -> VerifyReport:
        """Return the result; complete once ``versions`` has run through."""
        totals = self.tally.totals.result() if self._done else {}
        signer = self.manifest.station.device if self.key is not None else ""
        return VerifyReport(self.findings.problems, self.manifest, dict(self.tally.counts), totals, signer)

    # --- the envelope ------------------------------------------------------------------------------------------------

    def _check_signature(self, signers: Signers | None, now: datetime) -> None:
        add = self.findings.add
        try:
            signature = parse_signature(self._seal)
        except BadSignature as error:
            add(PackageProblem.BAD_SIGNATURE, SIGNATURE, why=error)
            return
        key = signature.key
        if signature.namespace != NAMESPACE:
            add(PackageProblem.WRONG_NAMESPACE, SIGNATURE, namespace=signature.namespace[:60])
            return
        try:
            check_signature(signature, io.BytesIO(self.manifest.raw))
        except BadSignature as error:
            add(PackageProblem.BAD_SIGNATURE, SIGNATURE, why=error)
            return
        self.key = key
        self._check_signer(signers, key, now)

    def _check_signer(self, signers: Signers | None, key: PublicKey, now: datetime) -> None:
        add = self.findings.add
        claimed = self.manifest.station.device
        if device_id_of(key.line) != claimed:
            add(PackageProblem.NOT_THE_DEVICE, SIGNATURE, claimed=claimed, signer=device_id_of(key.line))
        if signers is None:
            add(PackageProblem.SIGNER_NOT_CHECKED, SIGNATURE, fingerprint=key.fingerprint)
            return
        signers = self._with_followers(signers, key)
        station = self.manifest.station
        card = (self._cards or {}).get(claimed)
        if card is not None and card.revoked_at:
            if not card.ending.covers(station.epoch, station.sequence, self.manifest.sha256):
                ended = PackageProblem.REVOKED_KEY if card.is_distrusted else PackageProblem.PAST_ITS_END
                add(ended, SIGNATURE, fingerprint=key.fingerprint, last=card.ending.sequence)
                return
        elif signers.is_revoked(key):
            add(PackageProblem.REVOKED_KEY, SIGNATURE, fingerprint=key.fingerprint)
            return
        lines = [line for line in signers.with_key(key) if matches(claimed, line.principals)]
        if not lines:
            add(PackageProblem.UNKNOWN_KEY, SIGNATURE, fingerprint=key.fingerprint)
        elif not any(line.allows(NAMESPACE, now) for line in lines):
            add(PackageProblem.KEY_NOT_VALID, SIGNATURE, fingerprint=key.fingerprint)
        if card is not None and (card.role is not station.role or card.org_code != station.org):
            what = f"{station.role.value} {station.org} ≠ {card.role.value} {card.org_code}"
            add(PackageProblem.BAD_MANIFEST, MANIFEST, what=what)

    def _with_followers(self, signers: Signers, key: PublicKey) -> Signers:
        """Return the signers with those that took the place of known ones by their own word, as the package says; a second key
        that says so of the same is named."""
        said, cards = self.manifest.station.handovers, self._cards
        if cards is None or self.manifest.station.device in cards:
            return signers
        for each in said:
            old = cards.get(each.follows)
            first = cards.get(old.ending.followed_by) if old is not None and each.is_by(old.public_key) else None
            if old is not None and first is not None and each.device not in cards:
                self.findings.add(
                    PackageProblem.HANDED_OVER_TWICE, SIGNATURE, name=old.org_name, first=first.key.fingerprint,
                    second=key.fingerprint,
                )  # fmt: skip
        self.followers = follow(cards, said)
        for new, each in self.followers:
            was = cards[each.follows].key.fingerprint
            self.findings.add(
                PackageProblem.KEY_FOLLOWED, SIGNATURE, name=new.org_name, was=was, now=new.key.fingerprint
            )
        new_signers = signers_from([card for card, _ in self.followers]).signers
        return replace(signers, signers=(*signers.signers, *new_signers))

    def _check_names(self, name: str) -> None:
        add = self.findings.add
        if name != self.manifest.file_name:
            add(PackageProblem.RENAMED, name, name=name, expected=self.manifest.file_name)
        listed = set(self.manifest.resources)
        present = set(self.container.names)
        for extra in sorted(present - listed - set(_ENVELOPE)):
            add(PackageProblem.NOT_LISTED, extra, name=extra)
        for missing in sorted(listed - present):
            add(PackageProblem.LISTED_MISSING, missing, name=missing)
        for path in sorted(listed & present):
            if self.manifest.resources[path].bytes != self.container.size(path):
                add(PackageProblem.HASH_DIFFERS, path, name=path)

    # --- the content -------------------------------------------------------------------------------------------------

    def versions(self) -> Iterator[tuple[list[Line], dict[str, Problem]]]:
        """Yield every sound version, in blocks with the problems that set some of them aside, by version id; at the end the
        sums are compared.

        What is yielded may be used only when ``errors`` is empty after the last one.
        """
        hashes: dict[str, tuple[int, str]] = {}
        present = set(self.container.names)
        sender = self.manifest.station.device
        theirs: set[int] | None = set() if self.manifest.station.since is not None else None
        for layout in self.manifest.layouts:
            if layout.path not in present:
                continue
            reader = TypeReader(self.container, layout, self.findings)
            take = self.tally.taker(layout)
            for lines in reader.versions():
                if theirs is not None:
                    theirs.update(_short(line.version_id) for line in lines if line.content.device == sender)
                yield lines, take(lines)
            hashes.update(reader.hashes)
        self._check_hashes(hashes)
        self._check_sums()
        self._check_attachments(self.tally.attachments)
        if theirs is not None:
            self._check_journal(theirs)
        self._done = True

    def versions_again(self, ids: bytes | bytearray) -> Iterator[Line]:
        """Yield the versions of a package that was checked before, whole and with the same bytes, when ``ids`` (of ``DIGEST`` bytes
        each) were found to be theirs; at the end the tables are held against their hashes once more."""
        hashes: dict[str, tuple[int, str]] = {}
        first = 0
        for layout in self.manifest.layouts:
            reader = TypeReader(self.container, layout, self.findings)
            for raws in reader.raws():
                yield from line_reader(layout.name).again(raws, ids[first : first + DIGEST * len(raws)])
                first += DIGEST * len(raws)
            hashes.update(reader.hashes)
        self._check_hashes(hashes)

    def check_files(self, paths: Iterable[str]) -> None:
        """Hold files against their hashes in the manifest, without looking into them."""
        for path in paths:
            resource = self.manifest.resources[path]
            try:
                with self.container.open(path) as member:
                    member.drain()
                    if (member.size, member.sha256) != (resource.bytes, resource.sha256):
                        self.findings.add(PackageProblem.HASH_DIFFERS, path, name=path)
            except UserError as error:
                self.findings.take(error)

    def _check_hashes(self, hashes: dict[str, tuple[int, str]]) -> None:
        for path, resource in self.manifest.resources.items():
            if not TABLE_NAME.match(path) or path not in self.container.names:
                continue
            if path not in hashes:
                continue  # unreadable: that has been said
            if hashes[path] != (resource.bytes, resource.sha256):
                self.findings.add(PackageProblem.HASH_DIFFERS, path, name=path)

    def _check_sums(self) -> None:
        station, tally, add = self.manifest.station, self.tally, self.findings.add
        if self.errors:
            return  # sums of half a table say nothing
        for name, counted in tally.counts.items():
            if station.counts[name] != counted:
                add(PackageProblem.COUNTS_DIFFER, MANIFEST, type=name, stated=station.counts[name], counted=counted)
        if station.versions != tally.versions:
            add(PackageProblem.COUNTS_DIFFER, MANIFEST, type="*", stated=station.versions, counted=tally.versions)
        for total, said, found in differences(station.totals.plain(), tally.totals.result()):
            add(PackageProblem.TOTALS_DIFFER, MANIFEST, name=total, stated=said, counted=found)
        if tally.versions and (tally.first, tally.last) != (station.from_hlc, station.to_hlc):
            add(PackageProblem.TOTALS_DIFFER, MANIFEST, name="from/to", stated=station.from_hlc, counted=tally.first)

    def _check_journal(self, theirs: set[int]) -> None:
        """The entries lead from one head to the other, and every version the sender made is one of them."""
        if self.errors:
            return
        try:
            for told in told_entries(self.container, self.manifest):
                theirs.difference_update(map(_short, told.versions))
        except UserError as error:
            self.findings.take(error)
            return
        if theirs:
            self.findings.add(PackageProblem.NOT_AN_ENTRY, JOURNAL, count=len(theirs))

    def _check_attachments(self, named: set[str]) -> None:
        there: set[str] = set()
        for path in self.container.names:
            attachment = ATTACHMENT_NAME.match(path)
            if attachment is None or path not in self.manifest.resources:
                continue
            there.add(attachment[1])
            try:
                with self.container.open(path) as member:
                    member.drain()
                    if member.sha256 != attachment[1] or self.manifest.resources[path].sha256 != attachment[1]:
                        self.findings.add(PackageProblem.HASH_DIFFERS, path, name=path)
            except UserError as error:
                self.findings.take(error)
        for name in sorted(there - named):
            self.findings.add(PackageProblem.NOT_LISTED, f"attachments/{name}", name=f"attachments/{name}")
        for name in sorted(named - there):
            self.findings.add(PackageProblem.ATTACHMENT_MISSING, MANIFEST, name=name)


def _short(version_id: str) -> int:
    """Return what tells a version from all others of a package in little memory."""
    return int(version_id[:16], 16)
