"""Carbon of a workspace: stock, yearly change and livestock emissions, three ledgers that are never added up.

``carbon_report`` gives the figures of many at once, ``carbon_why`` the same digits of one with everything they rest on.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

from station_app.domain.calc.carbon_soc import SIGN
from station_app.domain.calc.explanation import Result
from station_app.domain.problems import Problem
from station_app.domain.text import Text
from station_app.services.figures import carbon_change_rows, carbon_emission_rows, carbon_stock_rows
from station_app.services.figures.carbon_change_rows import change_ground, change_result, change_rows
from station_app.services.figures.carbon_emission_rows import emission_ground, emission_result, emission_rows
from station_app.services.figures.carbon_groups import Group, Work, groups
from station_app.services.figures.carbon_records import Facts, gather
from station_app.services.figures.carbon_rows import (
    CHANGE,
    EMISSIONS,
    LEDGERS,
    LEVELS,
    STOCK,
    TITLES,
    TOTAL,
    UNITS,
    CarbonReport,
    Ledger,
    LedgerRow,
    ranked,
)
from station_app.services.figures.carbon_settings import CarbonSettings, settings_of
from station_app.services.figures.carbon_stock_rows import stock_ground, stock_result, stock_rows
from station_app.services.figures.problems import CarbonProblem
from station_app.services.figures.standards import standards_of
from station_app.services.progress import JobContext, Quiet, stop_if_cancelled
from station_app.storage.reader import Reader

__all__ = ["LEDGERS", "LEVELS", "CarbonReport", "CarbonSettings", "Ledger", "LedgerRow", "carbon_report", "carbon_why"]

_SIGNS = {
    STOCK: Text("储量是某一时点的数，不是一年的变化。", "A stock is what is there, not what changes in a year."),
    CHANGE: SIGN,
    EMISSIONS: Text("正数为排放。", "Above zero is emitted."),
}
_COUNTED = {
    STOCK: carbon_stock_rows.counted_text,
    CHANGE: carbon_change_rows.counted_text,
    EMISSIONS: carbon_emission_rows.counted_text,
}
_WORKING = Text("正在计算碳汇", "Computing carbon")
_EVERY = 200


def carbon_report(
    reader: Reader,
    year: int,
    *,
    level: str = "village",
    within: str = "",
    settings: CarbonSettings | None = None,
    ledgers: Sequence[str] = LEDGERS,
    context: JobContext | None = None,
) -> CarbonReport:
    """Return the ledgers of a year at one level.

    Args:
        level: One of ``LEVELS``.
        within: Administrative code that keeps the report to a region.
        settings: Choices for looking; without them those of the scheme in force.
        ledgers: Which of the three are worked out.

    Rounding: none.

    Raises:
        UserError: CRB-001 there is no scheme, CRB-003 no such level, CRB-004 no such ledger, JOB-001 stopped.
    """
    job = context or Quiet()
    if level not in LEVELS:
        raise CarbonProblem.UNKNOWN_LEVEL.error(value=level, known=", ".join(LEVELS))
    for name in ledgers:
        _known(name)
    chosen = settings or settings_of(reader, year)
    facts = gather(reader, year, ledgers, within)
    work = Work(facts, chosen, standards_of(reader))
    made = [_ledger(name, work, level, job) for name in ledgers]
    return CarbonReport(year, level, chosen, tuple(made), facts.problems, facts.names)


def carbon_why(
    reader: Reader,
    year: int,
    ledger: str,
    key: str,
    *,
    part: str = "",
    level: str = "",
    within: str = "",
    settings: CarbonSettings | None = None,
    accepted: bool = True,
) -> Result:
    """Return one figure of a ledger with its explanation, in the digits of the report.

    Args:
        key: As in the row: record_id of a household or parcel, code of a village or township, empty for the station.
        part: Of the stock; without it the total where vegetation and soil cover the same land.
        level: Level of the row; without it told from the key.
        accepted: At a county: of what is accepted, or of what is not.

    Raises:
        UserError: CRB-001, CRB-004, CRB-005 nothing has that key, CRB-006 there is no figure and why.
    """
    _known(ledger)
    chosen = settings or settings_of(reader, year)
    facts = gather(reader, year, (ledger,), within)
    work = Work(facts, chosen, standards_of(reader))
    group = _find(facts, level or _level_of(facts, key), key)
    if group is None:
        raise CarbonProblem.UNKNOWN_SUBJECT.error(year=year, ledger=TITLES[ledger], value=key)
    machine = _machine(ledger, work)
    if facts.is_county:
        main = _machine(ledger, dataclasses.replace(work, facts=facts.accepted_only()))
        machine = main if accepted else _machine(ledger, work, main)
        group = _find(machine.work.facts, group.level, key) or group
    return machine.result(group, part)


def _known(ledger: str) -> None:
    if ledger not in LEDGERS:
        raise CarbonProblem.UNKNOWN_LEDGER.error(value=ledger, known=", ".join(LEDGERS))


def _level_of(facts: Facts, key: str) -> str:
    if not key:
        return "station"
    if key in facts.parcels:
        return "parcel"
    if key in facts.households:
        return "household"
    return "township" if key.endswith("000") else "village"


def _find(facts: Facts, level: str, key: str) -> Group | None:
    return next((group for group in groups(facts, level) if group.key == key), None)


# --- one ledger --------------------------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, slots=True)
class _Machine:
    """How rows of a ledger and their explanations are made, and what its ground says."""

    work: Work
    ground: Any
    rows: Callable[[Group], list[LedgerRow]]
    result: Callable[[Group, str], Result]

    @property
    def problems(self) -> tuple[Problem, ...]:
        found: tuple[Problem, ...] = self.ground.problems
        return found

    @property
    def editions(self) -> tuple[str, ...]:
        used: tuple[str, ...] = self.ground.editions
        return used


def _machine(name: str, work: Work, main: _Machine | None = None) -> _Machine:
    """Make the machine of a ledger; beside ``main`` it tells only what that does not."""
    beside = main.ground if main is not None else None
    if name == STOCK:
        stock = stock_ground(work, beside)
        return _Machine(
            work,
            stock,
            lambda group: stock_rows(stock, group),
            lambda group, part: stock_result(stock, group, part or TOTAL, explained=True),
        )
    if name == CHANGE:
        change = change_ground(work, beside)
        return _Machine(
            work, change, lambda group: change_rows(change, group), lambda group, _: change_result(change, group)
        )
    emissions = emission_ground(work, beside)
    return _Machine(
        work,
        emissions,
        lambda group: emission_rows(emissions, group),
        lambda group, _: emission_result(emissions, group, explained=True),
    )


def _ledger(name: str, work: Work, level: str, job: JobContext) -> Ledger:
    county = work.facts.is_county
    main = _machine(name, dataclasses.replace(work, facts=work.facts.accepted_only()) if county else work)
    rows = _rows(main, level, job)
    totals = rows if level == "station" else _rows(main, "station", job)
    problems, entered = list(main.problems), []
    if county:
        # What is not accepted yet stands beside the accepted figures and is never added to them.
        other = _machine(name, work, main)
        entered = _rows(other, level, job)
        told = {(row.key, row.part) for row in entered}
        rows = [row for row in rows if row.value is not None or (row.key, row.part) not in told]
        if entered:
            number = max(sum(row.items for row in entered if row.part == part) for part in {r.part for r in entered})
            kept = [each for each in main.problems if each.code != CarbonProblem.NO_REGISTRATION.code]
            problems = [*kept, *other.problems, CarbonProblem.NOT_ACCEPTED.at("", count=number)]
    placed, order = ranked(rows)
    return Ledger(
        name=name,
        unit=UNITS[name],
        rows=tuple(placed),
        totals=tuple(totals),
        entered=tuple(ranked(entered)[0]),
        counted=_COUNTED[name](work.settings),
        sign=_SIGNS[name],
        order=tuple(order),
        problems=tuple(dict.fromkeys(problems)),
        editions=main.editions or (other.editions if county else ()),
    )


def _rows(machine: _Machine, level: str, job: JobContext) -> list[LedgerRow]:
    found = groups(machine.work.facts, level)
    made: list[LedgerRow] = []
    for number, group in enumerate(found, 1):
        if number % _EVERY == 0 or number == len(found):
            stop_if_cancelled(job)
            job.progress(number, len(found), _WORKING)
        made += machine.rows(group)
    return made
