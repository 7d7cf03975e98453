"""The analyst's door: what is on record, in pandas, exactly; and figures another program reads."""

from __future__ import annotations

import builtins
import lzma
import re
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from package_helpers import make_station
from unit_helpers import household, livestock_count

from station_app import frames
from station_app.commands.cli import main
from station_app.county.training import YEAR, Trail, build_training
from station_app.domain.calc.numbers import shown
from station_app.domain.problems import UserError
from station_app.domain.registry import record_type
from station_app.domain.samples import sample
from station_app.exchange.package.build import build_package
from station_app.paths import resource
from station_app.services.entry import Entry
from station_app.services.figures.balance import balance_table
from station_app.storage.engine import connect
from station_app.storage.reader import Query
from station_app.storage.workspace import DATABASE, Workspace

AREA = Decimal("1234.500")
FORMATS = Path(__file__).parents[1] / "data" / "formats"
GUIDE = "\n".join(re.findall(r"^```python\n(.*?)^```", resource("help", "analysis.md").read_text("utf-8"), re.S | re.M))


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Workspace]:
    with make_station(tmp_path / "站") as made:
        yield made


@pytest.fixture
def both(station: Workspace, tmp_path: Path) -> tuple[Path, Path]:
    """A workspace and the package it sends: a corrected household, a withdrawn one, a count, a batch numbered 0007."""
    entry = Entry(station)
    home = entry.save(household(1, contract_area_mu=Decimal("1000.000"))).record_id
    entry.save(household(1, contract_area_mu=AREA), record_id=home, reason="示例")
    entry.void(entry.save(household(2)).record_id, "登记错了")
    entry.save(livestock_count(home, 120))
    entry.save(sample("staff", 1, code="0007"), reason="示例")
    return station.folder, build_package(station, tmp_path).path


@pytest.mark.parametrize("place", [0, 1], ids=["workspace", "package"])
def test_decimals_are_exact_and_codes_keep_their_zeros(both: tuple[Path, Path], place: int) -> None:
    f = frames.open(both[place])
    homes = f["household"]
    assert homes["contract_area_mu"].tolist() == [AREA] and type(homes["contract_area_mu"].sum()) is Decimal
    assert homes["status_label"].tolist() == ["正常"] and frames.open(both[place], "en")["household"]["status_label"][0]
    assert not {field.name for field in record_type("household").scalars if field.sensitive} & {*homes.columns}
    assert f["staff"]["code"].tolist() == ["0007"]
    counts = f["livestock_count"]
    assert counts["counted_on"].dt.year.tolist() == counts["year"].tolist() and str(counts["year"].dtype) == "Int64"
    lines = (
        f["livestock_count__class_counts"]
        .merge(counts, on="record_id")
        .merge(homes, left_on="household_id", right_on="record_id")
    )
    assert lines["head"].tolist() == [120] and lines["species_code"].tolist() == ["sheep"]


def test_every_table_is_there_empty_or_not(both: tuple[Path, Path]) -> None:
    one, other = (frames.open(path) for path in both)
    assert list(one) == list(other) and len(one) > 40
    for name in one:
        assert list(one[name].dtypes.items()) == list(other[name].dtypes.items()), name
    with pytest.raises(KeyError):
        one["no_such_table"]


def test_what_is_neither_is_refused(tmp_path: Path, both: tuple[Path, Path]) -> None:
    other = tmp_path / "x.csv"
    other.write_text("a\n")
    with pytest.raises(UserError) as refused:
        frames.open(other)
    assert refused.value.code == "CLI-011"
    torn = tmp_path / both[1].name.replace("GSP_", "GSP_9")
    torn.write_bytes(both[1].read_bytes()[:-40])
    with pytest.raises(UserError):
        frames.open(torn)["household"]


def test_a_folder_without_a_workspace_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(UserError) as refused:
        frames.open(tmp_path)
    assert refused.value.code == "WSP-007" and not list(tmp_path.iterdir())


def test_a_workspace_of_an_older_program_is_opened_by_the_program_first(tmp_path: Path) -> None:
    (tmp_path / DATABASE).write_bytes(lzma.decompress((FORMATS / "0.1.0" / "station.db.xz").read_bytes()))
    with pytest.raises(UserError) as refused:
        frames.open(tmp_path)["household"]
    assert refused.value.code == "CHK-004"
    with Workspace.open(tmp_path) as workspace:
        known = len(workspace.read.rows(Query("household")))
    assert len(frames.open(tmp_path)["household"]) == known > 0


def test_what_bulk_work_has_not_shown_yet_is_not_left_out_in_silence(
    both: tuple[Path, Path], station: Workspace
) -> None:
    f = frames.open(both[0])
    station.close()
    with closing(connect(both[0] / DATABASE)) as connection:
        connection.execute("UPDATE projected SET behind=1, seq=0")
    with pytest.raises(UserError) as refused:
        f["household"]
    assert refused.value.code == "CHK-004"


# --- what the help says, and figures -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def trail(tmp_path_factory: pytest.TempPathFactory) -> Trail:
    return build_training(tmp_path_factory.mktemp("培训"))


def test_the_help_does_what_it_says(trail: Trail) -> None:
    held: dict[str, Any] = {"PATH": trail.station}
    exec(GUIDE, held)
    with Workspace.open(trail.station) as station:
        parcels = station.read.rows(Query("parcel"))
        counts = [row.record for row in station.read.rows(Query("livestock_count"))]
    assert held["areas"].sum() == sum(row.record.area_mu for row in parcels)
    sheep = sum(line.head for count in counts if count.year == YEAR and count.occasion == "mid_year"
                for line in count.class_counts if line.species_code == "sheep")  # fmt: skip
    assert held["heads"].loc["绵羊", YEAR] == sheep
    assert held["change"].loc["绵羊", YEAR] == sheep - held["heads"].loc["绵羊", YEAR - 1]


def test_another_program_reads_the_figures_exactly(trail: Trail, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
    target = tmp_path / "平衡.parquet"
    assert (
        main(["report", "balance", "--workspace", str(trail.station), "--year", str(YEAR), "--out", str(target)]) == 0
    )
    read = parquet.read_table(target)
    with Workspace.open(trail.station) as station:
        table = balance_table(station.read, YEAR)
    assert read.num_rows == len(table.rows)
    stock = read.column("stock_su").to_pylist()
    assert all(value is None or type(value) is Decimal for value in stock)
    assert stock == [None if row.stock_su is None else Decimal(shown(row.stock_su, 2)) for row in table.rows]
    assert read.column("code").to_pylist() == [row.code for row in table.rows]
    assert isinstance(pd.read_parquet(target)["stock_su"][0], Decimal)


@pytest.mark.parametrize("report", ["carbon", "gap"])
def test_every_report_is_written_so(trail: Trail, tmp_path: Path, report: str) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
    target = tmp_path / "x.parquet"
    assert main(["report", report, "--workspace", str(trail.station), "--year", str(YEAR), "--out", str(target)]) == 0
    assert parquet.read_table(target).num_rows > 0


def test_without_pyarrow_it_says_what_to_do(
    trail: Trail, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    there = builtins.__import__

    def absent(name: str, *rest: Any) -> Any:
        if name.startswith("pyarrow"):
            raise ImportError(name)
        return there(name, *rest)

    monkeypatch.setattr(builtins, "__import__", absent)
    target = tmp_path / "x.parquet"
    assert main(["report", "gap", "--workspace", str(trail.station), "--year", str(YEAR), "--out", str(target)]) == 1
    assert "CLI-020" in capsys.readouterr().err and not target.exists()
