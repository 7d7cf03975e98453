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
from station_app.services import access_log
from station_app.ui import i18n, printing
from station_app.ui import problems as print_problems
from station_app.ui.actions import REPORT_LABELS, ask_save_file
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


def _print(session: Session, parent: QWidget, name: str, write: Write, target: Path | None = None, *, what: str = "",
           record_id: str = "") -> Job | None:  # fmt: skip
    """``write(context, path, language)`` runs off the window's thread; ``what``: the report or record type that is noted as printed."""
    plain = re.sub(r'[\\/:*?"<>|\s]+', "-", name).strip("-")[:80]
    target = ask_save_file(session, parent, f"{plain}.pdf", target, WHERE_TO)
    if target is None:
        return None
    chosen, language = target if target.suffix else target.with_suffix(".pdf"), i18n.language()

    def show() -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(chosen)))

    def done(written: Written) -> None:
        if what:
            access_log.note(session.workspace, access_log.Looked.PRINTED, what, written.rows or 1, record_id)
        session.say(DONE.format(name=chosen.name, pages=written.pages), "ok", action_text=OPEN, action=show)
        if written.missing:
            problem = print_problems.PrintProblem.NOT_IN_FONT.at(str(chosen), characters=written.missing)
            session.say(Text(f"{problem.text.zh}（{problem.code}）", f"{problem.text.en} ({problem.code})"), "warn",
                        lasting=True)  # fmt: skip

    return session.run(lambda context: write(context, chosen, language), title=WRITING.format(name=name), on_done=done,
                       on_error=session.show_error)  # fmt: skip


def print_other(session: Session, parent: QWidget, name: Text, write: Write) -> Job | None:
    """Print what is no list, report or record; ``write`` as above."""
    return _print(session, parent, tr(name), write)


def print_report(session: Session, parent: QWidget, report: str, target: Path | None = None, *, row: str = ""
                 ) -> Job | None:  # fmt: skip
    """Write one of the reports as a PDF; of a register or notice, ``row`` is the one batch."""
    year, today = session.year or session.today().year, session.today()

    return _print(
        session,
        parent,
        f"{tr(REPORT_LABELS[report])}-{year}",
        lambda context, path, language: printing.print_report(
            context.reader, report, path, year=year, language=language, chosen=row, today=today, context=context
        ),
        target,
        what=report,
    )


def print_list(session: Session, parent: QWidget, query: Query, columns: Sequence[str], about: Sequence[str],
               kind: RecordType, target: Path | None = None) -> Job | None:  # fmt: skip
    """Write a list as it stands as a PDF; ``about`` names its filters."""
    today = session.today()

    return _print(
        session,
        parent,
        " ".join([tr(kind.plural), *about]),
        lambda context, path, language: printing.print_list(
            context.reader, query, columns, path, language=language, about=about, today=today, context=context
        ),
        target,
        what=kind.name,
    )


def print_record(session: Session, parent: QWidget, kind: RecordType, row: Row, title: str, target: Path | None = None
                 ) -> Job | None:  # fmt: skip
    today = session.today()

    return _print(
        session,
        parent,
        f"{tr(kind.label)} {title}",
        lambda context, path, language: printing.print_record(
            context.reader, kind, row, path, title=title, language=language, today=today
        ),
        target,
        what=kind.name,
        record_id=row.record_id,
    )
