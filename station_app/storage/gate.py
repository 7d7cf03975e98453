"""What is looked at before a workspace opens: engine, place, space, clock, last backup.

What would endanger records stops the start with a sentence; what only deserves attention is shown on the first page.
"""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from station_app.domain.official_time import official_day, official_text
from station_app.domain.problems import Problem
from station_app.storage import engine
from station_app.storage.clock import SYSTEM_CLOCK, hlc_time, made_at
from station_app.storage.engine import Connection
from station_app.storage.problems import StorageProblem

MINIMUM_FREE = 50 * 1024 * 1024
SCARCE_FREE = 500 * 1024 * 1024
BACKUP_DAYS = 7
CLOCK_TOLERANCE = timedelta(minutes=10)
WRITTEN = date(2026, 1, 1)  # this program did not exist before; moved on with its releases
LONG_YEARS = 10  # nobody works with a program so old: rather the clock is wrong
LONG_DAYS = 90  # a station that saved nothing for a season is asked whether its clock is right
NEWEST_VERSIONS = 5_000  # looked through for the last save made here
_NETWORK_FILESYSTEMS = {
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "9p",
    "afs",
    "ceph",
    "fuse.sshfs",
    "fuse.rclone",
    "davfs",
    "fuse.davfs2",
    "glusterfs",
    "fuse.glusterfs",
}
_SYNCED_FOLDERS = (
    "onedrive",
    "dropbox",
    "nutstore",
    "坚果云",
    "baidunetdisk",
    "baidusyncdisk",
    "百度网盘",
    "wps云盘",
    "wpsdrive",
    "google drive",
    "googledrive",
    "icloud",
    "微云",
    "weiyun",
    "nextcloud",
    "owncloud",
    "syncthing",
)


def check_engine(version: tuple[int, ...] = engine.SQLITE_VERSION) -> None:
    """Refuse an SQLite that can lose a commit.

    Raises:
        UserError: WSP-008.
    """
    if version < engine.WAL_RESET_FIXED:
        found = ".".join(map(str, version))
        raise StorageProblem.OLD_SQLITE.error(found=found)


def file_system_of(folder: Path, mounts: str | None = None) -> str:
    """Return the file system type ``folder`` is on as /proc/mounts names it, ``remote`` or "" elsewhere."""
    path = str(folder.absolute())
    if path.startswith("\\\\") or path.startswith("//"):
        return "remote"
    if sys.platform == "win32":
        import ctypes

        drive_remote = 4
        kind = ctypes.windll.kernel32.GetDriveTypeW(folder.absolute().anchor)
        return "remote" if kind == drive_remote else ""
    if mounts is None:
        table = Path("/proc/mounts")
        if not table.exists():
            return ""
        mounts = table.read_text(encoding="utf-8", errors="replace")
    best, found = "", ""
    for entry in mounts.splitlines():
        parts = entry.split()
        if len(parts) < 3:
            continue
        point = parts[1].replace("\\040", " ")
        if (path == point or path.startswith(point.rstrip("/") + "/")) and len(point) >= len(best):
            best, found = point, parts[2]
    return found


def check_place(folder: Path, *, mounts: str | None = None) -> list[Problem]:
    """Refuse a network folder, warn about a synced one.

    Raises:
        UserError: WSP-005 the folder is on a network drive, where SQLite's write-ahead log is not safe.
    """
    system = file_system_of(folder, mounts)
    if system == "remote" or system in _NETWORK_FILESYSTEMS:
        raise StorageProblem.NETWORK_DRIVE.error(folder=folder)
    lowered = [part.lower() for part in folder.absolute().parts]
    for name in _SYNCED_FOLDERS:
        if any(name in part for part in lowered):
            return [StorageProblem.SYNCED_FOLDER.problem(name=name)]
    return []


def check_space(folder: Path, free: int | None = None) -> list[Problem]:
    """Refuse a full disk, warn about a nearly full one.

    Raises:
        UserError: WSP-006.
    """
    left = shutil.disk_usage(folder).free if free is None else free
    megabytes = left // (1024 * 1024)
    if left < MINIMUM_FREE:
        raise StorageProblem.NO_ROOM.error(megabytes=megabytes, folder=folder)
    if left < SCARCE_FREE:
        return [StorageProblem.LITTLE_ROOM.problem(megabytes=megabytes)]
    return []


@dataclass(frozen=True, slots=True)
class ClockEvidence:
    """What is known about time beside the clock of this machine; moments are UTC, ``None`` where there is nothing.

    Attributes:
        last_saved: The last save made here, by the clock this machine had then.
        logical: The furthest the logical clock was ever moved, by this machine or another.
        county: When, by the county's own clock, something of this station last arrived there.
    """

    last_saved: datetime | None
    logical: datetime | None = None
    county: datetime | None = None


def clock_evidence(connection: Connection) -> ClockEvidence:
    """Read what a journal knows about time; looks at its newest end only."""
    logical = connection.execute("SELECT hlc FROM projected").fetchone()[0]
    ours = "(SELECT value FROM setting WHERE key='workspace.device_id' OR key LIKE 'workspace.former.%')"
    saved = connection.execute(
        f"""SELECT hlc, wall FROM (SELECT seq, hlc, wall, device FROM version ORDER BY seq DESC LIMIT ?)
            WHERE device IN {ours} ORDER BY seq DESC LIMIT 1""",
        (NEWEST_VERSIONS,),
    ).fetchone()
    county = connection.execute(
        f"SELECT max(received_at) FROM receipt WHERE void=0 AND device NOT IN {ours}"
    ).fetchone()[0]
    return ClockEvidence(
        made_at(*saved) if saved else None, hlc_time(logical) if logical else None,
        datetime.fromisoformat(county) if county else None,
    )  # fmt: skip


def check_clock(evidence: ClockEvidence, now: datetime, *, invented: bool = False) -> list[Problem]:
    """Warn about the clock that is wrong: this machine's now, or the one some save was made by.

    ``invented`` records (training) say nothing about how long ago the last save was.
    """
    here, saved, logical, county = official_text(now), evidence.last_saved, evidence.logical, evidence.county
    if not invented and not WRITTEN <= official_day(now) < WRITTEN.replace(year=WRITTEN.year + LONG_YEARS):
        return [StorageProblem.CLOCK_UNLIKELY.problem(here=here, written=WRITTEN.isoformat())]
    if county is not None and county - now > CLOCK_TOLERANCE:
        return [StorageProblem.CLOCK_BEHIND_COUNTY.problem(here=here, there=official_text(county))]
    if saved is not None and saved - now > CLOCK_TOLERANCE:
        return [StorageProblem.CLOCK_BEHIND.problem(here=here, before=official_text(saved))]
    if saved is not None and not invented and (now - saved).days >= LONG_DAYS:
        return [StorageProblem.CLOCK_AHEAD.problem(here=here, before=official_text(saved), days=(now - saved).days)]
    if logical is not None and logical - now > CLOCK_TOLERANCE:
        return [StorageProblem.CLOCK_WAS_AHEAD.problem(ahead=official_text(logical))]
    return []


def check_backup(
    last: datetime | None, has_records: bool, now: datetime | None = None, *, opens_elsewhere: bool = True
) -> list[Problem]:
    """Warn when the last good backup is missing or old, or dies with this computer."""
    if not has_records:
        return []
    stays = [] if opens_elsewhere else [StorageProblem.BACKUP_STAYS_HERE.problem()]
    if last is None:
        return [StorageProblem.NEVER_BACKED_UP.problem(), *stays]
    days = ((now or SYSTEM_CLOCK.now()) - last).days
    return [*([StorageProblem.BACKUP_OLD.problem(last=days)] if days >= BACKUP_DAYS else []), *stays]
