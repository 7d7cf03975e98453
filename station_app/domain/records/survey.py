"""Plots of the pasture survey. The old form and the new form are two record types with their own code lists.

One edition's codes are never translated into the other's: the old aspect has four exposure classes, the new ten
compass directions. Fields: survey_fields.csv (plot, plot_new).
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from station_app.domain import fields as f
from station_app.domain.fields import REGION
from station_app.domain.problems import Problem
from station_app.domain.record_problems import RecordProblem
from station_app.domain.records._rules import in_months, label, positive, required_when, sum_within
from station_app.domain.registry import Group, record, rule

YIELD_MONTHS = (7, 9)  # survey_ranges survey_month, soft (A as examples)


@record(
    "plot",
    "样地(监测表)",
    "Plot (monitoring form)",
    Group.SURVEY,
    plural=("样地(监测表)", "Plots (monitoring form)"),
    key=("plot_no", "surveyed_on"),
    title=("plot_no", "surveyed_on"),
    search=("plot_no", "surveyor", "region_name"),
    year_field="surveyed_on",
)
class Plot:
    """样地基本特征调查表: the old monitoring form. Read down to the erosion cause (A), the rest from memory (C)."""

    plot_no: str = f.text("样地号", "Plot number", 40, share=REGION, headings=("样地编号",), source="A: survey S03;S02")
    surveyed_on: date = f.day("调查日期", "Surveyed on", share=REGION, source="A: survey S01")
    surveyor: str = f.text("调查人", "Surveyor", 120, source="A: survey S01")
    region_name: str = f.text("所在行政区", "Place (province to village)", share=REGION, source="A: survey S01")
    region_code: str = f.region("行政编码", "Administrative code", share=REGION, source="A: survey S01;BK")
    parcel_id: str | None = f.link("所在地块", "Parcel", "parcel")
    lon: Decimal | None = f.quantity(
        "经度", "Longitude", "°", 6, minimum=73, maximum=136, source="C: survey_ranges lon"
    )
    lat: Decimal | None = f.quantity("纬度", "Latitude", "°", 6, minimum=18, maximum=54, source="C: survey_ranges lat")
    elevation_m: Decimal | None = f.quantity(
        "海拔",
        "Elevation",
        "m",
        1,
        minimum=-500,
        maximum=9000,
        soft_minimum=-155,
        soft_maximum=6500,
        source="C: survey_ranges elev",
    )
    project_has: bool = f.flag("有无草原保护建设工程", "Protection project present", source="A: survey S01")
    project_type: str | None = f.code("工程类型", "Type of project", "project_type", source="A: survey S01")
    project_built_on: date | None = f.day("建成时间", "Built on", source="A: survey S01")
    grass_class: str = f.code("草地类", "Grassland class", "grassland_class", share=REGION, source="A: survey S01")
    grass_type: str | None = f.text("草地型", "Grassland type", source="A: survey S01")
    photo_no: str = f.text(
        "景观照片编号",
        "Landscape photo number",
        80,
        source="A: survey S01",
        help=("样地照片号等于样地号。", "The photo number is the plot number."),
    )
    photos: tuple[str, ...] = f.files("景观照片", "Landscape photos")
    has_shrub: bool = f.flag("具有灌木和高大草本", "Shrubs or tall herbs present", source="A: survey S01")
    landform: str = f.code("地貌", "Landform", "landform_old", source="A: survey S01")
    aspect: str | None = f.code("坡向", "Aspect", "aspect_old", source="A: survey S01")
    slope_position: str | None = f.code("坡位", "Slope position", "slope_pos", source="A: survey S01")
    soil_texture: str = f.code("土壤质地", "Soil texture", "texture_old", source="A: survey S01")
    has_litter: bool = f.flag("有枯落物", "Litter present", source="A: survey S01")
    has_sand_cover: bool = f.flag("有覆沙", "Sand cover present", source="A: survey S01")
    has_erosion: bool = f.flag("有侵蚀", "Erosion present", source="A: survey S01")
    erosion_causes: tuple[str, ...] = f.many_codes(
        "侵蚀原因", "Causes of erosion", "erosion_cause", source="A: survey S01"
    )
    has_salt_patch: bool | None = f.flag("有盐碱斑", "Salt patches present", source="C: survey BK")
    bare_percent: Decimal | None = f.quantity(
        "裸地面积比例", "Bare ground", "%", 1, maximum=100, source="C: survey BK;S03"
    )
    has_seasonal_water: bool | None = f.flag("季节性积水", "Seasonal standing water", source="C: survey BK")
    surface_water: str | None = f.code("地表水种类", "Surface water", "surface_water", source="C: survey BK")
    rain_mm: Decimal | None = f.quantity(
        "年平均降水量", "Mean yearly rain", "mm", 1, maximum=2000, source="C: survey BK"
    )
    use_mode: str = f.code("利用方式", "Use", "use_mode_old", source="C: survey BK;S03")
    use_status: str = f.code("利用状况", "State of use", "use_status_old", source="C: survey BK")
    overall: str | None = f.code("综合评价", "Overall rating", "overall_old", source="C: survey BK")
    note: str | None = f.note(source="C: survey BK")


@rule(Plot)
def plot_conditions(record: Plot) -> list[Problem]:
    """What a yes asks for: type of project, cause of erosion; aspect and position only on a slope."""
    project, erosion = label(record, "project_has"), label(record, "has_erosion")
    found = [
        *required_when(record.project_has is True, record, "project_type", project),
        *required_when(record.has_erosion is True, record, "erosion_causes", erosion),
        *in_months(record, "surveyed_on", *YIELD_MONTHS),
    ]
    if record.has_erosion is False and record.erosion_causes:
        found.append(
            RecordProblem.CONTRADICTS.problem("erosion_causes", first=label(record, "erosion_causes"), second=erosion)
        )
    if record.project_has is False and record.project_type is not None:
        found.append(
            RecordProblem.CONTRADICTS.problem("project_type", first=label(record, "project_type"), second=project)
        )
    return found


@record(
    "plot_new",
    "样地(新版)",
    "Plot (new form)",
    Group.SURVEY,
    plural=("样地(新版)", "Plots (new form)"),
    key=("plot_no", "surveyed_on"),
    title=("plot_no", "surveyed_on"),
    search=("plot_no", "surveyor", "region_name"),
    year_field="surveyed_on",
)
class PlotNew:
    """样地基本信息调查表 (appendix A1): the form used with the third land survey; the whole field row was read (A)."""

    plot_no: str = f.text(
        "样地号",
        "Plot number",
        40,
        share=REGION,
        headings=("样地编号",),
        source="A: survey S03",
        help=("县代码加 3 位编号。", "County code and three digits."),
    )
    control_area_ha: Decimal | None = f.quantity(
        "样地控制面积", "Area the plot stands for", "hm²", 4, source="A: survey S03"
    )
    surveyed_on: date = f.day("调查日期", "Surveyed on", share=REGION, source="A: survey S03")
    surveyor: str = f.text("调查人", "Surveyor", 120, source="A: survey S03")
    region_name: str = f.text("样地区位", "Place (province to village)", share=REGION, source="A: survey S03")
    region_code: str | None = f.region("行政编码", "Administrative code", share=REGION)
    parcel_id: str | None = f.link("所在地块", "Parcel", "parcel")
    resource_type: str = f.code("资源类型", "Resource type", "resource_type", source="A: survey S03")
    photo_no: str | None = f.text("照片编号", "Photo number", 80, source="A: survey S03")
    photos: tuple[str, ...] = f.files("照片", "Photos")
    lon: Decimal = f.quantity(
        "样地坐标E", "Longitude", "°", 6, minimum=73, maximum=136, headings=("经度",), source="A: survey S03"
    )
    lat: Decimal = f.quantity(
        "样地坐标N", "Latitude", "°", 6, minimum=18, maximum=54, headings=("纬度",), source="A: survey S03"
    )
    elevation_m: Decimal = f.quantity(
        "海拔",
        "Elevation",
        "m",
        1,
        minimum=-500,
        maximum=9000,
        soft_minimum=-155,
        soft_maximum=6500,
        source="A: survey S03",
    )
    landform: str = f.code("地貌", "Landform", "landform_new", source="A: survey S03")
    slope_position: str | None = f.code("坡位", "Slope position", "slope_pos", source="A: survey S03")
    aspect: str = f.code("坡向", "Aspect", "aspect_new", source="A: survey S03")
    slope_deg: Decimal = f.quantity("坡度", "Slope", "°", 1, maximum=90, source="A: survey S03")
    soil_texture: str = f.code("土壤质地", "Soil texture", "texture_new", source="A: survey S03")
    soil_depth_cm: Decimal | None = f.quantity("土层厚度", "Soil depth", "cm", 1, source="A: survey S03")
    soil_type: str | None = f.text("土壤类型", "Soil type", source="A: survey S03")
    vegetation_structure: str | None = f.text("植被结构", "Vegetation structure", source="A: survey S03")
    dominant_shrub: str | None = f.text(
        "优势物种(高大草本及灌木层)", "Dominant shrubs and tall herbs", source="A: survey S03"
    )
    dominant_herb: str = f.text("优势物种(草本层)", "Dominant herbs", source="A: survey S03")
    cover_percent: Decimal = f.quantity(
        "植被盖度", "Vegetation cover", "%", 1, maximum=100, share=REGION, source="A: survey S03"
    )
    standing_dead: str | None = f.code("立枯物", "Standing dead", "amount3", source="A: survey S03")
    litter: str | None = f.code("凋落物", "Litter", "amount3", source="A: survey S03")
    grass_class: str = f.code("草原类", "Grassland class", "grassland_class_9", share=REGION, source="A: survey S03")
    grass_type: str | None = f.text("草原型", "Grassland type", source="A: survey S03")
    use_mode: str = f.code("利用方式", "Use", "use_mode_new", source="A: survey S03")
    use_intensity: str = f.code("利用强度", "Intensity of use", "use_intensity", source="A: survey S03")
    gravel_percent: Decimal | None = f.quantity(
        "砾石覆盖面积比例", "Gravel cover", "%", 1, maximum=100, source="A: survey S03"
    )
    sand_depth_cm: Decimal | None = f.quantity("覆沙厚度", "Depth of sand cover", "cm", 1, source="A: survey S03")
    salt_percent: Decimal | None = f.quantity(
        "盐碱斑面积比例", "Salt patches", "%", 1, maximum=100, source="A: survey S03"
    )
    bare_percent: Decimal | None = f.quantity(
        "裸地面积比例", "Bare ground", "%", 1, maximum=100, source="A: survey S03"
    )
    erosion_type: str = f.code("地表侵蚀类型", "Type of surface erosion", "erosion_type_new", source="A: survey S03")
    erosion_level: str | None = f.code(
        "地表侵蚀程度", "Degree of surface erosion", "erosion_level", source="A: survey S03"
    )
    rain_mm: Decimal | None = f.quantity(
        "年平均降水量", "Mean yearly rain", "mm", 1, maximum=2000, source="C: survey BK"
    )
    quadrat_count: int | None = f.count(
        "样方数", "Quadrats", "个", maximum=99, soft_minimum=3, source="A: survey_ranges quadrat_n; S18;S29"
    )
    note: str | None = f.note(source="A: survey S03")


NO_EROSION = "5"


@rule(PlotNew)
def plot_new_conditions(record: PlotNew) -> list[Problem]:
    """Gravel, salt and bare ground within 100 %; erosion has its degree; control area above zero."""
    eroded = record.erosion_type not in (None, NO_EROSION)
    kind = label(record, "erosion_type")
    found = [
        *positive(record, "control_area_ha"),
        *sum_within(record, ("gravel_percent", "salt_percent", "bare_percent"), 100),
        *required_when(eroded, record, "erosion_level", kind),
        *in_months(record, "surveyed_on", *YIELD_MONTHS),
    ]
    if record.erosion_type == NO_EROSION and record.erosion_level is not None:
        found.append(
            RecordProblem.CONTRADICTS.problem("erosion_level", first=label(record, "erosion_level"), second=kind)
        )
    return found
