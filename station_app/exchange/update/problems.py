"""What can be wrong with an update file or with applying it; the sentences lie in ``resources/problems.csv``."""

from __future__ import annotations

from station_app.domain.problems import ProblemCode


class UpdateProblem(ProblemCode):
    """UPD: update files."""

    # the file
    UNREADABLE = "UPD-001"
    DAMAGED = "UPD-002"
    NOT_AN_UPDATE = "UPD-003"
    TOO_LARGE = "UPD-004"
    BAD_MANIFEST = "UPD-005"
    NEWER_FORMAT = "UPD-006"
    # who made it
    BAD_SIGNATURE = "UPD-010"
    FOREIGN_KEY = "UPD-011"
    WITHDRAWN_KEY = "UPD-012"
    NO_RELEASE_KEY = "UPD-013"
    # does it fit
    OLDER = "UPD-020"
    SAME = "UPD-021"
    TOO_NEW = "UPD-022"
    WORKSPACE_TOO_OLD = "UPD-023"
    OTHER_PLATFORM = "UPD-024"
    FROM_SOURCE = "UPD-025"
    # doing it
    NO_ROOM = "UPD-030"
    CANNOT_WRITE = "UPD-031"
    FOLDER_EXISTS = "UPD-032"
    NO_PROGRAM = "UPD-033"
    CANNOT_START = "UPD-034"
