"""What can be wrong with a package, a card or a receipt: ERROR refuses it whole, HOLD sets single versions aside.

The sentences lie in ``resources/problems.csv``.
"""

from __future__ import annotations

from station_app.domain.problems import ProblemCode


class PackageProblem(ProblemCode):
    """PKG: packages and cards. RCP: receipts."""

    # the file
    DAMAGED = "PKG-001"
    FOREIGN_NAME = "PKG-002"
    DUPLICATE_NAME = "PKG-003"
    NOT_A_FILE = "PKG-004"
    TOO_LARGE = "PKG-005"
    SUSPICIOUS_RATIO = "PKG-006"
    PART_MISSING = "PKG-007"
    REPACKED = "PKG-008"
    UNREADABLE = "PKG-009"
    # the manifest
    BAD_JSON = "PKG-010"
    BAD_MANIFEST = "PKG-011"
    NEWER_FORMAT = "PKG-012"
    NOT_LISTED = "PKG-013"
    LISTED_MISSING = "PKG-014"
    HASH_DIFFERS = "PKG-015"
    SCHEMA_DIFFERS = "PKG-016"
    RENAMED = "PKG-017"
    # the signature
    BAD_SIGNATURE = "PKG-020"
    UNKNOWN_KEY = "PKG-021"
    REVOKED_KEY = "PKG-022"
    WRONG_NAMESPACE = "PKG-023"
    NOT_THE_DEVICE = "PKG-024"
    KEY_NOT_VALID = "PKG-025"
    SIGNER_NOT_CHECKED = "PKG-026"
    PAST_ITS_END = "PKG-027"
    HANDED_OVER_TWICE = "PKG-028"
    KEY_FOLLOWED = "PKG-029"
    NO_DEVICE_KEY = "PKG-030"
    BAD_SIGNERS_FILE = "PKG-031"
    # the content
    BROKEN_TABLE = "PKG-040"
    WRONG_TYPE = "PKG-041"
    OUT_OF_BOUNDS = "PKG-042"
    WRONG_VERSION_ID = "PKG-043"
    WRONG_ORDER = "PKG-044"
    STRAY_LINE = "PKG-045"
    NOT_THEIRS_TO_AUTHOR = "PKG-046"
    NOT_THEIRS_TO_PASS_ON = "PKG-047"
    UNKNOWN_TYPE = "PKG-048"
    COUNTS_DIFFER = "PKG-049"
    TOTALS_DIFFER = "PKG-050"
    ATTACHMENT_MISSING = "PKG-051"
    JOURNAL_BROKEN = "PKG-052"
    NOT_AN_ENTRY = "PKG-053"
    OWN_JOURNAL_DIFFERS = "PKG-054"
    # the chain
    GAP = "PKG-055"
    REPEAT = "PKG-056"
    FORKED = "PKG-057"
    NOT_FOR_US = "PKG-058"
    FROM_OURSELVES = "PKG-059"
    # building
    NOTHING_TO_SEND = "PKG-060"
    NAME_TAKEN = "PKG-061"
    CANNOT_WRITE = "PKG-062"
    OWN_CHECK_FAILED = "PKG-063"
    NO_SUCH_PACKAGE = "PKG-064"
    BUILT_MEANWHILE = "PKG-065"
    UNKNOWN_RECIPIENT = "PKG-066"
    CANNOT_REPEAT = "PKG-067"
    DOES_NOT_ADD_UP = "PKG-068"
    JOURNAL_DAMAGED = "PKG-069"
    # cards
    BAD_CARD = "PKG-070"
    OWN_CARD = "PKG-071"
    CARD_REVOKED = "PKG-072"
    NO_SUCH_CARD = "PKG-073"
    NOT_A_COLLEAGUE = "PKG-074"
    DOES_NOT_AGREE = "PKG-075"
    WRONG_MONEY = "PKG-076"
    CARD_CHANGES_UNIT = "PKG-077"
    CARD_CHANGES_KEY = "PKG-078"
    OTHER_FINGERPRINT = "PKG-079"
    ENDED_ABOVE = "PKG-082"
    # the journal beside what was seen of it
    SHORTER_JOURNAL = "PKG-080"
    OTHER_JOURNAL = "PKG-081"
    # receipts
    NOT_FROM_ABOVE = "RCP-001"
    NOT_OUR_PACKAGE = "RCP-002"
    NAMES_STRANGE_VERSIONS = "RCP-003"
    OFFER_AGAIN = "RCP-004"
    SENDER_RESTORED = "RCP-005"
