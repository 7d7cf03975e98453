"""What a table of targets and gaps holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from station_app.domain.calc.gap import Gap, decimals
from station_app.domain.problems import Problem
from station_app.domain.text import Text
from station_app.services.figures.actuals import Computed

NO_TARGET = "none:"
"""Begins the key of an indicator that has no target."""


@dataclass(frozen=True, slots=True)
class RevisionRow:
    """A target changed with a reason after it was first set."""

    value: Decimal
    before: Decimal
    revised_on: date
    reason: str
    author: str


@dataclass(frozen=True, slots=True)
class ActualRow:
    """What was reached in a year. ``computed``: worked out here from the records, not reported in an assessment."""

    year: int
    value: Decimal
    source: Text
    reference: str
    computed: bool
    accepted: bool
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class GapRow:
    """One target, or an indicator without one (``record_id`` empty), in the year in sight.

    Attributes:
        name: Place and indicator, as a person calls it.
        unit: Code of the list ``target_unit``; values are in it.
        depth: How far below the top of its chain; ``parent_id`` is empty at the top of what is here.
        actuals: By year, rising; the last one not later than the year in sight is the actual value.
        targets: Target values in force of the same series (indicator, unit, region) by year.
        computed: What the records give for the year in sight; else ``not_computed`` says why not.
        causes: Codes of ``gap_cause`` from the latest assessment; likewise measure, responsible, deadline, status.
        accepted: The actual value is accepted by the county; says nothing at a station.
        problems: What stands at this row.
    """

    record_id: str
    number: str
    name: Text
    indicator: str
    place: str
    region_code: str
    year: int
    unit: str
    direction: str
    status: str
    parent_id: str
    depth: int
    gap: Gap
    baseline: Decimal | None = None
    revisions: tuple[RevisionRow, ...] = ()
    actuals: tuple[ActualRow, ...] = ()
    targets: tuple[tuple[int, Decimal], ...] = ()
    computed: Computed | None = None
    not_computed: Problem | None = None
    assessment_id: str = ""
    assessed_on: date | None = None
    causes: tuple[str, ...] = ()
    cause_text: str = ""
    measure: str = ""
    responsible: str = ""
    deadline_on: date | None = None
    assessment_status: str = ""
    accepted: bool = True
    doubtful: bool = False
    problems: tuple[Problem, ...] = ()

    @property
    def key(self) -> str:
        """Record of the target, or ``none:`` and the indicator."""
        return self.gap.code

    @property
    def code(self) -> str:
        return self.number

    @property
    def places(self) -> int:
        """How many decimals its values are shown with."""
        told = (self.gap.target_value, self.gap.first_value, self.baseline, *(a.value for a in self.actuals))
        return max((decimals(v) for v in told if v is not None), default=0)

    @property
    def actual(self) -> ActualRow | None:
        return next((a for a in reversed(self.actuals) if a.year == self.gap.actual_year), None)


@dataclass(frozen=True, slots=True)
class GapCounts:
    """How many targets stand where; indicators without a target are counted apart and are no failure."""

    with_target: int = 0
    reached: int = 0
    missed: int = 0
    unknown: int = 0
    without_target: int = 0


@dataclass(frozen=True, slots=True)
class GapTable:
    """Targets of a year, each below its parent; indicators without a target last.

    Attributes:
        counts: All of them at a station; at a county those whose actual value is accepted, or is not there.
        entered: County only: those whose actual value is not accepted yet; never added to ``counts``.
    """

    year: int
    rows: tuple[GapRow, ...]
    counts: GapCounts
    entered: GapCounts | None
    problems: tuple[Problem, ...]
    editions: tuple[str, ...]

    def row(self, record_id: str) -> GapRow | None:
        return next((row for row in self.rows if row.record_id == record_id), None)
