"""The workbooks a county office expects, by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from station_app.domain.text import CHINESE, Text
from station_app.exchange.excel import (
    report_award,
    report_balance,
    report_carbon,
    report_gap,
    report_livestock,
    report_roster,
    report_survey,
)
from station_app.exchange.excel.problems import WorkbookProblem
from station_app.exchange.excel.report_source import Source, one_moment
from station_app.exchange.excel.sheets import Book
from station_app.exchange.excel.writer import write_book
from station_app.services.progress import JobContext
from station_app.storage.reader import Reader


@dataclass(frozen=True, slots=True)
class Report:
    """One workbook: its name on the command line, what a person calls it, and how it is made."""

    name: str
    label: Text
    make: Callable[[Source], Book]


@dataclass(frozen=True, slots=True)
class ExportResult:
    """What was written, counted from the file: data rows over all sheets, and sums by name."""

    path: Path
    rows: int
    totals: dict[str, Decimal]


REPORTS: dict[str, Report] = {
    report.name: report
    for report in (
        Report("household-roster", report_roster.TITLE, report_roster.roster),
        Report("livestock-count", report_livestock.TITLE, report_livestock.livestock),
        Report("survey-plots", report_survey.TITLE, report_survey.survey),
        Report("disbursement-register", report_award.REGISTER, report_award.register),
        Report("public-notice", report_award.NOTICE, report_award.public_notice),
        Report("balance", report_balance.TITLE, report_balance.balance),
        Report("carbon", report_carbon.TITLE, report_carbon.carbon),
        Report("gap", report_gap.TITLE, report_gap.gaps),
    )
}


def export_report(
    reader: Reader,
    report: str,
    *,
    year: int | None = None,
    level: str = "",
    row: str = "",
    language: str = CHINESE,
    target: Path,
    today: date | None = None,
    context: JobContext | None = None,
) -> ExportResult:
    """Write a report to ``target`` (.xlsx), read it back and compare it; then only is it there.

    Args:
        year: Year of the report; ``None`` takes the latest there is (survey-plots: all years).
        level: Of balance and carbon, what a row is; empty takes households, or what the ledger has.
        row: Of balance, carbon and gap, the row whose whole calculation is shown beside the totals; of register and
            notice the one batch (record_id) to print.
        today: Date printed on the sheets; ``None`` takes today's.

    Raises:
        UserError: XLS-001 nothing to export, XLS-011 no such report, XLS-012 no such row, what the calculation
            refuses, and what ``write_book`` refuses.
    """
    if report not in REPORTS:
        raise WorkbookProblem.NO_REPORT.error(name=report, known=", ".join(REPORTS))
    source = Source(reader, language, today or reader.clock.today(), year, level, row)
    with one_moment(reader):
        written = write_book(REPORTS[report].make(source), target, context)
    totals: dict[str, Decimal] = {}
    for sheet in written:
        for name, value in sheet.totals.items():
            totals[name] = totals.get(name, Decimal(0)) + value
    return ExportResult(target, sum(sheet.rows for sheet in written), totals)
