"""The training station's balance: true to life, and its sums are those of the workbooks."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from calc_helpers import sound

from station_app.county.training import VILLAGES, YEAR, Trail, build_training
from station_app.exchange.excel.reports import export_report
from station_app.services.figures.balance import balance_table, balance_why, balance_years
from station_app.storage.reader import Reader
from station_app.storage.workspace import DATABASE, Workspace


@pytest.fixture(scope="module")
def trail(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trail]:
    yield build_training(tmp_path_factory.mktemp("培训"))


def test_sums_are_those_of_the_workbooks(trail: Trail, tmp_path: Path) -> None:
    with Workspace.open(trail.station) as station:
        read = station.read
        total = balance_table(read, YEAR).total
        counts = export_report(read, "livestock-count", year=YEAR, language="zh_CN", target=tmp_path / "清点.xlsx")
        roster = export_report(read, "household-roster", year=YEAR, language="zh_CN", target=tmp_path / "名册.xlsx")
        assert total.head == int(counts.totals["head"])
        assert total.households == int(roster.totals["households"])
        parcels = balance_table(read, YEAR, "parcel")
        assert len(parcels.rows) == int(roster.totals["parcels"])
        usable = read.sql("SELECT sum(area_mu - coalesce(usable_area_mu, area_mu)) FROM parcel WHERE void=0")[0][0]
        whole = total.area_mu + total.banned_mu + Decimal(usable).scaleb(-3)
        assert whole == Decimal(str(roster.totals["area_mu"]))
        assert sum((row.banned_mu for row in parcels.rows), Decimal(0)) == total.banned_mu


def test_there_is_something_to_see(trail: Trail) -> None:
    with Reader(trail.station / DATABASE) as reader:
        table = balance_table(reader, YEAR)
        grades = {row.view("natural").grade_key for row in table.rows}
        assert {"severe", "moderate", "light", "balance", "potential"} <= grades
        said = {problem.code for row in table.rows for problem in row.problems}
        assert {"BAL-004", "BAL-009", "BAL-010", "BAL-011", "BAL-018", "BAL-026"} <= said
        assert {problem.code for problem in table.problems} == {"BAL-016", "BAL-030"}
        assert any("approved" in row.views for row in table.rows)
        for level, key in (("household", table.rows[7].key), ("village", VILLAGES[0]), ("station", "")):
            years = balance_years(reader, level, key, range(YEAR - 2, YEAR + 1))
            assert len(years) == 3 and all(row.view("natural").rate_percent is not None for _, row in years)
            assert not any(problem.code == "BAL-025" for _, row in years for problem in row.problems)
        sound(balance_why(reader, YEAR, "household", table.rows[7].key))


def test_the_county_tells_accepted_from_entered(trail: Trail) -> None:
    with Reader(trail.county / DATABASE) as reader:
        table = balance_table(reader, YEAR, "village")
        assert {row.key: row.accepted for row in table.rows} == dict(zip(VILLAGES, (True, True, False), strict=True))
        assert table.entered_only is not None and table.scheme.is_county is True
        accepted = sum((row.stock_su or Decimal(0)) for row in table.rows if row.accepted)
        assert table.total.stock_su == accepted
