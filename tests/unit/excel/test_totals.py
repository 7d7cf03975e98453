"""Every row of a file is accounted for; totals are held against the rows above them."""

from __future__ import annotations

import csv
import os
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from excel_helpers import TODAY, VILLAGES
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from station_app.domain.problems import Severity
from station_app.domain.registry import record_type
from station_app.domain.text import LANGUAGES
from station_app.exchange.excel.importer import plan_import
from station_app.exchange.excel.locate import locate
from station_app.exchange.excel.reader import RawTable
from station_app.exchange.excel.row_kinds import RECORDS, RowKind, RowKinds, account
from station_app.exchange.excel.sums import Sums
from station_app.storage.workspace import Workspace

HEADINGS = ["户编码", "嘎查村代码", "户主姓名", "家庭人口(人)", "承包面积(亩)", "备注"]
CASES = Path(os.environ.get("GRASSLAND_SHARED") or Path(__file__).resolve().parents[4] / "shared") / "cases" / "excel"


def row(number: int, persons: Any = 4, area: Any = "100.5", note: str = "") -> list[Any]:
    return [f"{VILLAGES[0]}{number:04d}", VILLAGES[0], f"示例户{number}", persons, area, note]


def differences(*rows: list[Any]) -> list[tuple[str, str]]:
    """Return (place, sentence) of what the totals rows of a table say wrong."""
    kind = record_type("household")
    found = locate(RawTable("表", [HEADINGS, *rows]), kind)
    assert found is not None
    kinds, sums = RowKinds(found, kind), Sums(found)
    out = []
    for number, each in enumerate(found.table.rows[1:], 1):
        word = kinds.sum_word(each)
        if word is None:
            sums.record(number, each)
        else:
            out += sums.total(number, each, word)
    assert all(p.severity is Severity.WARN and p.code == "IMP-028" for p in out)
    return [(p.place, p.text.zh) for p in out]


def total(word: str, persons: Any, area: Any) -> list[Any]:
    return [word, "", "", persons, area, ""]


def test_a_total_that_agrees_says_nothing() -> None:
    assert differences(row(1), row(2), total("合计", 8, 201), total("总  计：", "8", "201.00")) == []
    assert differences(row(1), total("甲嘎查小计", 4, "100.5"), row(2), row(3), total("乙嘎查小计", 8, 201),
                       total("累计", 12, "301.5"), total("合计", 12, "301.5")) == []  # fmt: skip
    thirds = [row(n, area=1133.333333333333) for n in range(3)]
    assert differences(*thirds, total("合计", 12, 3399.999999999999)) == []  # as adding in binary leaves it
    assert differences(row(1), total("合计", "", "")) == []  # a total without numbers says nothing to compare


@pytest.mark.parametrize(
    ("area", "hint"),
    [
        ("2010", "十倍"),
        ("20.1", "十分之一"),
        ("2010000", "一万倍"),
        ("0.0201", "万分之一"),
        ("301.5", "第 2 行"),
        ("203", "请核对"),
    ],
)
def test_a_total_that_differs_is_named_with_what_may_be_behind_it(area: str, hint: str) -> None:
    ((place, said),) = differences(row(1), row(2, area="100.5"), total("合计", 8, area))
    assert place == "表!E4" and hint in said
    assert all(part in said for part in ("合计", "承包面积(亩)", f"{Decimal(area):,}", "201"))


def test_subtotals_count_from_the_last_one_and_running_totals_from_the_top() -> None:
    rows = [row(1), total("本页小计", 4, "100.5"), row(2)]
    assert differences(*rows, total("本页小计", 4, "100.5")) == []
    assert [p for p, _ in differences(*rows, total("累计", 4, "100.5"))] == ["表!D5", "表!E5"]
    assert [p for p, _ in differences(*rows, total("小计", 5, "100.5"))] == ["表!D5"]


def test_a_total_may_count_hidden_rows_or_only_those_in_sight() -> None:
    kind = record_type("household")
    for area, agrees in (("301.5", True), ("201", True), ("200", False)):
        found = locate(RawTable("表", [HEADINGS, row(1), row(2), row(3)]), kind)
        assert found is not None
        sums = Sums(found, {2}.__contains__)
        for number in (1, 2, 3):
            sums.record(number, found.table.rows[number])
        assert (sums.total(4, total("合计", "", area), "合计") == []) is agrees


def test_what_can_not_be_read_is_not_compared() -> None:
    assert differences(row(1, area="约100"), row(2), total("合计", 8, "999")) == []


@pytest.mark.parametrize("note", ["合计", "小计在下页", "共计三户"])
def test_a_record_is_no_total_for_a_word_in_its_note(note: str) -> None:
    kind = record_type("household")
    found = locate(RawTable("表", [HEADINGS, row(1, note=note)]), kind)
    assert found is not None and RowKinds(found, kind).of(found.table.rows[1]) is None


@pytest.mark.skipif(not CASES.is_dir(), reason=f"the field's cases are not at {CASES}")
def test_the_totals_of_the_field(empty: Workspace) -> None:
    plan = plan_import(empty.read, CASES / "totals.xlsx", "household", today=TODAY)
    assert len(plan.rows) == 3 and plan.accounts == {RowKind.NEW: 3, RowKind.TOTAL: 7, RowKind.NOTE: 2}
    assert not plan.errors and not [p for p in plan.problems if p.code == "IMP-028"]


def test_the_account_reads_like_a_sentence() -> None:
    counts = {RowKind.TOTAL: 2, RowKind.NEW: 90, RowKind.CHANGED: 6}
    assert account(counts).zh == "读到 98 行：记录 96 行(新增 90、更正 6)；合计行 2 行。"
    assert account(counts).en == "98 rows read: 96 records (90 new, 6 corrected); 2 totals."
    assert all(kind.label.to(language) for kind in RowKind for language in LANGUAGES)


LINES = st.one_of(
    st.integers(0, 30).map(row),
    st.builds(
        row, st.integers(0, 5), st.sampled_from([4, "", "四", 4.5]), st.sampled_from(["1", "1.23456", "", "#N/A"])
    ),
    st.just(["", VILLAGES[0], "示例无码", 4, "1", ""]),
    st.sampled_from([total("合计", 1, 2), total("某某嘎查小计", "", ""), ["", "", "累计", "", 3, ""]]),
    st.sampled_from([[], ["", " ", "", "", "", ""], HEADINGS, ["填表人：示例", "", "", "", "", ""], ["注：示例"]]),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(LINES, min_size=1, max_size=25))
def test_every_row_is_accounted_for_once(empty: Workspace, lines: list[list[Any]]) -> None:
    lines = [*lines, row(9999)]
    with tempfile.NamedTemporaryFile("w", suffix=".csv", delete=False, encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([HEADINGS, *([*each, *[""] * (6 - len(each))] for each in lines)])
    path = Path(file.name)
    try:
        plan = plan_import(empty.read, path, "household", today=TODAY)
    finally:
        path.unlink()
    assert plan.rows_read == len(lines) == sum(plan.accounts.values())
    assert sum(plan.accounts[kind] for kind in RECORDS) == len(plan.rows)
    assert not plan.accounts[RowKind.REFUSED] or plan.errors
