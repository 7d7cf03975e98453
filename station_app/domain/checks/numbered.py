"""The numbered checks of the field (table compensation_checks, C01 …): one function each, with its severity and source."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from station_app.domain.checks.problems import CheckProblem
from station_app.domain.problems import Problem
from station_app.domain.text import Text

Facts = TypeVar("Facts")


@dataclass(frozen=True, slots=True)
class Check(Generic[Facts]):
    """One check.

    Attributes:
        problem: What it finds, under the number of the table; ERROR stops the step, HOLD takes the line out until decided,
            WARN needs a note.
        source: What the check rests on.
        name: What holds where nothing is found.
        run: From the facts to what is wrong.
    """

    problem: CheckProblem
    source: str
    name: Text
    run: Callable[[Facts], Iterable[Problem]]


def check(
    into: list[Check[Facts]], problem: CheckProblem, source: str, zh: str, en: str
) -> Callable[[Callable[[Facts], Iterable[Problem]]], Callable[[Facts], Iterable[Problem]]]:
    """Register a check function under its number."""

    def decorate(function: Callable[[Facts], Iterable[Problem]]) -> Callable[[Facts], Iterable[Problem]]:
        into.append(Check(problem, source, Text(zh, en), function))
        return function

    return decorate
