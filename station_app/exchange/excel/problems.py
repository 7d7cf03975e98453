"""What can be wrong with a workbook; the sentences lie in ``resources/problems.csv``."""

from __future__ import annotations

from station_app.domain.problems import ProblemCode, UserError
from station_app.domain.text import Text


class WorkbookProblem(ProblemCode):
    """XLS: a workbook that is written. IMP: a file that is read."""

    NOTHING = "XLS-001"
    NO_FOLDER = "XLS-002"
    IN_USE = "XLS-003"
    DISK_FULL = "XLS-004"
    NOT_WRITTEN = "XLS-005"
    DIFFERS = "XLS-006"
    TOO_MANY_ROWS = "XLS-007"
    NUMBER_TOO_LONG = "XLS-008"
    TEXT_NOT_HELD = "XLS-010"
    NO_SUCH_ROW = "XLS-012"
    BATCH_DIFFERS = "XLS-013"
    WRONG_NAME = "XLS-009"
    NO_REPORT = "XLS-011"
    NOT_THERE = "IMP-001"
    NOT_A_TABLE = "IMP-002"
    OPEN_QUOTE = "IMP-027"
    HAS_PASSWORD = "IMP-003"
    NO_ROWS = "IMP-004"
    UNKNOWN_ENCODING = "IMP-015"
    DAMAGED_TEXT = "IMP-040"
    TOO_BIG = "IMP-016"
    NOT_A_MAPPING = "IMP-017"
    NO_HEADINGS = "IMP-005"
    HIDDEN_ROWS = "IMP-042"
    HIDDEN_COLUMN = "IMP-043"
    NONE_MARKS = "IMP-044"
    PICTURE_IN_CELL = "IMP-045"
    FORMULA_EMPTY = "IMP-046"
    ANY_CATTLE = "IMP-049"
    CLASS_UNKNOWN = "IMP-048"
    HEADINGS_DEEPER = "IMP-041"
    SAME_FIELD_TWICE = "IMP-006"
    COLUMN_MISSING = "IMP-007"
    UNIT_UNKNOWN = "IMP-008"
    UNIT_DIFFERS = "IMP-009"
    LINK_UNKNOWN = "IMP-010"
    LINK_AMBIGUOUS = "IMP-011"
    REPEATED = "IMP-012"
    IGNORED = "IMP-013"
    HAS_ERRORS = "IMP-014"
    CHANGED_MEANWHILE = "IMP-018"
    BROKEN_HEADING = "IMP-047"
    BROKEN_CELL = "IMP-019"
    SHEET_IGNORED = "IMP-020"
    MERGED_NUMBER = "IMP-021"
    NOT_IMPORTED = "IMP-022"
    NOT_AUTHOR = "IMP-026"
    ROWS_LEFT_OUT = "IMP-023"
    REPEATED_SAME = "IMP-024"
    FORM_KNOWN = "IMP-033"
    VILLAGE_UNKNOWN = "IMP-029"
    SAME_IDENTITY = "IMP-030"
    OTHER_NAME = "IMP-031"
    NO_FREE_CODE = "IMP-032"
    TOTAL_DIFFERS = "IMP-028"
    NO_SHEET = "IMP-025"


def nothing_of(label: Text, year: int | None) -> UserError:
    """Return XLS-001 for a table of a year, or of no year in particular."""
    return WorkbookProblem.NOTHING.error(
        what=Text(f"{year or ''}{label.zh}", f"{label.en} {year}" if year else label.en)
    )
