"""The training station and its county, built as two offices would: workbooks imported, packed, received, reviewed, receipted.

What they hold lies in ``resources/sample`` as workbooks anybody can open; it goes in through the door a clerk uses. The
window's training station and the demo stand on it. Persons, accounts and readings are invented and say so; administrative
codes and rates are facts.
"""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from station_app.county.problems import CountyProblem
from station_app.county.receive import apply_receive, plan_receive
from station_app.county.review import accept, send_back, unreviewed
from station_app.domain.official_time import noon_of
from station_app.domain.records.calculation import SeasonPeriod
from station_app.domain.records.compensation import CompensationPlan
from station_app.domain.records.target import Assessment
from station_app.domain.registry import Role, all_types
from station_app.exchange.excel.importer import apply_import, plan_import
from station_app.exchange.excel.reader import read_tables
from station_app.exchange.package.build import build_package
from station_app.exchange.package.cards import accept_card, export_card
from station_app.exchange.package.receipts import apply_receipt
from station_app.services.compensation import run_batch
from station_app.services.entry import Entry
from station_app.services.figures.scheme import proposed_scheme
from station_app.services.founding import add_listed_units, found_workspace, listed_villages
from station_app.services.progress import JobContext, Quiet
from station_app.storage import files
from station_app.storage.clock import Clock
from station_app.storage.reader import Filter, Query
from station_app.storage.reference import resource_folder
from station_app.storage.standards import load_standards
from station_app.storage.workspace import Workspace

YEAR = 2026
DAY = date(YEAR, 11, 21)  # on which all of it is entered, whatever this machine says: no invented fact lies ahead of it
COUNTY = "152522"
TOWNSHIP = "152522200000"
VILLAGES = ("152522200201", "152522200202", "152522200204")
READY = "ready"

OnSaved = Callable[[str], None]


@dataclass
class Trail:
    """Where the training run left things."""

    folder: Path
    packages: list[Path] = field(default_factory=list)
    receipts: list[Path] = field(default_factory=list)

    @property
    def station(self) -> Path:
        return self.folder / "station"

    @property
    def county(self) -> Path:
        return self.folder / "county"


class Office:
    """A workspace of the training, and who hears the id of every version after it was saved: none of them may be lost."""

    def __init__(
        self, workspace: Workspace, on_saved: OnSaved = lambda version_id: None, context: JobContext | None = None
    ) -> None:
        self.workspace = workspace
        self._on_saved = on_saved
        self._job = context or Quiet()
        self._told = 0

    def bring_in(self, book: str, reason: str = "") -> None:
        """Import every sheet of a workbook of ``resources/sample``; the first word of its name is the record's label.

        Raises:
            UserError: what the import refuses.
        """
        path = resource_folder() / "sample" / book
        tables = read_tables(path)
        kinds = {kind.label.zh: kind for kind in all_types()}
        for table in tables:
            kind = kinds[table.name.partition(" ")[0]]
            plan = plan_import(self.workspace.read, path, kind.name, sheet=table.name, tables=tables, context=self._job)
            apply_import(self.workspace, plan, reason=reason, context=self._job)
            self.tell()

    def tell(self) -> None:
        """Tell of the versions saved since it was told last."""
        new = self.workspace.read.sql("SELECT seq, version_id FROM version WHERE seq>? ORDER BY seq", (self._told,))
        for seq, version_id in new:
            self._on_saved(version_id)
            self._told = seq


def create_county(folder: Path, clock: Clock) -> Workspace:
    """Make the empty county workspace of the training banner."""
    return found_workspace(folder, org_code=COUNTY, org_name="阿巴嘎旗草原工作站(培训)", role=Role.COUNTY,
                           device_name="county-training", author="县级示例员", clock=clock, not_before=noon_of(DAY))  # fmt: skip


def create_station(folder: Path, clock: Clock) -> Workspace:
    """Make the station workspace of the training township with the villages of the list of divisions."""
    station = found_workspace(
        folder, org_code=TOWNSHIP[:9], org_name="那仁宝拉格苏木草原站(培训)", role=Role.STATION,
        device_name="station-training", author="示例员甲", clock=clock, not_before=noon_of(DAY),
    )  # fmt: skip
    add_listed_units(station, [unit.code for unit in listed_villages(station)])
    return station


def build_training(
    folder: Path, *, on_saved: OnSaved = lambda version_id: None, context: JobContext | None = None
) -> Trail:
    """Make the training station and county in ``folder`` and send two packages between them.

    The first carries registers, counts and surveys; its receipt brings the county's plan; the second the payment batches.

    Raises:
        UserError: what importing, packing or receiving refuses.
    """
    job = context or Quiet()
    trail = Trail(folder)
    for name in ("packages", "receipts", "cards"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    clock = Clock.starting(DAY)
    with (
        create_county(trail.county, clock) as county,
        create_station(trail.station, clock) as station,
        county.by_program(),
        station.by_program(),  # nobody who opens it has done anything yet that could be taken back
    ):
        _introduce(station, county, folder / "cards")
        office, outpost = Office(county, on_saved, job), Office(station, on_saved, job)
        office.bring_in("1-county.xlsx")
        _schemes(county)
        office.tell()
        outpost.bring_in("2-station.xlsx")
        _send(station, county, trail, job)
        _question(county)
        plan = county.read.rows(Query(CompensationPlan))[0].record_id
        if station.read.get(CompensationPlan, plan) is None:
            raise CountyProblem.NO_PLAN_CAME.error()
        for village in VILLAGES:
            run_batch(Entry(station), station, plan, village, today=date(YEAR, 10, 8), context=job)
            outpost.tell()
        outpost.bring_in("3-station.xlsx")
        office.bring_in("4-county.xlsx", "春旱，返青推迟，县里会商后下调(示例)")
        _send(station, county, trail, job)
        earlier = Query(Assessment, (Filter("assessed_on", "lt", date(YEAR, 1, 1)),))
        accept(county, "assessment", [row.record_id for row in county.read.rows(earlier)])
        outpost.bring_in("5-station.xlsx")  # not sent yet: something is left to do
        # What somebody began to type and left: the form of a new household offers it again.
        station.drafts.put("form:household:new", "household", None, {"head_name": "示例新户", "persons": "4"})
    return trail


def _schemes(county: Workspace) -> None:
    """County: the schemes of three years, as the program proposes them from its sets."""
    for year in range(YEAR - 2, YEAR + 1):
        proposed = proposed_scheme(load_standards(), year, COUNTY)
        scheme = dataclasses.replace(
            proposed,
            name=f"阿巴嘎旗 {year} 年计算方案(培训)",
            document_number=f"示例文号〔{year}〕3号",
            decided_by="县级示例员",
            seasons=tuple(
                SeasonPeriod(season_of_use=season, days=days)
                for season, days in (("whole_year", 365), ("warm", 150), ("cold", 215))
            ),
            climate="cool_temperate_dry",
            soil="HAC",
            note="系数取自程序所带系数集的建议值，多数未核实；冷暖季天数、气候区和土类为培训用示例。",
        )
        Entry(county).save(scheme)


def _question(county: Workspace) -> None:
    """County: accept the registers and two villages' counts and forage, and send one inspection back with a question."""
    for name in ("household", "parcel"):
        accept(county, name, unreviewed(county, name))
    # Two villages of three are looked through: what is accepted and what is only entered stand apart on every page.
    looked_at = json.dumps(VILLAGES[:2])
    for name in ("livestock_count", "forage_supply"):
        rows = county.read.sql(
            f"""SELECT p.record_id FROM "{name}" p JOIN household h ON h.record_id=p.household_id
            WHERE h.village_code IN (SELECT value FROM json_each(?)) ORDER BY p.rowkey""",
            (looked_at,),
        )
        accept(county, name, [record_id for (record_id,) in rows])
    send_back(county, "inspection", unreviewed(county, "inspection")[:1], "请补充整改通知书的照片(示例)")


def _introduce(station: Workspace, county: Workspace, folder: Path) -> None:
    """Exchange cards, as two offices do once, by hand."""
    accept_card(county, export_card(station, folder))
    accept_card(station, export_card(county, folder))


def _send(station: Workspace, county: Workspace, trail: Trail, job: JobContext) -> None:
    """Pack, verify, receive, accept, answer, take the answer."""
    built = build_package(station, trail.folder / "packages", context=job)
    trail.packages.append(built.path)
    plan = plan_receive(county, built.path)
    received = apply_receive(county, plan, trail.folder / "receipts")
    trail.receipts.append(received.receipt_path)
    apply_receipt(station, received.receipt_path)


def training_workspace(folder: Path, which: str = "station", *, context: JobContext | None = None) -> Path:
    """Return the training workspace ``station`` or ``county`` in ``folder``; both are built at the first time."""
    if not (folder / READY).is_file():
        shutil.rmtree(folder, ignore_errors=True)  # half built: the last try was interrupted
        build_training(folder, context=context)
        files.write_whole(folder / READY, b"")
    return folder / which
