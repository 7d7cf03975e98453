"""Write a workbook: the frame from XlsxWriter, the rows spliced in as XML, read back and compared before it is there.

Measured on 60,000 rows of 15 columns: the rows alone cost a fifth of XlsxWriter's constant-memory mode.
"""

from __future__ import annotations

import tempfile
import zipfile
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

from station_app.domain.text import Text
from station_app.exchange.excel.layout import Frame, frame
from station_app.exchange.excel.markup import Body
from station_app.exchange.excel.readback import compare
from station_app.exchange.excel.saving import beside
from station_app.exchange.excel.sheets import Book
from station_app.services.progress import JobContext, Quiet, stop_if_cancelled

_SPOOL = 8 * 1024 * 1024
_COPY = 1024 * 1024
_DATE = (1980, 1, 1, 0, 0, 0)  # the same data gives the same bytes
_WRITING = Text("正在写出{name}", "Writing {name}")
_CHECKING = Text("正在核对写出的文件", "Checking what was written")


@dataclass(frozen=True, slots=True)
class WrittenSheet:
    """What one sheet holds: rows and the sums of its summed columns, by name; columns of one name are added."""

    name: str
    rows: int
    totals: dict[str, Decimal]


def write_book(book: Book, target: Path, context: JobContext | None = None) -> list[WrittenSheet]:
    """Write ``book`` to ``target``; afterwards it is there whole and compared, or not at all.

    Memory does not grow with the rows while writing; the reader that compares holds one sheet at a time.

    Raises:
        UserError: XLS-002 … XLS-009; see ``saving`` and ``markup``. XLS-006 what was read back differs. JOB-001 cancelled.
    """
    job = context or Quiet()
    first = frame(book, [None] * len(book.sheets))
    bodies: list[Body | None] = []
    with beside(target) as part:
        spools: list[IO[bytes]] = []
        try:
            for sheet, styles, ends, name in zip(book.sheets, first.styles, first.ends, first.names, strict=False):
                spool: Any = tempfile.SpooledTemporaryFile(_SPOOL, dir=str(target.parent))  # noqa: SIM115
                spools.append(spool)
                body = Body(sheet, styles, ends)
                for done in body.write_to(spool):
                    _tell(job, done, _WRITING.format(name=name))
                bodies.append(body)
            made = frame(book, bodies)
            _assemble(made, spools, part)
        finally:
            for spool in spools:
                spool.close()
        _tell(job, 0, _CHECKING)
        compare(part, made, book, [b for b in bodies if b is not None])
    return [_summary(name, body) for name, body in zip(made.names, bodies, strict=False) if body is not None]


def _summary(name: str, body: Body) -> WrittenSheet:
    totals: dict[str, Decimal] = {body.sheet.counted_as: Decimal(body.count)} if body.sheet.counted_as else {}
    for column, value in zip(body.sheet.columns, body.totals, strict=True):
        if column.total:
            totals[column.total] = totals.get(column.total, Decimal(0)) + Decimal(value).scaleb(-column.places)
    return WrittenSheet(name, body.count, totals)


def _assemble(made: Frame, spools: list[IO[bytes]], target: Path) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in made.parts.items():
            archive.writestr(_entry(name), content)
        for number, (head, spool, tail) in enumerate(zip(made.heads, spools, made.tails, strict=True), 1):
            entry = _entry(f"xl/worksheets/sheet{number}.xml")
            entry.file_size = len(head) + spool.tell() + len(tail)
            spool.seek(0)
            with archive.open(entry, "w") as out:
                out.write(head)
                while piece := spool.read(_COPY):
                    out.write(piece)
                out.write(tail)


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _DATE)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _tell(context: JobContext, done: int, text: Text) -> None:
    stop_if_cancelled(context)
    context.progress(done, None, text)
