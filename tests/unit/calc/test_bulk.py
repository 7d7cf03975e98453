"""Many at once gives the same digits as one explained."""

from __future__ import annotations

from decimal import Decimal as D

from calc_helpers import field, herd, line, pastures
from hypothesis import given
from hypothesis import strategies as st

from station_app.domain.calc.bulk import HerdCounter, capacity_su, overload_of, usable_hay_kg
from station_app.domain.calc.capacity import capacity
from station_app.domain.calc.overload import OverloadInput, StockRow, overload
from station_app.domain.calc.sheep_units import herd_sets, sheep_units
from station_app.domain.codes import code_list
from station_app.storage.standards import load_standards

KNOWN = load_standards()
LINES = st.tuples(
    st.sampled_from(list(code_list("species").labels)),
    st.sampled_from(list(code_list("stock_class").labels)),
    st.integers(0, 10_000),
)


@given(st.lists(LINES, min_size=1, max_size=15))
def test_herds(lines: list[tuple[str, str, int]]) -> None:
    asked = herd(*(line(species, head, stock_class) for species, stock_class, head in lines))
    counter = HerdCounter(herd_sets(asked, KNOWN))
    quick = counter.count(("示例牧户", *each[:2], each[2]) for each in lines)
    assert quick["示例牧户"] == sheep_units(asked, KNOWN).outcome.total_su


MU = st.decimals(D("0.001"), D(1_000_000), places=3)
KG = st.decimals(D("0.1"), D(20_000), places=2)
PERCENT = st.decimals(D("0.5"), D(100), places=1)


@given(st.lists(st.tuples(MU, KG, PERCENT, PERCENT), min_size=1, max_size=4), st.integers(1, 366))
def test_pastures(parts: list[tuple[D, D, D, D]], days: int) -> None:
    fields = [
        field(str(n), area_mu=mu, hay_kg_per_ha=kg, utilization_percent=rate, edible_percent=edible)
        for n, (mu, kg, rate, edible) in enumerate(parts)
    ]
    asked = pastures(*fields, days=(pastures(*fields).days[0].__class__(season="whole_year", days=D(days)),))
    explained = capacity(asked, KNOWN).outcome
    quick = [usable_hay_kg(mu, kg, rate, edible_percent=edible) for mu, kg, rate, edible in parts]
    assert quick == [row.usable_kg for row in explained.pastures]
    assert capacity_su(quick, D("1.8"), D(days)) == explained.capacity_su


@given(MU, st.decimals(D(0), D(1_000_000), places=3))
def test_overload(stock: D, room: D) -> None:
    rows = (StockRow(name="x", stock_su=stock, capacity_su=room),)
    explained = overload(OverloadInput(rows=rows), KNOWN).outcome.rows[0]
    quick = overload_of(stock, room)
    assert quick == (explained.rate_percent, explained.printed_percent, explained.overloaded_su)
