"""Second ledger from records: the yearly change of soil carbon on registered land, baseline against now (equation 2.25).

Recovery is never assumed: where nobody has assessed the present degree of degradation there is no figure.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from decimal import Decimal

from station_app.domain.calc.carbon_soc import SocInput, SocOutcome, Stratum, carbon_soc
from station_app.domain.calc.coefficients import DEGRADATION_CLASS, SOC_REFERENCE, STOCK_CHANGE
from station_app.domain.calc.explanation import Result
from station_app.domain.calc.pasture import DEGRADATION_CODES
from station_app.domain.codes import label_of
from station_app.domain.problems import Problem, UserError
from station_app.domain.text import Text
from station_app.domain.units import mu_to_ha
from station_app.services.figures.carbon_groups import Group, Work
from station_app.services.figures.carbon_records import Kept, Parcel, active
from station_app.services.figures.carbon_rows import CHANGE, TITLES, LedgerRow, gathered, is_doubtful
from station_app.services.figures.carbon_settings import CarbonSettings, choice_label
from station_app.services.figures.problems import CarbonProblem
from station_app.services.figures.references import record_reference

IMPROVEMENTS = ("reseeding", "fertiliser", "irrigation")
NOT_TOO_DEGRADED = ("none", "light")


@dataclass(frozen=True)
class ChangeGround:
    """Registrations of the year by parcel, one each."""

    work: Work
    by_parcel: dict[str, Kept]
    problems: tuple[Problem, ...]

    @property
    def editions(self) -> tuple[str, ...]:
        settings = self.work.settings
        if not settings.record.ipcc_edition or not self.by_parcel:
            return ()
        return (
            f"{SOC_REFERENCE}/{settings.ipcc_set()}",
            f"{STOCK_CHANGE}/{settings.ipcc_set()}",
            f"{DEGRADATION_CLASS}/{settings.record.degradation_class_set}",
        )


def change_ground(work: Work, beside: ChangeGround | None = None) -> ChangeGround:
    """Take one registration a parcel; overlapping ones and those without a parcel are named.

    Args:
        beside: Of what another ground does not tell (at a county, what is not accepted yet).
    """
    problems: list[Problem] = []
    by_parcel: dict[str, list[Kept]] = defaultdict(list)
    for kept in work.facts.registrations:
        by_parcel[kept.record.parcel_id].append(kept)
    chosen: dict[str, Kept] = {}
    told_elsewhere = beside.by_parcel if beside is not None else {}
    for parcel_id, found in by_parcel.items():
        if parcel_id in told_elsewhere:
            continue
        latest = max(found, key=lambda kept: (kept.record.monitored_from, kept.record_id))
        parcel = work.facts.parcels.get(parcel_id)
        place = record_reference("carbon_registration", latest.record_id, "parcel_id")
        if parcel is None:
            problems.append(CarbonProblem.PARCEL_MISSING.at(place, number=latest.record.project_number))
            continue
        if len(found) > 1:
            number = latest.record.project_number
            told = {"parcel": parcel.code, "year": work.facts.year, "count": len(found), "number": number}
            problems.append(CarbonProblem.TWO_REGISTRATIONS.at(place, **told))
        chosen[parcel_id] = latest
    if not by_parcel:
        problems.append(CarbonProblem.NO_REGISTRATION.at("", year=work.facts.year))
    return ChangeGround(work, chosen, tuple(problems))


def change_rows(ground: ChangeGround, group: Group) -> list[LedgerRow]:
    """Return the row of a group, none where nothing is registered."""
    registered = _registered(ground, group)
    if not registered:
        return []
    row = replace(
        group.row(CHANGE), items=len(registered), accepted=all(kept.accepted and p.accepted for p, kept in registered)
    )
    problems: list[Problem] = []
    try:
        made = [_strata(ground, parcel, kept) for parcel, kept in registered]
        problems += [each for one in made for each in one.problems]
        if not any(one.after for one in made):
            return [replace(row, problems=tuple(dict.fromkeys(problems)))]
        result = carbon_soc(_input(ground, made), ground.work.standards)
    except UserError as error:
        return [replace(row, problems=tuple(dict.fromkeys((*problems, *error.problems))))]
    outcome = result.outcome
    every = tuple(dict.fromkeys((*problems, *result.problems)))
    return [
        replace(
            row,
            area_ha=sum((each.area_ha for one in made for each in one.after), Decimal(0)),
            value=outcome.annual_t_c,
            low=outcome.annual_low_t_c,
            high=outcome.annual_high_t_c,
            uncertainty_percent=outcome.uncertainty_percent,
            co2_t=outcome.annual_t_co2,
            doubtful=is_doubtful(every),
            problems=gathered(every),
        )
    ]


def change_result(ground: ChangeGround, group: Group) -> Result[SocOutcome]:
    """Return the change of a group.

    Raises:
        UserError: CRB-006 nothing is registered or nothing can be told; CALC-…
    """
    made = [_strata(ground, parcel, kept) for parcel, kept in _registered(ground, group)]
    problems = [each for one in made for each in one.problems] or list(ground.problems)
    if not any(one.after for one in made):
        reason = problems[0].text if problems else Text("没有碳汇登记。", "nothing is registered.")
        refusal = CarbonProblem.NO_FIGURE.error(ledger=TITLES[CHANGE], name=group.name or group.code, reason=reason)
        raise UserError(refusal.code, refusal.text, problems=(*refusal.problems, *problems))
    return carbon_soc(_input(ground, made), ground.work.standards)


def _registered(ground: ChangeGround, group: Group) -> list[tuple[Parcel, Kept]]:
    return [
        (parcel, ground.by_parcel[parcel.record_id]) for parcel in group.parcels if parcel.record_id in ground.by_parcel
    ]


@dataclass(frozen=True, slots=True)
class _Strata:
    """Both inventories of one registration; empty where it can not be told."""

    before: tuple[Stratum, ...]
    after: tuple[Stratum, ...]
    problems: tuple[Problem, ...]
    years: int = 0


def _input(ground: ChangeGround, made: list[_Strata]) -> SocInput:
    """All registrations of a row in one computation, so that a factor they share counts once."""
    settings = ground.work.settings
    told = [one for one in made if one.after]
    years = told[0].years if len(told) == 1 else 0
    return SocInput(
        reference_set=settings.ipcc_set(),
        factor_set=settings.ipcc_set(),
        degradation_set=settings.needed("degradation_class_set"),
        before=tuple(each for one in told for each in one.before),
        after=tuple(each for one in told for each in one.after),
        years_since_change=Decimal(years) if years else None,
    )


def _strata(ground: ChangeGround, parcel: Parcel, kept: Kept) -> _Strata:
    record, settings, year = kept.record, ground.work.settings, ground.work.facts.year
    place = record_reference("carbon_registration", kept.record_id)
    problems: list[Problem] = []
    number = record.project_number
    if record.credited_elsewhere:
        problems.append(CarbonProblem.ELSEWHERE.at(place, number=number, where=record.credited_where or "–"))
    if settings.record.ipcc_edition and settings.record.ipcc_edition not in record.factor_set:
        used = Text(f"IPCC {settings.record.ipcc_edition}", f"IPCC {settings.record.ipcc_edition}")
        problems.append(CarbonProblem.OTHER_FACTORS.at(place, number=number, registered=record.factor_set, used=used))
    limit = mu_to_ha(parcel.area_mu)
    if record.area_ha > limit:
        problems.append(
            CarbonProblem.AREA_DIFFERS.at(place, number=number, value=record.area_ha, parcel=parcel.code, limit=limit)
        )
    if parcel.degradation not in DEGRADATION_CODES:
        place = record_reference("parcel", parcel.record_id, "degradation")
        return _Strata((), (), (*problems, CarbonProblem.NO_DEGRADATION.at(place, parcel=parcel.code)))
    alike = {"climate": record.climate, "soil": record.soil}
    area = record_reference("carbon_registration", kept.record_id, "area_ha")
    before = (
        Stratum(
            name=number, degradation=DEGRADATION_CODES[record.baseline_degradation], area_ha=record.area_ha,
            reference=area, **alike,
        ),
    )  # fmt: skip
    now = DEGRADATION_CODES[parcel.degradation]
    after = _after(ground, parcel, kept, now, problems)
    if after is None:
        return _Strata((), (), tuple(problems))
    start = _start(ground, parcel, kept)
    settled = int(_settled(ground))
    passed = year - start + 1
    if passed < 1:
        problems.append(CarbonProblem.NOT_BEGUN.at(place, number=number, start=start, year=year))
        return _Strata(before, before, tuple(problems))
    if passed > settled:
        told = {"number": number, "start": start, "limit": settled, "year": year}
        problems.append(CarbonProblem.SETTLED.at(place, **told))
        return _Strata(after, after, tuple(problems))
    return _Strata(before, after, tuple(problems), passed)


def _after(
    ground: ChangeGround, parcel: Parcel, kept: Kept, now: str, problems: list[Problem]
) -> tuple[Stratum, ...] | None:
    """The land as it is now: what is improved counts as improved, the rest by its present degree."""
    record, year = kept.record, ground.work.facts.year
    alike = {"climate": record.climate, "soil": record.soil}
    made: list[Stratum] = []
    rest = record.area_ha
    for activity in ground.work.facts.activities:
        if activity.record.parcel_id != parcel.record_id or not active(activity.record, year):
            continue
        kinds = [kind for kind in activity.record.kinds if kind in IMPROVEMENTS]
        if not kinds:
            continue
        place = record_reference("carbon_activity", activity.record_id, "area_ha")
        if now not in NOT_TOO_DEGRADED:
            told = label_of("degradation", parcel.degradation)
            problems.append(
                CarbonProblem.NOT_IMPROVED.at(place, number=record.project_number, parcel=parcel.code, now=told)
            )
            continue
        rest -= activity.record.area_ha
        made.append(
            Stratum(
                name=record.project_number, management="improved", input_level="high" if len(kinds) > 1 else "medium",
                area_ha=activity.record.area_ha, reference=place, **alike,
            )
        )  # fmt: skip
    if rest < 0:
        place = record_reference("carbon_registration", kept.record_id, "area_ha")
        told_areas = {"value": record.area_ha - rest, "limit": record.area_ha}
        problems.append(CarbonProblem.ACTIVITY_TOO_LARGE.at(place, number=record.project_number, **told_areas))
        return None
    if rest:
        reference = record_reference("parcel", parcel.record_id, "degradation")
        made.append(Stratum(name=record.project_number, degradation=now, area_ha=rest, reference=reference, **alike))
    return tuple(made)


def _start(ground: ChangeGround, parcel: Parcel, kept: Kept) -> int:
    """The year the change began: of the first activity on the parcel, else the year after the baseline."""
    years = [
        each.record.started_on.year
        for each in ground.work.facts.activities
        if each.record.parcel_id == parcel.record_id
    ]
    return min(years, default=int(kept.record.baseline_to_year) + 1)


def _settled(ground: ChangeGround) -> Decimal:
    factors = ground.work.standards.choose(STOCK_CHANGE, ground.work.settings.ipcc_set(), choice_label("ipcc_edition"))
    return factors.find("D").required()


def counted_text(settings: CarbonSettings) -> Text:
    """Return what is in the change, in words."""
    edition = settings.record.ipcc_edition or "–"
    return Text(
        f"登记地块的土壤有机碳 0–30 cm，IPCC {edition} 方程 2.25，D = 20 年；植被按 Tier 1 不计变化",
        f"soil organic carbon of registered parcels, 0–30 cm, IPCC {edition} equation 2.25, D = 20 years; no change of "
        "vegetation under Tier 1",
    )
