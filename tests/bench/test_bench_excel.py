"""Workbooks beside pandas + openpyxl: ratios of medians in one run.

The peer writes the same values without any style and does not read back; ours is styled, read back and compared. Run
with ``grassland-station bench --only excel`` or ``pytest tests/bench/test_bench_excel.py -m bench -s``.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from excel_helpers import COUNTY, TODAY, TOWN, VILLAGES, make, save_plan

from station_app.domain import identifiers
from station_app.domain.registry import Role
from station_app.exchange.excel import writer
from station_app.exchange.excel.reports import export_report
from station_app.exchange.excel.sheets import Book, Column, Shape, Sheet
from station_app.services.entry import Entry
from station_app.storage.clock import new_record_id
from station_app.storage.workspace import Workspace

pytestmark = pytest.mark.bench

ROWS = 60_000
LINES = 12_000
_TEXT, _CODE, _WHOLE, _SCALED = Shape.TEXT, Shape.CODE, Shape.WHOLE, Shape.SCALED
COLUMNS = (
    Column("序号", Shape.SERIAL), Column("苏木", _TEXT), Column("嘎查", _TEXT), Column("组", _TEXT), Column("户编码", _CODE),
    Column("户主姓名", _TEXT), Column("身份证号", _CODE), Column("人口(人)", _WHOLE, total="persons"), Column("合同", _CODE),
    Column("面积(亩)", _SCALED, 3, total="area_mu"), Column("标准(元/亩)", _SCALED, 4), Column("金额(元)", _SCALED, 2, total="a"),
    Column("平衡面积(亩)", _SCALED, 3, total="b"), Column("标准(元/亩)", _SCALED, 4), Column("实发(元)", _SCALED, 2, total="c"),
)  # fmt: skip


def rows(number: int = ROWS) -> Iterator[tuple[Any, ...]]:
    for i in range(number):
        yield (
            i + 1, "示例苏木", f"示例嘎查{i // 600}", f"第{i % 5}组", f"{VILLAGES[0]}{i % 10_000:04d}", f"示例牧户{i}",
            f"999999199001{i % 1_000_000:06d}", i % 7, f"HT-{i:06d}", i * 137 + 100, 75_000, i * 13, i * 7, 25_000, i * 16,
        )  # fmt: skip


def book(number: int = ROWS) -> Book:
    sheet = Sheet("清册", "清册", COLUMNS, rows(number), above=(("填报单位", "单位:亩、元"),), total_label="合计")
    return Book("清册", (sheet,), date(2026, 7, 1), "zh_CN")


def median(run: Callable[[], Any], times: int = 3) -> float:
    """Return the median processor seconds of some runs (others may use the machine)."""
    out = []
    for _ in range(times):
        start = time.process_time()
        run()
        out.append(time.process_time() - start)
    return statistics.median(out)


def report(what: str, ours: float, peer_name: str, peer: float, budget: str) -> None:
    """Print one line: both medians, how many times faster, the budget."""
    print(f"\n{what}: {ours:.2f} s | {peer_name}: {peer:.2f} s | {peer / ours:.1f}× (budget {budget})")


def test_workbook_of_60000_rows_beside_pandas(tmp_path: Path) -> None:
    import pandas as pd

    written = writer.write_book(book(), tmp_path / "ours.xlsx")
    ours = median(lambda: writer.write_book(book(), tmp_path / "ours.xlsx"))

    def peer_run() -> None:
        frame = pd.DataFrame(list(rows()), columns=[f"{i} {c.heading}" for i, c in enumerate(COLUMNS)])
        frame.to_excel(tmp_path / "peer.xlsx", index=False, engine="openpyxl")

    peer = median(peer_run, 1)
    assert written[0].rows == ROWS
    report(f"styled workbook {ROWS} × {len(COLUMNS)}, read back", ours, "pandas + openpyxl, plain", peer, "≥ 5×")


def test_memory_does_not_grow_while_writing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "compare", lambda *_: None)  # the reader of others holds a sheet at a time
    peaks = []
    for number in (ROWS // 10, ROWS):
        tracemalloc.start()
        writer.write_book(book(number), tmp_path / "a.xlsx")
        peaks.append(tracemalloc.get_traced_memory()[1] / 1e6)
        tracemalloc.stop()
    print(
        f"\npeak while writing: {peaks[0]:.1f} MB for {ROWS // 10} rows, {peaks[1]:.1f} MB for {ROWS} (one number a row)"
    )
    assert peaks[1] < peaks[0] + 30


@pytest.fixture
def paying(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace.create(tmp_path / "w", org_code=TOWN, org_name="示例站", role=Role.STATION) as made:
        plan = save_plan(made)
        entry = Entry(made, today=lambda: TODAY)
        batch = new_record_id()
        records: list[tuple[Any, str | None]] = [
            (make("compensation_batch", plan_id=plan, year=2026, county_code=COUNTY, village_code=VILLAGES[0],
                  batch_number=1), batch)]  # fmt: skip
        for i in range(LINES):
            owner, area = new_record_id(), Decimal(i) + Decimal("0.125")
            village = f"{TOWN}{i // 9999 + 1:03d}"
            records.append((make(
                "household", code=f"{village}{i % 9999 + 1:04d}", village_code=village, head_name=f"示例牧户{i}",
                persons=i % 7), owner))  # fmt: skip
            amount = (area * Decimal("2.5")).quantize(Decimal("0.01"))
            records.append((make(
                "compensation_line", batch_id=batch, household_id=owner, head_name=f"示例牧户{i}",
                ban_area_mu=Decimal(0), ban_amount_yuan=Decimal(0), balance_area_mu=area, balance_rate=Decimal("2.5"),
                balance_amount_yuan=amount, gross_yuan=amount, deduction_yuan=Decimal(0), net_yuan=amount,
                account_holder=f"示例牧户{i}", bank_name="示例银行",
                account_number=identifiers.invented_account(i)), None))  # fmt: skip
        entry.save_many(records)
        yield made


def test_register_from_the_workspace_beside_pandas(paying: Workspace, tmp_path: Path) -> None:
    import pandas as pd

    def ours_run() -> Any:
        return export_report(paying.read, "disbursement-register", target=tmp_path / "a.xlsx", today=TODAY)

    ours = median(ours_run)
    statement = (
        "SELECT h.group_name, h.code, l.head_name, l.identity_number, l.persons, l.contract_number, l.contract_area_mu, "
        "l.ban_area_mu, l.ban_rate, l.ban_amount_yuan, l.balance_area_mu, l.balance_rate, l.balance_amount_yuan, "
        "l.gross_yuan, l.deduction_yuan, l.net_yuan, l.bank_name, l.account_number, h.phone, l.note, b.village_code, "
        "b.year, b.batch_number, l.state FROM compensation_line l JOIN compensation_batch b ON b.record_id=l.batch_id "
        "JOIN household h ON h.record_id=l.household_id ORDER BY h.code"
    )

    def peer_run() -> None:
        frame = pd.DataFrame(paying.read.sql(statement))
        frame.to_excel(tmp_path / "peer.xlsx", index=False, engine="openpyxl")

    peer = median(peer_run, 1)
    assert ours_run().rows == LINES
    report(f"register {LINES} × 24, query and read-back included", ours, "pandas + openpyxl, plain", peer, "≥ 5×")


def test_reading_beside_pandas(tmp_path: Path) -> None:
    """Ours knows value, error, number format, formula state, merges and visibility; the peers know values."""
    import pandas as pd
    from python_calamine import CalamineWorkbook

    from station_app.exchange.excel.reader import read_tables

    file = tmp_path / "a.xlsx"
    writer.write_book(book(), file)
    tables = read_tables(file)
    assert len(tables[0].rows) == ROWS + 4
    del tables
    ours = median(lambda: read_tables(file))
    report(f"read {ROWS} × {len(COLUMNS)}", ours, "calamine, values only",
           median(lambda: CalamineWorkbook.from_path(file).get_sheet_by_index(0).to_python()), "no budget of its own")  # fmt: skip
    peer = median(lambda: pd.read_excel(file, header=None, dtype=str, engine="openpyxl"), 1)
    report(f"read {ROWS} × {len(COLUMNS)}", ours, "pandas + openpyxl", peer, "≥ 4×, checks and insert included")
    tracemalloc.start()
    kept = read_tables(file)
    print(f"memory while reading: {tracemalloc.get_traced_memory()[1] / 1e6:.0f} MB (budget 150 MB for the import)")
    tracemalloc.stop()
    assert kept


def test_import_beside_pandas(tmp_path: Path) -> None:
    """Ours parses, checks, compares with what is saved and appends versions; the peer reads, checks six columns and inserts."""
    import sqlite3

    import pandas as pd

    columns = (Column("户编码", _CODE), Column("嘎查村代码", _CODE), Column("户主姓名", _TEXT), Column("身份证号", _CODE),
               Column("家庭人口(人)", _WHOLE), Column("承包面积(亩)", _SCALED, 3), Column("村民小组", _TEXT),
               Column("账户名", _TEXT), Column("开户银行", _TEXT), Column("一卡通账号", _CODE), Column("联系电话", _CODE),
               Column("户籍地", _TEXT), Column("居住地", _TEXT), Column("状态", _TEXT), Column("备注", Shape.NOTE))  # fmt: skip

    def lines() -> Iterator[tuple[Any, ...]]:
        for i in range(ROWS):
            village = f"{TOWN}{i // 9999 + 1:03d}"
            yield (
                f"{village}{i % 9999 + 1:04d}", village, f"示例牧户{i}", identifiers.invented_identity(i), i % 9, i * 1000 + 125,
                "第一组", f"示例牧户{i}", "示例银行", identifiers.invented_account(i), f"1990000{i % 10_000:04d}", "示例", "示例",
                "正常", None,
            )  # fmt: skip

    source = tmp_path / "a.xlsx"
    writer.write_book(Book("户", (Sheet("牧户", "名册", columns, lines()),), TODAY, "zh_CN"), source)
    run = subprocess.run([sys.executable, "-c", _IMPORT, str(source), str(tmp_path / "w"), TOWN, TODAY.isoformat()],
                         check=True, capture_output=True, text=True, cwd=Path(__file__).parents[2])  # fmt: skip
    told = json.loads(run.stdout)
    planned, whole = told["planned"], told["whole"]
    assert told["new"] == told["versions"] == ROWS and not told["errors"]

    def read_and_insert() -> Any:
        frame = pd.read_excel(source, sheet_name="牧户", header=1, dtype=str, engine="openpyxl")
        with sqlite3.connect(tmp_path / "peer.db") as connection:
            frame.to_sql("household", connection)
        connection.close()
        return frame

    def check(frame: Any) -> None:
        """Look at six columns of every row, the way it is usually written."""
        for _, row in frame.iterrows():
            assert len(row.iloc[0]) == 16 and row.iloc[0].isdigit() and len(row.iloc[2]) <= 60
            assert identifiers.is_identity(row.iloc[3]) and identifiers.passes_luhn(row.iloc[9])
            assert int(row.iloc[4]) >= 0 and float(row.iloc[5]) >= 0

    frames: list[Any] = []
    bare = median(lambda: frames.append(read_and_insert()), 1)
    peer = bare + median(lambda: check(frames[0]), 1)
    report(
        f"read and plan of {ROWS} × {len(columns)}",
        planned,
        "pandas + openpyxl, checked, to_sql",
        peer,
        "≥ 4×, insert included",
    )
    report("read, plan and journal", whole, "pandas + openpyxl, checked, to_sql", peer, "≥ 4×")
    report("read, plan and journal", whole, "pandas + openpyxl, to_sql alone", bare, "no budget")
    print(f"highest resident memory: {told['opened']} MB opened, {told['planned_mb']} MB planned, {told['whole_mb']} MB applied "
          f"(budget 150); of the process that reads {told['child_mb']} MB")  # fmt: skip


# In a process that does nothing else; what the process that reads uses up is in it.
_IMPORT = """
import json, os, resource, sys
from datetime import date
from pathlib import Path
from station_app.domain.registry import Role
from station_app.exchange.excel.importer import apply_import, plan_import
from station_app.storage.workspace import Workspace

def most():  # the kernel's own mark: that of getrusage counts what stood here before this program
    return int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]) // 1024

def cpu():
    return sum(os.times()[:4])

source, folder, town, today = sys.argv[1:]
with Workspace.create(Path(folder), org_code=town, org_name="示例站", role=Role.STATION) as made:
    opened, began = most(), cpu()
    plan = plan_import(made.read, Path(source), "household", today=date.fromisoformat(today))
    planned, planned_mb = cpu() - began, most()
    apply_import(made, plan)
    print(json.dumps({"opened": opened, "planned": planned, "planned_mb": planned_mb, "whole": cpu() - began,
                      "whole_mb": most(), "child_mb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024, "new": plan.new,
                      "errors": len(plan.errors), "versions": made.journal.count()}))
"""
