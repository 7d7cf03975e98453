"""Where a record stands, and how that is said."""

from __future__ import annotations

from enum import StrEnum

from station_app.domain.text import Text


class State(StrEnum):
    """Where a record stands; computed from journal, packages, receipts and reviews, never stored as a flag.

    BROUGHT: made elsewhere and taken in here (a county's plan at a station); it is not ours to send.
    """

    COMPLETE = "complete"
    BROUGHT = "brought"
    REVIEWED = "reviewed"
    PACKAGED = "packaged"
    RECEIVED = "received"
    ACCEPTED = "accepted"
    RETURNED = "returned"
    REFUSED = "refused"
    CONFLICT = "conflict"
    VOID = "void"


STATE_LABELS: dict[State, Text] = {
    State.COMPLETE: Text("已保存", "Saved"),
    State.BROUGHT: Text("已接收", "Taken in"),
    State.REVIEWED: Text("已复核", "Reviewed"),
    State.PACKAGED: Text("已打包", "Packaged"),
    State.RECEIVED: Text("县已收", "Received"),
    State.ACCEPTED: Text("县已认可", "Accepted"),
    State.RETURNED: Text("已退回", "Returned"),
    State.REFUSED: Text("被拒收", "Refused"),
    State.CONFLICT: Text("有冲突", "Conflict"),
    State.VOID: Text("已作废", "Void"),
}
