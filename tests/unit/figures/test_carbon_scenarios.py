"""What a ban, fewer animals or an improvement would change: results with their range, assumptions, refusals."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal as D
from pathlib import Path
from typing import Any

import pytest
from calc_helpers import printed, refused, sound
from carbon_helpers import YEAR, Carbon, a_workspace

from station_app.services.figures.carbon_scenarios import BAN, FEWER, IMPROVE, Answer, Scenario, what_if_range
from station_app.services.figures.carbon_settings import settings_of
from station_app.storage.workspace import Workspace


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Workspace]:
    with a_workspace(tmp_path / "站") as made:
        yield made


@pytest.fixture
def land(station: Workspace) -> tuple[Carbon, dict[str, str]]:
    """A severely degraded and a sound parcel of 1000 ha, one not assessed; 1000 sheep at the first household."""
    carbon = Carbon(station)
    carbon.places()
    carbon.scheme()
    owner, other = carbon.household(1), carbon.household(2)
    parcels = {
        "severe": carbon.parcel(owner, "15000", degradation="4", code="示例退"),
        "sound": carbon.parcel(other, "15000", degradation="1", code="示例好"),
        "unknown": carbon.parcel(other, "15000", code="示例未查"),
    }
    carbon.count(owner, {"sheep": 1000})
    carbon.done()
    return carbon, parcels


def answer(land: tuple[Carbon, dict[str, str]], measure: str, *names: str, **values: Any) -> Answer:
    carbon, parcels = land
    settings = values.pop("settings", None)
    asked = Scenario(measure, tuple(parcels[name] for name in names), **values)
    found = what_if_range(carbon.workspace.read, YEAR, asked, settings)
    sound(found.result)
    return found


def test_a_ban_with_recovery_is_x11_with_its_range(land: Any) -> None:
    found = answer(land, BAN, "severe", recovers_to="1", years=10)
    outcome = found.result.outcome
    assert (outcome.net_t_co2e, outcome.total_t_co2e, outcome.emissions_change_t_co2e) == (-2365, -23650, None)
    assert outcome.low_t_co2e is not None and outcome.low_t_co2e < -2365 < (outcome.high_t_co2e or 0) < 0
    assert outcome.direction_is_certain
    assert (found.area_ha, found.households) == (1000, 0)
    told = " ".join(text.zh for text in found.assumptions)
    assert "泄漏" in told and "未退化" in told and "不是预测" in told


def test_fewer_animals_change_the_emissions_of_the_households(land: Any) -> None:
    found = answer(land, FEWER, "severe", fewer_percent=D("25.5"), years=30)
    outcome = found.result.outcome
    assert outcome.net_t_co2e == -255 * 5 * 27 / D(1000)
    assert outcome.total_t_co2e == outcome.net_t_co2e * 30  # emissions do not settle
    assert (outcome.soil_t_co2, found.households) == (None, 1)
    assert "25.5%" in found.assumptions[0].zh


def test_both_at_once_and_the_soil_stops_after_twenty_years(land: Any) -> None:
    found = answer(land, BAN, "severe", recovers_to="1", fewer_percent=D(50), years=30)
    outcome = found.result.outcome
    assert outcome.total_t_co2e == -2365 * 20 - D("67.5") * 30
    assert "CALC-023" in [p.code for p in found.problems]


def test_an_improvement_by_input(land: Any) -> None:
    medium = answer(land, IMPROVE, "sound").result.outcome
    high = answer(land, IMPROVE, "sound", high_input=True).result.outcome
    assert printed(medium.soil_t_co2, 2) == printed(-D(43) * D("0.14") * 1000 / 20 * 44 / 12, 2)
    assert high.soil_t_co2 is not None and medium.soil_t_co2 is not None and high.soil_t_co2 < medium.soil_t_co2


def test_a_registered_parcel_brings_its_own_climate_and_soil(land: Any) -> None:
    carbon, parcels = land
    carbon.registration(parcels["severe"], "1000", "4", climate="warm_temperate_dry")
    carbon.done()
    outcome = answer(land, BAN, "severe", recovers_to="1").result.outcome
    assert outcome.soil_t_co2 == -(D(24) * D("0.3") * 1000 / 20 * 44 / 12)


def test_the_edition_is_the_schemes_until_somebody_looks_with_another(land: Any) -> None:
    carbon, _ = land
    old = settings_of(carbon.workspace.read, YEAR).with_(ipcc_edition="2006")
    assert answer(land, BAN, "severe", recovers_to="1", settings=old).result.outcome.net_t_co2e == -2750


@pytest.mark.parametrize(
    ("measure", "names", "values", "code"),
    [
        (BAN, (), {"recovers_to": "1"}, "CRB-071"),
        (BAN, ("severe",), {}, "CRB-072"),
        (BAN, ("sound",), {"recovers_to": "1"}, "CRB-072"),  # it is sound already
        (BAN, ("sound",), {"recovers_to": "3"}, "CRB-073"),
        (BAN, ("unknown",), {"recovers_to": "1"}, "CRB-032"),
        (BAN, ("severe",), {"recovers_to": "1", "years": 0}, "CRB-074"),
        (BAN, ("severe",), {"recovers_to": "1", "years": 101}, "CRB-074"),
        (FEWER, ("severe",), {"fewer_percent": D(101)}, "CRB-075"),
        (FEWER, ("severe",), {"fewer_percent": D(-1)}, "CRB-075"),
        (FEWER, ("sound",), {"fewer_percent": D(10)}, "CRB-051"),  # its household was not counted
    ],
)
def test_a_scenario_that_can_not_be_told_is_refused(
    land: Any, measure: str, names: tuple[str, ...], values: dict[str, Any], code: str
) -> None:
    with refused(code):
        answer(land, measure, *names, **values)


def test_what_is_not_chosen_is_asked_for(tmp_path: Path) -> None:
    with a_workspace(tmp_path / "站") as made:
        carbon = Carbon(made)
        carbon.places()
        parcel = carbon.parcel(carbon.household(1), "150", degradation="4")
        carbon.done()
        asked = Scenario(BAN, (parcel,), recovers_to="1")
        with refused("CRB-001"):
            what_if_range(made.read, YEAR, asked)
        carbon.scheme(climate=None)
        carbon.done()
        with refused("CRB-002"):
            what_if_range(made.read, YEAR, asked)
        with refused("CRB-005"):
            what_if_range(made.read, YEAR, Scenario(BAN, ("nobody",), recovers_to="1"))
