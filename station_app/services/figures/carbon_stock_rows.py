"""First ledger from records: the stock of vegetation and soil, by grassland class and by what told its density."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from station_app.domain.calc.carbon_samples import AreaOf
from station_app.domain.calc.carbon_stock import Pool, StockInput, StockOutcome, StockStratum, carbon_stock
from station_app.domain.calc.coefficients import CARBON_FRACTION, ROOT_RATIO
from station_app.domain.calc.explanation import Result
from station_app.domain.calc.numbers import add, divide
from station_app.domain.problems import Problem, UserError
from station_app.domain.text import Text
from station_app.domain.units import MU_PER_HA
from station_app.services.figures.carbon_densities import (
    Source,
    Sources,
    above_sources,
    class_label,
    classes_of,
    soil_sources,
)
from station_app.services.figures.carbon_groups import Group, Work, area_ha
from station_app.services.figures.carbon_records import Parcel
from station_app.services.figures.carbon_rows import (
    SOIL,
    STOCK,
    TITLES,
    TOTAL,
    VEGETATION,
    LedgerRow,
    gathered,
    is_doubtful,
)
from station_app.services.figures.carbon_settings import CarbonSettings
from station_app.services.figures.problems import CarbonProblem
from station_app.services.figures.references import record_reference

MOST_PARCELS = 300
"""From here on an explanation adds areas up by village: nobody reads thousands of lines."""


@dataclass(frozen=True)
class StockGround:
    """The densities of a report, worked out once.

    Attributes:
        no_vegetation: Why there can be no vegetation carbon at all.
        without: By part, parcels that are told elsewhere (at a county, those of accepted figures).
    """

    work: Work
    above: Sources
    soil: Sources
    ratios: frozenset[str]
    no_vegetation: tuple[Problem, ...]
    without: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def problems(self) -> tuple[Problem, ...]:
        return (*self.no_vegetation, *self.above.problems, *self.soil.problems)

    @property
    def editions(self) -> tuple[str, ...]:
        settings = self.work.settings
        return tuple(
            f"{kind}/{name}"
            for kind, name in (
                (CARBON_FRACTION, settings.record.carbon_fraction_set),
                (ROOT_RATIO, settings.record.root_ratio_set),
            )
            if name and not self.no_vegetation
        )


def stock_ground(work: Work, beside: StockGround | None = None) -> StockGround:
    """Read plots and samples into densities; ``beside``: of what another ground does not tell."""
    problems: list[Problem] = []
    ratios: frozenset[str] = frozenset()
    try:
        settings = work.settings
        settings.needed("carbon_fraction_set")
        work.standards.named(settings.record, "carbon_fraction_set")
        settings.needed("root_ratio_set")
        known = work.standards.named(settings.record, "root_ratio_set")
        ratios = frozenset(key[0] for key in known.by_key)
    except UserError as error:
        problems += error.problems
    without: dict[str, frozenset[str]] = {}
    if beside is not None:
        without = {part: _told(beside, part) for part in (VEGETATION, SOIL)}
        without[TOTAL] = without[VEGETATION] & without[SOIL]
    above, soil = above_sources(work.facts, work.settings), soil_sources(work.facts, work.settings)
    return StockGround(work, above, soil, ratios, tuple(problems), without)


def _told(ground: StockGround, part: str) -> frozenset[str]:
    everything = Group("station", "", "", "", "", list(ground.work.facts.parcels.values()))
    return frozenset(each.record_id for each in _part(ground, everything, part).parcels)


@dataclass(frozen=True, slots=True)
class _Part:
    """The parcels of one row that have a density, and what is missing for the others."""

    parcels: tuple[Parcel, ...]
    problems: tuple[Problem, ...]
    accepted: bool = False


def stock_rows(ground: StockGround, group: Group) -> list[LedgerRow]:
    """Return vegetation, soil and their total, which is known where both cover the same land; none without land."""
    return [
        _row(ground, group, part)
        for part in (VEGETATION, SOIL, TOTAL)
        if any(each.record_id not in ground.without.get(part, ()) for each in group.parcels)
    ]


def stock_result(ground: StockGround, group: Group, part: str, *, explained: bool) -> Result[StockOutcome]:
    """Return the stock of a group.

    Raises:
        UserError: CRB-006 there is nothing to compute, or the parts cover different land; CALC-…
    """
    if part == TOTAL:
        vegetation, soil = (_part(ground, group, each) for each in (VEGETATION, SOIL))
        if set(vegetation.parcels) != set(soil.parcels):
            raise _refusal(group, [_apart(vegetation, soil), *vegetation.problems, *soil.problems])
        found = vegetation
    else:
        found = _part(ground, group, part)
    if not found.parcels:
        raise _refusal(group, list(found.problems))
    given = _input(ground, found.parcels, part, explained=explained)
    return carbon_stock(given, ground.work.standards, trusted=True)


def _refusal(group: Group, problems: Sequence[Problem]) -> UserError:
    reason = problems[0].text if problems else Text("没有地块。", "no parcels.")
    refusal = CarbonProblem.NO_FIGURE.error(ledger=TITLES[STOCK], name=group.name or group.code, reason=reason)
    return UserError(refusal.code, refusal.text, problems=(*refusal.problems, *problems))


def _apart(vegetation: _Part, soil: _Part) -> Problem:
    return CarbonProblem.POOLS_APART.at(vegetation=area_ha(vegetation.parcels), soil=area_ha(soil.parcels))


def _row(ground: StockGround, group: Group, part: str) -> LedgerRow:
    found = _part(ground, group, VEGETATION if part == TOTAL else part)
    accepted = found.accepted and (part != TOTAL or _part(ground, group, SOIL).accepted)
    row = replace(group.row(STOCK, part), items=len(found.parcels), accepted=accepted)
    try:
        result = stock_result(ground, group, part, explained=False)
    except UserError as error:
        told = [each for each in error.problems if each.code != CarbonProblem.NO_FIGURE.code] or list(error.problems)
        return replace(row, problems=tuple(told))
    outcome = result.outcome
    problems = tuple(dict.fromkeys((*found.problems, *result.problems)))
    return replace(
        row,
        area_ha=outcome.area_ha,
        value=outcome.total_t_c,
        low=outcome.low_t_c,
        high=outcome.high_t_c,
        uncertainty_percent=outcome.uncertainty_percent,
        per_ha=outcome.mean_t_c_per_ha,
        doubtful=is_doubtful(problems),
        problems=gathered(problems),
    )


def _part(ground: StockGround, group: Group, part: str) -> _Part:
    if part == VEGETATION and ground.no_vegetation:
        return _Part((), ground.no_vegetation)
    facts = ground.work.facts
    sources = ground.above if part == VEGETATION else ground.soil
    kept: list[Parcel] = []
    problems: list[Problem] = []
    without: dict[str, list[Parcel]] = defaultdict(list)
    rootless: dict[str, None] = {}
    by_class = 0
    accepted = True
    for parcel in group.parcels:
        if parcel.record_id in ground.without.get(part, ()):
            continue
        reference = record_reference("parcel", parcel.record_id, "grassland_class")
        if not parcel.area_mu:
            problems.append(CarbonProblem.NO_AREA.at(parcel.reference, parcel=parcel.code))
            continue
        source = sources.of(facts, parcel)
        if source is None:
            if not classes_of(parcel):
                problems.append(CarbonProblem.NO_CLASS.at(reference, parcel=parcel.code))
            else:
                without[classes_of(parcel)[0]].append(parcel)
            continue
        if part == VEGETATION and parcel.class_18 not in ground.ratios:
            rootless[classes_of(parcel)[0] if classes_of(parcel) else ""] = None
            continue
        by_class += not source.own
        accepted = accepted and source.accepted and parcel.accepted
        kept.append(parcel)
    for grass_class, parcels in without.items():
        told = {"class": class_label(grass_class), "count": len(parcels), "area": area_ha(parcels)}
        if part == VEGETATION:
            problems.append(CarbonProblem.NO_PLOTS.at("", year=facts.year, **told))
        else:
            problems.append(CarbonProblem.NO_SOIL.at("", depth=ground.work.settings.depth_cm, **told))
    problems += [CarbonProblem.NO_ROOTS.at("", **{"class": class_label(each)}) for each in rootless]
    if by_class and kept:
        what = Text("样地", "plots") if part == VEGETATION else Text("土样", "soil samples")
        problems.append(CarbonProblem.BY_CLASS.at("", count=by_class, what=what))
    return _Part(tuple(kept), tuple(problems), accepted and bool(kept))


# --- the input of the calculation --------------------------------------------------------------------------------------


def _input(ground: StockGround, parcels: Sequence[Parcel], part: str, *, explained: bool) -> StockInput:
    """Strata are parcels alike in class and in what tells their density."""
    facts, settings = ground.work.facts, ground.work.settings
    strata: dict[tuple[str, str, str], list[Parcel]] = defaultdict(list)
    told: dict[tuple[str, str, str], tuple[Source | None, Source | None]] = {}
    for parcel in parcels:
        above = ground.above.of(facts, parcel) if part != SOIL else None
        soil = ground.soil.of(facts, parcel) if part != VEGETATION else None
        key = (parcel.class_18, above.key if above else "", soil.key if soil else "")
        strata[key].append(parcel)
        told[key] = above, soil
    made: list[StockStratum] = []
    for key in sorted(strata):
        above, soil = told[key]
        pools: list[Pool] = []
        if above is not None:
            pools += [above.pool(settings, explained=explained), Pool(pool="below", by_root_ratio=True)]
        if soil is not None:
            pools.append(soil.pool(settings, explained=explained))
        labels = dict.fromkeys(each.label for each in (above, soil) if each is not None)
        kind = class_label(f"18:{key[0]}") if key[0] else Text("", "")
        name = " · ".join(piece for piece in (f"{kind.zh} {kind.en}".strip(), *labels) if piece)
        made.append(_stratum(ground, f"{len(made) + 1} {name}", key[0], strata[key], tuple(pools), explained=explained))
    return StockInput(
        carbon_fraction_set=settings.record.carbon_fraction_set if part != SOIL else None,
        root_ratio_set=settings.record.root_ratio_set if part != SOIL else None,
        strata=tuple(made),
    )


def _stratum(
    ground: StockGround,
    name: str,
    class_18: str,
    parcels: Sequence[Parcel],
    pools: tuple[Pool, ...],
    *,
    explained: bool,
) -> StockStratum:
    if not explained:
        area = divide(add(each.area_mu for each in parcels), Decimal(MU_PER_HA))
        return StockStratum(name=name, grassland_class=class_18, area_ha=area, pools=pools)
    return StockStratum(name=name, grassland_class=class_18, parcels=tuple(_areas(ground, parcels)), pools=pools)


def _areas(ground: StockGround, parcels: Sequence[Parcel]) -> Iterable[AreaOf]:
    if len(parcels) <= MOST_PARCELS:
        return [AreaOf(name=each.code, area_mu=each.area_mu, reference=each.reference) for each in parcels]
    by_village: dict[str, list[Decimal]] = defaultdict(list)
    for each in parcels:
        by_village[ground.work.facts.village_of(each)].append(each.area_mu)
    names = ground.work.facts.names
    return [
        AreaOf(name=f"{names.get(village, village)}({len(areas)})", area_mu=add(areas))
        for village, areas in sorted(by_village.items())
    ]


def counted_text(settings: CarbonSettings) -> Text:
    """Return what is in the stock, in words."""
    return Text(
        f"地上和地下生物量，土壤 0–{settings.depth_cm} cm；枯落物和木本不计",
        f"biomass above and below ground, soil 0–{settings.depth_cm} cm; no litter, no woody parts",
    )
