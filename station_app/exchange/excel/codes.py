"""Every sentence this room can say when something stops it, with its code: what, where, and what to do.

XLS: a workbook that is written. IMP: a file that is read. Codes are stable; help and tests refer to them.
"""

from __future__ import annotations

from enum import Enum

from station_app.domain.problems import Problem, Severity, UserError
from station_app.domain.text import Text

_E, _W, _I = Severity.ERROR, Severity.WARN, Severity.INFO


class Said(Enum):
    """One kind of finding: (code, severity, Chinese sentence, English sentence)."""

    NOTHING = (
        "XLS-001",
        _E,
        "没有可导出的数据：{what}。请先录入，或换一个年度再导出。",
        "There is nothing to export: {what}. Enter the records first, or choose another year.",
    )
    NO_FOLDER = (
        "XLS-002",
        _E,
        "文件夹不存在：{folder}。请先建立这个文件夹，或另选一个。",
        "There is no folder {folder}. Make it first, or choose another.",
    )
    IN_USE = (
        "XLS-003",
        _E,
        "无法替换文件“{target}”：它正在表格软件中打开，或没有写权限。请先关闭它，或换一个文件名再导出。",
        "The file {target} can not be replaced: it is open in a spreadsheet program, or may not be written. Close it, or "
        "export under another name.",
    )
    DISK_FULL = (
        "XLS-004",
        _E,
        "磁盘空间不足，“{target}”没有写出。请腾出空间，或换一个磁盘再导出；原有文件没有改动。",
        "The disk is full, {target} was not written. Free some space or choose another disk; what was there before is "
        "unchanged.",
    )
    NOT_WRITTEN = (
        "XLS-005",
        _E,
        "无法写出“{target}”：{reason}。请换一个文件夹再导出。",
        "{target} can not be written: {reason}. Choose another folder and export again.",
    )
    DIFFERS = (
        "XLS-006",
        _E,
        "写出的表格读回核对时与数据不一致({place})，文件已删除，没有留下。请重新导出；若再次出现，请检查磁盘。",
        "The workbook differs from the data when read back ({place}); it was removed. Export again; if it happens again, "
        "check the disk.",
    )
    TOO_MANY_ROWS = (
        "XLS-007",
        _E,
        "数据超过一张工作表能放的行数({limit} 行)。请按年度或按嘎查(村)分开导出。",
        "There are more rows than a sheet can hold ({limit}). Export by year or by village.",
    )
    NUMBER_TOO_LONG = (
        "XLS-008",
        _E,
        "{place} 列(或它的合计)有超过 {limit} 位的数字，表格存不下。请核对这一列的数值和单位。",
        "Column {place}, or its sum, has a number of more than {limit} digits, which a workbook can not hold. Check the "
        "values of this column and their unit.",
    )
    TEXT_NOT_HELD = (
        "XLS-010",
        _E,
        "{place} 列有一段文字表格存不下(长于 {limit} 字或含无效字符)：“{value}…”。请修改这条记录后再导出。",
        "Column {place} has a text a workbook can not hold (longer than {limit} characters, or invalid characters): "
        "“{value}…”. Correct the record and export again.",
    )
    NO_SUCH_ROW = (
        "XLS-012",
        _E,
        "{year} 年的表中没有“{name}”。请核对编号，或不指定行再导出。",
        "The table of {year} has no “{name}”. Check the number, or export without naming a row.",
    )
    BATCH_DIFFERS = (
        "XLS-013",
        _E,
        "批次“{batch}”的合计与明细对不上，没有导出：{why}请改正，或在批次里“重新合计”后再导出。",
        "The totals of batch “{batch}” are not those of its lines, so nothing was written: {why} Correct it, or work the totals "
        "out anew, then export.",
    )
    WRONG_NAME = (
        "XLS-009",
        _E,
        "文件名“{name}”不能用。请用以 .xlsx 结尾、不太长的文件名。",
        "The file name {name} can not be used. Use a name that ends in .xlsx and is not too long.",
    )

    NO_REPORT = (
        "XLS-011",
        _E,
        "没有名为“{name}”的报表。可用的报表：{known}。",
        "There is no report called “{name}”. Reports: {known}.",
    )

    NOT_THERE = (
        "IMP-001",
        _E,
        "无法打开文件“{file}”：{reason}。请核对文件名和位置，或先关闭正在使用它的程序。",
        "The file {file} can not be opened: {reason}. Check its name and place, or close the program that uses it.",
    )
    NOT_A_TABLE = (
        "IMP-002",
        _E,
        "“{file}”不是能读的表格(支持 xlsx、xls、et、ods、csv)，或者已经损坏。请用表格软件打开后另存为 xlsx 再导入。",
        "{file} is not a table that can be read (xlsx, xls, et, ods, csv), or it is damaged. Open it in a spreadsheet "
        "program, save it as xlsx and import that.",
    )
    OPEN_QUOTE = (
        "IMP-027",
        _E,
        "“{file}”第 {row} 行的引号没有成对，后面的内容会并进一个单元格。请在那里补上引号，或用表格软件另存为 xlsx 再导入。",
        "{file}: a quotation mark in row {row} is not closed, so all that follows would run into one cell. Close it there, "
        "or save the file as xlsx in a spreadsheet program and import that.",
    )
    HAS_PASSWORD = (
        "IMP-003",
        _E,
        "“{file}”设有打开密码。请用表格软件打开，取消密码后另存，再导入。",
        "{file} has a password. Open it in a spreadsheet program, save it without the password and import that.",
    )
    NO_ROWS = (
        "IMP-004",
        _E,
        "“{file}”里没有数据行。请检查是否选错了文件或工作表。",
        "There are no rows in {file}. Check that this is the right file and sheet.",
    )
    UNKNOWN_ENCODING = (
        "IMP-015",
        _E,
        "“{file}”的文字编码认不出来(支持 UTF-8 和 GB18030)。请用表格软件另存为 xlsx 再导入。",
        "The text encoding of {file} is not known (UTF-8 and GB 18030 are). Save it as xlsx and import that.",
    )
    DAMAGED_TEXT = (
        "IMP-040",
        _E,
        "“{file}”第 {row} 行有损坏的文字(UTF-8 字节不完整)，读下去会变成别的字。请向提供文件的人重新要一份，或另存为 xlsx 再导入。",
        "{file}: row {row} holds damaged text (incomplete UTF-8); read on, it would become other characters. Ask for the file "
        "again, or save it as xlsx and import that.",
    )
    TOO_BIG = (
        "IMP-016",
        _E,
        "“{file}”太大，或者表格范围异常大。请删去多余的行列，或分成几个文件再导入。",
        "{file} is too big, or a sheet of it reaches too far. Delete surplus rows and columns, or split the file.",
    )

    NOT_A_MAPPING = (
        "IMP-017",
        _E,
        "“{file}”不是正确的列对应文件，问题在“{part}”。请对照说明改正(format 应为 grassland-mapping/1)。",
        "{file} is not a sound mapping file; look at “{part}”. Correct it as described (format: grassland-mapping/1).",
    )
    NO_HEADINGS = (
        "IMP-005",
        _E,
        "“{file}”里没有找到“{record}”的表头。需要的列：{wanted}。请核对表头，或用“空白模板”填写后再导入。",
        "No headings of {record} were found in {file}. Columns needed: {wanted}. Check the headings, or fill in the blank "
        "template and import that.",
    )
    HIDDEN_ROWS = (
        "IMP-042",
        _W,
        "有 {count} 行是隐藏的(第 {rows} 行)，也会导入。如果不应导入，请选择不读取，或在文件里取消隐藏、核对后再导入。",
        "Hidden rows ({count}: {rows}) are read too. If they should not be, choose to leave them out, or show them "
        "in the file, check them and import again.",
    )
    HIDDEN_COLUMN = (
        "IMP-043",
        _W,
        "“{heading}”这一列是隐藏的，也会导入。如果不应导入，请从文件里删去这一列。",
        "Column {heading} is hidden and is read too. If it should not be, delete it from the file.",
    )
    NONE_MARKS = (
        "IMP-044",
        _I,
        "“{label}”列有 {count} 处写着“{values}”，按空读取。",
        "{count} cells of “{label}” hold “{values}”; they are read as empty.",
    )
    PICTURE_IN_CELL = (
        "IMP-045",
        _I,
        "“{label}”列有 {count} 处是嵌入的图片，没有文字，按空读取。需要的图片请在记录里作为附件添加。",
        "{count} cells of “{label}” hold pictures and no text; they are read as empty. Add the pictures you need to the records "
        "as attachments.",
    )
    FORMULA_EMPTY = (
        "IMP-046",
        _I,
        "“{label}”列有 {count} 处公式没有显示内容，按空读取。",
        "{count} formulas of “{label}” show nothing; they are read as empty.",
    )
    ANY_CATTLE = (
        "IMP-049",
        _W,
        "“{heading}”按黄牛读取。如果是牦牛或水牛，请把表头改成“牦牛”“水牛”再导入。",
        "“{heading}” is read as cattle (黄牛). If they are yaks or buffaloes, say so in the heading (牦牛, 水牛) and import again.",
    )
    CLASS_UNKNOWN = (
        "IMP-048",
        _E,
        "{place} 的“{heading}”不知道是哪个畜种或畜别，没有读取，否则这一列会漏掉。请改成畜种和畜别的全名(例如“绵羊成年母畜”)再导入。",
        "“{heading}” at {place} names no species and class that are known; nothing was read, for the count would lack this "
        "column. Write the full name (such as 绵羊成年母畜) and import again.",
    )
    HEADINGS_DEEPER = (
        "IMP-041",
        _E,
        "{place} 行像是表头的下一层，程序看不懂这样的多层表头，没有读取。请把表头整理成每列一个名称(例如“绵羊成年母畜”)再导入。",
        "Row {place} looks like one more level of the headings, which are not understood; nothing was read. Give every column "
        "one heading (such as 绵羊成年母畜) and import again.",
    )
    SAME_FIELD_TWICE = (
        "IMP-006",
        _E,
        "“{heading}”和“{other}”两列都对应“{label}”。请删去一列，或改名后再导入。",
        "The columns “{heading}” and “{other}” both mean “{label}”. Delete or rename one of them.",
    )
    COLUMN_MISSING = (
        "IMP-007",
        _E,
        "“{file}”缺少必需的列：{labels}。请补上这些列再导入。",
        "{file} lacks needed columns: {labels}. Add them and import again.",
    )
    UNIT_UNKNOWN = (
        "IMP-008",
        _E,
        "“{heading}”没有写明单位，程序按“{unit}”保存，不会猜。请在表头写明单位，例如“{heading}({unit})”，或在导入时确认单位。",
        "“{heading}” does not say its unit; it is kept in {unit}, and units are not guessed. Write the unit in the "
        "heading, for example “{heading} ({unit})”, or confirm it when importing.",
    )
    UNIT_DIFFERS = (
        "IMP-009",
        _E,
        "“{heading}”的单位是“{found}”，程序按“{unit}”保存。请改成“{unit}”，或在导入时确认换算。",
        "“{heading}” is in {found} but is kept in {unit}. Change it to {unit}, or confirm the conversion when "
        "importing.",
    )
    LINK_UNKNOWN = (
        "IMP-010",
        _E,
        "没有找到“{label}”为“{value}”的{target}。请先录入或导入{target}，或核对编码。",
        "There is no {target} with {label} “{value}”. Enter or import it first, or check the code.",
    )
    LINK_AMBIGUOUS = (
        "IMP-011",
        _E,
        "“{label}”为“{value}”的{target}不止一个。请写明全部编号或日期，使它只指一个。",
        "More than one {target} has {label} “{value}”. Give all parts of its key, so that it means one.",
    )
    REPEATED = (
        "IMP-012",
        _E,
        "与 {first} 是同一条“{record}”，但“{label}”不同。请合并成一条，或改正编码。",
        "The same {record} as {first}, but “{label}” differs. Put them together, or correct the code.",
    )
    IGNORED = (
        "IMP-013",
        _I,
        "这些列没有导入：{headings}。",
        "These columns were not imported: {headings}.",
    )
    HAS_ERRORS = (
        "IMP-014",
        _E,
        "有 {count} 处必须改正，没有写入任何内容。改正文件后再导入，或选择只导入没有问题的行。",
        "To be put right: {count}; nothing was written. Correct the file and import again, or choose to import only "
        "the rows without errors.",
    )
    CHANGED_MEANWHILE = (
        "IMP-018",
        _E,
        "预览之后数据有了变动，没有写入任何内容。请重新导入一次，再看预览。",
        "Records changed after the preview; nothing was written. Import once more and look at the preview again.",
    )
    BROKEN_HEADING = (
        "IMP-047",
        _E,
        "表头 {place} 是出错的公式({error})，不知道这一列是什么，没有读取。请改写表头再导入。",
        "The heading at {place} is a formula that failed ({error}), so what its column holds is not known; nothing was read. "
        "Write the heading and import again.",
    )
    BROKEN_CELL = (
        "IMP-019",
        _E,
        "“{label}”的公式出错或没有计算结果({error})。请在表格软件中打开、重新计算并保存，或改填数值。",
        "The formula of “{label}” failed or has no result ({error}). Open the file, recalculate and save it, or enter the "
        "value.",
    )
    SHEET_IGNORED = (
        "IMP-020",
        _I,
        "工作表“{place}”不是“{record}”，没有导入。",
        "The sheet {place} does not hold {record} and was not imported.",
    )
    MERGED_NUMBER = (
        "IMP-021",
        _E,
        "“{label}”是跨行合并的单元格，不知道数值怎样分到各行。请拆分单元格并逐行填写。",
        "“{label}” is one merged cell over several rows, so its value can not be shared out. Unmerge it and fill in "
        "every row.",
    )
    NOT_IMPORTED = (
        "IMP-022",
        _E,
        "“{record}”不能从表格导入。请在程序中录入。",
        "{record} can not be imported from a table. Enter it in the program.",
    )
    NOT_AUTHOR = (
        "IMP-026",
        _E,
        "“{record}”由{authors}填写，本单位不能导入。请把文件交给对方。",
        "{record} is authored by: {authors}; this workplace can not import it. Hand the file to them.",
    )
    ROWS_LEFT_OUT = (
        "IMP-023",
        _I,
        "按列对应文件的条件，有 {count} 行没有导入。",
        "{count} rows were left out as the mapping says.",
    )
    REPEATED_SAME = (
        "IMP-024",
        _I,
        "与 {first} 内容完全相同，只导入一次。",
        "The same as {first}; imported once.",
    )
    FORM_KNOWN = (
        "IMP-033",
        _I,
        "表头按 {on} 记下的列对应读取；不合适时可以重新对应。",
        "The headings are read as they were mapped by hand on {on}; they can be mapped anew.",
    )
    VILLAGE_UNKNOWN = (
        "IMP-029",
        _E,
        "“{label}”里的“{value}”没有登记。请写全名、简称或 12 位代码，或先登记这个单位。",
        "“{label}”: “{value}” is not on record. Write its full name, short name or 12-digit code, or enter that unit first.",
    )
    SAME_IDENTITY = (
        "IMP-030",
        _W,
        "身份证号与 {other} 的相同。一个人只能登记一户：请核对是不是重复，或号码写错。",
        "The identity number is the same as that of {other}. One person is one household: check for a repeated entry or a wrong "
        "number.",
    )
    OTHER_NAME = (
        "IMP-031",
        _W,
        "按身份证号找到已登记的“{known}”({code})，文件里的姓名是“{name}”。请核对是不是同一户。",
        "The identity number belongs to “{known}” ({code}) on record; the file says “{name}”. Check whether it is the same "
        "household.",
    )
    NO_FREE_CODE = (
        "IMP-032",
        _E,
        "嘎查村 {village} 的户编码已经用完(0001–9999)。请核对嘎查村。",
        "The village {village} has no household code left (0001–9999). Check the village.",
    )
    TOTAL_DIFFERS = (
        "IMP-028",
        _W,
        "“{total}”的“{heading}”是 {value}，上面各行之和是 {expected}：{hint}请核对各行和合计。",
        "“{total}”, {heading}: {value}, but the rows above add up to {expected}: {hint}check the rows and the total.",
    )
    NO_SHEET = (
        "IMP-025",
        _E,
        "“{file}”里没有名为“{sheet}”的工作表。现有：{known}。",
        "There is no sheet “{sheet}” in {file}. There are: {known}.",
    )

    @property
    def code(self) -> str:
        return self.value[0]

    @property
    def text(self) -> Text:
        """The sentence with its placeholders."""
        return Text(self.value[2], self.value[3])


def refusal(said: Said, /, *, problems: tuple[Problem, ...] = (), **values: object) -> UserError:
    """Return the error ``said``, its placeholders filled from ``values``."""
    return UserError(said.code, said.text.format(**values), problems=problems)


def nothing_of(label: Text, year: int | None) -> UserError:
    """Return XLS-001 for a table of a year, or of no year in particular."""
    return refusal(Said.NOTHING, what=Text(f"{year or ''}{label.zh}", f"{label.en} {year}" if year else label.en))


def finding(said: Said, /, place: str = "", field: str | None = None, **values: object) -> Problem:
    """Return the problem ``said`` at a place of the file."""
    return Problem(said.code, said.value[1], said.text.format(place=place, **values), field, None, place)
