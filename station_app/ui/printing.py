"""Printing as PDF: a report, the list in sight, one record. Runs off the window's thread and without a window.

A PDF opens in whatever the machine has, prints on whatever it is connected to, and can be posted, signed and filed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from station_app import __version__
from station_app.domain.fields import Form, Kind
from station_app.domain.registry import RecordType, has_type, record_type
from station_app.domain.text import Text
from station_app.exchange.excel import problems as workbook_problems
from station_app.exchange.excel import report_source, reports
from station_app.exchange.excel.sheets import Column, Shape, Sheet
from station_app.services import access_log
from station_app.services.progress import JobContext, Quiet, stop_if_cancelled
from station_app.storage.reader import STATE_LABELS, Filter, Query
from station_app.storage.workspace import Workspace
from station_app.ui import application as window_application
from station_app.ui import layouts
from station_app.ui.link_picker import ReaderLinks
from station_app.ui.pdf import MM, Paper, Written
from station_app.ui.pdf_record import RecordSheet, Speaker
from station_app.ui.pdf_table import lay_sheet, page_for, width_for
from station_app.ui.problems import PrintProblem
from station_app.ui.states import STATE

if TYPE_CHECKING:
    from station_app.storage.reader import Reader, Row

MOST_ROWS = 20_000
PAGE = 500
SHEET_TITLE = Text("恢复单", "Recovery sheet")
SHEET_ABOUT = Text(
    "电脑丢失或损坏时，用它打开本站的备份。编号 {mark}。请锁好，不要和电脑放在一起；打印后删除电脑里的这份 PDF。"
    "字符里没有 0、O、1、I、U。",
    "Opens the backups of this station when the computer is lost or broken. No. {mark}. Lock it away, not beside the computer, "
    "and delete this PDF once it is printed. There is no 0, O, 1, I or U among the signs.",
)
PRINTED = Text("{day} 打印 · 草原站 {version}", "Printed {day} · Grassland Station {version}")
LAYING = Text("正在排版", "Laying out")
COUNT = Text("共 {n} 条", "{n} records")
NUMBER = Text("序号", "No.")


def _foot(today: date, language: str) -> str:
    return PRINTED.format(day=today.isoformat(), version=__version__).to(language)


def print_sheets(sheets: Sequence[Sheet], target: Path, *, title: str, organisation: str, language: str, today: date,
                 context: JobContext | None = None) -> Written:  # fmt: skip
    """Write sheets as a PDF, each on its own pages.

    Raises:
        UserError: PRN-001 no rows at all, PRN-002 too many, PRN-003 it cannot be written, JOB-001 cancelled.
    """
    job = context or Quiet()
    tables: list[tuple[Sheet, list[Sequence[object]]]] = []
    count = 0
    for sheet in sheets:
        rows = []
        for row in sheet.rows:
            rows.append(row)
            count += 1
            if count > MOST_ROWS:
                raise PrintProblem.TOO_MANY.error(title, count=f"> {MOST_ROWS:,}", limit=f"{MOST_ROWS:,}")
            if count % PAGE == 0:
                stop_if_cancelled(job)
                job.progress(count, None, LAYING)
        tables.append((sheet, rows))
    if not count:
        raise PrintProblem.NOTHING.error(title, what=title)
    turned, large, points = page_for([sheet for sheet, _ in tables])
    paper = Paper(landscape=turned, large=large, language=language, title=title, author=organisation)
    for sheet, rows in tables:
        stop_if_cancelled(job)
        paper.begin_part(f"{organisation} · {sheet.title}", _foot(today, language))
        lay_sheet(paper, sheet, rows, points)
    return paper.write(target, rows=count)


def print_report(reader: Reader, report: str, target: Path, *, year: int | None, language: str, chosen: str = "",
                 today: date | None = None, context: JobContext | None = None) -> Written:  # fmt: skip
    """Write one of the reports as a PDF: the same sheets as the workbook, to be printed, signed or posted.

    ``chosen`` is the one batch of a register or notice, of figures the row whose calculation is shown.

    Raises:
        UserError: XLS-001 nothing to report, XLS-011 no such report, PRN-001 … PRN-003, JOB-001.
    """
    if report not in reports.REPORTS:
        raise workbook_problems.WorkbookProblem.NO_REPORT.error(name=report, known=", ".join(reports.REPORTS))
    day = today or reader.clock.today()
    source = report_source.Source(reader, language, day, year, "", chosen)
    with report_source.one_moment(reader):
        book = reports.REPORTS[report].make(source)
        return print_sheets(book.sheets, target, title=book.title, organisation=book.organisation, language=language,
                            today=day, context=context)  # fmt: skip


def list_sheet(reader: Reader, query: Query, columns: Sequence[str], language: str, *, about: Sequence[str] = (),
               context: JobContext | None = None) -> Sheet:  # fmt: skip
    """Return the records of a list as a sheet, in its order and with its columns.

    Raises:
        UserError: PRN-002 too many rows, JOB-001 cancelled.
    """
    job = context or Quiet()
    kind = record_type(query.type_name)
    keys = reader.row_keys(query)
    if len(keys) > MOST_ROWS:
        raise PrintProblem.TOO_MANY.error(kind.plural.to(language), count=f"{len(keys):,}", limit=f"{MOST_ROWS:,}")
    speaker = Speaker(ReaderLinks(reader), language)
    shown = [c for c in columns if c in kind.by_name and kind.by_name[c].kind is not Kind.LINES]
    rows: list[list[Any]] = []
    for start in range(0, len(keys), PAGE):
        stop_if_cancelled(job)
        job.progress(start, len(keys), LAYING)
        wanted = keys[start : start + PAGE]
        found = {row.rowkey: row for row in reader.rows_by_keys(kind.name, wanted)}
        page = [found[key] for key in wanted if key in found]
        for name in shown:  # one question a column, not one a cell
            field = kind.by_name[name]
            if field.kind is Kind.LINK:
                speaker.links.titles(field.target, {v for row in page if (v := getattr(row.record, name))})
        for row in page:
            values = [speaker.value(kind.by_name[n], getattr(row.record, n), unit=False) for n in shown]
            rows.append([len(rows) + 1, *values, STATE_LABELS[row.state].to(language)])
    made = [Column(NUMBER.to(language), Shape.SERIAL)]
    for place, name in enumerate(shown, 1):
        field = kind.by_name[name]
        heading = field.place_heading(language) if field.form is Form.REGION else field.heading(language)
        width = width_for(heading, [row[place] for row in rows])
        made.append(Column(heading, Shape.WHOLE if field.is_number else Shape.TEXT, width=width))
    state = STATE.to(language)
    made.append(Column(state, Shape.TEXT, width=width_for(state, [row[-1] for row in rows])))
    above = (reader.setting("workspace.org_name"), " · ".join([*about, COUNT.format(n=f"{len(rows):,}").to(language)]))
    title = kind.plural.to(language)
    return Sheet(title, title, tuple(made), rows, above=(above,))


def print_list(reader: Reader, query: Query, columns: Sequence[str], target: Path, *, language: str,
               about: Sequence[str] = (), today: date | None = None, context: JobContext | None = None) -> Written:  # fmt: skip
    """Write a list as a PDF: all its rows, in its order, with its columns. ``about`` names its filters.

    Raises:
        UserError: PRN-001 … PRN-003, JOB-001.
    """
    sheet = list_sheet(reader, query, columns, language, about=about, context=context)
    return print_sheets([sheet], target, title=sheet.title, organisation=reader.setting("workspace.org_name"), language=language,
                        today=today or reader.clock.today(), context=context)  # fmt: skip


def print_record(reader: Reader, kind: RecordType, row: Row, target: Path, *, title: str, language: str,
                 today: date | None = None) -> Written:  # fmt: skip
    """Write one record as a form.

    Raises:
        UserError: PRN-003 it cannot be written.
    """
    organisation = reader.setting("workspace.org_name")
    label = kind.label.to(language)
    paper = Paper(landscape=False, language=language, title=f"{label} {title}", author=organisation)
    paper.begin_part(f"{organisation} · {label}", _foot(today or reader.clock.today(), language))
    RecordSheet(paper, kind, row, Speaker(ReaderLinks(reader), language)).lay(title, organisation)
    return paper.write(target)


def print_recovery_sheet(
    organisation: str, fingerprint: str, code: Sequence[str], target: Path, *, language: str, today: date
) -> Written:
    """Write the sheet that opens the backups of a station when its laptop is lost.

    Raises:
        UserError: PRN-003 it cannot be written.
    """
    title = SHEET_TITLE.to(language)
    paper = Paper(landscape=False, language=language, title=title, author=organisation)
    paper.begin_part(f"{organisation} · {title}", _foot(today, language))
    told = SHEET_ABOUT.format(mark=fingerprint).to(language)
    paper.text(paper.take(14 * MM), title, 20, bold=True)
    paper.text(paper.take(10 * MM), organisation, 14)
    paper.text(paper.take(paper.height_of(told, paper.width, 11) + 8 * MM), told, 11)
    for number, line in enumerate(code, 1):
        paper.text(paper.take(14 * MM), f"{number}     {line[:4]}  {line[4:]}", 24, bold=True)
    return paper.write(target)


def print_pdf(what: str, workspace: Workspace, target: Path, *, record_id: str = "", year: int | None = None, language: str,
              today: date | None = None, context: JobContext | None = None) -> Written:  # fmt: skip
    """As the command ``print``: a report by name, the list of a record type, or one record by id or code.

    Raises:
        UserError: PRN-001 … PRN-006, and what reports refuse.
    """
    if what not in reports.REPORTS and not has_type(what):
        raise PrintProblem.UNKNOWN.error(what, name=what, known=", ".join(reports.REPORTS))
    application = window_application.make_application()  # fonts need one; it opens no window
    assert application is not None
    written = _pdf_of(workspace.read, what, target, record_id, year, language, today, context)
    access_log.note(workspace, access_log.Looked.PRINTED, what, written.rows or 1, record_id)
    return written


def _pdf_of(reader: Reader, what: str, target: Path, record_id: str, year: int | None, language: str, today: date | None,
            context: JobContext | None) -> Written:  # fmt: skip
    if what in reports.REPORTS:
        return print_report(
            reader, what, target, year=year, language=language, chosen=record_id, today=today, context=context
        )
    kind = record_type(what)
    if record_id:
        row = find_record(reader, kind, record_id)
        title = plain_title(reader, kind, row, language)
        return print_record(reader, kind, row, target, title=title, language=language, today=today)
    filters: tuple[Filter, ...] = ()
    about: list[str] = []
    if year is not None and kind.year_field:
        about.append(str(year))
        is_day = kind.by_name[kind.year_field].kind is Kind.DATE
        filters = (Filter(kind.year_field, "ge", date(year, 1, 1) if is_day else year),
                   Filter(kind.year_field, "le", date(year, 12, 31) if is_day else year))  # fmt: skip
    order = tuple((name, False) for name in kind.key[:1] if kind.by_name[name].kind is not Kind.LINK)
    query = Query(kind.name, filters, order)
    return print_list(reader, query, layouts.list_columns(kind), target, language=language, about=about, today=today,
                      context=context)  # fmt: skip


def plain_title(reader: Reader, kind: RecordType, row: Row, language: str) -> str:
    """Return how a record is called on its sheet: whose it is, then its title fields."""
    speaker = Speaker(ReaderLinks(reader), language)
    owner = next((f.name for f in kind.fields if f.kind is Kind.LINK and f.name not in kind.title), "")
    parts = [speaker.value(kind.by_name[n], getattr(row.record, n)) for n in (owner, *kind.title) if n]
    return " · ".join(p for p in parts if p)


def find_record(reader: Reader, kind: RecordType, name: str) -> Row:
    """Return a record by its id, or by the first field of its key (a household by its code).

    Raises:
        UserError: PRN-006 there is none.
    """
    name = name.strip()
    row = reader.get(kind.name, name)
    if row is None and kind.key and kind.by_name[kind.key[0]].kind is Kind.TEXT:
        row = next(iter(reader.rows(Query(kind.name, (Filter(kind.key[0], "eq", name),)), 1)), None)
    if row is None:
        raise PrintProblem.NO_RECORD.error(name, name=name)
    return row
