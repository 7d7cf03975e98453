"""The workbook writer: what stands in the file, what the file is compared with, and what stops it."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import zipfile
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import patience
import pytest
from excel_helpers import SHARED, needed
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from station_app.domain.problems import UserError
from station_app.domain.text import Text
from station_app.exchange.excel import markup, saving, writer
from station_app.exchange.excel.layout import CONTROL_NAME
from station_app.exchange.excel.sheets import Book, Column, Shape, Sheet, display_width, sheet_names, spread
from station_app.exchange.excel.writer import write_book

PAYLOADS = SHARED / "payloads" / "csv-formula-injection.txt"
COLUMNS = (
    Column("序号", Shape.SERIAL),
    Column("户主姓名", Shape.TEXT),
    Column("身份证号", Shape.CODE, width=20),
    Column("人口(人)", Shape.WHOLE, total="persons"),
    Column("承包面积(亩)", Shape.SCALED, 3, "0.00#", total="area_mu"),
    Column("金额(元)", Shape.SCALED, 2, total="net_yuan"),
    Column("日期", Shape.DATE),
    Column("签字", Shape.SIGN),
    Column("备注", Shape.NOTE),
)
ROWS = [
    (1, "示例牧户一", "999999199001010017", 3, 1026800, 770100, date(2026, 6, 30), None, "=1+1"),
    (2, "示例牧户二", "999999199001010025", None, 5, -1, None, None, None),
    (3, None, "00012", 4, None, 10, date(1899, 1, 2), None, "第一行\n第二行 & <b>"),
]


def book(rows: Iterable[Sequence[Any]] = ROWS, **spec: Any) -> Book:
    sheet = Sheet(
        "清册", "示例县2026年发放清册", spec.pop("columns", COLUMNS), rows,
        above=(("填报单位(盖章):示例站", "年度：2026", "单位:亩、元"),),
        below=(("制表人:", "审核人:", "日期:"),), total_label="合计", **spec)  # fmt: skip
    return Book("示例县2026年发放清册", (sheet,), date(2026, 7, 1), "zh_CN", "示例站", (("程序版本", "0.1.0"),))


def code_of(call: Any) -> str:
    with pytest.raises(UserError) as caught:
        call()
    text = caught.value.text
    assert text.zh.strip() and text.en.strip()
    return caught.value.code


def test_what_stands_in_the_workbook(tmp_path: Path) -> None:
    target = tmp_path / "清册.xlsx"
    written = write_book(book(), target)
    assert written[0].rows == 3
    assert written[0].totals == {
        "persons": Decimal(7),
        "area_mu": Decimal("1026.805"),
        "net_yuan": Decimal("7701.09"),
    }
    made = openpyxl.load_workbook(target)
    assert made.sheetnames == ["清册", CONTROL_NAME]
    page = made["清册"]
    assert page["A1"].value == "示例县2026年发放清册" and "A1:I1" in {str(r) for r in page.merged_cells.ranges}
    assert page.freeze_panes == "A4" and page.print_title_rows == "$1:$3"
    assert page.page_setup.orientation == "landscape" and page.page_setup.paperSize == 9
    assert page.sheet_properties.pageSetUpPr.fitToPage and page.page_setup.fitToHeight == 0
    assert page.oddFooter.center.text == "第 &P 页 共 &N 页"
    assert page["A3"].font.bold and page["A3"].alignment.wrap_text
    assert page["C4"].number_format == "@" and page["C4"].data_type == "s" and page["C4"].value == ROWS[0][2]
    assert page["E4"].number_format == "0.00#" and page["E4"].value == 1026.8
    assert page["F4"].number_format == "0.00" and page["F4"].value == 7701
    assert page["G4"].value.date() == date(2026, 6, 30) and page["G4"].number_format == "yyyy-mm-dd"
    assert page["I4"].value == "=1+1" and page["I4"].data_type == "s" and page["I4"].style.startswith("Normal")
    assert page["I6"].value == "第一行\n第二行 & <b>"
    assert page["A7"].value == "合计" and page["E7"].value == "=SUM(E4:E6)" and page["A9"].value == "制表人:"
    assert page.column_dimensions["C"].width > page.column_dimensions["A"].width
    control = [[c.value for c in row] for row in made[CONTROL_NAME].iter_rows()]
    assert ["程序版本", "0.1.0", None] in control
    assert ["清册", "行数", 3] in control and ["清册", "金额(元)", 7701.09] in control
    assert made.properties.created.isoformat() == "2026-07-01T00:00:00" and made.properties.title


def test_the_same_data_gives_the_same_bytes(tmp_path: Path) -> None:
    one, two = tmp_path / "一.xlsx", tmp_path / "二.xlsx"
    write_book(book(), one)
    write_book(book(), two)
    assert one.read_bytes() == two.read_bytes()


def test_sum_row_has_its_value_without_recalculating(tmp_path: Path) -> None:
    write_book(book(), tmp_path / "a.xlsx")
    rows = CalamineWorkbook.from_path(tmp_path / "a.xlsx").get_sheet_by_index(0).to_python()
    assert rows[6][3:6] == [7, 1026.805, 7701.09]


def test_two_row_headings_and_page_breaks(tmp_path: Path) -> None:
    columns = (
        Column("村", Shape.TEXT),
        Column("能繁母畜", Shape.WHOLE, group="绵羊", total="head"),
        Column("其他", Shape.WHOLE, group="绵羊", total="head"),
        Column("合计", Shape.WHOLE, group="牛"),
    )
    rows = [("甲", 1, 2, 3), ("甲", 1, 2, 3), ("乙", 4, 5, 6)]
    write_book(book(rows, columns=columns, break_at=(0,)), tmp_path / "a.xlsx")
    page = openpyxl.load_workbook(tmp_path / "a.xlsx")["清册"]
    assert [c.value for c in page[3]] == ["村", "绵羊", None, "牛"]
    assert [c.value for c in page[4]] == [None, "能繁母畜", "其他", "合计"]
    assert {"A3:A4", "B3:C3"} <= {str(r) for r in page.merged_cells.ranges}
    assert [b.id for b in page.row_breaks.brk] == [6]


def test_formula_payloads_stay_text(tmp_path: Path) -> None:
    """Text from outside never becomes a formula, in any text column."""
    needed(PAYLOADS)
    payloads = [p for p in PAYLOADS.read_text(encoding="utf-8").splitlines() if p]
    payloads += ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "'=1", '=HYPERLINK("http://x")']
    columns = (Column("一", Shape.TEXT), Column("二", Shape.CODE), Column("三", Shape.NOTE))
    write_book(book([(p, p, p) for p in payloads], columns=columns), tmp_path / "a.xlsx")
    with zipfile.ZipFile(tmp_path / "a.xlsx") as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
        styles = archive.read("xl/styles.xml").decode()
    assert "<f>" not in sheet and "hyperlink" not in sheet.lower().replace("=hyperlink", "")
    assert 'quotePrefix="1"' in styles
    page = openpyxl.load_workbook(tmp_path / "a.xlsx")["清册"]
    for payload, row in zip(payloads, page.iter_rows(min_row=4), strict=False):
        assert [(c.value, c.data_type, c.quotePrefix) for c in row] == [(payload, "s", True)] * 3


texts = st.none() | st.text(st.characters(exclude_categories=("Cs",), exclude_characters="￾￿"), min_size=1, max_size=40)
table_rows = st.lists(
    st.tuples(
        texts, st.none() | st.integers(-(10**14), 10**14), st.none() | st.integers(-(10**12), 10**12),
        st.none() | st.dates(date(1850, 1, 1), date(2200, 1, 1)), texts, texts,
    ), max_size=12)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(table_rows)
def test_any_table_comes_back_as_it_was(rows: list[tuple[Any, ...]]) -> None:
    columns = (Column("文", Shape.TEXT), Column("数", Shape.WHOLE), Column("钱", Shape.SCALED, 2),
               Column("日", Shape.DATE), Column("号", Shape.CODE), Column("注", Shape.NOTE))  # fmt: skip
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "a.xlsx"
        write_book(book([*rows, ("末", 1, 1, None, "0", "0")], columns=columns), target)
        page = CalamineWorkbook.from_path(target).get_sheet_by_index(0).to_python()[3:]
    for row, found in zip(rows, page, strict=False):
        assert found[0] == (row[0] or "") and found[4:6] == [row[4] or "", row[5] or ""]
        assert found[1] == ("" if row[1] is None else row[1])
        assert ("" if row[2] is None else Decimal(row[2]).scaleb(-2)) == (
            "" if found[2] == "" else Decimal(str(found[2]))
        )
        day = row[3]
        assert found[3] == ("" if day is None else day if day >= date(1900, 3, 1) else day.isoformat())


# --- what stops it ---------------------------------------------------------------------------------------------------


def test_missing_folder_and_wrong_names_are_refused(tmp_path: Path) -> None:
    assert code_of(lambda: write_book(book(), tmp_path / "没有" / "a.xlsx")) == "XLS-002"
    assert code_of(lambda: write_book(book(), tmp_path / "a.xls")) == "XLS-009"
    assert code_of(lambda: write_book(book(), tmp_path / ("长" * 300 + ".xlsx"))) == "XLS-009"
    (tmp_path / "b.xlsx").mkdir()
    assert code_of(lambda: write_book(book(), tmp_path / "b.xlsx")) == "XLS-009"


@pytest.mark.parametrize("mark", ["~$清册.xlsx", ".~lock.清册.xlsx#"])
def test_a_workbook_that_is_open_is_left_alone(tmp_path: Path, mark: str) -> None:
    target = tmp_path / "清册.xlsx"
    target.write_bytes(b"before")
    (tmp_path / mark).write_bytes(b"")
    assert code_of(lambda: write_book(book(), target)) == "XLS-003"
    assert target.read_bytes() == b"before"


def test_a_target_that_can_not_be_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EACCES, "denied")

    monkeypatch.setattr(Path, "replace", refuse)  # what Windows does while the workbook is open
    assert code_of(lambda: write_book(book(), tmp_path / "a.xlsx")) == "XLS-003"
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "清册.xlsx"
    target.write_bytes(b"before")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert code_of(lambda: write_book(book(), target)) == "XLS-004"
    assert target.read_bytes() == b"before" and len(list(tmp_path.iterdir())) == 1


def test_a_file_that_may_not_grow_is_a_full_disk(tmp_path: Path) -> None:
    """The real thing: the system refuses to let the file grow."""
    if not hasattr(os, "fork"):
        pytest.skip("needs a POSIX system")
    code = (
        "import resource, signal, sys; from pathlib import Path; sys.path[:0] = ['tests', 'tests/unit/excel'];"
        "from test_writer import *; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000));"
        "print(code_of(lambda: write_book(book(), Path(sys.argv[1]))))"
    )
    import sys

    ran = subprocess.run([sys.executable, "-c", code, str(tmp_path / "a.xlsx")], capture_output=True, text=True,
                         cwd=Path(__file__).parents[3], check=False)  # fmt: skip
    assert ran.stdout.strip() == "XLS-004", ran.stderr
    assert list(tmp_path.iterdir()) == []


def test_another_error_of_the_system_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", broken)
    assert code_of(lambda: write_book(book(), tmp_path / "a.xlsx")) == "XLS-005"


def test_a_cell_that_differs_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is read back is compared with the values, not with what the writer thinks it wrote."""
    real = markup._text_cells
    monkeypatch.setattr(markup, "_text_cells", lambda v, p: [c.replace("牧户二", "牧户三") for c in real(v, p)])
    with pytest.raises(UserError) as caught:
        write_book(book(), tmp_path / "a.xlsx")
    assert caught.value.code == "XLS-006" and "清册 5" in caught.value.text.zh
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("part", ["xl/sharedStrings.xml", "xl/worksheets/sheet2.xml"])
def test_a_heading_or_control_total_that_differs_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    real = writer._assemble

    def spoiled(made: Any, spools: Any, target: Path) -> None:
        made.parts[part] = (
            made.parts[part].replace("身份证号".encode(), "身份证好".encode()).replace(b"<v>7701.09<", b"<v>7701.08<")
        )
        real(made, spools, target)

    monkeypatch.setattr(writer, "_assemble", spoiled)
    assert code_of(lambda: write_book(book(), tmp_path / "a.xlsx")) == "XLS-006"


def test_a_file_that_can_not_be_read_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "_assemble", lambda made, spools, target: target.write_bytes(b"PK nothing"))
    assert code_of(lambda: write_book(book(), tmp_path / "a.xlsx")) == "XLS-006"


def test_too_many_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markup, "MAX_ROWS", 60)
    assert code_of(lambda: write_book(book(ROWS * 10), tmp_path / "a.xlsx")) == "XLS-007"


@pytest.mark.parametrize("value", ["x" * 40_000, "\ud800", "￾"])
def test_a_text_a_cell_can_not_hold(tmp_path: Path, value: str) -> None:
    rows = [(value,)]
    assert (
        code_of(lambda: write_book(book(rows, columns=(Column("注", Shape.NOTE),)), tmp_path / "a.xlsx")) == "XLS-010"
    )


def test_numbers_beyond_fifteen_digits(tmp_path: Path) -> None:
    column = (Column("金额(元)", Shape.SCALED, 2, total="net_yuan"),)
    assert code_of(lambda: write_book(book([(10**15,)], columns=column), tmp_path / "a.xlsx")) == "XLS-008"
    many = [(9 * 10**14,), (9 * 10**14,)]
    assert code_of(lambda: write_book(book(many, columns=column), tmp_path / "a.xlsx")) == "XLS-008"


def test_stopping_leaves_nothing(tmp_path: Path) -> None:
    class Stop:
        cancelled = True

        def progress(self, done: int, total: int | None, text: Text) -> None: ...

    assert code_of(lambda: write_book(book(), tmp_path / "a.xlsx", Stop())) == "JOB-001"
    assert list(tmp_path.iterdir()) == []


def test_errors_of_the_system_have_their_sentence(tmp_path: Path) -> None:
    target = tmp_path / "a.xlsx"
    codes = {errno.ENOENT: "XLS-002", errno.EROFS: "XLS-003", errno.ENOSPC: "XLS-004", errno.EIO: "XLS-005",
             errno.ENAMETOOLONG: "XLS-009"}  # fmt: skip
    for number, code in codes.items():
        assert saving.translated(OSError(number, "x"), target).code == code


# --- small parts -----------------------------------------------------------------------------------------------------


def test_sheet_names_are_allowed_and_distinct() -> None:
    names = sheet_names(["a/b", "A/B", "嘎查" * 30, "嘎查" * 30, "'x'", "", "History"])
    assert len({n.casefold() for n in names}) == len(names)
    assert all(0 < len(n) <= 31 and not set(n) & set("[]:*?/\\") for n in names)


@given(st.lists(st.text(max_size=8), min_size=1, max_size=6), st.lists(st.floats(2, 30), min_size=1, max_size=25))
def test_parts_of_a_line_share_the_columns(parts: list[str], widths: list[float]) -> None:
    spans = spread(parts, widths)
    assert len(spans) == len(parts) and spans[-1][1] == len(widths) - 1
    assert all(0 <= first <= last < len(widths) for first, last in spans)
    if len(parts) <= len(widths):
        taken = [c for first, last in spans for c in range(first, last + 1)]
        assert taken == list(range(len(widths)))


def test_display_width() -> None:
    assert display_width("亩ab") == 4


def test_libreoffice_reads_and_prints_it(tmp_path: Path) -> None:
    if shutil.which("soffice") is None:
        pytest.skip("LibreOffice is not installed")
    write_book(book(), tmp_path / "a.xlsx")
    subprocess.run(
        ["soffice", f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--headless", "--convert-to",
         "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true",
         "--outdir", str(tmp_path), str(tmp_path / "a.xlsx")], check=True, capture_output=True, timeout=patience.SECONDS)  # fmt: skip
    lines = (tmp_path / "a.csv").read_text(encoding="utf-8").splitlines()
    assert lines[3].startswith("1,示例牧户一,999999199001010017,3,1026.80,7701.00,2026-06-30,,=1+1")
