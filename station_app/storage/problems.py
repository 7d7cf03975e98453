"""What can be wrong with a workspace as a folder and a database; the sentences lie in ``resources/problems.csv``."""

from __future__ import annotations

from station_app.domain.problems import ProblemCode


class StorageProblem(ProblemCode):
    """WSP: the workspace. DB: its database file. CHK: what its check finds."""

    TABLES_BEHIND = "CHK-004"
    NOT_SOUND = "DB-001"
    FULL = "DB-002"
    BUSY = "DB-003"
    NOT_OPENED = "DB-004"
    OTHER_DATABASE = "DB-005"
    ALREADY_THERE = "WSP-001"
    BAD_ORGANISATION = "WSP-002"
    IN_USE = "WSP-003"
    NOT_WRITABLE = "WSP-004"
    NETWORK_DRIVE = "WSP-005"
    NO_ROOM = "WSP-006"
    NO_WORKSPACE = "WSP-007"
    OLD_SQLITE = "WSP-008"
    NEWER = "WSP-009"
    BACKUP_UNSOUND = "WSP-010"
    BACKUP_NOT_WRITTEN = "WSP-011"
    UPGRADE_UNDONE = "WSP-012"
    NOT_MADE = "WSP-014"
    SOURCE_UNREADABLE = "WSP-020"
    TOO_LARGE = "WSP-021"
    NOT_KEPT = "WSP-022"
    ATTACHMENT_UNREADABLE = "WSP-023"
    A_PROGRAM = "WSP-024"
    NOT_A_BACKUP = "WSP-030"
    OTHER_DEVICE = "WSP-031"
    RESTORE_NOT_WRITTEN = "WSP-032"
    KEY_NOT_WRITTEN = "WSP-040"
    MOVED_OR_COPIED = "WSP-041"
    SYNCED_FOLDER = "WSP-101"
    LITTLE_ROOM = "WSP-102"
    BACKUP_OLD = "WSP-104"
    NEVER_BACKED_UP = "WSP-105"
