"""What can be wrong with a file that is to be opened; the sentences lie in ``resources/problems.csv``."""

from __future__ import annotations

from station_app.domain.problems import ProblemCode


class OpeningProblem(ProblemCode):
    """CLI-010 and after: the file named on the command line or double-clicked."""

    NOT_THERE = "CLI-010"
    UNKNOWN = "CLI-011"
    A_BACKUP = "CLI-012"
