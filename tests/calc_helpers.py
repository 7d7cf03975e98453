"""Helpers for tests of calculations: expected refusals, rounding as printed, every explanation checked."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest

from station_app.domain.calc.explanation import Result, contradictions, lines_of
from station_app.domain.calc.explanation_json import explanation_from_json, explanation_to_json
from station_app.domain.calc.numbers import round_to
from station_app.domain.problems import UserError
from station_app.storage.reference import resource_folder


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


def table(name: str) -> list[dict[str, str]]:
    """Return the rows of a reference table."""
    with (resource_folder() / "standards" / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))
