"""What can go wrong with printing; the sentences lie in ``resources/problems.csv``."""

from __future__ import annotations

from station_app.domain.problems import ProblemCode


class PrintProblem(ProblemCode):
    """PRN: paper and PDF."""

    NOTHING = "PRN-001"
    TOO_MANY = "PRN-002"
    CANNOT_WRITE = "PRN-003"
    NOT_IN_FONT = "PRN-004"
    UNKNOWN = "PRN-005"
    NO_RECORD = "PRN-006"
