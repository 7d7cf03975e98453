"""Quadrats: herb quadrats with their species, shrub quadrats with clumps by size, frequency rings, line transects.

Yields, cover areas and ratios are calculated (survey_rules.csv) and not stored.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from station_app.domain import fields as f
from station_app.domain.derived import at_least, derived, gathered, total, within_percent
from station_app.domain.fields import REGION, line
from station_app.domain.problems import Problem, Severity
from station_app.domain.record_problems import RecordProblem
from station_app.domain.records._rules import (
    dry_within_fresh,
    label,
    no_repeats,
    one_of,
    part_of,
    positive,
    required_when,
)
from station_app.domain.records.survey import PlotNew
from station_app.domain.registry import Group, record, rule

PI = Decimal("3.14159265358979323846")
_S04 = "B: survey S04"


@line
class SpeciesShare:
    """分种: one plant species of a quadrat."""

    species_name: str = f.text("植物名称", "Species", 60, source="B: survey S06;S18;BK")
    height_vegetative_cm: Decimal | None = f.quantity(
        "营养枝高", "Height of vegetative shoots", "cm", 1, soft_maximum=200, source="C: survey S06"
    )
    height_reproductive_cm: Decimal | None = f.quantity(
        "生殖枝高", "Height of flowering shoots", "cm", 1, soft_maximum=300, source="C: survey S06"
    )
    cover_percent: Decimal | None = f.quantity(
        "分种盖度",
        "Cover",
        "%",
        2,
        maximum=100,
        source="C: survey S06",
        help=("各种之和可以大于总盖度。", "Species may add to more than the total cover."),
    )
    density_per_m2: Decimal | None = f.quantity("株丛数", "Density", "株丛/m²", 1, source="C: survey S06")
    frequency_percent: Decimal | None = f.quantity("频度", "Frequency", "%", 1, maximum=100, source="C: survey S06")
    phenology: str | None = f.code("物候期", "Growth stage", "phenology", source="B: survey S06")
    vigor: str | None = f.code("生活强度", "Vigour", "vigor", source="B: survey S06")
    fresh_g: Decimal | None = f.quantity("鲜重", "Fresh weight", "g", 2, source="C: survey S06;S18")
    dry_g: Decimal | None = f.quantity("风干重", "Dry weight", "g", 2, source="C: survey S06;S18")
    edible: str | None = f.code("可食性", "Edibility", "edibility", source="C: survey S06")


@record(
    "herb_quadrat",
    "草本样方",
    "Herb quadrat",
    Group.SURVEY,
    key=("quadrat_no", "plot_id", "plot_new_id"),
    title=("quadrat_no",),
    search=("quadrat_no", "dominant"),
    year_field="surveyed_on",
)
class HerbQuadrat:
    """草本、半灌木及矮小灌木草原样方: usually 1 m², at least three to a plot; fresh weight now, air-dry weight later."""

    plot_id: str | None = f.link("样地(监测表)", "Plot (monitoring form)", "plot", source=_S04)
    plot_new_id: str | None = f.link("样地(新版)", "Plot (new form)", "plot_new")
    shrub_quadrat_id: str | None = f.link(
        "所在大样方", "Inside shrub quadrat", "shrub_quadrat", source="B: survey S04 shrub_plot.herb_quadrats"
    )
    quadrat_no: str = f.text(
        "样方编号",
        "Quadrat number",
        60,
        share=REGION,
        headings=("样方号",),
        source="A: survey S02",
        help=("样地号-两位序号，照片编号与样方编号一致。", "Plot number and two digits; photos carry the same."),
    )
    surveyed_on: date | None = f.day("调查日期", "Surveyed on")
    lon: Decimal | None = f.quantity("经度", "Longitude", "°", 6, minimum=73, maximum=136, source=_S04)
    lat: Decimal | None = f.quantity("纬度", "Latitude", "°", 6, minimum=18, maximum=54, source=_S04)
    elevation_m: Decimal | None = f.quantity(
        "海拔", "Elevation", "m", 1, minimum=-500, maximum=9000, soft_minimum=-155, soft_maximum=6500, source=_S04
    )
    quadrat_spec: str | None = f.text("样方规格", "Quadrat size", 20, source=_S04)
    area_m2: Decimal = f.quantity("样方面积", "Quadrat area", "m²", 4, default=1, maximum=400, source=_S04)
    in_ban: bool | None = f.flag("属于禁牧小区", "Inside a ban enclosure", source=_S04)
    cover_percent: Decimal = f.quantity(
        "平均盖度",
        "Mean cover",
        "%",
        1,
        maximum=100,
        share=REGION,
        headings=("盖度", "植被盖度", "总盖度"),
        source=_S04,
    )
    height_cm: Decimal = f.quantity(
        "平均高度",
        "Mean height",
        "cm",
        1,
        maximum=1000,
        soft_minimum=1,
        soft_maximum=200,
        share=REGION,
        headings=("草群高度", "高度"),
        source=_S04,
    )
    dominant: str = f.text("优势种", "Dominant species", source=_S04)
    species_count: int | None = f.count("物种数", "Species", "个", minimum=1, maximum=100, soft_maximum=60, source=_S04)
    main_species: str | None = f.text(
        "主要植物种",
        "Main species",
        500,
        source="A: survey S01",
        help=("分种表填写后可不填。", "May stay empty when species are listed below."),
    )
    toxic_count: int | None = f.count("毒害草种数", "Toxic species", "个", maximum=100, source="C: survey BK")
    toxic_species: str | None = f.text("主要毒害草名称", "Main toxic species", 500, source="C: survey BK")
    fresh_g: Decimal = f.quantity(
        "样方鲜重",
        "Fresh weight",
        "g",
        2,
        soft_maximum=3000,
        share=REGION,
        headings=("鲜重", "总鲜重", "产草量鲜重"),
        source=_S04,
    )
    dry_g: Decimal | None = f.quantity(
        "样方干重",
        "Dry weight",
        "g",
        2,
        soft_maximum=1000,
        share=REGION,
        headings=("干重", "风干重", "样方干重(风干)"),
        source=_S04,
    )
    drying_method: str | None = f.code(
        "烘干方法",
        "Drying method",
        "drying_method",
        source="A: survey S22;S21",
        help=("风干与烘干结果不能混用。", "Air-dry and oven-dry weights must not be mixed."),
    )
    edible_fresh_g: Decimal | None = f.quantity("可食部分鲜重", "Edible part, fresh", "g", 2, source="C: survey BK")
    edible_dry_g: Decimal | None = f.quantity("可食部分风干重", "Edible part, dry", "g", 2, source="C: survey BK")
    litter_fresh_g: Decimal | None = f.quantity("枯落物鲜重", "Litter, fresh", "g", 2, source=_S04)
    litter_dry_g: Decimal | None = f.quantity("枯落物干重", "Litter, dry", "g", 2, source=_S04)
    species: tuple[SpeciesShare, ...] = f.lines("分种", "Species records", SpeciesShare)
    photos: tuple[str, ...] = f.files("样方照片", "Photos", source=_S04)
    inspector: str | None = f.text("检查员", "Inspector", 60, source=_S04)
    inspected_on: date | None = f.day("检查日期", "Inspected on", source=_S04)
    note: str | None = f.note()


@rule(HerbQuadrat)
def quadrat_weights(record: HerbQuadrat) -> list[Problem]:
    """Dry within fresh, parts within the whole, a method with every dry weight, values that can not be zero."""
    return [
        *one_of(record, "plot_id", "plot_new_id"),
        *positive(record, "area_m2"),
        *positive(record, "height_cm"),
        *dry_within_fresh(record, "dry_g", "fresh_g", usual=True),
        *part_of(record, "edible_fresh_g", "fresh_g"),
        *part_of(record, "edible_dry_g", "dry_g"),
        *dry_within_fresh(record, "litter_dry_g", "litter_fresh_g"),
        *part_of(record, "toxic_count", "species_count"),
        *required_when(record.dry_g is not None, record, "drying_method", label(record, "dry_g")),
    ]


@rule(HerbQuadrat)
def quadrat_species(record: HerbQuadrat) -> list[Problem]:
    """Species are named somewhere, once each, with dry within fresh."""
    found = no_repeats(record, "species", ("species_name",))
    if not record.species and record.main_species is None:
        found.append(RecordProblem.REQUIRED.problem("main_species", label=label(record, "main_species")))
    for number, row in enumerate(record.species, 1):
        found += dry_within_fresh(row, "dry_g", "fresh_g", at="species", line=number)
    return found


def _weighed(name: str) -> Callable[[HerbQuadrat], Decimal | None]:
    """Return the weight of all species, ``None`` unless every one was weighed."""

    def work(record: HerbQuadrat) -> Decimal | None:
        weights = [getattr(row, name) for row in record.species]
        return None if not weights or None in weights else total(record.species, name)

    return work


for _weight in ("fresh_g", "dry_g"):  # within 1 % (C: asked about only)
    derived(
        HerbQuadrat,
        _weight,
        (f"species.{_weight}",),
        ("各种之和", "the sum of the species"),
        _weighed(_weight),
        agrees=within_percent(1),
        severity=Severity.WARN,
        sentence=RecordProblem.SPECIES_SUM,
    )
derived(
    HerbQuadrat,
    "species_count",
    ("species.species_name",),
    ("分种表的行数", "the species listed"),
    lambda record: len(record.species),
    agrees=at_least,
    severity=Severity.WARN,  # the list may name the main species only
)


@line
class ShrubClumps:
    """One shrub or tall herb of a big quadrat: clumps large, medium and small. Only edible parts are weighed (A)."""

    shrub_name: str = f.text("灌木(高大草本)种名", "Shrub or tall herb", 60, source=_S04)
    height_cm: Decimal = f.quantity("平均高度", "Mean height", "cm", 1, maximum=2000, source=_S04)
    big_diameter_cm: Decimal | None = f.quantity(
        "大株丛丛径", "Large clumps: diameter", "cm", 1, maximum=2000, source=_S04
    )
    big_count: int | None = f.count("大株丛株丛数", "Large clumps: count", "丛", maximum=100_000, source=_S04)
    big_fresh_g: Decimal | None = f.quantity(
        "大株丛单株鲜重", "Large clumps: fresh weight of one", "g", 2, source="A: survey S02;S04"
    )
    mid_diameter_cm: Decimal | None = f.quantity(
        "中株丛丛径", "Medium clumps: diameter", "cm", 1, maximum=2000, source=_S04
    )
    mid_count: int | None = f.count("中株丛株丛数", "Medium clumps: count", "丛", maximum=100_000, source=_S04)
    mid_fresh_g: Decimal | None = f.quantity(
        "中株丛单株鲜重", "Medium clumps: fresh weight of one", "g", 2, source="A: survey S02;S04"
    )
    small_diameter_cm: Decimal | None = f.quantity(
        "小株丛丛径", "Small clumps: diameter", "cm", 1, maximum=2000, source=_S04
    )
    small_count: int | None = f.count("小株丛株丛数", "Small clumps: count", "丛", maximum=100_000, source=_S04)
    small_fresh_g: Decimal | None = f.quantity(
        "小株丛单株鲜重", "Small clumps: fresh weight of one", "g", 2, source="A: survey S02;S04"
    )
    sample_no: str | None = f.text("样品编号", "Sample number", 40, source=_S04)
    sample_fresh_g: Decimal | None = f.quantity("样品鲜重", "Sample, fresh", "g", 2, source=_S04)
    sample_dry_g: Decimal | None = f.quantity("样品干重", "Sample, dry", "g", 2, source=_S04)


@record(
    "shrub_quadrat",
    "灌木样方",
    "Shrub quadrat",
    Group.SURVEY,
    key=("quadrat_no", "plot_id", "plot_new_id"),
    title=("quadrat_no",),
    search=("quadrat_no",),
    year_field="surveyed_on",
)
class ShrubQuadrat:
    """具有灌木及高大草本植物草原样方: usually 10 m × 10 m, with 1 m² herb quadrats inside that point back to it."""

    plot_id: str | None = f.link("样地(监测表)", "Plot (monitoring form)", "plot", source=_S04)
    plot_new_id: str | None = f.link("样地(新版)", "Plot (new form)", "plot_new")
    quadrat_no: str = f.text("大样方编号", "Quadrat number", 60, share=REGION, source="A: survey S02")
    surveyed_on: date | None = f.day("调查日期", "Surveyed on")
    lon: Decimal | None = f.quantity("经度", "Longitude", "°", 6, minimum=73, maximum=136)
    lat: Decimal | None = f.quantity("纬度", "Latitude", "°", 6, minimum=18, maximum=54)
    area_m2: Decimal = f.quantity(
        "大样方面积", "Quadrat area", "m²", 4, default=100, maximum=10_000, share=REGION, source="B: survey S04;S20"
    )
    shrubs: tuple[ShrubClumps, ...] = f.lines("灌木", "Shrubs", ShrubClumps, required=True)
    drying_method: str | None = f.code("烘干方法", "Drying method", "drying_method", source="A: survey S22;S21")
    photos: tuple[str, ...] = f.files("样方照片", "Photos")
    surveyor: str | None = f.text("调查人", "Surveyor", 120)
    note: str | None = f.note()


def shrub_area_per_100_m2(record: ShrubQuadrat) -> Decimal:
    """Return the ground the clumps cover, m² per 100 m²; numerically the cover in percent.

    Source: survey_rules K4 (A): S = Σ n·π·(d/2)²/10000, d in cm, over the quadrat's area.
    Rounding: none; callers round for display.
    """
    total = Decimal(0)
    for row in record.shrubs:
        for size in ("big", "mid", "small"):
            diameter, number = getattr(row, f"{size}_diameter_cm"), getattr(row, f"{size}_count")
            if diameter is not None and number is not None:
                total += number * PI * (diameter / 2) ** 2 / 10_000
    return total * 100 / record.area_m2


@rule(ShrubQuadrat)
def shrub_checks(record: ShrubQuadrat) -> list[Problem]:
    """Shrub area within the quadrat; each shrub once; fresh sample before dry, dry within fresh."""
    found = [
        *one_of(record, "plot_id", "plot_new_id"),
        *positive(record, "area_m2"),
        *no_repeats(record, "shrubs", ("shrub_name",)),
    ]
    if record.area_m2:
        covered = shrub_area_per_100_m2(record)
        if covered > 100:
            found.append(RecordProblem.SHRUB_AREA.problem("shrubs", value=covered.quantize(Decimal("0.01"))))
    for number, row in enumerate(record.shrubs, 1):
        if row.sample_dry_g is not None and row.sample_fresh_g is None:
            found.append(
                RecordProblem.REQUIRED_BECAUSE.problem(
                    "shrubs",
                    number,
                    label=label(row, "sample_fresh_g"),
                    because=label(row, "sample_dry_g"),
                )
            )
        found += positive(row, "sample_fresh_g", at="shrubs", line=number)
        found += dry_within_fresh(row, "sample_dry_g", "sample_fresh_g", at="shrubs", line=number)
        for size in ("big", "mid", "small"):
            counted = getattr(row, f"{size}_count")
            if counted and getattr(row, f"{size}_diameter_cm") is None:
                found.append(
                    RecordProblem.REQUIRED_BECAUSE.problem(
                        "shrubs",
                        number,
                        label=label(row, f"{size}_diameter_cm"),
                        because=label(row, f"{size}_count"),
                    )
                )
    return found


gathered(
    PlotNew,
    "quadrat_count",
    lambda record, quadrats: len(quadrats),
    rows="herb_quadrat.plot_new_id",
    parts=("quadrat_no",),
    formula=("已录入的草本样方", "the herb quadrats entered"),
    agrees=at_least,
    severity=Severity.WARN,  # quadrats are entered after their plot
)
