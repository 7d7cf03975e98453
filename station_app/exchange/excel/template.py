"""Blank workbooks to fill in: headings with units, how to fill each column, an example, and lists to choose from."""

from __future__ import annotations

import io
import math
import re
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

from station_app.domain.codes import code_list, has_list
from station_app.domain.fields import Field, Form, Kind, described_fields
from station_app.domain.registry import RecordType, has_type, record_type
from station_app.domain.samples import sample
from station_app.domain.text import CHINESE, Text
from station_app.domain.value_text import format_value
from station_app.exchange.excel.locate import line_identity
from station_app.exchange.excel.markup import column_letters
from station_app.exchange.excel.problems import WorkbookProblem
from station_app.exchange.excel.saving import beside
from station_app.exchange.excel.sheets import Column, Shape, display_width, page_fit, sheet_names
from station_app.exchange.excel.units import fold

_modified = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")
FILLED_ROWS = 5000  # rows that have the lists and formats
RULED_ROWS = 30  # ruled for writing by hand; what is printed without a value is a paper form
_LISTS = "选项 Lists"
_FILLED_BY = Text("填表人：              日期：              ", "Filled in by:                    Date:              ")
_MARK = Text("标记", "Mark")
_HOW = Text("填写说明", "How to fill in")
_EXAMPLE = Text("示例(不导入)", "Example (not imported)")
_REQUIRED = Text("必填", "required")
_OPTIONAL = Text("可不填", "may stay empty")
_REQUIRED_LINE = Text("填“{list}”时必填", "required where {list} are given")
_CHOOSE = Text("从列表中选择", "choose from the list")
_SEVERAL = Text("可选多项，用“、”隔开", "several may be given, separated by ;")
_WRONG = Text("请从列表中选择。", "Choose from the list.")
_HINTS: dict[Kind, Text] = {
    Kind.INTEGER: Text("整数", "whole number"),
    Kind.DATE: Text("日期，如 2026-06-30", "date, as 2026-06-30"),
    Kind.INSTANT: Text("日期和时间，如 2026-06-30 08:00", "date and time, as 2026-06-30 08:00"),
    Kind.BOOL: Text("是或否", "yes or no"),
}
_FORMS: dict[Form, Text] = {
    Form.IDENTITY: Text("18 位身份证号，文本", "18 characters, as text"),
    Form.ACCOUNT: Text("银行账号，文本", "account number, as text"),
    Form.PHONE: Text("电话，文本", "phone number, as text"),
    Form.REGION: Text("行政区划代码或名称", "administrative code or name"),
    Form.YEAR_MONTH: Text("年-月，如 2026-06", "year and month, as 2026-06"),
}
_NUMBER = Text("数字，最多 {places} 位小数", "number, at most {places} decimals")
_KEY_OF = Text("{target}的{label}", "{label} of the {target}")
_LINE_NOTE = Text(
    "每行一项，同一记录的前面各列填相同内容", "one item a row; repeat the columns before it for the same record"
)


class _Column:
    """One column of a template: heading, how to fill it, example, list to choose from."""

    def __init__(self, field: Field, heading: str, hint: Text, example: object, required: bool | None = None) -> None:
        self.field = field
        self.required = field.required if required is None else required
        self.heading = heading
        self.hint = hint
        self.example = example

    @property
    def is_text(self) -> bool:
        return self.field.kind in (Kind.TEXT, Kind.CODE, Kind.CODES, Kind.BOOL, Kind.LINK)


def write_template(type_name: str, target: Path, language: str = CHINESE) -> Path:
    """Write an empty workbook for records of a type; the importer reads it back as it is.

    Raises:
        UserError: IMP-022 the type is not imported from tables; XLS-002 … XLS-009 it can not be written.
    """
    if not has_type(type_name) or record_type(type_name).is_about_others or not record_type(type_name).key:
        label = record_type(type_name).label if has_type(type_name) else type_name
        raise WorkbookProblem.NOT_IMPORTED.error(record=label)
    kind = record_type(type_name)
    from openpyxl import Workbook

    book = Workbook()
    columns = _columns(kind, language)
    page = book.active
    page.title = sheet_names([kind.label.to(language)])[0]
    lists = book.create_sheet(_LISTS)
    _fill(page, columns, language, kind.label.to(language))
    _add_lists(page, lists, columns, language)
    lists.sheet_state = "hidden"
    book.properties.created = datetime(2026, 1, 1)
    book.properties.title = kind.label.to(language)
    book.properties.creator = ""
    with beside(target) as part:
        made = io.BytesIO()
        book.save(made)
        _write_settled(made, part)
    return target


def _write_settled(made: io.BytesIO, part: Path) -> None:
    """Write the workbook without the clock the library puts into it: the same template gives the same bytes."""
    with zipfile.ZipFile(made) as source, zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in source.namelist():
            content = source.read(name)
            if name == "docProps/core.xml":
                content = _modified.sub(rb"\g<1>2026-01-01T00:00:00Z", content)
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)


def _columns(kind: RecordType, language: str) -> list[_Column]:
    example = sample(kind.name)
    out: list[_Column] = []
    for field in kind.fields:
        if field.kind in (Kind.FILES, Kind.LINES) or field.name == "polygon":
            continue
        if field.kind is Kind.LINK:
            out += _link_columns(field, language)
        else:
            out.append(
                _Column(
                    field, field.heading(language), _hint(field), _shown(field, getattr(example, field.name), language)
                )
            )
    taken = {fold(c.heading) for c in out}
    for listed in kind.lists[:1]:
        assert listed.line is not None
        if any(inner.kind is Kind.LINK and inner.required for inner in described_fields(listed.line)):
            continue  # lines that point to records are entered in the program
        lines = getattr(example, listed.name)
        needed = {f.name for f in line_identity(listed)}
        for inner in described_fields(listed.line):
            if inner.kind is Kind.LINK:
                continue
            heading = inner.heading(language)
            if not listed.required or fold(heading) in taken or fold(inner.label.to(language)) in taken:
                heading = f"{listed.label.to(language)}:{heading}"
            hint = _hint(inner, listed)
            if inner.name in needed:
                hint = Text(f"{hint.zh};{_LINE_NOTE.zh}", f"{hint.en}; {_LINE_NOTE.en}")
            value = getattr(lines[0], inner.name) if lines else None
            required = inner.required and listed.required
            out.append(_Column(inner, heading, hint, _shown(inner, value, language), required))
    return out


def _link_columns(field: Field, language: str) -> list[_Column]:
    """A linked record is named by its key: a household by its code, a plot by its number."""
    target = record_type(field.target)
    keys = [target.by_name[name] for name in target.key if target.by_name[name].kind is not Kind.LINK]
    example = sample(field.target)
    out = []
    for key in keys[:1]:
        hint = _KEY_OF.format(target=target.label, label=key.label)
        needed = _REQUIRED if field.required else _OPTIONAL
        hint = Text(f"{needed.zh};{hint.zh}", f"{needed.en}; {hint.en}")
        heading = f"{field.label.to(language)}{'' if language == CHINESE else ' '}{key.label.to(language)}"
        out.append(_Column(key, heading, hint, _shown(key, getattr(example, key.name), language)))
    return out


def _hint(field: Field, listed: Field | None = None) -> Text:
    needed = _REQUIRED if field.required else _OPTIONAL
    if field.required and listed is not None and not listed.required:
        needed = _REQUIRED_LINE.format(list=listed.label)
    if field.kind in (Kind.CODE, Kind.CODES):
        what = _CHOOSE if field.kind is Kind.CODE else _SEVERAL
    elif field.kind is Kind.DECIMAL:
        what = _NUMBER.format(places=field.places)
    elif field.kind is Kind.TEXT:
        what = _FORMS.get(field.form, Text(f"最多 {field.max_length} 字", f"at most {field.max_length} characters"))
    else:
        what = _HINTS[field.kind]
    parts = [needed, what, *([field.help] if field.help else [])]
    return Text("；".join(t.zh for t in parts), "; ".join(t.en for t in parts))


def _shown(field: Field, value: object, language: str) -> object:
    """Return the example's cell: numbers and dates as such, codes by label."""
    if value is None or value == ():
        return None
    if field.is_number or field.kind is Kind.DATE:
        return value
    return format_value(field, value, language)


def _fill(page: Any, columns: list[_Column], language: str, title: str) -> None:
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

    thin = Side(style="thin", color="808080")
    box = Border(left=thin, right=thin, top=thin, bottom=thin)
    wrap = Alignment(wrap_text=True, vertical="center", horizontal="center")
    head, needed, faint = (PatternFill("solid", fgColor=c) for c in ("E7EFE3", "CFE3C4", "F3F3F3"))
    rows: tuple[list[object], ...] = (
        [_MARK.to(language), *(c.heading for c in columns)],
        [_HOW.to(language), *(c.hint.to(language) for c in columns)],
        [_EXAMPLE.to(language), *(c.example for c in columns)],
    )
    for number, row in enumerate(rows, 1):
        for column, value in enumerate(row, 1):
            cell = page.cell(number, column)
            if isinstance(value, str):
                _put_text(cell, value)
            else:
                cell.value = value
            cell.border, cell.alignment = box, wrap
            cell.fill = faint if number > 1 else head
            cell.font = Font(name="宋体", size=10, bold=number == 1, italic=number == 3,
                             color="808080" if number > 1 else "000000")  # fmt: skip
    for ruled in range(len(rows) + 1, len(rows) + 1 + RULED_ROWS):
        page.row_dimensions[ruled].height = 22
        for column in range(1, len(columns) + 2):
            cell = page.cell(ruled, column)
            cell.border = box
            cell.number_format = "General" if column == 1 else _number_format(columns[column - 2])
            cell.font = Font(name="宋体", size=10)
    for index, each in enumerate(columns, 2):
        letters = column_letters(index - 1)
        if each.required:
            page.cell(1, index).fill = needed
        page.column_dimensions[letters].width = _width(each)
        page.column_dimensions[letters].number_format = _number_format(each)
        page.cell(3, index).number_format = _number_format(each)
    page.column_dimensions["A"].width = 14
    page.row_dimensions[1].height = 34
    deepest = max(display_width(c.hint.to(language)) / (_width(c) - 2) for c in columns)
    page.row_dimensions[2].height = 13.5 * min(math.ceil(deepest), 12) + 6
    page.row_dimensions[3].height = 30
    page.freeze_panes = "B4"
    page.print_title_rows = "1:1"
    page.page_setup.orientation = "landscape"
    fit = page_fit([Column("", Shape.TEXT, width=14), *(
        Column(c.heading, Shape.CODE if c.is_text else Shape.WHOLE, width=_width(c)) for c in columns)])  # fmt: skip
    page.page_setup.paperSize = fit.paper.code
    page.page_setup.fitToHeight = 0
    page.page_setup.fitToWidth = fit.across
    page.sheet_properties.pageSetUpPr.fitToPage = True
    if fit.across > 1:
        page.print_title_cols = f"A:{column_letters(max(fit.repeated - 1, 0))}"
    page.print_area = f"A1:{column_letters(len(columns))}{len(rows) + RULED_ROWS}"
    page.oddFooter.center.text = "&P / &N"
    page.page_margins.left = page.page_margins.right = 0.4
    page.page_margins.top, page.page_margins.bottom = 0.8, 0.7
    page.page_margins.header = page.page_margins.footer = 0.3
    page.oddHeader.left.text = f"&14{title}"
    page.oddHeader.right.text = _FILLED_BY.to(language)


def _put_text(cell: Any, value: str) -> None:
    cell.value = value
    cell.data_type = "s"  # whatever it begins with


def _width(column: _Column) -> float:
    shown = column.example if isinstance(column.example, str) else ""
    return max(12.0, min(max(display_width(column.heading), display_width(shown)) + 3, 26))


def _number_format(column: _Column) -> str:
    if column.is_text:
        return "@"
    if column.field.kind is Kind.DATE:
        return "yyyy-mm-dd"
    if column.field.kind is Kind.DECIMAL:
        return "0." + "0" * column.field.places if column.field.places else "0"
    return "0" if column.field.kind is Kind.INTEGER else "General"


def _add_lists(page: Any, lists: Any, columns: list[_Column], language: str) -> None:
    """Put code lists on a hidden sheet and let the cells choose from them; formats reach as far as the lists."""
    from openpyxl.worksheet.datavalidation import DataValidation

    places: dict[str, str] = {}
    for index, column in enumerate(columns, 2):
        letters = column_letters(index - 1)
        cells = f"{letters}4:{letters}{FILLED_ROWS}"
        name = "?yes_no" if column.field.kind is Kind.BOOL else column.field.codes
        if name and (name == "?yes_no" or has_list(name)):
            if name not in places:
                labels = (
                    [format_value(column.field, v, language) for v in (True, False)] if name == "?yes_no"
                    else [item.label.to(language) for item in code_list(name).items]
                )  # fmt: skip
                place = len(places) + 1
                _put_text(lists.cell(1, place), name.strip("?"))
                for row, label in enumerate(labels, 2):
                    _put_text(lists.cell(row, place), label)
                letter = column_letters(place - 1)
                places[name] = f"'{_LISTS}'!${letter}$2:${letter}${len(labels) + 1}"
            rule = DataValidation(type="list", formula1=places[name], allow_blank=True)
            rule.error, rule.errorTitle = _WRONG.to(language), column.field.label.to(language)[:30]
            rule.showErrorMessage = column.field.kind is not Kind.CODES
            page.add_data_validation(rule)
            rule.add(cells)
