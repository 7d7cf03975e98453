"""Every problem a calculation can find, with its sentence: what is wrong and what to do. Codes CALC-… are stable."""

from __future__ import annotations

from enum import Enum

from station_app.domain.problems import Problem, Severity, UserError
from station_app.domain.text import Text

_E, _H, _W, _I = Severity.ERROR, Severity.HOLD, Severity.WARN, Severity.INFO


class Found(Enum):
    """One kind of problem: (code, severity, Chinese sentence, English sentence)."""

    NO_AREA = (
        "CALC-001",
        _E,
        "“{label}”为零或没有填写，无法计算。请填写大于零的面积。",
        "“{label}” is zero or missing, so nothing can be computed. Enter an area above zero.",
    )
    NO_YIELD = (
        "CALC-002",
        _E,
        "“{label}”为零或没有填写，无法计算。请填写产草量，并注明鲜重还是干草。",
        "“{label}” is zero or missing, so nothing can be computed. Enter the yield and whether it is fresh or hay.",
    )
    NO_DAYS = (
        "CALC-003",
        _E,
        "“{label}”为零或没有填写，无法计算。请填写放牧或饲养天数(1–366)。",
        "“{label}” is zero or missing, so nothing can be computed. Enter the days of grazing or feeding (1–366).",
    )
    NOT_IN_SET = (
        "CALC-004",
        _E,
        "系数集“{set}”中没有“{key}”。请核对类别，或选用含有该项的系数集。",
        "Coefficient set “{set}” has no entry “{key}”. Check the class, or choose a set that has it.",
    )
    DRY_ABOVE_FRESH = (
        "CALC-005",
        _E,
        "干重 {dry} 大于鲜重 {fresh}。请核对称重记录。",
        "Dry weight {dry} is more than fresh weight {fresh}. Check the weighing sheet.",
    )
    SHRUB_AREA = (
        "CALC-006",
        _E,
        "灌木覆盖面积折合每 100 m² 为 {value} m²，超过 100。请核对丛径(cm)、株丛数和样方面积。",
        "Shrubs cover {value} m² per 100 m², more than 100. Check clump diameters (cm), counts and quadrat area.",
    )
    NO_EDITION = (
        "CALC-007",
        _E,
        "“{label}”没有写明系数集及版本(现在是“{value}”)。请写成“名称@版本”，可选：{known}。",
        "“{label}” does not name a coefficient set with its edition (it is “{value}”). Write name@edition; known: {known}.",
    )
    UNVERIFIED_SENT = (
        "CALC-008",
        _H,
        "结果用了未核实的系数“{coefficient}”（标记 {mark}，{source}），确认之前不能上报。请对照原文核实，或由负责人确认。",
        "The result uses the unverified coefficient “{coefficient}” (mark {mark}, {source}) and must not be sent before it "
        "is confirmed. Verify it in the original text, or let the person in charge confirm it.",
    )
    TWO_SHEEP_UNITS = (
        "CALC-009",
        _E,
        "“{first}”与“{second}”的羊单位定义不同，不能放在一起计算。请改用同一标准的系数集。",
        "“{first}” and “{second}” define the sheep unit differently and can not be used together. Choose sets of one "
        "standard.",
    )
    EMPTY_COEFFICIENT = (
        "CALC-010",
        _E,
        "系数“{coefficient}”在资料中没有查到数值({source})，不能计算。请填入有出处的数值后再算。",
        "No value was found for the coefficient “{coefficient}” ({source}), so nothing can be computed. Enter a value with "
        "its source first.",
    )
    UNVERIFIED = (
        "CALC-011",
        _W,
        "系数“{coefficient}” = {value} 未核实（标记 {mark}，{source}）。上报前须核实或确认。",
        "Coefficient “{coefficient}” = {value} is unverified (mark {mark}, {source}). Verify or confirm it before sending.",
    )
    NOT_A_NUMBER = (
        "CALC-012",
        _E,
        "“{label}”应为{expected}，现在是“{value}”。请改正。",
        "“{label}” must be {expected}, not “{value}”. Correct it.",
    )
    REQUIRED = (
        "CALC-013",
        _E,
        "缺少“{label}”({name})。请补上。",
        "“{label}” ({name}) is missing. Add it.",
    )
    UNKNOWN_NAME = (
        "CALC-014",
        _E,
        "不认识“{name}”这一项。可用的有：{known}。",
        "There is no entry called “{name}”. Known: {known}.",
    )
    OUT_OF_BOUNDS = (
        "CALC-015",
        _E,
        "“{label}”{value} 不在允许范围内({limit})。请核对数值和单位。",
        "“{label}” {value} is outside what is possible ({limit}). Check the value and its unit.",
    )
    WAITING_FOR_DRY = (
        "CALC-016",
        _I,
        "{count} 个样方(共 {all} 个)还没有干重，干草产量暂不计算。称得干重后补录即可。",
        "{count} of {all} quadrats have no dry weight yet, so hay yield is not computed. Add the dry weights when weighed.",
    )
    SEASONS_DIFFER = (
        "CALC-017",
        _W,
        "用 {occasion} 的存栏与 {season} 的载畜量比较，两者时点不同：6 月末存栏含当年仔畜。请在结果旁注明。",
        "Stock of {occasion} is compared with capacity of {season}; June stock holds the young of the year. Say so beside "
        "the result.",
    )
    AT_THE_EDGE = (
        "CALC-018",
        _W,
        "“{scheme}”对 {value}% 这一分界点的归属没有写清，按“{rule}”归入“{grade}”。请核对条文。",
        "“{scheme}” leaves open where exactly {value} % belongs; by the rule “{rule}” it is “{grade}”. Check the wording.",
    )
    NO_RATE = (
        "CALC-019",
        _E,
        "方案没有“{scheme} {zone}”的补助标准。请在方案中补上，或改正地块的管理分区。",
        "The plan has no rate for “{scheme} {zone}”. Add it to the plan, or correct the parcel.",
    )
    NO_PERSONS = (
        "CALC-020",
        _E,
        "“{reference}”的封顶、保底或标准按人计算，但没有人数。请填写享受人数。",
        "“{reference}”: cap, floor or rate count persons, but their number is missing. Enter it.",
    )
    TWO_EDITIONS = (
        "CALC-021",
        _E,
        "同一次计算混用了“{first}”和“{second}”两个版本的因子。一次比较只能用一个版本。",
        "Factors of “{first}” and “{second}” are mixed in one computation. One comparison uses one edition.",
    )
    AREAS_DIFFER = (
        "CALC-022",
        _E,
        "前后两次清查的总面积不同({before} 与 {after} hm²)。两次必须覆盖同一总面积。",
        "The two inventories cover different areas ({before} and {after} ha). Both must cover the same total area.",
    )
    BEYOND_TWENTY_YEARS = (
        "CALC-023",
        _W,
        "距变化已 {years} 年，超过 {limit} 年：土壤碳已按达到平衡处理，只计 {limit} 年的变化。",
        "{years} years since the change, more than {limit}: soil carbon counts as settled, {limit} years of change are "
        "counted.",
    )
    RANGES_OVERLAP = (
        "CALC-024",
        _W,
        "“{first}”与“{second}”的不确定范围重叠，先后次序没有意义。请连同范围一起使用。",
        "The ranges of “{first}” and “{second}” overlap, so their order says nothing. Use the figures with their ranges.",
    )
    DEPTHS_DIFFER = (
        "CALC-025",
        _E,
        "土层深度不同({first} 与 {second} cm)，不能相加或比较。请统一深度。",
        "Soil depths differ ({first} and {second} cm) and can not be added or compared. Use one depth.",
    )
    NO_TARGET = (
        "CALC-026",
        _I,
        "“{name}”没有设定目标：不是零，也不算未完成。",
        "“{name}” has no target: that is not zero, and not a failure.",
    )
    TARGET_NOT_COVERED = (
        "CALC-027",
        _W,
        "“{name}”的下级目标合计 {value}，比上级目标 {parent} 差 {gap} {unit}。请分解缺口或说明。",
        "The targets below “{name}” give {value}, {gap} {unit} short of {parent}. Hand down the rest or say why.",
    )
    TOTAL_DIFFERS = (
        "CALC-028",
        _W,
        "“{label}”印为 {printed}，重新计算得 {computed}，相差 {difference}。不能复现，请核对来源，不要改成相等。",
        "“{label}” is printed as {printed} but works out as {computed}, {difference} apart. It can not be recomputed; check "
        "the source and do not force it.",
    )
    FEWER_YEARS = (
        "CALC-029",
        _W,
        "多年平均应有 {wanted} 年，只有 {given} 年。请补齐或说明。",
        "The mean should have {wanted} years and has {given}. Add the missing ones or say why.",
    )
    INPUT_ONLY_IMPROVED = (
        "CALC-030",
        _E,
        "投入因子 F_I 只用于改良草地，“{management}”不能填写投入。请删去或改正管理类别。",
        "The input factor F_I is for improved grassland only; “{management}” takes none. Remove it or correct the class.",
    )
    QUOTATIONS_CONFLICT = (
        "CALC-031",
        _E,
        "“{coefficient}”的几处转引互相矛盾({values})，未见原表前不能使用。请核对原表后填入。",
        "Quotations of “{coefficient}” contradict each other ({values}); it can not be used before the original is seen.",
    )
    MODEL_NOT_USABLE = (
        "CALC-032",
        _E,
        "“{model}”的模型不能用于这次计算：{reason}。请核对原文或改用实测。",
        "The model “{model}” can not be used here: {reason}. See the original or measure.",
    )
    DRYING_MIXED = (
        "CALC-033",
        _E,
        "样方用了不同的烘干方法({methods})，不能平均。请分开计算或重新称重。",
        "Quadrats were dried in different ways ({methods}) and can not be averaged. Compute them apart or weigh again.",
    )
    FEW_QUADRATS = (
        "CALC-034",
        _W,
        "样地只有 {count} 个样方，应不少于 3 个。请补测或说明原因。",
        "The plot has {count} quadrats, at least 3 are asked for. Add some or say why.",
    )
    NO_CAPACITY = (
        "CALC-035",
        _W,
        "载畜量为零而有牲畜 {stock} 羊单位：全部为超载，超载率没有意义，不计算。",
        "Capacity is zero with {stock} SU of stock: all of it is overload; a rate has no meaning and is not computed.",
    )
    PROPOSAL = (
        "CALC-036",
        _I,
        "“{coefficient}” = {value} 是转引或建议值(标记 {mark})，须由站或省确认。",
        "“{coefficient}” = {value} is a quoted or proposed value (mark {mark}); station or province must confirm it.",
    )
    STANDS_IN = (
        "CALC-037",
        _W,
        "没有“{label}”，按 {value} 计算并写明。查到有出处的数值后请填入。",
        "There is no “{label}”; {value} stands in and is shown. Enter a value with a source when there is one.",
    )
    NO_VERIFIED_TABLE = (
        "CALC-039",
        _E,
        "“{standard}”的分级界限尚未核实，不能据此分级。请对照原文核实后再用。",
        "The grade limits of “{standard}” are not verified, so no grade is given. Verify them in the original first.",
    )
    FOSSIL_GWP = (
        "CALC-040",
        _E,
        "牲畜甲烷不能用化石源 GWP({report})。请选用生物源数值。",
        "Livestock methane must not use the fossil value of GWP ({report}). Choose the biogenic one.",
    )
    NO_UNCERTAINTY = (
        "CALC-041",
        _W,
        "“{coefficient}”没有给出不确定性，结果的范围偏窄。",
        "“{coefficient}” comes without uncertainty, so the range of the result is too narrow.",
    )
    ONE_OF = (
        "CALC-042",
        _E,
        "“{first}”和“{second}”必须且只能填一项。请改正。",
        "Fill in one, and only one, of “{first}” and “{second}”.",
    )
    NOT_ONE_SEASON = (
        "CALC-043",
        _I,
        "既有全年草场又有分季草场：全年载畜量按全年草场与最紧季节之和计。",
        "There are whole-year and seasonal pastures: the capacity is that of the whole-year ones plus the scarcest season.",
    )
    UNDIVIDED = (
        "CALC-044",
        _W,
        "“{species}”没有分年龄，全部按成年计，羊单位偏高。请分类清点或用群体幼畜比例。",
        "“{species}” is not divided by age; all count as adult, which is too many units. Count by class or use a herd share.",
    )
    CAP_BELOW_FLOOR = (
        "CALC-045",
        _E,
        "封顶 {cap} 元低于保底 {floor} 元。请改正方案。",
        "The cap of {cap} CNY is below the floor of {floor} CNY. Correct the plan.",
    )
    ROUNDING_UNIT = (
        "CALC-046",
        _E,
        "取整单位 {value} 元不能用：最小为 0.01 元，且须是 0.01 元的整数倍。",
        "Amounts can not be rounded to {value} CNY: 0.01 CNY is the least, and it must be a multiple of that.",
    )
    SUPERSEDED = (
        "CALC-047",
        _W,
        "“{instrument}”已被取代或生效日期不明，只作历史参考。请核对现行条文。",
        "“{instrument}” is superseded or its date is unknown; it is history only. Check the law in force.",
    )
    UNKNOWN_PARENT = (
        "CALC-048",
        _E,
        "目标“{name}”的上级“{parent}”不存在或构成循环。请改正。",
        "Target “{name}” has a parent “{parent}” that does not exist or leads in a circle. Correct it.",
    )
    NOT_COMPARABLE = (
        "CALC-049",
        _W,
        "“{name}”的下级目标不能与上级比较：{reason}。",
        "The targets below “{name}” can not be compared with it: {reason}.",
    )
    NO_ACTUAL = (
        "CALC-050",
        _I,
        "“{name}”还没有实际值，不计算差距。",
        "“{name}” has no actual value yet, so no gap is computed.",
    )
    DEDUCTION_TOO_LARGE = (
        "CALC-051",
        _E,
        "“{reference}”扣减 {value} 元大于应发 {limit} 元。请核对扣减决定。",
        "“{reference}”: the deduction of {value} CNY is more than the {limit} CNY due. Check the decision.",
    )
    NO_HOLIDAYS = (
        "CALC-052",
        _W,
        "按工作日公示但没有当地节假日表，只能按周一至周五计得 {value} 天。请核对调休。",
        "The notice runs in working days but there is no list of holidays; Monday to Friday gives {value}. Check the list.",
    )
    REPEATED = (
        "CALC-053",
        _E,
        "“{value}”重复出现。每项只能填一次。",
        "“{value}” appears twice. Give each once.",
    )
    ENDS_BEFORE_START = (
        "CALC-054",
        _E,
        "“{end}”早于或等于“{start}”。请核对。",
        "“{end}” is not after “{start}”. Check both.",
    )
    GRADE_BY_ROUNDING = (
        "CALC-055",
        _I,
        "超载率精确值 {exact}% 与印出的 {value}% 落在不同等级，按印出的数值定级。",
        "The exact rate {exact} % and the printed {value} % fall in different grades; the printed one decides.",
    )
    UNREADABLE = (
        "CALC-056",
        _E,
        "文件不是可读的 JSON:{reason}。请检查第 {line} 行。",
        "The file is not readable JSON: {reason}. Look at line {line}.",
    )
    ADULTS_BY_AGE = (
        "CALC-057",
        _I,
        "“{key}”没有幼畜系数，按成年计。",
        "“{key}” has no coefficient for young stock and counts as adult.",
    )
    REVISION_WITHOUT_REASON = (
        "CALC-058",
        _E,
        "目标“{name}”的调整没有写明原因。请补上。",
        "A revision of target “{name}” gives no reason. Add it.",
    )

    NOT_GRAZING = (
        "CALC-059",
        _I,
        "{species} {head} 头不是放牧牲畜，没有计入羊单位。",
        "{head} {species} do not graze and are not counted in sheep units.",
    )

    EDITION_TAKEN = (
        "CALC-060",
        _E,
        "系数集“{reference}”已经存在且内容不同。已有版本不能修改，请另用新的版本号。",
        "Coefficient set “{reference}” exists with other contents. An edition is never changed; use a new edition.",
    )

    SOURCE_LEFT_OUT = (
        "CALC-061",
        _W,
        "{species}的“{source}”没有可用的因子，未计入，合计偏低。请核对原表后填入因子。",
        "“{source}” of {species} has no usable factor and is left out, so the total is too low. Enter the factor from the "
        "original.",
    )

    NO_RANGE = (
        "CALC-062",
        _W,
        "“{name}”只有一个样品，或没有给出不确定性，合计没有范围，不能与别处比较高低。请补样品。",
        "“{name}” rests on one sample only, or comes without uncertainty, so the total has no range and ranks nowhere. Take "
        "more samples.",
    )

    NOT_USED = (
        "CALC-063",
        _E,
        "填了“{label}”，但用不上：{reason}。请删去，或改正其他各项。",
        "“{label}” is given but can not be used: {reason}. Remove it, or correct the rest.",
    )

    ONE_NEED_PER_SEASON = (
        "CALC-064",
        _E,
        "有 {count} 个利用季节，不能共用一个需草量。请在“各季天数”中逐季填写天数或需草量。",
        "There are {count} seasons and one need for all of them. Give the days or the need of each season.",
    )

    SEASONS_ADDED = (
        "CALC-065",
        _I,
        "“全部饲草料”口径把各季的草和其他饲草料加在一起计算，没有取最紧季节；最紧季节的限制只用于“仅天然草原”。",
        "“All forage” adds up the forage of all seasons and is not limited by the scarcest one; that limit holds for “natural "
        "grassland only”.",
    )

    PARTLY_TOLD = (
        "CALC-066",
        _I,
        "“{label}”只有 {count} 项填写(共 {all} 项)，没有计算。请补齐。",
        "“{label}” is told for {count} of {all} only and is not computed. Add the rest.",
    )

    WAITING_FOR_SHRUBS = (
        "CALC-067",
        _I,
        "样地有灌木或高大草本，但没有灌木样方，总产草量暂不计算。请补录灌木样方。",
        "The plot has shrubs or tall herbs but no shrub quadrat, so the total yield is not computed. Add the shrub quadrat.",
    )

    @property
    def code(self) -> str:
        return self.value[0]

    @property
    def severity(self) -> Severity:
        return self.value[1]

    @property
    def text(self) -> Text:
        """The sentence with its placeholders."""
        return Text(self.value[2], self.value[3])


def problem(found: Found, at: str = "", /, **values: object) -> Problem:
    """Return the problem ``found``; ``at`` is the JSON pointer of the entry it stands at, for example ``/herd/2/head``."""
    last = at.rpartition("/")[2]
    numbers = [int(step) for step in at.split("/") if step.isdigit()]
    return Problem(
        found.code,
        found.severity,
        found.text.format(**values),
        last if last and not last.isdigit() else None,
        numbers[-1] + 1 if numbers else None,
        at,
    )


def refuse(found: Found, at: str = "", /, **values: object) -> UserError:
    """Return the error to raise for ``found``."""
    return refusal([problem(found, at, **values)])


def refusal(problems: list[Problem]) -> UserError:
    """Return the error to raise for problems of which the first says it best; the others follow it."""
    errors = [each for each in problems if each.severity is Severity.ERROR]
    first = (errors or problems)[0]
    return UserError(first.code, first.text, problems=tuple(problems))
