"""What can be wrong with what is computed from; the sentences lie in ``resources/problems.csv``."""

from __future__ import annotations

from dataclasses import replace

from station_app.domain.problems import Problem, ProblemCode


class CalculationProblem(ProblemCode):
    """CALC: inputs, coefficients and results of a calculation."""

    NO_AREA = "CALC-001"
    NO_YIELD = "CALC-002"
    NO_DAYS = "CALC-003"
    NOT_IN_SET = "CALC-004"
    DRY_ABOVE_FRESH = "CALC-005"
    SHRUB_AREA = "CALC-006"
    NO_EDITION = "CALC-007"
    UNVERIFIED_SENT = "CALC-008"
    TWO_SHEEP_UNITS = "CALC-009"
    EMPTY_COEFFICIENT = "CALC-010"
    UNVERIFIED = "CALC-011"
    NOT_A_NUMBER = "CALC-012"
    REQUIRED = "CALC-013"
    UNKNOWN_NAME = "CALC-014"
    OUT_OF_BOUNDS = "CALC-015"
    WAITING_FOR_DRY = "CALC-016"
    SEASONS_DIFFER = "CALC-017"
    AT_THE_EDGE = "CALC-018"
    NO_RATE = "CALC-019"
    NO_PERSONS = "CALC-020"
    TWO_EDITIONS = "CALC-021"
    AREAS_DIFFER = "CALC-022"
    BEYOND_TWENTY_YEARS = "CALC-023"
    RANGES_OVERLAP = "CALC-024"
    DEPTHS_DIFFER = "CALC-025"
    NO_TARGET = "CALC-026"
    TARGET_NOT_COVERED = "CALC-027"
    TOTAL_DIFFERS = "CALC-028"
    FEWER_YEARS = "CALC-029"
    INPUT_ONLY_IMPROVED = "CALC-030"
    QUOTATIONS_CONFLICT = "CALC-031"
    DRYING_MIXED = "CALC-033"
    FEW_QUADRATS = "CALC-034"
    NO_CAPACITY = "CALC-035"
    PROPOSAL = "CALC-036"
    STANDS_IN = "CALC-037"
    FOSSIL_GWP = "CALC-040"
    NO_UNCERTAINTY = "CALC-041"
    ONE_OF = "CALC-042"
    NOT_ONE_SEASON = "CALC-043"
    UNDIVIDED = "CALC-044"
    CAP_BELOW_FLOOR = "CALC-045"
    ROUNDING_UNIT = "CALC-046"
    SUPERSEDED = "CALC-047"
    UNKNOWN_PARENT = "CALC-048"
    NOT_COMPARABLE = "CALC-049"
    NO_ACTUAL = "CALC-050"
    DEDUCTION_TOO_LARGE = "CALC-051"
    NO_HOLIDAYS = "CALC-052"
    REPEATED = "CALC-053"
    ENDS_BEFORE_START = "CALC-054"
    GRADE_BY_ROUNDING = "CALC-055"
    UNREADABLE = "CALC-056"
    ADULTS_BY_AGE = "CALC-057"
    REVISION_WITHOUT_REASON = "CALC-058"
    NOT_GRAZING = "CALC-059"
    EDITION_TAKEN = "CALC-060"
    SOURCE_LEFT_OUT = "CALC-061"
    NO_RANGE = "CALC-062"
    NOT_USED = "CALC-063"
    ONE_NEED_PER_SEASON = "CALC-064"
    SEASONS_ADDED = "CALC-065"
    PARTLY_TOLD = "CALC-066"
    WAITING_FOR_SHRUBS = "CALC-067"

    def at(self, place: str = "", field: str | None = None, /, **values: object) -> Problem:
        """Return the problem at an entry of the input; its JSON pointer, such as ``/herd/2/head``, says field and line."""
        *_, last = steps = place.split("/")
        lines = [int(step) + 1 for step in steps if step.isdigit()]
        found = super().at(place, field or (None if last.isdigit() else last or None), **values)
        return replace(found, line=lines[-1] if lines else None)
