"""A small station for workbooks: two villages, households, parcels, counts, plots, a batch. Everybody is invented."""

from __future__ import annotations

import dataclasses
import os
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from station_app.domain import identifiers
from station_app.domain.codes import code_list
from station_app.domain.registry import record_type
from station_app.services.entry import Entry
from station_app.storage.workspace import Workspace

# Material of others, read in place; absent on most machines.
SHARED = Path(os.environ.get("GRASSLAND_SHARED") or Path(__file__).resolve().parents[2] / "shared") / "data"


def needed(path: Path) -> Path:
    """Return a file or folder of the published data; without it the test is skipped and says so."""
    if not path.exists():
        pytest.skip(f"published data are not here: {path} (GRASSLAND_SHARED names the folder above them)")
    return path


COUNTY, TOWN = "999999", "999999001"
VILLAGES = (TOWN + "001", TOWN + "002")
TODAY = date(2026, 8, 1)


def make(type_name: str, **values: Any) -> Any:
    return record_type(type_name).cls(**values)


def line(type_name: str, field: str, **values: Any) -> Any:
    cls = record_type(type_name).by_name[field].line
    assert cls is not None
    return cls(**values)


def fill(workspace: Workspace) -> dict[str, str]:
    """Save the station's records; return record ids by a short name."""
    entry = Entry(workspace, today=lambda: TODAY)
    ids: dict[str, str] = {}

    def save(name: str, type_name: str, /, **values: Any) -> str:
        ids[name] = entry.save(make(type_name, **values)).record_id
        return ids[name]

    for code, name, level in ((COUNTY, "示例旗", "county"), (TOWN, "示例苏木", "township"),
                              (VILLAGES[0], "示例甲嘎查", "village"), (VILLAGES[1], "示例乙嘎查", "village")):  # fmt: skip
        save(code, "organisation", code=code, name=name, kind="administrative_unit", level=level, region_code=code)
    for number in range(6):
        village = VILLAGES[number % 2]
        save(
            f"h{number}", "household", code=f"{village}{number:04d}", village_code=village, group_name="第一组",
            head_name=f"示例牧户{number}", identity_number=identifiers.invented_identity(number), persons=number + 1,
            contract_number=f"HT-{number:03d}", contract_area_mu=Decimal("1000.125") + number,
            account_holder=f"示例牧户{number}", bank_name="示例银行",
            account_number=identifiers.invented_account(number), phone=f"1990000000{number}", note="=1+1",
        )  # fmt: skip
        save(
            f"p{number}", "parcel", code=f"DK-{number}", household_id=ids[f"h{number}"], name="南草场",
            area_mu=Decimal("1000.125") + number, scheme="ban" if number % 2 else "balance",
        )  # fmt: skip
        save(
            f"c{number}", "livestock_count", household_id=ids[f"h{number}"], year=2026, occasion="mid_year",
            counted_on=date(2026, 6, 30), counted_by="示例员",
            class_counts=(
                line("livestock_count", "class_counts", species_code="sheep", class_code="adult_female", head=100 + number,
                     breeding_females=90, born=80),
                line("livestock_count", "class_counts", species_code="cattle", class_code="undivided", head=number),
            ),
        )  # fmt: skip
    save(
        "plot", "plot", plot_no="YD-001", surveyed_on=date(2026, 7, 20), surveyor="示例员", region_name="示例甲嘎查",
        region_code=VILLAGES[0], lon=Decimal("114.62"), lat=Decimal("44.61"), elevation_m=Decimal("1087"),
        project_has=False, grass_class="4", photo_no="1", has_shrub=False, landform="1", soil_texture="1",
        has_litter=True, has_sand_cover=False, has_erosion=False, use_mode="1", use_status="1",
    )  # fmt: skip
    save(
        "quadrat", "herb_quadrat", plot_id=ids["plot"], quadrat_no="YD-001-1", area_m2=Decimal(1),
        cover_percent=Decimal("45.5"), height_cm=Decimal("18.2"), dominant="示例针茅", fresh_g=Decimal("85.30"),
        species=(
            line("herb_quadrat", "species", species_name="示例针茅", fresh_g=Decimal("60.00")),
            line("herb_quadrat", "species", species_name="示例冷蒿", fresh_g=Decimal("25.30")),
        ),
    )  # fmt: skip
    batches(workspace, ids, save)
    figures(workspace, ids, save)
    return ids


def figures(workspace: Workspace, ids: dict[str, str], save: Any) -> None:
    """Choose the coefficient sets, class the parcels, and put the county's targets in with one assessment."""
    from balance_helpers import a_scheme
    from target_helpers import put_target

    fields = record_type("calculation_scheme").by_name
    choices = {name: code_list(fields[name].codes).items[0].code
               for name in ("climate", "soil", "moisture_regime", "temperature_zone")}  # fmt: skip
    entry = Entry(workspace, today=lambda: TODAY)
    entry.save(a_scheme(county_code=COUNTY, ipcc_edition="2019", gwp_set="ar5@1", carbon_fraction_set="cn-literature@1",
                        root_ratio_set="recollected@1", degradation_class_set="proposal@1",
                        emission_sources=("enteric",), **choices))  # fmt: skip
    for number in range(6):
        row = workspace.read.get("parcel", ids[f"p{number}"])
        assert row is not None
        classed = dataclasses.replace(row.record, grassland_class="1", season_of_use="whole_year", degradation="1")
        entry.save(classed, record_id=ids[f"p{number}"], reason="补填(示例)")
    above = put_target(workspace, "M-0", "12", indicator="ban_rate", unit="mu", region_code=COUNTY)
    target = put_target(workspace, "M-1", "45", region_code=TOWN)
    put_target(workspace, "M-2", "3200", indicator="ban_rate", unit="mu", region_code=TOWN, parent_id=above)
    save("assessment", "assessment", target_id=target, assessed_on=TODAY, actual_value=Decimal("42.5"), data_source="示例样地",
         causes=("weather",), cause_text="春旱(示例)", measure="示例补播", responsible="示例员", deadline_on=date(2027, 6, 30))  # fmt: skip


def batches(workspace: Workspace, ids: dict[str, str], save: Any) -> None:
    plan = save_plan(workspace)
    for number, village in enumerate(VILLAGES):
        save(
            f"b{number}", "compensation_batch", plan_id=plan, year=2026, county_code=COUNTY, village_code=village,
            batch_number=1,
        )  # fmt: skip
    for number in range(6):
        ban, area = number % 2 == 1, Decimal("1000.125") + number
        amount = (area * (Decimal("7.5") if ban else Decimal("2.5"))).quantize(Decimal("0.01"))
        save(
            f"l{number}", "compensation_line", batch_id=ids[f"b{number % 2}"], household_id=ids[f"h{number}"],
            head_name=f"示例牧户{number}", identity_number=identifiers.invented_identity(number),
            ban_area_mu=area if ban else Decimal(0), ban_rate=Decimal("7.5") if ban else None,
            ban_amount_yuan=amount if ban else Decimal(0),
            balance_area_mu=Decimal(0) if ban else area, balance_rate=None if ban else Decimal("2.5"),
            balance_amount_yuan=Decimal(0) if ban else amount, gross_yuan=amount,
            deduction_yuan=Decimal("100") if number == 3 else Decimal(0),
            deduction_reason="超载,身份证 999999199001010017" if number == 3 else None,
            deduction_document="示例文号" if number == 3 else None,
            net_yuan=amount - (100 if number == 3 else 0), state="held" if number == 5 else "eligible",
            state_reason="overload" if number == 5 else None,
            bank_name="示例银行", account_number=identifiers.invented_account(number), account_holder=f"示例牧户{number}",
            note=f"电话 1990000000{number}",
        )  # fmt: skip


def save_plan(workspace: Workspace) -> str:
    """Put the county's plan into the station as a package would bring it."""
    from station_app.storage.clock import new_record_id
    from station_app.storage.codec import to_json_fields
    from station_app.storage.versions import make_version

    plan = make(
        "compensation_plan", year=2026, county_code=COUNTY, programme="示例补奖", document_number="示例文号",
        rounding_yuan=Decimal("0.01"), notice_days=7, status="in_force",
        rates=(line("compensation_plan", "rates", scheme="ban", rate_yuan_per_mu=Decimal("7.5")),
               line("compensation_plan", "rates", scheme="balance", rate_yuan_per_mu=Decimal("2.5"))),
    )  # fmt: skip
    record_id = new_record_id()
    workspace.journal.merge([
        make_version(record_type="compensation_plan", schema_version=1, record_id=record_id, parent_ids=(),
                     hlc=workspace.journal.clock.next(), author="示例县", device="county", reason="", void=False,
                     fields=to_json_fields(plan))
    ])  # fmt: skip
    return record_id
