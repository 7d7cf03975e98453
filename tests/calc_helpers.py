"""Helpers for tests of calculations: expected refusals, rounding as printed, every explanation checked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from decimal import Decimal as D
from typing import Any

import pytest

from station_app.domain.calc.capacity import CapacityInput, SeasonDays
from station_app.domain.calc.explanation import Result, contradictions, lines_of
from station_app.domain.calc.explanation_json import explanation_from_json, explanation_to_json
from station_app.domain.calc.numbers import round_to
from station_app.domain.calc.pasture import Pasture
from station_app.domain.calc.sheep_units import HerdLine, SheepUnitInput
from station_app.domain.problems import UserError


@contextmanager
def refused(code: str, place: str | None = None) -> Iterator[None]:
    """The calculation is refused with ``code``, standing at ``place``."""
    with pytest.raises(UserError) as caught:
        yield
    codes = [caught.value.code, *(p.code for p in caught.value.problems)]
    assert code in codes, caught.value
    if place is not None:
        assert place in [p.place for p in caught.value.problems], caught.value.problems


def printed(value: Decimal | None, places: int) -> str:
    """Return a value as a publication prints it, half-up."""
    assert value is not None
    return f"{round_to(value, Decimal(1).scaleb(-places)):f}"


def codes(result: Result[Any]) -> list[str]:
    return [problem.code for problem in result.problems]


def sound(result: Result[Any]) -> Result[Any]:
    """Check that a result explains itself: recomputes, survives JSON, reads in both languages, and names its results."""
    explanation = result.explanation
    assert contradictions(explanation) == []
    assert explanation_from_json(explanation_to_json(explanation)) == explanation
    for language in ("zh_CN", "en"):
        assert all(line.label or line.symbol for line in lines_of(explanation, language))
    for named in explanation.results:
        value = getattr(result.outcome, named.name, None)
        if isinstance(value, Decimal):
            assert explanation.value(named.name) == value, named
    return result


PLAIN = {"edible_percent": D(100), "regrowth_percent": D(0), "hay_coefficient": D(1)}


def field(name: str = "示例草场", **values: Any) -> Pasture:
    plain = PLAIN if "forage_kg" not in values else {"hay_coefficient": D(1)}  # a total of edible hay holds the rest
    return Pasture(name=name, **{**plain, "utilization_percent": D(50), **values})


def pastures(*fields: Pasture, **values: Any) -> CapacityInput:
    given = {
        "sheep_unit_set": "definitions@1",
        "sheep_unit": "NYT635-2015",
        "days": tuple(SeasonDays(season=s, days=D(365)) for s in dict.fromkeys(p.season for p in fields)),
        **values,
    }
    return CapacityInput(pastures=fields, **given)


def line(species: str, head: int, stock_class: str = "adult_female", **more: Any) -> HerdLine:
    return HerdLine(species=species, stock_class=stock_class, head=head, **more)


def herd(*lines: HerdLine, **more: Any) -> SheepUnitInput:
    sets = {"adult_set": "seed@1", "young_set": "nyt635-recollected@1", "group_set": "proposal@1"}
    return SheepUnitInput(herd=lines, **{**sets, **more})
