"""Where a parcel's carbon density comes from: its own plots or samples, else the mean of its class in the township.

Nothing else: a published density or a default is never put in the place of a measurement.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from station_app.domain.calc.carbon_samples import (
    BiomassSample,
    Layer,
    SampleMean,
    SoilProfile,
    biomass_mean,
    profile_mean,
)
from station_app.domain.calc.carbon_stock import Pool
from station_app.domain.calc.explanation import Sheet
from station_app.domain.calc.inputs import check
from station_app.domain.calc.numbers import HUNDRED
from station_app.domain.calc.survey_inputs import Quadrat, SurveyInput
from station_app.domain.codes import label_of
from station_app.domain.problems import Problem, UserError
from station_app.domain.text import Text
from station_app.services.figures.carbon_records import Facts, Kept, Parcel, Plot, layers_of
from station_app.services.figures.carbon_settings import IPCC_DEPTH_CM, CarbonSettings
from station_app.services.figures.problems import CarbonProblem
from station_app.services.figures.references import record_reference

ABOVE, SOIL = "above", "soil"
ENOUGH = 2
_LISTS = {"18": "grassland_class", "9": "grassland_class_9"}


def class_label(grass_class: str) -> Text:
    """Return the name of a class told as ``18:2``."""
    which, _, code = grass_class.partition(":")
    return label_of(_LISTS[which], code) if which in _LISTS else Text("未填草地类", "no class")


@dataclass(frozen=True, slots=True)
class Source:
    """One density and what it was taken from; strata that share it move together.

    Attributes:
        label: The plots or samples themselves, or the township whose mean it is.
        own: Of the parcel itself, not of its class.
        accepted: The county has accepted every plot or sample it rests on.
        baseline: The density was stated in a registration and not measured by samples of ours.
    """

    key: str
    label: str
    own: bool
    mean: Decimal
    half_percent: Decimal | None
    accepted: bool
    samples: tuple[BiomassSample, ...] = ()
    profiles: tuple[SoilProfile, ...] = ()
    baseline: Pool | None = None

    @property
    def size(self) -> int:
        """How many plots or samples it rests on."""
        return len(self.samples) + len(self.profiles)

    def pool(self, settings: CarbonSettings, *, explained: bool) -> Pool:
        """Return the pool of a stratum: every sample where it is to explain itself, else the mean they give."""
        if self.baseline is not None:
            return self.baseline
        if self.profiles:
            if explained:
                return Pool(pool=SOIL, profiles=self.profiles, shared=self.key)
            return Pool(
                pool=SOIL, density_t_c_per_ha=self.mean, depth_cm=settings.depth, shared=self.key,
                uncertainty_percent=self.half_percent,
            )  # fmt: skip
        if explained:
            return Pool(pool=ABOVE, samples=self.samples, shared=self.key)
        return Pool(pool=ABOVE, biomass_t_per_ha=self.mean, shared=self.key, uncertainty_percent=self.half_percent)


@dataclass
class Sources:
    """The densities of one pool: by parcel, and by township and class."""

    own: dict[str, Source] = field(default_factory=dict)
    by_class: dict[tuple[str, str], Source] = field(default_factory=dict)
    stated: dict[str, Source] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def of(self, facts: Facts, parcel: Parcel) -> Source | None:
        """Return what tells the density of a parcel: itself, its class, then what its registration states.

        One spot alone does not say how far the parcel may lie off: where its class has more, the class tells it.
        """
        own = self.own.get(parcel.record_id)
        if own is not None and own.size >= ENOUGH:
            return own
        township = facts.village_of(parcel)[:9]
        for grass_class in classes_of(parcel):
            found = self.by_class.get((township, grass_class))
            if found is not None and (own is None or found.size >= ENOUGH):
                return found
        return own or self.stated.get(parcel.record_id)


def classes_of(parcel: Parcel) -> list[str]:
    """Return the classes of a parcel as they are looked up: of the 18, then of the 9."""
    return [f"{name}:{code}" for name, code in (("18", parcel.class_18), ("9", parcel.class_9)) if code]


def _means(
    sources: Sources,
    by_parcel: Mapping[str, Sequence[tuple[Any, bool]]],
    by_class: Mapping[tuple[str, str], Sequence[tuple[Any, bool]]],
    names: Mapping[str, str],
    make: Callable[[Sequence[Any]], dict[str, Any]],
) -> None:
    """Make a source of the samples (each with whether it is accepted) of every parcel and every class."""

    def source(key: str, label: str, own: bool, found: Sequence[tuple[Any, bool]]) -> Source:
        return Source(key, label, own, accepted=all(a for _, a in found), **make([sample for sample, _ in found]))

    for parcel_id, found in by_parcel.items():
        sources.own[parcel_id] = source(parcel_id, ", ".join(each.name for each, _ in found), True, found)
    for (township, grass_class), found in by_class.items():
        name = names.get(township.ljust(12, "0"), township)
        sources.by_class[township, grass_class] = source(f"{township} {grass_class}", name, False, found)


def _mean(work: Callable[[Sheet], SampleMean]) -> tuple[Decimal, Decimal | None]:
    found = work(Sheet())
    return found.mean.value, found.half_percent.value if found.half_percent is not None else None


# --- biomass -----------------------------------------------------------------------------------------------------------


def above_sources(facts: Facts, settings: CarbonSettings) -> Sources:
    """Return above-ground biomass by parcel and by class, oven-dry, t/ha; plots that can not tell are named."""
    sources = Sources()
    by_parcel: dict[str, list[tuple[BiomassSample, bool]]] = defaultdict(list)
    by_class: dict[tuple[str, str], list[tuple[BiomassSample, bool]]] = defaultdict(list)
    for plot in facts.plots:
        sample = _biomass(plot, settings, sources.problems)
        if sample is None:
            continue
        parcel = facts.parcels.get(plot.parcel_id)
        if parcel is not None:
            by_parcel[plot.parcel_id].append((sample, plot.accepted))
        township = _township(facts, plot.village_code, parcel)
        if not township:
            place = record_reference(plot.type_name, plot.record_id, "region_code")
            sources.problems.append(CarbonProblem.UNPLACED_PLOT.at(place, plot=plot.number))
        elif plot.grass_class:
            by_class[township, plot.grass_class].append((sample, plot.accepted))

    def make(samples: Sequence[BiomassSample]) -> dict[str, Any]:
        mean, half = _mean(lambda sheet: biomass_mean(sheet, samples, ""))
        return {"mean": mean, "half_percent": half, "samples": tuple(samples)}

    _means(sources, by_parcel, by_class, facts.names, make)
    return sources


def _township(facts: Facts, code: str, parcel: Parcel | None) -> str:
    """Return the township (9 digits) of a plot: its own code, its parcel's, or at a station the station's."""
    if len(code) >= 9:
        return code[:9]
    if parcel is not None and facts.village_of(parcel):
        return facts.village_of(parcel)[:9]
    return facts.home[:9] if len(facts.home) >= 9 else ""


def _biomass(plot: Plot, settings: CarbonSettings, problems: list[Problem]) -> BiomassSample | None:
    place = record_reference(plot.type_name, plot.record_id)
    if not plot.quadrats:
        return None
    if any(each.dry_g is None for each in plot.quadrats):
        problems.append(CarbonProblem.WAITING_PLOT.at(place, plot=plot.number))
        return None
    methods = {each.method for each in plot.quadrats}
    if "not_recorded" in methods or "" in methods:
        reason = Text("没有记录烘干方法。请补填。", "how it was dried is not recorded. Enter it.")
        problems.append(CarbonProblem.UNUSABLE_PLOT.at(place, plot=plot.number, reason=reason))
        return None
    dry, source = HUNDRED, ""
    if "air" in methods:
        if settings.record.dry_matter_percent is None:
            problems.append(CarbonProblem.AIR_DRY_PLOT.at(place, plot=plot.number))
            return None
        dry, source = settings.record.dry_matter_percent, settings.record.dry_matter_source or ""
    quadrats = tuple(
        Quadrat(
            name=each.number,
            area_m2=each.area_m2,
            fresh_g=each.fresh_g,
            dry_g=each.dry_g,
            drying_method=each.method,
            reference=record_reference("herb_quadrat", each.record_id, "dry_g"),
        )
        for each in plot.quadrats
    )
    sample = BiomassSample(
        name=plot.number,
        survey=SurveyInput(name=plot.number, quadrats=quadrats),
        dry_matter_percent=dry,
        dry_matter_source=source,
        reference=place,
    )
    wrong = check(sample)
    if not wrong:
        try:
            biomass_mean(Sheet(), (sample,), "")
        except UserError as error:
            wrong = list(error.problems)
    if wrong:
        problems.append(CarbonProblem.UNUSABLE_PLOT.at(place, plot=plot.number, reason=wrong[0].text))
        return None
    return sample


# --- soil --------------------------------------------------------------------------------------------------------------


def soil_sources(facts: Facts, settings: CarbonSettings) -> Sources:
    """Return soil carbon of the chosen depth by parcel and by class, t C/ha; samples that can not tell are named."""
    sources = Sources()
    plots = {each.record_id: each for each in facts.plots}
    by_number = {each.number: each for each in facts.plots}
    by_parcel: dict[str, list[tuple[SoilProfile, bool]]] = defaultdict(list)
    by_class: dict[tuple[str, str], list[tuple[SoilProfile, bool]]] = defaultdict(list)
    for kept in _latest(facts.samples):
        profile = _profile(kept, settings, sources.problems)
        if profile is None:
            continue
        record = kept.record
        plot = plots.get(record.plot_id or "") or by_number.get(record.plot_no)
        parcel = facts.parcels.get(record.parcel_id or (plot.parcel_id if plot is not None else ""))
        if parcel is not None:
            by_parcel[parcel.record_id].append((profile, kept.accepted))
        township = _township(facts, plot.village_code if plot is not None else "", parcel)
        classes = classes_of(parcel) if parcel is not None else [plot.grass_class] if plot is not None else []
        if not classes or not township:
            place = record_reference("soil_sample", kept.record_id, "parcel_id")
            sources.problems.append(CarbonProblem.UNPLACED_SAMPLE.at(place, sample=_name(kept)))
        for grass_class in classes:
            by_class[township, grass_class].append((profile, kept.accepted))

    def make(profiles: Sequence[SoilProfile]) -> dict[str, Any]:
        mean, half = _mean(lambda sheet: profile_mean(sheet, profiles))
        return {"mean": mean, "half_percent": half, "profiles": tuple(profiles)}

    _means(sources, by_parcel, by_class, facts.names, make)
    if settings.depth_cm == IPCC_DEPTH_CM:
        for kept in facts.registrations:
            sources.stated[kept.record.parcel_id] = _stated(kept, settings)
    return sources


def _stated(kept: Kept, settings: CarbonSettings) -> Source:
    """The baseline of a registration: a density somebody put on record, with where it is from, and no range."""
    record = kept.record
    pool = Pool(
        pool=SOIL,
        density_t_c_per_ha=record.baseline_soc_t_per_ha,
        depth_cm=settings.depth,
        shared=kept.record_id,
        source=record.baseline_soc_basis,
        reference=record_reference("carbon_registration", kept.record_id, "baseline_soc_t_per_ha"),
    )
    density = record.baseline_soc_t_per_ha
    return Source(kept.record_id, record.project_number, True, density, None, kept.accepted, baseline=pool)


def _latest(samples: Sequence[Kept]) -> list[Kept]:
    """Of each plot number the last sampling; earlier ones are history."""
    latest: dict[str, Kept] = {}
    for each in sorted(samples, key=lambda kept: kept.record.sampled_on):
        latest[each.record.plot_no] = each
    return list(latest.values())


def _name(kept: Kept) -> str:
    return f"{kept.record.plot_no} {kept.record.sampled_on}"


def _profile(kept: Kept, settings: CarbonSettings, problems: list[Problem]) -> SoilProfile | None:
    """Return the layers of a sample down to the chosen depth, ``None`` where they do not reach it without a gap."""
    place = record_reference("soil_sample", kept.record_id, "layers")
    layers: list[Layer] = []
    depth = Decimal(settings.depth_cm)
    reached = Decimal(0)
    for number, row in enumerate(layers_of(kept.record), 1):
        if reached >= depth or row.top_cm != reached or row.bottom_cm > depth:
            break
        for name, label in (
            ("soc_g_per_kg", Text("有机碳含量", "organic carbon")),
            ("bulk_density_g_per_cm3", Text("容重", "bulk density")),
        ):
            if not getattr(row, name) and not (name == "soc_g_per_kg" and row.soc_g_per_kg == 0):
                facts = {"sample": _name(kept), "layer": number, "missing": label}
                problems.append(CarbonProblem.INCOMPLETE_LAYER.at(place, **facts))
                return None
        layers.append(
            Layer(
                top_cm=row.top_cm,
                bottom_cm=row.bottom_cm,
                soc_g_per_kg=row.soc_g_per_kg,
                bulk_density_g_per_cm3=row.bulk_density_g_per_cm3,
                gravel_percent=row.gravel_percent or Decimal(0),
                gravel_basis=kept.record.gravel_basis,
                reference=place,
            )
        )
        reached = row.bottom_cm
    if reached != depth:
        found = "、".join(f"{row.top_cm.normalize():f}–{row.bottom_cm.normalize():f}" for row in layers_of(kept.record))
        problems.append(
            CarbonProblem.SHALLOW_SAMPLE.at(place, sample=_name(kept), found=found, depth=settings.depth_cm)
        )
        return None
    return SoilProfile(
        name=_name(kept), layers=tuple(layers), reference=record_reference("soil_sample", kept.record_id)
    )
