"""Overload: published cases, grades with their edges, pooling, penalties by tier, and what is refused."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest
from calc_helpers import codes, printed, refused, sound
from hypothesis import given
from hypothesis import strategies as st
from published import table

from station_app.domain.calc.coefficients import Standards
from station_app.domain.calc.overload import OverloadInput, StockRow, overload, overload_of
from station_app.storage.standards import load_standards

XU = "xu-yang-2009@1"
IM29 = "inner-mongolia-29@1"
GANSU = "gansu-2022@1"


def row(stock: str, capacity: str, name: str = "示例") -> StockRow:
    return StockRow(name=name, stock_su=D(stock), capacity_su=D(capacity))


def ask(*rows: StockRow, **values: Any) -> OverloadInput:
    return OverloadInput(rows=rows, **values)


def s01() -> list[tuple[str, str, str, str, str]]:
    """Return (year, capacity, stock, published rate, grade) of the Xilin Gol case."""
    years: dict[str, dict[str, str]] = {}
    for each in table("balance_worked_examples"):
        if each["case_id"] == "S01":
            years.setdefault(each["row"], {})[f"{each['quantity']} {each['role']}"] = each["value"]
    return [
        (
            year,
            facts["proper carrying capacity input"],
            facts["actual stock input"],
            facts["overload rate output_published"],
            facts["grade output_recomputed"],
        )
        for year, facts in years.items()
    ]


@pytest.mark.parametrize(("year", "capacity", "stock", "published", "grade"), s01())
def test_s01_xilin_gol_year_by_year(
    standards: Standards, year: str, capacity: str, stock: str, published: str, grade: str
) -> None:
    """No published rate comes out to the digit (the inputs are rounded to 0.01); every grade does."""
    recomputed = {
        each["row"]: each["value"]
        for each in table("balance_worked_examples")
        if each["case_id"] == "S01" and each["quantity"] == "overload rate" and each["role"] == "output_recomputed"
    }
    result = sound(overload(ask(row(stock, capacity, year), grade_sets=(XU,)), standards))
    again = printed(result.outcome.rate_percent, 2)
    assert again == recomputed[year] != published
    assert abs(D(again) - D(published)) <= D("0.22")
    assert result.outcome.rows[0].grades[0].grade == grade
    by_published = overload(ask(row(str(100 + D(published)), "100"), grade_sets=(XU,)), standards)
    assert by_published.outcome.rows[0].grades[0].grade == grade


def test_s04_gannan_prints_a_truncated_rate(standards: Standards) -> None:
    result = sound(overload(ask(row("641", "398.6"), printed_pooled_percent=D(60)), standards))
    assert printed(result.outcome.rate_percent, 2) == "60.81"
    assert codes(result) == ["CALC-028"]  # rounded it would be 61


def test_s08_fines_of_four_cases_in_the_rest_period(standards: Standards) -> None:
    asked = OverloadInput(situation="ban_or_rest", found_su=D(570), penalty_set="inner-mongolia-2021@1")
    penalty = sound(overload(asked, standards)).outcome.penalties[0]
    assert (penalty.amount_min_yuan, penalty.amount_max_yuan, penalty.article) == (D(68400), D(68400), "35")
    assert penalty.precondition == "ordered to correct"


def test_s09_rates_are_pooled_not_averaged(standards: Standards) -> None:
    """The plain mean of six provinces prints as 12.8; the published national rate is 12.4 (a negative case)."""
    rates = [
        r
        for r in table("balance_worked_examples")
        if r["case_id"] == "S09" and r["quantity"] == "mean overload rate 2016"
    ]
    equal = [row(str(100 + D(each["value"])), "100", each["row"]) for each in rates]
    plain = sound(overload(ask(*equal, printed_pooled_percent=D("12.4")), standards))
    assert printed(plain.outcome.rate_percent, 1) == "12.8"
    assert codes(plain) == ["CALC-028"]
    weighted = overload(ask(row("116", "100", "小"), row("1100", "1000", "大")), standards).outcome
    assert printed(weighted.rate_percent, 2) == "10.55"  # the mean of 16 and 10 would be 13
    assert printed(D("12.4") + D("1.1"), 1) == "13.5"  # the year before


def test_the_constructed_herd_against_400_sheep_units(standards: Standards) -> None:
    asked = ask(row("500", "400"), grade_sets=(XU, IM29, GANSU), penalty_set="inner-mongolia-2021@1")
    outcome = sound(overload(asked, standards)).outcome
    one = outcome.rows[0]
    assert (printed(outcome.rate_percent, 2), outcome.overloaded_su, one.stocking_ratio_percent) == ("25.00", 100, 125)
    assert [grade.grade for grade in one.grades] == ["moderate", "subsidy_risk", "tier1"]
    assert outcome.penalties[0].amount_max_yuan == 10_000
    gansu = overload(ask(row("500", "400"), penalty_set=GANSU), standards).outcome.penalties[0]
    assert (gansu.yuan_per_su_max, gansu.amount_max_yuan) == (100, 10_000)


@pytest.mark.parametrize(
    ("rate", "xu", "im29", "gansu"),
    [
        ("-10.01", "potential", "", ""),
        ("-10", "balance", "", ""),
        ("9.99", "balance", "", ""),
        ("10", "light", "", "tier1"),
        ("10.01", "light", "subsidy_risk", "tier1"),
        ("20", "moderate", "subsidy_risk", "tier1"),
        ("30", "moderate", "subsidy_risk", "tier2"),
        ("50", "severe", "subsidy_risk", "tier3"),
    ],
)
def test_grades_at_their_edges(standards: Standards, rate: str, xu: str, im29: str, gansu: str) -> None:
    """Exactly 10 % is light by one scheme and no ground for withholding by the other."""
    asked = ask(row(str(100 + D(rate)), "100"), grade_sets=(XU, IM29, GANSU))
    result = sound(overload(asked, standards))
    assert [grade.grade for grade in result.outcome.rows[0].grades] == [xu, im29, gansu]
    assert ("CALC-018" in codes(result)) is (rate in ("10", "30"))  # 50 is said to belong to the upper tier


def test_an_edge_the_law_leaves_open_follows_the_rule_and_is_said(standards: Standards) -> None:
    def amounts(rule: str) -> tuple[D, list[str]]:
        result = sound(overload(ask(row("130", "100"), penalty_set=GANSU, edge_rule=rule), standards))
        return result.outcome.penalties[0].amount_max_yuan, codes(result)

    assert amounts("upper") == (D(6000), ["CALC-018"])
    assert amounts("lower") == (D(3000), ["CALC-018"])


def test_the_printed_rate_decides(standards: Standards) -> None:
    result = sound(overload(ask(row("109.9960", "100"), grade_sets=(XU,)), standards))
    assert result.outcome.rows[0].printed_percent == 10
    assert result.outcome.rows[0].grades[0].grade == "light"
    assert codes(result) == ["CALC-055"]


def test_no_capacity_is_all_overload_and_has_no_rate(standards: Standards) -> None:
    result = sound(overload(ask(row("12", "0"), grade_sets=(XU,)), standards))
    one = result.outcome.rows[0]
    assert (one.overloaded_su, one.rate_percent, one.grades) == (12, None, ())
    assert codes(result) == ["CALC-035"]
    assert codes(overload(ask(row("0", "0")), standards)) == []


def test_history_only_rules_warn(standards: Standards) -> None:
    asked = ask(row("115", "100"), penalty_set="prefecture-old@1")
    result = sound(overload(asked, standards))
    assert "CALC-047" in codes(result)
    assert (result.outcome.penalties[0].amount_min_yuan, result.outcome.penalties[0].amount_max_yuan) == (45, 75)


def test_june_stock_against_the_cold_season_is_said(standards: Standards) -> None:
    assert codes(overload(ask(row("5", "4"), occasion="mid_year", season="cold"), standards)) == ["CALC-017"]
    assert codes(overload(ask(row("5", "4"), occasion="year_end", season="cold"), standards)) == []


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (ask(), "CALC-013"),
        (ask(row("1", "1"), stock_sheep_unit="NYT635-2002", capacity_sheep_unit="NYT635-2015"), "CALC-009"),
        (ask(row("1", "1"), grade_sets=("xu-yang-2009",)), "CALC-007"),
        (ask(row("1", "1"), penalty_set="qinghai@1"), "CALC-007"),
        (OverloadInput(situation="ban_or_rest", penalty_set=GANSU), "CALC-013"),
        (OverloadInput(situation="ban_or_rest", found_su=D(5)), "CALC-007"),
        (OverloadInput(situation="forest_works", found_su=D(5), penalty_set=GANSU), "CALC-004"),
        (ask(row("-1", "1")), "CALC-015"),
        (ask(row("1", "1"), row("2", "2")), "CALC-053"),
    ],
)
def test_what_can_not_be_judged_is_refused(standards: Standards, asked: OverloadInput, code: str) -> None:
    with refused(code):
        overload(asked, standards)


UNITS = st.decimals(D(0), D(1_000_000), places=3)


@given(
    st.lists(st.tuples(UNITS, st.decimals(D("0.001"), D(1_000_000), places=3)), min_size=2, max_size=8), st.randoms()
)
def test_pooling_does_not_depend_on_the_order_and_more_stock_never_lowers_the_rate(
    pairs: list[tuple[D, D]], random: Any
) -> None:
    known = load_standards()
    rows = [row(str(stock), str(capacity), f"户{n}") for n, (stock, capacity) in enumerate(pairs)]
    first = sound(overload(ask(*rows, grade_sets=(XU,)), known)).outcome
    random.shuffle(rows)
    again = overload(ask(*rows, grade_sets=(XU,)), known).outcome
    assert again.pooled == first.pooled
    assert first.rate_percent is not None
    more = StockRow(name=rows[0].name, stock_su=rows[0].stock_su + 1, capacity_su=rows[0].capacity_su)
    higher = overload(ask(more, *rows[1:]), known).outcome.rate_percent
    assert higher is not None and higher > first.rate_percent


@given(st.decimals(D("0.001"), D(1_000_000), places=3), st.decimals(D(0), D(1_000_000), places=3))
def test_many_at_once_give_the_digits_of_one_explained(stock: D, room: D) -> None:
    rows = (StockRow(name="x", stock_su=stock, capacity_su=room),)
    explained = overload(OverloadInput(rows=rows), load_standards()).outcome.rows[0]
    quick = overload_of(stock, room)
    assert quick == (explained.rate_percent, explained.printed_percent, explained.overloaded_su)
