"""How a year is calculated, and results that became decisions.

A scheme names coefficient sets as ``name@edition``; that they exist is checked by the service that calculates, because
a record must stay readable where a set is not known yet. A frozen result keeps what it used, so that it can be worked
out again years later.
"""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from station_app.domain import fields as f
from station_app.domain.derived import derived
from station_app.domain.fields import PUBLIC, Share, line
from station_app.domain.problems import Problem
from station_app.domain.records._rules import dates_in_order, label, no_repeats, positive, required_when
from station_app.domain.registry import Group, Role, record, rule

EVERY_ROLE = (Role.STATION, Role.COUNTY, Role.REGION)
_SET_HELP = ("写成“名称@版本”。", "name@edition.")


@line
class SeasonPeriod:
    """How many days of the year the pastures of a season are grazed."""

    season_of_use: str = f.code("利用季节", "Season", "season_of_use", source="C: utilization_rate.csv")
    days: int = f.count("放牧天数", "Days of grazing", "天", minimum=1, maximum=366)


@line
class ClassYield:
    """A hay yield somebody decided on for a grassland class; used where no plot of the year can tell."""

    grassland_class: str = f.code("草地类", "Grassland class", "grassland_class", source="B: grassland_class")
    hay_kg_per_ha: Decimal = f.quantity("干草产量", "Hay yield", "kg/hm²", 2, maximum=100_000)
    source: str = f.text("数据来源", "Source of the yield")


@line
class GradeChoice:
    """A table of grades the overload rate is held against."""

    grade_set: str = f.text("分级系数集", "Set of grades", 80, coefficients="overload_grade", help=_SET_HELP)


@record(
    "calculation_scheme",
    "计算方案",
    "Calculation scheme",
    Group.BALANCE,
    authors=EVERY_ROLE,
    key=("county_code", "year"),
    title=("year", "name"),
    search=("name", "document_number"),
    year_field="year",
)
class CalculationScheme:
    """Which coefficient sets and settings the figures of a year are made with; nothing is chosen by the program.

    Where the county has one, it goes before the station's own. Each field names its source.
    """

    county_code: str = f.region("旗县代码", "County code", 6, share=PUBLIC)
    year: int = f.year("年度", "Year", share=PUBLIC)
    name: str = f.text("方案名称", "Name", 80, share=PUBLIC)
    document_number: str | None = f.text("依据文件", "Document", 80, share=PUBLIC)
    decided_by: str | None = f.text("决定人", "Decided by", 60)
    status: str = f.code("状态", "Status", "plan_status", default="in_force", share=PUBLIC)
    sheep_unit_set: str = f.text(
        "羊单位定义集", "Definitions of the sheep unit", 80, coefficients="sheep_unit", help=_SET_HELP
    )
    sheep_unit: str = f.text(
        "羊单位", "Sheep unit", 40, coefficients="sheep_unit#", help=("如 NYT635-2015。", "For example NYT635-2015.")
    )
    adult_set: str = f.text("成年畜系数集", "Set for adult stock", 80, coefficients="sheep_unit_adult", help=_SET_HELP)
    young_rule: str = f.code("幼畜折算办法", "How young stock counts", "young_rule", default="by_age")
    young_set: str | None = f.text(
        "幼畜系数集", "Set for young stock", 80, coefficients="sheep_unit_young", help=_SET_HELP
    )
    group_set: str | None = f.text(
        "类别对应表", "Table of stock classes and ages", 80, coefficients="young_stock_group", help=_SET_HELP
    )
    herd_share_percent: Decimal | None = f.quantity("幼畜占群体", "Young stock in the herd", "%", 2, maximum=100)
    young_coefficient: Decimal | None = f.quantity("幼畜折成年畜系数", "Young as adult", "", 4, maximum=1)
    herd_share_source: str | None = f.text("比例出处", "Source of the shares")
    occasion: str = f.code(
        "存栏时点",
        "Occasion of the stock",
        "occasion",
        source="C: BK",
        help=("6 月末存栏含当年仔畜。", "June stock holds the young of the year."),
    )
    utilization_set: str = f.text(
        "利用率系数集", "Set of utilization rates", 80, coefficients="utilization", help=_SET_HELP
    )
    range_end: str = f.code(
        "利用率取值", "End of the range", "range_end", default="lower", source="utilization_rate.csv"
    )
    degraded_set: str | None = f.text(
        "退化折减系数集", "Set for degraded grassland", 80, coefficients="degraded_utilization", help=_SET_HELP
    )
    hay_coefficient_set: str | None = f.text(
        "标准干草系数集", "Set of standard-hay coefficients", 80, coefficients="hay_coefficient", help=_SET_HELP
    )
    regrowth_set: str | None = f.text(
        "再生率系数集", "Set of regrowth rates", 80, coefficients="regrowth", help=_SET_HELP
    )
    edible_percent: Decimal | None = f.quantity(
        "可食比例",
        "Edible share",
        "%",
        2,
        maximum=100,
        source="NY/T 635-2015 as quoted",
        help=("留空按 100%。", "Empty counts as 100 %."),
    )
    edible_source: str | None = f.text("可食比例来源", "Source of the edible share")
    seasons: tuple[SeasonPeriod, ...] = f.lines("各季天数", "Days of the seasons", SeasonPeriod, required=True)
    period_days: int = f.count("平衡期天数", "Days of the balance", "天", minimum=1, maximum=366)
    seasonal_minimum: bool = f.flag(
        "取最紧季节",
        "The scarcest season limits the herd",
        source="B: NY/T 635-2015 as quoted",
        help=("否则按全年可利用牧草合计。", "Otherwise forage is summed over the year."),
    )
    basis: str = f.code("天然草原依据", "Basis of the grassland", "balance_basis", default="current_year")
    years_wanted: int = f.count(
        "平均年数", "Years of the mean", "年", default=5, minimum=1, maximum=30, source="C: 草畜平衡管理办法"
    )
    yields: tuple[ClassYield, ...] = f.lines("草地类产草量", "Yields of grassland classes", ClassYield)
    main_view: str = f.code(
        "主要口径", "Main view", "balance_view", default="natural", source="草畜平衡管理办法 art. 3"
    )
    grade_sets: tuple[GradeChoice, ...] = f.lines("超载分级", "Grades of overload", GradeChoice)
    edge_rule: str = f.code(
        "分界点归属", "Where an edge belongs", "edge_rule", default="upper", source="balance_penalty.csv"
    )
    penalty_set: str | None = f.text("处罚标准集", "Set of penalties", 80, coefficients="penalty", help=_SET_HELP)
    ipcc_edition: str | None = f.code("IPCC 版本", "IPCC edition", "ipcc_edition")
    gwp_set: str | None = f.text("GWP 系数集", "Set of warming potentials", 80, coefficients="gwp", help=_SET_HELP)
    climate: str | None = f.code("IPCC 气候区", "IPCC climate zone", "ipcc_climate")
    soil: str | None = f.code("IPCC 土类", "IPCC soil class", "ipcc_soil")
    moisture_regime: str | None = f.code("干湿", "Wet or dry", "ipcc_moisture")
    temperature_zone: str | None = f.code("温度带", "Temperature zone", "ipcc_temperature", source="IPCC 2006")
    pasture_percent: Decimal | None = f.quantity("粪尿在草场比例", "Dung and urine on pasture", "%", 2, maximum=100)
    emission_sources: tuple[str, ...] = f.many_codes(
        "计入的排放源", "Sources of emissions counted", "emission_source", source="B: IPCC 10 + 11"
    )
    yak_factor_of: str | None = f.code(
        "牦牛因子取自",
        "Yaks count with the factors of",
        "species",
        source="B: IPCC 10 + 11",
        help=("IPCC 没有牦牛，留空则不能计算牦牛。", "IPCC has no yaks; empty means they can not be computed."),
    )
    soil_depth_cm: int | None = f.count(
        "土壤碳深度",
        "Depth of soil carbon",
        "cm",
        minimum=1,
        maximum=500,
        source="B: IPCC 2.25",
        help=("留空按 30 cm，即 IPCC 方程 2.25 的深度。", "Empty: 30 cm, the depth of IPCC equation 2.25."),
    )
    dry_matter_percent: Decimal | None = f.quantity(
        "风干草含干物质",
        "Dry matter of air-dried hay",
        "%",
        2,
        maximum=100,
        source="C: carbon_factors.csv",
        help=(
            "把风干重折成烘干重；留空则风干样方不计碳。",
            "Turns air-dry into oven-dry; empty: air-dried plots do not count.",
        ),
    )
    dry_matter_source: str | None = f.text("含干物质出处", "Source of the dry matter", 200)
    carbon_fraction_set: str | None = f.text(
        "含碳率系数集", "Set of carbon fractions", 80, coefficients="carbon_fraction", help=_SET_HELP
    )
    root_ratio_set: str | None = f.text(
        "地下/地上比系数集", "Set of root ratios", 80, coefficients="root_ratio", help=_SET_HELP
    )
    degradation_class_set: str | None = f.text(
        "退化与管理类别对应",
        "Table of degradation and management",
        80,
        coefficients="degradation_class",
        help=_SET_HELP,
    )
    enteric_set: str | None = f.text(
        "肠道甲烷因子集",
        "Set of enteric factors",
        80,
        coefficients="enteric",
        help=("留空即用所选 IPCC 版本的。", "Empty: that of the IPCC edition."),
    )
    valid_from: date | None = f.day("启用日期", "Valid from", future=True)
    valid_to: date | None = f.day("停用日期", "Valid to", future=True)
    attachments: tuple[str, ...] = f.files(share=Share.STATION)
    note: str | None = f.note()


@rule(CalculationScheme)
def scheme_is_whole(record: CalculationScheme) -> list[Problem]:
    """Each season, class and grade table once; what counts young stock is there; a typed share says where it is from."""
    by_age, by_share = record.young_rule == "by_age", record.young_rule == "herd_share"
    because = label(record, "young_rule")
    return [
        *no_repeats(record, "seasons", ("season_of_use",)),
        *no_repeats(record, "yields", ("grassland_class",)),
        *no_repeats(record, "grade_sets", ("grade_set",)),
        *required_when(by_age, record, "young_set", because),
        *required_when(by_age, record, "group_set", because),
        *required_when(by_share, record, "herd_share_percent", because),
        *required_when(by_share, record, "young_coefficient", because),
        *required_when(by_share, record, "herd_share_source", because),
        *required_when(record.edible_percent is not None, record, "edible_source", label(record, "edible_percent")),
        *required_when(
            record.dry_matter_percent is not None, record, "dry_matter_source", label(record, "dry_matter_percent")
        ),
        *positive(record, "dry_matter_percent"),
        *positive(record, "edible_percent"),
        *positive(record, "young_coefficient"),
        *(
            found
            for number, row in enumerate(record.yields, 1)
            for found in positive(row, "hay_kg_per_ha", at="yields", line=number)
        ),
        *dates_in_order(record, "valid_from", "valid_to"),
    ]


@line
class ResultValue:
    """One figure of a result. ``exact`` keeps every digit that was computed, ``value`` what is added up and shown."""

    name: str = f.text("项目", "Figure", 80)
    label: str | None = f.text("名称", "Name", 120)
    value: Decimal = f.quantity("数值", "Value", "", 6, minimum=-1_000_000_000_000)
    unit: str | None = f.text("单位", "Unit", 40)
    exact: str = f.text("精确值", "Exact value", 80)


@line
class UsedEdition:
    """A coefficient set a result used."""

    reference: str = f.text("系数集及版本", "Set and edition", 160)


@line
class ConfirmedCoefficient:
    """An unverified coefficient the person in charge confirmed for this result."""

    reference: str = f.text("系数", "Coefficient", 240)
    mark: str | None = f.text("可信度", "Mark", 10)


@record(
    "calculation_result",
    "固定的计算结果",
    "Frozen result",
    Group.BALANCE,
    authors=EVERY_ROLE,
    key=("kind", "level", "subject_id", "subject_code", "year", "occasion", "computed_on"),
    title=("kind", "subject_name", "year"),
    search=("subject_name", "subject_code", "computed_by"),
    year_field="year",
    is_final=True,
    by_act=True,
)
class CalculationResult:
    """A figure that became a decision, with the editions it used and its whole explanation as a file."""

    kind: str = f.code("结果种类", "Kind of result", "figure_kind")
    level: str = f.code("层级", "Level", "figure_level")
    subject_type: str | None = f.text("对象记录类型", "Record type of the subject", 64)
    subject_id: str | None = f.text("对象记录", "Record of the subject", 36)
    subject_code: str | None = f.text("对象代码", "Code of the subject", 40)
    subject_name: str = f.text("对象", "Subject", 120)
    year: int = f.year("年度", "Year")
    occasion: str | None = f.code("清点时点", "Occasion", "occasion")
    scheme_id: str | None = f.link("计算方案", "Calculation scheme", "calculation_scheme")
    computed_on: date = f.day("计算日期", "Computed on")
    computed_by: str = f.text("计算人", "Computed by", 60)
    values: tuple[ResultValue, ...] = f.lines("结果", "Figures", ResultValue, required=True)
    editions: tuple[UsedEdition, ...] = f.lines("所用系数集", "Coefficient sets used", UsedEdition)
    confirmed: tuple[ConfirmedCoefficient, ...] = f.lines(
        "已确认的系数", "Coefficients confirmed", ConfirmedCoefficient
    )
    confirmed_by: str | None = f.text("确认人", "Confirmed by", 60)
    explanation: tuple[str, ...] = f.files("计算过程", "Explanation")
    note: str | None = f.note()


@rule(CalculationResult)
def result_is_whole(record: CalculationResult) -> list[Problem]:
    """Each figure and coefficient once; who confirmed is named."""
    return [
        *no_repeats(record, "values", ("name",)),
        *no_repeats(record, "editions", ("reference",)),
        *no_repeats(record, "confirmed", ("reference",)),
        *required_when(bool(record.confirmed), record, "confirmed_by", label(record, "confirmed")),
    ]


_PLACES = Decimal(1).scaleb(-6)


def _shown_of_exact(record: CalculationResult, row: ResultValue) -> Decimal | None:
    try:
        return Decimal(row.exact).quantize(_PLACES, ROUND_HALF_UP)
    except InvalidOperation:
        return None


derived(
    CalculationResult,
    "values.value",
    ("values.exact",),
    ("精确值四舍五入到 6 位", "the exact value rounded half up to 6 places"),
    _shown_of_exact,
)
