"""Who saw, printed or took out personal data: kept from the first account on, since before that nobody is known.

A form that shows a sensitive field is noted once until something else is; a printed list or report and an exported workbook with
the number of its rows. No value stands here, only which record it was. Nothing of it travels; it is in every backup.
"""

from __future__ import annotations

import csv
import io
from dataclasses import astuple, dataclass
from enum import StrEnum
from pathlib import Path

from station_app.domain.official_time import official_text
from station_app.domain.registry import RecordType, has_type, record_type
from station_app.domain.text import Text
from station_app.storage import files
from station_app.storage.workspace import Workspace


class Looked(StrEnum):
    """How personal data reached somebody."""

    SEEN = "seen"
    PRINTED = "printed"
    EXPORTED = "exported"

    @property
    def text(self) -> Text:
        return _CALLED[self]


_CALLED = {
    Looked.SEEN: Text("查看", "seen"),
    Looked.PRINTED: Text("打印", "printed"),
    Looked.EXPORTED: Text("导出", "exported"),
}
_HEADINGS = Text("时间(北京),人员,方式,内容,记录编号,条数", "time (Beijing),who,way,what,record,rows")


@dataclass(frozen=True, slots=True)
class Access:
    """One line: ``what`` is a record type or the name of a report, ``record_id`` empty where it is a list."""

    at: str
    who: str
    way: Looked
    what: str
    record_id: str
    records: int


def note(workspace: Workspace, way: Looked, what: str, records: int, record_id: str = "") -> None:
    """Note that personal data was seen, printed or taken out; nothing is noted while there is no account, nor where a workspace was
    opened to look at, of which nothing is written."""
    if workspace.looked_at_only or not workspace.has_accounts:
        return
    me = workspace.identity.signature
    with workspace.journal.transaction() as connection:
        last = connection.execute(
            "SELECT who, way, what, record_id FROM access_log ORDER BY number DESC LIMIT 1"
        ).fetchone()
        if way is Looked.SEEN and last == (me, way.value, what, record_id):
            return
        connection.execute(
            "INSERT INTO access_log (at, who, way, what, record_id, records) VALUES (?, ?, ?, ?, ?, ?)",
            (workspace.clock.stamp(), me, way.value, what, record_id, records),
        )


def note_record(workspace: Workspace, way: Looked, kind: RecordType, record: object, record_id: str) -> None:
    """Note one record, where it has a sensitive value."""
    if any(f.sensitive and getattr(record, f.name) not in (None, "") for f in kind.scalars):
        note(workspace, way, kind.name, 1, record_id)


def entries(workspace: Workspace) -> list[Access]:
    """Return what was noted, oldest first."""
    rows = workspace.read.sql("SELECT at, who, way, what, record_id, records FROM access_log ORDER BY number")
    return [Access(at, who, Looked(way), what, record_id, records) for at, who, way, what, record_id, records in rows]


def called(what: str) -> Text:
    """Return how what was looked at is called: a record type by its label, a report by its name."""
    return record_type(what).label if has_type(what) else Text(what, what)


def write_csv(workspace: Workspace, target: Path, language: str) -> int:
    """Write the log as a table; return the number of its rows.

    Raises:
        OSError: the file cannot be written; none is there then.
    """
    text, found = io.StringIO(), entries(workspace)
    writer = csv.writer(text)
    writer.writerow(_HEADINGS.to(language).split(","))
    for each in found:
        _, who, way, what, record_id, records = astuple(each)
        writer.writerow(
            [official_text(each.at), who, way.text.to(language), called(what).to(language), record_id, records]
        )
    files.write_whole(target, text.getvalue().encode("utf-8-sig"))
    return len(found)
