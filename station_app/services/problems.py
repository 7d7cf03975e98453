"""What can be wrong when records are saved, merged, reviewed and paid; the sentences lie in ``resources/problems.csv``."""

from __future__ import annotations

from station_app.domain.problems import ProblemCode


class SaveProblem(ProblemCode):
    """SAV: saving, voiding and undoing a record. STD-001: an edition is never changed."""

    NOT_OURS = "SAV-002"
    ALREADY_SENT = "SAV-010"
    CHANGED_MEANWHILE = "SAV-011"
    REASON_NEEDED = "SAV-012"
    KEY_TAKEN = "SAV-013"
    NOT_HERE = "SAV-014"
    VOID_WITHOUT_REASON = "SAV-015"
    IN_CONFLICT = "SAV-017"
    HAS_OTHERS = "SAV-018"
    REASON_FORM = "SAV-019"
    MERGE_WITHOUT_REASON = "SAV-020"
    NOT_CURRENT = "SAV-021"
    ENDED_A_CONFLICT = "SAV-022"
    ENTERED_AGAIN = "SAV-023"
    CHANGED_AFTER = "SAV-024"
    CHANGED_SINCE_UNDONE = "SAV-025"
    NEVER_CHANGED = "STD-001"


class TwinProblem(ProblemCode):
    """TWN, SND-006, SND-008: what was entered twice, or would be."""

    TWINS = "SND-006"
    MORE_TWINS = "SND-008"
    KEPT_NOT_AMONG = "TWN-001"
    BOTH_HAVE = "TWN-002"
    IN_CONFLICT = "TWN-003"
    WOULD_BE_TWICE = "TWN-004"


class SendProblem(ProblemCode):
    """SND: what is looked at before something is sent."""

    DANGLING = "SND-001"
    NO_DRY_WEIGHT = "SND-002"
    CONFLICT = "SND-003"
    SENT_BACK = "SND-004"
    NOT_COUNTED = "SND-005"
    UNVERIFIED = "SND-007"


class CompensationProblem(ProblemCode):
    """CMP: batches, their lines and how they came about."""

    NO_SUCH_PLAN = "CMP-001"
    NO_PAID_PARCEL = "CMP-002"
    BATCH_EXISTS = "CMP-007"
    NO_SUCH_LINE = "CMP-010"
    MOVED_ON = "CMP-011"
    NOT_REPRODUCED = "CMP-012"
    NOBODY_LISTED = "CMP-013"
    NO_SUCH_BATCH = "CMP-017"


class ServiceProblem(ProblemCode):
    """WSP-013, REV, JOB: who works here, and what was stopped."""

    STOPPED = "JOB-001"
    REVIEWER_UNNAMED = "REV-001"
    AUTHOR_UNNAMED = "WSP-013"
