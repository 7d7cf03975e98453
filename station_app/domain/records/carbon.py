"""Carbon: registration of a parcel or project, management activities, soil samples. Facts: IPCC 2006; IPCC 10 + 11.

Changes of stock and emissions are calculated with a named factor set and are not stored here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_UP, Decimal
from typing import Any

from station_app.domain import fields as f
from station_app.domain.derived import at_most, gathered
from station_app.domain.fields import PUBLIC, REGION, Form, Weight, line
from station_app.domain.problems import Problem, Severity
from station_app.domain.record_problems import RecordProblem
from station_app.domain.records._rules import dates_in_order, label, no_repeats, part_of, positive, required_when
from station_app.domain.registry import Group, record, rule
from station_app.domain.units import MU_PER_HA

_D = Weight.DECISIVE
_REG = "C: carbon_registry_fields C12;C16;C18;BK"
_BASE = "C: carbon_registry_fields C16;BK"
_MON = "C: carbon_registry_fields C01;C02;C14;C15;BK"
_VER = "C: carbon_registry_fields C18;BK"
_SOIL = "C: survey BK"


@record(
    "carbon_activity",
    "碳汇活动",
    "Carbon activity",
    Group.CARBON,
    plural=("碳汇活动", "Carbon activities"),
    key=("parcel_id", "started_on"),
    title=("kinds", "started_on"),
    search=("evidence_text",),
    year_field="started_on",
)
class CarbonActivity:
    """What was done on a parcel that may change its carbon: ban, rest, seeding, destocking."""

    parcel_id: str = f.link("地块", "Parcel", "parcel", source=_BASE)
    registration_id: str | None = f.link("碳汇登记", "Registration", "carbon_registration")
    kinds: tuple[str, ...] = f.many_codes(
        "措施", "Measures", "carbon_measure", required=True, source="C: carbon_registry_fields C12;BK"
    )
    started_on: date = f.day("开始日期", "Started on", source="C: carbon_registry_fields C12;BK")
    ended_on: date | None = f.day("结束日期", "Ended on", future=True)
    area_ha: Decimal = f.quantity("实施面积", "Area", "hm²", 4, weight=_D, source="C: carbon_registry_fields C12;BK")
    evidence: tuple[str, ...] = f.files("证据", "Evidence", source="C: carbon_registry_fields C12;BK")
    evidence_text: str = f.text(
        "证据说明(照片、合同、巡查号)",
        "Evidence (photos, contract, inspection number)",
        500,
        source="C: carbon_registry_fields C12;BK",
    )
    inspection_id: str | None = f.link("巡查记录", "Inspection", "inspection")
    note: str | None = f.note()


@rule(CarbonActivity)
def activity_checks(record: CarbonActivity) -> list[Problem]:
    """A period in order and an area above zero; that it fits the parcel is checked across records."""
    return [*dates_in_order(record, "started_on", "ended_on"), *positive(record, "area_ha")]


@line
class SoilLayer:
    """One layer of a soil sample. Layers are summed, never averaged first."""

    top_cm: Decimal = f.quantity("层次上界", "Top", "cm", 1, maximum=500, source=_SOIL)
    bottom_cm: Decimal = f.quantity("层次下界", "Bottom", "cm", 1, maximum=500, source=_SOIL)
    soc_g_per_kg: Decimal | None = f.quantity(
        "有机碳含量",
        "Organic carbon",
        "g/kg",
        2,
        maximum=600,
        soft_minimum="0.5",
        soft_maximum=200,
        source="C: survey BK; survey_ranges soc",
    )
    om_g_per_kg: Decimal | None = f.quantity("有机质", "Organic matter", "g/kg", 2, maximum=1000, source=_SOIL)
    bulk_density_g_per_cm3: Decimal | None = f.quantity(
        "容重",
        "Bulk density",
        "g/cm³",
        3,
        maximum=3,
        soft_minimum="0.3",
        soft_maximum="2.0",
        source="C: survey BK; survey_ranges bd",
    )
    gravel_percent: Decimal | None = f.quantity("石砾比例(>2mm)", "Gravel > 2 mm", "%", 2, maximum=100, source=_SOIL)
    ring_volume_cm3: Decimal | None = f.quantity("环刀体积", "Ring volume", "cm³", 2, source=_SOIL)
    sample_no: str | None = f.text("样品编号", "Sample number", 40)


@record(
    "soil_sample",
    "土壤样品",
    "Soil sample",
    Group.CARBON,
    key=("plot_no", "sampled_on"),
    title=("plot_no", "sampled_on"),
    search=("plot_no", "report_number"),
    year_field="sampled_on",
)
class SoilSample:
    """土壤碳取样记录: layers of one profile with laboratory and report."""

    plot_no: str = f.text("样地号", "Plot number", 40, share=REGION, source=_SOIL)
    plot_id: str | None = f.link("样地(监测表)", "Plot (monitoring form)", "plot")
    parcel_id: str | None = f.link("地块", "Parcel", "parcel")
    sampled_on: date = f.day("取样日期", "Sampled on", share=REGION)
    sampled_by: str | None = f.text("取样人", "Sampled by", 60)
    lon: Decimal | None = f.quantity("经度", "Longitude", "°", 6, minimum=73, maximum=136)
    lat: Decimal | None = f.quantity("纬度", "Latitude", "°", 6, minimum=18, maximum=54)
    gravel_basis: str | None = f.code(
        "石砾比例依据",
        "Gravel by",
        "gravel_basis",
        source="A: survey_rules K16",
        help=("按体积还是按质量，须写明。", "By volume or by mass; it must be said."),
    )
    layers: tuple[SoilLayer, ...] = f.lines("土层", "Layers", SoilLayer, required=True, share=REGION)
    laboratory: str | None = f.text("化验单位", "Laboratory", source=_SOIL)
    report_number: str | None = f.text("报告号", "Report number", 80, source=_SOIL)
    method: str | None = f.text("化验方法", "Method", source=_SOIL)
    report: tuple[str, ...] = f.files("化验报告", "Report")
    note: str | None = f.note()


@rule(SoilSample)
def layer_limits(record: SoilSample) -> list[Problem]:
    """Layers go down without overlap; gravel says by what; carbon is not more than organic matter."""
    found: list[Problem] = []
    deepest = Decimal(0)
    for number, row in enumerate(record.layers, 1):
        if row.top_cm is None or row.bottom_cm is None:
            continue
        if row.top_cm >= row.bottom_cm or row.top_cm < deepest:
            found.append(RecordProblem.LAYERS.problem("layers", number))
        deepest = max(deepest, row.bottom_cm)
        found += part_of(row, "soc_g_per_kg", "om_g_per_kg", at="layers", line=number)
    gravel = any(row.gravel_percent for row in record.layers)
    because = label(SoilLayer, "gravel_percent")
    return found + required_when(gravel, record, "gravel_basis", because)


@line
class StockAtDate:
    """Animals of one species in a baseline or at the end of a monitoring period."""

    species_code: str = f.code("畜种", "Species", "species", source=_BASE)
    head: int = f.head("存栏", "Head", source=_BASE)


@line
class Sending:
    """To whom a registration was sent, and the receipt."""

    sent_to: str = f.text("报送对象", "Sent to", source=_VER)
    sent_on: date = f.day("报送日期", "Sent on", source=_VER)
    receipt_number: str | None = f.text("回执号", "Receipt number", 80, source=_VER)


@record(
    "carbon_registration",
    "碳汇登记",
    "Carbon registration",
    Group.CARBON,
    key=("project_number", "monitored_from"),
    title=("project_number", "name"),
    search=("project_number", "name", "owner"),
    year_field="monitored_to",
)
class CarbonRegistration:
    """A registered parcel or activity with baseline, one monitoring period and its verification (all C: proposed).

    Corrections are new versions of the record with their reason; that is the register's "only added to, never deleted".
    """

    project_number: str = f.text(
        "登记编号",
        "Registration number",
        40,
        share=PUBLIC,
        source=_REG,
        help=("县码-年-序号。", "County code, year, number."),
    )
    name: str = f.text("项目(活动)名称", "Name of project or activity", share=PUBLIC, source=_REG)
    owner: str = f.text("实施主体/承包户", "Owner or contractor", source=_REG)
    household_id: str | None = f.link("承包户", "Household", "household")
    title_right: str = f.text("草原权属与承包合同号", "Title and contract number", 120, source=_REG)
    parcel_id: str = f.link("地块", "Parcel", "parcel", source=_REG)
    area_ha: Decimal = f.quantity("面积", "Area", "hm²", 4, weight=_D, share=PUBLIC, source=_REG)
    grass_class: str = f.code("草地类", "Grassland class", "grassland_class", share=PUBLIC, source=_REG)
    climate: str = f.code("IPCC 气候区", "IPCC climate zone", "ipcc_climate", share=REGION, source=_REG)
    soil: str = f.code("IPCC 土类", "IPCC soil class", "ipcc_soil", share=REGION, source=_REG)
    baseline_degradation: str = f.code(
        "基线退化状态", "Degradation at baseline", "degradation", share=REGION, source=_REG
    )
    degradation_basis: str = f.text("退化判定依据", "Basis of the grade", source=_REG)
    scheme: str = f.code("补奖分区", "Award scheme", "scheme", share=REGION, source=_REG)
    credited_elsewhere: bool = f.flag(
        "已在其他机制登记", "Registered under another mechanism", share=REGION, source=_REG
    )
    credited_where: str | None = f.text("其他机制名称", "Which mechanism", share=REGION)
    baseline_from_year: int = f.year("基线期起", "Baseline from", source=_BASE)
    baseline_to_year: int = f.year("基线期止", "Baseline to", source=_BASE)
    baseline_method: str | None = f.text(
        "基线情景说明与额外性理由", "Baseline scenario and additionality", 4000, form=Form.LONG, source=_BASE
    )
    baseline_agb_t_per_ha: Decimal | None = f.quantity(
        "基线地上生物量", "Baseline above-ground biomass", "t/hm²", 4, source=_BASE
    )
    baseline_soc_t_per_ha: Decimal = f.quantity(
        "基线 SOC 0–30 cm", "Baseline soil carbon 0–30 cm", "t C/hm²", 4, source=_BASE
    )
    baseline_soc_basis: str = f.text("基线 SOC 来源", "Source of the baseline", source=_BASE)
    baseline_stock: tuple[StockAtDate, ...] = f.lines(
        "基线存栏", "Baseline livestock", StockAtDate, required=True, source=_BASE
    )
    baseline_inputs: str | None = f.text("基线化石燃料/化肥", "Baseline fuel and fertiliser", 500, source=_BASE)
    monitored_from: date = f.day("监测期起", "Monitored from", share=PUBLIC, source=_MON)
    monitored_to: date = f.day("监测期止", "Monitored to", future=True, share=PUBLIC, source=_MON)
    method: str = f.text("方法与版本", "Method and version", share=PUBLIC, source=_MON)
    factor_set: str = f.text("因子集版本号", "Factor set and edition", share=PUBLIC, source=_MON)
    gwp_set: str = f.text("GWP 版本", "GWP set", share=PUBLIC, source=_MON)
    plot_numbers: str = f.text("所用样地记录编号", "Plots used", 1000, source=_MON)
    soil_samples: str | None = f.text("土样与化验报告", "Soil samples and reports", 1000, source=_MON)
    final_stock: tuple[StockAtDate, ...] = f.lines(
        "期末存栏", "Livestock at the end", StockAtDate, required=True, source=_MON
    )
    uncertainty_percent: Decimal = f.quantity(
        "不确定性(95%)", "Uncertainty (95 %)", "%", 2, maximum=1000, share=PUBLIC, source=_MON
    )
    leakage: str = f.text("泄漏说明(牲畜转移)", "Leakage (moved livestock)", 2000, form=Form.LONG, source=_MON)
    reversal: str = f.text(
        "逆转事件(开垦、火、鼠害)", "Reversals (ploughing, fire, rodents)", 2000, form=Form.LONG, source=_MON
    )
    validator: str | None = f.text("审定/核查机构", "Validator", share=PUBLIC, source=_VER)
    validated_on: date | None = f.day("审定日期", "Validated on", share=PUBLIC, source=_VER)
    verification_result: str | None = f.text(
        "核查结论与扣减", "Result of verification", 2000, form=Form.LONG, share=PUBLIC, source=_VER
    )
    issued_t_co2e: Decimal | None = f.quantity(
        "签发/备案量", "Issued or filed", "t CO2e", 3, weight=_D, share=PUBLIC, source=_VER
    )
    share_level: str = f.code("公开级别", "Share level", "share_level", default="county", source=_VER)
    sendings: tuple[Sending, ...] = f.lines("报送", "Sendings", Sending, source=_VER)
    note: str | None = f.note()


@rule(CarbonRegistration)
def registration_checks(record: CarbonRegistration) -> list[Problem]:
    """Periods in order, area above zero, another mechanism named, species once."""
    found = [
        *positive(record, "area_ha"),
        *dates_in_order(record, "monitored_from", "monitored_to"),
        *dates_in_order(record, "baseline_from_year", "baseline_to_year"),
        *no_repeats(record, "baseline_stock", ("species_code",)),
        *no_repeats(record, "final_stock", ("species_code",)),
    ]
    elsewhere = record.credited_elsewhere is True
    found += required_when(elsewhere, record, "credited_where", label(record, "credited_elsewhere"))
    issued = record.issued_t_co2e is not None
    return found + required_when(issued, record, "validator", label(record, "issued_t_co2e"))


def _hectares(record: Any, parcels: Sequence[Any]) -> Decimal | None:
    area = parcels[0].area_mu
    return None if area is None else (Decimal(area) / MU_PER_HA).quantize(Decimal("0.0001"), ROUND_UP)


for _cls in (CarbonActivity, CarbonRegistration):
    gathered(
        _cls,
        "area_ha",
        _hectares,
        to="parcel_id",
        parts=("area_mu",),
        formula=("地块面积(亩÷15)", "the area of the parcel (mu ÷ 15)"),
        agrees=at_most,
        severity=Severity.WARN,  # measured on the ground and on the contract
    )
