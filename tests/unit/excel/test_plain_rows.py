"""Reading by column is reading by row, only faster: the same records, ids, findings, questions, words and account."""

from __future__ import annotations

import random
from array import array
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from excel_helpers import TODAY, TOWN, VILLAGES

from station_app.domain import identifiers
from station_app.domain.problems import UserError
from station_app.exchange.excel import importer
from station_app.exchange.excel.importer import apply_import, plan_import
from station_app.exchange.excel.mapping import to_mapping
from station_app.exchange.excel.plain_rows import PlainColumns
from station_app.exchange.excel.planning import ImportPlan
from station_app.exchange.excel.reading.cells import BROKEN, EMPTY_OR_BROKEN, PICTURE, Broken, NumberFormat, RawTable
from station_app.exchange.excel.row_kinds import RowKinds
from station_app.storage.reader import Query
from station_app.storage.workspace import Workspace

FORMATS = (NumberFormat(), NumberFormat("0%", percent=True), NumberFormat("0000", digits=4, places=0))
ODD = (
    "", "", " ", "无", "—", "示例:", "合计", "  合  计 ", "日期", "备注", "１２３", "1,234.5", "12.34567", "1e5", "1.52522E+15", "45321",
    "2026-06-30", "2026年6月30日", "20260630", "2027-01-01", True, False, 0.0, 1.0, -3.0, 2.5, 45321.0, 1e300, float("nan"),
    date(2026, 6, 30), datetime(2026, 6, 30, 8, 15), time(8), timedelta(hours=1), BROKEN, EMPTY_OR_BROKEN, Broken("#N/A"), PICTURE,
    None, 7, "a\u200bb", "示例\ufffd", "=1+1", "'0123", "超长" * 60, "示例甲嘎查", "示例乙", "不知何处", "normal", "正常", "是", "否", "1", "0",
)  # fmt: skip
SLY = (True, False, "—", 1.0, 0.0, "", " ", "示例甲嘎查", None)  # what is easily taken for something else


def _code(number: int) -> str:
    return f"{VILLAGES[number % 2]}{number:04d}"


# By heading: what stands in the column of row ``n`` when nobody made a mistake.
Cells = dict[str, Callable[[int], Any]]
HOUSEHOLDS: Cells = {
    "户编码": _code, "嘎查村": lambda n: VILLAGES[n % 2], "户主姓名": lambda n: f"示例牧户{n}", "村民小组": lambda n: f"第{n % 3}组",
    "身份证号": identifiers.invented_identity, "家庭人口(人)": lambda n: float(n % 7), "承包面积(亩)": lambda n: n * 1.5 + 1000,
    "账户名": lambda n: f"示例牧户{n}", "开户银行": lambda n: "示例银行", "一卡通账号": identifiers.invented_account,
    "联系电话": lambda n: f"1990000{n:04d}", "状态": lambda n: "正常", "状态变更日期": lambda n: "", "备注": lambda n: "",
}  # fmt: skip
NAMED = HOUSEHOLDS | {"嘎查村": lambda n: ("示例甲嘎查", "示例乙嘎查")[n % 2]}
PARCELS: Cells = {
    "牧户": lambda n: _code(n % 6), "地块编码": lambda n: f"DK-{n}", "地块名称": lambda n: "南草场", "面积(万亩)": lambda n: n / 16,
    "政策类型": lambda n: ("禁牧", "草畜平衡")[n % 2],
}  # fmt: skip
CHANGES: Cells = {
    "牧户": lambda n: _code(n % 6), "变更类型": lambda n: ("分户", "并户")[n % 2], "变更日期": lambda n: date(2025, 1 + n % 12, 1 + n // 12),
    "说明": lambda n: f"示例{n}",
}  # fmt: skip
KINDS = {"household": HOUSEHOLDS, "household ": NAMED, "parcel": PARCELS, "household_change": CHANGES}


def messy(cells: Cells, seed: int, rows: int = 60, odd: float | None = None) -> RawTable:
    """Return a sheet whose cells are mostly right, some odd, some rows repeated, summed, signed, hidden or merged."""
    chance = random.Random(seed)
    table: list[list[Any]] = [["示例名册", *[""] * (len(cells) - 1)], list(cells)]
    odd = chance.choice((0.0, 0.3, 0.8)) if odd is None else odd
    for number in range(rows):
        row = [cell(number) for cell in cells.values()]
        while chance.random() < odd:
            row[chance.randrange(len(row))] = chance.choice(chance.choice((ODD, SLY)))
        table.append(row)
        if chance.random() < 0.05:
            table.append([*chance.choice(table[2:])])
        if chance.random() < 0.03:
            special = chance.choice((["合计"], ["制表人：示例"], list(cells), [""], ["小计", "", 12.0]))
            table.append([*special, *[""] * (len(cells) - len(special))])
    marks = [array("H", [chance.choice((0, 0, 0, 1, 2)) for _ in row]) for row in table]
    merges = [(5, 3, 7, 3)] if chance.random() < 0.3 and len(cells) > 3 else []
    hidden = [n for n in range(2, len(table)) if chance.random() < 0.02]
    made = RawTable("表", table, merges, formats=FORMATS, marks=marks, epoch_1904=chance.random() < 0.1)
    return made.settle(hidden)


def planned(workspace: Workspace, name: str, table: RawTable, **spec: Any) -> ImportPlan:
    spec.setdefault("answers", {"unit:面积(万亩)": "万亩", "villages:name": "make"})
    return plan_import(workspace.read, Path("示例.xlsx"), name.strip(), today=TODAY, tables=[table], **spec)


def said(plan: ImportPlan) -> dict[str, Any]:
    """Return everything a plan says."""
    rows = [(r.place, r.record_id, r.action, r.record, r.old, r.title, r.changes()) for r in plan.rows]
    return {
        "rows": rows, "problems": plan.problems, "questions": plan.questions, "columns": plan.columns, "others": plan.others,
        "accounts": plan.accounts, "places": plan.places, "read": plan.rows_read,
    }  # fmt: skip


def both(workspace: Workspace, name: str, table: RawTable, **spec: Any) -> tuple[dict[str, Any], dict[str, Any], int]:
    """Return what is said when a sheet is read by column and by row, and how many rows the first took by column."""
    taken = 0
    answers = []
    for by_column in (True, False):
        with pytest.MonkeyPatch.context() as patch:
            numbers = count()
            patch.setattr(importer, "_STEP", 8)
            patch.setattr(importer, "new_record_id", lambda clock, n=numbers: f"00000000-0000-7000-8000-{next(n):012d}")
            if by_column:
                begin = importer._Planner._take

                def counted(self: Any, *given: Any, begin: Any = begin) -> bool:
                    nonlocal taken
                    done = begin(self, *given)
                    taken += done
                    return bool(done)

                patch.setattr(importer._Planner, "_take", counted)
            else:
                patch.setattr(PlainColumns, "of_table", classmethod(lambda cls, *given: None))
                patch.setattr(RowKinds, "is_surely_record", lambda self, row: False)
            try:
                answers.append(said(planned(workspace, name, table, **spec)))
            except UserError as error:
                answers.append({"refused": (error.code, error.text)})
    return answers[0], answers[1], taken


@pytest.mark.parametrize("name", KINDS)
def test_reading_by_column_says_what_reading_by_row_says(station: Workspace, name: str) -> None:
    taken = 0
    for seed in range(16):
        table = messy(KINDS[name], seed)
        by_column, by_row, plain = both(station, name, table)
        taken += plain
        assert by_column == by_row, seed
    assert taken > 200


def test_a_hand_made_mapping_of_headings_is_read_by_column_too(station: Workspace) -> None:
    mapping = to_mapping({
        "format": "grassland-mapping/1", "columns": {"号": "code", "村": "village_code", "名": "head_name"},
        "constants": {"group_name": "第一组"}, "other_columns": "match"})  # fmt: skip
    cells: Cells = {"号": _code, "村": HOUSEHOLDS["嘎查村"], "名": HOUSEHOLDS["户主姓名"]}
    by_column, by_row, taken = both(station, "household", messy(cells, 0), mapping=mapping)
    assert by_column == by_row and taken > 30
    assert all(record.group_name == "第一组" for _, _, _, record, *_ in by_column["rows"])
    steps = to_mapping({
        "format": "grassland-mapping/1", "columns": {"号": "code", "村": "village_code", "名": "head_name"},
        "replace": {"名": [["示例", "示例的"]]}})  # fmt: skip
    by_column, by_row, taken = both(station, "household", messy(cells, 0), mapping=steps)
    assert by_column == by_row and not taken


def test_what_is_on_record_already_is_left_alone_corrected_or_new(station: Workspace) -> None:
    """Six households are on record: read again they are unchanged, corrected or joined by others, by column as by row."""
    table = messy(HOUSEHOLDS, 0, rows=40, odd=0.0)
    first = planned(station, "household", table)
    assert {row.action for row in first.rows} == {"new", "changed"}
    apply_import(station, first, skip_errors=True)
    again, by_row, taken = both(station, "household", table)
    assert again == by_row and taken > 30
    assert {row[2] for row in again["rows"]} == {"unchanged"}
    codes = [row[0] for row in table.rows]
    next(row for row in table.rows if row[0].startswith(TOWN) and codes.count(row[0]) == 1)[6] += 1.0
    changed, by_row, _ = both(station, "household", table)
    assert changed == by_row and sum(row[2] == "changed" for row in changed["rows"]) == 1
    records = {r.record_id: r.record for r in station.read.rows(Query("household", ()))}
    assert all(records[row.record_id] == row.record for row in first.rows)


def test_two_columns_of_one_heading_stay_apart_under_a_mapping(station: Workspace) -> None:
    """A remembered form names its columns; a heading that stands twice was read from its last column for both."""
    mapping = to_mapping({"format": "grassland-mapping/1", "columns": {"号": "code"}, "other_columns": "match"})
    rows = [["号", "嘎查村", "户主姓名", "备注", "备注"], [_code(90), TOWN + "001", "示例甲", "示例前", "示例后"]]
    plan = planned(station, "household", RawTable("表", rows).settle(), mapping=mapping)
    assert [row.record.note for row in plan.rows] == ["示例前"]
