"""What the carbon ledgers read from a workspace: living records of a year, with what is left out and why."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from station_app.domain.problems import Problem
from station_app.domain.records.carbon import CarbonActivity, CarbonRegistration, SoilSample
from station_app.domain.registry import Role, record_type
from station_app.domain.text import Text
from station_app.services.figures.problems import CarbonProblem
from station_app.services.figures.references import record_reference
from station_app.services.figures.sifting import STANDING, region_prefix
from station_app.services.figures.sources import GONE
from station_app.storage.reader import Query, Reader, State

OCCASIONS = ("mid_year", "year_end")
_NAMED = 5
_OUT = ("conflict", "refused")


@dataclass(frozen=True, slots=True)
class Parcel:
    """A parcel held in the year; ``degradation`` is the code of its present degree."""

    record_id: str
    code: str
    name: str
    household_id: str
    village_code: str
    area_mu: Decimal
    class_18: str
    class_9: str
    degradation: str
    accepted: bool

    @property
    def reference(self) -> str:
        return record_reference("parcel", self.record_id, "area_mu")


@dataclass(frozen=True, slots=True)
class Household:
    """A household; ``gone``: merged, split, closed or moved away."""

    record_id: str
    code: str
    name: str
    village_code: str
    gone: bool
    accepted: bool


@dataclass(frozen=True, slots=True)
class Weighed:
    """One quadrat as it was weighed."""

    record_id: str
    number: str
    area_m2: Decimal
    fresh_g: Decimal
    dry_g: Decimal | None
    method: str


@dataclass(frozen=True, slots=True)
class Plot:
    """A plot of the year with its herb quadrats; ``grass_class`` names the list and the code, as ``18:2``."""

    type_name: str
    record_id: str
    number: str
    parcel_id: str
    village_code: str
    grass_class: str
    quadrats: tuple[Weighed, ...]
    accepted: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """A whole record, and whether the county has accepted it."""

    record_id: str
    record: Any
    accepted: bool


@dataclass(frozen=True, slots=True)
class Count:
    """The last count of a household at one occasion, head by species."""

    record_id: str
    household_id: str
    parcel_id: str
    occasion: str
    heads: Mapping[str, int]
    accepted: bool


@dataclass(frozen=True)
class Facts:
    """Everything a report of one year rests on.

    Attributes:
        home: Administrative code of the workspace.
        doubles: Households with several counts of one occasion.
    """

    year: int
    role: Role
    home: str
    parcels: Mapping[str, Parcel]
    households: Mapping[str, Household]
    plots: tuple[Plot, ...] = ()
    samples: tuple[Kept, ...] = ()
    registrations: tuple[Kept, ...] = ()
    activities: tuple[Kept, ...] = ()
    counts: tuple[Count, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    doubles: frozenset[str] = frozenset()
    problems: tuple[Problem, ...] = ()

    @property
    def is_county(self) -> bool:
        return self.role is not Role.STATION

    def village_of(self, parcel: Parcel) -> str:
        """Return the village of a parcel: its own, else its household's."""
        if parcel.village_code:
            return parcel.village_code
        household = self.households.get(parcel.household_id)
        return household.village_code if household is not None else ""

    def accepted_only(self) -> Facts:
        def of(things: Sequence[Any]) -> tuple[Any, ...]:
            return tuple(each for each in things if each.accepted)

        return dataclasses.replace(
            self,
            parcels={key: each for key, each in self.parcels.items() if each.accepted},
            plots=of(self.plots),
            samples=of(self.samples),
            registrations=of(self.registrations),
            activities=of(self.activities),
            counts=of(self.counts),
        )


def gather(reader: Reader, year: int, ledgers: Sequence[str], within: str = "") -> Facts:
    """Read what ``ledgers`` need; ``within`` is an administrative code that keeps parcels and households to a region."""
    problems: list[Problem] = []
    settings = dict(reader.sql("SELECT key, value FROM setting WHERE key IN ('workspace.role', 'workspace.org_code')"))
    prefix = region_prefix(within) if within else ""
    households = {each.record_id: each for each in _households(reader, problems)}
    parcels = {each.record_id: each for each in _parcels(reader, year, problems)}
    facts = Facts(
        year,
        Role(settings["workspace.role"]),
        settings["workspace.org_code"],
        parcels,
        households,
        names=_names(reader),
    )
    if prefix:
        inside = {k: p for k, p in parcels.items() if facts.village_of(p).startswith(prefix)}
        homes = {k: h for k, h in households.items() if h.village_code.startswith(prefix)}
        facts = dataclasses.replace(facts, parcels=inside, households={**homes, **_owners(inside, households)})
    more: dict[str, Any] = {}
    if "stock" in ledgers:
        more["plots"] = _plots(reader, year, problems)
        more["samples"] = _whole(reader, "soil_sample", problems, lambda r: r.sampled_on <= date(year, 12, 31))
    if "stock" in ledgers or "change" in ledgers:
        more["registrations"] = _whole(reader, "carbon_registration", problems, lambda r: _covers(r, year))
    if "change" in ledgers:
        more["activities"] = _whole(reader, "carbon_activity", problems, lambda r: r.started_on.year <= year)
    if "emissions" in ledgers:
        counts, doubles = _counts(reader, year, problems)
        more["counts"] = tuple(each for each in counts if each.household_id in facts.households)
        more["doubles"] = doubles
    return dataclasses.replace(facts, **more, problems=tuple(problems))


def _owners(parcels: Mapping[str, Parcel], households: Mapping[str, Household]) -> dict[str, Household]:
    """Households of the parcels kept, also where they live outside the region."""
    wanted = {each.household_id for each in parcels.values()}
    return {key: each for key, each in households.items() if key in wanted}


def _covers(record: CarbonRegistration, year: int) -> bool:
    return record.monitored_from.year <= year <= record.monitored_to.year


def _living(
    reader: Reader,
    type_name: str,
    columns: Sequence[str],
    where: str,
    values: Sequence[object],
    problems: list[Problem],
) -> list[tuple[Any, ...]]:
    """Return (standing, record_id, columns …) of living records; what is in conflict or refused is named and left out."""
    found = reader.sql(
        f'SELECT {STANDING}, p.record_id, {", ".join(columns)} FROM "{type_name}" p '
        f"LEFT JOIN progress g ON g.version_id=p.version_id WHERE p.void=0 AND ({where}) ORDER BY p.rowkey",
        values,
    )
    _name_left_out(reader, type_name, [row[1] for row in found if row[0] in _OUT], problems)
    return [row for row in found if row[0] not in _OUT]


def _name_left_out(reader: Reader, type_name: str, ids: Sequence[str], problems: list[Problem]) -> None:
    label = record_type(type_name).label
    titles = reader.titles(type_name, ids[:_NAMED])
    for record_id in ids[:_NAMED]:
        title = titles.get(record_id, record_id)
        problems.append(CarbonProblem.LEFT_OUT.at(record_reference(type_name, record_id), type=label, title=title))
    if len(ids) > _NAMED:
        rest = Text(f"另有 {len(ids) - _NAMED} 条", f"and {len(ids) - _NAMED} more")
        problems.append(CarbonProblem.LEFT_OUT.at("", type=label, title=rest))


def _whole(reader: Reader, type_name: str, problems: list[Problem], wanted: Any) -> tuple[Kept, ...]:
    kept, out = [], []
    for row in reader.iterate(Query(type_name)):
        if not wanted(row.record):
            continue
        if row.state in (State.CONFLICT, State.REFUSED):
            out.append(row.record_id)
        else:
            kept.append(Kept(row.record_id, row.record, row.state is State.ACCEPTED))
    _name_left_out(reader, type_name, out, problems)
    return tuple(kept)


def _names(reader: Reader) -> dict[str, str]:
    return {
        str(code): str(name)
        for code, name in reader.sql(
            "SELECT coalesce(region_code, code), name FROM organisation WHERE void=0 AND kind='administrative_unit'"
        )
    }


def _households(reader: Reader, problems: list[Problem]) -> list[Household]:
    """Households; those merged, split, closed or moved away are not waited for."""
    columns = ("p.code", "p.head_name", "p.village_code", "p.status")
    rows = _living(reader, "household", columns, "1", (), problems)
    return [Household(r[1], r[2], r[3] or "", r[4] or "", r[5] in GONE, r[0] == "accepted") for r in rows]


def _parcels(reader: Reader, year: int, problems: list[Problem]) -> list[Parcel]:
    columns = (
        "code",
        "name",
        "household_id",
        "village_code",
        "area_mu",
        "grassland_class",
        "grassland_class_9",
        "degradation",
    )
    where = "(p.valid_from IS NULL OR p.valid_from <= ?) AND (p.valid_to IS NULL OR p.valid_to >= ?)"
    rows = _living(
        reader, "parcel", [f"p.{name}" for name in columns], where, (f"{year}-12-31", f"{year}-01-01"), problems
    )
    return [
        Parcel(
            r[1], r[2], r[3] or "", r[4] or "", r[5] or "", Decimal(r[6] or 0).scaleb(-3), r[7] or "", r[8] or "",
            r[9] or "", r[0] == "accepted",
        )
        for r in rows
    ]  # fmt: skip


def _plots(reader: Reader, year: int, problems: list[Problem]) -> tuple[Plot, ...]:
    """Plots of the old and the new form; their class lists are kept apart and never translated into each other."""
    made: list[Plot] = []
    span = (f"{year}-01-01", f"{year}-12-31")
    for type_name, link, classes in (("plot", "plot_id", "18"), ("plot_new", "plot_new_id", "9")):
        of_plot = ("p.plot_no", "p.parcel_id", "p.region_code", "p.grass_class")
        plots = _living(reader, type_name, of_plot, "p.surveyed_on BETWEEN ? AND ?", span, problems)
        quadrats: dict[str, list[Weighed]] = defaultdict(list)
        wanted = {row[1] for row in plots}
        of_quadrat = (f"p.{link}", "p.quadrat_no", "p.area_m2", "p.fresh_g", "p.dry_g", "p.drying_method")
        where = f"p.{link} IN (SELECT record_id FROM {type_name} WHERE surveyed_on BETWEEN ? AND ?)"
        for row in _living(reader, "herb_quadrat", of_quadrat, where, span, problems):
            if row[2] in wanted:
                dry = None if row[6] is None else Decimal(row[6]).scaleb(-2)
                area, fresh = Decimal(row[4]).scaleb(-4), Decimal(row[5]).scaleb(-2)
                quadrats[row[2]].append(Weighed(row[1], row[3], area, fresh, dry, row[7] or ""))
        for standing, record_id, number, parcel_id, region, code in plots:
            grass_class = f"{classes}:{code}" if code else ""
            made.append(
                Plot(
                    type_name, record_id, number, parcel_id or "", region or "", grass_class,
                    tuple(quadrats[record_id]), standing == "accepted",
                )
            )  # fmt: skip
    return tuple(made)


def _counts(reader: Reader, year: int, problems: list[Problem]) -> tuple[list[Count], frozenset[str]]:
    """The last count of each household and occasion; households with several of one occasion are told."""
    columns = ("p.household_id", "p.parcel_id", "p.occasion", "p.counted_on")
    where = "p.year=? AND p.occasion IN ('mid_year', 'year_end')"
    rows = _living(reader, "livestock_count", columns, where, (year,), problems)
    heads: dict[str, dict[str, int]] = defaultdict(dict)
    for record_id, species, head in reader.sql(
        """SELECT l.record_id, l.species_code, sum(l.head) FROM livestock_count__class_counts l
           JOIN livestock_count p ON p.record_id=l.record_id WHERE p.void=0 AND p.year=? GROUP BY 1, 2""",
        (year,),
    ):
        heads[record_id][species] = int(head)
    latest: dict[tuple[str, str], tuple[Any, ...]] = {}
    doubles = set()
    for row in rows:
        key = (row[2], row[4])
        if key in latest:
            doubles.add(row[2])
        if key not in latest or row[5] > latest[key][5]:
            latest[key] = row
    made = [Count(row[1], row[2], row[3] or "", row[4], heads[row[1]], row[0] == "accepted") for row in latest.values()]
    return made, frozenset(doubles)


def layers_of(record: SoilSample) -> Sequence[Any]:
    """Return the layers of a sample from the top down."""
    return sorted(record.layers, key=lambda each: each.top_cm)


def active(record: CarbonActivity, year: int) -> bool:
    return record.started_on.year <= year and (record.ended_on is None or record.ended_on.year >= year)
