"""What is wrong, where, and what to do: values, not exceptions, until something must stop.

Each room names its problems in an enum of codes (``RecordProblem``, ``PackageProblem`` …); code, severity and the sentence
in both languages lie in ``resources/problems.csv``, one line each, where a translator finds them and the help takes them.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum
from functools import cache

from station_app.domain.text import Text
from station_app.paths import resource_lines


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
        return _ASKS[self]


_WORST_FIRST = tuple(Severity)
_ASKS = {
    Severity.ERROR: Text("必须改正", "Must be put right"),
    Severity.HOLD: Text("待决定", "To be decided"),
    Severity.WARN: Text("请确认", "Please confirm"),
    Severity.INFO: Text("提示", "Note"),
}


_FILLED_IN = re.compile(r"\{\w+\}")


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


@cache
def sentences() -> dict[str, tuple[Severity, Text]]:
    """Return how grave each code is and its sentence with placeholders, in the order of the file.

    Raises:
        OSError, ValueError: the file is missing or damaged. It is part of the program, as its modules are.
    """
    return {
        row["code"]: (Severity(row["severity"]), Text(row["zh"], row["en"]))
        for row in csv.DictReader(resource_lines("problems.csv"))
    }


def codes_like(wanted: str) -> list[tuple[str, Severity, Text]]:
    """Return code, how grave it is and sentence of every problem whose code begins like ``wanted``; where none does, of
    those whose sentence has its words in either language. … stands where a sentence is filled in."""
    every = [
        (code, severity, Text(_FILLED_IN.sub("…", text.zh), _FILLED_IN.sub("…", text.en)))
        for code, (severity, text) in sentences().items()
    ]
    begun = [each for each in every if each[0].casefold().startswith(wanted.strip().casefold())]
    words = wanted.casefold().split()
    return begun or [each for each in every if all(word in f"{each[2].zh} {each[2].en}".casefold() for word in words)]


class ProblemCode(Enum):
    """Base of each room's list of problems; a member's value is its code, which never changes its meaning."""

    @property
    def code(self) -> str:
        return str(self.value)

    @property
    def severity(self) -> Severity:
        return sentences()[self.value][0]

    @property
    def text(self) -> Text:
        return sentences()[self.value][1]

    def problem(self, field: str | None = None, line: int | None = None, /, **values: object) -> Problem:
        """Return the problem at a field of a record (and a line of a list), its sentence filled from ``values``."""
        if line is not None:
            values.setdefault("line", line)
        return Problem(self.code, self.severity, self.text.format(**values), field, line)

    def at(self, place: str = "", field: str | None = None, /, **values: object) -> Problem:
        """Return the problem at a place: file and row, sheet and cell; a sentence may name it as ``{place}``."""
        return Problem(self.code, self.severity, self.text.format(**{"place": place, **values}), field, None, place)

    def error(self, place: str = "", /, *, problems: Sequence[Problem] | None = None, **values: object) -> UserError:
        """Return the error to raise; it holds ``problems``, or else itself as the only one."""
        said = self.at(place, **values)
        return UserError(self.code, said.text, problems=(said,) if problems is None else tuple(problems))


def refusal(problems: Sequence[Problem]) -> UserError:
    """Return the error to raise for problems of which the first ERROR says it best; all of them follow it."""
    first = next((each for each in problems if each.severity is Severity.ERROR), problems[0])
    return UserError(first.code, first.text, problems=tuple(problems))
