"""The balance of a station beside the same in pandas, from the same file in the same run.

Run with ``grassland-station bench`` or ``pytest tests/bench -m bench -s``. Nothing here fails on a slow machine; the
figures are printed, and the bench asserts only that both sides did the same work.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from balance_helpers import YEAR, line_of, station_of

from station_app.services.figures.balance import BalanceTable, balance_row, balance_table, balance_why
from station_app.services.figures.balance_basis import BalanceBasis
from station_app.services.figures.measures import Measures
from station_app.services.figures.scheme import Scheme, scheme_of
from station_app.services.figures.standards import standards_of
from station_app.storage.reader import Reader
from station_app.storage.workspace import DATABASE

pytestmark = pytest.mark.bench
HOUSEHOLDS, PARCELS, LINES = 5_000, 12_000, 200_000
DAYS = {"whole_year": 365.0, "warm": 150.0, "cold": 215.0}


def timed(run: Callable[[], Any], times: int) -> tuple[float, Any]:
    """Return the median of ``times`` runs in seconds of the processor, and what the last one gave."""
    took = []
    for _ in range(times):
        start = time.process_time()
        given = run()
        took.append(time.process_time() - start)
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


STANDING = """CASE WHEN p.conflict OR g.outcome='conflict' THEN 3 WHEN g.outcome IN ('refused', 'quarantined') THEN 4
    WHEN g.review='returned' THEN 2 WHEN g.review='accepted' THEN 1 ELSE 0 END AS standing"""
PROGRESS = "p LEFT JOIN progress g ON g.version_id=p.version_id"


def by_pandas(connection: Any, known: dict[str, Any]) -> tuple[Any, Any]:
    """The same balance as a competent pandas user writes it: read what is needed, merge, group, compute by column.

    It knows what ours knows: what is refused or in conflict stays out, what is accepted is marked, who has no count, no
    class or no yield has no rate, plots on a parcel go before the mean of its class; sums by village and of all.
    """
    import pandas as pd

    households = pd.read_sql(
        f"SELECT p.record_id, p.code, p.head_name, p.village_code, {STANDING} FROM household {PROGRESS} WHERE p.void=0",
        connection)  # fmt: skip
    counts = pd.read_sql(
        f"""SELECT p.record_id, p.household_id, p.counted_on, {STANDING} FROM livestock_count {PROGRESS}
        WHERE p.void=0 AND p.year=? AND p.occasion='mid_year'""",
        connection, params=(YEAR,))  # fmt: skip
    counts = counts.sort_values("counted_on").drop_duplicates("household_id", keep="last")
    counts = counts[counts["standing"] < 3]
    lines = pd.read_sql(
        """SELECT l.record_id, l.species_code, l.class_code, l.head FROM livestock_count__class_counts l
           JOIN livestock_count c USING (record_id) WHERE c.void=0 AND c.year=? AND c.occasion='mid_year'""",
        connection, params=(YEAR,))  # fmt: skip
    lines = lines.merge(counts[["record_id", "household_id"]], on="record_id")
    lines = lines.merge(known["heads"], on=["species_code", "class_code"], how="left")
    lines["unknown"] = lines["su"].isna()
    lines["su"] *= lines["head"]
    stock = lines.groupby("household_id").agg(stock=("su", "sum"), head=("head", "sum"), unknown=("unknown", "any"))

    plots = pd.read_sql(
        """SELECT p.record_id, p.grass_class, p.parcel_id, avg(q.dry_g / 100.0 / (q.area_m2 / 10000.0)) * 10 AS hay
           FROM plot p JOIN herb_quadrat q ON q.plot_id=p.record_id
           WHERE p.void=0 AND q.void=0 AND p.surveyed_on LIKE ? GROUP BY p.record_id""",
        connection, params=(f"{YEAR}-%",))  # fmt: skip
    hay = known["typed"] | plots.groupby("grass_class")["hay"].mean().to_dict()
    own = plots.dropna(subset="parcel_id").groupby("parcel_id")["hay"].mean()
    parcels = pd.read_sql(
        f"""SELECT p.record_id, p.household_id, p.area_mu, p.usable_area_mu, p.scheme, p.season_of_use, p.grassland_class,
        p.degradation, {STANDING} FROM parcel {PROGRESS} WHERE p.void=0""",
        connection)  # fmt: skip
    banned = parcels[parcels["scheme"] == "ban"].groupby("household_id")["area_mu"].sum() / 1000
    parcels = parcels[parcels["scheme"] != "ban"].copy()
    parcels["degradation"] = parcels["degradation"].fillna("-")
    parcels = parcels.merge(known["factors"], on=["grassland_class", "season_of_use", "degradation"], how="left")
    parcels["area"] = parcels["usable_area_mu"].astype("float64").fillna(parcels["area_mu"]) / 1000
    grown = parcels["record_id"].map(own).astype("float64").fillna(parcels["grassland_class"].map(hay))
    parcels["usable"] = parcels["area"] / 15 * grown * parcels["rate"] * parcels["quality"]
    parcels["missing"] = parcels["usable"].isna() | (parcels["standing"] >= 3)
    parcels["accepted"] = parcels["standing"] == 1
    land = parcels.groupby("household_id").agg(
        area=("area", "sum"), grazing=("usable", "sum"), missing=("missing", "any"), land_accepted=("accepted", "all")
    )
    seasons = parcels.groupby(["household_id", "season_of_use"])["usable"].sum().unstack()
    carried = pd.DataFrame({name: seasons[name] / (1.8 * days) for name, days in DAYS.items()})
    turned = carried[["warm", "cold"]].min(axis=1)
    land["carried"] = (carried["whole_year"].fillna(0) + turned.fillna(0)).reindex(land.index)
    land.loc[land["missing"], ["grazing", "carried"]] = float("nan")

    forage = pd.read_sql(
        f"""SELECT p.household_id, p.kind, p.quantity_kg, p.moisture_percent, {STANDING} FROM forage_supply {PROGRESS}
        WHERE p.void=0 AND p.year=?""",
        connection, params=(YEAR,))  # fmt: skip
    forage = forage[forage["standing"] < 3].copy()
    forage["hay"] = forage["quantity_kg"] / 10 * (1 - forage["moisture_percent"] / 1000) / 0.86
    kinds = forage.groupby(["household_id", "kind"])["hay"].sum().unstack(fill_value=0.0)

    table = households[households["standing"] < 3].set_index("record_id")
    table = table.join(stock).join(land)
    table["banned"] = banned.reindex(table.index).fillna(0)
    table = table.join(
        counts.set_index("household_id")[["counted_on", "standing"]].rename(columns={"standing": "counted"})
    )
    table.loc[table["unknown"].fillna(False).astype(bool), "stock"] = float("nan")
    table["accepted"] = (table["counted"] == 1) & table["land_accepted"].fillna(False).astype(bool)
    kinds = kinds.reindex(table.index).fillna(0)
    table["natural"] = table["carried"] + kinds["natural_hay"] / (1.8 * 365)
    table["supply"] = table["grazing"] + kinds.sum(axis=1)
    table["demand"] = table["stock"] * 1.8 * 365
    table["surplus"] = table["supply"] - table["demand"]
    table["all"] = table["supply"] / (1.8 * 365)
    sums = ["area", "head", "stock", "grazing", "supply", "demand", "surplus"]
    for view in ("natural", "all"):
        table[f"rate_{view}"] = (table["stock"] - table[view]) / table[view] * 100
        table[f"over_{view}"] = (table["stock"] - table[view]).clip(lower=0)
        edges = [-float("inf"), -10, 10, 20, 50, float("inf")]
        names = ["potential", "balance", "light", "moderate", "severe"]
        table[f"grade_{view}"] = pd.cut(table[f"rate_{view}"].round(2), edges, right=False, labels=names)
        both = table["stock"].notna() & table[view].notna()
        table[f"stock_{view}"] = table["stock"].where(both)
        table[f"room_{view}"] = table[view].where(both)
        table[f"is_over_{view}"] = table[f"over_{view}"] > 0
        sums += [f"stock_{view}", f"room_{view}", f"is_over_{view}"]
    villages = table.groupby("village_code")[sums].sum()
    total = villages.sum()
    for view in ("natural", "all"):
        villages[f"rate_{view}"] = (villages[f"stock_{view}"] / villages[f"room_{view}"] - 1) * 100
        total[f"rate_{view}"] = (total[f"stock_{view}"] / total[f"room_{view}"] - 1) * 100
    return table.sort_values("rate_natural", ascending=False), total


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
        peer, (frame, total) = timed(lambda: by_pandas(plain, known), 5)
        plain.close()
    print(
        f"\nbalance of {HOUSEHOLDS:,} households, {PARCELS:,} parcels, {LINES:,} count lines: {ours * 1000:.0f} ms | pandas "
        f"{pd.__version__}: {peer * 1000:.0f} ms | {peer / ours:.1f}× as fast (budget ≥ 3×, < 1 s)"
    )
    same_work(table, frame, total)


def same_work(table: BalanceTable, frame: Any, total: Any) -> None:
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
    for name in ("natural", "all"):
        rate = table.total.view(name).rate_percent
        assert rate is not None and abs(float(rate) - total[f"rate_{name}"]) < 1e-6
        assert table.total.view(name).overloaded == int(total[f"is_over_{name}"])
    assert table.total.head == int(total["head"])


def test_one_household_and_one_explanation(file: Path) -> None:
    with Reader(file) as reader:
        ground = BalanceBasis(reader, YEAR)
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
