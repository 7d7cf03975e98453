"""The calculation scheme in force for a year: the chosen coefficient sets and settings, read from its record.

Nobody's choice is made here. Where there is no scheme there is no figure; ``proposed_scheme`` only fills a form in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from station_app.domain.calc.coefficients import (
    ADULT,
    CARBON_FRACTION,
    DEGRADATION_CLASS,
    DEGRADED,
    HAY_COEFFICIENT,
    OVERLOAD_GRADE,
    PENALTY,
    ROOT_RATIO,
    SHEEP_UNIT,
    UTILIZATION,
    YOUNG,
    YOUNG_GROUP,
    Standards,
)
from station_app.domain.problems import Problem
from station_app.domain.records.calculation import CalculationScheme, ClassYield, GradeChoice, SeasonPeriod
from station_app.domain.registry import record_type
from station_app.services.figures.problems import BalanceProblem
from station_app.services.figures.references import record_reference
from station_app.services.figures.standards import named_sets
from station_app.storage.reader import Filter, Query, Reader, Row, State

DAYS_OF_YEAR = 365
SCHEME = "calculation_scheme"
_RANK = {"station": 0, "county": 1, "region": 2}


@dataclass(frozen=True)
class Scheme:
    """The scheme a year is calculated with: its record, where it is kept, and what is wrong with the choice itself.

    Attributes:
        record: What was chosen. Its year may be another than the one computed: a trend then says so.
        is_county: It was said by a county or region.
        problems: Such as two schemes of one rank.
    """

    record: CalculationScheme
    record_id: str = ""
    is_county: bool = False
    problems: tuple[Problem, ...] = ()

    def reference(self, field: str = "") -> str:
        """Where it, or one of its fields, is on record."""
        return record_reference(SCHEME, self.record_id, field) if self.record_id else ""

    @cached_property
    def days(self) -> Mapping[str, Decimal]:
        return {each.season_of_use: Decimal(each.days) for each in self.record.seasons}

    def days_of(self, season: str | None) -> Decimal:
        """Return the days a season is grazed; of one the scheme does not name, those of the whole balance."""
        return self.days.get(season or "whole_year", Decimal(self.record.period_days))

    @cached_property
    def yields(self) -> Mapping[str, ClassYield]:
        """Typed yields by grassland class, used where no plot can tell."""
        return {each.grassland_class: each for each in self.record.yields}

    @property
    def grade_sets(self) -> tuple[str, ...]:
        """The tables of grades the overload is held against, the main one first."""
        return tuple(each.grade_set for each in self.record.grade_sets)

    @cached_property
    def sets(self) -> tuple[str, ...]:
        """Every set chosen, as ``kind/name@edition``."""
        return tuple(named_sets(record_type(SCHEME), self.record))


def scheme_of(reader: Reader, year: int) -> Scheme | None:
    """Return the scheme in force for a year: the county's (or region's) before the station's own.

    ``None``: nobody has chosen yet. Drafts, closed schemes and schemes in conflict or refused do not count.
    """
    rows = reader.rows(
        Query(
            CalculationScheme, (Filter("year", "eq", year), Filter("status", "eq", "in_force")), sort=(("_hlc", True),)
        )
    )
    usable = [row for row in rows if row.state not in (State.CONFLICT, State.REFUSED, State.VOID) and _lives(row, year)]
    if not usable:
        return None
    ranked = [(_rank(reader, row), row) for row in usable]
    highest = max(rank for rank, _ in ranked)
    best = [row for rank, row in ranked if rank == highest]
    problems = []
    if len(best) > 1:
        place = record_reference(SCHEME, best[0].record_id)
        problems.append(BalanceProblem.TWO_SCHEMES.at(place, year=year, count=len(best), name=best[0].record.name))
    return Scheme(best[0].record, best[0].record_id, highest > 0, tuple(problems))


def earlier_scheme(reader: Reader, year: int) -> Row | None:
    """Return the newest scheme of an earlier year; of one year the one in force."""
    query = Query(CalculationScheme, (Filter("year", "lt", year),), sort=(("year", True), ("_hlc", True)))
    rows = [row for row in reader.rows(query) if not row.conflict]
    return next((r for r in rows if r.record.year == rows[0].record.year and r.record.status == "in_force"),
                rows[0] if rows else None)  # fmt: skip


def _lives(row: Row, year: int) -> bool:
    record: CalculationScheme = row.record
    starts, ends = record.valid_from, record.valid_to
    return (starts is None or starts <= date(year, 12, 31)) and (ends is None or ends >= date(year, 1, 1))


def _rank(reader: Reader, row: Row) -> int:
    """Return which level said it last; a merge speaks with the voice of the highest it merged."""
    found = reader.sql(
        """SELECT coalesce(c.role, (SELECT value FROM setting WHERE key='workspace.role'))
           FROM version v LEFT JOIN card c ON c.device_id=v.device
           WHERE v.version_id=?1 AND v.device<>'merge'
              OR v.version_id IN (SELECT parent_id FROM version_parent WHERE version_id=?1)
                 AND (SELECT device FROM version WHERE version_id=?1)='merge'""",
        (row.version_id,),
    )
    return max((_RANK.get(role, 0) for (role,) in found), default=0)


# --- a proposal to begin with ------------------------------------------------------------------------------------------

# Rules of a region by the head of its administrative code; the narrower one wins.
_REGIONAL: tuple[tuple[str, str, str], ...] = (
    ("1504", "inner-mongolia-29", "chifeng-2018"),
    ("15", "inner-mongolia-29", "inner-mongolia-2021"),
    ("62", "gansu-2022", "gansu-2022"),
)


def proposed_scheme(standards: Standards, year: int, county_code: str) -> CalculationScheme:
    """Return a proposal to show in the form: the seeds of the sets in their newest editions, with all their marks.

    It is not saved and not used before a person has looked at it and saved it. What no source settles is left for the
    person: days of the seasons other than the whole year, climate, soil, typed yields.
    """

    def newest(kind: str, name: str) -> str | None:
        known = [each for each in standards.of_kind(kind) if each.name == name]
        best = max(known, key=lambda each: (each.made_on or date.min, each.edition), default=None)
        return f"{best.name}@{best.edition}" if best is not None else None

    def required(kind: str, name: str) -> str:
        return newest(kind, name) or f"{name}@1"

    grades = [newest(OVERLOAD_GRADE, "xu-yang-2009")]
    penalty = None
    for head, grade, rules in _REGIONAL:
        if county_code.startswith(head):
            grades.append(newest(OVERLOAD_GRADE, grade))
            penalty = newest(PENALTY, rules)
            break
    values: dict[str, Any] = {
        "county_code": county_code[:6],
        "year": year,
        "name": f"{year} 年计算方案",
        "status": "in_force",
        "sheep_unit_set": required(SHEEP_UNIT, "definitions"),
        "sheep_unit": "NYT635-2015",
        "adult_set": required(ADULT, "seed"),
        "young_set": newest(YOUNG, "nyt635-recollected"),
        "group_set": newest(YOUNG_GROUP, "proposal"),
        "occasion": "mid_year",
        "utilization_set": required(UTILIZATION, "nyt635-2015-recollected"),
        "degraded_set": newest(DEGRADED, "nyt635-2015-recollected"),
        "hay_coefficient_set": newest(HAY_COEFFICIENT, "unit"),
        "seasons": (SeasonPeriod(season_of_use="whole_year", days=DAYS_OF_YEAR),),
        "period_days": DAYS_OF_YEAR,
        "seasonal_minimum": True,
        "grade_sets": tuple(GradeChoice(grade_set=name) for name in grades if name),
        "penalty_set": penalty,
        "ipcc_edition": "2019",
        "gwp_set": newest("gwp", "ar5"),
        "emission_sources": ("enteric",),
        "dry_matter_percent": Decimal(86),
        "dry_matter_source": "标准干草含水 14%(NY/T 635-2015 转引)",
        "carbon_fraction_set": newest(CARBON_FRACTION, "cn-literature"),
        "root_ratio_set": newest(ROOT_RATIO, "recollected"),
        "degradation_class_set": newest(DEGRADATION_CLASS, "proposal"),
    }
    return CalculationScheme(**values)
