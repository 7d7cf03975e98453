"""What the state of a payment line means for money: by the class of a state, never by a list of names elsewhere.

Source: table compensation_state_classes (P).
"""

from __future__ import annotations

from enum import StrEnum


class StateClass(StrEnum):
    """OPEN is not decided, IN_FLIGHT is on its way, PAID has arrived, FAILED came back, CLOSED claims nothing any more."""

    OPEN = "open"
    IN_FLIGHT = "in_flight"
    PAID = "paid"
    FAILED = "failed"
    CLOSED = "closed"


CLASS_OF: dict[str, StateClass] = {
    "eligible": StateClass.OPEN,
    "held": StateClass.OPEN,
    "deducted": StateClass.OPEN,
    "supplement": StateClass.OPEN,
    "approved": StateClass.OPEN,
    "excluded": StateClass.CLOSED,
    "submitted": StateClass.IN_FLIGHT,
    "reissued": StateClass.IN_FLIGHT,
    "paid": StateClass.PAID,
    "recovery_due": StateClass.PAID,
    "returned": StateClass.FAILED,
    "corrected": StateClass.FAILED,
    "recovered": StateClass.CLOSED,
}
# Not among the lines of the batch: the line waits, or was found not entitled (acts table: the line leaves the batch).
OUT_OF_BATCH = ("held", "excluded")
# In the batch, but on no list of people to be paid: the money came back.
FAILED = tuple(state for state, each in CLASS_OF.items() if each is StateClass.FAILED)


def in_batch(state: str | None) -> bool:
    return state not in OUT_OF_BATCH


def claims(state: str | None) -> bool:
    """Whether a line claims its land for the year, so that nobody else is paid for it."""
    return CLASS_OF.get(state or "", StateClass.OPEN) is not StateClass.CLOSED
