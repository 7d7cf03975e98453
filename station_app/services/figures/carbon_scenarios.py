"""What a ban, a stock reduction or an improvement would change on chosen parcels, with its range and its assumptions.

A scenario is a statement about an assumption, not a forecast: what is assumed stands beside every result.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from station_app.domain.calc.carbon_soc import SocInput, Stratum
from station_app.domain.calc.carbon_what_if import WhatIfInput, WhatIfOutcome, what_if
from station_app.domain.calc.explanation import Result
from station_app.domain.calc.livestock_emissions import Herd
from station_app.domain.calc.numbers import HUNDRED, share
from station_app.domain.calc.pasture import DEGRADATION_CODES
from station_app.domain.codes import label_of, word_of
from station_app.domain.problems import Problem, UserError
from station_app.domain.text import Text
from station_app.domain.units import mu_to_ha
from station_app.services.figures.carbon_change_rows import ChangeGround, change_ground
from station_app.services.figures.carbon_emission_rows import (
    EmissionGround,
    counted_households,
    emission_ground,
    emission_input,
    herds_of,
)
from station_app.services.figures.carbon_groups import Work
from station_app.services.figures.carbon_records import Parcel, gather
from station_app.services.figures.carbon_settings import CarbonSettings, settings_of
from station_app.services.figures.problems import CarbonProblem
from station_app.services.figures.references import record_reference
from station_app.services.figures.standards import standards_of
from station_app.storage.reader import Reader

BAN, FEWER, IMPROVE = "ban", "fewer", "improve"
MEASURES = {
    BAN: Text("禁牧", "Grazing ban"),
    FEWER: Text("减畜", "Fewer animals"),
    IMPROVE: Text("改良草地", "Improvement"),
}
MOST_YEARS = 100


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is asked.

    Attributes:
        parcels: record_ids.
        recovers_to: Code of the degree of degradation the land is assumed to reach; empty: it stays as it is.
        high_input: The improved grassland gets more than one improvement.
        fewer_percent: How many animals fewer the households of the parcels keep, in percent of their counts.
    """

    measure: str
    parcels: tuple[str, ...]
    recovers_to: str = ""
    high_input: bool = False
    fewer_percent: Decimal = Decimal(0)
    years: int = 20


@dataclass(frozen=True, slots=True)
class Answer:
    """What a scenario gives: the result with its explanation, what was assumed, what is missing."""

    scenario: Scenario
    result: Result[WhatIfOutcome]
    assumptions: tuple[Text, ...]
    problems: tuple[Problem, ...]
    area_ha: Decimal
    households: int


def what_if_range(reader: Reader, year: int, asked: Scenario, settings: CarbonSettings | None = None) -> Answer:
    """Return what a measure would change in a year and over the years asked, below zero: less in the air.

    Rounding: areas half-up to four places of a hectare; nothing else.

    Raises:
        UserError: CRB-071 no parcel, CRB-072 nothing changes, CRB-073 it would get worse, CRB-074, CRB-075 a number out of
            bounds, CRB-032 a parcel's present degree is not known, CRB-051 nobody was counted, CRB-056 a species has no
            factor, CRB-001, CRB-002; CALC-…
    """
    if not asked.parcels:
        raise CarbonProblem.NOTHING_CHOSEN.error()
    if not 1 <= asked.years <= MOST_YEARS:
        raise CarbonProblem.BAD_YEARS.error(value=asked.years)
    if not 0 <= asked.fewer_percent <= HUNDRED:
        raise CarbonProblem.BAD_SHARE.error(value=asked.fewer_percent)
    chosen = settings or settings_of(reader, year)
    facts = gather(reader, year, ("change", "emissions"))
    work = Work(facts, chosen, standards_of(reader))
    parcels = []
    for key in asked.parcels:
        if key not in facts.parcels:
            raise CarbonProblem.UNKNOWN_SUBJECT.error(year=year, ledger=MEASURES[asked.measure], value=key)
        parcels.append(facts.parcels[key])
    assumptions: list[Text] = []
    soil = _soil(change_ground(work), parcels, asked, assumptions)
    owners = list(dict.fromkeys(each.household_id for each in parcels))
    now: list[Herd] = []
    then: list[Herd] = []
    emissions = None
    if asked.fewer_percent:
        emissions = emission_ground(work)
        now, then = _herds(emissions, owners, asked, assumptions)
    elif soil is not None:
        assumptions.append(
            Text(
                "存栏不变。牲畜转到别处造成的影响（泄漏）没有计入。",
                "The stock stays as it is. What animals moved elsewhere would do (leakage) is not counted.",
            )
        )
    if soil is None and not now:
        raise CarbonProblem.NO_CHANGE_ASKED.error()
    measure = MEASURES[asked.measure]
    given = WhatIfInput(
        measure=f"{measure.zh} {measure.en}",
        soil=soil,
        herds_now=emission_input(emissions, now) if emissions is not None and now else None,
        herds_then=emission_input(emissions, then) if emissions is not None and now else None,
        years=Decimal(asked.years),
    )
    assumptions.append(
        Text(
            "只看土壤碳和牲畜排放；植被碳、燃料和化肥没有计入。情景不是预测。",
            "Soil carbon and animals only; no vegetation, fuel or fertiliser. A scenario is no forecast.",
        )
    )
    result = what_if(given, work.standards)
    return Answer(
        asked,
        result,
        tuple(assumptions),
        tuple(dict.fromkeys((*facts.problems, *result.problems))),
        sum((mu_to_ha(each.area_mu) for each in parcels), Decimal(0)),
        len(owners) if now else 0,
    )


# --- soil --------------------------------------------------------------------------------------------------------------


def _soil(ground: ChangeGround, parcels: Sequence[Parcel], asked: Scenario, assumptions: list[Text]) -> SocInput | None:
    """The land before and after; ``None`` where the scenario leaves it as it is."""
    improves = asked.measure == IMPROVE
    if not improves and not asked.recovers_to:
        return None
    settings = ground.work.settings
    before, after = [], []
    changed = 0
    for parcel in parcels:
        now = DEGRADATION_CODES.get(parcel.degradation)
        if now is None:
            place = record_reference("parcel", parcel.record_id, "degradation")
            raise CarbonProblem.NO_DEGRADATION.error(place, parcel=parcel.code)
        if not parcel.area_mu:
            raise CarbonProblem.NO_AREA.error(parcel.reference, parcel=parcel.code)
        alike: dict[str, Any] = {
            **_ground_of(ground, parcel),
            "area_ha": mu_to_ha(parcel.area_mu),
            "reference": parcel.reference,
        }
        old = Stratum(name=parcel.code, degradation=now, **alike)
        if improves:
            level = "high" if asked.high_input else "medium"
            new = Stratum(name=parcel.code, management="improved", input_level=level, **alike)
        else:
            new = replace(old, degradation=_recovered(parcel, now, asked.recovers_to))
        before.append(old)
        after.append(new)
        changed += new != old
    if not changed:
        return None
    _tell_soil(settings, parcels, asked, changed, assumptions)
    return SocInput(
        reference_set=settings.ipcc_set(),
        factor_set=settings.ipcc_set(),
        degradation_set=settings.needed("degradation_class_set"),
        before=tuple(before),
        after=tuple(after),
    )


def _recovered(parcel: Parcel, now: str, code: str) -> str:
    then = DEGRADATION_CODES[code]
    order = list(DEGRADATION_CODES.values())
    if order.index(then) > order.index(now):
        place = record_reference("parcel", parcel.record_id, "degradation")
        raise CarbonProblem.WORSE.error(
            place,
            parcel=parcel.code,
            now=label_of("degradation", parcel.degradation),
            then=label_of("degradation", code),
        )
    return then


def _ground_of(ground: ChangeGround, parcel: Parcel) -> dict[str, str]:
    """Climate and soil: of the parcel's registration, else those chosen for the year."""
    kept = ground.by_parcel.get(parcel.record_id)
    if kept is not None:
        return {"climate": kept.record.climate, "soil": kept.record.soil}
    settings = ground.work.settings
    return {"climate": settings.needed("climate"), "soil": settings.needed("soil")}


def _tell_soil(
    settings: CarbonSettings, parcels: Sequence[Parcel], asked: Scenario, changed: int, assumptions: list[Text]
) -> None:
    told = {"n": changed, "all": len(parcels)}
    if asked.measure == IMPROVE:
        level = Text("高投入", "high input") if asked.high_input else Text("中投入", "medium input")
        assumptions.append(
            Text(
                "假定 {all} 块地改良（补播、施肥或灌溉）后达到 IPCC“改良草地”，{level}，并一直保持。",
                "All the parcels ({all}) are assumed to become and stay improved grassland of IPCC, {level}.",
            ).format(level=level, **told)
        )
    else:
        degree = label_of("degradation", asked.recovers_to)
        assumptions.append(
            Text(
                "假定 {n} 块地（共 {all} 块）从现在的退化程度恢复到“{degree}”，20 年内每年变化相同，20 年后不再变化。",
                "Recovery of {n} of {all} parcels from the present degree to “{degree}” is assumed, by the same amount in each "
                "of 20 years and no more after them.",
            ).format(degree=degree, **told)
        )
    if settings.record.climate and settings.record.soil:
        climate, soil = word_of("ipcc_climate", settings.record.climate), word_of("ipcc_soil", settings.record.soil)
        assumptions.append(
            Text(
                "没有登记的地块按“{climate}、{soil}”计；退化程度与 IPCC 管理类别的对应是建议，须由县里认可。",
                "Parcels without a registration count as {climate}, {soil}; how degrees map to IPCC classes is a proposal the "
                "county has to approve.",
            ).format(climate=climate, soil=soil)
        )


# --- animals -----------------------------------------------------------------------------------------------------------


def _herds(
    ground: EmissionGround, owners: Sequence[str], asked: Scenario, assumptions: list[Text]
) -> tuple[list[Herd], list[Herd]]:
    """The herds of the parcels' households as counted, and so many percent fewer."""
    if ground.problems:
        first = ground.problems[0]
        raise UserError(first.code, first.text, problems=ground.problems)
    counted = counted_households(ground, owners)
    if not counted:
        raise CarbonProblem.NO_COUNT.error(year=ground.work.facts.year)
    now = herds_of(ground, counted, explained=True)
    averages = herds_of(ground, counted, explained=False)
    for herd in now:
        if herd.species in ground.refused:
            reason = ground.refused[herd.species]
            raise CarbonProblem.NO_FACTOR.error("", species=word_of("ipcc_animal", herd.species), reason=reason)
    kept = HUNDRED - asked.fewer_percent
    then = [replace(herd, head=share(herd.head or Decimal(0), (kept,))) for herd in averages]
    told = {"n": len(counted), "percent": f"{asked.fewer_percent.normalize():f}"}
    assumptions.append(
        Text(
            "假定这些地块的 {n} 户牧户存栏各减少 {percent}%，减下的牲畜不转到别处（泄漏没有计入）。",
            "The households of these parcels ({n}) are assumed to keep {percent} % fewer animals, which go nowhere else (no "
            "leakage).",
        ).format(**told)
    )
    if len(counted) < len(owners):
        assumptions.append(
            Text("另有 {n} 户没有清点，没有计入。", "Households not counted and left out: {n}.").format(
                n=len(owners) - len(counted)
            )
        )
    return now, then
