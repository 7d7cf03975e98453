"""The balance of a station beside the same in pandas, from the same file in the same run. DESIGN §12.

Run with ``grassland-station bench`` or ``pytest tests/bench -m bench -s``. Figures are printed; the bench asserts that both
sides did the same work, and how long ours took at most, because the issue names it.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from balance_helpers import YEAR, line_of, station_of

from station_app.services.figures.balance import BalanceTable, balance_row, balance_table, balance_why
from station_app.services.figures.ground import Ground
from station_app.services.figures.measures import Measures
from station_app.services.figures.scheme import Scheme, scheme_of
from station_app.services.figures.standards import standards_of
from station_app.storage.reader import Reader
from station_app.storage.workspace import DATABASE

pytestmark = pytest.mark.bench
HOUSEHOLDS, PARCELS, LINES = 5_000, 12_000, 200_000
DAYS = {"whole_year": 365.0, "warm": 150.0, "cold": 215.0}


def timed(run: Callable[[], Any], times: int) -> tuple[float, Any]:
    """Return the median of ``times`` runs in seconds, and what the last one gave."""
    took = []
    for _ in range(times):
        start = time.perf_counter()
        given = run()
        took.append(time.perf_counter() - start)
    return statistics.median(took), given


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("station") / "w"
    station_of(folder, HOUSEHOLDS, PARCELS, LINES).close()
    return folder / DATABASE


def tables_for_pandas(scheme: Scheme, reader: Reader) -> dict[str, Any]:
    """Return the coefficients as frames, ready before the clock starts: the peer need not look up standards."""
    import pandas as pd

    measures = Measures(scheme, standards_of(reader))
    heads = [
        (species, kind, float(measures.per_head(species, kind)))
        for species in ("sheep", "goat", "cattle", "horse", "camel", "donkey")
        for kind in ("adult_female", "adult_male", "adult_other", "age_2_3", "age_1_2", "young", "undivided")
    ]
    factors = []
    for grassland_class in "123":
        for season in DAYS:
            for code, degradation in (("1", "none"), ("2", "light"), ("-", "none")):
                found: Any = measures.factors(grassland_class, season, degradation)
                factors.append(
                    (grassland_class, season, code, float(found.rate_percent) / 100, float(found.hay_coefficient))
                )
    return {
        "heads": pd.DataFrame(heads, columns=["species_code", "class_code", "su"]),
        "factors": pd.DataFrame(
            factors, columns=["grassland_class", "season_of_use", "degradation", "rate", "quality"]
        ),
        "typed": {code: float(each.hay_kg_per_ha) for code, each in scheme.yields.items()},
    }


def by_pandas(connection: Any, known: dict[str, Any]) -> Any:
    """The same balance as a competent pandas user writes it: read what is needed, merge, group, compute by column."""
    import pandas as pd

    households = pd.read_sql("SELECT record_id, code, village_code FROM household WHERE void=0", connection)
    counts = pd.read_sql(
        "SELECT record_id, household_id, counted_on FROM livestock_count WHERE void=0 AND year=? AND occasion='mid_year'",
        connection, params=(YEAR,))  # fmt: skip
    counts = counts.sort_values("counted_on").drop_duplicates("household_id", keep="last")
    lines = pd.read_sql(
        """SELECT l.record_id, l.species_code, l.class_code, l.head FROM livestock_count__class_counts l
           JOIN livestock_count c USING (record_id) WHERE c.void=0 AND c.year=? AND c.occasion='mid_year'""",
        connection, params=(YEAR,))  # fmt: skip
    lines = lines.merge(counts[["record_id", "household_id"]], on="record_id")
    lines = lines.merge(known["heads"], on=["species_code", "class_code"], how="left")
    lines["su"] *= lines["head"]
    stock = lines.groupby("household_id")["su"].sum()

    plots = pd.read_sql(
        """SELECT p.record_id, p.grass_class, avg(q.dry_g / 100.0 / (q.area_m2 / 10000.0)) * 10 AS hay FROM plot p
           JOIN herb_quadrat q ON q.plot_id=p.record_id WHERE p.void=0 AND q.void=0 AND p.surveyed_on LIKE ?
           GROUP BY p.record_id""",
        connection, params=(f"{YEAR}-%",))  # fmt: skip
    hay = known["typed"] | plots.groupby("grass_class")["hay"].mean().to_dict()
    parcels = pd.read_sql(
        """SELECT household_id, area_mu, usable_area_mu, season_of_use, grassland_class, degradation FROM parcel
           WHERE void=0 AND scheme<>'ban'""",
        connection)  # fmt: skip
    parcels["degradation"] = parcels["degradation"].fillna("-")
    parcels = parcels.merge(known["factors"], on=["grassland_class", "season_of_use", "degradation"], how="left")
    area_ha = parcels["usable_area_mu"].astype("float64").fillna(parcels["area_mu"]) / 1000 / 15
    parcels["usable"] = area_ha * parcels["grassland_class"].map(hay) * parcels["rate"] * parcels["quality"]
    seasons = parcels.groupby(["household_id", "season_of_use"])["usable"].sum().unstack()
    carried = pd.DataFrame({name: seasons[name] / (1.8 * days) for name, days in DAYS.items()})
    turned = carried[["warm", "cold"]].min(axis=1)
    capacity = carried["whole_year"].fillna(0) + turned.fillna(0)

    forage = pd.read_sql(
        "SELECT household_id, kind, quantity_kg, moisture_percent FROM forage_supply WHERE void=0 AND year=?",
        connection, params=(YEAR,))  # fmt: skip
    forage["hay"] = forage["quantity_kg"] / 10 * (1 - forage["moisture_percent"] / 1000) / 0.86
    cut = forage[forage["kind"] == "natural_hay"].groupby("household_id")["hay"].sum()
    every = forage.groupby("household_id")["hay"].sum()

    table = households.set_index("record_id")
    table["stock"] = stock
    table["grazing"] = parcels.groupby("household_id")["usable"].sum()
    table["cut"] = cut.reindex(table.index).fillna(0)
    table["natural"] = capacity.reindex(table.index) + table["cut"] / (1.8 * 365)
    table["supply"] = table["grazing"] + every.reindex(table.index).fillna(0)
    table["demand"] = table["stock"] * 1.8 * 365
    table["surplus"] = table["supply"] - table["demand"]
    table["all"] = table["supply"] / (1.8 * 365)
    for view in ("natural", "all"):
        table[f"rate_{view}"] = (table["stock"] - table[view]) / table[view] * 100
        table[f"over_{view}"] = (table["stock"] - table[view]).clip(lower=0)
        edges = [-float("inf"), -10, 10, 20, 50, float("inf")]
        names = ["potential", "balance", "light", "moderate", "severe"]
        table[f"grade_{view}"] = pd.cut(table[f"rate_{view}"].round(2), edges, right=False, labels=names)
    return table.sort_values("rate_natural", ascending=False)


def test_balance_of_a_station_beside_pandas(file: Path) -> None:
    import sqlite3

    import pandas as pd

    with Reader(file) as reader:
        scheme = scheme_of(reader, YEAR)
        assert scheme is not None
        known = tables_for_pandas(scheme, reader)
        plain = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
        by_pandas(plain, known)  # both warm
        balance_table(reader, YEAR)
        ours, table = timed(lambda: balance_table(reader, YEAR), 5)
        peer, frame = timed(lambda: by_pandas(plain, known), 5)
        plain.close()
    print(
        f"\nbalance of {HOUSEHOLDS:,} households, {PARCELS:,} parcels, {LINES:,} count lines: {ours * 1000:.0f} ms | pandas "
        f"{pd.__version__}: {peer * 1000:.0f} ms | {peer / ours:.1f}× as fast (budget ≥ 2×, < 1 s)"
    )
    same_work(table, frame)
    assert ours < 1


def same_work(table: BalanceTable, frame: Any) -> None:
    """Both computed the same figures of the same households, as far as binary fractions go."""
    assert len(table.rows) == len(frame) == HOUSEHOLDS
    for row in table.rows[:: HOUSEHOLDS // 500]:
        peer = frame.loc[row.key]
        for ours, theirs in (
            (row.stock_su, peer["stock"]), (row.surplus_kg, peer["surplus"]),
            (row.view("natural").rate_percent, peer["rate_natural"]), (row.view("all").rate_percent, peer["rate_all"]),
        ):  # fmt: skip
            assert ours is not None and abs(float(ours) - theirs) <= 1e-6 * max(1.0, abs(theirs))
        assert row.view("natural").grade_key == peer["grade_natural"]


def test_one_household_and_one_explanation(file: Path) -> None:
    with Reader(file) as reader:
        ground = Ground(reader, YEAR)
        rows = balance_table(reader, YEAR).rows
        keys = iter([row.key for row in rows] * 4)
        row_took, row = timed(lambda: balance_row(reader, YEAR, next(keys), ground=ground), 300)
        line = line_of("livestock_count", "class_counts")
        typed = [
            line(species_code=s, class_code=c, head=40)
            for s in ("sheep", "goat", "cattle")
            for c in ("adult_female", "young")
        ]
        herd_took, su = timed(lambda: ground.measures.herd_su(typed), 300)
        why_took, result = timed(lambda: balance_why(reader, YEAR, "household", row.key), 20)
        explained_took, _ = timed(lambda: balance_why(reader, YEAR, "household", row.key).explanation, 20)
        station_took, _ = timed(lambda: balance_why(reader, YEAR, "station", "").explanation, 3)
    print(
        f"\nsheep units of a herd while it is typed: {herd_took * 1e6:.0f} µs (budget 1 ms) | one household from its records: "
        f"{row_took * 1e6:.0f} µs (budget 1 ms) | why of a household: {why_took * 1000:.1f} ms, explained "
        f"{explained_took * 1000:.1f} ms | why of the station: {station_took * 1000:.0f} ms"
    )
    assert isinstance(su, Decimal) and result.outcome.stock_su == row.stock_su
    assert json.dumps(str(row.views))
