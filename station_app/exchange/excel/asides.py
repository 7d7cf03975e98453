"""What is said once for a column, however many of its cells it holds for."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from station_app.domain.problems import Problem
from station_app.domain.text import Text
from station_app.exchange.excel.problems import WorkbookProblem

if TYPE_CHECKING:
    from station_app.exchange.excel.reader import RawTable

_SHOWN = 5


class Asides:
    """Findings by column, counted."""

    def __init__(self) -> None:
        self._places: dict[tuple[WorkbookProblem, str, int | None], tuple[str, str, Text]] = {}
        self._shown: dict[tuple[WorkbookProblem, str, int | None], Counter[str]] = {}

    def note(
        self, said: WorkbookProblem, table: RawTable, row: int, column: int | None, path: str, label: Text, shown: str
    ) -> None:
        """Count one cell; ``shown`` is what stands in it."""
        key = (said, table.name, column)
        if key not in self._places:
            self._places[key] = (table.place(row, column), path, label)
            self._shown[key] = Counter()
        self._shown[key][shown] += 1

    def problems(self) -> list[Problem]:
        """Return one finding a column, at the first of its cells."""
        return [
            said.at(place, path, label=label, count=self._shown[said, name, column].total(),
                    values=" ".join(list(self._shown[said, name, column])[:_SHOWN]))
            for (said, name, column), (place, path, label) in self._places.items()
        ]  # fmt: skip
