"""The training station and its county, built together: recorded, packed, received, reviewed, receipted.

Uses the same functions as the window and the command line; the window's training station and the demo stand on it.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from station_app.county.problems import CountyProblem
from station_app.county.receive import apply_receive, plan_receive
from station_app.county.review import accept, send_back, unreviewed
from station_app.domain.records.compensation import CompensationPlan
from station_app.exchange.package.build import build_package
from station_app.exchange.package.cards import accept_card, export_card
from station_app.exchange.package.receipts import apply_receipt
from station_app.services.compensation import run_batch
from station_app.services.entry import Entry
from station_app.services.progress import JobContext, Quiet
from station_app.services.training import DAY, VILLAGES, YEAR, OnSaved, Trainer, create_county, create_station
from station_app.services.training_targets import revise_target, station_assessments
from station_app.storage.clock import Clock
from station_app.storage.workspace import Workspace

READY = "ready"


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


def build_training(folder: Path, *, on_saved: OnSaved | None = None, context: JobContext | None = None) -> Trail:
    """Make the training station and county in ``folder`` and send two packages between them.

    The first carries registers, counts and surveys; its receipt brings the county's plan; the second the payment batches.

    Raises:
        UserError: what saving, packing or receiving refuses.
    """
    job = context or Quiet()
    trail = Trail(folder)
    for name in ("packages", "receipts", "cards"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    clock = Clock.starting(DAY)
    with create_county(trail.county, clock) as county, create_station(trail.station, clock) as station:
        _introduce(station, county, folder / "cards")
        office = Trainer(county, on_saved=on_saved, context=job)
        plan_id = office.county_plan()
        trainer = Trainer(station, on_saved=on_saved, context=job)
        households = trainer.station_records()
        _send(station, county, trail, job)
        _question(county)
        if station.read.get(CompensationPlan, plan_id) is None:
            raise CountyProblem.NO_PLAN_CAME.error()
        entry = Entry(station)
        for village in VILLAGES:
            run = _run(entry, station, plan_id, village, job)
            if on_saved is not None:
                for version in station.read.history(run):
                    on_saved(version.record_id, version.version_id)
        earlier = station_assessments(trainer, station.read, YEAR)
        revise_target(office, county.read)
        _send(station, county, trail, job)
        accept(county, "assessment", earlier)
        trainer.unsent(households)
        # What somebody began to type and left: the form of a new household offers it again.
        station.drafts.put("form:household:new", "household", None, {"head_name": "示例新户", "persons": "4"})
    return trail


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


def _run(entry: Entry, station: Workspace, plan_id: str, village: str, job: JobContext) -> str:
    return run_batch(entry, station, plan_id, village, today=date(YEAR, 10, 8), context=job).batch_id


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
        (folder / READY).write_text("", encoding="ascii")
    return folder / which
