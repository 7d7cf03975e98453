"""Problems met in a package, each kind a bounded number of times so that a broken file does not fill the screen."""

from __future__ import annotations

from collections import Counter

from station_app.domain.problems import Problem, ProblemCode, UserError

SAME_KIND_SHOWN = 20


class Findings:
    """The problems in the order they were met."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self._counts: Counter[str] = Counter()

    def add(self, found: ProblemCode, place: str = "", **values: object) -> Problem:
        problem = found.at(place, **values)
        self._counts[found.code] += 1
        if self._counts[found.code] <= SAME_KIND_SHOWN:
            self.problems.append(problem)
        return problem

    def take(self, error: UserError) -> None:
        self.problems += error.problems
