"""Coefficient sets: versioned data with standard, clause, source, mark and who verified what. None is built in.

A set is never edited: ``revise`` makes the next edition and says by whom and why. A result names the edition it used, so
that it can be worked out again years later.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from station_app.domain.calc.problems import CalculationProblem
from station_app.domain.fields import described_field
from station_app.domain.text import Text

# Kinds of sets.
SHEEP_UNIT = "sheep_unit"  # definitions: daily intake by sheep unit
ADULT = "sheep_unit_adult"  # species, weight class
YOUNG = "sheep_unit_young"  # group, age class
YOUNG_GROUP = "young_stock_group"  # species, stock class -> which age class of the young-stock table
UTILIZATION = "utilization"  # grassland class, season
DEGRADED = "degraded_utilization"  # degradation
HAY_COEFFICIENT = "hay_coefficient"  # grassland class
FRESH_HAY_RATIO = "fresh_hay_ratio"  # grassland class
REGROWTH = "regrowth"  # grassland class
NPP_RATIO = "npp_root_ratio"  # grassland class
OVERLOAD_GRADE = "overload_grade"  # grade
PENALTY = "penalty"  # region, situation, tier
DEGRADATION = "degradation"  # indicator, grade
SOC_REFERENCE = "soc_reference"  # climate, soil
STOCK_CHANGE = "stock_change"  # factor, class, climate region
DEGRADATION_CLASS = "degradation_class"  # degradation -> management class of IPCC
CARBON_FRACTION = "carbon_fraction"  # pool
ROOT_RATIO = "root_ratio"  # grassland class
ENTERIC = "enteric"  # animal
MANURE_CH4 = "manure_ch4"  # animal, temperature zone
MANURE_RATE = "manure_rate"  # animal, quantity (vs, weight, nitrogen)
N2O_FACTOR = "n2o_factor"  # factor, animal group, climate
GWP = "gwp"  # gas
SHRUB_MODEL = "shrub_model"  # species, component, coefficient


@dataclass(frozen=True, slots=True)
class Coefficient:
    """One number of a set, with everything that is known about it.

    Attributes:
        key: What it is for, in the order the kind of set says.
        value: ``None`` means: looked for and not found. Asking for it is a problem, never a zero.
        low, high: A range the standard leaves to choose from, or a 95 % interval.
        half_width_percent: 95 % half-width in percent of the value.
        conflict: Values of quotations that contradict each other; the number can not be used.
        proposal: Ours or somebody's proposal, to be confirmed.
        words: Further facts of the row, such as a precondition.
    """

    key: tuple[str, ...]
    label: Text
    value: Decimal | None
    unit: str = ""
    low: Decimal | None = None
    high: Decimal | None = None
    half_width_percent: Decimal | None = None
    standard: str = ""
    clause: str = ""
    source: str = ""
    mark: str = ""
    seed_default: bool = False
    proposal: bool = False
    conflict: str = ""
    note: str = ""
    verified_by: str = ""
    verified_on: date | None = None
    words: Mapping[str, str] = field(default_factory=dict)
    set_reference: str = ""

    @property
    def reference(self) -> str:
        """Where it stands: ``kind/name@edition#key``."""
        return f"{self.set_reference}#{'/'.join(self.key)}"

    @property
    def is_verified(self) -> bool:
        """Read in the standard itself, or verified by a named person."""
        return bool(self.verified_by) or self.mark == "A"

    @property
    def is_proposal(self) -> bool:
        """Whether somebody has to confirm it although it is not marked C."""
        return not self.is_verified and (self.proposal or self.mark in ("A-part", "P"))

    def required(self, at: str = "") -> Decimal:
        """Return the value.

        Raises:
            UserError: CALC-031 quotations contradict each other, CALC-010 there is no value.
        """
        if self.conflict:
            raise CalculationProblem.QUOTATIONS_CONFLICT.error(at, coefficient=self.label, values=self.conflict)
        if self.value is None:
            raise CalculationProblem.EMPTY_COEFFICIENT.error(
                at, coefficient=self.label, source=self.source or self.standard
            )
        return self.value

    def end(self, upper: bool, at: str = "") -> Decimal:
        """Return the lower or upper end of the range; a coefficient without a range is its value."""
        chosen = self.high if upper else self.low
        return self.required(at) if chosen is None else chosen

    @property
    def interval(self) -> tuple[Decimal, Decimal] | None:
        """The 95 % interval, when one is given."""
        if self.value is None:
            return None
        if self.half_width_percent is not None:
            half = abs(self.value) * self.half_width_percent / 100
            return self.value - half, self.value + half
        if self.low is not None and self.high is not None:
            return self.low, self.high
        return None


@dataclass(frozen=True)
class CoefficientSet:
    """Coefficients of one kind from one standard, in one edition.

    Attributes:
        sheep_units: Which definitions of the sheep unit it may be used with; empty when it has nothing to do with one.
        based_on: The edition it was made from; ``reason``, ``made_by``, ``made_on`` say why, who, when.
    """

    kind: str
    name: str
    edition: str
    title: Text
    standard: str
    rows: tuple[Coefficient, ...]
    sheep_units: frozenset[str] = frozenset()
    words: Mapping[str, str] = field(default_factory=dict)
    based_on: str = ""
    reason: str = ""
    made_by: str = ""
    made_on: date | None = None

    def __post_init__(self) -> None:
        rows = tuple(dataclasses.replace(row, set_reference=self.reference) for row in self.rows)
        object.__setattr__(self, "rows", rows)
        if len(self.by_key) != len(rows):
            raise ValueError(f"{self.reference}: a key appears twice")

    @property
    def reference(self) -> str:
        return f"{self.kind}/{self.name}@{self.edition}"

    @cached_property
    def by_key(self) -> dict[tuple[str, ...], Coefficient]:
        return {row.key: row for row in self.rows}

    def find(self, *key: str, at: str = "") -> Coefficient:
        """Return the coefficient for ``key``.

        Raises:
            UserError: CALC-004 the set has none.
        """
        found = self.by_key.get(key)
        if found is None:
            raise CalculationProblem.NOT_IN_SET.error(at, set=self.title, key=" / ".join(key))
        return found

    def beginning(self, *head: str) -> tuple[Coefficient, ...]:
        """Return the coefficients whose key begins with ``head``, in the order of the set."""
        return tuple(row for row in self.rows if row.key[: len(head)] == head)

    def revise(
        self, rows: Iterable[Coefficient], *, edition: str, made_by: str, made_on: date, reason: str
    ) -> CoefficientSet:
        """Return the next edition with ``rows`` in place of those of the same key; this one stays as it is.

        Raises:
            ValueError: edition, author or reason is missing, or the edition is this one.
        """
        if not (edition and made_by and reason) or edition == self.edition:
            raise ValueError("a new edition needs its own number, an author and a reason")
        merged = {**self.by_key, **{row.key: row for row in rows}}
        return dataclasses.replace(
            self,
            edition=edition,
            rows=tuple(merged.values()),
            based_on=self.reference,
            reason=reason,
            made_by=made_by,
            made_on=made_on,
        )


class Standards:
    """Every coefficient set that is known, by kind, name and edition.

    Raises:
        UserError: CALC-060 an edition is given twice with different contents.
    """

    def __init__(self, sets: Iterable[CoefficientSet]) -> None:
        self._sets: dict[tuple[str, str, str], CoefficientSet] = {}
        for each in sets:
            place = each.kind, each.name, each.edition
            if place in self._sets and self._sets[place] != each:
                raise CalculationProblem.EDITION_TAKEN.error(reference=each.reference)
            self._sets[place] = each

    def __iter__(self) -> Iterator[CoefficientSet]:
        return iter(self._sets.values())

    def __len__(self) -> int:
        return len(self._sets)

    def with_sets(self, more: Iterable[CoefficientSet]) -> Standards:
        """Return these sets and ``more``."""
        return Standards([*self, *more])

    def of_kind(self, kind: str) -> tuple[CoefficientSet, ...]:
        return tuple(each for each in self if each.kind == kind)

    def choose(self, kind: str, wanted: str | None, label: Text, at: str = "") -> CoefficientSet:
        """Return the set called ``wanted`` (``name@edition``); nothing is chosen for the user.

        Raises:
            UserError: CALC-007 name or edition is missing or unknown.
        """
        name, sign, edition = (wanted or "").partition("@")
        found = self._sets.get((kind, name, edition)) if sign else None
        if found is None:
            known = ", ".join(f"{each.name}@{each.edition}" for each in self.of_kind(kind)) or "–"
            raise CalculationProblem.NO_EDITION.error(at, label=label, value=wanted or "", known=known)
        return found

    def named(self, thing: Any, name: str, at: str = "") -> CoefficientSet:
        """Return the set that a field of a described input or record names; kind and words are the field's.

        Raises:
            UserError: CALC-007 name or edition is missing or unknown.
        """
        field = described_field(type(thing), name)
        return self.choose(field.coefficients, getattr(thing, name), field.label, f"{at}/{name}")


def same_sheep_unit(*sets: CoefficientSet | None, at: str = "") -> frozenset[str]:
    """Return the sheep units that all ``sets`` may be used with; sets that have nothing to do with one do not count.

    Raises:
        UserError: CALC-009 there is none: two standards would be mixed.
    """
    common: frozenset[str] | None = None
    before: CoefficientSet | None = None
    for each in sets:
        if each is None or not each.sheep_units:
            continue
        narrower = each.sheep_units if common is None else common & each.sheep_units
        if not narrower:
            assert before is not None
            raise CalculationProblem.TWO_SHEEP_UNITS.error(at, first=before.title, second=each.title)
        common, before = narrower, each
    return common or frozenset()
