"""Third ledger from records: methane and nitrous oxide of the animals counted, by the factors of one edition.

A household's animals count as the mean of its mid-year and year-end counts. A household without a count is not one
without animals.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from station_app.domain.calc.coefficients import ENTERIC, GWP, MANURE_CH4, MANURE_RATE, N2O_FACTOR
from station_app.domain.calc.explanation import Result
from station_app.domain.calc.livestock_emissions import (
    EmissionInput,
    EmissionOutcome,
    HeadCount,
    Herd,
    livestock_emissions,
)
from station_app.domain.calc.numbers import add, divide
from station_app.domain.calc.problems import CalculationProblem
from station_app.domain.codes import code_list, label_of, word_of
from station_app.domain.problems import Problem, UserError
from station_app.domain.text import Text
from station_app.services.figures.carbon_groups import Group, Work
from station_app.services.figures.carbon_records import OCCASIONS, Count
from station_app.services.figures.carbon_rows import EMISSIONS, TITLES, LedgerRow, gathered, is_doubtful
from station_app.services.figures.carbon_settings import CarbonSettings, factors_of, variant_of
from station_app.services.figures.problems import CarbonProblem
from station_app.services.figures.references import record_reference

MOST_HOUSEHOLDS = 300
"""From here on an explanation adds households up by village."""
_ALL_ON_PASTURE = Decimal(100)  # where no dung is counted the share plays no part
# Not in the set, no value found, quotations that contradict each other.
_NO_FACTOR = tuple(
    each.code
    for each in (
        CalculationProblem.NOT_IN_SET,
        CalculationProblem.EMPTY_COEFFICIENT,
        CalculationProblem.QUOTATIONS_CONFLICT,
    )
)
_OF_DUNG = ("manure_ch4", "n2o_direct", "n2o_indirect")


@dataclass(frozen=True)
class EmissionGround:
    """Counts of the year by household, and what the chosen sets can not tell.

    Attributes:
        left_out: Sources without a usable factor, by species.
        refused: Why a species can not be computed at all.
        beside: It holds only households that another ground does not tell.
    """

    work: Work
    counts: Mapping[str, Sequence[Count]]
    left_out: Mapping[str, tuple[str, ...]]
    refused: Mapping[str, Text]
    problems: tuple[Problem, ...]
    by_pasture: Mapping[str, Sequence[Count]] = field(default_factory=dict)
    beside: bool = False

    @property
    def editions(self) -> tuple[str, ...]:
        settings = self.work.settings
        if not self.counts or not settings.record.gwp_set or not settings.record.ipcc_edition:
            return ()
        made = [f"{GWP}/{settings.record.gwp_set}"]
        if "enteric" in settings.record.emission_sources:
            made.append(f"{ENTERIC}/{settings.enteric()}")
        if "manure_ch4" in settings.record.emission_sources:
            made.append(f"{MANURE_CH4}/{settings.ipcc_set()}")
        if set(_OF_DUNG) & set(settings.record.emission_sources):
            made.append(f"{MANURE_RATE}/{settings.ipcc_set()}")
        if {"n2o_direct", "n2o_indirect"} & set(settings.record.emission_sources):
            made.append(f"{N2O_FACTOR}/{settings.ipcc_set()}")
        return tuple(made)


def emission_ground(work: Work, beside: EmissionGround | None = None) -> EmissionGround:
    """Order the counts by household and by pasture, and try every species with the chosen sets once.

    Args:
        beside: Of the households another ground does not tell (at a county, those not accepted yet).
    """
    counts: dict[str, list[Count]] = defaultdict(list)
    by_pasture: dict[str, list[Count]] = defaultdict(list)
    species: dict[str, int] = {}
    for count in work.facts.counts:
        if beside is not None and count.household_id in beside.counts:
            continue
        counts[count.household_id].append(count)
        if count.parcel_id:
            by_pasture[count.parcel_id].append(count)
        for name, head in count.heads.items():
            species[name] = species.get(name, 0) + head
    problems: list[Problem] = []
    left_out: dict[str, tuple[str, ...]] = {}
    refused: dict[str, Text] = {}
    try:
        _sets(work.settings)
        for name in species:
            if name in code_list("ipcc_animal").labels:
                left_out[name] = _without_factor(work, name, refused)
    except UserError as error:
        problems += error.problems
    return EmissionGround(work, counts, left_out, refused, tuple(problems), by_pasture, beside is not None)


def _sets(settings: CarbonSettings) -> dict[str, str]:
    """Return the sets of the calculation by what is counted.

    Raises:
        UserError: CRB-002 something is not chosen.
    """
    sources = settings.record.emission_sources or (settings.needed("emission_sources"),)
    made = {"gwp_set": settings.needed("gwp_set")}
    if "enteric" in sources:
        made["enteric_set"] = settings.enteric()
    if "manure_ch4" in sources:
        made["manure_ch4_set"] = settings.ipcc_set()
    if set(_OF_DUNG) & set(sources):
        made["manure_rate_set"] = settings.ipcc_set()
        settings.needed("pasture_percent")
    if {"n2o_direct", "n2o_indirect"} & set(sources):
        made["n2o_set"] = settings.ipcc_set()
    return made


def _herd(work: Work, species: str, left_out: Mapping[str, tuple[str, ...]]) -> Herd:
    settings = work.settings
    return Herd(
        species=species,
        productivity=variant_of(work.standards, settings, species)
        if "enteric" in settings.record.emission_sources
        else "low",
        factor_of=factors_of(settings, species),
        head=Decimal(1),
        pasture_percent=settings.record.pasture_percent
        if settings.record.pasture_percent is not None
        else _ALL_ON_PASTURE,
        leave_out=left_out.get(species, ()),
    )


def _input(work: Work, herds: Sequence[Herd], sources: Sequence[str]) -> EmissionInput:
    settings = work.settings
    return EmissionInput(
        include=tuple(sources),
        climate=settings.n2o_climate,
        temperature_zone=settings.record.temperature_zone,
        animals=tuple(herds),
        **_sets(settings.with_(emission_sources=tuple(sources))),
    )


def _without_factor(work: Work, species: str, refused: dict[str, Text]) -> tuple[str, ...]:
    """Try each source for one head: what dung gives may be left out by name, enteric methane may not."""
    found = []
    for source in work.settings.record.emission_sources:
        try:
            livestock_emissions(_input(work, [_herd(work, species, {})], (source,)), work.standards)
        except UserError as error:
            if error.code not in _NO_FACTOR or error.problems[0].place == "/climate":
                raise
            if source == "enteric":
                refused[species] = error.text
            else:
                found.append(source)
    return tuple(found)


# --- rows --------------------------------------------------------------------------------------------------------------


def emission_rows(ground: EmissionGround, group: Group) -> list[LedgerRow]:
    """Return the row of a group; none for land and places without households."""
    if not group.households or (group.level == "parcel" and not ground.by_pasture):
        return []
    counted = _counted(ground, group)
    row = replace(
        group.row(EMISSIONS),
        items=len(counted),
        accepted=bool(counted) and all(c.accepted for cs in counted.values() for c in cs),
    )
    if not counted and ground.beside:
        return []
    problems = list(_missing(ground, group, counted))
    if not counted:
        return [replace(row, problems=tuple(problems))]
    try:
        result = emission_result(ground, group, explained=False)
    except UserError as error:
        told = [each for each in error.problems if each.code != CarbonProblem.NO_FIGURE.code] or list(error.problems)
        return [replace(row, problems=tuple(dict.fromkeys((*problems, *told))))]
    outcome = result.outcome
    every = tuple(dict.fromkeys((*problems, *result.problems)))
    return [
        replace(
            row,
            value=outcome.total_t_co2e,
            low=outcome.low_t_co2e,
            high=outcome.high_t_co2e,
            uncertainty_percent=outcome.uncertainty_percent,
            doubtful=is_doubtful(every),
            problems=gathered(every),
        )
    ]


def emission_result(ground: EmissionGround, group: Group, *, explained: bool) -> Result[EmissionOutcome]:
    """Return the emissions of a group.

    Raises:
        UserError: CRB-006 nobody was counted or a species has no factor; CRB-002; CALC-…
    """
    counted = _counted(ground, group)
    problems = list(ground.problems)
    if not counted:
        problems += _missing(ground, group, counted)
    herds = [] if problems else herds_of(ground, counted, explained=explained, names=_villages(ground, group))
    for herd in herds:
        if herd.species in ground.refused:
            reason = ground.refused[herd.species]
            problems.append(CarbonProblem.NO_FACTOR.at("", species=word_of("ipcc_animal", herd.species), reason=reason))
    if problems or not herds:
        reason = problems[0].text if problems else Text("没有放牧牲畜。", "no grazing animals.")
        refusal = CarbonProblem.NO_FIGURE.error(ledger=TITLES[EMISSIONS], name=group.name or group.code, reason=reason)
        raise UserError(refusal.code, refusal.text, problems=(*refusal.problems, *problems))
    return livestock_emissions(
        _input(ground.work, herds, ground.work.settings.record.emission_sources), ground.work.standards
    )


def emission_input(ground: EmissionGround, herds: Sequence[Herd]) -> EmissionInput:
    return _input(ground.work, herds, ground.work.settings.record.emission_sources)


def counted_households(ground: EmissionGround, ids: Sequence[str]) -> dict[str, Sequence[Count]]:
    return {each: ground.counts[each] for each in ids if each in ground.counts}


def _counted(ground: EmissionGround, group: Group) -> dict[str, Sequence[Count]]:
    if group.level != "parcel":
        return counted_households(ground, [each.record_id for each in group.households])
    owned: dict[str, list[Count]] = defaultdict(list)
    for count in ground.by_pasture.get(group.key, ()):
        owned[count.household_id].append(count)
    return dict(owned)


def _missing(ground: EmissionGround, group: Group, counted: Mapping[str, Sequence[Count]]) -> list[Problem]:
    facts = ground.work.facts
    if group.level == "parcel":
        return [] if counted else [CarbonProblem.NO_PASTURE.at("")]
    found = []
    if not counted:
        place = record_reference("household", group.key) if group.level == "household" else ""
        found.append(CarbonProblem.NO_COUNT.at(place, year=facts.year))
        return found
    all_of_them = len(group.households)
    if len(counted) < all_of_them and not ground.beside:
        told = {"count": all_of_them - len(counted), "all": all_of_them, "year": facts.year}
        found.append(CarbonProblem.PARTLY_COUNTED.at("", **told))
    twice = sum(each in facts.doubles for each in counted)
    if twice:
        found.append(CarbonProblem.TWO_COUNTS.at("", count=twice))
    once = sum(len({count.occasion for count in counts}) == 1 for counts in counted.values())
    if once:
        found.append(CarbonProblem.ONE_OCCASION.at("", count=once))
    others: dict[str, int] = {}
    for counts in counted.values():
        for count in counts:
            for species, head in count.heads.items():
                if species not in code_list("ipcc_animal").labels and head:
                    others[species] = max(others.get(species, 0), 0) + head
    found += [
        CarbonProblem.NOT_RUMINANT.at("", species=label_of("species", species), head=head)
        for species, head in others.items()
    ]
    return found


def herds_of(
    ground: EmissionGround,
    counted: Mapping[str, Sequence[Count]],
    *,
    explained: bool,
    names: Mapping[str, str] | None = None,
) -> list[Herd]:
    """Return one herd a species: its average population, or the counts that is the mean of.

    Args:
        names: By household, the village under which a long explanation adds it up.
    """
    facts = ground.work.facts
    species = list(dict.fromkeys(name for counts in counted.values() for count in counts for name in count.heads))
    herds = []
    for name in (each for each in code_list("ipcc_animal").labels if each in species):
        lines: list[HeadCount] = []
        averages: dict[str, Decimal] = {}
        for household_id, counts in counted.items():
            heads = [count.heads.get(name, 0) for count in counts]
            if not any(heads):
                continue
            averages[household_id] = divide(add(Decimal(head) for head in heads), Decimal(len(heads)))
            if explained:
                owner = facts.households[household_id].code
                lines += [
                    HeadCount(
                        owner=owner,
                        occasion=label_of("occasion", count.occasion).zh,
                        head=Decimal(head),
                        reference=record_reference("livestock_count", count.record_id, "class_counts"),
                    )
                    for count, head in sorted(
                        zip(counts, heads, strict=True), key=lambda pair: OCCASIONS.index(pair[0].occasion)
                    )
                ]
        if not averages:
            continue
        herd = _herd(ground.work, name, ground.left_out)
        if not explained:
            herds.append(replace(herd, head=add(averages.values())))
            continue
        if len(averages) > MOST_HOUSEHOLDS and names is not None:
            by_village: dict[str, list[Decimal]] = defaultdict(list)
            for household_id, average in averages.items():
                by_village[names[household_id]].append(average)
            lines = [
                HeadCount(owner=f"{village}({len(values)})", head=add(values))
                for village, values in sorted(by_village.items())
            ]
        herds.append(replace(herd, head=None, counts=tuple(lines)))
    return herds


def _villages(ground: EmissionGround, group: Group) -> dict[str, str]:
    names = ground.work.facts.names
    return {each.record_id: names.get(each.village_code, each.village_code) for each in group.households}


def counted_text(settings: CarbonSettings) -> Text:
    """Return what is in the emissions, in words."""
    named = [word_of("emission_source", source) for source in settings.record.emission_sources]
    report = (settings.record.gwp_set or "–").partition("@")[0]
    zh = "、".join(each.zh for each in named) or "未选排放源"
    en = ", ".join(each.en for each in named) or "no source chosen"
    edition = settings.record.ipcc_edition or "–"
    return Text(
        f"{zh}；IPCC {edition} Tier 1，GWP-100 {report.upper()}（生物源甲烷）",
        f"{en}; IPCC {edition} Tier 1, GWP-100 {report.upper()} (biogenic methane)",
    )
