"""Parcels of grassland and the papers about them: contract, responsibility statement, approved capacity."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from station_app.domain import fields as f
from station_app.domain.checks.problems import CheckProblem
from station_app.domain.derived import Number, derived, gathered, total
from station_app.domain.fields import PUBLIC, Form, Share, Weight, line
from station_app.domain.problems import Problem, Severity
from station_app.domain.record_problems import RecordProblem
from station_app.domain.records._rules import (
    areas_within,
    dates_in_order,
    label,
    no_repeats,
    one_of,
    part_of,
    positive,
    required_when,
)
from station_app.domain.records.household import Household
from station_app.domain.registry import Group, Role, record, rule

_D = Weight.DECISIVE


@record(
    "parcel",
    "地块",
    "Parcel",
    Group.REGISTER,
    key=("code",),
    title=("code", "name"),
    search=("code", "name", "contract_number"),
)
class Parcel:
    """A piece of grassland held by one household, with its scheme of the year and, if known, its outline.

    Sources: compensation_form_columns.csv and forms EXP8, EXP9; 草畜平衡管理办法 art. 11–15.
    """

    code: str = f.text("地块编码", "Parcel code", 32, headings=("地块号", "草场编号"))
    household_id: str = f.link("牧户", "Household", "household")
    name: str | None = f.text("地块名称", "Name", headings=("草原名称", "草场名称"), source="A: EXP8.3")
    village_code: str | None = f.region("坐落(嘎查村代码)", "Village code", share=PUBLIC)
    area_mu: Decimal = f.area_mu("面积", "Area", headings=("承包面积", "确权面积", "草场面积"), source="A: EXP8.4")
    usable_area_mu: Decimal | None = f.area_mu("可利用面积", "Usable area", source="草畜平衡管理办法 art. 11–15")
    area_basis: str = f.code(
        "面积依据", "Area basis", "area_basis", default="contract", source="A: compensation S01 art. 6 + 8"
    )
    tenure: str | None = f.code("经营方式", "Tenure", "tenure", source="草畜平衡管理办法 art. 11–15")
    scheme: str = f.code(
        "政策类型",
        "Scheme",
        "scheme",
        weight=_D,
        headings=("管理分区", "补奖类型"),
        source="A: compensation S01 art. 6 + 8",
    )
    zone: str | None = f.text(
        "片区",
        "Zone",
        60,
        help=("与补奖方案中的片区一致，没有分区时留空。", "As in the plan's rates; empty where there are no zones."),
    )
    season_of_use: str | None = f.code("利用季节", "Season of use", "season_of_use")
    grazing_days: int | None = f.count("放牧天数", "Grazing days", "天", maximum=366)
    land_class: str | None = f.code("土地类型", "Land class", "land_class", source="A: balance_land_class")
    grassland_class: str | None = f.code("草地类", "Grassland class", "grassland_class", source="B: grassland_class")
    grassland_class_9: str | None = f.code(
        "草原类(9 类)", "Grassland class (9 classes)", "grassland_class_9", source="C: grassland_class"
    )
    grass_type: str | None = f.text("草地型", "Grassland type")
    grade: str | None = f.text("草原等级", "Grade", 20, source="A: EXP8.4")
    degradation: str | None = f.code("退化程度", "Degradation", "degradation", source="B:")
    contract_number: str | None = f.text(
        "承包合同编号", "Contract number", 40, weight=_D, headings=("合同编号",), source="EXP9.2"
    )
    certificate_number: str | None = f.text(
        "承包经营权证号", "Certificate number", 40, weight=_D, headings=("证书编号", "草原证号"), source="EXP9.1"
    )
    contract_giver: str | None = f.text("发包方", "Contract giver", source="A: EXP8.1")
    issuer: str | None = f.text("发证机关", "Issuer", source="EXP9.13")
    issued_on: date | None = f.day("发证日期", "Issued on", source="EXP9.13")
    term_from: date | None = f.day("承包期起", "Term from", source="A: EXP8.5")
    term_to: date | None = f.day("承包期止", "Term to", future=True, source="A: EXP8.5")
    bounds_east: str | None = f.text("东至", "East bound", source="A: EXP8.3")
    bounds_south: str | None = f.text("南至", "South bound", source="A: EXP8.3")
    bounds_west: str | None = f.text("西至", "West bound", source="A: EXP8.3")
    bounds_north: str | None = f.text("北至", "North bound", source="A: EXP8.3")
    lon: Decimal | None = f.quantity("经度", "Longitude", "°", 6, minimum=73, maximum=136, source="C: survey_ranges")
    lat: Decimal | None = f.quantity("纬度", "Latitude", "°", 6, minimum=18, maximum=54, source="C: survey_ranges")
    polygon: str | None = f.text(
        "边界",
        "Outline",
        500_000,
        form=Form.LONG,
        help=("WKT 多边形，CGCS2000 经纬度。", "WKT polygon, CGCS2000 longitude and latitude."),
    )
    overlaps_forest: bool | None = f.flag(
        "同时享受退耕还林还草或公益林补偿", "Also under a forest scheme", source="C: compensation_checks C17"
    )
    valid_from: date | None = f.day("启用日期", "Valid from")
    valid_to: date | None = f.day("停用日期", "Valid to", future=True)
    attachments: tuple[str, ...] = f.files(share=Share.STATION)
    note: str | None = f.note()


@rule(Parcel)
def parcel_checks(record: Parcel) -> list[Problem]:
    """Area above zero, usable within it, periods in order."""
    return [
        *positive(record, "area_mu"),
        *part_of(record, "usable_area_mu", "area_mu"),
        *dates_in_order(record, "term_from", "term_to"),
        *dates_in_order(record, "valid_from", "valid_to"),
    ]


@line
class StockLine:
    """Animals of one species."""

    species_code: str = f.code("畜种", "Species", "species")
    head: int = f.head("数量", "Head")
    note: str | None = f.text("备注", "Note")


@record(
    "responsibility_statement",
    "责任书",
    "Responsibility statement",
    Group.REGISTER,
    key=("number",),
    title=("number", "kind"),
    search=("number", "giver_name"),
    year_field="signed_on",
    same=("household_id",),
)
class ResponsibilityStatement:
    """The signed promise to keep the ban or the balance. Content list: EXP7; who signs: compensation S01 art. 7 + S11 art. 25."""

    number: str = f.text("责任书编号", "Statement number", 40)
    household_id: str = f.link("责任人(牧户)", "Household", "household")
    kind: str = f.code("责任书类型", "Kind", "statement_kind")
    giver_kind: str = f.code(
        "签订单位类型", "Signed with", "statement_giver", source="A: compensation S01 art. 7 + S11 art. 25"
    )
    giver_name: str | None = f.text("签订单位", "Name of the signing unit")
    land_kind: str | None = f.code(
        "草原权属", "Ownership of the land", "land_ownership", source="A: compensation S01 art. 7 + S11 art. 25"
    )
    area_mu: Decimal = f.area_mu("草原面积", "Area", source="C: EXP7.1")
    ban_area_mu: Decimal | None = f.area_mu("禁牧面积", "Ban area")
    balance_area_mu: Decimal | None = f.area_mu("草畜平衡面积", "Balance area")
    land_state: str | None = f.text(
        "草原现状(四至、类型、等级)", "State of the grassland", 2000, form=Form.LONG, source="C: EXP7.1"
    )
    stock: tuple[StockLine, ...] = f.lines("现有牲畜", "Present livestock", StockLine, source="C: EXP7.2")
    approved_su: Decimal | None = f.quantity(
        "核定载畜量", "Approved capacity", "羊单位", 2, weight=_D, source="C: EXP7.3"
    )
    measures: str | None = f.text("主要措施", "Main measures", 4000, form=Form.LONG, source="A: EXP7.4")
    duties: str | None = f.text("双方责任", "Responsibilities", 4000, form=Form.LONG, source="A: EXP7.5")
    valid_from: date = f.day("有效期起", "Valid from", future=True, source="A: EXP7.6")
    valid_to: date = f.day("有效期止", "Valid to", future=True, source="A: EXP7.6")
    signed_on: date = f.day("签订日期", "Signed on")
    attachments: tuple[str, ...] = f.files("扫描件", "Scans", share=Share.STATION)
    note: str | None = f.note()


@rule(ResponsibilityStatement)
def statement_checks(record: ResponsibilityStatement) -> list[Problem]:
    """Validity in order, areas within the whole, each species once."""
    return [
        *dates_in_order(record, "valid_from", "valid_to"),
        *areas_within(record, ("ban_area_mu", "balance_area_mu"), "area_mu"),
        *no_repeats(record, "stock", ("species_code",)),
    ]


@rule(ResponsibilityStatement)
def statement_areas(record: ResponsibilityStatement) -> list[Problem]:
    """A ban statement has its ban area, a balance statement its balance area."""
    because = label(record, "kind")
    return [
        *required_when(record.kind in ("ban", "both"), record, "ban_area_mu", because),
        *required_when(record.kind in ("balance", "both"), record, "balance_area_mu", because),
    ]


@record(
    "capacity_approval",
    "载畜量核定",
    "Capacity approval",
    Group.REGISTER,
    authors=(Role.STATION, Role.COUNTY),
    key=("document_number", "household_id", "village_code", "season_of_use"),
    title=("document_number", "season_of_use"),
    search=("document_number", "approving_body"),
    year_field="year",
    same=("household_id", "village_code", "season_of_use"),
)
class CapacityApproval:
    """An approved carrying capacity of a household or a village, per season; the computed one may stand beside it.

    Sources: 内蒙古草原管理条例实施细则 art. 22–25 (six things to approve, A); compensation S10 S11.
    """

    document_number: str = f.text("核定文号", "Document number", 80)
    year: int = f.year("年度", "Year")
    household_id: str | None = f.link("牧户", "Household", "household")
    village_code: str | None = f.region("嘎查村代码", "Village code", share=PUBLIC)
    season_of_use: str = f.code("利用季节", "Season", "season_of_use", default="whole_year")
    area_mu: Decimal | None = f.area_mu("草原面积", "Grassland area")
    natural_forage_kg: Decimal | None = f.quantity(
        "天然草原产草量(干草)", "Natural forage (hay)", "kg", 1, source="A: 内蒙古草原管理条例实施细则 art. 22–25"
    )
    sown_area_mu: Decimal | None = f.area_mu(
        "人工草地和饲料地面积", "Sown grass and forage land", source="A: 内蒙古草原管理条例实施细则 art. 22–25"
    )
    sown_forage_kg: Decimal | None = f.quantity(
        "人工草地和饲料地产量(干草)", "Sown forage (hay)", "kg", 1, source="A: 内蒙古草原管理条例实施细则 art. 22–25"
    )
    other_forage_kg: Decimal | None = f.quantity(
        "其他稳定饲草料(折干草)",
        "Other steady forage (as hay)",
        "kg",
        1,
        source="A: 内蒙古草原管理条例实施细则 art. 22–25",
    )
    grazing_days: int | None = f.count("放牧天数", "Grazing days", "天", maximum=366)
    approved_su: Decimal | None = f.quantity(
        "核定载畜量", "Approved capacity", "羊单位", 2, weight=_D, headings=("载畜量",), source="A: EXP9.11; H2"
    )
    approved_mu_per_su: Decimal | None = f.quantity(
        "核定标准", "Approved standard", "亩/羊单位", 4, weight=_D, source="B: 内蒙古草原管理条例实施细则 art. 22–25"
    )
    computed_su: Decimal | None = f.quantity("计算载畜量", "Computed capacity", "羊单位", 2)
    basis: str = f.code("核定依据", "Basis", "capacity_basis", source="C: 草畜平衡管理办法")
    coefficient_set: str | None = f.text("系数集及版本", "Coefficient set and edition")
    approving_body: str = f.text("核定单位", "Approving body")
    approved_on: date = f.day("核定日期", "Approved on")
    valid_from: date | None = f.day("有效期起", "Valid from", future=True)
    valid_to: date | None = f.day("有效期止", "Valid to", future=True)
    published_on: date | None = f.day("公布日期", "Published on")
    objection_on: date | None = f.day("异议提出日期", "Objection raised on")
    review_on: date | None = f.day("复核日期", "Reviewed on")
    review_result: str | None = f.text("复核结果", "Result of the review", 1000, form=Form.LONG)
    attachments: tuple[str, ...] = f.files(share=Share.STATION)
    note: str | None = f.note()


@rule(CapacityApproval)
def approval_checks(record: CapacityApproval) -> list[Problem]:
    """Of a household or of a village; as a number or per mu; dates in order."""
    found = [
        *one_of(record, "household_id", "village_code"),
        *dates_in_order(record, "valid_from", "valid_to"),
        *dates_in_order(record, "approved_on", "published_on"),
        *dates_in_order(record, "published_on", "objection_on"),
        *dates_in_order(record, "objection_on", "review_on"),
        *positive(record, "approved_mu_per_su"),
    ]
    if record.approved_su is None and record.approved_mu_per_su is None:
        found += [RecordProblem.REQUIRED.problem("approved_su", label=label(record, "approved_su"))]
    return found


def _approved(record: CapacityApproval) -> Decimal | None:
    if record.area_mu is None or not record.approved_mu_per_su:
        return None
    return (record.area_mu / record.approved_mu_per_su).quantize(Decimal("0.01"), ROUND_HALF_UP)


def _to_a_sheep_unit(stored: Number, worked_out: Number) -> bool:
    return abs(Decimal(stored) - worked_out) <= 1


derived(
    CapacityApproval,
    "approved_su",
    ("area_mu", "approved_mu_per_su"),
    ("草原面积÷核定标准", "area ÷ approved standard"),
    _approved,
    agrees=_to_a_sheep_unit,
    severity=Severity.WARN,  # approvals are written in whole sheep units
)

gathered(
    Household,
    "contract_area_mu",
    lambda record, parcels: total(parcels, "area_mu"),
    rows="parcel.household_id",
    parts=("area_mu",),
    formula=("本户地块面积之和", "the parcels of the household"),
    severity=Severity.WARN,  # parcels are entered one after the other; what is paid is held against the contract (C11)
    check=CheckProblem.PARCELS_SUM,
)
