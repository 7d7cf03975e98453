"""The whole way on data nobody here made, read in place: import, check, Excel, package, county, receipt, totals equal.

Rangeland plots revisited over seven years stand as a pasture survey, household herd ledgers as livestock counts. What the
sources do not hold is a constant of the mapping file and says so. Expected sums are computed here from the files alone.
"""

from __future__ import annotations

import csv
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import program_process
import pytest

from station_app.storage.check import check_workspace
from station_app.storage.reader import Reader
from station_app.storage.workspace import DATABASE

MAPPINGS = Path(__file__).parents[1] / "data" / "mappings"


def run(*arguments: object, expect: int = 0) -> dict[str, Any]:
    """Run a command with ``--json`` as a process of its own and return its result."""
    done = program_process.run(*arguments, "--json")
    assert done.returncode == expect, done.stdout[-3000:] + done.stderr[-3000:]
    return json.loads(done.stdout)  # type: ignore[no-any-return]


@dataclass
class Offices:
    """A station and a county that know each other, and the folder between them."""

    station: Path
    county: Path
    mail: Path

    def send(self) -> Path:
        """Pack, verify, receive, take the receipt; return the package."""
        # Herds of drought years jump: what is unlikely is named, looked at and confirmed.
        package = run("package", "--workspace", self.station, "--out", self.mail, "--confirm-unlikely")["path"]
        assert run("verify", package)["ok"] is True
        answer = run("receive", package, "--workspace", self.county, "--out", self.mail, "--confirm-unlikely")
        run("apply-receipt", answer["receipts"][0]["receipt"], "--workspace", self.station)
        return Path(package)

    def sums(self, statement: str, places: int = 0) -> set[Decimal]:
        """Return one sum from both workspaces: one value when they agree."""
        found = set()
        for place in (self.station, self.county):
            assert check_workspace(place).ok
            with Reader(place / DATABASE) as reader:
                found.add(Decimal(reader.sql(statement)[0][0]).scaleb(-places))
        return found


@pytest.fixture
def offices(tmp_path: Path) -> Offices:
    made = Offices(tmp_path / "station", tmp_path / "county", tmp_path / "mail")
    run("init", made.station, "--org-code", "152522200", "--org-name", "示例站", "--author", "示例员")
    run("init", made.county, "--org-code", "152522", "--org-name", "示例县", "--role", "county", "--author", "示例员")
    run("accept-card", run("card", "--workspace", made.station, "--out", made.mail)["path"], "--workspace", made.county)
    run("accept-card", run("card", "--workspace", made.county, "--out", made.mail)["path"], "--workspace", made.station)
    return made


def rows_of(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def packed(package: Path, member: str, column: str) -> Decimal:
    """Sum a field of a record, or of its list (record.list), inside a package, with none of our code."""
    name, _, list_name = member.partition(".")
    with zipfile.ZipFile(package) as archive:
        versions = [json.loads(line) for line in archive.read(f"records/{name}.jsonl").splitlines()]
    items = [item for v in versions for item in (v["fields"][list_name] if list_name else [v["fields"]])]
    return sum((Decimal(item[column]) for item in items), Decimal(0))


def test_rangeland_plots_as_a_pasture_survey(shared_data: Path, offices: Offices) -> None:
    source = shared_data / "mongolia-rangeland" / "plot_biomass_2007_2013.csv"
    rows = list(rows_of(source))
    expected = sum(
        ((Decimal(r["biomass_centner_per_ha"]) * 10).quantize(Decimal("0.01"), ROUND_HALF_UP) for r in rows), Decimal(0)
    )
    plots = run(
        "import", source, "--as", "plot", "--workspace", offices.station, "--mapping", MAPPINGS / "mongolia_plots.json"
    )
    assert (plots["new"], plots["errors"]) == (len(rows), 0)
    again = (
        "import",
        source,
        "--as",
        "herb_quadrat",
        "--workspace",
        offices.station,
        "--mapping",
        MAPPINGS / "mongolia_quadrats.json",
    )
    assert run(*again)["new"] == len(rows)
    repeated = run(*again)
    assert (repeated["new"], repeated["changed"], repeated["unchanged"]) == (0, 0, len(rows))
    book = offices.mail / "样地样方.xlsx"
    offices.mail.mkdir(exist_ok=True)
    totals = run("export", "survey-plots", "--workspace", offices.station, "--out", book)["totals"]
    assert Decimal(totals["plots"]) == Decimal(totals["quadrats"]) == len(rows)
    package = offices.send()
    assert packed(package, "herb_quadrat", "fresh_g") == expected
    assert offices.sums("SELECT sum(fresh_g) FROM herb_quadrat WHERE void=0", 2) == {expected}
    assert offices.sums("SELECT count(*) FROM plot WHERE void=0") == {Decimal(len(rows))}


def test_herd_ledgers_as_livestock_counts(shared_data: Path, offices: Offices, tmp_path: Path) -> None:
    source = shared_data / "marsabit-herds" / "herd_ledger_a.csv"
    ledger = list(rows_of(source))
    households = tmp_path / "households.csv"
    names = sorted({r["household"] for r in ledger})
    households.write_text("household\n" + "\n".join(names) + "\n", encoding="utf-8")
    mapping = ("--mapping", MAPPINGS / "herd_households.json")
    assert run("import", households, "--as", "household", "--workspace", offices.station, *mapping)["new"] == len(names)
    counts = (
        "import",
        source,
        "--as",
        "livestock_count",
        "--workspace",
        offices.station,
        "--mapping",
        MAPPINGS / "herd_counts.json",
    )
    refused = run(*counts, expect=1)
    assert refused["errors"] == 2, "the two negative closings the source is known for"
    assert {p["code"] for p in refused["problems"] if p["severity"] == "error"} == {"FLD-005"}
    with Reader(offices.station / DATABASE) as reader:
        assert reader.sql("SELECT count(*) FROM livestock_count") == [(0,)], "nothing half-written"
    run(*counts, "--skip-errors")
    animals = [r for r in ledger if r["species"] != "TLU" and r["stock"]]
    wrong = {(r["household"], r["year"], r["season"]) for r in animals if Decimal(r["stock"]) < 0}
    kept = [r for r in animals if (r["household"], r["year"], r["season"]) not in wrong]
    expected = sum((Decimal(r["stock"]) for r in kept), Decimal(0))
    package = offices.send()
    assert packed(package, "livestock_count.class_counts", "head") == expected
    assert offices.sums("SELECT sum(head) FROM livestock_count__class_counts") == {expected}
    assert offices.sums("SELECT count(*) FROM livestock_count") == {
        Decimal(len({(r["household"], r["year"], r["season"]) for r in kept}))
    }
    book = offices.mail / "清点.xlsx"
    last = max(r["year"] for r in kept)
    totals = run("export", "livestock-count", "--workspace", offices.station, "--year", last, "--out", book)["totals"]
    assert Decimal(totals["head"]) == sum((Decimal(r["stock"]) for r in kept if r["year"] == last), Decimal(0))
