"""Rodents, insects and toxic plants. National control numbers were not found: nothing here judges a density."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from station_app.domain import fields as f
from station_app.domain.fields import REGION, line
from station_app.domain.problems import Problem
from station_app.domain.records._rules import no_repeats, part_of, positive
from station_app.domain.registry import Group, record, rule


@record(
    "rodent_survey",
    "鼠害调查",
    "Rodent survey",
    Group.SURVEY,
    key=("plot_no", "surveyed_on"),
    title=("plot_no", "surveyed_on"),
    search=("plot_no", "species_name"),
    year_field="surveyed_on",
)
class RodentSurvey:
    """草原鼠害调查表. Density = effective burrows / area (K14) is calculated; new mounds are for zokors."""

    plot_no: str = f.text("调查点号", "Site number", 40, share=REGION, source="C: survey BK")
    surveyed_on: date = f.day("调查日期", "Surveyed on", share=REGION)
    region_code: str | None = f.region("行政编码", "Administrative code", share=REGION)
    lon: Decimal | None = f.quantity("经度", "Longitude", "°", 6, minimum=73, maximum=136)
    lat: Decimal | None = f.quantity("纬度", "Latitude", "°", 6, minimum=18, maximum=54)
    species_name: str = f.text("优势鼠种", "Dominant rodent", 60, share=REGION, source="B: survey S14")
    area_ha: Decimal = f.quantity(
        "样方面积",
        "Quadrat area",
        "hm²",
        4,
        maximum=100,
        source="C: survey BK",
        help=("常用 0.25 或 1 hm²。", "Usually 0.25 or 1 ha."),
    )
    burrows: int | None = f.count("洞口数", "Burrows", "个", maximum=1_000_000, source="C: survey BK")
    effective_burrows: int | None = f.count(
        "有效洞口数",
        "Effective burrows",
        "个",
        maximum=1_000_000,
        source="C: survey S12;BK",
        help=("堵洞 24 小时后盗开的洞口。", "Reopened within 24 hours of plugging."),
    )
    mounds: int | None = f.count("新鼠丘数", "New mounds", "个", maximum=1_000_000, source="A: survey S13")
    bare_percent: Decimal | None = f.quantity("秃斑占比", "Bare patches", "%", 1, maximum=100, source="A: survey S13")
    harmed_area_ha: Decimal | None = f.quantity(
        "危害面积", "Area harmed", "hm²", 2, share=REGION, source="A: survey S14"
    )
    severe_area_ha: Decimal | None = f.quantity(
        "严重危害面积", "Area severely harmed", "hm²", 2, share=REGION, source="A: survey S14"
    )
    controlled_area_ha: Decimal | None = f.quantity("防治面积", "Area controlled", "hm²", 2, source="C: survey BK")
    control_method: str | None = f.text("防治方法", "Method of control", source="C: survey BK")
    control_agent: str | None = f.text("药剂", "Agent", source="C: survey BK")
    surveyor: str | None = f.text("调查人", "Surveyor", 120)
    photos: tuple[str, ...] = f.files("照片", "Photos")
    note: str | None = f.note()


@rule(RodentSurvey)
def rodent_checks(record: RodentSurvey) -> list[Problem]:
    """Area above zero; effective within all burrows; severe within harmed area."""
    return [
        *positive(record, "area_ha"),
        *part_of(record, "effective_burrows", "burrows"),
        *part_of(record, "severe_area_ha", "harmed_area_ha"),
    ]


@record(
    "insect_survey",
    "虫害调查",
    "Insect survey",
    Group.SURVEY,
    key=("plot_no", "surveyed_on"),
    title=("plot_no", "surveyed_on"),
    search=("plot_no", "species_name"),
    year_field="surveyed_on",
)
class InsectSurvey:
    """草原虫害调查表: density per m², on shrubs per standard branch."""

    plot_no: str = f.text("调查点号", "Site number", 40, share=REGION)
    surveyed_on: date = f.day("调查日期", "Surveyed on", share=REGION)
    region_code: str | None = f.region("行政编码", "Administrative code", share=REGION)
    species_name: str = f.text("优势虫种", "Dominant insect", 60, share=REGION, source="B: survey S14")
    instar: str | None = f.text("虫龄/虫态", "Instar or stage", 40, source="C: survey BK")
    quadrat_count: int | None = f.count("样方数(1m²)", "Quadrats of 1 m²", "个", maximum=1000, source="C: survey BK")
    density_per_m2: Decimal | None = f.quantity("虫口密度", "Density", "头/m²", 2, share=REGION, source="A: survey S13")
    density_per_branch: Decimal | None = f.quantity(
        "灌木虫口密度", "Density on shrubs", "头/标准枝", 2, share=REGION, source="A: survey S13"
    )
    harmed_area_ha: Decimal | None = f.quantity(
        "危害面积", "Area harmed", "hm²", 2, share=REGION, source="A: survey S14"
    )
    severe_area_ha: Decimal | None = f.quantity(
        "严重危害面积", "Area severely harmed", "hm²", 2, share=REGION, source="A: survey S14"
    )
    surveyor: str | None = f.text("调查人", "Surveyor", 120)
    photos: tuple[str, ...] = f.files("照片", "Photos")
    note: str | None = f.note()


@rule(InsectSurvey)
def insect_checks(record: InsectSurvey) -> list[Problem]:
    """Severe within harmed area."""
    return part_of(record, "severe_area_ha", "harmed_area_ha")


@line
class Poisoned:
    """Animals of one species poisoned by plants."""

    species_code: str = f.code("畜种", "Species", "species", source="C: survey BK")
    head: int = f.head("中毒数量", "Poisoned", source="C: survey BK")
    died: int | None = f.head("其中死亡", "of which died", source="C: survey BK")


@record(
    "toxic_plant_survey",
    "毒害草调查",
    "Toxic plant survey",
    Group.SURVEY,
    key=("plot_no", "species_name", "surveyed_on"),
    title=("plot_no", "species_name", "surveyed_on"),
    search=("plot_no", "species_name"),
    year_field="surveyed_on",
)
class ToxicPlantSurvey:
    """毒害草调查表: cover, area harmed, poisoned animals."""

    plot_no: str = f.text("调查点号", "Site number", 40, share=REGION)
    surveyed_on: date = f.day("调查日期", "Surveyed on", share=REGION)
    region_code: str | None = f.region("行政编码", "Administrative code", share=REGION)
    species_name: str = f.text("毒害草种", "Toxic plant", 60, share=REGION, source="B: survey S13")
    cover_percent: Decimal = f.quantity(
        "毒害草盖度", "Cover of toxic plants", "%", 1, maximum=100, share=REGION, source="A: survey S13"
    )
    harmed_area_ha: Decimal | None = f.quantity(
        "危害面积", "Area harmed", "hm²", 2, share=REGION, source="B: survey S14"
    )
    poisoned: tuple[Poisoned, ...] = f.lines("中毒牲畜", "Poisoned animals", Poisoned, source="C: survey BK")
    surveyor: str | None = f.text("调查人", "Surveyor", 120)
    photos: tuple[str, ...] = f.files("照片", "Photos")
    note: str | None = f.note()


@rule(ToxicPlantSurvey)
def toxic_checks(record: ToxicPlantSurvey) -> list[Problem]:
    """Each species once; the dead are among the poisoned."""
    found = no_repeats(record, "poisoned", ("species_code",))
    for number, row in enumerate(record.poisoned, 1):
        found += part_of(row, "died", "head", at="poisoned", line=number)
    return found
