"""What the numbered checks of the field find (table compensation_checks); the sentences lie in ``resources/problems.csv``."""

from __future__ import annotations

from station_app.domain.problems import ProblemCode


class CheckProblem(ProblemCode):
    """C01 …: the numbers of the table. CMP: checks of ours where the table has none."""

    NO_IDENTITY = "C01"
    IDENTITY_TWICE_IN_VILLAGE = "C02"
    IDENTITY_TWICE = "C03"
    ACCOUNT_TWICE = "C04"
    ACCOUNT_NOT_THE_PAYEES = "C05"
    PAYEE_DEAD = "C06"
    NO_CONTRACT = "C08"
    BEYOND_CONTRACT = "C11"
    PARCELS_SUM = "C12"
    BATCH_SUM = "C13"
    PAID_TWICE = "C14"
    NO_RATE = "C19"
    OTHER_RATE = "C20"
    WRONG_AMOUNT = "C21"
    BEYOND_ALLOCATION = "C23"
    WRONG_LIMIT = "C24"
    NOTHING_PAID = "C25"
    BEYOND_BATCH = "C36"
    WRONG_REISSUE = "C38"
    CONFLICT = "CMP-008"
    PERSONS_UNKNOWN = "CMP-009"
    HOUSEHOLD_ENDED = "CMP-014"
    LISTED_ALREADY = "CMP-015"
    NO_ACCOUNT = "CMP-016"
    NOT_LISTED_YET = "CMP-018"
    LAND_ADDED = "CMP-022"
