"""Where the figures of a balance are from: a default names no record, and yields say how their mean was made."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal as D
from pathlib import Path

import pytest
from balance_helpers import YEAR, Maker, a_count, a_household, a_parcel, a_plot, a_scheme, workspace_of
from calc_helpers import sound

from station_app.domain.calc.explanation import Explanation, Given, OriginKind
from station_app.domain.registry import record_type
from station_app.domain.samples import sample
from station_app.services.figures.balance import balance_table, balance_why
from station_app.services.figures.yields import plot_yields, source_why, yield_book
from station_app.storage.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with workspace_of(tmp_path / "站") as made:
        yield made


def givens(explanation: Explanation) -> list[Given]:
    return [given for each in explanation.everything() for given in each.inputs]


def choices(explanation: Explanation) -> dict[str, tuple[str, OriginKind]]:
    every = [choice for each in explanation.everything() for choice in each.choices]
    return {choice.label.zh: (choice.value.zh, choice.origin.kind) for choice in every}


def a_ranch(maker: Maker, **forage: object) -> str:
    household = a_household(maker, 1)
    a_parcel(maker, household, "P1", season_of_use="warm")
    a_parcel(maker, household, "P2", season_of_use="cold")
    a_count(maker, household, [("sheep", "adult_female", 100), ("sheep", "young", 40)])
    a_plot(maker, "示例1", "2", [(200, 72)] * 3)
    maker.new("forage_supply", household_id=household, year=YEAR, kind="bought_hay", quantity_kg=D(1000), **forage)
    return household


def test_a_moisture_nobody_measured_is_a_default_of_the_balance(workspace: Workspace) -> None:
    maker = Maker(workspace)
    maker.add(a_scheme())
    household = a_ranch(maker, goods_state="air_dry")
    maker.done()
    explanation = sound(balance_why(workspace.read, YEAR, "household", household)).explanation
    (moisture,) = [given for given in givens(explanation) if given.symbol == "h1_m"]
    assert moisture.value == 14 and moisture.origin.kind is OriginKind.DEFAULT and not moisture.origin.reference
    (edible, *more) = [given for given in givens(explanation) if given.symbol == "e"]
    assert more and {each.origin.kind for each in (edible, *more)} == {OriginKind.DEFAULT}
    said = choices(explanation)
    assert said["绵羊当年仔畜按"][0].startswith("4-12 月龄(另有 0-4: 0.2")
    assert said["最紧季节"][0].startswith("不取")
    assert said["样地 示例1 含水量"] == ("风干，按标准干草 14%", OriginKind.DEFAULT)
    codes = {found.code for each in explanation.everything() for found in each.problems}
    assert "CALC-065" in codes  # all forage adds the seasons up, and says so


def test_a_moisture_that_was_measured_is_the_record_s(workspace: Workspace) -> None:
    maker = Maker(workspace)
    maker.add(a_scheme(edible_percent=D("83.50"), edible_source="示例"))
    household = a_ranch(maker, goods_state="air_dry", moisture_percent=D("12.0"))
    maker.done()
    explanation = sound(balance_why(workspace.read, YEAR, "household", household)).explanation
    (moisture,) = [given for given in givens(explanation) if given.symbol == "h1_m"]
    assert moisture.origin.reference.startswith("record:forage_supply/")
    edible = next(given for given in givens(explanation) if given.symbol == "e")
    assert edible.origin.reference.startswith("record:calculation_scheme/")


def test_earlier_years_and_parts_of_a_sum_are_computed_not_recorded(workspace: Workspace) -> None:
    maker = Maker(workspace)
    maker.add(a_scheme(basis="mean", years_wanted=2))
    household = a_ranch(maker, goods_state="air_dry")
    for year in (YEAR - 2, YEAR - 1):
        a_plot(maker, f"示例{year}", "2", [(200, 70)] * 3, year=year)
    maker.done()
    explanation = sound(balance_why(workspace.read, YEAR, "household", household)).explanation
    years = [given for given in givens(explanation) if given.symbol in (f"F_{YEAR - 1}", f"F_{YEAR - 2}")]
    assert len(years) == 2 and {each.origin.kind for each in years} == {OriginKind.COMPUTED}
    pooled = balance_why(workspace.read, YEAR, "village", balance_table(workspace.read, YEAR, "village").rows[0].key)
    parts = [given for given in pooled.explanation.inputs if given.symbol.startswith("n1")]
    assert parts and {each.origin.kind for each in parts} == {OriginKind.COMPUTED}


def test_a_shrub_plot_without_its_shrub_quadrat_tells_no_yield(workspace: Workspace) -> None:
    maker = Maker(workspace)
    maker.add(a_scheme())
    a_plot(maker, "示例全", "2", [(200, 72)] * 3)
    a_plot(maker, "示例灌", "2", [(200, 90)] * 3, has_shrub=True)
    maker.done()
    plots, problems = plot_yields(workspace.read, YEAR)
    assert [plot.plot_no for plot in plots] == ["示例全"]
    (waiting,) = [found for found in problems if found.code == "BAL-016"]
    assert "示例灌" in waiting.text.zh and "示例全" not in waiting.text.zh


@pytest.mark.parametrize(
    ("areas", "value", "how"), [((D(10), D(30)), D(875), "加权"), ((D(10), None), D(750), "不加权")]
)
def test_the_mean_of_plots_goes_by_the_areas_they_stand_for(
    workspace: Workspace, areas: tuple[D | None, ...], value: D, how: str
) -> None:
    """500 and 1000 kg/ha on 10 and 30 ha: 875, not 750."""
    maker = Maker(workspace)
    maker.add(a_scheme())
    for number, (area, dry) in enumerate(zip(areas, (50, 100), strict=True), 1):
        made = sample("plot_new", 0)
        values = {f.name: getattr(made, f.name) for f in record_type("plot_new").fields}
        values |= {"plot_no": f"示例新{number}", "control_area_ha": area, "grass_class": "1", "parcel_id": None,
                   "region_code": f"{maker.workspace.identity.org_code[:9]}201"}  # fmt: skip
        values["surveyed_on"] = values["surveyed_on"].replace(year=YEAR)
        plot = maker.new("plot_new", **values)
        for q in range(3):
            maker.new(
                "herb_quadrat", plot_new_id=plot, quadrat_no=f"示例新{number}-{q}", surveyed_on=values["surveyed_on"],
                cover_percent=D(40), height_cm=D(18), dominant="羊草", main_species="羊草", fresh_g=D(200), dry_g=D(dry),
                drying_method="air")  # fmt: skip
    maker.done()
    from station_app.services.figures.scheme import scheme_of

    scheme = scheme_of(workspace.read, YEAR)
    assert scheme is not None
    book = yield_book(workspace.read, YEAR, scheme)
    (key,) = {(plot.township, plot.class_list, plot.grass_class) for plot in plot_yields(workspace.read, YEAR)[0]}
    source = book.source("class/" + "/".join(key))
    assert source is not None and source.hay_kg_per_ha == value and how in source.label.zh
    result = sound(source_why(source))
    assert result.outcome.hay_kg_per_ha == value
    assert choices(result.explanation)["均值"][0].find(how) >= 0
    assert result.explanation.formula == ("Y = Σ (Y_i × A_i) / Σ A_i" if how == "加权" else "Y = Σ Y_i / n")
