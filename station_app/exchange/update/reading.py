"""Is this update file what it says it is, and by whom? Nothing in it is believed before its signature was checked."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from station_app import paths
from station_app.domain.problems import UserError
from station_app.domain.text import Text
from station_app.exchange.package.container import MIB, Container, Limits
from station_app.exchange.package.problems import PackageProblem
from station_app.exchange.package.sshsig import (
    BadSignature,
    PublicKey,
    Signers,
    check_signature,
    matches,
    parse_signature,
    read_signers,
)
from station_app.exchange.update.manifest import (
    FILE_NAME,
    FOLDER,
    MANIFEST,
    NAMESPACE,
    PRINCIPAL,
    SIGNATURE,
    Manifest,
    Payload,
    read_manifest,
)
from station_app.exchange.update.problems import UpdateProblem
from station_app.services.progress import JobContext, Quiet, stop_if_cancelled
from station_app.storage.clock import SYSTEM_CLOCK

# Far above any installer of ours, below what the seams of a zip without extra fields can hold.
LIMITS = Limits(manifest=256 * 1024, signature=16 * 1024, attachment=1024 * MIB, total=3072 * MIB, entries=16)
CHECKING = Text("正在核对更新文件", "Checking the update file")
_FOREIGN = (PackageProblem.FOREIGN_NAME.code, PackageProblem.PART_MISSING.code)
_LARGE = (PackageProblem.TOO_LARGE.code, PackageProblem.SUSPICIOUS_RATIO.code)


class _Zip(Container):
    """The zip of an update: other names than a package's, the same suspicion."""

    def _limit(self, name: str) -> int | None:
        if name == MANIFEST:
            return self.limits.manifest
        if name == SIGNATURE:
            return self.limits.signature
        if name.startswith(FOLDER) and FILE_NAME.match(name[len(FOLDER) :]):
            return self.limits.attachment
        return None


def release_signers(file: Path | None = None) -> Signers:
    """Return whose updates this program takes: ``resources/release/allowed_signers``, ``revoked_keys`` beside it.

    Raises:
        UserError: UPD-013 there is no key in it, or no such file.
    """
    path = file or paths.resource("release", "allowed_signers")
    try:
        signers = read_signers(path)
    except UserError as error:
        raise UpdateProblem.NO_RELEASE_KEY.error(str(path), path=path) from error
    if not signers.signers:
        raise UpdateProblem.NO_RELEASE_KEY.error(str(path), path=path)
    return signers


@dataclass(frozen=True, slots=True)
class Opened:
    """An update file whose signature holds: what it says and who signed it."""

    path: Path
    manifest: Manifest
    key: PublicKey


class UpdateFile:
    """An update file, opened, its signature checked; use it as a context."""

    def __init__(self, path: Path, signers: Signers, now: datetime | None = None) -> None:
        """Open ``path``.

        Raises:
            UserError: UPD-001 … UPD-012, the first thing that is wrong with it.
        """
        self.path = path
        place = str(path)
        try:
            self._zip = _Zip(path, LIMITS)
        except UserError as error:
            raise _translated(error, path) from error
        try:
            raw, seal = self._read(MANIFEST), self._read(SIGNATURE)
            self.key = _checked_key(raw, seal, signers, now or SYSTEM_CLOCK.now(), place)
            self.manifest = read_manifest(raw, place)
            self._check_names()
        except BaseException:
            self._zip.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._zip.close()

    @property
    def opened(self) -> Opened:
        """Return what was found, without the open file."""
        return Opened(self.path, self.manifest, self.key)

    def _read(self, name: str) -> bytes:
        try:
            return self._zip.read(name)
        except UserError as error:
            raise _translated(error, self.path) from error

    def _check_names(self) -> None:
        present = set(self._zip.names) - {MANIFEST, SIGNATURE}
        listed = {each.entry for each in self.manifest.files.values()}
        place = str(self.path)
        if present - listed:
            raise UpdateProblem.NOT_AN_UPDATE.error(place, detail=sorted(present - listed)[0])
        if listed - present:
            raise UpdateProblem.DAMAGED.error(place, detail=sorted(listed - present)[0])
        for each in self.manifest.files.values():
            if self._zip.size(each.entry) != each.size:
                raise UpdateProblem.DAMAGED.error(place, detail=each.name)

    def read_payload(
        self, payload: Payload, take: Callable[[bytes], object], context: JobContext | None = None
    ) -> None:
        """Give the bytes of one installer to ``take`` piece by piece; only at the end is it known to be sound.

        Raises:
            UserError: UPD-001 the medium is gone, UPD-002 it is not what the list says, JOB-001 cancelled.
        """
        job = context or Quiet()
        try:
            with self._zip.open(payload.entry) as member:
                while piece := member.read_some(MIB):
                    stop_if_cancelled(job)
                    take(piece)
                    job.progress(member.size // MIB, max(payload.size // MIB, 1), CHECKING)
                if (member.size, member.sha256) != (payload.size, payload.sha256):
                    raise UpdateProblem.DAMAGED.error(str(self.path), detail=payload.name)
        except UserError as error:
            raise _translated(error, self.path) from error


def read_update(path: Path, signers: Signers) -> Opened:
    """Return what a signed update file says, without reading the installers in it.

    Raises:
        UserError: UPD-001 … UPD-012.
    """
    with UpdateFile(path, signers) as update:
        return update.opened


def verify_update(path: Path, signers: Signers, context: JobContext | None = None) -> Opened:
    """Check an update file to its last byte.

    Raises:
        UserError: UPD-001 … UPD-012, JOB-001 cancelled.
    """
    with UpdateFile(path, signers) as update:
        for payload in update.manifest.files.values():
            update.read_payload(payload, lambda _piece: None, context)
        return update.opened


def _checked_key(raw: bytes, seal: bytes, signers: Signers, now: datetime, place: str) -> PublicKey:
    try:
        signature = parse_signature(seal)
        check_signature(signature, io.BytesIO(raw), NAMESPACE)
    except BadSignature as error:
        raise UpdateProblem.BAD_SIGNATURE.error(place, why=error) from error
    key = signature.key
    lines = [line for line in signers.with_key(key) if matches(PRINCIPAL, line.principals)]
    if signers.is_revoked(key) or (lines and not any(line.allows(NAMESPACE, now) for line in lines)):
        raise UpdateProblem.WITHDRAWN_KEY.error(place, fingerprint=key.fingerprint)
    if not lines:
        raise UpdateProblem.FOREIGN_KEY.error(place, fingerprint=key.fingerprint)
    return key


def _translated(error: UserError, path: Path) -> UserError:
    """Say what the zip reader found as a problem of an update file."""
    place = str(path)
    if error.code == PackageProblem.UNREADABLE.code:
        cause = error.__cause__
        why = cause.strerror if isinstance(cause, OSError) and cause.strerror else error.code
        return UpdateProblem.UNREADABLE.error(place, path=path, why=why)
    if error.code in _FOREIGN:
        return UpdateProblem.NOT_AN_UPDATE.error(place, detail=error.code)
    if error.code in _LARGE:
        return UpdateProblem.TOO_LARGE.error(place, name=path.name)
    if error.code.startswith("PKG-"):
        return UpdateProblem.DAMAGED.error(place, detail=error.code)
    return error
