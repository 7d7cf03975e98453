"""The verbs of printing, as pages offer them: ask where, write the PDF off the window's thread, offer to open it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from station_app.domain.registry import RecordType
from station_app.domain.text import Text
from station_app.ui import i18n, messages, printing
from station_app.ui import problems as print_problems
from station_app.ui.actions import REPORT_LABELS, remember_folder, suggestion
from station_app.ui.i18n import tr

if TYPE_CHECKING:
    from station_app.storage.reader import Query, Row
    from station_app.ui.jobs import Job
    from station_app.ui.pdf import Written
    from station_app.ui.session import Session

PRINT_LIST = Text("打印本列表（PDF）…", "Print this list (PDF) …")
PRINT_REPORT = Text("打印{label}（PDF）…", "Print {label} (PDF) …")
PRINT_RECORD = Text("打印（PDF）…", "Print (PDF) …")
WHERE_TO = Text("PDF 保存到", "Save the PDF as")
WRITING = Text("正在排版“{name}”", "Laying out {name}")
DONE = Text("“{name}”已排好 {pages} 页，可以打印。", "{name}: {pages} pages, ready to print.")
OPEN = Text("打开", "Open")

Write = Callable[[Any, Path, str], Any]


def _print(session: Session, parent: QWidget, name: str, write: Write, target: Path | None = None) -> Job | None:
    """``write(context, path, language)`` runs off the window's thread."""
    if target is None:
        plain = re.sub(r'[\\/:*?"<>|\s]+', "-", name).strip("-")[:80]
        target = messages.ask_save_file(parent, WHERE_TO, "*.pdf", suggestion=suggestion(session, f"{plain}.pdf"))
    if target is None:
        return None
    remember_folder(session, target)
    chosen, language = target if target.suffix else target.with_suffix(".pdf"), i18n.language()

    def show() -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(chosen)))

    def done(written: Written) -> None:
        session.say(DONE.format(name=chosen.name, pages=written.pages), "ok", action_text=OPEN, action=show)
        if written.missing:
            problem = print_problems.PrintProblem.NOT_IN_FONT.at(str(chosen), characters=written.missing)
            session.say(Text(f"{problem.text.zh}（{problem.code}）", f"{problem.text.en} ({problem.code})"), "warn",
                        lasting=True)  # fmt: skip

    return session.run(lambda context: write(context, chosen, language), title=WRITING.format(name=name), on_done=done,
                       on_error=session.show_error)  # fmt: skip


def print_report(session: Session, parent: QWidget, report: str, target: Path | None = None) -> Job | None:
    """Write one of the reports as a PDF."""
    year, today = session.year or session.today().year, session.today()

    def write(context: Any, path: Path, language: str) -> Any:
        return printing.print_report(
            context.reader, report, path, year=year, language=language, today=today, context=context
        )

    return _print(session, parent, f"{tr(REPORT_LABELS[report])}-{year}", write, target)


def print_list(session: Session, parent: QWidget, query: Query, columns: Sequence[str], about: Sequence[str],
               kind: RecordType, target: Path | None = None) -> Job | None:  # fmt: skip
    """Write a list as it stands as a PDF; ``about`` names its filters."""
    today = session.today()

    def write(context: Any, path: Path, language: str) -> Any:
        return printing.print_list(
            context.reader, query, columns, path, language=language, about=about, today=today, context=context
        )

    return _print(session, parent, " ".join([tr(kind.plural), *about]), write, target)


def print_record(session: Session, parent: QWidget, kind: RecordType, row: Row, title: str, target: Path | None = None
                 ) -> Job | None:  # fmt: skip
    """Write one record as a form."""
    today = session.today()

    def write(context: Any, path: Path, language: str) -> Any:
        return printing.print_record(context.reader, kind, row, path, title=title, language=language, today=today)

    return _print(session, parent, f"{tr(kind.label)} {title}", write, target)
