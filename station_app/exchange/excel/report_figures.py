"""Workbooks of figures: balance, carbon, targets and gaps; and the explanation of any figure as a workbook of its own."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from station_app import __version__
from station_app.domain.calc.explanation import Explanation
from station_app.domain.text import CHINESE, Text
from station_app.exchange.excel.figure_sheets import EXPLANATION, editions_sheet, explanation_sheet
from station_app.exchange.excel.report_source import PROGRAM
from station_app.exchange.excel.sheets import Book
from station_app.exchange.excel.writer import write_book
from station_app.services.progress import JobContext

_FACTS = (Text("程序和版本", "Program and version"), Text("内容", "Contents"), Text("生成日期", "Generated on"))


def explanation_workbook(
    path: Path,
    explanation: Explanation,
    language: str = CHINESE,
    *,
    today: date,
    context: JobContext | None = None,
) -> None:
    """Write one explanation to ``path`` (.xlsx): every step, and the coefficients it used; read back and compared.

    Raises:
        UserError: what ``write_book`` refuses.
    """
    sheets = [explanation_sheet(explanation, language)]
    used = [
        (given.origin.reference, given.label.to(language), given.origin.mark or "–")
        for given in explanation.coefficients
    ]
    if used:
        sheets.append(editions_sheet(sorted(used), language))
    values = (f"{PROGRAM.to(language)} {__version__}", explanation.title.to(language), today.isoformat())
    facts = tuple((label.to(language), value) for label, value in zip(_FACTS, values, strict=True))
    write_book(Book(EXPLANATION.to(language), tuple(sheets), today, language, facts=facts), path, context)
