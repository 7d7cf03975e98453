"""What a household's balance is made of: which pastures with which yield, which forage with which moisture, what is approved.

Table and explanation are both made from the same plan, so that they can not differ in what they leave out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from station_app.domain.calc.numbers import CONTEXT, ZERO, share
from station_app.domain.calc.pasture import DEGRADATION_CODES
from station_app.domain.codes import label_of, word_of
from station_app.domain.problems import Problem, Severity, UserError
from station_app.domain.registry import record_type
from station_app.domain.text import Text
from station_app.services.figures.measures import Factors, Measures, reason_of
from station_app.services.figures.problems import BalanceProblem
from station_app.services.figures.references import record_reference
from station_app.services.figures.sources import (
    CONFLICT,
    REFUSED,
    RETURNED,
    Approval,
    Count,
    Forage,
    House,
    Parcel,
    Stock,
)
from station_app.services.figures.yields import YieldBook, YieldSource

WHOLE_YEAR = "whole_year"
BAN = "ban"
_HAY_PERCENT = Decimal(14)  # the moisture of standard hay; what is air-dry counts as such
_WETTEST = Decimal(95)  # as the calculation takes it
_GRAVE = (Severity.WARN, Severity.HOLD, Severity.ERROR)


@dataclass(frozen=True, slots=True)
class Terms:
    """What pastures of one yield, season and degradation are computed with.

    Attributes:
        edible_kg_per_ha: Edible hay of a hectare, with regrowth.
        rate: Utilization as a share of one.
        quality: Standard-hay coefficient.
        need_kg: What a sheep unit eats in the season.
    """

    season: str
    degradation: str
    source: YieldSource
    factors: Factors
    edible_kg_per_ha: Decimal
    quality: Decimal
    rate: Decimal
    need_kg: Decimal


class PasturePlan(NamedTuple):
    """A pasture with all that is needed to compute it; the area in whole 0.001 mu."""

    parcel: Parcel
    area: int
    terms: Terms

    @property
    def area_mu(self) -> Decimal:
        return Decimal(self.area).scaleb(-3)


class ForagePlan(NamedTuple):
    """A quantity of forage with all that is needed to compute it."""

    record: Forage
    quantity_kg: Decimal
    moisture_percent: Decimal | None
    hay_equivalent: Decimal | None
    stands_in: str | None = None  # as which state of the goods the moisture was taken, where nobody measured it


class ApprovedPlan(NamedTuple):
    """An approval as it applies to a household: a number, or an area of a sheep unit with the household's own area."""

    record: Approval
    approved_su: Decimal | None
    mu_per_su: Decimal | None
    area_mu: Decimal | None


@dataclass(slots=True)
class Land:
    """The pastures of a household; ``known`` is false when one of them can not be computed: then there is no capacity."""

    pastures: list[PasturePlan] = field(default_factory=list)
    area_mu: Decimal = ZERO
    banned_mu: Decimal = ZERO
    banned: int = 0
    known: bool = True
    problems: list[Problem] = field(default_factory=list)


@dataclass(slots=True)
class HousePlan:
    """Everything a household's row and its explanation are made from.

    Attributes:
        years: Of a mean of years: the land of each year that goes into it, newest first.
    """

    house: House
    land: Land
    years: dict[int, Land]
    forage: Sequence[ForagePlan]
    approved: Sequence[ApprovedPlan]
    count: Count | None
    stock: Stock
    problems: list[Problem]
    accepted: bool


def is_grave(problem: Problem) -> bool:
    """Whether a figure with this finding is to be doubted."""
    return problem.severity in _GRAVE


def standing_problem(type_name: str, record_id: str, title: str, standing: int) -> Problem | None:
    """Return what is to be said of a record in conflict, refused or returned."""
    if standing not in (CONFLICT, REFUSED, RETURNED):
        return None
    found = {CONFLICT: BalanceProblem.IN_CONFLICT, REFUSED: BalanceProblem.REFUSED, RETURNED: BalanceProblem.RETURNED}[
        standing
    ]
    return found.at(record_reference(type_name, record_id), type=record_type(type_name).label, title=title)


def is_out(standing: int) -> bool:
    """Whether a record is left out."""
    return standing in (CONFLICT, REFUSED)


# --- land --------------------------------------------------------------------------------------------------------------


def plan_land(house: House, parcels: Sequence[Parcel], terrain: Terrain) -> Land:
    """Return the pastures of a household with yield and factors, and what keeps one from being computed."""
    if not parcels:
        return Land(known=False, problems=[BalanceProblem.NO_PARCEL.at(record_reference("household", house.record_id))])
    land = Land()
    areas: list[int] = []
    banned: list[int] = []
    township = house.village_code[:9]
    plain, own = terrain.plain_of(township), terrain.book.own_parcels
    for parcel in parcels:
        if parcel.standing > 1:
            said = standing_problem("parcel", parcel.record_id, parcel.title, parcel.standing)
            assert said is not None
            land.problems.append(said)
            if is_out(parcel.standing):
                land.known = False
                continue
        if parcel.scheme == BAN:
            banned.append(parcel.area)
            continue
        area = parcel.area if parcel.usable_area is None else parcel.usable_area
        areas.append(area)
        terms = plain.get(parcel[8:13])
        if terms is None or area <= 0 or parcel.record_id in own:
            terms = terrain.terms(parcel, area, township, land.problems)
        if terms is None:
            land.known = False
        else:
            land.pastures.append(PasturePlan(parcel, area, terms))
    land.area_mu = Decimal(sum(areas)).scaleb(-3)
    if banned:
        land.banned, land.banned_mu = len(banned), Decimal(sum(banned)).scaleb(-3)
        place = record_reference("household", house.record_id)
        if areas or not land.known:
            land.problems.append(
                BalanceProblem.BANNED_LEFT_OUT.at(place, count=len(banned), area=f"{land.banned_mu.normalize():f}")
            )
        else:
            land.problems.append(BalanceProblem.ONLY_BANNED.at(place))
    return land


class Terrain:
    """The terms of pastures for one scheme and one year's yields; most parcels share them with many others."""

    def __init__(self, measures: Measures, book: YieldBook) -> None:
        self.measures = measures
        self.book = book
        self._plain: dict[str, dict[tuple[object, ...], Terms]] = {}

    def plain_of(self, township: str) -> dict[tuple[object, ...], Terms]:
        """Return the terms found so far in a township by season, days, both classes and degradation: the columns of Parcel
        that decide them, where nothing is to be said of these."""
        return self._plain.setdefault(township, {})

    def terms(self, parcel: Parcel, area: int, township: str, problems: list[Problem]) -> Terms | None:
        """Return what a pasture is computed with, or ``None`` with the reason in ``problems``."""
        terms = self._terms(parcel, township)
        before = len(problems)
        self._say(parcel, area, township, problems)
        if terms is None or area <= 0:
            return None
        if len(problems) == before and parcel.record_id not in self.book.own_parcels:
            self.plain_of(township)[parcel[8:13]] = terms
        return terms

    def _terms(self, parcel: Parcel, township: str) -> Terms | None:
        season = parcel.season or WHOLE_YEAR
        degradation = DEGRADATION_CODES.get(parcel.degradation or "", "none")
        source, factors = self._found(parcel, township)
        need = self.measures.season_need_kg.get(season)
        if source is None or not isinstance(factors, Factors) or need is None:
            return None
        edible = share(source.hay_kg_per_ha, (factors.edible_percent, factors.grown_percent))
        rate = factors.rate_percent.scaleb(-2, CONTEXT)
        return Terms(season, degradation, source, factors, edible, factors.hay_coefficient, rate, need)

    def _found(self, parcel: Parcel, township: str) -> tuple[YieldSource | None, Factors | UserError]:
        season = parcel.season or WHOLE_YEAR
        degradation = DEGRADATION_CODES.get(parcel.degradation or "", "none")
        factors = self.measures.factors(parcel.grassland_class, season, degradation)
        source = self.book.of_parcel(parcel.record_id, township, parcel.grassland_class, parcel.grassland_class_9)
        return source, factors

    def _say(self, parcel: Parcel, area: int, township: str, problems: list[Problem]) -> None:
        """Say what is missing or assumed of a parcel."""
        source, factors = self._found(parcel, township)
        season, scheme = parcel.season or WHOLE_YEAR, self.measures.scheme
        place = record_reference("parcel", parcel.record_id)
        if parcel.season is None:
            problems.append(BalanceProblem.NO_SEASON.at(f"{place}#season_of_use", parcel=parcel.title))
        if area <= 0:
            problems.append(BalanceProblem.NO_AREA.at(f"{place}#area_mu", parcel=parcel.title))
        if parcel.grassland_class is None:
            problems.append(BalanceProblem.NO_CLASS.at(f"{place}#grassland_class", parcel=parcel.title))
        elif isinstance(factors, UserError):
            what = Text(f"地块“{parcel.title}”", f"Parcel “{parcel.title}”")
            problems.append(BalanceProblem.NO_COEFFICIENT.at(place, what=what, reason=reason_of(factors)))
        if source is None:
            known = parcel.grassland_class
            name = label_of("grassland_class", known) if known else Text("未填的草地类", "a class not entered")
            problems.append(BalanceProblem.NO_YIELD.at(place, parcel=parcel.title, **{"class": name}))
        if season not in scheme.days:
            name = word_of("season_of_use", season)
            problems.append(BalanceProblem.NO_DAYS.at(scheme.reference("seasons"), season=name, parcel=parcel.title))
        elif parcel.grazing_days is not None and Decimal(parcel.grazing_days) != scheme.days[season]:
            at, used = f"{place}#grazing_days", f"{scheme.days[season]:f}"
            problems.append(
                BalanceProblem.DAYS_DIFFER.at(at, parcel=parcel.title, value=parcel.grazing_days, used=used)
            )


# --- forage ------------------------------------------------------------------------------------------------------------


def plan_forage(items: Iterable[Forage], problems: list[Problem]) -> list[ForagePlan]:
    """Return the forage that can be brought to standard hay; what can not is named.

    Air-dry without its moisture counts as hay of 14 %, oven-dry as 0 %; fresh or as fed needs moisture or coefficient.
    """
    plans = []
    for item in items:
        if item.standing > 1:
            title = f"{label_of('forage_kind', item.kind).zh} {item.item_number}"
            said = standing_problem("forage_supply", item.record_id, title, item.standing)
            assert said is not None
            problems.append(said)
            if is_out(item.standing):
                continue
        moisture = None if item.moisture is None else Decimal(item.moisture).scaleb(-1)
        coefficient = None if item.coefficient is None else Decimal(item.coefficient).scaleb(-4)
        stands_in = None
        if moisture is None and coefficient is None:
            stands_in = item.goods_state
            place = record_reference("forage_supply", item.record_id, "moisture_percent")
            kind = label_of("forage_kind", item.kind)
            if item.goods_state == "oven_dry":
                moisture = ZERO
            elif item.goods_state == "air_dry":
                moisture = _HAY_PERCENT
                problems.append(BalanceProblem.AIR_DRY.at(place, kind=kind, item=item.item_number))
            else:
                state = label_of("forage_state", item.goods_state)
                problems.append(BalanceProblem.FORAGE_LEFT_OUT.at(place, kind=kind, item=item.item_number, state=state))
                continue
        if moisture is not None and moisture > _WETTEST:
            place = record_reference("forage_supply", item.record_id, "moisture_percent")
            kind, value = label_of("forage_kind", item.kind), f"{moisture:f}"
            problems.append(BalanceProblem.TOO_WET.at(place, kind=kind, item=item.item_number, value=value))
            continue
        plans.append(ForagePlan(item, Decimal(item.quantity).scaleb(-1), moisture, coefficient, stands_in))
    return plans


# --- approved capacity -------------------------------------------------------------------------------------------------


def plan_approved(
    house: House,
    own: Sequence[Approval],
    of_village: Sequence[Approval],
    area_mu: Decimal,
    problems: list[Problem],
) -> list[ApprovedPlan]:
    """Return what is approved for a household: its own, else the village's standard by its own area; one a season."""
    usable: list[Approval] = []
    for each in own or of_village:
        if each.standing > 1:
            said = standing_problem("capacity_approval", each.record_id, each.document_number, each.standing)
            assert said is not None
            problems.append(said)
            if is_out(each.standing):
                continue
        usable.append(each)
    plans = []
    for season in dict.fromkeys(each.season for each in usable):
        of_season = [each for each in usable if each.season == season]
        latest = of_season[0]
        if len(of_season) > 1:
            place = record_reference("capacity_approval", latest.record_id)
            name = word_of("season_of_use", season)
            problems.append(
                BalanceProblem.TWO_APPROVALS.at(place, season=name, count=len(of_season), number=latest.document_number)
            )
        if own and latest.approved is not None:
            plans.append(ApprovedPlan(latest, Decimal(latest.approved).scaleb(-2), None, None))
        elif latest.mu_per_su is not None:
            area = Decimal(latest.area).scaleb(-3) if own and latest.area is not None else area_mu
            if area:
                plans.append(ApprovedPlan(latest, None, Decimal(latest.mu_per_su).scaleb(-4), area))
    return plans


# --- stock -------------------------------------------------------------------------------------------------------------


def plan_count(house: House, count: Count | None, year: int, occasion: str, problems: list[Problem]) -> Count | None:
    """Return the count to use, or ``None`` with the reason in ``problems``; the latest of several is used and said."""
    if count is None:
        name = label_of("occasion", occasion)
        place = record_reference("household", house.record_id)
        problems.append(BalanceProblem.NO_COUNT.at(place, year=year, occasion=name))
        return None
    if count.of == 1 and count.standing <= 1:
        return count
    place = record_reference("livestock_count", count.record_id)
    if count.of > 1:
        problems.append(BalanceProblem.TWO_COUNTS.at(place, count=count.of, day=count.counted_on))
    if count.standing > 1:
        said = standing_problem("livestock_count", count.record_id, count.counted_on, count.standing)
        assert said is not None
        problems.append(said)
        if is_out(count.standing):
            return None
    return count
