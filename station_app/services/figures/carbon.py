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
from station_app.services.figures.carbon_codes import Found
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
from station_app.services.figures.standards import standards_of
from station_app.services.progress import JobContext, Quiet, stop_if_cancelled
from station_app.storage.reader import Reader

__all__ = ["LEDGERS", "LEVELS", "CarbonReport", "CarbonSettings", "Ledger", "LedgerRow", "carbon_report", "carbon_why"]

_SIGNS = {
    STOCK: Text("储量是某一时点的数,不是一年的变化。", "A stock is what is there, not what changes in a year."),
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
        raise Found.UNKNOWN_LEVEL.refusal(value=level, known=", ".join(LEVELS))
    for name in ledgers:
        _known(name)
    chosen = settings or settings_of(reader, year)
    standards = standards_of(reader)
    facts = gather(reader, year, ledgers, within)
    main = facts.accepted_only() if facts.is_county else facts
    made = [_ledger(name, Work(main, chosen, standards), level, job) for name in ledgers]
    if facts.is_county:
        entered = Work(facts.entered_only(), chosen, standards)
        made = [_beside(each, entered, level, job) for each in made]
    return CarbonReport(year, level, chosen, tuple(made), facts.problems)


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
) -> Result[Any]:
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
    if facts.is_county:
        facts = facts.accepted_only() if accepted else facts.entered_only()
    work = Work(facts, chosen, standards_of(reader))
    group = _find(facts, level or _level_of(facts, key), key)
    if group is None:
        raise Found.UNKNOWN_SUBJECT.refusal(year=year, ledger=TITLES[ledger], value=key)
    if ledger == STOCK:
        return stock_result(stock_ground(work), group, part or TOTAL, explained=True)
    if ledger == CHANGE:
        return change_result(change_ground(work), group)
    return emission_result(emission_ground(work), group, explained=True)


def _known(ledger: str) -> None:
    if ledger not in LEDGERS:
        raise Found.UNKNOWN_LEDGER.refusal(value=ledger, known=", ".join(LEDGERS))


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
    """How rows of a ledger are made, and what its ground says."""

    rows: Callable[[Group], list[LedgerRow]]
    problems: tuple[Problem, ...]
    editions: tuple[str, ...]


def _machine(name: str, work: Work) -> _Machine:
    if name == STOCK:
        stock = stock_ground(work)
        return _Machine(lambda group: stock_rows(stock, group), stock.problems, stock.editions)
    if name == CHANGE:
        change = change_ground(work)
        return _Machine(lambda group: change_rows(change, group), change.problems, change.editions)
    emissions = emission_ground(work)
    return _Machine(lambda group: emission_rows(emissions, group), emissions.problems, emissions.editions)


def _ledger(name: str, work: Work, level: str, job: JobContext) -> Ledger:
    machine = _machine(name, work)
    rows = _rows(machine, work, level, job)
    totals = rows if level == "station" else _rows(machine, work, "station", job)
    placed, order = ranked(rows)
    return Ledger(
        name=name,
        unit=UNITS[name],
        rows=tuple(placed),
        totals=tuple(totals),
        entered=(),
        counted=_COUNTED[name](work.settings),
        sign=_SIGNS[name],
        order=tuple(order),
        problems=tuple(dict.fromkeys(machine.problems)),
        editions=machine.editions,
    )


def _rows(machine: _Machine, work: Work, level: str, job: JobContext) -> list[LedgerRow]:
    found = groups(work.facts, level)
    made: list[LedgerRow] = []
    for number, group in enumerate(found, 1):
        if number % _EVERY == 0 or number == len(found):
            stop_if_cancelled(job)
            job.progress(number, len(found), _WORKING)
        made += machine.rows(group)
    return made


def _beside(ledger: Ledger, entered: Work, level: str, job: JobContext) -> Ledger:
    """Set what is not accepted yet beside a ledger of accepted figures, never into it."""
    machine = _machine(ledger.name, entered)
    rows = _rows(machine, entered, level, job)
    if not rows:
        return ledger
    count = sum(row.items for row in rows if row.part in ("", TOTAL)) or sum(row.items for row in rows)
    told = Found.NOT_ACCEPTED.problem("", count=count)
    problems = tuple(dict.fromkeys((*ledger.problems, told)))
    return dataclasses.replace(ledger, entered=tuple(rows), problems=problems)
