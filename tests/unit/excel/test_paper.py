"""Workbooks on paper: letters that can be read, a page and a sum for each village, a template to fill in by hand."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from station_app.domain.text import CHINESE, ENGLISH
from station_app.exchange.excel.layout import CONTROL_NAME
from station_app.exchange.excel.report_award import EXP1
from station_app.exchange.excel.reports import REPORTS, export_report
from station_app.exchange.excel.sheets import BODY_POINTS, LEAST_POINTS, Book, Column, Paper, Shape, Sheet, page_fit
from station_app.exchange.excel.template import RULED_ROWS, write_template
from station_app.exchange.excel.writer import write_book
from station_app.storage.reader import Reader
from station_app.storage.workspace import DATABASE

PRINTABLE = {paper.code: paper.width for paper in Paper}


@pytest.fixture(scope="module")
def training(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from station_app.county.training import build_training

    folder = tmp_path_factory.mktemp("training")
    build_training(folder)
    return folder / "station"


@pytest.fixture(scope="module")
def exported(training: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    made: dict[str, Path] = {}
    folder = tmp_path_factory.mktemp("workbooks")

    def export(name: str) -> Path:
        if name not in made:
            made[name] = folder / f"{name}.xlsx"
            with Reader(training / DATABASE) as reader:
                export_report(reader, name, year=2026, language=CHINESE, target=made[name])
        return made[name]

    return export


def test_a_form_takes_the_smallest_paper_on_which_it_can_be_read() -> None:
    narrow = [Column("甲", Shape.TEXT, width=12)] * 6
    assert page_fit(narrow).paper is Paper.A4 and page_fit(narrow).across == 1
    register = page_fit([Column(zh, shape, width=width) for zh, _, shape, _, _, width, _ in EXP1])
    assert register.paper is Paper.A3 and register.across == 1 and register.repeated == 0
    wide = [
        Column("序号", Shape.SERIAL, width=5),
        Column("户主", Shape.TEXT, width=12),
        *[Column("数", Shape.WHOLE)] * 60,
    ]
    fit = page_fit(wide)
    assert fit.paper is Paper.A3 and fit.across > 1 and fit.repeated == 2


@pytest.mark.parametrize("name", sorted(REPORTS))
def test_no_table_is_printed_smaller_than_can_be_read(exported: Callable[[str], Path], name: str) -> None:
    """From the file alone: widths of the columns against the paper it asks for."""
    book = openpyxl.load_workbook(exported(name))
    for page in book.worksheets:
        letters = sorted(page.column_dimensions, key=openpyxl.utils.column_index_from_string)
        width = 0
        for letter in letters:
            column = page.column_dimensions[letter]
            width += int(column.width * 7) * (column.max - column.min + 1)
        points = BODY_POINTS * PRINTABLE[int(page.page_setup.paperSize)] * int(page.page_setup.fitToWidth or 1) / width
        assert points >= LEAST_POINTS - 0.1, (page.title, points)
        assert page.page_setup.fitToHeight == 0 and page.sheet_properties.pageSetUpPr.fitToPage


@pytest.mark.parametrize("name", ["disbursement-register", "livestock-count", "household-roster"])
def test_each_village_ends_with_its_own_sum_its_line_to_sign_and_its_page(
    exported: Callable[[str], Path], name: str
) -> None:
    book = openpyxl.load_workbook(exported(name))
    page = book.worksheets[0]
    values = openpyxl.load_workbook(exported(name), data_only=True).worksheets[0]
    ends = [row for row in range(1, page.max_row + 1) if page.cell(row, 1).value == "小计"]
    total = next(row for row in range(1, page.max_row + 1) if page.cell(row, 1).value == "合计")
    assert len(ends) == 3
    assert [b.id for b in page.row_breaks.brk] == [end + 1 for end in ends[:-1]]  # after the line to sign
    for end in ends:
        signed = "".join(str(c.value or "") for c in page[end + 1])
        assert "村委会负责人" in signed and "制表人" in signed
    summed = [c.column for c in page[total] if str(c.value or "").startswith("=SUBTOTAL(9,")]
    assert summed
    start = next(row for row in range(1, ends[0]) if page.cell(row, 1).value == 1)
    for column in summed:
        parts = []
        for number, end in enumerate(ends):
            first = start if number == 0 else ends[number - 1] + 2
            rows = [values.cell(row, column).value for row in range(first, end)]
            part = sum((Decimal(str(v)) for v in rows if v not in (None, "")), Decimal(0))
            assert Decimal(str(values.cell(end, column).value)) == part
            assert [values.cell(row, 1).value for row in range(first, end)] == list(range(1, end - first + 1))
            parts.append(part)
        assert Decimal(str(values.cell(total, column).value)) == sum(parts)


def test_code_columns_carry_no_mark_of_a_number_kept_as_text(exported: Callable[[str], Path]) -> None:
    with zipfile.ZipFile(exported("disbursement-register")) as archive:
        markup = archive.read("xl/worksheets/sheet1.xml").decode()
    found = re.search(r'<ignoredError sqref="([^"]+)" numberStoredAsText="1"', markup)
    assert found is not None
    codes = {n for n, column in enumerate(EXP1) if column[2] is Shape.CODE}
    covered = {openpyxl.utils.column_index_from_string(re.match("[A-Z]+", area)[0]) - 1 for area in found[1].split()}  # type: ignore[index]
    assert covered == codes


@pytest.mark.parametrize("type_name", ["household", "livestock_count", "herb_quadrat"])
def test_a_blank_template_is_a_paper_form(tmp_path: Path, type_name: str) -> None:
    write_template(type_name, tmp_path / "a.xlsx")
    page = openpyxl.load_workbook(tmp_path / "a.xlsx").worksheets[0]
    assert page.max_row == 3 + RULED_ROWS
    for row in range(4, 4 + RULED_ROWS):
        assert all(c.border.left.style == c.border.bottom.style == "thin" and c.value is None for c in page[row])
        assert page.row_dimensions[row].height >= 20
    assert page.print_area.endswith(f"${3 + RULED_ROWS}") and page.print_title_rows == "$1:$1"
    assert "填表人" in page.oddHeader.right.text
    width = sum(page.column_dimensions[c].width * 7 + 5 for c in page.column_dimensions)
    assert (
        BODY_POINTS * PRINTABLE[int(page.page_setup.paperSize)] * page.page_setup.fitToWidth / width
        >= LEAST_POINTS - 0.1
    )


def test_the_word_subtotal_is_not_cut_at_the_edge_of_the_paper(training: Path, tmp_path: Path) -> None:
    """A word wider than its narrow column runs on to the right; centred, its first letter would be off the sheet."""
    with Reader(training / DATABASE) as reader:
        export_report(reader, "livestock-count", year=2026, language=ENGLISH, target=tmp_path / "a.xlsx")
    page = openpyxl.load_workbook(tmp_path / "a.xlsx").worksheets[0]
    words = [cell for (cell,) in page.iter_rows(max_col=1) if cell.value == "Subtotal"]
    assert words and all(cell.alignment.horizontal == "left" and cell.offset(column=1).value is None for cell in words)


def test_villages_of_one_name_in_two_townships_have_pages_and_sums_of_their_own() -> None:
    columns = (Column("苏木乡镇", Shape.TEXT), Column("嘎查村", Shape.TEXT), Column("亩", Shape.SCALED, 3, total="mu"))
    rows = [("示例东乡", "示例村", 1), ("示例东乡", "示例村", 2), ("示例西乡", "示例村", 4)]
    sheet = Sheet("表", "表", columns, rows, break_at=(0, 1), subtotal_label="小计")
    assert [len(list(group)) for group in sheet.groups(rows)] == [2, 1]


@pytest.mark.parametrize("name", sorted(REPORTS))
def test_decimals_of_a_column_stand_below_each_other(exported: Callable[[str], Path], name: str) -> None:
    """One format a column; what is not printed of it takes its room all the same (``?``, never ``#``)."""
    for page in openpyxl.load_workbook(exported(name)).worksheets:
        for column in page.iter_cols() if page.title != CONTROL_NAME else ():  # there each row is of another kind
            numbers = {c.number_format for c in column if isinstance(c.value, float) and c.number_format != "General"}
            assert not [each for each in numbers if "#" in each.partition(".")[2]], (page.title, column[0].column)
            assert len({len(each.partition(".")[2]) for each in numbers}) <= 1, (page.title, column[0].column, numbers)


def test_a_long_note_is_given_the_lines_it_takes(tmp_path: Path) -> None:
    long = "示例备注很长" * 20
    columns = (Column("户主", Shape.TEXT, width=12), Column("备注", Shape.NOTE, width=16))
    sheet = Sheet("表", "表", columns, [("示例甲", "短"), ("示例乙", long)], below=((long,),))
    write_book(Book("示例", (sheet,), date(2026, 7, 1), "zh_CN", "示例站"), tmp_path / "a.xlsx")
    page = openpyxl.load_workbook(tmp_path / "a.xlsx").worksheets[0]
    below = next(row for row in range(1, page.max_row + 1) if page.cell(row, 1).value == long)
    body = next(row for row in range(1, page.max_row + 1) if page.cell(row, 2).value == long)
    for row, cell, width in ((body, page.cell(body, 2), 16), (below, page.cell(below, 1), 28)):
        assert cell.alignment.wrap_text and page.row_dimensions[row].height >= 12 * (2 * len(long) / width)
