"""The frame of a workbook: everything but the rows of its tables, made with XlsxWriter.

The frame is made twice: once to learn the style of each column, and again when the number of rows and the sums are
known. Making it costs milliseconds; writing 900,000 cells through the library would cost seconds.
"""

from __future__ import annotations

import io
import math
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from station_app.domain.text import Text
from station_app.exchange.excel.markup import Body, column_letters
from station_app.exchange.excel.sheets import (
    Book,
    Column,
    PageFit,
    Paper,
    Shape,
    Sheet,
    display_width,
    page_fit,
    sheet_names,
    spread,
)

CONTROL_NAME = "校验 Control"
FOOTER = Text("&C第 &P 页 共 &N 页", "&CPage &P of &N")
_FONT = "宋体"
_LINE = "#808080"
_MAX_BREAKS = 1000
_cell_style = re.compile(r's="(\d+)"')

Placed = dict[tuple[int, int], object]
_ROWS = Text("行数", "Rows")
_CONTROL = Text("校验表", "Control sheet")
_HEADINGS = (Text("工作表", "Sheet"), Text("项目", "Item"), Text("数值", "Value"))


@dataclass
class Frame:
    """The parts of a workbook without the rows of its tables.

    Attributes:
        parts: Every file of the workbook but the table sheets.
        heads, tails: A table sheet before and after its rows.
        styles: Style number of each column, per sheet.
        ends: The same for each row that ends a group, per sheet.
        placed: What was written outside the rows, per sheet (the control sheet last), by 0-based cell.
    """

    parts: dict[str, bytes] = field(default_factory=dict)
    heads: list[bytes] = field(default_factory=list)
    tails: list[bytes] = field(default_factory=list)
    styles: list[list[int]] = field(default_factory=list)
    ends: list[list[list[int]]] = field(default_factory=list)
    placed: list[Placed] = field(default_factory=list)
    names: list[str] = field(default_factory=list)


class _Styles:
    """Formats of one workbook, each made once."""

    def __init__(self, workbook: Any) -> None:
        self._workbook = workbook
        self._made: dict[tuple[tuple[str, object], ...], object] = {}

    def get(self, **spec: object) -> object:
        spec = {"font_name": _FONT, "font_size": 10, "valign": "vcenter", **spec}
        key = tuple(sorted(spec.items()))
        if key not in self._made:
            self._made[key] = self._workbook.add_format(spec)
        return self._made[key]

    def boxed(self, **spec: object) -> object:
        return self.get(border=1, border_color=_LINE, **spec)

    def body(self, column: Column) -> object:
        spec: dict[str, object] = {"num_format": column.shown_format, "align": column.shape.align}
        if column.shape in (Shape.TEXT, Shape.NOTE):
            spec.update(text_wrap=True, indent=1)
        elif column.shape is not Shape.SIGN:
            spec["shrink"] = True  # a long number is printed smaller, never as ####
        if column.shape.is_text:
            spec["quote_prefix"] = True  # stays text when somebody edits the cell
        return self.boxed(**spec)


def frame(book: Book, bodies: Sequence[Body | None]) -> Frame:
    """Return the frame; ``bodies`` are ``None`` while the rows are not known yet."""
    from xlsxwriter import Workbook

    made = Frame(names=sheet_names([*(s.name for s in book.sheets), CONTROL_NAME]))
    stream = io.BytesIO()
    workbook = Workbook(stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    workbook.set_properties({
        "title": book.title, "author": book.organisation, "company": book.organisation,
        "created": datetime(book.created_on.year, book.created_on.month, book.created_on.day),
    })  # fmt: skip
    workbook.set_calc_mode("auto")
    styles = _Styles(workbook)
    for name, sheet, body in zip(made.names, book.sheets, bodies, strict=False):
        made.placed.append(_Table(workbook.add_worksheet(name), styles, sheet, body, book.language).write())
    made.placed.append(_control(workbook.add_worksheet(made.names[-1]), styles, book, made.names, bodies))
    workbook.close()
    _take_apart(made, stream, book)
    return made


def _take_apart(made: Frame, stream: io.BytesIO, book: Book) -> None:
    with zipfile.ZipFile(stream) as archive:
        made.parts = {name: archive.read(name) for name in archive.namelist()}
    for number, sheet in enumerate(book.sheets, 1):
        markup = made.parts.pop(f"xl/worksheets/sheet{number}.xml").decode()
        row = sheet.first_row + 1
        found = [
            re.search(f'<row r="{row + end}"[^>]*>.*?</row>', markup, re.DOTALL) for end in range(1 + sheet.group_ends)
        ]
        samples = [each for each in found if each is not None]
        if len(samples) != len(found):
            raise RuntimeError(f"row {row} of {sheet.name} is missing from the frame")
        styles = [[int(n) for n in _cell_style.findall(each[0])] for each in samples]
        made.styles.append(styles[0])
        made.ends.append(styles[1:])
        made.heads.append(markup[: samples[0].start()].encode())
        made.tails.append(markup[samples[-1].end() :].encode())


class _Table:
    """Writes what stands around the rows of one table, and notes it."""

    def __init__(self, worksheet: Any, styles: _Styles, sheet: Sheet, body: Body | None, language: str) -> None:
        self.worksheet = worksheet
        self.styles = styles
        self.sheet = sheet
        self.body = body
        self.language = language
        # The rows of the frame that only show a style are cut out again: there is room for them.
        self.count = max(body.height if body else 1, 1 + sheet.group_ends if sheet.group_ends else 0)
        self.widths = [c.shown_width for c in sheet.columns]
        self.placed: Placed = {}

    def write(self) -> Placed:
        """Write the frame of the table; return what was placed where."""
        sheet, page = self.sheet, self.worksheet
        self._across(0, ((sheet.title,),), self.styles.get(font_size=16, bold=True, align="center"), 30)
        self._lines(1, sheet.above, 18)
        self._headings()
        for index, column in enumerate(sheet.columns):
            page.set_column(index, index, column.shown_width)
            page.write_blank(sheet.first_row, index, None, self.styles.body(column))
        self._samples_of_group_ends()
        row = sheet.first_row + self.count
        for label, given in sheet.sum_rows:
            page.set_row(row, 20)
            self._totals(row, label, given)
            row += 1
        self._lines(row + 1, sheet.below, 24)
        page.freeze_panes(sheet.first_row, 0)
        fit = page_fit(sheet.columns)
        set_up_page(page, landscape=True, language=self.language, fit=fit)
        if fit.repeated:
            page.repeat_columns(0, fit.repeated - 1)
        codes = [n for n, c in enumerate(sheet.columns) if c.shape is Shape.CODE]
        if codes:
            ranges = (f"{column_letters(n)}{sheet.first_row + 1}:{column_letters(n)}{row}" for n in codes)
            page.ignore_errors({"number_stored_as_text": " ".join(ranges)})
        page.repeat_rows(0, sheet.first_row - 1)
        if self.body and self.body.breaks:
            page.set_h_pagebreaks(self.body.breaks[:_MAX_BREAKS])
        return self.placed

    def _samples_of_group_ends(self) -> None:
        """Show the styles of the rows that end a group; the rows themselves are written with the records."""
        row = self.sheet.first_row
        if self.sheet.subtotal_label:
            row += 1
            for index, column in enumerate(self.sheet.columns):
                fits = (
                    display_width(self.sheet.subtotal_label) <= column.shown_width - 1.5
                )  # else it runs on to the right
                align = (
                    ("center" if fits else "left")
                    if not index
                    else column.shape.align
                    if column.shape.is_text
                    else "right"
                )
                style = self.styles.boxed(bold=True, align=align, shrink=bool(index), num_format=column.shown_format)
                self.worksheet.write_blank(row, index, None, style)
        if self.sheet.group_signed:
            self.worksheet.write_blank(row + 1, 0, None, self.styles.get(align="left"))

    def _across(self, row: int, lines: Sequence[Sequence[str]], style: object, height: float) -> None:
        for offset, parts in enumerate(lines):
            self.worksheet.set_row(row + offset, height)
            for number, ((first, last), text) in enumerate(zip(spread(parts, self.widths), parts, strict=True)):
                chosen = style
                if len(parts) > 1 and number == len(parts) - 1 and row < self.sheet.first_row:
                    chosen = self.styles.get(align="right")
                if first == last:
                    self.worksheet.write_string(row + offset, first, text, chosen)
                else:
                    self.worksheet.merge_range(row + offset, first, row + offset, last, text, chosen)
                self.placed[row + offset, first] = text

    def _lines(self, row: int, lines: Sequence[Sequence[str]], height: float) -> None:
        for offset, parts in enumerate(lines):
            whole = sum(self.widths)
            needed = math.ceil(max(display_width(p) for p in parts) * len(parts) / whole) if len(parts) == 1 else 1
            style = self.styles.get(align="left", text_wrap=len(parts) == 1)
            self._across(row + offset, (parts,), style, height * needed)

    def _headings(self) -> None:
        sheet, page = self.sheet, self.worksheet
        style = self.styles.boxed(bold=True, align="center", text_wrap=True, bg_color="#E7EFE3")
        low = sheet.first_row - 1
        if sheet.header_rows == 2:
            index, high = 0, 1
            while index < len(sheet.columns):
                group, last = sheet.columns[index].group, index
                while group and last + 1 < len(sheet.columns) and sheet.columns[last + 1].group == group:
                    last += 1
                if not group:
                    page.merge_range(low - 1, index, low, index, sheet.columns[index].heading, style)
                    self.placed[low - 1, index] = sheet.columns[index].heading
                else:
                    if last > index:
                        page.merge_range(low - 1, index, low - 1, last, group, style)
                    else:
                        page.write_string(low - 1, index, group, style)
                    self.placed[low - 1, index] = group
                    high = max(high, _lines_in(group, sum(self.widths[index : last + 1])))
                index = last + 1
            page.set_row(low - 1, max(20, 13.5 * high + 5))
        lines = 1
        for index, column in enumerate(sheet.columns):
            lines = max(lines, _lines_in(column.heading, column.shown_width))
            if sheet.header_rows == 1 or column.group:
                page.write_string(low, index, column.heading, style)
                self.placed[low, index] = column.heading
        page.set_row(low, max(20, 13.5 * lines + 5))

    def _totals(self, row: int, said: str, given: Sequence[object] | None) -> None:
        sheet, page = self.sheet, self.worksheet
        filled = [i for i, c in enumerate(sheet.columns) if (c.total if given is None else given[i] is not None)]
        label = self.styles.boxed(bold=True, align="center")
        last = (filled[0] if filled else len(sheet.columns)) - 1
        if last > 0:
            page.merge_range(row, 0, row, last, said, label)
        elif last == 0:
            page.write_string(row, 0, said, label)
        if last >= 0:
            self.placed[row, 0] = said
        for index in range(max(last + 1, 0), len(sheet.columns)):
            column = sheet.columns[index]
            align = column.shape.align if column.shape.is_text else "right"
            style = self.styles.boxed(bold=True, align=align, shrink=True, num_format=column.shown_format)
            if index not in filled:
                page.write_blank(row, index, None, style)
            elif given is None:
                self._sum(row, index, column, style)
            elif column.shape.is_text:
                page.write_string(row, index, given[index], style)
                self.placed[row, index] = given[index]
            else:
                page.write_number(row, index, given[index] / 10**column.places, style)
                self.placed[row, index] = given[index] / 10**column.places

    def _sum(self, row: int, index: int, column: Column, style: object) -> None:
        first = self.sheet.first_row
        letters = column_letters(index)
        value = self.body.totals[index] / 10**column.places if self.body else 0
        sums = "SUBTOTAL(9," if self.sheet.subtotal_label else "SUM("
        self.worksheet.write_formula(
            row, index, f"={sums}{letters}{first + 1}:{letters}{first + self.count})", style, value
        )
        self.placed[row, index] = value


def _lines_in(heading: str, width: float) -> int:
    """Return the lines a heading takes; it breaks between any two Chinese characters, and is kept off the edges."""
    return math.ceil(display_width(heading) / max(width - 1.5, 2))


def _control(page: Any, styles: _Styles, book: Book, names: Sequence[str], bodies: Sequence[Body | None]) -> Placed:
    """Write the last sheet: where the workbook comes from, its row counts and its control totals."""
    placed: Placed = {}

    def put(row: int, column: int, value: object, **spec: object) -> None:
        style = styles.boxed(**spec)
        if isinstance(value, str):
            page.write_string(row, column, value, style)
        else:
            page.write_number(row, column, value, style)
        placed[row, column] = value

    language = book.language
    page.set_column(0, 0, 24)
    page.set_column(1, 1, 34)
    page.set_column(2, 2, 30)
    page.merge_range(0, 0, 0, 2, _CONTROL.to(language), styles.get(font_size=14, bold=True, align="center"))
    placed[0, 0] = _CONTROL.to(language)
    page.set_row(0, 28)
    row = 1
    for label, value in book.facts:
        put(row, 0, label, bold=True)
        page.merge_range(row, 1, row, 2, value, styles.boxed(text_wrap=True, num_format="@"))
        placed[row, 1] = value
        row += 1
    row += 1
    for place, heading in enumerate(_HEADINGS):
        put(row, place, heading.to(language), bold=True, align="center", bg_color="#E7EFE3")
    for name, sheet, body in zip(names, book.sheets, bodies, strict=False):
        row += 1
        put(row, 0, name)
        put(row, 1, _ROWS.to(language))
        put(row, 2, body.count if body else 0, num_format="0")
        for index, column in enumerate(sheet.columns):
            if column.total:
                row += 1
                put(row, 0, name)
                put(row, 1, f"{column.group} {column.heading}".strip(), text_wrap=True)
                put(row, 2, body.totals[index] / 10**column.places if body else 0, num_format=column.shown_format)
    set_up_page(page, landscape=False, language=language)
    return placed


def set_up_page(page: Any, *, landscape: bool, language: str, fit: PageFit | None = None) -> None:
    """As wide as the paper it needs (A4 where nothing is said), any number of pages long, page numbers at the foot."""
    if landscape:
        page.set_landscape()
    chosen = fit or PageFit(Paper.A4)
    page.set_paper(chosen.paper.code)
    page.fit_to_pages(chosen.across, 0)
    page.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    page.set_footer(FOOTER.to(language))
    page.center_horizontally()
