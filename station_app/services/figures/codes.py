"""Everything that can be wrong with a balance made from records: code, how grave, what happened and what to do.

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
        "BAL-001",
        _E,
        "{year} 年还没有计算方案，不能计算。请在“系数”页选定系数集和天数，或等县里下发。",
        "There is no calculation scheme for {year}, so nothing is computed. Choose sets and days on the Coefficients page, "
        "or wait for the county's.",
    )
    UNKNOWN_LEVEL = (
        "BAL-002",
        _E,
        "没有“{value}”这一层级。可用的有：{known}。",
        "There is no level “{value}”. Known: {known}.",
    )
    UNKNOWN_SUBJECT = (
        "BAL-003",
        _E,
        "{year} 年的草畜平衡中没有“{value}”。请刷新列表后再选。",
        "The balance of {year} has no “{value}”. Refresh the list and choose again.",
    )
    NO_COUNT = (
        "BAL-004",
        _W,
        "没有 {year} 年{occasion}的清点。请补录清点；没有清点不等于没有牲畜。",
        "There is no count of {year}, {occasion}. Enter it; no count does not mean no stock.",
    )
    TWO_COUNTS = (
        "BAL-005",
        _W,
        "同一时点有 {count} 次清点，用的是最近的 {day} 一次。请核对，作废多余的。",
        "There are {count} counts of one occasion; the latest, {day}, is used. Check them and void the others.",
    )
    IN_CONFLICT = (
        "BAL-006",
        _H,
        "{type}“{title}”有冲突，没有计入。请先打开它解决冲突。",
        "{type} “{title}” is in conflict and was left out. Open it and end the conflict first.",
    )
    REFUSED = (
        "BAL-007",
        _H,
        "{type}“{title}”被拒收，没有计入。请按回执改正。",
        "{type} “{title}” was refused and left out. Correct it as the receipt says.",
    )
    NO_PARCEL = (
        "BAL-008",
        _W,
        "没有登记草场，不能计算载畜量。请登记地块；没有登记不等于没有草场。",
        "No parcel is registered, so there is no capacity. Enter the parcels; none registered does not mean none held.",
    )
    ONLY_BANNED = (
        "BAL-009",
        _I,
        "全部草场为禁牧，放牧载畜量为零；牲畜须舍饲或减畜。",
        "All the land is under a grazing ban, so capacity for grazing is zero; stock is fed or sold down.",
    )
    NO_YIELD = (
        "BAL-010",
        _W,
        "地块“{parcel}”没有产草量：没有样地，{class}也没有样地均值或填写的产草量。请补样地或在计算方案中填写。",
        "Parcel “{parcel}” has no yield: no plot of its own, no mean of plots and no typed yield for {class}. Survey a plot, "
        "or type the yield in the scheme.",
    )
    NO_CLASS = (
        "BAL-011",
        _W,
        "地块“{parcel}”没有填草地类，查不到利用率。请补填草地类。",
        "Parcel “{parcel}” has no grassland class, so no utilization rate is found. Enter the class.",
    )
    NO_AREA = (
        "BAL-012",
        _W,
        "地块“{parcel}”的可利用面积为零。请核对面积。",
        "The usable area of parcel “{parcel}” is zero. Check the area.",
    )
    NO_DAYS = (
        "BAL-013",
        _W,
        "计算方案没有写{season}放牧天数，地块“{parcel}”不能计算。请补上天数。",
        "The scheme gives no days for the {season}, so parcel “{parcel}” is not computed. Add the days.",
    )
    NO_SEASON = (
        "BAL-014",
        _W,
        "地块“{parcel}”没有填利用季节，按全年草场计算。请补填。",
        "Parcel “{parcel}” names no season of use and counts as whole-year pasture. Enter the season.",
    )
    NO_COEFFICIENT = (
        "BAL-015",
        _W,
        "{what}：{reason}",
        "{what}: {reason}",
    )
    WAITING_PLOTS = (
        "BAL-016",
        _I,
        "样地 {plots} 还没有干重，没有计入均值。称得干重后补录即可。",
        "Plots {plots} wait for dry weights and are not in the means. Add the dry weights when weighed.",
    )
    UNUSABLE_PLOT = (
        "BAL-017",
        _W,
        "样地“{plot}”不能用来算产草量：{reason}",
        "Plot “{plot}” gives no yield: {reason}",
    )
    FORAGE_LEFT_OUT = (
        "BAL-018",
        _W,
        "{kind}(第 {item} 项)按{state}计量，没有含水量也没有折干草系数，没有计入。请补填其一。",
        "{kind} (item {item}) was weighed {state} and has neither moisture nor coefficient; it is left out. Enter one of them.",
    )
    AIR_DRY = (
        "BAL-019",
        _I,
        "{kind}(第 {item} 项)为风干重且没有含水量，按含水 14% 计算。",
        "{kind} (item {item}) is air-dry without its moisture and counts as hay of 14 %.",
    )
    NO_STOCK_BY_PARCEL = (
        "BAL-020",
        _I,
        "清点没有写明在哪块草场，牲畜不能分到地块。如需分到地块，请在清点中填写“所在草场”。",
        "The count names no pasture, so stock is not told by parcel. Enter “Pasture” in the count to have it by parcel.",
    )
    PARTLY_KNOWN = (
        "BAL-021",
        _W,
        "{view}：{missing} 户（共 {all} 户）缺清点或载畜量，超载率只含其余 {known} 户。",
        "{view}: {missing} of {all} households lack a count or a capacity; the rate covers the other {known}.",
    )
    TWO_APPROVALS = (
        "BAL-022",
        _W,
        "{season}有 {count} 份有效的载畜量核定，用的是最近的 {number}。请核对有效期。",
        "There are {count} approvals in force for the {season}; the latest, {number}, is used. Check their validity.",
    )
    NOT_ACCEPTED = (
        "BAL-023",
        _I,
        "{count} 户的数据尚未认可，另列，不计入认可的合计。",
        "The data of {count} households are not accepted yet; they stand apart and are not in the accepted total.",
    )
    TWO_SCHEMES = (
        "BAL-024",
        _W,
        "{year} 年有 {count} 份同级的计算方案，用的是最近修改的“{name}”。请作废多余的。",
        "There are {count} schemes of one rank for {year}; the latest changed, “{name}”, is used. Void the others.",
    )
    OTHER_SCHEME = (
        "BAL-025",
        _I,
        "{year} 年没有自己的计算方案，用 {used} 年的方案计算。",
        "{year} has no scheme of its own and is computed with that of {used}.",
    )
    BANNED_LEFT_OUT = (
        "BAL-026",
        _I,
        "{count} 块禁牧草场({area} 亩)不计入载畜量。",
        "{count} parcels under a grazing ban ({area} mu) are not in the capacity.",
    )
    YEAR_WITHOUT_YIELD = (
        "BAL-027",
        _W,
        "{year} 年有地块没有产草量，这一年不计入多年平均。",
        "In {year} a parcel has no yield; that year is not in the mean.",
    )
    NO_HAY_YEARS = (
        "BAL-028",
        _W,
        "{first}–{last} 年都没有产草量，不能求多年平均。请补样地，或把计算方案改为按当年产草量。",
        "None of the years {first}–{last} has a yield, so there is no mean. Add plots, or base the scheme on the year itself.",
    )
    UNKNOWN_STOCK = (
        "BAL-029",
        _W,
        "{species}{class}没有羊单位系数，存栏不能折算：{reason}",
        "{species}, {class}: no sheep-unit coefficient, so the stock is not counted: {reason}",
    )
    UNVERIFIED = (
        "BAL-030",
        _W,
        "系数“{coefficient}”未核实（标记 {mark}，{source}）。可以看，上报前须核实或由负责人确认。",
        "Coefficient “{coefficient}” is unverified (mark {mark}, {source}). Look freely; verify or confirm it before sending.",
    )
    TOO_WET = (
        "BAL-031",
        _W,
        "{kind}(第 {item} 项)的含水量 {value}% 超过 95%，没有计入。请核对含水量。",
        "{kind} (item {item}) has a moisture of {value} %, more than 95 %, and is left out. Check the moisture.",
    )
    DAYS_DIFFER = (
        "BAL-032",
        _I,
        "地块“{parcel}”写的放牧天数是 {value} 天，计算按方案的 {used} 天。",
        "Parcel “{parcel}” says {value} days of grazing; the scheme's {used} days are used.",
    )
    RETURNED = (
        "BAL-033",
        _W,
        "{type}“{title}”被县里退回，暂按原数计入。请先答复。",
        "{type} “{title}” was returned by the county and counts as it stands. Answer first.",
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
