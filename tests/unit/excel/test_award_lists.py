"""Register and notice read back: one programme and one batch a list, lines and totals that add up to the batch itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal as D
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from money_helpers import BALANCE, BAN, hold, plan
from unit_helpers import VILLAGE

from station_app.domain.problems import Severity, UserError
from station_app.domain.registry import record_type
from station_app.exchange.excel import report_award
from station_app.exchange.excel.importer import plan_import
from station_app.exchange.excel.layout import CONTROL_NAME
from station_app.exchange.excel.reports import export_report
from station_app.services.compensation import BatchRun, run_batch
from station_app.services.derived import sums_after
from station_app.services.entry import Entry
from station_app.storage.codec import to_json_fields
from station_app.storage.reader import Query
from station_app.storage.versions import make_version
from station_app.storage.workspace import Workspace

DAY = date(2026, 7, 1)


@pytest.fixture
def entry(empty: Workspace) -> Entry:
    return Entry(empty)


@pytest.fixture
def plans(empty: Workspace, tmp_path: Path) -> Any:
    from station_app.domain.registry import Role

    with Workspace.create(tmp_path / "county", org_code=VILLAGE[:6], org_name="示例县", role=Role.COUNTY) as county:

        def bring(**values: Any) -> str:
            saved = Entry(county).save(plan(BAN, BALANCE, **values))
            empty.journal.merge(county.read.history(saved.record_id))
            return saved.record_id

        yield bring


def lists(entry: Entry, report: str, target: Path, **spec: Any) -> dict[str, dict[str, Any]]:
    """Export, read the file back, and add the lines up with no help of ours; return each sheet by its name."""
    export_report(entry.workspace.read, report, target=target, today=DAY, **spec)
    book = openpyxl.load_workbook(target)
    columns = report_award.EXP1 if report == "disbursement-register" else report_award.EXP2
    place = {c[0]: n for n, c in enumerate(columns)}
    out = {}
    for page in book.worksheets:
        if page.title == CONTROL_NAME:
            continue
        rows = [[cell.value for cell in row] for row in page.iter_rows()]
        first = next(n for n, row in enumerate(rows) if row[0] == "序号") + 1
        last = next(n for n, row in enumerate(rows) if row[0] == "合计")
        body = [row for row in rows[first:last] if isinstance(row[0], int)]  # between them stand the villages' sums
        sums: dict[str, D] = {}
        for heading, _, _shape, places, *_ in columns:
            if rows[last][place[heading]] is None or heading == "序号":
                continue
            letter = openpyxl.utils.get_column_letter(place[heading] + 1)
            covered = re.fullmatch(rf"=(?:SUM\(|SUBTOTAL\(9,){letter}(\d+):{letter}(\d+)\)", rows[last][place[heading]])
            # SUBTOTAL leaves the sums of the villages out, so the total is the lines above it, each once
            assert covered and int(covered[1]) == first + 1 and first + len(body) <= int(covered[2]) <= last
            sums[heading] = sum((D(str(row[place[heading]] or 0)) for row in body), D(0)).quantize(D(1).scaleb(-places))
        names = [row[place["户主姓名"]] for row in body]
        net = "实发金额(元)" if report == "disbursement-register" else "合计金额(元)"
        parts = "禁牧补助金额(元)", "草畜平衡奖励金额(元)"
        for row in body:
            amounts = [D(str(row[place[name]] or 0)) for name in parts]
            assert sum(amounts) == D(str(row[place[net]]))  # each line adds up in sight
        text = [str(c) for row in rows[:first] + rows[last + 1 :] for c in row if c]
        out[page.title] = {"names": names, "net": sums[net], "sums": sums, "text": "\n".join(text)}
    out["control"] = {"text": "\n".join(str(c.value) for row in book[CONTROL_NAME].iter_rows() for c in row if c.value)}
    return out


def the_batch(entry: Entry, made: BatchRun) -> Any:
    row = entry.workspace.read.get("compensation_batch", made.batch_id)
    assert row is not None
    return row.record


def line_of(entry: Entry, name: str) -> Any:
    return next(row for row in entry.workspace.read.rows(Query("compensation_line")) if row.record.head_name == name)


def send_back(entry: Entry, type_name: str, row: Any, decision: str = "returned") -> None:
    """The county's word, as its receipt brings it."""
    cls = record_type("review")
    line = cls.by_name["versions"].line
    assert line is not None
    review = cls.cls(
        decision=decision, decided_at=datetime(2026, 7, 2, tzinfo=UTC),
        reviewer="示例县", reason="示例原因",
        versions=(line(record_type=type_name, record_id=row.record_id, version_id=row.version_id),),
    )  # fmt: skip
    entry.save(review)


@pytest.mark.parametrize("report", ["disbursement-register", "public-notice"])
def test_p07_lists_and_batches_say_the_same_fen(
    entry: Entry, plans: Callable[..., str], tmp_path: Path, report: str
) -> None:
    plan_id = plans()
    hold(entry, 1, ("balance", "30.05"))
    hold(entry, 2, ("ban", "6.022"))
    first = run_batch(entry, entry.workspace, plan_id, VILLAGE, today=DAY)
    hold(entry, 3, ("balance", "7.996"))
    second = run_batch(entry, entry.workspace, plan_id, VILLAGE, today=DAY)
    found = lists(entry, report, tmp_path / "a.xlsx")
    sheets = {name: sheet for name, sheet in found.items() if name != "control"}
    assert len(sheets) == 2  # never two batches in one list
    for made, names, number in ((first, ["示例牧户1", "示例牧户2"], 1), (second, ["示例牧户3"], 2)):
        (sheet,) = (each for name, each in sheets.items() if f"第{number}批" in name)
        assert sheet["names"] == names and f"批次：{number}" in sheet["text"]
        assert sheet["net"] == the_batch(entry, made).net_yuan == made.net_yuan
    assert sum(sheet["net"] for sheet in sheets.values()) == D("140.29")


@pytest.mark.parametrize("report", ["disbursement-register", "public-notice"])
def test_two_programmes_are_two_lists(entry: Entry, plans: Callable[..., str], tmp_path: Path, report: str) -> None:
    hold(entry, 1, ("ban", "100"))
    one = run_batch(entry, entry.workspace, plans(), VILLAGE, today=DAY)
    run_batch(entry, entry.workspace, plans(programme="示例另一项目"), VILLAGE, today=DAY)
    found = lists(entry, report, tmp_path / "a.xlsx")
    sheets = [name for name in found if name != "control"]
    assert len(sheets) == 2 and any("示例另一项目" in name for name in sheets)
    for name in sheets:
        programme = "示例另一项目" if "另一" in name else "示例补奖"
        assert f"项目：{programme} " in found[name]["text"] and found[name]["net"] == D("750.00")
    alone = lists(entry, report, tmp_path / "b.xlsx", row=one.batch_id)
    assert len(alone) == 2 and next(iter(alone.values()))["net"] == D("750.00")
    with pytest.raises(UserError) as caught:
        lists(entry, report, tmp_path / "c.xlsx", row="nowhere")
    assert caught.value.code == "XLS-012"


@pytest.mark.parametrize("report", ["disbursement-register", "public-notice"])
@pytest.mark.parametrize("how", ["county", "refused", "bank"])
def test_what_came_back_is_on_no_list_and_the_totals_say_so(
    entry: Entry, plans: Callable[..., str], tmp_path: Path, report: str, how: str
) -> None:
    hold(entry, 1, ("ban", "100"))
    hold(entry, 2, ("ban", "10"))
    made = run_batch(entry, entry.workspace, plans(), VILLAGE, today=DAY)
    row = line_of(entry, "示例牧户1")
    if how == "county":
        send_back(entry, "compensation_line", row)
    elif how == "refused":
        with entry.workspace.journal.transaction() as connection:
            connection.execute(
                "INSERT INTO progress (version_id, outcome) VALUES (?, 'quarantined') ON CONFLICT (version_id) "
                "DO UPDATE SET outcome='quarantined'", (row.version_id,),
            )  # fmt: skip
    else:
        entry.save(
            replace(row.record, state="returned", state_reason="account_closed"), record_id=row.record_id, reason="例"
        )
    found = lists(entry, report, tmp_path / "a.xlsx")
    (sheet,) = (each for name, each in found.items() if name != "control")
    assert sheet["names"] == ["示例牧户2"] and sheet["net"] == D("75.00")
    assert "批次合计 2 户 825.00 元，其中退回未列入 1 户 750.00 元。" in sheet["text"]
    assert sheet["net"] + D("750.00") == the_batch(entry, made).net_yuan  # listed + came back = the batch
    if report == "disbursement-register":
        word = {"county": "县里退回", "refused": "县里未接收", "bank": "退回"}[how]
        assert f"{word} 1 户，750.00 元" in found["control"]["text"]
        assert "825.00 元 = 列入 1 户，75.00 元 + 退回 1 户，750.00 元" in found["control"]["text"]


def test_a_returned_batch_is_not_posted(entry: Entry, plans: Callable[..., str], tmp_path: Path) -> None:
    hold(entry, 1, ("ban", "100"))
    made = run_batch(entry, entry.workspace, plans(), VILLAGE, today=DAY)
    row = entry.workspace.read.get("compensation_batch", made.batch_id)
    send_back(entry, "compensation_batch", row)
    with pytest.raises(UserError) as caught:
        lists(entry, "public-notice", tmp_path / "a.xlsx")
    assert caught.value.code == "XLS-001"
    assert row is not None  # put right and saved again, it can be posted
    entry.save(replace(row.record, note="示例更正"), record_id=row.record_id, reason="示例")
    assert len(lists(entry, "public-notice", tmp_path / "a.xlsx")) == 2


def test_held_lines_are_on_no_list_and_in_no_total(entry: Entry, plans: Callable[..., str], tmp_path: Path) -> None:
    hold(entry, 1, ("ban", "100"), contract_number=None)
    hold(entry, 2, ("ban", "10"))
    made = run_batch(entry, entry.workspace, plans(), VILLAGE, today=DAY)
    found = lists(entry, "disbursement-register", tmp_path / "a.xlsx")
    sheet = found["发放清册"]
    assert sheet["names"] == ["示例牧户2"] and sheet["net"] == the_batch(entry, made).net_yuan == D("75.00")
    assert "退回未列入" not in sheet["text"] and "暂缓 1 户，750.00 元" in found["control"]["text"]


def test_a_list_that_is_not_its_batch_is_not_written(entry: Entry, plans: Callable[..., str], tmp_path: Path) -> None:
    hold(entry, 1, ("ban", "100"))
    made = run_batch(entry, entry.workspace, plans(), VILLAGE, today=DAY)
    row = entry.workspace.read.get("compensation_batch", made.batch_id)
    assert row is not None
    journal = entry.workspace.journal
    journal.append([make_version(
        record_type="compensation_batch", schema_version=1, record_id=row.record_id, parent_ids=(row.version_id,),
        hlc=journal.clock.next(), author="示例员", device=entry.workspace.identity.device_id, reason="示例", void=False,
        fields=to_json_fields(replace(row.record, net_yuan=D("7500.00"))),
    )])  # fmt: skip
    with pytest.raises(UserError) as caught:
        lists(entry, "disbursement-register", tmp_path / "a.xlsx")
    assert caught.value.code == "XLS-013" and "750.00" in caught.value.text.zh
    assert not (tmp_path / "a.xlsx").exists()


# --- coming back from a workbook ---------------------------------------------------------------------------------------


def _csv(target: Path, *rows: list[str]) -> Path:
    target.write_text("\n".join(",".join(row) for row in rows) + "\n", encoding="utf-8-sig")
    return target


def test_an_imported_batch_that_is_not_its_lines_is_refused_at_its_row(
    entry: Entry, plans: Callable[..., str], tmp_path: Path
) -> None:
    hold(entry, 1, ("ban", "100"))
    made = run_batch(entry, entry.workspace, plans(), VILLAGE, today=DAY)
    head = ["补奖方案年度", "补奖方案项目名称", "年度", "旗县代码", "嘎查村代码", "批次", "实发合计(元)"]
    file = _csv(tmp_path / "批次.csv", head, ["2026", "示例补奖", "2026", VILLAGE[:6], VILLAGE, "1", "7500.00"])
    found = plan_import(entry.workspace.read, file, "compensation_batch", today=DAY)
    said = [p for p in found.problems if p.code == "C13"]
    assert said and "2" in said[0].place and "750.00" in said[0].text.zh and not found.rows, [
        p.text.zh for p in found.problems
    ]
    assert the_batch(entry, made).net_yuan == D("750.00")


def test_imported_lines_say_what_their_batch_would_be(entry: Entry, plans: Callable[..., str]) -> None:
    """The sum is asked about once, at the first row; a line that contradicts itself is refused at its own."""
    hold(entry, 1, ("ban", "100"))
    hold(entry, 2, ("ban", "10"))
    made = run_batch(entry, entry.workspace, plans(), VILLAGE, today=DAY)
    rows = [line_of(entry, name) for name in ("示例牧户1", "示例牧户2")]
    cut = {"deduction_yuan": D("50.00"), "deduction_reason": "示例", "deduction_document": "示例"}
    new = [(row.record_id, replace(row.record, **cut, net_yuan=row.record.net_yuan - 50)) for row in rows]
    kind = record_type("compensation_line")
    told = list(sums_after(entry.workspace.read, kind, new))
    assert [(at, p.code, p.severity) for at, p in told] == [(0, "C13", Severity.WARN)]
    assert "725.00" in told[0][1].text.zh and "825.00" in told[0][1].text.zh and told[0][1].text.zh.startswith("导入后")
    assert list(sums_after(entry.workspace.read, kind, [(row.record_id, row.record) for row in rows])) == []
    assert the_batch(entry, made).net_yuan == D("825.00")
