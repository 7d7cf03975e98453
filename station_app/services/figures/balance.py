"""Forage–livestock balance of a workspace: a table of many at once, and why any one of its figures is what it is.

``balance_table`` gives the figures, ``balance_why`` the same figures with their explanation. Households add up to villages,
villages to townships, townships to the station; each level is the pooled sum of the one below.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from operator import attrgetter, itemgetter

from station_app.domain.calc.coefficients import Standards
from station_app.domain.problems import Problem
from station_app.domain.text import Text
from station_app.services.figures.balance_basis import BalanceBasis
from station_app.services.figures.measures import CountLine, Measures
from station_app.services.figures.pooling import PooledRows
from station_app.services.figures.problems import BalanceProblem
from station_app.services.figures.rows import GRAZING, LEVELS, BalanceRow, ViewFigures, supply_kinds, supply_label
from station_app.services.figures.scheme import Scheme, scheme_of
from station_app.services.figures.sifting import region_prefix
from station_app.services.figures.sources import HouseholdScope
from station_app.services.figures.total_lines import BalanceTable
from station_app.services.figures.why import balance_why, capacity_why, herd_why, yield_why
from station_app.services.progress import JobContext, Quiet, collector_at_rest, stop_if_cancelled
from station_app.storage.reader import Reader

__all__ = [
    "GRAZING",
    "LEVELS",
    "supply_kinds",
    "supply_label",
    "BalanceRow",
    "BalanceTable",
    "ViewFigures",
    "balance_row",
    "balance_table",
    "balance_why",
    "balance_years",
    "capacity_why",
    "herd_su",
    "herd_why",
    "yield_why",
]
_STEP = Text("正在计算草畜平衡", "Computing the balance")


def balance_table(
    reader: Reader,
    year: int,
    level: str = "household",
    *,
    occasion: str | None = None,
    within: str = "",
    main_view: str | None = None,
    scheme: Scheme | None = None,
    context: JobContext | None = None,
) -> BalanceTable:
    """Return the balance of a year at one level, the worst overload first.

    Args:
        occasion: Which count is held against the capacity; without it the scheme's.
        within: Code of a village or township to stay inside.
        main_view: The view that orders the rows; without it the scheme's.
        scheme: Another scheme than the one in force, for a trend or for trying one out.

    Raises:
        UserError: BAL-001 there is no scheme, BAL-002 no such level, CALC-007 and CALC-009 the scheme's sets can not be
            used, JOB-001 stopped.
    """
    if level not in LEVELS:
        raise BalanceProblem.UNKNOWN_LEVEL.error(value=level, known=", ".join(LEVELS))
    with collector_at_rest():
        return _table(reader, year, level, occasion, within, main_view, scheme, context or Quiet())


def _table(
    reader: Reader,
    year: int,
    level: str,
    occasion: str | None,
    within: str,
    main_view: str | None,
    scheme: Scheme | None,
    job: JobContext,
) -> BalanceTable:
    job.progress(0, 3, _STEP)
    ground = BalanceBasis(reader, year, occasion, scheme)
    records = ground.read(HouseholdScope(region_prefix(within)))
    stop_if_cancelled(job)
    job.progress(1, 3, _STEP)
    households = ground.rows(records)
    stop_if_cancelled(job)
    job.progress(2, 3, _STEP)
    pools = PooledRows(ground)
    view = main_view or ground.scheme.record.main_view
    problems: list[Problem] = ground.problems(records)
    total, entered = _totals(ground, pools, households, problems)
    if level == "household":
        rows = households
    elif level == "parcel":
        rows = ground.parcel_rows(records)
    else:
        rows = [pools.row(level, key, members) for key, members in pools.groups(level, households).items()]
    job.progress(3, 3, _STEP)
    return BalanceTable(
        year,
        level,
        ground.occasion,
        view,
        ground.scheme,
        tuple(worst_first(rows, view)),
        total,
        entered,
        tuple(problems),
        ground.editions(records),
        ground.measures,
        ground.is_county,
        ground.names,
    )


def _totals(
    ground: BalanceBasis, pools: PooledRows, households: list[BalanceRow], problems: list[Problem]
) -> tuple[BalanceRow, BalanceRow | None]:
    """Return the total and what is only entered; at a county the two are never added."""
    entered = [row for row in households if not row.accepted]
    accepted = [row for row in households if row.accepted]
    if not ground.is_county:
        apart = pools.total(entered) if entered and accepted else None
        return pools.total(households), apart
    if entered:
        problems.append(BalanceProblem.NOT_ACCEPTED.at(count=len(entered)))
    return pools.total(accepted), pools.total(entered) if entered else None


def worst_first(rows: Iterable[BalanceRow], view: str) -> list[BalanceRow]:
    """Return rows by the rate of a view, the highest first; those with stock and no capacity at all, then those without
    a rate, come after it, each by code."""

    overgrazed, rated, others = [], [], []
    for row in sorted(rows, key=attrgetter("code")):
        figures = row.view(view)
        if figures.rate_percent is not None:
            rated.append((figures.rate_percent, row))
        elif figures.capacity_su is not None and figures.overloaded_su:
            overgrazed.append(row)
        else:
            others.append(row)
    rated.sort(key=itemgetter(0), reverse=True)
    return [*overgrazed, *(row for _, row in rated), *others]


def balance_row(
    reader: Reader, year: int, household_id: str, *, occasion: str | None = None, ground: BalanceBasis | None = None
) -> BalanceRow:
    """Return the figures of one household: what a form shows beside it. ``ground`` may be kept between calls.

    Raises:
        UserError: as ``balance_table``; BAL-003 there is no such household.
    """
    base = ground or BalanceBasis(reader, year, occasion)
    rows = base.rows(base.read(HouseholdScope(households=(household_id,))))
    if not rows:
        raise BalanceProblem.UNKNOWN_SUBJECT.error(year=year, value=household_id)
    return rows[0]


def balance_years(
    reader: Reader,
    level: str,
    key: str,
    years: Sequence[int],
    *,
    occasion: str | None = None,
    scheme: Scheme | None = None,
) -> tuple[tuple[int, BalanceRow], ...]:
    """Return the figures of one household, parcel, village, township or the station in several years.

    A year without a scheme of its own is computed with ``scheme`` (or the nearest later year's that has one), and its row
    says so; years for which that gives nothing are left out.

    Raises:
        UserError: BAL-002 no such level; what ``balance_table`` refuses.
    """
    if level not in LEVELS:
        raise BalanceProblem.UNKNOWN_LEVEL.error(value=level, known=", ".join(LEVELS))
    own = {year: scheme_of(reader, year) for year in years}
    out = []
    for year in sorted(years):
        later = (own[other] for other in sorted(years) if other > year and own[other] is not None)
        earlier = (own[other] for other in sorted(years, reverse=True) if other < year and own[other] is not None)
        used = own[year] or scheme or next(later, None) or next(earlier, None)
        if used is None:
            continue
        ground = BalanceBasis(reader, year, occasion, used)
        row = _one(ground, level, key)
        if row is None:
            continue
        if own[year] is None:
            said = BalanceProblem.OTHER_SCHEME.at(used.reference(), year=year, used=used.record.year)
            row = row._replace(problems=(*row.problems, said))
        out.append((year, row))
    return tuple(out)


def _one(ground: BalanceBasis, level: str, key: str) -> BalanceRow | None:
    """Return one row of a level, reading only what it needs."""
    if level == "household":
        rows = ground.rows(ground.read(HouseholdScope(households=(key,))))
        return rows[0] if rows else None
    if level == "parcel":
        found = ground.reader.sql("SELECT household_id FROM parcel WHERE record_id=?", (key,))
        if not found:
            return None
        every = ground.parcel_rows(ground.read(HouseholdScope(households=(found[0][0],))))
        return next((row for row in every if row.key == key), None)
    households = ground.rows(ground.read(HouseholdScope(region_prefix(key) if key else "")))
    pools = PooledRows(ground)
    members = pools.groups(level, households).get(key)
    return pools.row(level, key, members) if members else None


def herd_su(lines: Iterable[CountLine], scheme: Scheme, standards: Standards) -> Decimal | Problem:
    """Return the sheep units of a herd while it is typed, or the problem of the first line that can not be counted.

    Rounding: none. Whoever asks often keeps a ``Measures`` and asks that.

    Raises:
        UserError: CALC-007, CALC-009 the scheme's sets can not be used.
    """
    return Measures(scheme, standards).herd_su(lines)
