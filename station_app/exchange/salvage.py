"""Salvage: what is sound in a damaged workspace goes into a new one, a package and a workbook; what is not is named.

Read are the database as far as it can be, the backups, and the packages kept. The damaged workspace is not changed.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from station_app.domain.problems import Problem, UserError
from station_app.domain.roles import Role
from station_app.domain.text import CHINESE, Text
from station_app.exchange.excel.report_records import every_record
from station_app.exchange.excel.report_source import Source
from station_app.exchange.excel.writer import write_book
from station_app.exchange.package.build import build_package
from station_app.exchange.package.cards import export_card
from station_app.exchange.package.lines import Line
from station_app.exchange.package.verify import OpenPackage
from station_app.services.progress import JobContext, Quiet
from station_app.storage import backup, key_slots, sealed_backup
from station_app.storage.attachments import Attachments
from station_app.storage.problems import StorageProblem
from station_app.storage.salvage import DamagedDatabase
from station_app.storage.sealed_file import read_head
from station_app.storage.separate import FORMER
from station_app.storage.sound import fits_device
from station_app.storage.workspace import DATABASE, Workspace

WORKSPACE = "workspace"
ALL = Text(
    "取出 {versions} 个完好的版本、{records} 条记录、{attachments} 个附件，放在 {place}。",
    "{versions} sound versions, {records} records and {attachments} attachments were taken out, into {place}.",
)
LOST = Text(
    "读不出的有 {unreadable} 个，内容被改动的有 {altered} 个({names})。",
    "{unreadable} cannot be read and {altered} were altered ({names}).",
)
NONE_LOST = Text("没有发现缺少的。", "Nothing was found missing.")
THEN = Text(
    "请打开这个新工作站核对；把其中的身份卡交给县里登记，再上报数据包。原来的文件夹没有改动，请保留。",
    "Open the new workspace and compare; give its card to the county before the package. The old folder was not changed: keep it.",
)
WORKBOOK = "records.xlsx"


@dataclass
class Salvaged:
    """What came out.

    Attributes:
        versions: Sound versions, from the database and from what lies beside it.
        unreadable: Numbers of the journal that cannot be read.
        altered: Versions whose content is not theirs, by id, that no other source had whole.
        problems: What could not be done with what came out.
    """

    workspace: Path
    versions: int = 0
    records: int = 0
    attachments: int = 0
    unreadable: int = 0
    altered: tuple[str, ...] = ()
    package: Path | None = None
    card: Path | None = None
    workbook: Path | None = None
    problems: list[Problem] = field(default_factory=list)

    @property
    def said(self) -> Text:
        """What came out and what did not, and what to do with it."""
        return Text("{all}{lost}{then}", "{all} {lost} {then}").format(
            all=ALL.format(
                versions=self.versions, records=self.records, attachments=self.attachments, place=self.workspace
            ),
            lost=LOST.format(unreadable=self.unreadable, altered=len(self.altered), names=self._names or "—")
            if self.unreadable or self.altered
            else NONE_LOST,
            then=THEN,
        )

    @property
    def _names(self) -> str:
        return ", ".join(version_id[:12] for version_id in self.altered[:20])


def salvage(folder: Path, out: Path, *, language: str = CHINESE, context: JobContext | None = None) -> Salvaged:
    """Take what is sound out of the damaged workspace ``folder`` into the new folder ``out``.

    The new workspace is a device of its own that knows its former name: its card goes to the county before its package.

    Raises:
        UserError: WSP-050 nothing in it can be read, not even whose it is; WSP-051 ``out`` is not empty; WSP-052 a file cannot
            be read or written; what ``Workspace.create`` raises.
    """
    job = context or Quiet()
    if out.exists() and any(out.iterdir()):
        raise StorageProblem.SALVAGE_NOT_EMPTY.error(out=out)
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=out, prefix="reading-") as scratch:
            try:
                return _salvage(folder, out, Path(scratch), language, job)
            finally:
                key_slots.forget(Path(scratch))
    except OSError as error:
        raise StorageProblem.SALVAGE_NOT_WRITTEN.error(file=error.filename or out, why=error.strerror) from error


def _salvage(folder: Path, out: Path, scratch: Path, language: str, job: JobContext) -> Salvaged:
    databases = []
    for number, file in enumerate(_databases(folder, scratch)):
        place = scratch / str(number)
        place.mkdir()
        databases.append(DamagedDatabase(file, place))
    settings = next((s for d in databases if (s := d.settings()).get("workspace.org_code")), None)
    if settings is None:
        raise StorageProblem.NOTHING_TO_SALVAGE.error(folder=folder)
    told = Salvaged(out / WORKSPACE)
    with Workspace.create(
        told.workspace,
        org_code=settings["workspace.org_code"],
        org_name=settings.get("workspace.org_name") or settings["workspace.org_code"],
        role=Role(settings.get("workspace.role", Role.STATION)),
        device_name=settings.get("workspace.device_name", ""),
        author=settings.get("author", ""),
    ) as workspace:
        former = {v for k, v in settings.items() if k == "workspace.device_id" or k.startswith(FORMER)}
        for device in sorted(former):
            workspace.settings.set(f"{FORMER}{device}", device)
        with workspace.by_program():
            for database in databases:
                workspace.journal.merge(database.versions(), show=False)
            workspace.journal.merge(_packed(folder), show=False)
        workspace.catch_up()
        _take_cards(workspace, databases)
        told.attachments = _take_attachments(workspace, folder)
        told.versions = workspace.journal.count()
        told.records = sum(workspace.read.type_counts().values())
        told.unreadable = databases[0].unreadable
        altered = databases[0].altered
        told.altered = tuple(sorted(set(altered) - workspace.journal.has(altered)))
        _hand_out(workspace, out, told, language, job)
    return told


def _databases(folder: Path, scratch: Path) -> Iterator[Path]:
    """Yield the database, and those of the backups from the newest on; of sealed ones what this machine opens."""
    yield folder / DATABASE
    for file in sorted((folder / "backups").glob("*.backup.*"), reverse=True):
        if file.name.endswith(backup.SUFFIX):
            yield file
        elif file.name.endswith(backup.SEALED_SUFFIX):
            unsealed = scratch / file.name / DATABASE
            with suppress(UserError):
                sealed = read_head(file)
                opened = sealed_backup.unlock(sealed, None, folder / "keys")
                key_slots.keep_open(unsealed.parent, opened)
                sealed_backup.unpack(sealed, opened.data_key, {DATABASE: unsealed}.get)
            if unsealed.is_file():
                yield unsealed


def _packed(folder: Path) -> Iterator[Line]:
    """Yield the versions of the packages kept that are sound; of one that is not, nothing is believed."""
    for place in ("outbox", "inbox"):
        for file in sorted((folder / place).glob("*.zip")):
            try:
                with OpenPackage(file, None) as package:
                    lines = [
                        line for block, aside in package.versions() for line in block if line.version_id not in aside
                    ]
                    if package.errors:
                        continue
            except UserError:
                continue
            yield from lines


def _take_cards(workspace: Workspace, databases: list[DamagedDatabase]) -> None:
    """Keep the cards whose key is that of their device."""
    rows = next((rows for database in databases if (rows := database.cards())), [])
    sound = [row for row in rows if len(row) in (7, 9) and fits_device(row[0], row[4])]
    with workspace.journal.transaction() as connection:
        for row in sound:
            connection.execute("INSERT OR IGNORE INTO card VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", [*row, "", ""][:9])


def _take_attachments(workspace: Workspace, folder: Path) -> int:
    """Copy the attachments that are what their name says; return how many."""
    taken = 0
    source = Attachments(folder / "attachments")
    for file in sorted((folder / "attachments").glob("*")):
        content = file.read_bytes() if file.is_file() and not file.suffix else b""
        if hashlib.sha256(content).hexdigest() == file.name:
            workspace.attachments.keep(content, source.about(file.name).name)
            taken += 1
    return taken


def _hand_out(workspace: Workspace, out: Path, told: Salvaged, language: str, job: JobContext) -> None:
    """Write card, package and workbook; what cannot be written is said and keeps nothing of the rest."""
    try:
        told.card = export_card(workspace, out)
        told.package = build_package(workspace, out, context=job).path
    except UserError as error:
        told.problems += error.problems
    try:
        source = Source(workspace.read, language, workspace.clock.today())
        write_book(every_record(source), out / WORKBOOK, job)
        told.workbook = out / WORKBOOK
    except UserError as error:
        told.problems += error.problems
