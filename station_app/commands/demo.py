"""The whole way of a fact, on the training station: recorded, exported, packed, received, receipted, compared.

Uses the same functions as the window and the command line.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from decimal import Decimal
from pathlib import Path

from station_app.commands.problems import CommandProblem
from station_app.county.training import YEAR, Trail, build_training
from station_app.domain.generic import JSON
from station_app.exchange.excel import reports
from station_app.exchange.excel.saving import beside
from station_app.services.progress import JobContext, Quiet
from station_app.storage import files
from station_app.storage.reader import Reader
from station_app.storage.workspace import DATABASE, Workspace
from station_app.ui import tour as window_tour

MARKER = "demo.json"
SAVED_LOG = "saved.log"
WORKBOOKS = {
    "household-roster": "1-牧户与草场名册.xlsx",
    "livestock-count": "2-牲畜清点表.xlsx",
    "survey-plots": "3-样地样方调查表.xlsx",
    "disbursement-register": "4-补奖资金发放清册.xlsx",
    "public-notice": "5-公示表.xlsx",
}


# --- the demo ----------------------------------------------------------------------------------------------------------


def demo(out: Path, *, language: str, pictures: bool, context: JobContext | None = None) -> dict[str, JSON]:
    """Build the training station in ``out``, write workbooks, pictures and ``summary.json``; return the summary.

    Raises:
        UserError: CLI-004 ``out`` holds something that is not an earlier demo; nothing of it is touched.
    """
    job = context or Quiet()
    _prepare(out)
    with (out / SAVED_LOG).open("a", encoding="ascii") as log:

        def saved(version_id: str) -> None:
            log.write(version_id + "\n")
            log.flush()

        trail = build_training(out, on_saved=saved, context=job)
    books = _export(trail, out / "workbooks", language, job)
    totals = {
        "station": _database_totals(trail.station),
        "workbooks": books,
        "packages": _package_totals(trail),
        "county": _database_totals(trail.county),
    }
    names = sorted(totals["station"])
    agree = all(totals[place].get(name) == totals["station"][name] for place in totals for name in names)
    shots: list[Path] = []
    if pictures:
        shots = _pictures(trail.station, out / "screenshots" / "station", language)
        shots += _pictures(trail.county, out / "screenshots" / "county", language)
    summary = {
        "year": YEAR,
        "language": language,
        "totals": {place: {n: f"{v:f}" for n, v in sorted(found.items())} for place, found in totals.items()},
        "totals_agree": agree,
        "packages": [p.name for p in trail.packages],
        "receipts": [p.name for p in trail.receipts],
        "states": _states(trail.station),
        "left": _left(out, trail, len(shots)),
    }
    target = out / "summary.json"
    with beside(target, (".json",)) as part:
        part.write_text(json.dumps(summary, ensure_ascii=False, indent=2, sort_keys=True), encoding="utf-8")
    return summary


def _prepare(out: Path) -> None:
    if out.exists() and any(out.iterdir()):
        if not (out / MARKER).is_file():
            raise CommandProblem.FOLDER_NOT_EMPTY.error(out=out)
        for left in ("station", "county", "packages", "receipts", "cards", "workbooks", "screenshots"):
            shutil.rmtree(out / left, ignore_errors=True)
        for name in ("summary.json", SAVED_LOG):
            (out / name).unlink(missing_ok=True)
    out.mkdir(parents=True, exist_ok=True)
    files.write_whole(out / MARKER, b'{"what": "grassland-station demo"}\n')


def _export(trail: Trail, folder: Path, language: str, job: JobContext) -> dict[str, Decimal]:
    """Write the workbooks and return the totals read back from them."""
    folder.mkdir(parents=True, exist_ok=True)
    found: dict[str, Decimal] = {}
    with Workspace.open(trail.station) as station:
        for report, name in WORKBOOKS.items():
            result = reports.export_report(
                station.read, report, year=YEAR, language=language, target=folder / name, context=job
            )
            found.update({k: Decimal(v) for k, v in result.totals.items()})
    found["plots"] += found.get("plots_new", Decimal(0))
    return found


# What must be the same everywhere; DECIMAL columns are scaled integers. Counts and surveys of the year: so are the workbooks.
_TOTALS = {
    "households": ('SELECT count(*) FROM household WHERE void=0', 0),
    "parcels": ('SELECT count(*) FROM parcel WHERE void=0', 0),
    "area_mu": ('SELECT sum(area_mu) FROM parcel WHERE void=0', 3),
    "head": ('SELECT sum(l.head) FROM livestock_count__class_counts l JOIN livestock_count c USING (record_id) '
             f'WHERE c.void=0 AND c.year={YEAR}', 0),
    "plots": (f"SELECT (SELECT count(*) FROM plot WHERE void=0 AND surveyed_on LIKE '{YEAR}-%') + "
              f"(SELECT count(*) FROM plot_new WHERE void=0 AND surveyed_on LIKE '{YEAR}-%')", 0),
    "quadrats": (f"SELECT count(*) FROM herb_quadrat WHERE void=0 AND surveyed_on LIKE '{YEAR}-%'", 0),
    "net_yuan": ('SELECT sum(net_yuan) FROM compensation_line WHERE void=0', 2),
}  # fmt: skip


def database_totals(reader: Reader) -> dict[str, Decimal]:
    """Return the control totals of a workspace: counts, head, mu with 3 places, yuan with 2."""
    return {name: Decimal(reader.sql(sql)[0][0] or 0).scaleb(-places) for name, (sql, places) in _TOTALS.items()}


def _database_totals(folder: Path) -> dict[str, Decimal]:
    with Reader(folder / DATABASE) as reader:
        return database_totals(reader)


def _package_totals(trail: Trail) -> dict[str, Decimal]:
    """Count the totals again from the files inside the packages, with none of our package code.

    A corrected record travels in several versions; the newest counts, with its lines.
    """
    sums: dict[str, Decimal] = dict.fromkeys(_TOTALS, Decimal(0))
    plan = {
        "household": ("households", ""), "parcel": ("parcels", "area_mu"), "plot": ("plots", ""), "plot_new": ("plots", ""),
        "herb_quadrat": ("quadrats", ""), "compensation_line": ("", "net_yuan"),
    }  # fmt: skip
    for name, (counted, summed) in plan.items():
        for fields in _newest(trail, name):
            if not fields.get("surveyed_on", str(YEAR)).startswith(str(YEAR)):
                continue
            if counted:
                sums[counted] += 1
            if summed:
                sums[summed] += Decimal(fields[summed])
    for fields in _newest(trail, "livestock_count"):
        if fields["year"] == YEAR:
            sums["head"] += sum(line["head"] for line in fields["class_counts"])
    return sums


def _newest(trail: Trail, name: str) -> list[dict[str, JSON]]:
    """Return the fields of the newest version of every record of a type that is not withdrawn."""
    import zipfile

    known: dict[str, dict[str, JSON]] = {}
    for package in trail.packages:
        with zipfile.ZipFile(package) as archive:
            member = f"records/{name}.jsonl"
            for line in archive.read(member).splitlines() if member in archive.namelist() else ():
                version = json.loads(line)
                before = known.get(version["record_id"])
                if before is None or version["hlc"] > before["hlc"]:
                    known[version["record_id"]] = version
    return [version["fields"] for version in known.values() if not version["void"]]


def _states(folder: Path) -> dict[str, int]:
    with Reader(folder / DATABASE) as reader:
        return {state.value: number for state, number in reader.state_counts().items()}


def _pictures(workspace: Path, folder: Path, language: str) -> list[Path]:
    report = _tour(workspace, folder, language, "light")
    return [Path(p) for p in report["pictures"]]


def _left(out: Path, trail: Trail, pictures: int) -> list[dict[str, str]]:
    found = [
        ("station/", "培训站工作站", "the training station's workspace"),
        ("county/", "旗县工作站", "the county's workspace"),
        ("workbooks/", f"{len(WORKBOOKS)} 个工作簿(第 5 个是可张贴的公示表)", f"{len(WORKBOOKS)} workbooks (the fifth is the sheet to post)"),
        ("packages/", f"{len(trail.packages)} 个已签名的上报包", f"{len(trail.packages)} signed packages"),
        ("receipts/", f"{len(trail.receipts)} 个县级签名回执", f"{len(trail.receipts)} receipts signed by the county"),
        ("screenshots/", f"{pictures} 张截图", f"{pictures} screenshots"),
        ("summary.json", "各处合计与核对结果", "totals of every place and whether they agree"),
    ]  # fmt: skip
    return [
        {"path": name, "zh": zh, "en": en} for name, zh, en in found if (out / name).exists() or name == "summary.json"
    ]


# --- pictures ----------------------------------------------------------------------------------------------------------


def draw_without_display() -> None:
    """Let Qt draw into memory where there is no display."""
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")) and os.name == "posix":
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


def _tour(workspace: Path, folder: Path, language: str, theme: str, large: bool = False) -> dict[str, JSON]:
    """Run the tour of one workspace; without a display the offscreen platform draws it."""
    draw_without_display()
    return window_tour.run_tour(workspace, folder, language=language, theme=theme, large=large)


def tour(out: Path, *, language: str, theme: str, large: bool = False) -> dict[str, JSON]:
    """Build the training station beside nothing else and take a picture of every page of station and county."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="grassland-tour-") as scratch:
        trail = build_training(Path(scratch))
        station = _tour(trail.station, out / "station", language, theme, large)
        county = _tour(trail.county, out / "county", language, theme, large)
    return {
        "pictures": [*station["pictures"], *county["pictures"]],
        "findings": [*station["findings"], *county["findings"]],
    }
