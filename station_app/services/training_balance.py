"""What the Balance page of the training station stands on: schemes, herds that fit the land or do not, forage, three years.

Coefficients come from the published sets alone. Herds, readings, forage and approvals are invented and say so (示例).
"""

from __future__ import annotations

import dataclasses
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from station_app.domain.records.calculation import CalculationScheme, SeasonPeriod
from station_app.domain.registry import record_type
from station_app.services.figures.scheme import proposed_scheme
from station_app.storage.standards import load_standards

if TYPE_CHECKING:
    from station_app.services.training import Trainer

COUNTY = "152522"
BODY = "阿巴嘎旗林业和草原局(示例)"
NO_CLASS = 10  # this household's pasture has no grassland class yet: something to mend
# Land of a sheep unit as the plots of the training year give it, mu, and how full each household's land is.
_MU_PER_SU = {"2": 32, "3": 65}
_FULLNESS = ("0.82", "0.95", "1.04", "1.15", "0.90", "1.28", "1.62")
# Stock shrank and grass grew over the three years.
_STOCK = {2: Decimal("1.14"), 1: Decimal("1.06"), 0: Decimal(1)}
_GRASS = {2: Decimal("0.80"), 1: Decimal("0.92")}
EXAMPLE = "培训用示例。"


def class_of(serial: int) -> str:
    """Return the grassland class of a household's land: two in three have typical steppe."""
    return "2" if serial % 3 else "3"


def county_schemes(trainer: Trainer, year: int) -> None:
    """County: the schemes of three years from the seeds of the sets, and the standard approved for one village."""
    for each in range(year - 2, year + 1):
        proposed = proposed_scheme(load_standards(), each, COUNTY)
        scheme = dataclasses.replace(
            proposed,
            name=f"阿巴嘎旗 {each} 年计算方案(培训)",
            document_number=f"示例文号〔{each}〕3号",
            decided_by="县级示例员",
            seasons=(
                SeasonPeriod(season_of_use="whole_year", days=365),
                SeasonPeriod(season_of_use="warm", days=150),
                SeasonPeriod(season_of_use="cold", days=215),
            ),
            climate="cool_temperate_dry",
            soil="HAC",
            note="系数取自程序所带系数集的建议值，多数未核实；冷暖季天数、气候区和土类为培训用示例。",
        )
        trainer.save("calculation_scheme", **_values(scheme))


def _values(scheme: CalculationScheme) -> dict[str, Any]:
    return record_type(scheme).values(scheme)


def village_approval(trainer: Trainer, village: str, year: int) -> None:
    """County: an approved standard of one village, in force for three years (示例)."""
    trainer.save(
        "capacity_approval", document_number=f"示例核〔{year - 1}〕1号", year=year - 1, village_code=village,
        season_of_use="whole_year", approved_mu_per_su=Decimal("33.0000"), basis="five_year_mean", approving_body=BODY,
        approved_on=date(year - 1, 3, 20), valid_from=date(year - 1, 4, 1), valid_to=date(year + 2, 3, 31),
        published_on=date(year - 1, 3, 25), note=EXAMPLE,
    )  # fmt: skip


def pastures(serial: int, balance_mu: Decimal) -> list[tuple[str, Decimal, dict[str, Any]]]:
    """Return (letter, area, fields) of a household's pastures in the balance area: one, or a warm and a cold one."""
    common: dict[str, Any] = {
        "grassland_class": None if serial == NO_CLASS else class_of(serial),
        "grassland_class_9": None if serial == NO_CLASS else "A",
        "degradation": {4: "2", 13: "3", 22: "2", 31: "3"}.get(serial, "1"),
    }
    if serial % 5 == 0:
        warm = (balance_mu * Decimal("0.6")).quantize(Decimal("0.001"))
        return [
            ("B", warm, {**common, "season_of_use": "warm"}),
            ("C", balance_mu - warm, {**common, "season_of_use": "cold"}),
        ]
    usable = (balance_mu * Decimal("0.95")).quantize(Decimal("0.001")) if serial % 4 == 1 else None
    return [("B", balance_mu, {**common, "season_of_use": "whole_year", "usable_area_mu": usable})]


def herd(
    serial: int, balance_mu: Decimal, years_ago: int = 0, *, at_year_end: bool = False
) -> list[tuple[str, str, int]]:
    """Return (species, class, head) of a household: more or less what its land carries; in winter no young of the year."""
    carried = balance_mu / _MU_PER_SU[class_of(serial)]
    target = carried * Decimal(_FULLNESS[serial % len(_FULLNESS)]) * _STOCK[years_ago]
    cattle, horses, goats = 1 + int(target) // 120, 1 + serial % 3, 6 + serial % 9
    ewes = max(12, int((target - cattle * 5 - horses * 6 - goats) / Decimal("1.5")))
    rows = [
        ("sheep", "adult_female", ewes),
        ("sheep", "adult_male", 2 + serial % 5),
        ("goat", "adult_female", goats),
        ("cattle", "adult_female", cattle),
        ("horse", "undivided", horses),
    ]
    if not at_year_end:
        rows.append(("sheep", "young", ewes * 8 // 10))
    if serial % 7 == 0:
        rows.append(("camel", "undivided", 3))
    return rows


def earlier_counts(
    trainer: Trainer, households: list[tuple[str, str, int]], areas: dict[int, Decimal], year: int
) -> None:
    """Enter the mid-year counts of two years before, and last winter's."""
    line = record_type("livestock_count").by_name["class_counts"].line
    assert line is not None
    for years_ago, occasion, month, day in ((2, "mid_year", 6, 26), (1, "mid_year", 6, 27), (1, "year_end", 12, 28)):
        for household, _, serial in households:
            rows = herd(serial, areas[serial], years_ago, at_year_end=occasion == "year_end")
            trainer.save(
                "livestock_count", household_id=household, year=year - years_ago, occasion=occasion,
                counted_on=date(year - years_ago, month, day), counted_by="示例员甲、示例员乙", household_signed=True,
                class_counts=tuple(line(species_code=s, class_code=c, head=n) for s, c, n in rows))  # fmt: skip


def earlier_plots(trainer: Trainer, villages: tuple[str, ...], place: dict[str, str], year: int) -> None:
    """Enter four plots of each of the two years before: two of typical steppe, two of desert steppe."""
    for years_ago, grown in _GRASS.items():
        of = year - years_ago
        for number in range(1, 5):
            village = villages[number % len(villages)]
            plot_no, on = f"阿巴嘎{of}-{number:03d}", date(of, 8, 2 + number)
            grass_class = "2" if number <= 2 else "3"
            plot = trainer.save(
                "plot", plot_no=plot_no, surveyed_on=on, surveyor="示例员甲、示例员乙", region_name=place[village],
                region_code=village, lon=Decimal("114.70") + Decimal(number) / 50, lat=Decimal("44.70"),
                elevation_m=Decimal(1090 + number), project_has=False, grass_class=grass_class, photo_no=plot_no,
                has_shrub=False, landform="4", soil_texture="2", has_litter=True, has_sand_cover=False,
                has_erosion=False, use_mode="1", use_status="3", note="读数为培训用示例。",
            )  # fmt: skip
            for q in range(1, 4):
                whole = Decimal(168 + (number * 31 + q * 19) % 60) * (1 if grass_class == "2" else Decimal("0.55"))
                fresh = (whole * grown).quantize(Decimal("0.1"))
                trainer.save(
                    "herb_quadrat", plot_id=plot, quadrat_no=f"{plot_no}-{q:02d}", surveyed_on=on,
                    cover_percent=Decimal(34 + (number * 5 + q * 3) % 20), height_cm=Decimal(13 + (number + q) % 9),
                    dominant="克氏针茅", species_count=8 + q, main_species="克氏针茅、糙隐子草", fresh_g=fresh,
                    dry_g=(fresh * Decimal("0.36")).quantize(Decimal("0.1")), drying_method="air",
                )  # fmt: skip


def forage(trainer: Trainer, households: list[tuple[str, str, int]], year: int) -> None:
    """Enter hay cut, silage and carried-over hay; one sack of meal has neither moisture nor coefficient yet."""
    for household, _, serial in households:
        given: dict[str, Any] = {"household_id": household, "note": EXAMPLE}
        if serial % 3 == 1:
            trainer.save(
                "forage_supply", kind="natural_hay", goods_state="air_dry", moisture_percent=Decimal("14.0"), year=year,
                quantity_kg=Decimal(4000 + serial * 120), source_code="own", description="示例打草", **given)  # fmt: skip
        if serial % 6 == 0:
            trainer.save(
                "forage_supply", kind="silage", goods_state="fresh", moisture_percent=Decimal("68.0"), year=year,
                quantity_kg=Decimal(9000 + serial * 100), source_code="own", description="示例青贮", **given)  # fmt: skip
        if serial % 12 == 8:
            trainer.save(
                "forage_supply", kind="carried_over", goods_state="air_dry", moisture_percent=Decimal("13.0"), year=year,
                quantity_kg=Decimal(3000), source_code="own", description="示例上年余草", **given)  # fmt: skip
        if serial == 7:
            trainer.save(
                "forage_supply", kind="concentrate", goods_state="as_fed", quantity_kg=Decimal(1200), year=year,
                source_code="bought", description="示例精料", **given)  # fmt: skip


def household_approvals(
    trainer: Trainer, households: list[tuple[str, str, int]], areas: dict[int, Decimal], village: str, year: int
) -> None:
    """Enter the capacities approved for some households of a village (示例)."""
    for household, code, serial in households:
        if code != village or not areas[serial] or serial % 2:
            continue
        number = (areas[serial] / _MU_PER_SU[class_of(serial)]).quantize(Decimal(1))
        trainer.save(
            "capacity_approval", document_number=f"示例核{serial:02d}号", year=year, household_id=household,
            season_of_use="whole_year", area_mu=areas[serial], approved_su=number, basis="current_year",
            approving_body=BODY, approved_on=date(year, 4, 10), valid_from=date(year, 5, 1),
            valid_to=date(year + 3, 4, 30), note=EXAMPLE,
        )  # fmt: skip
