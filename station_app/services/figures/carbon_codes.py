"""Everything that can be wrong with a carbon figure made from records: code, how grave, what happened and what to do.

ERROR stops the figure, HOLD leaves something out until a person decides, WARN and INFO stand beside it. Codes are stable.
"""

from __future__ import annotations

from enum import Enum

from station_app.domain.problems import Problem, Severity, UserError
from station_app.domain.text import Text

_E, _H, _W, _I = Severity.ERROR, Severity.HOLD, Severity.WARN, Severity.INFO


class Found(Enum):
    """One kind of problem: (code, severity, Chinese sentence, English sentence)."""

    NO_SCHEME = (
        "CRB-001",
        _E,
        "{year} 年还没有计算方案，碳汇不能计算。请在“系数”页选定计算方案，或等县里下发。",
        "There is no calculation scheme for {year}, so no carbon is computed. Choose one on the Coefficients page, or wait "
        "for the county's.",
    )
    NOT_CHOSEN = (
        "CRB-002",
        _E,
        "计算方案没有选定“{label}”。请在计算方案中补选，或在本页上方临时选定。",
        "The scheme does not say “{label}”. Add it to the scheme, or choose it above for looking.",
    )
    UNKNOWN_LEVEL = (
        "CRB-003",
        _E,
        "没有“{value}”这一层级。可用的有：{known}。",
        "There is no level “{value}”. Known: {known}.",
    )
    UNKNOWN_LEDGER = (
        "CRB-004",
        _E,
        "没有“{value}”这本账。可用的有：{known}。储量、年变化、排放分开记，不能合计。",
        "There is no ledger “{value}”. Known: {known}. Stock, yearly change and emissions stand apart and are never added.",
    )
    UNKNOWN_SUBJECT = (
        "CRB-005",
        _E,
        "{year} 年的“{ledger}”中没有“{value}”。请刷新列表后再选。",
        "“{ledger}” of {year} has no “{value}”. Refresh the list and choose again.",
    )
    NO_FIGURE = (
        "CRB-006",
        _E,
        "“{name}”没有可以计算的“{ledger}”：{reason}",
        "“{ledger}” of “{name}” can not be computed: {reason}",
    )
    LEFT_OUT = (
        "CRB-007",
        _H,
        "{type}“{title}”有冲突或被拒收，没有计入。请先打开它处理。",
        "{type} “{title}” is in conflict or was refused and is left out. Open it and settle that first.",
    )
    NOT_ACCEPTED = (
        "CRB-008",
        _I,
        "{count} 项尚未认可，另列，不计入认可的合计。",
        "{count} are not accepted yet; they stand apart and are not in the accepted total.",
    )
    # --- stock
    NO_PLOTS = (
        "CRB-011",
        _W,
        "“{class}”在本乡镇 {year} 年没有可用的样地，{count} 块（{area} hm²）没有植被碳。请调查样地并称干重。",
        "There is no usable plot of {year} for “{class}” in the township; {count} parcels ({area} ha) have no vegetation "
        "carbon. Survey plots and weigh them dry.",
    )
    NO_SOIL = (
        "CRB-012",
        _W,
        "“{class}”在本乡镇没有可用的 0–{depth} cm 土样，{count} 块（{area} hm²）没有土壤碳。请登记土样。",
        "There is no usable soil sample of 0–{depth} cm for “{class}” in the township; {count} parcels ({area} ha) have no "
        "soil carbon. Enter samples.",
    )
    NO_CLASS = (
        "CRB-013",
        _W,
        "地块“{parcel}”没有填草地类，找不到同类的样地和土样。请补填草地类。",
        "Parcel “{parcel}” has no grassland class, so no plots or samples of its class are found. Enter the class.",
    )
    NO_AREA = (
        "CRB-014",
        _W,
        "地块“{parcel}”的面积为零。请核对面积。",
        "The area of parcel “{parcel}” is zero. Check it.",
    )
    WAITING_PLOT = (
        "CRB-015",
        _I,
        "样地“{plot}”还没有干重，没有计入均值。称得干重后补录即可。",
        "Plot “{plot}” waits for dry weights and is not in the means. Add the dry weights when weighed.",
    )
    AIR_DRY_PLOT = (
        "CRB-016",
        _W,
        "样地“{plot}”是风干重，而方案没有写风干草含干物质比例，不能折成烘干重，没有计入。请在计算方案中填写并写明出处。",
        "Plot “{plot}” was weighed air-dry and the scheme gives no dry matter of air-dried hay, so it is left out. Enter the "
        "share with its source.",
    )
    UNUSABLE_PLOT = (
        "CRB-017",
        _W,
        "样地“{plot}”不能用来算生物量：{reason}",
        "Plot “{plot}” gives no biomass: {reason}",
    )
    UNPLACED_SAMPLE = (
        "CRB-018",
        _W,
        "土样“{sample}”没有连到地块或样地，不知道属于哪一类草地，没有计入。请在土样中选地块或样地。",
        "Soil sample “{sample}” names neither parcel nor plot, so its grassland class is unknown; it is left out. Choose one.",
    )
    SHALLOW_SAMPLE = (
        "CRB-019",
        _W,
        "土样“{sample}”取到 {found} cm，没有连续取到 0–{depth} cm，没有计入：不同深度的储量不能相比。",
        "Soil sample “{sample}” covers {found} cm, not all of 0–{depth} cm, and is left out: stocks of different depth are not "
        "compared.",
    )
    INCOMPLETE_LAYER = (
        "CRB-020",
        _W,
        "土样“{sample}”第 {layer} 层缺{missing}，没有计入。请补化验结果；只有有机质的不自行折算。",
        "Soil sample “{sample}”, layer {layer}, lacks {missing} and is left out. Add the result; organic matter is not converted "
        "unasked.",
    )
    NO_ROOTS = (
        "CRB-021",
        _W,
        "“{class}”没有地下/地上比，植被碳算不了地下部分，没有计入。请选含有该类的系数集。",
        "“{class}” has no root ratio, so below-ground carbon can not be told and vegetation is left out. Choose a set that has "
        "it.",
    )
    POOLS_APART = (
        "CRB-022",
        _I,
        "植被碳有 {vegetation} hm²，土壤碳有 {soil} hm²，覆盖的面积不同，不合计。",
        "Vegetation covers {vegetation} ha and soil {soil} ha; they cover different land and are not added.",
    )
    UNPLACED_PLOT = (
        "CRB-023",
        _W,
        "样地“{plot}”没有行政编码，也没有连到地块，不知道属于哪个乡镇，没有计入。请补填。",
        "Plot “{plot}” has neither an administrative code nor a parcel, so its township is unknown; it is left out.",
    )
    BY_CLASS = (
        "CRB-024",
        _I,
        "{count} 块自己的{what}不足两个，用本乡镇同类草地的均值。",
        "{count} parcels have fewer than two {what} of their own; the mean of their class in the township stands for them.",
    )
    # --- change
    NO_REGISTRATION = (
        "CRB-031",
        _I,
        "{year} 年没有碳汇登记，不计算年变化：没有基线就没有变化。请先登记地块的基线。",
        "There is no carbon registration for {year}, so no change is computed: without a baseline there is none. Register the "
        "baseline first.",
    )
    NO_DEGRADATION = (
        "CRB-032",
        _W,
        "地块“{parcel}”没有填现在的退化程度，不能与基线比较。请核查后补填，不按“已恢复”计。",
        "Parcel “{parcel}” has no present degree of degradation to compare with the baseline. Assess and enter it; recovery is "
        "not assumed.",
    )
    TWO_REGISTRATIONS = (
        "CRB-033",
        _W,
        "地块“{parcel}”在 {year} 年有 {count} 份监测期重叠的登记，用的是最近的“{number}”。同一地块同一时期只能登记一次，请核对。",
        "Parcel “{parcel}” has {count} registrations with overlapping periods in {year}; the latest, “{number}”, is used. A "
        "parcel is registered once in a period; check.",
    )
    ELSEWHERE = (
        "CRB-034",
        _W,
        "“{number}”已在其他机制登记（{where}）。同一碳汇不能重复计，请勿再次上报。",
        "“{number}” is registered under another mechanism ({where}). The same carbon is not counted twice; do not report it "
        "again.",
    )
    ACTIVITY_TOO_LARGE = (
        "CRB-035",
        _W,
        "“{number}”的改良面积 {value} hm² 大于登记面积 {limit} hm²，不能计算。请核对活动面积。",
        "“{number}”: the improved area {value} ha is more than the registered {limit} ha, so nothing is computed. Check the "
        "activities.",
    )
    SETTLED = (
        "CRB-036",
        _I,
        "“{number}”的变化自 {start} 年起已满 {limit} 年，土壤碳按已达平衡，{year} 年不再计变化。",
        "“{number}” changed from {start} on; {limit} years have passed, soil carbon counts as settled and {year} has no change.",
    )
    NOT_BEGUN = (
        "CRB-037",
        _I,
        "“{number}”的活动自 {start} 年开始，{year} 年还不计变化。",
        "“{number}” begins in {start}; {year} has no change yet.",
    )
    OTHER_FACTORS = (
        "CRB-038",
        _I,
        "“{number}”登记时用的是“{registered}”，这里按 {used} 计算。两次比较须用同一版本。",
        "“{number}” was registered with “{registered}”; here {used} is used. A comparison uses one edition.",
    )
    AREA_DIFFERS = (
        "CRB-039",
        _W,
        "“{number}”登记 {value} hm²，大于地块“{parcel}”的 {limit} hm²。请核对面积。",
        "“{number}” registers {value} ha, more than the {limit} ha of parcel “{parcel}”. Check the area.",
    )
    PARCEL_MISSING = (
        "CRB-040",
        _W,
        "“{number}”的地块不在库里或已作废，没有计入。请改正登记。",
        "The parcel of “{number}” is not here or is void; the registration is left out. Correct it.",
    )
    NOT_IMPROVED = (
        "CRB-041",
        _I,
        "“{number}”有改良措施，但地块“{parcel}”现在仍为{now}，不按改良草地计。",
        "“{number}” has improvements, but parcel “{parcel}” is still {now} and does not count as improved grassland.",
    )
    # --- emissions
    NO_COUNT = (
        "CRB-051",
        _W,
        "没有 {year} 年的牲畜清点（6 月末或 12 月末）。请补录清点；没有清点不等于没有牲畜。",
        "There is no count of {year} (mid-year or year-end). Enter it; no count does not mean no stock.",
    )
    PARTLY_COUNTED = (
        "CRB-052",
        _W,
        "{count} 户（共 {all} 户）没有 {year} 年的清点，没有计入，合计偏低。",
        "{count} of {all} households have no count of {year} and are left out, so the total is too low.",
    )
    TWO_COUNTS = (
        "CRB-053",
        _W,
        "{count} 户同一时点有多次清点，用的是最近一次。请核对，作废多余的。",
        "{count} households have several counts of one occasion; the latest is used. Check them and void the others.",
    )
    ONE_OCCASION = (
        "CRB-054",
        _I,
        "{count} 户只有一个时点的清点，当作年均存栏；6 月末存栏含当年仔畜，年均偏高。",
        "{count} households were counted once; that stands for the yearly average. June stock holds the young of the year, so "
        "it is on the high side.",
    )
    NO_PASTURE = (
        "CRB-055",
        _I,
        "清点没有写明所在草场，排放不能分到地块。如需分到地块，请在清点中填写“所在草场”。",
        "The counts name no pasture, so emissions are not told by parcel. Enter “Pasture” in the count to have them so.",
    )
    NO_FACTOR = (
        "CRB-056",
        _W,
        "{species}没有可用的肠道甲烷因子，不能计算：{reason}",
        "{species} have no usable enteric factor, so nothing is computed: {reason}",
    )
    NOT_RUMINANT = (
        "CRB-057",
        _I,
        "{species} {head} 头不是放牧牲畜，没有计入。",
        "{head} {species} do not graze and are not counted.",
    )
    # --- comparing
    RANGES_OVERLAP = (
        "CRB-061",
        _W,
        "{all} 项中有 {count} 项的不确定范围与其他项重叠，这些项不排名次，例如“{first}”与“{second}”。请连同范围一起使用。",
        "The ranges of {count} out of {all} overlap others, for example “{first}” and “{second}”; these are not ranked. Use the "
        "figures with their ranges.",
    )
    NO_RANGE = (
        "CRB-062",
        _I,
        "有 {count} 项没有不确定范围（只有一个样品，或因子没有给出），因此各项都不排名次。",
        "{count} have no range (one sample only, or factors without one), so nothing is ranked.",
    )
    FACTORS_WITHOUT_RANGE = (
        "CRB-063",
        _W,
        "有 {count} 个系数或读数没有给出不确定性，结果的范围偏窄。逐项见“为什么”。",
        "{count} coefficients or readings come without uncertainty, so the range is too narrow. “Why” names each.",
    )
    # --- what if
    NOTHING_CHOSEN = (
        "CRB-071",
        _E,
        "还没有选地块。请先选一块或几块地。",
        "No parcel is chosen. Choose one or several first.",
    )
    NO_CHANGE_ASKED = (
        "CRB-072",
        _E,
        "情景没有改变什么：既没有退化程度或改良的变化，也没有减畜。请至少填一项。",
        "The scenario changes nothing: no change of degradation or improvement, and no fewer animals. Enter at least one.",
    )
    WORSE = (
        "CRB-073",
        _E,
        "地块“{parcel}”现在是{now}，不能恢复到更差的{then}。请改选。",
        "Parcel “{parcel}” is now {now} and can not recover to {then}, which is worse. Choose again.",
    )
    BAD_YEARS = (
        "CRB-074",
        _E,
        "年数 {value} 不在 1–100 之间。请改正。",
        "{value} years is not between 1 and 100. Correct it.",
    )
    BAD_SHARE = (
        "CRB-075",
        _E,
        "减畜比例 {value}% 不在 0–100 之间。请改正。",
        "A reduction of {value} % is not between 0 and 100. Correct it.",
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

    def problem(self, place: str = "", /, **values: object) -> Problem:
        """Return the finding; ``place`` is the reference of the record it stands at."""
        return Problem(self.code, self.severity, self.text.format(**values), place=place)

    def refusal(self, place: str = "", /, **values: object) -> UserError:
        """Return the error to raise."""
        found = self.problem(place, **values)
        return UserError(self.code, found.text, problems=(found,))
