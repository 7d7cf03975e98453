"""One reading for every format: value, error, number format, formula, merge and visibility of each cell."""

from __future__ import annotations

import struct
import zipfile
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
import workbook_files as made
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from station_app.domain.problems import UserError
from station_app.exchange.excel.hidden import ranges
from station_app.exchange.excel.importer import plan_import
from station_app.exchange.excel.reader import PICTURE, Broken, RawTable, read_tables
from station_app.exchange.excel.reading import xlsx
from station_app.exchange.excel.reading.cells import as_date, number_format
from station_app.storage.workspace import Workspace

ERRORS = ("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A")
CODES = (0, 7, 15, 23, 29, 36, 42)


def table(path: Path) -> RawTable:
    return read_tables(path)[0]


def refused(path: Path) -> str:
    with pytest.raises(UserError) as caught:
        read_tables(path)
    return caught.value.code


# --- errors and formulas, in every format --------------------------------------------------------------------------------


def with_errors(path: Path) -> Path:
    """Write a row of every error in the format of the file's name."""
    if path.suffix == ".xlsx":
        return made.xlsx(path, ["".join(f'<c t="e"><v>{e}</v></c>' for e in ERRORS)])
    if path.suffix == ".ods":
        cells = "".join(
            f'<table:table-cell table:formula="of:=1" office:value-type="string" calcext:value-type="error"><text:p>{e}</text:p></table:table-cell>'
            for e in ERRORS)  # fmt: skip
        return made.ods(path, [cells])
    if path.suffix in (".xls", ".et"):
        return made.xls(path, *(made.error(0, column, code) for column, code in enumerate(CODES)))
    path.write_text(",".join(ERRORS) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("suffix", [".xlsx", ".ods", ".xls", ".et", ".csv"])
def test_an_error_is_an_error_in_every_format(tmp_path: Path, suffix: str) -> None:
    assert table(with_errors(tmp_path / f"a{suffix}")).rows == [[Broken(e) for e in ERRORS]]


def test_errors_pasted_as_text_and_other_programs_errors(tmp_path: Path) -> None:
    texts = ["#N/A", " #REF! ", "Err:502", "错误:508", "#1 号", "E组", "=合计"]
    rows = table(made.xlsx(tmp_path / "a.xlsx", ["".join(map(made.text_cell, texts))])).rows
    assert rows == [[Broken("#N/A"), Broken("#REF!"), Broken("Err:502"), Broken("错误:508"), "#1 号", "E组", "=合计"]]
    old = '<table:table-cell table:formula="of:=1" office:value-type="float" office:value="0"><text:p>Err:502</text:p></table:table-cell>'
    assert table(made.ods(tmp_path / "a.ods", [old])).rows == [[Broken("Err:502")]]


def test_formulas_of_a_workbook(tmp_path: Path) -> None:
    cells = [
        ("<c><f>A1*2</f><v>5</v></c>", 5.0), ('<c t="str"><f>T(A1)</f><v></v></c>', ""), ("<c><f>1+1</f></c>", Broken()),
        ("<c><f>1+1</f><v></v></c>", Broken()), ("<c><f>A1*B1</f><v>0.0</v></c>", Broken()), ("<c><f>A1*B1</f><v>0</v></c>", 0.0),
        ('<c><f>IF(A1="","",1)</f><v></v></c>', Broken(or_empty=True)), ('<c t="e"><f>NA()</f><v>#N/A</v></c>', Broken("#N/A")),
        ('<c t="str"><f>_xlfn.DISPIMG("ID_1",1)</f><v>=DISPIMG("ID_1",1)</v></c>', PICTURE),
        ('<c t="e"><f>_xlfn.DISPIMG("ID_1",1)</f><v>#NAME?</v></c>', PICTURE), (made.text_cell('=DISPIMG("ID_1",1)'), PICTURE),
        ('<c t="b"><f>TRUE()</f><v>1</v></c>', True), ('<c><f t="shared" si="0"/><v>7</v></c>', 7.0),
    ]  # fmt: skip
    whole = made.xlsx(tmp_path / "a.xlsx", ["".join(cell for cell, _ in cells)])
    found = table(whole)
    assert found.rows == [[value for _, value in cells]]
    assert [found.is_formula(0, column) for column in range(13)] == [column != 10 for column in range(13)]
    waiting = table(made.xlsx(tmp_path / "b.xlsx", ["".join(cell for cell, _ in cells)], calculate=True))
    assert waiting.rows[0][5] == Broken() and waiting.rows[0][0] == 5.0, "a 0 nobody worked out is none"


def test_formulas_of_an_old_workbook(tmp_path: Path) -> None:
    def special(kind: int, value: int = 0) -> bytes:
        return bytes([kind, 0, value, 0, 0, 0, 0xFF, 0xFF])

    path = made.xls(
        tmp_path / "a.xls", made.formula(0, 0, struct.pack("<d", 5)), made.formula(0, 1, special(2, 42)),
        made.formula(0, 2, special(3), expression=b"\x17\x00\x00"), made.formula(0, 3, special(3)),
        made.formula(0, 4, special(0)), made.record(0x207, struct.pack("<HB", 2, 1) + "示例".encode("utf-16-le")),
        made.formula(0, 5, struct.pack("<d", 0), flags=2), made.formula(0, 6, struct.pack("<d", 0)), made.formula(0, 7, special(1, 1)),
    )  # fmt: skip
    found = table(path)
    assert found.rows == [[5.0, Broken("#N/A"), "", Broken(or_empty=True), "示例", Broken(), 0.0, True]]
    assert all(found.is_formula(0, column) for column in range(8))


def test_formulas_of_an_ods(tmp_path: Path) -> None:
    found = table(made.ods(tmp_path / "a.ods", [
        '<table:table-cell table:formula="of:=1"/>'
        '<table:table-cell table:formula="of:=T(1)" office:value-type="string" office:string-value=""><text:p/></table:table-cell>'
        '<table:table-cell table:formula="of:=2" office:value-type="float" office:value="2"><text:p>2</text:p></table:table-cell>'
    ]))  # fmt: skip
    assert found.rows == [[Broken(), "", 2.0]] and found.is_formula(0, 1)


# --- number formats ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "percent", "shape", "places", "digits"),
    [("0%", True, "", 0, 0), ('0.00"%"', False, "", 2, 0), ("#,##0.00_);[Red](#,##0.00)", False, "", 2, 0), ("0000", False, "", 0, 4),
     ("yyyy-mm-dd", False, "date", None, 0), ('yyyy"年"m"月"d"日"', False, "date", None, 0), ("h:mm:ss", False, "time", None, 0),
     ("[h]:mm", False, "duration", None, 0), ('[$-804]aaaa', False, "", None, 0), ("General", False, "", None, 0),
     ('0.0"亩"', False, "", 1, 0), ("[DBNum1]yyyy年m月d日", False, "date", None, 0), ("m月d日", False, "date", None, 0),
     ("¥#,##0.00", False, "", 2, 0), ("0.00E+00", False, "", 2, 0), ("[Blue]0.0%;[Red]-0.0%", True, "", 1, 0)],
)  # fmt: skip
def test_what_a_format_says(code: str, percent: bool, shape: str, places: int | None, digits: int) -> None:
    found = number_format(code)
    assert (found.percent, found.date, found.places if not shape else None, found.digits) == (
        percent,
        shape,
        places,
        digits,
    )


def test_days_of_both_calendars() -> None:
    assert as_date(46203, "date") == date(2026, 6, 30) and as_date(44741, "date", True) == date(2026, 6, 30)
    assert (
        as_date(1, "date") == date(1900, 1, 1)
        and as_date(59, "date") == date(1900, 2, 28)
        and as_date(61, "date") == date(1900, 3, 1)
    )
    assert as_date(60, "date") == 60, "the day that never was stays a number"
    assert as_date(46203.5, "date") == datetime(2026, 6, 30, 12) and as_date(0.25, "time") == time(6)  # noqa: DTZ001
    assert as_date(1.5, "duration") == timedelta(days=1.5) and as_date(-1, "date") == -1


def percents(path: Path) -> Path:
    if path.suffix == ".xlsx":
        return made.xlsx(
            path,
            [
                f'<c s="{made.PERCENT}"><v>0.8</v></c><c s="{made.FOUR_DIGITS}"><v>12</v></c><c s="{made.DATE}"><v>46203</v></c>'
            ],
        )
    if path.suffix == ".ods":
        styles = (
            '<number:percentage-style style:name="N1"><number:number number:decimal-places="0"/></number:percentage-style>'
            '<number:number-style style:name="N2"><number:number number:decimal-places="0" number:min-integer-digits="4"/></number:number-style>'
            '<style:style style:name="a" style:family="table-cell" style:data-style-name="N1"/>'
            '<style:style style:name="b" style:family="table-cell" style:data-style-name="N2"/>'
        )
        return made.ods(path, [
            '<table:table-cell office:value-type="percentage" office:value="0.8" table:style-name="a"><text:p>80%</text:p></table:table-cell>'
            '<table:table-cell office:value-type="float" office:value="12" table:style-name="b"><text:p>0012</text:p></table:table-cell>'
            '<table:table-cell office:value-type="date" office:date-value="2026-06-30"><text:p>06-30</text:p></table:table-cell>'
        ], styles=styles)  # fmt: skip
    return made.xls(path, made.number(0, 0, 0.8, 1), made.number(0, 1, 12, 4), made.number(0, 2, 46203, 2))


@pytest.mark.parametrize("suffix", [".xlsx", ".ods", ".xls", ".et"])
def test_number_formats_are_known_in_every_format(tmp_path: Path, suffix: str) -> None:
    found = table(percents(tmp_path / f"a{suffix}"))
    assert found.rows == [[0.8, 12.0, date(2026, 6, 30)]]
    assert found.format(0, 0).percent and not found.format(0, 1).percent and found.format(0, 1).digits == 4
    assert found.format(9, 9).code == "General"


def test_a_code_kept_as_a_number_is_read_as_it_is_shown(empty: Workspace, tmp_path: Path) -> None:
    """0012 shown of 12: the zeros belong to the code."""
    heads = "".join(map(made.text_cell, ("户编码", "嘎查村代码", "户主姓名", "村民小组")))
    cells = "".join(map(made.text_cell, ("9999990010010012", "999999001001", "示例牧户")))
    path = made.xlsx(tmp_path / "a.xlsx", [heads, f'{cells}<c s="{made.FOUR_DIGITS}"><v>12</v></c>'])
    (row,) = plan_import(empty.read, path, "household").rows
    assert row.record.group_name == "0012"


# --- merges and visibility ---------------------------------------------------------------------------------------------------


def test_what_nobody_sees(tmp_path: Path) -> None:
    one = made.text_cell("x")
    rows = [
        "<row>" + one * 3 + "</row>",
        '<row hidden="1">' + one * 3 + "</row>",
        '<row ht="0">' + one * 3 + "</row>",
        one * 3,
    ]
    head = '<cols><col min="2" max="2" width="9" hidden="1"/><col min="3" max="3" width="0"/></cols>'
    found = table(
        made.xlsx(tmp_path / "a.xlsx", rows, head=head, tail='<mergeCells><mergeCell ref="A1:B2"/></mergeCells>')
    )
    assert (found.hidden_rows, found.hidden_columns, found.merges) == ({1, 2}, {1, 2}, [(0, 0, 1, 1)])
    cell = '<table:table-cell office:value-type="string"><text:p>x</text:p></table:table-cell>'
    rows = [cell * 2, f'<table:table-row table:visibility="filter">{cell * 2}</table:table-row>',
            f'<table:table-row table:visibility="collapse" table:number-rows-repeated="2">{cell * 2}</table:table-row>']  # fmt: skip
    columns = '<table:table-column/><table:table-column table:visibility="collapse"/>'
    found = table(made.ods(tmp_path / "a.ods", rows, columns=columns))
    assert (found.hidden_rows, found.hidden_columns, len(found.rows)) == ({1, 2, 3}, {1}, 4)
    path = made.xls(tmp_path / "a.xls", made.hidden_row(1), made.record(0x7D, struct.pack("<HHHHHH", 1, 1, 2048, 0, 1, 0)),
                    made.record(0xE5, struct.pack("<5H", 1, 0, 1, 0, 1)),
                    *(made.label(r, c, "x") for r in range(2) for c in range(2)))  # fmt: skip
    found = table(path)
    assert (found.hidden_rows, found.hidden_columns, found.merges) == ({1}, {1}, [(0, 0, 1, 1)])


# --- parts as the workbook names them --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "way",
    [{"slash": "\\"}, {"sheet": "xl/data/甲.xml", "target": "data/%E7%94%B2.xml"}, {"target": "/xl/worksheets/sheet1.xml"},
     {"sheet": "sheet1.xml", "target": "../sheet1.xml"}, {"target": "WORKSHEETS/Sheet1.XML"}, {"prefix": "x"},
     {"target": "worksheets\\sheet1.xml"}, {"head": "<!-- rows -->"}],
    ids=str,
)  # fmt: skip
def test_parts_are_found_as_the_workbook_names_them(tmp_path: Path, way: dict[str, Any]) -> None:
    path = made.xlsx(
        tmp_path / "a.xlsx", [made.text_cell("户编码") + '<c t="e"><v>#N/A</v></c>', '<c r="B2"><v>1.5</v></c>'], **way
    )
    assert table(path).rows == [["户编码", Broken("#N/A")], ["", 1.5]]


def test_cells_and_rows_without_references_and_out_of_order(tmp_path: Path) -> None:
    rows = ['<row r="3"><c r="C3"><v>3</v></c><c r="A3"><v>1</v></c></row>', '<row r="1"><c><v>1</v></c></row>']
    assert table(made.xlsx(tmp_path / "a.xlsx", rows)).rows == [[1.0, "", ""], ["", "", ""], [1.0, "", 3.0]]


def test_texts_in_every_way_a_workbook_keeps_them(tmp_path: Path) -> None:
    strings = (
        "<sst><si><t>普通</t></si><si><r><t>一</t></r><r><t xml:space='preserve'> 二</t></r><rPh sb='0' eb='1'><t>yi</t></rPh></si>"
        "<si><t>a_x000D_b_x005F_c</t></si><si><t>&lt;甲&amp;乙&gt;</t></si></sst>"
    )
    link = f'<Relationships><Relationship Id="a" Type="{made._OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    link += f'<Relationship Id="s" Type="{made._OFFICE}/sharedStrings" Target="texts.xml"/></Relationships>'
    cells = (
        "".join(f'<c t="s"><v>{n}</v></c>' for n in range(4))
        + '<c t="inlineStr"><is><r><t>甲</t></r><r><t>乙</t></r></is></c>'
    )
    path = made.xlsx(tmp_path / "a.xlsx", [cells], more={"xl/texts.xml": strings, "xl/_rels/workbook.xml.rels": link})
    assert table(path).rows == [["普通", "一 二", "a\rb_c", "<甲&乙>", "甲乙"]]


def test_shared_texts_of_an_old_workbook_cut_in_two(tmp_path: Path) -> None:
    texts = ["示例牧户甲", "a", "第二个很长的名字" * 40]
    path = made.xls(
        tmp_path / "a.xls", *(made.record(0xFD, struct.pack("<HHHI", 0, n, 0, n)) for n in range(3)), shared=texts
    )
    assert table(path).rows == [texts]


def test_small_numbers_of_an_old_workbook(tmp_path: Path) -> None:
    packed = struct.pack("<HIHI", 0, (120050 << 2) | 3, 0, ((-7 & 0x3FFFFFFF) << 2) | 2)
    path = made.xls(tmp_path / "a.xls", made.record(0xBD, struct.pack("<HH", 0, 0) + packed + struct.pack("<H", 1)))
    assert table(path).rows == [[1200.5, -7.0]]
    assert CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python() == [[1200.5, -7.0]]


# --- what is refused, and costs nothing ------------------------------------------------------------------------------------


def test_bombs_are_refused(tmp_path: Path) -> None:
    far = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    assert refused(made.xlsx(tmp_path / "a.xlsx", [made.text_cell("x"), far], slash="\\")) == "IMP-016"
    assert refused(made.xlsx(tmp_path / "b.xlsx", ['<row r="99999999"><c><v>1</v></c></row>'])) == "IMP-016"
    entities = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>' + made.SHEET.format(
        head="", rows="", tail=""
    )
    assert refused(made.xlsx(tmp_path / "c.xlsx", [], more={"xl/worksheets/sheet1.xml": entities})) == "IMP-002"
    cell = '<table:table-cell office:value-type="float" office:value="1" table:number-columns-repeated="16000"/>'
    assert (
        refused(
            made.ods(
                tmp_path / "a.ods", [f'<table:table-row table:number-rows-repeated="1000">{cell}</table:table-row>']
            )
        )
        == "IMP-016"
    )
    bottom = '<table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    one = '<table:table-cell office:value-type="float" office:value="1"/>'
    assert table(made.ods(tmp_path / "b.ods", [one, bottom])).rows == [[1.0]], (
        "blank cells may be repeated as LibreOffice does"
    )


def test_formatted_cells_without_values_count_for_nothing(tmp_path: Path) -> None:
    far = f'<row r="3000"><c r="XFD3000" s="{made.PERCENT}"/></row>'
    assert table(made.xlsx(tmp_path / "a.xlsx", [made.text_cell("x"), far])).rows == [["x"]]


def test_passwords(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(made.compound(b"x" * 5000, "EncryptedPackage"))
    assert refused(tmp_path / "a.xlsx") == "IMP-003"
    (tmp_path / "a.xls").write_bytes(
        made.compound(made.record(0x809, struct.pack("<HH", 0x600, 5)) + made.record(0x2F, bytes(6)))
    )
    assert refused(tmp_path / "a.xls") == "IMP-003"
    with zipfile.ZipFile(made.ods(tmp_path / "a.ods", []), "a") as archive:
        archive.writestr("META-INF/manifest.xml", "<manifest:encryption-data/>")
    assert refused(tmp_path / "a.ods") == "IMP-003"


def test_rows_as_people_write_them() -> None:
    assert ranges([3, 5, 6, 7, 9]) == "3、5–7、9" and ranges(range(1, 60, 2)).endswith("23、…")


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_an_old_workbook_with_altered_bytes(data: st.DataObject) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = made.xls(
            Path(folder) / "a.xls",
            made.label(0, 0, "户编码"),
            made.number(1, 0, 5, 2),
            made.error(1, 1, 42),
            shared=["甲", "乙"],
        )
        content = bytearray(path.read_bytes())
        for _ in range(data.draw(st.integers(1, 6))):
            content[data.draw(st.integers(8, len(content) - 1))] = data.draw(st.integers(0, 255))
        path.write_bytes(bytes(content[: data.draw(st.integers(600, len(content)))]))
        try:
            read_tables(path)
        except UserError as error:
            assert error.code in ("IMP-002", "IMP-003", "IMP-004", "IMP-016")


# --- both lanes of a workbook ------------------------------------------------------------------------------------------------

_CELLS = st.sampled_from([
    '<c r="{r}"><v>{n}</v></c>', '<c r="{r}" s="1"><v>0.{n}</v></c>', '<c r="{r}" s="2"><v>4{n}</v></c>', '<c r="{r}" s="3"/>',
    '<c r="{r}" t="inlineStr"><is><t>文{n}%s</t></is></c>', '<c r="{r}" t="inlineStr"><is><t xml:space="preserve"> {n} </t></is></c>',
    '<c r="{r}" t="str"><f>A{n}</f><v>甲{n}</v></c>', '<c r="{r}"><f>A{n}*2</f><v>{n}</v></c>', '<c r="{r}" t="b"><v>1</v></c>',
    '<c r="{r}" t="e"><v>#N/A</v></c>', '<c r="{r}"><f>{n}+1</f></c>', '<c r="{r}" t="inlineStr"><is><t>&amp;{n}&#10;</t></is></c>',
    '<c r="{r}"><v></v></c>', '<c r="{r}" t="inlineStr"><is><t>#REF!</t></is></c>', '<c r="{r}" t="inlineStr"><is><t>a_x000A_b</t></is></c>',
    "<c t='n' r='{r}'><v>{n}</v></c>", "",
])  # fmt: skip


@settings(max_examples=120, deadline=None)
@given(st.lists(st.lists(_CELLS, max_size=5), max_size=12), st.integers(0, 3))
def test_rows_taken_plainly_say_what_the_parser_says(rows: list[list[str]], hidden: int) -> None:
    """The same sheet with a comment before its rows goes through the parser alone."""
    import tempfile

    lines = []
    for number, cells in enumerate(rows, 1):
        inside = "".join(c.format(r=f"{'ABCDE'[i]}{number}", n=number * 10 + i) for i, c in enumerate(cells) if c)
        seen = ' hidden="1"' if number == hidden else ""
        lines.append(f'<row r="{number}"{seen}>{inside}</row>')
    with tempfile.TemporaryDirectory() as folder:
        plain, parsed = Path(folder) / "a.xlsx", Path(folder) / "b.xlsx"
        made.xlsx(plain, lines)
        made.xlsx(parsed, ['<row r="999"><!-- --></row>', *lines])
        found = [xlsx.read_xlsx(zipfile.ZipFile(path))[0] for path in (plain, parsed)]
    assert repr(found[0].rows) == repr(found[1].rows) and found[0].hidden_rows == found[1].hidden_rows
    for row in range(len(found[0].rows)):
        for column in range(len(found[0].rows[row])):
            assert found[0].format(row, column) == found[1].format(row, column)
            assert found[0].is_formula(row, column) == found[1].is_formula(row, column)
