"""The figures of many households at once are those of the explained calculation, to the last digit, whatever the records say."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from balance_helpers import YEAR, a_scheme
from hypothesis import given
from hypothesis import strategies as st

from station_app.domain.calc.balance import BalanceInput, BalanceOutcome, Supply, balance
from station_app.domain.calc.numbers import add, subtract
from station_app.domain.codes import code_list
from station_app.services.figures.measures import Measures
from station_app.services.figures.plans import ForagePlan, HousePlan, Terrain, plan_land
from station_app.services.figures.rows import BalanceRow
from station_app.services.figures.scheme import Scheme
from station_app.services.figures.sources import ENTERED, Forage, House, Parcel, Stock
from station_app.services.figures.totals import household_rows, pool
from station_app.services.figures.why import _capacity
from station_app.services.figures.yields import YieldBook
from station_app.storage.standards import load_standards

STANDARDS = load_standards()
SCHEMES: dict[str, dict[str, Any]] = {
    "scarcest season": {},
    "seasons added": {"seasonal_minimum": False, "range_end": "upper"},
    "edible share": {"edible_percent": Decimal("83.50"), "edible_source": "示例", "edge_rule": "lower",
                     "hay_coefficient_set": "nyt635-2015-recollected@1"},
}  # fmt: skip

parcels = st.lists(
    st.tuples(
        st.integers(1, 99_999_999),  # 0.001 mu
        st.sampled_from(("whole_year", "warm", "cold")),
        st.sampled_from((None, "1", "2", "3")),
    ),
    min_size=1,
    max_size=5,
)
forage = st.lists(
    st.tuples(
        st.sampled_from(("natural_hay", "bought_hay", "silage")),
        st.decimals(0, 900_000, places=1),
        st.none() | st.decimals(0, 95, places=1),
        st.none() | st.decimals(Decimal("0.0001"), 10, places=4),
    ).filter(lambda each: each[2] is not None or each[3] is not None),
    max_size=4,
)
households = st.lists(st.tuples(parcels, forage, st.none() | st.decimals(0, 500_000, places=2)), min_size=1, max_size=6)


def plan_of(number: int, terrain: Terrain, given_: Any) -> HousePlan:
    """Return the plan of an invented household."""
    land, fed, stock = given_
    key = f"示例{number}"
    house = House(key, key, key, "152522100201", "active", ENTERED)
    rows = [
        Parcel(key, f"{key}-{n}", str(n), None, None, area, None, "balance", season, None, "1", None, worse, ENTERED)
        for n, (area, season, worse) in enumerate(land)
    ]
    items = [
        ForagePlan(Forage(key, f"{key}-{n}", kind, n + 1, None, "air_dry", 0, None, None, None, ENTERED), *amounts)
        for n, (kind, *amounts) in enumerate(fed)
    ]
    return HousePlan(house, plan_land(house, rows, terrain), {}, items, (), None, Stock(stock, 0), [], False)


def explained(plan: HousePlan, basis: Any) -> BalanceOutcome:
    """Return the same household by the calculation that explains itself."""
    record = basis.scheme.record
    supply = tuple(
        Supply(
            kind=each.record.kind,
            quantity_kg=each.quantity_kg,
            moisture_percent=each.moisture_percent,
            hay_equivalent=each.hay_equivalent,
            coefficient_source="示例" if each.hay_equivalent is not None else "",
        )
        for each in plan.forage
    )
    asked = BalanceInput(
        sheep_unit_set=record.sheep_unit_set,
        sheep_unit=record.sheep_unit,
        stock_su=plan.stock.su,
        stock_sheep_unit=record.sheep_unit,
        days=Decimal(record.period_days),
        capacity=_capacity(basis, plan.land, ()),
        supply=supply,
        grade_sets=basis.scheme.grade_sets,
        edge_rule=record.edge_rule,
    )
    return balance(asked, STANDARDS).outcome


@pytest.mark.parametrize("name", SCHEMES)
@given(invented=households)
def test_every_digit_of_a_column_is_that_of_the_explained_calculation(name: str, invented: list[Any]) -> None:
    scheme = Scheme(a_scheme(**SCHEMES[name]))
    measures = Measures(scheme, STANDARDS)
    terrain = Terrain(measures, YieldBook(YEAR, (), (), scheme))
    plans = [plan_of(number, terrain, each) for number, each in enumerate(invented)]
    rows = household_rows(measures, plans)
    assert [row.key for row in rows] == [plan.house.record_id for plan in plans]
    basis = SimpleNamespace(scheme=scheme, measures=measures)
    for plan, row in zip(plans, rows, strict=True):
        assert plan.land.pastures and plan.land.problems == []
        if plan.stock.su is None:
            assert row.demand_kg is None and row.surplus_kg is None and row.view("natural").rate_percent is None
            assert row.view("natural").capacity_su is not None and row.supply_kg is not None
        else:
            same(row, explained(plan, basis))
    station = pool(measures, rows, "station", "", "", "示例站")
    known = [row for row in rows if row.surplus_kg is not None]
    assert station.surplus_kg is None or station.surplus_kg == subtract(
        add(row.supply_kg for row in known if row.supply_kg is not None),
        add(row.demand_kg for row in known if row.demand_kg is not None),
    )
    assert station.view("natural").overloaded == sum(row.view("natural").overloaded for row in rows)


def same(row: BalanceRow, told: BalanceOutcome) -> None:
    """Every figure of the row is the explained one, and is written with the same digits."""
    for field in ("stock_su", "demand_kg", "supply_kg", "surplus_kg"):
        assert getattr(row, field) == getattr(told, field), field
    assert {kind: hay for kind, hay in row.supply.items() if kind != "grazing"} == {
        each.kind: each.standard_hay_kg for each in told.supply
    }
    for view in told.views:
        figures, over = row.view(view.view), view.overload
        assert figures.capacity_su == view.capacity_su, view.view
        assert (figures.rate_percent, figures.printed_percent) == (over.rate_percent, over.printed_percent), view.view
        assert figures.overloaded_su == over.overloaded_su
        assert figures.grade_key == (over.grades[0].grade if over.grades else "")


def test_the_kinds_of_the_example_exist() -> None:
    assert {"natural_hay", "bought_hay", "silage"} <= set(code_list("forage_kind").labels)
