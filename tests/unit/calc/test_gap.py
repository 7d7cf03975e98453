"""Targets and gaps: direction, trend, coverage of the parent, revisions, and that no target is not zero."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest
from calc_helpers import codes, printed, refused, sound
from hypothesis import given
from hypothesis import strategies as st

from station_app.domain.calc.gap import Actual, Gap, GapInput, Revision, TargetEntry, gap


def target(code: str, value: str | None, *actuals: tuple[int, str], **values: Any) -> TargetEntry:
    told = tuple(Actual(year=year, value=D(actual), source="示例") for year, actual in actuals)
    given = {"unit": "percent", "direction": "at_least", **values}
    return TargetEntry(code=code, name=f"目标{code}", value=None if value is None else D(value), actuals=told, **given)


def rows(*targets: TargetEntry, year: int = 2026) -> dict[str, Gap]:
    return {row.code: row for row in sound(gap(GapInput(year=year, targets=targets))).outcome.targets}


def test_gap_by_direction() -> None:
    found = rows(
        target("cover", "46", (2025, "44"), (2026, "45")),
        target("overload", "10", (2026, "12.5"), direction="at_most"),
        target("sink", "100", (2026, "130"), unit="t_co2e_per_year", direction="higher"),
    )
    assert [(row.gap, row.reached) for row in found.values()] == [(1, False), (D("2.5"), False), (-30, True)]
    assert (found["cover"].trend, found["cover"].trend_per_year) == ("nearer", 1)


def test_the_way_from_the_baseline_and_the_trend() -> None:
    row = rows(target("x", "50", (2024, "42"), (2026, "46"), baseline_value=D(40)))["x"]
    assert (row.done_percent, row.trend_per_year, row.trend) == (60, 2, "nearer")
    away = rows(target("x", "10", (2024, "12"), (2026, "14"), direction="lower"))["x"]
    assert away.trend == "away"
    assert rows(target("x", "10", (2024, "12"), (2026, "12")))["x"].trend == "same"
    assert rows(target("x", "50", (2025, "60"), (2027, "40")))["x"].actual_value == 60  # later years do not count yet


def test_no_target_is_not_zero() -> None:
    result = sound(
        gap(
            GapInput(
                year=2026, targets=(target("a", None, (2026, "5")), target("b", "0", (2026, "5")), target("c", "9"))
            )
        )
    )
    free, zero, unknown = result.outcome.targets
    assert (free.has_target, free.gap, free.reached, free.actual_value) == (False, None, None, 5)
    assert (zero.has_target, zero.gap, zero.reached) == (True, -5, True)
    assert (unknown.gap, unknown.reached) == (None, None)
    assert codes(result) == ["CALC-026", "CALC-050"]
    outcome = result.outcome
    assert (outcome.with_target, outcome.reached, outcome.missed, outcome.unknown, outcome.without_target) == (
        2,
        1,
        0,
        1,
        1,
    )


def test_child_targets_cover_the_parent_or_the_shortfall_shows() -> None:
    def chain(*children: str) -> Gap:
        below = tuple(target(f"县{n}", v, parent="省", unit="t_co2e_per_year") for n, v in enumerate(children))
        result = sound(gap(GapInput(year=2026, targets=(target("省", "100", unit="t_co2e_per_year"), *below))))
        top = result.outcome.targets[0]
        assert ("CALC-027" in codes(result)) is bool(top.shortfall)
        return top

    assert (chain("40", "35").children_value, chain("40", "35").shortfall) == (75, 25)
    assert chain("60", "60").shortfall == 0
    top = rows(
        target("省", "100", unit="su", direction="at_most"),
        target("县1", "80", parent="省", unit="su", direction="at_most"),
        target("县2", "50", parent="省", unit="su", direction="at_most"),
    )["省"]
    assert (top.children_value, top.shortfall, top.aggregate) == (130, 30, "sum")


def test_percentages_need_weights() -> None:
    top = target("盟", "46")
    children = [target(f"旗{n}", v, parent="盟") for n, v in enumerate(("40", "60"))]
    plain = sound(gap(GapInput(year=2026, targets=(top, *children))))
    assert (plain.outcome.targets[0].children_value, "CALC-049" in codes(plain)) == (None, True)
    heavy = [target(f"旗{n}", v, parent="盟", weight=D(w)) for n, (v, w) in enumerate((("40", 300), ("60", 100)))]
    row = rows(top, *heavy)["盟"]
    assert (row.children_value, row.shortfall, row.aggregate) == (45, 1, "weighted_mean")
    mixed = sound(gap(GapInput(year=2026, targets=(top, target("旗", "5", parent="盟", unit="cm")))))
    assert "CALC-049" in codes(mixed)


def test_a_revision_needs_its_reason_and_the_first_value_stays() -> None:
    changed = target(
        "x", "50", (2026, "45"), revisions=(Revision(value=D(44), revised_on=date(2026, 3, 1), reason="特大旱灾"),)
    )
    row = rows(changed)["x"]
    assert (row.target_value, row.first_value, row.gap) == (44, 50, -1)
    assert rows(changed, year=2025)["x"].target_value == 50  # not yet revised
    with refused("CALC-058", "/targets/0/revisions/0/reason"):
        gap(
            GapInput(
                year=2026, targets=(target("x", "50", revisions=(Revision(value=D(1), revised_on=date(2026, 1, 1)),)),)
            )
        )


@pytest.mark.parametrize(
    ("targets", "code", "place"),
    [
        ((target("a", "1", parent="b"),), "CALC-048", "/targets/0/parent"),
        ((target("a", "1", parent="b"), target("b", "1", parent="a")), "CALC-048", "/targets/0/parent"),
        ((target("a", "1"), target("a", "2")), "CALC-053", "/targets/1"),
        ((target("a", "1", (2026, "1"), (2026, "2")),), "CALC-053", "/targets/0/actuals/1"),
        ((target("a", "1", cause="气候灾害"),), "CALC-013", "/targets/0/measure"),
        ((), "CALC-013", "/targets"),
    ],
)
def test_a_chain_that_can_not_be_read_is_refused(targets: tuple[TargetEntry, ...], code: str, place: str) -> None:
    with refused(code, place):
        gap(GapInput(year=2026, targets=targets))


@given(st.lists(st.decimals(D(0), D(1_000_000), places=4), min_size=1, max_size=8), st.randoms())
def test_the_sum_of_child_targets_does_not_depend_on_the_order(values: list[D], random: Any) -> None:
    children = [target(f"县{n}", str(v), parent="省", unit="su") for n, v in enumerate(values)]
    top = target("省", "500000", unit="su")
    first = rows(top, *children)["省"]
    random.shuffle(children)
    assert rows(top, *children)["省"].children_value == first.children_value == sum(values)
    assert printed(first.shortfall, 4) == printed(max(D(500_000) - sum(values), D(0)), 4)
