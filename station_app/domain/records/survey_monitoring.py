"""Monitoring around the plots: county cover, projects inside and outside the fence, feeding visits, green-up."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from station_app.domain import fields as f
from station_app.domain.derived import at_most, derived
from station_app.domain.fields import REGION, Form, line
from station_app.domain.periods import Period
from station_app.domain.problems import Problem, Severity
from station_app.domain.records._rules import (
    areas_within,
    dates_in_order,
    in_months,
    label,
    no_repeats,
    part_of,
    positive,
    required_when,
)
from station_app.domain.registry import Group, record, rule

_S01 = "A: survey S01"


@record(
    "cover_monitoring",
    "综合植被盖度监测",
    "Cover monitoring",
    Group.SURVEY,
    plural=("综合植被盖度监测", "Cover monitoring rows"),
    key=("plot_no", "quadrat_no", "monitored_on"),
    title=("plot_no", "quadrat_no", "monitored_on"),
    search=("plot_no", "monitor"),
    year_field="monitored_on",
)
class CoverMonitoring:
    """县草原综合植被盖度监测表: one quadrat line (three to a plot)."""

    monitored_on: date = f.day("监测日期", "Monitored on", share=REGION, source=_S01)
    grass_class: str = f.code("草原类", "Grassland class", "grassland_class", share=REGION, source=_S01)
    plot_no: str = f.text("样地号", "Plot number", 40, share=REGION, source=_S01)
    quadrat_no: str = f.text("样方号", "Quadrat number", 20, share=REGION, source=_S01)
    region_code: str | None = f.region("行政编码", "Administrative code", share=REGION)
    lon: Decimal = f.quantity("经度 E", "Longitude", "°", 6, minimum=73, maximum=136, source=_S01)
    lat: Decimal = f.quantity("纬度 N", "Latitude", "°", 6, minimum=18, maximum=54, source=_S01)
    cover_percent: Decimal = f.quantity("盖度", "Cover", "%", 1, maximum=100, share=REGION, source=_S01)
    photo_no: str = f.text("样方照片编号", "Photo number", 80, source=_S01)
    photos: tuple[str, ...] = f.files("样方照片", "Photos")
    main_species: str = f.text("主要植物种", "Main species", 500, source=_S01)
    monitor: str = f.text("监测人", "Monitored by", 120, source=_S01)
    note: str | None = f.note(source=_S01)


@rule(CoverMonitoring)
def cover_season(record: CoverMonitoring) -> list[Problem]:
    """Cover is taken at peak growth."""
    return in_months(record, "monitored_on", 7, 9)


@record(
    "project_benefit",
    "工程效益调查",
    "Project benefit survey",
    Group.SURVEY,
    key=("project_name", "year", "surveyed_on"),
    title=("project_name", "year"),
    search=("project_name",),
    year_field="year",
)
class ProjectBenefit:
    """草原保护建设工程效益调查表: means of at least three quadrats inside and outside the fence. Form not read (C)."""

    project_name: str = f.text("工程名称", "Project", source="C: survey BK")
    project_type: str = f.code("工程类型", "Type of project", "project_type", source="C: survey BK")
    year: int = f.year("实施年度", "Year of the project", source="C: survey BK")
    surveyed_on: date = f.day("调查日期", "Surveyed on")
    region_code: str | None = f.region("行政编码", "Administrative code", share=REGION)
    grass_class: str | None = f.code("草地类", "Grassland class", "grassland_class")
    area_ha: Decimal = f.quantity("工程面积", "Area of the project", "hm²", 4, source="C: survey BK")
    inside_quadrats: int = f.count(
        "工程区内样方数", "Quadrats inside", "个", maximum=99, soft_minimum=3, source="C: survey BK"
    )
    inside_cover_percent: Decimal = f.quantity("工程区内盖度", "Inside: cover", "%", 1, maximum=100)
    inside_height_cm: Decimal = f.quantity("工程区内高度", "Inside: height", "cm", 1, maximum=1000, soft_maximum=200)
    inside_fresh_g_per_m2: Decimal = f.quantity("工程区内鲜重", "Inside: fresh weight", "g/m²", 2)
    inside_dry_g_per_m2: Decimal | None = f.quantity("工程区内干重", "Inside: dry weight", "g/m²", 2)
    inside_edible_dry_g_per_m2: Decimal | None = f.quantity("工程区内可食干重", "Inside: edible dry weight", "g/m²", 2)
    inside_species: int | None = f.count("工程区内物种数", "Inside: species", "个", maximum=100)
    outside_quadrats: int = f.count("对照区样方数", "Quadrats outside", "个", maximum=99, soft_minimum=3)
    outside_cover_percent: Decimal = f.quantity("对照区盖度", "Outside: cover", "%", 1, maximum=100)
    outside_height_cm: Decimal = f.quantity("对照区高度", "Outside: height", "cm", 1, maximum=1000, soft_maximum=200)
    outside_fresh_g_per_m2: Decimal = f.quantity("对照区鲜重", "Outside: fresh weight", "g/m²", 2)
    outside_dry_g_per_m2: Decimal | None = f.quantity("对照区干重", "Outside: dry weight", "g/m²", 2)
    outside_edible_dry_g_per_m2: Decimal | None = f.quantity("对照区可食干重", "Outside: edible dry weight", "g/m²", 2)
    outside_species: int | None = f.count("对照区物种数", "Outside: species", "个", maximum=100)
    distance_m: Decimal | None = f.quantity("内外样地距离", "Distance between the plots", "m", 1, source="C: survey BK")
    surveyor: str | None = f.text("调查人", "Surveyor", 120)
    photos: tuple[str, ...] = f.files("照片", "Photos")
    note: str | None = f.note()


@rule(ProjectBenefit)
def benefit_weights(record: ProjectBenefit) -> list[Problem]:
    """Dry within fresh and edible within dry, on both sides of the fence."""
    return [
        *positive(record, "area_ha"),
        *part_of(record, "inside_dry_g_per_m2", "inside_fresh_g_per_m2"),
        *part_of(record, "inside_edible_dry_g_per_m2", "inside_dry_g_per_m2"),
        *part_of(record, "outside_dry_g_per_m2", "outside_fresh_g_per_m2"),
        *part_of(record, "outside_edible_dry_g_per_m2", "outside_dry_g_per_m2"),
    ]


@line
class FeedingStock:
    """Animals of one species at both ends of the year."""

    species_code: str = f.code("畜种", "Species", "species", source="B: survey S18;BK")
    opening: int | None = f.head("年初存栏", "Stock at start", source="B: survey S18;BK")
    closing: int | None = f.head("年末存栏", "Stock at end", source="B: survey S18;BK")
    sold: int | None = f.head("出栏数", "Sold", source="C: survey BK")


@record(
    "feeding_survey",
    "补饲入户调查",
    "Feeding survey",
    Group.SURVEY,
    key=("household_id", "year"),
    title=("year", "surveyed_on"),
    search=("surveyor",),
    year_field="year",
)
class FeedingSurvey:
    """家畜补饲情况入户调查表. The printed form was not read: topics from a list (B), columns expected (C)."""

    household_id: str = f.link("牧户", "Household", "household", source="C: survey BK")
    year: int = f.year("年度", "Year")
    surveyed_on: date = f.day("调查日期", "Surveyed on")
    persons: int | None = f.count("家庭人口", "Persons", "人", maximum=100, source="C: survey BK")
    contract_area_mu: Decimal | None = f.area_mu("承包草原面积", "Contracted area", source="C: survey S18;BK")
    ban_area_mu: Decimal | None = f.area_mu("其中禁牧面积", "of which banned", source="C: survey S18;BK")
    balance_area_mu: Decimal | None = f.area_mu("其中草畜平衡面积", "of which balance", source="C: survey S18;BK")
    hay_area_mu: Decimal | None = f.area_mu("其中打草场面积", "of which mown", source="C: survey S18;BK")
    sown_area_mu: Decimal | None = f.area_mu("人工草地面积", "Sown grass", source="B: survey S18")
    sown_yield_kg: Decimal | None = f.quantity("人工草地产量", "Yield of sown grass", "kg", 1, source="B: survey S18")
    income_livestock_yuan: Decimal | None = f.money(
        "畜牧收入", "Income from livestock", sensitive=True, source="B: survey S18"
    )
    income_award_yuan: Decimal | None = f.money(
        "补奖收入", "Income from awards", sensitive=True, source="B: survey S18"
    )
    income_other_yuan: Decimal | None = f.money("其他收入", "Other income", sensitive=True, source="B: survey S18")
    protection_techniques: str | None = f.text(
        "草原生态保护技术使用情况", "Protection techniques used", 1000, form=Form.LONG, source="B: survey S18"
    )
    stock: tuple[FeedingStock, ...] = f.lines("年初年末存栏", "Stock", FeedingStock)
    feed_from: date | None = f.day("补饲开始", "Feeding from", source="C: survey BK")
    feed_to: date | None = f.day("补饲结束", "Feeding to", future=True, source="C: survey BK")
    feed_days: int | None = f.count("补饲天数", "Days fed", "天", maximum=366, source="C: survey BK")
    feed_hay_kg: Decimal | None = f.quantity("补饲干草", "Hay fed", "kg", 1, source="C: survey S18;BK")
    feed_silage_kg: Decimal | None = f.quantity("补饲青贮", "Silage fed", "kg", 1, source="C: survey BK")
    feed_concentrate_kg: Decimal | None = f.quantity("补饲精料", "Concentrate fed", "kg", 1, source="C: survey BK")
    feed_sources: tuple[str, ...] = f.many_codes(
        "饲草料来源", "Sources of feed", "forage_source", source="C: survey BK"
    )
    feed_cost_yuan: Decimal | None = f.money("购买金额", "Cost of feed", minimum=0, source="C: survey BK")
    pests_suffered: str | None = f.text(
        "生物灾害(鼠、虫)受害", "Damage by rodents and insects", 1000, form=Form.LONG, source="B: survey S18"
    )
    respondent_signed: bool | None = f.flag("被访人签字", "Signed by the respondent", source="C: survey BK")
    signed_on: date | None = f.day("签字日期", "Signed on", source="C: survey BK")
    surveyor: str | None = f.text("调查人", "Surveyor", 120)
    note: str | None = f.note()


@rule(FeedingSurvey)
def feeding_checks(record: FeedingSurvey) -> list[Problem]:
    """Areas within the contract, periods in order, each species once."""
    return [
        *areas_within(record, ("ban_area_mu", "balance_area_mu"), "contract_area_mu"),
        *dates_in_order(record, "feed_from", "feed_to"),
        *no_repeats(record, "stock", ("species_code",)),
    ]


def _days_of_feeding(record: FeedingSurvey) -> int | None:
    first, last = record.feed_from, record.feed_to
    return None if first is None or last is None or last < first else Period(first, last).days


derived(
    FeedingSurvey,
    "feed_days",
    ("feed_from", "feed_to"),
    ("补饲开始到结束的天数", "the days from the first to the last"),
    _days_of_feeding,
    agrees=at_most,
    severity=Severity.WARN,  # told by the household from memory
)


@record(
    "greenup_observation",
    "返青观测",
    "Green-up observation",
    Group.SURVEY,
    key=("plot_no", "quadrat_no", "observed_on"),
    title=("plot_no", "quadrat_no", "observed_on"),
    search=("plot_no", "observer"),
    year_field="observed_on",
)
class GreenupObservation:
    """返青期地面观测: one quadrat (three to a plot), from early May."""

    plot_no: str = f.text("样地号", "Plot number", 40, share=REGION, source="B: survey S19")
    plot_id: str | None = f.link("样地(监测表)", "Plot (monitoring form)", "plot")
    quadrat_no: str = f.text("样方号", "Quadrat number", 20, share=REGION, source="A: survey S19")
    observed_on: date = f.day("观测日期", "Observed on", share=REGION, source="A: survey S19")
    greenup_percent: Decimal = f.quantity(
        "返青率", "Green-up rate", "%", 2, maximum=100, share=REGION, source="A: survey S19"
    )
    cover_percent: Decimal = f.quantity("植被盖度", "Cover", "%", 1, maximum=100, share=REGION, source="A: survey S19")
    height_cm: Decimal | None = f.quantity(
        "返青植株高度", "Height of green plants", "cm", 1, maximum=1000, source="C: survey BK"
    )
    against_last_year: str | None = f.code("与上年比", "Against last year", "greenup_vs_ref", source="C: survey BK")
    days_difference: int | None = f.count("相差天数", "Days of difference", "天", maximum=120, source="C: survey BK")
    photos: tuple[str, ...] = f.files("照片", "Photos", source="C: survey BK")
    observer: str | None = f.text("观测人", "Observer", 120)
    note: str | None = f.note()


@rule(GreenupObservation)
def greenup_checks(record: GreenupObservation) -> list[Problem]:
    """Observed in spring; earlier or later says by how many days."""
    moved = record.against_last_year in ("1", "3")
    return [
        *in_months(record, "observed_on", 4, 6),
        *required_when(moved, record, "days_difference", label(record, "against_last_year")),
    ]
