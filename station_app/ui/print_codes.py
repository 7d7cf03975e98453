"""What can go wrong with printing: code, what happened and what to do."""

from __future__ import annotations

from station_app.domain.problems import Severity
from station_app.exchange.package.codes import Coded

_E, _W = Severity.ERROR, Severity.WARN


class Found(Coded):
    """Problems of printing (PRN)."""

    NOTHING = (
        "PRN-001",
        _E,
        "没有可以打印的内容：{what}。请换一个年度或取消筛选。",
        "There is nothing to print: {what}. Choose another year or show all.",
    )
    TOO_MANY = (
        "PRN-002",
        _E,
        "这个列表有 {count} 行，一次最多打印 {limit} 行。请先筛选，或用“导出”生成 Excel。",
        "The list has {count} rows; at most {limit} are printed at once. Filter it first, or export a workbook.",
    )
    CANNOT_WRITE = (
        "PRN-003",
        _E,
        "PDF 没有写成（{path}）：{why}。请检查文件是否正被打开、磁盘空间和权限，再试一次。",
        "The PDF was not written ({path}): {why}. Check that it is not open elsewhere, and room and permissions, then try "
        "again.",
    )
    NOT_IN_FONT = (
        "PRN-004",
        _W,
        "字体里没有这些字，纸上是空框：{characters}。请在纸上补写，并告诉技术支持。",
        "The font lacks these characters, so boxes stand on the paper: {characters}. Write them in by hand and tell support.",
    )
    UNKNOWN = (
        "PRN-005",
        _E,
        "没有名为“{name}”的报表或记录类型。报表有：{known}；记录类型见“grassland-station template”。",
        "There is no report or record type called “{name}”. Reports: {known}; record types are those of “grassland-station "
        "template”.",
    )
    NO_RECORD = (
        "PRN-006",
        _E,
        "本工作站没有“{name}”这条记录。请用记录编号，或它的编码（例如户编码）。",
        "There is no record “{name}” here. Give its id, or its code (for example the household code).",
    )
