"""What is looked at before a workspace opens: engine, place, space, clock, last backup.

What would endanger records stops the start with a sentence; what only deserves attention is shown on the first page.
"""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from station_app.domain.official_time import official_text
from station_app.domain.problems import Problem, Severity
from station_app.domain.text import Text
from station_app.storage import engine
from station_app.storage.clock import SYSTEM_CLOCK, hlc_time, made_at
from station_app.storage.engine import Connection
from station_app.storage.problems import StorageProblem

MINIMUM_FREE = 50 * 1024 * 1024
SCARCE_FREE = 500 * 1024 * 1024
BACKUP_DAYS = 7
CLOCK_TOLERANCE = timedelta(minutes=10)
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
    if county is not None and county - now > CLOCK_TOLERANCE:
        there = official_text(county)
        return [_warning(
            "WSP-103",
            f"本机时钟慢了：现在显示 {here}，而县里 {there} 已收到本站的数据。请先校准系统时间，再录入。",
            f"This machine's clock is behind: it says {here}, and the county received data of this station at {there}. Set the "
            "system time before anything is entered.",
        )]  # fmt: skip
    if saved is not None and saved - now > CLOCK_TOLERANCE:
        before = official_text(saved)
        return [_warning(
            "WSP-103",
            f"本机时钟({here})早于最后一次保存({before})。请核对系统时间：如果现在的时间对，就是那次保存时快了，请检查那次记录的日期。",
            f"This machine's clock ({here}) is behind the last save ({before}). Check the system time; if it is right now, it "
            "was ahead then: look at the dates of what was saved.",
        )]  # fmt: skip
    if saved is not None and not invented and (now - saved).days >= LONG_DAYS:
        before, days = official_text(saved), (now - saved).days
        return [_warning(
            "WSP-114",
            f"本机时钟({here})离最后一次保存({before})已有 {days} 天。如果不是真的隔了这么久，请先校准系统时间，再录入。",
            f"This machine's clock ({here}) is {days} days after the last save ({before}). If that is not so, set the system "
            "time before anything is entered.",
        )]  # fmt: skip
    if logical is not None and logical - now > CLOCK_TOLERANCE:
        ahead = official_text(logical)
        return [_warning(
            "WSP-113",
            f"本机时钟没有问题，但有一次保存时电脑的时钟快了，记成了 {ahead}。请在历史中检查那次记录的日期；之后的保存照实显示。",
            f"This machine's clock is right, but one save was made while a clock was ahead and is dated {ahead}. Look at the "
            "dates of that record; later saves show their true time.",
            Severity.INFO,
        )]  # fmt: skip
    return []


def _warning(code: str, zh: str, en: str, severity: Severity = Severity.WARN) -> Problem:
    return Problem(code, severity, Text(zh, en))


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
