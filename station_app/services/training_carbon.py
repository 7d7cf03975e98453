"""Carbon records of the training station: soil samples, dried plots, a few registrations with their activities.

Every reading, number and laboratory is invented and says so (示例).
"""

from __future__ import annotations

import dataclasses
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from station_app.domain.records.household import Household
from station_app.domain.records.parcel import Parcel
from station_app.domain.registry import record_type
from station_app.domain.units import mu_to_ha
from station_app.storage.reader import Filter, Query, Reader, Row

if TYPE_CHECKING:
    from station_app.services.training import Trainer

EXAMPLE = "读数为培训用示例。"
# Baseline and present degree of degradation of the registered parcels, and what was done there.
_REGISTERED = (
    ("4", "2", ("ban",), date(2023, 4, 1)),
    ("3", "1", ("ban", "rotation"), date(2022, 4, 1)),
    ("2", "2", ("reseeding", "fertiliser"), date(2024, 5, 10)),
    ("4", "4", ("ban",), date(2025, 4, 1)),
    ("3", None, ("ban",), date(2024, 4, 1)),  # nobody has assessed it yet
)
# Organic carbon (g/kg) and bulk density (g/cm³) of 0–10, 10–20 and 20–30 cm.
_PROFILES = {
    "2": (("18.4", "1.26", "14.1", "1.31", "11.0", "1.36"), ("21.0", "1.22", "15.8", "1.28", "12.2", "1.33"),
          ("16.7", "1.30", "13.0", "1.34", "9.9", "1.39"), ("19.5", "1.25", "14.9", "1.30", "11.6", "1.35")),
    "3": (("9.8", "1.38", "8.1", "1.41", "6.9", "1.44"), ("11.2", "1.36", "9.0", "1.40", "7.4", "1.43"),
          ("8.9", "1.40", "7.6", "1.42", "6.5", "1.45")),
}  # fmt: skip
# Plots for biomass beside those of the survey: class, village, dry grams of three quadrats.
_PLOTS = (
    ("2", "152522200201", ("76.4", "81.0", "69.8")),
    ("3", "152522200202", ("52.1", "47.6", "55.9")),
    ("3", "152522200204", ("58.3", "49.2", "51.7")),
)
_LAYERS = ((0, 10), (10, 20), (20, 30))


def carbon_records(trainer: Trainer, reader: Reader, year: int) -> None:
    """Enter soil samples by class, and registrations with baseline, activity and present degradation of some parcels.

    Args:
        reader: Of the same workspace, to find the parcels entered before.
    """
    parcels = reader.rows(Query(Parcel, (Filter("scheme", "eq", "ban"),), sort=(("code", False),)))
    _plots(trainer, year)
    _samples(trainer, parcels, year)
    chosen = [row for row in parcels if row.record.area_mu][3 :: max(1, len(parcels) // len(_REGISTERED) - 1)]
    for number, (row, facts) in enumerate(zip(chosen, _REGISTERED, strict=False), 1):
        _registration(trainer, reader, row, number, facts, year)


def _plots(trainer: Trainer, year: int) -> None:
    for number, (grass_class, village, weights) in enumerate(_PLOTS, 1):
        plot_no, day = f"示例碳样地-{number:02d}", date(year, 8, 14 + number)
        plot = trainer.save(
            "plot", plot_no=plot_no, surveyed_on=day, surveyor="示例员甲、示例员乙", region_name="示例地点",
            region_code=village, lon=Decimal("114.70") + Decimal(number) / 50, lat=Decimal("44.70") + Decimal(number) / 64,
            elevation_m=Decimal(1110), project_has=False, grass_class=grass_class, photo_no=plot_no, has_shrub=False,
            landform="4", soil_texture="2", has_litter=True, has_sand_cover=False, has_erosion=False, use_mode="5",
            use_status="3", note=EXAMPLE,
        )  # fmt: skip
        for q, dry in enumerate(weights, 1):
            trainer.save(
                "herb_quadrat", plot_id=plot, quadrat_no=f"{plot_no}-{q:02d}", surveyed_on=day,
                cover_percent=Decimal(40 + q), height_cm=Decimal(15 + q), dominant="羊草", species_count=9,
                main_species="羊草、克氏针茅", fresh_g=(Decimal(dry) * Decimal("2.6")).quantize(Decimal("0.1")),
                dry_g=Decimal(dry), drying_method="air", note=EXAMPLE,
            )  # fmt: skip


def _samples(trainer: Trainer, parcels: list[Row], year: int) -> None:
    layer = record_type("soil_sample").by_name["layers"].line
    assert layer is not None
    for grass_class, profiles in _PROFILES.items():
        own = [row for row in parcels if row.record.grassland_class == grass_class]
        for number, (row, readings) in enumerate(zip(own, profiles, strict=False), 1):
            layers = tuple(
                layer(
                    top_cm=Decimal(top),
                    bottom_cm=Decimal(bottom),
                    soc_g_per_kg=Decimal(readings[2 * at]),
                    bulk_density_g_per_cm3=Decimal(readings[2 * at + 1]),
                    gravel_percent=Decimal(4),
                    ring_volume_cm3=Decimal(100),
                    sample_no=f"示例土{grass_class}{number:02d}-{at + 1}",
                )
                for at, (top, bottom) in enumerate(_LAYERS)
            )
            trainer.save(
                "soil_sample", plot_no=f"示例碳{grass_class}-{number:02d}", parcel_id=row.record_id,
                sampled_on=date(year, 8, 10 + number), sampled_by="示例员甲、示例员乙", gravel_basis="mass", layers=layers,
                laboratory="示例实验室", report_number=f"示例报告{year}-{grass_class}{number:02d}", method="示例方法",
                note=EXAMPLE,
            )  # fmt: skip


def _registration(trainer: Trainer, reader: Reader, row: Row, number: int, facts: Any, year: int) -> None:
    baseline, now, kinds, started_on = facts
    parcel = row.record
    household = reader.get(Household, parcel.household_id)
    assert household is not None
    area = mu_to_ha(parcel.area_mu)
    if now is not None:
        trainer.correct(row.record_id, dataclasses.replace(parcel, degradation=now))
    stock = record_type("carbon_registration").by_name["baseline_stock"].line
    assert stock is not None
    registration = trainer.save(
        "carbon_registration", project_number=f"152522-{year}-示例{number:02d}", name=f"{parcel.name}增汇示例",
        owner=household.record.head_name, household_id=parcel.household_id,
        title_right=parcel.contract_number or "示例合同", parcel_id=row.record_id, area_ha=area,
        grass_class=parcel.grassland_class or "2", climate="cool_temperate_dry", soil="HAC",
        baseline_degradation=baseline, degradation_basis="示例：样地调查与照片", scheme=parcel.scheme,
        credited_elsewhere=False, baseline_from_year=started_on.year - 3, baseline_to_year=started_on.year - 1,
        baseline_soc_t_per_ha=Decimal("45.0000"), baseline_soc_basis="示例：登记时土样",
        baseline_stock=(stock(species_code="sheep", head=120 + 10 * number),),
        monitored_from=date(year, 1, 1), monitored_to=date(year, 12, 31),
        method="IPCC 2019 Tier 1 方程 2.25（示例）", factor_set="IPCC 2019", gwp_set="AR5",
        plot_numbers="示例碳样地", final_stock=(stock(species_code="sheep", head=80 + 5 * number),),
        uncertainty_percent=Decimal("60"), leakage="示例：未见牲畜转移", reversal="示例：无", note=EXAMPLE,
    )  # fmt: skip
    trainer.save(
        "carbon_activity", parcel_id=row.record_id, registration_id=registration, kinds=kinds, started_on=started_on,
        area_ha=area if "ban" in kinds else (area / 2).quantize(Decimal("0.0001")),
        evidence_text="示例：围栏和告示牌照片", note=EXAMPLE,
    )  # fmt: skip
