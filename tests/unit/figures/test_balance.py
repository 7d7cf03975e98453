"""The balance of a station: the table says what the explanation says, to the last digit, for every row of every level."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from decimal import Decimal as D
from pathlib import Path
from typing import Any

import pytest
from balance_helpers import (
    TOWNSHIP,
    YEAR,
    Maker,
    a_count,
    a_household,
    a_parcel,
    a_plot,
    a_scheme,
    chance_station,
    line_of,
    village,
)
from calc_helpers import sound

from station_app.domain.calc.balance import BalanceOutcome
from station_app.domain.calc.explanation import Explanation, OriginKind, Result
from station_app.domain.calc.numbers import add
from station_app.domain.problems import UserError
from station_app.domain.records.calculation import ClassYield, SeasonPeriod
from station_app.domain.registry import Role
from station_app.services.figures.balance import (
    LEVELS,
    BalanceRow,
    balance_row,
    balance_table,
    balance_why,
    balance_years,
    capacity_why,
    herd_su,
    herd_why,
    yield_why,
)
from station_app.services.figures.references import FigureReference, RecordReference, parse_reference
from station_app.services.figures.scheme import Scheme, proposed_scheme, scheme_of
from station_app.storage.standards import load_standards
from station_app.storage.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    made = Workspace.create(tmp_path / "站", org_code=TOWNSHIP, org_name="示例站", role=Role.STATION, author="示例员")
    yield made
    made.close()


SCHEMES: dict[str, dict[str, Any]] = {
    "plain": {},
    "summed seasons": {"seasonal_minimum": False, "range_end": "upper"},
    "mean": {"basis": "mean", "years_wanted": 3},
    "share of the herd": {
        "young_rule": "herd_share", "young_set": None, "group_set": None, "herd_share_percent": D("37.25"),
        "young_coefficient": D("0.4500"), "herd_share_source": "示例",
    },
    "weight classes": {"sheep_unit": "NYT635-2002", "adult_set": "nyt635-2002@1"},
    "edible": {"edible_percent": D("83.50"), "edible_source": "示例", "hay_coefficient_set": "nyt635-2015-recollected@1"},
}  # fmt: skip


@pytest.mark.parametrize("name", SCHEMES)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_figure_of_the_table_is_the_one_that_is_explained(workspace: Workspace, name: str, seed: int) -> None:
    maker = Maker(workspace)
    maker.add(a_scheme(**SCHEMES[name]))
    years = (YEAR - 3, YEAR - 2, YEAR - 1) if name == "mean" else (YEAR,)
    chance_station(maker, seed, years=years, heavy=name == "weight classes")
    explained = 0
    for level in LEVELS:
        table = balance_table(workspace.read, YEAR, level)
        assert table.level == level and len({row.key for row in table.rows}) == len(table.rows) > 0
        for row in table.rows:
            whole = row.stock_su is not None and row.view("natural").capacity_su is not None
            if not whole or row.surplus_kg is None:
                with pytest.raises(UserError) as refused:
                    balance_why(workspace.read, YEAR, level, row.key)
                assert refused.value.code.startswith(("BAL-", "CALC-")) and refused.value.problems
                continue
            result = balance_why(workspace.read, YEAR, level, row.key)
            same_digits(row, result)
            explained += 1
            if explained % 5 == 0:
                sound(result)
    assert explained >= (1 if name == "weight classes" else 8)  # few herds are weighed


def same_digits(row: BalanceRow, result: Result[BalanceOutcome]) -> None:
    told = result.outcome
    for field in ("stock_su", "demand_kg", "supply_kg", "surplus_kg"):
        assert getattr(row, field) == getattr(told, field), field
    views = {each.view: each for each in told.views}
    if row.level == "parcel":
        views.pop("all")
    assert set(views) == set(row.views)
    for name, figures in row.views.items():
        over = views[name].overload
        assert figures.capacity_su == views[name].capacity_su == over.capacity_su, name
        assert (figures.rate_percent, figures.printed_percent) == (over.rate_percent, over.printed_percent), name
        assert (figures.overloaded_su, figures.stock_su) == (over.overloaded_su, over.stock_su), name
        assert figures.grade_key == (over.grades[0].grade if over.grades else ""), name
    kinds = {each.kind: each.standard_hay_kg for each in told.supply}
    assert {kind: value for kind, value in row.supply.items() if kind != "grazing"} == kinds
    assert add((told.natural_kg, told.other_kg)) == told.supply_kg or row.level not in ("household", "parcel")


def inputs_of(explanation: Explanation) -> Iterator[Any]:
    for part in explanation.everything():
        yield from part.inputs


def test_an_explanation_leads_to_its_records_and_quadrats(workspace: Workspace) -> None:
    maker = Maker(workspace)
    scheme_id = maker.add(a_scheme())
    household = a_household(maker, 1)
    parcel = a_parcel(maker, household, "P1", degradation="2")
    plot = a_plot(maker, "示例1", "2", [(200, 72), (180, 60), (220, 75)])
    a_plot(maker, "示例2", "2", [(200, 80)] * 3)
    count = a_count(maker, household, [("sheep", "adult_female", 100), ("sheep", "young", 60)])
    maker.done()
    result = sound(balance_why(workspace.read, YEAR, "household", household))
    places = {parse_reference(each.origin.reference) for each in inputs_of(result.explanation) if each.origin.reference}
    records = {(each.type_name, each.record_id) for each in places if isinstance(each, RecordReference)}
    assert {("parcel", parcel), ("livestock_count", count), ("calculation_scheme", scheme_id)} <= records
    assert sum(1 for name, _ in records if name == "herb_quadrat") == 6
    coefficients = {each.origin.reference for each in result.explanation.coefficients}
    assert "utilization/nyt635-2015-recollected@1#2/year_round" in coefficients
    assert "degraded_utilization/nyt635-2015-recollected@1#light" in coefficients
    (yields,) = [each for each in places if isinstance(each, FigureReference)]
    assert (yields.kind, yields.year, yields.level) == ("yield", YEAR, "class")
    again = sound(yield_why(workspace.read, yields.year, yields.level, yields.key))
    assert again.outcome.plots == 2 and D(700) < again.outcome.hay_kg_per_ha < D(800)
    typed = [each for each in inputs_of(result.explanation) if each.origin.kind is OriginKind.TYPED]
    assert typed == [], "every number of a record says which record"
    assert plot in {r.record_id for r in places if isinstance(r, RecordReference)} or again.outcome.plots == 2


def test_a_pooled_explanation_goes_down_one_level_at_a_time(workspace: Workspace) -> None:
    maker = Maker(workspace)
    maker.add(a_scheme())
    chance_station(maker, 5)
    level, key = "station", ""
    seen = []
    while level != "household":
        result = sound(balance_why(workspace.read, YEAR, level, key))
        below = [parse_reference(each.origin.reference) for each in result.explanation.inputs]
        figures = [each for each in below if isinstance(each, FigureReference)]
        assert figures and {each.kind for each in figures} == {"balance"}
        seen.append(level)
        level, key = figures[0].level, figures[0].key
    assert seen == ["station", "township", "village"]


def test_rates_are_pooled_and_never_averaged(workspace: Workspace) -> None:
    """RULE balance S09: Σ(stock − capacity) / Σ capacity."""
    maker = Maker(workspace)
    maker.add(a_scheme())
    a_plot(maker, "示例1", "2", [(200, 72)] * 3)
    for n, (area, ewes) in enumerate(((D(3000), 300), (D(30000), 500))):
        household = a_household(maker, n * 3)
        a_parcel(maker, household, f"P{n}", area_mu=area)
        a_count(maker, household, [("sheep", "adult_female", ewes)])
    maker.done()
    rows = balance_table(workspace.read, YEAR).rows
    (village_row,) = balance_table(workspace.read, YEAR, "village").rows
    stock = sum(row.stock_su for row in rows if row.stock_su is not None)
    room = add(figures.capacity_su for row in rows if (figures := row.view("natural")).capacity_su is not None)
    pooled = village_row.view("natural").rate_percent
    mean = sum((row.view("natural").rate_percent or D(0)) for row in rows) / 2
    assert pooled is not None and abs(pooled - (stock - room) / room * 100) < D("1e-20") and abs(pooled - mean) > 1


def test_the_worst_overload_comes_first_and_what_has_no_rate_last(workspace: Workspace) -> None:
    maker = Maker(workspace)
    maker.add(a_scheme())
    chance_station(maker, 7)
    table = balance_table(workspace.read, YEAR)
    rates = [row.view("natural").rate_percent for row in table.rows]
    known = [rate for rate in rates if rate is not None]
    assert known == sorted(known, reverse=True) and None in rates
    last = table.rows[-1]
    assert last.view("natural").rate_percent is None and last.problems
    assert balance_table(workspace.read, YEAR, main_view="all").rows != table.rows


def test_sums_are_the_same_at_every_level_and_inside_a_village(workspace: Workspace) -> None:
    maker = Maker(workspace)
    maker.add(a_scheme())
    chance_station(maker, 4)
    tables = {level: balance_table(workspace.read, YEAR, level) for level in LEVELS}
    (station,) = tables["station"].rows
    for table in tables.values():
        assert table.total.stock_su == station.stock_su and table.total.views == station.views
        assert table.total.area_mu == sum((row.area_mu for row in table.rows), D(0))
    for row in tables["village"].rows:
        inside = balance_table(workspace.read, YEAR, within=row.key)
        assert {each.village_code for each in inside.rows} == {row.key}
        assert sum((each.stock_su or D(0)) for each in inside.rows) == (row.stock_su or 0)
    everything = balance_table(workspace.read, YEAR, within=f"{TOWNSHIP}000")
    assert everything.rows == tables["household"].rows
    head = workspace.read.sql("SELECT count(*) FROM household WHERE void=0")[0][0]
    assert len(tables["household"].rows) == head == station.households


def test_one_household_alone_is_the_row_of_the_table(workspace: Workspace) -> None:
    maker = Maker(workspace)
    maker.add(a_scheme())
    chance_station(maker, 8)
    for row in balance_table(workspace.read, YEAR).rows:
        assert balance_row(workspace.read, YEAR, row.key) == row
    with pytest.raises(UserError, match="BAL-003"):
        balance_row(workspace.read, YEAR, "nobody")


def test_years_side_by_side(workspace: Workspace) -> None:
    maker = Maker(workspace)
    maker.add(a_scheme())
    household = a_household(maker, 1)
    a_parcel(maker, household, "P1")
    for back in range(3):
        year = YEAR - back
        a_plot(maker, f"示例{back}", "2", [(200, 60 + back)] * 3, year=year)
        a_count(maker, household, [("sheep", "adult_female", 50)], year=year, counted_on=date(year, 6, 28))
    maker.done()
    years = balance_years(workspace.read, "household", household, [YEAR - 2, YEAR - 1, YEAR])
    assert [year for year, _ in years] == [YEAR - 2, YEAR - 1, YEAR]
    rates = [row.view("natural").capacity_su for _, row in years]
    assert rates == sorted(rates, reverse=True)
    assert [any(p.code == "BAL-025" for p in row.problems) for _, row in years] == [True, True, False]
    for level in ("village", "township", "station"):
        key = {"village": village(1), "township": f"{TOWNSHIP}000", "station": ""}[level]
        assert [row.view("natural") for _, row in balance_years(workspace.read, level, key, [YEAR])] == [
            years[-1][1].view("natural")
        ]


def test_a_herd_while_it_is_typed(workspace: Workspace) -> None:
    maker = Maker(workspace)
    maker.add(a_scheme())
    household = a_household(maker, 1)
    a_parcel(maker, household, "P1")
    rows = [("sheep", "adult_female", 300), ("goat", "adult_female", 50), ("cattle", "adult_female", 20),
            ("horse", "undivided", 4), ("sheep", "young", 60)]  # fmt: skip
    a_count(maker, household, rows)
    maker.done()
    scheme = scheme_of(workspace.read, YEAR)
    assert scheme is not None
    line = line_of("livestock_count", "class_counts")
    typed = [line(species_code=s, class_code=c, head=n) for s, c, n in rows]
    assert herd_su(typed, scheme, load_standards()) == D("500.0")  # constructed check of balance_worked_examples.csv
    assert herd_why(workspace.read, YEAR, household).outcome.total_su == D(500)
    wrong = herd_su([line(species_code="dragon", class_code="young", head=1)], scheme, load_standards())
    assert not isinstance(wrong, Decimal) and wrong.code == "BAL-029"


def test_a_capacity_alone_explains_itself(workspace: Workspace) -> None:
    maker = Maker(workspace)
    maker.add(a_scheme())
    household = a_household(maker, 1)
    parcel = a_parcel(maker, household, "P1")
    a_plot(maker, "示例1", "2", [(200, 72)] * 3)
    maker.done()
    (row,) = balance_table(workspace.read, YEAR).rows
    with pytest.raises(UserError, match="BAL-004"):
        balance_why(workspace.read, YEAR, "household", household)
    result = sound(capacity_why(workspace.read, YEAR, "household", household))
    assert result.outcome.capacity_su == row.view("natural").capacity_su
    result = sound(capacity_why(workspace.read, YEAR, "parcel", parcel))
    assert result.outcome.capacity_su == row.view("natural").capacity_su
    with pytest.raises(UserError, match="BAL-002"):
        capacity_why(workspace.read, YEAR, "village", village(1))


def test_the_scheme_in_force_is_the_countys(workspace: Workspace) -> None:
    assert scheme_of(workspace.read, YEAR) is None
    with pytest.raises(UserError, match="BAL-001"):
        balance_table(workspace.read, YEAR)
    maker = Maker(workspace)
    maker.add(a_scheme(status="draft"))
    maker.add(a_scheme(YEAR - 1, valid_to=date(YEAR - 2, 12, 31)))
    maker.done()
    assert scheme_of(workspace.read, YEAR) is None and scheme_of(workspace.read, YEAR - 1) is None
    own = maker.add(a_scheme(name="本站方案"))
    maker.done()
    known = scheme_of(workspace.read, YEAR)
    assert known is not None and known.record_id == own and not known.is_county and known.problems == ()
    second = maker.add(a_scheme(county_code="152523", name="另一份"))
    maker.done()
    known = scheme_of(workspace.read, YEAR)
    assert known is not None and known.record_id == second and [p.code for p in known.problems] == ["BAL-024"]


def test_a_proposal_chooses_seeds_and_leaves_the_rest_to_a_person() -> None:
    standards = load_standards()
    for code, penalty in (("152522", "inner-mongolia-2021@1"), ("150425", "chifeng-2018@1"), ("632223", None)):
        made = proposed_scheme(standards, YEAR, code)
        assert made.penalty_set == penalty and made.county_code == code
        assert Scheme(made).days == {"whole_year": D(365)} and made.yields == () and made.climate is None
    assert made.utilization_set == "nyt635-2015-recollected@1", "all C: every mark shows wherever it is used"


def test_unverified_coefficients_and_editions_are_named(workspace: Workspace) -> None:
    maker = Maker(workspace)
    maker.add(a_scheme())
    household = a_household(maker, 1)
    a_parcel(maker, household, "P1")
    a_plot(maker, "示例1", "2", [(200, 72)] * 3)
    a_count(maker, household, [("sheep", "adult_female", 10), ("sheep", "young", 5)])
    maker.done()
    table = balance_table(workspace.read, YEAR)
    assert table.rows[0].doubtful
    doubted = {problem.place for problem in table.problems if problem.code == "BAL-030"}
    assert doubted == {
        "utilization/nyt635-2015-recollected@1#2/year_round", "sheep_unit_young/nyt635-recollected@1#sheep_goat/4-12",
    }  # fmt: skip
    result = balance_why(workspace.read, YEAR, "household", household)
    used = {each.origin.reference.partition("#")[0] for each in result.explanation.coefficients}
    assert used <= set(table.editions)
    assert set(table.editions) - used <= {
        "young_stock_group/proposal@1", "penalty/inner-mongolia-2021@1", "overload_grade/inner-mongolia-29@1",
        "overload_grade/xu-yang-2009@1",
    }  # fmt: skip


def test_a_typed_yield_is_used_last_and_says_its_source(workspace: Workspace) -> None:
    maker = Maker(workspace)
    yields = tuple(ClassYield(grassland_class=c, hay_kg_per_ha=D("810.00"), source="示例年鉴") for c in "123")
    maker.add(a_scheme(yields=yields, seasons=(SeasonPeriod(season_of_use="whole_year", days=365),)))
    houses = [a_household(maker, n) for n in range(3)]
    parcels = [a_parcel(maker, house, f"P{n}", grassland_class=str(n + 1)) for n, house in enumerate(houses)]
    for house in houses:
        a_count(maker, house, [("sheep", "adult_female", 10)])
    a_plot(maker, "示例1", "2", [(200, 72)] * 3)
    a_plot(maker, "示例2", "2", [(200, 80)] * 3, parcel_id=parcels[2])
    maker.done()
    notes = []
    for house in houses:
        explanation = balance_why(workspace.read, YEAR, "household", house).explanation
        notes.append(next(note.zh for note in explanation.notes if "产草量" in note.zh))
    assert "方案填写(示例年鉴)" in notes[0] and "2 个样地均值" in notes[1] and "本地块样地(示例2)" in notes[2]
