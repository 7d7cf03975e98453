"""A small station with carbon records, worked out by hand in the tests; every person and reading is invented."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from balance_helpers import Maker, a_plot, a_scheme, line_of

from station_app.domain.registry import Role
from station_app.storage.workspace import Workspace

YEAR = 2026
TOWNSHIP = "152522200"
VILLAGES = {f"{TOWNSHIP}201": "示例一嘎查", f"{TOWNSHIP}202": "示例二嘎查"}
FIRST, SECOND = VILLAGES

CARBON: dict[str, Any] = {
    "ipcc_edition": "2019", "gwp_set": "ar6@1", "climate": "cool_temperate_dry", "soil": "HAC",
    "emission_sources": ("enteric",), "pasture_percent": Decimal(100), "dry_matter_percent": Decimal(86),
    "dry_matter_source": "示例", "carbon_fraction_set": "cn-literature@1", "root_ratio_set": "maan-2014@1",
    "degradation_class_set": "proposal@1",
}  # fmt: skip
"""Root ratio 7 for class 1 (A), carbon fraction 0.45 (B): no coefficient here is in doubt."""


def a_workspace(folder: Path, role: Role = Role.STATION) -> Workspace:
    """Return an empty workspace of the example township, or of its county."""
    code = TOWNSHIP if role is Role.STATION else TOWNSHIP[:6]
    return Workspace.create(folder, org_code=code, org_name="示例站", role=role, author="示例员")


class Carbon(Maker):
    """Puts carbon records into a workspace."""

    def places(self) -> None:
        """Name the township and its villages, and choose a scheme."""
        codes = {f"{TOWNSHIP}000": "示例苏木", **VILLAGES}
        for code, name in codes.items():
            level = "township" if code.endswith("000") else "village"
            self.new("organisation", code=code, name=name, kind="administrative_unit", level=level, region_code=code)

    def scheme(self, **values: Any) -> str:
        """Choose the sets of the year."""
        return self.add(a_scheme(YEAR, **{**CARBON, **values}))

    def household(self, number: int, village: str = FIRST) -> str:
        code = f"{village}{number:04d}"
        return self.new("household", code=code, village_code=village, head_name=f"示例牧户{number}")

    def parcel(self, household: str, mu: str, village: str = FIRST, **values: Any) -> str:
        """A parcel of class 1 unless told otherwise."""
        given = {"grassland_class": "1", "scheme": "ban", **values}
        code = given.pop("code", f"P{mu}-{village[-3:]}")
        return self.new("parcel", code=code, household_id=household, village_code=village, area_mu=Decimal(mu), **given)

    def plot(self, number: str, dry_g: int, **values: Any) -> str:
        """A plot of class 1 with three quadrats of so many grams air-dry."""
        return a_plot(self, number, values.pop("grass_class", "1"), [(dry_g * 2, dry_g)] * 3, **values)

    def sample(self, number: str, parcel: str | None, soc_g: str, **values: Any) -> str:
        """A sample of one layer 0–30 cm, bulk density 1.2: 20 g/kg are 72 t C/ha."""
        layer = line_of("soil_sample", "layers")
        layers = values.pop("layers", ((0, 30, soc_g),))
        made = tuple(
            layer(top_cm=Decimal(top), bottom_cm=Decimal(bottom), soc_g_per_kg=None if soc is None else Decimal(soc),
                  bulk_density_g_per_cm3=Decimal("1.2"))
            for top, bottom, soc in layers
        )  # fmt: skip
        given = {"sampled_on": date(YEAR, 8, 20), **values}
        return self.new("soil_sample", plot_no=number, parcel_id=parcel, layers=made, **given)

    def registration(self, parcel: str, area_ha: str, baseline: str, **values: Any) -> str:
        """A registration over the year; ``baseline`` is the code of the degree of degradation."""
        stock = line_of("carbon_registration", "baseline_stock")
        given = {
            "project_number": f"示例登记{area_ha}", "monitored_from": date(YEAR, 1, 1), "monitored_to": date(YEAR, 12, 31),
            "factor_set": "IPCC 2019", "climate": "cool_temperate_dry", "soil": "HAC", "credited_elsewhere": False,
            "baseline_from_year": YEAR - 4, "baseline_to_year": YEAR - 2, **values,
        }  # fmt: skip
        return self.new(
            "carbon_registration", name="示例项目", owner="示例牧户", title_right="示例合同", parcel_id=parcel,
            area_ha=Decimal(area_ha), grass_class="1", baseline_degradation=baseline, degradation_basis="示例",
            scheme="ban", baseline_soc_t_per_ha=Decimal("30"), baseline_soc_basis="示例",
            baseline_stock=(stock(species_code="sheep", head=100),), method="示例", gwp_set="AR6", plot_numbers="示例",
            final_stock=(stock(species_code="sheep", head=50),), uncertainty_percent=Decimal(50), leakage="无",
            reversal="无", **given,
        )  # fmt: skip

    def activity(self, parcel: str, kinds: tuple[str, ...], area_ha: str, start: date, **values: Any) -> str:
        return self.new(
            "carbon_activity", parcel_id=parcel, kinds=kinds, started_on=start, area_ha=Decimal(area_ha),
            evidence_text="示例", **values)  # fmt: skip

    def count(self, household: str, heads: dict[str, int], occasion: str = "mid_year", **values: Any) -> str:
        """A count, one line a species."""
        line = line_of("livestock_count", "class_counts")
        day = date(YEAR, 6, 28) if occasion != "year_end" else date(YEAR, 12, 28)
        rows = tuple(line(species_code=s, class_code="undivided", head=n) for s, n in heads.items())
        given = {"counted_on": day, **values}
        return self.new(
            "livestock_count", household_id=household, year=YEAR, occasion=occasion, counted_by="示例员",
            class_counts=rows, **given)  # fmt: skip
