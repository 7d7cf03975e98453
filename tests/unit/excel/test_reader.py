"""Any file a person may send: rows, or one clear sentence; never a trace, never a lost process."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
from excel_helpers import SHARED, needed
from hypothesis import given, settings
from hypothesis import strategies as st

from station_app.domain.problems import UserError
from station_app.exchange.excel.importer import plan_import
from station_app.exchange.excel.reader import BROKEN, Broken, read_tables
from station_app.exchange.excel.reading import cells, limits
from station_app.storage.workspace import Workspace

AWKWARD = sorted(p for p in (SHARED / "workbooks").rglob("*") if p.is_file()) if SHARED.exists() else []
PUBLISHED = sorted((SHARED / "published-tables").glob("*.xlsx")) if SHARED.exists() else []
TABLES = sorted(SHARED.glob("*/*.csv")) if SHARED.exists() else []
EXPECTED = {
    "pass_protected.xlsx": "IMP-003", "password.xls": "IMP-003", "empty_sheet.xlsx": "IMP-004", "vba.xlsm": "IMP-004",
}  # fmt: skip


def code_of(path: Path) -> str:
    with pytest.raises(UserError) as caught:
        read_tables(path)
    assert path.name in caught.value.text.zh and path.name in caught.value.text.en
    return caught.value.code


def workbook(tmp_path: Path, rows: list[list[object]], name: str = "a.xlsx") -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(tmp_path / name)
    return tmp_path / name


# --- files of others -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [*AWKWARD, *PUBLISHED, *TABLES], ids=lambda p: p.name)
def test_every_awkward_file_gives_rows_or_a_sentence(path: Path) -> None:
    try:
        tables = read_tables(path)
    except UserError as error:
        assert error.code == EXPECTED.get(path.name), error.text.zh
        return
    assert path.name not in EXPECTED
    assert any(table.rows for table in tables)
    assert all(len({len(row) for row in table.rows}) <= 1 for table in tables)


@pytest.mark.parametrize("path", [*AWKWARD, *PUBLISHED, *TABLES], ids=lambda p: p.name)
def test_every_awkward_file_can_be_offered_for_import(empty: Workspace, path: Path) -> None:
    """None of them holds our records: each gets a plan with its problems or one sentence with a code."""
    try:
        tables = read_tables(path)
    except UserError:
        tables = None
    for number, type_name in enumerate(("household", "livestock_count", "plot", "herb_quadrat")):
        try:  # the first reads the file itself, the others what was read of it
            plan = plan_import(empty.read, path, type_name, tables=tables if number else None)
        except UserError as error:
            assert error.code.startswith("IMP-") and error.text.zh and error.text.en
        else:
            assert plan.rows or plan.problems


def test_some_awkward_files_cell_by_cell() -> None:
    where = needed(SHARED / "workbooks")
    rows = read_tables(where / "wps-and-sheetjs" / "write.et")[0].rows
    assert rows[0][:3] == [1, 2, 3] and rows[2][2] == date(2014, 2, 19)
    assert read_tables(where / "calamine" / "date_1904.xlsx")[0].rows[0][0] == date(2021, 1, 1)
    assert read_tables(where / "poi" / "chinese-provinces.xls")[0].rows[1] == ["Anhui", "安徽省"]
    assert [isinstance(row[0], Broken) for row in read_tables(where / "calamine" / "errors.xlsx")[0].rows] == [True] * 7
    merged = read_tables(where / "magicodes" / "合并行.xlsx")[0]
    assert (1, 2, 8, 2) in merged.merges and merged.rows[1][1] == "张三"
    for name in ("no_bom.csv", "office_bom.csv"):
        assert read_tables(where / "easyexcel" / name)[0].rows[0][0] == "姓名"


# --- kinds of files --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_csv_in_any_usual_encoding_and_delimiter(tmp_path: Path, encoding: str, delimiter: str) -> None:
    lines = [["户编码", "户主姓名"], ["999999001001" + "0001", "示例牧户一"], ["", '带"引号"的']]
    quoted = "\r\n".join(delimiter.join('"' + c.replace('"', '""') + '"' for c in line) for line in lines)
    (tmp_path / "a.csv").write_bytes(quoted.encode(encoding))
    assert read_tables(tmp_path / "a.csv")[0].rows == lines


def test_a_text_file_called_xls_is_read_as_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "a.xls").write_text("户编码\t户主姓名\n0001\t示例\n", encoding="gb18030")
    assert read_tables(tmp_path / "a.xls")[0].rows[1] == ["0001", "示例"]


def test_ods_and_xls_names_do_not_matter(tmp_path: Path) -> None:
    path = workbook(tmp_path, [["a", 1.5], ["b", datetime(2026, 6, 30)]], "a.et.xls.xlsx")
    renamed = path.rename(tmp_path / "b.dat")
    assert read_tables(renamed)[0].rows == [["a", 1.5], ["b", date(2026, 6, 30)]]


def test_formulas_without_a_result_are_noticed(tmp_path: Path) -> None:
    path = workbook(tmp_path, [["数"], ["=1+1"], [3]])
    assert [r[0] for r in read_tables(path)[0].rows] == ["数", BROKEN, 3]
    assert str(BROKEN) == "#?"


# --- what is refused -------------------------------------------------------------------------------------------------


def test_not_there_and_not_readable(tmp_path: Path) -> None:
    assert code_of(tmp_path / "没有.xlsx") == "IMP-001"
    assert code_of(tmp_path) == "IMP-001"


def test_empty_and_binary_and_web_pages(tmp_path: Path) -> None:
    for name, data, code in (
        ("a.csv", b"", "IMP-004"), ("b.csv", b" \r\n", "IMP-004"), ("c.xls", b"<html><table></table></html>", "IMP-002"),
        ("d.csv", bytes(range(32)) * 50, "IMP-002"), ("e.csv", b"\xff\xff\xff\xfe", "IMP-015"),
        ("f.csv", b"\xef\xbb\xbf\xff", "IMP-040"), ("g.xlsx", b"PK\x03\x04 nothing", "IMP-002"),
        ("h.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600, "IMP-002"),
        ("j.csv", b'a,b\n1,2\n"3,4\n5,6\n', "IMP-027"), ("k.csv", b'"a,b\n1,2', "IMP-027"),
        ("i.csv", b'"' + b"x" * 2_000_000 + b'",1\n', "IMP-002"),
    ):  # fmt: skip
        (tmp_path / name).write_bytes(data)
        assert code_of(tmp_path / name) == code, name


def test_a_zip_that_is_no_workbook(tmp_path: Path) -> None:
    for inside in ("readme.txt", "xl/workbook.bin"):
        with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as archive:
            archive.writestr(inside, "x")
        assert code_of(tmp_path / "a.xlsx") == "IMP-002"


def test_a_cell_far_away_does_not_end_the_process(tmp_path: Path) -> None:
    """The reader library makes room for every cell in between; one cell at the far corner aborts the process."""
    book = openpyxl.Workbook()
    book.active["A1"], book.active["XFD1048576"] = "户编码", 1
    book.save(tmp_path / "far.xlsx")
    assert code_of(tmp_path / "far.xlsx") == "IMP-016"


def test_cells_repeated_without_end_are_refused(tmp_path: Path) -> None:
    cell = '<table:table-cell office:value-type="float" office:value="1" table:number-columns-repeated="16385"/>'
    row = f'<table:table-row table:number-rows-repeated="1000000">{cell}</table:table-row>'
    for content in (cell, row.replace("16385", "5")):
        with zipfile.ZipFile(tmp_path / "a.ods", "w") as archive:
            inside = content if "table-row" in content else f"<table:table-row>{content}</table:table-row>"
            archive.writestr(
                "content.xml", f"<office:spreadsheet><table:table>{inside}</table:table></office:spreadsheet>"
            )
        assert code_of(tmp_path / "a.ods") == "IMP-016"


def test_files_beyond_the_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = workbook(tmp_path, [["a", "b"], [1, 2]])
    (tmp_path / "a.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    monkeypatch.setattr(cells, "MAX_EXTENT", 3)
    assert code_of(tmp_path / "a.csv") == "IMP-016"
    monkeypatch.setattr(limits, "MAX_UNPACKED", 100)
    assert code_of(path) == "IMP-016"
    monkeypatch.setattr(limits, "MAX_FILE", 100)
    assert code_of(path) == "IMP-016"


@pytest.mark.parametrize("name", ["a.xlsx", "a.csv"])
def test_more_rows_than_any_list_of_ours_are_not_worked_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """A workbook of five megabytes can hold a million rows: reading all of them and saying of each what is wrong took a minute."""
    rows = [[f"甲{n}", str(n)] for n in range(12)]
    workbook(tmp_path, rows).rename(tmp_path / "a.xlsx")
    (tmp_path / "a.csv").write_text("".join(f"{a},{b}\n" for a, b in rows), encoding="utf-8")
    monkeypatch.setattr(limits, "MAX_FILLED", 12)
    assert len(read_tables(tmp_path / name)[0].rows) == 12
    monkeypatch.setattr(limits, "MAX_FILLED", 11)
    assert code_of(tmp_path / name) == "IMP-016"


def test_a_workbook_cut_anywhere(tmp_path: Path) -> None:
    whole = workbook(tmp_path, [["户编码", "户主姓名"], ["1", "示例"]]).read_bytes()
    for cut in range(0, len(whole) - 1, max(1, len(whole) // 60)):
        (tmp_path / "cut.xlsx").write_bytes(whole[:cut])
        with pytest.raises(UserError):
            read_tables(tmp_path / "cut.xlsx")


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_workbook_with_altered_bytes(data: st.DataObject) -> None:
    import tempfile

    stream = io.BytesIO()
    book = openpyxl.Workbook()
    book.active.append(["户编码", "户主姓名", "=A1"])
    book.active.merge_cells("A3:B4")
    book.save(stream)
    with zipfile.ZipFile(stream) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = data.draw(st.sampled_from(sorted(parts)))
    content = bytearray(parts[name])
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.xlsx"
        with zipfile.ZipFile(path, "w") as archive:
            for part, whole in parts.items():
                archive.writestr(part, bytes(content) if part == name else whole)
        try:
            assert read_tables(path)
        except UserError as error:
            assert error.code in ("IMP-002", "IMP-004", "IMP-016")


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes(content: bytes) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        path.write_bytes(content)
        try:
            assert read_tables(path)
        except UserError as error:
            assert error.code.startswith("IMP-")
