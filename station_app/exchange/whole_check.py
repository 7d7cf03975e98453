"""The whole check of a workspace: its database, and the files that belong to it: key, attachments, packages kept."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import msgspec

from station_app.domain.problems import Problem, UserError
from station_app.domain.registry import all_types
from station_app.domain.text import Text
from station_app.exchange.package.named import attachments_reader
from station_app.exchange.package.problems import PackageProblem
from station_app.exchange.package.sshsig import SigningKey, read_public_line
from station_app.exchange.package.verify import OpenPackage, verify_envelope
from station_app.exchange.package.witness import told_links
from station_app.services.twins import count_twins, twins_on_record
from station_app.storage import keys
from station_app.storage.check import CheckReport, check_workspace
from station_app.storage.engine import DatabaseError, connect, translated
from station_app.storage.journal_head import Seen, devices_of, seen_in_package
from station_app.storage.problems import StorageProblem
from station_app.storage.reader import Reader
from station_app.storage.workspace import DATABASE, database_of

UNPROVEN = Text(
    "本机最近的 {entries} 条流水日志还没有县里的回执见证，删改它们无法证明；打包上报并导入回执后即可证明。",
    "No receipt witnesses the last {entries} entries of this journal yet, so that nothing proves whether they were removed or "
    "changed; sending a package and taking in its receipt does.",
)
_MOST = 20  # findings of one kind that are listed
_NOT_SIGNED = {
    code.code for code in (PackageProblem.BAD_SIGNATURE, PackageProblem.WRONG_NAMESPACE, PackageProblem.NOT_THE_DEVICE)
}
_SHA256 = re.compile(r"[0-9a-f]{64}")


def check_all(folder: Path) -> CheckReport:
    """Check that a workspace is sound, and then say what is on record twice in it.

    Raises:
        UserError: what ``check_workspace`` raises.
    """
    report = check_workspace(folder, _seen_in_kept(folder))
    report.problems += [p for p in _key(folder) if p not in report.problems]
    try:
        with Reader(folder / DATABASE) as reader:
            report.problems += [*_attachments(folder, reader, report), *_kept(folder, reader, report)]
            if report.ok:  # of a damaged workspace nothing else can be said
                report.problems += twins_on_record(reader)
                if twins := count_twins(reader):
                    report.counts["entered_twice"] = twins
    except DatabaseError as error:
        if report.ok:
            raise translated(error, folder / DATABASE, whole=True) from error
    except UserError as error:
        if report.ok:
            raise
        report.problems += [p for p in error.problems if p not in report.problems]
    return report


def _seen_in_kept(folder: Path) -> list[Seen]:
    """Return the heads of our journal in packages and receipts that are kept as files, signed by whom they say: no change of the
    database reaches them."""
    found: list[Seen] = []
    try:
        with closing(connect(database_of(folder), read_only=True)) as connection:
            ours = devices_of(connection)
            others = {device for (device,) in connection.execute("SELECT device_id FROM card")}
    except (UserError, DatabaseError, TypeError):
        return found  # it cannot be read: that is said elsewhere
    for file in sorted([*(folder / "outbox").glob("GSP_*.zip"), *(folder / "inbox").glob("*_GSP_*.zip*")]):
        with suppress(UserError), OpenPackage(file, None) as package:
            manifest, built_here = package.manifest, file.parent.name == "outbox"
            signed = not any(p.code in _NOT_SIGNED for p in package.findings.problems)
            if not signed or manifest.station.device not in (ours if built_here else others):
                continue
            told = seen_in_package(manifest.raw, ours, manifest.file_name, built_here=built_here)
            if told is not None:
                found.append(told._replace(links=told_links(file, manifest.sha256)) if built_here else told)
    return found


def _key(folder: Path) -> Iterator[Problem]:
    """The secret part is that of the public one (which of the two the start has compared with the database)."""
    place = folder / "keys"
    try:
        public = read_public_line((place / keys.PUBLIC_NAME).read_text(encoding="ascii"))
        if SigningKey.read(place / keys.PRIVATE_NAME).public.blob == public.blob:
            return
    except (OSError, ValueError, UserError):
        pass
    yield StorageProblem.KEY_DIFFERS.problem(place=place)


def _attachments(folder: Path, reader: Reader, report: CheckReport) -> Iterator[Problem]:
    """Every attachment is what its name says, and those that records name are here."""
    here = {file.name for file in (folder / "attachments").glob("*") if _SHA256.fullmatch(file.name)}
    report.counts["attachments"] = len(here)
    altered = [name for name in sorted(here) if _sha256_of(folder / "attachments" / name) != name]
    for name in altered[:_MOST]:
        yield StorageProblem.ATTACHMENT_ALTERED.problem(name=name[:12])
    missing = sorted(_named(reader) - here)
    if missing:
        shown = ", ".join(name[:12] for name in missing[:_MOST])
        yield StorageProblem.ATTACHMENTS_MISSING.problem(missing=len(missing), shown=shown)


def _named(reader: Reader) -> set[str]:
    """Return the attachments that living records name as they stand now."""
    found: set[str] = set()
    for kind in all_types():
        read = attachments_reader(kind.name)
        if read is None:
            continue
        for row in reader.sql(
            f'SELECT coalesce(p.merged, v.fields) FROM "{kind.name}" p JOIN version v ON v.version_id=p.version_id WHERE p.void=0'
        ):
            with suppress(ValueError):  # an altered version is named already
                found |= read([msgspec.json.decode(row[0])])
    return found


def _kept(folder: Path, reader: Reader, report: CheckReport) -> Iterator[Problem]:
    """The packages kept are the ones that are noted: those that arrived, and those of the outbox as far as they lie there."""
    arrived = [
        (name, sha256, [folder / "inbox" / f"{sha256[:16]}_{name}{ending}" for ending in ("", ".incoming")], True)
        for name, sha256 in reader.sql("SELECT name, sha256 FROM package_in ORDER BY received_at, name")
    ]
    sent = [
        (name, sha256, [folder / "outbox" / name], False)
        for name, sha256 in reader.sql("SELECT name, sha256 FROM package_out ORDER BY sequence")
    ]
    kept = 0
    for name, sha256, places, wanted in [*arrived, *sent]:
        file = next((place for place in places if place.is_file()), None)
        if file is None:
            if wanted:
                yield StorageProblem.PACKAGE_MISSING.problem(name=name)
            continue
        kept += 1
        found = verify_envelope(file, None, name=name)
        if found.manifest is None or found.manifest.sha256 != sha256 or not found.ok:
            yield StorageProblem.PACKAGE_ALTERED.problem(name=name)
    report.counts["packages_kept"] = kept


def _sha256_of(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError:
        return ""
