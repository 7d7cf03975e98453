"""Every problem the domain can find, with its sentence: what is wrong and what to do.

Codes are stable; help, tests and other rooms refer to them. FLD: one value. REC: a record as a whole.
"""

from __future__ import annotations

from enum import Enum

from station_app.domain.problems import Problem, Severity
from station_app.domain.text import Text

_E, _W, _I = Severity.ERROR, Severity.WARN, Severity.INFO


class Found(Enum):
    """One kind of problem: (code, severity, Chinese sentence, English sentence)."""

    REQUIRED = ("FLD-001", _E, "“{label}”必须填写。", "“{label}” must be filled in.")
    NOT_A_NUMBER = (
        "FLD-002",
        _E,
        "“{label}”应为数字，现在是“{value}”。请只填数字，例如 1026.8。",
        "“{label}” must be a number, not “{value}”. Enter digits only, for example 1026.8.",
    )
    NOT_WHOLE = (
        "FLD-003",
        _E,
        "“{label}”应为整数，现在是 {value}。请改成整数。",
        "“{label}” must be a whole number, not {value}. Enter a whole number.",
    )
    TOO_MANY_PLACES = (
        "FLD-004",
        _E,
        "“{label}”最多保留 {places} 位小数，现在是 {value}。请核对后按规定位数填写，程序不会自行舍入。",
        "“{label}” keeps at most {places} decimal places, not {value}. Check it and enter it with that many places; "
        "nothing is rounded silently.",
    )
    BELOW = (
        "FLD-005",
        _E,
        "“{label}”不能小于 {limit}，现在是 {value}。请核对数值和单位。",
        "“{label}” can not be less than {limit}, it is {value}. Check the value and its unit.",
    )
    ABOVE = (
        "FLD-006",
        _E,
        "“{label}”不能大于 {limit}，现在是 {value}。请核对数值和单位。",
        "“{label}” can not be more than {limit}, it is {value}. Check the value and its unit.",
    )
    UNUSUALLY_LOW = (
        "FLD-007",
        _W,
        "“{label}”{value} 低于常见范围(下限 {limit})。如确实如此，请在备注中说明原因。",
        "“{label}” {value} is below the usual range (from {limit}). If it is right, say why in the note.",
    )
    UNUSUALLY_HIGH = (
        "FLD-008",
        _W,
        "“{label}”{value} 高于常见范围(上限 {limit})。如确实如此，请在备注中说明原因。",
        "“{label}” {value} is above the usual range (up to {limit}). If it is right, say why in the note.",
    )
    DIGITS_LOST = (
        "FLD-009",
        _E,
        "“{label}”是超过 15 位的数字，表格按数值保存时末几位已经丢失。请把该列设为“文本”格式，重新录入完整号码。",
        "“{label}” has more than 15 digits and was stored as a number, so its last digits are lost. Set the column to "
        "text format and enter the full number again.",
    )
    IMPOSSIBLE_DATE = (
        "FLD-010",
        _E,
        "“{label}”的日期“{value}”不存在。请核对年、月、日。",
        "“{label}”: there is no date “{value}”. Check year, month and day.",
    )
    DATE_FORM = (
        "FLD-011",
        _E,
        "“{label}”看不懂日期“{value}”。请写成 2026-06-30 或 2026年6月30日。",
        "“{label}”: “{value}” is not understood as a date. Write 2026-06-30 or 2026/6/30.",
    )
    WRONG_TYPE = (
        "FLD-012",
        _E,
        "“{label}”不能填写“{value}”这种内容。请按“{expected}”填写。",
        "“{label}” can not hold “{value}”. Enter {expected}.",
    )
    CONTROL_CHARACTERS = (
        "FLD-013",
        _E,
        "“{label}”里有看不见的控制字符、换行或首尾空格。请删除后重新输入。",
        "“{label}” contains invisible control characters, line breaks or outer blanks. Remove them and enter it again.",
    )
    TOO_LONG = (
        "FLD-014",
        _E,
        "“{label}”最多 {limit} 个字，现在有 {value} 个。请缩短，其余写到备注。",
        "“{label}” holds at most {limit} characters, it has {value}. Shorten it or use the note.",
    )
    UNKNOWN_CODE = (
        "FLD-015",
        _E,
        "“{label}”里没有“{value}”这一项，可以填：{choices}。",
        "“{label}” has no entry “{value}”; it can be: {choices}.",
    )
    NOT_YES_NO = (
        "FLD-016",
        _E,
        "“{label}”应填“是”或“否”，现在是“{value}”。",
        "“{label}” must be yes or no, not “{value}”.",
    )
    IDENTITY_FORM = (
        "FLD-017",
        _E,
        "“{label}”应为 18 位，前 17 位是数字，最后一位是数字或 X。请对照证件重新录入。",
        "“{label}” must have 18 characters: 17 digits, then a digit or X. Enter it again from the document.",
    )
    IDENTITY_CHECK = (
        "FLD-018",
        _E,
        "“{label}”的校验位不对，号码中有录入错误。请对照证件逐位核对。",
        "“{label}” fails its check digit, so a digit is wrong. Compare it with the document digit by digit.",
    )
    IDENTITY_BIRTH = (
        "FLD-019",
        _E,
        "“{label}”中的出生日期不存在。请对照证件核对第 7 至 14 位。",
        "“{label}” contains a birth date that does not exist. Check characters 7 to 14 with the document.",
    )
    ACCOUNT_FORM = (
        "FLD-020",
        _E,
        "“{label}”应为 12 至 23 位数字。请对照存折或卡片重新录入。",
        "“{label}” must have 12 to 23 digits. Enter it again from the passbook or card.",
    )
    ACCOUNT_CHECK = (
        "FLD-021",
        _W,
        "“{label}”像银行卡号，但校验位不符。请对照卡片核对；若是存折账号可以不改。",
        "“{label}” looks like a card number but fails its check digit. Compare it with the card; a passbook number may "
        "stay as it is.",
    )
    PHONE_FORM = (
        "FLD-022",
        _E,
        "“{label}”应为手机号(11 位)或带区号的电话。请核对。",
        "“{label}” must be a mobile number (11 digits) or a phone number with area code. Check it.",
    )
    REGION_FORM = (
        "FLD-023",
        _E,
        "“{label}”应为 6 位(县)、9 位(乡)或 12 位(村)行政区划代码。请核对代码。",
        "“{label}” must be an administrative code of 6 (county), 9 (township) or 12 digits (village). Check the code.",
    )
    LINK_FORM = (
        "FLD-024",
        _E,
        "“{label}”没有指向已有的记录。请重新指明是哪一条。",
        "“{label}” does not point to a record. Say again which one is meant.",
    )
    FILE_FORM = (
        "FLD-025",
        _E,
        "“{label}”的附件标识不正确。请重新添加附件。",
        "“{label}” names an attachment wrongly. Add the attachment again.",
    )
    SEPARATORS = (
        "FLD-026",
        _E,
        "“{label}”里的分隔符看不明白：“{value}”。请去掉逗号，小数用点，例如 1234.5。",
        "“{label}”: the separators in “{value}” are ambiguous. Leave out commas and use a point for decimals, for "
        "example 1234.5.",
    )
    DATE_SERIAL = (
        "FLD-060",
        _E,
        "“{label}”是数字 {value}，不是日期；如果是表格软件的日期序号，就是 {day}。请改成日期，例如 {day}。",
        "“{label}” is the number {value}, not a date; as a spreadsheet's serial number it is {day}. Enter the date, for example "
        "{day}.",
    )
    DOUBTFUL_CHARACTER = (
        "FLD-061",
        _W,
        "“{label}”里的“{value}”({code})是认不出的字，可能是转码时丢失的字或本机自造的字，在别的电脑上看不到。请对照证件核对。",
        "“{label}” holds “{value}” ({code}), a character that was lost or that only one computer's font has. Compare it with the "
        "document.",
    )
    INVISIBLE = (
        "FLD-062",
        _W,
        "“{label}”里夹有看不见的字符，查找和比对会找不到。请重新输入一次。",
        "“{label}” holds characters that show nothing, so it is not found when searched. Enter it once more.",
    )
    IN_THE_FUTURE = (
        "FLD-027",
        _E,
        "“{label}”{value} 晚于今天({today})。请核对日期和电脑时钟。",
        "“{label}” {value} is later than today ({today}). Check the date and the computer's clock.",
    )
    ABSURD_DATE = (
        "FLD-028",
        _E,
        "“{label}”{value} 不在合理的年份内(1900–2200)。请核对年份。",
        "“{label}” {value} is outside the years 1900–2200. Check the year.",
    )
    YEAR_MONTH_FORM = (
        "FLD-029",
        _E,
        "“{label}”应写成年-月，例如 2026-06，现在是“{value}”。",
        "“{label}” must be year and month, for example 2026-06, not “{value}”.",
    )
    TIME_IN_DATE = (
        "FLD-030",
        _E,
        "“{label}”只填日期，现在带有时间“{value}”。请只保留日期。",
        "“{label}” is a date without a time, but “{value}” has one. Keep the date only.",
    )
    TOO_LARGE = (
        "FLD-031",
        _E,
        "“{label}”的数值太大，无法保存：{value}。请核对单位(亩、万亩；元、万元)。",
        "“{label}” is too large to be stored: {value}. Check the unit (mu or 10k mu, CNY or 10k CNY).",
    )
    IDENTITY_OLD = (
        "FLD-032",
        _E,
        "“{label}”是 15 位旧号码。请改填现行的 18 位号码。",
        "“{label}” is an old 15-digit number. Enter the present number of 18 characters.",
    )
    INSTANT_FORM = (
        "FLD-033",
        _E,
        "“{label}”看不懂时间“{value}”。请写成 2026-06-30 08:00。",
        "“{label}”: “{value}” is not understood as a time. Write 2026-06-30 08:00.",
    )

    INVALID_RECORD = (
        "REC-001",
        _E,
        "“{record}”有 {count} 处问题，没有保存。请按提示改正后再保存。",
        "{record} has {count} problems and was not saved. Correct them as shown and save again.",
    )
    ENDS_BEFORE_START = (
        "REC-002",
        _E,
        "“{end}”早于“{start}”。请核对两个日期。",
        "“{end}” is earlier than “{start}”. Check both dates.",
    )
    DRY_ABOVE_FRESH = (
        "REC-003",
        _E,
        "“{dry}”({dry_value} g)大于“{fresh}”({fresh_value} g)。干重不能超过鲜重，请核对称重记录。",
        "“{dry}” ({dry_value} g) is more than “{fresh}” ({fresh_value} g). Dry weight can not exceed fresh weight; check "
        "the weighing sheet.",
    )
    SUM_ABOVE_LIMIT = (
        "REC-004",
        _E,
        "{parts}合计 {value}，超过 {limit}。请核对各项。",
        "{parts} add up to {value}, more than {limit}. Check each of them.",
    )
    REQUIRED_BECAUSE = (
        "REC-005",
        _E,
        "因为“{because}”，所以“{label}”必须填写。",
        "“{label}” must be filled in because of “{because}”.",
    )
    AREA_ABOVE_CONTRACT = (
        "REC-006",
        _E,
        "各项面积合计 {value} 亩，大于“{whole}”{limit} 亩。请对照合同或证书核对面积。",
        "The areas add up to {value} mu, more than “{whole}” of {limit} mu. Check them with the contract or certificate.",
    )
    NO_AREA = (
        "REC-007",
        _E,
        "禁牧面积与草畜平衡面积合计为零，不能发放。请填写面积或删除此行。",
        "Ban area and balance area add up to nothing, so nothing can be paid. Enter an area or take the line out.",
    )
    SUM_DIFFERS = (
        "REC-008",
        _E,
        "“{label}”为 {value}，但按{formula}应为 {expected}。请核对。",
        "“{label}” is {value}, but by {formula} it should be {expected}. Check the amounts.",
    )
    DUPLICATE_LINE = (
        "REC-009",
        _E,
        "第 {line} 行与前面的行重复({what})。请合并成一行。",
        "Row {line} repeats an earlier row ({what}). Put them into one row.",
    )
    PART_ABOVE_WHOLE = (
        "REC-012",
        _E,
        "“{part}”({part_value})大于“{whole}”({whole_value})。请核对。",
        "“{part}” ({part_value}) is more than “{whole}” ({whole_value}). Check both.",
    )
    SHRUB_AREA = (
        "REC-013",
        _E,
        "灌木覆盖面积折合每 100 m² 为 {value} m²，不能超过 100。请核对丛径(cm)和株丛数。",
        "Shrub cover is {value} m² per 100 m² and can not exceed 100. Check clump diameters (cm) and counts.",
    )
    ACCOUNT_NOT_CLOSED = (
        "REC-014",
        _W,
        "{species}：期初加增加减减少为 {expected}，与存栏 {value} 不符。请核对，或在备注中说明。",
        "{species}: opening plus increase less decrease gives {expected}, but the count is {value}. Check, or say why in "
        "the note.",
    )
    CODE_NOT_OF_VILLAGE = (
        "REC-015",
        _E,
        "“{label}”应为 16 位数字，并以村代码 {village} 开头。请核对编码。",
        "“{label}” must have 16 digits and begin with the village code {village}. Check the code.",
    )
    SAME_PERSON = (
        "REC-016",
        _E,
        "“{first}”和“{second}”不能是同一人。请由另一人审核。",
        "“{first}” and “{second}” can not be the same person. Let another person review.",
    )
    NOTICE_TOO_SHORT = (
        "REC-017",
        _E,
        "公示 {value} 天(首尾都计)，少于要求的 {limit} 天。请延长公示截止日期。",
        "The notice runs {value} days (both ends counted), fewer than the {limit} required. Extend its end.",
    )
    ROUNDING_UNIT = (
        "REC-018",
        _E,
        "金额取整单位只能是 0.01、0.1 或 1 元。请选择其中之一。",
        "Amounts can be rounded to 0.01, 0.1 or 1 yuan. Choose one of them.",
    )
    OUT_OF_SEASON = (
        "REC-019",
        _W,
        "“{label}”在 {value} 月，不在常规时期({first}–{last} 月)。如确实如此，请在备注中说明。",
        "“{label}” is in month {value}, outside the usual months {first} to {last}. If it is right, say why in the note.",
    )
    UNUSUAL_RATIO = (
        "REC-020",
        _W,
        "干鲜比为 {value}，超出常见范围 {low}–{high}。请核对鲜重、干重和烘干方法。",
        "The dry to fresh ratio is {value}, outside the usual {low}–{high}. Check both weights and the drying method.",
    )
    ONE_OF = (
        "REC-021",
        _E,
        "“{first}”和“{second}”必须填写其中一项(只填一项)。",
        "Fill in one, and only one, of “{first}” and “{second}”.",
    )
    SPECIES_SUM = (
        "REC-026",
        _W,
        "“{label}”为 {value} g，各种合计 {expected} g，相差超过 1%。请核对称重记录。",
        "“{label}” is {value} g, the species add up to {expected} g, more than 1 % apart. Check the weighing sheet.",
    )
    LAYERS = (
        "REC-022",
        _E,
        "第 {line} 层的上下界不对：上界要小于下界，各层不能重叠。请核对深度(cm)。",
        "Layer {line} has wrong limits: the top must be above the bottom and layers can not overlap. Check depths (cm).",
    )
    NOT_POSITIVE = (
        "REC-023",
        _E,
        "“{label}”必须大于零。请核对；还没有数据时请留空。",
        "“{label}” must be more than zero. Check it; leave it empty while there is no value.",
    )
    YEAR_DIFFERS = (
        "REC-024",
        _W,
        "“{label}”是 {value} 年，而日期在 {expected} 年。请核对，或在备注中说明。",
        "“{label}” is {value} but the date is in {expected}. Check, or say why in the note.",
    )
    CONTRADICTS = (
        "REC-025",
        _E,
        "“{first}”与“{second}”互相矛盾。请改正其中一项。",
        "“{first}” contradicts “{second}”. Correct one of them.",
    )
    NAME_FORM = (
        "REC-027",
        _E,
        "“{label}”只能用字母、数字、点和短横，现在是“{value}”。请改写，例如 nyt635-2015。",
        "“{label}” takes letters, digits, points and hyphens only, not “{value}”. Write it like nyt635-2015.",
    )
    ABOVE_PARTS = (
        "REC-028",
        _W,
        "“{label}”为 {value}，按{formula}最多为 {expected}。请核对。",
        "“{label}” is {value}, but by {formula} it can be at most {expected}. Check the amounts.",
    )
    BELOW_PARTS = (
        "REC-029",
        _W,
        "“{label}”为 {value}，按{formula}至少为 {expected}。请核对。",
        "“{label}” is {value}, but by {formula} it is at least {expected}. Check the amounts.",
    )

    UNUSUAL_JUMP = (
        "REC-031",
        _W,
        "“{label}”{value}，{when}是 {before}，相差很大。{slip}请核对；如确实如此，请在备注中说明原因。",
        "“{label}” {value}: {when} it was {before}, far from that. {slip}Check it; if it is right, say why in the note.",
    )
    ABOVE_OTHERS = (
        "REC-032",
        _W,
        "“{label}”{value}，远高于本站其他记录(100 条中有 95 条不超过 {limit})。请核对；如确实如此，请在备注中说明原因。",
        "“{label}” {value} is far above the others here (95 of 100 have at most {limit}). Check it; if it is right, say why "
        "in the note.",
    )
    ABOVE_CAPACITY = (
        "REC-030",
        _W,
        "存栏折合 {value} 羊单位，是本户草场可载 {limit} 的 {times} 倍。请核对头数和草场面积；如确实如此，请在备注中说明原因。",
        "The stock is {value} sheep units, {times} times what the household's land carries ({limit}). Check heads and areas; "
        "if it is right, say why in the note.",
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


def problem(found: Found, field: str | None = None, line: int | None = None, /, **values: object) -> Problem:
    """Return the problem ``found`` at ``field`` (and ``line`` of a list), its placeholders filled from ``values``."""
    if line is not None:
        values.setdefault("line", line)
    return Problem(found.code, found.severity, found.text.format(**values), field, line)
