"""What can be wrong with a command as it was written; the sentences lie in ``resources/problems.csv``."""

from __future__ import annotations

from station_app.domain.problems import ProblemCode


class CommandProblem(ProblemCode):
    """CLI: any command. CMP: the commands of compensation."""

    INTERRUPTED = "CLI-001"
    FILE_NOT_READ = "CLI-002"
    NO_BENCH = "CLI-003"
    FOLDER_NOT_EMPTY = "CLI-004"
    BAD_QUERY = "CLI-006"
    NO_SUCH_ID = "CLI-007"
    NO_SUCH_CODE = "CLI-008"
    WHICH_RECORDS = "CLI-009"
    NOTHING_TO_UNDO = "CLI-013"
    SECRET_UNREADABLE = "CLI-015"
    NO_SECRET = "CLI-016"
    NO_PYARROW = "CLI-020"
    NO_PLAN = "CMP-019"
    WHICH_WORKSPACE = "CMP-020"
    WHICH_PLAN = "CMP-021"
