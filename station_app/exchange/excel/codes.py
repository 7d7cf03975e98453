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
        "没有可导出的数据:{what}。请先录入,或换一个年度再导出。",
        "There is nothing to export: {what}. Enter the records first, or choose another year.",
    )
    NO_FOLDER = (
        "XLS-002",
        _E,
        "文件夹不存在:{folder}。请先建立这个文件夹,或另选一个。",
        "There is no folder {folder}. Make it first, or choose another.",
    )
    IN_USE = (
        "XLS-003",
        _E,
        "无法替换文件“{target}”:它正在表格软件中打开,或没有写权限。请先关闭它,或换一个文件名再导出。",
        "The file {target} can not be replaced: it is open in a spreadsheet program, or may not be written. Close it, or "
        "export under another name.",
    )
    DISK_FULL = (
        "XLS-004",
        _E,
        "磁盘空间不足,“{target}”没有写出。请腾出空间,或换一个磁盘再导出;原有文件没有改动。",
        "The disk is full, {target} was not written. Free some space or choose another disk; what was there before is "
        "unchanged.",
    )
    NOT_WRITTEN = (
        "XLS-005",
        _E,
        "无法写出“{target}”:{reason}。请换一个文件夹再导出。",
        "{target} can not be written: {reason}. Choose another folder and export again.",
    )
    DIFFERS = (
        "XLS-006",
        _E,
        "写出的表格读回核对时与数据不一致({place}),文件已删除,没有留下。请重新导出;若再次出现,请检查磁盘。",
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
        "{place} 列(或它的合计)有超过 {limit} 位的数字,表格存不下。请核对这一列的数值和单位。",
        "Column {place}, or its sum, has a number of more than {limit} digits, which a workbook can not hold. Check the "
        "values of this column and their unit.",
    )
    TEXT_NOT_HELD = (
        "XLS-010",
        _E,
        "{place} 列有一段文字表格存不下(长于 {limit} 字或含无效字符):“{value}…”。请修改这条记录后再导出。",
        "Column {place} has a text a workbook can not hold (longer than {limit} characters, or invalid characters): "
        "“{value}…”. Correct the record and export again.",
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
        "没有名为“{name}”的报表。可用的报表:{known}。",
        "There is no report called “{name}”. Reports: {known}.",
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


def finding(said: Said, /, place: str = "", field: str | None = None, **values: object) -> Problem:
    """Return the problem ``said`` at a place of the file."""
    return Problem(said.code, said.value[1], said.text.format(place=place, **values), field, None, place)
