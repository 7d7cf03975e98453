"""Tables out of any file a person may send: xlsx, xlsm, xls, et, ods, csv, txt. Nothing in them is trusted.

Each format is read once, by its module in ``reading``, which says of every cell what ``reading.cells.RawTable`` holds.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from pathlib import Path
from xml.parsers import expat

from station_app.exchange.excel.problems import WorkbookProblem
from station_app.exchange.excel.reading import limits, own_process
from station_app.exchange.excel.reading.cells import BROKEN, PICTURE, Broken, RawTable
from station_app.exchange.excel.reading.limits import Damaged, Locked, TooBig
from station_app.exchange.excel.reading.ods import read_ods
from station_app.exchange.excel.reading.packed import Packed
from station_app.exchange.excel.reading.text import DamagedText, OpenQuote, UnknownEncoding, read_text
from station_app.exchange.excel.reading.xls import read_xls
from station_app.exchange.excel.reading.xlsx import read_xlsx
from station_app.services.progress import JobContext, Quiet

__all__ = ["BROKEN", "PICTURE", "Broken", "RawTable", "read_tables"]

_LONG = 2_000  # rows
_ZIP, _OLE = b"PK", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_DAMAGED = (
    Damaged, zipfile.BadZipFile, zlib.error, expat.ExpatError, NotImplementedError, RuntimeError, EOFError, struct.error,
    KeyError, IndexError, ValueError, OverflowError, OSError,
)  # fmt: skip


def read_tables(path: Path, job: JobContext | None = None) -> list[RawTable]:
    """Return the tables of a file; a large one is read in a process of its own, which ends when ``job`` is stopped.

    Raises:
        UserError: what ``read_here`` raises; JOB-001 the person asked to stop.
    """
    beside = own_process.read_beside(path, job or Quiet()) if own_process.is_large(path) else None
    return read_here(path) if beside is None else beside


def read_here(path: Path) -> list[RawTable]:
    """Return the tables of a file, read in this process; long ones are packed.

    Raises:
        UserError: IMP-001 not there or not readable, IMP-002 not a table we can read, IMP-003 has a password, IMP-004
            nothing in it, IMP-015 unknown encoding, IMP-016 too big, IMP-027 a quotation mark is open, IMP-040 a text
            with damaged places.
    """
    try:
        if path.stat().st_size > limits.MAX_FILE:
            raise WorkbookProblem.TOO_BIG.error(file=path.name)
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        raise WorkbookProblem.NOT_THERE.error(file=path, reason=getattr(error, "strerror", None) or error) from error
    if not data.strip():
        raise WorkbookProblem.NO_ROWS.error(file=path.name)
    try:
        tables = _read(path.name, data)
    except TooBig as error:
        raise WorkbookProblem.TOO_BIG.error(file=path.name) from error
    except Locked as error:
        raise WorkbookProblem.HAS_PASSWORD.error(file=path.name) from error
    except UnknownEncoding as error:
        raise WorkbookProblem.UNKNOWN_ENCODING.error(file=path.name) from error
    except DamagedText as error:
        raise WorkbookProblem.DAMAGED_TEXT.error(file=path.name, row=error.args[0]) from error
    except OpenQuote as error:
        raise WorkbookProblem.OPEN_QUOTE.error(file=path.name, row=error.args[0]) from error
    except _DAMAGED as error:
        raise WorkbookProblem.NOT_A_TABLE.error(file=path.name) from error
    if not any(table.rows for table in tables):
        raise WorkbookProblem.NO_ROWS.error(file=path.name)
    for table in tables:
        if len(table.rows) > _LONG:
            table.rows = Packed(table.rows)
    return tables


def _read(name: str, data: bytes) -> list[RawTable]:
    if data.startswith(_OLE):
        return read_xls(data)
    if not data.startswith(_ZIP):
        return [read_text(name, data)]
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return read_ods(archive) if "content.xml" in archive.namelist() else read_xlsx(archive)
