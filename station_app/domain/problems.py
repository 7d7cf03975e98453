"""What is wrong, where, and what to do: values, not exceptions, until something must stop."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from station_app.domain.text import Text


class Severity(StrEnum):
    """ERROR stops the step; HOLD takes the line out until decided; WARN asks for a reason; INFO is only listed."""

    ERROR = "error"
    HOLD = "hold"
    WARN = "warn"
    INFO = "info"

    @property
    def rank(self) -> int:
        """Its place when problems are listed, worst first."""
        return _WORST_FIRST.index(self)

    @property
    def label(self) -> Text:
        """What it asks of the reader."""
        return _ASKS[self]


_WORST_FIRST = tuple(Severity)
_ASKS = {
    Severity.ERROR: Text("必须改正", "Must be put right"),
    Severity.HOLD: Text("待决定", "To be decided"),
    Severity.WARN: Text("请确认", "Please confirm"),
    Severity.INFO: Text("提示", "Note"),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding about a record or a file.

    Attributes:
        code: Stable code, for example ``FLD-003``; help and tests refer to it.
        severity: What it stops.
        text: What happened and what to do, in the reader's words.
        field: Field name the problem stands at, ``None`` for the record as a whole.
        line: 1-based line inside a list of the record, ``None`` outside lists.
        place: Where in a file: sheet and cell, file and row.
    """

    code: str
    severity: Severity
    text: Text
    field: str | None = None
    line: int | None = None
    place: str = ""


class UserError(Exception):
    """Something a person can mend: has a code, a sentence with place and next step, and loses nothing."""

    def __init__(self, code: str, text: Text, *, problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(f"{code}: {text.en}")
        self.code = code
        self.text = text
        self.problems = problems
