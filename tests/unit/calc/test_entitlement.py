"""Entitlement: the open cases O1–O10, rounding, caps and floors, notices, and what is refused."""

from __future__ import annotations

import dataclasses
from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest
from calc_helpers import codes, printed, refused, sound
from hypothesis import given
from hypothesis import strategies as st
from published import table

from station_app.domain.calc.entitlement import (
    Claim,
    EntitlementInput,
    EntitlementOutcome,
    Land,
    Notice,
    PrintedLine,
    RateLine,
    entitlement,
)
from station_app.domain.money import round_half_up

BAN = RateLine(scheme="ban", rate_yuan=D("7.5"))
BALANCE = RateLine(scheme="balance", rate_yuan=D("2.5"))
UPSIDE_DOWN = RateLine(
    scheme="ban", rate_yuan=D(1), cap_kind="person", cap_yuan=D(5), floor_kind="person", floor_yuan=D(9)
)


def claim(*land: tuple[str, str | None, str], **values: Any) -> Claim:
    made = tuple(Land(scheme=s, zone=z, area_mu=None if a is None else D(a)) for s, a, z in land)
    return Claim(land=made, **{"name": "示例牧户一", **values})


def ask(*claims: Claim, rates: tuple[RateLine, ...] = (BAN, BALANCE), **values: Any) -> EntitlementInput:
    return EntitlementInput(claims=claims, rates=rates, **values)


def out(asked: EntitlementInput) -> EntitlementOutcome:
    return sound(entitlement(asked)).outcome


def cases(name: str) -> list[dict[str, str]]:
    return [row for row in table("compensation_cases_open") if row["case"] == name]


def wan(value: D | None) -> D:
    """Return yuan as 10 000 yuan (万元)."""
    assert value is not None
    return value.scaleb(-4)


def test_o1_xinjiang_2018() -> None:
    rates = (
        RateLine(scheme="ban", zone="一般", rate_yuan=D(6)),
        RateLine(scheme="ban", zone="水源", rate_yuan=D(50)),
        RateLine(scheme="balance", rate_yuan=D("2.5")),
    )
    region = claim(("ban", "145000000", "一般"), ("ban", "5100000", "水源"), ("balance", "540900000", ""))
    result = sound(entitlement(ask(region, rates=rates, printed_total_yuan=D(2_477_250_000))))
    lines = result.outcome.awards[0].lines
    assert [wan(line.amount_yuan) for line in lines] == [87_000, 25_500, 135_225]
    assert (wan(result.outcome.net_yuan), result.outcome.area_mu) == (247_725, 691_000_000)
    assert (result.outcome.printed_total_agrees, codes(result)) == (True, [])


def test_o2_shenzha_2024_and_o3_deqin() -> None:
    rows = cases("O2")
    lines = tuple(PrintedLine(name=r["row"], amount_yuan=D(r["printed"]).scaleb(4)) for r in rows[:-1])
    result = sound(
        entitlement(EntitlementInput(printed_lines=lines, printed_total_yuan=D(rows[-1]["printed"]).scaleb(4)))
    )
    assert wan(result.outcome.net_yuan) == D("4469.99063")
    assert result.outcome.printed_total_agrees is True
    years = tuple(PrintedLine(name=f"{year}", amount_yuan=D("20782450")) for year in (2011, 2012))
    both = sound(entitlement(EntitlementInput(printed_lines=years, printed_total_yuan=D("41564900"))))
    assert (wan(both.outcome.net_yuan), both.outcome.printed_total_agrees) == (D("4156.49"), True)


def test_o4_one_household_if_the_rate_is_1000() -> None:
    rates = (RateLine(scheme="other", rate_yuan=D(1000)),)
    assert out(ask(claim(("other", "28.4", "")), rates=rates)).net_yuan == 28_400


def test_o5_zhenglanqi_and_o6_bazhou_have_no_printed_amount() -> None:
    rates = (RateLine(scheme="ban", rate_yuan=D(65)),)
    assert wan(out(ask(claim(("ban", "357700", "")), rates=rates)).net_yuan) == D("2325.05")
    rates = (RateLine(scheme="ban", rate_yuan=D("5.5")), RateLine(scheme="ban", zone="水源地", rate_yuan=D(50)))
    bazhou = claim(("ban", "12530000", "退化和风沙源"), ("ban", "3100000", "退牧还草区"), ("ban", "150000", "水源地"))
    outcome = out(ask(bazhou, rates=rates))
    assert [wan(line.amount_yuan) for line in outcome.awards[0].lines] == [D("6891.5"), 1705, 750]
    assert (wan(outcome.net_yuan), outcome.area_mu) == (D("9346.5"), 15_780_000)


def notice(**values: Any) -> EntitlementInput:
    given = {"start": date(2019, 9, 24), "end": date(2019, 9, 30), **values}
    return EntitlementInput(notice=Notice(**given))


def test_o7_seven_working_days_do_not_reproduce() -> None:
    assert out(notice(printed_days=7)).notice_days == 7  # calendar days, both ends
    working = sound(entitlement(notice(day_kind="working", printed_days=7)))
    assert (working.outcome.notice_days, codes(working)) == (5, ["CALC-052", "CALC-028"])
    with_table = notice(day_kind="working", printed_days=7, has_holiday_table=True, workdays=("2019-09-29",))
    assert (out(with_table).notice_days, codes(entitlement(with_table))) == (6, ["CALC-028"])


def test_o8_national_2018_leaves_a_remainder() -> None:
    nation = claim(("ban", "1206000000", ""), ("balance", "2605000000", ""))
    result = sound(entitlement(ask(nation, printed_total_yuan=D("18760000000"))))
    assert result.outcome.net_yuan == D("15557500000")
    assert codes(result) == ["CALC-028"]
    assert "3202500000" in result.problems[0].text.en  # not explained by area × rate, and not forced to agree


def test_o9_one_household_can_not_be_recomputed() -> None:
    rates = (RateLine(scheme="ban", rate_yuan=D("21.67")), RateLine(scheme="balance", rate_yuan=D("3.35")))
    result = sound(entitlement(ask(claim(("ban", "700", "")), rates=rates, printed_total_yuan=D(18_000))))
    assert result.outcome.net_yuan == 15_169
    assert (result.outcome.printed_total_agrees, codes(result)) == (False, ["CALC-028"])
    assert "can not be recomputed" in result.problems[0].text.en


def test_o10_a_rate_per_household() -> None:
    rates = (RateLine(scheme="other", rate_yuan=D(500), basis="household"),)
    outcome = out(ask(claim(("other", None, ""), households=221_000), rates=rates, printed_total_yuan=D(110_500_000)))
    assert (outcome.net_yuan, outcome.printed_total_agrees) == (110_500_000, True)


def test_half_up_per_line_and_totals_of_rounded_lines() -> None:
    households = [claim(("balance", "33.33", ""), name=f"示例牧户{n}") for n in range(3)]
    outcome = out(ask(*households))
    assert [award.net_yuan for award in outcome.awards] == [D("83.33")] * 3  # half-even would print 83.32
    assert (outcome.net_yuan, outcome.unrounded_yuan, outcome.rounding_yuan) == (D("249.99"), D("249.975"), D("0.015"))
    whole = out(ask(*households, rounding_yuan=D(1)))
    assert whole.net_yuan == 249
    jiao = out(ask(claim(("ban", "1.007", "")), rounding_yuan=D("0.1")))
    assert printed(jiao.net_yuan, 2) == "7.60"


def test_standard_mu_and_both_schemes_of_one_household() -> None:
    rates = (RateLine(scheme="ban", rate_yuan=D(6), mu_coefficient=D("1.59"), basis="standard_mu"), BALANCE)
    outcome = out(ask(claim(("ban", "100.5", ""), ("ban", "0.5", ""), ("balance", "1000", "")), rates=rates))
    assert [(line.area_mu, line.amount_yuan) for line in outcome.awards[0].lines] == [(101, D("963.54")), (1000, 2500)]
    assert {total.scheme: total.amount_yuan for total in outcome.schemes} == {"ban": D("963.54"), "balance": 2500}


def test_caps_and_floors_are_shown_when_they_bite() -> None:
    capped = dataclasses.replace(BAN, cap_kind="household", cap_yuan=D(5000))
    award = out(ask(claim(("ban", "1000", "")), rates=(capped,))).awards[0]
    assert (award.gross_yuan, award.limit_effect_yuan, award.net_yuan) == (7500, -2500, 5000)
    assert award.lines[0].limit == "cap"
    below = out(ask(claim(("ban", "100", "")), rates=(capped,))).awards[0]
    assert (below.limit_effect_yuan, below.lines[0].limit) == (0, "")

    floor = RateLine(scheme="ban", rate_yuan=D("6.36"), floor_kind="person", floor_yuan=D(5000))  # S29
    small = sound(entitlement(ask(claim(("ban", "700", ""), persons=3), rates=(floor,))))
    award = small.outcome.awards[0]
    assert (award.gross_yuan, award.limit_effect_yuan, award.net_yuan) == (4452, 10_548, 15_000)
    assert any("15000" in note.en for note in dict(small.explanation.parts)["claim1"].notes)
    with refused("CALC-020", "/claims/0/persons"):
        entitlement(ask(claim(("ban", "700", "")), rates=(floor,)))


def test_a_deduction_needs_its_decision_and_is_not_more_than_is_due() -> None:
    less = claim(("ban", "100", ""), deduction_yuan=D(50), deduction_reason="示例扣减决定1号")
    award = out(ask(less)).awards[0]
    assert (award.gross_yuan, award.deduction_yuan, award.net_yuan) == (750, 50, 700)
    with refused("CALC-013", "/claims/0/deduction_reason"):
        entitlement(ask(claim(("ban", "100", ""), deduction_yuan=D(50))))
    with refused("CALC-051", "/claims/0/deduction_yuan"):
        entitlement(ask(claim(("ban", "1", ""), deduction_yuan=D(8), deduction_reason="x")))


@pytest.mark.parametrize(
    ("asked", "code", "place"),
    [
        (ask(), "CALC-013", "/claims"),
        (ask(claim(("ban", None, ""))), "CALC-001", "/claims/0/land/0/area_mu"),
        (ask(claim(("ban", "0", ""))), "CALC-001", "/claims/0/land/0/area_mu"),
        (ask(claim(("other", "5", ""))), "CALC-019", "/claims/0/land/0"),
        (ask(claim(("ban", "5", "")), rates=(dataclasses.replace(BAN, zone="一区"),)), "CALC-019", "/claims/0/land/0"),
        (ask(claim(("ban", "5", "")), rates=(BAN, BAN)), "CALC-053", "/rates/1"),
        (ask(claim(("ban", "5", "")), rounding_yuan=D("0.005")), "CALC-046", "/rounding_yuan"),
        (ask(claim(("ban", "5", "")), rates=(dataclasses.replace(BAN, cap_yuan=D(5)),)), "CALC-013", "/rates/0/cap_kind"),
        (ask(claim(("ban", "5", "")), rates=(UPSIDE_DOWN,)), "CALC-045", "/rates/0/cap_yuan"),
        (notice(end=date(2019, 9, 1)), "CALC-054", "/notice/end"),
        (notice(holidays=("国庆",)), "CALC-012", "/notice/holidays/0"),
        (ask(claim(("ban", "5", "")), printed_lines=(PrintedLine(name="x", amount_yuan=D(1)),)), "CALC-042", "/printed_lines"),
    ],
)  # fmt: skip
def test_what_can_not_be_paid_is_refused_with_its_place(asked: EntitlementInput, code: str, place: str) -> None:
    with refused(code, place):
        entitlement(asked)


AREAS = st.decimals(D("0.001"), D(100_000), places=3)
RATES = st.decimals(D("0.0001"), D(100), places=4)


@given(st.lists(AREAS, min_size=1, max_size=8), RATES, st.sampled_from(["0.01", "0.1", "1"]), st.randoms())
def test_lines_are_rounded_as_money_is_and_sums_do_not_depend_on_the_order(
    areas: list[D], rate: D, unit: str, random: Any
) -> None:
    rates = (RateLine(scheme="ban", rate_yuan=rate),)
    claims = [claim(("ban", str(area), ""), name=f"示例牧户{n}") for n, area in enumerate(areas)]
    first = out(ask(*claims, rates=rates, rounding_yuan=D(unit)))
    assert [award.net_yuan for award in first.awards] == [round_half_up(area * rate, D(unit)) for area in areas]
    assert first.net_yuan == sum(award.net_yuan for award in first.awards)
    random.shuffle(claims)
    assert out(ask(*claims, rates=rates, rounding_yuan=D(unit))).net_yuan == first.net_yuan


@pytest.mark.parametrize(
    ("unit", "net"), [("0.01", "83.33"), ("0.1", "83.3"), ("0.10", "83.3"), ("1", "83"), ("1.00", "83")]
)
def test_the_rounding_unit_counts_however_many_zeros_it_has(unit: str, net: str) -> None:
    """A plan keeps its unit with two places: 1.00 rounds to whole yuan, not to fen."""
    assert out(ask(claim(("balance", "33.33", "")), rounding_yuan=D(unit))).net_yuan == D(net)
