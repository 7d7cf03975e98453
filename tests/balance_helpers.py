"""A station of any size to make balances of, put straight into the journal; every person and reading is invented."""

from __future__ import annotations

import random
from datetime import date
from decimal import Decimal
from decimal import Decimal as D
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
SEASONS = ("whole_year", "warm", "cold", "spring_autumn", None)
STATES = ("fresh", "air_dry", "oven_dry", "as_fed")
KINDS = ("natural_hay", "sown", "silage", "residue", "bought_hay", "carried_over")
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
    values = {"region_code": f"{TOWNSHIP}201", "surveyed_on": date(year, 8, 5), "has_shrub": False, **more}
    plot = maker.new(
        "plot", plot_no=plot_no, surveyor="示例员", region_name="示例", project_has=False, grass_class=grass_class,
        photo_no=plot_no, landform="4", soil_texture="2", has_litter=True, has_sand_cover=False,
        has_erosion=False, use_mode="1", use_status="3", **values)  # fmt: skip
    for q, (fresh, dry) in enumerate(weights, 1):
        maker.new(
            "herb_quadrat", plot_id=plot, quadrat_no=f"{plot_no}-{q:02d}", surveyed_on=values["surveyed_on"],
            cover_percent=Decimal(40), height_cm=Decimal(18), dominant="羊草", main_species="羊草", fresh_g=Decimal(fresh),
            dry_g=None if dry is None else Decimal(dry), drying_method=None if dry is None else "air")  # fmt: skip
    return plot


def village(n: int) -> str:
    return f"{TOWNSHIP}{201 + n:03d}"


def a_count(maker: Maker, household: str, rows: list[tuple[str, str, int]], **more: Any) -> str:
    line = line_of("livestock_count", "class_counts")
    lines = tuple(
        line(species_code=s, class_code=c, head=n, mean_weight_kg=more.pop("weight", None)) for s, c, n in rows
    )
    values = {"year": YEAR, "occasion": "mid_year", "counted_on": date(YEAR, 6, 28), "counted_by": "示例员", **more}
    return maker.new("livestock_count", household_id=household, class_counts=lines, **values)


def a_household(maker: Maker, n: int, **more: Any) -> str:
    return maker.new(
        "household", code=f"{village(n % 3)}{n:04d}", village_code=village(n % 3), head_name=f"示例{n}", **more
    )


def a_parcel(maker: Maker, household: str, code: str, **more: Any) -> str:
    values = {
        "area_mu": D("1500.250"),
        "scheme": "balance",
        "season_of_use": "whole_year",
        "grassland_class": "2",
        **more,
    }
    return maker.new("parcel", code=code, household_id=household, **values)


def chance_station(
    maker: Maker, seed: int, *, years: tuple[int, ...] = (YEAR,), heavy: bool = False, accepted: bool = False
) -> None:
    """Put a station together in which everything that can be there, or be missing, is there or missing by chance.

    Args:
        accepted: Every second household's records are accepted by the county.
    """
    dice = random.Random(seed)
    for year in years:
        for n in range(7):
            dry = None if n == 6 else dice.randint(50, 90)
            weights = [(dice.randint(140, 260), dry if n == 6 else dice.randint(50, 90)) for _ in range(3)]
            a_plot(maker, f"示例{year}-{n}", dice.choice("23"), weights, year=year)  # type: ignore[arg-type]
    for n in range(14):
        household = a_household(maker, n)
        parcels = []
        for p in range(dice.choice((0, 1, 1, 2, 3, 4))):
            parcels.append(
                a_parcel(
                    maker,
                    household,
                    f"P{n}-{p}",
                    scheme=dice.choice(("balance", "balance", "balance", "ban")),
                    area_mu=D(dice.randint(1, 9_000_000)) / 1000,
                    season_of_use=dice.choice(SEASONS[:3] * 4 + SEASONS),
                    usable_area_mu=dice.choice((None, None, D("0.500"))),
                    degradation=dice.choice((None, "1", "2", "3", "4")),
                    grassland_class=dice.choice((*"12323232323", "9", None)),
                    grazing_days=dice.choice((None, None, None, 120)),
                )  # fmt: skip
            )
        if parcels and dice.random() < 0.4:
            weights = [(dice.randint(140, 260), dice.randint(40, 99)) for _ in range(3)]
            a_plot(maker, f"示例自{n}", "2", weights, parcel_id=parcels[0])  # type: ignore[arg-type]
        for time in range(dice.choice((0, *[1] * 6, 2))):
            combinations = [(s, c) for s in SPECIES for c in CLASSES]
            rows = [(*each, dice.randint(0, 400)) for each in dice.sample(combinations, dice.randint(1, 9))]
            more: dict[str, Any] = {"parcel_id": dice.choice((None, *parcels)), "counted_on": date(YEAR, 6, 20 + time)}
            a_count(
                maker, household, rows, weight=D(dice.choice(("38.5", "455.5"))) if heavy and n % 4 else None, **more
            )
        for item in range(dice.choice((0, 0, 1, 3))):
            given = dice.random() < 0.3
            maker.new(
                "forage_supply", household_id=household, year=YEAR, kind=dice.choice(KINDS), item_number=item + 1,
                goods_state=dice.choice(STATES), quantity_kg=D(dice.randint(0, 900_000)) / 10,
                moisture_percent=dice.choice((None, D("12.5"), D("65.0"), D("98.0"))),
                hay_coefficient=D("0.6500") if given else None, coefficient_source="示例出处" if given else None)  # fmt: skip
        for season in dice.sample(("whole_year", "warm", "cold"), dice.choice((0, 0, 1, 2))):
            by_area = dice.random() < 0.5
            maker.new(
                "capacity_approval", document_number=f"示例〔2026〕{n}", year=YEAR, household_id=household,
                season_of_use=season, basis="current_year", approving_body="示例", approved_on=date(YEAR, 3, 1),
                approved_su=None if by_area else D(dice.randint(0, 90_000)) / 100,
                approved_mu_per_su=D("22.6600") if by_area else None)  # fmt: skip
    maker.new(
        "capacity_approval", document_number="示例〔2024〕1", year=2024, village_code=village(0), season_of_use="whole_year",
        basis="five_year_mean", approving_body="示例", approved_on=date(2024, 3, 1), valid_from=date(2024, 1, 1),
        valid_to=date(2028, 12, 31), approved_mu_per_su=D("19.3000"))  # fmt: skip
    if seed % 2:
        maker.new(
            "capacity_approval", document_number="示例〔2025〕9", year=YEAR, village_code=village(1),
            season_of_use="whole_year", basis="published", approving_body="示例", approved_on=date(YEAR, 1, 5),
            approved_su=D("1234.50"))  # fmt: skip
    maker.done()
    if accepted:
        accept(maker.workspace, every=2)


def accept(workspace: Workspace, *, every: int = 1) -> None:
    """Let the county have accepted every record of every so-many-th household."""
    database = workspace._connection
    households = [row[0] for row in workspace.read.sql("SELECT record_id FROM household ORDER BY code")][::every]
    for type_name in ("parcel", "livestock_count", "forage_supply"):
        for version_id, household in workspace.read.sql(f"SELECT version_id, household_id FROM {type_name}"):
            if household in households:
                database.execute("INSERT INTO progress (version_id, review) VALUES (?, 'accepted')", (version_id,))
    database.commit()


def workspace_of(folder: Path, role: Role = Role.STATION) -> Workspace:
    """Return an empty workspace of the township, or of its county."""
    code = TOWNSHIP if role is Role.STATION else f"{TOWNSHIP[:6]}000000"[:12]
    return Workspace.create(folder, org_code=code, org_name="示例站", role=role, author="示例员")
