"""A station of any size to make balances of, put straight into the journal; every person and reading is invented."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from station_app.domain.records.calculation import CalculationScheme, ClassYield, GradeChoice, SeasonPeriod
from station_app.domain.registry import Role, record_type
from station_app.storage.clock import new_record_id
from station_app.storage.codec import to_json_fields
from station_app.storage.versions import make_version
from station_app.storage.workspace import Workspace

YEAR = 2026
TOWNSHIP = "152522200"
SPECIES = ("sheep", "goat", "cattle", "horse", "camel", "donkey")
CLASSES = ("adult_female", "adult_male", "adult_other", "age_2_3", "age_1_2", "young", "undivided")


def line_of(type_name: str, field: str) -> Any:
    line = record_type(type_name).by_name[field].line
    assert line is not None
    return line


def a_scheme(year: int = YEAR, **values: Any) -> CalculationScheme:
    """Return a scheme of the built-in sets."""
    given: dict[str, Any] = {
        "county_code": "152522", "year": year, "name": "示例方案", "sheep_unit_set": "definitions@1",
        "sheep_unit": "NYT635-2015", "adult_set": "seed@1", "young_set": "nyt635-recollected@1",
        "group_set": "proposal@1", "occasion": "mid_year", "utilization_set": "nyt635-2015-recollected@1",
        "degraded_set": "nyt635-2015-recollected@1", "hay_coefficient_set": "unit@1",
        "seasons": (SeasonPeriod(season_of_use="whole_year", days=365), SeasonPeriod(season_of_use="warm", days=150),
                    SeasonPeriod(season_of_use="cold", days=215)),
        "period_days": 365, "seasonal_minimum": True,
        "yields": (ClassYield(grassland_class="1", hay_kg_per_ha=Decimal("1100.00"), source="示例"),),
        "grade_sets": (GradeChoice(grade_set="xu-yang-2009@1"), GradeChoice(grade_set="inner-mongolia-29@1")),
        "penalty_set": "inner-mongolia-2021@1", **values,
    }  # fmt: skip
    return CalculationScheme(**given)


class Maker:
    """Puts records into a workspace in bulk."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._versions: list[Any] = []

    def add(self, record: Any, record_id: str | None = None) -> str:
        """Take a record and return its id; ``done`` writes."""
        kind = record_type(record)
        made = record_id or new_record_id()
        identity = self.workspace.identity
        self._versions.append(
            make_version(
                record_type=kind.name,
                schema_version=kind.version,
                record_id=made,
                parent_ids=(),
                hlc=self.workspace.journal.clock.next(),
                author=identity.author,
                device=identity.device_id,
                reason="",
                void=False,
                fields=to_json_fields(record),
            )  # fmt: skip
        )
        return made

    def new(self, type_name: str, **values: Any) -> str:
        """Make and take a record."""
        return self.add(record_type(type_name).cls(**values))

    def done(self) -> None:
        """Write what was taken."""
        self.workspace.journal.append(self._versions)
        self._versions = []


def station_of(folder: Path, households: int, parcels: int, lines: int, *, plots: int = 60) -> Workspace:
    """Return a workspace with so many households, parcels and count lines in one year, forage and surveyed plots.

    Two households in three have a forage record; classes 2 and 3 are surveyed, class 1 has a typed yield.
    """
    workspace = Workspace.create(folder, org_code=TOWNSHIP, org_name="示例站", role=Role.STATION, author="示例员")
    maker = Maker(workspace)
    maker.add(a_scheme())
    count_line = line_of("livestock_count", "class_counts")
    per_count, more = divmod(lines, households)
    combinations = [(species, kind) for species in SPECIES for kind in CLASSES]
    ids = []
    for n in range(households):
        village = f"{TOWNSHIP}{201 + n * 50 // households:03d}"
        household = maker.new("household", code=f"{village}{n:04d}", village_code=village, head_name=f"示例牧户{n}")
        ids.append((household, village))
        rows = tuple(
            count_line(species_code=species, class_code=kind, head=1 + (n * 7 + place * 3) % 23)
            for place, (species, kind) in enumerate(combinations[: per_count + (n < more)])
        )
        maker.new(
            "livestock_count", household_id=household, year=YEAR, occasion="mid_year", counted_on=date(YEAR, 6, 28),
            counted_by="示例员", class_counts=rows)  # fmt: skip
        if n % 3:
            maker.new(
                "forage_supply", household_id=household, year=YEAR, kind="bought_hay" if n % 2 else "natural_hay",
                goods_state="air_dry", quantity_kg=Decimal(2000 + n % 900) + Decimal("0.5"),
                moisture_percent=Decimal(12 + n % 5))  # fmt: skip
    for n in range(parcels):
        household, village = ids[n % households]
        maker.new(
            "parcel", code=f"{village}{n:06d}", household_id=household, village_code=village, scheme="balance",
            area_mu=Decimal(900 + n % 4000) + Decimal(n % 8) / 8, grassland_class=str(1 + n % 3),
            season_of_use=("whole_year", "warm", "cold")[n // households % 3], degradation=("1", "2", None)[n % 3])  # fmt: skip
    for n in range(plots):
        a_plot(maker, f"示例{n:04d}", "2" if n % 2 else "3", [(180 + n % 50, 66 + n % 20)] * 3)
    maker.done()
    return workspace


def a_plot(
    maker: Maker,
    plot_no: str,
    grass_class: str,
    weights: list[tuple[int, int | None]],
    *,
    year: int = YEAR,
    **more: Any,
) -> str:
    """Take a plot of the old form with a quadrat for every (fresh, dry) weight in grams."""
    values = {"region_code": f"{TOWNSHIP}201", "surveyed_on": date(year, 8, 5), **more}
    plot = maker.new(
        "plot", plot_no=plot_no, surveyor="示例员", region_name="示例", project_has=False, grass_class=grass_class,
        photo_no=plot_no, has_shrub=False, landform="4", soil_texture="2", has_litter=True, has_sand_cover=False,
        has_erosion=False, use_mode="1", use_status="3", **values)  # fmt: skip
    for q, (fresh, dry) in enumerate(weights, 1):
        maker.new(
            "herb_quadrat", plot_id=plot, quadrat_no=f"{plot_no}-{q:02d}", surveyed_on=values["surveyed_on"],
            cover_percent=Decimal(40), height_cm=Decimal(18), dominant="羊草", main_species="羊草", fresh_g=Decimal(fresh),
            dry_g=None if dry is None else Decimal(dry), drying_method=None if dry is None else "air")  # fmt: skip
    return plot
