"""What a scheme measures with: its coefficients, looked up once, with who has verified them.

Nothing is silently missing: a class or season the chosen sets do not know is a problem with the set's own words.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple, Protocol

from station_app.domain.calc.coefficients import Coefficient, CoefficientSet, Standards
from station_app.domain.calc.explanation import UNVERIFIED_MARKS
from station_app.domain.calc.numbers import HUNDRED, ONE, ZERO, add, divide, multiply, share, subtract
from station_app.domain.calc.overload import grade_sets
from station_app.domain.calc.pasture import TABLE_SEASON, ChosenSets, PastureSets, choose_sets
from station_app.domain.calc.problems import CalculationProblem
from station_app.domain.calc.published import published
from station_app.domain.calc.sheep_units import (
    ADULT_CLASSES,
    HerdLine,
    HerdSets,
    SheepUnitInput,
    coefficients_of_one,
    herd_sets,
)
from station_app.domain.codes import label_of
from station_app.domain.problems import Problem, UserError
from station_app.domain.records.calculation import CalculationScheme
from station_app.domain.text import Text
from station_app.services.figures.problems import BalanceProblem
from station_app.services.figures.scheme import Scheme


@dataclass(frozen=True, slots=True)
class Factors:
    """What may be taken of a pasture: utilization (after degradation), quality, edible share with regrowth, in percent."""

    rate_percent: Decimal
    hay_coefficient: Decimal
    edible_percent: Decimal
    grown_percent: Decimal
    doubtful: bool
    used: tuple[Coefficient, ...]


class Grade(NamedTuple):
    """One grade of a table and the rate it begins at; ``None``: below every other."""

    edge: Decimal | None
    inclusive: bool
    key: str
    label: Text


class CountLine(Protocol):
    """Animals of a species and class, as on a count or while it is typed."""

    @property
    def species_code(self) -> str: ...

    @property
    def class_code(self) -> str: ...

    @property
    def head(self) -> int | None: ...

    @property
    def mean_weight_kg(self) -> Decimal | None: ...


def is_doubtful(coefficient: Coefficient) -> bool:
    """Whether nobody has verified it: marks C, C-low and not found."""
    return coefficient.mark in UNVERIFIED_MARKS and not coefficient.verified_by


class Measures:
    """The coefficients of one scheme.

    Raises:
        UserError: CALC-007 the scheme names a set that is not known here, CALC-009 its sets belong to two sheep units.
    """

    def __init__(self, scheme: Scheme, standards: Standards) -> None:
        self.scheme = scheme
        self.standards = standards
        definitions = standards.named(scheme.record, "sheep_unit_set")
        self.intake = definitions.find(scheme.record.sheep_unit, at="/sheep_unit")
        self.intake_kg = self.intake.required("/sheep_unit")
        self.herd: HerdSets = herd_sets(herd_input(scheme.record, ()), standards)
        if scheme.record.sheep_unit not in self.herd.sheep_units:
            raise CalculationProblem.TWO_SHEEP_UNITS.error(
                "/adult_set", first=self.herd.adult.title, second=definitions.title
            )
        self.pasture_sets: ChosenSets = choose_sets(pasture_sets(scheme.record), standards)
        self.need_kg = multiply(
            (self.intake_kg, Decimal(scheme.record.period_days))
        )  # of a sheep unit in the whole period
        self.season_need_kg = {season: multiply((self.intake_kg, days)) for season, days in scheme.days.items()}
        self.grades = [_grades(each, scheme.record.edge_rule) for each in grade_sets(scheme.grade_sets, standards)]
        first = self.grades[0] if self.grades else []
        self._graded = [each for each in first if each.edge is not None]
        self._edges = [each.edge for each in self._graded if each.edge is not None]
        self._lowest = next((each for each in reversed(first) if each.edge is None), None)
        self._factors: dict[tuple[str | None, str, str | None], Factors | UserError] = {}
        self._heads: dict[tuple[str, str, Decimal | None], Decimal | UserError] = {}
        self._of_one: dict[tuple[str, str, Decimal | None], tuple[Coefficient, ...]] = {}
        self.weighed_species = frozenset(row.key[0] for row in self.herd.adult.rows if row.key[1] not in ("", "-"))
        self._mixed, self._young = _shares(scheme.record)

    @property
    def has_weight_classes(self) -> bool:
        return bool(self.weighed_species)

    # --- sheep units ---------------------------------------------------------------------------------------------------

    def per_head(self, species: str, stock_class: str, weight_kg: Decimal | None = None) -> Decimal | UserError:
        """Return the sheep units of one head, or why there are none; zero for animals that do not graze."""
        if species not in self.weighed_species:
            weight_kg = None
        key = species, stock_class, weight_kg
        known = self._heads.get(key)
        if known is None:
            known = self._heads[key] = self._one_head(key)
        return known

    def _one_head(self, key: tuple[str, str, Decimal | None]) -> Decimal | UserError:
        species, stock_class, weight_kg = key
        line = HerdLine(species=species, stock_class=stock_class, head=1, mean_weight_kg=weight_kg)
        by_share = self.scheme.record.young_rule == "herd_share"
        try:
            used = coefficients_of_one(line, self.herd, adult_only=by_share)
            value = multiply(each.required() for each in used) if used else ZERO
        except UserError as error:
            return error
        if by_share and used and stock_class not in ADULT_CLASSES:
            value = multiply((value, self._mixed if stock_class == "undivided" else self._young))
        self._of_one[key] = used
        return value

    def head_coefficients(self, species: str, stock_class: str) -> tuple[Coefficient, ...]:
        """Return the coefficients behind ``per_head`` (weight classes left aside)."""
        self.per_head(species, stock_class)
        return self._of_one.get((species, stock_class, None), ())

    def herd_su(self, lines: Iterable[CountLine]) -> Decimal | Problem:
        """Return the sheep units of a count, or the problem of the first line that can not be counted.

        Rounding: none. Lines without a head count are not there yet.
        """
        parts = []
        for line in lines:
            if line.head is None or not line.species_code or not line.class_code:
                continue
            each = self.per_head(line.species_code, line.class_code, line.mean_weight_kg)
            if isinstance(each, UserError):
                return unknown_stock(line.species_code, line.class_code, each)
            parts.append(multiply((Decimal(line.head), each)))
        return add(parts)

    # --- pastures ------------------------------------------------------------------------------------------------------

    def factors(self, grassland_class: str | None, season: str, degradation: str | None) -> Factors | UserError:
        """Return what may be taken of a pasture of this class, season and degradation, or why it is not known."""
        key = grassland_class, season, degradation
        known = self._factors.get(key)
        if known is None:
            try:
                known = self._factors[key] = self._look_up(*key)
            except UserError as error:
                known = self._factors[key] = error
        return known

    def _look_up(self, grassland_class: str | None, season: str, degradation: str | None) -> Factors:
        name, sets, chosen = grassland_class or "", self.pasture_sets, self.scheme.record
        assert sets.utilization is not None
        row = sets.utilization.find(name, TABLE_SEASON.get(season, season))
        used = [row]
        rate = row.end(chosen.range_end == "upper")
        if degradation not in (None, "none"):
            if sets.degraded is None:
                label = Text("退化折减系数集", "Set for degraded grassland")
                raise CalculationProblem.NO_EDITION.error("/degraded_set", label=label, value="", known="calc --sets")
            part = sets.degraded.find(degradation or "")
            rate = share(rate, (part.required(),))
            used.append(part)
        quality = ONE
        if sets.hay_coefficient is not None:
            every = sets.hay_coefficient.by_key.get(("*",))
            of_class = every if every is not None else sets.hay_coefficient.find(name)
            quality = of_class.required()
            used.append(of_class)
        regrowth = ZERO
        if sets.regrowth is not None:
            again = sets.regrowth.find(name)
            regrowth = again.required()
            used.append(again)
        edible = HUNDRED if chosen.edible_percent is None else chosen.edible_percent
        doubtful = any(is_doubtful(each) for each in used)
        return Factors(rate, quality, edible, add((HUNDRED, regrowth)), doubtful, tuple(used))

    def used_factors(self) -> list[Coefficient]:
        """Return the coefficients of every pasture looked up so far."""
        return [each for known in self._factors.values() if isinstance(known, Factors) for each in known.used]

    # --- demand --------------------------------------------------------------------------------------------------------

    def demand(self, stock_su: Decimal, days: Decimal) -> Decimal:
        """Return what stock needs in so many days, kg of standard hay."""
        return multiply((stock_su, self.intake_kg, days))

    def surplus(self, supply_kg: Decimal, demand_kg: Decimal) -> Decimal:
        """Return what is left over; below zero it is missing."""
        return subtract(supply_kg, demand_kg)

    # --- grades --------------------------------------------------------------------------------------------------------

    def grade(self, printed_percent: Decimal) -> Grade | None:
        """Return what the first chosen table of grades calls a printed rate."""
        if not self.grades:
            return None
        place = bisect_right(self._edges, printed_percent)
        if place and not self._graded[place - 1].inclusive and self._edges[place - 1] == printed_percent:
            place -= 1
        return self._graded[place - 1] if place else self._lowest


def _grades(table: CoefficientSet, edge_rule: str) -> list[Grade]:
    """Return the grades of a table from the lowest up; an edge the source leaves open goes by the rule."""
    rows = sorted(table.rows, key=lambda row: (row.low is not None, row.low or ZERO))
    made = []
    for row in rows:
        told = row.words.get("lower", "")
        inclusive = told == "yes" or (told == "unclear" and edge_rule == "upper")
        made.append(Grade(row.low, inclusive, row.key[0], row.label))
    return made


def _shares(record: CalculationScheme) -> tuple[Decimal, Decimal]:
    """Return what a head of an undivided herd and a head of young stock count as adults, by share of the herd."""
    percent, young = record.herd_share_percent, record.young_coefficient
    if record.young_rule != "herd_share" or percent is None or young is None:
        return ONE, ONE
    both = add((subtract(HUNDRED, percent), multiply((percent, young))))
    return divide(both, HUNDRED), young


def herd_input(record: CalculationScheme, lines: tuple[HerdLine, ...]) -> SheepUnitInput:
    """Return a herd with the sets of a scheme."""
    by_share = record.young_rule == "herd_share"
    return SheepUnitInput(
        adult_set=record.adult_set,
        young_set=record.young_set,
        group_set=record.group_set,
        young_rule=record.young_rule,
        herd_share_percent=record.herd_share_percent if by_share else None,
        young_share_of_adult=record.young_coefficient if by_share else None,
        herd_share_source=(record.herd_share_source or "") if by_share else "",
        herd=lines,
    )


def pasture_sets(record: CalculationScheme) -> PastureSets:
    """Return the sets of pastures of a scheme."""
    return PastureSets(
        utilization=record.utilization_set,
        degraded=record.degraded_set,
        hay_coefficient=record.hay_coefficient_set,
        regrowth=record.regrowth_set,
    )


def unknown_stock(species: str, stock_class: str, error: UserError, place: str = "") -> Problem:
    names = {"species": label_of("species", species), "class": label_of("stock_class", stock_class)}
    return BalanceProblem.UNKNOWN_STOCK.at(place, **names, reason=reason_of(error))


def reason_of(error: UserError) -> Text:
    return error.problems[0].text if error.problems else error.text


def unverified_problems(used: Iterable[Coefficient]) -> list[Problem]:
    """Return one finding for every coefficient nobody has verified."""
    doubted = {each.reference: each for each in used if is_doubtful(each)}
    return [
        BalanceProblem.UNVERIFIED.at(
            each.reference,
            coefficient=each.label,
            mark=each.mark or "–",
            source=published(each.source or each.standard),
        )
        for each in doubted.values()
    ]
