"""What can be wrong at the county's end; the sentences lie in ``resources/problems.csv``."""

from __future__ import annotations

from station_app.domain.problems import ProblemCode


class CountyProblem(ProblemCode):
    """RCV: receiving and reviewing."""

    NOT_A_COUNTY = "RCV-001"
    NOT_FROM_BELOW = "RCV-002"
    NOTHING_TO_REVIEW = "RCV-003"
    REASON_NEEDED = "RCV-004"
    DOES_NOT_ADD_UP = "RCV-007"
    NOT_IN_QUARANTINE = "RCV-005"
    STATION_REVIEWS_NOTHING = "RCV-008"
    NO_PLAN_CAME = "CLI-005"
