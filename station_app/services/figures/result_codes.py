"""What can be wrong with targets, actual values and kept results: code, how grave, what happened and what to do.

GAP: targets and what is set against them. FRZ: results that are kept with the editions they used. Codes are stable.
"""

from __future__ import annotations

from enum import Enum

from station_app.domain.problems import Problem, Severity, UserError
from station_app.domain.text import Text

_E, _H, _W, _I = Severity.ERROR, Severity.HOLD, Severity.WARN, Severity.INFO


class Said(Enum):
    """One kind of finding: (code, severity, Chinese sentence, English sentence)."""

    NO_SUCH_TARGET = (
        "GAP-001",
        _E,
        "目标“{name}”不在本工作站，或已作废。请刷新列表。",
        "Target “{name}” is not in this workspace, or is void. Refresh the list.",
    )
    LEFT_OUT = (
        "GAP-002",
        _W,
        "{type}“{title}”有冲突或被拒收，没有计入。请先打开它处理。",
        "{type} “{title}” is in conflict or was refused and is left out. Open it and settle that first.",
    )
    PARENT_NOT_HERE = (
        "GAP-003",
        _I,
        "目标“{name}”的上级目标不在本工作站，责任链只能看到这里。请向上级索取。",
        "The parent of target “{name}” is not in this workspace, so the chain ends here. Ask the level above for it.",
    )
    PARENTS_IN_A_CIRCLE = (
        "GAP-004",
        _W,
        "目标“{name}”的上级绕回到它自己，没有计入责任链。请改正上级目标。",
        "The parents of target “{name}” lead back to itself; the link is left out. Correct the parent target.",
    )
    CHILD_MISSING = (
        "GAP-005",
        _I,
        "“{name}”没有分解到：{places}。如应承担，请下达目标；没有目标不算零。",
        "“{name}” is not handed down to: {places}. Set targets there if they are to carry it; no target is not zero.",
    )
    TWO_ACTUALS = (
        "GAP-006",
        _W,
        "“{name}”{year} 年填报的实际值是 {told}，按记录算得 {computed}。请核对后更正其一。",
        "“{name}”: the actual value reported for {year} is {told}, the records give {computed}. Check and correct one.",
    )
    SEVERAL_ASSESSMENTS = (
        "GAP-007",
        _I,
        "“{name}”{year} 年有 {n} 次差距分析，采用 {day} 的一次。",
        "“{name}” has {n} assessments for {year}; the one of {day} is used.",
    )
    REVISED_LATER = (
        "GAP-008",
        _I,
        "“{name}”在 {day} 调整为 {value}，看 {year} 年时仍按当时有效的目标值。",
        "“{name}” was revised to {value} on {day}; {year} is still measured by the value in force then.",
    )
    WITHDRAWN = (
        "GAP-009",
        _I,
        "目标“{name}”已撤销，按没有目标看待。",
        "Target “{name}” is withdrawn and counts as no target.",
    )
    NOT_COMPUTABLE = (
        "GAP-010",
        _I,
        "“{indicator}”不能从本工作站的记录算出：{reason}。请在差距分析中填写实际值和来源。",
        "“{indicator}” can not be computed from the records here: {reason}. Enter it with its source in an assessment.",
    )
    NO_RECORDS = (
        "GAP-011",
        _I,
        "{year} 年“{place}”没有可用来计算“{indicator}”的记录({needed})。请先登记，或在差距分析中填写。",
        "There are no records of {year} for “{place}” to compute “{indicator}” from ({needed}). Enter them, or write an "
        "assessment.",
    )
    OTHER_UNIT = (
        "GAP-012",
        _I,
        "“{indicator}”按“{unit}”没有计算办法，可用的单位：{known}。请在差距分析中填写实际值。",
        "There is no way to compute “{indicator}” in “{unit}”; known units: {known}. Write an assessment instead.",
    )
    PARTLY_KNOWN = (
        "GAP-013",
        _W,
        "“{indicator}”只依据一部分：{part}。",
        "“{indicator}” rests on a part only: {part}.",
    )
    WITHOUT_REGION = (
        "GAP-014",
        _W,
        "{n} 条“{type}”没有行政编码，没有计入“{place}”。请补填。",
        "{n} of type “{type}” have no administrative code and are not counted for “{place}”. Fill it in.",
    )
    NO_WEIGHT = (
        "GAP-015",
        _I,
        "“{name}”没有登记草场面积，分解时不能按面积加权。请登记地块。",
        "“{name}” has no registered pasture, so its target has no weight by area. Enter its parcels.",
    )
    OTHER_YEAR = (
        "GAP-016",
        _I,
        "“{name}”是 {year} 年的目标，与上级目标({parent_year} 年)年度不同，不计入分解。",
        "“{name}” is a target of {year}, its parent one of {parent_year}; it does not count towards covering it.",
    )
    NOT_ACCEPTED = (
        "GAP-017",
        _I,
        "“{name}”的实际值还没有认可，不计入已认可的合计。",
        "The actual value of “{name}” is not accepted yet and stands outside the accepted totals.",
    )

    UNCONFIRMED = (
        "FRZ-001",
        _E,
        "结果用到 {n} 个未核实的系数，冻结前须由负责人逐项确认。请核对来源后勾选。",
        "The result uses {n} unverified coefficients; a person in charge confirms each before it is frozen. Check their "
        "sources and tick them.",
    )
    NO_PERSON = (
        "FRZ-002",
        _E,
        "没有写明由谁冻结。请先在设置中填写操作人姓名。",
        "Nobody is named who freezes it. Enter the name of the person at work in the settings first.",
    )
    UNSOUND = (
        "FRZ-003",
        _E,
        "计算过程重新计算后与结果不一致({symbols})，不能冻结。请把这份过程发给技术支持。",
        "Worked out again, the steps do not give the result ({symbols}), so it is not frozen. Send them to support.",
    )
    NOTHING_TO_KEEP = (
        "FRZ-004",
        _E,
        "这个结果没有可以冻结的数值。请先补齐数据。",
        "The result has no figure to freeze. Complete the data first.",
    )
    NO_SUCH_RESULT = (
        "FRZ-005",
        _E,
        "没有这份冻结的结果({record_id})。请核对编号。",
        "There is no frozen result {record_id}. Check the id.",
    )
    FILE_MISSING = (
        "FRZ-006",
        _E,
        "冻结时的计算过程(附件 {name})不在本工作站，只能看到数值。请向填报单位索取后再核验。",
        "The steps kept with it (attachment {name}) are not in this workspace; only the values are. Ask the sender for them.",
    )
    FILE_CHANGED = (
        "FRZ-007",
        _E,
        "计算过程(附件 {name})与冻结时不同或已损坏：{reason}。请从备份恢复这个附件。",
        "The steps (attachment {name}) are not those that were frozen, or are damaged: {reason}. Restore the attachment from "
        "a backup.",
    )
    DIFFERENT_DIGITS = (
        "FRZ-008",
        _E,
        "“{name}”冻结的是 {frozen}，由所附过程算得 {found}。请勿使用这份结果，并与填报单位核对。",
        "“{name}” was frozen as {frozen} but its own steps give {found}. Do not use this result; ask who froze it.",
    )
    EDITION_NOT_HERE = (
        "FRZ-009",
        _I,
        "当时所用的系数集“{reference}”不在本工作站，未能与原表对照；过程中已写明所用数值。",
        "The coefficient set “{reference}” used then is not in this workspace; the steps name the values, the table could not "
        "be compared.",
    )
    EDITION_DIFFERS = (
        "FRZ-010",
        _E,
        "过程写的系数“{reference}”是 {frozen}，而该版本中是 {found}。请勿使用这份结果，并核对系数集来源。",
        "The steps give coefficient “{reference}” as {frozen}, the edition itself says {found}. Do not use this result; check "
        "where the set came from.",
    )
    CHANGED_SINCE = (
        "FRZ-011",
        _W,
        "按今天的记录和系数，“{name}”是 {found}，冻结时是 {frozen}。冻结的数值不变；如需更新，请重新冻结。",
        "By today's records and coefficients “{name}” is {found}; it was frozen as {frozen}. What was frozen stays; freeze anew "
        "to renew it.",
    )
    NOT_COMPUTED_TODAY = (
        "FRZ-012",
        _W,
        "按今天的记录不能再算出这个结果：{reason}",
        "By today's records this result can not be computed: {reason}",
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
        """Return the finding; ``place`` is the record it stands at."""
        return Problem(self.code, self.severity, self.text.format(**values), place=place)

    def refusal(self, /, *, problems: tuple[Problem, ...] = (), **values: object) -> UserError:
        """Return the error to raise."""
        return UserError(self.code, self.text.format(**values), problems=problems)
