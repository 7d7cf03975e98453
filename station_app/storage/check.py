"""Is every saved version there, sound and shown as it should be? Looks at a copy; changes nothing."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from station_app.domain.official_time import official_text
from station_app.domain.problems import Problem, Severity, UserError
from station_app.storage import backup, journal_head, projection, search, sound, stored_backups
from station_app.storage.engine import Connection, DatabaseError, attach, connect, translated
from station_app.storage.following import fill, is_behind, waiting
from station_app.storage.journal_head import Head, Links, Seen
from station_app.storage.problems import StorageProblem
from station_app.storage.reference import install_code_lists
from station_app.storage.sealed_file import check_whole, read_head
from station_app.storage.stored_backups import Stored
from station_app.storage.versions import VERSION_COLUMNS, UnreadableVersion, read_version
from station_app.storage.workspace import DATABASE, database_of, make_tables

_DEVICE, _ID = (VERSION_COLUMNS.split(", ").index(name) for name in ("device", "version_id"))
_MOST = 20  # findings of one kind that are listed
# What making the tables anew from the journal puts right (``Workspace.rebuild``).
REBUILT = frozenset(
    code.code
    for code in (
        StorageProblem.ANCESTRY_DIFFERS,
        StorageProblem.TABLES_BEHIND,
        StorageProblem.TABLE_DIFFERS,
        StorageProblem.SEARCH_DIFFERS,
        StorageProblem.PLANTED,
        StorageProblem.SCHEMA_DIFFERS,
    )
)


@dataclass
class CheckReport:
    """What ``check`` found; ``counts`` holds versions, records and rows compared, and the ``entries`` of this device's journal
    with those of them that lie after the last head a receipt has signed. ``seen`` are the heads they are held against."""

    problems: list[Problem] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)
    links: dict[str, Links] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return not any(p.severity is Severity.ERROR for p in self.problems)

    @property
    def can_be_rebuilt(self) -> bool:
        """Whether making the tables anew puts something right."""
        return any(p.code in REBUILT for p in self.problems)


def check_workspace(folder: Path, seen: Iterable[Seen] = ()) -> CheckReport:
    """Check the file, recompute every version id, hold the journal against the heads that are known of it (``seen``, those noted
    here, those of backups), rebuild the projections into a copy and compare all of them; where something is wrong, say what a
    restore would give.

    Raises:
        UserError: WSP-007 there is no workspace, DB-001 the file is damaged beyond reading, DB-002 no room for the copy.
    """
    install_code_lists()
    path = database_of(folder)
    report = CheckReport(seen=list(seen))
    steps = (
        _check_file, _check_schema, _check_quickly, _check_versions, _check_packages, _check_journal, _check_projections
    )  # fmt: skip
    try:
        # A killed writer leaves a write-ahead log; reading it needs a connection that may write its index.
        waiting_steps = list(steps)
        while waiting_steps:  # past a page that cannot be decrypted a connection reads nothing more: a new one goes on
            with closing(connect(path)) as source:
                while waiting_steps and _guarded(waiting_steps.pop(0), source, folder, report):
                    pass
    except DatabaseError as error:
        raise translated(error, path, whole=True) from error
    if any(p.severity is Severity.ERROR and p.code not in REBUILT for p in report.problems):
        report.problems.append(_restored(folder, report))
    return report


def _guarded(step: Callable[[Any, Path, CheckReport], None], source: Any, folder: Path, report: CheckReport) -> bool:
    """What one step cannot read is a finding, and the next one looks on; return whether all could be read."""
    try:
        step(source, folder, report)
        return True
    except DatabaseError as error:
        mendable = translated(error, folder / DATABASE, whole=True)
        if not isinstance(mendable, UserError) or mendable.code != StorageProblem.NOT_SOUND.code:
            raise
        if not any(p.code == StorageProblem.DAMAGED.code and str(error) in p.text.en for p in report.problems):
            report.problems.append(StorageProblem.DAMAGED.problem(verdict=str(error)))
        return False


def _check_file(source: Connection, _folder: Path, report: CheckReport) -> None:
    undecipherable = [verdict for (verdict,) in source.execute("PRAGMA cipher_integrity_check")]
    for verdict in undecipherable[:_MOST]:  # pages that are not as they were written; of a plain file none
        report.problems.append(StorageProblem.DAMAGED.problem(verdict=verdict))
    if undecipherable:
        return
    for (verdict,) in source.execute(f"PRAGMA integrity_check({_MOST})"):
        if "search_index" in verdict:  # it follows from the journal
            number = source.execute("SELECT count(*) FROM search_index_docsize").fetchone()[0]
            report.problems.append(StorageProblem.SEARCH_DIFFERS.problem(entries=number))
        elif verdict != "ok":
            report.problems.append(StorageProblem.DAMAGED.problem(verdict=verdict))


def _check_quickly(source: Connection, folder: Path, report: CheckReport) -> None:
    report.problems += sound.quick_findings(source, folder)


def _check_schema(source: Any, folder: Path, report: CheckReport) -> None:
    """Every table and index is there as this program makes it."""
    if is_behind(source):
        return  # another version of the program may have made the tables otherwise
    with _scratch(folder) as made:
        make_tables(made)
        wanted = _schema_of(made)
    found = _schema_of(source)
    for name in sorted(wanted):
        if found.get(name) != wanted[name]:
            report.problems.append(StorageProblem.SCHEMA_DIFFERS.problem(name=name))


def _schema_of(connection: Any) -> dict[str, str]:
    rows = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE type IN ('table', 'index') AND sql IS NOT NULL"
    )
    return {name: " ".join(sql.split()) for name, sql in rows if not name.startswith("sqlite_")}


def _check_versions(source: Any, _folder: Path, report: CheckReport) -> None:
    total = unsound = 0
    if secret := journal_head.secret_of(source):
        report.links = {device: Links(device, secret) for device in journal_head.devices_of(source)}
    for row in source.execute(f"SELECT {VERSION_COLUMNS} FROM version ORDER BY seq"):
        total += 1
        try:
            is_sound = read_version(row).is_sound()
        except UnreadableVersion:
            is_sound = False
        entry = ""
        if (links := report.links.get(row[_DEVICE])) is not None:
            links.add(str(row[_ID]))
            entry = f" #{len(links)}"
        if not is_sound:
            unsound += 1
            if unsound <= _MOST:
                report.problems.append(StorageProblem.VERSION_ALTERED.problem(version=f"{str(row[_ID])[:12]}{entry}"))
    report.counts["versions"] = total
    report.counts["records"] = source.execute("SELECT count(DISTINCT record_id) FROM version").fetchone()[0]
    said = """SELECT parent.value, v.version_id FROM version v, json_each('["' || replace(v.parent_ids, ' ', '","') || '"]')
              parent WHERE v.parent_ids <> ''"""
    kept = "SELECT parent_id, version_id FROM version_parent"
    differing = source.execute(
        f"SELECT (SELECT count(*) FROM ({said} EXCEPT {kept})) + (SELECT count(*) FROM ({kept} EXCEPT {said}))"
    ).fetchone()[0]
    if differing:
        report.problems.append(StorageProblem.ANCESTRY_DIFFERS.problem(links=differing))


def _check_packages(source: Any, _folder: Path, report: CheckReport) -> None:
    """What is noted of packages follows from their own lists, in one chain; what was packed is on record."""
    for table in ("package_out", "package_in"):
        rows = source.execute(f"SELECT name, sha256, manifest FROM {table} ORDER BY sequence").fetchall()
        for name, sha256, manifest in rows:
            if hashlib.sha256(manifest.encode()).hexdigest() != sha256:
                report.problems.append(StorageProblem.NOTE_ALTERED.problem(name=name))
    broken = source.execute(
        """SELECT p.name FROM (SELECT *, iif(json_valid(manifest), manifest, '{}') AS said FROM package_out) p
           LEFT JOIN package_out before ON before.sequence < p.sequence
           AND before.sequence=json_extract(p.said, '$.station.previous.sequence')  -- each receiver has a chain of its own
           WHERE p.previous_sha256 <> coalesce(before.sha256, '')
           OR p.previous_sha256 <> coalesce(json_extract(p.said, '$.station.previous.sha256'), '')
           OR p.version_count <> (SELECT count(*) FROM package_content c WHERE c.sequence=p.sequence)
           UNION SELECT i.receipt_name FROM package_in i WHERE i.receipt_name <> ''
           AND NOT EXISTS (SELECT 1 FROM package_out o WHERE o.name=i.receipt_name) ORDER BY 1"""
    )
    report.problems += [StorageProblem.NOTE_ALTERED.problem(name=name) for (name,) in broken]
    lost = source.execute(
        """SELECT p.name, count(*) FROM package_content c JOIN package_out p ON p.sequence=c.sequence
           WHERE NOT EXISTS (SELECT 1 FROM version v WHERE v.version_id=c.version_id) GROUP BY p.sequence"""
    ).fetchall()
    report.problems += [StorageProblem.PACKED_MISSING.problem(name=name, missing=number) for name, number in lost]


def _check_journal(source: Connection, folder: Path, report: CheckReport) -> None:
    """The journal goes through every head of it that is found: noted here, in packages and receipts, in backups."""
    if not report.links:
        return  # no program that tells heads has opened it yet
    epochs = {}  # of a former device that of its last package
    for name, manifest in source.execute("SELECT name, manifest FROM package_out ORDER BY sequence"):
        if told := journal_head.seen_in_package(manifest, report.links, name, built_here=True):
            report.seen.append(told)
            epochs[told.device] = told.epoch
    device = journal_head.device_of(source)
    epochs[device] = source.execute("SELECT value FROM setting WHERE key='workspace.epoch'").fetchone()[0]
    report.seen.append(Seen(device, DATABASE, epochs[device], journal_head.noted(source).head))
    for name, manifest in source.execute("SELECT name, manifest FROM package_in"):
        if told := journal_head.seen_in_package(manifest, report.links, name, built_here=False):
            report.seen.append(told)
    second = source.execute("SELECT value FROM setting WHERE key=?", (stored_backups.SECOND,)).fetchone()
    places = [folder / "backups", *([Path(second[0])] if second and second[0] else [])]
    for stored in (each for place in places for each in stored_backups.stored(place)[0]):
        with suppress(UserError, DatabaseError, OSError):
            if told := _seen_in_backup(stored):
                report.seen.append(told)
    after = 0
    for one, links in report.links.items():
        seen = [each for each in report.seen if each.device == one]
        report.problems += journal_head.differences(links, epochs.get(one, ""), seen)
        after += journal_head.unwitnessed(links, seen)
    report.counts["entries"] = sum(map(len, report.links.values()))
    report.counts["entries_after_last_receipt"] = after


def _seen_in_backup(stored: Stored) -> Seen | None:
    """Return the head a backup has of the journal of its device."""
    name = stored.path.name
    if stored.sealed:
        about = read_head(stored.path).head.about
        if "link" not in about:
            return None
        return Seen(str(about["device_id"]), name, str(about["epoch"]), Head(int(about["entries"]), str(about["link"])))
    with closing(connect(stored.path, read_only=True)) as copy:
        epoch = copy.execute("SELECT value FROM setting WHERE key='workspace.epoch'").fetchone()[0]
        if not journal_head.secret_of(copy):
            return None
        device, head = journal_head.device_of(copy), journal_head.noted(copy).head
        return Seen(device, name, epoch, head, links=lambda: _links_of(stored.path))


def _links_of(plain: Path) -> Iterator[tuple[int, str]]:
    """Yield number and link of every entry in a plain backup."""
    with suppress(UserError, DatabaseError), closing(connect(plain, read_only=True)) as copy:
        start = journal_head.beginning(journal_head.device_of(copy))
        yield start.head.count, start.head.link
        for entry in journal_head.entries(copy, start):
            yield entry.number, entry.link


def _check_projections(source: Any, folder: Path, report: CheckReport) -> None:
    if is_behind(source):
        report.problems.append(StorageProblem.TABLES_BEHIND.problem())
        return
    with _scratch(folder) as anew:  # it holds projections alone: the journal is read where it lies
        attach(anew, folder / DATABASE, "original")
        anew.execute("BEGIN")
        projection.create(anew)
        try:
            fill(anew)
        except UnreadableVersion:
            return  # named already: nothing can be compared with what cannot be read
        abreast = not waiting(source, search=True)
        if abreast:
            search.index(anew, 1, anew.execute("SELECT coalesce(max(seq), 0) FROM version").fetchone()[0])
        anew.execute("COMMIT")
        compared = 0
        for name in sorted(projection.known_tables() | {"split_head", "progress"}):
            columns = [row[1] for row in anew.execute(f'PRAGMA main.table_info("{name}")') if row[1] != "rowkey"]
            compared += anew.execute(f'SELECT count(*) FROM main."{name}"').fetchone()[0]
            if differing := _differing(anew, f'"{name}"', ", ".join(f'"{c}"' for c in columns)):
                first = _first_version(anew, name, columns)
                report.problems.append(StorageProblem.TABLE_DIFFERS.problem(rows=differing, table=name, first=first))
        report.counts["rows_compared"] = compared
        said = any(p.code == StorageProblem.SEARCH_DIFFERS.code for p in report.problems)
        if abreast and not said and (differing := _differing(anew, "search_index_docsize", "id, sz")):
            report.problems.append(StorageProblem.SEARCH_DIFFERS.problem(entries=differing))


@contextmanager
def _scratch(folder: Path) -> Iterator[Any]:
    """Yield a connection to an empty database that is gone afterwards."""
    with (
        tempfile.TemporaryDirectory(dir=folder, prefix="check-") as place,
        closing(connect(Path(place) / "scratch.db", new=True)) as made,
    ):
        made.execute("PRAGMA synchronous=OFF")
        yield made


def _differing(anew: Any, table: str, columns: str) -> int:
    """Return how many rows of a table are not the same in what was made anew and in the original, as far as they differ."""
    return sum(
        anew.execute(
            f"SELECT count(*) FROM (SELECT {columns} FROM {one}.{table} EXCEPT SELECT {columns} FROM {other}.{table})"
        ).fetchone()[0]
        for one, other in (("main", "original"), ("original", "main"))
    )


def _first_version(anew: Connection, table: str, columns: list[str]) -> str:
    """Return the first version a table does not show as it is, in brackets; nothing where its rows are no versions."""
    if "version_id" not in columns:
        return ""
    names = ", ".join(f'"{c}"' for c in columns)
    one, other = (f'SELECT {names} FROM {place}."{table}"' for place in ("main", "original"))
    row = anew.execute(
        f"""SELECT d.version_id, (SELECT v.seq FROM original.version v WHERE v.version_id=d.version_id) AS seq FROM (
            SELECT * FROM ({one} EXCEPT {other}) UNION ALL SELECT * FROM ({other} EXCEPT {one})) d ORDER BY seq IS NULL, seq"""
    ).fetchone()
    return f" ({str(row[0])[:12]})" if row else ""


def _restored(folder: Path, report: CheckReport) -> Problem:
    """Say what restoring the newest backup that can be read would give."""
    here = report.counts.get("versions", 0)
    for stored in stored_backups.stored(folder / "backups")[0]:
        with suppress(UserError, DatabaseError):
            number, until = _held_by(stored)
            return StorageProblem.RESTORE_GIVES.problem(
                name=stored.path.name, until=official_text(until), versions=number, here=here
            )
    return StorageProblem.NOTHING_TO_RESTORE.problem()


def _held_by(stored: Stored) -> tuple[int, datetime]:
    """Return how many versions a sound backup holds, and until when.

    Raises:
        UserError: it is not sound.
    """
    if stored.sealed:
        sealed = read_head(stored.path)
        check_whole(sealed)
        return int(sealed.head.about["versions"]), stored.made_at
    with closing(connect(stored.path, read_only=True)) as copy:
        number = int(copy.execute("SELECT count(*) FROM version").fetchone()[0])
        if not backup.is_good(copy) or not number:
            raise StorageProblem.NOT_A_BACKUP.error(backup=stored.path.name, suffix=backup.SUFFIX)
        return number, stored.made_at
